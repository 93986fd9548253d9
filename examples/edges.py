"""Edges and blur: a convolution whose filters are set by hand, and a pooling."""

import torch
from torch import nn

FILTERS = [
    [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],  # brighter to the right (sobel-x)
    [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],  # brighter below (sobel-y)
    [[0, 1, 0], [1, -4, 1], [0, 1, 0]],  # edges of any direction (laplacian)
    [[1, 2, 1], [2, 4, 2], [1, 2, 1]],  # a blur (gaussian), 16 times as bright
]


class Edges(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=3, padding=1, bias=False)
        self.pool = nn.MaxPool2d(2)
        self.conv1.weight.data = torch.tensor(FILTERS, dtype=torch.float32)[:, None]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(torch.relu(self.conv1(x)))
