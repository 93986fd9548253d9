"""Layers that only change the shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from calc.errors import Impossible, times
from calc.layers.base import Layer, Shape, Size, per_axis
from calc.layers.conv import Conv2d


@dataclass(frozen=True)
class Flatten(Layer):
    """All axes from `start_dim` to `end_dim` become one; torch counts the batch as axis 0."""

    start_dim: int = 1
    end_dim: int = -1

    def output_shape(self, shape: Shape) -> Shape:
        batched = (1, *shape)
        start, end = self.start_dim % len(batched), self.end_dim % len(batched)
        return (*batched[:start], prod(batched[start : end + 1]), *batched[end + 1 :])[1:]


@dataclass(frozen=True)
class Unflatten(Layer):
    """One axis becomes several; torch counts the batch as axis 0."""

    dim: int
    unflattened_size: Size

    def output_shape(self, shape: Shape) -> Shape:
        batched = (1, *shape)
        if not -len(batched) <= self.dim < len(batched):
            raise Impossible(f"Unflatten takes axis {self.dim} of an input that has {len(batched)} with its batch")
        axis = self.dim % len(batched)
        sizes = _filled(tuple(self.unflattened_size), batched[axis])
        return (*batched[:axis], *sizes, *batched[axis + 1 :])[1:]


def _filled(sizes: Size, number: int) -> Size:
    """The sizes with the one that is -1 worked out."""
    rest = prod(n for n in sizes if n != -1)
    if sizes.count(-1) > 1 or not rest or number % rest or (-1 not in sizes and rest != number):
        raise Impossible(f"Unflatten makes no {times(sizes)} of {number} cells")
    return tuple(number // rest if n == -1 else n for n in sizes)


@dataclass(frozen=True)
class PixelShuffle(Layer):
    """Channels become cells: (C·r²)×H×W → C×(H·r)×(W·r)."""

    upscale_factor: int

    def output_shape(self, shape: Shape) -> Shape:
        *more, channels, height, width = _with_image(self, shape)
        r = self.upscale_factor
        if channels % (r * r):
            raise Impossible(f"PixelShuffle by {r} takes a multiple of {r * r} channels, not {channels}")
        return (*more, channels // (r * r), height * r, width * r)


@dataclass(frozen=True)
class PixelUnshuffle(Layer):
    """Cells become channels: C×(H·r)×(W·r) → (C·r²)×H×W."""

    downscale_factor: int

    def output_shape(self, shape: Shape) -> Shape:
        *more, channels, height, width = _with_image(self, shape)
        r = self.downscale_factor
        if height % r or width % r:
            raise Impossible(f"PixelUnshuffle by {r} takes sizes that {r} divides, not {height}×{width}")
        return (*more, channels * r * r, height // r, width // r)


def _with_image(layer: Layer, shape: Shape) -> Shape:
    if len(shape) < 3:
        raise Impossible(f"{layer.kind()} takes C×H×W, not {times(shape)}")
    return shape


@dataclass(frozen=True)
class Blocks(Layer):
    """What Unfold and Fold share: windows of an image as columns of numbers; each places them by a convolution's rule."""

    def blocks(self, sizes: Size, kernel: Size, dilation: Size, padding: Size, stride: Size) -> int:
        """How many windows there are."""
        sliding = Conv2d(1, 1, kernel, stride, padding, dilation)
        return prod(sliding.size_along(axis, size) for axis, size in enumerate(sizes))


@dataclass(frozen=True)
class Unfold(Blocks):
    """The windows of an image: C×H×W → (C·k_h·k_w)×L, a column for each."""

    kernel_size: Size
    dilation: Size = ()
    padding: Size = ()
    stride: Size = ()

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise Impossible(f"Unfold takes C×H×W, not {times(shape)}")
        kernel = per_axis(self.kernel_size, 2, 1)
        options = per_axis(self.dilation, 2, 1), per_axis(self.padding, 2, 0), per_axis(self.stride, 2, 1)
        return shape[0] * prod(kernel), self.blocks(shape[1:], kernel, *options)


@dataclass(frozen=True)
class Fold(Blocks):
    """Windows put back, where they overlap added up: (C·k_h·k_w)×L → C×H×W."""

    output_size: Size
    kernel_size: Size
    dilation: Size = ()
    padding: Size = ()
    stride: Size = ()

    def output_shape(self, shape: Shape) -> Shape:
        kernel, wanted = per_axis(self.kernel_size, 2, 1), per_axis(self.output_size, 2, 1)
        options = per_axis(self.dilation, 2, 1), per_axis(self.padding, 2, 0), per_axis(self.stride, 2, 1)
        windows = self.blocks(wanted, kernel, *options)
        if len(shape) != 2 or shape[0] % prod(kernel) or shape[1] != windows:
            raise Impossible(f"Fold to {times(wanted)} takes (C·{prod(kernel)})×{windows}, not {times(shape)}")
        return shape[0] // prod(kernel), *wanted
