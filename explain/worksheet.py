"""A worksheet: a Markdown file whose fenced cnncalc blocks are questions, each a command line.

A block is fenced as ```` ```cnncalc 1c ````, the rest of that line being its label. A solved block keeps its command and is
followed by its solution, between two comments; a solution that is there already belongs to the block and is replaced.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from calc.errors import Impossible, printable
from calc.files import read_bytes, read_whole

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 20_000
"""Characters of a block."""

LARGEST = 4 * 2**20
"""Bytes of a worksheet that is read."""

BEGIN, END = "<!-- cnncalc: solution -->", "<!-- cnncalc: end of the solution -->"
"""What a solution stands between."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$")


@dataclass(frozen=True)
class Task:
    """A block of a worksheet: what is asked, and where it stands.

    `line` is that of the block, counted from 1. Lines from `first` to before `solved` are the block, to before `last` the
    solution that follows it, if there is one, counted from 0. `lead` stands before each line in what the block stands in,
    a list or a quotation; `level` is that of the heading above it, 1 if there is none. `fault` says what is wrong with the
    block itself.
    """

    command: str
    label: str
    line: int
    first: int
    solved: int
    last: int
    lead: str
    level: int
    fault: str = ""


@dataclass(frozen=True)
class Worksheet:
    """The lines of a worksheet with their ends, its tasks in order, and its tokens with a task for each block of its own.

    Of `tokens` the old solutions are left out; `tasks_at` says which task a token is, by its index.
    """

    name: str
    folder: Path
    lines: tuple[str, ...]
    tasks: tuple[Task, ...]
    tokens: tuple[Token, ...]
    tasks_at: dict[int, int]

    def prose(self, first: int, last: int) -> str:
        """Lines as they are written."""
        return "".join(self.lines[first:last])


def read_worksheet(source: str) -> Worksheet:
    """The worksheet in a file, or on standard input for -; `Impossible` where there is none in it."""
    if source == "-":
        data = read_whole(sys.stdin.buffer, "standard input", LARGEST) if sys.stdin else bytearray()
        return parsed(_decoded(data, "standard input"), "standard input", Path())
    path = Path(source)
    right = "give the name of a Markdown file with blocks of cnncalc"
    return parsed(_decoded(read_bytes(path, "a worksheet", right, LARGEST), source), path.name, path.parent)


def _decoded(data: bytearray, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise Impossible(f"{printable(name)}, line {line} is not UTF-8: save the worksheet as UTF-8") from None


def parsed(text: str, name: str, folder: Path) -> Worksheet:
    """The worksheet that a text is."""
    lines = tuple(_LINE.findall(text))
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Impossible(f"{printable(name)}, line {line} holds a zero byte: a worksheet is text")
    tokens = markdown().parse(text.removeprefix("\ufeff"))
    kept: list[Token] = []
    tasks: list[Task] = []
    tasks_at: dict[int, int] = {}
    level, place = 1, 0
    while place < len(tokens):
        token = tokens[place]
        if token.type == "heading_open" and token.level == 0:
            level = int(token.tag[1:])
        if _asks(token):
            end = _solution(tokens, place)
            tasks_at[len(kept)] = len(tasks)
            tasks.append(_task(lines, tokens, place, end, level))
            kept.append(token)
            place = (end or place) + 1
            continue
        kept.append(token)
        place += 1
    if not tasks:
        raise Impossible(
            f"{printable(name)} has nothing to solve: a question is a fenced block, ```cnncalc, with a command in it, such as shape --in 512 --out 504"
        )
    return Worksheet(name, folder, lines, tuple(tasks), tuple(kept), tasks_at)


@lru_cache(maxsize=1)
def markdown() -> MarkdownIt:
    """CommonMark with tables, $…$ and the settings that may stand in front."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    reader = MarkdownIt("commonmark").enable("table")
    reader.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    return reader.use(front_matter_plugin)


def _asks(token: Token) -> bool:
    """Whether a token is a block with a question."""
    return token.type == "fence" and token.info.lower().split()[:1] == ["cnncalc"]


def _solution(tokens: Sequence[Token], place: int) -> int | None:
    """The index of the token that ends the solution behind a block; None where it has none."""
    level = tokens[place].level
    if not (place + 1 < len(tokens) and _is(tokens[place + 1], BEGIN, level)):
        return None
    for i in range(place + 2, len(tokens)):
        if tokens[i].level < level or (tokens[i].level == level and _asks(tokens[i])):
            break
        if _is(tokens[i], END, level):
            return i
    return None


def _is(token: Token, comment: str, level: int) -> bool:
    return token.type == "html_block" and token.level == level and token.content.strip() == comment


def _task(lines: Sequence[str], tokens: Sequence[Token], place: int, end: int | None, level: int) -> Task:
    """The task of a block, with what is wrong with how it is written."""
    token = tokens[place]
    first, solved = token.map or (0, 0)
    last = (tokens[end].map or (0, solved))[1] if end else solved
    command, fault = _command(token.content)
    if solved - first < token.content.count("\n") + 2:
        fault = f"the block that begins here has no end: close it with {token.markup}"
    elif end is None and place + 1 < len(tokens) and _is(tokens[place + 1], BEGIN, token.level):
        fault = f"the solution behind this block has no end: put {END} where it ends, or take it out"
    before = lines[first][: lines[first].index(token.markup)].removeprefix("\ufeff")
    label = printable(token.info.split(maxsplit=1)[1].strip(), 60) if len(token.info.split()) > 1 else ""
    return Task(command, label, first + 1, first, solved, last, re.sub(r"[^>\s]", " ", before), level, fault)


def _command(content: str) -> tuple[str, str]:
    """The one command that a block holds, or what is wrong."""
    if len(content) > LONGEST:
        return "", f"the block has {len(content)} characters, more than the {LONGEST} that are read"
    joined = re.sub(r"[ \t]*\\\n[ \t]*", " ", content.rstrip("\n") + "\n").rstrip("\\\n")
    found: list[str] = []
    held = ""
    for line in joined.split("\n"):
        held = f"{held}\n{line}" if held else line.strip()
        if held and _is_closed(held):
            found.append(held)
            held = ""
    if held:
        found.append(held)
    if not found:
        return "", "the block is empty: write a command into it, such as shape --in 512 --out 504"
    if len(found) > 1:
        return "", f"the block holds {len(found)} commands: give each a block of its own"
    return found[0], ""


def _is_closed(text: str) -> bool:
    """Whether every quotation mark has its other."""
    try:
        shlex.split(text)
    except ValueError:
        return False
    return True
