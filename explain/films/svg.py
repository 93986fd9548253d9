"""SVG: a picture for slides, still or moving, that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never

from calc.derivation import Check, Derivation
from explain.films.drawing import Box, Film, Item, Label, Part, Path, Use
from explain.films.pictured import film_of, seconds

LIGHT = {"": "#1a1a1a", "dim": "#6b6b6b", "window": "#c77700", "kernel": "#2b62b8", "result": "#00805d"}
DARK = {"": "#f2f2f2", "dim": "#a8a8a8", "window": "#f0a020", "kernel": "#7db0ff", "result": "#2fd6a3"}
"""The colours of the terminal, as light and as dark as text on white and on black has to be."""

FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"

CLASSES = {"": "", "dim": "d", "window": "w", "kernel": "k", "result": "r"}


def render(derivation: Derivation, checks: Iterable[Check] = (), step: str = "") -> Iterator[str]:
    """The lines of an SVG document: an animation of the windows, one of them where a `step` is asked for, or a network.

    `checks` are left to formats that have room for them.
    """
    del checks
    yield from document(film_of(derivation, step))


def document(film: Film) -> Iterator[str]:
    """A film as an SVG document by itself."""
    width, height = _n(film.width), _n(film.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-labelledby="t d" font-family="{escaped(FONT)}">'
    )
    yield f'<title id="t">{escaped(film.title)}</title>'
    yield f'<desc id="d">{escaped(film.says)}</desc>'
    moving = list(_moving(film)) if film.frames > 1 else []
    yield "<style>"
    yield ":root{color-scheme:light dark}"
    yield from _colours(LIGHT)
    yield f"@media (prefers-color-scheme:dark){{{''.join(_colours(DARK))}}}"
    yield "rect,path{stroke-width:1}.t{stroke-width:3}.s{stroke-dasharray:4 3}.b{font-weight:bold}"
    yield ".m{text-anchor:middle}.e{text-anchor:end}"
    yield from moving
    yield "</style>"
    if film.shared:
        yield "<defs>"
        for name, items in film.shared.items():
            yield f'<g id="{escaped(name)}">{"".join(map(drawn, items))}</g>'
        yield "</defs>"
    for part in film.parts.values():
        name = _name(part, film)
        yield from ((f'<g class="{name}">', *map(drawn, part.items), "</g>") if name else map(drawn, part.items))
    yield "</svg>"


def _colours(colours: dict[str, str]) -> Iterator[str]:
    """What the roles look like: strokes, tints, texts."""
    for role, colour in colours.items():
        name = CLASSES[role]
        own = f".{name}" if name else ""
        yield f"text{own}{{fill:{colour}}}rect{own},path{own}{{stroke:{colour};fill:none}}"
        if name:
            yield f".{name}.f{{fill:{colour};fill-opacity:.2}}.{name}.o{{fill:{colour};fill-opacity:1}}"


def _name(part: Part, film: Film) -> str:
    """The class of what is seen in these frames; none for what is always seen."""
    if len(part.frames) == film.frames:
        return ""
    return "v" + "_".join(f"{first}-{end}" for first, end in _runs(part.frames))


def _runs(frames: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the one after the last of frames that follow each other."""
    for _, run in groupby(enumerate(sorted(frames)), key=lambda pair: pair[1] - pair[0]):
        numbers = [frame for _, frame in run]
        yield numbers[0], numbers[-1] + 1


def _moving(film: Film) -> Iterator[str]:
    """When parts are seen: without animation those of the last frame, with it each in its time."""
    known = {name: part for part in film.parts.values() if (name := _name(part, film))}
    times = seconds(film.frames)
    starts = [sum(times[:i]) for i in range(len(times) + 1)]
    last = film.frames - 1
    for name, part in known.items():
        if last not in part.frames:
            yield f".{name}{{visibility:hidden}}"
    yield "@media (prefers-reduced-motion:no-preference){"
    for name in known:
        yield f".{name}{{animation:{name} {_n(starts[-1])}s step-end infinite}}"
    yield "}"
    for name, part in known.items():
        marks = ["0%{visibility:hidden}"] if 0 not in part.frames else []
        for first, end in _runs(part.frames):
            marks.append(f"{_n(100 * starts[first] / starts[-1])}%{{visibility:visible}}")
            if end < film.frames:
                marks.append(f"{_n(100 * starts[end] / starts[-1])}%{{visibility:hidden}}")
        yield f"@keyframes {name}{{{''.join(marks)}}}"


def drawn(item: Item) -> str:
    """An item as an element whose classes say its role."""
    match item:
        case Box():
            classes = _classes(item.role, f=item.filled, s=item.dashed, t=item.thick)
            return f'<rect{classes} x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}" height="{_n(item.height)}"/>'
        case Label():
            classes = _classes(item.role, b=item.bold, m=item.anchor == "middle", e=item.anchor == "end")
            return f'<text{classes} x="{_n(item.x)}" y="{_n(item.y)}" font-size="{_n(item.size)}">{escaped(item.text)}</text>'
        case Path():
            classes = _classes(item.role, f=item.closed and not item.solid, o=item.solid, s=item.dashed, t=item.thick)
            points = "L".join(f"{_n(x)} {_n(y)}" for x, y in item.points)
            return f'<path{classes} d="M{points}{"Z" if item.closed else ""}"/>'
        case Use():
            return f'<use href="#{escaped(item.name)}" x="{_n(item.x)}" y="{_n(item.y)}"/>'
        case _:
            assert_never(item)


def _classes(role: str, **marks: bool) -> str:
    names = [CLASSES[role], *(name for name, there in marks.items() if there)]
    return f' class="{" ".join(filter(None, names))}"' if any(names) else ""


def _n(number: float) -> str:
    """A length to a tenth... of a unit, as short as it can be written."""
    return f"{round(number, 2):g}"


def escaped(text: str) -> str:
    """Text that stands in markup as itself; signs that no document may hold as their numbers."""
    return "".join(f"&#{ord(c)};" if c in "<>&\"'" else c if c.isprintable() else repr(c)[1:-1] for c in text)
