"""Answers to what a column of the ledger asks besides parameters: row by row, in order, or the one number of the whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from calc.counting import Count, Row
from calc.errors import Impossible, counted, listed, printable, times
from calc.layers.pool import Windows
from calc.ledger import COLUMNS, FLOAT, JUDGED, number_of, total_of
from calc.marking.ledger_places import CALLED, TOTALS, Places, group_name, int_or_refuse, plain_name
from calc.marking.ledger_replies import read_ledger_reply
from calc.marking.lessons import lesson
from calc.marking.replies import Value, read_sizes_said, read_values
from calc.marking.slips import plain_slip
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, share, spaced, wrong
from calc.marking.working import Asked, fault_of
from calc.marking.wrong_shapes import OF_SEVERAL, WRONG_FIELDS, Step
from calc.unfolding import numbers
from calc.wrong_counts import biases, wrong_work, wrong_work_of

SAYS: Mapping[str, str] = {
    "parameters": "parameters",
    "macs": "MACs",
    "flops": "FLOPs",
    "weights": "weights",
    "biases": "biases",
    "trainable": "trainable parameters",
    "memory": "bytes of the output",
    "field": "what one output sees",
    "output": "output",
    "input": "input",
}
"""What the numbers of a column are."""

BIASED = "the biases counted as well, one addition for each output"

Led = tuple[str, str, int]
"""A wrong rule: its name, why it is wrong, the number that it gives."""

Sizes = tuple[int, ...]


def of_column(question: Count, column: str, text: str, accepted: frozenset[str] = frozenset()) -> Verdict:
    """The verdict on an answer to what a column asks; `Impossible` where it cannot be read, or the column not be judged."""
    if column not in JUDGED:
        which = listed(["parameters", *JUDGED])
        raise Impossible(f"the column “{printable(column, 30)}” has no numbers to answer: {which} have")
    if COLUMNS[column].needs_input and not question.network.input:
        raise Impossible(f"the {SAYS[column]} need the input's shape: add --input, such as --input 3x32x32")
    if column in SIZES:
        spelled = _BRACKETED.sub(lambda found: "x".join(re.findall(r"\d+", found[0])), text)
        spelled = _SPACED.sub(r"\1: ", spelled)
        names = [row.call.name for row in question.rows]
        counted_from_1 = [str(len(names))] if all(map(str.isdigit, names)) else []
        return SizesMarking(question, column, read_values(spelled, [*names, *counted_from_1])).verdict
    said, remarks = read_ledger_reply(question, text, column)
    verdict = NumbersMarking(question, column, said, accepted).verdict
    return replace(verdict, remarks=(*verdict.remarks, *remarks))


_SPACED = re.compile(r"((?<![\w.])[^\W\d][\w.]*(?: \d{1,2})?)\s+(?=\d+\s*[x×X]\s*\d)")
"""A name in front of a size: conv1 32x32x32."""

SIZES = ("field", "output", "input")
"""The columns that hold sizes."""


def asked_in(question: Count, said: Sequence[Value]) -> str:
    """The column that one of the numbers says it is of; "" for parameters."""
    names = {plain_name(row.call.name) for row in question.rows}
    words = [word for value in said if (word := plain_name(value.name)) not in names]
    return next((column for word in words for column, called in CALLED.items() if word in called), "")


_BRACKETED = re.compile(r"[(\[]\s*(?:(?:None|-1)\s*,\s*)?\d+(?:\s*,\s*\d+)+\s*,?\s*[)\]]")


def _whole(column: str, value: Value) -> bool:
    """Whether a number is called what the whole column is called."""
    return plain_name(value.name).removeprefix("total ") in (*CALLED.get(column, ()), column)


class Told(NamedTuple):
    """What is said of one number: in its row, the causes of it, and the convention under which it is right."""

    says: str
    explanations: tuple[Explanation, ...] = ()
    convention: str = ""


@dataclass(frozen=True)
class NumbersMarking:
    """Numbers of a column that adds up: multiply-accumulates, operations, bytes, weights."""

    question: Count
    column: str
    said: tuple[Value, ...]
    accepted: frozenset[str] = frozenset()

    @cached_property
    def rights(self) -> tuple[int | None, ...]:
        """The number of each row; None where it is not known."""
        return tuple(number_of(row, self.column) for row in self.question.rows)

    @cached_property
    def total(self) -> int:
        found = total_of(self.question, self.column)
        if found is None:
            raise Impossible(f"the {SAYS[self.column]} of some layer are not known: name those of a layer that is")
        return found

    @cached_property
    def places(self) -> Places:
        counts = tuple(i for i, right in enumerate(self.rights) if right)
        said = tuple(Value(v.text, v.parts, "total") if _whole(self.column, v) else v for v in self.said)
        return Places(self.question, said, counts, lambda i, v: v.number == self.rights[i], SAYS[self.column])

    @cached_property
    def verdict(self) -> Verdict:
        read = self.places.placed()
        if not read.rows and read.total is not None:
            return self._of_total(read.total)
        numbers = {place: int_or_refuse(value) for place, value in read.rows.items()}
        told: list[Told] = []
        table: list[tuple[str, str, str, str]] = []
        for place, mine in numbers.items():
            rows = self.places.group(place) if isinstance(place, str) else [place]
            rights = [self.rights[i] for i in rows]
            name = group_name(place) if isinstance(place, str) else self.places.names[place]
            if None in rights:
                raise Impossible(f"the {SAYS[self.column]} of {name} are not known: leave that row out")
            right = sum(right or 0 for right in rights)
            each = self._told(mine, right, self._of_row(rows, right), sum(self._added(i) for i in rows), name)
            told.append(each)
            table.append((name, spaced(mine), spaced(right), each.says))
        if read.total is not None:
            mine = int_or_refuse(read.total)
            each = self._sum(numbers, mine)
            told.append(each)
            table.append(("total", spaced(mine), spaced(self.total), each.says))
        return _summed_up(told, table, self._remarks, self.accepted)

    @cached_property
    def _remarks(self) -> tuple[str, ...]:
        """Working that is not right."""
        every = [value for value in self.said if len(value.parts) > 1]
        return tuple(f"the working is not right: {fault.says}" for v in every if (fault := fault_of(v, Asked(None))))

    def _of_total(self, value: Value) -> Verdict:
        mine = int_or_refuse(value)
        if mine == self.total:
            remarks = self._remarks
            return Verdict("right", remarks=remarks) if remarks else RIGHT
        added = sum(self._added(i) for i in range(len(self.rights)))
        told = self._told(mine, self.total, self._of_whole(), added, "")
        if told.convention:
            return Verdict("convention", convention=told.convention)
        found = list(told.explanations) or self._of_another_row(mine)
        return wrong(found, self.accepted, differs=(spaced(mine), spaced(self.total)), remarks=self._remarks)

    def _of_another_row(self, mine: int) -> list[Explanation]:
        """That the number is that of one layer."""
        i = next((i for i, right in enumerate(self.rights) if right and right == mine), None)
        if i is None:
            i = next((i for i, row in enumerate(self.question.rows) if row.parameters and row.parameters == mine), None)
            why = (
                "" if i is None else f"these are the parameters of {self.places.names[i]}, not the {SAYS[self.column]}"
            )
            return [because("another-column", why)] if why else []
        why = f"these are the {SAYS[self.column]} of {self.places.names[i]} alone, not of all layers"
        return [because("one-layer-alone", why)]

    def _added(self, i: int) -> int:
        """The additions of biases, in the unit of the column."""
        return biases(self.question.rows[i]) if self.column in ("macs", "flops") else 0

    def _told(self, mine: int, right: int, led: Sequence[Led], added: int, name: str) -> Told:
        """What is said of one number; `added` are the additions of biases behind it."""
        if mine == right:
            return Told("right")
        if added and mine in (right + added, right + added * (2 if self.column == "flops" else 1)):
            return Told("right with the biases", convention=BIASED)
        found = [(rule, why) for rule, why, number in led if number == mine and mine]
        found = [each for each in found if each[0] != "another-column"] or found
        if not found and (text := plain_slip(right, mine)):
            says = f"{name}: {text.says}" if name else text.says
            return Told(lesson(text.name).title, (Explanation((Cause("slip", text.name, says, name),)),))
        explained = tuple(
            Explanation(
                (Cause("misconception", rule, why, name),), "" if rule == "another-column" else gives(spaced(mine))
            )
            for rule, why in found
        )
        return Told(lesson(found[0][0]).title if found else "not right", explained)

    def _of_row(self, rows: Sequence[int], right: int) -> list[Led]:
        """Wrong rules in rows, or in all of a kind."""
        found: dict[str, tuple[str, int]] = {}
        many = 2 if self.column == "flops" else 1
        if self.column in ("macs", "flops"):
            for i in rows:
                for name, why, number in wrong_work_of(self.question.rows[i]):
                    off = many * number - (self.rights[i] or 0)
                    found[name] = why, found.get(name, (why, 0))[1] + off
        led = [(name, why, right + off) for name, (why, off) in found.items()]
        return [*led, *self._other(lambda column: sum((number_of(self.question.rows[i], column) or 0) for i in rows))]

    def _of_whole(self) -> list[Led]:
        """Wrong rules in the network."""
        led: list[Led] = []
        if self.column in ("macs", "flops"):
            many = 2 if self.column == "flops" else 1
            ruled = islice(wrong_work(self.question), 2, None)  # behind those of other columns
            led = [(name, why, number * many) for name, why, number in ruled]
        every = range(len(self.question.rows))
        return [*led, *self._other(lambda column: sum((number_of(self.question.rows[i], column) or 0) for i in every))]

    def _other(self, of: Callable[[str], int]) -> Iterator[Led]:
        """The numbers of other columns."""
        if self.column == "macs":
            yield "flops-for-macs", "a MAC is a multiplication with its addition: those are 2 FLOPs", 2 * of("macs")
        if self.column in ("macs", "flops"):
            why = "these are the parameters: each weight is used once for every output of its map"
            yield "params-for-macs", why, of("parameters")
        if self.column == "memory":
            why = f"each number takes {FLOAT} bytes in float32: this is how many numbers there are"
            yield "numbers-for-bytes", why, of("memory") // FLOAT
        told = {"macs": ("parameters", "flops"), "flops": ("parameters",)}.get(self.column, ())
        for column in ("parameters", "weights", "biases", "macs", "flops", "memory"):
            if column not in (self.column, *told) and (self.question.network.input or not COLUMNS[column].needs_input):
                yield "another-column", f"these are the {SAYS[column]}, not the {SAYS[self.column]}", of(column)

    def _sum(self, numbers: Mapping[int | str, int], mine: int) -> Told:
        """What is said of a total beside rows."""
        given = {i for place in numbers for i in (self.places.group(place) if isinstance(place, str) else [place])}
        written = sum(numbers.values())
        added = written + sum(right or 0 for i, right in enumerate(self.rights) if i not in given)
        if mine == self.total or mine == added:
            return Told("right" if mine == self.total else "right by the rows")
        text = plain_slip(added, mine)
        why = text.says if text else f"the rows add up to {spaced(added)}, not {spaced(mine)}"
        cause = Cause("slip", text.name if text else "sum-slip", f"the total: {why}", "total")
        return Told(f"the rows add up to {spaced(added)}", (Explanation((cause,)),))


def _summed_up(
    told: Sequence[Told],
    table: Sequence[tuple[str, str, str, str]],
    remarks: tuple[str, ...],
    accepted: frozenset[str] = frozenset(),
) -> Verdict:
    """The verdict on several numbers: the same rule in several rows is one cause."""
    causes: dict[tuple[str, str], list[Cause]] = {}
    for each in told:
        for cause in each.explanations[0].causes if each.explanations else ():
            causes.setdefault((cause.name, cause.says), []).append(cause)
    every = tuple(
        Cause(same[0].kind, same[0].name, same[0].says, listed([cause.where for cause in same]))
        for same in causes.values()
    )
    rows = tuple(table)
    if all(each.says.startswith("right") for each in told):
        reading = "; ".join(dict.fromkeys(each.convention for each in told if each.convention))
        return Verdict("convention" if reading else "right", convention=reading, rows=rows, remarks=remarks)
    right = sum(each.says.startswith("right") for each in told)
    unknown = [row[0] for row, each in zip(rows, told, strict=True) if each.says == "not right"]
    alone = counted(len(rows) - right, "wrong number") if len(every) == 1 and every[0].kind == "misconception" else ""
    evidence = (
        f"{listed(unknown)} {'are' if len(unknown) > 1 else 'is'} wrong for a reason that is not known here"
        if unknown
        else f"one rule gives {alone}"
        if alone
        else ""
    )
    explained = [Explanation(every, evidence)] if every else []
    found = share(right, len(rows), "number", "right")
    return wrong(explained, () if unknown else accepted, found=found, rows=rows, remarks=remarks)


@dataclass(frozen=True)
class SizesMarking:
    """Sizes of a column: what comes out of a layer or goes into it, or how many cells one output sees."""

    question: Count
    column: str
    said: tuple[Value, ...]

    @cached_property
    def rights(self) -> tuple[Sizes | None, ...]:
        """The sizes of each row; None where they are not known."""
        return tuple(map(self._sizes, self.question.rows))

    def _sizes(self, row: Row) -> Sizes | None:
        if self.column == "field":
            return tuple(field.size for field in row.field) or None
        return row.call.output if self.column == "output" else next(iter(row.call.inputs), None)

    @cached_property
    def places(self) -> Places:
        changed = [
            i
            for i, right in enumerate(self.rights)
            if right and (i == 0 or right != next((r for r in self.rights[i - 1 :: -1] if r), None))
        ]
        return Places(self.question, self.said, tuple(changed), self._agrees, f"a new {SAYS[self.column]}")

    def _agrees(self, i: int, value: Value) -> bool:
        return self._reading(self.rights[i], _said(value)) is not None

    def _reading(self, right: Sizes | None, mine: Sizes) -> str | None:
        """The convention by which sizes are right, "" for none; None where they are not right."""
        if right is None:
            return None
        if len(mine) == len(right) + 1 and mine[0] == 1:
            mine = mine[1:]  # a batch of one
        spatial = right if self.column == "field" else right[1:]
        along = len(mine) == 1 and bool(spatial) and set(spatial) == {mine[0]}
        if mine == right or (spatial and mine == spatial) or along:
            return ""
        if self.column != "field" and len(right) > 1 and mine == (*right[1:], right[0]):
            return "the channels last, as Keras has them"
        return None

    @cached_property
    def verdict(self) -> Verdict:
        named = [value for value in self.said if value.name]
        whole = [value for value in named if _whole(self.column, value) or plain_name(value.name) in TOTALS]
        if len(self.said) == 1 and (whole or not named):
            return self._of_last(_said(self.said[0]))
        read = self.places.placed()
        every = read.rows | ({self._last: read.total} if read.total is not None else {})
        told: list[Told] = []
        table: list[tuple[str, str, str, str]] = []
        for place, value in every.items():
            if isinstance(place, str):
                raise Impossible(f"which {place} is meant? Name one layer: they are {self.places.offered}")
            name, right, mine = self.places.names[place], self.rights[place], _said(value)
            if right is None:
                raise Impossible(f"the {SAYS[self.column]} of {name} is not known: leave that row out")
            each = self._told(place, right, mine, name)
            told.append(each)
            table.append((name, times(mine), times(right), each.says))
        return _summed_up(told, table, ())

    @cached_property
    def _last(self) -> int:
        known = [i for i, right in enumerate(self.rights) if right]
        if not known:
            raise Impossible(f"the {SAYS[self.column]} of no layer is known here")
        if self.column == "field":  # the last that sees a part of the input, if there is one
            fields = [(i, self.question.rows[i].field) for i in known]
            known = [i for i, field in fields if not any(each.whole for each in field)] or known
        return known[0] if self.column == "input" else known[-1]

    def _of_last(self, mine: Sizes) -> Verdict:
        """The one answer of the whole: that of the last layer, of an input that of the first."""
        right = self.rights[self._last]
        assert right is not None
        every = next((each for each in reversed(self.rights) if each), None)
        if self.column == "field" and self._reading(every, mine) == "":
            return RIGHT
        told = self._told(self._last, right, mine, "")
        if told.says.startswith("right"):
            return Verdict("convention", convention=told.convention) if told.convention else RIGHT
        found = list(told.explanations)
        other = next((i for i, each in enumerate(self.rights) if each and self._reading(each, mine) is not None), None)
        if not found and other is not None:
            names = self.places.names
            of, not_of = names[other], names[self._last]
            why = f"that is the {SAYS[self.column]} of {of}, not of {not_of}"
            if self.column == "field":
                why = f"that is what one output of {of} sees, not one of {not_of}"
            found = [Explanation((Cause("slip", "another-layer", why),))]
        alone = len(mine) == 1 and self.column == "field" and len(set(right)) == 1
        return wrong(found, differs=(times(mine), times(right[:1] if alone else right)))

    def _told(self, place: int, right: Sizes, mine: Sizes, name: str) -> Told:
        reading = self._reading(right, mine)
        if reading is not None:
            return Told("right under another convention" if reading else "right", convention=reading)
        led = [(rule, why) for rule, why, size in self._wrong(place) if mine in ((size,), (size,) * len(right))]
        explained = tuple(Explanation((Cause("misconception", rule, why, name),)) for rule, why in led)
        return Told(lesson(led[0][0]).title if led else "not right", explained)

    def _wrong(self, place: int) -> Iterator[Led]:
        """Wrong rules for what an output of layers in a row sees."""
        rows = self.question.rows[: place + 1]
        if self.column != "field" or self.question.network.nodes:
            return
        layers = [row.call.layer for row in rows if row.call.layer]
        letters = [(numbers(layer, 0), isinstance(layer, Windows)) for layer in layers if layer.axes]
        path = [
            Step(int(n["k"]), int(n["s"]), int(n.get("d", 1)), pools) for n, pools in letters if {"k", "s"} <= set(n)
        ]
        dilated = any(step.dilation > 1 for step in path)
        for name, why, rule in WRONG_FIELDS if path else ():
            if (dilated or not name.startswith("dilation")) and (len(path) > 1 or name not in OF_SEVERAL):
                yield name, why, rule(path)


def _said(value: Value) -> Sizes:
    """Sizes as they were said: 16x20x20, or a number alone."""
    text = re.split(r"[:=]", value.text)[-1]
    sizes = read_sizes_said(text)
    if sizes is not None and "*" not in text and "·" not in text:
        return sizes
    if re.search(r"/.*[x×X]", text):  # 6: 56x56, a layer and its size
        raise Impossible(f"“{printable(text, 40)}” is no size: 16x20x20 is one")
    return (int_or_refuse(value),)
