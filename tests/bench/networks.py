"""Networks of the sizes of well-known ones, to be counted: ResNet-152, EfficientNet-B7, and ten thousand million weights."""

from itertools import pairwise

import torch
from torch import Tensor, nn


class Bottleneck(nn.Module):
    def __init__(self, inside: int, width: int, stride: int) -> None:
        super().__init__()
        outside = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(inside, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, outside, 1, bias=False),
            nn.BatchNorm2d(outside),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.body(x) + self.shortcut(x))


class ResNet152(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        blocks: list[nn.Module] = []
        inside = 64
        for i, (width, deep) in enumerate(((64, 3), (128, 8), (256, 36), (512, 3))):
            for j in range(deep):
                blocks.append(Bottleneck(inside, width, 2 if i and not j else 1))
                inside = 4 * width
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


class Inverted(nn.Module):
    """An inverted bottleneck with squeeze and excitation."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expand: int, drop: float) -> None:
        super().__init__()
        wide, squeezed = inside * expand, max(1, inside // 4)
        layers: list[nn.Module] = []
        if expand != 1:
            layers += [nn.Conv2d(inside, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.SiLU(inplace=True)]
        depthwise = nn.Conv2d(wide, wide, kernel, stride, kernel // 2, groups=wide, bias=False)
        layers += [depthwise, nn.BatchNorm2d(wide), nn.SiLU(inplace=True)]
        self.expand = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.excite = nn.Sequential(
            nn.Conv2d(wide, squeezed, 1), nn.SiLU(inplace=True), nn.Conv2d(squeezed, wide, 1), nn.Sigmoid()
        )
        self.project = nn.Sequential(nn.Conv2d(wide, outside, 1, bias=False), nn.BatchNorm2d(outside))
        self.drop = nn.Dropout(drop)
        self.residual = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x)
        y = self.project(y * self.excite(self.pool(y)))
        return x + self.drop(y) if self.residual else y


class EfficientNetB7(nn.Module):
    stages = (
        (1, 3, 1, 32, 4),
        (6, 3, 2, 48, 7),
        (6, 5, 2, 80, 7),
        (6, 3, 2, 160, 10),
        (6, 5, 1, 224, 10),
        (6, 5, 2, 384, 13),
        (6, 3, 1, 640, 4),
    )

    def __init__(self) -> None:
        super().__init__()
        deep_in_all = sum(stage[-1] for stage in self.stages)
        rates = [0.2 * i / deep_in_all for i in range(deep_in_all)]
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 3, 2, 1, bias=False), nn.BatchNorm2d(64), nn.SiLU(inplace=True))
        blocks: list[nn.Module] = []
        inside = 64
        for expand, kernel, stride, outside, deep in self.stages:
            for j in range(deep):
                block = Inverted(inside, outside, kernel, 1 if j else stride, expand, rates[len(blocks)])
                blocks.append(block)
                inside = outside
        self.blocks = nn.Sequential(*blocks)
        self.top = nn.Sequential(nn.Conv2d(inside, 2560, 1, bias=False), nn.BatchNorm2d(2560), nn.SiLU(inplace=True))
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(2560, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.flatten(self.pool(self.top(self.blocks(self.stem(x)))), 1))


class Stack(nn.Module):
    """Ten thousand million weights: twenty-five layers of 20 000 × 20 000."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise([20_000] * 26)))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
