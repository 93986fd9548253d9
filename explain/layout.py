"""A derivation laid out as lines of text, each a row of spans with a role.

The roles are what a span means (window, kernel, result, …); `terminal` colours them, `text` leaves them out. What is
marked by colour is marked by a sign as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import assert_never

from calc.derivation import (
    Chain,
    Check,
    Derivation,
    Gallery,
    Given,
    Grid,
    Note,
    Picture,
    Pools,
    Solve,
    Step,
    Table,
    Text,
    Volumes,
    Windows,
)
from explain.blocks import (
    Block,
    Line,
    Role,
    banded,
    beside,
    breadth,
    length,
    set_in,
    stacked,
    told,
    wrap,
    wrap_clauses,
    wrap_items,
)
from explain.notation import TEXT, Notation

INDENT = "   "
LABEL = 20
"""Reasons up to this length stand before their line, longer ones after it."""
NARROW = 10
"""Columns that are too few to write the text of a cell in."""
MARKS = {"why": "", "careful": "! ", "convention": ""}
CHECKED: dict[str, tuple[str, Role]] = {"agrees": ("✓", "result"), "differs": ("✗", "fault"), "not run": ("–", "dim")}


def lines(derivation: Derivation, width: int, *, colour: bool = False, marked: bool = False) -> Iterator[Line]:
    """The whole derivation, top to bottom, made as it is read; pictures in colour, or in marks that need none.

    Spans that are not `marked` have no roles, and many alike may come as one text of several lines.
    """
    yield from Layout(width, Notation(decimals=derivation.decimals), colour=colour, marked=marked).whole(derivation)


DRAWN_AS: dict[str, Role] = {"image": "", "kernel": "kernel", "feature map": "result"}


def check_lines(check: Check, width: int) -> Iterator[Line]:
    """The outcome of a check, marked."""
    mark, role = CHECKED[check.verdict]
    for i, line in enumerate(wrap(TEXT.text(check.says), width - len(INDENT) - 2)):
        yield (INDENT, ""), (f"{mark} " if i == 0 else "  ", role), (line, "" if role == "result" else role)


class Layout:
    """The page: its width in columns, the notation that is written on it, whether it has colours, and whether roles are told."""

    def __init__(self, width: int, notation: Notation = TEXT, *, colour: bool = False, marked: bool = False) -> None:
        self.width = max(width, 20)
        self.notation = notation
        self.colour = colour
        self.marked = marked

    def whole(self, derivation: Derivation) -> Iterator[Line]:
        title, answer = self.notation.text(derivation.title), self.notation.text(derivation.headline)
        gap = self.width - len(title) - len(answer)
        if gap >= 3 or not answer:
            yield (title, "head"), (" " * max(gap, 0) if answer else "", ""), (answer, "bold")
        else:
            yield from ([(line, "head")] for line in wrap(title, self.width))  # type: ignore[misc]
            yield from (((line.rjust(self.width), "bold"),) for line in wrap(answer, self.width))
        for note in derivation.opening:
            yield from self.step(note, "")
        rest = [step for step in derivation.steps[len(derivation.opening) :] if not isinstance(step, Check | Volumes)]
        if answer and all(isinstance(step, Derivation) for step in rest):
            yield from self._numbered([step for step in rest if isinstance(step, Derivation)])
        else:
            for i, step in enumerate(rest):
                if not (i and isinstance(step, Note) and isinstance(rest[i - 1], Note)):
                    yield ()
                yield from self.step(step, INDENT)

    def _numbered(self, parts: Sequence[Derivation]) -> Iterator[Line]:
        """Parts under numbered headings; neighbours that are pictures alone stand side by side where they fit."""
        waiting: list[Block] = []
        for number, part in enumerate(parts, start=1):
            heading = [*self._heading(part.title, ((f"{number:>2}  ", "dim"),))]
            if all(isinstance(step, Grid) for step in part.steps):
                block = [*heading, (), *self.indented(part.steps, INDENT + " ")]
                if (
                    waiting
                    and breadth([*waiting[-1:], block], 4) + sum(breadth([b], 0) + 4 for b in waiting[:-1]) > self.width
                ):
                    yield from self._flush(waiting)
                waiting.append(block)
                continue
            yield from self._flush(waiting)
            yield ()
            yield from heading
            yield ()
            yield from self.indented(part.steps, INDENT + " ")
        yield from self._flush(waiting)

    def _heading(self, title: Text, before: Line) -> Iterator[Line]:
        """A title after something, its further lines set in as far."""
        start = length(before)
        for i, line in enumerate(wrap(self.notation.text(title), self.width - start)):
            yield (*(before if i == 0 else ((" " * start, ""),)), (line, "head"))

    def _flush(self, waiting: list[Block]) -> Iterator[Line]:
        if waiting:
            yield ()
            yield from beside(waiting, 4)
            waiting.clear()

    def indented(self, steps: Sequence[Step], indent: str) -> Iterator[Line]:
        """Steps one under the other, grids that follow each other beside each other."""
        for i, (are_grids, group) in enumerate(groupby(steps, key=lambda step: isinstance(step, Grid))):
            if i:
                yield ()
            if are_grids:
                yield from self._grids([step for step in group if isinstance(step, Grid)], indent)
            else:
                before: Step | None = None
                for step in group:
                    if before and (isinstance(before, Windows | Pools | Gallery) or isinstance(step, Gallery)):
                        yield ()
                    yield from self.step(step, indent)
                    before = step

    def step(self, step: Step, indent: str) -> Iterator[Line]:
        match step:
            case Given():
                yield from self._given(step, indent)
            case Chain():
                yield from self._chain(step, indent, "")
            case Solve():
                yield from self._solve(step, indent)
            case Grid():
                yield from self._grids([step], indent)
            case Picture():
                from explain.pictures import draw

                if step.caption:
                    yield (indent, ""), (step.caption, "dim")
                yield from set_in(draw(step, self.width - len(indent), colour=self.colour), indent)
            case Gallery():
                from explain.pictures import hang

                yield from set_in(hang(step, self.width - len(indent), self.notation, colour=self.colour), indent)
            case Windows():
                from explain.sliding import Sliding

                page = Sliding(self.width - len(indent), self.notation.plain(), self.marked, indent)
                yield from page.draw(step)
            case Pools():
                from explain.sliding import Sliding

                page = Sliding(self.width - len(indent), self.notation.plain(), self.marked, indent)
                yield from set_in(page.pool(step), indent)
            case Table():
                yield from self._table(step, indent)
            case Volumes():
                pass  # the table beside it says the same
            case Note():
                role: Role = "fault" if step.kind == "careful" else "dim" if step.kind == "convention" else ""
                mark = MARKS[step.kind]
                broken = wrap_clauses if step.kind == "convention" else wrap
                for i, line in enumerate(broken(self.notation.text(step.text), self.width - len(indent) - len(mark))):
                    yield (
                        (indent, ""),
                        (mark if i == 0 else " " * len(mark), "fault"),
                        (line, role if role != "fault" else ""),
                    )
            case Check():
                yield from check_lines(step, self.width)
            case Derivation(title=title, steps=steps):
                yield from self._part(title, steps, indent)
            case _:
                assert_never(step)

    def _part(self, title: Text, steps: Sequence[Step], indent: str) -> Iterator[Line]:
        heading = self.notation.text(title)
        if len(steps) == 1 and isinstance(steps[0], Chain) and len(heading) <= LABEL:
            yield from self._chain(steps[0], indent, heading)
            return
        yield from self._heading(title, ((indent, ""),))
        for are_grids, group in groupby(steps, key=lambda step: isinstance(step, Grid)):
            if are_grids:
                yield from self._grids([step for step in group if isinstance(step, Grid)], indent + INDENT)
                continue
            for step in group:
                yield from self.step(step, indent + INDENT)

    def _given(self, given: Given, indent: str) -> Iterator[Line]:
        facts = [f"{symbol} = {self.notation.text(value)}" for symbol, value, _ in given.facts]
        for i, line in enumerate(wrap_items(facts, "   ", self.width - len(indent) - LABEL - 1)):
            yield (*self._label("" if i else "given", indent), (line, ""))

    def _label(self, why: str, indent: str) -> Line:
        return (indent, ""), (f"{why if len(why) <= LABEL else '':<{LABEL}} ", "dim")

    def _reason(self, why: str, used: int) -> Iterator[Line]:
        """A long reason: under its line, set in."""
        for line in wrap(why, self.width - used):
            yield (" " * used, ""), (line, "dim")

    def _chain(self, chain: Chain, indent: str, label: str) -> Iterator[Line]:
        left = self.notation.text(chain.left)
        room = self.width - len(indent) - LABEL - 1
        one_line = " ".join(
            f"{link.sign if i else ''} {self.notation.write(link.expression)}".strip()
            for i, link in enumerate(chain.links)
        )
        if not left and len(chain.links) <= 2 and len(one_line) <= room:
            yield (*self._label(label, indent), (one_line, ""))
            return
        for i, link in enumerate(chain.links):
            written = self.notation.write(link.expression)
            before = f"{left if i == 0 else '':>{len(left)}} {link.sign} " if left or i else ""
            role: Role = "result" if link is chain.links[-1] else ""
            if len(link.why) > LABEL:
                yield from self._reason(link.why, len(indent) + LABEL + 1 + len(before))
            first: Line = self._label(link.why or (label if i == 0 else ""), indent)
            for j, line in enumerate(wrap(written, room - len(before))):
                yield (first if j == 0 else self._label("", indent)) + (
                    (before if j == 0 else " " * len(before), ""),
                    (line, role),
                )

    def _solve(self, solve: Solve, indent: str) -> Iterator[Line]:
        lefts = [self.notation.write(line.parts[0]) for line in solve.lines]
        widest = min(max(map(len, lefts)), 24)
        for left, line in zip(lefts, solve.lines, strict=True):
            rest = "".join(
                f" {sign} {self.notation.write(part)}" for sign, part in zip(line.signs, line.parts[1:], strict=True)
            )
            role: Role = "result" if line is solve.lines[-1] else ""
            room = self.width - len(indent) - LABEL - 1
            if len(line.why) > LABEL:
                yield from self._reason(line.why, len(indent) + LABEL + 1)
            for i, written in enumerate(wrap(left.rjust(widest) + rest, room)):
                yield (*self._label(line.why if i == 0 else "", indent), (written, role))

    def _grids(self, grids: Sequence[Grid], indent: str) -> Iterator[Line]:
        """Matrices beside each other, a sign before one that follows from the one before."""
        room = self.width - len(indent)
        blocks: list[Block] = []
        for grid in grids:
            bands = self._bands(grid, room)
            if not any(each.caption for each in grids):
                bands = [block[1:] if block[0] == (("", "dim"),) else block for block in bands]
            if grid.sign:
                above: Block = [((" ", ""),)] * (len(bands[0]) // 2)
                bands[0] = list(beside([[*above, ((grid.sign, ""),)], bands[0]], 4))
            blocks += bands
        yield from set_in(stacked(blocks, 4, room), indent)

    def _bands(self, grid: Grid, room: int) -> list[Block]:
        """The matrix under its caption; a wide one in bands of columns."""
        bands = banded(list(grid.cells.rows()), self.notation, DRAWN_AS[grid.what], room)
        if len(bands) == 1:
            return [[((grid.caption, "dim"),), *bands[0][1]]]
        return [[((f"{grid.caption} {told(columns)}".strip(), "dim"),), *block] for columns, block in bands]

    def _table(self, table: Table, indent: str) -> Iterator[Line]:
        if table.caption:
            yield from self._heading((table.caption,), ((indent, ""),))
        written = [
            [self.notation.text(cell) for cell in row]
            for row in (table.header, *table.rows, *([table.total] if table.total else []))
        ]
        widths = [max(map(len, column)) for column in zip(*written, strict=True)]
        apart, above = _set_apart(written, widths, table.right, self.width - len(indent))
        gap, split = _fold(widths, self.width - len(indent))
        end = len(written) - 1 if table.total else -1
        for i, row in enumerate(written):
            role: Role = "dim" if i == 0 else "bold" if i == end else ""
            cells = [
                cell.rjust(w) if right else cell.ljust(w)
                for cell, w, right in zip(row, widths, table.right, strict=True)
            ]
            if i in apart and above:
                yield from (((text, role),) for text in self._row(indent, [apart[i]], gap))
            for hang, part in (("", cells[:split]), ("    ", cells[split:])):
                for text in self._row(indent + hang, part, gap):
                    if text.strip():
                        yield ((text, role),)
            if i in apart and not above:
                yield from (((text, role),) for text in self._row(indent + "    ", [apart[i]], gap))

    def _row(self, indent: str, cells: Sequence[str], gap: str) -> Iterator[str]:
        """Cells beside each other; the last one goes on below itself where it is too long."""
        before = indent + gap.join([*cells[:-1], ""])
        whole, room = (indent + gap.join(cells)).rstrip(), self.width - len(before)
        if len(whole) <= self.width or room < NARROW:
            yield whole
            return
        for i, line in enumerate(wrap(cells[-1].rstrip(), room)):
            yield (before if i == 0 else " " * len(before)) + line


def _set_apart(
    written: list[list[str]], widths: list[int], right: Sequence[bool], room: int
) -> tuple[dict[int, str], bool]:
    """Takes the few long cells of one column out of their rows where the rest then fits; whether they stand above."""
    excess = sum(widths) + 2 * (len(widths) - 1) - room
    texts = [column for column, aside in enumerate(right) if not aside]
    if excess < len(widths) or not texts:  # narrower gaps do
        return {}, False
    widest = max(texts, key=lambda column: widths[column])
    most = widths[widest] - excess
    long = {i: row[widest] for i, row in enumerate(written) if len(row[widest]) > most}
    if most < NARROW or 0 in long or 2 * len(long) > len(written):
        return {}, False
    for i in long:
        written[i][widest] = ""
    widths[widest] = max(len(row[widest]) for row in written)
    return long, widest == 0


def _fold(widths: list[int], room: int) -> tuple[str, int]:
    """The gap between columns, and how many of them stand on the first line of a row, the others below it."""
    for gap in ("  ", " "):
        if sum(widths) + len(gap) * (len(widths) - 1) <= room:
            return gap, len(widths)
    half = len(widths) // 2
    return "  ", next((i for i in range(half, 1, -1) if sum(widths[:i]) + 2 * (i - 1) <= room), 1)
