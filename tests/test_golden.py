"""Every named derivation in every format equals its golden file; `pytest --rewrite` writes them anew."""

from functools import cache
from pathlib import Path

import pytest

from calc.derivation import Derivation
from explain import FORMATS, SUFFIXES, render
from explain.html.shell import SCRIPTS, STYLES, asset, policy
from explain.text import WIDTH
from tests.cases import CASES

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {format_: suffix.removeprefix(".") for suffix, format_ in SUFFIXES.items()}


@cache
def worked(name: str) -> Derivation:
    return CASES[name]()


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
    golden = GOLDEN / f"{name}.{SUFFIX[format_]}"
    said = written(name, format_)
    if request.config.getoption("--rewrite"):
        golden.write_text(said, encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing: pytest --rewrite writes it"
    assert said == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_orphaned() -> None:
    wanted = {f"{name}.{suffix}" for name in CASES for suffix in SUFFIX.values()}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


def test_every_format_has_golden_files() -> None:
    assert set(FORMATS) == set(SUFFIX)


@pytest.mark.parametrize("name", CASES)
def test_text_fits_into_80_columns(name: str) -> None:
    too_long = [line for line in render(worked(name), "text") if len(line) > WIDTH]
    assert not too_long


@pytest.mark.parametrize("name", CASES)
def test_no_line_ends_in_spaces(name: str) -> None:
    assert all(line == line.rstrip() for line in render(worked(name), "text"))
