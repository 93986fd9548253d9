"""A worksheet as lines of spans with roles, for plain text and the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from explain.blocks import Line, wrap
from explain.documents.words import command, comment, said, shown, table
from explain.layout import Layout, check_lines
from explain.notation import Notation
from explain.solving import Sheet, Solved

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

INDENT = "    "
UNDERLINE = {1: "=", 2: "-"}
"""What headings are underlined with, so that they are told without colours."""


def lines(sheet: Sheet, width: int, *, colour: bool = False, marked: bool = False) -> Iterator[Line]:
    """The worksheet from top to bottom."""
    from markdown_it.tree import SyntaxTreeNode

    page = _Page(sheet, colour=colour, marked=marked)
    yield from page.blocks(SyntaxTreeNode(sheet.worksheet.tokens).children, max(width, 20))


class _Page:
    def __init__(self, sheet: Sheet, *, colour: bool, marked: bool) -> None:
        self.sheet = sheet
        self.colour = colour
        self.marked = marked
        self.at = {id(sheet.worksheet.tokens[i]): task for i, task in sheet.worksheet.tasks_at.items()}

    def blocks(self, nodes: Sequence[SyntaxTreeNode], width: int, gap: bool = True) -> Iterator[Line]:
        """Blocks under each other, with a line between them where there is a `gap`."""
        first = True
        for node in nodes:
            for i, line in enumerate(self.block(node, width)):
                if i == 0 and gap and not first:
                    yield ()
                yield line
                first = False

    def block(self, node: SyntaxTreeNode, width: int) -> Iterator[Line]:
        match node.type:
            case "heading":
                yield from self.heading(node, width)
            case "paragraph" | "inline":
                for text in said(node).split("\n"):
                    yield from (((line, ""),) for line in wrap(text, width))
            case "fence" if id(node.token) in self.at:
                yield from self.question(self.sheet.solved[self.at[id(node.token)]], width)
            case "fence" | "code_block" | "math_block" | "math_block_label":
                yield from (((INDENT + shown(line), ""),) for line in node.content.strip("\n").split("\n"))
            case "html_block":
                if not comment(node):
                    yield from (((shown(line), ""),) for line in node.content.strip("\n").split("\n"))
            case "bullet_list" | "ordered_list":
                yield from self.items(node, width)
            case "blockquote":
                for line in self.blocks(node.children, width - 2):
                    yield (("> " if line else ">", ""), *line)
            case "hr":
                yield (("* * *", "dim"),)
            case "table":
                yield from self.layout(width).step(table(node), "")
            case "front_matter":
                pass
            case _:
                yield from self.blocks(node.children, width)

    def heading(self, node: SyntaxTreeNode, width: int) -> Iterator[Line]:
        rows = wrap(said(node).replace("\n", " ").strip(), width)
        yield from (((row, "head"),) for row in rows)
        underline = UNDERLINE.get(int(node.tag[1:]))
        if underline:
            yield ((underline * max(map(len, rows)), "head"),)

    def items(self, node: SyntaxTreeNode, width: int) -> Iterator[Line]:
        """A list, each item behind its sign; a tight one without lines between."""
        start = int(node.attrs.get("start", 1) or 0)
        signs = [f"{start + i}. " if node.type == "ordered_list" else "- " for i in range(len(node.children))]
        room = max(map(len, signs), default=2)
        tight = all(part.hidden for item in node.children for part in item.children if part.type == "paragraph")
        for i, (sign, item) in enumerate(zip(signs, node.children, strict=True)):
            if i and not tight:
                yield ()
            rows = [*self.blocks(item.children, width - room, not tight)] or [()]
            for j, line in enumerate(rows):
                yield ((sign.ljust(room) if j == 0 else " " * room if line else "", ""), *line)

    def question(self, solved: Solved, width: int) -> Iterator[Line]:
        """The command, where the solution is shown, and the page."""
        if self.sheet.edition == "solved":
            for i, line in enumerate(wrap(shown(f"$ {command(solved.task)}"), width - 2)):
                yield (("  " if i else "", ""), (line, "dim"))
            yield ()
        layout = self.layout(width, Notation(decimals=solved.page.decimals))
        yield from layout.whole(solved.page)
        checks = (*solved.page.checks, *solved.checks)
        if checks:
            yield ()
        for check in checks:
            yield from check_lines(check, width)

    def layout(self, width: int, notation: Notation | None = None) -> Layout:
        return Layout(width, notation or Notation(), colour=self.colour, marked=self.marked)
