"""Arrays of numpy out of files, and feature maps into files that other programs read."""

from __future__ import annotations

import re
import warnings
import zipfile
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from math import lcm, prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from calc.errors import Impossible, nearest, printable
from calc.exact import narrowest, nearest_floats
from calc.files import MAPS, read_bytes
from calc.pictures import greys, png

LARGEST_FILE = 2**30
"""Bytes of a file, and of an array packed in it, that are read."""

MOST_CELLS = 2**27

LONGEST_HEADER = 10_000
"""Bytes that say the shape and the dtype of an array."""

NAMED = 8
"""Arrays of a file that a message names."""

REMEMBERED = 2**16
"""Numbers whose spelling is remembered: a map has few that differ."""

REFUSED = {
    "O": "Python objects, which are never unpickled",
    "c": "complex numbers",
    "V": "records",
    "U": "text",
    "S": "text",
    "T": "text",
    "M": "dates",
    "m": "times",
}
"""What an array may hold that is no number, by the kind of its dtype."""

AXES = ("channel", "row", "column")

_MEMBER = re.compile(r"(.+\.npz):(.+)", re.IGNORECASE | re.DOTALL)


def split_member(source: str) -> tuple[str, str]:
    """`file.npz:name` as the file and the name of the array in it; any other source as it is, without a name."""
    found = _MEMBER.fullmatch(source)
    return (found[1], found[2]) if found else (source, "")


def read_npy(path: Path, member: str = "") -> NDArray[Any]:
    """The numbers of a .npy file, or of one array of a .npz file, as they are stored: whole numbers or floats.

    Of any shape with at least one axis; True and False are 1 and 0. Nothing is unpickled.
    """
    name = printable(str(path))
    data = read_bytes(path, "an array", "give the path of a .npy or .npz file", LARGEST_FILE)
    if data.startswith(b"PK"):
        return _array(*_unpacked(data, name, member))
    if member:
        raise Impossible(f"{name} holds one array without a name: leave out “:{printable(member)}”")
    return _array(data, name)


def _unpacked(data: bytearray, name: str, member: str) -> tuple[bytes, str]:
    """The bytes of one array of a .npz file, and what to call it."""
    try:
        packed = zipfile.ZipFile(BytesIO(data))
    except Exception:  # zipfile raises all sorts of things on bytes that are not what it expects
        raise Impossible(f"{name} is cut off or damaged: its list of arrays cannot be read") from None
    with packed:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in packed.infolist()}
        if not entries:
            raise Impossible(f"{name} holds no arrays")
        if not member and len(entries) > 1:
            raise Impossible(
                f"{name} holds {len(entries)} arrays, {_listed(entries)}: name one, as {name}:{printable(next(iter(entries)))}"
            )
        member = member or next(iter(entries))
        called = f"{name}:{printable(member)}"
        if member not in entries:
            near = nearest(member, [printable(known) for known in entries])
            raise Impossible(f"{name} holds no array “{printable(member)}”{near or f': it holds {_listed(entries)}'}")
        if entries[member].file_size > LARGEST_FILE:
            raise Impossible(
                f"{called} unpacks to {entries[member].file_size} bytes, more than the {LARGEST_FILE} that are read"
            )
        try:
            return packed.read(entries[member]), called
        except MemoryError:
            raise
        except Exception:  # as above, and whatever the decompressors raise
            raise Impossible(f"{called} is cut off or damaged: it cannot be unpacked") from None


def _listed(names: dict[str, Any]) -> str:
    """The first names in words."""
    known = [printable(name) for name in names]
    if len(known) > NAMED:
        return f"{', '.join(known[:NAMED])} and {len(known) - NAMED} more"
    return " and ".join(filter(None, (", ".join(known[:-1]), known[-1])))


def _array(data: bytes | bytearray, name: str) -> NDArray[Any]:
    """The array in the bytes of a .npy file."""
    shape, by_columns, dtype, start = _header(data, name)
    if dtype.hasobject or dtype.kind in REFUSED:
        raise Impossible(
            f"{name} holds {REFUSED['O' if dtype.hasobject else dtype.kind]}: give an array of whole numbers or floats"
        )
    if dtype.kind == "f" and dtype.itemsize > 8:
        raise Impossible(f"{name} holds floats of {8 * dtype.itemsize} bits: give float64, float32 or float16")
    if not shape:
        raise Impossible(f"{name} holds a single number without rows and columns: give it the shape 1×1")
    if not all(shape):
        raise Impossible(f"{name} is empty: its shape is {'×'.join(map(str, shape))}")
    count = prod(shape)
    if count > MOST_CELLS:
        raise Impossible(f"{name} holds {count} numbers, more than the {MOST_CELLS} that are read")
    there = len(data) - start
    if there != count * dtype.itemsize:
        raise Impossible(
            f"{name} is {'cut off' if there < count * dtype.itemsize else 'damaged'}: "
            f"{'×'.join(map(str, shape))} numbers of {dtype.itemsize} bytes are announced, and {there} bytes follow"
        )
    array = np.frombuffer(data, dtype, count, start).reshape(shape, order="F" if by_columns else "C")
    if dtype.kind == "f":
        check_finite(array, name)
    return array.astype(np.uint8 if dtype.kind == "b" else dtype.newbyteorder("="), order="C")


