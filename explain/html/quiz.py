"""A quiz as a page: blanks to be filled in, marked in the page against answers that are known beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain as chained
from typing import Any

from calc.derivation import Check, Derivation, Pooled, Window
from calc.quizzes.blanks import Again, Blank, Cell, Quiz, Turn
from explain.html.marks import embedded, escaped, matrix, written
from explain.html.parts import Part, headings
from explain.html.windows import signed

STYLE, SCRIPTS = "quiz.css", ("reading.js", "quiz.js")
"""What such a page has besides what every page has."""

LEAST, MOST = 4, 22
"""Characters that a blank has room for."""


def quiz_section(derivation: Derivation, quiz: Quiz, checks: Iterable[Check] = ()) -> Iterator[str]:
    """What is asked, the blanks, and the worked solution, which is hidden until they are filled in."""
    yield from _Page(derivation, quiz).whole(checks)


class _Page:
    """A quiz being written: its blanks by their names."""

    def __init__(self, derivation: Derivation, quiz: Quiz) -> None:
        self.part = Part(derivation)
        self.derivation = derivation
        self.quiz = quiz
        self.ids = {blank.name: f"b{i}" for i, blank in enumerate(quiz.blanks, start=1)}

    def whole(self, checks: Iterable[Check]) -> Iterator[str]:
        part, quiz = self.part, self.quiz
        yield '<article aria-labelledby="asked">'
        yield f'<header><h1 id="asked">{part.said(quiz.title)}</h1></header>'
        yield from part.steps(quiz.posed, 2)
        yield '<section class="quiz" aria-labelledby="turn"><h2 id="turn">Your turn</h2>'
        several = len(quiz.turns) > 1
        for number, turn in enumerate(quiz.turns, start=1):
            yield from self.turn(turn, f"turn{number}", titled=several)
        yield from self.desk()
        yield "</section>"
        yield '<section class="solution" id="solution" aria-labelledby="solved" hidden>'
        yield '<h2 id="solved" tabindex="-1">The worked solution</h2>'
        if self.derivation.headline:
            yield f'<p class="answer">{part.said(self.derivation.headline)}</p>'
        steps = [step for step in self.derivation.steps if not isinstance(step, Check) and step not in quiz.posed]
        yield from part.steps(steps, 3)
        for check in chained(self.derivation.checks, checks):
            yield part.check(check)
        yield "</section></article>"
        yield from self.kept()
        yield f'<script type="application/json" id="quiz">{embedded(self.data())}</script>'

    def desk(self) -> Iterator[str]:
        """The buttons, how far it has come, what is said of the last answer, the window, the hints."""
        yield '<div class="desk">'
        yield '<div class="controls" role="group" aria-label="The answer">'
        yield '<button type="button" id="check">Check</button>'
        yield '<button type="button" id="hint">A hint</button>'
        yield '<button type="button" id="show">Show the answer</button>'
        yield '<output id="progress"></output></div>'
        yield '<div id="verdict" class="verdict" aria-live="polite"></div>'
        if any(blank.window for blank in self.quiz.blanks):
            yield '<details id="window" class="aid"><summary>The window under the kernel</summary><div id="looking"></div></details>'
        yield '<ol id="hints" class="hints" role="list" aria-live="polite"></ol>'
        yield '<p class="end"><button type="button" id="finish">Show all answers and the worked solution</button></p>'
        yield "<noscript><p>Answers are marked by the script of this page, which does not run here.</p></noscript>"
        yield "</div>"

    def turn(self, turn: Turn, name: str, *, titled: bool) -> Iterator[str]:
        if titled:
            yield f"<h3>{self.part.said(turn.title)}</h3>"
        room = max([LEAST, *(len(self.part.plainly(blank.shows)) + 1 for blank in turn.blanks)])
        if turn.kind == "answer":
            for blank in turn.blanks:
                yield from self.answer(blank, min(room, MOST))
            return
        label = escaped(self.part.plainly(turn.title))
        if turn.kind == "map":
            yield '<div class="scroll">'
            rows = [[self.cell(cell, room) for cell in row] for row in turn.rows]
            yield from matrix(rows, label, "map blanks")
            yield "</div>"
            return
        region = f'<div class="box" role="region" aria-label="{label}, to be filled in" tabindex="0">'
        yield f'{region}<table class="data blanks" id="{name}"><thead>'
        yield self.part.row(turn.header, turn.right, "col")
        yield "</thead><tbody>"
        for row in turn.rows:
            yield self.row(row, turn, room)
        yield "</tbody>"
        if turn.total:
            yield f"<tfoot>{self.row(turn.total, turn, room)}</tfoot>"
        yield "</table></div>"

    def row(self, cells: Sequence[Cell], turn: Turn, room: int) -> str:
        made = []
        heads = [self.part.plainly(head) for head in turn.header]
        labels = headings(heads, [cell != ("",) for cell in cells])
        for i, (cell, aside, label) in enumerate(zip(cells, turn.right, labels, strict=True)):
            said = self.cell(cell, min(room, MOST))
            name, scope = ("th", ' scope="row"') if i == 0 and said else ("td", "")
            kind = ' class="r"' if aside else ""
            made.append(f"<{name}{scope}{kind}{label}>{said}</{name}>")
        return f"<tr>{''.join(made)}</tr>"

    def cell(self, cell: Cell, room: int) -> str:
        match cell:
            case Blank():
                own = self.ids[cell.name]
                return (
                    f'<span class="field"><input class="blank" id="{own}" type="text" size="{room}" maxlength="200" autocomplete="off"'
                    f' autocapitalize="off" spellcheck="false" enterkeyhint="done" aria-label="{escaped(cell.asks)}"></span>'
                )
            case Again():
                return f'<span class="again" data-again="{self.ids[cell.name]}">…</span>'
        return self.part.said(cell)

    def answer(self, blank: Blank, room: int) -> Iterator[str]:
        """A blank by itself, or choices."""
        own = self.ids[blank.name]
        if not blank.choices:
            yield f'<p class="lone"><label for="{own}">{escaped(blank.asks)}</label> {self.cell(blank, room)}</p>'
            return
        kind = "checkbox" if blank.several else "radio"
        yield f'<fieldset class="choices" id="{own}"><legend class="hidden">{escaped(blank.asks)}</legend>'
        for i, choice in enumerate(blank.choices):
            yield (
                f'<p><label><input type="{kind}" name="{own}" value="{i}"> <span class="label">({choice.label})</span>'
                f" {escaped(choice.text)}</label></p>"
            )
        yield "</fieldset>"

    def kept(self) -> Iterator[str]:
        """What is shown in its time: how answers come about, windows, hints."""
        for blank in self.quiz.blanks:
            own = self.ids[blank.name]
            if blank.worked:
                lines = (line for step in blank.worked for line in self.part.step(step))
                yield f'<template id="{own}-worked">{"".join(lines)}</template>'
            if blank.window:
                yield f'<template id="{own}-window">{"".join(self.window(blank.window))}</template>'
        for i, hint in enumerate(self.quiz.hints, start=1):
            told = self.part.steps(hint.steps, 4)
            yield f'<template id="hint{i}">{"".join(told)}</template>'

    def window(self, window: Window | Pooled) -> Iterator[str]:
        """What a cell is made of, not worked out."""
        cells = self.part.figures
        if isinstance(window, Pooled):
            for layer in window.layers:
                yield from matrix(written(layer.patch, cells), layer.name or "window", "window")
            return
        for part in window.slices:
            name = f'<p class="plane">{escaped(part.name)}</p>' if part.name else ""
            yield f'{name}<div class="row equation">'
            yield from matrix(written(part.patch, cells), "window", "window")
            yield from signed("∘", matrix(written(part.kernel, cells), "kernel", "kernel"))
            yield "</div>"
        if window.bias:
            yield f"<p>and the bias, {escaped(cells.cell(window.bias))}</p>"

    def data(self) -> dict[str, Any]:
        """What the script looks answers up in."""
        quiz = self.quiz
        blanks = []
        for blank in quiz.blanks:
            told: dict[str, Any] = {
                "id": self.ids[blank.name],
                "asks": blank.asks,
                "shows": self.part.plainly(blank.shows),
                "right": blank.right,
                "wrong": blank.wrong,
            }
            if blank.between:
                told["between"] = blank.between
            told |= {flag: True for flag in ("sized", "rounded", "loose") if getattr(blank, flag)}
            if blank.readings:
                told["readings"] = blank.readings
            if blank.adds:
                told["adds"] = [self.ids[name] for name in blank.adds]
            if blank.choices:
                told["choices"] = [
                    {"label": choice.label, "right": choice.right, "cause": choice.cause} for choice in blank.choices
                ]
            blanks.append(told)
        causes = [{"name": cause.name, "title": cause.title, "says": cause.says} for cause in quiz.causes]
        lessons = {cause.name: cause.lesson for cause in quiz.causes if cause.lesson}
        return {
            "blanks": blanks,
            "causes": causes,
            "lessons": lessons,
            "misread": [each._asdict() for each in quiz.misread],
        }
