"""What formats say of a worksheet alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.derivation import Table, Text
from calc.errors import printable
from explain.worksheet import Task, Worksheet

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode


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


def said(node: SyntaxTreeNode) -> str:
    """What stands in a paragraph or a heading as plain text, line breaks where they are asked for."""
    return "".join(map(_spoken, node.children))


def _spoken(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return shown(node.content)
        case "html_inline":
            return "" if node.content.startswith("<!--") else shown(node.content)
        case "math_inline" | "math_inline_double":
            return f"${shown(node.content)}$"
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "image":
            return f"[{said(node) or 'picture'}]"
        case "link":
            text, address = said(node), shown(str(node.attrs.get("href", "")))
            return text if text == address or not address else f"{text} ({address})"
    return said(node)


def table(node: SyntaxTreeNode) -> Table:
    """A table of prose as one of a derivation."""
    rows = [row for part in node.children for row in part.children]
    written = [[(said(cell).replace("\n", " "),) for cell in row.children] for row in rows]
    right = tuple("right" in str(cell.attrs.get("style", "")) for cell in rows[0].children)
    header, *cells = (tuple[Text, ...](row) for row in written)
    return Table(header, tuple(cells), right)


def comment(node: SyntaxTreeNode) -> bool:
    """Whether HTML in the prose is a comment, which no reader sees."""
    return node.content.lstrip().startswith("<!--")


def shown(text: str) -> str:
    """Text of a stranger without control codes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text.replace("\t", "    "))
