"""Markdown as its readers see it: maths that comes through untouched, tables that line up, nothing by accident."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from calc import convolve, count, size
from calc.derivation import Chain, Derivation, Given, Link, Note
from calc.expr import Num, Op, Sym
from explain import render
from explain.markdown import escape, is_safe
from tests.cases import CASES
from tests.latex_reader import printed

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def page(derivation: Derivation) -> str:
    return "\n".join(render(derivation, "markdown"))


def outside(text: str) -> str:
    """Without the fenced blocks."""
    return re.sub(r"^(```+)text\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)


def formulas(text: str) -> Iterator[str]:
    """What stands between dollars."""
    bare = outside(text).replace("<span>$</span>", "")
    for match in re.finditer(r"\$\$\n(.*?)\n\$\$|\$([^$\n]+)\$", bare, re.DOTALL):
        yield match[1] or match[2]


@pytest.mark.parametrize("name", CASES)
def test_maths_goes_through_a_reader_of_markdown_untouched(name: str) -> None:
    text = page(CASES[name]())
    shown = [
        "".join("\n" if part.type == "softbreak" else part.content for part in token.children or ())
        for token in READER.parse(text)
        if token.type == "inline"
    ]
    for formula in formulas(text):
        assert any(formula.replace("\\\\\n", "\\\n") in each for each in shown), formula


@pytest.mark.parametrize("name", CASES)
def test_maths_is_latex(name: str) -> None:
    for formula in formulas(page(CASES[name]())):
        printed(f"\\[{formula}\\]", on_screen=True)


@pytest.mark.parametrize("name", CASES)
def test_only_what_is_meant_is_markup(name: str) -> None:
    text = page(CASES[name]())
    kinds = {token.type for token in READER.parse(text)}
    assert kinds <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "fence"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("blockquote_open", "blockquote_close", "table_open", "table_close", "thead_open", "thead_close"),
        *("tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
    }
    within = {part.type for token in READER.parse(text) for part in token.children or ()}
    assert within <= {"text", "softbreak", "em_open", "em_close", "strong_open", "strong_close", "text_special"}


@pytest.mark.parametrize("name", CASES)
def test_headings_go_down_one_by_one(name: str) -> None:
    levels = [int(token.tag[1]) for token in READER.parse(page(CASES[name]())) if token.type == "heading_open"]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_line_up_where_they_are_read_raw() -> None:
    text = page(count("conv1 = nn.Conv2d(3, 8, 3); Flatten(); fc = Linear(288, 10)", "3x8x8").derivation())
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) > 3
    assert len({len(line) for line in table}) == 1
    assert len({tuple(i for i, sign in enumerate(line) if sign == "|") for line in table}) == 1


def test_a_solution_is_aligned_at_its_signs() -> None:
    assert r"503 &\leq 512 - k \lt 504 &&\text{the floor allows} \\" in page(size(512, 504).derivation())


def test_a_fact_is_maths() -> None:
    assert r"- $\mathit{in} = 512$: input size" in page(size(512, 504).derivation())


def test_windows_keep_their_columns() -> None:
    text = page(convolve("1 2; 3 4", "1 0; 0 1", padding="valid", flip=False).derivation())
    assert re.search(r"^\[1  2\] +1  0 +1  0 +5\n\[3  4\]  ∘  0  1  =  0  4$", text, re.MULTILINE)


def note(*text: str | Num | Sym | Op) -> str:
    return page(Derivation(("t",), (Note("why", text),))).splitlines()[-1]


def test_an_expression_in_a_sentence_is_maths_where_a_reader_takes_it_for_that() -> None:
    assert note("for ", Sym("k"), ", say") == "for $k$, say"
    assert note("for ", Num(5), " of them") == "for 5 of them"
    assert note("the", Sym("k"), "th") == "thekth"
    assert note("(", Sym("k"), ")") == "($k$)"
    assert note("3$ and ", Sym("k")) == "3<span>$</span> and $k$"


def test_words_that_are_no_maths_stay_text() -> None:
    made = page(Derivation(("t",), (Chain(("a_b*",), (Link(Num(2), "50%"),)), Given((("x$", (Num(1),), "m"),)))))
    assert "$$" not in made
    assert "a_b* = 2" in made
    assert "- x<span>$</span> = 1: m" in made


@pytest.mark.parametrize("maths", [r"2\,3", r"\{a\}", r"\mathit{a}_{b}", "a*b", r"a \\ b", r"\text{a\_b}"])
def test_what_a_reader_would_eat_is_known(maths: str) -> None:
    assert not is_safe(maths)


def test_dollars_are_escaped_as_github_asks() -> None:
    assert escape("$x$") == "<span>$</span>x<span>$</span>"
