"""Recurrent layers: a sequence goes through step by step, with the same weights at every step.

Parameters and shapes are those of torch's documentation (RNN, LSTM, GRU). Each gate joins the input and the state to
every hidden unit. torch gives it two bias vectors, one for the input and one for the state, where one would do; so
Keras has one in its LSTM and SimpleRNN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from calc.errors import Impossible, times
from calc.expr import Expr, Number, symbols
from calc.layers import values
from calc.layers.base import Shape, Whole
from calc.question import Misconception

g, d, a, i, h, r, p, b, n = symbols("g d a i h r p b n")
"""Gates, directions, layers above the first, input, hidden units, state, projection, bias vectors, steps."""

MOST_LAYERS = 10_000
"""Layers that may lie on each other: each has tensors of its own, which are listed."""


def _stacked(joined: Expr, above: Expr) -> Expr:
    """What all layers have in all directions, where a gate joins so many to a hidden unit, first and above the first."""
    return d * (g * h * joined + p * h + a * (g * h * above + p * h))


class Gated(Whole):
    """What recurrent layers and their cells share; the fields are those of their classes."""

    input_size: int
    hidden_size: int
    bias: bool

    meaning: ClassVar[Mapping[str, str]] = {
        "g": "gates",
        "d": "directions",
        "a": "layers above the first",
        "i": "numbers that come in at a step",
        "h": "hidden units",
        "r": "numbers of the state",
        "p": "numbers that the state is projected on",
        "b": "bias vectors of each gate",
        "n": "steps",
    }
    gates: ClassVar[int] = 1

    def letters(self) -> Mapping[str, Number]:
        return {"g": self.gates, "i": self.input_size, "h": self.hidden_size, "b": 2 * int(self.bias)}

    def _fits(self, shape: Shape, forms: Mapping[int, str]) -> None:
        if len(shape) not in forms:
            raise Impossible(f"{self.kind()} takes {' or '.join(forms.values())}, not {times(shape) or 'one number'}")
        if shape[-1] != self.input_size:
            raise Impossible(f"{self.kind()} expects {self.input_size} features but receives {shape[-1]}")


@dataclass(frozen=True)
class Recurrent(Gated):
    """What RNN, LSTM and GRU share: T×I → T×hidden, from both directions side by side; one step I is taken as well."""

    input_size: int
    hidden_size: int
    num_layers: int = 1
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    bidirectional: bool = False

    signature: ClassVar[tuple[str, ...]] = (
        "input_size",
        "hidden_size",
        "num_layers",
        "bias",
        "batch_first",
        "dropout",
        "bidirectional",
        "device",
        "dtype",
    )
    params = _stacked(i + r + b, d * r + r + b)
    macs = n * _stacked(i + r, d * r + r)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_layers > MOST_LAYERS:
            raise Impossible(f"{self.kind()} takes at most {MOST_LAYERS} for num_layers, not {self.num_layers}")
        if not 0 <= self.dropout <= 1:
            raise Impossible(f"{self.kind()} takes a dropout from 0 to 1, not {self.dropout}")

    @classmethod
    def misconceptions(cls) -> tuple[Misconception, ...]:
        layer: dict[str, Number] = {"g": cls.gates, "d": 1, "a": 0, "i": 10, "h": 20, "r": 20, "p": 0, "b": 2}
        both = layer | {"d": 2}
        gates = (
            Misconception(
                "one-gate",
                "params",
                cls.params.put({"g": 1}),
                f"each of the {cls.gates} gates has weights of its own",
                layer,
            ),
            Misconception(
                "one-gate-in-macs",
                "macs",
                cls.macs.put({"g": 1}),
                f"each of the {cls.gates} gates is worked out",
                layer | {"n": 5},
            ),
        )
        return (
            *(gates if cls.gates > 1 else ()),
            Misconception(
                "one-bias-vector",
                "params",
                cls.params.put({"b": b / 2}),
                "torch has two bias vectors, one for the input and one for the state",
                layer,
            ),
            Misconception(
                "bias-forgotten",
                "params",
                cls.params.put({"b": 0}),
                "the biases are missing: two vectors in torch",
                layer,
            ),
            Misconception(
                "state-forgotten",
                "params",
                _stacked(i + b, d * r + b),
                "the state has weights too: each hidden unit is joined to all of the step before",
                layer,
            ),
            Misconception(
                "one-direction", "params", cls.params.put({"d": 1}), "each direction has weights of its own", both
            ),
            Misconception(
                "one-direction-above",
                "params",
                _stacked(i + r + b, r + r + b),
                "a layer above the first takes what both directions below it give",
                both | {"a": 1},
            ),
            Misconception(
                "input-in-every-layer",
                "params",
                _stacked(i + r + b, i + r + b),
                "a layer above the first takes what the one below it gives, not the input",
                layer | {"a": 1},
            ),
            Misconception(
                "one-step-in-macs",
                "macs",
                _stacked(i + r, d * r + r),
                "the weights are used again at every step",
                layer | {"n": 5},
            ),
        )

    @property
    def projection(self) -> int:
        """How many numbers the state is brought down to; 0 where it stays as long as there are hidden units."""
        return 0

    @property
    def state(self) -> int:
        """How many numbers go on to the next step."""
        return self.projection or self.hidden_size

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    def letters(self) -> Mapping[str, Number]:
        own = {"d": self.directions, "a": self.num_layers - 1, "r": self.state, "p": self.projection}
        return {**super().letters(), **own}

    def output_shape(self, shape: Shape) -> Shape:
        self._fits(shape, {2: "T×I", 1: "one step I"})
        return *shape[:-1], self.directions * self.state

    def with_batch(self, shape: Shape) -> bool:
        return len(shape) == 3

    def tensors(self) -> dict[str, Shape]:
        return dict(self._tensors())

    def _tensors(self) -> Iterator[tuple[str, Shape]]:
        rows, state = self.gates * self.hidden_size, self.state
        for layer in range(self.num_layers):
            taken = self.directions * state if layer else self.input_size
            for way in ("", "_reverse")[: self.directions]:
                yield f"weight_ih_l{layer}{way}", (rows, taken)
                yield f"weight_hh_l{layer}{way}", (rows, state)
                if self.bias:
                    yield f"bias_ih_l{layer}{way}", (rows,)
                    yield f"bias_hh_l{layer}{way}", (rows,)
                if self.projection:
                    yield f"weight_hr_l{layer}{way}", (state, self.hidden_size)


@dataclass(frozen=True)
class RNN(Recurrent):
    """state = tanh(W·input + U·state + biases), or relu of it."""

    nonlinearity: str = "tanh"

    signature = (*Recurrent.signature[:3], "nonlinearity", *Recurrent.signature[3:])

    def __post_init__(self) -> None:
        super().__post_init__()
        values.word(self.kind(), "nonlinearity", self.nonlinearity, ("tanh", "relu"))


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Four gates: what comes in, what is kept, what is new and what goes out; the state may be projected on fewer."""

    proj_size: int = 0

    gates = 4
    signature = (*Recurrent.signature[:-2], "proj_size", *Recurrent.signature[-2:])

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.proj_size >= self.hidden_size:
            raise Impossible(f"LSTM takes a proj_size below its hidden_size {self.hidden_size}, not {self.proj_size}")

    @property
    def projection(self) -> int:
        return self.proj_size


