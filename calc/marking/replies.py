"""What a learner answers, read out of text: numbers and expressions, sizes, matrices, numbers by name.

A reply is a stranger's text: it is bounded, parsed and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from calc.errors import Impossible, counted, printable
from calc.exact import Cells
from calc.expr import LONGEST_TEXT, Expr, Num, Number, Op, parse

LONGEST_REPLY = 1_000_000
"""Characters of a reply."""

LONGEST_LINES = 20_000
"""Characters of sizes, and of working."""

MOST_BITS = 13_000
"""Bits of a number: Python spells no longer one out."""

MOST_VALUES = 10_000
"""Numbers of a reply that is no matrix."""

LONGEST_PATH = 1_000
"""Characters of what may be the name of a file."""

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


def written_for(decimal: Number, number: Number) -> bool:
    """Whether a decimal is what a number is rounded to: 2.33 for 7/3."""
    places = next((n for n in range(1, 7) if decimal.denominator > 1 and 10**n % decimal.denominator == 0), 0)
    return places > 0 and number.denominator > 1 and abs(Fraction(decimal) - number) * 2 * 10**places <= 1


_LATEX = (
    (r"\\(?:left|right|,|;|!|quad)", ""),
    (r"\\(?:cdot|times|ast)(?![A-Za-z])", "*"),
    (r"\\div(?![A-Za-z])", "/"),
    (r"\\lfloor(?![A-Za-z])", "⌊"),
    (r"\\rfloor(?![A-Za-z])", "⌋"),
    (r"\\lceil(?![A-Za-z])", "⌈"),
    (r"\\rceil(?![A-Za-z])", "⌉"),
    (r"\\approx(?![A-Za-z])", "≈"),
    (r"\\d?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))"),
)
_SIGNS = str.maketrans(
    {"÷": "/", "∗": "*", "∙": "*", "•": "*", "–": "-", "[": "(", "]": ")", "{": "(", "}": ")", "$": " "}
)
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_UNITS = re.compile(
    r"(?<=[\d)\s])\s*(?:(?<=\d)|\b)(params?|parameters?|weights?|cells?|pixels?|px|macs?|flops?|zeros?|features?|values?|bytes?|B|in total|altogether|(?:on|at|per|for) (?:each|every|both|either) sides?|per side|wide|high)\b\.?\s*$",
    re.IGNORECASE,
)
EQUALS = re.compile(r"⇒|→|≈|==|=>|->|=")


_SPACES = str.maketrans(
    dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
)
_APART = re.compile(r"(?<![\d.,])(\d{1,3})(?:(?:['’]\d{3})+|(?:\.\d{3}){2,})(?![\d.,]*\d)")


def plain(text: str) -> str:
    """A reply with every space a space, without LaTeX's dollars, and thousands without the marks that part them."""
    spaced = re.sub(r" {3,}", "  ", text.translate(_SPACES).replace("$", " ").replace("\\times", "×"))
    return _APART.sub(lambda found: re.sub(r"['’.]", "", found[0]), spaced)


def read_expression(text: str) -> Expr:
    """An expression as people write it: 5·5·3 + 1, [(502−2+0)/2]+1, \\frac{504-2}{2}, 5², 1.5."""
    if len(text) > LONGEST_TEXT:
        raise Impossible(f"the expression has {len(text)} characters, more than the {LONGEST_TEXT} that are read")
    spelled = re.sub(r"\bin\b", "n", text)  # a word of Python's
    for pattern, put in _LATEX:
        spelled = re.sub(pattern, put, spelled)
    spelled = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(_POWERS), spelled.translate(_SIGNS))
    spelled = re.sub(r"(?<=[\d)])\s*[xX]\s*(?=[\d(])", "*", spelled)
    spelled = re.sub(r"(?<![\w.,])(\d{1,3})((?:,\d{3})+)(?![\d,.])", lambda m: m[1] + m[2].replace(",", ""), spelled)
    spelled = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([-+]?\d{1,3})(?![\w.])", r"(\1*10^(\2))", spelled)
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
    if found := re.match(r"([^\W\d][^:=\d()]{0,60}):\s*(?=[-−(\[⌊\\\d])", line):
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
    sides = set(re.findall(r"\d+", found[0]))
    return f" {sides.pop()}" if len(sides) == 1 else found[0]


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
    r"(\d+(?:\s*(?:[x×X✕*·]|by)\s*\d+)+)|(?:torch\.Size)?[(\[]{1,2}\s*(\d+(?:\s*,\s*\d+)+)\s*,?\s*[)\]]{1,2}"
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


_NAMED = r"[^\W\d][\w .\-]{0,60}(?:\[\d+\])?\s*[:=]\s*[\d(\[]"
"""A name and the beginning of its number."""


