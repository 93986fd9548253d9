"""Feature maps to be filled in, cell by cell: what each window comes to, by the right rules and by wrong ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calc.derivation import Chain, Derivation, Note, Pooled, Pools, Step, Window, Windows, lift_entry
from calc.errors import Impossible, at
from calc.exact import Cells, Entry
from calc.expr import Num, Op, Sym, exact
from calc.feature_maps import FeatureMaps
from calc.marking.maps import Wrongs
from calc.quizzes.blanks import Blank, Cause, Cell, Misread, Rules, Turn, spellings
from calc.quizzes.causes import misled
from calc.showing import telling

DRAWN = (16, 24)
"""Rows and columns of a map up to which it is drawn as such; of larger ones the cells that are asked are listed."""

MOST_MISREAD = 6000
"""Cells of maps of two wrong rules together that are kept."""


def turns(question: FeatureMaps, solution: Derivation, rules: Rules, wrongs: Wrongs) -> Iterator[Turn]:
    """The maps of the answer, one for each filter, in each slice; of a large answer its telling cells."""
    answer = question.answer
    if answer.letters:
        raise Impossible("a quiz marks numbers: letters stand in this answer, and --answer marks those")
    places, _ = telling(answer.shape)
    wrong = [led for led in wrongs.singles[1:] if led.answer.shape == answer.shape]
    led = [(misled(e.bends[0].name, e.bends[0].why), e.answer) for e in wrong]
    windows = _windows(solution, answer.shape)
    blanks = {place: _blank(answer, place, led, rules, windows) for place in _places(answer.shape, places)}
    rows, columns = (1, *answer.shape)[-2:]
    if rows > DRAWN[0] or columns > DRAWN[1]:
        lines: list[tuple[Cell, ...]] = [((f"({at(place)})",), blank) for place, blank in blanks.items()]
        yield Turn(("Cells of the feature map",), tuple(lines), (("place",), ("cell",)), (False, True))
        return
    for plane in _places(answer.shape[:-2], None):
        title = "The feature map" if not plane else f"The feature map ({at(plane)})"
        line = len(answer.shape) == 1
        drawn: list[tuple[Cell, ...]] = []
        for row in range(rows):
            cells = [(*plane, *(() if line else (row,)), column) for column in range(columns)]
            drawn.append(tuple(blanks.get(place) or (lift_entry(answer[place]),) for place in cells))
        yield Turn((title,), tuple(drawn), kind="map")


def misread(question: FeatureMaps, rules: Rules, wrongs: Wrongs) -> Iterator[Misread]:
    """The cells that are asked as each wrong rule has them, then as two together have them."""
    answer = question.answer
    places = _places(answer.shape, telling(answer.shape)[0])
    taken = {_exactly(answer, places)}
    room = MOST_MISREAD
    for led in (*wrongs.singles[1:], *wrongs.pairs.values()):
        if led.answer.shape != answer.shape:
            continue
        cells = _exactly(led.answer, places)
        if len(led.bends) > 1:
            room -= len(places)
        if room >= 0 and (cells not in taken or len(led.bends) == 1) and all(cells):
            taken.add(cells)
            yield Misread(tuple(rules.place(misled(bend.name, bend.why)) for bend in led.bends), cells)


def _exactly(answer: Cells, places: Sequence[tuple[int, ...]]) -> tuple[str, ...]:
    """The first spelling of each of these cells."""
    return tuple(next(iter(_spelled(answer[place])), "") for place in places)


def _places(shape: Sequence[int], chosen: Sequence[tuple[int, ...]] | None) -> list[tuple[int, ...]]:
    if chosen is not None:
        return list(chosen)
    places: list[tuple[int, ...]] = [()]
    for many in shape:
        places = [(*place, i) for place in places for i in range(many)]
    return places


def _windows(solution: Derivation, outputs: Sequence[int]) -> Windows | Pools | None:
    """The windows that the answer is made of, one for each cell; None where it comes about otherwise."""
    for step in solution.steps:
        if isinstance(step, Windows | Pools) and step.outputs == tuple(outputs):
            return step
        if isinstance(step, Derivation) and (found := _windows(step, outputs)):
            return found
    return None


def _blank(
    answer: Cells,
    place: tuple[int, ...],
    led: Sequence[tuple[Cause, Cells]],
    rules: Rules,
    windows: Windows | Pools | None,
) -> Blank:
    cell = answer[place]
    right = _spelled(cell)
    wrong = rules.led(right, ((cause, _spelled(cells[place])) for cause, cells in led))
    window = windows.window(place) if windows else None
    steps = tuple(_worked(window, cell)) if window else ()
    asks = f"cell ({at(place)})"
    return Blank(asks, asks, (lift_entry(cell),), right, wrong=wrong, worked=steps, window=window)


def _worked(window: Window | Pooled, cell: Entry) -> Iterator[Step]:
    """The sum of a window, or what is taken of it; and what an activation makes of that."""
    chains: tuple[Chain, ...] = (window.chain,)
    if isinstance(window, Window) and len(window.slices) > 1:
        chains = window.parts
    yield from chains
    before = chains[-1].links[-1].expression
    if before != lift_entry(cell):
        yield Note("why", ("The activation makes ", lift_entry(cell), " of it."))


def _spelled(cell: Entry) -> tuple[str, ...]:
    """The spellings of a cell; none of one with letters."""
    if isinstance(cell, Num):
        cell = cell.number
    return () if isinstance(cell, Sym | Op) else spellings(cell if isinstance(cell, float) else exact(cell))
