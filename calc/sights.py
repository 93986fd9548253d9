"""What each cell of an axis sees of an axis of the input, as the span from the first cell to the last.

Cells that follow one another see spans that repeat: cell i + period sees what cell i sees, `step` cells further on. So
an axis is as long as one likes and has no borders, as in the theory of receptive fields. Where cells do not repeat they
are listed one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import inf, lcm
from typing import NamedTuple

Bound = float
"""The number of a cell; ∞ as the first and −∞ as the last where nothing is seen."""

MOST = 4096
"""Cells that are listed one by one, or go by until spans repeat."""
LARGEST = 1 << 16
"""The same where several axes become one."""


class Sight(NamedTuple):
    """The first and the last input cell that each cell sees, for one period; `step` is None where all are listed."""

    first: tuple[Bound, ...]
    last: tuple[Bound, ...]
    step: int | None

    def at(self, cell: int) -> tuple[Bound, Bound]:
        """The span of one cell; nothing is seen from outside a list."""
        if self.step is None:
            return (self.first[cell], self.last[cell]) if 0 <= cell < len(self.first) else NOTHING
        periods, cell = divmod(cell, len(self.first))
        return self.first[cell] + periods * self.step, self.last[cell] + periods * self.step

    def listed(self, cells: int, limit: int | None = None) -> Sight:
        """The same for so many cells one by one; with a limit, of so many cells of the input."""
        return Sight(*_parted([_within(self.at(i), limit) for i in range(cells)]), None)

    def moved(self, first: Bound, last: Bound) -> Sight:
        """The same with every first cell and every last cell further on."""
        if first == 0 == last:
            return self
        return self._replace(first=tuple(n + first for n in self.first), last=tuple(n + last for n in self.last))


class Pattern(NamedTuple):
    """Of which cells along an axis each output cell is made: that at q·outs + r of q·ins + the cells taps[r].

    With `ins` None there are only as many outputs as there are taps.
    """

    outs: int
    ins: int | None
    taps: tuple[range, ...]

    def of(self, place: int) -> range:
        """The cells that the output at a place is made of."""
        periods, place = divmod(place, self.outs)
        taps, on = self.taps[place], periods * (self.ins or 0)
        return range(taps.start + on, taps.stop + on, taps.step)


NOTHING = (inf, -inf)
EACH = Sight((0,), (0,), 1)
"""Each cell sees itself."""
ONE = Sight((0,), (0,), 0)
"""All see the same."""


@lru_cache(4096)
def through(sight: Sight, pattern: Pattern, cells: int) -> Sight | None:
    """What the `cells` outputs see that are made of cells by a pattern; None if they are too many to list."""
    if sight.step is None or pattern.ins is None:
        return _listed(cells, lambda i: _union(sight, pattern.of(i)))
    length = len(sight.first)
    common = lcm(pattern.ins, length) if pattern.ins else 0
    period = common // pattern.ins * pattern.outs if pattern.ins else pattern.outs
    if period > MOST:
        return _listed(cells, lambda i: _union(sight, pattern.of(i)))
    spans = [_union(sight, pattern.of(i)) for i in range(period)]
    return Sight(*_parted(spans), common // length * sight.step)


def _union(sight: Sight, cells: Sequence[int]) -> tuple[Bound, Bound]:
    """What some cells in a row see together."""
    ends = len(sight.first)
    if sight.step is not None and sight.step >= 0 and len(cells) > 2 * ends:
        cells = [*cells[:ends], *cells[-ends:]]  # the others lie between
    spans = [sight.at(cell) for cell in cells]
    return min((a for a, _ in spans), default=inf), max((b for _, b in spans), default=-inf)


def _parted(spans: Sequence[tuple[Bound, Bound]]) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    return tuple(a for a, _ in spans), tuple(b for _, b in spans)


def _listed(cells: int, span: Callable[[int], tuple[Bound, Bound]]) -> Sight | None:
    return Sight(*_parted([span(i) for i in range(cells)]), None) if cells <= MOST else None


def _within(span: tuple[Bound, Bound], limit: int | None) -> tuple[Bound, Bound]:
    """The part of a span that the input has."""
    if limit is None:
        return span
    first, last = max(span[0], 0), min(span[1], limit - 1)
    return (first, last) if first <= last else NOTHING


@lru_cache(4096)
def united(one: Sight, other: Sight, cells: int, limit: int | None) -> Sight | None:
    """What cells see along two paths; where their fields move on by different steps, in this input, cell by cell."""
    if one == other:
        return one
    if one.step is not None and other.step is not None:
        period = lcm(len(one.first), len(other.first))
        if one.step * len(other.first) == other.step * len(one.first) and period <= MOST:
            spans = [_both(one.at(i), other.at(i)) for i in range(period)]
            return Sight(*_parted(spans), period // len(one.first) * one.step)
    if cells > MOST:
        return None
    here, there = one.listed(cells, limit), other.listed(cells, limit)
    return _listed(cells, lambda i: _both(here.at(i), there.at(i)))


def _both(one: tuple[Bound, Bound], other: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
    return min(one[0], other[0]), max(one[1], other[1])


@lru_cache(4096)
def together(sight: Sight, start: int, stop: int) -> tuple[Bound, Bound]:
    """What the cells from `start` to before `stop` see together."""
    return _union(sight, range(start, stop))


@lru_cache(1024)
def merged(parts: tuple[tuple[Sight, int], ...]) -> Sight | None:
    """What the cells of one axis see that was several, each with its number of cells; the last moves fastest."""
    sight, _ = parts[0]
    for inner, cells in parts[1:]:
        period = len(sight.first) * cells
        if period > LARGEST:
            return None
        inside = [inner.at(j) for j in range(cells)]
        first = tuple(a + b for a in sight.first for b, _ in inside)
        last = tuple(a + b for a in sight.last for _, b in inside)
        sight = Sight(first, last, sight.step)
    return sight


@lru_cache(1024)
def split(sight: Sight, cells: int, inner: int) -> tuple[Sight, Sight] | None:
    """What the cells of two axes see that were one of so many cells, the inner one of `inner`.

    The cell at i·inner + j sees the sum of what the two say; None where there are no such two.
    """
    outer = cells // inner
    period = len(sight.first)
    common = lcm(period, inner)
    rows = outer if sight.step is None else min(common // inner, outer)
    if rows * inner > LARGEST:
        return None
    spans = [[sight.at(i * inner + j) for j in range(inner)] for i in range(rows)]
    a0, b0 = spans[0][0]
    if any(abs(n) == inf for row in spans for span in row for n in span):
        return None
    for row in spans:
        a, b = row[0]
        if any(n - a != n0 - a0 or m - b != m0 - b0 for (n, m), (n0, m0) in zip(row, spans[0], strict=True)):
            return None
    outside = tuple(row[0][0] for row in spans), tuple(row[0][1] for row in spans)
    inside = tuple(n - a0 for n, _ in spans[0]), tuple(m - b0 for _, m in spans[0])
    if sight.step is None:
        return Sight(*outside, None), Sight(*inside, None)
    if rows < common // inner:  # not a whole period
        return _repeating(Sight(*outside, None)), _repeating(Sight(*inside, None))
    return Sight(*outside, common // period * sight.step), _repeating(Sight(*inside, None))


def _repeating(sight: Sight) -> Sight:
    """The same, if it repeats at least once, as one that has no end."""
    cells = len(sight.first)
    for period in range(1, cells // 2 + 1):
        steps = {ends[i + period] - ends[i] for ends in (sight.first, sight.last) for i in range(cells - period)}
        if len(steps) == 1:
            return Sight(sight.first[:period], sight.last[:period], int(steps.pop()))
    return sight


def widest(sight: Sight) -> Bound:
    """How many cells the output sees that sees most, less one; −∞ where none sees any."""
    return max(b - a for a, b in zip(sight.first, sight.last, strict=True))
