"""A worksheet as a document of LaTeX: its prose, and pages among it.

Of maths in the prose only plain formulas are set; whatever else is written stands there as text, so that no command of a
stranger is obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING

from explain.documents.words import command, comment, said, shown, table
from explain.latex import DEFINITIONS, HEADINGS, PREAMBLE, Page, render
from explain.notation import LATEX
from explain.solving import Sheet, Solved
from explain.tex import tex

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

DEEPEST = 4
"""Lists and quotations in each other that LaTeX sets; deeper ones are paragraphs."""

COUNTERS = ("enumi", "enumii", "enumiii", "enumiv")

_FORMULA = re.compile(r"(?:\\[A-Za-z]+|\\[,;:! {}|]|[\w\s+\-*/=<>()\[\]|.,:;!'^{}])+", re.ASCII)
_COMMANDS = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Phi",
        "Psi",
        "Omega",
        "frac",
        "dfrac",
        "tfrac",
        "sqrt",
        "sum",
        "prod",
        "int",
        "lfloor",
        "rfloor",
        "lceil",
        "rceil",
        "left",
        "right",
        "cdot",
        "times",
        "div",
        "pm",
        "mp",
        "circ",
        "ast",
        "leq",
        "le",
        "geq",
        "ge",
        "neq",
        "ne",
        "approx",
        "equiv",
        "to",
        "rightarrow",
        "leftarrow",
        "mapsto",
        "infty",
        "in",
        "notin",
        "subset",
        "cup",
        "cap",
        "ldots",
        "cdots",
        "dots",
        "mathrm",
        "mathbf",
        "mathit",
        "text",
        "operatorname",
        "hat",
        "bar",
        "tilde",
        "vec",
        "quad",
        "qquad",
        "min",
        "max",
        "log",
        "exp",
        "lim",
        "mod",
        "bmod",
        "odot",
        "oplus",
        "otimes",
    ]
)
"""The commands that formulas of the prose may have."""


def document(sheet: Sheet) -> Iterator[str]:
    """The worksheet as a document that compiles as it is."""
    from markdown_it.tree import SyntaxTreeNode

    for line in (*PREAMBLE, *DEFINITIONS):
        yield f"{line}\n"
    for line in _Prose(sheet).blocks(SyntaxTreeNode(sheet.worksheet.tokens).children, 0):
        yield f"{line}\n"
    yield "\n\\end{document}\n"


class _Prose:
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.at = {id(sheet.worksheet.tokens[i]): task for i, task in sheet.worksheet.tasks_at.items()}

    def blocks(self, nodes: Sequence[SyntaxTreeNode], depth: int) -> Iterator[str]:
        for node in nodes:
            yield from self.block(node, depth)

    def block(self, node: SyntaxTreeNode, depth: int) -> Iterator[str]:
        """The lines of a block, `depth` lists and quotations deep."""
        match node.type:
            case "heading":
                kind = HEADINGS[min(int(node.tag[1:]), len(HEADINGS)) - 1]
                yield from ("", f"\\{kind}*{{{self.inline(node).strip()}}}")
                if kind == HEADINGS[-1]:
                    yield "\\leavevmode"
            case "paragraph" | "inline":
                yield from ("", self.inline(node))
            case "fence" if id(node.token) in self.at:
                yield from self.question(self.sheet.solved[self.at[id(node.token)]])
            case "fence" | "code_block":
                yield from _typed(node.content)
            case "math_block" | "math_block_label":
                yield from (
                    "",
                    f"\\[{node.content.strip()}\\]" if _is_plain(node.content) else tex(shown(node.content)),
                )
            case "html_block":
                if not comment(node):
                    yield from _typed(node.content)
            case "bullet_list" | "ordered_list" if depth < DEEPEST:
                yield from self.items(node, depth)
            case "blockquote" if depth < DEEPEST:
                yield from ("", "\\begin{quote}", *self.blocks(node.children, depth + 1), "\\end{quote}")
            case "hr":
                yield from ("", "\\medskip\\hrule\\medskip")
            case "table":
                yield from Page(LATEX).table(table(node))
            case "front_matter":
                pass
            case _:
                yield from self.blocks(node.children, depth)

    def items(self, node: SyntaxTreeNode, depth: int) -> Iterator[str]:
        numbered = node.type == "ordered_list"
        kind = "enumerate" if numbered else "itemize"
        yield from ("", f"\\begin{{{kind}}}")
        start = int(node.attrs.get("start", 1) or 0)
        for i, item in enumerate(node.children):
            yield f"\\item[{start + i}.]" if numbered else "\\item"
            yield from dropwhile(lambda line: not line, self.blocks(item.children, depth + 1))
        yield f"\\end{{{kind}}}"

    def question(self, solved: Solved) -> Iterator[str]:
        """The command, where the solution is shown, and the page."""
        if self.sheet.edition == "solved":
            yield from (
                "",
                f"{{\\small\\ttfamily\\raggedright {tex(shown(command(solved.task)))}\\par}}\\nopagebreak",
                "",
            )
        yield from render(solved.page, solved.checks, level=solved.task.level + 1)

    def inline(self, node: SyntaxTreeNode) -> str:
        return "".join(map(self.spoken, node.children))

    def spoken(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "text":
                return tex(shown(node.content))
            case "code_inline":
                return f"\\texttt{{{tex(shown(node.content))}}}"
            case "em":
                return f"\\emph{{{self.inline(node)}}}"
            case "strong":
                return f"\\textbf{{{self.inline(node)}}}"
            case "math_inline" | "math_inline_double":
                return f"${node.content}$" if _is_plain(node.content) else tex(shown(f"${node.content}$"))
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "\\newline\n"
            case "html_inline" | "image":
                return (
                    ""
                    if comment(node)
                    else tex(shown(node.content) if node.type == "html_inline" else f"[{said(node)}]")
                )
            case "link":
                text, address = self.inline(node), tex(shown(str(node.attrs.get("href", ""))))
                broken = address.replace("/", "/\\allowbreak{}")
                return text if text == address or not address else f"{text} (\\texttt{{{broken}}})"
        return self.inline(node)


def _typed(text: str) -> Iterator[str]:
    """Lines as they are typed."""
    yield from ("", "{\\small\\ttfamily\\raggedright")
    yield "\\\\\n".join(
        tex(shown(line).replace(" ", "\N{NO-BREAK SPACE}")) or "~" for line in text.strip("\n").split("\n")
    )
    yield from ("\\par}", "")


def _is_plain(formula: str) -> bool:
    """Whether a formula holds known signs and commands alone, its brackets in pairs."""
    if not _FORMULA.fullmatch(formula) or "^^" in formula or "\n\n" in formula:
        return False
    if not set(re.findall(r"\\([A-Za-z]+)", formula)) <= _COMMANDS:
        return False
    depth = 0
    for sign in re.findall(r"\\.|[{}]", formula):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0 and formula.count("\\left") - formula.count("\\leftarrow") == formula.count(
        "\\right"
    ) - formula.count("\\rightarrow")
