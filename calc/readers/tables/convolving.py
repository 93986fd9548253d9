"""A convolution out of a row: its kernel, filters, stride and padding, as they are said or as the other figures need them."""

from __future__ import annotations

from math import isqrt, prod
from typing import Any

from calc.errors import Impossible, times
from calc.layers.base import Layer
from calc.readers.families import FAMILIES
from calc.readers.tables.blocks import BARE, normalise
from calc.readers.tables.entry import Entry
from calc.readers.tables.fits import each, kernel_among, said_kernel, same_padding, same_transposed
from calc.readers.tables.making import Making, Unsaid
from calc.readers.tables.numbers import Numbers
from calc.readers.tables.routes import needed
from calc.readers.tables.words import Item

STRIDES = range(1, 17)
"""Strides that are tried where only the sizes say one."""
WIDEST = 32
"""Padding that is tried is less."""
KERNELS = (3, 5, 7, 1, 11, 9, 4, 2, 8, 6, 10)
"""Kernels that are tried where only the sizes or the parameters say one, the commonest first."""


def convolution(making: Making, entry: Entry, item: Item) -> None:
    kind = item.kind
    if making.flat:
        raise Impossible(
            f"a convolution takes maps, and the layer above leaves {making.features() or 'its'} features: are the rows in order?"
        )
    given = dict(item.said.given)
    for name, value in making.said.convolutions.given.items():
        if not (name == "kernel_size" and said_kernel(item.said)) and kind != "transposed":
            given.setdefault(name, value)
    channels = making.channels = making.channels if making.channels is not None else _entering(making, entry, item)
    filters = channels if kind == "depthwise" else filters_of(making, entry, item)
    if filters is None and entry.lettered:
        raise Impossible(f"“{entry.lettered}” stands for how many filters it has: write the number")
    if filters is None:
        raise Impossible(
            f"how many filters it has is not said: give it a number, as in the column of filters or as {item.written} 5x5x32"
        )
    count = entry.count if entry.count and not entry.count.within else None
    fits = None
    if count and making.said.printed and not said_kernel(item.said):
        fits = needed(count.number, channels, filters, item.axes or making.axes())
    kernel: Numbers
    if fits:
        making.default("Kernels as the parameters of the table need them", entry)
        kernel, assumed = fits.size, False
        bias: int | None = int(fits.bias)
    else:
        kernel, bias, assumed = kernel_of(making, entry, item, channels)
    axes = item.axes or (len(making.shape) - 1 if making.shape else len(kernel))
    kernel = each(kernel, axes)
    arguments = {"in_channels": channels, "out_channels": filters, "kernel_size": kernel}
    if bias == 0 or given.get("bias") == (0,):
        arguments["bias"] = False
    if kind == "depthwise":
        arguments["groups"] = channels
    elif fits and fits.groups > 1:
        arguments["groups"] = fits.groups
    elif isinstance(groups := given.get("groups"), tuple):
        arguments["groups"] = groups[0]
    if isinstance(dilation := given.get("dilation"), tuple):
        arguments["dilation"] = each(dilation, axes)
    class_ = FAMILIES[kind].layer_kind(axes)
    bare = making.said.blocks and not entry.last and axes == 2 and not _normed(making)
    if bare:
        making.default(BARE, entry)
        arguments["bias"] = False
    making.add(entry, item, _placed(making, entry, item, class_, arguments, given, assumed))
    if bare:
        normalise(making, entry, f"{making.called(entry, item)} norm")


def _normed(making: Making) -> bool:
    """Whether the table says itself what is normalised, or how many parameters there are."""
    return any(entry.count or any(item.kind == "batchnorm" for item in entry.items) for entry in making.said.entries)


