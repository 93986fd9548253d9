"""A derivation as a part of a page: sections, formulas, matrices, tables and notes, top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain as chained
from itertools import count, groupby, zip_longest
from typing import assert_never

from calc.derivation import (
    Chain,
    Check,
    Derivation,
    Gallery,
    Given,
    Grid,
    Line,
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
from calc.errors import times
from calc.expr import Expr, Num
from explain.html.drawings import drawn, legend, network
from explain.html.marks import between, chain, escaped, figures, math, mathml, matrix, reason, related, written
from explain.html.pooling import pools
from explain.html.windows import windows

DEEPEST = 6
"""The deepest heading there is."""

KINDS = {"image": "", "kernel": "kernel", "feature map": "map"}

CHECKED = {
    "agrees": ("✓", "agrees"),
    "differs": ("✗", "differs"),
    "not run": ("–", "unasked"),
}


def section(derivation: Derivation, checks: Iterable[Check] = (), name: str = "", level: int = 1) -> Iterator[str]:
    """A whole derivation under a heading of this level, its checks at the end.

    All ids in it begin with `name`, which tells the parts of one page apart; then its sections are no landmarks, for
    those of a page have names of their own.
    """
    yield from Part(derivation, name, level).whole(checks)


class Part:
    """A derivation being written: its notations, and the numbers of the ids that it has given away."""

    def __init__(self, derivation: Derivation, name: str = "", level: int = 1) -> None:
        self.derivation = derivation
        self.notation = mathml(decimals=derivation.decimals)
        self.figures = figures(decimals=derivation.decimals)
        self.prose = replace(self.figures, grouped=True, space="\N{NARROW NO-BREAK SPACE}")
        self.name = name
        self.level = level
        self.numbers = count(1)
        self.written: dict[int, tuple[Step, tuple[str, ...]]] = {}
        """Steps within rows as they were written: those of layers that are alike are the same."""
        self.titles: dict[str, str] = {}
        """What the pieces are called that rows unfold into."""

    def id(self) -> str:
        return f"{self.name}s{next(self.numbers)}"

    def said(self, text: Text) -> str:
        """A sentence; numbers in it are text, other expressions formulas."""
        return "".join(map(self.said_part, text))

    def plainly(self, text: Text) -> str:
        """A sentence without formulas, for those who hear it."""
        return self.prose.text(text)

    def said_part(self, part: str | Expr) -> str:
        match part:
            case str():
                return escaped(part)
            case Num(int(number)):
                return self.prose.number(number)
        return math(part, self.notation)

    def whole(self, checks: Iterable[Check]) -> Iterator[str]:
        derivation = self.derivation
        own = self.id()
        yield f'<article aria-labelledby="{own}">'
        yield "<header>"
        yield f'<h{self.level} id="{own}">{self.said(derivation.title)}</h{self.level}>'
        if derivation.headline:
            said = self.said(derivation.headline)
            yield f'<p class="answer{" differs" if said.startswith(CHECKED["differs"][0]) else ""}">{said}</p>'
        yield "</header>"
        for note in derivation.opening:
            yield from self.step(note)
        rest = [step for step in derivation.steps[len(derivation.opening) :] if not isinstance(step, Check)]
        numbered = bool(derivation.headline) and all(isinstance(step, Derivation) for step in rest)
        yield from self.steps(rest, self.level + 1, numbered=numbered)
        for check in chained(derivation.checks, checks):
            yield self.check(check)
        yield "</article>"

    def steps(self, steps: Sequence[Step], level: int, *, numbered: bool = False) -> Iterator[str]:
        """Steps one under the other, matrices that follow each other beside each other."""
        number = count(1)
        for are_grids, group in groupby(steps, key=lambda step: isinstance(step, Grid)):
            if are_grids:
                yield from self.grids([step for step in group if isinstance(step, Grid)])
                continue
            for step in group:
                if isinstance(step, Derivation):
                    yield from self.part(step, level, f"{next(number)}" if numbered else "")
                else:
                    yield from self.step(step)

    def part(self, part: Derivation, level: int, number: str) -> Iterator[str]:
        own, heading = self.id(), min(level, DEEPEST)
        shown = f'<span class="number">{number}</span> ' if number else ""
        yield "<section>" if self.name else f'<section aria-labelledby="{own}">'
        yield f'<h{heading} id="{own}">{shown}{self.said(part.title)}</h{heading}>'
        yield from self.steps(part.steps, level + 1)
        yield "</section>"

    def step(self, step: Step) -> Iterator[str]:
        match step:
            case Given(facts):
                yield '<dl class="given">'
                for symbol, value, meaning in facts:
                    said = f' <span class="meaning">{escaped(meaning)}</span>' if meaning else ""
                    yield f"<div><dt>{self.letter(symbol)}</dt><dd>{related('=', self.notation)} {self.said(value)}{said}</dd></div>"
                yield "</dl>"
            case Chain(left, links):
                yield from chain(self.left(left), links, self.notation)
            case Solve():
                yield from self.solve(step)
            case Grid():
                yield from self.grids([step])
            case Picture():
                yield from self.picture(step)
            case Gallery():
                yield from self.gallery(step)
            case Windows():
                yield from windows(step, self.figures, self.notation, self.id())
            case Pools():
                yield from pools(step, self.figures, self.notation, self.id())
            case Table():
                yield from self.table(step)
            case Volumes():
                yield from network(step)
            case Note(kind, text):
                mark = '<span class="mark">!</span> ' if kind == "careful" else ""
                yield f'<p class="{kind}">{mark}{self.said(text)}</p>'
            case Check():
                yield self.check(step)
            case Derivation():
                yield from self.part(step, self.level + 1, "")
            case _:
                assert_never(step)

    def letter(self, symbol: str) -> str:
        return f"<math>{self.notation.letter(symbol)}</math>" if symbol.isidentifier() else escaped(symbol)

    def left(self, left: Text) -> str:
        match left:
            case (str(name),):
                return self.letter(name)
        return self.said(left)

    def solve(self, solve: Solve) -> Iterator[str]:
        yield f'<ol class="chain{" reasons" if any(line.why for line in solve.lines) else ""}" role="list">'
        for line in solve.lines:
            yield f"<li>{reason(line.why)}{self.line(line, ' result' if line is solve.lines[-1] else '')}</li>"
        yield "</ol>"

    def line(self, line: Line, role: str) -> str:
        first, second, *rest = line.parts
        sign, *signs = line.signs
        after = "".join(
            f" {related(s, self.notation)} {math(part, self.notation)}" for s, part in zip(signs, rest, strict=True)
        )
        return (
            f'<span class="left">{math(first, self.notation)}</span>'
            f'<span class="sign">{related(sign, self.notation)}</span>'
            f'<span class="right{role}">{math(second, self.notation)}{after}</span>'
        )

    def grids(self, grids: Sequence[Grid]) -> Iterator[str]:
        """Matrices beside each other, a sign before one that follows from the one before."""
        yield '<div class="row">'
        for grid in grids:
            if grid.sign:
                yield between(grid.sign)
            yield from self.grid(grid)
        yield "</div>"

    def grid(self, grid: Grid) -> Iterator[str]:
        rows = grid.cells.rows()
        caption = f"<figcaption>{escaped(grid.caption)}</figcaption>" if grid.caption else ""
        label = grid.caption or f"{grid.what}, {times(grid.cells.shape)}"
        yield f'<figure>{caption}<div class="scroll">'
        yield from matrix((self.cells(row) for row in rows), label, KINDS[grid.what])
        yield "</div></figure>"

    def cells(self, row: Sequence[object]) -> list[str]:
        return written([row], self.figures)[0]  # type: ignore[list-item]

    def picture(self, picture: Picture) -> Iterator[str]:
        caption = f"<figcaption>{escaped(picture.caption)}</figcaption>" if picture.caption else ""
        yield f'<figure class="picture">{caption}'
        yield from drawn(picture, picture.caption)
        if picture.scaled:
            yield legend(signed=picture.signed)
        yield "</figure>"

    def gallery(self, gallery: Gallery) -> Iterator[str]:
        yield '<div class="gallery">'
        for frame in gallery.frames:
            yield '<div class="row frame">'
            for sign, part in zip(("", *gallery.signs), frame, strict=False):
                if sign:
                    yield between(sign)
                if isinstance(part, Grid):
                    yield from self.grid(part)
                else:
                    yield f'<figure class="picture"><figcaption>{escaped(part.caption)}</figcaption>'
                    yield from drawn(part, part.caption)
                    yield "</figure>"
            yield "</div>"
        if any(isinstance(part, Picture) for frame in gallery.frames for part in frame):
            yield legend(signed=True)
        yield "</div>"

    def table(self, table: Table) -> Iterator[str]:
        """Rows; those that unfold name the pieces that they unfold into, which follow the table, each once."""
        caption = f"<caption>{escaped(table.caption)}</caption>" if table.caption else ""
        kind, box = "data", '<div class="scroll">'
        if table.details:
            label = escaped(table.caption or "layers")
            kind, box = "data unfolds", f'<div class="box" role="group" aria-label="{label}" tabindex="0">'
        yield f'{box}<table class="{kind}">{caption}<thead>'
        yield self.row(table.header, table.right, "col")
        yield "</thead><tbody>"
        pieces: dict[str, str] = {}
        owners: dict[tuple[str, ...], list[str]] = {}
        heads = table.header if table.details else ()
        for row, details in zip_longest(table.rows, table.details):
            names = self.unfolds(details, pieces) if details else ()
            title = escaped(self.plainly(details.title)) if details else ""
            attributes = f' data-pieces="{" ".join(names)}" data-name="{title}"' if names else ""
            owners.setdefault(names, []).append(title)
            yield self.row(row, table.right, "row", attributes, heads)
        yield "</tbody>"
        if table.total:
            yield f"<tfoot>{self.row(table.total, table.right, 'row', '', heads)}</tfoot>"
        yield "</table></div>"
        if pieces:
            yield from self.listed(owners, pieces)

    def listed(self, owners: Mapping[tuple[str, ...], Sequence[str]], pieces: Mapping[str, str]) -> Iterator[str]:
        """What rows unfold into, one below the other, where no script unfolds them; each piece once."""
        told = {own: piece for piece, own in pieces.items()}
        first: dict[str, str] = {}
        yield '<details class="rows"><summary>How each row comes about</summary>'
        for names, titles in owners.items():
            if not names:
                continue
            yield f'<p class="place">{", ".join(titles)}</p><div class="pieces">'
            for own in names:
                if own in first:
                    yield f'<p class="where">{self.titles[own]}: as for {first[own]}</p>'
                else:
                    first[own] = titles[0]
                    yield f'<div class="kept" id="{own}">{told[own]}</div>'
            yield "</div>"
        yield "</details>"

    def unfolds(self, details: Derivation, pieces: dict[str, str]) -> tuple[str, ...]:
        """The names of the pieces that a row unfolds into; those that are new are added to those that there are."""
        names = []
        for step in details.steps:
            title = step.title if isinstance(step, Derivation) else ("the rest",)
            piece = "\n".join(self.piece(step) if isinstance(step, Derivation) else self.step(step))
            if piece not in pieces:
                pieces[piece] = self.id()
                self.titles[pieces[piece]] = escaped(self.plainly(title))
            names.append(pieces[piece])
        return tuple(names)

    def piece(self, part: Derivation) -> Iterator[str]:
        label = escaped(self.plainly(part.title))
        yield f'<div class="piece" role="group" aria-label="{label}"><p class="piece-title">{self.said(part.title)}</p>'
        for step in part.steps:
            if id(step) not in self.written:
                self.written[id(step)] = step, tuple(self.step(step))
            yield from self.written[id(step)][1]
        yield "</div>"

    def row(
        self, cells: Sequence[Text], right: Sequence[bool], scope: str, attributes: str = "", heads: Sequence[Text] = ()
    ) -> str:
        """A row; with `heads` its cells say what column they stand in, for where the columns do not fit."""
        made = []
        labels = headings([self.plainly(head) for head in heads], [any(part for part in cell) for cell in cells])
        for i, (cell, aside) in enumerate(zip(cells, right, strict=True)):
            said = self.said(cell)
            head = (scope == "col" or i == 0) and any(isinstance(part, str | Num) and part for part in cell)
            name, told = ("th", f' scope="{scope}"') if head else ("td", "")
            kind = ' class="r"' if aside else ""
            made.append(f"<{name}{told}{kind}{labels[i] if labels else ''}>{said}</{name}>")
        return f"<tr{attributes}>{''.join(made)}</tr>"

    def check(self, check: Check) -> str:
        mark, role = CHECKED[check.verdict]
        return f'<p class="check {role}"><span class="mark">{mark}</span> {self.said(check.says)}</p>'


def headings(heads: Sequence[str], full: Sequence[bool]) -> list[str]:
    """The heading of each cell behind the layer, as an attribute; where columns share one it goes to the first that is full."""
    made, pending = [], ""
    named = heads.index("layer") if "layer" in heads else 0
    for i, (head, said) in enumerate(zip(heads, full, strict=False)):
        pending = head or pending
        made.append(f' data-h="{escaped(pending)}"' if said and pending and i > named else "")
        pending = "" if said else pending
    return made
