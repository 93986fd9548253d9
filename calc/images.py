"""Images and kernels out of text, arrays and pictures: a grid of numbers, a file of them, or a kernel by name.

Numbers are parted by spaces, tabs, commas or semicolons. A row is a line; where spaces or commas part the numbers,
and in text given inline, a semicolon ends a row too.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from fractions import Fraction
from operator import index
from pathlib import Path
from typing import Any

from calc.choices import is_whole
from calc.errors import Impossible, nearest, printable
from calc.exact import LONGEST_NUMBER, Cells, Entry, narrowest, read_entry
from calc.expr import Op, Sym, exact
from calc.files import check_reach, read_bytes, read_whole
from calc.kernels import BY_NAME

LARGEST_FILE = 64 * 2**20
"""Bytes of text that are read."""

LONGEST_DENOMINATOR = 20_000
"""Digits of the denominators of an image or a kernel together."""

_PARTS = re.compile(r"[^\s,;]+|[,;]")


def read_image(
    source: object, *, colour: bool = False, crop: str = "", resize: str = "", borrow: bool = False
) -> Cells:
    """The image in a file (text, .npy, .npz, a picture), on standard input (`-`), in a text such as "1 2; 3 4", or in nested lists.

    `colour` reads a picture by its channels, `crop` takes a piece "row,column,height,width" counted from 1,
    `resize` makes it "N" or "HxW" cells, each the average of what it covers. An array of whole numbers that is
    borrowed still shares its memory with the caller's.
    """
    cells = _read_whole_image(source, colour=colour, borrow=borrow)
    if not crop and not resize:
        return cells
    from calc.pictures import cropped, resized

    numerators = cells.numerators if len(cells.shape) > 1 else cells.numerators[None]
    if crop:
        numerators = cropped(numerators, crop)
    if resize:
        if cells.letters or cells.denominator != 1:
            raise Impossible("only whole numbers are resized: crop the image, or scale it first")
        numerators = resized(numerators, resize)
    return cells.like(numerators.copy())


def _read_whole_image(source: object, *, colour: bool, borrow: bool) -> Cells:
    if not isinstance(source, str | Path):
        return read_array(source, "the image", borrow=borrow)
    if not str(source).strip():
        raise Impossible(
            "the image is empty: give the path of a text file, or the numbers themselves as “1 0 2; 3 2 0”"
        )
    check_reach(source)
    if source == "-":
        if sys.stdin is None:
            raise Impossible("standard input is closed: give the path of a text file, or the numbers themselves")
        data = read_whole(sys.stdin.buffer, "standard input", LARGEST_FILE, " of text")
        return read_grid(_text(data, "standard input", "an image"), "standard input")
    if (cells := _read_stored(str(source))) is not None:
        return cells
    from calc.pictures import SUFFIXES, read_picture

    if os.path.splitext(str(source))[1].lower() in SUFFIXES:
        return Cells(read_picture(Path(source), colour=colour))
    if isinstance(source, str) and _inline(source):
        return read_grid(source, "the image", inline=True)
    return read_grid(read_file(Path(source), "an image"), str(source))


def _read_stored(source: str) -> Cells | None:
    """The array in an .npy file, in an .npz file, or under a name in one: file.npz:name."""
    if not re.search(r"\.np[yz](:|$)", source, re.IGNORECASE):
        return None
    from calc.array_files import exactly, read_npy, split_member

    file, member = split_member(source)
    numerators, denominator = exactly(read_npy(Path(file), member))
    return Cells(numerators, denominator, decimals=denominator != 1)


def read_kernel(source: object) -> tuple[Cells, str]:
    """The kernel of that name, in a file, in a text or in nested lists; and what to call it."""
    if not isinstance(source, str | Path):
        return read_array(source, "the kernel"), "the kernel"
    word = str(source)
    if not word.strip():
        raise Impossible("the kernel is empty: give a name, the path of a text file, or the numbers themselves")
    if word.lower() in BY_NAME:
        named = BY_NAME[word.lower()]
        return Cells.of(named.rows), named.name
    check_reach(word)
    if (cells := _read_stored(word)) is not None:
        return cells, printable(Path(word).name)
    if isinstance(source, str) and _inline(source):
        return read_grid(source, "the kernel", inline=True), "the kernel"
    path = Path(source)
    if not os.path.exists(path) and path.name == word and not path.suffix:
        raise Impossible(
            f"no kernel and no file is called “{printable(word)}”{nearest(word, BY_NAME) or ': `cnncalc kernels` lists the kernels'}"
        )
    return read_grid(read_file(path, "a kernel"), word), printable(path.name)


def read_file(path: Path, article: str) -> str:
    """The text of a file that should hold `article`, or `Impossible` with what is wrong with it."""
    right = "give the path of a text file, or the numbers themselves as “1 0 2; 3 2 0”"
    return _text(read_bytes(path, article, right, LARGEST_FILE, " of text"), printable(str(path)), article)


def _text(data: bytearray, name: str, article: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Impossible(f"{name} is not text: {article} is rows of numbers")
    return text


def read_grid(text: str, name: str, *, inline: bool = False) -> Cells:
    """The rows of numbers in a text; `name` says in a message where they stand."""
    if (
        not inline
        and "\n" in text.strip()
        and re.search(r"\d,\d[^\n]*;", text)
        and not re.search(r"\d[ \t]+[-+\d]", text)
    ):
        raise Impossible(f"{printable(name)} has decimal commas: write a point, 1.5 for 1,5")
    if (plain := _plain_grid(text)) is not None:
        return plain
    blocks: list[list[list[Entry]]] = [[]]
    for number, line in enumerate(_lines(text, inline=inline), start=1):
        row = _row(line, f"{printable(name)}, {'row' if inline else 'line'} {number}")
        rows = blocks[-1]
        if not row:
            if rows:
                blocks.append([])
            continue
        if len(row) != len(blocks[0][0] if blocks[0] else row):
            raise Impossible(
                f"{printable(name)}, row {sum(map(len, blocks)) + 1} has {_numbers(len(row))} where row 1 has {len(blocks[0][0])}: "
                f"{printable(line.strip(), 40)}; every row has the same length"
            )
        rows.append(row)
    blocks = [rows for rows in blocks if rows]
    if not blocks:
        raise Impossible(f"{printable(name)} holds no numbers: rows such as “1 0 2” are wanted")
    for number, rows in enumerate(blocks, start=1):
        if len(rows) != len(blocks[0]):
            raise Impossible(
                f"{printable(name)}, block {number} has {len(rows)} rows where block 1 has {len(blocks[0])}: "
                "blank lines part channels, which have one size"
            )
    return _bounded(blocks if len(blocks) > 1 else blocks[0], printable(name), decimals="." in text)


def _plain_grid(text: str) -> Cells | None:
    """Rows of short whole numbers parted by spaces or by single commas, twenty times as fast; None if it is anything else."""
    if not re.fullmatch(r"[-\d \t\r\n,]+", text, re.ASCII) or re.search(
        r"\d{18}|[-\d]-|-(?!\d)|\n[ \t]*\r?\n[ \t\r\n]*\S", text
    ):
        return None
    lines = text.strip().split("\n")
    commas = "," in text
    if commas and (
        re.search(r"[ \t]|,(,|\r?$)|^,", text, re.MULTILINE)
        or any(line.count(",") != lines[0].count(",") for line in lines)
    ):
        return None
    import numpy as np

    rows = [line.replace(",", " ").split() for line in lines]
    if not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        return None
    numbers = np.array([int(x) for row in rows for x in row])
    bound = max(int(numbers.max()), -int(numbers.min()))
    return Cells(numbers.astype(narrowest(bound)).reshape(len(rows), -1))


def _bounded(nested: Any, name: str, *, decimals: bool) -> Cells:
    """The array of these rows, unless its fractions have no common denominator of a sensible length."""
    flat = nested
    while isinstance(flat[0], list):
        flat = [x for part in flat for x in part]
    digits = sum(len(str(d)) for d in {x.denominator for x in flat if isinstance(x, Fraction)})
    if digits > LONGEST_DENOMINATOR:
        raise Impossible(
            f"{name} holds fractions whose denominators have {digits} digits together, more than the {LONGEST_DENOMINATOR} that are worked with"
        )
    return Cells.of(nested, decimals=decimals)


def _numbers(count: int) -> str:
    return f"{count} number" if count == 1 else f"{count} numbers"


def _inline(source: str) -> bool:
    """Whether a text is numbers or letters rather than the name of a file."""
    if re.search(r"\.[A-Za-z]+$", source) or os.path.exists(source):
        return False
    if re.match(r"[\s\[]*[-+−]?\.?\d", source):
        return True
    first = re.match(r"[\s\[]*([^\s,;\[\]]+)[\s,;\]]", source)
    return first is not None and bool(re.fullmatch(r"[-−]?\(?[A-Za-z](_?\d+|_\w{1,4})?([-+*/^·].*)?", first[1]))


def _lines(text: str, *, inline: bool) -> list[str]:
    """The rows of a text: its lines; semicolons end a row too, unless they are all that parts the numbers."""
    if inline:
        text = re.sub(r"\]\s*\]\s*[,;]?\s*\[\s*\[", ";;", text)
        text = re.sub(r"\]\s*[,;]?\s*\[", ";", text).replace("[", " ").replace("]", " ")
    ends_rows = inline or (";" in text and re.search(r"[^\s,;][ \t]+[^\s,;]|,", text))
    lines = text.splitlines()
    return [row for line in lines for row in line.split(";")] if ends_rows else lines


def _row(line: str, where: str) -> list[Entry]:
    numbers: list[Entry] = []
    parted = True
    for part in _PARTS.finditer(line):
        if part[0] in ",;":
            if parted:
                raise Impossible(f"{where}, column {len(numbers) + 1} is empty: a number is missing before “{part[0]}”")
            parted = True
            continue
        try:
            numbers.append(read_entry(part[0]))
        except Impossible as fault:
            raise Impossible(f"{where}, column {len(numbers) + 1}: {fault}") from None
        parted = False
    return numbers


def read_array(values: Any, name: str, *, borrow: bool = False) -> Cells:
    """Nested lists or an array of whole numbers, fractions, letters, or floats (taken as the decimals they print as)."""
    if isinstance(values, Cells):
        return values
    kind: str = getattr(getattr(values, "dtype", None), "kind", "")
    if kind and kind in "iub" and values.ndim and values.size:
        if kind == "b":
            return Cells(values.astype("uint8"))
        return Cells(values.view() if borrow else values.copy())
    if kind == "f" and values.ndim and values.size:
        from calc.array_files import check_finite, exactly

        check_finite(values, name)
        numerators, denominator = exactly(values)
        return Cells(numerators, denominator, decimals=True)
    nested: Any = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(nested, Sequence) or isinstance(nested, str):
        raise Impossible(f"{name} is neither text nor rows of numbers, but {printable(repr(values))}")
    try:
        read = _read_nested(nested)
    except Impossible as fault:
        raise Impossible(f"{name}: {fault}") from None
    except (TypeError, ValueError, OverflowError) as fault:
        raise Impossible(f"{name} holds something that is not a number: {printable(str(fault))}") from None
    _refuse_ragged(read, name)
    return Cells.of(read, decimals=_any_float(nested))


def _read_nested(values: Any) -> Any:
    nested = isinstance(values, Sequence) and not isinstance(values, str)
    return [_read_nested(x) for x in values] if nested else _exactly(values)


def _any_float(values: Any) -> bool:
    nested = isinstance(values, Sequence) and not isinstance(values, str)
    return any(map(_any_float, values)) if nested else isinstance(values, float)


def _refuse_ragged(rows: list[Any], name: str) -> None:
    """`Impossible` unless all parts of nested lists have one length."""
    if not rows:
        raise Impossible(f"{name} is empty")
    parts = [row for row in rows if isinstance(row, list)]
    for number, row in enumerate(parts, start=1):
        if len(row) != len(parts[0]):
            raise Impossible(
                f"{name}, row {number} has {_numbers(len(row))} where row 1 has {len(parts[0])}: every row has the same length"
            )
    if parts and len(parts) != len(rows):
        raise Impossible(f"{name} has rows and single numbers beside each other")
    if parts:
        _refuse_ragged([x for row in parts for x in row] if parts[0] else [], name)


def _exactly(x: Any) -> Entry:
    """0.1 is 1/10, as whoever wrote it means."""
    if isinstance(x, Sym | Op):
        return x
    if isinstance(x, str):
        return read_entry(x)
    number = Fraction(index(x)) if is_whole(x) else x
    if not isinstance(number, Fraction):
        return read_entry(str(x))  # a float, Python's or numpy's
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > LONGEST_NUMBER * 3.33:
        raise Impossible(f"a number of more than {LONGEST_NUMBER} digits is longer than what is read")
    return exact(number)


def read_numbers(source: object, what: str, many: int) -> Cells | None:
    """One number for each of `many` filters, out of one number, a text of several, or a list; None if all are 0."""
    if getattr(source, "ndim", 1) == 0 or isinstance(source, int | float | Fraction):
        values = [_exactly(source.item() if hasattr(source, "item") else source)] * many
    elif isinstance(source, str) and not re.search(r"[\s,;]", source.strip()):
        if not source.strip():
            raise Impossible(f"{what} is empty: a number is wanted")
        values = [read_entry(source)] * many
    elif isinstance(source, str):
        values = _row(source, what)
    else:
        cells = read_array(source, f"the {what}")
        values = list(cells.shaped((-1,)).nested())
    if len(values) != many:
        raise Impossible(
            f"{what} has {_numbers(len(values))}: one is wanted{'' if many == 1 else f', or {many}, one for each filter'}"
        )
    return Cells.of(values) if any(x != 0 for x in values) else None
