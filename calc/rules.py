"""The size rules of layers as data: the law, what a layer of the kind may have, and the law solved for any letter.

The formulas are those of the layer classes. Solving needs only that the output never falls, or never rises, as one
number grows: the numbers that give one output are then a stretch, whose ends are found by halving. So a rule in which
a number stands twice, as the kernel does in a pooling that moves on by its kernel, is solved like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

from calc.errors import Impossible
from calc.expr import Expr, Number, Op, compiled, symbols
from calc.layers.conv import Conv
from calc.layers.pool import Pool
from calc.layers.transposed import ConvTranspose
from calc.layers.upsample import Upsampling
from calc.stretches import Whole, first_where

Name = Literal["in", "out", "kernel", "stride", "padding", "dilation", "output_padding", "scale"]
NAMES: tuple[Name, ...] = ("in", "out", "kernel", "stride", "padding", "dilation", "output_padding", "scale")

LETTER: Mapping[str, str] = {
    "in": "in",
    "out": "out",
    "kernel": "k",
    "stride": "s",
    "padding": "p",
    "dilation": "d",
    "output_padding": "o",
    "scale": "f",
}
LOWEST: Mapping[str, int] = {
    "in": 1,
    "out": 1,
    "kernel": 1,
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "output_padding": 0,
    "scale": 0,
}
NEUTRAL: Mapping[str, int] = {"stride": 1, "padding": 0, "dilation": 1, "output_padding": 0}
MEANING: Mapping[str, str] = {
    "in": "input size",
    "out": "output size",
    "kernel": "kernel size",
    "stride": "stride",
    "padding": "zeros on each side",
    "dilation": "dilation",
    "output_padding": "cells added at the end",
    "scale": "scale factor",
}
WORDS: Mapping[str, str] = {
    **{name: name.replace("_", " ") for name in NAMES},
    "in": "input",
    "out": "output",
}
"""The names as they are said."""

k, s, p, d, o, f = symbols("k s p d o f")


class Limit(NamedTuple):
    """What a layer of the kind must keep: less ≤ most; `why` says so, with the names of numbers in braces."""

    less: Expr
    most: Expr
    why: str


Kind = Literal["convolution", "transposed convolution", "pooling", "up-sampling"]

Env = Mapping[str, Number]
"""The value of each letter."""


@dataclass(frozen=True)
class Rule:
    """The size rule of one kind of layer in one dialect, along one axis.

    `law` gives out in the letters of `LETTER`; `hyper` are the numbers that such a layer has. `word` is the padding
    where a word says it. Where nothing is padded `unpadded` holds instead of the law. A pooling that `moves_by_kernel`
    has the kernel's size for its stride if none is said. A kernel of which only `odd_or_even` counts is not solved for.
    """

    kind: Kind
    dialect: str
    law: Expr
    hyper: tuple[Name, ...]
    convention: str
    limits: tuple[Limit, ...] = ()
    word: str = ""
    unpadded: Expr | None = None
    moves_by_kernel: bool = False
    odd_or_even: bool = False

    @property
    def tied(self) -> Rule:
        """The rule of a layer whose stride is its kernel's size."""
        put = {"s": k}
        limits = tuple(Limit(less.put(put), most.put(put), why) for less, most, why in self.limits)
        hyper = tuple(name for name in self.hyper if name != "stride")
        unpadded = self.unpadded and self.unpadded.put(put)
        return replace(self, law=self.law.put(put), limits=limits, hyper=hyper, unpadded=unpadded)

    def layer(self, values: Mapping[Name, Any]) -> dict[str, Any]:
        """The layer with these numbers as it is told, its padding as the word where a word says it."""
        layer: dict[str, Any] = {}
        for name in NAMES[2:]:
            if name == "stride" and self.moves_by_kernel and name not in self.hyper:
                layer[name] = values["kernel"]
            elif name == "padding" and self.word:
                layer[name] = self.word
            elif name in self.hyper:
                layer[name] = values.get(name, NEUTRAL.get(name))
        return layer

    def letters(self, values: Mapping[Name, Number]) -> dict[str, Number]:
        """The value of each letter, what is not said at its neutral one."""
        said = {**{name: NEUTRAL[name] for name in self.hyper if name in NEUTRAL}, **values}
        return {LETTER[name]: value for name, value in said.items()}

    def law_for(self, values: Mapping[Name, Number]) -> Expr:
        """The law, or the one for a layer without padding."""
        return self.unpadded if self.unpadded and values.get("padding", 0) == 0 else self.law

    def size(self, values: Mapping[Name, Number]) -> int:
        """What the law gives, below 1 where nothing comes out."""
        return int(self._run(self.letters(values)))

    def out(self, values: Mapping[Name, Number]) -> int:
        """The output size; `Impossible` where there is no such layer, or nothing comes out of it."""
        self.refuse(values)
        out = self.size(values)
        if out < 1:
            raise Impossible(f"a {self.kind} so does not fit an input of {values['in']}: nothing would come out")
        return out

    def refuse(self, values: Mapping[Name, Number], unknowns: Sequence[Name] = ()) -> None:
        """`Impossible` where there is no such layer, whatever the unknowns are."""
        env = {letter: x for letter, x in self.letters(values).items() if letter not in map(LETTER.get, unknowns)}
        for less, most, why in self.limits:
            if not less.free | most.free <= set(env):
                continue
            if less.value(env) > most.value(env):
                said: dict[str, Number] = {name: env[LETTER[name]] for name in NAMES if LETTER[name] in env}
                raise Impossible(why.format(**said, most=most.value(env)))

    def legal(self, values: Mapping[Name, Number]) -> bool:
        """Whether there is such a layer and something comes out of it."""
        env = self.letters(values)
        return all(keeps(env) for keeps in self._keeps) and self._run(env) >= 1

    def solve(self, values: Mapping[Name, Number], unknown: Name, lowest: int | None = None) -> tuple[Whole, ...]:
        """Every whole number for the unknown that gives values["out"], in stretches; `values` has everything else."""
        if self.odd_or_even and unknown in ("kernel", "dilation"):
            raise Impossible(
                f"with padding “{self.word}” and an output padding only whether the kernel covers an odd number of cells counts: give --kernel and --dilation"
            )
        start = LOWEST[unknown] if lowest is None else lowest
        return self._solve(self.letters(values), LETTER[unknown], int(values["out"]), start)

    def _solve(self, env: Env, letter: str, wanted: int, lowest: int) -> tuple[Whole, ...]:
        if letter == "p" and self.unpadded:
            return tuple(joined((*self._without_padding(env, wanted), *self._stretch(env, letter, wanted, 1))))
        return tuple(self._stretch(env, letter, wanted, lowest))

    def _without_padding(self, env: Env, wanted: int) -> Iterator[Whole]:
        unpadded = {**env, "p": 0}
        if all(keeps(unpadded) for keeps in self._keeps) and self._run(unpadded) == wanted:
            yield Whole(0, 0)

    def _stretch(self, env: Env, letter: str, wanted: int, lowest: int) -> Iterator[Whole]:
        """The stretch of numbers that keep the limits and give the output, if there is one."""
        beyond = (2 + sum(abs(x.numerator) + x.denominator for x in env.values()) + wanted) ** 2
        tried = dict(env)

        def value(x: int) -> Number:
            tried[letter] = x
            return self._run(tried)

        first, last = lowest, None
        for keeps in self._keeps:

            def broken(x: int, keeps: Callable[[Env], bool] = keeps) -> bool:
                tried[letter] = x
                return not keeps(tried)

            if broken(first):
                start = first_where(lambda x: not broken(x), first, beyond)
                if start is None:
                    return
                first = start
            else:
                end = first_where(broken, first, beyond)
                last = last if end is None else end - 1 if last is None else min(last, end - 1)
        if last is not None and last < first:
            return
        falls = value(first) > value(first + beyond if last is None else last)
        start = first_where((lambda x: value(x) <= wanted) if falls else (lambda x: value(x) >= wanted), first, beyond)
        if start is None or value(start) != wanted or (last is not None and start > last):
            return
        end = first_where((lambda x: value(x) < wanted) if falls else (lambda x: value(x) > wanted), start, beyond)
        ends = [x for x in (last, None if end is None else end - 1) if x is not None]
        yield Whole(start, min(ends) if ends else None)

    def _run(self, env: Env) -> Number:
        return (self._without if self._without and env.get("p", 0) == 0 else self._compiled)(env)

    @cached_property
    def _compiled(self) -> Callable[[Env], Number]:
        return compiled(self.law)

    @cached_property
    def _without(self) -> Callable[[Env], Number] | None:
        return compiled(self.unpadded) if self.unpadded else None

    @cached_property
    def _keeps(self) -> tuple[Callable[[Env], bool], ...]:
        return tuple(_keeps(limit) for limit in self.limits)