class GRU(Recurrent):
    """Three gates: what is reset, what is kept and what is new."""

    gates = 3


@dataclass(frozen=True)
class Cell(Gated):
    """What the cells share: one step of one layer in one direction, I → hidden."""

    input_size: int
    hidden_size: int
    bias: bool = True

    signature: ClassVar[tuple[str, ...]] = ("input_size", "hidden_size", "bias", "device", "dtype")
    params = g * h * (i + h + b)
    macs = g * h * (i + h)

    def output_shape(self, shape: Shape) -> Shape:
        self._fits(shape, {1: "one step I"})
        return (self.hidden_size,)

    def with_batch(self, shape: Shape) -> bool:
        return len(shape) == 2

    def tensors(self) -> dict[str, Shape]:
        rows = self.gates * self.hidden_size
        biases: dict[str, Shape] = {"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {}
        return {"weight_ih": (rows, self.input_size), "weight_hh": (rows, self.hidden_size), **biases}


@dataclass(frozen=True)
class RNNCell(Cell):
    """One step of an RNN."""

    nonlinearity: str = "tanh"

    signature = (*Cell.signature[:3], "nonlinearity", *Cell.signature[3:])

    def __post_init__(self) -> None:
        super().__post_init__()
        values.word(self.kind(), "nonlinearity", self.nonlinearity, ("tanh", "relu"))


class LSTMCell(Cell):
    """One step of an LSTM."""

    gates = 4


class GRUCell(Cell):
    """One step of a GRU."""

    gates = 3
