"""Layers that take their channels or features from the first input they meet; torch builds their weights only then."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from calc.errors import Impossible
from calc.expr import Number
from calc.layers import conv, linear, norm, transposed
from calc.layers.base import Layer, Shape


class Lazy(Layer):
    """What they share: the name of what the input says, and where it is in its shape."""

    def for_input(self, shape: Shape) -> Layer:
        if not shape:
            raise Impossible(f"{self.kind()} takes an input with channels, not a single number")
        (taken,) = (f.name for f in dataclasses.fields(self) if not f.init)
        size = shape[-1] if taken == "in_features" else shape[0]
        known: type[Layer] = next(c for c in type(self).__mro__ if c.__name__ == self.kind().removeprefix("Lazy"))
        return known.of({**self.fields(), taken: size})

    def letters(self) -> Mapping[str, Number]:
        """Those of its formulas but c, its channels, or i, its features."""
        return {name: n for name, n in super().letters().items() if name not in ("c", "i")}

    def tensors(self) -> dict[str, Shape]:
        """None before it has met an input."""
        return {}

    def buffers(self) -> dict[str, Shape]:
        """None before it has met an input."""
        return {}

    def output_shape(self, shape: Shape) -> Shape:
        return self.for_input(shape).output_shape(shape)


@dataclass(frozen=True)
class LazyConv1d(Lazy, conv.Conv1d):
    """Conv1d with the channels of its input."""

    in_channels: int = dataclasses.field(default=0, init=False)

    signature = conv.Conv.signature[1:]


@dataclass(frozen=True)
class LazyConv2d(Lazy, conv.Conv2d):
    """Conv2d with the channels of its input."""

    in_channels: int = dataclasses.field(default=0, init=False)

    signature = conv.Conv.signature[1:]


@dataclass(frozen=True)
class LazyConv3d(Lazy, conv.Conv3d):
    """Conv3d with the channels of its input."""

    in_channels: int = dataclasses.field(default=0, init=False)

    signature = conv.Conv.signature[1:]


@dataclass(frozen=True)
class LazyConvTranspose1d(Lazy, transposed.ConvTranspose1d):
    """ConvTranspose1d with the channels of its input."""

    in_channels: int = dataclasses.field(default=0, init=False)

    signature = transposed.ConvTranspose.signature[1:]


@dataclass(frozen=True)
class LazyConvTranspose2d(Lazy, transposed.ConvTranspose2d):
    """ConvTranspose2d with the channels of its input."""

    in_channels: int = dataclasses.field(default=0, init=False)

    signature = transposed.ConvTranspose.signature[1:]


@dataclass(frozen=True)
class LazyConvTranspose3d(Lazy, transposed.ConvTranspose3d):
    """ConvTranspose3d with the channels of its input."""

    in_channels: int = dataclasses.field(default=0, init=False)

    signature = transposed.ConvTranspose.signature[1:]


@dataclass(frozen=True)
class LazyLinear(Lazy, linear.Linear):
    """Linear with the features of its input."""

    in_features: int = dataclasses.field(default=0, init=False)

    signature = linear.Linear.signature[1:]


@dataclass(frozen=True)
class LazyBatchNorm1d(Lazy, norm.BatchNorm1d):
    """BatchNorm1d with the channels of its input."""

    num_features: int = dataclasses.field(default=0, init=False)

    signature = norm.BatchNorm.signature[1:]


@dataclass(frozen=True)
class LazyBatchNorm2d(Lazy, norm.BatchNorm2d):
    """BatchNorm2d with the channels of its input."""

    num_features: int = dataclasses.field(default=0, init=False)

    signature = norm.BatchNorm.signature[1:]


@dataclass(frozen=True)
class LazyBatchNorm3d(Lazy, norm.BatchNorm3d):
    """BatchNorm3d with the channels of its input."""

    num_features: int = dataclasses.field(default=0, init=False)

    signature = norm.BatchNorm.signature[1:]


@dataclass(frozen=True)
class LazyInstanceNorm1d(Lazy, norm.InstanceNorm1d):
    """InstanceNorm1d with the channels of its input."""

    num_features: int = dataclasses.field(default=0, init=False)
    affine: bool = True
    track_running_stats: bool = True

    signature = norm.InstanceNorm.signature[1:]


@dataclass(frozen=True)
class LazyInstanceNorm2d(Lazy, norm.InstanceNorm2d):
    """InstanceNorm2d with the channels of its input."""

    num_features: int = dataclasses.field(default=0, init=False)
    affine: bool = True
    track_running_stats: bool = True

    signature = norm.InstanceNorm.signature[1:]


@dataclass(frozen=True)
class LazyInstanceNorm3d(Lazy, norm.InstanceNorm3d):
    """InstanceNorm3d with the channels of its input."""

    num_features: int = dataclasses.field(default=0, init=False)
    affine: bool = True
    track_running_stats: bool = True

    signature = norm.InstanceNorm.signature[1:]
