"""Networks with branches, each with a square input on which its receptive field lies well inside, and that field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BasicBlock(nn.Module):
    def __init__(self, c: int, m: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, m, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(m)
        self.conv2 = nn.Conv2d(m, m, 3, 1, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(m)
        self.down = nn.Sequential(nn.Conv2d(c, m, 1, stride, bias=False), nn.BatchNorm2d(m)) if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        out += x if self.down is None else self.down(x)
        return F.relu(out)


class Bottleneck(nn.Module):
    def __init__(self, c: int, m: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(c, m, 1), nn.Conv2d(m, m, 3, stride, 1)
        self.conv3, self.down = nn.Conv2d(m, 2 * m, 1), nn.Conv2d(c, 2 * m, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.conv3(self.conv2(self.conv1(x)).relu_()) + self.down(x))


class Chain(nn.Module):
    """Layers and functions one after the other."""

    def __init__(self, *steps: nn.Module | Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.modules_in_it = nn.ModuleList([s for s in steps if isinstance(s, nn.Module)])
        self.steps = [s if not isinstance(s, nn.Module) else i for i, s in enumerate(steps)]
        self.all_steps = steps

    def forward(self, x: Tensor) -> Tensor:
        modules = iter(self.modules_in_it)
        for step in self.steps:
            x = next(modules)(x) if isinstance(step, int) else step(x)
        return x


class Inception(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(c, 2, 1)
        self.three = nn.Sequential(nn.Conv2d(c, 1, 1), nn.Conv2d(1, 2, 3, padding=1))
        self.tall = nn.Sequential(nn.Conv2d(c, 1, (7, 1), padding=(3, 0)), nn.Conv2d(1, 2, (1, 5), padding=(0, 2)))
        self.pooled = nn.Conv2d(c, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.pooled(F.avg_pool2d(x, 3, 1, 1))
        return torch.cat([self.one(x), self.three(x), self.tall(x), pooled], 1)


class Dense(nn.Module):
    def __init__(self, c: int, layers: int, growth: int = 2) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(c + i * growth, growth, 3, padding=1) for i in range(layers)])

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convs:
            x = torch.cat((x, conv(x)), dim=1)
        return x


class UNet(nn.Module):
    """Two levels; what goes up is transposed or enlarged, what is beside it is added or put behind it."""

    def __init__(self, up: str, *, add: bool = False, valid: bool = False, sized: bool = False) -> None:
        super().__init__()
        pad, self.up, self.add, self.sized = int(not valid), up, add, sized
        self.in1, self.in2, self.bottom = (nn.Conv2d(c, m, 3, padding=pad) for c, m in ((1, 2), (2, 2), (2, 2)))
        wide = 2 if add else 4
        self.out2, self.out1 = nn.Conv2d(wide, 2, 3, padding=pad), nn.Conv2d(wide, 1, 3, padding=pad)
        self.ups = nn.ModuleList([nn.ConvTranspose2d(2, 2, 2, 2) for _ in range(2)]) if up == "transposed" else None

    def grown(self, x: Tensor, beside: Tensor, level: int) -> Tensor:
        if self.ups is not None:
            return self.ups[level](x)  # type: ignore[no-any-return]
        how: dict[str, Any] = {"mode": self.up.split()[0]}
        if "aligned" in self.up:
            how["align_corners"] = True
        return F.interpolate(x, beside.shape[2:], **how) if self.sized else F.interpolate(x, scale_factor=2, **how)

    def meet(self, x: Tensor, beside: Tensor) -> Tensor:
        dy, dx = (beside.shape[i] - x.shape[i] for i in (2, 3))
        beside = beside[:, :, dy // 2 : dy // 2 + x.shape[2], dx // 2 : dx // 2 + x.shape[3]]
        return x + beside if self.add else torch.cat([beside, x], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        one = F.relu(self.in1(x))
        two = F.relu(self.in2(F.max_pool2d(one, 2)))
        x = F.relu(self.bottom(F.max_pool2d(two, 2)))
        x = F.relu(self.out2(self.meet(self.grown(x, two, 0), two)))
        return self.out1(self.meet(self.grown(x, one, 1), one))  # type: ignore[no-any-return]


class Gated(nn.Module):
    """Squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc1, self.fc2 = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4, 2), nn.Linear(2, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        gate = torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class ChannelsLast(nn.Module):
    """As ConvNeXt: normalised and multiplied with the channels last."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 7, padding=3, groups=4)
        self.norm, self.one, self.two = nn.LayerNorm(4), nn.Linear(4, 8), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x).permute(0, 2, 3, 1)
        return x + self.two(F.gelu(self.one(self.norm(y)))).permute(0, 3, 1, 2)


class Shuffled(nn.Module):
    """As ShuffleNet: half of the channels go by, then halves are dealt out."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        one, two = x.chunk(2, dim=1)
        x = torch.cat((one, self.conv(two)), 1)
        b, c, h, w = x.shape
        return x.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)


