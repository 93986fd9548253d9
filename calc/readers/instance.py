"""A network that is there already, counted without being touched: a copy of it without contents is run."""

from __future__ import annotations

import copy
import random
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import CellType, FunctionType
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from calc.errors import Impossible, printable
from calc.network import Network
from calc.readers.inputs import Given
from calc.readers.operations import tensors_of
from calc.readers.outcome import described, described_on_fitting, doubts
from calc.readers.probing import first_layer
from calc.readers.tracing import BY_NUMBERS, KNOWN_NUMBERS, Shadow, carrying, wants_numbers

_REGISTERED = ("_parameters", "_buffers", "_modules")


def read_instance(network: Any, inputs: Sequence[Given]) -> Network:
    """The network as plain data; with inputs, a copy of it is run once on them."""
    if not isinstance(network, nn.Module):
        raise Impossible(
            f"a network is a torch.nn.Module or the path of a file, not {printable(type(network).__name__)}"
        )
    network = _uncompiled(network)
    name = type(network).__name__
    if not inputs:
        return Network.of(_untold(network, name))
    with same_random_numbers():
        try:
            return Network.of(described(copied(network, empty=True), name, inputs, (), Shadow()))
        except Exception as fault:  # a stranger's forward may raise anything
            if not wants_numbers(fault):
                raise not_run(name, fault) from None
        torch.manual_seed(0)
        twin = copied(network, empty=False)
        try:
            return Network.of(described(twin, name, inputs, (BY_NUMBERS,), Shadow(numbers=True)))
        except Exception as fault:
            raise not_run(name, fault) from None


def _uncompiled(network: nn.Module) -> nn.Module:
    """The network that `torch.compile` has wrapped, where it has."""
    inner = network._modules.get("_orig_mod") if type(network).__name__ == "OptimizedModule" else None
    return inner or network


def _untold(network: nn.Module, name: str) -> dict[str, Any]:
    """The network as plain data on the input that it takes, if that can be known, else without a run."""
    with same_random_numbers():
        try:
            twin = copied(network, empty=True)
        except Impossible:
            return described(network, name, (), (), Shadow())
        fitting = described_on_fitting(twin, name, (), Shadow()) if first_layer(network) else None
        return fitting or described(network, name, (), doubts(twin, name, Shadow()), Shadow())


def watch_instance(network: Any, images: Sequence[Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What is seen of a layer when a copy of the network is run on an image, in one of these forms."""
    from calc.readers.watching import watched

    if not isinstance(network, nn.Module):
        raise Impossible(
            f"a network is a torch.nn.Module or the path of a file, not {printable(type(network).__name__)}"
        )
    network = _uncompiled(network)
    name = type(network).__name__
    with same_random_numbers(), torch.no_grad():
        twin = copied(network, empty=False)
        try:
            return watched(twin, name, [torch.from_numpy(image) for image in images], asked)
        except Exception as fault:  # a stranger's forward may raise anything
            raise not_run(name, fault) from None


def not_run(name: str, fault: Exception) -> Impossible:
    """The sentence about a network that has ended with a fault."""
    if isinstance(fault, Impossible):
        return fault
    said = traceback.format_exception_only(type(fault), fault)[-1].strip()
    return Impossible(f"{name} does not run: {printable(said, 300)}")


def copied(network: nn.Module, *, empty: bool) -> nn.Module:
    """The network once more, for evaluation, its large tensors without contents."""
    memo: dict[int, Any] = {}
    device = "meta" if empty else "cpu"
    for tensor in (*network.parameters(), *network.buffers(), *_held(network)):
        if isinstance(tensor, UninitializedParameter):
            memo[id(tensor)] = UninitializedParameter(tensor.requires_grad, device=device)  # type: ignore[call-arg, arg-type]
            continue
        if isinstance(tensor, UninitializedBuffer):
            memo[id(tensor)] = UninitializedBuffer(device=device)  # type: ignore[call-arg]
            continue
        if empty and (tensor.is_meta or tensor.numel() > KNOWN_NUMBERS):
            twin = torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta")
        elif tensor.is_meta:
            twin = _drawn(tensor)
        else:
            twin = tensor.detach().cpu().clone()
            twin = carrying(twin) if empty else twin
        memo[id(tensor)] = nn.Parameter(twin, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else twin
    try:
        whole = copy.deepcopy(network, memo).eval()
        _rebind(whole, memo)
        return whole
    except Exception as fault:  # what a stranger's class does when it is copied
        raise Impossible(
            f"{type(network).__name__} cannot be copied, and is not run itself: {printable(str(fault), 200)}"
        ) from None


def _held(network: nn.Module) -> Iterator[torch.Tensor]:
    """Tensors that modules hold as plain values, as weight normalisation and pruning do; some cannot be copied as they are."""
    for module in network.modules():
        yield from tensors_of([value for name, value in vars(module).items() if name not in _REGISTERED])


def _rebind(copied: nn.Module, memo: dict[int, Any]) -> None:
    """Hooks that were written as functions in the network's own code see the copy, not the network."""
    for module in copied.modules():
        for hooks in (module._forward_hooks, module._forward_pre_hooks):
            for key, hook in hooks.items():
                if isinstance(hook, FunctionType) and hook.__closure__:
                    hooks[key] = _seeing(hook, memo)


def _seeing(hook: FunctionType, memo: dict[int, Any]) -> FunctionType:
    """The function with copies in place of what it was written beside."""
    cells = tuple(_cell(cell, memo) for cell in hook.__closure__ or ())
    seeing = FunctionType(hook.__code__, hook.__globals__, hook.__name__, hook.__defaults__, cells)
    seeing.__kwdefaults__ = hook.__kwdefaults__
    return seeing


def _cell(cell: CellType, memo: dict[int, Any]) -> CellType:
    try:
        held = cell.cell_contents
    except ValueError:  # nothing yet
        return cell
    return CellType(memo.get(id(held), held))


def _drawn(tensor: torch.Tensor) -> torch.Tensor:
    """Numbers for a tensor that has none, such that activations stay as large as they are; whole ones are 0."""
    twin = torch.zeros(tensor.shape, dtype=tensor.dtype)
    if not tensor.is_floating_point():
        return twin
    return twin.normal_(0, tensor[0].numel() ** -0.5) if tensor.dim() > 1 and tensor.numel() else twin.uniform_(0, 1)


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Whatever draws random numbers meanwhile, the next ones are as they would have been."""
    ours, torchs = random.getstate(), torch.get_rng_state()
    numpy = sys.modules.get("numpy")
    numpys = numpy.random.get_state() if numpy else None
    try:
        yield
    finally:
        random.setstate(ours)
        torch.set_rng_state(torchs)
        if numpy:
            numpy.random.set_state(numpys)
