"""The size rules of torch, Keras, ONNX and Caffe: the same question in the words of each.

Sources: the documentation of torch.nn; Keras's `conv_output_length` and `deconv_output_length`, the documentation of
its pooling layers, and TensorFlow's "Notes on padding"; ONNX's operators Conv-22, MaxPool-22, ConvTranspose-22 and
Resize-19; Caffe's `conv_layer.cpp`, `deconv_layer.cpp` and `pooling_layer.cpp`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from calc.errors import Impossible, printable
from calc.expr import Expr, Num, Number, Op, ceil, floor
from calc.layers.base import IN, OUT
from calc.layers.conv import Conv
from calc.layers.pool import Pool
from calc.layers.transposed import ConvTranspose
from calc.rules import (
    CEIL_POOLING,
    CONVOLUTION,
    NEUTRAL,
    POOLING,
    SCALING,
    TRANSPOSED,
    WORDS,
    Kind,
    Limit,
    Name,
    Rule,
    d,
    f,
    k,
    o,
    p,
    s,
)

Dialect = Literal["torch", "keras", "onnx", "caffe"]
DIALECTS: Mapping[str, str] = {"torch": "torch", "keras": "Keras", "onnx": "ONNX", "caffe": "Caffe"}
PADDINGS = ("same", "valid", "full", "same-upper", "same-lower")

EXTRA_LAST = "⌈in/stride⌉ windows, an odd zero at the end"
EXTRA_FIRST = "⌈in/stride⌉ windows, an odd zero at the start"
FIT = "no zeros: the windows that fit"

SAME = ceil(IN / s)
"""TensorFlow's and ONNX's `same`: one output for every stride begun (TensorFlow, "Notes on padding")."""

ZEROS_NEEDED = (OUT - 1) * s + Conv.reach - IN
"""The zeros in all with which the last of out windows ends where the padded input does."""

SAME_ZEROS = Op("max", (ZEROS_NEEDED, Num(0)))
"""The zeros in all that `same` puts before and after."""

TORCH_SAME_ZEROS = d * (k - 1)
"""The zeros in all that torch's padding="same" puts before and after, at stride 1."""

VALID = ceil((IN - Conv.reach + 1) / s)
"""Keras's and ONNX's `valid`, no zeros: every start from which the window fits, one in each stride."""

NO_STRIDED_DILATION = Limit(
    Op("min", (s, d)), Num(1), "Keras takes no stride above 1 together with a dilation above 1: {stride} and {dilation}"
)

TORCH_SAME = replace(
    CONVOLUTION,
    law=Conv.size.put({"p": TORCH_SAME_ZEROS / 2}),
    hyper=("kernel", "stride", "dilation"),
    word="same",
    convention="d·(k − 1) zeros in all, an odd one at the end",
    limits=(
        Limit(
            s,
            Num(1),
            "torch takes padding “same” with stride 1 alone, not {stride}: with it Keras gives ⌈in/stride⌉ (--dialect keras)",
        ),
    ),
)


def _same(rule: Rule, word: str, law: Expr = SAME) -> Rule:
    hyper = tuple(name for name in rule.hyper if name not in ("padding", "output_padding"))
    how = EXTRA_FIRST if word == "same-lower" else EXTRA_LAST
    limits = tuple(limit for limit in rule.limits if not (limit.less.free | limit.most.free) & {"p", "o"})
    return replace(rule, law=law, hyper=hyper, word=word, limits=limits, convention=how)


FULL_CONVOLUTION = replace(
    CONVOLUTION,
    law=Conv.size.put({"p": TORCH_SAME_ZEROS}),
    hyper=TORCH_SAME.hyper,
    word="full",
    convention="d·(k − 1) zeros on each side: every overlap counts",
)

