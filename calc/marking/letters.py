"""An answer with letters marked: a size, a padding or a kernel as a formula, held against the right one at many numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from calc.errors import Impossible, listed, printable
from calc.expr import Expr, Number, Sym, floor
from calc.lettered import Lettered
from calc.marking.replies import Value
from calc.marking.verdicts import RIGHT, Explanation, Verdict, because, said, wrong
from calc.marking.working import ALIASES, FIRST_WINDOW
from calc.wrong_sizes import WRONG_SOLUTIONS

TRIED = 12
"""Choices of numbers for the letters at which two formulas are compared."""


@dataclass(frozen=True)
class LetteredMarking:
    """One answer to a question of shape with letters."""

    question: Lettered
    said: Value
    accepted: frozenset[str] = frozenset()

    @cached_property
    def envs(self) -> tuple[Mapping[str, int], ...]:
        """Numbers for the letters at which there is an answer."""
        return tuple(islice(self.question.samples(), TRIED))

    @cached_property
    def verdict(self) -> Verdict:
        mine = self._mine()
        rights = [self.question.numbers(env) for env in self.envs]
        if rights and all(self._does(mine, env, right) for env, right in zip(self.envs, rights, strict=True)):
            return RIGHT
        floored = [self._does(floor(mine), env, right) for env, right in zip(self.envs, rights, strict=True)]
        if rights and self.question.unknown == "out" and all(floored):
            return Verdict("right", remarks=("the floor is left out: a last step that does not fit is dropped",))
        return wrong([*self._led(mine)], self.accepted, differs=self._differs(mine))

    def _mine(self) -> Expr:
        """The formula of the answer, its letters in the case in which the question has them."""
        letters = {name.lower(): name for name in self.question.named}
        expression = self.said.expression
        expression = expression.put({name: self._known(name) or Sym(name) for name in expression.free})
        unknown = [name for name in sorted(expression.free) if name.lower() not in letters]
        if unknown:
            known = listed(list(self.question.named)) if self.question.named else "none"
            raise Impossible(
                f"“{printable(unknown[0], 20)}” stands for nothing in this question: its letters are {known}"
            )
        return expression.put({name: Sym(letters[name.lower()]) for name in expression.free})

    def _known(self, name: str) -> Expr | None:
        """What stands for a letter by another of its names: W for n, F for k."""
        if name.lower() in {own.lower() for own in self.question.named}:
            return None
        meant = next((letter for letter, names in ALIASES.items() if name.lower() in map(str.lower, names)), "")
        return self.question.put_in.get(meant)

    def _does(self, formula: Expr, env: Mapping[str, int], right: tuple[int, ...]) -> bool:
        value = _at(formula, env)
        return value is not None and value.denominator == 1 and right[0] <= value <= right[-1]

    def _differs(self, mine: Expr) -> tuple[str, str] | None:
        """What the answer and the right one are with numbers at which they differ, where these matter."""
        told = [(_at(mine, env), self.question.numbers(env)) for env in self.envs]
        for env, (value, right) in zip(self.envs, told, strict=True):
            if not self._does(mine, env, right):
                alike = all(each == (value, right) for each in told)
                where = "" if alike else ", ".join(f"{name} = {number}" for name, number in env.items())
                return said(value), f"{said(right[0])}{f' with {where}' if where else ''}"
        return None

    def _led(self, mine: Expr) -> Iterator[Explanation]:
        """The wrong rules that give the same numbers, whether they are rounded down or not."""
        if self.question.unknown == "out":
            short = [self.question.numbers(env)[0] - 2 for env in self.envs]
            if short and any(short == [_at(each, env) for env in self.envs] for each in (mine, floor(mine))):
                yield because(FIRST_WINDOW, "the first window counts too: + 1, not − 1")
        for m in self.question.mistaken():
            formula = m.answer["out"]
            if isinstance(formula, Expr) and any(
                all(_at(formula, env) == _at(each, env) for env in self.envs) for each in (mine, floor(mine))
            ):
                yield because(m.name, m.why)
        if not self.question.same:
            return
        for rule in WRONG_SOLUTIONS:
            if rule.about == self.question.unknown and self.envs:
                told = [self._solved(rule.rule, env) for env in self.envs]
                if None not in told and told == [_at(mine, env) for env in self.envs]:
                    yield because(rule.name, rule.why)

    def _solved(self, rule: Expr, env: Mapping[str, int]) -> Number | None:
        """What a wrong solution gives with numbers for the letters of the question."""
        put = {letter: word for letter, word in self.question.put_in.items() if letter in rule.free}
        return _at(rule.put(put), env)


def _at(formula: Expr, env: Mapping[str, int]) -> Number | None:
    """The value of a formula with those numbers; None where it has none."""
    try:
        return formula.value(env)
    except (Impossible, KeyError, ZeroDivisionError):
        return None
