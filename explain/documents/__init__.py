"""Worksheets written out: a format a module, each with a `document` that puts the pages among the prose.

`document` gives pieces of text with their line ends. Prose comes as the tokens of a Markdown parser, and pages are written
by the format's own `render`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from calc.errors import Impossible, printable
from explain.solving import Sheet

FORMATS = {
    "text": "explain.documents.text",
    "markdown": "explain.documents.markdown",
    "latex": "explain.documents.latex",
    "html": "explain.documents.html",
    "json": "explain.documents.data",
}
"""The formats that a worksheet can be written in, each by the `document` of its module."""


def document(sheet: Sheet, format: str = "markdown") -> Iterator[str]:  # noqa: A002  # the word of the option
    """The worksheet with a page for each of its questions, piece by piece."""
    if format not in FORMATS:
        raise Impossible(f"no worksheet is written as “{printable(format)}”: choose {', '.join(FORMATS)}")
    pieces: Iterator[str] = import_module(FORMATS[format]).document(sheet)
    return pieces


def show(sheet: Sheet) -> None:
    """Print a worksheet on standard output: in colour on a terminal, as plain text elsewhere."""
    import os
    import shutil
    import sys

    if (sys.stdout and sys.stdout.isatty()) or os.environ.get("FORCE_COLOR"):
        from explain.terminal import show_sheet

        show_sheet(sheet, sys.stdout)
        return
    from explain.documents.text import document as in_text

    for piece in in_text(sheet, shutil.get_terminal_size().columns):
        print(piece, end="")
