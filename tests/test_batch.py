"""Many answers marked: as one by one, none lost, and a summary of what went wrong."""

import csv
import json
import random
from pathlib import Path

import pytest

from calc import Impossible, count, size
from calc.marking.batch import Answered, Summary, Unreadable, brief, judged, marker
from calc.marking.front import mark
from explain.asking import question
from tests.test_cli import Run

POOL = "shape --in 508 --pool --kernel 2"
SOBEL = "conv --image '1 0 2 3 1; 3 2 0 7 0; 0 6 1 1 4' --kernel sobel"
NET = "Conv2d(3, 32, 5), Conv2d(32, 64, 3)"
RIGHT = [-2, 1, -11, 2, 13, -10, 4, -8, -2, 18, -14, 1, 5, -6, 9]


def spelled(cells: list[int]) -> str:
    return "; ".join(" ".join(map(str, cells[i : i + 5])) for i in (0, 5, 10))


def test_maps_are_judged_together_as_one_by_one() -> None:
    drawn, asked, answers = random.Random(3), question(SOBEL), []
    for kind in range(40):
        cells = [drawn.randint(-20, 20) for _ in RIGHT] if kind % 4 == 0 else [-x if kind % 2 else x for x in RIGHT]
        if kind % 3 == 0:
            cells[drawn.randrange(15)] *= -1
        answers.append(spelled(cells))
    together = marker(asked).judge(answers)
    alone = [brief(mark(asked, answer).verdict) for answer in answers]
    assert [(each.outcome, each.causes) for each in together] == [(each.outcome, each.causes) for each in alone]
    assert {each.outcome for each in together} == {"right", "wrong"}


@pytest.mark.parametrize(
    "asked",
    [count("Conv2d(3, 32, 5), BatchNorm2d(32), Conv2d(32, 64, 3)"), size(508, kernel=2, pool=True), size(512, 504)],
)
def test_numbers_are_judged_together_as_one_by_one(asked: count) -> None:  # type: ignore[valid-type]
    answers = [str(n) for n in (*range(600), 20992, 21056, 2432, 20928, 20929, 21120, 210992, 1234567)]
    together = marker(asked).judge(answers)
    alone = [brief(mark(asked, answer).verdict) for answer in answers]
    assert [(each.outcome, each.causes) for each in together] == [(each.outcome, each.causes) for each in alone]


def test_no_row_is_lost_and_bad_ones_are_told() -> None:
    rows = [
        Answered(2, POOL, "254", "Ada"),
        Unreadable(3, "the row has no answer"),
        Answered(4, "shape --in", "1", "Ben"),
        Answered(5, POOL, "nonsense(", "Cleo"),
        Answered(6, POOL, "(508-2)/2 = 253\n253 + 1 = 254", "Dan"),
    ]
    told = list(judged(rows, question))
    assert [getattr(each, "line", 0) or each.row.line for each in told] == [2, 3, 4, 5, 6]  # type: ignore[union-attr]
    assert isinstance(told[2], Unreadable)
    assert told[2].student == "Ben"
    outcomes = [each.verdict.outcome for each in told if not isinstance(each, Unreadable)]
    assert outcomes == ["right", "unreadable", "right"]


def test_a_summary_counts_each_cause_once_an_answer() -> None:
    summary = Summary()
    for each in judged([Answered(i, POOL, answer) for i, answer in enumerate(("254", "253", "253", "17"))], question):
        summary.add(each)
    assert summary.outcomes == {POOL: {"right": 1, "wrong": 3}}
    assert summary.causes == {POOL: {"first-window-forgotten": 2, "": 1}}
    assert summary.derivation().answer["right"] == 1


def test_a_file_of_answers_is_marked_into_another(tmp_path: Path, run: Run) -> None:
    answers, verdicts = tmp_path / "a.csv", tmp_path / "v.csv"
    answers.write_text(
        f'student;question;answer\nAda;{POOL};254\nBen;{POOL};\n"=cmd";{POOL};253\n', encoding="utf-8-sig"
    )
    code, out, _ = run("mark", str(answers), "-o", str(verdicts))
    assert code == 0
    assert "Skipped: line 3: the row has no answer." in out
    with verdicts.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["outcome"], row["causes"]) for row in rows] == [
        ("Ada", "right", ""),
        ("Ben", "skipped", ""),
        ("'=cmd", "wrong", "first-window-forgotten"),
    ]


def test_lines_of_json_are_marked(tmp_path: Path, run: Run) -> None:
    answers, verdicts = tmp_path / "a.jsonl", tmp_path / "v.jsonl"
    lines = [
        json.dumps({"question": SOBEL, "answer": [RIGHT[:5], RIGHT[5:10], RIGHT[10:]], "student": "Ada"}),
        "{",
        json.dumps({"question": "params 'Conv2d(3, 32, 5)'", "answer": {"total": 832}}),
        json.dumps({"question": POOL}),
    ]
    answers.write_text("\n".join(lines))
    assert run("mark", str(answers), "-o", str(verdicts))[0] == 0
    told = [json.loads(line) for line in verdicts.read_text().splitlines()]
    assert [each["outcome"] for each in told] == ["right", "skipped", "wrong", "skipped"]
    assert told[2]["causes"] == ["input-channels-forgotten"]
    assert told[3]["says"] == "the row has no answer"


