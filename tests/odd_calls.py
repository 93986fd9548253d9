"""Networks that run in odd ways, with the multiply-accumulates that were worked out by hand."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import prune
from torch.utils.checkpoint import checkpoint_sequential

from tests.odd_networks import Odd


class Hooked(nn.Module):
    """Hooks that are written beside the network, and look at it."""

    odd = Odd("6", 36 + 36)

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)
        self.seen: dict[str, Tensor] = {}
        self.a.register_forward_hook(lambda *called: self.seen.update(a=called[-1]))
        self.b.register_forward_pre_hook(lambda _, given: (given[0] * 2,))

    def forward(self, x: Tensor) -> Tensor:
        self.a(x)
        return self.b(self.seen["a"])


class InPlace(nn.Module):
    """Operations that change their tensor, one of them a product."""

    odd = Odd("6", 36 + 24)

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(6, 6)
        self.w, self.b = nn.Parameter(torch.zeros(6, 4)), nn.Parameter(torch.zeros(6))

    def forward(self, x: Tensor) -> Tensor:
        x = x.clone()
        x.mul_(2).add_(self.b)
        x[:, :3] += self.b[:3]
        return torch.zeros(1, 4).addmm_(self.a(x).relu_(), self.w)


class AnyName(nn.Module):
    """Inputs by names that `forward` does not list."""

    odd = Odd(["a=6", "b=4"], 24 + 16)

    def __init__(self) -> None:
        super().__init__()
        self.f, self.g = nn.Linear(6, 4), nn.Linear(4, 4)

    def forward(self, **given: Tensor) -> Tensor:
        return self.f(given["a"]) + self.g(given["b"])


class OldStyle(nn.Module):
    """Weight and spectral normalisation by hooks, and pruning: weights that are plain values of their layer."""

    odd = Odd("3x8x8", 4 * 27 * 36 + 144 * 5 + 5 * 2)

    def __init__(self) -> None:
        super().__init__()
        self.a = torch.nn.utils.weight_norm(nn.Conv2d(3, 4, 3))
        self.b, self.c = torch.nn.utils.spectral_norm(nn.Linear(144, 5)), nn.Linear(5, 2)
        prune.random_unstructured(self.c, "weight", amount=0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.b(self.a(x).flatten(1)))


class PointwiseAsMatrix(nn.Module):
    """A kernel of 1×1 used as a matrix."""

    odd = Odd("3x8x8", 64 * 3 * 5)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).transpose(1, 2) @ self.conv.weight.flatten(1).t() + self.conv.bias


class ResponseNorm(nn.Module):
    """Channels weighted by how strong they are: a norm of activations multiplies no weights."""

    odd = Odd("4x6x6", 36 * 4 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.weight, self.bias = nn.Parameter(torch.zeros(1, 4, 1, 1)), nn.Parameter(torch.zeros(1, 4, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        strong = torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)
        return x + x * (strong / (strong.mean(1, keepdim=True) + 1e-6)) * self.weight + self.bias


class TiedDecoder(nn.Module):
    """An encoder and a decoder of the same weights, once as matrices and once as kernels."""

    odd = Odd("3x8x8", 2 * 64 * 3 * 5 * 9 + 2 * 192 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.code = nn.Conv2d(3, 5, 3, padding=1), nn.Linear(192, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv_transpose2d(self.conv(x), self.conv.weight, padding=1)
        return F.linear(self.code(x.flatten(1)).relu(), self.code.weight.t())


class AsColumns(nn.Module):
    """A convolution as a product with unfolded windows."""

    odd = Odd("3x8x8", 36 * 27 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(4, 27))

    def forward(self, x: Tensor) -> Tensor:
        return F.fold(self.kernel @ F.unfold(x, 3), (6, 6), 1)


class Kernels(nn.Module):
    """Kernels mixed for each image: experts weighted by a layer."""

    odd = Odd("3x8x8", 3 * 4 + 4 * 108, 4 * 27 * 64)

    def __init__(self) -> None:
        super().__init__()
        self.route, self.experts = nn.Linear(3, 4), nn.Parameter(torch.zeros(4, 108))

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.route(x.mean((2, 3))).sigmoid() @ self.experts
        return F.conv2d(x, kernel.view(4, 3, 3, 3), padding=1)


class Spatial(nn.Module):
    """A layer that says where another looks."""

    odd = Odd("3x8x8", 192 * 6 + 4 * 27 * 64)

    def __init__(self) -> None:
        super().__init__()
        self.where, self.conv = nn.Linear(192, 6), nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        grid = F.affine_grid(self.where(x.flatten(1)).view(-1, 2, 3), list(x.shape), align_corners=False)
        return self.conv(F.grid_sample(x, grid, align_corners=False))


class Checkpointed(nn.Module):
    """Worked in parts that are thrown away, partly in fewer digits."""

    odd = Odd("3x8x8", 4 * 27 * 64 + 4 * 36 * 64 + 256 * 10)

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
        self.fc = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            x = checkpoint_sequential(self.parts, 2, x, use_reentrant=False)
            with torch.autocast("cpu", enabled=False), torch.enable_grad():
                return self.fc(x.float().flatten(1))


class Product(torch.autograd.Function):
    """A product with a derivative of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(x, w)
        return x @ w


