"""The words in which the options of a convolution or a pooling are said: padding, stride, working, windows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Literal, cast

from calc.errors import Impossible, printable
from calc.exact import read_number
from calc.expr import Number

Sizes = tuple[int, ...]
"""One number for each axis: (down, right) on an image, (right,) on a signal, (deep, down, right) in a volume."""

Padding = tuple[tuple[int, int], ...]
"""Cells put before and after each axis: (top, bottom), (left, right) on an image."""

BRACKETS = str.maketrans("()", "  ")
"""A place may be given as it is printed: (1,1)."""

LONGEST_COUNT = 18
"""Digits of a number of cells, steps or windows."""

PaddingMode = Literal["zeros", "constant", "reflect", "replicate", "circular", "symmetric"]
MODES: tuple[PaddingMode, ...] = ("zeros", "reflect", "replicate", "circular", "symmetric")

PoolKind = Literal["max", "min", "average", "lp"]
Working = Literal["products", "hadamard"]
Places = tuple[Sizes, ...] | None
"""Outputs to work, counted from 0 along every axis of the answer; None for all of them."""

AXES = {1: ("columns",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}
SPELLED = {1: ("W", "2", "3"), 2: ("HxW", "2", "1x2"), 3: ("DxHxW", "2", "1x2x2")}
"""How the sizes of 1, 2 and 3 axes are written, with examples."""

SIDES = {1: "left,right", 2: "top,bottom,left,right", 3: "front,back,top,bottom,left,right"}


def covered(kernel: Sizes, dilation: Sizes) -> Sizes:
    """The cells from the first tap to the last along each axis: d·(k − 1) + 1."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def read_working(text: str) -> Working:
    """`products` or `hadamard`."""
    match text:
        case "products" | "hadamard":
            return text
    raise Impossible(f"there is no working “{printable(text)}”: choose products or hadamard")


def read_sizes(given: str | int | Sequence[int], what: str, lowest: int, axes: int = 2, nor: str = "") -> Sizes:
    """`2`, or `1x2` (down × right), as a whole number of at least `lowest` for each axis."""
    parts: tuple[object, ...] = (given,)
    if isinstance(given, str):
        parts = _split(given)
    elif isinstance(given, Iterable):
        parts = tuple(given)
    if len(parts) == 1:
        parts = parts * axes
    numbers = tuple(int(x) for x in parts if is_whole(x))  # type: ignore[call-overload]
    if len(parts) != axes or len(numbers) != axes:
        spelled, one, each = SPELLED[axes]
        form = (
            f"neither a whole number nor {spelled}, such as {one} or {each}{nor}"
            if axes > 1
            else f"not a whole number, such as {one}{nor}"
        )
        raise Impossible(f"{what} “{printable(str(given))}” is {form}")
    if min(numbers) < lowest:
        raise Impossible(f"{what} {min(numbers)} is not possible: it is at least {lowest}")
    return numbers


def is_whole(value: object) -> bool:
    """Whether it is a whole number, Python's or numpy's."""
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _split(text: str) -> tuple[object, ...]:
    """`1x2` as (1, 2); parts that are no whole numbers as they stand."""
    parts = text.replace("×", "x").lower().split("x")
    return tuple(int(part) if is_count(part.strip().removeprefix("-")) else part for part in parts)


