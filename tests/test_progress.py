"""The record of practice: whole whatever happens to the program, and what is told of it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calc.errors import Impossible
from calc.progress import mastery, misconceptions, progress
from calc.progress_store import FILE, SCHEMA, Attempt, Store, Unwritable, folder
from explain import render
from explain.data import read
from tests.test_cli import Run
from tests.test_practice import practise

ROOT = Path(__file__).parents[1]
START = datetime(2026, 1, 5, 12, tzinfo=UTC)

RIGHT = Attempt(START, "size", 1, "shape --in 32 --kernel 5", 1, "28", "right", (), ("padding-ignored",))
WRONG = replace(RIGHT, answer="27", outcome="wrong", causes=("first-window-forgotten",))

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from calc.progress_store import Attempt, Store
store = Store.open(Path(sys.argv[1]))
for i in range(int(sys.argv[2])):
    store.record(Attempt(datetime.now(UTC), "size", 1, f"{sys.argv[3]} {i}", 1, str(i), "right"))
    print(i, flush=True)
"""


def writer(where: Path, many: int, name: str) -> "subprocess.Popen[str]":
    """A process that records many attempts and says each that is recorded."""
    words = [sys.executable, "-c", WRITER, str(where), str(many), name]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def test_what_is_recorded_is_read_back(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "new" / "folder")
    store.record(RIGHT)
    store.record(WRONG)
    store.close()
    assert Store.open(tmp_path / "new" / "folder").attempts() == [RIGHT, WRONG]


