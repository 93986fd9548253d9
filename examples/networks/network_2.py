"""Pairs of 5×5 convolutions with ELU, less dropout from stage to stage, and one fully connected layer."""

import torch
from torch import nn


class Stage(nn.Module):
    def __init__(self, channels: int, filters: int, dropout: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, kernel_size=5, padding=2)
        self.elu1 = nn.ELU()
        self.norm1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, kernel_size=5, padding=2)
        self.elu2 = nn.ELU()
        self.norm2 = nn.BatchNorm2d(filters)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm1(self.elu1(self.conv1(x)))
        x = self.norm2(self.elu2(self.conv2(x)))
        return self.dropout(self.pool(x))


network_2 = nn.Sequential(
    Stage(3, 32, 0.5),
    Stage(32, 64, 0.4),
    Stage(64, 128, 0.3),
    nn.Flatten(),
    nn.Linear(128 * 4 * 4, 10),
)
