"""Rows of layers that work along a sequence: embeddings and recurrent layers, with the parameters of torch or of Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from calc.errors import Impossible
from calc.layers.base import Layer, Shape
from calc.layers.known import BY_KIND
from calc.network import Read
from calc.readers.tables.entry import Entry
from calc.readers.tables.fits import grouped
from calc.readers.tables.making import Making, Place, Unsaid
from calc.readers.tables.words import Item

GATES: Mapping[str, int] = {"LSTM": 4, "GRU": 3, "RNN": 1}
KINDS: Mapping[str, tuple[str, bool]] = {
    "lstm": ("LSTM", False),
    "bilstm": ("LSTM", True),
    "gru": ("GRU", False),
    "bigru": ("GRU", True),
    "rnn": ("RNN", False),
}


@dataclass(frozen=True)
class _Biases:
    """How many bias vectors a gate has, and whose convention it is."""

    vectors: int
    whose: str


_CONVENTIONS = (_Biases(2, "torch"), _Biases(1, "Keras"))


def embedding(making: Making, entry: Entry, item: Item) -> None:
    """A table of vectors: as many as there are words, as long as its output or its number says."""
    said = item.said
    numbers = said.numbers
    many = numbers[0] if numbers else None
    width = making.first(entry.output)[0] if entry.output and len(entry.output.sizes) > 1 else None
    if len(numbers) > 1:
        width = width or numbers[1]
    else:
        width = width or entry.filters or (entry.output.sizes[-1] if entry.output else None)
    if entry.count and not entry.count.within and width and entry.count.number % width == 0:
        many = entry.count.number // width
    if not many or not width:
        raise Impossible(
            "how many words it knows and how long their vectors are is not said: give both, as in Embedding 10000 64, or its parameters"
        )
    layer = BY_KIND["Embedding"].of({"num_embeddings": many, "embedding_dim": width})
    long = making.shape[0] if making.shape and len(making.shape) == 1 else None
    if entry.output and len(entry.output.sizes) == 2:
        long = making.first(entry.output)[1]
    out = (width, long) if long else None
    before = (long,) if long else None
    making.built.reads.append(
        Read(making.unique(making.called(entry, item)), "Embedding", layer, before, (long, width) if long else None)
    )
    making.go(Place(out, width, flat=False))


def recurrent(making: Making, entry: Entry, item: Item) -> None:
    """A recurrent layer with the bias vectors that the table's parameters need, else as torch has them."""
    units = _units(making, entry, item)
    features = making.channels
    if making.shape is None and entry.input:
        features = making.first(entry.input)[0]
    if features is None:
        features = _received(making, entry, item, units)
    if features is None:
        raise Unsaid(
            f"how many features go into this {item.written} hangs on the input, which the table does not say: add --input, such as --input 64x100 for 100 steps of 64"
        )
    if making.shape is not None and len(making.shape) > 2:
        raise Impossible("a recurrent layer takes a sequence, and maps come in: a row that makes them one is missing")
    kind, both, biases = _convention(making, entry, item, features, units)
    sides = 2 if both else 1
    size = units // sides if _is_whole(entry, item) and both else units
    layer = BY_KIND[kind].of({"input_size": features, "hidden_size": size, "bidirectional": both, "batch_first": True})
    tensors = None
    if biases.vectors == 1:
        tensors = dict(_keras(kind, features, size, sides))
    long = making.shape[1] if making.shape and len(making.shape) == 2 else None
    kept = entry.output is not None and (len(entry.output.sizes) == 2 or entry.output.open)
    before = (long, features) if long else None
    after = (long, sides * size) if long else None
    making.built.reads.append(Read(making.unique(making.called(entry, item)), kind, layer, before, after, tensors))
    if long is None and kept and entry.output and not entry.output.open:
        long = making.first(entry.output)[1]
    if kept or (entry.output is None and long is not None and _next_is_recurrent(making, entry)):
        making.go(Place((sides * size, long) if long else None, sides * size, flat=False))
    else:
        making.go(Place((sides * size,), sides * size, flat=True))


