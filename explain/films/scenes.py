"""What a figure of sliding windows shows: the planes, the windows that were worked, and the sums, all as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from calc.choices import every
from calc.derivation import Chain, Pooled, Pools, Window, Windows
from calc.errors import Impossible
from calc.exact import Entry
from explain.films.drawing import MOST_FRAMES
from explain.notation import Notation
from explain.places import WHOLE, covered, value

Place = tuple[int, ...]
Texts = tuple[tuple[str, ...], ...]


class Plane(NamedTuple):
    """One plane of the image: its name, where it has cells, what stands in one, and whether that is the image's own."""

    name: str
    rows: range
    columns: range
    cell: Callable[[int, int], str]
    own: Callable[[int, int], bool]


class Shot(NamedTuple):
    """One window as it is drawn: where it stands on which planes, what is beside it, the sums under it.

    `kernel` are the weights on each of the planes, empty for a pooling, the same wherever `kernel_name` is; `details`
    the products, or the cells of a pooling; `winners` the places in them, plane first, that a pooling takes. `lines`
    are the sums, each in several forms, the fullest first.
    """

    at: Place
    planes: tuple[Place, ...]
    rows: range
    columns: range
    kernel: tuple[Texts, ...]
    kernel_name: str
    details: tuple[Texts, ...]
    winners: tuple[Place, ...]
    lines: tuple[tuple[str, ...], ...]
    value: str


class Scene(NamedTuple):
    """Windows to be drawn: on which planes, which were worked, and the sizes of the answer along its axes.

    `image` and `details` are what stands over the planes and beside them. The last `axes` numbers of a place in the
    answer are where it lies, those before say in which of several maps, each a `many`.
    """

    planes: dict[Place, Plane]
    shots: tuple[Shot, ...]
    outputs: Place
    axes: int
    image: str
    details: str
    many: str

    def map_of(self, place: Place) -> Place:
        """Which plane of the answer a place is in."""
        return place[: len(self.outputs) - min(self.axes, 2)]

    def maps(self) -> list[Place]:
        """The planes of the answer."""
        return list(every(self.map_of(self.outputs)))

    def map_name(self, key: Place) -> str:
        """What a plane of the answer is called; empty where there is only one."""
        leading = len(self.outputs) - self.axes
        names = [f"{self.many} {key[0] + 1}"] if leading else []
        return ", ".join(names + [f"slice {z + 1}" for z in key[leading:]])


def scene_of(windows: Windows | Pools, notation: Notation) -> Scene:
    """The windows of a step; `Impossible` if they are too many."""
    many = prod(windows.outputs) if windows.places is None else len(windows.places)
    if many > MOST_FRAMES:
        raise Impossible(
            f"{many} windows are too many for one picture, which has at most {MOST_FRAMES}: choose some with --windows"
        )
    plain = notation.plain()
    return _of_windows(windows, plain) if isinstance(windows, Windows) else _of_pools(windows, plain)


def _of_windows(windows: Windows, notation: Notation) -> Scene:
    axes, own = len(windows.stride), windows.own
    rows, columns = (1, *windows.picture.shape[1:])[-2:]

    def plane(key: Place) -> Plane:
        def place(r: int, c: int) -> Place:
            return (*key, r, c) if axes > 1 else (*key, c)

        return Plane(
            _named(key, windows.picture.shape[0]),
            range(rows),
            range(columns),
            lambda r, c: notation.cell(windows.picture[place(r, c)]),
            lambda r, c: not own or all(i in span for i, span in zip(place(r, c)[1:], own, strict=True)),
        )

    keys = every(windows.picture.shape[: 2 if axes == 3 else 1])
    image = ("signal", "image", "volume")[axes - 1]
    several = windows.kernel.shape[0] > 1
    return Scene(
        {key: plane(key) for key in keys},
        tuple(_shot(window, notation, several=several) for window in windows),
        windows.outputs,
        axes,
        _around(windows, image),
        "products",
        "filter",
    )


