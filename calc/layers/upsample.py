"""Up-sampling layers: ⌊in·f⌋ cells along each axis, or as many as are asked for (torch's documentation, Upsample).

Where an output cell looks is that of torch.nn.functional.interpolate: f·(x + ½) − ½ is the place of input cell x, so
that the borders of the image agree; with `align_corners` the middles of its outermost cells do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor as whole_below
from typing import Any, ClassVar

from calc.errors import Impossible, times
from calc.expr import Expr, Num, Number, Op, ceil, floor, symbols
from calc.layers import spans, values
from calc.layers.base import IN, OUT, Layer, Shape, Size, meant, scaled

f, o = symbols("f o")

TAPS = {
    "nearest": 1,
    "linear": 2,
    "bilinear": 2,
    "bicubic": 4,
    "trilinear": 2,
    "area": 1,
    "nearest-exact": 1,
}
"""The modes, and how many input cells an output cell is made of along each axis."""

AXES = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
"""The axes that a mode works along; the others take any."""


@dataclass(frozen=True)
class Upsampling(Layer):
    """What up-sampling layers share; `output_size` is what torch calls size."""

    output_size: Size | int | None = None
    scale_factor: float | tuple[float, ...] | None = None

    scaled: ClassVar[Expr] = floor(IN * f)
    """The size rule of an up-sampling by a factor."""

    mode: ClassVar[str]
    align_corners: ClassVar[bool | None]
    recompute_scale_factor: ClassVar[bool | None]
    renamed: ClassVar[Mapping[str, str]] = {"size": "output_size"}
    signature: ClassVar[tuple[str, ...]] = ("size", "scale_factor")

    def __post_init__(self) -> None:
        kind = self.kind()
        if (self.output_size is None) == (self.scale_factor is None):
            raise Impossible(f"{kind} needs either size or scale_factor")
        if self.output_size is not None:
            self._keep("output_size", self._values("size", self.output_size, self._size))
        else:
            self._keep("scale_factor", self._values("scale_factor", self.scale_factor, self._factor))

    def _values(self, name: str, given: Any, one: Any) -> Any:
        """One value for all axes, or a value for each."""
        if not isinstance(given, tuple | list):
            return one(given)
        if not given or (self.axes and len(given) != self.axes):
            raise Impossible(
                f"{self.kind()} takes one number or {self.axes or 'one for each axis'} for {name}, not {len(given)}"
            )
        return tuple(map(one, given))

    def _size(self, size: Any) -> int:
        return values.whole(self.kind(), "size", size, 1)

    def _factor(self, factor: Any) -> float:
        if values.number(self.kind(), "scale_factor", factor) <= 0:
            raise Impossible(f"{self.kind()} takes a scale_factor above 0, not {factor}")
        return float(factor)

    def size_rule(self) -> Expr:
        return o if self.scale_factor is None else self.scaled

    def reach_rule(self) -> Expr:
        return ceil(IN / OUT) if self.mode == "area" else Num(TAPS[self.mode])

    def jump_rule(self) -> Expr:
        if self.align_corners:
            return (IN - 1) / (OUT - 1)
        return IN / OUT if self._by_sizes else 1 / f

    def shift_rule(self) -> Expr:
        if self.align_corners:
            return Num(0)
        halved = (self.jump_rule() - 1) / 2
        return Op("min", (halved, Num(0))) if self.mode == "nearest" else halved  # its places are rounded down

    @property
    def _by_sizes(self) -> bool:
        """Whether places are found by in/out, and not by the factor."""
        return self.scale_factor is None or bool(self.recompute_scale_factor) or self.mode == "area"

    def along(self, axis: int) -> Mapping[str, Number]:
        given = self.output_size if self.scale_factor is None else self.scale_factor
        value = given[axis] if isinstance(given, tuple) else given
        return {"o": int(value)} if self.scale_factor is None else {"f": meant(value)}  # type: ignore[arg-type]

    def size_along(self, axis: int, size: int) -> int:
        factor = self.scale_factor[axis] if isinstance(self.scale_factor, tuple) else self.scale_factor
        return super().size_along(axis, size) if factor is None else self.some(scaled(size, factor), size)

    def output_shape(self, shape: Shape) -> Shape:
        axes = len(shape) - 1
        given = self.output_size if self.scale_factor is None else self.scale_factor
        known = (self.axes,) if self.axes else AXES.get(self.mode, (1, 2, 3))
        if axes not in known or (isinstance(given, tuple) and len(given) != axes):
            forms = ("C×L", "C×H×W", "C×D×H×W")
            wanted = [forms[n - 1] for n in known if not isinstance(given, tuple) or len(given) == n] or ["no input"]
            raise Impossible(f"{self.described()} takes {' or '.join(wanted)}, not {times(shape)}")
        return shape[0], *(self.size_along(axis, size) for axis, size in enumerate(shape[1:]))

    def with_batch(self, shape: Shape) -> bool:
        axes = (self.axes,) if self.axes else AXES.get(self.mode, (3,))
        return len(shape) == axes[0] + 2

    def sees(self, axis: int, size: int, place: int) -> range:
        out = self.size_along(axis, size)
        if self.mode == "area":
            return range(place * size // out, -(-(place + 1) * size // out))
        if self.align_corners:
            x = Fraction(place * (size - 1), out - 1) if out > 1 else Fraction(0)
        else:
            plain = self.mode == "nearest" and out in (size, 2 * size)  # torch then forgets the factor
            step = Fraction(size, out) if plain or self._by_sizes else 1 / Fraction(self.along(axis)["f"])
            x = place * step if self.mode == "nearest" else (place + Fraction(1, 2)) * step
            x -= Fraction(1, 2) if TAPS[self.mode] > 1 else 0
        if TAPS[self.mode] == 2:
            x = max(x, Fraction(0))
        first = min(whole_below(x), size - 1)
        if TAPS[self.mode] == 1 or x == first:
            return range(first, first + 1)
        more = TAPS[self.mode] // 2
        return spans.between(first - more + 1, first + more, size)


@dataclass(frozen=True)
class Upsample(Upsampling):
    """An image enlarged (or shrunk) by a factor or to a size, along all its axes: C×L, C×H×W or C×D×H×W."""

    mode: str = "nearest"  # type: ignore[misc]
    align_corners: bool | None = None  # type: ignore[misc]
    recompute_scale_factor: bool | None = None  # type: ignore[misc]

    signature = ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor")

    def __post_init__(self) -> None:
        super().__post_init__()
        values.word("Upsample", "mode", self.mode, TAPS)
        if self.align_corners is not None and self.mode not in AXES:
            raise Impossible(f"Upsample takes align_corners in the modes {', '.join(AXES)}, not in {self.mode}")
        if self.recompute_scale_factor and self.scale_factor is None:
            raise Impossible("Upsample takes recompute_scale_factor with scale_factor, not with size")

    def described(self) -> str:
        return f"Upsample {self.mode}"


class UpsamplingNearest2d(Upsampling):
    """Each output cell is the nearest input cell."""

    axes = 2
    mode = "nearest"
    align_corners = None
    recompute_scale_factor = None


class UpsamplingBilinear2d(Upsampling):
    """Each output cell is a mean of the four around it, by nearness."""

    axes = 2
    mode = "bilinear"
    align_corners = True
    recompute_scale_factor = None
