"""What other counters report is what we say they do."""

import pytest
import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

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
        *((modules, shape, PRINTED[name]) for name, modules, shape in NETWORKS),
    ],
)
def test_the_others_report_what_they_printed(
    modules: list[nn.Module], shape: tuple[int, ...], numbers: dict[str, int]
) -> None:
    for who, number in numbers.items():
        said = next(c for c in CONVENTIONS if c.who == who)
        assert counted_by(said, works(modules, shape)) == number
