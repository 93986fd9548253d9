"""A network as a picture: its maps as blocks, drawn to scale, in the order in which they are made.

A block is as high as its map, as deep into the picture as it is wide, and as long as it has channels. Layers that keep
a map as it is but for its numbers (activations, dropout, normalisation) stand under the block that they work on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from calc.derivation import Derivation, Volume, Volumes
from calc.errors import Impossible, times
from explain.films.drawing import Film, Item, Label, Path, Role, breadth, broken, wrapped
from explain.notation import Notation

WIDTH, MARGIN, GAP = 1320, 36, 34
"""The width of a row, the room around the picture, and that between blocks."""

TITLE, NAME, SMALL = 24, 14, 13
"""Sizes of text."""

SIDE, LENGTH, THIN = 150, 84, 3
"""The side of the largest map, the length of the most channels, and the least that is drawn."""

UNKNOWN = 12
"""The length of a block whose channels are not known."""

SLANT = 0.38
"""How much of a width goes to the right and up."""

BAR = 12
"""The width of a vector."""

ROOM = 142
"""The width of the words under a block."""

LEAST = 700
"""The least width of the picture."""

STEP = 10
"""How finely rows are made narrower until they are about as wide as each other."""

LANE = 13
"""From one connection above the blocks to the next."""

MOST = 150
"""Blocks that a picture has at most."""


CAPTION = (
    "Drawn by square roots: of a map four times as high the side is twice as long. Channels are the length of a block,"
    " vectors are bars, each on a scale of its own. Blue: with weights."
)


@dataclass(eq=False)
class _Block:
    """A map with the layers that keep its shape, and the blocks that it is made of; where it stands, and its words."""

    volumes: list[Volume]
    takes: tuple[int, ...]
    length: float = 0
    height: float = 0
    slant: float = 0
    x: float = 0
    row: int = 0
    said: tuple[str, ...] = ()
    words: tuple[Label, ...] = ()

    @property
    def shape(self) -> tuple[int | None, ...]:
        return self.volumes[-1].shape

    @property
    def wide(self) -> float:
        return self.length + self.slant

    @property
    def room(self) -> float:
        """How much of a row it takes with its words."""
        return max([self.wide, *(breadth(word.text, word.size, bold=word.bold) for word in self.words)])

    @property
    def parameters(self) -> int | None:
        known = [volume.parameters for volume in self.volumes]
        return None if None in known else sum(n or 0 for n in known)


def network(derivation: Derivation, volumes: Volumes) -> Film:
    """The maps of a worked solution as a picture; `Impossible` if they are too many."""
    blocks = _folded(volumes.blocks)
    if len(blocks) > MOST:
        raise Impossible(
            f"{len(blocks)} maps are too many for one picture, which has at most {MOST}: with --depth 1 or 2 layers are taken together"
        )
    notation = Notation(decimals=derivation.decimals)
    _size(blocks)
    rows = _rows(blocks, notation)
    film = Film(notation.text(derivation.title))
    film.width = max(LEAST, *(row[-1].x + row[-1].wide / 2 + row[-1].room / 2 + MARGIN for row in rows))
    y = _head(film, derivation, notation)
    before = y, y
    for number, row in enumerate(rows):
        lanes = _lanes(row, blocks)
        above = max(block.height / 2 + block.slant for block in row)
        middle = y + (max(lanes.values()) * LANE + 16 if lanes else 0) + above
        film.show([0], ("blocks", number), _row, row, blocks, lanes, middle)
        below = max(block.height / 2 for block in row)
        film.show([0], ("words", number), _under, row, middle + below)
        if number and blocks.index(row[0]) - 1 in row[0].takes:
            film.show([0], ("turn", number), _turn, rows[number - 1][-1], row[0], (*before, middle))
        y = middle + below + max(sum(word.size + 5 for word in block.words) for block in row) + 44
        before = middle, y - 20
    for line in wrapped(CAPTION, SMALL, film.width - 2 * MARGIN):
        film.show([0], ("caption", line), list, [Label(MARGIN, y, line, SMALL, "dim")])
        y += SMALL + 6
    film.height = y + MARGIN / 2
    film.says = "; ".join(" ".join(block.said) for block in blocks)
    return film.checked()


def _folded(volumes: Sequence[Volume]) -> list[_Block]:
    """Blocks, those layers within the one before that keep its shape and mix no cells."""
    blocks: list[_Block] = []
    block_of: list[int] = []
    for i, volume in enumerate(volumes):
        plain = volume.parameters == 0 or "Norm" in volume.layer
        follows = i > 1 and volume.takes == (i - 1,) and volume.shape == volumes[i - 1].shape
        if follows and plain:
            blocks[-1].volumes.append(volume)
        else:
            takes = tuple(sorted({block_of[j] for j in volume.takes}))
            blocks.append(_Block([volume], takes))
        block_of.append(len(blocks) - 1)
    return blocks


def _size(blocks: Sequence[_Block]) -> None:
    """How large each block is drawn."""
    sides = [n for block in blocks if len(block.shape) > 1 for n in block.shape[1:][-2:]]
    channels = [block.shape[0] for block in blocks if len(block.shape) > 1]
    features = [block.shape[0] for block in blocks if len(block.shape) == 1]

    def drawn(n: int | None, among: Sequence[int | None], longest: float) -> float:
        most = max((m for m in among if m), default=1)
        return max(THIN, longest * sqrt(n / most)) if n else UNKNOWN

    for block in blocks:
        if len(block.shape) == 1:
            block.height = max(BAR, drawn(block.shape[0], features, SIDE))
            block.length = BAR
            continue
        high, wide = (block.shape[1:] * 2)[-2:] if len(block.shape) == 2 else block.shape[-2:]
        block.height = drawn(high, sides, SIDE)
        if len(block.shape) > 2:
            block.slant = SLANT * drawn(wide, sides, SIDE)
        block.length = drawn(block.shape[0], channels, LENGTH)


def _rows(blocks: Sequence[_Block], notation: Notation) -> list[list[_Block]]:
    """Blocks in as few rows as they need, about as wide as each other, each in its place."""
    for block in blocks:
        _write(block, _words(block, notation))
    rows: list[list[_Block]] = []
    for number in _balanced([block.room for block in blocks]):
        if number == len(rows):
            rows.append([])
        block = blocks[sum(map(len, rows))]
        block.row = number
        rows[-1].append(block)
    for i, block in enumerate(blocks):
        for other in (blocks[j] for j in block.takes if j != i - 1 and blocks[j].row != block.row):
            _write(block, [(f"from {_named(other, blocks)}", SMALL, "window")])
    for number, row in enumerate(rows):
        left: float = MARGIN + (GAP if number else 0)
        for block in row:
            block.x = left + (block.room - block.wide) / 2
            left += block.room + GAP
    return rows


def _balanced(rooms: Sequence[float]) -> list[int]:
    """The row of each block: no more rows than the full width needs, the widest of them as narrow as can be."""

    def filled(width: float) -> list[int]:
        row, left = -1, width
        found: list[int] = []
        for room in rooms:
            if row < 0 or left + room > width:
                row, left = row + 1, MARGIN + (GAP if found else 0)
            found.append(row)
            left += room + GAP
        return found

    widths = [WIDTH - MARGIN, *range(WIDTH - MARGIN, 0, -STEP)]
    fewest = filled(widths[0])[-1]
    return filled(widths[-1 + next((i for i, width in enumerate(widths) if filled(width)[-1] > fewest), len(widths))])


def _named(block: _Block, blocks: Sequence[_Block]) -> str:
    """What a block is called; one without a name by what it does, after the last that has one."""
    first = block.volumes[0]
    if first.name:
        return first.name
    before = [other.volumes[-1].name for other in blocks[: blocks.index(block)] if other.volumes[-1].name]
    return " after ".join([first.layer, *before[-1:]])


_Words = tuple[str, float, Role]


def _words(block: _Block, notation: Notation) -> Iterator[_Words]:
    """What stands under a block: its name, its layers, its shape, its parameters."""
    first, *others = block.volumes
    yield first.name or first.layer, NAME, ""
    if first.name and first.layer:
        yield first.layer, SMALL, "dim"
    if others:
        yield ", ".join(volume.layer for volume in others), SMALL, "dim"
    yield times(n for n in block.shape if n is not None), SMALL, ""
    if block.parameters:
        said = f"{notation.number(block.parameters)} parameter{'' if block.parameters == 1 else 's'}"
        yield said, SMALL, "kernel"


def _write(block: _Block, words: Iterable[_Words]) -> None:
    """Words under a block, in lines that fit there."""
    for text, size, role in words:
        block.said += (text,)
        for line in broken(text, size, ROOM):
            block.words += (Label(0, 0, line, size, role, "middle", size == NAME),)


def _head(film: Film, derivation: Derivation, notation: Notation) -> float:
    """The title and the answer; how far down they reach."""
    y = 24.0
    room = film.width - 2 * MARGIN
    for line in wrapped(film.title, TITLE, room, bold=True):
        y += 30
        film.show([0], ("title", line), list, [Label(MARGIN, y, line, TITLE, bold=True)])
    for line in wrapped(notation.text(derivation.headline), NAME, room):
        y += 24
        film.show([0], ("answer", line), list, [Label(MARGIN, y, line, NAME, "result", bold=True)])
    return y + 26


def _lanes(row: Sequence[_Block], blocks: Sequence[_Block]) -> dict[tuple[int, int], int]:
    """The connections within a row that pass blocks by, each in the lowest lane above them that is free."""
    first = next(i for i, block in enumerate(blocks) if block is row[0])
    wires = [
        (source, first + i) for i, block in enumerate(row) for source in block.takes if first <= source < first + i - 1
    ]
    lanes: dict[tuple[int, int], int] = {}
    for wire in sorted(wires, key=lambda ends: (ends[1] - ends[0], ends)):
        taken = {lane for other, lane in lanes.items() if other[0] < wire[1] and wire[0] < other[1]}
        lanes[wire] = next(lane for lane in range(1, len(wires) + 1) if lane not in taken)
    return lanes


def _row(
    row: Sequence[_Block], blocks: Sequence[_Block], lanes: dict[tuple[int, int], int], middle: float
) -> Iterator[Item]:
    """The blocks of a row, and what goes from one to another."""
    roof = middle - max(block.height / 2 + block.slant for block in row)
    for i, block in enumerate(row):
        yield from _drawn(block, middle)
        if i and any(blocks[source] is row[i - 1] for source in block.takes):
            yield _arrow(row[i - 1].x + row[i - 1].wide + 4, block.x - 4, middle)
    for (source, target), lane in lanes.items():
        ends = [blocks[source], blocks[target]]
        (x, top), (right, end) = ((b.x + b.length / 2 + b.slant, middle - b.height / 2 - b.slant - 3) for b in ends)
        x, right, level = x + 4, right - 4, roof - 4 - lane * LANE
        yield Path(((x, top), (x, level), (right, level), (right, end)), "window")
        yield Path(((right - 4, end - 7), (right, end), (right + 4, end - 7)), "window", thick=False)


def _turn(last: _Block, first: _Block, levels: tuple[float, float, float]) -> Iterator[Item]:
    """From the end of a row to the start of the next: the levels are the middle of the one, between them, and of the other."""
    middle, between, below = levels
    right = last.x + (last.wide + last.room) / 2 + 12
    start = ((last.x + last.wide + 4, middle), (right, middle), (right, between), (MARGIN, between), (MARGIN, below))
    x = first.x - 4
    yield Path((*start, (x, below), (x - 6, below - 5), (x, below), (x - 6, below + 5)), "dim")


def _arrow(left: float, right: float, y: float) -> Path:
    return Path(((left, y), (right, y), (right - 6, y - 5), (right, y), (right - 6, y + 5)), "dim")


def _drawn(block: _Block, middle: float) -> Iterator[Item]:
    """A block: its front, its top, and the side that is the map."""
    role: Role = "kernel" if block.parameters != 0 else ""
    x, right, top, bottom = block.x, block.x + block.length, middle - block.height / 2, middle + block.height / 2
    s = block.slant
    if s:
        yield Path(((x, top), (x + s, top - s), (right + s, top - s), (right, top)), role, closed=True)
        yield Path(((right, top), (right + s, top - s), (right + s, bottom - s), (right, bottom)), role, closed=True)
    yield Path(((x, top), (right, top), (right, bottom), (x, bottom)), role, closed=True)


def _under(row: Sequence[_Block], y: float) -> Iterator[Item]:
    """The words under the blocks of a row."""
    for block in row:
        below = y + 6
        for word in block.words:
            below += word.size + 5
            yield word._replace(x=block.x + block.wide / 2, y=below)
