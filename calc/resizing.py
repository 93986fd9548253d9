"""Sizes that are asked for outright: adaptive pooling, and the factor that scales one size to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any

from calc.derivation import Chain, Derivation, Given, Line, Link, Note, Solve, Step, Table, Text, work
from calc.dialects import Asked, Claim, Dialect, convention, rule_for
from calc.errors import Impossible, printable, times
from calc.expr import Num, Number, Sym, exact, num
from calc.expr import ceil as ceiling
from calc.expr import floor as floored
from calc.layers.base import IN, OUT
from calc.question import Mistaken, Question
from calc.rules import WORDS, Name, Rule
from calc.size_words import Values, Word, option, read, refuse_letters

WRITTEN = 12
"""Windows of an adaptive pooling that are written one by one."""

COUNTED = 10_000
"""Windows up to which the sizes that occur are looked at one by one."""

i = Sym("i")
START = floored(i * IN / OUT)
END = ceiling((i + 1) * IN / OUT)
"""The cells from START up to, but not, END are under window i, counted from 0 (torch's AdaptivePooling.h)."""


@dataclass(frozen=True)
class Adaptive(Question):
    """Which windows an adaptive pooling takes so that `inputs` become `outputs` along each axis."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @cached_property
    def axes(self) -> tuple[tuple[int, int], ...]:
        """(input, output) along each axis; one alone where they are alike."""
        pairs = tuple(zip(self.inputs, self.outputs, strict=True))
        return pairs[:1] if len(set(pairs)) == 1 else pairs

    @property
    def answer(self) -> dict[str, Any]:
        """The output size, and the sizes of the windows."""
        outs = [out for _, out in self.axes]
        windows = [_sizes(n, out) for n, out in self.axes]
        return {
            "out": outs[0] if len(set(outs)) == 1 else outs,
            "windows": windows[0] if len(windows) == 1 else windows,
        }

    @property
    def solutions(self) -> tuple[dict[str, Any], ...]:
        return (self.answer,)

    def claims(self) -> Iterator[Claim]:
        """What the answer says along each axis."""
        for n, out in self.axes:
            yield Claim({"in": n, "out": out}, (0, 0))

    def derivation(self) -> Derivation:
        parts = [_windows(n, out) for n, out in self.axes]
        names = {1: ("",), 2: ("Height", "Width"), 3: ("Depth", "Height", "Width")}[len(parts)]
        steps: tuple[Step, ...] = parts[0]
        if len(parts) > 1:
            steps = tuple(Derivation((name,), part) for name, part in zip(names, parts, strict=True))
        says = "Adaptive pooling as in torch · the output is given, windows of nearly equal size follow from it"
        alike = len(self.axes) == 1
        said = [times(dict.fromkeys(sizes) if alike else sizes) for sizes in (self.inputs, self.outputs)]
        title = f"Which windows make {said[0]} into {said[1]}?"
        outs = [out for _, out in self.axes]
        return Derivation(
            (title,),
            (Note("convention", (says,)), *steps),
            (times(outs * (2 // len(outs)) if len(outs) == 1 and len(self.outputs) > 1 else outs),),
            self.answer,
            self.solutions,
            self.data(),
        )

    def mistaken(self) -> tuple[Mistaken, ...]:
        return ()

    def data(self) -> dict[str, Any]:
        return {
            "asks": "shape",
            "unknown": "windows",
            "kind": "adaptive pooling",
            "in": list(self.inputs),
            "out": list(self.outputs),
        }


def _sizes(n: int, out: int) -> list[int]:
    """The sizes of windows that occur, the smallest first; of very many windows both that can."""
    if out > COUNTED:
        return [n // out] if n % out == 0 else [-(-n // out), -(-n // out) + 1]
    return sorted({-(-(j + 1) * n // out) - j * n // out for j in range(out)})


def _windows(n: int, out: int) -> tuple[Step, ...]:
    """Where each window begins and ends."""
    given = Given((("in", (num(n),), "input size"), ("out", (num(out),), "output size")))
    law = Derivation(
        ("The cells of window i, counted from 0: from one number up to the other",),
        (Chain(("from",), (Link(START),)), Chain(("up to",), (Link(END),))),
    )
    shown = range(out) if out <= WRITTEN else (0, 1, out - 1)
    rows = []
    for j in shown:
        env = {"i": j, "in": n, "out": out}
        first, end = START.put(env), END.put(env)
        cells = int(end.value()) - int(first.value())
        rows.append(((num(j),), (first, " = ", num(first.value())), (end, " = ", num(end.value())), (num(cells),)))
    table = Table((("i",), ("from",), ("up to",), ("cells",)), tuple(rows), (True, False, False, True))
    sizes = _sizes(n, out)
    overlap = "they overlap where the division leaves a rest" if n % out else "they stand side by side"
    said = " or ".join(map(str, sizes))
    more = f"{out - len(shown)} more go the same way. " if out > WRITTEN else ""
    return given, law, table, Note("why", (f"{more}Windows of {said} cells; {overlap}.",))


def adapt(in_: Word, out: Word, wanted: Word, others: Mapping[str, Word], *, alone: bool) -> Adaptive:
    """An adaptive pooling to a size: N, HxW or DxHxW."""
    for name, word in others.items():
        if word is not None:
            raise Impossible(
                f"an adaptive pooling has no {WORDS[name]}: its windows follow from the sizes; leave --{option(name)} out"
            )
    if not alone:
        raise Impossible("--adaptive is a layer of its own: leave --transposed, --pool and --ceil out")
    refuse_letters("an adaptive pooling", (("in", in_), ("adaptive", wanted)))
    if str(wanted).strip() == "?" and in_ is not None and out is not None:
        size = printable(str(out), 30)
        raise Impossible(
            f"an adaptive pooling gives the size that it is told: say --adaptive {size} and leave --out out"
        )
    said, asked = read({"in": in_, "out": wanted})
    if asked or "in" not in said:
        raise Impossible("an adaptive pooling gives any size from any other: give --in N and --adaptive N")
    if out is not None and (str(out).strip() != "?" and read({"out": out, "in": in_}).given["out"] != said["out"]):
        raise Impossible(
            f"an adaptive pooling to {times(said['out'])} gives {times(said['out'])}, not {out}: leave --out out"
        )
    inputs, outputs = (tuple(map(int, said[name])) for name in ("in", "out"))
    return Adaptive(inputs, outputs)


@dataclass(frozen=True)
class Factor(Question):
    """Which factors scale one size to another: those f with ⌊in·f⌋ = out."""

    given: tuple[tuple[Name, Values], ...]
    dialect: Dialect = "torch"

    @cached_property
    def rule(self) -> Rule:
        return rule_for(Asked("up-sampling"), self.dialect)

    @cached_property
    def axes(self) -> tuple[tuple[int, int], ...]:
        """(input, output) along each axis; one alone where they are alike."""
        said = dict(self.given)
        pairs = tuple((int(n), int(out)) for n, out in zip(said["in"], said["out"], strict=True))
        return pairs[:1] if len(set(pairs)) == 1 else pairs

    @cached_property
    def factors(self) -> tuple[Number, ...]:
        return tuple(exact(Fraction(out, n)) for n, out in self.axes)

    @property
    def answer(self) -> dict[str, Any]:
        """out/in along each axis, the smallest factor that does it."""
        said = [_plain(x) for x in self.factors]
        return {"scale": said[0] if len(said) == 1 else said}

    @property
    def solutions(self) -> tuple[dict[str, Any], ...]:
        return (self.answer,)

    def claims(self) -> Iterator[Claim]:
        """What the answer says along each axis."""
        for (n, out), x in zip(self.axes, self.factors, strict=True):
            yield Claim({"in": n, "out": out, "scale": x}, (0, 0))

    def refuse(self) -> None:
        """`Impossible` where the dialect has no such factor."""
        for (n, _), x in zip(self.axes, self.factors, strict=True):
            self.rule.refuse({"in": n, "scale": x})

    def derivation(self) -> Derivation:
        parts = [self._steps(n, out) for n, out in self.axes]
        names = {1: ("",), 2: ("Height", "Width"), 3: ("Depth", "Height", "Width")}[len(parts)]
        steps: tuple[Step, ...] = parts[0]
        if len(parts) > 1:
            steps = tuple(Derivation((name,), part) for name, part in zip(names, parts, strict=True))
        sizes = [times(dict.fromkeys(sizes)) for _, sizes in self.given]
        return Derivation(
            (f"Which scale turns {sizes[0]} into {sizes[1]}?",),
            (Note("convention", (convention(self.rule),)), *steps),
            self._headline(),
            self.answer,
            self.solutions,
            self.data(),
        )

    def _headline(self) -> Text:
        said: list[Any] = []
        for x in self.factors:
            said += [*(" × " if said else ""), num(x)]
        return ("scale ", *said)

    def _steps(self, n: int, out: int) -> tuple[Step, ...]:
        law, f, low, high = self.rule.law, Sym("f"), exact(Fraction(out, n)), exact(Fraction(out + 1, n))
        given = Given((("in", (num(n),), "input size"), ("out", (num(out),), "output size")))
        lines = [Line((OUT, law), ("=",), "law"), Line((Num(out), law.put({"in": n})), ("=",), "put in")]
        if self.dialect == "keras":
            lines.append(Line((f, num(low)), ("=",), f"divide by {n}"))
        else:
            lines += [
                Line((Num(out), n * f, Num(out + 1)), ("≤", "<"), "the floor allows"),
                Line((num(low), f, num(high)), ("≤", "<"), f"divide by {n}"),
            ]
        return (
            given,
            Solve("f", tuple(lines)),
            Derivation((f"Try f = {low}",), (work((OUT,), law, {"in": n, "f": low}),)),
        )

    def mistaken(self) -> tuple[Mistaken, ...]:
        return ()

    def data(self) -> dict[str, Any]:
        said = {name: [*map(int, sizes)] for name, sizes in self.given}
        return {"asks": "shape", "unknown": "scale", "kind": "up-sampling", "dialect": self.dialect} | said


def factor(given: tuple[tuple[Name, Values], ...], dialect: Dialect) -> Factor:
    """The factor from the input size to the output size."""
    if len(given) < 2:
        raise Impossible("the scale can be found when both --in and --out are given")
    question = Factor(given, dialect)
    question.refuse()
    return question


def rounded_by_torch(values: Mapping[Name, Number]) -> int:
    """What torch makes of an input, which it multiplies in float64."""
    return floor(values["in"] * float(values["scale"]))


def _plain(number: Number) -> int | str:
    return number if isinstance(number, int) else f"{number.numerator}/{number.denominator}"