KERAS_CONVOLUTION = replace(
    CONVOLUTION,
    dialect="keras",
    law=VALID.put({"in": IN + 2 * p}),
    limits=(NO_STRIDED_DILATION,),
    convention="ZeroPadding before the layer, then padding “valid”",
)
KERAS_VALID = replace(
    KERAS_CONVOLUTION,
    law=VALID,
    hyper=("kernel", "stride", "dilation"),
    word="valid",
    convention=FIT,
)
KERAS_POOLING = replace(
    POOLING,
    dialect="keras",
    law=floor((IN + 2 * p - k) / s) + 1,
    hyper=("kernel", "stride", "padding"),
    limits=(),
    convention="ZeroPadding before the layer (its zeros take part)",
)
KERAS_VALID_POOLING = replace(
    KERAS_POOLING,
    law=floor((IN - k) / s) + 1,
    hyper=("kernel", "stride"),
    word="valid",
    convention=FIT,
)
KERAS_TRANSPOSED = replace(
    TRANSPOSED,
    dialect="keras",
    law=IN * s + Op("max", (Conv.reach - s, Num(0))),
    hyper=("kernel", "stride", "dilation"),
    word="valid",
    limits=(NO_STRIDED_DILATION,),
    convention="nothing is cut off; a cell has its stride at least",
)
BELOW_STRIDE = Limit(o + 1, s, "output padding {output_padding} is too much: in Keras it is below the stride, {stride}")
KERAS_OUTPUT_PADDED = replace(
    KERAS_TRANSPOSED,
    law=(IN - 1) * s + Conv.reach + o,
    hyper=(*KERAS_TRANSPOSED.hyper, "output_padding"),
    limits=(NO_STRIDED_DILATION, BELOW_STRIDE),
    convention="nothing is cut off, output padding is added",
)
KERAS_SAME_OUTPUT_PADDED = replace(
    KERAS_OUTPUT_PADDED,
    law=(IN - 1) * s + Conv.reach - 2 * floor(Conv.reach / 2) + o,
    word="same",
    convention="⌊reach/2⌋ is cut off both sides",
    odd_or_even=True,
)
KERAS_SCALING = replace(
    SCALING,
    dialect="keras",
    law=IN * f,
    limits=(Limit(f, floor(f), "Keras's UpSampling takes whole factors, not {scale}"),),
    convention="each cell is repeated",
)

ONNX_CEIL = replace(
    CEIL_POOLING,
    dialect="onnx",
    limits=(),
    moves_by_kernel=False,
    convention="ceil: no window starts in the end padding",
)

CLIPPED = Pool.ceil_size.put({"d": 1}).tidy()
CAFFE_POOLING = replace(
    CEIL_POOLING,
    dialect="caffe",
    law=CLIPPED,
    unpadded=(ceil((IN - k) / s) + 1),
    hyper=("kernel", "stride", "padding"),
    limits=(Limit(p + 1, k, "padding {padding} is too much: Caffe pads a pooling by less than its kernel, {kernel}"),),
    moves_by_kernel=False,
    convention="ceil; if padded, no window starts beyond",
)
CAFFE_TRANSPOSED = replace(
    TRANSPOSED,
    dialect="caffe",
    law=ConvTranspose.size.put({"o": 0}).tidy(),
    hyper=("kernel", "stride", "padding", "dilation"),
    limits=(),
)


class Asked(NamedTuple):
    """Which layer is asked about: its kind, the word for its padding, and whether a pooling rounds up."""

    kind: Kind = "convolution"
    word: str = ""
    ceil: bool = False
    output_padded: bool = False
    padded: bool = False
    """Whether a number of zeros is said or asked for."""


CONVOLVED = Asked()
"""A convolution, its padding a number."""


def rule_for(asked: Asked, dialect: Dialect) -> Rule:
    """The size rule of that layer in a dialect; `Impossible` where it has no such layer."""
    match dialect:
        case "torch":
            return _torch(asked)
        case "keras":
            return _keras(asked)
        case "onnx":
            return _onnx(asked)
        case "caffe":
            return _caffe(asked)


