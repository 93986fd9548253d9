"""Correlating arrays of whole numbers: any channels, groups and up to three axes, exact and fast.

`correlate` proves the largest number that can come out and computes in the narrowest dtype that holds it. There are
three ways to the same numbers, each working on tiles that stay in the cache, so that beyond the output only O(tile) is
needed:

- by taps, for everything: a shifted view of the image for each tap is weighed and added up;
- by passes, where one channel meets a kernel that is a column times a row: k_h + k_w taps instead of k_h·k_w;
- by products, where many taps or many filters meet the same cells: a matrix product in floats, proven exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import gcd
from operator import add
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from calc.exact import narrowest

Array = NDArray[Any]
Triple = tuple[int, int, int]
Tile = tuple[slice, slice, slice]

TILE = 2**15
"""Cells of the output that are worked on at once: with their operands they stay in the second-level cache."""
MATRIX = 2**20
"""Cells of the matrix of one product: with its result it stays in the third-level cache."""
BLOCK = 8
"""Rows of the left matrix of one product, which is what keeps the processor's multipliers busy."""
COPY, MULTIPLY = 3.0, 0.2
"""What copying a cell into a matrix and multiplying it there cost in float32, beside a 16-bit cell added in a tile."""


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

    def under(self, image: Array, tile: Tile, taps: Iterable[int], dtype: np.dtype[Any]) -> list[Array]:
        """The cells a tile of the output needs, in the dtype: every `stride`-th column from the 0th, 1st, ... on.

        Taken apart like this, the columns that one tap meets lie side by side.
        """
        deep, high, wide = (
            slice(t.start * s, (t.stop - 1) * s + step * (k - 1) + 1)
            for t, k, s, step in zip(tile, taps, self.stride, self.dilation, strict=True)
        )
        cells = image[:, deep, high, wide]
        across = self.stride[2]
        return [cells[..., phase::across].astype(dtype, copy=False) for phase in range(min(across, cells.shape[3]))]

    def columns(self, phases: list[Array], tap: int, width: int) -> Array:
        """The columns that the tap meets in `width` windows."""
        start, phase = divmod(tap * self.dilation[2], self.stride[2])
        return phases[phase][..., start : start + width]

    def with_rows(self, stride: int, dilation: int) -> _Slide:
        """The same with another way down the rows."""
        return _Slide((self.stride[0], stride, self.stride[2]), (self.dilation[0], dilation, self.dilation[2]))

    def met(self, axis: int, tap: int, size: int) -> slice:
        """The planes (axis 0) or rows (axis 1) that the tap meets in `size` windows."""
        start = tap * self.dilation[axis]
        return slice(start, start + (size - 1) * self.stride[axis] + 1, self.stride[axis])


def _whole(array: Array) -> Array:
    """Python's whole numbers in the narrowest dtype that holds them; anything else as it is."""
    if array.dtype != object or not all(isinstance(x, int | np.integer) for x in array.flat):
        return array
    numbers = [int(x) for x in array.flat]
    return np.array(numbers, narrowest(max(map(abs, numbers), default=0))).reshape(array.shape)


def _bound(image: Array, kernel: Array) -> int | None:
    """A number that no operand, no result and no sum of some of its terms exceeds; None if that cannot be known."""
    both = image.size and kernel.size
    if not both:
        return 0
    try:
        largest, heaviest = (max(int(x.max()), -int(x.min())) for x in (image, kernel))
    except TypeError:
        return None
    sums = np.abs(kernel.astype(object if heaviest * kernel[0].size >= 2**63 else "int64"))
    return max(largest, heaviest, largest * int(sums.reshape(len(kernel), -1).sum(1).max()))


def _group(image: Array, kernel: Array, out: Array, slide: _Slide, bound: int | None) -> None:
    """The C channels and M kernels of one group into M×D'×H'×W', the fastest way."""
    if bound is None or out.dtype == object:
        for weights, sums in zip(kernel, out, strict=True):
            _by_taps(image, weights, sums, slide)
        return
    lanes = 1 if bound < 2**24 else 2
    if bound < 2**53 and lanes * _product_effort(kernel, slide) < sum(map(_effort, kernel)) * out.itemsize / 2:
        _by_products(image, kernel, out, slide, np.dtype(f"float{32 * lanes}"))
        return
    for weights, sums in zip(kernel, out, strict=True):
        factors = _factors(weights)
        if factors and sum(map(_effort, factors)) < _effort(weights):
            _by_passes(image, *factors, sums, slide)
        else:
            _by_taps(image, weights, sums, slide)


