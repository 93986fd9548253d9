"""What the numbers of other counters are: the same multiplications by other conventions.

Read off what the tools print for single layers: torch's FlopCounterMode (2.13), fvcore 0.1.5, torchinfo 1.8,
thop 0.1.1 and ptflops 0.7.5.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from calc.derivation import Derivation, Note, Table
from calc.expr import Num
from calc.layers.activation import ELU, GELU, LeakyReLU, PReLU, ReLU, ReLU6, SiLU, Softmax
from calc.layers.base import Layer, Shape
from calc.layers.linear import Linear
from calc.layers.norm import BatchNorm
from calc.layers.pool import AvgPool, MaxPool
from calc.layers.transposed import ConvTranspose


class Work(NamedTuple):
    """A layer at work on one input: its multiply-accumulates of weights, and the shapes that go in and come out."""

    layer: Layer
    macs: int
    input: Shape
    output: Shape

    @property
    def outputs(self) -> int:
        """The cells that come out."""
        return prod(self.output)

    @property
    def inputs(self) -> int:
        """The cells that go in."""
        return prod(self.input)

    @property
    def biases(self) -> int:
        """The additions of a bias, one for each output of a layer that has one."""
        return self.outputs if getattr(self.layer, "bias", False) is True and self.macs else 0

    @property
    def by_output(self) -> int:
        """The multiply-accumulates, those of a transposed convolution as if each output met every weight."""
        if not isinstance(self.layer, ConvTranspose) or not self.inputs:
            return self.macs
        return self.macs * prod(self.output[1:]) // prod(self.input[1:])


def _normalised(work: Work, each: int) -> int:
    """So many operations for each cell of a batch normalisation."""
    return each * work.outputs if isinstance(work.layer, BatchNorm) else 0


def _torchinfo(work: Work) -> int:
    """Parameters times the places of the output; of rows of features only one is counted."""
    held = int(work.layer.count().value())
    if isinstance(work.layer, Linear | BatchNorm):
        return held
    return held * prod(work.output[1:]) if work.macs else held


def _thop(work: Work) -> int:
    """By the output; a batch normalisation is 4 a cell, an average pooling 1 an output, a softmax of n cells 3n − 1."""
    softmax = 3 * work.outputs - work.outputs // work.output[-1] if isinstance(work.layer, Softmax) else 0
    each = work.outputs if isinstance(work.layer, AvgPool | PReLU) else 0
    return work.by_output + _normalised(work, 4) + each + softmax


def _ptflops(work: Work) -> int:
    """With biases; some activations and poolings are 2 for each cell that goes in, others 1, and others none."""
    twice, once = (MaxPool, AvgPool, BatchNorm, ReLU, ELU, GELU, PReLU), (LeakyReLU, ReLU6, SiLU, Softmax)
    each = 2 if isinstance(work.layer, twice) else int(isinstance(work.layer, once))
    return work.macs + work.biases + each * work.inputs


class Convention(NamedTuple):
    """One way to count: its name, what it counts in words, what a layer adds to it, and who counts so."""

    name: str
    says: str
    of: Callable[[Work], int]
    who: str


CONVENTIONS: tuple[Convention, ...] = (
    Convention("MACs", "one for each weight and place it is used at", lambda work: work.macs, "here; most papers"),
    Convention(
        "MACs, biases too",
        "one more for each output of a layer with a bias",
        lambda work: work.macs + work.biases,
        "some courses",
    ),
    Convention("FLOPs", "two for each MAC, the multiplication and the addition", lambda work: 2 * work.macs, "torch"),
    Convention(
        "flops of fvcore",
        "MACs, and 2 for each cell of a batch normalisation",
        lambda work: work.macs + _normalised(work, 2),
        "fvcore",
    ),
    Convention(
        "mult-adds",
        "parameters with biases times the places of the output; a transposed convolution by its output",
        _torchinfo,
        "torchinfo",
    ),
    Convention(
        "MACs of thop",
        "a transposed convolution by its output; 4 for each cell of a batch normalisation, 1 for each output of an average pooling",
        _thop,
        "thop",
    ),
    Convention(
        "MACs of ptflops",
        "biases too; 1 or 2 for each cell that goes into a normalisation, a pooling and most activations",
        _ptflops,
        "ptflops",
    ),
)


def counted_by(convention: Convention, works: tuple[Work, ...]) -> int:
    """What the layers add up to by that convention."""
    return sum(map(convention.of, works))


def reconciled(works: tuple[Work, ...]) -> Derivation:
    """The conventions side by side, each with its number for these layers."""
    rows = tuple(((c.name,), (Num(counted_by(c, works)),), (c.who,)) for c in CONVENTIONS)
    notes = tuple(Note("why", (f"{c.name}: {c.says}.",)) for c in CONVENTIONS)
    end = "The same network has as many numbers as there are conventions: compare those of one name. A transposed convolution has a multiplication for each input cell and weight; by its output it is counted as if the zeros between the cells were multiplied too."
    table = Table((("name",), ("number",), ("as in",)), rows, (False, True, False))
    return Derivation(("What other counters say",), (table, *notes, Note("convention", (end,))))
