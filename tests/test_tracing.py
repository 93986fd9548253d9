"""Seeing networks run: what weights multiply, however they are used, and leaving alone what is looked at."""

import random
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from calc import Impossible, count
from calc import check as crosscheck
from calc.network import Network
from calc.readers.inputs import read_inputs
from calc.readers.outcome import described
from calc.readers.tracing import NeedsNumbers, Shadow
from tests.odd_calls import ODD_CALLS, Hooked
from tests.odd_networks import ODD, Branching, Bypassed, Functional, Lazy, LowRank, Recurrent, Reparametrised
from tests.odder_networks import ODDER

FILE = Path(__file__).parent / "odd_networks.py"
ALL = ODD | ODD_CALLS | ODDER

OLD = pytest.mark.filterwarnings("ignore:.*(weight_norm|spectral_norm|LSTM with projections|torch.jit)")


@OLD
@pytest.mark.parametrize("name", ALL)
def test_odd_networks_are_counted_right(name: str) -> None:
    network = ALL[name]()
    question = count(network, network.odd.input)
    assert (question.macs, question.network.between) == (network.odd.macs, network.odd.between)
    assert question.ledger().verdict == "agrees"
    assert not question.network.fault
    if name != "Lazy":
        assert question.parameters == sum(p.numel() for p in network.parameters())
    if question.macs is not None:
        assert question.network.flops == 2 * (question.macs + question.network.between)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@OLD
@pytest.mark.parametrize("name", ALL)
def test_with_and_without_numbers_the_same_is_seen(name: str) -> None:
    seen = []
    for numbers in (False, True):
        try:
            with Shadow(numbers=numbers) as shadow, torch.no_grad():
                network = ALL[name]().eval()
            run = Network.of(described(network, name, read_inputs(network.odd.input), (), shadow))
        except NeedsNumbers:
            assert name in ("Branching", "Reparametrised", "Until", "Experts", "Packed")
            continue
        seen.append([(c.name, c.inputs, c.output, c.traced and c.traced.value(), c.used) for c in run.calls])
        assert run.between == network.odd.between
    assert seen[0] == seen[-1]


@pytest.mark.parametrize("name", ["Functional", "Undeclared", "Branching", "Reparametrised", "Recurrent", "OfDict"])
def test_a_child_process_sees_the_same(name: str) -> None:
    question = count(f"{FILE}:{name}", ODD[name].odd.input)
    assert question.macs == ODD[name].odd.macs
    assert question.ledger().verdict == "agrees"


def test_rows_are_named_by_the_weights_they_use() -> None:
    rows = count(Functional(), "3x8x8").rows
    assert [(row.call.name, row.call.kind, row.parameters, row.call.output) for row in rows] == [
        ("bias, kernel", "convolution", 112, (4, 6, 6)),
        ("back", "convolution", 72, (2, 8, 8)),
        ("out", "product of matrices", 896, (7,)),
    ]


def test_a_layer_used_by_its_weights_is_counted_once_and_is_used() -> None:
    rows = count(Bypassed(), "3x8x8").rows
    assert [(row.call.name, row.call.kind, row.parameters, row.call.used, row.call.by_weights) for row in rows] == [
        ("conv", "Conv2d", 112, True, True),
        ("fc", "Linear", 1450, True, True),
    ]
    assert str(rows[0].macs) == str(count(nn.Conv2d(3, 4, 3), "3x8x8").rows[0].macs)


def test_own_parameters_are_rows_from_their_shapes() -> None:
    rows = count(ODD["Bare"](), "16x8x8").rows
    (position,) = [row for row in rows if row.call.name == "position"]
    assert (position.call.kind, position.parameters, position.call.used) == ("own parameter", 1024, True)
    assert position.macs is not None
    assert position.macs.value() == 0


@OLD
@pytest.mark.parametrize("name", [name for name in ALL if name not in ("Numbers", "Reparametrised")])  # torch: neither
def test_a_network_without_contents_is_counted_as_one_with(name: str) -> None:
    with torch.device("meta"):
        network = ALL[name]()
    assert count(network, network.odd.input).macs == network.odd.macs


def test_hooks_beside_a_network_leave_it_alone() -> None:
    network = Hooked()
    count(network, "6")
    assert network.seen == {}


def test_names_of_any_length_are_told_apart() -> None:
    network: nn.Module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    for deep in range(40):
        network = nn.ModuleDict({f"a_module_{deep}": network}) if deep % 2 else nn.Sequential(network)
    question = count(network)
    assert (question.parameters, question.ledger().verdict) == (25, "agrees")


def test_what_looks_at_numbers_says_so() -> None:
    (note,) = count(Branching(), "6").network.notes
    assert note.startswith("The network looks at the numbers it is given: counted is the path")


