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
    (r"\\[dtc]?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}"),
    (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
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
_VULGAR = dict(
    zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒",
        [
            "1/2",
            "1/3",
            "2/3",
            "1/4",
            "3/4",
            "1/5",
            "2/5",
            "3/5",
            "4/5",
            "1/6",
            "5/6",
            "1/7",
            "1/8",
            "3/8",
            "5/8",
            "7/8",
            "1/9",
            "1/10",
        ],
        strict=True,
    )
)
_ONE_SIGN = re.compile(rf"(?:(?<![\d.,])(\d{{1,9}}) ?)?([{''.join(_VULGAR)}])")
_FRAC = re.compile(r"(?:(?<![\d.,^_])(\d{1,9}) ?)?\\frac ?\{ ?(-?\d{1,9}) ?\} ?\{ ?(\d{1,9}) ?\}")
_MIXED = re.compile(r"(?<![\d.,/^])(\d{1,9}) +(\d{1,9}) ?/ ?(\d{1,9})(?!\d|[.,]\d|\s*[/^(])")
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
    spaced = _ONE_SIGN.sub(lambda found: _fraction(found, found[1], *_VULGAR[found[2]].split("/")), spaced)
    if "\\frac" in spaced:
        spaced = _FRAC.sub(lambda found: _fraction(found, *found.groups()), spaced)
    spaced = re.sub(r" {3,}", "  ", spaced)
    spaced = re.sub(r"\n[ \t]*(?==(?!=))", " ", spaced)  # a line that begins with = goes on with the one before
    spaced = re.sub(r"(\d\.\d+)(?:\.{2,}|…)", r"\1", spaced)
    spaced = re.sub(r"\b(?:math|np|numpy|torch)\.(?=floor|ceil)", "", spaced)
    return _APART.sub(lambda found: re.sub(r"['’.]", "", found[0]), spaced)


def unmixed(text: str, *, several: bool = False) -> str:
    """Mixed numbers with a space in them as fractions: 2 3/4 as 11/4; 1 024/2 is none, its space parts thousands.

    Where `several` numbers are wanted a space may part them, too: 1 2 3/4 is 1 and 11/4.
    """

    def one(found: re.Match[str]) -> str:
        thousands = len(found[1]) < 4 and len(found[2]) == 3
        follows = not several and re.search(r"[\d./^] $", found.string[max(found.start() - 2, 0) : found.start()])
        return found[0] if thousands or follows else _fraction(found, *found.groups())

    return _MIXED.sub(one, text)


def _fraction(found: re.Match[str], whole: str | None, top: str, bottom: str) -> str:
    """A fraction with what stands whole before it, in brackets where it would fall apart; as it is if it is no proper one."""
    if whole and not 0 <= int(top) < int(bottom):
        return found[0]
    said = f"{int(whole or 0) * int(bottom) + int(top)}/{int(bottom)}" if whole else f"{top}/{bottom}"
    before, after = found.string[: found.start()].rstrip(), found.string[found.end() :].lstrip()
    apart = re.search(r"[/÷^\w).]$", before) and not found.string[: found.start()].endswith((" ", "\t", "\n"))
    apart = apart or before.endswith(("/", "÷", "^"))
    return (
        f"({said})" if apart or re.match(r"[\^²³(\d]", found.string[found.end() :]) or after.startswith("^") else said
    )


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
