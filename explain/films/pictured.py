"""Which picture a worked solution has: its sliding windows, or its network drawn to scale."""

from __future__ import annotations

from collections.abc import Iterator

from calc.choices import is_count
from calc.derivation import Derivation, Pools, Volumes, Windows
from calc.errors import Impossible, printable
from explain import FORMATS, PICTURES
from explain.films.drawing import Film
from explain.films.figures import sliding
from explain.films.stamps import stamping, stamps_in
from explain.films.volumes import network

LONGEST, SHORTEST, ALL = 1.2, 0.1, 60
"""Seconds of a frame, at most and at least, and of a whole film where that goes."""


def film_of(derivation: Derivation, step: str = "") -> Film:
    """The film of a worked solution, or one frame of it: the `step`-th window, or that at a place such as 2,3.

    `Impossible` where there is no picture or no such step.
    """
    match next(_drawable(derivation), None):
        case Windows() | Pools() as windows:
            film = sliding(derivation, windows)
            return film.still(_frame(film, step)) if step else film
        case Volumes() as maps:
            if step:
                raise Impossible("a network is one picture, which has no steps: leave --step out")
            return network(derivation, maps)
    if stamps := stamps_in(derivation):
        film = stamping(derivation, stamps)
        return film.still(_frame(film, step)) if step else film
    others = [name for name in FORMATS if name not in PICTURES]
    raise Impossible(
        "this answer has no picture: those have one in which a kernel or a window slides, and networks with known shapes;"
        f" choose {', '.join(others[:-1])} or {others[-1]}"
    )


def _drawable(derivation: Derivation) -> Iterator[Windows | Pools | Volumes]:
    """The steps of a worked solution and its parts that can be drawn."""
    for step in derivation.steps:
        if isinstance(step, Derivation):
            yield from _drawable(step)
        elif isinstance(step, Windows | Pools | Volumes):
            yield step


def _frame(film: Film, step: str) -> int:
    """The number of the frame that is asked for."""
    place = step.replace(" ", "").strip("()")
    if place in film.places and "," in place:
        return film.places.index(place)
    if is_count(step):
        if 1 <= int(step) <= film.frames:
            return int(step) - 1
        raise Impossible(f"there is no step {int(step)}: there are {film.frames}, from 1")
    if film.places and place and all(map(is_count, place.split(","))):
        raise Impossible(
            f"window {place} is not among the {film.frames} that are worked, {film.places[0]} to {film.places[-1]}: --windows chooses others that the map has"
        )
    nor = f" and no place such as {film.places[-1]}" if film.places else ""
    raise Impossible(f"step “{printable(step, 30)}” is no number from 1 to {film.frames}{nor}")


def seconds(frames: int) -> list[float]:
    """How long each frame of a film is seen, in whole hundredths; the last one longer."""
    each = round(max(SHORTEST, min(LONGEST, ALL / frames)), 2)
    return [each] * (frames - 1) + [2 * each + 1]