def test_torchs_own_counter_is_asked() -> None:
    question = count(ODD["Attention"](), "5x8")
    (check,) = crosscheck(question)
    assert check.verdict == "agrees"
    assert "".join(map(str, check.says)).endswith("between activations")
    wrong = replace(question, network=replace(question.network, between=399))
    assert next(iter(crosscheck(wrong))).verdict == "differs"


def test_an_unknown_cost_is_unknown_in_the_total() -> None:
    question = count(ODD["Fourier"](), "8")
    assert question.macs is None
    assert [row.macs for row in question.rows] == [None] * 3


class Transformed(nn.Module):
    """A Fourier transform of activations, with no weights in it."""

    def __init__(self, *, short: bool) -> None:
        super().__init__()
        self.l, self.short = nn.Linear(9, 4), short

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = (
            torch.stft(x, 16, window=torch.ones(16), return_complex=True).transpose(1, 2)
            if self.short
            else torch.fft.rfft(x)
        )
        return self.l(seen.abs())  # type: ignore[no-any-return]


@pytest.mark.parametrize(("short", "shape"), [(True, "64"), (False, "16")])
def test_an_unknown_cost_without_weights_is_unknown_too(short: bool, shape: str) -> None:
    question = count(Transformed(short=short), shape)
    assert question.macs is None
    assert [row.macs is None for row in question.rows] == [True, False]


class Restless(nn.Module):
    """Changes all it can when it runs."""

    def __init__(self, *, breaks: bool) -> None:
        super().__init__()
        self.fc, self.norm, self.breaks, self.calls = nn.Linear(6, 6), nn.BatchNorm1d(6), breaks, 0
        self.register_buffer("seen", torch.zeros(6))
        self.held = [torch.zeros(2)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        self.seen += 1
        self.held[0] += 1
        self.new = nn.Linear(2, 2)
        self.fc.weight.data.zero_()
        self.fc.register_forward_hook(lambda *_: None)
        torch.rand(3)
        random.random()
        np.random.rand()
        if self.breaks:
            raise KeyError("stop")
        x = self.norm(self.fc(x))
        self.train()
        return x


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_a_network_is_left_as_it_was(breaks: bool, training: bool) -> None:
    network = Restless(breaks=breaks).train(training)
    network.fc.eval()
    network.fc.weight.grad = torch.ones(6, 6)
    before, modes = deepcopy(network.state_dict()), [m.training for m in network.modules()]
    torch.manual_seed(1), random.seed(1), np.random.seed(1)
    drawn = torch.rand(1).item(), random.random(), np.random.rand()
    torch.manual_seed(1), random.seed(1), np.random.seed(1)
    if breaks:
        with pytest.raises(Impossible, match="Restless does not run: KeyError: 'stop'"):
            count(network, "6")
    else:
        assert count(network, "6").parameters == 54
    assert (torch.rand(1).item(), random.random(), np.random.rand()) == drawn
    assert [m.training for m in network.modules()] == modes
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert (network.calls, network.held[0].tolist(), hasattr(network, "new")) == (0, [0, 0], False)
    assert not network.fc._forward_hooks
    assert network.fc.weight.device.type == "cpu"
    assert torch.equal(network.fc.weight.grad, torch.ones(6, 6))
    assert nn.Module.__call__ is nn.Module._wrapped_call_impl


@pytest.mark.parametrize("name", ["Shared", "CeilHead", "Until"])
def test_a_network_without_contents_is_counted(name: str) -> None:
    with torch.device("meta"):
        network = ALL[name]()
    assert count(network, network.odd.input).macs == network.odd.macs


def test_lazy_layers_stay_lazy() -> None:
    network = Lazy()
    assert count(network, "3x8x8").parameters == 4 * 28 + 8 + 145 * 5
    assert isinstance(network.conv, nn.LazyConv2d)
    assert network.conv.has_uninitialized_params()


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(Impossible, match=r"a network is a torch.nn.Module or the path of a file, not int"):
        count(3)


def test_sums_of_products_are_shown_with_their_factors() -> None:
    lstm = count(Recurrent(), "5x6").rows[0]
    assert lstm.call.kind == "LSTM"
    assert lstm.macs is not None
    assert lstm.macs.value() == 5 * 2 * 4 * 7 * (6 + 7) + 5 * 2 * 4 * 7 * (14 + 7)
    assert count(LowRank(), "16").trainable == 64
    assert count(Reparametrised()).parameters == sum(p.numel() for p in Reparametrised().parameters())


def test_a_pass_within_a_pass_leaves_tensors_as_they_were() -> None:
    own = vars(torch.Tensor).get("tolist")
    with Shadow() as outer:
        with Shadow():
            pass
        assert "tolist" in vars(torch.Tensor)
        assert not outer.numbers
    assert vars(torch.Tensor).get("tolist") is own
