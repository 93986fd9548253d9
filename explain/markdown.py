"""Markdown as GitHub reads it: headings, sentences, tables, maths between dollars, and matrices in fenced blocks.

What is between dollars goes through a reader of Markdown before it is typeset, so that nothing may stand in it that such
a reader takes for its own: no backslash before a sign, but for those that end lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
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
from calc.expr import Num, Op, Sym
from explain.latex.blocks import Row, Setting, aligned, chain_rows, solve_rows
from explain.layout import CHECKED, Layout
from explain.notation import LATEX, Notation
from explain.text import WIDTH


def render(derivation: Derivation, checks: Iterable[Check] = (), level: int = 1) -> Iterator[str]:
    """The lines of a Markdown document, or of a part of one whose heading has that `level`."""
    notation = Notation(decimals=derivation.decimals)
    page = _Page(notation, Layout(WIDTH, notation))
    yield f"{'#' * level} {page.said(derivation.title)}"
    if derivation.headline:
        yield from ("", f"**{page.said(derivation.headline)}**")
    yield from page.steps(derivation.steps, level + 1)
    for check in checks:
        yield from page.step(check, level + 1)


class _Page:
    def __init__(self, notation: Notation, layout: Layout) -> None:
        self.notation = notation
        self.layout = layout
        self.maths = replace(MATHS, decimals=notation.decimals)

    def said(self, text: Text) -> str:
        """A sentence whose strings come out as themselves, numbers and expressions as plain text."""
        return escape(self.notation.text(text))

    def told(self, text: Text) -> str:
        """A sentence whose expressions stand between dollars, where a reader takes those for maths; numbers are text."""
        pieces = [escape(part, "") if isinstance(part, str) else escape(self.notation.write(part), "") for part in text]
        for i, part in enumerate(text):
            if isinstance(part, str | Num):
                continue
            written = self.maths.write(part)
            before, after = "".join(pieces[:i])[-1:], "".join(pieces[i + 1 :])[:1]
            if is_safe(written) and before in ("", *" (") and after in ("", *" .,:;?!)"):
                pieces[i] = f"${written}$"
        return "".join(pieces).strip()

    def fact(self, symbol: str, value: Text) -> str:
        """What is known as a formula; nothing where it is more than a letter and an expression."""
        match value:
            case (Num() | Sym() | Op() as expression,):
                written = f"{self.maths.letter(symbol)} = {self.maths.write(expression)}"
                return f"${written}$" if is_safe(written) else ""
        return ""

    def relations(self, step: Step, rows: list[Row]) -> Iterator[str]:
        """Relations as a block of maths, or as plain text where words in them are no maths."""
        made = list(aligned(rows, self.maths, ALIGNED))
        if is_safe("\n".join(made)):
            yield from ("", "$$", *made, "$$")
        else:
            yield from self.fence([step])

    def steps(self, steps: Iterable[Step], level: int) -> Iterator[str]:
        fenced: list[Step] = []
        for step in steps:
            if isinstance(step, Grid):
                fenced.append(step)
                continue
            yield from self.fence(fenced)
            yield from self.step(step, level)
        yield from self.fence(fenced)

    def fence(self, steps: list[Step]) -> Iterator[str]:
        """Steps as the layout draws them; emptied afterwards."""
        if not steps:
            return
        captions = "\n".join(step.caption for step in _hung(steps))
        mark = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", captions))])
        yield from ("", f"{mark}text")
        for line in self.layout.indented(steps, ""):
            yield "".join(text for text, _ in line).rstrip()
        yield mark
        steps.clear()

    def step(self, step: Step, level: int) -> Iterator[str]:
        match step:
            case Given(facts):
                yield ""
                for symbol, value, meaning in facts:
                    fact = self.fact(symbol, value) or f"{begun(escape(symbol))} = {self.said(value)}"
                    yield f"- {fact}: {escape(meaning)}"
            case Chain():
                yield from self.relations(step, chain_rows([step], self.maths))
            case Solve():
                yield from self.relations(step, solve_rows(step, self.maths))
            case Grid() | Picture() | Gallery() | Windows() | Pools():
                yield from self.fence([step])
            case Table():
                yield from self.table(step)
            case Volumes():
                pass  # the table beside it says the same
            case Note(kind, text):
                yield from (
                    "",
                    f"> {begun(self.told(text))}"
                    if kind == "careful"
                    else f"*{self.said(text)}*"
                    if kind == "convention"
                    else begun(self.told(text)),
                )
            case Check():
                yield from ("", f"{CHECKED[step.verdict][0]} {self.said(step.says)}")
            case Derivation(title=title, steps=steps):
                yield from ("", f"{'#' * min(level, 6)} {self.said(title)}")
                yield from self.steps(steps, level + 1)
            case _:
                assert_never(step)

    def table(self, table: Table) -> Iterator[str]:
        if table.caption:
            yield from ("", begun(escape(table.caption)) + ":")
        yield ""
        rows = [table.header, *table.rows, *([table.total] if table.total else [])]
        written = [[self.said(cell) for cell in row] for row in rows]
        widths = [max([3, *(len(x) for x in column if len(x) <= WIDEST)]) for column in zip(*written, strict=True)]
        for i, row in enumerate(written):
            cells = [
                cell.rjust(wide) if right else cell.ljust(wide)
                for cell, wide, right in zip(row, widths, table.right, strict=True)
            ]
            yield f"| {' | '.join(cells)} |"
            if i == 0:
                rules = [
                    "-" * wide + ("-:" if right else "--") for wide, right in zip(widths, table.right, strict=True)
                ]
                yield f"|{'|'.join(rules)}|"


def _hung(steps: Iterable[Step]) -> Iterator[Grid | Picture]:
    """The matrices and pictures among these steps, which bear captions."""
    for step in steps:
        if isinstance(step, Grid | Picture):
            yield step
        elif isinstance(step, Gallery):
            yield from (each for frame in step.frames for each in frame)


def escape(text: str, ends: str = " ") -> str:
    """Text that Markdown shows as it is within a line, without blanks at its ends.

    What GitHub looks for in text that has been read already (maths, people, issues, emoji, addresses) is parted by an
    element, for it is a backslash that the reader takes away.
    """
    return _SIGNS.sub(
        lambda found: f"<span>{found[1]}</span>" if found[1] else f"\\{found[0]}", text.strip() if ends else text
    )


_SEEN_LATER = r"@(?=\w)|:(?=[\w+-]+(?::|$)|//)|\#(?=\d)|(?<=\bGH)-(?=\d)|(?<=\bwww)\."
"""Within a text where GitHub begins to see a person, an emoji or an address, an issue."""

_SIGNS = re.compile(rf"(\$|{_SEEN_LATER})|[\\`*_{{}}\[\]<>#|~]|&(?=[#\w])", re.IGNORECASE)


def begun(line: str) -> str:
    """A line of escaped text that begins no list, rule or heading."""
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", line)


UNSAFE = "\0"
"""Stands for a word that cannot be within maths."""

_WORDS = re.compile(r"[^\W_]?(?:[^\W_]|[ −×·+=:;,.()'/!?≤≥→“”…–-])*")


def _word(text: str) -> str:
    return f"\\text{{{text}}}" if _is_plain(text) else UNSAFE


def _letter(name: str) -> str:
    return LATEX.letter(name) if re.fullmatch("[A-Za-z]+(_[A-Za-z0-9]+)?", name) else _word(name)


def _sentence(text: str) -> str:
    return text if _is_plain(text) else UNSAFE


def _is_plain(text: str) -> bool:
    """Whether a text holds nothing that anybody reads as more than text."""
    return bool(_WORDS.fullmatch(text)) and not re.search(_SEEN_LATER, text, re.IGNORECASE)


def is_safe(maths: str) -> bool:
    """Whether a reader of Markdown leaves it as it is."""
    return not re.search(r"\0|\\[^A-Za-z ]|\}_|[*`~$]", maths.replace("\\\\\n", "\n"))


MATHS = replace(
    LATEX,
    space="\\ ",
    relations=(*LATEX.relations, ("<", r"\lt")),
    letter=_letter,
    word=_word,
    sentence=_sentence,
)
"""LaTeX that Markdown leaves alone."""

ALIGNED = Setting("aligned", r"\text{REASON}", spaced=False)

WIDEST = 60
"""Signs up to which a cell counts in the width of its column."""
