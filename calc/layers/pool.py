"""Pooling layers: the size rule of a convolution with torch's ceil mode (documentation of MaxPool2d, "Shape")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from calc.errors import Impossible, times
from calc.expr import Expr, Num, Number, Op, ceil, floor, symbols
from calc.layers import spans, values
from calc.layers.base import IN, OUT, Layer, Size, meant, scaled
from calc.layers.conv import Conv, Conv2d
from calc.question import Misconception

k, s, p, d, o, f, c = symbols("k s p d o f c")

_HALVED: Mapping[str, Number] = {"in": 28, "k": 2, "s": 2, "p": 0, "d": 1}
_WRONG_SIZES = (
    *("first-window-forgotten", "padding-on-one-side", "padding-ignored", "padding-subtracted", "padding-twice"),
    *("rounded-up", "fraction-kept", "stride-after-plus-one", "kernel-ignored", "size-kept"),
)
"""The wrong rules of convolutions that learners follow for poolings, too."""


class Windows(Layer):
    """What layers share that slide windows over each channel by itself, without weights."""

    kernel_size: Size
    stride: Size
    ceil_mode: bool

    size: ClassVar[Expr] = Conv.size
    ceil_size: ClassVar[Expr] = Op("min", (ceil((IN + 2 * p - d * (k - 1) - 1) / s) + 1, ceil((IN + p) / s)))
    """In ceil mode a last window may hang over, but it must start inside the input or the padding before it."""
    reach = Conv.reach
    jump = Conv.jump
    shift = Conv.shift

    def __post_init__(self) -> None:
        _stride_of_kernel(self)
        super().__post_init__()

    def size_rule(self) -> Expr:
        return self.ceil_size if self.ceil_mode else self.size

    def along(self, axis: int) -> Mapping[str, Number]:
        return {"k": self.kernel_size[axis], "s": self.stride[axis], "p": 0, "d": 1}

    def sees(self, axis: int, size: int, place: int) -> range:
        k, s, p, d = (int(n) for n in self.along(axis).values())
        return spans.taps(place * s - p, d, k, size)

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        sizes = tuple(wrong for wrong in Conv2d.misconceptions() if wrong.name in _WRONG_SIZES)
        return (
            *sizes,
            Misconception(
                "windows-overlap", "size", IN - k + 1, "the windows move by the stride, here the kernel's size", _HALVED
            ),
            Misconception(
                "stride-as-kernel",
                "size",
                floor((IN + 2 * p - k) / k) + 1,
                "the windows move by the stride, not by the kernel's size",
                {**_HALVED, "k": 3},
            ),
            Misconception(
                "pool-has-weights",
                "params",
                (k**cls.axes + 1) * c,
                "a pooling takes the largest or the mean: it has nothing to learn",
                {"k": 2, "c": 32},
            ),
        )

    def described(self) -> str:
        return f"{self.kind()} {times(self.kernel_size)}"


def _stride_of_kernel(layer: Windows | MaxUnpool) -> None:
    """Windows that are said no stride for lie side by side."""
    if layer.stride is None or layer.stride == ():
        object.__setattr__(layer, "stride", layer.kernel_size)


@dataclass(frozen=True)
class Pool(Windows):
    """What pooling layers of 1, 2 and 3 dimensions share."""

    kernel_size: Size
    stride: Size = ()
    padding: Size = (0,)
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for kernel, padding in zip(self.kernel_size, self.padding, strict=True):
            if padding > kernel // 2:
                raise Impossible(
                    f"{self.described()} takes padding of at most half the kernel, {kernel // 2}, not {padding}"
                )

    def along(self, axis: int) -> Mapping[str, Number]:
        return {**super().along(axis), "p": self.padding[axis]}


@dataclass(frozen=True)
class MaxPool(Pool):
    """The largest cell of each window."""

    dilation: Size = (1,)

    signature = ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode")

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

    signature: ClassVar[tuple[str, ...]] = (
        "kernel_size",
        "stride",
        "padding",
        "ceil_mode",
        "count_include_pad",
        "divisor_override",
    )


class AvgPool1d(AvgPool):
    axes = 1
    signature = AvgPool.signature[:-1]


class AvgPool2d(AvgPool):
    axes = 2


class AvgPool3d(AvgPool):
    axes = 3

    def size_along(self, axis: int, size: int) -> int:
        _refuse_small(self, axis, size)
        return super().size_along(axis, size)


def _refuse_small(pool: Windows, axis: int, size: int) -> None:
    """torch's averages in three dimensions take no window that is larger than the input."""
    if size < pool.kernel_size[axis]:
        raise Impossible(
            f"{pool.described()} does not take an input of size {size}: torch wants it as large as the kernel, whatever the padding"
        )


