"""A progress bar beside a long page: how many of its windows have been written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from math import prod
from typing import TYPE_CHECKING

from calc.derivation import Derivation, Step, Windows

if TYPE_CHECKING:
    from rich.progress import Progress

LONG = 5_000
"""Windows from which a bar is shown."""


@dataclass(frozen=True)
class Watched(Windows):
    """Windows that say when they have been made."""

    advance: Callable[[int], None] = print

    def passed(self, many: int) -> None:
        self.advance(many)


@contextmanager
def watched(derivation: Derivation) -> Iterator[Derivation]:
    """The derivation with a bar on standard error, if that is a terminal and there is much to write."""
    many = sum(prod(windows.outputs) for windows in _windows(derivation) if windows.places is None)
    if many < LONG or not (sys.stderr and sys.stderr.isatty()):
        yield derivation
        return
    with _bar("windows") as progress:
        task = progress.add_task("windows", total=many)
        yield _watching(derivation, lambda more: progress.advance(task, more))


@contextmanager
def counted(many: int, what: str) -> Iterator[Callable[[int], None]]:
    """Tells how many of `many` things are done, by a bar on standard error if that is a terminal."""
    if many < 2 or not (sys.stderr and sys.stderr.isatty()):
        yield lambda _: None
        return
    with _bar(what) as progress:
        task = progress.add_task(what, total=many)
        yield lambda done: progress.update(task, completed=done)


def _bar(what: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _windows(derivation: Derivation) -> Iterator[Windows]:
    for step in derivation.steps:
        if isinstance(step, Windows):
            yield step
        elif isinstance(step, Derivation):
            yield from _windows(step)


def _watching(derivation: Derivation, advance: Callable[[int], None]) -> Derivation:
    steps: list[Step] = []
    for step in derivation.steps:
        if isinstance(step, Windows):
            steps.append(Watched(**{f.name: getattr(step, f.name) for f in fields(step)}, advance=advance))
        else:
            steps.append(_watching(step, advance) if isinstance(step, Derivation) else step)
    return replace(derivation, steps=tuple(steps))
