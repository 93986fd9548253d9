"""What has been practised, kept in one SQLite file: every attempt, and when each thing is due again.

Each attempt is one transaction that is on the disk when it ends, so that a program that is killed loses nothing that it
recorded, and two that run at once wait for each other. Cards are scheduled by FSRS, a model of forgetting.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from calc.errors import Impossible, printable

SCHEMA = 1
"""The version of the tables, kept in the file."""

OURS = 0x636E6E63
"""What marks the file as one of this program: its application_id."""

FILE = "progress.sqlite"
FOLDER = "CNNCALC_DATA"
"""The environment variable that names the folder."""

WAIT = 20.0
"""Seconds to wait for another session that is writing."""

TABLES = """
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    topic TEXT NOT NULL,
    level INTEGER NOT NULL,
    line TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    answer TEXT NOT NULL,
    outcome TEXT NOT NULL,
    causes TEXT NOT NULL,
    tells TEXT NOT NULL,
    hints INTEGER NOT NULL
);
CREATE TABLE cards (
    topic TEXT NOT NULL,
    name TEXT NOT NULL,
    due TEXT NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (topic, name)
);
"""

Outcome = Literal["right", "convention", "wrong", "shown", "skipped"]
"""The verdict on an answer; or the solution was looked at, or the question passed over, without one."""


@dataclass(frozen=True)
class Attempt:
    """One answer to one question of a practice.

    `attempt` counts the answers to the same question from 1, `causes` are the misconceptions that led to it, `tells`
    those that would have led to another answer each, `hints` how many were taken.
    """

    time: datetime
    topic: str
    level: int
    line: str
    attempt: int
    answer: str
    outcome: Outcome
    causes: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    hints: int = 0

    @property
    def right(self) -> bool:
        """Whether the answer is right, under whatever convention."""
        return self.outcome in ("right", "convention")

    def data(self) -> dict[str, Any]:
        """The attempt as plain data."""
        return {
            "time": _written(self.time),
            "topic": self.topic,
            "level": self.level,
            "line": self.line,
            "attempt": self.attempt,
            "answer": self.answer,
            "outcome": self.outcome,
            "causes": list(self.causes),
            "tells": list(self.tells),
            "hints": self.hints,
        }


class Due(NamedTuple):
    """When a topic at a level, or a misconception in a topic, is to be practised again."""

    topic: str
    name: str
    due: datetime

    @property
    def level(self) -> int | None:
        """The level, if it is a level."""
        return level_of(self.name)


def level_name(level: int) -> str:
    """What the card of a level is called."""
    return f"level {level}"


def level_of(name: str) -> int | None:
    """The level that a card is of; None for a misconception."""
    return int(name.removeprefix("level ")) if name.startswith("level ") else None


def folder(said: str = "") -> Path:
    """The folder that the record is in: the one that is said, that of the environment, or the user's own for data."""
    if chosen := said or os.environ.get(FOLDER, ""):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("cnncalc", appauthor=False)


class Unwritable(Impossible):
    """Nothing can be recorded there; what is recorded, if anything, is whole."""


