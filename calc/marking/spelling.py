"""How people spell numbers: one plain spelling for the signs of pages, word processors and LaTeX, and what commas may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calc.expr import LONGEST_TEXT, NARROW

_SIGNS = NARROW | str.maketrans(
    dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000$\ufeff", " "
    )
    | dict.fromkeys("−–‐‑‒﹣", "-")
    | dict.fromkeys("✕✖⨯╳", "×")
    | dict.fromkeys("∗∙•⋅", "*")
    | dict.fromkeys("÷∕", "/")
    | dict.fromkeys("✓✔!", " ")
    | {"~": "≈", "∴": "⇒", "⟹": "⇒", "⟶": "→", "“": '"', "”": '"'}
)
_LATEX = (
    (r"\\(?:left|right|displaystyle|quad|qquad|limits|,|;|!|:)(?![A-Za-z])", ""),
    (r"\\(?:begin|end)\s*\{[^{}\n]{0,40}\}(?:\s*\{[^{}\n]{0,60}\}|\s*\[[^\]\n]{0,40}\])?", " "),
    (r"\\(?:text|mathrm|mathbf|textbf|boxed|operatorname|mbox)\s*\{([^{}]{0,200})\}", r" \1 "),
    (r"\\times(?![A-Za-z])", "×"),
    (r"\\(?:cdot|ast)(?![A-Za-z])", "*"),
    (r"\\div(?![A-Za-z])", "/"),
    (r"\\lfloor(?![A-Za-z])", "⌊"),
    (r"\\rfloor(?![A-Za-z])", "⌋"),
    (r"\\lceil(?![A-Za-z])", "⌈"),
    (r"\\rceil(?![A-Za-z])", "⌉"),
    (r"\\(?:approx|simeq)(?![A-Za-z])", "≈"),
    (r"\\(?:Rightarrow|implies|Longrightarrow|therefore)(?![A-Za-z])", "⇒"),
    (r"\\(?:to|rightarrow|longrightarrow)(?![A-Za-z])", "→"),
    (r"\\hline(?![A-Za-z])", " "),
    (r"\\[()\[\]]", " "),
    (r"\{,\}", ","),
    (r"\\\\(?:\[[^\]\n]{0,20}\])?", "\n"),
    (r"\\\s*(?=\n|$)", " "),
    (r"&\s*=|=\s*&", "="),
)
_APART = re.compile(r"(?<![\d.,])(\d{1,3})(?:(?:['’]\d{3})+|(?:\.\d{3}){2,})(?![\d.,]*\d)")
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d)")
_DECIMAL = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d.,])")
_POINTS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?![\d.,])")
_DIVIDED = re.compile(r"(?<=[\d)\]])\s?:\s?(?=[\d(\[])")


def plain(text: str) -> str:
    """A reply with one sign for each meaning, without LaTeX's commands, and thousands without the marks that part them."""
    spaced = text.translate(_SIGNS)
    if "\\" in spaced or "&" in spaced or "{" in spaced:
        for pattern, put in _LATEX:
            spaced = re.sub(pattern, put, spaced)
    spaced = re.sub(r" {3,}", "  ", spaced)
    spaced = re.sub(r"\n[ \t]*(?==(?!=))", " ", spaced)  # a line that begins with = goes on with the one before
    spaced = re.sub(r"(\d\.\d+)(?:\.{2,}|…)", r"\1", spaced)
    spaced = re.sub(r"\b(?:math|np|numpy|torch)\.(?=floor|ceil)", "", spaced)
    return _APART.sub(lambda found: re.sub(r"['’.]", "", found[0]), spaced)


def spellings(text: str, *, several: bool = False) -> Iterator[str]:
    """What a reply may mean where it holds commas, points or colons between digits, the likeliest first.

    A comma parts thousands, or numbers, or is a decimal point; where `several` numbers are wanted it parts those first.
    """
    bare = plain(text)
    joined = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), bare)
    told = [bare, joined] if several else [joined, bare]
    if len(bare) <= LONGEST_TEXT:
        told.append(_DECIMAL.sub(r"\1.\2", bare))
        told.append(_POINTS.sub(lambda found: found[0].replace(".", ""), joined))
        told.append(_DIVIDED.sub("/", joined))
    yield from dict.fromkeys(told)


_NUMBERED = re.compile(r"\s*(\d{1,3})[.)]\s+(?=\S)")


def unnumbered(lines: Sequence[str]) -> list[str]:
    """Lines without the numbers of a list before them, 1. 2. 3.; as they are where they are no such list."""
    found = [_NUMBERED.match(line) for line in lines if line.strip()]
    told = [int(each[1]) for each in found if each]
    if len(told) == len(found) > 1 and told == list(range(1, len(told) + 1)):
        return [_NUMBERED.sub("", line, count=1) for line in lines]
    return list(lines)