def _torch(asked: Asked) -> Rule:
    plain = POOLING if not asked.ceil else CEIL_POOLING
    match asked.kind, asked.word:
        case "convolution", "" | "valid":
            return CONVOLUTION
        case "convolution", "same":
            return TORCH_SAME
        case "convolution", "full":
            return FULL_CONVOLUTION
        case "convolution", word:
            before = _same(CONVOLUTION, word)
            return replace(before, convention=f"{before.convention} (F.pad)")
        case "pooling", "" | "valid":
            return plain
        case "transposed convolution", "" | "valid":
            return TRANSPOSED
        case "up-sampling", "":
            return SCALING
    raise Impossible(
        f"torch's {asked.kind} takes a number of zeros, not “{asked.word}”: give --padding N, or another --dialect"
    )


def _keras(asked: Asked) -> Rule:
    if asked.ceil:
        raise Impossible("Keras's pooling has no ceil mode: its padding “same” gives ⌈in/stride⌉")
    if asked.word not in ("", "same", "valid"):
        raise Impossible(f"Keras knows the paddings “same” and “valid”, not “{asked.word}”")
    match asked.kind, asked.word:
        case "convolution", "same":
            return _same(KERAS_CONVOLUTION, "same")
        case "convolution", _:
            return KERAS_CONVOLUTION if asked.padded else KERAS_VALID
        case "pooling", "same":
            return _same(KERAS_POOLING, "same", floor((IN - 1) / s) + 1)
        case "pooling", _:
            return KERAS_POOLING if asked.padded else KERAS_VALID_POOLING
        case "transposed convolution", _ if asked.padded:
            raise Impossible(
                "Keras's transposed convolution takes padding “same” or “valid”, not a number: a Cropping layer after it cuts cells off"
            )
        case "transposed convolution", "same" if asked.output_padded:
            return KERAS_SAME_OUTPUT_PADDED
        case "transposed convolution", "same":
            cut = replace(_same(KERAS_TRANSPOSED, "same", IN * s), convention="in·stride cells are kept")
            return replace(cut, limits=KERAS_TRANSPOSED.limits)
        case "transposed convolution", _:
            return KERAS_OUTPUT_PADDED if asked.output_padded else KERAS_TRANSPOSED
    return KERAS_SCALING


def _onnx(asked: Asked) -> Rule:
    word = "same-upper" if asked.word == "same" else asked.word
    match asked.kind, word:
        case "convolution", "same-upper" | "same-lower":
            return replace(_same(CONVOLUTION, word), dialect="onnx")
        case "convolution", "full":
            return replace(FULL_CONVOLUTION, dialect="onnx")
        case "convolution", "valid":
            return replace(KERAS_VALID, dialect="onnx", limits=())
        case "convolution", _:
            return replace(CONVOLUTION, dialect="onnx")
        case "pooling", "same-upper" | "same-lower":
            return replace(_same(ONNX_CEIL, word), dialect="onnx")
        case "pooling", "" | "valid":
            floored = replace(POOLING, dialect="onnx", limits=(), moves_by_kernel=False)
            return ONNX_CEIL if asked.ceil else floored
        case "transposed convolution", "same-upper" | "same-lower":
            cut = "in·stride cells are kept"
            return replace(_same(TRANSPOSED, word, IN * s), dialect="onnx", convention=cut)
        case "transposed convolution", "" | "valid":
            return replace(TRANSPOSED, dialect="onnx")
        case "up-sampling", _:
            return replace(SCALING, dialect="onnx")
    raise Impossible(f"ONNX's {asked.kind} has no padding “{asked.word}”: give --padding N, same-upper or same-lower")


def _caffe(asked: Asked) -> Rule:
    if asked.word not in ("", "valid"):
        raise Impossible(f"Caffe takes a number of zeros, not “{asked.word}”: give --padding N")
    if asked.output_padded:
        raise Impossible("Caffe's deconvolution has no output padding: leave --output-padding out")
    match asked.kind:
        case "convolution":
            return replace(CONVOLUTION, dialect="caffe")
        case "pooling":
            return CAFFE_POOLING
        case "transposed convolution":
            return CAFFE_TRANSPOSED
    raise Impossible("Caffe has no layer that scales by a factor: a transposed convolution does it")


