"""Formulas as data.

A formula is written once, as a small frozen tree; the answer, the worked lines, every notation and the
inverse solution are read off that one object. Numbers are exact: `int` and `Fraction`, never `float`.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from calc.errors import Impossible, printable

if TYPE_CHECKING:
    import sympy

Number = int | Fraction

LONGEST_TEXT = 2_000
LONGEST_POWER_BITS = 13_000

DEEPEST = 100
"""Operations within each other of an expression that is read: beyond, walking it would exhaust Python's stack."""


class Operators:
    """Python's operators, building nodes."""

    __slots__ = ()

    def __add__(self, other: Expr | Number) -> Expr:
        return _flat("+", self, other)

    def __radd__(self, other: Number) -> Expr:
        return _flat("+", other, self)

    def __sub__(self, other: Expr | Number) -> Expr:
        return _flat("+", self, -lift(other))

    def __rsub__(self, other: Number) -> Expr:
        return _flat("+", other, -self)

    def __mul__(self, other: Expr | Number) -> Expr:
        return _flat("*", self, other)

    def __rmul__(self, other: Number) -> Expr:
        return _flat("*", other, self)

    def __truediv__(self, other: Expr | Number) -> Expr:
        return Op("/", (lift(self), lift(other)))

    def __rtruediv__(self, other: Number) -> Expr:
        return Op("/", (lift(other), lift(self)))

    def __pow__(self, other: Expr | Number) -> Expr:
        return Op("^", (lift(self), lift(other)))

    def __neg__(self) -> Expr:
        match self:
            case Num(number):
                return Num(-number)
            case Op("neg", (inner,)):
                return inner
        return Op("neg", (lift(self),))

    @property
    def free(self) -> frozenset[str]:
        """The names of the letters in it."""
        match self:
            case Sym(name):
                return frozenset((name,))
            case Op(_, args):
                return frozenset[str]().union(*(a.free for a in args if not isinstance(a, Num)))
        return frozenset()

    @property
    def rounded(self) -> bool:
        """Whether a float stands in it, from a root or an exponential."""
        match self:
            case Num(number):
                return isinstance(number, float)
            case Op(_, args):
                return any(isinstance(a.number, float) if isinstance(a, Num) else a.rounded for a in args)
        return False

    def put(self, env: Mapping[str, Expr | Number]) -> Expr:
        """Substitute: each letter named in `env` by its value, everything else as it stands."""
        match self:
            case Sym(name) if name in env:
                return lift(env[name])
            case Op("neg", (inner,)):
                return _less(inner.put(env))
            case Op(op, args):
                return Op(op, tuple(a.put(env) for a in args))
        return lift(self)

    def value(self, env: Mapping[str, Expr | Number] | None = None) -> Number:
        """Its exact value, or `Impossible` if a letter has none or a division by zero stands in it."""
        match self.put(env) if env else self:
            case Num(number):
                return number
            case Op(op, args):
                return MEANING[op](*(a.number if isinstance(a, Num) else a.value() for a in args))
            case Sym(name):
                raise Impossible(f"{name} has no value")
        raise TypeError(self)

    def reduce_once(self) -> Expr:
        """Work out every operation whose operands are numbers already.

        A quotient directly under a floor or ceiling is left to it: ⌊217/4⌋ becomes 54 in one step,
        for a line ⌊217/4⌋ again would say nothing.
        """
        match self:
            case Op("floor" | "ceil" as op, (Op("/", (Num(), Num())) as quotient,)):
                return num(MEANING[op](quotient.value()))
            case Op("+", args) if all(isinstance(a, Num) or a == LESS_0 for a in args):
                return num(self.value())
            case Op("+", args):
                return Op("+", tuple(a if a == LESS_0 else a.reduce_once() for a in args))
            case Op(op, args) if all(isinstance(a, Num) for a in args):
                return num(self.value())
            case Op("neg", (inner,)):
                return _less(inner.reduce_once())
            case Op(op, args):
                return Op(op, tuple(a.reduce_once() for a in args))
        return lift(self)

    def settled(self) -> Expr:
        """The same with every quotient of numbers in lowest terms as the fraction it is written like."""
        match self:
            case Op("/", (Num(int(top)), Num(int(bottom)))) if bottom > 1 and math.gcd(top, bottom) == 1:
                return num(Fraction(top, bottom))
            case Op("neg", (inner,)):
                return _less(inner.settled())
            case Op(op, args):
                return Op(op, tuple(a if isinstance(a, Num) else a.settled() for a in args))
        return lift(self)

    def tidy(self) -> Expr:
        """The same without factors 1, divisions by 1, terms 0 and products that are 0."""
        if not isinstance(self, Op):
            return lift(self)
        args = tuple(a.tidy() for a in self.args)
        match self.op, args:
            case "+", _:
                return _nary("+", tuple(a for a in args if a != Num(0)), 0)
            case "*", _ if Num(0) in args:
                return Num(0)
            case "*", _:
                return _nary("*", tuple(a for a in args if a != Num(1)), 1)
            case (("/" | "^"), (top, Num(1))):
                return top
            case "neg", (inner,):
                return -inner
        return Op(self.op, args)

    def collected(self) -> Expr:
        """Multiplied out, like terms collected: the same polynomial in one form."""
        import sympy

        return from_sympy(sympy.expand(self.to_sympy()))

    def linear_in(self, name: str) -> tuple[Number, Number] | None:
        """(a, b) if it equals a·name + b, with numbers a and b; None if it is not linear in `name`."""
        match self:
            case Num(number):
                return 0, number
            case Sym(own):
                return (1, 0) if own == name else None
            case Op("neg", (inner,)):
                part = inner.linear_in(name)
                return part and (-part[0], -part[1])
            case Op("+", args):
                parts = [a.linear_in(name) for a in args]
                if None in parts:
                    return None
                return exact(sum(p[0] for p in parts if p)), exact(sum(p[1] for p in parts if p))
            case Op("*" | "/" as op, args):
                return _linear_product(op, [a.linear_in(name) for a in args])
        return None

    def to_sympy(self) -> sympy.Expr:
        """The same in sympy, the independent oracle."""
        import sympy

        match self:
            case Num(number):
                return sympy.Rational(number.numerator, number.denominator)
            case Sym(name):
                return sympy.Symbol(name, integer=True)
            case Op(op, args):
                make: dict[str, Any] = {
                    "+": sympy.Add,
                    "*": sympy.Mul,
                    "^": sympy.Pow,
                    "/": lambda a, b: a / b,
                    "neg": lambda a: -a,
                    "floor": sympy.floor,
                    "ceil": sympy.ceiling,
                    "max": sympy.Max,
                    "min": sympy.Min,
                    "abs": sympy.Abs,
                    "root": lambda a, p: sympy.root(a, p),
                }
                return make[op](*(a.to_sympy() for a in args))
        raise TypeError(self)


