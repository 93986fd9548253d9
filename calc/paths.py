"""What the cells of a tensor see of one axis of the input, along several paths.

What a cell sees is kept along each of the tensor's own axes, and adds up: in patches of an image, the row of a cell is
that of its patch times the patch's height and that within the patch. Where paths meet, a cell sees what it sees along
each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import inf, prod
from typing import Any, NamedTuple

from calc.layers.base import Shape
from calc.sights import (
    LARGEST,
    MOST,
    NOTHING,
    ONE,
    Bound,
    Pattern,
    Sight,
    merged,
    split,
    through,
    together,
    united,
    widest,
)


class Unknown(Exception):
    """What an operation's outputs see is not known."""


class Term(NamedTuple):
    """What cells see along some paths: the sum of what they see along each axis, and of `first` and `last`.

    Cells outside `where` see nothing along these paths. An axis that is not named makes no difference.
    """

    first: Bound
    last: Bound
    sights: tuple[tuple[int, Sight], ...] = ()
    where: tuple[tuple[int, range], ...] = ()


Terms = tuple[Term, ...]
"""All the paths; empty where nothing of the input is seen."""

MOST_TERMS = 512
"""Paths that are kept apart."""


def by_axis(one: tuple[int, Any]) -> int:
    return one[0]


def is_whole(term: Term, limit: int) -> bool:
    return not term.sights and not term.where and term.first <= 0 and term.last >= limit - 1


def normal(term: Term, limit: int) -> Term | None:
    """The same, written in one way only: offsets in the sight where there is one; None where nothing is seen."""
    if len(term.sights) == 1 and term.first == 0 == term.last and term.sights[0][1].step:
        return term
    first, last, sights = term.first, term.last, []
    for axis, sight in term.sights:
        even = len(set(sight.first)) == len(set(sight.last)) == 1
        if even and not sight.step:
            first, last = first + sight.first[0], last + sight.last[0]
        else:
            sights.append((axis, sight))
    if not sights:
        first, last = max(first, 0), min(last, limit - 1)
        return Term(first, last, (), term.where) if first <= last else None
    if len(sights) == 1:
        ((axis, sight),) = sights
        return Term(0, 0, ((axis, sight.moved(first, last)),), term.where)
    even_sights = []
    for axis, sight in sights:
        a, b = next(((a, b) for a, b in zip(sight.first, sight.last, strict=True) if a != inf), (0, 0))
        first, last = first + a, last + b
        even_sights.append((axis, sight.moved(-a, -b)))
    return Term(first, last, tuple(sorted(even_sights, key=by_axis)), term.where)


def joined(terms: Iterable[Term], shape: Shape, limit: int) -> Terms | None:
    """What cells see along all of these paths, as few of them as there can be."""
    alike: dict[tuple[Any, Any], Term] = {}
    for given in terms:
        term = normal(given, limit)
        if term is None:
            continue
        if is_whole(term, limit):
            return (term,)
        key = (term.sights, term.where)
        if key in alike:
            same = alike[key]
            term = term._replace(first=min(term.first, same.first), last=max(term.last, same.last))
        alike[key] = term
    by_place: dict[Any, list[Term]] = {}
    for term in alike.values():
        rest = by_place.setdefault(term.where, [])
        while (other := next((t for t in rest if _differ(t, term) is not None), None)) is not None:
            rest.remove(other)
            one = _joined_two(other, term, shape, limit)
            if one is None:
                return None
            term = one
        rest.append(term)
    out = tuple(term for rest in by_place.values() for term in rest)
    whole = next((term for term in out if is_whole(term, limit)), None)
    if whole:
        return (whole,)
    return out if len(out) <= MOST_TERMS else None


def _differ(one: Term, other: Term) -> int | None:
    """The one axis along which two paths differ; None if there are more."""
    mine, theirs = dict(one.sights), dict(other.sights)
    axes = [axis for axis in mine.keys() | theirs.keys() if mine.get(axis) != theirs.get(axis)]
    return axes[0] if len(axes) == 1 else None


def _joined_two(one: Term, other: Term, shape: Shape, limit: int) -> Term | None:
    """Two paths that differ along one axis, as one."""
    axis = _differ(one, other)
    assert axis is not None
    mine, theirs = dict(one.sights), dict(other.sights)
    alone = len(mine.keys() | theirs.keys()) == 1
    here = mine.get(axis, ONE).moved(one.first, one.last)
    there = theirs.get(axis, ONE).moved(other.first, other.last)
    both = united(here, there, shape[axis], limit if alone else None)
    if both is None:
        return None
    return normal(Term(0, 0, tuple(sorted({**mine, axis: both}.items())), one.where), limit)


