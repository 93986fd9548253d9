"""What replies mean that name layers, letters and choices: by the one legitimate reading, and never by its opposite."""

import re
from fractions import Fraction

import pytest

from calc import compare, count, size, through
from calc.concepts import concepts
from calc.concepts.base import Concept
from calc.errors import Impossible
from calc.marking.choices import Reading
from calc.marking.front import mark
from calc.marking.verdicts import said, share, spaced
from calc.rules import LETTER, WORDS

NET = "Conv2d(3, 16, 3), ReLU(), Conv2d(16, 32, 3), MaxPool2d(2), Conv2d(32, 8, 1)"
COUNTS = (448, 0, 4640, 0, 264)
FROM_0 = {f"{i}": n for i, n in enumerate(COUNTS)}
FROM_1 = {f"{i + 1}": n for i, n in enumerate(COUNTS)}
WITH_PARAMETERS = {f"{i + 1}": n for i, n in enumerate(n for n in COUNTS if n)}


@pytest.mark.parametrize("numbered", [FROM_0, FROM_1, WITH_PARAMETERS])
@pytest.mark.parametrize("spelled", ["layer {} = {}", "Layer {}: {}", "{} | {}", "layer {} has {} parameters"])
def test_layers_without_names_are_counted_from_0_or_from_1(numbered: dict[str, int], spelled: str) -> None:
    net = count(NET)
    lines = [spelled.format(*pair) for pair in numbered.items()]
    assert mark(net, "\n".join(lines)).verdict.outcome == "right"
    for (name, n), line in zip(numbered.items(), lines, strict=True):
        assert mark(net, line).verdict.outcome == "right"
        if n:
            wrong = mark(net, spelled.format(name, n + 1)).verdict
            assert wrong.outcome == "wrong"
            assert [row[2] for row in wrong.rows] != ["0"]


def test_numbers_of_layers_are_read_in_one_way_throughout() -> None:
    net = count(NET)
    mixed = mark(net, "layer 0 = 448; layer 1 = 0; layer 3 = 4640").verdict
    assert mixed.outcome == "wrong"
    with pytest.raises(
        Impossible, match="no layer is called “layer 6”: they are conv 1, conv 2 and conv 3, or layer 0 to layer 4"
    ):
        mark(net, "layer 6 = 448")


def test_the_cause_is_found_however_layers_are_counted() -> None:
    for reply in ("layer 0 = 432; layer 2 = 4608", "layer 1 = 432; layer 3 = 4608", "layer 1 = 432; layer 2 = 4608"):
        verdict = mark(count(NET), reply).verdict
        assert [cause.name for cause in verdict.causes] == ["bias-forgotten"], reply


SIZES = (
    size(512, 504),
    size(512, kernel=9, padding=2),
    size(64, "same", kernel=5),
    size(300, 100, kernel=3, padding=1),
    size(None, 30, kernel=3, stride=2),
    size("64x32", "60x30"),
)


@pytest.mark.parametrize("question", SIZES, ids=lambda each: each.unknown)
def test_a_number_that_is_called_otherwise_is_not_right(question) -> None:  # type: ignore[no-untyped-def]
    unknown = question.unknown
    value = question.answer[unknown]
    said = "x".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    for name in ("in", "out", "kernel", "stride", "padding", "dilation"):
        for called in {LETTER[name], WORDS[name], WORDS[name].capitalize()} - {
            "output",
            "Output",
        }:  # that is said of answers
            verdict = mark(question, f"{called} = {said}").verdict
            assert (verdict.outcome == "wrong") == (name != unknown), called
            if name != unknown:
                assert [cause.name for cause in verdict.causes] == ["other-letter"]
                assert "is not what is asked" in verdict.found
                assert f"{said.replace('x', '×')} is right for the {WORDS[unknown]}" in verdict.causes[0].says


def test_a_wrong_number_that_is_called_otherwise_is_said_to_be_so() -> None:
    verdict = mark(size(512, 504), "p = 4").verdict
    assert verdict.found == "the padding p, given as 0, is not what is asked: the kernel k is"
    verdict = mark(size(512, 504), "s = 9").verdict
    assert verdict.found == "the stride s, given as 1, is not what is asked: the kernel k is"
    assert verdict.causes[0].says == "9 is right for the kernel k"


@pytest.mark.parametrize(
    "reply",
    [
        "F = 9",
        "f = 9",
        "K = 9",
        "filter = 9",
        "answer = 9",
        "x = 9",
        "size = 9",
        "k = 9, s = 1",
        "{'k': 9}",
        '{"kernel": 9}',
    ],
)
def test_other_names_of_what_is_asked_stay_right(reply: str) -> None:
    assert mark(size(512, 504), reply).verdict.outcome == "right"


