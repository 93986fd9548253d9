"""What learners work out instead of the rules of convolutions: parameters, sizes and multiply-accumulates."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from calc.expr import Expr, Number, ceil, floor, product, symbols, total
from calc.layers.base import AXES, IN, inputs, outputs, taps
from calc.question import Misconception

k, s, p, d, c, m, g, b = symbols("k s p d c m g b")


def _example(axes: int) -> dict[str, Number]:
    """The first layer of many a network, for the examples of wrong rules."""
    sides = (
        {f"k_{a}": 5 for a in AXES[axes]} | {f"{a}_in": 32 for a in AXES[axes]} | {f"{a}_out": 28 for a in AXES[axes]}
    )
    return {**sides, "c": 3, "m": 32, "g": 1, "b": 1, "s": 1, "d": 1}


def wrong_params(axes: int) -> tuple[Misconception, ...]:
    """What learners count instead of (k_h·k_w·c + 1)·m."""
    kernel, maps, image = product(taps(axes)), product(outputs(axes)), product(inputs(axes))
    spread = product(tuple(d * (tap - 1) + 1 for tap in taps(axes)))
    layer = _example(axes)
    grouped, strided, dilated = layer | {"c": 16, "g": 4}, layer | {"s": 2}, layer | {"d": 2}
    sides = [f"k_{a}" for a in AXES[axes]]

    def wrong(
        name: str,
        rule: Expr,
        why: str,
        example: Mapping[str, Number] = layer,
        taking: Mapping[str, Expr | Number] = {},
    ) -> Misconception:
        return Misconception(name, "params", rule, why, example, taking=taking)

    by_axes = (
        wrong(
            "kernel-sides-added",
            (total(taps(axes)) + b) * m,
            "the weights of a kernel are the product of its sides, not their sum, for each input channel",
        ),
        wrong(
            "kernel-side-once",
            (taps(axes)[0] * (c / g) + b) * m,
            "a kernel has height times width weights for each input channel, not one side",
            taking=dict.fromkeys(sides[1:], 1),
        ),
    )
    return (
        wrong(
            "groups-ignored",
            (kernel * c + b) * m,
            "in groups each filter sees the channels of its group alone",
            grouped,
            {"g": 1},
        ),
        wrong(
            "groups-twice",
            kernel * (c / g) * (m / g) + b * m,
            "the groups part what a filter sees, not the number of filters",
            grouped,
        ),
        wrong(
            "input-channels-forgotten",
            (kernel + b) * m,
            "each kernel is as deep as its input: the input channels are missing",
            taking={"c": g},
        ),
        wrong("bias-forgotten", kernel * (c / g) * m, "the biases are missing: one per filter", taking={"b": 0}),
        wrong(
            "bias-counted",
            (kernel * (c / g) + 1) * m,
            "the layer has no biases: it is made with bias=False",
            layer | {"b": 0},
            {"b": 1},
        ),
        wrong(
            "channels-and-biases-forgotten",
            kernel * m,
            "each kernel is as deep as its input and has a bias: both are missing",
        ),
        wrong("bias-per-input-channel", (c / g) * (kernel + b) * m, "one bias per filter, not one per input channel"),
        wrong(
            "biases-of-input-channels",
            kernel * (c / g) * m + c * b,
            "there are as many biases as filters, not as input channels",
        ),
        wrong(
            "one-bias-for-the-layer",
            kernel * (c / g) * m + b,
            "each filter has a bias of its own, not one for the layer",
        ),
        wrong(
            "bias-twice",
            (kernel * (c / g) + b) * m + b * m,
            "the bias stands in the bracket already: it is counted twice",
        ),
        wrong("bias-per-weight", 2 * kernel * (c / g) * m, "a filter has one bias, not one for each weight"),
        wrong(
            "bias-per-output",
            kernel * (c / g) * m + b * maps * m,
            "a filter has one bias, the same at every place of its map",
        ),
        *(by_axes if axes > 1 else ()),
        wrong(
            "channels-added",
            (kernel + c / g + b) * m,
            "a kernel has its weights for each input channel: multiply, not add",
        ),
        wrong("channels-swapped", (kernel * m + b) * c, "input and output channels are swapped: one bias per filter"),
        wrong(
            "weights-per-output",
            (kernel * (c / g) + b) * m * maps,
            "the weights are shared: a filter is the same at every place of the map",
        ),
        wrong(
            "image-for-kernel",
            image * (c / g) * m + b * m,
            "a filter has the size of its kernel, not of the image",
            taking=dict(zip(sides, inputs(axes), strict=True)),
        ),
        wrong(
            "pixels-for-channels",
            (image + b) * m,
            "a filter has its kernel's weights for each channel, none for each pixel",
        ),
        wrong(
            "as-fully-connected",
            image * c * maps * m,
            "an output looks at the cells under its kernel, and all share the weights",
        ),
        wrong(
            "one-filter",
            kernel * (c / g) + b,
            "that is one filter: there are as many as output channels",
            taking={"m": 1},
        ),
        wrong(
            "stride-in-params",
            floor((kernel * (c / g) + b) * m / s),
            "the stride changes the size of the map, not the weights",
            strided,
        ),
        wrong(
            "dilated-kernel-counted",
            (spread * (c / g) + b) * m,
            "a dilated kernel covers more cells but has no more weights",
            dilated,
            {side: d * (tap - 1) + 1 for side, tap in zip(sides, taps(axes), strict=True)},
        ),
    )


_SIZE: Mapping[str, Number] = {"in": 32, "k": 5, "s": 1, "p": 2, "d": 1}
_STRIDED: Mapping[str, Number] = {"in": 64, "k": 3, "s": 2, "p": 0, "d": 1}
_DILATED: Mapping[str, Number] = {"in": 64, "k": 3, "s": 1, "p": 2, "d": 2}
_COVERED = d * (k - 1) + 1


_UNPADDED: Mapping[str, Number] = {"p": 0}
_DENSE: Mapping[str, Number] = {"d": 1}


def _size(
    name: str,
    rule: Expr,
    why: str,
    example: Mapping[str, Number] = _SIZE,
    silent: Mapping[str, Number] = {},
    taking: Mapping[str, Expr | Number] = {},
) -> Misconception:
    return Misconception(name, "size", rule, why, example, silent, taking)


WRONG_SIZES = (
    _size("first-window-forgotten", floor((IN + 2 * p - _COVERED) / s), "the first window counts too: + 1 is missing"),
    _size(
        "padding-on-one-side",
        floor((IN + p - _COVERED) / s) + 1,
        "padding is added on both sides",
        silent=_UNPADDED,
        taking={"p": p / 2},
    ),
    _size(
        "padding-subtracted",
        floor((IN - 2 * p - _COVERED) / s) + 1,
        "padding enlarges the input",
        silent=_UNPADDED,
        taking={"p": -p},
    ),
    _size(
        "padding-ignored",
        floor((IN - _COVERED) / s) + 1,
        "the padding is left out",
        silent=_UNPADDED,
        taking={"p": 0},
    ),
    _size(
        "padding-twice",
        floor((IN + 4 * p - _COVERED) / s) + 1,
        "the padding is added twice to each side",
        silent=_UNPADDED,
        taking={"p": 2 * p},
    ),
    _size(
        "stride-ignored",
        IN + 2 * p - _COVERED + 1,
        "the stride is left out: the kernel moves by s",
        _STRIDED,
        {"s": 1},
        {"s": 1},
    ),
    _size(
        "stride-after-plus-one",
        floor((IN + 2 * p - _COVERED + 1) / s),
        "the stride divides the steps, then the first window is added",
        {**_STRIDED, "s": 3},
    ),
    _size(
        "rounded-up",
        ceil((IN + 2 * p - _COVERED) / s) + 1,
        "a last window that does not fit is left out: round down",
        _STRIDED,
    ),
    _size(
        "rounded-to-nearest",
        floor((IN + 2 * p - _COVERED) / s + Fraction(3, 2)),
        "a last window that does not fit is left out: round down, not to the nearest",
        _STRIDED,
    ),
    _size("fraction-kept", (IN + 2 * p - _COVERED) / s + 1, "there is no part of a window: round down", _STRIDED),
    _size(
        "kernel-ignored",
        floor(IN / s),
        "the kernel and the padding count too, not the stride alone",
        {**_STRIDED, "p": 1, "k": 5},
    ),
    _size(
        "kernel-lost-on-each-side",
        IN - 2 * (_COVERED - 1),
        "a kernel of k takes k − 1 cells in all, half of them on each side",
        {**_SIZE, "p": 0},
    ),
    _size("size-kept", IN, "the size changes: “same” holds it at stride 1 alone", _STRIDED),
    _size(
        "taken-for-same",
        ceil(IN / s),
        "⌈in/s⌉ is the rule of Keras's padding “same”: here the padding is a number",
        {"in": 64, "k": 5, "s": 2, "p": 1, "d": 1},
        {"p": 0, "s": 1},
    ),
    _size(
        "dilation-ignored",
        floor((IN + 2 * p - k) / s) + 1,
        "a dilated kernel covers d·(k − 1) + 1 cells",
        _DILATED,
        _DENSE,
        {"d": 1},
    ),
    _size(
        "dilation-times-kernel",
        floor((IN + 2 * p - k * d) / s) + 1,
        "a dilated kernel covers d·(k − 1) + 1 cells, not k·d",
        _DILATED,
        _DENSE,
    ),
    _size(
        "dilation-of-gaps",
        floor((IN + 2 * p - k * (d - 1) - 1) / s) + 1,
        "a dilated kernel covers d·(k − 1) + 1 cells, not k·(d − 1) + 1",
        _DILATED,
        _DENSE,
    ),
)
"""What learners work out instead of ⌊(in + 2p − d·(k − 1) − 1)/s⌋ + 1, along one axis."""


def wrong_macs(axes: int) -> tuple[Misconception, ...]:
    """What learners count instead of h_out·w_out·m·c·k_h·k_w."""
    kernel, maps, image = product(taps(axes)), product(outputs(axes)), product(inputs(axes))
    layer = _example(axes)
    return (
        Misconception(
            "input-channels-forgotten-in-macs",
            "macs",
            maps * m * kernel,
            "each output sums over all input channels",
            layer,
        ),
        Misconception(
            "output-channels-forgotten-in-macs",
            "macs",
            maps * (c / g) * kernel,
            "every filter makes a map of its own",
            layer,
        ),
        Misconception(
            "input-size-in-macs",
            "macs",
            image * m * (c / g) * kernel,
            "the kernel is laid on once for each output, not for each input cell",
            layer,
        ),
        Misconception(
            "output-size-forgotten-in-macs",
            "macs",
            m * (c / g) * kernel,
            "each weight is used again at every place of the map",
            layer,
        ),
        Misconception(
            "kernel-forgotten-in-macs",
            "macs",
            maps * m * (c / g),
            "each output is a sum over all the weights of its window",
            layer,
        ),
        Misconception(
            "groups-ignored-in-macs",
            "macs",
            maps * m * c * kernel,
            "in groups each filter sees the channels of its group alone",
            layer | {"c": 16, "g": 4},
        ),
        Misconception(
            "flops-for-macs",
            "macs",
            2 * maps * m * (c / g) * kernel,
            "a MAC is a multiplication with its addition: those are 2 FLOPs",
            layer,
        ),
    )
