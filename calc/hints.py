"""Hints to a question, one at a time: what is asked, which law answers it, the law with letters, the numbers put in, the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from calc.backward import Backward
from calc.comparison import Comparison, weights
from calc.concepts.base import Concept
from calc.counting import Count, Row
from calc.derivation import Derivation, Note, Step
from calc.errors import Impossible, times
from calc.expr import Expr, Op, Sym, num
from calc.feature_maps import FeatureMaps
from calc.layers.base import ABSENT, IN, OUT, Layer
from calc.layers.conv import Conv
from calc.layers.pool import Pool
from calc.lettered import Lettered
from calc.map_hints import map_hint
from calc.posing import Asks, posed
from calc.question import Question
from calc.readers.stages import Stage
from calc.resizing import END, START, Adaptive
from calc.rules import LETTER, MEANING, NAMES, WORDS
from calc.several import Several
from calc.sizing import Size
from calc.stack import Stack
from calc.unfolding import meaning

LEVELS = ("What is asked", "Which law answers it", "The law", "The numbers put in", "The result")


def hint(
    question: Question, level: int, asks: Asks = "", further: str = "--hint {}", solution: Derivation | None = None
) -> Derivation:
    """The hint of that level, 1 to 5, and nothing of the later ones; `Impossible` where there is none.

    `asks` says what of the question is asked where that is not its first answer: a field, or macs; `further` is how
    the next hint is come by, which is not said where it is empty; `solution` is the worked solution, where that is
    there already.
    """
    if not 1 <= level <= len(LEVELS):
        raise Impossible(f"there is no hint {level}: they go from 1, what is asked, to {len(LEVELS)}, the result")
    columns = question.asks if isinstance(question, Count) else ()
    if columns and not WORK & set(columns):
        raise Impossible(f"there are no hints for the column “{columns[0]}”: there are for parameters, macs and flops")
    solution = solution or question.derivation()
    steps = tuple(_steps(question, level, solution, asks))
    more = (
        ""
        if level == len(LEVELS) or not further
        else f"The next hint, {LEVELS[level][:1].lower()}{LEVELS[level][1:]}: {further.format(level + 1)}."
    )
    notes = (Note("convention", (more,)),) if more else ()
    title = (f"Hint {level}: {LEVELS[level - 1][:1].lower()}{LEVELS[level - 1][1:]}",)
    told = level == len(LEVELS) and not (asks or getattr(question, "asks", "") or question.data()["asks"] == "maps")
    headline = solution.headline if told else ()
    return Derivation(
        title, (*steps, *notes), headline, {"level": level, "of": len(LEVELS)}, (), question.data(), solution.decimals
    )


WORK = {"macs", "flops"}
"""Columns of a ledger that there are hints for besides the parameters."""


def _steps(question: Question, level: int, solution: Derivation, asks: Asks) -> Iterator[Step]:
    if level == 1 and question.data()["asks"] != "maps":
        yield from _asked(question, asks)
        return
    match question:
        case FeatureMaps():
            yield from map_hint(question, level, solution)
        case Size():
            yield from _of_size(question, level)
        case Stack() if asks == "field" or not question.sized:
            yield from _of_field(question, level)
        case Stack():
            yield from _of_stack(question, level)
        case Count() if asks == "macs" or WORK & set(question.asks):
            yield from _of_work(question, level)
        case Count():
            yield from _of_count(question, level)
        case Concept():
            yield from _of_concept(question, level)
        case Comparison():
            yield from _of_comparison(question, level)
        case Adaptive():
            yield from _of_adaptive(question, level, solution)
        case _ if question.data()["asks"] == "maps":  # whose module needs numpy
            yield from _of_a_cell(question, level)
        case _:
            yield from _of_any(question, level)


def _asked(question: Question, asks: Asks) -> Iterator[Step]:
    """What is asked and what is given; of a large network not every layer."""
    work = isinstance(question, Count) and WORK & set(question.asks)
    asked = posed(question, "macs" if work else asks)
    yield Note("why", asked.title)
    if not isinstance(question, Count) or len(question.rows) <= MOST_LAYERS:
        yield from asked.steps


MOST_LAYERS = 24
"""Layers of a network that are listed in what is asked."""


def _of_a_cell(question: Question, level: int) -> Iterator[Step]:
    """The worked cell of a layer's map."""
    from calc.layer_maps import LayerMaps
    from calc.map_steps import put_in, result

    assert isinstance(question, LayerMaps)
    if not question.filters:
        raise Impossible(
            f"{question.layer} has no filters, so no cell of it is worked by hand: name a convolution with --layer"
        )
    asked, deep = posed(question), ", in every channel" if len(question.sums) > 1 else ""
    if level == 1:
        yield Note("why", asked.title)
        yield from (step for step in asked.steps if isinstance(step, Note))
    elif level == 2:
        yield Note("why", (f"Lay the filter on its window as it stands. Multiply what lies on each other{deep}.",))
        yield Note("why", (f"Add all the products up{', and the bias once' if question.filters.bias else ''}.",))
    elif level == 3:
        yield Note(
            "why",
            (f"y = Σ w·x{' + b' if question.filters.bias else ''} over the cells of the window and all channels",),
        )
    elif level == 4:
        yield from asked.steps[-1:]
        yield from put_in(question)
    else:
        yield Note("why", result(question))


