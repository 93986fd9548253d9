"""Numbers in the cells of a layer table: with and without a word, shapes, counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from calc.readers.tables.patterns import waiting
from calc.readers.tables.text import DASHES

_TIMES = r"\s*(?:[x×*✕,]|by)\s*"
_PART = r"(?:[0-9]{1,12}|None|none|-1|\?|[BN](?=\s*[,x×*]))"
_SHAPE = waiting(rf"[(\[]*\s*{_PART}(?:{_TIMES}{_PART})*\s*,?\s*[)\]]*")
_MAPS = waiting(
    r"([0-9]{1,12})\s*(?:@|(?:feature )?maps?(?: of)?(?: size)?)\s*([0-9]{1,12})\s*[x×*]\s*([0-9]{1,12})", re.IGNORECASE
)
NUMBER = r"[0-9]{1,12}"
_SIZE = rf"[(\[]?\s*{NUMBER}(?:\s*[x×*]\s*{NUMBER}|\s*,\s*{NUMBER}(?=[\s\d,]*[)\]]))*\s*[)\]]?"
_IS = r"\s*(?:=|:|of|is)?\s*"
_OF = r"(?:\s*size)?"

_SAID: tuple[tuple[str, str, str], ...] = (
    (
        "kernel_size",
        rf"(?:kernels?|windows?|patch){_OF}|(?:filters?|pool|pooling)[ _](?:size|window)|kernel_size|k|f",
        "after",
    ),
    ("stride", "strides?|step|s", "after"),
    ("padding", "(?:zero[ -]?)?(?:padding|pad|p)", "after"),
    ("dilation", "dilation(?:[ _]rate)?|dilated|rate|d", "after"),
    ("groups", "groups?|g", "after"),
    (
        "out",
        "(?:out|output)[ _]?(?:channels|features|units)?|outputs?|units|neurons|nodes|channels|(?<![0-9] )filters?|num_filters",
        "after",
    ),
    ("in", "(?:in|input)[ _]?(?:channels|features)", "after"),
    ("padding", "(?:zero[ -]?)?(?:padding|pad)", "before"),
    ("stride", "strides?", "before"),
    (
        "out",
        "(?:output |hidden |feature )?(?:filters?|kernels?|units?|neurons?|nodes?|channels?|maps?|outputs?|classes)",
        "before",
    ),
    ("groups", "groups?", "before"),
)
"""Words that an argument stands after or before; “out” are filters of a convolution and units of a linear layer."""

_AFTER = {
    side: tuple(
        (name, waiting(rf"(?<![\w.])(?:{words}){_IS}({_SIZE})(?![\w@.]|\s*[x×])", re.IGNORECASE))
        if side == "after"
        else (name, waiting(rf"(?<![\w.])({_SIZE})\s*-?\s*(?:{words})(?![a-z])", re.IGNORECASE))
        for name, words, where in _SAID
        if where == side
    )
    for side in ("after", "before")
}
_WORDED = (
    (
        "padding",
        "same",
        waiting(r"(?:padding|pad|p)?\s*[=:]?\s*[\"']?\bsame\b[\"']?(?:\s*-?padding)?", re.IGNORECASE),
    ),
    ("padding", 0, waiting(r"(?:padding|pad|p)?\s*[=:]?\s*[\"']?\bvalid\b[\"']?(?:\s*-?padding)?", re.IGNORECASE)),
    ("padding", 0, waiting(r"\b(?:no|without|w/o)[ -]?(?:zero[ -]?)?(?:padding|pad)\b", re.IGNORECASE)),
    ("bias", 0, waiting(r"\b(?:no|without|w/o)[ -]?bias\b|\b(?:use_)?bias\s*=\s*(?:false|no|0)\b", re.IGNORECASE)),
    ("bias", 1, waiting(r"\b(?:use_)?bias\s*=\s*(?:true|yes|1)\b", re.IGNORECASE)),
)
_SHAPES = tuple(
    (
        key,
        waiting(
            rf"(?:{words})(?:[ _]?(?:shape|size|dims?|dimensions?|volume|maps?))?{_IS}[(\[]?\s*({NUMBER}(?:\s*[x×*,]\s*{NUMBER}){{1,3}})\s*[)\]]?",
            re.IGNORECASE,
        ),
    )
    for key, words in (("output", r"\bout(?:puts?)?|->|→|⇒|=>"), ("input", r"\bin(?:puts?)?"))
)
"""What a layer gets or gives, said in words: outputs 28x28x6."""
_OVER = waiting(rf"(?<![\w])/\s*({NUMBER})\b|(?<=[0-9])\s*/\s*({NUMBER})\b|\b[sS]({NUMBER})\b")
_DEEP = waiting(rf"({NUMBER})\s*@\s*({NUMBER}(?:\s*[x×*]\s*{NUMBER})*)")
_FLOW = waiting(rf"(?<![\dx×*.])({NUMBER})\s*(?:->|→|–>)\s*({NUMBER})(?!\s*[x×*\d.])")
"""3136 → 10"""
_MANY = waiting(
    rf"({NUMBER})\s+({NUMBER}\s*[x×*]\s*{NUMBER})\s*-?(?:filters?|kernels?|convolutions?|conv)\b", re.IGNORECASE
)
"""8 3×3 convolutions"""
_SIZES = waiting(rf"[(\[]?\s*{NUMBER}(?:\s*[x×*]\s*{NUMBER})+\s*[)\]]?|[(\[]\s*{NUMBER}\s*,\s*{NUMBER}\s*[)\]]")
_ALONE = waiting(rf"(?<![\w.])({NUMBER})(?![\w.%])")

_SIGNS = waiting(r"[\s0-9x×*,.;/()+-]*")
"""A cell of numbers and signs, without words."""

Numbers = tuple[int, ...]


@dataclass
class Said:
    """The numbers of a layer by torch's names, but for “out” and “in”; sizes and numbers without a word apart."""

    given: dict[str, Numbers | str] = field(default_factory=dict)
    sizes: list[Numbers] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rest: str = ""

    def take(self, other: Said) -> None:
        """What another cell of the row says, where this one does not."""
        self.given = {**other.given, **self.given}
        self.sizes += other.sizes
        self.numbers += other.numbers


