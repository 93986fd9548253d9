"""Reading numbers exactly, and matrices of exact numbers.

A matrix of fractions is whole numerators over one denominator, so that one integer arithmetic serves whole
numbers, decimals and fractions alike, without rounding.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.errors import Impossible, printable
from calc.expr import Number, exact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_NUMBER = 1_000
LARGEST_EXPONENT = 999

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(/\d+)?", re.IGNORECASE | re.ASCII)


def read_number(text: str) -> Number:
    """`3`, `-0.1`, `1e-3` or `1/9` as the exact number it spells; `Impossible` if it spells none."""
    spelled = text.strip().replace("−", "-")
    if len(spelled) > LONGEST_NUMBER:
        raise Impossible(f"a number of {len(spelled)} characters is longer than the {LONGEST_NUMBER} that are read")
    found = _NUMBER.fullmatch(spelled)
    if not found or (found[3] and re.search(r"[.e]", spelled, re.IGNORECASE)):
        raise Impossible(f"“{printable(text.strip(), 30)}” is not a number")
    if found[2] and abs(int(found[2][1:])) > LARGEST_EXPONENT:
        raise Impossible(f"“{printable(spelled, 30)}” has an exponent beyond {LARGEST_EXPONENT}")
    if found[3] and not int(found[3][1:]):
        raise Impossible(f"“{printable(spelled, 30)}” divides by zero")
    return exact(Fraction(spelled))


def narrowest(bound: int) -> str:
    """The smallest dtype that holds every whole number up to ±`bound`; Python's own beyond 64 bits."""
    for bits in (16, 32, 64):
        if bound < 2 ** (bits - 1):
            return f"int{bits}"
    return "object"


class Cells:
    """An immutable H×W matrix of exact numbers; `decimals` says that it was written with decimal points."""

    __slots__ = ("decimals", "denominator", "numerators")

    def __init__(self, numerators: NDArray[Any], denominator: int = 1, *, decimals: bool = False) -> None:
        self.numerators = numerators
        self.denominator = denominator
        self.decimals = decimals
        self.numerators.flags.writeable = False

    @classmethod
    def of(cls, rows: Sequence[Sequence[Number]], *, decimals: bool = False) -> Cells:
        """The matrix of these rows, all of one length."""
        import numpy as np

        denominator = math.lcm(*{x.denominator for row in rows for x in row})
        whole = [[x.numerator * (denominator // x.denominator) for x in row] for row in rows]
        bound = max((abs(x) for row in whole for x in row), default=0)
        return cls(np.array(whole, dtype=narrowest(bound)), denominator, decimals=decimals)

    def like(self, numerators: NDArray[Any]) -> Cells:
        """Other numerators over the same denominator."""
        return Cells(numerators, self.denominator, decimals=self.decimals)

    def over(self, denominator: int) -> NDArray[Any]:
        """Its numerators over a multiple of its denominator, exact in the narrowest dtype."""
        factor = denominator // self.denominator
        return (
            self.numerators if factor == 1 else self.numerators.astype(narrowest(max(self.bound, 1) * factor)) * factor
        )

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.numerators.shape
        return height, width

    @property
    def bound(self) -> int:
        """The largest numerator without its sign."""
        if self.numerators.dtype == object:
            return max(map(abs, self.numerators.flat), default=0)
        return max(int(self.numerators.max()), -int(self.numerators.min())) if self.numerators.size else 0

    def cut(self, rows: slice, columns: slice) -> tuple[tuple[Number, ...], ...]:
        """A piece of it as plain numbers."""
        piece: list[list[int]] = self.numerators[rows, columns].tolist()
        if self.denominator == 1:
            return tuple(map(tuple, piece))
        return tuple(tuple(exact(Fraction(x, self.denominator)) for x in row) for row in piece)

    def rows(self) -> Iterator[tuple[Number, ...]]:
        """Its rows, top to bottom, made one at a time."""
        for row in range(self.shape[0]):
            yield self.cut(slice(row, row + 1), slice(None))[0]

    def __getitem__(self, place: tuple[int, int]) -> Number:
        row, column = place
        return self.cut(slice(row, row + 1), slice(column, column + 1))[0][0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cells):
            return NotImplemented
        mine: np.ndarray = self.numerators.astype(object) * other.denominator
        return self.shape == other.shape and bool((mine == other.numerators.astype(object) * self.denominator).all())

    def __hash__(self) -> int:
        return hash((self.shape, tuple(self.rows())))

    def __repr__(self) -> str:
        return f"Cells({self.shape[0]}×{self.shape[1]})"
