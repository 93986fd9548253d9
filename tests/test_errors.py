"""The words of sentences: what is cut of a long text, and that nothing unseen is left in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import printable

FOLDERS = "/home/somebody/university/second year/computer vision/exercises/sheet 1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{FOLDERS}/task1a.txt", "/home/somebody/university/second year/computer v…/task1a.txt"),
        (f"{FOLDERS[1:]}/model.py:Net", "home/somebody/university/second year/computer …/model.py:Net"),
        (f".{FOLDERS}/no suffix", "./home/somebody/university/second year/computer v…/no suffix"),
        (f"~/{'x' * 90}.safetensors", f"~/{'x' * 17}…{'x' * 28}.safetensors"),
        (f"C:\\{'x' * 80}\\a.csv", f"C:\\{'x' * 50}…\\a.csv"),
        ("1 2 3/4 5; " * 20, ("1 2 3/4 5; " * 6)[:59] + "…"),
        (
            "a sentence that says either/or of what is " * 3,
            "a sentence that says either/or of what is a sentence that s…",
        ),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_the_end_of_a_text_is_cut_and_the_middle_of_a_path(text: str, said: str) -> None:
    assert printable(text) == said


@given(st.text() | st.text("/\\.ab: ").map(lambda text: f"/a{text}"), st.integers(5, 80))
def test_what_is_printable_is_one_line_of_its_length(text: str, limit: int) -> None:
    said = printable(text, limit)
    assert said.isprintable()
    assert len(said) <= limit
    assert said == printable(said, limit)
    if len(text) <= limit and text.isprintable():
        assert said == text
