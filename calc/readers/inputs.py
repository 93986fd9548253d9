"""The inputs that a network is run on, as they are written: 3x32x32, int:16, mask=1x8."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from calc.errors import Impossible, printable

Shape = tuple[int, ...]

_WRITTEN = re.compile(r"(?:(?P<name>[A-Za-z_]\w*)=)?(?P<whole>int:)?(?P<shape>.*)", re.DOTALL)


class Given(NamedTuple):
    """One input: its shape without the batch, whether it holds whole numbers, and its name if it has one."""

    shape: Shape
    whole: bool = False
    name: str = ""


def read_shape(text: str) -> Shape:
    """`3x32x32` as (3, 32, 32)."""
    parts = re.split(r"[x×,]", text.lower().strip())
    if not all(part.strip().isdecimal() and len(part) < 10 and int(part) for part in parts):
        raise Impossible(
            f"--input “{printable(text, 30)}” is not a shape: write CxHxW without the batch, such as 3x32x32"
        )
    return tuple(map(int, parts))


def read_inputs(given: Any) -> tuple[Given, ...]:
    """One input or several: texts, shapes, or shapes by name."""
    if given is None:
        return ()
    if isinstance(given, str):
        return (_read(given),)
    if isinstance(given, Mapping):
        return tuple(_one(shape)._replace(name=str(name)) for name, shape in given.items())
    if not isinstance(given, Sequence) or not given:
        raise Impossible(f"an input is a shape such as 3x32x32 or (3, 32, 32), not {printable(repr(given), 30)}")
    if all(isinstance(size, int) for size in given):
        return (_one(given),)
    return tuple(map(_one, given))


def _one(given: Any) -> Given:
    if isinstance(given, str):
        return _read(given)
    sizes = tuple(given) if isinstance(given, Sequence) else ()
    if not sizes or not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes):
        raise Impossible(f"an input is a shape such as 3x32x32 or (3, 32, 32), not {printable(repr(given), 30)}")
    return Given(sizes)


def _read(text: str) -> Given:
    parts = _WRITTEN.fullmatch(text.strip())
    assert parts
    try:
        shape = read_shape(parts["shape"])
    except Impossible:
        return Given(read_shape(text))
    return Given(shape, bool(parts["whole"]), parts["name"] or "")
