"""Networks of published course reports, with the parameters that were worked out by hand and agreed with torch."""

from itertools import pairwise

import torch
from torch import nn


def block(channels: list[int], kernel: int, padding: int, activation: type[nn.Module] = nn.ReLU) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for c, m in pairwise(channels):
        layers += [nn.Conv2d(c, m, kernel, padding=padding), activation()]
    return layers


def model_1() -> nn.Module:
    return nn.Sequential(
        *block([3, 32, 64, 128], 5, 2),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(128),
        *block([128, 256, 512, 1024], 3, 1),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(1024),
        nn.Flatten(),
        nn.Linear(8 * 8 * 1024, 128),
        nn.ReLU(),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
        nn.Softmax(dim=1),
    )


def model_2() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=2),
        nn.BatchNorm2d(64),
        nn.Conv2d(64, 128, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(128, 256, 5, padding=2),
        nn.BatchNorm2d(256),
        nn.Conv2d(256, 512, 7, padding=2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4608, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def model_3() -> nn.Module:
    return nn.Sequential(
        *block([3, 32, 64, 128], 3, 1),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(128),
        *block([128, 256, 512, 1024], 5, 2),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(1024),
        nn.Flatten(),
        nn.Linear(8 * 8 * 1024, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def improved(first: int = 32, second: int = 64, third: int = 128) -> nn.Module:
    layers: list[nn.Module] = []
    for c, m in ((3, first), (first, second), (second, third)):
        layers += [nn.Conv2d(c, m, 5, padding=2), nn.ReLU(), nn.BatchNorm2d(m), nn.MaxPool2d(2)]
    head = [nn.Flatten(), nn.Linear(4 * 4 * third, 64), nn.ELU(), nn.BatchNorm1d(64), nn.Dropout(), nn.Linear(64, 10)]
    return nn.Sequential(*layers, *head)


def improved_wide() -> nn.Module:
    return improved(64, 192, 512)


def network_1() -> nn.Module:
    layers: list[nn.Module] = []
    for c, m in ((3, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(c, m, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(m)]
        layers += [nn.Conv2d(m, m, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(m), nn.MaxPool2d(2), nn.Dropout(0.25)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2048, 64), nn.LeakyReLU(), nn.Linear(64, 10))


def network_2() -> nn.Module:
    layers: list[nn.Module] = []
    for c, m, drop in ((3, 32, 0.5), (32, 64, 0.4), (64, 128, 0.3)):
        layers += [nn.Conv2d(c, m, 5, padding=2), nn.ELU(), nn.BatchNorm2d(m)]
        layers += [nn.Conv2d(m, m, 5, padding=2), nn.ELU(), nn.BatchNorm2d(m), nn.MaxPool2d(2), nn.Dropout(drop)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2048, 10))


def table_net() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 5),
        nn.ReLU(),
        nn.MaxPool2d(2, stride=2),
        nn.Conv2d(8, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 29 * 29, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


model1, model2, model3 = model_1(), model_2(), model_3()
better, wide = improved(), improved_wide()
net1, net2, tabled = network_1(), network_2(), table_net()


class BasicBlock(nn.Module):
    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = self.downsample(x) if self.downsample else x
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + shortcut)


class ResNet18(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        widths = (64, 64, 128, 256, 512)
        blocks: list[nn.Module] = []
        for i, (inside, outside) in enumerate(pairwise(widths)):
            blocks += [BasicBlock(inside, outside, 2 if i else 1), BasicBlock(outside, outside, 1)]
        self.layers = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(torch.flatten(self.pool(self.layers(self.stem(x))), 1))


resnet_10 = ResNet18(10)


class Tied(nn.Module):
    """Weights shared, weights frozen, a bare parameter, a layer that is not used, a layer without rules."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.second.weight = self.first.weight
        self.position = nn.Parameter(torch.zeros(1, 16, 8))
        self.unused = nn.Linear(9, 9)
        self.norm = nn.LayerNorm(4)
        for parameter in self.norm.parameters():
            parameter.requires_grad = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.second(self.first(self.first(x))))


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 3, stride=2))
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        return self.head(x)
