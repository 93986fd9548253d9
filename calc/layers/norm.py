"""Normalisation layers: numbers are brought to mean 0 and variance 1, then a learned scale and shift is put on them.

The running mean and variance of a batch normalisation are statistics, not parameters: nothing is learned in them. Keras
counts them as non-trainable parameters, torch as buffers. Shapes and parameters are those of torch's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from calc.errors import Impossible, times
from calc.expr import Expr, Num, Number, Op, product, symbols
from calc.layers import values
from calc.layers.base import Layer, Shape, Size, Whole
from calc.question import Misconception

c, i, h, w = symbols("c i h_in w_in")

STATISTICS = ("running_mean", "running_var")
"""The buffers of what has been learned about each channel."""

_OF_CHANNELS = ("num_features", "eps", "momentum", "affine", "track_running_stats", "device", "dtype", "bias")


@dataclass(frozen=True)
class ChannelNorm(Layer):
    """What layers share that have a scale and a shift for each channel."""

    num_features: int
    eps: float = 1e-5
    affine: bool = True
    track_running_stats: bool = True
    bias: bool = True

    meaning: ClassVar[Mapping[str, str]] = {"c": "channels"}
    params = 2 * c

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.eps <= 0:
            raise Impossible(f"{self.kind()} takes an eps above 0, not {self.eps}")

    def letters(self) -> Mapping[str, Number]:
        return {"c": self.num_features}

    def reach_rule(self) -> Expr:
        """One cell where mean and variance have been learned, else all."""
        return self.reach if self.track_running_stats else Whole.reach

    def jump_rule(self) -> Expr:
        return self.jump if self.track_running_stats else Whole.jump

    def shift_rule(self) -> Expr:
        return self.shift if self.track_running_stats else Whole.shift

    def count(self) -> Expr:
        return _scale_and_shift(super().count(), scale=self.affine, shift=self.bias)

    def tensors(self) -> dict[str, Shape]:
        return _scale_and_shift_of((self.num_features,), scale=self.affine, shift=self.bias)

    def buffers(self) -> dict[str, Shape]:
        if not self.track_running_stats:
            return {}
        return {**dict.fromkeys(STATISTICS, (self.num_features,)), "num_batches_tracked": ()}

    def fields(self) -> dict[str, Any]:
        """Its torch constructor arguments; before 2.13 torch knew no bias by itself."""
        return {name: value for name, value in super().fields().items() if name != "bias" or _says_bias(self)}

    def output_shape(self, shape: Shape) -> Shape:
        if self.axes and len(shape) not in self.taken():
            raise Impossible(f"{self.kind()} takes {' or '.join(FORMS[n] for n in self.taken())}, not {times(shape)}")
        if not shape:
            raise Impossible(f"{self.kind()} takes an input with channels, not a single number")
        if shape[0] != self.num_features and (self.affine or self.track_running_stats):
            raise Impossible(f"{self.kind()} expects {self.num_features} channels but receives {shape[0]}")
        return shape

    def taken(self) -> tuple[int, ...]:
        """How many axes its input can have, with that of the channels."""
        return (self.axes + 1,)


def _says_bias(layer: ChannelNorm | GroupNorm) -> bool:
    return layer.affine and not layer.bias


def _scale_and_shift(both: Expr, *, scale: bool, shift: bool) -> Expr:
    """The parameters of a layer that may have a scale and with it a shift."""
    if not scale or shift:
        return both if scale else Num(0)
    return product(both.args[1:]) if isinstance(both, Op) and both.args[0] == Num(2) else (both / 2).reduce_once()


def _scale_and_shift_of(shape: Shape, *, scale: bool, shift: bool) -> dict[str, Shape]:
    """Their tensors."""
    return dict.fromkeys(("weight", "bias") if shift else ("weight",), shape) if scale else {}


FORMS = {1: "C", 2: "C×L", 3: "C×H×W", 4: "C×D×H×W"}


@dataclass(frozen=True)
class BatchNorm(ChannelNorm):
    """Each channel over the whole batch; once it has learned, each number by itself."""

    signature: ClassVar[tuple[str, ...]] = _OF_CHANNELS

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        return (
            Misconception(
                "statistics-counted",
                "params",
                4 * c,
                "the running mean and variance are statistics, nothing is learned in them",
                {"c": 64},
            ),
            Misconception(
                "normalised-cell-by-cell",
                "params",
                2 * c * h * w,
                "a channel has one scale and one shift for all its cells",
                {"c": 64, "h_in": 8, "w_in": 8},
            ),
            Misconception("one-parameter-per-channel", "params", c, "each channel has a scale and a shift", {"c": 64}),
            Misconception(
                "one-scale-for-all", "params", Num(2), "each channel has a scale and a shift of its own", {"c": 64}
            ),
            Misconception(
                "norm-without-parameters",
                "params",
                Num(0),
                "a scale and a shift are learned for each channel",
                {"c": 64},
            ),
        )


class BatchNorm1d(BatchNorm):
    axes = 1

    def taken(self) -> tuple[int, ...]:
        return 1, 2

    def with_batch(self, shape: Shape) -> bool:
        return len(shape) == 3 or (len(shape) == 2 and shape[0] != self.num_features == shape[1])


class BatchNorm2d(BatchNorm):
    axes = 2


class BatchNorm3d(BatchNorm):
    axes = 3


class SyncBatchNorm(BatchNorm):
    """Batch normalisation over the batches of several devices."""

    signature = (*_OF_CHANNELS[:5], "process_group", *_OF_CHANNELS[5:])


@dataclass(frozen=True)
class InstanceNorm(ChannelNorm):
    """Each channel of each image by itself, over all its cells."""

    affine: bool = False
    track_running_stats: bool = False

    signature: ClassVar[tuple[str, ...]] = _OF_CHANNELS

    def output_shape(self, shape: Shape) -> Shape:
        if prod(shape[1:]) == 1 and len(shape) in self.taken() and not self.track_running_stats:
            raise Impossible(f"{self.kind()} takes channels of more than one cell, not {times(shape)}: each would be 0")
        return super().output_shape(shape)


class InstanceNorm1d(InstanceNorm):
    axes = 1


class InstanceNorm2d(InstanceNorm):
    axes = 2


class InstanceNorm3d(InstanceNorm):
    axes = 3


@dataclass(frozen=True)
class GroupNorm(Whole):
    """Groups of channels of each image by themselves, over all their cells."""

    num_groups: int
    num_channels: int
    affine: bool = True
    bias: bool = True

    meaning: ClassVar[Mapping[str, str]] = {"c": "channels"}
    params = 2 * c
    signature = ("num_groups", "num_channels", "eps", "affine", "device", "dtype", "bias")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_channels % self.num_groups:
            raise Impossible(
                f"GroupNorm cannot part {self.num_channels} num_channels into {self.num_groups} num_groups"
            )

    def letters(self) -> Mapping[str, Number]:
        return {"c": self.num_channels}

    def count(self) -> Expr:
        return _scale_and_shift(super().count(), scale=self.affine, shift=self.bias)

    def tensors(self) -> dict[str, Shape]:
        return _scale_and_shift_of((self.num_channels,), scale=self.affine, shift=self.bias)

    def fields(self) -> dict[str, Any]:
        """Its torch constructor arguments; before 2.13 torch knew no bias by itself."""
        return {name: value for name, value in super().fields().items() if name != "bias" or _says_bias(self)}

    def output_shape(self, shape: Shape) -> Shape:
        if not shape or (shape[0] != self.num_channels and self.affine) or shape[0] % self.num_groups:
            raise Impossible(
                f"GroupNorm expects {self.num_channels} channels but receives {times(shape[:1]) or 'none'}"
            )
        return shape


@dataclass(frozen=True)
class NormOfLast(Whole):
    """What layers share that bring the last axes together to a scale, of each number with one of its own."""

    normalized_shape: Size | int
    elementwise_affine: bool = True

    learned: ClassVar[int] = 1
    meaning: ClassVar[Mapping[str, str]] = {"i": "numbers that are normalised together"}
    params: ClassVar[Expr] = i

    def __post_init__(self) -> None:
        super().__post_init__()
        kind, given = self.kind(), self.normalized_shape
        sizes = tuple(given) if isinstance(given, tuple | list) else (given,)
        self._keep("normalized_shape", values.wholes(kind, "normalized_shape", sizes, 1))
        if not sizes:
            raise Impossible(f"{kind} needs at least one size for normalized_shape")

    def letters(self) -> Mapping[str, Number]:
        assert isinstance(self.normalized_shape, tuple)
        return {"i": prod(self.normalized_shape)}

    def output_shape(self, shape: Shape) -> Shape:
        last = self.normalized_shape
        assert isinstance(last, tuple)
        if shape[-len(last) :] != last:
            raise Impossible(f"{self.kind()} expects {times(last)} as the last sizes but receives {times(shape)}")
        return shape


@dataclass(frozen=True)
class LayerNorm(NormOfLast):
    """The numbers of the last axes together: mean and variance, then a scale and a shift for each."""

    bias: bool = True

    params = 2 * i
    signature = ("normalized_shape", "eps", "elementwise_affine", "bias", "device", "dtype")

    def count(self) -> Expr:
        return _scale_and_shift(super().count(), scale=self.elementwise_affine, shift=self.bias)

    def tensors(self) -> dict[str, Shape]:
        assert isinstance(self.normalized_shape, tuple)
        return _scale_and_shift_of(self.normalized_shape, scale=self.elementwise_affine, shift=self.bias)


@dataclass(frozen=True)
class RMSNorm(NormOfLast):
    """The numbers of the last axes together: the root of the mean square, then a scale for each."""

    signature = ("normalized_shape", "eps", "elementwise_affine", "device", "dtype")

    def count(self) -> Expr:
        return _scale_and_shift(super().count(), scale=self.elementwise_affine, shift=True)

    def tensors(self) -> dict[str, Shape]:
        assert isinstance(self.normalized_shape, tuple)
        return _scale_and_shift_of(self.normalized_shape, scale=self.elementwise_affine, shift=False)


@dataclass(frozen=True)
class AcrossChannels(Layer):
    """What layers share that divide each number by its neighbours in a window of channels, which torch calls size."""

    window: int

    renamed: ClassVar[Mapping[str, str]] = {"size": "window"}
    signature = ("size", "alpha", "beta", "k")

    def __post_init__(self) -> None:
        super().__post_init__()
        values.whole(self.kind(), "size", self.window, 1)


class LocalResponseNorm(AcrossChannels):
    """x / (k + α·mean of the squares around)ᵝ"""

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) < 2:
            raise Impossible(f"LocalResponseNorm takes channels with cells, not {times(shape)}")
        return shape


class CrossMapLRN2d(AcrossChannels):
    """The same over images only, as Caffe has it."""

    axes = 2

    def out_channels_from(self, channels: int) -> int:
        return channels
