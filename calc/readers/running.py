"""A network run once on inputs of given shapes: its calls, or those before the shapes stopped fitting, and why."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from calc.errors import Impossible, printable, times
from calc.readers.describing import Description, fields_of, kind_of, packed
from calc.readers.inputs import Given
from calc.readers.tracing import Fault, NeedsWhole, Origin, Shadow, Trace, terms

OTHER_SIZES = 24
"""Sizes of images that are tried where one does not fit."""

MISFITS = (RuntimeError, ValueError, IndexError, Impossible)
"""What torch raises where shapes do not fit."""


def described(
    network: nn.Module, name: str, inputs: Sequence[Given], notes: Sequence[str], shadow: Shadow
) -> dict[str, Any]:
    """The network that was built in `shadow` as plain data; with inputs, run once on them."""
    notes = [*notes, *packed(network)]
    if not inputs:
        described = Description(network, name)
        return _data(described, described.without_run(), inputs, notes)
    waits = any(map(is_lazy, network.parameters()))  # for the input, to know its shapes
    description = None if waits else Description(network, name)
    trace, inputs, said = ran(network, inputs, shadow)
    description = description or Description(network, name)
    calls = description.of_run(trace.calls, trace.touched)
    for call in calls:
        if call["products"]:
            call["products"] = terms(call["products"])
    fault = _sentence(network, trace.fault, trace, inputs, shadow) if trace.fault else ""
    return _data(description, calls, inputs, [*notes, *said]) | {
        "flops": trace.flops,
        "between": trace.between,
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
        "inputs": [list(given.shape) for given in inputs],
        "flops": None,
        "between": 0,
        "nodes": [],
        "fault": "",
        "notes": list(notes),
    }


def ran(network: nn.Module, inputs: Sequence[Given], shadow: Shadow) -> tuple[Trace, tuple[Given, ...], list[str]]:
    """The trace of one forward pass; inputs that turn out to be looked up in a table are whole numbers."""
    inputs, notes = tuple(inputs), []
    while True:
        trace = Trace(network, shadow)
        tensors = [_tensor(given, shadow.numbers) for given in inputs]
        for number, tensor in enumerate(tensors):
            trace.mark(tensor, Origin(inputs=frozenset((number,))))
            trace.wires.input(tensor)
        positional, named = _passed(network, inputs, tensors)
        try:
            with torch.no_grad(), _step_by_step(), trace.watching(), trace:
                network(*positional, **named)
        except NeedsWhole as needs:
            inputs = tuple(given._replace(whole=given.whole or i in needs.inputs) for i, given in enumerate(inputs))
            notes = ["The input is taken as whole numbers: it is looked up in a table."]
            continue
        except MISFITS:
            if trace.fault is None:
                raise
        return trace, inputs, notes


@contextmanager
def _step_by_step() -> Iterator[None]:
    """Attention in its single operations, not in one that does all."""
    was = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was)


def _tensor(given: Given, numbers: bool) -> Tensor:
    shape = (1, *given.shape)
    if given.whole:
        return torch.zeros(shape, dtype=torch.long, device="cpu" if numbers else "meta")
    return torch.rand(shape) if numbers else torch.empty(shape, device="meta")


def _passed(
    network: nn.Module, inputs: Sequence[Given], tensors: Sequence[Tensor]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """How the inputs are given to `forward`: one after the other, by name, or several as the one it takes."""
    parameters = list(inspect.signature(network.forward).parameters.values())
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    takes_more = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    named = {given.name: tensor for given, tensor in zip(inputs, tensors, strict=True) if given.name}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    if named and (takes_any or set(named) <= {p.name for p in parameters}):
        return tuple(t for g, t in zip(inputs, tensors, strict=True) if not g.name), named
    if named:
        return (named,), {}
    if len(tensors) > 1 and len(plain) == 1 and not takes_more:
        return (list(tensors),), {}
    return tuple(tensors), {}


def _sentence(network: nn.Module, fault: Fault, trace: Trace, inputs: Sequence[Given], shadow: Shadow) -> str:
    """Where the shapes stopped fitting, why, and what would be right."""
    from calc.layers.known import BY_KIND  # costs a tenth of a second

    kind = kind_of(fault.module)
    where = fault.path or trace.paths.get(id(fault.module)) or type(fault.module).__name__
    said = printable(
        str(fault.error).strip().splitlines()[0] if str(fault.error).strip() else "no reason is given", 200
    )
    if kind not in BY_KIND or not fault.inputs:
        return f"the pass ends in `{where}`: {said}"
    shape = tuple(fault.inputs[0])
    known = BY_KIND[kind]
    fields = {name: v for name, v in (fields_of(fault.module) or {}).items() if name in known.arguments()}
    try:
        layer = known.of(fields)
        layer.output_shape(shape)
    except Impossible as misfit:
        return _repair(network, trace, inputs, where, kind, fields, shape, str(misfit), shadow)
    return f"the pass ends in `{where}`: {said}"


def _repair(
    network: nn.Module,
    trace: Trace,
    inputs: Sequence[Given],
    where: str,
    kind: str,
    fields: dict[str, Any],
    shape: tuple[int, ...],
    misfit: str,
    shadow: Shadow,
) -> str:
    """The sentence for a layer whose number of features or channels is not what it receives."""
    axis = -1 if kind == "Linear" else 0
    wanted = next((name for name in ("in_features", "in_channels", "num_features") if name in fields), None)
    if not wanted or not shape or fields[wanted] == shape[axis]:
        return f"at `{where}`, {misfit}"
    what = "features" if kind == "Linear" else "channels"
    if kind == "Linear" and len(shape) > 1 and _product(shape) == fields[wanted]:
        return (
            f"`{where}` expects {fields[wanted]} features but receives {times(shape)}: "
            "flatten it first, `torch.flatten(x, 1)`"
        )
    got = shape[axis]
    before = next((c["output"] for c in reversed(trace.calls[:-1]) if c["output"] and len(c["output"]) > 1), None)
    split = f" = {'·'.join(map(str, before))}" if before and _product(before) == got and kind == "Linear" else ""
    others = {"in_features": ("out_features",), "in_channels": ("out_channels", "kernel_size")}.get(wanted, ())
    rest = [str(fields[name]) if not isinstance(fields[name], tuple) else str(tuple(fields[name])) for name in others]
    repair = f"write `{kind}({', '.join([str(got), *rest])}{', …' if what == 'channels' and rest else ''})`"
    size = _other_size(network, inputs, fields[wanted] / got, shadow) if split else None
    feed = f", or feed {size}×{size} images" if size else ""
    return f"`{where}` expects {fields[wanted]} {what} but receives {got}{split}: {repair}{feed}"


def _product(shape: Sequence[int]) -> int:
    return int(torch.Size(shape).numel())


def _other_size(network: nn.Module, inputs: Sequence[Given], ratio: float, shadow: Shadow) -> int | None:
    """A square image on which the network runs, near the size that the features ask for."""
    if shadow.numbers or len(inputs) > 1 or len(inputs[0].shape) != 3:
        return None
    near = round(inputs[0].shape[1] * ratio**0.5)
    round_first = sorted(
        range(max(1, near - 16), near + 17),
        key=lambda n: (min(abs(n - near), 4) if n % 8 else 0, -(n & -n), abs(n - near)),
    )
    for size in round_first[:OTHER_SIZES]:
        tried = (inputs[0]._replace(shape=(inputs[0].shape[0], size, size)),)
        try:
            trace, *_ = ran(network, tried, shadow)
        except Exception:  # noqa: S112  # a stranger's forward may raise anything
            continue
        if trace.fault is None:
            return size
    return None
