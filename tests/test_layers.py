"""Every layer there is: complete, right against torch, and its misconceptions really wrong."""

import inspect
import math
import pkgutil
from importlib import import_module
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import calc.layers
from calc.errors import Impossible
from calc.expr import Num
from calc.layers.base import Layer
from calc.layers.known import BY_KIND, LAYERS
from calc.layers.padding import Pad

SIZES = st.integers(1, 9)


def defined() -> set[type[Layer]]:
    """The layer classes in the package that torch has too."""
    modules = [import_module(f"calc.layers.{m.name}") for m in pkgutil.iter_modules(calc.layers.__path__)]
    classes = {c for m in modules for c in vars(m).values() if inspect.isclass(c) and issubclass(c, Layer)}
    return {c for c in classes if hasattr(torch.nn, c.__name__)}


def test_no_layer_class_is_missing_from_the_list() -> None:
    assert set(LAYERS) == defined()
    assert len(BY_KIND) == len(LAYERS)


@st.composite
def layers_at_work(draw: st.DrawFn, kind: type[Layer]) -> tuple[Layer, tuple[int, ...]]:
    """A layer of that kind with random hyper-parameters, and the shape of an input."""
    axes = kind.axes
    channels = draw(st.integers(1, 4)) * 2
    shape = (channels, *(draw(st.integers(1, 12)) for _ in range(axes)))
    per_axis = lambda least, most: tuple(draw(st.integers(least, most)) for _ in range(axes))  # noqa: E731
    names = inspect.signature(kind).parameters
    fields: dict[str, Any] = {}
    if "kernel_size" in names:
        fields["kernel_size"] = kernel = per_axis(1, 4)
        fields["stride"] = per_axis(1, 3)
        fields["padding"] = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    if "dilation" in names:
        fields["dilation"] = per_axis(1, 3)
    if "ceil_mode" in names:
        fields["ceil_mode"] = draw(st.booleans())
    if "in_channels" in names:
        fields |= {
            "in_channels": channels,
            "out_channels": draw(st.integers(1, 3)) * 2,
            "groups": draw(st.sampled_from((1, 2))),
        }
        fields["bias"] = draw(st.booleans())
    if "num_features" in names:
        fields |= {"num_features": channels, "affine": draw(st.booleans())}
    if "in_features" in names:
        shape = (*(draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))), draw(SIZES))
        fields |= {"in_features": shape[-1], "out_features": draw(SIZES), "bias": draw(st.booleans())}
    if "output_padding" in names:
        fields["output_padding"] = per_axis(0, 2)
    if "norm_type" in names:
        fields["norm_type"] = draw(st.integers(1, 3))
        del fields["padding"]
    if "value" in names:
        fields["value"] = 1.5
    if issubclass(kind, Pad):
        fields["padding"] = tuple(draw(st.integers(-1, 3)) for _ in range(2 * axes))
    if "output_size" in names and axes:
        fields["output_size"] = per_axis(1, 3)
    if not axes and "in_features" not in names:
        shape = tuple(draw(SIZES) for _ in range(draw(st.integers(1, 3))))
    if kind in RESHAPES:
        return RESHAPES[kind](draw)
    return kind(**fields), shape


def unflattened(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    sizes = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    shape = (draw(SIZES), draw(st.sampled_from((math.prod(sizes), 6))))
    return BY_KIND["Unflatten"](draw(st.sampled_from((-1, 2))), draw(st.sampled_from((sizes, (-1, 2), (2, -1))))), shape


def shuffled(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    return BY_KIND["PixelShuffle"](draw(st.integers(1, 3))), (draw(st.integers(1, 18)), draw(SIZES), draw(SIZES))


def unshuffled(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    return BY_KIND["PixelUnshuffle"](draw(st.integers(1, 3))), (draw(SIZES), draw(SIZES), draw(SIZES))


def sliding(draw: st.DrawFn) -> dict[str, Any]:
    pair = lambda least, most: (draw(st.integers(least, most)), draw(st.integers(least, most)))  # noqa: E731
    return {"kernel_size": pair(1, 3), "dilation": pair(1, 2), "padding": pair(0, 2), "stride": pair(1, 3)}


def unfolded(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    return BY_KIND["Unfold"](**sliding(draw)), (draw(st.integers(1, 3)), draw(SIZES), draw(SIZES))


def folded(draw: st.DrawFn) -> tuple[Layer, tuple[int, ...]]:
    options, wanted = sliding(draw), (draw(SIZES), draw(SIZES))
    rows = math.prod(options["kernel_size"]) * draw(st.integers(1, 3)) + draw(st.sampled_from((0, 0, 0, 1)))
    try:
        columns = BY_KIND["Unfold"](**options).output_shape((1, *wanted))[1]
    except Impossible:
        columns = 1
    return BY_KIND["Fold"](wanted, **options), (rows, columns + draw(st.sampled_from((0, 0, 0, 1))))


RESHAPES = {
    BY_KIND[kind]: drawn
    for kind, drawn in {
        "Unflatten": unflattened,
        "PixelShuffle": shuffled,
        "PixelUnshuffle": unshuffled,
        "Unfold": unfolded,
        "Fold": folded,
    }.items()
}
"""Layers whose input must be made to fit them."""


def built(layer: Layer) -> torch.nn.Module:
    module: torch.nn.Module = getattr(torch.nn, layer.kind())(**layer.fields())
    return module.eval()


@pytest.mark.filterwarnings(
    "ignore::UserWarning"
)  # torch: an even kernel with an odd dilation, softmax without an axis
@pytest.mark.parametrize("kind", LAYERS)
@given(data=st.data())
def test_torch_gives_the_same_shape_and_the_same_parameters(kind: type[Layer], data: st.DataObject) -> None:
    layer, shape = data.draw(layers_at_work(kind))
    module = built(layer)
    assert layer.count().value() == sum(p.numel() for p in module.parameters())
    try:
        ours: tuple[int, ...] | None = layer.output_shape(shape)
    except Impossible:
        ours = None
    try:
        with torch.no_grad():
            theirs: tuple[int, ...] | None = tuple(module(torch.zeros(1, *shape)).shape[1:])
    except (RuntimeError, AssertionError):
        theirs = None
    assert ours == (None if theirs and 0 in theirs else theirs)  # torch lets nothing come out of some


@pytest.mark.parametrize("kind", [k for k in LAYERS if k.macs != Num(0)])
@given(data=st.data())
def test_torch_counts_the_same_multiply_accumulates(kind: type[Layer], data: st.DataObject) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    layer, shape = data.draw(layers_at_work(kind))
    try:
        output = layer.output_shape(shape)
    except Impossible:
        return
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        built(layer)(torch.zeros(1, *shape))
    assert counter.get_total_flops() == 2 * layer.multiply_accumulates(shape, output).value()


def test_a_wrong_layer_is_noticed() -> None:
    class Wrong(BY_KIND["Conv2d"]):  # type: ignore[misc]
        size = BY_KIND["Conv2d"].size + 1

    fields = {"in_channels": 1, "out_channels": 1, "kernel_size": 3}
    right = built(BY_KIND["Conv2d"](**fields))(torch.zeros(1, 1, 5, 5)).shape[1:]
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
