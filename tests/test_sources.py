"""Where networks are found, and what is said of those that an input does not fit."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from calc import Impossible, count
from explain.cli import app

FILE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, num_classes=10, *, width=4):
        super().__init__()
        self.fc = nn.Linear(width, num_classes)
    def forward(self, x):
        return self.fc(x)

class Wants(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, 2, 1)

def made(deep=2):
    return nn.Sequential(*(nn.Linear(3, 3) for _ in range(deep)))

def other():
    return 3

WIDTH = 3

chain = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
second = made(1)
"""


@pytest.mark.parametrize(
    ("name", "arguments", "parameters"),
    [
        ("Net", "", 50),
        ("Net", "num_classes=7, width=2", 21),
        ("Net", "3", 15),
        ("Wants", "channels=5", 12),
        ("made", "", 24),
        ("made", "deep=3", 36),
        ("chain", "", 9),
    ],
)
def test_classes_functions_and_instances(name: str, arguments: str, parameters: int, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(FILE)
    assert count(f"{tmp_path}/model.py:{name}", None, arguments).parameters == parameters


def test_what_is_installed_is_counted() -> None:
    assert count("torch.nn:Linear", "3", "3, 4").macs == 12


@pytest.mark.parametrize(
    ("source", "arguments", "said"),
    [
        (
            "model.py",
            "",
            "model.py holds 5 networks, chain, second, Net, Wants and the function made(deep=2): say which, as model.py:Net",
        ),
        ("model.py:other", "", "other in model.py makes no network: it gives int"),
        (
            "model.py:WIDTH",
            "",
            "WIDTH in model.py is no network, it is an int: there is chain, second, Net, Wants, made",
        ),
        ("model.py:net", "", "model.py holds no network called net: did you mean Net or Wants?"),
        ("model.py:mde", "", "model.py holds no network called mde: did you mean made?"),
        ("model.py:chain", "deep=3", "chain in model.py is built already: leave --args out"),
        (
            "model.py:Net",
            "open('x')",
            "--args “open('x')” cannot be read: write plain values as in a call, such as num_classes=10, width=1.5",
        ),
        (
            "model.py:Net",
            "1) or f(",
            "--args “1) or f(” cannot be read: write plain values as in a call, such as num_classes=10, width=1.5",
        ),
        (
            "model.py:Net",
            "classes=3",
            "model.py cannot be built: TypeError: Net.__init__() got an unexpected keyword argument 'classes'",
        ),
        (
            "nowhere_at_all.nn:Linear",
            "",
            "nowhere_at_all.nn is not installed here: give the path of a file, or a module as it is imported",
        ),
    ],
)
def test_a_source_that_is_no_network(source: str, arguments: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(FILE)
    where = f"{tmp_path}/{source}" if source.startswith("model.py") else source
    with pytest.raises(Impossible) as refused:
        count(where, None, arguments)
    assert str(refused.value) == said


HEAD = "from torch import nn\n"
CLASS = "class Net(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n        self.fc = nn.Linear(width, 3)\n"


@pytest.mark.parametrize(
    ("text", "arguments", "parameters"),
    [
        ("def net(): return nn.Linear(2, 3)\n", "", 9),
        ("def net(width) -> nn.Module: return nn.Linear(width, 3)\n", "width=4", 15),
        (CLASS + "def small(): return Net(2)\n", "", 9),
        (CLASS + "def small():\n    made = Net(2)\n    return made\n", "", 9),
        (CLASS + "def small(): return Net(2)\n", "4", 15),
        (
            "def block(a): return nn.Linear(a, a)\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = block(3)\n",
            "",
            12,
        ),
    ],
)
def test_a_function_is_taken_where_it_alone_makes_a_network(
    text: str, arguments: str, parameters: int, tmp_path: Path
) -> None:
    (tmp_path / "model.py").write_text(HEAD + text)
    assert count(f"{tmp_path}/model.py", None, arguments).parameters == parameters


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            CLASS + "def small(): return Net(2)\ndef large(classes, width=4): return Net(width)\n",
            "model.py holds 3 networks, Net and the functions small(), large(classes, width=4): say which, as model.py:small",
        ),
        (
            "def small(n): return nn.Linear(n, 2)\ndef large(n, m): return nn.Linear(n, m)\n",
            'model.py holds 2 networks, the functions small(n), large(n, m): say which, as model.py:small --args "n=…"',
        ),
        (
            CLASS + "def block(a): return nn.Linear(a, a)\n",
            'Net in model.py needs the argument width: add --args "width=…", or build it in the file, `net = Net(width=…)`, and ask for model.py:net',
        ),
        (
            "def small(n): return nn.Linear(n, 2)\n",
            'small in model.py needs the argument n: add --args "n=…", or build it in the file, `net = small(n=…)`, and ask for model.py:net',
        ),
        (
            "def other(): return 3\n",
            "model.py holds no network: a class or an instance of torch.nn.Module is looked for",
        ),
    ],
)
def test_which_network_is_to_be_said(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(HEAD + text)
    with pytest.raises(Impossible) as refused:
        count(f"{tmp_path}/model.py")
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("layers", "shape", "fault"),
    [
        (
            (nn.Conv2d(3, 8, 3, padding=1), nn.MaxPool2d(8), nn.Flatten(), nn.Linear(128, 64)),
            "3x56x56",
            "`3` expects 128 features but receives 392 = 8·7·7: write `Linear(392, 64)`, or feed 32×32 images",
        ),
        (
            (nn.Conv2d(3, 8, 3), nn.Conv2d(16, 8, 3)),
            "3x8x8",
            "`1` expects 16 channels but receives 8: write `Conv2d(8, 8, (3, 3), …)`",
        ),
        (
            (nn.Conv2d(3, 8, 3), nn.BatchNorm2d(9)),
            "3x8x8",
            "`1` expects 9 channels but receives 8: write `BatchNorm2d(8)`",
        ),
        (
            (nn.Conv2d(3, 8, 1), nn.Linear(512, 2)),
            "3x8x8",
            "`1` expects 512 features but receives 8×8×8: flatten it first, `torch.flatten(x, 1)`",
        ),
        (
            (nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 9)),
            "3x8x8",
            "at `1`, Conv2d 9×9 does not fit an input of size 6: nothing would come out",
        ),
    ],
)
def test_shapes_that_do_not_fit(layers: tuple[nn.Module, ...], shape: str, fault: str) -> None:
    question = count(nn.Sequential(*layers), shape)
    assert question.network.fault == fault
    assert question.macs is None
    assert question.rows[0].call.output is not None
    assert question.ledger().verdict == "agrees"


