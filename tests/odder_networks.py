"""More networks that use their weights in odd ways, with the multiply-accumulates that were worked out by hand."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from tests.odd_networks import Odd


class TwoNames(nn.Module):
    """One convolution in two lists and a sequence."""

    odd = Odd("4x8x8", 3 * 64 * 4 * 36)

    def __init__(self) -> None:
        super().__init__()
        conv = nn.Conv2d(4, 4, 3, padding=1)
        self.first, self.second = nn.ModuleList([conv]), nn.ModuleDict({"again": conv})
        self.chain = nn.Sequential(conv, nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.chain(self.second["again"](self.first[0](x)))


class TiedAutoencoder(nn.Module):
    """A decoder with the kernels of the encoder: 36 places meet 5·27 weights, twice."""

    odd = Odd("3x8x8", 2 * 36 * 5 * 27)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv_transpose2d(self.conv(x), self.conv.weight)


class Transposed(nn.Module):
    """A matrix there and its transpose back."""

    odd = Odd("6", 24 + 24)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 4, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(torch.tanh(self.fc(x)), self.fc.weight.t())


class TimeFirst(nn.Module):
    """Two layers of an LSTM that take time first: 4·h·(i + h) per step."""

    odd = Odd("5x6", 5 * (28 * (6 + 7) + 28 * (7 + 7)))

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 7, 2, dropout=0.1)

    def forward(self, x: Tensor) -> Tensor:
        out, (h, c) = self.lstm(x.transpose(0, 1))
        return out[-1] + h[-1] + c[-1]


class OwnSteps(nn.Module):
    """A recurrence out of two matrices, step by step."""

    odd = Odd("5x4", 5 * (4 * 3 + 3 * 3))

    def __init__(self) -> None:
        super().__init__()
        self.into, self.on = nn.Linear(4, 3), nn.Linear(3, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(x.shape[0], 3)
        for step in x.unbind(1):
            h = torch.tanh(self.into(step) + self.on(h))
        return h


class NestedDict(nn.Module):
    """A dictionary in, one in a tuple out."""

    odd = Odd({"a": (3,), "b": (4,)}, 7 * 2 + 7 * 2)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(7, 2)

    def forward(self, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
        both = torch.cat([batch["a"], batch["b"]], 1)
        return {"out": self.fc(both)}, self.fc(both.flip(1))


class GroupedSignal(nn.Module):
    """A grouped transposed convolution by its input, then one kernel a channel: 5 → 16 → 14."""

    odd = Odd("6x5", 5 * 6 * 3 * 4 + 14 * 9 * 3)

    def __init__(self) -> None:
        super().__init__()
        self.up, self.each = nn.ConvTranspose1d(6, 9, 4, stride=3, groups=3), nn.Conv1d(9, 9, 3, groups=9)

    def forward(self, x: Tensor) -> Tensor:
        return self.each(self.up(x))


class CeilAverage(nn.Module):
    """Averages whose last window hangs over: 11 → 6."""

    odd = Odd("3x11x11", 121 * 3 * 2 + 2 * 36 * 5)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 2, 1), nn.AvgPool2d(3, 2, 1, ceil_mode=True)
        self.fc = nn.Linear(72, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(self.conv(x)).flatten(1))


class FrozenBackbone(nn.Module):
    """Frozen and without gradients below, a head that learns, one that is never called."""

    odd = Odd("3x8x8", 36 * 4 * 27 + 144 * 2)

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).requires_grad_(False)
        self.head, self.other = nn.Linear(144, 2), nn.Linear(144, 100)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            x = self.body(x)
        return self.head(x.flatten(1))


class Until(nn.Module):
    """A loop that ends by its numbers: values in 0 … 1 never exceed 9, so once."""

    odd = Odd("6", 36)

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        while x.max() > 9:
            x = self.b(x)
        return self.a(x)


class Experts(nn.Module):
    """One of three experts, which the gate chooses."""

    odd = Odd("6", 6 * 3 + 6 * 6)

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(6, 3)
        self.experts = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        return self.experts[int(self.gate(x).argmax())](x)


class Matrices(nn.Module):
    """Parameters in a list, by einsum, and a table of them by tensordot."""

    odd = Odd("4", 3 * 4 * 5 + 5 * 6 * 2)

    def __init__(self) -> None:
        super().__init__()
        self.each = nn.ParameterList([nn.Parameter(torch.zeros(4, 5)) for _ in range(3)])
        self.cube = nn.Parameter(torch.zeros(5, 6, 2))

    def forward(self, x: Tensor) -> Tensor:
        x = sum((torch.einsum("bi,ij->bj", x, one) for one in self.each), torch.zeros(1, 5))
        return torch.tensordot(x, self.cube, 1)


class NormalisedBypass(nn.Module):
    """A weight that is made in each access, used without the layer's call."""

    odd = Odd("5", 5 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.fc = parametrizations.weight_norm(nn.Linear(5, 4))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.fc.weight, self.fc.bias)


