"""Convolution by hand: the published answers, the laws, and a direct loop as the judge."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import Impossible, convolve, transpose
from calc.arrays import correlate, flip, pad
from calc.convolution import Convolution
from calc.derivation import Chain, Derivation, Grid, Link, Note, Windows
from calc.exact import Cells, narrowest
from calc.expr import Num, Number
from calc.kernels import BY_NAME, KERNELS
from tests.cases import TASK_1A, TASK_1B

Rows = list[list[Number]]


def rows(cells: Cells) -> Rows:
    return [list(row) for row in cells.rows()]


def grids(numbers: st.SearchStrategy[Number], most: int = 6) -> st.SearchStrategy[Rows]:
    shapes = st.tuples(st.integers(1, most), st.integers(1, most))
    return shapes.flatmap(
        lambda n: st.lists(st.lists(numbers, min_size=n[1], max_size=n[1]), min_size=n[0], max_size=n[0])
    )


integers = st.integers(-(10**6), 10**6)
anything = st.one_of(st.integers(-(2**70), 2**70), st.fractions(min_value=-9, max_value=9, max_denominator=12))


def by_loops(image: Rows, kernel: Rows, padding: tuple[int, int], stride: tuple[int, int], *, flipped: bool) -> Rows:
    """The definition, written out."""
    k_h, k_w = len(kernel), len(kernel[0])
    (p_h, p_w), (s_h, s_w) = padding, stride

    def at(r: int, c: int) -> Number:
        return image[r][c] if 0 <= r < len(image) and 0 <= c < len(image[0]) else 0

    def weight(i: int, j: int) -> Number:
        return kernel[k_h - 1 - i][k_w - 1 - j] if flipped else kernel[i][j]

    return [
        [
            sum(
                (at(r + i - p_h, c + j - p_w) * weight(i, j) for i, j in product(range(k_h), range(k_w))),
                start=Fraction(0),
            )
            for c in range(0, len(image[0]) + 2 * p_w - k_w + 1, s_w)
        ]
        for r in range(0, len(image) + 2 * p_h - k_h + 1, s_h)
    ]


def test_both_versions_of_the_published_task() -> None:
    assert rows(convolve(TASK_1A, "sobel").answer) == [[-2, 1, -11, 2, 13], [-10, 4, -8, -2, 18], [-14, 1, 5, -6, 9]]
    assert rows(convolve(TASK_1B, "sobel").answer) == [[-11, 2, 4, -1, 7], [-24, 8, 12, -5, 12], [-19, 10, 4, -3, 15]]


@pytest.mark.parametrize(
    ("image", "kernel", "options", "answer"),
    [
        (
            "2 1 2 3 1; 4 5 0 7 0; 3 9 1 1 4",
            "sobel",
            {},
            [[-7, 4, -6, 2, 13], [-20, 10, 2, -2, 18], [-23, 8, 14, -6, 9]],
        ),
        (
            "1 2 -1 1; 1 0 1 0; 0 1 0 2; 2 1 0 -1",
            "1 0; 2 1",
            {"flip": False, "padding": "valid"},
            [[3, 3, 1], [2, 2, 3], [5, 3, -1]],
        ),
        ("1 3 2", "2 3", {"padding": "full"}, [[2, 9, 13, 6]]),
        (
            "1 0 -2 1; 0 1 1 0; 0 1 0 1; -3 4 0 0",
            "2 1; 0 1",
            {"flip": False, "padding": 0, "stride": 2},
            [[3, -3], [5, 1]],
        ),
        ("1 2; 3 4", "identity", {}, [[1, 2], [3, 4]]),
    ],
)
def test_answers_of_courses(image: str, kernel: str, options: dict[str, object], answer: Rows) -> None:
    assert rows(convolve(image, kernel, **options).answer) == answer  # type: ignore[arg-type]


@given(
    grids(anything),
    grids(anything, 4),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
)
def test_it_equals_the_definition(
    image: Rows, kernel: Rows, p_h: int, p_w: int, s_h: int, s_w: int, flipped: bool
) -> None:
    try:
        question = convolve(image, kernel, flip=flipped, padding=((p_h, p_h), (p_w, p_w)), stride=(s_h, s_w))
    except Impossible:
        assert len(kernel) > len(image) + 2 * p_h or len(kernel[0]) > len(image[0]) + 2 * p_w
        return
    assert rows(question.answer) == by_loops(image, kernel, (p_h, p_w), (s_h, s_w), flipped=flipped)


@given(
    grids(anything, 5),
    grids(anything, 3),
    st.sampled_from(("zeros", "reflect", "replicate", "circular", "symmetric", "7/3")),
    st.tuples(*[st.integers(0, 3)] * 4),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(1, 2),
    st.fractions(-9, 9, max_denominator=9),
)
def test_every_padding_mode_with_dilation_and_bias_equals_the_definition(
    image: Rows, kernel: Rows, mode: str, rings: tuple[int, ...], dilation: tuple[int, int], stride: int, bias: Fraction
) -> None:
    (top, bottom, left, right), (d_h, d_w) = rings, dilation
    options = {
        "padding": ((top, bottom), (left, right)),
        "padding_mode": mode,
        "dilation": dilation,
        "stride": stride,
        "bias": bias,
    }
    try:
        question = convolve(image, kernel, flip=False, **options)  # type: ignore[arg-type]
    except Impossible:
        too_wide = {"reflect": 1, "circular": 0, "symmetric": 0}.get(mode)
        sizes = [(len(image), top, bottom, len(kernel), d_h), (len(image[0]), left, right, len(kernel[0]), d_w)]
        assert any(
            n + a + b < d * (k - 1) + 1 or (too_wide is not None and max(a, b) > n - too_wide)
            for n, a, b, k, d in sizes
        )
        return
    rows_around = around(len(image), top, bottom, mode)
    columns_around = around(len(image[0]), left, right, mode)
    fill = Fraction(7, 3) if mode == "7/3" else 0
    padded = [[fill if r is None or c is None else image[r][c] for c in columns_around] for r in rows_around]
    spread: Rows = [[0] * (d_w * (len(kernel[0]) - 1) + 1) for _ in range(d_h * (len(kernel) - 1) + 1)]
    for i, row in enumerate(kernel):
        for j, weight in enumerate(row):
            spread[i * d_h][j * d_w] = weight
    plain = by_loops(padded, spread, (0, 0), (stride, stride), flipped=False)
    assert rows(question.answer) == [[x + bias for x in row] for row in plain]
    for window in Windows(question.padded, question.laid, question.stride, None, "products", dilation, question.bias):
        assert window.sum == window.chain.value == question.answer[window.at]


def around(n: int, before: int, after: int, mode: str) -> list[int | None]:
    """Which cell of n stands at each place of the padded axis; None where a number stands."""
    places = range(-before, n + after)
    match mode:
        case "reflect":
            return [abs(i) if i < n else 2 * (n - 1) - i for i in places]
        case "symmetric":
            return [-1 - i if i < 0 else i if i < n else 2 * n - 1 - i for i in places]
        case "replicate":
            return [min(max(i, 0), n - 1) for i in places]
        case "circular":
            return [i % n for i in places]
    return [i if 0 <= i < n else None for i in places]


@pytest.mark.parametrize(
    ("image", "kernel", "options", "answer"),
    [
        (
            "0 0 1; 0 0 1; 0 1 1",
            "0 0 0; 1 0 -1; 0 0 0",
            {"padding_mode": "replicate"},
            [[0, 1, 1], [0, 1, 1], [1, 1, 0]],
        ),
        (
            TASK_1A,
            "sobel",
            {"padding_mode": "symmetric"},
            [[4, 0, -14, 3, 13], [-3, 4, -8, -2, 13], [-17, 0, 10, -9, -2]],
        ),
        (
            "1 2 3 0; 0 1 2 3; 3 1 0 2; 2 0 1 1",
            "1 0; -1 1",
            {"flip": False, "padding": 0, "stride": 2, "bias": 1},
            [[3, 5], [2, 1]],
        ),
        ("1 2 3; 4 5 6; 7 8 9", "1 0; 0 1", {"flip": False, "padding": 0, "dilation": 2}, [[10]]),
    ],
)
def test_answers_of_courses_with_padding_modes_bias_and_dilation(
    image: object, kernel: str, options: dict[str, object], answer: Rows
) -> None:
    assert rows(convolve(image, kernel, **options).answer) == answer  # type: ignore[arg-type]


@given(grids(integers), grids(integers, 3), st.integers(-99, 99))
def test_it_is_linear(image: Rows, kernel: Rows, factor: int) -> None:
    once = convolve(image, kernel, padding="full").answer
    scaled = convolve([[factor * x for x in row] for row in image], kernel, padding="full").answer
    assert rows(scaled) == [[factor * x for x in row] for row in rows(once)]
    twice = convolve([[x + x for x in row] for row in image], kernel, padding="full").answer
    assert rows(twice) == [[x + x for x in row] for row in rows(once)]


@given(grids(integers), grids(integers, 3))
def test_it_commutes_with_shifts(image: Rows, kernel: Rows) -> None:
    still = rows(convolve(image, kernel, padding="full").answer)
    moved = rows(convolve([[0, *row] for row in image], kernel, padding="full").answer)
    assert [row[1:] for row in moved] == still


@given(grids(integers, 4), grids(integers, 4))
def test_image_and_kernel_can_be_exchanged(image: Rows, kernel: Rows) -> None:
    assert convolve(image, kernel, padding="full").answer == convolve(kernel, image, padding="full").answer


@given(grids(anything))
def test_flipping_twice_is_nothing_and_the_impulse_keeps_the_image(image: Rows) -> None:
    assert flip(flip(Cells.of(image))) == Cells.of(image)
    assert convolve(image, "identity").answer == Cells.of(image)


@given(grids(anything, 5), grids(anything, 3), st.integers(1, 2))
def test_the_windows_add_up_to_the_feature_map(image: Rows, kernel: Rows, stride: int) -> None:
    question = convolve(image, kernel, padding="full", stride=stride)
    windows = Windows(question.padded, question.laid, question.stride)
    assert windows.outputs == question.answer.shape
    for window in windows:
        assert window.sum == window.chain.value == question.answer[window.at]


def test_numbers_of_hundreds_of_digits_stay_exact() -> None:
    large = 10**300 + 1
    assert rows(convolve([[large, -large]], [[large, 3]], padding="full").answer) == [
        [large**2, 3 * large - large**2, -3 * large]
    ]


@pytest.mark.parametrize("bits", [15, 31, 63])
def test_nothing_overflows_where_a_dtype_ends(bits: int) -> None:
    edge = 2**bits - 1
    assert narrowest(edge) == {15: "int16", 31: "int32", 63: "int64"}[bits]
    assert narrowest(edge + 1) == {15: "int32", 31: "int64", 63: "object"}[bits]
    for image in ([[edge, edge, edge]], [[-edge, -edge, -edge]]):
        assert correlate(Cells.of([image]), Cells.of([[[[1, 1, 1]]]]), (1, 1), (1, 1)).nested() == (
            ((3 * image[0][0],),),
        )


def test_what_is_looked_at_stays_as_it_is() -> None:
    image = np.arange(9).reshape(3, 3)
    convolve(image, "sobel").answer  # noqa: B018  # asking is the point
    assert image.flags.writeable
    assert (image == np.arange(9).reshape(3, 3)).all()


def test_same_keeps_the_size_of_any_kernel() -> None:
    for k_h, k_w in product(range(1, 6), repeat=2):
        assert convolve([[1] * 7] * 6, [[1] * k_w] * k_h).answer.shape == (6, 7)


def test_an_even_kernel_pads_more_below_and_right_and_says_so() -> None:
    question = convolve(TASK_1A, "1 2; 3 4")
    assert question.padding == ((0, 1), (0, 1))
    assert any("even kernel" in str(step.text) for step in question.derivation().steps if isinstance(step, Note))


def test_an_array_is_read_as_it_is() -> None:
    assert rows(convolve(np.array([[0.5, 2.0]]), [[2]], padding=0).answer) == [[1, 4]]


def flip_note(question: Convolution) -> str:
    part = question.derivation().steps[-1]
    return str(part.steps[-1].text[0])  # type: ignore[union-attr]


def test_the_note_on_flipping_is_true_of_the_kernel() -> None:
    assert "every sign would change" in flip_note(convolve(TASK_1A, "sobel"))
    assert "would be the same" in flip_note(convolve(TASK_1A, "gaussian"))
    assert "15 of 15 cells would differ. The layers of a CNN do not flip: they cross-correlate" in flip_note(
        convolve(TASK_1A, "1 2 3; 4 5 6; 7 8 10")
    )


def test_a_large_map_is_shown_in_part_and_says_so() -> None:
    image = [[(r * c) % 5 for c in range(50)] for r in range(70)]
    derivation = convolve(image, "box").derivation()
    windows = next(
        step for part in derivation.steps for step in getattr(part, "steps", ()) if isinstance(step, Windows)
    )
    assert windows.places == ((0, 0), (0, 25), (35, 0), (35, 25), (35, 49), (69, 25), (69, 49))
    shown = [
        step.cells.shape for part in derivation.steps for step in getattr(part, "steps", ()) if isinstance(step, Grid)
    ]
    assert max(shown) == (8, 12)
    assert derivation.answer.shape == (70, 50)


def test_every_misconception_leads_elsewhere() -> None:
    question = convolve("1 2 0 3; 0 1 4 1; 2 2 1 0", "1 2 0; 0 -1 1; 2 0 1", stride=2)
    mistaken = question.mistaken()
    assert {m.name for m in mistaken} >= {"not-flipped", "kernel-transposed", "padding-ignored", "stride-ignored"}
    assert all(m.answer != question.answer for m in mistaken)
    not_flipped = next(m for m in mistaken if m.name == "not-flipped")
    assert (
        not_flipped.answer == convolve("1 2 0 3; 0 1 4 1; 2 2 1 0", "1 2 0; 0 -1 1; 2 0 1", stride=2, flip=False).answer
    )


def test_a_chain_cannot_lie() -> None:
    with pytest.raises(ValueError, match="the links of a chain differ"):
        Chain((), (Link(Num(1) + 1), Link(Num(3))))


def test_kernel_names_are_distinct_and_the_averages_sum_to_one() -> None:
    assert len(BY_NAME) == sum(1 + len(kernel.aliases) for kernel in KERNELS)
    for name in ("box", "gaussian", "gaussian5", "identity", "sharpen"):
        assert sum(x for row in BY_NAME[name].rows for x in row) == 1
    for name in ("sobel-x", "sobel-y", "prewitt", "scharr", "roberts", "laplacian", "laplacian8"):
        assert sum(x for row in BY_NAME[name].rows for x in row) == 0


@settings(max_examples=30)
@given(grids(anything), st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)))
def test_padding_puts_zeros_around(image: Rows, rings: tuple[int, int, int, int]) -> None:
    top, bottom, left, right = rings
    padded = rows(pad(Cells.of(image), ((top, bottom), (left, right))))
    assert [row[left : len(row) - right] for row in padded[top : len(padded) - bottom]] == image
    assert sum(abs(x) for row in padded for x in row) == sum(abs(x) for row in image for x in row)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "9"])
@pytest.mark.parametrize("padding", ["same", "valid", "2,0,1,2"])
def test_the_cells_of_the_image_are_told_from_those_around_it(mode: str, padding: str) -> None:
    windows = windows_of(
        convolve("1 2 4; 3 5 7; 8 6 2; 1 9 1", "sobel", padding=padding, padding_mode=mode).derivation()
    )
    assert inside(windows) == [[1, 2, 4], [3, 5, 7], [8, 6, 2], [1, 9, 1]]
    assert bool(windows.own) == (padding != "valid")


@pytest.mark.parametrize(
    ("stride", "padding", "extra", "kept"), [(1, 0, 0, (0, 0)), (2, 0, 1, (0, 0)), (3, 2, 1, (1, 0)), (2, 2, 0, (1, 1))]
)
def test_the_cells_of_the_input_are_told_from_the_zeros_put_between(
    stride: int, padding: int, extra: int, kept: tuple[int, int]
) -> None:
    image = [[1, 2, 4], [3, 5, 7], [8, 6, 2]]
    question = transpose(image, "1 2; 3 4", stride=stride, padding=padding, output_padding=extra)
    windows = windows_of(question.derivation("zeros"))
    start, cut = kept
    assert inside(windows) == [row[start : 3 - cut] for row in image[start : 3 - cut]]
    assert windows.picture.numerators.sum() == sum(map(sum, inside(windows)))


def windows_of(derivation: Derivation) -> Windows:
    return next(
        s for part in derivation.steps if isinstance(part, Derivation) for s in part.steps if isinstance(s, Windows)
    )


def inside(windows: Windows) -> list[list[int]]:
    """The cells of a picture that are the image's own."""
    rows, columns = windows.own or map(range, windows.picture.shape[1:])
    return [[int(windows.picture.numerators[0, r, c]) for c in columns] for r in rows]
