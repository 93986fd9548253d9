"""The one arithmetic path: padding and correlating whole numbers, in a dtype in which nothing can overflow."""

from __future__ import annotations

from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc.choices import Padding, PaddingMode, Pair, covered
from calc.exact import Cells, narrowest
from calc.expr import Number

NUMPY_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}


def pad(image: Cells, padding: Padding, mode: PaddingMode = "zeros", fill: Number = 0) -> Cells:
    """The image with rings around it: of zeros, of one number, or of its own cells.

    `reflect` mirrors without repeating the border cell, `symmetric` repeats it, `replicate` goes on with the border
    cell, `circular` begins again at the other end.
    """
    if not any(map(any, padding)):
        return image
    if mode not in ("zeros", "constant"):
        return image.like(np.pad(image.numerators, padding, NUMPY_MODES[mode]))  # type: ignore[call-overload]
    (top, bottom), (left, right), (height, width) = *padding, image.shape
    denominator = lcm(image.denominator, fill.denominator)
    inside, around = image.over(denominator), fill.numerator * (denominator // fill.denominator)
    dtype = narrowest(max(abs(around), image.bound * (denominator // image.denominator)))
    # np.pad puts C integers among objects; np.full leaves Python's own there
    out = np.full((height + top + bottom, width + left + right), around, dtype)
    out[top : top + height, left : left + width] = inside
    return Cells(out, denominator, decimals=image.decimals)


def flip(kernel: Cells) -> Cells:
    """The kernel turned up-down and left-right."""
    return kernel.like(kernel.numerators[::-1, ::-1].copy())


def correlate(image: Cells, kernel: Cells, stride: Pair = (1, 1), dilation: Pair = (1, 1)) -> Cells:
    """Slide the kernel over the image, multiply cell by cell and add: H×W and k_h×k_w give H_out×W_out.

    One shifted view of the image for each tap of the kernel is added up, so nothing is needed beyond the output and
    one product of its size. The dtype holds max|image| · Σ|kernel|, so it cannot overflow.
    """
    taps = kernel.numerators
    bound = image.bound * sum(abs(int(w)) for w in taps.flat)
    dtype = narrowest(max(bound, image.bound, kernel.bound))
    x = image.numerators.astype(dtype, copy=False)
    reach = covered(kernel.shape, dilation)
    rows, columns = ((n - r) // s + 1 for n, r, s in zip(x.shape, reach, stride, strict=True))
    out: NDArray[Any] = np.zeros((rows, columns), dtype)
    for (i, j), weight in np.ndenumerate(taps):
        if weight:
            top, left = i * dilation[0], j * dilation[1]
            last_row, last_column = top + (rows - 1) * stride[0] + 1, left + (columns - 1) * stride[1] + 1
            out += x[top : last_row : stride[0], left : last_column : stride[1]] * int(weight)
    return Cells(out, image.denominator * kernel.denominator, decimals=image.decimals or kernel.decimals)


def add(cells: Cells, number: Number) -> Cells:
    """The same number added to every cell."""
    if not number:
        return cells
    denominator = lcm(cells.denominator, number.denominator)
    addend = number.numerator * (denominator // number.denominator)
    bound = cells.bound * (denominator // cells.denominator) + abs(addend)
    return Cells(cells.over(denominator).astype(narrowest(bound)) + addend, denominator, decimals=cells.decimals)
