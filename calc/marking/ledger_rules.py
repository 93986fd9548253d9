"""What wrong rules make of the rows of a ledger: every total that one or two of them lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from math import log2
from typing import NamedTuple

from calc.counting import Count
from calc.expr import Expr
from calc.marking.replies import Value
from calc.marking.slips import near
from calc.marking.working import numbers_in
from calc.wrong_counts import Rule, rules, together

TELLING = 5.0
"""Bits by which a number must be rarer than what many combinations of wrong rules could make of it by chance."""

SURE = TELLING + 3
"""The same where two wrong rules bend one row together, of which there are the most."""


class Bent(NamedTuple):
    """What rows come to where wrong rules are followed in them."""

    rules: tuple[Rule, ...]
    rows: Mapping[int, int]

    @property
    def groups(self) -> list[tuple[int, ...]]:
        """The rows, those together that a rule takes together."""
        pairs = [list(rule.rows) for rule in self.rules if rule.together]
        couples = {i: (i, j) for rows in pairs for i, j in zip(rows[::2], rows[1::2], strict=True)}
        second = {j for _, j in couples.values()}
        return [couples.get(i, (i,)) for i in self.rows if i not in second]


class Accounts:
    """What wrong rules make of the rows of a network, of all of them or of some: the total of each, and which led to it."""

    def __init__(self, question: Count, rows: frozenset[int] | None = None) -> None:
        self.question = question
        self.within = frozenset(range(len(question.rows))) if rows is None else rows
        self.right = sum(question.rows[i].parameters for i in self.within)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every wrong rule that bends a row."""
        found = (
            rule._replace(rows={i: n for i, n in rule.rows.items() if i in self.within})
            for rule in rules(self.question)
        )
        return tuple(rule for rule in found if rule.rows and not (rule.together and len(rule.rows) % 2))

    @cached_property
    def of_rows(self) -> tuple[Rule, ...]:
        """Those that bend single rows."""
        return tuple(rule for rule in self.rules if not rule.together)

    @cached_property
    def _whole(self) -> tuple[Bent, ...]:
        """Each rule in all the layers that it bends."""
        return tuple(Bent((rule,), rule.rows) for rule in self.rules)

    @cached_property
    def singles(self) -> Mapping[int, list[Bent]]:
        """One wrong rule in all layers that it bends, or in those of one kind."""
        bent = list(self._whole)
        for rule in self.rules:
            kinds = sorted({self._kind(i) for i in rule.rows})
            if len(kinds) > 1:
                bent += [Bent((rule,), {i: n for i, n in rule.rows.items() if self._kind(i) == k}) for k in kinds]
        return self._by_total(bent)

    @cached_property
    def alone(self) -> Mapping[int, list[Bent]]:
        """One wrong rule in one of the layers that it bends."""
        return self._by_total(
            [
                Bent((rule,), {i: n})
                for rule in self.rules
                for i, n in rule.rows.items()
                if len(rule.rows) > 1 and not rule.together
            ]
        )

    @cached_property
    def pairs(self) -> Mapping[int, list[Bent]]:
        """Two wrong rules, each in layers of its own; where they share some, one in the kinds that the other leaves."""
        found: list[Bent] = []
        for a, b in combinations(self._whole, 2):
            if not set(a.rows) & set(b.rows):
                found.append(Bent(a.rules + b.rules, {**a.rows, **b.rows}))
                continue
            for one, other in ((a, b), (b, a)):
                kinds = {self._kind(i) for i in other.rows}
                left = {i: n for i, n in one.rows.items() if self._kind(i) not in kinds}
                if left and not any(rule.together for rule in one.rules):
                    found.append(Bent(one.rules + other.rules, {**left, **other.rows}))
        return self._by_total(found)

    @cached_property
    def both(self) -> Mapping[tuple[str, str], Mapping[int, Expr]]:
        """What rows are by two wrong rules that bend them both, the numbers put in."""
        every = {
            names: {i: n for i, n in rows.items() if i in self.within}
            for names, rows in together(self.question).items()
        }
        return {names: rows for names, rows in every.items() if rows}

    @cached_property
    def composed(self) -> Mapping[int, list[Bent]]:
        """Two wrong rules that bend some rows together, each in all layers that it bends."""
        by_name = {rule.name: rule for rule in self.of_rows}
        bent = []
        for (a, b), rows in self.both.items():
            one, other = by_name[a], by_name[b]
            if set(one.rows) & set(other.rows) <= set(rows):
                whole = {**one.rows, **other.rows, **{i: int(each.value()) for i, each in rows.items()}}
                kinds = {self._kind(i) for i in rows}
                bent.append(Bent((one, other), whole))
                if kinds != {self._kind(i) for i in whole}:
                    bent.append(Bent((one, other), {i: n for i, n in whole.items() if self._kind(i) in kinds}))
        return self._by_total(bent)

    def rarity(self, total: int, *, composed: bool) -> float:
        """Bits by which a total is rarer than those near it that two wrong rules lead to, in rows of their own or together."""
        near = [led for led in (*self.pairs, *(self.composed if composed else ())) if total <= 2 * led <= 4 * total]
        return log2(1.5 * max(total, 2)) - log2(len(near) + 1)

    def chosen(self, odd: Mapping[int, int]) -> dict[int, Rule]:
        """The rule that explains each wrong row, as few rules as will do."""
        chosen: dict[int, Rule] = {}
        rest = set(odd)
        while rest:
            best, covered = None, set[int]()
            for rule in self.of_rows:
                explains = {i for i in rest if rule.rows.get(i) == odd[i]}
                if len(explains) > len(covered):
                    best, covered = rule, explains
            if best is None:
                break
            chosen |= dict.fromkeys(covered, best)
            rest -= covered
        return chosen

    def paired(self, odd: Mapping[int, Value], told: Sequence[str]) -> dict[int, tuple[str, str]]:
        """Two wrong rules that lead to wrong rows together: to several of them, to a rare number, or seen in the working."""
        chosen: dict[int, tuple[str, str]] = {}
        rest = dict(odd)
        while rest:
            fits = [
                (names, [i for i, each in rows.items() if i in rest and each.value() == rest[i].number])
                for names, rows in self.both.items()
            ]
            names, rows = max(fits, key=lambda fit: (len(fit[1]), len({*fit[0]} & {*told})), default=(("", ""), []))
            ruled = self.both.get(names, {})
            sure = len(rows) > 1 or any(
                self._is_rare(i, rest[i], told) or shows(rest[i].parts[0], ruled[i]) for i in rows
            )
            if not rows or not sure:
                break
            chosen |= dict.fromkeys(rows, names)
            rest = {i: value for i, value in rest.items() if i not in rows}
        return chosen

    def _is_rare(self, row: int, value: Value, told: Sequence[str]) -> bool:
        """Whether a number of a row is rarer than those that two wrong rules could make of it, or one beside those told."""
        found = [(names, rows[row].value()) for names, rows in self.both.items() if row in rows]
        beside = {led for names, led in found if {*names} & {*told}}
        led, enough = (beside, TELLING) if value.number in beside else ({led for _, led in found}, SURE)
        return log2(max(abs(int(value.number)), 2)) - log2(len(led) + 1) >= enough

    def numbers(self) -> frozenset[int]:
        """Every total of which something is to be said: the right ones, what rules lead to, slips in what one rule leads to."""
        right = self.question.parameters
        plain = {right, self.question.trainable, self.question.macs or right, *self.singles, *self.alone, *self.pairs}
        plain |= set(self.composed)
        rows = {row.parameters for row in self.question.rows}
        slipped = {number for led in (right, *self.singles) for number in near(led)}
        return frozenset(plain | rows | slipped)

    def _kind(self, i: int) -> str:
        return self.question.rows[i].call.kind

    def _by_total(self, bent: Sequence[Bent]) -> dict[int, list[Bent]]:
        found: dict[int, list[Bent]] = {}
        for each in bent:
            off = sum(n - self.question.rows[i].parameters for i, n in each.rows.items())
            if off:
                found.setdefault(self.right + off, []).append(each)
        return found


def shows(working: Expr, ruled: Expr) -> bool:
    """Whether a calculation has just the numbers of a formula, but for ones."""
    mine, theirs = (sorted(n for n in numbers_in(each) if n != 1) for each in (working, ruled))
    return len(mine) > 1 and mine == theirs
