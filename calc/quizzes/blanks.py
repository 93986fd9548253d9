"""What a quiz is: blanks with the answers that are right, those that wrong rules lead to, and how each comes about.

An answer is looked up by how it is spelled. `normal` brings what people type to one spelling; a page that marks
answers by itself does the same to what is typed. Of the question it works nothing out; where a learner types a
calculation, 75·32 + 32, it works out that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil, floor, gcd
from typing import Literal, NamedTuple

from calc.derivation import Derivation, Pooled, Step, Text, Window
from calc.expr import NARROW, Number, exact

PLACES = 6
"""Decimal places up to which a rounded number is taken."""

MOST_CAUSES = 3
"""Wrong rules that are told of one answer; what more of them lead to tells nothing."""


class Cause(NamedTuple):
    """A wrong rule that leads to some answers: what it is called, what is wrong with it, and a lesson about it."""

    name: str
    title: str
    says: str
    lesson: str = ""


class Misread(NamedTuple):
    """What all blanks become by a wrong rule, or by two together: the places of the rules, and a number for each blank."""

    causes: tuple[int, ...]
    cells: tuple[str, ...]


class Choice(NamedTuple):
    """One of the choices of a blank; `cause` is what whoever judges it wrongly has followed, None if that is nothing."""

    label: str
    text: str
    right: bool
    cause: int | None = None


@dataclass(frozen=True)
class Blank:
    """Something to be filled in.

    `name` tells it from the others, `asks` says what is wanted, `shows` the right answer as it is written. `right` are
    spellings that are right, `between` whole numbers that are, from the first to the last (None: without end),
    `readings` those that are right under another convention, and which. `wrong` are spellings that wrong rules lead
    to, with the places of these in the quiz. `adds` are the names of the blanks whose sum it is. `worked` is how the
    answer comes about, `window` what it is made of. Where a size is asked for (`sized`) × stands between its sides;
    where it is `loose` channels and a batch may stand beside them, of which nothing is said.
    Where it may be `rounded`, 390k is right as well for 390 410. A blank with `choices` has no spellings: one choice is
    right, or `several`.
    """

    name: str
    asks: str
    shows: Text
    right: tuple[str, ...] = ()
    between: tuple[tuple[int, int | None], ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    adds: tuple[str, ...] = ()
    worked: tuple[Step, ...] = ()
    window: Window | Pooled | None = None
    sized: bool = False
    loose: bool = False
    rounded: bool = False
    choices: tuple[Choice, ...] = ()
    several: bool = False


class Again(NamedTuple):
    """A place where the answer of a blank stands once more."""

    name: str


Cell = Text | Blank | Again
"""What stands at a place of a turn: something that is said, something to be filled in, or its answer once more."""


@dataclass(frozen=True)
class Turn:
    """Blanks that belong together, in rows; a map has no header. `right` marks the columns of numbers."""

    title: Text
    rows: tuple[tuple[Cell, ...], ...]
    header: tuple[Text, ...] = ()
    right: tuple[bool, ...] = ()
    kind: Literal["map", "table", "answer"] = "table"
    total: tuple[Cell, ...] = ()

    @property
    def blanks(self) -> Iterator[Blank]:
        """All that is to be filled in, in reading order."""
        return (cell for row in (*self.rows, self.total) for cell in row if isinstance(cell, Blank))


@dataclass(frozen=True)
class Quiz:
    """What is asked and given, the blanks, the wrong rules that answers are told by, and hints, one after the other.

    `misread` is what wrong rules make of all blanks together, those of one rule first.
    """

    title: Text
    posed: tuple[Step, ...]
    turns: tuple[Turn, ...]
    causes: tuple[Cause, ...]
    hints: tuple[Derivation, ...]
    decimals: bool = False
    misread: tuple[Misread, ...] = ()

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """All that is to be filled in, in reading order."""
        return tuple(blank for turn in self.turns for blank in turn.blanks)


class Rules:
    """The wrong rules of a quiz, each once, and what they lead to."""

    def __init__(self) -> None:
        self.causes: list[Cause] = []
        self._places: dict[tuple[str, str], int] = {}

    def place(self, cause: Cause) -> int:
        """The place of a wrong rule among all."""
        key = cause.name, cause.says
        if key not in self._places:
            self._places[key] = len(self.causes)
            self.causes.append(cause)
        return self._places[key]

    def led(
        self, right: Iterable[str], wrong: Iterable[tuple[Cause, Iterable[str]]], known: Iterable[str] = ()
    ) -> dict[str, tuple[int, ...]]:
        """The spellings that wrong rules lead to; those that are right, or `known` otherwise, are left out."""
        taken = {*right, *known}
        found: dict[str, dict[int, None]] = {}
        for cause, spellings in wrong:
            for spelling in spellings:
                if spelling not in taken:
                    found.setdefault(spelling, {})[self.place(cause)] = None
        return {spelling: tuple(causes)[:MOST_CAUSES] for spelling, causes in found.items()}


_SIGNS = {
    **dict.fromkeys("−–—‒﹣", "-"),
    **dict.fromkeys("×✕✖·∙⋅•*", "x"),
    **dict.fromkeys("÷⁄∕", "/"),
    **dict.fromkeys("[{", "("),
    **dict.fromkeys("]}", ")"),
    "~": "≈",
    **dict.fromkeys("→⇒", "="),
}
_GONE = "'’‘`_$“”\""
_UNITS = (
    "parameters|parameter|params|param|weights|weight|cells|cell|pixels|pixel|px|macs|mac|flops|features|feature"
    "|values|value|zeros|zero|oneachside|perside"
)


def normal(text: str) -> str:
    """The one spelling of what people write in so many ways: `−2`, `2 432`, `2,432`, `k = 9`, `250 × 250`, `(250, 250)`."""
    said = "".join(_SIGNS.get(sign, sign) for sign in text.translate(NARROW).lower() if sign not in _GONE)
    said = re.sub(r"([0-9])\s*[,;]\s+(?=[0-9])", r"\1x", said)
    said = re.sub(r"\s+", "", said)
    said = re.sub(r"^.*[=≈:]", "", said)
    said = re.sub(r"([0-9])by(?=[0-9])", r"\1x", said)
    said = re.sub(r"[.;,!]+$", "", said)
    said = re.sub(rf"([0-9])(?:{_UNITS})$", r"\1", said)
    if found := re.fullmatch(r"\(([^()]*)\)", said):
        said = found[1].replace(",", "x")
    return "x".join(_number(part) for part in said.split("x"))


def looked_up(text: str) -> tuple[str, ...]:
    """The spellings under which an answer is looked up: its own, and one number where it says the same for every axis."""
    spelled = normal(text)
    parts = spelled.split("x")
    return (spelled, parts[0]) if len(parts) > 1 and len(set(parts)) == 1 else (spelled,)


def _number(part: str) -> str:
    """A number without what can be left out: 007, +7, 7.0, 1,024 and 14/2 as 7 and 1024."""
    part = part.removeprefix("+")
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", part):
        part = part.replace(",", "")
    if re.fullmatch(r"-?[0-9]*,[0-9]+", part):
        part = part.replace(",", ".")
    if found := re.fullmatch(r"(-?)([0-9]*)\.([0-9]*)", part):
        sign, whole, rest = found.groups()
        rest = rest.rstrip("0")
        part = f"{sign}{whole or '0'}{'.' if rest else ''}{rest}" if whole or rest else part
    if found := re.fullmatch(r"(-?)([0-9]+)/(-?)([0-9]+)", part):
        sign, top, minus, bottom = found.groups()
        common = gcd(int(top), int(bottom))
        if common and int(bottom):
            sign = "" if sign == minus else "-"
            over = f"/{int(bottom) // common}" if int(bottom) != common else ""
            part = f"{sign}{int(top) // common}{over}"
    if found := re.fullmatch(r"(-?)0*([0-9]+)((?:[./][0-9]+)?)", part):
        sign, whole, rest = found.groups()
        part = f"{sign}{whole}{rest}" if whole != "0" or rest else "0"
    return part


def spellings(value: Number | float) -> tuple[str, ...]:
    """Every spelling of a number: in full, the fraction or all its decimals, then rounded to some places."""
    if isinstance(value, int) or value == int(value):
        return (str(int(value)),)
    found = [str(value) if isinstance(value, Fraction) else repr(value)]
    for places in range(1, PLACES + 1):
        unit = Fraction(1, 10**places)
        near = (rounded(value / unit) * unit for rounded in (floor, ceil))
        found += [
            _decimal(x, places) for x in near if abs(x - Fraction(value)) * 2 <= unit * Fraction(10**7 + 1, 10**7)
        ]
    return tuple(
        said for said in dict.fromkeys(map(normal, found)) if "." in said or "/" in said or _close(said, value)
    )


def _close(said: str, value: Number | float) -> bool:
    """Whether a whole number is a rounded one to all the places that are taken."""
    return "e" not in said and abs(Fraction(said) - Fraction(value)) * 10**PLACES <= 1


def _decimal(value: Fraction, places: int) -> str:
    digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def sizes(numbers: Sequence[Number]) -> tuple[str, ...]:
    """Every spelling of a size, one number for all axes where they are alike."""
    each = [spellings(exact(n)) for n in numbers]
    if len(set(each)) == 1:
        joined = ["x".join([one] * len(each)) for one in each[0]]
        return tuple(dict.fromkeys((*joined, *each[0])))
    return tuple("x".join(parts) for parts in product(*(one[:2] for one in each)))
