"""Hints: one at a time, and never the answer before its turn."""

import re
from random import Random

import pytest

from calc import compare, convolve, count, pool, size, through, transpose
from calc.concepts import concepts
from calc.concepts.base import Concept
from calc.errors import Impossible
from calc.feature_maps import FeatureMaps
from calc.hints import LEVELS, hint
from calc.practice.items import Item
from calc.practice.topics import NAMES, draw
from calc.question import Question
from explain import render
from tests.test_practice import right

QUESTIONS: list[tuple[Question, str]] = [
    (size(64, kernel=7, stride=3), "20"),
    (size(512, 473), "40"),
    (through("conv 7 stride 3, pool 2", 97), "15"),
    (count("Conv2d(3, 13, 5), ReLU(), Flatten(), Linear(7488, 7)", "3x28x28"), "53 411"),
    (convolve("9 7 5; 8 6 4; 1 2 3", "1 3; 5 8", padding="valid", flip=False), "118"),
    (pool("91 17 5 8; 6 4 11 12", 2), "91"),
    (transpose("9 7; 8 6", "13 3; 5 8", stride=2), "117"),
    (size(64, 16, "?", "?"), "kernel 4"),
    (compare("conv 5", "conv 3, conv 3"), "18"),
    (through("conv ?, pool 2", "28", "12"), "4…5"),
]


def shown(question: Question, level: int) -> str:
    return "\n".join(render(hint(question, level), "text"))


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
def test_the_answer_comes_last(question: Question, answer: str) -> None:
    pages = [shown(question, level) for level in range(1, len(LEVELS) + 1)]
    assert len(set(pages)) == len(LEVELS)
    if not isinstance(question, type(pool("1 2; 3 4", 2))):
        assert all(answer not in page for page in pages[1:4])
    assert answer in pages[4]
    assert all("--hint" in page for page in pages[:4])
    assert "--hint" not in pages[4]


def test_a_level_beyond_the_last_is_refused() -> None:
    for level in (0, 6):
        with pytest.raises(Impossible, match="there is no hint"):
            hint(size(32, kernel=3), level)


def test_the_fourth_hint_puts_numbers_in() -> None:
    assert "⌊(64 + 2·0 − 1·(k − 1)" in shown(size(64, 16, "?", "?"), 4)
    assert "16 = " in shown(size(64, 16, "?", "?"), 4)
    backward = shown(through("conv ?, pool 2", "28", "12"), 4)
    assert "conv ?: ⌊(28 " in backward
    assert "pool 2: ⌊(in " in backward
    assert "max(1, 2, 5, 6)" in shown(pool("1 2 3 4; 5 6 7 8", 2), 4)
    assert "n" in shown(size("n", kernel=3, stride=2), 4)
    assert shown(size("n", kernel=3, stride=2), 3) != shown(size("n", kernel=3, stride=2), 4)


def test_a_bias_and_an_activation_belong_to_the_law() -> None:
    question = convolve("1 2; 3 4", "1 0; 1 1", padding=0, flip=False, bias=5, then="relu")
    assert "+ b, then relu" in shown(question, 3)
    assert "4·1 + 5" in shown(question, 4)


def test_the_last_hint_of_a_signal_is_its_map() -> None:
    page = shown(convolve("1 3 2", "2 3", dims=1, padding="full"), 5)
    assert ["2", "9", "13", "6"] in [line.split() for line in page.splitlines()]


def test_an_adaptive_pooling_is_hinted_at_by_its_own_law() -> None:
    question = size(64, adaptive=7)
    assert "⌊i·in/out⌋" in shown(question, 3)
    assert "⌊i·64/7⌋" in shown(question, 4)


EVERY = [(name, level) for name in NAMES for level in (1, 2, 3)]
LAW = {"0", "1", "2"}
"""Numbers that stand in laws."""


def numbers(page: str) -> set[str]:
    """The numbers of a page, those in names and list items left out; thousands together."""
    joined = re.sub(r"(?<=\d) (?=\d{3}\b)", "", page)
    return set(re.findall(r"(?<![\w.])\d+(?![\w.])", joined))


