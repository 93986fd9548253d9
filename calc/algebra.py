"""Algebra with letters that stand for whole numbers: sympy computes, what is written is ordered for a reader.

A value of sympy is a quotient of polynomials. A condition on letters is an expression too: n ≥ 3, K odd.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import gcd
from typing import Any, NamedTuple

from calc.expr import Expr, Num, Op, Sym, ceil, floor, num, product, total

ALWAYS, NEVER = Num(1), Num(0)
"""Conditions that hold whatever the letters are, and for none."""


class Step(NamedTuple):
    """An expression, and why it equals the one before."""

    expression: Expr
    why: str


class Floored(NamedTuple):
    """What a floor simplifies to, the simplest form last, and another form with the letters alone under the floor."""

    steps: tuple[Step, ...]
    also: Expr | None = None

    @property
    def simplest(self) -> Expr:
        return self.steps[-1].expression


@dataclass(frozen=True)
class Letters:
    """The least number that each letter stands for, in the order in which letters are written.

    `first` are the letters that stand first in a product: s·(m − 1). `sample` are numbers that the letters may stand
    for; divisors are above 0 there.
    """

    least: Mapping[str, int]
    first: tuple[str, ...] = ()
    sample: Mapping[str, int] = field(default_factory=dict)

    def written(self, value: Any) -> Expr:
        """A quotient of polynomials: products before single letters, what is taken off last, then the number."""
        top, bottom = self.lowest_terms(value)
        if top != 0 and all(coefficient < 0 for _, coefficient in _terms(top)):
            return -self.written(-value)
        upper = self._polynomial(top)
        if bottom == 1:
            return upper
        match upper:
            case Op("neg", (inner,)):
                return -(inner / self._polynomial(bottom))
        return upper / self._polynomial(bottom)

    def lowest_terms(self, value: Any) -> tuple[Any, Any]:
        """Top and bottom without common factors: polynomials with whole coefficients, the bottom above 0."""
        import sympy

        value = sympy.expand(value)
        if value.is_polynomial() and all(c.is_Integer for c in value.as_coefficients_dict().values()):
            return value, sympy.S.One
        top, bottom = sympy.fraction(sympy.together(sympy.cancel(value)))
        top, bottom = sympy.expand(top), sympy.expand(bottom)
        below = bottom.subs({s: self.sample.get(s.name, self.least[s.name] + 1) for s in bottom.free_symbols}) < 0
        return (-top, -bottom) if below else (top, bottom)

    def halved(self, value: Any) -> Expr:
        """Half of it, the number apart: K/2 − 1."""
        number, lettered = _apart(self.lowest_terms(value)[0])
        if number % 2 or lettered == 0 or self.lowest_terms(value)[1] != 1:
            return self.written(value / 2)
        return self.written(lettered / 2) + num(number // 2) if number else self.written(lettered / 2)

    def whole(self, value: Any) -> Expr:
        """The condition that a value is a whole number."""
        top, bottom = self.lowest_terms(value)
        if bottom == 1:
            return ALWAYS
        if not bottom.is_Integer:
            return Op("multiple", (self.written(top), self.written(bottom)))
        by = int(bottom)
        number, lettered = _apart(top)
        rest = {powers: c for powers, c in _terms(lettered) if c % by}
        if number % gcd(by, *rest.values()):
            return NEVER
        if by > 2:
            return Op("multiple", (self.written(top), num(by)))
        alone = next(iter(rest)) if len(rest) == 1 else ()
        inner: Expr = Sym(alone[0][0]) if len(alone) == 1 else self.written(lettered)
        return Op("odd" if number % 2 else "even", (inner,))

    def at_least(self, value: Any, least: int) -> Expr:
        """The condition that a value is at least that; the bottom of a quotient is taken to be above 0."""
        import sympy

        top, bottom = self.lowest_terms(value)
        over = sympy.expand(top - least * bottom)
        coefficients = [c for _, c in _terms(self._from_least(over))]
        if all(c >= 0 for c in coefficients):
            return ALWAYS
        number, lettered = _apart(over)
        terms = _terms(lettered)
        if all(c <= 0 for c in coefficients) and _apart(self._from_least(over))[0] < 0:
            return NEVER
        common = gcd(*(c for _, c in terms))
        number, lettered = number // common, sympy.expand(lettered / common)
        more = _sum((powers, c) for powers, c in _terms(lettered) if c > 0)
        less = _sum((powers, -c) for powers, c in _terms(lettered) if c < 0)
        if more == 0:
            return Op("≤", (self.written(less), num(number)))
        if less == 0:
            return Op("≥", (self.written(more), num(-number)))
        return Op("≥", (self.written(more + max(number, 0)), self.written(less + max(-number, 0))))

    def floored(self, over: Any, under: Any, plus: int = 0) -> Floored:
        """⌊over/under⌋ + plus and what it simplifies to."""
        import sympy

        whole = sympy.Integer(plus)
        top, bottom = self.lowest_terms(over / under)
        plain = self.lowest_terms(over)[1] == 1 == self.lowest_terms(under)[1]
        steps = [Step(self._floor(*((over, under) if plain else (top, bottom)), whole), "collect")]
        if bottom == 1 or under == 1:
            return Floored((*steps, Step(self.written(over / under + whole), "whole, so no rest")))
        steps.append(Step(self._floor(top, bottom, whole), "in lowest terms"))
        number, lettered = _apart(top)
        out = (
            sum(
                (term for term in sympy.Add.make_args(lettered) if self.lowest_terms(term / bottom)[1] == 1),
                sympy.S.Zero,
            )
            / bottom
        )
        if out != 0:
            top, whole = sympy.expand(top - out * bottom), sympy.expand(whole + out)
            steps.append(Step(self._floor(top, bottom, whole), "whole parts come out"))
            number, lettered = _apart(top)
        if bottom.is_Integer and lettered != 0:
            common = gcd(int(bottom), *(c for _, c in _terms(lettered)))
            if common > 1:
                number, lettered, bottom = number // common, sympy.expand(lettered / common), bottom / common
                top = lettered + number
                why = f"⌊x/{bottom * common}⌋ = ⌊⌊x/{common}⌋/{bottom}⌋"
                steps.append(Step(self._floor(top, bottom, whole), why))
        simplest, also = self._simplest(top, bottom, whole)
        steps.append(simplest)
        kept = (step for i, step in enumerate(steps) if i == 0 or step.expression != steps[i - 1].expression)
        return Floored(tuple(kept), also)

    def simplest(self, over: Any, under: Any, plus: int = 0) -> Expr:
        """⌊over/under⌋ + plus in its simplest form."""
        return self.floored(over, under, plus).simplest

    def _simplest(self, top: Any, bottom: Any, whole: Any) -> tuple[Step, Expr | None]:
        """Of the forms with a floor or a ceiling the one with the fewest numbers, those within rather than after."""
        if top == 0:
            return Step(self.written(whole), "whole, so no rest"), None
        (inner, lettered), (after, letters) = _apart(top), _apart(whole)
        forms = [(inner, after, False)]
        if self.at_least(bottom, 1) == ALWAYS:
            forms.append((inner + 1, after - 1, True))
        if bottom.is_Integer:
            by = int(bottom)
            shifts = [(c, w, up, by_) for c, w, up in forms for by_ in (w, -(c // by))]
            forms += [(c + shift * by, w - shift, up) for c, w, up, shift in shifts]
        inside = bool(bottom.is_Integer)
        number, rest, up = min(forms, key=lambda f: (bool(f[0]) + bool(f[1]), inside and f[1] != 0, f[2]))
        why = "⌊(x − 1)/y⌋ + 1 = ⌈x/y⌉" if up else "" if (number, rest) == (inner, after) else "into the floor"
        if lettered + number == 0:
            return Step(self.written(letters + rest), why), None
        bare = next((form for form in forms if number and form[0] == 0 and lettered != 0), None)
        also = bare and self._floor(lettered, bottom, letters + bare[1], up=bare[2])
        return Step(self._floor(lettered + number, bottom, letters + rest, up=up), why), also

    def _floor(self, top: Any, bottom: Any, whole: Any, *, up: bool = False) -> Expr:
        """⌊top/bottom⌋ + whole as it stands, ⌈…⌉ if `up`; a negative one as what is taken off."""
        sign = ceil if up else floor
        over = self._polynomial(top)
        negative = all(c < 0 for _, c in _terms(top)) or (isinstance(over, Op) and over.op == "neg")
        if negative:
            sign, over = (floor if up else ceil), self._polynomial(-top)
        part = sign(over if bottom == 1 else over / self._polynomial(bottom))
        if whole == 0:
            return -part if negative else part
        return self.written(whole) - part if negative else part + self.written(whole)

    def _from_least(self, value: Any) -> Any:
        """The polynomial in how far each letter is above its least."""
        import sympy

        return sympy.expand(value.subs({s: s + self.least[s.name] for s in value.free_symbols}, simultaneous=True))

    def _polynomial(self, value: Any) -> Expr:
        import sympy

        if all(sum(power for _, power in powers) < 2 for powers, _ in _terms(value)):
            return self._terms_written(value)
        number, factors = sympy.factor_list(value)
        if sum(power for _, power in factors) > 1:
            parts = sorted(((self._terms_written(base), power) for base, power in factors), key=self._in_product)
            written = tuple(base if power == 1 else base ** int(power) for base, power in parts)
            factor = product((*(() if abs(number) == 1 else (num(int(abs(number))),)), *written))
            return -factor if number < 0 else factor
        return self._terms_written(value)

    def _in_product(self, factor: tuple[Expr, int]) -> tuple[bool, bool, int]:
        letter = factor[0].name if isinstance(factor[0], Sym) else ""
        return not letter, letter not in self.first, self._rank(letter)

    def _rank(self, letter: str) -> int:
        return list(self.least).index(letter) if letter in self.least else len(self.least)

    def _terms_written(self, value: Any) -> Expr:
        """A sum: what is added, what is taken off, the number."""
        import sympy

        number, lettered = _apart(value)
        parts: list[tuple[tuple[bool, bool, int], Expr]] = []
        shared = self._shared(lettered)
        if shared is not None:
            inside = _sum((p, c) for p, c in _terms(lettered) if shared.name in dict(p)) / shared
            lettered = sympy.expand(lettered - shared * inside)
            off = _leading(sympy.expand(inside)) < 0
            group = Sym(shared.name) * self._terms_written(sympy.expand(-inside if off else inside))
            parts.append(((off, False, 0), -group if off else group))
        for powers, c in _terms(lettered):
            letters = sorted(powers, key=lambda p: self._in_product((Sym(p[0]), 1)))
            factors = tuple(Sym(name) if power == 1 else Sym(name) ** power for name, power in letters)
            term = product((*(() if abs(c) == 1 else (num(abs(c)),)), *factors))
            several = sum(power for _, power in powers) > 1
            rank = min(self._rank(name) for name, _ in powers)
            parts.append(((c < 0, not several, rank), -term if c < 0 else term))
        ordered = [part for _, part in sorted(parts, key=lambda pair: pair[0])]
        if number:
            leads = bool(parts) and number > 0 and all(key[0] for key, _ in parts)
            ordered.insert(0 if leads else len(ordered), num(number))
        return total(tuple(ordered))

    def _shared(self, value: Any) -> Any:
        """A letter that several terms share, one of them a product: s in s·m − s."""
        terms = [dict(powers) for powers, _ in _terms(value)]
        shares = {
            s: [t for t in terms if s.name in t]
            for s in value.free_symbols
            if any(s.name in t and sum(t.values()) > 1 for t in terms)
        }
        several = [s for s, own in shares.items() if len(own) > 1]
        return min(several, key=lambda s: (s.name not in self.first, self._rank(s.name)), default=None)


def every(conditions: Iterable[Expr]) -> tuple[Expr, ...]:
    """Conditions without repetition and without what always holds; `NEVER` alone if one never does."""
    told = tuple(dict.fromkeys(c for c in conditions if c != ALWAYS))
    return (NEVER,) if NEVER in told else told


Powers = tuple[tuple[str, int], ...]


def _terms(value: Any) -> list[tuple[Powers, int]]:
    """The terms of a polynomial: the letters of each with their powers, and its whole coefficient."""
    import sympy

    letters = sorted(value.free_symbols, key=str)
    if not letters:
        return [((), int(value))] if value != 0 else []
    return [
        (tuple((s.name, int(e)) for s, e in zip(letters, powers, strict=True) if e), int(c))
        for powers, c in sympy.Poly(value, *letters).terms()
    ]


def _sum(terms: Iterable[tuple[Powers, int]]) -> Any:
    import sympy

    made = (c * sympy.prod(sympy.Symbol(name, integer=True) ** power for name, power in powers) for powers, c in terms)
    return sum(made, sympy.S.Zero)


def _leading(value: Any) -> int:
    """The coefficient of the term with most letters, of several the first."""
    return max(_terms(value), key=lambda term: sum(power for _, power in term[0]))[1]


def _apart(value: Any) -> tuple[int, Any]:
    """The number in a polynomial, and the rest."""
    number, rest = value.as_coeff_Add()
    return int(number), rest


def small(starts: Mapping[str, int], most: int) -> Iterator[dict[str, int]]:
    """Numbers for letters, from those to start with upwards, at most so many."""
    names = list(starts)

    def above(letters: int, room: int) -> Iterator[tuple[int, ...]]:
        if letters == 1:
            yield (room,)
            return
        for more in range(room, -1, -1):
            for rest in above(letters - 1, room - more):
                yield more, *rest

    tried = (steps for room in range(most) for steps in above(len(names), room)) if names else iter([()])
    for _, steps in zip(range(most), tried, strict=False):
        yield {name: starts[name] + step for name, step in zip(names, steps, strict=True)}
