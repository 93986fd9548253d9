"""Layers at work, unfolded: how the size of an output, the parameters and the multiply-accumulates of one come about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from calc.derivation import Chain, Derivation, Given, Note, Step, chained, work
from calc.errors import times
from calc.expr import Expr, Number, Op, exact, num, product, symbols
from calc.layers.base import ABSENT, AXIS_WORDS, IN, Layer, axis_letters
from calc.layers.linear import Linear
from calc.layers.pool import AdaptivePool
from calc.showing import named_axes

if TYPE_CHECKING:
    from calc.counting import Row


class Field(Protocol):
    """What one output sees along an axis; its jump and start where those are known."""

    @property
    def size(self) -> int: ...
    @property
    def jump(self) -> Fraction | None: ...
    @property
    def start(self) -> Fraction | None: ...
    @property
    def whole(self) -> bool: ...


Shape = tuple[int | None, ...]
"""C×H×W and the like, None for channels that nobody said."""


REMEMBERED = 1024
"""Layers at work whose steps are kept: deep networks have many that are alike."""


def said(shape: Shape) -> str:
    """A shape as it is written; channels that nobody knows are left out."""
    return times([n for n in shape if n is not None])


@lru_cache(REMEMBERED)
def sizes_worked(layer: Layer, shape: Shape, output: Shape) -> tuple[Step, ...]:
    """What becomes of a shape in a layer, step by step."""
    return tuple(_sizes_worked(layer, shape, output))


def _sizes_worked(layer: Layer, shape: Shape, output: Shape) -> Iterator[Step]:
    """The size rule with the numbers put in, for each axis that is not like another, or what becomes of the shape."""
    if len(output) != len(shape) or layer.size_rule() == IN:
        yield _reshaped(layer, shape, output)
        return
    sizes, out = (tuple(map(_known, each[1:])) for each in (shape, output))
    if isinstance(layer, AdaptivePool):
        text = (
            "One window covers the whole map."
            if set(out) == {1}
            else f"The windows are chosen so that {said(out)} come out."
        )
        yield Note("why", (text,))
        return
    if layer.fields().get("padding") == "same":
        zeros = [d * (k - 1) for k, d in zip(layer.fields()["kernel_size"], layer.fields()["dilation"], strict=True)]
        yield Note(
            "why", (f"Padding “same”, {said(tuple(dict.fromkeys(zeros)))} zeros along an axis, keeps every size.",)
        )
        return
    alike = [(tuple(layer.along(axis).items()), size) for axis, size in enumerate(sizes)]
    for name, axis in named_axes(alike):
        name = "out" if len(set(alike)) == 1 else name
        chain = brief(work((name,), layer.size_rule(), {**numbers(layer, axis), IN.name: sizes[axis]}))
        yield chain
        if chain.value != out[axis]:
            text = f"torch multiplies in double precision, which rounds: {out[axis]} come out, not {chain.value}."
            yield Note("careful", (text,))


def numbers(layer: Layer, axis: int) -> dict[str, Number]:
    """The letters of the layer's rules along an axis that are numbers whatever comes in."""
    return {name: n for name, n in layer.along(axis).items() if isinstance(n, int | Fraction)}


def brief(chain: Chain) -> Chain:
    """The law, the numbers put in, the last line with a rounded quotient, the value."""
    first, *middle, last = chain.links
    rounded = [link for link in middle[1:] if _rounds(link.expression)]
    drops = next((link.why for link in middle if "drops the rest" in link.why), last.why)
    return Chain(chain.left, (first, *middle[:1], *rounded[-1:], last._replace(why=drops)))


def unfolded(row: Row, before: Callable[[], Sequence[Field]], *, ran: bool) -> Derivation:
    """Where a row of the ledger comes from: its output, its parameters, its multiply-accumulates, what one output sees.

    `before` are the fields of what goes in; `ran` whether there was an input.
    """
    call, layer = row.call, row.call.layer
    parts: list[Derivation] = []
    shape = call.inputs[0] if call.inputs else None
    if layer and shape is not None and call.output is not None:
        parts.append(part(f"Output: {times(shape)} → {times(call.output)}", *sizes_worked(layer, shape, call.output)))
    parts.append(part("Parameters", *_parameters(row)))
    if ran:
        parts.append(part("Multiply-accumulates", *_work(row)))
    if row.field:
        parts.append(part("Receptive field", *field_worked(layer, shape or (), row.field, before())))
    kind = layer.described() if layer else call.kind
    return Derivation((f"{call.name}: {kind}" if call.name else kind,), tuple(parts))


