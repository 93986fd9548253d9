"""Matrices and formulas in LaTeX: how wide they print, marked cells, and what is too long for a line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from calc.derivation import Chain, Solve, Text
from calc.expr import Expr
from explain.notation import Notation

ROOM = 66
"""The digits that stand beside each other on a line of an article."""

FRACTION = r"\frac"

GAP = 1.6
"""The digits that fit between two columns of a matrix."""

_WIDE = {
    **dict.fromkeys(("+", "-"), 2.45),
    **dict.fromkeys(("=", "<", r"\leq", r"\geq", r"\approx", r"\to"), 2.7),
    **dict.fromkeys(("(", ")", ",", ".", "|", r"\lfloor", r"\rfloor", r"\lceil", r"\rceil"), 0.85),
    r"\cdot": 1.45,
    r"\circ": 1.9,
    r"\,": 0.34,
    " ": 0.0,
}
_THIN = {
    r"\allowbreak",
    r"\left",
    r"\right",
    r"\text",
    r"\mathit",
    r"\texttt",
    r"\boldmath",
    "{",
    "}",
    "^",
    "_",
    "$",
    "&",
    "",
}
_SIGN = re.compile(r"(^|[({]|\\left\()-")
_TOKEN = re.compile(r"\\[A-Za-z]+ ?|\\.|.", re.DOTALL)
_FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")


class Part(NamedTuple):
    """A formula and about how many digits wide it prints; a sign before it when it follows from the one before."""

    formula: str
    wide: float
    sign: str = ""


def breadth(formula: str) -> float:
    """About how many digits wide a formula prints, or a text in which spaces count little."""
    while (shorter := _FRACTION.sub(lambda match: max(match.groups(), key=len), formula)) != formula:
        formula = shorter
    wide = -0.9 * len(_SIGN.findall(formula))
    for token in _TOKEN.findall(formula):
        sign = token.strip()
        wide += 0 if sign in _THIN else _WIDE.get(sign, 1)
    return wide


def matrix(cells: Sequence[Sequence[str]], colour: str = "") -> str:
    """Cells in square brackets, aligned on the right."""
    end = f" {row_end(cells)}\n"
    made = f"\\begin{{bmatrix*}}[r]\n{end.join(' & '.join(row) for row in cells)}\n\\end{{bmatrix*}}"
    return f"{{\\color{{{colour}}}{made}}}" if colour else made


def row_end(cells: Iterable[Sequence[str]]) -> str:
    """What ends a row of a matrix: fractions want room."""
    return r"\\[3pt]" if any(r"\frac" in cell for row in cells for cell in row) else r"\\"


def framed(cells: Sequence[Sequence[str]], marked: Collection[tuple[int, int]]) -> str:
    """A matrix whose marked cells have a colour behind them, and a frame where they border on others."""
    columns = range(len(cells[0]))
    lines = []
    for r, row in enumerate(cells):
        written = []
        for c, cell in enumerate(row):
            text = f"\\cnnwindow{{{cell}}}" if (r, c) in marked else cell
            left = "|" if c == 0 and (r, c) in marked else ""
            right = "|" if ((r, c) in marked) != ((r, c + 1) in marked) else ""
            written.append(f"\\multicolumn{{1}}{{{left}r{right}}}{{{text}}}" if left or right else text)
        lines.append(f"{_rule(marked, r, columns)}{' & '.join(written)} {row_end(cells)}")
    body = "\n".join(lines)
    return f"\\left[\\begin{{array}}{{{'r' * len(columns)}}}\n{body}{_rule(marked, len(cells), columns)}\n\\end{{array}}\\right]"


def _rule(marked: Collection[tuple[int, int]], row: int, columns: range) -> str:
    """The lines above the cells of a row that part marked ones from others."""
    signs = ["-" if ((row - 1, c) in marked) != ((row, c) in marked) else "~" for c in columns]
    return f"\\hhline{{{''.join(signs)}}}" if "-" in signs else ""


def bands(cells: Sequence[Sequence[str]], room: float = ROOM) -> Iterator[tuple[range, list[list[str]], float]]:
    """A matrix in bands of columns that fit: the columns that each holds, its cells, and how wide it prints."""
    widths = [max(map(breadth, column)) + GAP for column in zip(*cells, strict=True)]
    many = len(_filled(widths, room))
    ends = _filled(widths, min(room, sum(widths) / many + max(widths)))
    for first, end in zip([0, *ends], ends, strict=False):
        yield range(first, end), [list(row[first:end]) for row in cells], sum(widths[first:end]) + 1


def _filled(widths: Sequence[float], room: float) -> list[int]:
    """Where bands end that are filled from the left."""
    ends: list[int] = []
    wide = 1.0
    for i, more in enumerate(widths):
        if i and wide + more > room:
            ends.append(i)
            wide = 1.0
        wide += more
    return [*ends, len(widths)]


def captioned(formula: str, caption: str) -> str:
    """A formula under a few words."""
    return f"\\overset{{\\text{{\\footnotesize\\strut {caption}}}}}{{{formula}}}" if caption else formula


def shrunk(formula: str, room: float = ROOM) -> str:
    """A formula that is too wide and cannot be parted, as wide as there is room."""
    return f"\\resizebox{{{0.96 * room / ROOM:.2f}\\linewidth}}{{!}}{{$\\displaystyle {formula}$}}"


def beside(parts: Iterable[Part], room: float = ROOM) -> list[str]:
    """Formulas beside each other, as many as fit on a line, the rest below."""
    rows: list[str] = []
    wide = room
    for part in parts:
        wide += part.wide + (2.7 if part.sign else 2)
        if not rows or wide > room:
            formula = shrunk(part.formula, room) if part.wide > room else part.formula
            rows.append(f"{{}} {part.sign} {formula}" if part.sign else formula)
            wide = part.wide
        else:
            rows[-1] += f"\n{part.sign or chr(92) + 'quad'} {part.formula}"
    return rows


def display(parts: Iterable[Part], room: float = ROOM) -> Iterator[str]:
    """The same as a display of its own."""
    rows = beside(parts, room)
    if len(rows) == 1:
        yield from ("\\[", *rows, "\\]")
    elif rows:
        yield "\\begin{gather*}"
        yield from (f"{row} \\\\" for row in rows[:-1])
        yield from (rows[-1], "\\end{gather*}")


class Row(NamedTuple):
    """A relation: its left side, the sign, an expression, a reason, and what stands behind the expression."""

    left: str
    sign: str
    right: Expr
    why: str = ""
    more: str = ""


class Shown(NamedTuple):
    """Formulas beside each other, between relations and aligned with their signs."""

    left: str
    parts: Sequence[Part]


class Setting(NamedTuple):
    """How relations are set: the environment, a reason, whether lines have room of their own and stay together."""

    environment: str = "align*"
    reason: str = r"\text{\small\color{gray}REASON}"
    spaced: bool = True

    def above(self, why: str) -> str:
        """A line of its own for a reason; one that is longer than a line may go on where TeX sets it."""
        if self.spaced and breadth(why) > ROOM:
            return f"\\shortintertext{{\\small\\color{{gray}}{why}}}"
        return f"&\\quad{self.reason.replace('REASON', why)} \\\\{'*' if self.spaced else ''}"


SETTING = Setting()


ON_ONE_PAGE = 12
"""Lines of relations up to which no page ends among them."""


OF_A_PAGE = 44
"""Lines, those of matrices too, that are on a page."""


def aligned(rows: Sequence[Row | Shown], notation: Notation, setting: Setting = SETTING) -> Iterator[str]:
    """Relations under each other at one sign, reasons on their right or, long ones, above them; long formulas in lines."""
    room = ROOM
    before = max((wide for row in rows if (wide := breadth(row.left)) <= room / 2), default=0.0) + 3
    made = [
        beside(row.parts, room - before) if isinstance(row, Shown) else _in_lines(row, notation, room - before)
        for row in rows
    ]
    widest = max(
        (breadth(x) for row, xs in zip(rows, made, strict=True) if isinstance(row, Row) for x in xs), default=0
    )
    short = sum(map(len, made)) <= ON_ONE_PAGE
    high = [sum(part.count("\n") + 1 for part in parts) for parts in made]
    together = short and sum(high) <= OF_A_PAGE
    out: list[str] = []
    for row, parts, tall in zip(rows, made, high, strict=True):
        left, sign, why = row.left, "", ""
        stays = "*" if together or (isinstance(row, Shown) and tall <= OF_A_PAGE) else ""
        apart = "[4pt]" if isinstance(row, Shown) else ""
        if isinstance(row, Row):
            sign, why = row.sign and f"{row.sign} ", row.why
        if why and before + widest + 3 + breadth(why) > room:
            out.append(setting.above(why))
            why = ""
        if breadth(left) > before:
            first, *rest = lines(left, room - before)
            out += [f"&{first} \\\\", *(f"&{CONTINUED}{line} \\\\" for line in rest)]
            left = ""
        for i, part in enumerate(parts):
            opens = f"{left} &{sign}" if i == 0 else f"&{CONTINUED if isinstance(row, Row) else ''}"
            end = stays + (apart or ("[2pt]" if FRACTION in part else "")) if setting.spaced else ""
            if setting.spaced and isinstance(row, Row) and breadth(part) > room - before:
                part = shrunk(part, room - before)  # nothing else is left to do
            reason = f" &&{setting.reason.replace('REASON', why)}" if why and i == 0 else ""
            out.append(f"{opens}{part}{reason} \\\\{end}".strip())
    if out:
        last, _, _ = out[-1].rpartition(" \\\\")
        yield from (f"\\begin{{{setting.environment}}}", *out[:-1], last, f"\\end{{{setting.environment}}}")


def chain_rows(chains: Iterable[Chain], notation: Notation) -> list[Row]:
    """Chains as relations; of one without a left side, the first expression is the left side."""
    rows = []
    for chain in chains:
        left, links = _side(chain.left, notation), list(chain.links)
        if not left and len(links) > 1 and not links[0].why:
            left = " ".join(_in_lines(Row("", "", links.pop(0).expression), notation, ROOM - 3))
        for i, link in enumerate(links):
            sign = notation.relation(link.sign) if left else ""
            rows.append(Row(left if i == 0 else "", sign, link.expression, notation.sentence(link.why)))
    return rows


def _side(left: Text, notation: Notation) -> str:
    """What stands on the left of a chain: words upright, a letter as one."""
    return "".join(
        (part if len(part) == 1 and part.isascii() and part.isalpha() else notation.word(part))
        if isinstance(part, str)
        else notation.write(part)
        for part in left
    )


def solve_rows(solve: Solve, notation: Notation) -> list[Row]:
    """The lines of a solution as relations, aligned at the first sign of each."""
    rows = []
    for line in solve.lines:
        first, second, *rest = line.parts
        sign, *signs = map(notation.relation, line.signs)
        more = "".join(f" {s} {notation.write(part)}" for s, part in zip(signs, rest, strict=True))
        rows.append(Row(notation.write(first), sign, second, notation.sentence(line.why), more))
    return rows


CONTINUED = r"\quad {}"
"""What stands before a line that goes on with a formula."""


def _in_lines(row: Row, notation: Notation, room: float) -> list[str]:
    """The right side, in one line if it fits, else with brackets and fractions that can be parted."""
    made = notation.write(row.right) + row.more
    if breadth(made) <= room:
        return [made]
    whole = lines(made, room - 2)
    return whole if max(map(breadth, whole)) <= room else lines(flat(notation).write(row.right) + row.more, room - 2)


def flat(notation: Notation) -> Notation:
    """The same notation with brackets that a line may end in, and fractions on the line."""
    return replace(
        notation,
        raised=False,
        fraction=("", "/", ""),
        brackets=("(", ")"),
        floor=(r"\lfloor ", r" \rfloor"),
        ceil=(r"\lceil ", r" \rceil"),
        bars=("|", "|"),
        square_root=(r"\surd ", ""),
    )


_TERMS = re.compile(r"(?= [+-] )|(?<=, )|(?= (?:=|<|\\leq|\\approx) )")
_FACTORS = re.compile(r"(?= \\cdot )|(?<=\\,)|(?= / )")
_GROWING = re.compile(r"\\(left|right)(?![a-z])")


def lines(formula: str, room: float) -> list[str]:
    """A long formula in lines, which end before a sign or after a comma, at need before a factor; none within braces."""
    pieces = [
        piece
        for whole in _pieces(formula, _TERMS)
        for piece in ([whole] if breadth(whole) <= room else _pieces(whole, _FACTORS))
    ]
    found: list[str] = []
    line, wide = "", 0.0
    for piece in pieces:
        more = breadth(piece)
        if line and wide + more > room:
            found.append(line.strip())
            line, wide = "", 0.0
        line, wide = line + piece, wide + more
    return [*found, line.strip()]


def _pieces(formula: str, ends: re.Pattern[str]) -> Iterator[str]:
    """What stays whole in a formula: what is in braces, and what stands in brackets that grow."""
    held, depth = "", 0
    for piece in ends.split(formula):
        held += piece
        bare = piece.replace(r"\{", "").replace(r"\}", "")
        grown = _GROWING.findall(bare)
        depth += bare.count("{") - bare.count("}") + grown.count("left") - grown.count("right")
        if depth <= 0:
            yield held
            held = ""
    if held:
        yield held
