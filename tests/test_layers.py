"""Every layer there is: complete, right against torch, and its misconceptions really wrong."""

import inspect
import pkgutil
import typing
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from importlib import import_module
from itertools import product
from math import prod
from typing import Any

import pytest
import torch

import calc.layers
from calc import through
from calc.errors import Impossible
from calc.expr import Num
from calc.layers.base import Layer
from calc.layers.known import BY_KIND, LAYERS
from calc.readers.chain_text import read_chain
from explain.notation import TEXT
from tests.drawn_layers import BATCH, drawn, inputs, ours, theirs


def defined() -> set[type[Layer]]:
    """The layer classes in the package that torch has too."""
    modules = [import_module(f"calc.layers.{m.name}") for m in pkgutil.iter_modules(calc.layers.__path__)]
    classes = {c for m in modules for c in vars(m).values() if inspect.isclass(c) and issubclass(c, Layer)}
    return {c for c in classes if hasattr(torch.nn, c.__name__)}


def test_no_layer_class_is_missing_from_the_list() -> None:
    assert set(LAYERS) == defined()
    assert len(BY_KIND) == len(LAYERS)


def at_work(kind: str, runs: int) -> Iterator[tuple[Layer, torch.nn.Module, tuple[int, ...], tuple[int, ...]]]:
    """Random layers with the shapes that go in and come out, built by torch as well."""
    for arguments, shape in drawn(kind, runs):
        output = ours(kind, arguments, shape)
        if output is not None and theirs(kind, arguments, (BATCH, *shape)) is not None:
            module = getattr(torch.nn, kind)(**arguments).eval()
            module(*inputs(kind, arguments, (BATCH, *shape)))
            yield BY_KIND[kind].of(arguments).for_input(shape), module, shape, output


def test_the_arguments_of_every_constructor_are_in_the_order_of_torch() -> None:
    for kind in LAYERS:
        module = getattr(torch.nn, kind.kind())
        written = typing.get_overloads(module.__init__)  # where the constructor itself takes anything
        parameters = inspect.signature(written[0] if written else module).parameters.values()
        variable = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
        names = tuple(p.name for p in parameters if p.kind not in variable and p.name != "self")
        ours = tuple(name for name in kind.signature if name in names or name != "bias")  # which is new in 2.13
        assert ours == names, kind
        assert set(kind.arguments()) <= set(kind.signature)


@pytest.mark.filterwarnings("ignore")  # torch: kernels of even size, implicit axes
@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS])
def test_torch_has_the_same_parameters(kind: str) -> None:
    seen = 0
    for layer, module, _, _ in at_work(kind, 40):
        assert layer.count().value() == sum(p.numel() for p in module.parameters())
        again = getattr(torch.nn, layer.kind())(**layer.fields())
        assert [p.shape for p in again.parameters()] == [p.shape for p in module.parameters()]
        seen += 1
    assert seen


@pytest.mark.filterwarnings("ignore")  # torch: kernels of even size, implicit axes
@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS])
def test_torch_has_the_same_parameter_tensors(kind: str) -> None:
    seen = 0
    for layer, module, _, _ in at_work(kind, 40):
        theirs = [(name, tuple(p.shape)) for name, p in module.named_parameters()]
        assert list(layer.tensors().items()) == theirs
        assert sum(map(prod, layer.tensors().values())) == layer.count().value()
        seen += 1
    assert seen


@pytest.mark.filterwarnings("ignore")  # torch: kernels of even size, implicit axes
@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS])
def test_torch_has_the_same_buffers(kind: str) -> None:
    for layer, module, _, _ in at_work(kind, 20):
        assert list(layer.buffers().items()) == [(name, tuple(b.shape)) for name, b in module.named_buffers()]


UNSEEN = {"Bilinear": "it multiplies by no operation that the counter knows"}
"""Kinds whose multiply-accumulates torch's counter does not see, and why."""


