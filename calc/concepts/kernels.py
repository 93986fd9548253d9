"""Concepts about kernels: flipped or not, separable, what they find, what happens at the border, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from calc.concepts.base import (
    Concept,
    Rows,
    changed,
    correlated,
    feature_map,
    image,
    kernel,
    note,
    part,
    right,
    wrong,
    yes,
)
from calc.derivation import Derivation
from calc.errors import times
from calc.exact import Cells
from calc.filters import factors

PICTURE = ((1, 0, 2, 3), (3, 2, 0, 7), (0, 6, 1, 1), (4, 1, 5, 2))
SMOOTH = ((1, 2, 1), (2, 4, 2), (1, 2, 1))
SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
LOPSIDED = ((1, 2, 0), (0, 1, 0), (0, 0, 3))
STRIPES = ((0, 1, -1, 0), (1, 3, -3, -1), (1, 3, -3, -1), (0, 1, -1, 0))
BOX = ((1, 1, 1), (1, 1, 1), (1, 1, 1))

_WITHOUT = (
    *(
        f"{no} {flip}"
        for no in ("without", "without the", "without a", "with no", "without any")
        for flip in ("flipping", "flip", "rotation")
    ),
    *(
        f"{no} {flip}"
        for no in ("without", "with no")
        for flip in ("rotating", "turning", "mirroring", "kernel flipping", "kernel flip")
    ),
    *(
        "not flipped",
        "not rotated",
        "no flip",
        "no flipping",
        "with an unflipped kernel",
        "where the kernel is not flipped",
        "the kernel is not flipped",
    ),
)
_UNFLIPPED = (
    *(f"convolution {but}{without}" for but in ("", "but ") for without in _WITHOUT),
    *_WITHOUT,
    *(f"{un}flipped convolution" for un in ("un", "non ")),
    "unflipped",
)
"""A convolution whose kernel is not flipped, in other words: a cross-correlation."""


def _both(weights: Rows) -> tuple[Cells, Cells]:
    """The convolution and the cross-correlation of the picture."""
    from calc.convolution import convolve

    return convolve(PICTURE, weights).answer, correlated(PICTURE, weights)


def _flip_symmetric() -> Sequence[Derivation]:
    parts = [
        part(
            "An image and three kernels",
            image(PICTURE, "image"),
            kernel(SMOOTH, "smooth"),
            kernel(SOBEL, "Sobel"),
            kernel(LOPSIDED, "lopsided"),
        )
    ]
    for name, weights in (("smooth", SMOOTH), ("Sobel", SOBEL), ("lopsided", LOPSIDED)):
        flipped, plain = _both(weights)
        parts.append(
            part(
                f"The {name} kernel",
                feature_map(flipped, "convolution"),
                feature_map(plain, "cross-correlation"),
                note(f"{changed(flipped, plain)} of {plain.numerators.size} cells differ."),
            )
        )
    return parts


def _separable() -> Sequence[Derivation]:
    found = factors(SOBEL)
    assert found is not None
    column, row = [[x] for x in found.column], [list(found.row)]
    between = correlated(PICTURE, column)
    once, twice = correlated(PICTURE, SOBEL), correlated(between, row)
    return (
        part("An image and the kernel", image(PICTURE, "image"), kernel(SOBEL, "Sobel")),
        part(
            "A column and a row that multiply to it",
            kernel(column, "column"),
            kernel(row, "row"),
            kernel(found.rows, "product"),
        ),
        part(
            "The column first, then the row over what comes out",
            image(between, "after the column"),
            feature_map(twice, "then the row", "→"),
            feature_map(once, "the kernel at once"),
            note(f"{changed(once, twice)} of {once.numerators.size} cells differ."),
        ),
    )


def _correlation() -> Sequence[Derivation]:
    flipped, plain = _both(LOPSIDED)
    turned = tuple(tuple(row[::-1]) for row in LOPSIDED[::-1])
    learned = correlated(PICTURE, turned)
    return (
        part("An image and a kernel", image(PICTURE, "image"), kernel(LOPSIDED)),
        part(
            "Flipped and not flipped",
            feature_map(flipped, "flipped: convolution"),
            feature_map(plain, "not flipped: cross-correlation"),
            note("The second is what Conv2d of torch and of Keras gives, and Conv of ONNX."),
        ),
        part(
            "A layer that has learned the turned kernel",
            kernel(turned, "turned"),
            feature_map(learned, "not flipped"),
            note(
                f"Is that the convolution with the kernel above? {yes(learned == flipped).capitalize()}: what is learned may as well be learned turned."
            ),
        ),
    )


def _finds() -> Sequence[Derivation]:
    upright, lying = ((1, 1, 1, 0, 0, 0),) * 6, ((1,) * 6,) * 3 + ((0,) * 6,) * 3
    level = ((1,) * 6,) * 6
    pictures = (("vertical edge", upright), ("horizontal edge", lying), ("no edge", level))
    maps = [correlated(rows, STRIPES, padding="valid") for _, rows in pictures]
    return (
        part("The kernel", kernel(STRIPES)),
        part("Three images", *(image(rows, name) for name, rows in pictures)),
        part(
            "What the kernel answers, no padding",
            *(feature_map(cells, name) for cells, (name, _) in zip(maps, pictures, strict=True)),
        ),
    )


def _border() -> Sequence[Derivation]:
    from calc.convolution import convolve

    ones = ((1,) * 5,) * 4
    padded = convolve(ones, BOX, flip=False)
    corner, edge = (len(BOX) ** 2 - int(str(padded.answer[at])) for at in ((0, 0), (0, 1)))
    zeros = f"Of the {len(BOX) ** 2} cells under the kernel {edge} are zeros at an edge, {corner} in a corner."
    return (
        part("An image of ones, and a kernel of ones", image(ones, "image"), kernel(BOX)),
        part("The image with its ring of zeros", image(padded.padded.plane(0))),
        part("The map", feature_map(padded.answer), note(zeros)),
        part(
            "The same with the edge repeated instead of zeros",
            feature_map(correlated(ones, BOX, padding_mode="replicate")),
        ),
    )


def _transposed() -> Sequence[Derivation]:
    from calc.transposed import transpose

    weights = ((1, 2), (0, 1))
    small = correlated(PICTURE, weights, stride=2, padding=0)
    back = transpose(small, weights, stride=2).answer
    return (
        part("An image and a kernel", image(PICTURE, "image"), kernel(weights)),
        part("The convolution with stride 2, no padding", feature_map(small)),
        part(
            "The transposed convolution of that, with the same kernel and stride",
            feature_map(back),
            note(
                f"{times(back.shape)} cells again, of which {changed(back, Cells.of(PICTURE))} differ from the image."
            ),
        ),
    )


CONCEPTS = (
    Concept(
        "flip-symmetric",
        "for which kernels flipping matters",
        "With which of these kernels do convolution and cross-correlation give the same map of every image?",
        (
            wrong(
                "-1 0 1; -2 0 2; -1 0 1",
                "antisymmetry-for-symmetry",
                "a kernel that changes its sign under a half turn is taken for symmetric",
                "sobel",
            ),
            right("1 2 1; 2 4 2; 1 2 1", "gaussian", "smooth"),
            wrong(
                "with none of them",
                "flip-always-matters",
                "flipping is taken to change every kernel",
                "none",
                "neither",
                "no kernel",
            ),
            wrong(
                "with every 3×3 kernel",
                "flip-never-matters",
                "flipping is taken to change nothing",
                "every",
                "all",
                "both",
                "any",
            ),
        ),
        "Turn each kernel by a half turn, up-down and left-right. Which one is as before?",
        "A convolution lays the turned kernel on, a cross-correlation the kernel itself.",
        "The smooth kernel is itself after a half turn. The Sobel kernel is itself with every sign changed, and so is its map.",
        _flip_symmetric,
    ),
    Concept(
        "sobel-separable",
        "whether the Sobel kernel is separable",
        "Is the Sobel kernel -1 0 1; -2 0 2; -1 0 1 separable?",
        (
            wrong(
                "no, for it has negative weights",
                "negative-not-separable",
                "negative weights are taken to forbid factors",
                "negative weights",
                "no negative weights",
                "no it has negative weights",
                "no because it has negative weights",
            ),
            wrong(
                "no, for it lacks symmetry",
                "symmetry-for-separability",
                "separable is taken for symmetric",
                "not symmetric",
                "no not symmetric",
                "no it is not symmetric",
                "no because it is not symmetric",
                "no symmetry",
            ),
            right("yes, it is a column times a row", "yes", "it is separable", "separable"),
        ),
        "Is every row of the kernel a multiple of one row?",
        "A kernel is separable if it is a column times a row: w(u, v) = a(u)·b(v).",
        "Every row is a multiple of -1 0 1, by 1, 2 and 1. So a column of 3 weights and a row of 3 do what 9 weights do.",
        _separable,
    ),
    Concept(
        "correlation",
        "convolution or cross-correlation in CNN layers",
        "What do the convolution layers of CNN libraries work out with their kernel?",
        (
            wrong(
                "a convolution: the kernel is flipped along both axes",
                "named-after-convolution",
                "the name of the layer is taken for what it does",
                "convolution",
                "flipped convolution",
                "flipped along both",
            ),
            right(
                "a cross-correlation: the kernel is not flipped",
                "cross correlation",
                "correlation",
                "not flipped",
                "no flip",
                *_UNFLIPPED,
            ),
            wrong(
                "the kernel is flipped left-right only",
                "flipped-left-right-only",
                "the kernel is flipped left-right only",
                "flipped left right",
                "left right",
            ),
            wrong(
                "the matrix product of the window and the kernel",
                "matrix-product",
                "a matrix product is taken instead of products cell by cell",
                "matrix product",
                "matrix multiplication",
            ),
        ),
        "Take a kernel that is not symmetric, and compare both maps with what a library gives.",
        "Cross-correlation: y(i, j) = Σ x(i + u, j + v)·w(u, v). A convolution has w turned by a half turn.",
        "The kernel is laid on as it is stored. As its weights are learned, a flip would only store them the other way round.",
        _correlation,
    ),
    Concept(
        "edge-kernel",
        "what a kernel answers to",
        "What does the kernel 0 1 -1 0; 1 3 -3 -1; 1 3 -3 -1; 0 1 -1 0 answer to?",
        (
            wrong(
                "horizontal edges",
                "edge-along-change",
                "the direction of the change is taken for that of the edge",
                "horizontal",
                "horizontal edge",
            ),
            right("vertical edges", "vertical", "vertical edge"),
            wrong(
                "edges at 45 degrees",
                "shape-of-the-weights",
                "the outline of the weights is taken for what they find",
                "45",
                "diagonal",
                "edges at 45",
            ),
            wrong(
                "bright areas",
                "sum-of-weights-ignored",
                "weights whose sum is 0 are taken to answer to brightness",
                "bright",
                "brightness",
                "contrast",
                "image contrast",
            ),
        ),
        "In which direction do the weights change their sign?",
        "Weights that add up to 0 answer 0 where the image is even; they answer where it changes as they do.",
        "The weights change from left to right, from plus to minus. Such a change in an image is an edge that stands upright.",
        _finds,
    ),
    Concept(
        "border",
        "what zero padding does at the border",
        "An image of ones is cross-correlated with a 3×3 kernel of ones, zero padding 1. How are the cells at the border of the map?",
        (
            wrong(
                "equal to those inside",
                "zeros-not-counted",
                "the zeros of the padding are taken not to count",
                "equal",
                "same",
                "the same",
            ),
            wrong(
                "larger than those inside",
                "padding-adds",
                "padding is taken to add something to the border",
                "larger",
                "higher",
                "greater",
                "bigger",
            ),
            right("smaller than those inside", "smaller", "lower", "darker", "less"),
            wrong(
                "there are none: the border is cut off",
                "padding-cuts",
                "padding is taken to cut the border off",
                "there are none",
                "none",
                "cut off",
            ),
        ),
        "How many cells of the image does the kernel cover in a corner?",
        "Each cell of the map is the sum over its whole window, zeros and all.",
        "A window at the border covers zeros, which add nothing: fewer ones are added up there. It is an edge that the "
        "padding made, not the image.",
        _border,
    ),
    Concept(
        "transposed",
        "whether a transposed convolution is the inverse",
        "A convolution whose stride takes its last window to the edge is followed by a transposed convolution with the same kernel, stride and padding. What comes back?",
        (
            wrong(
                "the image",
                "transposed-for-inverse",
                "a transposed convolution is taken for the inverse",
                "image",
                "the same image",
                "original",
            ),
            right("the size of the image, but not its numbers", "size", "the size", "only the size"),
            wrong(
                "neither the size nor the numbers",
                "transposed-size-lost",
                "the size is taken to be lost too",
                "neither",
                "nothing",
            ),
        ),
        "Work both on a small image, and count the cells that are as before.",
        "Out of fewer numbers than there were, the others cannot be told.",
        "The transposed convolution goes back to the places, by the transposed matrix of the convolution. That is no inverse: "
        "numbers that the convolution added up stay added up. Where the stride did not divide, the size too needs output padding.",
        _transposed,
    ),
)
