"""The values of a constructor's arguments, out of text: numbers, sums of them, words, tuples, and numbers looked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from calc.errors import Impossible
from calc.readers.source import Source

LARGEST = 10**18
"""Numbers that are read, and denominators on the way to them."""

BLANK = re.compile(r"(?:\s|#[^\r\n]*)*")
NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?!\w)")
COMMA = re.compile(",")

_HOLE = re.compile(r"\?")
_OPEN = re.compile(r"[(\[]")
_CLOSE = {"(": re.compile(r"\)"), "[": re.compile(r"\]")}
_STRING = re.compile(r"'[^'\"\\\r\n]{0,40}'|\"[^'\"\\\r\n]{0,40}\"")
_SIGNS = re.compile(r"[-+−](?:\s*[-+−])*")
_PLUS = re.compile(r"[-+−](?!>)")
_TIMES = re.compile(r"//|/|%|\*(?!\*)")
_POWER = re.compile(r"\*\*")
_WORD = re.compile(r"[A-Za-z_]\w*")

CONSTANTS = {"None": None, "True": True, "False": False}
BARE = ("same", "valid", "zeros", "reflect", "replicate", "circular")
"""Words that torch prints without quotes."""


@dataclass(frozen=True)
class Hole:
    """A number looked for: `?`. `name` is the argument it stands in, `place` where in its tuple."""

    name: str
    place: int | None = None


Value: TypeAlias = "int | float | bool | str | Hole | tuple[Value, ...] | None"
Part: TypeAlias = "Fraction | bool | str | Hole | tuple[Part, ...] | None"


def read_value(source: Source, name: str) -> Value:
    """The value of the argument of that name; a number is whole, or the float nearest to it."""
    return _plain(_sum(source), name)


def bounded(source: Source, number: Fraction, at: int) -> Fraction:
    """The number, unless it is too large to be meant."""
    if abs(number.numerator) > LARGEST or number.denominator > LARGEST:
        raise source.fault("there is a number beyond 10^18, or as close to 0", at)
    return number


def literal(source: Source, text: str, at: int) -> Fraction:
    """The number that a match of `NUMBER` spells."""
    if len(text) > 40 or re.search(r"[eE][-+]?[0-9]{4}", text):
        raise source.fault("there is a number beyond 10^18, or as close to 0", at)
    number = Fraction(text)
    if number.denominator > LARGEST and number > Fraction(1, LARGEST):
        number = number.limit_denominator(LARGEST)  # a float with all its digits
    return bounded(source, number, at)


def whole_or_float(number: Fraction) -> int | float:
    return number.numerator if number.denominator == 1 else float(number)


def _plain(part: Part, name: str, place: int | None = None) -> Value:
    match part:
        case Fraction():
            return whole_or_float(part)
        case Hole():
            return Hole(name, place)
        case tuple():
            return tuple(_plain(inner, name, i) for i, inner in enumerate(part))
    return part


def _sum(source: Source) -> Part:
    return _operations(source, _PLUS, _product)


def _product(source: Source) -> Part:
    return _operations(source, _TIMES, _signed)


def _operations(source: Source, sign: re.Pattern[str], operand: Callable[[Source], Part]) -> Part:
    """Operands from left to right with signs of one rank between them."""
    source.take(BLANK)
    start = source.at
    left = operand(source)
    while True:
        source.take(BLANK)
        at = source.at
        op = source.take(sign)
        if not op:
            return left
        left = _worked(source, op, _number(source, left, start), _number(source, operand(source), at + len(op)), at)


def _signed(source: Source) -> Part:
    source.take(BLANK)
    at = source.at
    signs = source.take(_SIGNS)
    value = _power(source)
    if not signs:
        return value
    number = _number(source, value, at)
    return -number if (signs.count("-") + signs.count("−")) % 2 else number


def _power(source: Source) -> Part:
    start = source.at
    base = _atom(source)
    source.take(BLANK)
    at = source.at
    if not source.take(_POWER):
        return base
    with source.nested():
        exponent = _number(source, _signed(source), at + 2)
    return _worked(source, "**", _number(source, base, start), exponent, at)


def _worked(source: Source, op: str, a: Fraction, b: Fraction, at: int) -> Fraction:
    if b == 0 and op in ("/", "//", "%"):
        raise source.fault("a division by zero has no value", at)
    match op:
        case "+":
            result = a + b
        case "-" | "−":
            result = a - b
        case "*":
            result = a * b
        case "/":
            result = a / b
        case "//":
            result = Fraction(a // b)
        case "%":
            result = a % b
        case _:
            if b.denominator != 1 or abs(b) > 64 or (a == 0 and b < 0):
                raise source.fault("a power is that of a whole exponent up to 64", at)
            result = a**b.numerator
    return bounded(source, result, at)


def _number(source: Source, part: Part, at: int) -> Fraction:
    if not isinstance(part, Fraction):
        alone = "a “?” stands alone" if isinstance(part, Hole) else "only numbers are added and multiplied"
        raise source.fault(alone, at)
    return part


def _atom(source: Source) -> Part:
    source.take(BLANK)
    at = source.at
    if number := source.take(NUMBER):
        return literal(source, number, at)
    if source.take(_HOLE):
        return Hole("")
    if bracket := source.take(_OPEN):
        with source.nested():
            return _bracketed(source, bracket, at)
    if string := source.take(_STRING):
        return string[1:-1]
    word = source.take(_WORD)
    if word in CONSTANTS:
        return CONSTANTS[word]
    if word in BARE:
        return word
    source.at = at
    raise source.fault(f"{source.next()} is no value: numbers, words in quotes, True, False, None and tuples are")


def _bracketed(source: Source, bracket: str, at: int) -> Part:
    """What is in brackets: a tuple, or a number in round ones."""
    close = _CLOSE[bracket]
    parts: list[Part] = []
    single = bracket == "("
    while True:
        source.take(BLANK)
        if source.take(close):
            return parts[0] if single and len(parts) == 1 else tuple(parts)
        parts.append(_sum(source))
        if len(parts) > 100:
            raise source.fault("a tuple has up to 100 numbers", at)
        source.take(BLANK)
        if source.take(COMMA):
            single = False
        elif not source.sees(close):
            raise unclosed(source, bracket, at)


def unclosed(source: Source, bracket: str, at: int) -> Impossible:
    """The fault of a bracket that something else follows than a comma or its end."""
    if source.at >= len(source.text):
        return source.fault(f"the bracket “{bracket}” is never closed", at)
    return source.fault(f"a comma or the closing bracket is missing before {source.next()}")