def is_count(text: str) -> bool:
    """Whether it is a whole number of a sensible length."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_COUNT


def same_padding(reach: Sizes, sizes: Sizes, stride: Sizes, *, lower: bool = False) -> Padding:
    """The rings that give ⌈n/s⌉ cells; an odd one goes after the axis (SAME_UPPER), or before it (SAME_LOWER)."""
    rings = [max((-(-n // s) - 1) * s + k - n, 0) for k, n, s in zip(reach, sizes, stride, strict=True)]
    few, many = [n // 2 for n in rings], [n - n // 2 for n in rings]
    return tuple(zip(many, few, strict=True) if lower else zip(few, many, strict=True))


def read_padding(
    given: str | int | Sequence[object], reach: Sizes, sizes: Sizes | None = None, stride: Sizes | None = None
) -> Padding:
    """The rings that a word, a number or several numbers mean for a kernel that covers `reach` cells.

    `same` keeps the size at stride 1; `same-upper` and `same-lower` are ONNX's (and, the former, Keras's), which look
    at the stride too; `valid` puts nothing, `full` k − 1 everywhere; else `N`, `HxW` or `T,B,L,R`.
    """
    axes = len(reach)
    given = given.tolist() if hasattr(given, "tolist") else given
    match given:
        case "same-upper" | "same-lower" if sizes and stride:
            return same_padding(reach, sizes, stride, lower=given == "same-lower")
        case "same":
            return same_padding(reach, reach, (1,) * axes)
        case "valid":
            return ((0, 0),) * axes
        case "full":
            return tuple((k - 1, k - 1) for k in reach)
        case str() if given.count(",") == 2 * axes - 1 and all(is_count(part.strip()) for part in given.split(",")):
            rings = [int(part) for part in given.split(",")]
            return tuple(zip(rings[::2], rings[1::2], strict=True))
        case list() | tuple() if given and all(isinstance(pair, list | tuple) for pair in given):
            return _read_rings(cast("Sequence[Sequence[object]]", given), axes)
    nor = f"{', nor' if axes > 1 else ', and not'} {SIDES[axes]}, nor same, valid or full"
    return tuple((n, n) for n in read_sizes(cast("str | int | Sequence[int]", given), "padding", 0, axes, nor))


def _read_rings(pairs: Sequence[Sequence[object]], axes: int) -> Padding:
    rings = tuple((int(pair[0]), int(pair[1])) for pair in pairs if len(pair) == 2 and all(map(is_whole, pair)))  # type: ignore[call-overload]
    if len(rings) != axes or len(pairs) != axes:
        raise Impossible(
            f"padding “{printable(str(pairs))}” is not one pair, before and after, for each of {axes} axes"
        )
    lowest = min(min(pair) for pair in rings)
    if lowest < 0:
        raise Impossible(f"padding {lowest} is not possible: it is at least 0")
    return rings


def read_mode(text: str) -> tuple[PaddingMode, Number]:
    """`zeros`, `reflect`, `replicate`, `circular`, `symmetric`, or the number that stands all around."""
    for mode in MODES:
        if text == mode:
            return mode, 0
    try:
        return "constant", read_number(text)
    except Impossible:
        known = f"choose {', '.join(MODES)}, or a number"
        raise Impossible(f"there is no padding mode “{printable(text)}”: {known}") from None


def read_places(text: str, outputs: Sizes) -> Places:
    """`all`, `N` (the first N) or `1,1 2,3` (row,column from 1; filter,row,column of several) as the outputs to work."""
    if text == "all":
        return None
    if is_count(text) and int(text) > 0:
        return tuple(islice(every(outputs), int(text)))
    example = ("3 5", "1,1 2,3", "1,1,1 2,1,3", "1,1,1,1 2,1,1,3")[len(outputs) - 1]
    places: list[Sizes] = []
    for word in re.sub(r",\s+", ",", text.translate(BRACKETS)).split():
        parts = word.split(",")
        if len(parts) != len(outputs) or not all(map(is_count, parts)):
            raise Impossible(
                f"windows “{printable(text)}” is neither all, a number of windows, nor places such as “{example}”"
            )
        place = tuple(map(int, parts))
        if not all(1 <= i <= n for i, n in zip(place, outputs, strict=True)):
            first, last, size = ",".join("1" * len(outputs)), ",".join(map(str, outputs)), "×".join(map(str, outputs))
            raise Impossible(
                f"there is no window {','.join(parts)}: the feature map has {size} cells, from {first} to {last}"
            )
        places.append(tuple(i - 1 for i in place))
    if not places:
        raise Impossible(f"no window is chosen: say all, a number of windows, or places such as “{example}”")
    return tuple(dict.fromkeys(places))


def every(shape: Sizes) -> Iterator[Sizes]:
    """All places of an array, in reading order."""
    return product(*map(range, shape))
