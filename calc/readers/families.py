"""The families of layers that have a short name: conv, pool, up; a row each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.errors import Impossible
from calc.layers import activation
from calc.layers.base import Layer
from calc.layers.known import BY_KIND, LAYERS, WORDED

if TYPE_CHECKING:
    from calc.readers.literals import Value

Arguments = Mapping[str, Any]


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


def _grouping(arguments: Arguments, axes: int, channels: int | None) -> Arguments:  # noqa: ARG001
    return {"num_channels": channels or arguments["num_groups"], **arguments}


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
        """The layer class along that many axes; features that lie flat are one."""
        name = self.kind.format(axes or 1)
        kind = BY_KIND.get(name) or WORDED.get(name)
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
    Family("reshape", "View", ("view",), takes=("sizes",)),
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
    Family("instancenorm", "InstanceNorm{}d", takes=(), complete=_normalising),
    Family("groupnorm", "GroupNorm", takes=("num_groups",), complete=_grouping),
    Family("unfold", "Unfold", options=_SLIDING),
    Family("fold", "Fold", takes=("kernel_size",), options=("output_size", *_SLIDING)),
    *(
        Family(
            kind.kind().lower(),
            kind.kind(),
            {"SiLU": ("swish",), "Dropout2d": ("spatialdropout",)}.get(kind.kind(), ()),
            takes=tuple(name for name in kind.signature if name not in ("inplace", "device", "dtype")),
        )
        for kind in LAYERS
        if kind.__module__ == activation.__name__
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
