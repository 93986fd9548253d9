"""The question behind `cnncalc pool`: windows of an image, each made one cell, by hand.

max, min, average (torch's AvgPool) and Lp, the p-th root of the sum of p-th powers (torch's LPPool, ONNX's LpPool).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from calc.arrays import pooled
from calc.choices import AXES, Padding, Places, PoolKind, Sizes, covered, is_whole, read_padding, read_sizes
from calc.derivation import Derivation, Note, Pools, Step, Table, work
from calc.errors import Impossible, counted, nearest, printable, times
from calc.exact import Cells
from calc.expr import Expr, ceil, floor, symbols
from calc.feature_maps import MOST_CELLS, PICTURES, Bend, FeatureMaps, said_padding, said_places, with_channels
from calc.images import read_image
from calc.showing import a_picture, named_axes, said, telling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS: dict[str, PoolKind] = {
    "max": "max",
    "min": "min",
    "average": "average",
    "avg": "average",
    "mean": "average",
    "lp": "lp",
}

IN, STRIDE, PADDING, BEFORE, AFTER, DILATION, KERNEL, INDEX, OUT = symbols("in s p p_before p_after d k i out")


def size_rule(zeros: Expr, *, ceiled: bool) -> Expr:
    """The output size along one axis with so many cells of padding: with floor, or with ceil, where a last window may stick out."""
    steps = (IN + zeros - DILATION * (KERNEL - 1) - 1) / STRIDE
    return (ceil(steps) if ceiled else floor(steps)) + 1


START, END = floor(INDEX * IN / OUT), ceil((INDEX + 1) * IN / OUT)
"""Where window i of an adaptive pooling starts, and where it has ended, counted from 0 (torch's AdaptiveAvgPool)."""

LARGEST_POWER = 16

MOST_SPANS = 16
"""Windows of an adaptive pooling that are listed."""


@dataclass(frozen=True)
class Pooling(FeatureMaps):
    """A pooling of a C×H×W image, each channel by itself.

    `adaptive` is the size of the answer where the windows follow from it (1 everywhere: a global pooling); then
    kernel, stride, padding and dilation say nothing. `ceil` lets a last window stick out that starts within the image
    or its padding. In an average padding counts as zeros with `counts_padding`, else it does not count.
    """

    image: Cells
    kind: PoolKind = "max"
    kernel_size: Sizes = (2, 2)
    stride: Sizes = (2, 2)
    padding: Padding = ((0, 0), (0, 0))
    dilation: Sizes = (1, 1)
    ceil: bool = False
    counts_padding: bool = False
    power: int = 2
    adaptive: Sizes | None = None

    def __post_init__(self) -> None:
        if prod(self.image.shape[:1] + self._out()) > MOST_CELLS:
            raise Impossible(
                f"the answer would have {times(self._out())} cells for each channel, more than can be worked with"
            )
        if self.adaptive:
            return
        for axis, n, reach, zeros, spans in zip(
            AXES[self.axes], self.size, self.reach, self.padding, self.spans, strict=True
        ):
            if not spans:
                raise Impossible(
                    f"a window that covers {counted(reach, axis[:-1])} does not fit {a_picture(self.size)} with padding {zeros[0]}: it has {n + sum(zeros)}"
                )
            if any(not any(0 <= i < n for i in span) for span in spans):
                raise Impossible(
                    f"a window would touch none of the {n} {axis} of the image: use less padding or dilation"
                )

    @property
    def reach(self) -> Sizes:
        return covered(self.kernel_size, self.dilation)

    def _out(self) -> Sizes:
        if self.adaptive:
            return self.adaptive
        return tuple(self._along(i) for i in range(self.axes))

    def _along(self, i: int) -> int:
        """Windows along one axis; a last one of ceil that would start in the padding behind the image is none."""
        inside = self.size[i] + sum(self.padding[i]) - self.reach[i]
        if not self.ceil:
            return inside // self.stride[i] + 1
        many = -(-inside // self.stride[i]) + 1
        return many - 1 if (many - 1) * self.stride[i] >= self.size[i] + self.padding[i][0] else many

    @cached_property
    def spans(self) -> tuple[tuple[range, ...], ...]:
        """The cells that each output covers along each axis, from the first cell of the image."""
        if self.adaptive:
            return tuple(
                tuple(range(i * n // out, -(-(i + 1) * n // out)) for i in range(out))
                for n, out in zip(self.size, self.adaptive, strict=True)
            )
        axes = zip(self._out(), self.stride, self.padding, self.reach, self.dilation, strict=True)
        return tuple(
            tuple(range(i * s - before, i * s - before + r, d) for i in range(out))
            for out, s, (before, _), r, d in axes
        )

    @property
    def counted(self) -> tuple[range, ...]:
        """Where a cell counts: in the image, and in its padding if that counts."""
        padded = self.kind == "lp" or (self.kind == "average" and self.counts_padding)
        around = self.padding if padded and not self.adaptive else ((0, 0),) * self.axes
        return tuple(range(-a, n + b) for n, (a, b) in zip(self.size, around, strict=True))

    @cached_property
    def maps(self) -> Cells:
        """The answer with its channels, C×H_out×W_out."""
        return pooled(self.image, self.kind, self.spans, self.counted, self.power)

    def indices(self) -> NDArray[np.int64]:
        """For max and min where the winner stands, the first of several: row·W + column in its channel, as torch says it."""
        import numpy as np

        pools = Pools(self.image, self.kind, self.spans, self.counted)
        found = []
        for window in pools:
            z, r, c = window.winners[0]
            place = (
                *((window.layers[z].plane[1],) if self.axes == 3 else ()),
                *((window.rows[r],) if self.axes > 1 else ()),
                window.columns[c],
            )
            found.append(int(np.ravel_multi_index(place, self.size)))
        return np.array(found).reshape(self.answer.shape)

    def derivation(self, places: Places | Literal["telling"] = "telling", *, numbers: bool = False) -> Derivation:
        """The worked solution; `places` are the outputs to work, counted from 0, None for all of them.

        `numbers` shows every number of a large image and of its pooling.
        """
        left_out: Note | None = None
        if places == "telling":
            places, left_out = telling(self.answer.shape)
        pools = Pools(self.image, self.kind, self.spans, self.counted, places, self.power)
        steps: list[Step] = [
            Note("convention", (self._convention(),)),
            Derivation((f"Given: the {PICTURES[self.axes]}",), self.images(self.image, numbers=numbers)),
            Derivation(("How many windows",), self._sizes()),
            Derivation(
                (self._rule(),),
                (*said_places(self.image.shape[0], self.axes, "channel"), pools, *([left_out] if left_out else [])),
            ),
            Derivation(
                (f"Pooled {PICTURES[self.axes]}",),
                self.feature_maps(self.maps, "channel", numbers=numbers),
            ),
        ]
        return Derivation(
            (f"{self._noun()} of {a_picture(self.size)}{self._with_channels()}",),
            tuple(steps),
            (times(self.answer.shape),),
            self.answer,
            (),
            self.data(),
            self.answer.decimals,
        )

    def _noun(self) -> str:
        kind = {
            "max": "max pooling",
            "min": "min pooling",
            "average": "average pooling",
            "lp": f"L{self.power} pooling",
        }
        if not self.adaptive:
            return kind[self.kind][0].upper() + kind[self.kind][1:]
        return f"{'Global' if set(self.adaptive) == {1} else 'Adaptive'} {kind[self.kind]}"

    def _with_channels(self) -> str:
        return f" with {self.image.shape[0]} channels" if self.image.shape[0] > 1 else ""

    def _rule(self) -> str:
        return {
            "max": "Take the largest cell of each window (the winner has a *)",
            "min": "Take the smallest cell of each window (the winner has a *)",
            "average": "Add the cells of each window, divide by how many count",
            "lp": f"Take the root of the sum of the powers, p = {self.power}",
        }[self.kind]

    def _sizes(self) -> tuple[Step, ...]:
        if self.adaptive:
            return self._adaptive_sizes(self.adaptive)
        steps: list[Step] = []
        for name, i in named_axes(
            list(zip(self.size, self.kernel_size, self.stride, self.padding, self.dilation, strict=True))
        ):
            before, after = self.padding[i]
            zeros = 2 * PADDING if before == after else BEFORE + AFTER
            rule = size_rule(zeros, ceiled=self.ceil)
            env = {
                "in": self.size[i],
                "s": self.stride[i],
                "d": self.dilation[i],
                "k": self.kernel_size[i],
                "p": before,
                "p_before": before,
                "p_after": after,
            }
            chain = work((name,), rule, env)
            steps.append(chain)
            if self.ceil and chain.value != self._out()[i]:
                steps.append(
                    Note(
                        "careful",
                        (
                            f"The last window would start in the padding behind the image: it is left out, {self._out()[i]} remain.",
                        ),
                    )
                )
        return tuple(steps)

    def _adaptive_sizes(self, wanted: Sizes) -> tuple[Step, ...]:
        if set(wanted) == {1}:
            return (Note("why", ("One window covers the whole image, for each channel.",)),)
        steps: list[Step] = []
        for name, i in named_axes(list(zip(self.size, wanted, strict=True))):
            n, out = self.size[i], wanted[i]
            env = {"in": n, "out": out, "i": out - 1}
            steps += [work((f"{name} from",), START, env), work((f"{name} up to",), END, env)]
            rows = tuple(
                ((str(w + 1),), (f"{span.start + 1}–{span.stop}",))
                for w, span in list(enumerate(self.spans[i]))[:MOST_SPANS]
            )
            left_out = f", the first {MOST_SPANS} of {out}" if out > MOST_SPANS else ""
            caption = f"all windows along {name}: i from 0 to {out - 1}, their cells counted from 1{left_out}"
            steps.append(Table((("window",), ("cells",)), rows, (True, True), (), caption))
        return tuple(steps)

    def _convention(self) -> str:
        if self.adaptive:
            return f"windows that give {times(self.adaptive)} cells, from ⌊i·in/out⌋ up to ⌈(i + 1)·in/out⌉"
        says = [
            f"kernel {times(self.kernel_size) if self.axes > 1 else self.kernel_size[0]}",
            f"stride {said(self.stride)}",
        ]
        padded = any(map(any, self.padding))
        never = "" if self.kind in ("average", "lp") else ", which never wins"
        says.append(said_padding(self.padding).removeprefix("zero ") + never if padded else "no padding")
        if set(self.dilation) != {1}:
            says.append(f"dilation {said(self.dilation)}")
        says.append(self._rounding())
        if self.kind == "lp":
            says.append("of absolute values, as in ONNX (torch's LPPool keeps the signs)")
        if self.kind == "average" and (padded or self.ceil):
            says.append("padding counts as zeros" if self.counts_padding else "only cells of the image count")
        return " · ".join(says)

    def _rounding(self) -> str:
        """What becomes of cells that fill no window."""
        if self.ceil:
            return "ceil: a last window may stick out"
        sizes = zip(self.size, self.padding, self.reach, self.stride, strict=True)
        rest = any((n + sum(zeros) - reach) % s for n, zeros, reach, s in sizes)
        return "floor: cells that fill no window are left out" if rest else "every cell fills a window"

    def bends(self) -> Iterator[Bend]:
        """The same question as each misconception asks it."""
        yield from self._chosen_otherwise()
        if self.adaptive:
            return
        once = (1,) * self.axes
        if self.stride == self.kernel_size and self.stride != once:
            why = "the windows stand side by side: the stride is the kernel's size"
            yield Bend("windows-overlap", why, self.bent(stride=once))
        elif self.stride != self.kernel_size:
            why = "the windows move by the stride, not by the kernel's size"
            yield Bend("stride-as-kernel", why, self.bent(stride=self.kernel_size))
            if self.stride != once:
                yield Bend("stride-ignored", "the window moves by the stride, not cell by cell", self.bent(stride=once))
        if any(map(any, self.padding)):
            if self.kind == "average":
                counted = "does not count" if not self.counts_padding else "counts"
                why = f"padding {counted} in the average here"
                yield Bend("padding-counted-otherwise", why, self.bent(counts_padding=not self.counts_padding))
            if all(r <= n for r, n in zip(self.reach, self.size, strict=True)):
                yield Bend("padding-ignored", "the image is padded first", self.bent(padding=((0, 0),) * self.axes))
        if self.dilation != once:
            yield Bend(
                "dilation-ignored", "the cells of a window stand apart by the dilation", self.bent(dilation=once)
            )
        if self.ceil:
            yield Bend("rounded-down", "with ceil a last window may hang over the end", self.bent(ceil=False))
        else:
            yield Bend("rounded-up", "a last window that does not fit is left out", self.bent(ceil=True))

    def _chosen_otherwise(self) -> Iterator[Bend]:
        """Another number out of each window."""
        kinds: tuple[PoolKind, ...] = ("max", "min", "average")
        for kind in kinds if self.kind in kinds else ():
            if kind != self.kind:
                yield Bend(
                    f"{kind}-taken", f"of each window the {self.kind} is taken, not the {kind}", self.bent(kind=kind)
                )
        if self.kind == "max" and not self.image.letters:
            yield Bend("magnitudes-compared", "the largest number is taken, with its sign", None, self._of_magnitude())
        if self.kind == "max" and not self.adaptive and (averages := self.bent(kind="average", counts_padding=True)):
            why = "of each window the max is taken, its cells are not added up"
            yield Bend("window-added-up", why, None, self._as_answer(_times(averages.maps, prod(self.kernel_size))))
        if self.kind == "average" and not self.adaptive:
            cells = prod(self.kernel_size)
            why = f"the sum of a window is divided by its {cells} cells"
            yield Bend("not-divided", why, None, self._as_answer(_times(self.maps, cells)))

    def _of_magnitude(self) -> Cells:
        """Of each window the number farthest from zero, the largest of several."""
        import numpy as np

        lowest = replace(self, kind="min").maps
        high, low = self.maps.numerators, lowest.numerators
        return self._as_answer(self.maps.like(np.where(abs(low) > abs(high), low, high)))

    def _as_answer(self, maps: Cells) -> Cells:
        return maps if maps.shape[0] > 1 else maps.plane(0)

    def data(self) -> dict[str, Any]:
        return {
            "asks": "pool",
            "image": self.image,
            "pooling": self.kind,
            "kernel": list(self.kernel_size),
            "stride": list(self.stride),
            "padding": [list(pair) for pair in self.padding],
            "dilation": list(self.dilation),
            "ceil": self.ceil,
            "count_include_pad": self.counts_padding,
            "power": self.power,
            "adaptive": list(self.adaptive) if self.adaptive else None,
        }


def read_kind(text: str) -> PoolKind:
    """`max`, `min`, `average` or `lp`."""
    if text.lower() not in KINDS:
        raise Impossible(
            f"there is no pooling “{printable(text)}”{nearest(text, KINDS) or ': choose max, min, average or lp'}"
        )
    return KINDS[text.lower()]


def pool(
    image: object,
    kernel: str | int | Sequence[int] | None = None,
    *,
    kind: str = "max",
    stride: str | int | Sequence[int] | None = None,
    padding: str | int | Sequence[object] = 0,
    dilation: str | int | Sequence[int] = 1,
    ceil: bool = False,
    count_include_pad: bool = False,
    power: int | None = None,
    adaptive: str | int | Sequence[int] | None = None,
    dims: int | None = None,
    colour: bool = False,
    crop: str = "",
    resize: str = "",
) -> Pooling:
    """The pooling of an image, as a question that knows its answer and its worked solution.

    `image` is H×W or C×H×W (`dims` 1: C×W, 3: C×D×H×W). `kind` is max, min, average or lp (with its `power`). The
    `stride` is the kernel's size if not given. `adaptive` is the size of the answer instead of a kernel, 1 for a
    global pooling. `count_include_pad` lets padding count as zeros in an average. Raises `Impossible`.
    """
    cells, which = read_image(image, colour=colour, crop=crop, resize=resize), read_kind(kind)
    if dims is None:
        dims = 1 if len(cells.shape) == 1 else 3 if len(cells.shape) > 4 else 2
        if isinstance(image, str) and len(cells.shape) == 2 and cells.shape[0] == 1:
            cells, dims = cells.plane(0), 1
    if dims not in AXES:
        raise Impossible(f"there are 1, 2 or 3 axes to slide along, not {dims}")
    cells = with_channels(cells, dims)
    if power is not None and which != "lp":
        raise Impossible(f"{which} pooling has no power: leave it out, or ask for lp")
    if count_include_pad and which != "average":
        raise Impossible(f"count-include-pad is for an average, not for {which}: leave it out")
    power = 2 if power is None else power
    if not is_whole(power) or not 1 <= power <= LARGEST_POWER:
        raise Impossible(f"power {power} is not possible: p is a whole number from 1 to {LARGEST_POWER}")
    if adaptive is not None:
        if kernel is not None:
            raise Impossible("an adaptive pooling has no kernel: its windows follow from the size of the answer")
        given = {
            "stride": stride is not None,
            "padding": str(padding) != "0",
            "dilation": str(dilation) != "1",
            "ceil": ceil,
            "count-include-pad": count_include_pad,
        }
        if needless := [name for name, said in given.items() if said]:
            raise Impossible(
                f"a global or adaptive pooling has no {needless[0]}: its windows follow from the size of the answer"
            )
        once = (1,) * dims
        return Pooling(
            cells,
            which,
            once,
            once,
            ((0, 0),) * dims,
            once,
            power=power,
            adaptive=read_sizes(adaptive, "adaptive size", 1, dims),
        )
    if kernel is None:
        raise Impossible(
            "the window is missing: give --kernel 2, or --global, or --adaptive and the size of the answer"
        )
    window = read_sizes(kernel, "kernel", 1, dims)
    steps = window if stride is None else read_sizes(stride, "stride", 1, dims)
    gaps = read_sizes(dilation, "dilation", 1, dims)
    around = read_padding(padding, covered(window, gaps), cells.shape[1:], steps)
    for k, zeros in zip(window, around, strict=True):
        if max(zeros) > k // 2:  # torch's rule; ONNX has none
            raise Impossible(
                f"padding {max(zeros)} is more than half of the kernel of {k}, so that windows would lie in padding alone: it is at most {k // 2}"
            )
    return Pooling(cells, which, window, steps, around, gaps, ceil, count_include_pad, power)


def _times(maps: Cells, many: int) -> Cells:
    """Maps times a whole number, over the smaller denominator where there is one."""
    if maps.denominator % many:
        return maps.like(maps.numerators * many)
    return Cells(maps.numerators, maps.denominator // many)
