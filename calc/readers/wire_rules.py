"""What each of torch's operations does to the cells of its tensors, in the words of `calc.wiring`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from calc.readers.wires import Wires

MOST_LISTED = 4096
"""Cells along an axis up to which a new order is listed."""

Made = int | list[int | None] | None
"""The number of what all outputs come out of, or of each; None if that is not known."""


def _each(values: Sequence[int], axes: int) -> list[int]:
    """One value for each axis."""
    return list(values) * axes if len(values) == 1 else list(values)


def _convolution(
    wires: Wires,
    outs: list[Tensor],
    x: Tensor,
    weight: Tensor,
    bias: Any,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    more: Sequence[int],
    groups: int,
) -> Made:
    number, axes = wires.number(x), weight.dim() - 2
    if number is None or wires.number(weight) is not None or wires.number(bias) is not None:
        return None
    fields = {
        "in_channels": 1,
        "out_channels": 1,
        "kernel_size": list(weight.shape[2:]),
        "stride": _each(stride, axes),
        "padding": _each(padding, axes),
        "dilation": _each(dilation, axes),
    }
    kind = f"ConvTranspose{axes}d" if transposed else f"Conv{axes}d"
    fields |= {"output_padding": _each(more, axes)} if transposed else {}
    return wires.windowed(number, outs[0].shape, kind, axes, groups, **fields)


def _pool(kind: str, axes: int) -> Callable[..., Made]:
    """A pooling; the arguments that it is given beyond these do not matter."""

    def rule(
        wires: Wires,
        outs: list[Tensor],
        x: Tensor,
        kernel: Sequence[int],
        stride: Sequence[int] = (),
        padding: Sequence[int] = (0,),
        *rest: Any,
        **_: Any,
    ) -> Made:
        number = wires.number(x)
        fields: dict[str, Any] = {
            "kernel_size": _each(kernel, axes),
            "stride": _each(stride or kernel, axes),
            "padding": _each(padding, axes),
        }
        if kind == "MaxPool" and rest:
            fields["dilation"] = _each(rest[0], axes)
        return None if number is None else wires.windowed(number, outs[0].shape, f"{kind}{axes}d", axes, **fields)

    return rule


def _adaptive(wires: Wires, outs: list[Tensor], x: Tensor, size: Sequence[int]) -> Made:
    number, axes = wires.number(x), len(size)
    if number is None:
        return None
    return wires.windowed(number, outs[0].shape, f"AdaptiveAvgPool{axes}d", axes, output_size=list(size))


def _upsample(mode: str, aligns: bool) -> Callable[..., Made]:
    def rule(wires: Wires, outs: list[Tensor], x: Tensor, size: Sequence[int], *rest: Any) -> Made:
        number, axes = wires.number(x), len(size)
        if number is None:
            return None
        if aligns and rest and rest[0]:
            return wires.windowed(
                number, outs[0].shape, "Upsample", axes, size=list(size), mode=mode, align_corners=True
            )
        scales = rest[1:] if aligns else rest
        given = [scales[i] if i < len(scales) else None for i in range(axes)]
        factors = [out / n if f is None else f for f, n, out in zip(given, x.shape[-axes:], size, strict=True)]
        return wires.windowed(number, outs[0].shape, "Upsample", axes, scale_factor=factors, mode=mode)

    return rule


def _unpool(wires: Wires, outs: list[Tensor], x: Tensor, _: Tensor, size: Sequence[int], *__: Any) -> Made:
    """Each cell put back somewhere in its own window."""
    number, axes = wires.number(x), len(size)
    if number is None or any(out % n for out, n in zip(size, x.shape[-axes:], strict=True)):
        return None
    factors = [float(out // n) for out, n in zip(size, x.shape[-axes:], strict=True)]
    return wires.windowed(number, outs[0].shape, "Upsample", axes, scale_factor=factors, mode="nearest")


def padded(wires: Wires, number: int, pads: Sequence[int]) -> int:
    """Cells put before and after the last axes, from the last one on, as torch has it."""
    for i in range(0, len(pads), 2):
        shape, (before, after) = wires.shape(number), pads[i : i + 2]
        axis = len(shape) - 1 - i // 2
        number = wires.sliced(number, axis, -before, shape[axis] + before + after)
    return number


def _pad(wires: Wires, _: list[Tensor], x: Tensor, pads: Sequence[int], *__: Any) -> Made:
    number = wires.number(x)
    return None if number is None else padded(wires, number, pads)


def _slice(
    wires: Wires, outs: list[Tensor], x: Tensor, axis: int = 0, start: Any = None, _: Any = None, step: int = 1
) -> Made:
    number, axis = wires.number(x), axis % x.dim()
    start, cells = start or 0, x.shape[axis]
    start = min(max(start + cells if start < 0 else start, 0), cells)
    return None if number is None else wires.sliced(number, axis, start, outs[0].shape[axis], step)


def _select(wires: Wires, outs: list[Tensor], x: Tensor, axis: int, place: int) -> Made:
    number, axis = wires.number(x), axis % x.dim()
    if number is None:
        return None
    return wires.reshaped(wires.sliced(number, axis, place % x.shape[axis], 1), outs[0].shape)


def _parts(wires: Wires, outs: list[Tensor], x: Tensor, _: Any, axis: int = 0) -> Made:
    number, axis, start = wires.number(x), axis % x.dim(), 0
    made: list[int | None] = []
    for part in outs:
        made.append(None if number is None else wires.sliced(number, axis, start, part.shape[axis]))
        start += part.shape[axis]
    return made


def _unbind(wires: Wires, outs: list[Tensor], x: Tensor, axis: int = 0) -> Made:
    number, axis = wires.number(x), axis % x.dim()
    if number is None:
        return None
    return [wires.reshaped(wires.sliced(number, axis, i, 1), part.shape) for i, part in enumerate(outs)]


def _glu(wires: Wires, outs: list[Tensor], x: Tensor, axis: int = -1) -> Made:
    number, axis = wires.number(x), axis % x.dim()
    if number is None:
        return None
    half = x.shape[axis] // 2
    halves = [wires.sliced(number, axis, 0, half), wires.sliced(number, axis, half, half)]
    return wires.add("join", halves, outs[0].shape)


def _cat(wires: Wires, outs: list[Tensor], tensors: Sequence[Tensor], axis: int = 0) -> Made:
    shape, start = outs[0].shape, 0
    axis %= len(shape)
    of, starts = [], []
    for tensor in tensors:
        if tuple(tensor.shape) == (0,):
            continue
        if (number := wires.number(tensor)) is not None:
            of.append(number)
            starts.append(start)
        start += tensor.shape[axis]
    return wires.add("cat", of, shape, axis=axis, starts=starts)


def _stack(wires: Wires, outs: list[Tensor], tensors: Sequence[Tensor], axis: int = 0) -> Made:
    shape = list(outs[0].shape)
    axis %= len(shape)
    one = [*shape[:axis], 1, *shape[axis + 1 :]]
    found = [(i, n) for i, t in enumerate(tensors) if (n := wires.number(t)) is not None]
    of = [wires.reshaped(number, one) for _, number in found]
    return wires.add("cat", of, shape, axis=axis, starts=[i for i, _ in found])


def _reshape(wires: Wires, outs: list[Tensor], x: Tensor, *_: Any) -> Made:
    number = wires.number(x)
    return None if number is None else wires.reshaped(number, outs[0].shape)


def _permute(wires: Wires, _: list[Tensor], x: Tensor, dims: Sequence[int]) -> Made:
    number = wires.number(x)
    return None if number is None else wires.permuted(number, dims)


def _transpose(wires: Wires, _: list[Tensor], x: Tensor, one: int = 0, other: int = -1) -> Made:
    number, dims = wires.number(x), list(range(x.dim()))
    if number is None or not dims:
        return number
    dims[one], dims[other] = dims[other], dims[one]
    return wires.permuted(number, dims)


def _repeat(wires: Wires, _: list[Tensor], x: Tensor, times: Sequence[int]) -> Made:
    number, more = wires.number(x), len(times) - x.dim()
    if number is None:
        return None
    shape = [1] * more + list(x.shape)
    number = wires.reshaped(number, shape)
    for axis, many in enumerate(times):
        if many > 1:
            if shape[axis] > MOST_LISTED:
                return None
            taps = [[i, i + 1] for i in range(shape[axis])]
            number = wires.patterned(number, axis, shape[axis] * many, shape[axis], 0, taps)
    return number


def _reordered(wires: Wires, number: int, axis: int, order: Sequence[int]) -> int | None:
    """The cells along an axis in another order."""
    if len(order) > MOST_LISTED:
        return None
    return wires.patterned(number, axis, len(order), len(order), None, [[i, i + 1] for i in order])


def _flip(wires: Wires, _: list[Tensor], x: Tensor, dims: Sequence[int]) -> Made:
    number = wires.number(x)
    for dim in dims:
        axis = dim % x.dim()
        number = None if number is None else _reordered(wires, number, axis, range(x.shape[axis])[::-1])
    return number


def _roll(wires: Wires, _: list[Tensor], x: Tensor, shifts: Sequence[int], dims: Sequence[int] = ()) -> Made:
    number = wires.number(x)
    if not dims:
        return None
    for shift, dim in zip(shifts, dims, strict=True):
        axis, cells = dim % x.dim(), x.shape[dim]
        order = [(i - shift) % cells for i in range(cells)]
        number = None if number is None else _reordered(wires, number, axis, order)
    return number


def _reduced(wires: Wires, outs: list[Tensor], x: Tensor, *args: Any, **kwargs: Any) -> Made:
    """A sum, a mean, the largest and the like along some axes."""
    number, shape = wires.number(x), list(outs[0].shape)
    if number is None:
        return None
    dims = next((a for a in args if isinstance(a, list | tuple)), kwargs.get("dim"))
    return _along(wires, number, shape, dims or range(x.dim()))


def _reduced_one(wires: Wires, outs: list[Tensor], x: Tensor, dim: Any = None, *_: Any, **__: Any) -> Made:
    """The largest, the smallest or the like along one axis, or of all."""
    number = wires.number(x)
    if number is None or isinstance(dim, Tensor):
        return None
    return _along(wires, number, list(outs[0].shape), range(x.dim()) if dim is None else [dim])


def _along(wires: Wires, number: int, shape: list[int], dims: Any) -> Made:
    dims = [dims] if isinstance(dims, int) else list(dims)
    return wires.mixed(number, dims, keep=len(shape) == len(wires.shape(number)), shape=shape)


def _kept(wires: Wires, _: list[Tensor], x: Tensor, dim: Any, *__: Any, **___: Any) -> Made:
    """Each output sees all along one axis, which stays as long as it is."""
    number = wires.number(x)
    return None if number is None else wires.mixed(number, [dim], shape=x.shape)


def _batch_norm(wires: Wires, outs: list[Tensor], x: Tensor, *args: Any, **_: Any) -> Made:
    """By what was learnt, cell by cell; by statistics of its own, all along the axes."""
    number = wires.number(x)
    if number is None or args[4] is False:
        return number
    made = wires.mixed(number, [axis for axis in range(x.dim()) if axis != 1], shape=x.shape)
    return [made] + [None] * (len(outs) - 1)


def _layer_norm(wires: Wires, outs: list[Tensor], x: Tensor, shape: Sequence[int], *_: Any) -> Made:
    number = wires.number(x)
    if number is None:
        return None
    made = wires.mixed(number, range(x.dim() - len(shape), x.dim()), shape=x.shape)
    return [made] + [None] * (len(outs) - 1)


def _group_norm(wires: Wires, outs: list[Tensor], x: Tensor, *_: Any) -> Made:
    number = wires.number(x)
    made = None if number is None else wires.mixed(number, range(1, x.dim()), shape=x.shape)
    return [made] + [None] * (len(outs) - 1)


def _product(wires: Wires, outs: list[Tensor], *args: Any, **_: Any) -> Made:
    """Rows times columns, and something added; a vector is a row or a column."""
    tensors = [a for a in args if isinstance(a, Tensor)]
    added, (a, b) = tensors[:-2], tensors[-2:]
    shape = list(outs[0].shape)
    of: list[int] = []
    if (left := wires.number(a)) is not None:
        row = wires.mixed(left, [-1])
        of.append(row if b.dim() > 1 else wires.reshaped(row, a.shape[:-1]))
    if (right := wires.number(b)) is not None:
        column = wires.mixed(right, [-2 if b.dim() > 1 else -1])
        of.append(column if b.dim() > 1 else wires.reshaped(column, ()))
    of += [number for t in added if (number := wires.number(t)) is not None]
    return wires.joined(of, shape)


def _attention(wires: Wires, outs: list[Tensor], query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> Made:
    numbers = [(wires.number(t), axes) for t, axes in ((query, [-1]), (key, [-1, -2]), (value, [-1, -2]))]
    of = [wires.mixed(number, axes) for number, axes in numbers if number is not None]
    return [wires.add("join", of, outs[0].shape)] + [None] * (len(outs) - 1)


def _pixels(wires: Wires, outs: list[Tensor], x: Tensor, r: int) -> Made:
    """Channels become cells."""
    number, (*lead, _, h, w) = wires.number(x), x.shape
    if number is None:
        return None
    n = len(lead)
    number = wires.reshaped(number, [*lead, outs[0].shape[-3], r, r, h, w])
    number = wires.permuted(number, [*range(n), n, n + 3, n + 1, n + 4, n + 2])
    return wires.reshaped(number, outs[0].shape)


def _unpixels(wires: Wires, outs: list[Tensor], x: Tensor, r: int) -> Made:
    """Cells become channels."""
    number, (*lead, c, h, w) = wires.number(x), x.shape
    if number is None:
        return None
    n = len(lead)
    number = wires.reshaped(number, [*lead, c, h // r, r, w // r, r])
    number = wires.permuted(number, [*range(n), n, n + 2, n + 4, n + 1, n + 3])
    return wires.reshaped(number, outs[0].shape)


def _dealt(wires: Wires, outs: list[Tensor], x: Tensor, groups: int) -> Made:
    """Groups of channels dealt out in turn."""
    number, (batch, c, *rest) = wires.number(x), x.shape
    if number is None:
        return None
    number = wires.reshaped(number, [batch, groups, c // groups, *rest])
    number = wires.permuted(number, [0, 2, 1, *range(3, 3 + len(rest))])
    return wires.reshaped(number, outs[0].shape)


def _windows(wires: Wires, number: int, axis: int, k: int, d: int, s: int) -> int:
    """The windows along an axis, and after it the cells in them."""
    before = wires.shape(number)
    count = (before[axis] - d * (k - 1) - 1) // s + 1
    taps = [[d * i, d * i + 1] for i in range(k)]
    number = wires.patterned(number, axis, count * k, k, s, taps)
    return wires.reshaped(number, [*before[:axis], count, k, *before[axis + 1 :]])


def _unfold(wires: Wires, _: list[Tensor], x: Tensor, axis: int, size: int, step: int) -> Made:
    """torch.Tensor.unfold: the windows along an axis, their cells last."""
    number, axis = wires.number(x), axis % max(x.dim(), 1)
    if number is None or not x.dim():
        return None
    number = _windows(wires, number, axis, size, 1, step)
    dims = [*range(axis + 1), *range(axis + 2, x.dim() + 1), axis + 1]
    return wires.permuted(number, dims)


def _columns(
    wires: Wires,
    outs: list[Tensor],
    x: Tensor,
    kernel: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    stride: Sequence[int],
) -> Made:
    """torch.nn.Unfold: the windows of an image as columns."""
    number = wires.number(x)
    if number is None or x.dim() != 4:
        return None
    for axis in (3, 2):
        i = axis - 2
        number = wires.sliced(number, axis, -padding[i], x.shape[axis] + 2 * padding[i])
        number = _windows(wires, number, axis, kernel[i], dilation[i], stride[i])
    return wires.reshaped(wires.permuted(number, [0, 1, 3, 5, 2, 4]), outs[0].shape)


RULES: dict[str, Callable[..., Made]] = {
    "convolution": _convolution,
    **{f"max_pool{n}d_with_indices": _pool("MaxPool", n) for n in (2, 3)},
    **{f"avg_pool{n}d": _pool("AvgPool", n) for n in (1, 2, 3)},
    **{f"_adaptive_avg_pool{n}d": _adaptive for n in (2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive for n in (2, 3)},
    **{f"upsample_nearest{n}d": _upsample("nearest", aligns=False) for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": _upsample("nearest-exact", aligns=False) for n in (1, 2, 3)},
    "upsample_linear1d": _upsample("linear", aligns=True),
    "upsample_bilinear2d": _upsample("bilinear", aligns=True),
    "upsample_bicubic2d": _upsample("bicubic", aligns=True),
    "upsample_trilinear3d": _upsample("trilinear", aligns=True),
    **{f"max_unpool{n}d": _unpool for n in (2, 3)},
    "constant_pad_nd": _pad,
    **{f"{mode}_pad{n}d": _pad for mode in ("reflection", "replication") for n in (1, 2, 3)},
    "slice": _slice,
    "select": _select,
    **dict.fromkeys(("split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes"), _parts),
    "unbind": _unbind,
    "glu": _glu,
    "cat": _cat,
    "stack": _stack,
    **dict.fromkeys(("view", "_unsafe_view", "reshape", "squeeze", "unsqueeze", "_reshape_alias"), _reshape),
    "permute": _permute,
    "transpose": _transpose,
    "t": _transpose,
    "repeat": _repeat,
    "flip": _flip,
    "roll": _roll,
    **dict.fromkeys(
        (
            "mean",
            "sum",
            "amax",
            "amin",
            "var",
            "std",
            "var_mean",
            "std_mean",
            "linalg_vector_norm",
            "norm",
            "logsumexp",
        ),
        _reduced,
    ),
    **dict.fromkeys(("max", "min", "argmax", "argmin", "prod", "any", "all"), _reduced_one),
    **dict.fromkeys(("_softmax", "_log_softmax", "_safe_softmax", "cumsum", "cumprod"), _kept),
    **dict.fromkeys(("native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm"), _batch_norm),
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    **dict.fromkeys(("mm", "bmm", "addmm", "baddbmm", "mv", "dot"), _product),
    **dict.fromkeys(
        (
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_efficient_attention",
        ),
        _attention,
    ),
    "pixel_shuffle": _pixels,
    "pixel_unshuffle": _unpixels,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), _dealt),
    "unfold": _unfold,
    "im2col": _columns,
}
"""The operations that do more than work cell by cell."""