def _by_taps(image: Array, weights: Array, out: Array, slide: _Slide) -> None:
    """One kernel by its taps: C×D×H×W and C×k_d×k_h×k_w into D'×H'×W'. The plain way, for every case there is."""
    taps = list(zip(np.ndindex(weights.shape), weights.ravel().tolist(), strict=True))
    for tile in _tiles(out.shape, max(TILE // len(image), 1)):
        sums = out[tile]
        deep, high, wide = sums.shape
        phases = slide.under(image, tile, weights.shape[1:], out.dtype)
        terms = [
            (weight, slide.columns(phases, k, wide)[c, slide.met(0, i, deep), slide.met(1, j, high)])
            for (c, i, j, k), weight in taps
            if weight != 0
        ]
        _add_up(terms, sums)


def _by_passes(image: Array, column: Array, row: Array, out: Array, slide: _Slide) -> None:
    """One kernel that is column · row, on one channel: the row slides first, then the column over what came out.

    Seven passes over a tile where Sobel's taps need eleven, and 2·k instead of k² for any such kernel. Numbers on the
    way may be too large for the dtype; they wrap, and as the ring of the wrapped whole numbers is a ring, the sum
    that does fit comes out right.
    """
    for tile in _tiles(out.shape, TILE):
        sums = out[tile]
        deep, high, wide = sums.shape
        phases = slide.under(image, tile, (1, len(column), len(row)), out.dtype)
        planes = slide.met(0, 0, deep)
        across = np.empty((deep, phases[0].shape[2], wide), out.dtype)
        _add_up([(w, slide.columns(phases, k, wide)[0, planes]) for k, w in enumerate(row.tolist()) if w], across)
        _add_up([(w, across[:, slide.met(1, j, high)]) for j, w in enumerate(column.tolist()) if w], sums)


def _by_products(image: Array, kernel: Array, out: Array, slide: _Slide, dtype: np.dtype[Any]) -> None:
    """M kernels as a matrix product in floats: the cells under the windows are columns, the kernels are rows.

    A row of the left matrix is a kernel at one of B places below each other: M·B × C·k_d·P·k_w, zero where it does
    not reach, with P = (B − 1)·stride + k_h. So B rows of the output share the cells they have in common, and the
    product stays a product of matrices when there is one kernel only. It wins from about 20 taps on, or with many
    kernels. The caller has proven that every sum of terms is a whole number which the float holds.
    """
    (down, step), filters = (slide.stride[1], slide.dilation[1]), len(kernel)
    if step > 1:  # every window meets rows of one remainder: those are images of their own, not dilated
        common = gcd(down, step)
        undilated = slide.with_rows(down // common, 1)
        for phase in range(min(step // common, out.shape[2])):
            _by_products(
                image[:, :, phase * down :: step], kernel, out[:, :, phase :: step // common], undilated, dtype
            )
        return
    planes, rows, width = out.shape[1:]
    channels, k_d, k_h, k_w = kernel.shape[1:]
    block = min(_block(kernel, slide), rows)
    high = (block - 1) * down + k_h
    left = np.zeros((filters, block, channels, k_d, high, k_w), dtype)
    for place in range(block):
        left[:, place, :, :, place * down : place * down + k_h] = kernel
    left = left.reshape(filters * block, -1)
    room = max(MATRIX // left.shape[1], 1)
    store = np.empty(left.shape[1] * min(room, rows * width), dtype)
    for plane, columns in product(range(planes), _runs(width, room)):
        n = columns.stop - columns.start
        for start, blocks in _blocks(rows, block, max(room // (n * block), 1)):
            tile = (slice(plane, plane + 1), slice(start, start + blocks * block), columns)
            phases = slide.under(image, tile, (k_d, k_h, k_w), dtype)
            right = store[: left.shape[1] * blocks * n].reshape(channels, k_d, high, k_w, blocks, n)
            for i, k in product(range(k_d), range(k_w)):
                cells = slide.columns(phases, k, n)[:, i * slide.dilation[0]]
                right[:, i, :, k] = sliding_window_view(cells, high, 1)[:, :: block * down].transpose(0, 3, 1, 2)
            sums = (left @ right.reshape(left.shape[1], -1)).reshape(filters, block, blocks, n)
            out[:, plane, tile[1], columns].reshape(filters, blocks, block, n)[...] = sums.swapaxes(1, 2)


def _block(kernel: Array, slide: _Slide) -> int:
    """How many rows of the output share one column of cells in a product: 1 if their windows have no rows in common."""
    shared = kernel.shape[3] > slide.stride[1] // gcd(slide.stride[1], slide.dilation[1])
    return max(BLOCK // len(kernel), 1) if shared else 1


def _product_effort(kernel: Array, slide: _Slide) -> float:
    """What a cell of the output costs by products, in additions of 16 bits."""
    block = _block(kernel, slide)
    depth: int = kernel[0].size // kernel.shape[3] * ((block - 1) * slide.stride[1] + kernel.shape[3])
    return depth / block * COPY + len(kernel) * (depth * MULTIPLY + COPY)


def _effort(weights: Array) -> int:
    """How many additions and multiplications of whole tiles it takes to add up the taps with these weights."""
    magnitudes = np.abs(weights[weights != 0])
    return len(magnitudes) + len(set(magnitudes.tolist()) - {1})


def _factors(weights: Array) -> tuple[Array, Array] | None:
    """The column and the row of whole numbers whose product is the kernel; None if it has more channels or planes."""
    if weights.shape[0] * weights.shape[1] > 1 or not weights.any():
        return None
    matrix = weights[0, 0].astype(object)
    first = next(row for row in matrix if row.any())
    row = first // gcd(*first)
    pivot = int(np.flatnonzero(row)[0])
    column = matrix[:, pivot] // row[pivot]
    return (column, row) if (np.outer(column, row) == matrix).all() else None


def _add_up(terms: list[tuple[Any, Array]], out: Array) -> None:
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
    spare: Array = np.empty(out.shape if len(groups) > 1 else 0, out.dtype)
    for i, (magnitude, (added, taken)) in enumerate(groups.items()):
        weight = magnitude if added else -magnitude
        part = _add_alike(*((added, taken) if added else (taken, added)), spare if i else out)
        if i and magnitude == 1:
            (np.add if added else np.subtract)(out, part, out=out)
        elif i:
            np.add(out, np.multiply(part, weight, out=spare), out=out)
        elif part is not out or weight != 1:
            np.multiply(part, weight, out=out)


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
