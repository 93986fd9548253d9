"""Networks that are read and not run: the same numbers as when they run, or a refusal with the line."""

from pathlib import Path

import pytest

from calc import Impossible, count
from tests.cases import EXAMPLES
from tests.odd_networks import ODD

HEAD = "import torch\nfrom torch import nn\nfrom collections import OrderedDict\n"
NET = (
    HEAD
    + "WIDE = 4\nclass Net(nn.Module):\n    def __init__(self, classes=10, *, deep=2 * WIDE):\n        super().__init__()\n"
)


@pytest.mark.parametrize(
    ("source", "parameters"),
    [(EXAMPLES / "model.py", 390_410), (EXAMPLES / "small_net.py", 92_533)],
)
def test_examples_are_read_as_they_run(source: Path, parameters: int) -> None:
    question = count(source, run=False)
    assert question.parameters == parameters
    assert question.ledger().verdict == "agrees"


@pytest.mark.parametrize("name", ["Shared", "Bare", "Functional", "Bypassed", "CeilHead", "GroupedTranspose"])
def test_own_networks_are_read_as_they_run(name: str) -> None:
    source = f"{Path(__file__).parent / 'odd_networks.py'}:{name}"
    assert count(source, run=False).parameters == sum(p.numel() for p in ODD[name]().parameters())


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        (HEAD + "net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 4, bias=False)))", 21),
        (HEAD + "net = nn.Sequential(OrderedDict([('a', nn.Linear(2, 3)), ('b', nn.ReLU())]))", 9),
        (HEAD + "net = nn.Sequential(*[nn.Linear(2, 3), nn.Linear(3, 2)])", 17),
        ("import torch.nn as n\nnet = n.Linear(2, 3)", 9),
        ("from torch.nn import *\nnet = Linear(2, 3)", 9),
        ("import torch\nnet = torch.nn.Linear(2, 3)\nif __name__ == '__main__':\n    net.fc = 3", 9),
        (NET + "        self.fc = nn.Linear(deep, classes)\n", 90),
        (NET + "        self.fc = nn.Linear(WIDE**1 if 0 else 3, 3)\n", None),
        (NET + "        self.a = nn.Linear(4, 4)\n        self.b = self.a\n", 20),
        (NET + "        self.wide = WIDE + 1\n        self.a = nn.Linear(self.wide, 2)\n", 12),
        (
            NET + "        self.a = Block(3)\n        self.b = Block(size=4)\n"
            "class Block(nn.Module):\n    def __init__(self, size):\n        super().__init__()\n        self.fc = nn.Linear(size, size)\n",
            32,
        ),
    ],
)
def test_what_can_be_read_is_read(text: str, parameters: int | None, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(text)
    if parameters is None:
        with pytest.raises(Impossible):
            count(tmp_path / "model.py", run=False)
        return
    question = count(tmp_path / "model.py", run=False)
    assert question.parameters == parameters
    assert question.ledger().verdict == "agrees"


REFUSED = "is not known without running the file: --run runs it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            NET + "        for i in range(3):\n            self.a = nn.Linear(i, 2)\n",
            f"model.py, line 8: `for i in range(3):` {REFUSED}",
        ),
        (NET + "        self.a = nn.Linear(width(), 2)\n", f"model.py, line 8: `width()` {REFUSED}"),
        (
            NET + "        self.a = nn.TransformerEncoderLayer(8, 2)\n",
            f"model.py, line 8: `nn.TransformerEncoderLayer(8, 2)` {REFUSED}",
        ),
        (
            "from mine import Linear\nfrom torch import nn\nnet = nn.Sequential(Linear(2, 3))",
            f"model.py, line 3: `Linear(2, 3)` {REFUSED}",
        ),
        (
            HEAD + "net = nn.Sequential()\nnet.append(nn.Linear(2, 3))",
            f"model.py, line 5: `net.append(nn.Linear(2, 3))` {REFUSED}",
        ),
        (HEAD + "net = nn.Linear(2, 3)\nnet = net", "model.py holds no network that can be read without running it"),
        (HEAD + "net = nn.Linear(2, 'x')", "model.py, line 4: Linear takes a whole number for out_features, not “x”"),
        (HEAD + "n = 10**9\nnet = nn.Linear(n, 2)", f"model.py, line 4: `10 ** 9` {REFUSED}"),
        (HEAD + "a = b\nb = a\nnet = nn.Linear(a, 2)", f"model.py, line 4: `b` {REFUSED}"),
        (
            HEAD + "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = A()\n",
            None,
        ),
        ("def f(:", "model.py is not Python: line 1: invalid syntax"),
        ("x = 1", "model.py holds no network that can be read without running it"),
        (
            HEAD + "a = nn.Linear(1, 2)\nb = nn.Linear(2, 3)",
            "model.py holds 2 networks, a, b: say which, as model.py:b",
        ),
    ],
)
def test_the_rest_is_refused(text: str, said: str | None, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(text)
    with pytest.raises(Impossible) as refused:
        count(tmp_path / "model.py", run=False)
    assert said is None or str(refused.value) == said


def test_nothing_is_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    (tmp_path / "model.py").write_text(f"open({str(made)!r}, 'w')\n{HEAD}net = nn.Linear(2, 3)\n")
    assert count(tmp_path / "model.py", run=False).parameters == 9
    assert not made.exists()


def test_a_file_that_is_not_run_takes_no_input() -> None:
    with pytest.raises(Impossible, match="a file that is not run is given nothing: leave --input and --args out"):
        count(EXAMPLES / "model.py", "3x32x32", run=False)


def test_what_only_a_run_shows_is_said() -> None:
    said = str(count(EXAMPLES / "model.py", run=False).derivation().steps)
    assert "Output shapes and multiply-accumulates need a run: --run." in said
    assert "All taken to be trainable" in said
