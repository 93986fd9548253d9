"""Expressions and numbers in a notation: one walker, one table for each of plain text, LaTeX and MathML."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from calc.derivation import Sign, Text
from calc.exact import Entry
from calc.expr import Expr, Num, Number, Op, Sym
from explain.tex import tex

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly a written expression holds together."""

Around = tuple[str, ...]
"""What stands before, between and after the parts of a written expression."""


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Notation:
    """The marks of a notation; `grouped` parts thousands, `decimals` writes fractions as decimals where those end.

    Where it is `raised`, fractions stand upright, exponents above the line and roots over what they are taken of, so
    that those need no brackets. `low_brackets`, if there are any, stand around what holds no fraction.
    """

    plus: str = " + "
    minus: str = " − "
    sign: str = "−"
    negative: str = "-"
    times: str = "·"
    comma: str = ", "
    over: str = "/"
    wide_over: str = " / "
    fraction: Around = ("", "/", "")
    power: Around = ("", "^", "")
    square_root: Around = ("√", "")
    higher_root: Around = ()
    root_first: bool = True
    digits: Around = ("", "")
    brackets: Around = ("(", ")")
    low_brackets: Around = ()
    floor: Around = ("⌊", "⌋")
    ceil: Around = ("⌈", "⌉")
    bars: Around = ("|", "|")
    space: str = " "
    relations: tuple[tuple[str, str], ...] = ()
    letter: Callable[[str], str] = _same
    word: Callable[[str], str] = _same
    function: Callable[[str], str] = _same
    sentence: Callable[[str], str] = _same
    inline: Around = ("", "")
    raised: bool = False
    grouped: bool = True
    decimals: bool = False

    def cell(self, value: Entry) -> str:
        """What stands in a cell of a matrix: a number, letters, a rounded number."""
        return self.write(value) if isinstance(value, Sym | Op) else self.number(value)  # type: ignore[arg-type]

    def number(self, number: Number | float) -> str:
        """A number: 2 432, -1/9, 0.1 among decimals, six places of a rounded one."""
        return self._number(number)[0]

    def write(self, expression: Expr) -> str:
        return self._walk(expression)[0]

    def text(self, text: Text) -> str:
        """A sentence in which strings and expressions are mixed."""
        return "".join(
            self.sentence(part) if isinstance(part, str) else self.write(part).join(self.inline) for part in text
        )

    def relation(self, sign: Sign | str) -> str:
        """The sign between two expressions, such as = or ≤."""
        return dict(self.relations).get(sign, sign)

    def plain(self) -> Notation:
        """The same without thousands parted, for numbers beside a matrix."""
        return replace(self, grouped=False)

    def _number(self, number: Number | float) -> tuple[str, int]:
        """A written number, and how tightly it holds together."""
        before, holds = (self.negative, SUM) if number < 0 else ("", ATOM)
        match number:
            case float():
                mantissa, _, exponent = f"{abs(number):.6g}".partition("e")
                if exponent and self.raised:
                    raised = _around(self.power, "10".join(self.digits), self.number(int(exponent)))
                    return f"{before}{mantissa.join(self.digits)}{self.times}{raised}", min(holds, PRODUCT)
                return before + f"{abs(number):.6g}".join(self.digits), holds
            case int():
                written = f"{abs(number):,}".replace(",", self.space) if self.grouped else str(abs(number))
            case Fraction():
                ended = _decimal(abs(number)) if self.decimals else None
                if not ended:
                    parts = (str(part).join(self.digits) for part in (abs(number.numerator), number.denominator))
                    return before + _around(self.fraction, *parts), min(holds, POWER if self.raised else PRODUCT)
                written = ended
        return before + written.join(self.digits), holds

    def _walk(self, expression: Expr) -> tuple[str, int]:
        match expression:
            case Num(number):
                return self._number(number)
            case Sym(name):
                return self.letter(name), ATOM
            case Op("+", args):
                return self._sum(args), SUM
            case Op("*", (Num(int(number)), Sym(name))) if number >= 0 and len(name) == 1:
                return self.number(number) + self.letter(name), PRODUCT
            case Op("*", args):
                return self.times.join(self._within(a, POWER) for a in args), PRODUCT
            case Op("/", (top, bottom)) if self.raised:
                return _around(self.fraction, self.write(top), self.write(bottom)), POWER
            case Op("/", (top, bottom)):
                upper, lower = self._within(top, PRODUCT), self._within(bottom, POWER)
                return (self.wide_over if " " in upper + lower else self.over).join((upper, lower)), PRODUCT
            case Op("^", (base, exponent)):
                above = self.write(exponent) if self.raised else self._within(exponent, ATOM)
                return _around(self.power, self._within(base, ATOM), above), POWER
            case Op("neg", (inner,)):
                return self.sign + self._within(inner, PRODUCT), SUM
            case Op("floor", (inner,)):
                return _around(self.floor, self.write(inner)), ATOM
            case Op("ceil", (inner,)):
                return _around(self.ceil, self.write(inner)), ATOM
            case Op("expm1", (inner,)):
                return self._sum((Op("exp", (inner,)), Num(-1))), SUM
            case Op("log1p", (inner,)):
                return self.function("log") + self._bracketed(self._sum((Num(1), inner))), ATOM
            case Op("abs", (inner,)):
                return _around(self.bars, self.write(inner)), ATOM
            case Op("root", (inner, Num(2))):
                under = self.write(inner) if self.raised else self._within(inner, ATOM)
                return _around(self.square_root, under), ATOM if self.raised else POWER
            case Op("root", (inner, power)) if self.raised:
                parts = self.write(power), self.write(inner)
                return _around(self.higher_root, *(parts if self.root_first else parts[::-1])), ATOM
            case Op("root", (inner, Num(power))):
                return self._walk(Op("^", (inner, Num(Fraction(1, int(power))))))
            case Op("≥" | "≤" as relation, (left, right)):
                return f"{self.write(left)} {self.relation(relation)} {self.write(right)}", SUM
            case Op("even" | "odd" as parity, (inner,)):
                return self.write(inner) + self.word(f" {parity}"), SUM
            case Op("and", args):
                return self.comma.join(map(self.write, args)), SUM
            case Op("multiple", (inner, of)):
                return self.write(inner) + self.word(" a multiple of ") + self.write(of), SUM
            case Op(name, args):
                return self.function(name) + self._bracketed(self.comma.join(map(self.write, args))), ATOM
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
        return written if holds >= least else self._bracketed(written)

    def _bracketed(self, written: str) -> str:
        low = self.low_brackets and self.fraction[0] not in written
        return _around(self.low_brackets if low else self.brackets, written)


