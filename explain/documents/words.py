"""What formats say of a worksheet alike."""

from __future__ import annotations

from calc.errors import printable
from explain.worksheet import Task, Worksheet


def title(worksheet: Worksheet) -> str:
    """What a worksheet is called: its first heading of the highest level, else its file."""
    headings = [
        (token.tag, worksheet.tokens[i + 1])
        for i, token in enumerate(worksheet.tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    if not headings:
        return printable(worksheet.name)
    _, inline = min(headings, key=lambda heading: heading[0])
    return printable("".join(part.content for part in inline.children or ()), 200)


def command(task: Task) -> str:
    """The command of a task in one line, rows that stand in lines parted by ;."""
    rows = [" ".join(row.split()) for row in task.command.removeprefix("cnncalc ").split("\n")]
    return f"cnncalc {'; '.join(rows)}"
