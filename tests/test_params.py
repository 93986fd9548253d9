"""Counting the networks of published reports, and leaving alone what is looked at."""

from pathlib import Path

import pytest
import torch

from calc import Impossible, count
from tests.cases import EXAMPLES, NETWORKS


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [
        ("model1", "3x32x32", 14_862_410),
        ("model2", "3x32x32", 7_763_082),
        ("model3", "3x32x32", 21_495_562),
        ("better", "3x32x32", 390_986),
        ("wide", "3x32x32", 3_297_034),
        ("net1", "3x32x32", 419_690),
        ("net2", "3x32x32", 817_834),
        ("tabled", "3x128x128", 865_722),
        ("ResNet18", "3x224x224", 11_689_512),
        ("resnet_10", None, 11_181_642),
    ],
)
def test_networks_of_reports(name: str, shape: str | None, parameters: int) -> None:
    question = count(f"{NETWORKS}:{name}", shape)
    assert question.parameters == parameters
    assert question.ledger().verdict == "agrees"
    if shape:
        assert question.network.flops == 2 * (question.macs or 0)


@pytest.mark.parametrize(
    ("text", "shape", "parameters"),
    [
        (
            "; ".join(f"conv 5 {n} filters padding 2, batchnorm, relu, pool 2" for n in (32, 64, 128))
            + "; flatten, linear 64, linear 10",
            "3x32x32",
            390_410 + 2 * (32 + 64 + 128),
        ),
        ("Sequential(Conv2d(3, 8, 5), ReLU(), Flatten(), Linear(100, 10))", None, 608 + 1010),
        ("LazyConv2d(4, 3), LazyLinear(2)", "3x9x9", 112 + 2 * 8),
        (
            "Conv2d(3, 8, 5), batchnorm, PReLU(8), pool 2, conv 3 16 filters",
            None,
            608 + 16 + 8 + (9 * 8 + 1) * 16,
        ),
        ("depthwise 3, pointwise 8", "4x9x9", 4 * 10 + 5 * 8),
        ("linear 20, relu, linear 3", "784", 785 * 20 + 63),
        ("fc = Linear(4, 3); linear 2", None, 15 + 8),
    ],
)
def test_chains_of_layers(text: str, shape: str | None, parameters: int) -> None:
    question = count(text, shape)
    assert question.parameters == parameters
    assert question.complete
    assert question.ledger().verdict == "agrees"
    assert (question.macs is None) == (question.network.input is None)


def test_a_lazy_layer_without_an_input_is_no_zero() -> None:
    question = count("LazyConv2d(4, 3); ReLU()")
    assert not question.complete
    assert question.answer["layers"][0]["parameters"] is None


def test_a_summary_without_sizes_is_refused_at_its_row(tmp_path: Path) -> None:
    from torch import nn
    from torchinfo import summary

    (tmp_path / "summary.txt").write_text(str(summary(nn.Sequential(nn.Linear(2, 3)), verbose=0)))
    with pytest.raises(Impossible) as refused:
        count(tmp_path / "summary.txt")
    assert str(refused.value) == (
        "summary.txt, row 2 (Linear: 1-1): how many units it has is not said: give it a number, as in Linear 64"
    )


def test_a_chain_in_a_file_is_counted(tmp_path: Path) -> None:
    (tmp_path / "layers.txt").write_text("conv1 = nn.Conv2d(3, 8, 5)\nrelu = nn.ReLU()\n")
    question = count(tmp_path / "layers.txt")
    assert [row.call.name for row in question.rows] == ["conv1", "relu"]
    assert question.derivation().title == ("2 layers in layers.txt",)


def test_the_baseline_layer_by_layer() -> None:
    question = count(str(EXAMPLES / "model.py"), (3, 32, 32))
    counted = [row.parameters for row in question.rows if row.parameters]
    assert counted == [2_432, 51_264, 204_928, 131_136, 650]
    assert (question.parameters, question.trainable, question.macs) == (390_410, 390_410, 28_803_712)


