"""The input that nobody named: found from the first layer of features where it can be, and said."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from calc import Count, Impossible, count
from calc.derivation import Note
from calc.readers.input_size import LARGEST, Fit, chosen, fitting
from calc.stretches import Whole
from tests.cases import EXAMPLES
from tests.odd_networks import ODD


class Digits(nn.Module):
    """Pooling and flattening are functions."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        return self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))


class Viewed(nn.Module):
    """The number of features stands in a view, so another size ends there or becomes several rows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc1(x.view(-1, 16 * 5 * 5))


class Squeezed(nn.Module):
    """A layer of features that fits every size stands before the one that does not."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gate, self.fc = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(8, 8), nn.Linear(8 * 7 * 7, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv(x), 4)
        x = x * self.gate(x.mean((2, 3)))[:, :, None, None]
        return self.fc(x.flatten(1))


class Plain(nn.Module):
    """Images that are laid out as features first."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(784, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.relu(self.fc1(x.view(-1, 784))))


class Signal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv1d(2, 4, 5), nn.Linear(120, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.max_pool1d(self.conv(x), 3).flatten(1))


def alexnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 96, 11, 4),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1),
        nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Linear(384 * 36, 10),
    )


def volume() -> nn.Module:
    return nn.Sequential(nn.Conv3d(1, 2, 3), nn.MaxPool3d(2), nn.Flatten(), nn.Linear(2 * 7**3, 3))


OTHER = "; --input sets another."


@pytest.mark.parametrize(
    ("network", "shape", "note"),
    [
        (
            Digits(),
            (1, 28, 28),
            "at sizes from 28 to 29 along each axis `fc1` receives its 9216 = 64·12·12 features",
        ),
        (Viewed(), (3, 32, 32), "at sizes from 32 to 35 along each axis `fc1` receives its 400 = 16·5·5 features"),
        (Squeezed(), (3, 28, 28), "at sizes from 28 to 31 along each axis `fc` receives its 392 = 8·7·7 features"),
        (Signal(), (2, 96), "at sizes from 94 to 96 `fc` receives its 120 = 4·30 features"),
        (
            alexnet(),
            (3, 227, 227),
            "at sizes from 227 to 258 along each axis the layer `7` receives its 13824 = 384·6·6 features",
        ),
        (
            volume(),
            (1, 16, 16, 16),
            "at sizes from 16 to 17 along each axis the layer `3` receives its 686 = 2·7·7·7 features",
        ),
    ],
)
def test_networks_that_are_there(network: nn.Module, shape: tuple[int, ...], note: str) -> None:
    question = count(network)
    assert question.network.input == shape
    assert question.network.notes == (f"Taken as input: {'×'.join(map(str, shape))}; {note}{OTHER}",)
    named = count(network, shape)
    assert question.answer == named.answer
    assert question.data()["input_inferred"] is True
    assert "input_inferred" not in named.data()


class Heads(nn.Module):
    """The map of the first head is not the one that came last."""

    def __init__(self) -> None:
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 16, 3, 2, 1)
        self.h1, self.h2 = nn.Linear(8 * 16 * 16, 5), nn.Linear(16 * 8 * 8, 5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.c1(x))
        y = F.relu(self.c2(x))
        return self.h1(x.flatten(1)), self.h2(y.flatten(1))


def test_the_factors_are_those_of_the_map_that_was_flattened() -> None:
    (note,) = count(Heads()).network.notes
    assert "`h1` receives its 2048 = 8·16·16 features" in note


class Columns(nn.Module):
    """Rows are fixed by the layer of features, columns are not: any width runs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc, self.gru = nn.Conv2d(1, 8, 3, padding=1), nn.Linear(8 * 16, 20), nn.GRU(20, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv(x), 2).permute(0, 3, 1, 2).flatten(2)
        return self.gru(self.fc(x))[0]


def test_one_size_alone_is_said_so() -> None:
    (note,) = count(nn.Sequential(nn.Conv2d(3, 8, 5), nn.Flatten(), nn.Linear(1568, 10))).network.notes
    assert (
        note == "Taken as input: 3×18×18, the size at which the layer `2` receives its 1568 = 8·14·14 features" + OTHER
    )


def test_features_first_are_the_input() -> None:
    question = count(Plain())
    assert question.network.input == (784,)
    assert question.network.notes == (f"Taken as input: 784 features, as `fc1` takes them{OTHER}",)
    assert question.macs == 784 * 32 + 320


class Printing(Digits):
    """What its forward does beside computing is not asked for."""

    def forward(self, x: Tensor) -> Tensor:
        Path("made").write_text("x")
        return super().forward(x)


