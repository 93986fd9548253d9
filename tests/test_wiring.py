"""Receptive fields of networks with branches: what is said is what the gradient finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from calc import count
from tests.wired_networks import WIRED

FAINT = 1e-30
"""Gradients that are 0 but for rounding; those of many positive weights are above."""
CENTRAL = 24
"""Places around the middle whose fields are found, along each axis."""


class Smooth(TorchFunctionMode):
    """Every cell of a window counts, and nothing is cut off: sums for maxima, and no rectifiers."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in ("relu", "relu_", "gelu"):
            return args[0] * 1
        if name == "softmax":
            return args[0].exp() * func(*args, **kwargs).detach().sum() + args[0].sum(-1, keepdim=True)
        if name == "amax":
            return args[0].mean(*args[1:], **kwargs)
        if name in ("layer_norm", "group_norm"):
            x = args[0]
            axes = list(range(1, x.dim())) if name == "group_norm" else [-1]
            return x * x.sum(axes, keepdim=True)
        if name.startswith("max_pool"):
            return self.pooled(*args, **kwargs)
        return func(*args, **kwargs)

    @staticmethod
    def pooled(
        x: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Tensor:
        assert (dilation, return_indices) == (1, False)
        pool: Any = getattr(F, f"avg_pool{x.dim() - 2}d")
        return pool(x, kernel_size, stride, padding, ceil_mode)  # type: ignore[no-any-return]


def positive(network: nn.Module) -> nn.Module:
    """The network with weights that cannot cancel, in double precision."""
    network = network.double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.rand_like(parameter) * 0.5 + 0.5)
            parameter.div_(parameter.numel() / parameter.shape[0])
    return network


def spans(network: nn.Module, shape: tuple[int, ...]) -> Iterator[tuple[range | None, ...]]:
    """What each of the outputs around the middle sees along each axis, by its gradient; None where it sees nothing."""
    x = (torch.rand((1, *shape), dtype=torch.float64) * 0.5 + 0.5).requires_grad_(True)
    with Smooth():
        out = network(x)
    axes = out.dim() - 2
    middle = [n // 2 for n in out.shape[2:]]
    for axis in range(axes):
        for place in range(max(0, middle[axis] - CENTRAL // 2), min(out.shape[axis + 2], middle[axis] + CENTRAL // 2)):
            for channel in range(out.shape[1]):
                at = [place if a == axis else middle[a] for a in range(axes)]
                (moved,) = torch.autograd.grad(out[(0, channel, *at)], x, retain_graph=True)
                yield tuple(_span(moved, a) for a in range(len(shape) - 1))


def _span(moved: Tensor, axis: int) -> range | None:
    along = moved[0].abs().movedim(axis + 1, 0).flatten(1).amax(1)
    cells = torch.nonzero(along > FAINT).flatten().tolist()
    return range(cells[0], cells[-1] + 1) if cells else None


def said(network: nn.Module, shape: tuple[int, ...]) -> list[Any]:
    """The field of the network's output."""
    question = count(nn.Sequential(network, nn.Identity()), shape)
    assert not question.network.fault
    return list(question.rows[-1].field)


def found(network: nn.Module, shape: tuple[int, ...]) -> list[int]:
    """The largest spans along each axis."""
    every = list(spans(positive(network), shape))
    return [max(len(span[axis] or ()) for span in every) for axis in range(len(shape) - 1)]


@pytest.mark.parametrize("name", WIRED)
def test_an_output_sees_what_its_gradient_moves(name: str) -> None:
    make, shape = WIRED[name]
    network = make()
    fields = said(network, shape)
    assert [field.size for field in fields] == found(network, shape)
    for field, size in zip(fields, shape[1:], strict=True):
        assert not field.whole or field.size == size
