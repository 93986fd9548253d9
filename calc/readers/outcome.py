"""A network as plain data: its layers, and what one forward pass did with them or why it ended."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from calc.errors import Impossible, printable, times
from calc.layers.base import Shape
from calc.readers.describing import Description, fields_of, kind_of, unregistered
from calc.readers.guard import Refused
from calc.readers.inputs import Given
from calc.readers.packed import holds_packed
from calc.readers.probing import VIEW, bound, first_of_one, fitting_input, fitting_size, structure
from calc.readers.repairs import flattened_from, repair
from calc.readers.running import ran
from calc.readers.tracing import BY_NUMBERS, Fault, NeedsNumbers, Shadow, Trace, terms

PACKED = "Weights that are quantised are packed as small whole numbers and are no parameters of torch: they are counted from what is packed, as frozen."

TRIED = (96, 160)
"""Sizes at which a network is tried that fits no input, as it seems."""

CHANNELS = re.compile(r"expects \d+ channels? but receives")


def described(
    network: nn.Module, name: str, inputs: Sequence[Given], notes: Sequence[str], shadow: Shadow
) -> dict[str, Any]:
    """The network that was built in `shadow` as plain data; with inputs, run once on them."""
    if holds_packed(network):
        if inputs and not shadow.numbers:
            raise NeedsNumbers
        notes = [*(note for note in notes if note != BY_NUMBERS), PACKED]
    if not inputs:
        described = Description(network, name)
        return _data(described, described.without_run(), inputs, notes)
    waits = any(map(is_lazy, network.parameters()))  # for the input, to know its shapes
    description = None if waits else Description(network, name)
    trace, inputs, said = ran(network, inputs, shadow)
    description = description or Description(network, name)
    for call in trace.calls if trace.fault else ():
        call["unknown"] = call.get("unknown", False) or call["output"] is None
    calls = description.of_run(trace.calls, trace.touched)
    for call in calls:
        if call["products"]:
            call["products"] = terms(call["products"])
    fault = _sentence(network, trace.fault, trace, inputs, shadow) if trace.fault else ""
    return _data(description, calls, inputs, [*notes, *said]) | {
        "flops": None if description.packed else trace.flops,
        "between": trace.between,
        "outside": sorted(trace.outside),
        "nodes": trace.wires.nodes,
        "fault": fault,
    }


def _data(
    description: Description, calls: list[dict[str, Any]], inputs: Sequence[Given], notes: Sequence[str]
) -> dict[str, Any]:
    return {
        "name": description.name,
        "calls": calls,
        "tensors": description.tensors,
        "buffers": description.buffers,
        "inputs": [list(given.shape) for given in inputs],
        "flops": None,
        "between": 0,
        "outside": [],
        "nodes": [],
        "fault": "",
        "notes": [*notes, *description.unregistered],
    }


def described_on_fitting(network: nn.Module, name: str, notes: Sequence[str], shadow: Shadow) -> dict[str, Any] | None:
    """The network as plain data on the input that it takes; None where that cannot be known.

    The network itself is left as it is, and nothing is raised, whatever a stranger's forward does.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            taken = fitting_input(network, shadow)
            if taken is None:
                return None
            data = described(structure(network), name, (Given(taken.shape),), (), shadow)
            fit = bound(data["calls"], data["nodes"], taken.fit.takes)
            forgotten = list(unregistered(network))
    except (Exception, SystemExit, Refused):
        return None
    if data["fault"] or data["notes"] != forgotten or not fit.layer or any(call["batch"] > 1 for call in data["calls"]):
        return None
    return data | {"inferred": True, "notes": [*notes, *forgotten, taken._replace(fit=fit).note]}


def doubts(network: nn.Module, name: str, shadow: Shadow) -> list[str]:
    """What is wrong for every input: a layer behind the first gets as many channels as it does not take, at every size.

    The network itself is left as it is, and nothing is raised, whatever a stranger's forward does.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first = None if shadow.numbers else first_of_one(network)
            if first is None or not first[2]:
                return []
            _, channels, axes = first
            shapes = [(channels, *(n,) * axes) for n in TRIED]
            fault = _misfit(network, name, shapes[0], shadow)
            sure = fault and all(_misfit(network, name, shape, shadow) == fault for shape in shapes[1:])
    except (Exception, SystemExit, Refused):
        return []
    return [f"The network fits no input: {fault}."] if sure else []


def _misfit(network: nn.Module, name: str, shape: Shape, shadow: Shadow) -> str:
    """Which layer behind the first does not take the channels it gets from such an input; empty if there is none."""
    data = described(structure(network), name, (Given(shape),), (), shadow)
    behind = sum(call["output"] is not None for call in data["calls"])
    return data["fault"] if behind and CHANNELS.search(data["fault"]) else ""


def _sentence(network: nn.Module, fault: Fault, trace: Trace, inputs: Sequence[Given], shadow: Shadow) -> str:
    """Where the shapes stopped fitting, why, and what would be right."""
    from calc.network import layer_of  # costs a tenth of a second

    kind = kind_of(fault.module)
    where = fault.path or trace.paths.get(id(fault.module)) or type(fault.module).__name__
    said = printable(
        str(fault.error).strip().splitlines()[0] if str(fault.error).strip() else "no reason is given", 200
    )
    layer = layer_of(kind, fields_of(fault.module)) if kind and fault.inputs else None
    if layer is not None:
        shape = tuple(fault.inputs[0])
        try:
            layer.output_shape(shape)
        except Impossible as misfit:
            before = flattened_from([inputs[0].shape, *(call["output"] for call in trace.calls[:-1])])
            first = len(inputs) == 1 and shape == inputs[0].shape and len(trace.calls) < 2
            return repair(
                where, layer, shape, str(misfit), before, lambda: _other_input(network, inputs, shadow), first=first
            )
    fits = _other_input(network, inputs, shadow) if VIEW.search(said) else None
    feed = f": feed {times(fits[1:])} images" if fits and len(fits) > 2 else ""
    return f"the pass ends in `{where}`: {said}{feed}"


def _other_input(network: nn.Module, inputs: Sequence[Given], shadow: Shadow) -> Shape | None:
    """An input with as many channels on which the network runs."""
    if shadow.numbers or len(inputs) > 1 or len(inputs[0].shape) < 2:
        return None
    try:
        taken = fitting_size(network, inputs[0].shape[0], len(inputs[0].shape) - 1, shadow)
    except Exception:  # a stranger's forward may raise anything
        return None
    return taken and taken.shape