def read_said(text: str) -> Said:
    """The numbers in a text, with the words that they stand by; what is left of the text beside them."""
    said = Said()
    lettered = not _SIGNS.fullmatch(text)
    for name, value, pattern in _WORDED if lettered else ():
        if pattern.search(text):
            said.given.setdefault(name, value if isinstance(value, str) else (value,))
            text = pattern.sub(" ", text)
    if not any(map(str.isdigit, text)):
        said.rest = text
        return said
    if lettered or "@" in text:
        text = _worded(text, said)
    for found in _OVER.finditer(text):
        said.given.setdefault("stride", numbers_in(found[0]))
    text = _OVER.sub(" ", text)
    said.sizes += [numbers_in(found[0]) for found in _SIZES.finditer(text)]
    text = _SIZES.sub(" ", text)
    said.numbers += [int(found[1]) for found in _ALONE.finditer(text)]
    said.rest = _ALONE.sub(" ", text)
    return said


def _worded(text: str, said: Said) -> str:
    """Take the numbers that stand by words; the text without them."""
    if flow := _FLOW.search(text):
        said.given.update({"in": (int(flow[1]),), "out": (int(flow[2]),)})
        text = _FLOW.sub(" ", text)
    for key, pattern in _SHAPES:
        if found := pattern.search(text):
            said.given.setdefault(key, numbers_in(found[1]))
            text = pattern.sub(" ", text)
    for found in _MANY.finditer(text):
        said.given.setdefault("out", (int(found[1]),))
        said.given.setdefault("kernel_size", numbers_in(found[2]))
    text = _MANY.sub(" ", text)
    for found in _DEEP.finditer(text):
        said.given.setdefault("out", (int(found[1]),))
        said.sizes.append(numbers_in(found[2]))
    text = _DEEP.sub(" ", text)
    for side in ("after", "before"):
        for name, pattern in _AFTER[side]:
            for found in pattern.finditer(text):
                key = "kernel_size" if name == "out" and len(numbers_in(found[1])) > 1 else name
                said.given.setdefault(key, numbers_in(found[1]))
            text = pattern.sub(" ", text)
    return text


