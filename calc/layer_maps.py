"""The question behind `cnncalc maps`: what the filters of a layer make of an image, and one cell of it worked out.

A layer lays its filters on its input without turning them, y = Σ w·x + b for each cell (cross-correlation: Goodfellow,
Bengio & Courville, "Deep Learning", section 9.1; torch's documentation of Conv2d).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import fsum
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calc.choices import covered
from calc.derivation import Check, Derivation, Grid, Note, Step
from calc.errors import at, counted, times
from calc.exact import Cells
from calc.feature_maps import said_padding
from calc.map_steps import image, reach, shown, spelled, worked
from calc.question import Mistaken, Question
from calc.showing import said

SHEET = 100
"""Characters of a line on the sheet."""

COLOURS = ("red", "green", "blue")


@dataclass(frozen=True)
class Filters:
    """The chosen filters of a layer, M×C×k_h×k_w, their biases, and what lies under one of them at the worked cell.

    `worked` is that filter and `patch` what lies under it, C×k_h×k_w, 0 in the padding; the first of the C channels is
    the input's channel `first` of `channels`; `size` is H×W of the input.
    """

    weights: Cells
    bias: Cells | None
    worked: Cells
    patch: Cells
    first: int
    channels: int
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int = 1
    transposed: bool = False
    mode: str = "zeros"


@dataclass(frozen=True)
class LayerMaps(Question):
    """The maps that a layer makes of an image, and the filters it makes them with.

    `maps` are the chosen ones of all that the layer `made` (M×H×W), before any activation that follows, as torch has
    them in `numbers` whose spacing at 1 is `eps`. `picture` is the image as it is drawn, H×W, `pictured` what is drawn;
    `how` says how it was read. Maps, cells and channels are counted from 0. `chosen_by` is how the maps were chosen:
    first, strongest or these; `first` whether the layer was taken because it convolves first.
    """

    layer: str
    kind: str
    network: str
    source: str
    image: str
    picture: Cells
    pictured: str
    how: tuple[str, ...]
    took: tuple[int, ...]
    made: tuple[int, int, int]
    chosen: tuple[int, ...]
    maps: Cells
    worked: int
    cell: tuple[int, int]
    filters: Filters | None = None
    channel: int | None = None
    coloured: bool = False
    numbers: str = "float32"
    eps: float = 2**-23
    chosen_by: str = ""
    first: bool = False
    inside: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def answer(self) -> Cells:
        """The chosen maps, M×H×W."""
        return self.maps

    @property
    def held(self) -> float:
        """What torch's map holds at the worked cell."""
        return float(self.maps.numerators[(self.chosen.index(self.worked), *self.cell)])

    @cached_property
    def products(self) -> NDArray[np.float64]:
        """The Hadamard product at the worked cell, C×k_h×k_w; of singles each is exact."""
        assert self.filters
        return np.asarray(self.filters.worked.numerators * self.filters.patch.numerators, np.float64)

    @cached_property
    def sums(self) -> tuple[float, ...]:
        """Σ w·x of each channel."""
        return tuple(fsum(part.flat) for part in self.products)

    @property
    def bias(self) -> float:
        """What is added to the worked map; 0 without biases."""
        assert self.filters
        bias = self.filters.bias
        return float(bias.numerators[self.chosen.index(self.worked)]) if bias else 0.0

    @cached_property
    def value(self) -> float:
        """The worked cell: Σ w·x + b over all channels, rounded once."""
        return fsum((*self.products.flat, self.bias))

    def mistaken(self) -> tuple[Mistaken, ...]:
        """What the worked cell would be under one wrong rule."""
        if not self.filters:
            return ()
        weights = self.filters.worked.numerators
        wrong = [
            ("flipped", "the filter is flipped: the layers of a CNN do not flip", self._with(weights[:, ::-1, ::-1])),
            ("bias-forgotten", "the bias is left out", fsum(self.products.flat)),
            ("channels-not-summed", "one channel is taken alone: they are added up", self.sums[0] + self.bias),
            ("negatives-clipped", "a ReLU is applied: the maps are those before any activation", max(0.0, self.value)),
        ]
        if weights.shape[1] == weights.shape[2]:
            says = "rows and columns of the filter are exchanged: it is laid on as it stands"
            wrong.append(("kernel-transposed", says, self._with(weights.swapaxes(1, 2))))
        told = (Mistaken(*each) for each in wrong)
        return tuple(each for each in told if abs(each.answer - self.value) > self.rounding())

    def _with(self, weights: NDArray[Any]) -> float:
        """The worked cell with other weights."""
        assert self.filters
        return fsum((*np.asarray(weights * self.filters.patch.numerators, np.float64).flat, self.bias))

    def data(self) -> dict[str, Any]:
        filters = self.filters
        return {
            "asks": "maps",
            "network": self.network,
            "source": self.source,
            "image": self.image,
            "layer": self.layer,
            "filters": [i + 1 for i in self.chosen],
            "cell": [self.worked + 1, *(i + 1 for i in self.cell)],
            "weights": filters.weights if filters else None,
            "bias": filters.bias if filters else None,
        }

    @property
    def title(self) -> str:
        what = "Filters and maps" if self.filters else "Maps"
        return f"{what} of {self.layer} in {self.source or self.network} on {self.image}"

    def asked(self) -> tuple[Step, ...]:
        """What is given where the worked cell is asked for: the image, and the filter with the window that it lies on."""
        steps: list[Step] = [*self._conventions(), Derivation(("Given: the image",), (image(self),))]
        if self.filters:
            grids: list[Step] = []
            deep = len(self.filters.worked.numerators)
            for c in range(deep):
                name = self.named(c) if deep > 1 else ""
                window, weights = (spelled(cells.numerators[c]) for cells in (self.filters.patch, self.filters.worked))
                grids.append(Grid(window, f"window {name}".strip()))
                grids.append(Grid(weights, f"filter {name}".strip(), "", "kernel"))
            steps.append(Derivation((f"Filter {self.worked + 1}, and the window it lies on",), tuple(grids)))
        return tuple(steps)

    def _conventions(self) -> tuple[Note, ...]:
        return tuple(Note("convention", (text,)) for text in (self._described(), *self.how))

    def derivation(self) -> Derivation:
        """The image, each filter beside the map it makes, and the worked cell."""
        many, rows, columns = self.made
        some = f"{len(self.chosen)} of {many}" if len(self.chosen) < many else str(many)
        steps: list[Step] = [
            *self._conventions(),
            Derivation(("Given: the image",), (image(self),)),
            Derivation((self._heading(),), tuple(shown(self))),
        ]
        if self.filters:
            furthest = abs(self.held) >= abs(self.maps.numerators[self.chosen.index(self.worked)]).max()
            title = f"One cell of map {self.worked + 1} worked out: ({at(self.cell)}){', the one furthest from 0' if furthest else ''}"
            steps += [Derivation((title,), tuple(worked(self))), *self.checks()]
        return Derivation(
            (self.title,),
            tuple(steps),
            (f"{some} map{'s' * (many > 1)} of {rows}×{columns}",),
            self.maps,
            (),
            self.data(),
            decimals=True,
        )

    def sheet(self) -> bytes:
        """The image, the filters and their maps as one PNG; the worked cell and the window it sees are marked."""
        from calc.sheet import Row, Tile, sheet

        rows = []
        for i, own in enumerate(self.chosen):
            cells = self.maps.numerators[i]
            place = (*self.cell, self.cell[0] + 1, self.cell[1] + 1) if own == self.worked and self.filters else None
            made = Tile(cells, reach(cells, " to "), place)
            weights = Tile(self._colours(i), "") if self.filters else None
            rows.append(Row(f"{'filter' if self.filters else 'map'} {own + 1}", weights, made))
        drawn = self.picture.numerators
        marked = None if self.filters is None or self.filters.transposed or not self._sees_image() else self.window()
        said = [self.title, self._described(), *self.how, self.drawn_as(coloured=self._by_colours)]
        if self.filters:
            said.append(
                f"Marked: the cell ({at(self.cell)}) of map {self.worked + 1}{' and the window that it sees' if marked else ''}"
            )
        lines = [line for text in said for line in wrap(text, SHEET)]
        return sheet(lines, Tile(drawn, f"{self.image}, {self.pictured}", marked, signed=bool((drawn < 0).any())), rows)

    def _sees_image(self) -> bool:
        """Whether the layer gets the image itself."""
        return (
            self.took[1:] == self.picture.shape and self.filters is not None and self.filters.size == self.picture.shape
        )

    def _colours(self, i: int) -> NDArray[Any]:
        """A filter by its colours where it lies on red, green and blue; else as a plane."""
        if self.filters and self._by_colours:
            weights: NDArray[Any] = self.filters.weights.numerators[i]
            return weights
        return self.plane(i)

    @property
    def _by_colours(self) -> bool:
        """Whether a filter lies on the red, green and blue of the image, and no single channel is wanted."""
        deep = self.filters.worked.shape[0] if self.filters else 0
        return self.coloured and self.channel is None and deep == len(COLOURS)

    def drawn_as(self, *, coloured: bool) -> str:
        """What of a filter with several channels is drawn; nothing where there is one."""
        deep = self.filters.worked.shape[0] if self.filters else 1
        if deep == 1:
            return ""
        drawn = "their mean; --channel N draws one" if self.channel is None else self.named(self.channel)
        return f"A filter has {deep} channels: drawn {'are these colours, 0 a medium grey' if coloured else f'is {drawn}'}."

    def checks(self) -> tuple[Check, ...]:
        """Whether the worked cell is what torch's map holds, within what adding so many numbers up may round."""
        if not self.filters:
            return ()
        theirs, place = f"torch's own map holds {self.held:.6g}", f"at ({at(self.cell)}) of map {self.worked + 1}"
        if abs(self.value - self.held) <= self.rounding():
            same = "exactly" if self.value == self.held else f"within the rounding of {self.numbers}"
            return (Check("torch", "agrees", (f"{theirs} {place}, {same}",)),)
        text = f"{theirs} {place}, and {self.value:.6g} by hand"
        return (Check("torch", "differs", (text,), f"{self.value:.9g}", f"{self.held:.9g}"),)

    def rounding(self) -> float:
        """How far a sum of these products may be off: (n + 1)·ε·Σ|w·x| (Higham, "Accuracy and Stability", 3.1)."""
        sizes = fsum((*abs(self.products).flat, abs(self.bias)))
        return (self.products.size + 1) * self.eps * sizes

    def _described(self) -> str:
        """What the layer is, in the words of its options."""
        filters = self.filters
        if not filters:
            inside = f"; those inside it that make maps: {', '.join(self.inside)}" if self.inside else ""
            return f"{self.layer} ({self.kind}) has no filters: these are the maps that come out of it{inside}"
        depth, size = filters.worked.shape[0], filters.worked.shape[1:]
        rings: Any = tuple((p, p) for p in filters.padding)
        says = [
            f"{self.layer}{', the first layer that convolves' if self.first else ''}: {self.kind} {times(size)}, {filters.channels} → {counted(self.made[0], 'channel')}",
            "transposed convolution" if filters.transposed else "cross-correlation: filters are not flipped",
            f"{filters.mode} padding before it" if filters.mode != "zeros" else said_padding(rings),
            f"stride {said(filters.stride)}",
        ]
        if set(filters.dilation) != {1}:
            says.append(f"dilation {said(filters.dilation)}")
        if filters.groups > 1:
            says.append(f"groups {filters.groups}: a filter sees {counted(depth, 'channel')}")
        return " · ".join(says)

    def _heading(self) -> str:
        many, of = len(self.chosen), f" of {self.made[0]}" if len(self.chosen) < self.made[0] else ""
        if self.chosen_by == "strongest":
            what = f"filters{of} and the maps they make" if self.filters else f"maps{of}"
            return f"The {many} {what}, those furthest from 0 on average (mean |y|) first"
        if self.chosen_by == "first" and of and many > 1:
            return (
                f"The first {many}{of} filters and the maps they make" if self.filters else f"The first {many}{of} maps"
            )
        return "Each filter and the map it makes" if self.filters else "The maps"

    def plane(self, i: int) -> NDArray[Any]:
        """The i-th of the chosen filters as it is drawn, k_h×k_w: one channel, or the mean of all."""
        assert self.filters
        weights = self.filters.weights.numerators[i]
        drawn: NDArray[Any] = weights.mean(0) if self.channel is None else weights[self.channel]
        return drawn

    def named(self, channel: int) -> str:
        """What a channel of the filter is called, counted from 0 in it."""
        if self.coloured and self.filters and self.filters.channels == len(COLOURS):
            return COLOURS[channel + self.filters.first]
        return f"channel {channel + 1 + (self.filters.first if self.filters else 0)}"

    def window(self) -> tuple[int, int, int, int]:
        """The cells of the input from the first tap to the last: top, left, bottom, right, the ends beyond."""
        filters = self.filters
        assert filters
        top, left = (i * s - p for i, s, p in zip(self.cell, filters.stride, filters.padding, strict=True))
        high, wide = covered(filters.worked.shape[1:], filters.dilation)
        return top, left, top + high, left + wide
