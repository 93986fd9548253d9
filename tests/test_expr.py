"""Formulas: what they mean, how they are written, and sympy as the independent judge."""

from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.derivation import work
from calc.errors import Impossible
from calc.expr import Expr, Num, Op, Sym, ceil, floor, num, parse, symbols
from calc.layers.known import LAYERS
from explain.notation import TEXT, Notation

LETTERS = ("a", "b", "k", "in")
n, k, s, p, d = symbols("in k s p d")


def expressions() -> st.SearchStrategy[Expr]:
    leaves = st.one_of(st.integers(-50, 50).map(Num), st.sampled_from(LETTERS).map(Sym))

    def grow(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        return st.one_of(
            st.builds(lambda x, y: x + y, inner, inner),
            st.builds(lambda x, y: x - y, inner, inner),
            st.builds(lambda x, y: x * y, inner, inner),
            st.builds(lambda x, y: x / y, inner, st.integers(1, 9)),
            st.builds(lambda x: -x, inner),
            st.builds(floor, inner),
            st.builds(ceil, inner),
            st.builds(lambda x, y: x**y, inner, st.integers(0, 3)),
        )

    return st.recursive(leaves, grow, max_leaves=12)


environments = st.fixed_dictionaries({name: st.integers(-20, 20) for name in LETTERS})


@given(expressions(), environments)
def test_sympy_gives_the_same_value(expression: Expr, env: dict[str, int]) -> None:
    value = expression.value(env)
    theirs = expression.put(env).to_sympy()
    assert (int(theirs.p), int(theirs.q)) == (value.numerator, value.denominator)


@given(expressions(), environments)
def test_every_line_of_the_working_has_the_same_value(expression: Expr, env: dict[str, int]) -> None:
    chain = work((), expression, env)
    assert {link.expression.value(env) for link in chain.links} == {expression.value(env)}
    assert isinstance(chain.links[-1].expression, Num)
    written = [TEXT.write(link.expression) for link in chain.links]
    assert all(a != b for a, b in pairwise(written))


@given(expressions(), environments)
def test_tidying_keeps_the_value(expression: Expr, env: dict[str, int]) -> None:
    assert expression.tidy().value(env) == expression.value(env)


@given(expressions(), environments, st.integers(-9, 9))
def test_what_is_called_linear_is(expression: Expr, env: dict[str, int], x: int) -> None:
    only_k = expression.put({name: value for name, value in env.items() if name != "k"})
    linear = only_k.linear_in("k")
    if linear:
        assert only_k.value({"k": x}) == linear[0] * x + linear[1]


@given(expressions(), environments)
def test_what_is_written_reads_back(expression: Expr, env: dict[str, int]) -> None:
    renamed = expression.put({"in": Sym("m")})
    values = {**env, "m": env["in"]}
    for grouped in (False, True):
        again = parse(TEXT.write(renamed), grouped=grouped)
        assert again.value(values) == renamed.value(values)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (num(4) * -1, "4·(-1)"),
        (num(-4) * 2, "(-4)·2"),
        (2 * p + 1, "2p + 1"),
        (num(2) * 3, "2·3"),
        (num(0) * 1 + num(2) * -1, "0·1 + 2·(-1)"),
        (num(2) - 4, "2 − 4"),
        (-(k - 1), "−(k − 1)"),
        (d * (k - 1), "d·(k − 1)"),
        (n - (k + 1), "in − (k + 1)"),
        (floor((n + 2 * p - d * (k - 1) - 1) / s) + 1, "⌊(in + 2p − d·(k − 1) − 1) / s⌋ + 1"),
        (floor(num(217) / 4), "⌊217/4⌋"),
        (num(Fraction(1, 9)) * 3, "(1/9)·3"),
        (num(Fraction(1, 2)) * p, "(1/2)·p"),
        (num(1) / (num(2) / 3), "1/(2/3)"),
        ((num(5) * 5 * 3 + 1) * 32, "(5·5·3 + 1)·32"),
        (num(2048) * 64, "2 048·64"),
        (num(1234567), "1 234 567"),
        (k**2, "k^2"),
        ((k + 1) ** 2, "(k + 1)^2"),
        (Op("min", (k, n)), "min(k, in)"),
    ],
)
def test_expressions_are_written_as_in_a_book(expression: Expr, written: str) -> None:
    assert TEXT.write(expression) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (Fraction(1, 10), "0.1"),
        (Fraction(-5, 4), "-1.25"),
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 1024), "0.0009765625"),
        (7, "7"),
    ],
)
def test_decimals_are_written_where_they_end(number: Fraction, written: str) -> None:
    assert Notation(decimals=True).number(number) == written


