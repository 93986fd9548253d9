"""The words of a size question read: numbers along each axis, what is asked for, which layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from calc.dialects import PADDINGS, Asked
from calc.errors import Impossible, printable
from calc.exact import read_number
from calc.expr import Number
from calc.rules import LOWEST, WORDS, Kind, Name

Word = int | str | None
Values = tuple[Number, ...]
"""One number for each axis."""

MOST_AXES = 3


class Said(NamedTuple):
    """The numbers that were said, along as many axes for each, and the names given as ?."""

    given: dict[Name, Values]
    asked: list[Name]


def read(words: Mapping[Name, Word]) -> Said:
    """A number, HxW or DxHxW for each name; “?” asks for it."""
    asked = [name for name, word in words.items() if str(word).strip() == "?"]
    said = {name: read_sizes(word, name) for name, word in words.items() if word is not None and name not in asked}
    counts = {len(sizes): name for name, sizes in said.items() if len(sizes) > 1}
    if len(counts) > 1:
        (few, first), (many, other) = sorted(counts.items())
        raise Impossible(
            f"--{option(first)} has {few} sizes and --{option(other)} has {many}: give one number, or as many everywhere"
        )
    count = max(counts, default=1)
    return Said({name: sizes * (count // len(sizes)) for name, sizes in said.items()}, asked)


def read_sizes(word: Word, name: Name) -> Values:
    """The number along each axis that the word says."""
    if name == "scale":
        return _read_scales(str(word))
    text = str(word).replace("×", "x").lower().strip()
    parts = text.split("x")
    if len(parts) > MOST_AXES or not all(_is_whole(part.strip()) for part in parts):
        form = "a whole number of less than 1000 digits, HxW or DxHxW, such as 32 or 480x640"
        hint = "; x stands between sizes, any other letter for a number" if "" in map(str.strip, parts) and text else ""
        raise Impossible(f"--{option(name)} “{printable(str(word), 30)}” is not {form}{hint}")
    sizes = tuple(map(int, parts))
    for value in sizes:
        if value < LOWEST[name]:
            raise Impossible(f"--{option(name)} {value} is not possible: it is at least {LOWEST[name]}")
    return sizes


def _is_whole(text: str) -> bool:
    return text.lstrip("+-").isdecimal() and len(text) < 1_000


def _read_scales(text: str) -> Values:
    try:
        scales = tuple(read_number(part) for part in text.replace("×", "x").lower().split("x"))
    except Impossible:
        scales = ()
    if not scales or len(scales) > MOST_AXES:
        raise Impossible(f"--scale “{printable(text, 30)}” is not a number or HxW, such as 2, 1.5 or 3/2")
    if min(scales) <= 0:
        raise Impossible(f"--scale {min(scales)} is not possible: it is above 0")
    return scales


def has_letters(word: Word, name: str) -> bool:
    """Whether letters stand in a word, other than the x between sizes and the words that have a meaning here."""
    text = str(word).replace("×", "x").lower().strip()
    said = word is None or text == "?" or (name == "out" and text == "same")
    return not said and any(c.isalpha() and c not in "xe" for c in text)


def refuse_letters(who: str, words: Iterable[tuple[str, Word]]) -> None:
    """`Impossible` if letters stand in the word for some name of such a layer."""
    for name, word in words:
        if has_letters(word, name):
            said = f"--{option(name)} “{printable(str(word), 30)}”"
            raise Impossible(f"{who} takes numbers and no letters: give a number for {said}")


def read_layer(
    *,
    transposed: bool,
    pool: bool,
    ceil: bool,
    scaled: bool,
    padding: Word,
    output_padded: bool,
    said: Mapping[str, Word],
) -> Asked:
    """Which layer the options name."""
    kinds: list[tuple[bool, str, Kind]] = [
        (transposed, "--transposed", "transposed convolution"),
        (pool or ceil, "--ceil" if ceil else "--pool", "pooling"),
        (scaled, "--scale", "up-sampling"),
    ]
    chosen = [(word, kind) for there, word, kind in kinds if there]
    if len(chosen) > 1:
        raise Impossible(f"{chosen[0][0]} and {chosen[1][0]} are different layers: ask about one of them")
    kind: Kind = chosen[0][1] if chosen else "convolution"
    if kind == "up-sampling":
        for name, word in said.items():
            if word is not None:
                raise Impossible(f"scaling by a factor has no {WORDS[name]}: leave --{option(name)} out")
    if output_padded and kind != "transposed convolution":
        raise Impossible("--output-padding belongs to a transposed convolution: add --transposed")
    word = str(padding).lower().replace("_", "-") if str(padding).lower().replace("_", "-") in PADDINGS else ""
    padded = not word and padding is not None and str(padding).strip("0x ") != ""
    return Asked(kind, word, ceil, output_padded, padded)


def option(name: str) -> str:
    """The name as an option has it."""
    return name.replace("_", "-")
