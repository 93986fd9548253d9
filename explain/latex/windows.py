"""A kernel sliding over an image in LaTeX: the window marked, the products, their sum at one equals sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from calc.choices import every
from calc.derivation import LONGEST_CHAIN, Chain, Pooled, Pools, Window, Windows
from calc.exact import Cells, Entry
from calc.records import merged, written
from calc.showing import DRAWN_AROUND
from explain.blocks import told
from explain.latex.blocks import ROOM, Part, Row, Shown, aligned, bands, captioned, display, framed, matrix
from explain.latex.framed import form_of
from explain.notation import Notation
from explain.places import SUMS, beyond, covered, lies, of_many, placed, products_of, tie, value, windows_of
from explain.tex import tex

TOGETHER = 40
"""Sums that are aligned with each other."""


class Slides:
    """Writes windows in a notation without parted thousands."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation

    def draw(self, windows: Windows) -> Iterator[str]:
        if windows.working == "hadamard":
            yield from self.hadamard(windows)
            return
        pictures = _Pictures(windows, self.notation)
        form = None if pictures.drawn else form_of(windows, self.notation)
        if form and windows.places is None:
            yield from (text.removesuffix("\n") for text in merged(windows, form))
            return
        for window in windows:
            if form:
                yield "".join(written(window, form)).removesuffix("\n")
            else:
                yield from self.window(window, pictures)

    def window(self, window: Window, pictures: _Pictures) -> Iterator[str]:
        """The image with the window marked, the kernel, the products; then their sum."""
        many = len(window.slices) > 1
        if many or not pictures.drawn:
            yield from _heading(window.at, "" if pictures.drawn else lies(*covered(window)))
        rows: list[Row | Shown] = []
        for i, part in enumerate(window.slices):
            picture = pictures.of(part.plane)
            marked = _cells(*covered(window))
            seen = [Part(framed(picture, marked), pictures.wide)] if picture else self.parts(part.patch, "cnnwindow")
            named = "" if many or not pictures.drawn else f"\\text{{{placed(window.at)}}}"
            shown = [*seen, *self.parts(part.kernel, "cnnkernel", r"\circ"), *self.parts(part.products, "", "=")]
            rows.append(Shown(named, shown))
            if many:
                rows += self.rows(f"\\text{{{tex(part.name)}}}", window.parts[i])
        chain = window.parts[-1] if many else window.chain
        yield from aligned([*rows, *self.rows(_output(window.at), chain)], self.notation)

    def parts(self, rows: Sequence[Sequence[Entry]], colour: str, sign: str = "") -> Iterator[Part]:
        """A matrix, a wide one in bands that say which columns they hold."""
        made = list(bands([[self.notation.cell(x) for x in row] for row in rows]))
        for i, (columns, cells, wide) in enumerate(made):
            caption = tex(told(columns)) if len(made) > 1 else ""
            yield Part(captioned(matrix(cells, colour), caption), wide, sign if i == 0 else "")

    def rows(self, left: str, chain: Chain) -> list[Row]:
        return [
            Row(left if i == 0 else "", self.notation.relation(link.sign), link.expression)
            for i, link in enumerate(chain.links)
        ]

    def hadamard(self, windows: Windows) -> Iterator[str]:
        """All windows, then all products, each as a grid of matrices, then the products added up."""
        first = next(iter(windows), None)
        for i, part in enumerate(first.slices if first else ()):
            yield from ("", f"{tex(windows_of(part))}:\\nopagebreak")
            for _, row in groupby(windows, key=lambda window: window.at[:-1]):
                yield from display([self.labelled(w.at, w.slices[i].patch, "cnnwindow") for w in row])
            yield from ("", f"{tex(products_of(windows, part))}:\\nopagebreak")
            for _, row in groupby(windows, key=lambda window: window.at[:-1]):
                yield from display([self.labelled(w.at, w.slices[i].products, "") for w in row])
        yield from ("", f"{SUMS}:\\nopagebreak")
        rows: list[Row] = []
        for window in windows:
            worked, sum_ = self.notation.write(window.worked), self.notation.cell(window.sum)
            rows.append(Row(_output(window.at), "=", window.worked, "", f" = {sum_}" if worked != sum_ else ""))
            if len(rows) == TOGETHER:
                yield from aligned(rows, self.notation)
                rows = []
        yield from aligned(rows, self.notation)

    def labelled(self, at: tuple[int, ...], rows: Sequence[Sequence[Entry]], colour: str) -> Part:
        """A matrix under the place that it belongs to."""
        ((_, cells, wide),) = bands([[self.notation.cell(x) for x in row] for row in rows], float("inf"))
        return Part(captioned(matrix(cells, colour), placed(at)), wide)

    def pool(self, pools: Pools) -> Iterator[str]:
        """Per window: the image with the window marked, its cells with the winner starred, how they become one."""
        pictures = _Pictures(pools, self.notation)
        for window in pools:
            many = sum(x is not None for layer in window.layers for row in layer.patch for x in row)
            long = many > LONGEST_CHAIN
            if long or not pictures.drawn:
                yield from _heading(window.at, lies(window.rows, window.columns, "image"))
            if long:
                yield from ("", tex(of_many(pools, window, many)) + ":")
            shown = [] if long else self.layers(window, pictures)
            yield from aligned([*shown, *self.rows(_output(window.at), window.chain)], self.notation)
            if len(window.winners) > 1:
                yield from ("", f"{{\\itshape {tex(tie(window, self.notation.cell(value(window.chain))))}}}")

    def layers(self, window: Pooled, pictures: _Pictures) -> Iterator[Shown]:
        """The image with the window marked, and the cells of the window."""
        for i, layer in enumerate(window.layers):
            picture = pictures.of(layer.plane)
            won = {(r, c) for z, r, c in window.winners if z == i}
            cells = [[self.cell(x, (r, c) in won) for c, x in enumerate(row)] for r, row in enumerate(layer.patch)]
            moved = _moved(window.rows, pictures.first[0]), _moved(window.columns, pictures.first[1])
            shown = [Part(framed(picture, _cells(*moved)), pictures.wide)] if picture else []
            for j, (_, band, wide) in enumerate(bands(cells)):
                shown.append(Part(matrix(band, "cnnwindow"), wide, r"\to" if picture and j == 0 else ""))
            named = placed(window.at) if i == 0 and pictures.drawn else ""
            yield Shown(f"\\text{{{tex(f'{named} {layer.name}'.strip())}}}", shown)

    def cell(self, x: Entry | None, won: bool) -> str:
        """A cell of a pooling window: a star behind one that wins, a dot where nothing counts."""
        if x is None:
            return r"\cdot"
        return f"\\mathbf{{{self.notation.cell(x)}}}^{{*}}" if won else self.notation.cell(x)


