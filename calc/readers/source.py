"""A text that is read from left to right, and the sentence that points at a place in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from calc.errors import Impossible, printable

LONGEST_TEXT = 2**20
"""Characters of a text that are read."""

DEEPEST = 50
"""Brackets within brackets."""

BEFORE, AFTER = 36, 24
"""Columns of a line that are shown before and after the place that is pointed at."""


class Source:
    """A text, how far it is read (`at`), and where the layer that is being read begins (`start`)."""

    def __init__(self, text: str, name: str = "") -> None:
        if len(text) > LONGEST_TEXT:
            raise Impossible(
                f"{name or 'the chain'} has {len(text)} characters, more than the {LONGEST_TEXT} that are read"
            )
        self.text, self.name = text, name
        self.at = self.start = self.depth = 0

    def sees(self, pattern: re.Pattern[str]) -> bool:
        """Whether the text goes on so."""
        return pattern.match(self.text, self.at) is not None

    def take(self, pattern: re.Pattern[str]) -> str:
        """What the text goes on with, if it is that, and else nothing."""
        found = pattern.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[0]

    def next(self) -> str:
        """What comes next, in a word, as it may stand in a sentence."""
        found = re.compile(r"\w+|->|.", re.DOTALL).match(self.text, self.at)
        return f"“{printable(found[0], 30)}”" if found else "the end"

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Reading what is one bracket further in."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fault(f"brackets are read up to {DEEPEST} deep")
        yield
        self.depth -= 1

    def fault(self, why: str, at: int | None = None) -> Impossible:
        """One sentence that names the layer and what is wrong with it, and the line with a caret under the place."""
        place = self.at if at is None else at
        layer = printable(self._layer(), 40)
        line = len(re.findall(r"\r\n|\r|\n", self.text[: self.start])) + 1
        several = bool(re.search(r"[\r\n]", self.text.strip()))
        where = ", ".join([self.name] * bool(self.name) + [f"line {line}"] * several)
        what = f"“{layer}”" if layer else "the chain"
        return Impossible(
            f"{where}{': ' if where else ''}cannot read {what}: {why}\n{excerpt(self.text, min(place, len(self.text)))}"
        )

    def _layer(self) -> str:
        """The layer being read, to the separator that ends it or to the end of its line."""
        depth, end = 0, self.start
        for end in range(self.start, min(self.start + 200, len(self.text))):
            c = self.text[end]
            depth += (c in "([") - (c in ")]")
            if depth < 0 or c in "\r\n#" or (not depth and (c in ",;→" or self.text.startswith("->", end))):
                break
        else:
            end = self.start + 200
        return self.text[self.start : end].strip()


def excerpt(text: str, at: int) -> str:
    """What stands near that place of its line, and a caret under it."""
    first = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    before = text[max(first, at - BEFORE - 1) : at]
    if at - len(before) == first:
        before = before.lstrip()
    after = re.compile(r"[^\r\n]*?(?=\s*(?:[\r\n]|\Z))").match(text[at : at + 200])
    left, cut = _near(before[::-1], BEFORE)
    right, more = _near(after[0] if after else "", AFTER)
    shown = f"{'…' * cut}{''.join(reversed(left))}"
    return f"    {shown}{''.join(right)}{'…' * more}\n    {' ' * sum(map(_columns, shown))}^"


def _near(characters: str, room: int) -> tuple[list[str], bool]:
    """Characters as they are shown, as many as there is room for; and whether some are left out."""
    shown: list[str] = []
    for c in characters:
        cell = _shown(c)
        room -= sum(map(_columns, cell))
        if room < 0:
            return shown, True
        shown.append(cell)
    return shown, False


def _shown(c: str) -> str:
    """A character that takes a column or two of its own, or its code."""
    if c == "\t":
        return " "
    moves = unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Mc")
    if moves or unicodedata.bidirectional(c) in ("R", "AL", "AN"):
        return ascii(c)[1:-1]
    return printable(c)


def _columns(c: str) -> int:
    return 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1
