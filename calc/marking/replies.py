"""What a learner answers, read out of text: numbers and expressions, sizes, matrices, numbers by name.

A reply is a stranger's text: it is bounded, parsed and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calc.errors import Impossible, counted, printable
from calc.exact import Cells
from calc.expr import LONGEST_TEXT, Expr, Num, Number, Op, parse

LONGEST_REPLY = 1_000_000
"""Characters of a reply."""

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
    spaced = text.translate(_SPACES).replace("$", " ").replace("\\times", "×")
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


def read_value(text: str, name: str = "") -> Value:
    """A line such as `(5*5*3+1)*32 = 2432`, `2 432`, `P = 2` or `254 cells`."""
    line = plain(text).strip().rstrip(".;,")
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


def _part(word: str, line: str) -> Expr:
    try:
        expression = read_expression(word)
        if not expression.free:
            expression.value()
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


def read_values(text: str) -> tuple[Value, ...]:
    """Numbers in a row, with names or without: `2432, 51264`, `conv1 = 2432; total = 390410`, lines of a table or a CSV."""
    check_length(text)
    values = tuple(_values(text))
    if not values:
        raise Impossible("the answer is empty: numbers are wanted, such as 2432, 51264 or total = 390410")
    if len(values) > MOST_VALUES:
        raise Impossible(f"the answer has {len(values)} numbers, more than the {MOST_VALUES} that are read")
    return values


def _values(text: str) -> Iterator[Value]:
    for line in re.split(r"[\n;]", plain(text)):
        bare = line.strip().strip("|").strip().rstrip(".")
        if not bare or re.fullmatch(r"[-:|\s=]+", bare):
            continue
        named = re.match(r"(?P<name>[^\W\d][\w .\-]*?(?:\[\d+\])?)\s*(?:[:|\t,]|=(?!=))\s*(?P<rest>.+)$", bare)
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


def _parted(line: str) -> list[str]:
    """The numbers of a line that commas or spaces part."""
    line = _UNITS.sub("", line).rstrip()
    if line[0] in "[(" and line[-1] in "])" and re.fullmatch(r"[\[(][-\d\s.,/]*[\])]", line):
        line = line[1:-1]
    if re.fullmatch(r"\d{1,3}(,\d{3})+,?", line):
        return [line]
    if "," in line:
        depth, parts, start = 0, [], 0
        for i, sign in enumerate(line):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
            if sign == "," and depth <= 0:
                parts.append(line[start:i])
                start = i + 1
        return [part for part in (*parts, line[start:]) if part.strip()]
    if re.fullmatch(r"[-−]?\d{1,3}( \d{3})+", line):  # spaces in the thousands
        return [line]
    if re.fullmatch(r"[-−\d.\s]+", line):
        return line.split()
    return [line]


def check_length(text: str) -> None:
    """`Impossible` for a reply that is too long to be one."""
    if len(text) > LONGEST_REPLY:
        raise Impossible(f"the answer has {len(text)} characters, more than the {LONGEST_REPLY} that are read")
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
    text = re.sub(r"\\\\(?:\[[^\]]*\])?|\\cr(?![a-z])", ";", text).replace("&", " ").replace("−", "-")
    if letters:
        text = re.sub(r"[ \t]*([+*·])[ \t]*|[ \t]([-/])[ \t]", r"\1\2", text)
    if "[" in text:
        text = re.sub(r"\]\s*,?\s*\[", "];[", text).replace("\n", " ")
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
