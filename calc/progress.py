"""How far a learner has come, out of the record: mastery of each topic and level, misconceptions, and what is due next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from calc.derivation import Derivation, Note, Step, Table, Text
from calc.errors import counted, listed
from calc.marking.lessons import LESSONS
from calc.practice.topics import LEVELS, NAMES
from calc.progress_store import Attempt, Due

FULL = 10
"""Answers that fill a bar: the last ten first answers."""

WELL = 8
"""Of them right, without a hint, from which a thing is mastered."""

SHOWN = 6
"""Things that are due which are told by name."""

LAST = 12
"""Misconceptions that are told, those followed last."""


class Mastery(NamedTuple):
    """How many of the last answers were right, of how many."""

    right: int
    of: int

    @property
    def text(self) -> str:
        """A bar of ten blocks, a sign, and the numbers."""
        if not self.of:
            return "–"
        sign = "✓" if self.right >= WELL else "✗" if self.right == 0 else " "
        return f"{'█' * self.right}{'░' * (FULL - self.right)} {sign} {self.right}/{self.of}"


class Misled(NamedTuple):
    """A misconception in a topic: how often it was followed, and how often avoided where it would have shown."""

    topic: str
    name: str
    made: int
    last: datetime
    avoided: Mastery


def first_answers(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The first answer to each question, those passed over left out."""
    return [each for each in attempts if each.attempt == 1 and each.outcome != "skipped"]


def mastery(attempts: Sequence[Attempt]) -> dict[tuple[str, int], Mastery]:
    """Of each topic and level the last ten first answers: those right without a hint."""
    found: dict[tuple[str, int], list[bool]] = {}
    for each in first_answers(attempts):
        found.setdefault((each.topic, each.level), []).append(each.right and not each.hints)
    return {key: Mastery(sum(known[-FULL:]), len(known[-FULL:])) for key, known in found.items()}


def misconceptions(attempts: Sequence[Attempt]) -> list[Misled]:
    """Every misconception that was followed, the one followed last in front."""
    found = []
    pairs = dict.fromkeys((each.topic, name) for each in attempts for name in each.causes)
    for topic, name in pairs:
        made = [each for each in attempts if each.topic == topic and name in each.causes]
        met = [
            name not in each.causes
            for each in first_answers(attempts)
            if each.topic == topic and (name in each.causes or (each.right and name in each.tells))
        ]
        found.append(Misled(topic, name, len(made), made[-1].time, Mastery(sum(met[-FULL:]), len(met[-FULL:]))))
    return sorted(found, key=lambda each: each.last, reverse=True)


def progress(attempts: Sequence[Attempt], due: Sequence[Due], now: datetime, where: str = "") -> Derivation:
    """Mastery as bars, misconceptions, and what is due next."""
    answered = first_answers(attempts)
    title: Text = ("What has been practised",)
    if not attempts:
        note = Note("why", ("Nothing yet: cnncalc practice begins, cnncalc practice --topics lists what there is.",))
        return Derivation(title, (note,), ("0 questions",), _data([], {}, [], due), (), {"asks": "progress"})
    known, wrong = mastery(attempts), misconceptions(attempts)
    steps: list[Step] = [Note("convention", (f"Recorded in {where}",))] if where else []
    steps.append(_topics(known))
    if wrong:
        steps.append(_misled(wrong))
    steps += [*_due(due, now)]
    told = "A bar is the last ten questions of a kind: right at the first answer, without a hint. ✓ from 8 on."
    steps.append(Note("convention", (told,)))
    headline = (counted(len(answered), "question"),)
    return Derivation(title, tuple(steps), headline, _data(answered, known, wrong, due), (), {"asks": "progress"})


def _topics(known: dict[tuple[str, int], Mastery]) -> Derivation:
    header: tuple[Text, ...] = (("topic",), *((f"level {level}",) for level in LEVELS))
    practised = {topic for topic, _ in known}
    none = Mastery(0, 0)
    rows: tuple[tuple[Text, ...], ...] = tuple(
        ((name,), *((known.get((name, level), none).text,) for level in LEVELS))
        for name in (*NAMES, *sorted(practised - set(NAMES)))
        if name in practised
    )
    steps: list[Step] = [Table(header, rows, (False,) * len(header))]
    if missing := [name for name in NAMES if name not in practised]:
        steps.append(Note("why", (f"Not practised yet: {listed(missing)}.",)))
    return Derivation(("Topics",), tuple(steps))


def _misled(wrong: Sequence[Misled]) -> Derivation:
    header: tuple[Text, ...] = (("misconception",), ("topic",), ("made",), ("avoided",))
    rows: tuple[tuple[Text, ...], ...] = tuple(
        ((_called(each.name),), (each.topic,), (str(each.made),), (each.avoided.text,)) for each in wrong[:LAST]
    )
    steps: list[Step] = [Table(header, rows, (False, False, True, False))]
    if len(wrong) > LAST:
        steps.append(Note("why", (f"And {len(wrong) - LAST} more, longer ago.",)))
    return Derivation(("Misconceptions",), tuple(steps))


def _due(due: Sequence[Due], now: datetime) -> Iterator[Step]:
    if not due:
        return
    rows: list[tuple[Text, ...]] = [((_when(each.due - now),), (each.topic,), (_title(each),)) for each in due[:SHOWN]]
    steps: list[Step] = [Table((("",), ("topic",), ("",)), tuple(rows), (False, False, False))]
    if len(due) > SHOWN:
        steps.append(Note("why", (f"And {len(due) - SHOWN} more, later.",)))
    yield Derivation(("Due next",), tuple(steps))


def _called(name: str) -> str:
    """What a misconception is called; one that is not known any more keeps its name."""
    return LESSONS[name].title if name in LESSONS else name.replace("-", " ")


def _title(each: Due) -> str:
    return each.name if each.level else _called(each.name)


def _when(off: timedelta) -> str:
    """When something is due, from now on."""
    minutes = off.total_seconds() / 60
    if minutes <= 0:
        return "now"
    if minutes < 60:
        return f"in {counted(max(round(minutes), 1), 'minute')}"
    if minutes < 60 * 24:
        return f"in {counted(round(minutes / 60), 'hour')}"
    return f"in {counted(round(minutes / 60 / 24), 'day')}"


def _data(
    answered: Sequence[Attempt], known: dict[tuple[str, int], Mastery], wrong: Sequence[Misled], due: Sequence[Due]
) -> dict[str, Any]:
    return {
        "questions": len(answered),
        "topics": [
            {"topic": topic, "level": level, "right": right, "of": of} for (topic, level), (right, of) in known.items()
        ],
        "misconceptions": [
            {
                "topic": each.topic,
                "name": each.name,
                "made": each.made,
                "avoided": each.avoided.right,
                "of": each.avoided.of,
            }
            for each in wrong
        ],
        "due": [{"topic": each.topic, "name": each.name, "due": each.due.isoformat()} for each in due],
    }
