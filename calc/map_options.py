"""What `cnncalc maps` is asked with: the image in the channels that it can be read in, filters, a cell, a channel."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calc.choices import BRACKETS, LONGEST_COUNT, is_count, is_whole
from calc.errors import Impossible, counted, printable, times
from calc.exact import Cells
from calc.images import read_image, read_numbers
from calc.pictures import SUFFIXES

MOST_NUMBERS = 2**25
"""Numbers of an image that a network is run on."""

SHOWN = 8
"""Filters that are shown if nobody says how many."""

COLOURS = {1: "in grey", 3: "in red, green and blue"}


class Reading(NamedTuple):
    """An image as a network gets it, C×H×W; the same as it is drawn, H×W, and what that is; how it was read, and whether by colours."""

    numbers: NDArray[np.float64]
    drawn: Cells
    drawn_as: str
    how: str
    coloured: bool = False


def read_for_network(
    image: object, *, crop: str = "", resize: str = "", mean: object = "", std: object = ""
) -> list[Reading]:
    """A picture by its colours and in grey, scaled to 0…1, the likelier one first; numbers as they are.

    `mean` and `std` are one number, or one for each channel: (x − mean)/std is what the network gets.
    """
    if isinstance(image, str | Path) and os.path.splitext(str(image))[1].lower() in SUFFIXES:
        grey = read_image(image, crop=crop, resize=resize)
        colour = read_image(image, colour=True, crop=crop, resize=resize)
        full = 65535 if grey.numerators.dtype == np.uint16 else 255
        arrays = [colour.numerators, grey.numerators[None]]
        if (arrays[0] == arrays[0][:1]).all():
            arrays.reverse()
        size = times(grey.shape)
        kept = [
            Reading(x / full, grey, size, f"{size}, read {COLOURS[len(x)]}, 0…{full} scaled to 0…1", len(x) > 1)
            for x in arrays
        ]
    else:
        cells = read_image(image, crop=crop, resize=resize)
        numbers = _channels(cells)
        drawn = Cells(numbers[0].copy()) if len(numbers) == 1 else Cells(numbers.mean(0))
        size, many = times(numbers.shape[1:]), len(numbers)
        drawn_as = size if many == 1 else f"{size}, the mean of its {many} channels"
        kept = [Reading(numbers, drawn, drawn_as, f"{times(numbers.shape)} numbers as they are")]
    most = max(each.numbers.size for each in kept)
    if most > MOST_NUMBERS:
        raise Impossible(
            f"the image has {most} numbers, more than the {MOST_NUMBERS} that a network is run on: make it smaller with --resize, such as --resize 224"
        )
    return _normalised(kept, mean, std)


def _channels(cells: Cells) -> NDArray[np.float64]:
    """The numbers of an array as C×H×W."""
    if cells.letters:
        raise Impossible("letters stand in the image: a network is run on numbers")
    numbers = cells.numpy().astype(np.float64)
    if numbers.ndim == 4 and len(numbers) == 1:
        numbers = numbers[0]
    if numbers.ndim not in (2, 3):
        raise Impossible(f"an array of {times(numbers.shape)} numbers is no image: it is H×W, or C×H×W with channels")
    return numbers if numbers.ndim == 3 else numbers[None]


def _normalised(readings: Sequence[Reading], mean: object, std: object) -> list[Reading]:
    """(x − mean)/std, in as many channels as there are numbers for."""
    if mean in ("", None) and std in ("", None):
        return [each._replace(how=f"{each.how}, not normalised") for each in readings]
    made, fault = [], None
    for each in readings:
        many = len(each.numbers)
        try:
            less, over = _numbers(mean, "mean", many, 0), _numbers(std, "std", many, 1)
        except Impossible as refused:
            fault = refused if fault is None or many > 1 else fault
            continue
        if not all(over):
            raise Impossible("std 0 is not possible: the numbers of the image are divided by it")
        column = (-1, 1, 1)
        numbers = (each.numbers - np.reshape(less, column)) / np.reshape(over, column)
        said = f"{each.how}, then (x − mean)/std with mean {_said(less)} and std {_said(over)}"
        made.append(each._replace(numbers=numbers, how=said))
    if fault and not made:
        raise fault
    return made


def _numbers(given: object, what: str, many: int, without: float) -> list[float]:
    if given in ("", None):
        return [without] * many
    have = len(re.split(r"[\s,;]+", given.strip())) if isinstance(given, str) else int(np.size(given))  # type: ignore[arg-type]
    if have not in (1, many):
        each = f", or {many}, one for each channel" if many > 1 else ""
        raise Impossible(f"{what} has {counted(have, 'number')}: one is wanted{each}")
    cells = read_numbers(given, what, have)
    if cells and cells.letters:
        raise Impossible(f"{what} “{printable(str(given))}” has letters in it: numbers are wanted, such as 0.5")
    numbers = [float(x) for x in cells.numpy()] if cells else [0.0]
    return numbers if len(numbers) == many else numbers[:1] * many


def _said(numbers: Sequence[float]) -> str:
    return f"{numbers[0]:g}" if len(set(numbers)) == 1 else ", ".join(f"{x:g}" for x in numbers)


def read_filters(given: object) -> dict[str, Any]:
    """Which filters: the first N, `strongest`, `strongest:N` or `all`, or their numbers, `1,5,9` or `5-8`.

    In a text they are counted from 1, as they are printed, and one alone has a comma behind it, `5,`; a sequence of
    numbers counts from 0.
    """
    if is_whole(given):
        return _first(int(given))  # type: ignore[call-overload]
    if isinstance(given, Sequence) and not isinstance(given, str):
        if not given or not all(is_whole(i) and i >= 0 for i in given):
            raise Impossible(f"filters {printable(repr(given))} are not numbers of filters, counted from 0")
        return {"these": list(dict.fromkeys(map(int, given)))}
    text = str(given).strip().lower()
    word, colon, many = text.partition(":")
    if text == "all":
        return {"first": 10**LONGEST_COUNT}
    if is_count(text):
        return _first(int(text))
    if word.strip() == "strongest" and (not colon or (is_count(many.strip()) and int(many))):
        return {"strongest": int(many) if colon else SHOWN}
    these: list[int] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        span = re.fullmatch(rf"([0-9]{{1,{LONGEST_COUNT}}})(?:\s*[-–…]\s*([0-9]{{1,{LONGEST_COUNT}}}))?", part)
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
        if not 0 < first <= last < first + 10_000:
            raise _no_filters(given)
        these += range(first - 1, last)
    if not these:
        raise _no_filters(given)
    return {"these": list(dict.fromkeys(these))}


def _first(many: int) -> dict[str, Any]:
    if many < 1:
        raise Impossible(
            f"{counted(many, 'filter')} cannot be shown: filters are counted from 1, and one is shown at least"
        )
    return {"first": many}


def _no_filters(given: object) -> Impossible:
    return Impossible(
        f"filters “{printable(str(given), 30)}” cannot be read: write 8 for the first 8, 1,5,9 or 5-8 for those, strongest, strongest:16, or all"
    )


def read_cell(given: object) -> list[int] | None:
    """`row,column` or `filter,row,column` counted from 1, in a sequence from 0; None for the cell furthest from 0."""
    if given in ("", None):
        return None
    if isinstance(given, str):
        parts = [part.strip() for part in given.translate(BRACKETS).split(",")]
        numbers = [int(part) - 1 if is_count(part) else -1 for part in parts]
    else:
        parts = list(given) if isinstance(given, Sequence) else []
        numbers = [int(part) if is_whole(part) else -1 for part in parts]
    if len(numbers) not in (2, 3) or min(numbers) < 0:
        raise Impossible(
            f"cell “{printable(str(given), 30)}” cannot be read: write row,column counted from 1, such as 3,4, or filter,row,column"
        )
    return numbers


def read_channel(given: object) -> int | None:
    """A channel of the filters: a text counts from 1, a number from 0; None for the mean of all."""
    if given in ("", None):
        return None
    number = int(given) - 1 if isinstance(given, str) and is_count(given.strip()) else given
    if not is_whole(number) or number < 0:  # type: ignore[operator]
        raise Impossible(f"channel “{printable(str(given), 30)}” is not a channel: they are counted from 1")
    return int(str(number))