def _around(marks: Around, *parts: str) -> str:
    """The parts between the marks."""
    return marks[0] + "".join(part + mark for part, mark in zip(parts, marks[1:], strict=True))


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
    scaled = number.numerator * 10**digits // number.denominator
    return f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"


TEXT = Notation()


def _tex_word(text: str) -> str:
    return f"\\text{{{tex(text)}}}"


def _tex_letter(name: str) -> str:
    base, part, index = name.partition("_")
    if not (base.isalpha() and base.isascii()) or (part and not index):
        return _tex_word(name)
    written = base if len(base) == 1 else f"\\mathit{{{base}}}"
    plain = len(index) == 1 and index.isalnum() and index.isascii()
    return f"{written}_{{{index if plain else _tex_word(index)}}}" if index else written


def _tex_function(name: str) -> str:
    return f"\\{name}" if name in ("max", "min", "exp", "log", "tanh") else f"\\operatorname{{{tex(name)}}}"


LATEX = Notation(
    minus=" - ",
    sign="-",
    times=r" \cdot ",
    fraction=(r"\frac{", "}{", "}"),
    power=("", "^{", "}"),
    square_root=(r"\sqrt{", "}"),
    higher_root=(r"\sqrt[", "]{", "}"),
    brackets=(r"\left(", r"\right)"),
    floor=(r"\left\lfloor ", r" \right\rfloor"),
    ceil=(r"\left\lceil ", r" \right\rceil"),
    bars=(r"\left|", r"\right|"),
    space=r"\,",
    relations=(("≤", r"\leq"), ("≥", r"\geq"), ("≈", r"\approx"), ("→", r"\to"), ("∘", r"\circ"), ("×", r"\times")),
    letter=_tex_letter,
    word=_tex_word,
    function=_tex_function,
    sentence=tex,
    inline=("$", "$"),
    raised=True,
)
"""Mathematics of LaTeX with amsmath; sentences with it between dollars."""


def _element(name: str, text: str) -> str:
    return f"<{name}>{html.escape(text)}</{name}>"


def _math_word(text: str) -> str:
    return _element("mtext", text.replace(" ", "\N{NO-BREAK SPACE}"))


def _math_letter(name: str) -> str:
    base, _, index = name.partition("_")
    if not base.isalpha():
        return _math_word(name)
    return f"<msub>{_element('mi', base)}{_element('mi', index)}</msub>" if index else _element("mi", base)


MATHML = Notation(
    plus="<mo>+</mo>",
    minus="<mo>−</mo>",
    sign='<mo form="prefix">−</mo>',
    negative='<mo form="prefix">−</mo>',
    times="<mo>·</mo>",
    comma="<mo>,</mo>",
    fraction=("<mfrac><mrow>", "</mrow><mrow>", "</mrow></mfrac>"),
    power=("<msup><mrow>", "</mrow><mrow>", "</mrow></msup>"),
    square_root=("<msqrt>", "</msqrt>"),
    higher_root=("<mroot><mrow>", "</mrow><mrow>", "</mrow></mroot>"),
    root_first=False,
    digits=("<mn>", "</mn>"),
    brackets=("<mrow><mo>(</mo>", "<mo>)</mo></mrow>"),
    low_brackets=('<mrow><mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo></mrow>'),
    floor=("<mrow><mo>⌊</mo>", "<mo>⌋</mo></mrow>"),
    ceil=("<mrow><mo>⌈</mo>", "<mo>⌉</mo></mrow>"),
    bars=("<mrow><mo>|</mo>", "<mo>|</mo></mrow>"),
    space="\N{NARROW NO-BREAK SPACE}",
    relations=tuple((sign, _element("mo", sign)) for sign in "=<≤≥≈→∘"),
    letter=_math_letter,
    word=_math_word,
    function=lambda name: _element("mi", name),
    sentence=html.escape,
    inline=("<math>", "</math>"),
    raised=True,
)
"""MathML Core; sentences are HTML in which every expression is a `math` element of its own."""
