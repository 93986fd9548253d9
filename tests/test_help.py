"""Help and completion: every example of a help runs, and every value that the shell offers is taken."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image

from calc.practice.topics import NAMES
from explain import BINARY, FORMATS, SUFFIXES, completing, documents
from explain.cli import app
from explain.helping import METAVARS, examples
from tests.cases import EXAMPLES
from tests.test_cli import Run

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]

TYPED = [line for command in (GROUP, *COMMANDS.values()) for line in examples(command)]
"""Every example of every help."""

ROOT = EXAMPLES.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNNCALC_DATA", str(tmp_path / "record"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    for name in ("model.py", "printed.txt", "weights.safetensors"):
        shutil.copy(EXAMPLES / name, name)
    shutil.copytree(EXAMPLES, "examples")
    shutil.copy(EXAMPLES / "task1a.txt", "img.txt")
    shutil.copy(EXAMPLES / "answers.csv", "answers.csv")
    Path("task1.md").write_text("# Task 1\n\n```cnncalc\nshape --in 512 --out 504\n```\n", encoding="utf-8")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)).save("photo.png")
    sys.path.insert(0, str(EXAMPLES))
    try:
        from model import Net  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(EXAMPLES))
    torch.save(Net().state_dict(), "trained.pt")
    return tmp_path


def test_every_command_has_examples() -> None:
    assert all(examples(command) for command in (GROUP, *COMMANDS.values()))
    for name, command in COMMANDS.items():
        assert all(shlex.split(line)[1] == name for line in examples(command))


@pytest.mark.parametrize("line", TYPED)
def test_an_example_runs(line: str, run: Run, folder: Path) -> None:
    code, out, err = run(*shlex.split(line)[1:])
    assert (code, err) == (0, "")
    assert out or "-o" in line
    if "-o" in shlex.split(line):
        assert (folder / shlex.split(line)[-1]).stat().st_size


@pytest.mark.parametrize("line", TYPED)
def test_an_example_can_be_typed_in_any_shell(line: str) -> None:
    """Nothing in it but in quotation marks is more than itself."""
    bare = "".join(part for i, part in enumerate(line.split('"')) if i % 2 == 0)
    assert not set("?*[]{}()$`;|&<>!~#'\\") & set(bare)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_reads_well_at_80_columns(name: str, run: Run) -> None:
    code, out, _ = run(*filter(None, [name]), "--help")
    assert code == 0
    assert out.startswith(f"Usage: cnncalc {name}".rstrip())
    assert max(map(len, out.splitlines())) <= 80
    command = COMMANDS[name] if name else GROUP
    assert "Examples:\n" + "".join(f"  {line}\n" for line in examples(command)) in out
    assert out.index("Examples:") < out.index("Options:")
    assert "..." not in out.replace("[ARGS]...", "")
    assert not re.search(r"<\w+>|\bTEXT\b|\bINTEGER\b|\bPATH\b|[{}]", out)


def test_every_option_says_what_goes_into_it() -> None:
    known = {"", *METAVARS.values(), "LEVEL", "DIR", "FILE.json"}
    used = set()
    for name, command in COMMANDS.items():
        for option in command.params:
            word = option.opts[0].removeprefix("--")
            used |= {word, f"{word} of {name}"}
            assert option.param_type_name == "argument" or option.is_flag or option.metavar in known, word
            assert option.param_type_name == "option" or option.metavar.isupper()
    assert set(METAVARS) <= used


def test_help_says_which_files_can_be_written(run: Run) -> None:
    said = {name: " ".join(run(name, "--help")[1].split()) for name in COMMANDS}
    for name, text in said.items():
        assert (".csv, .npy, .png)" in text) == (name in ("conv", "transposed", "pool", "maps"))
    pages = [suffix for suffix, format_ in SUFFIXES.items() if format_ in documents.FORMATS]
    assert f"chooses the format ({', '.join(pages)}); it may be the worksheet." in said["solve"]
    assert f"--format FORMAT terminal, {', '.join(documents.FORMATS)}." in said["solve"]
    assert set(completing.pages()) == {"terminal", *documents.FORMATS}


def test_the_main_job_comes_first(run: Run) -> None:
    out = run("--help")[1]
    names = [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines()]
    assert names == list(COMMANDS)
    assert names[:5] == ["conv", "transposed", "pool", "shape", "params"]


def completed(shell: str, line: str) -> subprocess.CompletedProcess[str]:
    """What the program answers to a shell that asks how a line goes on."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "_CNNCALC_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    return subprocess.run(
        [sys.executable, "-m", "explain"], capture_output=True, text=True, check=True, env=environment
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cnncalc tran", {"transposed"}),
        ("cnncalc conv --kernel sobel-", {"sobel-x", "sobel-y"}),
        ("cnncalc conv --padding same-", {"same-upper", "same-lower"}),
        ("cnncalc conv --then leaky", {"leaky-relu"}),
        ("cnncalc conv --count-include-p", set()),
        ("cnncalc pool --count-include-p", {"--count-include-pad"}),
        ("cnncalc shape --dialect k", {"keras"}),
        ("cnncalc practice cr", {"cross-correlation"}),
        ("cnncalc concept translat", {"translation"}),
        ("cnncalc kernels laplacian-", {"laplacian-4", "laplacian-8"}),
        ("cnncalc params --columns ma", {"macs"}),
        ("cnncalc conv --accept not-f", {"not-flipped"}),
        ("cnncalc conv --image exam", set()),
    ],
)
def test_values_are_completed(shell: str, line: str, words: set[str]) -> None:
    said = completed(shell, line).stdout
    match shell:
        case "bash":
            assert set(said.split()) == words
        case "zsh":
            assert all(f'"{word}"' in said for word in words)
            assert said.count("\n") == max(len(words), 1)
        case _:
            assert {row.partition("\t")[0] for row in said.splitlines() if row} == words


