"""Marking any question: the reply is read in the form that the question asks for, and judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from math import floor
from typing import Any, TypeVar

from calc.backward import Backward
from calc.comparison import Comparison
from calc.concepts.base import Concept
from calc.counting import Count
from calc.derivation import Derivation
from calc.displayed import Displayed
from calc.errors import Impossible, listed, nearest, printable, times
from calc.expr import LONGEST_TEXT, Num, Number, Op, num
from calc.feature_maps import FeatureMaps
from calc.lettered import Lettered
from calc.marking.choices import ChoiceMarking
from calc.marking.comparisons import ComparisonMarking
from calc.marking.ledger_columns import asked_in, of_column
from calc.marking.ledger_places import TOTALS
from calc.marking.ledger_replies import read_ledger_reply
from calc.marking.ledgers import LedgerMarking
from calc.marking.lessons import LESSONS
from calc.marking.letters import LetteredMarking
from calc.marking.matrices import read_matrix
from calc.marking.page import page
from calc.marking.replies import Value, read_value
from calc.marking.size_replies import Said, named_axes, read_sizes_reply, size_readings
from calc.marking.sizes import BackwardMarking, SeveralMarking, SizeMarking
from calc.marking.spelling import spellings, unmixed
from calc.marking.stacks import StackMarking
from calc.marking.verdicts import RIGHT, Explanation, Verdict
from calc.marking.working import ALIASES, Asked, Both, Working, Wrong, fault_of, judged, numbers_in, read_lines, root
from calc.question import Question
from calc.rules import LETTER
from calc.several import Several
from calc.sizing import Size
from calc.stack import Stack
from calc.wrong_sizes import by_two, ceils, unrounded

T = TypeVar("T")


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
    accepted = accepted_rules(accept)
    text = reply if isinstance(reply, str) else str(reply)
    return Marked(question, text, _verdict(question, reply, accepted, working=working, files=files))


def accepted_rules(names: Iterable[str]) -> frozenset[str]:
    """The names of wrong rules that are taken for conventions; `Impossible` for one that no rule has."""
    chosen = frozenset(names)
    for name in sorted(chosen - LESSONS.keys()):
        raise Impossible(f"no wrong rule is called “{printable(name, 40)}”{nearest(name, LESSONS)}")
    return chosen


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

            def judged_map(text: str | object) -> Verdict:
                cells, places = read_matrix(text, letters=question.answer.letters, files=files and text is reply)
                return MapMarking(question, cells, places, accepted).verdict

            ways = [reply, *_map_spellings(reply)] if isinstance(reply, str) else [reply]
            return _likeliest(ways, judged_map)
        case Size() | Several() | Backward() | Stack():
            several = not isinstance(question, Size) or len(question.every) > 1
            spelled = spellings(_text(reply), several=several)
            return _likeliest(spelled, lambda text: _of_sizes(question, text, accepted, working=working))
        case Lettered():
            value = read_value(_text(reply))
            verdict = LetteredMarking(question, value, accepted).verdict
            return judged(Working((value,), (1,)), Asked(None), verdict) if len(value.parts) > 1 else verdict
        case Count():
            spelled = spellings(_text(reply))
            return _likeliest(spelled, lambda text: _of_ledger(question, text, accepted, working=working))
        case Comparison():
            return ComparisonMarking(question, _text(reply), accepted).verdict
        case Concept():
            return ChoiceMarking(question, _text(reply)).verdict
        case _ if question.data()["asks"] == "maps":  # whose module needs numpy
            return _of_layer_maps(question, reply, accepted, files=files)
    raise Impossible(
        "answers to this question are not marked: ask for a convolution or a pooling, the size of a layer or of layers in a row, parameters, a cell of a layer's map, or a concept"
    )


def _of_layer_maps(question: Question, reply: str | object, accepted: frozenset[str], *, files: bool) -> Verdict:
    """The verdict on a number for the worked cell of a map, or on a whole map."""
    from calc.layer_maps import LayerMaps
    from calc.marking.cells import CellMarking, WholeMapMarking

    assert isinstance(question, LayerMaps)

    if (number := _one_number(reply)) is None:
        cells, places = read_matrix(reply, files=files)
        return WholeMapMarking(question, cells, places).verdict
    if not question.filters:
        size = times(question.maps.shape)
        raise Impossible(f"{question.layer} has no filters, so no cell of it is worked: answer with its maps, {size}")
    return _likeliest(spellings(number), lambda text: CellMarking(question, read_value(text), accepted).verdict)


def _one_number(reply: str | object) -> str | None:
    """The text of an answer that is one number; None of a matrix."""
    if not isinstance(reply, str):
        return None if hasattr(reply, "__len__") else str(reply)
    bare = reply.strip().strip("[]").strip()
    return None if re.search(r"[;\n\[&]|[\d.]\s+-?\d|\.[A-Za-z]", bare) else bare


def _likeliest(readings: Iterable[T], judge: Callable[[T], Verdict]) -> Verdict:
    """The verdict on the reading under which an answer is right, else of which something is known, else on the first."""
    verdicts: list[Verdict] = []
    faults: list[Impossible] = []
    for reading in readings:
        try:
            verdict = judge(reading)
        except Impossible as fault:
            faults.append(fault)
            continue
        if verdict == RIGHT:
            return verdict
        verdicts.append(verdict)
    if not verdicts:
        raise faults[0]
    return max(verdicts, key=_worth)


def _worth(verdict: Verdict) -> tuple[bool, bool, bool]:
    """How much speaks for what an answer was read as: that it is right, without more to be said, or that a cause is known."""
    right = verdict.outcome != "wrong"
    return right, right and not verdict.remarks, bool(verdict.explanations or verdict.rows)


_DECIMAL_COMMAS = re.compile(r"-?\d+(?:,\d+)?(?:[\s;]+-?\d+(?:,\d+)?)*")
"""Numbers with commas inside and spaces between them."""


def _map_spellings(reply: str) -> Iterator[str]:
    """What the numbers of a map may mean besides: with decimal commas, or mixed, 2 3/4."""
    if "," in reply and _DECIMAL_COMMAS.fullmatch(reply.strip("[] \n")):
        yield reply.replace(",", ".")
    if (mixed := unmixed(reply, several=True)) != reply:
        yield mixed


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


Sized = Size | Several | Backward | Stack


def _of_sizes(question: Sized, text: str, accepted: frozenset[str], *, working: bool) -> Verdict:
    """The verdict on an answer read as sizes, or as the lines of a working that end in one."""
    joined = "=" in text and not (len(text) <= LONGEST_TEXT and named_axes(text))
    ways = [_of_working, _of_answer] if working else [_of_answer, _of_joined] if joined else [_of_answer]
    return _likeliest(ways, lambda way: way(question, text, accepted))


def _of_answer(question: Sized, text: str, accepted: frozenset[str]) -> Verdict:
    """An answer that is no more than that, or one line of working."""
    if isinstance(question, Stack) and "=" not in text:
        text = re.sub(r"→|->|⇒", ", ", text)  # 28 → 14 → 12
    axes = len(question.every) if isinstance(question, Size) else 1
    said, verdict = _best(question, size_readings(text, axes, row=isinstance(question, Stack)), accepted)
    if len(said) == 1 and (value := said[0].value) and len(value.parts) > 1:
        return judged(Working((value,), (1,)), _asked(question, value.number), verdict)
    return verdict


def _of_joined(question: Sized, text: str, accepted: frozenset[str]) -> Verdict:
    """An answer of several equations, which do not say two things of what is asked."""
    if isinstance(question, Size):
        lines = [line for line in read_lines(text, sized=True).lines if line.name.lower() in _names(question)]
        plain = {floor(line.number) for line in lines if len(line.parts) == 1 and not line.expression.free}
        if len(plain) > 1:
            both = listed([str(number) for number in sorted(plain)])
            raise Impossible(f"the answer says that {printable(lines[0].name, 20)} is {both}: give one number")
    return _of_working(question, text, accepted)


def _of_working(question: Sized, text: str, accepted: frozenset[str]) -> Verdict:
    """Lines of working."""
    read = read_lines(text, sized=True)
    readings: Iterable[tuple[Said, ...]]
    if isinstance(question, Stack) and len(read.lines) in question.changes and len(read.lines) > 1:
        readings = (tuple(Said(line.name, (line.number,), line) for line in read.lines),)
    else:
        readings = tuple(read_sizes_reply(line.text)[-1:] for line in _concluding(question, read.lines))
    said, verdict = _best(question, readings, accepted)
    return judged(read, _asked(question, said[0].numbers[0]), verdict)


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
            said = tuple(_solved(question, each) for each in said)
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


def _solved(question: Sized, said: Said) -> Said:
    """What was said, solved for the letter that is asked: 2p = 4 says p = 2."""
    if said.value is None or not isinstance(question, Size) or said.value.parts[0].free == frozenset():
        return said
    found = root(said.value.parts)
    first = said.value.parts[0]
    if found is None or found[0].lower() not in _names(question) or first.value({found[0]: 0}) != 0:
        return said
    return Said(found[0], (found[1],), None)


def _names(question: Size) -> set[str]:
    """What the number that is asked is called."""
    return {name.lower() for name in ALIASES.get(LETTER[question.unknown], ())}


def _concluding(question: Question, lines: Sequence[Value]) -> Iterator[Value]:
    """The lines that may be the answer: the last, or one before it that the last puts in and that comes to a given, as a check does."""
    last = lines[-1]
    if isinstance(question, Size) and question.unknown != "out" and not last.expression.free:
        givens, names = _asked(question).givens, _names(question)
        if last.number in givens and last.name.lower() not in names:
            put_in = {part for each in last.parts for part in numbers_in(each)}
            plain = [line for line in lines[:-1] if not line.expression.free]
            yield from (line for line in reversed(plain) if line.name.lower() in names)
            yield from (line for line in plain[-1:] if line.number in put_in and not line.name)
    yield last


def _asked(question: Question, said: Number | None = None) -> Asked:
    """What the working of a size is held against; where several numbers do it, the one that was `said`."""
    if not isinstance(question, Size) or len(question.axes) != 1:
        return Asked(None)
    axis = question.axes[0]
    answer = question.answer.get(question.unknown)
    right = answer if isinstance(answer, int) else None
    if isinstance(said, int) and question.unknown != "out" and axis.answered_by(said):
        right = said
    letters = {**axis.letters()} | ({LETTER[question.unknown]: right} if right is not None else {})
    wrong = tuple(
        Wrong(m.name, m.why, value)
        for m in question.mistaken()
        if isinstance(value := m.answer[question.unknown], int) or hasattr(value, "denominator")
    )
    rest = axis.rest({} if question.unknown == "out" else {question.unknown: right}) if right is not None else 0
    exact, down = unrounded(axis, question.rule), question.unknown == "out" and not ceils(axis.law)
    both = tuple(Both(rules, number) for rules, number in by_two(axis, question.rule))
    return Asked(right, frozenset(axis.known.values()), letters, wrong, bool(rest), exact, down, both)


PARTS = frozenset(("", "weights", "weight", "biases", "bias", *TOTALS))
"""What lines of working for parameters are called that are no layers."""


def _of_ledger(question: Count, text: str, accepted: frozenset[str], *, working: bool) -> Verdict:
    if working:
        read = Working()
        with suppress(Impossible):  # it may be an answer by layers, which is read below
            read = read_lines(text)
        named = {line.name.lower() for line in read.lines}
        if len(read.lines) > 1 and named <= PARTS and read.lines[-1].name.lower() in ("", *TOTALS):
            verdict = LedgerMarking(question, read.lines[-1:], accepted).verdict
            return judged(read, Asked(None), verdict)
    if question.asks:
        return _likeliest(question.asks, lambda column: of_column(question, column, text, accepted))
    values, remarks = read_ledger_reply(question, text)
    if column := asked_in(question, values):
        return of_column(question, column, text, accepted)
    said = _summed(question, values)
    faults = {
        i: fault for i, value in enumerate(said) if len(value.parts) > 1 and (fault := fault_of(value, Asked(None)))
    }
    verdict = LedgerMarking(question, said, accepted, faults).verdict
    verdict = replace(verdict, remarks=(*verdict.remarks, *remarks))
    if not faults:
        return verdict
    told = "; ".join(fault.says for fault in faults.values())
    if verdict.outcome != "wrong":
        return replace(verdict, remarks=(*verdict.remarks, f"the result is right, but the working is not: {told}"))
    if verdict.rows:
        return verdict
    meant = tuple(value.calculated if i in faults else value for i, value in enumerate(said))
    causes = LedgerMarking(question, meant, accepted).verdict.causes
    slips = tuple(fault.cause for fault in faults.values() if fault.cause)
    return replace(verdict, explanations=(Explanation((*causes, *slips), told),))