def _placed(
    making: Making,
    entry: Entry,
    item: Item,
    class_: type[Layer],
    arguments: dict[str, Any],
    given: dict[str, Numbers | str],
    assumed: bool,
) -> Layer:
    """The convolution with stride and padding: as they are said, else as the sizes need them, else the usual."""
    kernel = arguments["kernel_size"]
    assert isinstance(kernel, tuple)
    axes = len(kernel)
    transposed = item.kind == "transposed"
    stride, padding = given.get("stride"), given.get("padding")
    dilation = arguments.get("dilation", (1,) * axes)
    assert isinstance(dilation, tuple)
    half = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    if padding == "same":
        step = each(stride or (1,), axes)
        padded = (
            same_transposed(kernel, step) if transposed else same_padding(kernel, dilation, step, making.sizes(axes))
        )
        return class_.of({**arguments, **padded})
    strides = (
        [each(stride, axes)]
        if isinstance(stride, tuple)
        else [(s,) * axes for s in ((2, *STRIDES) if transposed else STRIDES)]
    )
    if isinstance(padding, tuple):
        paddings = [each(padding, axes)]
    else:
        usual = [half, (0,) * axes] if making.reading.same or assumed else [(0,) * axes, half]
        paddings = [*usual, *((p,) * axes for p in range(min(max(kernel), WIDEST)))]
    wanted = making.wanted(entry, item, axes)
    options = [{**arguments, "stride": s, "padding": p} for s in strides for p in paddings]
    if transposed:
        options += [{**option, "output_padding": 1} for option in options if max(option["stride"]) > 1]
    found = None
    if making.shape and wanted and len(options) > 1:
        found = making.fitting(class_, options, wanted)
        if found and (stride is None or padding is None):
            said = [w for w, v in (("stride", stride), ("padding", padding)) if v is None]
            making.default(
                f"{' and '.join(said).capitalize()} as the output sizes need {'it' if len(said) == 1 else 'them'}",
                entry,
            )
    if found is None and making.shape and wanted and entry.from_next and isinstance(stride, tuple):
        others = [{**arguments, "stride": s, "padding": p} for s in range(1, 5) for p in (half, (0,) * axes)]
        if found := making.fitting(class_, others, wanted):
            making.built.differing.append(
                f"Row {entry.row} ({entry.written}): stride {stride[0]} does not give the {times(wanted)} that goes into the row below: stride {found.fields()['stride'][0]} does and is taken."
            )
    if found is None:
        found = class_.of(options[0])
        if not assumed and (stride is None or padding is None):
            _assume(making, entry, options[0]["stride"][0] if stride is None else 0, padded=padding is None)
    return found


def _assume(making: Making, entry: Entry, stride: int, *, padded: bool) -> None:
    """Say which stride was taken, and which padding, of those that are not said."""
    padding = "padding that keeps the size" if making.reading.same else "padding 0"
    taken = [*([f"stride {stride}"] if stride else []), *([padding] if padded else [])]
    what = "Stride and padding are" if len(taken) > 1 else "Stride is" if stride else "Padding is"
    making.default(f"{what} not said: {' and '.join(taken)} {'are' if len(taken) > 1 else 'is'} taken", entry)


def kernel_of(making: Making, entry: Entry, item: Item, channels: int) -> tuple[Numbers, int | None, bool]:
    """The kernel, whether there are biases where the parameters say it, and whether the usual kernel was assumed."""
    kind = item.kind
    filters = channels if kind == "depthwise" else filters_of(making, entry, item)
    kernel: Numbers | None = (1,) if kind == "pointwise" else said_kernel(item.said) or kernel_among(item.said.numbers)
    if kernel and entry.kernel_above and not item.said.numbers:
        making.default("The kernel is a dash: as in the layer above", entry)
    stated = making.said.convolutions.given.get("kernel_size")
    if kernel is None and isinstance(stated, tuple) and kind != "transposed":
        kernel = stated
    groups = item.said.given.get("groups", (1,))
    inside = 1 if kind == "depthwise" else channels // (int(groups[0]) or 1)
    number = entry.count.number if entry.count and not entry.count.within and filters and inside else 0
    for bias in (1, 0):
        weights, rest = divmod(number - bias * (filters or 1), (filters or 1) * (inside or 1))
        if number and not rest and weights > 0:
            if kernel and len(kernel) <= 2 and weights == prod(each(kernel, item.axes or 2)):
                return kernel, bias, False
            side = weights if item.axes == 1 else isqrt(weights)
            if kernel is None and (item.axes == 1 or side * side == weights) and side < 100:
                making.default("Kernels as the parameters of the table need them", entry)
                return (side,), bias, False
    if kernel:
        return kernel, None, False
    if kind == "transposed":
        making.default("The kernel of a transposed convolution is not said: 2 with stride 2 is taken", entry)
        return (2,), None, False
    wanted = making.wanted(entry, item, item.axes or 2)
    if making.shape and wanted and len(making.shape) == 3 and item.said.given.get("stride", (1,)) == (1,):
        shrunk = {a - b for a, b in zip(making.shape[1:], wanted, strict=False)}
        if len(shrunk) == 1 and 0 < (less := shrunk.pop()) < 12 and "padding" not in item.said.given:
            making.default("Kernels as the output sizes need them without padding", entry)
            return (less + 1,), None, False
    said = "padding" in item.said.given or "padding" in making.said.convolutions.given
    making.default(f"The kernel is not said: 3{'' if said else ' with padding 1'} is taken", entry)
    return (3,), None, True