def from_sympy(expression: Any) -> Expr:
    """What sympy holds, as nodes: a polynomial with its terms in sympy's order, the leading one first."""
    import sympy

    if expression.is_Rational:
        return num(Fraction(int(expression.p), int(expression.q)))
    if expression.is_Symbol:
        return Sym(expression.name)
    if expression.is_Add:
        return Op("+", tuple(from_sympy(term) for term in expression.as_ordered_terms()))
    if expression.is_Mul:
        coefficient, rest = expression.as_coeff_Mul()
        if coefficient.is_negative:
            return -from_sympy(-expression)
        top, bottom = expression.as_numer_denom()
        if bottom != 1:
            return Op("/", (from_sympy(top), from_sympy(bottom)))
        return product(
            tuple(
                from_sympy(factor)
                for factor in (*((coefficient,) if coefficient != 1 else ()), *rest.as_ordered_factors())
            )
        )
    if expression.is_Pow:
        if expression.exp.is_negative:
            return Op("/", (Num(1), from_sympy(expression.base**-expression.exp)))
        if expression.exp.is_Rational and expression.exp.p == 1 and not expression.exp.is_Integer:
            return Op("root", (from_sympy(expression.base), num(int(expression.exp.q))))
        return Op("^", (from_sympy(expression.base), from_sympy(expression.exp)))
    named = {sympy.floor: "floor", sympy.ceiling: "ceil", sympy.Max: "max", sympy.Min: "min", sympy.Abs: "abs"}
    if expression.func in named:
        return Op(named[expression.func], tuple(map(from_sympy, sorted(expression.args, key=sympy.default_sort_key))))
    raise TypeError(f"{expression!r} has no node")


