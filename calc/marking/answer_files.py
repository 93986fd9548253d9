"""Files of answers: CSV and JSON Lines in, verdicts out."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from calc.errors import Impossible, printable
from calc.marking.batch import Answered, Judged, Unreadable

COLUMNS = ("question", "answer", "student")
VERDICT = ("line", "student", "question", "answer", "outcome", "causes", "says")

LONGEST_LINE = 2_000_000
"""Characters of a row."""

MOST_DIGITS = 4_000
"""Digits of a number of JSON."""


def is_answers(path: str) -> bool:
    """Whether a name is that of a file of answers."""
    return Path(path).suffix.lower() in (".csv", ".tsv", ".jsonl", ".ndjson")


def open_answers(path: str) -> TextIO:
    """A file of answers as text: UTF-8, UTF-16 where its first bytes say so; `Impossible` if it cannot be opened."""
    try:
        file = open(path, "rb")  # noqa: SIM115  # closed with the text around it
        wide = file.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    except OSError as fault:
        raise Impossible(f"{printable(path)} cannot be read: {(fault.strerror or 'unknown reason').lower()}") from None
    encoding, errors = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")


def _mended(lines: Iterable[str]) -> Iterator[str]:
    """The lines, those that are not UTF-8 read as Windows-1252, in which spreadsheets save."""
    for line in lines:
        if not line.isascii():
            try:
                line.encode()
            except UnicodeEncodeError:
                line = line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        yield line


def read_answers(file: Iterable[str], name: str) -> Iterator[Answered | Unreadable]:
    """The rows of a file of answers as they are read; those that are none are told with the reason."""
    file = _mended(file)
    if Path(name).suffix.lower() in (".jsonl", ".ndjson"):
        yield from _json_rows(file)
    else:
        yield from _csv_rows(file, name)


def _json_rows(file: Iterable[str]) -> Iterator[Answered | Unreadable]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            yield Unreadable(number, f"the row has {len(line)} characters, more than the {LONGEST_LINE} that are read")
            continue
        try:
            row = json.loads(line, parse_int=_whole)
        except (ValueError, RecursionError):
            yield Unreadable(number, "the row is no JSON object")
            continue
        if not isinstance(row, dict) or not isinstance(row.get("question"), str) or row.get("answer") is None:
            missing = "answer" if isinstance(row, dict) and isinstance(row.get("question"), str) else "question"
            told = {name: str(row.get(name) or "") for name in COLUMNS} if isinstance(row, dict) else {}
            yield Unreadable(number, f"the row has no {missing}", **told)
            continue
        answer = row["answer"]
        yield Answered(
            number,
            row["question"].strip(),
            answer if isinstance(answer, str) else _spelled(answer),
            str(row.get("student", "")),
        )


def _whole(digits: str) -> int:
    """A whole number of JSON; `ValueError` for one of more digits than are read."""
    if len(digits) > MOST_DIGITS:
        raise ValueError
    return int(digits)


def _spelled(answer: Any) -> str:
    """An answer that JSON holds as numbers, as it would be written."""
    if isinstance(answer, dict):
        return "; ".join(f"{name} = {value}" for name, value in answer.items())
    return json.dumps(answer)


def _csv_rows(file: Iterator[str], name: str) -> Iterator[Answered | Unreadable]:
    csv.field_size_limit(LONGEST_LINE)
    first = next(file, "")
    delimiter = max(",;\t", key=first.count)
    header = [cell.strip().lower().lstrip("\ufeff") for cell in next(csv.reader([first], delimiter=delimiter), [])]
    missing = [column for column in COLUMNS[:2] if column not in header]
    if missing:
        raise Impossible(
            f"{printable(name)} has no column “{missing[0]}”: the first line names the columns question, answer and, if wanted, student"
        )
    places = [header.index(column) if column in header else -1 for column in COLUMNS]
    question, answer, student = places
    reader = csv.reader(file, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            yield Unreadable(reader.line_num + 1, f"the row cannot be read: {fault}")
            continue
        if not any(row):
            continue
        wide = len(row)
        asked = row[question].strip() if question < wide else ""
        answered = row[answer].strip() if answer < wide else ""
        whose = row[student] if 0 <= student < wide else ""
        if not (asked and answered):
            why = f"the row has no {'answer' if asked else 'question'}"
            yield Unreadable(reader.line_num + 1, why, asked, answered, whose)
            continue
        yield Answered(reader.line_num + 1, asked, answered, whose)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def written(verdicts: Iterable[Judged | Unreadable], *, as_json: bool) -> Iterator[str]:
    """The verdicts as lines of CSV or JSON, each with its line break."""
    rows = map(_fields, verdicts)
    if as_json:
        for row in rows:
            yield json.dumps(dict(zip(VERDICT, row, strict=True)), ensure_ascii=False) + "\n"
        return
    line: Any = csv.writer(_Echo(), lineterminator="\n").writerow
    yield line(VERDICT)
    for number, *texts, causes, says in rows:
        yield line([number, *map(_harmless, texts), " ".join(causes), _harmless(says)])


def _fields(each: Judged | Unreadable) -> tuple[Any, ...]:
    """What stands in the columns of a verdict."""
    if isinstance(each, Unreadable):
        return each.line, each.student, each.question, each.answer, "skipped", (), each.why
    row, verdict = each
    return row.line, row.student, row.question, row.answer, verdict.outcome, verdict.causes, verdict.says


def _harmless(field: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{field}" if field[:1] in FORMULA and re.match(r"[=+@]|-(?![\d.])", field) else field


FORMULA = frozenset("=+@-")
"""How a cell begins that a spreadsheet may take for a formula."""
