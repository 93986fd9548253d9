"""Plain text: the lines of the layout without their roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from calc.derivation import Check, Derivation
from explain.layout import check_lines, lines

WIDTH = 80


def render(derivation: Derivation, checks: Iterable[Check] = (), width: int = WIDTH) -> Iterator[str]:
    """The lines of a derivation, then those of its checks as they come in."""
    for line in lines(derivation, width):
        yield "".join(text for text, _ in line).rstrip()
    yield ""
    for check in chain(derivation.checks, checks):
        for line in check_lines(check, width):
            yield "".join(text for text, _ in line)
