"""The fully connected layer (torch's documentation, Linear): y = x·Wᵀ + b; and the table of vectors, Embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible
from calc.expr import Number, symbols
from calc.layers.base import Layer, Shape, Whole
from calc.question import Misconception

i, o, b, n = symbols("i o b n")

_EXAMPLE: dict[str, Number] = {"i": 2048, "o": 64, "b": 1}


@dataclass(frozen=True)
class Linear(Whole):
    """Every output is a weighted sum of all inputs: i features → o features."""

    in_features: int
    out_features: int
    bias: bool = True

    signature: ClassVar[tuple[str, ...]] = ("in_features", "out_features", "bias", "device", "dtype")
    params = (i + b) * o
    macs = n * i * o

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        return (
            Misconception("params", i * o + b, "every output has a bias of its own, not one for the layer", _EXAMPLE),
            Misconception("params", i * o, "the biases are missing: one per output", _EXAMPLE),
            Misconception(
                "params", i * o * o, "the outputs are counted once: a weight for each input of each output", _EXAMPLE
            ),
            Misconception("params", i + o, "each input is joined to each output: multiply, not add", _EXAMPLE),
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
class Embedding(Layer):
    """Each whole number of its input becomes a vector out of a table: i vectors of o numbers."""

    num_embeddings: int
    embedding_dim: int

    signature = (
        "num_embeddings",
        "embedding_dim",
        "padding_idx",
        "max_norm",
        "norm_type",
        "scale_grad_by_freq",
        "sparse",
        "_weight",
        "_freeze",
        "device",
        "dtype",
    )
    params = i * o

    def letters(self) -> Mapping[str, Number]:
        return {"i": self.num_embeddings, "o": self.embedding_dim}

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def output_shape(self, shape: Shape) -> Shape:
        return *shape, self.embedding_dim
