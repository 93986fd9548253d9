"""Networks out of the text of print(model): what torch counts, what the text does not say, and what is refused."""

import random
import re
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from calc.counting import Count
from calc.errors import Impossible
from calc.layers.attention import MultiheadAttention
from calc.layers.known import BY_KIND, LAYERS
from calc.layers.lazy import Lazy
from calc.readers.printed_text import PRINTED, read_printed
from tests.drawn_layers import drawn


def counted(text: str, shape: tuple[int, ...] | None = None) -> Count:
    return Count(read_printed(text, "net.txt", shape))


def held(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def rows(question: Count) -> dict[str, int | None]:
    return {row.call.name: row.parameters if row.call.known else None for row in question.rows}


class Block(nn.Module):
    """A residual block of ResNet."""

    def __init__(self, inside: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        same = stride == 1 and inside == out
        self.downsample = None if same else nn.Sequential(nn.Conv2d(inside, out, 1, stride), nn.BatchNorm2d(out))


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(64, 64), Block(64, 64))
        self.layer2 = nn.Sequential(Block(64, 128, 2), Block(128, 128))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(128, 1000)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(c, 2 * c, 3, padding="same") for c in (4, 8, 16)])
        self.up = nn.ModuleDict({f"up-{c}": nn.ConvTranspose2d(2 * c, c, 2, stride=2) for c in (16, 8, 4)})
        self.act = nn.PReLU(4)
        self.head = nn.Sequential()


def alexnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.LocalResponseNorm(5),
        nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(192 * 13 * 13, 10),
        nn.Softmax(dim=1),
    )


def vision_transformer() -> nn.Module:
    layer = nn.TransformerEncoderLayer(32, 4, 64, activation="gelu", batch_first=True)
    return nn.Sequential(nn.Conv2d(3, 32, 4, 4), nn.Flatten(2), nn.TransformerEncoder(layer, 5), nn.LayerNorm(32))


def normed() -> nn.Module:
    weight_norm, spectral = nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm
    return nn.Sequential(weight_norm(nn.Conv2d(2, 3, 3)), spectral(nn.Linear(3, 4)), nn.GroupNorm(2, 4))


def own_parameters() -> nn.Module:
    many = nn.ParameterList([nn.Parameter(torch.zeros(3, 4)), nn.Parameter(torch.tensor(1.0))])
    return nn.ModuleDict({"p": many, "one": nn.ParameterList([torch.zeros(2)]), "f": nn.Linear(2, 3)})


NETWORKS = {
    "resnet": ResNet,
    "unet": UNet,
    "alexnet": alexnet,
    "vision": vision_transformer,
    "normed": normed,
    "own": own_parameters,
    "transformer": lambda: nn.Transformer(16, 2, 2, 3, 32),
    "embedding": lambda: nn.Sequential(nn.Embedding(100, 8, padding_idx=0), nn.LayerNorm((8,)), nn.RMSNorm(8)),
    "single": lambda: nn.Conv2d(3, 4, (3, 5), padding=(1, 2), groups=1),
    "alike": lambda: nn.ModuleList([nn.ModuleList([nn.Linear(3, 3) for _ in range(4)]) for _ in range(3)]),
    "parallel": lambda: nn.DataParallel(alexnet()),
    "loss": lambda: nn.Sequential(nn.Linear(2, 3), nn.CrossEntropyLoss()),
}


@pytest.mark.filterwarnings("ignore")  # torch: nested tensors
@pytest.mark.parametrize("name", NETWORKS)
def test_torch_counts_the_same_in_what_it_prints(name: str) -> None:
    module = NETWORKS[name]()
    question = counted(repr(module))
    assert question.parameters == held(module) > 0
    assert question.complete
    assert question.ledger().verdict == "agrees"
    flat = "\n".join(line.strip() for line in repr(module).splitlines())
    assert rows(counted(flat)) == rows(counted(repr(module).replace("\n", "\r\n"))) == rows(question)
    assert rows(counted(" ".join(repr(module).split()))) == rows(question)


