"""Large maps as small pictures of grey and coloured cells, in LaTeX alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from calc.derivation import Gallery, Grid, Picture
from explain.latex.blocks import Part, bands, captioned, display, matrix
from explain.notation import Notation
from explain.pictures import averaged
from explain.tex import tex

WIDEST = 64
"""Cells that a picture is drawn with from left to right."""

STEPS = 16
"""Shades on each side of 0, so that neighbours that are nearly alike are one stroke."""

BELOW, MIDDLE, ABOVE = (0x0B, 0x2A, 0x6B), (0x8C, 0x8C, 0x8C), (0xFF, 0xE2, 0xB0)
"""Signed levels from the darkest to the lightest, blue and orange, told apart without colours as well."""

POINTS = 5.5
"""The width of a digit in points."""


def draw(picture: Picture) -> Iterator[str]:
    """A picture by itself, and a line that says what its shades mean, if they do."""
    if picture.caption:
        yield from (tex(picture.caption), "")
    yield from display([Part(*_drawn(picture, 6, 300))])
    if picture.scaled:
        yield from _legend(picture.signed)


def hang(gallery: Gallery, notation: Notation) -> Iterator[str]:
    """The frames beside and under each other, and what the shades of their pictures mean."""
    parts = []
    for frame in gallery.frames:
        made = [_part(part, notation) for part in frame]
        written = made[0][0]
        for sign, (formula, _) in zip(gallery.signs * len(made), made[1:], strict=False):
            written += f"\n{notation.relation(sign)} {formula}"
        parts.append(Part(f"{{{written}}}", sum(wide for _, wide in made) + 3 * (len(made) - 1)))
    yield from display(parts)
    if any(isinstance(part, Picture) for frame in gallery.frames for part in frame):
        yield from _legend(signed=True)


def _part(part: Picture | Grid, notation: Notation) -> tuple[str, float]:
    """A picture or a matrix under its caption, and how wide it prints."""
    if isinstance(part, Picture):
        shown, wide = _drawn(part, 4, 110)
    else:
        ((_, cells, wide),) = bands([[notation.cell(x) for x in row] for row in part.cells.rows()], float("inf"))
        shown = matrix(cells)
    return captioned(shown, tex(part.caption)), max(wide, 0.8 * len(part.caption))


def _drawn(picture: Picture, most: float, room: float) -> tuple[str, float]:
    """The cells in a frame, and how many digits wide they print; `most` and `room` are points for a cell and for all."""
    many = -(-max(map(len, picture.levels)) // WIDEST)
    rows = averaged(picture.levels, many, many)
    side = min(most if max(map(len, rows)) > 12 else 2 * most, room / max(map(len, rows)))
    lines = "%\n".join(f"\\hbox{{{_strokes(row, picture.signed)}}}" for row in rows)
    frame = f"\\fbox{{\\vbox{{\\offinterlineskip\n{lines}}}}}"
    sized = f"\\renewcommand{{\\cnnside}}{{{side:.2f}pt}}\\setlength{{\\fboxsep}}{{0pt}}"
    return f"\\vcenter{{\\hbox{{{sized}{frame}}}}}", side * max(map(len, rows)) / POINTS


def _strokes(levels: list[int], signed: bool) -> str:
    return "".join(
        f"\\cnnshade{{{shade}}}{{{len(list(same))}}}"
        for shade, same in groupby(_shade(level, signed) for level in levels)
    )


def _shade(level: int, signed: bool) -> str:
    share = round(abs(level) * STEPS / 255) / STEPS
    if not signed:
        return f"{round(255 * share):02X}" * 3
    to = ABOVE if level > 0 else BELOW
    return "".join(f"{round(m + (t - m) * share):02X}" for m, t in zip(MIDDLE, to, strict=True))


def _legend(signed: bool) -> Iterator[str]:
    before, after = ("below 0", "above 0") if signed else ("0", "the largest")
    bar = [*range(-240, 241, 48)] if signed else [*range(0, 256, 51)]
    yield from ("", f"{{\\small {before} {_strokes(bar, signed)} {after}}}", "")
