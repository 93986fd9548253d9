"""Names that mean something to a terminal, a page or a typesetter come out as themselves, wherever users' text goes.

Two things are held: whatever is read in, no derivation holds a sign that cannot be seen; and each format shows any
text that can be seen as it is. A format without a reader in `SEEN` fails.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from io import StringIO
from itertools import count as count_from
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from calc import Impossible, convolve, count, mark, pool, size, through
from calc.catalogue import explained
from calc.concepts import concept
from calc.derivation import (
    Chain,
    Check,
    Derivation,
    Gallery,
    Given,
    Grid,
    Line,
    Link,
    Note,
    Picture,
    Solve,
    Table,
    Volume,
    Volumes,
)
from calc.errors import printable
from calc.exact import Cells
from calc.expr import Num, Op, Sym
from calc.marking.batch import Answered, Summary, judged
from explain import FORMATS, PICTURES, asking, render, terminal
from explain.html.shell import SCRIPTS, STYLES, asset
from tests.cases import EXAMPLES
from tests.latex_reader import printed

NAMES = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "<!-- a -->",
    "]]>",
    "&amp;",
    "&#60;b&#62;",
    "$x_1$",
    "$$x^2$$",
    r"\(x\)",
    "a_b*c_d*e",
    "**bold** __bold__",
    "~~gone~~",
    "[red]x[/red]",
    "[a](http://b.c)",
    "![a](b)",
    "http://a.bc",
    "https://a.bc/d",
    "see www.a.bc",
    "ftp://a.bc",
    "a.b@c.de",
    "@someone",
    "by @some/team",
    ":smile:",
    ":+1::smile_cat:",
    "(#12)",
    "some/where#12",
    "GH-12",
    "<!--",
    "a|b",
    "`code` ``code``",
    "```",
    "~~~",
    "# no heading",
    "> no quotation",
    "- no list",
    "1. no list",
    "+ no list",
    "===",
    "---",
    "| a | b |",
    "    no code",
    r"\input{x}",
    r"\\ \end{document} \write18{ls}",
    r"a\b",
    "100%",
    "#1",
    "{}",
    "{a}",
    "^^M",
    "~",
    "\"quoted\" 'quoted'",
    "--option",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "a\x00b",
    "a\x08b",
    "a\rb",
    "a\nb",
    "a\tb",
    "a\u2028b",
    "\u202eevil\u202c",
    "\u200fmark",
    "a\u200bb\ufeff",
    "a\u00adb",
    "\ud83d" + "x",
    "é ü ß Ω 漢字 ألف",
    "🙂 👩\u200d💻",
    "\U000e0041tag",
)
"""Text that some reader somewhere would take for more than text."""

SHOWN = tuple(dict.fromkeys(map(printable, NAMES)))
"""The same as it may stand in a derivation."""


def squeezed(text: str) -> str:
    """Without the blanks at which lines break."""
    return re.sub(r"\s+", "", text)


def plain(lines: Iterator[str]) -> str:
    text = "\n".join(lines)
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    return text


def markdown(lines: Iterator[str]) -> str:
    """What a reader of Markdown shows, maths as LaTeX prints it."""
    text = plain(lines)
    seen: list[str] = []
    bare = re.sub(r"<span>\$</span>", "", outside_of_code(text))
    for formula in re.findall(r"\$\$\n.*?\n\$\$|\$[^$\n]+\$", bare, flags=re.DOTALL):
        seen.append(printed(f"\\[{formula.strip('$')}\\]", on_screen=True))
        text = text.replace(formula, "MATHS", 1)
        bare = bare.replace(formula, "MATHS", 1)
    assert "$" not in bare, "maths out of a name"
    outside = ""
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text):
        assert token.type != "html_block", token.content
        if token.type == "fence":
            assert token.info == "text"
            seen.append(token.content)
        for inner in token.children or ():
            outside = "" if inner.type == "html_inline" else outside + inner.content
            assert not LINKED.search(outside), outside
            if inner.type == "html_inline":
                assert inner.content in ("<span>", "</span>")
                continue
            assert inner.type in (
                "text",
                "softbreak",
                "text_special",
                "em_open",
                "em_close",
                "strong_open",
                "strong_close",
            )
            seen.append(inner.content)
        outside = ""
        seen.append("\n")
    return "".join(seen)


LINKED = re.compile(r"@\w|:[\w+-]+:|#\d|\bGH-\d|\bwww\.|\w://", re.IGNORECASE)
"""What GitHub makes a link or a picture of where it stands in one text."""


def outside_of_code(text: str) -> str:
    return re.sub(r"^(```+)text\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)


def data(lines: Iterator[str]) -> str:
    """Every string of the document."""
    return "\n".join(strings(json.loads("\n".join(lines))))


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, part in value.items():
                yield name
                yield from strings(part)
        case list():
            for part in value:
                yield from strings(part)


class Page(HTMLParser):
    """What stands on a page: its texts and those of its labels, held to have scripts and styles of its own alone."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert not [name for name in named if name.startswith("on") or name in ("src", "srcdoc", "style")]
        assert named.get("href", "#").startswith("#")
        assert tag not in ("img", "iframe", "object", "embed", "a")
        self.within = "script" if tag == "script" and "type" not in named else "style" if tag == "style" else ""
        self.seen += [f"\n{value}\n" for name in ("aria-label", "alt", "title") if (value := named.get(name))]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # the name is the parser's
        self.within = ""

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_data(self, data: str) -> None:
        if self.within:
            assert data in map(asset, (*STYLES, *SCRIPTS))
        else:
            self.seen.append(data)