def printed(kind: str) -> Iterator[tuple[dict[str, Any], str, int]]:
    for arguments, _ in drawn(kind, 40):
        try:
            module = getattr(nn, kind)(**arguments)
            BY_KIND[kind].of(arguments)
        except (Impossible, RuntimeError, ValueError, TypeError, AttributeError, AssertionError, ZeroDivisionError):
            continue
        lazy = issubclass(BY_KIND[kind], Lazy)
        yield arguments, repr(nn.ModuleDict({"it": module})), 0 if lazy else held(module)


@pytest.mark.filterwarnings("ignore")  # torch: implicit axes
@pytest.mark.parametrize(
    "kind", [kind.kind() for kind in LAYERS if kind is not MultiheadAttention]
)  # it prints a layer
def test_every_layer_is_read_as_torch_prints_it(kind: str) -> None:
    seen = 0
    for arguments, text, parameters in printed(kind):
        (row,) = counted(text).rows
        assert (row.call.name, row.call.kind, row.parameters) == ("it", kind, parameters)
        assert row.call.known == (not issubclass(BY_KIND[kind], Lazy))
        if not kind.startswith("FractionalMaxPool"):  # prints no argument
            assert row.call.layer
            assert row.call.layer.tensors() == BY_KIND[kind].of(arguments).tensors()
        seen += 1
    assert seen


def test_names_are_paths_and_repeated_modules_are_each_there() -> None:
    text = "Net(\n  (layers): ModuleList(\n    (0): Linear(in_features=2, out_features=3, bias=True)\n    (1-3): 3 x Block(\n      (fc): Linear(in_features=3, out_features=3, bias=False)\n    )\n  )\n)"
    assert rows(counted(text)) == {"layers.0": 9, **{f"layers.{i}.fc": 9 for i in (1, 2, 3)}}


@pytest.mark.parametrize(
    ("line", "parameters"),
    [
        ("Conv2d (3, 32, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))", 2432),
        ("Conv2d(3, 32, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2), bias=False)", 2400),
        ("Conv2d(3, 32, kernel_size=(5, 5), stride=(1, 1), padding=same, padding_mode=reflect)", 2432),
        ("Conv2d(3, 32, kernel=5)", 2432),
        ("Linear (320 -> 50)", 16050),
        ("Linear(320 -> 50)", 16050),
        ("Linear(in_features=2, out_features=3)", 9),
        ("BatchNorm2d(32, eps=1e-05, momentum=0.1, affine=True)", 64),
        ("BatchNorm2d(32, eps=1e-05, momentum=0.1, affine=True, track_stats=True)", 64),
        ("LayerNorm(torch.Size([10, 2]), eps=1e-05, elementwise_affine=True)", 40),
        ("ReLU(inplace)", 0),
        ("ReLU (inplace)", 0),
        ("LeakyReLU(0.2, inplace)", 0),
        ("MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))", 0),
        ("AvgPool2d (size=7, stride=7, padding=0, ceil_mode=False, count_include_pad=True)", 0),
        ("Upsample(scale_factor=2, mode=bilinear)", 0),
        ("Dropout (p = 0.5)", 0),
        ("Dropout(p=0.5, inplace)", 0),
        ("Softmax ()", 0),
        ("Conv2dSame(3, 32, kernel_size=(3, 3), stride=(2, 2), bias=False)", 864),
        ("LlamaRMSNorm((4096,), eps=1e-05)", 4096),
        ("WSConv2d(3, 64, kernel_size=(3, 3), stride=(1, 1), bias=False)", 1728),
        ("StdConv2dSame(3, 64, kernel_size=(7, 7), stride=(2, 2), bias=False)", 9408),
        ("ScaledStdConv2d(3, 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))", 464),
        ("Conv3DSimple(4, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(1, 1, 1), bias=False)", 864),
        ("Depthwise(32, 32, kernel_size=(3, 3), stride=(1, 1), groups=32)", 320),
        ("UpDeconv(4, 2, kernel_size=(2, 2), stride=(2, 2))", 34),
        ("Temporal(4, 2, kernel_size=(3,), stride=(1,))", 26),
        ("ABN(64, eps=1e-05, momentum=0.1, affine=True)", 128),
        ("BatchNorm2d(16, eps=1e-05, momentum=0.00029999999999996696, affine=True, track_running_stats=True)", 32),
        ("GN(2, 64, eps=1e-05, affine=True)", 128),
        ("Channels((64,), eps=1e-06, elementwise_affine=True)", 128),
        ("MyRms((64,), eps=1e-06, elementwise_affine=True)", 64),
        ("Noisy(in_features=3, out_features=4, bias=False)", 12),
        ("Threshold (0, 1e-06)", 0),
        ("UpsamplingNearest2d(scale_factor=2)", 0),
        ("Upsample(size=None, scale_factor=2, mode=nearest)", 0),
        ("ReflectionPad2d ((1, 1, 1, 1))", 0),
        ("PReLU (32)", 32),
        ("Hardtanh (min_val=-1, max_val=1, inplace)", 0),
        ("Bilinear (in1_features=3, in2_features=4, out_features=5)", 65),
        ("EmbeddingBag(10, 3, mode=mean)", 30),
        (
            "BatchNormAct2d(\n 32, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True\n (drop): Identity()\n (act): ReLU(inplace=True)\n)",
            64,
        ),
    ],
)
def test_older_releases_and_other_libraries_are_read(line: str, parameters: int) -> None:
    question = counted(f"Net(\n  (it): {line}\n)")
    assert question.parameters == parameters
    assert question.complete
    assert question.rows[0].call.layer


