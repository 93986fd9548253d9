"""A layer as it is written in a chain, and the families of layers that have a short name: conv, pool, up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from calc.errors import Impossible, counted
from calc.layers.activation import Elementwise
from calc.layers.base import Layer
from calc.layers.conv import Conv, Kernels
from calc.layers.known import BY_KIND, LAYERS
from calc.layers.padding import Pad
from calc.layers.reshape import Blocks
from calc.readers.literals import Hole, Value

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """One layer of a chain as it was written, at text[start:end]; `name` is what it was called: conv1.

    `kind` is a layer class where torch's constructor was written, else the word of a family. `arguments` are named as
    torch names them, in the order of the text. A layer that is repeated is one object several times: its holes are
    one number.
    """

    kind: type[Layer] | str
    arguments: Mapping[str, Value]
    text: str
    start: int
    end: int
    name: str = ""
    axes: int = 0
    """The axes its name says: 2 for Conv2d and for conv2d, 0 for conv and for layers that take any."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The numbers looked for, in the order of the text."""
        return tuple(hole for value in self.arguments.values() for hole in _holes(value))

    @property
    def says_filters(self) -> bool:
        """Whether it says how many channels come out."""
        return "out_channels" in self.arguments

    def layer(self, axes: int, channels: int | None = None, put: Sequence[int] = ()) -> Layer:
        """The layer along that many axes, with a number for each of its holes.

        `channels` are the channels that go in, or the features into a linear layer, where the text does not say them.
        Where it says no filters either, as many come out; one goes in and comes out if `channels` is None.
        """
        numbers = iter(put)
        arguments: Arguments = {name: _filled(value, numbers) for name, value in self.arguments.items()}
        kind = self.kind
        if isinstance(kind, str):
            family = FAMILIES[kind]
            kind = family.layer_kind(self.axes or axes)
            arguments = family.complete(arguments, self.axes or axes, channels)
        for name, value in arguments.items():
            if why := refusal(kind, name, value):
                raise Impossible(why)
        return kind.of(arguments)


def _holes(value: Value) -> Iterator[Hole]:
    if isinstance(value, Hole):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _holes(part)


def _filled(value: Value, numbers: Iterator[int]) -> Value:
    if isinstance(value, Hole):
        return next(numbers)
    return tuple(_filled(part, numbers) for part in value) if isinstance(value, tuple) else value


def signature(kind: type[Layer]) -> tuple[str, ...]:
    """The names of torch's constructor arguments, in order."""
    own: tuple[str, ...] = getattr(kind, "signature", tuple(f.name for f in dataclasses.fields(kind)))
    return own


def needed(kind: type[Layer]) -> tuple[str, ...]:
    """The arguments that torch's constructor cannot do without."""
    return tuple(f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING)


LOWEST: Mapping[str, int] = {
    "in_channels": 1,
    "out_channels": 1,
    "kernel_size": 1,
    "stride": 1,
    "padding": 0,
    "output_padding": 0,
    "dilation": 1,
    "groups": 1,
    "in_features": 1,
    "out_features": 1,
    "num_features": 1,
    "output_size": 1,
    "size": 1,
    "upscale_factor": 1,
    "downscale_factor": 1,
    "start_dim": -9,
    "end_dim": -9,
    "dim": -9,
    "unflattened_size": -1,
}
"""The arguments that are whole numbers, and the least that each may be."""

HIGHEST: Mapping[str, int] = {"start_dim": 9, "end_dim": 9, "dim": 9}

EACH_AXIS = frozenset({"kernel_size", "stride", "padding", "output_padding", "dilation", "output_size", "size"})
"""Those that may be a number for each axis."""

SWITCHES = frozenset({"bias", "ceil_mode", "affine", "count_include_pad"})

WORDED: Mapping[str, tuple[str, ...]] = {
    "padding": ("same", "valid"),
    "padding_mode": ("zeros", "reflect", "replicate", "circular"),
}
"""The words that stand for a value of an argument."""


def refusal(kind: type[Layer], name: str, value: Value) -> str:
    """Why a layer of the kind cannot have that value, if it cannot."""
    if name in SWITCHES:
        return "" if value in (True, False) else f"{name} is True or False"
    if name == "padding_mode":
        return "" if value in WORDED[name] else f"{name} is {', '.join(WORDED[name])}"
    if name in ("scale_factor", "norm_type"):
        return refused_factor(name, value)
    if name not in LOWEST:
        return ""
    if value is None and (
        name in ("output_size", "size") or (name == "stride" and not issubclass(kind, Kernels | Blocks))
    ):
        return ""
    if isinstance(value, str):
        words = WORDED.get(name, ()) if issubclass(kind, Conv) else ()
        return "" if value in words else f"{name} is {', '.join((*words, 'or a number')) if words else 'a number'}"
    lengths = _lengths(kind, name)
    if isinstance(value, tuple) and len(value) not in lengths:
        many = " or ".join(map(str, lengths)) or "one"
        return f"{name} has {counted(len(value), 'number')}, and {kind.kind()} takes {many}"
    lowest = -(10**18) if issubclass(kind, Pad) else LOWEST[name]
    return next(filter(None, (refused_whole(name, part, lowest) for part in _each(name, value))), "")


