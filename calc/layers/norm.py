"""Batch normalisation (torch's documentation, BatchNorm2d): a scale and a shift for each channel are learned.

The running mean and variance are statistics, not parameters: nothing is learned in them. Keras counts them as
non-trainable parameters, torch as buffers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calc.errors import Impossible, times
from calc.expr import Expr, Num, Number, symbols
from calc.layers.base import Layer, Shape
from calc.question import Misconception

c = symbols("c")[0]


@dataclass(frozen=True)
class BatchNorm(Layer):
    """What batch normalisation of 1, 2 and 3 dimensions share."""

    num_features: int
    affine: bool = True

    params = 2 * c

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        return (
            Misconception(
                "params", 4 * c, "the running mean and variance are statistics, nothing is learned in them", {"c": 64}
            ),
            Misconception("params", c, "each channel has a scale and a shift", {"c": 64}),
        )

    def letters(self) -> Mapping[str, Number]:
        return {"c": self.num_features}

    def count(self) -> Expr:
        return super().count() if self.affine else Num(0)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape or shape[0] != self.num_features:
            raise Impossible(f"{self.kind()} expects {self.num_features} channels but receives {times(shape[:1])}")
        return shape


class BatchNorm1d(BatchNorm):
    axes = 1


class BatchNorm2d(BatchNorm):
    axes = 2


class BatchNorm3d(BatchNorm):
    axes = 3
