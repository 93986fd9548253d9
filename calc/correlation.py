"""Correlating arrays of whole numbers: any channels, groups and up to three axes, exact and fast.

`correlate` proves the largest number that can come out and computes in the narrowest dtype that holds it. There are
four ways to the same numbers, each working on tiles that stay in the cache, so that beyond the output only O(tile) is
needed:

- by taps, for everything: a shifted view of the image for each tap is weighed and added up;
- by passes, where one channel meets a kernel that is a column times a row: k_h + k_w taps instead of k_h·k_w;
- by windows, where many kernels meet the same cells: one matrix product in floats in which nothing can be rounded;
- by bands, where one kernel or a few have many taps: a smaller such product for k_h·k_w taps, and k_w additions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from itertools import accumulate, product
from math import gcd, prod
from operator import add
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from calc.exact import narrowest

Array = NDArray[Any]
Triple = tuple[int, int, int]
Tile = tuple[slice, slice, slice]

TILE = 2**18
"""Bytes of the output that are worked on at once: few enough to stay in the cache with their operands, and so many
that starting an operation of numpy costs little beside it."""
MATRIX = 2**20
"""Cells of the larger matrix of one product, which stays in the cache too."""
BLOCK = 8
"""Rows of the matrix of one column of taps: more of them multiply more zeros, fewer share fewer cells."""
TOGETHER = 3
"""Columns of taps in one product of bands: more of them copy the cells more often, fewer leave more sums to add."""
ADDING = {2: 1, 4: 2, 8: 8}
"""What adding or weighing a cell of so many bytes costs, beside 16 bits; processors have no 64-bit multiplication."""
COPY, MULTIPLY = 3.0, 0.2
"""What copying a cell into a matrix of float32, and multiplying it there, cost in the same measure."""


def correlate(
    image: Array, kernel: Array, *, stride: Triple = (1, 1, 1), dilation: Triple = (1, 1, 1), groups: int = 1
) -> Array:
    """Slide M kernels over the image and add up weight · cell: C×D×H×W and M×C/groups×k_d×k_h×k_w give M×D'×H'×W'.

    Each group of M/groups kernels sees its own C/groups channels. Nothing is flipped, nothing is padded, and
    n' = (n − dilation·(k − 1) − 1) / stride + 1, rounded down. The result has the narrowest dtype that holds the
    operands and max|image| · max Σ|kernel|: 16, 32 or 64 bits, or Python's own numbers. Whatever is not a whole
    number (an expression, say) is multiplied and added as it is.
    """
    image, kernel = _whole(image), _whole(kernel)
    slide = _Slide(stride, dilation)
    filters = len(kernel)
    bound = _bound(image, kernel)
    dtype = np.dtype(object if bound is None else narrowest(bound))
    out: Array = np.empty((filters, *slide.sizes(image.shape[1:], kernel.shape[2:])), dtype)
    for cells, weights, sums in zip(
        np.split(image, groups), np.split(kernel, groups), np.split(out, groups), strict=True
    ):
        _group(cells, weights, sums, slide, bound)
    return out


@dataclass(frozen=True)
class _Slide:
    """How a window moves along depth, rows and columns."""

    stride: Triple
    dilation: Triple

    def sizes(self, cells: Iterable[int], taps: Iterable[int]) -> Triple:
        """How many windows fit along each axis."""
        d, h, w = (
            (n - step * (k - 1) - 1) // s + 1
            for n, k, s, step in zip(cells, taps, self.stride, self.dilation, strict=True)
        )
        return d, h, w

    def under(self, image: Array, tile: Tile, taps: Iterable[int]) -> list[Array]:
        """The cells a tile of the output needs: every `stride`-th column from the 0th, from the 1st, ... on.

        Taken apart like this, the columns that one tap meets lie side by side.
        """
        deep, high, wide = (
            slice(t.start * s, (t.stop - 1) * s + step * (k - 1) + 1)
            for t, k, s, step in zip(tile, taps, self.stride, self.dilation, strict=True)
        )
        cells = image[:, deep, high, wide]
        return [cells[..., phase :: self.stride[2]] for phase in range(min(self.stride[2], cells.shape[3]))]

    def start(self, tap: int) -> tuple[int, int]:
        """The first column that the tap meets, and in which of the phases."""
        return divmod(tap * self.dilation[2], self.stride[2])

    def columns(self, phases: list[Array], tap: int, width: int) -> Array:
        """The columns that the tap meets in `width` windows."""
        start, phase = self.start(tap)
        return phases[phase][..., start : start + width]

    def with_rows(self, stride: int, dilation: int) -> _Slide:
        """The same with another way down the rows."""
        return _Slide((self.stride[0], stride, self.stride[2]), (self.dilation[0], dilation, self.dilation[2]))

    def met(self, axis: int, tap: int, size: int) -> slice:
        """The planes (axis 0) or rows (axis 1) that the tap meets in `size` windows."""
        start = tap * self.dilation[axis]
        return slice(start, start + (size - 1) * self.stride[axis] + 1, self.stride[axis])


class _Scratch:
    """Memory by name, used again for every tile: fresh memory can cost as much as the arithmetic in it."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._held: dict[object, Array] = {}

    def __call__(self, name: object, shape: tuple[int, ...]) -> Array:
        """An array of this shape, with anything in it."""
        size = prod(shape)
        if name not in self._held or len(self._held[name]) < size:
            self._held[name] = np.empty(size, self._dtype)
        return self._held[name][:size].reshape(shape)

    def cast(self, phases: list[Array]) -> list[Array]:
        """The same cells in the dtype of this memory, side by side."""
        if len(phases) == 1 and phases[0].dtype == self._dtype:
            return phases
        copies = [self(("phase", i), cells.shape) for i, cells in enumerate(phases)]
        for copy, cells in zip(copies, phases, strict=True):
            copy[...] = cells
        return copies


