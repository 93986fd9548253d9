"""One question of a practice: what is asked, what is given, how an answer to it is marked, and what wrong rules answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Any, NamedTuple

from calc.concepts.base import Concept
from calc.counting import Count
from calc.derivation import Derivation
from calc.errors import Impossible
from calc.exact import Cells
from calc.feature_maps import FeatureMaps
from calc.hints import hint
from calc.marking.front import Marked, mark
from calc.marking.wrong_answers import wrong_answers as led_to
from calc.posing import Asks, posed
from calc.practice.lines import unfinished
from calc.question import Question
from calc.transposed import Transposed

TRIES, PATIENCE = 60, 16
"""Drawings among which the one is taken that tells most wrong rules apart, and how many may bring nothing better."""


class Draft(NamedTuple):
    """A question as it was drawn, with its command line.

    `points` are the misconceptions that it is there for: each of them leads to another answer than the right one and
    than the others.
    """

    line: str
    question: Question
    points: tuple[str, ...]
    asks: Asks = ""


Maker = Callable[[Random], Draft]


@dataclass(frozen=True)
class Item:
    """One question of a practice."""

    topic: str
    level: int
    draft: Draft
    wrong: Mapping[str, frozenset[Hashable]] = field(repr=False)
    """What each misconception answers, by its name: every answer that differs from the right one."""

    @property
    def line(self) -> str:
        """The command that asks the same."""
        return self.draft.line

    @property
    def question(self) -> Question:
        """What is asked."""
        return self.draft.question

    @property
    def asks(self) -> Asks:
        """What of it is asked."""
        return self.draft.asks

    @cached_property
    def told(self) -> frozenset[str]:
        """The misconceptions that lead to an answer which no other one leads to."""
        return frozenset(
            name
            for name, answers in self.wrong.items()
            if not any(answers & other for rest, other in self.wrong.items() if rest != name)
        )

    @cached_property
    def prompt(self) -> Derivation:
        """What is asked and what is given, never the answer."""
        title, steps, decimals = posed(self.question, self.asks)
        return Derivation(title, steps, question=self.question.data(), decimals=decimals)

    @property
    def form(self) -> str:
        """How an answer is written, where that is not plain."""
        if isinstance(self.question, FeatureMaps):
            return "rows on lines, or parted by ;"
        if isinstance(self.question, Concept):
            return "such as ii"
        return "cells along one axis" if self.asks == "field" else ""

    def goes_on(self, lines: Sequence[str]) -> bool:
        """Whether an answer that begins with these lines has more; `Impossible` where the last of them is none of its."""
        return self.asks != "macs" and unfinished(self.question, lines)

    def mark(self, reply: str) -> Marked:
        """The verdict on an answer; `Impossible` where it cannot be read."""
        if self.asks == "macs":
            return replace(mark(self.question, f"macs = {reply}"), reply=reply)
        return mark(self.question, reply, files=False)

    def hint(self, level: int) -> Derivation:
        """The hint of that level, from 1 to 5."""
        return hint(self.question, level, self.asks, "?")

    def solution(self) -> Derivation:
        """The worked solution."""
        if self.asks == "macs" and isinstance(self.question, Count):
            from calc.ledger import read_columns

            return self.question.derivation(read_columns("name,layer,output,work,macs"))
        if isinstance(self.question, Transposed):  # the way that the hints go
            return self.question.derivation("stamps")
        return self.question.derivation()


def wrong_answers(question: Question, asks: Asks) -> dict[str, frozenset[Hashable]]:
    """What each misconception answers that differs from the right answer, by its name."""
    found: dict[str, set[Hashable]] = {}
    for name, answer in led_to(question, asks):
        found.setdefault(name, set()).add(plain(answer))
    return {name: frozenset(answers) for name, answers in found.items()}


def plain(answer: Any) -> Hashable:
    """An answer as something that is equal where the answers are."""
    if isinstance(answer, Cells):
        return answer.shape, str(answer.nested())
    return answer if isinstance(answer, int | tuple) else str(answer)


def clashes(wrong: Mapping[str, frozenset[Hashable]]) -> int:
    """How many pairs of misconceptions share an answer."""
    names = sorted(wrong)
    return sum(bool(wrong[a] & wrong[b]) for i, a in enumerate(names) for b in names[:i])


def telling(draft: Draft, wrong: Mapping[str, frozenset[Hashable]]) -> bool:
    """Whether every misconception that the question is there for leads to an answer of its own, and the right one is not dull."""
    if isinstance(draft.question, FeatureMaps):
        cells = draft.question.answer.numerators
        if (cells == cells.flat[0]).all():
            return False
    answers = [wrong.get(name, frozenset()) for name in draft.points]
    return all(answers) and not any(a & b for i, a in enumerate(answers) for b in answers[:i])


def drawn(topic: str, level: int, make: Maker, random: Random, about: Collection[str] = ()) -> Item:
    """The question among those drawn on which misconceptions lead to most different answers, first of all those in `about`."""
    best: tuple[tuple[int, int, int], Item] | None = None
    since = 0
    for _ in range(TRIES):
        try:
            draft = make(random)
        except Impossible:  # layers that do not fit each other
            continue
        wrong = wrong_answers(draft.question, draft.asks)
        item = Item(topic, level, draft, wrong)
        cost = (len(set(about) - item.told), int(not telling(draft, wrong)), clashes(wrong))
        since += 1
        if best is None or cost < best[0]:
            best, since = (cost, item), 0
        if not any(best[0]) or (since >= PATIENCE and not any(best[0][:2])):
            break
    assert best is not None, f"no question of {topic} {level} can be asked"
    return best[1]
