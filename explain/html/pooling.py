"""The windows of a pooling: a place for the script that walks them, and all one below the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from calc.derivation import LONGEST_CHAIN, Pools
from calc.exact import Entry
from calc.walk import Ground, ground
from explain.html.marks import chain, escaped, matrix, ringed, written
from explain.html.stepping import block, inside, pool_data, said_chain
from explain.html.windows import IN_FULL, Known, header, line, opened, signed, unwalked
from explain.notation import Notation
from explain.places import lies, placed, spans, tie, value


def pools(steps: Pools, cells: Notation, formulas: Notation, name: str) -> Iterator[str]:
    """The same of a pooling."""
    on = ground(steps)
    if on:
        yield from block(pool_data(steps, on, cells), name)
    else:
        yield unwalked(steps)
    many = prod(steps.outputs) if steps.places is None else len(steps.places)
    yield from opened(many, prod(steps.outputs))
    if many > IN_FULL:
        yield from _rows(steps, cells)
    else:
        yield from _pooled(steps, on, cells, formulas)
    yield "</details>"


def _rows(steps: Pools, cells: Notation) -> Iterator[str]:
    """A row for each window: its place, how its cells become one, and that one."""
    yield from header("how its cells become one", "result")
    for window in steps:
        how, result = said_chain(steps, window, cells), cells.cell(value(window.chain))
        yield line(window.at, (spans(window.rows, window.columns), escaped(how), escaped(result)))
    yield "</tbody></table></div>"


def _pooled(steps: Pools, on: Ground | None, cells: Notation, formulas: Notation) -> Iterator[str]:
    """The image with the window marked, its cells with the winner starred, and how they become one."""
    known = Known(steps.outputs)
    around = on if on and not on.large else None
    sheets = {sheet.at: sheet for sheet in on.sheets} if on else {}
    yield '<ol class="list" role="list">'
    for window in steps:
        result = escaped(cells.cell(value(window.chain)))
        where = f' <span class="where">{lies(window.rows, window.columns, "image")}</span>' if not around else ""
        yield f'<li><p class="place">{placed(window.at)}{where}</p>'
        if inside(window) > LONGEST_CHAIN:
            yield f"<p>{escaped(said_chain(steps, window, cells))}</p></li>"
            continue
        for j, layer in enumerate(window.layers):
            won = {(r, c) for z, r, c in window.winners if z == j}
            if layer.name:
                yield f'<p class="plane">{escaped(layer.name)}</p>'
            yield '<div class="row equation">'
            own = matrix(starred(layer.patch, won, cells), "window", "window", lambda r, c, won=won: _won((r, c), won))  # type: ignore[misc]
            if around:
                *leading, row, column = (*window.at,) if len(steps.spans) > 1 else (*window.at[:-1], 0, window.at[-1])
                plane = sheets[tuple(leading)].planes[j]
                yield from _image(around, plane, around.rows[row], around.columns[column], cells)
                yield from signed("→", own)
            else:
                yield from own
            if j == 0 and known.shown:
                yield from signed("→", known.put(window.at, result))
            yield "</div>"
        yield from chain("", window.chain.links, formulas)
        if len(window.winners) > 1:
            yield f"<p>{tie(window, result)}</p>"
        yield "</li>"
    yield "</ol>"


def _image(on: Ground, plane: int, rows: range, columns: range, cells: Notation) -> Iterator[str]:
    """A plane of the image, dots around it, with a window marked."""
    shown = on.planes[plane]
    entries = [[None if code < 0 else on.numbers[code] for code in row] for row in shown.codes]
    yield from matrix(written(entries, cells), "image, window marked", "", ringed(rows, columns, shown.own))


def _won(place: tuple[int, int], won: set[tuple[int, int]]) -> str:
    return "won" if place in won else ""


def starred(patch: Sequence[Sequence[Entry | None]], won: set[tuple[int, int]], cells: Notation) -> list[list[str]]:
    """The cells of a window, a star behind each that wins."""
    return [
        [f"{cell}<b>*</b>" if (r, c) in won else cell for c, cell in enumerate(row)]
        for r, row in enumerate(written(patch, cells))
    ]