def _around(windows: Windows, image: str) -> str:
    """What the picture is called that the kernel slides over."""
    if not windows.own:
        return image
    return f"{image} with zeros between and around" if any(s.step > 1 for s in windows.own) else f"padded {image}"


def _named(key: Place, channels: int) -> str:
    names = [f"channel {key[0] + 1}"] if channels > 1 else []
    return ", ".join(names + [f"slice {z + 1}" for z in key[1:]])


def _shot(window: Window, notation: Notation, *, several: bool) -> Shot:
    rows, columns = covered(window)
    if len(window.slices) > 1:
        *parts, total = window.parts
        named = zip(window.slices, parts, strict=True)
        lines = [tuple(f"{part.name}: {form}" for form in _forms(chain, notation)) for part, chain in named]
        lines.append(tuple(f"all together: {form}" for form in _forms(total, notation)))
    else:
        total = window.chain
        lines = [_forms(total, notation)]
    return Shot(
        window.at,
        tuple(part.plane for part in window.slices),
        rows,
        columns,
        tuple(_texts(part.kernel, notation) for part in window.slices),
        f"k{window.at[0]}" if several else "k",
        tuple(_texts(part.products, notation) for part in window.slices),
        (),
        tuple(lines),
        notation.cell(value(total)),
    )


def _of_pools(pools: Pools, notation: Notation) -> Scene:
    axes, channels = len(pools.spans), pools.image.shape[0]
    reach = [
        range(min(0, *(s.start for s in spans)), max(n, *(s[-1] + 1 for s in spans)))
        for n, spans in zip(pools.image.shape[1:], pools.spans, strict=True)
    ]
    *deep, rows, columns = (range(1), *reach)[-max(2, axes) :]

    def plane(key: Place) -> Plane:
        def inside(r: int, c: int) -> bool:
            place = (*key[1:], r, c)[-axes:]
            return all(0 <= i < n for i, n in zip(place, pools.image.shape[1:], strict=True))

        def cell(r: int, c: int) -> str:
            there = pools.cell(key, r, c)
            return "" if there is None else notation.cell(there)

        return Plane(_named(key, channels), rows, columns, cell, inside)

    keys = [(c, *z) for c in range(channels) for z in ([(z,) for z in deep[0]] if deep else [()])]
    return Scene(
        {key: plane(key) for key in keys},
        tuple(_pooled(window, pools, notation) for window in pools),
        pools.outputs,
        axes,
        ("signal", "image", "volume")[axes - 1],
        "window",
        "channel",
    )


def _pooled(window: Pooled, pools: Pools, notation: Notation) -> Shot:
    details = tuple(
        tuple(tuple("" if x is None else notation.cell(x) for x in row) for row in layer.patch)
        for layer in window.layers
    )
    forms = _forms(window.chain, notation)
    if len(forms) == 1:
        many = sum(bool(x) for texts in details for row in texts for x in row)
        forms = (f"{WHOLE[pools.kind]} {many} cell{'' if many == 1 else 's'}: {forms[0]}",)
    return Shot(
        window.at,
        tuple(layer.plane for layer in window.layers),
        window.rows,
        window.columns,
        (),
        "",
        details,
        window.winners,
        (forms,),
        notation.cell(value(window.chain)),
    )


def _forms(chain: Chain, notation: Notation) -> tuple[str, ...]:
    """A chain from its first expression, from its second, and so on."""
    written = [notation.write(link.expression) for link in chain.links]
    joined = [written[-1]]
    for link, text in zip(chain.links[:0:-1], written[-2::-1], strict=True):
        joined.append(f"{text} {link.sign} {joined[-1]}")
    return tuple(reversed(joined))


def _texts(rows: Sequence[Sequence[Entry]], notation: Notation) -> Texts:
    return tuple(tuple(map(notation.cell, row)) for row in rows)
