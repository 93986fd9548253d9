"""The README's commands print what it shows, and its Python runs."""

import re
import shlex
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(("words", "output"), SHOWN, ids=[words for words, _ in SHOWN])
def test_a_command_prints_what_is_shown(words: str, output: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    checked = [] if words.startswith(("kernels", "maps", "mark")) else ["--device", "cpu"]
    code, out, _ = run(*shlex.split(words), *checked)
    assert code == (1 if "✗ wrong" in output else 0)
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