def test_a_file_without_the_columns_is_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "a.csv").write_text("who,what\nAda,254\n")
    code, _, said = run("mark", str(tmp_path / "a.csv"))
    assert code == 2
    assert "has no column “question”" in said


def test_a_question_in_a_file_runs_no_python_unless_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("raise SystemExit('ran')\n")
    with pytest.raises(Impossible) as refused:
        question(f"params {tmp_path / 'model.py'}", run=False)
    assert "ran" not in str(refused.value).replace("runs", "")


def test_no_answer_out_of_a_file_is_read_as_the_name_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.txt").write_text(spelled(RIGHT))
    (tmp_path / "1").write_text(spelled(RIGHT))
    names = ("right.txt", str(tmp_path / "right.txt"), "1", "gone.csv")
    told = list(judged([Answered(i, SOBEL, name) for i, name in enumerate(names)], question))
    assert [each.verdict.outcome for each in told if not isinstance(each, Unreadable)] == [
        *["unreadable"] * 2,
        "wrong",
        "unreadable",
    ]
    assert mark(question(SOBEL), "right.txt").right  # as it is where the learner names a file


def test_the_verdicts_of_a_batch_say_numbers_as_those_of_one_answer_do() -> None:
    for asked, reply in ((count(NET), "1234567"), (size(508, kernel=2, pool=True), "-3"), (question(SOBEL), "-1 2")):
        assert marker(asked).judge([reply])[0].says == brief(mark(asked, reply).verdict).says


def test_an_answer_is_judged_by_what_the_columns_ask(run: Run) -> None:
    asked = ("params", "Conv2d(3, 8, 3)", "--input", "3x8x8")
    assert run(*asked, "--columns", "macs", "--answer", "7776")[0] == 0
    assert run(*asked, "--columns", "name,flops", "--answer", "15552")[0] == 0
    code, out, _ = run(*asked, "--columns", "macs", "--answer", "224")
    assert code == 1
    assert "7 776" in out
    assert run(*asked, "--columns", "name,parameters,macs", "--answer", "224")[0] == 0
    assert run(*asked, "--answer", "224")[0] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_file_is_read_however_a_spreadsheet_saves_it(tmp_path: Path, run: Run, encoding: str, suffix: str) -> None:
    answers, verdicts = tmp_path / f"a{suffix}", tmp_path / "v.csv"
    rows = [{"question": POOL, "answer": answer, "student": "André"} for answer in ("254", "254", "253")]
    lines = ["question,answer,student", *(",".join(row.values()) for row in rows)]
    if suffix == ".jsonl":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    answers.write_bytes("\n".join(lines).encode(encoding))
    assert run("mark", str(answers), "-o", str(verdicts))[0] == 0
    with verdicts.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert [(row["student"], row["outcome"]) for row in told] == [
        ("André", each) for each in ("right", "right", "wrong")
    ]


def test_what_no_text_holds_ends_no_batch(tmp_path: Path, run: Run) -> None:
    answers, verdicts = tmp_path / "a.jsonl", tmp_path / "v.csv"
    lines = [
        json.dumps({"question": POOL, "answer": "\ud800", "student": "\ud800"}),
        f'{{"question": "{POOL}", "answer": {"9" * 100_000}}}',
        json.dumps({"question": "shape --help", "answer": "1"}),
        json.dumps({"question": POOL, "answer": 254}),
    ]
    answers.write_text("\n".join(lines))
    assert run("mark", str(answers), "-o", str(verdicts))[0] == 0
    with verdicts.open(encoding="utf-8", newline="") as file:
        told = [row["outcome"] for row in csv.DictReader(file)]
    assert told == ["unreadable", "skipped", "skipped", "right"]


def test_a_verdict_of_a_batch_says_that_the_working_is_not_right() -> None:
    told = marker(question(POOL)).judge(["[(502-2+0)/2]+1 = 254"])[0]
    assert told.outcome == "right"
    assert told.says.startswith("the result is right, but the working is not: ")


def test_a_question_that_needs_its_file_to_run_says_how_to_let_it(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("raise SystemExit('ran')\n")
    with pytest.raises(Impossible, match="run it with --run"):
        question(f"params {tmp_path / 'model.py'} --input 3x32x32", run=False)


def test_questions_are_numbered_though_rows_are_skipped(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "class.csv"
    path.write_text("question,answer\nshape --in 508 --pool --kernel 2,254\nshape --in 64 --kernel 3,62\n")
    _, whole, _ = run("mark", str(path))
    path.write_text(path.read_text() + "shape --in 64 --kernel 3,\nshape --in 64 --kernel 5,\n")
    _, skipped, _ = run("mark", str(path))
    parts = whole.partition(" 1  shape")
    assert parts[1]
    assert parts[2] in skipped
    assert "Skipped: 2 rows, the first in line 4: the row has no answer." in skipped


@pytest.mark.parametrize("option", ["--answer 9", "--hint", "--hint 2", "--quiz", "-o page.html"])
def test_a_question_to_be_marked_asks_for_nothing_else(option: str, run: Run) -> None:
    code, _, said = run("mark", f"shape --in 64 --kernel 3 {option}", "62")
    assert code == 2
    assert f"leave {option.split()[0]} out" in said
