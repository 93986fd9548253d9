"""What wrong rules make of the rows of a ledger: every total that one or two of them lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from calc.counting import Count
from calc.marking.slips import near
from calc.wrong_counts import Rule, rules


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
        """Two wrong rules, each in layers of its own."""
        return self._by_total(
            [
                Bent(a.rules + b.rules, {**a.rows, **b.rows})
                for a, b in combinations(self._whole, 2)
                if not set(a.rows) & set(b.rows)
            ]
        )

    def numbers(self) -> frozenset[int]:
        """Every total of which something is to be said: the right ones, what rules lead to, slips in what one rule leads to."""
        right = self.question.parameters
        plain = {right, self.question.trainable, self.question.macs or right, *self.singles, *self.alone, *self.pairs}
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
