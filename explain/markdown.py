"""Markdown: headings, sentences and tables; what lines up in columns stands in fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
from explain.layout import CHECKED, Layout
from explain.notation import Notation
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

    def said(self, text: Text) -> str:
        """A sentence whose strings come out as themselves."""
        return escape(self.notation.text(text))

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
                    yield f"- {begun(escape(symbol))} = {self.said(value)}: {escape(meaning)}"
            case Chain() | Solve() | Grid() | Picture() | Gallery() | Windows() | Pools():
                yield from self.fence([step])
            case Table():
                yield from self.table(step)
            case Volumes():
                pass  # the table beside it says the same
            case Note(kind, text):
                yield from (
                    "",
                    f"> {begun(self.said(text))}"
                    if kind == "careful"
                    else f"*{self.said(text)}*"
                    if kind == "convention"
                    else begun(self.said(text)),
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
        for i, row in enumerate(rows):
            yield f"| {' | '.join(self.said(cell) for cell in row)} |"
            if i == 0:
                yield f"|{'|'.join('---:' if right else '---' for right in table.right)}|"


def _hung(steps: Iterable[Step]) -> Iterator[Grid | Picture]:
    """The matrices and pictures among these steps, which bear captions."""
    for step in steps:
        if isinstance(step, Grid | Picture):
            yield step
        elif isinstance(step, Gallery):
            yield from (each for frame in step.frames for each in frame)


def escape(text: str) -> str:
    """Text that Markdown shows as it is within a line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$]|&(?=[#\w]))", r"\\\1", text.strip())


def begun(line: str) -> str:
    """A line of escaped text that begins no list, rule or heading."""
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", line)
