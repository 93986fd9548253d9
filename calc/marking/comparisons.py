"""An answer to two chains of layers side by side marked: a number for each, or which of them has more of something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from calc.comparison import Comparison
from calc.errors import Impossible, listed, printable
from calc.expr import Number
from calc.marking.replies import LONGEST_LINES, check_length, read_value
from calc.marking.spelling import plain
from calc.marking.verdicts import RIGHT, Explanation, Verdict, because, gives, spaced, wrong
from calc.marking.wrong_shapes import wrong_fields

FACTS = {
    "receptive_field": ("one output sees", "field", "receptive field", "receptive fields", "fields", "rf", "sees"),
    "weights": ("weights", "weight"),
    "parameters": ("parameters", "parameter", "params"),
    "multiply_accumulates": ("MACs", "macs", "mac", "multiplications"),
}
"""What of both chains is compared, and what it is called."""

FEWER = frozenset(("fewer", "less", "smaller", "lower", "cheaper"))
MORE = frozenset(("more", "larger", "greater", "bigger", "higher", "wider"))
ALIKE = frozenset(("same", "equal", "equally", "alike", "identical"))

Which = Literal["first", "second", ""]
"""One of the chains; neither where they are alike."""


@dataclass(frozen=True)
class ComparisonMarking:
    """One answer to a comparison."""

    question: Comparison
    reply: str
    accepted: frozenset[str] = frozenset()

    @cached_property
    def verdict(self) -> Verdict:
        check_length(self.reply, LONGEST_LINES)
        text = plain(self.reply).strip().lower()
        fact = self._fact(text)
        if {*re.findall(r"[a-z]+", text)} & (FEWER | MORE | ALIKE):
            return self._of_choice(text, fact)
        numbers = self._numbers(text)
        right = self._values(fact)
        if numbers == right:
            return RIGHT
        if numbers == right[::-1]:
            each = [f"{spaced(number)} of {name}" for number, name in zip(numbers, self._names()[::-1], strict=True)]
            return Verdict("right", remarks=(f"taken as {listed(each)}",))
        return wrong(self._led(fact, numbers), self.accepted, differs=(_said(numbers), _said(right)))

    def _fact(self, text: str) -> str:
        """What the answer is about: the weights, where it does not say."""
        known = self.question.answer["first"]
        there = [name for name in FACTS if isinstance(known.get(name), int)]
        found = [name for name in FACTS if any(re.search(rf"\b{re.escape(word)}\b", text) for word in FACTS[name])]
        if found and found[0] not in there:
            raise Impossible(f"the {FACTS[found[0]][1]} are not known here: {listed([FACTS[n][0] for n in there])} are")
        return found[0] if found else "weights"

    def _values(self, fact: str) -> tuple[Number, Number]:
        answer: Any = self.question.answer
        return answer["first"][fact], answer["second"][fact]

    def _numbers(self, text: str) -> tuple[Number, Number]:
        """A number for each chain, or one for both."""
        parted = re.sub(r"\b(?:and|against|vs|versus|to)\b", ",", text)
        bare = re.sub(r"[^\W\d_][^\W\d_-]+|[=:.]", " ", parted)
        bare = re.sub(r"^\s*(\d+)\s+(\d{1,2}|\d{4,})\s*$", r"\1, \2", bare)  # 27 49; three digits may be thousands
        parts = [part for part in re.split(r"[,;\n]", bare) if re.search(r"\d", part)]
        if len(parts) not in (1, 2):
            raise Impossible(
                f"“{printable(self.reply, 40)}” cannot be marked: give a number for each chain, such as “weights = 25, 18”, or say which has more, such as “the second has fewer weights”"
            )
        values = [read_value(part).number for part in parts]
        return values[0], values[-1]

    def _of_choice(self, text: str, fact: str) -> Verdict:
        """Whether a chain has more or fewer, or both as many."""
        words = {*re.findall(r"[a-z]+", text)}
        first, second = self._values(fact)
        fewer = bool(words & FEWER)
        right: Which = "" if first == second else "first" if (first < second) == fewer else "second"
        if words & ALIKE:
            mine: Which = ""
            right = right if first != second else ""
        else:
            mine = self._chain(text)
        what = FACTS[fact][0] if fact != "receptive_field" else "cells that one output sees"
        if mine == right:
            return RIGHT
        one, other = self._names()
        return wrong(found=f"{what}: {spaced(first)} of the first, {one}; {spaced(second)} of the second, {other}")

    def _names(self) -> tuple[str, str]:
        """The chains by their layers."""
        one, other = (", ".join(stage.text for stage in stack.stages) for stack in self.question.stacks)
        return one, other

    def _chain(self, text: str) -> Which:
        """Which of the chains is named: by its place, or by its layers."""
        names = {name: (name, words.lower()) for name, words in zip(("first", "second"), self._names(), strict=True)}
        found = [name for name, words in names.items() if any(word in text for word in words)]
        if len(found) > 1:  # “conv 3” stands in “conv 3, conv 3” as well
            found = [max(found, key=lambda name: max(len(word) for word in names[name] if word in text))]
        if not found:
            raise Impossible(f"“{printable(self.reply, 40)}” does not say which: the first or the second")
        return "first" if found[0] == "first" else "second"

    def _led(self, fact: str, numbers: tuple[Number, Number]) -> list[Explanation]:
        """What leads to wrong fields."""
        if fact != "receptive_field":
            return []
        right = self._values(fact)
        return [
            because(name, why, gives(spaced(mine)))
            for stack, mine, true in zip(self.question.stacks, numbers, right, strict=True)
            if mine != true
            for name, why, field in wrong_fields(stack)
            if set(field) == {mine}
        ]


def _said(numbers: tuple[Number, Number]) -> str:
    return " and ".join(map(spaced, numbers)) if numbers[0] != numbers[1] else spaced(numbers[0])