def filters_of(making: Making, entry: Entry, item: Item) -> int | None:
    """The filters of a convolution: as the row says them, as its output has them, as the convolution above."""
    said = item.said
    if isinstance(out := said.given.get("out"), tuple):
        return out[0]
    numbers = said.numbers
    if len(numbers) > 1:
        return numbers[1] if len(numbers) > 2 else numbers[0]
    if item is not entry.main:
        return numbers[0] if numbers else None
    if entry.filters is not None:
        return entry.filters
    if entry.output and (
        len(entry.output.sizes) > 2
        or (len(entry.output.sizes) == 2 and entry.output.batched)
        or (len(entry.output.sizes) == 1 and entry.channels_alone and not entry.output.batched)
    ):
        return making.first(entry.output)[0]
    deep = next((size for size in said.sizes if len(size) > 2), None)
    if deep:
        return deep[0] if deep[0] != deep[1] == deep[-1] else deep[-1]
    if numbers:
        return numbers[0]
    if entry.above:
        making.default("The filters are a dash: as in the convolution above", entry)
        return entry.above
    bare = item.suffix.strip(" -_")
    return int(bare) if bare.isdecimal() and item.suffix[0] in " -" and int(bare) else None


def _entering(making: Making, entry: Entry, item: Item) -> int:
    """The channels that go into the first convolution, where no input is said."""
    if entry.input and (len(entry.input.sizes) > 2 or len(entry.input.sizes) == 1):
        return making.first(entry.input)[0]
    deep = next((size for size in item.said.sizes if len(size) > 2), None)
    if len(item.said.numbers) > 2:
        return item.said.numbers[0]
    if isinstance(inside := item.said.given.get("in"), tuple):
        return inside[0]
    if deep and filters_of(making, entry, item) != deep[-1]:
        return deep[-1]
    if deep and len(deep) == 4:
        return deep[2]
    if channels := channels_of(making, entry):
        making.default(
            f"{channels} channel{'s go' if channels > 1 else ' goes'} in, as the parameters of the table need",
            entry,
        )
        return channels
    raise Unsaid(
        f"how many channels go into this {item.written} hangs on the input, which the table does not say: add --input, such as --input 3x32x32"
    )


def channels_of(making: Making, entry: Entry) -> int | None:
    """The channels that go into a convolution, out of its parameters."""
    filters = filters_of(making, entry, entry.main) if entry.main else None
    if entry.count is None or entry.count.within or not filters:
        return None
    for bias in (1, 0):
        weights, rest = divmod(entry.count.number - bias * filters, filters)
        if rest or weights < 1:
            continue
        kernel = said_kernel(entry.main.said) if entry.main else None
        sizes = [prod(each(kernel, 2))] if kernel else [k * k for k in KERNELS]
        found = [weights // size for size in sizes if weights % size == 0]
        best = next((c for c in found if c in (1, 3)), found[0] if kernel and found else None)
        if best:
            return best
    return None
