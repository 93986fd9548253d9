"""A verdict without the answer: why a reply is wrong, for a learner who is to try once more."""

from __future__ import annotations

from dataclasses import replace

from calc.concepts.base import Concept
from calc.derivation import Derivation, Table
from calc.feature_maps import FeatureMaps
from calc.marking.front import Marked
from calc.marking.lessons import lesson
from calc.marking.page import answered
from calc.marking.verdicts import Cause, Explanation, Verdict
from calc.sizing import Size


def veiled(marked: Marked) -> Derivation:
    """The page of a wrong answer with its causes and the case that shows them, and nothing that gives the answer away."""
    verdict = marked.verdict
    hidden = replace(
        verdict,
        explanations=tuple(_veiled(each) for each in verdict.explanations),
        differs=None,
        found=_found(marked),
        remarks=(),
        rows=tuple((name, mine, "", says.partition(":")[0]) for name, mine, _, says in verdict.rows),
        maps=None,
    )
    page, question = answered(Marked(marked.question, marked.reply, hidden)), marked.question
    steps = [_headed(step) if isinstance(step, Table) else step for step in page.steps]
    if isinstance(question, Concept):  # whose numbers show the answer
        steps = [step for step in steps if step not in question.told() and not isinstance(step, Derivation)]
    return replace(page, steps=tuple(steps))


def _headed(table: Table) -> Table:
    """Rows without the column of what is right."""
    return replace(table, header=(("",), ("answer",), ("",)))


def _veiled(each: Explanation) -> Explanation:
    """The causes without the numbers that were meant; evidence only where it speaks of the reply alone."""
    speaks = each.evidence.startswith("this rule gives") or " equal what " in each.evidence
    return Explanation(tuple(map(_named, each.causes)), each.evidence.partition(";")[0] if speaks else "")


def _named(cause: Cause) -> Cause:
    """A slip by its title, for its sentence says what is right."""
    if cause.kind == "misconception":
        return cause
    where = f", {_place(cause.where)}" if cause.where not in ("", "total") else ""
    return replace(cause, says=lesson(cause.name).title + where)


def _place(where: str) -> str:
    return f"at ({where})" if where[0].isdigit() else f"in {where}"


def _found(marked: Marked) -> str:
    """How many cells of a map are right; of a number what it is called where that is not asked."""
    verdict: Verdict = marked.verdict
    if isinstance(marked.question, Size):
        return verdict.found
    if not isinstance(marked.question, FeatureMaps):
        return ""
    told = verdict.found.partition(";")[0]
    return told if "cells" in told or "cell " in told else "the answer has another size than the feature map"
