"""Pictures: read into whole numbers, cut, made smaller, turned into shades and back into a file.

Conventions: grey is the luma of ITU-R 601, 0.299 R + 0.587 G + 0.114 B, rounded. Transparency is left out: every pixel
counts with the colour that is stored for it. A picture stands as its EXIF orientation says. Of an animation the first
frame is read. 16-bit greys are exact; 16-bit colours are read by their upper 8 bits.
"""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calc.choices import LONGEST_COUNT, read_sizes
from calc.errors import Impossible, printable
from calc.exact import narrowest
from calc.files import read_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}
"""What is read, as Pillow calls it, and the suffixes of such files."""

SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)

MOST_PIXELS = 2**26
LARGEST_FILE = 2**29
"""Bytes of a picture's file that are read."""

DEEP = ("I;16", "I;16B", "I;16L", "I;16N")
"""16-bit greys, as Pillow calls them."""

WIDER = {"I": "32-bit whole numbers", "F": "floating-point numbers"}
"""What no picture shows."""


def read_picture(path: Path, *, colour: bool = False) -> NDArray[Any]:
    """The H×W greys of a picture, or its 3×H×W red, green and blue; 8 bits each, 16-bit greys as they are."""
    from PIL import UnidentifiedImageError
    from PIL.Image import DecompressionBombError

    name = printable(str(path))
    data = read_bytes(path, "a picture", "give the path of a picture", LARGEST_FILE)
    try:
        with warnings.catch_warnings(action="ignore"):
            return _decoded(data, name, colour=colour)
    except (Impossible, MemoryError):
        raise
    except DecompressionBombError as fault:
        raise _too_large(name, next(iter(re.findall(r"\d+", str(fault))), "too many")) from None
    except UnidentifiedImageError:
        raise Impossible(f"{name} is not a picture: PNG, JPEG, BMP, GIF, TIFF and WebP files are read") from None
    except Exception:  # a decoder raises all sorts of things on bytes that are not what it expects
        raise Impossible(f"{name} is cut off or damaged: the picture in it cannot be decoded") from None


def _too_large(name: str, pixels: object) -> Impossible:
    return Impossible(f"{name} has {pixels} pixels, more than the {MOST_PIXELS} that are worked with")


def _decoded(data: bytearray, name: str, *, colour: bool) -> NDArray[Any]:
    """The numbers of a picture's file: H×W, or 3×H×W in colour."""
    from PIL import Image, ImageOps

    with Image.open(BytesIO(data), formats=list(FORMATS)) as opened:
        if prod(opened.size) > MOST_PIXELS:  # known before anything is decoded
            raise _too_large(name, prod(opened.size))
        if opened.mode in WIDER:
            raise Impossible(
                f"{name} holds {WIDER[opened.mode]}: a picture has 8 or 16 bits a pixel; give such numbers as .npy"
            )
        picture = ImageOps.exif_transpose(opened)
        if picture.mode in DEEP:
            grey = np.array(picture).astype(np.uint16)
            return np.stack([grey] * 3) if colour else grey
        if colour:
            return np.ascontiguousarray(np.array(_opaque(picture)).transpose(2, 0, 1))
        return np.array(picture if picture.mode == "L" else _opaque(picture).convert("L"))


def _opaque(picture: Image) -> Image:
    """The picture in red, green and blue; colours that were multiplied by their transparency are what they were."""
    unmultiplied = {"La": "LA", "RGBa": "RGBA"}.get(picture.mode)
    return (picture.convert(unmultiplied) if unmultiplied else picture).convert("RGB")


def cropped(array: NDArray[Any], crop: str) -> NDArray[Any]:
    """The piece `row,column,height,width` of …×H×W cells, rows and columns counted from 1."""
    numbers = [part.strip() for part in crop.split(",")]
    said = printable(crop)
    if len(numbers) != 4 or not all(re.fullmatch(rf"[0-9]{{1,{LONGEST_COUNT}}}", part) for part in numbers):
        raise Impossible(f"crop “{said}” is not row,column,height,width, such as 1,1,64,64")
    row, column, height, width = map(int, numbers)
    if not min(row, column):
        raise Impossible(f"crop {said} begins at {row},{column}: rows and columns are counted from 1")
    if not min(height, width):
        raise Impossible(f"crop {said} is {height}×{width} and holds no cells: height and width are at least 1")
    rows, columns = array.shape[-2:]
    if row > rows or column > columns:
        raise Impossible(f"crop {said} begins outside the image, which is {rows}×{columns}")
    if row + height - 1 > rows or column + width - 1 > columns:
        raise Impossible(
            f"crop {said} sticks out of the image, which is {rows}×{columns}: "
            f"from {row},{column} on it is at most {rows - row + 1}×{columns - column + 1}"
        )
    return array[..., row - 1 : row - 1 + height, column - 1 : column - 1 + width]


