"""A worksheet solved: each of its questions asked, and the page that an edition shows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from calc.derivation import Check, Derivation, Note
from calc.errors import Impossible, printable
from calc.files import questions_in
from explain import asking
from explain.worksheet import Task, Worksheet

if TYPE_CHECKING:
    from explain.asking import Asked

Edition = Literal["solved", "student", "key"]

EDITIONS: dict[Edition, str] = {
    "solved": "each question with its worked solution",
    "student": "the questions alone, with room for an answer",
    "key": "the answers in short, and what leads to wrong ones",
}


def read_edition(word: str) -> Edition:
    """An edition by its name."""
    for edition in EDITIONS:
        if edition == word:
            return edition
    raise Impossible(f"there is no edition “{printable(word, 30)}”: choose {', '.join(EDITIONS)}")


ANSWER = Note("why", (f"Your answer: {'.' * 40}",))
"""Room for an answer."""

OUTSIDE = ("format", "output", "standalone", "quiz")
"""Options that say where an answer goes, which the worksheet says as a whole."""


@dataclass(frozen=True)
class Solved:
    """A question of a worksheet, and what stands in its place: a page, and what torch and scipy say of it."""

    task: Task
    page: Derivation
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A worksheet in one of its editions, a solution for each task in order."""

    worksheet: Worksheet
    edition: Edition
    solved: tuple[Solved, ...]

    @property
    def differs(self) -> bool:
        """Whether somebody who was asked the same comes to another answer."""
        return any(check.verdict == "differs" for each in self.solved for check in each.checks)


def solve(
    worksheet: Worksheet,
    edition: Edition = "solved",
    *,
    run: bool = False,
    check: bool = True,
    device: str = "auto",
    told: Callable[[int], None] = lambda _: None,
) -> Sheet:
    """The worksheet with every question asked; `Impossible`, a sentence for each fault behind a ✗, where one cannot be.

    Files are looked for from the folder of the worksheet and below it; with `run` the worksheet is trusted: its questions
    run files of Python, and may name files elsewhere. `told` hears how many questions have been asked.
    """
    found: list[Solved] = []
    faults: list[str] = []
    with questions_in(worksheet.folder, trusted=run):
        for number, task in enumerate(worksheet.tasks, start=1):
            try:
                found.append(_solved(task, edition, run=run, check=check, device=device))
            except Impossible as fault:
                label = f" ({task.label})" if task.label else ""
                faults.append(f"{printable(worksheet.name)}, line {task.line}{label}: {fault}")
            told(number)
    if faults:
        raise Impossible("\n✗ ".join(faults))
    return Sheet(worksheet, edition, tuple(found))


def _solved(task: Task, edition: Edition, *, run: bool, check: bool, device: str) -> Solved:
    if task.fault:
        raise Impossible(task.fault)
    asked = _asked(task, edition, run=run, check=check, device=device)
    if asked.fault:
        raise Impossible(asked.fault)
    page = _page(asked, edition)
    checks = tuple(asked.checks()) if edition != "student" else ()
    return Solved(task, replace(page, title=(f"{task.label}: ", *page.title)) if task.label else page, checks)


def _asked(task: Task, edition: Edition, *, run: bool, check: bool, device: str) -> Asked:
    command, options = asking.parsed(task.command, asking.PAGES, "question of a worksheet", run=run)
    options = {**options}
    for name in OUTSIDE:
        if options.get(name):
            word = "-o" if name == "output" else f"--{name}"
            instead = "" if name == "quiz" else " and give it to solve"
            raise Impossible(f"the worksheet is written as a whole: leave {word} out here{instead}")
    if "check" in options and not check:
        options["check"] = False
    if "device" in options and device != "auto":
        options["device"] = device
    if edition != "solved":
        options |= {name: None for name in ("answer", "hint") if name in options}
    if command == "concept" and options["name"] and options["answer"] is None and options["hint"] is None:
        options["show"] = True
    return asking.asked(command, options)


def _page(asked: Asked, edition: Edition) -> Derivation:
    """What an edition shows of a question; a page that only lists is the same in each."""
    if edition == "solved":
        return asked.page()
    if asked.question is None:
        from calc.catalogue import brief
        from calc.catalogue import posed as posed_kernel

        page = asked.page()
        if not page.headline:
            return page
        return brief(page) if edition == "key" else _answered_by_hand(posed_kernel(page))
    if edition == "key":
        from calc.answer_key import key

        return key(asked.question)
    from calc.posing import posed

    title, steps, decimals = posed(asked.question)
    return _answered_by_hand(Derivation(title, steps, question=asked.question.data(), decimals=decimals))


def _answered_by_hand(page: Derivation) -> Derivation:
    return replace(page, steps=(*page.steps, ANSWER))
