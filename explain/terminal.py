"""The terminal: the lines of the layout in colour, by rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from calc.derivation import Check, Derivation
from explain.blocks import Line, Role
from explain.layout import check_lines, lines

if TYPE_CHECKING:
    from explain.solving import Sheet

STYLES: dict[Role, Style | None] = {
    "": None,
    "dim": Style(dim=True),
    "bold": Style(bold=True),
    "head": Style(bold=True),
    "window": Style(color="#c77700"),
    "kernel": Style(color="#3b78d8"),
    "result": Style(color="#009e73"),
    "fault": Style(color="#e04a2f"),
}
"""Orange, blue, green and vermilion that colour-blind readers tell apart, legible on black and on white."""

WIDEST = 160
"""Columns beyond which lines are hard to follow with the eye."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the caller, where rich would end the process."""
        raise BrokenPipeError


def show(derivation: Derivation, checks: Iterable[Check], file: TextIO) -> None:
    """Print a derivation at the width of the terminal, then its checks as they come in."""
    console, width, colour = _console(file)
    _print(console, chain(lines(derivation, width, colour=colour, marked=True), [()]))
    for check in chain(derivation.checks, checks):
        console.print(_coloured(check_lines(check, width)), end="")


def show_sheet(sheet: Sheet, file: TextIO) -> None:
    """Print a worksheet at the width of the terminal."""
    from explain.documents.lines import lines as sheet_lines

    console, width, colour = _console(file)
    _print(console, sheet_lines(sheet, width, colour=colour, marked=True))


def _console(file: TextIO) -> tuple[Console, int, bool]:
    """The console, the width that is written in, and whether it has all colours."""
    console = _Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if console.no_color:  # plain is plain: no bold, nothing dim
        console = _Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True, color_system=None)
    colour = console.color_system in ("256", "truecolor") and not console.no_color
    return console, min(console.width, WIDEST), colour


def _print(console: Console, rows: Iterator[Line]) -> None:
    while page := list(islice(rows, 100)):
        console.print(_coloured(page), end="")


def _coloured(rows: Iterable[Line]) -> Segments:
    return Segments(segment for line in rows for segment in _segments(line))


def _segments(line: Line) -> Iterator[Segment]:
    yield from (Segment(text, _style(role)) for text, role in line)
    yield Segment.line()


def _style(role: Role) -> Style | None:
    """What a role looks like; a shade is a style as rich spells it, and rich remembers those that it has parsed."""
    return STYLES[role] if role in STYLES else Style.parse(role)