def _values(text: str, names: Collection[str]) -> Iterator[Value]:
    text = plain(text).replace("&", ",")
    if re.fullmatch(r"\s*\{.*\}\s*", text, re.DOTALL) and ":" in text:
        text = re.sub(r"[{}\"']", " ", text)
    for line in re.split(rf"[\n;]|,\s*(?={_NAMED})", text):
        bare = line.strip().strip("|").strip().rstrip(".")
        if not bare or re.fullmatch(r"[-:|\s=]+", bare):
            continue
        named = re.match(r"(?P<name>[^\W\d][\w .\-]*?(?:\[\d+\])?)\s*(?:[:|\t,]|=(?!=))\s*(?P<rest>.+)$", bare)
        if named is None:
            digits = re.match(r"(?P<name>\d+(?:\.\d+)*)\s*[:=]\s*(?P<rest>.+)$", bare)
            named = digits if digits and digits["name"] in names else None
        if named:
            rest = named["rest"]
            cells = [cell.strip() for cell in re.split(r"[|\t]", rest) if cell.strip()]
            told = next((cell for cell in reversed(cells) if re.search(r"\d", cell)), None)
            if told is None:
                continue  # a heading
            yield read_value(told, named["name"].strip())
            continue
        if not re.search(r"\d", bare):
            continue  # a heading
        for part in _parted(bare):
            yield read_value(part)


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


def check_length(text: str, most: int = LONGEST_REPLY) -> None:
    """`Impossible` for a reply that is too long to be one."""
    if len(text) > most:
        raise Impossible(f"the answer has {len(text)} characters, more than the {most} that are read")
    if "\0" in text:
        raise Impossible("the answer is not text")


def read_matrix(source: object, *, letters: bool = False, files: bool = True) -> tuple[Cells, int]:
    """A matrix and the decimal places it was written with: rows, nested lists, LaTeX's bmatrix, what numpy prints, or a file.

    With `letters` it may be one of letters alone; without `files` it is never the name of a file.
    """
    from calc.images import read_grid, read_image

    if not isinstance(source, str):
        return read_image(source), 0
    check_length(source)
    text = re.sub(
        r"\\(?:begin|end)\s*\{[^{}]*\}(?:\[[^\]]*\])?|\\(?:left|right)\s*[\[\](){}.|]|\\h?line|\$", " ", source
    )
    text = re.sub(r"\\\\(?:\[[^\]]*\])?|\\cr(?![a-z])", ";", text).replace("&", " ")
    text = re.sub(r"[−–](?=\s*\d)", "-", text).replace("{", "[").replace("}", "]")
    text = re.sub(r"^\s*[^\W\d]\w*\s*=\s*(?=[\[(-]|\d)|,\s*dtype\s*=\s*[\w.]+", "", text)
    text = re.sub(r"(?<=\d)\s+/\s+(?=-?\d+[\s,])", "; ", text)
    if letters:
        text = re.sub(r"[ \t]*([+*·])[ \t]*|[ \t]([-/])[ \t]", r"\1\2", text)
    if re.search(r"\)\s*,?\s*\(", text):
        text = text.replace("(", "[").replace(")", "]")
    if "[" in text:
        text = re.sub(r"\]\s*,?\s*\[", "];[", text).replace("\n", " ")
    if "|" in text and "\n" not in text and re.search(r"\d[\s,]+-?\d[^|]*\|[^|]*\d[\s,]+-?\d", text):
        text = text.strip().strip("|").replace("|", ";")
    if "|" in text:
        text = re.sub(r"^[\s|:-]*-[\s|:-]*$", "", text, flags=re.MULTILINE)
        text = re.sub(r"\s*\n\s*", ";", text.replace("|", " ").strip())
    text = re.sub(r"\s*;\s*$", "", text.strip()) if ";" in text else text
    text = re.sub(r"^(?:np\.|numpy\.|torch\.)?(?:array|tensor|matrix)\((.*)\)$", r"\1", text, flags=re.DOTALL)
    is_file = files and len(text) < LONGEST_PATH and _exists(text)
    if is_file or (files and re.fullmatch(r"[^\[\];,\n]+\.\w{1,4}", text)):
        cells = read_image(text)
    elif re.search(r"\w" if letters else r"\d", text) or "[" in text:
        cells = read_grid(text.replace("(", " ").replace(")", " "), "the answer", inline=True)
    else:
        raise Impossible(
            f"“{printable(text, 30)}” is no matrix: give its rows as “1 0 2; 3 2 0” or [[1, 0, 2], [3, 2, 0]], or a file of them"
        )
    if cells.numerators.size > LONGEST_REPLY:
        raise Impossible(
            f"the answer has {counted(cells.numerators.size, 'cell')}, more than the {LONGEST_REPLY} that are read"
        )
    places = max((len(found) for found in re.findall(r"\.(\d+)", text)), default=0) if not is_file else 0
    return cells, places


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return False
