"""A table out of text: tabs, Markdown pipes, boxes, commas or semicolons, LaTeX, or aligned by two or more spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from calc.errors import Impossible
from calc.readers.source import LONGEST_TEXT
from calc.readers.tables.headings import roles
from calc.readers.tables.markup import unmarked
from calc.readers.tables.patterns import waiting

MOST_ROWS = 2_000
NEAR = 12
"""Lines before and after a table that may say something of its layers."""
MOST_CELLS = 60
"""Cells of a row."""
LONGEST_HEAD = 2_000
"""Characters of a line that may be the headings."""
LONGEST_CELL = 400
"""Characters of a cell."""

DASHES = frozenset(("", "-", "–", "—", "−", "_", "--", "---", "–-", "/", "·", "•", ".", "n/a", "na", "n.a.", "nil"))
"""Cells that say nothing."""

_BOX = str.maketrans(dict.fromkeys("│┃║｜", "|"))
_RULE = waiting(r"[\s|+:=\-_─━═┄┈┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋┡┩╇╞╡╪╔╗╚╝╠╣╦╩╬*~]*")
_GAP = waiting(r"\s{2,}|\t")
_TREE = waiting(r"^[\s│|]*[├└][─-]+\s*")
_CROWDED = waiting(
    r"(?<=[^\s,(\[]) (?=[(\[]{1,2}(?:None|-1|\?|[0-9]+), )|(?<=[0-9][)\]]) (?=[0-9]+(?:\s|$))|(?<=\() (?=[(\[](?:None|-1), )"
)
_SHAPED = waiting(r"[(\[]{1,2}(?:None|-1|[0-9]+),.*[)\]]")
_TENSOR = waiting(r"\[[0-9]+\]")


class Row(NamedTuple):
    """A line under the headings, counted from 1; one that is not parted has no cells."""

    number: int
    cells: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class TableText:
    """The headings of a table, its rows, and the lines of text around it."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    around: tuple[str, ...]


class Head(NamedTuple):
    """The lines of a text, which of them has the headings of a table, and the sign that parts its cells."""

    lines: tuple[str, ...]
    at: int
    sign: str


def read_table_text(text: str, name: str) -> TableText | None:
    """The table in a text; None if no line of it has the headings of one."""
    if len(text) > LONGEST_TEXT:
        raise Impossible(f"{name} has {len(text)} characters, more than the {LONGEST_TEXT} that are read")
    head = find_head(text)
    return head and _table(head.lines, head.at, head.sign, name)


@lru_cache(maxsize=1)
def find_head(text: str) -> Head | None:
    """The headings of the table in a text, if there is one."""
    if len(text) > LONGEST_TEXT:
        return None
    plain = unmarked(text.removeprefix("\ufeff").translate(_BOX))
    lines = [line.rstrip("\r\n") for line in plain.split("\n")]
    best: tuple[int, int, str] | None = None
    for sign in ("|", "\t", "&", ";", ",", " "):
        for at, line in enumerate(lines[:200]):
            if (sign if sign != " " else "  ") not in line or len(line) > LONGEST_HEAD:
                continue
            if (known := _known(_cells(line, sign))) >= 2 and (best is None or known > best[0]):
                best = (known, at, sign)
    return None if best is None else Head(tuple(lines), best[1], best[2])


def _known(cells: Sequence[str]) -> int:
    """How many cells are headings of a layer table; 0 if none can name the layers."""
    if len(cells) > MOST_CELLS or any(len(cell) > LONGEST_CELL for cell in cells):
        return 0
    found = [roles(cell) for cell in cells]
    if not any({"kind", "either", "name", "notes"} & set(role) for role in found):
        return 0
    return sum(bool(role) and bool(cell.strip()) for role, cell in zip(found, cells, strict=True))


def _table(lines: Sequence[str], at: int, sign: str, name: str) -> TableText:
    headings = _cells(lines[at], sign)
    ahead = [line for line in lines[at + 1 : at + 40] if sign == "|" and line.strip() and not _RULE.fullmatch(line)]
    if lines[at].lstrip().startswith("|") and ahead and not any(line.lstrip().startswith("|") for line in ahead):
        headings = ("", *headings)  # a tool that numbers its rows before the first bar
    outer = lines[at].lstrip().startswith("|")
    places = [found.start() for found in re.finditer(r"\S+(?:\s\S+)*", lines[at])]
    around = [line.strip() for line in lines[:at] if not _RULE.fullmatch(line)][-NEAR:]
    around += [remark for heading in headings for remark in re.findall(r"\(([^()]*[0-9][^()]*)\)", heading)]
    rows: list[Row] = []
    after_blank = ruled = False
    grid = sign == "|" and _in_a_grid(lines[at + 1 :])
    for i, line in enumerate(lines[at + 1 :], at + 2):
        if len(rows) > MOST_ROWS:
            raise Impossible(f"{name} has more than the {MOST_ROWS} rows that are read")
        if not line.strip():
            after_blank = True
            continue
        cells = _cells(line, sign, outer=outer)
        if not cells or (_RULE.fullmatch(line) and (sign in "| " or not any(cell in DASHES - {""} for cell in cells))):
            ruled = True
            continue
        if sign == "|" and after_blank and (len(cells) < 2 or (i < len(lines) and re.match(r"[\s|:]*-", lines[i]))):
            around += [rest.strip() for rest in lines[i - 1 : i - 1 + NEAR]]
            break
        if after_blank and sign in ",;" and len(cells) not in (1, len(headings)):
            around.append(line.strip())
            continue
        after_blank = False
        if len(cells) > MOST_CELLS + len(headings):
            raise Impossible(f"{name}, row {len(rows) + 1} has {len(cells)} cells, its headings are {len(headings)}")
        if len(cells) < 2:
            rows.append(Row(0, (), _clean(line)))
            continue
        if sign == " " and len(cells) != len(headings) and not _SHAPED.fullmatch(cells[1]):
            cells = _placed(line, places)
        cells = cells[: len(headings)] + tuple(filter(None, cells[len(headings) :]))
        cells += ("",) * (len(headings) - len(cells))
        if grid and not ruled and rows and rows[-1].cells and not all(cells):
            cells = tuple(f"{above} {cell}".strip() for above, cell in zip(rows.pop().cells, cells, strict=False))
        ruled = False
        rows.append(Row(0, cells, line.strip()))
    numbered = (row._replace(number=i) for i, row in enumerate(_joined(rows), 1))
    return TableText(headings, tuple(numbered), tuple(around))


