"""What every layer has: fields named as torch names them, and rules that are formulas.

A layer class states `size`, `params` and `macs` as formulas in a few letters and says which number each letter is;
output shapes, counts and their worked lines are derived here, once. So it does `reach`, `jump` and `shift`, of which
receptive fields are composed (Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks",
2019).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, prod
from typing import Any, ClassVar, Self

from calc.errors import Impossible, nearest, printable, times
from calc.expr import Expr, Num, Number, Op, Sym, compiled, symbols
from calc.layers import spans, values
from calc.question import Misconception

Shape = tuple[int, ...]
"""C×H×W and the like: channels first, no batch."""

Size = tuple[int, ...]
"""A hyper-parameter along each axis: (height, width)."""

IN = symbols("in")[0]
OUT = symbols("out")[0]


@dataclass(frozen=True)
class Layer:
    """The rules of a layer; `axes` is the number of axes (height, width) that the size rule works along."""

    axes: ClassVar[int] = 0
    signature: ClassVar[tuple[str, ...]] = ()
    """torch's names of its constructor's arguments, in torch's order."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """The fields that have not torch's name, because a rule has it, by that name."""

    alone: ClassVar[bool] = True
    """Whether torch lets one number in brackets stand for all axes, as it always does a bare one."""

    size: ClassVar[Expr] = IN
    params: ClassVar[Expr] = Num(0)
    macs: ClassVar[Expr] = Num(0)
    reach: ClassVar[Expr] = Num(1)
    """How many input cells in a row one output can see, from the first to the last."""
    jump: ClassVar[Expr] = Num(1)
    """How many input cells one moves on from one output to the next."""
    shift: ClassVar[Expr] = Num(0)
    """Where the middle of what the first output sees lies, in cells from the first input cell."""

    meaning: ClassVar[Mapping[str, str]] = {}
    """What the letters of `params` and `macs` stand for, but for the sizes of its input and output."""

    def __post_init__(self) -> None:
        kind = self.kind()
        for f in dataclasses.fields(self):
            if f.init:
                self._keep(f.name, values.checked(kind, f.name, getattr(self, f.name), self.axes, alone=self.alone))

    @classmethod
    def kind(cls) -> str:
        """The name torch gives it."""
        return cls.__name__

    @classmethod
    def arguments(cls) -> Mapping[str, str]:
        """The torch constructor arguments that matter here: torch's name and the field's."""
        theirs = {field: name for name, field in cls.renamed.items()}
        return {theirs.get(f.name, f.name): f.name for f in dataclasses.fields(cls) if f.init}

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """The layer with these torch constructor arguments, by torch's names; those that do not matter are left out."""
        kind, fields = cls.kind(), cls.arguments()
        for name, value in arguments.items():
            if name not in cls.signature:
                raise Impossible(f"{kind} has no argument {printable(name)}{nearest(name, cls.signature)}")
            if name not in fields:
                values.checked(kind, name, value, 0)
        needed = [f.name for f in dataclasses.fields(cls) if f.init and f.default is dataclasses.MISSING]
        missing = [name for name, field in fields.items() if field in needed and name not in arguments]
        if missing:
            raise Impossible(f"{kind} needs {' and '.join(missing)}")
        return cls(**{field: arguments[name] for name, field in fields.items() if name in arguments})

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        """The wrong rules that learners follow instead of these."""
        return ()

    def fields(self) -> dict[str, Any]:
        """Its torch constructor arguments."""
        return {name: getattr(self, field) for name, field in self.arguments().items()}

    def constructor(self) -> str:
        """Its torch constructor without what needs not be said: Conv2d(3, 32, 5, padding=2)."""
        usual = {f.name: f.default for f in dataclasses.fields(self)}
        told: list[str] = []
        for name, field in self.arguments().items():
            value, left_out = getattr(self, field), usual[field]
            if left_out is not dataclasses.MISSING and self._means(field, left_out):
                continue
            if isinstance(value, tuple) and len(set(value)) == 1 and self._means(field, value[0]):
                value = value[0]
            told.append(repr(value) if left_out is dataclasses.MISSING else f"{name}={value!r}")
        return f"{self.kind()}({', '.join(told)})"

    def _means(self, field: str, value: Any) -> bool:
        """Whether a field that is given as this value says the same."""
        try:
            return dataclasses.replace(self, **{field: value}) == self
        except Impossible:
            return False

    def letters(self) -> Mapping[str, Number]:
        """The letters of `params` and `macs` that the layer itself knows."""
        return {}

    def size_rule(self) -> Expr:
        """The formula of its output size along one axis."""
        return self.size

    def reach_rule(self) -> Expr:
        """The formula of how many input cells in a row one output can see along one axis."""
        return self.reach

    def jump_rule(self) -> Expr:
        """The formula of how many input cells one moves on from one output to the next."""
        return self.jump

    def shift_rule(self) -> Expr:
        """The formula of where the middle of what the first output sees lies, from the middle of the first input cell."""
        return self.shift

    def along(self, axis: int) -> Mapping[str, Number | Expr]:  # noqa: ARG002
        """The letters of the rules along one axis but `in` and `out`, the sizes there."""
        return {}

    def for_input(self, shape: Shape) -> Layer:  # noqa: ARG002
        """The layer as it works on an input of that shape: itself, but for one that takes its channels from the input."""
        return self

    def with_batch(self, shape: Shape) -> bool:
        """Whether that is surely the shape of a batch, which this layer takes, and not that of one input."""
        return bool(self.axes) and len(shape) == self.axes + 2

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
        if size < 1:
            raise Impossible(f"{self.described()} does not take an input of size {size}")
        letters = self.along(axis)
        numbers = {name: x for name, x in letters.items() if not isinstance(x, Num | Sym | Op)}
        if len(numbers) < len(letters):
            return self.some(int(self.size_rule().put(letters).value({IN.name: size})), size)
        return self.some(int(compiled(self.size_rule())({**numbers, IN.name: size})), size)

    def some(self, out: int, size: int) -> int:
        """The output size along one axis, if something comes out."""
        if out < 1:
            raise Impossible(f"{self.described()} does not fit an input of size {size}: nothing would come out")
        return out

    def sees(self, axis: int, size: int, place: int) -> range:
        """From the first to the last of the `size` input cells along an axis that the output cell at `place` depends on.

        Empty where it depends on none. Places are counted from 0; an axis is counted from that after the channels.
        """
        letters = {**self.along(axis), IN.name: size}
        reach, jump, shift = (rule.value(letters) for rule in (self.reach_rule(), self.jump_rule(), self.shift_rule()))
        middle, half = place * jump + shift, Fraction(reach - 1) / 2
        return spans.between(ceil(middle - half), floor(middle + half), size)

    def tensors(self) -> dict[str, Shape]:
        """Its parameter tensors by torch's names, and their shapes."""
        return {}

    def buffers(self) -> dict[str, Shape]:
        """Its tensors that are no parameters, such as running means, by torch's names, and their shapes."""
        return {}

    def count(self) -> Expr:
        """Its parameters: the formula with the numbers put in, parts it does not have left out."""
        return with_numbers(self.params, self.letters())

    def multiply_accumulates(self, shape: Shape, output: Shape) -> Expr:
        """Its multiply-accumulates for one image of that shape: the formula with the numbers put in."""
        return with_numbers(self.macs, {**self.letters(), **axis_letters(shape, "in"), **axis_letters(output, "out")})

    def _keep(self, field: str, value: Any) -> None:
        object.__setattr__(self, field, value)


