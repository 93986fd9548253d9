"""The windows of an image too large to be drawn around each of them: one layout for all, its columns aligned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from calc.derivation import Window, Windows
from calc.exact import Entry
from calc.records import NEXT, Field, fits, merged, values, written
from explain.blocks import Line, Role, Span, apart, matrix
from explain.notation import Notation
from explain.places import span

Piece = tuple[str | Field, Role]
Tap = tuple[int, int]


@dataclass(frozen=True)
class Frame:
    """The form of a window: lines of pieces with their roles."""

    windows: Windows
    lines: tuple[tuple[Piece, ...], ...]

    @classmethod
    def of(cls, windows: Windows, notation: Notation, width: int) -> Frame | None:
        """None where the numbers are too many or too long for lines of one width."""
        found = values(windows) if fits(windows) else None
        if found is None:
            return None
        (kernel,) = windows.kernel.plane(0).nested()
        kernel = kernel if isinstance(kernel[0], tuple) else (kernel,)
        lengths = {w: max(_lengths(found, w, notation)) for row in kernel for w in row}
        longest = [[lengths[w] for w in row] for row in kernel]
        wide, product = max(_lengths(found, 1, notation)), max(map(max, longest))
        drawn = ["".join(text for text, _ in line) for line in matrix(kernel, notation)]
        rows = range(len(kernel))
        columns = len(kernel[0])
        left_wide, right_wide = _wide(columns, wide) + len(drawn[0]) + 5, _wide(columns, product) + 5
        if max(left_wide, right_wide) > width:
            return None
        beside = left_wide + right_wide <= width
        lines: list[tuple[Piece, ...]] = [heading(windows)]
        below: list[tuple[Piece, ...]] = []
        cell, result, term = (
            partial(_right, notation, wide),
            partial(_right, notation, product),
            partial(_term, notation),
        )
        for i in rows:
            signs = ("∘", "=") if i == len(kernel) // 2 else (" ", " ")
            cells = [Field("cell", cell, (i, j)) for j in range(columns)]
            products = [Field("product", result, (i, j)) for j in range(columns)]
            left: list[Piece] = [*_spaced(cells, "window", wide), (f"  {signs[0]}  ", ""), (drawn[i], "kernel")]
            right: list[Piece] = [(f"  {signs[1]}  ", ""), *_spaced(products, "", product)]
            lines.append((*left, *right) if beside else tuple(left))
            below += [] if beside else [tuple(right)]
        taps = [[(i, j) for j in range(columns) if kernel[i][j] != 0] for i in rows]
        groups = in_lines(taps, lambda at: longest[at[0]][at[1]] + 3, width - 6 - 2 * product)
        whole = len(groups) <= 1
        terms: list[Piece] = []
        for group in groups:
            terms += [(NEXT, ""), *((Field("term", term, at), "result") for at in group)]
        bias, sum_ = Field("bias", term), Field("sum", partial(_sum, notation, whole))
        lines += [*below, (*terms, (bias, "result"), (sum_, "result"))]
        return cls(windows, tuple(lines))

    def spelled(self, window: Window) -> Iterator[Line]:
        """The lines of one window."""
        for line in self.lines:
            texts = written(window, [piece for piece, _ in line])
            spans: list[Span] = []
            for text, (_, role) in zip(texts, line, strict=True):
                first, *more = text.split(PARTED)
                spans.append((first, role))
                for part in more:
                    yield tuple(span for span in spans if span[0])
                    spans = [(part, role)]
            yield tuple(span for span in spans if span[0])

    def all(self, indent: str) -> Iterator[str]:
        """The lines of all windows set in, those of some rows of windows in one text, an empty line between windows."""
        form: list[str | Field] = []
        for i, line in enumerate(self.lines):
            form += [f"{chr(10) if i else ''}{indent}", *(piece for piece, _ in line)]
        form.append("\n\n")
        end = f"\n{indent}"
        texts = (text.removesuffix("\n\n").replace(PARTED, end) for text in merged(self.windows, form))
        yield next(texts)
        for text in texts:
            yield ""
            yield text


PARTED = "\v"
"""Where a long sum goes on below."""


def in_lines(rows: Sequence[Sequence[Tap]], wide: Callable[[Tap], float], room: float) -> list[list[Tap]]:
    """The taps of a kernel in lines: as many of its rows as fit, a row that does not fit in several."""
    found: list[list[Tap]] = []
    left = 0.0
    for row in filter(None, rows):
        whole = sum(map(wide, row))
        for tap in row:
            need = whole if tap == row[0] and whole <= room else wide(tap) if whole > room else 0
            if not found or need > left:
                found.append([])
                left = room
            found[-1].append(tap)
            left -= wide(tap)
    return found


def _wide(columns: int, width: int) -> int:
    """How wide so many columns of cells are."""
    return len(apart(["x" * width] * columns))


def heading(windows: Windows) -> tuple[Piece, ...]:
    """Which window it is, and where it lies."""
    (s_h, s_w), (d_h, d_w) = (1, *windows.stride)[-2:], (1, *windows.dilation)[-2:]
    k_h, k_w = (1, *windows.kernel.shape[2:])[-2:]
    down, right = d_h * (k_h - 1) + 1, d_w * (k_w - 1) + 1
    cells = Field("column", lambda c: span("column", range(c * s_w, c * s_w + right)))
    if len(windows.stride) == 1:
        alone = Field("column", lambda c: f"({c + 1})")
        return (alone, "bold"), ("  ", ""), (cells, "dim"), (" of the padded signal", "dim")
    row, column = Field("row", lambda r: f"({r + 1},"), Field("column", lambda c: f"{c + 1})")
    rows = Field("row", lambda r: f"  {span('row', range(r * s_h, r * s_h + down))}, ")
    return (row, "bold"), (column, "bold"), (rows, "dim"), (cells, "dim"), (" of the padded image", "dim")


def _lengths(found: Sequence[Entry], weight: Entry, notation: Notation) -> Iterator[int]:
    return (len(notation.cell(x * weight)) for x in found)  # type: ignore[operator]


def _right(notation: Notation, width: int, value: Entry) -> str:
    return notation.cell(value).rjust(width)


def _term(notation: Notation, value: Entry, before: int) -> str:
    """A term of a sum with its sign; one that is 0 is left out."""
    if value == 0:
        return ""
    if before == 0:
        return notation.cell(value)
    said = f"{notation.minus}{notation.cell(-value)}" if value < 0 else f"{notation.plus}{notation.cell(value)}"  # type: ignore[operator]
    return said if before == 1 else f"{PARTED} {said}"


def _sum(notation: Notation, whole: bool, value: Entry, terms: int) -> str:
    """The sum after its terms, below them if they are in several lines; a single term is the sum, and no term is 0."""
    return (notation.cell(value), "", f"{' ' if whole else PARTED}= {notation.cell(value)}")[terms]


def _spaced(fields: Sequence[Field], role: Role, width: int) -> Iterator[Piece]:
    gap = apart(["x" * width, "x" * width])[width:-width]
    for i, field in enumerate(fields):
        if i:
            yield gap, role
        yield field, role
