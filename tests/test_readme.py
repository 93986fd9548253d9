"""The README's commands print what it shows, and its Python runs."""

import io
import re
import shlex
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from calc.progress_store import Attempt, Outcome, Store, now
from tests.test_cli import Run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

SHOWN = re.findall(r"```console\n\$ cnncalc ([^\n]*)\n(.*?)```", README, re.DOTALL)
"""Each command with the output that stands under it."""


def pieces(output: str) -> list[str]:
    """The runs of lines between the places where the README leaves some out."""
    return [piece.strip("\n") for piece in re.split(r"^ *⋮\n", output, flags=re.MULTILINE)]


def without_versions(text: str) -> str:
    return re.sub(r"(torch|scipy) \d+\.\d+\.\d+", r"\1 VERSION", text)


def practised(where: Path) -> None:
    """A record of some days of practice."""
    store, began = Store.open(where), now() - timedelta(days=6)
    flip, deep = ("not-flipped",), ("input-channels-forgotten",)
    days: list[tuple[float, str, int, Outcome, tuple[str, ...], int]] = [
        (0, "convolution", 1, "wrong", flip, 1),
        (0.1, "convolution", 1, "right", (), 4),
        (2, "convolution", 1, "right", (), 5),
        (3, "convolution", 2, "right", (), 2),
        (4, "parameters", 1, "wrong", deep, 2),
        (4.1, "parameters", 1, "right", (), 1),
        (5.9, "size", 1, "right", (), 3),
    ]
    for day, topic, level, outcome, causes, many in days:
        for i in range(many):
            time = began + timedelta(days=day, minutes=i)
            tells = flip if topic == "convolution" else deep
            store.record(Attempt(time, topic, level, "", 1, "", outcome, causes, tells))
    store.close()


@pytest.mark.parametrize(("words", "output"), SHOWN, ids=[words for words, _ in SHOWN])
def test_a_command_prints_what_is_shown(
    words: str, output: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    checked = (
        [] if words.startswith(("kernels", "maps", "mark", "concept", "practice", "progress")) else ["--device", "cpu"]
    )
    replies = re.findall(r"^(?:Answer|Once more).*?: (.*)$", output, re.MULTILINE)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{reply}\n" for reply in replies)))
    monkeypatch.setenv("CNNCALC_DATA", str(tmp_path))
    if words.startswith("progress"):
        practised(tmp_path)
    code, out, _ = run(*shlex.split(words), *checked)
    assert code == (1 if "✗ wrong" in output and not words.startswith("practice") else 0)
    rest = without_versions(out)
    for piece in pieces(without_versions(output)):
        assert piece in rest
        rest = rest.partition(piece)[2]


def test_the_readme_shows_every_command() -> None:
    assert {shlex.split(words)[0] for words, _ in SHOWN} == {
        "conv",
        "transposed",
        "pool",
        "shape",
        "params",
        "kernels",
        "maps",
        "mark",
        "concept",
        "practice",
        "progress",
        "solve",
    }


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(code, {})
    said = capsys.readouterr().out
    for line in re.findall(r"# → (.*)", code):
        assert line in said


def test_every_file_that_is_named_is_there() -> None:
    for name in re.findall(r"`(examples/[^` ]+|tests/[^` ]+|calc/[^` ]+|explain/[^` ]+)`", README):
        assert (ROOT / name).exists(), name


def test_every_heading_stands_once_and_every_link_leads_to_one() -> None:
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    headings = [
        re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", prose, re.M)
    ]
    assert len(headings) == len(set(headings))
    assert set(re.findall(r"\]\(#([^)]*)\)", prose)) <= set(headings)
