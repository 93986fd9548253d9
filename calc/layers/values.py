"""The arguments of layers: which values torch takes for each, by torch's name of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from calc.errors import Impossible, nearest, printable

WHOLE: Mapping[str, int] = {
    "in_channels": 1,
    "out_channels": 1,
    "groups": 1,
    "in_features": 1,
    "in1_features": 1,
    "in2_features": 1,
    "out_features": 1,
    "num_features": 1,
    "num_channels": 1,
    "num_groups": 1,
    "num_parameters": 1,
    "num_embeddings": 1,
    "embedding_dim": 1,
    "input_size": 1,
    "hidden_size": 1,
    "num_layers": 1,
    "proj_size": 0,
    "embed_dim": 1,
    "num_heads": 1,
    "upscale_factor": 1,
    "downscale_factor": 1,
}
"""Whole numbers, with the least there is."""

PER_AXIS: Mapping[str, int] = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1, "output_padding": 0}
"""Whole numbers along each axis, with the least there is."""

NUMBERS = (
    "eps",
    "negative_slope",
    "alpha",
    "beta",
    "lambd",
    "threshold",
    "value",
    "lower",
    "upper",
    "init",
    "k",
    "dropout",
)
"""Numbers that change no shape."""

FLAGS = (
    "bias",
    "affine",
    "elementwise_affine",
    "track_running_stats",
    "ceil_mode",
    "count_include_pad",
    "inplace",
    "return_indices",
    "batch_first",
    "bidirectional",
    "add_bias_kv",
    "add_zero_attn",
)


def said(value: Any) -> str:
    """A value as it stands in a sentence."""
    return f"“{printable(value)}”" if isinstance(value, str) else printable(repr(value))


def whole(kind: str, name: str, value: Any, least: int | None = None) -> int:
    """The value, if it is a whole number that is not too small."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Impossible(f"{kind} takes a whole number for {name}, not {said(value)}")
    if least is not None and value < least:
        raise Impossible(f"{kind} takes at least {least} for {name}, not {value}")
    return value


def wholes(kind: str, name: str, value: Any, least: int | None = None) -> tuple[int, ...]:
    """The values, if they are whole numbers that are not too small."""
    return tuple(whole(kind, name, part, least) for part in value)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(kind: str, name: str, value: Any) -> float:
    """The value, if it is a number."""
    if not is_number(value):
        raise Impossible(f"{kind} takes a number for {name}, not {said(value)}")
    return float(value) if isinstance(value, float) else value


def flag(kind: str, name: str, value: Any) -> bool:
    """The value, if it is true or false; torch takes numbers and nothing for it as well."""
    if not isinstance(value, int | None):
        raise Impossible(f"{kind} takes True or False for {name}, not {said(value)}")
    return bool(value)


def word(kind: str, name: str, value: Any, words: Iterable[str]) -> str:
    """The value, if it is one of the words."""
    known = tuple(words)
    if value in known:
        return str(value)
    like = nearest(value, known) if isinstance(value, str) else ""
    raise Impossible(f"{kind} takes {', '.join(known[:-1])} or {known[-1]} for {name}, not {said(value)}{like}")


def each(
    kind: str, name: str, value: Any, axes: int, one: Callable[[Any], Any], *, alone: bool = True
) -> tuple[Any, ...]:
    """A value for each axis: a single one stands for all, and so does one in brackets if it may be `alone`."""
    if not isinstance(value, tuple | list):
        return (one(value),) * axes
    if len(value) != axes and not (alone and len(value) == 1):
        numbers = "one number" if axes == 1 else f"one number or {axes}"
        raise Impossible(f"{kind} takes {numbers} for {name}, not {len(value)}")
    return tuple(map(one, value)) * (axes // len(value))


def sizes(
    kind: str, name: str, value: Any, axes: int, least: int | None = None, *, alone: bool = True
) -> tuple[int, ...]:
    """A whole number for each axis."""
    return each(kind, name, value, axes, lambda part: whole(kind, name, part, least), alone=alone)


def checked(kind: str, name: str, value: Any, axes: int, *, alone: bool = True) -> Any:
    """The value of an argument as it is kept, by its name; `Impossible` if torch takes none such."""
    if name in PER_AXIS and axes:
        return sizes(kind, name, value, axes, PER_AXIS[name], alone=alone)
    if name in WHOLE:
        return whole(kind, name, value, WHOLE[name])
    if name in FLAGS:
        return flag(kind, name, value)
    if name in NUMBERS:
        return number(kind, name, value)
    return value
