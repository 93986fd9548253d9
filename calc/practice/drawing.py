"""Numbers drawn for questions: matrices of small numbers, and command lines of what was drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from shlex import quote
from typing import Any

Matrix = list[list[int]]


def matrix(random: Random, rows: int, columns: int, numbers: Sequence[int]) -> Matrix:
    """A matrix of numbers out of those, not all of them alike."""
    while True:
        drawn = [[random.choice(numbers) for _ in range(columns)] for _ in range(rows)]
        if len({x for row in drawn for x in row}) > 1:
            return drawn


def distinct(random: Random, rows: int, columns: int, numbers: Sequence[int]) -> Matrix:
    """A matrix of numbers out of those, no two alike."""
    drawn = random.sample(numbers, rows * columns)
    return [drawn[i : i + columns] for i in range(0, len(drawn), columns)]


def rows(*channels: Matrix) -> str:
    """Matrices as a command line has them: rows parted by `;`, channels by `;;`."""
    return ";; ".join("; ".join(" ".join(map(str, row)) for row in each) for each in channels)


def command(word: str, *given: str, **options: Any) -> str:
    """The command line with these arguments and options; an option that is True stands by itself, one that is None is left out."""
    words = [word]
    for name, value in options.items():
        option = f"--{name.strip('_').replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is False:
            words.append(f"--no-{name}")
        elif value is not None:
            words += [option, quote(str(value))]
    return " ".join([*words, *map(quote, given)])


def said(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are said, as text where they are numbers."""
    return {
        name: value if isinstance(value, bool) else str(value) for name, value in options.items() if value is not None
    }
