"""The windows of an image too large to be drawn around each of them, in LaTeX: one form for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from calc.derivation import Windows
from calc.expr import Number
from calc.records import NEXT, Field, fits, values
from explain.framed import Tap, heading, in_lines
from explain.latex.blocks import CONTINUED, GAP, ROOM, bands, breadth, matrix, row_end
from explain.notation import Notation
from explain.tex import tex

LEFT = 10
"""Digits that the left side of a sum and its sign take."""


def form_of(windows: Windows, notation: Notation) -> list[str | Field] | None:
    """The form of a window; None where the numbers are too many, or the kernel is too wide for a line."""
    found = values(windows) if fits(windows) else None
    if found is None:
        return None
    (kernel,) = windows.kernel.plane(0).nested()
    kernel = kernel if isinstance(kernel[0], tuple) else (kernel,)
    cells = list(map(notation.cell, found))
    products = {w: [notation.cell(x * w) for x in found] for row in kernel for w in row}
    longest = {w: max(map(breadth, texts)) for w, texts in products.items()}
    columns = len(kernel[0])
    (_, drawn, middle), *more = bands([[notation.cell(x) for x in row] for row in kernel])
    left, right = (columns * (wide + GAP) + 1 for wide in (max(map(breadth, cells)), max(longest.values())))
    if more or max(left + middle + 2, right + 3) > ROOM:
        return None
    taps = [[(i, j) for j in range(columns)] for i in range(len(kernel))]
    end = row_end([cells, *products.values()])
    groups = in_lines(
        [[(i, j) for i, j in row if kernel[i][j] != 0] for row in taps],
        lambda at: longest[kernel[at[0]][at[1]]] + 2.5,
        ROOM - LEFT,
    )
    term = partial(_term, notation)
    return [
        "\n",
        *_named(windows),
        "\\nopagebreak\n\\begin{align*}\n&{\\color{cnnwindow}",
        *_fields("cell", taps, notation, end),
        f"}}\n\\circ {matrix(drawn, 'cnnkernel')}",
        "\n= " if left + middle + right + 5 <= ROOM else " \\\\*\n&= ",
        *_fields("product", taps, notation, end),
        " \\\\*[4pt]\ny_{",
        *((Field("row", _counted), ",") if len(windows.stride) > 1 else ()),
        *(Field("column", _counted), "} &= "),
        *(piece for group in groups for piece in (NEXT, *(Field("term", term, at) for at in group))),
        *(Field("bias", term), Field("sum", partial(_sum, notation))),
        "\n\\end{align*}\n",
    ]


def _named(windows: Windows) -> Iterator[str | Field]:
    """Which window it is, and where it lies."""
    before = ""
    for piece, role in heading(windows):
        if role != before:
            yield "\\textbf{" if role == "bold" else "}" if before == "bold" else ""
        before = role
        yield tex(piece) if isinstance(piece, str) else replace(piece, write=partial(_texed, piece))


def _texed(field: Field, value: int) -> str:
    return tex(field.write(value))


def _counted(index: int) -> str:
    return str(index + 1)


def _fields(
    of: Literal["cell", "product"], taps: Sequence[Sequence[Tap]], notation: Notation, end: str
) -> Iterator[str | Field]:
    """A matrix of fields."""
    write = notation.cell
    yield "\\begin{bmatrix*}[r]\n"
    for i, j in (tap for row in taps for tap in row):
        yield Field(of, write, (i, j))
        yield " & " if j + 1 < len(taps[0]) else f" {end}\n" if i + 1 < len(taps) else "\n"
    yield "\\end{bmatrix*}"


def _term(notation: Notation, value: Number, before: int) -> str:
    """A term of a sum with its sign; one that is 0 is left out."""
    if value == 0:
        return ""
    if before == 0:
        return notation.cell(value)
    sign, size = (notation.minus, -value) if value < 0 else (notation.plus, value)
    return (f" \\\\\n&{CONTINUED}" if before == 2 else "") + sign + notation.cell(size)


def _sum(notation: Notation, value: Number, terms: int) -> str:
    """The sum below its terms; a single term is the sum, and no term is 0."""
    return (notation.cell(value), "", f" \\\\\n&= {notation.cell(value)}")[terms]
