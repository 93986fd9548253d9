"""What a learner answers, read out of text: numbers and expressions, sizes, numbers by name.

A reply is a stranger's text: it is bounded, parsed and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from calc.errors import Impossible, printable
from calc.expr import LONGEST_TEXT, Expr, Num, Number, Op, parse
from calc.marking.spelling import plain, unmixed, unnumbered

LONGEST_REPLY = 1_000_000
"""Characters of a reply."""

LONGEST_LINES = 20_000
"""Characters of sizes, and of working."""

MOST_BITS = 13_000
"""Bits of a number: Python spells no longer one out."""

MOST_VALUES = 10_000
"""Numbers of a reply that is no matrix."""

DEEPEST = 60
"""Brackets within brackets of an expression."""


@dataclass(frozen=True)
class Value:
    """A number as it was written: what stands after the last equals sign, and all that stands before.

    `name` is what it was called, such as conv1; `parts` are the expressions of its line in order, the last one its value.
    """

    text: str
    parts: tuple[Expr, ...]
    name: str = ""

    @property
    def expression(self) -> Expr:
        """What the value is said to be: the last of its parts that is worked out, as in 9 = 512 − 504 + 1."""
        return next((part for part in reversed(self.parts) if _is_plain(part)), self.parts[-1])

    @property
    def calculated(self) -> Value:
        """The same with what its first calculation comes to for its value, whatever was written after it."""
        first = next((part for part in self.parts if not _is_plain(part)), self.parts[0])
        return Value(self.text, (first,), self.name)

    @property
    def number(self) -> Number:
        """The value as a number; `Impossible` where letters stand in it."""
        if self.expression.free:
            raise Impossible(f"“{printable(self.text, 40)}” has letters in it: a number is wanted")
        return self.expression.value()


def _is_plain(part: Expr) -> bool:
    """A number by itself, not a calculation."""
    match part:
        case Num() | Op("neg", (Num(),)) | Op("/", (Num(), Num())):
            return True
    return False


FULL = 6
"""Decimal places beyond which a number is taken for what a calculator or float32 prints of one."""

MOST_PLACES = 60
"""Decimal places that are looked into."""


def written_for(decimal: Number, number: Number) -> bool:
    """Whether a decimal is what a number is rounded to, 2.33 for 7/3, or what a machine prints of it, 2.3333332538."""
    places = next((n for n in range(1, MOST_PLACES) if decimal.denominator > 1 and 10**n % decimal.denominator == 0), 0)
    off = abs(Fraction(decimal) - number) * 2
    return (
        places > 0
        and number.denominator > 1
        and (off * 10**places <= 1 or (places > FULL and off * 10**FULL <= abs(number)))
    )


_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_BRACKETS = str.maketrans({"[": "(", "]": ")", "{": "(", "}": ")"})
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_UNITS = re.compile(
    r"(?<=[\d)\s])\s*(?:(?<=\d)|\b)(params?|parameters?|weights?|cells?|pixels?|px|macs?|flops?|zeros?|features?|feature maps?|maps?|images?|neurons?|units?|elements?|kernels?|filters?|values?|bytes?|B|in total|altogether|(?:on|at|per|for) (?:each|every|both|either) sides?|per side|wide|high)\b\.?\s*$",
    re.IGNORECASE,
)
EQUALS = re.compile(r"⇒|→|≈|==|=>|->|=")


def read_expression(text: str) -> Expr:
    """An expression as people write it: 5·5·3 + 1, [(502−2+0)/2]+1, \\frac{504-2}{2}, 5², 1.5."""
    if len(text) > LONGEST_TEXT:
        raise Impossible(f"the expression has {len(text)} characters, more than the {LONGEST_TEXT} that are read")
    spelled = re.sub(r"\bin\b", "n", text)  # a word of Python's
    spelled = _FRACTION.sub(r"((\1)/(\2))", unmixed(plain(spelled))).translate(_BRACKETS)
    spelled = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(_POWERS), spelled)
    spelled = re.sub(r"(?<=[\d)])\s*[xX]\s*(?=[\d(])", "*", spelled)
    spelled = re.sub(r"(?<![\w.,])(\d{1,3})((?:,\d{3})+)(?![\d,.])", lambda m: m[1] + m[2].replace(",", ""), spelled)
    spelled = re.sub(
        r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([-+]?\d{1,3})(?![\w.])", lambda m: f"({m[1]}*10^({int(m[2])}))", spelled
    )
    spelled = re.sub(r"(?<![\w.])(\d*)\.(\d+)(?![\w.])", _decimal, spelled)
    depth = deepest = 0
    for sign in spelled:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise Impossible(
            f"the expression has {deepest} brackets within each other, more than the {DEEPEST} that are read"
        )
    return parse(spelled)


def _decimal(found: re.Match[str]) -> str:
    return f"({int(found[1] + found[2])}/1{'0' * len(found[2])})"


def read_value(text: str, name: str = "", *, sized: bool = False) -> Value:
    """A line such as `(5*5*3+1)*32 = 2432`, `2 432`, `P = 2` or `254 cells`; where it is `sized`, 252x252 at its end is 252."""
    if len(text) > LONGEST_TEXT:
        raise Impossible(f"a line of the answer has {len(text)} characters, more than the {LONGEST_TEXT} that are read")
    line = plain(text).strip().rstrip(".;,")
    if sized:
        line = _SQUARE.sub(_side, line)
    if found := re.match(r"([^\W\d][^:=()]{0,60}):\s*(?=[-(\[⌊\\\d])", line):
        name, line = name or found[1].strip(), line[found.end() :]
    if not line:
        raise Impossible("the answer is empty: a number is wanted, such as 252 or (5*5*3+1)*32")
    parts: list[Expr] = []
    for part in EQUALS.split(_UNITS.sub("", line)):
        word = part.strip()
        if not word and not parts:
            continue  # = 252
        if not parts and re.fullmatch(r"[^\W\d]\w*(?:\s[^\W\d]\w*)*", word) and EQUALS.search(line):
            name = name or word
            continue
        parts.append(_part(word, line))
    if not parts:
        raise Impossible(f"“{printable(line, 40)}” ends without a number")
    return Value(line, tuple(parts), name)


_SQUARE = re.compile(r"(?<=[=:→⇒≈>])\s*\d+(?:\s*[x×X]\s*\d+)+\s*$")


def _side(found: re.Match[str]) -> str:
    """One side of a square or cube; sizes that are not alike as they are."""
    sides = re.findall(r"\d+", found[0])
    if len(sides) > 2 and sides[-1] != sides[-2]:
        sides = sides[:-1]  # channels behind
    elif len(sides) > 2 and sides[0] != sides[1]:
        sides = sides[1:]
    return f" {sides[0]}" if len(set(sides)) == 1 else found[0]


def _part(word: str, line: str) -> Expr:
    try:
        expression = read_expression(word)
        if not expression.free and abs(expression.value().numerator).bit_length() > MOST_BITS:
            raise Impossible(f"“{printable(line, 40)}” comes to a number that is too large to work with")
    except Impossible as fault:
        said = str(fault)
        if "cannot be read" in said or said.startswith("an expression holds"):
            raise Impossible(
                f"“{printable(line, 40)}” is no answer that can be read: a number or an expression is wanted, such as 252 or (5*5*3+1)*32"
            ) from None
        raise
    return expression


_SIZES = re.compile(
    r"(\d+(?:\s*(?:[x×X*·]|by)\s*\d+)+)|(?:torch\.Size)?[(\[]{1,2}\s*(\d+(?:\s*[,;]\s*\d+)+)\s*,?\s*[)\]]{1,2}"
)


def read_sizes_said(text: str) -> tuple[int, ...] | None:
    """250x250, 32 × 16 or (250, 250) as sizes; None where it is anything else."""
    found = _SIZES.fullmatch(_UNITS.sub("", plain(text)).strip())
    return tuple(int(n) for n in re.findall(r"\d+", found[0])) if found else None


def read_values(text: str, names: Collection[str] = ()) -> tuple[Value, ...]:
    """Numbers in a row, with names or without: `2432, 51264`, `conv1 = 2432; total = 390410`, lines of a table or a CSV.

    `names` may stand before a number though they are numbers themselves: `0 = 448`.
    """
    check_length(text)
    values = tuple(_values(text, names))
    if not values:
        raise Impossible("the answer is empty: numbers are wanted, such as 2432, 51264 or total = 390410")
    if len(values) > MOST_VALUES:
        raise Impossible(f"the answer has {len(values)} numbers, more than the {MOST_VALUES} that are read")
    return values


_NAMED = re.compile(
    r"(?P<name>[^\W\d][\w .\-]*?(?:\[\d+\])?|\(\d+(?:\.\d+)*\))\s*(?:[:|\t,→]|->|=(?!=)|\b(?:is|has|are|have)\b)\s*(?P<rest>.+)$"
)
_BEFORE = re.compile(r"(?P<name>[^\W\d][\w.\-]*(?:\[\d+\])?(?: \d{1,2})?)\s*(?:\s|\(\s*)(?P<rest>\d+)\s*\)?$")
_AFTER = re.compile(r"(?P<rest>\d+)\s*(?:\(\s*|\s(?:in|for|from)\s+)(?P<name>[^\W\d][\w .\-]*)\)?$")
_DIGITS = re.compile(r"(?P<name>\d+(?:\.\d+)*)\s*[:=|\t]\s*(?P<rest>.+)$")


def _values(text: str, names: Collection[str]) -> Iterator[Value]:
    for line in unnumbered(re.split(r"[\n;]", _unquoted(plain(text)))):
        bare = line.strip().strip("|").strip().rstrip(".")
        if not bare or re.fullmatch(r"[-:|\s=]+", bare):
            continue
        several: list[tuple[str, str] | None] = []
        if len(bare) <= LONGEST_TEXT and re.search(r"\d", bare):
            parts = [part.strip() for part in parted(re.sub(r"\band\b", ",", bare), ",") if part.strip()]
            several = [_named(part, names) for part in parts]
        if len(several) > 1 and all(several):
            yield from (read_value(told, called) for called, told in filter(None, several))
            continue
        if named := _named(bare, names):
            name, rest = named
            cells = [cell.strip() for cell in re.split(r"[|\t]", rest) if cell.strip()]
            number = next((cell for cell in reversed(cells) if re.search(r"\d", cell)), None)
            if number is None:
                continue  # a heading
            yield read_value(number, name)
            continue
        if not re.search(r"\d", bare):
            continue  # a heading
        for cell in re.split(r"[|&\t]", bare):
            if re.search(r"\d", cell):
                yield from map(_read_part, _parted(cell.strip()))


def _read_part(part: str) -> Value:
    """One number of a row: `(5*5+1)*6 = 156`, or the total behind others, `total 2572`."""
    try:
        return read_value(part)
    except Impossible:
        if named := _named(part.strip(), ()):
            return read_value(named[1], named[0])
        raise


def _unquoted(text: str) -> str:
    """A reply without quotation marks, and without the braces of a dictionary around it."""
    text = re.sub(r"['’](?=[^\W\d])([^'’\n]{1,60})['’]", r"\1", text.replace('"', ""))
    inner = re.fullmatch(r"\s*\{([^{}]*:[^{}]*)\}\s*", text)
    return inner[1] if inner else text


def _named(line: str, names: Collection[str]) -> tuple[str, str] | None:
    """What a number is called, and the number, where a line says both."""
    for pattern in (_NAMED, _BEFORE, _AFTER, _DIGITS):
        found = pattern.match(line) if len(line) <= LONGEST_TEXT else None
        if found and (pattern is not _DIGITS or found["name"] in names) and re.search(r"\d", found["rest"]):
            return found["name"].strip("() "), found["rest"]
    return None


def parted(text: str, signs: str) -> list[str]:
    """A text parted at these signs, save within brackets."""
    depth, parts, start = 0, [], 0
    for i, sign in enumerate(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if sign in signs and depth <= 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d.]|,\d)")


def _parted(line: str) -> list[str]:
    """The numbers of a line that commas or spaces part; a comma before three digits beside other signs parts thousands."""
    line = _UNITS.sub("", line).rstrip()
    many = len(_THOUSANDS.findall(line))
    summed = (many > 1 or "=" in line) and re.search(r"[-+*/·×=]", line)
    if many and (summed or re.search(r",\s|\d\s+\d", line)):
        line = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), line)
    if line[0] in "[(" and line[-1] in "])" and re.fullmatch(r"[\[(][-\d\s.,/]*[\])]", line):
        line = line[1:-1]
    if re.fullmatch(r"\d{1,3}(,\d{3})+,?", line):
        return [line]
    if "," in line:
        return [part for part in parted(line, ",") if part.strip()]
    if re.fullmatch(r"[-−]?\d{1,3}( \d{3})+", line):  # spaces in the thousands
        return [line]
    if re.fullmatch(r"[-−\d.\s]+", line):
        return line.split()
    return [line]


_NOT = re.compile(r"\b(?:not|no|never|neither|nor|cannot|wrong|isn|without|except|doesn|aren|don)\b", re.IGNORECASE)
_IS = re.compile(
    r"\b(?:is|are|equals?|becomes?|gives?|makes?|gets?|got|to|of|be|has|have|yields?)"
    r"(?:\s+(?:then|therefore|exactly|about|approximately|simply|just|equal|to|now|again|also|a|an|the))*\s*:?\s+(?=[\d(\[⌊-])",
    re.IGNORECASE,
)
_FILLING = re.compile(
    r"\s*(?:(?:so|thus|hence|therefore|then|the|answer|answers|ans|result|final|i|we|you|get|got|think|it|its|my|our|that|which|"
    r"this|a|an|and|solution|about|approximately|approx|roughly|around|only|must|should|can|be|will|has|have|image|map|feature|"
    r"there|size|output|spatial|resulting|new|each|every|is|are|with|just)\b[\s,:.]*)+",
    re.IGNORECASE,
)
_BECAUSE = re.compile(r"(?<=[\d)\]])\s*[,.;:-]?\s*\b(?:because|since|as|which)\b.*$", re.IGNORECASE | re.DOTALL)


def unworded(text: str) -> str:
    """A sentence without its words, “the output is 252, because …”, as 252; the same where it denies something."""
    if len(text) > LONGEST_TEXT or _NOT.search(text):
        return text
    said = _IS.sub("= ", _BECAUSE.sub("", text)).rstrip(". ")
    found = _FILLING.match(said)
    rest = said[found.end() :].lstrip("= ") if found else said
    return rest if re.match(r"[\d=(\[⌊-]", rest) or not found else said


def check_length(text: str, most: int = LONGEST_REPLY) -> None:
    """`Impossible` for a reply that is too long to be one."""
    if len(text) > most:
        raise Impossible(f"the answer has {len(text)} characters, more than the {most} that are read")
    if "\0" in text:
        raise Impossible("the answer is not text")