class Whole(Layer):
    """What layers share of which every output sees the whole axis."""

    reach = IN
    jump = Num(0)
    shift = (IN - 1) / 2


ABSENT = (("g", 1), ("b", 0), ("o", 0), ("n", 1), ("d", 1), ("a", 0), ("a", 1), ("p", 0))
"""Letters and the number that says no more than that there is one, or none."""


def with_numbers(rule: Expr, letters: Mapping[str, Number]) -> Expr:
    """The rule with numbers put in, after what a layer has not, such as groups or a bias, has dropped out of it."""
    absent = {name: n for name, n in letters.items() if (name, n) in ABSENT}
    return rule.put(absent).tidy().put(letters)


def scaled(size: int, factor: float) -> int:
    """⌊size·factor⌋ as torch works it out: the product in double precision."""
    return size * int(factor) if factor == int(factor) else int(size * factor)


def meant(factor: float) -> Fraction:
    """The fraction that a factor stands for: 1/3 for 0.3333333333333333."""
    return Fraction(factor).limit_denominator(10**9) or Fraction(str(factor))


AXES = {1: ("l",), 2: ("h", "w"), 3: ("d", "h", "w")}
"""The letters of the axes of 1-, 2- and 3-dimensional layers: length; height, width; depth, height, width."""

AXIS_WORDS = {"l": "length", "d": "depth", "h": "height", "w": "width"}
"""What those letters stand for."""


def axis_letters(shape: Shape, side: str) -> Mapping[str, Number]:
    """The letters of an output: h_out and w_out (d_out, or l_out alone) for its axes, n for its rows of features."""
    names = AXES.get(len(shape) - 1, ())
    sizes = {f"{name}_{side}": n for name, n in zip(names, shape[1:], strict=False)}
    return sizes | ({"n": prod(shape[:-1])} if side == "out" else {})


def taps(axes: int) -> tuple[Expr, ...]:
    """k_h, k_w: the kernel size along each axis."""
    return symbols(" ".join(f"k_{a}" for a in AXES[axes]))


def inputs(axes: int) -> tuple[Expr, ...]:
    """h_in, w_in: the input size along each axis."""
    return symbols(" ".join(f"{a}_in" for a in AXES[axes]))


def outputs(axes: int) -> tuple[Expr, ...]:
    """h_out, w_out: the output size along each axis."""
    return symbols(" ".join(f"{a}_out" for a in AXES[axes]))
