"""Printing derivations: one file for each format, each walking the same tree and adding nothing to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.derivation import Check, Derivation

FORMATS = {"text": "explain.text", "markdown": "explain.markdown", "json": "explain.data", "html": "explain.html"}
"""The formats that are written as lines of text, each by the `render` of its module."""

SUFFIXES = {".txt": "text", ".md": "markdown", ".json": "json", ".html": "html"}


def render(derivation: Derivation, format: str = "text", checks: Iterable[Check] = ()) -> Iterator[str]:  # noqa: A002  # the word of the option
    """The lines of a derivation in a format, then those of its checks, each made as it is read."""
    if format not in FORMATS:
        from calc.errors import Impossible

        raise Impossible(f"there is no format “{format}”: choose {', '.join(FORMATS)}")
    lines: Iterator[str] = import_module(FORMATS[format]).render(derivation, checks)
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
