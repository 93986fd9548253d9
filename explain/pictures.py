"""Pictures of large maps in characters: two rows of cells a line in colour, marks of more and less ink without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from calc.derivation import Gallery, Grid, Picture
from explain.blocks import Block, Line, Role, Shade, Span, beside, breadth, matrix, stacked
from explain.notation import Notation

Levels = Sequence[Sequence[int]]
"""H×W levels from 0 to 255, from -255 to 255 where they are signed."""

Colour = tuple[int, int, int]

WHITE: Colour = (0xFF, 0xFF, 0xFF)
ABOVE: Colour = (0xFF, 0xA0, 0x20)
BELOW: Colour = (0x50, 0x98, 0xFF)
"""The colours of the levels 255 and -255, which colour-blind readers tell apart; all fade to black at 0."""

INK = " .:-=+*#%@"
"""The marks of levels from 0 to 255."""

INK_ABOVE, INK_BELOW = " ░▒▓█", " -=*#"
"""Those of signed levels, by their side of 0."""

BAR = range(-240, 241, 32)
"""The levels that a legend in colour shows."""


SMALL = 10
"""Columns that a picture of few cells is enlarged to, each of its cells a block of full lines."""


def hang(gallery: Gallery, width: int, notation: Notation, *, colour: bool) -> Iterator[Line]:
    """The frames beside and under each other, and a line that says what the shades of their pictures mean."""
    frames = [list(_frame(frame, gallery.signs, width, notation, colour=colour)) for frame in gallery.frames]
    widest = max(breadth([frame], 0) for frame in frames)
    yield from stacked(frames, 4 if 2 * widest + 4 <= width else 2, width)
    if any(isinstance(part, Picture) for frame in gallery.frames for part in frame):
        yield ()
        yield _legend(signed=True, colour=colour)


def _frame(
    frame: Sequence[Picture | Grid], signs: Sequence[str], width: int, notation: Notation, *, colour: bool
) -> Iterator[Line]:
    """Parts beside each other, each under its caption, with the signs between them at the middle of the lower one."""
    blocks: list[Block] = []
    for sign, part in zip(("", *signs), frame, strict=False):
        if isinstance(part, Grid):
            roles: dict[str, Role] = {"kernel": "kernel", "feature map": "result"}
            drawn = matrix(list(part.cells.rows()), notation, roles.get(part.what, ""))
        else:
            plain = Picture(_enlarged(part.levels), part.signed, "", scaled=False)
            drawn = list(draw(plain, width, colour=colour))
        if sign:
            middle = (min(len(drawn), len(blocks[-1]) - 1) + 1) // 2
            above: Block = [((" ", ""),)] * middle
            blocks.append([*above, ((sign, ""),)])
        blocks.append([((part.caption, "dim"),), *drawn])
    return beside(blocks, 1)


def _enlarged(levels: Levels) -> tuple[tuple[int, ...], ...]:
    """A picture of few cells with each repeated an even number of times, so that none shares a line with another."""
    many = max(len(levels), *map(len, levels))
    times = 2 * max(1, SMALL // 2 // many) if many <= SMALL + 2 else 1
    return tuple(tuple(x for x in row for _ in range(times)) for row in levels for _ in range(times))


def draw(picture: Picture, width: int, *, colour: bool) -> Iterator[Line]:
    """The picture in at most `width` columns, its proportions kept, and a line that says what its shades mean, if they do.

    In colour a line is two rows of levels in half blocks, for a screen of many colours; without, it is the average of
    two rows as a mark, so that a picture takes the same room either way.
    """
    levels, signed = picture.levels, picture.signed
    many = -(-max(map(len, levels)) // max(width, 1))
    if colour:
        cells = averaged(levels, many, many)
        for i in range(0, len(cells), 2):
            yield _halves(cells[i], cells[i + 1] if i + 1 < len(cells) else None, signed)
    else:
        for row in averaged(levels, 2 * many, many):
            yield (("".join(_mark(level, signed) for level in row), ""),)
    if picture.scaled:
        yield _legend(signed, colour=colour)


def averaged(levels: Levels, down: int, across: int) -> list[list[int]]:
    """Levels in blocks of down×across, those at the end smaller, each block its average rounded towards 0."""
    if down == across == 1:
        return [list(row) for row in levels]
    made = []
    for top in range(0, len(levels), down):
        rows = levels[top : top + down]
        blocks = [[x for row in rows for x in row[i : i + across]] for i in range(0, len(rows[0]), across)]
        made.append([int(sum(block) / len(block)) for block in blocks])
    return made


def _halves(upper: Sequence[int], lower: Sequence[int] | None, signed: bool) -> Line:
    """Two rows as the upper and the lower halves of one line, neighbours of the same shades in one span."""
    below = [""] * len(upper) if lower is None else [f" on {_hex(level, signed)}" for level in lower]
    shades = [f"{_hex(level, signed)}{under}" for level, under in zip(upper, below, strict=True)]
    return tuple(_span("▀" * len(list(same)), shade) for shade, same in groupby(shades))


def _span(text: str, shade: str) -> Span:
    return text, Shade(shade)


def _hex(level: int, signed: bool) -> str:
    full = WHITE if not signed else ABOVE if level >= 0 else BELOW
    return "#" + "".join(f"{part * abs(level) // 255:02x}" for part in full)


def _mark(level: int, signed: bool) -> str:
    """The mark whose share of its row the level falls into; of 0 a blank."""
    marks = INK if not signed else INK_ABOVE if level >= 0 else INK_BELOW
    return marks[(2 * abs(level) * (len(marks) - 1) + 255) // (2 * 255)]


def _legend(signed: bool, *, colour: bool) -> Line:
    before, after = ("below 0 ", " above 0") if signed else ("0 ", " the largest")
    shown = BAR if signed else BAR[len(BAR) // 2 :]
    bar: list[Span] = (
        [_span("█", _hex(level, signed)) for level in shown]
        if colour
        else [(INK_BELOW[:0:-1] + INK_ABOVE if signed else INK, "")]
    )
    return (before, "dim"), *bar, (after, "dim")
