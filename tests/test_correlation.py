"""Correlating whole numbers: every way gives what loops over every window give, in a dtype that holds it."""

import tracemalloc
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import correlation
from calc.correlation import correlate
from calc.exact import narrowest

Array = np.ndarray
ONES = (1, 1, 1)


def by_loops(image: Array, kernel: Array, stride: Any, dilation: Any, groups: int) -> Array:
    """The definition: one product of Python's numbers for every cell of the output and every tap."""
    sizes = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(image.shape[1:], kernel.shape[2:], stride, dilation, strict=True)
    ]
    cells, weights = image.tolist(), kernel.tolist()
    out = np.empty((len(kernel), *sizes), object)
    for m, *place in np.ndindex(out.shape):
        first = m // (len(kernel) // groups) * kernel.shape[1]
        total: Any = 0
        for c, *tap in np.ndindex(kernel.shape[1:]):
            z, y, x = (o * s + t * d for o, t, s, d in zip(place, tap, stride, dilation, strict=True))
            total += cells[first + c][z][y][x] * weights[m][c][tap[0]][tap[1]][tap[2]]
        out[m, *place] = total
    return out


def largest(array: Array) -> int:
    return max((abs(int(x)) for x in array.flat), default=0)


def holds(image: Array, kernel: Array) -> str:
    """The dtype that is promised."""
    sums = max(sum(abs(int(w)) for w in weights.flat) for weights in kernel)
    return narrowest(max(largest(image), largest(kernel), largest(image) * sums))


DTYPES = ["uint8", "int8", "int16", "uint16", "int32", "int64", "object"]


@st.composite
def numbers(draw: st.DrawFn, shape: tuple[int, ...], *, zeros: bool = False) -> Array:
    """An array of any dtype, of small, of large or of the very largest numbers."""
    dtype = draw(st.sampled_from(DTYPES))
    info = np.iinfo("int64" if dtype == "object" else dtype)
    top = min(draw(st.sampled_from([1, 3, 200, 2**15, 2**24, 2**40, 2**63])), info.max)
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = seed.integers(max(-top - 1, info.min), top, size=shape, dtype="int64", endpoint=True)
    if zeros:
        found *= seed.integers(0, draw(st.sampled_from([1, 2, 9])), size=shape, endpoint=True) > 0
    if dtype == "object":
        return found.astype(object) * draw(st.sampled_from([1, 2**30]))
    return found.astype(dtype)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """An image, a kernel that fits in it, and how it slides; along one, two or three axes."""
    axes = draw(st.integers(1, 3))
    groups, channels, filters = (draw(st.integers(1, 3)) for _ in range(3))
    stride, dilation, taps, sizes = [], [], [], []
    for axis in range(3):
        there = axis >= 3 - axes
        stride.append(draw(st.integers(1, 4)) if there else 1)
        dilation.append(draw(st.integers(1, 4)) if there else 1)
        taps.append(draw(st.integers(1, 5 if axes < 3 else 3)) if there else 1)
        reach = dilation[-1] * (taps[-1] - 1) + 1
        sizes.append(reach + draw(st.sampled_from([0, 1, 5, 12] if axes < 3 else [0, 1, 5])) if there else 1)
    return {
        "image": draw(numbers((channels * groups, *sizes))),
        "kernel": draw(numbers((filters * groups, channels, *taps), zeros=True)),
        "stride": tuple(stride),
        "dilation": tuple(dilation),
        "groups": groups,
    }


@settings(deadline=None, max_examples=400)
@given(questions(), st.sampled_from([1, 7, 40, 2**15]))
def test_every_answer_is_that_of_the_loops(question: dict[str, Any], tile: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "TILE", tile)
        patch.setattr(correlation, "MATRIX", tile * 8)
        out = correlate(**question)
    assert out.dtype == holds(question["image"], question["kernel"])
    expected = by_loops(**question)
    assert out.shape == expected.shape
    assert (out.astype(object) == expected).all()
    if out.dtype == object:
        assert all(type(x) is int for x in out.flat)


