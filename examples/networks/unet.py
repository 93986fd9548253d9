"""A small U-Net (Ronneberger, Fischer & Brox, 2015): what the encoder saw is laid beside what the decoder makes of it."""

import torch
from torch import nn


class Pair(nn.Module):
    """Two convolutions that keep the size."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, padding=1)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu2(self.conv2(self.relu1(self.conv1(x))))


class UNet(nn.Module):
    """Up again by transposed convolutions."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.down1 = Pair(3, 16)
        self.down2 = Pair(16, 32)
        self.pool = nn.MaxPool2d(2)
        self.bottom = Pair(32, 64)
        self.up2 = nn.ConvTranspose2d(64, 32, 2, stride=2)
        self.join2 = Pair(64, 32)
        self.up1 = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.join1 = Pair(32, 16)
        self.head = nn.Conv2d(16, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.down1(x)
        second = self.down2(self.pool(first))
        x = self.up2(self.bottom(self.pool(second)))
        x = self.up1(self.join2(torch.cat((second, x), 1)))
        return self.head(self.join1(torch.cat((first, x), 1)))


class Nearest(nn.Module):
    """Up again by nearest neighbours: no weights go up, so the next convolution gets more channels."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.down1 = Pair(3, 16)
        self.down2 = Pair(16, 32)
        self.pool = nn.MaxPool2d(2)
        self.bottom = Pair(32, 64)
        self.up = nn.Upsample(scale_factor=2)
        self.join2 = Pair(96, 32)
        self.join1 = Pair(48, 16)
        self.head = nn.Conv2d(16, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.down1(x)
        second = self.down2(self.pool(first))
        x = self.up(self.bottom(self.pool(second)))
        x = self.up(self.join2(torch.cat((second, x), 1)))
        return self.head(self.join1(torch.cat((first, x), 1)))
