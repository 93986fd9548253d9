"""Practice: questions on which wrong rules show, sessions over a pipe, and which question comes next."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from calc.concepts.base import Concept
from calc.errors import Impossible
from calc.exact import Cells
from calc.feature_maps import FeatureMaps
from calc.practice.course import APART, Course, course
from calc.practice.items import Item, plain, telling, wrong_answers
from calc.practice.topics import LEVELS, NAMES, TOPICS, draw, listing, topic
from calc.practice.veil import veiled
from calc.progress_store import Due, now
from calc.sizing import Size
from calc.stack import Stack
from explain import render
from explain.asking import question
from tests.test_cli import Run

EVERY = [(name, level) for name in NAMES for level in LEVELS]
SEEDS = range(4)


def shown(item: Item) -> str:
    return "\n".join(render(item.prompt, "text"))


def replied(wrong: object) -> str:
    """An answer to a feature map as one types it."""
    assert isinstance(wrong, Cells)
    numbers = wrong.nested()
    rows = [list(row) for plane in (numbers if len(wrong.shape) == 3 else [numbers]) for row in plane]
    return "; ".join(" ".join(str(x) for x in row) for row in rows)


def right(item: Item) -> str:
    """The right answer as a learner types it."""
    asked = item.question
    if isinstance(asked, FeatureMaps):
        return replied(asked.answer)
    if item.asks == "field":
        assert isinstance(asked, Stack)
        return str(asked.fields[0][-1].size)
    if item.asks == "macs":
        return str(asked.answer["macs"])
    if isinstance(asked, Concept):
        return " and ".join(asked.answer)
    answer = asked.answer
    key = asked.unknown if isinstance(asked, Size) else "out" if isinstance(asked, Stack) else "parameters"
    value = answer[key]
    return "x".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_questions_tell_wrong_rules_apart(name: str, level: int) -> None:
    for seed in SEEDS:
        item = draw(name, level, Random(seed))
        assert telling(item.draft, item.wrong), item.line
        assert set(item.draft.points) <= set(item.wrong), item.line
        if isinstance(item.question, FeatureMaps):
            assert len(set(item.question.answer.numerators.reshape(-1).tolist())) > 1, item.line


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_the_line_asks_the_same_and_the_right_answer_is_right(name: str, level: int) -> None:
    for seed in SEEDS:
        item = draw(name, level, Random(seed))
        assert str(question(item.line).data()) == str(item.question.data())
        assert item.mark(right(item)).verdict.outcome == "right", item.line


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_a_seed_draws_the_same_question_again(name: str, level: int) -> None:
    first, second = (draw(name, level, Random(11)) for _ in range(2))
    assert first.line == second.line
    assert shown(first) == shown(second)
    assert len({draw(name, level, Random(seed)).line for seed in range(8)}) > 2


@pytest.mark.parametrize("name", ["convolution", "cross-correlation", "pooling", "transposed"])
def test_what_a_wrong_rule_answers_is_marked_as_that(name: str) -> None:
    for level in LEVELS:
        item = draw(name, level, Random(3))
        for wrong in item.question.mistaken():
            if wrong.name in item.draft.points:
                marked = item.mark(replied(wrong.answer))
                assert wrong.name in {cause.name for each in marked.verdict.explanations for cause in each.causes}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_kernel_is_never_its_own_half_turn_where_flipping_is_the_point(seed: int) -> None:
    for level in LEVELS:
        item = draw("convolution", level, Random(seed))
        answers = {wrong.name: plain(wrong.answer) for wrong in item.question.mistaken()}
        assert answers["not-flipped"] != answers.get("signs-changed")
        assert "not-flipped" in item.told


@pytest.mark.parametrize("seed", range(20))
def test_padding_and_rounding_count_where_they_are_the_point(seed: int) -> None:
    plain_size = draw("size", 1, Random(seed)).question
    assert isinstance(plain_size, Size)
    given = dict(plain_size.given)
    assert given["padding"][0] > 0
    assert plain_size.answer["out"] != given["in"][0]
    item = draw("size", 2, Random(seed))
    assert isinstance(item.question, Size)
    given = {name: values[0] for name, values in item.question.given}
    room = given["in"] + 2 * given.get("padding", 0) - given["kernel"]
    assert room % given["stride"] != 0


def test_a_rule_that_tells_nothing_apart_is_noticed() -> None:
    symmetric = question("conv --image '1 2 3; 4 5 6; 7 8 9' --kernel '1 2 1; 2 4 2; 1 2 1'")
    wrong = wrong_answers(symmetric, "")
    draft = draw("convolution", 2, Random(1)).draft
    assert "not-flipped" not in wrong
    assert not telling(draft._replace(question=symmetric), wrong)


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_the_prompt_and_the_first_verdict_keep_the_answer(name: str, level: int) -> None:
    item = draw(name, level, Random(4))
    answer = right(item)
    asked = item.question
    rows = answer.split("; ") if isinstance(asked, FeatureMaps) else [answer]
    said = {line.strip() for line in shown(item).splitlines()}
    if isinstance(asked, FeatureMaps):
        first = "\n".join(render(veiled(item.mark(" ".join(["7"] * len(rows[0].split())))), "text"))
        assert "is right" not in first.replace("are right", "").replace("is right.", "")
    elif isinstance(asked, Concept):
        wrong = next(numeral for numeral, choice in asked.lettered if not choice.right)
        first = "\n".join(render(veiled(item.mark(wrong)), "text"))
        assert asked.because[:40] not in first
        assert "✓" not in first
    else:
        assert item.prompt.headline == ()
        wrong = item.mark(str(int(answer.split("x")[0]) + 1))
        first = "\n".join(render(veiled(wrong), "text"))
        assert f": {answer}" not in first
    assert not any(row in said for row in rows if " " in row)


def test_a_mistake_brings_a_question_on_which_it_shows() -> None:
    way = course(["convolution"], None, (), now(), 5)
    first = way.next()
    way.heard(first, right=False, causes=["flipped-up-down-only"])
    second = way.next()
    assert (second.topic, second.level) == (first.topic, first.level)
    assert "flipped-up-down-only" in second.told
    assert second.line != first.line
    way.heard(second, right=True)
    assert way.next().level == 2


def test_a_concept_is_not_asked_twice_in_a_row() -> None:
    way = course(["concepts"], 1, (), now(), 3)
    first = way.next()
    way.heard(first, right=False, causes=first.draft.points[:1])
    assert way.next().line != first.line


def test_a_mistake_does_not_come_back_for_ever() -> None:
    way = course([], None, (), now(), 5)
    for _ in range(4):
        item = way.next()
        way.heard(item, right=False)
        if way.chosen().why != "mistake":
            return
    seen = [way.chosen().why]
    for _ in range(10):
        item = way.next()
        way.heard(item, right=False)
        seen.append(way.chosen().why)
    assert set(seen) != {"mistake"}


def test_what_is_due_comes_before_what_is_new() -> None:
    began = now()
    due = [
        Due("macs", "level 2", began - timedelta(days=2)),
        Due("field", "strides-ignored", began - timedelta(days=1)),
        Due("field", "level 2", began + timedelta(days=1)),
    ]
    way = Course(NAMES, None, due, began, Random(1))
    first = way.next()
    assert (first.topic, first.level) == ("macs", 2)
    way.heard(first, right=True)
    second = way.next()
    assert (second.topic, second.level) == ("field", 2)
    assert "strides-ignored" in second.told
    way.heard(second, right=True)
    assert way.chosen().why == "new"


def test_the_level_that_is_said_is_kept() -> None:
    way = course(["size"], 3, (), now(), 1)
    for _ in range(4):
        item = way.next()
        assert item.level == 3
        way.heard(item, right=True)
    with pytest.raises(Impossible, match="there is no level 4: they go from 1 to 3"):
        course([], 4, (), now(), 1)


def test_topics_are_found_by_how_they_begin_and_suggested() -> None:
    assert topic("conv").name == "convolution"
    assert topic("Macs").name == "macs"
    with pytest.raises(Impossible, match="there is no topic “paramters”: did you mean parameters"):
        topic("paramters")
    with pytest.raises(Impossible, match=r"there is no topic “p”\. The topics are convolution, cross-correlation"):
        topic("p")
    assert all(each.name in "\n".join(render(listing(), "text")) for each in TOPICS)


def practise(*words: str, answers: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """A session over a pipe."""
    kept = ["--data", str(folder)] if folder else ["--no-record"]
    return subprocess.run(
        [sys.executable, "-m", "explain", "practice", *words, *kept, "--plain"],
        input=answers,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(Path(__file__).parents[1])},
        check=False,
    )


def test_a_session_over_a_pipe() -> None:
    item = course(["size"], 1, (), now(), 3).next()
    ended = practise("size", "--seed", "3", "--count", "1", "--level", "1", answers=f"?\nnonsense\n{right(item)}\n")
    assert ended.returncode == 0, ended.stderr
    assert shown(item).strip() in ended.stdout
    assert "Hint 2" in ended.stdout
    assert "✗ “nonsense”" in ended.stdout
    assert f"{right(item)} is right" in ended.stdout
    assert "1 of 1 question right at once" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_a_wrong_answer_may_be_tried_once_more() -> None:
    item = course(["field"], 1, (), now(), 4).next()
    wrong = int(right(item)) + 1
    once = practise("field", "--seed", "4", "--count", "1", answers=f"{wrong}\n{right(item)}\n")
    assert "Once more" in once.stdout
    assert f"{wrong} is not right" in once.stdout.partition("Once more")[0]
    assert right(item) not in once.stdout.partition("Once more")[0].partition("Answer")[2].split()
    assert "0 of 1 question right at once" in once.stdout
    twice = practise("field", "--seed", "4", "--count", "1", answers=f"{wrong}\n{wrong}\n")
    assert "What does one output of" in twice.stdout.partition("Once more")[2]


@pytest.mark.parametrize("ending", ["", "q\n", "Quit\n"])
def test_the_end_of_the_input_ends_it_cleanly(ending: str) -> None:
    ended = practise("pooling", "--seed", "1", answers=ending)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Nothing was answered." in ended.stdout


def test_the_solution_and_what_is_skipped() -> None:
    ended = practise("kernel", "--seed", "2", answers="!\nskip\nsolution\n")
    assert ended.stdout.count("law      ") >= 2
    assert "0 of 2 questions right at once" in ended.stdout


def test_a_session_is_the_same_with_the_same_seed() -> None:
    answers = "1\n2\n3\n4\nskip\n?\n!\n"
    first, second = (practise("--seed", "9", answers=answers).stdout for _ in range(2))
    assert first == second
    assert practise("--seed", "10", answers=answers).stdout != first


@pytest.mark.parametrize(
    "answer", ["9**9**9", "(" * 10_000, "__import__('os')", "\x00\x1b[31m", "NaN", "1e999999", "٣", "½"]
)
def test_hostile_answers_are_one_sentence_and_do_not_count(answer: str) -> None:
    for name in ("size", "convolution", "parameters"):
        ended = practise(name, "--seed", "2", answers=f"{answer}\nq\n")
        assert ended.returncode == 0
        assert ended.stderr == ""
        assert "Traceback" not in ended.stdout
        assert "\x1b" not in ended.stdout


def test_nobody_reads_on() -> None:
    words = [sys.executable, "-m", "explain", "practice", "size", "--no-record"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as session:
        assert session.stdin
        assert session.stdout
        assert session.stderr
        session.stdout.readline()
        session.stdout.close()
        session.stdin.write("1\n1\n1\n1\n")
        session.stdin.close()
        assert session.wait(timeout=120) == 0
        assert session.stderr.read() == ""


def test_what_cannot_be_practised_is_refused(run: Run) -> None:
    code, _, err = run("practice", "convolutoin")
    near = "✗ there is no topic “convolutoin”: did you mean convolution or pooling?"
    assert (code, err) == (2, f"{near} The topics are {', '.join(NAMES[:-1])} and {NAMES[-1]}\n")
    assert run("practice", "size", "--count", "0")[0] == 2
    assert run("practice", "size", "--level", "7", "--no-record")[0] == 2
    code, out, _ = run("practice", "--topics")
    assert code == 0
    assert "cross-correlation" in out


def test_an_answer_at_the_prompt_names_no_file(tmp_path: Path) -> None:
    item = draw("convolution", 1, Random(3))
    (tmp_path / "key.txt").write_text("1 2\n3 4\n")
    with pytest.raises(Impossible, match="is no"):
        item.mark(str(tmp_path / "key.txt"))


def test_a_verdict_does_not_repeat_the_question_that_was_just_read() -> None:
    item = course(["size"], 1, (), now(), 3).next()
    asked = shown(item).splitlines()[0]
    wrong = str(int(right(item)) + 3)
    told = practise("size", "--seed", "3", "--level", "1", "--count", "1", answers=f"{wrong}\n{wrong}\n").stdout
    assert told.count(asked) == 2  # the question and its solution
    assert "worked solution: the same question" not in told


def test_the_solution_of_a_concept_is_told_once() -> None:
    item = course(["concepts"], 1, (), now(), 3).next()
    assert isinstance(item.question, Concept)
    wrong = [numeral for numeral, choice in item.question.lettered if not choice.right]
    answers = "\n".join((wrong * 2)[:2]) + "\n"
    told = practise("concepts", "--seed", "3", "--level", "1", "--count", "1", answers=answers).stdout
    assert " ".join(told.split()).count(item.question.because[:40]) == 1


@pytest.mark.parametrize("word", ["", "??", "help"])
def test_the_keys_are_told_again(word: str) -> None:
    told = practise("size", "--seed", "3", answers=f"{word}\nq\n").stdout
    assert told.count("? a hint · ! the solution · skip · q to stop") == 2


def test_after_a_mistake_comes_a_question_that_shows_it_or_another_thing() -> None:
    """What is said to follow a mistake does, and a concept comes again, but not at once."""
    for seed in range(4):
        way = course(["concepts", "pooling", "size"], None, (), now(), seed)
        wrong: list[tuple[int, str]] = []
        for number in range(24):
            item = way.next()
            if way.why == "mistake":
                shown_by = [causes for _, causes in wrong if set(causes.split()) <= set(item.wrong)]
                assert shown_by, item.line
            missed = number % 3 == 0 and bool(item.wrong)
            causes = sorted(item.wrong)[:1] if missed else []
            if missed:
                wrong.append((number, " ".join(causes)))
            way.heard(item, right=not missed, causes=causes)


def test_the_same_concept_comes_back_after_others() -> None:
    for seed in range(4):
        way = course(["concepts", "size"], 1, (), now(), seed)
        first = way.next()
        while not isinstance(first.question, Concept):
            way.heard(first, right=True)
            first = way.next()
        missed = sorted(first.wrong)[0]
        way.heard(first, right=False, causes=[missed])
        seen: list[Item] = []
        for _ in range(APART + 1):
            seen.append(way.next())
            way.heard(seen[-1], right=True)
        showing = [i for i, item in enumerate(seen) if missed in item.wrong]
        assert showing
        assert seen[showing[0]].line != first.line or showing[0] == APART
