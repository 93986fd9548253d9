"""Where answers are written: each place that will not do × each format is one sentence, and no file is ever half written."""

import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from calc.errors import printable
from explain import SUFFIXES
from explain.cli import app
from explain.files import write
from tests.cases import EXAMPLES, TASK_1A
from tests.test_cli import Run

COMMANDS: dict[str, list[str]] = {
    "conv": ["--image", str(TASK_1A), "--kernel", "sobel", "--no-check"],
    "transposed": ["--image", "1 2; 3 4", "--kernel", "1 0; 2 1", "--no-check"],
    "pool": ["--image", str(TASK_1A), "--kernel", "2", "--no-check"],
    "shape": ["--in", "512", "--out", "504", "--no-check"],
    "params": ["Conv2d(3, 8, 5), ReLU()"],
    "maps": [str(EXAMPLES / "edges.py"), "--image", str(TASK_1A), "--filters", "1"],
    "mark": ["shape --in 508 --pool --kernel 2", "(508 - 2)/2 + 1 = 254"],
    "solve": [str(EXAMPLES.parent / "tests" / "worksheets" / "sheet.md"), "--no-check"],
    "practice": ["--topics"],
    "progress": ["--data", "record"],
    "kernels": ["sobel"],
    "concept": ["translation"],
}
"""A quick question to each command."""

KNOWN = typer.main.get_command(app).commands  # type: ignore[attr-defined]
FORMATTED = [name for name in COMMANDS if any(option.name == "format" for option in KNOWN[name].params)]
QUICK = [name for name in FORMATTED if name not in ("maps", "solve")]
"""Those that take no second, in which each format is tried."""

PLACES = [*SUFFIXES, ".csv", ".npy", ".png"]
"""Suffixes of what a worked convolution can be written into."""


def conv(path: str | Path) -> list[str]:
    return ["conv", *COMMANDS["conv"], "-o", str(path)]


