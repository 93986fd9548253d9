"""A feature map marked: cell by cell against the right one and against what each wrong rule makes of the question.

An explanation is a wrong rule, or none or two of them, and slips in single cells. Explanations are weighed by their
length in bits, as the principle of minimum description length has it (Rissanen, 1978): a rule, a slip and a cell that
nothing explains each cost what it takes to say them, and a cause is claimed only where that is much shorter than
spelling out the answer as it stands. So random numbers are explained by nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import log2
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calc.convolution import Convolution
from calc.derivation import Windows
from calc.errors import at, counted, listed, times
from calc.exact import Cells, Entry
from calc.feature_maps import Bend, FeatureMaps
from calc.marking.replies import FULL
from calc.marking.slips import slip
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, said, share, wrong
from calc.pooling import Pooling

RULE, SECOND_RULE, UNEXPLAINED = 4.0, 6.0, 4.0
"""Bits that a wrong rule costs, another one with it, and a cell that differs without a reason beyond its number."""

MARGIN = 8.0
"""Bits that an explanation must save for its causes to be claimed: by chance that happens once in 256 times."""

ALIKE = 1.0
"""Bits within which explanations fit equally well."""

MOST_FOR_PAIRS = 4096
"""Cells of a map up to which two wrong rules together are looked for."""

MOST_CARELESS = 2
"""Slips that are taken for slips however small the map is; beyond, at most a quarter of its cells may have one."""

TELLING = 4
"""Cells of a map from which on two rules that lead to all of it are claimed."""

MOST_CLAUSES = 3
"""Products of a window that are told where each of them may have been left out."""

MOST_SLIPS = 400
"""Cells of a map up to which single cells are explained."""

PADDINGS: tuple[Literal["valid", "full"], ...] = ("valid", "full")
"""Paddings that are meant as often as the same size where nobody says which."""

ENDS = frozenset(("activation-left-out", "activation-mistaken", "negatives-clipped", "magnitudes"))
"""Rules about what follows the sums, of which a map follows one."""

READINGS = {"reflect": "symmetric", "symmetric": "reflect"}
"""Paddings that the same word is used for: whether the edge itself is repeated."""


class Led(NamedTuple):
    """What wrong rules lead to; no rules lead to the right answer."""

    bends: tuple[Bend, ...]
    answer: Cells
    question: FeatureMaps | None

    @property
    def cost(self) -> float:
        return (0.0, RULE, RULE + SECOND_RULE)[len(self.bends)]


class Odd(NamedTuple):
    """A cell, or several, that no rule explains, and the slip that does; none if nothing does."""

    places: tuple[int, ...]
    cause: Cause | None
    cost: float


@dataclass(frozen=True)
class MapMarking:
    """One answer to a question about feature maps; `places` are the decimal places it is rounded to."""

    question: FeatureMaps
    reply: Cells
    places: int = 0
    accepted: frozenset[str] = frozenset()
    known: Wrongs | None = None
    """What wrong rules lead to, where it has been worked out already."""

    @cached_property
    def wrongs(self) -> Wrongs:
        """What wrong rules lead to."""
        return self.known or Wrongs(self.question)

    @cached_property
    def verdict(self) -> Verdict:
        right = self.question.answer
        reply = fitted(self.reply, right)
        if reply.shape == right.shape and bool(agree(reply, right, self.places).all()):
            return RIGHT
        if reading := self._reading():
            return Verdict("convention", convention=reading)
        if other := self._otherwise() or self._as_accepted():
            return other
        explained = sorted(self._explained(), key=lambda each: each[0])
        chosen = [each for cost, each in explained if cost <= explained[0][0] + ALIKE]
        told = [each for each in chosen if each.causes]
        return wrong(told, self.accepted, found=self._found(reply), maps=(self.reply, right))

    def _otherwise(self) -> Verdict | None:
        """The verdict on a map of the size that another padding makes, where nobody said how to pad."""
        question = self.question
        if not isinstance(question, Convolution) or fitted(self.reply, question.answer).shape == question.answer.shape:
            return None
        for word in PADDINGS:
            read = question.otherwise(word)
            if read is None or fitted(self.reply, read.answer).shape != read.answer.shape:
                continue
            verdict = MapMarking(read, self.reply, self.places, self.accepted).verdict
            taken = f"the map with padding {word}; where none is said it is same here"
            if verdict.outcome == "wrong":
                return replace(verdict, remarks=(f"this is taken for {taken}",))
            says = [f"this is {taken}", verdict.convention]
            return replace(verdict, outcome="convention", convention="; ".join(filter(None, says)))
        return None

    def _as_accepted(self) -> Verdict | None:
        """The verdict on a map that is nearer to what an accepted rule leads to than to the right one."""
        known = [bend for bend in self.question.bends() if bend.name in self.accepted] if self.accepted else []
        nearest, most = None, self._near(self.question.answer)
        for bend in known:
            if bend.question and bend.answer is not None and (near := self._near(bend.answer)) > most:
                nearest, most = bend, near
        if nearest is None or nearest.question is None:
            return None
        verdict = MapMarking(nearest.question, self.reply, self.places).verdict
        if verdict.outcome == "right":
            return Verdict("convention", convention=nearest.why)
        return replace(verdict, remarks=(*verdict.remarks, f"accepted: {nearest.why}"))

    def _near(self, answer: Cells) -> int:
        """How many cells of the reply are those of an answer."""
        reply = fitted(self.reply, answer)
        return int(agree(reply, answer, self.places).sum()) if reply.shape == answer.shape else 0

    def _found(self, reply: Cells) -> str:
        """How much of it is right, and where it first differs."""
        right = self.question.answer
        if reply.shape != right.shape:
            return f"the answer is {times(reply.shape)}, and {times(right.shape)} is right"
        agrees = agree(reply, right, self.places).reshape(-1)
        first = int((~agrees).argmax())
        place = np.unravel_index(first, right.shape)
        cell = at(int(i) for i in place)
        written, meant = (said(cells.entry(cells.numerators[place])) for cells in (reply, right))
        return f"{share(int(agrees.sum()), agrees.size, 'cell', 'right')}; the first that differs is ({cell}): {written}, where {meant} is right"

    def _reading(self) -> str:
        """The convention under which the answer is right, where the question may be read so."""
        question = self.question
        if isinstance(question, Pooling) and question.kind == "average" and not question.counts_padding:
            counted_in = question.bent(counts_padding=True)
            if counted_in and self._is(counted_in.answer):
                return "the padding counts as zeros in the average, as torch's AvgPool has it where nothing is said"
        if not isinstance(question, Convolution):
            return ""
        other = READINGS.get(question.mode)
        if other and (read := question.bent(mode=other)) and self._is(read.answer):
            return f"padding by {other}: the edge itself is {'repeated' if other == 'symmetric' else 'not repeated'}"
        if question.same and any(a != b for a, b in question.padding):
            turned = tuple((b, a) for a, b in question.padding)
            if (read := question.bent(padding=turned)) and self._is(read.answer):
                return "the larger share of the padding above and to the left, as scipy and ONNX's SAME_LOWER put it"
        return ""

    def _is(self, answer: Cells) -> bool:
        reply = fitted(self.reply, answer)
        return reply.shape == answer.shape and bool(agree(reply, answer, self.places).all())

    def _explained(self) -> Iterator[tuple[float, Explanation]]:
        """Every explanation worth considering with its cost, and that nothing is known."""
        spelled = spelling(self.reply)
        yield spelled - MARGIN, Explanation(())
        whole = False
        for candidate, same in self._like():
            explained = self._explain(candidate, spelled, same)
            if explained:
                whole = whole or (bool(same.all()) and bool(explained[1].causes))
                yield explained
        if not whole and (pair := self._pair()):
            explained = self._explain(pair, spelled, np.ones(pair.answer.numerators.size, bool))
            if explained:
                yield explained

    def _like(self) -> Iterator[tuple[Led, NDArray[np.bool_]]]:
        """What at most one rule leads to that equals at least half of the answer, with the cells that are equal."""
        exact = self.wrongs.exact
        if exact is not None and self.reply.denominator == 1 and not (self.reply.letters or self.reply.approximate):
            reply = fitted(self.reply, self.question.answer)
            if reply.shape == self.question.answer.shape:
                same = exact.cells == reply.numerators.reshape(-1)
                close = np.flatnonzero(2 * same.sum(1) >= same.shape[1])
                yield from ((exact.candidates[i], same[i]) for i in close)
                return
        for candidate in self.wrongs.singles:
            reply = fitted(self.reply, candidate.answer)
            if reply.shape == candidate.answer.shape:
                yield candidate, agree(reply, candidate.answer, self.places).reshape(-1)

    def _pair(self) -> Led | None:
        """Two rules that together lead to the whole answer."""
        pairs = self.wrongs.pairs
        reply = fitted(self.reply, self.question.answer)
        if found := pairs.get(key(reply)):
            return found
        if not self.places and not self.question.answer.approximate:
            return None
        return next((pair for pair in pairs.values() if self._is(pair.answer)), None)

    def _explain(self, candidate: Led, spelled: float, same: NDArray[np.bool_]) -> tuple[float, Explanation] | None:
        """What it costs to explain the answer by these rules and slips; `same` are the cells that the rules lead to."""
        reply = fitted(self.reply, candidate.answer)
        odd = np.flatnonzero(~same)
        if len(odd) * 2 > len(same) or (len(odd) and len(same) > MOST_SLIPS):
            return None
        each = log2(len(same)) if len(same) > 1 else 0.0
        slips = self._slips(candidate, reply, odd) if len(odd) else []
        cost = candidate.cost + sum(slip.cost + each for slip in slips)
        if len(slips) > max(MOST_CARELESS, len(same) // 4):
            return None
        if not len(odd) and (len(candidate.bends) == 1 or (len(candidate.bends) and len(same) >= TELLING)):
            cost = min(cost, spelled - MARGIN - ALIKE)  # a whole answer, however small, is worth saying
        if cost > spelled - MARGIN:
            return None
        rules = tuple(Cause("misconception", bend.name, bend.why) for bend in candidate.bends)
        causes = (*rules, *(slip.cause for slip in slips if slip.cause))
        many, of = int(same.sum()), len(same)
        right = "the right one" if of == 1 else "the right ones"
        what = "what this rule leads to" if len(rules) == 1 else "what these rules lead to" if rules else right
        evidence = f"{many} of {counted(of, 'cell')} {'equals' if many == 1 else 'equal'} {what}"
        if many == of == 1:
            evidence = f"the cell equals {what}"
        unknown = [place for odd in slips if not odd.cause for place in odd.places]
        if unknown:
            cells = listed([f"({self._cell(candidate.answer, place)})" for place in unknown[:3]])
            evidence += f"; {cells}{' and others' if len(unknown) > 3 else ''} differ for another reason"
        return cost, Explanation(causes, evidence)

    def _cell(self, answer: Cells, flat: int) -> str:
        return at(int(i) for i in np.unravel_index(flat, answer.shape))

    def _slips(self, candidate: Led, reply: Cells, odd: NDArray[Any]) -> list[Odd]:
        """A slip for each cell that differs, as far as there is one."""
        answer = candidate.answer
        meant = {int(i): answer.entry(answer.numerators.reshape(-1)[i]) for i in odd}
        written = {int(i): reply.entry(reply.numerators.reshape(-1)[i]) for i in odd}
        told: list[Odd] = []
        rest = set(meant)
        for line in self._lines(candidate, reply, rest):
            told.append(line)
            rest -= set(line.places)
        for i in sorted(rest):
            for j in sorted(rest):
                if i < j and i in rest and j in rest and written[i] == meant[j] and written[j] == meant[i]:
                    says = f"the cells ({self._cell(answer, i)}) and ({self._cell(answer, j)}) are swapped"
                    told.append(Odd((i, j), Cause("slip", "cells-swapped", says), UNEXPLAINED + log2(len(meant) + 1)))
                    rest -= {i, j}
        of = 2.0 * largest(answer) + 1
        return told + [self._slip(candidate, i, meant[i], written[i], of) for i in sorted(rest)]

    def _slip(self, candidate: Led, place: int, meant: Entry, written: Entry, of: float) -> Odd:
        """What happened in one cell, remembered."""
        memory, spelled = self.wrongs.odd, (id(candidate), place, written)
        if spelled not in memory:
            memory[spelled] = self._slipped(candidate, place, meant, written, of)
        return memory[spelled]

    def _slipped(self, candidate: Led, place: int, meant: Entry, written: Entry, of: float) -> Odd:
        cell = self._cell(candidate.answer, place)
        if found := slip(meant, written, max(of, 100), 0.5):
            cause = Cause("slip", found.name, f"at ({cell}) {found.says}", cell)
            return Odd((place,), cause, UNEXPLAINED + log2(found.others))
        if found_product := self._product(candidate, place, meant, written):
            name, says = found_product
            return Odd((place,), Cause("slip", name, f"at ({cell}) {says}", cell), UNEXPLAINED + 3)
        return Odd((place,), None, UNEXPLAINED + log2(of))

    def _product(self, candidate: Led, place: int, meant: Entry, written: Entry) -> tuple[str, str] | None:
        """The product of a window that was left out, taken twice or with the other sign."""
        ours: Any = meant
        theirs: Any = written
        off: Any = theirs - ours
        products, of = self.wrongs.products(candidate, place), max(2 * largest(candidate.answer) + 1, 100)
        found = {
            f"the product {said(x)}·{bracketed(w)} = {said(value)} is {clause}": name
            for name, by, clause, chance in ONE_PRODUCT
            if len({value for _, _, value in products}) <= chance * of
            for x, w, value in products
            if off == by * value
        }
        question = candidate.question
        if isinstance(question, Convolution) and question.bias and not question.then:
            filters = candidate.answer.shape[0] if len(candidate.answer.shape) > question.axes else 1
            own: Any = question.bias[(place * filters // candidate.answer.numerators.size,)]
            if off == -own:
                found["the bias is left out"] = "bias-forgotten-here"
        if not found:
            return None
        clauses = list(found)[:MOST_CLAUSES]
        return found[clauses[0]], ", or ".join(clauses) + (", or another" if len(found) > len(clauses) else "")

    def _lines(self, candidate: Led, reply: Cells, odd: set[int]) -> Iterator[Odd]:
        """Whole rows or columns at the border in which the kernel lies one row or column too far."""
        answer = candidate.answer
        if len(answer.shape) != 2 or min(answer.shape) < 2 or not padded_once(candidate.question):
            return
        numbers: NDArray[Any] = np.arange(answer.numerators.size).reshape(answer.shape)
        for axis, name in ((0, "row"), (1, "column")):
            for line in (0, answer.shape[axis] - 1):
                cells: list[int] = np.take(numbers, line, axis).tolist()
                wrong_here = [i for i in cells if i in odd]
                if 2 * len(wrong_here) <= len(cells) or len(wrong_here) < 2:
                    continue
                for moved in self.wrongs.moved(candidate, axis):
                    if bool(agree(reply, moved, self.places).reshape(-1)[cells].all()):
                        says = f"in {name} {line + 1} the kernel lies one {name} off: its border {name} meets the image where the padding belongs"
                        cause = Cause("slip", f"border-{name}-misaligned", says)
                        yield Odd(tuple(wrong_here), cause, UNEXPLAINED + 3)
                        break


ONE_PRODUCT = (
    ("product-left-out", -1, "left out", 0.1),
    ("product-sign", -2, "taken with the other sign", 0.04),
    ("product-twice", 1, "taken twice", 0.04),
)
"""What may happen to one product of a window, by how many times its value the sum is then off, and which part of all
numbers may at most be what it leads to: more would explain any number."""


class Exact(NamedTuple):
    """Answers of whole numbers in the right shape, one a row."""

    candidates: tuple[Led, ...]
    cells: NDArray[np.int64]


class Wrongs:
    """What wrong rules make of one question, worked out once for all answers to it."""

    def __init__(self, question: FeatureMaps) -> None:
        self.question = question
        self.odd: dict[tuple[int, int, Entry], Odd] = {}
        """What happened in single cells that were judged already."""
        self._products: dict[tuple[int, int], tuple[tuple[Any, Any, Any], ...]] = {}
        self._moved: dict[tuple[int, int], tuple[Cells, ...]] = {}

    @cached_property
    def singles(self) -> tuple[Led, ...]:
        """The right answer, and what each wrong rule leads to."""
        right = Led((), self.question.answer, self.question)
        bends = ((bend, bend.answer) for bend in self.question.bends())
        found = (Led((bend,), answer, bend.question) for bend, answer in bends if answer is not None)
        return (right, *(each for each in (*found, *self._transposed()) if each.answer != right.answer))

    def _transposed(self) -> Iterator[Led]:
        """The right numbers with rows and columns exchanged."""
        right = self.question.answer
        if len(right.shape) == 2 and min(right.shape) > 1:
            turned = right.like(right.numerators.T.copy())
            says = "rows and columns of the map are exchanged"
            yield Led((Bend("map-transposed", says, None, turned),), turned, None)

    @cached_property
    def pairs(self) -> Mapping[tuple[Any, ...], Led]:
        """What two wrong rules lead to that none alone does."""
        right = self.question.answer
        if right.numerators.size > MOST_FOR_PAIRS or right.letters:
            return {}
        alone = {key(each.answer) for each in self.singles}
        found: dict[tuple[Any, ...], Led] = {}
        for one in self.singles[1:]:
            for bend in one.question.bends() if one.question else ():
                answer = bend.answer
                ends = {bend.name, one.bends[0].name} <= ENDS
                if answer is None or bend.name == one.bends[0].name or ends or (spelled := key(answer)) in alone:
                    continue
                found.setdefault(spelled, Led((*one.bends, bend), answer, bend.question))
        return found

    @cached_property
    def exact(self) -> Exact | None:
        """The single candidates of whole numbers in the right shape; None where the right answer is not such."""
        right = self.question.answer
        if not _is_small(right):
            return None
        kept = tuple(each for each in self.singles if each.answer.shape == right.shape and _is_small(each.answer))
        return Exact(kept, np.array([each.answer.numerators.reshape(-1).astype(np.int64) for each in kept]))

    def products(self, candidate: Led, place: int) -> tuple[tuple[Any, Any, Any], ...]:
        """The products that are not zero of one window: cell, weight and product."""
        question = candidate.question
        if not isinstance(question, Convolution) or question.then or question.answer.letters:
            return ()
        spelled = id(candidate), place
        if spelled not in self._products:
            where = tuple(int(i) for i in np.unravel_index(place, candidate.answer.shape))
            way: Literal["products"] = "products"
            settings = question.stride, None, way, question.dilation, question.bias, question.groups
            window = Windows(question.padded, question.laid, *settings).window(where)
            told = ((x.value(), w.value()) for part in window.slices for x, w in part.pairs)
            self._products[spelled] = tuple((x, w, x * w) for x, w in told if x and w)
        return self._products[spelled]

    def moved(self, candidate: Led, axis: int) -> tuple[Cells, ...]:
        """The maps with the kernel one row or column too far, either way."""
        question, spelled = candidate.question, (id(candidate), axis)
        if spelled not in self._moved:
            assert isinstance(question, Convolution)
            kernels = (_moved(question.laid, axis - 2, shift) for shift in (1, -1))
            bent = (question.bent(kernel=kernel, flipped=False) for kernel in kernels)
            self._moved[spelled] = tuple(each.answer for each in bent if each)
        return self._moved[spelled]


def _is_small(cells: Cells) -> bool:
    """Whether these are whole numbers that fit 64 bits."""
    whole = cells.denominator == 1 and not cells.letters and not cells.approximate
    return whole and (cells.numerators.dtype != object or all(abs(x) < 2**62 for x in cells.numerators.reshape(-1)))


def padded_once(question: FeatureMaps | None) -> bool:
    """Whether a kernel goes over the border of an image cell by cell."""
    once = isinstance(question, Convolution) and question.axes == 2 and question.stride == (1, 1)
    return once and any(map(any, question.padding))  # type: ignore[union-attr]


def _moved(kernel: Cells, axis: int, shift: int) -> Cells:
    """The kernel moved by one row or column, zeros where it was."""
    moved = np.roll(kernel.numerators, shift, axis)
    edge: list[Any] = [slice(None)] * moved.ndim
    edge[axis] = 0 if shift > 0 else -1
    moved[tuple(edge)] = 0
    return kernel.like(moved)


def key(cells: Cells) -> tuple[Any, ...]:
    """What two arrays share that are equal."""
    return cells.shape, cells.denominator, tuple(cells.numerators.reshape(-1).tolist())


def fitted(reply: Cells, answer: Cells) -> Cells:
    """The reply in the shape of an answer where only axes of length 1 differ, or one row holds all of its cells."""
    if reply.shape == answer.shape:
        return reply
    row = max(reply.shape) == reply.numerators.size == answer.numerators.size
    if row or [n for n in reply.shape if n > 1] == [n for n in answer.shape if n > 1]:
        return reply.shaped(answer.shape)
    return reply


def agree(reply: Cells, answer: Cells, places: int) -> NDArray[np.bool_]:
    """Which cells are equal; to the places that were written, where the right number has more."""
    if reply.letters or answer.letters:
        pairs = zip(reply.numerators.reshape(-1), answer.numerators.reshape(-1), strict=True)
        flat = [reply.entry(x) == answer.entry(y) for x, y in pairs]
        return np.array(flat, bool).reshape(answer.shape)
    if reply.approximate or answer.approximate:
        mine, right = floats(reply), floats(answer)
        tolerance = 0.5 * 10.0**-places * 1.0000001 if places else 1e-9
        share = 0.5 * 10.0**-FULL if places > FULL else 1e-9
        near: NDArray[np.bool_] = abs(mine - right) <= np.maximum(tolerance, share * abs(right))
        return near
    if reply.denominator == answer.denominator:
        equal: NDArray[np.bool_] = reply.numerators == answer.numerators
        return equal
    mine, right = (
        reply.numerators.astype(object) * answer.denominator,
        answer.numerators.astype(object) * reply.denominator,
    )
    if places:
        half, off = reply.denominator * answer.denominator, abs(mine - right) * 2
        rounded: NDArray[np.bool_] = (off * 10**places <= half).astype(bool)
        for fewer in range(1, min(places, FULL)):  # a cell that is written with fewer decimals
            written = (reply.numerators.astype(object) * 10**fewer) % reply.denominator == 0
            whole = reply.numerators.astype(object) % reply.denominator == 0
            rounded |= (written & ~whole & (off * 10**fewer <= half)).astype(bool)
        if places > FULL:
            rounded |= (off * 10**FULL <= abs(right)).astype(bool)
        return rounded
    exactly: NDArray[np.bool_] = (mine == right).astype(bool)
    return exactly


def spelling(reply: Cells) -> float:
    """The bits that it takes to spell an answer out: each number that occurs once, then which of them stands where."""
    flat = reply.numerators.reshape(-1)
    counts = Counter(flat.tolist())
    of = 2.0 * largest(reply) + 1
    return (
        sum(n * log2(len(flat) / n) for n in counts.values()) + len(counts) * log2(of + 1)
        if len(flat) > 1
        else log2(of + 1) + MARGIN
    )


HUGE = 10**300
"""What counts as largest of numbers beyond what a float holds."""


def floats(cells: Cells) -> NDArray[np.float64]:
    """The numbers rounded; infinite where no float holds one."""
    try:
        rounded: NDArray[np.float64] = cells.numerators.astype(float) / cells.denominator
    except OverflowError:
        flat = [
            math.inf if abs(x) // cells.denominator > HUGE else float(x / cells.denominator)
            for x in cells.numerators.reshape(-1)
        ]
        rounded = np.array(flat).reshape(cells.shape)
    return rounded


def largest(cells: Cells) -> float:
    """The largest magnitude in it, at least 4."""
    if cells.letters:
        return 4.0
    flat = [abs(x) for x in cells.numerators.reshape(-1).tolist()]
    return float(min(max(max(flat, default=0) // cells.denominator, 4), HUGE))


def bracketed(value: Any) -> str:
    """A number as a factor."""
    return f"({said(value)})" if value < 0 else said(value)
