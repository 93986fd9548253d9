"""The network that the rows of a layer table make under one reading of what they leave open, and what differs from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt, prod
from typing import Any

from calc.errors import Impossible, times
from calc.layers.base import Layer, Shape
from calc.layers.known import BY_KIND
from calc.layers.linear import Linear
from calc.layers.norm import BatchNorm
from calc.network import Read
from calc.readers.families import FAMILIES
from calc.readers.table_cells import ACTIVATIONS, Item, Numbers, Shaped
from calc.readers.table_entries import CONVOLVING, Entries, Entry
from calc.readers.table_fits import (
    alike,
    each,
    gives,
    grouped,
    kernel_among,
    led,
    refuse_small,
    rows,
    said_kernel,
    same_padding,
    same_transposed,
    windows,
)

STRIDES = range(1, 17)
"""Strides that are tried where only the sizes say one."""
WIDEST = 32
"""Padding that is tried is less."""
MOST_EXPLAINED = 40
"""Wrong numbers of parameters for which the rule that leads to them is looked for."""
MOST_TRIED = 5_000
"""Layers that are tried in all."""
USUAL = (28, 32, 48, 64, 96, 100, 128, 150, 160, 180, 200, 224, 227, 256, 299, 300, 512)
"""Sides of images."""
KERNELS = (3, 5, 7, 1, 11, 9, 4, 2, 8, 6, 10)
"""Kernels that are tried where only the sizes or the parameters say one, the commonest first."""


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


def build(said: Entries, file: str, shape: Shape | None, reading: Reading) -> Built:
    """The layers one after the other; `Impossible`, naming the row, where one does not fit."""
    making = _Making(said, file, reading, shape)
    making.all()
    return making.built


class _Unsaid(Exception):
    """Something that hangs on the input, which nobody said."""


@dataclass
class _Making:
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

    def all(self) -> None:
        entries = self._begin()
        self.built.input = self.shape
        for entry in entries:
            self._entry(entry)
        self.built.assumed += [f"{what}: {rows(found)}." for what, found in self.defaults.items()]

    def _begin(self) -> Sequence[Entry]:
        """Take the shape of the input from where it stands; the rows without it."""
        entries = self.said.entries
        head = entries[0]
        row = head.main is not None and head.main.kind == "input"
        own = self._input_row(head) if row else None
        stated = self._shape(self.said.input) if self.said.input else None
        if own is None and head.input is not None and len(head.input.sizes) > 1 and not row:
            own = self._shape(head.input)
        own = own or stated
        if self.shape is None:
            self.shape = own
            if own and not row:
                self.built.assumed.append(f"The input is {times(own)}, as the table says.")
            elif own is None and not row:
                self.shape = self._guessed(head)
        elif own and own != self.shape:
            self.built.differing.append(f"The table has {times(own)} as input; --input {times(self.shape)} is taken.")
        if self.shape is not None:
            self.channels, self.flat = self.shape[0], len(self.shape) == 1
        return entries[1:] if row else entries

    def _input_row(self, head: Entry) -> Shape | None:
        """The shape that a row “Input” has."""
        main = head.main
        assert main is not None
        shape = head.output or head.input
        sizes = [
            *([shape.sizes] if shape else []),
            *main.said.sizes,
            *(v for k, v in main.said.given.items() if k == "kernel_size" and isinstance(v, tuple)),
        ]
        best = max(sizes, key=len, default=())
        if len(best) == 3:
            return self._shape(shape if shape and shape.sizes == best else Shaped(best))
        if len(best) == 2:
            return (head.filters, *best) if head.filters else self._with_channels(best)
        number = best[0] if best else head.filters
        return (number,) if number else None

    def _with_channels(self, sizes: Numbers) -> Shape | None:
        """The sizes with the channels that the parameters of the first convolution give."""
        first = next((e for e in self.said.entries if e.main and e.main.kind == "conv"), None)
        channels = self._channels_of(first) if first else None
        if channels is None:
            return None
        self.built.assumed.append(
            f"The input has {channels} channel{'s' if channels > 1 else ''}: the parameters of the first convolution say so."
        )
        return channels, *sizes

    def _guessed(self, head: Entry) -> Shape | None:
        """The input that the first row's own numbers need, where nobody says it."""
        main = head.main
        if main is None or main.kind != "conv" or head.output is None or len(head.output.sizes) != 3:
            return None
        channels = self._channels_of(head)
        if channels is None:
            return None
        _, *sizes = self._shape(head.output)
        kernel = each(self._kernel(head, main, channels)[0], 2)
        grown = [size + k - 1 for size, k in zip(sizes, kernel, strict=True)]
        padding, stride = main.said.given.get("padding"), main.said.given.get("stride", (1,))
        if stride not in ((1,), (1, 1)):
            return None
        valid = padding == (0,) or (
            padding is None and all(s in USUAL for s in grown) and not all(s in USUAL for s in sizes)
        )
        shape = (channels, *(grown if valid else sizes))
        self.built.assumed.append(
            f"The input is not said: {times(shape)} is taken, which gives the output and the parameters of row {head.row}."
        )
        return shape

    def _channels_of(self, entry: Entry) -> int | None:
        """The channels that go into a convolution, out of its parameters."""
        filters = self._filters(entry, entry.main) if entry.main else None
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

    def _shape(self, shaped: Shaped) -> Shape:
        """Sizes of a table with the channels first."""
        sizes = shaped.sizes
        if len(sizes) == 2 and sizes[1] == 1:
            return sizes[:1]
        if len(sizes) < 3 or shaped.first:
            return sizes
        first = sizes if self.reading.first else (sizes[-1], *sizes[:-1])
        self.built.odd += shaped.first is None and first[1] != first[2]
        return first

    def _entry(self, entry: Entry) -> None:
        self.built.assumed += entry.unread
        before = len(self.built.reads)
        self._check_input(entry)
        try:
            for item in entry.items:
                self._item(entry, item)
        except _Unsaid as unsaid:
            raise Impossible(f"{self.file}, row {entry.row}: {unsaid}") from None
        except Impossible as fault:
            raise Impossible(f"{self.file}, row {entry.row} ({entry.written}): {fault}") from None
        self._check_output(entry)
        self._check_count(entry, [r.layer for r in self.built.reads[before:] if r.layer])

    def _item(self, entry: Entry, item: Item) -> None:
        kind = item.kind
        if kind == "input":
            return
        if kind in CONVOLVING:
            self._convolution(entry, item)
        elif kind in ("pool", "avgpool", "lppool"):
            self._pooling(entry, item)
        elif kind == "linear":
            self._linear(entry, item)
        elif kind == "batchnorm":
            self._norm(entry, item)
        elif kind == "flatten":
            self._flatten(self._name(entry, item))
        elif kind == "reshape":
            self._reshape(entry, item)
        elif kind == "as it is":
            self._add(entry, item, None)
        elif kind == "softmax" and item is entry.main and self._weighs(entry, item):
            self.default("Softmax with units of its own is a linear layer before it", entry)
            self._linear(entry, item)
            self._add(entry, item, FAMILIES[kind].layer_kind(1).of({}))
        else:
            self._add(entry, item, self._other(entry, item))

    def _weighs(self, entry: Entry, item: Item) -> bool:
        """Whether a row “Softmax” has a linear layer in it: it has parameters, or units that do not come in."""
        if entry.count is not None:
            return entry.count.number > 0
        return self._features() is not None and self._units(entry, item) not in (None, self._features())

    def _other(self, entry: Entry, item: Item) -> Layer:
        """A layer without weights that the rows do not say much about."""
        said, kind = item.said, item.kind
        if kind == "lrn":
            return BY_KIND["LocalResponseNorm"].of({"size": 5})
        if kind == "prelu":
            many = self.channels if entry.count and entry.count.number == self.channels else 1
            return BY_KIND["PReLU"].of({"num_parameters": many or 1})
        family = FAMILIES[kind]
        arguments = dict(family.fixed)
        if "scale_factor" in family.takes:
            sizes = said_kernel(said) or (said.numbers[0],) if said.numbers or said_kernel(said) else (2,)
            arguments["scale_factor"] = sizes[0]
        elif kind in ("pad", "reflectpad", "replicatepad", "circularpad"):
            arguments["padding"] = (said.numbers or [1])[0]
        elif kind == "groupnorm":
            arguments |= {"num_groups": (said.numbers or [32])[0], "num_channels": self.channels}
        elif kind == "instancenorm":
            arguments["num_features"] = self.channels
        elif family.takes and kind not in ACTIVATIONS and "dropout" not in kind:
            raise Impossible(
                f"a table is not read with {item.written}: give the network as model.py or as a chain of layers"
            )
        return family.layer_kind(item.axes or self._axes()).of(arguments)

    def _convolution(self, entry: Entry, item: Item) -> None:
        kind = item.kind
        if self.flat:
            raise Impossible(
                f"a convolution takes maps, and the layer above leaves {self._features() or 'its'} features: are the rows in order?"
            )
        given = dict(item.said.given)
        for name, value in self.said.convolutions.given.items():
            if not (name == "kernel_size" and said_kernel(item.said)) and kind != "transposed":
                given.setdefault(name, value)
        channels = self.channels if self.channels is not None else self._entering(entry, item)
        filters = channels if kind == "depthwise" else self._filters(entry, item)
        if filters is None:
            raise Impossible(
                f"how many filters it has is not said: give it a number, as in the column of filters or as {item.written} 5x5x32"
            )
        kernel, bias, assumed = self._kernel(entry, item, channels)
        axes = item.axes or (len(self.shape) - 1 if self.shape else len(kernel))
        kernel = each(kernel, axes)
        arguments = {"in_channels": channels, "out_channels": filters, "kernel_size": kernel}
        if bias == 0 or given.get("bias") == (0,):
            arguments["bias"] = False
        if kind == "depthwise":
            arguments["groups"] = channels
        elif isinstance(groups := given.get("groups"), tuple):
            arguments["groups"] = groups[0]
        if isinstance(dilation := given.get("dilation"), tuple):
            arguments["dilation"] = each(dilation, axes)
        class_ = FAMILIES[kind].layer_kind(axes)
        self._add(entry, item, self._placed(entry, item, class_, arguments, given, assumed))

    def _placed(
        self,
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
                same_transposed(kernel, step) if transposed else same_padding(kernel, dilation, step, self._sizes(axes))
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
            usual = [half, (0,) * axes] if self.reading.same or assumed else [(0,) * axes, half]
            paddings = [*usual, *((p,) * axes for p in range(min(max(kernel), WIDEST)))]
        wanted = self._wanted(entry, item, axes)
        options = [{**arguments, "stride": s, "padding": p} for s in strides for p in paddings]
        if transposed:
            options += [{**option, "output_padding": 1} for option in options if max(option["stride"]) > 1]
        found = None
        if self.shape and wanted and len(options) > 1:
            found = self._fitting(class_, options, wanted)
            if found and (stride is None or padding is None):
                said = [w for w, v in (("stride", stride), ("padding", padding)) if v is None]
                self.default(
                    f"{' and '.join(said).capitalize()} as the output sizes need {'it' if len(said) == 1 else 'them'}",
                    entry,
                )
        if found is None:
            found = class_.of(options[0])
            if not assumed and (stride is None or padding is None):
                self._assume(entry, options[0]["stride"][0] if stride is None else 0, padded=padding is None)
        return found

    def _fitting(self, class_: type[Layer], options: Iterable[Mapping[str, Any]], wanted: Shape) -> Layer | None:
        """The first layer with some of these arguments that makes maps of the wanted sizes, of those tried at all."""
        assert self.shape is not None
        for option in options:
            self.tries -= 1
            if self.tries < 0:
                return None
            if layer := gives(class_, option, self.shape, wanted):
                return layer
        return None

    def _sizes(self, axes: int) -> Shape | None:
        """The sizes along the axes that go into the next layer, where they are known."""
        return self.shape[1:] if self.shape and len(self.shape) == axes + 1 else None

    def _assume(self, entry: Entry, stride: int, *, padded: bool) -> None:
        """Say which stride was taken, and which padding, of those that are not said."""
        padding = "padding that keeps the size" if self.reading.same else "padding 0"
        taken = [*([f"stride {stride}"] if stride else []), *([padding] if padded else [])]
        what = "Stride and padding are" if len(taken) > 1 else "Stride is" if stride else "Padding is"
        self.default(f"{what} not said: {' and '.join(taken)} {'are' if len(taken) > 1 else 'is'} taken", entry)

    def _kernel(self, entry: Entry, item: Item, channels: int) -> tuple[Numbers, int | None, bool]:
        """The kernel, whether there are biases where the parameters say it, and whether the usual kernel was assumed."""
        kind = item.kind
        filters = channels if kind == "depthwise" else self._filters(entry, item)
        kernel: Numbers | None = (
            (1,) if kind == "pointwise" else said_kernel(item.said) or kernel_among(item.said.numbers)
        )
        if kernel and entry.kernel_above and not item.said.numbers:
            self.default("The kernel is a dash: as in the layer above", entry)
        stated = self.said.convolutions.given.get("kernel_size")
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
                    self.default("Kernels as the parameters of the table need them", entry)
                    return (side,), bias, False
        if kernel:
            return kernel, None, False
        if kind == "transposed":
            self.default("The kernel of a transposed convolution is not said: 2 with stride 2 is taken", entry)
            return (2,), None, False
        wanted = self._wanted(entry, item, item.axes or 2)
        if self.shape and wanted and len(self.shape) == 3 and item.said.given.get("stride", (1,)) == (1,):
            shrunk = {a - b for a, b in zip(self.shape[1:], wanted, strict=False)}
            if len(shrunk) == 1 and 0 < (less := shrunk.pop()) < 12 and "padding" not in item.said.given:
                self.default("Kernels as the output sizes need them without padding", entry)
                return (less + 1,), None, False
        said = "padding" in item.said.given or "padding" in self.said.convolutions.given
        self.default(f"The kernel is not said: 3{'' if said else ' with padding 1'} is taken", entry)
        return (3,), None, True

    def _filters(self, entry: Entry, item: Item) -> int | None:
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
            or (len(entry.output.sizes) == 1 and entry.channels_alone and not entry.output.batched)
        ):
            return self._shape(entry.output)[0]
        deep = next((size for size in said.sizes if len(size) > 2), None)
        if deep:
            return deep[0] if deep[0] != deep[1] == deep[-1] else deep[-1]
        if numbers:
            return numbers[0]
        if entry.above:
            self.default("The filters are a dash: as in the convolution above", entry)
            return entry.above
        bare = item.suffix.strip(" -_")
        return int(bare) if bare.isdecimal() and item.suffix[0] in " -" and int(bare) else None

    def _entering(self, entry: Entry, item: Item) -> int:
        """The channels that go into the first convolution, where no input is said."""
        if entry.input and (len(entry.input.sizes) > 2 or len(entry.input.sizes) == 1):
            return self._shape(entry.input)[0]
        deep = next((size for size in item.said.sizes if len(size) > 2), None)
        if len(item.said.numbers) > 2:
            return item.said.numbers[0]
        if isinstance(inside := item.said.given.get("in"), tuple):
            return inside[0]
        if deep and self._filters(entry, item) != deep[-1]:
            return deep[-1]
        if deep and len(deep) == 4:
            return deep[2]
        if channels := self._channels_of(entry):
            self.default(
                f"{channels} channel{'s go' if channels > 1 else ' goes'} in, as the parameters of the table need",
                entry,
            )
            return channels
        raise _Unsaid(
            f"how many channels go into this {item.written} hangs on the input, which the table does not say: add --input, such as --input 3x32x32"
        )

    def _pooling(self, entry: Entry, item: Item) -> None:
        if self.flat:
            raise Impossible(
                f"a pooling takes maps, and the layer above leaves {self._features() or 'its'} features: are the rows in order?"
            )
        given = {**self.said.poolings.given, **item.said.given}
        numbers = item.said.numbers
        kernel = said_kernel(item.said) or (tuple(numbers[:1]) if numbers else None)
        if kernel is None and entry.filters and entry.filters <= 7 and entry.filters != self.channels:
            kernel = (entry.filters,)
        stated = given.get("kernel_size")
        kernel = kernel or (stated if isinstance(stated, tuple) else None)
        stride = given.get("stride") or (tuple(numbers[1:2]) if len(numbers) > 1 else None)
        axes = item.axes or self._axes()
        class_ = FAMILIES[item.kind].layer_kind(axes)
        wanted = self._wanted(entry, item, axes)
        if (
            item.kind == "pool"
            and not item.written.lower().replace("-", " ").startswith(("max", "m"))
            and "max" not in entry.written.lower()
        ):
            self.default("Which pooling is not said: the maximum is taken", entry)
        fixed: dict[str, Any] = {}
        if given.get("padding") == "same":
            sides = each(kernel or (2,), axes)
            steps = each(stride if isinstance(stride, tuple) else sides, axes)
            same = same_padding(sides, (1,) * axes, steps, self._sizes(axes))
            fixed["padding"] = 0 if same["padding"] == "same" else same["padding"]
        elif isinstance(padding := given.get("padding"), tuple):
            fixed["padding"] = each(padding, axes)
        sizes = list(zip(self._sizes(axes) or (), wanted or (), strict=False))
        options = windows(axes, kernel, stride if isinstance(stride, tuple) else None, fixed, sizes)
        found = None
        if self.shape and wanted:
            found = self._fitting(class_, options, wanted)
        if found is None:
            found = class_.of(options[0])
        if kernel is None and isinstance(found, Layer):
            size = found.fields()["kernel_size"]
            self.default(
                f"The pooling window is not said: {times(size)}{' with its stride' if stride is None else ''} is taken",
                entry,
            )
        self._add(entry, item, found)

    def _linear(self, entry: Entry, item: Item) -> None:
        units = self._units(entry, item)
        name = self._name(entry, item) if item.kind == "linear" else f"{self._name(entry, item)} (linear)"
        last = self.built.reads[-1] if self.built.reads else None
        ends = item.written.lower().startswith("output")
        if ends and units is None:
            return
        if (
            ends
            and last
            and isinstance(last.layer, Linear)
            and units == self._features()
            and not (entry.count and entry.count.number)
        ):
            self.default("The output is what the linear layer above gives", entry)
            return
        if units == 0:
            raise Impossible("it has no units: a linear layer has at least 1")
        if units is None:
            raise Impossible(f"how many units it has is not said: give it a number, as in {item.written} 64")
        if self.shape and len(self.shape) > 1:
            self.default(
                f"No row says Flatten: the {times(self.shape)} before it become {grouped(prod(self.shape))} features",
                entry,
            )
            self._flatten("flatten")
        features = self._features()
        if features is None:
            features = self._received(entry, item, units)
        arguments = {"in_features": features, "out_features": units}
        number = entry.count.number if entry.count and not entry.count.within else None
        unbiased = number == features * units or item.said.given.get("bias") == (0,)
        layer = Linear.of({**arguments, "bias": not unbiased})
        if number == features * units:
            self.default("No biases: the parameters of the table are those without", entry)
        self._keep(name, layer, (features,), (units,))

    def _received(self, entry: Entry, item: Item, units: int) -> int:
        """The features that go into a linear layer where no input is said."""
        if entry.input and (self.channels is None or prod(entry.input.sizes) >= self.channels):
            return prod(entry.input.sizes)
        if len(item.said.numbers) > 1:
            return item.said.numbers[0]
        if isinstance(inside := item.said.given.get("in"), tuple):
            return inside[0]
        if entry.count and not entry.count.within:
            for bias in (1, 0):
                features, rest = divmod(entry.count.number - bias * units, units)
                if features > 0 and not rest and features % (self.channels or 1) == 0:
                    self.default(f"{features} features go in, as the parameters of the table need", entry)
                    return features
        raise _Unsaid(
            f"how many features go into this {item.written} hangs on the input, which the table does not say: add --input, such as --input 3x32x32"
        )

    def _units(self, entry: Entry, item: Item) -> int | None:
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

    def _norm(self, entry: Entry, item: Item) -> None:
        channels = self.channels
        if channels is None:
            raise _Unsaid(
                "what it normalises hangs on the input, which the table does not say: add --input, such as --input 3x32x32"
            )
        axes = item.axes or (1 if self.flat else self._axes())
        layer = FAMILIES["batchnorm"].layer_kind(axes).of({"num_features": channels})
        said = entry.filters if item is entry.main and entry.filters else (item.said.numbers or [channels])[0]
        if said != channels:
            self.built.differing.append(
                f"Row {entry.row} ({entry.written}): the table has {said} channels, {channels} come in."
            )
        self.built.statistics += 2 * channels
        self._add(entry, item, layer)

    def _flatten(self, name: str) -> None:
        before = self.shape
        features = self._features()
        self.shape = (features,) if features is not None and before is not None else None
        self.flat = True
        self.built.reads.append(Read(self._unique(name), "Flatten", BY_KIND["Flatten"].of({}), before, self.shape))
        if self.shape is None:
            self.channels = None
        else:
            self.channels = features

    def _reshape(self, entry: Entry, item: Item) -> None:
        """Flat features become maps as the output says; without one, maps become flat."""
        if entry.output is None or len(entry.output.sizes) < 3:
            self._flatten(self._name(entry, item))
            return
        wanted = self._shape(entry.output)
        if self.shape and len(self.shape) > 1:
            self._flatten(self._name(entry, item))
        if self._features() is not None and prod(wanted) != self._features():
            raise Impossible(f"{times(wanted)} has {prod(wanted)} numbers and {self._features()} come in")
        layer = BY_KIND["Unflatten"].of({"dim": 1, "unflattened_size": wanted})
        self._keep(self._name(entry, item), layer, self.shape, wanted)
        self.flat = False

    def _features(self) -> int | None:
        """How many numbers go into the next layer."""
        if self.shape is not None:
            return prod(self.shape)
        return self.channels if self.flat else None

    def _axes(self) -> int:
        return max(1, len(self.shape) - 1) if self.shape and not self.flat else 1 if self.flat else 2

    def _wanted(self, entry: Entry, item: Item, axes: int) -> Shape | None:
        """The sizes along the axes that come out of the layer, if the row says them and no other layer of it has windows."""
        sliding = [i for i in entry.items if i.kind in (*CONVOLVING, "pool", "avgpool", "lppool")]
        if entry.output is None or sliding != [item]:
            return None
        sizes = entry.output.sizes
        if len(sizes) == axes + 1 and axes > 1:
            return self._shape(entry.output)[1:]
        if len(sizes) == axes and not entry.output.batched and axes > 1:
            return sizes
        return sizes * axes if len(sizes) == 1 and not entry.channels_alone else None

    def _add(self, entry: Entry, item: Item, layer: Layer | None) -> None:
        """One more layer, at work on what the one before it leaves."""
        name = self._name(entry, item)
        if layer is None:
            self.built.reads.append(Read(self._unique(name), item.written, None, self.shape, self.shape))
            return
        if self.shape is None:
            out = self._unsized(layer)
            self._keep(name, layer, None, out)
            return
        refuse_small(layer, self.shape)
        self._keep(name, layer, self.shape, layer.output_shape(self.shape))

    def _unsized(self, layer: Layer) -> Shape | None:
        """What is known of the output where the sizes of the input are not."""
        if self.channels is not None and not self.flat:
            self.channels = layer.out_channels_from(self.channels)
        adaptive = layer.fields().get("output_size")
        if isinstance(adaptive, tuple) and self.channels is not None and all(adaptive):
            return self.channels, *adaptive
        return None

    def _keep(self, name: str, layer: Layer, before: Shape | None, after: Shape | None) -> None:
        values_ = before if before is None or layer.kind() != "Linear" or self.shape is not None else None
        self.built.reads.append(
            Read(self._unique(name), layer.kind(), layer, values_, after if self.built.input or after else None)
        )
        self.shape = after
        if after is not None:
            self.channels, self.flat = after[0], len(after) == 1

    def _check_input(self, entry: Entry) -> None:
        """What the table says goes in; where nothing is known yet, that is taken."""
        if entry.input is None:
            return
        theirs = self._shape(entry.input)
        if self.shape is None:
            if len(theirs) > 2 and not self.flat:
                self.shape, self.channels, self.flat = theirs, theirs[0], False
            return
        if (
            not alike(self.shape, theirs)
            and not (len(theirs) == 1 and theirs[0] in (self.shape[0], prod(self.shape)))
            and self.shape[1:] != theirs
        ):
            self.built.differing.append(
                f"Row {entry.row} ({entry.written}): the table has {times(theirs)} going in, {times(self.shape)} comes from the row above."
            )

    def _check_output(self, entry: Entry) -> None:
        """What the table says comes out, against what does; where that is unknown, the table's is taken."""
        if entry.output is None or (entry.main and entry.main.kind == "input"):
            return
        theirs = self._shape(entry.output)
        if self.shape is None:
            if len(theirs) > 2 and not self.flat and theirs[0] == self.channels:
                self.shape = theirs
            elif self.flat and len(theirs) == 1:
                self.shape, self.channels = theirs, theirs[0]
            return
        if not self._agrees(theirs):
            self.built.differing.append(
                f"Row {entry.row} ({entry.written}): the table has {times(theirs)} coming out, {times(self.shape)} does here."
            )

    def _agrees(self, theirs: Shape) -> bool:
        ours = self.shape or ()
        if alike(ours, theirs):
            return True
        if len(theirs) == 1:
            return theirs[0] in {*ours, prod(ours)}
        return len(ours) > 1 and len(theirs) == 2 and ours[1:] == theirs

    def _check_count(self, entry: Entry, layers: Sequence[Layer]) -> None:
        """The parameters that the table has for the row, against those that its layers have."""
        if entry.count is None:
            return
        theirs, ours = entry.count, sum(int(layer.count().value()) for layer in layers)
        statistics = sum(2 * layer.num_features for layer in layers if isinstance(layer, BatchNorm))
        if theirs.fits(ours):
            self.built.counted += 1
        elif statistics and theirs.fits(ours + statistics):
            self.built.counted += 1
            self.built.with_statistics = True
            self.built.off += statistics
        else:
            self.built.off += theirs.number - ours
            led_by = layers if len(self.built.differing) < MOST_EXPLAINED else ()
            why = next((f": {why}" for layer in led_by for why in led(layer, theirs.number - ours)), "")
            self.built.differing.append(
                f"Row {entry.row} ({entry.written}): the table has {grouped(theirs.number)} parameters, {grouped(ours)} are right here{why}."
            )

    def default(self, what: str, entry: Entry) -> None:
        """Something that was taken because the table leaves it open, for the rows that it was taken for."""
        rows = self.defaults.setdefault(what, [])
        if entry.row not in rows[-1:]:
            rows.append(entry.row)

    def _name(self, entry: Entry, item: Item) -> str:
        if item is entry.main:
            return entry.name
        number = entry.name.partition(" ")[0]
        return f"{number if number.isdecimal() else entry.name} {item.written}"

    def _unique(self, name: str) -> str:
        times_ = self.names[name] = self.names.get(name, 0) + 1
        return name if times_ == 1 else f"{name} ({times_})"
