"""Spans, lines and blocks of text, and setting them beside and under each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NewType

from calc.exact import Entry
from explain.notation import Notation

Shade = NewType("Shade", str)
"""A colour of a picture, `#rrggbb`, or one above another, `#rrggbb on #rrggbb`."""

Role = Literal["", "dim", "bold", "head", "window", "kernel", "result", "fault"] | Shade
Span = tuple[str, Role]
Line = tuple[Span, ...]
Block = list[Line]


def matrix(rows: Sequence[Sequence[Entry]], notation: Notation, role: Role = "") -> Block:
    """Cells in columns, right-aligned."""
    return _columns(_written(rows, notation), role)


def _written(rows: Sequence[Sequence[Entry]], notation: Notation) -> list[list[str]]:
    plain = notation.plain()
    return [[plain.cell(x) for x in row] for row in rows]


def _columns(written: Sequence[Sequence[str]], role: Role = "") -> Block:
    widths = [max(map(len, column)) for column in zip(*written, strict=True)]
    same = [max(widths)] * len(widths) if max(widths) <= 4 else widths
    return [((apart(cell.rjust(w) for cell, w in zip(row, same, strict=True)), role),) for row in written]


def banded(rows: Sequence[Sequence[Entry]], notation: Notation, role: Role, room: int) -> list[tuple[range, Block]]:
    """A matrix as one block, a wide one in bands of columns that fit, each with the columns that it holds."""
    written = _written(rows, notation)
    columns = len(written[0])
    whole = _columns(written, role)
    if breadth([whole], 0) <= room or columns == 1:
        return [(range(columns), whole)]
    bands: list[tuple[range, Block]] = []
    first, most = 0, max(1, columns * room // breadth([whole], 0))
    while first < columns:
        many = min(most + 1, columns - first)
        while True:
            block = _columns([row[first : first + many] for row in written], role)
            if many == 1 or breadth([block], 0) <= room:
                break
            many -= 1
        bands.append((range(first, first + many), block))
        first += many
    return bands


def told(columns: range) -> str:
    """Which columns a band holds, counted from 1."""
    return f"column {columns[0] + 1}" if len(columns) == 1 else f"columns {columns[0] + 1}–{columns[-1] + 1}"


def apart(cells: Iterable[str]) -> str:
    """Cells of a row, those of one digit further apart, and those of several words still further."""
    row = list(cells)
    words = any(" " in cell.strip() for cell in row)
    return ("   " if words else "  " if max(map(len, row)) == 1 else " ").join(row)


def sign(mark: str, matrix: Block) -> Block:
    """A sign at the middle height of a matrix."""
    return [((mark if i == len(matrix) // 2 else " " * len(mark), ""),) for i in range(len(matrix))]


def length(line: Iterable[Span]) -> int:
    return sum(len(text) for text, _ in line)


def breadth(blocks: Sequence[Block], gap: int) -> int:
    """The columns that blocks take beside each other."""
    return sum(max(map(length, block), default=0) for block in blocks) + gap * (len(blocks) - 1)


def beside(blocks: Sequence[Block], gap: int) -> Iterator[Line]:
    """Blocks beside each other, tops aligned."""
    widths = [max(map(length, block), default=0) for block in blocks]
    for i in range(max(map(len, blocks), default=0)):
        line: list[Span] = []
        fill = 0
        for block, width in zip(blocks, widths, strict=True):
            spans = block[i] if i < len(block) else ()
            if spans:
                line += [(" " * fill, ""), *spans]
                fill = width - length(spans) + gap
            else:
                fill += width + gap
        yield tuple(span for span in line if span[0])


def stacked(blocks: Sequence[Block], gap: int, room: int) -> Iterator[Line]:
    """Blocks beside each other, as many as fit, the rest below."""
    row: list[Block] = []
    for block in blocks:
        if row and breadth([*row, block], gap) > room:
            yield from beside(row, gap)
            yield ()
            row = []
        row.append(block)
    yield from beside(row, gap)


def set_in(lines: Iterable[Line], indent: str) -> Iterator[Line]:
    """Lines moved to the right."""
    for line in lines:
        yield ((indent, ""), *line) if line else ()


def wrap(text: str, room: int) -> list[str]:
    """Words in lines of at most `room` columns; a sum breaks before a sign, a grouped number stays whole."""
    return wrap_items(_words(text), " ", room)


def wrap_clauses(text: str, room: int) -> list[str]:
    """Clauses parted by dots, each whole on a line where all fit; else words."""
    clauses = text.split(" · ")
    return wrap_items(clauses, " · ", room) if max(map(len, clauses)) <= room else wrap(text, room)


def wrap_items(items: Iterable[str], gap: str, room: int) -> list[str]:
    """Items that stay whole in lines of at most `room` columns."""
    rows, line = [], ""
    for item in items:
        if line and len(line) + len(gap) + len(item) > room:
            rows.append(line)
            line = item
        else:
            line = f"{line}{gap}{item}" if line else item
    return [*rows, line]


def _words(text: str) -> Iterator[str]:
    """Words, with a sign kept before what it stands before and the groups of a number together."""
    held = ""
    for word in text.split(" "):
        grouped = held and held[-1].isdigit() and word[:3].isdigit() and len(word) >= 3 and not word[3:4].isdigit()
        if held and (held[-1:] in "+−=≤<·" or grouped):
            held = f"{held} {word}"
        else:
            if held:
                yield held
            held = word
    yield held
