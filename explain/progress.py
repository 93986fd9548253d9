"""What is told of long work, on standard error where that is a terminal: bars, and what is waited for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from math import prod
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

from calc.derivation import Derivation, Pools, Step, Windows

if TYPE_CHECKING:
    from rich.progress import Progress

Item = TypeVar("Item")

LONG = 5_000
"""Windows from which a bar is shown."""

SILENT = 1.0
"""Seconds that nothing is said of a wait."""

SPARSE = 1_000
"""Items between two movements of a bar whose end is not known."""


@dataclass(frozen=True)
class Watched(Windows):
    """Windows that say when they have been made."""

    advance: Callable[[int], None] = print

    def passed(self, many: int) -> None:
        self.advance(many)


@dataclass(frozen=True)
class WatchedPools(Pools):
    """The windows of a pooling, the same."""

    advance: Callable[[int], None] = print

    def passed(self, many: int) -> None:
        self.advance(many)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Says what is waited for, if it takes long."""
    if not _seen():
        yield
        return
    done = Event()

    def tell() -> None:
        if not done.wait(SILENT):
            from rich.console import Console
            from rich.text import Text

            with Console(stderr=True).status(Text(f"{what} …")):
                done.wait()

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def awaited(items: Iterable[Item], what: str) -> Iterator[Item]:
    """The items, each of them waited for."""
    rest = iter(items)
    while True:
        with waiting(what):
            try:
                item = next(rest)
            except StopIteration:
                return
        yield item


def tallied(items: Iterable[Item], what: str) -> Iterator[Item]:
    """The items, counted by a bar."""
    if not _seen():
        yield from items
        return
    with _bar(what) as progress:
        task = progress.add_task(what, total=None)
        for i, item in enumerate(items, start=1):
            yield item
            if i % SPARSE == 0:
                progress.update(task, completed=i)


def _seen() -> bool:
    """Whether somebody sees what is told."""
    return bool(sys.stderr and sys.stderr.isatty())


@contextmanager
def watched(derivation: Derivation) -> Iterator[Derivation]:
    """The derivation with a bar on standard error, if that is a terminal and there is much to write."""
    many = sum(prod(windows.outputs) for windows in _windows(derivation) if windows.places is None)
    if many < LONG or not _seen():
        yield derivation
        return
    with _bar("windows") as progress:
        task = progress.add_task("windows", total=many)
        yield _watching(derivation, lambda more: progress.advance(task, more))


@contextmanager
def counted(many: int, what: str) -> Iterator[Callable[[int], None]]:
    """Tells how many of `many` things are done, by a bar on standard error if that is a terminal."""
    if many < 2 or not _seen():
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


def _windows(derivation: Derivation) -> Iterator[Windows | Pools]:
    for step in derivation.steps:
        if isinstance(step, Windows | Pools):
            yield step
        elif isinstance(step, Derivation):
            yield from _windows(step)


def _watching(derivation: Derivation, advance: Callable[[int], None]) -> Derivation:
    steps: list[Step] = []
    for step in derivation.steps:
        if isinstance(step, Windows | Pools):
            kind: type[Watched | WatchedPools] = Watched if isinstance(step, Windows) else WatchedPools
            steps.append(kind(**{f.name: getattr(step, f.name) for f in fields(step)}, advance=advance))
        else:
            steps.append(_watching(step, advance) if isinstance(step, Derivation) else step)
    return replace(derivation, steps=tuple(steps))
