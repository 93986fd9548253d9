"""Matrices as people answer them: rows, nested lists, LaTeX, what Python, numpy, torch and Mathematica print, or a file."""

from __future__ import annotations

import re
from pathlib import Path

from calc.errors import Impossible, counted, printable
from calc.exact import Cells
from calc.marking.replies import LONGEST_REPLY, check_length
from calc.marking.spelling import plain, unmixed

LONGEST_PATH = 1_000
"""Characters of what may be the name of a file."""

_CALLED = re.compile(r"\s*(?:[^\W\d][\w ]{0,30}(?:\([^()\n]{0,20}\))?\s*[=:]\s*)(?=[-\d\[({.a-z])", re.IGNORECASE)
_MADE = re.compile(r"\s*(?:np\.|numpy\.|torch\.)?(?:array|tensor|matrix|mat|Matrix|Tensor)\s*\((.*)\)\s*", re.DOTALL)
_KIND = re.compile(r",\s*(?:dtype|device|grad_fn|requires_grad)\s*=\s*(?:<[^>\n]*>|'[^'\n]*'|[\w.]+)")


def read_matrix(source: object, *, letters: bool = False, files: bool = True) -> tuple[Cells, int]:
    """A matrix and the decimal places it was written with.

    With `letters` it may be one of letters alone; without `files` it is never the name of a file.
    """
    from calc.images import read_grid, read_image

    if not isinstance(source, str):
        return read_image(source), 0
    check_length(source)
    if not source.strip():
        raise Impossible(
            "the answer is empty: a matrix is wanted, its rows as “1 0 2; 3 2 0” or [[1, 0, 2], [3, 2, 0]]"
        )
    if files and _is_file(source):
        return read_image(source.strip()), 0
    text = _rows(source, letters=letters)
    if not re.search(r"\w" if letters else r"\d", text) and "[" not in text:
        raise Impossible(
            f"“{printable(text, 30)}” is no matrix: give its rows as “1 0 2; 3 2 0” or [[1, 0, 2], [3, 2, 0]], or a file of them"
        )
    cells = read_grid(text.replace("(", " ").replace(")", " "), "the answer", inline=True)
    if cells.numerators.size > LONGEST_REPLY:
        raise Impossible(
            f"the answer has {counted(cells.numerators.size, 'cell')}, more than the {LONGEST_REPLY} that are read"
        )
    return cells, max((len(found) for found in re.findall(r"\.(\d+)", text)), default=0)


def _is_file(source: str) -> bool:
    """Whether a reply names a file: one that is there, or what can be nothing else."""
    name = source.strip()
    if not 0 < len(name) < LONGEST_PATH:
        return False
    try:
        return Path(name).exists() or bool(re.fullmatch(r"[^\[\];,\n]+\.[A-Za-z]\w{0,3}", name))
    except OSError:
        return False


def _rows(source: str, *, letters: bool) -> str:
    """The rows of a matrix parted by semicolons, or by the brackets of nested lists."""
    text = re.sub(r"\\left\s*[\[({|.]|\\right\s*[\])}|.]|\\[{}]", " ", source)
    text = re.sub(r"\\\\(?:\[[^\]\n]*\])?|\\cr(?![a-z])", ";", text)
    text = re.sub(r"\\hline(?![a-z])", " ", text)
    text = plain(text)
    text = unmixed(text, several=True) if re.search("[,&|]", text) else text
    text = _KIND.sub("", text.replace("&", " "))
    if made := _MADE.fullmatch(text):
        text = made[1]
    if called := _CALLED.match(text):
        text = text[called.end() :]
        text = made[1] if (made := _MADE.fullmatch(text)) else text
    text = text.replace("{", "[").replace("}", "]")
    text = re.sub(r"(?<!;);[ \t]*\n[ \t]*(?=[^\s;])", ";", text)
    if letters:
        text = re.sub(r"[ \t]*([+*·])[ \t]*|[ \t]([-/])[ \t]", r"\1\2", text)
    elif not re.search(r"[;\n\[]", text):
        slashed = re.split(r"\s+/\s+", text.strip())
        wide = {len(row.replace(",", " ").split()) for row in slashed}
        text = ";".join(slashed) if len(wide) == 1 and wide != {1} else text
    if re.search(r"\)\s*,?\s*\(", text):
        text = text.replace("(", "[").replace(")", "]")
    if "[" in text:
        text = re.sub(r"\]\s*[,;]?\s*\[", "];[", text).replace("\n", " ")
    if "|" in text and "\n" not in text and re.search(r"\d[\s,]+-?\d[^|]*\|[^|]*\d[\s,]+-?\d", text):
        text = text.strip().strip("|").replace("|", ";")
    if "|" in text:
        text = re.sub(r"^[\s|:-]*-[\s|:-]*$", "", text, flags=re.MULTILINE)
        text = re.sub(r"\s*\n\s*", ";", text.replace("|", " ").strip())
    return re.sub(r"\s*;\s*$", "", text.strip()) if ";" in text else text
