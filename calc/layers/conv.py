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
from calc.layers.base import AXES, AXIS_WORDS, IN, Layer, Shape, Size
from calc.question import Misconception

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
        return (*_wrong_params(cls.axes), *_WRONG_SIZES, *_wrong_macs(cls.axes))


def _sizes_in(axes: int) -> tuple[Expr, ...]:
    """h_in, w_in: the input size along each axis."""
    return symbols(" ".join(f"{a}_in" for a in AXES[axes]))


def _example(axes: int) -> dict[str, Number]:
    """The first layer of many a network, for the examples of wrong rules."""
    sides = (
        {f"k_{a}": 5 for a in AXES[axes]} | {f"{a}_in": 32 for a in AXES[axes]} | {f"{a}_out": 28 for a in AXES[axes]}
    )
    return {**sides, "c": 3, "m": 32, "g": 1, "b": 1, "s": 1, "d": 1}


def _wrong_params(axes: int) -> tuple[Misconception, ...]:
    """What learners count instead of (k_h·k_w·c + 1)·m."""
    kernel, maps, image = product(taps(axes)), product(outputs(axes)), product(_sizes_in(axes))
    spread = product(tuple(d * (tap - 1) + 1 for tap in taps(axes)))
    layer = _example(axes)
    grouped, strided, dilated = layer | {"c": 16, "g": 4}, layer | {"s": 2}, layer | {"d": 2}

    def wrong(name: str, rule: Expr, why: str, example: Mapping[str, Number] = layer) -> Misconception:
        return Misconception(name, "params", rule, why, example)

    by_axes = (
        wrong(
            "kernel-sides-added",
            (total(taps(axes)) + b) * m,
            "the weights of a kernel are the product of its sides, not their sum, for each input channel",
        ),
        wrong(
            "kernel-side-once",
            (taps(axes)[0] * (c / g) + b) * m,
            "a kernel has height times width weights for each input channel, not one side",
        ),
    )
    return (
        wrong(
            "groups-ignored",
            (kernel * c + b) * m,
            "in groups each filter sees the channels of its group alone",
            grouped,
        ),
        wrong(
            "groups-twice",
            kernel * (c / g) * (m / g) + b * m,
            "the groups part what a filter sees, not the number of filters",
            grouped,
        ),
        wrong(
            "input-channels-forgotten",
            (kernel + b) * m,
            "each kernel is as deep as its input: the input channels are missing",
        ),
        wrong("bias-forgotten", kernel * (c / g) * m, "the biases are missing: one per filter"),
        wrong(
            "channels-and-biases-forgotten",
            kernel * m,
            "each kernel is as deep as its input and has a bias: both are missing",
        ),
        wrong("bias-per-input-channel", (c / g) * (kernel + b) * m, "one bias per filter, not one per input channel"),
        wrong(
            "biases-of-input-channels",
            kernel * (c / g) * m + c * b,
            "there are as many biases as filters, not as input channels",
        ),
        wrong(
            "one-bias-for-the-layer",
            kernel * (c / g) * m + b,
            "each filter has a bias of its own, not one for the layer",
        ),
        wrong(
            "bias-twice",
            (kernel * (c / g) + b) * m + b * m,
            "the bias stands in the bracket already: it is counted twice",
        ),
        wrong("bias-per-weight", 2 * kernel * (c / g) * m, "a filter has one bias, not one for each weight"),
        wrong(
            "bias-per-output",
            kernel * (c / g) * m + b * maps * m,
            "a filter has one bias, the same at every place of its map",
        ),
        *(by_axes if axes > 1 else ()),
        wrong(
            "channels-added",
            (kernel + c / g + b) * m,
            "a kernel has its weights for each input channel: multiply, not add",
        ),
        wrong("channels-swapped", (kernel * m + b) * c, "input and output channels are swapped: one bias per filter"),
        wrong(
            "weights-per-output",
            (kernel * (c / g) + b) * m * maps,
            "the weights are shared: a filter is the same at every place of the map",
        ),
        wrong("image-for-kernel", image * (c / g) * m + b * m, "a filter has the size of its kernel, not of the image"),
        wrong(
            "as-fully-connected",
            image * c * maps * m,
            "an output looks at the cells under its kernel, and all share the weights",
        ),
        wrong("one-filter", kernel * (c / g) + b, "that is one filter: there are as many as output channels"),
        wrong(
            "stride-in-params",
            floor((kernel * (c / g) + b) * m / s),
            "the stride changes the size of the map, not the weights",
            strided,
        ),
        wrong(
            "dilated-kernel-counted",
            (spread * (c / g) + b) * m,
            "a dilated kernel covers more cells but has no more weights",
            dilated,
        ),
    )


