"""Where windows lie and what becomes of them, in the words of every format."""

from __future__ import annotations

from collections.abc import Sequence

from calc.derivation import Chain, Pooled, Pools, Slice, Window, Windows
from calc.errors import at as said_at
from calc.errors import times
from calc.exact import Entry
from calc.expr import Num

WHOLE = {
    "max": "the largest of",
    "min": "the smallest of",
    "average": "the average of",
    "lp": "the root of the powers of",
}
"""How a window of very many cells becomes one."""

SUMS = "Their sums, zeros left out"


def windows_of(part: Slice) -> str:
    """What stands over all windows on one plane."""
    return f"Windows of {part.name}" if part.name else "Windows"


def products_of(windows: Windows, part: Slice) -> str:
    """What stands over all their products."""
    name = f" of {part.name}" if part.name else ""
    return f"Hadamard products{name}: each window ∘ the {times(windows.kernel.shape[2:])} kernel, cell by cell"


def value(chain: Chain) -> Entry:
    """The last value of a chain, as a cell."""
    last = chain.links[-1].expression
    return last.number if isinstance(last, Num) else last


def placed(at: Sequence[int]) -> str:
    """A place of the answer, (1,2)."""
    return f"({said_at(at)})"


def covered(window: Window) -> tuple[range, range]:
    """The rows and columns of the padded image under the taps of the kernel."""
    patch = window.slices[0].patch
    sizes = len(patch), len(patch[0])
    rows, columns = (range(c, c + d * k, d) for c, d, k in zip(window.corner, window.dilation, sizes, strict=True))
    return rows, columns


def lies(rows: range, columns: range, of: str = "padded image") -> str:
    """Where a window lies on an image that is too large to draw."""
    return f"{spans(rows, columns)} of the {of}"


def spans(rows: range, columns: range) -> str:
    """Rows and columns, counted from 1."""
    return f"{span('row', rows)}, {span('column', columns)}"


def span(name: str, cells: range) -> str:
    """The rows, or the columns, from the first to the last."""
    return f"{name}s {cells[0] + 1}–{cells[-1] + 1}" if len(cells) > 1 else f"{name} {cells[0] + 1}"


def beyond(pools: Pools) -> tuple[range, range]:
    """The rows and columns that windows cover outside the image, counted from its first cell."""
    spans = [(min(s.start for s in axis), max(s[-1] for s in axis)) for axis in pools.spans]
    sizes = pools.image.shape[1:]
    sides = [(min(first, 0), max(last + 1 - n, 0)) for (first, last), n in zip(spans, sizes, strict=True)]
    (top, bottom), (left, right) = ((0, 0), *sides)[-2:]
    return range(top, bottom), range(left, right)


def of_many(pools: Pools, window: Pooled, many: int) -> str:
    """How the cells of a window become one, where they are too many to be written."""
    at = ""
    if window.winners:
        _, r, c = window.winners[0]
        at = f", at {lies(window.rows[r : r + 1], window.columns[c : c + 1], 'image')}"
    return f"{WHOLE[pools.kind]} {many} cells{at}"


def tie(window: Pooled, written: str) -> str:
    """What is said where several cells win."""
    return f"a tie: {len(window.winners)} cells hold {written}; the answer is the same whichever is taken"
