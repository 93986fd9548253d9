"""The question behind `cnncalc transposed`: a transposed convolution, by hand, both ways it is taught.

Each cell of the input stamps the kernel, times itself, on the output, the stamps a stride apart, and where they overlap they add up; or
zeros are put between the cells and an ordinary convolution slides over them. Both are the adjoint of a layer's
cross-correlation (Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", chapter 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from itertools import product as combinations
from math import prod
from typing import Any, Literal

from calc.activations import Activation, read_activation
from calc.arrays import add, correlate, flip, pad, spread
from calc.choices import Padding, Places, Sizes, covered, every, read_padding, read_sizes
from calc.derivation import Derivation, Grid, Note, Step, Windows, chained, lift_entry, work, worked_out
from calc.errors import Impossible, at, printable, times
from calc.exact import Cells
from calc.expr import Expr, exact, product, symbols, total
from calc.feature_maps import MOST_CELLS, MOST_OUTPUTS, WAYS, Bend, FeatureMaps, activated, read_axes, said_places
from calc.images import read_image, read_kernel, read_numbers
from calc.layers.transposed import ConvTranspose
from calc.showing import a_picture, named_axes, said, shown, sides, telling

Way = Literal["both", "stamps", "zeros"]

IN, STRIDE, PADDING, BEFORE, AFTER, DILATION, KERNEL, MORE = symbols("in s p p_before p_after d k o")
SIZE = ConvTranspose.size
UNEVEN_SIZE = (IN - 1) * STRIDE - BEFORE - AFTER + DILATION * (KERNEL - 1) + MORE + 1
"""The output size along one axis, and that where the padding differs from side to side."""

MOST_STAMPS = 16
FEW_STAMPS = 2
"""Stamps that are drawn, of a small input and of a larger one."""

DRAWN = (12, 24)
"""Rows and columns of the output up to which it is drawn for each stamp."""

MOST_OVERWRITTEN = 4096
"""Cells of an input up to which stamps that cover each other are looked for in an answer."""

LOOKED_AT = 64
"""Cells of the answer along each axis among which one is sought on which many stamps fall."""


@dataclass(frozen=True)
class Transposed(FeatureMaps):
    """A transposed convolution of a C×H×W input with C×(M/groups)×k_h×k_w kernels, as torch lays them out.

    `padding` is what is cut off each side of the stamped output, `output_padding` what is added after each axis.
    """

    image: Cells
    kernel: Cells
    name: str = "the kernel"
    stride: Sizes = (1, 1)
    padding: Padding = ((0, 0), (0, 0))
    output_padding: Sizes = (0, 0)
    dilation: Sizes = (1, 1)
    groups: int = 1
    bias: Cells | None = None
    then: Activation | None = None

    def __post_init__(self) -> None:
        channels, own = self.image.shape[0], self.kernel.shape[0]
        if channels % self.groups:
            raise Impossible(f"groups {self.groups} do not divide the {channels} channels of the input")
        if own != channels:
            raise Impossible(f"the kernel is for {own} input channels and the input has {channels}: they are the same")
        for extra, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(s, d):
                raise Impossible(
                    f"output padding {extra} is not below the stride {s} or the dilation {d}: a larger stride or none of it is wanted"
                )
        if min(self._out()) < 1:
            raise Impossible(
                f"padding {said(tuple(max(pair) for pair in self.padding))} leaves nothing of the output, which has {times(self._stamped())} cells before it is cut"
            )
        full = (self.filters, *self._stamped())
        if prod(full) > MOST_OUTPUTS or self.image.shape[0] * prod(full[1:]) > MOST_CELLS:
            raise Impossible(f"the answer would have {times(full)} = {prod(full)} cells, more than can be worked with")

    @property
    def filters(self) -> int:
        return self.kernel.shape[1] * self.groups

    @property
    def reach(self) -> Sizes:
        return covered(self.kernel.shape[2:], self.dilation)

    def _stamped(self) -> Sizes:
        """The size of the output before padding is cut off."""
        sizes = zip(self.size, self.stride, self.reach, self.output_padding, strict=True)
        return tuple((n - 1) * s + r + extra for n, s, r, extra in sizes)

    def _out(self) -> Sizes:
        return tuple(n - sum(pair) for n, pair in zip(self._stamped(), self.padding, strict=True))

    @property
    def cropped(self) -> Sizes:
        """The padding that is the same on both sides of each axis."""
        return tuple(min(pair) for pair in self.padding)

    def cut(self, maps: Any) -> Any:
        """Without the padding that one side has more of than the other."""
        sides = [(a - c, b - c) for (a, b), c in zip(self.padding, self.cropped, strict=True)]
        return maps[(..., *(slice(a, n - b) for (a, b), n in zip(sides, maps.shape[1:], strict=True)))]

    @cached_property
    def spread(self) -> Cells:
        """The input with zeros between its cells."""
        return spread(self.image, self.stride)

    @cached_property
    def padded(self) -> Cells:
        """The spread input with the zeros around it that the ordinary convolution slides over; cut where padding is large."""
        rings = self._rings()
        around = pad(self.spread, tuple((max(a, 0), max(b, 0)) for a, b in rings))
        inside = (slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(rings, around.shape[1:], strict=True))
        kept: Any = (..., *inside)
        return around.like(around.numerators[kept])

    def _rings(self) -> list[tuple[int, int]]:
        """The zeros around the spread input, before and after along each axis; below 0 where cells are cut off."""
        return [
            (r - 1 - before, r - 1 - after + extra)
            for r, (before, after), extra in zip(self.reach, self.padding, self.output_padding, strict=True)
        ]

    def _own(self) -> Iterator[range]:
        """Along each axis where the cells of the input stand in what the ordinary convolution slides over."""
        for (before, _), s, n, cells in zip(self._rings(), self.stride, self.size, self.padded.shape[1:], strict=True):
            yield range(before if before >= 0 else before % s, min(cells, before + n * s), s)

    @cached_property
    def laid(self) -> Cells:
        """The kernels as the ordinary convolution lays them: flipped, M×(C/groups)×k_h×k_w."""
        channels, each, *size = self.kernel.shape
        grouped = self.kernel.numerators.reshape(self.groups, channels // self.groups, each, *size)
        turned = grouped.swapaxes(1, 2).reshape(self.filters, channels // self.groups, *size)
        return flip(self.kernel.like(turned), self.axes)

    @cached_property
    def maps(self) -> Cells:
        """The feature maps before any activation, M×H_out×W_out."""
        maps = correlate(self.padded, self.laid, (1,) * self.axes, self.dilation, self.groups)
        return add(maps, self.bias) if self.bias else maps

    def derivation(
        self, way: Way = "both", places: Places | Literal["telling"] = "telling", *, numbers: bool = False
    ) -> Derivation:
        """The worked solution: by stamps, by zeros put between, or both.

        `places` are the outputs to work the second way, counted from 0, None for all of them; `numbers` shows every
        number of a large input and map.
        """
        steps: list[Step] = [
            Note("convention", (self._convention(),)),
            Derivation(
                ("Given: the input and the kernel",),
                (*self.images(self.image, "input", numbers=numbers), *self._kernels(self.kernel, self.name)),
            ),
            Derivation(("How large it gets",), self._sizes()),
        ]
        if way in ("both", "stamps"):
            steps.append(Derivation(("Stamp: each input cell times the kernel, added up",), self._stamps(places)))
        if way in ("both", "zeros"):
            steps += self._by_zeros("The other way: " if way == "both" else "", places, numbers=numbers)
        maps = self.feature_maps(self.maps, numbers=numbers)
        steps.append(Derivation((f"Feature map{'s' if self.filters > 1 else ''}",), maps))
        if self.then:
            after = self.feature_maps(self.then(self.maps), numbers=numbers)
            worked = (*activated(self.then, self.maps), *after)
            steps.append(Derivation((f"Then {self.then.name}, cell by cell",), worked))
        return Derivation(
            (f"Transposed convolution of {a_picture(self.size)} with {self.name}",),
            tuple(steps),
            (times(self.answer.shape),),
            self.answer,
            (),
            self.data(),
            self.answer.decimals,
        )

    def _sizes(self) -> tuple[Step, ...]:
        chains = []
        for name, i in named_axes(
            list(
                zip(
                    self.size,
                    self.kernel.shape[2:],
                    self.stride,
                    self.padding,
                    self.dilation,
                    self.output_padding,
                    strict=True,
                )
            )
        ):
            before, after = self.padding[i]
            rule = SIZE if before == after else UNEVEN_SIZE
            env = {"in": self.size[i], "s": self.stride[i], "d": self.dilation[i]}
            env |= {"k": self.kernel.shape[2 + i], "o": self.output_padding[i], "p": before}
            env |= {"p_before": before, "p_after": after}
            chains.append(work((name,), rule, env))
        return tuple(chains)

    def _stamps(self, places: Places | Literal["telling"]) -> tuple[Step, ...]:
        """The stamps of the first filter's first channel, and a cell on which several of them fall."""
        few = places not in ("telling", None) or prod(self.size) > MOST_STAMPS
        taps = self.kernel.plane(0, 0)
        steps: list[Step] = []
        so_far: Cells | None = None
        for place in islice(every(self.size), FEW_STAMPS if few else MOST_STAMPS):
            if all(n <= most for n, most in zip((1, *self._stamped())[-2:], DRAWN, strict=True)):
                stamp, so_far = self._stamp(place, taps, so_far)
            else:
                stamp = self._far_stamp(place, taps)
            steps.append(stamp)
        left_out = prod(self.size) * prod(self.kernel.shape[:2]) - len(steps)
        if left_out:
            more = "" if prod(self.kernel.shape[:2]) == 1 else " of the other channels and filters"
            steps.append(Note("why", (f"The other {left_out} stamps{more} go the same way.",)))
        return (*steps, *self._overlap())

    def _far_stamp(self, place: Sizes, taps: Cells) -> Step:
        """A stamp on an output too large to be drawn: the kernel times one cell, and where its corner lands."""
        value = lift_entry(self.image[(0, *place)])
        corner = at(i * s for i, s in zip(place, self.stride, strict=True))
        grid = Grid(
            _flattened(self._scaled(value, taps)), f"times the kernel, its corner lands at ({corner})", "", "kernel"
        )
        return Derivation((f"({at(place)}): ", value), (grid,))

    def _scaled(self, value: Expr, taps: Cells) -> Cells:
        products = [worked_out(product((value, lift_entry(w)))) for w in _flat(taps)]
        return Cells.of(products, decimals=self.image.decimals).shaped(taps.shape)

    def _stamp(self, place: Sizes, taps: Cells, so_far: Cells | None) -> tuple[Step, Cells]:
        """The kernel times one cell, where it comes to lie before padding is cut, and all stamps up to this one."""
        value = lift_entry(self.image[(0, *place)])
        scaled = self._scaled(value, taps)
        lands = pad(spread(scaled.shaped((1, *scaled.shape)), self.dilation), self._around(place)).plane(0)
        pairs = zip(_flat(so_far or lands), _flat(lands), strict=True)
        sums = [worked_out(total((lift_entry(x), lift_entry(y)))) for x, y in pairs] if so_far else _flat(lands)
        summed = Cells.of(sums, decimals=self.image.decimals).shaped(lands.shape)
        lit = () if self.axes > 2 else tuple(self._landing(place))
        grids: tuple[Grid, ...] = (
            Grid(_flattened(scaled), "times the kernel", "", "kernel"),
            Grid(_flattened(lands), "lands", "→", "image", lit),
        )
        if so_far:
            grids = (*grids, Grid(_flattened(summed), "all so far", "→", "feature map", lit))
        return Derivation((f"({at(place)}): ", value), grids), summed

    def _landing(self, place: Sizes) -> Iterator[range]:
        """The rows and columns on which a stamp falls; a signal has one row."""
        yield from (range(1),) * (2 - self.axes)
        for i, s, r, d in zip(place, self.stride, self.reach, self.dilation, strict=True):
            yield range(i * s, i * s + r, d)

    def _around(self, place: Sizes) -> Padding:
        return tuple(
            (i * s, n - i * s - r) for i, s, n, r in zip(place, self.stride, self._stamped(), self.reach, strict=True)
        )

    def _overlap(self) -> tuple[Step, ...]:
        """The cell of the answer on which most stamps fall, added up; and what is cut off."""
        out = tuple(max(range(len(ways)), key=lambda o, ways=ways: len(ways[o])) for ways in self._ways())  # type: ignore[misc]
        terms = self._falling(out)
        steps: list[Step] = []
        if len(terms) > 1 and self.image.shape[0] == self.groups == self.filters == 1:
            bias = [lift_entry(self.bias[(0,)])] if self.bias else []
            value = lift_entry(self.maps[(0, *out)])
            steps.append(chained([total((*terms, *bias)), value], (f"answer ({at(out)})",)))
        if any(map(any, self.padding)):
            steps.append(Note("careful", ("The padding is cut off: the answer is what is left inside of it.",)))
        return tuple(steps)

    def _ways(self) -> Iterator[list[list[tuple[int, int]]]]:
        """Along each axis, for each of the first cells of the answer, the input cells and taps that fall on it."""
        axes = zip(self._out(), self.padding, self.stride, self.dilation, self.size, self.kernel.shape[2:], strict=True)
        for out, (before, _), s, d, n, k in axes:
            cells: list[list[tuple[int, int]]] = [[] for _ in range(min(out, LOOKED_AT))]
            for i in range(min(n, LOOKED_AT + before)):
                for t in range(k):
                    if 0 <= (o := i * s + t * d - before) < len(cells):
                        cells[o].append((i, t))
            yield cells

    def _falling(self, out: Sizes) -> list[Expr]:
        """The products that fall on one cell of the answer, input cell times weight."""
        ways = [cells[o] for cells, o in zip(self._ways(), out, strict=True)]
        return [
            product(
                (
                    lift_entry(self.image[(0, *(i for i, _ in pairs))]),
                    lift_entry(self.kernel[(0, 0, *(t for _, t in pairs))]),
                )
            )
            for pairs in combinations(*ways)
        ]

    def _by_zeros(self, prefix: str, places: Places | Literal["telling"], *, numbers: bool) -> list[Step]:
        steps: list[Step] = []
        if set(self.stride) != {1}:
            zeros = (
                "a zero" if set(self.stride) == {2} else f"stride − 1 = {said(tuple(s - 1 for s in self.stride))} zeros"
            )
            heading = f"{prefix}put {zeros} between neighbours".replace("put", "Put" if not prefix else "put", 1)
            steps.append(Derivation((heading,), self.images(self.spread, numbers=numbers)))
            prefix = ""
        heading = f"{prefix}{'pad' if prefix else 'Pad'} with zeros"
        steps.append(Derivation((heading,), (*self._zeros(), *self.images(self.padded, numbers=numbers))))
        steps.append(Derivation((f"Flip the kernel {WAYS[self.axes]}",), self._kernels_laid()))
        left_out: Note | None = None
        if places == "telling":
            places, left_out = telling(self.answer.shape, MOST_STAMPS // 2)
        windows = Windows(
            self.padded,
            self.laid,
            (1,) * self.axes,
            places,
            "products",
            self.dilation,
            self.bias,
            self.groups,
            tuple(self._own()),
        )
        steps.append(
            Derivation(
                ("Slide it with stride 1",),
                (*said_places(self.filters, self.axes, "filter"), windows, *([left_out] if left_out else [])),
            )
        )
        return steps

    def _zeros(self) -> tuple[Step, ...]:
        """How many zeros go on each side, and those of the output padding at the end."""
        facts = zip(self.kernel.shape[2:], self.padding, self.dilation, self.output_padding, strict=True)
        steps: list[Step] = []
        for k, padding, d, more in dict.fromkeys(facts):
            for side, p in zip(("before", "after"), padding, strict=True):
                if side == "before" or p != padding[0]:
                    around = "on each side" if padding[0] == padding[1] else side
                    steps.append(work((around,), DILATION * (KERNEL - 1) - PADDING, {"d": d, "k": k, "p": p}))
            if more:
                steps.append(Note("why", (f"And {more} for the output padding, below and to the right.",)))
        return tuple(steps)

    def _kernels(self, cells: Cells, caption: str) -> tuple[Step, ...]:
        return shown(cells, caption, "kernel", self.names("channel", "filter"))

    def _kernels_laid(self) -> tuple[Step, ...]:
        return shown(self.laid, "", "kernel", self.names("filter", "channel"))

    def _convention(self) -> str:
        says = ["transposed convolution, the adjoint of a layer's cross-correlation", f"stride {said(self.stride)}"]
        uneven = any(a != b for a, b in self.padding)
        if any(map(any, self.padding)):
            cut = sides(self.padding) if uneven else said(self.cropped)
            says.append(f"padding {cut}, cut off the output")
        if any(self.output_padding):
            says.append(f"output padding {said(self.output_padding)}")
        if set(self.dilation) != {1}:
            says.append(f"dilation {said(self.dilation)}")
        if self.groups > 1:
            says.append(f"groups {self.groups}")
        if self.bias:
            says.append("with a bias")
        return " · ".join(says)

    def bends(self) -> Iterator[Bend]:
        """The same question as each misconception asks it."""
        turned = flip(self.kernel, self.axes)
        yield Bend("stamps-flipped", "each stamp is the kernel as it stands, not flipped", self.bent(kernel=turned))
        none: Padding = ((0, 0),) * self.axes
        if self.padding != none:
            yield Bend("padding-ignored", "the padding is cut off the output", self.bent(padding=none))
        if any(self.output_padding):
            why = "the output padding adds cells at the end"
            yield Bend("output-padding-ignored", why, self.bent(output_padding=(0,) * self.axes))
        if set(self.stride) != {1} and not any(self.output_padding):
            why = "the stamps stand apart by the stride"
            yield Bend("stride-ignored", why, self.bent(stride=(1,) * self.axes, padding=none))
        if set(self.dilation) != {1}:
            why = "the taps stand apart by the dilation"
            yield Bend("dilation-ignored", why, self.bent(dilation=(1,) * self.axes))
        if self.bias:
            yield Bend("bias-forgotten", "the bias is added to every cell", self.bent(bias=None))
        yield from self._not_stamped()

    def _not_stamped(self) -> Iterator[Bend]:
        """An ordinary convolution, and stamps that cover each other."""
        taps = self.laid
        if all(k <= n for k, n in zip(self.reach, self.size, strict=True)) and not self.image.letters:
            for laid in (flip(taps, self.axes), taps):
                maps = correlate(self.image, laid, (1,) * self.axes, self.dilation, self.groups)
                why = "each cell of the input stamps the kernel on the output; no window slides over the input"
                yield Bend("as-convolution", why, None, maps if maps.shape[0] > 1 else maps.plane(0))
        if self._may_be_overwritten():
            yield Bend("stamps-overwritten", "where stamps overlap they are added up", None, self._overwritten())

    def _may_be_overwritten(self) -> bool:
        """Whether stamps overlap in a picture of one channel that is small enough to stamp one by one."""
        overlap = any(r > s for r, s in zip(self.reach, self.stride, strict=True))
        alone = self.axes == 2 and self.image.shape[0] == self.filters == 1
        plain = not (any(self.output_padding) or self.bias or self.then)
        return overlap and alone and plain and prod(self.image.shape) <= MOST_OVERWRITTEN and not self.image.letters

    def _overwritten(self) -> Cells:
        """What comes out if each stamp covers those before it."""
        import numpy as np

        image, taps = self.image.numerators[0].astype(object), self.kernel.numerators[0, 0].astype(object)
        out = np.zeros(self._stamped(), object)
        for row, column in np.ndindex(*image.shape):
            top, left = row * self.stride[0], column * self.stride[1]
            ends = top + self.reach[0], left + self.reach[1]
            out[top : ends[0] : self.dilation[0], left : ends[1] : self.dilation[1]] = image[row, column] * taps
        (top, bottom), (left, right) = self.padding
        out = out[top : out.shape[0] - bottom, left : out.shape[1] - right]
        below = self.image.denominator * self.kernel.denominator
        return Cells.of([[exact(Fraction(int(x), below)) for x in line] for line in out])

    def data(self) -> dict[str, Any]:
        return {
            "asks": "transposed",
            "image": self.image,
            "kernel": self.kernel,
            "kernel_name": self.name,
            "stride": list(self.stride),
            "padding": [list(pair) for pair in self.padding],
            "output_padding": list(self.output_padding),
            "dilation": list(self.dilation),
            "groups": self.groups,
            "bias": self.bias or 0,
            "then": self.then.name if self.then else "",
        }


def _flattened(cells: Cells) -> Cells:
    """As a matrix: a signal as one row, the slices of a volume below each other."""
    return cells.shaped((-1, cells.shape[-1]))


def _flat(cells: Cells) -> list[Any]:
    return list(cells.shaped((-1,)).nested())


def read_way(text: str) -> Way:
    """`both`, `stamps` or `zeros`."""
    match text:
        case "both" | "stamps" | "zeros":
            return text
    raise Impossible(f"there is no way “{printable(text)}” of a transposed convolution: choose both, stamps or zeros")


def transpose(
    image: object,
    kernel: object,
    *,
    stride: str | int | Sequence[int] = 1,
    padding: str | int | Sequence[object] = 0,
    output_padding: str | int | Sequence[int] = 0,
    dilation: str | int | Sequence[int] = 1,
    groups: int = 1,
    bias: object = 0,
    dims: int | None = None,
    then: str = "",
    colour: bool = False,
    crop: str = "",
    resize: str = "",
) -> Transposed:
    """The transposed convolution of an input with a kernel, as a question that knows its answer and its working.

    `image` is H×W or C×H×W, `kernel` k_h×k_w, C×k_h×k_w (one filter) or C×(M/groups)×k_h×k_w as torch lays them
    out; the words are those of `convolve`. Raises `Impossible`.
    """
    cells = read_image(image, colour=colour, crop=crop, resize=resize)
    taps, name = read_kernel(kernel)
    cells, taps, axes = read_axes(cells, taps, dims, written=isinstance(image, str) and isinstance(kernel, str))
    channels, more = cells.shape[0], len(taps.shape) - axes
    if more == 0:
        taps = taps.like(taps.numerators[None, None].repeat(channels, axis=0))
        groups = channels if groups == 1 else groups
    elif more == 1:
        deep = channels if taps.shape[0] % channels == 0 else taps.shape[0]
        taps = taps.shaped((deep, taps.shape[0] // deep, *taps.shape[1:]))
    elif more != 2:
        raise Impossible(
            f"a kernel of {times(taps.shape)} cells has {len(taps.shape)} axes: it has {axes} to {axes + 2}"
        )
    if groups < 1:
        raise Impossible(f"groups {groups} are not possible: there is at least 1")
    steps, gaps = read_sizes(stride, "stride", 1, axes), read_sizes(dilation, "dilation", 1, axes)
    return Transposed(
        cells,
        taps,
        name,
        steps,
        read_padding(padding, covered(taps.shape[2:], gaps)),
        read_sizes(output_padding, "output padding", 0, axes),
        gaps,
        groups,
        read_numbers(bias, "bias", taps.shape[1] * groups),
        read_activation(then),
    )
