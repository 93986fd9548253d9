"""The question behind `cnncalc shape` with several layers: what comes out of them, and what one output sees.

A stack is a chain of layers written as text. Forward, each layer's size rule is worked in turn, and the receptive
field grows beside it. Backward is the matter of `calc.backward`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice, takewhile, zip_longest
from typing import Any, NamedTuple

from calc.derivation import Derivation, Note, Picture, Step, Table, Text, Unfolding
from calc.errors import Impossible, counted
from calc.expr import Expr, Num, Number, exact
from calc.layers.base import IN, Layer
from calc.question import Misconception, Mistaken, Question, one_or_all
from calc.readers.literals import Hole
from calc.readers.stages import Stage
from calc.receptive import CELL, Along, Field, fields, seen
from calc.showing import named_axes
from calc.unfolding import field_worked, numbers, of_layer, part, point, said, sizes_worked
from calc.volumes import volumes_in_a_row

Shape = tuple[int | None, ...]
"""C×H×W and the like, None for channels that nobody said; what the layers leave, features alone, after a flatten."""

WORKED = 12
"""Layers up to which each is worked; of more, those that are not like an earlier one."""
DRAWN = 32, 60
"""Rows and columns up to which what one output sees is drawn."""
UNSEEN, SEEN = 60, 255
"""Shades of the cells in that picture."""
BRIEF = 30
"""Characters of a layer up to which it stands in a table as it was written."""
SMALL = 20
"""Cells along an axis up to which each is drawn twice as large."""
REMEMBERED = 100_000
"""Sizes behind single layers that are remembered."""


class Passed(NamedTuple):
    """A layer at work: as it was written, as a layer, and the shapes that go in and come out."""

    stage: Stage
    layer: Layer
    input: Shape
    output: Shape
    put: tuple[int, ...] = ()
    full: tuple[int, ...] = ()
    """The input with as many channels as the layer takes where nobody said them."""

    @property
    def brief(self) -> str:
        """The layer as it was written, or where that is long what it is."""
        return self.text if len(self.text) <= BRIEF else self.layer.described()

    @property
    def text(self) -> str:
        """The layer as it was written, with the numbers that were put into its holes."""
        parts = self.stage.text.split("?")
        return "".join(part for pair in zip_longest(parts, map(str, self.put), fillvalue="") for part in pair)


@dataclass(frozen=True)
class Stack(Question):
    """What comes out of layers, one after the other, for an input of that shape.

    `shape` is C×H×W as the first layer wants it, None for channels that were not said; `flat` if it is no image, but
    features. `put` are numbers for the holes in the layers, in the order in which they stand; `asked` is the input as
    it was written.
    """

    stages: tuple[Stage, ...]
    shape: Shape
    flat: bool = False
    asked: str = ""
    batch: int | None = None
    put: tuple[int, ...] = ()
    sized: bool = True
    """Whether the input was said; else it is imagined, and what hangs on its size is left out."""

    @cached_property
    def passed(self) -> tuple[Passed, ...]:
        """Every layer at work; `Impossible`, naming the layer, where one does not take what it gets."""
        return tuple(run(self.stages, self.shape, self.put))

    @property
    def out(self) -> Shape:
        """What comes out of the last layer."""
        return self.passed[-1].output

    @property
    def changes(self) -> tuple[int, int]:
        """How many layers change the size, and how many there are."""
        return sum(at.output != at.input for at in self.passed), len(self.passed)

    def gives(self, wanted: Sequence[int]) -> bool:
        """Whether that comes out: a number along every axis, sizes, or sizes with channels, which may be unknown."""
        out = self.out
        if len(wanted) == len(out):
            return all(n in (None, number) for n, number in zip(out, wanted, strict=True))
        return out[1:] == (tuple(wanted) * (len(out) - 1) if len(wanted) == 1 else tuple(wanted))

    @cached_property
    def images(self) -> tuple[Passed, ...]:
        """The layers before the image becomes features."""
        axes = len(self.shape)
        return () if self.flat else tuple(takewhile(lambda at: len(at.output) == axes, self.passed))

    @cached_property
    def paths(self) -> tuple[tuple[Along, ...], ...]:
        """The layers on the image as they work along each axis."""
        return tuple(
            tuple(Along(at.layer, axis, size(at.input, axis), size(at.output, axis)) for at in self.images)
            for axis in range(len(self.shape) - 1 if self.images else 0)
        )

    @cached_property
    def fields(self) -> tuple[tuple[Field, ...], ...]:
        """What an output of each layer on the image sees, along each axis."""
        return tuple(map(fields, self.paths))

    @property
    def answer(self) -> dict[str, Any]:
        """The shape that comes out, a single number where one was asked along every axis; then layer by layer."""
        layers = []
        for i, at in enumerate(self.passed):
            own = {"name": at.stage.name, "layer": at.stage.text, "in": list(at.input), "out": list(at.output)}
            layers.append(own | self._field(i))
        last = len(self.images) - 1 if len(self.images) == len(self.passed) else -1
        if not self.sized:
            kept = [{name: x for name, x in layer.items() if name not in ("in", "out")} for layer in layers]
            return {**self._field(last), "layers": kept}
        return {"out": self._plain(self.out), **self._field(last), "layers": layers}

    def _plain(self, out: Shape) -> Any:
        """What comes out as plain data: one number where one was asked about, else sizes with channels and batch."""
        if self.single:
            return out[-1]
        sizes = out[1:] if out[0] is None and self.shape[0] is None else out
        return [*([] if self.batch is None else [self.batch]), *sizes]

    @property
    def single(self) -> bool:
        """Whether one number was asked about, and one stands for every axis all the way."""
        return (
            "x" not in self.asked
            and not self.flat
            and all(at.output[0] is None and len(set(at.output[1:])) == 1 for at in self.passed)
        )

    def written(self, shape: Shape) -> str:
        """A shape in words: one number where one was asked about."""
        return str(shape[-1]) if self.single else said(shape)

    def _field(self, layer: int) -> dict[str, Any]:
        """The receptive field after a layer on the image, as plain data: a number, or one for each axis."""
        if not 0 <= layer < len(self.images):
            return {}
        here = [along[layer] for along in self.fields]
        return {
            "receptive_field": one_or_all([field.size for field in here]),
            "jump": one_or_all([exact(field.jump) for field in here]),
            "start": one_or_all([exact(field.start) for field in here]),
        }

    def derivation(self) -> Derivation:
        if not self.sized:
            title = f"What does one output of {counted(len(self.stages), 'layer')} see?"
            sees = " × ".join(str(along[-1].size) for along in self.fields)
            parts: tuple[Step, ...] = (*self.tables(sized=False), *self._notes())
            return Derivation((title,), parts, (f"{sees} cells",), self.answer, (), self.data())
        return self._sized()

    def _sized(self) -> Derivation:
        """The worked solution where the input was said."""
        steps: list[Step] = list(self.worked())
        steps.append(
            Derivation(("Layer by layer",), (*self.tables(), volumes_in_a_row(self.shape, self.passed), *self._notes()))
        )
        if len(self.images) > 1 and (drawn := tuple(self._drawn())):
            steps.append(Derivation(("What one output sees",), drawn))
        title = f"What comes out of {self.asked.replace('x', '×')} through {counted(len(self.stages), 'layer')}?"
        batch = "" if self.batch is None else f"{self.batch}×"
        return Derivation((title,), tuple(steps), (f"{batch}{self.written(self.out)}",), self.answer, (), self.data())

    def mistaken(self) -> tuple[Mistaken, ...]:
        """What comes out when one wrong rule is followed in every layer that it bends."""
        if not self.sized or len(self.images) < len(self.passed):
            return ()
        right = self._plain(self.out)
        led = [(name, why, self.bent(name)) for name, why in wrong_rules([at.layer for at in self.images]).items()]
        last: list[tuple[str, str, Any]] = [(name, why, sizes[-1]) for name, why, sizes in led if sizes]
        every = (Mistaken(name, why, {"out": self._plain((self.out[0], *sizes))}) for name, why, sizes in last)
        return tuple(each for each in every if each.answer["out"] != right)

    def bent(self, name: str, within: Collection[int] | None = None) -> tuple[tuple[Number, ...], ...] | None:
        """The sizes after each layer on the image where a wrong rule is followed; None where nothing comes out.

        It is followed in every layer that has one of that name, or in those of them that are `within`.
        """
        now: list[Number] = [path[0].cells for path in self.paths]
        after = []
        for i, at in enumerate(self.images):
            rule = name if within is None or i in within else ""
            for axis, path in enumerate(self.paths):
                now[axis] = size_after(at.layer, path[i].axis, now[axis], rule)
            if min(now) < 1:
                return None
            after.append(tuple(now))
        return tuple(after)

    def data(self) -> dict[str, Any]:
        asked = self.asked if self.sized else None
        return {"asks": "shape", "in": asked, "layers": [stage.text for stage in self.stages]}

    def worked(self) -> Iterator[Derivation]:
        """Each layer with a size rule, worked; of many only those that are not like one before."""
        done: set[tuple[Layer, Shape]] = set()
        for at in self.passed:
            keeps = at.output == at.input and at.layer.size_rule() == IN
            if keeps or (len(self.passed) > WORKED and (at.layer, at.input) in done):
                continue
            done.add((at.layer, at.input))
            name = f"{at.stage.name}: " if at.stage.name else ""
            title = f"{name}{at.text}: {self.written(at.input)} → {self.written(at.output)}"
            yield Derivation((title,), tuple(sizes_worked(at.layer, at.input, at.output)))

    def tables(self, *, sized: bool = True) -> Iterator[Table]:
        """The layers in order: what comes out, if that is to be said, and what one output sees, for each axis."""
        if not self.paths:
            shapes = tuple(((at.text,), (said(at.output),)) for at in self.passed)
            yield Table((("layer",), ("out",)), shapes, (False, True), details=self._unfolding(sized=sized))
            return
        alike = [tuple(field._replace(formula=None) for field in along) for along in self.fields]
        for name, axis in named_axes(alike):
            fields = [*self.fields[axis], *[None] * (len(self.passed) - len(self.images))]
            header: tuple[Text, ...] = (("layer",), ("out",), ("one output sees",), ("",), ("",), ("jump",), ("start",))
            rows = [self._row(at, field) for at, field in zip(self.passed, fields, strict=True)]
            columns = [i for i in range(len(header)) if sized or i != 1]
            header, *kept = (tuple(row[i] for i in columns) for row in (header, *rows))
            right = tuple((False, True, False, False, True, True, True)[i] for i in columns)
            caption = "" if len(set(alike)) == 1 else name.capitalize()
            yield Table(header, tuple(kept), right, caption=caption, details=self._unfolding(sized=sized))

    def _unfolding(self, *, sized: bool) -> Unfolding:
        """Where each row comes from."""
        return Unfolding(len(self.passed), lambda i: self._unfolded(i, sized=sized))

    def _unfolded(self, i: int, *, sized: bool) -> Derivation:
        """Where the numbers of a layer come from; its parameters and its work where all channels are known."""
        at = self.passed[i]
        parts: list[Step] = []
        if sized:
            title = f"Output: {self.written(at.input)} → {self.written(at.output)}"
            parts.append(part(title, *sizes_worked(at.layer, at.input, at.output)))
        if sized and None not in at.input and None not in at.output:
            parts += of_layer(at.layer, at.full, tuple(n for n in at.output if n is not None))
        if i < len(self.images):
            field, before = self._after(i), self._after(i - 1)
            parts.append(part("Receptive field", *field_worked(at.layer, at.input, field, before)))
        return Derivation((at.text,), tuple(parts))

    def _after(self, i: int) -> tuple[Field, ...]:
        """The fields after a layer on the image, or of a cell before the first."""
        return tuple(along[i] if i >= 0 else CELL for along in self.fields)

    def _row(self, at: Passed, field: Field | None) -> tuple[Text, ...]:
        """A line of the table; an output of the features behind an image sees what it likes."""
        own: tuple[Text, ...] = ((at.brief,), (self.written(at.output),))
        if field is None:
            return (*own, *(("",),) * 5)
        formula: Text = (field.formula,) if field.formula else ()
        sign = "" if not field.formula else "=" if field.formula.value() == field.size else "≈"
        return (*own, formula, (sign,), (Num(field.size),), (point(field.jump),), (point(field.start),))

    def _beyond(self, fields: Sequence[Field]) -> bool:
        """Whether outputs with these fields see more than the input along every axis."""
        return all(field.size > path[0].cells for field, path in zip(fields, self.paths, strict=True))

    def _drawn(self) -> Iterator[Step]:
        """Which cells of the input the output in the middle sees."""
        if all(field.size == 1 for along in self.fields for field in along[-1:]):
            return
        places = [path[-1].out // 2 for path in self.paths]
        spans = [seen(path, place) for path, place in zip(self.paths, places, strict=True)]
        names = ("cells",) if len(spans) == 1 else ("planes", "rows", "columns")[-len(spans) :]
        sees = ", ".join(
            f"{name} {span[0] + 1}–{span[-1] + 1} of {path[0].cells}"
            for name, span, path in zip(names, spans, self.paths, strict=True)
            if span
        )
        at = ",".join(str(place + 1) for place in places)
        of = "" if len(self.images) == len(self.passed) else f" of {self.images[-1].text}, the last on an image"
        yield Note("why", (f"The output in the middle{of}, ({at}), sees {sees}.",))
        if len(spans) < 3 and all(spans):
            rows, columns = (path[0].cells for path in (self.paths * 2)[:2])
            yield Picture(_mask((spans * 2)[:2], (rows, columns)), signed=False, scaled=False)

    def _notes(self) -> Iterator[Note]:
        if self.batch is not None:
            yield Note("convention", (f"The first size, {self.batch}, is the batch: so many inputs, each by itself.",))
        if self.paths and len(self.passed) > 1:
            yield Note(
                "convention",
                (
                    "One output sees 1 + Σ (reach − 1)·jump cells along an axis; the jump, how far apart the fields of neighbours are, is multiplied by each stride. The start is the centre of the first field, counted in cells from the edge; the centre of the first cell is at 0.5.",
                ),
            )
        wide = next((i for i, fields in enumerate(zip(*self.fields, strict=True)) if self._beyond(fields)), None)
        if wide is not None and self.sized:
            text = f"From layer {wide + 1}, {self.passed[wide].text}, on an output would see more cells than the input has: it sees all, and the padding."
            yield Note("why", (text,))
        if any(field.varies for along in self.fields for field in along):
            yield Note("why", ("Where a layer enlarges, neighbours see more or fewer cells: the most are said.",))
        silent = next((at.stage for at in self.passed if at.output[0] is None and at.input[0] is not None), None)
        if silent:
            text = f"“{silent.text}” does not say how many filters it has, such as “{silent.text} filters 12”: the channels behind it are not known."
            yield Note("careful", (text,))


FILLED: Mapping[str, int] = {
    **dict.fromkeys(("in_channels", "num_features", "num_channels"), 0),
    **dict.fromkeys(("in_features", "in1_features", "input_size", "embed_dim"), -1),
}
"""Holes that what arrives fills, and which of its sizes does."""


def run(stages: Sequence[Stage], shape: Shape, put: Sequence[int] = ()) -> Iterator[Passed]:
    """The layers at work one after the other; `Impossible`, naming the layer, where one does not take what it gets."""
    numbers = iter(put)
    shared = {id(stage): tuple(islice(numbers, len(open_holes(stage)))) for stage in stages}
    for i, stage in enumerate(stages):
        try:
            passed = through(stage, shape, shared[id(stage)])
        except Impossible as fault:
            where = f"layer {i + 1}, {stage.text}: " if len(stages) > 1 else ""
            raise Impossible(f"{where}{fault}") from None
        yield passed
        shape = passed.output


def open_holes(stage: Stage) -> tuple[Hole, ...]:
    """The holes of a layer that what arrives does not fill."""
    return tuple(hole for hole in stage.holes if hole.name not in FILLED)


def through(stage: Stage, shape: Shape, put: Sequence[int]) -> Passed:
    """One layer at work, with numbers for its open holes."""
    channels, *sizes = shape
    if stage.kind == "linear" and "in_features" not in stage.arguments and len(shape) > 2:
        cells = "·".join("C" if n is None else str(n) for n in shape)
        raise Impossible(
            f"a linear layer works on features, and here is a map: put flatten before it, {cells} features"
        )
    numbers = iter(put)
    filled = tuple(shape[FILLED[hole.name]] or 1 if hole.name in FILLED else next(numbers) for hole in stage.holes)
    layer = stage.layer(len(sizes), channels, filled)
    full = tuple(map(_known, shape)) if channels is not None else (_stand_in(layer), *map(_known, sizes))
    layer = layer.for_input(full)
    out: Shape = layer.output_shape(full)
    if channels is None and len(out) != len(shape):
        raise Impossible("how many features there are hangs on the channels: say them, as in --in 3x32x32")
    makes = "out_channels" in layer.fields()
    if (makes and not stage.says_filters) or (channels is None and not makes):
        out = (None, *out[1:])
    return Passed(stage, layer, shape, out, filled, full)


def _stand_in(layer: Layer) -> int:
    """Channels that the layer takes, where nobody said how many there are."""
    own = layer.fields()
    known = next((own[name] for name in ("in_channels", "num_features", "num_channels", "groups") if name in own), 1)
    return int(own.get("upscale_factor", 1)) ** 2 * int(known or 1)


def _known(size: int | None) -> int:
    assert size is not None
    return size


def size(shape: Shape, axis: int) -> int:
    """The size along an axis of the image."""
    return _known(shape[axis + 1])


def wrong_rules(layers: Iterable[Layer]) -> dict[str, str]:
    """The wrong size rules of these layers by name, and why each is wrong."""
    return {
        m.name: m.why
        for layer in layers
        for m in _wrong_sizes(layer).values()
        if m.speaks_of(numbers(layer, 0) if layer.axes else {})
    }


@lru_cache(maxsize=REMEMBERED)
def _wrong_sizes(layer: Layer) -> dict[str, Misconception]:
    """The wrong size rules of a layer by name."""
    return {m.name: m for m in type(layer).misconceptions() if m.about == "size"}


def wrong_rule(layer: Layer, *names: str) -> Expr | None:
    """The wrong size rule of that name that bends a layer, or two such rules followed together."""
    letters = numbers(layer, 0) if layer.axes else {}
    found = [m for name in names if (m := _wrong_sizes(layer).get(name)) and m.speaks_of(letters)]
    if not found:
        return None
    return found[0].rule if len(found) == 1 else found[0].with_another(found[1])


@lru_cache(maxsize=REMEMBERED)
def size_after(layer: Layer, axis: int, size: Number, *names: str) -> Number:
    """What a layer makes of a size along an axis by its rule, or by its wrong rule of that name, or by two."""
    rule = wrong_rule(layer, *names) or layer.size_rule()
    return exact(rule.put(layer.along(axis)).value({IN.name: size}))


def _mask(spans: Sequence[range], cells: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """A small picture of an image in its own proportions, the cells of the spans bright."""
    scale = min(1.0, *(most / n for n, most in zip(cells, DRAWN, strict=True)))
    sizes = [max(1, round(n * scale)) for n in cells]
    rows, columns = (
        [bool(range(max(span.start, i * n // many), min(span.stop, -(-(i + 1) * n // many)))) for i in range(many)]
        for span, n, many in zip(spans, cells, sizes, strict=True)
    )
    times = 2 if max(cells) <= SMALL else 1
    return tuple(
        tuple(SEEN if row and column else UNSEEN for column in columns for _ in range(times))
        for row in rows
        for _ in range(times)
    )
