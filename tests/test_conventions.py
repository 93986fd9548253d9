"""What other counters report is what we say they do."""

import pytest
import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from calc import Count, count
from calc.conventions import CONVENTIONS, Work, counted_by
from calc.layers.known import BY_KIND

NETWORKS: list[tuple[str, list[nn.Module], tuple[int, ...]]] = [
    ("conv", [nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 3, groups=2, bias=False)], (3, 16, 16)),
    ("norm", [nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ELU(), nn.AvgPool2d(2)], (3, 17, 17)),
    ("transposed", [nn.ConvTranspose2d(3, 8, 3, stride=2, padding=1), nn.Conv2d(8, 3, 1)], (3, 10, 10)),
    ("classifier", [nn.Conv2d(1, 4, 5), nn.Flatten(), nn.Linear(4 * 6 * 6, 10), nn.Softmax(1)], (1, 10, 10)),
]


def works(modules: list[nn.Module], shape: tuple[int, ...]) -> tuple[Work, ...]:
    done = []
    for module in modules:
        kind = BY_KIND[type(module).__name__]
        arguments = {name: getattr(module, name) for name in kind.arguments() if hasattr(module, name)}
        if isinstance(getattr(module, "bias", None), nn.Parameter):
            arguments["bias"] = True
        elif "bias" in kind.arguments():
            arguments["bias"] = False
        layer = kind.of(arguments)
        out = layer.output_shape(shape)
        done.append(Work(layer, int(layer.multiply_accumulates(shape, out).value()), shape, out))
        shape = out
    return tuple(done)


def theirs(who: str, model: nn.Module, x: torch.Tensor) -> int:
    if who == "torchinfo":
        return int(torchinfo.summary(model, input_size=tuple(x.shape), verbose=0).total_mult_adds)
    with FlopCounterMode(display=False) as counter:
        model(x)
    return int(counter.get_total_flops())


PRINTED = {
    "conv": {"fvcore": 45_936, "thop": 45_936, "ptflops": 53_776},
    "norm": {"fvcore": 14_848, "thop": 16_000, "ptflops": 17_408},
    "transposed": {"fvcore": 30_264, "thop": 86_640, "ptflops": 34_235},
    "classifier": {"fvcore": 5_040, "thop": 5_069, "ptflops": 5_204},
}
"""What the tools that are not at hand printed for these networks."""


@pytest.mark.parametrize("who", ["torch", "torchinfo"])
@pytest.mark.parametrize(("modules", "shape"), [rest for _, *rest in NETWORKS], ids=[name for name, *_ in NETWORKS])
def test_the_counters_at_hand_report_what_is_said(who: str, modules: list[nn.Module], shape: tuple[int, ...]) -> None:
    model = nn.Sequential(*modules).eval()
    said = next(c for c in CONVENTIONS if c.who == who)
    assert counted_by(said, works(modules, shape)) == theirs(who, model, torch.zeros(1, *shape))


@pytest.mark.parametrize(
    ("modules", "shape", "numbers"),
    [
        ([nn.Conv2d(3, 8, 3)], (3, 10, 10), {"fvcore": 13_824, "thop": 13_824, "ptflops": 14_336}),
        ([nn.ConvTranspose2d(3, 8, 3, stride=2)], (3, 10, 10), {"fvcore": 21_600, "thop": 95_256, "ptflops": 25_128}),
        ([nn.Linear(10, 5)], (7, 10), {"fvcore": 350, "thop": 350, "ptflops": 385}),
        ([nn.BatchNorm2d(3)], (3, 10, 10), {"fvcore": 600, "thop": 1_200, "ptflops": 600}),
        ([nn.ReLU()], (3, 10, 10), {"fvcore": 0, "thop": 0, "ptflops": 600}),
        ([nn.MaxPool2d(2)], (3, 10, 10), {"fvcore": 0, "thop": 0, "ptflops": 600}),
        ([nn.AvgPool2d(2)], (3, 10, 10), {"fvcore": 0, "thop": 75, "ptflops": 600}),
        ([nn.PReLU()], (3, 4, 4), {"thop": 48, "ptflops": 96}),
        ([nn.SiLU()], (3, 4, 4), {"thop": 0, "ptflops": 48}),
        ([nn.Tanh()], (3, 4, 4), {"thop": 0, "ptflops": 0}),
        ([nn.BatchNorm2d(4, affine=False)], (4, 12, 12), {"fvcore": 576, "thop": 1_152, "ptflops": 576}),
        ([nn.GroupNorm(2, 4)], (4, 12, 12), {"fvcore": 2_880, "thop": 0, "ptflops": 1_152}),
        ([nn.InstanceNorm2d(4)], (4, 12, 12), {"fvcore": 2_304, "thop": 1_152, "ptflops": 576}),
        ([nn.InstanceNorm1d(4, affine=True)], (4, 20), {"fvcore": 400, "thop": 320, "ptflops": 160}),
        ([nn.LayerNorm(10)], (7, 10), {"fvcore": 350, "thop": 280, "ptflops": 70}),
        ([nn.LayerNorm(12, elementwise_affine=False)], (4, 12, 12), {"fvcore": 2_304, "thop": 1_152, "ptflops": 576}),
        ([nn.AdaptiveAvgPool1d(2)], (4, 20), {"fvcore": 0, "thop": 88, "ptflops": 160}),
        ([nn.AdaptiveAvgPool2d(2)], (4, 12, 12), {"fvcore": 576, "thop": 592, "ptflops": 1_152}),
        ([nn.AdaptiveMaxPool2d(2)], (4, 12, 12), {"fvcore": 0, "thop": 0, "ptflops": 1_152}),
        ([nn.Upsample(scale_factor=2)], (4, 12, 12), {"fvcore": 2_304, "thop": 2_304, "ptflops": 4_608}),
        (
            [nn.Upsample(scale_factor=2, mode="bilinear")],
            (4, 12, 12),
            {"fvcore": 9_216, "thop": 25_344, "ptflops": 4_608},
        ),
        ([nn.Upsample(scale_factor=2, mode="linear")], (4, 20), {"fvcore": 0, "thop": 800, "ptflops": 320}),
        ([nn.UpsamplingNearest2d(scale_factor=2)], (4, 12, 12), {"fvcore": 2_304, "thop": 2_304, "ptflops": 2_304}),
        ([nn.Softmax(1)], (4, 12, 12), {"fvcore": 0, "thop": 1_584, "ptflops": 576}),
        ([nn.Softmax2d()], (4, 12, 12), {"fvcore": 0, "thop": 0, "ptflops": 576}),
        *((modules, shape, PRINTED[name]) for name, modules, shape in NETWORKS),
    ],
)
def test_the_others_report_what_they_printed(
    modules: list[nn.Module], shape: tuple[int, ...], numbers: dict[str, int]
) -> None:
    for who, number in numbers.items():
        said = next(c for c in CONVENTIONS if c.who == who)
        assert counted_by(said, works(modules, shape)) == number


