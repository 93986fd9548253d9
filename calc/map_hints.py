"""Hints to questions about feature maps: how the windows or the stamps lie, the law of a cell, the first of them with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from calc.choices import Sizes
from calc.derivation import Derivation, Note, Pooled, Pools, Step, Windows, lift_entry
from calc.errors import at, counted, times
from calc.expr import Op
from calc.feature_maps import FeatureMaps
from calc.resizing import END, START
from calc.showing import shown

if TYPE_CHECKING:
    from calc.convolution import Convolution
    from calc.pooling import Pooling
    from calc.transposed import Transposed

PLACES = {1: ("i",), 2: ("i", "j"), 3: ("h", "i", "j")}
"""The letters of a place in a map."""

TAPS = {1: ("u",), 2: ("u", "v"), 3: ("t", "u", "v")}
"""The letters of a place in a kernel or a window."""

WRITTEN = 5
"""Rows and columns of a stamp that are written out."""

LOOKED_AT = 64
"""Windows of a pooling among which a full one is looked for."""


def map_hint(question: FeatureMaps, level: int, solution: Derivation) -> Iterator[Step]:
    """The steps of a hint of a level from 2 to 5."""
    from calc.pooling import Pooling
    from calc.transposed import Transposed

    if level == 5:
        leading = ("map",) if len(question.answer.shape) > question.axes else ()
        yield from shown(question.answer, "", "feature map", question.names(*leading))
        return
    match question:
        case Pooling():
            yield from _of_pooling(question, level, solution)
        case Transposed():
            yield from _of_stamps(question, level)
        case _:
            yield from _of_convolution(question, level, solution)  # type: ignore[arg-type]


def _of_convolution(question: Convolution, level: int, solution: Derivation) -> Iterator[Step]:
    if level == 2:
        parts = [step.title for step in solution.steps if isinstance(step, Derivation)][1:]
        plan = [title for title in parts if not str(title[0]).startswith("Feature map")]
        yield from (Note("why", (f"{number}  ", *title)) for number, title in enumerate(plan, start=1))
    elif level == 3:
        deep = " and all channels" if question.kernel.shape[1] > 1 else ""
        taps = ", ".join(TAPS[question.axes])
        yield _law(f"Σ x({_windowed(question.stride, question.dilation)})·w({taps})", question)
        kernel = "the flipped kernel" if question.flipped else "the kernel"
        padded = " with its padding" if any(map(any, question.padding)) else ""
        yield _meaning(
            f"Σ over all {taps} of the kernel{deep}; x the image{padded}, w {kernel}",
            question.stride,
            question.dilation,
        )
    else:
        yield from _first_window(solution)


def _of_pooling(question: Pooling, level: int, solution: Derivation) -> Iterator[Step]:
    whole = question.adaptive and set(question.adaptive) == {1}
    if level == 2:
        if whole:
            yield Note("why", ("One window covers the whole of a channel.",))
        elif question.adaptive:
            yield Note("why", ("The image is cut into windows of nearly equal size, one for each cell of the answer.",))
        else:
            step = times(question.stride) if len(set(question.stride)) > 1 else counted(question.stride[0], "cell")
            yield Note(
                "why", (f"A window of {times(question.kernel_size)} cells moves over the image, {step} at a time.",)
            )
        if question.ceil:
            yield Note("why", ("A last window that hangs over the end counts too, with the cells that it has.",))
        yield Note(
            "why",
            (
                f"{_TAKEN[question.kind]}, each channel by itself."
                if question.image.shape[0] > 1
                else f"{_TAKEN[question.kind]}.",
            ),
        )
    elif level == 3:
        name = {"lp": f"({question.power}-norm)"}.get(question.kind, question.kind)
        if question.adaptive:
            yield Note("why", (f"{_cell(question.axes)} = {name} of the cells of its window",))
            yield Note(
                "why",
                (
                    "Along each axis window i, counted from 0, begins behind cell ",
                    START,
                    ", and ends with cell ",
                    END,
                    ".",
                ),
            )
        else:
            windowed, taps = _windowed(question.stride, question.dilation), ", ".join(TAPS[question.axes])
            yield Note("why", (f"{_cell(question.axes)} = {name} of x({windowed}) over all {taps} of the window",))
            yield _meaning("x the image", question.stride, question.dilation)
    else:
        yield from _first_window(solution)


_TAKEN = {
    "max": "Keep the largest cell of each window",
    "min": "Keep the smallest cell of each window",
    "average": "Add up the cells of each window, and divide by how many of them count",
    "lp": "Take the root of the sum of the powers of each window's cells",
}


def _of_stamps(question: Transposed, level: int) -> Iterator[Step]:
    cut = [pair for pair in question.padding if any(pair)]
    if level == 2:
        apart = times(question.stride) if len(set(question.stride)) > 1 else counted(question.stride[0], "cell")
        yield Note("why", ("Each cell of the input stamps the kernel, times its own number, onto the output.",))
        yield Note("why", (f"The stamps of neighbours lie {apart} apart. Where stamps overlap, they add up.",))
        if cut:
            yield Note("why", ("The padding is cut off the sides of what comes out.",))
        if any(question.output_padding):
            yield Note("why", ("Output padding makes the map longer at the end of each axis.",))
        if question.bias:
            yield Note("why", ("At last the bias is added to every cell.",))
        if question.then:
            yield Note("why", (f"Then {question.then.name}, cell by cell.",))
    elif level == 3:
        shift = " − p" if cut else ""
        places = ", ".join(
            f"{_scaled(i, 's', s)} + {_scaled(u, 'd', d)}{shift}"
            for i, u, s, d in zip(
                PLACES[question.axes], TAPS[question.axes], question.stride, question.dilation, strict=True
            )
        )
        taps = ", ".join(TAPS[question.axes])
        yield Note(
            "why",
            (
                f"x({', '.join(PLACES[question.axes])})·w({taps}) is added to y({places}), for every cell of x and every weight of w",
            ),
        )
        yield _meaning(
            f"x the input, w the kernel as it is{', p the padding' if cut else ''}", question.stride, question.dilation
        )
    else:
        yield from _first_stamp(question)


def _first_stamp(question: Transposed) -> Iterator[Step]:
    """The products of the first cell with the kernel, a row a line."""
    axes, sides = question.axes, question.kernel.shape[2:]
    first = lift_entry(question.image[(0,) * (axes + 1)])
    yield Note("why", ("The first cell of the input is ", first, ". Its stamp:"))
    for row in range(min(sides[-2] if axes > 1 else 1, WRITTEN)):
        place = (0, 0, *(0,) * max(axes - 2, 0), *((row,) if axes > 1 else ()))
        products = (Op("*", (first, lift_entry(question.kernel[(*place, n)]))) for n in range(min(sides[-1], WRITTEN)))
        terms = [part for product in products for part in (",  ", product)][1:]
        yield Note("why", (f"row {row + 1}:  " if axes > 1 else "", *terms, *((", …",) if sides[-1] > WRITTEN else ())))
    if max(sides[-2:]) > WRITTEN or axes > 2:
        yield Note("why", ("And so on.",))


def _first_window(solution: Derivation) -> Iterator[Step]:
    """The products of the first window, not yet added up, or the cells of the first pooling window that is full."""
    for part in solution.steps:
        for step in part.steps if isinstance(part, Derivation) else ():
            if isinstance(step, Windows):
                window = next(iter(step))
                cells = [pair for each in window.slices for pair in each.pairs]
                terms = (*(Op("*", pair) for pair in cells), *((lift_entry(window.bias),) if window.bias else ()))
                yield Note("why", ("The first cell: ", Op("+", terms) if len(terms) > 1 else terms[0]))
                return
            if isinstance(step, Pools):
                full = max(islice(step, LOOKED_AT), key=_filled)
                place = at(full.at[-len(step.spans) :])
                yield Note("why", (f"Cell ({place}): ", full.chain.links[0].expression))
                return
    yield Note("why", ("Write the first window down, cell by cell, then do with it what the law says.",))


def _filled(window: Pooled) -> int:
    """How many cells of the image, or zeros that count, lie in a pooling window."""
    return sum(x is not None for layer in window.layers for row in layer.patch for x in row)


def _law(right: str, question: Convolution) -> Note:
    """The law of a cell, with the bias and the activation that follow."""
    bias = " + b" if question.bias else ""
    then = f", then {question.then.name}" if question.then else ""
    return Note("why", (f"{_cell(question.axes)} = {right}{bias}{then}",))


def _meaning(said: str, stride: Sizes, dilation: Sizes) -> Note:
    """What the letters of a law stand for."""
    strides = ", s the stride" if any(n > 1 for n in stride) else ""
    spread = ", d the dilation" if any(n > 1 for n in dilation) else ""
    return Note("convention", (f"{said}{strides}{spread}; rows and columns are counted from 0.",))


def _cell(axes: int) -> str:
    return f"y({', '.join(PLACES[axes])})"


def _windowed(stride: Sizes, dilation: Sizes) -> str:
    """The place of a cell of a window: i·s + u·d, j·s + v·d."""
    axes = len(stride)
    pairs = zip(PLACES[axes], TAPS[axes], stride, dilation, strict=True)
    return ", ".join(f"{_scaled(i, 's', s)} + {_scaled(u, 'd', d)}" for i, u, s, d in pairs)


def _scaled(place: str, letter: str, by: int) -> str:
    return f"{place}·{letter}" if by > 1 else place
