"""Small pieces of HTML: text that shows as itself, matrices, formulas that may break, and the signs of cells."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from calc.derivation import Link
from calc.exact import Entry
from calc.expr import Expr, Op, Sym
from explain.notation import MATHML, TEXT, Notation

UNBROKEN = 5
"""Terms of a sum that stand on one line; after as many a longer one may break."""

WIDE = 16
"""Columns up to which a matrix is written at full size."""

LABEL = 20
"""Reasons up to this length stand before their line."""

SIDE = 10
"""Left sides up to this length stand before the sign on a narrow page, longer ones above it."""

_CONTROLS = dict.fromkeys([*range(9), 11, *range(14, 32), *range(127, 160)], "\N{REPLACEMENT CHARACTER}")


def escaped(text: str) -> str:
    """Text that HTML shows as it is, also within an attribute."""
    return html.escape(text.translate(_CONTROLS))


def embedded(data: Mapping[str, Any]) -> str:
    """Data that a script reads, in which nothing can end its element."""
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    return said


def mathml(*, decimals: bool) -> Notation:
    """The notation of formulas and sentences."""
    return replace(MATHML, sentence=escaped, decimals=decimals)


def figures(*, decimals: bool) -> Notation:
    """The notation of what stands in cells and beside them: plain text, thousands together, a sign with its term."""
    plus, minus = (f" {sign}\N{NO-BREAK SPACE}" for sign in "+−")
    return replace(TEXT, plus=plus, minus=minus, negative="−", grouped=False, decimals=decimals)


def math(expression: Expr, notation: Notation) -> str:
    """A formula; a long sum in several, between which a line may break."""
    match expression:
        case Op("+", terms) if len(terms) > UNBROKEN:
            pieces = [Op("+", terms[i : i + UNBROKEN]) for i in range(0, len(terms), UNBROKEN)]
            first, *rest = pieces
            gone = notation.write(Sym("x"))
            joined = [
                notation.write(Op("+", (Sym("x"), *piece.args))).removeprefix(gone).replace("<mo>", _INFIX, 1)
                for piece in rest
            ]
            return " ".join(f"<math>{written}</math>" for written in (notation.write(first), *joined))
    return f"<math>{notation.write(expression)}</math>"


_INFIX = '<mo form="infix">'


def related(sign: str, notation: Notation) -> str:
    """A relation between two formulas that stand apart."""
    return f"<math>{notation.relation(sign).replace('<mo>', _INFIX, 1)}</math>"


def chain(left: str, links: Sequence[Link], notation: Notation, label: str = "", name: str = "chain") -> Iterator[str]:
    """left = first = second = …, a line each, with what is done before it; the last one is the result, if it is one.

    Two of them with nothing on the left stand on one line.
    """
    reasons = [link.why or (label if i == 0 else "") for i, link in enumerate(links)]
    yield f'<ol class="{name}{" reasons" if any(reasons) else ""}" role="list">'
    if not left and len(links) <= 2:
        first, *rest = (math(link.expression, notation) for link in links)
        after = "".join(f' {related(links[1].sign, notation)} <span class="result">{second}</span>' for second in rest)
        yield f'<li>{reason(" ".join(filter(None, reasons)))}<span class="right">{first}{after}</span></li>'
    else:
        for i, (link, why) in enumerate(zip(links, reasons, strict=True)):
            wide = " wide" if len(re.sub("<[^>]*>", "", left)) > SIDE else ""
            opening = f'<span class="left{wide}">{left}</span>' if left and i == 0 else ""
            sign = f'<span class="sign">{related(link.sign, notation)}</span>' if i or left else ""
            ends = link is links[-1] and not (link.why and link.expression.free)
            role = " result" if ends else ""
            yield f'<li>{reason(why)}{opening}{sign}<span class="right{role}">{math(link.expression, notation)}</span></li>'
    yield "</ol>"


BETWEEN = {"∘": "times, cell by cell,", "→": "becomes", "=": "equals", "+": "plus"}
"""How the signs between matrices are read out."""


def between(sign: str) -> str:
    """A sign between two matrices."""
    label = f' role="img" aria-label="{BETWEEN[sign]}"' if sign in BETWEEN else ""
    return f'<span class="between"{label}>{escaped(sign)}</span>'


def reason(why: str) -> str:
    """Why a line is written: a short reason stands before it, a long one above it."""
    said = re.sub(r"(?<![\w.-])-(?=\d)", "−", why)
    return f'<span class="why{" long" if len(why) > LABEL else ""}">{escaped(said)}</span>' if why else ""


Marks = Callable[[int, int], str]
"""The classes of the cell at a row and a column."""


def matrix(
    rows: Iterable[Sequence[str]],
    label: str,
    kind: str = "",
    marks: Marks | None = None,
    first: tuple[int, int] = (0, 0),
) -> Iterator[str]:
    """A matrix of written cells as a table whose rows and columns are numbered for those who hear it."""
    rows = iter(rows)
    for i, row in enumerate(rows):
        if i == 0:
            kinds = " ".join(filter(None, ("matrix", kind, "wide" if len(row) > WIDE else "")))
            yield f'<table class="{kinds}" aria-label="{escaped(label)}">'
            heads = "".join(f'<th scope="col">{j + 1 + first[1]}</th>' for j in range(len(row)))
            yield f"<thead><tr><td></td>{heads}</tr></thead><tbody>"
        yield f'<tr><th scope="row">{i + 1 + first[0]}</th>{"".join(_cells(row, i, marks))}</tr>'
    yield "</tbody></table>"


def _cells(row: Sequence[str], i: int, marks: Marks | None) -> Iterator[str]:
    for j, cell in enumerate(row):
        found = marks(i, j) if marks else ""
        yield f'<td class="{found}">{cell}</td>' if found else f"<td>{cell}</td>"


def ringed(rows: range, columns: range, own: tuple[range, range]) -> Marks:
    """A window: its cells, and the sides on which it ends; and the cells that are not the image's own."""

    def marks(row: int, column: int) -> str:
        padding = ["pad"] if row not in own[0] or column not in own[1] else []
        if row not in rows or column not in columns:
            return " ".join(padding)
        sides = (
            ("t", row == rows[0] or rows.step > 1),
            ("r", column == columns[-1] or columns.step > 1),
            ("b", row == rows[-1] or rows.step > 1),
            ("l", column == columns[0] or columns.step > 1),
        )
        return " ".join(("w", *(side for side, ends in sides if ends), *padding))

    return marks


def written(rows: Iterable[Sequence[Entry | None]], notation: Notation) -> list[list[str]]:
    """Cells as HTML, a dot where nothing counts."""
    return [["·" if x is None else escaped(notation.cell(x)) for x in row] for row in rows]


def batched(rows: Iterable[str], many: int) -> Iterator[str]:
    """Short pieces joined, several on a line."""
    rows = iter(rows)
    while page := "".join(islice(rows, many)):
        yield page
