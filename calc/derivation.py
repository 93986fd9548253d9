"""What a worked solution is: a frozen tree of a few kinds of step.

The kinds are teaching words. A renderer walks them with one `match` that ends in `assert_never`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from math import isclose
from typing import Any, Literal, NamedTuple, assert_never, overload

from calc.choices import PoolKind, covered, every
from calc.displayed import Displayed
from calc.errors import Impossible
from calc.exact import Cells, Entry
from calc.expr import Expr, Num, Number, Op, Sym, exact, lift, product, total

Text = tuple[str | Expr, ...]
"""A sentence in which strings and expressions are mixed."""

Sign = Literal["=", "<", "≤", "≈"]


@dataclass(frozen=True)
class Given(Displayed):
    """What is known: (symbol, value, meaning) each."""

    facts: tuple[tuple[str, Text, str], ...]


class Link(NamedTuple):
    """One expression of a chain, with the reason for writing it."""

    expression: Expr
    why: str = ""
    sign: Sign = "="


@dataclass(frozen=True)
class Chain(Displayed):
    """left = first = second = …: all links have the same value, or it cannot be built."""

    left: Text
    links: tuple[Link, ...]

    def __post_init__(self) -> None:
        values = {link.expression.value() for link in self.links if not link.expression.free}
        rounded = any(isinstance(value, float) for value in values)
        if len(values) > 1 and not (rounded and all(isclose(x, y) for x in values for y in values)):
            raise ValueError(f"the links of a chain differ: {values}")

    @property
    def value(self) -> Number:
        return self.links[-1].expression.value()


class Line(NamedTuple):
    """A relation such as 503 ≤ 512 − k < 504: one more part than signs."""

    parts: tuple[Expr, ...]
    signs: tuple[Sign, ...]
    why: str = ""

    def holds(self, env: Mapping[str, Number]) -> bool:
        values = [part.value(env) for part in self.parts]
        holds = {"=": lambda a, b: a == b, "<": lambda a, b: a < b, "≤": lambda a, b: a <= b}
        return all(holds[sign](a, b) for sign, a, b in zip(self.signs, values, values[1:], strict=False))


@dataclass(frozen=True)
class Solve(Displayed):
    """Lines that all have the same whole solutions for the unknown, the last one says them."""

    unknown: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Grid(Displayed):
    """A matrix as a picture; `sign` stands before it when it follows from the grid before.

    `lit` are the rows and columns of the cells that the step is about; empty where it is about all.
    """

    cells: Cells
    caption: str = ""
    sign: str = ""
    what: Literal["image", "kernel", "feature map"] = "image"
    lit: tuple[range, ...] = ()


Rows = tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True)
class Picture(Displayed):
    """A large map as a small picture: levels from 0 to 255, from -255 to 255 where it is signed.

    Where it is `scaled` a level stands for a number, else it only tells cells apart.
    """

    levels: tuple[tuple[int, ...], ...]
    signed: bool
    caption: str = ""
    scaled: bool = True


@dataclass(frozen=True)
class Gallery(Displayed):
    """Small pictures and matrices in frames; in each, neighbours stand beside each other with signs between them.

    All pictures are signed, so that one legend explains their shades, each by the largest number of its own.
    """

    frames: tuple[tuple[Picture | Grid, ...], ...]
    signs: tuple[str, ...] = ("→",)


class Slice(NamedTuple):
    """One plane that a kernel covers: its place in the picture, the cells, the weights on them.

    A kernel on one channel of an image has one slice, one on three channels has three, one in a volume a slice for
    each of its depths.
    """

    plane: tuple[int, ...]
    name: str
    patch: Rows
    kernel: Rows

    @property
    def pairs(self) -> list[tuple[Expr, Expr]]:
        """Every cell with its weight, in reading order."""
        return [
            (lift_entry(x), lift_entry(w))
            for rows in zip(self.patch, self.kernel, strict=True)
            for x, w in zip(*rows, strict=True)
        ]

    @property
    def products(self) -> Rows:
        """The Hadamard product."""
        return tuple(
            tuple(_product(x, w) for x, w in zip(*rows, strict=True))
            for rows in zip(self.patch, self.kernel, strict=True)
        )

    @property
    def sum(self) -> Entry:
        return _sum([x for row in self.products for x in row])


class Window(NamedTuple):
    """One place of the kernel: what it covers, the Hadamard products, and the chain of their sum."""

    at: tuple[int, ...]
    corner: tuple[int, int]
    slices: tuple[Slice, ...]
    dilation: tuple[int, int] = (1, 1)
    bias: Entry = 0

    @property
    def worked(self) -> Expr:
        """The sum of the products that are not zero, each worked out, and of the bias."""
        return _sum_links(self.slices, self._bias)[-1]

    @property
    def chain(self) -> Chain:
        """All products in reading order and the bias, those that are not zero, their values, the sum."""
        return chained([*_sum_links(self.slices, self._bias), lift_entry(self.sum)])

    @property
    def parts(self) -> tuple[Chain, ...]:
        """The chain of each slice by itself, then that of their sums and the bias."""
        each = [chained([*_sum_links((part,), ()), lift_entry(part.sum)]) for part in self.slices]
        sums = total((*(lift_entry(part.sum) for part in self.slices), *self._bias))
        return (*each, chained([sums, lift_entry(self.sum)]))

    @property
    def _bias(self) -> tuple[Expr, ...]:
        return (lift_entry(self.bias),) if self.bias != 0 else ()

    @property
    def sum(self) -> Entry:
        return _sum([*(part.sum for part in self.slices), self.bias])


def lift_entry(value: Entry) -> Expr:
    """A cell as an expression."""
    return Num(value) if isinstance(value, float) else lift(value)  # type: ignore[arg-type]


def worked_out(expression: Expr) -> Entry:
    """An expression worked out: a number if it is one, letters multiplied out and collected."""
    worked = expression.collected() if expression.free else Num(expression.value())
    return worked.number if isinstance(worked, Num) else worked


def _product(x: Entry, w: Entry) -> Entry:
    """A cell times its weight."""
    if isinstance(x, int) and isinstance(w, int):
        return x * w
    return worked_out(product((lift_entry(x), lift_entry(w))))


def _sum(terms: Sequence[Entry]) -> Entry:
    if all(isinstance(x, int) for x in terms):
        return sum(terms)
    return worked_out(total(tuple(map(lift_entry, terms))))


def _sum_links(slices: tuple[Slice, ...], bias: tuple[Expr, ...]) -> list[Expr]:
    """All products, those that are not zero, and their values."""
    pairs = [pair for part in slices for pair in part.pairs]
    telling = [pair for pair in pairs if Num(0) not in pair]
    worked = (lift_entry(x) for part in slices for row in part.products for x in row if x != 0)
    return [
        total((*map(product, pairs), *bias)),
        total((*map(product, telling), *bias)),
        total((*worked, *bias)),
    ]


def chained(links: list[Expr], left: Text = ()) -> Chain:
    """A chain of these expressions, of equal neighbours the first."""
    links = [link.settled() for link in links]
    return Chain(
        left,
        tuple(Link(e, "", "≈" if e.rounded else "=") for i, e in enumerate(links) if i == 0 or e != links[i - 1]),
    )


@dataclass(frozen=True)
class Windows(Displayed):
    """The windows that kernels slide over, made when asked for, so that a large image costs no memory.

    `picture` is the padded image, C×H×W (C×W, C×D×H×W); `kernel` what is laid on it, M×(C/groups)×k_h×k_w; `places`
    the outputs that are worked, counted from 0 along each axis of the answer, the filters first where there are
    several; None means all of them, in reading order. `bias` is a number for each filter. `own` says along each axis
    where the image itself stands in the picture, and not its padding or zeros put between; it is empty if all is image.
    """

    picture: Cells
    kernel: Cells
    stride: tuple[int, ...] = (1, 1)
    places: tuple[tuple[int, ...], ...] | None = None
    working: Literal["products", "hadamard"] = "products"
    dilation: tuple[int, ...] = (1, 1)
    bias: Cells | None = None
    groups: int = 1
    own: tuple[range, ...] = ()

    @property
    def outputs(self) -> tuple[int, ...]:
        """The shape of the answer."""
        reach = covered(self.kernel.shape[2:], self.dilation)
        sizes = zip(self.picture.shape[1:], reach, self.stride, strict=True)
        filters = self.kernel.shape[:1] if self.kernel.shape[0] > 1 else ()
        return (*filters, *((n - r) // s + 1 for n, r, s in sizes))

    def window(self, at: tuple[int, ...]) -> Window:
        filters, depth, *size = self.kernel.shape
        which, place = (at[0], at[1:]) if filters > 1 else (0, at)
        first = which // (filters // self.groups) * depth
        *deep, row, column = (0, 0, *(i * s for i, s in zip(place, self.stride, strict=True)))[-max(2, len(place)) :]
        down, right = (1, *self.dilation)[-2:]
        rows, columns = (1, *size)[-2:]
        cells = slice(row, row + down * (rows - 1) + 1, down), slice(column, column + right * (columns - 1) + 1, right)
        slices = []
        for channel in range(depth):
            for z in range(size[0]) if deep else (None,):
                taps = self.kernel.plane(which, channel, *(() if z is None else (z,)))
                plane = (first + channel, *(() if z is None else (deep[0] + z * self.dilation[0],)))
                names = (f"channel {plane[0] + 1}" if depth > 1 else "", f"slice {plane[1] + 1}" if deep else "")
                patch = self.matrix(plane).cut(*cells)
                slices.append(
                    Slice(plane, ", ".join(filter(None, names)), patch, taps.shaped((rows, columns)).nested())
                )
        bias = self.bias[(which,)] if self.bias else 0
        return Window(at, (row, column), tuple(slices), (down, right), bias)

    def matrix(self, plane: tuple[int, ...]) -> Cells:
        """One plane of the picture; a signal as a matrix of one row."""
        cells = self.picture.plane(*plane)
        return cells if len(cells.shape) == 2 else cells.shaped((1, -1))

    def passed(self, many: int) -> None:
        """Told how many more windows have been made, for whoever watches."""

    def __iter__(self) -> Iterator[Window]:
        for at in every(self.outputs) if self.places is None else self.places:
            yield self.window(at)
            self.passed(1)


class Layer(NamedTuple):
    """The cells of one plane under a pooling window; None where nothing counts, beyond the image."""

    plane: tuple[int, ...]
    name: str
    patch: tuple[tuple[Entry | None, ...], ...]


class Pooled(NamedTuple):
    """One place of a pooling window: its cells, the places of the winner in them (slice, row, column), the chain."""

    at: tuple[int, ...]
    rows: range
    columns: range
    layers: tuple[Layer, ...]
    winners: tuple[tuple[int, int, int], ...]
    chain: Chain


LONGEST_CHAIN = 100
"""Cells of a pooling window up to which each is written in its chain."""


@dataclass(frozen=True)
class Pools(Displayed):
    """The windows of a pooling, made when asked for.

    `image` is C×H×W (C×W, C×D×H×W) without padding. `spans` are the cells that each output covers along each axis,
    counted from the first cell of the image; they may lie beyond it. Cells in `counted` that are not of the image
    count as 0, others not at all. `power` is the p of an Lp pooling.
    """

    image: Cells
    kind: PoolKind
    spans: tuple[tuple[range, ...], ...]
    counted: tuple[range, ...]
    places: tuple[tuple[int, ...], ...] | None = None
    power: int = 2

    @property
    def outputs(self) -> tuple[int, ...]:
        """The shape of the answer."""
        channels = self.image.shape[:1] if self.image.shape[0] > 1 else ()
        return (*channels, *map(len, self.spans))

    def window(self, at: tuple[int, ...]) -> Pooled:
        channel, place = (at[0], at[1:]) if self.image.shape[0] > 1 else (0, at)
        *deep, rows, columns = (range(1), *(spans[i] for spans, i in zip(self.spans, place, strict=True)))[
            -max(2, len(place)) :
        ]
        layers = []
        for z in deep[0] if deep else (None,):
            plane = (channel,) if z is None else (channel, z)
            name = "" if z is None else f"slice {z + 1}"
            patch = tuple(tuple(self.cell(plane, r, c) for c in columns) for r in rows)
            layers.append(Layer(plane, name, patch))
        inside = [
            ((i, r, c), x)
            for i, layer in enumerate(layers)
            for r, row in enumerate(layer.patch)
            for c, x in enumerate(row)
            if x is not None
        ]
        chain = pool_chain([x for _, x in inside], self.kind, self.power)
        winners = [place for place, x in inside if lift_entry(x) == chain.links[-1].expression]
        return Pooled(at, rows, columns, tuple(layers), tuple(winners if self.kind in ("max", "min") else ()), chain)

    def cell(self, plane: tuple[int, ...], row: int, column: int) -> Entry | None:
        """What counts at a row and column of a plane, which may lie beyond the image; None if nothing does."""
        axes = len(self.counted)
        place = (*plane[1:], row, column)[-axes:]
        if all(0 <= i < n for i, n in zip(place, self.image.shape[1:], strict=True)):
            return self.image[(plane[0], *place)]
        return 0 if all(i in span for i, span in zip(place, self.counted, strict=True)) else None

    def passed(self, many: int) -> None:
        """Told how many more windows have been made, for whoever watches."""

    def __iter__(self) -> Iterator[Pooled]:
        for at in every(self.outputs) if self.places is None else self.places:
            yield self.window(at)
            self.passed(1)


def pool_chain(cells: Sequence[Entry], kind: PoolKind, power: int) -> Chain:
    """How the cells of one window become one cell of the answer."""
    if len(cells) > LONGEST_CHAIN:
        return _long_pool_chain(cells, kind, power)
    terms = tuple(map(lift_entry, cells))
    links: list[Expr]
    match kind:
        case "max" | "min":
            links = [Op(kind, terms)] if len(terms) > 1 else []
            links.append(lift_entry(worked_out(Op(kind, terms))))
        case "average":
            added, many = lift_entry(worked_out(total(terms))), Num(len(terms))
            links = [total(terms) / many, added / many, lift_entry(worked_out(added / many))]
        case "lp":
            powers = tuple(Op("abs", (term,)) ** power for term in terms)
            values = tuple(lift_entry(worked_out(x)) for x in powers)
            added = lift_entry(worked_out(total(values)))
            inside = [total(powers), total(values), added]
            links = [
                *(Op("root", (x, Num(power))) for x in inside),
                lift_entry(worked_out(Op("root", (added, Num(power))))),
            ]
        case _:
            assert_never(kind)
    return chained(links)


def _long_pool_chain(cells: Sequence[Entry], kind: PoolKind, power: int) -> Chain:
    """The same of very many cells, which are not written one by one."""
    numbers: list[Any] = [x for x in cells if not isinstance(x, Num | Sym | Op)]
    if len(numbers) < len(cells):
        raise Impossible(f"a window of {len(cells)} cells with letters is too long to be written")
    match kind:
        case "max" | "min":
            return chained([lift_entry({"max": max, "min": min}[kind](numbers))])
        case "average":
            added, many = lift(exact(sum(numbers))), Num(len(numbers))
            return chained([added / many, lift_entry(worked_out(added / many))])
        case "lp":
            root = Op("root", (lift(exact(sum(abs(x) ** power for x in numbers))), Num(power)))
            return chained([root, lift_entry(worked_out(root))])
        case _:
            assert_never(kind)


class Unfolding(Sequence["Derivation | None"]):
    """What each row of a table unfolds into, made when asked for; equal to any sequence of the same."""

    def __init__(self, many: int, make: Callable[[int], Derivation | None]) -> None:
        self._made: dict[int, Derivation | None] = {}
        self._many, self._make = many, make

    def __len__(self) -> int:
        return self._many

    @overload
    def __getitem__(self, i: int) -> Derivation | None: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Derivation | None, ...]: ...
    def __getitem__(self, i: int | slice) -> Derivation | tuple[Derivation | None, ...] | None:
        if isinstance(i, slice):
            return tuple(self[place] for place in range(self._many)[i])
        place = range(self._many)[i]
        if place not in self._made:
            self._made[place] = self._make(place)
        return self._made[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._many)


@dataclass(frozen=True)
class Table(Displayed):
    """Rows under a header; `right` marks the columns that line up on their units; `total` closes it.

    `details` are what rows unfold into where a reader asks for more, one for each row, or none at all.
    """

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    right: tuple[bool, ...]
    total: tuple[Text, ...] = ()
    caption: str = ""
    details: Sequence[Derivation | None] = ()


class Volume(NamedTuple):
    """One map of a network: its name, the layer that makes it in words, C×H×W (or C×W, C×D×H×W, or features alone).

    A size that nobody said is None, and so are parameters that are not known. `takes` are the places of the maps, in
    the row of all, that it is made of.
    """

    name: str
    layer: str
    shape: tuple[int | None, ...]
    parameters: int | None = 0
    takes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Volumes(Displayed):
    """The maps of a network in order, the input first, to be drawn to scale; a table beside it says the same in words."""

    blocks: tuple[Volume, ...]


@dataclass(frozen=True)
class Note(Displayed):
    """A sentence beside the working: a reason, a warning, or a convention that was taken."""

    kind: Literal["why", "careful", "convention"]
    text: Text


@dataclass(frozen=True)
class Check(Displayed):
    """Somebody else was asked the same; `by` says who, with version and device, and `says` the outcome as a sentence."""

    by: str
    verdict: Literal["agrees", "differs", "not run"]
    says: Text
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True)
class Derivation(Displayed):
    """A worked solution, or a part of one.

    `headline` is the answer in words, `answer` the same as plain data, `solutions` every further right
    answer. `decimals` says that fractions print as decimals where those end, as the input was written.
    """

    title: Text
    steps: tuple[Step, ...]
    headline: Text = ()
    answer: Any = None
    solutions: tuple[Any, ...] = ()
    question: Mapping[str, Any] = field(default_factory=dict)
    decimals: bool = False

    @property
    def opening(self) -> tuple[Note, ...]:
        """The conventions that stand before the first other step."""
        notes = takewhile(lambda step: isinstance(step, Note) and step.kind == "convention", self.steps)
        return tuple(note for note in notes if isinstance(note, Note))

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(step for step in self.steps if isinstance(step, Check))


Step = Given | Chain | Solve | Grid | Picture | Gallery | Windows | Pools | Table | Volumes | Note | Check | Derivation


def work(left: Text, rule: Expr, env: Mapping[str, Number]) -> Chain:
    """The chain law → numbers put in → worked out operation by operation → value."""
    links = [Link(rule, "law" if rule.free else ""), Link(rule.put(env), "put in")]
    before = links[-1].expression
    while (after := before.reduce_once()) != before:
        links.append(Link(after, _floor_remark(before)))
        before = after
    settled = [
        link._replace(expression=link.expression.settled(), sign="≈" if link.expression.rounded else link.sign)
        for link in links
    ]
    return Chain(left, tuple(x for i, x in enumerate(settled) if i == 0 or x.expression != settled[i - 1].expression))


def _floor_remark(expression: Expr) -> str:
    """What the floor in the expression that is worked out next throws away."""
    match expression:
        case Op("floor", (Op("/", (Num(top), Num(bottom))),)):
            whole, rest = divmod(top, bottom)
            if rest:
                return f"{top} = {bottom}·{whole} + {rest}: the floor drops the rest"
            return "it divides evenly: the floor drops nothing" if bottom > 1 else ""
        case Op(_, args):
            return next((remark for a in args if (remark := _floor_remark(a))), "")
    return ""
