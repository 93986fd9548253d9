"""Networks of published reports: the same number from every form in which they are handed in."""

from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from calc import Count, count
from calc.layers.base import Layer
from tests.networks import ResNet18


class Reported(NamedTuple):
    """The layers as a chain, the input, and the parameters."""

    layers: str
    parameters: int
    input: str = "3x32x32"


def convolutions(kernel: int, *filters: int) -> str:
    """Convolutions that keep the size, with a ReLU after each."""
    return ", ".join(f"conv {kernel} {n} filters padding {kernel // 2}, relu" for n in filters)


def twice(kernel: int, activation: str) -> str:
    """Two convolutions and a pooling, three times."""
    one = "conv {k} {n} filters padding {p}, {a}, batchnorm"
    return ", ".join(
        f"{one}, {one}, pool 2, dropout".format(k=kernel, p=kernel // 2, n=n, a=activation) for n in (32, 64, 128)
    )


REPORTED = {
    "baseline": Reported(
        ", ".join(f"{convolutions(5, n)}, pool 2" for n in (32, 64, 128))
        + ", flatten, linear 64, relu, linear 10, Softmax(dim=1)",
        390_410,
    ),
    "model 1": Reported(
        f"{convolutions(5, 32, 64, 128)}, pool 2, batchnorm, {convolutions(3, 256, 512, 1024)}, pool 2, batchnorm, "
        "flatten, linear 128, relu, linear 128, relu, linear 10",
        14_862_410,
    ),
    "model 2": Reported(
        "conv 3 32 filters padding 2, pool 2, conv 3 64 filters padding 2, batchnorm, conv 5 128 filters padding 2, "
        "pool 2, conv 5 256 filters padding 2, batchnorm, conv 7 512 filters padding 2, pool 2, flatten, linear 64, linear 10",
        7_763_082,
    ),
    "model 3": Reported(
        f"{convolutions(3, 32, 64, 128)}, pool 2, batchnorm, {convolutions(5, 256, 512, 1024)}, pool 2, batchnorm, "
        "flatten, linear 64, relu, linear 10",
        21_495_562,
    ),
    "improved": Reported(
        ", ".join(f"conv 5 {n} filters padding 2, relu, batchnorm, pool 2" for n in (32, 64, 128))
        + ", flatten, dropout, linear 64, elu, BatchNorm1d(64), linear 10",
        390_986,
    ),
    "improved, wide": Reported(
        ", ".join(f"conv 5 {n} filters padding 2, relu, batchnorm, pool 2" for n in (64, 192, 512))
        + ", flatten, dropout, linear 64, elu, BatchNorm1d(64), linear 10",
        3_297_034,
    ),
    "network 1": Reported(f"{twice(3, 'relu')}, flatten, linear 64, LeakyReLU(), linear 10", 419_690),
    "network 2": Reported(f"{twice(5, 'elu')}, flatten, linear 10", 817_834),
    "small net": Reported(
        "conv 5 64 filters, elu, conv 5 32 filters, elu, pool 2, conv 3 32 filters, elu, pool 2, flatten, linear 53",
        92_533,
        "3x28x28",
    ),
    "table net": Reported(
        "conv 5 8 filters, relu, pool 2, conv 5 16 filters, relu, pool 2, flatten, linear 64, relu, linear 10",
        865_722,
        "3x128x128",
    ),
    "AlexNet's first layer": Reported("conv 11 64 filters stride 4 padding 2", 23_296, "3x224x224"),
}


def layers(reported: Reported) -> list[Layer]:
    rows = count(reported.layers, reported.input).rows
    return [row.call.layer for row in rows if row.call.layer]


def written(layer: Layer) -> str:
    """The layer as torch's constructor has it."""
    fields = {name: value for name, value in layer.fields().items() if value is not None}
    return f"{layer.kind()}({', '.join(f'{name}={value!r}' for name, value in fields.items())})"


def module(reported: Reported) -> nn.Sequential:
    return nn.Sequential(*(getattr(nn, layer.kind())(**layer.fields()) for layer in layers(reported)))


def table(reported: Reported) -> str:
    """The layers as reports list them."""
    lines = ["| Layer Type | Number of Hidden Units / Num Filter | Kernel / padding / stride |", "|---|---|---|"]
    for layer in layers(reported):
        fields = layer.fields()
        size = fields.get("kernel_size", (0,))[0] if layer.axes else 0
        window = f"{size} / {fields['padding'][0]} / {fields['stride'][0]}" if size else "-"
        units = fields.get("out_channels") or fields.get("out_features") or "-"
        lines.append(f"| {layer.kind()} | {units} | {window} |")
    return "\n".join(lines)


def right(question: Count, reported: Reported) -> None:
    assert question.parameters == reported.parameters
    assert question.complete
    assert question.ledger().verdict == "agrees"


@pytest.mark.parametrize("name", REPORTED)
def test_layers_as_people_say_them(name: str) -> None:
    right(count(REPORTED[name].layers, REPORTED[name].input), REPORTED[name])


@pytest.mark.parametrize("name", REPORTED)
@pytest.mark.parametrize("sized", [True, False])
def test_constructors(name: str, sized: bool) -> None:
    reported = REPORTED[name]
    text = "; ".join(map(written, layers(reported)))
    right(count(text, reported.input if sized else None), reported)


@pytest.mark.parametrize("name", REPORTED)
def test_what_torch_prints(name: str) -> None:
    reported = REPORTED[name]
    printed = repr(module(reported))
    right(count(printed), reported)
    assert count(printed, reported.input).macs == count(reported.layers, reported.input).macs


@pytest.mark.parametrize("name", REPORTED)
def test_modules(name: str) -> None:
    reported = REPORTED[name]
    question = count(module(reported), reported.input)
    right(question, reported)
    assert question.macs == count(reported.layers, reported.input).macs


@pytest.mark.parametrize("name", REPORTED)
def test_tables(name: str) -> None:
    reported = REPORTED[name]
    right(count(table(reported), reported.input), reported)


@pytest.mark.parametrize("name", REPORTED)
def test_files(name: str, tmp_path: Path) -> None:
    reported = REPORTED[name]
    parts = ",\n    ".join(f"nn.{written(layer)}" for layer in layers(reported))
    (tmp_path / "model.py").write_text(f"from torch import nn\n\nnet = nn.Sequential(\n    {parts},\n)\n")
    right(count(tmp_path / "model.py", run=False), reported)
    if name == "model 2":
        right(count(tmp_path / "model.py", reported.input), reported)


@pytest.mark.parametrize(("classes", "parameters"), [(1000, 11_689_512), (10, 11_181_642)])
def test_residual_networks(classes: int, parameters: int) -> None:
    network = ResNet18(classes)
    for question in (count(network), count(network, "3x224x224"), count(repr(network))):
        assert question.parameters == parameters
        assert question.ledger().verdict == "agrees"


class UNet(nn.Module):
    """Skips are joined to what is enlarged: transposed below, nearest cells above."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.pool, self.middle = nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1)
        self.up2, self.join2 = nn.ConvTranspose2d(32, 16, 2, stride=2), nn.Conv2d(32, 16, 3, padding=1)
        self.up1, self.join1 = nn.Upsample(scale_factor=2), nn.Conv2d(24, 8, 3, padding=1)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        one = self.down1(x)
        two = self.down2(self.pool(one))
        below = self.middle(self.pool(two))
        two = self.join2(torch.cat([self.up2(below), two], 1))
        return self.head(self.join1(torch.cat([self.up1(two), one], 1)))


def test_shapes_follow_the_branches() -> None:
    network = UNet()
    question = count(network, "3x64x64")
    shapes = {row.call.name: (row.call.inputs[0], row.call.output) for row in question.rows if row.call.name != "pool"}
    assert shapes == {
        "down1": ((3, 64, 64), (8, 64, 64)),
        "down2": ((8, 32, 32), (16, 32, 32)),
        "middle": ((16, 16, 16), (32, 16, 16)),
        "up2": ((32, 16, 16), (16, 32, 32)),
        "join2": ((32, 32, 32), (16, 32, 32)),
        "up1": ((16, 32, 32), (16, 64, 64)),
        "join1": ((24, 64, 64), (8, 64, 64)),
        "head": ((8, 64, 64), (2, 64, 64)),
    }
    for other in (question, count(network), count(repr(network))):
        assert other.parameters == sum(p.numel() for p in network.parameters())
