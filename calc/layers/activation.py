"""Layers that work on each number by itself, or pass it on: the shape stays, and but for PReLU there are no weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible, times
from calc.expr import Number, symbols
from calc.layers import values
from calc.layers.base import Layer, Shape

c = symbols("c")[0]


@dataclass(frozen=True)
class Elementwise(Layer):
    """What they share: everything is in the base."""


class Identity(Elementwise):
    """x"""


class ReLU(Elementwise):
    """max(0, x)"""

    signature = ("inplace",)


class ReLU6(Elementwise):
    """min(max(0, x), 6)"""

    signature = ("inplace",)


class LeakyReLU(Elementwise):
    """x where positive, else a small multiple of x"""

    signature = ("negative_slope", "inplace")


class ELU(Elementwise):
    """x where positive, else α·(eˣ − 1)"""

    signature = ("alpha", "inplace")


class SELU(Elementwise):
    """ELU, scaled so that mean 0 and variance 1 stay"""

    signature = ("inplace",)


@dataclass(frozen=True)
class CELU(Elementwise):
    """max(0, x) + min(0, α·(e^(x/α) − 1))"""

    alpha: float = 1.0

    signature = ("alpha", "inplace")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.alpha:
            raise Impossible("CELU takes an alpha that is not 0")


@dataclass(frozen=True)
class GELU(Elementwise):
    """x·Φ(x)"""

    approximate: str = "none"

    signature = ("approximate",)

    def __post_init__(self) -> None:
        values.word("GELU", "approximate", self.approximate, ("none", "tanh"))


class SiLU(Elementwise):
    """x·sigmoid(x)"""

    signature = ("inplace",)


class Mish(Elementwise):
    """x·tanh(softplus(x))"""

    signature = ("inplace",)


class Sigmoid(Elementwise):
    """1/(1 + e⁻ˣ)"""


class LogSigmoid(Elementwise):
    """the logarithm of sigmoid"""


class Hardsigmoid(Elementwise):
    """min(max(0, x + 3), 6)/6"""

    signature = ("inplace",)


class Hardswish(Elementwise):
    """x·hardsigmoid(x)"""

    signature = ("inplace",)


class Tanh(Elementwise):
    """tanh x"""


@dataclass(frozen=True)
class Hardtanh(Elementwise):
    """x, cut off below and above"""

    min_val: float = -1.0
    max_val: float = 1.0

    signature = ("min_val", "max_val", "inplace", "min_value", "max_value")

    def __post_init__(self) -> None:
        least, most = (values.number("Hardtanh", name, getattr(self, name)) for name in ("min_val", "max_val"))
        if least >= most:
            raise Impossible(f"Hardtanh takes a min_val below max_val, not {least} and {most}")


class Softplus(Elementwise):
    """log(1 + e^(β·x))/β"""

    signature = ("beta", "threshold")


class Softsign(Elementwise):
    """x/(1 + |x|)"""


class Tanhshrink(Elementwise):
    """x − tanh x"""


class Hardshrink(Elementwise):
    """x where it is far enough from 0, else 0"""

    signature = ("lambd",)


@dataclass(frozen=True)
class Softshrink(Elementwise):
    """x moved towards 0 by λ, and 0 where it would pass it"""

    lambd: float = 0.5

    signature = ("lambd",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lambd < 0:
            raise Impossible(f"Softshrink takes a lambd of at least 0, not {self.lambd}")


@dataclass(frozen=True)
class Threshold(Elementwise):
    """x where it is above the threshold, else a value"""

    threshold: float
    value: float

    signature = ("threshold", "value", "inplace")


@dataclass(frozen=True)
class RReLU(Elementwise):
    """x where positive, else a multiple of x that is random while training"""

    lower: float = 1 / 8
    upper: float = 1 / 3

    signature = ("lower", "upper", "inplace")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lower > self.upper:
            raise Impossible(f"RReLU takes a lower that is not above upper, not {self.lower} and {self.upper}")


@dataclass(frozen=True)
class PReLU(Elementwise):
    """x where positive, else a multiple of x that is learned: one number, or one for each channel"""

    num_parameters: int = 1

    meaning: ClassVar[Mapping[str, str]] = {"c": "slopes that are learned"}
    params = c
    signature = ("num_parameters", "init", "device", "dtype")

    def letters(self) -> Mapping[str, Number]:
        return {"c": self.num_parameters}

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.num_parameters,)}

    def output_shape(self, shape: Shape) -> Shape:
        channels = shape[0] if shape else 1
        if self.num_parameters not in (1, channels):
            raise Impossible(f"PReLU expects {self.num_parameters} channels but receives {channels}")
        return shape


@dataclass(frozen=True)
class AlongAxis(Layer):
    """What layers share that bring the numbers along one axis together; torch counts the batch as axis 0."""

    dim: int | None = None

    signature = ("dim",)

    def __post_init__(self) -> None:
        if self.dim is not None:
            values.whole(self.kind(), "dim", self.dim)

    def output_shape(self, shape: Shape) -> Shape:
        along(self, self.dim, shape)
        return shape

    def sees(self, axis: int, size: int, place: int) -> range:
        """The whole axis if it is the one; for one counted from the last, which may be any, as well."""
        return range(size) if self.dim in (None, axis + 2) or self.dim < 0 else super().sees(axis, size, place)


def along(layer: Layer, dim: int | None, shape: Shape) -> int:
    """The axis of the input with its batch that `dim` is."""
    axes = len(shape) + 1
    if dim is not None and not -axes <= dim < axes:
        raise Impossible(f"{layer.kind()} takes axis {dim} of an input that has {axes} with its batch")
    return (dim or 0) % axes


class Softmax(AlongAxis):
    """eˣ divided by the sum of all eˣ"""


class Softmin(AlongAxis):
    """softmax of −x"""


class LogSoftmax(AlongAxis):
    """the logarithm of softmax"""


class Softmax2d(Layer):
    """softmax over the channels, at each place of an image"""

    axes = 2


@dataclass(frozen=True)
class GLU(Layer):
    """The first half of an axis times the sigmoid of the second; torch counts the batch as axis 0."""

    dim: int = -1

    signature = ("dim",)

    def __post_init__(self) -> None:
        values.whole("GLU", "dim", self.dim)

    def output_shape(self, shape: Shape) -> Shape:
        axis = along(self, self.dim, shape) - 1
        if axis < 0:
            raise Impossible("GLU takes an axis of the input, not the batch, which is axis 0")
        if shape[axis] % 2:
            raise Impossible(f"GLU halves an axis: {times(shape)} has {shape[axis]} along axis {axis + 1}")
        return *shape[:axis], shape[axis] // 2, *shape[axis + 1 :]

    def sees(self, axis: int, size: int, place: int) -> range:
        """The place and the one half an axis on; for an axis counted from the last, which may be any, as well."""
        halved = self.dim < 0 or self.dim == axis + 2
        return range(place, place + size // 2 + 1) if halved else super().sees(axis, size, place)


@dataclass(frozen=True)
class Dropping(Elementwise):
    """What layers share that put 0 for some of their numbers while training, each with probability p."""

    p: float = 0.5

    signature = ("p", "inplace")

    def __post_init__(self) -> None:
        if not 0 <= values.number(self.kind(), "p", self.p) <= 1:
            raise Impossible(f"{self.kind()} takes a p from 0 to 1, not {self.p}")


class Dropout(Dropping):
    """x, or 0 at random while training"""


class Dropout1d(Dropping):
    """x, or a whole channel 0 at random while training"""

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) not in (1, 2):
            raise Impossible(f"Dropout1d takes C×L, not {times(shape)}")
        return shape


class Dropout2d(Dropping):
    """x, or a whole channel 0 at random while training"""


class Dropout3d(Dropping):
    """x, or a whole channel 0 at random while training"""


class AlphaDropout(Dropping):
    """x, or SELU's lowest value at random while training"""


class FeatureAlphaDropout(Dropping):
    """x, or a whole channel SELU's lowest value at random while training"""
