"""Where the input of a row comes from: the row above, rows that it names, or an earlier one that its parameters need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd, isqrt, prod
from typing import NamedTuple

from calc.errors import Impossible, printable, times
from calc.layers.base import Shape
from calc.network import Read
from calc.readers.tables.entry import CONVOLVING, Entry
from calc.readers.tables.making import Making, Place
from calc.readers.tables.words import ACTIVATIONS, Item

JOINS = ("add", "multiply", "concat")
"""Rows that make one out of several inputs."""

MOST_LOOKED_AT = 60
"""Different shapes of earlier rows that are looked through."""


class Kernel(NamedTuple):
    """What the parameters of a convolution need: the kernel, its groups, and whether there are biases."""

    size: Shape
    groups: int
    bias: bool


def follow(making: Making, entry: Entry) -> list[Place]:
    """Go to what the row names as its inputs; those, or none where it names none."""
    found = [_named(making, entry, name) for name in entry.sources]
    if found and making.made and not (len(found) == 1 and entry.sources[0] in making.above):
        making.go(found[0])
        if entry.main and entry.main.kind not in JOINS:
            making.turn(entry, entry.sources[0])
    return found


def _named(making: Making, entry: Entry, name: str) -> Place:
    place = making.places.get(name)
    if place is None and (not making.made or "input" in name.lower()):
        return making.begun
    if place is None:
        raise Impossible(
            f"{making.file}, row {entry.row} ({entry.written}): it takes “{printable(name, 40)}”, which is no row above it"
        )
    return place


def join(making: Making, entry: Entry, item: Item, places: Sequence[Place]) -> None:
    """One output of several inputs; where the row does not name them, as its output says."""
    said = making.first(entry.output) if entry.output else None
    name = making.called(entry, item)
    if not places:
        places = _unnamed(making, entry, item, said)
    shapes = [place.shape for place in places]
    if places and all(shapes):
        shape = _joined(item.kind, [shape for shape in shapes if shape])
        making.built.reads.append(Read(making.unique(name), item.written, None, shapes[0], shape))
        making.go(Place(shape, shape[0], len(shape) == 1))
        return
    channels = [place.channels for place in places]
    whole = sum(n or 0 for n in channels) if item.kind == "concat" else channels[0] if channels else None
    making.built.reads.append(Read(making.unique(name), item.written, None, None, said))
    making.go(
        Place(said, said[0] if said else whole if all(channels) else None, len(said) == 1 if said else making.flat)
    )


def _unnamed(making: Making, entry: Entry, item: Item, said: Shape | None) -> list[Place]:
    """The inputs of a row that names none: an addition keeps its shape, a concatenation needs its output."""
    here = making.place()
    if item.kind != "concat":
        making.default(
            f"What is joined by {item.written} is not said: it keeps the shape of the row above and learns nothing",
            entry,
        )
        return [here]
    if said is None:
        raise Impossible(
            f"what {item.written} joins is not said, nor what comes out: name the rows in a column “Connected to”, or give its output shape"
        )
    if making.shape is not None and (said[1:] != making.shape[1:] or said[0] <= making.shape[0]):
        making.default(f"What {item.written} joins is not said: its output is taken as the table has it", entry)
        return [Place(said, said[0], len(said) == 1)]
    rest = said[0] - (making.channels or 0)
    other = next((p for p in _earlier(making) if p.shape == (rest, *said[1:])), None)
    if other and making.shape:
        making.default(
            f"What {item.written} joins is not said: the row above and the latest with {rest} channels of the same size are taken",
            entry,
        )
        return [here, other]
    making.default(f"What {item.written} joins is not said: its output is taken as the table has it", entry)
    return [Place(said, said[0], len(said) == 1)]


def _joined(kind: str, shapes: Sequence[Shape]) -> Shape:
    """The shape of what is joined: channels one after the other, or number by number."""
    first = shapes[0]
    if kind == "concat":
        if any(shape[1:] != first[1:] for shape in shapes):
            raise Impossible(
                f"{' and '.join(map(times, shapes))} cannot be put one after the other: only their channels may differ"
            )
        return sum(shape[0] for shape in shapes), *first[1:]
    wide = max(shapes, key=prod)
    for shape in shapes:
        padded = (*shape, *(1,) * (len(wide) - len(shape)))
        if any(n not in (1, w) for n, w in zip(padded, wide, strict=True)):
            raise Impossible(
                f"{' and '.join(map(times, shapes))} cannot be joined number by number: their shapes differ"
            )
    return wide


def _earlier(making: Making) -> Iterator[Place]:
    yield from islice(reversed(making.history), MOST_LOOKED_AT)


def reroute(making: Making, entry: Entry, item: Item) -> None:
    """Go to an earlier row where a tool printed the table and this row cannot take what the one above gives."""
    if not making.said.printed or entry.sources or entry.output is None or making.shape is None:
        return
    said = making.first(entry.output)
    if item.kind in CONVOLVING:
        if len(said) != len(making.shape) or item.kind == "transposed" or _takes(entry, making.place(), said):
            return
        found = next((place for place in _earlier(making) if _takes(entry, place, said)), None)
        if found is None:
            found = _summed(making, entry, said)
    elif "pool" in item.kind:
        if len(said) != len(making.shape) or _pools(making.shape, said):
            return
        found = next((place for place in _earlier(making) if place.shape and _pools(place.shape, said)), None)
    else:
        shaping = item.kind not in ACTIVATIONS and item.kind not in ("batchnorm", "dropout", "lrn")
        if shaping or said == making.shape or len(said) < 2:
            return
        found = Place(said, said[0], flat=False)
    if found is not None:
        what = (
            "takes what came out of an earlier row"
            if found in making.history
            else "takes inputs that the table does not show"
        )
        making.default(f"The {item.written} {what}, as its figures need", entry)
        making.go(found)
        making.turn(entry, "an earlier row" if found in making.history else "rows not shown")


def _pools(shape: Shape, said: Shape) -> bool:
    return shape[0] == said[0] and all(a >= b for a, b in zip(shape[1:], said[1:], strict=False))


def _takes(entry: Entry, place: Place, said: Shape) -> bool:
    shape = place.shape
    if shape is None or len(shape) != len(said) or any(n < m for n, m in zip(shape[1:], said[1:], strict=True)):
        return False
    return (
        entry.count is None
        or bool(entry.count.within)
        or needed(entry.count.number, shape[0], said[0], len(said) - 1) is not None
    )


def _summed(making: Making, entry: Entry, said: Shape) -> Place | None:
    """What is there and one earlier output of the same size, one after the other."""
    shape = making.shape
    assert shape is not None
    for place in _earlier(making):
        if place.shape and place.shape[1:] == shape[1:]:
            whole = (shape[0] + place.shape[0], *shape[1:])
            if _takes(entry, Place(whole, whole[0], flat=False), said):
                return Place(whole, whole[0], flat=False)
    return None


def needed(number: int, channels: int, filters: int, axes: int) -> Kernel | None:
    """The kernel, groups and biases that give a convolution that many parameters; None if none do."""
    deep = (channels,) if filters % channels == 0 else ()
    shared = (g for g in (32, 2, 4, 8, 16, 64) if gcd(channels, filters) % g == 0)
    for groups in dict.fromkeys((1, *deep, *shared)):
        for bias in (True, False):
            area, rest = divmod((number - bias * filters) * groups, filters * channels)
            if rest or area < 1:
                continue
            if axes == 1:
                if area <= 64:
                    return Kernel((area,), groups, bias)
                continue
            side = isqrt(area) if axes == 2 else round(area ** (1 / 3))
            if side**axes == area and side <= 11 and (groups == 1 or side in (3, 5, 7)):
                return Kernel((side,) * axes, groups, bias)
            if axes == 2 and area in (3, 5, 7, 11, 13) and groups == 1:
                return Kernel((1, area), groups, bias)
    return None


def names_in(cell: str) -> tuple[str, ...]:
    """The rows that a cell “Connected to” names: conv2d_1[0][0], add[0][0]."""
    tensors = re.findall(r"([^\s\[\](),'\"]+)\s*\[[0-9]+\](?:\[[0-9]+\])?", cell)
    if tensors:
        return tuple(tensors)
    return tuple(
        part
        for part in re.split(r"\s*(?:[,;+&]|\band\b)\s*|\s{2,}", cell.strip(" []()'\""))
        if re.search(r"[A-Za-z]", part)
    )