@pytest.mark.parametrize(
    "reply", ["o = 504", "n = 504", "W = 504", "size = 504", "height = 504", "W2 = 504", "out = 504"]
)
def test_an_output_may_have_any_name_of_a_size(reply: str) -> None:
    assert mark(size(512, kernel=9), reply).verdict.outcome == "right"


DENIED = (
    "{} is wrong", "{} isn't", "{} isn’t it", "{} is not", "{} is not the answer", "{} is certainly false", "{}: no", "{}, no.",
    "{} wrong", "{} does not", "{} cannot be right", "{} is the wrong answer", "{} isn't one of them", "{} (not)",
    "not {}", "{} is never right", "it is not {}", "{} can't be it", "{} would be incorrect",
)  # fmt: skip
CHOICES = [
    (each, numeral, choice.text)
    for each in concepts()
    for numeral, choice in each.lettered
    if not any(other.text.startswith("no") for _, other in each.lettered)
    if not re.search(r"\b(?:no|not|none|nothing|never|nowhere)\b|n['’]t", choice.text.lower())
]


@pytest.mark.parametrize("denied", DENIED)
def test_a_choice_that_is_denied_is_not_chosen(denied: str) -> None:
    for each, numeral, text in CHOICES:
        for words in (text, f"({numeral})"):
            reply = denied.format(words)
            try:
                chosen = Reading(each, reply).chosen
            except Impossible:
                continue
            assert numeral not in chosen, (each.name, reply)


@pytest.mark.parametrize(
    "told",
    ["{}", "{} is right", "{}, the others are wrong", "{} because it does not move", "{} does not change with shifts",
     "{} is not sensitive to shifts", "{}. Not the others", "it is {}, no doubt", "{}, not the rest", "{} is never moved by it"],
)  # fmt: skip
def test_what_is_said_of_a_choice_does_not_deny_it(told: str) -> None:
    translation = next(each for each in concepts() if each.name == "translation")
    for words in ("max pooling", "(iii)"):
        assert Reading(translation, told.format(words)).chosen == ("iii",), told


def test_a_denial_is_one_sentence() -> None:
    translation: Concept = next(each for each in concepts() if each.name == "translation")
    with pytest.raises(Impossible) as refused:
        mark(translation, "max pooling is wrong")
    assert str(refused.value) == (
        "“max pooling is wrong” says what it is not: answer with (i) to (iii), or with the first words of a choice"
    )


def test_shares_are_said_in_good_english() -> None:
    told = [share(many, of, "number", "right") for many, of in ((0, 1), (1, 1), (0, 2), (1, 2), (2, 3))]
    assert told == [
        "the number is not right",
        "the number is right",
        "none of the 2 numbers is right",
        "1 of 2 numbers is right",
        "2 of 3 numbers are right",
    ]


def test_numbers_of_two_chains_may_come_in_either_order() -> None:
    question = compare("conv 3, conv 3, conv 3", "conv 7")
    assert question.mark("weights = 27, 49").verdict.remarks == ()
    assert question.mark("27 49").verdict.outcome == "right"
    turned = question.mark("weights = 49, 27").verdict
    assert (turned.outcome, turned.remarks) == ("right", ("taken as 49 of conv 7 and 27 of conv 3, conv 3, conv 3",))
    assert question.mark("weights = 49, 28").verdict.outcome == "wrong"
    says = "weights: 27 of the first, conv 3, conv 3, conv 3; 49 of the second, conv 7"
    assert question.mark("the first has more weights").verdict.found == says


def test_one_number_for_a_field_is_answered_by_one() -> None:
    verdict = through("conv 3, pool 2, conv 3").mark("9").verdict
    assert verdict.differs == ("9", "8")
    assert verdict.explanations[0].evidence == "this rule gives 9"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("W=320 H=240", "right"), ("240x320", "right"), ("H=240 W=320.", "right"), ("240x321", "wrong")],
)
def test_sizes_named_by_axis_need_no_comma(reply: str, outcome: str) -> None:
    assert size("480x640", kernel=3, stride=2, padding=1).mark(reply).verdict.outcome == outcome


def test_a_size_with_a_half_is_no_product() -> None:
    verdict = size("480x641", kernel=2, stride=2).mark("240x320.5").verdict
    assert [cause.name for cause in verdict.causes] == ["fraction-kept"]


def test_the_square_of_a_size_is_that_size_along_both_axes() -> None:
    for reply in ("32²", "32^2", "32**2"):
        assert size(96, kernel=7, stride=3, padding=2).mark(reply).right


def test_a_number_is_said_in_as_many_digits_as_can_be_read() -> None:
    assert said(Fraction(319999999, 10000000)) == "31.9999999"
    assert said(Fraction(-7, 3)) == "−7/3"
    assert said(-(10**400)) == spaced(-(10**400)) == "−1.000…·10^400"
    assert spaced(10**20) == "100 000 000 000 000 000 000"
