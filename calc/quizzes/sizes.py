"""Sizes to be filled in: of one layer, and after each of layers in a row, with what one output sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from calc.derivation import Derivation, Step, Text
from calc.errors import times
from calc.expr import Number
from calc.marking.wrong_shapes import known, wrong_channels, wrong_fields
from calc.quizzes.blanks import Again, Blank, Cell, Rules, Turn, sizes
from calc.quizzes.causes import misled
from calc.rules import WORDS
from calc.sizing import Size
from calc.stack import Stack, size_after, wrong_rules

LONGEST = 60
"""Layers up to which what one output sees is asked after each."""

BATCHES = ("1x", "nonex", "nx", "bx", "batchx", "-1x", "?x")
"""What stands before numbers in a row for the batch that they are in."""


def turns(question: Size, shows: Text, rules: Rules) -> Iterator[Turn]:
    """The one number, or size, that is looked for."""
    unknown = question.unknown
    right = _numbers(question.answer[unknown])
    between: tuple[tuple[int, int | None], ...] = ()
    if len(question.axes) == 1 and unknown != "out":
        between = question.axes[0].stretches
    wrong = [(misled(m.name, m.why), sizes(_numbers(m.answer[unknown]))) for m in question.mistaken()]
    if len(right) > 1:
        wrong.append((misled("axes-swapped", "the height comes first, then the width"), sizes(right[::-1])))
    spelled = sizes(right)
    led = {
        answer: causes
        for answer, causes in rules.led(spelled, wrong).items()
        if not any(_within(answer, first, last) for first, last in between)
    }
    asks = f"the {WORDS[unknown]}"
    blank = Blank("answer", asks, shows, spelled, between, wrong=led, sized=True, loose=unknown == "out")
    yield Turn(("The answer",), ((blank,),), kind="answer")


def _within(answer: str, first: int, last: int | None) -> bool:
    return answer.isdigit() and int(answer) >= first and (last is None or int(answer) <= last)


def _numbers(answer: Any) -> tuple[Number, ...]:
    return tuple(answer) if isinstance(answer, list | tuple) else (answer,)


def stack_turns(question: Stack, rules: Rules) -> Iterator[Turn]:
    """The size after each layer, where it changes, and what one output sees, where that does."""
    names = (["out"] if question.sized else []) + (["one output sees"] if question.paths else [])
    header: tuple[Text, ...] = (("layer",), *((name,) for name in names))
    rows = _StackRows(question, rules)
    lines = tuple(rows.row(i) for i in range(len(question.passed)))
    yield Turn(("Layer by layer",), lines, header, (False, *(True for _ in names)))


class _StackRows:
    """The rows of layers one after the other, with the blanks that were made so far."""

    def __init__(self, question: Stack, rules: Rules) -> None:
        self.question = question
        self.rules = rules
        self.details = next(iter(question.tables(sized=question.sized))).details
        self.why = wrong_rules([at.layer for at in question.images])
        self.bent = {name: question.bent(name) for name in self.why}
        self.last: dict[str, str] = {}
        """The blank of each column that was made last."""

    def row(self, i: int) -> tuple[Cell, ...]:
        """The layer, the blank of its output, the blank of what one output sees."""
        stack, at = self.question, self.question.passed[i]
        cells: list[Cell] = [(at.text,)]
        if stack.sized:
            cells.append(self._out(i))
        if stack.paths:
            cells.append(self._field(i) if i < len(stack.images) else ("",))
        return tuple(cells)

    def _kept(self, column: str, said: str) -> Cell:
        """What stands where nothing changes: the last answer once more, or what was given."""
        return Again(self.last[column]) if column in self.last else (said,)

    def _out(self, i: int) -> Cell:
        stack, at = self.question, self.question.passed[i]
        if at.output == at.input:
            return self._kept("out", stack.written(at.output))
        right = shapes(known(at.output), channels=at.output[0] is not None)
        wrong = [(misled(name, why), shapes(x, channels=whole)) for name, why, x, whole in self._wrong_out(i)]
        name = f"out {i + 1}"
        self.last["out"] = name
        asks = f"what comes out of layer {i + 1}, {at.brief}"
        shows = (stack.written(at.output),)
        led, steps = self.rules.led(right, wrong), self._worked(i, "Output")
        loose = at.output[0] is None and i < len(stack.images)
        return Blank(name, asks, shows, right, wrong=led, worked=steps, sized=True, loose=loose)

    def _wrong_out(self, i: int) -> Iterator[tuple[str, str, tuple[Number, ...], bool]]:
        """What wrong rules give for a size: followed from the start, or in this layer alone; and wrong channels."""
        stack, at = self.question, self.question.passed[i]
        channels = tuple(n for n in at.output[:1] if n is not None)
        if i < len(stack.images):
            for name, why in self.why.items():
                if (sizes_after := self.bent[name]) and i < len(sizes_after):
                    yield name, why, (*channels, *sizes_after[i]), bool(channels)
            for name, why in wrong_rules([at.layer]).items():
                paths = [path[i] for path in stack.paths]
                alone = tuple(size_after(p.layer, p.axis, p.cells, name) for p in paths)
                yield name, why, (*channels, *alone), bool(channels)
        if i < LONGEST:
            for name, why, led in wrong_channels(self._up_to(i)):
                yield name, why, led, len(led) > 1

    def _field(self, i: int) -> Cell:
        stack, at = self.question, self.question.passed[i]
        numbers = tuple(along[i].size for along in stack.fields)
        before = tuple(along[i - 1].size if i else 1 for along in stack.fields)
        if numbers == before:
            return self._kept("field", times(numbers))
        right = sizes(numbers)
        told = wrong_fields(self._up_to(i)) if i < LONGEST else ()
        wrong = [(misled(name, why), sizes(led)) for name, why, led in told]
        name = f"field {i + 1}"
        self.last["field"] = name
        asks = f"how many cells one output of layer {i + 1}, {at.brief}, sees"
        worked = self._worked(i, "Receptive field")
        return Blank(
            name, asks, (times(numbers),), right, wrong=self.rules.led(right, wrong), worked=worked, sized=True
        )

    def _up_to(self, i: int) -> Stack:
        """The same up to that layer."""
        return replace(self.question, stages=self.question.stages[: i + 1])

    def _worked(self, i: int, title: str) -> tuple[Step, ...]:
        return worked(self.details[i], title)


def worked(row: Derivation | None, title: str) -> tuple[Step, ...]:
    """The part of what a row unfolds into whose title begins so."""
    parts = [step for step in (row.steps if row else ()) if isinstance(step, Derivation)]
    return next((part.steps for part in parts if str(part.title[0]).startswith(title)), ())


def shapes(numbers: Sequence[Number], *, channels: bool) -> tuple[str, ...]:
    """Every spelling of a shape: with its channels before or behind, or without them; numbers in a row with their batch."""
    if len(numbers) == 1:
        return tuple(f"{batch}{one}" for batch in ("", *BATCHES) for one in sizes(numbers))
    if not channels:
        return sizes(numbers)
    rest = numbers[1:]
    return tuple(dict.fromkeys((*sizes(numbers), *sizes((*rest, numbers[0])), *sizes(rest))))
