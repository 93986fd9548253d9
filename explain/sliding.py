"""A kernel sliding over an image, drawn window by window or as grids of matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from math import prod

from calc.derivation import LONGEST_CHAIN, Chain, Pools, Slice, Window, Windows
from calc.exact import Cells, Entry
from calc.showing import DRAWN_AROUND
from explain.blocks import Block, Line, Role, Span, banded, beside, breadth, matrix, set_in, sign, stacked, wrap
from explain.framed import Frame
from explain.notation import Notation
from explain.places import SUMS, beyond, covered, lies, of_many, placed, products_of, tie, value, windows_of

PREVIEWED = 400
"""Feature maps up to this many cells are drawn as they fill up."""


@dataclass(frozen=True)
class Sliding:
    """The page on which windows are drawn: its width in columns, a notation without parted thousands, whether roles are told.

    Without roles many windows come as one text, each of its lines behind the `indent`.
    """

    width: int
    notation: Notation
    marked: bool = True
    indent: str = ""

    def draw(self, windows: Windows) -> Iterator[Line]:
        if windows.working == "hadamard":
            yield from set_in(self._hadamard(windows), self.indent)
            return
        pictures = _Pictures(windows, self.notation)
        frame = None if pictures.small else Frame.of(windows, self.notation, self.width)
        if frame and frame.windows.places is None and not self.marked:
            yield from (((text, ""),) if text else () for text in frame.all(self.indent))
        else:
            yield from set_in(self._framed(frame) if frame else self._products(windows, pictures), self.indent)

    def _products(self, windows: Windows, pictures: _Pictures) -> Iterator[Line]:
        """Per window: the padded image with the window marked, the kernel, the products, the map as far as it is known."""
        known = _Known.of(windows, self.notation)
        for i, window in enumerate(windows):
            if i:
                yield ()
            filled = known.with_(window.at, self.notation.cell(window.sum)) if known else []
            many = len(window.slices) > 1
            chains = window.parts if many else ()
            if many:
                yield ((placed(window.at), "bold"),)
            for j, part in enumerate(window.slices):
                picture = pictures.of(part.plane)
                drawn = self._equation(part, window, picture, filled if j == 0 else []) if picture else []
                where = "" if drawn else "  " + lies(*covered(window))
                yield (part.name if many else placed(window.at), "dim" if many else "bold"), (where, "dim")
                yield from drawn or self._equation(part, window, None, filled if j == 0 else [])
                if many:
                    yield from self._chain(chains[j])
            yield from self._chain(chains[-1], "all together: ", together=True) if many else self._chain(window.chain)

    def _framed(self, frame: Frame) -> Iterator[Line]:
        """The windows of a large image, each in the same form."""
        for i, window in enumerate(frame.windows):
            if i:
                yield ()
            yield from frame.spelled(window)

    def _equation(self, part: Slice, window: Window, picture: _Picture | None, filled: Block) -> Block:
        """The window (in the picture if there is one) ∘ kernel = products, and the map; nothing if a picture does not fit."""
        kernel, products = matrix(part.kernel, self.notation, "kernel"), matrix(part.products, self.notation)
        seen = picture.around(*covered(window)) if picture else matrix(part.patch, self.notation, "window")
        blocks: list[Block] = [seen, sign("∘", kernel), kernel, sign("=", products), products]
        with_map: list[Block] = [*blocks, [((" ", ""),)], filled]
        for whole in (with_map, blocks) if filled else (blocks,):
            if breadth(whole, 2) <= self.width:
                return list(beside(whole, 2))
        if picture:
            return []
        bands = [*self._bands(part.patch, "window"), sign("∘", kernel), *self._bands(part.kernel, "kernel")]
        bands += [sign("=", products), *self._bands(part.products, "")]
        return list(stacked(bands, 2, self.width))

    def _bands(self, rows: Sequence[Sequence[Entry]], role: Role) -> list[Block]:
        """A matrix in as many blocks as it takes to fit."""
        return [block for _, block in banded(rows, self.notation, role, self.width)]

    def _chain(self, chain: Chain, before: str = "", *, together: bool = False) -> Iterator[Line]:
        """The first expression on a line, the rest below; all `together` on one line where that fits."""
        first, *rest = (self.notation.write(link.expression) for link in chain.links)
        said = " ".join(f"{link.sign} {written}" for link, written in zip(chain.links[1:], rest, strict=True))
        if not said or (together and len(before) + len(first) + 1 + len(said) <= self.width):
            for line in wrap(f"{before}{first} {said}".rstrip(), self.width):
                yield ((line, "result"),)
            return
        yield from (((line, ""),) for line in wrap(before + first, self.width))
        for i, line in enumerate(wrap(said, self.width - 2)):
            yield ((line if i == 0 else f"  {line}", "result"),)

    def _hadamard(self, windows: Windows) -> Iterator[Line]:
        """All windows, then all products, each as a grid of matrices, then the products added up."""
        first = next(iter(windows), None)
        for i, part in enumerate(first.slices if first else ()):
            yield ((windows_of(part), "dim"),)
            yield from self._matrices(windows, partial(self._patch, i))
            yield ((products_of(windows, part), "dim"),)
            yield from self._matrices(windows, partial(self._hadamard_product, i))
        yield ((SUMS, "dim"),)
        yield ()
        for window in windows:
            place = f"{placed(window.at)}  "
            said = " = ".join(dict.fromkeys((self.notation.write(window.worked), self.notation.cell(window.sum))))
            for i, line in enumerate(wrap(said, self.width - len(place))):
                yield (place if i == 0 else " " * len(place), "dim"), (line, "result")

    def _patch(self, part: int, window: Window) -> Block:
        return matrix(window.slices[part].patch, self.notation, "window")

    def _hadamard_product(self, part: int, window: Window) -> Block:
        return matrix(window.slices[part].products, self.notation)

    def _matrices(self, windows: Windows, made: Callable[[Window], Block]) -> Iterator[Line]:
        yield ()
        for _, row in groupby(windows, key=lambda window: window.at[:-1]):
            blocks: list[Block] = [[((placed(window.at), "dim"),), *made(window)] for window in row]
            yield from stacked(blocks, 4, self.width)
            yield ()

    def pool(self, pools: Pools) -> Iterator[Line]:
        """Per window: the image with the window marked, its cells with the winner starred, how they become one."""
        pictures = _Pictures(pools, self.notation)
        known = _Known.of(pools, self.notation)
        for i, window in enumerate(pools):
            if i:
                yield ()
            written = self.notation.cell(value(window.chain))
            filled = known.with_(window.at, written) if known else []
            many = sum(x is not None for layer in window.layers for row in layer.patch for x in row)
            if many > LONGEST_CHAIN:
                yield (placed(window.at), "bold"), ("  " + lies(window.rows, window.columns, "image"), "dim")
                before = f"{of_many(pools, window, many)}: "
                yield from self._chain(window.chain, before, together=True)
                continue
            for j, layer in enumerate(window.layers):
                picture = pictures.of(layer.plane)
                won = {(r, c) for z, r, c in window.winners if z == j}
                cells = _starred(layer.patch, won, self.notation)
                blocks: list[Block] = [picture.around(window.rows, window.columns)] if picture else []
                blocks += [sign("→", cells), cells] if blocks else [cells]
                blocks += [[((" ", ""),)], filled] if filled and j == 0 else []
                several = len(window.layers) > 1
                place = placed(window.at) if j == 0 else ""
                yield (
                    (place, "bold"),
                    (f"{'  ' if place and several else ''}{layer.name}", "dim"),
                    ("" if picture else "  " + lies(window.rows, window.columns, "image"), "dim"),
                )
                if picture and breadth(blocks, 2) > self.width:
                    blocks = blocks[:3] if breadth(blocks[:3], 2) <= self.width else [cells]
                yield from beside(blocks, 2)
            yield from self._chain(window.chain, together=True)
            if len(window.winners) > 1:
                yield ((tie(window, written), "dim"),)


def _starred(patch: Sequence[Sequence[Entry | None]], won: set[tuple[int, int]], notation: Notation) -> Block:
    """Cells of a pooling window in columns, a star behind each that wins, a dot where nothing counts."""
    written = [
        [
            ("·" if x is None else notation.cell(x)) + ("*" if (r, c) in won else " " if won else "")
            for c, x in enumerate(row)
        ]
        for r, row in enumerate(patch)
    ]
    width = max(len(cell) for row in written for cell in row)
    return [
        tuple(
            span
            for c, cell in enumerate(row)
            for span in ((" " if c else "", ""), (cell.rjust(width), "result" if (r, c) in won else "window"))
        )
        for r, row in enumerate(written)
    ]


class _Pictures:
    """The planes of an image, each written when it is first asked for; none of an image that is too large."""

    def __init__(self, windows: Windows | Pools, notation: Notation) -> None:
        self.cells = windows.picture if isinstance(windows, Windows) else windows.image
        self.notation = notation
        self.around = (range(0), range(0)) if isinstance(windows, Windows) else beyond(windows)
        size = [n + len(more) for n, more in zip((1, *self.cells.shape[1:])[-2:], self.around, strict=True)]
        self.small = all(n <= most for n, most in zip(size, DRAWN_AROUND, strict=True))
        self.written: dict[tuple[int, ...], _Picture] = {}

    def of(self, plane: tuple[int, ...]) -> _Picture | None:
        if not self.small:
            return None
        if plane not in self.written:
            outside = len(plane) > 1 and not 0 <= plane[1] < self.cells.shape[1]
            cells = None if outside else self.cells.plane(*plane)
            self.written[plane] = _Picture.of(cells, self.notation, *self.around) if cells else _Picture([])
        return self.written[plane]


@dataclass(frozen=True)
class _Picture:
    """The image with what stands around it, to be drawn with one window marked in brackets; `first` is the place of its corner."""

    rows: list[list[str]]
    first: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, cells: Cells, notation: Notation, down: range, right: range) -> _Picture:
        written = [[notation.cell(x) for x in row] for row in cells.rows()]
        dots = ["·"] * (len(written[0]) + len(right))
        written = [["·"] * -right.start + row + ["·"] * right.stop for row in written]
        written = [dots] * -down.start + written + [dots] * down.stop
        widths = [max(map(len, column)) for column in zip(*written, strict=True)]
        padded = [[cell.rjust(w) for cell, w in zip(row, widths, strict=True)] for row in written]
        return cls(padded, (down.start, right.start))

    def around(self, rows: range, columns: range) -> Block:
        """The image with the cells of the window in brackets, neighbours in one pair."""
        top, left = self.first
        moved = range(columns.start - left, columns.stop - left, columns.step)
        return [
            self._marked(row, moved) if r in rows else ((f" {'  '.join(row)} ", ""),)
            for r, row in enumerate(self.rows, start=top)
        ]

    def _marked(self, row: list[str], columns: range) -> Line:
        if columns.step == 1 or len(columns) == 1:
            first, last = columns[0], columns[-1] + 1
            return (_spaced(row[:first]), (f"[{'  '.join(row[first:last])}]", "window"), _spaced(row[last:]))
        return tuple((f"[{cell}]", "window") if c in columns else (f" {cell} ", "") for c, cell in enumerate(row))


def _spaced(cells: list[str]) -> Span:
    return "".join(f" {cell} " for cell in cells), ""


@dataclass
class _Known:
    """The feature maps as far as they are worked, a dot where they are not; of several the one that is worked at."""

    outputs: tuple[int, ...]
    width: int
    found: dict[tuple[int, ...], str]

    @classmethod
    def of(cls, windows: Windows | Pools, notation: Notation) -> _Known | None:
        """None where the map is too large to be drawn again and again."""
        outputs = windows.outputs
        rows, columns = (1, *outputs)[-2:]
        if rows > DRAWN_AROUND[0] or columns > DRAWN_AROUND[1] or prod(outputs) > PREVIEWED:
            return None
        values = (window.sum if isinstance(window, Window) else value(window.chain) for window in windows)
        return cls(outputs, max(len(notation.cell(value)) for value in values), {})

    def with_(self, at: tuple[int, ...], value: str) -> Block:
        """The map with one more cell, the new one lit."""
        self.found[at] = value
        rows = range(self.outputs[-2]) if len(self.outputs) > 1 else (None,)
        return [self._row((*at[:-2], r) if r is not None else (), at) for r in rows]

    def _row(self, leading: tuple[int, ...], now: tuple[int, ...]) -> Line:
        spans: list[Span] = []
        words = any(" " in value for value in self.found.values())
        gap = "   " if words else "  " if self.width == 1 else " "
        for c in range(self.outputs[-1]):
            place = (*leading, c)
            cell = self.found.get(place, ".").rjust(self.width)
            role: Role = "result" if place == now else "" if place in self.found else "dim"
            spans += [(gap if c else "", ""), (cell, role)]
        return tuple(spans)
