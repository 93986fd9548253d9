"""Rows that stand for several layers and say enough of them: residual and inverted blocks, Inception and Fire modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calc.errors import Impossible
from calc.layers.base import Shape
from calc.layers.known import BY_KIND
from calc.network import Read
from calc.readers.tables.entry import Entry
from calc.readers.tables.making import Making, Place, Unsaid
from calc.readers.tables.numbers import Said
from calc.readers.tables.words import Item

BARE = "Convolutions of a network with residual blocks have no biases and batch normalisation behind each, as published"
BLOCKS = ("residual", "inverted", "inception", "fire")
"""Rows that are several layers."""


def block(making: Making, entry: Entry, item: Item) -> None:
    """The layers of such a row."""
    if making.channels is None or making.flat:
        raise Unsaid(
            f"how many channels go into this {item.written} hangs on the input, which the table does not say: add --input, such as --input 3x224x224"
        )
    if item.kind == "residual":
        _residual(making, entry, item)
    elif item.kind == "inverted":
        _inverted(making, entry, item)
    else:
        _parallel(making, entry, item)


def _stride(making: Making, entry: Entry, item: Item) -> int:
    """The stride of the block: as the row says it, else as its output needs it."""
    if isinstance(said := item.said.given.get("stride"), tuple):
        return said[0]
    if entry.output is None or making.shape is None:
        return 1
    sizes = entry.output.sizes
    wide = making.first(entry.output)[1] if len(sizes) > 2 else sizes[0] if len(sizes) == 2 else 0
    return -(-making.shape[1] // wide) if wide and making.shape[1] > wide else 1


def _residual(making: Making, entry: Entry, item: Item) -> None:
    making.default(
        "The block adds its input to what its convolutions give, through a 1×1 convolution where the shape changes",
        entry,
    )
    stride, here = _stride(making, entry, item), making.place()
    sizes = item.said.sizes
    at = next((i for i, (kernel, _) in enumerate(sizes) if kernel > 1), 0)
    for i, (kernel, filters) in enumerate(sizes):
        convolve(making, entry, f"conv{i + 1}", filters, kernel, stride if i == at else 1)
        if i < len(sizes) - 1:
            _plain(making, entry, "ReLU")
    after = making.place()
    if here.channels != after.channels or stride > 1:
        making.go(here)
        convolve(making, entry, "shortcut", sizes[-1][1], 1, stride)
    _added(making, entry)
    _plain(making, entry, "ReLU")


def _inverted(making: Making, entry: Entry, item: Item) -> None:
    making.default(
        "The bottleneck widens its input t times by a 1×1 convolution (not if t = 1), then a 3×3 depthwise and a 1×1 convolution follow",
        entry,
    )
    stride, here = _stride(making, entry, item), making.place()
    filters = entry.filters
    if filters is None:
        raise Impossible("how many channels come out is not said: give it a number in the column c")
    wide = (here.channels or 0) * entry.parts["expansion"]
    if entry.parts["expansion"] > 1:
        convolve(making, entry, "expand", wide, 1)
        _plain(making, entry, "ReLU6")
    convolve(making, entry, "depthwise", wide, 3, stride, groups=wide)
    _plain(making, entry, "ReLU6")
    convolve(making, entry, "project", filters, 1)
    if stride == 1 and filters == here.channels:
        _added(making, entry)


def _parallel(making: Making, entry: Entry, item: Item) -> None:
    """Branches side by side, their channels one after the other."""
    parts = entry.parts
    branches: list[Sequence[tuple[str, int, int]]]
    if item.kind == "fire":
        convolve(making, entry, "squeeze 1×1", parts["squeeze"], 1, normed=False)
        branches = [[("expand 1×1", parts["expand 1"], 1)], [("expand 3×3", parts["expand 3"], 3)]]
    else:
        branches = [
            [("1×1", parts.get("1", 0), 1)],
            [("3×3 reduce", parts.get("3 reduce", 0), 1), ("3×3", parts.get("3", 0), 3)],
            [("5×5 reduce", parts.get("5 reduce", 0), 1), ("5×5", parts.get("5", 0), 5)],
            [("pool projection", parts.get("pool", 0), 1)],
        ]
    here = making.place()
    made: list[Place] = []
    for branch in branches:
        alike = bool(made) and making.shape == here.shape
        making.go(here)
        if alike:
            making.turn(entry, "the row above")
        if branch[0][0] == "pool projection" and branch[0][1]:
            pool = BY_KIND["MaxPool2d"].of({"kernel_size": 3, "stride": 1, "padding": 1})
            making.add(entry, Item("pool", 2, "pool", Said()), pool, f"{entry.name} pool")
        used = [part for part in branch if part[1]]
        for name, filters, kernel in used:
            convolve(making, entry, name, filters, kernel, normed=False)
        if used:
            made.append(making.place())
    channels = sum(place.channels or 0 for place in made)
    first = made[0].shape
    shape: Shape | None = (channels, *first[1:]) if first else None
    making.built.reads.append(Read(making.unique(f"{entry.name} concat"), "concat", None, None, shape))
    making.go(Place(shape, channels, flat=False))


def convolve(
    making: Making,
    entry: Entry,
    name: str,
    filters: int,
    kernel: int,
    stride: int = 1,
    *,
    groups: int = 1,
    normed: bool = True,
) -> None:
    """One of the convolutions of a block, which keeps the size but for its stride."""
    arguments: dict[str, Any] = {
        "in_channels": making.channels,
        "out_channels": filters,
        "kernel_size": kernel,
        "stride": stride,
        "padding": kernel // 2,
        "groups": groups,
        "bias": not normed,
    }
    item = Item("conv", 2, name, Said())
    making.add(entry, item, BY_KIND["Conv2d"].of(arguments), f"{entry.name} {name}")
    if normed:
        normalise(making, entry, f"{entry.name} {name} norm")


def normalise(making: Making, entry: Entry, name: str) -> None:
    """Batch normalisation of what there is."""
    layer = BY_KIND["BatchNorm2d"].of({"num_features": making.channels})
    making.built.statistics += 2 * (making.channels or 0)
    making.add(entry, Item("batchnorm", 2, "BatchNorm", Said()), layer, name)


def _plain(making: Making, entry: Entry, kind: str) -> None:
    making.add(entry, Item(kind.lower(), 0, kind, Said()), BY_KIND[kind].of({}), f"{entry.name} {kind}")


def _added(making: Making, entry: Entry) -> None:
    making.built.reads.append(Read(making.unique(f"{entry.name} add"), "add", None, making.shape, making.shape))
