"""How often a row comes, and the convolutions in brackets that it repeats: [3×3, 64; 3×3, 64] ×2."""

from __future__ import annotations

import re
from collections.abc import Mapping

from calc.readers.tables.numbers import Numbers
from calc.readers.tables.patterns import waiting

MOST_TIMES = 1000
"""How often a row may come."""

_BEFORE = waiting(r"^\s*([0-9]{1,3})\s*[x×*]\s*(?=[A-Za-z(\[])(?!\s*[x×])", re.IGNORECASE)
_AFTER = (
    waiting(r"(?<=[\])A-Za-z])\s*[(\[]?\s*[x×*]\s*([0-9]{1,3})\s*[)\]]?\s*$"),
    waiting(r"\s[(\[]?[x×*]([0-9]{1,3})[)\]]?\s*$"),
    waiting(r"\s*\(\s*[x×*]\s*([0-9]{1,3})\s*\)"),
    waiting(r"[\s,(]+(?:repeat(?:ed)?\s*)?([0-9]{1,3})\s*(?:times|x|×)\s*\)?\s*$", re.IGNORECASE),
    waiting(r"[\s,(]+repeat(?:ed)?\s*(?:[x×:=]\s*)?([0-9]{1,3})\b\s*\)?", re.IGNORECASE),
)
_WORDS: Mapping[str, int] = {"twice": 2, "thrice": 3}
_WORDED = waiting(r"[\s,(]+(?:repeated\s+)?(twice|thrice)\b\)?", re.IGNORECASE)
_CONVOLUTION = waiting(
    r"(?:conv\w*\s*)?([0-9]{1,2})\s*[x×]\s*([0-9]{1,2})\s*(?:conv\w*)?\s*[,\s]\s*([0-9]{1,5})(?:-d)?(?![0-9]*\s*[x×]\s*[0-9])",
    re.IGNORECASE,
)


def read_times(cell: str) -> tuple[str, int]:
    """A cell without the words that say how often it comes, and how often."""
    if found := _BEFORE.match(cell):
        return cell[found.end() :], int(found[1])
    for pattern in _AFTER:
        if found := pattern.search(cell):
            return f"{cell[: found.start()]}{cell[found.end() :]}".strip(), int(found[1])
    if worded := _WORDED.search(cell):
        return f"{cell[: worded.start()]}{cell[worded.end() :]}".strip(), _WORDS[worded[1].lower()]
    return cell, 1


def read_block(cell: str) -> list[Numbers]:
    """The kernels and filters of convolutions that stand together in brackets; none if the cell is no such block."""
    bare = cell.strip()
    return read_convolutions(bare) if bare.startswith(("[", "(", "{")) and bare.endswith(("]", ")", "}")) else []


def read_convolutions(bare: str) -> list[Numbers]:
    """The kernels and filters of several convolutions in one cell: 3×3, 64, 3×3, 64; none if it is something else."""
    found = _CONVOLUTION.findall(bare)
    rest = _CONVOLUTION.sub("", bare)
    if len(found) < 2 or re.search(r"[A-Za-z0-9]", rest) or any(a != b for a, b, _ in found):
        return []
    return [(int(kernel), int(filters)) for kernel, _, filters in found]
