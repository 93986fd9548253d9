"""Images and kernels out of text: a grid of numbers, a file of them, or a kernel by name.

Numbers are parted by spaces, tabs, commas or semicolons. A row is a line; where spaces or commas part the numbers,
and in text given inline, a semicolon ends a row too.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from calc.errors import Impossible, nearest, printable
from calc.exact import Cells, read_number
from calc.expr import Number, exact
from calc.files import read_bytes, read_whole
from calc.kernels import BY_NAME

LARGEST_FILE = 64 * 2**20
"""Bytes of text that are read."""

LONGEST_DENOMINATOR = 20_000
"""Digits of the denominators of an image or a kernel together."""

_PARTS = re.compile(r"[^\s,;]+|[,;]")


def read_image(source: object) -> Cells:
    """The image in a file, on standard input (`-`), in a text such as "1 2; 3 4", or in nested lists."""
    if not isinstance(source, str | Path):
        return _from_values(source, "the image")
    if not str(source).strip():
        raise Impossible(
            "the image is empty: give the path of a text file, or the numbers themselves as “1 0 2; 3 2 0”"
        )
    if source == "-":
        if sys.stdin is None:
            raise Impossible("standard input is closed: give the path of a text file, or the numbers themselves")
        data = read_whole(sys.stdin.buffer, "standard input", LARGEST_FILE, " of text")
        return read_grid(_text(data, "standard input", "an image"), "standard input")
    if isinstance(source, str) and _inline(source):
        return read_grid(source, "the image", inline=True)
    return read_grid(read_file(Path(source), "an image"), str(source))


def read_kernel(source: object) -> tuple[Cells, str]:
    """The kernel of that name, in a file, in a text or in nested lists; and what to call it."""
    if not isinstance(source, str | Path):
        return _from_values(source, "the kernel"), "the kernel"
    word = str(source)
    if not word.strip():
        raise Impossible("the kernel is empty: give a name, the path of a text file, or the numbers themselves")
    if word.lower() in BY_NAME:
        named = BY_NAME[word.lower()]
        return Cells.of(named.rows), named.name
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
    rows: list[list[Number]] = []
    for number, line in enumerate(_lines(text, inline=inline), start=1):
        row = _row(line, f"{printable(name)}, {'row' if inline else 'line'} {number}")
        if not row:
            continue
        if rows and len(row) != len(rows[0]):
            raise Impossible(
                f"{printable(name)}, row {len(rows) + 1} has {_numbers(len(row))} where row 1 has {len(rows[0])}: "
                f"{printable(line.strip(), 40)}; every row has the same length"
            )
        rows.append(row)
    if not rows:
        raise Impossible(f"{printable(name)} holds no numbers: rows such as “1 0 2” are wanted")
    return _bounded(rows, printable(name), decimals="." in text)


def _bounded(rows: list[list[Number]], name: str, *, decimals: bool) -> Cells:
    """The matrix of these rows, unless its fractions have no common denominator of a sensible length."""
    digits = sum(len(str(d)) for d in {x.denominator for row in rows for x in row})
    if digits > LONGEST_DENOMINATOR:
        raise Impossible(
            f"{name} holds fractions whose denominators have {digits} digits together, more than the {LONGEST_DENOMINATOR} that are worked with"
        )
    return Cells.of(rows, decimals=decimals)


def _numbers(count: int) -> str:
    return f"{count} number" if count == 1 else f"{count} numbers"


def _inline(source: str) -> bool:
    """Whether a text is numbers rather than the name of a file."""
    return (
        bool(re.match(r"[\s\[]*[-+−]?\.?\d", source))
        and not os.path.exists(source)
        and not re.search(r"\.[A-Za-z]+$", source)
    )


def _lines(text: str, *, inline: bool) -> list[str]:
    """The rows of a text: its lines; semicolons end a row too, unless they are all that parts the numbers."""
    if inline:
        text = re.sub(r"\]\s*[,;]?\s*\[", ";", text).replace("[", " ").replace("]", " ")
    ends_rows = inline or (";" in text and re.search(r"[^\s,;][ \t]+[^\s,;]|,", text))
    lines = text.splitlines()
    return [row for line in lines for row in line.split(";")] if ends_rows else lines


def _row(line: str, where: str) -> list[Number]:
    numbers: list[Number] = []
    parted = True
    for part in _PARTS.finditer(line):
        if part[0] in ",;":
            if parted:
                raise Impossible(f"{where}, column {len(numbers) + 1} is empty: a number is missing before “{part[0]}”")
            parted = True
            continue
        try:
            numbers.append(read_number(part[0]))
        except Impossible as fault:
            raise Impossible(f"{where}, column {len(numbers) + 1}: {fault}") from None
        parted = False
    return numbers


def _from_values(values: Any, name: str) -> Cells:
    """Nested lists or an array of whole numbers, fractions, or floats (taken as the decimals that they print as)."""
    if isinstance(values, Cells):
        return values
    rows: Any = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(rows, Sequence):
        raise Impossible(f"{name} is neither text nor rows of numbers, but {printable(repr(values))}")
    if rows and not isinstance(rows[0], Sequence):
        rows = [rows]
    try:
        read = [[_exactly(x) for x in row] for row in rows]
    except Impossible as fault:
        raise Impossible(f"{name}: {fault}") from None
    except (TypeError, ValueError, OverflowError) as fault:
        raise Impossible(f"{name} holds something that is not a number: {printable(str(fault))}") from None
    if not read or not read[0]:
        raise Impossible(f"{name} is empty")
    for number, row in enumerate(read, start=1):
        if len(row) != len(read[0]):
            raise Impossible(
                f"{name}, row {number} has {_numbers(len(row))} where row 1 has {len(read[0])}: every row has the same length"
            )
    return Cells.of(read, decimals=any(isinstance(x, float) for row in rows for x in row))


def _exactly(x: Any) -> Number:
    """0.1 is 1/10, as whoever wrote it means."""
    return read_number(repr(x) if isinstance(x, float) else x) if isinstance(x, str | float) else exact(Fraction(x))
