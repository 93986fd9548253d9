"""The working of a feature map's cells marked: the sum of a window's products, line by line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, zip_longest
from typing import Any, NamedTuple

from calc.choices import every
from calc.convolution import Convolution
from calc.derivation import Windows
from calc.errors import Impossible, at, printable
from calc.expr import Expr, Num, Number, Op
from calc.marking.lessons import lesson
from calc.marking.maps import bracketed
from calc.marking.replies import LONGEST_LINES, Value, check_length, read_value
from calc.marking.verdicts import Cause, Explanation, Verdict, because, said, wrong
from calc.marking.working import Fault

MOST_LINES = 200
"""Lines of working."""

MOST_WINDOWS = 10_000
"""Windows among which the one that is meant is looked for where a line does not say its place."""

Pair = tuple[Number, Number]
"""A cell and its weight."""

_PLACE = re.compile(r"^\s*(?:[a-z]\w*\s*)?[\[(]\s*(\d{1,6}(?:\s*,\s*\d{1,6}){0,3})\s*[\])]\s*[:=]\s*", re.IGNORECASE)


class Written(NamedTuple):
    """A line of working: the place that it names, its parts, and its first sum as products and other terms."""

    place: tuple[int, ...] | None
    value: Value
    pairs: tuple[Pair, ...]
    terms: tuple[Number, ...]

    @property
    def products(self) -> Counter[Number]:
        """Its terms that are not zero, by their values."""
        return Counter(x for x in (*(a * b for a, b in self.pairs), *self.terms) if x)


def read_windows(text: str, axes: int) -> tuple[Written, ...]:
    """The lines of such working; `Impossible`, naming the line, where one cannot be read."""
    check_length(text, LONGEST_LINES)
    rows = [row for row in re.split(r"[\n;]", text) if re.search(r"\d", row)]
    if len(rows) > MOST_LINES:
        raise Impossible(f"the working has {len(rows)} lines, more than the {MOST_LINES} that are read")
    return tuple(_read(row, number, axes) for number, row in enumerate(rows, start=1))


def _read(row: str, number: int, axes: int) -> Written:
    found = _PLACE.match(row)
    place = tuple(int(n) - 1 for n in found[1].split(",")) if found else None
    if place is not None and (len(place) not in (axes, axes + 1) or min(place) < 0):
        raise Impossible(f"line {number}: a place is row and column, counted from 1, such as (1,2): …")
    try:
        value = read_value(row[found.end() :] if found else row)
    except Impossible as fault:
        raise Impossible(f"line {number}: {fault}") from None
    if any(part.free for part in value.parts):
        raise Impossible(f"line {number}: “{printable(row, 40)}” has letters in it: numbers are wanted")
    pairs, terms = [], []
    for term, sign in _terms(value.parts[0]):
        match term:
            case Op("*", (left, right)):
                pairs.append((sign * left.value(), right.value()))
            case _:
                terms.append(sign * term.value())
    return Written(place, value, tuple(pairs), tuple(terms))


def _terms(sum_: Expr, sign: int = 1) -> Iterator[tuple[Expr, int]]:
    """The terms of a sum with their signs."""
    match sum_:
        case Op("+", args):
            for arg in args:
                yield from _terms(arg, sign)
        case Op("neg", (inner,)) if not isinstance(inner, Num):
            yield from _terms(inner, -sign)
        case _:
            yield sum_, sign


@dataclass(frozen=True)
class WindowMarking:
    """Working of cells of a convolution."""

    question: Convolution
    lines: tuple[Written, ...]
    accepted: frozenset[str] = frozenset()

    @cached_property
    def verdict(self) -> Verdict:
        rows: list[tuple[str, ...]] = []
        remarks: list[str] = []
        faults: list[Fault] = []
        for line in self.lines:
            place = self._checked(line.place) or self._likeliest(line)
            cell = at(place)
            if line.place is None:
                remarks.append(f"“{printable(line.value.text, 30)}” names no place: it is taken for ({cell})")
            fault = self._fault(line, place)
            if fault:
                faults.append(fault._replace(says=f"at ({cell}) {fault.says}"))
            says = (lesson(fault.cause.name).title if fault.cause else "not right") if fault else "right"
            rows.append((f"({cell})", printable(line.value.text, 60), "", says))
        if not faults:
            return Verdict("right", remarks=tuple(remarks), rows=tuple(rows) if len(rows) > 1 else ())
        first = faults[0]
        told = [Explanation((first.cause,), first.says)] if first.cause else []
        more: dict[str, Any] = {"remarks": tuple(remarks), "rows": tuple(rows) if len(rows) > 1 else ()}
        return wrong(told, self.accepted, found="" if told else first.says, **more)

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        return self.question.answer.shape

    def _checked(self, place: tuple[int, ...] | None) -> tuple[int, ...] | None:
        """The place that a line names; `Impossible` where the map has no such cell."""
        if place is None:
            return None
        place = place[-len(self._shape) :] if place[:-2] in ((), (0,)) else place
        if len(place) != len(self._shape) or any(i >= n for i, n in zip(place, self._shape, strict=True)):
            raise Impossible(f"there is no cell ({at(place)}): the last one is ({at(n - 1 for n in self._shape)})")
        return place

    def _pairs(self, question: Convolution, place: tuple[int, ...]) -> tuple[Pair, ...]:
        """Every cell of a window with its weight."""
        settings = question.stride, None, "products", question.dilation, question.bias, question.groups
        window = Windows(question.padded, question.laid, *settings).window(place)  # type: ignore[arg-type]
        return tuple((x.value(), w.value()) for part in window.slices for x, w in part.pairs)

    def _bias(self, place: tuple[int, ...]) -> Number:
        bias: Any = self.question.bias
        which = place[0] if len(place) > self.question.axes else 0
        return bias.entry(bias.numerators[which]) if bias else 0

    def _likeliest(self, line: Written) -> tuple[int, ...]:
        """The window whose products are most like those of the line."""
        places = list(every(self._shape))
        if len(places) > MOST_WINDOWS:
            raise Impossible("the map is large: say which cell each line is of, such as (1,2): 3·1 + 2·0 = 3")

        def unlike(place: tuple[int, ...]) -> tuple[int, bool]:
            own = self._pairs(self.question, place)
            there = sum((Counter(line.pairs) & Counter(own)).values())
            values = Counter(x * w for x, w in own if x * w)
            alike = sum((values & line.products).values())
            return -there - alike + sum((values - line.products).values()), self._value(place) != line.value.number

        return min(places, key=unlike)

    def _value(self, place: tuple[int, ...]) -> Any:
        maps = self.question.maps
        numerators = maps.numerators[place if len(maps.shape) == len(place) else (0, *place)]
        return maps.entry(numerators)

    def _fault(self, line: Written, place: tuple[int, ...]) -> Fault | None:
        """What is wrong with a line: the first product that is none of the window's, then the first wrong sum."""
        right = self._pairs(self.question, place)
        if line.pairs and (found := self._product(line, place, right)):
            return found
        values = [part.value() for part in line.value.parts]
        for before, after in pairwise(values):
            if before != after:
                says = f"the sum is {said(before)}, not {said(after)}"
                return Fault(says, Cause("slip", "arithmetic-slip", f"at ({at(place)}) {says}"))
        meant, answer = self._value(place), self.question.answer
        if values[-1] in (meant, answer.entry(answer.numerators[place])):
            return None
        if self.question.bias and values[-1] == meant - self._bias(place):
            says = "the bias is left out"
            return Fault(says, Cause("slip", "bias-forgotten-here", f"at ({at(place)}) {says}"))
        return Fault(f"{said(values[-1])} comes out, where {said(meant)} is right")

    def _product(self, line: Written, place: tuple[int, ...], right: Sequence[Pair]) -> Fault | None:
        """The first product that is not that of the window."""
        mine = [pair for pair in line.pairs if all(pair)] if len(line.pairs) != len(right) else list(line.pairs)
        meant = [pair for pair in right if all(pair)] if len(line.pairs) != len(right) else list(right)
        bias = self._bias(place)
        rest = Counter(x for x in line.terms if x) - Counter([bias])
        if _alike(mine, meant) and not rest:
            return None
        if sorted(map(_turned, mine)) == sorted(map(_turned, meant)) and not rest:
            return None  # in another order
        for name, why, pairs in () if _nearly(mine, meant) else self._bent(place):
            if _alike(list(line.pairs), list(pairs)) or _alike(mine, [pair for pair in pairs if all(pair)]):
                return Fault(why, because(name, why).causes[0])
        for here, there in zip_longest(mine, meant):
            if here is None or there is None or not _alike([here], [there]):
                return self._told(here, there, mine, meant, place)
        return None

    def _told(
        self, here: Pair | None, there: Pair | None, mine: list[Pair], meant: list[Pair], place: tuple[int, ...]
    ) -> Fault:
        """A product that differs: left out, one too many, or of other numbers."""
        cell = f"at ({at(place)}) "
        missing = there is not None and (here is None or len(mine) < len(meant))
        if there is not None and missing:
            says = f"the product {_spelled(there)} is left out"
            return Fault(says, Cause("slip", "product-left-out", cell + says))
        assert here is not None
        if there is None or len(mine) > len(meant):
            says = f"the product {_spelled(here)} is none of this window's"
        else:
            says = f"{_spelled(here)} stands where {_spelled(there)} belongs"
        return Fault(says, Cause("slip", "copied-wrongly", cell + says))

    def _bent(self, place: tuple[int, ...]) -> Iterator[tuple[str, str, tuple[Pair, ...]]]:
        """What the window is where a wrong rule is followed."""
        for bend in self.question.bends():
            if isinstance(bend.question, Convolution):
                shape = bend.question.answer.shape
                if len(shape) == len(place) and all(i < n for i, n in zip(place, shape, strict=True)):
                    yield bend.name, bend.why, self._pairs(bend.question, place)


def _turned(pair: Pair) -> tuple[list[Number], bool]:
    """A product with its numbers in one order, and whether it is below zero: 4·(−1) as −4·1."""
    return sorted(x if x >= 0 else -x for x in pair), pair[0] * pair[1] < 0


def _alike(mine: Sequence[Pair], meant: Sequence[Pair]) -> bool:
    """Whether these are the same products in the same order, their factors in either."""
    return list(map(_turned, mine)) == list(map(_turned, meant))


def _ways(pair: Pair) -> tuple[Pair, ...]:
    """A product as it may be written: either factor first, the sign with either."""
    a, b = pair
    return ((a, b), (b, a), (-a, -b), (-b, -a)) if a and b else ((a, b), (b, a))


def _nearly(mine: Sequence[Pair], meant: Sequence[Pair]) -> bool:
    """Whether but one product is left out, or but one is another."""
    if len(mine) == len(meant):
        return sum(b not in _ways(a) for a, b in zip(mine, meant, strict=True)) == 1
    return any(_alike(mine, [*meant[:i], *meant[i + 1 :]]) for i in range(len(meant)))


def _spelled(pair: Pair) -> str:
    return f"{said(pair[0])}·{bracketed(pair[1])}"
