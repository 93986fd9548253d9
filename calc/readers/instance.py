"""A network that is there already, counted without being touched: a copy of it without contents is run."""

from __future__ import annotations

import copy
import random
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from calc.errors import Impossible, printable
from calc.network import Network
from calc.readers.inputs import Given
from calc.readers.outcome import described, described_on_fitting
from calc.readers.probing import first_layer
from calc.readers.tracing import BY_NUMBERS, KNOWN_NUMBERS, Shadow, carrying, wants_numbers


def read_instance(network: Any, inputs: Sequence[Given]) -> Network:
    """The network as plain data; with inputs, a copy of it is run once on them."""
    if not isinstance(network, nn.Module):
        raise Impossible(
            f"a network is a torch.nn.Module or the path of a file, not {printable(type(network).__name__)}"
        )
    name = type(network).__name__
    if not inputs:
        return Network.of(_fitting(network, name) or described(network, name, inputs, (), Shadow()))
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


def _fitting(network: nn.Module, name: str) -> dict[str, Any] | None:
    """The network as plain data on the input that it takes, if that can be known."""
    if first_layer(network) is None:
        return None
    with same_random_numbers():
        try:
            twin = copied(network, empty=True)
        except Impossible:
            return None
        return described_on_fitting(twin, name, (), Shadow())


def watch_instance(network: Any, images: Sequence[Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What is seen of a layer when a copy of the network is run on an image, in one of these forms."""
    from calc.readers.watching import watched

    if not isinstance(network, nn.Module):
        raise Impossible(
            f"a network is a torch.nn.Module or the path of a file, not {printable(type(network).__name__)}"
        )
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
    for tensor in (*network.parameters(), *network.buffers()):
        if isinstance(tensor, UninitializedParameter):
            memo[id(tensor)] = UninitializedParameter(tensor.requires_grad, device=device)  # type: ignore[call-arg, arg-type]
            continue
        if isinstance(tensor, UninitializedBuffer):
            memo[id(tensor)] = UninitializedBuffer(device=device)  # type: ignore[call-arg]
            continue
        if tensor.is_meta and not empty:
            twin = torch.zeros(tensor.shape, dtype=tensor.dtype)
        elif empty and (tensor.is_meta or tensor.numel() > KNOWN_NUMBERS):
            twin = torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta")
        else:
            twin = tensor.detach().cpu().clone()
            twin = carrying(twin) if empty else twin
        memo[id(tensor)] = nn.Parameter(twin, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else twin
    for tensor in _made(network):
        memo[id(tensor)] = tensor.detach().clone() if not empty else torch.empty_like(tensor, device="meta")
    try:
        return copy.deepcopy(network, memo).eval()
    except Exception as fault:  # what a stranger's class does when it is copied
        raise Impossible(
            f"{type(network).__name__} cannot be copied, and is not run itself: {printable(str(fault), 200)}"
        ) from None


def _made(network: nn.Module) -> Iterator[torch.Tensor]:
    """The tensors that modules keep of what they have made of parameters, as pruned weights are."""
    for module in network.modules():
        yield from (held for held in vars(module).values() if isinstance(held, torch.Tensor) and not held.is_leaf)


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
