"""torch asked about layers one after the other: what comes out of each, and which cells an output sees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from calc.crosscheck import LARGEST_TENSOR, _agrees, _built, _by, _differs, _meta
from calc.derivation import Check
from calc.errors import counted, times
from calc.layers.activation import Elementwise
from calc.layers.attention import MultiheadAttention
from calc.layers.base import Layer
from calc.layers.conv import Conv
from calc.layers.embedding import Table
from calc.layers.linear import Bilinear
from calc.layers.norm import BatchNorm
from calc.layers.padding import Pad
from calc.layers.pool import AdaptivePool, LPPool, MaxUnpool, Pool
from calc.layers.reshape import View
from calc.layers.transposed import ConvTranspose
from calc.layers.upsample import Upsampling
from calc.receptive import seen
from calc.stack import Passed, Stack
from calc.unfolding import numbers

if TYPE_CHECKING:
    import torch

LARGEST_RUN = 2**23
"""Cells up to which layers are run on a real tensor, beyond it on torch's meta device."""
LARGEST_POKED = 2**20
"""Cells of a feature map up to which it is asked what an output sees."""


def torch_shapes(question: Stack, torch: Any, device: torch.device) -> Check:
    """Each layer built by torch and run on zeros of the shape that goes in."""
    sizes = [prod(_whole(shape)) for at in question.passed for shape in (at.full, at.output)]
    largest = max(*sizes, *(int(at.layer.count().value()) for at in question.passed))
    device = _meta(torch) if largest > LARGEST_RUN else device
    name = _by(torch, device)
    if largest >= LARGEST_TENSOR:
        return Check(name, "not run", (f"{name} was not asked: the sizes are beyond what a tensor can have",))
    asked = {(at.layer, at.full): i for i, at in reversed(list(enumerate(question.passed)))}
    for i in sorted(asked.values()):  # layers that are alike are asked about once
        at = question.passed[i]
        x = torch.zeros(1, *at.full, device=device)
        if isinstance(at.layer, View):
            module = partial(torch.Tensor.reshape, shape=(1, *_whole(at.output)))
        else:
            module = _built(torch, at.layer, device).eval()
        with torch.no_grad():
            out = module(*_given(torch, at.layer, x))
        theirs = tuple((out[0] if isinstance(out, tuple) else out).shape[1:])
        if _whole(at.output, theirs) != theirs:
            return _differs(name, f" at layer {i + 1}, {at.text}", times(_whole(at.output)), times(theirs))
    many = len(question.passed)
    return _agrees(name, f" on what comes out of {counted(many, 'layer')}" if many > 1 else ", exactly")


def _given(torch: Any, layer: Layer, x: Any) -> tuple[Any, ...]:
    """All that torch's layer takes where x goes in: indices, and inputs besides the first."""
    match layer:
        case Table():
            return (x.long(),)
        case MaxUnpool():
            return x, torch.zeros_like(x, dtype=torch.int64)
        case Bilinear():
            return x, x.new_zeros(*x.shape[:-1], layer.in2_features)
        case MultiheadAttention():
            return x, *(x.new_zeros(*x.shape[:-1], size) for size in (layer.kdim, layer.vdim))
    return (x,)


def _whole(shape: Sequence[int | None], other: Sequence[int] = (1,)) -> tuple[int, ...]:
    """The shape, with the other's channels where they are not known."""
    return tuple(other[0] if n is None else n for n in shape)


def torch_poked(question: Stack, torch: Any, device: torch.device) -> Check:
    """Which cells of the input move the output in the middle, by the gradient."""
    name = _by(torch, device)
    shapes = [shape[1:] for at in question.images for shape in (at.input, at.output)]
    if len(question.images) > MOST_POKED or max(prod(_whole(shape)) for shape in shapes) > LARGEST_POKED:
        return Check(
            name,
            "not run",
            (f"{name} was not asked what an output sees: the maps are too large or too many to be poked",),
        )
    x = torch.zeros(1, 1, *shapes[0], dtype=torch.float64, device=device, requires_grad=True)
    y = x
    for at in question.images:
        y = _alone(torch, at, y)
        if y is None:
            kind = at.layer.kind()
            return Check(
                name, "not run", (f"{name} was not asked what an output sees: {kind} mixes more than neighbours",)
            )
    places = tuple(n // 2 for n in y.shape[2:])
    (moved,) = torch.autograd.grad(y[(0, 0, *places)], x)
    cells = moved[0, 0].nonzero()
    spans = [seen(path, place) for path, place in zip(question.paths, places, strict=True)]
    for axis, span in enumerate(spans):
        ours = span if all(spans) else range(0)
        found = cells[:, axis].tolist()
        theirs = range(min(found), max(found) + 1) if found else range(0)
        if ours != theirs:
            return _differs(name, " in what the output in the middle sees", _said(ours), _said(theirs))
    return Check(
        name, "agrees", (f"{name} agrees on what the output in the middle sees: the cells that its gradient moves",)
    )


def _said(span: range) -> str:
    return f"cells {span.start + 1}–{span.stop}" if span else "no cell"


MOST_POKED = 200
"""Layers that are poked through."""
MODES = {"zeros": "constant"}
"""What torch's functions call a padding mode otherwise than its layers."""


def _alone(torch: Any, at: Passed, x: Any) -> Any:
    """The layer on one channel with every weight 1, so that nothing cancels; None where a channel alone says nothing."""
    functional, layer, axes = torch.nn.functional, at.layer, len(at.input) - 1
    match layer:
        case Conv() | Pool() | LPPool():
            along = [numbers(layer, axis) for axis in range(axes)]
            ones = torch.ones(1, 1, *(int(n["k"]) for n in along), dtype=x.dtype, device=x.device)
            sides = [_sides(at, axis) for axis in reversed(range(axes))]
            mode = layer.padding_mode if isinstance(layer, Conv) else "zeros"
            padded = functional.pad(x, [n for pair in sides for n in pair], MODES.get(mode, mode))
            steps = {
                name: tuple(int(n[letter]) for n in along) for name, letter in (("stride", "s"), ("dilation", "d"))
            }
            return getattr(functional, f"conv{axes}d")(padded, ones, **steps)
        case ConvTranspose():
            ones = torch.ones(1, 1, *layer.kernel_size, dtype=x.dtype, device=x.device)
            names = ("stride", "padding", "output_padding", "dilation")
            options = {name: getattr(layer, name) for name in names}
            return getattr(functional, f"conv_transpose{axes}d")(x, ones, **options)
        case AdaptivePool():
            return getattr(functional, f"adaptive_avg_pool{axes}d")(x, tuple(at.output[1:]))
        case Pad() | Upsampling():
            return _built(torch, layer, x.device)(x)
        case Elementwise() | BatchNorm():
            return x
    return None


def _sides(at: Passed, axis: int) -> tuple[int, int]:
    """The zeros before and after; those that a last window of a pooling reaches over the edge as well."""
    n, out = at.full[axis + 1], at.output[axis + 1]
    assert out is not None
    if at.layer.fields().get("padding") == "same":
        zeros = at.layer.fields()["dilation"][axis] * (at.layer.fields()["kernel_size"][axis] - 1)
        return zeros // 2, zeros - zeros // 2
    own = {name: int(value) for name, value in numbers(at.layer, axis).items()}
    needed = (out - 1) * own["s"] + own["d"] * (own["k"] - 1) + 1 - n - own["p"]
    return own["p"], max(own["p"], needed)
