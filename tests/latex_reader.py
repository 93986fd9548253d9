"""Reads the LaTeX that we write as TeX would: what is printed, and that nothing in it would stop TeX.

Held are: environments and braces that close in order, dollars in pairs, commands that are known, as many cells in each
row of a matrix or table as it has columns, subscripts in mathematics alone, and no sign that TeX or a font lacks.
"""

import re
from collections.abc import Iterator

from explain.tex import LETTERS, MATHS, WRITTEN

ARGUMENTS: dict[str, str] = {
    **dict.fromkeys(
        (
            *("begingroup", "endgroup", "allowdisplaybreaks", "nopagebreak", "leavevmode", "medskip", "hfill", "hfil"),
            *("small", "footnotesize", "bfseries", "boldmath", "itshape", "strut", "raggedright", "arraybackslash"),
            *("toprule", "midrule", "bottomrule", "endhead", "offinterlineskip", "ifPDFTeX", "fi", "quad", "relax"),
            *("left", "right", "penalty50", "allowbreak", "displaystyle", "linewidth", "raggedleft"),
        ),
        "",
    ),
    **dict.fromkeys(("color", "hspace*", "hhline", "documentclass", "usepackage"), "-"),
    **dict.fromkeys(("setcounter", "setlength", "renewcommand", "providecommand", "rule", "cnnshade"), "--"),
    **dict.fromkeys(("section*", "subsection*", "subsubsection*", "paragraph*", "text", "textbf", "mbox", "fbox"), "+"),
    **dict.fromkeys(
        ("vbox", "hbox", "vcenter", "mathbf", "mathit", "operatorname", "sqrt", "cnnwindow", "texttt"), "+"
    ),
    "resizebox": "--+",
    "shortintertext": "+",
    "definecolor": "---",
    "textcolor": "-+",
    "multicolumn": "--+",
    "overset": "++",
    "frac": "++",
    "tfrac": "++",
    "mathsf": "+",
}
"""What the arguments of a command are: - read over, + printed."""

TEXT = frozenset({"text", "textbf", "mbox", "hbox", "vbox", "fbox", "texttt", "resizebox", "shortintertext"})
"""Commands whose argument is text, also in mathematics."""

SIGNS = {
    written: sign
    for sign, written in [*MATHS.items(), *WRITTEN.items()]
    if re.fullmatch(r"\\[a-zA-Z]+(\{\})?", written)
}
NAMED = {written.removesuffix("{}")[1:]: sign for written, sign in SIGNS.items()} | {
    "leq": "≤",
    "geq": "≥",
    "approx": "≈",
    "times": "×",
    "Sigma": "Σ",
    "Pi": "Π",
    "mu": "μ",
    **{name: name for name in ("max", "min", "exp", "log", "tanh")},
}
"""Commands that print one sign, or a name."""

ALIGNED = ("align*", "gather*", "aligned")
MATRICES = ("bmatrix*", "array")
TABLES = ("tabular", "longtable")

_TOKEN = re.compile(r"%[^\n]*\n|\\penalty50|\\[A-Za-z]+\*?|\\.|---|--|``|''|\n[ \t]*\n|\s+|.", re.DOTALL)


def printed(source: str, *, on_screen: bool = False) -> str:
    """What LaTeX prints of a page, or a browser, which has every sign; `AssertionError` where it would stop."""
    return _Reader(source, on_screen=on_screen).document()