def _whole(array: Array) -> Array:
    """Python's whole numbers in the narrowest dtype that holds them; anything else as it is."""
    if array.dtype != object or not all(isinstance(x, int | np.integer) for x in array.flat):
        return array
    numbers = [int(x) for x in array.flat]
    return np.array(numbers, narrowest(max(map(abs, numbers), default=0))).reshape(array.shape)


def _bound(image: Array, kernel: Array) -> int | None:
    """A number that no operand, no result and no sum of some of its terms exceeds; None if that cannot be known."""
    if not all(isinstance(x, int) for array in (image, kernel) if array.dtype == object for x in array.flat):
        return None
    largest, heaviest = (max(int(x.max()), 0 if x.dtype.kind == "u" else -int(x.min())) for x in (image, kernel))
    sums = np.abs(kernel.astype(object if heaviest * kernel[0].size >= 2**63 else "int64"))
    return max(largest, heaviest, largest * int(sums.reshape(len(kernel), -1).sum(1).max()))


def _group(image: Array, kernel: Array, out: Array, slide: _Slide, bound: int | None) -> None:
    """The C channels and M kernels of one group into M×D'×H'×W', the fastest way."""
    if bound is None or out.dtype == object:
        for weights, sums in zip(kernel, out, strict=True):
            _by_taps(image, weights, sums, slide)
        return
    factors = [_factors(weights) for weights in kernel]
    if bound < 2**53:
        dtype, slower = ("float32", 1) if bound < 2**24 else ("float64", 2)
        windows, bands = _windows_effort(kernel), _bands_effort(kernel, slide)
        adding = sum(map(_effort, kernel, factors)) * ADDING[out.itemsize]
        if slower * min(windows, bands) < adding:
            (_by_windows if windows < bands else _by_bands)(image, kernel, out, slide, np.dtype(dtype))
            return
    for weights, passes, sums in zip(kernel, factors, out, strict=True):
        if passes:
            _by_passes(image, *passes, sums, slide)
        else:
            _by_taps(image, weights, sums, slide)


