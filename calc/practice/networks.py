"""Questions about what layers have and do: parameters, and multiply-accumulates."""

from __future__ import annotations

from random import Random

from calc.counting import count
from calc.posing import Asks
from calc.practice.drawing import command
from calc.practice.items import Draft

CONVOLUTION = ("input-channels-forgotten", "bias-forgotten", "bias-per-input-channel", "one-bias-for-the-layer")


def _counted(layers: list[str], shape: str | None, points: tuple[str, ...], asks: Asks = "") -> Draft:
    text = ", ".join(layers)
    return Draft(command("params", text, input=shape), count(text, shape), points, asks)


def parameters(level: int, random: Random) -> Draft:
    """How many parameters layers have."""
    channels, k = random.choice((2, 3, 4)), random.choice((3, 5, 7))
    filters = random.choice((6, 8, 10, 12, 16))
    first = f"Conv2d({channels}, {filters}, {k})"
    if level == 1:
        if random.random() < 0.7:
            return _counted([first], None, CONVOLUTION)
        layers = [f"Linear({random.randint(20, 200)}, {random.randint(5, 30)})"]
        return _counted(layers, None, ("bias-forgotten", "one-bias-for-the-layer"))
    k2 = random.choice([n for n in (3, 5, 7) if n != k])
    more = random.choice((20, 24, 32))
    second = f"Conv2d({filters}, {more}, {k2})"
    classes = random.choice((5, 10, 12))
    if level == 2:
        if random.random() < 0.5:
            return _counted([first, "ReLU()", second], None, CONVOLUTION)
        features = filters * random.choice((9, 16, 25, 36))
        linear = f"Linear({features}, {classes})"
        return _counted([first, "ReLU()", "MaxPool2d(2)", "Flatten()", linear], None, CONVOLUTION)
    wide = more * random.choice((4, 9, 16))
    depthwise = f"Conv2d({filters}, {filters}, {k2}, groups={filters})"
    ends = ["Flatten()", f"Linear({wide}, 64)", "ReLU()", f"Linear(64, {classes})"]
    way = random.choice(("normalised", "separable"))
    if way == "normalised":
        layers = [first, f"BatchNorm2d({filters})", "ReLU()", second, "MaxPool2d(2)", *ends]
    else:
        layers = [first, depthwise, f"Conv2d({filters}, {more}, 1)", "ReLU()", *ends]
    return _counted(layers, None, CONVOLUTION)


def macs(level: int, random: Random) -> Draft:
    """How many multiply-accumulates layers take."""
    channels, k = random.choice((2, 3, 4)), random.choice((3, 5))
    filters, n = random.choice((6, 8, 10)), random.choice((10, 12, 14, 16, 20))
    points: tuple[str, ...] = ("input-channels-forgotten-in-macs", "params-for-macs", "flops-for-macs")
    if level == 1:
        layers = [f"Conv2d({channels}, {filters}, {k})"]
    elif level == 2:
        layers = [f"Conv2d({channels}, {filters}, {k}, stride=2, padding={random.choice((1, 2))})"]
    else:
        more = random.choice((12, 16))
        layers = [
            f"Conv2d({channels}, {filters}, {k}, padding={k // 2})",
            "MaxPool2d(2)",
            f"Conv2d({filters}, {more}, 3, padding=1)",
            "Flatten()",
            f"Linear({more * (n // 2) ** 2}, 10)",
        ]
        points += ("image-size-everywhere",)
    return _counted(layers, f"{channels}x{n}x{n}", points, "macs")