def test_every_format_is_completed() -> None:
    assert set(completed("bash", "cnncalc conv --format ").stdout.split()) == {"terminal", *FORMATS, *BINARY}


def test_what_is_offered_is_taken(run: Run) -> None:
    assert set(completing.TOPICS) == set(NAMES)
    for word in completing.activations():
        assert run("conv", "--image", "1", "--kernel", "1", "--no-check", "--then", word)[0] == 0
    for word, _ in completing.kernels():
        assert run("kernels", word)[0] == 0


def test_completing_imports_nothing_heavy() -> None:
    probe = "import sys; from explain import completing as c; c.kernels(), c.formats(), c.activations(), c.modes(), c.paddings(), c.dialects(), c.columns(), c.misconceptions(), c.concepts(); print(sorted(set(sys.modules) & {'numpy', 'scipy', 'sympy', 'torch'}))"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_bash_completes_with_the_script_that_is_installed(tmp_path: Path) -> None:
    program = tmp_path / "cnncalc"
    program.write_text(f'#!/bin/sh\nexec env PYTHONPATH={ROOT} {sys.executable} -m explain "$@"\n')
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "SHELL": "/bin/bash"}
    install = "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 cnncalc --install-completion bash"
    done = subprocess.run(["bash", "-c", install], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    (script,) = (tmp_path / ".bash_completions").iterdir()
    assert str(script) in (tmp_path / ".bashrc").read_text()
    ask = f"source {script}; COMP_WORDS=(cnncalc conv --kernel sob); COMP_CWORD=3; _cnncalc_completion cnncalc; echo ${{COMPREPLY[@]}}"
    said = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, env=environment, check=True).stdout
    assert set(said.split()) == {"sobel-x", "sobel", "sobel-y"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_shown(shell: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    code, out, err = run("--show-completion", shell)
    assert (code, err) == (0, "")
    assert "_CNNCALC_COMPLETE=complete_" in out