def page(lines: Iterator[str]) -> str:
    """What a browser shows or says aloud."""
    reader = Page()
    reader.feed(plain(lines))
    return "".join(reader.seen)


def paper(lines: Iterator[str]) -> str:
    """What LaTeX prints."""
    return printed(plain(lines))


def picture(lines: Iterator[str]) -> str:
    """What is written in a picture, and what is told of it."""
    root = ElementTree.fromstring(plain(lines))
    written = {"title", "desc", "text"}
    drawn = {"svg", "style", "defs", "g", "use", "rect", "path"}
    names = [element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()]
    assert set(names) <= written | drawn
    return "\n".join(element.text or "" for element, name in zip(root.iter(), names, strict=True) if name in written)


SEEN: dict[str, Callable[[Iterator[str]], str]] = {
    "text": plain,
    "markdown": markdown,
    "latex": paper,
    "json": data,
    "html": page,
    "svg": picture,
}
"""What a reader of each format sees, held to have no more in it than text and what the format itself put there."""


def on_a_terminal(derivation: Derivation) -> str:
    file = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.setenv("FORCE_COLOR", "1")
        terminal.show(derivation, (), file)
    return plain(iter(re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()).split("\n")))


def test_every_format_is_read() -> None:
    assert set(SEEN) == set(FORMATS)


def everywhere(said: Callable[[], str]) -> Derivation:
    """A derivation with a text in every place where there can be one."""
    one = Cells.of([[1, 2], [3, 4]])
    steps = (
        Note("convention", (said(),)),
        Given((("k", (said(), Num(5)), said()),)),
        Chain((said(),), (Link(Num(2), said()), Link(Op("+", (Num(1), Num(1))), said()))),
        Solve("k", (Line((Sym("k"), Num(1)), ("=",), said()),)),
        Grid(one, said()),
        Grid(one, said(), "→", "kernel"),
        Picture(((0, 255), (9, 8)), False, said()),
        Gallery(((Picture(((0, 255),), True, said()), Grid(one, said())),)),
        Table(
            ((said(),), (said(),)),
            (((said(),), (said(), Num(Fraction(1, 2)))), ((said(),), (Num(7),))),
            (False, True),
            ((said(),), (said(),)),
            said(),
        ),
        Volumes((Volume("input", "", (3, 8, 8)), Volume(said(), said(), (4, 8, 8), 5, (0,)))),
        Note("why", (said(), Sym("a"), said())),
        Note("careful", (said(),)),
        Derivation((said(),), (Note("why", (said(),)), Grid(one, said())), (said(),)),
        Check("torch", "agrees", (said(),)),
        Check("torch", "differs", (said(),), said(), said()),
    )
    return Derivation((said(),), steps, (said(),))


