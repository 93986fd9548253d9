"""Sizes as people answer them: 252, 250x250, (240, 320), 240 high and 320 wide, 32 to 33, k = 9, (508 − 2)/2 + 1 = 254."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from math import prod
from typing import NamedTuple

from calc.errors import Impossible, counted
from calc.expr import LONGEST_TEXT, Number, exact
from calc.marking.replies import LONGEST_LINES, Value, check_length, parted, read_sizes_said, read_value, unworded
from calc.marking.spelling import plain, unnumbered

Numbers = tuple[Number, ...]

MOST_SIZES = 1_000
"""Sizes of an answer."""

AXIS_NAMES: tuple[frozenset[str], ...] = (
    frozenset(("depth", "d", "deep", "d_out", "out_d")),
    frozenset(("height", "h", "high", "tall", "rows", "row", "h_out", "out_h")),
    frozenset(("width", "w", "wide", "columns", "column", "cols", "w_out", "out_w")),
)
"""What the axes are called."""

BATCH_NAMES = frozenset(("batch", "batch size", "batch_size", "n", "b"))
CHANNEL_NAMES = frozenset(("channels", "channel", "maps", "filters", "c_out", "c"))
"""What stands beside the axes."""

_AXIS = "|".join(
    sorted((word for words in (*AXIS_NAMES, CHANNEL_NAMES, BATCH_NAMES) for word in words), key=len, reverse=True)
)
_NAME_FIRST = re.compile(rf"(?:the\s+)?(?P<name>{_AXIS})\s*(?:[:=]|is|of)?\s*(?P<number>\d+)", re.IGNORECASE)
_NUMBER_FIRST = re.compile(
    rf"(?P<number>\d+)\s*(?:px|pixels|cells)?\s*(?:\(\s*(?P<inside>{_AXIS})\s*\)|(?:in\s+)?(?P<name>{_AXIS}))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s+(?=[A-Za-z_]+\s*[=:])|\s*(?:[,;\n]|(?<=[\d)])\s*[x×]\s*(?=\d)|\s[x×]\s|\band\b|\bby\b)\s*")
_HEADED = re.compile(
    rf"\(?\s*(?P<names>(?:{_AXIS})(?:\s*(?:[x×,*]|by)\s*(?:{_AXIS})){{1,4}})\s*\)?\s*(?:[:=]|is)\s*(?P<sizes>[^=:]*)",
    re.IGNORECASE,
)
_BATCH = re.compile(
    r"(?:(?<=[\[(])|^)\s*(?:None|N|B|-1|\?|batch(?:[ _]size)?)\s*(?:,|\s[x×]|[x×])\s*(?:C\s*(?:,|[x×])\s*)?(?=\d)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""["']([^\W\d]\w{0,30})["'](?=\s*:)""")
_RANGE = re.compile(r"(?:between\s+|from\s+)?(\d+)\s*(?:to|and|or|\.{2,3}|…|-)\s*(\d+)", re.IGNORECASE)


class Said(NamedTuple):
    """One size of a reply: a number, or one for each axis; what it was called, and how it was worked out."""

    name: str
    numbers: Numbers
    value: Value | None


def size_readings(text: str, axes: int, *, row: bool = False) -> Iterator[tuple[Said, ...]]:
    """The ways in which sizes along so many axes can be read, the first the plainest; `Impossible` where there is none.

    In a `row`, of layers one after the other, any sign may part the sizes.
    """
    bare = "\n".join(unnumbered(plain(text).strip().split("\n")))
    bare = _QUOTED.sub(r"\1", bare)
    short = len(bare) <= LONGEST_TEXT
    if short and (named := named_axes(bare)):
        yield named
        return
    fault = None
    try:
        yield read_sizes_reply(bare)
    except Impossible as refused:
        fault = refused
    found = list(_other_readings(bare, axes, row=row)) if short else []
    yield from found
    if fault and not found:
        raise fault


def _other_readings(bare: str, axes: int, *, row: bool) -> Iterator[tuple[Said, ...]]:
    """What else a reply may mean."""
    if squared := re.fullmatch(r"(\d+)\s*(?:²|(?:\^|\*\*)\s*2)", bare):
        yield (Said("", (int(squared[1]),), None),)  # 32², which is 32×32
    sides = re.fullmatch(r"[\[(]?\s*(\d+(?:\s+\d+)+)\s*[\])]?", bare)
    if sides:
        yield _each(sides[1].split(), axes)  # 240 320
    inner = re.fullmatch(r"\[(.*)\]|\((.*)\)", bare, re.DOTALL)
    if inner and "," in bare:
        with suppress(Impossible):
            yield read_sizes_reply(inner[1] or inner[2])  # [24, 12, 10, 5]
    if "." in bare and re.fullmatch(r"\d+(?:\.\d{1,9})?(?:\s*[x×]\s*\d+(?:\.\d{1,9})?)+", bare):
        yield (Said("", tuple(exact(Fraction(side)) for side in re.split("[x×]", bare)), None),)  # 239.5x319.5
    factors = re.findall(r"\d+", bare)
    square = re.search("[x×]", bare) and len(set(factors)) == 1
    if axes == 1 and not square and re.fullmatch(r"\d+(?:\s*[*·x×]\s*\d+)+", bare):
        yield (Said("", (prod(map(int, factors)),), None),)  # 14*2
    if (row or axes > 1) and re.fullmatch(r"\d+(?:\s*[>/|:]\s*\d+)+", bare):
        yield _each(factors, axes)  # 24 > 12 > 10
    ends = _RANGE.fullmatch(re.sub(r"^\w+\s*=\s*", "", bare))
    if ends:
        yield tuple(Said("", (int(end),), None) for end in ends.groups())
    told = re.search(r"(\d+)\s+(?:in total|altogether|in all|together)\.?$", bare, re.IGNORECASE)
    if told and re.fullmatch(
        r"(?:(\d+)\s+(?:on|at|per|for)\s+(?:each|every|one|either)?\s*sides?\W+(?:so\s+)?)?", bare[: told.start()]
    ):
        one = re.match(r"\d+", bare)
        half = exact(Fraction(int(told[1]), 2))
        if one is None or one.start() == told.start() or int(one[0]) == half:
            yield (Said("", (half,), None),)  # zeros of both sides
    said = unworded(bare)
    if said != bare:
        with suppress(Impossible):
            yield named_axes(said) or read_sizes_reply(said)


