"""The stamps of a transposed convolution as a picture: the kernel times one cell, where it lands, all of them so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calc.derivation import Derivation, Grid
from explain.films.drawing import Box, Film, Item, Label, Role
from explain.films.figures import CELL, GAP, LEAST, MARGIN, NUMBER, SMALL, SUM, arrow, conventions, headed, widest
from explain.notation import Notation


def stamps_in(derivation: Derivation) -> list[tuple[Derivation, list[Grid]]]:
    """The parts of a worked solution that are matrices alone, some of their cells lit."""
    found: list[tuple[Derivation, list[Grid]]] = []
    for step in derivation.steps:
        if isinstance(step, Derivation):
            grids = [each for each in step.steps if isinstance(each, Grid)]
            lit = len(grids) == len(step.steps) and any(grid.lit for grid in grids)
            found += [(step, grids)] if lit else stamps_in(step)
    return found


def stamping(derivation: Derivation, stamps: Sequence[tuple[Derivation, Sequence[Grid]]]) -> Film:
    """The stamps as a film, a frame for each."""
    notation = Notation(decimals=derivation.decimals)
    plain = notation.plain()
    columns = max(len(grids) for _, grids in stamps)
    known = [[grids[i] for _, grids in stamps if i < len(grids)] for i in range(columns)]
    cells = [widest((_texts(grid, plain) for grid in grids), NUMBER) for grids in known]
    lefts = [float(MARGIN)]
    for wide, grids in zip(cells, known, strict=True):
        lefts.append(lefts[-1] + wide * max(grid.cells.shape[1] for grid in grids) + GAP)
    film = Film(notation.text(derivation.title), frames=len(stamps))
    film.width = max(LEAST, lefts[-1] - GAP + MARGIN)
    head = list(headed(film.title, conventions(derivation, notation), film.width - 2 * MARGIN))
    film.show(range(len(stamps)), "head", list, head)
    top = head[-1].y + 44
    high = CELL * max(grid.cells.shape[0] for grids in known for grid in grids)
    film.height = top + 34 + high + MARGIN
    titles = [notation.text(part.title) for part, _ in stamps]
    for frame, ((_, matrices), title) in enumerate(zip(stamps, titles, strict=True)):
        film.show([frame], ("at", frame), list, [Label(MARGIN, top, title, SUM, "window", bold=True)])
        for i, grid in enumerate(matrices):
            middle = top + 34 + high / 2
            if i:
                film.show([frame], ("arrow", frame, i), list, [arrow(lefts[i] - GAP, middle)])
            film.show([frame], ("grid", frame, i), _drawn, grid, _texts(grid, plain), lefts[i], middle, cells[i])
    film.says = ". ".join([*(label.text for label in head[1:]), *titles])
    return film.checked()


def _texts(grid: Grid, notation: Notation) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(notation.cell, row)) for row in grid.cells.rows())


def _drawn(grid: Grid, texts: Sequence[Sequence[str]], left: float, middle: float, wide: float) -> Iterator[Item]:
    """A matrix under its caption, the lit cells thick and tinted."""
    top = middle - len(texts) * CELL / 2
    rows, columns = grid.lit or (range(0), range(0))
    yield Label(left, top - 9, grid.caption, SMALL, "dim")
    for r, row in enumerate(texts):
        for c, text in enumerate(row):
            x, y = left + c * wide, top + r * CELL
            role: Role = "kernel" if grid.what == "kernel" else ""
            yield Box(x, y, wide, CELL, role)
            yield Label(x + wide / 2, y + 28, text, NUMBER, role, "middle")
    for r in rows:
        for c in columns:
            role = "result" if grid.what == "feature map" else "window"
            yield Box(left + c * wide, top + r * CELL, wide, CELL, role, filled=True, thick=True)
