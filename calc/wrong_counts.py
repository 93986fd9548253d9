"""The wrong rules that bend rows of a ledger: those of single layers, and those that take a number from elsewhere in the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, groupby, pairwise
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from calc.expr import Expr, Number, num
from calc.layers.base import Shape, axis_letters, with_numbers
from calc.layers.conv import Conv
from calc.layers.linear import Linear
from calc.layers.norm import ChannelNorm
from calc.layers.pool import Windows
from calc.question import Misconception

if TYPE_CHECKING:
    from calc.counting import Count, Row


class Rule(NamedTuple):
    """A wrong rule in the layers that it bends: what their rows come to, or each two of them `together`."""

    name: str
    why: str
    rows: Mapping[int, int]
    together: bool = False

    def total(self, question: Count) -> int:
        """The parameters of the network where it is followed in all of them."""
        return question.parameters + sum(n - question.rows[i].parameters for i, n in self.rows.items())


def letters(row: Row) -> dict[str, Number]:
    """The letters that wrong rules may have in a layer: its own, its kernel, the sizes in and out, its channels."""
    layer, call = row.call.layer, row.call
    assert layer is not None
    env: dict[str, Number] = {}
    if layer.axes:
        env |= {name: x for name, x in layer.along(0).items() if isinstance(x, int)}
    shape = call.inputs[0] if call.inputs else None
    if shape:
        env |= {"c": shape[0], **axis_letters(shape, "in")}
    if call.output:
        env |= axis_letters(call.output, "out")
    return env | dict(layer.letters())


def rules(question: Count) -> Iterator[Rule]:
    """The wrong rules of single layers, then those that take a number from elsewhere in the network."""
    found: dict[str, tuple[str, dict[int, int]]] = {}
    for i, m, value in _bent(question):
        found.setdefault(m.name, (m.why, {}))[1][i] = value
    for name, (why, rows) in found.items():
        yield Rule(name, why, rows)
    yield from _separable(question.rows)


class Bend(NamedTuple):
    """A wrong rule in one row, and what the row comes to by it."""

    row: int
    wrong: Misconception
    value: int


def _bent(question: Count) -> Iterator[Bend]:
    """Every wrong rule in every row that it bends."""
    for i, row in enumerate(question.rows):
        layer = row.call.layer
        if layer is None or not row.call.used or (row.call.tensors and not row.own):
            continue
        env = letters(row)
        for m in type(layer).misconceptions():
            if m.about == "params" and m.rule.free <= set(env) and m.speaks_of(env):
                value = m.rule.value(env)
                if value != row.parameters and value.denominator == 1:
                    yield Bend(i, m, int(value))
    for name, why, i, taking, value in _from_elsewhere(question.rows):
        row = question.rows[i]
        rule = row.call.layer.params.put(taking) if row.call.layer and taking else num(value)
        led = int(rule.value(letters(row)))
        if led != row.parameters:
            yield Bend(i, Misconception(name, "params", rule, why, {}, taking=taking), led)


def together(question: Count) -> Mapping[tuple[str, str], Mapping[int, Expr]]:
    """What rows are by two wrong rules that bend them both, the numbers put in, by the names of the two."""
    found: dict[tuple[str, str], dict[int, Expr]] = {}
    for i, group in groupby(sorted(_bent(question), key=lambda bend: bend.row), lambda bend: bend.row):
        env, alone = letters(question.rows[i]), list(group)
        for a, b in combinations(alone, 2):
            law = a.wrong.with_another(b.wrong)
            if law is None or not law.free <= set(env):
                continue
            value = law.value(env)
            if value.denominator == 1 and value not in (a.value, b.value, question.rows[i].parameters):
                found.setdefault((a.wrong.name, b.wrong.name), {})[i] = with_numbers(law, env)
    return found


def _separable(rows: Sequence[Row]) -> Iterator[Rule]:
    """Wrong rules of depthwise convolutions with the pointwise ones behind them, the two taken together."""
    multiplied: dict[int, int] = {}
    with_biases: dict[int, int] = {}
    full: dict[int, int] = {}
    convs = [(i, row.call.layer) for i, row in enumerate(rows) if isinstance(row.call.layer, Conv)]
    for (i, depthwise), (j, pointwise) in pairwise(convs):
        alone = 1 < depthwise.groups == depthwise.in_channels
        if alone and pointwise.groups == prod(pointwise.kernel_size) == 1:
            multiplied |= {i: 0, j: prod(depthwise.tensors()["weight"]) * prod(pointwise.tensors()["weight"])}
            with_biases |= {i: 0, j: rows[i].parameters * rows[j].parameters}
            weights = prod(depthwise.kernel_size) * depthwise.in_channels + pointwise.bias
            full |= {i: 0, j: weights * pointwise.out_channels}
    if multiplied:
        why = "the depthwise and the pointwise convolution are two layers: add their parameters"
        yield Rule("separable-multiplied", why, multiplied, together=True)
        if with_biases != multiplied:
            yield Rule("separable-multiplied", why, with_biases, together=True)
        why = "a depthwise convolution and a pointwise one stand in for the full one, which has more parameters"
        yield Rule("separable-as-full", why, full, together=True)


class Elsewhere(NamedTuple):
    """A wrong number of one row that comes from another layer."""

    name: str
    why: str
    row: int
    taking: Mapping[str, Number]
    """What letters are taken for."""
    value: int = 0
    """What the row comes to where no letter is taken for something else."""


def _from_elsewhere(rows: Sequence[Row]) -> Iterator[Elsewhere]:
    """Wrong numbers that come from another layer: its channels, its kernel, its size."""
    image: Conv | None = None
    last: Conv | None = None
    pooling: Row | None = None
    before: Shape | None = None
    dense = 0
    for i, row in enumerate(rows):
        layer = row.call.layer
        if row.call.output:
            why = "these are the numbers that come out of the layer: parameters are what it has learned"
            yield Elsewhere("outputs-for-params", why, i, {}, prod(row.call.output))
        if isinstance(layer, ChannelNorm) and not layer.affine:
            why = "the layer has no scale and no shift: it is made with affine=False"
            yield Elsewhere("scale-and-shift-counted", why, i, {}, 2 * layer.num_features)
        if isinstance(layer, Conv):
            if image is not None and layer.groups == 1:
                why = "each layer's kernels are as deep as the maps before it, not as the image"
                yield Elsewhere("image-channels-everywhere", why, i, {"c": image.in_channels})
            image, last, pooling = image or layer, layer, None
        elif isinstance(layer, Windows):
            pooling = row
        elif isinstance(layer, Linear):
            if dense and last:
                why = "a fully connected layer has no kernel: a weight for each input of each output"
                yield Elsewhere("kernel-in-linear", why, i, {"i": prod(last.kernel_size) * layer.in_features})
            elif not dense:
                yield from _flattened(i, layer, rows, last, pooling, before)
            dense += 1
        if row.call.output and len(row.call.output) > 1:
            before = row.call.output
        elif not dense and row.call.inputs and len(row.call.inputs[0]) > 1:
            before = row.call.inputs[0]


def _flattened(
    i: int, layer: Linear, rows: Sequence[Row], last: Conv | None, pooling: Row | None, before: Shape | None
) -> Iterator[Elsewhere]:
    """Wrong numbers of the first fully connected layer: what was flattened is taken to be something else."""
    channels = last.out_channels if last else before[0] if before else 0
    if not channels or layer.in_features % channels:
        return
    area = layer.in_features // channels

    def led(name: str, why: str, features: int) -> Elsewhere:
        return Elsewhere(name, why, i, {"i": features})

    if last and prod(last.kernel_size) != area:
        why = "what is flattened is the last feature map, not a kernel"
        yield led("kernel-in-flatten", why, prod(last.kernel_size) * channels)
    yield led("flatten-without-channels", "flattening lays all channels in a row: the channels count too", area)
    why = "flattening lays every cell of a map in a row, not one for each channel"
    yield led("flatten-without-area", why, channels)
    first = next((row.call.inputs[0] for row in rows if row.call.inputs), ())
    if len(first) > 1:
        why = "what is flattened is the last feature map, not the image"
        yield led("flatten-image", why, prod(first[1:]) * channels)
    if pooling and isinstance(pooling.call.layer, Windows):
        steps = prod(pooling.call.layer.stride) ** (
            1 if len(pooling.call.layer.stride) > 1 else pooling.call.layer.axes
        )
        wide = prod(pooling.call.inputs[0][1:]) if pooling.call.inputs else area * steps
        why = "what is flattened comes out of the last pooling, not into it"
        yield led("last-pooling-forgotten", why, wide * channels)


def biases(row: Row) -> int:
    """The additions of biases: one for each output."""
    layer, output = row.call.layer, row.call.output
    if layer is None or output is None or not getattr(layer, "bias", False) or not (row.macs and row.macs.value()):
        return 0
    return prod(output) * row.call.batch


def wrong_work_of(row: Row) -> Iterator[tuple[str, str, int]]:
    """What the multiply-accumulates of a layer would be by its wrong rules."""
    layer = row.call.layer
    if layer is None or not row.macs:
        return
    env = letters(row)
    for m in type(layer).misconceptions():
        if m.about == "macs" and m.rule.free <= set(env):
            yield m.name, m.why, int(m.rule.value(env))


def wrong_work(question: Count) -> Iterator[tuple[str, str, int]]:
    """What the multiply-accumulates would be if one wrong rule were followed in every layer it bends."""
    found: dict[str, tuple[str, int]] = {}
    right = question.macs or 0
    yield "flops-for-macs", "a MAC is a multiplication with its addition: those are 2 FLOPs", 2 * right
    why = "these are the parameters: each weight is used once for every output of its map"
    yield "params-for-macs", why, question.parameters
    for row in question.rows:
        for name, why, wrong in wrong_work_of(row):
            why, so_far = found.get(name, (why, 0))
            found[name] = why, so_far + wrong - int(row.macs.value() if row.macs else 0)
    for name, (why, off) in found.items():
        if off:
            yield name, why, right + off
    if question.network.input and len(question.network.input) > 1:
        area = prod(question.network.input[1:])
        weights = sum(
            int(row.macs.value()) // (prod(row.call.output[1:]) or 1)
            for row in question.rows
            if row.macs and row.call.output
        )
        yield (
            "image-size-everywhere",
            "each layer's weights are used once for each cell of its own map, not of the image",
            weights * area,
        )