def zeros(rule: Rule, values: Mapping[Name, Number]) -> tuple[int, int]:
    """The zeros put before and after the axis, the numbers of the layer, its input and its output given."""
    if not rule.word or rule.word == "valid":
        return (int(values.get("padding", 0)),) * 2
    env = rule.letters(values)
    if rule.word == "full":
        return (int((Conv.reach - 1).value({"k": env["k"], "d": env.get("d", 1)})),) * 2
    many = SAME_ZEROS if rule.limits != TORCH_SAME.limits else TORCH_SAME_ZEROS
    total = int(many.value({"d": 1, **env}))
    few, more = total // 2, total - total // 2
    return (more, few) if rule.word == "same-lower" else (few, more)


class Claim(NamedTuple):
    """What a solution says along one axis: every number of the layer, its input and output, and the zeros around."""

    values: dict[Name, Number]
    zeros: tuple[int, int]


def convention(rule: Rule) -> str:
    """Whose layer it is, and how it rounds and pads."""
    padding = f" · padding “{rule.word}”" if rule.word else ""
    return f"{rule.kind.capitalize()} as in {DIALECTS[rule.dialect]}{padding} · {rule.convention}"


def read_dialect(text: str) -> Dialect:
    """torch, keras (or tensorflow), onnx or caffe."""
    match {"tensorflow": "keras", "tf": "keras", "pytorch": "torch"}.get(text.lower(), text.lower()):
        case "torch" | "keras" | "onnx" | "caffe" as dialect:
            return dialect
    raise Impossible(f"there is no dialect “{printable(text)}”: choose {', '.join(DIALECTS)}")


def has(rule: Rule, values: Mapping[Name, Number]) -> None:
    """`Impossible` if a number is said that such a layer has not, other than its neutral one."""
    for name, value in values.items():
        missing = name not in ("in", "out", *rule.hyper) and not (name == "stride" and rule.moves_by_kernel)
        if missing and value != NEUTRAL.get(name):
            who = DIALECTS[rule.dialect]
            raise Impossible(
                f"{who}'s {rule.kind} has no {WORDS[name]}{' beside padding ' + rule.word if rule.word else ''}: leave --{name.replace('_', '-')} out"
            )


def answers(
    asked: Asked, values: Mapping[Name, Number], unknown: Name
) -> Iterator[tuple[Dialect, Rule | None, tuple[tuple[int, int | None], ...] | str]]:
    """What each dialect answers to the same question: stretches of numbers, or why it has no such layer."""
    every: tuple[Dialect, ...] = ("torch", "keras", "onnx", "caffe")
    for dialect in every:
        rule: Rule | None = None
        try:
            rule = rule_for(asked, dialect)
            has(rule, values)
            own = completed(rule, values, unknown)
            rule = rule.tied if rule.moves_by_kernel and unknown == "kernel" and "stride" not in own else rule
            if unknown == "out":
                out = rule.out(own)
                yield dialect, rule, ((out, out),)
            else:
                yield dialect, rule, tuple((whole.first, whole.last) for whole in rule.solve(own, unknown))
        except Impossible as fault:
            yield dialect, rule, str(fault)


def completed(rule: Rule, values: Mapping[Name, Number], unknown: Name | None = None) -> dict[Name, Number]:
    """The numbers that such a layer has, the stride of a pooling that moves by its kernel filled in."""
    own = {name: value for name, value in values.items() if name in ("in", "out", *rule.hyper)}
    if (
        rule.moves_by_kernel
        and "stride" in rule.hyper
        and "stride" not in own
        and "kernel" in own
        and unknown != "stride"
    ):
        own["stride"] = own["kernel"]
    return own
