"""Layers that only change the shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from calc.layers.base import Layer, Shape


@dataclass(frozen=True)
class Flatten(Layer):
    """All axes from `start_dim` to `end_dim` become one; torch counts the batch as axis 0."""

    start_dim: int = 1
    end_dim: int = -1

    def output_shape(self, shape: Shape) -> Shape:
        batched = (1, *shape)
        start, end = self.start_dim % len(batched), self.end_dim % len(batched)
        return (*batched[:start], prod(batched[start : end + 1]), *batched[end + 1 :])[1:]