def of_layer(layer: Layer, shape: tuple[int, ...], output: tuple[int, ...]) -> Iterator[Derivation]:
    """The parameters of a layer by itself, and its multiply-accumulates on an input of that shape."""
    yield part("Parameters", *_of_law(layer))
    macs = layer.multiply_accumulates(shape, output)
    yield part("Multiply-accumulates", *(_work_by_law(layer, shape, output, macs) if macs.value() else (NO_WORK,)))


def part(title: str, *steps: Step) -> Derivation:
    """One of the things that a row unfolds into."""
    return Derivation((title,), steps)


def _parameters(row: Row) -> Iterator[Step]:
    """The law with the numbers put in, or the shapes of the tensors."""
    call, layer = row.call, row.call.layer
    if not call.known:
        yield Note("careful", ("It may have parameters that nobody said.",))
    elif row.formula is None and call.tensors:
        yield Note("why", (f"They are those of {call.tensors[0].name}, which is counted there.",))
    elif row.formula is None:
        yield NOTHING_LEARNED
    elif row.by_rule and layer:
        yield from _of_law(layer)
    else:
        for tensor in row.own:
            yield Note("why", (f"{tensor.name} is {times(tensor.shape) or 'a single number'}.",))
        yield _worked("parameters", row.formula)


def _work(row: Row) -> Iterator[Step]:
    """One multiplication with its addition for each weight and place that it is used at."""
    call, layer = row.call, row.call.layer
    if row.macs is None:
        yield Note("careful", ("They are not known: there is no rule for it here.",))
    elif not row.macs.value():
        yield NO_WORK
    elif layer and call.inputs and call.output is not None:
        yield from _work_by_law(layer, call.inputs[0], call.output, row.macs, call.batch)
    else:
        yield _worked("MACs", row.macs)


@lru_cache(REMEMBERED)
def _of_law(layer: Layer) -> tuple[Step, ...]:
    """The parameters of a layer by its law."""
    if not layer.tensors():
        return (NOTHING_LEARNED,)
    return tuple(_by_law("parameters", layer, layer.params, layer.letters(), layer.count()))


@lru_cache(REMEMBERED)
def _work_by_law(
    layer: Layer, shape: tuple[int, ...], output: tuple[int, ...], macs: Expr, batch: int = 1
) -> tuple[Step, ...]:
    """The multiply-accumulates of a layer by its law."""
    letters = {**layer.letters(), **axis_letters(shape, "in"), **axis_letters(output, "out")}
    law = layer.macs if batch == 1 else num(batch) * layer.macs
    return tuple(_by_law("MACs", layer, law, letters, macs))


NOTHING_LEARNED = Note("why", ("None: nothing is learned here.",))
NO_WORK = Note("why", ("None: no weight is multiplied and added up.",))


def _by_law(left: str, layer: Layer, law: Expr, letters: Mapping[str, Number], formula: Expr) -> Iterator[Step]:
    """What the letters are, then the law with them put in; the formula alone where it is not the law's."""
    law = law.put({name: n for name, n in letters.items() if (name, n) in ABSENT}).tidy()
    if not law.free or law.put(letters).value() != formula.value():
        yield _worked(left, formula)
        return
    names = [name for name in letters if name in law.free]
    yield Given(tuple((name, (num(letters[name]),), meaning(layer, name)) for name in names))
    yield _in_short(work((left,), law, letters))


def meaning(layer: Layer, letter: str) -> str:
    """What a letter of its laws stands for."""
    axis, _, side = letter.partition("_")
    if side in ("in", "out") and axis in AXIS_WORDS:
        return f"{AXIS_WORDS[axis]} of the {side}put"
    return layer.meaning.get(letter, "")


def _worked(left: str, formula: Expr) -> Chain:
    """A formula of numbers, worked out."""
    return _in_short(chained([formula, *_reduced(formula)], (left,)))


