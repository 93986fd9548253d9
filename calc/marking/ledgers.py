"""An answer to the question of parameters marked: row by row, and the total, with the wrong rules that lead to them.

The same wrong rule in several layers is one misconception. A total is held against the rows that the learner gave, so
that an error is counted once and a sum that does not add up is told from a wrong row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2

from calc.counting import Count, Row
from calc.errors import Impossible, counted, listed, nearest, printable
from calc.expr import Expr
from calc.marking.ledger_rules import SURE, TELLING, Accounts, Bent, shows
from calc.marking.lessons import lesson
from calc.marking.replies import Value
from calc.marking.slips import LONG, plain_slip, slips
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, share, spaced, wrong
from calc.wrong_counts import Rule, biases, wrong_work

RARE = 100
"""How many numbers there must be for each that a wrong rule and a slip lead to."""

FAR = 20
"""One part in so many is what a wrong rule must change for a slip in what it gives to be told from chance."""

MOST_ROWS = 6
"""Rows of a wrong total that are told."""

TOTALS = (
    "total",
    "sum",
    "all",
    "altogether",
    "parameters",
    "params",
    "in total",
    "whole",
    "network",
    "total params",
    "total parameters",
)
WORK = ("macs", "mac", "multiply accumulates", "multiplications", "mults", "madds", "multadds")
OPERATIONS = ("flops", "flop")


@dataclass(frozen=True)
class LedgerMarking:
    """One answer to how many parameters a network has: the total, or any of its rows with or without the total."""

    question: Count
    said: tuple[Value, ...]
    accepted: frozenset[str] = frozenset()
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
        placed, total, work = self._placed()
        if work is not None:
            return self._of_work(*work)
        if not placed and total is not None:
            return self._of_total(int_or_refuse(total), total.parts[0])
        return self._of_rows(placed, total)

    def _placed(self) -> tuple[dict[int | str, Value], Value | None, tuple[str, Value] | None]:
        """Each number of the answer with the row it is of, the total, and multiply-accumulates, if it says them."""
        placed: dict[int | str, Value] = {}
        total: Value | None = None
        named = [value for value in self.said if value.name]
        bare = [value for value in self.said if not value.name]
        for value in named:
            word = _plain(value.name)
            if word in TOTALS:
                total = value
            elif word in WORK or word in OPERATIONS:
                return {}, None, (word, value)
            else:
                placed[self._row_named(value.name)] = value
        if not bare:
            return placed, total, None
        if named:
            first = printable(bare[0].text, 30)
            raise Impossible(f"“{first}” does not say which layer it is of: name every number, such as conv1 = 2432")
        counts = [i for i, row in enumerate(self.rows) if row.parameters]
        if self.question.asks:
            if len(bare) > 1:
                raise Impossible(f"one number is wanted, all {self.question.asks} together: the answer has {len(bare)}")
            return {}, None, (self.question.asks, bare[0])
        if len(bare) == 1:
            return {}, bare[0], None
        counted_alone = [value for value in bare if value.number]  # without those of poolings and the like
        given = (bare, counted_alone) if len(counted_alone) < len(bare) else (bare,)
        if fits := [(order, each) for each in given for order in self._orders(each, counts)]:
            order, bare = max(fits, key=lambda each: self._agreeing(*each))
            return dict(zip(order, bare, strict=False)), bare[-1] if len(bare) > len(order) else None, None
        raise Impossible(
            f"the answer has {len(bare)} numbers and the network {counted(len(counts), 'layer')} with parameters: give one for each and the total, or name them, such as {self.rows[counts[0]].call.name if counts else 'total'} = …"
        )

    def _orders(self, bare: Sequence[Value], counts: list[int]) -> list[list[int]]:
        """The rows that numbers in a row may be of: all, or those with parameters, with the total behind them or without."""
        orders = (counts, list(range(len(self.rows))))
        return [order for order in orders if order and len(bare) - len(order) in (0, 1)]

    def _agreeing(self, order: Sequence[int], bare: Sequence[Value]) -> tuple[bool, int]:
        """How well numbers fit those rows: whether a total behind them is their sum, and how many are right."""
        numbers = [value.number for value in bare]
        adds_up = len(bare) > len(order) and sum(numbers[:-1]) == numbers[-1]
        return adds_up, sum(n == self.rows[i].parameters for i, n in zip(order, numbers, strict=False))

    def _row_named(self, name: str) -> int | str:
        """The row of that name: as the ledger calls it, or by its kind and number, such as conv 2; or a group of rows."""
        names = {row.call.name: i for i, row in enumerate(self.rows)}
        if (numbered := _NUMBERED.fullmatch(_plain(name))) and numbered[1] in self._numbers:
            return self._numbers[numbered[1]]
        if name in names:
            return names[name]
        plain = {_plain(each): i for each, i in names.items()}
        if _plain(name) in plain:
            return plain[_plain(name)]
        found = re.fullmatch(r"(.*?)[ _\-.#]*(\d*)", _plain(name))
        word, number = (found[1], found[2]) if found else (_plain(name), "")
        same = [i for i, row in enumerate(self.rows) if row.call.kind.lower() == _plain(name)]
        if len(same) == 1:
            return same[0]
        kinds = KINDS.get(word.rstrip("s") if word not in KINDS else word)
        if kinds is not None:
            group = [
                i
                for i, row in enumerate(self.rows)
                if row.call.kind.startswith(kinds) and (row.parameters or word != "layer")
            ]
            if number and 1 <= int(number) <= len(group):
                return group[int(number) - 1]
            if not number and len(group) == 1:
                return group[0]
            if not number and group:
                return word.rstrip("s") if word not in KINDS else word
        raise Impossible(
            f"no layer is called “{printable(name, 30)}”{nearest(name, names) or f': they are {listed(list(names)[:6])}'}"
        )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The rows that numbers alone mean where rows have no other names.

        They are counted from 0, as torch does, or from 1, all of them or those with parameters, whichever the answer fits best.
        """
        names = {row.call.name: i for i, row in enumerate(self.rows)}
        if not names or not all(name.isdigit() for name in names):
            return {}
        counts = [i for i, row in enumerate(self.rows) if row.parameters]
        ways = (names, *({str(n): i for n, i in enumerate(rows, start=1)} for rows in (range(len(self.rows)), counts)))
        told = {found[1]: value.number for value in self.said if (found := _NUMBERED.fullmatch(_plain(value.name)))}
        fitting = [way for way in ways if told.keys() <= way.keys()] or [names]

        def fits(way: dict[str, int]) -> tuple[int, int]:
            right = [self.rows[i].parameters == told[n] for n, i in way.items() if n in told]
            empty = [n for n, i in way.items() if told.get(n) and not self.rows[i].parameters]
            return sum(right), -len(empty)

        return max(fitting, key=fits)

    def _group(self, word: str) -> list[int]:
        return [i for i, row in enumerate(self.rows) if row.call.kind.startswith(KINDS[word])]

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
        return wrong(self._accounts(mine, right) or self._seen(mine, working), self.accepted, differs=differs)

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
        """What a row is called: by its name, or by its kind and which of them it is where that is a number alone."""
        return self._names[i]

    @cached_property
    def _names(self) -> list[str]:
        calls = [row.call for row in self.rows]
        kinds = [re.sub(r"(\d)d$", "", call.kind) for call in calls]
        of, names = Counter(kinds), []
        met: Counter[str] = Counter()
        for call, kind in zip(calls, kinds, strict=True):
            met[kind] += 1
            word = {"Conv": "conv", "Linear": "linear", "BatchNorm": "batch norm"}.get(kind, call.kind)
            numbered = f"{word} {met[kind]}" if of[kind] > 1 else word
            names.append(call.name if call.name and not call.name.isdigit() else numbered)
        return names

    def _of_work(self, word: str, value: Value) -> Verdict:
        """Multiply-accumulates, or twice as many operations."""
        right = self.question.macs
        if right is None:
            raise Impossible("the multiply-accumulates need the input's shape: add --input, such as --input 3x32x32")
        many = 2 if word in OPERATIONS else 1
        mine, wanted = int_or_refuse(value), many * right
        if mine == wanted:
            return RIGHT
        biased = right + sum(biases(row) for row in self.rows)
        if mine in (biased, many * biased):
            return Verdict("convention", convention="the biases counted as well, one addition for each output")
        led = []
        for name, why, total in wrong_work(self.question):
            gave = total if name == "params-for-macs" else total * many
            if gave == mine and not (many == 2 and name == "flops-for-macs"):
                led.append(because(name, why, gives(spaced(gave))))
        if not led and (text := plain_slip(wanted, mine)):
            led.append(Explanation((Cause("slip", text.name, text.says),)))
        return wrong(led, self.accepted, differs=(spaced(mine), spaced(wanted)))

    def _of_rows(self, placed: Mapping[int | str, Value], total: Value | None) -> Verdict:
        """Numbers of rows, and the total that they should add up to."""
        table: list[tuple[str, str, str, str]] = []
        numbers = {place: int_or_refuse(value) for place, value in placed.items()}
        causes: dict[str, list[int]] = {}
        unknown: list[str] = []
        made: list[Cause] = []
        readings: list[str] = []
        odd: dict[int, int] = {}
        groups: list[tuple[str, int]] = []
        for place, mine in numbers.items():
            if isinstance(place, str):
                groups.append((place, mine))
                continue
            if mine != self.rows[place].parameters:
                odd[place] = mine
        chosen = self.accounts.chosen(odd)
        pairs = self.accounts.paired(
            {i: placed[i] for i in odd if i not in chosen}, [rule.name for rule in chosen.values()]
        )
        if len(odd) > 1 and 2 * (len(chosen) + len(pairs)) < len(odd):
            chosen, pairs = {}, {}
        for place, mine in numbers.items():
            if isinstance(place, str):
                continue
            right = self.rows[place].parameters
            says = "right"
            if place in odd:
                rule = chosen.get(place)
                if rule and rule.name in self.accepted:
                    readings.append(rule.why)
                    says = "right under another convention"
                elif rule and rule.name == "statistics-counted":
                    readings.append(self._reading(rule.rows[place] - right, [place]))
                    says = "right as Keras counts"
                elif rule:
                    causes.setdefault(rule.name, []).append(place)
                    says = lesson(rule.name).title
                elif both := pairs.get(place):
                    for name in both:
                        causes.setdefault(name, []).append(place)
                    says = " and ".join(lesson(name).title for name in both)
                elif text := self._slip(place, mine, causes):
                    made.append(text)
                    says = lesson(text.name).title
                else:
                    says = "not right"
                    unknown.append(self._name(place))
            table.append((self._name(place), spaced(mine), spaced(right), says))
        told: list[Explanation] = []
        for word, mine in groups:
            rows = self._group(word)
            right = sum(self.rows[i].parameters for i in rows)
            accounts = [] if mine == right else self._accounts(mine, right, rows)
            told += accounts[:1]
            says = "right" if mine == right else lesson(accounts[0].causes[0].name).title if accounts else "not right"
            if mine != right and not accounts:
                unknown.append(word)
            table.append((f"all {word}", spaced(mine), spaced(right), says))
        if total is not None:
            mine, right = int_or_refuse(total), self.question.parameters
            says, cause = self._sum(numbers, mine)
            if cause and cause.where not in [each.where for each in made]:
                made.append(cause)
            table.append(("total", spaced(mine), spaced(right), says))
        by_name = {rule.name: rule for rule in self.rules}
        named = tuple(
            Cause("misconception", n, by_name[n].why, listed([self._name(i) for i in rows]))
            for n, rows in causes.items()
        )
        every = (*named, *made, *(cause for each in told for cause in each.causes))
        if all(row[3] in ("right", "right by the rows") for row in table) and not every and not unknown:
            return Verdict("right", rows=tuple(table))
        if not every and not unknown:
            return Verdict(
                "convention", convention=listed(list(dict.fromkeys(filter(None, readings)))), rows=tuple(table)
            )
        count = sum(row[3].startswith("right") for row in table)
        found = share(count, len(table), "number", "right")
        explained = [Explanation(every, self._evidence(causes, unknown, pairs))] if every else []
        return wrong(explained, () if unknown else self.accepted, found=found, rows=tuple(table))

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

    def _sum(self, numbers: Mapping[int | str, int], mine: int) -> tuple[str, Cause | None]:
        """What is to be said of a total beside its rows."""
        right = self.question.parameters
        given = {i: n for i, n in numbers.items() if isinstance(i, int)}
        rest = {i for i, row in enumerate(self.rows) if row.parameters and i not in given}
        added = sum(given.values()) + sum(self.rows[i].parameters for i in rest)
        if mine == added:
            return ("right" if mine == right else "right by the rows"), None
        for i, n in given.items():
            for meant in {self.rows[i].parameters, *(rule.rows[i] for rule in self.rules if i in rule.rows)}:
                if meant != n and added - n + meant == mine and (found := next(slips(meant, n), None)):
                    says = f"the total is that of {spaced(meant)} in {self._name(i)}: {found.says}"
                    return "right by the rows as they were meant", Cause("slip", "copying-slip", says, self._name(i))
        if mine == right:
            return f"right, though the rows add up to {spaced(added)}", Cause(
                "slip", "total-from-elsewhere", f"the rows add up to {spaced(added)}, not to the total"
            )
        found = plain_slip(added, mine)
        why = found.says if found else f"the rows add up to {spaced(added)}, not {spaced(mine)}"
        name = found.name if found else "sum-slip"
        return f"the rows add up to {spaced(added)}", Cause("slip", name, f"the total: {why}", "total")