def numbers_in(text: str) -> Numbers:
    return tuple(int(n) for n in re.findall(NUMBER, text))


def is_dash(cell: str) -> bool:
    """Whether a cell says nothing."""
    return cell.strip().lower() in DASHES | {"none"}


def is_ditto(cell: str) -> bool:
    """Whether a cell says that it is as the one above."""
    return cell.strip().lower() in ('"', "''", "〃", "ditto", "same as above", "as above", "idem", "”", "“")


class Shaped(NamedTuple):
    """A shape as a cell has it; `first` says whether its channels stand first, None if that is open."""

    sizes: Numbers
    first: bool | None = None
    batched: bool = False
    open: bool = False
    """Whether sizes along its axes are not said: (None, None, 64)."""


def read_shape_cell(cell: str) -> Shaped | None:
    """The shape in a cell, without the batch; None if the cell is no shape."""
    cell = re.sub(r"([0-9]{1,6})\s*(?:²|\^\{?2\}?)", r"\1x\1", cell.strip())
    if maps := _MAPS.search(cell):
        return Shaped(tuple(map(int, maps.groups())), first=True)
    cell = re.sub(
        r"\s*(?:rgb|grayscale|greyscale|gr[ae]y|images?|pixels?|px|colou?r|features?)\b", "", cell, flags=re.IGNORECASE
    )
    if (whole := re.fullmatch(r"([0-9]{1,3})((?:,[0-9]{3})+)", cell)) and whole[2] != f",{whole[1]}":
        cell = cell.replace(",", "")
    found = _SHAPE.fullmatch(cell)
    if not found:
        return None
    parts = re.findall(_PART, cell)
    batched = len(parts) > 1 and not parts[0].isdigit()
    sizes = parts[batched:]
    known = [part for part in sizes if part.isdigit() and int(part)]
    if len(known) == 1 < len(sizes) and not any(part.isdigit() for part in sizes if part not in known):
        return Shaped((int(known[0]),), open=True)
    if not all(part.isdigit() and int(part) for part in sizes):
        return None
    return Shaped(tuple(map(int, sizes)), None, batched)


class Counted(NamedTuple):
    """A number of parameters as a cell has it: 61,706 exactly, 61.7k within half a unit of its last digit."""

    number: int
    within: int
    written: str

    def fits(self, number: int) -> bool:
        return abs(number - self.number) <= self.within


_TENSORS = waiting(r"(?:[A-Za-z]+:?\s+[0-9]{1,9}(?:\s*[x×]\s*[0-9]{1,9}){1,4}[,;\s]*){1,8}")
"""Weights 3×3×1×8, Bias 1×1×8"""
_COUNT = waiting(
    r"([0-9]{1,3}(?:[ ,.'\u2009\u202f_][0-9]{3})+|[0-9]+)([.,][0-9]+)?\s*([kKmMbB]|million|Million)?(?![\w])"
)


def read_count(cell: str) -> Counted | None:
    """The number of parameters in a cell, which may be worked out there: (5·5·3 + 1)·32 = 2 432; None if there is none."""
    cell = cell.strip()
    if _TENSORS.fullmatch(cell):
        number = sum(prod(numbers_in(part)) for part in re.findall(r"[0-9]+(?:\s*[x×]\s*[0-9]+)+", cell))
        return Counted(number, 0, cell)
    last = cell.rpartition("=")[2].strip().strip("*~≈ ")
    found = _COUNT.match(last)
    if not found or (
        found.end() != len(last) and not re.match(r"\s*(?:\(|param|weights|trainable)", last[found.end() :])
    ):
        return None
    whole = re.sub(r"\D", "", found[1])
    if len(whole) > 18 or (found[2] and not found[3]):
        return None
    unit = {"": 1, "k": 1000, "m": 10**6, "b": 10**9}[(found[3] or "").lower()[:1]]
    places = (found[2] or "")[1:]
    if unit > 1 and not places and "." in found[1]:
        whole, places = re.sub(r"\D.*", "", found[1]), re.sub(r"^\d+\D", "", found[1])
    if len(places) > 9:
        return None
    number = int(whole + places) * unit // 10 ** len(places)
    within = 0 if unit == 1 else unit // (2 * 10 ** len(places))
    return Counted(number, within, found[0].strip())