def test_functional_calls_between_layers() -> None:
    question = count(str(EXAMPLES / "small_net.py"), "3x28x28")
    assert (question.parameters, question.macs) == (92_533, 23_861_760)
    assert [row.call.output for row in question.rows][-1] == (53,)


def test_shapes_follow_the_layers() -> None:
    rows = count(f"{NETWORKS}:model2", "3x32x32").rows
    sizes = [row.call.output[1] for row in rows if row.call.output and len(row.call.output) == 3]
    assert sizes == [34, 17, 19, 19, 19, 9, 9, 9, 7, 3]


def test_shared_frozen_bare_and_unused_parameters_are_counted_once() -> None:
    question = count(f"{NETWORKS}:Tied", "4")
    rows = [(row.call.name, row.parameters, bool(row.call.tensors) and not row.own) for row in question.rows]
    assert rows == [
        ("first", 20, False),
        ("first", 0, True),
        ("second", 4, False),
        ("norm", 8, False),
        ("position", 128, False),
        ("unused", 90, False),
    ]
    assert (question.parameters, question.trainable) == (250, 242)
    assert question.macs == 3 * 16
    assert question.ledger().verdict == "agrees"


def test_a_ledger_that_does_not_close_is_noticed() -> None:
    question = count(f"{NETWORKS}:Tied")
    from dataclasses import replace

    broken = replace(question, network=replace(question.network, calls=question.network.calls[:-1]))
    assert broken.ledger().verdict == "differs"


def test_misconceptions_lead_to_the_totals_learners_give() -> None:
    led = {m.answer["parameters"]: m.why for m in count(str(EXAMPLES / "model.py")).mistaken()}
    assert led[137_610].startswith("each kernel is as deep as its input")
    assert led[400_522] == "one bias per filter, not one per input channel"


GOOD = "from torch import nn\nnet = nn.Linear(2, 3)\n"


