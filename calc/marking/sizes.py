"""An answer to the question of shape marked: the size of one layer, or the sizes of layers one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

from calc.backward import Backward
from calc.errors import Impossible, listed, printable, times
from calc.expr import LONGEST_TEXT, Number, exact
from calc.marking.replies import (
    LONGEST_LINES,
    Value,
    check_length,
    parted,
    plain,
    read_sizes_said,
    read_value,
    written_for,
)
from calc.marking.slips import LONG, plain_slip
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, said, wrong
from calc.rules import LETTER, NAMES, WORDS, Name
from calc.several import Several
from calc.sizing import Size

Numbers = tuple[Number, ...]


MOST_SIZES = 1_000
"""Sizes of an answer."""

AXIS_NAMES: tuple[frozenset[str], ...] = (
    frozenset(("depth", "d", "deep", "d_out")),
    frozenset(("height", "h", "high", "tall", "rows", "h_out", "out_h")),
    frozenset(("width", "w", "wide", "columns", "w_out", "out_w")),
)
"""What the axes are called."""


class Said(NamedTuple):
    """One size of a reply: a number, or one for each axis; what it was called, and how it was worked out."""

    name: str
    numbers: Numbers
    value: Value | None


def size_readings(text: str, axes: int) -> Iterator[tuple[Said, ...]]:
    """The ways in which sizes along so many axes can be read, the first the plainest; `Impossible` where there is none."""
    yield read_sizes_reply(text)
    if len(text) > LONGEST_TEXT:
        return
    bare = plain(text).strip()
    sides = re.fullmatch(r"[\[(]?\s*(\d+(?:\s+\d+)+)\s*[\])]?", bare)
    if sides and len(numbers := sides[1].split()) == axes > 1:
        yield (Said("", tuple(map(int, numbers)), None),)  # 240 320
    inner = re.fullmatch(r"\[(.*)\]|\((.*)\)", bare, re.DOTALL)
    if inner and "," in bare:
        with suppress(Impossible):
            yield read_sizes_reply(inner[1] or inner[2])  # [24, 12, 10, 5]
    factors = re.findall(r"\d+", bare)
    if (
        axes == 1
        and re.fullmatch(r"\d+(?:\s*[*·x×]\s*\d+)+", bare)
        and not (re.search("[x×]", bare) and len(set(factors)) == 1)
    ):
        yield (Said("", (prod(map(int, factors)),), None),)  # 14*2
    if re.fullmatch(r"\d+,\d+", bare):
        yield (Said("", (exact(Fraction(bare.replace(",", "."))),), None),)  # 252,0
    told = re.fullmatch(r"(\d+)\s+(?:in total|altogether|in all|together)\.?", bare, re.IGNORECASE)
    if told:
        yield (Said("", (exact(Fraction(int(told[1]), 2)),), None),)  # zeros of both sides


def read_sizes_reply(text: str) -> tuple[Said, ...]:
    """Sizes as they are answered: 252, 250x250, k = 9, (508 − 2)/2 + 1 = 254; several with commas or on lines."""
    check_length(text, LONGEST_LINES)
    found = []
    text = re.sub(r"^\s*(?:about|approximately|ca\.?|≈)\s+(?=\d)", "", plain(text), flags=re.IGNORECASE)
    text = re.sub(r"(?<=[\d)])\s+(?:or|and)\s+(?=[\d(])", ", ", text.strip().strip("{}"))
    text = re.sub(r"(?<=\d)\s*px\b", "", text)
    text = re.sub(r"(\d+)\s*(wide|high|tall|deep)\b", r"\2 = \1", text)
    if len(set(text.split())) == 1 and len(text.split()) in (2, 3):
        text = "x".join(text.split())  # 254 254
    by_axis = re.split(r"\s+[x×]\s+", text)
    if len(by_axis) in (2, 3) and any(re.search(r"\d\s*[-+/]", part) for part in by_axis):
        return (Said("", tuple(read_value(part).number for part in by_axis), None),)
    inner = re.fullmatch(r"\s*\[(.*)\]\s*", text, re.DOTALL)
    if inner and read_sizes_said(text) is None:
        text = inner[1]
    sizes_told = parted(text.strip(), "\n;,") if len(text) > LONGEST_TEXT or read_sizes_said(text) is None else [text]
    if len(sizes_told) > MOST_SIZES:
        raise Impossible(f"the answer has {len(sizes_told)} sizes, more than the {MOST_SIZES} that are read")
    for part in sizes_told:
        if not part.strip():
            continue
        named = re.fullmatch(r"\s*([^\W\d][\w ]*)[=:]([^=:]*)", part)
        name, rest = (named[1], named[2]) if named else ("", part)
        sizes = read_sizes_said(rest)
        if sizes:
            found.append(Said(name.strip(), sizes, None))
            continue
        value = read_value(part, sized=True)
        found.append(Said(value.name, (value.number,), value))
    if not found:
        raise Impossible("the answer is empty: a size is wanted, such as 252 or 250x250")
    return tuple(found)


@dataclass(frozen=True)
class SizeMarking:
    """One answer to what a layer, or numbers for it, come to."""

    question: Size
    said: tuple[Said, ...]
    accepted: frozenset[str] = frozenset()

    @cached_property
    def verdict(self) -> Verdict:
        values = self._along() or self._values()
        if values and len(values) > len(self.question.every) and len(set(values)) == 1:
            values = values[:1]  # a 9×9 kernel of one number along both axes
        if values is None or self._is_right(values) or self._are_some(values):
            return RIGHT
        led = [(m, _numbers(m.answer)) for m in self.question.mistaken()]
        if self._with_channels(values):
            return Verdict("right", remarks=("the question says nothing of channels: the sizes alone were judged",))
        fits = [because(m.name, m.why, gives(spelled(numbers))) for m, numbers in led if alike(values, numbers)]
        right = self._right
        if len(values) == len(right) > 1 and values == right[::-1] and len(set(right)) > 1:
            fits = [because("axes-swapped", "the height comes first, then the width"), *fits]
        return wrong(fits or slipped(values, right), self.accepted, differs=(spelled(values), spelled(right)))

    @property
    def _right(self) -> Numbers:
        """The right number for the unknown, or for the layer where nothing else does it."""
        return _numbers({"": self.question.answer.get(self.question.unknown)})

    def _along(self) -> Numbers | None:
        """A number for each axis, where the axes are named: height = 240, width = 320."""
        names = AXIS_NAMES[-len(self.question.every) :]
        found = [next((i for i, words in enumerate(names) if each.name.lower() in words), None) for each in self.said]
        if None in found or len(set(found)) < len(names) or len(found) > len(names):
            return None
        ordered = sorted(zip(found, self.said, strict=True), key=lambda pair: pair[0] or 0)
        return tuple(each.numbers[0] for _, each in ordered)

    def _with_channels(self, values: Numbers) -> bool:
        """Whether these are the right sizes with channels before or behind them, and a batch."""
        axes = max(len(self.question.every), 2)
        right = self._right if len(self._right) == axes else self._right * axes
        whole = self.question.unknown == "out" and all(x.denominator == 1 and x > 0 for x in values)
        behind = len(values) == axes + 1 and values[:axes] == right
        return whole and (behind or (len(values) in (axes + 1, axes + 2) and values[-axes:] == right))

    def _values(self) -> Numbers | None:
        """The numbers for the unknown; None where a whole layer was answered that does it."""
        if len(self.said) == 1:
            return self.said[0].numbers
        every = tuple(x for each in self.said for x in each.numbers)
        if not any(each.name for each in self.said) and (
            len(every) == len(self.question.every) or len(set(every)) == 1
        ):
            return every
        if self._are_some(every):
            return every
        layer: dict[Name, Number] = {}
        for each in self.said:
            name = _name(each.name)
            if name is None or len(each.numbers) > 1:
                raise Impossible(
                    f"one answer is wanted, the {WORDS[self.question.unknown]}: “{printable(each.name or str(each.numbers[0]), 30)}” is another"
                )
            layer[name] = each.numbers[0]
        whole = {str(name): int(x) for name, x in layer.items() if x.denominator == 1}
        if len(whole) == len(layer) and all(axis.does(whole) for axis in self.question.axes):
            return None
        told = layer.get(self.question.unknown)
        return (told,) if told is not None else tuple(layer.values())[:1]

    def _are_some(self, values: Numbers) -> bool:
        """Whether these are several numbers for the unknown, each of which does it."""
        alone = len(self.question.axes) == 1 and self.question.unknown != "out" and not any(x.name for x in self.said)
        return alone and len(self.said) > 1 and all(self.question.axes[0].answered_by(x) for x in values)

    def _is_right(self, values: Numbers) -> bool:
        question = self.question
        if len(values) == len(question.every):
            pairs = zip(question.every, values, strict=True)
            return (
                bool(question.axes[0].stretches or question.unknown == "out")
                and all(axis.answered_by(x) for axis, x in pairs)
            ) or alike(self._right, values)
        return len(values) == 1 and (
            all(axis.answered_by(values[0]) for axis in question.axes) or alike(self._right, values)
        )


def spelled(numbers: Numbers) -> str:
    """A size as a sentence says it."""
    return times(map(said, numbers))


def _numbers(answer: Mapping[str, Any]) -> Numbers:
    """The numbers of an answer as plain data: the first thing it says."""
    value: Any = next(iter(answer.values()))
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def alike(mine: Numbers, other: Numbers) -> bool:
    """Whether two sizes are the same; one number stands for all axes, and a decimal for what it is rounded from."""
    if len(mine) == len(other) == 1 and written_for(mine[0], other[0]):
        return True
    if len(mine) != len(other) and 1 in (len(mine), len(other)):
        return len({*mine, *other}) == 1
    return mine == other


def slipped(values: Numbers, right: Numbers) -> list[Explanation]:
    """That one number was written wrongly, if it is long enough to tell."""
    if len(values) != len(right):
        return []
    odd = [(x, y) for x, y in zip(right, values, strict=True) if x != y]
    if len(odd) != 1 or any(-LONG < x < LONG for x in odd[0]):
        return []
    found = plain_slip(*odd[0])
    return [Explanation((Cause("slip", found.name, found.says),))] if found else []


@dataclass(frozen=True)
class SeveralMarking:
    """An answer to a question with several unknowns: any layer that does it is right."""

    question: Several
    said: tuple[Said, ...]

    @cached_property
    def verdict(self) -> Verdict:
        layer = self._layer()
        for given in self.question.axes:
            values: dict[Name, Number] = {**given, **layer}
            rule = self.question.rule
            if not rule.legal(values):
                return wrong(found="there is no such layer")
            if rule.size(values) != values.get("out"):
                return wrong(
                    found=f"with these numbers {values['in']} becomes {rule.size(values)}, not {values.get('out')}"
                )
        return RIGHT

    def _layer(self) -> dict[Name, Number]:
        """The numbers for the unknowns, by their names or in their order."""
        unknowns = self.question.unknowns
        layer: dict[Name, Number] = {}
        for i, each in enumerate(self.said):
            name = _name(each.name) if each.name else (unknowns[i] if i < len(unknowns) else None)
            if name not in unknowns or len(each.numbers) > 1 or each.numbers[0].denominator != 1:
                names = listed([WORDS[n] for n in unknowns])
                raise Impossible(f"whole numbers for {names} are wanted, such as “{WORDS[unknowns[0]]} = 3”")
            layer[name] = each.numbers[0]
        missing = [WORDS[name] for name in unknowns if name not in layer]
        if missing:
            raise Impossible(f"the answer says no {listed(missing)}: give it as “{missing[0]} = 3”")
        return layer


def _name(word: str) -> Name | None:
    """The number of a layer that a word means: its letter, or its name or the beginning of it."""
    plain = word.strip().lower()
    return next((n for n in NAMES if plain in (LETTER[n], n) or (len(plain) > 2 and WORDS[n].startswith(plain))), None)


@dataclass(frozen=True)
class BackwardMarking:
    """An answer to what in front of layers makes a size come out: whatever does it is right."""

    question: Backward
    said: tuple[Said, ...]

    @cached_property
    def verdict(self) -> Verdict:
        question = self.question
        numbers = tuple(x for each in self.said for x in each.numbers)
        many = len(question.unknowns)
        if len(set(numbers)) == 1 and len(numbers) > many == 1:
            numbers = numbers[:1]
        if len(numbers) != many or any(x.denominator != 1 or x < 0 for x in numbers):
            names = listed([unknown.name.replace("_", " ") for unknown in question.unknowns])
            raise Impossible(f"{many} whole number{'s are' if many > 1 else ' is'} wanted, the {names}")
        if question.does(tuple(map(int, numbers))):
            return RIGHT
        right = question.found[0]
        return wrong(slipped(numbers, right), found=f"{spelled(numbers)} does not do it: {spelled(right)} does")
