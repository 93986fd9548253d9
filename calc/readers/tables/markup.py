"""Tables of HTML and LaTeX as lines that are parted by bars, and marks of both taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calc.readers.tables.patterns import waiting

MOST_SPANNED = 20
"""Columns or rows that a cell stretches over."""

_HTML_TABLE = waiting(r"<t[hd]\b[^>]*>", re.IGNORECASE)
_LATEX_TABLE = waiting(r"\\begin\s*\{(tabular[xy]?\*?|longtable|array|tblr|tabu)\}")
_FORMULA = waiting(r"\\(?:begin\{|times\b|left\b|text(?:bf|it)?\{|num\{)|\$[^$\n]{1,80}\$")
_CELL = waiting(r"<(t[hd])\b([^>]*)>((?:(?!</?t[hdr]\b).)*)", re.IGNORECASE | re.DOTALL)
_SPAN = waiting(r"\b(col|row)span\s*=\s*[\"']?\s*(\d{1,3})", re.IGNORECASE)
_RULES = waiting(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering|small)\b|\\(?:cline|cmidrule|rowcolor|cellcolor|label|vspace|hspace)\s*(?:\([a-z]*\))?(?:\[[^]]*\])?\{[^{}]{0,400}\}"
)
_STYLED = waiting(
    r"\\(?:textbf|textit|texttt|textsc|textrm|text|mathbf|mathrm|emph|num|underline|mbox|makecell|thead|shortstack|ensuremath|caption)\s*(?:\[[^]]*\])?\{([^{}]{0,400})\}"
)
_LIGATURES = (
    (r"\times", "×"),
    (r"\cdot", "·"),
    (r"\rightarrow", "→"),
    (r"\to", "→"),
    (r"\dots", "…"),
    (r"\ldots", "…"),
    (r"\left", ""),
    (r"\right", ""),
    ("---", "—"),
    ("{,}", ","),
    (r"\,", " "),
    (r"\;", " "),
    ("~", " "),
    ("$", ""),
    (r"\#", "#"),
    (r"\%", "%"),
    (r"\_", "_"),
)
_STACK = waiting(
    r"\\begin\{(?:array|bmatrix|matrix|pmatrix)\}(?:\{[^{}]{0,40}\})?(.{0,400}?)\\end\{(?:array|bmatrix|matrix|pmatrix)\}",
    re.DOTALL,
)
_COLUMNS = waiting(r"\\multicolumn\s*\{\s*(\d{1,2})\s*\}\s*\{[^{}]{0,400}\}\s*\{((?:[^{}]|\{[^{}]{0,400}\})*)\}")
_ROWS = waiting(
    r"\\multirow\s*(?:\[[^]]*\])?\{\s*-?\d{1,2}\s*\}\s*(?:\{[^{}]{0,400}\}|\*)\s*\{((?:[^{}]|\{[^{}]{0,400}\})*)\}"
)


def unmarked(text: str) -> str:
    """The text with its tables of HTML or LaTeX as lines of cells between bars; other text as it is."""
    if _HTML_TABLE.search(text):
        return _html(text)
    if _LATEX_TABLE.search(text):
        return _latex(text)
    if _FORMULA.search(text):
        return "\n".join(_bare(line) for line in _stacked(text).split("\n"))
    return text


def _html(text: str) -> str:
    import html

    text = re.sub(r"<!--.*?-->|<(style|script)\b.*?</\1\s*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    held: dict[int, tuple[int, str]] = {}
    lines: list[str] = []
    for part in re.split(r"<tr\b[^>]*>", text, flags=re.IGNORECASE):
        cells = list(_CELL.finditer(part))
        if not cells:
            held.clear()
            around = _plain(html.unescape(re.sub(r"<[^>]*>", " ", part))).splitlines()
            lines += [line for line in around if line.strip()]
            continue
        row: list[str] = []
        for found in cells:
            _carried(row, held)
            spans = {word.lower(): min(int(n), MOST_SPANNED) for word, n in _SPAN.findall(found[2])}
            inner = re.sub(r"<br\s*/?>|</p>\s*<p[^>]*>", ", ", found[3], flags=re.IGNORECASE)
            inner = re.sub(r"<su[bp]>|</su[bp]>", "", inner)
            said = _plain(" ".join(html.unescape(re.sub(r"<[^>]*>", " ", inner)).split())).replace("|", "/")
            if spans.get("row", 1) > 1:
                held[len(row)] = (spans["row"] - 1, said)
            row += [said, *[""] * (spans.get("col", 1) - 1)]
        _carried(row, held)
        lines.append(f"| {' | '.join(row)} |")
        after = part[cells[-1].end() :]
        if re.search(r"</table", after, re.IGNORECASE):
            held.clear()
            lines += ["", *_plain(html.unescape(re.sub(r"<[^>]*>", " ", after))).splitlines()]
    return "\n".join(lines)


def _carried(row: list[str], held: dict[int, tuple[int, str]]) -> None:
    """Put in the cells that stretch down from rows above."""
    while len(row) in held and len(row) < MOST_SPANNED:
        left, said = held[len(row)]
        if left == 1:
            del held[len(row)]
        else:
            held[len(row)] = (left - 1, said)
        row.append(said)


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2009", " ").replace("\u202f", " ")


def _latex(text: str) -> str:
    text = re.sub(r"(?<!\\)%[^\n]*", "", text)
    text = _stacked(text)
    lines: list[str] = []
    at = 0
    for found in _LATEX_TABLE.finditer(text):
        if found.start() < at:
            continue
        end = text.find(f"\\end{{{found[1]}}}", found.end())
        end = len(text) if end < 0 else end
        lines += _bare(text[at : found.start()]).splitlines()
        lines += ["", *_latex_rows(text[found.end() : end]), ""]
        at = end
    lines += _bare(text[at:]).splitlines()
    return "\n".join(lines)


def _stacked(text: str) -> str:
    """The text with what stands one above the other in brackets side by side."""
    return _STACK.sub(
        lambda found: "[" + found[1].replace("\\\\", ";").replace("&", " ") + "]",
        text,
    )


def _latex_rows(body: str) -> Iterator[str]:
    body = re.sub(r"^(?:\s*(?:\[[^]]*\]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,400}\})*\})*\}))+", "", body)
    for line in re.split(r"\\\\(?:\[[^]]*\])?|\\tabularnewline\b", body):
        row = _bare(" ".join(line.split()))
        if "&" in re.sub(r"\\&", "", row):
            cells = (cell.replace("\\&", "&").replace("|", "/").strip() for cell in re.split(r"(?<!\\)&", row))
            yield f"| {' | '.join(cells)} |"
        elif re.search(r"\w", row):
            yield f"| {row.strip()} |"


def _bare(text: str) -> str:
    """A piece of LaTeX without its commands, cells over several columns with empty ones beside them."""
    text = _RULES.sub(" ", text)
    for _ in range(4):
        before = text
        text = _STYLED.sub(r"\1", text)
        text = _ROWS.sub(r"\1", text)
        text = _COLUMNS.sub(lambda found: found[2] + " &" * (min(int(found[1]), MOST_SPANNED) - 1), text)
        if text == before:
            break
    for mark, sign in _LIGATURES:
        text = text.replace(mark, sign)
    text = re.sub(r"\\(?:begin|end)\{[^{}]{0,400}\}(?:\[[^]]*\])?", " ", text)
    return re.sub(r"[{}]", "", text)