def _in_a_grid(lines: Sequence[str]) -> bool:
    """Whether a rule stands between any two rows, so that lines without one between them are one row."""
    groups = [0]
    for line in lines:
        if not line.strip():
            break
        if _RULE.fullmatch(line):
            groups.append(0)
        else:
            groups[-1] += 1
    full = [group for group in groups if group]
    return len(full) > 2 and 2 * sum(group == 1 for group in full) >= len(full)


def _joined(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows, with those that only carry on the name of the layer above put into it, as Keras breaks long ones."""
    held: Row | None = None
    for row in rows:
        first = (row.cells or (row.line,))[0]
        if held and held.cells and not row.cells and _TENSOR.search(row.line):
            held = Row(held.number, (*held.cells[:-1], f"{held.cells[-1]} {row.line}"), held.line)
            continue
        if held and held.cells and row.cells and not any(row.cells[1:-1]) and _TENSOR.search(row.cells[-1]):
            whole = _carried_on(held.cells[0], first) if first else held.cells[0]
            if whole:
                held = Row(held.number, (whole, *held.cells[1:-1], f"{held.cells[-1]} {row.cells[-1]}"), held.line)
                continue
        alone = not any(row.cells[1:]) and len(first.split()) == 1
        if held and held.cells and alone and (whole := _carried_on(held.cells[0], first)):
            held = Row(held.number, (whole, *held.cells[1:]), held.line)
            continue
        if held:
            yield held
        held = row
    if held:
        yield held


def _carried_on(first: str, second: str) -> str:
    """The two parts of a name that was broken where a bracket is open, or before one; nothing if they are none."""
    if first.count("(") > first.count(")") and ")" in second:
        return first + second
    return f"{first} {second}" if "(" not in first and second[0] == "(" and second[-1] == ")" else ""


def _cells(line: str, sign: str, *, outer: bool = True) -> tuple[str, ...]:
    """The cells of a line in a table that is parted by the sign; `outer` says whether bars stand at its ends."""
    if sign == "|":
        if _RULE.fullmatch(line):
            return ()
        cells = re.split(r"(?<!\\)\|", line.strip())
        cells = cells[bool(outer and not cells[0].strip() and len(cells) > 1) :]
        cells = cells[: len(cells) - bool(cells and not cells[-1].strip() and line.rstrip().endswith("|"))]
        return tuple(map(_clean, cells))
    if sign == "&":
        bare = re.sub(r"\\\\.*|\\(?:hline|toprule|midrule|bottomrule|cline\{[^}]*\}|end\{[^}]*\})|\$", "", line)
        bare = re.sub(r"\\(?:textbf|textit|text|mathbf)\{([^{}]*)\}", r"\1", bare).replace(r"\times", "×")
        return (
            tuple(_clean(re.sub(r"\\([#%_])", r"\1", cell)) for cell in re.split(r"(?<!\\)&", bare))
            if bare.strip()
            else ()
        )
    if sign == "\t":
        return tuple(map(_clean, line.strip(" ").split("\t"))) if "\t" in line else (_clean(line),)
    if sign == " ":
        parted = _CROWDED.sub("  ", _TREE.sub("", line).strip())
        return tuple(map(_clean, _GAP.split(parted)))
    import csv

    try:
        (cells,) = csv.reader([line.strip()], delimiter=sign, skipinitialspace=True)
    except (csv.Error, ValueError):
        cells = [line]
    return tuple(map(_clean, cells))


def _clean(cell: str) -> str:
    """A cell without the marks of Markdown."""
    cell = re.sub(r"<br ?/?>", ", ", cell[: 2 * LONGEST_CELL]).replace("\\|", "|").replace("\u00a0", " ").strip()
    cell = re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", cell)
    if len(cell) > 2 and cell[0] == cell[-1] == '"':
        cell = cell[1:-1].strip()
    return cell[:LONGEST_CELL]


def _placed(line: str, places: Sequence[int]) -> tuple[str, ...]:
    """The cells of a line under the headings that begin at these places, where some are empty."""
    cells = [""] * len(places)
    for found in re.finditer(r"\S+(?:\s\S+)*", line):
        nearest = min(range(len(places)), key=lambda i: abs(places[i] - found.start()))
        cells[nearest] = f"{cells[nearest]} {found[0]}".strip()
    return tuple(map(_clean, cells))