def test_a_language_model_is_counted_as_transformers_prints_it() -> None:
    block = """(ln_1): LayerNorm((768,), eps=1e-05, elementwise_affine=True)
        (attn): GPT2Attention(
          (c_attn): Conv1D(nf=2304, nx=768)
          (c_proj): Conv1D(nf=768, nx=768)
        )
        (ln_2): LayerNorm((768,), eps=1e-05, elementwise_affine=True)
        (mlp): GPT2MLP((c_fc): Conv1D(nf=3072, nx=768) (c_proj): Conv1D(nf=768, nx=3072) (act): NewGELUActivation())"""
    text = f"""GPT2Model(
    (wte): Embedding(50257, 768)
    (wpe): Embedding(1024, 768)
    (h): ModuleList((0-11): 12 x GPT2Block({block}))
    (ln_f): LayerNorm((768,), eps=1e-05, elementwise_affine=True)
)"""
    question = counted(text)
    assert question.complete
    assert question.parameters == 124_439_808


def test_a_class_that_prints_the_arguments_of_another_is_taken_for_it_and_that_is_said() -> None:
    (_, said) = counted("Net((it): Conv2dSame(3, 32, kernel_size=(3, 3)))").network.notes
    assert said == "At it, Conv2dSame is taken for the Conv2d whose arguments it prints."


@pytest.mark.parametrize(
    "line",
    [
        "SRU(10, 20, num_layers=2)",
        "PatchEmbed()",
        "QuantizedConv2d(3, 8, scale=1)",
        "Linear()",
        "LazyLinear(in_features=0, out_features=4, bias=True)",
    ],
)
def test_what_is_unknown_is_no_zero(line: str) -> None:
    question = counted(f"Net(\n  (it): {line}\n  (fc): Linear(in_features=2, out_features=3, bias=True)\n)")
    assert rows(question) == {"it": None, "fc": 9}
    assert not question.complete
    assert question.derivation().headline[0] == "at least "
    assert question.answer["complete"] is False
    assert question.answer["layers"][0]["parameters"] is None
    kind = re.split(r"\(", line)[0]
    assert (
        question.network.notes[-1]
        == f"The text does not say how many parameters it ({kind}) has: the total is that of the others."
    )


