"""An answer to the question of parameters marked: row by row, and the total, with the wrong rules that lead to them.

The same wrong rule in several layers is one misconception. A total is held against the rows that the learner gave, so
that an error is counted once and a sum that does not add up is told from a wrong row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log2

from calc.counting import Count, Row
from calc.errors import counted, listed
from calc.expr import Expr
from calc.marking.ledger_places import Placed, Places, group_name, int_or_refuse
from calc.marking.ledger_rules import SURE, TELLING, Accounts, Bent, shows
from calc.marking.lessons import lesson
from calc.marking.replies import Value
from calc.marking.slips import LONG, plain_slip, slips
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, share, spaced, wrong
from calc.marking.working import Fault
from calc.wrong_counts import Rule

RARE = 100
"""How many numbers there must be for each that a wrong rule and a slip lead to."""

FAR = 20
"""One part in so many is what a wrong rule must change for a slip in what it gives to be told from chance."""

MOST_ROWS = 6
"""Rows of a wrong total that are told."""


@dataclass(frozen=True)
class LedgerMarking:
    """One answer to how many parameters a network has: the total, or any of its rows with or without the total."""

    question: Count
    said: tuple[Value, ...]
    accepted: frozenset[str] = frozenset()
    faults: Mapping[int, Fault] = field(default_factory=dict)
    """What is wrong with the working of numbers, by their places among those `said`."""
    known: Accounts | None = None
    """What wrong rules make of the network, where it has been worked out already."""

    @cached_property
    def accounts(self) -> Accounts:
        """What wrong rules make of the network."""
        return self.known or Accounts(self.question)

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.question.rows

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every wrong rule that bends single rows of this network."""
        return self.accounts.of_rows

    @cached_property
    def verdict(self) -> Verdict:
        placed = self.places.placed()
        if not placed.rows and placed.total is not None:
            return self._of_total(int_or_refuse(placed.total), placed.total.parts[0])
        return self._of_rows(placed)

    @cached_property
    def places(self) -> Places:
        """The rows as answers call them."""
        counts = tuple(i for i, row in enumerate(self.rows) if row.parameters)
        return Places(self.question, self.said, counts, lambda i, value: value.number == self.rows[i].parameters)

    def _of_total(self, mine: int, working: Expr) -> Verdict:
        """The total alone, and how it was worked out."""
        right = self.question.parameters
        if mine == right:
            return RIGHT
        differs = spaced(mine), spaced(right)
        if reading := self._reading(mine - right, range(len(self.rows))):
            return Verdict("convention", convention=reading)
        if mine == self.question.trainable:
            return Verdict("convention", convention="the trainable parameters alone")
        if mine == self.question.macs:
            work = because("macs-for-params", "these are the multiply-accumulates, not the parameters")
            ruled = map(self._followed, self.accounts.singles.get(mine, ()))
            return wrong([*ruled, work], self.accepted, differs=differs)
        alone = next((i for i, row in enumerate(self.rows) if row.parameters == mine), None)
        if alone is not None:
            why = f"these are the parameters of {self._name(alone)} alone, not of all layers"
            return wrong([because("one-layer-alone", why)], self.accepted, differs=differs)
        kinds = self._kinds()
        for rows in kinds:
            if sum(self.rows[i].parameters for i in rows) == mine:
                ruled = map(self._followed, self.accounts.singles.get(mine, ()))
                return wrong([*ruled, Explanation((self._kind_alone(rows),))], self.accepted, differs=differs)
        found = self._accounts(mine, right) or self._seen(mine, working) or self._of_a_kind(mine, kinds)
        return wrong(found, self.accepted, differs=differs)

    def _kinds(self) -> list[list[int]]:
        """The rows with parameters of each kind of layer, where there are several of it, and others."""
        counts = self.places.counts
        kinds = dict.fromkeys(self.rows[i].call.kind for i in counts)
        groups = [[i for i in counts if self.rows[i].call.kind == kind] for kind in kinds]
        return [rows for rows in groups if 1 < len(rows) < len(counts)]

    def _kind_alone(self, rows: Sequence[int]) -> Cause:
        names = [self._name(i) for i in rows]
        those = listed(names) if len(names) <= MOST_ROWS else f"{len(names)} layers, {names[0]} to {names[-1]},"
        says = f"these are the parameters of {those} together, not of all layers"
        return Cause("misconception", "one-kind-alone", says)

    def _of_a_kind(self, mine: int, kinds: Sequence[Sequence[int]]) -> list[Explanation]:
        """One wrong rule in the layers of one kind, the others left out."""
        every = [(rows, Accounts(self.question, frozenset(rows)).singles) for rows in kinds]
        many = sum(len(singles) for _, singles in every)
        if log2(max(mine, 2)) - log2(many + 1) < TELLING:
            return []
        found = [(rows, bent) for rows, singles in every for bent in singles.get(mine, ())]
        followed = [(self._kind_alone(rows), self._followed(bent)) for rows, bent in found]
        return [replace(each, causes=(*each.causes, alone)) for alone, each in followed]

    def _seen(self, mine: int, working: Expr) -> list[Explanation]:
        """Two wrong rules in the one layer there is whose numbers stand in the working."""
        alone = sum(bool(row.parameters) for row in self.rows) == 1
        found = self.accounts.composed.get(mine, ()) if alone else ()
        names = [(bent.rules[0].name, bent.rules[1].name) for bent in found]
        shown = [any(shows(working, each) for each in self.accounts.both[both].values()) for both in names]
        return [self._followed(bent) for bent, seen in zip(found, shown, strict=True) if seen][:1]

    def _reading(self, off: int, rows: Sequence[int]) -> str:
        """The convention that adds so many to the right number."""
        keras = sum(
            rule.rows[i] - self.rows[i].parameters
            for rule in self.rules
            if rule.name == "statistics-counted"
            for i in rule.rows
            if i in rows
        )
        if keras and off == keras:
            return "Keras counts the running means and variances of batch normalisation as non-trainable parameters"
        return ""

    def _accounts(self, mine: int, right: int, rows: Sequence[int] | None = None) -> list[Explanation]:
        """The wrong rules that make these rows, or all, add up to that: one rule if one does."""
        accounts = self.accounts if rows is None else Accounts(self.question, frozenset(rows))
        bits = log2(max(abs(mine), right, 2))
        if found := accounts.singles.get(mine):
            return list(map(self._followed, found))
        text = plain_slip(right, mine) if min(mine, right) >= LONG else None
        slipped = [Explanation((Cause("slip", text.name, text.says),), "the number itself")] if text else []
        if bits - log2(len(accounts.alone) + 1) >= TELLING and (found := accounts.alone.get(mine)):
            return [*slipped, *map(self._followed, found)]
        if slipped:
            return slipped
        far = self._far(mine, accounts.right)
        for led, rarity in ((accounts.pairs, TELLING), (accounts.composed, SURE)):
            if far and mine in led and accounts.rarity(mine, composed=led is accounts.composed) >= rarity:
                return list(map(self._followed, led[mine]))
        return self._with_slip(accounts, mine)

    def _with_slip(self, accounts: Accounts, mine: int) -> list[Explanation]:
        """A wrong rule, and its total written with a slip."""
        for led, found in accounts.singles.items():
            rare = min(led, mine) >= RARE * len(accounts.singles) * len(str(led))
            if rare and self._far(led, accounts.right) and (text := plain_slip(led, mine, len(accounts.singles))):
                causes = tuple(self._cause(rule, found[0].rows) for rule in found[0].rules)
                made = Cause("slip", text.name, text.says)
                return [Explanation((*causes, made), gives(spaced(led)))]
        return []

    def _far(self, led: int, right: int) -> bool:
        """Whether a wrong total is so far from the right one that chance alone seldom comes near it."""
        return abs(led - right) * FAR > right

    def _followed(self, bent: Bent) -> Explanation:
        """Wrong rules with the rows that they were followed in."""
        rows = ", ".join(
            f"{' and '.join(map(self._name, those))}{' together' if len(those) > 1 else ''} {spaced(sum(bent.rows[i] for i in those))} instead of {spaced(sum(self.rows[i].parameters for i in those))}"
            for those in bent.groups[:MOST_ROWS]
        )
        both = "it takes both, neither alone gives this: " if len(bent.rules) > 1 else ""
        return Explanation(tuple(self._cause(rule, bent.rows) for rule in bent.rules), both + rows)

    def _cause(self, rule: Rule, bent: Mapping[int, int]) -> Cause:
        where = [self._name(i) for i in bent if i in rule.rows]
        return Cause("misconception", rule.name, rule.why, listed(where) if len(self.rows) > 1 else "")

    def _name(self, i: int) -> str:
        return self.places.names[i]

    def _of_rows(self, read: Placed) -> Verdict:
        """Numbers of rows, and the total that they should add up to."""
        placed, total = read.rows, read.total
        table: list[tuple[str, str, str, str]] = []
        numbers = {place: int_or_refuse(value) for place, value in placed.items()}
        causes: dict[str, list[int]] = {}
        unknown: list[str] = []
        made: list[Cause] = []
        readings: list[str] = []
        aside: list[str] = []
        groups = [(place, mine) for place, mine in numbers.items() if isinstance(place, str)]
        faults = {i: fault for i, value in placed.items() if isinstance(i, int) and (fault := self._fault(value))}
        meant = {i: self._meant(placed[i]) if i in faults else n for i, n in numbers.items() if isinstance(i, int)}
        odd = {i: n for i, n in meant.items() if n != self.rows[i].parameters and numbers[i] != self.rows[i].parameters}
        chosen = self.accounts.chosen(odd)
        pairs = self.accounts.paired(
            {i: placed[i] for i in odd if i not in chosen and i not in faults}, [rule.name for rule in chosen.values()]
        )
        if len(odd) > 1 and 2 * (len(chosen) + len(pairs)) < len(odd):
            chosen, pairs = {}, {}
        refuted = self._refuted(chosen, meant)
        chosen = {i: rule for i, rule in chosen.items() if i not in refuted}
        for place, mine in numbers.items():
            if isinstance(place, str):
                continue
            right, fault = self.rows[place].parameters, faults.get(place)
            says = "right"
            if mine == right and fault:
                aside.append(f"{self._name(place)} is right, but its working is not: {fault.says}")
            elif fault:
                text = plain_slip(meant[place], mine)
                name = text.name if text else fault.cause.name if fault.cause else "wrong-line"
                made.append(Cause("slip", name, f"{self._name(place)}: {fault.says}", self._name(place)))
                says = lesson(name).title
            if place in odd:
                rule = chosen.get(place)
                if rule and rule.name in self.accepted:
                    readings.append(rule.why)
                    ruled = "right under another convention"
                elif rule and rule.name == "statistics-counted":
                    readings.append(self._reading(rule.rows[place] - right, [place]))
                    ruled = "right as Keras counts"
                elif rule:
                    causes.setdefault(rule.name, []).append(place)
                    ruled = lesson(rule.name).title
                elif both := pairs.get(place):
                    for name in both:
                        causes.setdefault(name, []).append(place)
                    ruled = " and ".join(lesson(name).title for name in both)
                elif slipped := None if fault else self._slip(place, mine, causes):
                    made.append(slipped)
                    ruled = lesson(slipped.name).title
                else:
                    ruled = "not right"
                    unknown.append(self._name(place))
                says = ruled if not fault else f"{says}, and {ruled}"
            table.append((self._name(place), spaced(mine), spaced(right), says))
        told: list[Explanation] = []
        for word, mine in groups:
            rows = self.places.group(word)
            right = sum(self.rows[i].parameters for i in rows)
            accounts = [] if mine == right else self._accounts(mine, right, rows)
            told += accounts[:1]
            says = "right" if mine == right else lesson(accounts[0].causes[0].name).title if accounts else "not right"
            if mine != right and not accounts:
                unknown.append(word)
            table.append((group_name(word), spaced(mine), spaced(right), says))
        if total is not None:
            mine, right = int_or_refuse(total), self.question.parameters
            says, cause = self._sum(numbers, meant, mine)
            if cause and cause.where not in [each.where for each in made]:
                made.append(cause)
            if says.startswith("right") and (fault := self._fault(total)):
                aside.append(f"the working of the total is not right: {fault.says}")
            table.append(("total", spaced(mine), spaced(right), says))
        elif read.left_out:
            aside.append(f"{_having([self._name(i) for i in read.left_out])} parameters as well")
        by_name = {rule.name: rule for rule in self.rules}
        named = tuple(
            Cause("misconception", n, by_name[n].why, listed([self._name(i) for i in rows]))
            for n, rows in causes.items()
        )
        every = (*named, *made, *(cause for each in told for cause in each.causes))
        if all(row[3] in ("right", "right by the rows") for row in table) and not every and not unknown:
            return Verdict("right", rows=tuple(table), remarks=() if faults else tuple(aside))
        if not every and not unknown:
            return Verdict(
                "convention", convention=listed(list(dict.fromkeys(filter(None, readings)))), rows=tuple(table)
            )
        count = sum(row[3].startswith("right") for row in table)
        found = share(count, len(table), "number", "right")
        evidence = "; ".join(filter(None, (self._evidence(causes, unknown, pairs), *refuted.values())))
        explained = [Explanation(every, evidence)] if every else []
        return wrong(explained, () if unknown else self.accepted, found=found, rows=tuple(table), remarks=tuple(aside))

    def _fault(self, value: Value) -> Fault | None:
        """What is wrong with the working of a number."""
        return self.faults.get(self.said.index(value))

    def _meant(self, value: Value) -> int:
        """What the working of a number comes to."""
        worked = value.calculated.number
        return int(worked) if worked.denominator == 1 else int_or_refuse(value)

    def _refuted(self, chosen: Mapping[int, Rule], numbers: Mapping[int, int]) -> dict[int, str]:
        """Rows that a slip explains as well as a rule that was not followed in the other rows, with what is to be said of it."""
        found: dict[int, str] = {}
        for i, rule in chosen.items():
            right, kind = self.rows[i].parameters, self.rows[i].call.kind
            others = [j for j in rule.rows if j != i and j in numbers and self.rows[j].call.kind == kind]
            against = [j for j in others if numbers[j] == self.rows[j].parameters]
            alone = not any(numbers[j] == rule.rows[j] for j in others)
            if against and alone and min(right, numbers[i]) >= LONG and plain_slip(right, numbers[i]):
                where = listed([self._name(j) for j in against])
                is_ = "is" if len(against) == 1 else "are"
                found[i] = (
                    f"“{lesson(rule.name).title}” would give {spaced(numbers[i])} as well, but {where} {is_} right, and by that rule would not be"
                )
        return found

    def _evidence(
        self, causes: Mapping[str, Sequence[int]], unknown: Sequence[str], pairs: Mapping[int, tuple[str, str]]
    ) -> str:
        alone = [[i for i in rows if i not in pairs] for rows in causes.values()]
        parts = [f"one rule gives {counted(len(rows), 'wrong number')}" for rows in alone if rows]
        if pairs:
            names = listed([self._name(i) for i in pairs])
            parts.append(f"in {names} it takes both rules, neither alone gives the number")
        if unknown:
            parts.append(
                f"{listed(list(unknown))} {'are' if len(unknown) > 1 else 'is'} wrong for a reason that is not known here"
            )
        return "; ".join(parts)

    def _slip(self, place: int, mine: int, causes: Mapping[str, Sequence[int]]) -> Cause | None:
        """A slip in the right number of a row, or in what the rule gives that was followed elsewhere."""
        followed = [rule.rows[place] for rule in self.rules if rule.name in causes and place in rule.rows]
        found = (
            plain_slip(self.rows[place].parameters, mine) if min(mine, self.rows[place].parameters) >= LONG else None
        )
        found = found or next((text for led in followed if (text := next(slips(led, mine), None))), None)
        if found is None:
            return None
        return Cause("slip", found.name, f"{self._name(place)}: {found.says}", self._name(place))

    def _sum(self, numbers: Mapping[int | str, int], meant: Mapping[int, int], mine: int) -> tuple[str, Cause | None]:
        """What is to be said of a total beside its rows as they are written, and as they were `meant`."""
        right = self.question.parameters
        given = {i: n for i, n in numbers.items() if isinstance(i, int)}
        grouped = {i for word in numbers if isinstance(word, str) for i in self.places.group(word)} - given.keys()
        rest = [i for i, row in enumerate(self.rows) if row.parameters and i not in given and i not in grouped]
        written = sum(numbers.values())
        added = written + sum(self.rows[i].parameters for i in rest)
        if mine == added:
            return ("right" if mine == right else "right by the rows"), None
        if mine == added + sum(meant.values()) - sum(given.values()):
            return "right by the rows as they were meant", None
        if mine == written and mine != right:
            return self._left_out(rest)
        for i, n in given.items():
            for led in {self.rows[i].parameters, *(rule.rows[i] for rule in self.rules if i in rule.rows)}:
                if led != n and added - n + led == mine and (found := next(slips(led, n), None)):
                    says = f"the total is that of {spaced(led)} in {self._name(i)}: {found.says}"
                    return "right by the rows as they were meant", Cause("slip", "copying-slip", says, self._name(i))
        if mine == right:
            return f"right, though the rows add up to {spaced(added)}", Cause(
                "slip", "total-from-elsewhere", f"the rows add up to {spaced(added)}, not to the total"
            )
        found = plain_slip(added, mine)
        why = found.says if found else f"the rows add up to {spaced(added)}, not {spaced(mine)}"
        name = found.name if found else "sum-slip"
        return f"the rows add up to {spaced(added)}", Cause("slip", name, f"the total: {why}", "total")

    def _left_out(self, rest: Sequence[int]) -> tuple[str, Cause]:
        """What is to be said of a total that some layers are left out of."""
        names = [self._name(i) for i in rest]
        norm = next((rule for rule in self.rules if rule.name == "norm-without-parameters"), None)
        if norm and all(norm.rows.get(i) == 0 for i in rest):
            return lesson(norm.name).title, Cause("misconception", norm.name, norm.why, listed(names))
        says = f"the total is that of the rows given: {_having(names)} parameters as well"
        return f"{listed(names)} left out", Cause("slip", "layer-left-out", says, "total")


def _having(names: Sequence[str]) -> str:
    """Rows with a verb: conv 1 and conv 2 have."""
    return f"{listed(names)} {'has' if len(names) == 1 else 'have'}"
