"""What a command imports before it answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import EXAMPLES

HEAVY = {"numpy", "scipy", "sympy", "torch", "PIL", "sqlite3", "fsrs", "platformdirs", "markdown_it"}

PROBE = """
import json, sys
sys.argv = ["cnncalc", *json.loads(sys.argv[1])]
from explain.cli import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write(json.dumps(sorted(set(sys.modules))))
"""


def modules(*words: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    ended = subprocess.run([sys.executable, "-c", PROBE, json.dumps(words)], capture_output=True, text=True, check=True)
    return set(json.loads(ended.stderr.splitlines()[-1]))


def imported(*words: str) -> set[str]:
    """The heavy libraries among them."""
    return HEAVY & modules(*words)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["shape", "--in", "512", "--out", "504", "--no-check"],
        ["conv", "--help"],
        ["solve", "--help"],
        ["--version"],
        ["params", str(EXAMPLES / "printed.txt")],
        ["params", str(EXAMPLES / "printed.txt"), "--input", "3x32x32"],
        ["params", str(EXAMPLES / "weights.safetensors")],
        ["params", "Conv2d(3, 8, 5)"],
        ["params", "Conv2d(3, 8, 5)", "--answer", "608"],
        ["shape", "--in", "512", "--out", "504", "--hint"],
        ["concept"],
        ["concept", "translation"],
        ["concept", "learned", "--show"],
    ],
)
def test_light_commands_import_nothing_heavy(words: list[str]) -> None:
    assert imported(*words) == set()


def test_a_concept_is_posed_without_the_layers() -> None:
    assert not {name for name in modules("concept", "learned") if name.startswith(("calc.layers", "calc.counting"))}


def test_a_layer_table_imports_nothing_heavy() -> None:
    assert imported("params", str(EXAMPLES / "table.md"), "--no-check") == set()


def test_a_convolution_imports_numpy_alone() -> None:
    assert imported("conv", "--image", "1 2; 3 4", "--kernel", "sobel", "--no-check") == {"numpy"}


def test_practice_and_progress_import_nothing_heavy_for_their_help() -> None:
    assert imported("practice", "--help") == imported("progress", "--help") == set()


def test_progress_imports_no_scheduler(tmp_path: Path) -> None:
    assert imported("progress", "--data", str(tmp_path)) & {"sqlite3", "fsrs", "torch", "scipy"} == {"sqlite3"}


def test_an_import_would_be_noticed() -> None:
    assert imported("shape", "--in", "512", "--out", "504", "--device", "cpu") >= {"numpy", "torch"}


def test_importing_the_packages_imports_nothing_heavy() -> None:
    code = "import sys, calc, explain; print(sorted(set(sys.modules) & {'numpy', 'scipy', 'sympy', 'torch', 'rich', 'typer'}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
