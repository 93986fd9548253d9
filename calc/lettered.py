"""The question behind `cnncalc shape` with letters in it: the size rule of a layer as a formula, in any direction.

Letters stand for whole numbers. Forward the floor is brought into its simplest form; backwards the equation is solved
line by line, as `isolate` does it with numbers, and what must hold for the letters is said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from calc.algebra import ALWAYS, NEVER, Floored, Letters, every, small
from calc.algebra import Step as Worked
from calc.axis import HYPER
from calc.derivation import Chain, Derivation, Given, Line, Link, Note, Sign, Solve, Step, Text
from calc.dialects import Claim
from calc.errors import Impossible, listed, printable
from calc.expr import Expr, Num, Number, Op, Sym, num, parse
from calc.layers.base import OUT, Layer
from calc.layers.conv import Conv, Conv2d
from calc.layers.transposed import ConvTranspose, ConvTranspose2d
from calc.question import Mistaken, Question
from calc.rules import LETTER, LOWEST, MEANING, NAMES, NEUTRAL, WORDS, Name

LAYERS: dict[Expr, type[Layer]] = {Conv.size: Conv2d, ConvTranspose.size: ConvTranspose2d}

LONGEST_WORD = 100
MOST_TERMS, MOST_FACTORS = 12, 3
"""How large a word may be multiplied out: its terms, and the letters of a product."""

TYPICAL = {"in": 7, "out": 4, "kernel": 3, "stride": 2, "padding": 1, "dilation": 2, "output_padding": 1}
"""Small numbers from which examples are sought."""
TRIED = 400
CLAIMED = 5
"""Examples that another is asked about."""


class Solved(NamedTuple):
    """The worked step, the first and the last number that the unknown may be (None: without end), what must hold.

    `parity` is the condition that the answer be whole. `zeros` are all the padded zeros, where only an even number of
    them can be equal on both sides.
    """

    step: Step
    first: Expr
    last: Expr | None
    conditions: tuple[Expr, ...]
    parity: Expr = ALWAYS
    zeros: Any = None
    notes: tuple[Text, ...] = ()


class Working:
    """The lines of an equation as it is solved, each with what was done."""

    def __init__(self, letters: Letters, unknown: Sym) -> None:
        self.letters, self.unknown = letters, unknown
        self.lines: list[Line] = []

    def add(self, why: str, *parts: Any, signs: tuple[Sign, ...] = ("=",)) -> None:
        """A line of expressions, or values of sympy, with signs between."""
        written = tuple(part if isinstance(part, Num | Sym | Op) else self.letters.written(part) for part in parts)
        if not self.lines or self.lines[-1].parts != written:
            self.lines.append(Line(written, signs, why))

    def whole(self, first: Expr, last: Expr | None) -> Solve:
        """The lines, after them that the unknown is one of these whole numbers."""
        if last is None:
            self.add("the whole numbers", first, self.unknown, signs=("≤",))
        elif first == last:
            self.add("the whole number", self.unknown, first)
        else:
            self.add("the whole numbers", first, self.unknown, last, signs=("≤", "≤"))
        return Solve(self.unknown.name, tuple(self.lines))


@dataclass(frozen=True)
class Lettered(Question):
    """Which `unknown` makes `law` true, with letters in what is `given`.

    What is neither given nor unknown has its neutral value: stride 1, padding 0, dilation 1, output padding 0. `same`
    records that the output was asked to be the input's size.
    """

    given: tuple[tuple[Name, Expr], ...]
    unknown: Name
    same: bool = False
    law: Expr = Conv.size

    @cached_property
    def known(self) -> dict[Name, Expr]:
        """Every number of the law but the unknown."""
        said = dict(self.given)
        there = [name for name in NAMES if LETTER[name] in self.law.free | {OUT.name} and name != self.unknown]
        return {name: said[name] if name in said else Num(NEUTRAL[name]) for name in there}

    @cached_property
    def symbol(self) -> Sym:
        """The letter of the unknown: a capital where the others are, none that stands for something else."""
        taken = frozenset[str]().union(*(word.free for _, word in self.given))
        letter = LETTER[self.unknown]
        capitals = all(name[0].isupper() for name in taken) and len(letter) == 1
        names = (letter.upper(), letter) if capitals else (letter, letter.upper())
        return Sym(next((name for name in names if name not in taken), self.unknown.replace(" ", "_")))

    @cached_property
    def letters(self) -> Letters:
        """What the letters stand for: 1 or more, 0 or more where one is only a padding."""
        least: dict[str, int] = {}
        for name, word in self.given:
            for letter in sorted(word.free):
                own = LOWEST[name] if word == Sym(letter) else 1
                least[letter] = max(own, least.get(letter, 0))
        first = frozenset[str]().union(*(dict(self.given).get(n, Num(0)).free for n in ("stride", "dilation")))
        least[self.symbol.name] = LOWEST[self.unknown]
        plain = Letters(least, tuple(sorted(first)))
        return replace(plain, sample=next(self._small(self._words(plain)), {}))

    @property
    def named(self) -> tuple[str, ...]:
        """The letters that were given."""
        return tuple(letter for letter in self.letters.least if letter != self.symbol.name)

    @cached_property
    def put_in(self) -> Mapping[str, Expr]:
        """What stands for each letter of the law."""
        return {LETTER[name]: word for name, word in self.known.items()} | {LETTER[self.unknown]: self.symbol}

    @cached_property
    def whole_words(self) -> tuple[Expr, ...]:
        """What must hold that every given word is a number such as it has to be."""
        return self._words(self.letters)

    def _words(self, letters: Letters) -> tuple[Expr, ...]:
        conditions: list[Expr] = []
        for name, word in self.given:
            value = word.to_sympy()
            own = letters.whole(value), letters.at_least(value, LOWEST[name])
            if NEVER in own:
                fault = "a whole number" if own[0] == NEVER else f"at least {LOWEST[name]}"
                raise Impossible(f"the {MEANING[name]} is never {fault}, whatever the letters of --{name} are")
            conditions += own
        return every(conditions)

    @cached_property
    def solved(self) -> Solved:
        return self._forward(self.law) if self.unknown == "out" else self._inverse()

    @cached_property
    def conditions(self) -> tuple[Expr, ...]:
        """What must hold for the letters."""
        return every((*self.solved.conditions, self.solved.parity, *self.whole_words))

    @property
    def answer(self) -> dict[str, Any]:
        """The unknown as a formula, [first, last] where several numbers do it, and what must hold for the letters."""
        solved = self.solved
        if solved.parity == NEVER:
            return {self.unknown: None}
        first, last = (end if end is None else _datum(end) for end in (solved.first, solved.last))
        value = first if first == last else [first, last]
        told = self.conditions
        return {self.unknown: value} | ({"condition": Op("and", told) if len(told) > 1 else told[0]} if told else {})

    def refuse(self) -> None:
        """`Impossible` if nothing does it, whatever the letters are."""
        rest = every((*self.solved.conditions, *self.whole_words))
        if NEVER in rest and self.unknown == "out":
            raise Impossible("the kernel never fits the padded input, whatever the letters are: it covers more cells")
        if NEVER in rest or (self.solved.parity == NEVER and self.solved.zeros is None):
            why = f"it would have to be below {LOWEST[self.unknown]}" if NEVER in rest else "it would not be whole"
            raise Impossible(f"no {WORDS[self.unknown]} does it, whatever the letters are: {why}")

    def derivation(self) -> Derivation:
        steps = (*self._assumptions(), *self._given(), self.solved.step, *self._examples(), *self._notes())
        return Derivation(self._title(), steps, self._headline(), self.answer, (), self.data())

    def mistaken(self) -> tuple[Mistaken, ...]:
        if self.unknown != "out" or self.law not in LAYERS:
            return ()
        samples = list(islice(self.samples(), 4))
        right = self.law.put(self.put_in)
        wrong = [m for m in LAYERS[self.law].misconceptions() if m.about == "size"]
        return tuple(
            Mistaken(m.name, m.why, {"out": _datum(m.rule.put(self.put_in).tidy())})
            for m in wrong
            if any(m.rule.put(self.put_in).value(env) != right.value(env) for env in samples)
        )

    def data(self) -> dict[str, Any]:
        said = {name: _datum(word) for name, word in self.given}
        return {"asks": "shape", "unknown": self.unknown, "same": self.same, "letters": list(self.named)} | said

    def samples(self) -> Iterator[dict[str, int]]:
        """Small numbers for the letters, such that all conditions hold and something does it."""
        return (env for env in self._small(self.conditions) if self.numbers(env))

    def _small(self, conditions: tuple[Expr, ...]) -> Iterator[dict[str, int]]:
        starts: dict[str, int] = {}
        for name, word in self.given:
            for letter in sorted(word.free):
                starts.setdefault(letter, TYPICAL[name])
        largest = max(int(abs(number)) for _, word in self.given for number in (0, *_numbers(word)))
        for above in dict.fromkeys((0, largest)):
            for env in small({name: start + above for name, start in starts.items()}, TRIED):
                if all(condition.value(env) for condition in conditions):
                    yield env

    def claims(self) -> Iterator[Claim]:
        """What the answer says for small numbers in the place of the letters."""
        for env in islice(self.samples(), CLAIMED):
            for number in self.numbers(env):
                values: dict[Name, Number] = {name: word.value(env) for name, word in self.known.items()}
                values[self.unknown] = number
                padding = int(values["padding"])
                yield Claim(values, (padding, padding))

    def numbers(self, env: Mapping[str, int]) -> tuple[int, ...]:
        """The first and the last number that the unknown may be, with numbers for the letters."""
        first = max(int(self.solved.first.value(env)), LOWEST[self.unknown])
        last = first if self.solved.last is None else int(self.solved.last.value(env))
        return () if last < first else (first,) if last == first else (first, last)

    def _forward(self, law: Expr) -> Solved:
        """The law with what is given in it, in its simplest form."""
        put = law.put(self.put_in)
        rounding = _rounding(put)
        if rounding is None:
            value = put.to_sympy()
            floored = Floored((Worked(self.letters.written(value), "collect"),))
            fits = self.letters.at_least(value, LOWEST["out"])
        else:
            room, stride, plus = rounding
            floored = self.letters.floored(room.expand(), stride, plus)
            fits = self.letters.at_least(room, 0)
        links = [Link(law, "law"), Link(put, "put in"), *(Link(expression, why) for expression, why in floored.steps)]
        kept = tuple(x for i, x in enumerate(links) if i == 0 or x.expression != links[i - 1].expression)
        out = kept[-1].expression
        notes: tuple[Text, ...] = ((out, " is also ", floored.also, "."),) if floored.also else ()
        return Solved(Chain((OUT,), kept), out, out, (fits,), notes=notes)

    def _inverse(self) -> Solved:
        """The equation solved for the unknown, line by line."""
        put = self.law.put(self.put_in)
        rounding = _rounding(put)
        room, stride, plus = rounding or (put.to_sympy(), None, 0)
        working = Working(self.letters, self.symbol)
        working.add("law", OUT, self.law)
        working.add("put in", self.known["out"], put)
        out, unknown = self.known["out"].to_sympy(), self.symbol.to_sympy()
        if stride == unknown:
            return self._stride(working, room.expand(), out - plus)
        slope, rest = room.expand().coeff(unknown, 1), room.expand().coeff(unknown, 0)
        if slope == 0:
            raise Impossible(f"the {WORDS[self.unknown]} cannot be found: every one gives the same output")
        if stride in (None, 1):
            return self._exact(working, out, slope, rest + plus)
        return self._range(working, out - plus, slope, rest, stride)

    def _sign(self, slope: Any) -> int:
        """Whether the unknown counts up or down, where the letters are such numbers as they may be."""
        return 1 if slope.subs({s: self.letters.sample.get(s.name, 2) for s in slope.free_symbols}) >= 0 else -1

    def _exact(self, working: Working, out: Any, slope: Any, rest: Any) -> Solved:
        """out = slope·x + rest: one number, where it is whole."""
        x, sign = self.symbol.to_sympy(), self._sign(slope)
        over, by = (sign * (out - rest)).expand(), sign * slope
        working.add("collect", out, slope * x + rest)
        working.add(_done("{} to one side", self.letters.written(by * x)), by * x, over)
        working.add(_done("divide by {}", self.letters.written(by)), x, over / by)
        value = self.letters.written(over / by)
        conditions = (self.letters.at_least(over / by, LOWEST[self.unknown]), self.letters.at_least(by, 1))
        parity = self.letters.whole(over / by)
        zeros = over if self.unknown == "padding" and slope == 2 and parity != ALWAYS else None
        return Solved(Solve(self.symbol.name, tuple(working.lines)), value, value, conditions, parity, zeros)

    def _range(self, working: Working, steps: Any, slope: Any, rest: Any, stride: Any) -> Solved:
        """steps = ⌊(slope·x + rest)/stride⌋: the numbers that the floor allows."""
        x, sign = self.symbol.to_sympy(), self._sign(slope)
        by, moves = sign * slope, self.letters.written(slope * x + rest) / self.letters.written(stride)
        low, high = (stride * steps).expand(), (stride * steps + stride).expand()
        working.add("collect", steps + 1, Op("floor", (moves,)) + 1)
        working.add("subtract 1", steps, Op("floor", (moves,)))
        working.add("the floor allows", steps, moves, steps + 1, signs=("≤", "<"))
        working.add(
            _done("multiply by {}", self.letters.written(stride)), low, slope * x + rest, high, signs=("≤", "<")
        )
        ends = (low - rest, high - rest) if sign > 0 else (rest - high, rest - low)
        signs: tuple[Sign, ...] = ("≤", "<") if sign > 0 else ("<", "≤")
        working.add(_done("{} to one side", self.letters.written(by * x)), ends[0], by * x, ends[1], signs=signs)
        working.add(_done("divide by {}", self.letters.written(by)), ends[0] / by, x, ends[1] / by, signs=signs)
        before, most = (end - int(sign > 0) for end in ends)
        first, last = self.letters.simplest(before, by, 1), self.letters.simplest(most, by)
        enough = self.letters.at_least(most / by, LOWEST[self.unknown]), self.letters.at_least(by, 1)
        sure = self.letters.at_least(stride - by, 0) == ALWAYS
        above = first == last or self.letters.at_least(before / by, LOWEST[self.unknown] - 1) == ALWAYS
        notes = self._ends(above, sure)
        return Solved(working.whole(first, last), first, last, enough, notes=notes)

    def _stride(self, working: Working, room: Any, steps: Any) -> Solved:
        """steps = ⌊room/x⌋."""
        x = self.symbol
        moves = self.letters.written(room) / x
        working.add("collect", steps + 1, Op("floor", (moves,)) + 1)
        working.add("subtract 1", steps, Op("floor", (moves,)))
        working.add("the floor allows", steps, moves, steps + 1, signs=("≤", "<"))
        fits = self.letters.at_least(room, 0)
        if steps == 0:
            working.add(f"multiply by {x.name}", room, x, signs=("<",))
            first = self.letters.written(room + 1)
            return Solved(working.whole(first, None), first, None, (fits,))
        working.add(f"solve for {x.name}", room / (steps + 1), x, room / steps, signs=("<", "≤"))
        first, last = self.letters.simplest(room, steps + 1, 1), self.letters.simplest(room, steps)
        enough = self.letters.at_least(steps, 1), self.letters.at_least(room / steps, 1)
        notes = self._ends(True, False)
        if enough[0] != ALWAYS:
            notes += (("Where the output is 1, every stride above ", self.letters.written(room), " does it."),)
        return Solved(working.whole(first, last), first, last, enough, notes=notes)

    def _ends(self, all_count: bool, some: bool) -> tuple[Text, ...]:
        """What to know about the ends of a range."""
        least = LOWEST[self.unknown]
        notes: list[Text] = []
        if not all_count:
            notes.append((f"Of these only those from {least} count: the {WORDS[self.unknown]} is at least {least}.",))
        if not some:
            notes.append((f"Where the last of them is below the first, no {WORDS[self.unknown]} does it.",))
        return tuple(notes)

    def _assumptions(self) -> tuple[Note, ...]:
        told = []
        for least in (1, 0):
            names = [letter for letter in self.named if self.letters.least[letter] == least]
            are = "is a whole number" if len(names) == 1 else "are whole numbers"
            told += [f"{listed(names)} {are}, {least} or more"] if names else []
        return (Note("convention", ("; ".join(told) + ".",)),) if told else ()

    def _given(self) -> tuple[Given, ...]:
        facts = [
            (LETTER[name], (word,), MEANING[name]) for name, word in self.known.items() if word != Sym(LETTER[name])
        ]
        return (Given(tuple(facts)),) if facts else ()

    def _examples(self) -> Iterator[Step]:
        """The law with small numbers in it: for two choices of the letters, for both ends of a range."""
        if self.solved.parity == NEVER:
            return
        chosen: list[dict[str, int]] = []
        for env in self.samples():
            if not chosen or self.unknown == "out" or self.numbers(env) != self.numbers(chosen[0]):
                chosen.append(env)
            if len(chosen) == 2 or not env:
                break
        if not chosen:
            yield Note("careful", ("No small numbers for the letters do it.",))
        for env in chosen:
            for x in self.numbers(env):
                put = self.law.put(self.put_in).put({**env, self.symbol.name: x})
                said = [f"{name} = {env[name]}" for name in self.named]
                if self.unknown != "out":
                    said.append(f"{self.symbol.name} = {x}")
                    links = [Link(put), Link(num(put.value()))]
                else:
                    links = [Link(put), Link(self.solved.first.put(env)), Link(num(put.value()))]
                kept = tuple(
                    link for i, link in enumerate(links) if i == 0 or link.expression != links[i - 1].expression
                )
                yield Derivation((f"Try {', '.join(said)}",), (Chain((), kept),))

    def _notes(self) -> Iterator[Note]:
        for text in self.solved.notes:
            yield Note("why" if self.unknown == "out" else "careful", text)
        if self.solved.zeros is not None:
            yield from self._unequal()
        rest = [condition for condition in self.conditions if condition not in (self.solved.parity, NEVER)]
        if rest:
            else_none = "; elsewhere no window fits" if self.unknown == "out" and not self.whole_words else ""
            yield Note("careful", ("This holds where ", *_joined(rest), f"{else_none}."))
        if self.unknown == "output_padding" or "output_padding" in dict(self.given):
            yield Note("convention", ("torch takes an output padding only below the stride or the dilation.",))

    def _unequal(self) -> Iterator[Note]:
        """Where an odd number of zeros is needed in all: their split."""
        zeros, parity = self.solved.zeros, self.solved.parity
        before, after = self.letters.halved(zeros - 1), self.letters.halved(zeros + 1)
        split: Text = (before, " before and ", after, " after do, the larger share after as in torch and Keras.")
        match parity:
            case Op("odd" | "even" as own, (value,)):
                other = "even" if own == "odd" else "odd"
                yield Note("careful", ("Where ", value, f" is {other}, no equal padding does it: ", *split))
            case Num():
                yield Note("careful", ("No equal padding does it, the zeros in all are odd: ", *split))

    def _title(self) -> Text:
        said = dict(self.given)
        match self.unknown:
            case "out":
                return "What comes out of ", said["in"], " with a kernel of ", said["kernel"], "?"
            case "in":
                return "Which input gives ", said["out"], "?"
            case unknown if self.same:
                return f"Which {unknown} keeps a size of ", said["in"], "?"
            case unknown:
                return f"Which {unknown} turns ", said["in"], " into ", said["out"], "?"

    def _headline(self) -> Text:
        solved = self.solved
        if self.unknown == "out":
            return (solved.first,)
        if solved.parity == NEVER:
            return (
                "no equal padding: ",
                self.letters.halved(solved.zeros - 1),
                " and ",
                self.letters.halved(solved.zeros + 1),
            )
        if solved.last is None:
            return solved.first, " ≤ ", self.symbol
        if solved.first != solved.last:
            return self.symbol, " = ", solved.first, " … ", solved.last
        return self.symbol, " = ", solved.first, *((", ", solved.parity) if solved.parity != ALWAYS else ())


def lettered(given: Mapping[Name, str], unknown: Name | None = None, *, law: Expr = Conv.size) -> Lettered:
    """The size rule with letters in it, as a question.

    `given` has words for in, out, kernel, stride, padding, dilation and output padding: numbers, letters, expressions
    such as 2n, n/2 or (K − 1)/2; `same` for out asks for the input's size. The unknown is `out` or `in` where only one
    of them is given, else the first of kernel, padding, stride, dilation, output padding that is missing. Raises
    `Impossible` when nothing or too much is unknown, or no number does it whatever the letters are.
    """
    words = dict(given)
    same = words.get("out") == "same"
    if same:
        if "in" not in words:
            raise Impossible("“--out same” needs the input size: add --in")
        words["out"] = words["in"]
    said = {name: _word(name, words[name]) for name in NAMES if name in words}
    strange = [name for name in said if LETTER[name] not in law.free | {OUT.name}]
    if strange:
        raise Impossible(f"this layer has no {WORDS[strange[0]]}: leave out --{strange[0].replace('_', '-')}")
    question = Lettered(tuple(said.items()), _unknown(said, unknown, law), same, law)
    question.refuse()
    return question


def _unknown(said: Mapping[Name, Expr], asked: Name | None, law: Expr) -> Name:
    missing = [name for name in NAMES if name not in said and LETTER[name] in law.free | {OUT.name}]
    if "in" in missing and "out" in missing:
        raise Impossible("neither the input nor the output size is given: add --in, --out or both")
    if not missing or (asked and asked not in missing):
        raise Impossible("nothing is unknown: leave out the number you look for")
    order: tuple[Name, ...] = ("out", "in", *HYPER)
    unknown = next(name for name in order if name in missing) if asked is None else asked
    needed = [name for name in ("in", "out", "kernel") if name in missing and name != unknown]
    if needed:
        raise Impossible(f"two numbers are unknown, the {WORDS[unknown]} and the {WORDS[needed[0]]}: add --{needed[0]}")
    return unknown


def _rounding(put: Expr) -> tuple[Any, Any, int] | None:
    """(room, stride, plus) of ⌊room/stride⌋ + plus; None where nothing is rounded."""
    match put:
        case Op("+", (inner, Num(int(plus)))):
            pass
        case _:
            inner, plus = put, 0
    match inner:
        case Op("floor", (Op("/", (room, stride)),)):
            return room.to_sympy(), stride.to_sympy(), plus
        case Op("ceil", (Op("/", (room, stride)),)):
            return (room + stride - 1).to_sympy(), stride.to_sympy(), plus
    return None


def _word(name: str, text: str) -> Expr:
    """A number, a letter, or an expression of them, read and never evaluated."""
    option = f"--{name.replace(' ', '-')} “{printable(text, 30)}”"
    if len(text) > LONGEST_WORD:
        raise Impossible(
            f"{option} has {len(text)} characters, more than the {LONGEST_WORD} that are read with letters"
        )
    if re.search(r"[^\W_]\s*(×|x(?=\s*[^\W_]))", text):
        raise Impossible(f"{option} has several axes: with letters one axis is worked, so ask for each by itself")
    try:
        word = parse(text)
    except Impossible:
        word = None
    if word is None or not _plain(word) or re.search(r"\d[eE]\d", text):
        raise Impossible(
            f"{option} is not made of whole numbers, letters, + − · / and brackets, such as n, 2n or (k − 1)/2"
        )
    for letter in sorted(word.free):
        if not re.fullmatch(r"[^\W\d_](\d{1,3}|_[^\W_]{1,8})?", letter):
            raise Impossible(
                f"{option} is neither a number nor a formula of single letters: write 32, or one letter, with an index if need be (n, n1, h_in), and products with a sign (2·n·m)"
            )
    terms, factors = _extent(word)
    if terms > MOST_TERMS or factors > MOST_FACTORS:
        raise Impossible(
            f"{option} is too long when multiplied out: at most {MOST_TERMS} terms of {MOST_FACTORS} letters each"
        )
    return word


def _plain(word: Expr) -> bool:
    """Whether only sums, products, and quotients by numbers and letters stand in it."""
    match word:
        case Op("/", (top, bottom)):
            return _plain(top) and _plain(bottom) and bottom != Num(0) and _extent(bottom)[0] == 1
        case Op("+" | "*" | "neg", args):
            return all(map(_plain, args))
        case Op():
            return False
    return True


def _extent(word: Expr) -> tuple[int, int]:
    """At most how many terms a word has when it is multiplied out, and how many letters each."""
    match word:
        case Num():
            return 1, 0
        case Sym():
            return 1, 1
        case Op("+" | "neg", args):
            parts = [_extent(a) for a in args]
            return sum(terms for terms, _ in parts), max(factors for _, factors in parts)
        case Op(_, args):
            parts = [_extent(a) for a in args]
            return math.prod(terms for terms, _ in parts), sum(factors for _, factors in parts)
    raise TypeError(word)


def _datum(word: Expr) -> Expr | Number:
    """A number as a number, among formulas."""
    return word.number if isinstance(word, Num) else word


def _numbers(word: Expr) -> Iterator[int]:
    match word:
        case Num(number):
            yield int(number)
        case Op(_, args):
            for a in args:
                yield from _numbers(a)


def _done(what: str, by: Expr) -> str:
    """What was done to both sides, by a number or by a letter with its factor."""
    match by:
        case Num(number):
            return what.format(number)
        case Sym(name):
            return what.format(name)
        case Op("*", (Num(number), Sym(name))):
            return what.format(f"{number}{name}")
        case Op("*", (Sym(first), Sym(second))):
            return what.format(f"{first}·{second}")
    return what.format("the unknown" if "side" in what else "its factor")


def _joined(conditions: list[Expr]) -> Text:
    parts: list[str | Expr] = []
    for i, condition in enumerate(conditions):
        parts.append("" if i == 0 else " and " if i == len(conditions) - 1 else ", ")
        match condition:
            case Op("even" | "odd" as parity, (value,)):
                parts += [value, f" is {parity}"]
            case Op("multiple", (value, of)):
                parts += [value, " is a multiple of ", of]
            case _:
                parts.append(condition)
    return tuple(parts)
