"""What each column of a layer table says: one names the layers, the others are as their headings have it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from calc.errors import Impossible, printable
from calc.readers.tables.headings import roles
from calc.readers.tables.numbers import Numbers, is_dash, read_count, read_said, read_shape_cell
from calc.readers.tables.patterns import waiting
from calc.readers.tables.repeats import read_block, read_times
from calc.readers.tables.text import TableText
from calc.readers.tables.words import read_items

_NAMING = ("kind", "either", "name", "notes")
LARGEST_KERNEL = 16
USUAL_KERNEL = 11
"""Sides that a kernel may have, and those that one has as a rule."""
SHAPED = ("input", "linear", "flatten", "reshape")
"""The layers whose size under “Size” is what comes out, also where that of the others is their kernel."""


class _Sized(NamedTuple):
    """The size under “Size” of a layer with a window, and whether its row has a number of channels."""

    size: Numbers
    channels: bool


def _sized(rows: Sequence[tuple[str, ...]], columns: Sequence[tuple[str, ...]], i: int) -> list[_Sized]:
    """The layers with windows in the order of the rows, with what a column “Size” says of them."""
    found: list[_Sized] = []
    filters = next((at for at, role in enumerate(columns) if role == ("filters",)), None)
    for cells in rows:
        items = read_items(cells[columns.index(("kind",))])[0]
        said = read_said(cells[i])
        sizes = [*said.sizes, *((n,) for n in said.numbers)]
        if items and sizes and items[0].kind not in SHAPED:
            channels = filters is not None and read_count(cells[filters]) is not None
            found.append(_Sized(sizes[0][:2], channels))
    return found


def _fall(sizes: Sequence[Numbers]) -> bool:
    """Whether sizes never grow along the rows, in one direction, and fall, as those of maps do."""
    largest = [max(size) for size in sizes]
    return len(set(largest)) > 1 and sorted(largest) in (largest, largest[::-1])


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


def columns_of(table: TableText, name: str) -> list[list[tuple[str, ...]]]:
    """What each column says, the likeliest reading first: two where “Size” may be that of kernels or of what comes out."""
    columns = _columns(table, name)
    rows = [row.cells for row in table.rows if row.cells][:100]
    open_ = [
        i
        for i, role in enumerate(columns)
        if role == ("size",) and not re.search(r"map|image|spatial|resolution", table.headings[i], re.IGNORECASE)
    ]
    if not open_ or any("kernel" in role for role in columns):
        return [columns]
    at = open_[0]
    found = _sized(rows, columns, at)
    if not found or any(max(size) > LARGEST_KERNEL for size, _ in found):
        return [columns]
    kernels = [("kernel",) if i == at else role for i, role in enumerate(columns)]
    if ("output",) in columns:
        return [kernels]
    strided = any("stride" in role for role in columns)
    maps = not strided and all(channels for _, channels in found) and _fall([size for size, _ in found])
    wide = any(max(size) > USUAL_KERNEL for size, _ in found)
    return [columns, kernels] if maps or wide else [kernels, columns]


def _columns(table: TableText, name: str) -> list[tuple[str, ...]]:
    """One column names the layers, the others are as their headings have it."""
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
        elif role == ("params",) and cells and 2 * sum(read_count(cell) is not None for cell in cells) < len(cells):
            columns[i] = ("notes",)
    counted = [i for i, role in enumerate(columns) if role == ("params",)]
    whole = [i for i in counted if "param" in table.headings[i].lower()]
    for i in counted if len(counted) > 1 and whole else ():
        if i != whole[-1]:
            columns[i] = ()
    return columns
