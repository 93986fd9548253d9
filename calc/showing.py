"""What of a large array is shown, and which of many windows are worked: the choices that the core makes for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Literal

from calc.choices import Padding, Sizes
from calc.derivation import Grid, Note, Picture, Step
from calc.errors import counted, times
from calc.exact import Cells, Entry

SHOWN_WINDOWS = 36
SHOWN_CELLS = (64, 32)
"""Rows and columns up to which a matrix is shown whole."""

SHOWN_PLANES = 8
"""Channels, slices or filters up to which each is shown."""

DRAWN_AROUND = (16, 24)
"""Rows and columns up to which an image is drawn whole around each of its windows."""

PICTURED = (56, 72)
"""Rows and columns that a large matrix is drawn with."""

SHADED = 10**6
"""Parts of 1 that rounded numbers are told apart by in a picture."""

What = Literal["image", "kernel", "feature map"]


def telling(outputs: Sizes, most: int = SHOWN_WINDOWS) -> tuple[tuple[Sizes, ...] | None, Note | None]:
    """All windows of a small answer; else the first, one at each border, one inside, the last."""
    many = prod(outputs)
    if many <= most:
        return None, None
    *first, rows, columns = (1, *outputs)[-max(2, len(outputs)) :]
    r, c = rows // 2, columns // 2
    flat = [(0, 0), (0, c), (r, 0), (r, c), (r, columns - 1), (rows - 1, c), (rows - 1, columns - 1)]
    start, end = (0,) * len(first), tuple(n - 1 for n in first)
    places = [(*start, *place) for place in flat]
    if first:
        places = [places[0], places[3], *((*other, 0, 0) for other in _steps(first)), (*end, rows - 1, columns - 1)]
    places = list(dict.fromkeys(place[-len(outputs) :] for place in places))
    note = Note("why", (f"The other {many - len(places)} windows go the same way.",))
    return tuple(places), note


def _steps(first: Sequence[int]) -> list[Sizes]:
    """One place further along each of the first axes."""
    return [tuple(1 if i == j else 0 for j in range(len(first))) for i, n in enumerate(first) if n > 1]


def shown(
    cells: Cells,
    caption: str = "",
    what: What = "image",
    names: Sequence[str] = (),
    *,
    numbers: bool = False,
    drawn: bool = True,
) -> tuple[Step, ...]:
    """The array as matrices, one for each index of the axes that `names` names.

    Of a large one a picture, a corner, and a sentence, unless all `numbers` are asked for, or it is not to be `drawn`.
    """
    leading = cells.shape[: len(names)]
    places = list(product(*map(range, leading[:-1]), range(min(leading[-1], SHOWN_PLANES)))) if names else [()]
    places = places[: 2 * SHOWN_PLANES]
    steps: list[Step] = []
    for place in places:
        own = ", ".join(f"{name} {i + 1}" for name, i, n in zip(names, place, leading, strict=True) if name and n > 1)
        steps += _plane(
            cells.plane(*place), ", ".join(filter(None, (caption, own))), what, numbers=numbers, drawn=drawn
        )
    left_out = prod(leading) - len(places)
    if left_out:
        steps.append(Note("why", (f"The other {left_out} of {prod(leading)} go on like these.",)))
    return tuple(steps)


def _plane(cells: Cells, caption: str, what: What, *, numbers: bool, drawn: bool) -> tuple[Step, ...]:
    if len(cells.shape) == 1:
        cells = cells.shaped((1, -1))
    (height, width), (most_rows, most_columns) = cells.shape, SHOWN_CELLS
    if numbers or (height <= most_rows and width <= most_columns):
        return (Grid(cells, caption, "", what),)
    rows, columns = min(height, 8), min(width, 12)
    corner = cells.like(cells.numerators[:rows, :columns].copy())
    sentence = f"Of {height}×{width} cells the upper left {rows}×{columns} are shown."
    drawn = drawn and what != "kernel" and not cells.letters and min(height, width) >= SHOWN_CELLS[1]
    picture = (_picture(cells, caption),) if drawn else ()
    return *picture, Grid(corner, "" if picture else caption, "", what), Note("why", (sentence,))


def _picture(cells: Cells, caption: str) -> Picture:
    """The matrix as a small picture, and what its shades reach from and to."""
    from calc.pictures import shades

    low, high = (
        cells.entry(edge.tolist() if hasattr(edge, "tolist") else edge)
        for edge in (cells.numerators.min(), cells.numerators.max())
    )
    whole = (cells.numerators * SHADED).astype("int64") if cells.approximate else cells.numerators
    drawn = shades(whole, *PICTURED)
    reach = f"from {_short(low)} to {_short(high)}"
    return Picture(drawn.levels, drawn.signed, f"{caption}, {reach}" if caption else reach)


def _short(value: Entry) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def named_axes(alike: Sequence[object]) -> list[tuple[str, int]]:
    """The axes, each with its name; those that are alike in everything under one."""
    names = {1: ("out",), 2: ("height", "width"), 3: ("depth", "height", "width")}[len(alike)]
    groups: dict[object, list[int]] = {}
    for i, facts in enumerate(alike):
        groups.setdefault(facts, []).append(i)
    return [(" and ".join(names[i] for i in axes), axes[0]) for axes in groups.values()]


def rings(padding: Padding, around: str) -> str:
    """The padding as a heading says it."""
    flat = [n for pair in padding for n in pair]
    if len(set(flat)) == 1:
        return f"one ring of {around}" if flat[0] == 1 else f"{flat[0]} rings of {around}"
    return f"with {around}: {sides(padding)}"


def sides(padding: Padding) -> str:
    """How many cells go to each side."""
    names = ("in front", "behind", "above", "below", "left", "right")[-2 * len(padding) :]
    return ", ".join(f"{n} {name}" for n, name in zip([n for pair in padding for n in pair], names, strict=True))


def said(sizes: Sizes) -> str:
    """One number where all are the same: 2, or 1 down, 2 right."""
    if len(set(sizes)) == 1:
        return str(sizes[0])
    return ", ".join(f"{n} {way}" for n, way in zip(sizes, ("deep", "down", "right")[-len(sizes) :], strict=True))


def a_picture(shape: Sizes) -> str:
    """What an array without its channels is called: a 3×5 image, a signal of 8 cells, a 3×4×4 volume."""
    return (
        f"a signal of {counted(shape[-1], 'cell')}"
        if len(shape) == 1
        else f"a {times(shape)} {'image' if len(shape) == 2 else 'volume'}"
    )
