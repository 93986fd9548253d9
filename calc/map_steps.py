"""The steps of a layer's maps: the image, each filter beside its map, and one cell worked out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, fsum, log10
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from calc.derivation import Chain, Gallery, Grid, Link, Note, Picture, Sign, Step, Table, Text
from calc.exact import Cells
from calc.expr import Expr, Num, Op, Sym, exact, total
from calc.pictures import shades
from calc.showing import SHADED, said

if TYPE_CHECKING:
    from calc.layer_maps import LayerMaps

DRAWN = (24, 24)
"""Rows and columns that a map is drawn with."""

IMAGE = (40, 48)
"""Those of the image."""

NUMBERED = 25
"""Weights of a filter up to which its window is worked in numbers, beyond in pictures."""

BESIDE = 3
"""Columns of a filter up to which window, filter and products stand in one row."""

SPELLED = (8, 1000)
"""Rows and columns, and sizes of whole numbers, up to which a map stands as numbers; a filter of up to `BESIDE` columns does."""

SHOWN_CHANNELS = 3
"""Channels up to which the window is shown in each, beyond in the one that adds most."""

ADDED = 4
"""Channels up to which their sums stand in one line, beyond in a table."""

LISTED = 6
"""Channels that the table lists."""

FEW = 9
"""Products up to which each stands in the sum."""

SIGNIFICANT = 3
"""Digits of the largest number of a matrix that are shown."""


def image(of: LayerMaps) -> Picture | Grid:
    """The image as numbers or as a picture."""
    array, caption = of.picture.numerators, f"{of.image}, {of.pictured}"
    if _is_short(array):
        return Grid(spelled(array), caption)
    levels, signed = shades(_whole(array), *IMAGE)
    return Picture(levels, signed, caption, scaled=signed)


def shown(of: LayerMaps) -> Iterator[Step]:
    """The filters beside their maps, and how to look at them."""
    frames: list[tuple[Picture | Grid, ...]] = []
    for i, own in enumerate(of.chosen):
        cells = of.maps.numerators[i]
        drawn: Picture | Grid
        if _is_short(cells):
            drawn = Grid(spelled(cells), f"map {own + 1}", "", "feature map")
        else:
            drawn = _picture(cells, f"{'' if of.filters else f'map {own + 1}, '}{reach(cells, ' … ')}")
        frames.append((_filter(of, i), drawn) if of.filters else (drawn,))
    yield Gallery(tuple(frames), ("→",) if of.filters else ())
    says = []
    if any(isinstance(frame[-1], Picture) for frame in frames):
        says.append("Above each map the numbers that it reaches from and to.")
    if any(isinstance(part, Picture) for frame in frames for part in frame):
        says.append("Every picture has shades of its own, the number furthest from 0 being the strongest.")
    says += filter(None, (of.drawn_as(coloured=False),))
    if of.filters:
        says.append("The maps are those before any activation.")
    yield from (Note("why", (" ".join(says),)) for _ in says[:1])
    yield from (Note("careful", (text,)) for text in of.notes)


def _filter(of: LayerMaps, i: int) -> Picture | Grid:
    weights, caption = of.plane(i), f"filter {of.chosen[i] + 1}"
    if _is_short(weights) and max(weights.shape) <= BESIDE:
        return Grid(spelled(weights), caption, "", "kernel")
    return _picture(weights, caption)


def worked(of: LayerMaps) -> Iterator[Step]:
    """The window, the filter and their products in the channels that tell most; the sums and the bias."""
    filters = of.filters
    assert filters
    deep = filters.worked.shape[0]
    yield Note("why", (_where(of),))
    if deep <= SHOWN_CHANNELS:
        telling = list(range(deep))
    else:
        most = max(range(deep), key=lambda c: abs(of.sums[c]))
        telling = [most if of.channel is None else of.channel]
        yield Note(
            "why",
            (f"Of {deep} channels {'the one that adds most' if of.channel is None else 'the chosen one'}:",),
        )
    yield from _hadamard(of, telling)
    yield _added(of) if deep <= ADDED else _table(of)


def _added(of: LayerMaps) -> Chain:
    """The sums of the channels and the bias."""
    deep = len(of.sums)
    parts = {f"Σ {of.named(c)}" if deep > 1 else "Σ w·x": value for c, value in enumerate(of.sums)}
    if of.filters and of.filters.bias:
        parts["b"] = of.bias
    links = [Link(total(tuple(map(Sym, parts))), "law")]
    few = of.products.size <= FEW
    terms = [x for x in of.products.flat if x] + [of.bias] * bool(of.bias) if few else list(parts.values())
    links.append(_link(total(tuple(map(_number, terms or [0.0]))), "the products" if few else "put in"))
    links.append(_link(_number(of.value), ""))
    return Chain(("y",), tuple(x for i, x in enumerate(links) if i == 0 or x.expression != links[i - 1].expression))


def result(of: LayerMaps) -> Text:
    """y = the worked cell."""
    value = _number(of.value)
    return (f"y {_sign(value)} ", value)


def put_in(of: LayerMaps) -> Iterator[Note]:
    """Where the window lies, and the products of a small one, not yet added up."""
    assert of.filters
    yield Note("why", (_where(of),))
    if of.products.size <= FEW:
        pairs = zip(of.filters.patch.numerators.flat, of.filters.worked.numerators.flat, strict=True)
        terms = [Op("*", (_number(float(x)), _number(float(w)))) for x, w in pairs]
        yield Note("why", ("y = ", total((*terms, *([_number(of.bias)] if of.filters.bias else [])))))


def _link(expression: Expr, why: str) -> Link:
    return Link(expression, why, _sign(expression))


def _where(of: LayerMaps) -> str:
    """Where the window lies."""
    filters = of.filters
    assert filters
    if filters.transposed:
        return f"y = Σ w·x{' + b' if filters.bias else ''}. For each weight, x is the input cell that it stamps there, 0 where there is none."
    top, left, bottom, right = of.window()
    high, wide = filters.size
    law = f"y = Σ w·x{' + b' if filters.bias else ''} over the window"
    if min(bottom, high) <= max(top, 0) or min(right, wide) <= max(left, 0):
        return f"{law}, which lies in the padding: zeros all over."
    down, across = _span("row", max(top, 0), min(bottom, high)), _span("column", max(left, 0), min(right, wide))
    apart = f", one taken every {said(filters.dilation)}" if set(filters.dilation) != {1} else ""
    inside = min(top, left) >= 0 and bottom <= high and right <= wide
    zeros = "" if inside else ", and zeros of the padding"
    return f"{law}: {down}, {across} of the {'padded ' if filters.mode != 'zeros' else ''}input{apart}{zeros}."


def _hadamard(of: LayerMaps, channels: Sequence[int]) -> Iterator[Step]:
    """window ∘ filter = products of some channels, small ones as numbers, large ones as pictures."""
    filters = of.filters
    assert filters
    signs = ("∘", "=")
    frames: list[tuple[Grid | Picture, ...]] = []
    for channel in channels:
        parts = (filters.patch.numerators[channel], filters.worked.numerators[channel], of.products[channel])
        name = of.named(channel) if len(of.sums) > 1 else "window"
        wide = parts[0].size <= NUMBERED and parts[0].shape[1] > BESIDE
        captions = ("x, window" if wide else f"x, {name}", f"w, filter {of.worked + 1}", "w·x")
        if parts[0].size > NUMBERED:
            frames.append(tuple(_picture(cells, text) for cells, text in zip(parts, captions, strict=True)))
            continue
        drawn = [
            Grid(spelled(cells), caption, sign, "kernel" if sign == "∘" else "image")
            for cells, caption, sign in zip(parts, captions, ("", *signs), strict=True)
        ]
        if wide:
            yield from [Note("why", (f"{name}:",))] * (len(of.sums) > 1)
            yield from drawn
        else:
            frames.append(tuple(replace(grid, sign="") for grid in drawn))
    if frames:
        yield Gallery(tuple(frames), signs)


def _table(of: LayerMaps) -> Table:
    """The sums of the channels that add most, and all others together."""
    order = sorted(range(len(of.sums)), key=lambda c: -abs(of.sums[c]))
    rest = fsum(of.sums[c] for c in order[LISTED:])
    rows: list[tuple[Text, ...]] = [((of.named(c),), (_number(of.sums[c]),)) for c in order[:LISTED]]
    if len(order) > LISTED:
        rows.append(((f"the other {len(order) - LISTED} together",), (_number(rest),)))
    if of.filters and of.filters.bias:
        rows.append((("bias b",), (_number(of.bias),)))
    end = _number(of.value)
    return Table((("",), ("Σ w·x",)), tuple(rows), (False, True), ((f"y {_sign(end)}",), (end,)))


def _span(name: str, first: int, end: int) -> str:
    """rows 3–5"""
    return f"{name} {end}" if end == first + 1 else f"{name}s {first + 1}–{end}"


def _number(value: float) -> Num:
    """A float as the decimal that it is, if that is short; else as it is, to be written rounded."""
    return Num(exact(Fraction(f"{value:.6g}")) if float(f"{value:.6g}") == value else value)  # type: ignore[arg-type]


def _sign(expression: Expr) -> Sign:
    """= before what is written exactly, ≈ before what is rounded."""
    return "≈" if expression.rounded else "="


def _whole(array: NDArray[Any]) -> NDArray[Any]:
    """Rounded numbers as whole ones in the same proportions."""
    if array.dtype.kind != "f":
        return array
    most = float(abs(array).max())
    return np.rint(array / most * SHADED).astype("int64") if most else np.zeros(array.shape, "int64")


def _is_short(array: NDArray[Any]) -> bool:
    """Whether a matrix is better read as numbers than seen as a picture."""
    most, largest = SPELLED
    return max(array.shape) <= most and bool((array == np.rint(array)).all()) and float(abs(array).max()) < largest


def _picture(array: NDArray[Any], caption: str) -> Picture:
    return Picture(shades(_whole(array), *DRAWN).levels, True, caption)


def reach(array: NDArray[Any], to: str) -> str:
    """The smallest and the largest number, with few digits."""
    return to.join(dict.fromkeys(f"{x:.3g}" for x in (array.min(), array.max())))


def spelled(array: NDArray[Any]) -> Cells:
    """Numbers with so many decimals that the largest shows its first digits; whole ones as they are."""
    if (array == np.rint(array)).all() and abs(array).max() < 2**53:
        return Cells(array.astype("int64"))
    digits = SIGNIFICANT - ceil(log10(float(abs(array).max())))
    if digits <= 0:
        return Cells(np.rint(array).astype(object))
    whole = [round(x * 10**digits) for x in array.flat]
    return Cells(np.array(whole, object).reshape(array.shape), 10**digits, decimals=True)
