"""What a concept is: a question with choices, each wrong one a misconception, and a demonstration in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from calc.derivation import Derivation, Grid, Note, Step, Table, Text
from calc.errors import listed
from calc.exact import Cells, Entry
from calc.expr import Expr, num
from calc.question import Mistaken, Question

NUMERALS = ("i", "ii", "iii", "iv", "v")
"""How the choices are lettered."""

Rows = Sequence[Sequence[Entry]]


class Choice(NamedTuple):
    """One of the answers to choose from.

    `words` are beginnings of replies that mean it, besides its own text. `misconception` is what whoever judges this
    choice wrongly has followed, and `why` says so in a sentence; a right choice where one is to be chosen has none.
    """

    text: str
    words: tuple[str, ...] = ()
    right: bool = False
    misconception: str = ""
    why: str = ""


def right(text: str, *words: str, misconception: str = "", why: str = "") -> Choice:
    """A right choice; of several, with what leads to leaving it out."""
    return Choice(text, words, True, misconception, why)


def wrong(text: str, misconception: str, why: str, *words: str) -> Choice:
    """A wrong choice, and the misconception that leads to it."""
    return Choice(text, words, False, misconception, why)


@dataclass(frozen=True)
class Concept(Question):
    """A question about how layers behave, with lettered choices.

    `about` names it in a list. `idea` is the hint of what to look at, `law` the law behind it, `because` the answer in words. `shows` works the
    demonstration; its first part sets the numbers up and gives nothing away.
    """

    name: str
    about: str
    asks: str
    choices: tuple[Choice, ...]
    idea: str
    law: str
    because: str
    shows: Callable[[], Sequence[Derivation]] = field(repr=False)

    @property
    def answer(self) -> tuple[str, ...]:
        """The numerals of the right choices."""
        return tuple(numeral for numeral, choice in self.lettered if choice.right)

    @property
    def lettered(self) -> tuple[tuple[str, Choice], ...]:
        """Every choice with its numeral."""
        return tuple(zip(NUMERALS, self.choices, strict=False))

    @property
    def several(self) -> bool:
        """Whether more than one choice is right."""
        return len(self.answer) > 1

    def said(self, numerals: Sequence[str]) -> str:
        """Choices as they are said: (iii) max pooling."""
        return listed([f"({numeral}) {self.choices[NUMERALS.index(numeral)].text}" for numeral in numerals])

    def posed(self) -> Derivation:
        """The question with its choices, not answered."""
        more = f"cnncalc concept {self.name} --answer “ii” marks an answer, --hint gives a hint, --show works it in numbers"
        return Derivation(
            (f"Concept: {self.about}",), (*self.asked(), Note("convention", (f"{more}.",))), (), None, (), self.data()
        )

    def asked(self) -> tuple[Step, ...]:
        """The question and its choices, and whether one is to be chosen."""
        how = "One or more of the choices are right." if self.several else "One of the choices is right."
        return Derivation((self.asks,), self.lines("why")), Note("convention", (how,))

    def told(self) -> tuple[Note, ...]:
        """The right choices, and why they are right."""
        return note(f"{self.said(self.answer)}."), note(self.because)

    def demonstration(self) -> tuple[Derivation, ...]:
        """The numbers that show it, in parts."""
        return tuple(self.shows())

    def derivation(self) -> Derivation:
        headline = listed([f"({numeral})" for numeral in self.answer])
        end = part("The answer", *self.told())
        steps: tuple[Step, ...] = (*self.lines("convention"), *self.demonstration(), end)
        return Derivation((self.asks,), steps, (headline,), {"choices": list(self.answer)}, (), self.data())

    def mistaken(self) -> tuple[Mistaken, ...]:
        """The wrong choices, or the right ones left out, each with the misconception that leads to it."""
        return tuple(
            Mistaken(
                choice.misconception,
                choice.why,
                [n for n in self.answer if n != numeral] if choice.right else [numeral],
            )
            for numeral, choice in self.lettered
            if choice.misconception
        )

    def data(self) -> dict[str, Any]:
        return {
            "asks": "concept",
            "concept": self.name,
            "question": self.asks,
            "choices": {numeral: choice.text for numeral, choice in self.lettered},
        }

    def lines(self, kind: Literal["why", "convention"]) -> tuple[Note, ...]:
        """The choices, one a line."""
        return tuple(Note(kind, (f"{f'({numeral})':<5} {choice.text}",)) for numeral, choice in self.lettered)


def part(title: str, *steps: Step) -> Derivation:
    """A part of a demonstration."""
    return Derivation((title,), steps)


def note(*text: str | Expr) -> Note:
    return Note("why", text)


def image(cells: Cells | Rows, caption: str = "", sign: str = "") -> Grid:
    """An image as a matrix."""
    return Grid(_cells(cells), caption, sign)


def kernel(rows: Rows, caption: str = "kernel") -> Grid:
    return Grid(_cells(rows), caption, "", "kernel")


def feature_map(cells: Cells, caption: str = "", sign: str = "") -> Grid:
    return Grid(cells, caption, sign, "feature map")


def _cells(cells: Cells | Rows) -> Cells:
    return cells if isinstance(cells, Cells) else Cells.of(cells)


def table(header: Sequence[str], *rows: Sequence[str | int]) -> Table:
    """Rows under a header, numbers to the right."""
    lines: list[tuple[Text, ...]] = [tuple((x if isinstance(x, str) else num(x),) for x in row) for row in rows]
    return Table(tuple((name,) for name in header), tuple(lines), tuple(not isinstance(x, str) for x in rows[0]))


def correlated(picture: object, weights: object, **more: Any) -> Cells:
    """What a convolution layer answers to an image."""
    from calc.convolution import convolve

    return convolve(picture, weights, flip=False, **more).answer


def shifted(rows: Rows, by: int = 1) -> tuple[tuple[Entry, ...], ...]:
    """An image moved to the right, zeros coming in."""
    return tuple((*(0,) * by, *row[: len(row) - by]) for row in rows)


def changed(one: Cells, other: Cells) -> int:
    """How many cells of two maps differ."""
    return sum(
        x != y for row, beside in zip(one.rows(), other.rows(), strict=True) for x, y in zip(row, beside, strict=True)
    )


def parameters(layers: str, shape: str | None = None) -> int:
    """The parameters of layers in a row."""
    from calc.counting import count

    return count(layers, shape).parameters


def yes(holds: bool) -> str:
    return "yes" if holds else "no"
