"""The ledger of a network as a table: which columns, how deep, and what closes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, takewhile
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from calc.derivation import Derivation, Table, Text, Unfolding
from calc.errors import Impossible, counted, nearest, printable, times
from calc.expr import Num
from calc.readers.kinds import OWN
from calc.unfolding import unfolded

if TYPE_CHECKING:
    from calc.counting import Count, Row
    from calc.network import Call

FLOAT = 4
"""Bytes of a number as networks are run."""

Rows = Sequence["Row"]


class Column(NamedTuple):
    """What stands over it, whether it lines up on units, what a line and the last line have in it.

    A line is one row of the ledger, or several where they are taken together.
    """

    header: str
    right: bool
    cell: Callable[[Rows], Text]
    end: Callable[[Count], Text] = lambda _: ("",)
    needs_input: bool = False


def _number(value: int | None) -> Text:
    return ("unknown",) if value is None else (Num(value),)


def _added(rows: Rows, of: Callable[[Row], int | None]) -> Text:
    """The sum over the rows, unknown if one is."""
    values = [of(row) for row in rows]
    return _number(None if None in values else sum(value or 0 for value in values))


def _formula(rows: Rows) -> Text:
    if len(rows) > 1:
        return ("",)
    (row,) = rows
    if row.formula is not None:
        return (row.formula,)
    none = "none" if row.call.known else "unknown"
    return (f"counted at {row.call.tensors[0].name}" if row.call.tensors else none,)


def _name(rows: Rows) -> str:
    """What the names of the rows begin with."""
    parts = [row.call.name.split(".") for row in rows]
    alike = takewhile(lambda same: len(set(same)) == 1, zip(*parts, strict=False))
    return ".".join(same[0] for same in alike)


def _kind(rows: Rows) -> Text:
    if len(rows) > 1:
        return (counted(len({row.call.name for row in rows}), "layer"),)
    (row,) = rows
    frozen = {0: ", frozen", row.parameters: ""}.get(row.trainable, ", partly frozen") if row.parameters else ""
    return ((row.call.layer.described() if row.call.layer else row.call.kind) + frozen,)


def _shape(shape: tuple[int, ...] | None, call: Call) -> str:
    """A shape, or what stands in its place."""
    if shape is not None:
        return times(shape)
    if call.kind == OWN:
        return "" if call.used else "not used"
    return "?" if call.used else "not called"


def _macs(row: Row) -> int | None:
    return None if row.macs is None else int(row.macs.value())


def _memory(row: Row) -> int | None:
    return None if row.call.output is None else FLOAT * row.call.batch * prod(row.call.output)


def _field(row: Row) -> str:
    """How many cells one output sees along each axis, and whether that is all there are."""
    sizes = times(tuple(field.size for field in row.field)) if row.field else ""
    return f"all {sizes}" if row.field and all(field.whole for field in row.field) else sizes


COLUMNS: dict[str, Column] = {
    "name": Column("name", False, lambda rows: (_name(rows),)),
    "layer": Column("layer", False, _kind, lambda _: ("in all",)),
    "input": Column(
        "input",
        False,
        lambda rows: (_shape(next(iter(rows[0].call.inputs), None), rows[0].call),),
        needs_input=True,
    ),
    "output": Column("output", False, lambda rows: (_shape(rows[-1].call.output, rows[-1].call),), needs_input=True),
    "formula": Column("parameters", False, _formula, lambda count: ("" if count.complete else "at least",)),
    "parameters": Column(
        "parameters",
        True,
        lambda rows: _added(rows, lambda row: row.parameters if row.call.known else None),
        lambda count: _number(count.parameters),
    ),
    "weights": Column(
        "weights",
        True,
        lambda rows: _added(rows, lambda row: row.parameters - row.biases),
        lambda count: _added(count.rows, lambda row: row.parameters - row.biases),
    ),
    "biases": Column(
        "biases",
        True,
        lambda rows: _added(rows, lambda row: row.biases),
        lambda count: _added(count.rows, lambda row: row.biases),
    ),
    "trainable": Column(
        "trainable", True, lambda rows: _added(rows, lambda row: row.trainable), lambda count: _number(count.trainable)
    ),
    "macs": Column("MACs", True, lambda rows: _added(rows, _macs), lambda count: _number(count.macs), needs_input=True),
    "work": Column(
        "multiply-accumulates",
        False,
        lambda rows: (rows[0].macs,) if len(rows) == 1 and rows[0].macs and _macs(rows[0]) else ("",),
        needs_input=True,
    ),
    "flops": Column(
        "FLOPs",
        True,
        lambda rows: _added(rows, lambda row: None if row.macs is None else 2 * int(row.macs.value())),
        lambda count: _number(None if count.macs is None else 2 * count.macs),
        needs_input=True,
    ),
    "field": Column(
        "one output sees",
        False,
        lambda rows: (_field(rows[-1]),),
        needs_input=True,
    ),
    "memory": Column(
        "output bytes",
        True,
        lambda rows: _added(rows, _memory),
        lambda count: _added(count.rows, _memory),
        needs_input=True,
    ),
}
"""The columns by the words that choose them."""

OF_MACS = frozenset(("macs", "work", "flops"))
"""Those that are about multiply-accumulates."""

JUDGED = ("weights", "biases", "trainable", "macs", "flops", "memory", "field", "output", "input")
"""Those besides the parameters that answers can be held against."""

SHOWN = ("name", "layer", "output", "formula", "parameters", "macs")
"""Those that are there without being chosen."""


def read_columns(words: str) -> tuple[str, ...]:
    """The columns that a text names, parted by commas or blanks; all that are shown where it is empty."""
    chosen = tuple(words.replace(",", " ").lower().split()) or SHOWN
    for word in chosen:
        if word not in COLUMNS:
            hint = nearest(word, tuple(COLUMNS)) or f": choose among {', '.join(COLUMNS)}"
            raise Impossible(f"there is no column “{printable(word, 30)}”{hint}")
    return chosen


def asked_by(words: str) -> tuple[str, ...]:
    """The columns that ask for something else than the parameters; all of them where none has an answer.

    Where parameters stand among them, these are asked.
    """
    columns = ["macs" if name == "work" else name for name in read_columns(words)]
    if {"formula", "parameters"} & set(columns):
        return ()
    return tuple(dict.fromkeys(name for name in columns if name in JUDGED)) or tuple(columns)


def number_of(row: Row, column: str) -> int | None:
    """The number of a row in a column; None where it is not known."""
    return _value(COLUMNS[column].cell((row,)))


def total_of(count: Count, column: str) -> int | None:
    """The last line of a column; None where it is not known."""
    return _value(COLUMNS[column].end(count))


def _value(cell: Text) -> int | None:
    number = cell[0]
    return int(number.value()) if isinstance(number, Num) else None


def table(count: Count, columns: Sequence[str] = SHOWN, depth: int | None = None, among: Rows | None = None) -> Table:
    """The rows of the ledger, those with the same first `depth` parts of their name taken together, and their sum.

    A column that needs an input is left out where there was none. A table of some rows has no sum.
    """
    kept = [name for name in columns if count.network.input or not COLUMNS[name].needs_input]
    shown = list(lines(count.rows if among is None else among, depth))
    header: list[Text] = []
    right: list[bool] = []
    rows: list[list[Text]] = [[] for _ in shown]
    end: list[Text] = []
    for i, name in enumerate(kept):
        column = COLUMNS[name]
        if name == "parameters" and i and kept[i - 1] == "formula":  # the formula, a sign, its value
            header.append(("",))
            right.append(False)
            end.append(("=" if count.complete else "",))
            for cells, line in zip(rows, shown, strict=True):
                cells.append(("=" if line[-1].formula is not None or len(line) > 1 else "",))
        header.append(("" if name == "parameters" and i and kept[i - 1] == "formula" else column.header,))
        right.append(column.right)
        end.append(column.end(count))
        for cells, line in zip(rows, shown, strict=True):
            own = len(line) == 1 and line[0].formula is None
            cells.append(("",) if name == "parameters" and own and "formula" in kept else column.cell(line))
    if "layer" not in kept:
        free = next((i for i, aside in enumerate(right) if not aside and end[i] == ("",)), None)
        if free is not None:
            end[free] = ("in all",)
    details = Unfolding(len(shown), lambda i: _unfolded(count, shown[i], columns))
    return Table(
        tuple(header), tuple(map(tuple, rows)), tuple(right), tuple(end) if among is None else (), details=details
    )


def lines(rows: Sequence[Row], depth: int | None) -> Iterator[list[Row]]:
    """The rows one by one, or those together that are next to each other and named alike to that depth."""
    if depth is None:
        yield from ([row] for row in rows)
        return
    for _, group in groupby(rows, key=lambda row: row.call.name.split(".")[:depth]):
        yield list(group)


def _unfolded(count: Count, line: Rows, columns: Sequence[str]) -> Derivation:
    """What a line comes from: that of its row, or the rows that it takes together."""
    if len(line) > 1:
        return Derivation((_name(line),), (table(count, columns, among=line),))
    (row,) = line
    return unfolded(row, lambda: count.seen_before(row), ran=bool(count.network.input))