class Memory(nn.Module):
    """Five steps attend to three that are learned: 2·5·64 for queries and output, 3·8·(6 + 4) for the memory."""

    odd = Odd("5x8", 2 * 5 * 64 + 3 * 8 * 10, 2 * 5 * 3 * 8)

    def __init__(self) -> None:
        super().__init__()
        self.keys, self.values = nn.Parameter(torch.zeros(1, 3, 6)), nn.Parameter(torch.zeros(1, 3, 4))
        self.attention = nn.MultiheadAttention(8, 2, kdim=6, vdim=4, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, self.keys, self.values)[0]


class SharedKeys(nn.Module):
    """Two heads of queries share one of keys and values."""

    odd = Odd("4x8", 4 * (64 + 32 + 32 + 64), 2 * 2 * 4 * 4 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.out = nn.Linear(8, 8), nn.Linear(8, 4), nn.Linear(8, 4), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        q = self.q(x).view(1, 4, 2, 4).transpose(1, 2)
        k, v = self.k(x)[:, None], self.v(x)[:, None]
        weights = (q @ k.transpose(-2, -1) / 2).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(1, 4, 8))


class Inverted(nn.Module):
    """Widen, one kernel a channel, weigh the channels, narrow, and add what came in."""

    odd = Odd("4x6x6", 36 * 32 + 36 * 8 * 9 + 2 * 16 + 36 * 32)

    def __init__(self) -> None:
        super().__init__()
        self.widen, self.each = nn.Conv2d(4, 8, 1), nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.squeeze, self.excite = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)
        self.narrow = nn.Conv2d(8, 4, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self.each(F.relu6(self.widen(x))))
        gate = self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(y, 1))))
        return x + self.narrow(y * gate.sigmoid())


class Branches(nn.Module):
    """Three paths side by side."""

    odd = Odd("3x8x8", 64 * (3 * 2 + 3 * 4 * 9 + 3))

    def __init__(self) -> None:
        super().__init__()
        self.paths = nn.ModuleList(
            [
                nn.Conv2d(3, 2, 1),
                nn.Conv2d(3, 4, 3, padding="same"),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(3, 1, 1)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([path(x) for path in self.paths], 1)


class Sharper(nn.Module):
    """Channels become cells: 12×4×4 → 3×8×8."""

    odd = Odd("3x4x4", 16 * 12 * 27 + 36 * 3 * 27)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.last = nn.Conv2d(3, 12, 3, padding=1, padding_mode="circular"), nn.Conv2d(3, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(F.pixel_shuffle(self.conv(x), 2))


class Skip(nn.Module):
    """Down, up by a function, and joined to what was before."""

    odd = Odd("1x8x8", 64 * 2 * 9 + 16 * 4 * 18 + 64 * 6)

    def __init__(self) -> None:
        super().__init__()
        self.down, self.middle = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 4, 3, padding=1)
        self.head = nn.Conv2d(6, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        y = F.interpolate(self.middle(F.max_pool2d(x, 2)), scale_factor=2, mode="bilinear", align_corners=False)
        return self.head(torch.cat([x, y], 1))


class Conditioned(nn.Module):
    """A second input makes a scale and a shift."""

    odd = Odd(["3x4x4", "5"], 16 * 6 + 5 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.film = nn.Conv2d(3, 2, 1), nn.Linear(5, 4)

    def forward(self, image: Tensor, said: Tensor) -> Tensor:
        scale, shift = self.film(said)[:, :, None, None].chunk(2, 1)
        return self.conv(image) * scale + shift


class Skipping(nn.Sequential):
    """A Sequential that leaves out one of its layers."""

    odd = Odd("4", 16 + 16)

    def __init__(self) -> None:
        super().__init__(nn.Linear(4, 4), nn.Linear(4, 400), nn.Linear(4, 4))

    def forward(self, x: Tensor) -> Tensor:
        return self[2](self[0](x))


class Patches(nn.Module):
    """A convolution as a product with patches."""

    odd = Odd("3x8x8", 4 * 27 * 36)

    def __init__(self) -> None:
        super().__init__()
        self.kernels = nn.Parameter(torch.zeros(4, 27))

    def forward(self, x: Tensor) -> Tensor:
        return (self.kernels @ F.unfold(x, 3)).view(1, 4, 6, 6)


class Bag(nn.Module):
    """The mean of embeddings."""

    odd = Odd("int:3", 4 * 2)

    def __init__(self) -> None:
        super().__init__()
        self.bag, self.fc = nn.EmbeddingBag(10, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.bag(x))


class Masked(nn.Module):
    """A causal convolution: a kernel times a mask."""

    odd = Odd("3x8", 8 * 27)

    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(3, 3, 3))
        self.register_buffer("mask", torch.tensor([1.0, 1.0, 0.0]))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv1d(x, self.kernel * self.mask, padding=1)


class Mixer(nn.Module):
    """A layer along the steps, then one along the channels."""

    odd = Odd("6x8", 8 * 36 + 6 * 64)

    def __init__(self) -> None:
        super().__init__()
        self.steps, self.channels = nn.Linear(6, 6), nn.Linear(8, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.steps(self.norm(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm(x))


class Packed(nn.Module):
    """A GRU over a packed sequence: 3·h·(i + h) per step."""

    odd = Odd("5x4", 5 * 3 * 3 * (4 + 3))

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(4, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5]), batch_first=True)
        return self.gru(packed)[1]


ODDER = {
    kind.__name__: kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, nn.Module) and hasattr(kind, "odd")
}
