"""Layers that work on each number by itself, or pass it on: no weights, the shape stays."""

from __future__ import annotations

from dataclasses import dataclass

from calc.layers.base import Layer


@dataclass(frozen=True)
class Elementwise(Layer):
    """What they share: everything is in the base."""


class Identity(Elementwise):
    """x"""


class ReLU(Elementwise):
    """max(0, x)"""


class LeakyReLU(Elementwise):
    """x where positive, else a small multiple of x"""


class ELU(Elementwise):
    """x where positive, else α·(eˣ − 1)"""


class GELU(Elementwise):
    """x·Φ(x)"""


class SiLU(Elementwise):
    """x·sigmoid(x)"""


class Sigmoid(Elementwise):
    """1/(1 + e⁻ˣ)"""


class Tanh(Elementwise):
    """tanh x"""


class Softmax(Elementwise):
    """eˣ divided by the sum of all eˣ"""


class LogSoftmax(Elementwise):
    """the logarithm of softmax"""


class Dropout(Elementwise):
    """x, or 0 at random while training"""


class Dropout2d(Elementwise):
    """x, or a whole channel 0 at random while training"""
