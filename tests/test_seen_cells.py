"""Which input cells an output sees, found by poking: the gradient of one output is not 0 there."""

import random
from fractions import Fraction
from math import prod

import pytest
import torch

from calc.errors import Impossible
from calc.layers.base import Layer
from calc.layers.known import BY_KIND, LAYERS
from tests.drawn_layers import Draw, Shape, outcome, self_batched, theirs

CONTAINED = (
    *("MaxPool", "AdaptiveMaxPool", "FractionalMaxPool", "MaxUnpool"),  # one of the cells seen is taken
    *("Hardtanh", "Hardshrink", "Softshrink", "Threshold"),  # constant in places
    *("Softmax", "Softmin", "LogSoftmax"),  # constant along an axis of one cell
    *("Linear", "LazyLinear", "LayerNorm", "RMSNorm"),  # the last axes, which may be others
    *("RNN", "LSTM", "GRU"),  # saturated
)
"""Kinds of which the cells that change an output are only among those that it sees."""

LEFT_OUT = (
    *("Embedding", "Dropout", "CrossMapLRN2d"),  # without a gradient
    *("Fold", "Unfold", "Unflatten", "Flatten", "RNNCell", "LSTMCell", "GRUCell"),  # whose output has other axes
    *("Bilinear", "MultiheadAttention"),  # of several inputs
)
"""Kinds that cannot be poked, and why."""

ROUNDED = ("ConvTranspose", "LazyConvTranspose", "MaxUnpool", "Adaptive", "Fractional", "Upsampling", "PixelShuffle")
"""Kinds whose outputs look between cells, or at windows that are not all alike."""

NEGLIGIBLE = 1e-12
"""Weights that are 0 but for rounding."""


def span(module: torch.nn.Module, kind: str, shape: Shape, axis: int, place: int) -> range:
    """From the first to the last cell along an axis with which the outputs at a place of it change."""
    x = torch.rand((2, *shape), dtype=torch.float64) + 0.5
    x.requires_grad_(True)
    more = (places(module, kind, shape),) if kind.startswith("MaxUnpool") else ()
    out = outcome(module, x, *more).select(axis + 2, place)
    (gradient,) = torch.autograd.grad((out * torch.rand_like(out)).sum(), x)
    along = gradient.abs().movedim(axis + 2, 0).flatten(1).amax(1)
    cells = torch.nonzero(along > NEGLIGIBLE).flatten().tolist()
    return range(cells[0], cells[-1] + 1) if cells else range(0)


def places(unpool: torch.nn.Module, kind: str, shape: Shape) -> torch.Tensor:
    """Where a max pooling found the cells of such a shape."""
    output = BY_KIND[kind](unpool.kernel_size, unpool.stride, unpool.padding).output_shape(shape)  # type: ignore[call-arg]
    pool = getattr(torch.nn, kind.replace("Unpool", "Pool"))
    windows = pool(unpool.kernel_size, unpool.stride, unpool.padding, return_indices=True)
    indices: torch.Tensor = windows(torch.rand((2, *output)))[1]
    return indices


def senseless(layer: Layer, axis: int, size: int) -> bool:
    """Whether torch takes what no pooling can have made, or wraps more cells around than it has kept."""
    letters = {name: int(n) for name, n in layer.along(axis).items() if isinstance(n, int)}
    if layer.kind().startswith("MaxUnpool"):
        return any(2 * p > k for p, k in zip(layer.padding, layer.kernel_size, strict=True))  # type: ignore[attr-defined]
    ends = letters.values()
    return layer.kind().startswith("CircularPad") and max(ends) > size + sum(min(n, 0) for n in ends)


def blind(layer: Layer, axis: int, shape: Shape, output: Shape) -> bool:
    """Whether along another axis nothing is seen from anywhere, and so nothing at all."""
    others = [a for a in range(len(shape) - 1) if a != axis]
    return any(not any(layer.sees(a, shape[a + 1], place) for place in range(output[a + 1])) for a in others)


@pytest.mark.filterwarnings("ignore")  # torch: kernels of even size, implicit axes
@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS if not kind.kind().startswith(LEFT_OUT)])
def test_an_output_sees_the_cells_that_change_it(kind: str) -> None:
    poked = 0
    for seed in range(60):
        draw = Draw(BY_KIND[kind], f"seen {kind} {seed}")
        draw.wild = False
        arguments, shape = draw.case()
        try:
            layer: Layer = BY_KIND[kind].of(arguments).for_input(shape)
            output = layer.output_shape(shape)
        except Impossible:
            continue
        if (
            len(shape) < 2
            or prod(shape[1:]) == 1
            or self_batched(kind, shape)
            or theirs(kind, arguments, (2, *shape)) is None
        ):
            continue
        torch.manual_seed(seed)
        module = getattr(torch.nn, kind)(**arguments).double().eval()
        for parameter in module.parameters():
            if not isinstance(parameter, torch.nn.UninitializedParameter):
                torch.nn.init.uniform_(parameter, 0.5, 1.5)
        axis = random.Random(seed).randrange(len(shape) - 1)
        for place in range(output[axis + 1]):
            if senseless(layer, axis, shape[axis + 1]):
                continue
            found, said = span(module, kind, shape, axis, place), layer.sees(axis, shape[axis + 1], place)
            case = f"{layer} on {shape}: {place} of axis {axis} sees {found}, not {said}"
            if kind.startswith(CONTAINED) or negative_axis(layer):
                assert not found or (said.start <= found.start and found.stop <= said.stop), case
            else:
                assert (found or range(0)) == (said or range(0)) or blind(layer, axis, shape, output), case
            poked += bool(found)
    assert poked


def negative_axis(layer: Layer) -> bool:
    """Whether the axis it works along is counted from the last, so that it may be any."""
    return getattr(layer, "dim", 0) is None or getattr(layer, "dim", 0) < 0


@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS if kind.axes])
def test_reach_jump_and_shift_say_what_is_seen_inside(kind: str) -> None:
    """What an output sees that looks beyond no border is as long as the reach, and its middle goes on by the jump."""
    met = 0
    for seed in range(60):
        arguments, shape = Draw(BY_KIND[kind], f"inside {kind} {seed}").case()
        try:
            layer = BY_KIND[kind].of(arguments).for_input(shape)
            output = layer.output_shape(shape)
        except Impossible:
            continue
        for axis in range(min(len(shape), len(output)) - 1) if not kind.startswith(("Fold", "Unfold")) else ():
            size, out = shape[axis + 1], output[axis + 1]
            letters = {**layer.along(axis), "in": size, "out": out}
            if out == 1 and "out" in layer.jump_rule().free | layer.shift_rule().free:
                continue  # one output has no next
            reach, jump, shift = (
                rule.put(letters).value({"in": size})
                for rule in (layer.reach_rule(), layer.jump_rule(), layer.shift_rule())
            )
            for place in range(out):
                middle, half = place * jump + shift, Fraction(reach - 1) / 2
                if middle < half or middle + half > size - 1:
                    continue  # it looks beyond a border
                seen = layer.sees(axis, size, place)
                found = Fraction(seen.start + seen.stop - 1, 2)
                if kind.startswith(ROUNDED):
                    assert len(seen) <= reach + 1, (layer, size, place)
                    assert not seen or abs(found - middle) <= Fraction(reach + 1, 2), (layer, size, place)
                else:
                    assert (len(seen), found) == (reach, middle), (layer, size, place)
                met += 1
    assert met or kind in ("Fold", "Unfold")
