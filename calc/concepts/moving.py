"""Concepts about what moves: shifts of the image, and the order of layers."""

from __future__ import annotations

from collections.abc import Sequence

from calc.activations import BY_NAME
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
    shifted,
    table,
    wrong,
    yes,
)
from calc.derivation import Derivation
from calc.errors import counted
from calc.exact import Cells

SPOTS = (
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 0, 7, 0, 0, 0, 0, 0),
    (0, 0, 5, 0, 3, 0, 0, 0),
    (0, 0, 0, 0, 2, 0, 0, 0),
)
"""An image whose bright cells lie in the left columns of the windows of a 2×2 pooling."""

EDGE = ((1, 0, -1), (2, 0, -2), (1, 0, -1))
CORNER = ((0, 0, 0, 0), (0, 1, 2, 0), (0, 0, 3, 0), (0, 0, 0, 0))
TILTED = ((1, 2, 0), (0, 1, 0), (0, 0, 0))
SIGNED = ((4, -2, -1, -3), (1, -5, -6, -2), (3, 0, 2, -8), (-4, 1, 6, 4))


def relu(cells: Cells) -> Cells:
    return BY_NAME["relu"](cells)


def pooled(picture: object, kind: str = "max", stride: int = 2) -> Cells:
    from calc.pooling import pool

    return pool(picture, 2, kind=kind, stride=stride).answer


def turned(rows: Rows) -> Rows:
    """A quarter turn to the right."""
    return tuple(zip(*rows[::-1], strict=True))


def enlarged(rows: Rows) -> Rows:
    """Each cell as 2×2 cells."""
    return tuple(tuple(x for x in row for _ in range(2)) for row in rows for _ in range(2))


def _translation() -> Sequence[Derivation]:
    moved, twice = shifted(SPOTS), shifted(SPOTS, 2)
    maps = [correlated(rows, EDGE) for rows in (SPOTS, moved, twice)]
    lit = [relu(cells) for cells in maps]
    pools = [pooled(rows) for rows in (SPOTS, moved, twice)]
    rows = [
        (name, *(f"{changed(each[0], other)} of {each[0].numerators.size}" for other in each[1:]))
        for name, each in (("convolution", maps), ("ReLU after it", lit), ("max pooling", pools))
    ]
    follows = maps[1] == Cells.of(shifted(maps[0].nested()))
    return (
        part(
            "Shift an image to the right by one cell",
            image(SPOTS, "the image"),
            image(moved, "shifted", "→"),
            kernel(EDGE, "a kernel"),
        ),
        part(
            "Convolution with the kernel, zero padding 1",
            feature_map(maps[0], "of the image"),
            feature_map(maps[1], "of the shifted image"),
            note(f"Is the second map the first one, shifted? {yes(follows).capitalize()}: convolution is equivariant."),
        ),
        part(
            "Activation: ReLU of these maps",
            feature_map(lit[0], "of the image"),
            feature_map(lit[1], "of the shifted image"),
        ),
        part(
            "Max pooling 2×2, stride 2",
            feature_map(pools[0], "of the image"),
            feature_map(pools[1], "of the shifted image"),
            feature_map(pools[2], "shifted by two cells"),
            note("The largest cell of a window may lie anywhere in it. Shifted by two, it is in the next window."),
        ),
        part("Cells of the answer that change", table(("", "shift by 1", "shift by 2"), *rows)),
    )


def _equivariance() -> Sequence[Derivation]:
    first = correlated(CORNER, TILTED)
    rows = []
    for name, change in (("translation", shifted), ("rotation", turned), ("scale", enlarged)):
        answer, expected = correlated(change(CORNER), TILTED), Cells.of(change(first.nested()))
        rows.append((name, yes(answer == first), yes(answer == expected)))
    moved = correlated(shifted(CORNER), TILTED)
    return (
        part("An image and a kernel", image(CORNER, "image"), kernel(TILTED)),
        part(
            "The map, and the map of the shifted image",
            feature_map(first, "of the image"),
            feature_map(moved, "of the shifted image"),
        ),
        part(
            "The same with a quarter turn, and with twice the height and width",
            table(("change of the image", "the same map", "the map changed alike"), *rows),
        ),
    )


def _pooling_shift() -> Sequence[Derivation]:
    inside, across = ((9, 0, 0, 0), (0, 0, 0, 0)), ((0, 9, 0, 0), (0, 0, 0, 0))
    parts = [part("Two images, one bright cell in each", image(inside, "A"), image(across, "B"))]
    for name, rows in (("A", inside), ("B", across)):
        before, after = pooled(rows), pooled(shifted(rows))
        parts.append(
            part(
                f"{name} shifted by one cell, pooled before and after",
                image(shifted(rows), "shifted"),
                feature_map(before, "before"),
                feature_map(after, "after"),
                note(f"{counted(changed(before, after), 'cell')} of {before.numerators.size} changed."),
            )
        )
    return parts


def _relu_max() -> Sequence[Derivation]:
    return _orders("max")


def _relu_average() -> Sequence[Derivation]:
    return _orders("average")


