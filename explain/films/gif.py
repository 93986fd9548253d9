"""GIF: the same pictures as dots, for where no SVG can be shown; with the font that comes with Pillow, no other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, assert_never

from calc.derivation import Derivation
from calc.errors import Impossible
from explain.films.drawing import Box, Film, Item, Label, Path, Point, Role, Use
from explain.films.pictured import film_of, seconds
from explain.films.svg import LIGHT

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont

WIDE, SCALES = 1100, (0.6, 1.6)
"""Dots that a picture is wide where its scale allows, and the least and most dots of a unit."""

MOST = 200
"""Frames that a GIF has at most."""

STEPS, TINT = 3, 0.2
"""Shades from a ground to what is written on it, and how much of a colour a tint has."""

STROKES: dict[str, tuple[float, tuple[tuple[Point, ...], ...]]] = {
    "−": (0.6, (((0.06, 0.36), (0.54, 0.36)),)),
    "–": (0.55, (((0.03, 0.3), (0.52, 0.3)),)),
    "—": (0.95, (((0.03, 0.3), (0.92, 0.3)),)),
    "∘": (0.46, (((0.23, 0.5), (0.37, 0.42), (0.37, 0.26), (0.23, 0.18), (0.09, 0.26), (0.09, 0.42), (0.23, 0.5)),)),
    "✓": (0.7, (((0.06, 0.3), (0.24, 0.08), (0.62, 0.64)),)),
    "✗": (0.6, (((0.08, 0.08), (0.52, 0.62)), ((0.08, 0.62), (0.52, 0.08)))),
    "×": (0.6, (((0.1, 0.16), (0.5, 0.56)), ((0.1, 0.56), (0.5, 0.16)))),
    "≈": (0.6, tuple(((0.06, y), (0.2, y + 0.08), (0.4, y - 0.02), (0.54, y + 0.06)) for y in (0.24, 0.42))),
    "→": (0.9, (((0.06, 0.34), (0.84, 0.34)), ((0.64, 0.52), (0.84, 0.34), (0.64, 0.16)))),
    "≤": (0.6, (((0.52, 0.62), (0.08, 0.4), (0.52, 0.18)), ((0.08, 0.04), (0.52, 0.04)))),
    "≥": (0.6, (((0.08, 0.62), (0.52, 0.4), (0.08, 0.18)), ((0.08, 0.04), (0.52, 0.04)))),
    "√": (0.6, (((0.04, 0.34), (0.16, 0.4), (0.3, 0.0), (0.56, 0.8)),)),
    "⌊": (0.34, (((0.12, 0.8), (0.12, -0.14), (0.3, -0.14)),)),
    "⌋": (0.34, (((0.22, 0.8), (0.22, -0.14), (0.04, -0.14)),)),
    "⌈": (0.34, (((0.3, 0.8), (0.12, 0.8), (0.12, -0.14)),)),
    "⌉": (0.34, (((0.04, 0.8), (0.22, 0.8), (0.22, -0.14)),)),
    "“": (0.4, (((0.08, 0.72), (0.14, 0.56)), ((0.22, 0.72), (0.28, 0.56)))),
    "”": (0.4, (((0.14, 0.72), (0.08, 0.56)), ((0.28, 0.72), (0.22, 0.56)))),
}
"""Signs that the font lacks, as lines: how wide they are, and the points, up from the line of text, in its size."""


def pieces(derivation: Derivation, step: str = "") -> Iterator[bytes]:
    """The bytes of a GIF: an animation of the windows, one of them where a `step` is asked for, or a network."""
    yield from animated(film_of(derivation, step))


def animated(film: Film) -> Iterator[bytes]:
    """A film as a GIF that goes round and round; `Impossible` if it is too long."""
    from PIL import Image

    if film.frames > MOST:
        raise Impossible(
            f"{film.frames} windows are too many for a GIF, which has at most {MOST}: choose some with --windows, or write an SVG"
        )
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in _colours() for level in colour])
    dots = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in _frames(film))
    file = BytesIO()
    still = next(dots)
    times = [round(1000 * s) for s in seconds(film.frames)]
    more = {"save_all": True, "append_images": dots, "duration": times, "loop": 0} if film.frames > 1 else {}
    still.save(file, "GIF", comment=film.title.encode(), **more)
    yield file.getvalue()


def _colours() -> list[tuple[int, ...]]:
    """White, the tints, and the shades from each to what is written on it: so few that frames stay small."""
    white = (255, 255, 255)
    inks = {role: tuple(bytes.fromhex(colour[1:])) for role, colour in LIGHT.items()}
    tints = {role: _mixed(white, inks[role], TINT) for role in ("window", "kernel", "result")}
    grounds = (white, *tints.values(), _mixed(tints["window"], inks["result"], TINT))
    shades = (
        _mixed(ground, ink, step / STEPS) for ground in grounds for ink in inks.values() for step in range(STEPS + 1)
    )
    return list(dict.fromkeys(shades))


def _mixed(ground: tuple[int, ...], ink: tuple[int, ...], part: float) -> tuple[int, ...]:
    return tuple(round(x + (y - x) * part) for x, y in zip(ground, ink, strict=True))


def _frames(film: Film) -> Iterator[Image.Image]:
    """Each frame drawn; what stays to the end is drawn once."""
    from PIL import Image

    scale = min(SCALES[1], max(SCALES[0], WIDE / film.width))
    canvas = Image.new("RGB", (round(film.width * scale), round(film.height * scale)), "white")
    starts: dict[int, list[tuple[tuple[Item, ...], bool]]] = {}
    ends = film.frames - 1
    for part in film.parts.values():
        first = min(part.frames)
        if part.frames == list(range(first, film.frames)):
            starts.setdefault(first, []).append((part.items, True))
        else:
            for frame in part.frames:
                starts.setdefault(frame, []).append((part.items, False))
    for frame in range(film.frames):
        parts = starts.get(frame, [])
        for items, stays in parts:
            if stays and frame <= ends:
                _Brush(canvas, scale, film.shared).draw(items)
        passing = canvas.copy()
        brush = _Brush(passing, scale, film.shared)
        for items, stays in parts:
            if not stays:
                brush.draw(items)
        yield passing


class _Brush:
    """Draws items on a canvas, so many dots to a unit."""

    def __init__(self, canvas: Image.Image, scale: float, shared: dict[str, tuple[Item, ...]]) -> None:
        from PIL import ImageDraw

        self.canvas, self.scale, self.shared = canvas, scale, shared
        self.pen = ImageDraw.Draw(canvas)

    def draw(self, items: Iterable[Item], x: float = 0, y: float = 0) -> None:
        for item in items:
            match item:
                case Box():
                    self._box(item, x, y)
                case Label():
                    self._label(item, x, y)
                case Path():
                    self._path(item, x, y)
                case Use(name, right, down):
                    self.draw(self.shared[name], x + right, y + down)
                case _:
                    assert_never(item)

    def _dots(self, points: Iterable[Point], x: float, y: float) -> list[tuple[int, int]]:
        return [(round((px + x) * self.scale), round((py + y) * self.scale)) for px, py in points]

    def _wide(self, *, thick: bool) -> int:
        return max(1, round((3 if thick else 1) * self.scale))

    def _box(self, box: Box, x: float, y: float) -> None:
        left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        closed = Path(corners, box.role, closed=box.filled, dashed=box.dashed, thick=box.thick)
        self._path(closed._replace(points=(*corners, corners[0])), x, y)

    def _path(self, path: Path, x: float, y: float) -> None:
        dots = self._dots(path.points, x, y)
        colour = LIGHT[path.role]
        if path.solid:
            self.pen.polygon(dots, fill=colour)
        elif path.closed and path.role:
            self._tint(dots, path.role)
        wide = self._wide(thick=path.thick)
        ends = [*dots, dots[0]] if path.closed and dots[0] != dots[-1] else dots
        if path.dashed:
            for start, end in pairwise(ends):
                self._dashes(start, end, colour, wide)
        else:
            self.pen.line(ends, fill=colour, width=wide, joint="curve")
            if path.thick and dots[0] == dots[-1]:  # square corners
                half = wide // 2
                for cx, cy in dots:
                    self.pen.rectangle((cx - half, cy - half, cx - half + wide - 1, cy - half + wide - 1), fill=colour)

    def _dashes(self, start: tuple[int, int], end: tuple[int, int], colour: str, wide: int) -> None:
        (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
        long = max(1.0, (dx * dx + dy * dy) ** 0.5)
        at, on, step = 0.0, 4 * self.scale, 7 * self.scale
        while at < long:
            stop = min(at + on, long)
            ends = [(x + dx * t / long, y + dy * t / long) for t in (at, stop)]
            self.pen.line(ends, fill=colour, width=wide)
            at += step

    def _tint(self, dots: Sequence[tuple[int, int]], role: Role) -> None:
        """The role's colour over what is there, which shows through."""
        from PIL import Image, ImageDraw

        columns, rows = zip(*dots, strict=True)
        box = (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
        below = self.canvas.crop(box)
        mask = Image.new("L", below.size)
        inside = [(cx - box[0], cy - box[1]) for cx, cy in dots]
        ImageDraw.Draw(mask).polygon(inside, fill=round(255 * TINT))
        self.canvas.paste(Image.new("RGB", below.size, LIGHT[role]), box[:2], mask)

    def _label(self, label: Label, x: float, y: float) -> None:
        size = label.size * self.scale
        runs = list(_runs(label.text))
        widths = [_advance(run, size) for run in runs]
        left, base = (label.x + x) * self.scale, (label.y + y) * self.scale
        left -= sum(widths) * {"start": 0, "middle": 0.5, "end": 1}[label.anchor]
        colour = LIGHT[label.role]
        for run, wide in zip(runs, widths, strict=True):
            if run in STROKES:
                for points in STROKES[run][1]:
                    dots = [(left + px * size, base - py * size) for px, py in points]
                    self.pen.line(dots, fill=colour, width=max(1, round(size * (0.11 if label.bold else 0.08))))
            else:
                font = _font(round(size, 1))
                for shift in (0, max(1, round(size / 24))) if label.bold else (0,):
                    self.pen.text((round(left) + shift, round(base)), run, fill=colour, font=font, anchor="ls")
            left += wide


@lru_cache(64)
def _font(size: float) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)  # type: ignore[return-value]


