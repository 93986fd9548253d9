"""Lessons: each wrong rule and each slip that the marking can name, with a title, and what a learner should know."""

from __future__ import annotations

from collections.abc import Mapping

from calc.marking.lessons import concepts, maps, parameters, sizes, slips, work
from calc.marking.lessons.base import Lesson

LESSONS: Mapping[str, Lesson] = {
    **maps.LESSONS,
    **sizes.LESSONS,
    **parameters.LESSONS,
    **work.LESSONS,
    **concepts.LESSONS,
    **slips.LESSONS,
}
"""The lessons by the names that causes have."""


def lesson(name: str) -> Lesson:
    """The lesson of the wrong rule or slip of that name; `KeyError` for a name that no cause has."""
    return LESSONS[name]
