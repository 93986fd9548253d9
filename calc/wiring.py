"""Receptive fields in a network with branches: what one output sees, over all paths from the input.

A network that ran is a list of operations, each with the numbers of those it reads (`Node`). They are gone through in
order, for each axis of the input: what an output sees is what the cells see of which it is made, and of which cells the
outputs of a layer are made its own rules say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import gcd, prod
from typing import Any, NamedTuple

from calc.errors import Impossible
from calc.layers.base import IN, OUT, Layer, Shape
from calc.layers.known import BY_KIND
from calc.layers.pool import AdaptivePool
from calc.layers.upsample import Upsampling
from calc.paths import (
    Field,
    Term,
    Terms,
    Unknown,
    by_axis,
    is_whole,
    joined,
    largest,
    mixed,
    numbered,
    patterned,
    reshaped,
)
from calc.receptive import MIDDLE, Along, met
from calc.sights import (
    EACH,
    MOST,
    Pattern,
    Sight,
    through,
)


class Node(NamedTuple):
    """One operation: what it does, the numbers of the nodes it reads, the shape that comes out, with the batch.

    The words are those of `OPERATIONS`, and what they need besides is in `how`.
    """

    word: str
    of: tuple[int, ...]
    shape: Shape
    how: Mapping[str, Any]


CELLS_AND_NODES = 1 << 18
"""Cells of all maps together along an axis up to which they are followed one by one."""


def node_fields(nodes: Sequence[Node], wanted: Sequence[int | None]) -> list[tuple[Field, ...]]:
    """The fields of some nodes along each axis of the largest input that has axes; empty where they are not known.

    They are those of an input without borders. Where fields that move on by different steps meet, or cells change
    places, there is no such thing: those are of this input, every cell followed.
    """
    chosen = _largest(nodes)
    if chosen is None:
        return [() for _ in wanted]
    found = [_axis_fields(nodes, wanted, chosen, axis) for axis in range(2, len(nodes[chosen].shape))]
    return [() if None in fields else tuple(f for f in fields if f) for fields in zip(*found, strict=True)]


def _largest(nodes: Sequence[Node]) -> int | None:
    """The input of most cells among those that have axes besides channels."""
    inputs = [i for i, node in enumerate(nodes) if node.word == "input" and len(node.shape) > 2]
    return max(inputs, key=lambda i: prod(nodes[i].shape), default=None)


def largest_input(nodes: Sequence[Node]) -> Shape:
    """The shape of the input that the fields are of, without the batch."""
    chosen = _largest(nodes)
    return () if chosen is None else nodes[chosen].shape[1:]


def _axis_fields(nodes: Sequence[Node], wanted: Sequence[int | None], chosen: int, axis: int) -> list[Field | None]:
    """The fields of some nodes along one axis of an input."""
    cells = nodes[chosen].shape[axis]
    endless = _along(nodes, chosen, axis, EACH)
    exact: list[Terms | None] | None = None
    known: dict[int, Field | None] = {}  # by the number of a tuple, which goes by unchanged where fields do
    found: list[Field | None] = []
    for n in wanted:
        terms = None if n is None else endless[n]
        if n is None or (terms is not None and id(terms) in known):
            found.append(None if n is None else known[id(terms)])
            continue
        if terms is None or any(sight.step is None for term in terms for _, sight in term.sights):
            if exact is None:
                few = len(nodes) * cells <= CELLS_AND_NODES
                exact = _along(nodes, chosen, axis, EACH.listed(cells)) if few else endless
            terms = exact[n] or terms
        known[id(endless[n])] = largest(terms or (), nodes[n].shape, cells)
        found.append(known[id(endless[n])])
    return found


def _along(nodes: Sequence[Node], chosen: int, axis: int, each: Sight) -> list[Terms | None]:
    """What the cells of each node see along one axis of an input, of which each cell sees itself."""
    found: list[Terms | None] = []
    limit = nodes[chosen].shape[axis]
    for i, node in enumerate(nodes):
        if node.word == "input":
            found.append((Term(0, 0, ((axis, each),)),) if i == chosen else ())
            continue
        given = [(found[n], nodes[n].shape) for n in node.of]
        found.append(_out(node, given, limit))
    return found


Given = Sequence[tuple[Terms | None, Shape]]


def _out(node: Node, given: Given, limit: int) -> Terms | None:
    """What the cells see that come out of one operation."""
    if node.word in OPERATIONS and not any(terms is None for terms, _ in given):
        known = [(terms, shape, number) for number, (terms, shape) in enumerate(given) if terms]
        if not known:
            return ()
        try:
            operation = OPERATIONS[node.word]
            out = tuple(term for terms, shape, number in known for term in operation(terms, shape, node, number))
        except Unknown:
            pass
        else:
            same = len(known) == 1 and out == known[0][0]
            return known[0][0] if same else joined(out, node.shape, limit)
    whole = next((t for terms, _ in given for t in terms or () if is_whole(t, limit)), None)
    return (whole,) if whole else None


def _join(terms: Terms, shape: Shape, node: Node, _: int) -> Iterator[Term]:
    """Cell by cell; an axis of one cell is as long as it has to be."""
    more = len(node.shape) - len(shape)
    longer = [axis for axis, size in enumerate(shape) if size == 1 < node.shape[axis + more]]
    numbers = {axis: axis + more for axis in range(len(shape))}
    for term in terms:
        yield numbered(mixed(term, shape, longer), numbers) if longer or more else term


def _cat(terms: Terms, shape: Shape, node: Node, number: int) -> Iterator[Term]:
    """One after the other along an axis."""
    axis, start, end = node.how["axis"], node.how["starts"][number], node.shape[node.how["axis"]]
    cells = shape[axis]
    for term in terms:
        sights, where = dict(term.sights), dict(term.where)
        if axis in sights:
            pattern = Pattern(
                end, None, tuple(range(i - start, i - start + (start <= i < start + cells)) for i in range(end))
            )
            sight = through(sights[axis], pattern, end)
            if sight is None:
                raise Unknown
            sights[axis] = sight
        if axis in where or axis not in sights:
            places = where.get(axis, range(cells))
            where[axis] = range(places.start + start, places.stop + start, places.step)
            if len(where[axis]) == end:
                del where[axis]
        yield term._replace(
            sights=tuple(sights.items()),
            where=tuple(sorted(where.items(), key=by_axis)),
        )


def _mix(terms: Terms, shape: Shape, node: Node, _: int) -> Iterator[Term]:
    """Each sees all along some axes, which are gone unless they are kept."""
    axes = node.how["axes"]
    left = [axis for axis in range(len(shape)) if node.how["keep"] or axis not in axes]
    numbers = {axis: i for i, axis in enumerate(left)}
    for term in terms:
        yield numbered(mixed(term, shape, axes), numbers)


def _permute(terms: Terms, _: Shape, node: Node, __: int) -> Iterator[Term]:
    """The axes in another order."""
    numbers = {axis: i for i, axis in enumerate(node.how["dims"])}
    for term in terms:
        yield numbered(term, numbers)


def _by_pattern(terms: Terms, _: Shape, node: Node, __: int) -> Iterator[Term]:
    """Along one axis each made of some."""
    how = node.how
    pattern = Pattern(how["outs"], how["ins"], tuple(range(*taps) for taps in how["taps"]))
    for term in terms:
        made = patterned(term, how["axis"], pattern, node.shape[how["axis"]])
        if made:
            yield made


def _window(terms: Terms, shape: Shape, node: Node, _: int) -> Iterator[Term]:
    """By the rule of a layer along the last axes; a convolution mixes channels too, within their groups."""
    axes, groups = node.how["axes"], node.how["groups"]
    layer = _layer(
        node.how["kind"],
        tuple(sorted((k, tuple(v) if isinstance(v, list) else v) for k, v in node.how["fields"].items())),
    )
    first = len(shape) - axes
    patterns = {
        first + axis: _pattern(layer, axis, shape[first + axis], node.shape[first + axis]) for axis in range(axes)
    }
    if groups > 1:
        within, out = shape[first - 1] // groups, node.shape[first - 1] // groups
        patterns[first - 1] = Pattern(out, within, (range(within),) * out)
    for term in terms:
        made: Term | None = mixed(term, shape, (first - 1,)) if groups == 1 else term
        for axis, pattern in patterns.items():
            if made:
                made = patterned(made, axis, pattern, node.shape[axis])
        if made:
            yield made


@lru_cache(1024)
def _layer(kind: str, fields: tuple[tuple[str, Any], ...]) -> Layer:
    try:
        return BY_KIND[kind].of(dict(fields))
    except Impossible:
        raise Unknown from None


@lru_cache(1024)
def _pattern(layer: Layer, axis: int, cells: int, out: int) -> Pattern:
    """Of which cells a layer makes each output cell along an axis that has no borders."""
    if isinstance(layer, AdaptivePool):
        common = gcd(cells, out)
        outs, ins, at = out // common, cells // common, 0
        here = Along(layer, axis, cells, out)
    elif isinstance(layer, Upsampling) and layer.align_corners:
        if min(cells, out) == 1:
            return Pattern(1, 0, (range(1),))
        outs, ins, at = out - 1, cells - 1, 0
        here = Along(layer, axis, cells, out)
    else:
        jump = layer.jump_rule().put({**layer.along(axis), IN.name: cells, OUT.name: out}).value()
        outs, ins = jump.denominator, jump.numerator
        here, at = Along(layer, axis, MIDDLE, MIDDLE), MIDDLE // (2 * ins)
    if outs > MOST:
        raise Unknown
    taps = [met(here, outs * at + i) for i in range(outs)]
    return Pattern(outs, ins, tuple(range(t.start - ins * at, t.stop - ins * at, t.step) for t in taps))


def _reshape(terms: Terms, shape: Shape, node: Node, _: int) -> Iterator[Term]:
    """The same cells in the same order in another shape."""
    return reshaped(terms, shape, node.shape)


OPERATIONS: Mapping[str, Any] = {
    "join": _join,
    "cat": _cat,
    "mix": _mix,
    "permute": _permute,
    "pattern": _by_pattern,
    "window": _window,
    "reshape": _reshape,
}
"""What an operation does; that of any other word is not known."""
