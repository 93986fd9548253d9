"""The windows of a convolution or a pooling: a place for the script that walks them, and all one below the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, product
from math import prod

from calc.derivation import LONGEST_CHAIN, Pools, Window, Windows
from calc.errors import at as said_at
from calc.errors import counted
from calc.exact import Entry
from calc.records import Field, fits, merged, values
from calc.walk import DRAWN, Ground, Weighed, ground, weighed
from explain.html.marks import chain, escaped, matrix, ringed, written
from explain.html.stepping import inside, joined, kernel_data, last, placed, pool_data, said_chain
from explain.notation import Notation

IN_FULL = 48
"""Windows up to which each is drawn with its matrices; of more each is a row with its sum."""

FILLED = 400
"""Feature maps up to this many cells are drawn as they fill up."""


def windows(steps: Windows, cells: Notation, formulas: Notation, name: str) -> Iterator[str]:
    """A place for the stepper with its data, then the windows that were chosen to be worked."""
    on = ground(steps)
    found = weighed(steps, on) if on else None
    if on and found:
        yield from placed(kernel_data(steps, on, found, cells), name)
    many = prod(steps.outputs) if steps.places is None else len(steps.places)
    yield from opened(many, prod(steps.outputs))
    if many > IN_FULL:
        yield from _header("what is added, zeros left out", "sum")
        yield from _sums(steps, on, found, cells)
        yield "</tbody></table></div>"
    elif steps.working == "hadamard":
        yield from _hadamard(steps, cells, formulas)
    else:
        yield from _products(steps, cells, formulas)
    yield "</details>"


def pools(steps: Pools, cells: Notation, formulas: Notation, name: str) -> Iterator[str]:
    """The same of a pooling."""
    on = ground(steps)
    if on:
        yield from placed(pool_data(steps, on, cells), name)
    many = prod(steps.outputs) if steps.places is None else len(steps.places)
    yield from opened(many, prod(steps.outputs))
    yield from _pooled(steps, cells, formulas, many)
    yield "</details>"


def opened(many: int, of: int) -> Iterator[str]:
    """The list of windows, which the stepper folds up and printing opens."""
    said = counted(many, "window") if many == of else f"{many} of {counted(of, 'window')}"
    yield f'<details class="windows" open><summary>{said}, one below the other</summary>'


class _Known:
    """The answer as far as it is known."""

    def __init__(self, outputs: Sequence[int]) -> None:
        self.rows = [["·"] * outputs[-1] for _ in range(outputs[-2])] if len(outputs) > 1 else [["·"] * outputs[0]]
        self.shown = prod(outputs[-2:]) <= FILLED
        self.plane: tuple[int, ...] = ()

    def put(self, at: Sequence[int], value: str) -> Iterator[str]:
        """The plane of the answer with one cell more, which is marked."""
        if not self.shown:
            return
        *plane, row, column = (0, *at)[-max(2, len(at)) :]
        if tuple(plane) != self.plane:
            self.rows = [["·"] * len(self.rows[0]) for _ in self.rows]
            self.plane = tuple(plane)
        self.rows[row][column] = value
        yield from matrix(self.rows, "feature map so far", "map", lambda r, c: "now" if (r, c) == (row, column) else "")


def _products(steps: Windows, cells: Notation, formulas: Notation) -> Iterator[str]:
    """Window ∘ kernel = products, the answer as far as it is known, and the sum."""
    known = _Known(steps.outputs)
    planes: dict[tuple[int, ...], list[list[str]]] = {}
    small = all(n <= most for n, most in zip((1, *steps.picture.shape[1:])[-2:], DRAWN, strict=True))
    yield '<ol class="list" role="list">'
    for window in steps:
        rows, columns = _covered(window)
        where = "" if small else f' <span class="where">{_where(rows, columns)} of the padded image</span>'
        yield f'<li><p class="place">({said_at(window.at)}){where}</p>'
        several = len(window.slices) > 1
        for i, part in enumerate(window.slices):
            if several:
                yield f'<p class="plane">{escaped(part.name)}</p>'
            yield '<div class="row equation">'
            if small:
                if part.plane not in planes:
                    planes[part.plane] = written(steps.matrix(part.plane).rows(), cells)
                yield from matrix(planes[part.plane], "image, window marked", "", ringed(rows, columns))
            else:
                yield from matrix(written(part.patch, cells), "window", "window", first=(rows[0], columns[0]))
            yield from _signed("∘", matrix(written(part.kernel, cells), "kernel", "kernel"))
            yield from _signed("=", matrix(written(part.products, cells), "products"))
            if i == 0:
                yield from known.put(window.at, escaped(cells.cell(window.sum)))
            yield "</div>"
            if several:
                yield from chain("", window.parts[i].links, formulas)
        if several:
            yield from chain("", window.parts[-1].links, formulas, "all together")
        else:
            yield from chain("", window.chain.links, formulas)
        yield "</li>"
    yield "</ol>"


def _signed(sign: str, drawn: Iterable[str]) -> Iterator[str]:
    yield f'<span class="between">{sign}</span>'
    yield from drawn


def _hadamard(steps: Windows, cells: Notation, formulas: Notation) -> Iterator[str]:
    """All windows, then all products, each as matrices in rows, then the sums."""
    first = next(iter(steps), None)
    for i, part in enumerate(first.slices if first else ()):
        name = f" of {part.name}" if part.name else ""
        yield from _matrices(steps, f"Windows{name}", "window", lambda w, i=i: written(w.slices[i].patch, cells))  # type: ignore[misc]
        title = f"Hadamard products{name}: each window ∘ the kernel, cell by cell"
        yield from _matrices(steps, title, "", lambda w, i=i: written(w.slices[i].products, cells))  # type: ignore[misc]
    yield '<p class="plane">Their sums, zeros left out</p>'
    for window in steps:
        links = dict.fromkeys((window.worked, window.chain.links[-1].expression))
        kept = [link for link in window.chain.links if link.expression in links]
        yield from chain("", kept, formulas, f"({said_at(window.at)})")


def _matrices(steps: Windows, title: str, kind: str, made: Callable[[Window], list[list[str]]]) -> Iterator[str]:
    yield f'<p class="plane">{escaped(title)}</p>'
    for _, row in groupby(steps, key=lambda window: window.at[:-1]):
        yield '<div class="row">'
        for window in row:
            place = f"({said_at(window.at)})"
            yield f"<figure><figcaption>{place}</figcaption>"
            yield from matrix(made(window), place, kind)
            yield "</figure>"
        yield "</div>"


def _sums(steps: Windows, on: Ground | None, found: Weighed | None, cells: Notation) -> Iterator[str]:
    """A row for each window: its place, the sum of its products that are not zero, what it comes to."""
    if steps.places is None and fits(steps) and values(steps) is not None:
        for text in merged(steps, _form(steps, cells)):
            yield text.removesuffix("\n")
        return
    if on and found:
        yield from _tabled(steps, on, found, cells)
        return
    for window in steps:
        where = _where(*_covered(window))
        yield _row(window.at, (where, escaped(cells.write(window.worked)), escaped(cells.cell(window.sum))))


def _tabled(steps: Windows, on: Ground, found: Weighed, cells: Notation) -> Iterator[str]:
    """The same out of the tables of all windows."""
    opening = [cells.cell(x) for x in found.results]
    further = [joined(x, cells) for x in found.results]
    chosen = None if steps.places is None else set(steps.places)
    for step, (sheet, row, column) in enumerate(product(on.sheets, range(len(on.rows)), range(len(on.columns)))):
        at = (*sheet.at, *(() if len(steps.stride) == 1 else (row,)), column)
        if chosen is not None and at not in chosen:
            continue
        rows, columns = on.rows[row], on.columns[column]
        added = [
            found.products[weight][on.planes[plane].codes[r][c]]
            for plane, weights in zip(sheet.planes, found.kernels[sheet.kernel], strict=True)
            for r, line in zip(rows, weights, strict=True)
            for c, weight in zip(columns, line, strict=True)
        ]
        telling = [code for code in (*added, found.bias[sheet.kernel]) if found.results[code] != 0]
        how = "".join((further if i else opening)[code] for i, code in enumerate(telling)) or "0"
        yield _row(at, (_where(rows, columns), escaped(how), escaped(opening[found.sums[step]])))


def _header(how: str, result: str) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("place", "covers", how, result))
    yield f'<div class="scroll"><table class="data sums"><thead><tr>{heads}</tr></thead><tbody>'


def _row(at: Sequence[int], cells: Sequence[str]) -> str:
    where, how, result = cells
    return f'<tr><th scope="row">({said_at(at)})</th><td>{where}</td><td>{how}</td><td class="r">{result}</td></tr>'


def _form(steps: Windows, cells: Notation) -> list[str | Field]:
    """What `_row` makes of a window, as a form."""
    (s_h, s_w), (d_h, d_w) = (1, *steps.stride)[-2:], (1, *steps.dilation)[-2:]
    k_h, k_w = (1, *steps.kernel.shape[2:])[-2:]

    def span(name: str, start: int, size: int, gap: int) -> str:
        return _span(name, range(start, start + gap * (size - 1) + 1, gap))

    def term(value: Entry, opens: bool) -> str:
        if value == 0:
            return ""
        return cells.cell(value) if opens else joined(value, cells)

    def total(value: Entry, terms: int) -> str:
        return ("" if terms else "0") + f'</td><td class="r">{cells.cell(value)}'

    form: list[str | Field] = ['<tr><th scope="row">(']
    line = len(steps.stride) == 1
    if not line:
        form += [Field("row", lambda r: f"{r + 1},")]
    form += [Field("column", lambda c: f"{c + 1}"), ")</th><td>"]
    if not line:
        form += [Field("row", lambda r: f"{span('row', r * s_h, k_h, d_h)}, ")]
    form += [Field("column", lambda c: span("column", c * s_w, k_w, d_w)), "</td><td>"]
    form += [Field("term", term, (i, j)) for i in range(k_h) for j in range(k_w)]
    return [*form, Field("bias", term), Field("sum", total), "</td></tr>\n"]


def _covered(window: Window) -> tuple[range, range]:
    """The rows and columns of the padded image under the taps of the kernel."""
    patch = window.slices[0].patch
    sizes = len(patch), len(patch[0])
    rows, columns = (range(c, c + d * k, d) for c, d, k in zip(window.corner, window.dilation, sizes, strict=True))
    return rows, columns


def _where(rows: range, columns: range) -> str:
    return f"{_span('row', rows)}, {_span('column', columns)}"


def _span(name: str, cells: range) -> str:
    return f"{name}s {cells[0] + 1}–{cells[-1] + 1}" if len(cells) > 1 else f"{name} {cells[0] + 1}"


def _pooled(steps: Pools, cells: Notation, formulas: Notation, many: int) -> Iterator[str]:
    """The image with the window marked, its cells with the winner starred, and how they become one."""
    known = _Known(steps.outputs)
    rows_ = many > IN_FULL
    if rows_:
        yield from _header("how its cells become one", "result")
    else:
        yield '<ol class="list" role="list">'
    for window in steps:
        value = escaped(cells.cell(last(window.chain)))
        where = _where(window.rows, window.columns)
        if rows_:
            how = said_chain(window, steps.kind, cells)
            yield _row(window.at, (where, escaped(how), value))
            continue
        yield f'<li><p class="place">({said_at(window.at)}) <span class="where">{where} of the image</span></p>'
        if inside(window) > LONGEST_CHAIN:
            yield f"<p>{escaped(said_chain(window, steps.kind, cells))}</p></li>"
            continue
        for j, layer in enumerate(window.layers):
            won = {(r, c) for z, r, c in window.winners if z == j}
            if layer.name:
                yield f'<p class="plane">{escaped(layer.name)}</p>'
            yield '<div class="row equation">'
            yield from matrix(
                starred(layer.patch, won, cells),
                "window",
                "window",
                lambda r, c, won=won: "won" if (r, c) in won else "",  # type: ignore[misc]
            )
            if j == 0:
                yield from _signed("→", known.put(window.at, value)) if known.shown else ()
            yield "</div>"
        yield from chain("", window.chain.links, formulas)
        if len(window.winners) > 1:
            yield f"<p>a tie: {len(window.winners)} cells hold {value}; the answer is the same whichever is taken</p>"
        yield "</li>"
    yield "</tbody></table></div>" if rows_ else "</ol>"


def starred(patch: Sequence[Sequence[Entry | None]], won: set[tuple[int, int]], cells: Notation) -> list[list[str]]:
    """The cells of a window, a star behind each that wins."""
    return [
        [f"{cell}<b>*</b>" if (r, c) in won else cell for c, cell in enumerate(row)]
        for r, row in enumerate(written(patch, cells))
    ]