class Recurring(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.LSTM(28, 64, batch_first=True)
        self.o = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.o(self.l(x)[0][:, -1])  # type: ignore[no-any-return]


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.att = nn.MultiheadAttention(32, 4, batch_first=True)
        self.t = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.t(self.att(x, x, x)[0])  # type: ignore[no-any-return]


class Remade(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ct = nn.ConvTranspose2d(8, 12, 3, stride=2, padding=1, output_padding=1, groups=4)
        self.p = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.wn = nn.utils.parametrizations.weight_norm(nn.Conv2d(12, 6, 3))
        self.sn = nn.utils.parametrizations.spectral_norm(nn.Conv2d(6, 6, 3))
        self.pr = nn.PReLU(6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pr(self.sn(self.wn(self.p(self.ct(x)))))  # type: ignore[no-any-return]


class Enlarging(nn.Module):
    """Joined with what went before, up-sampled by a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.n = nn.BatchNorm2d(4)
        self.u = nn.Upsample(scale_factor=2)
        self.b = nn.Conv2d(7, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.b(torch.cat([self.u(torch.relu(self.n(self.a(x)))), x], 1))  # type: ignore[no-any-return]


class OwnWork(nn.Module):
    """Enlarged by a function, multiplied by a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3)
        self.w = nn.Parameter(torch.zeros(4, 5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        large = nn.functional.interpolate(self.a(x), scale_factor=2)
        return large.mean((2, 3)) @ self.w


TOLD: list[tuple[type[nn.Module], tuple[int, ...], dict[str, int]]] = [
    (Recurring, (28, 28), {}),
    (Attending, (10, 32), {}),
    (Remade, (8, 8, 8), {}),
    (Enlarging, (3, 8, 8), {"torch": 5_248, "fvcore": 3_008, "torchinfo": 2_824, "thop": 3_136}),
    (OwnWork, (3, 8, 8), {}),
]
"""What the tools print for whole networks; those that are not named here are said to be not known."""


def said_of(network: Count) -> dict[str, str]:
    derivation = network.derivation(explained=True)
    (part,) = (s for s in derivation.steps if getattr(s, "title", ("",))[0] == "What other counters say")
    table = part.steps[0]  # type: ignore[union-attr]
    return {row[2][0]: str(getattr(row[1][0], "number", row[1][0])) for row in table.rows}  # type: ignore[union-attr]


@pytest.mark.parametrize(("network", "shape", "numbers"), TOLD, ids=[n.__name__ for n, *_ in TOLD])
def test_a_number_that_a_tool_does_not_report_is_not_given(
    network: type[nn.Module], shape: tuple[int, ...], numbers: dict[str, int]
) -> None:
    said = said_of(count(network().eval(), shape))
    tools = ("torch", "fvcore", "torchinfo", "thop", "ptflops")
    assert {who: said[who] for who in tools} == {who: str(numbers.get(who, "not known")) for who in tools}


def test_why_a_number_is_not_known_is_said() -> None:
    notes = str(count(Recurring(), (28, 28)).derivation(explained=True).steps)
    assert "Not known here: the way to count l (LSTM)." in notes
    notes = str(count(Remade(), (8, 8, 8)).derivation(explained=True).steps)
    assert "the way to count wn (Conv2d, its weights made of others), sn" in notes
    notes = str(count(Attending(), (10, 32)).derivation(explained=True).steps)
    assert "products of activations with activations and operations outside layers (add" in notes
