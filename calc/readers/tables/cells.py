"""What single cells of a layer table say, beside the column that they stand in."""

from __future__ import annotations

import re

from calc.readers.tables.columns import SHAPED
from calc.readers.tables.entry import Entry
from calc.readers.tables.headings import roles
from calc.readers.tables.numbers import Numbers, Said, Shaped, is_dash, read_said, read_shape_cell
from calc.readers.tables.words import Item, read_items


def shown_after(written: str) -> tuple[str, Shaped | None]:
    """A cell without the shape in brackets that it ends with, and that shape: CONV3-64: [224x224x64]."""
    found = re.fullmatch(r"(.*?[A-Za-z0-9]):?\s*(\[[0-9]+\s*[x×]\s*[0-9]+\s*[x×]\s*[0-9]+\])", written)
    return (found[1], read_shape_cell(found[2])) if found else (written, None)


def input_of(label: str, written: str) -> Item | None:
    """The input that a row is by its name, where its shape stands in place of its layer: input, 3x32x32."""
    items = read_items(label)[0] if label and read_shape_cell(written) else []
    return items[0] if len(items) == 1 and items[0].kind == "input" else None


def residual(sizes: list[Numbers]) -> Item:
    return Item("residual", 2, "block", Said(sizes=sizes))


def module_of(written: str, parts: dict[str, int]) -> Item | None:
    """The module whose convolutions have columns of their own."""
    words = written.lower()
    if "fire" in words and {"squeeze", "expand 1", "expand 3"} <= set(parts):
        return Item("fire", 2, "Fire", Said())
    if ("inception" in words and len(parts) > 1) or ("conv" in words and {"3 reduce", "3"} <= set(parts)):
        return Item("inception", 2, "Inception", Said())
    if re.search(r"bottleneck|inverted|mbconv", words) and "expansion" in parts:
        return Item("inverted", 2, "bottleneck", Said())
    return None


def put(said: Said, name: str, cell: str) -> None:
    """A cell of a column that one argument has: a number without a word is that argument."""
    own = read_said(cell)
    key = "kernel_size" if name == "kernel" else name
    if name == "kernel":
        said.sizes = own.sizes + said.sizes
        if own.numbers and not own.sizes:
            own.given.setdefault(key, tuple(own.numbers[:2] if "," in cell else own.numbers[:1]))
    elif name == "bias":
        own.given[key] = (int(says_yes(cell)),)
    elif key not in own.given:
        numbers: Numbers = own.sizes[0] if own.sizes else tuple(own.numbers[:1])
        if numbers:
            own.given[key] = numbers
    said.given = {**said.given, **own.given}


def says_yes(cell: str) -> bool:
    return not is_dash(cell) and cell.strip().lower() not in ("no", "false", "0", "none", "✗", "✘", "n", "without")


def bare_name(written: str) -> str:
    """The words of a cell without numbers and what stands in brackets, as a name."""
    return re.split(r"[,(+:/]", written)[0].strip() or written.strip()


def is_size(heading: str, main: Item | None) -> bool:
    """Whether a cell under “Size”, which has the kernels of others, is what comes out of this layer."""
    return main is not None and main.kind in SHAPED and roles(heading) == ("size",)


def lacks_size(entry: Entry) -> bool:
    """Whether nothing else says what comes out of a layer without a window."""
    return entry.filters is None or bool(entry.main and entry.main.kind == "input")


def numbers_rows(cells: list[str]) -> bool:
    """Whether the cells only count the rows, or say nothing."""
    said = [cell for cell in cells if not is_dash(cell)]
    return any(said == [str(n) for n in range(first, first + len(said))] for first in (0, 1))
