"""Notebooks: what an object of `calc` looks like in Jupyter, VS Code and IPython."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from math import prod
from typing import Any, assert_never

from calc.derivation import (
    Chain,
    Check,
    Derivation,
    Gallery,
    Given,
    Grid,
    Note,
    Picture,
    Pools,
    Solve,
    Step,
    Table,
    Volumes,
    Windows,
)
from calc.errors import Impossible, times
from calc.exact import Cells
from calc.showing import shown, telling
from explain import FORMATS, render

FORMS = {"text/plain": "text", "text/markdown": "markdown", "text/latex": "latex", "text/html": "html"}
"""The media types that notebooks show, each with its format."""

WINDOWS = 100
"""Windows up to which a notebook shows each; of more the telling ones."""

LOWEST, TALLEST = 18, 110
"""How high a frame is at least and at most, in the height of letters; what is longer is scrolled in it."""


def bundle(thing: object) -> dict[str, str]:
    """The forms of a thing by media type; of a question that cannot be answered the sentence that says why."""
    try:
        derivation = _bounded(page(thing))
        plain = "\n".join(render(derivation)).rstrip()
    except Impossible as fault:
        return {"text/plain": f"✗ {fault}"}
    forms = {"text/plain": plain}
    for media, format_ in FORMS.items():
        if format_ in FORMATS and media not in forms:
            forms[media] = "\n".join(render(derivation, format_))
    if "text/html" in forms:
        forms["text/html"] = _framed(forms["text/html"], plain.count("\n"))
    return forms


def page(thing: Any) -> Derivation:
    """What there is to see of a question, a verdict, a solution, a step or a matrix."""
    match thing:
        case Derivation():
            return thing
        case Cells():
            axes = ("", "", "")[: len(thing.shape) - 2] if len(thing.shape) > 2 else ()
            return Derivation((times(thing.shape),), shown(thing, "", "feature map", axes), decimals=thing.decimals)
        case Given() | Chain() | Solve() | Grid() | Picture() | Gallery() | Windows() | Pools() | Table() | Volumes():
            return Derivation((_called(thing),), (thing,))
        case Note() | Check():
            return Derivation((_called(thing),), (thing,))
    if hasattr(thing, "posed"):  # a concept asks first
        asked: Derivation = thing.posed()
        return asked
    worked: Derivation = thing.derivation()
    return worked


def _called(step: Step) -> str:
    """What a step by itself is called."""
    match step:
        case Given():
            return "Given"
        case Chain():
            return "Worked out"
        case Solve(unknown=unknown):
            return f"Solved for {unknown}"
        case Grid(cells=cells, what=what):
            return f"{what.capitalize()}, {times(cells.shape)}"
        case Picture():
            return "Picture"
        case Gallery():
            return "Pictures"
        case Windows() | Pools():
            return f"{prod(step.outputs)} windows"
        case Table():
            return "Table"
        case Volumes():
            return "Maps of a network"
        case Note():
            return "Note"
        case Check():
            return "Check"
        case Derivation():
            return "Worked solution"
        case _:
            assert_never(step)


def _bounded(derivation: Derivation) -> Derivation:
    """The same without most of the windows where there are very many."""
    return replace(derivation, steps=tuple(_few(derivation.steps)))


def _few(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        match step:
            case Windows(places=None) | Pools(places=None) if prod(step.outputs) > WINDOWS:
                places, note = telling(step.outputs)
                yield replace(step, places=places)
                if note:
                    yield note
            case Derivation():
                yield _bounded(step)
            case _:
                yield step


def _framed(document: str, lines: int) -> str:
    """A page in a frame of its own, so that its styles and scripts keep to it."""
    height = min(max(3 * lines, LOWEST), TALLEST)
    frame = f"width:100%;height:{height}em;border:0;resize:vertical;color-scheme:light dark"
    return f'<iframe title="cnncalc" sandbox="allow-scripts" style="{frame}" srcdoc="{escape(document)}"></iframe>'