class Field(NamedTuple):
    """What the output sees that sees most: `size` cells of the input along an axis, and whether that is all there are.

    `jump` is how far apart the fields of neighbours are, `start` where the centre of the first one is, that of the
    first input cell being at 0.5; None where they are not evenly spaced.
    """

    size: int
    whole: bool = False
    jump: Fraction | None = None
    start: Fraction | None = None


def largest(terms: Terms, shape: Shape, limit: int) -> Field | None:
    """The largest field of an output; None if it is not known, or no output sees anything."""
    found: list[Field] = []
    for term in terms:
        here = terms if len(terms) == 1 else _meeting(term, terms)
        if len(here) > 1 or here[0].where:
            here = joined([t._replace(where=()) for t in here], shape, limit) or ()
        if len(here) == 1:
            found.append(_field(here[0], limit))
        elif (most := _counted(here, shape, limit)) is None:
            return None
        else:
            found.append(Field(most))
    most_seen = max(found, key=lambda field: field.size, default=Field(0))
    if most_seen.size < 1:
        return None
    spaced = {(field.jump, field.start) for field in found}
    return most_seen if len(spaced) == 1 else most_seen._replace(jump=None, start=None)


def _field(term: Term, limit: int) -> Field:
    """The largest field where there is one path."""
    most = term.last - term.first + 1 + sum(widest(sight) for _, sight in term.sights)
    size, whole = int(max(most, 0)), is_whole(term, limit)
    if len(term.sights) != 1 or term.sights[0][1].step is None:
        return Field(size, whole)
    sight = term.sights[0][1]
    jump, centres = Fraction(sight.step or 0, len(sight.first)), list(zip(sight.first, sight.last, strict=True))
    even = {Fraction(int(a + b + 1), 2) - i * jump for i, (a, b) in enumerate(centres) if a <= b}
    return Field(size, whole, jump, even.pop() if len(even) == 1 else None)


def _meeting(term: Term, terms: Terms) -> Terms:
    """The paths that lead to the first cell to which this one leads."""
    corner = {axis: places.start for axis, places in term.where}
    return tuple(t for t in terms if all(corner.get(axis, 0) in places for axis, places in t.where))


def _counted(terms: Terms, shape: Shape, limit: int) -> int | None:
    """How many cells one output sees at most, every output looked at; None where they are too many."""
    axes = sorted({axis for term in terms for axis, _ in term.sights})
    sizes = [shape[axis] for axis in axes]
    if not terms or prod(sizes) * len(terms) > MOST:
        return None
    known = [(term, dict(term.sights)) for term in terms]
    most: Bound = 0
    for place in product(*map(range, sizes)):
        first, last = inf, -inf
        for term, sights in known:
            here = [sights[axis].at(i) for axis, i in zip(axes, place, strict=True) if axis in sights]
            first = min(first, term.first + sum(a for a, _ in here))
            last = max(last, term.last + sum(b for _, b in here))
        most = max(most, min(last, limit - 1) - max(first, 0) + 1)
    return int(max(most, 0))


def mixed(term: Term, shape: Shape, axes: Sequence[int]) -> Term:
    """Every cell sees what all see that lie along some axes."""
    first, last, sights, where = term.first, term.last, dict(term.sights), dict(term.where)
    for axis in axes:
        places = where.pop(axis, range(shape[axis]))
        if axis in sights:
            a, b = together(sights.pop(axis), min(places), max(places) + 1)
            first, last = first + a, last + b
    return Term(first, last, tuple(sights.items()), tuple(where.items()))


def numbered(term: Term, numbers: Mapping[int, int]) -> Term:
    """The same where the axes have other numbers."""
    sights = tuple(sorted(((numbers[axis], sight) for axis, sight in term.sights), key=by_axis))
    where = tuple(sorted(((numbers[axis], places) for axis, places in term.where), key=by_axis))
    return term._replace(sights=sights, where=where)


def patterned(term: Term, axis: int, pattern: Pattern, cells: int) -> Term | None:
    """The cells along an axis made by a pattern; None if they see nothing."""
    sights, where = dict(term.sights), dict(term.where)
    if axis in sights:
        sight = through(sights[axis], pattern, cells)
        if sight is None:
            raise Unknown
        sights[axis] = sight
    if axis in where:
        if cells > MOST:
            raise Unknown
        met_ = [i for i in range(cells) if any(tap in where[axis] for tap in pattern.of(i))]
        if not met_:
            return None
        where[axis] = _evenly(met_) or range(met_[0], met_[-1] + 1)
    return term._replace(sights=tuple(sights.items()), where=tuple(where.items()))


