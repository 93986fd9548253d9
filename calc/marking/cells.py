"""One cell of a layer's map marked: a number beside the one worked by hand, or the whole map beside torch's.

Weights are rounded where they are shown, so an answer worked from what is shown is right as far as those digits tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from calc.choices import every
from calc.errors import Impossible, at, counted, listed, times
from calc.exact import Cells
from calc.layer_maps import LayerMaps
from calc.map_steps import NUMBERED, spelled
from calc.marking.maps import ONE_PRODUCT, agree, floats
from calc.marking.replies import Value
from calc.marking.slips import slip
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, said, share, wrong

SURE = 0.002
"""The share of all numbers that could stand there that slips of one kind may at most explain: more is chance."""

MOST_SHOWN = 12
"""Rows and columns of a map up to which it is shown beside the answer."""

SIGNIFICANT = 3
"""Digits from which on an answer is as exact as can be wanted."""

_LAST = re.compile(r"(\d*)[.,]?(\d*)(?:\s*(?:e|[*·×x]\s*10\s*\^?)\s*\(?([-+]?\d{1,3})\)?)?\D*$", re.IGNORECASE)


@dataclass(frozen=True)
class CellMarking:
    """One answer to what stands in the worked cell of a map, which a filter made."""

    question: LayerMaps
    said: Value
    accepted: frozenset[str] = frozenset()

    @cached_property
    def mine(self) -> float:
        """The answer as a number."""
        try:
            return float(self.said.number)
        except OverflowError:
            raise Impossible("the answer is larger than any number that a map can hold") from None

    @property
    def right(self) -> float:
        """The number by hand."""
        return self.question.value

    @cached_property
    def places(self) -> int:
        """The decimal places that the answer was written with; fewer than none where it ends in a power of ten."""
        found = _LAST.search(self.said.text)
        return len(found[2]) - int(found[3] or 0) if found else 0

    @cached_property
    def half(self) -> float:
        """How far rounding to the places written may lead."""
        return 0.5 * 10.0**-self.places * (1 + 1e-9) if abs(self.places) < 300 else 0.0

    @cached_property
    def verdict(self) -> Verdict:
        if self._is(self.right):
            digits = len(f"{abs(self.mine):.15g}".replace(".", "").strip("0"))
            exact = digits >= SIGNIFICANT or abs(self.mine - self.right) <= self.question.rounding()
            return RIGHT if exact else Verdict("right", remarks=(f"with more digits it is {said(self.right)}",))
        led = [because(m.name, m.why, gives(said(m.answer))) for m in self.question.mistaken() if self._is(m.answer)]
        if self._is(-self.right):
            says = "the minus sign is lost" if self.right < 0 else "a minus sign stands before it"
            led.append(self._slipped("sign-lost", says))
        if not led and abs(self.mine - self.right) <= self._shown_rounding():
            text = f"as exactly as the digits shown allow; with all of them it is {said(self.right)}"
            return Verdict("right", remarks=(text,))
        place = f" at ({at(self.question.cell)}) of map {self.question.worked + 1}"
        differs = (said(self.mine), f"{said(self.right)} stands{place}")
        return wrong(led or [*self._slips()], self.accepted, differs=differs)

    def _is(self, number: float) -> bool:
        """Whether the answer is a number rounded to the places written; nothing but 0 is rounded to 0."""
        if number and not self.mine:
            return False
        return abs(self.mine - number) <= max(self.half, self.question.rounding())

    def _shown_rounding(self) -> float:
        """How far the numbers as they are shown lead from the cell, where the learner sees them."""
        filters = self.question.filters
        assert filters
        if filters.worked.numerators[0].size > NUMBERED:
            return 0.0
        off = []
        for c in range(filters.worked.shape[0]):
            weights, patch = (cells.numerators[c] for cells in (filters.worked, filters.patch))
            shown = floats(spelled(weights)) * floats(spelled(patch))
            off += [*abs(shown - weights * patch).flat, *abs(floats(spelled(shown)) - shown).flat]
        return fsum(off)

    def _slipped(self, name: str, says: str) -> Explanation:
        return Explanation((Cause("slip", name, says, f"({at(self.question.cell)})"),))

    def _slips(self) -> Iterator[Explanation]:
        """One product left out, taken twice or with the other sign; else a slip in the digits."""
        scale = 10 ** min(max(self.places, 0), 12)
        meant, written = round(self.right * scale), round(self.mine * scale)
        most = max(2 * scale * fsum(abs(self.question.products).flat), 100)
        if found := slip(meant, written, most, SURE):
            yield self._slipped(
                found.name, re.sub(r": .*", f": {said(self.mine)} for {said(meant / scale)}", found.says)
            )
            return
        products = sorted({float(p) for p in self.question.products.flat if p})
        if not 0 < len(ONE_PRODUCT) * len(products) * 2 * self.half < SURE * most / scale:
            return
        found_products = [
            (name, f"the product {said(p)} is {clause}")
            for p in products
            for name, by, clause, _ in ONE_PRODUCT
            if self._is(self.right + by * p)
        ]
        if found_products:
            yield self._slipped(found_products[0][0], ", or ".join(says for _, says in found_products[:3]))


@dataclass(frozen=True)
class WholeMapMarking:
    """A whole map, or all of those that are shown, beside torch's; `places` are the decimals it was written with."""

    question: LayerMaps
    reply: Cells
    places: int = 0

    @cached_property
    def verdict(self) -> Verdict:
        worked = self.question.maps.plane(self.question.chosen.index(self.question.worked))
        there = {"the worked map": worked, "all that are shown": self.question.maps}
        right = next((cells for cells in there.values() if cells.shape == self.reply.shape), None)
        if right is None:
            wanted = listed([f"{times(cells.shape)} of {name}" for name, cells in there.items()])
            raise Impossible(
                f"the answer has {counted(self.reply.numerators.size, 'cell')}, {times(self.reply.shape)}: give the number of the worked cell, or {wanted}"
            )
        agrees = agree(self.reply, right, self.places).reshape(-1)
        if agrees.all():
            return RIGHT
        place = list(every(right.shape))[int((~agrees).argmax())]
        written, meant = (said(float(floats(cells)[place])) for cells in (self.reply, right))
        cell = at(place)
        text = f"{share(int(agrees.sum()), agrees.size, 'cell', 'right')}; the first that differs is ({cell}): {written}, where {meant} is right"
        return wrong(found=text, maps=(self.reply, spelled(floats(right)) if max(right.shape) <= MOST_SHOWN else right))
