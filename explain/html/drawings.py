"""Pictures of large maps as drawings of squares, a path for each shade."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from calc.derivation import Derivation, Picture, Volumes
from calc.errors import Impossible, times
from explain.html.marks import escaped

SMALLEST = 192
"""Units of the page that the longer side of a picture of few cells is enlarged to."""

LEAST, MOST = 4, 16
"""Units of the page that a cell takes."""

BAR = range(-240, 241, 32)
"""The levels that a legend shows."""


def drawn(picture: Picture, label: str) -> Iterator[str]:
    """The picture; shades of a signed one are of two colours on the paper, those of others between black and white."""
    rows, columns = len(picture.levels), max(map(len, picture.levels))
    scale = max(LEAST, min(MOST, SMALLEST // max(rows, columns)))
    said = ", ".join(filter(None, (label, f"a picture of {times((rows, columns))} cells")))
    yield (
        f'<svg class="cells" role="img" aria-label="{escaped(said)}" viewBox="0 0 {columns} {rows}"'
        f' width="{columns * scale}" height="{rows * scale}">'
    )
    runs: defaultdict[int, list[str]] = defaultdict(list)
    for y, row in enumerate(picture.levels):
        x = 0
        for level, same in groupby(row):
            many = len(list(same))
            runs[level].append(f"M{x} {y}h{many}v1h-{many}z")
            x += many
    for level in sorted(runs):
        if level or not picture.signed:
            yield f'<path {_shade(level, signed=picture.signed)} d="{"".join(runs[level])}"/>'
    yield "</svg>"


def network(volumes: Volumes) -> Iterator[str]:
    """The maps of a network as blocks, to scale; nothing where they are too many, for the table says the same."""
    from explain.films.svg import drawn as element
    from explain.films.volumes import network as laid_out

    try:
        film = laid_out(Derivation((MAPS,), ()), volumes)
    except Impossible:
        return
    items = [item for key, part in film.parts.items() if key != ("title", MAPS) for item in part.items]
    sizes = f'viewBox="0 {HEAD} {film.width:g} {film.height - HEAD:g}" width="{film.width:g}" height="{film.height - HEAD:g}"'
    yield f'<figure class="network"><div class="scroll"><svg class="maps" role="img" aria-label="{escaped(f"{MAPS}: {film.says}")}" {sizes}>'
    yield "".join(map(element, items))
    yield "</svg></div></figure>"


MAPS = "The maps of the network, to scale"
HEAD = 48
"""The height of the title of such a picture, which the page has already."""


def _shade(level: int, *, signed: bool) -> str:
    if not signed:
        return f'fill="#{level:02x}{level:02x}{level:02x}"'
    return f'class="{"above" if level > 0 else "below"}" fill-opacity="{abs(level) / 255:.2g}"'


def legend(*, signed: bool) -> str:
    """What the shades mean."""
    before, after = ("below 0", "above 0") if signed else ("0", "the largest")
    shown = BAR if signed else BAR[len(BAR) // 2 :]
    bar = "".join(
        f'<rect {_shade(level, signed=signed)} x="{i}" width="1" height="1"/>' for i, level in enumerate(shown)
    )
    drawing = f'<svg class="cells" aria-hidden="true" viewBox="0 0 {len(shown)} 1" width="{8 * len(shown)}" height="12">{bar}</svg>'
    return f'<p class="legend">{before} {drawing} {after}</p>'
