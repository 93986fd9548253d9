"""Networks whose weights are used in odd ways, with the multiply-accumulates that were worked out by hand."""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations


class Odd(NamedTuple):
    """An input, the multiply-accumulates with weights on it, and those between activations."""

    input: Any
    macs: int | None
    between: int = 0


class Shared(nn.Module):
    """One convolution called three times."""

    odd = Odd("4x8x8", 3 * 4 * 4 * 9 * 64)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.conv(self.conv(x)))


class TiedEmbedding(nn.Module):
    """A decoder that is the encoder's table."""

    odd = Odd("int:7", 7 * 16 * 50)

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 16)
        self.head = nn.Linear(16, 50, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.embed(x))


class Undeclared(TiedEmbedding):
    """The same, where nobody says that the input is whole numbers."""

    odd = Odd("7", 7 * 16 * 50)


class Bare(nn.Module):
    """Parameters that belong to no layer: added, and multiplied as a matrix."""

    odd = Odd("16x8x8", 8 * 5 * 16 * 8)

    def __init__(self) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 16, 8, 8))
        self.mix = nn.Parameter(torch.zeros(8, 5))

    def forward(self, x: Tensor) -> Tensor:
        return (x + self.position) @ self.mix


class Functional(nn.Module):
    """Functions with parameters of the module's own."""

    odd = Odd("3x8x8", 6 * 6 * 4 * 27 + 36 * 4 * 2 * 9 + 7 * 2 * 8 * 8)

    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(4, 3, 3, 3))
        self.bias = nn.Parameter(torch.zeros(4))
        self.back = nn.Parameter(torch.zeros(4, 2, 3, 3))
        self.out = nn.Parameter(torch.zeros(7, 128))

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(x, self.kernel, self.bias)
        x = F.conv_transpose2d(x, self.back)
        return F.linear(x.flatten(1), self.out)


class Bypassed(nn.Module):
    """Layers whose weights are used without calling them."""

    odd = Odd("3x8x8", 4 * 36 * 27 + 144 * 10)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(144, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(x, self.conv.weight, self.conv.bias)
        return F.linear(x.flatten(1), self.fc.weight, self.fc.bias)


class Products(nn.Module):
    """Every way to multiply with a matrix."""

    odd = Odd("4x6", 4 * 6 * 5 + 4 * 5 * 5 + 4 * 5 * 3 + 4 * 3 * 2 + 4 * 2 * 2, 4 * 4 * 2)

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(torch.zeros(6, 5)), nn.Parameter(torch.zeros(1, 5, 5))
        self.c, self.d = nn.Parameter(torch.zeros(5, 3)), nn.Parameter(torch.zeros(2, 3))
        self.e, self.bias = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.bmm(torch.matmul(x, self.a), self.b)
        x = torch.einsum("bnc,cd->bnd", x, self.c)
        x = torch.addmm(self.bias, (x @ self.d.t())[0], self.e)
        return x @ x.t()


class TwoInputs(nn.Module):
    """A bilinear layer, and the same as a function."""

    odd = Odd(["5", "6"], 2 * 4 * 5 * 6)

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Bilinear(5, 6, 4)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.layer(x, y) + F.bilinear(x, y, self.layer.weight)


class OfDict(nn.Module):
    """Inputs in a dictionary, outputs in one."""

    odd = Odd({"image": (3, 8, 8), "size": (4,)}, 2 * 3 * 64 + 4 * 3)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 2, 1), nn.Linear(4, 3)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"map": self.conv(batch["image"]), "size": self.fc(batch["size"])}


class OfTuple(nn.Module):
    """Inputs in a list, outputs in a tuple."""

    odd = Odd([(3, 8, 8), (4,)], 2 * 3 * 64 + 4 * 3)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 2, 1), nn.Linear(4, 3)

    def forward(self, both: list[Tensor]) -> tuple[Tensor, Tensor]:
        return self.conv(both[0]), self.fc(both[1])


class ByName(nn.Module):
    """Inputs given by their names."""

    odd = Odd(["image=3x8x8", "size=4"], 2 * 3 * 64 + 4 * 3)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 2, 1), nn.Linear(4, 3)

    def forward(self, image: Tensor, size: Tensor) -> Tensor:
        return self.conv(image).sum() + self.fc(size).sum()


class Branching(nn.Module):
    """A path that depends on the numbers."""

    odd = Odd("6", 6 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 4), nn.Linear(6, 400)

    def forward(self, x: Tensor) -> Tensor:
        return self.a(x) if x.sum() > 0 else self.b(x)


class Unused(nn.Module):
    """A layer that is never called, and frozen ones."""

    odd = Odd("6", 6 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 4).requires_grad_(False), nn.Linear(6, 400)

    def forward(self, x: Tensor) -> Tensor:
        return self.a(x)


