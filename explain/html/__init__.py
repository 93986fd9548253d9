"""HTML: a lesson as one self-contained page, whose windows can be walked one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from calc.derivation import Check, Derivation
from explain.html.parts import section
from explain.html.shell import SCRIPTS, STYLES, page
from explain.notation import TEXT

if TYPE_CHECKING:
    from calc.quizzes.blanks import Quiz

__all__ = ["page", "render", "section"]


def render(derivation: Derivation, checks: Iterable[Check] = (), quiz: Quiz | None = None) -> Iterator[str]:
    """The lines of a page; with a quiz of one that asks first and tells afterwards."""
    if quiz is None:
        yield from page(TEXT.text(derivation.title), section(derivation, checks))
        return
    from explain.html import quiz as quizzes

    body = quizzes.quiz_section(derivation, quiz, checks)
    yield from page(TEXT.text(quiz.title), body, (*STYLES, quizzes.STYLE), (*SCRIPTS, *quizzes.SCRIPTS))
