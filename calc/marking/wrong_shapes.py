"""Where wrong rules lead for shapes as wholes: channels and features counted wrongly, and what one output sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import NamedTuple

from calc.expr import exact
from calc.layers.padding import Pad
from calc.layers.pool import Windows
from calc.marking.size_replies import Numbers
from calc.stack import Stack
from calc.unfolding import numbers


def wrong_channels(stack: Stack) -> Iterator[tuple[str, str, Numbers]]:
    """Right sizes with wrong channels, and features counted wrongly."""
    out, first = known(stack.out), known(stack.shape)
    if stack.images and len(stack.images) < len(stack.passed):
        image = known(stack.images[-1].output)
        if len(out) == 1 and len(image) > 1:
            before = next((known(at.input) for at in reversed(stack.images) if at.input != at.output), image)
            yield from wrong_features(image, before)
    elif len(first) >= len(out) > 1 and None not in (stack.shape[0], stack.out[0]):
        yield from wrong_filters(first, out)
        yield from wrong_pools(out, sum(isinstance(at.layer, Windows) for at in stack.images))
        zeros = sum(sum(at.layer.along(0).values()) for at in stack.images if isinstance(at.layer, Pad))
        if first[0] == out[0]:
            why = "padding goes around each channel: it adds none"
            yield "channels-padded", why, (exact(out[0] + zeros), *out[1:])


def wrong_features(image: Numbers, before: Numbers) -> Iterator[tuple[str, str, Numbers]]:
    """Features of a flattened map of that shape counted wrongly; `before` is the shape in front of the last layer."""
    yield (
        "flatten-without-channels",
        "flattening lays all channels in a row: the channels count too",
        (prod(image[1:]),),
    )
    why = "what is flattened is the output of the last layer, not its input"
    yield "flatten-before-last-layer", why, (prod(before[1:]) * image[0],)


def wrong_filters(first: Numbers, out: Numbers) -> Iterator[tuple[str, str, Numbers]]:
    """Maps of the right size with channels that come of the input's."""
    yield "channels-of-input", "there are as many channels as filters, not as the input has", (first[0], *out[1:])
    why = "each filter makes one map: the channels of the input are added up"
    yield "channels-multiplied", why, (first[0] * out[0], *out[1:])


def wrong_pools(out: Numbers, pools: int) -> Iterator[tuple[str, str, Numbers]]:
    """Maps of the right size with half the channels for each pooling."""
    if pools and out[0] % 2**pools == 0:
        why = "a pooling works on each channel by itself: it keeps their number"
        yield "pool-halves-channels", why, (out[0] // 2**pools, *out[1:])


def known(shape: Sequence[int | None]) -> tuple[int, ...]:
    """The numbers of a shape that are known."""
    return tuple(n for n in shape if n is not None)


OF_SEVERAL = frozenset(("kernels-added", "kernels-multiplied", "last-kernel-alone"))
"""Rules for fields that speak of more than one layer."""


class Step(NamedTuple):
    """A layer as it widens a receptive field along one axis."""

    kernel: int
    stride: int
    dilation: int
    pools: bool


Path = Sequence[Step]


def wrong_fields(stack: Stack) -> Iterator[tuple[str, str, Numbers]]:
    """What learners take for the receptive field of layers on an image."""
    paths = []
    for path in stack.paths:
        letters = [(numbers(at.layer, at.axis), isinstance(at.layer, Windows)) for at in path]
        whole = [(n, pools) for n, pools in letters if {"k", "s"} <= set(n)]
        paths.append([Step(int(n["k"]), int(n["s"]), int(n.get("d", 1)), pools) for n, pools in whole])
    if paths and all(paths):
        dilated = any(step.dilation > 1 for path in paths for step in path)
        for name, why, rule in WRONG_FIELDS:
            if (name.startswith("dilation") and not dilated) or (name in OF_SEVERAL and len(stack.images) == 1):
                continue
            yield name, why, tuple(rule(path) for path in paths)


def _field(path: Path) -> int:
    field, jump = 1, 1
    for k, s, d, _ in path:
        field, jump = field + d * (k - 1) * jump, jump * s
    return field


def _own_stride(path: Path) -> int:
    field, jump = 1, 1
    for k, s, d, _ in path:
        jump *= s
        field += d * (k - 1) * jump
    return field


WRONG_FIELDS: tuple[tuple[str, str, Callable[[Path], int]], ...] = (
    ("kernels-added", "the field grows by k − 1 for each layer, not by k", lambda path: sum(at.kernel for at in path)),
    (
        "kernels-multiplied",
        "what each layer adds to the field is added up, not multiplied",
        lambda path: prod(at.kernel for at in path),
    ),
    (
        "strides-ignored",
        "behind a stride each step is as far as all strides before it make it",
        lambda path: _field([at._replace(stride=1) for at in path]),
    ),
    ("own-stride-too-early", "a layer's own stride counts for the layers after it", _own_stride),
    (
        "pooling-ignored",
        "poolings widen the field as convolutions do",
        lambda path: _field([at for at in path if not at.pools]),
    ),
    ("last-kernel-alone", "what the last layer sees has seen more before", lambda path: path[-1].kernel),
    (
        "dilation-times-kernel",
        "a dilated kernel covers d·(k − 1) + 1 cells, not k·d",
        lambda path: 1 + sum(at.kernel * at.dilation - 1 for at in path),
    ),
    (
        "dilation-ignored",
        "a dilated kernel covers d·(k − 1) + 1 cells",
        lambda path: _field([at._replace(dilation=1) for at in path]),
    ),
)
"""Wrong rules for receptive fields: name, what is wrong, and the field that each gives along one axis."""
