"""Lessons: every cause that marking can name has one, it is short and plain, and its sums are right."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from calc.chain import through
from calc.concepts import concepts as all_concepts
from calc.convolution import convolve
from calc.expr import Number
from calc.feature_maps import FeatureMaps
from calc.layers.base import Layer
from calc.layers.conv import Conv2d
from calc.layers.embedding import Embedding
from calc.layers.known import LAYERS
from calc.layers.linear import Linear
from calc.layers.norm import BatchNorm2d
from calc.marking.lessons import LESSONS, concepts, lesson, maps, parameters, sizes, slips, work
from calc.marking.replies import read_value
from calc.marking.wrong_shapes import wrong_fields
from calc.pooling import pool
from calc.stack import Stack
from calc.transposed import transpose
from calc.wrong_sizes import WRONG_SAME, WRONG_SOLUTIONS

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[a-z]+(-[a-z]+)+")

IMAGE = "1 2 3 4 5 6; 4 -5 6 0 1 2; 7 8 9 1 0 3; 1 0 2 5 3 8; 2 2 1 7 9 4; 0 3 5 1 6 2"
COLOURS = [[[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3], [4, 5, 6, 7]]] * 2
KERNEL = "1 2 0; -1 3 2; 4 0 1"

QUESTIONS: tuple[FeatureMaps, ...] = (
    convolve(IMAGE, KERNEL, padding=1, stride=2),
    convolve(IMAGE, KERNEL, padding=1, padding_mode="reflect", bias=1, then="relu"),
    convolve(IMAGE, KERNEL, flip=False, dilation=2, stride=(2, 1)),
    convolve(COLOURS, [[[1, 2], [3, 4]], [[0, 1], [1, 5]]], bias=2),
    pool(IMAGE, 2),
    pool(IMAGE, 3, stride=2, padding=1, ceil=True),
    pool(IMAGE, 2, kind="min", dilation=2, stride=1),
    pool(IMAGE, 3, kind="average", padding=1, stride=2),
    transpose("1 2; 3 4", KERNEL, stride=2, padding=1, output_padding=1, bias=1),
    transpose("1 2 3; 3 4 5; 6 7 8", KERNEL, stride=2, dilation=2),
    transpose("1 2 3; 3 4 5; 6 7 8", KERNEL),
)

SLIPS = {"border-row-misaligned", "border-column-misaligned"}
"""Names that are put together."""


def bent_in(module: Path) -> Iterator[str]:
    """The names of the bends that a module spells out."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Bend" and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def named_in(module: Path) -> Iterator[str]:
    """Whatever a module spells as names of causes are spelled."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
            yield node.value


def in_use() -> set[str]:
    """Every name that a cause can have."""
    bent = {bend.name for question in QUESTIONS for bend in question.bends()}
    bent |= {
        name for module in ("convolution", "pooling", "transposed") for name in bent_in(ROOT / f"calc/{module}.py")
    }
    rules = {wrong.name for layer in LAYERS for wrong in layer.misconceptions()} | {
        m.name for m in (*WRONG_SOLUTIONS, *WRONG_SAME)
    }
    chosen = {wrong.name for concept in all_concepts() for wrong in concept.mistaken()}
    named = (*(ROOT / "calc/marking").glob("*.py"), ROOT / "calc/wrong_counts.py")
    return bent | rules | chosen | SLIPS | {name for path in named for name in named_in(path)}


USED = in_use()
WRONG_RULES = {name: LESSONS[name] for name in LESSONS if name not in slips.LESSONS}


def test_every_cause_has_a_lesson_and_every_lesson_a_cause() -> None:
    assert sorted(USED - set(LESSONS)) == []
    assert sorted(set(LESSONS) - USED) == []


def test_names_are_found_where_they_stand() -> None:
    assert {"flipped", "kernel-row-left-out", "min-taken", "stamps-overwritten"} <= USED
    assert {"kernels-added", "image-size-everywhere", "sign-lost", "wrong-formula"} <= USED


def test_no_name_is_taught_twice() -> None:
    tables = (maps.LESSONS, sizes.LESSONS, parameters.LESSONS, work.LESSONS, concepts.LESSONS, slips.LESSONS)
    assert len(LESSONS) == sum(map(len, tables))
    parts = (sizes.OF_ONE_LAYER, sizes.OF_LAYERS, sizes.OF_FIELDS)
    assert len(sizes.LESSONS) == sum(map(len, parts))


def test_titles_tell_causes_apart_and_fit_a_table() -> None:
    titles = [each.title for each in LESSONS.values()]
    assert len(set(titles)) == len(titles)
    assert [title for title in titles if not 0 < len(title) <= 40] == []
    assert [title for title in titles if title != title.strip(" .")] == []


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_paragraph_is_two_to_four_sentences(name: str) -> None:
    paragraph = lesson(name).paragraph
    sentences = re.split(r"(?<=[.?])\s+", paragraph)
    assert 2 <= len(sentences) <= 4
    assert all(re.match(r"[A-Z0-9]", sentence) and sentence[-1] in ".?" for sentence in sentences)
    assert len(paragraph) <= 520


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_plain_text(name: str) -> None:
    text = " ".join(lesson(name))
    assert set(re.findall(r"[^\w\s.,:;?()/+='“”-]", text)) <= set("·×−→⌊⌋²³")
    assert not re.search(r"_|  |\n|\d-\d| - ", text)


def test_a_slip_has_a_title_only() -> None:
    assert {each.paragraph for each in slips.LESSONS.values()} == {""}


def sums() -> Iterator[str]:
    """Every calculation that a paragraph shows."""
    for each in LESSONS.values():
        yield from (found[0] for found in re.finditer(r"[(\d][\d ()+·−]* = \d+", each.paragraph))


def test_calculations_in_paragraphs_are_right() -> None:
    shown = list(sums())
    assert len(shown) >= 8
    for text in shown:
        assert len({part.value() for part in read_value(text).parts}) == 1, text


FIRST: dict[str, Number] = {"k_h": 5, "k_w": 5, "c": 3, "m": 32, "g": 1, "b": 1}


@pytest.mark.parametrize(
    ("name", "layer", "letters", "wrong", "right"),
    [
        ("kernel-lost-on-each-side", Conv2d, {"in": 32, "k": 3, "s": 1, "p": 0, "d": 1}, "28", "30"),
        ("one-filter", Conv2d, FIRST, "76", "2432"),
        ("channels-added", Conv2d, FIRST | {"m": 1, "b": 0}, "28", "75"),
        ("input-channels-forgotten", Conv2d, FIRST | {"m": 1, "b": 0}, "", "75"),
        ("channels-and-biases-forgotten", Conv2d, FIRST, "", "2432"),
        ("outputs-twice", Linear, {"i": 2048, "o": 64, "b": 1}, "", "131136"),
        ("bias-added", Embedding, {"i": 1000, "o": 64}, "", "64000"),
        ("normalised-cell-by-cell", BatchNorm2d, {"c": 64, "h_in": 8, "w_in": 8}, "", "128"),
        ("dilated-kernel-counted", Conv2d, FIRST | {"k_h": 3, "k_w": 3, "c": 1, "m": 1, "b": 0, "d": 2}, "", "9"),
    ],
)
def test_examples_are_what_the_rules_give(
    name: str, layer: type[Layer], letters: dict[str, Number], wrong: str, right: str
) -> None:
    rule = next(m for m in layer.misconceptions() if m.name == name)
    truth = layer.size if rule.about == "size" else layer.params
    assert str(truth.value(letters)) == right
    assert rule.rule.value(letters) != truth.value(letters)
    assert wrong in ("", str(rule.rule.value(letters)))
    assert {wrong, right} - {""} <= set(re.findall(r"\d+", lesson(name).paragraph))


@pytest.mark.parametrize(("name", "wrong"), [("kernels-added", 6), ("kernels-multiplied", 9)])
def test_two_layers_see_what_their_lessons_say(name: str, wrong: int) -> None:
    stack = through("conv 3, conv 3", "32")
    assert isinstance(stack, Stack)
    assert next(fields[-1].size for fields in stack.fields) == 5
    assert {each: n for each, _, n in wrong_fields(stack)}[name][0] == wrong
    assert {"5", str(wrong)} <= set(re.findall(r"\d+", lesson(name).paragraph))


def test_an_unknown_name_has_no_lesson() -> None:
    with pytest.raises(KeyError):
        lesson("no-such-cause")
