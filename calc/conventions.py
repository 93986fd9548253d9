"""What the numbers of other counters are: the same multiplications by other conventions.

Read off what the tools print for single layers, called in evaluation mode; what was not tried there is not known: torch's FlopCounterMode (2.13), fvcore 0.1.5, torchinfo 1.8,
thop 0.1.1 and ptflops 0.7.5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from calc.derivation import Derivation, Note, Table, Text
from calc.errors import listed
from calc.expr import Num
from calc.layers.activation import ELU, GELU, LeakyReLU, PReLU, ReLU, ReLU6, SiLU, Softmax, Softmax2d, along
from calc.layers.attention import MultiheadAttention
from calc.layers.base import Layer, Shape
from calc.layers.embedding import Table as Lookup
from calc.layers.linear import Bilinear, Linear
from calc.layers.norm import AcrossChannels, BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from calc.layers.pool import AdaptivePool, AvgPool, FractionalMaxPool, LPPool, MaxPool, MaxUnpool
from calc.layers.recurrent import Gated
from calc.layers.transposed import ConvTranspose
from calc.layers.upsample import Upsample, Upsampling

NOT_MODELLED = (Gated, MultiheadAttention, Bilinear, FractionalMaxPool, MaxUnpool)
"""Layers that the tools count each in its own way, some of them otherwise from version to version."""

MOVING = frozenset(
    [
        *("view", "_unsafe_view", "reshape", "_reshape_alias", "_reshape_copy", "permute", "transpose", "t", "expand"),
        *("cat", "stack", "clone", "alias", "detach", "slice", "select", "split", "split_with_sizes", "unbind"),
        *("squeeze", "unsqueeze", "contiguous", "lift_fresh", "narrow", "as_strided", "unfold"),
    ]
)
"""Operations that only move numbers."""

CELL_BY_CELL = frozenset(
    [
        *("add", "add_", "sub", "sub_", "mul", "mul_", "div", "div_", "relu", "relu_", "relu6", "silu", "silu_"),
        *("gelu", "sigmoid", "sigmoid_", "tanh", "tanh_", "leaky_relu", "leaky_relu_", "elu", "elu_", "hardswish"),
        *("hardsigmoid", "hardtanh", "hardtanh_", "mish", "neg", "exp", "_softmax", "_log_softmax", "softplus"),
        *("max_pool2d_with_indices", "avg_pool2d", "native_dropout", "dropout"),
    ]
)
"""Operations of which fvcore counts none."""


class Work(NamedTuple):
    """A layer at work on one input: its multiply-accumulates of weights, and the shapes that go in and come out.

    `layer` is None where there is no rule for it, `macs` where they are unknown. A `plain` layer was called as it is,
    with weights of its own, on one input.
    """

    layer: Layer | None
    macs: int | None
    input: Shape
    output: Shape
    name: str = ""
    plain: bool = True

    @property
    def outputs(self) -> int:
        """The cells that come out."""
        return prod(self.output)

    @property
    def inputs(self) -> int:
        """The cells that go in."""
        return prod(self.input)


class Between(NamedTuple):
    """What a network does besides its layers: the operations by torch's names, and whether activations are multiplied."""

    operations: frozenset[str] = frozenset()
    products: bool = False


ALONE = Between()


def _modelled(work: Work) -> bool:
    """Whether a tool meets a layer whose way to count is known."""
    return work.layer is not None and work.plain and not isinstance(work.layer, NOT_MODELLED)


def _macs(work: Work) -> int | None:
    return work.macs


def _with_biases(work: Work) -> int | None:
    """One more for each output of a layer with a bias."""
    if work.macs == 0 or work.macs is None:
        return work.macs
    if work.layer is None or isinstance(work.layer, NOT_MODELLED):
        return None
    return work.macs + (work.outputs if getattr(work.layer, "bias", False) is True else 0)


def _torch(work: Work) -> int | None:
    """Two for each multiply-accumulate."""
    return 2 * work.macs if work.macs is not None and (not work.macs or _modelled(work)) else None


def _scaled(layer: Layer) -> bool:
    """Whether a normalisation has a scale of its own for each channel or number."""
    return bool(getattr(layer, "affine", getattr(layer, "elementwise_affine", False)))


def _fvcore(work: Work) -> int | None:
    """A normalisation is 1 to 5 a cell, up-sampling of images 1 or 4 an output, adaptive averages of images 1 an input."""
    layer = work.layer
    if work.macs is None or not _modelled(work) or layer is None:
        return None
    image = len(work.output) == 3
    each = 0
    if isinstance(layer, BatchNorm) and layer.track_running_stats:
        each = 1 + _scaled(layer)
    elif isinstance(layer, BatchNorm | InstanceNorm | GroupNorm | LayerNorm):
        each = 4 + _scaled(layer)
    elif isinstance(layer, Upsampling) and image:
        if layer.mode not in ("nearest", "bilinear", "bicubic"):
            return None
        each = {"nearest": 1, "bilinear": 4, "bicubic": 0}[layer.mode]
    elif isinstance(layer, AdaptivePool) and layer.kind() == "AdaptiveAvgPool2d":
        return work.inputs
    elif isinstance(layer, Upsampling) and layer.mode not in ("nearest", "linear", "trilinear"):
        return None
    return work.macs + each * work.outputs


def _torchinfo(work: Work) -> int | None:
    """Parameters times the places of the output; of rows of features only one is counted."""
    layer = work.layer
    if work.macs is None or not _modelled(work) or layer is None:
        return None
    held = int(layer.count().value())
    if isinstance(layer, Linear | BatchNorm):
        return held
    return held * prod(work.output[1:]) if work.macs else held


ENLARGED = {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259, "trilinear": 0}
"""What an output of up-sampling is in thop, by the mode."""


