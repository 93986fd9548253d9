"""What torch's own operations multiply, and the shapes that come out of the commonest of them.

torch works shapes out on its meta device as well, but imports its compiler and sympy for the first one: a second and
75 MiB. What has no rule here, or does not fit its rule, is left to torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

Factors = tuple[int, ...]


def _convolution(args: Sequence[Any], out: Any) -> tuple[Tensor, Tensor, list[Factors]]:
    x, weight, transposed = args[0], args[1], args[6]
    return x, weight, [(x.shape[0], *(x if transposed else out).shape[2:], *weight.shape)]


def _matrices(args: Sequence[Any], _: Any) -> tuple[Tensor, Tensor, list[Factors]]:
    a, b = args if len(args) == 2 else args[1:3]
    return a, b, [(*a.shape, *b.shape[a.dim() - 1 :])]


def _dot(args: Sequence[Any], _: Any) -> tuple[Tensor, Tensor, list[Factors]]:
    return args[0], args[1], [tuple(args[0].shape)]


def _trilinear(args: Sequence[Any], _: Any) -> tuple[Tensor, Tensor, list[Factors]]:
    x, weight = args[:2]
    return x, weight, [(x.numel() // x.shape[-1], *weight.shape)]


def _attention(args: Sequence[Any], _: Any) -> tuple[Tensor, Tensor, list[Factors]]:
    query, key, value = args[:3]
    rows = (*query.shape[:-1], key.shape[-2])
    return query, key, [(*rows, query.shape[-1]), (*rows, value.shape[-1])]


def _recurrent(args: Sequence[Any], _: Any) -> tuple[Tensor, Tensor, list[Factors]]:
    x, of_input, of_state = args[:3]
    steps = prod(x.shape[:-1])
    return x, of_input, [(steps, *of_input.shape), (steps, *of_state.shape)]


PRODUCTS: dict[str, Callable[[Sequence[Any], Any], tuple[Tensor, Tensor, list[Factors]]]] = {
    "convolution": _convolution,
    "mm": _matrices,
    "addmm": _matrices,
    "bmm": _matrices,
    "baddbmm": _matrices,
    "addbmm": _matrices,
    "mv": _matrices,
    "addmv": _matrices,
    "dot": _dot,
    "vdot": _dot,
    "_trilinear": _trilinear,
    "_scaled_dot_product_flash_attention": _attention,
    "_scaled_dot_product_flash_attention_for_cpu": _attention,
    "_scaled_dot_product_efficient_attention": _attention,
    "_scaled_dot_product_cudnn_attention": _attention,
    "mkldnn_rnn_layer": _recurrent,
}
"""The operations that multiply and add up: their two factors, and the sizes whose products are the multiplications."""

WORDS = {
    "convolution": "convolution",
    "_trilinear": "bilinear",
    "embedding": "embedding",
    "mkldnn_rnn_layer": "recurrent layer",
}
"""What an operation is called in the ledger; the others are products of matrices."""

OF_VECTORS = ("mv", "addmv", "dot", "vdot")
"""Between weights alone they are the norms of weights, not a layer at work."""

UNKNOWN = ("_fft", "linalg_", "_linalg", "_cdist", "cholesky", "_sparse", "quantized", "_int_mm", "_scaled_mm")
"""How the names of operations begin that multiply in a number of ways that is not known here."""


def multiplied(name: str, args: Sequence[Any], out: Any) -> tuple[Tensor, Tensor, list[Factors]] | None:
    """The two factors of an operation and the sizes whose product is its multiply-accumulates."""
    rule = PRODUCTS.get(name) or PRODUCTS.get(name.removesuffix("_"))
    return rule(args, out) if rule else None


def unknown(namespace: str, name: str) -> bool:
    """Whether an operation may multiply and add up in a way that is not known here."""
    if namespace in ("aten", "prim", "prims", "profiler"):
        return name.startswith(UNKNOWN) and name != "linalg_vector_norm"
    return True


ALIKE = frozenset(
    [
        "relu",
        "gelu",
        "silu",
        "sigmoid",
        "tanh",
        "hardtanh",
        "hardswish",
        "hardsigmoid",
        "leaky_relu",
        "elu",
        "mish",
        "softplus",
        "exp",
        "log",
        "log1p",
        "expm1",
        "sqrt",
        "rsqrt",
        "abs",
        "neg",
        "clamp",
        "clamp_min",
        "clamp_max",
        "erf",
        "sin",
        "cos",
        "reciprocal",
        "softshrink",
        "hardshrink",
        "threshold",
        "_softmax",
        "_log_softmax",
        "_safe_softmax",
        "cumsum",
        "roll",
        "flip",
        "tril",
        "triu",
        "square",
        "round",
        "floor",
        "sign",
        "bernoulli",
    ]
)
"""What comes out is as what goes in."""

BINARY = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "maximum",
        "minimum",
        "rsub",
        "pow",
        "addcmul",
        "lerp",
        "where",
        "masked_fill",
        "atan2",
        "fmod",
        "remainder",
    ]
)
COMPARED = frozenset(["eq", "ne", "lt", "gt", "le", "ge", "logical_and", "logical_or", "logical_not", "logical_xor"])
INITIAL = frozenset(
    [
        "uniform_",
        "normal_",
        "fill_",
        "zero_",
        "exponential_",
        "random_",
        "bernoulli_",
        "trunc_normal_",
        "erfinv_",
        "copy_",
    ]
)


def shaped(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What comes out of an operation on meta tensors, without contents; None where no rule fits."""
    if name in INITIAL or (name.endswith("_") and name[:-1] in ALIKE):
        return args[0] if isinstance(args[0], Tensor) else None
    if name in ALIKE:
        return _like(args[0]) if args[0].is_floating_point() and "dtype" not in kwargs else None
    base = name.removesuffix("_")
    if base in BINARY or name in COMPARED:
        return _broadcast(base, args, kwargs, inplace=base != name)
    rule = SHAPES.get(name)
    return rule(*args, **kwargs) if rule else None


