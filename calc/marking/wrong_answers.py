"""Where wrong rules lead in a question: the answer that each misconception gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calc.counting import Count
from calc.feature_maps import FeatureMaps
from calc.posing import Asks
from calc.question import Question
from calc.stack import Stack
from calc.wrong_counts import wrong_work


def wrong_answers(question: Question, asks: Asks = "") -> Iterator[tuple[str, Any]]:
    """The name of each misconception with the answer that it leads to, where that is not the right one."""
    right = _right(question, asks)
    return ((name, answer) for name, answer in _led(question, asks) if answer != right)


def _right(question: Question, asks: Asks) -> Any:
    """The right answer; None of questions of sizes, which leave out themselves what equals it."""
    match question:
        case Stack() if asks == "field" or not question.sized:
            return tuple(fields[-1].size for fields in question.fields)
        case Count():
            return question.macs if asks == "macs" else question.parameters
        case FeatureMaps():
            return question.answer
    return None


def _led(question: Question, asks: Asks) -> Iterator[tuple[str, Any]]:
    match question:
        case Stack() if asks == "field" or not question.sized:
            from calc.marking.wrong_shapes import wrong_fields

            yield from ((name, numbers) for name, _, numbers in wrong_fields(question))
        case Count():
            if asks == "macs":
                yield from ((name, total) for name, _, total in wrong_work(question))
            else:
                yield from ((each.name, each.answer["parameters"]) for each in question.mistaken())
        case _:
            yield from ((each.name, each.answer) for each in question.mistaken())
