"""LaTeX: a fragment to \\input, or a document of its own, with amsmath's matrices and alignments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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
from explain.blocks import told
from explain.latex.blocks import (
    ROOM,
    Part,
    aligned,
    bands,
    breadth,
    captioned,
    chain_rows,
    display,
    flat,
    matrix,
    solve_rows,
)
from explain.notation import LATEX, Notation
from explain.tex import MAY_END, tex

PACKAGES = "mathtools,amssymb,array,booktabs,longtable,xcolor,colortbl,hhline,graphicx"
"""What every page needs, besides the font encoding T1 in pdfLaTeX."""

DEFINITIONS = (
    r"\setcounter{MaxMatrixCols}{50}",
    r"\setlength{\arraycolsep}{4pt}",
    r"\setlength{\arrayrulewidth}{0.6pt}",
    r"\definecolor{cnnwindow}{HTML}{C77700}",
    r"\definecolor{cnnkernel}{HTML}{3B78D8}",
    r"\definecolor{cnnresult}{HTML}{009E73}",
    r"\definecolor{cnnfault}{HTML}{E04A2F}",
    r"\providecommand{\cnnwindow}[1]{\cellcolor{cnnwindow!25}#1}",
    r"\providecommand{\cnnside}{4pt}",
    r"\providecommand{\cnnshade}[2]{\textcolor[HTML]{#1}{\rule{#2\dimexpr\cnnside\relax}{\cnnside}}}",
    r"\setlength{\parindent}{0pt}\setlength{\parskip}{4pt}\allowdisplaybreaks",
)
"""The colours and commands that pages are written with."""

PREAMBLE = (
    r"\documentclass[11pt]{article}",
    r"\usepackage{iftex}",
    r"\ifPDFTeX\usepackage[T1]{fontenc}\fi",
    r"\usepackage{lmodern}",
    r"\usepackage[a4paper,margin=25mm]{geometry}",
    f"\\usepackage{{{PACKAGES}}}",
    r"\setlength{\emergencystretch}{3em}",
    r"\begin{document}",
)
"""What a document of its own begins with."""

HEADINGS = ("section", "subsection", "subsubsection", "paragraph")
COLOURS = {"kernel": "cnnkernel", "feature map": "cnnresult", "image": ""}
CHECKED = {"agrees": ("cnnresult", r"$\checkmark$"), "differs": ("cnnfault", r"$\times$"), "not run": ("gray", "--")}

LONG = 30
"""Rows from which a table may go on over the page."""

SMALLER = (("", 1.0), ("\\small", 1.1), ("\\footnotesize", 1.22))
"""Sizes in which wide tables are set, and how much more stands on a line."""

BESIDE = 24
"""Digits up to which an answer stands on the line of the title, and a number in a table on one line."""

_LONG_NUMBER = re.compile(r"\d{1,3}(?:\\,\d{3}){4,}")


def render(
    derivation: Derivation, checks: Iterable[Check] = (), *, standalone: bool = False, level: int = 1
) -> Iterator[str]:
    """The lines of a fragment, or of a whole document if `standalone`.

    A `level` below the first is that of the heading as a part of a document that holds `PREAMBLE` and `DEFINITIONS`.
    """
    if standalone:
        yield from PREAMBLE
    elif level == 1:
        yield "% Written by cnncalc, to be \\input in a document with, in pdfLaTeX, \\usepackage[T1]{fontenc} and"
        yield f"% \\usepackage{{{PACKAGES}}}"
    if level == 1:
        yield from ("\\begingroup", *DEFINITIONS)
    yield from Page(replace(LATEX, decimals=derivation.decimals)).whole(derivation, checks, level)
    if level == 1:
        yield from ("", "\\endgroup")
    if standalone:
        yield "\\end{document}"


class Page:
    """Writes the steps of a derivation in a notation."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation

    def whole(self, derivation: Derivation, checks: Iterable[Check], level: int) -> Iterator[str]:
        answer = self.said(derivation.headline)
        short = breadth(answer) <= BESIDE
        yield from self.heading(derivation.title, level, answer if short else "")
        if not short:
            yield from ("", f"{{\\bfseries\\boldmath {answer}}}")
        yield from self.steps(derivation.steps, level + 1)
        for check in checks:
            yield from self.step(check, level + 1)

    def said(self, text: Text) -> str:
        """A sentence that may end a line within a formula or a number that is too long for one."""
        written = self.notation.text(text)
        if breadth(written) <= BESIDE:
            return written
        parted = "".join(
            self.notation.text((part,))
            if isinstance(part, str) or breadth(whole := self.notation.write(part)) <= BESIDE or r"\left" not in whole
            else flat(self.notation).text((part,))
            for part in text
        )
        return _LONG_NUMBER.sub(lambda number: number[0].replace(r"\,", rf"\,{MAY_END} "), parted)

    def heading(self, title: Text, level: int, beside: str = "") -> Iterator[str]:
        """A title, with a few words at the right end of its line."""
        said = self.said(title)
        if beside:
            said += f"\\hfil\\penalty50\\hspace*{{1em}}\\hfill\\mbox{{{beside}}}"
        bold = "\\boldmath " if "$" in said else ""
        yield from ("", f"\\{HEADINGS[min(level, len(HEADINGS)) - 1]}*{{{bold}{said}}}")
        if level >= len(HEADINGS):
            yield "\\leavevmode"

    def steps(self, steps: Iterable[Step], level: int) -> Iterator[str]:
        """Steps one under the other, grids that follow each other beside each other, chains at one sign."""
        for kind, group in groupby(steps, type):
            if kind is Grid:
                yield from self.grids([step for step in group if isinstance(step, Grid)])
            elif kind is Chain:
                yield from aligned(
                    chain_rows([step for step in group if isinstance(step, Chain)], self.notation), self.notation
                )
            else:
                for step in group:
                    yield from self.step(step, level)

    def step(self, step: Step, level: int) -> Iterator[str]:
        match step:
            case Given():
                yield from self.given(step)
            case Chain():
                yield from aligned(chain_rows([step], self.notation), self.notation)
            case Solve():
                yield from aligned(solve_rows(step, self.notation), self.notation)
            case Grid():
                yield from self.grids([step])
            case Picture():
                from explain.latex.pictures import draw

                yield from ("", *draw(step))
            case Gallery():
                from explain.latex.pictures import hang

                yield from ("", *hang(step, self.notation.plain()))
            case Windows():
                from explain.latex.windows import Slides

                yield from Slides(self.notation.plain()).draw(step)
            case Pools():
                from explain.latex.windows import Slides

                yield from Slides(self.notation.plain()).pool(step)
            case Table():
                yield from self.table(step)
            case Volumes():
                pass  # the table beside it says the same
            case Note(kind, text):
                said = self.said(text)
                yield ""
                match kind:
                    case "why":
                        yield said
                    case "careful":
                        yield f"\\textcolor{{cnnfault}}{{\\textbf{{!}}}} {said}"
                    case "convention":
                        yield f"{{\\itshape {said}}}"
                    case _:
                        assert_never(kind)
            case Check():
                colour, mark = CHECKED[step.verdict]
                yield from ("", f"\\textcolor{{{colour}}}{{{mark}}} {self.said(step.says)}")
            case Derivation():
                yield from self.heading(step.title, level)
                yield from self.steps(step.steps, level + 1)
            case _:
                assert_never(step)

    def given(self, given: Given) -> Iterator[str]:
        facts = [(f"${self.notation.letter(s)}$", self.said(value), tex(meaning)) for s, value, meaning in given.facts]
        symbols, *widths = (max(map(breadth, column)) + 2 for column in zip(*facts, strict=True))
        columns = _columns(widths, (False, False), ROOM - symbols - 6, ROOM)
        yield ""
        yield f"\\begin{{tabular}}{{@{{}}r@{{${{}}={{}}$}}{columns[0]}@{{\\qquad}}{columns[1]}@{{}}}}"
        for symbol, value, meaning in facts:
            yield f"{symbol} & {value} & {meaning} \\\\"
        yield "\\end{tabular}"

    def grids(self, grids: Sequence[Grid]) -> Iterator[str]:
        """Matrices beside each other under their captions, a sign before one that follows from the one before."""
        parts = []
        plain = self.notation.plain()
        for grid in grids:
            written = [[plain.cell(x) for x in row] for row in grid.cells.rows()]
            made = list(bands(written))
            for i, (columns, cells, wide) in enumerate(made):
                caption = f"{grid.caption} {told(columns) if len(made) > 1 else ''}".strip()
                shown = captioned(matrix(cells, COLOURS[grid.what]), tex(caption))
                sign = self.notation.relation(grid.sign) if i == 0 else ""
                parts.append(Part(shown, max(wide, 0.8 * len(caption)), sign))
        yield from display(parts)

    def table(self, table: Table) -> Iterator[str]:
        rows = [[self.said(cell) for cell in row] for row in (table.header, *table.rows, table.total) if row]
        widths = [max(map(breadth, column)) + 2 for column in zip(*rows, strict=True)]
        size, room = next(
            ((name, ROOM * more) for name, more in SMALLER if sum(widths) - 2 <= ROOM * more),
            (SMALLER[-1][0], ROOM * SMALLER[-1][1]),
        )
        columns = "".join(_columns(widths, table.right, room, room))
        long = len(rows) > LONG
        yield ""
        if table.caption:
            yield from (f"{tex(table.caption)}:\\nopagebreak", "")
        yield f"{{{size}"
        yield f"\\begin{{{'longtable' if long else 'tabular'}}}{{@{{}}{columns}@{{}}}}"
        yield "\\toprule"
        for i, row in enumerate(rows):
            if not any(row):
                continue
            total = bool(table.total) and i == len(rows) - 1
            if total:
                yield "\\midrule"
            yield " & ".join(f"\\bfseries\\boldmath {cell}" if total and cell else cell for cell in row) + " \\\\"
            if i == 0:
                yield "\\midrule" + ("\\endhead" if long else "")
        yield "\\bottomrule"
        yield f"\\end{{{'longtable' if long else 'tabular'}}}}}\\medskip"


def _columns(widths: Sequence[float], right: Sequence[bool], room: float, line: float) -> list[str]:
    """The columns of a table within the `room` of a line, those too wide as paragraphs: text, and very long numbers."""
    parted = [not aside or wide > BESIDE for wide, aside in zip(widths, right, strict=True)]
    most = _most(widths, parted, room)
    sides = {True: ("r", r"\raggedleft"), False: ("l", r"\raggedright")}
    return [
        f">{{{sides[aside][1]}\\arraybackslash}}p{{{0.96 * most / line:.2f}\\linewidth}}"
        if may and wide > most
        else sides[aside][0]
        for wide, aside, may in zip(widths, right, parted, strict=True)
    ]


def _most(widths: Sequence[float], parted: Sequence[bool], room: float) -> float:
    """How wide columns that can be parted may be so that all fit on a line."""
    texts = sorted(wide for wide, may in zip(widths, parted, strict=True) if may)
    free = room + 2 - sum(wide for wide, may in zip(widths, parted, strict=True) if not may)
    while texts and sum(texts) > free:
        share = free / len(texts)
        if texts[0] > share:
            return max(share, 8)
        free -= texts.pop(0)
    return texts[-1] if texts else room
