"""A layer as it is written in a chain, and which values its arguments may have."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from calc.errors import Impossible
from calc.layers import values
from calc.layers.base import Layer
from calc.layers.padding import Pad
from calc.readers.families import FAMILIES, Arguments
from calc.readers.literals import Hole, Value


@dataclass(frozen=True)
class Stage:
    """One layer of a chain as it was written, at text[start:end]; `name` is what it was called: conv1.

    `kind` is a layer class where torch's constructor was written, else the word of a family. `arguments` are named as
    torch names them, in the order of the text. A layer that is repeated is one object several times: its holes are
    one number.
    """

    kind: type[Layer] | str
    arguments: Mapping[str, Value]
    text: str
    start: int
    end: int
    name: str = ""
    axes: int = 0
    """The axes its name says: 2 for Conv2d and for conv2d, 0 for conv and for layers that take any."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The numbers looked for, in the order of the text."""
        return tuple(hole for value in self.arguments.values() for hole in _holes(value))

    @property
    def says_filters(self) -> bool:
        """Whether it says how many channels come out."""
        return "out_channels" in self.arguments

    def layer(self, axes: int, channels: int | None = None, put: Sequence[int] = ()) -> Layer:
        """The layer along that many axes, with a number for each of its holes.

        `channels` are the channels that go in, or the features into a linear layer, where the text does not say them.
        Where it says no filters either, as many come out; one goes in and comes out if `channels` is None.
        """
        numbers = iter(put)
        arguments: Arguments = {name: _filled(value, numbers) for name, value in self.arguments.items()}
        kind = self.kind
        if isinstance(kind, str):
            family = FAMILIES[kind]
            kind = family.layer_kind(self.axes or axes)
            arguments = family.complete(arguments, self.axes or axes, channels)
        return kind.of(arguments)


def _holes(value: Value) -> Iterator[Hole]:
    if isinstance(value, Hole):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _holes(part)


def _filled(value: Value, numbers: Iterator[int]) -> Value:
    if isinstance(value, Hole):
        return next(numbers)
    return tuple(_filled(part, numbers) for part in value) if isinstance(value, tuple) else value


def needed(kind: type[Layer]) -> tuple[str, ...]:
    """The arguments that torch's constructor cannot do without."""
    required = {f.name for f in dataclasses.fields(kind) if f.init and f.default is dataclasses.MISSING}
    return tuple(name for name, field in kind.arguments().items() if field in required)


def refusal(kind: type[Layer], name: str, value: Value) -> str:
    """Why the argument cannot have that value, whatever the others have; the layer itself refuses the rest."""
    sides = name == "padding" and (isinstance(value, str) or issubclass(kind, Pad))
    if sides or value is None:
        return ""
    try:
        values.checked(kind.kind(), name, _filled(value, repeat(1)), kind.axes)
    except Impossible as fault:
        return str(fault)
    return ""
