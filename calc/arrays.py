"""Arrays of exact numbers: padding, flipping, correlating, spreading and adding, in a dtype in which nothing can overflow.

An image is C×H×W (C×W, C×D×H×W), a set of kernels M×(C/groups)×k_h×k_w.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc.choices import Padding, PaddingMode, PoolKind, Sizes
from calc.correlation import correlate as slide
from calc.errors import Impossible
from calc.exact import Cells, narrowest
from calc.expr import MEANING, Number

NUMPY_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}


def pad(image: Cells, padding: Padding, mode: PaddingMode = "zeros", fill: Number = 0) -> Cells:
    """The image with rings around its last axes: of zeros, of one number, or of its own cells.

    `reflect` mirrors without repeating the border cell, `symmetric` repeats it, `replicate` goes on with the border
    cell, `circular` begins again at the other end.
    """
    if not any(map(any, padding)):
        return image
    leading = len(image.shape) - len(padding)
    if mode not in ("zeros", "constant"):
        rings = ((0, 0),) * leading + padding
        return image.like(np.pad(image.numerators, rings, NUMPY_MODES[mode]))  # type: ignore[call-overload]
    denominator = lcm(image.denominator, fill.denominator)
    inside, around = image.over(denominator), fill.numerator * (denominator // fill.denominator)
    shape = [n + before + after for n, (before, after) in zip(image.shape[leading:], padding, strict=True)]
    dtype: Any = inside.dtype
    if dtype.kind != "O" and not np.iinfo(dtype).min <= around <= np.iinfo(dtype).max:
        dtype = narrowest(max(abs(around), image.bound * (denominator // image.denominator)))
    # np.pad puts C integers among objects; np.full leaves Python's own there
    whole = (*image.shape[:leading], *shape)
    out = np.full(whole, around, dtype) if around else np.zeros(whole, dtype)
    middle: Any = (..., *(slice(b, b + n) for n, (b, _) in zip(image.shape[leading:], padding, strict=True)))
    out[middle] = inside
    return Cells(out, denominator, decimals=image.decimals, letters=image.letters)


def flip(kernel: Cells, axes: int = 2) -> Cells:
    """The kernel turned round along its last axes: up-down and left-right."""
    return kernel.like(np.flip(kernel.numerators, tuple(range(-axes, 0))).copy())


def correlate(image: Cells, kernel: Cells, stride: Sizes, dilation: Sizes, groups: int = 1) -> Cells:
    """Slide the kernels over the image, multiply cell by cell and add: C×H×W and M×(C/groups)×k_h×k_w give M×H_out×W_out.

    The stride says how many axes it slides along.
    """
    axes = len(stride)
    x, w = (_with_three_axes(cells.numerators, axes) for cells in (image, kernel))
    steps, gaps = (_three((1,) * (3 - axes) + sizes) for sizes in (stride, dilation))
    out = slide(x, w, stride=steps, dilation=gaps, groups=groups)
    out = out.reshape(out.shape[:1] + out.shape[4 - axes :])
    letters = image.letters or kernel.letters
    decimals = image.decimals or kernel.decimals
    return _simplified(Cells(out, image.denominator * kernel.denominator, decimals=decimals, letters=letters))


def _three(sizes: Sizes) -> tuple[int, int, int]:
    deep, down, right = sizes
    return deep, down, right


def _with_three_axes(array: NDArray[Any], axes: int) -> NDArray[Any]:
    """Axes of length 1 put in front of those that are slid along."""
    leading = array.ndim - axes
    return array.reshape(array.shape[:leading] + (1,) * (3 - axes) + array.shape[leading:])


def _simplified(cells: Cells) -> Cells:
    """Letters multiplied out and collected; the denominator goes into them."""
    if not cells.letters:
        return cells
    import sympy

    out = np.empty(cells.shape, object)
    out.reshape(-1)[:] = [sympy.expand(sympy.sympify(x) / cells.denominator) for x in cells.numerators.flat]
    return Cells(out, decimals=cells.decimals, letters=True)


def add(cells: Cells, numbers: Cells) -> Cells:
    """A number for each first index (each filter) added to all of its cells."""
    denominator = lcm(cells.denominator, numbers.denominator)
    addends = numbers.over(denominator).reshape(-1, *(1,) * (len(cells.shape) - 1))
    letters = cells.letters or numbers.letters
    dtype: Any = object
    if not letters:
        factor, other = denominator // cells.denominator, denominator // numbers.denominator
        dtype = narrowest(cells.bound * factor + numbers.bound * other)
    out = cells.over(denominator).astype(dtype) + addends.astype(dtype)
    return _simplified(Cells(out, denominator, decimals=cells.decimals or numbers.decimals, letters=letters))


def spread(image: Cells, stride: Sizes) -> Cells:
    """Zeros put between neighbours along the last axes, stride − 1 of them."""
    leading = len(image.shape) - len(stride)
    shape = [(n - 1) * s + 1 for n, s in zip(image.shape[leading:], stride, strict=True)]
    out = np.zeros((*image.shape[:leading], *shape), image.numerators.dtype)
    apart: Any = (..., *(slice(None, None, s) for s in stride))
    out[apart] = image.numerators
    return image.like(out)


def pooled(
    image: Cells, kind: PoolKind, spans: Sequence[Sequence[range]], counted: Sequence[range], power: int
) -> Cells:
    """Every window made one cell, axis by axis: the largest of the largest, the sum of the sums."""
    x = image.numerators
    if kind == "lp":
        x = abs(x.astype(object)) ** power
    elif kind == "average" and x.dtype.kind != "O":
        most = prod(max(map(len, axis)) for axis in spans)
        x = x.astype(narrowest(image.bound * most))
    reduce = {"max": _largest, "min": _smallest}.get(kind, np.add)
    for axis, (along, n) in enumerate(zip(spans, image.shape[1:], strict=True), start=1):
        x = np.moveaxis(_along(np.moveaxis(x, axis, 0), along, n, reduce), 0, axis)
    if kind in ("max", "min"):
        return image.like(np.ascontiguousarray(x))
    denominator = image.denominator if kind == "average" else image.denominator**power
    if kind == "lp":
        return _roots(image, x, denominator, power)
    many: NDArray[Any] = np.ones((), object)
    for axis, (along, inside) in enumerate(zip(spans, counted, strict=True)):
        counts: NDArray[Any] = np.array([sum(i in inside for i in span) for span in along], "object")
        many = many * counts.reshape(-1, *(1,) * (len(spans) - 1 - axis))
    common = int(np.lcm.reduce(np.unique(many)))
    out = x.astype(object) * (common // many)
    summed = Cells(out, denominator * common, decimals=image.decimals, letters=image.letters)
    return _simplified(summed) if image.letters else _reduced(summed)


def _along(x: NDArray[Any], spans: Sequence[range], n: int, reduce: Any) -> NDArray[Any]:
    """Windows along the first axis: tap by tap over all of them where they are alike, else one by one."""
    inside = [range(max(span.start, span.start % span.step), min(span.stop, n), span.step) for span in spans]
    steps = {b.start - a.start for a, b in pairwise(inside)} or {1}
    step = min(steps)
    if len(steps) > 1 or step < 1 or len({(len(span), span.step) for span in inside}) > 1:
        return np.stack([_reduced_over([x[i] for i in span], reduce) for span in inside])
    first, many = inside[0], len(inside)
    taps = [x[i : i + (many - 1) * step + 1 : step] for i in first]
    return _reduced_over(taps, reduce)


def _reduced_over(parts: Sequence[NDArray[Any]], reduce: Any) -> NDArray[Any]:
    out = parts[0]
    for part in parts[1:]:
        out = reduce(out, part)
    return out


def _larger_of(op: str) -> Any:
    """max or min of two arrays; letters stay a max of letters."""
    plain = {"max": np.maximum, "min": np.minimum}[op]

    def reduce(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        if a.dtype == object:
            return np.frompyfunc(lambda x, y: _chosen(op, x, y), 2, 1)(a, b)  # type: ignore[no-any-return]
        return plain(a, b)  # type: ignore[no-any-return]

    return reduce


def _chosen(op: str, x: Any, y: Any) -> Any:
    if isinstance(x, int) and isinstance(y, int):
        return MEANING[op](x, y)
    import sympy

    return {"max": sympy.Max, "min": sympy.Min}[op](x, y)


_largest, _smallest = _larger_of("max"), _larger_of("min")


def _reduced(cells: Cells) -> Cells:
    """Over the least denominator, in the narrowest dtype."""
    common = gcd(cells.denominator, *cells.numerators.flat)
    whole = cells.numerators // common
    bound = max(map(abs, whole.flat), default=0)
    return Cells(whole.astype(narrowest(bound)), cells.denominator // common, decimals=cells.decimals)


def _roots(image: Cells, sums: NDArray[Any], denominator: int, power: int) -> Cells:
    """The p-th roots of the sums: exact if all of them are, else rounded floats."""
    if image.letters:
        raise Impossible("an Lp pooling of letters has no simple form: give numbers")
    roots = [MEANING["root"](Fraction(int(x), denominator), power) for x in sums.flat]
    if any(isinstance(x, float) for x in roots):
        return Cells(np.array([float(x) for x in roots]).reshape(sums.shape))
    return Cells.of(roots, decimals=image.decimals).shaped(sums.shape)