class Store:
    """The record of practice, open."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def in_memory(cls) -> Self:
        """A record that is gone with the program."""
        store = cls(sqlite3.connect(":memory:", isolation_level=None), None)
        store._prepare()
        return store

    @classmethod
    def open(cls, where: Path) -> Self:
        """The record in a folder, made where there is none.

        Raises `Unwritable` where no file can be made, `Impossible` for a file that is damaged, of a later version or
        of another program; nothing in it is changed then.
        """
        path = where / FILE
        try:
            where.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
        except (OSError, sqlite3.Error) as fault:
            raise Unwritable(
                f"{printable(str(where), 200)} cannot be written to: {_reason(fault)}; say another folder with --data"
            ) from None
        store = cls(connection, path)
        try:
            with store._told():
                store._prepare()
        except BaseException:
            connection.close()
            raise
        return store

    @classmethod
    def kept(cls, where: Path) -> Self:
        """The record in a folder as it is; an empty one, of which nothing is kept, where there is none."""
        return cls.open(where) if (where / FILE).exists() else cls.in_memory()

    def _prepare(self) -> None:
        """See that the file is ours and whole, and make its tables where it is new."""
        run = self._connection.execute
        run("PRAGMA synchronous = FULL")
        run("PRAGMA secure_delete = ON")
        if self._version() == 0:
            with self._writing():
                if self._version() == 0:  # another session may have made them just now
                    if run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                        raise Impossible(f"{self._where} belongs to another program: say another folder with --data")
                    for table in TABLES.split(";"):
                        run(table)
                    run(f"PRAGMA application_id = {OURS}")
                    run(f"PRAGMA user_version = {SCHEMA}")
        if run("PRAGMA application_id").fetchone()[0] != OURS:
            raise Impossible(f"{self._where} belongs to another program: say another folder with --data")
        if self._version() > SCHEMA:
            raise Impossible(
                f"{self._where} was written by a later version of cnncalc: update this one, or say another folder with --data"
            )
        if run("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    @property
    def _where(self) -> str:
        return printable(str(self.path), 200)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with the file in a sentence."""
        try:
            yield
        except sqlite3.OperationalError as fault:
            raise Unwritable(f"{self._where} cannot be used: {_reason(fault)}") from None
        except (sqlite3.Error, ValueError) as fault:
            if isinstance(fault, Impossible):
                raise
            raise Impossible(
                f"{self._where} is damaged and nothing in it has been changed: move it away to begin anew, or practise with --no-record"
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that no other session writes beside."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def record(self, attempt: Attempt) -> None:
        """Write an attempt down, and when its topic and its misconceptions are due again; on the disk when this returns."""
        with self._told(), self._writing():
            values = attempt.data() | {"causes": json.dumps(attempt.causes), "tells": json.dumps(attempt.tells)}
            names = ", ".join(values)
            places = ", ".join(f":{name}" for name in values)
            self._connection.execute(f"INSERT INTO attempts ({names}) VALUES ({places})", values)  # noqa: S608  # names of columns
            for name, rating in self._rated(attempt):
                self._review(attempt, name, rating)

    def _rated(self, attempt: Attempt) -> Iterator[tuple[str, str]]:
        """How well each thing was known that the first answer to a question tells of."""
        if attempt.attempt == 1 and attempt.outcome != "skipped":
            well = "Again" if not attempt.right else "Hard" if attempt.hints else "Good"
            yield level_name(attempt.level), well
            if attempt.right:
                known = self._connection.execute("SELECT name FROM cards WHERE topic = ?", (attempt.topic,)).fetchall()
                yield from ((name, well) for (name,) in known if name in attempt.tells)
        yield from ((name, "Again") for name in dict.fromkeys(attempt.causes))

    def _review(self, attempt: Attempt, name: str, rating: str) -> None:
        from fsrs import Card, Rating, Scheduler

        found = self._connection.execute(
            "SELECT card FROM cards WHERE topic = ? AND name = ?", (attempt.topic, name)
        ).fetchone()
        card = Card.from_dict(json.loads(found[0])) if found else Card(card_id=0, due=attempt.time)
        time = max(attempt.time, card.last_review or attempt.time)  # a clock may have been set back
        card, _ = Scheduler(enable_fuzzing=False).review_card(card, Rating[rating], time)
        self._connection.execute(
            "INSERT OR REPLACE INTO cards (topic, name, due, card) VALUES (?, ?, ?, ?)",
            (attempt.topic, name, _written(card.due), json.dumps(card.to_dict())),
        )

    def attempts(self) -> list[Attempt]:
        """Every attempt, the first one first."""
        with self._told():
            rows = self._connection.execute(
                "SELECT time, topic, level, line, attempt, answer, outcome, causes, tells, hints FROM attempts ORDER BY id"
            ).fetchall()
            return [_read(row) for row in rows]

    def due(self) -> list[Due]:
        """Everything that is scheduled, what is due first in front."""
        with self._told():
            rows = self._connection.execute("SELECT topic, name, due FROM cards ORDER BY due, topic, name").fetchall()
            return [Due(topic, name, datetime.fromisoformat(due)) for topic, name, due in rows]

    def export(self) -> dict[str, Any]:
        """The whole record as plain data."""
        with self._told():
            cards = self._connection.execute("SELECT topic, name, card FROM cards ORDER BY topic, name").fetchall()
            return {
                "program": "cnncalc",
                "version": SCHEMA,
                "attempts": [attempt.data() for attempt in self.attempts()],
                "cards": [{"topic": topic, "name": name, "card": json.loads(card)} for topic, name, card in cards],
            }

    def erase(self) -> int:
        """Forget everything; how many attempts there were."""
        with self._told():
            with self._writing():
                many = self._connection.execute("DELETE FROM attempts").rowcount
                self._connection.execute("DELETE FROM cards")
            self._connection.execute("VACUUM")
        return many

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()


def _read(row: tuple[Any, ...]) -> Attempt:
    """An attempt out of its row."""
    time, topic, level, line, attempt, answer, outcome, causes, tells, hints = row
    led, told = tuple(json.loads(causes)), tuple(json.loads(tells))
    return Attempt(datetime.fromisoformat(time), topic, level, line, attempt, answer, outcome, led, told, hints)


def now() -> datetime:
    """The time, as it is recorded."""
    return datetime.now(UTC)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _reason(fault: Exception) -> str:
    """Why a file cannot be used, in words."""
    if isinstance(fault, OSError):
        return (fault.strerror or "unknown reason").lower()
    return str(fault).lower()
