"""The words in which a convolution's options are said: padding, stride, working, windows."""

from __future__ import annotations

from typing import Literal

from calc.errors import Impossible, printable
from calc.exact import read_number
from calc.expr import Number

Pair = tuple[int, int]
"""(down, right)."""

Padding = tuple[Pair, Pair]
"""Rings around an image: (top, bottom), (left, right)."""

LONGEST_COUNT = 18
"""Digits of a number of cells, steps or windows."""

PaddingMode = Literal["zeros", "constant", "reflect", "replicate", "circular", "symmetric"]
MODES: tuple[PaddingMode, ...] = ("zeros", "reflect", "replicate", "circular", "symmetric")

Working = Literal["products", "hadamard"]
Places = tuple[tuple[int, int], ...] | None
"""Outputs to work, counted from (0, 0); None for all of them."""


def covered(kernel: Pair, dilation: Pair) -> Pair:
    """The cells from the first tap to the last, down and right: d·(k − 1) + 1."""
    (k_h, k_w), (d_h, d_w) = kernel, dilation
    return d_h * (k_h - 1) + 1, d_w * (k_w - 1) + 1


def read_working(text: str) -> Working:
    """`products` or `hadamard`."""
    match text:
        case "products" | "hadamard":
            return text
    raise Impossible(f"there is no working “{printable(text)}”: choose products or hadamard")


def read_pair(given: str | int | tuple[int, int], what: str, lowest: int, nor: str = "") -> tuple[int, int]:
    """`2` or `1x2` (down × right) as two whole numbers of at least `lowest`."""
    parts: tuple[object, ...] = (given,)
    if isinstance(given, str):
        parts = _split(given)
    elif isinstance(given, tuple | list):
        parts = tuple(given)
    if len(parts) == 1:
        parts = parts * 2
    numbers = [x for x in parts if isinstance(x, int) and not isinstance(x, bool)]
    if len(parts) != 2 or numbers != list(parts):
        raise Impossible(f"{what} “{printable(str(given))}” is neither a whole number nor HxW, such as 2 or 1x2{nor}")
    height, width = numbers
    if min(height, width) < lowest:
        raise Impossible(f"{what} {min(height, width)} is not possible: it is at least {lowest}")
    return height, width


def _split(text: str) -> tuple[object, ...]:
    """`1x2` as (1, 2); parts that are no whole numbers as they stand."""
    parts = text.replace("×", "x").lower().split("x")
    return tuple(int(part) if _is_count(part.strip().removeprefix("-")) else part for part in parts)


def _is_count(text: str) -> bool:
    """Whether it is a whole number of a sensible length."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_COUNT


def read_padding(given: str | int | Padding, reach: Pair) -> Padding:
    """The rings that `same`, `valid`, `full`, `N`, `HxW` or `T,B,L,R` mean for a kernel that covers `reach` cells."""
    match given:
        case "same":
            return tuple(((k - 1) // 2, k // 2) for k in reach)  # type: ignore[return-value]
        case "valid":
            return (0, 0), (0, 0)
        case "full":
            return tuple((k - 1, k - 1) for k in reach)  # type: ignore[return-value]
        case str() if given.count(",") == 3 and all(_is_count(part.strip()) for part in given.split(",")):
            top, bottom, left, right = map(int, given.split(","))
            return (top, bottom), (left, right)
        case [[int(), int()], [int(), int()]]:
            rings = given[0] + given[1]
            if min(rings) < 0:
                raise Impossible(f"padding {min(rings)} is not possible: it is at least 0")
            return (rings[0], rings[1]), (rings[2], rings[3])
    height, width = read_pair(given, "padding", 0, ", nor top,bottom,left,right, nor same, valid or full")
    return (height, height), (width, width)


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


def read_places(text: str, outputs: tuple[int, int]) -> Places:
    """`all`, `N` (the first N) or `1,1 2,3` (row,column from 1) as the outputs to work."""
    rows, columns = outputs
    if text == "all":
        return None
    if _is_count(text) and int(text) > 0:
        return tuple(divmod(i, columns) for i in range(min(int(text), rows * columns)))
    places: list[tuple[int, int]] = []
    for word in text.split():
        parts = word.split(",")
        if len(parts) != 2 or not all(map(_is_count, parts)):
            raise Impossible(
                f"windows “{printable(text)}” is neither all, a number of windows, nor places such as “1,1 2,3”"
            )
        row, column = map(int, parts)
        if not (1 <= row <= rows and 1 <= column <= columns):
            raise Impossible(
                f"there is no window {row},{column}: the feature map has {rows}×{columns} cells, from 1,1 to {rows},{columns}"
            )
        places.append((row - 1, column - 1))
    if not places:
        raise Impossible("no window is chosen: say all, a number of windows, or places such as “1,1 2,3”")
    return tuple(dict.fromkeys(places))