def shown(derivation: Derivation, format_: str) -> str:
    """What a reader sees, without blanks."""
    return squeezed(on_a_terminal(derivation) if format_ == "terminal" else SEEN[format_](render(derivation, format_)))


@cache
def told(name: str, format_: str) -> frozenset[int]:
    """In which of all places, counted, a format shows this name."""
    numbers = count_from(0)
    seen = shown(everywhere(lambda: f"{name}Q{next(numbers)}Q"), format_)
    return frozenset(i for i in range(next(numbers)) if f"{squeezed(name)}Q{i}Q" in seen)


@cache
def times(name: str, format_: str) -> int:
    """How often a format shows this name where it is in all places."""
    return shown(everywhere(lambda: name), format_).count(squeezed(name))


@pytest.mark.parametrize("format_", [*FORMATS, "terminal"])
@pytest.mark.parametrize("name", SHOWN)
def test_a_name_comes_out_as_itself(name: str, format_: str) -> None:
    assert len(told("plain", format_)) > (3 if format_ in PICTURES else 20)
    assert told(name, format_) == told("plain", format_)
    assert times(name, format_) == times("plain", format_)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_no_name_keeps_latex_from_printing(tmp_path: Path) -> None:
    from explain.latex import PREAMBLE

    pages = [line for name in SHOWN for line in render(everywhere(lambda name=name: name), "latex")]  # type: ignore[misc]
    (tmp_path / "x.tex").write_text("\n".join((*PREAMBLE, *pages, "\\end{document}")), encoding="utf-8")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert not [line for line in done.stdout.splitlines() if line.startswith("!")]
    assert done.returncode == 0


def unseen(text: str) -> list[str]:
    """Signs that cannot be seen."""
    return [sign for sign in text if not sign.isprintable()]


def held(derivation: Derivation) -> str:
    """All the text of a derivation, which is held to be text that can be seen."""
    strings_ = list(strings(json.loads("\n".join(render(derivation, "json")))))
    assert not [text for text in strings_ if unseen(text)]
    return "\n".join(strings_)


def refused(ask: Callable[[], Any]) -> str:
    """The sentence that refuses a question, in which all signs can be seen."""
    with pytest.raises(Impossible) as fault:
        ask()
    assert not unseen(str(fault.value))
    return str(fault.value)


FILES = [name for name in NAMES if not set("/\0:\ud83d") & set(name)]
"""Those that a file can have, and that name no part of one."""


@pytest.mark.parametrize("name", FILES)
def test_the_names_of_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    image, kernel, network = (f"./{name}{suffix}" for suffix in (".txt", ".csv", ".net.txt"))
    Path(image).write_text("1 2\n3 4\n")
    Path(kernel).write_text("1,2\n")
    Path(network).write_text("(a): Conv2d(1, 2, kernel_size=(3, 3))\n")
    assert printable(name) in held(convolve(image, kernel).derivation())
    assert held(pool(image, 2).derivation())
    assert held(explained(kernel))
    assert printable(name) in held(count(network).derivation())
    assert held(through(network, "1x9x9").derivation())
    Path(image).write_text("1 word\n")
    assert printable(f"{name}.txt") in refused(lambda: convolve(image, "sobel"))
    assert printable(f"{name}.txt")[:20] in refused(lambda: convolve(f"./no {name}.txt", "sobel"))


