"""The output-size equation along one axis: solved for the unknown, with the other small layers that do the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import product
from math import ceil, floor
from typing import Any, Literal

from calc.derivation import Chain, Derivation, Given, Link, Note, Step, work
from calc.errors import Impossible
from calc.expr import Num, Number, Sym, num
from calc.isolate import Isolated, Whole, isolate
from calc.layers.conv import Conv

Name = Literal["in", "out", "kernel", "stride", "padding", "dilation"]
NAMES: tuple[Name, ...] = ("in", "out", "kernel", "stride", "padding", "dilation")

LETTER: Mapping[str, str] = {"in": "in", "out": "out", "kernel": "k", "stride": "s", "padding": "p", "dilation": "d"}
LOWEST: Mapping[str, int] = {"in": 1, "out": 1, "kernel": 1, "stride": 1, "padding": 0, "dilation": 1}
NEUTRAL: Mapping[str, int] = {"stride": 1, "padding": 0, "dilation": 1}
MEANING: Mapping[str, str] = {
    "in": "input size",
    "out": "output size",
    "kernel": "kernel size",
    "stride": "stride",
    "padding": "zeros on each side",
    "dilation": "dilation",
}
HYPER: tuple[Name, ...] = ("kernel", "padding", "stride", "dilation")
"""What may be unknown when input and output are given, in the order in which it is taken to be."""

LISTED = 1_000
"""Solutions listed one by one; a longer range is said by its ends."""


@dataclass(frozen=True)
class Axis:
    """The question along one axis."""

    known: dict[Name, int]
    unknown: Name

    def known_or_neutral(self, name: Name) -> int:
        return self.known.get(name, NEUTRAL.get(name, 0))

    def letters(self, **put: int) -> Mapping[str, Number]:
        """The value of every letter of the rule but the unknown's, which `put` may give."""
        names: list[Name] = [name for name in NAMES if name != self.unknown]
        return {**{LETTER[name]: self.known_or_neutral(name) for name in names}, **put}

    def out_for(self, x: int | None = None) -> int:
        """The output size with `x` for the unknown."""
        put = {} if x is None else {LETTER[self.unknown]: x}
        return int(Conv.size.value(self.letters(**put)))

    @cached_property
    def isolated(self) -> Isolated | None:
        """The equation solved for the unknown; None when the output itself is unknown."""
        if self.unknown == "out":
            return None
        return isolate(Sym("out"), Conv.size, self.letters(), LETTER[self.unknown], LOWEST[self.unknown])

    @property
    def answer(self) -> dict[str, Any]:
        if self.isolated is None:
            return {"out": self.out_for()}
        whole = self.isolated.whole
        if self.unknown == "in":
            return {"in": whole.first}
        return self.layer(None if whole.empty else self.best(whole))

    def best(self, whole: Whole) -> int:
        """The one of several solutions to name first: a kernel that skips no cell, else the smallest."""
        if self.unknown != "kernel":
            return whole.first
        wanted = max(whole.first, _smallest_kernel(self.known_or_neutral("stride"), self.known_or_neutral("dilation")))
        return wanted if whole.last is None else min(wanted, whole.last)

    def layer(self, x: int | None) -> dict[str, Any]:
        values = {name: self.known_or_neutral(name) for name in HYPER} | {self.unknown: x}
        return {name: values[name] for name in ("kernel", "stride", "padding", "dilation")}

    def allows(self, layer: Mapping[str, int]) -> bool:
        """Whether a layer has what was said along this axis."""
        return all(self.known.get(name, value) == value for name, value in layer.items() if name in HYPER)

    def does(self, solution: Mapping[str, int]) -> bool:
        """Whether that solution answers this axis too."""
        return self.tried(solution).value == self.known.get("out")

    def solutions(self) -> Iterator[dict[str, int]]:
        """The solutions for the unknown alone, the one to name first first, at most `LISTED` of them."""
        if self.isolated is None:
            yield self.answer
            return
        whole = self.isolated.whole
        last = whole.first + LISTED - 1 if whole.last is None else min(whole.last, whole.first + LISTED - 1)
        own = [{"in": x} if self.unknown == "in" else self.layer(x) for x in range(whole.first, last + 1)]
        yield from sorted(own, key=lambda solution: solution != self.answer)

    def others(self) -> list[dict[str, int]]:
        """Small layers that do it when what was not said may vary: no window may lie in the padding alone.

        The equation is solved once for each stride, for the cells that a kernel without padding covers.
        """
        ranges: dict[Name, Iterable[int]] = {"stride": range(1, 5), "dilation": range(1, 5), "padding": range(9)}
        strides, dilations, paddings = (
            [self.known[name]] if name in self.known else ranges[name] for name in ("stride", "dilation", "padding")
        )
        found = []
        for s in strides:
            bare = Axis({"in": self.known["in"], "out": self.known["out"], "stride": s}, "kernel")
            covers = isolate(Sym("out"), Conv.size, bare.letters(), "k", 1 - PADDED * max(paddings)).whole
            for d, p in product(dilations, paddings):
                least, most = covers.first + PADDED * p, (covers.last or 0) + PADDED * p
                for k in [self.known["kernel"]] if "kernel" in self.known else _kernels(least, most, d):
                    reach = _reach(k, d)
                    if least <= reach <= most and p < reach and (d == 1 or k > 1):
                        found.append({"kernel": k, "stride": s, "padding": p, "dilation": d})
        return sorted(found, key=_simplicity)

    def refuse(self, *, relaxed: bool) -> None:
        """`Impossible` if there is no answer at all, with why and what is nearest."""
        if self.isolated is None:
            if self.out_for() < 1:
                raise Impossible(self._why_too_large())
        elif self.isolated.whole.empty and not self.uneven and not relaxed:
            raise Impossible(self._why_none())

    def _why_too_large(self) -> str:
        """Why nothing comes out, and which padding and which kernel would do."""
        n, k, p, d = (self.known_or_neutral(name) for name in ("in", "kernel", "padding", "dilation"))
        needed, largest = (
            isolate(Sym("out"), Conv.size, {**self.letters(), "out": 1}, LETTER[name], LOWEST[name]).whole
            for name in ("padding", "kernel")
        )
        dilated = f" with dilation {d}" if d > 1 else ""
        kernel = "" if largest.last is None or largest.empty else f", or use a kernel of at most {largest.last}"
        return (
            f"a kernel of {k}{dilated} does not fit an input of {n} with padding {p}: it covers {_reach(k, d)} cells and has {n + 2 * p}; "
            f"pad by at least {needed.first} on each side{kernel}"
        )

    @cached_property
    def uneven(self) -> tuple[int, int] | None:
        """Zeros before and after, where only an odd number of zeros in all does it."""
        if (
            self.unknown != "padding"
            or self.isolated is None
            or not self.isolated.whole.empty
            or self.isolated.low is None
        ):
            return None
        zeros = PADDED * self.isolated.low
        if zeros < 0 or zeros.denominator != 1:
            return None
        return zeros.numerator // 2, zeros.numerator - zeros.numerator // 2

    def steps(self) -> tuple[Step, ...]:
        known: list[Name] = [name for name in NAMES if name != self.unknown]
        given = Given(tuple((LETTER[name], (Num(self.known_or_neutral(name)),), MEANING[name]) for name in known))
        if self.isolated is None:
            return (given, work((Sym("out"),), Conv.size, self.letters()), *self.remarks({}))
        steps: list[Step] = [given, self.isolated.solve]
        whole = self.isolated.whole
        if not whole.empty:
            tries = [x for x in dict.fromkeys((self.best(whole), whole.first, whole.last)) if x is not None]
            steps += [self._try(x) for x in tries]
            return (*steps, *self._more(whole), *self.remarks({self.unknown: tries[0]}))
        if self.uneven:
            before, after = self.uneven
            needed = f"No equal padding does it: an odd number of zeros is needed in all, {before + after}."
            split = f"Unequal padding does: {before} before and {after} after, the larger share after as in torch and Keras."
            near = _gives("padding", [(p, self.out_for(p)) for p in (before, after)])
            return (*steps, Note("careful", (f"{needed} {split}",)), Note("why", (_sentence(near),)))
        return (*steps, Note("careful", (_sentence(self._why_none()),)))

    def _try(self, x: int) -> Step:
        return Derivation((f"Try {LETTER[self.unknown]} = ", Num(x)), (self.tried({self.unknown: x}),))

    def tried(self, layer: Mapping[str, int]) -> Chain:
        """The law with numbers in it, and its value."""
        letters = {**self.letters(), **{LETTER[name]: value for name, value in layer.items()}}
        put = Conv.size.put(letters)
        return Chain((), (Link(put), Link(num(put.value()))))

    def _more(self, whole: Whole) -> tuple[Note, ...]:
        """That there are more solutions than are listed."""
        if whole.last is not None and whole.last - whole.first < LISTED:
            return ()
        return (Note("why", (f"Only the first {LISTED} of these solutions are listed one by one.",)),)

    def remarks(self, found: Mapping[str, int]) -> tuple[Note, ...]:
        """What to know about the layer, with what was found put in: cells it skips, drops, or pads for nothing."""
        value: dict[str, int] = {name: self.known_or_neutral(name) for name in NAMES} | dict(found)
        s, p, reach = value["stride"], value["padding"], _reach(value["kernel"], value["dilation"])
        notes = []
        if p >= reach:
            notes.append(
                f"The first window lies in the padding alone: {p} zeros on each side, a kernel that covers {reach}."
            )
        if s > reach:
            notes.append(f"Cells are skipped: the kernel covers {reach} and moves on by {s}.")
        rest = int(Conv.room.value({LETTER[name]: x for name, x in value.items()})) % s
        if rest:
            are = "is" if rest == 1 else "are"
            where = "of padding" if rest <= p else "of the padded input" if p else "of the input"
            notes.append(f"The floor drops a rest of {rest}: the last {_cells(rest)} {where} {are} never looked at.")
        return tuple(Note("careful", (text,)) for text in notes)

    def _why_none(self) -> str:
        """Why no whole number solves it, and the nearest outputs that can be had."""
        assert self.isolated is not None
        said = listed([f"{name} {self.known_or_neutral(name)}" for name in HYPER if name != self.unknown])
        out = self.known["out"]
        if self.unknown == "in":
            zeros = PADDED * self.known_or_neutral("padding")
            return f"no input gives {out} with {said}: the {zeros} padded zeros alone already give more"
        n = self.known["in"]
        why = ""
        if out > n and not self.known_or_neutral("padding") and self.unknown != "padding":
            why = ": a convolution without padding never enlarges"
            cure = {"kernel": 1, "padding": (out - n) // 2}
            if self.unknown == "kernel" and self.does(cure):
                why += f", but padding {cure['padding']} with kernel 1 would do it"
        bounds = [bound for bound in (self.isolated.low, self.isolated.high) if bound is not None]
        near = {max(LOWEST[self.unknown], x) for bound in bounds for x in (floor(bound), ceil(bound))} or {
            LOWEST[self.unknown]
        }
        gives = sorted(((x, self.out_for(x)) for x in near), key=lambda pair: (abs(pair[1] - out), pair[0]))
        usable = [(x, size) for x, size in gives if size >= 1][:2]
        nearest = f"; {_gives(self.unknown, usable)}" if usable else ""
        return f"no {self.unknown} turns {n} into {out} with {said}{why}{nearest}"


PADDED = int((Conv.room.put({"in": 0, "d": 1, "k": 1}).linear_in("p") or (0, 0))[0])
"""Cells by which a padding of 1 makes the input larger: one on each side."""


@cache
def _spread(dilation: int) -> tuple[Number, Number]:
    """(a, b): with that dilation a kernel of k covers a·k + b cells."""
    return Conv.reach.put({"d": dilation}).linear_in("k") or (1, 0)


def _reach(kernel: int, dilation: int) -> int:
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
        if _reach(kernel, dilation) > most:
            return
        yield kernel


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."


def _gives(name: Name, pairs: list[tuple[int, int]]) -> str:
    return " and ".join(f"{name} {x} gives {size}" for x, size in pairs)


def listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def _cells(count: int) -> str:
    return "cell" if count == 1 else f"{count} cells"


def _simplicity(layer: Mapping[str, int]) -> tuple[Any, ...]:
    """Layers that skip no cell first, then those with less that is unusual, odd kernels, small numbers."""
    unusual = sum(layer[name] != neutral for name, neutral in NEUTRAL.items())
    skips = _reach(layer["kernel"], layer["dilation"]) < layer["stride"]
    return (
        skips,
        unusual,
        layer["dilation"],
        layer["kernel"] % 2 == 0,
        layer["stride"],
        layer["kernel"],
        layer["padding"],
    )
