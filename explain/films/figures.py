"""The sliding window as a picture: the image with the window and its weights, the products, the map as it fills.

In the manner of the figures that convolution arithmetic is known by, with the numbers in them. A frame is one window
that was worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import cos, pi, prod, sin
from typing import NamedTuple

from calc.derivation import Derivation, Pools, Windows
from calc.errors import Impossible, at
from explain.films.drawing import Box, Film, Item, Label, Path, Use, breadth, wrapped
from explain.films.scenes import Place, Scene, Shot, Texts, scene_of
from explain.notation import Notation
from explain.places import placed

CELL, GAP, MARGIN = 44, 64, 28
"""The height and least width of a cell, the room between grids, and around the picture."""

TITLE, NUMBER, WEIGHT, SMALL, SUM = 22, 18, 12.5, 14, 18
"""Sizes of text."""

PLANES = 4
"""Channels or slices up to which each is drawn, and maps."""

WHOLE = (14, 18)
"""Rows and columns of an image or map up to which it is drawn whole; half as many rows of several."""

PIECE = (9, 11)
"""Rows and columns of the piece that is drawn of a larger one, or as many as the window covers up to the whole."""

LARGEST = 8
"""Rows and columns of a window up to which its cells are drawn beside the image, too."""

LEAST = 720
"""The least width of a picture, for the sums under it."""

TOLD = 100
"""Windows up to which each is told to a screen reader."""


def sliding(derivation: Derivation, windows: Windows | Pools) -> Film:
    """The windows of a worked solution as a film, a frame for each; `Impossible` if they cannot be drawn."""
    notation = Notation(decimals=derivation.decimals)
    scene = scene_of(windows, notation)
    if not scene.shots:
        raise Impossible("no window was worked, and so there is none to be drawn")
    return _Stage(scene, notation.text(derivation.title), conventions(derivation, notation)).film()


class View(NamedTuple):
    """A piece of a plane, of the image or of the answer."""

    key: Place
    rows: range
    columns: range


class _Stage:
    """Where everything stands."""

    def __init__(self, scene: Scene, title: str, says: Sequence[str]) -> None:
        self.scene, self.title, self.says = scene, title, says
        self.image_views = [self._image_views(shot) for shot in scene.shots]
        self.map_views = [self._map_views(shot) for shot in scene.shots]
        shots = scene.shots
        self.tap = widest((kernel for shot in shots for kernel in shot.kernel), WEIGHT) - 4
        seen = {view for views in self.image_views for view in views}
        cells = (self._texts(view) for view in seen)
        self.cell = max(widest(cells, NUMBER), self.tap)
        self.detail = widest((texts for shot in shots for texts in shot.details), NUMBER)
        self.result = widest([((shot.value,),) for shot in shots], NUMBER)
        first = shots[0]
        self.detailed = max(len(first.rows), len(first.columns)) <= LARGEST
        self.slot = max(_high(views) for views in self.image_views)
        if self.detailed:
            self.slot = max(self.slot, len(first.rows))
        self.slots = max(map(len, self.image_views))
        wide = max(len(view.columns) for views in self.image_views for view in views) * self.cell
        beside = max(len(shot.columns) for shot in shots) * self.detail if self.detailed else 0
        self.x_details = MARGIN + wide + GAP
        self.x_map = self.x_details + (beside + GAP if self.detailed else 0)
        map_wide = max(len(view.columns) for views in self.map_views for view in views) * self.result
        self.width = max(LEAST, self.x_map + map_wide + MARGIN)
        self.room = self.width - 2 * MARGIN
        self.film_ = Film(title, width=self.width, frames=len(shots), places=tuple(at(shot.at) for shot in shots))

    def _image_views(self, shot: Shot) -> tuple[View, ...]:
        """The pieces of the image that are seen with a window."""
        planes = self.scene.planes
        keys = list(planes) if len(planes) <= PLANES else [key for key in shot.planes if key in planes][:PLANES]
        down, right = _limits(keys)
        return tuple(
            View(key, _piece(planes[key].rows, shot.rows, down), _piece(planes[key].columns, shot.columns, right))
            for key in keys
        )

    def _map_views(self, shot: Shot) -> tuple[View, ...]:
        """The pieces of the answer that are seen with a window."""
        maps = self.scene.maps()
        keys = maps if len(maps) <= PLANES else [self.scene.map_of(shot.at)]
        down, right = _limits(keys)
        rows, columns = self._sizes()
        r, c = self._place(shot)
        return tuple(
            View(key, _piece(rows, range(r, r + 1), down), _piece(columns, range(c, c + 1), right)) for key in keys
        )

    def _sizes(self) -> tuple[range, range]:
        """The rows and columns of the answer."""
        *_, rows, columns = (1, *self.scene.outputs)
        return range(rows if self.scene.axes > 1 else 1), range(columns)

    def _place(self, shot: Shot) -> tuple[int, int]:
        """The row and column of the answer that a window makes."""
        return (shot.at[-2] if self.scene.axes > 1 else 0), shot.at[-1]

    def _texts(self, view: View) -> Texts:
        """What stands in a piece of the image."""
        plane = self.scene.planes[view.key]
        return tuple(tuple(plane.cell(r, c) for c in view.columns) for r in view.rows)

    def film(self) -> Film:
        """The whole film."""
        film, everywhere = self.film_, range(len(self.scene.shots))
        head = list(headed(self.title, self.says, self.room))
        top = head[-1].y + 44
        film.show(everywhere, "head", list, head)
        self.top = top + 34
        self.slot_high = self.slot * CELL + 46
        grids = self.top + self.slots * self.slot_high - 46
        maps = max(sum(len(v.rows) * CELL + 46 for v in views) - 46 for views in self.map_views)
        self.middle = self.top + max(grids - self.top, maps) / 2 if self.slots > 1 else (self.top + grids) / 2
        self.map_top = max(self.top, self.middle - maps / 2)
        bottom = max(grids, self.map_top + maps) + 16
        for frame, shot in enumerate(self.scene.shots):
            film.show([frame], ("at", frame), self._said, shot, frame, top)
            for slot, view in enumerate(self.image_views[frame]):
                y = self.top + slot * self.slot_high
                film.show([frame], ("image", slot, view), self._image, view, y)
            film.show([frame], ("window", frame), self._window, shot, frame)
        film.show(everywhere, "arrow", list, [arrow(self.x_map - GAP, self.middle)])
        self._show_maps()
        lines = [list(self._lines(shot)) for shot in self.scene.shots]
        for frame, texts in enumerate(lines):
            film.show([frame], ("sum", frame), self._sums, texts, bottom)
        film.height = bottom + max(map(len, lines)) * 27 + MARGIN
        told = [f"{placed(shot.at)}: {shot.lines[-1][min(1, len(shot.lines[-1]) - 1)]}" for shot in self.scene.shots]
        film.says = ". ".join([*self.says, *told[:TOLD], *(["…"] if len(told) > TOLD else [])])
        return film.checked()

    def _said(self, shot: Shot, frame: int, y: float) -> Iterator[Item]:
        """Which window it is."""
        place = placed(shot.at)
        yield Label(MARGIN, y, place, SUM, "window", bold=True)
        worked, all_ = len(self.scene.shots), prod(self.scene.outputs)
        says = f"window {frame + 1} of {worked}" + (f" worked, of {all_} in all" if worked < all_ else "")
        yield Label(MARGIN + breadth(place, SUM) + 14, y, says, SMALL, "dim")

    def _image(self, view: View, y: float) -> Iterator[Item]:
        """A piece of a plane of the image; what is not its own is dashed."""
        plane = self.scene.planes[view.key]
        named = ", ".join(filter(None, (self.scene.image, plane.name, _said_piece(view, plane.rows, plane.columns))))
        yield Label(MARGIN, y - 9, named, SMALL, "dim")
        for i, r in enumerate(view.rows):
            for j, c in enumerate(view.columns):
                own = plane.own(r, c)
                x, top = MARGIN + j * self.cell, y + i * CELL
                inset = 0 if own else 2
                yield Box(
                    x + inset,
                    top + inset,
                    self.cell - 2 * inset,
                    CELL - 2 * inset,
                    "" if own else "dim",
                    dashed=not own,
                )
                if text := plane.cell(r, c):
                    yield Label(x + self.cell / 2, top + 28, text, NUMBER, "" if own else "dim", "middle")

    def _window(self, shot: Shot, frame: int) -> Iterator[Item]:
        """The window on the image, the weights in its cells, and its products or cells beside."""
        slots = {view.key: (slot, view) for slot, view in enumerate(self.image_views[frame])}
        first = True
        for i, key in enumerate(shot.planes):
            if key not in slots:
                continue
            slot, view = slots[key]
            y = self.top + slot * self.slot_high
            yield from self._covered(shot, view, y)
            if shot.kernel:
                yield from self._weights(shot, i, view, y)
            won = {(r, c) for plane, r, c in shot.winners if plane == i}
            for r, c in won:
                row, column = shot.rows[r], shot.columns[c]
                if row in view.rows and column in view.columns:
                    corner = (MARGIN + (column - view.columns.start) * self.cell, y + (row - view.rows.start) * CELL)
                    yield from _winner(*corner, self.cell)
            if self.detailed:
                top = y + (self.slot - len(shot.details[i])) * CELL / 2
                if first:
                    yield Label(self.x_details, top - 9, self.scene.details, SMALL, "dim")
                elif shot.kernel:
                    wide = len(shot.columns) * self.detail
                    yield Label(self.x_details + wide / 2, top - 14, "+", TITLE, "", "middle", bold=True)
                first = False
                yield arrow(self.x_details - GAP, y + self.slot * CELL / 2)
                yield from self._details(shot.details[i], top, won)

    def _covered(self, shot: Shot, view: View, y: float) -> Iterator[Item]:
        """The cells of the image under the window, as far as they are seen: one box, or one for each tap."""
        rows, columns = (
            [i for i in own if i in seen] for own, seen in ((shot.rows, view.rows), (shot.columns, view.columns))
        )
        if not rows or not columns:
            return
        x, y = MARGIN - view.columns.start * self.cell, y - view.rows.start * CELL
        if shot.rows.step == 1 == shot.columns.step or (len(rows), len(columns)) == (1, 1):
            wide, high = (columns[-1] + 1 - columns[0]) * self.cell, (rows[-1] + 1 - rows[0]) * CELL
            yield Box(x + columns[0] * self.cell, y + rows[0] * CELL, wide, high, "window", filled=True, thick=True)
            return
        for r in rows:
            for c in columns:
                yield Box(x + c * self.cell, y + r * CELL, self.cell, CELL, "window", filled=True, thick=True)

    def _weights(self, shot: Shot, i: int, view: View, y: float) -> Iterator[Item]:
        """The weights, small in the corners of the cells they are laid on."""
        left, top = MARGIN - view.columns.start * self.cell, y - view.rows.start * CELL
        whole = shot.rows[-1] in view.rows and shot.columns[-1] in view.columns
        if whole and shot.rows[0] in view.rows and shot.columns[0] in view.columns:
            name = f"{shot.kernel_name}-{i}"
            if name not in self.film_.shared:
                from_corner = shot._replace(rows=_moved(shot.rows), columns=_moved(shot.columns))
                self.film_.shared[name] = tuple(self._taps(from_corner, i, from_corner.rows, from_corner.columns, 0, 0))
            yield Use(name, left + shot.columns[0] * self.cell, top + shot.rows[0] * CELL)
        else:
            yield from self._taps(shot, i, view.rows, view.columns, left, top)

    def _taps(
        self, shot: Shot, i: int, rows: Sequence[int], columns: Sequence[int], left: float, top: float
    ) -> Iterator[Item]:
        for r, texts in zip(shot.rows, shot.kernel[i], strict=True):
            for c, text in zip(shot.columns, texts, strict=True):
                if r in rows and c in columns:
                    yield Label(
                        left + (c + 1) * self.cell - 4,
                        top + (r + 1) * CELL - 4,
                        text,
                        WEIGHT,
                        "kernel",
                        "end",
                        bold=True,
                    )

    def _details(self, texts: Texts, y: float, won: set[tuple[int, int]]) -> Iterator[Item]:
        """The products, or the cells that a pooling chooses among."""
        for r, row in enumerate(texts):
            for c, text in enumerate(row):
                x, top = self.x_details + c * self.detail, y + r * CELL
                yield Box(x, top, self.detail, CELL, "window" if text else "dim", dashed=not text)
                if (r, c) in won:
                    yield from _winner(x, top, self.detail)
                yield Label(x + self.detail / 2, top + 28, text, NUMBER, "", "middle")

    def _show_maps(self) -> None:
        """The answer as far as it is worked: a cell is there from its window on."""
        frames_of: dict[tuple[View, ...], list[int]] = {}
        for frame, views in enumerate(self.map_views):
            frames_of.setdefault(views, []).append(frame)
        for views, frames in frames_of.items():
            y = self.map_top
            for view in views:
                self.film_.show(frames, ("map", view), self._map, view, y)
                for i, shot in enumerate(self.scene.shots):
                    r, c = self._place(shot)
                    if view.key == self.scene.map_of(shot.at) and r in view.rows and c in view.columns:
                        x, top = self.x_map + (c - view.columns.start) * self.result, y + (r - view.rows.start) * CELL
                        label = Label(x + self.result / 2, top + 28, shot.value, NUMBER, "", "middle")
                        self.film_.show([f for f in frames if f >= i], ("cell", view, i), list, [label])
                        box = Box(x, top, self.result, CELL, "result", filled=True, thick=True)
                        self.film_.show([f for f in frames if f == i], ("new", view, i), list, [box])
                y += len(view.rows) * CELL + 46

    def _map(self, view: View, y: float) -> Iterator[Item]:
        """The empty cells of a piece of the answer."""
        named = ", ".join(
            filter(None, ("feature map", self.scene.map_name(view.key), _said_piece(view, *self._sizes())))
        )
        yield Label(self.x_map, y - 9, named, SMALL, "dim")
        for i in range(len(view.rows)):
            for j in range(len(view.columns)):
                yield Box(self.x_map + j * self.result, y + i * CELL, self.result, CELL)

    def _lines(self, shot: Shot) -> Iterator[str]:
        """The sums under the picture, each in the fullest form that fits."""
        shown = shot.lines if len(shot.lines) <= PLANES + 1 else shot.lines[-1:]
        for forms in shown:
            wholes = [form for form in forms[:-1] if breadth(form, SUM, bold=True) <= self.room]
            if wholes:
                yield wholes[0]
                continue
            broken = [lines for form in forms[:2] if len(lines := wrapped(form, SUM, self.room, bold=True)) <= 2]
            yield from broken[0] if broken else wrapped(forms[-1], SUM, self.room, bold=True)

    def _sums(self, lines: Sequence[str], y: float) -> Iterator[Item]:
        for i, line in enumerate(lines):
            yield Label(
                MARGIN, y + (i + 1) * 27, line, SUM, "result" if i == len(lines) - 1 else "", bold=i == len(lines) - 1
            )


def headed(title: str, says: Sequence[str], room: float) -> Iterator[Label]:
    """A title and the conventions under it, in lines that are at most so wide."""
    y = 18.0
    for line in wrapped(title, TITLE, room, bold=True):
        y += 28
        yield Label(MARGIN, y, line, TITLE, bold=True)
    for text in says:
        for line in wrapped(text, SMALL, room, " · "):
            y += 22
            yield Label(MARGIN, y, line, SMALL, "dim")


def conventions(derivation: Derivation, notation: Notation) -> list[str]:
    """The first of the conventions that a worked solution opens with."""
    return [notation.text(note.text) for note in derivation.opening[:1]]


def widest(grids: Iterable[Texts], size: float) -> float:
    """How wide cells are that hold all texts of these grids."""
    longest = max((breadth(text, size) for rows in grids for row in rows for text in row), default=0)
    return max(CELL, round(longest + 14))


def _high(views: Sequence[View]) -> int:
    return max(len(view.rows) for view in views)


def _limits(keys: Sequence[Place]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Down and right, the cells up to which so many planes are drawn whole, and those of a piece."""
    share = 1 if len(keys) == 1 else 2
    return (WHOLE[0] // share, PIECE[0] // share), (WHOLE[1], PIECE[1])


def _piece(all_: range, covered: range, limits: tuple[int, int]) -> range:
    """All cells along an axis, or as many as are drawn around those covered, the same for neighbours where that goes."""
    whole, piece = limits
    if len(all_) <= whole:
        return all_
    wide = covered[-1] - covered[0] + 1
    most = min(whole, max(piece, wide + 2))
    spare = max(1, most - wide)
    start = all_.start + (covered[0] - all_.start) // spare * spare
    start = min(start, all_.stop - most)
    return range(start, start + most)


def _said_piece(view: View, rows: range, columns: range) -> str:
    """Which piece of a plane is drawn; empty where it is the whole."""
    if (view.rows, view.columns) == (rows, columns):
        return ""
    r, c = (
        f"{span.start - all_.start + 1}–{span.stop - all_.start}"
        for span, all_ in ((view.rows, rows), (view.columns, columns))
    )
    of = f"{len(rows)}×{len(columns)}"
    return f"columns {c} of {len(columns)}" if len(rows) == 1 else f"rows {r}, columns {c} of {of}"


def _moved(cells: range) -> range:
    """The same cells counted from the first."""
    return range(0, cells.stop - cells.start, cells.step)


def arrow(x: float, y: float) -> Path:
    """An arrow in the middle of a gap that begins there."""
    left, right = x + 18, x + GAP - 18
    return Path(((left, y), (right, y), (right - 7, y - 6), (right, y), (right - 7, y + 6)), "dim")


def _winner(x: float, y: float, wide: float) -> Iterator[Item]:
    """A cell that wins: a thick box and a star in its corner."""
    yield Box(x + 2, y + 2, wide - 4, CELL - 4, "result", filled=True, thick=True)
    points = [(5.5 if i % 2 == 0 else 2.4, pi * (i / 5 - 0.5)) for i in range(10)]
    star = tuple((x + wide - 9 + reach * cos(turn), y + 10 + reach * sin(turn)) for reach, turn in points)
    yield Path(star, "result", closed=True, solid=True)
