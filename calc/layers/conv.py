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
from calc.expr import Expr, Number, exact, floor, product, symbols
from calc.layers import spans, values
from calc.layers.base import AXES, AXIS_WORDS, IN, Layer, Shape, Size, outputs, taps
from calc.layers.wrong_convs import WRONG_SIZES, wrong_macs, wrong_params
from calc.question import Misconception

k, s, p, d, c, m, g, b = symbols("k s p d c m g b")


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

    meaning: ClassVar[Mapping[str, str]] = {
        **{f"k_{letter}": f"kernel {word}" for letter, word in AXIS_WORDS.items()},
        "c": "channels of the input",
        "m": "filters",
        "g": "groups of channels",
        "b": "bias of each filter",
    }

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
        return (*wrong_params(cls.axes), *WRONG_SIZES, *wrong_macs(cls.axes))


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
