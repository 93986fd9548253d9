"""Pictures as data: boxes, labels and paths with roles, laid out once for every format that draws.

A length is a unit of the picture, about a pixel on a screen. What a role looks like is the matter of the format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from calc.errors import Impossible

Role = Literal["", "dim", "window", "kernel", "result"]
Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle: its outline, tinted if it is filled."""

    x: float
    y: float
    width: float
    height: float
    role: Role = ""
    filled: bool = False
    dashed: bool = False
    thick: bool = False


class Label(NamedTuple):
    """A line of text; `y` is the line it stands on."""

    x: float
    y: float
    text: str
    size: float
    role: Role = ""
    anchor: Anchor = "start"
    bold: bool = False


class Path(NamedTuple):
    """Straight lines from point to point; a closed one is tinted, a solid one filled."""

    points: tuple[Point, ...]
    role: Role = ""
    closed: bool = False
    solid: bool = False
    dashed: bool = False
    thick: bool = False


class Use(NamedTuple):
    """A group of items that several places share, moved there."""

    name: str
    x: float
    y: float


Item = Box | Label | Path | Use

MOST_FRAMES = 1000
WIDEST = 6000
"""Frames and units that a picture has at most."""


@dataclass
class Part:
    """Items that come and go together, and the frames in which they are seen."""

    items: tuple[Item, ...]
    frames: list[int] = field(default_factory=list)


@dataclass
class Film:
    """A picture, or several that follow each other: parts from back to front, and what shared groups are made of.

    `title` and `says` are what a screen reader tells; `places` are the names of the frames.
    """

    title: str
    says: str = ""
    width: float = 0
    height: float = 0
    frames: int = 1
    places: tuple[str, ...] = ()
    parts: dict[Hashable, Part] = field(default_factory=dict)
    shared: dict[str, tuple[Item, ...]] = field(default_factory=dict)

    def show(self, frames: Iterable[int], key: Hashable, made: Callable[..., Iterable[Item]], *of: object) -> None:
        """Show a part in these frames; it is made of those things when it is first shown."""
        seen = list(frames)
        if seen and key not in self.parts:
            self.parts[key] = Part(tuple(made(*of)))
        if seen:
            self.parts[key].frames.extend(seen)

    def still(self, frame: int) -> Film:
        """One frame alone."""
        kept = {key: Part(part.items, [0]) for key, part in self.parts.items() if frame in part.frames}
        return Film(
            self.title, self.says, self.width, self.height, 1, self.places[frame : frame + 1], kept, self.shared
        )

    def at(self, frame: int) -> Iterable[Item]:
        """What is seen in a frame, from back to front."""
        for part in self.parts.values():
            if frame in part.frames:
                yield from part.items

    def checked(self) -> Film:
        """Itself; `Impossible` if its numbers are so long that nobody could read it."""
        if max(self.width, self.height) > WIDEST:
            raise Impossible("the numbers or names are too long to be drawn in cells: choose text, markdown or json")
        return self


NARROW, WIDE = frozenset(" .,:;·'|!()[]ijlIft-/…"), frozenset("mwMW@%+−=×→≈≤≥<>~∘")


@lru_cache(1 << 16)
def breadth(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text stands in a common sans-serif, rather too much than too little."""
    return size * sum(map(_advance, text)) * (1.12 if bold else 1)


@lru_cache(4096)
def _advance(sign: str) -> float:
    """The width of a sign in parts of its size."""
    if sign in NARROW:
        return 0.36
    if unicodedata.combining(sign):
        return 0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.05
    return 0.9 if sign in WIDE and sign.isalpha() else 0.7 if sign.isupper() or sign in WIDE else 0.62


def wrapped(text: str, size: float, room: float, between: str = " ", *, bold: bool = False) -> list[str]:
    """Words, or what else stands between signs, in lines that are at most so wide; a longer word by itself."""
    lines: list[str] = []
    for word in text.split(between):
        if lines and breadth(lines[-1] + between + word, size, bold=bold) <= room:
            lines[-1] += between + word
        else:
            if lines:
                lines[-1] += between.rstrip()
            lines.append(word)
    return lines


def broken(text: str, size: float, room: float) -> list[str]:
    """Text in lines that are at most so wide, broken between words or parts of a name, else anywhere."""
    lines = [""]
    for part in re.findall(r"[^ ._/-]*[ ._/-]*", text):
        if lines[-1] and breadth(lines[-1] + part.rstrip(), size) > room:
            lines.append("")
        for sign in part:
            if breadth(lines[-1] + sign, size) > room and lines[-1] and sign != " ":
                lines.append("")
            lines[-1] += sign
    return [line.strip() for line in lines]
