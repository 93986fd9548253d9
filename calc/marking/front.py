"""Marking any question: the reply is read in the form that the question asks for, and judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from calc.backward import Backward
from calc.comparison import Comparison
from calc.concepts.base import Concept
from calc.counting import Count
from calc.derivation import Derivation
from calc.displayed import Displayed
from calc.errors import Impossible, printable, times
from calc.expr import Num, Op, num
from calc.feature_maps import FeatureMaps
from calc.lettered import Lettered
from calc.marking.choices import ChoiceMarking
from calc.marking.comparisons import ComparisonMarking
from calc.marking.ledgers import TOTALS, LedgerMarking
from calc.marking.letters import LetteredMarking
from calc.marking.page import page
from calc.marking.replies import Value, read_matrix, read_value, read_values
from calc.marking.sizes import BackwardMarking, Said, SeveralMarking, SizeMarking, read_sizes_reply, size_readings
from calc.marking.stacks import StackMarking
from calc.marking.verdicts import Explanation, Verdict
from calc.marking.working import ALIASES, Asked, Working, Wrong, fault_of, judged, read_lines
from calc.question import Question
from calc.rules import LETTER
from calc.several import Several
from calc.sizing import Size
from calc.stack import Stack
from calc.wrong_sizes import ceils, unrounded


@dataclass(frozen=True)
class Marked(Displayed):
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
        case FeatureMaps() if working and isinstance(reply, str) and "=" in reply:
            from calc.convolution import Convolution
            from calc.marking.windows import WindowMarking, read_windows

            if not isinstance(question, Convolution) or question.answer.letters:
                raise Impossible(
                    "the working of a map is marked for convolutions with numbers: give the map itself with --answer"
                )
            return WindowMarking(question, read_windows(reply, question.axes), accepted).verdict
        case FeatureMaps():
            from calc.marking.maps import MapMarking

            cells, places = read_matrix(reply, letters=question.answer.letters, files=files)
            verdict = MapMarking(question, cells, places, accepted).verdict
            if (
                verdict.outcome == "wrong"
                and isinstance(reply, str)
                and _DECIMAL_COMMAS.fullmatch(reply.strip("[] \n"))
            ):
                cells, places = read_matrix(reply.replace(",", "."), files=False)
                other = MapMarking(question, cells, places, accepted).verdict
                return other if other.outcome != "wrong" else verdict
            return verdict
        case Size() | Several() | Backward() | Stack():
            return _of_sizes(question, _text(reply), accepted, working=working)
        case Lettered():
            value = read_value(_text(reply))
            verdict = LetteredMarking(question, value, accepted).verdict
            return judged(Working((value,), (1,)), Asked(None), verdict) if len(value.parts) > 1 else verdict
        case Count():
            return _of_ledger(question, _text(reply), accepted, working=working)
        case Comparison():
            return ComparisonMarking(question, _text(reply), accepted).verdict
        case Concept():
            return ChoiceMarking(question, _text(reply)).verdict
    raise Impossible(
        "answers to this question are not marked: ask for a convolution or a pooling, the size of a layer or of layers in a row, parameters, or a concept"
    )


_DECIMAL_COMMAS = re.compile(r"-?\d+(?:,\d+)?(?:[\s;]+-?\d+(?:,\d+)?)*")
"""Numbers with commas inside and spaces between them."""


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
        text = re.sub(r"→|->|⇒", ", ", text)  # 28 → 14 → 12
    many = sum("=" in line for line in re.split(r"[\n;]", text))
    read = read_lines(text, sized=True) if working and ("," not in text or many > 1) else Working()
    readings: Iterable[tuple[Said, ...]]
    if isinstance(question, Stack) and len(read.lines) in question.changes and len(read.lines) > 1:
        readings = (tuple(Said(line.name, (line.number,), line) for line in read.lines),)
    elif read.lines:
        readings = (read_sizes_reply(_concluding(question, read.lines).text)[-1:],)
    else:
        readings = size_readings(text, len(question.every) if isinstance(question, Size) else 1)
    said, verdict = _best(question, readings, accepted)
    if not read.lines and len(said) == 1 and said[0].value and len(said[0].value.parts) > 1:
        read = read_lines(text, sized=True) if "=" in text else Working((said[0].value,), (1,))
    if not read.lines:
        return verdict
    return judged(read, _asked(question), verdict)


def _summed(question: Count, said: tuple[Value, ...]) -> tuple[Value, ...]:
    """The terms of a wrong sum as the rows that they are of, and the total; else the answer as it is."""
    sum_ = said[0].parts[0]
    counted = [row.parameters for row in question.rows if row.parameters]
    if len(said) > 1 or said[0].name or not isinstance(sum_, Op) or sum_.op != "+" or len(sum_.args) != len(counted):
        return said
    terms = [part.value() for part in sum_.args]
    if len(terms) < 2 or terms == counted or any(term.denominator != 1 for term in terms):
        return said
    rows = tuple(Value(str(term), (Num(term),)) for term in terms)
    return (*rows, Value(said[0].text, (num(said[0].number),)))


def _best(
    question: Size | Several | Backward | Stack, readings: Iterable[tuple[Said, ...]], accepted: frozenset[str]
) -> tuple[tuple[Said, ...], Verdict]:
    """The reading under which the answer is right, else one of which something is known, else the first, with its verdict."""
    faults, wrong = [], []
    for said in readings:
        try:
            verdict = _of_size(question, said, accepted)
        except Impossible as fault:
            faults.append(fault)
            continue
        if verdict.outcome != "wrong":
            return said, verdict
        wrong.append((said, verdict))
    if not wrong:
        raise faults[0]
    return max(wrong, key=lambda each: bool(each[1].explanations or each[1].rows))


def _of_size(question: Size | Several | Backward | Stack, said: tuple[Said, ...], accepted: frozenset[str]) -> Verdict:
    match question:
        case Size():
            return SizeMarking(question, said, accepted).verdict
        case Several():
            return SeveralMarking(question, said).verdict
        case Backward():
            return BackwardMarking(question, said).verdict
        case Stack():
            return StackMarking(question, said, accepted).verdict


def _concluding(question: Question, lines: Sequence[Value]) -> Value:
    """The line that answers: the last, or the last that names what is asked where that one comes to a given, as a check does."""
    last, asked = lines[-1], _asked(question)
    if isinstance(question, Size) and not last.expression.free and last.number in asked.givens:
        names = {name.lower() for name in ALIASES.get(LETTER[question.unknown], ())}
        named = [line for line in lines if line.name.lower() in names]
        if named and last.name.lower() not in names:
            return named[-1]
    return last


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
    exact, down = unrounded(axis, question.rule), question.unknown == "out" and not ceils(axis.law)
    return Asked(right, frozenset(axis.known.values()), letters, wrong, bool(rest), exact, down)


PARTS = frozenset(("", "weights", "weight", "biases", "bias", *TOTALS))
"""What lines of working for parameters are called that are no layers."""


def _of_ledger(question: Count, text: str, accepted: frozenset[str], *, working: bool) -> Verdict:
    if working:
        read = read_lines(text)
        if len(read.lines) > 1 and all(line.name.lower() in PARTS for line in read.lines):
            verdict = LedgerMarking(question, read.lines[-1:], accepted).verdict
            return judged(read, Asked(None), verdict)
    said = _summed(question, read_values(text, [row.call.name for row in question.rows]))
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