@pytest.mark.filterwarnings("ignore")  # torch: kernels of even size
@pytest.mark.parametrize("kind", [k.kind() for k in LAYERS if k.macs != Num(0) and k.kind() not in UNSEEN])
def test_torch_counts_the_same_multiply_accumulates(kind: str) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    seen = 0
    for layer, module, shape, output in at_work(kind, 40):
        one = shape if kind == "MultiheadAttention" and len(shape) == 2 else (1, *shape)
        with torch.backends.mkldnn.flags(enabled=False), FlopCounterMode(display=False) as counter:
            module(*inputs(kind, layer.fields(), one))
        others = beside_weights(module, prod(output[:-1])) if isinstance(module, torch.nn.MultiheadAttention) else 0
        assert counter.get_total_flops() == 2 * (layer.multiply_accumulates(shape, output).value() + others)
        seen += 1
    assert seen


def beside_weights(attention: torch.nn.MultiheadAttention, steps: int) -> int:
    """The products of queries with keys and of weights with values."""
    keys = steps + int(attention.bias_k is not None) + int(attention.add_zero_attn)
    return 2 * steps * keys * attention.embed_dim


def test_a_bilinear_layer_multiplies_each_weight_once_for_each_row() -> None:
    for layer, module, shape, output in at_work("Bilinear", 40):
        assert isinstance(module, torch.nn.Bilinear)
        rows, (first, second) = prod(shape[:-1]), (module.in1_features, module.in2_features)
        x, y = torch.rand(rows, first), torch.rand(rows, second)
        xs, ys, weight = x.tolist(), y.tolist(), module.weight.tolist()
        done, sums = 0, [[0.0] * module.out_features for _ in range(rows)]
        for row, o, i, j in product(*map(range, (rows, module.out_features, first, second))):
            sums[row][o] += xs[row][i] * ys[row][j] * weight[o][i][j]
            done += 1
        assert layer.multiply_accumulates(shape, output).value() == done
        bias = 0 if module.bias is None else module.bias
        torch.testing.assert_close(module(x, y), torch.tensor(sums) + bias)


def test_a_wrong_layer_is_noticed() -> None:
    class Wrong(BY_KIND["Conv2d"]):  # type: ignore[misc]
        size = BY_KIND["Conv2d"].size + 1

    fields: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "kernel_size": 3}
    right = torch.nn.Conv2d(**fields)(torch.zeros(1, 1, 5, 5)).shape[1:]
    assert BY_KIND["Conv2d"](**fields).output_shape((1, 5, 5)) == tuple(right)
    assert Wrong(**fields).output_shape((1, 5, 5)) != tuple(right)


@pytest.mark.parametrize(
    ("kind", "misconception"),
    [(kind, misconception) for kind in LAYERS for misconception in kind.misconceptions()],
    ids=lambda value: value.__name__ if inspect.isclass(value) else value.why,
)
def test_every_misconception_differs_from_the_truth_at_its_example(kind: type[Layer], misconception: Any) -> None:
    truth = getattr(kind, misconception.about)
    assert misconception.rule.free <= set(misconception.example)
    assert misconception.rule.value(misconception.example) != truth.value(misconception.example)