@pytest.mark.parametrize(
    "text",
    [
        "net = torch.compile(nn.Linear(4, 4))",
        "net = torch.compile(nn.Linear(4, 4), mode='max-autotune')",
        "net = nn.Linear(4, 4)\nnet.compile()",
        "net = nn.Linear(4, 4)\n@torch.compile(fullgraph=True)\ndef f(x): return x",
    ],
)
def test_compiled_networks_count_as_what_is_compiled(text: str, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(f"import torch\nfrom torch import nn\n{text}\n")
    question = count(tmp_path / "model.py", (4,))
    assert [row.call.kind for row in question.rows] == ["Linear"]
    assert (question.parameters, question.macs) == (20, 16)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_compiled_network_that_is_there_counts_as_what_is_compiled() -> None:
    inner = torch.nn.Sequential(torch.nn.Linear(4, 4))
    assert count(torch.compile(inner), (4,)).answer == count(inner, (4,)).answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:", "model.py does not import: line 1: invalid syntax"),
        ("import torch\nx = undefined", "model.py does not import, line 2: NameError: name 'undefined' is not defined"),
        ("x = 1", "model.py holds no network: a class or an instance of torch.nn.Module is looked for"),
        (
            "from torch import nn\nclass Net(nn.Module):\n    def __init__(self, width, classes): ...",
            'Net in model.py needs the arguments width, classes: add --args "width=…, classes=…", or build it in the file, `net = Net(width=…, classes=…)`, and ask for model.py:net',
        ),
        (
            "from torch import nn\na, b = nn.Linear(1, 2), nn.Linear(2, 3)",
            "model.py holds 2 networks, a, b: say which, as model.py:b",
        ),
        (
            "x = open('/etc/hostname').read()\n" + GOOD,
            "model.py, line 1 reads hostname when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        (
            "open('made.txt', 'w')\n" + GOOD,
            "model.py, line 1 writes made.txt when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        (
            "import os\nos.mkdir('made')\n" + GOOD,
            "model.py, line 2 changes made when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        (
            "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9))\nexcept Exception: pass\n" + GOOD,
            "model.py, line 3 opens a connection when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        (
            "import os\nos.system('true')\n" + GOOD,
            "model.py, line 2 starts a process when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        (
            "import ctypes\nctypes.CDLL('libm.so.6')\n" + GOOD,
            "model.py, line 2 loads the library libm.so.6 when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        (
            "import os, signal\nos.kill(os.getppid(), signal.SIGTERM)\n" + GOOD,
            "model.py, line 2 signals a process when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        ("x = bytearray(16 * 2**30)\n" + GOOD, "model.py takes too much memory, line 1"),
        (
            "import os\nos._exit(0)",
            "model.py ended the process that builds its network, without a word: does it exit, or need more than 4 GiB of memory?",
        ),
        (
            "from torch import nn\nnet = nn.LazyConv2d(3, 3)",
            "LazyConv2d takes its shape from the input: add --input, such as --input 3x32x32",
        ),
        ("import sys\nsys.exit('bye')", "model.py does not import, line 2: SystemExit: bye"),
        (
            "try: open('/etc/hostname').read()\nexcept: pass\n" + GOOD,
            "model.py, line 1 reads hostname when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        (
            "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd",
            "model.py cannot be read: ValueError",
        ),
        ("x = '\0'", "model.py does not import: source code string cannot contain null bytes"),
        (
            "from torch import nn\nclass Net(nn.Module):\n    def __init__(self): self.a = nn.Linear(1, 1)",
            "model.py cannot be built, line 3: torch's own constructor has not run yet: add `super().__init__()` as the first line of `__init__`",
        ),
        (
            "from torch import nn\nclass Net(nn.Module):\n    def __init__(self): self.width = 3",
            "model.py cannot be built: torch's own constructor has not run yet: add `super().__init__()` as the first line of `__init__`",
        ),
        (
            "import os\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__(); os.system('true')",
            "model.py, line 5 starts a process when the network is built or run: take it out of `__init__`, and do it where the network is used",
        ),
        (
            "import os\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__(); os.system('true')\nnet = Net()",
            "model.py, line 5 starts a process when the file is imported or run: put it under `if __name__ == '__main__':`",
        ),
        ("raise KeyboardInterrupt", "model.py does not import, line 1: KeyboardInterrupt"),
        (
            "raise RuntimeError('\\x1b[31mred\\nline')",
            "model.py does not import, line 1: RuntimeError: \\x1b[31mred\\nline",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(text)
    with pytest.raises(Impossible) as refused:
        count(str(tmp_path / "model.py"))
    assert str(refused.value) == said
    assert [path.name for path in tmp_path.iterdir()] == ["model.py"]


@pytest.mark.parametrize(
    ("source", "shape", "said"),
    [
        ("nowhere.py", None, "there is no file nowhere.py: give the path of a Python file that holds a network"),
        (".", None, ". is a folder, not a file that holds a network"),
        ("empty.py", None, "empty.py is empty: it should hold a network, a class or an instance of torch.nn.Module"),
        (
            "notes.txt",
            None,
            "notes.txt: cannot read “x”: “x” is no layer\n    x\n    ^",
        ),
        ("good.py:nett", None, "good.py holds no network called nett: did you mean net?"),
        ("good.py", "2x", "--input “2x” is not a shape: write CxHxW without the batch, such as 3x32x32"),
        ("good.py", "0", "--input “0” is not a shape: write CxHxW without the batch, such as 3x32x32"),
        (
            "slow.py",
            None,
            "slow.py did not end within 3 seconds: what trains or loops belongs under `if __name__ == '__main__':`, or raise --seconds",
        ),
    ],
)
def test_a_source_that_cannot_be_asked_is_one_sentence(
    source: str, shape: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"empty.py": "", "notes.txt": "x", "good.py": GOOD, "slow.py": "while True: pass"}.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(Impossible) as refused:
        count(source, shape, seconds=3 if source == "slow.py" else 60)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("print('hello')\n" + GOOD + "net.to('cuda').cuda()", 9),
        (
            "import torch\nfrom torch import nn\nrates = [x.item() for x in torch.linspace(0, 1, 4)]\nnet = nn.Linear(int(rates[-1]), 3)",
            6,
        ),
        ("from torch import nn\nloss = nn.CrossEntropyLoss()\nnet = nn.Linear(2, 3)\nmodel = net", 9),
        (
            "import argparse\nfrom torch import nn\nargs = argparse.ArgumentParser().parse_args()\nnet = nn.Linear(2, 3)",
            9,
        ),
        ("from torch import nn\nfrom beside import width\nnet = nn.Linear(width, 3)", 15),
        (
            "from torch import nn\nclass Block(nn.Module):\n    def __init__(self, n): super().__init__()\nclass Net(nn.Linear):\n    def __init__(self): super().__init__(2, 3)",
            9,
        ),
        ("from torch import nn\nclass Own(nn.Linear):\n    def forward(self, x): return x\nnet = Own(2, 3)", 9),
        (
            "from torch import nn\nfrom torch.nn.utils.parametrizations import weight_norm\nnet = weight_norm(nn.Linear(2, 3))",
            12,
        ),
    ],
)
def test_files_as_people_write_them(text: str, parameters: int, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("width = 4")
    (tmp_path / "model.py").write_text(text)
    question = count(str(tmp_path / "model.py"))
    assert question.parameters == parameters
    assert question.ledger().verdict == "agrees"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beside.py", "model.py"]


def test_a_layer_that_is_never_called_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.f, self.g = nn.Linear(6, 2), nn.Linear(6, 2)\n    def forward(self, x):\n        return self.f(x)\n"
    )
    assert count(str(tmp_path / "model.py"), "6").macs == 12


def test_a_partly_frozen_row_counts_only_what_it_adds(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from torch import nn\na, b = nn.Linear(4, 4), nn.Linear(4, 4)\nb.weight = a.weight\nb.bias.requires_grad = False\nnet = nn.Sequential(a, b)\n"
    )
    rows = count(f"{tmp_path}/model.py:net").rows
    assert [(row.parameters, row.trainable) for row in rows] == [(20, 20), (4, 0)]


def test_an_imported_class_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(
        "from torch import nn\nclass Net(nn.Linear):\n    def __init__(self): super().__init__(2, 3)\n"
    )
    (tmp_path / "abc.py").write_text("from helper import Net\n")
    assert count(tmp_path / "abc.py:Net").parameters == 9


def test_a_view_that_mixes_the_batch_is_said_and_counted() -> None:
    question = count(EXAMPLES / "small_net.py", "3x44x44")
    assert question.rows[-1].call.batch == 4
    assert question.rows[-1].macs.value() == 4 * 512 * 53  # type: ignore[union-attr]
    assert question.network.flops == 2 * (question.macs or 0)
    assert "one input has become 4" in str(question.derivation().steps)


def test_flattening_without_the_batch_is_taken_as_torch_takes_it(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.c, self.f = nn.Conv2d(1, 4, 3), nn.Linear(144, 2)\n    def forward(self, x):\n        return self.f(self.c(x).flatten())\n"
    )
    assert count(tmp_path / "model.py", "1x8x8").rows[-1].call.output == (2,)


def test_names_with_control_codes_come_out_as_themselves(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "from torch import nn\nnet = nn.Sequential()\nnet.add_module('\\x1b[31mred|`\\n', nn.Linear(2, 3))\n"
    )
    assert count(tmp_path / "model.py").rows[0].call.name == "\\x1b[31mred|`\\n"