_SIZE: Mapping[str, Number] = {"in": 32, "k": 5, "s": 1, "p": 2, "d": 1}
_STRIDED: Mapping[str, Number] = {"in": 64, "k": 3, "s": 2, "p": 0, "d": 1}
_DILATED: Mapping[str, Number] = {"in": 64, "k": 3, "s": 1, "p": 2, "d": 2}
_COVERED = d * (k - 1) + 1


_UNPADDED: Mapping[str, Number] = {"p": 0}
_DENSE: Mapping[str, Number] = {"d": 1}


def _size(
    name: str, rule: Expr, why: str, example: Mapping[str, Number] = _SIZE, silent: Mapping[str, Number] = {}
) -> Misconception:
    return Misconception(name, "size", rule, why, example, silent)


_WRONG_SIZES = (
    _size("first-window-forgotten", floor((IN + 2 * p - _COVERED) / s), "the first window counts too: + 1 is missing"),
    _size(
        "padding-on-one-side", floor((IN + p - _COVERED) / s) + 1, "padding is added on both sides", silent=_UNPADDED
    ),
    _size("padding-subtracted", floor((IN - 2 * p - _COVERED) / s) + 1, "padding enlarges the input", silent=_UNPADDED),
    _size("padding-ignored", floor((IN - _COVERED) / s) + 1, "the padding is left out", silent=_UNPADDED),
    _size(
        "padding-twice",
        floor((IN + 4 * p - _COVERED) / s) + 1,
        "the padding is added twice to each side",
        silent=_UNPADDED,
    ),
    _size("stride-ignored", IN + 2 * p - _COVERED + 1, "the stride is left out: the kernel moves by s", _STRIDED),
    _size(
        "stride-after-plus-one",
        floor((IN + 2 * p - _COVERED + 1) / s),
        "the stride divides the steps, then the first window is added",
        {**_STRIDED, "s": 3},
    ),
    _size(
        "rounded-up",
        ceil((IN + 2 * p - _COVERED) / s) + 1,
        "a last window that does not fit is left out: round down",
        _STRIDED,
    ),
    _size(
        "rounded-to-nearest",
        floor((IN + 2 * p - _COVERED) / s + Fraction(3, 2)),
        "a last window that does not fit is left out: round down, not to the nearest",
        _STRIDED,
    ),
    _size("fraction-kept", (IN + 2 * p - _COVERED) / s + 1, "there is no part of a window: round down", _STRIDED),
    _size(
        "kernel-ignored",
        floor(IN / s),
        "the kernel and the padding count too, not the stride alone",
        {**_STRIDED, "p": 1, "k": 5},
    ),
    _size(
        "kernel-lost-on-each-side",
        IN - 2 * (_COVERED - 1),
        "a kernel of k takes k − 1 cells in all, half of them on each side",
        {**_SIZE, "p": 0},
    ),
    _size("size-kept", IN, "the size changes: “same” holds it at stride 1 alone", _STRIDED),
    _size(
        "dilation-ignored",
        floor((IN + 2 * p - k) / s) + 1,
        "a dilated kernel covers d·(k − 1) + 1 cells",
        _DILATED,
        _DENSE,
    ),
    _size(
        "dilation-times-kernel",
        floor((IN + 2 * p - k * d) / s) + 1,
        "a dilated kernel covers d·(k − 1) + 1 cells, not k·d",
        _DILATED,
        _DENSE,
    ),
    _size(
        "dilation-of-gaps",
        floor((IN + 2 * p - k * (d - 1) - 1) / s) + 1,
        "a dilated kernel covers d·(k − 1) + 1 cells, not k·(d − 1) + 1",
        _DILATED,
        _DENSE,
    ),
)
"""What learners work out instead of ⌊(in + 2p − d·(k − 1) − 1)/s⌋ + 1, along one axis."""


def _wrong_macs(axes: int) -> tuple[Misconception, ...]:
    """What learners count instead of h_out·w_out·m·c·k_h·k_w."""
    kernel, maps, image = product(taps(axes)), product(outputs(axes)), product(_sizes_in(axes))
    layer = _example(axes)
    return (
        Misconception(
            "input-channels-forgotten-in-macs",
            "macs",
            maps * m * kernel,
            "each output sums over all input channels",
            layer,
        ),
        Misconception(
            "output-channels-forgotten-in-macs",
            "macs",
            maps * (c / g) * kernel,
            "every filter makes a map of its own",
            layer,
        ),
        Misconception(
            "input-size-in-macs",
            "macs",
            image * m * (c / g) * kernel,
            "the kernel is laid on once for each output, not for each input cell",
            layer,
        ),
        Misconception(
            "flops-for-macs",
            "macs",
            2 * maps * m * (c / g) * kernel,
            "a MAC is a multiplication with its addition: those are 2 FLOPs",
            layer,
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