@dataclass(frozen=True, slots=True)
class Num(Operators):
    """A number."""

    number: Number


@dataclass(frozen=True, slots=True)
class Sym(Operators):
    """A letter."""

    name: str


@dataclass(frozen=True, slots=True)
class Op(Operators):
    """An operation on operands: n-ary + and *, / and ^, neg, floor, ceil, max, min, abs, root.

    A condition is one too, 1 where it holds and 0 where not: ≥, ≤, even, odd, multiple, and.
    """

    op: str
    args: tuple[Expr, ...]


Expr = Num | Sym | Op


LESS_0 = Op("neg", (Num(0),))
"""Minus 0: in a sum it stands as it is written, until the sum is worked out."""


def exact(value: Number) -> Number:
    """A `Fraction` that is whole as an `int`."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def num(value: Number) -> Num:
    return Num(exact(value))


def lift(value: Operators | Number) -> Expr:
    """A node as it is, a number as a node."""
    match value:
        case Num() | Sym() | Op():
            return value
        case int() | Fraction():
            return num(value)
    raise TypeError(f"{value!r} is neither an expression nor an exact number")


def floor(value: Expr | Number) -> Expr:
    return Op("floor", (lift(value),))


def ceil(value: Expr | Number) -> Expr:
    return Op("ceil", (lift(value),))


def symbols(names: str) -> tuple[Sym, ...]:
    return tuple(Sym(name) for name in names.split())


def total(terms: tuple[Expr, ...]) -> Expr:
    """The sum of terms as they stand: one term is itself, none is 0."""
    return _nary("+", terms, 0)


def product(factors: tuple[Expr, ...]) -> Expr:
    """The product of factors as they stand: one factor is itself, none is 1."""
    return _nary("*", factors, 1)


def _less(value: Expr) -> Expr:
    return LESS_0 if value == Num(0) else -value


def _nary(op: str, args: tuple[Expr, ...], empty: int) -> Expr:
    return Op(op, args) if len(args) > 1 else args[0] if args else Num(empty)


def _flat(op: str, *operands: Operators | Number) -> Expr:
    args: list[Expr] = []
    for operand in map(lift, operands):
        match operand:
            case Op(name, inner) if name == op:
                args.extend(inner)
            case _:
                args.append(operand)
    return Op(op, tuple(args))


def _linear_product(op: str, parts: list[tuple[Number, Number] | None]) -> tuple[Number, Number] | None:
    result: tuple[Number, Number] = (0, 1)
    for place, factor in enumerate(parts):
        if factor is None:
            return None
        part = factor
        if op == "/" and place == 1:
            if part[0] or not part[1]:
                return None
            part = (0, Fraction(1) / part[1])
        if result[0] and part[0]:
            return None
        result = exact(result[0] * part[1] + result[1] * part[0]), exact(result[1] * part[1])
    return result


def _divide(a: Number, b: Number) -> Number:
    if b == 0:
        raise Impossible("a division by zero has no value")
    return exact(Fraction(a) / b)


def _power(base: Number, exponent: Number) -> Number:
    if exponent.denominator != 1:
        raise Impossible("a power needs a whole exponent to stay exact")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent.numerator) > LONGEST_POWER_BITS:
        raise Impossible(f"the power {printable(str(base))}^{printable(str(exponent))} is too large to work out")
    if base == 0 and exponent < 0:
        raise Impossible("a division by zero has no value")
    return exact(Fraction(base) ** exponent.numerator)


def _root(value: Number, power: Number) -> Number:
    """Exact where the root is a fraction, else a float."""
    top, bottom = (_whole_root(part, int(power)) for part in (value.numerator, value.denominator))
    if top is None or bottom is None:
        logarithm = math.log(value.numerator) - math.log(value.denominator)
        near = float(value) if abs(logarithm) < 700 else 0.0  # beyond it no float holds the number, but its root
        return _float(near ** (1 / int(power)) if near else math.exp(logarithm / int(power)))
    return exact(Fraction(top, bottom))


def _float(value: float) -> Number:
    """A rounded number, where numbers are otherwise exact."""
    return value  # type: ignore[return-value]


def _exponential(value: Number) -> Number:
    return _float(math.exp(value) if value > -746 else 0.0)


def _whole_root(value: int, power: int) -> int | None:
    """The whole number whose power it is, if there is one."""
    if power == 2 or value < 2:
        near = math.isqrt(value) if power == 2 else value
        return near if near**power == value else None
    if value.bit_length() < 900:
        near = round(value ** (1 / power))
        if value.bit_length() < 50 * power:  # the float is within one of the root
            return next((x for x in (near - 1, near, near + 1) if x**power == value), None)
    low, high = 0, 1 << -(-value.bit_length() // power)
    while low <= high:
        middle = (low + high) // 2
        reached = middle**power
        if reached == value:
            return middle
        low, high = (middle + 1, high) if reached < value else (low, middle - 1)
    return None


def _sum(*terms: Number) -> Number:
    return exact(sum(terms))


def _product(*factors: Number) -> Number:
    return exact(math.prod(factors))


def _negative(a: Number) -> Number:
    return -a


MEANING: dict[str, Callable[..., Number]] = {
    "+": _sum,
    "*": _product,
    "/": _divide,
    "^": _power,
    "neg": _negative,
    "floor": math.floor,
    "ceil": math.ceil,
    "max": lambda *a: max(a),
    "min": lambda *a: min(a),
    "abs": abs,
    "≥": lambda a, b: int(a >= b),
    "≤": lambda a, b: int(a <= b),
    "even": lambda a: int(a % 2 == 0),
    "odd": lambda a: int(a % 2 == 1),
    "and": lambda *a: int(all(a)),
    "multiple": lambda a, b: int(b != 0 and Fraction(a) / b % 1 == 0),
    "root": _root,
    "exp": _exponential,
    "erfc": lambda a: _float(math.erfc(a)),
    "expm1": lambda a: _float(math.expm1(a)),
    "log1p": lambda a: _float(math.log1p(a)),
    "tanh": lambda a: _float(math.tanh(max(min(a, 20), -20))),
}

NARROW = {ord(sign) + 0xFEE0: sign for sign in "0123456789()[],./+-=*:;"}
"""The wide digits and signs of East Asian keyboards as the plain ones, for `str.translate`."""

_SPELLING = NARROW | str.maketrans(
    {"·": "*", "×": "*", "−": "-", "^": "**"} | dict(zip("⌊⌋⌈⌉", ("floor(", ")", "ceil(", ")"), strict=True))
)


@cache
def compiled(rule: Expr) -> Callable[[Mapping[str, Number]], Number]:
    """A function that gives the value of an expression, for where it is worked out thousands of times."""
    match rule:
        case Num(number):
            return lambda _: number
        case Sym(name):
            return lambda env: env[name]
        case Op("floor" | "ceil" as op, (Op("/", (top, bottom)),)):
            above, below = compiled(top), compiled(bottom)
            if op == "floor":
                return lambda env: above(env) // below(env)
            return lambda env: -(-above(env) // below(env))
        case Op("neg", (inner,)):
            less = compiled(inner)
            return lambda env: -less(env)
        case Op("+", args):
            parts = tuple(map(compiled, args))
            return lambda env: sum([part(env) for part in parts])
        case Op("*", (first, second)):
            left, right = compiled(first), compiled(second)
            return lambda env: left(env) * right(env)
        case Op(op, args):
            meaning, inside = MEANING[op], tuple(map(compiled, args))
            return lambda env: meaning(*(part(env) for part in inside))
    raise TypeError(rule)


def parse(text: str, *, grouped: bool = False) -> Expr:
    """Read an expression safely: numbers, letters, + - * / ^, brackets, floor and ceil.

    Spellings of a page are read as well: `2 048`, `2p`, `5·5`, `⌊n/2⌋`. Text is parsed, never evaluated. Where it is
    `grouped`, a product in brackets stays a factor of its own, as in (7·7·3)·64, and a sum a term. Anything else
    raises `Impossible`.
    """
    if len(text) > LONGEST_TEXT:
        raise Impossible(f"the expression has {len(text)} characters, more than the {LONGEST_TEXT} that are read")
    spelled = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text).translate(_SPELLING)
    spelled = re.sub(r"(?<![A-Za-z_0-9])(\d+)(?=[A-Za-z(])", r"\1*", spelled)
    try:
        read = _node(ast.parse(spelled.strip(), mode="eval").body, grouped=grouped)
        read = _ungrouped(read) if grouped else read
        if _depth(read) > DEEPEST:
            raise RecursionError
        return read
    except (RecursionError, MemoryError):
        raise Impossible(f"the expression is nested more than {DEEPEST} deep, which is more than is read") from None
    except (SyntaxError, ValueError) as fault:
        if isinstance(fault, Impossible):
            raise
        raise Impossible(f"“{printable(text)}” cannot be read as an expression") from None


def _depth(formula: Expr) -> int:
    """How many operations lie within each other."""
    depth, level = 0, [formula]
    while level:
        depth += 1
        level = [part for each in level if isinstance(each, Op) for part in each.args]
    return depth


_BINARY: dict[type[ast.operator], Callable[[Expr, Expr], Expr]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: _outside(a, lambda c: c * b) if b.free else a * b,
    ast.Div: lambda a, b: _outside(a, lambda c: c / b) if a.free | b.free else a / b,
    ast.FloorDiv: lambda a, b: floor(a / b),
    ast.Pow: lambda a, b: a**b,
}


def _outside(left: Expr, made: Callable[[Expr], Expr]) -> Expr:
    """A minus before a product or quotient with letters belongs to all of it, as it is written: −n·(s − 1)."""
    match left:
        case Op("neg", (inner,)):
            return -made(inner)
        case Num(number) if number < 0:
            return -made(Num(-number))
    return made(left)


_GROUP = "()"
"""The operation that a sum or a product in brackets is while an expression is read, so that it melts into no other."""


def _ungrouped(read: Expr) -> Expr:
    """The same without marks of brackets."""
    match read:
        case Op(op, (inner,)) if op == _GROUP:
            return _ungrouped(inner)
        case Op(op, args):
            return Op(op, tuple(map(_ungrouped, args)))
    return read


def _operands(node: ast.BinOp, *, grouped: bool) -> Iterator[Expr]:
    """What an operation joins; a sum or a product there that stands in brackets as a group."""
    for part, bracketed in ((node.left, node.col_offset < node.left.col_offset), (node.right, True)):
        read = _node(part, grouped=grouped)
        yield Op(_GROUP, (read,)) if grouped and bracketed and isinstance(read, Op) and read.op in ("+", "*") else read


def _node(node: ast.expr, *, grouped: bool) -> Expr:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return Num(value)
        case ast.Name(id=name):
            return Sym(name)
        case ast.BinOp(op=op) if type(op) in _BINARY:
            return _BINARY[type(op)](*_operands(node, grouped=grouped))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_node(inner, grouped=grouped)
        case ast.Call(func=ast.Name(id="floor" | "ceil" | "max" | "min" as name), args=args, keywords=[]) if args:
            if name in ("max", "min") or len(args) == 1:
                return Op(name, tuple(_node(part, grouped=grouped) for part in args))
    raise Impossible("an expression holds numbers, letters, + - * / ^, brackets, floor and ceil")
