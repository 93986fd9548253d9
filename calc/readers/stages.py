"""A layer as it is written in a chain, and which values its arguments may have."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from calc.errors import Impossible, counted
from calc.layers.base import Layer
from calc.layers.conv import Conv, Kernels
from calc.layers.padding import Pad
from calc.layers.reshape import Blocks
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
        for name, value in arguments.items():
            if why := refusal(kind, name, value):
                raise Impossible(why)
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


def signature(kind: type[Layer]) -> tuple[str, ...]:
    """The names of torch's constructor arguments, in order."""
    own: tuple[str, ...] = getattr(kind, "signature", tuple(f.name for f in dataclasses.fields(kind)))
    return own


def needed(kind: type[Layer]) -> tuple[str, ...]:
    """The arguments that torch's constructor cannot do without."""
    return tuple(f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING)


LOWEST: Mapping[str, int] = {
    "in_channels": 1,
    "out_channels": 1,
    "kernel_size": 1,
    "stride": 1,
    "padding": 0,
    "output_padding": 0,
    "dilation": 1,
    "groups": 1,
    "in_features": 1,
    "out_features": 1,
    "num_features": 1,
    "output_size": 1,
    "size": 1,
    "upscale_factor": 1,
    "downscale_factor": 1,
    "start_dim": -9,
    "end_dim": -9,
    "dim": -9,
    "unflattened_size": -1,
}
"""The arguments that are whole numbers, and the least that each may be."""

HIGHEST: Mapping[str, int] = {"start_dim": 9, "end_dim": 9, "dim": 9}

EACH_AXIS = frozenset({"kernel_size", "stride", "padding", "output_padding", "dilation", "output_size", "size"})
"""Those that may be a number for each axis."""

SWITCHES = frozenset({"bias", "ceil_mode", "affine", "count_include_pad"})

WORDED: Mapping[str, tuple[str, ...]] = {
    "padding": ("same", "valid"),
    "padding_mode": ("zeros", "reflect", "replicate", "circular"),
}
"""The words that stand for a value of an argument."""


def refusal(kind: type[Layer], name: str, value: Value) -> str:
    """Why a layer of the kind cannot have that value, if it cannot."""
    if name in SWITCHES:
        return "" if value in (True, False) else f"{name} is True or False"
    if name == "padding_mode":
        return "" if value in WORDED[name] else f"{name} is {', '.join(WORDED[name])}"
    if name in ("scale_factor", "norm_type"):
        return refused_factor(name, value)
    if name not in LOWEST:
        return ""
    if value is None and (
        name in ("output_size", "size") or (name == "stride" and not issubclass(kind, Kernels | Blocks))
    ):
        return ""
    if isinstance(value, str):
        words = WORDED.get(name, ()) if issubclass(kind, Conv) else ()
        return "" if value in words else f"{name} is {', '.join((*words, 'or a number')) if words else 'a number'}"
    lengths = _lengths(kind, name)
    if isinstance(value, tuple) and len(value) not in lengths:
        many = " or ".join(map(str, lengths)) or "one"
        return f"{name} has {counted(len(value), 'number')}, and {kind.kind()} takes {many}"
    lowest = -(10**18) if issubclass(kind, Pad) else LOWEST[name]
    return next(filter(None, (refused_whole(name, part, lowest) for part in _each(name, value))), "")


def _each(name: str, value: Value) -> tuple[Value, ...]:
    """The numbers of a value; an axis of an output may be left as it is."""
    parts = value if isinstance(value, tuple) else (value,)
    return tuple(part for part in parts if part is not None or name != "output_size")


def refused_whole(name: str, value: Value, lowest: int) -> str:
    """Why it is no whole number of at least `lowest`, or a hole."""
    if isinstance(value, Hole):
        return ""
    if not isinstance(value, int) or isinstance(value, bool):
        return f"{name} is a whole number"
    if value < lowest:
        return f"{name} {value} is not possible: it is at least {lowest}"
    if value > HIGHEST.get(name, value):
        return f"{name} {value} is not possible: it is at most {HIGHEST[name]}"
    return ""


def refused_factor(name: str, value: Value) -> str:
    """Why it is no positive number, whole or not, for all axes or for each."""
    parts = value if isinstance(value, tuple) and 1 <= len(value) <= 3 else (value,)
    fits = all(
        isinstance(part, Hole) or (isinstance(part, int | float) and not isinstance(part, bool) and part > 0)
        for part in parts
    )
    return "" if fits or (value is None and name == "scale_factor") else f"{name} is a number above 0"


def _lengths(kind: type[Layer], name: str) -> tuple[int, ...]:
    """How many numbers the argument may be."""
    if name == "unflattened_size":
        return tuple(range(1, 10))
    if name not in EACH_AXIS:
        return ()
    if issubclass(kind, Pad):
        return (2 * kind.axes,)
    if issubclass(kind, Blocks):
        return (2,)
    return (kind.axes,) if kind.axes else (1, 2, 3)
