"""The size of an input that nobody named, found from the first layer of features: the sizes at which it gets as many as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from calc.errors import Impossible, times
from calc.layers.base import Layer, Shape
from calc.layers.linear import Linear
from calc.stretches import Whole, first_where

USUAL = (224, 227, 32, 28, 64, 128, 256, 96, 299, 512, 48, 16, 384, 192, 8)
"""Sizes of images that are usual, the likeliest first."""

FIRST = 32
LARGEST = 4096
"""Cells along an axis: the size that is tried first, and the largest."""

CLOSER = 3
"""Sizes that are guessed from how many features the last one gave, before the way is halved."""


class Fit(NamedTuple):
    """How many features a layer of them gets from an input of some size, and how many it takes.

    It gets 0 where a layer before it is too large for the input.
    """

    receives: int
    takes: int
    layer: str = ""
    shape: Shape = ()
    """The map of which the features are, where it is known."""


class Taken(NamedTuple):
    """The input that is taken, the sizes that would do as well, and at which layer."""

    shape: Shape
    sizes: Whole
    fit: Fit

    @property
    def note(self) -> str:
        """What is said of it."""
        other = "; --input sets another."
        name = f"`{self.fit.layer}`"
        name = f"the layer {name}" if self.fit.layer.rpartition(".")[2].isdigit() else name
        if len(self.shape) == 1:
            return f"Taken as input: {self.shape[0]} features, as {name} takes them{other}"
        split = f" = {'·'.join(map(str, self.fit.shape))}" if self.fit.shape else ""
        receives = f"{name} receives its {self.fit.takes}{split} features{other}"
        if self.sizes.first == self.sizes.last:
            return f"Taken as input: {times(self.shape)}, the size at which {receives}"
        each = " along each axis" if len(self.shape) > 2 else ""
        return f"Taken as input: {times(self.shape)}; at sizes from {self.sizes.first} to {self.sizes.last}{each} {receives}"


def chosen(sizes: Whole) -> int:
    """The likeliest of these sizes: a usual one, else the smallest."""
    last = sizes.first if sizes.last is None else sizes.last
    return next((n for n in USUAL if sizes.first <= n <= last), sizes.first)


def fitting(tried: Callable[[int], Fit | None], axes: int) -> tuple[Whole, Fit] | None:
    """The sizes at which the layer gets what it takes, and the layer at the first size above; None where there are none or any would do.

    `tried` says what an input of some size gives, None where something else is wrong with it. What a layer gets never
    falls as the input grows.
    """
    known: dict[int, Fit] = {}

    def excess(n: int) -> int:
        if n not in known:
            fit = tried(n)
            if fit is None:
                raise LookupError
            known[n] = fit
        return known[n].receives - known[n].takes

    try:
        n = _first(excess, known, axes)
        if n is None or not excess(LARGEST):
            return None
        last = first_where(lambda x: excess(x) > 0, n, LARGEST)
        fewer = first_where(lambda x: x >= n or excess(n - x) < 0, 0, n)
    except LookupError:
        return None
    assert last is not None
    assert fewer is not None
    return Whole(n - fewer + 1, last - 1), known[last]


def _first(excess: Callable[[int], int], known: dict[int, Fit], axes: int) -> int | None:
    """A size that fits, by guesses that come closer."""
    small, large, n = 0, LARGEST + 1, FIRST
    for guesses in range(LARGEST):
        if not excess(n):
            return n
        small, large = (n, large) if excess(n) < 0 else (small, n)
        if large - small < 2:
            return None
        receives, takes = known[n][:2]
        near = round(n * (takes / receives) ** (1 / axes)) if receives and guesses < CLOSER else 2 * n
        n = min(max(near, small + 1), large - 1) if guesses < CLOSER or large > LARGEST else (small + large) // 2
    return None


def first_taken(layers: Sequence[tuple[str, Layer]]) -> tuple[str, int, int] | None:
    """The first layer that says what it takes: how many channels or features, and along how many axes; None if it does not say."""
    for name, layer in layers:
        fields = layer.fields()
        if isinstance(layer, Linear):
            features = fields.get("in_features")
            return (name, features, 0) if features else None
        channels = fields.get("in_channels") or (fields.get("num_features") if layer.axes > 1 else None)
        if channels and layer.axes:
            return name, channels, layer.axes
        if layer.params.free:
            return None
    return None


def of_layers(
    layers: Sequence[tuple[str, Layer | None]], *, flattens: bool = False, given: Shape | None = None
) -> Taken | None:
    """The input of layers that work one after the other; `flattens` if a map may be flattened where nothing says so.

    With an input that was `given` another size of it, with as many channels.
    """
    known = [(name, layer) for name, layer in layers if layer is not None]
    first = first_taken(known[: next((i for i, (_, layer) in enumerate(layers) if layer is None), len(known))])
    if first is not None and given is not None and len(given) > 1:
        first = first[0], given[0], len(given) - 1
    if first is None:
        return None
    name, channels, axes = first
    if not axes:
        return Taken((channels,), Whole(channels, channels), Fit(channels, channels, name))
    found = fitting(lambda n: _tried(layers, (channels, *(n,) * axes), flattens=flattens), axes)
    if found is None:
        return None
    sizes, _ = found
    shape = (channels, *(chosen(sizes),) * axes)
    fit = _tried(layers, shape, flattens=flattens)
    return fit and Taken(shape, sizes, fit)


def _tried(layers: Sequence[tuple[str, Layer | None]], shape: Shape, *, flattens: bool) -> Fit | None:
    """What the first layer of features gets from an input of that shape."""
    takes = next((layer.in_features for _, layer in layers if isinstance(layer, Linear)), 0)
    before: Shape = ()
    for name, layer in layers:
        if layer is None:
            return None
        if isinstance(layer, Linear):
            before, shape = (shape, (prod(shape),)) if flattens and len(shape) > 1 else (before, shape)
            return Fit(shape[0], takes, name, before) if len(shape) == 1 else None
        try:
            out = layer.output_shape(shape)
        except Impossible:
            return Fit(0, takes)
        before = shape if len(out) < len(shape) else before
        shape = out
    return None
