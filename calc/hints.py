"""Hints to a question, one at a time: what is asked, which law answers it, the law with letters, the numbers put in, the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from calc.backward import Backward
from calc.comparison import Comparison
from calc.concepts.base import Concept
from calc.counting import Count, Row
from calc.derivation import Derivation, Given, Note, Pools, Step, Windows, lift_entry
from calc.errors import Impossible, counted, times
from calc.expr import Expr, Op, Sym, num
from calc.feature_maps import FeatureMaps
from calc.layers.base import ABSENT, IN, OUT, Layer
from calc.layers.conv import Conv
from calc.layers.pool import Pool
from calc.lettered import Lettered
from calc.posing import posed
from calc.question import Question
from calc.readers.stages import Stage
from calc.resizing import END, START, Adaptive
from calc.rules import LETTER, MEANING, NAMES, WORDS
from calc.several import Several
from calc.showing import shown
from calc.sizing import Size
from calc.stack import Stack

LEVELS = ("What is asked", "Which law answers it", "The law", "The numbers put in", "The result")


def hint(
    question: Question, level: int, asks: str = "", further: str = "--hint {}", solution: Derivation | None = None
) -> Derivation:
    """The hint of that level, 1 to 5, and nothing of the later ones; `Impossible` where there is none.

    `asks` says what of the question is asked where that is not its first answer: a field, or macs; `further` is how
    the next hint is come by, which is not said where it is empty; `solution` is the worked solution, where that is
    there already.
    """
    if not 1 <= level <= len(LEVELS):
        raise Impossible(f"there is no hint {level}: they go from 1, what is asked, to {len(LEVELS)}, the result")
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
    return Derivation(title, (*steps, *notes), headline, {"level": level, "of": len(LEVELS)}, (), question.data())


def _steps(question: Question, level: int, solution: Derivation, asks: str) -> Iterator[Step]:
    match question:
        case FeatureMaps():
            yield from _of_maps(question, level, solution)
        case Size():
            yield from _of_size(question, level, solution)
        case Stack() if asks == "field" or not question.sized:
            yield from _of_field(question, level)
        case Stack():
            yield from _of_stack(question, level, solution)
        case Count() if asks == "macs" or question.asks:
            yield from _of_work(question, level)
        case Count():
            yield from _of_count(question, level, solution)
        case Concept():
            yield from _of_concept(question, level)
        case Comparison():
            yield from _of_comparison(question, level, solution)
        case Adaptive():
            yield from _of_adaptive(question, level, solution)
        case _ if question.data()["asks"] == "maps":  # whose module needs numpy
            yield from _of_a_cell(question, level)
        case _:
            yield from _of_any(question, level, solution)


def _asks(solution: Derivation) -> Iterator[Step]:
    yield Note("why", solution.title)
    yield from solution.opening


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


def _of_any(question: Question, level: int, solution: Derivation) -> Iterator[Step]:
    """Of a question in several unknowns: the law of one layer says most of it."""
    if level == 1:
        yield from _asks(solution)
    elif level == 2:
        match question:
            case Backward():
                what = "the size rule of each layer, solved from the last layer back"
            case Several():
                what = "the size rule, with one unknown after the other tried"
            case _:
                what = "the size rule, with the letters kept in it"
        yield Note("why", (f"It is answered by {what}.",))
    elif level == 3:
        match question:
            case Several():
                yield _relation(question.rule.law)
            case Lettered():
                yield _relation(question.law)
            case _:
                yield _relation(Conv.size)
    elif level == 4:
        yield from _put_in(question)
    else:
        yield Note("why", solution.headline)


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
    if level == 1:
        yield from _asks(solution)
    elif level == 2:
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


def _of_comparison(question: Comparison, level: int, solution: Derivation) -> Iterator[Step]:
    if level == 1:
        yield from _asks(solution)
    elif level == 2:
        yield Note(
            "why",
            ("Of each chain by itself: what one output sees, and how many weights there are; then both side by side.",),
        )
    elif level == 3:
        yield Note("why", ("field = 1 + the sum over the layers of d·(k − 1) times the strides of the layers before",))
        yield Note("why", ("weights = the sum over the layers of k·k·(channels in)·(channels out)",))
    elif level == 4:
        for stack in question.stacks:
            yield Note("why", (f"{', then '.join(stage.text for stage in stack.stages)}: ", _field(stack)))
    else:
        yield Note("why", solution.headline)


def _of_size(question: Size, level: int, solution: Derivation) -> Iterator[Step]:
    axis = question.axes[0]
    if level == 1:
        yield Note("why", solution.title)
        said = dict(question.given)
        yield Given(tuple((LETTER[name], (num(said[name][0]),), MEANING[name]) for name in NAMES if name in said))
    elif level == 2:
        yield Note("why", (f"The size rule of {PLACES.get(question.rule.kind, SLID.format(question.rule.kind))}.",))
        if question.unknown != "out":
            yield Note(
                "why",
                (
                    f"It holds a number that is not known, the {WORDS[question.unknown]}: put in what is known, then solve for it.",
                ),
            )
    elif level == 3:
        yield _relation(axis.law)
        letters = ", ".join(f"{LETTER[name]} {MEANING[name]}" for name in axis.names)
        yield Note("convention", (f"{letters}.",))
    elif level == 4:
        for each in question.axes:
            put = each.law.put({name: value for name, value in each.letters().items() if name != "out"})
            yield _relation(put, num(each.known["out"]) if "out" in each.known else None)
    else:
        yield Note("why", solution.headline)


SLID = "a {}: how many places a window has along one axis"
PLACES = {
    "transposed convolution": "a transposed convolution: how far the stamps of all cells reach along one axis",
    "up-sampling": "an up-sampling: the input times the scale factor",
}
"""What the size rules of layers without sliding windows say."""


def _relation(rule: Expr, out: Expr | None = None) -> Step:
    """out = the rule, as one line."""
    return Note("why", (OUT if out is None else out, " = ", rule))


def _of_stack(question: Stack, level: int, solution: Derivation) -> Iterator[Step]:
    if level == 1:
        yield Note("why", solution.title)
        for at in question.passed:
            yield Note("convention", (at.text,))
    elif level == 2:
        yield Note("why", ("Each layer's size rule, one after the other: what comes out of one goes into the next.",))
        if len(question.images) < len(question.passed):
            yield Note("why", ("Flattening lays the channels, rows and columns in a row: their product.",))
    elif level == 3:
        rules = dict.fromkeys(at.layer.size_rule() for at in question.images)
        yield from (_relation(rule) for rule in rules if rule.free - {"in"})
    elif level == 4:
        size: Expr = Sym("in")
        for at in question.images:
            letters = at.layer.along(0)
            rule = at.layer.size_rule()
            if rule.free - {"in"}:
                first = num(question.passed[0].input[1] or 1) if at is question.images[0] and question.sized else size
                yield Note("why", (f"{at.text}: ", rule.put(letters).put({"in": first})))
    else:
        yield Note("why", solution.headline)


def _field(stack: Stack) -> Expr:
    """What one output of the last layer sees along the first axis, with the numbers put in."""
    added = [each.formula.args[1] for each in stack.fields[0] if isinstance(each.formula, Op)]
    return Op("+", (num(1), *added))


def _of_field(question: Stack, level: int) -> Iterator[Step]:
    """What one output sees: 1 + Σ (reach − 1)·jump."""
    if level == 1:
        yield Note("why", ("How many cells of the input does one output of the last layer see?",))
        for at in question.passed:
            yield Note("convention", (at.text,))
    elif level == 2:
        yield Note("why", ("Each layer adds to the field one less than its window covers, times the jump before it.",))
        yield Note(
            "why", ("The jump is how far apart neighbours lie in the input: the product of all strides so far.",)
        )
    elif level == 3:
        yield Note("why", ("field = 1 + Σ d·(k − 1)·jump",))
        yield Note("convention", ("k kernel size, d dilation, jump the product of the strides of the layers before.",))
    elif level == 4:
        yield Note("why", ("field = ", _field(question)))
    else:
        yield Note("why", (f"{times([fields[-1].size for fields in question.fields])} cells",))


def _of_work(question: Count, level: int) -> Iterator[Step]:
    """Multiply-accumulates."""
    rows = [row for row in question.rows if row.macs and row.call.layer]
    if level == 1:
        yield Note(
            "why", ("How many multiply-accumulates do these layers take? One is a multiplication with its addition.",)
        )
        yield Note("convention", (f"{counted(len(rows), 'layer')} of {len(question.rows)} multiply.",))
    elif level == 2:
        yield Note("why", ("A convolution uses each weight once for every cell of the map that it makes.",))
        yield Note(
            "why", ("A fully connected layer uses each weight once. Biases, activations and poolings count nothing.",)
        )
    elif level == 3:
        laws = dict.fromkeys((type(row.call.layer).__name__, _law(row, "macs")) for row in rows)
        yield from (Note("why", (f"{kind}: ", law)) for kind, law in laws if law is not None)
    elif level == 4:
        yield from (Note("why", (f"{row.call.kind}: ", row.macs or num(0))) for row in rows)
    else:
        yield Note("why", (num(question.macs or 0), " multiply-accumulates"))
        if question.asks == "flops":
            yield Note(
                "why", (num(2 * (question.macs or 0)), " operations (FLOPs): a multiplication and an addition each")
            )


def _of_count(question: Count, level: int, solution: Derivation) -> Iterator[Step]:
    rows = [row for row in question.rows if row.formula]
    if level == 1:
        yield Note("why", ("How many parameters are there in ", *solution.title, "?"))
        yield Note("convention", (f"{counted(len(rows), 'layer')} of {len(question.rows)} have parameters.",))
    elif level == 2:
        yield Note("why", ("Count each layer by itself, its weights and its biases, then add the layers up.",))
        for text in dict.fromkeys(LAWS[kind] for row in rows for kind in LAWS if row.call.kind.startswith(kind)):
            yield Note("why", (text,))
    elif level == 3:
        for kind, rule in dict.fromkeys(
            (type(row.call.layer).__name__, _law(row)) for row in rows if row.call.layer and row.by_rule
        ):
            if rule is not None:
                yield Note("why", (f"{kind}: ", rule))
    elif level == 4:
        for row in rows:
            yield Note("why", (f"{row.call.kind}: ", row.formula or num(0)))
    else:
        yield Note("why", solution.headline)


LAWS = {
    "Conv": "A convolution has a weight for each cell of its kernel and each input channel, and a bias, all that for each filter.",
    "Linear": "A fully connected layer has a weight for each input and a bias, all that for each output.",
    "BatchNorm": "A batch normalisation has a scale and a shift for each channel.",
}


def _law(row: Row, of: Literal["params", "macs"] = "params") -> Expr | None:
    layer: Layer | None = row.call.layer
    if layer is None:
        return None
    absent = {name: n for name, n in layer.letters().items() if (name, n) in ABSENT}
    law: Expr = getattr(type(layer), of)
    return law.put(absent).tidy()


def _of_maps(question: FeatureMaps, level: int, solution: Derivation) -> Iterator[Step]:
    if level == 1:
        yield from _asks(solution)
    elif level == 2:
        named = [step.title for step in solution.steps if isinstance(step, Derivation)]
        for number, title in enumerate(named[1:], start=1):
            yield Note("why", (f"{number}  ", *title))
    elif level == 3:
        yield Note("why", (_sum(question),))
    elif level == 4:
        yield from _first_window(solution)
    else:
        yield from shown(question.answer, "", "feature map", question.names(*_leading(question)))


def _leading(question: FeatureMaps) -> tuple[str, ...]:
    """What the first axis of the answer counts, where it is not one of the image."""
    return ("map",) if len(question.answer.shape) > question.axes else ()


def _of_concept(question: Concept, level: int) -> Iterator[Step]:
    if level == 1:
        yield from question.asked()
    elif level < 4:
        yield Note("why", (question.idea if level == 2 else question.law,))
    elif level == 4:
        yield question.demonstration()[0]
    else:
        yield Note("why", (f"{question.said(question.answer)}.",))


def _sum(question: FeatureMaps) -> str:
    """The law of a feature map's cell, with letters."""
    kind = getattr(question, "kind", "")
    if kind:
        return f"y(i, j) = {kind} of x(i·s + u, j·s + v) over the rows u and columns v of the window"
    if hasattr(question, "output_padding"):
        return "each cell x(i, j) adds x(i, j)·w(u, v) to y(i·s + u, j·s + v)"
    bias = ", then + b" if getattr(question, "bias", None) else ""
    then = f", then {question.then.name}" if question.then else ""
    return f"y(i, j) = Σ x(i·s + u·d, j·s + v·d)·w(u, v) over the rows u and columns v of the laid kernel and all channels{bias}{then}"


def _first_window(solution: Derivation) -> Iterator[Step]:
    """The products of the first window, not yet added up."""
    for part in solution.steps:
        for step in part.steps if isinstance(part, Derivation) else ():
            if isinstance(step, Windows):
                window = next(iter(step))
                cells = [pair for each in window.slices for pair in each.pairs]
                terms = (*(Op("*", pair) for pair in cells), *((lift_entry(window.bias),) if window.bias else ()))
                yield Note("why", ("The first cell: ", Op("+", terms) if len(terms) > 1 else terms[0]))
                return
            if isinstance(step, Pools):
                links = next(iter(step)).chain.links
                yield Note("why", ("The first cell: ", links[0].expression))
                return
    yield Note("why", ("Write the first window down, cell by cell, then do with it what the law says.",))
