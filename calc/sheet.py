"""Filters and their maps as one picture: a sheet of labelled tiles that a report can show.

0 is white, orange is above it and blue below, so that readers who see few colours tell them apart; every tile is
scaled by its own number furthest from 0, which stands below it. A filter on red, green and blue is shown by its
colours, where 0 is a medium grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calc.pictures import fitted

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

ABOVE, BELOW = (0xB8, 0x52, 0x00), (0x10, 0x52, 0xA8)
"""The colours of the numbers furthest above and below 0, which is white."""

INK, MARK = (0x20, 0x20, 0x20), (0x00, 0x9E, 0x73)
FILTER, MAP = 96, 224
"""Pixels along the longer side of a filter and of a map."""

MANY = 16
"""Tiles up to which they are as large; more are half as large."""

GAP, LINE, ARROW = 24, 18, 36
"""Pixels between tiles, of a line of text, and of the arrow between a filter and its map."""

TEXT = 13

SPELLED = {ord(sign): word for sign, word in zip("×→−–…", ("x", "to", "-", "-", "..."), strict=True)}
"""Signs that Pillow's own font lacks."""

Tint = NDArray[np.uint8]
"""H×W×3 colours."""


class Tile(NamedTuple):
    """Numbers as a tile, H×W, or C×H×W by its colours; a box of cells (top, left, bottom, right) may be marked in it."""

    numbers: NDArray[Any]
    below: str = ""
    marked: tuple[int, int, int, int] | None = None
    signed: bool = True


class Row(NamedTuple):
    """A filter, if there is one, beside its map."""

    name: str
    filter: Tile | None
    map: Tile


def sheet(title: Sequence[str], image: Tile, rows: Sequence[Row]) -> bytes:
    """The PNG file: the title, the image, then the rows beside and below each other, and the scale."""
    from PIL import Image, ImageDraw, ImageFont

    share = 1 if len(rows) <= MANY else 2
    first = _drawn(image, MAP)
    frames = [
        (row, _drawn(row.filter, FILTER // share) if row.filter else None, _drawn(row.map, MAP // share))
        for row in rows
    ]
    left = max((part.width for _, part, _ in frames if part), default=-ARROW) + ARROW
    wide = max(left + max(made.width for *_, made in frames), 9 * TEXT)
    high = max(max(made.height, part.height if part else 0) for _, part, made in frames) + 2 * LINE
    font = ImageFont.load_default(TEXT)
    across = max(1, min(len(frames), round((len(frames) * high / wide) ** 0.5 + 0.25)))
    down = -(-len(frames) // across)
    longest = max(int(font.getlength(text)) for text in (*title, image.below))
    width = max(across * (wide + GAP) + GAP, first.width + 2 * GAP, longest + 2 * GAP)
    top = GAP + LINE * len(title) + GAP // 2
    grid = top + first.height + LINE + GAP
    page = Image.new("RGB", (width, grid + down * (high + GAP) + LINE + GAP), "white")
    pen = ImageDraw.Draw(page)
    for i, text in enumerate(title):
        pen.text((GAP, GAP + i * LINE), _spelled(text), INK, font)
    _hang(page, pen, first, (GAP, top), image, font)
    for i, (row, part, made) in enumerate(frames):
        x, y = GAP + i % across * (wide + GAP), grid + i // across * (high + GAP)
        pen.text((x, y), row.name, INK, font)
        if part and row.filter:
            _hang(page, pen, part, (x, y + LINE), row.filter, font)
            _arrow(pen, x + left - ARROW, y + LINE + min(part.height, made.height) // 2)
        _hang(page, pen, made, (x + left, y + LINE), row.map, font)
    _scale(page, pen, (GAP, page.height - LINE - GAP // 2), font)
    file = BytesIO()
    page.save(file, "PNG")
    return file.getvalue()


def tinted(numbers: NDArray[Any]) -> Tint:
    """H×W signed numbers from white to the colour of their side of 0, the one furthest from 0 in full."""
    most = float(abs(numbers).max())
    share = (numbers / most if most else np.zeros(numbers.shape))[..., None]
    full = np.where(share >= 0, np.array(ABOVE, float), np.array(BELOW, float))
    return np.rint(255 + (full - 255) * abs(share)).astype(np.uint8)


def coloured(numbers: NDArray[Any]) -> Tint:
    """3×H×W weights on red, green and blue as these colours around a medium grey."""
    most = float(abs(numbers).max())
    share = numbers / most if most else np.zeros(numbers.shape)
    return np.rint(127.5 + 127.5 * share).astype(np.uint8).transpose(1, 2, 0)


def _grey(numbers: NDArray[Any]) -> Tint:
    """H×W numbers stretched from black to white."""
    low, high = float(numbers.min()), float(numbers.max())
    share = (numbers - low) / (high - low) if high > low else np.full(numbers.shape, 0.5)
    return np.repeat(np.rint(255 * share).astype(np.uint8)[..., None], 3, axis=2)


def _drawn(tile: Tile, side: int) -> Image:
    """The tile as a picture whose longer side has about so many pixels, each cell of a small one a square."""
    from PIL import Image

    by = coloured if tile.numbers.ndim == 3 else tinted if tile.signed else _grey
    picture = Image.fromarray(by(tile.numbers))
    if times := round(side / max(picture.size)):
        return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
    height, width = fitted(picture.height, picture.width, side, side)
    return picture.resize((width, height), Image.Resampling.BOX)


def _hang(
    page: Image, pen: ImageDraw, picture: Image, at: tuple[int, int], tile: Tile, font: ImageFont | FreeTypeFont
) -> None:
    """The picture with a thin frame, what is marked in it, and the line below it."""
    (x, y), (width, height) = at, picture.size
    page.paste(picture, at)
    pen.rectangle((x - 1, y - 1, x + width, y + height), outline=INK)
    rows, columns = tile.numbers.shape[-2:]
    if tile.marked:
        top, left, bottom, right = tile.marked
        box = (
            x + left * width // columns,
            y + top * height // rows,
            x + right * width // columns,
            y + bottom * height // rows,
        )
        pen.rectangle((box[0] - 2, box[1] - 2, box[2] + 1, box[3] + 1), outline=MARK, width=2)
    pen.text((x, y + height + 2), _spelled(tile.below), INK, font)


def _spelled(text: str) -> str:
    """The text without the signs that the font does not have."""
    return text.translate(SPELLED)


def _arrow(pen: ImageDraw, x: int, y: int) -> None:
    pen.line((x + 8, y, x + ARROW - 8, y), INK, 2)
    pen.polygon(((x + ARROW - 14, y - 4), (x + ARROW - 8, y), (x + ARROW - 14, y + 4)), INK)


def _scale(page: Image, pen: ImageDraw, at: tuple[int, int], font: ImageFont | FreeTypeFont) -> None:
    """What the colours mean."""
    from PIL import Image

    (x, y), said = at, "below 0"
    pen.text((x, y), said, INK, font)
    x += int(font.getlength(said)) + 8
    bar = np.repeat(np.linspace(-1, 1, 121)[None], TEXT, axis=0)
    page.paste(Image.fromarray(tinted(bar)), (x, y + 2))
    pen.rectangle((x - 1, y + 1, x + bar.shape[1], y + 2 + TEXT), outline=INK)
    pen.text((x + bar.shape[1] + 8, y), "above 0; every tile by its own number furthest from 0", INK, font)
