"""Solving a formula for one of its letters, as a person does it: one operation peeled off a line.

It needs no rule of its own for any layer: the inverse of `⌊(in + 2p − d·(k − 1) − 1)/s⌋ + 1` in each of its letters
is read off the formula, as long as the unknown stands in it once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from calc.derivation import Line, Sign, Solve
from calc.expr import Expr, Num, Number, Op, Sym, exact, num, total
from calc.stretches import Whole


class Isolated(NamedTuple):
    """The worked lines, the whole solutions, and the bounds in real numbers that led to them."""

    solve: Solve
    whole: Whole
    low: Number | None
    high: Number | None


class _Between(NamedTuple):
    """low ≤ middle < high, each bound absent (None) or with its sign."""

    low: Number | None
    low_sign: Sign
    middle: Expr
    high_sign: Sign
    high: Number | None

    def line(self, why: str) -> Line:
        if self.low is not None and self.low == self.high:
            return Line((num(self.low), self.middle), ("=",), why)
        parts: list[Expr] = [self.middle]
        signs: list[Sign] = []
        if self.low is not None:
            parts.insert(0, num(self.low))
            signs.append(self.low_sign)
        if self.high is not None:
            parts.append(num(self.high))
            signs.append(self.high_sign)
        return Line(tuple(parts), tuple(signs), why)


def isolate(left: Sym, rule: Expr, env: Mapping[str, Number], unknown: str, lowest: int) -> Isolated:
    """Solve left = rule for `unknown`, a whole number of at least `lowest`; `env` gives everything else.

    The unknown stands once in the rule, under + − · / floor and ceil; anything else raises NotImplementedError.
    """
    value = num(env[left.name])
    put = rule.put({name: x for name, x in env.items() if name not in (left.name, unknown)})
    collected = _collect(put, unknown)
    lines = [
        Line((left, rule), ("=",), "law"),
        Line((value, put), ("=",), "put in"),
        Line((value, collected), ("=",), "collect"),
    ]
    state = _Between(value.number, "≤", collected, "≤", value.number)
    while (peeled := _peel(state, unknown)) is not None:
        state, why = peeled
        lines.append(state.line(why))
    lines = [line for i, line in enumerate(lines) if i == 0 or line.parts != lines[i - 1].parts]
    if not state.middle.free:
        whole = Whole(lowest, None) if lines[-1].holds({}) else Whole(lowest, lowest - 1)
    elif state.middle == Sym(unknown):
        whole = _whole(state, lowest)
    else:
        raise NotImplementedError(f"no step solves {state.middle} for {unknown}")
    if not whole.empty:
        said = _said(Sym(unknown), whole)
        lines.append(said if state.middle.free else said._replace(why=f"true for every {unknown}"))
    kept = tuple(line for i, line in enumerate(lines) if i == 0 or line.parts != lines[i - 1].parts)
    return Isolated(Solve(unknown, kept), whole, state.low, state.high)


def _said(unknown: Sym, whole: Whole) -> Line:
    if whole.last is None:
        return Line((Num(whole.first), unknown), ("≤",), "the whole numbers")
    if whole.first == whole.last:
        return Line((unknown, Num(whole.first)), ("=",), "the whole number")
    return Line((Num(whole.first), unknown, Num(whole.last)), ("≤", "≤"), "the whole numbers")


def _whole(state: _Between, lowest: int) -> Whole:
    first, last = lowest, None
    if state.low is not None:
        beyond = math.floor(state.low) + 1 if state.low_sign == "<" else math.ceil(state.low)
        first = max(lowest, beyond)
    if state.high is not None:
        last = math.ceil(state.high) - 1 if state.high_sign == "<" else math.floor(state.high)
    return Whole(first, last)


def _collect(expression: Expr, unknown: str) -> Expr:
    """Every part that is a·x + b with whole a and b written so, everything without the unknown as a number."""
    linear = expression.linear_in(unknown)
    if linear and all(x.denominator == 1 for x in linear):
        slope, constant = linear
        term = Sym(unknown) if abs(slope.numerator) == 1 else num(abs(slope.numerator)) * Sym(unknown)
        if not slope:
            return num(constant)
        if slope < 0:
            return num(constant) - term if constant else -term
        return term + num(constant) if constant else term
    if isinstance(expression, Op):
        return Op(expression.op, tuple(_collect(a, unknown) for a in expression.args)).tidy()
    return expression


def _peel(state: _Between, unknown: str) -> tuple[_Between, str] | None:
    """One operation taken off the middle, and what was done; None when the unknown stands alone."""
    match state.middle:
        case Op("+", args) if sum(unknown in a.free for a in args) < 2:
            rest = total(tuple(a for a in args if unknown not in a.free)).value()
            inner = total(tuple(a for a in args if unknown in a.free))
            return _shift(state, inner, -rest), f"{'subtract' if rest > 0 else 'add'} {abs(rest)}"
        case Op("neg", (inner,)):
            return _scale(state, inner, -1), "multiply by -1"
        case Op("*", (Num(factor), inner) | (inner, Num(factor))):
            return _scale(state, inner, Fraction(1) / factor), f"divide by {factor}"
        case Op("/", (inner, Num(divisor))):
            return _scale(state, inner, divisor), f"multiply by {divisor}"
        case Op("/", (Num(top), Sym())) if top <= 0:
            return _Between(state.low, state.low_sign, num(top), "<", None), f"multiply by {unknown}"
        case Op("/", (Num(top), inner)):
            return _invert(state, inner, top), f"solve for {unknown}"
        case Op("floor", (inner,)) if state.low is not None and state.high is not None:
            high = state.high + 1 if state.low == state.high else state.high
            return _Between(state.low, "≤", inner, "<", high), "the floor allows"
        case Op("ceil", (inner,)) if state.low is not None and state.high is not None:
            low = state.low - 1 if state.low == state.high else state.low
            return _Between(low, "<", inner, "≤", state.high), "the ceiling allows"
    return None


def _shift(state: _Between, inner: Expr, by: Number) -> _Between:
    low = None if state.low is None else exact(state.low + by)
    high = None if state.high is None else exact(state.high + by)
    return _Between(low, state.low_sign, inner, state.high_sign, high)


def _scale(state: _Between, inner: Expr, by: Number) -> _Between:
    low = None if state.low is None else exact(state.low * by)
    high = None if state.high is None else exact(state.high * by)
    if by < 0:
        return _Between(high, state.high_sign, inner, state.low_sign, low)
    return _Between(low, state.low_sign, inner, state.high_sign, high)


def _invert(state: _Between, inner: Expr, top: Number) -> _Between:
    """low ≤ top/x < high with x > 0 becomes top/high < x ≤ top/low."""
    low = None if not state.high else exact(Fraction(top) / state.high)
    high = None if not state.low else exact(Fraction(top) / state.low)
    return _Between(low, state.high_sign, inner, state.low_sign, high)
