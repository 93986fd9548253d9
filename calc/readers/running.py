"""A network run once on inputs of given shapes: the trace of one forward pass."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from calc.errors import Impossible
from calc.readers.inputs import Given
from calc.readers.tracing import NeedsWhole, Origin, Shadow, Trace

MISFITS = (RuntimeError, ValueError, IndexError, Impossible)
"""What torch raises where shapes do not fit."""


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