class HalfOnly(nn.Module):
    """The channels that went by alone, and what was made of them."""

    def __init__(self, half: int) -> None:
        super().__init__()
        self.half, self.first, self.conv = half, nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(2, 2, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        one, two = self.first(x).split(2, 1)
        return torch.cat((one, self.conv(two)), 1)[:, 2 * self.half : 2 * self.half + 2]


class Patches(nn.Module):
    """Patches cut out by reshaping, and multiplied each as a whole."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.embed, self.conv = how, nn.Linear(2 * 16, 3), nn.Conv2d(3, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        if self.how == "unfold":
            y = F.unfold(x, 4, stride=4).transpose(1, 2)
        elif self.how == "views":
            y = x.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).reshape(b, -1, c * 16)
        else:
            y = x.reshape(b, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 3, 5, 1).reshape(b, -1, c * 16)
        return self.conv(self.embed(y).transpose(1, 2).reshape(b, -1, h // 4, w // 4))  # type: ignore[no-any-return]


class Windowed(nn.Module):
    """As Swin: attention within windows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.qkv, self.out = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4, 12), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).permute(0, 2, 3, 1)
        b, h, w, c = x.shape
        cut = x.view(b, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        q, k, v = self.qkv(cut).reshape(-1, 16, 3, 2, 2).permute(2, 0, 3, 1, 4).unbind(0)
        y = (q @ k.transpose(-2, -1)).softmax(-1) @ v
        y = y.transpose(1, 2).reshape(-1, 4, 4, c).view(b, h // 4, w // 4, 4, 4, c)
        return self.out(y.permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)).permute(0, 3, 1, 2)  # type: ignore[no-any-return]


class Pyramid(nn.Module):
    """As PSPNet: pooled to few cells, enlarged again, beside what it was."""

    def __init__(self, bins: int) -> None:
        super().__init__()
        self.bins, self.conv, self.out = bins, nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        y = F.interpolate(F.adaptive_avg_pool2d(x, self.bins), size=x.shape[2:], mode="nearest")
        return self.out(torch.cat((x, y), 1))  # type: ignore[no-any-return]


class Stem(nn.Module):
    """Blocks behind a stem, as published ones."""

    def __init__(self, kind: Any, counts: tuple[int, ...], wide: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.Conv2d(1, 2, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        for stage, count in enumerate(counts):
            for i in range(count):
                stride = 2 if stage and not i else 1
                blocks.append(kind(2 if kind is BasicBlock or (not stage and not i) else 2 * wide, wide, stride))
        self.features = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)  # type: ignore[no-any-return]


def crossed(x: Tensor) -> Tensor:
    """Moved against itself along an axis."""
    return x[:, :, 3:] + F.pad(x, (0, 0, 0, 2))[:, :, 5:]


WIRED: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "basic": (lambda: Chain(BasicBlock(1, 2, 2), BasicBlock(2, 2), BasicBlock(2, 3, 2)), (1, 48, 48)),
    "bottleneck": (lambda: Chain(Bottleneck(1, 2), Bottleneck(4, 2, 2), Bottleneck(4, 2)), (1, 32, 32)),
    "dilated": (lambda: Chain(BasicBlock(2, 2, 1, 2), BasicBlock(2, 2, 1, 3)), (2, 48, 48)),
    "inception": (lambda: Chain(Inception(1), nn.MaxPool2d(3, 2, ceil_mode=True), Inception(8)), (1, 48, 48)),
    "inception, then one more": (lambda: Chain(Inception(1), nn.Conv2d(8, 1, 3)), (1, 32, 32)),
    "dense": (lambda: Chain(Dense(1, 3), nn.Conv2d(7, 2, 1), nn.AvgPool2d(2), Dense(2, 2)), (1, 40, 40)),
    "U-Net, transposed": (lambda: UNet("transposed"), (1, 64, 64)),
    "U-Net, nearest": (lambda: UNet("nearest"), (1, 64, 64)),
    "U-Net, bilinear": (lambda: UNet("bilinear"), (1, 64, 64)),
    "U-Net, bicubic": (lambda: UNet("bicubic"), (1, 80, 80)),
    "U-Net, aligned": (lambda: UNet("bilinear aligned"), (1, 64, 64)),
    "U-Net, odd": (lambda: UNet("bilinear", sized=True), (1, 67, 65)),
    "U-Net, added": (lambda: UNet("nearest", add=True), (1, 64, 64)),
    "U-Net, cropped": (lambda: UNet("transposed", valid=True), (1, 92, 92)),
    "asymmetrical": (lambda: Chain(nn.Conv2d(1, 1, (5, 2), (1, 2), (2, 0)), nn.Conv2d(1, 1, (1, 4))), (1, 24, 24)),
    "1-D": (lambda: Chain(nn.Conv1d(1, 2, 5, 2), lambda x: x[..., 1:] + x[..., :-1], nn.MaxPool1d(3)), (1, 60)),
    "3-D": (
        lambda: Chain(nn.Conv3d(1, 1, 3), lambda x: F.avg_pool3d(x, 2), nn.ConvTranspose3d(1, 1, 2, 2)),
        (1, 9, 10, 11),
    ),
    "functional pools": (
        lambda: Chain(
            nn.Conv2d(1, 1, 3),
            lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True) + F.avg_pool2d(F.pad(x, (0, 2, 1, 1)), 2),
        ),
        (1, 30, 30),
    ),
    "pixel shuffle": (
        lambda: Chain(nn.Conv2d(1, 8, 3), lambda x: F.pixel_shuffle(x, 2), nn.Conv2d(2, 1, 2)),
        (1, 20, 20),
    ),
    "pixel unshuffle": (lambda: Chain(nn.PixelUnshuffle(2), nn.Conv2d(4, 1, 3)), (1, 20, 20)),
    "pixel unshuffle, depthwise": (lambda: Chain(nn.PixelUnshuffle(3), nn.Conv2d(9, 9, 3, groups=9)), (1, 27, 27)),
    "space to depth by slices": (
        lambda: Chain(lambda x: torch.cat([x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)], 1), nn.Conv2d(4, 1, 3)),
        (1, 20, 20),
    ),
    "depthwise": (lambda: Chain(nn.Conv2d(2, 4, 3, groups=2), nn.Conv2d(4, 1, 1), nn.Conv2d(1, 2, 3, 2)), (2, 20, 20)),
    "gated": (Gated, (1, 12, 12)),
    "channels last": (lambda: Chain(ChannelsLast(), ChannelsLast()), (4, 24, 24)),
    "shuffled": (lambda: Chain(Shuffled(), Shuffled(), Shuffled()), (4, 24, 24)),
    "half that goes by": (lambda: HalfOnly(0), (1, 20, 20)),
    "half that is convolved": (lambda: HalfOnly(1), (1, 20, 20)),
    "patches by unfold": (lambda: Patches("unfold"), (2, 32, 32)),
    "patches by views": (lambda: Patches("views"), (2, 32, 32)),
    "patches by reshape": (lambda: Patches("reshape"), (2, 32, 32)),
    "windowed attention": (Windowed, (1, 16, 16)),
    "pyramid of one": (lambda: Pyramid(1), (1, 12, 12)),
    "pyramid of three": (lambda: Pyramid(3), (1, 12, 12)),
    "moved against itself": (lambda: Chain(nn.Conv2d(1, 1, 3), crossed), (1, 20, 20)),
    "transposed with holes": (lambda: Chain(nn.ConvTranspose2d(1, 1, 2, 3), nn.Conv2d(1, 1, 2)), (1, 10, 10)),
    "flattened and back": (
        lambda: Chain(nn.Conv2d(1, 3, 3, padding=1), lambda x: x.flatten(2).unflatten(2, (16, 16)), nn.Conv2d(3, 1, 3)),
        (1, 16, 16),
    ),
    "normalised by statistics": (lambda: Chain(nn.Conv2d(1, 2, 3), nn.GroupNorm(1, 2)), (1, 8, 8)),
    "rolled": (lambda: Chain(nn.Conv2d(1, 1, 3), lambda x: torch.roll(x, 2, 3)), (1, 12, 12)),
    "flipped": (lambda: Chain(nn.Conv2d(1, 1, 3), lambda x: x.flip(2)), (1, 12, 12)),
    "mirrored sum": (lambda: Chain(nn.Conv2d(1, 1, 3), lambda x: x + x.flip(2)), (1, 12, 12)),
    "ResNet-18": (lambda: Stem(BasicBlock, (2, 2, 2, 2), 2), (1, 480, 480)),
    "repeated": (
        lambda: Chain(nn.Conv2d(1, 1, 3), lambda x: x.repeat_interleave(3, 2), nn.Conv2d(1, 1, 2)),
        (1, 12, 12),
    ),
    "stacked": (
        lambda: Chain(lambda x: torch.stack([x[:, :, 1:], x[:, :, :-1]], 2).sum(2), nn.Conv2d(1, 1, 3)),
        (1, 12, 12),
    ),
    "maxima over channels": (
        lambda: Chain(
            nn.Conv2d(1, 2, 3),
            lambda x: torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], 1),
            nn.Conv2d(2, 1, 5),
        ),
        (1, 20, 20),
    ),
}
"""Networks by what they are about, with the shape of an input that is large enough."""
