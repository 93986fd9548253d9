"""The question behind `cnncalc shape --compare`: two stacks of layers side by side, in sizes, fields and costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from calc.derivation import Derivation, Note, Step, Table, Text, chained
from calc.errors import times
from calc.expr import Expr, num, total
from calc.layers.base import with_numbers
from calc.question import Mistaken, Question
from calc.stack import Passed, Shape, Stack
from calc.unfolding import said


@dataclass(frozen=True)
class Comparison(Question):
    """Two stacks on the same input: what comes out, what one output sees, parameters, multiply-accumulates.

    Without `sized` the input is imagined, and what hangs on its size is left out.
    """

    first: Stack
    second: Stack
    sized: bool = True

    @property
    def stacks(self) -> tuple[Stack, Stack]:
        return self.first, self.second

    @property
    def answer(self) -> dict[str, Any]:
        """The two, each with its receptive field, its weights, and what else is known."""
        return {name: self._data(stack) for name, stack in zip(("first", "second"), self.stacks, strict=True)}

    def _data(self, stack: Stack) -> dict[str, Any]:
        facts: dict[str, Any] = {"layers": [stage.text for stage in stack.stages]}
        if self.sized:
            facts["out"] = stack.answer["out"]
        if stack.paths:
            facts |= {name: stack.answer[name] for name in ("receptive_field", "jump")}
        facts["weights"] = int(weights(stack).value())
        if known(stack):
            facts["parameters"] = int(parameters(stack).value())
        if self.sized:
            facts["multiply_accumulates"] = int(macs(stack).value())
        return facts

    def derivation(self) -> Derivation:
        parts = [Derivation((self._name(stack),), tuple(self._worked(stack))) for stack in self.stacks]
        steps = (*parts, Derivation(("Side by side",), (self._table(), *self._notes())))
        title = f"“{self._name(self.first)}” beside “{self._name(self.second)}”"
        return Derivation((title,), steps, self._verdict(), self.answer, (), self.data())

    def mistaken(self) -> tuple[Mistaken, ...]:
        return ()

    def data(self) -> dict[str, Any]:
        asked = self.first.asked if self.sized else None
        return {"asks": "compare", "in": asked, "layers": [[x.text for x in stack.stages] for stack in self.stacks]}

    def _name(self, stack: Stack) -> str:
        return ", ".join(stage.text for stage in stack.stages)

    def _worked(self, stack: Stack) -> list[Step]:
        lines = {"weights": weights(stack)}
        if known(stack):
            lines["parameters"] = parameters(stack)
        if self.sized:
            lines["multiply-accumulates"] = macs(stack)
        return [
            *(stack.tables(sized=self.sized) if stack.paths else ()),
            *(_summed(name, line) for name, line in lines.items()),
        ]

    def _table(self) -> Table:
        rows: list[tuple[Text, ...]] = []
        if self.sized:
            rows.append((("out",), *((said(stack.out),) for stack in self.stacks)))
        if all(stack.paths for stack in self.stacks):
            for name, fact in (("one output sees", "receptive_field"), ("jump", "jump")):
                rows.append(((name,), *((_said(stack.answer[fact]),) for stack in self.stacks)))
        rows.append((("weights",), *((num(weights(stack).value()),) for stack in self.stacks)))
        if all(map(known, self.stacks)):
            rows.append((("parameters",), *((num(parameters(stack).value()),) for stack in self.stacks)))
        if self.sized:
            rows.append((("multiply-accumulates",), *((num(macs(stack).value()),) for stack in self.stacks)))
        header: tuple[Text, ...] = (("",), *((self._name(stack),) for stack in self.stacks))
        return Table(header, tuple(rows), (False, True, True))

    def _verdict(self) -> Text:
        """Weights against weights, where both see the same."""
        a, b = (num(weights(stack).value()) for stack in self.stacks)
        return (a, " weights against ", b) if a != b else ("both have ", a, " weights")

    def _notes(self) -> list[Note]:
        notes = []
        fields = [stack.answer.get("receptive_field") for stack in self.stacks]
        if fields[0] is not None and fields[0] == fields[1]:
            notes.append(Note("why", (f"One output of either sees {_said(fields[0])} cells along an axis.",)))
        if not all(map(known, self.stacks)):
            text = "The channels are not said: weights and multiply-accumulates are those of one channel in and one filter in each layer; with C channels in and C filters there are C² times as many."
            notes.append(Note("convention", (text,)))
        notes.append(
            Note(
                "convention",
                (
                    "Weights are without biases; a multiply-accumulate (MAC) is one multiplication with its addition, 2 FLOPs.",
                ),
            )
        )
        return notes


def known(stack: Stack) -> bool:
    """Whether the channels are known in every layer."""
    return all(None not in (*at.input, *at.output) for at in stack.passed)


def weights(stack: Stack) -> Expr:
    """The weights of all layers, without biases."""
    return _over(stack, lambda at: with_numbers(at.layer.params, {**at.layer.letters(), "b": 0}))


def parameters(stack: Stack) -> Expr:
    """The parameters of all layers."""
    return _over(stack, lambda at: at.layer.count())


def macs(stack: Stack) -> Expr:
    """The multiply-accumulates of all layers for one input."""
    return _over(stack, lambda at: at.layer.multiply_accumulates(_with_channels(at.input), _with_channels(at.output)))


def _over(stack: Stack, of: Callable[[Passed], Expr]) -> Expr:
    """The sum over the layers that have any."""
    return total(tuple(part for at in stack.passed if (part := of(at)).value() != 0))


def _with_channels(shape: Shape) -> tuple[int, ...]:
    return tuple(1 if n is None else n for n in shape)


def _summed(name: str, line: Expr) -> Step:
    """The sum with its parts worked out one by one."""
    links = [line]
    while (after := links[-1].reduce_once()) != links[-1]:
        links.append(after)
    return chained(links, (name,))


def _said(value: Any) -> str:
    return times(value) if isinstance(value, list) else str(value)
