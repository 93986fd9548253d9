"""Networks with random branches along one axis, drawn by hypothesis."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import Tensor, nn

CELLS = 200
"""Cells of the input."""
DEEP = 9
"""Operations at most."""
LEAST, MOST = 12, 600
"""Cells of any map between."""


class Drawn(nn.Module):
    """Operations in a row, each on maps that are there already: a name, the numbers of the maps, and sizes."""

    def __init__(self, steps: list[tuple[str, tuple[int, ...], tuple[int, ...]]]) -> None:
        super().__init__()
        self.steps = steps

    def __repr__(self) -> str:
        return f"Drawn({self.steps})"

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for name, of, sizes in self.steps:
            out = done(name, [maps[i % len(maps)] for i in of], sizes)
            maps.append(out if LEAST <= out.shape[2] <= MOST else maps[-1])
        return maps[-1]


def done(name: str, given: list[Tensor], sizes: tuple[int, ...]) -> Tensor:
    """One operation, every weight of which is above 0; sizes are fitted to what it takes."""
    x, *others = given
    k, s, d, p = sizes
    channels = x.shape[1]
    match name:
        case "conv":
            weight = torch.full((2, channels, k), 0.5 / k, dtype=x.dtype)
            return F.conv1d(x, weight, None, s, p, d)
        case "depthwise":
            weight = torch.full((channels, 1, k), 1 / k, dtype=x.dtype)
            return F.conv1d(x, weight, None, s, p, d, channels)
        case "transposed":
            weight = torch.full((channels, 2, k), 0.5, dtype=x.dtype)
            return F.conv_transpose1d(x, weight, None, s, min(p, k - 1), min(d, s) - 1)
        case "pool":
            return F.avg_pool1d(x, k, s, min(p, k // 2), ceil_mode=d == 2)
        case "nearest":
            return F.interpolate(x, scale_factor=s)
        case "linear":
            return F.interpolate(x, scale_factor=s, mode="linear")
        case "stretched":
            return F.interpolate(x, scale_factor=(1 + d) / s, mode="linear")
        case "sliced":
            return x[..., p : x.shape[2] - k : s]
        case "padded":
            return F.pad(x, (p, k))
        case "repeated":
            return x.repeat_interleave(s, 2)
        case "into channels":
            kept = x[..., : x.shape[2] // s * s]
            return kept.reshape(1, channels, -1, s).permute(0, 3, 1, 2).reshape(1, s * channels, -1)
        case "into cells":
            kept = x[:, : channels // s * s] if channels >= s else x.repeat(1, s, 1)
            shape = 1, s, kept.shape[1] // s, x.shape[2]
            return kept.reshape(shape).permute(0, 2, 3, 1).reshape(1, shape[2], -1)
        case "windows":
            return x.unfold(2, k, s).mean(3)
        case "split":
            return x.split((channels + 1) // 2, 1)[p % 2 if channels > 1 else 0]
        case "turned":
            return x.transpose(1, 2).contiguous().view(1, -1, channels).permute(0, 2, 1) * 2
    size = min(t.shape[2] for t in given)
    start = [(t.shape[2] - size) // 2 for t in given]
    x, *others = (t[..., i : i + size] for t, i in zip(given, start, strict=True))
    if name == "added":
        return x[:, :1] + others[0]
    return torch.cat([x, *others], 1)


ONES = (
    *("conv", "conv", "depthwise", "transposed", "pool", "nearest", "linear", "stretched", "sliced", "padded"),
    *("repeated", "into channels", "into cells", "windows", "split", "turned"),
)
SIZES = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2))


@st.composite
def networks(draw: Any) -> Drawn:
    """Some operations, half of them where maps meet."""
    steps = []
    for i in range(draw(st.integers(1, DEEP))):
        back = st.integers(max(0, i - 3), i)
        if draw(st.booleans()):
            steps.append((draw(st.sampled_from(ONES)), (i,), draw(SIZES)))
        else:
            steps.append((draw(st.sampled_from(("added", "behind"))), (i, draw(back)), (1, 1, 1, 0)))
    return Drawn(steps)
