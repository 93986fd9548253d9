"""Reading numbers exactly, and matrices of exact numbers.

A matrix of fractions is whole numerators over one denominator, so that one integer arithmetic serves whole
numbers, decimals and fractions alike, without rounding.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.displayed import Displayed
from calc.errors import Impossible, printable
from calc.expr import Expr, Num, Number, Op, Sym, exact, from_sympy, lift, parse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Entry = Number | Expr | float
"""What stands in a cell: a number, an expression in letters, or a rounded number."""

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


_LETTERS = re.compile(r"[A-Za-z](_?\d+|_[A-Za-z0-9]{1,4})?")
_EXPRESSION = re.compile(r"[-+*/^().·−\w]{1,60}", re.ASCII)


def read_entry(text: str) -> Entry:
    """A number, a letter such as a or x_12, or a polynomial of them such as 2a+1."""
    try:
        return read_number(text)
    except Impossible:
        spelled = text.strip().replace("−", "-").replace("·", "*")
        spells = _EXPRESSION.fullmatch(spelled) and re.search(r"[A-Za-z]", spelled)
        if not spells or re.fullmatch(r"[-+]?[\d.]+e[-+]?\d+", spelled, re.IGNORECASE):
            raise
    unknown = Impossible(f"“{printable(text.strip(), 30)}” is neither a number nor a letter such as a or x_1")
    try:
        expression = parse(spelled)
    except Impossible:
        raise unknown from None
    if not all(_LETTERS.fullmatch(name) for name in expression.free) or not _is_polynomial(expression):
        raise unknown
    return expression.collected()


def _is_polynomial(expression: Expr) -> bool:
    """Sums and products of letters with whole powers up to 9, divided by numbers alone."""
    match expression:
        case Op("^", (base, Num(int(exponent)))):
            return 0 <= exponent <= 9 and isinstance(base, Sym | Num)
        case Op("/", (top, Num(number))):
            return number != 0 and _is_polynomial(top)
        case Op("+" | "*" | "neg", args):
            return all(map(_is_polynomial, args))
    return isinstance(expression, Num | Sym)


def narrowest(bound: int) -> str:
    """The smallest dtype that holds every whole number up to ±`bound`; Python's own beyond 64 bits."""
    for bits in (16, 32, 64):
        if bound < 2 ** (bits - 1):
            return f"int{bits}"
    return "object"


