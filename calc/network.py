"""A network as plain data: what was called, in which order, with which parameter tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from calc.errors import Impossible, printable
from calc.expr import Expr, num, product, total
from calc.layers.base import Layer, Shape
from calc.layers.known import BY_KIND
from calc.wiring import Node

LONGEST_NAME = 300
"""Characters of the name of a layer or a tensor; what is longer is cut."""


@dataclass(frozen=True)
class Tensor:
    """A parameter tensor; `name` is where it was met first, so a shared one keeps one name."""

    name: str
    shape: Shape
    trainable: bool

    @property
    def numel(self) -> int:
        return prod(self.shape)


class Buffer(NamedTuple):
    """A tensor of a network that is no parameter; `saved` if it is stored with the parameters."""

    name: str
    shape: Shape
    saved: bool = True

    @property
    def numel(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Call:
    """One layer at work: its own parameters, and the shapes that went in and out where they are known.

    `layer` is None for a kind that has no rules here; its parameters are counted from their shapes. `used` is False for
    a layer that was never called and whose weights were not used. `batch` is how
    many inputs went in at once, for the one input of the network. `traced` are the multiply-accumulates that were seen
    in a run, None where there was none or they are unknown (`unknown`). `by_weights` is True for a layer
    that was not called but whose weights were used. `known` is False where it may have parameters that nobody said: they
    are in no total.
    """

    name: str
    kind: str
    layer: Layer | None
    tensors: tuple[Tensor, ...] = ()
    inputs: tuple[Shape, ...] = ()
    output: Shape | None = None
    used: bool = True
    batch: int = 1
    known: bool = True
    traced: Expr | None = None
    unknown: bool = False
    by_weights: bool = False
    node: int | None = None
    """The number of the operation in the network that the output comes out of."""


class Read(NamedTuple):
    """A layer that was read out of a text; None for a layer without rules here, and for shapes that nobody said.

    `tensors` are its parameter tensors where no rule gives them, by their names in it; `known` as in a `Call`.
    """

    name: str
    kind: str
    layer: Layer | None
    input: Shape | None = None
    output: Shape | None = None
    tensors: Mapping[str, Shape] | None = None
    known: bool = True


@dataclass(frozen=True)
class Network:
    """The calls in order, and the distinct parameter tensors of the whole as the network itself lists them."""

    name: str
    calls: tuple[Call, ...]
    tensors: tuple[Tensor, ...]
    input: Shape | None = None
    flops: int | None = None
    """Multiplications and additions that torch's own counter saw, where it was asked."""
    notes: tuple[str, ...] = ()
    written: bool = False
    """Whether it was read out of a text or a file of weights; nothing of it has run."""
    more: tuple[Shape, ...] = ()
    """The shapes of further inputs."""
    between: int = 0
    """Multiply-accumulates between activations, such as attention's, which are no weights' work."""
    fault: str = ""
    """Why the run ended before its end, and what would be right; the calls are those up to there."""
    outside: tuple[str, ...] = ()
    """The operations of a run on activations outside layers, by torch's names, each once."""
    nodes: tuple[Node, ...] = ()
    """The operations of a run, in their order."""
    buffers: tuple[Buffer, ...] = ()
    """Its tensors that are no parameters, each once."""
    inferred: bool = False
    """Whether the input was found from the layers, as nobody named one."""

    @classmethod
    def of_layers(
        cls, name: str, layers: Sequence[Read], shape: Shape | None = None, notes: Sequence[str] = ()
    ) -> Network:
        """The network that a text describes: layers in order, each with the tensors that its rules give it."""
        calls = tuple(
            Call(
                read.name,
                read.kind,
                read.layer,
                tuple(
                    Tensor(f"{read.name}.{part}" if part else read.name, sizes, True)
                    for part, sizes in _tensors(read).items()
                ),
                () if read.input is None else (read.input,),
                read.output,
                known=read.known,
            )
            for read in layers
        )
        tensors = tuple(t for call in calls for t in call.tensors)
        return cls(name, calls, tensors, shape, None, tuple(notes), True, buffers=buffers_of(calls))

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Network:
        """The network that a reader's plain data describes."""
        names = _apart([printable(t["name"], LONGEST_NAME) for t in data["tensors"]])
        tensors = tuple(
            Tensor(name, tuple(t["shape"]), t["trainable"]) for name, t in zip(names, data["tensors"], strict=True)
        )
        calls = []
        for call in data["calls"]:
            products = call["products"]
            calls.append(
                Call(
                    printable(call["name"], LONGEST_NAME),
                    printable(call["kind"]),
                    layer_of(call["kind"], call["fields"]),
                    tuple(tensors[i] for i in call["tensors"]),
                    tuple(map(tuple, call["inputs"])),
                    None if call["output"] is None else tuple(call["output"]),
                    call["used"],
                    call["batch"],
                    traced=None
                    if products is None
                    else total(tuple(product(tuple(map(num, term))) for term in products)),
                    unknown=bool(data["inputs"]) and products is None and not call.get("by_rule", False),
                    by_weights=call.get("by_weights", False),
                    node=call.get("node"),
                )
            )
        inputs = tuple(map(tuple, data["inputs"]))
        return cls(
            printable(data["name"]),
            tuple(calls),
            tensors,
            inputs[0] if inputs else None,
            data["flops"],
            tuple(map(str, data["notes"])),
            more=inputs[1:],
            between=data["between"],
            outside=tuple(map(printable, data["outside"])),
            fault=printable(data["fault"], 600),
            nodes=tuple(Node(word, tuple(of), tuple(shape), how) for word, of, shape, how in data["nodes"]),
            buffers=tuple(Buffer(printable(b["name"]), tuple(b["shape"]), b["saved"]) for b in data["buffers"]),
            inferred=data.get("inferred", False),
        )


def buffers_of(calls: Sequence[Call]) -> tuple[Buffer, ...]:
    """The buffers that the rules of layers give."""
    named = {call.name: call.layer for call in calls if call.layer}
    return tuple(
        Buffer(f"{name}.{part}", shape) for name, layer in named.items() for part, shape in layer.buffers().items()
    )


def _apart(names: list[str]) -> list[str]:
    """The names, numbered where two are alike: a tensor is known by its name."""
    return names if len(set(names)) == len(names) else [f"{name} #{i}" for i, name in enumerate(names)]


def _tensors(read: Read) -> Mapping[str, Shape]:
    if read.tensors is not None:
        return read.tensors
    return read.layer.tensors() if read.layer else {}


def layer_of(kind: str, fields: Mapping[str, Any] | None) -> Layer | None:
    """The layer with rules, if the arguments that were found are those it has."""
    known = BY_KIND.get(kind) if fields is not None else None
    if not known or fields is None:
        return None
    given = {name: fields[name] for name in known.arguments() if name in fields}
    try:
        return known.of({name: tuple(v) if isinstance(v, list) else v for name, v in given.items()})
    except Impossible:
        return None
