"""What the text around a layer table says of its layers, of their input and of the totals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calc.errors import times
from calc.readers.tables.entry import Entries
from calc.readers.tables.numbers import Said, read_said
from calc.readers.tables.text import TableText


def of_torch(table: TableText) -> bool | None:
    """Whether torch printed the table, with channels first, or Keras, with channels last; None if that is open."""
    cells = [cell for row in table.rows[:20] for cell in row.cells]
    if any("depth-idx" in heading for heading in table.headings) or any(cell.startswith("[-1,") for cell in cells):
        return True
    return False if any(re.match(r"[(\[]{1,2}None,", cell) for cell in cells) else None


def stated(found: Entries) -> Iterator[str]:
    """What the text around the table says of its layers, said again."""
    words = {"kernel_size": "kernel"}
    for what, said in (("convolutions", found.convolutions), ("poolings", found.poolings)):
        given = [
            f"{words.get(name, name)} {value if isinstance(value, str) else times(value)}"
            for name, value in said.given.items()
            if name != "bias"
        ]
        given += ["no bias"] if said.given.get("bias") == (0,) else []
        if given:
            yield f"The text around the table says: {what} with {', '.join(given)}."


def around_said(lines: Sequence[str]) -> tuple[Said, Said]:
    """What the text around a table says of its convolutions, and of its poolings."""
    convolutions, poolings = Said(), Said()
    for line in lines[:200]:
        for part in re.split(r"[;.](?!\d)|,(?=[^,]*\bpool)|\band\b(?=[^,]*\bpool)", line[:400]):
            said = read_said(part)
            pooled = re.search(r"pool", part, re.IGNORECASE)
            if not said.given and not re.search(r"pool|conv|kernel", part, re.IGNORECASE):
                continue
            sizes = [size for size in said.sizes if len(size) == 2]
            if sizes:
                said.given.setdefault("kernel_size", sizes[0])
            said.given = {k: v for k, v in said.given.items() if k in ("kernel_size", "stride", "padding", "bias")}
            (poolings if pooled else convolutions).take(Said(said.given))
    return convolutions, poolings