class Lists(nn.Module):
    """Parameters in a list and in a dictionary."""

    odd = Odd("6", 6 * 6 * 3)

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.ParameterList([nn.Parameter(torch.zeros(6, 6)) for _ in range(2)])
        self.named = nn.ParameterDict({"last": nn.Parameter(torch.zeros(6, 6))})

    def forward(self, x: Tensor) -> Tensor:
        for step in self.steps:
            x = x @ step
        return x @ self.named["last"]


class Reparametrised(nn.Module):
    """Weights that are made of other numbers in each pass."""

    odd = Odd("3x8x8", 2 * (4 * 36 * 27) + 144 * 5)

    def __init__(self) -> None:
        super().__init__()
        self.a = parametrizations.weight_norm(nn.Conv2d(3, 4, 3))
        self.b = parametrizations.spectral_norm(nn.Conv2d(3, 4, 3))
        self.c = parametrizations.orthogonal(nn.Linear(144, 5), orthogonal_map="householder")

    def forward(self, x: Tensor) -> Tensor:
        return self.c((self.a(x) + self.b(x)).flatten(1))


class Recurrent(nn.Module):
    """Per step and direction 4·h·(i + h), 3·h·(i + h) and h·(i + h)."""

    odd = Odd("5x6", 5 * 2 * 4 * 7 * (6 + 7) + 5 * 2 * 4 * 7 * (14 + 7) + 5 * 3 * 8 * (14 + 8) + 5 * 9 * (8 + 9))

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 7, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(14, 8, batch_first=True)
        self.rnn = nn.RNN(8, 9, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.gru(self.lstm(x)[0])[0])[0]


class Projected(nn.Module):
    """An LSTM that projects its state: per step 4·h·(i + r) + h·r."""

    odd = Odd("5x6", 5 * (4 * 7 * (6 + 3) + 7 * 3))

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 7, proj_size=3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(x)[0]


class Attention(nn.Module):
    """Four projections of e·e per token; products of activations apart."""

    odd = Odd("5x8", 4 * 5 * 8 * 8, 2 * 5 * 5 * 8)

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x)[0]


class Encoder(nn.Module):
    """A transformer's layer: 4·e·e + 2·e·f per token, twice."""

    odd = Odd("5x8", 2 * 5 * (4 * 64 + 2 * 8 * 32), 2 * 2 * 5 * 5 * 8)

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 32, batch_first=True), 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class OwnAttention(nn.Module):
    """Attention by torch's function, with a class token and positions."""

    odd = Odd("4x8", 5 * 3 * 64 + 5 * 64, 2 * 5 * 5 * 8)

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.positions = nn.Parameter(torch.zeros(1, 5, 8))
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        q, k, v = self.qkv(x).view(1, 5, 3, 2, 4).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(1, 5, 8))


class GroupedTranspose(nn.Module):
    """A transposed convolution is counted by its input."""

    odd = Odd("8x5x5", 25 * 8 * 3 * 16)

    def __init__(self) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(8, 6, 4, stride=2, padding=1, groups=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.up(x)


class CeilHead(nn.Module):
    """A pooling whose last window hangs over."""

    odd = Odd("3x10x10", 4 * 3 * 100 + 4 * 25 * 7)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 4, 1), nn.MaxPool2d(3, 2, ceil_mode=True)
        self.fc = nn.Linear(100, 7)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(self.conv(x)).flatten(1))


class Lazy(nn.Module):
    """Layers that take their channels from the input."""

    odd = Odd("3x8x8", 4 * 27 * 36 + 144 * 5)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.fc = nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyLinear(5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.norm(self.conv(x)).flatten(1))


class LowRank(nn.Module):
    """A weight that is the product of two, added to a frozen layer."""

    odd = Odd("16", 16 * 16 + 16 * 2 + 2 * 16)

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(16, 16).requires_grad_(False)
        self.down, self.up = nn.Parameter(torch.zeros(16, 2)), nn.Parameter(torch.zeros(2, 16))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + x @ self.down @ self.up


class Standardised(nn.Conv2d):
    """A convolution whose kernel is standardised in each pass."""

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return F.conv2d(x, kernel / (kernel.std((1, 2, 3), keepdim=True) + 1e-5), self.bias, padding=1)


