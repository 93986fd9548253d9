"""The windows of an image too large to be drawn around each of them: one layout for all, its columns aligned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from calc.derivation import Window, Windows
from calc.exact import Entry
from calc.records import Field, fits, merged, values, written
from explain.blocks import Line, Role, apart, matrix
from explain.notation import Notation

Piece = tuple[str | Field, Role]


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
        longest = [[max(_lengths(found, w, notation)) for w in row] for row in kernel]
        wide, product = max(_lengths(found, 1, notation)), max(map(max, longest))
        drawn = ["".join(text for text, _ in line) for line in matrix(kernel, notation)]
        lines: list[tuple[Piece, ...]] = [_heading(windows)]
        for i, row in enumerate(kernel):
            signs = ("∘", "=") if i == len(kernel) // 2 else (" ", " ")
            cells = [Field("cell", partial(_right, notation, wide), (i, j)) for j in range(len(row))]
            products = [Field("product", partial(_right, notation, product), (i, j)) for j in range(len(row))]
            kept: list[Piece] = [*_spaced(cells, "window", wide), (f"  {signs[0]}  ", ""), (drawn[i], "kernel")]
            lines.append((*kept, (f"  {signs[1]}  ", ""), *_spaced(products, "", product)))
        places = [(i, j) for i, row in enumerate(kernel) for j, w in enumerate(row) if w != 0]
        terms: list[Piece] = [(Field("term", partial(_term, notation), at), "result") for at in places]
        lines.append(
            (
                *terms,
                (Field("bias", partial(_term, notation)), "result"),
                (Field("sum", partial(_sum, notation)), "result"),
            )
        )
        columns = len(kernel[0])
        body = columns * (wide + product) + 2 * (columns - 1) * 2 + len(drawn[0]) + 10
        sums = sum(longest[i][j] + 3 for i, j in places) + 3 + 2 * product
        return cls(windows, tuple(lines)) if max(body, sums) <= width else None

    def spelled(self, window: Window) -> Iterator[Line]:
        """The lines of one window."""
        for line in self.lines:
            texts = written(window, [piece for piece, _ in line])
            yield tuple((text, role) for text, (_, role) in zip(texts, line, strict=True) if text)

    def all(self, indent: str) -> Iterator[str]:
        """The lines of all windows set in, those of a row of windows in one text, an empty line between windows."""
        form: list[str | Field] = []
        for i, line in enumerate(self.lines):
            form += [f"{chr(10) if i else ''}{indent}", *(piece for piece, _ in line)]
        form.append("\n\n")
        texts = (text.removesuffix("\n\n") for text in merged(self.windows, form))
        yield next(texts)
        for text in texts:
            yield ""
            yield text


def _heading(windows: Windows) -> tuple[Piece, ...]:
    """Which window it is, and where it lies."""
    (s_h, s_w), (d_h, d_w) = (1, *windows.stride)[-2:], (1, *windows.dilation)[-2:]
    k_h, k_w = (1, *windows.kernel.shape[2:])[-2:]
    down, right = d_h * (k_h - 1) + 1, d_w * (k_w - 1) + 1
    cells = Field("column", lambda c: _span("column", c * s_w, right))
    if len(windows.stride) == 1:
        alone = Field("column", lambda c: f"({c + 1})")
        return (alone, "bold"), ("  ", ""), (cells, "dim"), (" of the padded signal", "dim")
    row, column = Field("row", lambda r: f"({r + 1},"), Field("column", lambda c: f"{c + 1})")
    rows = Field("row", lambda r: f"  {_span('row', r * s_h, down)}, ")
    return (row, "bold"), (column, "bold"), (rows, "dim"), (cells, "dim"), (" of the padded image", "dim")


def _span(name: str, first: int, many: int) -> str:
    return f"{name}s {first + 1}–{first + many}" if many > 1 else f"{name} {first + 1}"


def _lengths(found: Sequence[Entry], weight: Entry, notation: Notation) -> Iterator[int]:
    return (len(notation.cell(x * weight)) for x in found)  # type: ignore[operator]


def _right(notation: Notation, width: int, value: Entry) -> str:
    return notation.cell(value).rjust(width)


def _term(notation: Notation, value: Entry, opens: bool) -> str:
    """A term of a sum with its sign; one that is 0 is left out."""
    if value == 0:
        return ""
    if opens:
        return notation.cell(value)
    return f"{notation.minus}{notation.cell(-value)}" if value < 0 else f"{notation.plus}{notation.cell(value)}"  # type: ignore[operator]


def _sum(notation: Notation, value: Entry, terms: int) -> str:
    """The sum after its terms; a single term is the sum, and no term is 0."""
    return (notation.cell(value), "", f" = {notation.cell(value)}")[terms]


def _spaced(fields: Sequence[Field], role: Role, width: int) -> Iterator[Piece]:
    gap = apart(["x" * width, "x" * width])[width:-width]
    for i, field in enumerate(fields):
        if i:
            yield gap, role
        yield field, role
