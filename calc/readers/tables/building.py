"""The network that the rows of a layer table make under one reading of what they leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt, prod
from typing import Any

from calc.errors import Impossible, times
from calc.layers.base import Layer, Shape
from calc.layers.known import BY_KIND
from calc.layers.linear import Linear
from calc.network import Read
from calc.readers.families import FAMILIES
from calc.readers.tables.blocks import BLOCKS, block
from calc.readers.tables.checks import check_count, check_input, check_output
from calc.readers.tables.convolving import convolution, filters_of
from calc.readers.tables.entry import CONVOLVING, Entry
from calc.readers.tables.fits import each, grouped, kernel_among, rows, said_kernel, same_padding, windows
from calc.readers.tables.making import Built, Making, Place, Unsaid
from calc.readers.tables.numbers import Said
from calc.readers.tables.routes import JOINS, follow, join, reroute
from calc.readers.tables.sequences import KINDS, embedding, normalised, recurrent
from calc.readers.tables.start import begin
from calc.readers.tables.words import ACTIVATIONS, Item


def build(making: Making) -> Built:
    """The layers one after the other; `Impossible`, naming the row, where one does not fit."""
    entries = begin(making)
    making.built.input = making.shape
    making.begun = making.place()
    if len(entries) < len(making.said.entries):
        making.passed(making.said.entries[0])
    for entry in entries:
        _entry(making, entry)
        making.passed(entry)
    making.built.assumed += [f"{what}: {rows(found)}." for what, found in making.defaults.items()]
    return making.built


def _entry(making: Making, entry: Entry) -> None:
    making.built.assumed += entry.unread
    before = len(making.built.reads)
    places = follow(making, entry)
    check_input(making, entry)
    try:
        for item in entry.items:
            _item(making, entry, item, places)
    except Unsaid as unsaid:
        raise Impossible(f"{making.file}, row {entry.row}: {unsaid}") from None
    except Impossible as fault:
        raise Impossible(f"{making.file}, row {entry.row} ({entry.written}): {fault}") from None
    check_output(making, entry, making.built.reads[before:])
    check_count(making, entry, making.built.reads[before:])


def _item(making: Making, entry: Entry, item: Item, places: Sequence[Place]) -> None:
    kind = item.kind
    if kind == "input":
        return
    if item is entry.main:
        reroute(making, entry, item)
    if kind in CONVOLVING:
        convolution(making, entry, item)
    elif kind in ("pool", "avgpool", "lppool"):
        _pooling(making, entry, item)
    elif kind == "linear":
        _linear(making, entry, item)
    elif kind == "batchnorm":
        _norm(making, entry, item)
    elif kind == "flatten":
        making.flatten(making.called(entry, item))
    elif kind == "reshape":
        _reshape(making, entry, item)
    elif kind in JOINS:
        join(making, entry, item, places)
    elif kind in ("held", "own"):
        _held(making, entry, item)
    elif kind == "separable":
        _separable(making, entry, item)
    elif kind in BLOCKS:
        block(making, entry, item)
    elif kind == "embedding":
        embedding(making, entry, item)
    elif kind in KINDS or kind == "bidirectional":
        recurrent(making, entry, item)
    elif kind == "layernorm":
        normalised(making, entry, item)
    elif kind == "as it is":
        making.add(entry, item, None)
    elif kind == "softmax" and item is entry.main and _weighs(making, entry, item):
        making.default("Softmax with units of its own is a linear layer before it", entry)
        _linear(making, entry, item)
        making.add(entry, item, FAMILIES[kind].layer_kind(1).of({}))
    else:
        making.add(entry, item, _other(making, entry, item))


def _held(making: Making, entry: Entry, item: Item) -> None:
    """A row without rules here: its parameters and its output are taken as the table has them."""
    number = entry.count.number if entry.count else 0
    if entry.count and entry.count.within:
        raise Impossible(
            f"{item.written} is no layer that is known, and its parameters are rounded to {entry.count.written}: write the layers of it"
        )
    name = making.called(entry, item)
    before = making.shape
    after = making.first(entry.output) if entry.output else before if not number or item.kind == "own" else None
    if number:
        making.default(f"{item.written} has no rules here: its parameters are taken as the table has them", entry)
    making.built.reads.append(
        Read(making.unique(name), item.written, None, before, after, {"": (number,)} if number else None)
    )
    making.go(Place(after, after[0] if after else None, len(after) == 1 if after else False))


def _separable(making: Making, entry: Entry, item: Item) -> None:
    """A depthwise convolution, without biases as Keras has it, and a pointwise one."""
    channels = making.channels
    filters = filters_of(making, entry, item)
    if channels is None or filters is None:
        raise Unsaid(
            f"how many channels go into this {item.written} and come out is not said: add --input, such as --input 3x32x32, and its filters"
        )
    kernel = said_kernel(item.said) or kernel_among(item.said.numbers)
    inner, outer = 0, 1
    number = entry.count.number if entry.count and not entry.count.within else None
    for first, second in ((0, 1), (1, 1), (0, 0)) if number else ():
        area, rest = divmod((number or 0) - filters * (channels + second) - first * channels, channels)
        side = isqrt(max(area, 0))
        if not rest and side and side * side == area and (kernel is None or prod(each(kernel, 2)) == area):
            kernel, inner, outer = (side,), first, second
            break
    else:
        making.default(
            f"{item.written}: a depthwise convolution without biases and a pointwise one with, as Keras has it", entry
        )
    kept = {k: v for k, v in item.said.given.items() if k in ("stride", "padding", "dilation")}
    deep = Said({**kept, "bias": (inner,)} | ({"kernel_size": kernel} if kernel else {}))
    flat = Said({"out": (filters,), "bias": (outer,), "stride": (1,), "padding": (0,)})
    for kind, said in (("depthwise", deep), ("pointwise", flat)):
        part = Item(kind, item.axes, kind, said)
        rows = replace(entry, name=f"{entry.name} {kind}", items=[part], count=None, filters=None, kernel_above=False)
        convolution(making, rows, part)


def _weighs(making: Making, entry: Entry, item: Item) -> bool:
    """Whether a row “Softmax” has a linear layer in it: it has parameters, or units that do not come in."""
    if entry.count is not None:
        return entry.count.number > 0
    return making.features() is not None and _units(entry, item) not in (None, making.features())


def _other(making: Making, entry: Entry, item: Item) -> Layer:
    """A layer without weights that the rows do not say much about."""
    said, kind = item.said, item.kind
    if kind == "lrn":
        return BY_KIND["LocalResponseNorm"].of({"size": 5})
    if kind == "prelu":
        many = making.channels if entry.count and entry.count.number == making.channels else 1
        return BY_KIND["PReLU"].of({"num_parameters": many or 1})
    family = FAMILIES[kind]
    arguments = dict(family.fixed)
    if "output_size" in arguments and making.shape and (sizes := making.wanted(entry, item, making.axes())):
        arguments["output_size"] = sizes
    if "scale_factor" in family.takes:
        sizes = said_kernel(said) or (said.numbers[0],) if said.numbers or said_kernel(said) else (2,)
        arguments["scale_factor"] = sizes[0]
    elif kind in ("pad", "reflectpad", "replicatepad", "circularpad"):
        arguments["padding"] = _sides(making, entry, item) or (said.numbers or [1])[0]
    elif kind == "groupnorm":
        arguments |= {"num_groups": (said.numbers or [32])[0], "num_channels": making.channels}
    elif kind == "instancenorm":
        arguments["num_features"] = making.channels
    elif family.takes and kind not in ACTIVATIONS and "dropout" not in kind:
        raise Impossible(
            f"a table is not read with {item.written}: give the network as model.py or as a chain of layers"
        )
    return family.layer_kind(item.axes or making.axes()).of(arguments)


def _sides(making: Making, entry: Entry, item: Item) -> Shape | None:
    """The padding that the output sizes need, an odd one at the end, in torch's order."""
    wanted = making.wanted(entry, item, making.axes())
    if wanted is None or making.shape is None or len(wanted) + 1 != len(making.shape):
        return None
    more = [out - size for out, size in zip(wanted, making.shape[1:], strict=True)]
    return tuple(n for extra in reversed(more) for n in (extra // 2, extra - extra // 2)) if min(more) >= 0 else None


def _pooling(making: Making, entry: Entry, item: Item) -> None:
    if making.flat:
        raise Impossible(
            f"a pooling takes maps, and the layer above leaves {making.features() or 'its'} features: are the rows in order?"
        )
    given = {**making.said.poolings.given, **item.said.given}
    numbers = item.said.numbers
    kernel = said_kernel(item.said) or (tuple(numbers[:1]) if numbers else None)
    if kernel is None and entry.filters and entry.filters <= 7 and entry.filters != making.channels:
        kernel = (entry.filters,)
    stated = given.get("kernel_size")
    kernel = kernel or (stated if isinstance(stated, tuple) else None)
    stride = given.get("stride") or (tuple(numbers[1:2]) if len(numbers) > 1 else None)
    axes = item.axes or making.axes()
    class_ = FAMILIES[item.kind].layer_kind(axes)
    wanted = making.wanted(entry, item, axes)
    if (
        item.kind == "pool"
        and not item.written.lower().replace("-", " ").startswith(("max", "m"))
        and "max" not in entry.written.lower()
    ):
        making.default("Which pooling is not said: the maximum is taken", entry)
    fixed: dict[str, Any] = {}
    if given.get("padding") == "same":
        sides = each(kernel or (2,), axes)
        steps = each(stride if isinstance(stride, tuple) else sides, axes)
        same = same_padding(sides, (1,) * axes, steps, making.sizes(axes))
        fixed["padding"] = 0 if same["padding"] == "same" else same["padding"]
    elif isinstance(padding := given.get("padding"), tuple):
        fixed["padding"] = each(padding, axes)
    sizes = list(zip(making.sizes(axes) or (), wanted or (), strict=False))
    options = windows(axes, kernel, stride if isinstance(stride, tuple) else None, fixed, sizes)
    found = None
    if making.shape and wanted:
        found = making.fitting(class_, options, wanted)
    if found is None:
        found = class_.of(options[0])
    if kernel is None and isinstance(found, Layer):
        size = found.fields()["kernel_size"]
        making.default(
            f"The pooling window is not said: {times(size)}{' with its stride' if stride is None else ''} is taken",
            entry,
        )
    making.add(entry, item, found)


def _linear(making: Making, entry: Entry, item: Item) -> None:
    units = _units(entry, item)
    name = making.called(entry, item) if item.kind == "linear" else f"{making.called(entry, item)} (linear)"
    last = making.built.reads[-1] if making.built.reads else None
    ends = item.written.lower().startswith("output")
    if ends and units is None:
        return
    if (
        ends
        and last
        and isinstance(last.layer, Linear)
        and units == making.features()
        and not (entry.count and entry.count.number)
    ):
        making.default("The output is what the linear layer above gives", entry)
        return
    if units == 0:
        raise Impossible("it has no units: a linear layer has at least 1")
    if units is None and entry.lettered:
        raise Impossible(f"“{entry.lettered}” stands for how many units it has: write the number")
    if units is None:
        raise Impossible(f"how many units it has is not said: give it a number, as in {item.written} 64")
    if (
        making.shape
        and prod(making.shape[1:]) > 1
        and units == prod(making.shape)
        and _is_flattened(entry, item, units)
    ):
        making.default(
            f"{grouped(units)} units are as many as the numbers of {times(making.shape)}: the row is taken as these, flattened, without weights of its own",
            entry,
        )
        making.flatten(name)
        return
    if making.shape and len(making.shape) > 1 and entry.count and not entry.count.within:
        _pooled_before(making, entry, units)
    inner = making.said.printed and _needed_features(entry, units) not in (None, prod(making.shape or (0,)))
    if making.shape and len(making.shape) > 1 and not inner:
        making.default(
            f"No row says Flatten: the {times(making.shape)} before it become {grouped(prod(making.shape))} features",
            entry,
        )
        making.flatten("flatten")
    features = making.features()
    if making.said.printed and (fitting := _needed_features(entry, units)) and fitting != features:
        if features is not None and fitting not in (making.shape or ()):
            making.default(
                f"{fitting} features go in, as the parameters of the table need; where they come from is not shown",
                entry,
            )
        features, making.shape, making.flat = fitting, (fitting,), True
    if features is None:
        features = _received(making, entry, item, units)
    arguments = {"in_features": features, "out_features": units}
    number = entry.count.number if entry.count and not entry.count.within else None
    unbiased = number == features * units or item.said.given.get("bias") == (0,)
    layer = Linear.of({**arguments, "bias": not unbiased})
    if number == features * units:
        making.default("No biases: the parameters of the table are those without", entry)
    rows = entry.output.sizes if entry.output and making.said.printed else (units,)
    if len(rows) > 1 and rows[-1] == units and item is entry.main:
        before = (*rows[:-1], features)
        making.built.reads.append(Read(making.unique(name), "Linear", layer, before, rows))
        shape = making.first(entry.output) if entry.output else rows
        making.go(Place(shape, shape[0], flat=False))
        return
    making.keep(name, layer, (features,), (units,))


def _needed_features(entry: Entry, units: int) -> int | None:
    """The features that the parameters of a linear layer need, with biases if they may have them."""
    if entry.count is None or entry.count.within:
        return None
    for bias in (1, 0):
        features, rest = divmod(entry.count.number - bias * units, units)
        if features > 0 and not rest:
            return features
    return None


def _is_flattened(entry: Entry, item: Item, units: int) -> bool:
    """Whether a linear layer with as many units as numbers come in only counts these: no one chooses 9216 units."""
    said = "in" in item.said.given or (entry.count is not None and entry.count.number > 0)
    return not said and units & (units - 1) != 0 and units % 100 != 0


def _pooled_before(making: Making, entry: Entry, units: int) -> None:
    """A global pooling that the table does not show, where the parameters of the linear layer need it."""
    assert making.shape is not None
    assert entry.count is not None
    channels, *sizes = making.shape
    if entry.count.number not in ((channels + 1) * units, channels * units) or prod(sizes) == 1:
        return
    making.default(
        f"{channels} features go in, as the parameters of the table need: a global pooling before it is not shown",
        entry,
    )
    layer = FAMILIES["gap"].layer_kind(len(sizes)).of({"output_size": 1})
    making.add(entry, Item("gap", 0, "global pooling", Said()), layer, f"{entry.name} global pooling")


def _received(making: Making, entry: Entry, item: Item, units: int) -> int:
    """The features that go into a linear layer where no input is said."""
    if entry.input and (making.channels is None or prod(entry.input.sizes) >= making.channels):
        return prod(entry.input.sizes)
    if len(item.said.numbers) > 1:
        return item.said.numbers[0]
    if isinstance(inside := item.said.given.get("in"), tuple):
        return inside[0]
    if entry.count and not entry.count.within:
        for bias in (1, 0):
            features, rest = divmod(entry.count.number - bias * units, units)
            if features > 0 and not rest and features % (making.channels or 1) == 0:
                making.default(f"{features} features go in, as the parameters of the table need", entry)
                return features
    raise Unsaid(
        f"how many features go into this {item.written} hangs on the input, which the table does not say: add --input, such as --input 3x32x32"
    )


def _units(entry: Entry, item: Item) -> int | None:
    said = item.said
    if isinstance(out := said.given.get("out"), tuple):
        return out[0]
    if len(said.numbers) > 1:
        return said.numbers[1]
    if item is not entry.main:
        return said.numbers[0] if said.numbers else None
    if entry.filters is not None:
        return entry.filters
    if said.numbers:
        return said.numbers[0]
    if entry.output:
        return prod(entry.output.sizes)
    bare = item.suffix.strip(" -_")
    if item.kind == "linear" and bare.isdecimal() and int(bare) and (item.suffix[0] in " -" or int(bare) >= 10):
        return int(bare)
    size = next((size for size in said.sizes if len(size) > 1), None)
    return size[-1] if size and item.kind == "linear" else None


def _norm(making: Making, entry: Entry, item: Item) -> None:
    channels = making.channels
    if channels is None:
        raise Unsaid(
            "what it normalises hangs on the input, which the table does not say: add --input, such as --input 3x32x32"
        )
    axes = item.axes or (1 if making.flat else making.axes())
    layer = FAMILIES["batchnorm"].layer_kind(axes).of({"num_features": channels})
    said = entry.filters if item is entry.main and entry.filters else (item.said.numbers or [channels])[0]
    if said != channels:
        making.built.differing.append(
            f"Row {entry.row} ({entry.written}): the table has {said} channels, {channels} come in."
        )
    making.built.statistics += 2 * channels
    making.add(entry, item, layer)


def _reshape(making: Making, entry: Entry, item: Item) -> None:
    """Flat features become maps as the output says; without one, maps become flat."""
    if entry.output is None or len(entry.output.sizes) < 3:
        making.flatten(making.called(entry, item))
        return
    wanted = making.first(entry.output)
    if making.shape and len(making.shape) > 1:
        making.flatten(making.called(entry, item))
    if making.features() is not None and prod(wanted) != making.features():
        raise Impossible(f"{times(wanted)} has {prod(wanted)} numbers and {making.features()} come in")
    layer = BY_KIND["Unflatten"].of({"dim": 1, "unflattened_size": wanted})
    making.keep(making.called(entry, item), layer, making.shape, wanted)
    making.flat = False
