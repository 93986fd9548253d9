"""The layers of a table while they are made: what goes into the next one, what was assumed, what differs from the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

from calc.layers.base import Layer, Shape
from calc.layers.known import BY_KIND
from calc.network import Read
from calc.readers.tables.entry import CONVOLVING, Entries, Entry
from calc.readers.tables.fits import gives, refuse_small
from calc.readers.tables.numbers import Shaped
from calc.readers.tables.words import Item

MOST_TRIED = 5_000
"""Layers that are tried in all."""


@dataclass(frozen=True)
class Reading:
    """One way to take what a table leaves open: padding that is not said, and the order of the sizes in a shape."""

    same: bool
    first: bool


@dataclass
class Built:
    """The layers that came out, what was assumed for them, and where the table says something else."""

    reads: list[Read] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    input: Shape | None = None
    off: int = 0
    """By how much the parameters that the table has for its rows are more than those here, in all."""
    counted: int = 0
    """How many rows have a number of parameters that agrees."""
    statistics: int = 0
    """The running means and variances of batch normalisation, which Keras counts."""
    with_statistics: bool = False
    odd: int = 0
    """Shapes that are not square, which decide between two readings that fit alike."""


class Unsaid(Exception):
    """Something that hangs on the input, which nobody said."""


SHAPING = ("gap", "gmp", "pad", "reflectpad", "replicatepad", "circularpad")
"""Rows beside convolutions and poolings whose output sizes say what they are."""


class Place(NamedTuple):
    """What came out of a row: its shape, or its channels where its sizes are unknown."""

    shape: Shape | None
    channels: int | None
    flat: bool


@dataclass
class Making:
    """The layers while they are made: the shape that the next gets, or its channels where its sizes are unknown."""

    said: Entries
    file: str
    reading: Reading
    shape: Shape | None
    channels: int | None = None
    flat: bool = False
    built: Built = field(default_factory=Built)
    names: dict[str, int] = field(default_factory=dict)
    defaults: dict[str, list[int]] = field(default_factory=dict)
    tries: int = MOST_TRIED
    places: dict[str, Place] = field(default_factory=dict)
    """What came out of the rows that have names."""
    begun: Place = field(default=Place(None, None, flat=False))
    """What went into the first row."""
    history: dict[Place, None] = field(default_factory=dict)
    """What came out of the rows so far, each once, the latest last."""
    above: tuple[str, ...] = ()
    """What the row above may be called."""
    made: int = 0
    """How many rows are done."""

    def place(self) -> Place:
        """What the next row gets if it names nothing else."""
        return Place(self.shape, self.channels, self.flat)

    def go(self, place: Place) -> None:
        """Let the next layer take what came out there."""
        self.shape, self.channels, self.flat = place

    def turn(self, entry: Entry, whence: str) -> None:
        """Say in the ledger that the next layer does not take what the row above gives."""
        name = self.unique(f"{entry.name} input")
        self.built.reads.append(Read(name, f"from {whence}", None, None, self.shape))

    def passed(self, entry: Entry) -> None:
        """Keep what came out of a row."""
        self.above = entry.keys
        for name in entry.keys:
            self.places[name] = self.place()
        self.history.pop(self.place(), None)
        self.history[self.place()] = None
        self.made += 1

    def default(self, what: str, entry: Entry) -> None:
        """Something that was taken because the table leaves it open, for the rows that it was taken for."""
        rows = self.defaults.setdefault(what, [])
        if entry.row not in rows[-1:]:
            rows.append(entry.row)

    def called(self, entry: Entry, item: Item) -> str:
        if item is entry.main:
            return entry.name
        number = entry.name.partition(" ")[0]
        return f"{number if number.isdecimal() else entry.name} {item.written}"

    def unique(self, name: str) -> str:
        times_ = self.names[name] = self.names.get(name, 0) + 1
        return name if times_ == 1 else f"{name} ({times_})"

    def features(self) -> int | None:
        """How many numbers go into the next layer."""
        if self.shape is not None:
            return prod(self.shape)
        return self.channels if self.flat else None

    def axes(self) -> int:
        return max(1, len(self.shape) - 1) if self.shape and not self.flat else 1 if self.flat else 2

    def sizes(self, axes: int) -> Shape | None:
        """The sizes along the axes that go into the next layer, where they are known."""
        return self.shape[1:] if self.shape and len(self.shape) == axes + 1 else None

    def first(self, shaped: Shaped) -> Shape:
        """Sizes of a table with the channels first."""
        sizes = shaped.sizes
        if len(sizes) == 2 and sizes[1] == 1:
            return sizes[:1]
        if len(sizes) == 2 and shaped.batched and not self.reading.first:
            return sizes[::-1]
        if len(sizes) < 3 or shaped.first:
            return sizes
        first = sizes if self.reading.first else (sizes[-1], *sizes[:-1])
        self.built.odd += shaped.first is None and first[1] != first[2]
        return first

    def wanted(self, entry: Entry, item: Item, axes: int) -> Shape | None:
        """The sizes along the axes that come out of the layer, if the row says them and no other layer of it has windows."""
        sliding = [i for i in entry.items if i.kind in (*CONVOLVING, "pool", "avgpool", "lppool", *SHAPING)]
        if entry.output is None or sliding != [item]:
            return None
        sizes = entry.output.sizes
        if len(sizes) == axes + 1 and (axes > 1 or entry.output.batched):
            return self.first(entry.output)[1:]
        if len(sizes) == axes and not entry.output.batched and axes > 1:
            return sizes
        return sizes * axes if len(sizes) == 1 and not entry.channels_alone else None

    def fitting(self, class_: type[Layer], options: Iterable[Mapping[str, Any]], wanted: Shape) -> Layer | None:
        """The first layer with some of these arguments that makes maps of the wanted sizes, of those tried at all."""
        assert self.shape is not None
        for option in options:
            self.tries -= 1
            if self.tries < 0:
                return None
            if layer := gives(class_, option, self.shape, wanted):
                return layer
        return None

    def flatten(self, name: str) -> None:
        before = self.shape
        features = self.features()
        self.shape = (features,) if features is not None and before is not None else None
        self.flat = True
        self.built.reads.append(Read(self.unique(name), "Flatten", BY_KIND["Flatten"].of({}), before, self.shape))
        if self.shape is None:
            self.channels = None
        else:
            self.channels = features

    def add(self, entry: Entry, item: Item, layer: Layer | None, called: str = "") -> None:
        """One more layer, at work on what the one before it leaves."""
        name = called or self.called(entry, item)
        if layer is None:
            self.built.reads.append(Read(self.unique(name), item.written, None, self.shape, self.shape))
            return
        if self.shape is None:
            out = self.unsized(layer)
            self.keep(name, layer, None, out)
            return
        refuse_small(layer, self.shape)
        self.keep(name, layer, self.shape, layer.output_shape(self.shape))

    def unsized(self, layer: Layer) -> Shape | None:
        """What is known of the output where the sizes of the input are not."""
        if self.channels is not None and not self.flat:
            self.channels = layer.out_channels_from(self.channels)
        adaptive = layer.fields().get("output_size")
        if isinstance(adaptive, tuple) and self.channels is not None and all(adaptive):
            return self.channels, *adaptive
        return None

    def keep(self, name: str, layer: Layer, before: Shape | None, after: Shape | None) -> None:
        values_ = before if before is None or layer.kind() != "Linear" or self.shape is not None else None
        self.built.reads.append(
            Read(self.unique(name), layer.kind(), layer, values_, after if self.built.input or after else None)
        )
        self.shape = after
        if after is not None:
            self.channels, self.flat = after[0], len(after) == 1
