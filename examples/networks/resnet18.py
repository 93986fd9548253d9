"""ResNet-18 (He, Zhang, Ren & Sun, "Deep residual learning for image recognition", 2015): each block adds its input to what it makes of it."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels: int, filters: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.relu = nn.ReLU()
        self.shortcut = nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class Halving(Block):
    """A block that halves the map, so that its input is halved as well before it is added."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__(channels, filters, 2)
        self.shortcut = nn.Sequential(nn.Conv2d(channels, filters, 1, stride=2, bias=False), nn.BatchNorm2d(filters))


class ResNet18(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(64, 64), Block(64, 64))
        self.layer2 = nn.Sequential(Halving(64, 128), Block(128, 128))
        self.layer3 = nn.Sequential(Halving(128, 256), Block(256, 256))
        self.layer4 = nn.Sequential(Halving(256, 512), Block(512, 512))
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.mean(x), 1))


resnet_10 = ResNet18(10)
