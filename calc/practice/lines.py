"""Answers of several lines: a map row by row, a table layer by layer, and where they end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from calc.counting import Count
from calc.errors import Impossible
from calc.feature_maps import FeatureMaps
from calc.marking.ledger_places import CALLED, TOTALS
from calc.marking.ledger_replies import read_ledger_reply
from calc.marking.matrices import read_matrix
from calc.marking.replies import LONGEST_LINES
from calc.question import Question
from calc.stack import Stack

MOST_LINES = 1_000
"""Lines of an answer."""

_NESTED = re.compile(r"[\[({]\s*[\[({]|\\begin\b")
_HEAD = re.compile(r"[^\d;]*[|\t][^\d;]*")
_LAYER = re.compile(
    r"\s*(?:after\s+)?(?:layer|conv|convolution|pool|pooling)[ _]?\d{1,3}\s*(?:[:=|\t,→]|->)\s*\S.*", re.IGNORECASE
)
_ALL = frozenset((*TOTALS, *CALLED["macs"], *CALLED["flops"]))


def unfinished(question: Question, lines: Sequence[str]) -> bool:
    """Whether an answer that begins with these lines goes on in the next one.

    A line that is one row of a map, or names one layer of several, begins an answer that ends with an empty line; and by
    itself where brackets are closed, a map has the size that is asked, or the total is said. `Impossible` where a further
    line is no row.
    """
    if len(lines) >= MOST_LINES or sum(map(len, lines)) > LONGEST_LINES:
        return False
    match question:
        case FeatureMaps() if len(question.answer.shape) == 2:
            return _rows(question, lines)
        case Count() if not question.asks and len(question.rows) > 1:
            return _layers(question, lines)
        case Stack() if question.sized and len(question.passed) > 1:
            return all(map(_LAYER.fullmatch, lines)) and len(lines) < len(question.passed)
    return False


def _rows(question: FeatureMaps, lines: Sequence[str]) -> bool:
    """Of a map."""
    first, text = lines[0], "\n".join(lines)
    if _NESTED.search(first) or _open(first):
        return _open(text)
    if _HEAD.fullmatch(lines[-1]):
        return True
    letters = question.answer.letters
    try:
        row, _ = read_matrix(lines[-1], letters=letters, files=False)
    except Impossible:
        if len(lines) == 1:
            return False
        raise
    if len(lines) == 1 and row.shape[:-1] != (1,):
        return False
    try:
        return read_matrix(text, letters=letters, files=False)[0].shape != question.answer.shape
    except Impossible:  # rows that are not alike
        return True


def _open(text: str) -> bool:
    """Whether brackets, or an environment of LaTeX, are still open."""
    opened = sum(map(text.count, "[({")) - sum(map(text.count, "])}"))
    return opened > 0 or text.count("\\begin") > text.count("\\end")


def _layers(question: Count, lines: Sequence[str]) -> bool:
    """Of a table of layers."""
    if _HEAD.fullmatch(lines[-1]) or (len(lines) > 1 and not re.search(r"\d", lines[-1])):
        return True  # a heading, or a rule below it
    try:
        values, _ = read_ledger_reply(question, lines[-1])
    except Impossible:
        if len(lines) == 1:
            return False
        raise
    return all(value.name and value.name.lower().strip() not in _ALL for value in values)