def _broadcast(name: str, args: Sequence[Any], kwargs: dict[str, Any], *, inplace: bool) -> Any:
    tensors = [a for a in args if isinstance(a, Tensor)]
    shape = _joined([tuple(t.shape) for t in tensors])
    if shape is None or "out" in kwargs or "dtype" in kwargs:
        return None
    if inplace:
        return args[0] if tuple(args[0].shape) == shape else None
    dtype: torch.dtype | None = torch.bool
    if name not in COMPARED:
        dtype = _common(args[1:] if name == "where" else args)
        if dtype is None or (name == "div" and not dtype.is_floating_point):
            return None
    like = next((t for t in tensors if tuple(t.shape) == shape), None)
    if like is None:
        return torch.empty(shape, dtype=dtype, device="meta")
    return _like(like, dtype)


def _common(args: Sequence[Any]) -> torch.dtype | None:
    """The one floating type there is, or the one type of all; None where torch would have to choose."""
    types = {a.dtype for a in args if isinstance(a, Tensor) and a.dim()} or {
        a.dtype for a in args if isinstance(a, Tensor)
    }
    floating = {t for t in types if t.is_floating_point}
    if len(floating) == 1:
        return floating.pop()
    plain = not any(isinstance(a, float) for a in args)
    return types.pop() if len(types) == 1 and plain else None


