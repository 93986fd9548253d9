"""Chains of layers out of text: what is read, what is refused and where the caret points."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calc.errors import Impossible
from calc.layers.base import Layer
from calc.layers.known import BY_KIND, LAYERS, WORDED
from calc.readers.chain_text import read_chain, read_chain_source
from calc.readers.families import BY_WORD, FAMILIES
from calc.readers.literals import Hole
from calc.readers.source import excerpt
from calc.readers.stages import Stage, needed

CONV = {"kernel_size": 3}
POOL = {"kernel_size": 2}


def read(text: str) -> Stage:
    (stage,) = read_chain(text)
    return stage


def said(text: str) -> list[tuple[Any, Mapping[str, Any]]]:
    return [(stage.kind, stage.arguments) for stage in read_chain(text)]


@pytest.mark.parametrize(
    ("text", "family", "arguments"),
    [
        ("conv 9", "conv", {"kernel_size": 9}),
        ("Conv 9", "conv", {"kernel_size": 9}),
        ("conv9", "conv", {"kernel_size": 9}),
        ("conv(9)", "conv", {"kernel_size": 9}),
        ("convolution 3 x 5", "conv", {"kernel_size": (3, 5)}),
        ("conv 3×5", "conv", {"kernel_size": (3, 5)}),
        ("conv (3, 5)", "conv", {"kernel_size": (3, 5)}),
        ("conv kernel 3", "conv", CONV),
        ("conv kernel_size=3", "conv", CONV),
        ("3x3 conv stride 2", "conv", {"kernel_size": (3, 3), "stride": 2}),
        ("conv 3x5 padding 1 stride 2", "conv", {"kernel_size": (3, 5), "padding": 1, "stride": 2}),
        ("conv 3, stride 2, padding 1", "conv", CONV | {"stride": 2, "padding": 1}),
        ("conv 3 s2 p1 d2", "conv", CONV | {"stride": 2, "padding": 1, "dilation": 2}),
        ("conv 3 s=1 p=same", "conv", CONV | {"stride": 1, "padding": "same"}),
        ("conv 3, 32 filters, stride 2", "conv", CONV | {"out_channels": 32, "stride": 2}),
        (
            "conv 3x3 with ? filters and stride 2",
            "conv",
            {"kernel_size": (3, 3), "out_channels": Hole("out_channels"), "stride": 2},
        ),
        ("conv 3 s = 2x1", "conv", CONV | {"stride": (2, 1)}),
        ("conv 3x3/2", "conv", {"kernel_size": (3, 3), "stride": 2}),
        ("conv 5 filters 32 same", "conv", {"kernel_size": 5, "out_channels": 32, "padding": "same"}),
        ("conv 3 valid", "conv", CONV | {"padding": 0}),
        ("conv 3 full", "conv", CONV | {"padding": "full"}),
        ("conv 3 dilated 2 groups 4", "conv", CONV | {"dilation": 2, "groups": 4}),
        ("conv 3 no bias", "conv", CONV | {"bias": False}),
        ("conv 3 bias=False", "conv", CONV | {"bias": False}),
        ("conv 3 bias", "conv", CONV | {"bias": True}),
        ("conv 3 p1 reflect", "conv", CONV | {"padding": 1, "padding_mode": "reflect"}),
        ("depthwise 3 p1", "depthwise", CONV | {"padding": 1}),
        ("depthwise conv 3", "depthwise", CONV),
        ("pointwise 64", "pointwise", {"kernel_size": 1, "out_channels": 64}),
        ("pool 2", "pool", POOL),
        ("max pool 2", "pool", POOL),
        ("max-pool 2", "pool", POOL),
        (
            "maxpool 3 stride 2 padding 1 ceil",
            "pool",
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        ),
        ("avgpool 2", "avgpool", POOL),
        ("average pooling 2", "avgpool", POOL),
        ("lppool 2", "lppool", POOL | {"norm_type": 2}),
        ("lppool 2 norm 3", "lppool", POOL | {"norm_type": 3}),
        ("global pool", "gap", {"output_size": 1}),
        ("gap", "gap", {"output_size": 1}),
        ("global max pool", "gmp", {"output_size": 1}),
        ("adaptive 7x7", "adaptive", {"output_size": (7, 7)}),
        ("adaptive avg pool 7", "adaptive", {"output_size": 7}),
        ("adaptive max pool to 7", "adaptivemax", {"output_size": 7}),
        (
            "transposed 4 stride 2 padding 1",
            "transposed",
            {"kernel_size": 4, "stride": 2, "padding": 1},
        ),
        ("deconv 3 s2 op1", "transposed", CONV | {"stride": 2, "output_padding": 1}),
        ("tconv 3 s2 output padding 1", "transposed", CONV | {"stride": 2, "output_padding": 1}),
        ("transposed conv 3", "transposed", CONV),
        ("pad 2", "pad", {"padding": 2}),
        ("pad (1,2,0,3)", "pad", {"padding": (0, 3, 1, 2)}),
        ("pad 1,2,0,3", "pad", {"padding": (0, 3, 1, 2)}),
        ("pad 1x2", "pad", {"padding": (2, 2, 1, 1)}),
        ("reflect pad 2", "reflectpad", {"padding": 2}),
        ("crop 1", "crop", {"padding": 1}),
        ("shuffle 2", "shuffle", {"upscale_factor": 2}),
        ("pixel shuffle 2", "shuffle", {"upscale_factor": 2}),
        ("unshuffle 2", "unshuffle", {"downscale_factor": 2}),
        ("flatten", "flatten", {}),
        ("linear 10", "linear", {"out_features": 10}),
        ("dense 10", "linear", {"out_features": 10}),
        ("fully connected 10", "linear", {"out_features": 10}),
        ("linear 2048 -> 64", "linear", {"in_features": 2048, "out_features": 64}),
        ("linear ? → 64", "linear", {"in_features": Hole("in_features"), "out_features": 64}),
        ("unflatten 8x4x4", "unflatten", {"dim": 1, "unflattened_size": (8, 4, 4)}),
        ("unflatten 8x-1", "unflatten", {"dim": 1, "unflattened_size": (8, -1)}),
        ("relu", "relu", {}),
        ("leaky relu", "leakyrelu", {}),
        ("swish", "silu", {}),
        ("batch norm", "batchnorm", {}),
        ("dropout 0.25", "dropout", {"p": 0.25}),
        ("leaky relu 0.1", "leakyrelu", {"negative_slope": 0.1}),
        ("softmax 1", "softmax", {"dim": 1}),
        ("group norm 2", "groupnorm", {"num_groups": 2}),
        ("unpool 2 s3", "unpool", POOL | {"stride": 3}),
        ("unfold 3 p1", "unfold", CONV | {"padding": 1}),
        ("conv ?", "conv", {"kernel_size": Hole("kernel_size")}),
        ("conv 3 stride ?", "conv", CONV | {"stride": Hole("stride")}),
        ("conv 3x?", "conv", {"kernel_size": (3, Hole("kernel_size", 1))}),
        ("conv (?, 3) p=?", "conv", {"kernel_size": (Hole("kernel_size", 0), 3), "padding": Hole("padding")}),
    ],
)
def test_layers_as_people_say_them(text: str, family: str, arguments: Mapping[str, Any]) -> None:
    assert said(text) == [(family, arguments)]
    assert isinstance(read(text).layer(2, 8, [2] * len(read(text).holes)), Layer)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("upsample 2", {"scale_factor": 2}),
        ("upsample x2", {"scale_factor": 2}),
        ("up ×2", {"scale_factor": 2}),
        ("up 2x", {"scale_factor": 2}),
        ("upsample 1.5", {"scale_factor": 1.5}),
        ("up 2x3", {"scale_factor": (2, 3)}),
        ("up 2 bilinear", {"scale_factor": 2, "mode": "bilinear"}),
        ("upsample to 64x48", {"size": (64, 48)}),
        ("bilinear 2", {"mode": "bilinear", "scale_factor": 2}),
    ],
)
def test_upsampling_as_people_say_it(text: str, arguments: Mapping[str, Any]) -> None:
    assert read(text).arguments == arguments
    assert read(text).layer(2).fields().items() >= arguments.items()


@pytest.mark.parametrize(
    ("text", "kind", "arguments"),
    [
        ("Conv2d(3, 12, 9)", "Conv2d", {"in_channels": 3, "out_channels": 12, "kernel_size": 9}),
        ("nn . Conv2d (3, 12, 9, )", "Conv2d", {"in_channels": 3, "out_channels": 12, "kernel_size": 9}),
        (
            'nn.Conv2d(in_channels=3, out_channels=12, kernel_size=(3, 5), padding="same")',
            "Conv2d",
            {"in_channels": 3, "out_channels": 12, "kernel_size": (3, 5), "padding": "same"},
        ),
        (
            "Conv2d(3, 12, kernel_size=(9, 9), stride=(1, 1), padding=same)",
            "Conv2d",
            {"in_channels": 3, "out_channels": 12, "kernel_size": (9, 9), "stride": (1, 1), "padding": "same"},
        ),
        ("torch.nn.MaxPool2d(2, ceil_mode=True)", "MaxPool2d", POOL | {"ceil_mode": True}),
        (
            "MaxPool2d(\n  [2, 3], # down, right\n  stride = None\n)",
            "MaxPool2d",
            {"kernel_size": (2, 3), "stride": None},
        ),
        ("Linear(64*7*7, 2**4 - 6)", "Linear", {"in_features": 3136, "out_features": 10}),
        ("Linear(128 // 3, (1 + 2) * 3 % 5)", "Linear", {"in_features": 42, "out_features": 4}),
        ("Linear(2048, -(-7))", "Linear", {"in_features": 2048, "out_features": 7}),
        ("ConstantPad2d(1, -1.5)", "ConstantPad2d", {"padding": 1, "value": -1.5}),
        ("ConstantPad2d((1, 0, 2, -1), 1e-3)", "ConstantPad2d", {"padding": (1, 0, 2, -1), "value": 0.001}),
        ("Unflatten(1, (8, 4, 4))", "Unflatten", {"dim": 1, "unflattened_size": (8, 4, 4)}),
        ("AdaptiveAvgPool2d((None, 7))", "AdaptiveAvgPool2d", {"output_size": (None, 7)}),
        (
            "Conv2d(3, ?, (3, ?), stride=?)",
            "Conv2d",
            {
                "in_channels": 3,
                "out_channels": Hole("out_channels"),
                "kernel_size": (3, Hole("kernel_size", 1)),
                "stride": Hole("stride"),
            },
        ),
    ],
)
def test_layers_as_torch_has_them(text: str, kind: str, arguments: Mapping[str, Any]) -> None:
    assert said(text) == [(BY_KIND[kind], arguments)]


@pytest.mark.parametrize(
    "text",
    [
        "conv 9, pool 2, conv 3",
        "conv 9; pool 2; conv 3;",
        "conv 9, then pool 2 then conv 3",
        "conv 9, pool 2, and conv 3",
        "conv 9 → pool 2 -> conv 3",
        "conv 9\npool 2\r\nconv 3\n",
        "# a chain\nconv 9, # the first\n\n  pool 2 # the second, as it were\n  , conv 3",
        "(conv 9, pool 2), (conv 3)",
        "Sequential(conv 9, nn.Sequential(pool 2), conv 3,)",
    ],
)
def test_separators_and_brackets(text: str) -> None:
    assert said(text) == [("conv", {"kernel_size": 9}), ("pool", POOL), ("conv", CONV)]
    assert all(text[stage.start : stage.end] == stage.text == stage.text.strip() for stage in read_chain(text))


def test_the_two_languages_mix() -> None:
    kinds = [kind for kind, _ in said("Conv2d(3, 12, 9), relu → nn.MaxPool2d(2); linear 10")]
    assert kinds == [BY_KIND["Conv2d"], "relu", BY_KIND["MaxPool2d"], "linear"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2 x (conv 3, conv 3, pool 2)", 6),
        ("(conv 3 padding 1) x 3, relu", 4),
        ("(conv 3)x3", 3),
        ("2 × (3 * (conv 3), relu)", 8),
        ("linear 10 -> 2 x (relu)", 3),
        ("pad 1, 2 x (relu)", 3),
        ("10000 x (relu)", 10_000),
    ],
)
def test_repeated_layers(text: str, count: int) -> None:
    assert len(read_chain(text)) == count


def test_a_repeated_hole_is_one() -> None:
    first, second = read_chain("2 x (conv ?)")
    assert first is second


@pytest.mark.parametrize(
    ("text", "shape", "out"),
    [
        ("reshape 8x4x4", (2, 8, 8), (8, 4, 4)),
        ("view(-1, 512)", (32, 4, 4), (512,)),
        ("view 256", (16, 4, 4), (256,)),
        ("reshape 8x-1", (2, 8, 8), (8, 16)),
        ("view(1, -1)", (2, 8, 8), (1, 128)),
    ],
)
def test_what_is_reshaped_keeps_its_numbers(text: str, shape: tuple[int, ...], out: tuple[int, ...]) -> None:
    (stage,) = read_chain(text)
    assert stage.layer(2).output_shape(shape) == out


def test_names_are_kept() -> None:
    text = "self.conv1 = nn.Conv2d(3, 8, 3)\nact = ReLU()\nMaxPool2d(2)"
    assert [(stage.name, stage.text) for stage in read_chain(text)] == [
        ("conv1", "nn.Conv2d(3, 8, 3)"),
        ("act", "ReLU()"),
        ("", "MaxPool2d(2)"),
    ]


def test_a_printed_network_is_read() -> None:
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 12, 9), torch.nn.Sequential(torch.nn.MaxPool2d(2), torch.nn.Flatten()))
    assert [(stage.name, stage.layer(2).kind()) for stage in read_chain(repr(net))] == [
        ("0", "Conv2d"),
        ("0", "MaxPool2d"),
        ("1", "Flatten"),
    ]


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_short_layer_is_built_for_the_axes_and_channels_there_are(axes: int) -> None:
    conv = read("conv 3 s2").layer(axes, 6)
    assert conv == BY_KIND[f"Conv{axes}d"](6, 6, 3, 2)
    assert read("conv 3 filters 4").layer(axes) == BY_KIND[f"Conv{axes}d"](1, 4, 3)
    assert read("conv ? groups 2 p?").layer(axes, None, (5, 1)) == BY_KIND[f"Conv{axes}d"](2, 2, 5, padding=1, groups=2)
    assert read("depthwise 3").layer(axes, 6) == BY_KIND[f"Conv{axes}d"](6, 6, 3, groups=6)
    assert read("conv 3 d2 full").layer(axes) == BY_KIND[f"Conv{axes}d"](1, 1, 3, padding=4, dilation=2)
    assert read("deconv 4 s2").layer(axes, 2) == BY_KIND[f"ConvTranspose{axes}d"](2, 2, 4, 2)
    assert read("batchnorm").layer(0, 6) == BY_KIND["BatchNorm1d"](6)
    assert read("batchnorm").layer(axes, 6) == BY_KIND[f"BatchNorm{axes}d"](6)
    assert read("linear 10").layer(axes, 6) == BY_KIND["Linear"](6, 10)
    assert read("crop 1").layer(axes) == BY_KIND[f"ZeroPad{axes}d"](-1)
    assert read(f"pool{axes}d 2").layer(2) == BY_KIND[f"MaxPool{axes}d"](2)


def test_a_stage_says_its_axes_and_whether_it_says_filters() -> None:
    stages = read_chain("conv 3, conv2d 3 filters 4, Conv1d(1, 2, 3), relu")
    assert [(stage.axes, stage.says_filters) for stage in stages] == [(0, False), (2, True), (1, True), (0, False)]


def test_sides_are_top_bottom_left_right() -> None:
    assert read("pad (1, 2, 3, 5)").layer(2).output_shape((1, 10, 10)) == (1, 13, 18)
    assert read("pad 1x2").layer(2).output_shape((1, 10, 10)) == (1, 12, 14)


def test_a_layer_refuses_what_does_not_fit_its_axes() -> None:
    with pytest.raises(Impossible, match="conv works along 1, 2 or 3 axes, not along 4"):
        read("conv 3").layer(4)
    with pytest.raises(Impossible):
        read("conv 3x5").layer(3)
    with pytest.raises(Impossible):
        read("conv 3 stride ?").layer(2, 1, (0,))


def values(kind: type[Layer]) -> Mapping[str, st.SearchStrategy[Any]]:
    """What the arguments of a layer kind may be, by name."""
    axes = kind.axes or 2

    def sizes(least: int, most: int) -> st.SearchStrategy[Any]:
        return st.integers(least, most) | st.tuples(*[st.integers(least, most)] * axes)

    sides = st.integers(-2, 5) | st.tuples(*[st.integers(-2, 5)] * (2 * axes))
    few, switch = st.integers(1, 9), st.booleans()
    return {
        "in_channels": st.just(4),
        "out_channels": st.sampled_from((4, 8)),
        "kernel_size": sizes(2, 5),
        "stride": sizes(1, 3),
        "padding": sides if "Pad" in kind.kind() else sizes(0, 1),
        "dilation": sizes(1, 3),
        "groups": st.sampled_from((1, 2, 4)),
        "bias": switch,
        "padding_mode": st.just("zeros"),
        "ceil_mode": switch,
        "affine": switch,
        "norm_type": st.integers(1, 3) | st.just(2.5),
        "output_size": sizes(1, 9),
        "value": st.floats(-2, 2, allow_subnormal=False).map(lambda x: round(x, 3)),
        "in_features": few,
        "out_features": few,
        "num_features": few,
        "upscale_factor": few,
        "downscale_factor": few,
        "start_dim": st.integers(-3, 3),
        "end_dim": st.integers(-3, 3),
        "dim": st.integers(1, 3),
        "unflattened_size": st.lists(few, min_size=1, max_size=3).map(tuple),
    }


@st.composite
def constructors(draw: st.DrawFn, kind: type[Layer]) -> tuple[str, dict[str, Any]]:
    """A constructor as a person could write it, the first arguments by place and the rest by name, in any order."""
    names = [name for name in kind.signature if name in values(kind)]
    chosen = [name for name in names if name in needed(kind) or draw(st.booleans())]
    arguments = {name: draw(values(kind)[name]) for name in chosen}
    leading = next((i for i, name in enumerate(kind.signature) if name not in chosen), len(chosen))
    placed = chosen[: draw(st.integers(0, leading))]
    named = draw(st.permutations(chosen[len(placed) :]))
    said = [repr(arguments[name]) for name in placed] + [f"{name}={arguments[name]!r}" for name in named]
    return f"nn.{kind.kind()}({', '.join(said)})", arguments


def built(make: Callable[[], Layer]) -> Layer | None:
    try:
        return make()
    except Impossible:
        return None


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if {*needed(kind)} <= {*values(kind)}])
@given(st.data())
@settings(max_examples=30)
def test_what_is_written_for_torch_is_read_back(kind: type[Layer], data: st.DataObject) -> None:
    text, arguments = data.draw(constructors(kind))
    stage = read(text)
    assert (stage.kind, stage.arguments) == (kind, arguments)
    assert built(lambda: stage.layer(0)) == built(lambda: kind.of(arguments))


TORCH = (
    ("Conv2d(3, 12, (3, 5), padding='same', bias=False, padding_mode='reflect')", (3, 9, 8)),
    ("Conv1d(4, 8, 3, 2, 1, 2, groups=4)", (4, 20)),
    ("ConvTranspose2d(3, 6, 4, stride=2, padding=1, output_padding=1)", (3, 5, 6)),
    ("MaxPool2d(3, stride=2, padding=1, dilation=2, ceil_mode=True)", (1, 12, 13)),
    ("AvgPool2d(3, stride=2)", (1, 12, 13)),
    ("LPPool2d(2, 3)", (1, 12, 13)),
    ("AdaptiveAvgPool2d((7, None))", (1, 12, 13)),
    ("ConstantPad2d((1, 2, 0, 3), 1.5)", (1, 4, 4)),
    ("ZeroPad1d(2)", (1, 4)),
    ("ReflectionPad2d((1, 2, 0, 3))", (1, 4, 4)),
    ("Linear(4, 6, bias=False)", (2, 4)),
    ("Flatten()", (2, 4, 3)),
    ("Unflatten(1, (2, 2))", (4, 3)),
    ("PixelShuffle(2)", (4, 3, 3)),
    ("Unfold(3, 1, 1, 1)", (2, 4, 4)),
    ("BatchNorm2d(4, eps=1e-3, track_running_stats=False)", (4, 3, 3)),
    ("GroupNorm(2, 4)", (4, 3, 3)),
    ("LayerNorm((3, 4))", (2, 3, 4)),
    ("Dropout(0.25, inplace=True)", (2, 4)),
    ("LeakyReLU(0.1, True)", (2, 4)),
    ("Hardtanh(-1, max_val=2.5)", (2, 4)),
    ("Softmax(dim=1)", (2, 4)),
    ("Upsample(scale_factor=1.5, mode='bilinear')", (1, 5, 7)),
    ("Upsample((8, 9))", (1, 5, 7)),
)


@pytest.mark.parametrize(("text", "shape"), TORCH)
def test_what_torch_builds_and_prints_is_the_same_layer(text: str, shape: tuple[int, ...]) -> None:
    module = eval(text, vars(torch.nn))
    layer = read(text).layer(0)
    assert layer == read(repr(module)).layer(0)
    assert layer.output_shape(shape) == tuple(module(torch.zeros(1, *shape)).shape[1:])
    assert layer.count().value() == sum(p.numel() for p in module.parameters())


def test_every_family_has_layers_and_no_word_is_two() -> None:
    words = [word for family in FAMILIES.values() for word in (family.name, *family.words)]
    assert len(words) == len(set(words))
    assert {family.kind.format(2) for family in FAMILIES.values()} <= {*BY_KIND, *WORDED}
    assert {word.lower() for word in ("Conv2d", "MaxPool1d", "ConvTranspose3d", "ReLU", "LeakyReLU")} <= set(BY_WORD)


REFUSED = (
    (
        "conv 9 strid 2, pool 2",
        "cannot read “conv 9 strid 2”: “strid” is no option of conv; did you mean stride?",
        "conv 9 strid 2, pool 2",
        "       ^",
    ),
    (
        "conv 3\npool 2\n  cnv 4 s2",
        "line 3: cannot read “cnv 4 s2”: “cnv” is no layer; did you mean conv or tconv or upconv?",
        "cnv 4 s2",
        "^",
    ),
    (
        "conv 9 pool 2",
        "cannot read “conv 9 pool 2”: “pool” is a layer of its own: a comma belongs before it",
        "conv 9 pool 2",
        "       ^",
    ),
    ("conv", "cannot read “conv”: conv needs a number, its kernel size", "conv", "    ^"),
    (
        "conv 3 stride",
        "cannot read “conv 3 stride”: a number is missing after “stride”",
        "conv 3 stride",
        " " * 13 + "^",
    ),
    (
        "conv 3 stride 2 s3",
        "cannot read “conv 3 stride 2 s3”: stride is given twice",
        "conv 3 stride 2 s3",
        " " * 16 + "^",
    ),
    ("relu 3", "cannot read “relu 3”: relu takes no number", "relu 3", "     ^"),
    (
        "conv 3 4",
        "cannot read “conv 3 4”: “4” is one number too many: say what it is, as in “stride 2”",
        "conv 3 4",
        "       ^",
    ),
    (
        "pool 2 same",
        "cannot read “pool 2 same”: “same” is no option of pool: it takes stride, padding, ceil, dilation",
        "pool 2 same",
        "       ^",
    ),
    (
        "pool 2, 4 filters",
        "cannot read “pool 2”: “filters” is no option of pool: it takes stride, padding, ceil, dilation",
        "pool 2, 4 filters",
        " " * 10 + "^",
    ),
    (
        "2 x conv 3",
        "cannot read “2 x conv 3”: what is repeated stands in brackets, as in “2 x (conv 3)”",
        "2 x conv 3",
        "  ^",
    ),
    ("64, relu", "cannot read “64”: a layer begins with its name, as in “conv 3”", "64, relu", "^"),
    ("conv 3,, relu", "cannot read the chain: a layer is missing before “,”", "conv 3,, relu", "       ^"),
    (
        "conv 3) x 2",
        "cannot read the chain: a closing bracket stands here that nothing opens",
        "conv 3) x 2",
        "      ^",
    ),
    ("2 x (conv 3", "cannot read “(conv 3”: the bracket “(” is never closed", "2 x (conv 3", "    ^"),
    (
        "Conv2d(3, 12)",
        "cannot read “Conv2d(3, 12)”: Conv2d needs kernel_size",
        "Conv2d(3, 12)",
        "            ^",
    ),
    (
        "Conv2d(3, 12, 9, sride=2)",
        "cannot read “Conv2d(3, 12, 9, sride=2)”: “sride” is no argument of Conv2d; did you mean stride?",
        "Conv2d(3, 12, 9, sride=2)",
        " " * 17 + "^",
    ),
    (
        "Conv2d(3, 12, 3, kernel_size=3)",
        "cannot read “Conv2d(3, 12, 3, kernel_size=3)”: kernel_size is given twice",
        "Conv2d(3, 12, 3, kernel_size=3)",
        " " * 17 + "^",
    ),
    (
        "Conv2d(3, kernel_size=3, 4)",
        "cannot read “Conv2d(3, kernel_size=3, 4)”: a value without a name stands after one with a name",
        "Conv2d(3, kernel_size=3, 4)",
        " " * 25 + "^",
    ),
    (
        "PixelShuffle(1, 2)",
        "cannot read “PixelShuffle(1, 2)”: PixelShuffle takes no more than upscale_factor",
        "PixelShuffle(1, 2)",
        " " * 16 + "^",
    ),
    (
        "nn.Convd(3)",
        "cannot read “nn.Convd(3)”: “nn.Convd” is no layer that is known; did you mean Conv3d or Conv2d or Conv1d?",
        "nn.Convd(3)",
        "^",
    ),
    (
        "Net(\n  (a): ReLU()\n)",
        "line 1: cannot read “Net(”: what “Net” does with its layers is not written: put them into Sequential(…)",
        "Net(",
        "^",
    ),
    ("nn.ReLU", "cannot read “nn.ReLU”: “nn.ReLU” needs brackets: nn.ReLU(…)", "nn.ReLU", "       ^"),
    (
        "Conv2d(3, 12, __import__('os'))",
        "cannot read “Conv2d(3, 12, __import__('os'))”: “__import__” is no value: numbers, words in quotes, True, False, None and tuples are",
        "Conv2d(3, 12, __import__('os'))",
        " " * 14 + "^",
    ),
    (
        "Conv2d(3, 12, 2*?)",
        "cannot read “Conv2d(3, 12, 2*?)”: a “?” stands alone",
        "Conv2d(3, 12, 2*?)",
        " " * 16 + "^",
    ),
)


@pytest.mark.parametrize(("text", "sentence", "line", "caret"), REFUSED)
def test_the_sentence_and_its_caret(text: str, sentence: str, line: str, caret: str) -> None:
    with pytest.raises(Impossible) as refused:
        read_chain(text)
    assert str(refused.value).split("\n") == [sentence, f"    {line}", f"    {caret}"]


@pytest.mark.parametrize(
    ("text", "at", "shown"),
    [
        ("conv 3", 5, "conv 3\n     ^"),
        ("a\nconv 3\nb", 7, "conv 3\n     ^"),
        ("conv 3", 6, "conv 3\n      ^"),
        ("层 x", 2, "层 x\n   ^"),
        ("e\u0301 x", 3, "e\\u0301 x\n        ^"),
        ("\u05d0 x", 2, "\\u05d0 x\n       ^"),
        ("\0\t\x1bx", 3, "\\x00 \\x1bx\n         ^"),
        ("conv 3, " * 20, 80, "… 3, conv 3, conv 3, conv 3, conv 3, conv 3, conv 3, conv 3, …\n" + " " * 37 + "^"),
    ],
)
def test_the_caret_stands_under_the_place(text: str, at: int, shown: str) -> None:
    assert excerpt(text, at) == "\n".join(f"    {line}" for line in shown.split("\n"))


HOSTILE = (
    "(" * 10**6,
    "[" * 10**6,
    "Conv2d(" + "(" * 10**5,
    "Conv2d(" + "-" * (10**5 + 1) + "1, 1, 1)",
    "Conv2d(" + "2**" * 10**5 + "2, 1, 1)",
    "Conv2d(" + "1+" * 10**5 + "?, 1, 1)",
    "Sequential(" * 10**5,
    "2 x (" * 10**5,
    "999999999 x (conv 3)",
    "9" * 10**6 + " x (conv 3)",
    "100 x (100 x (100 x (100 x (relu))))",
    "Conv2d(9**9**9, 1, 1)",
    "Conv2d(2**-99999, 1, 1)",
    "Conv2d(1e999, 1, 1)",
    "Conv2d(1/0, 1, 1)",
    f"Conv2d({'9' * 10**6}, 1, 1)",
    f"conv {'9' * 10**6}",
    "conv 3" + "x3" * 10**5,
    "conv 3 " + "stride " * 10**5,
    "relu," * 10_001,
    "a" * 10**6,
    "a-" * 10**5,
    "nn." * 10**5,
    "conv 3 \0",
    "\0",
    "Conv2d(3, 12, 'same",
    "Conv2d(3, 12, f'{x}')",
    "Conv2d(3, 12, lambda: 0)",
    "Conv2d(3, 12, ().__class__)",
    "__import__('os').system('true')",
    "Conv2d(*args)",
    "Conv2d(**{})",
    "conv 3 stride=__import__('os')",
    " " * 10**6,
    "x" * (2**20 + 1),
    "",
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_text_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(Impossible) as refused:
        read_chain(text)
    sentence, *picture = str(refused.value).split("\n")
    assert 20 < len(sentence) < 300
    assert len(picture) in (0, 2)
    assert all(line.isprintable() and len(line) < 80 for line in (sentence[:70], *picture))


WORDS = (
    *[
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        "?",
        "->",
        "→",
        "x",
        "×",
        "=",
        "/",
        "#",
        "\n",
        "'",
        '"',
        ".",
        "-",
        "+",
        "**",
        "//",
        "0",
        "1",
        "2",
        "3",
        "7",
        "10",
        "1.5",
        "1e3",
        "True",
        "None",
        "same",
        "valid",
    ],
    *("conv", "pool", "Conv2d(", "nn.MaxPool2d(", "Sequential(", "linear", "pad", "up", "stride", "padding=", "s", "p"),
    *(
        "Upsample(",
        "Flatten(",
        "Unflatten(",
        "AdaptiveAvgPool2d(",
        "kernel_size=",
        "adaptive",
        "reshape",
        "crop",
        "fold",
    ),
    *("2 x (", "filters", "no bias", "ceil", "full", "self.a =", "(0):", "relu", "dropout", "lppool", "LPPool2d("),
)


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(("", " ")), st.integers(1, 3))
@settings(max_examples=500)
def test_any_words_are_layers_or_impossible(words: list[str], between: str, axes: int) -> None:
    text = between.join(words)
    with suppress(Impossible):
        for stage in read_chain(text):
            assert text[stage.start : stage.end] == stage.text
            assert (stage.kind, stage.arguments) in said(stage.text)
            with suppress(Impossible):
                stage.layer(axes, 4, [1] * len(stage.holes))


@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS) | st.characters(), max_size=12).map("".join))
@example("conv 3 \u200d\U0001f600 x")
def test_what_is_refused_is_pointed_at(text: str) -> None:
    try:
        read_chain(text)
    except Impossible as refused:
        sentence, *picture = str(refused).split("\n")
        assert sentence.isprintable()
        if picture:
            line, caret = picture
            assert line.isprintable()
            assert caret.strip() == "^"
            assert len(caret) <= 2 * len(line) + 1


def test_a_chain_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_bytes(b"\xef\xbb\xbfconv 9 # the first\r\npool 2\r\n")
    text, stages = read_chain_source(str(path))
    assert text == "conv 9 # the first\r\npool 2\r\n"
    assert [stage.text for stage in stages] == ["conv 9", "pool 2"]
    assert read_chain_source("conv 9") == ("conv 9", read_chain("conv 9"))
    path.write_text("conv 9\npol 2\n")
    with pytest.raises(
        Impossible, match=r"net\.txt, line 2: cannot read “pol 2”: “pol” is no layer; did you mean pool"
    ):
        read_chain_source(str(path))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Impossible, match=r"there is no file nets/a\.txt: give the path of a text file, or the layers"):
        read_chain_source("nets/a.txt")
    (tmp_path / "a").write_bytes(b"\xff\xfe\0")
    with pytest.raises(Impossible, match="a is not text: a chain is layers such as"):
        read_chain_source(str(tmp_path / "a"))
    with pytest.raises(Impossible, match="is no layer"):
        read_chain_source("a\0b" * 9999)


def test_reading_a_chain_imports_neither_torch_nor_numpy() -> None:
    asked = "import sys; from calc.readers.chain_text import read_chain; read_chain('conv 3, Conv2d(1, 1, 1)'); "
    loaded = subprocess.run([sys.executable, "-c", asked + "print(*sys.modules)"], capture_output=True, text=True)
    assert "calc.readers.chain_text" in loaded.stdout.split()
    assert not {"torch", "numpy", "sympy"} & set(loaded.stdout.split())