class Cells(Displayed):
    """An immutable array of exact numbers, of one to five axes; `decimals` says that it was written with decimal points.

    Where letters stand among the numbers, `letters` is set and the numerators are sympy's expressions; where a root
    or an exponential left the fractions, the numerators are floats and `approximate` is true.
    """

    __slots__ = ("decimals", "denominator", "letters", "numerators")

    def __init__(
        self, numerators: NDArray[Any], denominator: int = 1, *, decimals: bool = False, letters: bool = False
    ) -> None:
        self.numerators = numerators
        self.denominator = denominator
        self.decimals = decimals
        self.letters = letters
        self.numerators.flags.writeable = False

    @classmethod
    def of(cls, nested: Any, *, decimals: bool = False) -> Cells:
        """The array of these nested rows, all of one length, of numbers or expressions in letters."""
        import numpy as np

        shape, entries = _flattened(nested)
        if any(not isinstance(x, int | Fraction) for x in entries):
            out = np.empty(len(entries), object)
            out[:] = [x if isinstance(x, float) else lift(x).to_sympy() for x in entries]
            floats = all(isinstance(x, float | int | Fraction) for x in entries)
            return cls(out.astype(float) if floats else out, decimals=decimals, letters=not floats).shaped(shape)
        numbers: list[Any] = entries
        denominator = math.lcm(*{x.denominator for x in numbers})
        whole = [x.numerator * (denominator // x.denominator) for x in numbers]
        bound = max(map(abs, whole), default=0)
        return cls(np.array(whole, dtype=narrowest(bound)), denominator, decimals=decimals).shaped(shape)

    def like(self, numerators: NDArray[Any]) -> Cells:
        """Other numerators over the same denominator."""
        return Cells(numerators, self.denominator, decimals=self.decimals, letters=self.letters)

    def shaped(self, shape: Sequence[int]) -> Cells:
        """The same numbers in reading order in another shape."""
        return self.like(self.numerators.reshape(tuple(shape)))

    def plane(self, *leading: int) -> Cells:
        """The part of it at an index of its first axes."""
        return self.like(self.numerators[leading])

    def over(self, denominator: int) -> NDArray[Any]:
        """Its numerators over a multiple of its denominator, exact in the narrowest dtype."""
        factor = denominator // self.denominator
        if factor == 1 or self.letters:
            return self.numerators * factor if factor != 1 else self.numerators
        return self.numerators.astype(narrowest(max(self.bound, 1) * factor)) * factor

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.numerators.shape
        return shape

    @property
    def names(self) -> set[str]:
        """The letters in it."""
        return {str(s) for x in self.numerators.flat for s in getattr(x, "free_symbols", ())} if self.letters else set()

    @property
    def approximate(self) -> bool:
        """Whether it holds rounded numbers."""
        return self.numerators.dtype.kind == "f"

    @property
    def bound(self) -> int:
        """The largest numerator without its sign, of numbers without letters."""
        if self.numerators.dtype == object:
            return max(map(abs, self.numerators.flat), default=0)
        return max(int(self.numerators.max()), -int(self.numerators.min())) if self.numerators.size else 0

    def entry(self, numerator: Any) -> Entry:
        """What stands there, from what is stored."""
        if self.letters:
            if isinstance(numerator, int):  # put there by padding
                return exact(Fraction(numerator, self.denominator))
            read = from_sympy(numerator / self.denominator)
            return read.number if isinstance(read, Num) else read
        if isinstance(numerator, float):
            return numerator
        return int(numerator) if self.denominator == 1 else exact(Fraction(int(numerator), self.denominator))

    def cut(self, rows: slice, columns: slice) -> tuple[tuple[Entry, ...], ...]:
        """A piece of a matrix as plain numbers."""
        piece: tuple[tuple[Entry, ...], ...] = self.like(self.numerators[rows, columns]).nested()
        return piece

    def nested(self) -> Any:
        """All of it as nested tuples of plain numbers."""
        plain = self.numerators.tolist()
        if self.denominator == 1 and not self.letters:
            return _tuples(plain, lambda x: x)
        return _tuples(plain, self.entry)

    def rows(self) -> Iterator[tuple[Entry, ...]]:
        """The rows of a matrix, or the one row of a signal, top to bottom, made one at a time."""
        matrix = self.shaped((-1, self.shape[-1]))
        for row in range(matrix.shape[0]):
            yield matrix.plane(row).nested()

    def put(self, env: Mapping[str, Number | Expr]) -> Cells:
        """The same with a number for each letter."""
        if not self.letters:
            return self
        return Cells.of(_tuples(self.numerators.tolist(), lambda x: lift(self.entry(x)).value(env)))  # type: ignore[arg-type]

    def numpy(self) -> NDArray[Any]:
        """Whole numbers as they are (Python's own beyond 64 bits), fractions as the nearest float64, letters as sympy's."""
        if self.denominator == 1 or self.letters:
            return self.numerators.copy() if self.denominator == 1 else self.numerators / self.denominator
        return nearest_floats(self.numerators, self.denominator)

    def __getitem__(self, place: tuple[int, ...]) -> Entry:
        return self.entry(self.numerators[place])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cells):
            return NotImplemented
        if self.shape != other.shape:
            return False
        if self.denominator == other.denominator:
            return bool((self.numerators == other.numerators).all())
        mine: np.ndarray = self.numerators.astype(object) * other.denominator
        return bool((mine == other.numerators.astype(object) * self.denominator).all())

    def __hash__(self) -> int:
        return hash(self.shape)

    def __repr__(self) -> str:
        return f"Cells({'×'.join(map(str, self.shape))})"


def nearest_floats(numerators: NDArray[Any], denominator: int) -> NDArray[Any]:
    """Whole numerators over one denominator in float64, rounded once. `Impossible` beyond its range."""
    import numpy as np

    low, high = int(numerators.min()), int(numerators.max())
    if max(-low, high, denominator) <= 2**53:  # exact in float64, so that their quotient is rounded once
        return numerators / np.float64(denominator)
    try:
        rounded = [int(x) / denominator for x in numerators.flat]
    except OverflowError:
        raise Impossible("the feature map holds numbers beyond 1.8e308: write .csv, which keeps every digit") from None
    return np.array(rounded).reshape(numerators.shape)


def _flattened(nested: Any) -> tuple[tuple[int, ...], list[Entry]]:
    """The shape of nested sequences of one length each, and what they hold in reading order."""
    shape: list[int] = []
    items = [nested]
    while items and isinstance(items[0], list | tuple):
        shape.append(len(items[0]))
        items = [x for item in items for x in item]
    return tuple(shape), items


def _tuples(nested: Any, entry: Callable[[Any], Entry]) -> Any:
    return tuple(_tuples(x, entry) for x in nested) if isinstance(nested, list) else entry(nested)