def pages(item: Item) -> list[str]:
    """The hints of a question, without their titles and what comes next."""
    told = ("\n".join(render(item.hint(level), "text")) for level in range(1, 6))
    return ["\n".join(line for line in page.splitlines()[1:] if "The next hint" not in line) for page in told]


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_no_hint_gives_the_answer_before_its_turn(name: str, level: int) -> None:
    for seed in range(4):
        item = draw(name, level, Random(seed))
        given = numbers("\n".join(render(item.prompt, "text")))
        asked, law, letters, put_in, _ = pages(item)
        assert numbers(asked) <= given | LAW, item.line
        for page in (law, letters):
            assert numbers(page) <= given | LAW | {"3"}, (item.line, page)
        if isinstance(item.question, FeatureMaps):
            rows = [line.split() for line in put_in.splitlines()]
            assert not any(list(map(str, row)) in rows for row in item.question.answer.nested()), item.line
        elif not isinstance(item.question, Concept):
            answer = right(item)
            assert not ({*answer.split("x")} - given - LAW) & numbers(put_in), (item.line, put_in)


@pytest.mark.parametrize("each", concepts(), ids=lambda each: each.name)
def test_no_hint_names_the_right_choice(each: Concept) -> None:
    for level in (2, 3, 4):
        page = re.sub(r"\s+", " ", shown(each, level)).lower()
        for numeral in each.answer:
            assert f"({numeral})" not in page
            assert dict(each.lettered)[numeral].text.lower() not in page


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_each_hint_says_something_that_the_one_before_did_not(name: str, level: int) -> None:
    told = pages(draw(name, level, Random(3)))
    assert len(set(told)) == 5
    assert all(page.strip() for page in told[:4])


def test_letters_of_a_law_are_explained() -> None:
    assert "k_h kernel height" in shown(count("Conv2d(3, 8, 5)"), 3)
    assert "m filters" in shown(count("Conv2d(3, 8, 5)"), 3)
    assert "s stride" in shown(through("conv 3, pool 2", 20), 3)
    law = shown(convolve("1 2 3; 4 5 6; 7 8 9", "1 2; 3 4", stride=2, padding=1), 3)
    assert "x the image with its padding, w the flipped kernel, s the stride" in re.sub(r"\s+", " ", law)
    assert "d the dilation" not in law


def test_the_hints_of_a_transposed_convolution_are_those_of_stamps() -> None:
    question = transpose("9 7; 8 6", "13 3; 5 8", stride=2, padding=1, output_padding=1, bias=4, then="relu")
    law, letters, put_in = (re.sub(r"\s+", " ", shown(question, level)) for level in (2, 3, 4))
    assert "The stamps of neighbours lie 2 cells apart. Where stamps overlap, they add up." in law
    assert "The padding is cut off" in law
    assert "Then relu" in law
    assert "Flip" not in law
    assert "x(i, j)·w(u, v) is added to y(i·s + u − p, j·s + v − p)" in letters
    assert "row 1: 9·13, 9·3" in put_in
    assert "row 2: 9·5, 9·8" in put_in


def test_a_pooling_is_hinted_at_by_a_window_that_is_full() -> None:
    question = pool("1 2 3 4; 5 6 7 8; 4 3 2 1; 0 1 0 2", 2, kind="average", padding=1)
    assert "Cell (2,2): (6 + 7 + 3 + 2) / 4" in shown(question, 4)
    assert "winner" not in shown(question, 2)


def test_what_is_asked_says_all_that_is_given() -> None:
    assert "64×32" in shown(size("64x32", kernel=5), 1)
    assert "s = 1" in shown(size(512, 504), 1)
    assert "conv ?" in shown(through("conv ?, pool 2", "28", "12"), 1)
    assert "Conv2d(3, 8, 5)" in shown(count("Conv2d(3, 8, 5), ReLU()"), 1)


def test_only_layers_that_multiply_have_a_law_for_work() -> None:
    work = "\n".join(render(hint(count("Conv2d(3, 8, 5), ReLU(), MaxPool2d(2)", "3x20x20"), 4, "macs"), "text"))
    assert "Conv2d: 16·16·8·3·5·5" in work
    assert "ReLU" not in work


def test_where_no_padding_does_it_a_hint_says_so() -> None:
    page = re.sub(r"\s+", " ", shown(size(300, 100, kernel=3), 2))
    assert "No padding alone does it: another number of the layer has to change as well." in page
