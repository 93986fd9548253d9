"""Named kernels: a row each, with what it responds to and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from calc.expr import Number, exact


@dataclass(frozen=True)
class Named:
    """A kernel of the table; the rows are `weights` divided by `divisor`."""

    name: str
    weights: tuple[tuple[int, ...], ...]
    responds: str
    origin: str
    divisor: int = 1
    aliases: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[tuple[Number, ...], ...]:
        return tuple(tuple(exact(Fraction(w, self.divisor)) for w in row) for row in self.weights)


KERNELS: tuple[Named, ...] = (
    Named(
        "sobel-x",
        ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
        "change from left to right: vertical edges",
        "Sobel & Feldman, 1968",
        aliases=("sobel",),
    ),
    Named(
        "sobel-y",
        ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
        "change from top to bottom: horizontal edges",
        "Sobel & Feldman, 1968",
    ),
    Named(
        "prewitt-x",
        ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
        "change from left to right, averaged over three rows",
        "Prewitt, 1970",
        aliases=("prewitt",),
    ),
    Named(
        "prewitt-y",
        ((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
        "change from top to bottom, averaged over three columns",
        "Prewitt, 1970",
    ),
    Named(
        "scharr-x",
        ((-3, 0, 3), (-10, 0, 10), (-3, 0, 3)),
        "change from left to right, nearly alike in every direction",
        "Scharr, 2000",
        aliases=("scharr",),
    ),
    Named(
        "scharr-y",
        ((-3, -10, -3), (0, 0, 0), (3, 10, 3)),
        "change from top to bottom, nearly alike in every direction",
        "Scharr, 2000",
    ),
    Named("roberts-x", ((1, 0), (0, -1)), "change along the falling diagonal", "Roberts, 1963", aliases=("roberts",)),
    Named("roberts-y", ((0, 1), (-1, 0)), "change along the rising diagonal", "Roberts, 1963"),
    Named(
        "laplacian-4",
        ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
        "curvature: points and edges of every direction, 4 neighbours",
        "second differences along both axes, added",
        aliases=("laplacian", "laplacian4"),
    ),
    Named(
        "laplacian-8",
        ((1, 1, 1), (1, -8, 1), (1, 1, 1)),
        "curvature: points and edges of every direction, 8 neighbours",
        "second differences along the axes and both diagonals",
        aliases=("laplacian8",),
    ),
    Named("box-3", ((1, 1, 1),) * 3, "the mean of 3×3 cells: it blurs", "moving average", 9, ("box",)),
    Named(
        "gaussian-3",
        ((1, 2, 1), (2, 4, 2), (1, 2, 1)),
        "a weighted mean, most at the centre: it blurs",
        "binomial row 1 2 1 in both directions",
        16,
        ("gaussian", "gaussian3"),
    ),
    Named(
        "gaussian-5",
        ((1, 4, 6, 4, 1), (4, 16, 24, 16, 4), (6, 24, 36, 24, 6), (4, 16, 24, 16, 4), (1, 4, 6, 4, 1)),
        "a weighted mean over 5×5 cells, most at the centre: it blurs more",
        "binomial row 1 4 6 4 1 in both directions",
        256,
        ("gaussian5",),
    ),
    Named(
        "sharpen",
        ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
        "what differs from its surroundings, added to the image",
        "identity minus laplacian-4",
    ),
    Named(
        "emboss",
        ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
        "light along the falling diagonal: relief, lit from the lower right when flipped, else from the upper left",
        "directional derivative plus identity",
    ),
    Named(
        "identity",
        ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
        "every cell alike: the image comes out as it went in",
        "the unit impulse",
    ),
)

BY_NAME: dict[str, Named] = {name: kernel for kernel in KERNELS for name in (kernel.name, *kernel.aliases)}
