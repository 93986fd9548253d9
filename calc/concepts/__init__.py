"""Concepts: questions about how layers behave, with choices, misconceptions and demonstrations in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.derivation import Derivation, Note, Table
from calc.errors import Impossible, nearest, printable

if TYPE_CHECKING:
    from calc.concepts.base import Concept


def concepts() -> tuple[Concept, ...]:
    """Every concept there is, in the order in which a course has them."""
    from calc.concepts import kernels, moving, numbers

    return (*moving.CONCEPTS, *kernels.CONCEPTS, *numbers.CONCEPTS)


def concept(name: str) -> Concept:
    """The concept of that name; `Impossible` if there is none."""
    known = {each.name: each for each in concepts()}
    found = known.get(name.strip().lower())
    if found is None:
        like = nearest(name[:40], known) or ": `cnncalc concept` lists them"
        raise Impossible(f"there is no concept “{printable(name, 40)}”{like}")
    return found


def contents() -> Derivation:
    """The concepts by name, each with what it is about."""
    rows = tuple(((each.name,), (each.about,)) for each in concepts())
    more = "cnncalc concept NAME asks one, --answer marks an answer, --hint gives a hint, --show works it in numbers."
    steps = Table((("name",), ("about",)), rows, (False, False)), Note("convention", (more,))
    names = {"concepts": [each.name for each in concepts()]}
    return Derivation((f"{len(rows)} concepts",), steps, (), names, (), {"asks": "concepts"})
