"""The form of a lesson."""

from __future__ import annotations

from typing import NamedTuple


class Lesson(NamedTuple):
    """What is told of a wrong rule or a slip.

    `title` names it in tables and histograms. `paragraph` tells a learner what the wrong rule does, why it is tempting
    and what is right; a slip has none, for there is nothing to learn from it.
    """

    title: str
    paragraph: str = ""
