"""Kernels explained: what is said of a kernel holds for it, with sympy and the convolution itself as the judges."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from calc import convolve
from calc.arrays import correlate, flip
from calc.catalogue import explained
from calc.derivation import Derivation
from calc.exact import Cells
from calc.expr import Num, Number, exact
from calc.filters import IMAGES, Factors, Filter, Rows, factors, minor, parts
from calc.kernels import BY_NAME
from explain import render
from explain.notation import TEXT
from tests.test_cli import Run

small = st.one_of(st.integers(-3, 3), st.fractions(min_value=-3, max_value=3, max_denominator=6).map(exact))
anything = st.one_of(small, st.integers(-(2**70), 2**70))


def kernels(numbers: st.SearchStrategy[Number] = small, most: int = 5) -> st.SearchStrategy[Rows]:
    sides = st.tuples(st.integers(1, most), st.integers(1, most))
    return sides.flatmap(lambda n: st.tuples(*[st.tuples(*[numbers] * n[1])] * n[0]))


def vectors(numbers: st.SearchStrategy[Number]) -> st.SearchStrategy[tuple[Number, ...]]:
    return st.lists(numbers, min_size=1, max_size=6).map(tuple)


def outer(column: tuple[Number, ...], row: tuple[Number, ...]) -> Rows:
    return tuple(tuple(exact(a * b) for b in row) for a in column)


def added(kernels: list[Rows], shape: tuple[int, int]) -> Rows:
    return tuple(
        tuple(exact(sum(kernel[r][c] for kernel in kernels)) for c in range(shape[1])) for r in range(shape[0])
    )


def said(derivation: Derivation) -> str:
    """What is printed, its lines joined."""
    return " ".join(" ".join(render(derivation)).split())


# --- factors, rank -----------------------------------------------------------------------------------------------


@given(vectors(anything), vectors(anything))
def test_every_column_times_a_row_is_found_separable(column: tuple[Number, ...], row: tuple[Number, ...]) -> None:
    found = factors(outer(column, row))
    assert found is not None
    assert found.rows == outer(column, row)
    assert found.scale >= 0
    assert minor(outer(column, row)) is None


@given(kernels(anything))
def test_the_factors_multiply_back_or_a_part_shows_why_there_are_none(rows: Rows) -> None:
    found, part = factors(rows), minor(rows)
    assert (found is None) == (part is not None)
    if found:
        assert found.rows == rows
    if part:
        ((top, bottom), (left, right)), ((a, b), (c, d)) = part
        assert (top < bottom, left < right) == (True, True)
        assert (a, b, c, d) == (rows[top][left], rows[top][right], rows[bottom][left], rows[bottom][right])
        assert part.determinant == a * d - b * c != 0


@given(kernels(anything))
def test_the_rank_is_the_one_of_sympy_and_as_many_separable_kernels_add_up(rows: Rows) -> None:
    kernel = Filter(rows)
    whole = sympy.Matrix([[sympy.Rational(x.numerator, x.denominator) for x in row] for row in rows])
    assert kernel.rank == whole.rank() == len(parts(rows))
    assert added([part.rows for part in parts(rows)], kernel.shape) == rows
    assert (kernel.rank <= 1) == (kernel.factors is not None)


@given(st.lists(st.tuples(st.tuples(small, small, small, small), st.tuples(small, small, small)), max_size=2))
def test_kernels_of_low_rank_are_taken_apart(terms: list[Any]) -> None:
    rows = added([outer(*term) for term in terms], (4, 3))
    assert Filter(rows).rank <= len(terms)
    assert added([part.rows for part in parts(rows)], (4, 3)) == rows


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sobel-x", Factors(1, (1, 2, 1), (-1, 0, 1))),
        ("sobel-y", Factors(1, (-1, 0, 1), (1, 2, 1))),
        ("gaussian", Factors(Fraction(1, 16), (1, 2, 1), (1, 2, 1))),
        ("gaussian-5", Factors(Fraction(1, 256), (1, 4, 6, 4, 1), (1, 4, 6, 4, 1))),
        ("box", Factors(Fraction(1, 9), (1, 1, 1), (1, 1, 1))),
        ("identity", Factors(1, (0, 1, 0), (0, 1, 0))),
        ("laplacian", None),
        ("roberts", None),
    ],
)
def test_the_factors_of_the_named_kernels(name: str, found: Factors | None) -> None:
    assert factors(BY_NAME[name].rows) == found


def test_no_weights_but_zeros_are_a_product_of_rank_0() -> None:
    assert factors(((0, 0), (0, 0))) == Factors(0, (0, 0), (0, 0))
    assert Filter(((0, 0), (0, 0))).rank == 0


@given(vectors(small), vectors(small), st.integers(0, 10**6))
def test_the_column_and_then_the_row_give_what_the_kernel_gives(
    column: tuple[Number, ...], row: tuple[Number, ...], seed: int
) -> None:
    image = Cells.of([[(seed * (r + 3) + c * c * 7 + r * c) % 23 - 11 for c in range(7)] for r in range(8)])
    found = factors(outer(column, row))
    assert found is not None
    tall, wide = Cells.of([[found.scale * a] for a in found.column]), Cells.of([found.row])
    for flipped in (True, False):
        at_once = convolve(image, Cells.of(outer(column, row)), flip=flipped).answer
        assert convolve(convolve(image, tall, flip=flipped).answer, wide, flip=flipped).answer == at_once


# --- symmetry, sum, answers ----------------------------------------------------------------------------------------


@given(kernels())
def test_what_the_flip_makes_of_a_kernel_is_what_it_makes_of_its_answers(rows: Rows) -> None:
    kernel, cells = Filter(rows), Cells.of(rows)
    assert Cells.of(kernel.turned.rows) == flip(cells)
    image = Cells.of([[(5 * r * r + 3 * c + r * c * c) % 17 for c in range(9)] for r in range(9)])
    with_flip, without = convolve(image, cells).answer, convolve(image, cells, flip=False).answer
    sign = {"same": 1, "opposite": -1}.get(kernel.half_turn)
    if sign:
        assert with_flip == Cells.of([[sign * x for x in row] for row in without.rows()])
    mirrored = {name: [list(row) for row in kernel.rows] for name in ("left_right", "up_down")}
    mirrored["up_down"].reverse()
    mirrored["left_right"] = [row[::-1] for row in mirrored["left_right"]]
    for name, becomes in mirrored.items():
        same, opposite = becomes == [list(row) for row in rows], becomes == [[-x for x in row] for row in rows]
        assert getattr(kernel, name) == ("same" if same else "opposite" if opposite else "other")


@given(kernels())
def test_the_answers_to_ramps_are_the_ones_of_the_convolution(rows: Rows) -> None:
    kernel, cells, size = Filter(rows), Cells.of(rows), 11
    for powers in IMAGES:
        ramp = Cells.of([[x ** powers[0] * y ** powers[1] for x in range(size)] for y in range(size)])
        for flipped, reading in ((False, kernel), (True, kernel.turned)):
            answer = convolve(ramp, cells, flip=flipped).answer
            says = reading.response(powers)
            for x, y in ((4, 4), (5, 4), (6, 6), (4, 6)):
                assert says.value({"x": x, "y": y}) == answer[y, x]


@given(kernels())
def test_the_sum_is_the_answer_to_ones(rows: Rows) -> None:
    height, width = Filter(rows).shape
    ones, kernel = Cells.of([[[1] * width] * height]), Cells.of([[rows]])
    assert correlate(ones, kernel, (1, 1), (1, 1))[0, 0, 0] == Filter(rows).sum


# --- what is said --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [
        ("0 0; 0 0", "It makes every cell 0: all weights are 0."),
        ("1", "It leaves the image as it is."),
        ("0 0 0; 0 -1/2 0; 0 0 0", "It multiplies every cell by -1/2."),
        (
            "0 0 1; 0 0 0; 0 0 0",
            "With the flip the image moves 1 up and 1 to the right, without it the image moves 1 down and 1 to the left.",
        ),
        (
            "0 3",
            "With the flip the image stays where it is, without it the image moves 1 to the left; every cell is multiplied by 3.",
        ),
        ("1/4 1/4; 1/4 1/4", "It gives the mean of 4 cells: it blurs."),
        ("0.25 0.5 0.25", "It gives a weighted mean of 3 cells: it blurs."),
        ("1 2 1; 2 4 2; 1 2 1", "It gives 16 times a weighted mean of 9 cells: it blurs."),
        ("-1 0 1", "It responds to change from left to right: whatever is flat becomes 0."),
        ("1; -1", "It responds to change from top to bottom: whatever is flat becomes 0."),
        ("2 0; 0 -2", "It responds to change along the falling diagonal: whatever is flat becomes 0."),
        ("0 1; -1 0", "It responds to change along the rising diagonal: whatever is flat becomes 0."),
        ("0 -2; 1 1", "It responds to change along a slanting direction: whatever is flat becomes 0."),
        ("1 -2 1", "It responds to curvature: whatever is flat, or an even ramp, becomes 0."),
        (
            "1 -4 6 -4 1",
            "It responds to fine patterns: whatever is flat, an even ramp or a parabola becomes 0.",
        ),
        ("-1 3 -1", "What is flat, or an even ramp, stays as it is; curvature is altered."),
        ("-1 4 -1", "What is flat, or an even ramp, is multiplied by 2; curvature is altered."),
        ("1 -4 7 -4 1", "What is flat, an even ramp or a parabola stays as it is; finer patterns are altered."),
        ("-1 1 1", "What is flat stays as it is; change from left to right is added."),
    ],
)
def test_what_a_given_kernel_responds_to_is_deduced(kernel: str, sentence: str) -> None:
    assert sentence in said(explained(kernel))


@pytest.mark.parametrize(
    ("rows", "moved"), [("0 0 1; 0 0 0; 0 0 0", (-1, 1)), ("0 0 0; 1 0 0; 0 0 0", (0, -1)), ("0 0; 0 1", (0, 0))]
)
def test_an_image_moves_with_the_flip_as_is_said(rows: str, moved: tuple[int, int]) -> None:
    dot = [[int((r, c) == (2, 2)) for c in range(5)] for r in range(5)]
    answer = convolve(dot, rows).answer
    assert answer[2 + moved[0], 2 + moved[1]] == 1


def test_a_response_is_an_expression_of_the_place() -> None:
    kernel = Filter(((-1, 0, 1),))
    assert kernel.response((0, 0)) == Num(0)
    assert TEXT.write(kernel.response((2, 0))) == "4x"
    assert TEXT.write(kernel.turned.response((2, 0))) == "−4x"


def test_the_command_takes_a_name_a_file_or_numbers(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "my_kernel.txt"
    file.write_text("1 2 1\n2 4 2\n1 2 1\n")
    code, out, err = run("kernels", str(file))
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == ["The", "kernel", "my_kernel.txt", "3×3,", "separable"]
    assert run("kernels", "1 2 1; 2 4 2; 1 2 1")[1].split()[2:] == out.split()[3:]
    assert "change from left to right" in run("kernels", "-1 0 1")[1]
    assert run("kernels", "SOBEL")[1].startswith("The kernel sobel-x ")
    assert run("kernels")[1].startswith("Named kernels, for --kernel\n")


def test_a_file_is_not_taken_for_the_named_kernel_whose_name_it_has(run: Run, tmp_path: Path) -> None:
    (tmp_path / "box").write_text("1 -1\n")
    assert "moving average" not in run("kernels", str(tmp_path / "box"))[1]
