"""Command lines read as data: what each asks, and the page it shows with its options."""

import shlex

import pytest

from calc.derivation import Windows
from calc.errors import Impossible
from explain import render
from explain.asking import PAGES, Asked, asked, parsed, question
from tests.test_cli import Run


def shown(line: str) -> Asked:
    return asked(*parsed(line, PAGES, "question", run=True))


def text(line: str) -> str:
    return "\n".join(render(shown(line).page()))


@pytest.mark.parametrize(
    "line",
    [
        "conv --image '1 0 2; 3 2 0' --kernel sobel --working hadamard --windows '1,1' --numbers",
        "transposed --image '1 2; 3 4' --kernel '1 0; 2 1' --stride 2 --way zeros",
        "pool --image '1 0 2; 3 2 0' --kernel 2 --windows 1",
        "shape --in 512 'conv 9, pool 2'",
        "params 'Conv2d(3, 8, 5), ReLU()' --columns name,weights --depth 1",
        "params 'Conv2d(3, 8, 5)' --input 3x32x32 --explain macs",
        "maps examples/edges.py --image examples/task1a.txt --layer conv1",
        "kernels",
        "kernels '1 2 1; 2 4 2; 1 2 1'",
        "concept",
        "concept learned",
        "concept learned --show",
        "concept learned --hint",
        "conv --image '1 0 2; 3 2 0' --kernel sobel --hint 3",
        "shape --in 512 --out 504 --answer 8",
    ],
)
def test_a_line_shows_what_its_command_prints(line: str, run: Run) -> None:
    unchecked = ["--no-check"] if line.split()[0] in ("conv", "transposed", "pool", "shape", "params") else []
    _, out, _ = run(*shlex.split(line), *unchecked, "--format", "text")
    assert out.rstrip("\n") == text(line).rstrip("\n")


def test_the_windows_that_are_chosen_are_worked() -> None:
    page = shown("conv --image '1 0 2; 3 2 0' --kernel 1 --windows '1,1 2,3'").page()
    (windows,) = (step for part in page.steps for step in getattr(part, "steps", ()) if isinstance(step, Windows))
    assert windows.places == ((0, 0), (1, 2))


def test_a_ledger_that_cannot_be_shown_so_is_refused_before_a_file_runs() -> None:
    with pytest.raises(Impossible, match="depth 0 is not possible: it is at least 1"):
        shown("params there_is_no_such_file.py --depth 0")


def test_a_line_that_asks_for_help_is_no_question(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Impossible, match="“shape --help” asks for help, which is no question"):
        question("shape --help")
    assert capsys.readouterr().out == ""
