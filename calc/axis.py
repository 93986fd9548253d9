"""The size question along one axis: solved for the unknown, with the other small layers that do the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import product
from math import ceil, floor
from typing import Any

from calc.derivation import Chain, Derivation, Given, Link, Note, Step, work
from calc.dialects import SAME_ZEROS, TORCH_SAME, TORCH_SAME_ZEROS, ZEROS_NEEDED, zeros
from calc.errors import Impossible, counted, listed
from calc.expr import Expr, Num, Number, num
from calc.isolate import Isolated, isolate
from calc.layers.base import OUT
from calc.layers.conv import Conv
from calc.rules import LETTER, LOWEST, MEANING, NAMES, NEUTRAL, WORDS, Name, Rule
from calc.stretches import Whole

HYPER: tuple[Name, ...] = ("kernel", "padding", "stride", "output_padding", "dilation", "scale")
"""What may be unknown when input and output are given, in the order in which it is taken to be."""

BESIDE = 6
"""How far beside an output that cannot be had others are looked at."""

LISTED = 1_000
"""Solutions listed one by one; a longer range is said by its ends."""


@dataclass(frozen=True)
class Axis:
    """The question along one axis; `known` has what was said, `unknown` is solved for."""

    rule: Rule
    known: dict[Name, Number]
    unknown: Name

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """The numbers of the law."""
        return tuple(name for name in NAMES if name in ("in", "out", *self.rule.hyper))

    def known_or_neutral(self, name: Name) -> int:
        return int(self.known.get(name, NEUTRAL.get(name, 0)))

    def values(self, **put: Number) -> dict[Name, Number]:
        """Every number but the unknown, which `put` may give."""
        said: dict[Any, Number] = {
            name: self.known.get(name, NEUTRAL.get(name, 0)) for name in self.names if name != self.unknown
        }
        return {**said, **put}

    def letters(self, **put: int) -> Mapping[str, Number]:
        """The value of every letter of the law but the unknown's, which `put` may give."""
        return {**{LETTER[name]: value for name, value in self.values().items()}, **put}

    @cached_property
    def law(self) -> Expr:
        return self.rule.law if self.unknown == "padding" else self.rule.law_for(self.known)

    def out_for(self, x: int | None = None) -> int:
        """The output size with `x` for the unknown."""
        put: dict[str, Number] = {} if x is None else {self.unknown: x}
        return self.rule.size({name: value for name, value in self.values(**put).items() if name != "out"})

    @cached_property
    def isolated(self) -> Isolated | None:
        """The equation solved for the unknown, line by line; None where it stands twice, or is the output itself."""
        if self.unknown == "out":
            return None
        try:
            return isolate(OUT, self.law, self.letters(), LETTER[self.unknown], LOWEST[self.unknown])
        except NotImplementedError:
            return None

    @cached_property
    def stretches(self) -> tuple[Whole, ...]:
        """Every number for the unknown that does it."""
        return () if self.unknown == "out" else self.rule.solve(self.values(), self.unknown)

    @property
    def none(self) -> bool:
        """Whether no number does it."""
        return self.unknown != "out" and not self.stretches

    @property
    def count(self) -> int | None:
        """How many numbers do it; None if there is no end of them."""
        return None if any(last is None for _, last in self.stretches) else sum(map(_length, self.stretches))

    @property
    def answer(self) -> dict[str, Any]:
        if self.unknown == "out":
            return {"out": self.out_for()}
        if self.unknown == "in":
            return {"in": self.stretches[0].first}
        return self.layer(self.best(self.stretches[0]) if self.stretches else None)

    def best(self, whole: Whole) -> int:
        """The one of several solutions to name first: a kernel that skips no cell, else the smallest."""
        if self.unknown != "kernel" or "stride" not in self.rule.hyper or self.rule.word:
            return whole.first
        wanted = max(whole.first, _smallest_kernel(self.known_or_neutral("stride"), self.known_or_neutral("dilation")))
        return wanted if whole.last is None else min(wanted, whole.last)

    def layer(self, x: int | None) -> dict[str, Any]:
        return self.rule.layer({**self.known, self.unknown: x})

    def allows(self, layer: Mapping[str, int]) -> bool:
        """Whether a layer has what was said along this axis."""
        return all(self.known.get(name, value) == value for name, value in layer.items() if name in HYPER)

    def does(self, solution: Mapping[str, int]) -> bool:
        """Whether that solution answers this axis too."""
        values = {name: solution.get(name, value) for name, value in self.values(**{self.unknown: 0}).items()}
        return self.rule.legal(values) and self.rule.size(values) == self.known.get("out")

    def answered_by(self, value: Number) -> bool:
        """Whether that number for the unknown is an answer."""
        if self.unknown == "out":
            return value == self.out_for()
        wholes = (w for w in self.stretches if w.first <= value and (w.last is None or value <= w.last))
        return value.denominator == 1 and any(wholes)

    def solutions(self) -> Iterator[dict[str, Any]]:
        """The solutions for the unknown alone, the one to name first first, at most `LISTED` of them."""
        if self.unknown == "out":
            yield self.answer
            return
        numbers: list[int] = []
        for first, last in self.stretches:
            end = first + LISTED - len(numbers) - 1
            numbers += range(first, (end if last is None else min(last, end)) + 1)
        own = [{"in": x} if self.unknown == "in" else self.layer(x) for x in numbers]
        yield from sorted(own, key=lambda solution: solution != self.answer)

    def others(self) -> list[dict[str, int]]:
        """Small convolutions that do it when what was not said may vary: no window may lie in the padding alone.

        The equation is solved once for each stride, for the cells that a kernel without padding covers.
        """
        if self.rule.kind != "convolution" or self.rule.word or not {"in", "out"} <= set(self.known):
            return []
        ranges: dict[Name, Iterable[int]] = {"stride": range(1, 5), "dilation": range(1, 5), "padding": range(9)}
        strides, dilations, paddings = (
            [self.known_or_neutral(name)] if name in self.known else ranges[name]
            for name in ("stride", "dilation", "padding")
        )
        found = []
        for s in strides:
            bare: dict[Name, Number] = {"in": self.known["in"], "out": self.known["out"], "stride": s}
            covers = self.rule.solve(bare, "kernel", 1 - PADDED * max(paddings))
            for (first, last), d, p in product(covers, dilations, paddings):
                least, most = first + PADDED * p, (last or 0) + PADDED * p
                for k in [self.known_or_neutral("kernel")] if "kernel" in self.known else _kernels(least, most, d):
                    reach = cells_covered(k, d)
                    if least <= reach <= most and p < reach and (d == 1 or k > 1):
                        found.append({"kernel": k, "stride": s, "padding": p, "dilation": d})
        return sorted(found, key=_simplicity)

    def refuse(self, *, relaxed: bool) -> None:
        """`Impossible` if there is no answer at all, with why and what is nearest."""
        if self.unknown == "out":
            self.rule.refuse(self.values())
            if self.out_for() < 1:
                raise Impossible(self._why_nothing_comes_out())
            return
        if self.none:
            self.rule.refuse(self.values(), (self.unknown,))
        if self.none and not self.uneven and not relaxed:
            raise Impossible(self._why_none())

    def _why_nothing_comes_out(self) -> str:
        """Why nothing comes out, and which padding and which kernel would do."""
        if self.rule.kind == "up-sampling":
            return f"nothing is left of {self.known['in']} scaled by {self.known['scale']}: the scale is at least 1/{self.known['in']}"
        if self.rule.kind == "transposed convolution":
            return self._why_all_is_cut_off()
        n, k, p, d = (self.known_or_neutral(name) for name in ("in", "kernel", "padding", "dilation"))
        dilated = f" with dilation {d}" if d > 1 else ""
        padded = "no padding" if self.rule.word == "valid" else f"padding {p}"
        return (
            f"a kernel of {k}{dilated} does not fit an input of {n} with {padded}: it covers "
            f"{cells_covered(k, d)} cells and has {n + 2 * p}{self._cures()}"
        )

    def _cures(self) -> str:
        """A clause with the padding and the kernel with which something comes out."""
        cures = []
        n, k, d = (self.known_or_neutral(name) for name in ("in", "kernel", "dilation"))
        needed = ceil(Fraction(cells_covered(k, d) - n, PADDED))
        if "padding" in self.rule.hyper and self.rule.legal(self.values(padding=needed)):
            cures.append(f"pad by at least {needed} on each side")
        fits = self.rule.solve(self.values(out=1), "kernel")
        if fits and fits[-1].last:
            cures.append(f"use a kernel of at most {fits[-1].last}")
        return f"; {', or '.join(cures)}" if cures else ""

    def _why_all_is_cut_off(self) -> str:
        p = self.known_or_neutral("padding")
        whole = self.rule.size({**self.values(), "padding": 0})
        return (
            f"padding {p} cuts {2 * p} cells off an output that has {whole} without it: nothing is left; "
            f"padding is at most {(whole - 1) // 2}"
        )

    @cached_property
    def uneven(self) -> tuple[int, int] | None:
        """Zeros before and after, where only an odd number of zeros in all does it."""
        if self.unknown != "padding" or self.rule.kind != "convolution" or not self.none:
            return None
        needed = int(ZEROS_NEEDED.value(self.letters()))
        return (needed // 2, needed - needed // 2) if needed > 0 else None

    def steps(self, *, alone: bool = True) -> tuple[Step, ...]:
        """The working; `alone` says what a floor drops, which several axes say together."""
        known: list[Name] = [name for name in self.names if name != self.unknown]
        values = self.values()
        given = Given(tuple((LETTER[name], (num(values[name]),), MEANING[name]) for name in known))
        if self.unknown == "out":
            chain = work((OUT,), self.law, self.letters())
            return (given, chain, *self._zeros(), *self.remarks({}, alone=alone))
        steps: list[Step] = [given, *self._solved()]
        if self.stretches:
            tries = self._telling()
            steps += [self._try(x) for x in tries]
            return (*steps, *self._more(), *self.remarks({self.unknown: tries[0]}, alone=alone))
        if self.uneven:
            return (*steps, *_uneven(*self.uneven), self._near_uneven(*self.uneven))
        return (*steps, Note("careful", (sentence(self._why_none()),)))

    def _solved(self) -> tuple[Step, ...]:
        """The equation solved line by line, or how the law moves where the unknown stands in it twice."""
        if self.isolated is not None:
            return (self.isolated.solve, *self._limited(self.isolated.whole))
        law = Chain((OUT,), (Link(self.law, "law"), Link(self.law.put(self.letters()), "put in")))
        if not self.stretches:
            return (law,)
        first, last = self.stretches[0].first, self.stretches[-1].last
        around = [x for x in (first - 1, first, last, last and last + 1) if x is not None and x >= LOWEST[self.unknown]]
        goes = ", ".join(f"{LETTER[self.unknown]} = {x} gives {self.out_for(x)}" for x in dict.fromkeys(around))
        moves = f"The unknown stands in it twice: as {LETTER[self.unknown]} grows the output goes one way only, so its ends are found by trying."
        return law, Note("why", (moves,)), Note("why", (f"Tried: {goes}.",))

    def _limited(self, whole: Whole) -> tuple[Note, ...]:
        """That a layer of the kind has limits, where they leave out some of the numbers."""
        if whole.empty or self.stretches == (whole,):
            return ()
        tried = whole.first if not self.stretches or self.stretches[0].first > whole.first else (whole.last or 0)
        try:
            self.rule.refuse({**self.values(), self.unknown: tried})
        except Impossible as fault:
            which = "none of them is possible" if not self.stretches else f"left is {said_ranges(self.stretches)}"
            return (Note("careful", (sentence(f"{fault}; {which}"),)),)
        return ()

    def _telling(self) -> list[int]:
        """The solutions to try: the best, the first and the last."""
        ends = [self.best(self.stretches[0]), *(x for stretch in self.stretches for x in stretch if x is not None)]
        return list(dict.fromkeys(ends))

    def _zeros(self) -> tuple[Step, ...]:
        """The zeros that a word puts before and after."""
        if self.rule.kind == "transposed convolution" or not self.rule.word.startswith("same"):
            return ()
        out = self.out_for()
        before, after = zeros(self.rule, {**self.values(), "out": out})
        if self.rule.limits == TORCH_SAME.limits:
            rule, env = TORCH_SAME_ZEROS, self.letters()
        else:
            rule, env = SAME_ZEROS, {"d": 1, **self.letters(out=out)}
        return (
            work(("zeros",), rule, env),
            Note("why", (f"{counted(before, 'zero')} before and {after} after.",)),
        )

    def _try(self, x: int) -> Step:
        return Derivation((f"Try {LETTER[self.unknown]} = ", Num(x)), (self.tried({self.unknown: x}),))

    def tried(self, layer: Mapping[str, int]) -> Chain:
        """The law with numbers in it, and its value."""
        return tried(self.rule, self.values(**layer))

    def _more(self) -> tuple[Note, ...]:
        """That there are more solutions than are listed."""
        if self.count is not None and self.count <= LISTED:
            return ()
        return (Note("why", (f"Only the first {LISTED} of these solutions are listed one by one.",)),)

    def remarks(self, found: Mapping[str, int], *, alone: bool = True) -> tuple[Note, ...]:
        """What to know about the layer, with what was found put in: cells it skips, drops, or pads for nothing."""
        if self.rule.kind in ("transposed convolution", "up-sampling"):
            return ()
        value = self._filled(found)
        s, p, reach = value["stride"], value["padding"], cells_covered(value["kernel"], value["dilation"])
        notes = []
        if p >= reach:
            notes.append(
                f"The first window lies in the padding alone: {p} zeros on each side, a kernel that covers {reach}."
            )
        if s > reach:
            notes.append(f"Cells are skipped: the kernel covers {reach} and moves on by {s}.")
        rest = self.rest(found)
        if rest > 0 and alone:
            are = "is" if rest == 1 else "are"
            where = "of padding" if rest <= p else "of the padded input" if p else "of the input"
            notes.append(f"The floor drops a rest of {rest}: the last {_cells(rest)} {where} {are} never looked at.")
        if rest < 0:
            over = "1 cell" if rest == -1 else f"{-rest} cells"
            notes.append(f"The last window hangs over the end by {over}, which {'is' if rest == -1 else 'are'} empty.")
        return tuple(Note("careful", (text,)) for text in notes)

    def _filled(self, found: Mapping[str, int]) -> dict[str, int]:
        value: dict[str, int] = {name: self.known_or_neutral(name) for name in NAMES[:6]} | dict(found)
        return value | ({"stride": value["kernel"]} if "stride" not in self.names and self.rule.moves_by_kernel else {})

    def rest(self, found: Mapping[str, int]) -> int:
        """Cells at the end that no window looks at; less than 0 where the last one hangs over."""
        if self.rule.word.startswith("same") or self.rule.kind in ("transposed convolution", "up-sampling"):
            return 0
        value = self._filled(found)
        p = 0 if self.rule.word == "valid" else value["padding"]
        reach = cells_covered(value["kernel"], value["dilation"])
        p = reach - 1 if self.rule.word == "full" else p
        out = self.out_for() if self.unknown == "out" else value["out"]
        return value["in"] + 2 * p - reach - (out - 1) * value["stride"]

    def _near_uneven(self, before: int, after: int) -> Note:
        return Note("why", (sentence(_gives("padding", [(p, self.out_for(p)) for p in (before, after)])),))

    def _why_none(self) -> str:
        """Why no whole number solves it, and the nearest outputs that can be had."""
        names = [name for name in HYPER if name != self.unknown and name in self.rule.hyper]
        numbers = [f"{WORDS[name]} {self.known.get(name, NEUTRAL.get(name, 0))}" for name in names]
        said = listed([*numbers, *([f"padding “{self.rule.word}”"] if self.rule.word else [])])
        out, what = int(self.known["out"]), WORDS[self.unknown]
        layer = within(self.rule)
        nearest = self._nearest()
        if self.unknown == "in":
            many = PADDED * self.known_or_neutral("padding")
            if self.rule.kind == "convolution" and many and self.out_for(1) > out:
                return f"no input gives {out} with {said}: the {many} padded zeros alone already give more"
            return f"no input gives {out}{layer} with {said}{nearest}"
        n = int(self.known["in"])
        return f"no {what} turns {n} into {out}{layer} with {said}{self._reason(n, out)}{nearest}"

    def _reason(self, n: int, out: int) -> str:
        """A clause that says why, where there is more to say than that no whole number fits."""
        if self.unknown == "stride" and not self.rule.word and self.rule.kind == "convolution":
            k, d, cells = (self.known_or_neutral(name) for name in ("kernel", "dilation", "padding"))
            if cells_covered(k, d) > n + PADDED * cells:
                return f": the kernel covers {cells_covered(k, d)} cells and does not fit {n + PADDED * cells}"
        unpadded = self.unknown != "padding" and not self.known_or_neutral("padding")
        if self.rule.kind == "convolution" and out > n and unpadded and not self.rule.word:
            would = "a transposed layer would"
            if self.unknown == "kernel" and not (out - n) % 2 and self.known_or_neutral("stride") == 1:
                would = f"padding {(out - n) // 2} with kernel 1, or a transposed layer, would"
            return f": a convolution without padding never enlarges; {would}"
        if self.rule.kind != "transposed convolution" and self.unknown == "kernel" and self.out_for(1) < out:
            return ": even the smallest kernel gives less"
        if self.isolated and self.isolated.low is not None and not self.isolated.whole.empty:
            return self._limit_clause(self.isolated.whole)
        if self.isolated and self.isolated.low == self.isolated.high and isinstance(self.isolated.low, Fraction):
            return self._remainder(self.isolated.low)
        return ""

    def _limit_clause(self, whole: Whole) -> str:
        try:
            self.rule.refuse({**self.values(), self.unknown: whole.first})
        except Impossible as fault:
            return f": it would take {whole.first}, but {fault}"
        return ""

    def _remainder(self, needed: Fraction) -> str:
        """What remains where the equation has one solution, and that is no whole number."""
        top, bottom = needed.numerator, needed.denominator
        letter = LETTER[self.unknown]
        if needed < LOWEST[self.unknown]:
            return f": {letter} would be {needed}"
        if bottom == 2:
            odd = f": an odd number stands against 2{letter}, {letter} would be {needed}"
            adds = "output_padding" in self.rule.hyper and "output_padding" not in self.known
            cure = {"padding": ceil(needed), "output_padding": 1}
            if self.unknown == "padding" and adds and self.rule.legal(self.values(**cure)):
                return f"{odd}; padding {ceil(needed)} with output padding 1 would do it"
            return odd
        return f": {letter} would be {top}/{bottom}, and {bottom} does not divide {top}"

    def _nearest(self) -> str:
        """A clause with the numbers beside the one that is looked for, and what they give."""
        out, lowest = int(self.known["out"]), LOWEST[self.unknown]
        bounds = [] if self.isolated is None else [x for x in (self.isolated.low, self.isolated.high) if x is not None]
        near = {max(lowest, x) for bound in bounds for x in (floor(bound), ceil(bound))} or self._beside(out)
        possible = [x for x in near if self.rule.legal({**self.values(), self.unknown: x})]
        gives = sorted(((x, self.out_for(x)) for x in possible), key=lambda pair: (abs(pair[1] - out), pair[0]))
        usable = [(x, size) for x, size in gives if size >= 1 and size != out][:2]
        return f"; {_gives(self.unknown, usable)}" if usable else ""

    def _beside(self, out: int) -> set[int]:
        """Numbers that give an output near the one that is looked for."""
        outs = [near for by in range(1, BESIDE) for near in (out - by, out + by) if near >= 1]
        return {stretch.first for near in outs for stretch in self.rule.solve(self.values(out=near), self.unknown)}


PADDED = int((Conv.room.put({"in": 0, "d": 1, "k": 1}).linear_in("p") or (0, 0))[0])
"""Cells by which a padding of 1 makes the input larger: one on each side."""


def within(rule: Rule) -> str:
    """A clause that says which layer, where it is no convolution."""
    if rule.kind == "up-sampling":
        return " by up-sampling"
    return "" if rule.kind == "convolution" else f" in a {rule.kind}"


def tried(rule: Rule, values: Mapping[Name, Number]) -> Chain:
    """The law with numbers in it, and its value."""
    put = rule.law_for(values).put(rule.letters(values))
    return Chain((), (Link(put), Link(num(put.value()))))


def _uneven(before: int, after: int) -> tuple[Note, Note]:
    """Where an odd number of zeros is needed: the split, and who makes it."""
    needed = f"No equal padding does it: an odd number of zeros is needed in all, {before + after}."
    split = f"Unequal padding does: {before} before and {after} after."
    who = f"torch (“same”, F.pad), Keras and ONNX's SAME_UPPER put the larger share after: {before} and {after}"
    lower = f"ONNX's SAME_LOWER before: {after} and {before}."
    return Note("careful", (f"{needed} {split}",)), Note("convention", (f"{who}; {lower}",))


@cache
def _spread(dilation: int) -> tuple[Number, Number]:
    """(a, b): with that dilation a kernel of k covers a·k + b cells."""
    return Conv.reach.put({"d": dilation}).linear_in("k") or (1, 0)


def cells_covered(kernel: int, dilation: int) -> int:
    """The cells from the first tap of a kernel to the last."""
    slope, constant = _spread(dilation)
    return int(slope * kernel + constant)


def _smallest_kernel(cells: int, dilation: int) -> int:
    """The smallest kernel that covers at least so many cells."""
    slope, constant = _spread(dilation)
    return max(1, ceil(Fraction(cells - constant) / slope))


def _kernels(least: int, most: int, dilation: int) -> Iterator[int]:
    """A few kernels that cover from `least` to `most` cells, the smallest first."""
    k = _smallest_kernel(least, dilation)
    for kernel in range(k, k + 8):
        if cells_covered(kernel, dilation) > most:
            return
        yield kernel


def sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."


def _gives(name: Name, pairs: list[tuple[int, int]]) -> str:
    return " and ".join(f"{WORDS[name]} {x} gives {size}" for x, size in pairs)


def said_ranges(stretches: Iterable[Whole]) -> str:
    return ", ".join(map(str, stretches))


def _length(stretch: Whole) -> int:
    return 0 if stretch.last is None else stretch.last - stretch.first + 1


def _cells(count: int) -> str:
    return "cell" if count == 1 else f"{count} cells"


def _simplicity(layer: Mapping[str, int]) -> tuple[Any, ...]:
    """Layers that skip no cell first, then those with less that is unusual, odd kernels, small numbers."""
    unusual = sum(layer[name] != neutral for name, neutral in NEUTRAL.items() if name in layer)
    skips = cells_covered(layer["kernel"], layer["dilation"]) < layer["stride"]
    return (
        skips,
        unusual,
        layer["dilation"],
        layer["kernel"] % 2 == 0,
        layer["stride"],
        layer["kernel"],
        layer["padding"],
    )
