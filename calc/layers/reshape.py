"""Layers that only change the shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from calc.errors import Impossible, times
from calc.expr import Expr, Number, symbols
from calc.layers import values
from calc.layers.base import IN, Layer, Shape, Size, Whole
from calc.layers.conv import Conv, Conv2d

r = symbols("r")[0]


@dataclass(frozen=True)
class Flatten(Whole):
    """All axes from `start_dim` to `end_dim` become one; torch counts the batch as axis 0."""

    start_dim: int = 1
    end_dim: int = -1

    signature = ("start_dim", "end_dim")

    def __post_init__(self) -> None:
        for name in self.signature:
            values.whole("Flatten", name, getattr(self, name))

    def output_shape(self, shape: Shape) -> Shape:
        batched = (1, *shape)
        start, end = (_axis(self, dim, batched) for dim in (self.start_dim, self.end_dim))
        if start > end:
            raise Impossible(f"Flatten takes axes from the first to the last, not from {start} to {end}")
        if not start and end:
            raise Impossible("Flatten from axis 0 puts the batch into what it flattens: start at axis 1")
        return (*batched[:start], prod(batched[start : end + 1]), *batched[end + 1 :])[1:]


@dataclass(frozen=True)
class Unflatten(Whole):
    """One axis becomes several; torch counts the batch as axis 0."""

    dim: int
    unflattened_size: Size

    signature = ("dim", "unflattened_size")

    def __post_init__(self) -> None:
        values.whole("Unflatten", "dim", self.dim)
        if not isinstance(self.unflattened_size, tuple | list) or not self.unflattened_size:
            raise Impossible(
                f"Unflatten takes several sizes for unflattened_size, not {values.said(self.unflattened_size)}"
            )
        self._keep("unflattened_size", values.wholes("Unflatten", "unflattened_size", self.unflattened_size, -1))

    def output_shape(self, shape: Shape) -> Shape:
        batched = (1, *shape)
        axis = _axis(self, self.dim, batched)
        if not axis:
            raise Impossible("Unflatten takes an axis of the input, not the batch, which is axis 0")
        sizes = _filled(self.unflattened_size, batched[axis])
        return (*batched[:axis], *sizes, *batched[axis + 1 :])[1:]


def _axis(layer: Layer, dim: int, batched: Shape) -> int:
    """The axis that `dim` is, where a negative one is counted from the last."""
    if not -len(batched) <= dim < len(batched):
        raise Impossible(f"{layer.kind()} takes axis {dim} of an input that has {len(batched)} with its batch")
    return dim % len(batched)


@dataclass(frozen=True)
class View(Whole):
    """The same numbers in the same order in another shape: x.view(…), x.reshape(…), which torch has as no layer.

    A size of -1 is what is left. As in a network's forward, a first -1 or 1 is the batch where the others hold it all.
    """

    sizes: Size

    signature = ("sizes",)

    def __post_init__(self) -> None:
        given = self.sizes if isinstance(self.sizes, tuple | list) else (self.sizes,)
        self._keep("sizes", values.wholes("reshape", "its sizes", given, -1))

    def described(self) -> str:
        return "reshape"

    def output_shape(self, shape: Shape) -> Shape:
        first, *rest = self.sizes
        if rest and first in (-1, 1) and -1 not in rest and prod(rest) == prod(shape):
            return tuple(rest)
        return _filled(self.sizes, prod(shape), "reshape")


def _filled(sizes: Size, number: int, kind: str = "Unflatten") -> Size:
    """The sizes with the one that is -1 worked out."""
    rest = prod(n for n in sizes if n != -1)
    if sizes.count(-1) > 1 or not rest or number % rest or (-1 not in sizes and rest != number):
        raise Impossible(f"{kind} makes no {times(sizes)} of {number} cells")
    return tuple(number // rest if n == -1 else n for n in sizes)


class Pixels(Layer):
    """What PixelShuffle and PixelUnshuffle share: r×r cells of one channel are the cells of r·r channels."""

    axes = 2

    @property
    def factor(self) -> int:
        """r"""
        (factor,) = self.fields().values()
        return int(factor)

    def along(self, axis: int) -> Mapping[str, Number]:  # noqa: ARG002
        return {"r": self.factor}

    def sized(self, shape: Shape) -> Shape:
        """The last two sizes of the output."""
        if len(shape) < 3:
            raise Impossible(f"{self.kind()} takes C×H×W, not {times(shape)}")
        return tuple(self.size_along(axis, size) for axis, size in enumerate(shape[-2:]))


@dataclass(frozen=True)
class PixelShuffle(Pixels):
    """Channels become cells: (C·r²)×H×W → C×(H·r)×(W·r)."""

    upscale_factor: int

    size: ClassVar[Expr] = IN * r
    jump = 1 / r
    shift = (1 / r - 1) / 2
    signature = ("upscale_factor",)

    def output_shape(self, shape: Shape) -> Shape:
        sizes, cells = self.sized(shape), self.factor**2
        channels = shape[-3]
        if channels % cells:
            raise Impossible(f"PixelShuffle by {self.factor} takes a multiple of {cells} channels, not {channels}")
        return (*shape[:-3], channels // cells, *sizes)

    def sees(self, axis: int, size: int, place: int) -> range:  # noqa: ARG002
        return range(place // self.factor, place // self.factor + 1)


@dataclass(frozen=True)
class PixelUnshuffle(Pixels):
    """Cells become channels: C×(H·r)×(W·r) → (C·r²)×H×W."""

    downscale_factor: int

    size: ClassVar[Expr] = IN / r
    reach = r
    jump = r
    shift = (r - 1) / 2
    signature = ("downscale_factor",)

    def output_shape(self, shape: Shape) -> Shape:
        sizes = self.sized(shape)
        return (*shape[:-3], shape[-3] * self.factor**2, *sizes)

    def size_along(self, axis: int, size: int) -> int:
        if size % self.factor:
            raise Impossible(f"PixelUnshuffle by {self.factor} takes sizes that {self.factor} divides, not {size}")
        return super().size_along(axis, size)


@dataclass(frozen=True)
class ChannelShuffle(Layer):
    """Groups of channels dealt out in turn, as cards are."""

    groups: int

    signature = ("groups",)

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) < 2 or shape[0] % self.groups:
            raise Impossible(
                f"ChannelShuffle takes a multiple of {self.groups} channels with cells, not {times(shape)}"
            )
        return shape


class Blocks(Whole):
    """What Unfold and Fold share: windows of an image as columns of numbers, placed by a convolution's rule."""

    kernel_size: Size
    dilation: Size
    padding: Size
    stride: Size

    axes = 2
    alone = False

    def along(self, axis: int) -> Mapping[str, Number]:
        return self._sliding.along(axis)

    @property
    def _sliding(self) -> Conv2d:
        return Conv2d(1, 1, self.kernel_size, self.stride, self.padding, self.dilation)

    def blocks(self, sizes: Size) -> int:
        """How many windows an image has."""
        return prod(self._sliding.size_along(axis, size) for axis, size in enumerate(sizes))