def _each(name: str, value: Value) -> tuple[Value, ...]:
    """The numbers of a value; an axis of an output may be left as it is."""
    parts = value if isinstance(value, tuple) else (value,)
    return tuple(part for part in parts if part is not None or name != "output_size")


def refused_whole(name: str, value: Value, lowest: int) -> str:
    """Why it is no whole number of at least `lowest`, or a hole."""
    if isinstance(value, Hole):
        return ""
    if not isinstance(value, int) or isinstance(value, bool):
        return f"{name} is a whole number"
    if value < lowest:
        return f"{name} {value} is not possible: it is at least {lowest}"
    if value > HIGHEST.get(name, value):
        return f"{name} {value} is not possible: it is at most {HIGHEST[name]}"
    return ""


def refused_factor(name: str, value: Value) -> str:
    """Why it is no positive number, whole or not, for all axes or for each."""
    parts = value if isinstance(value, tuple) and 1 <= len(value) <= 3 else (value,)
    fits = all(
        isinstance(part, Hole) or (isinstance(part, int | float) and not isinstance(part, bool) and part > 0)
        for part in parts
    )
    return "" if fits or (value is None and name == "scale_factor") else f"{name} is a number above 0"


def _lengths(kind: type[Layer], name: str) -> tuple[int, ...]:
    """How many numbers the argument may be."""
    if name == "unflattened_size":
        return tuple(range(1, 10))
    if name not in EACH_AXIS:
        return ()
    if issubclass(kind, Pad):
        return (2 * kind.axes,)
    if issubclass(kind, Blocks):
        return (2,)
    return (kind.axes,) if kind.axes else (1, 2, 3)


def _as_it_is(arguments: Arguments, axes: int, channels: int | None) -> Arguments:  # noqa: ARG001
    return arguments


def _convolving(arguments: Arguments, axes: int, channels: int | None) -> Arguments:
    """Channels in and out; padding "full" is d·(k − 1), all that a kernel reaches over the edge."""
    inside = channels or arguments.get("groups", 1)
    whole = {"in_channels": inside, "out_channels": inside, **arguments}
    if arguments.get("padding") == "full":
        kernel, dilation = (_for_each(arguments.get(name, 1), axes) for name in ("kernel_size", "dilation"))
        whole["padding"] = tuple(d * (k - 1) for k, d in zip(kernel, dilation, strict=True))
    return whole


def _depthwise(arguments: Arguments, axes: int, channels: int | None) -> Arguments:
    return _convolving({**arguments, "groups": channels or 1}, axes, channels)


def _normalising(arguments: Arguments, axes: int, channels: int | None) -> Arguments:  # noqa: ARG001
    return {"num_features": channels or 1, **arguments}


def _linear(arguments: Arguments, axes: int, channels: int | None) -> Arguments:  # noqa: ARG001
    return {"in_features": channels or 1, **arguments}


def _cropping(arguments: Arguments, axes: int, channels: int | None) -> Arguments:  # noqa: ARG001
    given = arguments["padding"]
    return {"padding": tuple(-n for n in given) if isinstance(given, tuple) else -given}


def _for_each(given: Any, axes: int) -> tuple[int, ...]:
    return given if isinstance(given, tuple) else (given,) * axes


@dataclass(frozen=True)
class Family:
    """The layers that a short name stands for: of the `kind` along 1, 2 or 3 axes, where it has {} for their number.

    `takes` are the arguments that numbers without a word are, in order; `options` those that words give; `fixed` what
    the name says itself.
    """

    name: str
    kind: str
    words: tuple[str, ...] = ()
    takes: tuple[str, ...] = ("kernel_size",)
    options: tuple[str, ...] = ()
    fixed: Mapping[str, Value] = field(default_factory=dict)
    complete: Callable[[Arguments, int, int | None], Arguments] = _as_it_is
    """What the input decides, put into the arguments."""

    @property
    def arguments(self) -> tuple[str, ...]:
        return (*self.takes, *self.options)

    def layer_kind(self, axes: int) -> type[Layer]:
        """The layer class along that many axes."""
        kind = BY_KIND.get(self.kind.format(axes))
        if kind is None:
            raise Impossible(f"{self.name} works along 1, 2 or 3 axes, not along {axes}")
        return kind


_SLIDING = ("stride", "padding", "dilation")
_FILTERS = ("out_channels", "groups", "bias", "padding_mode")
_WINDOWS = ("stride", "padding", "ceil_mode")

