"""Receptive fields of networks with branches: what is said is what the gradient finds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from calc import count
from tests.drawn_graphs import CELLS, Drawn, networks
from tests.wired_networks import WIRED, Chain

FAINT = 1e-30
"""Gradients that are 0 but for rounding; those of many positive weights are above."""
CENTRAL = 10
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


MIDDLE = range(CELLS // 5, CELLS - CELLS // 5)
"""Cells of the input far enough from its borders."""
NEIGHBOURS = 36
"""Outputs next to each other, among which there is one that sees most."""


@settings(max_examples=40, deadline=None)
@given(networks())
def test_random_branches(network: Drawn) -> None:
    """Not more is seen than is said, and just that inside, where it is said."""
    (field,) = said(network, (1, CELLS)) or (None,)
    if field is None:
        return
    x = (torch.rand(1, 1, CELLS, dtype=torch.float64) + 0.5).requires_grad_(True)
    out = network(x)
    first = max((out.shape[2] - NEIGHBOURS) // 2, 0)
    some = out[0, :, first : first + NEIGHBOURS]
    each = torch.eye(some.numel(), dtype=x.dtype).view(-1, *some.shape)
    (moved,) = torch.autograd.grad(some, x, each, is_grads_batched=True)
    every = [_span(one, 0) for one in moved]
    assert max(len(span or ()) for span in every) <= field.size
    if field.jump is None or not all(span and span.start in MIDDLE and span.stop - 1 in MIDDLE for span in every):
        return
    if field.start is not None:
        places = (first + i % some.shape[1] for i in range(len(every)))
        centres = [Fraction(span.start + span.stop, 2) for span in every if span]
        assert centres == [field.start + place * field.jump for place in places]
    if some.shape[1] == NEIGHBOURS:
        assert max(len(span or ()) for span in every) == field.size


def test_a_network_that_is_said_wrong_is_found_out() -> None:
    """The gradient of another network is not what is said of the first."""
    wide, narrow = (nn.Sequential(nn.Conv2d(1, 1, k), nn.Conv2d(1, 1, 3)) for k in (5, 3))
    assert [field.size for field in said(wide, (1, 20, 20))] != found(narrow, (1, 20, 20))


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda x: x[:, :, torch.randperm(9)], (2, 9, 9)),
        (lambda x: torch.fft.fft(x).real, (2, 9)),
        (lambda x: x.sort(2)[0], (2, 9)),
        (lambda x: F.grid_sample(x, x.permute(0, 2, 3, 1), align_corners=True), (2, 9, 9)),
    ],
)
def test_what_is_not_known_is_not_guessed(function: Any, shape: tuple[int, ...]) -> None:
    assert said(Chain(nn.Identity(), function), shape) == []


def test_products_of_maps_see_rows_beside_rows() -> None:
    network = Chain(nn.Conv2d(2, 2, 3, padding=1), lambda x: x @ x.transpose(2, 3))
    assert [field.size for field in said(network, (2, 9, 9))] == [9, 9]


def test_what_takes_no_more_than_a_shape_sees_nothing() -> None:
    assert said(Chain(nn.Conv2d(1, 1, 3), lambda x: x + torch.zeros_like(x.mean((2, 3), keepdim=True))), (1, 9, 9))[
        0
    ] == (3, False, 1, Fraction(3, 2))


def test_of_several_inputs_the_largest_is_looked_at() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.small, self.large = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 4, 2, 1)

        def forward(self, small: Tensor, large: Tensor) -> Tensor:
            return torch.relu(self.small(small) + self.large(large))

    question = count(Two(), [(1, 8, 8), (1, 16, 16)])
    assert [[field.size for field in row.field] for row in question.rows] == [[], [4, 4]]


@pytest.mark.parametrize(
    ("layer", "sizes"),
    [
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"), [5, 5]),
        (nn.Conv2d(1, 1, (3, 5), 2, 2, 2, padding_mode="circular"), [9, 13]),
        (nn.CircularPad2d((2, 1, 0, 3)), [3, 3]),
        (nn.Conv2d(1, 1, 3, padding="same", padding_mode="reflect"), [5, 5]),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="replicate"), [5, 5]),
    ],
)
def test_what_is_put_around_is_no_more_than_a_border(layer: nn.Module, sizes: list[int]) -> None:
    network = Chain(layer, nn.Conv2d(1, 1, 3))
    assert [field.size for field in said(network, (1, 20, 20))] == sizes
