"""A worksheet as one self-contained page of HTML: its prose as the Markdown parser renders it, and lessons among it.

HTML that stands in the prose is shown, not obeyed; pictures, which the page would have to load, are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from explain.documents.words import command, title
from explain.html import page, section
from explain.html.marks import escaped
from explain.html.shell import STYLES
from explain.solving import Sheet, Solved
from explain.worksheet import markdown


def document(sheet: Sheet) -> Iterator[str]:
    """The worksheet as a page."""
    for line in page(title(sheet.worksheet), _body(sheet), (*STYLES, "sheet.css")):
        yield f"{line}\n"


def _body(sheet: Sheet) -> Iterator[str]:
    tokens, prose, options = sheet.worksheet.tokens, _Prose(), markdown().options
    yield '<div class="sheet">'
    for i, token in enumerate(tokens):
        if i in sheet.worksheet.tasks_at:
            number = sheet.worksheet.tasks_at[i]
            yield from _question(sheet, sheet.solved[number], f"q{number + 1}-")
        elif token.type == "inline":
            yield prose.renderInline(token.children or [], options, {})
        elif written := prose.render([token], options, {}):
            yield written.rstrip("\n")
    yield "</div>"


def _question(sheet: Sheet, solved: Solved, name: str) -> Iterator[str]:
    """The command, where the solution is shown, and the page."""
    if sheet.edition == "solved":
        yield f'<p class="command"><code>{escaped(command(solved.task))}</code></p>'
    yield from section(solved.page, solved.checks, name, min(solved.task.level + 1, 6))


class _Prose(RendererHTML):
    """Prose that loads nothing, runs nothing, and has no styles of its own."""

    def text(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return escaped(tokens[idx].content)

    def code_inline(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return f"<code>{escaped(tokens[idx].content)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return f'<pre tabindex="0"><code>{escaped(tokens[idx].content)}</code></pre>'

    def fence(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return self.code_block(tokens, idx)

    def math_inline(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return f'<span class="tex">${escaped(tokens[idx].content)}$</span>'

    def math_inline_double(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return self.math_inline(tokens, idx)

    def math_block(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return f'<p class="tex">$${escaped(tokens[idx].content)}$$</p>'

    def math_block_label(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return self.math_block(tokens, idx)

    def html_inline(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        content = tokens[idx].content
        return "" if content.startswith("<!--") else escaped(content)

    def html_block(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        content = tokens[idx].content
        return "" if content.lstrip().startswith("<!--") else f"<p>{escaped(content)}</p>"

    def image(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return f"[{escaped(tokens[idx].content) or 'picture'}]"

    def front_matter(self, *_: Any) -> str:
        return ""

    def table_open(self, *_: Any) -> str:
        return '<div class="scroll"><table class="data">'

    def table_close(self, *_: Any) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return f'<th scope="col"{_aside(tokens[idx])}>'

    def td_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return f"<td{_aside(tokens[idx])}>"


def _aside(token: Token) -> str:
    """The class of a cell that lines up on the right."""
    return ' class="r"' if "right" in str(token.attrGet("style") or "") else ""