def _each(numbers: list[str], axes: int) -> tuple[Said, ...]:
    """Numbers as one size where there is one for each axis, else as a size each."""
    if len(numbers) == axes > 1:
        return (Said("", tuple(map(int, numbers)), None),)
    return tuple(Said("", (int(number),), None) for number in numbers)


def named_axes(text: str) -> tuple[Said, ...] | None:
    """Sizes whose axes are all named: height = 240, width = 320; 320 wide and 240 high; W × H = 320 × 240."""
    if headed := _HEADED.fullmatch(text):
        names, sizes = re.findall(_AXIS, headed["names"], re.IGNORECASE), read_sizes_said(headed["sizes"])
        if sizes and len(sizes) == len(names):
            return _of_axes(tuple(Said(name, (size,), None) for name, size in zip(names, sizes, strict=True)))
        return None
    spaced = r"(?<=[a-z)])\s+(?=\d)" if re.match(r"\d", text) else r"(?<=\d)\s+(?=[a-z])"
    apart = re.split(spaced, text.rstrip(". "), flags=re.IGNORECASE)
    told = [part for part in _BETWEEN.split(text.rstrip(". ")) if part]
    told = apart if len(told) == 1 else told
    found = [_NAME_FIRST.fullmatch(part) or _NUMBER_FIRST.fullmatch(part) for part in told]
    if len(found) < 2 or None in found:
        return None
    groups = [each.groupdict() for each in found if each]
    return _of_axes(tuple(Said(each["name"] or each["inside"], (int(each["number"]),), None) for each in groups))


def _of_axes(said: tuple[Said, ...]) -> tuple[Said, ...]:
    """Sizes by name; where channels or a batch are among them, as one size in order, without the batch."""
    names = (CHANNEL_NAMES, *AXIS_NAMES)
    if not any(each.name.lower() in CHANNEL_NAMES | BATCH_NAMES for each in said):
        return said
    places = {
        next((i for i, words in enumerate(names) if each.name.lower() in words), -1): each.numbers[0] for each in said
    }
    return (Said("", tuple(places[i] for i in sorted(places) if i >= 0), None),) if len(places) == len(said) else said


def read_sizes_reply(text: str) -> tuple[Said, ...]:
    """Sizes by the plainest reading; several with commas or on lines."""
    check_length(text, LONGEST_LINES)
    found = []
    text = re.sub(r"^\s*(?:about|approximately|ca\.?|≈)\s+(?=\d)", "", plain(text), flags=re.IGNORECASE)
    text = re.sub(r"(?<=[\d)])\s+(?:or|and)\s+(?=[\d(])", ", ", text.strip().strip("{}"))
    text = _BATCH.sub("", re.sub(r"(?<=\d)\s*px\b", "", text))
    if len(set(text.split())) == 1 and len(text.split()) in (2, 3):
        text = "x".join(text.split())  # 254 254
    by_axis = re.split(r"\s+[x×]\s+", text)
    if len(by_axis) in (2, 3) and any(re.search(r"\d\s*[-+/]", part) for part in by_axis):
        return (Said("", tuple(read_value(part).number for part in by_axis), None),)
    inner = re.fullmatch(r"\s*\[(.*)\]\s*", text, re.DOTALL)
    if inner and len(text) <= LONGEST_TEXT and read_sizes_said(text) is None:
        text = inner[1]
    whole = len(text) <= LONGEST_TEXT and read_sizes_said(text) is not None
    told = [text] if whole else parted(text.strip(), "\n;,")
    if len(told) > MOST_SIZES:
        raise Impossible(f"the answer has {counted(len(told), 'size')}, more than the {MOST_SIZES} that are read")
    for part in told:
        cells = [cell.strip() for cell in part.strip().strip("|").split("|") if cell.strip()]
        headed = not re.search(r"\d", cells[-1]) if cells else True
        if headed and (len(cells) != 1 or re.fullmatch(r"[-:\s]*", part)):
            continue  # nothing, or the head of a table
        part = " = ".join((cells[0], cells[-1])) if len(cells) > 1 else part
        named = re.fullmatch(r"\s*([^\W\d][\w .]*)[=:]([^=:]*)", part)
        name, rest = (named[1], named[2]) if named else ("", part)
        sizes = read_sizes_said(rest)
        if sizes:
            found.append(Said(name.strip(), sizes, None))
            continue
        value = read_value(part, sized=True)
        found.append(Said(value.name, (value.number,), value))
    if not found:
        raise Impossible("the answer is empty: a size is wanted, such as 252 or 250x250")
    return tuple(found)
