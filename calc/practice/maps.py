"""Questions about feature maps: convolutions, cross-correlations, poolings and transposed convolutions, small enough for a sheet of paper."""

from __future__ import annotations

from random import Random
from typing import Any

from calc.convolution import convolve
from calc.pooling import pool
from calc.practice.drawing import command, distinct, matrix, rows, said
from calc.practice.items import Draft
from calc.transposed import transpose

SMALL = range(5)
SIGNED = (-2, -1, 0, 1, 2, 3)
WEIGHTS = (-2, -1, 0, 1, 2, 3)
TURNED = ("kernel-transposed",)


def _convolution(image: str, kernel: str, points: tuple[str, ...], **options: Any) -> Draft:
    line = command("conv", image=image, kernel=kernel, **options)
    turning = (
        ("flipped",)
        if options.get("flip") is False
        else ("not-flipped", "flipped-up-down-only", "flipped-left-right-only")
    )
    question = convolve(image, kernel, **said(options))
    return Draft(line, question, (*turning, *TURNED, *points))


def _slid(level: int, random: Random, flip: bool | None) -> Draft:
    """A convolution, or the cross-correlation of a layer."""
    if level == 1:
        image = rows(matrix(random, *random.choice(((3, 3), (3, 4), (4, 3))), SMALL))
        return _convolution(image, rows(matrix(random, 2, 2, WEIGHTS)), (), padding="valid", flip=flip)
    if level == 2:
        way = random.choice(("padded", "strided"))
        kernel = rows(matrix(random, 3, 3, (-1, 0, 0, 1, 2)))
        if way == "padded":
            image = rows(matrix(random, 3, 3, SMALL))
            return _convolution(image, kernel, ("padding-ignored", "edge-repeated"), padding=1, flip=flip)
        image = rows(matrix(random, 4, 5, SMALL))
        return _convolution(
            image, kernel, ("padding-ignored", "stride-ignored", "edge-repeated"), padding=1, stride=2, flip=flip
        )
    way = random.choice(("dilated", "channels", "several"))
    if way == "dilated":
        image = rows(matrix(random, 4, 4, SIGNED))
        kernel = rows(matrix(random, 2, 2, WEIGHTS))
        return _convolution(image, kernel, ("dilation-ignored",), padding="valid", dilation=2, flip=flip)
    if way == "channels":
        image = rows(matrix(random, 3, 3, SMALL), matrix(random, 3, 3, SMALL))
        kernel = rows(matrix(random, 2, 2, WEIGHTS), matrix(random, 2, 2, WEIGHTS))
        bias = random.choice((-3, -2, 1, 2, 4))
        return _convolution(image, kernel, ("bias-forgotten",), padding="valid", bias=bias, flip=flip)
    image = rows(matrix(random, 5, 5, SIGNED))
    kernel = rows(matrix(random, 3, 3, (-1, 0, 0, 1, 2)))
    bias = random.choice((-2, -1, 1, 2))
    points = ("padding-ignored", "stride-ignored", "bias-forgotten", "activation-left-out")
    return _convolution(image, kernel, points, padding=1, stride=2, bias=bias, then="relu", flip=flip)


def convolution(level: int, random: Random) -> Draft:
    """A convolution: the kernel is flipped."""
    return _slid(level, random, None)


def correlation(level: int, random: Random) -> Draft:
    """What a CNN layer computes: the kernel is not flipped."""
    return _slid(level, random, flip=False)


def _pooling(image: str, points: tuple[str, ...], **options: Any) -> Draft:
    return Draft(command("pool", image=image, **options), pool(image, **said(options)), points)


def pooling(level: int, random: Random) -> Draft:
    """A max or an average pooling."""
    kind = random.choice(("max", "average"))
    other = ("average-taken",) if kind == "max" else ("max-taken", "not-divided")
    if level == 1:
        return _pooling(
            rows(distinct(random, 4, 4, range(20))),
            (*other, "min-taken", "windows-overlap"),
            kind=None if kind == "max" else kind,
            kernel=2,
        )
    if level == 2:
        kernel, stride, size = random.choice(((2, 1, (3, 4)), (3, 2, (5, 5)), (3, 1, (4, 5))))
        points = (*other, "min-taken", "stride-as-kernel", *(("stride-ignored",) if stride > 1 else ()))
        image = rows(distinct(random, *size, range(-6, 20)))
        return _pooling(image, points, kind=kind, kernel=kernel, stride=stride)
    if random.random() < 0.5:
        image = rows(distinct(random, 5, 5, range(-9, 20)))
        return _pooling(image, (*other, "min-taken", "rounded-down"), kind=kind, kernel=2, ceil=True)
    image = rows(distinct(random, 4, 4, range(-9, 12)))
    average = kind == "average"
    counted = ("padding-counted-otherwise",) if average else ()
    points = (*other, "min-taken", "padding-ignored", "stride-as-kernel", *counted)
    return _pooling(image, points, kind=kind, kernel=3, stride=2, padding=1, count_include_pad=average or None)


def transposed(level: int, random: Random) -> Draft:
    """A transposed convolution."""
    image = rows(matrix(random, 2, 2, SMALL[1:]))
    numbers: dict[str, int] = {}
    points = ["stamps-flipped"]
    if level == 1:
        kernel = rows(matrix(random, 2, 2, [n for n in WEIGHTS if n]))
        numbers = {"stride": random.choice((1, 2))}
        points.append("stride-ignored" if numbers["stride"] == 2 else "stamps-overwritten")
    elif level == 2:
        kernel = rows(matrix(random, 3, 3, (-1, 0, 0, 1, 2)))
        numbers = {"stride": 2}
        points += ["stride-ignored", "stamps-overwritten"]
    else:
        kernel = rows(matrix(random, 3, 3, (-1, 0, 1, 2)))
        numbers = {"stride": 2, "padding": 1} | ({"output_padding": 1} if random.random() < 0.5 else {})
        points += ["padding-ignored", "output-padding-ignored" if "output_padding" in numbers else "stride-ignored"]
    line = command("transposed", image=image, kernel=kernel, **numbers)
    return Draft(line, transpose(image, kernel, **said(numbers)), tuple(points))
