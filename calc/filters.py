"""What the weights of a kernel prove about it: factors, rank, symmetry, sum, and its answers to simple images.

A kernel is separable if it is a column times a row; its rank is the least number of separable kernels that add up to
it. What it answers to the images 1, x, y, x², xy and y² follows from its moments Σ w·dx^p·dy^q alone, by the binomial
theorem. Everything is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb, gcd, lcm
from typing import Literal, NamedTuple

from calc.expr import Expr, Num, Number, Sym, exact, num, product, total

Rows = tuple[tuple[Number, ...], ...]
Powers = tuple[int, int]

Symmetry = Literal["same", "opposite", "other"]
"""What a turn or a mirror makes of a kernel: itself, itself with every sign changed, or another kernel."""

IMAGES: tuple[Powers, ...] = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
"""The images up to the second degree, by the powers of x, to the right, and y, downwards."""


class Factors(NamedTuple):
    """scale · column × row, the column and the row in whole numbers without a common divisor, the scale positive."""

    scale: Number
    column: tuple[int, ...]
    row: tuple[int, ...]

    @property
    def rows(self) -> Rows:
        """The kernel that they multiply to."""
        return tuple(tuple(exact(self.scale * a * b) for b in self.row) for a in self.column)


class Tap(NamedTuple):
    """A weight that is not 0, and how far from the cell that is answered it lies."""

    weight: Number
    down: int
    right: int


class Minor(NamedTuple):
    """Two rows and two columns, counted from 0, and the four weights where they cross."""

    at: tuple[tuple[int, int], tuple[int, int]]
    weights: tuple[tuple[Number, Number], tuple[Number, Number]]

    @property
    def determinant(self) -> Number:
        (a, b), (c, d) = self.weights
        return exact(a * d - b * c)


def factors(rows: Rows) -> Factors | None:
    """The column and the row whose product the matrix is, or None if it is none."""
    found = _pivot(rows)
    if found is None:
        return Factors(0, (0,) * len(rows), (0,) * len(rows[0]))
    r, c = found
    return None if minor(rows) else _factored([row[c] for row in rows], rows[r], Fraction(1) / rows[r][c])


def minor(rows: Rows) -> Minor | None:
    """The first 2×2 part with a·d − b·c ≠ 0: as long as there is one, the matrix is no column times a row."""
    found = _pivot(rows)
    if found is None:
        return None
    top, left = found
    for bottom in range(top + 1, len(rows)):
        for other in range(len(rows[0])):
            first, second = sorted((left, other))
            corners = tuple((rows[r][first], rows[r][second]) for r in (top, bottom))
            part = Minor(((top, bottom), (first, second)), (corners[0], corners[1]))
            if part.determinant:
                return part
    return None


def parts(rows: Rows) -> tuple[Factors, ...]:
    """As few separable kernels as can be that add up to this one: as many as its rank.

    Its columns at the pivots times the rows of its reduced echelon form, which is found in whole numbers (Bareiss).
    """
    scale = lcm(*(x.denominator for row in rows for x in row))
    grid = [[x.numerator * (scale // x.denominator) for x in row] for row in rows]
    pivots: list[int] = []
    before = 1
    for column in range(len(rows[0])):
        at = len(pivots)
        found = next((r for r in range(at, len(grid)) if grid[r][column]), None)
        if found is None:
            continue
        grid[at], grid[found] = grid[found], grid[at]
        pivot = grid[at][column]
        for r, row in enumerate(grid):
            if r != at:
                grid[r] = [(pivot * x - row[column] * y) // before for x, y in zip(row, grid[at], strict=True)]
        before = pivot
        pivots.append(column)
    return tuple(
        _factored([row[column] for row in rows], echelon, Fraction(1, before))
        for column, echelon in zip(pivots, grid, strict=False)
    )


@dataclass(frozen=True)
class Filter:
    """A kernel as it is laid on an image, with what its weights prove.

    The weight at ((k_h − 1) // 2, (k_w − 1) // 2) lies on the cell that is answered, as with “same” padding.
    """

    rows: Rows

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])

    @cached_property
    def sum(self) -> Number:
        return exact(sum(x for row in self.rows for x in row))

    @cached_property
    def denominator(self) -> int:
        """The common denominator of the weights."""
        return lcm(*(x.denominator for row in self.rows for x in row))

    @cached_property
    def taps(self) -> tuple[Tap, ...]:
        up, left = ((n - 1) // 2 for n in self.shape)
        return tuple(Tap(x, r - up, c - left) for r, row in enumerate(self.rows) for c, x in enumerate(row) if x)

    @cached_property
    def factors(self) -> Factors | None:
        return factors(self.rows)

    @cached_property
    def minor(self) -> Minor | None:
        return minor(self.rows)

    @cached_property
    def parts(self) -> tuple[Factors, ...]:
        return parts(self.rows)

    @property
    def rank(self) -> int:
        return len(self.parts)

    @cached_property
    def turned(self) -> Filter:
        """The same after a half turn, as a convolution lays it on."""
        return Filter(tuple(row[::-1] for row in self.rows[::-1]))

    @property
    def half_turn(self) -> Symmetry:
        return self._against(self.turned.rows)

    @property
    def left_right(self) -> Symmetry:
        return self._against(tuple(row[::-1] for row in self.rows))

    @property
    def up_down(self) -> Symmetry:
        return self._against(self.rows[::-1])

    def _against(self, other: Rows) -> Symmetry:
        if other == self.rows:
            return "same"
        return "opposite" if other == tuple(tuple(-x for x in row) for row in self.rows) else "other"

    def moment(self, powers: Powers) -> Number:
        """Σ w·dx^p·dy^q over its weights."""
        p, q = powers
        return exact(sum(tap.weight * tap.right**p * tap.down**q for tap in self.taps))

    def response(self, powers: Powers) -> Expr:
        """What it answers at column x and row y of the image x^p·y^q, where it covers nothing else."""
        p, q = powers
        terms = (
            _term(comb(p, s) * comb(q, t) * self.moment((s, t)), (p - s, q - t))
            for s in range(p + 1)
            for t in range(q + 1)
        )
        return total(tuple(term for term in terms if term != Num(0)))


def monomial(powers: Powers) -> Expr:
    """x^p·y^q."""
    letters = ((Sym("x"), powers[0]), (Sym("y"), powers[1]))
    return product(tuple(letter if p == 1 else letter**p for letter, p in letters if p))


def _term(factor: Number, powers: Powers) -> Expr:
    """factor·x^p·y^q, without a factor 1, and with the sign before it."""
    letters = monomial(powers)
    if not factor or letters == Num(1):
        return num(factor)
    size = letters if factor in (1, -1) else num(-factor if factor < 0 else factor) * letters
    return -size if factor < 0 else size


def _pivot(rows: Rows) -> tuple[int, int] | None:
    """The first place that is not 0, in reading order."""
    return next(((r, c) for r, row in enumerate(rows) for c, x in enumerate(row) if x), None)


def _factored(column: Sequence[Number], row: Sequence[Number], scale: Number) -> Factors:
    """scale · column × row with whole numbers in both, and a minus in the row only beside a plus."""
    (down, tall), (across, wide) = _primitive(column), _primitive(row)
    scale = exact(scale * down * across)
    if scale < 0:
        scale, tall = -scale, _negated(tall)
    if max(wide) <= 0:
        tall, wide = _negated(tall), _negated(wide)
    return Factors(scale, tall, wide)


def _primitive(vector: Sequence[Number]) -> tuple[Number, tuple[int, ...]]:
    """A positive number and the whole numbers without a common divisor that it multiplies to the vector."""
    denominator = lcm(*(x.denominator for x in vector))
    whole = [x.numerator * (denominator // x.denominator) for x in vector]
    common = gcd(*whole)
    return exact(Fraction(common, denominator)), tuple(x // common for x in whole)


def _negated(vector: Iterable[int]) -> tuple[int, ...]:
    return tuple(-x for x in vector)
