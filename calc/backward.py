"""The question behind `cnncalc shape` with layers and something unknown in front of their output.

Each layer's output size never falls when its input grows, and goes one way only with its kernel, stride, padding or
dilation. So what gives a wanted size is a run of whole numbers, which bisection finds however large the numbers are;
every one of them is then sent through the layers forward, where a layer may still refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice, product
from typing import Any, NamedTuple

from calc.derivation import Derivation, Note, Step, Table, Text
from calc.errors import Impossible, counted, listed, times
from calc.expr import Num, Sym
from calc.isolate import isolate
from calc.layers.base import IN
from calc.question import Mistaken, Question
from calc.readers.stages import Stage
from calc.showing import named_axes
from calc.size_functions import Function, divisors, forward, size_function, splits
from calc.stack import FILLED, Passed, Shape, Stack, open_holes, through
from calc.stretches import Whole, stretch
from calc.unfolding import numbers, said

LOWEST: Mapping[str, int] = {"padding": 0, "output_padding": 0}
"""Other numbers are at least 1."""
BOUNDS: Mapping[int, int] = {1: 0, 2: 64, 3: 16}
"""How far each of so many unknown numbers is looked for; 0 is without bound, as an input always is."""
CHANNELS = ("out_channels", "out_features")
"""Holes that only later layers and the output can tell."""
PROBE = 720_720
"""Cells along an axis of an input that every layer is asked about; many numbers divide it."""
PLACEHOLDERS = 100
"""How many numbers are tried in a hole to have a layer at all."""
LETTERS: Mapping[str, str] = {
    "kernel_size": "k",
    "stride": "s",
    "padding": "p",
    "dilation": "d",
    "output_padding": "o",
}
"""The letters of the holes for which a size rule is solved in steps."""
LISTED = 1_000
"""Solutions that are listed one by one."""
SOLVED = 2
"""Sizes that come out of a layer with a hole for which it is solved."""
SHOWN = 12
"""Solutions in the table."""
END = 1 << 1024
"""A number beyond which nothing is looked for: what still holds there holds always."""


class Unknown(NamedTuple):
    """A number looked for: a hole of a layer, for one axis or all, or the size of the input along some (no stage)."""

    name: str
    stage: Stage | None = None
    axes: tuple[int, ...] = ()

    @property
    def lowest(self) -> int:
        return LOWEST.get(self.name, 1)


Values = tuple[int, ...]
"""A number for each unknown, in their order."""


class Lines(NamedTuple):
    """The layers as functions of a size along each axis, and the sizes that are to come out of them."""

    along: list[list[Function]]
    wanted: list[tuple[int, ...]]


@dataclass(frozen=True)
class Backward(Question):
    """Which numbers in front of it make `out` come out of layers.

    The unknowns are the holes in the layers and the sizes that are None in `shape` (C×H×W; the channels are None where
    they were not said); `square` if one size is looked for along all of them. `out` is what was asked for, a number for
    every axis, sizes, or sizes with channels; None where a layer of features says itself what it takes.
    """

    stages: tuple[Stage, ...]
    shape: Shape
    out: tuple[int, ...] | None
    square: bool = True
    asked: str = "?"

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What is looked for: the holes in reading order, then the input."""
        missing = tuple(axis for axis, n in enumerate(self.shape[1:]) if n is None)
        inputs = ((missing,) if missing else ()) if self.square else tuple((axis,) for axis in missing)
        return (*self.holes, *(Unknown("in", axes=axes) for axes in inputs))

    @cached_property
    def holes(self) -> tuple[Unknown, ...]:
        """The holes that what arrives does not fill."""
        once = {id(stage): stage for stage in self.stages}.values()
        return tuple(
            Unknown(hole.name, stage, () if hole.place is None else (hole.place,))
            for stage in once
            for hole in open_holes(stage)
        )

    @cached_property
    def inner(self) -> tuple[int, ...]:
        """Which of the unknowns are solved for, rather than tried: the input, or a single hole."""
        inputs = tuple(i for i, unknown in enumerate(self.unknowns) if unknown.stage is None)
        sized = (i for i, unknown in enumerate(self.unknowns) if unknown.name not in CHANNELS)
        return inputs or tuple(islice(sized, 1))

    @cached_property
    def bound(self) -> int:
        """How far numbers are looked for where others are, too; 0 for one alone and for an input."""
        return BOUNDS[len(self.unknowns) - len(self.inner) + 1]

    @cached_property
    def found(self) -> tuple[Values, ...]:
        """The solutions, the simplest first: numbers that send the input through the layers to what was asked for."""
        tried = islice((values for span in self._spans() for values in span), LISTED if not self.bound else None)
        return tuple(sorted((values for values in dict.fromkeys(tried) if self.does(values)), key=self._simplicity))

    def _spans(self) -> Iterator[Iterator[Values]]:
        """Runs of numbers that give the sizes, one for each choice of the others."""
        others = [i for i in range(len(self.unknowns)) if i not in self.inner]
        for chosen in product(*(self._choices(self.unknowns[i]) for i in others)):
            put = dict(zip(others, chosen, strict=True))
            try:
                lines = self.lines(put)
            except Impossible:
                if not others:
                    raise
                continue
            for wanted in lines.wanted:
                spans = self.span(lines, wanted)
                ends = [None if self.unknowns[i].stage is None else self.bound or None for i in self.inner]
                runs = [span.within(Whole(0, end)).numbers(LISTED) for span, end in zip(spans, ends, strict=True)]
                yield (
                    tuple(
                        ({**put, **dict(zip(self.inner, numbers, strict=True))})[i] for i in range(len(self.unknowns))
                    )
                    for numbers in product(*runs)
                )

    def _choices(self, unknown: Unknown) -> Sequence[int]:
        """The numbers that are tried for one that is not solved for."""
        if unknown.name not in CHANNELS:
            return range(unknown.lowest, self.bound + 1)
        told = set(self.out or ())
        for stage in self.stages:
            for name in FILLED:
                number = stage.arguments.get(name)
                if isinstance(number, int):
                    told |= set(divisors(number))
        return sorted(told)

    def lines(self, put: Mapping[int, int]) -> Lines:
        """The layers as functions of a size, the numbers in `put` being chosen for the unknowns of those places."""
        shape: Shape = (self.shape[0], *(PROBE,) * (len(self.shape) - 1))
        along: list[list[Function]] = [[] for _ in self.shape[1:]]
        for i, stage in enumerate(self.stages):
            numbers = [put.get(n) for n, unknown in enumerate(self.unknowns) if unknown.stage is stage]
            built = self._built(i, stage, shape, numbers)
            output = built[0][1].output
            if len(output) != len(shape):
                return Lines(along, self._factors(i, shape[0]))
            for axis, line in enumerate(along):
                line.append(size_function(axis, built))
            shape = (output[0], *shape[1:])
        return Lines(along, [self._sizes()])

    def _built(self, i: int, stage: Stage, shape: Shape, numbers: list[int | None]) -> list[tuple[int, Passed]]:
        """The layer on a large input; for the two smallest numbers that it takes where one is looked for."""
        looked = None in numbers
        built: list[tuple[int, Passed]] = []
        fault = ""
        for x in range(PLACEHOLDERS if looked else 1):
            try:
                built.append((x, through(stage, shape, [x if number is None else number for number in numbers])))
            except Impossible as refused:
                fault = str(refused)
            if len(built) > looked:
                break
        if not built:
            raise Impossible(f"layer {i + 1}, {stage.text}: {fault}")
        return built

    def _sizes(self) -> tuple[int, ...]:
        """The sizes that are to come out, along each axis."""
        axes = len(self.shape) - 1
        if self.out is None:
            raise Impossible("nothing says what comes out: add --out, or a layer that says how many features it takes")
        if len(self.out) not in (1, axes, axes + 1):
            raise Impossible(
                f"what comes out has {axes + 1} sizes, the channels first, not {len(self.out)}: {times(self.out)}"
            )
        return self.out * axes if len(self.out) == 1 else self.out[-axes:]

    def _factors(self, i: int, channels: int | None) -> list[tuple[int, ...]]:
        """The sizes along each axis that give as many features as the layers from the flattening on take."""
        if channels is None:
            raise Impossible("how many features there are hangs on the channels: say them, as in --in 3x?x?")
        given = (stage.arguments.get(name) for stage in self.stages[i:] for name in ("in_features", "num_features"))
        features = next((n for n in given if isinstance(n, int)), None)
        if features is None and (self.out is None or len(self.out) > 1):
            raise Impossible("nothing says how many features there are: add --out, or a Linear layer that does")
        wanted = self.out[0] if features is None and self.out else features
        assert isinstance(wanted, int)
        if wanted % channels:
            near = " or ".join(
                str(n) for n in dict.fromkeys((wanted - wanted % channels, wanted - wanted % channels + channels)) if n
            )
            raise Impossible(f"{wanted} features are no whole number of cells in {channels} channels: {near} would be")
        return sorted(
            splits(wanted // channels, len(self.shape) - 1), key=lambda sizes: (max(sizes) - min(sizes), sizes)
        )

    def span(self, lines: Lines, wanted: tuple[int, ...]) -> list[Whole]:
        """Where each of the numbers that are solved for gives the wanted sizes."""
        found = []
        for i in self.inner:
            unknown = self.unknowns[i]
            every = Whole(unknown.lowest, None)
            for axis, line in enumerate(lines.along):
                if unknown.axes and axis not in unknown.axes:
                    continue
                every = every.within(
                    stretch(self._along(line, axis, unknown), unknown.lowest, Whole(wanted[axis], wanted[axis]), END)
                )
            found.append(every)
        return found

    def _along(self, line: Sequence[Function], axis: int, unknown: Unknown) -> Callable[[int], int]:
        """The size that comes out along an axis, by the number that is solved for."""
        known = self.shape[axis + 1]

        def size(x: int) -> int:
            n = x if unknown.stage is None else known or 0
            for function in line:
                n = function(n, x) if n > 0 else 0
            return max(n, 0)

        return size

    def does(self, values: Values) -> bool:
        """Whether the layers with these numbers give what was asked for."""
        try:
            stack = self.put(values)
            stack.passed  # noqa: B018  # refused here
        except Impossible:
            return False
        return self.out is None or stack.gives(self.out)

    @property
    def answer(self) -> dict[str, Any]:
        """The simplest solution."""
        return self.solutions[0]

    @cached_property
    def solutions(self) -> tuple[dict[str, Any], ...]:
        """Every solution, the simplest first; of a run without end the first."""
        return tuple(map(self._named, self.found))

    @cached_property
    def run(self) -> Whole | None:
        """All solutions as a run of numbers, where one number is looked for and each in the run will do."""
        if len(self.unknowns) > 1 or not self.inner or not self.found:
            return None
        lines = self.lines({})
        spans = [span for wanted in lines.wanted for span in self.span(lines, wanted) if not span.empty]
        numbers = [values[0] for values in self.found]
        fits = len(spans) == 1 and sorted(numbers) == list(spans[0].numbers(LISTED))
        return spans[0] if fits else None

    def refuse_many(self) -> None:
        """`Impossible` if more numbers are looked for than can be."""
        if len(self.unknowns) > max(BOUNDS) + max(len(self.inner), 1) - 1:
            raise Impossible(f"{len(self.unknowns)} numbers are looked for: up to {max(BOUNDS)} can be")

    def refuse(self) -> None:
        """`Impossible` if there is no answer, with what comes nearest."""
        if not self.found:
            raise Impossible(self._why_none())

    def _why_none(self) -> str:
        wanted = f"{times(self.out)} come out" if self.out else "it fit"
        what = listed(list(map(self._called, self.unknowns)))
        near = self._nearest()
        return f"no {what} makes {wanted}{f'; {near}' if near else ''}"

    def _nearest(self) -> str:
        """The numbers below and above which what comes out jumps over what was asked for."""
        if len(self.unknowns) > 1:
            return "" if len(self.inner) == len(self.unknowns) else f"numbers up to {self.bound} were tried"
        if not self.inner:
            return ""
        lines, unknown = self.lines({}), self.unknowns[0]
        if not lines.wanted:
            return ""
        wanted, size = lines.wanted[0][0], self._along(lines.along[0], 0, unknown)
        edges = [stretch(size, unknown.lowest, span, END) for span in (Whole(1, wanted), Whole(wanted, None))]
        ends = {x for edge in edges for x in (edge.first, edge.last) if x is not None and x >= unknown.lowest}
        gives = {x: out for x in sorted(ends) if (out := self._out((x,)))}
        near = sorted(gives, key=lambda x: abs(size(x) - wanted))[:2]
        return " and ".join(f"{x} gives {gives[x]}" for x in sorted(near))

    def _out(self, values: Values) -> str:
        """What comes out with these numbers, nothing if the layers refuse them."""
        try:
            return said(self.put(values).out)
        except Impossible:
            return ""

    def derivation(self) -> Derivation:
        parts = {
            "Backwards from the output": tuple(self._backwards()),
            "The size rule of the layer, solved": tuple(self._solved()),
            "What does it": (*self._others(), *self._notes()),
            f"Try {self._numbers(self.found[0])}": tuple(self.put(self.found[0]).tables()),
        }
        steps = tuple(Derivation((title,), part) for title, part in parts.items() if part)
        headline = str(self.run) if self.run else self._numbers(self.found[0])
        title, data = self._title(), self.data()
        return Derivation((title,), steps, (headline,), self.answer, self.solutions, data)

    def mistaken(self) -> tuple[Mistaken, ...]:
        return ()

    def data(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"asks": "shape", "in": self.asked, "layers": [stage.text for stage in self.stages]}
        facts["out"] = None if self.out is None else list(self.out)
        return facts | {"unknown": list(map(self._key, self.unknowns)), "bound": self.bound or None}

    def _key(self, unknown: Unknown) -> str:
        """What a number is called in plain data: kernel_size, or kernel_size_layer_3, in_height where there are several."""
        return re.sub(r"\W+", "_", self._word(unknown)).strip("_")

    def _called(self, unknown: Unknown) -> str:
        """What a number is called in a sentence."""
        if unknown.stage is None:
            return (
                "input"
                if len(self.inner) == 1
                else f"input {self._word(unknown).removeprefix('in (').removesuffix(')')}"
            )
        return f"{unknown.name.replace('_', ' ')} of layer {self._place(unknown)}, “{unknown.stage.text}”"

    def _named(self, values: Values) -> dict[str, Any]:
        return {self._key(unknown): number for unknown, number in zip(self.unknowns, values, strict=True)}

    def _title(self) -> str:
        what = listed(list(map(self._called, self.unknowns)))
        several = len(self.unknowns) > 1
        known = "" if None in self.shape[1:] else self.asked.replace("x", "×")
        layers = f"through {counted(len(self.stages), 'layer')}"
        if not self.out:
            return f"Which {what} make{'' if several else 's'} {known or 'it'} fit {layers}?"
        return (
            f"Which {what} give{'' if several else 's'} {times(self.out)}{f' from {known}' if known else ''} {layers}?"
        )

    def _numbers(self, values: Values) -> str:
        """The numbers with what they are called: kernel size of layer 1 = 5, kernel size of layer 3 = 5."""
        return ", ".join(
            f"{self._word(unknown)} = {number}" for unknown, number in zip(self.unknowns, values, strict=True)
        )

    def _word(self, unknown: Unknown) -> str:
        """What a number is called, with its layer and axis where others are called so too."""
        word = unknown.name.replace("_", " ")
        if sum(other.name == unknown.name for other in self.unknowns) == 1:
            return word
        names = ("depth", "height", "width")[-(len(self.shape) - 1) :]
        layer = f"layer {self._place(unknown)}" if unknown.stage else ""
        of = " and ".join(filter(None, (layer, *(names[axis] for axis in unknown.axes))))
        return f"{word} ({of})"

    def _place(self, unknown: Unknown) -> int:
        """The number of the layer with the hole, counted from 1."""
        return next(i + 1 for i, stage in enumerate(self.stages) if stage is unknown.stage)

    def _backwards(self) -> Iterator[Step]:
        """From the output back to what is looked for: which sizes each layer may get."""
        if len(self.inner) < len(self.unknowns) or not self.unknowns:
            return
        lines = self.lines({})
        stage = self.unknowns[0].stage
        back = next((i + 1 for i, other in enumerate(self.stages) if other is stage), 0) if stage else 0
        wanted = next(sizes for sizes in lines.wanted if not any(span.empty for span in self.span(lines, sizes)))
        for name, axis in named_axes(wanted):
            rows: list[tuple[Text, ...]] = []
            span = Whole(wanted[axis], wanted[axis])
            for i in reversed(range(back, len(lines.along[axis]))):
                function, gives = lines.along[axis][i], span
                span = stretch(partial(forward, function), 1, gives, END)
                rows.append(((self.stages[i].text,), (str(gives),), (str(span),)))
            if rows:
                caption = "" if len(set(wanted)) == 1 else name.capitalize()
                yield Table((("layer",), ("gives",), ("from",)), tuple(rows), (False, True, True), caption=caption)

    def _solved(self) -> Iterator[Step]:
        """The size rule of the layer with the hole, solved for it."""
        unknown = self.unknowns[0]
        if len(self.unknowns) > 1 or unknown.stage is None or unknown.name not in LETTERS:
            return
        axis = unknown.axes[0] if unknown.axes else 0
        done: set[int] = set()
        for values in self.found:
            at = next(at for at in self.put(values).passed if at.stage is unknown.stage)
            n, out = at.input[axis + 1], at.output[axis + 1]
            if out in done or n is None or out is None:
                continue
            done.add(out)
            try:
                env = {**numbers(at.layer, axis), IN.name: n, "out": out}
                yield isolate(Sym("out"), at.layer.size_rule(), env, LETTERS[unknown.name], unknown.lowest).solve
            except NotImplementedError:  # the number stands in the rule twice
                return
            if len(done) == SOLVED:
                return

    def _others(self) -> Iterator[Step]:
        """The other solutions."""
        if self.run or len(self.found) == 1:
            return
        header: tuple[Text, ...] = tuple((self._word(unknown),) for unknown in self.unknowns)
        rows = tuple(tuple((Num(number),) for number in values) for values in self.found[:SHOWN])
        caption = (
            "All solutions" if len(self.found) <= SHOWN else f"The {SHOWN} simplest of {len(self.found)} solutions"
        )
        yield Table(header, rows, (True,) * len(header), caption=caption)

    def _notes(self) -> Iterator[Note]:
        if len(self.unknowns) > 1 and self.bound:
            free = ", the input without bound" if any(unknown.stage is None for unknown in self.unknowns) else ""
            yield Note(
                "convention", (f"{counted(len(self.found), 'solution')}; numbers up to {self.bound} were tried{free}.",)
            )
        if len(self.found) == LISTED or (self.run and self.run.numbers(LISTED + 1).stop - self.run.first > LISTED):
            yield Note("why", (f"Only the first {LISTED} of these solutions are listed one by one.",))

    def put(self, values: Values) -> Stack:
        """The layers and their input with these numbers."""
        holes = len(self.holes)
        sizes = list(self.shape)
        for unknown, number in zip(self.unknowns[holes:], values[holes:], strict=True):
            for axis in unknown.axes:
                sizes[axis + 1] = number
        return Stack(self.stages, tuple(sizes), False, said(tuple(sizes)).replace("×", "x"), None, values[:holes])

    def _simplicity(self, values: Values) -> tuple[Any, ...]:
        """Fewer numbers that are unusual first, odd kernels, then small numbers."""
        pairs = list(zip(self.unknowns, values, strict=True))
        unusual = sum(
            number != unknown.lowest for unknown, number in pairs if unknown.name not in ("kernel_size", "in")
        )
        even = sum(number % 2 == 0 for unknown, number in pairs if unknown.name == "kernel_size")
        inputs = [number for unknown, number in pairs if unknown.stage is None]
        oblong = max(inputs, default=0) - min(inputs, default=0) if len(set(self.out or (0,))) == 1 else 0
        return oblong, unusual, even, max(values), sum(values), values
