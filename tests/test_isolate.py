"""The worked inverse against brute force."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.expr import Num, Op, Sym, ceil, floor
from calc.isolate import isolate
from calc.layers.conv import Conv

LOWEST = {"in": 1, "k": 1, "s": 1, "p": 0, "d": 1}
LIMIT = 40

questions = st.fixed_dictionaries(
    {
        "in": st.integers(1, 30),
        "k": st.integers(1, 9),
        "s": st.integers(1, 5),
        "p": st.integers(0, 5),
        "d": st.integers(1, 4),
        "out": st.integers(1, 30),
    }
)


@pytest.mark.parametrize("unknown", LOWEST)
@given(env=questions)
def test_the_solutions_are_those_of_brute_force(unknown: str, env: dict[str, int]) -> None:
    whole = isolate(Sym("out"), Conv.size, env, unknown, LOWEST[unknown]).whole
    found = {x for x in range(LOWEST[unknown], LIMIT) if Conv.size.value({**env, unknown: x}) == env["out"]}
    last = LIMIT - 1 if whole.last is None else min(whole.last, LIMIT - 1)
    assert set(range(whole.first, last + 1)) == found


@pytest.mark.parametrize("unknown", LOWEST)
@given(env=questions)
def test_all_lines_have_the_same_whole_solutions(unknown: str, env: dict[str, int]) -> None:
    lines = isolate(Sym("out"), Conv.size, env, unknown, LOWEST[unknown]).solve.lines
    for x in range(LOWEST[unknown], LIMIT):
        assert len({line.holds({**env, unknown: x}) for line in lines}) == 1


def test_a_wrong_line_is_noticed() -> None:
    lines = isolate(Sym("out"), Conv.size, {"in": 9, "k": 3, "s": 2, "p": 0, "d": 1, "out": 4}, "in", 1).solve.lines
    wrong = lines[-1]._replace(parts=(lines[-1].parts[0] + 1, *lines[-1].parts[1:]))
    assert any(wrong.holds({"in": x, "out": 4}) != lines[-1].holds({"in": x, "out": 4}) for x in range(1, LIMIT))


@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 12))
def test_a_ceiling_is_solved_as_well(k: int, s: int, out: int) -> None:
    rule = ceil((Sym("in") - k) / s) + 1
    whole = isolate(Sym("out"), rule, {"k": k, "s": s, "out": out}, "in", 1).whole
    found = {n for n in range(1, 120) if rule.value({"in": n, "k": k, "s": s}) == out}
    assert set(range(whole.first, (whole.last or 0) + 1)) == found


def test_what_no_step_solves_is_not_answered() -> None:
    with pytest.raises(NotImplementedError):
        isolate(Sym("out"), (Sym("in") - 3) ** 2, {"out": 25}, "in", 1)


def test_an_unknown_that_stands_in_two_terms_is_not_answered() -> None:
    with pytest.raises(NotImplementedError):
        isolate(Sym("out"), Op("max", (Sym("s"), Num(3))) + Sym("s"), {"out": 8}, "s", 1)


def test_a_factor_may_stand_behind_the_unknown() -> None:
    found = isolate(Sym("out"), floor(Sym("in") * Sym("f")), {"out": 9, "f": Fraction(3, 2)}, "in", 1)
    assert found.whole == (6, 6)