def _of_any(question: Question, level: int) -> Iterator[Step]:
    """Of a question in several unknowns: the law of one layer says most of it."""
    if level == 2:
        match question:
            case Backward():
                what = "the size rule of each layer, solved from the last layer back"
            case Several():
                what = "the size rule, with one unknown after the other tried"
            case _:
                what = "the size rule, with the letters kept in it"
        yield Note("why", (f"It is answered by {what}.",))
    elif level == 3:
        law = (
            question.rule.law
            if isinstance(question, Several)
            else question.law
            if isinstance(question, Lettered)
            else Conv.size
        )
        yield _relation(law)
        yield _letters(law)
    elif level == 4:
        yield from _put_in(question)


def _put_in(question: Question) -> Iterator[Step]:
    """The size rule with the numbers that are known put in."""
    match question:
        case Several():
            for known in question.axes:
                letters = {LETTER[name]: value for name, value in known.items() if name != "out"}
                out = num(known["out"]) if "out" in known else None
                yield _relation(question.rule.law.put(letters), out)
        case Lettered():
            yield _relation(question.law.put(question.put_in))
        case Backward():
            first = question.shape[1] if len(question.shape) > 1 else None
            for i, stage in enumerate(question.stages):
                rule = _with_holes(stage, len(question.shape) - 1)
                if rule is not None and rule != IN:
                    yield Note("why", (f"{stage.text}: ", rule.put({} if i or first is None else {IN.name: first})))
            if question.out:
                yield Note("why", (f"The last is to give {times(question.out)}; in is what the layer before gives.",))


def _with_holes(stage: Stage, axes: int) -> Expr | None:
    """The size rule of a layer, its numbers put in but those that are looked for; None where it has none."""
    try:
        layer = stage.layer(axes, None, [1] * len(stage.holes))
    except Impossible:
        return None
    if not layer.axes:
        return None
    missing = {HOLES.get(hole.name, "") for hole in stage.holes}
    tied = missing | (
        {"s"} if "k" in missing and "stride" not in stage.arguments and isinstance(layer, Pool) else set()
    )
    rule = layer.size_rule().put({name: n for name, n in layer.along(0).items() if name not in tied})
    return rule.put({"s": Sym("k")}) if tied - missing else rule


HOLES = {"kernel_size": "k", "stride": "s", "padding": "p", "dilation": "d", "output_padding": "o"}
"""The letters of the numbers that may be looked for."""


