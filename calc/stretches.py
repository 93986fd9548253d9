"""Stretches of whole numbers, found by halving where something holds from one number on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Whole(NamedTuple):
    """The whole numbers from `first` to `last`; without end if `last` is None; none if last < first."""

    first: int
    last: int | None

    @property
    def empty(self) -> bool:
        return self.last is not None and self.last < self.first

    def numbers(self, most: int) -> range:
        """The first of them, so many at most."""
        last = self.first + most - 1
        return range(self.first, (last if self.last is None else min(self.last, last)) + 1)

    def within(self, other: Whole) -> Whole:
        """The numbers in both."""
        ends = [end for end in (self.last, other.last) if end is not None]
        return Whole(max(self.first, other.first), min(ends, default=None))

    def __str__(self) -> str:
        if self.last is None:
            return f"{self.first} or more"
        return str(self.first) if self.first == self.last else f"{self.first}…{self.last}"


def first_where(holds: Callable[[int], bool], low: int, beyond: int) -> int | None:
    """The first number from `low` on for which it holds, which it does from there on; None if not up to `beyond`."""
    if holds(low):
        return low
    step = 1
    while not holds(low + step):
        low += step
        if low > beyond:
            return None
        step *= step if step > 1 else 2
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def stretch(sizes: Callable[[int], int], lowest: int, wanted: Whole, beyond: int) -> Whole:
    """Where a function that goes one way only has its value among those wanted; what does not exist has the value 0."""
    least, most = wanted
    if sizes(lowest) <= sizes(beyond):
        begin = first_where(lambda x: sizes(x) >= least, lowest, beyond)
        end = None if most is None else first_where(lambda x: sizes(x) > most, lowest, beyond)
    else:
        begin = lowest if most is None else first_where(lambda x: sizes(x) <= most, lowest, beyond)
        end = first_where(lambda x: sizes(x) < least, lowest, beyond)
    if begin is None:
        return Whole(lowest, lowest - 1)
    return Whole(begin, None if end is None else end - 1)
