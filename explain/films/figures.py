"""The sliding window as a picture: the image with the window and its weights, the products, the map as it fills.

In the manner of the figures that convolution arithmetic is known by, with the numbers in them. A frame is one window
that was worked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from math import ceil, cos, pi, prod, sin
from typing import NamedTuple

from calc.derivation import Derivation, Pools, Windows
from calc.errors import Impossible, at
from explain.films.drawing import Box, Film, Item, Label, Path, Role, Use, breadth, wrapped
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
        lines = [list(self._lines(shot)) for shot in self.scene.shots]
        film.show(everywhere, "arrow", list, [arrow(self.x_map - GAP, self.middle)])
        for frame, shot in enumerate(self.scene.shots):
            for slot, view in enumerate(self.image_views[frame]):
                film.show([frame], ("image", slot, view), self._image, view, self.top + slot * self.slot_high)
            if self.detailed:
                for nth, (i, _, y) in enumerate(self._tops(shot, frame)):
                    holds = tuple(tuple(map(bool, row)) for row in shot.details[i])
                    film.show([frame], ("details", nth, y, holds), self._beside, shot, nth, y, holds)
        frames_of: dict[tuple[View, ...], list[int]] = {}
        for frame, views in enumerate(self.map_views):
            frames_of.setdefault(views, []).append(frame)
        for views, frames in frames_of.items():
            for view, y in self._maps(views):
                film.show(frames, ("map", view), self._map, view, y)
        for frame, shot in enumerate(self.scene.shots):
            film.show([frame], ("at", frame), self._said, shot, frame, top)
            film.show([frame], ("window", frame), self._window, shot, frame)
            film.show([frame], ("new", frame), self._new, shot, frame)
            film.show([frame], ("sum", frame), self._sums, lines[frame], bottom)
        self._show_numbers(frames_of)
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
        texts: list[Label] = []
        for i, r in enumerate(view.rows):
            own = [plane.own(r, c) for c in view.columns]
            yield self._row(MARGIN, y + i * CELL, self.cell, own, inset=2)
            for j, c in enumerate(view.columns):
                if text := plane.cell(r, c):
                    role: Role = "" if own[j] else "dim"
                    x = MARGIN + (j + 0.5) * self.cell
                    texts.append(Label(x, y + i * CELL + 28, text, NUMBER, role, "middle"))
        yield from sorted(texts, key=lambda label: label.role)

    def _row(self, x: float, y: float, wide: float, there: Sequence[bool], role: Role = "", *, inset: float = 0) -> Use:
        """A row of empty cells, those dashed that are not there; shared by all that are alike."""
        name = f"{role or 'row'}-{wide:g}-{''.join('01'[each] for each in there)}"
        self.film_.shared.setdefault(
            name,
            tuple(
                Box(i * wide, 0, wide, CELL, role)
                if own
                else Box(i * wide + inset, inset, wide - 2 * inset, CELL - 2 * inset, "dim", dashed=True)
                for i, own in enumerate(there)
            ),
        )
        return Use(name, x, y)

    def _tops(self, shot: Shot, frame: int) -> Iterator[tuple[int, int, float]]:
        """The planes under a window that are seen, in which slot, and where what stands beside each of them begins."""
        slots = {view.key: slot for slot, view in enumerate(self.image_views[frame])}
        for i, key in enumerate(shot.planes):
            if key in slots:
                yield i, slots[key], self.top + slots[key] * self.slot_high + (self.slot - len(shot.rows)) * CELL / 2

    def _beside(self, shot: Shot, nth: int, y: float, holds: Sequence[Sequence[bool]]) -> Iterator[Item]:
        """The empty cells of the products, or of those a pooling chooses among; what is not there is dashed."""
        if nth == 0:
            yield Label(self.x_details, y - 9, self.scene.details, SMALL, "dim")
        elif shot.kernel:
            wide = len(shot.columns) * self.detail
            yield Label(self.x_details + wide / 2, y - 14, "+", TITLE, "", "middle", bold=True)
        yield arrow(self.x_details - GAP, y + len(shot.rows) * CELL / 2)
        for r, row in enumerate(holds):
            yield self._row(self.x_details, y + r * CELL, self.detail, row, "window")

    def _window(self, shot: Shot, frame: int) -> Iterator[Item]:
        """The window on the image, the weights in its cells, and its products or cells beside."""
        tops = list(self._tops(shot, frame))
        for i, slot, top in tops:
            view = self.image_views[frame][slot]
            y = self.top + slot * self.slot_high
            yield from self._laid(shot, i, view, y)
            for plane, r, c in shot.winners:
                if plane != i:
                    continue
                row, column = shot.rows[r], shot.columns[c]
                if row in view.rows and column in view.columns:
                    corner = (MARGIN + (column - view.columns.start) * self.cell, y + (row - view.rows.start) * CELL)
                    yield from _winner(*corner, self.cell)
                if self.detailed:
                    yield from _winner(self.x_details + c * self.detail, top + r * CELL, self.detail)
        if self.detailed:
            for i, _, top in tops:
                yield from self._details(shot.details[i], top)

    def _laid(self, shot: Shot, i: int, view: View, y: float) -> Iterator[Item]:
        """The window on a plane, and small in the corners of its cells the weights; shared where it is seen whole."""
        left, top = MARGIN - view.columns.start * self.cell, y - view.rows.start * CELL
        if all(r in view.rows for r in shot.rows) and all(c in view.columns for c in shot.columns):
            name = f"{shot.kernel_name}-{i}" if shot.kernel else f"w-{len(shot.rows)}-{len(shot.columns)}"
            if name not in self.film_.shared:
                moved = shot._replace(rows=_moved(shot.rows), columns=_moved(shot.columns))
                self.film_.shared[name] = tuple(self._cells(moved, i, moved.rows, moved.columns, 0, 0))
            yield Use(name, left + shot.columns[0] * self.cell, top + shot.rows[0] * CELL)
        else:
            yield from self._cells(shot, i, view.rows, view.columns, left, top)

    def _cells(self, shot: Shot, i: int, seen: range, across: range, left: float, top: float) -> Iterator[Item]:
        """The cells under the window among those seen, one box or one for each tap, and the weights on them."""
        rows, columns = [r for r in shot.rows if r in seen], [c for c in shot.columns if c in across]
        if not rows or not columns:
            return
        one = shot.rows.step == 1 == shot.columns.step or (len(rows), len(columns)) == (1, 1)
        down, right = (
            [(each[0], each[-1] + 1)] if one else [(cell, cell + 1) for cell in each] for each in (rows, columns)
        )
        for r, below in down:
            for c, beyond in right:
                wide, high = (beyond - c) * self.cell, (below - r) * CELL
                yield Box(left + c * self.cell, top + r * CELL, wide, high, "window", filled=True, thick=True)
        for r, texts in zip(shot.rows, shot.kernel[i] if shot.kernel else (), strict=False):
            for c, text in zip(shot.columns, texts, strict=True):
                if r in seen and c in across:
                    x, y = left + (c + 1) * self.cell - 4, top + (r + 1) * CELL - 4
                    yield Label(x, y, text, WEIGHT, "kernel", "end", bold=True)

    def _details(self, texts: Texts, y: float) -> Iterator[Item]:
        """The products, or the cells that a pooling chooses among; the zeros of a row are shared by all alike."""
        for r, row in enumerate(texts):
            zeros = [c for c, text in enumerate(row) if text == "0"]
            if len(zeros) > 1:
                name = f"0-{'-'.join(map(str, zeros))}"
                self.film_.shared.setdefault(name, tuple(self._detail(c, 0, "0") for c in zeros))
                yield Use(name, 0, y + r * CELL)
        for r, row in enumerate(texts):
            several = row.count("0") > 1
            yield from (
                self._detail(c, y + r * CELL, text)
                for c, text in enumerate(row)
                if text and not (several and text == "0")
            )

    def _detail(self, column: int, y: float, text: str) -> Label:
        return Label(self.x_details + (column + 0.5) * self.detail, y + 28, text, NUMBER, "", "middle")

    def _maps(self, views: Sequence[View]) -> Iterator[tuple[View, float]]:
        """The pieces of the answer that are seen together, and where each begins."""
        y = self.map_top
        for view in views:
            yield view, y
            y += len(view.rows) * CELL + 46

    def _cell(self, shot: Shot, view: View, y: float) -> tuple[float, float]:
        """Where the cell stands that a window makes."""
        r, c = self._place(shot)
        return self.x_map + (c - view.columns.start) * self.result, y + (r - view.rows.start) * CELL

    def _new(self, shot: Shot, frame: int) -> Iterator[Item]:
        """The cell that is worked now."""
        for view, y in self._maps(self.map_views[frame]):
            if view.key == self.scene.map_of(shot.at):
                yield Box(*self._cell(shot, view, y), self.result, CELL, "result", filled=True, thick=True)

    def _show_numbers(self, frames_of: dict[tuple[View, ...], list[int]]) -> None:
        """The answer as far as it is worked: a number is there from its window on."""
        for views, frames in frames_of.items():
            for view, y in self._maps(views):
                self.film_.show(frames, ("named", view), self._map_name, view, y)
                for i, shot in enumerate(self.scene.shots):
                    r, c = self._place(shot)
                    if view.key == self.scene.map_of(shot.at) and r in view.rows and c in view.columns:
                        x, top = self._cell(shot, view, y)
                        label = Label(x + self.result / 2, top + 28, shot.value, NUMBER, "", "middle")
                        self.film_.show(frames[bisect_left(frames, i) :], ("cell", view, i), list, [label])

    def _map_name(self, view: View, y: float) -> Iterator[Item]:
        named = filter(None, ("feature map", self.scene.map_name(view.key), _said_piece(view, *self._sizes())))
        yield Label(self.x_map, y - 9, ", ".join(named), SMALL, "dim")

    def _map(self, view: View, y: float) -> Iterator[Item]:
        """The empty cells of a piece of the answer."""
        for i in range(len(view.rows)):
            yield self._row(self.x_map, y + i * CELL, self.result, [True] * len(view.columns))

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
    return max(CELL, 2 * ceil(longest / 2 + 7))


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
