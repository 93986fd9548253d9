"""What the shell completes the values of options to; nothing heavy is imported for it."""

from __future__ import annotations

from collections.abc import Callable

Words = list[str]
Described = list[tuple[str, str]]

TOPICS = (
    *("convolution", "cross-correlation", "pooling", "transposed"),
    *("size", "kernel", "padding", "layers", "field"),
    *("parameters", "macs", "concepts"),
)
"""Names of the topics of practice, whose own table imports numpy."""


def words(*known: str) -> Callable[[], Words]:
    """Those words."""
    return lambda: list(known)


def kernels() -> Described:
    """Named kernels, each with what it responds to."""
    from calc.kernels import BY_NAME

    return [(name, kernel.responds) for name, kernel in BY_NAME.items()]


def formats() -> Words:
    """The formats that an answer is written in."""
    from explain import BINARY, FORMATS

    return ["terminal", *FORMATS, *BINARY]


def pages() -> Words:
    """The formats that a worksheet is written in."""
    from explain import FORMATS, PICTURES

    return ["terminal", *(name for name in FORMATS if name not in PICTURES)]


def activations() -> Words:
    """The activations that can follow a layer."""
    from calc.activations import BY_NAME

    return list(BY_NAME)


def modes() -> Words:
    """The padding modes with names."""
    from calc.choices import MODES

    return list(MODES)


def paddings() -> Words:
    """The paddings with names."""
    from calc.dialects import PADDINGS

    return list(PADDINGS)


def dialects() -> Words:
    """Those whose layers are known."""
    from calc.dialects import DIALECTS

    return list(DIALECTS)


def columns() -> Words:
    """The columns of a ledger."""
    from calc.ledger import COLUMNS

    return list(COLUMNS)


def misconceptions() -> Described:
    """The misconceptions that can be taken for conventions."""
    from calc.marking.lessons import LESSONS

    return [(name, lesson.title) for name, lesson in LESSONS.items()]


def concepts() -> Described:
    """The concepts that can be asked."""
    from calc.concepts import concepts as every

    return [(each.name, each.about) for each in every()]
