"""The bytes of a file or a stream, or one sentence that says why there are none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, NamedTuple

from calc.errors import Impossible, printable

MAPS = (".csv", ".npy", ".png")
"""Suffixes of the files that feature maps alone are written into."""


class _Reach(NamedTuple):
    """From which folder the questions of a file are asked, and whether they may name files elsewhere."""

    folder: Path
    trusted: bool


_REACH: ContextVar[_Reach | None] = ContextVar("reach", default=None)


@contextmanager
def questions_in(folder: Path, *, trusted: bool) -> Iterator[None]:
    """Ask questions out of a file in this folder, which strangers may have written.

    Files that they name are looked for from the folder; unless they are `trusted` only below it, by a relative name
    without .. and through no link that leads out. There is no standard input for them.
    """
    with chdir(folder):
        token = _REACH.set(_Reach(Path.cwd(), trusted))
        try:
            yield
        finally:
            _REACH.reset(token)


def check_reach(source: str | Path) -> None:
    """`Impossible` where the question of a file may not name this file; any other text may stand in it."""
    reach = _REACH.get()
    if reach is None:
        return
    if str(source) == "-":
        raise Impossible("a question in a file has no standard input: name a file, or write the numbers")
    if not reach.trusted and _leads_out(Path(source), reach.folder):
        raise Impossible(
            f"{printable(str(source))} is refused: a question in a file names files below its folder, without ..; --run trusts it with others"
        )


def _leads_out(path: Path, folder: Path) -> bool:
    if path.anchor or ".." in path.parts:
        return True
    try:
        return not path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a text that can be no name, or links in a circle
        return False


def read_bytes(path: Path, article: str, right: str, limit: int, of: str = "") -> bytearray:
    """The whole of a file that should hold `article`; `right` says what to give where there is none."""
    check_reach(path)
    name = printable(str(path))
    try:
        if os.path.isdir(path):
            raise Impossible(f"{name} is a folder, not {article}")
        with path.open("rb") as file:
            return read_whole(file, name, limit, of)
    except FileNotFoundError:
        raise Impossible(f"there is no file {name}: {right}") from None
    except (OSError, ValueError) as fault:
        if isinstance(fault, Impossible):
            raise
        why = (fault.strerror if isinstance(fault, OSError) else None) or "no file can have such a name"
        raise Impossible(f"{name} cannot be read: {why.lower()}") from None


def read_whole(file: BinaryIO, name: str, limit: int, of: str = "") -> bytearray:
    """A stream to its end, unless it has more than `limit` bytes (`of` something)."""
    data = bytearray()
    while piece := file.read(2**20):
        data += piece
        if len(data) > limit:
            raise Impossible(f"{name} is larger than the {limit // 2**20} MiB{of} that are read")
    return data