def test_cards_are_due_the_later_the_better_it_is_known(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.record(WRONG)
    again = {each.name: each.due for each in store.due()}
    assert set(again) == {"level 1", "first-window-forgotten"}
    now = START
    for _ in range(4):
        now += timedelta(days=3)
        store.record(replace(RIGHT, time=now, tells=("first-window-forgotten",)))
    later = {each.name: each.due for each in store.due()}
    assert all(later[name] > now + timedelta(days=1) > again[name] for name in later)
    store.record(replace(WRONG, time=now + timedelta(days=1), attempt=2))
    assert store.due()[0].name == "first-window-forgotten"


def test_only_the_first_answer_counts_and_what_is_skipped_does_not(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.record(replace(RIGHT, outcome="skipped"))
    assert store.due() == []
    store.record(replace(RIGHT, attempt=2))
    assert store.due() == []
    store.record(replace(RIGHT, outcome="shown"))
    assert [each.name for each in store.due()] == ["level 1"]


def test_a_clock_that_is_set_back_does_no_harm(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.record(RIGHT)
    store.record(replace(RIGHT, time=START - timedelta(days=30)))
    assert len(store.attempts()) == 2


def test_two_sessions_at_once(tmp_path: Path) -> None:
    writers = [writer(tmp_path, 40, name) for name in ("a", "b")]
    for each in writers:
        each.communicate(timeout=120)
        assert each.returncode == 0
    lines = [each.line for each in Store.open(tmp_path).attempts()]
    assert sorted(lines) == sorted(f"{name} {i}" for name in ("a", "b") for i in range(40))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
@pytest.mark.parametrize("after", [1, 7, 23])
def test_killed_at_any_moment_nothing_recorded_is_lost(tmp_path: Path, after: int) -> None:
    process = writer(tmp_path, 100_000, "a")
    assert process.stdout
    said = [process.stdout.readline() for _ in range(after)]
    process.kill()
    said += process.stdout.read().splitlines()
    process.wait()
    process.stdout.close()
    store = Store.open(tmp_path)
    lines = [each.line for each in store.attempts()]
    assert lines == [f"a {i}" for i in range(len(lines))]
    assert len(said) <= len(lines) <= len(said) + 1
    store.record(RIGHT)


@pytest.mark.parametrize("damage", ["text", "cut", "holes"])
def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(tmp_path: Path, run: Run, damage: str) -> None:
    store = Store.open(tmp_path)
    for _ in range(50):
        store.record(RIGHT)
    store.close()
    file = tmp_path / FILE
    whole = file.read_bytes()
    broken = {"text": b"no database " * 500, "cut": whole[: len(whole) // 2], "holes": whole[:4096] + b"\xff" * 4096}
    file.write_bytes(broken[damage])
    for words in (("progress",), ("progress", "--erase", "--yes"), ("practice", "size", "--plain")):
        code, out, err = run(*words, "--data", str(tmp_path))
        assert (code, out) == (2, "")
        assert err.startswith(f"✗ {file} is damaged and nothing in it has been changed: move it away")
        assert err.count("\n") == 1
        assert file.read_bytes() == broken[damage]


def test_a_later_version_and_another_program_are_one_sentence(tmp_path: Path, run: Run) -> None:
    Store.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    connection.close()
    code, _, err = run("progress", "--data", str(tmp_path))
    assert (code, err) == (
        2,
        f"✗ {tmp_path / FILE} was written by a later version of cnncalc: update this one, or say another folder with --data\n",
    )
    other = tmp_path / "other"
    other.mkdir()
    connection = sqlite3.connect(other / FILE)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    code, _, err = run("progress", "--data", str(other))
    assert (code, err) == (2, f"✗ {other / FILE} belongs to another program: say another folder with --data\n")


def test_practice_goes_on_where_nothing_can_be_recorded(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = practise("size", "--seed", "1", answers="skip\n", folder=tmp_path / "file" / "folder")
    assert ended.returncode == 0
    assert ended.stdout.startswith("! Not recorded:")
    assert "1 · size" in ended.stdout
    with pytest.raises(Unwritable):
        Store.open(tmp_path / "file" / "folder")


def test_a_record_that_fails_in_the_middle_is_said_once(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("CREATE TRIGGER full BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    connection.commit()
    connection.close()
    ended = practise("size", "--seed", "1", answers="3\n3\n3\n3\n", folder=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout.count("! Not recorded from here on") == 1
    assert "2 questions right at once" in ended.stdout


def test_a_session_is_recorded_answer_by_answer(tmp_path: Path) -> None:
    ended = practise("size", "--seed", "1", answers="3\n4\n!\nskip\n", folder=tmp_path)
    assert f"Recorded in {tmp_path / FILE}:" in " ".join(ended.stdout.split())
    attempts = Store.open(tmp_path).attempts()
    assert [(each.attempt, each.outcome, each.answer) for each in attempts] == [
        (1, "wrong", "3"),
        (2, "wrong", "4"),
        (1, "shown", ""),
        (1, "skipped", ""),
    ]
    assert attempts[0].line == attempts[1].line != attempts[2].line
    assert attempts[0].tells


def many() -> list[Attempt]:
    """Twelve answers: three wrong, then right ones, the last with a hint."""
    wrong = [replace(WRONG, time=START + timedelta(minutes=i)) for i in range(3)]
    right = [
        replace(RIGHT, time=START + timedelta(hours=1, minutes=i), tells=("first-window-forgotten",)) for i in range(8)
    ]
    return [*wrong, *right, replace(RIGHT, time=START + timedelta(hours=2), hints=2, tells=())]


def test_mastery_is_the_last_ten_without_a_hint() -> None:
    assert mastery(many())["size", 1] == (8, 10)
    (only,) = misconceptions(many())
    assert (only.topic, only.name, only.made, only.avoided) == ("size", "first-window-forgotten", 3, (8, 10))
    assert misconceptions([replace(WRONG, attempt=2)])[0].made == 1


def test_the_page_shows_bars_and_what_is_due() -> None:
    store = Store.in_memory()
    for each in many():
        store.record(each)
    page = progress(store.attempts(), store.due(), START + timedelta(days=1))
    text = "\n".join(render(page, "text"))
    assert "████████░░ ✓ 8/10" in text
    assert "Due next" in text
    assert "12 questions" in text
    assert "████████░░" in "\n".join(render(page, "markdown"))
    written = "\n".join(render(page, "json"))
    assert read(written) == page
    assert json.loads(written)["answer"]["topics"] == [{"topic": "size", "level": 1, "right": 8, "of": 10}]


def test_nothing_practised_yet(tmp_path: Path, run: Run) -> None:
    code, out, _ = run("progress", "--data", str(tmp_path))
    assert code == 0
    assert "Nothing yet: cnncalc practice begins" in out
    code, out, _ = run("progress", "--data", str(tmp_path / "none"))
    assert code == 0
    assert list(tmp_path.iterdir()) == []


def test_export_is_whole_and_erasing_asks(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    store = Store.open(tmp_path)
    for each in many():
        store.record(each)
    code, out, _ = run("progress", "--data", str(tmp_path), "--export", str(tmp_path / "all.json"))
    assert (code, out) == (0, f"12 attempts written to {tmp_path / 'all.json'}\n")
    written = json.loads((tmp_path / "all.json").read_text())
    assert [each["answer"] for each in written["attempts"]] == [each.answer for each in many()]
    assert {each["name"] for each in written["cards"]} == {"level 1", "first-window-forgotten"}
    assert run("progress", "--data", str(tmp_path), "--export", str(tmp_path / "all.txt"))[0] == 2
    assert run("progress", "--data", str(tmp_path), "--export", str(tmp_path / "no" / "all.json"))[0] == 2

    for reply in ("no\n", ""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(reply))
        assert "Nothing is erased." in run("progress", "--data", str(tmp_path), "--erase")[1]
    assert len(store.attempts()) == 12
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert "12 attempts are erased." in run("progress", "--data", str(tmp_path), "--erase")[1]
    assert store.attempts() == store.due() == []
    assert "0 attempts are erased." in run("progress", "--data", str(tmp_path), "--erase", "--yes")[1]
    assert b"first-window" not in (tmp_path / FILE).read_bytes()


def test_the_folder_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNCALC_DATA", str(tmp_path))
    assert folder() == tmp_path
    assert folder("said") == Path("said")
    monkeypatch.delenv("CNNCALC_DATA")
    assert folder().name == "cnncalc"


def test_one_file_opened_twice_is_one_record(tmp_path: Path) -> None:
    first, second = Store.open(tmp_path), Store.open(tmp_path)
    first.record(RIGHT)
    assert second.attempts() == [RIGHT]
    with pytest.raises(Impossible):
        Store.open(tmp_path / FILE)
