"""Fully connected layers (torch's documentation): Linear, y = x·Wᵀ + b, and Bilinear, y = xᵀ·W·z + b for each output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible
from calc.expr import Expr, Number, symbols
from calc.layers.base import Shape, Whole
from calc.question import Misconception

i, j, o, b, n = symbols("i j o b n")

_MEANING = {"i": "features of the input", "o": "outputs", "b": "bias of each output", "n": "rows of features"}

_EXAMPLE: dict[str, Number] = {"i": 2048, "o": 64, "b": 1}


def _bias_counted(rule: Expr, layer: Mapping[str, Number]) -> Misconception:
    why = "the layer has no biases: it is made with bias=False"
    return Misconception("bias-counted", "params", rule, why, {**layer, "b": 0}, taking={"b": 1})


@dataclass(frozen=True)
class Linear(Whole):
    """Every output is a weighted sum of all inputs: i features → o features."""

    in_features: int
    out_features: int
    bias: bool = True

    signature: ClassVar[tuple[str, ...]] = ("in_features", "out_features", "bias", "device", "dtype")
    meaning: ClassVar[Mapping[str, str]] = _MEANING
    params = (i + b) * o
    macs = n * i * o

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        return (
            Misconception(
                "one-bias-for-the-layer",
                "params",
                i * o + b,
                "every output has a bias of its own, not one for the layer",
                _EXAMPLE,
            ),
            Misconception(
                "bias-forgotten",
                "params",
                i * o,
                "the biases are missing: one per output",
                _EXAMPLE,
                taking={"b": 0},
            ),
            _bias_counted((i + 1) * o, _EXAMPLE),
            Misconception(
                "bias-per-weight", "params", 2 * i * o, "an output has one bias, not one for each weight", _EXAMPLE
            ),
            Misconception(
                "biases-of-inputs",
                "params",
                i * o + i * b,
                "there are as many biases as outputs, not as inputs",
                _EXAMPLE,
            ),
            Misconception(
                "outputs-twice",
                "params",
                i * o * o,
                "the outputs are counted once: a weight for each input of each output",
                _EXAMPLE,
            ),
            Misconception(
                "features-added", "params", i + o, "each input is joined to each output: multiply, not add", _EXAMPLE
            ),
        )

    def letters(self) -> Mapping[str, Number]:
        return {"i": self.in_features, "o": self.out_features, "b": int(self.bias)}

    def tensors(self) -> dict[str, Shape]:
        weight = self.out_features, self.in_features
        return {"weight": weight} | ({"bias": (self.out_features,)} if self.bias else {})

    def output_shape(self, shape: Shape) -> Shape:
        if not shape or shape[-1] != self.in_features:
            got = shape[-1] if shape else "a single number"
            raise Impossible(f"Linear expects {self.in_features} features but receives {got}")
        return *shape[:-1], self.out_features


@dataclass(frozen=True)
class Bilinear(Whole):
    """Every output is a weighted sum of all products of a number of one input and one of the other: i and j → o.

    A multiply-accumulate is one weight times such a product.
    """

    in1_features: int
    in2_features: int
    out_features: int
    bias: bool = True

    signature: ClassVar[tuple[str, ...]] = (
        "in1_features",
        "in2_features",
        "out_features",
        "bias",
        "device",
        "dtype",
    )
    meaning: ClassVar[Mapping[str, str]] = {**_MEANING, "i": "features of one input", "j": "features of the other"}
    params = (i * j + b) * o
    macs = n * i * j * o

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        layer: dict[str, Number] = {"i": 20, "j": 30, "o": 40, "b": 1}
        return (
            Misconception(
                "features-added",
                "params",
                (i + j + b) * o,
                "each pair of inputs has a weight: multiply the features, not add",
                layer,
            ),
            Misconception(
                "bias-forgotten",
                "params",
                i * j * o,
                "the biases are missing: one per output",
                layer,
                taking={"b": 0},
            ),
            _bias_counted((i * j + 1) * o, layer),
            Misconception(
                "one-bias-for-the-layer",
                "params",
                i * j + b,
                "every output has weights of its own for all pairs",
                layer,
            ),
        )

    def letters(self) -> Mapping[str, Number]:
        return {"i": self.in1_features, "j": self.in2_features, "o": self.out_features, "b": int(self.bias)}

    def output_shape(self, shape: Shape) -> Shape:
        """That of its output, by the first input's; the second has the same but for its features."""
        if not shape or shape[-1] != self.in1_features:
            got = shape[-1] if shape else "a single number"
            raise Impossible(f"Bilinear expects {self.in1_features} features but receives {got}")
        return *shape[:-1], self.out_features

    def tensors(self) -> dict[str, Shape]:
        weight = {"weight": (self.out_features, self.in1_features, self.in2_features)}
        return {**weight, "bias": (self.out_features,)} if self.bias else {**weight}
