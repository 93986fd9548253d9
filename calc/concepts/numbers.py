"""Concepts about parameters and receptive fields: what a layer learns, and how far it sees."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from calc.concepts.base import (
    Concept,
    Rows,
    correlated,
    feature_map,
    image,
    kernel,
    note,
    parameters,
    part,
    right,
    table,
    wrong,
    yes,
)
from calc.derivation import Derivation, Table
from calc.errors import listed, times
from calc.exact import Cells
from calc.expr import num

COLOURS = (((1, 2), (3, 4)), ((5, 6), (7, 8)))


def _counted(*rows: tuple[str, str, str]) -> Table:
    """The parameters of layers, each on an input: (name, layers, input)."""
    return table(
        ("", "input", "parameters"),
        *((name, said.replace("x", "×"), parameters(layers, said)) for name, layers, said in rows),
    )


def _work(rows: Sequence[tuple[str, str]]) -> Table:
    """Parameters with their formulas, a layer a row."""
    from calc.counting import count

    counts = [(name, count(layer)) for name, layer in rows]
    lines = tuple(
        ((name,), (row.formula if row.formula is not None else "none",), (num(row.parameters),))
        for name, each in counts
        for row in each.rows
    )
    return Table((("layer",), ("worked out",), ("parameters",)), lines, (False, False, True))


def _fields(*chains: str) -> Table:
    """What one output sees after each layer."""
    from calc.chain import through
    from calc.stack import Stack

    rows = []
    for chain in chains:
        stack = through(chain, 64)
        assert isinstance(stack, Stack)
        seen = [field.size for field in stack.fields[0]]
        rows.append((chain, ", ".join(map(str, seen)), f"{seen[-1]}×{seen[-1]}"))
    return table(("layers", "cells seen after each", "receptive field"), *rows)


def _learned() -> Sequence[Derivation]:
    layers = "Conv2d(16, 16, 3)", "MaxPool2d(2)", "ReLU()", "BatchNorm2d(16)"
    return (
        part("Four layers on 16 channels", note(", ".join(layers))),
        part("Their parameters", _work([(layer, layer) for layer in layers])),
    )


def _pooling() -> Sequence[Derivation]:
    window = ((3, 1, 0), (0, 2, 1), (5, 0, 4))
    return (
        part("A window, and what a layer does to it", image(window)),
        part("Max pooling takes the largest cell: nothing to learn", _work([("MaxPool2d(3)", "MaxPool2d(3)")])),
        part(
            "A convolution with windows as large has weights",
            _work([("Conv2d(64, 64, 3)", "Conv2d(64, 64, 3, stride=3)")]),
        ),
    )


def _sharing() -> Sequence[Derivation]:
    from calc.counting import count

    conv, full = "Conv2d(3, 32, 5, padding=2)", "Flatten(), Linear({}, 10)"
    small, large = (3, 32, 32), (3, 64, 64)
    rows = [(conv, conv, "x".join(map(str, shape))) for shape in (small, large)]
    rows += [("Linear", full.format(a * b * c), f"{a}x{b}x{c}") for a, b, c in (small, large)]
    works = [count(conv, "x".join(map(str, shape))).macs or 0 for shape in (small, large)]
    return (
        part(
            "A convolution layer, and a fully connected one beside it",
            note(f"{conv}, and Linear on the flattened image"),
        ),
        part("On an image, and on one twice as high and wide", _counted(*rows)),
        part(
            "What does grow is the work of the convolution",
            table(("input", "multiplications"), (times(small), works[0]), (times(large), works[1])),
        ),
    )


def _dense() -> Sequence[Derivation]:
    picture, weights = ((1, 2), (3, 4)), ((5, 6), (7, 8))
    flat = [x * w for row, taps in zip(picture, weights, strict=True) for x, w in zip(row, taps, strict=True)]
    found = correlated(picture, weights, padding="valid")
    return (
        part("A small image, and a kernel as large", image(picture, "image"), kernel(weights)),
        part(
            "One place to lay it on, one answer",
            feature_map(found, "as a convolution"),
            note(f"As a fully connected layer on the flattened image: {' + '.join(map(str, flat))} = {sum(flat)}."),
        ),
        part(
            "The parameters of the layers of the question",
            _counted(
                ("fully connected", "Flatten(), Linear(25088, 4096)", "512x7x7"),
                ("convolution 7×7", "Conv2d(512, 4096, 7)", "512x7x7"),
                ("convolution 1×1", "Conv2d(512, 4096, 1)", "512x7x7"),
            ),
        ),
    )


def _pointwise() -> Sequence[Derivation]:
    from calc.chain import through
    from calc.stack import Stack

    filters = (((1,),), ((10,),)), (((1,),), ((-1,),))
    maps = correlated(COLOURS, filters)
    names = [f"channel {i + 1}" for i in range(len(COLOURS))]
    first, second = (listed([str(channel[0][0]) for channel in cells]) for cells in (COLOURS, maps.nested()))
    sizes = through("Conv2d(64, 16, 1)", "64x28x28")
    assert isinstance(sizes, Stack)
    return (
        part("An image of two channels", *(image(plane, name) for name, plane in zip(names, COLOURS, strict=True))),
        part(
            "Two 1×1 filters: channel 1 + 10·channel 2, and channel 1 − channel 2",
            *(feature_map(maps.plane(i), f"filter {i + 1}") for i in range(2)),
            note(f"The first pixel: {first} become {second}."),
        ),
        part(
            "On 64 channels of 28×28, 16 filters", note(f"{times((64, 28, 28))} becomes {times(map(str, sizes.out))}.")
        ),
        part("Its parameters", _work([("Conv2d(64, 16, 1)", "Conv2d(64, 16, 1)")])),
    )


def _depthwise() -> Sequence[Derivation]:
    whole, deep, point = (
        "Conv2d(64, 128, 3, bias=False)",
        "Conv2d(64, 64, 3, groups=64, bias=False)",
        "Conv2d(64, 128, 1, bias=False)",
    )
    both = parameters(deep) + parameters(point)
    saved = Fraction(parameters(whole), both)
    return (
        part("A 3×3 convolution of 64 channels to 128, no biases", _work([("3×3", whole)])),
        part(
            "A 3×3 kernel for each channel, then a 1×1 convolution",
            _work([("depthwise 3×3", deep), ("pointwise 1×1", point)]),
        ),
        part(
            "Together",
            note(
                num(parameters(deep)),
                " + ",
                num(parameters(point)),
                " = ",
                num(both),
                f" weights: {float(saved):.1f} times fewer.",
            ),
        ),
    )


def _global_average() -> Sequence[Derivation]:
    flat, mean = "Flatten(), Linear(25088, 1000)", "AdaptiveAvgPool2d(1), Flatten(), Linear(512, 1000)"
    weights = [parameters(layers, "512x7x7") - 1000 for layers in (flat, mean)]
    return (
        part("Maps of 512×7×7, and 1000 classes", note("Flattened they are 512·7·7 numbers, averaged they are 512.")),
        part("The fully connected layer", _counted(("flattened", flat, "512x7x7"), ("averaged", mean, "512x7x7"))),
        part(
            "Weights, without the 1000 biases",
            note(num(weights[0]), " and ", num(weights[1]), f": {Fraction(*weights)} times fewer."),
        ),
    )


def _normalised_bias() -> Sequence[Derivation]:
    picture, weights = ((1, 0, 2), (3, 2, 0), (0, 6, 1)), ((1, 2), (0, 1))
    maps = [correlated(picture, weights, padding="valid", bias=bias) for bias in (0, 5)]
    parts = [part("A small image and a kernel", image(picture, "image"), kernel(weights))]
    centred = []
    for bias, cells in zip((0, 5), maps, strict=True):
        mean = _mean(cells.nested())
        centred.append(Cells.of(tuple(tuple(x - mean for x in row) for row in cells.nested())))
        parts.append(
            part(
                f"With bias {bias}: the mean is {mean}",
                feature_map(cells, "map"),
                feature_map(centred[-1], "less its mean", "→"),
            )
        )
    gone = yes(centred[0] == centred[1])
    end = note(
        f"Is what is left the same? {gone.capitalize()}. The division by the deviation that follows gives the same, too."
    )
    own = part(
        "Parameters of batch normalisation: a scale and a shift", _work([("BatchNorm2d(64)", "BatchNorm2d(64)")])
    )
    return (*parts, part("What batch normalisation goes on with", end), own)


def _mean(rows: Rows) -> Fraction:
    cells = [Fraction(str(x)) for row in rows for x in row]
    return sum(cells, Fraction(0)) / len(cells)


def _two_small() -> Sequence[Derivation]:
    two, one = "Conv2d(64, 64, 3), ReLU(), Conv2d(64, 64, 3)", "Conv2d(64, 64, 5)"
    return (
        part("On 64 channels", note(f"{two}, or {one}")),
        part("What one output sees", _fields("conv 3, conv 3", "conv 5")),
        part("Parameters", table(("layers", "parameters"), ("3×3, 3×3", parameters(two)), ("5×5", parameters(one)))),
    )


def _dilation() -> Sequence[Derivation]:
    layers = "Conv2d(1, 1, 3)", "Conv2d(1, 1, 3, dilation=2)"
    return (
        part("The two layers", note(" and ".join(layers))),
        part("What one output sees", _fields("conv 3", "conv 3 dilation 2")),
        part("Parameters", _work([(layer, layer) for layer in layers])),
    )


def _stride() -> Sequence[Derivation]:
    return (
        part(
            "Three 3×3 convolutions, the first of stride 1 or 2",
            note("conv 3, conv 3, conv 3, and conv 3 stride 2, conv 3, conv 3"),
        ),
        part("What one output sees", _fields("conv 3, conv 3, conv 3", "conv 3 stride 2, conv 3, conv 3")),
        part("With the stride in the last layer it changes nothing", _fields("conv 3, conv 3, conv 3 stride 2")),
    )


CONCEPTS = (
    Concept(
        "learned",
        "which layers have parameters to learn",
        "Which of these layers have parameters to learn?",
        (
            right(
                "convolution",
                "conv",
                "convolutional",
                misconception="kernel-not-learned",
                why="the kernel of a layer is taken for a given one",
            ),
            wrong(
                "max pooling", "pool-has-weights", "the window of a pooling is counted as weights", "pooling", "maxpool"
            ),
            wrong("ReLU", "activation-has-weights", "an activation is taken to have weights"),
            right(
                "batch normalisation",
                "batch norm",
                "batchnorm",
                "bn",
                "batch normalization",
                misconception="normalisation-learns-nothing",
                why="the scale and the shift of batch normalisation are forgotten",
            ),
        ),
        "What does each layer need to know besides its input?",
        "Parameters are numbers that training changes: weights, biases, scales and shifts.",
        "A convolution has its kernels and biases, batch normalisation a scale and a shift for each channel. Pooling and "
        "ReLU only compare numbers.",
        _learned,
    ),
    Concept(
        "pooling-parameters",
        "the parameters of a pooling",
        "How many parameters has a 3×3 max pooling on 64 channels?",
        (
            wrong("3·3 = 9", "pool-has-weights", "the window of a pooling is counted as weights", "3·3", "9", "nine"),
            wrong(
                "3·3·64 = 576",
                "pool-weighs-each-channel",
                "a pooling is taken to have a kernel for each channel",
                "3·3·64",
                "576",
            ),
            wrong("64", "pooling-biases", "a bias is taken to be added in every channel", "64", "a bias"),
            right("none", "zero", "0", "no parameters"),
        ),
        "What would training change in a layer that takes the largest of nine cells?",
        "Parameters are numbers that training changes. Does a comparison of cells use any?",
        "A pooling compares or averages what is there. It has a size and a stride, but these are chosen, not learned.",
        _pooling,
    ),
    Concept(
        "weight-sharing",
        "parameters and the size of the image",
        "The image becomes twice as high and twice as wide. What becomes of the parameters of a convolution layer?",
        (
            wrong(
                "twice as many",
                "weights-with-one-side",
                "the weights are taken to grow with a side of the image",
                "twice",
                "double",
                "doubled",
            ),
            wrong(
                "four times as many",
                "weights-with-area",
                "a weight is counted for each place of the kernel",
                "four times",
                "quadruple",
                "4 times",
            ),
            right("they stay as many", "stay", "same", "the same", "unchanged", "no change", "nothing"),
        ),
        "Does the size of the image stand in the formula?",
        "Parameters of a convolution: (k_h·k_w·C + 1)·filters.",
        "The same kernel is laid on at every place: its weights are shared. Twice the height and width is four times the "
        "work, with the same weights.",
        _sharing,
    ),
    Concept(
        "fully-connected",
        "a fully connected layer as a convolution",
        "A fully connected layer takes 512×7×7 numbers to 4096. Which convolution layer is the same?",
        (
            wrong(
                "a 1×1 kernel, 4096 filters",
                "one-cell-for-the-whole-map",
                "a fully connected layer is taken for a 1×1 convolution on any map",
                "1×1",
            ),
            wrong(
                "a 7×7 kernel, 4096 filters, padding 3",
                "one-place-only-forgotten",
                "the kernel is taken to slide, where it may fit in one place only",
                "7×7 kernel padding 3",
                "7×7 padding 3",
                "padding 3",
            ),
            right(
                "a 7×7 kernel, 4096 filters, no padding",
                "7×7 kernel no padding",
                "7×7 no padding",
                "7×7 without padding",
                "no padding",
            ),
            wrong(
                "none: it is another kind of layer",
                "dense-taken-for-another-kind",
                "a fully connected layer is taken for another kind of sum",
                "none",
                "no convolution",
            ),
        ),
        "How large must a kernel be for each output to see every input once?",
        "Both are sums of inputs times weights. A kernel as large as the map, without padding, has one place.",
        "A kernel that covers the whole map has 512·7·7 weights for each filter, as each of the 4096 outputs has. A 1×1 "
        "kernel does the same only where the map is 1×1.",
        _dense,
    ),
    Concept(
        "one-by-one",
        "what a 1×1 convolution does",
        "What does a 1×1 convolution do to an image of 64 channels?",
        (
            wrong(
                "nothing: a kernel of one cell only scales",
                "one-cell-does-nothing",
                "the depth of the kernel is forgotten",
                "nothing",
                "only scales",
                "scales",
            ),
            right(
                "it mixes the channels of each pixel",
                "mixes",
                "mix",
                "combines",
                "linear combination",
                "weighs the channels",
            ),
            wrong(
                "it makes the maps lower and narrower",
                "channels-for-size",
                "fewer channels are taken for a smaller map",
                "makes the maps",
                "lower",
                "reduces height",
                "reduces the size",
                "smaller",
            ),
            wrong(
                "it averages neighbouring pixels",
                "neighbours-of-one-cell",
                "a kernel of one cell is taken to see neighbours",
                "averages",
                "blurs",
                "smooths",
            ),
        ),
        "How deep is the kernel?",
        "A filter is as deep as its input: at each pixel y(m) = Σ w(m, c)·x(c) over the channels c.",
        "Each filter has a weight for each of the 64 channels: a fully connected layer at every pixel. The number of "
        "channels becomes that of the filters, height and width stay.",
        _pointwise,
    ),
    Concept(
        "depthwise",
        "what a depthwise separable convolution saves",
        "A 3×3 convolution of 64 channels to 128 is replaced by a depthwise separable one, without biases. How many weights has that?",
        (
            wrong(
                "64·9 = 576",
                "pointwise-left-out",
                "the 1×1 convolution after the depthwise one is left out",
                "64·9",
                "576",
            ),
            wrong(
                "64·128·9 = 73 728",
                "groups-ignored",
                "the groups are ignored: every filter is as deep as the input",
                "64·128·9",
                "73728",
                "73 728",
            ),
            right("64·9 + 64·128 = 8 768", "64·9 + 64·128", "8768", "8 768"),
            wrong(
                "64·9·64·128 = 4 718 592",
                "parts-multiplied",
                "the weights of the two layers are multiplied",
                "64·9·64·128",
                "4718592",
                "4 718 592",
            ),
        ),
        "Which two layers are they, and how deep is a kernel in each?",
        "Depthwise: k·k for each channel. Pointwise: C·filters. The two add up.",
        "The depthwise layer looks at each channel by itself, the 1×1 layer mixes the channels. Their weights add up.",
        _depthwise,
    ),
    Concept(
        "global-average",
        "what global average pooling saves",
        "Maps of 512×7×7 go to a fully connected layer with 1000 outputs, flattened, or after global average pooling. How do its weights change with the pooling?",
        (
            wrong(
                "not at all: a pooling has no parameters",
                "next-layer-forgotten",
                "the layer after the pooling is taken to stay as it is",
                "not at all",
                "no change",
                "same",
                "the same",
                "nothing",
            ),
            wrong("they are 7 times fewer", "side-for-area", "one side is counted for the area", "7 times", "7"),
            right("they are 49 times fewer", "49 times", "49", "7·7 times"),
            wrong(
                "none are left",
                "pooling-replaces-layer",
                "the pooling is taken to be the last layer itself",
                "none",
                "no weights",
            ),
        ),
        "How many numbers go into the fully connected layer?",
        "Weights of a fully connected layer: inputs times outputs.",
        "Each map becomes one number, so 512 inputs are left of 512·7·7. The pooling itself learns nothing.",
        _global_average,
    ),
    Concept(
        "bias-before-norm",
        "a bias before batch normalisation",
        "Batch normalisation follows a convolution layer. What does the bias of that layer do in training?",
        (
            wrong(
                "it shifts what comes out of the normalisation",
                "bias-after-the-mean",
                "the mean is taken not to see the bias",
                "shifts",
                "shift",
            ),
            right(
                "nothing: it goes out with the mean",
                "nothing",
                "no effect",
                "none",
                "goes out",
                "superfluous",
                "redundant",
            ),
            wrong(
                "it scales what comes out of the normalisation",
                "bias-for-scale",
                "a bias is taken for a factor",
                "scales",
                "scale",
            ),
            wrong(
                "it is needed, for nothing else can shift the maps",
                "normalisation-learns-nothing",
                "the scale and the shift of batch normalisation are forgotten",
                "needed",
                "is needed",
            ),
        ),
        "Add a number to every cell of a map. What becomes of the map less its mean?",
        "(x + b) − mean(x + b) = x − mean(x)",
        "The mean has the bias in it, so subtracting the mean takes the bias off. Batch normalisation has a shift of its own: "
        "such layers are built with bias=False.",
        _normalised_bias,
    ),
    Concept(
        "two-small-kernels",
        "two 3×3 convolutions instead of one 5×5",
        "Two 3×3 convolutions with ReLU between them stand in place of one 5×5, on as many channels. What does that give?",
        (
            wrong(
                "a larger receptive field",
                "kernels-added",
                "the sizes of the kernels are added up",
                "larger",
                "bigger receptive",
            ),
            wrong(
                "a smaller receptive field",
                "last-kernel-alone",
                "the field of the last kernel alone is taken",
                "smaller",
            ),
            wrong(
                "the same receptive field with more weights",
                "layers-without-area",
                "layers are counted, not the cells of their kernels",
                "same receptive field with more",
                "more weights",
                "more parameters",
            ),
            right(
                "the same receptive field with fewer weights",
                "same receptive field with fewer",
                "same field with fewer",
                "fewer weights and the same",
                "fewer weights",
                "fewer parameters",
            ),
        ),
        "Work the receptive field of both, and their weights.",
        "At stride 1 each layer adds k − 1 cells to the field; its weights are k·k·C·C.",
        "Each of the two adds 2 cells to the one that is seen, as the 5×5 adds 4. They have 2·9 weights for each pair of "
        "channels instead of 25, and a ReLU more.",
        _two_small,
    ),
    Concept(
        "dilation",
        "what grows with the dilation",
        "A 3×3 convolution gets dilation 2 instead of 1. What grows?",
        (
            wrong(
                "the parameters only",
                "dilated-kernel-counted",
                "the gaps of a dilated kernel are counted as weights",
                "parameters",
                "only the parameters",
                "weights",
            ),
            right("the receptive field only", "receptive field", "field", "only the receptive field", "the field"),
            wrong(
                "both",
                "dilated-kernel-counted",
                "the gaps of a dilated kernel are counted as weights",
                "both of them",
                "receptive field and the parameters",
                "receptive field and parameters",
            ),
            wrong("neither", "dilation-ignored", "the dilation is ignored", "none", "nothing"),
        ),
        "How many taps has the kernel, and how far apart do they lie?",
        "k taps at dilation d cover d·(k − 1) + 1 cells.",
        "The 9 taps lie further apart and cover 5×5 cells. Between them there is nothing to learn.",
        _dilation,
    ),
    Concept(
        "stride-field",
        "strides and the receptive field",
        "Of three 3×3 convolutions the first gets stride 2 instead of 1. What becomes of the receptive field of the last output?",
        (
            wrong(
                "it stays: a stride only makes the map smaller",
                "strides-ignored",
                "the strides are ignored",
                "stays",
                "same",
                "the same",
                "unchanged",
            ),
            wrong(
                "it becomes smaller, as the map does",
                "field-shrinks-with-map",
                "the field is taken to shrink with the map",
                "smaller",
                "becomes smaller",
                "shrinks",
            ),
            right(
                "it grows: the layers after it step over more of the image",
                "grows",
                "larger",
                "becomes larger",
                "increases",
                "bigger",
            ),
        ),
        "Neighbours in the map after the first layer: how far apart do they lie in the image?",
        "Each layer adds (k − 1) times the product of all strides before it.",
        "After the stride of 2 neighbours are 2 cells of the image apart, so each later kernel adds 2·2 cells instead of 2.",
        _stride,
    ),
)
