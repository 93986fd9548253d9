"""Every layer there is: complete, right against torch, and its misconceptions really wrong."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from math import prod
from typing import Any

import pytest
import torch

import calc.layers
from calc.errors import Impossible
from calc.expr import Num
from calc.layers.base import Layer
from calc.layers.known import BY_KIND, LAYERS
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
            module(*inputs(kind, (BATCH, *shape)))
            yield BY_KIND[kind].of(arguments).for_input(shape), module, shape, output


def test_the_arguments_of_every_constructor_are_in_the_order_of_torch() -> None:
    for kind in LAYERS:
        parameters = inspect.signature(getattr(torch.nn, kind.kind())).parameters.values()
        names = tuple(p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
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


@pytest.mark.filterwarnings("ignore")  # torch: kernels of even size
@pytest.mark.parametrize("kind", [k.kind() for k in LAYERS if k.macs != Num(0)])
def test_torch_counts_the_same_multiply_accumulates(kind: str) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    for layer, module, shape, output in at_work(kind, 40):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module(torch.zeros(1, *shape))
        assert counter.get_total_flops() == 2 * layer.multiply_accumulates(shape, output).value()


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
    ],
)
def test_an_input_that_does_not_fit_is_refused(layer: Layer, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(Impossible) as refused:
        layer.output_shape(shape)
    assert str(refused.value) == said