def _of_adaptive(question: Adaptive, level: int, solution: Derivation) -> Iterator[Step]:
    begin, end = ("window i, counted from 0, begins behind cell ", START), ("and ends with cell ", END)
    if level == 2:
        text = "Each output has a window of its own: the input is cut into as many parts of nearly equal size, which may overlap by a cell."
        yield Note("why", (text,))
    elif level == 3:
        yield Note("why", (*begin, ", ", *end))
    elif level == 4:
        for n, out in question.axes:
            put = {"in": n, "out": out}
            yield Note(
                "why",
                (
                    "window i, counted from 0, begins behind cell ",
                    START.put(put),
                    ", and ends with cell ",
                    END.put(put),
                ),
            )
    else:
        yield from solution.steps[1:]


def _of_comparison(question: Comparison, level: int) -> Iterator[Step]:
    if level == 2:
        yield Note(
            "why",
            ("Of each chain by itself: what one output sees, and how many weights there are; then both side by side.",),
        )
    elif level == 3:
        yield Note("why", ("field = 1 + the sum over the layers of d·(k − 1) times the strides of the layers before",))
        yield Note("why", ("weights = the sum over the layers of k·k·(channels in)·(channels out)",))
    elif level == 4:
        for stack in question.stacks:
            chain = ", then ".join(stage.text for stage in stack.stages)
            yield Note("why", (f"{chain}: field ", _field(stack), ", weights ", weights(stack)))


def _of_size(question: Size, level: int) -> Iterator[Step]:
    axis = question.axes[0]
    if level == 2:
        yield Note("why", (f"The size rule of {PLACES.get(question.rule.kind, SLID.format(question.rule.kind))}.",))
        if question.unknown != "out":
            yield Note(
                "why",
                (
                    f"It holds a number that is not known, the {WORDS[question.unknown]}: put in what is known, then solve for it.",
                ),
            )
        if question.relaxed:
            text = f"No {WORDS[question.unknown]} alone does it: another number of the layer has to change as well."
            yield Note("careful", (text,))
    elif level == 3:
        yield _relation(axis.law)
        yield _letters(axis.law)
    elif level == 4:
        for each in question.axes:
            put = each.law.put({name: value for name, value in each.letters().items() if name != "out"})
            yield _relation(put, num(each.known["out"]) if "out" in each.known else None)


def _letters(*laws: Expr) -> Note:
    """What the letters of size rules stand for."""
    met = {"out"}.union(*(law.free for law in laws))
    return Note(
        "convention", (f"{', '.join(f'{LETTER[name]} {MEANING[name]}' for name in NAMES if LETTER[name] in met)}.",)
    )


SLID = "a {}: how many places a window has along one axis"
PLACES = {
    "transposed convolution": "a transposed convolution: how far the stamps of all cells reach along one axis",
    "up-sampling": "an up-sampling: the input times the scale factor",
}
"""What the size rules of layers without sliding windows say."""


def _relation(rule: Expr, out: Expr | None = None) -> Step:
    """out = the rule, as one line."""
    return Note("why", (OUT if out is None else out, " = ", rule))


def _of_stack(question: Stack, level: int) -> Iterator[Step]:
    if level == 2:
        yield Note("why", ("Each layer's size rule, one after the other: what comes out of one goes into the next.",))
        if len(question.images) < len(question.passed):
            yield Note("why", ("Flattening lays the channels, rows and columns in a row: their product.",))
    elif level == 3:
        rules = dict.fromkeys(at.layer.size_rule() for at in question.images)
        yield from (_relation(rule) for rule in rules if rule.free - {"in"})
        yield _letters(*rules)
    elif level == 4:
        size: Expr = Sym("in")
        for at in question.images:
            letters = at.layer.along(0)
            rule = at.layer.size_rule()
            if rule.free - {"in"}:
                first = num(question.passed[0].input[1] or 1) if at is question.images[0] and question.sized else size
                yield Note("why", (f"{at.text}: ", rule.put(letters).put({"in": first})))


def _field(stack: Stack) -> Expr:
    """What one output of the last layer sees along the first axis, with the numbers put in."""
    added = [each.formula.args[1] for each in stack.fields[0] if isinstance(each.formula, Op)]
    return Op("+", (num(1), *added))


