"""Transposed convolution layers: the adjoint of a convolution, which enlarges.

The size rule is that of torch's documentation (ConvTranspose2d, "Shape"); Dumoulin & Visin, "A guide to convolution
arithmetic for deep learning" (2016), relationship 14, gives it without dilation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible
from calc.expr import Expr, Number, floor, product, symbols
from calc.layers import spans, values
from calc.layers.base import AXES, IN, Shape, Size, inputs, taps
from calc.layers.conv import Kernels
from calc.layers.wrong_convs import wrong_params
from calc.question import Misconception

k, s, p, d, o, c, m, g, b = symbols("k s p d o c m g b")


def _params(axes: int) -> Expr:
    return product((*taps(axes), c, m / g)) + m * b


def _macs(axes: int) -> Expr:
    return product((*inputs(axes), c, m / g, *taps(axes)))


@dataclass(frozen=True)
class ConvTranspose(Kernels):
    """What transposed convolutions of 1, 2 and 3 dimensions share; fields as torch's constructor has them."""

    in_channels: int
    out_channels: int
    kernel_size: Size
    stride: Size = (1,)
    padding: Size = (0,)
    output_padding: Size = (0,)
    groups: int = 1
    bias: bool = True
    dilation: Size = (1,)
    padding_mode: str = "zeros"

    size: ClassVar[Expr] = (IN - 1) * s - 2 * p + d * (k - 1) + o + 1

    reach = floor(d * (k - 1) / s) + 1
    jump = 1 / s
    shift = (p - d * (k - 1) / 2) / s
    signature: ClassVar[tuple[str, ...]] = (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "output_padding",
        "groups",
        "bias",
        "dilation",
        "padding_mode",
        "device",
        "dtype",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.padding_mode != "zeros":
            raise Impossible(f"{self.kind()} takes zeros for padding_mode, not {values.said(self.padding_mode)}")

    def along(self, axis: int) -> Mapping[str, Number]:
        return {
            "k": self.kernel_size[axis],
            "s": self.stride[axis],
            "p": self.padding[axis],
            "d": self.dilation[axis],
            "o": self.output_padding[axis],
        }

    def tensors(self) -> dict[str, Shape]:
        weight = self.in_channels, self.out_channels // self.groups, *self.kernel_size
        return {**super().tensors(), "weight": weight}

    def size_along(self, axis: int, size: int) -> int:
        more, most = self.output_padding[axis], max(self.stride[axis], self.dilation[axis])
        if more >= most:
            raise Impossible(
                f"{self.described()} has output padding {more}: it is below the stride or the dilation, {most}"
            )
        return super().size_along(axis, size)

    def sees(self, axis: int, size: int, place: int) -> range:
        k, s, p, d = (int(self.along(axis)[letter]) for letter in "kspd")
        return spans.spread(place + p, s, d, k, size)

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        axes = cls.axes
        kernel, maps = product(taps(axes)), product(inputs(axes))
        layer: dict[str, Number] = {**{f"k_{a}": 4 for a in AXES[axes]}, "c": 64, "m": 32, "g": 1, "b": 1}
        whole = layer | {f"{a}_in": 7 for a in AXES[axes]}
        size: dict[str, Number] = {"in": 7, "k": 4, "s": 2, "p": 1, "d": 1, "o": 0}
        unpadded: dict[str, Number] = {"p": 0}
        return (
            *wrong_params(axes),
            Misconception(
                "padding-ignored",
                "size",
                (IN - 1) * s + d * (k - 1) + o + 1,
                "the padding is cut off the output",
                size,
                unpadded,
                {"p": 0},
            ),
            Misconception(
                "padding-added",
                "size",
                (IN - 1) * s + 2 * p + d * (k - 1) + o + 1,
                "padding shrinks what comes out",
                size,
                unpadded,
                {"p": -p},
            ),
            Misconception(
                "stride-between-n",
                "size",
                IN * s - 2 * p + d * (k - 1) + o + 1,
                "between n cells are n − 1 strides",
                size,
            ),
            Misconception(
                "padding-on-one-side",
                "size",
                (IN - 1) * s - p + d * (k - 1) + o + 1,
                "padding is cut off both sides",
                size,
                unpadded,
                {"p": p / 2},
            ),
            Misconception(
                "stride-ignored",
                "size",
                IN - 2 * p + d * (k - 1) + o,
                "the stride sets the stamps apart",
                size,
                {"s": 1},
                {"s": 1},
            ),
            Misconception(
                "input-times-stride", "size", IN * s, "the kernel and the padding count too", size | {"k": 3}
            ),
            Misconception(
                "output-padding-ignored",
                "size",
                (IN - 1) * s - 2 * p + d * (k - 1) + 1,
                "the output padding is left out",
                size | {"o": 1},
                {"o": 0},
                {"o": 0},
            ),
            Misconception(
                "dilation-ignored",
                "size",
                (IN - 1) * s - 2 * p + k + o,
                "a dilated kernel covers d·(k − 1) + 1",
                size | {"d": 2},
                {"d": 1},
                {"d": 1},
            ),
            Misconception(
                "as-convolution",
                "size",
                floor((IN + 2 * p - d * (k - 1) - 1) / s) + 1,
                "that is the rule of a convolution, which goes the other way",
                size,
            ),
            Misconception(
                "input-channels-forgotten-in-macs",
                "macs",
                maps * (m / g) * kernel,
                "each output channel is fed by all input channels",
                whole,
            ),
            Misconception(
                "output-channels-forgotten-in-macs",
                "macs",
                maps * c * kernel,
                "every output channel has kernels of its own",
                whole,
            ),
        )


class ConvTranspose1d(ConvTranspose):
    """A transposed convolution along one axis: C×L → M×L_out."""

    axes = 1
    params = _params(1)
    macs = _macs(1)


class ConvTranspose2d(ConvTranspose):
    """A transposed convolution over an image: C×H×W → M×H_out×W_out."""

    axes = 2
    params = _params(2)
    macs = _macs(2)


class ConvTranspose3d(ConvTranspose):
    """A transposed convolution over a volume: C×D×H×W → M×D_out×H_out×W_out."""

    axes = 3
    params = _params(3)
    macs = _macs(3)
