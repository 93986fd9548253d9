"""Attention: each step takes from all steps, weighted by how well its query meets their keys.

Parameters and shapes are those of torch's documentation (MultiheadAttention), after Vaswani et al., "Attention is all
you need" (2017). What torch calls out_proj belongs to the layer, though torch holds it as a module of its own.
TransformerEncoderLayer and TransformerDecoderLayer are made of such layers and have no parameters besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible, times
from calc.expr import Number, symbols
from calc.layers import values
from calc.layers.base import Shape, Whole
from calc.question import Misconception

e, k, v, b, o, t, n = symbols("e k v b o t n")
"""Numbers of a query, a key and a value, vectors besides the weights, whether what goes out has one, heads, steps."""


@dataclass(frozen=True)
class MultiheadAttention(Whole):
    """Query, key and value are projected on e numbers, which the heads share, and what they give once more: T×E → T×E.

    Its multiply-accumulates are those of these weights, for a sequence that attends to itself; queries times keys and
    what they weigh times values are products of activations, in which no weight is.
    """

    embed_dim: int
    num_heads: int
    bias: bool = True
    add_bias_kv: bool = False
    kdim: int | None = None
    vdim: int | None = None
    batch_first: bool = False

    signature = (
        "embed_dim",
        "num_heads",
        "dropout",
        "bias",
        "add_bias_kv",
        "add_zero_attn",
        "kdim",
        "vdim",
        "batch_first",
        "device",
        "dtype",
    )
    meaning: ClassVar[Mapping[str, str]] = {
        "e": "numbers of a query and of the output",
        "k": "numbers of a key",
        "v": "numbers of a value",
        "b": "bias vectors of what comes in",
        "o": "bias vector of what goes out",
        "n": "steps",
    }
    params = e * (e + k + v + b) + e * (e + o)
    macs = n * e * (e + k + v) + n * e * e

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("kdim", "vdim"):
            size = getattr(self, name)
            self._keep(name, self.embed_dim if size is None else values.whole(self.kind(), name, size, 1))
        if self.embed_dim % self.num_heads:
            raise Impossible(f"MultiheadAttention cannot part {self.embed_dim} embed_dim into {self.num_heads} heads")

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        layer: dict[str, Number] = {"e": 64, "k": 64, "v": 64, "b": 3, "o": 1, "t": 8}
        return (
            Misconception(
                "heads-multiplied",
                "params",
                t * cls.params,
                "the heads share the numbers: each has e/heads of them, not all",
                layer,
            ),
            Misconception(
                "one-head",
                "params",
                cls.params / t,
                "every head has a part of the weights: they are all counted",
                layer,
            ),
            Misconception(
                "bias-forgotten",
                "params",
                cls.params.put({"b": 0, "o": 0}),
                "the biases are missing: a vector for query, key and value, and for what goes out",
                layer,
            ),
            Misconception(
                "one-projection",
                "params",
                e * (e + b / 3) + e * (e + o),
                "query, key and value have a projection each, not one for all",
                layer,
            ),
            Misconception(
                "out-projection-forgotten",
                "params",
                e * (e + k + v + b),
                "what the heads give is projected once more: out_proj is missing",
                layer,
            ),
            Misconception(
                "query-alone-in-macs",
                "macs",
                2 * n * e * e,
                "query, key and value are projected, not the query alone",
                layer | {"n": 5},
            ),
        )

    def letters(self) -> Mapping[str, Number]:
        assert self.kdim is not None
        assert self.vdim is not None
        return {
            "e": self.embed_dim,
            "k": self.kdim,
            "v": self.vdim,
            "b": 3 * int(self.bias) + 2 * int(self.add_bias_kv),
            "o": int(self.bias),
            "t": self.num_heads,
        }

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) not in (1, 2):
            raise Impossible(f"MultiheadAttention takes T×E or one step E, not {times(shape) or 'one number'}")
        if shape[-1] != self.embed_dim:
            raise Impossible(f"MultiheadAttention expects {self.embed_dim} features but receives {shape[-1]}")
        return shape

    def with_batch(self, shape: Shape) -> bool:
        return len(shape) == 3

    def tensors(self) -> dict[str, Shape]:
        size, key, value = self.embed_dim, self.kdim, self.vdim
        assert key is not None
        assert value is not None
        weights: dict[str, Shape] = {"in_proj_weight": (3 * size, size)}
        if (key, value) != (size, size):
            weights = {"q_proj_weight": (size, size), "k_proj_weight": (size, key), "v_proj_weight": (size, value)}
        biases: dict[str, Shape] = {"in_proj_bias": (3 * size,)} if self.bias else {}
        more: dict[str, Shape] = {"bias_k": (1, 1, size), "bias_v": (1, 1, size)} if self.add_bias_kv else {}
        out: dict[str, Shape] = {"out_proj.weight": (size, size)} | ({"out_proj.bias": (size,)} if self.bias else {})
        return weights | biases | more | out
