"""Which question comes next: by what went wrong, else by what is due, else something new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple

from calc.errors import Impossible
from calc.practice.items import Item
from calc.practice.topics import LEVELS, TOPICS, draw
from calc.progress_store import Due, level_name

AGAIN = 2
"""How often a mistake is practised again in one session before other things have their turn."""

FIRST = 4
"""How often a question is drawn that was asked before, until it is taken, or another one that does not show the mistake."""


class Chosen(NamedTuple):
    """What the next question is to be about, and why."""

    topic: str
    level: int
    about: tuple[str, ...]
    why: str


@dataclass
class Course:
    """A session's course through the topics. `due` is what was scheduled when it began: it hangs on nothing later but the answers."""

    topics: Sequence[str]
    level: int | None
    due: Sequence[Due]
    began: datetime
    random: Random
    why: str = ""
    """Why the last question was chosen: a mistake, due, new, again."""
    _mistakes: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)
    _again: dict[tuple[str, int, tuple[str, ...]], int] = field(default_factory=dict)
    _met: dict[tuple[str, int], bool] = field(default_factory=dict)
    _lines: set[str] = field(default_factory=set)
    _served: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.level is not None and self.level not in LEVELS:
            raise Impossible(f"there is no level {self.level}: they go from {LEVELS[0]} to {LEVELS[-1]}")
        self.due = [each for each in self.due if each.topic in self.topics]

    def next(self) -> Item:
        """The next question, one that was not asked yet in this session if there is another."""
        chosen = self.chosen()
        self.why = chosen.why
        self._served |= {(chosen.topic, name) for name in (*chosen.about, level_name(chosen.level))}
        for about in (*[chosen.about] * FIRST, *[()] * FIRST):
            item = draw(chosen.topic, chosen.level, self.random, about)
            if item.line not in self._lines:
                break
        self._lines.add(item.line)
        return item

    def chosen(self) -> Chosen:
        """What the next question is to be about."""
        return self._by_mistake() or self._by_due() or self._new()

    def heard(self, item: Item, *, right: bool, causes: Sequence[str] = ()) -> None:
        """How the first answer to a question was: right, or wrong for these reasons."""
        self._met[item.topic, item.level] = right
        if right:
            self._mistakes = [each for each in self._mistakes if not self._settled(each, item)]
            return
        mistake = item.topic, item.level, tuple(dict.fromkeys(causes))
        self._again[mistake] = self._again.get(mistake, 0) + 1
        self._mistakes = [each for each in self._mistakes if each != mistake]
        if self._again[mistake] <= AGAIN:
            self._mistakes.append(mistake)

    def _settled(self, mistake: tuple[str, int, tuple[str, ...]], item: Item) -> bool:
        topic, level, about = mistake
        return (topic, level) == (item.topic, item.level) and set(about) <= set(item.wrong)

    def _by_mistake(self) -> Chosen | None:
        """What went wrong last."""
        if not self._mistakes:
            return None
        topic, level, about = self._mistakes[-1]
        return Chosen(topic, level, about, "mistake")

    def _by_due(self) -> Chosen | None:
        """What was due when the session began, the longest first, each once."""
        for each in self.due:
            if each.due > self.began:
                break
            level = self.level or each.level or self._reached(each.topic)
            if (each.topic, each.name) in self._served or (each.level is not None and each.level != level):
                continue
            return Chosen(each.topic, level, () if each.level else (each.name,), "due")
        return None

    def _reached(self, topic: str) -> int:
        """The highest level of a topic that has been practised, or the first."""
        return max((each.level or 0 for each in self.due if each.topic == topic), default=0) or 1

    def _new(self) -> Chosen:
        """What has not been practised yet, the easiest first; else whatever is due next."""
        scheduled = {(each.topic, each.name) for each in self.due}
        levels = LEVELS if self.level is None else (self.level,)
        every = [(topic, level) for level in levels for topic in self.topics]
        fresh = [
            (topic, level)
            for topic, level in every
            if (topic, level_name(level)) not in scheduled and (topic, level) not in self._met
        ]
        if fresh:
            lowest = min(level for _, level in fresh)
            topic, level = self.random.choice([each for each in fresh if each[1] == lowest])
            return Chosen(topic, level, (), "new")
        missed = [each for each in every if not self._met.get(each, True)]
        topic, level = self.random.choice(missed or every)
        return Chosen(topic, level, (), "again")


def course(topics: Sequence[str], level: int | None, due: Sequence[Due], began: datetime, seed: int) -> Course:
    """A course through these topics, or through all of them."""
    return Course(tuple(topics) or tuple(each.name for each in TOPICS), level, due, began, Random(seed))  # noqa: S311  # a practice is no secret
