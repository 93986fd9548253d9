"""What stands around a printed module in a text: prompts, fences, colours, marks at the beginning of each line."""

from __future__ import annotations

import re
from itertools import takewhile

BEFORE = re.compile(r"(?:[ \t]*+(?:(?:```|~~~|>>>|\.\.\. |In ?\[\d*\]:|[$%#] )[^\r\n]*+)?(?:\r\n|\r|\n))*+")
"""Lines before it that are no part of it."""

AFTER = re.compile(r"(?:\s*+(?:```|~~~|>>>|In ?\[\d*\]:|[$%#] )[^\r\n]*+)*+\s*+\Z")
"""What may follow it to the end of the text."""

LABEL = re.compile(r"\s*+(?:Out ?\[\d*\]:|\w{1,40}[ \t]?[:=])?\s*+(?=[A-Za-z_(])")
"""What may stand before its class on the same line."""

LEFT_OUT = re.compile(r"^[ \t]*+[([]?(?:\.{3,}+|…)[)\]]?[ \t\r]*+$", re.MULTILINE)
"""A line in place of others."""

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
_MARK = re.compile(r"[^(]*[>#|:\]/*\s-]")
_OPENED = re.compile(r"[A-Za-z_][\w.]*[ \t]*\(\Z")


def bare(text: str) -> str:
    """The text without colours, and without what all its lines begin with, as in a quotation or a log."""
    lines = _COLOUR.sub("", text).split("\n")
    full = [line for line in lines if line.strip()]
    mark = _MARK.match(_alike(min(full), max(full))) if len(full) > 2 else None
    if not mark or not mark[0].strip():
        return "\n".join(lines)
    return "\n".join(line[mark.end() :] if line.startswith(mark[0]) else "" for line in lines)


def _alike(first: str, last: str) -> str:
    """What both begin with, and whatever stands between them in the order of the alphabet."""
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def begins(text: str, first: int) -> int | None:
    """Where the class stands whose first module stands at `first`; None where that is not just before."""
    before = text[:first].rstrip()
    found = _OPENED.search(before, max(0, len(before) - 200))
    return found.start() if found else None
