"""Many answers marked: the same question is worked out once, and answers that are alike are judged once.

An answer that no rule and no slip can lead to is told at once: for numbers by a table of all that they lead to, for maps
by comparing all answers with all wrong maps as arrays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.counting import Count
from calc.derivation import Derivation, Note, Step, Table
from calc.errors import Impossible, counted, listed, printable
from calc.feature_maps import FeatureMaps
from calc.marking.front import accepted_rules, mark
from calc.marking.lessons import lesson
from calc.marking.replies import read_values
from calc.marking.slips import near
from calc.marking.verdicts import Verdict, said, spaced
from calc.question import Question
from calc.sizing import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from calc.marking.ledger_rules import Accounts
    from calc.marking.maps import Wrongs

CHUNK = 20_000
"""Answers that are judged together."""

REMEMBERED = 200_000
"""Answers to one question whose verdicts are remembered."""

WIDEST_BAR = 24


class Answered(NamedTuple):
    """One row of answers: where it stands, the question as it is written, the answer, and whose it is."""

    line: int
    question: str
    answer: str
    student: str = ""


class Unreadable(NamedTuple):
    """A row that is none, and why."""

    line: int
    why: str
    question: str = ""
    answer: str = ""
    student: str = ""


class Brief(NamedTuple):
    """A verdict in short: right, convention, wrong or unreadable; the names of the causes; a sentence."""

    outcome: str
    causes: tuple[str, ...] = ()
    says: str = ""


class Judged(NamedTuple):
    """A row and its verdict."""

    row: Answered
    verdict: Brief


def brief(verdict: Verdict) -> Brief:
    """A verdict in short."""
    says = verdict.says or "; ".join(verdict.remarks)
    if others := [listed([lesson(cause.name).title for cause in each.causes]) for each in verdict.explanations[1:]]:
        says += f"; it may be {', or '.join(others)} as well"
    return Brief(verdict.outcome, tuple(cause.name for cause in verdict.causes), says)


_WHOLE = re.compile(r"\s*[-−]?\d{1,15}\s*")


class Marker:
    """One question, ready to judge any number of answers to it."""

    def __init__(self, question: Question, accept: Iterable[str] = ()) -> None:
        self.question = question
        self.accept = accepted_rules(accept)
        self.known: dict[str, Brief] = {}

    def judge(self, answers: Sequence[str]) -> list[Brief]:
        """The verdict on each answer."""
        return [self.one(answer) for answer in answers]

    def one(self, answer: str) -> Brief:
        """The verdict on one answer, remembered."""
        found = self.known.get(answer)
        if found is None:
            found = self._judged(answer)
            if len(self.known) < REMEMBERED:
                self.known[answer] = found
        return found

    def _judged(self, answer: str) -> Brief:
        try:
            working = "\n" in answer and "=" in answer
            verdict = mark(self.question, answer, accept=self.accept, working=working, files=False).verdict
        except Impossible as fault:
            return Brief("unreadable", (), str(fault))
        return brief(verdict)


class NumberMarker(Marker):
    """A question that is answered by one whole number, such as how many parameters there are."""

    @cached_property
    def plausible(self) -> frozenset[int]:
        """Every number of which something is to be said: the right ones, what rules lead to, and slips in those."""
        if self._accounts:
            return self._accounts.numbers()
        assert isinstance(self.question, Size)
        led = [*_whole_numbers(self.question.answer.get(self.question.unknown))]
        for stretch in self.question.axes[0].stretches:
            led += range(stretch.first, (stretch.last or stretch.first) + 1)
        for wrong in self.question.mistaken():
            led += _whole_numbers(wrong.answer[self.question.unknown])
        return frozenset(number for each in led for number in (each, *near(each)))

    @cached_property
    def _accounts(self) -> Accounts | None:
        from calc.marking.ledger_rules import Accounts

        return Accounts(self.question) if isinstance(self.question, Count) else None

    def _judged(self, answer: str) -> Brief:
        if not self._accounts or not _WHOLE.fullmatch(answer):
            return super()._judged(answer)
        from calc.marking.ledgers import LedgerMarking

        assert isinstance(self.question, Count)
        return brief(LedgerMarking(self.question, read_values(answer), self.accept, known=self._accounts).verdict)

    def judge(self, answers: Sequence[str]) -> list[Brief]:
        plausible, known, right = self.plausible, self.known, self._right
        told = []
        for answer in answers:
            found = known.get(answer)
            if found is None and _WHOLE.fullmatch(answer):
                number = int(answer.replace("−", "-"))
                found = (
                    self.one(answer)
                    if number in plausible
                    else Brief("wrong", (), f"{self._said(number)} is not {right}")
                )
            told.append(found or self.one(answer))
        return told

    @cached_property
    def _right(self) -> str:
        if isinstance(self.question, Count):
            return self._said(self.question.parameters)
        assert isinstance(self.question, Size)
        return self._said(self.question.answer.get(self.question.unknown))

    def _said(self, number: Any) -> str:
        return spaced(number) if isinstance(self.question, Count) else said(number)


def _whole_numbers(value: Any) -> Iterator[int]:
    for x in value if isinstance(value, list) else [value]:
        if isinstance(x, int):
            yield x


class MapMarker(Marker):
    """A question that is answered by a matrix of whole numbers."""

    def __init__(self, question: Question, accept: Iterable[str] = ()) -> None:
        super().__init__(question, accept)
        self._maps: dict[bytes, Brief] = {}

    @cached_property
    def _rows(self) -> re.Pattern[str]:
        """An answer of the right shape, written as short whole numbers."""
        rows, columns = self._shape
        row = rf"-?\d{{1,9}}(?:[ \t,]+-?\d{{1,9}}){{{columns - 1}}}"
        return re.compile(rf"\s*{row}(?:\s*[;\n]\s*{row}){{{rows - 1}}}\s*")

    @cached_property
    def _shape(self) -> tuple[int, int]:
        assert isinstance(self.question, FeatureMaps)
        shape = self.question.answer.shape
        return shape if len(shape) == 2 else (1, shape[0])

    @cached_property
    def _wrongs(self) -> Wrongs:
        from calc.marking.maps import Wrongs

        assert isinstance(self.question, FeatureMaps)
        return Wrongs(self.question)

    @cached_property
    def _whole(self) -> frozenset[bytes]:
        """The answers that rules lead to, as bytes."""
        import numpy as np

        every = (*self._wrongs.singles, *self._wrongs.pairs.values())
        whole = (each.answer for each in every if each.answer.denominator == 1)
        return frozenset(answer.numerators.astype(np.int64).tobytes() for answer in whole)

    def judge(self, answers: Sequence[str]) -> list[Brief]:
        import numpy as np

        told: list[Brief | None] = [self.known.get(answer) for answer in answers]
        plain = [i for i, found in enumerate(told) if found is None and self._rows.fullmatch(answers[i])]
        if plain:
            exact = self._wrongs.exact
            assert exact is not None
            text = " ".join([answers[i] for i in plain]).replace(";", " ").replace(",", " ")
            numbers = np.array(text.split(), np.int64).reshape(len(plain), -1)
            same = np.zeros(len(plain), np.int64)
            for wanted in exact.cells:
                np.maximum(same, (numbers == wanted).sum(1), out=same)
            size = numbers.shape[1]
            for i, cells, near in zip(plain, numbers, same.tolist(), strict=True):
                if 2 * near >= size or cells.tobytes() in self._whole:
                    told[i] = self._near(answers[i], cells)
                else:
                    told[i] = Brief("wrong", (), "no rule leads to this map")
        return [found or self.one(answer) for found, answer in zip(told, answers, strict=True)]

    def _near(self, answer: str, cells: NDArray[np.int64]) -> Brief:
        """An answer that is like one that a rule leads to; alike answers in other spellings are judged once."""
        spelled = cells.tobytes()
        found = self._maps.get(spelled)
        if found is None:
            found = self._maps[spelled] = self._map(cells)
        if len(self.known) < REMEMBERED:
            self.known[answer] = found
        return found

    def _map(self, cells: NDArray[np.int64]) -> Brief:
        from calc.exact import Cells
        from calc.marking.maps import MapMarking

        assert isinstance(self.question, FeatureMaps)
        reply = Cells(cells.reshape(self._shape).copy())
        verdict = MapMarking(self.question, reply, 0, self.accept, self._wrongs).verdict
        return brief(verdict)


def marker(question: Question, accept: Iterable[str] = ()) -> Marker:
    """The marker that judges answers to a question fastest."""
    if isinstance(question, FeatureMaps):
        answer = question.answer
        plain = answer.denominator == 1 and not answer.letters and not answer.approximate
        if len(answer.shape) == 2 and plain and answer.numerators.dtype != object:
            return MapMarker(question, accept)
    if (isinstance(question, Count) and not question.asks) or (
        isinstance(question, Size) and len(question.axes) == 1 and _bounded(question)
    ):
        return NumberMarker(question, accept)
    return Marker(question, accept)


def _bounded(question: Size) -> bool:
    stretches = question.axes[0].stretches
    return all(s.last is not None and s.last - s.first < CHUNK for s in stretches)


def judged(
    rows: Iterable[Answered | Unreadable], ask: Callable[[str], Question], accept: Iterable[str] = ()
) -> Iterator[Judged | Unreadable]:
    """Each row with its verdict, in their order; `ask` makes a question of its text."""
    markers: dict[str, Marker | str] = {}
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        by_question: dict[str, list[Answered]] = {}
        for row in chunk:
            if isinstance(row, Answered):
                by_question.setdefault(row.question, []).append(row)
        told: dict[int, Brief | str] = {}
        for text, group in by_question.items():
            if text not in markers:
                try:
                    markers[text] = marker(ask(text), accept)
                except Impossible as fault:
                    markers[text] = str(fault)
            one = markers[text]
            if isinstance(one, str):
                told |= dict.fromkeys((row.line for row in group), f"the question cannot be asked: {one}")
            else:
                told |= zip((row.line for row in group), one.judge([row.answer for row in group]), strict=True)
        for row in chunk:
            if isinstance(row, Unreadable):
                yield row
                continue
            verdict = told[row.line]
            yield Unreadable(row.line, verdict, *row[1:]) if isinstance(verdict, str) else Judged(row, verdict)


class Summary:
    """How many answers to each question were right, and what led to the others."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        """How often each question was answered with each outcome and causes."""
        self.skipped: list[Unreadable] = []

    def add(self, each: Judged | Unreadable) -> None:
        """Count one row in."""
        if isinstance(each, Unreadable):
            self.skipped.append(each)
        else:
            self.seen[each.row.question, each.verdict.outcome, each.verdict.causes] += 1

    @property
    def outcomes(self) -> dict[str, Counter[str]]:
        """How often each outcome came, for each question."""
        found: dict[str, Counter[str]] = {}
        for (question, outcome, _), many in self.seen.items():
            found.setdefault(question, Counter())[outcome] += many
        return found

    @property
    def causes(self) -> dict[str, Counter[str]]:
        """How often each cause led to a wrong answer, for each question; "" where none is known."""
        found: dict[str, Counter[str]] = {}
        for (question, outcome, causes), many in self.seen.items():
            counts = found.setdefault(question, Counter())
            for cause in dict.fromkeys(causes) or ([""] if outcome == "wrong" else []):
                counts[cause] += many
        return found

    def derivation(self) -> Derivation:
        """A histogram of causes for each question."""
        total = sum(sum(counts.values()) for counts in self.outcomes.values())
        right = sum(counts["right"] + counts["convention"] for counts in self.outcomes.values())
        steps: list[Step] = []
        for question, outcomes in self.outcomes.items():
            steps.append(Derivation((printable(question, 70),), tuple(self._question(question, outcomes))))
        if self.skipped:
            first = self.skipped[0]
            several = f"{counted(len(self.skipped), 'row')}, the first in " if len(self.skipped) > 1 else ""
            steps.insert(0, Note("convention", (f"Skipped: {several}line {first.line}: {first.why}.",)))
        answer = {
            "answers": total,
            "right": right,
            "skipped": len(self.skipped),
            "questions": [
                {
                    "question": question,
                    "outcomes": dict(outcomes),
                    "causes": {name or "unknown": n for name, n in self.causes[question].most_common()},
                }
                for question, outcomes in self.outcomes.items()
            ],
        }
        title = (f"{counted(total, 'answer')} to {counted(len(self.outcomes), 'question')}",)
        return Derivation(title, tuple(steps), (f"{right} right",), answer, (), {"asks": "mark"})

    def _question(self, question: str, outcomes: Counter[str]) -> Iterator[Step]:
        said = [f"{outcomes[name]} {word}" for name, word in OUTCOMES.items() if outcomes[name]]
        yield Note("convention", (" · ".join(said),))
        counts = self.causes[question].most_common()
        if counts:
            most = counts[0][1]
            rows = tuple(
                (
                    (lesson(name).title if name else "cause not known",),
                    (str(n),),
                    ("█" * max(round(n / most * WIDEST_BAR), 1),),
                )
                for name, n in counts
            )
            yield Table((("cause",), ("answers",), ("",)), rows, (False, True, False))


OUTCOMES = {
    "right": "right",
    "convention": "right under another convention",
    "wrong": "wrong",
    "unreadable": "unreadable",
}