@pytest.mark.parametrize(
    ("kind", "complete"),
    [
        ("VisionTransformer", False),
        ("ShiftedWindowAttentionV2", False),
        ("CNBlock", False),
        ("ViT", False),
        ("BasicBlock", True),
        ("SpatialAttention", True),
        ("DataParallel", True),
        ("OptimizedModule", True),
    ],
)
def test_a_class_known_for_parameters_of_its_own_leaves_the_total_open(kind: str, complete: bool) -> None:
    question = counted(f"Net((a): {kind}((b): Linear(in_features=2, out_features=3, bias=True)))")
    assert (question.parameters, question.complete) == (9, complete)
    said = f"The text does not say how many parameters a ({kind}) has: the total is that of the others."
    assert (said in question.network.notes) == (not complete)


def test_what_a_text_cannot_know_is_said() -> None:
    notes = counted(repr(ResNet())).network.notes
    assert notes == (
        "A printed module does not say which layers share parameters or are never called, nor whether ResNet and Block have parameters beside those: each printed layer is counted once.",
    )
    (_, said) = counted(repr(nn.TransformerDecoderLayer(8, 2))).network.notes
    assert said == (
        "At self_attn and multihead_attn, the in-projection of MultiheadAttention is not printed; 3 matrices of 8×8 are assumed, as there are without kdim, vdim and add_bias_kv."
    )


@pytest.mark.parametrize(
    "text",
    [
        ">>> print(model)\n{}\n>>> ",
        "```\n{}\n```\n",
        "```text\n\n{}\n```",
        "In [3]: model\nOut[3]: {}\n\nIn [4]: ",
        "$ python train.py\n{}",
        "model = {}",
        "\ufeff{}"[1:] + "\n\n\n",
        "\n\n   {}",
    ],
)
def test_what_stands_around_a_printed_module_is_passed_over(text: str) -> None:
    assert counted(text.format(alexnet())).parameters == held(alexnet())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Here is my model (trained on CIFAR):\n\n{}", "before"),
        ("{}\nTotal params: 1,000\nTrainable: 12", "after"),
        ("2024-01-01 12:00:01 - INFO - {}\n12:00:02 - INFO - Start (epoch 1)", "before and after"),
        ("Some *text*\n\n```python\n{}\n```\n\nand more (text).", "before and after"),
        ("{}\n\n\ndef forward(self, input):\n    return self.net(input)\n", "after"),
        ("{}\ninit_cfg={{'type': 'Kaiming'}}", "after"),
    ],
)
def test_prose_around_a_printed_module_is_passed_over_and_that_is_said(text: str, what: str) -> None:
    question = counted(text.format(alexnet()))
    assert question.parameters == held(alexnet())
    assert question.network.notes[0] == f"What stands {what} Sequential in the text is passed over."


@pytest.mark.parametrize("mark", ["> ", "# ", "| ", "INFO:root:", "[rank0] ", "    // "])
def test_a_mark_before_each_line_is_passed_over(mark: str) -> None:
    question = counted("\n".join(mark + line for line in repr(ResNet()).splitlines()))
    assert rows(question) == rows(counted(repr(ResNet())))
    assert question.network.notes == counted(repr(ResNet())).network.notes


def test_colours_are_passed_over() -> None:
    coloured = re.sub(r"(\w+)(?=\()", "\x1b[1;32m\\1\x1b[0m", repr(ResNet()))
    assert rows(counted(coloured)) == rows(counted(repr(ResNet())))


@pytest.mark.parametrize("dots", ["...", "…", "(...)", "[...]", "......"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_in_place_of_others_leaves_the_total_open(dots: str, end: str) -> None:
    lines = repr(alexnet()).splitlines()
    question = counted(end.join([*lines[:3], f"  {dots}", *lines[5:]]))
    assert not question.complete
    assert question.network.notes[-1] == (
        "The text does not say how many parameters … (left out) has: the total is that of the others."
    )


def test_a_part_of_a_printed_module_is_read() -> None:
    part = "\n".join(repr(alexnet()).splitlines()[1:-1])
    assert counted(part).parameters == held(alexnet())


def test_shapes_run_through_a_sequential_as_torch_runs_them() -> None:
    module = alexnet()
    question = counted(repr(module), (3, 224, 224))
    x = torch.zeros(1, 3, 224, 224)
    for row, layer in zip(question.rows, module, strict=True):  # type: ignore[call-overload]
        x = layer(x)
        assert row.call.output == tuple(x.shape[1:])
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(1, 3, 224, 224))
    assert counter.get_total_flops() == 2 * (question.macs or 0)
    assert len(question.network.notes) == 1


def test_a_lazy_layer_takes_its_channels_from_the_input() -> None:
    text = repr(nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2)))
    question = counted(text, (3, 8, 8))
    assert rows(question) == {"0": 112, "1": 0, "2": 290}
    assert question.complete