@pytest.mark.parametrize("kind", [k for k in LAYERS if k.misconceptions()])
def test_misconceptions_of_a_layer_are_distinct_rules(kind: type[Layer]) -> None:
    rules = [(m.about, m.rule) for m in kind.misconceptions()]
    assert len(set(rules)) == len(rules)


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (BY_KIND["Conv2d"](3, 8, 5), (1, 9, 9), "Conv2d 5×5 expects 3 channels but receives 1"),
        (BY_KIND["Conv2d"](3, 8, 5), (3, 4, 9), "Conv2d 5×5 does not fit an input of size 4: nothing would come out"),
        (BY_KIND["Conv2d"](3, 8, 5), (3, 9), "Conv2d 5×5 takes C×H×W, not 3×9"),
        (BY_KIND["Linear"](2048, 64), (6272,), "Linear expects 2048 features but receives 6272"),
        (BY_KIND["BatchNorm2d"](64), (32, 8, 8), "BatchNorm2d expects 64 channels but receives 32"),
        (BY_KIND["Bilinear"](20, 30, 40), (30,), "Bilinear expects 20 features but receives 30"),
        (BY_KIND["LSTM"](10, 20), (5, 20), "LSTM expects 10 features but receives 20"),
        (BY_KIND["GRU"](10, 20), (2, 5, 10), "GRU takes T×I or one step I, not 2×5×10"),
        (BY_KIND["RNNCell"](10, 20), (5, 10), "RNNCell takes one step I, not 5×10"),
        (BY_KIND["EmbeddingBag"](10, 20), (5, 4), "EmbeddingBag takes a bag of whole numbers N, not 5×4"),
        (BY_KIND["MultiheadAttention"](16, 4), (5, 8), "MultiheadAttention expects 16 features but receives 8"),
        (BY_KIND["MultiheadAttention"](16, 4), (), "MultiheadAttention takes T×E or one step E, not one number"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(layer: Layer, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(Impossible) as refused:
        layer.output_shape(shape)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("Conv2d", {"in_channels": 3, "out_channels": 8}, "Conv2d needs kernel_size"),
        ("Conv2d", {"strid": 2}, "Conv2d has no argument strid: did you mean stride?"),
        ("Conv2d", (3, 8, 0), "Conv2d takes at least 1 for kernel_size, not 0"),
        ("Conv2d", (3, 8, 3, -1), "Conv2d takes at least 1 for stride, not -1"),
        ("Conv2d", (3, 8, "a"), "Conv2d takes a whole number for kernel_size, not “a”"),
        ("Conv2d", (3, 8, 1.5), "Conv2d takes a whole number for kernel_size, not 1.5"),
        ("Conv2d", (3, 8, (3, 3, 3)), "Conv2d takes one number or 2 for kernel_size, not 3"),
        ("Conv2d", (3, 8, 3, 1, "sane"), "Conv2d takes valid or same for padding, not “sane”: did you mean same?"),
        ("Conv2d", (3, 8, 3, 2, "same"), "Conv2d 3×3 takes padding “same” with stride 1 only, not 2×2"),
        ("Conv2d", (3, 8, 3, 1, 0, 1, 2), "Conv2d 3×3 cannot part 3 in_channels into 2 groups"),
        (
            "Conv2d",
            {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding_mode": "mirror"},
            "Conv2d takes zeros, reflect, replicate or circular for padding_mode, not “mirror”",
        ),
        (
            "ConvTranspose2d",
            {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding_mode": "reflect"},
            "ConvTranspose2d takes zeros for padding_mode, not “reflect”",
        ),
        ("MaxPool2d", (3, 2, 2), "MaxPool2d 3×3 takes padding of at most half the kernel, 1, not 2"),
        ("Upsample", {}, "Upsample needs either size or scale_factor"),
        ("Upsample", (8, 2.0), "Upsample needs either size or scale_factor"),
        (
            "Upsample",
            {"scale_factor": 2, "mode": "cubic"},
            "Upsample takes nearest, linear, bilinear, bicubic, trilinear, area or nearest-exact for mode, not “cubic”: did you mean bicubic?",
        ),
        (
            "Upsample",
            {"scale_factor": 2, "align_corners": True},
            "Upsample takes align_corners in the modes linear, bilinear, bicubic, trilinear, not in nearest",
        ),
        ("GroupNorm", (3, 8), "GroupNorm cannot part 8 num_channels into 3 num_groups"),
        ("ZeroPad2d", ((1, 2, 3),), "ZeroPad2d takes one number or 4 for padding, not (1, 2, 3)"),
        ("Dropout", (1.5,), "Dropout takes a p from 0 to 1, not 1.5"),
        ("LSTM", (10, 0), "LSTM takes at least 1 for hidden_size, not 0"),
        (
            "LSTM",
            {"input_size": 10, "hidden_size": 20, "proj_size": 20},
            "LSTM takes a proj_size below its hidden_size 20, not 20",
        ),
        ("GRU", (10, 20, 2, True, False, 1.5), "GRU takes a dropout from 0 to 1, not 1.5"),
        (
            "GRU",
            {"input_size": 1, "hidden_size": 2, "proj_size": 1},
            "GRU has no argument proj_size: did you mean input_size or hidden_size?",
        ),
        ("LSTM", (10, 20, 10_001), "LSTM takes at most 10000 for num_layers, not 10001"),
        ("RNN", (10, 20, 1, "sigmoid"), "RNN takes tanh or relu for nonlinearity, not “sigmoid”"),
        (
            "EmbeddingBag",
            (10, 20, None, 2, False, "min"),
            "EmbeddingBag takes sum, mean or max for mode, not “min”: did you mean mean?",
        ),
        ("MultiheadAttention", (10, 3), "MultiheadAttention cannot part 10 embed_dim into 3 heads"),
        ("LeakyReLU", ("a",), "LeakyReLU takes a number for negative_slope, not “a”"),
    ],
)
def test_arguments_that_torch_refuses_are_refused(
    kind: str, arguments: dict[str, Any] | tuple[Any, ...], said: str
) -> None:
    layer = BY_KIND[kind]
    given = arguments if isinstance(arguments, dict) else dict(zip(layer.signature, arguments, strict=False))
    with pytest.raises(Impossible) as refused:
        layer.of(given)
    assert str(refused.value) == said


def test_arguments_without_meaning_for_shapes_are_left_out() -> None:
    pool = BY_KIND["MaxPool2d"].of({"kernel_size": 2, "return_indices": True, "stride": None})
    assert pool == BY_KIND["MaxPool2d"](2)  # type: ignore[call-arg]
    up = BY_KIND["Upsample"].of({"size": (8, 9)})
    assert up.fields()["size"] == (8, 9)
    assert up.output_shape((3, 4, 5)) == (3, 8, 9)


@pytest.mark.parametrize(
    ("layer", "shape", "batch"),
    [
        (BY_KIND["Conv2d"](3, 8, 3), (2, 3, 9, 9), True),
        (BY_KIND["Conv2d"](3, 8, 3), (3, 9, 9), False),
        (BY_KIND["AdaptiveAvgPool1d"](1), (2, 3, 9), True),
        (BY_KIND["Linear"](9, 8), (2, 9), False),
        (BY_KIND["ReLU"](), (2, 3, 9, 9), False),
        (BY_KIND["BatchNorm1d"](9), (2, 9), True),
        (BY_KIND["BatchNorm1d"](2), (2, 9), False),
        (BY_KIND["Fold"]((4, 4), 2), (2, 4, 9), True),
        (BY_KIND["Upsample"](scale_factor=2, mode="bilinear"), (2, 3, 9, 9), True),
        (BY_KIND["Upsample"](scale_factor=2), (2, 3, 9, 9), False),
        (BY_KIND["PixelShuffle"](2), (2, 4, 9, 9), True),
        (BY_KIND["LSTM"](9, 8), (2, 5, 9), True),
        (BY_KIND["LSTM"](9, 8), (5, 9), False),
        (BY_KIND["GRUCell"](9, 8), (2, 9), True),
        (BY_KIND["EmbeddingBag"](9, 8), (2, 9), True),
        (BY_KIND["MultiheadAttention"](9, 3), (2, 5, 9), True),
    ],
)
def test_a_batch_is_told_from_one_input(layer: Layer, shape: tuple[int, ...], batch: bool) -> None:
    assert layer.with_batch(shape) == batch


def test_a_lazy_layer_is_whole_on_an_input() -> None:
    lazy = BY_KIND["LazyConv2d"](8, 3)
    assert lazy.for_input((3, 9, 9)) == BY_KIND["Conv2d"](3, 8, 3)
    assert lazy.output_shape((3, 9, 9)) == (8, 7, 7)
    assert lazy.count().free == {"c"}
    assert lazy.count().value({"c": 3}) == 224
    conv = BY_KIND["Conv2d"](3, 8, 3)
    assert conv.for_input((3, 9, 9)) is conv


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        (BY_KIND["LSTM"](10, 20), "4·20·(10 + 20 + 2)"),
        (BY_KIND["LSTM"](10, 20, num_layers=2), "4·20·(10 + 20 + 2) + 4·20·(20 + 20 + 2)"),
        (BY_KIND["LSTM"](10, 20, proj_size=5), "4·20·(10 + 5 + 2) + 5·20"),
        (BY_KIND["GRU"](10, 20, 3, bias=False), "3·20·(10 + 20) + 2·(3·20·(20 + 20))"),
        (
            BY_KIND["GRU"](10, 20, 2, bidirectional=True),
            "2·(3·20·(10 + 20 + 2) + 3·20·(2·20 + 20 + 2))",
        ),
        (BY_KIND["RNNCell"](10, 20), "20·(10 + 20 + 2)"),
        (BY_KIND["MultiheadAttention"](16, 4), "16·(16 + 16 + 16 + 3) + 16·(16 + 1)"),
        (BY_KIND["MultiheadAttention"](16, 4, bias=False, kdim=5), "16·(16 + 5 + 16) + 16·16"),
        (BY_KIND["LayerNorm"](16, bias=False), "16"),
        (BY_KIND["Bilinear"](20, 30, 40), "(20·30 + 1)·40"),
        (BY_KIND["EmbeddingBag"](1000, 64), "1 000·64"),
    ],
)
def test_the_formula_says_what_the_layer_has(layer: Layer, formula: str) -> None:
    assert TEXT.write(layer.count()) == formula