def _evenly(places: Sequence[int]) -> range | None:
    """The places, if there is the same between any two."""
    step = places[1] - places[0] if len(places) > 1 else 1
    evenly = range(places[0], places[-1] + 1, step)
    return evenly if len(evenly) == len(places) and all(map(evenly.__contains__, places)) else None


def reshaped(terms: Terms, shape: Shape, other: Shape) -> Iterator[Term]:
    """The same cells in the same order in another shape."""
    groups = list(_groups(shape, other))
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    for term in terms:
        one = mixed(term, shape, ones)
        sights, where = dict(one.sights), dict(one.where)
        ways: list[list[tuple[tuple[int, Sight], ...]]] = []
        places: list[tuple[int, range]] = []
        for olds, news in groups:
            before, after = [shape[axis] for axis in olds], [other[axis] for axis in news]
            if any(axis in sights for axis in olds):
                flat = merged(tuple((sights.get(axis, ONE), n) for axis, n in zip(olds, before, strict=True)))
                ways.append([tuple(zip(news, way, strict=True)) for way in _split(flat, after)])
            if any(axis in where for axis in olds):
                given = [where.get(axis, range(n)) for axis, n in zip(olds, before, strict=True)]
                places += [(news[i], found) for i, found in _places(given, before, after)]
        for way in product(*ways):
            yield one._replace(sights=tuple(sorted(sum(way, ()), key=by_axis)), where=tuple(places))


def _groups(shape: Shape, other: Shape) -> Iterator[tuple[list[int], list[int]]]:
    """The fewest axes of the one that have as many cells as axes of the other, next to each other; no axes of one cell."""
    olds = [axis for axis, size in enumerate(shape) if size != 1]
    news = [axis for axis, size in enumerate(other) if size != 1]
    while olds and news:
        mine, theirs = [olds.pop(0)], [news.pop(0)]
        one, two = shape[mine[0]], other[theirs[0]]
        while one != two:
            if one < two and olds:
                mine.append(olds.pop(0))
                one *= shape[mine[-1]]
            elif two < one and news:
                theirs.append(news.pop(0))
                two *= other[theirs[-1]]
            else:
                raise Unknown
        yield mine, theirs


def _split(sight: Sight | None, sizes: Sequence[int]) -> Iterator[list[Sight]]:
    """What the cells of several axes see that were one, as few sums of what they say as there can be."""
    if sight is None:
        raise Unknown
    if len(sizes) == 1:
        yield [sight]
        return
    outer, cells = sizes[0], prod(sizes)
    parts = split(sight, cells, cells // outer)
    for one, inner in [parts] if parts else _by_rows(sight, outer, cells // outer):
        for rest in _split(inner, sizes[1:]):
            yield [one, *rest]


def _by_rows(sight: Sight, rows: int, cells: int) -> Iterator[tuple[Sight, Sight]]:
    """What the cells of rows see, rows that are alike but for where they begin taken together."""
    if rows * cells > MOST:
        raise Unknown
    alike: dict[Sight, dict[int, tuple[Bound, Bound]]] = {}
    for row in range(rows):
        spans = [sight.at(row * cells + i) for i in range(cells)]
        a, b = next((span for span in spans if span != NOTHING), (0, 0))
        inner = Sight(tuple(n - a for n, _ in spans), tuple(n - b for _, n in spans), None)
        alike.setdefault(inner, {})[row] = a, b
    for inner, places in alike.items():
        ends = [places.get(row, NOTHING) for row in range(rows)]
        yield Sight(tuple(a for a, _ in ends), tuple(b for _, b in ends), None), inner


def _places(given: Sequence[range], sizes: Sequence[int], others: Sequence[int]) -> Iterator[tuple[int, range]]:
    """Where places of some axes are along others that have the same cells; all along an axis where that is no range."""
    if prod(sizes) > LARGEST:
        return
    flat = [0]
    for places, size in zip(given, sizes, strict=True):
        flat = [cell * size + place for cell in flat for place in places]
    inner = prod(others)
    found = []
    for i, size in enumerate(others):
        inner //= size
        here = sorted({cell // inner % size for cell in flat})
        found.append((i, len(here), size, _evenly(here)))
    number = 1
    for _, count, *_ in found:
        number *= count
    if number == len(flat):
        yield from ((i, places) for i, count, size, places in found if places is not None and count < size)