TUTORIAL = "Net((conv): Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1))\n(fc): Linear(in_features=144, out_features=2, bias=True))"


def test_in_a_class_of_its_own_the_order_and_a_flatten_are_assumed_and_said() -> None:
    question = counted(TUTORIAL, (1, 8, 8))
    assert [row.call.output for row in question.rows] == [(4, 6, 6), (2,)]
    assert question.macs == 4 * 6 * 6 * 9 + 288
    assert question.network.notes[-1] == (
        "The layers are taken one after the other in the order printed, and flattened before fc: whether Net calls them so is not in the text."
    )


def test_an_order_that_does_not_fit_leaves_all_shapes_unknown() -> None:
    question = counted(TUTORIAL, (1, 10, 10))
    assert [row.call.output for row in question.rows] == [None, None]
    assert question.macs is None
    assert question.network.notes[-1] == (
        "The output shapes are unknown, as the layers are not called in the order printed: in that order Linear expects 144 features but receives 8 at fc."
    )


def test_shapes_end_where_nothing_is_known() -> None:
    question = counted("Net((a): ReLU() (b): Odd() (c): ReLU())", (2, 2))
    assert [row.call.output for row in question.rows] == [(2, 2), None, None]
    assert question.network.notes[-1] == "What comes out of b (Odd) is unknown, and all output shapes after it."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sequential()", "net.txt holds no layer: Sequential is printed without any"),
        (
            "Net(\n  (a): Linear(in_features=2, out_features=3, bias=True)\n",
            "net.txt, line 1: cannot read “Net(”: the bracket “(” is never closed\n    Net(\n       ^",
        ),
        (
            "Net(\n  (a): Linear(in_features=0, out_features=3)\n)",
            "net.txt, line 2: cannot read “Linear(in_features=0, out_features=3)”: Linear takes at least 1 for in_features, not 0\n    (a): Linear(in_features=0, out_featu…\n                ^",
        ),
        (
            "Net(\n  (a): Linear(in_features=2, out_feet=3)\n)",
            "net.txt, line 2: cannot read “Linear(in_features=2, out_feet=3)”: “out_feet” is no argument of Linear; did you mean out_features?\n    (a): Linear(in_features=2, out_feet=3)\n                               ^",
        ),
        (
            "Net(\n  (a): ReLU()\n  (a): ReLU()\n)",
            "net.txt, line 3: cannot read “(a): ReLU()”: two modules are called a\n    (a): ReLU()\n    ^",
        ),
        (
            "Net((0-3): 5 x ReLU())",
            "net.txt: cannot read “(0-3): 5 x ReLU()”: (0-3) is not the place of 5 modules: (0-3): 4 x Block(…) is\n    Net((0-3): 5 x ReLU())\n        ^",
        ),
        (
            "Net((0-999999999): 1000000000 x ReLU())",
            "net.txt: cannot read “(0-999999999): 1000000000 x ReLU()”: more than the 100000 modules that are read\n    Net((0-999999999): 100000000…\n        ^",
        ),
        (
            "A((0-999): 1000 x B((0-999): 1000 x ReLU()))",
            "net.txt: cannot read “A((0-999): 1000 x B((0-999): 1000 x ReL…”: more than the 100000 modules that are read\n    A((0-999): 1000 x B((0-9…\n    ^",
        ),
        (
            "A((a): ReLU())\nB((b): ReLU())",
            "net.txt, line 2: cannot read “B((b): ReLU())”: a second network follows the first: give the text of one network\n    B((b): ReLU())\n    ^",
        ),
        (
            "A((a): ReLU())\n)",
            "net.txt, line 1: cannot read “A((a): ReLU())”: a bracket is left over after it\n    )\n    ^",
        ),
        (
            "A((a): 5)",
            "net.txt: cannot read “5”: the class of a module is missing, as in “(conv1): Conv2d(…)”\n    A((a): 5)\n           ^",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence_that_points_at_it(text: str, said: str) -> None:
    with pytest.raises(Impossible) as refused:
        counted(text)
    assert str(refused.value) == said


def test_an_input_that_does_not_fit_a_sequential_is_shown_up_to_there() -> None:
    question = counted(repr(alexnet()), (3, 100, 100))
    fault = question.network.fault
    assert fault.startswith("`8` expects 32448 features but receives 4800 = ")
    assert question.macs is None


@pytest.mark.parametrize(
    "text",
    [
        "(a): " + "A((a): " * 100_000,
        "A(" * 200_000 + "(a): ReLU()",
        "Net((a): Conv2d(" + "(" * 300_000,
        "Net((a): Odd(" + "[" * 500_000,
        "Net((a): ReLU(" + " " * 900_000,
        "Net((a): Linear(in_features=" + "9" * 100_000,
        "Net(" + "(a) " * 200_000,
        "Net(" + "(" * 100_000 + "a): ReLU()",
        "Net((a): ReLU() (" + "a" * 900_000 + "): ReLU()",
        "```\n" * 200_000,
        "Net((a): ReLU())" + "\n>>> " * 150_000 + "\nx",
        "Net(" + " , " * 300_000,
        " " * 1_000_000 + "5",
        "Net((a)" + " " * 1_000_000 + ")",
        "a" * 1_000_000,
        "\n" * 1_000_000 + "(a): ReLU(",
        "Net(" + "".join(f"(a{i}): Odd()\n" for i in range(60_000)) + "\x1b[31m",
    ],
    ids=lambda text: text[:20].strip(),
)
def test_hostile_texts_are_refused_or_read_at_once(text: str) -> None:
    began = time.monotonic()
    try:
        said = counted(text).network.notes[-1]
    except Impossible as fault:
        said = str(fault)
    assert time.monotonic() - began < 5
    assert len(said) < 600
    assert "\x1b" not in said


WORDS = st.sampled_from(
    ["Net(", "(a): ", "(0-2): 3 x ", "Linear(", "in_features=2, ", "out_features=3", ")", "\n", "Conv2d(3, 4, ", "kernel_size=", "(3, 3)", "2", ", ", "SRU(1)", "ReLU()", "None", "ReLU(inplace)", "Parameter containing: [torch.float32 of size 3x4]", ">>> ", "```", "x", "\x1b", "é"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(WORDS, max_size=14).map("".join), st.sampled_from([None, (3, 8, 8), (2,)]))
def test_any_text_is_counted_or_refused(text: str, shape: tuple[int, ...] | None) -> None:
    with suppress(Impossible):
        question = counted(text, shape)
        assert question.ledger().verdict == "agrees"
        assert question.derivation().steps


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_a_printed_text_with_a_slip_is_counted_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = list(repr(chance.choice([ResNet, UNet, normed, own_parameters])()))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        text[at : at + chance.choice((0, 1, 1, 30))] = chance.choice(["", "(", ")", ":", ",", "\n", "9", "=", "x", " "])
    with suppress(Impossible):
        assert counted("".join(text), chance.choice([None, (3, 32, 32)])).ledger().verdict == "agrees"


def test_what_is_a_printed_module() -> None:
    assert PRINTED.search(repr(alexnet()))
    assert PRINTED.search("Net(\n  (0-3): 4 x Block(")
    assert not PRINTED.search("Sequential(Conv2d(3, 4, (3, 3)), ReLU())")
    assert not PRINTED.search("2 x (conv 3, relu)")
