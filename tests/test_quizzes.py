"""Quizzes as data: what is right is never wrong, and what is wrong is what the marking says it is."""

from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import Impossible, compare, convolve, count, mark, pool, quiz, size, through, transpose
from calc.concepts import concept, concepts
from calc.derivation import Chain, Derivation
from calc.question import Question
from calc.quizzes.blanks import Again, Blank, Quiz, looked_up, normal, sizes, spellings
from calc.quizzes.maps import MOST_MISREAD
from explain.notation import TEXT
from tests.cases import EXAMPLES, FILTERS, NETWORKS, RAMP, RGB, TASK_1A

ASKED = {
    "conv": lambda: convolve(TASK_1A, "sobel"),
    "conv-fractions": lambda: convolve([[1, 2], [3, Fraction(1, 3)]], "gaussian", padding=1),
    "conv-channels": lambda: convolve(RGB, FILTERS, flip=False, padding="valid", bias="1 -2", then="relu"),
    "conv-sigmoid": lambda: convolve("1 -2; 0 3", "1/2", then="sigmoid"),
    "conv-signal": lambda: convolve("1 3 2 0 4", "2 3", padding="full"),
    "conv-large": lambda: convolve(RAMP, "sobel"),
    "transposed": lambda: transpose("1 2; 3 4", "1 0 2; 0 1 0; 1 1 1", stride=2, padding=1, output_padding=1),
    "pool-max": lambda: pool(TASK_1A, 2, stride=1),
    "pool-average": lambda: pool(TASK_1A, 3, kind="average", stride=2, padding=1, ceil=True),
    "shape-kernel": lambda: size(512, 504),
    "shape-in": lambda: size(out=63, kernel=11, stride=4, padding=2),
    "shape-out": lambda: size("480x640", kernel=3, stride=2),
    "shape-padding": lambda: size(32, "same", 5),
    "shape-layers": lambda: through("conv 9, pool 2 stride 2, conv 3", 512),
    "shape-flatten": lambda: through("conv 3 filters 8, relu, pool 2, flatten", "3x32x32"),
    "shape-field": lambda: through("conv 3, pool 2, conv 3 dilation 2"),
    "params": lambda: count(EXAMPLES / "model.py", "3x32x32"),
    "params-alone": lambda: count(EXAMPLES / "model.py"),
    "params-resnet": lambda: count(f"{NETWORKS}:ResNet18", "3x64x64"),
    "concept": lambda: concept("translation"),
}
"""A question of each kind that a quiz can ask."""


@cache
def asked_of(name: str) -> Question:
    return ASKED[name]()


@cache
def made_of(name: str) -> Quiz:
    return quiz(asked_of(name))


def blanks(made: Quiz) -> dict[str, Blank]:
    return {blank.name: blank for blank in made.blanks}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_right_is_never_wrong(name: str) -> None:
    made = made_of(name)
    assert made.blanks
    assert len(blanks(made)) == len(made.blanks)
    for blank in made.blanks:
        known = {*blank.right, *blank.readings}
        assert not known & set(blank.wrong), blank.name
        assert not set(blank.right) & set(blank.readings), blank.name
        assert all(normal(each) == each for each in (*known, *blank.wrong)), blank.name
        assert all(0 <= i < len(made.causes) for causes in blank.wrong.values() for i in causes)
        assert (
            blank.choices
            or blank.between
            or set(looked_up(TEXT.plain().text(blank.shows).split()[-1])) & set(blank.right)
        ), blank.name
        assert blank.asks
    asked = set(blanks(made))
    places = [cell for turn in made.turns for row in (*turn.rows, turn.total) for cell in row]
    assert {cell.name for cell in places if isinstance(cell, Again)} <= asked
    assert [hint.answer["level"] for hint in made.hints] == [2, 3, 4]


@pytest.mark.parametrize("name", ["shape-kernel", "shape-in", "shape-out", "shape-padding"])
def test_the_marking_says_the_same_of_a_size(name: str) -> None:
    asked, made = asked_of(name), made_of(name)
    (blank,) = made.blanks
    _agree(asked, made, blank, "")
    for first, last in blank.between:
        for number in range(first, first + 3 if last is None else last + 1):
            assert mark(asked, str(number)).right


def _agree(asked: Question, made: Quiz, blank: Blank, before: str) -> None:
    assert all(mark(asked, before + answer).right for answer in blank.right)
    known = 0
    for answer, causes in blank.wrong.items():
        verdict = mark(asked, before + answer).verdict
        assert verdict.outcome == "wrong", answer
        names = {cause.name for each in verdict.explanations for cause in each.causes}
        assert not names or names & {made.causes[i].name for i in causes}, answer
        known += bool(names)
    assert 2 * known >= len(blank.wrong)
    assert all(mark(asked, before + answer).verdict.outcome == "convention" for answer in blank.readings)