KINDS = {
    "conv": ("Conv",),
    "convolution": ("Conv",),
    "convolutional": ("Conv",),
    "conv layer": ("Conv",),
    "fc": ("Linear", "LazyLinear"),
    "linear": ("Linear",),
    "dense": ("Linear",),
    "fully connected": ("Linear",),
    "bn": ("BatchNorm",),
    "batchnorm": ("BatchNorm",),
    "batch norm": ("BatchNorm",),
    "pool": ("MaxPool", "AvgPool"),
    "maxpool": ("MaxPool",),
    "max pool": ("MaxPool",),
    "pooling": ("MaxPool", "AvgPool"),
    "relu": ("ReLU",),
    "flatten": ("Flatten",),
    "dropout": ("Dropout",),
    "lstm": ("LSTM",),
    "gru": ("GRU",),
    "embedding": ("Embedding",),
    "layer": ("",),
}
"""What layers are called, and how the names of their kinds begin."""


_NUMBERED = re.compile(r"(?:(?:layer|row|step)\W*)?(\d+)")


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name.strip().lower().replace("_", " "))


def int_or_refuse(value: Value) -> int:
    """A whole number out of a reply."""
    number = value.number
    if number.denominator == 1:
        return int(number)
    short = re.fullmatch(r"\d{1,3}(\.\d{3})+", value.text.strip())
    if short:  # 390.410, as some countries part thousands
        return int(value.text.strip().replace(".", ""))
    raise Impossible(f"“{printable(value.text, 40)}” is no whole number: parameters and multiplications are counted")
