"""The windows of a convolution or a pooling: a place for the script that walks them, and all one below the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, product
from math import prod

from calc.derivation import Pools, Window, Windows
from calc.exact import Entry
from calc.records import Field, fits, merged, values
from calc.showing import DRAWN_AROUND
from calc.walk import MOST_STEPS, Ground, Weighed, ground, own, weighed
from explain.html.marks import between, chain, escaped, matrix, ringed, written
from explain.html.stepping import block, joined, kernel_data
from explain.notation import TEXT, Notation
from explain.places import SUMS, covered, lies, placed, products_of, span, spans, windows_of

IN_FULL = 48
"""Windows up to which each is drawn with its matrices; of more each is a row with its sum."""

FILLED = 400
"""Feature maps up to this many cells are drawn as they fill up."""


def windows(steps: Windows, cells: Notation, formulas: Notation, name: str) -> Iterator[str]:
    """A place for the stepper with its data, then the windows that were chosen to be worked."""
    on = ground(steps)
    found = weighed(steps, on) if on else None
    if on and found:
        yield from block(kernel_data(steps, on, found, cells), name)
    else:
        yield unwalked(steps)
    many = prod(steps.outputs) if steps.places is None else len(steps.places)
    yield from opened(many, prod(steps.outputs))
    if many > IN_FULL:
        yield from header("what is added, zeros left out", "sum")
        yield from _sums(steps, on, found, cells)
        yield "</tbody></table></div>"
    elif steps.working == "hadamard":
        yield from _hadamard(steps, cells, formulas)
    else:
        yield from _products(steps, cells, formulas)
    yield "</details>"


def unwalked(steps: Windows | Pools) -> str:
    """Why no stepper is there, and what would have one."""
    many = prod(steps.outputs)
    said = f"{TEXT.number(many)} windows" if many > MOST_STEPS else "Windows of so large an image"
    most = f"; {TEXT.number(MOST_STEPS)} are the most" if many > MOST_STEPS else ""
    return (
        f'<p class="convention">{said} are too many for a stepper{most}: a piece of the image (--crop) or a smaller'
        " one (--resize) can be walked window by window.</p>"
    )


def opened(many: int, of: int) -> Iterator[str]:
    """The list of windows, which the stepper folds up and printing opens."""
    said = "The one window" if of == 1 else f"{many} windows" if many == of else f"{many} of {of} windows"
    yield f'<details class="windows" open><summary>{said}{", one below the other" if many > 1 else ""}</summary>'


class Known:
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
    known = Known(steps.outputs)
    planes: dict[tuple[int, ...], list[list[str]]] = {}
    small = all(n <= most for n, most in zip((1, *steps.picture.shape[1:])[-2:], DRAWN_AROUND, strict=True))
    yield '<ol class="list" role="list">'
    for window in steps:
        rows, columns = covered(window)
        where = "" if small else f' <span class="where">{lies(rows, columns)}</span>'
        yield f'<li><p class="place">{placed(window.at)}{where}</p>'
        several = len(window.slices) > 1
        for i, part in enumerate(window.slices):
            if several:
                yield f'<p class="plane">{escaped(part.name)}</p>'
            yield '<div class="row equation">'
            if small:
                if part.plane not in planes:
                    planes[part.plane] = written(steps.matrix(part.plane).rows(), cells)
                yield from matrix(
                    planes[part.plane], "image, window marked", "", ringed(rows, columns, own(steps, part.plane))
                )
            else:
                yield from matrix(written(part.patch, cells), "window", "window", first=(rows[0], columns[0]))
            yield from signed("∘", matrix(written(part.kernel, cells), "kernel", "kernel"))
            yield from signed("=", matrix(written(part.products, cells), "products"))
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


def signed(sign: str, drawn: Iterable[str]) -> Iterator[str]:
    """Something drawn behind a sign."""
    yield between(sign)
    yield from drawn


def _hadamard(steps: Windows, cells: Notation, formulas: Notation) -> Iterator[str]:
    """All windows, then all products, each as matrices in rows, then the sums."""
    first = next(iter(steps), None)
    for i, part in enumerate(first.slices if first else ()):
        yield from _matrices(steps, windows_of(part), "window", lambda w, i=i: written(w.slices[i].patch, cells))  # type: ignore[misc]
        yield from _matrices(steps, products_of(steps, part), "", lambda w, i=i: written(w.slices[i].products, cells))  # type: ignore[misc]
    yield f'<p class="plane">{SUMS}</p>'
    for window in steps:
        links = dict.fromkeys((window.worked, window.chain.links[-1].expression))
        kept = [link for link in window.chain.links if link.expression in links]
        yield from chain("", kept, formulas, f"{placed(window.at)}")


def _matrices(steps: Windows, title: str, kind: str, made: Callable[[Window], list[list[str]]]) -> Iterator[str]:
    yield f'<p class="plane">{escaped(title)}</p>'
    for _, row in groupby(steps, key=lambda window: window.at[:-1]):
        yield '<div class="row">'
        for window in row:
            place = f"{placed(window.at)}"
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
        where = spans(*covered(window))
        yield line(window.at, (where, escaped(cells.write(window.worked)), escaped(cells.cell(window.sum))))


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
        yield line(at, (spans(rows, columns), escaped(how), escaped(opening[found.sums[step]])))


def header(how: str, result: str) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("place", "covers", how, result))
    yield f'<div class="scroll"><table class="data sums"><thead><tr>{heads}</tr></thead><tbody>'


def line(at: Sequence[int], cells: Sequence[str]) -> str:
    where, how, result = cells
    return f'<tr><th scope="row">{placed(at)}</th><td>{where}</td><td>{how}</td><td class="r">{result}</td></tr>'


def _form(steps: Windows, cells: Notation) -> list[str | Field]:
    """What `line` makes of a window, as a form."""
    (s_h, s_w), (d_h, d_w) = (1, *steps.stride)[-2:], (1, *steps.dilation)[-2:]
    k_h, k_w = (1, *steps.kernel.shape[2:])[-2:]

    def covered_by(start: int, size: int, gap: int) -> range:
        return range(start, start + gap * (size - 1) + 1, gap)

    def term(value: Entry, before: int) -> str:
        if value == 0:
            return ""
        return joined(value, cells) if before else cells.cell(value)

    def total(value: Entry, terms: int) -> str:
        return ("" if terms else "0") + f'</td><td class="r">{cells.cell(value)}'

    form: list[str | Field] = ['<tr><th scope="row">(']
    flat = len(steps.stride) > 1
    if flat:
        form += [Field("row", lambda r: f"{r + 1},")]
    form += [Field("column", lambda c: f"{c + 1}"), ")</th><td>"]
    if flat:
        form += [Field("row", lambda r: f"{span('row', covered_by(r * s_h, k_h, d_h))}, ")]
    form += [Field("column", lambda c: span("column", covered_by(c * s_w, k_w, d_w))), "</td><td>"]
    form += [Field("term", term, (i, j)) for i in range(k_h) for j in range(k_w)]
    return [*form, Field("bias", term), Field("sum", total), "</td></tr>\n"]
