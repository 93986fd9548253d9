"""The input of a network that nobody named one for: sizes are tried until the first layer of features gets what it takes.

Only a structure of its own is run, whose tensors have no contents, and only what a whole run then confirms is taken.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from calc.layers.base import Layer, Shape
from calc.readers.describing import fields_of, kind_of, row_modules
from calc.readers.input_size import Fit, Taken, chosen, first_taken, fitting
from calc.readers.inputs import Given
from calc.readers.running import ran
from calc.readers.tracing import Fault, Shadow
from calc.stretches import Whole

MOST_ROWS = 200
"""Layers of a network that is tried."""
MOST_ADAPTED = 40
"""The same where something before its first layer of features seems to give that many whatever comes in."""

FITS = Fit(1, 1)

VIEW = re.compile(r"shape '\[([-0-9, ]+)\]' is invalid for input of size (\d+)")
"""What torch says of a view that does not come out even."""


def fitting_input(network: nn.Module, shadow: Shadow) -> Taken | None:
    """The input that the network seems to take; None where that cannot be known. Raises what its forward raises."""
    first = None if shadow.numbers else first_layer(network)
    if first is None:
        return None
    name, channels, axes = first
    if not axes:
        return Taken((channels,), Whole(channels, channels), Fit(channels, channels, name))
    return fitting_size(network, channels, axes, shadow)


def first_layer(network: nn.Module) -> tuple[str, int, int] | None:
    """The first layer with what it takes, as `first_taken` has it; None where trying the network would tell nothing."""
    rows = _of_one_input(network)
    many = sum(1 for _ in network.modules())
    features = next((i for i, (_, layer) in enumerate(rows) if layer.kind() == "Linear"), None)
    if features is None or (many > MOST_ADAPTED and _adapts([layer for _, layer in rows], features)):
        return None
    return first_taken(rows)


def first_of_one(network: nn.Module) -> tuple[str, int, int] | None:
    """The first layer with what it takes, of a network that takes one input; None where it does not say."""
    return first_taken(_of_one_input(network))


def _of_one_input(network: nn.Module) -> list[tuple[str, Layer]]:
    """The layers of a network that takes one input and may be tried; none where it takes several."""
    wanted = [p for p in inspect.signature(network.forward).parameters.values() if p.default is p.empty]
    several = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in wanted) > 1
    many = sum(1 for _ in network.modules())
    if several or many > MOST_ROWS or any(map(is_lazy, network.parameters())):
        return []
    return [(name, layer) for name, layer in _rows(network) if layer]


def fitting_size(network: nn.Module, channels: int, axes: int, shadow: Shadow) -> Taken | None:
    """The size along so many axes of an input with these channels at which the network runs."""
    found = fitting(lambda n: _tried(network, (channels, *(n,) * axes), shadow), axes)
    if found is None:
        return None
    sizes, fit = found
    return Taken((channels, *(chosen(sizes),) * axes), sizes, fit)


def _rows(network: nn.Module) -> Iterator[tuple[str, Layer | None]]:
    from calc.network import layer_of  # costs a tenth of a second

    for name, module in row_modules(network):
        yield name, layer_of(kind_of(module) or "", fields_of(module))


def _adapts(layers: Sequence[Layer], features: int) -> bool:
    """Whether the first layer of features seems to get as many whatever the size of the input."""
    channels = next((n for layer in reversed(layers[:features]) if (n := layer.fields().get("out_channels"))), None)
    return any(layer.kind().startswith("Adaptive") for layer in layers) or (
        layers[features].fields()["in_features"] == channels
    )


def structure(network: nn.Module) -> nn.Module:
    """The modules once more, with the same tensors."""
    memo: dict[int, Any] = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    return copy.deepcopy(network, memo)


def _tried(network: nn.Module, shape: Shape, shadow: Shadow) -> Fit | None:
    """What a layer of features gets from an input of that shape; None where something else is wrong with it."""
    tried = structure(network)
    for module in tried.modules():
        if isinstance(module, nn.Linear):
            module.register_forward_pre_hook(_received)
    try:
        trace, *_ = ran(tried, (Given(shape),), shadow)
    except _Misfit as misfit:
        return misfit.fit
    if trace.fault:
        return _misfit(trace.fault)
    mixed = next((call for call in trace.calls if call["batch"] > 1 and call["inputs"]), None)
    return Fit(mixed["batch"] * prod(mixed["inputs"][0]), prod(mixed["inputs"][0])) if mixed else FITS


class _Misfit(Exception):
    """A layer of features was given another number of them than it takes."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit


def _received(module: nn.Module, given: tuple[Any, ...]) -> None:
    """Ends the pass before torch works out why the product does not fit, for which it imports its compiler."""
    takes = int(module.in_features)  # type: ignore[arg-type]
    if given and isinstance(given[0], Tensor) and given[0].dim() and given[0].shape[-1] != takes:
        raise _Misfit(Fit(given[0].shape[-1], takes))


def _misfit(fault: Fault) -> Fit | None:
    """How many features a view was to have where the pass ended, and had; None where it ended for another reason."""
    said = str(fault.error)
    if view := VIEW.search(said):
        return Fit(int(view[2]), prod(int(n) for n in view[1].split(",") if int(n) > 0))
    return Fit(0, 1) if "too small" in said or "greater than actual input" in said else None


def bound(calls: Sequence[Mapping[str, Any]], nodes: Sequence[Sequence[Any]], takes: int) -> Fit:
    """The layer that takes so many features, and the map that they are of; no layer where it takes them place by place."""
    for call in calls:
        if call["kind"] == "Linear" and call["fields"]["in_features"] == takes and call["inputs"]:
            if len(call["inputs"][0]) > 1:
                break
            return Fit(takes, takes, call["name"], _flattened(nodes, call.get("node"), takes))
    return Fit(takes, takes)


def _flattened(nodes: Sequence[Sequence[Any]], number: int | None, features: int) -> Shape:
    """The map that was flattened to the features of a layer, by the operations that led to it; nothing if there is none."""
    while number is not None:
        word, of, *_ = nodes[number]
        if len(of) != 1:
            break
        number = of[0]
        shape = tuple(nodes[number][2][1:])
        if word == "reshape" and len(shape) > 1 and prod(shape) == features:
            return shape
        if word == "window":
            break
    return ()
