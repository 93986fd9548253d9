"""Marking any question: the reply is read in the form that the question asks for, and judged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from calc.backward import Backward
from calc.concepts.base import Concept
from calc.counting import Count
from calc.derivation import Derivation
from calc.errors import Impossible, printable, times
from calc.feature_maps import FeatureMaps
from calc.lettered import Lettered
from calc.marking.choices import ChoiceMarking
from calc.marking.ledgers import LedgerMarking
from calc.marking.letters import LetteredMarking
from calc.marking.page import page
from calc.marking.replies import read_matrix, read_value, read_values
from calc.marking.sizes import BackwardMarking, SeveralMarking, SizeMarking, read_sizes_reply
from calc.marking.stacks import StackMarking
from calc.marking.verdicts import Explanation, Verdict
from calc.marking.working import Asked, Wrong, fault_of, judged, read_lines
from calc.question import Question
from calc.rules import LETTER
from calc.several import Several
from calc.sizing import Size
from calc.stack import Stack


@dataclass(frozen=True)
class Marked:
    """A question, the answer that was given to it, and the verdict on that answer."""

    question: Question
    reply: str
    verdict: Verdict

    @property
    def data(self) -> dict[str, Any]:
        """The question, the reply and the verdict as plain data."""
        return {**self.question.data(), "reply": printable(self.reply, 200)}

    def derivation(self) -> Derivation:
        """The verdict as a worked page: what is right, what led to the answer, what tells causes apart."""
        return page(self)

    @cached_property
    def right(self) -> bool:
        """Whether the answer is right, under whatever convention."""
        return self.verdict.outcome != "wrong"


def mark(
    question: Question, reply: str | object, *, working: bool = False, accept: Iterable[str] = (), files: bool = True
) -> Marked:
    """The verdict on an answer to a question.

    `reply` is a number, an expression, a size, a matrix (also a file or nested lists) or numbers by name, as the
    question asks; with `working` its lines are a calculation that ends in the answer. `accept` names misconceptions
    that are taken for a convention, such as not-flipped. Without `files` a reply never names a file. Raises
    `Impossible` where the reply cannot be read.
    """
    accepted = frozenset(accept)
    text = reply if isinstance(reply, str) else str(reply)
    return Marked(question, text, _verdict(question, reply, accepted, working=working, files=files))


def _verdict(
    question: Question, reply: str | object, accepted: frozenset[str], *, working: bool, files: bool
) -> Verdict:
    match question:
        case FeatureMaps() if working:
            raise Impossible("working is marked for sizes and parameters: give the map itself with --answer")
        case FeatureMaps():
            from calc.marking.maps import MapMarking

            cells, places = read_matrix(reply, letters=question.answer.letters, files=files)
            return MapMarking(question, cells, places, accepted).verdict
        case Size() | Several() | Backward() | Stack():
            return _of_sizes(question, _text(reply), accepted, working=working)
        case Lettered():
            value = read_value(_text(reply))
            verdict = LetteredMarking(question, value, accepted).verdict
            return judged((value,), Asked(None), verdict) if len(value.parts) > 1 else verdict
        case Count():
            return _of_ledger(question, _text(reply), accepted, working=working)
        case Concept():
            return ChoiceMarking(question, _text(reply)).verdict
    raise Impossible(
        "answers to this question are not marked: ask for a single layer, layers in a row, parameters, or a concept"
    )


def _text(reply: str | object) -> str:
    """A reply as text: a number, a size, a list of them, or numbers by name."""
    if isinstance(reply, str):
        return reply
    if isinstance(reply, dict):
        return "; ".join(f"{name} = {value}" for name, value in reply.items())
    if isinstance(reply, tuple) and len(reply) > 1 and all(isinstance(n, int) for n in reply):
        return times(reply)
    if isinstance(reply, list | tuple):
        return ", ".join(_text(part) for part in reply)
    return str(reply)


def _of_sizes(
    question: Size | Several | Backward | Stack, text: str, accepted: frozenset[str], *, working: bool
) -> Verdict:
    if isinstance(question, Stack) and "=" not in text:
        text = re.sub(r"\s*(?:→|->|⇒)\s*", ", ", text)  # 28 → 14 → 12
    lines = read_lines(text) if working and "," not in text else ()
    said = read_sizes_reply(lines[-1].text)[-1:] if lines else read_sizes_reply(text)
    match question:
        case Size():
            verdict = SizeMarking(question, said, accepted).verdict
        case Several():
            verdict = SeveralMarking(question, said).verdict
        case Backward():
            verdict = BackwardMarking(question, said).verdict
        case Stack():
            verdict = StackMarking(question, said, accepted).verdict
    if not lines and len(said) == 1 and said[0].value and len(said[0].value.parts) > 1:
        lines = (said[0].value,)
    if not lines:
        return verdict
    return judged(lines, _asked(question), verdict)


def _asked(question: Question) -> Asked:
    """What the working of a size is held against."""
    if not isinstance(question, Size) or len(question.axes) != 1:
        return Asked(None)
    axis = question.axes[0]
    answer = question.answer.get(question.unknown)
    right = answer if isinstance(answer, int) else None
    letters = {**axis.letters()} | ({LETTER[question.unknown]: right} if right is not None else {})
    wrong = tuple(
        Wrong(m.name, m.why, value)
        for m in question.mistaken()
        if isinstance(value := m.answer[question.unknown], int) or hasattr(value, "denominator")
    )
    rest = axis.rest({} if question.unknown == "out" else {question.unknown: right}) if right is not None else 0
    return Asked(right, frozenset(axis.known.values()), letters, wrong, bool(rest))


def _of_ledger(question: Count, text: str, accepted: frozenset[str], *, working: bool) -> Verdict:
    if working:
        lines = read_lines(text)
        if len(lines) > 1 and not any(line.name for line in lines):
            verdict = LedgerMarking(question, lines[-1:], accepted).verdict
            return judged(lines, Asked(None), verdict)
    said = read_values(text)
    faults = {
        i: fault for i, value in enumerate(said) if len(value.parts) > 1 and (fault := fault_of(value, Asked(None)))
    }
    verdict = LedgerMarking(question, said, accepted).verdict
    if not faults:
        return verdict
    told = "; ".join(fault.says for fault in faults.values())
    if verdict.outcome != "wrong":
        return replace(verdict, remarks=(*verdict.remarks, f"the result is right, but the working is not: {told}"))
    meant = tuple(value.calculated if i in faults else value for i, value in enumerate(said))
    causes = LedgerMarking(question, meant, accepted).verdict.causes
    slips = tuple(fault.cause for fault in faults.values() if fault.cause)
    return replace(verdict, explanations=(Explanation((*causes, *slips), told),))