@pytest.mark.parametrize("name", ["params", "params-alone", "params-resnet"])
def test_the_marking_says_the_same_of_totals(name: str) -> None:
    asked, made = asked_of(name), made_of(name)
    _agree(asked, made, blanks(made)["parameters in all"], "")
    if asked.macs is not None:
        _agree(asked, made, blanks(made)["macs in all"], "macs = ")


def test_the_marking_says_the_same_of_rows() -> None:
    asked, made = asked_of("params"), made_of("params")
    for i, row in enumerate(asked.rows):
        if f"parameters {i + 1}" in blanks(made):
            _agree(asked, made, blanks(made)[f"parameters {i + 1}"], f"{row.call.name} = ")


def test_a_map_that_one_rule_leads_to_is_wrong_in_each_cell_by_that_rule() -> None:
    asked = convolve(TASK_1A, "sobel")
    made = quiz(asked)
    wrong = convolve(TASK_1A, "sobel", flip=False).answer
    for row in range(3):
        for column in range(5):
            blank = blanks(made)[f"cell ({row + 1},{column + 1})"]
            assert str(asked.answer[row, column]) in blank.right
            names = [made.causes[i].name for i in blank.wrong[str(wrong[row, column])]]
            assert "not-flipped" in names


@pytest.mark.parametrize("name", ["conv", "conv-fractions", "conv-channels", "conv-large", "transposed", "pool-max"])
def test_maps_that_wrong_rules_lead_to_are_known_whole(name: str) -> None:
    asked, made = asked_of(name), made_of(name)
    right = tuple(blank.right[0] for blank in made.blanks)
    assert made.misread
    seen = set()
    for causes, cells in made.misread:
        assert cells != right
        assert len(cells) == len(made.blanks)
        assert len(set(causes)) == len(causes) <= 2
        assert len(causes) == 1 or cells not in seen
        seen.add(cells)
    assert sum(len(cells) for causes, cells in made.misread if len(causes) > 1) <= MOST_MISREAD
    if name in ("conv", "transposed"):
        wide = asked.answer.shape[-1]
        for causes, cells in made.misread:
            rows = "; ".join(" ".join(cells[i : i + wide]) for i in range(0, len(cells), wide))
            verdict = mark(asked, rows).verdict
            assert verdict.outcome != "right", rows
            names = {cause.name for each in verdict.explanations for cause in each.causes}
            assert verdict.outcome == "convention" or {made.causes[i].name for i in causes} & names, rows


def test_total_of_a_ledger_knows_its_rows() -> None:
    made = blanks(made_of("params-resnet"))
    for name in ("parameters in all", "macs in all"):
        total = made[name]
        assert sum(int(made[row].right[0]) for row in total.adds) == int(total.right[0])
        assert len(total.adds) > len(set(total.adds)) > 5


@pytest.mark.parametrize("name", ["params", "params-alone", "params-resnet"])
def test_each_row_of_a_ledger_is_asked_once_and_adds_up(name: str) -> None:
    asked, made = asked_of(name), made_of(name)
    (turn,) = made.turns
    column = [str(head[0]) for head in turn.header].index("parameters")
    told = {blank.name: int(blank.right[0]) for blank in made.blanks if blank.name.startswith(("parameters", "macs"))}
    cells = [row[column] for row in turn.rows]
    assert sum(told[cell.name] for cell in cells if isinstance(cell, Blank | Again)) == asked.parameters
    assert told["parameters in all"] == asked.parameters
    if asked.macs is not None:
        works = [row[column + 1] for row in turn.rows]
        assert sum(told[cell.name] for cell in works if isinstance(cell, Blank | Again)) == asked.macs


def test_layers_that_are_alike_are_asked_once() -> None:
    made = quiz(through("conv 3 filters 8 padding 1, relu, conv 3 filters 8 padding 1, relu", "8x9x9"))
    assert [blank.name for blank in made.blanks] == ["field 1", "field 3"]
    (turn,) = made_of("params-resnet").turns
    assert sum(isinstance(cell, Again) for row in turn.rows for cell in row) > 40


def test_of_a_large_map_the_telling_cells_are_asked() -> None:
    made = made_of("conv-large")
    (turn,) = made.turns
    assert len(made.blanks) == 7
    assert turn.kind == "table"
    assert turn.rows[0][0] == ("(1,1)",)


def test_a_map_that_is_not_asked_whole_shows_the_rest() -> None:
    asked = convolve([[r + 2 * c for c in range(9)] for r in range(8)], "laplacian")
    (turn,) = quiz(asked).turns
    shown = [cell for row in turn.rows for cell in row]
    assert (turn.kind, len(shown)) == ("map", 72)
    assert sum(isinstance(cell, Blank) for cell in shown) == 7


@pytest.mark.parametrize("name", ["conv", "conv-fractions", "pool-max", "pool-average", "conv-channels"])
def test_what_is_shown_after_an_answer_comes_to_it(name: str) -> None:
    for blank in made_of(name).blanks:
        chains = [step for step in blank.worked if isinstance(step, Chain)]
        assert chains
        assert blank.window is not None
        assert name == "conv-channels" or str(chains[-1].value) in blank.right