def _reduced(formula: Expr) -> Iterator[Expr]:
    while (after := formula.reduce_once()) != formula:
        yield after
        formula = after


def _in_short(chain: Chain) -> Chain:
    """The chain without the lines between the numbers put in and the last but one."""
    links = chain.links
    kept = links if len(links) < MOST_LINES else (*links[:2], links[-2], links[-1])
    return Chain(chain.left, kept)


MOST_LINES = 5
"""Lines of a count from which on some are left out."""


def field_worked(layer: Layer | None, shape: Shape, field: Sequence[Field], before: Sequence[Field]) -> Iterator[Step]:
    """What one output sees along each axis, by the step of the recurrence where that leads there.

    `shape` goes into the layer, and `before` is what one cell of it sees.
    """
    cells = tuple(map(_known, shape[1:]))
    along = [(each, earlier) for each, earlier in zip(field, before, strict=False)]
    for name, axis in named_axes(along) if len(along) == len(field) else ():
        each, earlier = along[axis]
        reach = _reach(layer, axis, cells) if layer and layer.axes == len(field) == len(cells) else None
        if reach is not None and reach > 1 and earlier.jump is not None:
            chain = grown("field" if len(set(along)) == 1 else name, earlier.size, reach, earlier.jump)
            if chain.value == each.size:
                yield chain
    yield from seen(field)


def _reach(layer: Layer, axis: int, cells: Sequence[int]) -> Number | None:
    """The cells of its input that one output reaches over along an axis."""
    rule = layer.reach_rule().put({**layer.along(axis), IN.name: cells[axis]})
    return None if rule.free else rule.value()


@lru_cache(REMEMBERED)
def grown(name: str, before: Number, reach: Number, jump: Number) -> Chain:
    """The step of the recurrence: a field grows by what the window reaches beyond one cell, times the jump before it."""
    return work((name,), FIELD, {"before": before, "reach": reach, "jump": jump})


BEFORE, REACH, JUMP = symbols("before reach jump")
FIELD = BEFORE + (REACH - 1) * JUMP
"""What one output sees (Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", 2019)."""


def seen(field: Sequence[Field]) -> Iterator[Note]:
    """What one output sees in words, how far apart the fields of neighbours are, and where the first one lies."""
    sees = f"One output sees {times([each.size for each in field])} cells of the input"
    if all(each.whole for each in field):
        yield Note("why", (f"{sees}: all there are.",))
        return
    jumps = [each.jump for each in field if each.jump is not None]
    starts = [each.start for each in field if each.start is not None]
    if len(jumps) < len(field) or len(starts) < len(field):
        yield Note("why", (f"{sees}.",))
        return
    apart = times(map(point, dict.fromkeys(jumps)))
    centre = list(map(point, dict.fromkeys(starts)))
    at = centre[0] if len(centre) == 1 else f"({', '.join(centre)})"
    yield Note(
        "why",
        (
            f"{sees}. The fields of neighbouring outputs lie {apart} {'cell' if apart == '1' else 'cells'} apart. The centre of the first field is at {at}, counted in cells from the edge of the input; the centre of its first cell is at 0.5.",
        ),
    )


def point(value: Fraction) -> str:
    """A fraction as a decimal where that ends soon."""
    return str(exact(value)) if value.denominator == 1 or 1000 % value.denominator else f"{float(value):g}"


def _rounds(expression: Expr) -> bool:
    """Whether a floor or a ceiling stands in it."""
    return isinstance(expression, Op) and (expression.op in ("floor", "ceil") or any(map(_rounds, expression.args)))


def _known(size: int | None) -> int:
    assert size is not None
    return size


def _reshaped(layer: Layer, shape: Shape, output: Shape) -> Step:
    """What a layer without windows does with the shape."""
    if isinstance(layer, Linear):
        text = f"Each of the {layer.out_features} outputs is a weighted sum of all {layer.in_features} features."
        return Note("why", (text,))
    if len(output) == 1 and len(shape) > 1 and None not in shape:
        cells = product(tuple(num(_known(n)) for n in shape))
        return chained([cells, num(cells.value())], ("features",))
    becomes = "keeps its shape" if output == shape else f"becomes {said(output)}"
    return Note("why", (f"{said(shape)} {becomes}.",))