@lru_cache(4096)
def _has(sign: str) -> bool:
    """Whether the font has a sign of its own, and not the box that stands for any it lacks."""
    font = _font(40)
    return bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))


def _runs(text: str) -> Iterator[str]:
    """A text in runs that the font has, and signs that are drawn."""
    held = ""
    for sign in text:
        if sign in STROKES:
            if held:
                yield held
            yield sign
            held = ""
        else:
            held += sign if sign.isspace() or _has(sign) else _spelled(sign)
    if held:
        yield held


@lru_cache(4096)
def _spelled(sign: str) -> str:
    """A sign that the font lacks in signs that it has: without its accents, or by its name."""
    apart = unicodedata.normalize("NFKD", sign).replace("\N{FRACTION SLASH}", "/")
    bare = "".join(part for part in apart if not unicodedata.combining(part))
    if bare and all(map(_has, bare)):
        return bare
    if unicodedata.combining(sign):
        return ""
    name = unicodedata.name(sign, "")
    greek = name.startswith("GREEK") and " LETTER " in name
    return name.rpartition(" ")[2].lower() if greek else "?"


@lru_cache(4096)
def _advance(run: str, size: float) -> float:
    return STROKES[run][0] * size if run in STROKES else _font(round(size, 1)).getlength(run)
