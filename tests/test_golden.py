"""Every named derivation in every format equals its golden file; `pytest --rewrite` writes them anew."""

from functools import cache
from pathlib import Path

import pytest

from calc import Impossible, quiz
from calc.derivation import Derivation, Grid, Pools, Volumes, Windows
from explain import BINARY, FORMATS, PICTURES, SUFFIXES, render
from explain.html import quiz as quizzes
from explain.html.shell import SCRIPTS, STYLES, asset, policy
from explain.text import WIDTH
from tests.cases import CASES, QUIZZES

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {format_: suffix.removeprefix(".") for suffix, format_ in SUFFIXES.items()}


@cache
def worked(name: str) -> Derivation:
    return CASES[name]()


def has_picture(derivation: Derivation) -> bool:
    """Whether something slides or is stamped in it, or it has maps to draw to scale."""
    return any(
        has_picture(step)
        if isinstance(step, Derivation)
        else isinstance(step, Windows | Pools | Volumes) or (isinstance(step, Grid) and bool(step.lit))
        for step in derivation.steps
    )


def kept(name: str, format_: str) -> bool:
    """Whether a case has a golden file in a format: pictures are not of all."""
    return format_ not in PICTURES or has_picture(worked(name))


def written(name: str, format_: str) -> str:
    """A case in a format; of a page what differs from case to case, without its style sheet and its script."""
    said = "".join(f"{line}\n" for line in render(worked(name), format_))
    if format_ == "html":
        for same in (policy(STYLES, SCRIPTS), *map(asset, (*STYLES, *SCRIPTS))):
            assert said.count(same) == 1
            said = said.replace(same, "")
    return said


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_the_output_is_the_golden_file(name: str, format_: str, request: pytest.FixtureRequest) -> None:
    if not kept(name, format_):
        with pytest.raises(Impossible, match=r"^this answer has no picture: .*; choose text, .*$"):
            list(render(worked(name), format_))
        return
    golden = GOLDEN / f"{name}.{SUFFIX[format_]}"
    said = written(name, format_)
    if request.config.getoption("--rewrite"):
        golden.write_text(said, encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing: pytest --rewrite writes it"
    assert said == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", QUIZZES)
def test_the_page_of_a_quiz_is_the_golden_file(name: str, request: pytest.FixtureRequest) -> None:
    golden, question = GOLDEN / f"{name}.html", QUIZZES[name]()
    solution = question.derivation()
    said = "".join(f"{line}\n" for line in render(solution, "html", quiz=quiz(question, solution)))
    styles, scripts = (*STYLES, quizzes.STYLE), (*SCRIPTS, *quizzes.SCRIPTS)
    for same in (policy(styles, scripts), *map(asset, (*styles, *scripts))):
        assert said.count(same) == 1
        said = said.replace(same, "")
    if request.config.getoption("--rewrite"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_orphaned() -> None:
    wanted = {f"{name}.{SUFFIX[format_]}" for name in CASES for format_ in FORMATS if kept(name, format_)}
    wanted |= {f"{name}.html" for name in QUIZZES}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


def test_every_format_has_golden_files() -> None:
    assert {*FORMATS, *BINARY} == set(SUFFIX)
    assert sum(kept(name, "svg") for name in CASES) > 30


@pytest.mark.parametrize("name", CASES)
def test_text_fits_into_80_columns(name: str) -> None:
    too_long = [line for line in render(worked(name), "text") if len(line) > WIDTH]
    assert not too_long


@pytest.mark.parametrize("name", CASES)
def test_no_line_ends_in_spaces(name: str) -> None:
    assert all(line == line.rstrip() for line in render(worked(name), "text"))