def resized(array: NDArray[Any], size: str) -> NDArray[Any]:
    """…×H×W whole numbers at the size `N` (N×N) or `HxW`.

    Each new cell is the average of the old ones that it covers, a cell covered in part counting in part, rounded to the
    nearest whole number, halves up: the box filter, exactly.
    """
    height, width = read_sizes(size, "resize", 1)
    if array.dtype.kind not in "iuO":
        raise Impossible(
            "the image holds fractions: a resized cell is an average rounded to a whole number, so whole numbers are resized"
        )
    if height * width > MOST_PIXELS:
        raise Impossible(
            f"the resized image would have {height * width} cells, more than the {MOST_PIXELS} that are worked with"
        )
    rows, columns = array.shape[-2:]
    channels = [
        (_box_sums(channel, height, width) + rows * columns // 2) // (rows * columns)
        for channel in array.reshape(-1, rows, columns)
    ]
    return np.stack(channels).astype(array.dtype).reshape(*array.shape[:-2], height, width)


def _box_sums(array: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """H×W whole numbers averaged in height×width boxes, times H·W, and so without rounding."""
    bound = max(abs(int(array.min())), abs(int(array.max())), 1)
    dtype = narrowest(2 * bound * prod(array.shape) * max(height, width))
    return _line_sums(_line_sums(array, height, dtype).T, width, dtype).T


def _line_sums(array: NDArray[Any], parts: int, dtype: str) -> NDArray[Any]:
    """H lines added up in `parts` equal parts, each line counting `parts` times: parts×W.

    The cut before a part goes through the line `whole`, `rest` times a part of it below the line's beginning.
    """
    lines = len(array)
    whole, rest = np.divmod(np.arange(parts + 1) * lines, parts)
    sums: NDArray[Any] = np.add.reduceat(array, whole[:-1], axis=0, dtype=dtype)
    sums[whole[:-1] == whole[1:]] = 0  # there reduceat gives the line itself
    above: NDArray[Any] = array[np.minimum(whole, lines - 1)].astype(dtype) * rest[:, None].astype(dtype)
    sums *= parts
    sums += above[1:] - above[:-1]
    return sums


class Shades(NamedTuple):
    """A small picture of a large map: levels from 0 to 255, from -255 to 255 where it is `signed`."""

    levels: tuple[tuple[int, ...], ...]
    signed: bool


def shades(array: NDArray[Any], rows: int, columns: int) -> Shades:
    """H×W whole numbers averaged down to at most rows×columns, their proportions kept; never enlarged.

    The average furthest from 0 becomes 255 or -255, and 0 stays 0.
    """
    high, wide = array.shape
    height, width = fitted(high, wide, rows, columns)
    sums = _box_sums(array, height, width).astype(object)
    most = max(abs(sums).max(), 1)
    levels = np.sign(sums) * ((2 * 255 * abs(sums) + most) // (2 * most))
    return Shades(tuple(map(tuple, levels.tolist())), bool((array < 0).any()))


def fitted(height: int, width: int, rows: int, columns: int) -> tuple[int, int]:
    """The largest size of these proportions, and at most this large, that fits into rows×columns."""
    if height <= rows and width <= columns:
        return height, width
    if height * columns > width * rows:
        return rows, max(1, (2 * width * rows + height) // (2 * height))
    return max(1, (2 * height * columns + width) // (2 * width)), columns


def greys(numerators: NDArray[Any], denominator: int) -> NDArray[np.uint8]:
    """Numbers of any shape as greys of 8 bits.

    Numbers from 0 to 255, the largest above 1, are what they are, rounded. Where some are negative, 0 is the grey 128
    and the number furthest from it 1 or 255. Others are stretched: the smallest is 0, the largest 255.
    """
    low, high = int(numerators.min()), int(numerators.max())
    if low < 0:
        offset, scale, over, base = 0, 127, max(-low, high), 128
    elif denominator < high <= 255 * denominator:
        offset, scale, over, base = 0, 1, denominator, 0
    else:
        offset, scale, over, base = low, 255, max(high - low, 1), 0
    wide = numerators.astype(narrowest(2 * 255 * max(-low, high, over) + over)) - offset
    rounded: NDArray[np.uint8] = ((2 * scale * wide + over) // (2 * over) + base).astype(np.uint8)
    return rounded


def png(greys: NDArray[np.uint8]) -> bytes:
    """The PNG file of H×W greys, or of the channels of C×H×W side by side."""
    from PIL import Image

    rows, columns = greys.shape[-2:]
    channels = greys.reshape(-1, rows, columns)
    file = BytesIO()
    Image.fromarray(np.hstack(list(channels))).save(file, "PNG")
    return file.getvalue()