def _of_field(question: Stack, level: int) -> Iterator[Step]:
    """What one output sees: 1 + Σ (reach − 1)·jump."""
    if level == 2:
        yield Note("why", ("Each layer adds to the field one less than its window covers, times the jump before it.",))
        yield Note(
            "why", ("The jump is how far apart neighbours lie in the input: the product of all strides so far.",)
        )
    elif level == 3:
        yield Note("why", ("field = 1 + Σ d·(k − 1)·jump",))
        yield Note("convention", ("k kernel size, d dilation, jump the product of the strides of the layers before.",))
    elif level == 4:
        yield Note("why", ("field = ", _field(question)))
    elif question.sized:
        yield Note("why", (f"{times([fields[-1].size for fields in question.fields])} cells",))


def _of_work(question: Count, level: int) -> Iterator[Step]:
    """Multiply-accumulates."""
    rows = [row for row in question.rows if row.macs and row.call.layer and row.macs.value()]
    if level == 2:
        yield Note("why", ("A multiply-accumulate (MAC) is one multiplication with its addition.",))
        yield Note("why", ("A convolution uses each weight once for every cell of the map that it makes.",))
        yield Note(
            "why", ("A fully connected layer uses each weight once. Biases, activations and poolings count nothing.",)
        )
    elif level == 3:
        yield from _laws(rows, "macs")
    elif level == 4:
        yield from (Note("why", (f"{row.call.kind}: ", row.macs or num(0))) for row in rows)
    else:
        yield Note("why", (num(question.macs or 0), " multiply-accumulates"))
        if "flops" in question.asks:
            yield Note(
                "why", (num(2 * (question.macs or 0)), " operations (FLOPs): a multiplication and an addition each")
            )


def _of_count(question: Count, level: int) -> Iterator[Step]:
    rows = [row for row in question.rows if row.formula]
    if level == 2:
        text = "Count each layer by itself, its weights and its biases, then add the layers up."
        yield Note("why", (text if len(rows) > 1 else "Count its weights, then its biases.",))
        for text in dict.fromkeys(LAWS[kind] for row in rows for kind in LAWS if row.call.kind.startswith(kind)):
            yield Note("why", (text,))
    elif level == 3:
        yield from _laws([row for row in rows if row.call.layer and row.by_rule], "params")
    elif level == 4:
        for row in rows:
            yield Note("why", (f"{row.call.kind}: ", row.formula or num(0)))


LAWS = {
    "Conv": "A convolution has a weight for each cell of its kernel and each input channel, and a bias, all that for each filter.",
    "Linear": "A fully connected layer has a weight for each input and a bias, all that for each output.",
    "BatchNorm": "A batch normalisation has a scale and a shift for each channel.",
}


def _laws(rows: Sequence[Row], of: Literal["params", "macs"]) -> Iterator[Step]:
    """The law of each kind of layer, and what its letters stand for."""
    told: set[tuple[str, Expr]] = set()
    for row in rows:
        law, layer = _law(row, of), row.call.layer
        if law is None or layer is None or (line := (type(layer).__name__, law)) in told:
            continue
        told.add(line)
        yield Note("why", (f"{line[0]}: ", law))
        letters = [f"{letter} {meant}" for letter in sorted(law.free) if (meant := meaning(layer, letter))]
        if letters:
            yield Note("convention", (f"{', '.join(letters)}.",))


def _law(row: Row, of: Literal["params", "macs"]) -> Expr | None:
    layer: Layer | None = row.call.layer
    if layer is None:
        return None
    absent = {name: n for name, n in layer.letters().items() if (name, n) in ABSENT}
    law: Expr = getattr(type(layer), of)
    return law.put(absent).tidy()


def _of_concept(question: Concept, level: int) -> Iterator[Step]:
    if level < 4:
        yield Note("why", (question.idea if level == 2 else question.law,))
    elif level == 4:
        yield question.demonstration()[0]
    else:
        yield Note("why", (f"{question.said(question.answer)}.",))
