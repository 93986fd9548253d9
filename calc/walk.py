"""All windows of a map in tables: each number once, and where it stands, so that a page can show any window at once.

A place in the answer is a row and a column of one of its planes, which are its filters (channels) and slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product as pairs
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.choices import covered
from calc.derivation import Pools, Windows, lift_entry, worked_out
from calc.exact import Cells, Entry
from calc.expr import exact, product
from calc.showing import DRAWN_AROUND

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_STEPS = 2**12
MOST_CELLS = 2**14
MOST_PRODUCTS = 2**14
"""Windows, cells of the image, and different products up to which tables are worth their room."""

MOST_PLANES = 16
"""Channels and slices that a kernel covers, up to which they are shown beside each other."""

Codes = list[list[int]]
"""A matrix of places in a list of numbers; -1 where nothing counts."""


class Sheet(NamedTuple):
    """A plane of the answer: its index among them, its name if there are several, the planes it comes from, its filter."""

    at: tuple[int, ...]
    name: str
    planes: tuple[int, ...]
    kernel: int


class Plane(NamedTuple):
    """A plane of the image as numbers of a list, its name where there are several.

    `own` are the rows and the columns that are the image's own, and not its padding or zeros put between.
    """

    name: str
    codes: Codes
    own: tuple[range, range]


@dataclass(frozen=True)
class Ground:
    """The image that windows lie on.

    `rows` and `columns` are the cells that each row and column of the answer covers, counted from the first of the
    planes, which hold the padding too. `levels` are the shades of the numbers, from 0 to 255, from -255 to 255 where
    they are `signed`; there are none of letters.
    """

    numbers: Sequence[Entry]
    planes: tuple[Plane, ...]
    rows: tuple[range, ...]
    columns: tuple[range, ...]
    sheets: tuple[Sheet, ...]
    levels: tuple[int, ...] | None
    signed: bool

    @property
    def large(self) -> bool:
        """Whether there are too many cells to write their numbers side by side."""
        codes = self.planes[0].codes
        return len(codes) > DRAWN_AROUND[0] or len(codes[0]) > DRAWN_AROUND[1]


@dataclass(frozen=True)
class Weighed:
    """What kernels make of the image: all by their places in `results`.

    `kernels` are the weights of each filter, plane by plane; `products` has a row for each weight and a column for
    each number of the image; `sums` are the answer in reading order, `parts` its sums on each plane alone, where there
    are several; `bias` has one for each filter.
    """

    weights: Sequence[Entry]
    kernels: tuple[tuple[Codes, ...], ...]
    results: Sequence[Entry]
    products: Codes
    sums: list[int]
    parts: Codes
    bias: list[int]
    levels: tuple[int, ...] | None
    signed: bool


def ground(steps: Windows | Pools) -> Ground | None:
    """The image under the windows in tables; None where those would be too large."""
    if prod(steps.outputs) > MOST_STEPS:
        return None
    return _under_kernels(steps) if isinstance(steps, Windows) else _under_pools(steps)


def _under_kernels(windows: Windows) -> Ground | None:
    filters, depth, *size = windows.kernel.shape
    if prod(windows.picture.shape) > MOST_CELLS or prod((depth, *size[:-2])) > MOST_PLANES:
        return None
    numbers, codes = _coded(windows.picture)
    *deep, high, wide = (1, *windows.picture.shape[1:])[-max(2, len(size)) :]
    slices = deep[0] if deep else 1
    planes = []
    for i, matrix in enumerate(codes.reshape(-1, high, wide).tolist()):
        channel, z = divmod(i, slices)
        name = _named(("channel", channel, windows.picture.shape[0] > 1), ("slice", z, bool(deep)))
        planes.append(Plane(name, matrix, own(windows, (channel, z) if deep else (channel,))))
    outputs = windows.outputs[1:] if filters > 1 else windows.outputs
    axes = [
        [range(o * s, o * s + r, d) for o in range(many)]
        for many, s, d, r in zip(
            outputs, windows.stride, windows.dilation, covered(tuple(size), windows.dilation), strict=True
        )
    ]
    *along, rows, columns = [[range(1)], *axes][-max(2, len(axes)) :]
    sheets = []
    for which, (i, span) in pairs(range(filters), enumerate(along[0] if along else [range(1)])):
        first = which // (filters // windows.groups) * depth
        at = (*((which,) if filters > 1 else ()), *((i,) if along else ()))
        name = _named(("filter", which, filters > 1), ("slice", i, bool(along)))
        sheets.append(Sheet(at, name, tuple((first + c) * slices + z for c in range(depth) for z in span), which))
    levels, signed = _levels(numbers)
    return Ground(numbers, tuple(planes), tuple(rows), tuple(columns), tuple(sheets), levels, signed)


def _under_pools(pools: Pools) -> Ground | None:
    *deep, rows, columns = [(range(1),), *pools.spans][-max(2, len(pools.spans)) :]
    sizes = (1, *pools.image.shape[1:])[-2:]
    (top, bottom), (left, right) = (
        (min(0, *(s.start for s in spans)), max(n, *(s[-1] + 1 for s in spans)))
        for n, spans in zip(sizes, (rows, columns), strict=True)
    )
    channels = pools.image.shape[0]
    depths = sorted({z for span in deep[0] for z in span}) if deep else [0]
    many = channels * len(depths)
    if many * (bottom - top) * (right - left) > MOST_CELLS or max(map(len, deep[0] if deep else ((0,),))) > MOST_PLANES:
        return None
    cells: list[list[list[Entry | None]]] = [
        [[pools.cell((channel, *((z,) if deep else ())), r, c) for c in range(left, right)] for r in range(top, bottom)]
        for channel, z in pairs(range(channels), depths)
    ]
    numbers, codes = _listed(x for plane in cells for row in plane for x in row)
    wide, high = right - left, bottom - top
    matrices = [
        [codes[start + r * wide : start + (r + 1) * wide] for r in range(high)]
        for start in range(0, len(codes), wide * high)
    ]
    names = [
        _named(("channel", channel, channels > 1), ("slice", z, bool(deep)))
        for channel, z in pairs(range(channels), depths)
    ]
    sheets = []
    for channel, (i, span) in pairs(range(channels), enumerate(deep[0] if deep else [range(1)])):
        at = (*((channel,) if channels > 1 else ()), *((i,) if deep else ()))
        planes_ = tuple(channel * len(depths) + depths.index(z) for z in (span if deep else (0,)))
        name = _named(("channel", channel, channels > 1), ("slice", i, bool(deep)))
        sheets.append(Sheet(at, name, planes_, 0))
    levels, signed = _levels(numbers)
    down, across = (
        tuple(range(s.start - first, s.stop - first, s.step) for s in spans)
        for spans, first in ((rows, top), (columns, left))
    )
    inside = range(-top, sizes[0] - top), range(-left, sizes[1] - left)
    planes = [Plane(name, matrix, inside) for name, matrix in zip(names, matrices, strict=True)]
    return Ground(numbers, tuple(planes), down, across, tuple(sheets), levels, signed)


def own(windows: Windows, plane: tuple[int, ...]) -> tuple[range, range]:
    """The rows and columns of a plane of the picture that are the image's own."""
    if len(plane) > 1 and windows.own and plane[1] not in windows.own[0]:
        return range(0), range(0)
    high, wide = (1, *windows.picture.shape[1:])[-2:]
    rows, columns = (range(high), *windows.own)[-2:] if windows.own else (range(high), range(wide))
    return rows, columns


