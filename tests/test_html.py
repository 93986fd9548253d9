"""Pages: valid HTML that runs nothing but its own script, small enough, and whole without it."""

import json
import random
import re
from collections import Counter
from html.parser import HTMLParser

import html5lib
import pytest

from calc import convolve, count, size
from calc.convolution import Convolution
from calc.derivation import Derivation, Windows
from calc.errors import at
from explain import render
from explain.html import page, section
from explain.html.marks import figures
from explain.html.shell import SCRIPTS
from explain.html.windows import IN_FULL
from tests.cases import CASES
from tests.test_golden import worked
from tests.test_walk import slid

VOID = {"meta", "path", "rect", "input", "br"}


def written(derivation: Derivation) -> str:
    return "\n".join(render(derivation, "html"))


class Outline(HTMLParser):
    """The elements of a page as they open and close, its ids, its headings, and what refers to ids."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.refers: set[str] = set()
        self.levels: list[int] = []
        self.attributes: set[str] = set()
        self.elements: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert len(named) == len(attrs)
        self.attributes |= set(named)
        self.elements[tag] += 1
        if "id" in named:
            self.ids[named["id"] or ""] += 1
        self.refers |= {value for name, value in attrs if name in ("aria-labelledby", "data-for") and value}
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outlined(text: str) -> Outline:
    outline = Outline()
    outline.feed(text)
    outline.close()
    assert outline.open == []
    return outline


@pytest.mark.parametrize("name", CASES)
def test_every_page_is_valid(name: str) -> None:
    said = written(worked(name))
    html5lib.HTMLParser(strict=True).parse(said)
    outline = outlined(said)
    assert max(outline.ids.values()) == 1
    assert outline.refers <= set(outline.ids)
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert not {name for name in outline.attributes if name.startswith("on")} | ({"style"} & outline.attributes)
    assert not {"src", "href", "srcset", "action", "data"} & outline.attributes


def test_an_invalid_page_is_noticed() -> None:
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parse("<!doctype html><p><table></p>")
    with pytest.raises(AssertionError):
        outlined("<p><b></p></b>")


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "a & b",
    '"><svg onload=alert(1)>',
    "$x_1$ [red] `|`",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_come_out_as_themselves(name: str) -> None:
    derivation = Derivation((name,), (*size(8, kernel=3).derivation().steps,), (name,))
    said = written(derivation)
    tree = html5lib.parse(said, namespaceHTMLElements=False)
    assert tree.find(".//h1").text == name
    assert tree.find("./head/title").text == name
    assert outlined(said).elements["script"] == len(SCRIPTS)
    assert not tree.findall(".//img") + tree.findall(".//svg")


def test_data_cannot_end_its_element() -> None:
    derivation = convolve("a b; c d", "1 x; 0 -1", padding="valid", flip=False).derivation()
    said = written(derivation)
    for block in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', said, re.DOTALL):
        assert not set("<>&") & set(block)
        assert json.loads(block)["numbers"] == ["a", "b", "c", "d"]


def digit() -> list[list[int]]:
    drawn = random.Random(7)
    return [[drawn.choice([0, drawn.randrange(256)]) for _ in range(28)] for _ in range(28)]


def test_all_windows_of_a_digit_are_on_a_page_of_less_than_a_megabyte() -> None:
    kernel = [[3 * r - 5 * c + 1 for c in range(5)] for r in range(5)]
    question = convolve(digit(), kernel)
    said = written(question.derivation(places=None))
    assert len(said.encode()) < 2**20
    (block,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', said, re.DOTALL)
    data = json.loads(block)
    assert len(data["sums"]) == 784
    rows = re.findall(r'<tr><th scope="row">\(\d+,\d+\)</th>', said)
    assert len(rows) == 784


RED_GREEN = [[[(3 * c + 5 * r + 7 * x) % 11 - 4 for x in range(9)] for r in range(8)] for c in range(2)]
SIGNALS = [[(5 * c + 3 * x) % 7 - 2 for x in range(30)] for c in range(2)]


@pytest.mark.parametrize(
    "question",
    [
        convolve(RED_GREEN[0], "1 0 2; 0 -1 1/2"),
        convolve(RED_GREEN, [[[[1, 0], [-2, 3]], [[0, 1], [1, 1]]]] * 2, bias="0 5"),
        convolve(SIGNALS, [[[1, -1, 0], [2, 0, 1]]] * 2, dims=1),
        convolve([["a", 1, 0] * 3] * 9, "b 1; 0 -2"),
    ],
    ids=["fractions", "channels", "signals", "letters"],
)
def test_many_windows_are_rows_with_their_sums(question: Convolution) -> None:
    derivation = question.derivation(places=None)
    (steps,) = slid(derivation)
    assert isinstance(steps, Windows)
    tree = html5lib.parse(written(derivation), namespaceHTMLElements=False)
    rows = [
        "|".join("".join(cell.itertext()) for cell in row)
        for row in tree.findall(".//table[@class='data sums']/tbody/tr")
    ]
    cells = figures(decimals=False)
    windows = list(steps)
    assert len(rows) == len(windows) > IN_FULL
    for row, window in zip(rows, windows, strict=True):
        place, _, how, result = row.split("|")
        assert place == f"({at(window.at)})"
        assert result == cells.cell(window.sum)
        assert how == cells.write(window.worked)


def test_several_parts_share_a_page() -> None:
    parts = [count("Conv2d(3, 8, 5)").derivation(), convolve("1 2; 3 4", "1 0; 0 1").derivation()]
    body = [line for i, part in enumerate(parts) for line in section(part, name=f"p{i}-", level=2)]
    said = "\n".join(page("A worksheet", ["<h1>A worksheet</h1>", *body]))
    html5lib.HTMLParser(strict=True).parse(said)
    outline = outlined(said)
    assert max(outline.ids.values()) == 1
    assert outline.levels[:2] == [1, 2]