class OwnFunction(nn.Module):
    odd = Odd("6", 24)

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(6, 4))

    def forward(self, x: Tensor) -> Tensor:
        return Product.apply(x, self.w)  # type: ignore[no-any-return]


class ManyAtOnce(nn.Module):
    """Three layers of one shape in one tensor, one after the other and all at once."""

    odd = Odd("6", 2 * 3 * 24)

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(6, 4)
        self.weights, self.biases = nn.Parameter(torch.zeros(3, 4, 6)), nn.Parameter(torch.zeros(3, 4))

    def forward(self, x: Tensor) -> Tensor:
        def layer(w: Tensor, b: Tensor) -> Any:
            return functional_call(self.one, {"weight": w, "bias": b}, (x,))

        one_by_one = torch.stack([layer(self.weights[i], self.biases[i]) for i in range(3)])
        return one_by_one + torch.vmap(layer)(self.weights, self.biases)


class Compiled(nn.Module):
    """A layer that torch would compile, and one in its own script."""

    odd = Odd("6", 24 + 16)

    def __init__(self) -> None:
        super().__init__()
        self.a = torch.compile(nn.Linear(6, 4))
        self.b = nn.Linear(4, 4)
        self.b.compile()

    def forward(self, x: Tensor) -> Any:
        return self.b(self.a(x))


class FewerKeys(nn.Module):
    """Attention in which two heads share keys and values."""

    odd = Odd("6x16", 6 * 16 * (16 + 16) + 6 * 256, 2 * 4 * 6 * 6 * 4)

    def __init__(self) -> None:
        super().__init__()
        self.q, self.kv, self.out = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        q = self.q(x).view(1, 6, 4, 4).transpose(1, 2)
        k, v = self.kv(x).view(1, 6, 2, 2, 4).permute(2, 0, 3, 1, 4)
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.out(heads.transpose(1, 2).reshape(1, 6, 16))


class Experts(nn.Module):
    """A layer chooses which of three works on each input."""

    odd = Odd("6", 6 * 3 + 36)

    def __init__(self) -> None:
        super().__init__()
        self.choose, self.experts = nn.Linear(6, 3), nn.ModuleList(nn.Linear(6, 6) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        chosen = self.choose(x).argmax(-1)
        return torch.stack([self.experts[int(i)](v) for i, v in zip(chosen, x, strict=True)])


class Packed(nn.Module):
    """A recurrent layer on sequences that are packed together: per step 4·h·(i + h)."""

    odd = Odd("5x6", 5 * 4 * 7 * (6 + 7))

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 7, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5]), batch_first=True)
        return nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0]


@dataclass
class Result:
    scores: Tensor
    hidden: list[Tensor]


class Talking(nn.Module):
    """Says what it sees, and returns an object."""

    odd = Odd("6", 24 + 16)

    def __init__(self) -> None:
        super().__init__()
        self.f, self.g = nn.Linear(6, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Result:
        hidden = self.f(x)
        if hidden.shape[1] != 4:
            print(f"mean {hidden.mean().item():.3f}", hidden)
        return Result(self.g(hidden), [hidden])


class Spectrum(nn.Module):
    """Multiplied place by place in the frequencies of the input; what the transforms multiply is not known."""

    odd = Odd("3x8x8", None)

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.filter = nn.Conv2d(3, 4, 1), nn.Parameter(torch.zeros(4, 8, 5, 2))

    def forward(self, x: Tensor) -> Tensor:
        seen = torch.fft.rfft2(self.conv(x)) * torch.view_as_complex(self.filter)
        return torch.fft.irfft2(seen, s=(8, 8))


ODD_CALLS = {
    kind.__name__: kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, nn.Module) and hasattr(kind, "odd")
}
