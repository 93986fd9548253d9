"""Expressions and numbers as text: one walker, one table for each notation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from calc.derivation import Text
from calc.exact import Entry
from calc.expr import Expr, Num, Number, Op, Sym

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly a written expression holds together."""


@dataclass(frozen=True)
class Notation:
    """The marks of a notation; `grouped` parts thousands, `decimals` writes fractions as decimals where those end."""

    plus: str = " + "
    minus: str = " − "
    sign: str = "−"
    times: str = "·"
    over: str = "/"
    wide_over: str = " / "
    power: str = "^"
    brackets: tuple[str, str] = ("(", ")")
    floor: tuple[str, str] = ("⌊", "⌋")
    ceil: tuple[str, str] = ("⌈", "⌉")
    bars: tuple[str, str] = ("|", "|")
    root: str = "√"
    grouped: bool = True
    decimals: bool = False

    def cell(self, value: Entry) -> str:
        """What stands in a cell of a matrix: a number, letters, a rounded number."""
        return self.write(value) if isinstance(value, Sym | Op) else self.number(value)  # type: ignore[arg-type]

    def number(self, number: Number | float) -> str:
        """A number: 2 432, -1/9, 0.1 among decimals, six places of a rounded one."""
        if isinstance(number, float):
            return f"{number:.6g}"
        if isinstance(number, int):
            return f"{number:,}".replace(",", " ") if self.grouped else str(number)
        return (_decimal(number) if self.decimals else None) or f"{number.numerator}/{number.denominator}"

    def write(self, expression: Expr) -> str:
        return self._walk(expression)[0]

    def text(self, text: Text) -> str:
        """A sentence in which strings and expressions are mixed."""
        return "".join(part if isinstance(part, str) else self.write(part) for part in text)

    def plain(self) -> Notation:
        """The same without thousands parted, for numbers beside a matrix."""
        return replace(self, grouped=False)

    def _walk(self, expression: Expr) -> tuple[str, int]:
        match expression:
            case Num(number):
                written = self.number(number)
                return written, SUM if number < 0 else PRODUCT if "/" in written else ATOM
            case Sym(name):
                return name, ATOM
            case Op("+", args):
                return self._sum(args), SUM
            case Op("*", (Num(int(number)), Sym(name))) if number >= 0 and len(name) == 1:
                return self.number(number) + name, PRODUCT
            case Op("*", args):
                return self.times.join(self._within(a, POWER) for a in args), PRODUCT
            case Op("/", (top, bottom)):
                upper, lower = self._within(top, PRODUCT), self._within(bottom, POWER)
                return (self.wide_over if " " in upper + lower else self.over).join((upper, lower)), PRODUCT
            case Op("^", (base, exponent)):
                return self.power.join((self._within(base, ATOM), self._within(exponent, ATOM))), POWER
            case Op("neg", (inner,)):
                return self.sign + self._within(inner, PRODUCT), SUM
            case Op("floor", (inner,)):
                return self.write(inner).join(self.floor), ATOM
            case Op("expm1", (inner,)):
                return self._sum((Op("exp", (inner,)), Num(-1))), SUM
            case Op("log1p", (inner,)):
                return f"log{self._sum((Num(1), inner)).join(self.brackets)}", ATOM
            case Op("abs", (inner,)):
                return self.write(inner).join(self.bars), ATOM
            case Op("root", (inner, Num(2))):
                return self.root + self._within(inner, ATOM), POWER
            case Op("root", (inner, Num(power))):
                return self._within(inner, ATOM) + self.power + self._within(Num(Fraction(1, int(power))), ATOM), POWER
            case Op("≥" | "≤" as relation, (left, right)):
                return f"{self.write(left)} {relation} {self.write(right)}", SUM
            case Op("even" | "odd" as parity, (inner,)):
                return f"{self.write(inner)} {parity}", SUM
            case Op("and", args):
                return ", ".join(map(self.write, args)), SUM
            case Op("multiple", (inner, of)):
                return f"{self.write(inner)} a multiple of {self.write(of)}", SUM
            case Op("ceil", (inner,)):
                return self.write(inner).join(self.ceil), ATOM
            case Op(name, args):
                return name + ", ".join(map(self.write, args)).join(self.brackets), ATOM
        raise TypeError(expression)

    def _sum(self, terms: tuple[Expr, ...]) -> str:
        written = self._walk(terms[0])[0]
        for term in terms[1:]:
            match term:
                case Op("neg", (inner,)):
                    written += self.minus + self._within(inner, PRODUCT)
                case Num(number) if number < 0:
                    written += self.minus + self.number(-number)
                case _:
                    written += self.plus + self._within(term, PRODUCT)
        return written

    def _within(self, expression: Expr, least: int) -> str:
        written, holds = self._walk(expression)
        return written if holds >= least else written.join(self.brackets)


def _decimal(number: Fraction) -> str | None:
    """The decimal that equals it, if one ends."""
    rest, digits = number.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        digits = max(digits, count)
    if rest != 1:
        return None
    scaled = abs(number.numerator) * 10**digits // number.denominator
    return f"{'-' if number < 0 else ''}{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"


TEXT = Notation()
