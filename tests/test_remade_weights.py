"""Weights that are not plain parameters of a layer: quantised and packed, normalised, pruned, made of others, in lists."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.ao.nn.intrinsic.quantized as fused
import torch.ao.nn.quantized as quantised
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm

from calc import Impossible, check, count

pytestmark = pytest.mark.filterwarnings("ignore")


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu, self.fc = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Linear(144, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.relu(self.conv(x)).flatten(1))


class Stubbed(Small):
    def __init__(self) -> None:
        super().__init__()
        self.into, self.out = torch.ao.quantization.QuantStub(), torch.ao.quantization.DeQuantStub()

    def forward(self, x: Tensor) -> Tensor:
        return self.out(super().forward(self.into(x)))


class Steps(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 5, 2, bidirectional=True, batch_first=True)
        self.gru, self.fc = nn.GRU(10, 3, batch_first=True), nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.gru(self.lstm(x)[0])[0])


def dynamic(network: nn.Module) -> Any:
    return torch.ao.quantization.quantize_dynamic(network, {nn.Linear, nn.LSTM, nn.GRU})


def static() -> Any:
    network = Stubbed().eval()
    network.qconfig = torch.ao.quantization.get_default_qconfig("fbgemm")
    torch.ao.quantization.prepare(network, inplace=True)
    network(torch.rand(1, 3, 8, 8))
    return torch.ao.quantization.convert(network)


@pytest.mark.parametrize(
    ("make", "plain", "shape"),
    [
        (lambda: dynamic(Small()), Small(), "3x8x8"),
        (static, Small(), "3x8x8"),
        (lambda: dynamic(Steps()), Steps(), "6x4"),
    ],
)
@pytest.mark.parametrize("runs", [True, False])
def test_quantised_networks_count_as_the_plain_ones(
    make: Callable[[], Any], plain: nn.Module, shape: str, runs: bool
) -> None:
    network = make()
    question, whole = count(network, shape if runs else None), count(plain, shape)
    assert question.parameters == whole.parameters
    assert question.trainable == sum(p.numel() for p in network.parameters())
    assert question.ledger().verdict == "agrees"
    assert any(note.startswith("Weights that are quantised") for note in question.network.notes)
    assert not any("looks at the numbers" in note for note in question.network.notes)
    if runs:
        assert question.macs == whole.macs
        assert [c.verdict for c in check(question)] == ["agrees"]
    formulas = [row.formula and row.formula.value() for row in whole.rows if row.own]
    assert [row.formula and row.formula.value() for row in question.rows if row.own] == formulas
    assert all(row.by_rule for row in question.rows if row.own)


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lambda: quantised.Conv2d(4, 8, 3, groups=2), 8 * 18 + 8),
        (lambda: quantised.ConvTranspose2d(4, 6, 3, groups=2), 4 * 27 + 6),
        (lambda: quantised.Embedding(5, 12), 60),
        (lambda: fused.LinearReLU(3, 4), 16),
        (lambda: fused.LinearLeakyReLU(3, 4, 0.1), 16),
        (lambda: fused.ConvReLU2d(3, 4, 3), 112),
    ],
)
def test_quantised_layers(make: Callable[[], Any], parameters: int) -> None:
    (row,) = count(make()).rows
    assert (row.parameters, row.by_rule, row.trainable) == (parameters, True, 0)


def pruned(layer: nn.Module) -> nn.Module:
    prune.l1_unstructured(layer, "weight", 0.3)
    prune.random_unstructured(layer, "bias", 0.5)
    return layer


class Mirrored(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.triu() + x.triu(1).T


def mirrored() -> nn.Module:
    layer = nn.Linear(4, 4)
    parametrize.register_parametrization(layer, "weight", Mirrored())
    return layer


@pytest.mark.parametrize(
    ("make", "shape", "macs"),
    [
        (lambda: weight_norm(nn.Conv2d(3, 4, 3)), "3x8x8", 36 * 4 * 27),
        (lambda: spectral_norm(nn.Conv2d(3, 4, 3)), "3x8x8", 36 * 4 * 27),
        (lambda: parametrizations.weight_norm(nn.ConvTranspose2d(4, 6, 3, groups=2)), "4x5x5", 25 * 4 * 27),
        (lambda: parametrizations.spectral_norm(nn.Linear(4, 5)), "4", 20),
        (lambda: pruned(nn.Conv2d(3, 4, 3)), "3x8x8", 36 * 4 * 27),
        (lambda: mirrored(), "4", 16),
        (lambda: weight_norm(nn.LSTM(4, 5, batch_first=True), "weight_hh_l0"), "3x4", 3 * 20 * 9),
    ],
)
def test_weights_that_are_made_in_each_pass(make: Callable[[], Any], shape: str, macs: int) -> None:
    layer = make()
    network = nn.Sequential(layer)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for question in (count(network), count(network, shape)):
        assert question.parameters == sum(p.numel() for p in network.parameters())
        assert question.ledger().verdict == "agrees"
        assert [row.call.kind for row in question.rows] == [type(layer).__name__.removeprefix("Parametrized")]
    assert question.macs == macs
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_the_mask_of_a_pruned_layer_is_a_buffer() -> None:
    question = count(nn.Sequential(pruned(nn.Conv2d(3, 4, 3))))
    assert question.answer["buffers"]["numbers"] == 112


class Held(nn.Module):
    """Parameters in a list and a dictionary, one of them twice, beside layers."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.ParameterList([nn.Parameter(torch.zeros(6, 6)) for _ in range(2)])
        self.named = nn.ParameterDict({"gain": nn.Parameter(torch.ones(6)), "again": self.steps[0]})
        self.fc = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x @ self.steps[0] @ self.named["again"] * self.named["gain"])


def test_parameters_in_lists_are_rows_once() -> None:
    question = count(Held(), "6")
    assert [(row.call.name, row.parameters, row.call.used) for row in question.rows] == [
        ("steps.0", 36, True),
        ("steps.0", 0, True),
        ("fc", 14, True),
        ("steps.1", 36, False),
        ("named.gain", 6, True),
    ]
    assert question.macs == 36 + 36 + 12
    assert question.ledger().verdict == "agrees"


def test_lazy_layers_need_an_input() -> None:
    with pytest.raises(Impossible, match=r"`0` \(LazyConv2d\) takes its shape from the input: add --input"):
        count(nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyLinear(5)))
