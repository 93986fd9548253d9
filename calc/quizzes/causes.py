"""Misconceptions as the wrong rules of a quiz."""

from __future__ import annotations

from calc.marking.lessons import lesson
from calc.quizzes.blanks import Cause


def misled(name: str, why: str) -> Cause:
    """The wrong rule of a misconception, with its lesson."""
    told = lesson(name)
    return Cause(name, told.title, why, told.paragraph)