class Flattened(nn.Module):
    """Flattens by a function, as most do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 128, 3, padding=1), nn.MaxPool2d(8)
        self.fc1 = nn.Linear(2048, 64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc1(torch.flatten(self.pool(self.conv(x)), 1))


def test_the_repair_names_the_image_that_would_fit() -> None:
    fault = count(Flattened(), "3x56x56").network.fault
    assert (
        fault
        == "`fc1` expects 2048 features but receives 6272 = 128·7·7: write `Linear(6272, 64)`, or feed 32×32 images"
    )
    assert not count(Flattened(), "3x32x32").network.fault


class Pooled(nn.Module):
    """Pools by a function too, so that no layer shows the map that is flattened."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 16, 5), nn.Linear(16 * 12 * 12, 120)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(nn.functional.max_pool2d(self.conv(x), 2).flatten(1))


def test_the_map_is_named_where_a_function_made_it() -> None:
    question = count(Pooled(), "1x32x32")
    assert (
        question.network.fault
        == "`fc` expects 2304 features but receives 3136 = 16·14·14: write `Linear(3136, 120)`, or feed 28×28 images"
    )
    assert [row.macs is None for row in question.rows] == [False, True]


def test_the_command_shows_the_table_then_the_fault(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("from tests.test_sources import Flattened as Net\nnet = Net()\n")
    ended = CliRunner().invoke(app, ["params", f"{tmp_path}/model.py:net", "--input", "3x56x56", "--no-check"])
    assert "128×7×7" in ended.stdout
    assert isinstance(ended.exception, Impossible)
    assert str(ended.exception).startswith("`fc1` expects 2048 features")


def test_what_the_system_cannot_limit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.readers import child

    monkeypatch.setitem(sys.modules, "resource", None)
    assert child._limited(2**30) == [
        "This system limits neither the memory nor the processes nor the files of what is run, only its time."
    ]
