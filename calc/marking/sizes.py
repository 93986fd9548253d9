"""An answer to the question of shape marked: the size of one layer, or the sizes of layers one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from calc.backward import Backward
from calc.errors import Impossible, listed, printable, times
from calc.expr import Number
from calc.marking.replies import written_for
from calc.marking.size_replies import AXIS_NAMES, Numbers, Said
from calc.marking.slips import LONG, plain_slip
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, said, wrong
from calc.rules import LETTER, NAMES, WORDS, Name
from calc.several import Several
from calc.sizing import Size


@dataclass(frozen=True)
class SizeMarking:
    """One answer to what a layer, or numbers for it, come to."""

    question: Size
    said: tuple[Said, ...]
    accepted: frozenset[str] = frozenset()

    @cached_property
    def verdict(self) -> Verdict:
        other = self._other()
        return self._judged if other is None else self._of_another(other)

    def _other(self) -> Name | None:
        """The number that a reply names where it is not the one that is asked: s = 9 where k is."""
        name = OTHERS.get(self.said[0].name.strip().lower()) if len(self.said) == 1 else None
        return name if name != self.question.unknown else None

    def _of_another(self, other: Name) -> Verdict:
        """The verdict on a number that is called what is not asked: the number is judged, and the letter is not right."""
        question, verdict = self.question, self._judged
        values = [each[LETTER[other]] for axis in question.axes if LETTER[other] in (each := axis.letters())]
        given = f", given as {spelled(tuple(values[:1] if len(set(values)) == 1 else values))}," if values else ""
        letter = LETTER[question.unknown]
        says = f"the {_called(other)}{given} is not what is asked: the {_called(question.unknown)} is"
        if verdict.outcome == "wrong":
            return replace(verdict, found=says)
        mine = spelled(self.said[0].numbers)
        made = Cause("slip", "other-letter", f"{mine} is right for the {_called(question.unknown)}")
        return wrong([Explanation((made,))], found=says, differs=(f"{LETTER[other]} = {mine}", f"{letter} = {mine}"))

    @property
    def _judged(self) -> Verdict:
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
        fits.sort(key=lambda fit: _place(fit.causes[0].name))
        return wrong(fits or slipped(values, right), self.accepted, differs=(spelled(values), self._said_right))

    @property
    def _said_right(self) -> str:
        """What is right, all of it where there are several numbers in a row."""
        stretches = self.question.axes[0].stretches
        if len(self.question.axes) == 1 and len(stretches) == 1 and self.question.unknown == "in":
            first, last = stretches[0]
            if last is not None and last > first:
                return f"{first} {'or' if last == first + 1 else 'to'} {last}"
        return spelled(self._right)

    @property
    def _right(self) -> Numbers:
        """The right number for the unknown, or for the layer where nothing else does it."""
        return _numbers({"": self.question.answer.get(self.question.unknown)})

    def _along(self) -> Numbers | None:
        """A number for each axis, where the axes are named: height = 240, width = 320."""
        square = len(self.question.every) == 1 and len({each.numbers for each in self.said}) == 1 < len(self.said)
        if square and all(any(each.name.lower() in words for words in AXIS_NAMES) for each in self.said):
            return self.said[0].numbers
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
            if layer.setdefault(name, each.numbers[0]) != each.numbers[0]:
                raise Impossible(f"the answer gives two numbers for the {WORDS[name]}: give one")
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


def _called(name: Name) -> str:
    """A number of a layer by its name and its letter: stride s."""
    return WORDS[name] if LETTER[name] == name else f"{WORDS[name]} {LETTER[name]}"


LEFT_OUT = ("dilation-ignored", "stride-ignored", "padding-ignored")
"""Rules that leave out what few questions have: where one has it, they come before others that fit as well."""


def _place(name: str) -> int:
    return LEFT_OUT.index(name) if name in LEFT_OUT else len(LEFT_OUT)


OTHERS: Mapping[str, Name] = {
    "in": "in",
    "input": "in",
    "out": "out",
    "k": "kernel",
    "kernel": "kernel",
    "kernel_size": "kernel",
    "kernel size": "kernel",
    "s": "stride",
    "stride": "stride",
    "p": "padding",
    "pad": "padding",
    "padding": "padding",
    "d": "dilation",
    "dilation": "dilation",
}
"""Names that mean one number of a layer and no other."""


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
