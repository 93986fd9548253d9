"""The key to a question: the right answer, and wrong ones that the marking takes for what the key says led to them."""

import pytest

from calc.answer_key import key
from calc.derivation import Derivation, Grid, Step, Table
from calc.marking.front import mark
from calc.marking.lessons import lesson
from explain import render
from explain.asking import question
from explain.notation import TEXT
from tests.test_posing import LINES

NUMBERED = ["kernel", "padding", "axes", "layers", "network"]
MAPPED = ["conv", "pool", "transposed", "decimals"]


def led(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    """Each wrong answer of a table with what led to it."""
    tables = [step for step in steps if isinstance(step, Table)]
    return [(TEXT.text(answer), TEXT.text(what)) for table in tables for answer, what in table.rows]


@pytest.mark.parametrize("name", LINES)
def test_the_key_says_the_answer_of_the_solution(name: str) -> None:
    asked = question(LINES[name])
    told, solution = key(asked), asked.derivation()
    assert (told.headline, told.solutions) == (solution.headline, solution.solutions)
    assert [*render(told)]


@pytest.mark.parametrize("name", NUMBERED)
def test_the_marking_takes_a_wrong_answer_for_what_the_key_says(name: str) -> None:
    asked = question(LINES[name])
    rows = led(key(asked).steps)
    assert len(rows) >= 3
    known = 0
    for answer, what in rows:
        verdict = mark(asked, answer.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")).verdict
        assert verdict.outcome == "wrong", (answer, what)
        names = [lesson(cause.name).title for each in verdict.explanations for cause in each.causes]
        assert not names or set(names) & set(what.split(", or ")), (answer, what, names)
        known += bool(names)
    assert known > len(rows) / 2


@pytest.mark.parametrize("name", MAPPED)
def test_the_marking_takes_a_wrong_map_for_what_the_key_says(name: str) -> None:
    asked = question(LINES[name])
    (wrong,) = (step for step in key(asked).steps if isinstance(step, Derivation))
    grids = [step for step in wrong.steps if isinstance(step, Grid)]
    assert len(grids) >= 3
    known = 0
    for grid in grids:
        verdict = mark(asked, [*map(list, grid.cells.rows())]).verdict
        assert verdict.outcome in ("wrong", "convention"), grid.caption
        names = [lesson(cause.name).title for each in verdict.explanations for cause in each.causes]
        assert not names or set(names) & set(grid.caption.removesuffix(" (another way)").split(", or ")), (
            grid.caption,
            names,
        )
        known += bool(names)
    assert known > len(grids) / 2


def test_a_large_wrong_map_is_told_by_its_first_cell() -> None:
    wide = " ".join(map(str, range(1, 15)))
    (wrong,) = (
        step
        for step in key(question(f"conv --image '{wide}; {wide}' --kernel sobel")).steps
        if isinstance(step, Derivation)
    )
    (table,) = wrong.steps
    assert isinstance(table, Table)
    assert [TEXT.text(cell) for cell in table.rows[0][1:]] == ["(1,1)", "6", "-6"]


def test_the_right_answer_is_no_wrong_one() -> None:
    right = [answer for answer, _ in led(key(question("shape 'conv 9, pool 2, conv 3'")).steps) if answer == "14×14"]
    assert right == []


def test_a_question_that_no_rule_bends_has_an_answer_alone() -> None:
    told = "\n".join(render(key(question("shape --in 32 --out 16 --kernel ? --stride ?"))))
    assert "kernel 2, stride 2" in told
    assert "wrong" not in told
