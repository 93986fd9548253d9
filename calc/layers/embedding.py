"""Tables of vectors, in which whole numbers are looked up: nothing is multiplied, and there is no bias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible, times
from calc.expr import Number, symbols
from calc.layers import values
from calc.layers.base import Layer, Shape
from calc.question import Misconception

i, o, n = symbols("i o n")

_EXAMPLE: dict[str, Number] = {"i": 1000, "o": 64}


@dataclass(frozen=True)
class Table(Layer):
    """What they share: i vectors of o numbers."""

    num_embeddings: int
    embedding_dim: int

    meaning: ClassVar[Mapping[str, str]] = {"i": "vectors in the table", "o": "numbers of a vector"}
    params = i * o

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        return (
            Misconception(
                "bias-added", "params", (i + 1) * o, "a vector is looked up, no bias is added to it", _EXAMPLE
            ),
            Misconception(
                "features-added",
                "params",
                i + o,
                "each of the vectors has all its numbers: multiply, not add",
                _EXAMPLE,
            ),
            Misconception(
                "looked-up-in-macs",
                "macs",
                n * i * o,
                "a vector is looked up, nothing is multiplied",
                _EXAMPLE | {"n": 5},
            ),
        )

    def letters(self) -> Mapping[str, Number]:
        return {"i": self.num_embeddings, "o": self.embedding_dim}

    def tensors(self) -> dict[str, Shape]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}


@dataclass(frozen=True)
class Embedding(Table):
    """Each whole number of its input becomes a vector out of the table."""

    signature: ClassVar[tuple[str, ...]] = (
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

    def output_shape(self, shape: Shape) -> Shape:
        return *shape, self.embedding_dim


@dataclass(frozen=True)
class EmbeddingBag(Table):
    """The whole numbers of its input, a bag, become one vector: the sum, mean or maximum of theirs."""

    mode: str = "mean"

    signature: ClassVar[tuple[str, ...]] = (
        "num_embeddings",
        "embedding_dim",
        "max_norm",
        "norm_type",
        "scale_grad_by_freq",
        "mode",
        "sparse",
        "_weight",
        "include_last_offset",
        "padding_idx",
        "device",
        "dtype",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        values.word(self.kind(), "mode", self.mode, ("sum", "mean", "max"))

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise Impossible(f"EmbeddingBag takes a bag of whole numbers N, not {times(shape) or 'one number'}")
        return (self.embedding_dim,)

    def with_batch(self, shape: Shape) -> bool:
        return len(shape) == 2
