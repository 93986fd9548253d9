"""Numbers and grids out of text."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import Impossible
from calc.exact import Cells, read_entry, read_number
from calc.images import read_grid, read_image, read_kernel
from explain.notation import TEXT


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("-3", -3),
        ("−3", -3),
        ("+3", 3),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("2.", 2),
        ("1e3", 1000),
        ("1.5e-1", Fraction(3, 20)),
        ("1/9", Fraction(1, 9)),
        ("-4/2", -2),
        ("1" + "0" * 400, 10**400),
    ],
)
def test_numbers_are_read_exactly(text: str, number: Fraction) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "x", "1/0", "1//2", "1/2/3", "0.5/2", "nan", "inf", "1e", "1e9999", "0x10", "1_000", "٣", "9" * 1_001]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Impossible):
        read_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "1 0 2\n3 2 0",
        "1\t0\t2\n3\t2\t0\n",
        "1,0,2\n3,2,0",
        "1;0;2\n3;2;0",
        "1, 0, 2,\r\n3, 2, 0,\r\n\r\n",
        " 1 0 2 ;3 2 0; ",
        "\n1 0  2\n3 2 0\n\n",
    ],
)
def test_all_separators_give_the_same_grid(text: str) -> None:
    assert read_grid(text, "the file") == Cells.of([[1, 0, 2], [3, 2, 0]])


@pytest.mark.parametrize("text", ["1 0 2; 3 2 0", "1,0,2;3,2,0", "[[1, 0, 2], [3, 2, 0]]", "[1 0 2; 3 2 0]"])
def test_inline_text_is_an_image_and_a_kernel(text: str) -> None:
    assert read_image(text) == Cells.of([[1, 0, 2], [3, 2, 0]])
    assert read_kernel(text) == (Cells.of([[1, 0, 2], [3, 2, 0]]), "the kernel")


def test_semicolons_alone_end_rows_inline() -> None:
    assert read_image("1;2;3").shape == (3, 1)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(Impossible):
        read_grid(text, "the file")
    with suppress(Impossible):
        read_grid(text, "the file", inline=True)


@given(st.lists(st.lists(st.integers() | st.fractions(), min_size=3, max_size=3), min_size=1, max_size=4))
def test_what_is_written_reads_back(rows: list[list[Fraction]]) -> None:
    assert read_grid("\n".join(" ".join(map(str, row)) for row in rows), "the file") == Cells.of(rows)


def test_blank_lines_part_channels() -> None:
    text = "\n1 0  2\n3 2 0\n\n \n4 5 6\n7 8 9\n"
    assert read_grid(text, "the file") == Cells.of([[[1, 0, 2], [3, 2, 0]], [[4, 5, 6], [7, 8, 9]]])
    assert read_image("[[[1, 2]], [[3, 4]]]") == read_image("1 2;; 3 4") == Cells.of([[[1, 2]], [[3, 4]]])
    with pytest.raises(Impossible, match="block 2 has 1 rows where block 1 has 2: blank lines part channels"):
        read_grid("1 2\n3 4\n\n5 6\n", "img.txt")


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("a", "a"),
        ("2a", "2a"),
        ("x_1+1", "x_1 + 1"),
        ("a*b", "a·b"),
        ("-a", "−a"),
        ("(a+b)*2", "2a + 2b"),
        ("a/2", "a/2"),
    ],
)
def test_letters_are_read(text: str, entry: str) -> None:
    assert TEXT.cell(read_entry(text)) == entry


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "a**b", "a/b", "a^99", "sin(a)", "a.b", "__a", "1/a", "a-b*"])
def test_what_is_no_polynomial_is_refused(text: str) -> None:
    with pytest.raises(Impossible, match=r"neither a number nor a letter|is not a number"):
        read_entry(text)


@given(
    st.lists(st.lists(st.integers(-(10**16), 10**16), min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from((" ", ",", "\t", "  ")),
)
def test_plain_whole_numbers_are_read_at_once_and_the_same(rows: list[list[int]], between: str) -> None:
    text = "\n".join(between.join(map(str, row)) for row in rows)
    assert read_grid(text + "\n", "f") == Cells.of(rows)
    assert read_grid(text.replace("\n", "\r\n"), "f") == Cells.of(rows)


@pytest.mark.parametrize("text", ["1 2\n3", "1,,2\n1,2,3", "1-2 3", "1 - 2", ",1\n1,2", "1,2,\n3,4", "--1 2"])
def test_what_is_not_plain_is_looked_at_closely(text: str) -> None:
    with suppress(Impossible):
        assert read_grid(text, "f") == Cells.of([[1, 2], [3, 4]])
