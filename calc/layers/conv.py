"""Convolution layers.

The size rule is that of torch's documentation (Conv2d, "Shape"), which Dumoulin & Visin, "A guide to convolution
arithmetic for deep learning" (2016), relationship 15, gives with the dilated kernel d·(k − 1) + 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from calc.errors import Impossible, times
from calc.expr import Expr, Number, ceil, exact, floor, product, symbols, total
from calc.layers import spans, values
from calc.layers.base import IN, Layer, Shape, Size
from calc.question import Misconception

AXES = {1: ("l",), 2: ("h", "w"), 3: ("d", "h", "w")}
"""The letters of the axes of 1-, 2- and 3-dimensional layers: length; height, width; depth, height, width."""

k, s, p, d, c, m, g, b = symbols("k s p d c m g b")


def taps(axes: int) -> tuple[Expr, ...]:
    """k_h, k_w: the kernel size along each axis."""
    return symbols(" ".join(f"k_{a}" for a in AXES[axes]))


def outputs(axes: int) -> tuple[Expr, ...]:
    """h_out, w_out: the output size along each axis."""
    return symbols(" ".join(f"{a}_out" for a in AXES[axes]))


def _params(axes: int) -> Expr:
    return (product((*taps(axes), c / g)) + b) * m


def _macs(axes: int) -> Expr:
    return product((*outputs(axes), m, c / g, *taps(axes)))


class Kernels(Layer):
    """What layers of kernels share that go from channels to channels; the fields are those of their classes."""

    in_channels: int
    out_channels: int
    kernel_size: Size
    groups: int
    bias: bool

    def __post_init__(self) -> None:
        self._keep("kernel_size", values.sizes(self.kind(), "kernel_size", self.kernel_size, self.axes, 1, alone=False))
        super().__post_init__()
        for name in ("in_channels", "out_channels"):
            channels = getattr(self, name)
            if channels % self.groups:
                raise Impossible(f"{self.described()} cannot part {channels} {name} into {self.groups} groups")

    def letters(self) -> Mapping[str, Number]:
        kernel = {f"k_{a}": size for a, size in zip(AXES[self.axes], self.kernel_size, strict=True)}
        return {**kernel, "c": self.in_channels, "m": self.out_channels, "g": self.groups, "b": int(self.bias)}

    def out_channels_from(self, channels: int) -> int:
        if channels != self.in_channels:
            raise Impossible(f"{self.described()} expects {self.in_channels} channels but receives {channels}")
        return self.out_channels

    def tensors(self) -> dict[str, Shape]:
        weight = self.out_channels, self.in_channels // self.groups, *self.kernel_size
        return {"weight": weight} | ({"bias": (self.out_channels,)} if self.bias else {})

    def described(self) -> str:
        return f"{self.kind()} {times(self.kernel_size)}"


@dataclass(frozen=True)
class Conv(Kernels):
    """What convolutions of 1, 2 and 3 dimensions share; fields as torch's constructor has them."""

    in_channels: int
    out_channels: int
    kernel_size: Size
    stride: Size = (1,)
    padding: Size | str = (0,)
    dilation: Size = (1,)
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"

    room: ClassVar[Expr] = IN + 2 * p - d * (k - 1) - 1
    """How far the first window can move."""
    size: ClassVar[Expr] = floor(room / s) + 1
    reach: ClassVar[Expr] = d * (k - 1) + 1
    """The cells from the first to the last that a window covers."""

    jump = s
    shift = (reach - 1) / 2 - p
    signature: ClassVar[tuple[str, ...]] = (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "bias",
        "padding_mode",
        "device",
        "dtype",
    )

    def __post_init__(self) -> None:
        kind, padding = self.kind(), self.padding
        if isinstance(padding, str):
            values.word(kind, "padding", padding, ("valid", "same"))
            self._keep("padding", 0)
        super().__post_init__()
        values.word(kind, "padding_mode", self.padding_mode, ("zeros", "reflect", "replicate", "circular"))
        if padding == "same":
            if self.stride != (1,) * self.axes:
                raise Impossible(
                    f"{self.described()} takes padding “same” with stride 1 only, not {times(self.stride)}"
                )
            self._keep("padding", padding)

    def along(self, axis: int) -> Mapping[str, Number]:
        kernel, gap = self.kernel_size[axis], self.dilation[axis]
        padding = exact(Fraction(gap * (kernel - 1), 2)) if isinstance(self.padding, str) else self.padding[axis]
        return {"k": kernel, "s": self.stride[axis], "p": padding, "d": gap}

    def shift_rule(self) -> Expr:
        return (self.reach - 1) / 2 - floor(p) if self.padding == "same" else self.shift

    def size_along(self, axis: int, size: int) -> int:
        out = super().size_along(axis, size)
        widest = math.ceil(self.along(axis)["p"])
        if self.padding_mode == "reflect" and widest >= size:
            raise Impossible(f"{self.described()} cannot reflect {widest} cells of {size}: at most {size - 1}")
        if self.padding_mode == "circular" and widest > size:
            raise Impossible(f"{self.described()} cannot wrap {widest} cells of {size} around: at most {size}")
        return out

    def sees(self, axis: int, size: int, place: int) -> range:
        k, s, p, d = (int(n) for n in self.along(axis).values())
        if self.padding_mode == "zeros":
            return spans.taps(place * s - p, d, k, size)
        return spans.around(place * s - p, d, k, size, self.padding_mode)

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        axes = cls.axes
        kernel, maps = product(taps(axes)), product(outputs(axes))
        layer: dict[str, Number] = {**{f"k_{a}": 5 for a in AXES[axes]}, "c": 3, "m": 32, "g": 1, "b": 1}
        whole = layer | {f"{a}_out": 28 for a in AXES[axes]}
        size: dict[str, Number] = {"in": 32, "k": 5, "s": 1, "p": 2, "d": 1}
        strided: dict[str, Number] = {"in": 64, "k": 3, "s": 2, "p": 0, "d": 1}
        dilated: dict[str, Number] = {"in": 64, "k": 3, "s": 1, "p": 2, "d": 2}
        dilated_kernel = d * (k - 1) + 1
        return (
            Misconception(
                "params", (kernel + b) * m, "each kernel is as deep as its input: the input channels are missing", layer
            ),
            Misconception(
                "params", (c / g) * (kernel + b) * m, "one bias per filter, not one per input channel", layer
            ),
            Misconception("params", kernel * (c / g) * m, "the biases are missing: one per filter", layer),
            Misconception(
                "params", kernel * (c / g) * m + b, "each filter has a bias of its own, not one for the layer", layer
            ),
            Misconception(
                "params",
                (total(taps(axes)) + b) * m,
                "the weights of a kernel are the product of its sides, not their sum, for each input channel",
                layer,
            )
            if axes > 1
            else Misconception(
                "params",
                (kernel + c / g + b) * m,
                "a kernel has a weight for each input channel: multiply, not add",
                layer,
            ),
            Misconception(
                "params", (kernel * m + b) * c, "input and output channels are swapped: one bias per filter", layer
            ),
            Misconception(
                "params",
                (kernel * (c / g) + b) * m * maps,
                "the weights are shared: a filter is the same at every place of the map",
                whole,
            ),
            Misconception(
                "size", floor((IN + 2 * p - dilated_kernel) / s), "the first window counts too: + 1 is missing", size
            ),
            Misconception("size", floor((IN + p - dilated_kernel) / s) + 1, "padding is added on both sides", size),
            Misconception("size", floor((IN - 2 * p - dilated_kernel) / s) + 1, "padding enlarges the input", size),
            Misconception("size", floor((IN - dilated_kernel) / s) + 1, "the padding is left out", size),
            Misconception(
                "size", IN + 2 * p - dilated_kernel + 1, "the stride is left out: the kernel moves by s", strided
            ),
            Misconception(
                "size",
                floor((IN + 2 * p - dilated_kernel + 1) / s),
                "the stride divides the steps, then the first window is added",
                strided | {"s": 3},
            ),
            Misconception(
                "size",
                ceil((IN + 2 * p - dilated_kernel) / s) + 1,
                "a last window that does not fit is left out: round down",
                strided,
            ),
            Misconception(
                "size", floor((IN + 2 * p - k) / s) + 1, "a dilated kernel covers d·(k − 1) + 1 cells", dilated
            ),
            Misconception(
                "size",
                floor((IN + 2 * p - k * d) / s) + 1,
                "a dilated kernel covers d·(k − 1) + 1 cells, not k·d",
                dilated,
            ),
            Misconception(
                "macs", product((*outputs(axes), m, *taps(axes))), "each output sums over all input channels", whole
            ),
            Misconception(
                "macs", product((*outputs(axes), c / g, *taps(axes))), "every filter makes a map of its own", whole
            ),
        )


class Conv1d(Conv):
    """A convolution along one axis: C×L → M×L_out."""

    axes = 1
    params = _params(1)
    macs = _macs(1)


class Conv2d(Conv):
    """A convolution over an image: C×H×W → M×H_out×W_out."""

    axes = 2
    params = _params(2)
    macs = _macs(2)


class Conv3d(Conv):
    """A convolution over a volume: C×D×H×W → M×D_out×H_out×W_out."""

    axes = 3
    params = _params(3)
    macs = _macs(3)