def weighed(windows: Windows, on: Ground) -> Weighed | None:
    """What the kernels make of all cells under them; None where the tables would be too large."""
    from calc.arrays import add, correlate

    weights, codes = _coded(windows.kernel)
    if len(weights) * len(on.numbers) > MOST_PRODUCTS:
        return None
    filters, _, *size = windows.kernel.shape
    rows, columns = (1, *size)[-2:]
    kernels = codes.reshape(filters, -1, rows, columns).tolist()
    lettered = windows.picture.letters or windows.kernel.letters
    products = [[_product(x, w, lettered=lettered) for x in on.numbers] for w in weights]
    answer = correlate(windows.picture, windows.kernel, windows.stride, windows.dilation, windows.groups)
    answer = add(answer, windows.bias) if windows.bias else answer
    sums = _entries(answer)
    parts = []
    if len(kernels[0]) > 1:
        steps, gaps = (1, *windows.stride)[-2:], (1, *windows.dilation)[-2:]
        image = windows.picture.shaped((-1, 1, *(1, *windows.picture.shape[1:])[-2:]))
        taps = windows.kernel.shaped((filters, -1, 1, 1, rows, columns))
        for sheet in on.sheets:
            alone = [
                _entries(correlate(image.plane(plane), taps.plane(sheet.kernel, i), steps, gaps))
                for i, plane in enumerate(sheet.planes)
            ]
            parts += [list(each) for each in zip(*alone, strict=True)]
    bias = [windows.bias[(which,)] if windows.bias else 0 for which in range(filters)]
    flat = [x for row in products for x in row] + sums + [x for row in parts for x in row] + bias
    results, at = _listed(flat)
    cut = iter(at)
    levels, signed = _levels(results)
    return Weighed(
        weights,
        tuple(map(tuple, kernels)),
        results,
        [[next(cut) for _ in on.numbers] for _ in weights],
        [next(cut) for _ in sums],
        [[next(cut) for _ in row] for row in parts],
        [next(cut) for _ in bias],
        levels,
        signed,
    )


def _product(x: Any, w: Any, *, lettered: bool) -> Entry:
    return worked_out(product((lift_entry(x), lift_entry(w)))) if lettered else exact(x * w)


def _entries(cells: Cells) -> list[Entry]:
    """All that stands in it, in reading order."""
    return [cells.entry(x) for x in cells.numerators.reshape(-1).tolist()]


def _coded(cells: Cells) -> tuple[list[Entry], NDArray[np.intp]]:
    """The different numbers, and which of them stands where."""
    import numpy as np

    if cells.letters:
        numbers, at = _listed(_entries(cells))
        return numbers, np.array(at).reshape(cells.shape)
    known, codes = np.unique(cells.numerators, return_inverse=True)
    return [cells.entry(x) for x in known.tolist()], codes.reshape(cells.shape)


def _listed(entries: Iterable[Entry | None]) -> tuple[list[Entry], list[int]]:
    """Different entries in the order in which they come, and the place of each in that list; -1 for None."""
    known: dict[Entry, int] = {}
    at = [-1 if x is None else known.setdefault(x, len(known)) for x in entries]
    return list(known), at


def _levels(numbers: Sequence[Entry]) -> tuple[tuple[int, ...] | None, bool]:
    """The shades of numbers; of letters none."""
    import numpy as np

    from calc.pictures import shades

    try:
        cells = Cells.of([list(numbers)])
    except (TypeError, ValueError):
        return None, False
    if cells.letters or cells.approximate:
        return None, False
    shaded = shades(np.asarray(cells.numerators), 1, len(numbers))
    return shaded.levels[0], shaded.signed


def _named(*axes: tuple[str, int, bool]) -> str:
    """channel 2, slice 1: the axes that are said."""
    return ", ".join(f"{name} {i + 1}" for name, i, said in axes if said)
