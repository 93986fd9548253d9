"""Printing derivations: one file for each format, each walking the same tree and adding nothing to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calc.derivation import Check, Derivation

FORMATS = {
    "text": "explain.text",
    "markdown": "explain.markdown",
    "latex": "explain.latex",
    "html": "explain.html",
    "svg": "explain.films.svg",
    "json": "explain.data",
}
"""The formats that are written as lines of text, each by the `render` of its module."""

BINARY = {"gif": "explain.films.gif"}
"""The formats that are written as bytes, each by the `pieces` of its module."""

PICTURES = ("svg", "gif")
"""Those among them that are pictures, which not every derivation has."""

SUFFIXES = {
    ".txt": "text",
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
    ".svg": "svg",
    ".gif": "gif",
    ".json": "json",
}


def render(
    derivation: Derivation,
    format: str = "text",  # noqa: A002  # the word of the option
    checks: Iterable[Check] = (),
    **options: Any,
) -> Iterator[str]:
    """The lines of a derivation in a format, then those of its checks, each made as it is read.

    `options` are those of the format alone, such as `standalone=True` of LaTeX or `step="3"` of SVG; `Impossible` names
    one that it lacks.
    """
    if format not in FORMATS:
        from calc.errors import Impossible

        raise Impossible(f"there is no format “{format}”: choose {', '.join(FORMATS)}")
    check_options(format, options)
    lines: Iterator[str] = import_module(FORMATS[format]).render(derivation, checks, **options)
    return lines


def pieces(derivation: Derivation, format: str, **options: Any) -> Iterator[bytes]:  # noqa: A002  # the word of the option
    """The bytes of a derivation in a format that is no text, such as GIF, with the options of `render`."""
    if format not in BINARY:
        from calc.errors import Impossible

        raise Impossible(f"the format {format} is not written as bytes: choose {', '.join(BINARY)}")
    check_options(format, options)
    written: Iterator[bytes] = import_module(BINARY[format]).pieces(derivation, **options)
    return written


def check_options(format: str, options: Iterable[str]) -> None:  # noqa: A002
    """`Impossible` where a format, or the terminal, has no such option."""
    for option in sorted(options):
        which = having(option)
        if format not in which:
            from calc.errors import Impossible

            where = f"it is for {' and '.join(which)}" if which else "no format has it"
            raise Impossible(f"the format {format} has no option “{option}”: {where}")


def having(option: str) -> list[str]:
    """The formats with an option of that name."""
    from inspect import signature

    makers = {name: import_module(module).render for name, module in FORMATS.items()}
    makers |= {name: import_module(module).pieces for name, module in BINARY.items()}
    general = {"derivation", "checks"}
    return [name for name, maker in makers.items() if option in signature(maker).parameters.keys() - general]


def show(derivation: Derivation, checks: Iterable[Check] = ()) -> None:
    """Print a derivation on standard output: in colour on a terminal, as plain text elsewhere."""
    import os
    import shutil
    import sys

    if (sys.stdout and sys.stdout.isatty()) or os.environ.get("FORCE_COLOR"):
        from explain.terminal import show as show_in_colour

        show_in_colour(derivation, checks, sys.stdout)
        return
    from explain.text import render as render_text

    for line in render_text(derivation, checks, shutil.get_terminal_size().columns):
        print(line, flush=not line)
