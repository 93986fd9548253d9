"""Plain text keeps to its width, whatever is worked and however it is called."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import convolve, pool, size
from calc.derivation import Chain, Check, Derivation, Given, Grid, Line, Link, Note, Solve, Table
from calc.exact import Cells
from calc.expr import Num, Op, Sym
from explain import render
from explain.blocks import wrap, wrap_clauses
from explain.text import WIDTH

names = st.text(st.sampled_from("ab xyz_−·.,:()漢é"), max_size=120)
entries = st.integers(-(10**9), 10**9) | st.fractions(-9, 9, max_denominator=999)


def too_long(derivation: Derivation, width: int = WIDTH) -> list[str]:
    lines = "\n".join(render(derivation, "text", width=width)).split("\n")
    return [line for line in lines if len(line) > width]


def whole(name: str) -> bool:
    """Whether no word in a name is longer than a name may be (`printable` cuts it)."""
    return max(map(len, name.split(" "))) <= 60


@st.composite
def pages(draw: st.DrawFn) -> Derivation:
    def said() -> str:
        return draw(names.filter(whole))

    number = draw(st.integers(-(10**12), 10**12))
    many = draw(st.integers(1, 60))
    cells = draw(st.lists(entries, min_size=many, max_size=many))
    sum_ = Op("+", tuple(Num(draw(st.integers(-(10**6), 10**6))) for _ in range(draw(st.integers(2, 40)))))
    columns = draw(st.integers(1, 4))
    steps = (
        Note("convention", (said(),)),
        Given(((said()[:20] or "k", (Num(number),), said()),)),
        Chain((said()[:30],), (Link(sum_, said()), Link(Num(sum_.value()), said()))),
        Solve("k", (Line((Sym("k"), Num(number)), ("=",), said()),)),
        Grid(Cells.of([cells, cells]), said()[:40]),
        Table(
            tuple((said()[:12],) for _ in range(columns)),
            tuple(tuple((said()[:14],) for _ in range(columns)) for _ in range(3)),
            (False, *(True for _ in range(columns - 1))),
        ),
        Note("careful", (said(), Sym("k"))),
        Derivation((said(),), (Note("why", (said(),)),)),
        Check("torch", "agrees", (said(),)),
    )
    return Derivation((said(),), steps, (said(),))


@settings(max_examples=60, deadline=None)
@given(pages())
def test_any_page_fits_into_80_columns(page: Derivation) -> None:
    assert not too_long(page)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(3, 40).flatmap(
        lambda columns: st.lists(st.lists(entries, min_size=columns, max_size=columns), min_size=3, max_size=3)
    ),
    st.integers(1, 3),
    st.sampled_from(["products", "hadamard"]),
)
def test_any_convolution_fits_into_80_columns(image: list[list[object]], side: int, working: str) -> None:
    kernel = [[(3 * r + c) % 5 - 2 for c in range(side)] for r in range(side)]
    assert not too_long(convolve(image, kernel).derivation(working))


@settings(max_examples=10, deadline=None)
@given(st.integers(18, 40), st.integers(1, 9), st.integers(1, 10**9))
def test_windows_in_one_form_fit_into_80_columns(side: int, k: int, scale: int) -> None:
    image = [[(7 * r + 3 * c) % 13 * scale for c in range(side)] for r in range(side)]
    kernel = [[(3 * r + c) % 5 - 2 for c in range(k)] for r in range(k)]
    assert not too_long(convolve(image, kernel, padding="valid").derivation(places=None))


@pytest.mark.parametrize("made", [size(10**30, 10**30 - 12), pool("1 2; 3 4", 2)])
def test_long_numbers_fit_into_80_columns(made: object) -> None:
    assert not too_long(made.derivation())  # type: ignore[attr-defined]


def test_conventions_break_between_their_clauses() -> None:
    lines = list(render(pool("1 2 3; 4 5 6", 2).derivation(), "text", width=60))
    assert lines[1:4] == ["kernel 2×2 · stride 2 · no padding", "floor: cells that fill no window are left out", ""]
    assert wrap_clauses("one two three · four", 8) == wrap("one two three · four", 8)
