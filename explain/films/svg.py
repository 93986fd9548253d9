"""SVG: a picture for slides, still or moving, that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby
from typing import Literal, NamedTuple, assert_never

from calc.derivation import Check, Derivation
from explain.films.drawing import Box, Film, Item, Label, Path, Use
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
    scenes = list(_scenes(film))
    yield "<style>"
    yield ":root{color-scheme:light dark}"
    yield from _colours(LIGHT)
    yield f"@media (prefers-color-scheme:dark){{{''.join(_colours(DARK))}}}"
    yield "rect,path{stroke-width:1}.t{stroke-width:3}.s{stroke-dasharray:4 3}.b{font-weight:bold}"
    yield ".m{text-anchor:middle}.e{text-anchor:end}"
    if film.frames > 1:
        yield from _moving(film.frames, scenes)
    yield "</style>"
    if film.shared:
        yield "<defs>"
        for name, items in film.shared.items():
            yield f'<g id="{escaped(name)}">{"".join(_written((item, "") for item in items))}</g>'
        yield "</defs>"
    starts = _starts(film.frames)
    for scene in scenes:
        if scene.kind == "all":
            yield from _written(scene.items)
        else:
            late = f' style="animation-delay:{_n(starts[scene.first])}s"' if scene.kind == "n" and scene.first else ""
            yield f'<g class="{scene.name}"{late}>'
            yield from _written(scene.items)
            yield "</g>"
    yield "</svg>"


class _Scene(NamedTuple):
    """Items that are seen in the same frames, each with the frame from which it is there.

    Its `kind` says in which: all of them, one (`n`), the last (`l`), or those of its `runs` (`v`).
    """

    kind: Literal["all", "n", "l", "v"]
    name: str
    frames: tuple[int, ...]
    items: list[tuple[Item, str]]

    @property
    def first(self) -> int:
        return self.frames[0]


def _scenes(film: Film) -> Iterator[_Scene]:
    """Parts that follow each other in the same frames, or in the last of those frames, as one."""
    names: dict[tuple[int, ...], str] = {}
    now: _Scene | None = None
    for part in film.parts.values():
        frames = tuple(sorted(part.frames))
        if now and (now.frames == frames or (now.frames[-len(frames) :] == frames and len(part.items) == 1)):
            name = f"c{frames[0]}" if frames != now.frames else ""
            now.items.extend((item, name) for item in part.items)
            continue
        if now:
            yield now
        items = [(item, "") for item in part.items]
        if len(frames) == film.frames:
            now = _Scene("all", "", frames, items)
        elif len(frames) == 1:
            kind: Literal["n", "l"] = "l" if frames[0] == film.frames - 1 else "n"
            now = _Scene(kind, kind, frames, items)
        else:
            now = _Scene("v", names.setdefault(frames, f"v{len(names)}"), frames, items)
    if now:
        yield now


def _colours(colours: dict[str, str]) -> Iterator[str]:
    """What the roles look like: strokes, tints, texts."""
    for role, colour in colours.items():
        name = CLASSES[role]
        own = f".{name}" if name else ""
        texts = f"g{own},text{own}" if name else "svg"
        yield f"{texts}{{fill:{colour}}}rect{own},path{own}{{stroke:{colour};fill:none}}"
        if name:
            yield f".{name}.f{{fill:{colour};fill-opacity:.2}}.{name}.o{{fill:{colour};fill-opacity:1}}"


def _starts(frames: int) -> list[float]:
    """When each frame begins, and when the last ends."""
    return list(accumulate(seconds(frames), initial=0.0))


def _moving(frames: int, scenes: Iterable[_Scene]) -> Iterator[str]:
    """When items are seen: without animation those of the last frame, with it each in its time.

    One frame after the other is seen for as long as the first, each by the same keyframes with a delay.
    """
    starts = _starts(frames)
    whole, per_cent = starts[-1], [100 * start / starts[-1] for start in starts]
    views = {scene.name: scene.frames for scene in scenes if scene.kind == "v"}
    later = {name: int(name[1:]) for scene in scenes for _, name in scene.items if name}
    yield ".n{visibility:hidden}"
    for name, seen in views.items():
        if frames - 1 not in seen:
            yield f".{name}{{opacity:0}}"
    yield "@media (prefers-reduced-motion:no-preference){"
    for name in ("n", "l", *views):
        yield f".{name}{{animation:{name} {_n(whole)}s step-end infinite}}"
    if later:
        yield f"{','.join(f'.{name}' for name in later)}{{animation:{_n(whole)}s step-end infinite}}"
        yield "".join(f".{name}{{animation-name:{name}}}" for name in later)
    yield "}"
    yield f"@keyframes n{{0%{{visibility:visible}}{per_cent[1]:.6g}%{{visibility:hidden}}}}"
    yield f"@keyframes l{{0%{{visibility:hidden}}{per_cent[-2]:.6g}%{{visibility:visible}}}}"
    for name, first in later.items():
        yield f"@keyframes {name}{{0%{{visibility:hidden}}{per_cent[first]:.6g}%{{visibility:visible}}}}"
    for name, seen in views.items():
        marks = ["0%{opacity:0}"] if seen[0] else []
        for first, end in _runs(seen):
            marks.append(f"{per_cent[first]:.6g}%{{opacity:1}}")
            if end < frames:
                marks.append(f"{per_cent[end]:.6g}%{{opacity:0}}")
        yield f"@keyframes {name}{{{''.join(marks)}}}"


def _runs(frames: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the one after the last of frames that follow each other."""
    for _, run in groupby(enumerate(frames), key=lambda pair: pair[1] - pair[0]):
        numbers = [frame for _, frame in run]
        yield numbers[0], numbers[-1] + 1


