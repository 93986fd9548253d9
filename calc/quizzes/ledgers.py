"""A layer table to be filled in: output, parameters and multiply-accumulates of each row, and the totals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain, islice

from calc.counting import Count, Row
from calc.derivation import Table, Text
from calc.errors import times
from calc.expr import Num, Number
from calc.layers.conv import Kernels
from calc.layers.pool import Windows
from calc.layers.reshape import Flatten
from calc.ledger import table
from calc.marking.ledger_columns import BIASED, NumbersMarking
from calc.marking.ledger_rules import Accounts
from calc.marking.ledgers import LedgerMarking
from calc.marking.replies import Value
from calc.marking.verdicts import Verdict
from calc.marking.wrong_shapes import wrong_features, wrong_filters, wrong_pools
from calc.posing import written
from calc.quizzes.blanks import Again, Blank, Cause, Cell, Rules, Turn, spellings
from calc.quizzes.causes import misled
from calc.quizzes.sizes import shapes, worked
from calc.stack import size_after, wrong_rules
from calc.wrong_counts import biases, wrong_work, wrong_work_of

MOST_TOTALS = 400
"""Wrong totals that are looked into."""

MANY = 60
"""Rows from which on wrong rules are only looked into where they are followed in all of them."""


def turns(question: Count, rules: Rules) -> Iterator[Turn]:
    """The table of the layers; a layer that is like an earlier one, at the same work, has its numbers."""
    ran = bool(question.network.input) and not question.network.fault
    made = _Rows(question, rules, table(question), ran=ran)
    rows = tuple(made.row(i) for i in range(len(question.rows)))
    names = ("output",) * ran + ("parameters",) + ("MACs",) * (question.macs is not None)
    header: tuple[Text, ...] = (("",), ("layer",), *((name,) for name in names))
    total: tuple[Cell, ...] = (("",), ("in all",), *((("",),) * ran), *made.totals(rows))
    right = (False, False, *(name != "output" for name in names))
    yield Turn(("Layer by layer",), rows, header, right, total=total)


class _Rows:
    """The rows of a ledger, with the blanks that were made so far."""

    def __init__(self, question: Count, rules: Rules, shown: Table, *, ran: bool) -> None:
        self.question = question
        self.rules = rules
        self.details = shown.details
        self.ran = ran
        self.accounts = Accounts(question)
        self.macs = question.macs
        self.taken = {name: why for name, why, _ in wrong_work(question)}
        """Why wrong numbers are no multiply-accumulates."""
        self.alike: dict[Hashable, str] = {}
        """The blanks by what they ask of which layer at which work."""
        self.output = ""
        """The blank of the output that was asked last."""

    def row(self, i: int) -> tuple[Cell, ...]:
        """Name and layer, then what is asked of it."""
        row = self.question.rows[i]
        name = row.call.name or f"{i + 1}"
        cells: list[Cell] = [(name,), (written(row),)]
        if self.ran:
            cells.append(self._output(i, row))
        cells.append(self._parameters(i, row))
        if self.macs is not None:
            cells.append(self._work(i, row))
        return tuple(cells)

    def _name(self, i: int) -> str:
        call = self.question.rows[i].call
        return f"{call.name} ({call.kind})" if call.name else f"layer {i + 1} ({call.kind})"

    def _once(self, what: str, i: int, row: Row, made: Callable[[int, Row], Blank]) -> Again | Blank:
        """A blank, or the answer of an earlier one that asks the same of a layer that is alike."""
        call = row.call
        key = (what, call.layer, call.inputs, call.output, call.batch) if call.layer else (what, i)
        if key in self.alike:
            return Again(self.alike[key])
        blank = made(i, row)
        self.alike[key] = blank.name
        return blank

    def _output(self, i: int, row: Row) -> Cell:
        call, layer = row.call, row.call.layer
        if call.output is None:
            return ("",)
        if call.inputs[:1] == (call.output,) and self.output:
            return Again(self.output)
        if call.inputs[:1] == (call.output,) or layer is None or not call.inputs:
            return (times(call.output),)
        cell = self._once("output", i, row, self._output_blank)
        self.output = cell.name
        return cell

    def _output_blank(self, i: int, row: Row) -> Blank:
        call = row.call
        assert call.output is not None
        right = shapes(call.output, channels=len(call.output) > 1)
        wrong = [(misled(name, why), shapes(led, channels=len(led) > 1)) for name, why, led in _wrong_output(row)]
        asks, shows = f"output of {self._name(i)}", (times(call.output),)
        steps = worked(self.details[i], "Output")
        return Blank(
            f"output {i + 1}", asks, shows, right, wrong=self.rules.led(right, wrong), worked=steps, sized=True
        )

    def _parameters(self, i: int, row: Row) -> Cell:
        if not row.parameters:
            return ("none" if row.call.known and not row.call.tensors else "counted before" if row.call.known else "?",)
        return self._once("parameters", i, row, self._parameters_blank)

    def _parameters_blank(self, i: int, row: Row) -> Blank:
        right = (str(row.parameters),)
        found = [rule for rule in self.accounts.rules if i in rule.rows]
        keras = {str(rule.rows[i]): rule.why for rule in found if rule.name == "statistics-counted"}
        wrong = [(misled(rule.name, rule.why), (str(rule.rows[i]),)) for rule in found]
        asks = f"parameters of {self._name(i)}"
        led = self.rules.led(right, wrong, keras)
        steps = worked(self.details[i], "Parameters")
        shows = (Num(row.parameters),)
        return Blank(f"parameters {i + 1}", asks, shows, right, readings=keras, wrong=led, worked=steps, rounded=True)

    def _work(self, i: int, row: Row) -> Cell:
        if not row.macs or not row.macs.value():
            return (Num(0),)
        return self._once("macs", i, row, self._work_blank)

    def _work_blank(self, i: int, row: Row) -> Blank:
        macs = int(row.macs.value()) if row.macs else 0
        right = (str(macs),)
        biased = {str(macs + biases(row)): BIASED} if biases(row) else {}
        wrong: list[tuple[Cause, Iterable[str]]] = [
            (misled(name, why), spellings(led)) for name, why, led in wrong_work_of(row)
        ]
        other = {"flops-for-macs": 2 * macs, "params-for-macs": row.parameters}
        wrong += [(misled(name, self.taken[name]), (str(led),)) for name, led in other.items()]
        asks = f"multiply-accumulates of {self._name(i)}"
        led = self.rules.led(right, wrong, biased)
        steps = worked(self.details[i], "Multiply-accumulates")
        shows = (Num(macs),)
        return Blank(f"macs {i + 1}", asks, shows, right, readings=biased, wrong=led, worked=steps, rounded=True)

    def totals(self, rows: Sequence[tuple[Cell, ...]]) -> Iterator[Cell]:
        """The sums under these rows, as far as all that is summed is known."""
        question = self.question
        off = [question.trainable, question.macs or 0, *self._keras()]
        if len(question.rows) > MANY:
            off += [rule.total(question) for rule in self.accounts.rules]
        else:
            off += islice(chain(self.accounts.singles, self.accounts.alone), MOST_TOTALS)
        yield self._total("parameters", "parameters in all", question.parameters, off, rows)
        if question.macs is not None:
            biased = question.macs + sum(map(biases, question.rows))
            off = [biased, *(total for _, _, total in wrong_work(question))]
            yield self._total("macs", "multiply-accumulates in all", question.macs, off, rows)

    def _keras(self) -> list[int]:
        rules = (rule for rule in self.accounts.rules if rule.name == "statistics-counted")
        return [rule.total(self.question) for rule in rules]

    def _total(
        self, name: str, asks: str, total: int, candidates: Iterable[int], rows: Sequence[tuple[Cell, ...]]
    ) -> Blank:
        """A sum, each of the candidates judged as it would be by itself."""
        right = (str(total),)
        readings: dict[str, str] = {}
        wrong: list[tuple[Cause, Iterable[str]]] = []
        for number in dict.fromkeys(candidates):
            if number == total or number < 0:
                continue
            verdict = self._verdict(name, number)
            if verdict.outcome == "convention":
                readings[str(number)] = verdict.convention
            for cause in (each.causes[0] for each in verdict.explanations if len(each.causes) == 1):
                if cause.kind == "misconception":
                    where = f" (in {cause.where})" if cause.where else ""
                    wrong.append((misled(cause.name, cause.says + where), (str(number),)))
        led = self.rules.led(right, wrong, readings)
        adds = _added(name, rows, total)
        return Blank(
            f"{name} in all", asks, (Num(total),), right, readings=readings, wrong=led, adds=adds, rounded=True
        )

    def _verdict(self, name: str, number: int) -> Verdict:
        said = (Value(str(number), (Num(number),)),)
        if name == "macs":
            return NumbersMarking(self.question, "macs", said).verdict
        return LedgerMarking(self.question, said, known=self.accounts).verdict


def _added(name: str, rows: Sequence[tuple[Cell, ...]], total: int) -> tuple[str, ...]:
    """The names of the blanks in these rows whose sum this is, once for each row; none where it is more than that."""
    cells = [cell for row in rows for cell in row]
    right = {cell.name: int(cell.right[0]) for cell in cells if isinstance(cell, Blank) and cell.name.startswith(name)}
    names = tuple(cell.name for cell in cells if isinstance(cell, Blank | Again) and cell.name in right)
    return names if sum(right[each] for each in names) == total else ()


def _wrong_output(row: Row) -> Iterator[tuple[str, str, tuple[Number, ...]]]:
    """What wrong rules make of the shape that goes into a layer."""
    layer, shape, output = row.call.layer, row.call.inputs[0], row.call.output
    if layer is None or output is None:
        return
    if isinstance(layer, Flatten) and len(output) == 1 < len(shape):
        yield from wrong_features(shape, shape)
    if not layer.axes or len(shape) != layer.axes + 1 or len(output) != len(shape):
        return
    for name, why in wrong_rules([layer]).items():
        yield name, why, (output[0], *(size_after(layer, axis, n, name) for axis, n in enumerate(shape[1:])))
    if isinstance(layer, Kernels):
        yield from wrong_filters(shape, output)
    if isinstance(layer, Windows):
        yield from wrong_pools(output, 1)