def _heading(at: tuple[int, ...], where: str) -> Iterator[str]:
    yield from ("", f"\\textbf{{{placed(at)}}} {tex(where)}".rstrip() + "\\nopagebreak")


def _output(at: tuple[int, ...]) -> str:
    return f"y_{{{placed(at)[1:-1]}}}"


def _cells(rows: range, columns: range) -> set[tuple[int, int]]:
    return {(r, c) for r in rows for c in columns}


def _moved(cells: range, first: int) -> range:
    return range(cells.start - first, cells.stop - first, cells.step)


class _Pictures:
    """The planes of an image as written cells, each when it is first asked for; none of an image that is too large."""

    def __init__(self, windows: Windows | Pools, notation: Notation) -> None:
        self.cells = windows.picture if isinstance(windows, Windows) else windows.image
        self.notation = notation
        self.around = (range(0), range(0)) if isinstance(windows, Windows) else beyond(windows)
        self.first = self.around[0].start, self.around[1].start
        self.written: dict[tuple[int, ...], list[list[str]]] = {}
        shape = self.cells.shape
        size = [n + len(more) for n, more in zip((1, *shape[1:])[-2:], self.around, strict=True)]
        self.drawn = all(n <= most for n, most in zip(size, DRAWN_AROUND, strict=True))
        planes = every(shape[: max(1, len(shape) - 2)]) if self.drawn else ()
        self.wide = max((next(bands(self.of(plane), float("inf")))[2] for plane in planes), default=0.0)
        self.drawn = self.drawn and self.wide <= ROOM

    def of(self, plane: tuple[int, ...]) -> list[list[str]]:
        """The cells of a plane, those around it where nothing counts as dots; none where there is no picture."""
        if not self.drawn:
            return []
        if plane not in self.written:
            outside = len(plane) > 1 and not 0 <= plane[1] < self.cells.shape[1]
            self.written[plane] = [] if outside else self._plane(self.cells.plane(*plane))
        return self.written[plane]

    def _plane(self, cells: Cells) -> list[list[str]]:
        down, right = self.around
        rows = [[self.notation.cell(x) for x in row] for row in cells.rows()]
        dot = r"\cdot"
        dots = [dot] * (len(rows[0]) + len(right))
        rows = [[dot] * -right.start + row + [dot] * right.stop for row in rows]
        return [dots] * -down.start + rows + [dots] * down.stop
