"""Hints: one at a time, and never the answer before its turn."""

import pytest

from calc import compare, convolve, count, pool, size, through, transpose
from calc.errors import Impossible
from calc.hints import LEVELS, hint
from calc.question import Question
from explain import render

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