def _joined(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape that shapes broadcast to."""
    if len(set(shapes)) == 1:
        return shapes[0]
    joined: list[int] = []
    for axis in range(1, max(map(len, shapes)) + 1):
        sizes = {s[-axis] for s in shapes if len(s) >= axis} - {1}
        if len(sizes) > 1:
            return None
        joined.insert(0, sizes.pop() if sizes else 1)
    return tuple(joined)


def _like(tensor: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """A tensor of that shape, laid out as that one is; torch's own `empty_like` is written in Python there and imports sympy."""
    dtype, dense = dtype or tensor.dtype, 1
    if not tensor.is_contiguous():
        for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
            dense = 0 if size > 1 and stride != dense else dense * size
        if dense:
            return torch.empty_strided(tensor.shape, tensor.stride(), dtype=dtype, device="meta")
    return torch.empty(tensor.shape, dtype=dtype, device="meta")


def _new(like: Tensor, *shape: int) -> Tensor | None:
    return torch.empty(shape, dtype=like.dtype, device="meta") if min(shape, default=1) > 0 else None


def _convolved(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    more: Sequence[int],
    groups: int,
) -> Tensor | None:
    axes = weight.dim() - 2
    channels = weight.shape[0] if transposed else weight.shape[1] * groups
    out = weight.shape[1] * groups if transposed else weight.shape[0]
    if x.dim() != axes + 2 or x.shape[1] != channels or x.dtype != weight.dtype or out % groups:
        return None
    if bias is not None and tuple(bias.shape) != (out,):
        return None
    sizes = []
    for axis, size in enumerate(x.shape[2:]):
        s, p, d, o = (list(v)[axis if len(v) > 1 else 0] for v in (stride, padding, dilation, more or (0,)))
        spread = d * (weight.shape[2 + axis] - 1)
        if transposed and o >= max(s, d):
            return None
        sizes.append((size - 1) * s - 2 * p + spread + o + 1 if transposed else (size + 2 * p - spread - 1) // s + 1)
    return _new(x, x.shape[0], out, *sizes)


def _product(a: Tensor, b: Tensor) -> Tensor | None:
    if a.dtype != b.dtype or a.dim() != b.dim() or a.shape[-1] != b.shape[-2] or a.shape[:-2] != b.shape[:-2]:
        return None
    return _new(a, *a.shape[:-1], b.shape[-1])


def _added_product(added: Tensor, a: Tensor, b: Tensor, **_: Any) -> Tensor | None:
    out = _product(a, b)
    fits = out is not None and _joined([tuple(added.shape), tuple(out.shape)]) == tuple(out.shape)
    return out if fits else None


def _pooled(
    x: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0, 0),
    dilation: Sequence[int] = (1, 1),
    ceil: bool = False,
) -> Tensor | None:
    axes = 2
    if x.dim() < axes + 1:
        return None
    sizes = []
    for axis, size in enumerate(x.shape[-axes:]):
        k, s, p, d = (list(v)[axis if len(v) > 1 else 0] for v in (kernel, stride or kernel, padding, dilation))
        if p > k // 2:
            return None
        room = size + 2 * p - d * (k - 1) - 1
        out = (-(-room // s) if ceil else room // s) + 1
        sizes.append(out - 1 if ceil and (out - 1) * s >= size + p else out)
    return _new(x, *x.shape[:-axes], *sizes)


def _largest(x: Tensor, *args: Any, **kwargs: Any) -> Any:
    out = None if kwargs else _pooled(x, *args)
    return None if out is None else (out, _like(out, torch.long))


def _averaged(x: Tensor, *args: Any, **kwargs: Any) -> Any:
    kernel, stride, padding, ceil = (*args[:4], *((), (0, 0), False)[len(args) - 1 :])[:4]
    return None if kwargs else _pooled(x, kernel, stride, padding, (1, 1), ceil)


def _adapted(x: Tensor, size: Sequence[int]) -> Tensor | None:
    return _new(x, *x.shape[: -len(size)], *size)


def _mean(x: Tensor, dims: Sequence[int] | None = None, keep: bool = False, **kwargs: Any) -> Tensor | None:
    if kwargs or not x.is_floating_point():
        return None
    gone = {d % x.dim() for d in dims} if dims else set(range(x.dim()))
    sizes = [1 if axis in gone else size for axis, size in enumerate(x.shape) if keep or axis not in gone]
    return _new(x, *sizes)


def _normed(x: Tensor, *_: Any) -> Any:
    return _like(x), _new(x, x.shape[0]), _new(x, x.shape[0])


def _batch_normed(x: Tensor, weight: Any, bias: Any, mean: Any, *_: Any) -> Any:
    given = next((t for t in (weight, bias, mean) if t is not None), None)
    fits = x.dim() > 1 and (given is None or given.numel() == x.shape[1])
    return _normed(x) if fits else None


def _layer_normed(x: Tensor, shape: Sequence[int], *_: Any) -> Any:
    fits = tuple(x.shape[-len(shape) :]) == tuple(shape)
    return (_new(x, *x.shape), *_normed(x)[1:]) if fits else None


def _catenated(tensors: Sequence[Tensor], axis: int = 0) -> Tensor | None:
    held = [t for t in tensors if tuple(t.shape) != (0,)]
    if not held or len({t.dtype for t in held}) > 1 or len({t.dim() for t in held}) > 1:
        return None
    axis %= held[0].dim()
    others = {(*t.shape[:axis], *t.shape[axis + 1 :]) for t in held}
    if len(others) > 1:
        return None
    return _new(held[0], *held[0].shape[:axis], sum(t.shape[axis] for t in held), *held[0].shape[axis + 1 :])


def _stacked(tensors: Sequence[Tensor], axis: int = 0) -> Tensor | None:
    if len({(tuple(t.shape), t.dtype) for t in tensors}) > 1:
        return None
    shape = list(tensors[0].shape)
    shape.insert(axis % (len(shape) + 1), len(tensors))
    return _new(tensors[0], *shape)


def _scaled(x: Tensor, size: Sequence[int] | None, *_: Any) -> Tensor | None:
    return None if size is None else _new(x, *x.shape[: -len(size)], *size)


def _looked_up(weight: Tensor, index: Tensor, *_: Any) -> Tensor | None:
    return None if index.is_floating_point() else _new(weight, *index.shape, weight.shape[1])


def _cast(x: Tensor, dtype: torch.dtype | None = None, **kwargs: Any) -> Tensor | None:
    plain = kwargs.get("memory_format") is None and kwargs.get("layout") is None
    return _like(x, dtype) if plain else None


def _repeated(x: Tensor, times: Sequence[int]) -> Tensor | None:
    shape = (1,) * (len(times) - x.dim()) + tuple(x.shape)
    return _new(x, *(n * m for n, m in zip(shape, times, strict=True)))


def _shuffled(x: Tensor, r: int) -> Tensor | None:
    channels, rest = divmod(x.shape[-3], r * r)
    return None if rest else _new(x, *x.shape[:-3], channels, x.shape[-2] * r, x.shape[-1] * r)


def _trilinear_shape(x: Tensor, weight: Tensor, other: Tensor, *_: Any) -> Tensor | None:
    fits = x.shape[-1] == weight.shape[1] and other.shape[-1] == weight.shape[2] and x.shape[0] == other.shape[0]
    return _new(x, x.shape[0], weight.shape[0]) if fits and x.dim() == 2 else None


SHAPES: dict[str, Callable[..., Any]] = {
    "convolution": _convolved,
    "mm": _product,
    "bmm": _product,
    "addmm": _added_product,
    "baddbmm": _added_product,
    "max_pool2d_with_indices": _largest,
    "avg_pool2d": _averaged,
    "_adaptive_avg_pool2d": _adapted,
    "mean": _mean,
    "native_batch_norm": _batch_normed,
    "native_layer_norm": _layer_normed,
    "native_group_norm": _normed,
    "cat": _catenated,
    "stack": _stacked,
    "upsample_nearest2d": _scaled,
    "upsample_bilinear2d": _scaled,
    "upsample_bicubic2d": _scaled,
    "embedding": _looked_up,
    "_to_copy": _cast,
    "repeat": _repeated,
    "pixel_shuffle": _shuffled,
    "_trilinear": _trilinear_shape,
}
"""The operations with rules of their own."""


def tensors_of(value: Any) -> Iterator[Tensor]:
    """The tensors in arguments or results, however they are nested."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from tensors_of(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from tensors_of(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from tensors_of(getattr(value, name, None))