def _orders(kind: str) -> Sequence[Derivation]:
    """ReLU before and after a pooling."""
    lit = relu(Cells.of(SIGNED))
    before, after = pooled(lit.nested(), kind), relu(pooled(SIGNED, kind))
    return (
        part("An image with cells of both signs", image(SIGNED)),
        part(f"ReLU, then {kind} pooling 2×2", image(lit, "after ReLU"), feature_map(before, "pooled", "→")),
        part(
            f"{kind.capitalize()} pooling 2×2, then ReLU",
            image(pooled(SIGNED, kind), "pooled"),
            feature_map(after, "after ReLU", "→"),
            note(f"{changed(before, after)} of {before.numerators.size} cells differ."),
        ),
    )


CONCEPTS = (
    Concept(
        "translation",
        "which layer cares least about small shifts",
        "Which of these layers reduces the sensitivity of a network to small translations of its input?",
        (
            wrong(
                "convolution",
                "equivariance-for-invariance",
                "equivariance is taken for invariance",
                "conv",
                "cnn",
                "convolutional",
            ),
            wrong(
                "activation function",
                "activation-for-invariance",
                "an activation is taken to forget where a cell was",
                "activation",
                "relu",
                "non linearity",
                "nonlinearity",
            ),
            right("max pooling", "maxpooling", "pooling", "maxpool", "max pool", "pool"),
        ),
        "Shift the image by one pixel, and look at what each layer makes of it: does its answer move, or stay?",
        "Equivariant: the answer to the shifted image is the shifted answer. Invariant: it is the same answer.",
        "The largest cell of a window stays the largest when it moves within the window. The maps of convolution and "
        "activation move along with the image. A shift that leaves the window changes the pooled map too: pooling "
        "reduces the sensitivity, it does not end it.",
        _translation,
    ),
    Concept(
        "invariance",
        "what a convolution layer is invariant to",
        "A network is a single convolution layer of stride 1. To which change of its input is its output invariant?",
        (
            wrong("translation", "equivariance-for-invariance", "equivariance is taken for invariance", "shift"),
            wrong("rotation", "turning-assumed", "a kernel is taken to find turned patterns by itself", "turn"),
            wrong("scale", "scaling-assumed", "a kernel is taken to find patterns of any size", "scaling", "size"),
            right("none of them", "none", "to none", "neither", "no change", "nothing"),
        ),
        "Work the map of the image, and the map of the changed image. Are they the same map?",
        "Invariant to a change T: f(T x) = f(x). Equivariant: f(T x) = T f(x).",
        "The map of the shifted image is the shifted map: that is equivariance, for the output moves. A turned or an "
        "enlarged image gives a map that is neither.",
        _equivariance,
    ),
    Concept(
        "pooling-shift",
        "how far max pooling is invariant to a shift",
        "Is max pooling 2×2 with stride 2 invariant to a translation by one pixel?",
        (
            wrong("yes, always", "invariance-without-bounds", "pooling is taken for invariant without bounds", "yes"),
            right(
                "no, only while the maxima stay within their windows",
                "only while",
                "only if",
                "only when",
                "only as long",
                "no only if",
                "no only when",
                "no only as long",
                "partly",
                "not always",
            ),
            wrong(
                "no, every translation changes the pooled map",
                "shift-always-seen",
                "every shift is taken to change the pooled map",
                "every translation",
                "every shift",
                "never",
            ),
        ),
        "Put one bright cell into a window, once at its left and once at its right, and shift it.",
        "The windows cover columns 1 and 2, 3 and 4, and so on: the maximum counts, not its place in the window.",
        "A bright cell among dark ones that moves within its window gives the same answer; one that crosses into the next window does not.",
        _pooling_shift,
    ),
    Concept(
        "relu-max",
        "ReLU before or after max pooling",
        "Does it change the answer whether ReLU comes before or after a max pooling?",
        (
            right("no, the answer is the same", "no", "never", "same", "they commute", "commute", "it does not"),
            wrong(
                "yes, the answers differ in general",
                "order-always-matters",
                "the order of layers is taken to matter always",
                "yes",
            ),
            wrong(
                "only where a window has negative cells",
                "order-matters-with-negatives",
                "negative cells are taken to change a maximum after ReLU",
                "only where",
                "only if",
                "only when",
                "if there are negative",
            ),
        ),
        "Which cell of a window is the largest, before ReLU and after it?",
        "ReLU never turns an order round: x ≤ y gives max(x, 0) ≤ max(y, 0).",
        "ReLU keeps the order of cells, so the largest cell stays the largest: max(ReLU(x), ReLU(y)) = ReLU(max(x, y)). "
        "Pooling first has fewer cells to activate.",
        _relu_max,
    ),
    Concept(
        "relu-average",
        "ReLU before or after average pooling",
        "Does it change the answer whether ReLU comes before or after an average pooling?",
        (
            wrong(
                "no, the answer is the same",
                "order-never-matters",
                "the rule for the maximum is used for the average",
                "no",
                "same",
                "never",
            ),
            right(
                "yes, where a window has cells of both signs",
                "where a window",
                "yes where a window has both",
                "yes if a window has both",
                "if a window has both",
                "with both signs",
            ),
            wrong(
                "yes, on every image",
                "order-always-matters",
                "the order of layers is taken to matter always",
                "on every image",
                "always",
                "yes always",
            ),
        ),
        "Take a window with a positive and a negative cell, and work both orders.",
        "An average lets a negative cell take something away from a positive one; after ReLU there is none left to do so.",
        "Where signs are mixed the average of ReLU(x) is larger than ReLU of the average. In a window of one sign both "
        "orders agree.",
        _relu_average,
    ),
)
