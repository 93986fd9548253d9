"""Tables without headings: the name of a layer or its number at the start of each line, beside it the layer and its numbers."""

from __future__ import annotations

import re

from calc.readers.tables.numbers import read_shape_cell
from calc.readers.tables.patterns import waiting
from calc.readers.tables.text import LONGEST_HEAD, MOST_ROWS, find_head
from calc.readers.tables.words import families, read_items

FEWEST = 3
"""Rows that make a table."""

_GAP = waiting(r"\s{2,}|\t\s*")
_LABEL = waiting(r"([A-Za-z]+?)(?:[123][dD])?[-_]?[0-9]*(?:[_-][0-9]+)?")
_COUNTED = waiting(r"([0-9]+) +([A-Za-z]\w*)")


def headed(text: str) -> str:
    """The text with headings over its columns, if it is such a table; else as it is."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    if not FEWEST <= len(lines) <= MOST_ROWS or find_head(text) or any(len(line) > LONGEST_HEAD for line in lines):
        return text
    rows = [_GAP.split(line) for line in lines]
    numbered = [row[0].rstrip(".") for row in rows] in ([str(n + first) for n in range(len(rows))] for first in (0, 1))
    if not numbered and not all(_is_label(row[0]) for row in rows):
        return text
    if not all(_is_layer(*row[:2]) for row in rows if len(row) > 1):
        return text
    if 2 * sum(len(row) > 1 for row in rows) <= len(rows):
        return text
    return "\n".join(["Name\tType", *(f"{row[0]}\t{_joined(row)}" for row in rows)])


def _is_label(cell: str) -> bool:
    """Whether the first cell of a line is what a layer is called: fc2, pool1, input."""
    found = _LABEL.fullmatch(cell)
    return bool(found and families(found[1])[0])


def _is_layer(label: str, cell: str) -> bool:
    """Whether the cell beside a name is a layer by itself, or the shape of the input."""
    items, _, odd = read_items(cell)
    written = bool(items) and not odd and re.search(r"[A-Za-wyz]{2}", cell) is not None
    return written or (read_shape_cell(cell) is not None and families(label)[0] == "input")


def _joined(row: list[str]) -> str:
    """The layer of a line with its numbers and its activation: Conv 5x5, 32, relu."""
    cells = row[1:] or row[:1]
    return ", ".join(_COUNTED.sub(r"\1, \2", cell) if i else cell for i, cell in enumerate(cells))
