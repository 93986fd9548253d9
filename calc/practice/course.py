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

APART = 3
"""Questions that lie between the same question asked twice, where no other one shows the mistake that was made in it."""

Mistake = tuple[str, int, tuple[str, ...]]
"""A topic, a level and the misconceptions that were followed."""


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
    _mistakes: list[Mistake] = field(default_factory=list)
    _later: list[tuple[int, Mistake]] = field(default_factory=list)
    """Mistakes that only a question shows which was asked already, and which question is to be that one again."""
    _asked: int = 0
    _again: dict[Mistake, int] = field(default_factory=dict)
    _met: dict[tuple[str, int], bool] = field(default_factory=dict)
    _lines: set[str] = field(default_factory=set)
    _served: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.level is not None and self.level not in LEVELS:
            raise Impossible(f"there is no level {self.level}: they go from {LEVELS[0]} to {LEVELS[-1]}")
        self.due = [each for each in self.due if each.topic in self.topics]

    def next(self) -> Item:
        """The next question, one that was not asked yet in this session if there is another."""
        again = self._by_later()
        chosen = again or self.chosen()
        item = draw(again.topic, again.level, self.random, again.about) if again else self._drawn(chosen)
        while chosen.why == "mistake" and not again and not self._shows(item, chosen):
            self._later.append((self._asked + APART, self._mistakes.pop()))
            chosen = self.chosen()
            item = self._drawn(chosen)
        self.why = chosen.why
        self._served |= {(chosen.topic, name) for name in (*chosen.about, level_name(chosen.level))}
        self._asked += 1
        self._lines.add(item.line)
        return item

    def _drawn(self, chosen: Chosen) -> Item:
        """A question that was not asked yet, if there is another one, first of all one that shows what it is about."""
        for about in (*[chosen.about] * FIRST, *[()] * FIRST):
            item = draw(chosen.topic, chosen.level, self.random, about)
            if item.line not in self._lines:
                break
        return item

    def _shows(self, item: Item, chosen: Chosen) -> bool:
        return item.line not in self._lines and set(chosen.about) <= set(item.wrong)

    def _by_later(self) -> Chosen | None:
        """A mistake whose question may be asked again by now."""
        if not self._later or self._later[0][0] > self._asked:
            return None
        topic, level, about = self._later.pop(0)[1]
        return Chosen(topic, level, about, "mistake")

    def chosen(self) -> Chosen:
        """What the next question is to be about."""
        return self._by_mistake() or self._by_due() or self._new()

    def heard(self, item: Item, *, right: bool, causes: Sequence[str] = ()) -> None:
        """How the first answer to a question was: right, or wrong for these reasons."""
        self._met[item.topic, item.level] = right
        if right:
            self._mistakes = [each for each in self._mistakes if not self._settled(each, item)]
            self._later = [each for each in self._later if not self._settled(each[1], item)]
            return
        mistake = item.topic, item.level, tuple(dict.fromkeys(causes))
        self._again[mistake] = self._again.get(mistake, 0) + 1
        self._mistakes = [each for each in self._mistakes if each != mistake]
        if self._again[mistake] <= AGAIN:
            self._mistakes.append(mistake)

    def _settled(self, mistake: Mistake, item: Item) -> bool:
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
