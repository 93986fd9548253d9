"""Receptive fields: how many cells of the input one output sees, how far apart its neighbours' are, and where they lie.

The recurrence is that of Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks" (2019):
a layer that reaches over k cells adds (k − 1)·jump, the jump being the product of the strides before it. The first
cell of the input has its centre at 0.5. Where a layer enlarges, the jump is below 1 and neighbours can differ in how
many cells they see; there the field is followed back from the outputs, cell by cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import NamedTuple, Protocol

from calc.errors import Impossible
from calc.expr import Expr, num
from calc.layers.base import IN, OUT, Layer, Shape
from calc.layers.conv import Conv
from calc.layers.pool import AdaptivePool, MaxUnpool
from calc.layers.transposed import ConvTranspose
from calc.layers.upsample import Upsampling

PHASES = 64
"""Outputs next to each other that are followed back where neighbours differ."""
MOST = 4096
"""Cells between two layers that are followed one by one."""
MIDDLE = 1 << 20
"""Cells of an imagined input, so large that its edges are out of sight from its middle, and so small that torch's
float32 places its cells when it scales."""


class Field(NamedTuple):
    """What an output of a layer sees of the input of the first, along one axis.

    `size` cells, the fields of neighbours `jump` apart, the first centred at `start`. `formula` is the step of the
    recurrence, None where the layer changes nothing; `varies` if neighbours see more or fewer, and `size` is the most.
    """

    size: int
    jump: Fraction
    start: Fraction
    formula: Expr | None = None
    varies: bool = False

    @property
    def whole(self) -> bool:
        """Whether that is said to be all of the input: never, for an input has no borders here."""
        return False


CELL = Field(1, Fraction(1), Fraction(1, 2))
"""What a cell of the input sees of it."""


class Along(NamedTuple):
    """A layer at work along one axis: how many cells go in, and how many come out."""

    layer: Layer
    axis: int
    cells: int
    out: int


def fields(path: Sequence[Along]) -> tuple[Field, ...]:
    """The field of an output of each layer, from the first on."""
    found: list[Field] = []
    now, uneven = CELL, False
    for i, at in enumerate(path):
        reach, jump, shift = _moves(at)
        size, varies = now.size + (reach - 1) * now.jump, False
        uneven = uneven or isinstance(at.layer, Upsampling | ConvTranspose | MaxUnpool | AdaptivePool)
        if uneven:
            sizes = _followed(path[: i + 1])
            size, varies = Fraction(max(sizes)), min(sizes) < max(sizes)
        formula = num(now.size) + num(reach - 1) * num(now.jump) if reach > 1 else None
        now = Field(int(size), now.jump * jump, now.start + shift * now.jump, formula, varies)
        found.append(now)
    return tuple(found)


class AtWork(Protocol):
    """A layer that was called: what it is, what went in, what came out; None where that is not known."""

    @property
    def layer(self) -> Layer | None: ...
    @property
    def inputs(self) -> tuple[Shape, ...]: ...
    @property
    def output(self) -> Shape | None: ...


def fields_in_a_row(calls: Sequence[AtWork], shape: Shape | None) -> list[tuple[Field, ...]]:
    """What an output sees of the input after each call, along each axis, as long as each gets what the one before gave.

    Nothing is known behind a layer without rules, nor where something else comes in between.
    """
    paths: list[list[Along]] = [[] for _ in (shape or ())[1:]]
    for call in calls:
        follows = call.layer and call.output and call.inputs == (shape,) and len(call.output) == len(paths) + 1
        if not follows or call.layer is None or shape is None or call.output is None:
            break
        for axis, path in enumerate(paths):
            path.append(Along(call.layer, axis, shape[axis + 1], call.output[axis + 1]))
        shape = call.output
    known = list(zip(*map(fields, paths), strict=True))
    return known + [()] * (len(calls) - len(known))


def seen(path: Sequence[Along], place: int) -> range:
    """From the first to the last of the input cells, counted from 0, that an output depends on.

    Very many cells between the layers are followed by the first and the last alone.
    """
    cells: list[int] = [place]
    for at in reversed(path):
        under = [cell for i in cells for cell in _ends(met(at, i), MOST // len(cells))]
        cells = _ends(sorted(set(under)), MOST)
        if not cells:
            return range(0)
    return range(cells[0], cells[-1] + 1)


def met(at: Along, place: int) -> range:
    """The input cells of one layer that an output depends on: under a kernel that is dilated not all that it covers."""
    letters = at.layer.along(at.axis)
    step, stride = (n if isinstance(n := letters.get(name), int) else 1 for name in ("d", "s"))
    if isinstance(at.layer, ConvTranspose):
        step //= gcd(step, stride)
    elif isinstance(at.layer, Conv) and at.layer.padding_mode != "zeros":
        step = 1
    return at.layer.sees(at.axis, at.cells, place)[::step]


def _ends(cells: Sequence[int], most: int) -> list[int]:
    """The cells, or the first and the last where there are more than that."""
    return list(cells) if len(cells) <= max(most, 2) else [cells[0], cells[-1]]


def _moves(at: Along) -> tuple[Fraction, Fraction, Fraction]:
    """The reach, the jump and the shift of the layer on this input."""
    letters = {**at.layer.along(at.axis), IN.name: at.cells, OUT.name: at.out}
    rules = at.layer.reach_rule(), at.layer.jump_rule(), at.layer.shift_rule()
    reach, jump, shift = (Fraction(rule.put(letters).value()) for rule in rules)
    return reach, jump, shift


def _followed(path: Sequence[Along]) -> list[int]:
    """How many cells outputs next to each other see, in the middle of a very large input, or of this one."""
    imagined: list[Along] = []
    try:
        cells = MIDDLE
        for at in path:
            out = at.layer.size_along(at.axis, cells)
            if out == at.layer.size_along(at.axis, 2 * cells):  # a size that is always the same
                raise Impossible("its windows hang on the input")
            imagined.append(at._replace(cells=cells, out=out))
            cells = out
    except Impossible:
        imagined = list(path)
    out = imagined[-1].out
    first = max(out // 2 - PHASES // 2, 0)
    return [len(seen(imagined, i)) for i in range(first, min(first + PHASES, out))]
