"""The tutor's marking held to its aims on a sample of the open cases; `python -m tests.bench marking` takes all."""

from collections import Counter
from functools import cache

import pytest

from calc.marking.verdicts import Verdict
from tests import marking_rules as rules
from tests.bench import marking
from tests.bench.marking import Result, measured, total
from tests.marking_cases import SOBEL_TEXT, Case, all_cases, asked


def sample() -> list[Case]:
    """Every case of reports and keys, and of each other kind every seventh: every thirtieth where maps are large."""
    seen: Counter[str] = Counter()
    some = []
    for case in all_cases("open"):
        every = (
            1 if case.kind == "reports and keys" else 30 if case.kind.startswith("conv") and case.want != "right" else 7
        )
        if seen[case.kind] % every == 0:
            some.append(case)
        seen[case.kind] += 1
    return some


@cache
def results() -> tuple[Result, ...]:
    return tuple(measured(sample()))


def said(those: list[Result]) -> str:
    return "\n".join(f"{each.case.call} {each.case.reply!r}: {each.said}" for each in those[:20])


def test_no_right_answer_is_accused() -> None:
    accused = [each for each in results() if each.accused]
    assert not accused, said(accused)


def test_every_right_answer_can_be_read() -> None:
    unread = [each for each in results() if each.unread and each.case.want == "right"]
    assert not unread, said(unread)


def test_the_cause_is_found_of_wrong_answers() -> None:
    good, of = total(results(), "cause")
    assert good >= 0.95 * of, said([each for each in results() if each.case.want == "cause" and not each.good])


def test_nothing_is_claimed_of_random_answers() -> None:
    good, of = total(results(), "none")
    assert of - good <= 0.01 * of, said([each for each in results() if each.case.want == "none" and not each.good])


def test_the_parts_have_no_case_in_common() -> None:
    of = {part: {(case.call, str(case.reply)) for case in all_cases(part)} for part in ("open", "held")}
    assert of["open"]
    assert of["held"]
    assert not of["open"] & of["held"]


@pytest.mark.parametrize("part", ["open", "held"])
def test_every_wrong_answer_is_wrong(part: str) -> None:
    """What should have a cause is not the right answer, as worked out apart from calc."""
    right = {(case.call, str(case.reply)) for case in all_cases(part) if case.want == "right"}  # type: ignore[arg-type]
    wrong = {(case.call, str(case.reply)) for case in all_cases(part) if case.want == "cause"}  # type: ignore[arg-type]
    assert not right & wrong, right & wrong


def test_a_marker_that_accuses_everybody_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Marked:
        verdict = Verdict("wrong")

    monkeypatch.setattr(marking, "mark", lambda *_, **__: Marked)
    found = measured(case for case in sample() if case.want == "right")
    assert found
    assert all(each.accused for each in found)
    good, of = total(measured(case for case in sample() if case.want == "cause"), "cause")
    assert good < 0.05 * of  # a sum that is one off has no cause to be found


def test_the_report_hides_the_held_cases(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    call, ask = asked("convolve", "1 2 0; 3 1 4; 0 2 5", SOBEL_TEXT)
    bad = Case("made up", "made up", call, ask, "7 7 7; 7 7 7; 7 7 7", "right")
    monkeypatch.setattr(marking, "all_cases", lambda _: (bad,))
    marking.report("open")
    assert "reply '7 7 7" in capsys.readouterr().out
    marking.report("held")
    assert "7 7 7" not in capsys.readouterr().out
    monkeypatch.setenv("MARKING_HELD", "1")
    marking.report("held")
    assert "reply '7 7 7" in capsys.readouterr().out


def test_the_wrong_rules_give_the_published_figures() -> None:
    steps = [rules.Step("conv", 5, 1, 2, 3, 32, 32, 32), rules.Step("conv", 5, 1, 2, 32, 64, 16, 16)]
    led = rules.wrong_params(steps)
    assert dict(led["input-channels-forgotten"]) == {0: 832, 1: 1664}
    assert dict(led["bias-per-input-channel"]) == {0: 2496, 1: 53248}
    assert dict(led["image-channels-everywhere"]) == {1: 4864}
