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
    "json": "explain.data",
}
"""The formats that are written as lines of text, each by the `render` of its module."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html", ".json": "json"}


def render(
    derivation: Derivation,
    format: str = "text",  # noqa: A002  # the word of the option
    checks: Iterable[Check] = (),
    **options: Any,
) -> Iterator[str]:
    """The lines of a derivation in a format, then those of its checks, each made as it is read.

    `options` are those of the format alone, such as `standalone=True` of LaTeX; `Impossible` names one that it lacks.
    """
    import inspect

    from calc.errors import Impossible

    if format not in FORMATS:
        raise Impossible(f"there is no format “{format}”: choose {', '.join(FORMATS)}")
    made = import_module(FORMATS[format]).render
    for option in options.keys() - inspect.signature(made).parameters:
        which = [
            name for name in FORMATS if option in inspect.signature(import_module(FORMATS[name]).render).parameters
        ]
        of = f"it is for {' and '.join(which)}" if which else "no format has it"
        raise Impossible(f"the format {format} has no option “{option}”: {of}")
    lines: Iterator[str] = made(derivation, checks, **options)
    return lines


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
