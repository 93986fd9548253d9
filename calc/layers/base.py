"""What every layer has: fields named as torch names them, and rules that are formulas.

A layer class states `size`, `params` and `macs` as formulas in a few letters and says which number each letter is;
output shapes, counts and their worked lines are derived here, once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Self

from calc.errors import Impossible, times
from calc.expr import Expr, Num, Number, symbols
from calc.question import Misconception

Shape = tuple[int, ...]
"""C×H×W and the like: channels first, no batch."""

Size = tuple[int, ...]
"""A hyper-parameter along each axis: (height, width)."""

IN = symbols("in")[0]
OUT = symbols("out")[0]


def per_axis(given: int | Size, axes: int, neutral: int) -> Size:
    """One number for every axis, as torch lets a single number stand for all; nothing is the neutral one."""
    if isinstance(given, int):
        return (given,) * axes
    return tuple(given) or (neutral,) * axes


@dataclass(frozen=True)
class Layer:
    """The rules of a layer; `axes` is the number of axes (height, width) that the size rule works along."""

    axes: ClassVar[int] = 0
    size: ClassVar[Expr] = IN
    params: ClassVar[Expr] = Num(0)
    macs: ClassVar[Expr] = Num(0)

    @classmethod
    def kind(cls) -> str:
        """The name torch gives it."""
        return cls.__name__

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """The layer with these torch attributes; those it has no field for are left out."""
        return cls(**{f.name: fields[f.name] for f in dataclasses.fields(cls) if f.name in fields})

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        """The wrong rules that learners follow instead of these."""
        return ()

    def fields(self) -> dict[str, Any]:
        """Its torch constructor arguments."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def letters(self) -> Mapping[str, Number]:
        """The letters of `params` and `macs` that the layer itself knows."""
        return {}

    def size_rule(self) -> Expr:
        """The formula of its output size along one axis."""
        return self.size

    def along(self, axis: int) -> Mapping[str, Number]:
        """The letters of `size` along one axis."""
        raise NotImplementedError

    def described(self) -> str:
        """Kind and what tells it from others of the kind: Conv2d 5×5."""
        return self.kind()

    def out_channels_from(self, channels: int) -> int:
        """How many channels come out when `channels` go in."""
        return channels

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of its output; `Impossible` if the input does not fit it."""
        if not self.axes:
            return shape
        if len(shape) != self.axes + 1:
            form = ("C×L", "C×H×W", "C×D×H×W")[self.axes - 1]
            raise Impossible(f"{self.described()} takes {form}, not {times(shape)}")
        channels = self.out_channels_from(shape[0])
        return channels, *(self.size_along(axis, size) for axis, size in enumerate(shape[1:]))

    def size_along(self, axis: int, size: int) -> int:
        """The output size along one axis."""
        out = int(self.size_rule().put(self.along(axis)).value({IN.name: size}))
        if out < 1:
            raise Impossible(f"{self.described()} does not fit an input of size {size}: nothing would come out")
        return out

    def count(self) -> Expr:
        """Its parameters: the formula with the numbers put in, parts it does not have left out."""
        return with_numbers(self.params, self.letters())

    def multiply_accumulates(self, shape: Shape, output: Shape) -> Expr:
        """Its multiply-accumulates for one image of that shape: the formula with the numbers put in."""
        return with_numbers(self.macs, {**self.letters(), **axis_letters(shape, "in"), **axis_letters(output, "out")})


def with_numbers(rule: Expr, letters: Mapping[str, Number]) -> Expr:
    """The rule with numbers put in, after one group, no bias or a single row have dropped out of it."""
    absent = {name: n for name, n in letters.items() if (name, n) in (("g", 1), ("b", 0), ("n", 1))}
    return rule.put(absent).tidy().put(letters)


def axis_letters(shape: Shape, side: str) -> Mapping[str, Number]:
    """The letters of an output: h_out and w_out (d_out, or l_out alone) for its axes, n for its rows of features."""
    names = {1: ("l",), 2: ("h", "w"), 3: ("d", "h", "w")}.get(len(shape) - 1, ())
    sizes = {f"{name}_{side}": n for name, n in zip(names, shape[1:], strict=False)}
    return sizes | ({"n": prod(shape[:-1])} if side == "out" else {})
