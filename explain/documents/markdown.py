"""A worksheet in Markdown: what is not a block comes out as it stands, byte for byte.

The solved edition keeps each block and puts its solution behind it, between comments, so that it can be solved again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from explain.markdown import render
from explain.solving import Sheet, Solved
from explain.worksheet import BEGIN, END


def document(sheet: Sheet) -> Iterator[str]:
    """The worksheet as Markdown."""
    worksheet, at = sheet.worksheet, 0
    end = _line_end(worksheet.lines)
    for each in sheet.solved:
        task = each.task
        if sheet.edition == "solved":
            yield worksheet.prose(at, task.solved)
            if not worksheet.lines[task.solved - 1].endswith(("\n", "\r")):
                yield end
            yield from _set_in(["", BEGIN, "", *_page(each), "", END], task.lead, end)
        else:
            yield worksheet.prose(at, task.first)
            above, below = worksheet.lines[: task.first][-1:], worksheet.lines[task.last :][:1]
            around = [[""] if any(map(_is_written, lines)) else [] for lines in (above, below)]
            yield from _set_in([*around[0], *_page(each), *around[1]], task.lead, end)
        at = task.last
    yield worksheet.prose(at, len(worksheet.lines))


def _is_written(line: str) -> bool:
    """Whether something stands in a line, be it in a quotation."""
    return bool(line.strip("> \t\r\n"))


def _page(solved: Solved) -> Iterator[str]:
    """The lines of a page, its heading one below that above it."""
    return render(solved.page, solved.checks, level=min(solved.task.level + 1, 6))


def _set_in(lines: Iterable[str], lead: str, end: str) -> Iterator[str]:
    """Lines in the list or quotation that the block stands in."""
    for line in lines:
        yield f"{lead}{line}".rstrip() + end


def _line_end(lines: tuple[str, ...]) -> str:
    """How the lines of the worksheet end."""
    return lines[0][len(lines[0].rstrip("\r\n")) :] or "\n"
