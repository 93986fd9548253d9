"""A small network for 28×28 colour images of 53 classes; activations and reshaping are calls, not layers."""

import torch
import torch.nn.functional as F
from torch import nn


class SmallNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 5)
        self.conv2 = nn.Conv2d(64, 32, 5)
        self.pool = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(32, 32, 3)
        self.fc = nn.Linear(512, 53)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.elu(self.conv1(x))
        x = self.pool(F.elu(self.conv2(x)))
        x = self.pool(F.elu(self.conv3(x)))
        return self.fc(x.view(-1, 512))