class OwnLayer(nn.Module):
    odd = Odd("3x8x8", 4 * 27 * 64)

    def __init__(self) -> None:
        super().__init__()
        self.conv = Standardised(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class Numbers(nn.Module):
    """Rates that are read off a tensor while the network is built, a table of places, a buffer."""

    odd = Odd("4x8", 2 * 4 * 8 * 8, 0)

    def __init__(self) -> None:
        super().__init__()
        self.rates = [rate for rates in torch.linspace(0, 0.5, 2).split(1) for rate in rates.tolist()]
        assert torch.linspace(0, 0.5, 2)[1].item() == self.rates[1]
        self.steps = nn.ModuleList(nn.Linear(8, 8) for _ in self.rates)
        places = torch.arange(4)
        self.register_buffer("index", (places[:, None] - places[None, :] + 3).flatten())
        self.table = nn.Parameter(torch.zeros(7, 8))

    def forward(self, x: Tensor) -> Tensor:
        for step, rate in zip(self.steps, self.rates, strict=True):
            x = F.dropout(step(x), rate, self.training)
        return x + self.table[self.index].view(4, 4, 8).sum(0)


class Filled(nn.Module):
    """A tensor made in the pass, filled place by place."""

    odd = Odd("3x4", 3 * 4 * 4 + 4 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.mix = nn.Parameter(torch.zeros(4, 4))

    def forward(self, x: Tensor) -> Tensor:
        held = torch.zeros(1, 3, 4)
        for i in range(3):
            held[:, i] = self.fc(x[:, i])
        return held.mean(1) @ self.mix


class FixedFilter(nn.Module):
    """A kernel that is a buffer: weights that are not learned."""

    odd = Odd("3x8x8", 3 * 9 * 36)

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernel", torch.ones(3, 1, 3, 3) / 9)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.kernel, groups=3)


class Hyper(nn.Module):
    """A layer makes the kernel of the next."""

    odd = Odd("8", 8 * 36, 2 * 9 * 16)

    def __init__(self) -> None:
        super().__init__()
        self.make = nn.Linear(8, 36)

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.make(x).view(2, 2, 3, 3)[:, :1]
        image = x[:, None, :, None].expand(1, 1, 8, 8)[:, :, :6, :6]
        return F.conv2d(image, kernel)


class Fourier(nn.Module):
    """An operation whose cost is not known here, on weights."""

    odd = Odd("8", None)

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(8))

    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.irfft(torch.fft.rfft(x) * torch.fft.rfft(self.w))


class Decoder(nn.Module):
    """Self-attention and attention to a memory: 2·4·e·e + 2·e·f per token, and a head."""

    odd = Odd("int:6", 6 * (8 * 64 + 2 * 8 * 16) + 6 * 8 * 20, 2 * 2 * 6 * 6 * 8)

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(20, 8), nn.Linear(8, 20)
        self.layer = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embed(ids)
        return self.head(self.layer(x, x, tgt_mask=nn.Transformer.generate_square_subsequent_mask(ids.shape[1])))


class WindowAttention(nn.Module):
    """Attention with a table of relative places that is worked out while the network is built."""

    odd = Odd("49x12", 49 * 12 * 36, 2 * 49 * 49 * 12)

    def __init__(self) -> None:
        super().__init__()
        places = torch.stack(torch.meshgrid(torch.arange(7), torch.arange(7), indexing="ij")).flatten(1)
        apart = (places[:, :, None] - places[:, None, :]).permute(1, 2, 0).contiguous()
        apart += 6
        apart[:, :, 0] *= 13
        self.register_buffer("index", apart.sum(-1))
        self.table = nn.Parameter(torch.zeros(169, 3))
        nn.init.trunc_normal_(self.table, std=0.02)
        self.qkv = nn.Linear(12, 36)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).reshape(1, 49, 3, 3, 4).permute(2, 0, 3, 1, 4)
        bias = self.table[self.index.view(-1)].view(49, 49, 3).permute(2, 0, 1)
        return ((q @ k.transpose(-2, -1) + bias[None]).softmax(-1) @ v).transpose(1, 2).reshape(1, 49, 12)


class Cells(nn.Module):
    """Cells of recurrent layers, called step by step: 4·h·(i + h) and 3·h·(i + h)."""

    odd = Odd("3x4", 3 * (4 * 5 * (4 + 5) + 3 * 6 * (5 + 6)))

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.gru = nn.LSTMCell(4, 5), nn.GRUCell(5, 6)

    def forward(self, x: Tensor) -> Tensor:
        h = c = x.new_zeros(1, 5)
        g = x.new_zeros(1, 6)
        for step in range(x.shape[1]):
            h, c = self.lstm(x[:, step], (h, c))
            g = self.gru(h, g)
        return g


class Dimensions(nn.Module):
    """One and three dimensions."""

    odd = Odd("1x9x9x9", 343 * 2 * 27 + 343 * 2 * 3 * 8 + 341 * 4 * 3 * 3)

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv3d(1, 2, 3), nn.ConvTranspose3d(2, 3, 2, stride=2), nn.Conv1d(3, 4, 3)
        self.pool, self.head = nn.MaxPool3d(2), nn.AdaptiveMaxPool1d(3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.c(self.pool(self.b(self.a(x))).flatten(2)))


class Moving(nn.Module):
    """Asks where its tensors are, and goes through a checkpoint."""

    odd = Odd("4", 16)

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        from torch.utils.checkpoint import checkpoint

        device = next(self.parameters()).device
        added = torch.zeros(4, device=device).to(x.device) + torch.arange(4, device=x.device)
        return checkpoint(self.fc, x, use_reentrant=False) + added


ODD = {
    kind.__name__: kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, nn.Module) and hasattr(kind, "odd")
}
