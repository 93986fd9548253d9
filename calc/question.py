"""What can be asked.

A question is a frozen object that knows its worked solution and the misconceptions: the systematic wrong rules
a learner may have followed, with the answer each leads to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from calc.derivation import Derivation
from calc.displayed import Displayed
from calc.expr import Expr, Number

if TYPE_CHECKING:
    from calc.marking.front import Marked


class Misconception(NamedTuple):
    """A wrong rule beside the rule it bends.

    `name` is the same wherever learners make the same mistake. `about` names the rule ("params", "size", …), `rule` is
    the wrong formula in the same letters, `why` says what is wrong with it, `example` is a case in which it differs
    from the truth. `silent` are numbers of letters at which it says nothing: a rule about padding where there is none.
    `taking` is what it takes letters for, if the rule that it bends gives this one with that put in: so it composes
    with any other wrong rule.
    """

    name: str
    about: Literal["params", "size", "macs", "kernel", "padding"]
    rule: Expr
    why: str
    example: Mapping[str, Number]
    silent: Mapping[str, Number] = {}
    taking: Mapping[str, Expr | Number] = {}

    def speaks_of(self, letters: Mapping[str, object]) -> bool:
        """Whether the case has what the rule is about."""
        return all(letters.get(name) != number for name, number in self.silent.items())

    def with_another(self, other: Misconception) -> Expr | None:
        """The formula where this wrong rule is followed and another with it; None where they do not compose."""
        if other.about != self.about or set(self.taking) & other._touched or self._touched & set(other.taking):
            return None
        if other.taking:
            return self.rule.put(other.taking)
        return other.rule.put(self.taking) if self.taking else None

    @property
    def _touched(self) -> set[str]:
        """The letters that are taken for something else, and those that are taken for them."""
        return {*self.taking, *(name for value in self.taking.values() for name in _free(value))}


def _free(value: Expr | Number) -> frozenset[str]:
    return frozenset() if isinstance(value, int | Fraction) else value.free


class Mistaken(NamedTuple):
    """Where a misconception leads in one question: the wrong answer and why it is wrong."""

    name: str
    why: str
    answer: Any


class Question(Displayed, ABC):
    """Something that can be asked; solving it and recognising wrong answers are readings of one object."""

    @abstractmethod
    def derivation(self) -> Derivation:
        """The worked solution."""

    @abstractmethod
    def mistaken(self) -> tuple[Mistaken, ...]:
        """The wrong answers that known misconceptions lead to, each different from the right one."""

    @abstractmethod
    def data(self) -> dict[str, Any]:
        """The question as plain data, as it stands in the JSON output."""

    def mark(self, reply: object, *, working: bool = False, accept: Iterable[str] = ()) -> Marked:
        """The verdict on an answer, as `calc.mark` gives it."""
        from calc.marking.front import mark

        return mark(self, reply, working=working, accept=accept)


def one_or_all(values: list[Any]) -> Any:
    """What an answer says of several axes: one value where they agree, else one for each."""
    return values[0] if all(value == values[0] for value in values) else values
