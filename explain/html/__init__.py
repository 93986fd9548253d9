"""HTML: a lesson as one self-contained page, whose windows can be walked one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calc.derivation import Check, Derivation
from explain.html.parts import section
from explain.html.shell import page
from explain.notation import TEXT

__all__ = ["page", "render", "section"]


def render(derivation: Derivation, checks: Iterable[Check] = ()) -> Iterator[str]:
    """The lines of a page."""
    yield from page(TEXT.text(derivation.title), section(derivation, checks))