def _thop(work: Work) -> int | None:
    """By the output; some normalisations, averages and up-sampling by the cell, a softmax of n cells is 3n − 1."""
    layer = work.layer
    if work.macs is None or not _modelled(work) or layer is None:
        return None
    match layer:
        case ConvTranspose() if work.inputs:  # as if each output met every weight
            return work.macs * prod(work.output[1:]) // prod(work.input[1:])
        case BatchNorm() | InstanceNorm() | LayerNorm():
            return (2 + 2 * _scaled(layer)) * work.outputs
        case AvgPool() | PReLU():
            return work.outputs
        case AdaptivePool() if "Avg" in layer.kind():
            evenly = all(n % o == 0 for n, o in zip(work.input[1:], work.output[1:], strict=True))
            return work.inputs + work.outputs if evenly else None
        case Upsampling():
            return ENLARGED[layer.mode] * work.outputs if layer.mode in ENLARGED else None
        case Softmax() if layer.dim is None:
            return None
        case Softmax():
            of = (1, *work.output)[along(layer, layer.dim, work.input)]
            return 3 * work.outputs - work.outputs // of
    return work.macs


def _ptflops(work: Work) -> int | None:
    """With biases; some activations, poolings and normalisations are 2 for each cell, others 1, and others none."""
    layer = work.layer
    if not _modelled(work) or layer is None or isinstance(layer, LPPool | AcrossChannels | Lookup):
        return None
    with_biases = _with_biases(work)
    if with_biases is None:
        return None
    each = 0
    if isinstance(layer, BatchNorm | InstanceNorm | GroupNorm):
        each = 1 + _scaled(layer)
    elif isinstance(layer, MaxPool | AvgPool | AdaptivePool | ReLU | ELU | GELU | PReLU):
        each = 2
    elif isinstance(layer, LayerNorm | LeakyReLU | ReLU6 | SiLU | Softmax | Softmax2d):
        each = 1
    elif isinstance(layer, Upsampling):
        if layer.mode not in ENLARGED:
            return None
        return (1 + isinstance(layer, Upsample)) * work.outputs
    return with_biases + each * work.inputs


class Convention(NamedTuple):
    """One way to count: its name, what it counts in words, what a layer adds to it, and who counts so.

    A layer adds None where the way it is counted is not known. A tool that looks at operations outside layers too
    counts `nothing` for these ones, and is not known for others; None is one that looks at layers only.
    """

    name: str
    says: str
    of: Callable[[Work], int | None]
    who: str
    nothing: frozenset[str] | None = None
    products: bool = False
    """Whether it counts products of activations with activations."""


CONVENTIONS: tuple[Convention, ...] = (
    Convention("MACs", "one for each weight and place it is used at", _macs, "here; most papers"),
    Convention("MACs, biases too", "one more for each output of a layer with a bias", _with_biases, "some courses"),
    Convention("FLOPs", "two for each MAC, the multiplication and the addition", _torch, "torch", products=True),
    Convention(
        "flops of fvcore",
        "MACs; 1 to 5 for each cell of a normalisation, 1 or 4 for each output of up-sampling, 1 for each cell that goes into an adaptive average of images",
        _fvcore,
        "fvcore",
        MOVING | CELL_BY_CELL,
        True,
    ),
    Convention(
        "mult-adds",
        "parameters with biases times the places of the output; a transposed convolution by its output",
        _torchinfo,
        "torchinfo",
    ),
    Convention(
        "MACs of thop",
        "a transposed convolution by its output; 2 or 4 for each cell of most normalisations, 1 for each output of an average pooling, some for each output of up-sampling",
        _thop,
        "thop",
    ),
    Convention(
        "MACs of ptflops",
        "biases too; 1 or 2 for each cell that goes into a normalisation, a pooling and most activations",
        _ptflops,
        "ptflops",
        MOVING,
        True,
    ),
)


def counted_by(convention: Convention, works: Sequence[Work], between: Between = ALONE) -> int | None:
    """What the layers add up to by that convention; None where that is not known."""
    if _why_not(convention, works, between):
        return None
    return sum(convention.of(work) or 0 for work in works)


def _why_not(convention: Convention, works: Sequence[Work], between: Between) -> str:
    """What a convention is not known for; empty where it is."""
    names = list(dict.fromkeys(work.name for work in works if convention.of(work) is None))
    outside = sorted(between.operations - convention.nothing) if convention.nothing is not None else []
    parts = [f"{', '.join(names[:3])}{', …' if len(names) > 3 else ''}"] if names else []
    if between.products and convention.products:
        parts.append("products of activations with activations")
    if outside:
        parts.append(f"operations outside layers ({', '.join(outside[:3])}{', …' if len(outside) > 3 else ''})")
    return listed(parts) if parts else ""


def reconciled(works: Sequence[Work], between: Between = ALONE) -> Derivation:
    """The conventions side by side, each with its number for these layers, where that is known."""
    rows: list[tuple[Text, ...]] = []
    notes: list[Note] = []
    for c in CONVENTIONS:
        number, why = counted_by(c, works, between), _why_not(c, works, between)
        rows.append(((c.name,), ("not known",) if number is None else (Num(number),), (c.who,)))
        unknown = f" Not known here: the way to count {why}." if why else ""
        notes.append(Note("why", (f"{c.name}: {c.says}.{unknown}",)))
    end = "The same network has as many numbers as there are conventions: compare those of one name. A transposed convolution has a multiplication for each input cell and weight; by its output it is counted as if the zeros between the cells were multiplied too."
    table = Table((("name",), ("number",), ("as in",)), tuple(rows), (False, True, False))
    return Derivation(("What other counters say",), (table, *notes, Note("convention", (end,))))