@dataclass(frozen=True)
class LPPool(Windows):
    """The root of the sum of the powers of each window."""

    norm_type: float
    kernel_size: Size
    stride: Size = ()
    ceil_mode: bool = False

    signature = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __post_init__(self) -> None:
        if isinstance(self.kernel_size, tuple | list) and (self.axes == 1 or len(self.kernel_size) != self.axes):
            numbers = "one number" if self.axes == 1 else f"one number or {self.axes}"
            raise Impossible(f"{self.kind()} takes {numbers} for kernel_size, not {values.said(self.kernel_size)}")
        super().__post_init__()
        if not values.number(self.kind(), "norm_type", self.norm_type):
            raise Impossible(f"{self.described()} takes a norm_type that is not 0")


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
    """Windows chosen so that the output has the size that is asked for; None keeps that of the input."""

    output_size: Size | int | None

    size: ClassVar[Expr] = o
    reach = ceil(IN / OUT)
    jump = IN / OUT
    shift = (IN / OUT - 1) / 2
    signature: ClassVar[tuple[str, ...]] = ("output_size",)

    def __post_init__(self) -> None:
        wanted = values.each(self.kind(), "output_size", self.output_size, self.axes, self._one, alone=False)
        self._keep("output_size", wanted)

    def _one(self, wanted: Any) -> int | None:
        free = wanted is None and self.axes > 1 and isinstance(self.output_size, tuple | list)
        return None if free else values.whole(self.kind(), "output_size", wanted, 1)

    def along(self, axis: int) -> Mapping[str, Number | Expr]:
        assert isinstance(self.output_size, tuple)
        wanted = self.output_size[axis]
        return {"o": IN if wanted is None else wanted}

    def sees(self, axis: int, size: int, place: int) -> range:
        out = self.size_along(axis, size)
        return range(place * size // out, -(-(place + 1) * size // out))


class AdaptiveAvgPool1d(AdaptivePool):
    axes = 1


class AdaptiveAvgPool2d(AdaptivePool):
    axes = 2


class AdaptiveAvgPool3d(AdaptivePool):
    axes = 3


class AdaptiveMaxPool(AdaptivePool):
    """The largest cell of each window."""

    signature = ("output_size", "return_indices")


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    axes = 1


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    axes = 2


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    axes = 3


@dataclass(frozen=True)
class FractionalMaxPool(Layer):
    """The largest cell of windows of one size that are spread at random (Graham, "Fractional max-pooling", 2014)."""

    kernel_size: Size
    output_size: Size | None = None
    output_ratio: float | tuple[float, ...] | None = None

    alone = False
    spare: ClassVar[int] = 0
    """Cells that torch wants beyond those that the windows need."""
    reach = k
    jump = (IN - k) / Op("max", (OUT - 1, Num(1)))
    shift = (IN - k) * Op("max", (2 - OUT, Num(0))) + (k - 1) / 2
    """The last window lies at the end of the input, a single one too."""
    signature = ("kernel_size", "output_size", "output_ratio", "return_indices", "_random_samples")

    def __post_init__(self) -> None:
        kind = self.kind()
        super().__post_init__()
        if (self.output_size is None) == (self.output_ratio is None):
            raise Impossible(f"{kind} needs either output_size or output_ratio")
        if self.output_size is not None:
            self._keep("output_size", values.sizes(kind, "output_size", self.output_size, self.axes, 1, alone=False))
        else:
            ratios = values.each(kind, "output_ratio", self.output_ratio, self.axes, self._ratio, alone=False)
            self._keep("output_ratio", ratios)

    def _ratio(self, ratio: Any) -> float:
        if not 0 < values.number(self.kind(), "output_ratio", ratio) < 1:
            raise Impossible(f"{self.kind()} takes an output_ratio between 0 and 1, not {ratio}")
        return float(ratio)

    def size_rule(self) -> Expr:
        return o if self.output_size is not None else floor(IN * f)

    def along(self, axis: int) -> Mapping[str, Number]:
        kernel = self.kernel_size[axis]
        if self.output_size is not None:
            return {"k": kernel, "o": self.output_size[axis]}
        assert isinstance(self.output_ratio, tuple)
        return {"k": kernel, "f": meant(self.output_ratio[axis])}

    def size_along(self, axis: int, size: int) -> int:
        ratio = self.output_ratio
        out = self.some(scaled(size, ratio[axis]), size) if isinstance(ratio, tuple) else super().size_along(axis, size)
        kernel = self.kernel_size[axis]
        if out + kernel - 1 + self.spare > size:
            raise Impossible(
                f"{self.described()} does not make {out} cells of {size}: its windows need {out + kernel - 1 + self.spare}"
            )
        return out

    def sees(self, axis: int, size: int, place: int) -> range:
        """Where its window can lie at all, whatever the random numbers are."""
        kernel, out = self.kernel_size[axis], self.size_along(axis, size)
        last = size - kernel
        if place == out - 1:
            return range(last, size)
        first = place * last // (out - 1)
        return range(first, min(first + (place > 0), last) + kernel)

    def described(self) -> str:
        return f"{self.kind()} {times(self.kernel_size)}"


class FractionalMaxPool2d(FractionalMaxPool):
    axes = 2


class FractionalMaxPool3d(FractionalMaxPool):
    axes = 3
    spare = 1


@dataclass(frozen=True)
class MaxUnpool(Layer):
    """The cells of a max pooling put back where they were the largest, zeros elsewhere."""

    kernel_size: Size
    stride: Size = ()
    padding: Size | int = 0

    alone = False
    size: ClassVar[Expr] = (IN - 1) * s - 2 * p + k
    reach = floor((k - 1) / s) + 1
    jump = 1 / s
    shift = (p - (k - 1) / 2) / s
    signature = ("kernel_size", "stride", "padding")

    def __post_init__(self) -> None:
        _stride_of_kernel(self)
        super().__post_init__()

    def along(self, axis: int) -> Mapping[str, Number]:
        assert isinstance(self.padding, tuple)
        return {"k": self.kernel_size[axis], "s": self.stride[axis], "p": self.padding[axis]}

    def sees(self, axis: int, size: int, place: int) -> range:
        """The cells whose windows hold the place: one of them can have been put there."""
        k, s, p = (int(n) for n in self.along(axis).values())
        return spans.spread(place + p, s, 1, k, size)

    def described(self) -> str:
        return f"{self.kind()} {times(self.kernel_size)}"


class MaxUnpool1d(MaxUnpool):
    axes = 1


class MaxUnpool2d(MaxUnpool):
    axes = 2


class MaxUnpool3d(MaxUnpool):
    axes = 3