@pytest.mark.parametrize("name", ["conv", "transposed", "pool-max"])
def test_of_a_map_no_more_is_posed_than_is_given(name: str) -> None:
    made = made_of(name)
    (given_part,) = [step for step in made.posed if isinstance(step, Derivation)]
    assert TEXT.text(given_part.title).startswith("Given")


@pytest.mark.parametrize("name", [each.name for each in concepts()])
def test_every_concept_is_a_quiz(name: str) -> None:
    asked = concept(name)
    (blank,) = quiz(asked).blanks
    assert tuple(choice.label for choice in blank.choices if choice.right) == asked.answer
    assert blank.several == asked.several
    causes = quiz(asked).causes
    for choice in blank.choices:
        if choice.cause is not None:
            taken = {label.label for label in blank.choices if label.right} ^ {choice.label}
            taken = taken if asked.several else {choice.label}
            verdict = mark(asked, " and ".join(f"({label})" for label in sorted(taken))).verdict if taken else None
            assert verdict is None or causes[choice.cause].name in [c.name for c in verdict.causes]


@pytest.mark.parametrize(
    "asked",
    [
        lambda: convolve("a b; c 2", "1 x; 0 -1"),
        lambda: size("n", kernel=3),
        lambda: size(32, 16, "?", "?", "?"),
        lambda: compare("conv 3, conv 3", "conv 5", 32),
        lambda: through("conv ?, pool 2, conv 3", 512, 250),
    ],
)
def test_what_cannot_be_looked_up_is_refused(asked: Any) -> None:
    with pytest.raises(Impossible, match="a quiz "):
        quiz(asked())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("−2", "-2"),
        (" 2 432 ", "2432"),
        ("2,432", "2432"),
        ("2'432", "2432"),
        ("28,803,712", "28803712"),
        ("k = 9", "9"),
        ("504 - 2 = 502", "502"),
        ("250 × 250", "250x250"),
        ("250X250", "250x250"),
        ("(250, 250)", "250x250"),
        ("[3, 32, 32]", "3x32x32"),
        ("250 by 250", "250x250"),
        ("3, 2", "3x2"),
        ("+7", "7"),
        ("007", "7"),
        ("7.0", "7"),
        ("0,5", "0.5"),
        (".5", "0.5"),
        ("0.50", "0.5"),
        ("-0", "0"),
        ("2/4", "1/2"),
        ("14/7", "2"),
        ("-3/6", "-1/2"),
        ("3/-6", "-1/2"),
        ("0/5", "0"),
        ("5/0", "5/0"),
        ("2 432 parameters", "2432"),
        ("252 cells.", "252"),
        ("", ""),
        ("x", "x"),
        ("5·5·3+1", "5x5x3+1"),
    ],
)
def test_what_is_typed_has_one_spelling(typed: str, meant: str) -> None:
    assert normal(typed) == meant


@given(st.text(max_size=30))
def test_a_spelling_is_its_own(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(st.one_of(st.integers(-(10**6), 10**6), st.fractions(max_denominator=50), st.floats(-1e6, 1e6)))
def test_every_spelling_of_a_number_is_near_it(number: Any) -> None:
    found = spellings(number)
    assert found
    for said in found:
        assert normal(said) == said
        places = len(said.partition(".")[2])
        off = abs(Fraction(said) - Fraction(number))
        assert (
            off <= Fraction(1, 2 * 10**places) * Fraction(1001, 1000)
            if "." in said or isinstance(number, float)
            else off == 0
        )


@given(st.lists(st.integers(1, 600), min_size=1, max_size=3))
def test_a_size_of_equal_sides_is_spelled_as_one_number(numbers: list[int]) -> None:
    assert "x".join(map(str, numbers)) in sizes(numbers)
    assert (str(numbers[0]) in sizes(numbers)) == (len(set(numbers)) == 1)


small = st.integers(-5, 5)


@given(st.data())
def test_random_maps_are_never_right_and_wrong_at_once(data: st.DataObject) -> None:
    image = data.draw(st.lists(st.lists(small, min_size=3, max_size=3), min_size=3, max_size=3))
    kernel = data.draw(st.lists(st.lists(small, min_size=2, max_size=2), min_size=2, max_size=2))
    asked = convolve(image, kernel, padding=data.draw(st.sampled_from([0, 1])), flip=data.draw(st.booleans()))
    made = quiz(asked)
    assert len(made.blanks) == asked.answer.numerators.size
    for blank in made.blanks:
        place = tuple(int(i) - 1 for i in blank.name.removeprefix("cell (").rstrip(")").split(","))
        assert blank.right == (str(asked.answer[place]),)
        assert not set(blank.right) & set(blank.wrong)