@dataclass(frozen=True)
class Unfold(Blocks):
    """The windows of an image: C×H×W → (C·k_h·k_w)×L, a column for each."""

    kernel_size: Size
    dilation: Size = (1, 1)
    padding: Size = (0, 0)
    stride: Size = (1, 1)

    size: ClassVar[Expr] = Conv.size
    signature = ("kernel_size", "dilation", "padding", "stride")

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise Impossible(f"Unfold takes C×H×W, not {times(shape)}")
        return shape[0] * prod(self.kernel_size), self.blocks(shape[1:])


@dataclass(frozen=True)
class Fold(Blocks):
    """Windows put back, where they overlap added up: (C·k_h·k_w)×L → C×H×W."""

    output_size: Size
    kernel_size: Size
    dilation: Size = (1, 1)
    padding: Size = (0, 0)
    stride: Size = (1, 1)

    signature = ("output_size", "kernel_size", "dilation", "padding", "stride")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("output_size", values.sizes("Fold", "output_size", self.output_size, 2, 1, alone=False))

    def output_shape(self, shape: Shape) -> Shape:
        cells, windows = prod(self.kernel_size), self.blocks(self.output_size)
        if len(shape) != 2 or shape[0] % cells or shape[1] != windows:
            raise Impossible(f"Fold to {times(self.output_size)} takes (C·{cells})×{windows}, not {times(shape)}")
        return shape[0] // cells, *self.output_size

    def with_batch(self, shape: Shape) -> bool:
        return len(shape) == 3
