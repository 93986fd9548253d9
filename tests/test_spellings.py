"""A right answer is right in whatever form it is written, and a wrong one is right in none."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calc import convolve, count, size, through
from calc.errors import Impossible
from calc.marking.front import mark
from calc.question import Question

Form = Callable[[int], str]
Forms = Sequence[Callable[..., str]]


def comma(n: int) -> str:
    return f"{n:,}"


ONE: Sequence[Form] = [
    str,
    comma,
    lambda n: f"{n:,}".replace(",", " "),
    lambda n: f"{n:,}".replace(",", "’"),
    lambda n: f"{n:,}".replace(",", "\u202f"),
    lambda n: f"{n}.0",
    lambda n: f"{n},0",
    lambda n: f"= {n}",
    lambda n: f"{n}.",
    lambda n: f"({n})",
    lambda n: f"[{n}]",
    lambda n: f"${n}$",
    lambda n: rf"\boxed{{{n}}}",
    lambda n: rf"\( {n} \)",
    lambda n: f"The answer is {n}.",
    lambda n: f"the answer is therefore {n:,}",
    lambda n: f"I get {n}",
    lambda n: f"I think it is {n}, because the rest is dropped",
    lambda n: f"so we have {n}",
    lambda n: f"~{n}",
    lambda n: f"{n}!",
    lambda n: f"= {n} ✓",
    lambda n: f"Answer: {n}",
    lambda n: f"{n - 1} + 1 = {n}",
    lambda n: f"{n - 1:,} + 1 = {n:,}",
    lambda n: f"({2 * n} / 2) = {n}",
    lambda n: f"{2 * n}:2 = {n}",
    lambda n: f"{2 * n + 1}//2 = {n}",
    lambda n: rf"\frac{{{2 * n}}}{{2}} = {n}",
    lambda n: rf"\begin{{align}} &= \frac{{{2 * n}}}{{2}} \\ &= {n} \end{{align}}",
]
"""Ways of writing one number."""

SQUARE: Sequence[Form] = [
    lambda n: f"{n}x{n}",
    lambda n: f"{n} × {n}",
    lambda n: f"{n} X {n}",
    lambda n: f"{n} by {n}",
    lambda n: f"({n}, {n})",
    lambda n: f"[{n}, {n}]",
    lambda n: f"{n}, {n}",
    lambda n: f"{n} {n}",
    lambda n: f"{n:,} x {n:,}",
    lambda n: rf"${n} \times {n}$",
    lambda n: f"{n}x{n} pixels",
    lambda n: f"{n}x{n}x1",
    lambda n: f"torch.Size([1, {n}, {n}])",
    lambda n: f"torch.Size([8, 3, {n}, {n}])",
    lambda n: f"(None, {n}, {n}, 3)",
    lambda n: f"{n} wide and {n} high",
    lambda n: f"height = {n}, width = {n}",
    lambda n: f"The output is {n} x {n}.",
    lambda n: f"output: {n}x{n}",
    lambda n: f"{n} px",
    lambda n: f"O = {n}",
    lambda n: f"output size: {n}",
    lambda n: f"the size is {n}",
    lambda n: f"{2 * n}/2 = {n} x {n}",
    lambda n: f"O = {2 * n}/2 → {n}x{n}x3",
]
"""Ways of writing the size of a square map."""

SIDES: Forms = [
    lambda h, w: f"{h}x{w}",
    lambda h, w: f"{h} × {w}",
    lambda h, w: f"{h} by {w}",
    lambda h, w: f"({h}, {w})",
    lambda h, w: f"[{h}, {w}]",
    lambda h, w: f"[{h} {w}]",
    lambda h, w: f"{h} {w}",
    lambda h, w: f"{h}  {w}",
    lambda h, w: f"{h}, {w}",
    lambda h, w: f"{h}; {w}",
    lambda h, w: f"{h} and {w}",
    lambda h, w: f"({h:,}, {w:,})",
    lambda h, w: f"H={h}, W={w}",
    lambda h, w: f"W={w}, H={h}",
    lambda h, w: f"w: {w}; h: {h}",
    lambda h, w: f"height = {h}; width = {w}",
    lambda h, w: f"width {w}, height {h}",
    lambda h, w: f"{w} wide, {h} high",
    lambda h, w: f"{h} rows and {w} columns",
    lambda h, w: f"{h} (height) x {w} (width)",
    lambda h, w: f"W x H = {w} x {h}",
    lambda h, w: f"(H, W) = ({h}, {w})",
    lambda h, w: f"The output is {h} x {w}.",
    lambda h, w: f"torch.Size([1, 3, {h}, {w}])",
    lambda h, w: rf"${h} \times {w}$",
]
"""Ways of writing a size along two axes."""


@given(st.integers(1_000, 90_000), st.sampled_from([*ONE, *SQUARE]), st.integers(-5, 5))
def test_the_size_of_a_layer(n: int, form: Form, off: int) -> None:
    question = size(2 * n, kernel=2, stride=2)
    assert mark(question, form(n)).right, form(n)
    if off:
        with suppress(Impossible):
            assert not mark(question, form(n + off)).right, form(n + off)


@given(st.integers(10, 2_000), st.integers(10, 2_000), st.sampled_from(SIDES), st.integers(-3, 3))
def test_a_size_along_two_axes(height: int, width: int, form: Callable[..., str], off: int) -> None:
    assume(height != width)
    question = size(f"{2 * height}x{2 * width}", kernel=2, stride=2)
    assert mark(question, form(height, width)).right, form(height, width)
    if off:
        with suppress(Impossible):
            assert not mark(question, form(height + off, width)).right
        with suppress(Impossible):
            assert not mark(question, form(height, width + off)).right


LETTERED: Sequence[Form] = [
    lambda k: f"k = {k}",
    lambda k: f"K={k}",
    lambda k: f"F = {k}",
    lambda k: f"kernel: {k}",
    lambda k: f"kernel size = {k}",
    lambda k: f"2k = {2 * k}",
    lambda k: f"3 * K = {3 * k}",
    lambda k: f"-k = {-k}",
    lambda k: f"{k}x{k}",
    lambda k: f"the kernel is {k} by {k}",
    lambda k: f"a {k}x{k} kernel",
    lambda k: f"512 - k + 1 = {513 - k} ⇒ k = {k}",
    lambda k: f"{513 - k} = 512 - k + 1, so k = {k}",
    lambda k: f"512 - K = {512 - k}, K = {k}",
    lambda k: f"k = {k}; 512 - {k} + 1 = {513 - k}",
    lambda k: f"513 - {513 - k} = {k}",
]
"""Ways of writing a kernel of an image of 512."""


@given(st.integers(2, 60), st.sampled_from(LETTERED), st.integers(1, 3), st.booleans())
def test_a_number_that_is_solved_for(kernel: int, form: Form, off: int, working: bool) -> None:
    question = size(512, 513 - kernel)
    assert mark(question, form(kernel), working=working).right, form(kernel)
    with suppress(Impossible):
        assert not mark(question, form(kernel + off), working=working).right, form(kernel + off)


ROWS: Forms = [
    lambda *x: ", ".join(map(str, x)),
    lambda *x: " ".join(map(str, x)),
    lambda *x: f"[{', '.join(map(str, x))}]",
    lambda *x: f"({', '.join(map(str, x))})",
    lambda *x: f"[{' '.join(map(str, x))}]",
    lambda *x: " → ".join(map(str, x)),
    lambda *x: " -> ".join(f"{n}x{n}" for n in x),
    lambda *x: " > ".join(map(str, x)),
    lambda *x: "; ".join(map(str, x)),
    lambda *x: "\n".join(f"{i}. {n}" for i, n in enumerate(x, 1)),
    lambda *x: ", ".join(f"{n}x{n}" for n in x),
    lambda *x: "; ".join(f"conv{i}: {n}" for i, n in enumerate(x, 1)),
    lambda *x: ", ".join(f"conv{i} = {n}" for i, n in enumerate(x, 1)),
    lambda *x: "\n".join(f"| conv{i} | {n} |" for i, n in enumerate(x, 1)),
    lambda *x: "| layer | size |\n|---|---|\n" + "\n".join(f"| conv{i} | {n} |" for i, n in enumerate(x, 1)),
]
"""Ways of writing the sizes after layers."""


@given(st.integers(20, 1_500), st.sampled_from(ROWS), st.integers(0, 2), st.integers(1, 3))
def test_sizes_after_layers(first: int, form: Callable[..., str], place: int, off: int) -> None:
    question = through("conv 3, conv 5, conv 7", str(first))
    right = [first - 2, first - 6, first - 12]
    assert mark(question, form(*right)).right, form(*right)
    wrong = [n + off * (i == place) for i, n in enumerate(right)]
    with suppress(Impossible):
        assert not mark(question, form(*wrong)).right, form(*wrong)


NAMES = ("0", "1", "2")
COUNTED: Forms = [
    lambda *x: ", ".join(map(str, x)),
    lambda *x: ", ".join(map(comma, x)),
    lambda *x: "  ".join(map(comma, x)),
    lambda *x: " ".join(map(str, x)),
    lambda *x: "\n".join(map(comma, x)),
    lambda *x: " & ".join(map(str, x)),
    lambda *x: " + ".join(map(str, x)) + f" = {sum(x)}",
    lambda *x: " + ".join(map(comma, x)) + f" = {sum(x):,}",
    lambda *x: "; ".join(f"{name} = {n}" for name, n in zip(NAMES, x, strict=True)),
    lambda *x: ", ".join(f"{name}: {n}" for name, n in zip(NAMES, x, strict=True)),
    lambda *x: "; ".join(f"({name}): {n}" for name, n in zip(NAMES, x, strict=True)),
    lambda *x: "\n".join(f"| {name} | {n} |" for name, n in zip(NAMES, x, strict=True)),
    lambda *x: "\n".join(f"conv {i}: {n:,}" for i, n in enumerate(x, 1)),
    lambda *x: ", ".join(f"conv{i} = {n}" for i, n in enumerate(x, 1)),
    lambda *x: ", ".join(f"conv {i} has {n}" for i, n in enumerate(x, 1)),
    lambda *x: ", ".join(f"conv {i} ({n})" for i, n in enumerate(x, 1)),
    lambda *x: "{" + ", ".join(f'"conv{i}": {n}' for i, n in enumerate(x, 1)) + "}",
    lambda *x: "{" + ", ".join(f"'conv {i}': {n}" for i, n in enumerate(x, 1)) + f", 'total': {sum(x)}" + "}",
    lambda *x: "\n".join(f"{i}. {n}" for i, n in enumerate(x, 1)),
    lambda *x: "; ".join(f"conv {i} = ({n - 8} + 8) = {n}" for i, n in enumerate(x, 1)),
]
"""Ways of writing the parameters of three convolutions."""


@given(
    st.lists(st.integers(3, 200), min_size=4, max_size=4, unique=True),
    st.sampled_from(COUNTED),
    st.integers(0, 2),
    st.integers(1, 9),
)
def test_parameters_by_layer(maps: list[int], form: Callable[..., str], place: int, off: int) -> None:
    question = count(", ".join(f"Conv2d({a}, {b}, 3)" for a, b in pairwise(maps)))
    right = [(9 * a + 1) * b for a, b in pairwise(maps)]
    assert mark(question, form(*right)).right, form(*right)
    wrong = [n + off * (i == place) for i, n in enumerate(right)]
    with suppress(Impossible):
        assert not mark(question, form(*wrong)).right, form(*wrong)


IN_ALL: Sequence[Form] = [
    *ONE,
    lambda n: f"{n} parameters",
    lambda n: f"{n:,} params",
    lambda n: f"total = {n:,}",
    lambda n: f"Total params: {n:,}",
    lambda n: f"it has {n} weights and biases in total".replace(" weights and biases", " parameters"),
]


@given(st.integers(1, 40), st.integers(2, 400), st.sampled_from(IN_ALL), st.integers(1, 9))
def test_parameters_in_all(before: int, after: int, form: Form, off: int) -> None:
    question, right = count(f"Conv2d({before}, {after}, 3)"), (9 * before + 1) * after
    assert mark(question, form(right)).right, form(right)
    with suppress(Impossible):
        assert not mark(question, form(right + off)).right, form(right + off)


KINDS: Forms = [
    lambda w, b: f"weights = {w}; biases = {b}; total = {w + b}",
    lambda w, b: f"weights: {w}, biases: {b}",
    lambda w, b: f"{w} weights + {b} biases = {w + b}",
    lambda w, b: f"{w} weights and {b} biases",
    lambda w, b: f"weights = {w}\nbiases = {b}\n{w} + {b} = {w + b}",
]


@given(st.integers(1, 40), st.integers(2, 400), st.sampled_from(KINDS), st.integers(1, 9), st.booleans())
def test_weights_and_biases(before: int, after: int, form: Callable[..., str], off: int, working: bool) -> None:
    question = count(f"Conv2d({before}, {after}, 3)")
    assert mark(question, form(9 * before * after, after), working=working).right
    with suppress(Impossible):
        assert not mark(question, form(9 * before * after + off, after), working=working).right


MATRICES: Sequence[Callable[[list[list[int]]], str]] = [
    lambda rows: "; ".join(" ".join(map(str, row)) for row in rows),
    lambda rows: "\n".join("\t".join(map(str, row)) for row in rows),
    lambda rows: "\n".join(", ".join(map(str, row)) for row in rows),
    lambda rows: " / ".join(" ".join(map(str, row)) for row in rows),
    lambda rows: " | ".join(" ".join(map(str, row)) for row in rows),
    lambda rows: "; ".join(" ".join(map(str, row)) for row in rows).replace("-", "–"),
    lambda rows: "; ".join(" ".join(map(str, row)) for row in rows).replace("-", "−"),
    str,
    lambda rows: str(tuple(map(tuple, rows))),
    lambda rows: " ".join(str(tuple(row)) for row in rows),
    lambda rows: str(rows).replace("[", "{").replace("]", "}"),
    lambda rows: f"Y = {rows}",
    lambda rows: f"tensor({rows}, dtype=torch.float32)",
    lambda rows: f"tensor({rows}, device='cuda:0')",
    lambda rows: f"np.array({rows})",
    lambda rows: "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows),
    lambda rows: " ".join(str(x) for row in rows for x in row),
    lambda rows: ", ".join(str(x) for row in rows for x in row),
    *(
        lambda rows, name=name, kind=kind: (
            rf"\begin{{{name}}}{kind} " + r" \\ ".join(" & ".join(map(str, row)) for row in rows) + rf" \end{{{name}}}"
        )
        for name, kind in (("bmatrix", ""), ("pmatrix", ""), ("array", "{rrrr}"), ("tabular", "{|c|c|c|c|}"))
    ),
]


@given(
    st.lists(st.lists(st.integers(-99, 99), min_size=4, max_size=4), min_size=3, max_size=3),
    st.sampled_from(MATRICES),
    st.integers(0, 2),
    st.integers(0, 3),
)
def test_a_map(cells: list[list[int]], form: Callable[[list[list[int]]], str], row: int, column: int) -> None:
    question = convolve(cells, [[1]])
    assert mark(question, form(cells), files=False).right, form(cells)
    wrong = [[x + (r == row and c == column) for c, x in enumerate(line)] for r, line in enumerate(cells)]
    assert not mark(question, form(wrong), files=False).right, form(wrong)


@pytest.mark.parametrize(
    "reply", ["not 252", "it is not 252", "never 252", "252 is wrong", "O = 251, O = 252", "251 or 252", "252 or 251"]
)
def test_what_is_denied_or_left_open_is_not_right(reply: str) -> None:
    question: Question = size(504, kernel=2, stride=2)
    with suppress(Impossible):
        assert not mark(question, reply).right


def test_a_product_is_a_size_or_a_number_where_only_one_of_them_is_right() -> None:
    assert mark(size(14, kernel=2, stride=2, transposed=True), "14*2").right
    assert not mark(size(14, kernel=2, stride=2, transposed=True), "14*3").right


def test_the_size_after_another_layer_is_no_wrong_answer() -> None:
    question = through("conv 5, pool 2, conv 3, pool 2", "28")
    for reply in ("conv1 = 24", "conv 2: 10"):
        with pytest.raises(Impossible, match="what comes out at last is asked"):
            mark(question, reply)
    assert not mark(question, "conv1 = 23").right
    assert mark(question, "pool2 = 5").right
