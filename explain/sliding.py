"""A kernel sliding over an image, drawn window by window or as grids of matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from calc.derivation import Window, Windows
from calc.exact import Cells
from explain.blocks import Block, Line, Role, Span, beside, breadth, matrix, sign, stacked, wrap
from explain.notation import Notation

DRAWN = (16, 24)
"""Rows and columns up to which the padded image is drawn whole around each window."""

PREVIEWED = 400
"""Feature maps up to this many cells are drawn as they fill up."""


@dataclass(frozen=True)
class Sliding:
    """The page on which windows are drawn: its width in columns, and a notation without parted thousands."""

    width: int
    notation: Notation

    def draw(self, windows: Windows) -> Iterator[Line]:
        yield from self._hadamard(windows) if windows.working == "hadamard" else self._products(windows)

    def _products(self, windows: Windows) -> Iterator[Line]:
        """Per window: the padded image with the window marked, the kernel, the products, the map as far as it is known."""
        small = all(n <= most for n, most in zip(windows.picture.shape, DRAWN, strict=True))
        picture = _Picture.of(windows.picture, self.notation) if small else None
        known = _Known.of(windows, self.notation)
        for i, window in enumerate(windows):
            if i:
                yield ()
            filled = known.with_(window) if known else []
            drawn = self._equation(window, picture, filled) if picture else []
            yield (_place(window), "bold"), ("" if drawn else _where(window), "dim")
            yield from drawn or self._equation(window, None, filled)
            yield from self._sum(window)

    def _equation(self, window: Window, picture: _Picture | None, filled: Block) -> Block:
        """The window (in the picture if there is one) ∘ kernel = products, and the map; nothing if a picture does not fit."""
        kernel, products = matrix(window.kernel, self.notation, "kernel"), matrix(window.products, self.notation)
        seen = picture.around(window) if picture else matrix(window.patch, self.notation, "window")
        blocks: list[Block] = [seen, sign("∘", kernel), kernel, sign("=", products), products]
        with_map: list[Block] = [*blocks, [((" ", ""),)], filled]
        for whole in (with_map, blocks) if filled else (blocks,):
            if breadth(whole, 2) <= self.width:
                return list(beside(whole, 2))
        return [] if picture else list(stacked(blocks, 2, self.width))

    def _sum(self, window: Window) -> Iterator[Line]:
        first, *rest = (self.notation.write(link.expression) for link in window.chain.links)
        yield from (((line, ""),) for line in wrap(first, self.width))
        if rest:
            for i, line in enumerate(wrap(f"= {' = '.join(rest)}", self.width - 2)):
                yield ((line if i == 0 else f"  {line}", "result"),)

    def _hadamard(self, windows: Windows) -> Iterator[Line]:
        """All windows, then all products, each as a grid of matrices, then the products added up."""
        kernel = "×".join(map(str, windows.kernel.shape))
        yield (("Windows", "dim"),)
        yield from self._matrices(windows, lambda window: matrix(window.patch, self.notation, "window"))
        yield ((f"Hadamard products: each window ∘ the {kernel} kernel, cell by cell", "dim"),)
        yield from self._matrices(windows, lambda window: matrix(window.products, self.notation))
        yield (("Their sums, zeros left out", "dim"),)
        yield ()
        for window in windows:
            place = f"{_place(window)}  "
            said = " = ".join(dict.fromkeys((self.notation.write(window.worked), self.notation.number(window.sum))))
            for i, line in enumerate(wrap(said, self.width - len(place))):
                yield (place if i == 0 else " " * len(place), "dim"), (line, "result")

    def _matrices(self, windows: Windows, made: Callable[[Window], Block]) -> Iterator[Line]:
        yield ()
        for _, row in groupby(windows, key=lambda window: window.at[0]):
            blocks: list[Block] = [[((_place(window), "dim"),), *made(window)] for window in row]
            yield from stacked(blocks, 4, self.width)
            yield ()


def _place(window: Window) -> str:
    return f"({window.at[0] + 1},{window.at[1] + 1})"


def _covered(window: Window) -> tuple[range, range]:
    """The rows and columns of the padded image under the taps of the kernel."""
    sizes = len(window.patch), len(window.patch[0])
    rows, columns = (range(c, c + d * k, d) for c, d, k in zip(window.corner, window.dilation, sizes, strict=True))
    return rows, columns


def _where(window: Window) -> str:
    """Where a window lies on a padded image that is too large to draw."""
    rows, columns = (f"{cells[0] + 1}–{cells[-1] + 1}" for cells in _covered(window))
    return f"  rows {rows}, columns {columns} of the padded image"


@dataclass(frozen=True)
class _Picture:
    """The padded image, to be drawn with one window marked in brackets."""

    rows: list[list[str]]

    @classmethod
    def of(cls, cells: Cells, notation: Notation) -> _Picture:
        written = [[notation.number(x) for x in row] for row in cells.rows()]
        widths = [max(map(len, column)) for column in zip(*written, strict=True)]
        return cls([[cell.rjust(w) for cell, w in zip(row, widths, strict=True)] for row in written])

    def around(self, window: Window) -> Block:
        """The image with the cells of the window in brackets, neighbours in one pair."""
        rows, columns = _covered(window)
        return [
            self._marked(row, columns) if r in rows else ((f" {'  '.join(row)} ", ""),)
            for r, row in enumerate(self.rows)
        ]

    def _marked(self, row: list[str], columns: range) -> Line:
        if columns.step == 1:
            first, last = columns[0], columns[-1] + 1
            return (_spaced(row[:first]), (f"[{'  '.join(row[first:last])}]", "window"), _spaced(row[last:]))
        return tuple((f"[{cell}]", "window") if c in columns else (f" {cell} ", "") for c, cell in enumerate(row))


def _spaced(cells: list[str]) -> Span:
    return "".join(f" {cell} " for cell in cells), ""


@dataclass
class _Known:
    """The feature map as far as it is worked, a dot where it is not."""

    outputs: tuple[int, int]
    width: int
    found: dict[tuple[int, int], str]
    notation: Notation

    @classmethod
    def of(cls, windows: Windows, notation: Notation) -> _Known | None:
        """None where the map is too large to be drawn again and again."""
        rows, columns = windows.outputs
        if rows * columns > PREVIEWED or columns > DRAWN[1] or rows > DRAWN[0]:
            return None
        return cls((rows, columns), max(len(notation.number(window.sum)) for window in windows), {}, notation)

    def with_(self, window: Window) -> Block:
        """The map with one more cell, the new one lit."""
        self.found[window.at] = self.notation.number(window.sum)
        return [self._row(r, window.at) for r in range(self.outputs[0])]

    def _row(self, r: int, now: tuple[int, int]) -> Line:
        spans: list[Span] = []
        gap = "  " if self.width == 1 else " "
        for c in range(self.outputs[1]):
            cell = self.found.get((r, c), ".").rjust(self.width)
            role: Role = "result" if (r, c) == now else "" if (r, c) in self.found else "dim"
            spans += [(gap if c else "", ""), (cell, role)]
        return tuple(spans)
