"""The one arithmetic path: padding and correlating whole numbers, in a dtype in which nothing can overflow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc.choices import Padding
from calc.exact import Cells, narrowest


def pad(image: Cells, padding: Padding) -> Cells:
    """The image with rings of zeros around it."""
    if not any(map(any, padding)):
        return image
    (top, bottom), (left, right), (height, width) = *padding, image.shape
    out = np.zeros(
        (height + top + bottom, width + left + right), image.numerators.dtype
    )  # np.pad puts C zeros among objects
    out[top : top + height, left : left + width] = image.numerators
    return image.like(out)


def flip(kernel: Cells) -> Cells:
    """The kernel turned up-down and left-right."""
    return kernel.like(kernel.numerators[::-1, ::-1].copy())


def correlate(image: Cells, kernel: Cells, stride: tuple[int, int] = (1, 1)) -> Cells:
    """Slide the kernel over the image, multiply cell by cell and add: H×W and k_h×k_w give H_out×W_out.

    One shifted view of the image for each tap of the kernel is added up, so nothing is needed beyond the output and
    one product of its size. The dtype holds max|image| · Σ|kernel|, so it cannot overflow.
    """
    taps = kernel.numerators
    bound = image.bound * sum(abs(int(w)) for w in taps.flat)
    dtype = narrowest(max(bound, image.bound, kernel.bound))
    x = image.numerators.astype(dtype, copy=False)
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(x.shape, taps.shape, stride, strict=True))
    out: NDArray[Any] = np.zeros((rows, columns), dtype)
    for (i, j), weight in np.ndenumerate(taps):
        if weight:
            last_row, last_column = i + (rows - 1) * stride[0] + 1, j + (columns - 1) * stride[1] + 1
            out += x[i : last_row : stride[0], j : last_column : stride[1]] * int(weight)
    return Cells(out, image.denominator * kernel.denominator, decimals=image.decimals or kernel.decimals)
