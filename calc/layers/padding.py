"""Layers that put cells around their input, or cut some off: in + before + after along each axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible
from calc.expr import Expr, Number, symbols
from calc.layers.base import IN, Layer, Size

before, after = symbols("p_before p_after")


@dataclass(frozen=True)
class Pad(Layer):
    """What padding layers share; `padding` is torch's: one number, or left, right, top, bottom, front, back."""

    padding: Size | int

    size: ClassVar[Expr] = IN + before + after
    spare: ClassVar[int | None] = None
    """Cells of an axis that cannot be used for its padding, where its own cells are; None where others are."""

    def __post_init__(self) -> None:
        given = (self.padding,) * 2 * self.axes if isinstance(self.padding, int) else tuple(self.padding)
        object.__setattr__(self, "padding", given)

    def along(self, axis: int) -> Mapping[str, Number]:
        assert isinstance(self.padding, tuple)
        first = 2 * (self.axes - 1 - axis)
        return {"p_before": self.padding[first], "p_after": self.padding[first + 1]}

    def size_along(self, axis: int, size: int) -> int:
        widest = max(int(n) for n in self.along(axis).values())
        if self.spare is not None and widest > size - self.spare:
            raise Impossible(
                f"{self.described()} of {widest} needs more cells than the {size} there are: it is at most {size - self.spare}"
            )
        return super().size_along(axis, size)


@dataclass(frozen=True)
class ConstantPad(Pad):
    """One number all around."""

    value: float = 0


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


class ReplicationPad2d(Pad):
    axes = 2


class ReplicationPad3d(Pad):
    axes = 3


class ReflectionPad1d(Pad):
    axes = 1
    spare = 1


class ReflectionPad2d(Pad):
    axes = 2
    spare = 1


class ReflectionPad3d(Pad):
    axes = 3
    spare = 1


class CircularPad1d(Pad):
    axes = 1
    spare = 0


class CircularPad2d(Pad):
    axes = 2
    spare = 0


class CircularPad3d(Pad):
    axes = 3
    spare = 0