def _written(items: Iterable[tuple[Item, str]]) -> Iterator[str]:
    """Items as elements, each with a class of its own; texts that follow each other in one style say it once."""
    for style, run in groupby(items, key=lambda pair: _style(pair[0])):
        alike = list(run)
        if style is None or len(alike) == 1:
            yield from (drawn(item, name) for item, name in alike)
            continue
        texts = [f'<g{_text_classes(style)} font-size="{_n(style.size)}">']
        for item, name in alike:
            if isinstance(item, Label):
                own = f' class="{name}"' if name else ""
                texts.append(f'<text{own} x="{_n(item.x)}" y="{_n(item.y)}">{escaped(item.text)}</text>')
        yield "".join([*texts, "</g>"])


def _style(item: Item) -> Label | None:
    """What texts in one style have in common."""
    return item._replace(x=0, y=0, text="") if isinstance(item, Label) else None


def drawn(item: Item, name: str = "") -> str:
    """An item as an element whose classes say its role, with one of its own if it has a `name`."""
    match item:
        case Box():
            classes = _classes(item.role, name, f=item.filled, s=item.dashed, t=item.thick)
            return f'<rect{classes} x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}" height="{_n(item.height)}"/>'
        case Label():
            return f'<text{_text_classes(item, name)} x="{_n(item.x)}" y="{_n(item.y)}" font-size="{_n(item.size)}">{escaped(item.text)}</text>'
        case Path():
            classes = _classes(
                item.role, name, f=item.closed and not item.solid, o=item.solid, s=item.dashed, t=item.thick
            )
            points = "L".join(f"{_n(x)} {_n(y)}" for x, y in item.points)
            return f'<path{classes} d="M{points}{"Z" if item.closed else ""}"/>'
        case Use():
            return f'<use{_classes("", name)} href="#{escaped(item.name)}" x="{_n(item.x)}" y="{_n(item.y)}"/>'
        case _:
            assert_never(item)


def _text_classes(label: Label, name: str = "") -> str:
    return _classes(label.role, name, b=label.bold, m=label.anchor == "middle", e=label.anchor == "end")


def _classes(role: str, name: str, **marks: bool) -> str:
    names = [name, CLASSES[role], *(name for name, there in marks.items() if there)]
    return f' class="{" ".join(filter(None, names))}"' if any(names) else ""


def _n(number: float) -> str:
    """A length to a hundredth of a unit, as short as it can be written."""
    return f"{round(number, 2):g}"


def escaped(text: str) -> str:
    """Text that stands in markup as itself; signs that no document may hold as their numbers."""
    return "".join(f"&#{ord(c)};" if c in "<>&\"'" else c if c.isprintable() else repr(c)[1:-1] for c in text)
