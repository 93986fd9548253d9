"""A question as it is posed: what is asked and what is given, and nothing of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from calc.backward import Backward
from calc.comparison import Comparison
from calc.concepts.base import Concept
from calc.counting import Count, Row
from calc.derivation import Derivation, Given, Step, Table, Text
from calc.errors import at, times
from calc.expr import num
from calc.feature_maps import FeatureMaps
from calc.question import Question
from calc.rules import LETTER, MEANING, NAMES
from calc.sizing import Size
from calc.stack import Stack

Asks = Literal["", "field", "macs"]
"""What of a question is asked where it answers several things: its answer, a receptive field, multiply-accumulates."""


class Posed(NamedTuple):
    """What is asked, and what is given; `decimals` are those of `Derivation`."""

    title: Text
    steps: tuple[Step, ...]
    decimals: bool = False


def posed(question: Question, asks: Asks = "") -> Posed:
    """The question without its answer."""
    match question:
        case Count():
            return Posed(_counted(question, asks), (_layers(question),))
        case Concept():
            return Posed((f"Concept: {question.about}",), question.asked())
        case _ if question.data()["asks"] == "maps":  # whose module needs numpy
            return _of_a_cell(question)
    solution = question.derivation()
    match question:
        case FeatureMaps():
            given = next(step for step in solution.steps if isinstance(step, Derivation))
            return Posed(solution.title, (*solution.opening, given), solution.decimals)
        case Size():
            given_facts = [step for step in solution.steps if isinstance(step, Given)]
            return Posed(solution.title, (*solution.opening, *(given_facts or [_known(question)])))
        case Stack():
            title = solution.title
            if asks == "field" or not question.sized:
                title = ("How many cells of the input does one output see, along one axis?",)
            return Posed(title, (_list([at.text for at in question.passed]),))
        case Backward():
            return Posed(solution.title, (_list([stage.text for stage in question.stages]),))
        case Comparison():
            return Posed(
                ("What does one output of either see, and how many weights has each: ", *solution.title, "?"), ()
            )
    given_steps = tuple(step for step in solution.steps if isinstance(step, Given))
    return Posed(solution.title, (*solution.opening, *given_steps[:1]))


def _of_a_cell(question: Question) -> Posed:
    """Which number stands in the worked cell of a map; of a layer without filters, what it answers."""
    from calc.layer_maps import LayerMaps

    assert isinstance(question, LayerMaps)
    where = f"{question.layer} in {question.source or question.network} on {question.image}"
    if not question.filters:
        return Posed((f"What does {where} make of it?",), question.asked(), True)
    title = f"What stands at ({at(question.cell)}) of map {question.worked + 1} of {where}?"
    return Posed((title,), question.asked(), True)


def _counted(question: Count, asks: Asks) -> Text:
    what = "multiply-accumulates (MACs)" if asks == "macs" else "parameters"
    shape = f" on an input of {times(question.network.input)}" if question.network.input else ""
    if _numbered(question):
        many = "does this layer" if len(question.rows) == 1 else "do these layers"
    else:
        many = f"does {question.network.name}{f' in {question.source}' if question.source else ''}"
    return (f"How many {what} {many} {'take' if asks == 'macs' else 'have'}{shape}?",)


def _numbered(question: Count) -> bool:
    """Whether the layers have numbers for names, in their order."""
    return question.network.written and [row.call.name for row in question.rows] == [
        *map(str, range(len(question.rows)))
    ]


def _layers(question: Count) -> Table:
    """The layers of a network."""
    rows: tuple[tuple[Text, ...], ...] = tuple(((row.call.name,), (written(row),)) for row in question.rows)
    return Table((("name",), ("layer",)), rows, (False, False))


def written(row: Row) -> str:
    """The layer of a row as torch writes it; one that is not known by its kind and the shapes of its parameters."""
    call = row.call
    if call.layer is not None:
        return call.layer.constructor()
    shapes = ", ".join(times(tensor.shape) for tensor in call.tensors)
    return f"{call.kind}: {shapes}" if shapes else call.kind


def _known(question: Size) -> Given:
    """The numbers that a size question gives, one that is the same along every axis once."""
    known = dict(question.given)
    return Given(
        tuple(
            (LETTER[name], (times(known[name] if len(set(known[name])) > 1 else known[name][:1]),), MEANING[name])
            for name in NAMES
            if name in known
        )
    )


def _list(layers: Sequence[str]) -> Table:
    rows: tuple[tuple[Text, ...], ...] = tuple(((num(i),), (text,)) for i, text in enumerate(layers, start=1))
    return Table((("",), ("layer",)), rows, (True, False))
