"""Questions about sizes: of one layer, of what makes a size come out, through several layers, and what one output sees."""

from __future__ import annotations

from random import Random
from typing import Any

from calc.chain import through
from calc.practice.drawing import command, said
from calc.practice.items import Draft
from calc.sizing import size

ROUNDED = ("rounded-up",)


def _size(points: tuple[str, ...], **numbers: Any) -> Draft:
    """What a layer makes of a size, or what is missing of it."""
    line = command("shape", **numbers)
    given = said(numbers)
    question = size(given.pop("in_", None), given.pop("out", None), **given)
    return Draft(line, question, points)


def output(level: int, random: Random) -> Draft:
    """The output of one layer."""
    draw = random.randint
    points: tuple[str, ...]
    if level == 1:
        kernel = random.choice((4, 5, 7, 9))
        points = ("first-window-forgotten", "padding-ignored", "padding-subtracted", "size-kept")
        return _size(points, in_=draw(12, 64), kernel=kernel, padding=draw(1, kernel // 2))
    if level == 2:
        if random.random() < 0.3:
            points = ("first-window-forgotten", "stride-ignored", *ROUNDED)
            return _size(
                points, in_=draw(20, 300), kernel=random.choice((2, 3)), stride=random.choice((2, 3)), pool=True
            )
        points = ("first-window-forgotten", "padding-ignored", "stride-ignored", *ROUNDED)
        kernel = random.choice((5, 7, 9, 11))
        return _size(points, in_=draw(20, 300), kernel=kernel, stride=draw(2, 4), padding=draw(1, kernel // 2))
    way = random.choice(("dilated", "transposed", "ceil", "axes"))
    kernel, stride = random.choice((5, 7)), draw(2, 4)
    if way == "dilated":
        points = ("padding-ignored", "stride-ignored", "dilation-ignored", *ROUNDED)
        return _size(points, in_=draw(30, 200), kernel=kernel, stride=stride, padding=draw(1, 3), dilation=draw(2, 3))
    if way == "transposed":
        return _size(
            ("padding-ignored",), in_=draw(5, 40), kernel=kernel, stride=stride, padding=draw(1, 2), transposed=True
        )
    if way == "ceil":
        return _size(
            ("rounded-down",),
            in_=draw(20, 200),
            kernel=random.choice((2, 3, 4)),
            stride=draw(2, 3),
            pool=True,
            ceil=True,
        )
    points = ("first-window-forgotten", "padding-ignored", "stride-ignored", *ROUNDED)
    return _size(
        points, in_=f"{draw(20, 99)}x{draw(20, 99)}", kernel=f"{kernel}x{kernel + 2}", stride=stride, padding=draw(1, 3)
    )


def kernel(level: int, random: Random) -> Draft:
    """The kernel that makes a size come out."""
    draw = random.randint
    k = random.choice((3, 5, 7, 9, 11)) if level < 3 else random.choice((3, 5, 7))
    n, p, s, d = draw(20, 300), 0, 1, 1
    points: tuple[str, ...] = ("first-window-forgotten", "bracket-sign-lost")
    if level == 1:
        return _size(points, in_=n, out=n - k + 1)
    p = draw(1, max(k // 2, 2))
    if level == 2:
        return _size((*points, "padding-ignored"), in_=n, out=n + 2 * p - k + 1, padding=p)
    if random.random() < 0.5:
        d = draw(2, 3)
        out = n + 2 * p - d * (k - 1)
        return _size(("first-window-forgotten", "padding-ignored"), in_=n, out=out, padding=p, dilation=d)
    s = 2
    out = (n + 2 * p - k) // s + 1
    return _size(("padding-ignored", "stride-ignored"), in_=n, out=out, stride=s, padding=p)


def padding(level: int, random: Random) -> Draft:
    """The padding that keeps a size, or makes one come out."""
    draw = random.randint
    k = random.choice((5, 7, 9, 11, 13))
    if level == 1:
        return _size(
            ("padding-in-all", "half-the-kernel", "padding-as-kernel"), in_=draw(20, 300), out="same", kernel=k
        )
    p = draw(1, k // 2)
    if level == 2:
        n = draw(20, 300)
        return _size(("padding-in-all",), in_=n, out=n + 2 * p - k + 1, kernel=k)
    n, d = draw(30, 300), draw(2, 3)
    k = random.choice((3, 5, 7))
    if random.random() < 0.5:
        return _size(("dilation-ignored",), in_=n, out="same", kernel=k, dilation=d)
    s = draw(2, 3)
    out = (n + 2 * p - k) // s + 1
    return _size(("stride-ignored",), in_=n, out=out, kernel=k, stride=s)


def _convolution(random: Random, *, strided: bool, dilated: bool = False) -> str:
    kernel = random.choice((3, 5, 7))
    words = [f"conv {kernel}"]
    if strided:
        words.append(f"stride {random.choice((2, 3))}")
    if random.random() < 0.6:
        words.append(f"padding {random.choice((1, 2))}")
    if dilated:
        words.append("dilation 2")
    return " ".join(words)


def _pool(random: Random, *, ceil: bool = False) -> str:
    kernel, stride = random.choice(((2, 2), (3, 2), (3, 3)))
    said = f"pool {kernel}" if kernel == stride else f"pool {kernel} stride {stride}"
    return f"{said} ceil" if ceil else said


def layers(level: int, random: Random) -> Draft:
    """What comes out of several layers."""
    n = random.randint(40, 128) * level
    if level == 1:
        chain = [_convolution(random, strided=False), _pool(random)]
    elif level == 2:
        chain = [_convolution(random, strided=True), _pool(random), _convolution(random, strided=False)]
    else:
        chain = [
            _convolution(random, strided=True),
            _convolution(random, strided=False, dilated=True),
            _pool(random, ceil=random.random() < 0.5),
            _convolution(random, strided=False),
            _pool(random),
        ]
    text = ", ".join(chain)
    points = ("stride-ignored", "kernel-ignored", *ROUNDED) if level > 1 else ("windows-overlap",)
    return Draft(command("shape", text, in_=n), through(text, n), points)


def field(level: int, random: Random) -> Draft:
    """The receptive field of one output."""
    k = [random.choice((3, 5, 7)) for _ in range(4)]
    points: tuple[str, ...] = ("kernels-added", "kernels-multiplied", "last-kernel-alone")
    if level == 1:
        chain = [f"conv {n}" for n in k[: random.choice((2, 3))]]
    elif level == 2:
        chain = [f"conv {k[0]}", "pool 2", f"conv {k[1]}", *((f"conv {k[2]}",) if random.random() < 0.5 else ())]
        points += ("strides-ignored", "own-stride-too-early", "pooling-ignored")
    else:
        chain = [
            f"conv {k[0]} stride 2",
            random.choice(("pool 2", "pool 3 stride 2")),
            f"conv {k[1]} dilation {random.choice((2, 3))}",
            f"conv {k[2]}",
        ]
        points += ("strides-ignored", "own-stride-too-early", "pooling-ignored", "dilation-ignored")
    text = ", ".join(chain)
    return Draft(command("shape", text), through(text), points, "field")
