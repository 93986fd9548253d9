"""A worksheet in JSON: its prose and its questions in order, each question with the document of its derivation.

Top level: version, worksheet (its name), edition, parts. A part has a kind: prose with its markdown, or question with
label, line, command and derivation, which is a whole document as `explain.data` writes it. Only the solved edition has
commands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from explain.data import render
from explain.solving import Sheet, Solved

VERSION = 1


def document(sheet: Sheet) -> Iterator[str]:
    """The worksheet as JSON."""
    yield "{\n"
    yield f'"version": {VERSION},\n'
    yield f'"worksheet": {_json(sheet.worksheet.name)},\n'
    yield f'"edition": {_json(sheet.edition)},\n'
    yield '"parts": [\n'
    before = ""
    for part in _parts(sheet):
        yield before
        yield from part
        before = ",\n"
    yield "\n]\n}\n"


def _parts(sheet: Sheet) -> Iterator[Iterator[str]]:
    worksheet, at = sheet.worksheet, 0
    for each in sheet.solved:
        yield from _prose(worksheet.prose(at, each.task.first))
        yield _question(each, commanded=sheet.edition == "solved")
        at = each.task.last
    yield from _prose(worksheet.prose(at, len(worksheet.lines)))


def _prose(markdown: str) -> Iterator[Iterator[str]]:
    if markdown.strip():
        yield iter([_json({"kind": "prose", "markdown": markdown})])


def _question(solved: Solved, *, commanded: bool) -> Iterator[str]:
    task = solved.task
    facts = {"kind": "question", "label": task.label, "line": task.line}
    yield _json(facts | ({"command": task.command} if commanded else {}))[:-1]
    yield ', "derivation":\n'
    yield "\n".join(render(solved.page, solved.checks))
    yield "}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