class _Reader:
    def __init__(self, source: str, *, on_screen: bool) -> None:
        self.on_screen = on_screen
        self.tokens: list[str] = _TOKEN.findall(source + "\n")
        self.place = 0

    def document(self) -> str:
        shown = "".join(self.until(None, maths=False))
        assert self.place == len(self.tokens)
        return shown

    @property
    def next(self) -> str:
        assert self.place < len(self.tokens), "the page ends too early"
        return self.tokens[self.place]

    def take(self) -> str:
        token = self.next
        self.place += 1
        return token

    def until(self, end: str | None, *, maths: bool) -> Iterator[str]:
        """What is printed up to a token, which is taken."""
        while True:
            if end is None and self.place == len(self.tokens):
                return
            token = self.take()
            if token == end:
                return
            yield self.one(token, maths=maths)

    def one(self, token: str, *, maths: bool) -> str:
        """What a token prints, with what belongs to it."""
        if token.startswith("%"):
            before = self.tokens[self.place - 2] if self.place > 1 else "\n"
            assert token == "%\n" or before.endswith("\n"), f"a remark swallows {token}"
            return ""
        if token == "{":
            return "".join(self.until("}", maths=maths))
        if token == "$":
            assert not maths, "a dollar within mathematics"
            return "".join(self.until("$", maths=True))
        if token == r"\[":
            assert not maths
            return "".join(self.until(r"\]", maths=True)) + "\n"
        if token in ("^", "_"):
            assert maths, f"{token} outside of mathematics"
            assert self.next == "{", f"{token} without braces"
            return token if token == "_" else "^"
        if token.startswith("\\"):
            return self.command(token[1:], maths=maths)
        assert token not in ("}", "&", "#"), f"{token} where none may be"
        if maths:
            assert not re.fullmatch(r"\n[ \t]*\n", token), "an empty line within mathematics"
            assert token.isascii(), f"{token} in mathematics"
            return token.strip()
        assert token not in '<>|"\\' or token.isspace(), f"{token} prints as another sign"
        if self.on_screen:
            return token
        assert all(sign in LETTERS or sign.isspace() for sign in token), f"no font has {token}"
        return {"---": "—", "--": "–", "``": "“", "''": "”", "`": "‘", "~": " "}.get(token, token)

    def command(self, name: str, *, maths: bool) -> str:
        if name == "begin":
            return self.environment(maths=maths)
        if name in {*"{}$&#%_"}:
            return name
        if name in (",", " "):
            return " "
        if name == "char":
            return chr(int(self.take() + self.take()))
        if name in NAMED:
            return NAMED[name]
        if name == "lt" and self.on_screen:
            return "<"
        assert name in ARGUMENTS, f"\\{name} is not known"
        if name in ("providecommand", "renewcommand", "setlength", "definecolor"):
            return self.declared(ARGUMENTS[name])
        shown: list[str] = []
        for kind in ARGUMENTS[name]:
            self.optional()
            start = self.place
            part = self.argument(maths=maths and name not in TEXT) if kind == "+" else self.over()
            assert self.place > start
            shown.append(part)
        if name == "texttt" and (code := re.fullmatch(r"U\+([0-9A-F]{4,6})", shown[0])):
            return chr(int(code[1], 16))
        return ("/" if name.endswith("frac") else "").join(shown)

    def declared(self, kinds: str) -> str:
        for _ in kinds:
            self.optional()
            self.over()
        return ""

    def optional(self) -> None:
        if self.place < len(self.tokens) and self.next == "[":
            while self.take() != "]":
                pass

    def argument(self, *, maths: bool) -> str:
        assert self.take() == "{", "an argument is missing"
        return "".join(self.until("}", maths=maths))

    def over(self) -> str:
        """Reads over an argument in braces."""
        assert self.take() == "{", "an argument is missing"
        depth = 1
        while depth:
            token = self.take()
            depth += (token == "{") - (token == "}")
        return ""

    def environment(self, *, maths: bool) -> str:
        name = self.plain()
        if name == "document":
            return "".join(self.body(name, 0, maths=False))
        assert name in (*ALIGNED, *MATRICES, *TABLES), f"there is no environment {name}"
        assert maths is (name in (*MATRICES, "aligned")), f"{name} within the wrong mode"
        columns = 0
        if name == "bmatrix*":
            assert [self.take() for _ in range(3)] == ["[", "r", "]"]
        elif name not in ALIGNED:
            columns = _columns(self.raw())
        return "".join(self.body(name, columns, maths=name not in TABLES))

    def body(self, name: str, columns: int, *, maths: bool) -> Iterator[str]:
        """What stands in an environment, row by row."""
        counts: list[int] = []
        cells, empty = 1, True
        while True:
            token = self.take()
            if token == r"\end":
                assert self.plain() == name, f"{name} is not what ends here"
                break
            if token == "&" and name != "document":
                cells += 1
                yield "\n"
            elif token == r"\\":
                counts.append(cells)
                cells, empty = 1, True
                if self.next == "*":
                    self.take()
                self.optional()
                yield "\n"
                continue
            else:
                shown = self.one(token, maths=maths)
                empty = empty and not shown.strip()
                yield shown
            empty = empty and token != "&"
        if not empty:
            counts.append(cells)
        if name in MATRICES or name in TABLES:
            assert set(counts) == {columns or counts[0]}, f"{name} has rows of {counts} cells, not {columns}"
        elif name in ALIGNED:
            assert max(counts) <= (1 if name == "gather*" else 4), f"{name} has too many columns"
        yield "\n"

    def plain(self) -> str:
        return self.raw()

    def raw(self) -> str:
        """An argument as it stands."""
        start = self.place
        self.over()
        return "".join(self.tokens[start + 1 : self.place - 1])


def _columns(spec: str) -> int:
    """How many columns a specification has."""
    while (bare := re.sub(r"\{[^{}]*\}", "", spec)) != spec:
        spec = bare
    columns = re.sub("[@>]", "", spec)
    assert set(columns) <= set("lrp"), spec
    return len(columns)
