"""Numbers for the letters of layers' rules, the smallest first, and whether there is a layer with such numbers.

A layer is asked itself: it is built with the numbers, and must have them, take the input and give the output.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import Any

from calc.algebra import small
from calc.errors import Impossible
from calc.layers.base import AXES, Layer, axis_letters
from calc.layers.conv import Conv
from calc.layers.padding import Pad
from calc.layers.pool import Windows
from calc.layers.transposed import ConvTranspose
from calc.rules import CONVOLUTION, LETTER, POOLING, TRANSPOSED, Name, Rule

TRIED = 4_000
"""Small numbers that are tried for the letters of a rule."""

PLAIN: Mapping[str, int] = {"p": 0, "d": 1, "o": 0}
PLAIN_WORDS = {"p": "padding", "d": "dilat", "o": "output"}
"""What a small layer goes without, unless a rule is about it."""

STARTS: Mapping[str, int] = {"p": 0, "a": 0, "k": 2, "k_": 2, "in": 2}
"""Where letters begin that are not counted from 1."""

BIASES = (1, 2, 3, 0)
"""What the letter for biases may be: none comes last, and of several kinds of layers only the layer itself knows."""

LARGEST_SIDE = 12
"""Side of an input up to which one is looked for that gives a small output."""

SIZE_RULES: tuple[tuple[type[Layer], Rule], ...] = (
    (Conv, CONVOLUTION),
    (Windows, POOLING),
    (ConvTranspose, TRANSPOSED),
)

NAMES: Mapping[str, Name] = {letter: name for name, letter in LETTER.items()}  # type: ignore[misc]

LETTERS: Mapping[str, str] = {
    "in_channels": "c",
    "out_channels": "m",
    "groups": "g",
    "stride": "s",
    "dilation": "d",
    "padding": "p",
    "output_padding": "o",
    "bias": "b",
    "kernel_size": "k",
    "in_features": "i",
    "in1_features": "i",
    "in2_features": "j",
    "out_features": "o",
    "num_features": "c",
    "num_embeddings": "i",
    "embedding_dim": "o",
    "input_size": "i",
    "hidden_size": "h",
    "num_layers": "a",
    "bidirectional": "d",
    "proj_size": "p",
    "embed_dim": "e",
    "kdim": "k",
    "vdim": "v",
    "num_heads": "t",
}
"""The letter that each argument of a layer has in its rules."""


def envs(letters: Iterable[str], words: str) -> Iterator[dict[str, int]]:
    """Numbers for letters, the smallest first, the same along all axes; `words` say what must not be left out."""
    names = sorted(letters)
    starts = {one: STARTS.get(one, 1) for one in dict.fromkeys(map(_tied, names)) if one != "b"}
    if "in" in starts and "o" in starts:
        starts["o"] = 0
    held = {
        name: n for name, n in PLAIN.items() if "in" in starts and name in starts and PLAIN_WORDS[name] not in words
    }
    for put in (held, {}) if held else ({},):
        free = {name: n for name, n in starts.items() if name not in put}
        for env, biases in product(small(free, TRIED), BIASES if "b" in names else (0,)):
            whole = {**env, **put, "b": biases}
            yield {name: whole[_tied(name)] for name in names}


def _tied(name: str) -> str:
    """What stands for a letter along all axes: k_ for k_h, _in for h_in."""
    before, mark, behind = name.partition("_")
    if not mark or before == "p":
        return name
    return "k_" if before == "k" else f"_{behind}"


def fits(rule: Rule, env: Mapping[str, int]) -> bool:
    """Whether there is a layer of that rule, its kernel no larger than its input and its padding smaller than that."""
    values = {NAMES[letter]: n for letter, n in env.items()}
    kernel, padding = env.get("k", 1), env.get("p", 0)
    covered = env.get("d", 1) * (kernel - 1) + 1
    return rule.legal(values) and padding < max(kernel, 2) and (rule.kind == TRANSPOSED.kind or covered <= env["in"])


def stands(kind: type[Layer], env: Mapping[str, int]) -> bool:
    """Whether there is a layer of a kind with these numbers."""
    if rule := next((rule for base, rule in SIZE_RULES if issubclass(kind, base) and "in" in env), None):
        return fits(rule, env)
    if issubclass(kind, Pad):
        return env["in"] > max(env.get("p_before", 0), env.get("p_after", 0))
    layer = _built(kind, env)
    if layer is None:
        return False
    own = {**dict(layer.along(0) if layer.axes else {}), **layer.letters()}
    if any(own[name] != n for name, n in env.items() if name in own):
        return False
    sides = [name for name in env if name.endswith(("_in", "_out"))]
    return not sides or any(_works(layer, side, env) for side in range(1, LARGEST_SIDE))


def _built(kind: type[Layer], env: Mapping[str, int]) -> Layer | None:
    """The layer with these numbers; None where there is none."""
    arguments: dict[str, Any] = {}
    for name in kind.arguments():
        letter = LETTERS.get(name, "")
        sides = [f"k_{a}" for a in AXES.get(kind.axes, ())]
        if name == "kernel_size" and sides[0] in env:
            arguments[name] = tuple(env[side] for side in sides)
        elif letter in env:
            n = env[letter]
            arguments[name] = {"bias": n > 0, "num_layers": n + 1, "bidirectional": n > 1}.get(name, n)
    needed = {f.name for f in dataclasses.fields(kind) if f.init and f.default is dataclasses.MISSING}
    unsaid = {name: 1 for name, own in kind.arguments().items() if own in needed and name not in arguments}
    with suppress(Impossible):
        return kind.of({**unsaid, **arguments})
    return None


def _works(layer: Layer, side: int, env: Mapping[str, int]) -> bool:
    """Whether a layer takes an input of that side, and the sizes in and out are those of the letters."""
    fields = layer.fields()
    channels = next((fields[name] for name in ("in_channels", "num_features") if name in fields), 1)
    shape = (channels, *(side,) * layer.axes)
    with suppress(Impossible):
        sizes = {**axis_letters(shape, "in"), **axis_letters(layer.output_shape(shape), "out")}
        if isinstance(layer, Conv) and side < max(layer.kernel_size):
            return False
        return all(sizes.get(name, n) == n for name, n in env.items())
    return False
