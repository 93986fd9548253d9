"""ONNX's operators in ONNX's words: batches in, batches out, worked by the same questions.

Arrays are N×C×H×W (N×C×W, N×C×D×H×W), kernels M×(C/group)×k_h×k_w (C×(M/group)×k_h×k_w of a transposed convolution),
`pads` all beginnings and then all ends, as in ONNX's operator specification (Conv-11, ConvTranspose-11, MaxPool-12,
AveragePool-19, LpPool-18). Answers are whole numbers for whole numbers, else float64, rounded once. Errors: `Impossible`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from calc.choices import Padding, PoolKind, Sizes, covered, same_padding
from calc.convolution import convolve
from calc.errors import Impossible, printable, times
from calc.exact import Cells
from calc.images import read_array
from calc.pooling import LARGEST_POWER, Pooling, pool
from calc.transposed import transpose

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

AUTO_PADS = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
Ints = Sequence[int]


def conv(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints | None = None,
    group: int = 1,
    kernel_shape: Ints | None = None,
    pads: Ints | None = None,
    strides: Ints | None = None,
) -> NDArray[Any]:
    """Conv: the cross-correlation of a layer."""
    images = _batch(x)
    kernel = _kernel(w, kernel_shape, len(images.shape))
    axes = len(images.shape) - 2
    stride, dilation = _sizes("strides", strides, axes), _sizes("dilations", dilations, axes)
    reach = covered(kernel.shape[2:], dilation)
    padding = _padding(auto_pad, pads, reach, images.shape[2:], stride)
    bias = 0 if b is None else b
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "groups": group, "dims": axes}
    return _each(images, lambda image: convolve(image, kernel, flip=False, padding=padding, bias=bias, **options).maps)


def conv_transpose(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints | None = None,
    group: int = 1,
    kernel_shape: Ints | None = None,
    output_padding: Ints | None = None,
    output_shape: Ints | None = None,
    pads: Ints | None = None,
    strides: Ints | None = None,
) -> NDArray[Any]:
    """ConvTranspose: the adjoint of Conv; `output_shape` decides the padding if it is given."""
    images = _batch(x)
    kernel = _kernel(w, kernel_shape, len(images.shape))
    axes = len(images.shape) - 2
    stride, dilation = _sizes("strides", strides, axes), _sizes("dilations", dilations, axes)
    more = _sizes("output_padding", output_padding, axes, 0)
    reach = covered(kernel.shape[2:], dilation)
    _known(auto_pad)
    if output_shape is None and auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        output_shape = [n * s for n, s in zip(images.shape[2:], stride, strict=True)]
    if output_shape is None:
        padding = _padding(auto_pad, pads, reach, images.shape[2:], stride)
    else:
        wanted = _sizes("output_shape", list(output_shape)[-axes:], axes)
        stamped = [(n - 1) * s + k + o for n, s, k, o in zip(images.shape[2:], stride, reach, more, strict=True)]
        cut = [full - out for full, out in zip(stamped, wanted, strict=True)]
        more = tuple(o + max(-c, 0) for o, c in zip(more, cut, strict=True))
        few = [(max(c, 0) // 2, max(c, 0) - max(c, 0) // 2) for c in cut]
        padding = tuple(few) if auto_pad == "SAME_UPPER" else tuple((b, a) for a, b in few)
    bias = 0 if b is None else b
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "output_padding": more, "groups": group}
    return _each(images, lambda image: transpose(image, kernel, padding=padding, bias=bias, dims=axes, **options).maps)


def max_pool(
    x: ArrayLike,
    *,
    kernel_shape: Ints,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints | None = None,
    pads: Ints | None = None,
    storage_order: int = 0,  # noqa: ARG001  # of the indices
    strides: Ints | None = None,
) -> NDArray[Any]:
    """MaxPool, without the indices, which alone depend on `storage_order`."""
    asked = _pooling("max", x, kernel_shape, auto_pad, ceil_mode, dilations, pads, strides)
    return _each(_batch(x), lambda image: asked(image).maps)


def max_pool_indices(
    x: ArrayLike,
    *,
    kernel_shape: Ints,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints | None = None,
    pads: Ints | None = None,
    storage_order: int = 0,
    strides: Ints | None = None,
) -> NDArray[Any]:
    """The indices of MaxPool: where the winners stand in the whole array, its last axis fastest (`storage_order` 1: its first)."""
    import numpy as np

    images = _batch(x)
    asked = _pooling("max", x, kernel_shape, auto_pad, ceil_mode, dilations, pads, strides)
    channels, *size = images.shape[1:]
    cells = int(np.prod(size))
    found = []
    for number, image in enumerate(_images(images)):
        question = asked(image)
        inside = question.indices().reshape(question.maps.shape)
        if storage_order:
            inside = np.ravel_multi_index(tuple(reversed(np.unravel_index(inside, size))), tuple(reversed(size)))
        first = (number * channels + np.arange(channels)) * cells
        found.append(inside + first.reshape(-1, *(1,) * len(size)))
    return np.stack(found)


def average_pool(
    x: ArrayLike,
    *,
    kernel_shape: Ints,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Ints | None = None,
    pads: Ints | None = None,
    strides: Ints | None = None,
) -> NDArray[Any]:
    """AveragePool; cells beyond the padding, which `ceil_mode` can reach, never count."""
    counts = bool(count_include_pad)
    asked = _pooling("average", x, kernel_shape, auto_pad, ceil_mode, dilations, pads, strides, counts_padding=counts)
    return _each(_batch(x), lambda image: asked(image).maps)


def lp_pool(
    x: ArrayLike,
    *,
    kernel_shape: Ints,
    p: int = 2,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints | None = None,
    pads: Ints | None = None,
    strides: Ints | None = None,
) -> NDArray[Any]:
    """LpPool: the p-th root of the sum of p-th powers."""
    asked = _pooling("lp", x, kernel_shape, auto_pad, ceil_mode, dilations, pads, strides, power=p)
    return _each(_batch(x), lambda image: asked(image).maps)


def global_average_pool(x: ArrayLike) -> NDArray[Any]:
    """GlobalAveragePool: one cell for each channel."""
    return _global(x, "average")


def global_max_pool(x: ArrayLike) -> NDArray[Any]:
    """GlobalMaxPool: one cell for each channel."""
    return _global(x, "max")


def global_lp_pool(x: ArrayLike, *, p: int = 2) -> NDArray[Any]:
    """GlobalLpPool: one cell for each channel."""
    return _global(x, "lp", p)


def _global(x: ArrayLike, kind: PoolKind, power: int | None = None) -> NDArray[Any]:
    images = _batch(x)
    axes = len(images.shape) - 2
    return _each(images, lambda image: pool(image, kind=kind, adaptive=1, dims=axes, power=power).maps)


def _pooling(
    kind: PoolKind,
    x: ArrayLike,
    kernel_shape: Ints,
    auto_pad: str,
    ceil_mode: int,
    dilations: Ints | None,
    pads: Ints | None,
    strides: Ints | None,
    *,
    counts_padding: bool = False,
    power: int = 2,
) -> Callable[[Cells], Pooling]:
    """The question that a pooling operator asks of each image."""
    shape = _batch(x).shape
    axes = len(shape) - 2
    window = _sizes("kernel_shape", kernel_shape, axes)
    stride, dilation = _sizes("strides", strides, axes), _sizes("dilations", dilations, axes)
    padding = _padding(auto_pad, pads, covered(window, dilation), shape[2:], stride)
    if not 1 <= power <= LARGEST_POWER:
        raise Impossible(f"p {power} is not possible: it is a whole number from 1 to {LARGEST_POWER}")

    def asked(image: Cells) -> Pooling:
        return Pooling(image, kind, window, stride, padding, dilation, bool(ceil_mode), counts_padding, power)

    return asked


def _batch(x: ArrayLike) -> Cells:
    cells = read_array(x, "X")
    if not 3 <= len(cells.shape) <= 5:
        raise Impossible(f"X is {times(cells.shape)}: it is N×C×W, N×C×H×W or N×C×D×H×W")
    return cells


def _kernel(w: ArrayLike, kernel_shape: Ints | None, axes: int) -> Cells:
    cells = read_array(w, "W")
    if len(cells.shape) != axes:
        raise Impossible(f"W is {times(cells.shape)}: it has {axes} axes, as X has")
    if kernel_shape is not None and tuple(kernel_shape) != cells.shape[2:]:
        raise Impossible(f"kernel_shape {list(kernel_shape)} is not that of W, which is {times(cells.shape)}")
    return cells


def _sizes(name: str, given: Ints | None, axes: int, neutral: int = 1) -> Sizes:
    numbers = _once(axes, neutral) if given is None else tuple(int(n) for n in given)
    if len(numbers) != axes or min(numbers) < neutral:
        raise Impossible(f"{name} {list(numbers)} are not {axes} whole numbers of at least {neutral}")
    return numbers


def _once(axes: int, neutral: int = 1) -> Sizes:
    return (neutral,) * axes


def _known(auto_pad: str) -> None:
    if auto_pad not in AUTO_PADS:
        raise Impossible(f"there is no auto_pad “{printable(auto_pad)}”: choose {', '.join(AUTO_PADS)}")


def _padding(auto_pad: str, pads: Ints | None, reach: Sizes, size: Sizes, stride: Sizes) -> Padding:
    _known(auto_pad)
    if auto_pad.startswith("SAME"):
        return same_padding(reach, size, stride, lower=auto_pad == "SAME_LOWER")
    axes = len(reach)
    numbers = _once(2 * axes, 0) if pads is None or auto_pad == "VALID" else tuple(int(n) for n in pads)
    if len(numbers) != 2 * axes or min(numbers) < 0:
        raise Impossible(
            f"pads {list(numbers)} are not {2 * axes} whole numbers of at least 0: all beginnings, then all ends"
        )
    return tuple(zip(numbers[:axes], numbers[axes:], strict=True))


def _images(batch: Cells) -> Iterator[Cells]:
    return (batch.plane(i) for i in range(batch.shape[0]))


def _each(batch: Cells, answer: Callable[[Cells], Cells]) -> NDArray[Any]:
    import numpy as np

    return np.stack([answer(image).numpy() for image in _images(batch)])
