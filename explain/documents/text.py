"""A worksheet in plain text: prose in lines, and pages as the layout sets them."""

from __future__ import annotations

from collections.abc import Iterator

from explain.documents.lines import lines
from explain.solving import Sheet
from explain.text import WIDTH


def document(sheet: Sheet, width: int = WIDTH) -> Iterator[str]:
    """The worksheet as lines of at most `width` columns."""
    for line in lines(sheet, width):
        yield "".join(text for text, _ in line).rstrip() + "\n"
