"""The key to a question: its answer, and what led to which wrong answer, for whoever marks by hand."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from calc.choices import every
from calc.derivation import Derivation, Grid, Step, Table, Text, lift_entry
from calc.errors import at, times
from calc.exact import Cells
from calc.expr import Num, Op, Sym, lift
from calc.feature_maps import FeatureMaps
from calc.marking.lessons import lesson
from calc.marking.wrong_answers import wrong_answers
from calc.posing import posed
from calc.question import Question
from calc.resizing import Adaptive

DRAWN = 12
"""Rows and columns of a map up to which it is written out."""


def key(question: Question) -> Derivation:
    """What was asked, the answer in short, and the wrong answers of known misconceptions."""
    solution = question.derivation()
    headline, steps = solution.headline, tuple[Step, ...]()
    if isinstance(question, FeatureMaps):
        parts = [step for step in solution.steps if isinstance(step, Derivation)]
        steps = (*solution.opening, *parts[-1].steps)
    elif isinstance(question, Adaptive):
        steps = tuple(step for step in solution.steps if isinstance(step, Table))
    elif question.data()["asks"] == "maps":  # whose module needs numpy
        headline = _of_a_cell(question) or headline
    return replace(solution, title=posed(question).title, steps=(*steps, *_wrong(question)), headline=headline)


def _of_a_cell(question: Question) -> Text:
    """The worked cell of a map; nothing of a layer without filters."""
    from calc.layer_maps import LayerMaps

    assert isinstance(question, LayerMaps)
    return (f"{question.value:.6g}",) if question.filters else ()


def _wrong(question: Question) -> Iterator[Step]:
    """The wrong answers with what led to them, those that several rules lead to once."""
    led: dict[Hashable, tuple[Any, list[str]]] = {}
    for answer, why in _led(question):
        whys = led.setdefault(_same(answer), (answer, []))[1]
        if why not in whys:
            whys.append(why)
    wrong: list[tuple[Any, str]] = []
    for answer, whys in led.values():
        told = ", or ".join(whys)
        again = sum(told == before.partition(" (")[0] for _, before in wrong)
        wrong.append((answer, f"{told} (another way)" if again else told))
    if not wrong:
        return
    if isinstance(question, FeatureMaps):
        yield Derivation(("Wrong maps, and what led to them",), tuple(_maps(question.answer, wrong)))
        return
    rows: tuple[tuple[Text, ...], ...] = tuple((_said(answer), (whys,)) for answer, whys in wrong)
    yield Table((("wrong answer",), ("what led to it",)), rows, (True, False))


def _led(question: Question) -> Iterator[tuple[Any, str]]:
    """The answer that each misconception leads to, and what it is called."""
    if question.data()["asks"] == "maps":
        yield from ((each.answer, lesson(each.name).title) for each in question.mistaken())
    else:
        yield from ((answer, lesson(name).title) for name, answer in wrong_answers(question))


def _same(answer: Any) -> Hashable:
    """Something that is equal where answers are."""
    return answer if isinstance(answer, Cells) else str(answer)


def _maps(right: Cells, wrong: Sequence[tuple[Cells, str]]) -> Iterator[Step]:
    """Small maps written out; of others the first cell that differs, in a table."""
    small = [(cells, titles) for cells, titles in wrong if len(cells.shape) == 2 and max(cells.shape) <= DRAWN]
    yield from (Grid(cells, titles, "", "feature map") for cells, titles in small)
    rows: list[tuple[Text, ...]] = []
    for cells, titles in wrong:
        if (cells, titles) in small:
            continue
        rows.append(((titles,), *_differs(right, cells)))
    if rows:
        header = (("what led to it",), ("first cell that differs",), ("wrong",), ("right",))
        yield Table(header, tuple(rows), (False, False, True, True))


def _differs(right: Cells, wrong: Cells) -> tuple[Text, Text, Text]:
    """The first cell in which maps differ, or their sizes where those do."""
    if right.shape != wrong.shape:
        return ("another size",), (times(wrong.shape),), (times(right.shape),)
    place = next(place for place in every(right.shape) if right[place] != wrong[place])
    return (f"({at(place)})",), (lift_entry(wrong[place]),), (lift_entry(right[place]),)


def _said(answer: Any) -> Text:
    """An answer as it is written: 9, 4×5, kernel 3 and stride 2, (ii)."""
    match answer:
        case {**named} if len(named) == 1:
            return _said(*named.values())
        case Mapping():
            parts: list[Any] = []
            for name, value in answer.items():
                parts += [f"{', ' if parts else ''}{name} ", *_said(value)]
            return tuple(parts)
        case list() | tuple() if all(isinstance(part, str) for part in answer):
            return (" and ".join(f"({numeral})" for numeral in answer) or "none of them",)
        case list() | tuple():
            parts = []
            for value in answer:
                parts += [*(["×"] if parts else []), *_said(value)]
            return tuple(parts)
        case Num() | Sym() | Op():
            return (answer,)
        case int() | Fraction():
            return (lift(answer),)
        case float():
            return (f"{answer:.6g}",)
    return (str(answer),)