_ROWS = (
    Family(
        "conv",
        "Conv{}d",
        ("convolution", "convolutional", "dilatedconv", "stridedconv"),
        options=(*_SLIDING, *_FILTERS),
        complete=_convolving,
    ),
    Family(
        "depthwise",
        "Conv{}d",
        ("depthwiseconv", "depthwiseconvolution", "dwconv"),
        options=(*_SLIDING, "out_channels", "bias", "padding_mode"),
        complete=_depthwise,
    ),
    Family(
        "pointwise",
        "Conv{}d",
        ("pointwiseconv", "pointwiseconvolution"),
        takes=("out_channels",),
        options=("bias", "groups"),
        fixed={"kernel_size": 1},
        complete=_convolving,
    ),
    Family(
        "transposed",
        "ConvTranspose{}d",
        (
            "convtranspose",
            "convtransposed",
            "transposedconv",
            "transposeconv",
            "transposedconvolution",
            "deconv",
            "deconvolution",
            "tconv",
            "upconv",
        ),
        options=(*_SLIDING, "output_padding", "out_channels", "groups", "bias"),
        complete=_convolving,
    ),
    Family("pool", "MaxPool{}d", ("maxpool", "pooling", "maxpooling"), options=(*_WINDOWS, "dilation")),
    Family(
        "avgpool",
        "AvgPool{}d",
        ("averagepool", "meanpool", "avgpooling", "averagepooling", "meanpooling"),
        options=_WINDOWS,
    ),
    Family("lppool", "LPPool{}d", ("lppooling",), options=("norm_type", "stride", "ceil_mode"), fixed={"norm_type": 2}),
    Family(
        "gap",
        "AdaptiveAvgPool{}d",
        (
            "globalpool",
            "globalavgpool",
            "globalaveragepool",
            "globalpooling",
            "globalavgpooling",
            "globalaveragepooling",
        ),
        takes=(),
        fixed={"output_size": 1},
    ),
    Family("gmp", "AdaptiveMaxPool{}d", ("globalmaxpool", "globalmaxpooling"), takes=(), fixed={"output_size": 1}),
    Family(
        "adaptive",
        "AdaptiveAvgPool{}d",
        ("adaptivepool", "adaptiveavg", "adaptiveavgpool", "adaptiveaveragepool", "adaptiveaveragepooling"),
        takes=("output_size",),
    ),
    Family("adaptivemax", "AdaptiveMaxPool{}d", ("adaptivemaxpool", "adaptivemaxpooling"), takes=("output_size",)),
    Family("unpool", "MaxUnpool{}d", ("maxunpool", "unpooling", "maxunpooling"), options=("stride", "padding")),
    Family(
        "upsample",
        "Upsample",
        ("up", "upsampling", "upscale", "interpolate", "resize"),
        takes=("scale_factor",),
        options=("size", "mode"),
    ),
    *(
        Family(mode, "Upsample", (f"{mode}upsample",), takes=("scale_factor",), options=("size",), fixed={"mode": mode})
        for mode in ("nearest", "bilinear", "bicubic", "trilinear")
    ),
    Family("pad", "ZeroPad{}d", ("zeropad",), takes=("padding",)),
    Family("reflectpad", "ReflectionPad{}d", ("reflectionpad",), takes=("padding",)),
    Family("replicatepad", "ReplicationPad{}d", ("replicationpad",), takes=("padding",)),
    Family("circularpad", "CircularPad{}d", takes=("padding",)),
    Family("crop", "ZeroPad{}d", ("cropping",), takes=("padding",), complete=_cropping),
    Family("shuffle", "PixelShuffle", ("pixelshuffle",), takes=("upscale_factor",)),
    Family("unshuffle", "PixelUnshuffle", ("pixelunshuffle",), takes=("downscale_factor",)),
    Family("flatten", "Flatten", takes=()),
    Family("reshape", "Unflatten", ("view",), takes=("unflattened_size",), fixed={"dim": 1}),
    Family("unflatten", "Unflatten", takes=("unflattened_size",), fixed={"dim": 1}),
    Family(
        "linear",
        "Linear",
        ("dense", "fc", "fullyconnected"),
        takes=("out_features",),
        options=("in_features", "bias"),
        complete=_linear,
    ),
    Family("batchnorm", "BatchNorm{}d", ("bn", "batchnormalization"), takes=(), complete=_normalising),
    Family("unfold", "Unfold", options=_SLIDING),
    Family("fold", "Fold", takes=("kernel_size",), options=("output_size", *_SLIDING)),
    *(
        Family(
            kind.kind().lower(),
            kind.kind(),
            {"SiLU": ("swish",), "Dropout2d": ("spatialdropout",)}.get(kind.kind(), ()),
            takes={"Dropout": ("p",), "Dropout2d": ("p",), "LeakyReLU": ("negative_slope",), "ELU": ("alpha",)}.get(
                kind.kind(), ()
            ),
        )
        for kind in LAYERS
        if issubclass(kind, Elementwise)
    ),
)

FAMILIES: Mapping[str, Family] = {family.name: family for family in _ROWS}


def _words() -> Iterator[tuple[str, tuple[Family, int]]]:
    """Every word for a family, with the axes it says: conv, conv2d and torch's own names in small letters."""
    for family in _ROWS:
        for word in (family.name, *family.words):
            yield word, (family, 0)
        if family.kind.endswith("d") and "{}" in family.kind:
            for axes in (1, 2, 3):
                for word in (family.kind.removesuffix("{}d").lower(), family.name, *family.words):
                    yield f"{word}{axes}d", (family, axes)


BY_WORD: Mapping[str, tuple[Family, int]] = dict(reversed(list(_words())))
"""The family and the axes that a word stands for; of several families the first."""
