"""The verdict on an answer as a derivation: what is right, what led to the answer, and a small case that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from calc.concepts.base import Concept
from calc.derivation import Check, Derivation, Given, Grid, Note, Step, Table, Text
from calc.errors import listed, printable
from calc.feature_maps import FeatureMaps
from calc.marking.lessons import lesson
from calc.marking.smallest import case
from calc.marking.verdicts import Cause, Explanation, Verdict
from calc.posing import posed

if TYPE_CHECKING:
    from calc.marking.front import Marked

MOST_SHOWN = 12
"""Rows and columns of a map up to which the answer is shown beside the right one."""

MOST_TITLE = 40
"""Characters of an answer up to which it stands in the title."""

MOST_CAUSES = 4
"""Explanations that fit equally well of which each is told."""

SOLUTION = Note("convention", ("Without an answer to mark, the question is worked out step by step.",))
"""How the solution is come by on the command line."""


def page(marked: Marked) -> Derivation:
    """The question in short, the verdict, why, and how far the answer is right."""
    said = _told(marked)
    if not isinstance(marked.question, Concept) and marked.verdict.outcome == "wrong":
        said.append(SOLUTION)
    sign = "✗" if marked.verdict.outcome == "wrong" else "✓"
    steps = (*_asked(marked), *said, _check(marked))
    return Derivation(_title(marked), steps, (sign,), marked.verdict.data(), (), marked.data)


def answered(marked: Marked) -> Derivation:
    """The verdict to one who has just read the question."""
    known = [_check(marked)] if marked.verdict.explanations else []
    return replace(page(marked), steps=(*_told(marked), *known))


def _asked(marked: Marked) -> Iterator[Step]:
    solution = marked.question.derivation()
    if marked.question.data()["asks"] == "maps":  # of which one cell is asked
        yield Note("convention", posed(marked.question).title)
        yield from solution.opening
        return
    yield Note("convention", solution.title)
    if isinstance(marked.question, Concept):
        yield from marked.question.lines("convention")
        return
    yield from solution.opening
    yield from (step for step in solution.steps[len(solution.opening) :][:1] if isinstance(step, Given))


def _told(marked: Marked) -> list[Step]:
    """What is said of the answer."""
    verdict = marked.verdict
    steps: list[Step] = []
    if verdict.outcome == "convention":
        steps.append(Note("why", (f"Right under another convention: {verdict.convention}.",)))
    if verdict.rows:
        steps.append(_rows(verdict))
    if verdict.outcome == "wrong":
        steps += _wrong(marked)
    steps += [Note("careful", (f"{_sentence(remark)}.",)) for remark in verdict.remarks]
    if isinstance(marked.question, Concept):
        steps += marked.question.told()
    return steps


def _title(marked: Marked) -> Text:
    verdict, reply = marked.verdict, marked.reply
    several = isinstance(marked.question, FeatureMaps) or verdict.rows or "\n" in reply or len(reply) > MOST_TITLE
    said = "The answer" if several else printable(reply, MOST_TITLE)
    match verdict.outcome:
        case "right":
            return (f"{said} is right",)
        case "convention":
            return (f"{said} is right under another convention",)
    if verdict.differs:
        mine, right = verdict.differs
        return (f"{mine} is not right: {right}",)
    return (f"{said} is not right",)


def _check(marked: Marked) -> Check:
    """The verdict in one line, on which the exit code hangs."""
    verdict = marked.verdict
    if verdict.outcome == "wrong":
        return Check("marking", "differs", (f"wrong{_known(verdict)}",), printable(marked.reply, 200))
    says = "right" if verdict.outcome == "right" else "right under another convention"
    return Check("marking", "agrees", (says,))


def _known(verdict: Verdict) -> str:
    """What is known of the causes, in a clause: those that may be it, and those that are there in any case."""
    told = verdict.explanations[:MOST_CAUSES]
    if not told:
        return "; the cause is not known"
    shared = _shared(told)
    own = [[lesson(c.name).title for c in each.causes if len(told) == 1 or c not in shared] for each in told]
    either = ", or ".join(dict.fromkeys(listed([*dict.fromkeys(titles)]) for titles in own if titles))
    rest = [lesson(cause.name).title for cause in shared] if len(told) > 1 else []
    return f": {either}{'; and ' if either and rest else ''}{listed(rest) if rest else ''}"


def _shared(told: Sequence[Explanation]) -> list[Cause]:
    """The causes that every explanation has."""
    return [cause for cause in told[0].causes if all(cause in each.causes for each in told[1:])]


def _rows(verdict: Verdict) -> Table:
    """An answer of several numbers, one a row."""
    if not any(right for _, _, right, _ in verdict.rows):
        lines: tuple[tuple[Text, ...], ...] = tuple(
            ((name,), (mine,), (_mark(says),)) for name, mine, _, says in verdict.rows
        )
        return Table((("",), ("working",), ("",)), lines, (False, False, False))
    rows: tuple[tuple[Text, ...], ...] = tuple(
        ((name,), (mine,), (right,), (_mark(says),)) for name, mine, right, says in verdict.rows
    )
    return Table((("",), ("answer",), ("right",), ("",)), rows, (False, True, True, False))


def _mark(says: str) -> str:
    return f"✓ {says}" if says.startswith("right") and "," not in says else f"✗ {says}"


def _wrong(marked: Marked) -> Iterator[Step]:
    verdict = marked.verdict
    told = verdict.explanations[:MOST_CAUSES]
    if verdict.found:
        yield Note("why", (f"{_sentence(verdict.found)}.",))
    if not told:
        text = "No wrong rule that is known here leads to this answer, and no slip: where it comes from cannot be said."
        yield Note("why", (text,))
    elif len(told) == 1:
        yield from _explained(told[0])
    else:
        yield from _alternatives(told)
    yield from _compared(verdict)
    yield from _shown(marked, told)


def _explained(each: Explanation) -> Iterator[Step]:
    """The causes of the one explanation there is, each with where it was made, then the evidence."""
    for cause in each.causes:
        yield Note("careful", (f"{_said(cause)}.",))
        yield from _lessons([cause])
    if each.evidence:
        yield Note("convention", (f"Evidence: {each.evidence}.",))


def _lessons(causes: Sequence[Cause]) -> Iterator[Step]:
    """What a learner should know about each wrong rule."""
    for cause in causes:
        if cause.kind == "misconception" and (paragraph := lesson(cause.name).paragraph):
            yield Note("why", (paragraph,))


def _alternatives(told: Sequence[Explanation]) -> Iterator[Step]:
    """Explanations that fit equally well: what they share, and what each has of its own."""
    shared = _shared(told)
    yield Note("why", (f"More than one cause leads to this answer{_why_alike(told)}:",))
    for number, each in enumerate(told, start=1):
        own = [cause for cause in each.causes if cause not in shared]
        yield Note("careful", (f"{number}  {'; '.join(map(_said, own))}.",))
        yield from _lessons(own)
    for cause in shared:
        yield Note("careful", (f"{_said(cause)}.",))
        yield from _lessons([cause])
    evidence = dict.fromkeys(each.evidence for each in told if each.evidence)
    if len(evidence) == 1:
        yield Note("convention", (f"Evidence, for each of them: {next(iter(evidence))}.",))


def _why_alike(told: Sequence[Explanation]) -> str:
    """Why they cannot be told apart, where the kernel is the reason."""
    names = {cause.name for each in told for cause in each.causes}
    if {"not-flipped", "signs-changed"} <= names:
        return ", for turned by half a turn this kernel is itself with every sign changed"
    return ""


def _said(cause: Cause) -> str:
    where = f" (in {cause.where})" if cause.where and cause.kind == "misconception" else ""
    return f"{_sentence(cause.says)}{where}"


def _compared(verdict: Verdict) -> Iterator[Step]:
    """A small map beside the right one."""
    if verdict.maps is None:
        return
    mine, right = verdict.maps
    if all(len(cells.shape) == 2 and max(cells.shape) <= MOST_SHOWN for cells in (mine, right)):
        grids = Grid(mine, "answered", "", "image"), Grid(right, "right", "", "feature map")
        yield Derivation(("The answer beside the right one",), grids)


def _shown(marked: Marked, told: Sequence[Explanation]) -> Iterator[Step]:
    """A small case in which the wrong rule fails, or in which the rules that fit equally well part."""
    if isinstance(marked.question, Concept):
        yield from marked.question.demonstration()
        return
    if len(told) == 1:
        named = [cause.name for cause in told[0].causes if cause.kind == "misconception"]
        for name in dict.fromkeys(named):
            title = "The smallest case in which this rule fails"
            if len(named) > 1:
                title = f"The smallest case for “{lesson(name).title}”"
            yield from _case(marked, [name], title)
        return
    first = [cause for each in told for cause in each.causes[:1] if cause.kind == "misconception"]
    names = list(dict.fromkeys(cause.name for cause in first))
    if len(first) < len(told):
        return
    for many in range(len(names), 1, -1):  # the first of them where no small case has them all
        if steps := [*_case(marked, names[:many], "A question that tells them apart")]:
            yield from steps
            return


def _case(marked: Marked, names: Sequence[str], title: str) -> Iterator[Step]:
    """A small case with the right answer and with that of each rule."""
    found = case(marked.question, names)
    if found is None:
        return
    steps: list[Step] = [*found.asks, *found.shown]
    if not found.shown:
        steps.append(Note("why", ("right: ", *found.right)))
        for number, name in enumerate(names, start=1):
            lead = "this rule: " if len(names) == 1 else f"{number}: "
            steps.append(Note("why", (lead, *found.wrong[name])))
    yield Derivation((title,), tuple(steps))


def _sentence(clause: str) -> str:
    """A clause as a sentence begins, unless it begins with a letter that is a number's name."""
    return clause if re.match(r"[b-z]\b", clause) else clause[:1].upper() + clause[1:]