def test_the_names_of_weights(tmp_path: Path) -> None:
    names = [name for name in NAMES if "\ud83d" not in name]
    rows = {
        f"{name}.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [24 * i, 24 * i + 24]}
        for i, name in enumerate(names)
    }
    header = json.dumps(rows).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(24 * len(names)))
    text = held(count(str(path)).derivation())
    assert all(printable(name) in text for name in names)


NETWORK = """import torch
from torch import nn

NAMES = {names!r}

def leaf(name):
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_parameter(name, nn.Parameter(torch.ones(3)))
        def forward(self, x):
            return x * getattr(self, name).sum()
    Own.__name__ = Own.__qualname__ = name
    return Own()

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for i, name in enumerate(NAMES):
            self.add_module(name, nn.Conv2d(1, 1, 3, padding=1))
            self.add_module(f"own {{i}}", leaf(name))
            self.register_buffer(f"buffer {{name}}", torch.ones(2), persistent=False)
    def forward(self, x):
        for each in self.children():
            x = each(x)
        return x

Net.__name__ = {named!r}
"""


def test_the_names_of_layers_and_classes(tmp_path: Path) -> None:
    names = [name.replace(".", "_") for name in NAMES if not set("\0\ud83d") & set(name)]
    path = tmp_path / "net.py"
    path.write_text(NETWORK.format(names=names, named="\x1b[31mNet"))
    text = held(count(f"{path}:Net", "1x8x8").derivation())
    assert all(printable(name) in text for name in names)


@pytest.mark.parametrize("name", NAMES)
def test_text_that_is_read_or_refused(name: str) -> None:
    table = f"| layer | kernel | filters | parameters |\n|---|---|---|---|\n| {name} | 3×3 | 8 | 224 |\n"
    asks: list[Callable[[], Derivation]] = [
        lambda: count(f"Net(\n  ({name}): Conv2d(3, 8, kernel_size=(3, 3))\n)").derivation(),
        lambda: count(f"{name}(\n  (a): Conv2d(3, 8, kernel_size=(3, 3))\n  (b): {name}(5)\n)").derivation(),
        lambda: count(table, "3x8x8").derivation(),
        lambda: count(f"{name}\tConv 3x3\t8\n", "3x8x8").derivation(),
        lambda: through(f"conv 3, {name}", 9).derivation(),
        lambda: through(f"{name} = nn.Conv2d(3, 8, 3)", "3x9x9").derivation(),
        lambda: size(name, kernel=3).derivation(),
        lambda: convolve(f"1 {name}", "1").derivation(),
        lambda: convolve("1 2", name).derivation(),
        lambda: convolve("1 2", "1", padding=name).derivation(),
        lambda: explained(name),
        lambda: mark(size(9, kernel=3), name).derivation(),
        lambda: mark(convolve("1 2", "1"), name).derivation(),
        lambda: mark(count("Conv2d(3, 8, 3)"), f"{name} = 5").derivation(),
        lambda: mark(concept("translation"), name).derivation(),
        lambda: concept(name).derivation(),
        lambda: asking.question(f"conv --image {name}").derivation(),
    ]
    for ask in asks:
        try:
            said = held(ask())
        except Impossible as fault:
            said = str(fault)
        assert not unseen(said.replace("\n", ""))


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "\u202eevil", "[red]"])
def test_a_network_of_that_name_that_is_not_there(name: str) -> None:
    refused(lambda: count(str(EXAMPLES / f"model.py:{name}")))


@pytest.mark.parametrize("name", NAMES)
def test_the_questions_and_answers_of_a_file(name: str) -> None:
    summary = Summary()
    for each in judged(
        [
            Answered(1, f"shape --in 8 --kernel 3 --out '{name}'", name, name),
            Answered(2, "shape --in 8 --kernel 3", name, name),
        ],
        asking.question,
        (),
    ):
        summary.add(each)
    held(summary.derivation())