def test_a_floor_is_worked_in_one_step_and_says_what_it_drops() -> None:
    chain = work((), floor((n - k) / s) + 1, {"in": 224, "k": 7, "s": 4})
    assert [TEXT.write(link.expression) for link in chain.links] == [
        "⌊(in − k) / s⌋ + 1",
        "⌊(224 − 7) / 4⌋ + 1",
        "⌊217/4⌋ + 1",
        "54 + 1",
        "55",
    ]
    assert chain.links[3].why == "217 = 4·54 + 1: the floor drops the rest"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "a[0]",
        "lambda: 1",
        "f(x)",
        "1 if a else b",
        "'x'",
        "1.5",
        "a = 1",
        "(" * 5_000,
        "1+" * 900,
        "",
        "+a",
        "True",
    ],
)
def test_text_that_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(Impossible):
        parse(text)


@pytest.mark.parametrize("text", ["9^9^9", "10^99999", "1/0", "0^(-1)", "2^(1/2)"])
def test_what_cannot_be_worked_out_is_refused_at_once(text: str) -> None:
    with pytest.raises(Impossible):
        parse(text).value()


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(Impossible):
        parse(text)


def test_numbers_of_hundreds_of_digits_stay_exact() -> None:
    large = 10**300 + 7
    assert (num(large) * large + 1).value() == large * large + 1


def test_the_rules_of_every_layer_have_letters_only_where_numbers_can_be_put() -> None:
    for layer in LAYERS:
        assert layer.params.free <= {"k_l", "k_d", "k_h", "k_w", *"abcdeghijkmoprv"}


@pytest.mark.parametrize(
    ("condition", "written", "value"),
    [
        (Op("≥", (n, Num(3))), "in ≥ 3", 1),
        (Op("≤", (n, k + 1)), "in ≤ k + 1", 0),
        (Op("odd", (n,)), "in odd", 1),
        (Op("even", (n - k,)), "in − k even", 1),
        (Op("multiple", (n, k)), "in a multiple of k", 0),
        (Op("and", (Op("odd", (n,)), Op("≥", (k, Num(4))))), "in odd, k ≥ 4", 0),
    ],
)
def test_a_condition_is_1_where_it_holds(condition: Expr, written: str, value: int) -> None:
    assert TEXT.write(condition) == written
    assert condition.value({"in": 7, "k": 3}) == value


def test_a_minus_before_a_product_of_letters_belongs_to_all_of_it() -> None:
    a, b = symbols("a b")
    for expression in (-(a * (b - 1)), -(a / b), -(2 * a), 1 - a * b / 2):
        assert parse(TEXT.write(expression)) == expression


@pytest.mark.parametrize(
    "text", ["(7·7·3)·64", "64·(7·7)", "(a·b)·c·(d·e)", "a·b·c", "n − (a + b) + (c + d)", "((2·3)·4)·5"]
)
def test_brackets_are_read_as_they_stand_where_they_are_to_stay(text: str) -> None:
    read = parse(text, grouped=True)
    assert TEXT.write(read) == text
    assert ("(" in text) == (read != parse(text))
    assert parse("(7·7·3)·64", grouped=True) == Op("*", (Op("*", (Num(7), Num(7), Num(3))), Num(64)))