def _header(data: bytes | bytearray, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """The shape, whether it is stored column by column, the dtype, and where the numbers begin."""
    file = BytesIO(data[: LONGEST_HEADER + 100])
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        with warnings.catch_warnings(action="ignore"):  # of headers that Python 2 wrote
            shape, by_columns, dtype = read(file, max_header_size=LONGEST_HEADER)
        if min(shape, default=0) < 0:
            raise ValueError("a negative size")
    except Exception:  # what numpy raises on bytes that are not what it expects
        raise Impossible(
            f"{name} is not an array that numpy saved, or its header is damaged: np.save and np.savez write such files"
        ) from None
    return shape, by_columns, dtype, file.tell()


def check_finite(array: NDArray[Any], name: str) -> None:
    """`Impossible` with the first cell that holds no number."""
    finite = np.isfinite(array)
    if finite.all():
        return
    place = tuple(int(i) for i in np.unravel_index(int(finite.argmin()), array.shape))
    said = (
        f"place {','.join(str(i + 1) for i in place)}"
        if len(place) > len(AXES)
        else ", ".join(f"{axis} {i + 1}" for axis, i in zip(AXES[-len(place) :], place, strict=True))
    )
    what = "NaN" if np.isnan(array[place]) else "infinity" if array[place] > 0 else "-infinity"
    raise Impossible(f"{name}, {said} is {what}: every cell is a number")


def exactly(array: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Whole numbers or floats of any shape as whole numerators, in the narrowest dtype, over one denominator.

    A float is the shortest decimal that it prints as, in its own precision: 0.1 is 1/10, of float32 as of float64.
    """
    if array.dtype.kind != "f":
        return array.astype(narrowest(max(int(array.max()), -int(array.min())))), 1
    certain = 10 ** np.finfo(array.dtype).precision  # up to so many digits no other decimal prints the same
    wide = array.astype(np.float64)
    for digits in range(np.finfo(array.dtype).precision + 1):
        scaled = np.rint(wide * 10.0**digits)
        if (bound := int(abs(scaled).max())) >= certain:
            break
        if ((scaled / 10.0**digits).astype(array.dtype) == array).all():
            return scaled.astype(narrowest(bound)), 10**digits
    numbers = [Fraction(str(x)) for x in array.flat]
    denominator = lcm(*{x.denominator for x in numbers})
    whole = [x.numerator * (denominator // x.denominator) for x in numbers]
    return np.array(whole, narrowest(max(map(abs, whole)))).reshape(array.shape), denominator


def written(numerators: NDArray[Any], denominator: int, suffix: str) -> bytes:
    """A feature map as the file of that suffix: …×H×W whole numerators over one denominator.

    `.csv` is exact: a row a line, decimals where those end and else fractions, channels parted by an empty line. `.npy`
    is int64 (uint64 where that is too small) for whole numbers; fractions are rounded to the nearest float64. Floats
    and letters (over 1, the latter in `.csv` alone) are written as they are. `.png` is grey, by the rule of `calc.pictures.greys`, channels side by side.
    """
    match suffix.lower():
        case ".csv":
            return _csv(numerators, denominator)
        case ".npy":
            file = BytesIO()
            np.save(file, _plain(numerators, denominator), allow_pickle=False)
            return file.getvalue()
        case ".png":
            parts = 10**6 if numerators.dtype.kind == "f" else 1  # rounded numbers have no denominator of their own
            whole = (numerators * parts).astype("int64") if parts > 1 else numerators
            return png(greys(whole if whole.ndim > 1 else whole[None], denominator * parts))
    raise Impossible(f"no feature map is written as “{printable(suffix)}”: choose {', '.join(MAPS)}")


def _plain(numerators: NDArray[Any], denominator: int) -> NDArray[Any]:
    """Numbers in a dtype that every program reads."""
    if numerators.dtype.kind == "f":
        return numerators
    low, high = int(numerators.min()), int(numerators.max())
    if denominator == 1:
        dtype = "uint64" if 2**63 <= high < 2**64 and low >= 0 else narrowest(max(-low, high, 2**31))
        if dtype == "object":
            raise Impossible("the feature map holds whole numbers beyond 64 bits: write .csv, which keeps every digit")
        return numerators.astype(dtype)
    return nearest_floats(numerators, denominator)


def _csv(numerators: NDArray[Any], denominator: int) -> bytes:
    """Exact numbers as text."""
    spelled = _spelled if denominator == 1 else lru_cache(REMEMBERED)(_Spelling(denominator).number)
    blocks = numerators.reshape(-1, *numerators.shape[-2:]) if numerators.ndim > 1 else numerators[None, None]
    return "\n".join("".join(f"{','.join(map(spelled, row))}\n" for row in block.tolist()) for block in blocks).encode()


def _spelled(entry: object) -> str:
    """A whole number, a float, or letters without spaces."""
    return str(entry).replace(" ", "").replace("**", "^")


class _Spelling:
    """How numerators over one denominator are spelled: a decimal where it ends, else a fraction."""

    def __init__(self, denominator: int) -> None:
        self.denominator = denominator
        self.odd, counts = denominator, {2: 0, 5: 0}
        for prime in counts:
            while self.odd % prime == 0:
                self.odd //= prime
                counts[prime] += 1
        self.digits = max(counts.values())
        self.factor = 10**self.digits // (denominator // self.odd)

    def number(self, numerator: int) -> str:
        """A decimal ends if only twos and fives are left of the denominator."""
        if numerator % self.odd:
            return str(Fraction(numerator, self.denominator))
        whole, rest = divmod(abs(numerator) // self.odd * self.factor, 10**self.digits)
        decimals = f"{rest:0{self.digits}d}".rstrip("0") if rest else ""
        return f"{'-' if numerator < 0 else ''}{whole}{'.' if decimals else ''}{decimals}"
