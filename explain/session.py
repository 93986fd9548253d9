"""A session of practice: a question is shown, an answer is read and marked, until the learner has enough."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Protocol

import explain
from calc.concepts.base import Concept
from calc.derivation import Derivation, Note, Step, Table, Text
from calc.errors import Impossible, counted, listed, printable
from calc.hints import LEVELS
from calc.marking.lessons import lesson
from calc.marking.page import answered
from calc.marking.replies import LONGEST_REPLY
from calc.marking.verdicts import Explanation
from calc.practice.course import Course
from calc.practice.items import Item
from calc.practice.veil import veiled
from calc.progress_store import Attempt, Outcome, Store, now

KEYS = "? a hint · ! the solution · skip · q to stop"
ENDS = ("q", "quit", "exit")
FIRST_HINT = 2
"""The first hint says what is asked, which stands there already."""


class Talk(Protocol):
    """How a session speaks with a learner."""

    def show(self, page: Derivation) -> None:
        """Show a page."""

    def say(self, line: str) -> None:
        """Say one line."""

    def pause(self) -> None:
        """Leave a line empty, if none is."""

    def ask(self, prompt: str) -> str | None:
        """What is answered; None where the input ends."""


class Screen:
    """A terminal, in colour; or plain lines, that a pipe or a screen reader reads in order."""

    def __init__(self, *, plain: bool) -> None:
        self._last: Literal["blank", "line", "page"] = "blank"
        """What was shown last: an empty line, another line, a page that ends without an empty line."""
        self._typed = bool(sys.stdin and sys.stdin.isatty())
        self._plain = plain or not self._typed
        if sys.stdin and hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")
        if self._typed and not self._plain:
            with suppress(ImportError):
                import readline  # noqa: F401  # lines can be edited

    def show(self, page: Derivation) -> None:
        if self._plain:
            for line in explain.render(page, "text"):
                print(line)
        else:
            explain.show(page)
        self._last = "page" if page.checks else "blank"
        sys.stdout.flush()

    def say(self, line: str) -> None:
        from explain.blocks import wrap
        from explain.text import WIDTH

        self._last = "line" if line else "blank"
        print("\n".join(wrap(line, WIDTH)), flush=True)

    def pause(self) -> None:
        if self._last != "blank":
            self.say("")

    def ask(self, prompt: str) -> str | None:
        if self._last == "page":
            self.pause()
        self._last = "line"
        if self._typed and not self._plain:
            try:
                return input(prompt)
            except EOFError:
                print()
                return None
            except KeyboardInterrupt:
                print()
                raise
        print(prompt, end="", flush=True)
        line = sys.stdin.readline(LONGEST_REPLY + 2) if sys.stdin else ""
        rest = line
        while len(rest) > LONGEST_REPLY and not rest.endswith("\n"):  # the end of a line that is too long
            rest = sys.stdin.readline(LONGEST_REPLY + 2)
        if not self._typed:
            print(printable(line.rstrip("\n"), 200), flush=True)
        return line.rstrip("\n") if line else None


@dataclass
class Met:
    """One question of the session, and how it went: answers, hints, and the causes of wrong ones."""

    item: Item
    number: int
    answers: int = 0
    hints: int = 0
    outcome: Literal["right", "wrong", "shown", "skipped", ""] = ""
    causes: list[str] = field(default_factory=list)


@dataclass
class Session:
    """A course, the record it is written to, and somebody who answers."""

    course: Course
    store: Store
    talk: Talk
    count: int | None = None
    _met: list[Met] = field(default_factory=list)
    _lost: bool = False

    def run(self) -> None:
        """Ask until there is no more to be asked or answered, then sum up."""
        try:
            while self.count is None or len(self._met) < self.count:
                met = Met(self.course.next(), len(self._met) + 1)
                self._met.append(met)
                if not self._question(met):
                    break
        except KeyboardInterrupt:
            self.talk.say("Stopped.")
        self.talk.pause()
        self.talk.show(summary(self._met, self._recorded()))

    def _recorded(self) -> str:
        if self._lost or self.store.path is None:
            return ""
        return str(self.store.path)

    def _question(self, met: Met) -> bool:
        """One question until it is done; False if the learner stops."""
        item = met.item
        self.talk.pause()
        self.talk.say(self._heading(met))
        self.talk.say("")
        self.talk.show(item.prompt)
        if met.number == 1:
            self.talk.say(KEYS)
        lines: list[str] = []
        while True:
            reply = self.talk.ask(self._prompt(met, lines))
            word = "" if reply is None else reply.strip().lower()
            if word in ENDS:
                return False
            if reply is None:
                if lines:
                    self._answered(met, "\n".join(lines))
                return False
            match word:
                case "??" | "help":
                    self.talk.say(KEYS)
                case "" if not lines:
                    self.talk.say(KEYS)
                case "?":
                    self._hint(met)
                case "!" | "solution":
                    self._done(met, "shown")
                    self.talk.show(item.solution())
                    return True
                case "skip":
                    self._done(met, "skipped")
                    return True
                case _ if not self._goes_on(item, lines, reply):
                    if self._answered(met, "\n".join(lines)):
                        return True
                    lines = []

    def _prompt(self, met: Met, lines: Sequence[str]) -> str:
        if lines:
            return f"Row {len(lines) + 1} (an empty line ends the answer): "
        return f"{'Once more' if met.answers else 'Answer'}{f' ({met.item.form})' if met.item.form else ''}: "

    def _goes_on(self, item: Item, lines: list[str], line: str) -> bool:
        """Whether an answer has more lines behind this one, which is taken; a line that is no row of it is not, and that is said."""
        if not line.strip():
            return False
        try:
            more = item.goes_on([*lines, line])
        except Impossible as fault:
            self.talk.say(f"✗ {fault}")
            return True
        lines.append(line)
        return more

    def _heading(self, met: Met) -> str:
        of = f" of {self.count}" if self.count else ""
        why = {"mistake": " · what went wrong before", "due": " · due again"}.get(self.course.why, "")
        return f"{met.number}{of} · {met.item.topic}, level {met.item.level}{why}"

    def _hint(self, met: Met) -> None:
        level = FIRST_HINT + met.hints
        if level > len(LEVELS):
            self.talk.say("There are no more hints: ! shows the whole solution.")
            return
        met.hints += 1
        self.talk.show(met.item.hint(level))

    def _answered(self, met: Met, reply: str) -> bool:
        """Mark an answer; True if the question is done."""
        try:
            marked = met.item.mark(reply)
            whole = marked.right or (
                met.answers and not isinstance(met.item.question, Concept)
            )  # its solution says the same
            page = answered(marked) if whole else veiled(marked)
        except Impossible as fault:
            self.talk.say(f"✗ {fault}")
            return False
        met.answers += 1
        causes = _misconceptions(marked.verdict.explanations)
        known = causes if len(marked.verdict.explanations) == 1 else ()
        self._record(met, reply, marked.verdict.outcome, known)
        if met.answers == 1:
            met.outcome = "right" if marked.right else "wrong"
            self.course.heard(met.item, right=marked.right, causes=causes)
        met.causes += known
        self.talk.show(page)
        if not marked.right and met.answers > 1:
            self.talk.pause()
            self.talk.show(met.item.solution())
        return marked.right or met.answers > 1

    def _done(self, met: Met, outcome: Literal["shown", "skipped"]) -> None:
        """A question that is given up."""
        self._record(met, "", outcome, ())
        if not met.answers:
            met.outcome = outcome
            if outcome == "shown":
                self.course.heard(met.item, right=False)

    def _record(self, met: Met, reply: str, outcome: Outcome, causes: Sequence[str]) -> None:
        """Write an answer down; a record that fails does not stop the practice, and that is said once."""
        item = met.item
        attempt = Attempt(
            now(),
            item.topic,
            item.level,
            item.line,
            met.answers + (outcome in ("shown", "skipped")),
            printable("; ".join(reply.split("\n")), 1_000),
            outcome,
            tuple(causes),
            tuple(sorted(item.told)),
            met.hints,
        )
        if self._lost:
            return
        try:
            self.store.record(attempt)
        except Impossible as fault:
            self._lost = True
            self.talk.say(f"! Not recorded from here on: {fault}")


def _misconceptions(explanations: Sequence[Explanation]) -> tuple[str, ...]:
    """The misconceptions that may have led to an answer, each once."""
    causes = (cause for each in explanations for cause in each.causes)
    return tuple(dict.fromkeys(cause.name for cause in causes if cause.kind == "misconception"))


def summary(met: Sequence[Met], recorded: str) -> Derivation:
    """What was practised and how it went."""
    answered = [each for each in met if each.outcome not in ("", "skipped")]
    right = sum(each.outcome == "right" for each in answered)
    steps: list[Step] = []
    if answered:
        kinds = dict.fromkeys((each.item.topic, each.item.level) for each in answered)
        rows: list[tuple[Text, ...]] = []
        for topic, level in kinds:
            here = [each for each in answered if (each.item.topic, each.item.level) == (topic, level)]
            well = sum(each.outcome == "right" for each in here)
            rows.append(((topic,), (str(level),), (f"{well} of {len(here)}",)))
        steps.append(Table((("topic",), ("level",), ("right at once",)), tuple(rows), (False, True, True)))
    if causes := list(dict.fromkeys(name for each in met for name in each.causes)):
        steps.append(Note("why", (f"What went wrong: {listed([lesson(name).title for name in causes])}.",)))
    kept = f"Recorded in {recorded}: cnncalc progress shows it." if recorded else "Not recorded."
    steps.append(Note("convention", (kept if answered else "Nothing was answered.",)))
    headline = (f"{right} of {counted(len(answered), 'question')} right at once",) if answered else ()
    return Derivation(("Practised",), tuple(steps), headline)
