"""Pooling layers: the size rule of a convolution with torch's ceil mode (documentation of MaxPool2d, "Shape")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from calc.errors import Impossible, times
from calc.expr import Expr, Number, Op, ceil, symbols
from calc.layers.base import IN, Layer, Shape, Size, per_axis
from calc.layers.conv import Conv

k, s, p, d = symbols("k s p d")


@dataclass(frozen=True)
class Pool(Layer):
    """What pooling layers of 1, 2 and 3 dimensions share: windows over each channel by itself, no weights."""

    kernel_size: Size
    stride: Size = ()
    padding: Size = ()
    ceil_mode: bool = False

    size: ClassVar[Expr] = Conv.size
    ceil_size: ClassVar[Expr] = Op("min", (ceil((IN + 2 * p - d * (k - 1) - 1) / s) + 1, ceil((IN + p) / s)))
    """In ceil mode a last window may hang over, but it must start inside the input or the padding before it."""

    def __post_init__(self) -> None:
        kernel = per_axis(self.kernel_size, self.axes, 1)
        object.__setattr__(self, "kernel_size", kernel)
        object.__setattr__(self, "stride", per_axis(self.stride or kernel, self.axes, 1))
        object.__setattr__(self, "padding", per_axis(self.padding, self.axes, 0))

    def size_rule(self) -> Expr:
        return self.ceil_size if self.ceil_mode else self.size

    def along(self, axis: int) -> Mapping[str, Number]:
        return {"k": self.kernel_size[axis], "s": self.stride[axis], "p": self.padding[axis], "d": 1}

    def described(self) -> str:
        return f"{self.kind()} {times(self.kernel_size)}"


@dataclass(frozen=True)
class MaxPool(Pool):
    """The largest cell of each window."""

    dilation: Size = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "dilation", per_axis(self.dilation, self.axes, 1))

    def along(self, axis: int) -> Mapping[str, Number]:
        return {**super().along(axis), "d": self.dilation[axis]}


class MaxPool1d(MaxPool):
    axes = 1


class MaxPool2d(MaxPool):
    axes = 2


class MaxPool3d(MaxPool):
    axes = 3


@dataclass(frozen=True)
class AvgPool(Pool):
    """The mean of each window."""

    count_include_pad: bool = True


class AvgPool1d(AvgPool):
    axes = 1


class AvgPool2d(AvgPool):
    axes = 2


class AvgPool3d(AvgPool):
    axes = 3

    def size_along(self, axis: int, size: int) -> int:
        _refuse_small(self, axis, size)
        return super().size_along(axis, size)


def _refuse_small(pool: Pool | LPPool, axis: int, size: int) -> None:
    """torch's averages in three dimensions take no window that is larger than the input."""
    if size < pool.kernel_size[axis]:
        raise Impossible(
            f"{pool.described()} does not take an input of size {size}: torch wants it as large as the kernel, whatever the padding"
        )


@dataclass(frozen=True)
class LPPool(Layer):
    """The root of the sum of the powers of each window."""

    norm_type: float
    kernel_size: Size
    stride: Size = ()
    ceil_mode: bool = False

    size: ClassVar[Expr] = Pool.size

    def __post_init__(self) -> None:
        kernel = per_axis(self.kernel_size, self.axes, 1)
        object.__setattr__(self, "kernel_size", kernel)
        object.__setattr__(self, "stride", per_axis(self.stride or kernel, self.axes, 1))

    def size_rule(self) -> Expr:
        return Pool.ceil_size if self.ceil_mode else self.size

    def along(self, axis: int) -> Mapping[str, Number]:
        return {"k": self.kernel_size[axis], "s": self.stride[axis], "p": 0, "d": 1}

    def described(self) -> str:
        return f"{self.kind()} {times(self.kernel_size)}"


class LPPool1d(LPPool):
    axes = 1

    def fields(self) -> dict[str, Any]:
        """Its torch constructor arguments; of its windows torch takes plain numbers only."""
        return {**super().fields(), "kernel_size": self.kernel_size[0], "stride": self.stride[0]}


class LPPool2d(LPPool):
    axes = 2


class LPPool3d(LPPool):
    axes = 3

    def size_along(self, axis: int, size: int) -> int:
        _refuse_small(self, axis, size)
        return super().size_along(axis, size)


@dataclass(frozen=True)
class AdaptivePool(Layer):
    """Windows chosen so that the output has the size that is asked for."""

    output_size: Size | int | None

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != self.axes + 1:
            raise Impossible(f"{self.kind()} takes {self.axes + 1} axes, channels first, not {times(shape)}")
        wanted = self.output_size if isinstance(self.output_size, tuple) else (self.output_size,) * self.axes
        return shape[0], *(own if size is None else size for own, size in zip(shape[1:], wanted, strict=True))


class AdaptiveAvgPool1d(AdaptivePool):
    axes = 1


class AdaptiveAvgPool2d(AdaptivePool):
    axes = 2


class AdaptiveAvgPool3d(AdaptivePool):
    axes = 3


class AdaptiveMaxPool1d(AdaptivePool):
    axes = 1


class AdaptiveMaxPool2d(AdaptivePool):
    axes = 2


class AdaptiveMaxPool3d(AdaptivePool):
    axes = 3
