"""Layers that put cells around their input, or cut some off: in + before + after along each axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible
from calc.expr import Expr, Number, symbols
from calc.layers import spans, values
from calc.layers.base import IN, Layer, Size
from calc.question import Misconception

before, after = symbols("p_before p_after")

SPARE = {"reflect": 1, "circular": 0}
"""Cells of an axis that cannot be used for its padding, where its own cells are."""


@dataclass(frozen=True)
class Pad(Layer):
    """What padding layers share; `padding` is torch's: one number, or left, right, top, bottom, front, back."""

    padding: Size | int

    size: ClassVar[Expr] = IN + before + after
    shift = -before
    signature: ClassVar[tuple[str, ...]] = ("padding",)
    mode: ClassVar[str] = "zeros"
    """What the cells around are made of: zeros or another number, or the input's own cells."""

    def __post_init__(self) -> None:
        kind, given = self.kind(), self.padding
        if isinstance(given, int):
            given = (values.whole(kind, "padding", given),) * 2 * self.axes
        elif not isinstance(given, tuple | list) or len(given) != 2 * self.axes:
            raise Impossible(f"{kind} takes one number or {2 * self.axes} for padding, not {values.said(given)}")
        self._keep("padding", values.wholes(kind, "padding", given))

    def along(self, axis: int) -> Mapping[str, Number]:
        assert isinstance(self.padding, tuple)
        first = 2 * (self.axes - 1 - axis)
        return {"p_before": self.padding[first], "p_after": self.padding[first + 1]}

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        example: dict[str, Number] = {"in": 15, "p_before": 2, "p_after": 2}
        return (
            Misconception(
                "padding-on-one-side", "size", IN + (before + after) / 2, "padding is added on both sides", example
            ),
            Misconception("padding-subtracted", "size", IN - before - after, "padding enlarges the input", example),
            Misconception("padding-ignored", "size", IN, "the padding is left out", example),
        )

    def sees(self, axis: int, size: int, place: int) -> range:
        before, after = (int(n) for n in self.along(axis).values())
        if self.mode == "zeros":
            return spans.taps(place - before, 1, 1, size)
        if self.mode != "circular":
            return spans.around(place - before, 1, 1, size, self.mode)
        cut, kept = max(-before, 0), size + min(before, 0) + min(after, 0)  # torch wraps what it has cut around
        if kept < 1:
            return spans.NONE
        cell = cut + spans.shown(place - max(before, 0), kept, self.mode)
        return range(cell, cell + 1)

    def size_along(self, axis: int, size: int) -> int:
        widest = max(int(n) for n in self.along(axis).values())
        if self.mode == "zeros" and any(-int(n) > size for n in self.along(axis).values()):
            raise Impossible(f"{self.described()} cuts more off one side than the {size} cells there are")
        most = size - SPARE.get(self.mode, 0)
        if self.mode in SPARE and widest > most:
            raise Impossible(
                f"{self.described()} of {widest} needs more cells than the {size} there are: it is at most {most}"
            )
        return super().size_along(axis, size)


@dataclass(frozen=True)
class ConstantPad(Pad):
    """One number all around."""

    value: float | None

    signature = ("padding", "value")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.value is not None:  # which is 0
            values.number(self.kind(), "value", self.value)


class ConstantPad1d(ConstantPad):
    axes = 1


class ConstantPad2d(ConstantPad):
    axes = 2


class ConstantPad3d(ConstantPad):
    axes = 3


class ZeroPad1d(Pad):
    axes = 1


class ZeroPad2d(Pad):
    axes = 2


class ZeroPad3d(Pad):
    axes = 3


class ReplicationPad1d(Pad):
    axes = 1
    mode = "replicate"


class ReplicationPad2d(Pad):
    axes = 2
    mode = "replicate"


class ReplicationPad3d(Pad):
    axes = 3
    mode = "replicate"


class ReflectionPad1d(Pad):
    axes = 1
    mode = "reflect"


class ReflectionPad2d(Pad):
    axes = 2
    mode = "reflect"


class ReflectionPad3d(Pad):
    axes = 3
    mode = "reflect"


class CircularPad1d(Pad):
    axes = 1
    mode = "circular"


class CircularPad2d(Pad):
    axes = 2
    mode = "circular"


class CircularPad3d(Pad):
    axes = 3
    mode = "circular"
