"""The output-size equation along one axis: solved for the unknown, with the other small layers that do the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
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
        if whole.empty:
            return self.layer(None)
        return self.layer(self.best(whole))

    def best(self, whole: Whole) -> int:
        """The one of several solutions to name first: a kernel that skips no cell, else the smallest."""
        if self.unknown == "kernel":
            stride, dilation = self.known_or_neutral("stride"), self.known_or_neutral("dilation")
            wanted = max(whole.first, -(-(stride - 1) // dilation) + 1)
            return min(wanted, whole.last) if whole.last is not None else wanted
        return whole.first

    def layer(self, x: int | None) -> dict[str, Any]:
        values = {name: self.known_or_neutral(name) for name in HYPER} | {self.unknown: x}
        return {name: values[name] for name in ("kernel", "stride", "padding", "dilation")}

    def does(self, solution: dict[str, int]) -> bool:
        """Whether that solution answers this axis too."""
        return self.tried(solution).value == self.known.get("out")

    def solutions(self) -> Iterator[dict[str, int]]:
        if self.isolated is None:
            yield {"out": self.out_for()}
            return
        whole = self.isolated.whole
        last = whole.first + LISTED - 1 if whole.last is None else min(whole.last, whole.first + LISTED - 1)
        every = range(whole.first, last + 1)
        if self.unknown == "in":
            yield from ({"in": x} for x in every)
            return
        best = self.answer[self.unknown]
        own = [self.layer(x) for x in every]
        yield from sorted(own, key=lambda layer: layer[self.unknown] != best)

    def others(self) -> Iterable[dict[str, int]]:
        """Small layers that do it when what was not said may vary: no window may lie in the padding alone.

        The equation is solved for the cells a kernel covers, once for each stride; p zeros on each side let it cover
        2p more, and dilation d spreads k taps over d·(k − 1) + 1 cells.
        """
        ranges: dict[Name, Iterable[int]] = {"stride": range(1, 5), "dilation": range(1, 5), "padding": range(9)}
        strides, dilations, paddings = (
            [self.known[name]] if name in self.known else ranges[name] for name in ("stride", "dilation", "padding")
        )
        found = []
        for s in strides:
            bare = Axis({"in": self.known["in"], "out": self.known["out"], "stride": s}, "kernel")
            covers = isolate(Sym("out"), Conv.size, bare.letters(), "k", 1 - 2 * max(paddings)).whole
            for d, p in product(dilations, paddings):
                first, last = covers.first + 2 * p, (covers.last or 0) + 2 * p
                smallest = max(1, -(-(first - 1) // d) + 1)
                kernels: Iterable[int] = (
                    [self.known["kernel"]]
                    if "kernel" in self.known
                    else range(smallest, min((last - 1) // d + 1, smallest + 8) + 1)
                )
                for k in kernels:
                    reach = d * (k - 1) + 1
                    if first <= reach <= last and p < reach and (d == 1 or k > 1):
                        found.append({"kernel": k, "stride": s, "padding": p, "dilation": d})
        return sorted(found, key=_simplicity)

    def refuse(self, *, relaxed: bool) -> None:
        """`Impossible` if there is no answer at all, with why and what is nearest."""
        if self.isolated is None:
            if self.out_for() < 1:
                n, k, p, d = (self.known_or_neutral(name) for name in ("in", "kernel", "padding", "dilation"))
                reach = d * (k - 1) + 1
                covers = f"covers {reach} cells" if d > 1 else f"needs {k}"
                raise Impossible(
                    f"a kernel of {k}{f' with dilation {d}' if d > 1 else ''} does not fit an input of {n} with padding {p}: it {covers} and has {n + 2 * p}; "
                    f"pad by at least {-(-(reach - n) // 2)} on each side, or use a kernel of at most {(n + 2 * p - 1) // d + 1}"
                )
        elif self.isolated.whole.empty and not self.uneven and not relaxed:
            raise Impossible(self._why_none())

    @property
    def uneven(self) -> tuple[int, int] | None:
        """Zeros before and after, where no equal padding does it."""
        if (
            self.unknown != "padding"
            or self.isolated is None
            or not self.isolated.whole.empty
            or self.isolated.low is None
        ):
            return None
        zeros = 2 * self.isolated.low
        if zeros < 0 or zeros.denominator != 1:
            return None
        return zeros.numerator // 2, zeros.numerator - zeros.numerator // 2

    def steps(self) -> tuple[Step, ...]:
        known: list[Name] = [name for name in NAMES if name != self.unknown]
        given = Given(tuple((LETTER[name], (Num(self.known_or_neutral(name)),), MEANING[name]) for name in known))
        if self.isolated is None:
            return (given, work((Sym("out"),), Conv.size, self.letters()), *self._unseen())
        steps: list[Step] = [given, self.isolated.solve]
        whole = self.isolated.whole
        if not whole.empty:
            tries = dict.fromkeys((self.best(whole), whole.first, whole.last))
            steps += [self._try(x) for x in tries if x is not None]
            return (*steps, *self._skips(whole))
        if self.uneven:
            before, after = self.uneven
            steps.append(
                Note(
                    "careful",
                    (
                        (
                            f"No equal padding does it: {before + after} zeros are needed in all, an odd number. Unequal padding does, {before} before and "
                            f"{after} after, as torch and Keras put it for “same”."
                        ),
                    ),
                )
            )
            near = [(p, self.out_for(p)) for p in (before, after)]
            steps.append(Note("why", (_sentence(_gives("padding", near)),)))
        else:
            steps.append(Note("careful", (_sentence(self._why_none()),)))
        return tuple(steps)

    def _try(self, x: int) -> Step:
        return Derivation((f"Try {LETTER[self.unknown]} = {x}",), (self.tried({self.unknown: x}),))

    def tried(self, layer: Mapping[str, int]) -> Chain:
        """The law with numbers in it, worked out."""
        letters = {**self.letters(), **{LETTER[name]: value for name, value in layer.items()}}
        put = Conv.size.put(letters)
        return Chain((), (Link(put), Link(num(put.value()))))

    def _unseen(self) -> tuple[Step, ...]:
        """What the floor throws away."""
        n, k, s, p, d = (self.known_or_neutral(name) for name in ("in", "kernel", "stride", "padding", "dilation"))
        rest = (n + 2 * p - d * (k - 1) - 1) % s
        if not rest:
            return ()
        padded = "of the padded input " if p else ""
        return (
            Note(
                "careful",
                (
                    f"The floor drops a rest of {rest}: the last {_cells(rest)} {padded}{'is' if rest == 1 else 'are'} never looked at.",
                ),
            ),
        )

    def _skips(self, whole: Whole) -> tuple[Step, ...]:
        if self.unknown == "kernel" and whole.first != whole.last and whole.first < self.best(whole):
            return (
                Note(
                    "why",
                    (
                        f"A kernel below {self.best(whole)} would skip cells between its steps of {self.known_or_neutral('stride')}.",
                    ),
                ),
            )
        return ()

    def _why_none(self) -> str:
        """Why no whole number solves it, and the nearest outputs that can be had."""
        assert self.isolated is not None
        said = [f"{name} {self.known_or_neutral(name)}" for name in HYPER if name != self.unknown]
        if self.unknown == "in":
            k, p = self.known["kernel"], self.known_or_neutral("padding")
            return f"no input gives {self.known['out']} with {listed(said)}: the {2 * p} padded zeros alone already give more (kernel {k})"
        n, out = self.known["in"], self.known["out"]
        low, high = self.isolated.low, self.isolated.high
        near = set()
        for bound in (low, high):
            if bound is not None:
                near |= {max(LOWEST[self.unknown], bound.__floor__()), max(LOWEST[self.unknown], bound.__ceil__())}
        gives = sorted(
            {(x, self.out_for(x)) for x in near or {LOWEST[self.unknown]}},
            key=lambda pair: (abs(pair[1] - out), pair[0]),
        )
        usable = [(x, size) for x, size in gives if size >= 1]
        why = ""
        if out > n and not self.known_or_neutral("padding") and self.unknown != "padding":
            why = ": a convolution without padding never enlarges"
            if (out - n) % 2 == 0 and self.unknown == "kernel":
                why += f", but padding {(out - n) // 2} with kernel 1 would do it"
        nearest = f"; {_gives(self.unknown, usable[:2])}" if usable else ""
        return f"no {self.unknown} turns {n} into {out} with {listed(said)}{why}{nearest}"


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."


def _gives(name: Name, pairs: list[tuple[int, int]]) -> str:
    return " and ".join(f"{name} {x} gives {size}" for x, size in pairs)


def listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def _cells(count: int) -> str:
    return "cell" if count == 1 else f"{count} cells"


def _simplicity(layer: dict[str, int]) -> tuple[Any, ...]:
    """Layers that skip no cell first, then without dilation, odd kernels, small strides, small kernels."""
    reach = layer["dilation"] * (layer["kernel"] - 1) + 1
    return (
        reach < layer["stride"],
        layer["dilation"],
        layer["kernel"] % 2 == 0,
        layer["stride"],
        layer["kernel"],
        layer["padding"],
    )
