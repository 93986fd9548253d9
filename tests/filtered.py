"""Networks whose layers have small whole weights, so that every sum is exact, whatever adds it up."""

import torch
import torch.nn.functional as F
from torch import nn


def whole(network: nn.Module) -> nn.Module:
    """The network with weights from -2 to 2 that repeat."""
    for parameter in network.parameters():
        places = torch.arange(parameter.numel(), dtype=torch.float32)
        parameter.data = ((places * 7 + parameter.numel()) % 5 - 2).reshape(parameter.shape)
    return network


class Several(nn.Module):
    """Convolutions of all kinds, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, (3, 2), padding=(1, 0), stride=(1, 2))
        self.act = nn.ReLU(inplace=True)
        self.grouped = nn.Conv2d(4, 6, 3, padding=2, dilation=2, groups=2)
        self.up = nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1, groups=2)
        self.around = nn.Conv2d(4, 4, 3, padding="same", padding_mode="reflect", bias=False)
        self.pool = nn.MaxPool2d(2)
        self.deep = nn.Conv2d(4, 2, 6, padding=3)
        self.flat = nn.Flatten()
        self.unused = nn.Conv2d(3, 3, 1)
        whole(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.up(self.grouped(self.act(self.stem(x)) / 8).round() / 8).round()
        x = self.around(self.around(x) / 8).round()
        return self.flat(self.deep(self.pool(x) / 8))


class Own(nn.Module):
    """A layer of one's own that works its weights out and goes on after its convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 1, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(F.conv2d(x, 2 * self.weight))


own = whole(nn.Sequential(Own(), nn.Conv2d(2, 1, 1)))
signal = nn.Sequential(nn.Flatten(2), nn.Conv1d(1, 2, 3))
volume = nn.Sequential(nn.Unflatten(1, (1, 1)), nn.Conv3d(1, 2, (1, 3, 3)))
pools = nn.Sequential(nn.MaxPool2d(2), nn.AvgPool2d(3, 1))