def joined(stretches: tuple[Whole, ...]) -> Iterator[Whole]:
    """The same numbers, stretches that touch made one."""
    held: Whole | None = None
    for stretch in stretches:
        if held and held.last is not None and held.last + 1 == stretch.first:
            held = Whole(held.first, stretch.last)
            continue
        if held:
            yield held
        held = stretch
    if held:
        yield held


def _keeps(limit: Limit) -> Callable[[Env], bool]:
    less, most = compiled(limit.less), compiled(limit.most)
    return lambda env: less(env) <= most(env)


CONVOLUTION = Rule(
    "convolution",
    "torch",
    Conv.size,
    ("kernel", "stride", "padding", "dilation"),
    "floor: a last step that does not fit is left out",
)

POOLING = Rule(
    "pooling",
    "torch",
    Pool.size,
    ("kernel", "stride", "padding", "dilation"),
    "floor: a last step that does not fit is left out",
    (
        Limit(
            2 * p,
            k,
            "padding {padding} is more than half of kernel {kernel}: torch pads a pooling by half its kernel at most",
        ),
    ),
    moves_by_kernel=True,
)

CEIL_POOLING = Rule(
    "pooling",
    "torch",
    Pool.ceil_size,
    POOLING.hyper,
    "ceil: a last window may hang over the end",
    POOLING.limits,
    moves_by_kernel=True,
)

TRANSPOSED = Rule(
    "transposed convolution",
    "torch",
    ConvTranspose.size,
    ("kernel", "stride", "padding", "dilation", "output_padding"),
    "padding is cut off both sides of the output",
    (
        Limit(
            o + 1,
            Op("max", (s, d)),
            "output padding {output_padding} is too much: it is below the stride or the dilation, here below {most}",
        ),
    ),
)

SCALING = Rule(
    "up-sampling",
    "torch",
    Upsampling.scaled,
    ("scale",),
    "floor: a part of a cell is left out",
)
"""The size of torch's Upsample and interpolate by a factor (documentation of Upsample, "Shape")."""
