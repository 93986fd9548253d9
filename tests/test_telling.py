"""Long work is told of on the standard error of a terminal, and nowhere else; what is told changes nothing."""

import io
import itertools
import sys
from collections.abc import Iterator
from time import sleep

import pytest

from calc import convolve, pool
from calc.derivation import Derivation
from explain import progress, render
from tests.cases import RAMP


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def looked_at(patch: pytest.MonkeyPatch, stream: io.StringIO, silent: float = 0.0) -> io.StringIO:
    """Standard error from now on: pytest sets its own before each test."""
    patch.setattr(sys, "stderr", stream)
    patch.setenv("TERM", "xterm")
    patch.setattr(progress, "SILENT", silent)
    return stream


def test_what_is_waited_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = looked_at(monkeypatch, Terminal())
    with progress.waiting("asking [red]torch"):
        for _ in range(3000):
            if "asking [red]torch …" in seen.getvalue():
                break
            sleep(0.01)
    assert "asking [red]torch …" in seen.getvalue()


def test_nothing_is_said_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    piped = looked_at(monkeypatch, io.StringIO())
    with progress.waiting("asking torch"):
        pass
    assert list(progress.awaited(range(3), "asking torch")) == [0, 1, 2]
    assert list(progress.tallied(range(3), "answers")) == [0, 1, 2]
    with progress.watched(long(pool)) as shown:
        list(render(shown))
    assert piped.getvalue() == ""


def test_a_short_wait_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = looked_at(monkeypatch, Terminal(), 1000.0)
    with progress.waiting("asking torch"):
        pass
    assert list(progress.awaited(range(3), "asking torch")) == [0, 1, 2]
    assert seen.getvalue() == ""


def test_items_are_handed_on_and_faults_too(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at(monkeypatch, Terminal())

    def items() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    for told in (progress.awaited, progress.tallied):
        assert list(told(range(5), "items")) == list(range(5))
        rest = told(items(), "items")
        assert next(rest) == 1
        with pytest.raises(ZeroDivisionError):
            next(rest)
    assert list(itertools.islice(progress.awaited(itertools.count(), "items"), 3)) == [0, 1, 2]


def test_many_answers_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = looked_at(monkeypatch, Terminal())
    monkeypatch.setattr(progress, "SPARSE", 2)
    assert list(progress.tallied(range(7), "answers")) == list(range(7))
    assert "answers" in seen.getvalue()
    assert "6/?" in seen.getvalue()


def long(ask: object) -> Derivation:
    return (
        convolve(RAMP, "sobel").derivation(places=None) if ask is convolve else pool(RAMP, 2, stride=1).derivation(None)
    )


@pytest.mark.parametrize("ask", [convolve, pool])
@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_windows_are_counted_and_stay_the_same(ask: object, format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = looked_at(monkeypatch, Terminal())
    monkeypatch.setattr(progress, "LONG", 100)
    many = 40 * 40 if ask is convolve else 39 * 39
    with progress.watched(long(ask)) as shown:
        told = list(render(shown, format_))
    assert f"{many}/{many}" in seen.getvalue()
    assert told == list(render(long(ask), format_))