@settings(deadline=None, max_examples=300)
@given(questions(), st.sampled_from([1, 7, 40, 2**15]))
def test_products_give_what_taps_give(question: dict[str, Any], tile: int) -> None:
    image, kernel, slide = (
        question["image"] % 50,
        question["kernel"] % 9 - 4,
        correlation._Slide(question["stride"], question["dilation"]),
    )
    image, kernel = image[: kernel.shape[1]].astype("int16"), kernel.astype("int16")
    shape = (len(kernel), *slide.sizes(image.shape[1:], kernel.shape[2:]))
    by_taps, by_products = np.empty(shape, "int32"), np.empty(shape, "int32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "TILE", tile)
        patch.setattr(correlation, "MATRIX", tile * 8)
        for weights, sums in zip(kernel, by_taps, strict=True):
            correlation._by_taps(image, weights, sums, slide)
        for way, dtype in product((correlation._by_windows, correlation._by_bands), ("float32", "float64")):
            by_products[...] = 0
            way(image, kernel, by_products, slide, np.dtype(dtype))
            assert (by_products == by_taps).all()


def test_what_is_not_a_whole_number_is_multiplied_and_added_as_it_is() -> None:
    x, y = sympy.symbols("x y")
    image = np.array([x, y, x + 1, Fraction(1, 2)], object).reshape(1, 1, 1, 4)
    out = correlate(image, np.array([2, 0, -1]).reshape(1, 1, 1, 1, 3))
    assert out.tolist() == [[[[2 * x - (x + 1), 2 * y - Fraction(1, 2)]]]]
    halves = correlate(np.full((1, 1, 2, 2), Fraction(1, 2), object), np.ones((1, 1, 1, 2, 2), int))
    assert halves.tolist() == [[[[Fraction(2)]]]]
    assert correlate(image, np.zeros((1, 1, 1, 1, 4), int)).tolist() == [[[[0]]]]


@pytest.mark.parametrize(
    ("cell", "weight", "dtype"),
    [
        (2**15 - 1, 1, "int16"),
        (2**14, 2, "int32"),
        (2**24 - 1, 1, "int32"),
        (2**24, 1, "int32"),
        (2**24 + 1, 127, "int32"),
        (2**52 + 1, 2, "int64"),
        (2**62, 1, "int64"),
        (2**62, 2, "object"),
        (2**80, -1, "object"),
    ],
)
def test_nothing_wraps_or_is_rounded_near_a_bound(cell: int, weight: int, dtype: str) -> None:
    for cells, weights in product((cell, -cell), (weight, -weight)):
        for channels, filters in product((1, 7), (1, 40)):
            image = np.zeros((channels, 1, 5, 6), object)
            image[0, 0, 2, 2] = cells
            kernel = np.zeros((filters, channels, 1, 3, 3), object)
            kernel[:, 0, 0, 1, 1] = weights
            out = correlate(image, kernel)
            assert out.dtype == dtype
            assert out[:, 0, 1, 1].tolist() == [cells * weights] * filters
            assert np.count_nonzero(out) == filters


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=7), st.lists(st.integers(-5, 5), min_size=1, max_size=7))
def test_passes_give_what_taps_give(column: list[int], row: list[int]) -> None:
    kernel = np.outer(column, row)[None, None]
    image = np.random.default_rng(0).integers(-9, 10, (1, 2, 11, 12)).astype("int16")
    slide = correlation._Slide(ONES, (1, 1, 1))
    by_taps, by_passes = np.empty((2, *slide.sizes(image.shape[1:], kernel.shape[1:])), "int16")
    correlation._by_taps(image, kernel, by_taps, slide)
    factors = correlation._factors(kernel)
    if factors:
        assert (np.outer(*factors) == kernel[0, 0]).all()
        correlation._by_passes(image, *factors, by_passes, slide)
        assert (by_passes == by_taps).all()


@settings(deadline=None)
@given(
    st.lists(st.integers(-1, 3), min_size=1, max_size=4),
    st.integers(0, 4),
    st.integers(1, 2),
    st.integers(1, 2),
    st.sampled_from([7, 40, 2**18]),
)
def test_columns_of_neighbours_added_again_and_again_give_what_taps_give(
    rest: list[int], pairs: int, stride: int, dilation: int, tile: int
) -> None:
    for _ in range(pairs):
        rest = [a + b for a, b in zip([*rest, 0], [0, *rest], strict=True)]
    image = np.random.default_rng(5).integers(-9, 10, (1, 1, 20, 9), dtype="int16")
    slide = correlation._Slide((1, stride, 1), (1, dilation, 1))
    column, row = np.array(rest), np.array([1, 0, -2])
    weights = np.multiply.outer(column, row)[None, None]
    by_taps, by_passes = (np.empty(slide.sizes(image.shape[1:], weights.shape[1:]), "int16") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "TILE", tile)
        correlation._by_taps(image, weights, by_taps, slide)
        correlation._by_passes(image, column, row, by_passes, slide)
    assert (by_passes == by_taps).all()


def test_sobel_goes_by_passes_and_an_identity_does_not() -> None:
    assert correlation._factors(np.array([[[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]])) is not None
    assert correlation._factors(np.array([[[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]])) is None
    assert correlation._factors(np.arange(9).reshape(1, 1, 3, 3)) is None


def test_only_neighbours_of_weights_that_are_not_negative_are_paired() -> None:
    found = {
        tuple(column): (left.tolist(), pairs)
        for column in ([1, 2, 1], [1, 3, 3, 1], [2, 3, 1], [1, 0, -1], [1, 0, 0, 1], [5], [1, 2, 2])
        for left, pairs in [correlation._paired(np.array(column))]
    }
    assert found == {
        (1, 2, 1): ([1], 2),
        (1, 3, 3, 1): ([1], 3),
        (2, 3, 1): ([2, 1], 1),
        (1, 0, -1): ([1, 0, -1], 0),
        (1, 0, 0, 1): ([1, 0, 0, 1], 0),
        (5,): ([5], 0),
        (1, 2, 2): ([1, 2, 2], 0),
    }


def test_beyond_the_output_a_large_image_takes_only_tiles() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 1, 2000, 2000), dtype=np.uint8)
    for side in (3, 9):
        kernel = np.random.default_rng(1).integers(-8, 9, (1, 1, 1, side, side))
        tracemalloc.start()
        out = correlate(image, kernel)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak - out.nbytes < 2**24
