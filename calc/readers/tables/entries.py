"""The rows of a layer table as layers with the numbers that their cells say, in the order of the data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from calc.errors import Impossible, printable
from calc.readers.families import BY_WORD
from calc.readers.tables.around import around_said, of_torch, stated
from calc.readers.tables.cells import (
    bare_name,
    input_of,
    is_size,
    lacks_size,
    module_of,
    numbers_rows,
    put,
    residual,
    says_yes,
    shown_after,
)
from calc.readers.tables.entry import CONVOLVING, Entries, Entry
from calc.readers.tables.headings import channels_last, single_is_channels
from calc.readers.tables.numbers import (
    Said,
    Shaped,
    is_dash,
    is_ditto,
    read_count,
    read_said,
    read_shape_cell,
)
from calc.readers.tables.patterns import waiting
from calc.readers.tables.repeats import read_block, read_times
from calc.readers.tables.routes import names_in
from calc.readers.tables.text import MOST_ROWS, Row, TableText
from calc.readers.tables.words import BRANCHING, Item, families, read_activation, read_items

MOST_UNREAD = 3
"""Lines in one place that are said not to be read."""

_TOTAL = waiting(
    r"\s*(?:(?:grand |sub)?total|sum|summe|gesamt|insgesamt|somme|totale?|overall|in all|in total|all)\b", re.IGNORECASE
)
_TOTALS = waiting(
    r"\b(total|trainable|non-trainable)(?: number of)?(?: trainable)? *(?:params?|parameters|weights)?\s*[:=|]\s*(?:#\s*)?([0-9][^()\s]*(?: [0-9]{3})*[kKmM]?)",
    re.IGNORECASE,
)
_MORE = waiting(r"^\W*(?:\.\.\.|…)|\b(?:more|repeat(?:ed)?)\b.*\b(?:times|with|block)|\bmore with\b", re.IGNORECASE)
_OFTEN: Mapping[str, int] = {"once": 1, "twice": 2, "thrice": 3, "two": 2, "three": 3, "four": 4, "five": 5}
_OFTEN_MORE = waiting(
    r"\W*(?:(?:repeat(?:ed)?)\s+)?(?P<times>once|twice|thrice|(?:two|three|four|five|[1-9])\s*(?:times|x|×)?)\s*more\s*(?:with|for|:)\s*(?P<filters>[0-9]+(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)[0-9]+)*)\D*",
    re.IGNORECASE,
)
_GLOBAL: Mapping[str, str] = {"avgpool": "gap", "pool": "gmp"}
"""The poolings that a window over all of the map makes of others."""
_MODEL = waiting(r'Model:\s*"([^"]{1,60})"')
_VOLUME = r"([0-9]{1,6}\s*[x×*]\s*[0-9]{1,6}\s*[x×*]\s*[0-9]{1,6})"
_INPUT = waiting(
    rf"\b(?:inputs?|images?)\b[^0-9]{{0,40}}?{_VOLUME}|{_VOLUME}\s*(?:[a-z]+\s)?(?:inputs?|images?)\b", re.IGNORECASE
)


def read_entries(table: TableText, name: str, columns: list[tuple[str, ...]]) -> Entries:
    """The layers of the table whose columns say that; `Impossible`, naming the row, where one is none."""
    last = max((i for i, row in enumerate(table.rows) if row.cells), default=0)
    around = (*table.around, *(row.line for row in table.rows[last + 1 :] if not row.cells))
    found = Entries("the network", [], *around_said(around))
    for line in (*around, *(row.line for row in table.rows)):
        if model := _MODEL.search(line):
            found.name = model[1]
        if (shape := _INPUT.search(line)) and line in around:
            found.input = read_shape_cell(shape[1] or shape[2])
        for kind, number in _TOTALS.findall(line):
            if (count := read_count(number.rstrip(".,;"))) and line not in found.totals:
                found.totals.setdefault(kind.lower(), count)
    said = [channels_last(heading) for heading in table.headings if heading]
    found.first = next((not last for last in said if last is not None), None)
    unread = [
        h
        for i, h in enumerate(table.headings)
        if not columns[i] and h and not numbers_rows([r.cells[i] for r in table.rows if r.cells])
    ]
    if unread:
        found.notes.append(
            f"Not read: the column{'s' if len(unread) > 1 else ''} {', '.join(f'“{printable(h, 30)}”' for h in unread)}."
        )
    found.notes += stated(found)
    found.printed = any(re.match(r"Layer \(type", heading) for heading in table.headings)
    if found.printed and found.first is None:
        found.first = of_torch(table)
    _Reading(table, columns, name, found).all()
    _without_batch(found.entries)
    found.entries[:] = _leaves(found.entries)
    _ends(found.entries, columns)
    return found


def _ends(entries: list[Entry], columns: list[tuple[str, ...]]) -> None:
    """What goes into a row comes out of the row above, where no column says what comes out; and which row is the last."""
    shown = any(role in (("output",), ("size",)) for role in columns)
    for above, entry in pairwise(entries):
        if not shown and above.output is None and not entry.sources and above.main and above.main.kind != "input":
            above.output, above.from_next = entry.input, entry.input is not None
    weighted = [entry for entry in entries if any(item.kind in (*CONVOLVING, "linear") for item in entry.items)]
    for entry in weighted[-1:]:
        entry.last = True


def _leaves(entries: list[Entry]) -> Iterator[Entry]:
    """The rows without those that only hold the rows below them in a tree of modules, but for parameters of their own."""
    tree = any(entry.depth for entry in entries)
    for i, entry in enumerate(entries):
        below = entries[i + 1].depth if i + 1 < len(entries) else 0
        if not tree or below <= entry.depth:
            yield entry
        elif entry.count and entry.count.number:
            yield replace(entry, items=[entry.items[0]._replace(kind="own")], input=None, output=None)


def _without_batch(entries: list[Entry]) -> None:
    """Leave the batch out of shapes that all begin with it: 1×32×26×26, 1×10."""
    shapes = [shape for entry in entries for shape in (entry.input, entry.output) if shape and not shape.batched]
    batches = {shape.sizes[0] for shape in shapes if len(shape.sizes) == 4}
    if len(batches) != 1 or any(shape.sizes[0] not in batches for shape in shapes if len(shape.sizes) > 1):
        return
    for entry in entries:
        for side in ("input", "output"):
            shape = getattr(entry, side)
            if shape and not shape.batched and len(shape.sizes) > 1:
                setattr(entry, side, Shaped(shape.sizes[1:], shape.first, True))


@dataclass
class _Reading:
    """The rows of a table while they are read."""

    table: TableText
    columns: list[tuple[str, ...]]
    name: str
    found: Entries
    filters_above: int | None = None
    kernel_above: Said | None = None
    met: Counter[str] = field(default_factory=Counter)
    """How many rows of each kind have been read."""
    known: set[str] = field(default_factory=set)
    """What rows so far are called."""
    between: list[str] = field(default_factory=list)
    """Lines of text since the last row, which are said only if another row comes."""

    def all(self) -> None:
        for row in self._rows():
            if not row.cells or (_TOTAL.match(" ".join(row.cells)) and not self._layers(row)):
                self._line(row)
            elif not all(is_dash(cell) for cell in row.cells):
                self._entry(row)
        if not self.found.entries:
            raise Impossible(f"{self.name} has the headings of a table and no row that is a layer")

    def fault(self, row: Row, why: str) -> Impossible:
        return Impossible(f"{self.name}, row {row.number}: {why}")

    def _rows(self) -> Iterator[Row]:
        """The rows, with those in place that “twice more with 64 and 128” stands for."""
        before: list[Row] = []
        for row in self.table.rows:
            text = " ".join(cell for cell in row.cells if not is_dash(cell)) if row.cells else row.line
            if _MORE.search(text) and not self._layers(row):
                more = self._more(row, text, before)
                yield from more
                before += more
                continue
            if row.cells:
                before.append(row)
            elif self._is_layer(row.line):
                row = Row(row.number, self._alone(row.line), row.line)
            yield row

    def _is_layer(self, line: str) -> bool:
        """Whether a line without other cells is a row that only names a layer."""
        items, _, odd = read_items(line) if len(line) < 60 else ([], "", [])
        return bool(items) and not odd and not re.search(r":|\d\.\d", line)

    def _alone(self, line: str) -> tuple[str, ...]:
        """The cells of a row that names a layer and says no more."""
        return tuple(line if role == ("kind",) else "" for role in self.columns)

    def _more(self, row: Row, text: str, before: list[Row]) -> list[Row]:
        """The rows that a line stands for, which repeats those before it with other filters."""
        column = next((i for i, role in enumerate(self.columns) if role == ("filters",)), None)
        found = _OFTEN_MORE.fullmatch(text)
        right = f"“{printable(text, 50)}” stands for rows that are not written: write them out"
        if found is None or column is None:
            raise self.fault(row, right)
        times = _OFTEN.get(re.split(r"[^a-z]", found["times"].lower())[0]) or int(re.findall(r"\d", found["times"])[0])
        filters = re.findall("[0-9]+", found["filters"])
        if len(filters) != times or len({r.cells[column] for r in before if r.cells[column].strip().isdecimal()}) != 1:
            raise self.fault(row, right)
        self.found.notes.append(
            f"“{printable(text, 50)}”: rows {before[0].number} to {before[-1].number} come again, with {' and with '.join(filters)} filters."
        )
        return [
            Row(
                r.number,
                tuple(wanted if i == column and c.strip().isdecimal() else c for i, c in enumerate(r.cells)),
                r.line,
            )
            for wanted in filters
            for r in before
            if r.cells
        ]

    def _line(self, row: Row) -> None:
        """A total, or a line between rows that is no layer."""
        count = next((c for cell in reversed(row.cells) if (c := read_count(cell))), None)
        if row.cells and count:
            self.found.totals.setdefault("total", count)
        elif not _TOTALS.search(row.line) and re.search(r"\w", row.line) and not _TOTAL.match(row.line):
            self.between.append(f"Not read, row {row.number}: “{printable(row.line)}”.")

    def _layers(self, row: Row) -> list[Item]:
        return read_items(self._cell(row, "kind"))[0] if row.cells else []

    def _cell(self, row: Row, role: str) -> str:
        """The first cell of that role that says something."""
        cells = [cell for cell, roles in zip(row.cells, self.columns, strict=False) if roles == (role,)]
        return next((cell for cell in cells if not is_dash(cell)), "")

    def _has(self, role: str) -> bool:
        return any(role in roles for roles in self.columns)

    def _entry(self, row: Row) -> None:
        written = self._cell(row, "kind") or self._cell(row, "name")
        written, shown = shown_after(written)
        written, times = read_times(written)
        sizes = read_block(written)
        items, called, odd = read_items(written) if not sizes else ([residual(sizes)], "", [])
        inputs = input_of(self._cell(row, "name"), written)
        if inputs:
            items, called, odd, shown = [inputs], "", [], read_shape_cell(written)
        if not items and self._cell(row, "name"):
            items, called, odd = read_items(self._cell(row, "name"))
        items += [] if items else read_activation(self._cell(row, "activation"))[0]
        parts = self._parts(row)
        if not sizes and parts and (whole := module_of(written, parts)):
            items, odd = [whole], []
        branching = any(word.lower().startswith(tuple(BRANCHING)) for word in odd)
        if (branching or not items) and written and self._holds():
            items = [Item("held", 0, printable(bare_name(written), 30), Said())]
            branching = False
        if branching:
            raise self.fault(
                row,
                f"“{printable(written, 40)}” is no single layer: a table is read as one layer after the other, so write the layers of it, or give the network as model.py",
            )
        if not items:
            if not written:
                raise self.fault(
                    row, "which layer it is does not stand there: write Conv2d, MaxPool2d, Linear and the like"
                )
            from calc.readers.constructor_text import hint

            like = hint(re.sub(r"[^a-z]", "", written.lower())[:40], tuple(BY_WORD))
            raise self.fault(row, f"“{printable(written, 40)}” is no layer that is known{like}")
        name = called or self._name(row, written or items[0].written)
        labelled = called or self._cell(row, "name")
        entry = Entry(row.number, printable(name, 30), printable(name if labelled else written, 40), items)
        entry.keys = tuple(
            dict.fromkeys(k for k in (called, re.split(r"[\s(]", written)[0], self._cell(row, "name")) if k)
        )
        entry.sources = names_in(self._cell(row, "connected")) or self._named(row)
        self.known.update(entry.keys)
        entry.depth = self._depth(written)
        self.found.notes += self.between[:MOST_UNREAD]
        self.between.clear()
        self._ordinal(entry, self._cell(row, "name"))
        self._numbers(row, entry)
        self._shapes(row, entry)
        self._followed(row, entry)
        entry.parts = parts
        entry.output = entry.output or shown
        entry.remark = printable(" ".join(cell for cell in row.cells if cell != written), 100)
        self.found.blocks |= bool(items[0].kind in ("residual", "inverted"))
        again = self._cell(row, "repeat")
        if again.strip("x× ").isdecimal() and len(again) < 6:
            times = int(again.strip("x× "))
        elif times == 1:
            times = read_times(f" {self._cell(row, 'notes')}")[1]
        if not 1 <= times <= 1000:
            raise self.fault(row, f"it comes {times} times: 1 to 1000 are read")
        if len(self.found.entries) + times > MOST_ROWS:
            raise self.fault(row, f"the layers are more than the {MOST_ROWS} that are read")
        self.found.entries += self._copies(entry, times)

    def _named(self, row: Row) -> tuple[str, ...]:
        """The rows above that the column “Input” names, where it has no shape."""
        cell = self._cell(row, "input")
        names = names_in(cell) if cell and not read_shape_cell(cell) else ()
        return names if names and all(name in self.known or name.lower() == "input" for name in names) else ()

    def _parts(self, row: Row) -> dict[str, int]:
        """The filters in the columns of several convolutions."""
        cells = zip(row.cells, self.columns, strict=False)
        parts = {role[0][5:]: cell for cell, role in cells if role[:1] and role[0].startswith("part ")}
        return {name: int(cell) for name, cell in parts.items() if cell.isdecimal() and len(cell) < 6}

    def _copies(self, entry: Entry, times: int) -> Iterator[Entry]:
        """The row as often as it comes; of convolutions with a stride only the first has it."""
        main = entry.main
        assert main is not None
        yield entry
        stride = main.said.given.get("stride")
        still = main
        if main.kind in (*CONVOLVING, "residual", "inverted", "separable"):
            still = main._replace(said=replace(main.said, given={**main.said.given, "stride": (1,)}))
        if times > 1 and isinstance(stride, tuple) and max(stride) > 1 and still is not main:
            entry.unread.append(
                f"Row {entry.row} comes {times} times: only the first has the stride, the others stride 1."
            )
        inner = None if entry.count is None or entry.count.number == 0 else entry.count
        for i in range(1, times):
            items = [still if item is main else item for item in entry.items]
            yield replace(entry, items=items, count=inner, input=None, unread=[], copy=i)

    def _depth(self, written: str) -> int:
        """How deep a tree of modules has the row: Conv2d: 2-1."""
        found = re.search(r":\s([0-9]+)(?:-[0-9]+)+$", written)
        return int(found[1]) if found else 0

    def _holds(self) -> bool:
        """Whether a row without rules may be taken as the table has it: a tool printed it, with its parameters."""
        return self.found.printed and self._has("params")

    def _name(self, row: Row, written: str) -> str:
        """What the row is called: as its first column has it, or by its number and its layer."""
        label = self._cell(row, "name")
        if label and label != written and not re.fullmatch(r"[0-9.]+", label):
            return label
        if written.endswith(f"-{row.number}"):
            return written
        number = label if label and label != written else row.number
        return f"{number} {bare_name(written)}"

    def _ordinal(self, entry: Entry, label: str) -> None:
        """A number after a word that only counts: Conv 1, Conv 2, FC 1; the window of a pooling whose name counts."""
        main = entry.main
        assert main is not None
        self.met[main.kind] += 1
        number = main.suffix.strip(" -_")
        if "pool" in main.kind and main.suffix[:1] == " " and families(re.sub(r"[-_ ]?[0-9]+$", "", label))[0]:
            window = Said(numbers=[int(number)]) if number.isdecimal() else main.said
            entry.items[entry.items.index(main)] = main._replace(suffix="", said=window)
        elif number in (str(self.met[main.kind]), str(len(self.found.entries) + 1)):
            entry.items[entry.items.index(main)] = main._replace(suffix="")

    def _numbers(self, row: Row, entry: Entry) -> None:
        """Kernel, stride, padding and filters out of the columns they have, or that they share."""
        main = entry.main
        assert main is not None
        for heading, cell, role in zip(self.table.headings, row.cells, self.columns, strict=False):
            if is_ditto(cell) or is_dash(cell):
                continue
            if "kernel" in role and main.kind in _GLOBAL and re.search("global", cell, re.IGNORECASE):
                at = entry.items.index(main)
                main = entry.items[at] = main._replace(kind=_GLOBAL[main.kind])
            elif len(role) > 1:
                self._shared(row, heading, cell, role, main.said)
            elif role == ("kernel",) and is_size(heading, main):
                continue
            elif role[:1] and role[0] in ("kernel", "stride", "padding", "dilation", "groups", "bias"):
                put(main.said, role[0], cell)
            elif role == ("filters",):
                self._filters(heading, cell, entry)
        if notes := self._cell(row, "notes"):
            own = read_said(notes)
            main.said.take(Said(own.given, own.sizes))
            alone = entry.filters is None and not main.said.numbers and "out" not in main.said.given
            if alone and len(own.numbers) == 1 and main.kind in (*CONVOLVING, "linear"):
                entry.filters = own.numbers[0]
        for side in ("input", "output"):
            sizes = main.said.given.pop(side, None)
            if isinstance(sizes, tuple) and main.kind != "input":
                setattr(entry, side, Shaped(sizes))
        if main.kind in CONVOLVING:
            self._as_above(entry, main.said)

    def _shared(self, row: Row, heading: str, cell: str, role: tuple[str, ...], said: Said) -> None:
        """“5 / 2 / 1” under “Kernel Size / Padding / Stride”."""
        parts = [part.strip() for part in re.split(r"[/;|]|,(?![^(]*\))", cell)]
        if len(parts) == 1 and read_said(cell).given:
            said.take(read_said(cell))
            return
        if len(parts) not in (1, len(role)):
            raise self.fault(
                row,
                f"“{printable(cell, 30)}” has {len(parts)} parts where its heading “{printable(heading, 50)}” has {len(role)}",
            )
        for name, part in zip(role, parts, strict=False):
            if not is_dash(part):
                put(said, name, part)

    def _filters(self, heading: str, cell: str, entry: Entry) -> None:
        """Filters or units in a column of theirs, beside which a kernel or a shape may stand."""
        main = entry.main
        assert main is not None
        shape = read_shape_cell(cell)
        shaped = re.search(r"output|channel|map|feature", heading, re.IGNORECASE)
        if shape and len(shape.sizes) > 2 and (shaped or shape.first):
            entry.output = shape
            return
        cell = re.sub(r"(?<![\d,.])[0-9]{1,3}(?:,[0-9]{3})+(?![\d,])", lambda found: found[0].replace(",", ""), cell)
        said = read_said(re.sub(r"^\s*[0-9]+\s*(?:->|→|–>)", "", cell))
        given = said.given.pop("out", None)
        numbers = given if isinstance(given, tuple) else tuple(said.numbers[:1])
        sizes = [size for size in said.sizes if len(size) > 1]
        main.said.take(Said(said.given, sizes))
        if numbers and not re.search(r"\d[.]\d|%", cell):
            entry.filters = numbers[0]
        elif re.fullmatch(r"[A-Za-z]", cell) and (main.kind in CONVOLVING or main.kind == "linear"):
            entry.lettered = cell

    def _as_above(self, entry: Entry, said: Said) -> None:
        """A dash for the kernel or the filters of a convolution: as the one above."""
        plain = not said.sizes and "kernel_size" not in said.given and len(said.numbers) < 2
        if plain and self._has("kernel") and self.kernel_above is not None:
            said.given = {**self.kernel_above.given, **said.given}
            said.sizes = [size[:2] for size in self.kernel_above.sizes]
            entry.kernel_above = True
        kept = {k: v for k, v in said.given.items() if k in ("kernel_size", "stride", "padding", "dilation")}
        self.kernel_above = Said(kept, list(said.sizes))
        own = entry.filters or ("out" in said.given and said.given["out"][0]) or None
        if own is None and self._has("filters") and not entry.lettered:
            entry.above = self.filters_above
        if own or entry.above:
            self.filters_above = int(own or entry.above or 0)

    def _shapes(self, row: Row, entry: Entry) -> None:
        """What goes in and what comes out, and the number of parameters that the table has."""
        entry.input = read_shape_cell(self._cell(row, "input")) or entry.input
        for heading, cell, role in zip(self.table.headings, row.cells, self.columns, strict=False):
            sized = role == ("kernel",) and is_size(heading, entry.main) and lacks_size(entry)
            if (
                (sized or role in (("output",), ("size",)))
                and (shape := read_shape_cell(cell))
                and entry.output is None
            ):
                entry.output = shape
                entry.channels_alone = role == ("output",) and single_is_channels(heading)
        counts = (read_count(cell) for cell, role in zip(row.cells, self.columns, strict=False) if role == ("params",))
        entry.count = next((count for count in counts if count), None)

    def _followed(self, row: Row, entry: Entry) -> None:
        """What follows the layer by columns of their own: normalisation, activation, pooling, dropout."""
        if says_yes(self._cell(row, "norm")):
            entry.items.append(Item("batchnorm", 0, "BatchNorm", Said()))
        items, odd = read_activation(self._cell(row, "activation"))
        there = {item.kind for item in entry.items}
        entry.items += [item for item in items if item.kind not in there]
        if odd and not items:
            entry.unread.append(
                f"row {row.number}: “{printable(' '.join(odd), 30)}” is no activation that is known; it is taken to learn nothing."
            )
        pooled = self._cell(row, "pooled")
        if pooled and pooled.lower() not in ("no", "false"):
            items = [item for item in read_items(pooled)[0] if "pool" in item.kind]
            kind = "avgpool" if re.search(r"av|mean", pooled, re.IGNORECASE) else "pool"
            written = "MaxPool" if re.search(r"max", pooled, re.IGNORECASE) else "Pooling"
            entry.items += items or [Item(kind, 0, written, read_said(pooled))]
        if re.search(r"[1-9]", self._cell(row, "dropout")):
            entry.items.append(Item("dropout", 0, "Dropout", Said()))