def files(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder, with its contents."""
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNNCALC_DATA", str(tmp_path / "record"))


def test_every_command_has_its_row() -> None:
    assert set(COMMANDS) == set(KNOWN)


@pytest.mark.parametrize("suffix", PLACES)
def test_a_file_is_written_and_replaced_whole(suffix: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / f"answer{suffix}"
    assert run(*conv(path))[0] == 0
    first = path.read_bytes()
    path.write_bytes(b"what was there before" * 10_000)
    path.chmod(0o640)
    assert run(*conv(path))[0] == 0
    assert files(tmp_path) == {path.name: first}
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_rights_that_new_files_have(run: Run, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert run(*conv("new.txt"))[0] == 0
    finally:
        os.umask(before)
    assert (tmp_path / "new.txt").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("suffix", PLACES)
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("folder{}", "folder{} is a folder: give the name of a file to write"),
        ("to-folder{}", "to-folder{} is a folder: give the name of a file to write"),
        ("missing/x{}", "there is no folder missing to write x{} into"),
        ("file/x{}", "there is no folder file to write x{} into"),
        ("pipe{}", "pipe{} is not a file that can be replaced: give the name of a file to write"),
        ("full{}", "full{} is not a file that can be replaced: give the name of a file to write"),
        ("circle{}", "circle{} is not a file that can be replaced: give the name of a file to write"),
        ("dangling{}", "there is no folder {folder}/gone to write dangling{} into"),
        ("\x1b[31m/x{}", "there is no folder \\x1b[31m to write x{} into"),
        ("missing/\x1b[31m\u202e{}", "there is no folder missing to write \\x1b[31m\\u202e{} into"),
        ("a" * 300 + "{}", "a" * 59 + "… cannot be written: file name too long"),
    ],
)
def test_a_place_that_will_not_do_is_one_sentence(
    name: str, sentence: str, suffix: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / f"folder{suffix}").mkdir()
    (tmp_path / f"to-folder{suffix}").symlink_to(f"folder{suffix}")
    (tmp_path / "file").write_text("no folder")
    os.mkfifo(tmp_path / f"pipe{suffix}")
    (tmp_path / f"full{suffix}").symlink_to("/dev/full")
    (tmp_path / f"circle{suffix}").symlink_to(f"circle{suffix}")
    (tmp_path / f"dangling{suffix}").symlink_to(tmp_path / "gone" / f"x{suffix}")
    there = files(tmp_path)
    code, out, err = run(*conv(name.format(suffix)))
    wanted = sentence.replace("{folder}", str(tmp_path)).replace("{}", suffix)
    if "{folder}" in sentence:  # which may be too long to be said whole
        assert err.startswith("✗ there is no folder /")
        err = f"✗ {wanted}\n" if err.endswith(f" to write dangling{suffix} into\n") else err
    assert (code, out, err) == (2, "", f"✗ {wanted}\n")
    assert files(tmp_path) == there


@pytest.mark.parametrize("name", ["x", "x.docx", "x.", ".md", "x.md.bak", "x.\x1b[31m"])
def test_a_suffix_that_is_not_known_is_one_sentence(name: str, run: Run, tmp_path: Path) -> None:
    code, out, err = run(*conv(name))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "does not say its format: end its name in .txt, .md, " in err
    assert "\x1b" not in err
    assert not files(tmp_path)


def test_standard_output_is_no_file(run: Run, tmp_path: Path) -> None:
    sentence = "- names no file: without -o the answer goes to standard output, and --format says how"
    assert run(*conv("-")) == (2, "", f"✗ {sentence}\n")
    assert not files(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["conv", "--image", "a.txt", "--kernel", "1", "-o", "a.txt"],
        ["conv", "--image", "1 2", "--kernel", "./a.txt", "-o", "a.txt"],
        ["conv", "--image", "a.txt", "--kernel", "1", "-o", "link.txt"],
        ["conv", "--image", "link.txt", "--kernel", "1", "-o", "a.txt"],
        ["conv", "--image", "a.txt:b", "--kernel", "1", "-o", "a.txt"],
        ["params", "a.txt", "-o", "a.txt"],
        ["shape", "a.txt", "--in", "3", "-o", "a.txt"],
        ["kernels", "a.txt", "-o", "a.txt"],
        ["mark", "a.csv", "-o", "a.csv"],
        ["shape", "--in", "8", "--kernel", "3", "--answer", "a.txt", "-o", "a.txt"],
    ],
)
def test_what_is_read_is_never_replaced(words: list[str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1 2\n3 4\n")
    (tmp_path / "a.csv").write_text("question,answer\nshape --in 8 --kernel 3,6\n")
    (tmp_path / "link.txt").symlink_to("a.txt")
    there = files(tmp_path)
    sentence = f"{words[-1]} is what the question is read from, and would be lost: give another name"
    assert run(*words) == (2, "", f"✗ {sentence}\n")
    assert files(tmp_path) == there


def test_the_place_is_looked_at_before_the_work(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the question is asked first")

    for name in ("conv", "params", "shape"):
        monkeypatch.setattr(f"explain.asking.{name}", refused)
        assert run(name, *COMMANDS[name], "-o", "missing/x.md")[0] == 2


@contextmanager
def nobody() -> Iterator[None]:
    """As a user who is not the superuser, to whom nothing is forbidden."""
    if os.getuid():
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def anyones() -> Iterator[Path]:
    """A folder that anyone may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.mark.parametrize("suffix", PLACES)
def test_what_is_write_protected_stays_as_it_is(suffix: str, run: Run, anyones: Path, tmp_path: Path) -> None:
    path = anyones / f"kept{suffix}"
    assert run(*conv(tmp_path / f"x{suffix}"))[0] == 0  # all is imported
    path.write_text("as it was")
    path.chmod(0o444)
    with nobody():
        code, out, err = run(*conv(path))
    assert (code, out) == (2, "")
    assert err == f"✗ {path} is write-protected: give another name, or permit writing to it\n"
    path.chmod(0o666)
    anyones.chmod(0o555)
    for name in (f"kept{suffix}", f"new{suffix}"):
        with nobody():
            code, out, err = run(*conv(anyones / name))
        assert (code, out, err) == (2, "", f"✗ {anyones / name} cannot be written: its folder is write-protected\n")
    assert files(anyones) == {path.name: b"as it was"}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is soon full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("suffix", PLACES)
def test_a_disk_that_is_full_keeps_what_was_there(suffix: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / f"kept{suffix}"
    path.write_text("as it was")
    with files_of_at_most(10):
        code, out, err = run(*conv(path))
    assert (code, out, err) == (2, "", f"✗ {printable(str(path))} cannot be written: file too large\n")
    assert files(tmp_path) == {path.name: b"as it was"}


@contextmanager
def standard_output(monkeypatch: pytest.MonkeyPatch, file: int) -> Iterator[None]:
    with open(file, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        yield
        stream.flush()


@pytest.fixture
def into(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[int, list[str]], tuple[int, str]]:
    """Run the command line with this file as its standard output: exit code, standard error."""
    from explain.cli import main

    def run(file: int, words: list[str]) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["cnncalc", *words])
        monkeypatch.setenv("COLUMNS", "80")
        with standard_output(monkeypatch, file), pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


def closed_pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


PRINTED: list[list[str]] = [
    *([name, *COMMANDS[name]] for name in COMMANDS),
    *([name, *COMMANDS[name], "--format", format_] for name in QUICK for format_ in SUFFIXES.values()),
    ["--help"],
    ["conv", "--help"],
    ["--version"],
    ["conv", *COMMANDS["conv"], "-o", "map.csv", "--check"],
    ["progress", "--export", "record.json"],
    ["mark", str(EXAMPLES / "answers.csv")],
]
ALL = [(words, colour) for words in PRINTED for colour in (("",) if "--format" in words else ("", "1"))]


@pytest.mark.parametrize(("words", "colour"), ALL, ids=lambda value: "".join(value)[:40])
def test_nobody_reads_on(
    words: list[str],
    colour: str,
    into: Callable[[int, list[str]], tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", colour)
    code, err = into(closed_pipe(), words)
    if code == 2:
        assert "--format" in words  # this format shows other answers
        assert "written" not in err
    else:
        assert (code, err) == (0, "")


@pytest.mark.parametrize(("words", "colour"), ALL, ids=lambda value: "".join(value)[:40])
def test_standard_output_is_full(
    words: list[str],
    colour: str,
    into: Callable[[int, list[str]], tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", colour)
    code, err = into(os.open("/dev/full", os.O_WRONLY), words)
    assert code == 2
    assert err.startswith("✗ ")
    assert err.count("\n") == 1


def test_a_wrong_answer_stays_wrong_where_nobody_reads(
    into: Callable[[int, list[str]], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for colour in ("", "1"):
        monkeypatch.setenv("FORCE_COLOR", colour)
        words = ["shape", "--in", "508", "--pool", "--kernel", "2", "--answer", "253"]
        assert into(closed_pipe(), words) == (1, "")


def held(process: int, folder: Path) -> int:
    """How much a process has written into files of a folder, those without a name among them."""
    sizes = [path.stat().st_size for path in folder.iterdir()]
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            if os.readlink(link).startswith(f"{folder}/"):
                sizes.append(link.stat().st_size)
        except OSError:
            continue
    return max(sizes, default=0)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the files of a process cannot be seen here")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_what_is_killed_while_it_writes_leaves_nothing(tmp_path: Path, ending: signal.Signals) -> None:
    image, out = tmp_path / "image.txt", tmp_path / "out"
    image.write_text("\n".join(" ".join(str((r * c) % 256) for c in range(600)) for r in range(600)))
    out.mkdir()
    (out / "kept.md").write_text("as it was")
    words = ["conv", "--image", str(image), "--kernel", "sobel", "--windows", "all", "--no-check"]
    process = subprocess.Popen(
        [sys.executable, "-m", "explain", *words, "-o", str(out / "kept.md")], cwd=EXAMPLES.parent
    )
    while held(process.pid, out) < 2**16:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(ending)
    assert process.wait() in (130, 143, 129, -9)
    assert files(out) == {"kept.md": b"as it was"}


def test_a_system_without_files_that_have_no_name_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    seen: list[list[str]] = []

    def lines(fault: Exception | None = None) -> Iterator[str]:
        yield "one"
        seen.append(sorted(files(tmp_path)))
        if fault:
            raise fault

    path = tmp_path / "x.txt"
    write(path, lines())
    assert path.read_text() == "one\n"
    with pytest.raises(ZeroDivisionError):
        write(path, lines(ZeroDivisionError()))
    assert [len(names) for names in seen] == [1, 2]
    assert files(tmp_path) == {"x.txt": b"one\n"}


def test_many_write_the_same_file_and_one_of_them_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"

    def within() -> Iterator[str]:
        yield "outer"
        write(path, ["inner"])
        assert path.read_text() == "inner\n"

    write(path, within())
    assert files(tmp_path) == {"x.txt": b"outer\n"}


def test_a_refusal_is_not_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "argv", ["cnncalc", "shape"])
    from explain.cli import main

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    stream.flush()
    assert not stream.buffer.tell()