class Growing(nn.Module):
    """Its layer of features takes the first size that it meets."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc, self.other = nn.Conv2d(3, 4, 3), None, nn.Linear(9, 9)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).flatten(1)
        self.fc = self.fc or nn.Linear(x.shape[1], 5)
        return self.fc(x)


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2)),
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()),
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(101, 2)),
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8 * 4 * 5, 2)),
        nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2)),
        nn.LSTM(4, 3),
        Growing(),
        Columns(),
        *(ODD[name]() for name in ("TwoInputs", "ByName", "OfDict", "Branching", "Decoder")),
    ],
)
def test_nothing_is_taken_where_nothing_is_known(network: nn.Module) -> None:
    question = count(network)
    assert question.network.input is None
    assert not question.network.notes
    assert question.parameters == sum(p.numel() for p in network.parameters())


def test_a_file_is_tried_in_its_process_and_held_against_nobody(tmp_path: Path) -> None:
    assert count(EXAMPLES / "model.py").network.input == (3, 32, 32)
    (tmp_path / "model.py").write_text("from tests.test_input_size import Printing\nnet = Printing()\n")
    question = count(f"{tmp_path}/model.py:net")
    assert (question.network.input, question.network.notes) == (None, ())
    assert [path.name for path in tmp_path.iterdir()] == ["model.py"]


def test_what_is_only_read_is_not_tried() -> None:
    assert count(EXAMPLES / "model.py", run=False).network.input is None


PRINTED = """Net(
  (features): Sequential(
    (0): Conv2d(1, 20, kernel_size=(5, 5), stride=(1, 1))
    (1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  )
  (classifier): Sequential(
    (0): Linear(in_features=2880, out_features=10, bias=True)
  )
)"""


@pytest.mark.parametrize(
    ("text", "shape", "said"),
    [
        (PRINTED, (1, 28, 28), "at sizes from 28 to 29 along each axis the layer `classifier.0` receives its 2880"),
        (
            "Conv2d(3, 8, 5), ReLU(), MaxPool2d(2), Flatten(), fc = Linear(1568, 10)",
            (3, 32, 32),
            "at sizes from 32 to 33 along each axis `fc` receives its 1568 = 8·14·14 features",
        ),
        ("fc = Linear(784, 10); relu; linear 3", (784,), "784 features, as `fc` takes them"),
        ("Conv1d(1, 2, 3), Flatten(), Linear(20, 3)", (1, 12), "1×12, the size at which the layer `2` receives its 20"),
        (PRINTED.replace("2880", "2881"), None, ""),
        (PRINTED.replace("features): Sequential", "features): Features"), None, ""),
        ("Conv2d(3, 8, 5), AdaptiveAvgPool2d(1), Flatten(), Linear(8, 10)", None, ""),
        ("Conv2d(3, 8, 5), Flatten(), Linear(101, 10)", None, ""),
        ("Embedding(10, 3), Linear(3, 2)", None, ""),
        ("Conv2d(3, 8, 5), Flatten(), Linear(1568, 10), Linear(11, 10)", None, ""),
    ],
)
def test_networks_that_are_written(text: str, shape: tuple[int, ...] | None, said: str) -> None:
    question = count(text)
    assert question.network.input == shape
    assert question.network.inferred == (shape is not None)
    assert said in " ".join(question.network.notes)
    if shape:
        assert question.macs == count(text, shape).macs


@given(
    st.lists(st.tuples(st.integers(1, 7), st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=5),
    st.integers(1, 200),
)
def test_the_sizes_are_all_that_fit(layers: list[tuple[int, int, int]], size: int) -> None:
    def out(n: int) -> int:
        for kernel, stride, padding in layers:
            n = (n + 2 * padding - kernel) // stride + 1 if n + 2 * padding >= kernel and n > 0 else 0
        return n

    takes = out(size) ** 2
    found = fitting(lambda n: Fit(out(n) ** 2, takes), 2)
    if takes and found:
        sizes, _ = found
        fits = [n for n in range(1, 1000) if out(n) ** 2 == takes]
        assert [sizes.first, sizes.last] == [fits[0], fits[-1]]
        assert chosen(sizes) in fits
    else:
        assert not takes or out(LARGEST) == out(size)


def test_the_search_ends_where_nothing_fits() -> None:
    assert fitting(lambda n: Fit(2 * n, 7), 1) is None
    assert fitting(lambda _: Fit(1, 2), 1) is None
    assert fitting(lambda _: Fit(5, 5), 2) is None
    assert fitting(lambda _: None, 2) is None
    assert fitting(lambda n: Fit(n, LARGEST + 1), 1) is None


@pytest.mark.parametrize(
    ("sizes", "right"), [((200, 230), 224), ((32, 39), 32), ((28, 29), 28), ((94, 96), 96), ((33, 40), 33)]
)
def test_a_usual_size_is_taken_before_others(sizes: tuple[int, int], right: int) -> None:
    assert chosen(Whole(*sizes)) == right


def faulty(text: str, shape: str) -> Count:
    question = count(text, shape)
    assert question.macs is None
    assert question.ledger().verdict == "agrees"
    return question


@pytest.mark.parametrize(
    ("text", "shape", "fault"),
    [
        (
            "Conv2d(3, 128, 3, padding=1), MaxPool2d(8), Flatten(), fc1 = Linear(2048, 64), ReLU(), Linear(64, 10)",
            "3x56x56",
            "`fc1` expects 2048 features but receives 6272 = 128·7·7: write `Linear(6272, 64)`, or feed 32×32 images",
        ),
        (
            "conv1 = Conv2d(3, 8, 3); conv2 = Conv2d(16, 4, 3)",
            "3x9x9",
            "`conv2` expects 16 channels but receives 8: write `Conv2d(8, 4, (3, 3), …)`",
        ),
        (
            "Conv2d(3, 8, 3), Linear(8, 3)",
            "3x9x9",
            "`Linear(8, 3)` expects 8 features but receives 8×7×7: flatten it first, `Flatten()`, and write `Linear(392, 3)`",
        ),
        (
            "Conv1d(1, 2, 3), Flatten(), Linear(20, 3)",
            "1x9",
            "`Linear(20, 3)` expects 20 features but receives 14 = 2·7: write `Linear(14, 3)`, or feed 12 steps",
        ),
        (
            "Flatten(); Linear(2048, 64)",
            "128x7x7",
            "`Linear(2048, 64)` expects 2048 features but receives 6272 = 128·7·7: write `Linear(6272, 64)`, or feed 4×4 images",
        ),
        (
            "conv 3 4 filters, pool 9, relu",
            "3x9x9",
            "at `pool 9`, MaxPool2d 9×9 does not fit an input of size 7: nothing would come out",
        ),
        (
            PRINTED.replace("Net(", "Sequential("),
            "1x32x32",
            "`classifier.0` expects 2880 features but receives 20×14×14: flatten it first, `Flatten()`, and write `Linear(3920, 10)`",
        ),
    ],
)
def test_written_layers_that_do_not_fit_are_shown_up_to_there(text: str, shape: str, fault: str) -> None:
    assert faulty(text, shape).network.fault == fault


def test_what_cannot_be_shown_after_a_fault_is_the_sentence_alone() -> None:
    with pytest.raises(Impossible) as refused:
        count("Conv2d(3, 8, 3), Conv2d(16, 8, 3), flatten, linear 10", "3x9x9")
    assert (
        str(refused.value) == "`Conv2d(16, 8, 3)` expects 16 channels but receives 8: write `Conv2d(8, 8, (3, 3), …)`"
    )


def test_a_view_that_does_not_come_out_even_names_the_image_that_does() -> None:
    fault = count(Viewed(), "3x48x48").network.fault
    assert fault == "the pass ends in `Viewed`: shape '[-1, 400]' is invalid for input of size 1296: feed 32×32 images"


class Listed(nn.Module):
    """Layers in a plain collection."""

    def __init__(self, layers: object) -> None:
        super().__init__()
        self.layers, self.fc = layers, nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = (self.layers[layer] if isinstance(self.layers, dict) else layer)(x)
        return self.fc(x.mean((2, 3)))


def convolutions() -> list[nn.Module]:
    return [nn.Conv2d(3, 32, 3), nn.Conv2d(32, 64, 3)]


LOST = "are not registered: their 19392 parameters are neither counted nor trained: use"


@pytest.mark.parametrize("shape", [None, (3, 32, 32)])
@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (convolutions(), (f"2 layers in `self.layers`, a plain list, {LOST} nn.ModuleList.",)),
        (tuple(convolutions()), (f"2 layers in `self.layers`, a plain tuple, {LOST} nn.ModuleList.",)),
        (
            dict(zip("ab", convolutions(), strict=True)),
            (f"2 layers in `self.layers`, a plain dict, {LOST} nn.ModuleDict.",),
        ),
        (
            [nn.ReLU(), nn.Sequential(*convolutions())],
            (
                "1 module in `self.layers`, a plain list, is not registered: its 19392 parameters are neither counted nor trained: use nn.ModuleList.",
            ),
        ),
        (nn.ModuleList(convolutions()), ()),
    ],
)
def test_layers_in_plain_collections_are_told(
    layers: object, said: tuple[str, ...], shape: tuple[int, ...] | None
) -> None:
    assert count(Listed(layers), shape).network.notes == said


def test_layers_that_are_registered_elsewhere_are_not_told() -> None:
    network = Listed(convolutions())
    network.first, network.second = network.layers
    assert count(network).network.notes == ()


def test_a_layer_that_is_listed_twice_is_told_once() -> None:
    (note,) = count(Listed(convolutions()[:1] * 2)).network.notes
    assert note.startswith("1 layer in `self.layers`, a plain list, is not registered: its 896 parameters are")


def test_parameters_in_plain_collections_are_told() -> None:
    network = Digits()
    network.scales = [nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(4))]
    assert count(network, (1, 28, 28)).network.notes == (
        "2 parameter tensors in `self.scales`, a plain list, are not registered: 7 numbers are neither counted nor trained: use nn.ParameterList.",
    )
    assert len(count(network).network.notes) == 2


@pytest.mark.parametrize(
    ("network", "shape", "fault"),
    [
        (
            Digits(),
            (3, 28, 28),
            "`conv1` expects 1 channel but receives 3: write `Conv2d(3, 32, (3, 3), …)`, or feed 1×28×28",
        ),
        (Signal(), (3, 32, 32), "`conv` (Conv1d) expects 2 channels along 1 axis, such as 2×32, but receives 3×32×32"),
        (volume(), (8, 8), "`0` (Conv3d) expects 1 channel along 3 axes, such as 1×8×8×8, but receives 8×8"),
        (
            nn.Sequential(nn.Linear(784, 10)),
            (800,),
            "`0` expects 784 features but receives 800: write `Linear(800, 10)`, or feed 784 features",
        ),
        (
            nn.Sequential(nn.Conv2d(3, 32, 3), nn.Conv2d(64, 32, 3)),
            (3, 32, 32),
            "`1` expects 64 channels but receives 32: write `Conv2d(32, 32, (3, 3), …)`",
        ),
    ],
)
def test_at_the_first_layer_the_input_may_be_the_one_to_change(
    network: nn.Module, shape: tuple[int, ...], fault: str
) -> None:
    assert count(network, shape).network.fault == fault


def test_a_written_first_layer_offers_the_input_too() -> None:
    assert "or feed 1×28×28" in faulty("Conv2d(1, 8, 3), ReLU()", "3x28x28").network.fault


@pytest.mark.parametrize(
    ("layers", "fault"),
    [
        (
            (nn.Conv2d(3, 32, 3), nn.Conv2d(64, 32, 3)),
            "`1` expects 64 channels but receives 32: write `Conv2d(32, 32, (3, 3), …)`",
        ),
        (
            (nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(64), nn.Flatten(), nn.Linear(32 * 16 * 16, 10)),
            "`1` expects 64 channels but receives 32: write `BatchNorm2d(32)`",
        ),
    ],
)
def test_channels_that_fit_at_no_size_are_told_without_an_input(layers: tuple[nn.Module, ...], fault: str) -> None:
    network = nn.Sequential(*layers)
    assert count(network).network.notes == (f"The network fits no input: {fault}.",)


def test_rows_that_become_channels_are_not_held_against_the_network() -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 8, 1), nn.Conv2d(50, 4, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(x).transpose(1, 2))

    assert count(Turned()).network.notes == ()


@pytest.mark.parametrize(
    ("network", "such"),
    [
        (nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU()), "1x28x28"),
        (nn.Sequential(nn.Conv2d(4, 8, 3), nn.ReLU()), "4x32x32"),
        (nn.Sequential(nn.ReLU(), nn.Conv1d(1, 8, 3)), "1x28"),
        (nn.Sequential(nn.Conv3d(2, 8, 3)), "2x32x32x32"),
        (nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2)), "int:20"),
        (nn.LSTM(4, 3), "3x32x32"),
    ],
)
def test_the_input_that_is_proposed_is_of_the_kind_that_the_first_layer_takes(network: nn.Module, such: str) -> None:
    question = count(network)
    (why,) = [step for step in question.derivation().steps if isinstance(step, Note) and step.kind == "why"]
    assert f"such as --input {such}" in "".join(map(str, why.text))
    if such and not isinstance(network, nn.LSTM):
        assert count(network, such).network.fault == ""
