"""What each column of a layer table says: one names the layers, the others are as their headings have it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from calc.errors import Impossible, printable
from calc.readers.tables.headings import roles
from calc.readers.tables.numbers import is_dash, read_count, read_said, read_shape_cell
from calc.readers.tables.patterns import waiting
from calc.readers.tables.repeats import read_block, read_times
from calc.readers.tables.text import TableText
from calc.readers.tables.words import read_items

_NAMING = ("kind", "either", "name", "notes")


def _are_kernels(cells: Sequence[str]) -> bool:
    """Whether the sizes under “Size” are those of kernels."""
    sizes = [size for cell in cells for size in read_said(cell).sizes]
    return bool(sizes) and all(max(size[:2]) <= 16 for size in sizes)


_CONVOLUTION = waiting(r"\s*([0-9]{1,2})\s*[x×]\s*\1\s*,\s*[0-9]+\b(?!\s*[x×])")
"""7×7, 64"""


def _holds_layers(rows: Sequence[tuple[str, ...]], i: int) -> bool:
    """Whether most cells of a column without a known heading name layers with numbers."""
    cells = [row[i] for row in rows if not is_dash(row[i])]
    named = [
        cell
        for cell in cells
        if read_block(read_times(cell)[0])
        or _CONVOLUTION.match(cell)
        or (read_items(cell)[0] and re.search(r"[0-9]", cell) and re.search(r"[A-Za-wyz]{2}", cell))
    ]
    return len(named) > 1 and 2 * len(named) > len(cells)


def columns_of(table: TableText, name: str) -> list[tuple[str, ...]]:
    """What each column says: one names the layers, the others are as their headings have it."""
    columns = [roles(heading) for heading in table.headings]
    rows = [row.cells for row in table.rows if row.cells][:100]

    def naming(i: int) -> tuple[int, int]:
        return sum(bool(read_items(cells[i])[0]) for cells in rows if not is_dash(cells[i])), -_NAMING.index(
            columns[i][0]
        )

    if any(role[:1] and role[0].startswith("part ") for role in columns):
        columns = [
            () if heading.lower() == "depth" else role for heading, role in zip(table.headings, columns, strict=True)
        ]
    strange = [i for i, role in enumerate(columns) if not role and table.headings[i] and _holds_layers(rows, i)]
    if len(strange) > 1:
        heads = ", ".join(f"“{printable(table.headings[i], 20)}”" for i in strange[:6])
        raise Impossible(f"{name} has several networks side by side, {heads}: keep the column of one")
    able = [i for i, role in enumerate(columns) if role and role[0] in _NAMING]
    kind = strange[0] if strange else max(able, key=naming)
    for i, role in enumerate(columns):
        cells = [row[i] for row in rows if not is_dash(row[i])]
        if i == kind:
            columns[i] = ("kind",)
        elif role in (("kind",), ("either",)):
            columns[i] = () if cells and all(read_count(cell) for cell in cells) else ("name",)
        elif role == ("map",):
            shapes = [shape for cell in cells if (shape := read_shape_cell(cell)) and len(shape.sizes) > 1]
            columns[i] = ("output",) if shapes else ("filters",)
        elif (
            role == ("activation",)
            and cells
            and all((shape := read_shape_cell(c)) and len(shape.sizes) > 1 for c in cells)
        ):
            columns[i] = ("output",)
        elif role == ("size",) and ("output",) in columns and ("kernel",) not in columns and _are_kernels(cells):
            columns[i] = ("kernel",)
        elif role == ("params",) and cells and 2 * sum(read_count(cell) is not None for cell in cells) < len(cells):
            columns[i] = ("notes",)
    counted = [i for i, role in enumerate(columns) if role == ("params",)]
    whole = [i for i in counted if "param" in table.headings[i].lower()]
    for i in counted if len(counted) > 1 and whole else ():
        if i != whole[-1]:
            columns[i] = ()
    return columns