def _received(making: Making, entry: Entry, item: Item, units: int) -> int | None:
    """The features that the parameters of the table need, as Keras counts them in a table that a tool printed."""
    named = KINDS.get(item.kind)
    if named is None or entry.count is None or entry.count.within:
        return None
    kind, both = named
    size = units // 2 if both and _is_whole(entry, item) else units
    for biases in _CONVENTIONS[::-1] if making.said.printed else _CONVENTIONS:
        rows, rest = divmod(entry.count.number, (2 if both else 1) * GATES[kind] * size)
        if not rest and rows > size + biases.vectors:
            found = rows - size - biases.vectors
            making.default(
                f"{found} feature{'s go' if found > 1 else ' goes'} in, as the parameters of the table need", entry
            )
            return found
    return None


def _next_is_recurrent(making: Making, entry: Entry) -> bool:
    """Whether the next row goes on along the sequence."""
    rows = making.said.entries
    at = next((i for i, other in enumerate(rows) if other is entry), len(rows))
    after = rows[at + 1] if at + 1 < len(rows) else None
    return bool(after and after.main and after.main.kind in (*KINDS, "bidirectional"))


def _is_whole(entry: Entry, item: Item) -> bool:
    """Whether the units are those of both directions, as an output has them."""
    return not item.said.numbers and "out" not in item.said.given and entry.filters is None


def _units(making: Making, entry: Entry, item: Item) -> int:
    if isinstance(out := item.said.given.get("out"), tuple):
        return out[0]
    if item.said.numbers:
        return item.said.numbers[-1]
    if entry.filters:
        return entry.filters
    if entry.output:
        return making.first(entry.output)[0]
    raise Impossible(f"how many units it has is not said: give it a number, as in {item.written} 64")


def _convention(making: Making, entry: Entry, item: Item, features: int, units: int) -> tuple[str, bool, _Biases]:
    """The layer, its directions and its biases that give the parameters of the table."""
    named = KINDS.get(item.kind)
    options = [named] if named else [(kind, True) for kind in GATES]
    count = entry.count if entry.count and not entry.count.within else None
    for kind, both in options:
        for biases in _CONVENTIONS:
            size = units // 2 if both and _is_whole(entry, item) else units
            number = (2 if both else 1) * GATES[kind] * size * (features + size + biases.vectors)
            if count and number == count.number:
                if biases.vectors == 1:
                    making.default(f"{kind} with one bias vector, as Keras has it; torch has two", entry)
                return kind, both, biases
    if named is None:
        raise Impossible(
            f"which recurrent layer {item.written} holds is not said, and the table's parameters fit none: write LSTM, GRU or RNN"
        )
    keras = making.said.printed and not making.reading.first
    biases = _CONVENTIONS[1 if keras and item.kind != "gru" else 0]
    size = units // 2 if named[1] and _is_whole(entry, item) else units
    less = (2 if named[1] else 1) * GATES[named[0]] * size
    if biases.vectors == 2:
        making.default(
            f"{named[0]} with two bias vectors, as torch has it; with one, as Keras has it, {grouped(less)} parameters fewer",
            entry,
        )
    return *named, biases


def _keras(kind: str, features: int, size: int, sides: int) -> Iterator[tuple[str, Shape]]:
    for side in range(sides):
        end = "_backward" if side else ""
        wide = GATES[kind] * size
        yield f"kernel{end}", (features, wide)
        yield f"recurrent_kernel{end}", (size, wide)
        yield f"bias{end}", (wide,)


def learned(read: Read) -> int:
    """How many parameters a row's layer has."""
    tensors = read.tensors if read.tensors is not None or not read.layer else read.layer.tensors()
    return sum(map(prod, (tensors or {}).values()))


def normalised(making: Making, entry: Entry, item: Item) -> None:
    """Layer normalisation: a scale and a shift for each channel, or for each number where the parameters need them."""
    channels = making.channels
    if channels is None:
        raise Unsaid(
            "what it normalises hangs on the input, which the table does not say: add --input, such as --input 3x32x32"
        )
    over: Shape = (channels,)
    if entry.count and making.shape and entry.count.number == 2 * prod(making.shape):
        over = making.shape
    elif entry.count and making.shape and entry.count.number in [2 * n for n in making.shape]:
        over = (entry.count.number // 2,)
    layer: Layer | None = None
    if making.shape is not None and (over == making.shape or len(making.shape) == 1):
        layer = BY_KIND["LayerNorm"].of({"normalized_shape": over})
    making.built.reads.append(
        Read(
            making.unique(making.called(entry, item)),
            "LayerNorm",
            layer,
            making.shape,
            making.shape,
            None if layer else {"weight": over, "bias": over},
        )
    )
