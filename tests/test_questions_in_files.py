"""Questions in a file of answers or a worksheet, which strangers may have written: which files they may name."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.test_cli import Run

SECRET = "31415"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of questions, with files below it, and a secret beside it."""
    (tmp_path / "secret.txt").write_text(f"{SECRET} 2\n3 4\n")
    np.save(tmp_path / "secret.npy", np.array([[int(SECRET), 2], [3, 4]]))
    Image.fromarray(np.full((2, 2), 77, np.uint8)).save(tmp_path / "secret.png")
    inside = tmp_path / "questions"
    (inside / "more").mkdir(parents=True)
    (inside / "image.txt").write_text("1 2\n3 4\n")
    (inside / "more" / "image.txt").write_text("1 2\n3 4\n")
    (inside / "chain.txt").write_text("conv 3, pool 2\n")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "linked").symlink_to(tmp_path)
    (inside / "here.txt").symlink_to(inside / "image.txt")
    (inside / "circle.txt").symlink_to(inside / "circle.txt")
    return inside


NAMED = {
    "absolute": "conv --image {outside}/secret.txt --kernel 1",
    "absolute, below": "conv --image {inside}/image.txt --kernel 1",
    "..": "conv --image ../secret.txt --kernel 1",
    ".. within": "conv --image more/../image.txt --kernel 1",
    "a link": "conv --image link.txt --kernel 1",
    "a folder's link": "conv --image linked/secret.txt --kernel 1",
    "an array": "conv --image ../secret.npy --kernel 1",
    "an array's link": "conv --image linked/secret.npy --kernel 1",
    "a picture": "conv --image ../secret.png --kernel 1",
    "a device": "conv --image /dev/zero --kernel 1",
    "a kernel": "conv --image '1 2; 3 4' --kernel ../secret.txt",
    "a pooling": "pool --image ../secret.txt --kernel 2",
    "a transposed one": "transposed --image '1' --kernel linked/secret.txt",
    "a network": "params /etc/passwd",
    "a network by ..": "params ../secret.txt",
    "a file that is not there": "params /etc/there-is-none",
    "Python": "params ../model.py",
    "Python, by name": "params linked/model.py:Net",
    "weights": "params /nowhere/weights.pt",
    "a chain": "shape ../secret.txt --in 9",
    "the other chain": "shape 'conv 3' --compare linked/secret.txt --in 9",
}
STANDARD_INPUT = ("conv --image - --kernel 1", "conv --image '1 2' --kernel -", "params -", "pool --image - --kernel 2")
BELOW = {
    "conv --image image.txt --kernel 1": "1 2; 3 4",
    "conv --image more/image.txt --kernel 1": "1 2; 3 4",
    "conv --image ./here.txt --kernel 1": "1 2; 3 4",
    "shape chain.txt --in 10": "4",
    "params 'Conv2d(3, 32, 5)'": "2432",
    "conv --image '1 2; 3 4' --kernel identity": "1 2; 3 4",
}


def told(run: Run, folder: Path, questions: dict[str, str], *words: str) -> list[dict[str, str]]:
    """The verdicts on a file with these questions and answers."""
    file = folder / "answers.jsonl"
    file.write_text(
        "".join(json.dumps({"question": asked, "answer": answer}) + "\n" for asked, answer in questions.items())
    )
    verdicts = folder / "verdicts.jsonl"
    code, _, _ = run("mark", str(file), "-o", str(verdicts), *words)
    assert code == 0
    return [json.loads(line) for line in verdicts.read_text().splitlines()]


def sheet(run: Run, folder: Path, command: str, *words: str) -> tuple[int, str, str]:
    """A worksheet of one question, solved."""
    file = folder / "sheet.md"
    file.write_text(f"```cnncalc\n{command}\n```\n")
    return run("solve", str(file), "--no-check", "--format", "text", *words)


@pytest.mark.parametrize("name", NAMED)
def test_files_elsewhere_are_refused_in_both(run: Run, folder: Path, name: str) -> None:
    command = NAMED[name].format(outside=folder.parent, inside=folder)
    (row,) = told(run, folder, {command: "7"})
    code, out, err = sheet(run, folder, command)
    assert row["outcome"] == "skipped"
    assert code == 2
    for said in (row["says"], err):
        assert (
            "is refused: a question in a file names files below its folder, without ..; --run trusts it with others"
            in said
        )
        assert SECRET not in said + out
        assert "root:" not in said


@pytest.mark.parametrize("command", STANDARD_INPUT)
@pytest.mark.parametrize("words", [(), ("--run",)])
def test_there_is_no_standard_input(run: Run, folder: Path, command: str, words: tuple[str, ...]) -> None:
    (row,) = told(run, folder, {command: "7"}, *words)
    for said in (row["says"], sheet(run, folder, command, *words)[2]):
        assert "a question in a file has no standard input: name a file, or write the numbers" in said


def test_files_below_are_read_from_the_folder_of_the_file(run: Run, folder: Path) -> None:
    rows = told(run, folder, BELOW)
    assert [row["outcome"] for row in rows] == ["right"] * len(rows), rows
    for command in BELOW:
        assert sheet(run, folder, command)[0] == 0


def test_refused_rows_are_told_and_the_others_are_judged(run: Run, folder: Path) -> None:
    rows = told(run, folder, {"params /etc/passwd": "1", **BELOW, "conv --image circle.txt --kernel 1": "1"})
    assert [row["outcome"] for row in rows] == ["skipped", *["right"] * len(BELOW), "skipped"]


def test_questions_that_are_trusted_name_any_file(run: Run, folder: Path) -> None:
    commands = ["conv --image ../secret.txt --kernel 1", f"conv --image {folder.parent}/secret.npy --kernel 1"]
    rows = told(run, folder, dict.fromkeys(commands, f"{SECRET} 2; 3 4"), "--run")
    assert [row["outcome"] for row in rows] == ["right", "right"]
    assert sheet(run, folder, commands[0], "--run")[0] == 0


def test_one_question_of_the_user_names_any_file(run: Run, folder: Path) -> None:
    assert run("mark", f"conv --image {folder.parent}/secret.txt --kernel 1", f"{SECRET} 2; 3 4")[0] == 0


def test_the_folder_of_work_stays_what_it_was(run: Run, folder: Path) -> None:
    before = os.getcwd()
    told(run, folder, {"params /etc/passwd": "1"} | BELOW)
    sheet(run, folder, "params /etc/passwd")
    assert os.getcwd() == before
    assert run("conv", "--image", str(folder.parent / "secret.txt"), "--kernel", "1", "--no-check")[0] == 0
