"""Layers as functions of a size along one axis, for going backwards through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import floor, isqrt

from calc.errors import Impossible
from calc.expr import compiled, exact
from calc.layers.base import IN, Layer
from calc.layers.upsample import Upsampling
from calc.stack import Passed
from calc.unfolding import numbers

LARGEST_DIVIDED = 10**12
"""Numbers that are divided into factors."""

Function = Callable[[int, int], int]
"""The output size of a layer, by its input size and the number that is solved for; 0 or less where there is none."""


def size_function(axis: int, built: Sequence[tuple[int, Passed]]) -> Function:
    """A layer's output size along an axis: by its rule where a number of the layer is looked for, else as it gives it."""
    at = built[0][1]
    layer = at.layer
    if layer.size_rule() == IN or layer.fields().get("padding") == "same":
        return lambda n, _: n
    worked, before = compiled(layer.size_rule()), numbers(layer, axis)
    if len(built) == 1:
        if isinstance(layer, Upsampling) or not layer.size_rule().free <= {*before, IN.name}:
            return lambda n, _: _or_nothing(layer, axis, n)
        return lambda n, _: floor(worked({**before, IN.name: n}))
    (x, _), (other, more) = built
    slopes = {name: Fraction(number - before[name]) / (other - x) for name, number in numbers(more.layer, axis).items()}

    def size(n: int, number: int) -> int:
        letters = {name: exact(before[name] + slope * (number - x)) for name, slope in slopes.items()}
        return int(worked({**letters, IN.name: n}))

    return size


def forward(function: Function, n: int) -> int:
    """The output size of a layer without a hole; 0 where there is none."""
    return max(function(n, 0), 0)


def _or_nothing(layer: Layer, axis: int, n: int) -> int:
    """The size that comes out; by the rule alone if the layer does not take this one, 0 or less if it is too small."""
    try:
        return layer.size_along(axis, n)
    except (Impossible, OverflowError):  # beyond what a float holds, where torch scales by one
        return floor(layer.size_rule().put({**layer.along(axis), IN.name: n}).value())


def divisors(number: int) -> Iterator[int]:
    """The divisors of a number; of a very large one itself alone."""
    if number > LARGEST_DIVIDED:
        yield number
        return
    for n in range(1, isqrt(number) + 1):
        if number % n == 0:
            yield from (n, number // n)


def splits(cells: int, axes: int) -> Iterator[tuple[int, ...]]:
    """The sizes along so many axes whose product is that number."""
    if axes == 1:
        yield (cells,)
        return
    for n in sorted(set(divisors(cells))):
        yield from ((n, *rest) for rest in splits(cells // n, axes - 1))
