"""Answers of several lines in a practice: a pasted map is one answer, and no line of it is lost."""

from random import Random

import pytest

from calc.counting import Count
from calc.derivation import Derivation
from calc.exact import Cells
from calc.practice.course import course
from calc.practice.items import Item
from calc.practice.topics import draw
from calc.progress_store import Attempt, Store, now
from explain import render
from explain.session import Session
from tests.test_practice import practise, replied, right

MAPS = [(name, level) for name in ("convolution", "cross-correlation", "pooling", "transposed") for level in (1, 2, 3)]


class Lines:
    """A learner who types these lines, and what is said to them."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.prompts: list[str] = []
        self.said: list[str] = []
        self.pages: list[str] = []

    def show(self, page: Derivation) -> None:
        self.pages.append("\n".join(render(page, "text")))

    def say(self, line: str) -> None:
        self.said.append(line)

    def pause(self) -> None:
        pass

    def ask(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.lines.pop(0) if self.lines else None


def session(
    topic: str, seed: int, *lines: str, level: int | None = None, count: int = 1
) -> tuple[Lines, list[Attempt]]:
    """A session whose learner types those lines, and what was recorded of it."""
    talk, store = Lines(list(lines)), Store.in_memory()
    Session(course([topic], level, (), now(), seed), store, talk, count).run()
    return talk, store.attempts()


def posed(topic: str, seed: int, level: int | None = None) -> Item:
    return course([topic], level, (), now(), seed).next()


def rows(item: Item) -> list[str]:
    return right(item).split("; ")


def as_nested(lines: list[str]) -> list[str]:
    inner = [f"[{', '.join(line.split())}]" for line in lines]
    return [f"[{inner[0]},", *(f" {line}," for line in inner[1:-1]), f" {inner[-1]}]"]


SPELLED = {
    "rows": lambda lines: lines,
    "commas": lambda lines: [", ".join(line.split()) for line in lines],
    "semicolons": lambda lines: [f"{line};" for line in lines],
    "brackets of its own": lambda lines: [f"[{', '.join(line.split())}]" for line in lines],
    "nested": as_nested,
    "numpy": lambda lines: [f"array([[{lines[0]}],", *(f"       [{line}]," for line in lines[1:-1]), f"       [{lines[-1]}]])"],
    "latex": lambda lines: ["\\begin{bmatrix}", *(" & ".join(line.split()) + " \\\\" for line in lines), "\\end{bmatrix}"],
    "table": lambda lines: [f"| {' | '.join(line.split())} |" for line in lines],
    "one line": lambda lines: ["; ".join(lines)],
}  # fmt: skip


@pytest.mark.parametrize("spelled", SPELLED)
@pytest.mark.parametrize(("name", "level"), MAPS)
def test_a_map_of_several_lines_is_one_answer(name: str, level: int, spelled: str) -> None:
    for seed in range(3):
        item = posed(name, seed, level)
        lines = rows(item)
        if len(lines) < 2:
            continue
        pasted = SPELLED[spelled](lines)
        talk, attempts = session(name, seed, *pasted, level=level)
        assert [each.outcome for each in attempts] == ["right"], (item.line, pasted)
        assert talk.lines == []
        assert len(talk.prompts) == len(pasted)


@pytest.mark.parametrize(("name", "level"), MAPS)
def test_a_map_of_another_size_ends_with_an_empty_line(name: str, level: int) -> None:
    item = posed(name, 2, level)
    shape = item.question.answer.shape  # type: ignore[attr-defined]
    for wrong in item.question.mistaken():
        if isinstance(wrong.answer, Cells) and wrong.answer.shape[-1] != shape[-1]:
            lines = replied(wrong.answer).split("; ")
            talk, attempts = session(name, 2, *lines, "", "q", level=level)
            assert [each.outcome for each in attempts] == ["wrong"], lines
            assert attempts[0].answer == "; ".join(lines)
            assert talk.lines == []


def test_the_prompt_says_which_row_comes_and_not_how_many_there_are() -> None:
    item = posed("convolution", 3, 2)
    talk, _ = session("convolution", 3, *rows(item), level=2)
    assert talk.prompts[0].startswith("Answer (rows on lines, or parted by ;): ")
    assert talk.prompts[1:] == ["Row 2 (an empty line ends the answer): ", "Row 3 (an empty line ends the answer): "]


def test_words_work_between_rows_and_the_rows_stay() -> None:
    item = posed("convolution", 3, 2)
    first, *rest = rows(item)
    talk, attempts = session("convolution", 3, first, "?", *rest, level=2)
    assert [(each.outcome, each.hints) for each in attempts] == [("right", 1)]
    assert talk.prompts[1] == talk.prompts[2]
    for word, outcome in (("!", "shown"), ("skip", "skipped")):
        _, attempts = session("convolution", 3, first, word, level=2)
        assert [each.outcome for each in attempts] == [outcome]
    assert session("convolution", 3, first, "q", "1", level=2)[1] == []


def test_a_line_that_is_no_row_is_said_at_once_and_the_rows_stay() -> None:
    item = posed("convolution", 3, 2)
    first, *rest = rows(item)
    talk, attempts = session("convolution", 3, first, "what?", *rest, level=2)
    assert [each.outcome for each in attempts] == ["right"]
    assert [line for line in talk.said if line.startswith("✗ “what?” is no matrix")]


def test_rows_that_are_not_alike_are_no_answer_and_do_not_count() -> None:
    item = posed("convolution", 3, 2)
    first, *rest = rows(item)
    talk, attempts = session("convolution", 3, first, "1 2", "", first, *rest, level=2)
    assert [each.outcome for each in attempts] == ["right"]
    assert any("row 2 has 2 numbers" in line for line in talk.said)


def test_the_end_of_the_input_ends_the_map() -> None:
    _, attempts = session("convolution", 3, "7 7", level=2)
    assert [(each.outcome, each.answer) for each in attempts] == [("wrong", "7 7")]


def test_two_maps_in_a_row_over_a_pipe() -> None:
    item = posed("pooling", 5, 1)
    other = "\n".join("9 9" for _ in rows(item))
    ended = practise(
        "pooling", "--seed", "5", "--level", "1", "--count", "1", answers=f"{other}\n" + "\n".join(rows(item))
    )
    assert ended.stderr == ""
    assert ended.stdout.count("not right") == 1
    assert "The answer is right" in ended.stdout


def table(item: Item) -> list[str]:
    """The parameters of every layer and the total, as a pasted table."""
    counted = item.question
    assert isinstance(counted, Count)
    return [f"{row.call.name} | {row.parameters}" for row in counted.rows] + [f"total | {counted.parameters}"]


def test_a_table_of_layers_is_one_answer() -> None:
    item = posed("parameters", 4, 3)
    lines = table(item)
    for pasted in (lines, ["layer | parameters", "---|---", *lines], [*lines[:-1], ""]):
        talk, attempts = session("parameters", 4, *pasted, level=3)
        assert [each.outcome for each in attempts] == ["right"], pasted
        assert talk.lines == []


def test_a_layer_that_cannot_be_read_is_said_at_once_and_the_rest_stays() -> None:
    first, *rest = table(posed("parameters", 4, 3))
    talk, attempts = session("parameters", 4, first, "5: nonsense", "-----", *rest, level=3)
    assert [each.outcome for each in attempts] == ["right"]
    assert [line for line in talk.said if line.startswith("✗ “5: nonsense” is no answer that can be read")]


def test_a_number_alone_is_a_whole_answer() -> None:
    for name in ("size", "parameters", "layers", "macs", "field", "kernel"):
        item = draw(name, 3, Random(1))
        assert not item.goes_on([right(item)])


def test_sizes_after_each_layer_on_lines() -> None:
    item = posed("layers", 4, 2)
    sizes = [at.output[-1] for at in item.question.passed]  # type: ignore[attr-defined]
    pasted = [f"layer {i}: {size}" for i, size in enumerate(sizes, start=1)]
    _, attempts = session("layers", 4, *pasted, level=2)
    assert [each.outcome for each in attempts] == ["right"]


@pytest.mark.parametrize("line", ["[", "(" * 10_000, "\\begin{bmatrix}" * 50, "| |", "1 2\t" * 4_000])
def test_what_never_ends_ends_all_the_same(line: str) -> None:
    _, attempts = session("convolution", 3, *[line] * 2_000, "", "q", level=2)
    assert len(attempts) <= 2


def test_what_a_terminal_hands_over_as_one_paste_is_one_answer() -> None:
    """Where pasting is bracketed, line breaks come within one reply."""
    item = posed("convolution", 3, 2)
    _, attempts = session("convolution", 3, "\n".join(rows(item)), level=2)
    assert [each.outcome for each in attempts] == ["right"]
    counted = posed("parameters", 4, 3)
    _, attempts = session("parameters", 4, "\n".join(table(counted)), level=3)
    assert [each.outcome for each in attempts] == ["right"]