def _by_taps(image: Array, weights: Array, out: Array, slide: _Slide) -> None:
    """One kernel by its taps: C×D×H×W and C×k_d×k_h×k_w into D'×H'×W'. The plain way, for every case there is."""
    scratch = _Scratch(out.dtype)
    taps = list(zip(np.ndindex(weights.shape), weights.ravel().tolist(), strict=True))
    for tile in _tiles(out.shape, TILE // (len(image) * out.itemsize)):
        sums = out[tile]
        deep, high, wide = sums.shape
        phases = scratch.cast(slide.under(image, tile, weights.shape[1:]))
        terms = [
            (weight, slide.columns(phases, k, wide)[c, slide.met(0, i, deep), slide.met(1, j, high)])
            for (c, i, j, k), weight in taps
            if weight != 0
        ]
        _add_up(terms, sums, scratch)


def _by_passes(image: Array, column: Array, row: Array, out: Array, slide: _Slide) -> None:
    """One kernel that is column · row, on one channel: the row slides first, then the column over what came out.

    It takes k_h + k_w additions instead of k_h·k_w. What the row leaves is within the bound of the whole, as some
    weight of the column is 1 or more but for its sign. A column such as (1 2 1) is (1 1) twice: adding neighbours
    twice is less to do than weighing; and as no weight is negative, the bound holds on the way.
    """
    scratch = _Scratch(out.dtype)
    rest, pairs = _paired(column) if slide.stride[1] == 1 else (column, 0)
    step = slide.dilation[1]
    for tile in _tiles(out.shape, TILE // out.itemsize):
        sums = out[tile]
        deep, high, wide = sums.shape
        phases = scratch.cast(slide.under(image, tile, (1, len(column), len(row))))
        planes = slide.met(0, 0, deep)
        across = scratch("across", (deep, phases[0].shape[2], wide))
        terms = [(w, slide.columns(phases, k, wide)[0, planes]) for k, w in enumerate(row.tolist()) if w]
        _add_up(terms, across, scratch)
        if not pairs or rest.tolist() != [1]:
            down = scratch("down", (deep, high + pairs * step, wide)) if pairs else sums
            terms = [(w, across[:, slide.met(1, j, down.shape[1])]) for j, w in enumerate(rest.tolist()) if w]
            _add_up(terms, down, scratch)
            across = down
        for left in reversed(range(pairs)):
            down = scratch(("pair", left % 2), (deep, high + left * step, wide)) if left else sums
            across = np.add(across[:, :-step], across[:, step:], out=down)


def _by_windows(image: Array, kernel: Array, out: Array, slide: _Slide, dtype: np.dtype[Any]) -> None:
    """M kernels as one matrix, M × C·k_d·k_h·k_w, times the matrix whose columns are the cells under each window.

    With many kernels it is worth copying every cell once for each tap: all of them use the copies. The caller has
    proven that the float holds every sum of terms, so the order in which they are added does not matter.
    """
    taps = kernel.shape[1:]
    left = kernel.reshape(len(kernel), -1).astype(dtype)
    scratch = _Scratch(dtype)
    for tile in _tiles(out.shape[1:], MATRIX // max(left.shape)):
        sums = out[:, *tile]
        deep, high, wide = sums.shape[1:]
        phases = scratch.cast(slide.under(image, tile, taps[1:]))
        right = scratch("right", (*taps, deep, high, wide))
        for i, j, k in np.ndindex(taps[1:]):
            right[:, i, j, k] = slide.columns(phases, k, wide)[:, slide.met(0, i, deep), slide.met(1, j, high)]
        sums[...] = _product(left, right.reshape(left.shape[1], -1)).reshape(sums.shape)


def _by_bands(image: Array, kernel: Array, out: Array, slide: _Slide, dtype: np.dtype[Any]) -> None:
    """A few kernels, each column of taps as a banded matrix times the rows of cells as they are; then k_w such sums.

    With one kernel or a few, copying the cells under each window would cost more than the arithmetic. So every column
    of a kernel stands at B places below each other, k_w·M·B × C·k_d·P with P = (B − 1)·stride + k_h and zeros where
    it does not reach: B rows of the output share the cells they have in common. A few columns of taps that lie equally
    far apart go into one product, over as many copies of the cells, each moved by as much. What comes out are the sums
    of those columns, which are added up shifted. Again the caller has proven that the float holds every sum of terms.
    """
    (down, step), filters = (slide.stride[1], slide.dilation[1]), len(kernel)
    if step > 1:  # every window meets rows of one remainder only: they are an image of their own, and not dilated in it
        common = gcd(down, step)
        near = slide.with_rows(down // common, 1)
        for phase in range(min(step // common, out.shape[2])):
            _by_bands(image[:, :, phase * down :: step], kernel, out[:, :, phase :: step // common], near, dtype)
        return
    rows, width = out.shape[2:]
    channels, k_d, k_h, k_w = kernel.shape[1:]
    block = min(_block(kernel), rows)
    high = (block - 1) * down + k_h
    bands = np.zeros((k_w, filters, block, channels, k_d, high), dtype)
    for place in range(block):
        bands[:, :, place, ..., place * down : place * down + k_h] = np.moveaxis(kernel, 4, 0)
    depth, room = channels * k_d * high, MATRIX // max(bands[:, :, :, 0, 0, 0].size, TOGETHER * channels * k_d * high)
    scratch = _Scratch(dtype)
    for plane, columns in product(range(out.shape[1]), _runs(width, room)):
        for start, blocks in _blocks(rows, block, room // (columns.stop - columns.start)):
            tile = (slice(plane, plane + 1), slice(start, start + blocks * block), columns)
            sums = out[:, plane, tile[1], columns].reshape(filters, blocks, block, -1).swapaxes(1, 2)
            shifted: list[Array] = []
            for phase, cells in enumerate(slide.under(image, tile, kernel.shape[2:])):
                taps = [k for k in range(k_w) if slide.start(k)[1] == phase]
                if not taps:
                    continue
                starts = [slide.start(k)[0] for k in taps]
                together = max(n for n in range(1, TOGETHER + 1) if len(taps) % n == 0)
                gap = starts[1] - starts[0] if together > 1 else 0
                wide = cells.shape[3] - (together - 1) * gap
                right = scratch("right", (together, channels, k_d, high, blocks, wide))
                for i, part in enumerate(right):
                    under = cells[:, :: slide.dilation[0], :, i * gap : i * gap + wide]
                    part[...] = _overlapping(under, part.shape, block * down)
                found = scratch(phase, (len(taps) // together, *sums.shape[:3], wide))
                left: Array = bands[taps].reshape(len(found), together, -1, depth).swapaxes(1, 2)
                left = left.reshape(found[..., 0, 0].size, together * depth)
                _product(left, right.reshape(together * depth, -1), found.reshape(len(left), right[0, 0, 0, 0].size))
                for first, part in zip(starts[::together], found, strict=True):
                    shifted.append(part[..., first:][..., : sums.shape[3]])
            sums[...] = reduce(partial(np.add, out=shifted[0]), shifted)


def _product(left: Array, right: Array, out: Array | None = None) -> Array:
    """left · right. The numbers are whole and nothing can go wrong in them; but the lanes of a processor that lie beyond
    a small matrix hold anything, and what it says of those is no warning."""
    with np.errstate(all="ignore"):
        return np.matmul(left, right, out=out)


def _overlapping(cells: Array, shape: tuple[int, ...], step: int) -> Array:
    """A view of C×D×H×W as C×D×high×blocks×W: blocks of `high` rows, each a step below the one before."""
    channels, planes, rows, columns = cells.strides
    return as_strided(cells, shape, (channels, planes, rows, step * rows, columns), writeable=False)


def _block(kernel: Array) -> int:
    """How many rows of the output share their cells in a product."""
    return max(BLOCK // len(kernel), 1)


def _windows_effort(kernel: Array) -> float:
    """What a cell of the output of all M kernels costs by windows, in additions of 16 bits."""
    taps: int = kernel[0].size
    return taps * COPY + len(kernel) * (taps * MULTIPLY + COPY)


def _bands_effort(kernel: Array, slide: _Slide) -> float:
    """What a cell of the output of all M kernels costs by bands, in additions of 16 bits."""
    block = _block(kernel)
    k_h, k_w = kernel.shape[3:]
    depth = kernel[0].size // (k_h * k_w) * ((block - 1) * slide.stride[1] + k_h)
    once = len(kernel) * 4 * COPY
    effort: float = depth / block * COPY + len(kernel) * k_w * (depth * 2 * MULTIPLY + COPY) + once
    return effort


def _effort(weights: Array, factors: tuple[Array, Array] | None) -> int:
    """How many additions and multiplications of whole tiles it takes, by passes if there are factors, or by taps."""
    parts = factors or (weights.ravel(),)
    return sum(int(np.count_nonzero(part) + np.count_nonzero(np.unique(np.abs(part)) > 1)) for part in parts)


def _factors(weights: Array) -> tuple[Array, Array] | None:
    """The column and the row of whole numbers whose product the kernel is; None if there is less to do by its taps."""
    if weights.shape[0] * weights.shape[1] > 1 or not weights.any():
        return None
    matrix = weights[0, 0].astype(object)
    first = next(row for row in matrix if row.any())
    row = first // gcd(*first)
    pivot = int(np.flatnonzero(row)[0])
    factors = matrix[:, pivot] // row[pivot], row
    is_product: bool = (np.outer(*factors) == matrix).all()
    return factors if is_product and _effort(weights, factors) < _effort(weights, None) else None


def _paired(column: Array) -> tuple[Array, int]:
    """What is left of a column when (1 1) is divided out of it, and how often; never leaving negative weights."""
    pairs = 0
    while len(column) > 1:
        rest = np.array(list(accumulate(column[:-1].tolist(), lambda before, weight: weight - before)), column.dtype)
        if rest.min() < 0 or rest[-1] != column[-1]:
            break
        column, pairs = rest, pairs + 1
    return column, pairs


def _add_up(terms: list[tuple[Any, Array]], out: Array, scratch: _Scratch) -> None:
    """Σ weight · cells into `out`; whole numbers of one magnitude are added and subtracted first, then weighed once."""
    if not terms:
        out[...] = 0
        return
    if out.dtype == object:
        out[...] = reduce(add, (cells * weight for weight, cells in terms))
        return
    groups: dict[int, tuple[list[Array], list[Array]]] = {}
    for weight, cells in terms:
        groups.setdefault(abs(weight), ([], []))[weight < 0].append(cells)
    spare = scratch("spare", out.shape)
    for i, (magnitude, (added, taken)) in enumerate(groups.items()):
        target = spare if i else out
        part = _add_alike(*((added, taken) if added else (taken, added)), target)
        if magnitude == 2:
            part = np.add(part, part, out=target)  # numpy adds faster than it multiplies
        elif magnitude != 1:
            part = np.multiply(part, magnitude, out=target)
        if i:
            (np.add if added else np.subtract)(out, part, out=out)
        elif not added:
            np.negative(part, out=out)
        elif part is not out:
            out[...] = part


def _add_alike(added: list[Array], taken: list[Array], out: Array) -> Array:
    """Σ added − Σ taken, in `out` if there is anything to do."""
    total = added[0]
    for cells in added[1:]:
        total = np.add(total, cells, out=out)
    for cells in taken:
        total = np.subtract(total, cells, out=out)
    return total


def _tiles(sizes: Iterable[int], cells: int) -> Iterator[Tile]:
    """D'×H'×W' in pieces of about so many cells: whole rows if they fit, whole planes if those do."""
    depth, height, width = sizes
    for planes in _runs(depth, cells // (height * width)):
        for rows in _runs(height, cells // width):
            for columns in _runs(width, cells):
                yield planes, rows, columns


def _runs(size: int, most: int) -> Iterator[slice]:
    """0 … size in runs of at most so many, and of one at least."""
    for start in range(0, size, max(most, 1)):
        yield slice(start, min(start + max(most, 1), size))


def _blocks(rows: int, block: int, most: int) -> Iterator[tuple[int, int]]:
    """Where runs of at most so many whole blocks start, and of how many; the last is moved up over rows already done."""
    start = 0
    while start < rows:
        blocks = max(min((rows - start) // block, most), 1)
        yield min(start, rows - block), blocks
        start += blocks * block