@pytest.mark.parametrize(("size", "kernel", "out"), [(6, 3, 1), (3, 3, 1), (6, 3, 2), (7, 2, 4)])
def test_the_rules_of_random_windows_say_what_the_first_of_them_sees(size: int, kernel: int, out: int) -> None:
    layer = BY_KIND["FractionalMaxPool2d"].of({"kernel_size": kernel, "output_size": out})
    letters = {**layer.along(0), "in": size, "out": out}
    first, last = layer.sees(0, size, 0), layer.sees(0, size, out - 1)
    assert layer.shift_rule().value(letters) == Fraction(first[0] + first[-1], 2)
    assert layer.jump_rule().value(letters) * (out - 1) == last[0] - first[0]


@pytest.mark.parametrize(
    ("layer", "shape", "out"),
    [
        ("FractionalMaxPool2d(3, output_ratio=0.5)", "2x5x3", [2, 2, 1]),
        ("FractionalMaxPool2d(3, output_size=1)", "2x6x6", [2, 1, 1]),
    ],
)
def test_a_single_random_window_along_an_axis_is_followed(layer: str, shape: str, out: list[int]) -> None:
    assert through(layer, shape).derivation().answer["out"] == out


def test_huge_sizes_are_answered_at_once() -> None:
    huge = 10**18
    assert BY_KIND["Conv2d"](3, 8, 3, padding=1).output_shape((3, huge, huge)) == (8, huge, huge)
    assert BY_KIND["Upsample"](scale_factor=2).output_shape((3, huge, huge)) == (3, 2 * huge, 2 * huge)
    assert BY_KIND["ConvTranspose1d"](3, 8, huge, huge).output_shape((3, 2)) == (8, 2 * huge)
    assert BY_KIND["ConvTranspose1d"](3, 8, huge, huge - 1).sees(0, huge, huge**2 // 2) == range(
        huge // 2, huge // 2 + 1
    )
    assert BY_KIND["Conv1d"](3, 8, huge, padding=huge).sees(0, huge, 2) == range(2)


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if kind.axes])
def test_rules_have_letters_that_the_layer_and_the_sizes_say(kind: type[Layer]) -> None:
    for arguments, shape in drawn(kind.kind(), 20):
        if ours(kind.kind(), arguments, shape) is None:
            continue
        layer = kind.of(arguments)
        for axis in range(min(layer.axes, len(shape) - 1)):
            rules = layer.size_rule(), layer.reach_rule(), layer.jump_rule(), layer.shift_rule()
            for rule in rules:
                assert rule.free <= set(layer.along(axis)) | {"in", "out"}


@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS])
def test_the_constructor_that_a_layer_says_reads_back_into_it(kind: str) -> None:
    seen = 0
    for arguments, _ in drawn(kind, 30):
        with suppress(Impossible):
            layer = BY_KIND[kind].of(arguments)
            (stage,) = read_chain(layer.constructor())
            assert BY_KIND[kind].of(stage.arguments) == layer
            seen += 1
    assert seen


@pytest.mark.parametrize(
    "written",
    ["Conv2d(3, 32, 5, padding=2)", "MaxPool2d(2)", "MaxPool2d(2, stride=(2, 1))", "Linear(8, 4, bias=False)"],
)
def test_a_constructor_says_no_more_than_it_must(written: str) -> None:
    (stage,) = read_chain(written)
    assert isinstance(stage.kind, type)
    assert stage.kind.of(stage.arguments).constructor() == written
