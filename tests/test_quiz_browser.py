"""Quizzes and tables that unfold, in a real browser: marked as the data says, by keys alone, and nothing given away."""

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from calc import Impossible, convolve, count, mark, pool, quiz, size, through
from calc.concepts import concept, concepts
from calc.derivation import Derivation, Note, Table
from calc.marking.replies import read_value
from calc.marking.spelling import plain, unmixed
from calc.question import Question
from calc.quizzes.blanks import Blank, Cause, Choice, Quiz, Turn, looked_up, normal
from explain.html.shell import asset
from tests.cases import EXAMPLES, NETWORKS, RAMP, RGB, TASK_1A
from tests.test_html import HOSTILE
from tests.test_html_browser import WIDTHS, Opened, browser, opened, violations

__all__ = ["browser", "opened"]

QUIZZES: dict[str, Callable[[], Question]] = {
    "conv": lambda: convolve(TASK_1A, "sobel"),
    "channels": lambda: convolve(RGB, [[[[1, 0], [0, 1]]] * 3], flip=False, padding="valid"),
    "large": lambda: convolve(RAMP, "sobel"),
    "pool": lambda: pool(TASK_1A, 3, kind="average", stride=2, padding=1),
    "size": lambda: size(512, 504),
    "in": lambda: size(out=63, kernel=11, stride=4, padding=2),
    "stack": lambda: through("conv 9, pool 2 stride 2, conv 3", 512),
    "net": lambda: count(EXAMPLES / "model.py", "3x32x32"),
    "concept": lambda: concept("translation"),
    "several": lambda: next(each for each in concepts() if each.several),
}


def asked(opened: Opened, name: str, **options: object) -> Page:
    question = QUIZZES[name]()
    solution = question.derivation()
    return opened(solution, quiz=quiz(question, solution), **options)


def answer(page: Page, blank: str, text: str) -> str:
    """What is said of an answer."""
    field = page.get_by_label(blank, exact=True)
    field.fill(text)
    field.press("Enter")
    return page.locator("#verdict").inner_text()


def progress(page: Page) -> str:
    return page.locator("#progress").inner_text()


def test_a_right_answer_is_marked_and_worked(opened: Opened) -> None:
    page = asked(opened, "conv")
    said = answer(page, "cell (1,1)", "−2")
    assert said.startswith("✓ cell (1,1): −2 is right.")
    assert page.locator("#verdict math").count() >= 2
    expect(page.get_by_label("cell (1,2)")).to_be_focused()
    assert progress(page) == "1 of 15 right"
    assert answer(page, "cell (1,3)", "-11").startswith("✓ cell (1,3): −11 is right.")
    assert answer(page, "cell (1,5)", "- 13").startswith("✗ cell (1,5): − 13 ")
    field = page.get_by_label("cell (1,1), right")
    expect(field).to_have_attribute("readonly", "")


def test_a_wrong_answer_is_told_by_the_rule_that_leads_to_it(opened: Opened) -> None:
    page = asked(opened, "conv")
    said = answer(page, "cell (1,3)", "11")
    assert said.startswith("✗ cell (1,3): 11 is not right.")
    assert "Kernel not flipped: a convolution flips the kernel" in said
    field = page.get_by_label("cell (1,3)")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert progress(page) == "0 of 15 right"
    field.fill("1")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    assert "−11" not in page.locator("body").inner_text()


def test_of_several_rules_that_which_led_before_is_told_first(opened: Opened) -> None:
    page = asked(opened, "conv")
    first = "#verdict .cause:first-of-type strong, #verdict .cause strong"
    answer(page, "cell (1,4)", "-2")
    answer(page, "cell (1,2)", "-1")
    assert page.locator(first).first.inner_text() == "Kernel not flipped"


def test_an_answer_whose_cause_is_not_known_is_only_not_right(opened: Opened) -> None:
    page = asked(opened, "conv")
    assert "No wrong rule that is known here leads to it" in answer(page, "cell (1,1)", "12345")


NO_NUMBERS = [
    *("abc", "1+", "1 + + 2", "(1", "1)", "1/0", "2 3+4", "<b>2</b>", "9**9**9", "2^(1-3)^99999", "NaN", "1e999"),
    *("x", "n+1", "1;2+3", "alert(1)", "(" * 99 + "9", "9" * 190 + "^9"),
]


def test_what_is_no_number_is_not_judged(opened: Opened) -> None:
    page = asked(opened, "size")
    assert answer(page, "the kernel", "").startswith("! nothing is filled in")
    for text in NO_NUMBERS:
        said = answer(page, "the kernel", text).replace("−", "-")
        assert said.startswith(f"! “{text}” cannot be read: a number, a size or a calculation is wanted"), text
    assert progress(page) == "0 of 1 right"


@pytest.mark.parametrize(
    ("blank", "text"),
    [
        ("parameters of conv1 (Conv2d)", "2.432"),
        ("parameters in all", "390.410"),
        ("output of conv1 (Conv2d)", "[1, 32, 32, 32]"),
        ("output of conv1 (Conv2d)", "torch.Size([1, 32, 32, 32])"),
        ("output of conv1 (Conv2d)", "(None, 32, 32, 32)"),
        ("output of conv1 (Conv2d)", "32 32 32"),
        ("output of conv1 (Conv2d)", "32,32,32"),
        ("output of conv1 (Conv2d)", "32@32x32"),
        ("output of flatten (Flatten)", "(2048,)"),
    ],
)
def test_a_right_answer_is_right_in_every_form(opened: Opened, blank: str, text: str) -> None:
    page = asked(opened, "net")
    assert "✓" in answer(page, blank, text)


CALCULATED = [
    *("2400+32", "5*5*3*32+32", "(5*5*3+1)*32", "(5·5·3 + 1)·32", "5×5×3×32 + 32", "5x5x3x32+32", "[5*5*3+1]*32"),
    *("2.432k", "2,432k", "2.432K", "0.002432M", "2.432e3", "24.32e2", "2.432*10^3", "2.432·10³", "2.432×10**3"),
    *(
        "２４３２",
        "２４００＋３２",
        "≈2432",
        "~2432",
        "2 400 + 32",
        "2,400+32",
        "2.400+32",
        "4864/2",
        "4864:2",
        "4864 ÷ 2",
    ),
    *(
        "1*2432",
        "-(-2432)",
        "7296//3",
        "⌊4865/2⌋",
        "⌈4863/2⌉",
        "5²·96+32",
        "3(4+1)·160+32",
        "2400 + 32 = 2432",
        "2432=2400+32",
    ),
    *("75·32+32 parameters", "n = 2400+32", "2432.0", "2 432"),
]
"""2432, in ways in which learners write it."""


def test_a_calculation_is_worked_out(opened: Opened) -> None:
    page = asked(opened, "net")
    asked_of = QUIZZES["net"]()
    blank = "parameters of conv1 (Conv2d)"
    for text in CALCULATED:
        assert mark(asked_of, f"conv1 = {text.removeprefix('n = ')}").right, text
        page.reload()
        assert f"✓ {blank}" in answer(page, blank, text), text


def test_what_a_calculation_comes_to_is_said(opened: Opened) -> None:
    page = asked(opened, "net")
    blank = "parameters of conv1 (Conv2d)"
    assert answer(page, blank, "2400+33").startswith(f"✗ {blank}: 2400+33 comes to 2433, which is not right.")
    assert "Input channels forgotten" in answer(page, blank, "(5*5+1)*32")
    assert answer(page, blank, "2400+32").startswith(f"✓ {blank}: 2400+32 is right: it comes to 2432.")
    blank = "multiply-accumulates of conv1 (Conv2d)"
    assert answer(page, blank, "2399·1024 = 2457600").startswith(
        f"✓ {blank}: 2399·1024 = 2457600 is right, but what stands before it comes to 2456576."
    )
    blank = "parameters in all"
    assert answer(page, blank, "391k").startswith(f"✗ {blank}: 391k")
    assert answer(page, blank, "≈390k").startswith(f"✓ {blank}: ≈390k is right, rounded: 390")


def test_a_row_may_be_rounded_as_the_total_may(opened: Opened) -> None:
    page = asked(opened, "net")
    blank = "parameters of conv3 (Conv2d)"
    for text in ("206k", "0.206M", "2.06e5", "2k", "1e6"):
        assert "✗" in answer(page, blank, text), text
    for text in ("205k", "≈0.205M", "204.9 k", "2.05e5", "2.049·10^5", "205 thousand"):
        page.reload()
        assert f"{text} is right, rounded: 204" in answer(page, blank, text), text
    assert "is right, rounded" in answer(page, "multiply-accumulates of conv1 (Conv2d)", "2.46M")
    page.reload()
    assert "✓" in answer(page, blank, "204.928 parameters")
    assert "✓" in answer(page, "multiply-accumulates of conv1 (Conv2d)", "2.457.600 MACs")


def test_a_cell_and_a_size_may_be_calculated(opened: Opened) -> None:
    page = asked(opened, "conv")
    for cell, text in (("(1,1)", "0-2"), ("(1,2)", "-1*2+3"), ("(1,3)", "-110e-1"), ("(1,4)", "１＋１")):
        assert "is right" in answer(page, f"cell {cell}", text), text
    assert "✗ cell (1,5): −3−3 comes to −6, which" in answer(page, "cell (1,5)", "-3-3")
    page = asked(opened, "size")
    for text in ("3x3", "3 × 3", "215/4+1", "1+1"):
        assert "not right" in answer(page, "the kernel", text), text
    for text in ("512-504+1", "(512 - 504)/1 + 1", "3*3", "k = 512-503 = 9"):
        assert mark(QUIZZES["size"](), text).right
        page.reload()
        assert "That is right" in answer(page, "the kernel", text), text


THIRDS = [[1, 3, 2, 5], [2, 5, 1, 0], [9, 7, 8, -1], [3, 3, 3, "1/3"]]
"""An image whose average pooling has fractions: 11/4 2; 11/2 31/12."""

PRINTED = [
    *("2.6", "2.58", "2.583333", "2.58333333", "2.583333333333", "2.58333333333333333333", "2.5833332538604736"),
    *("31/12", "2.5833333333000", "0.1+2.4833333333"),
]
MISPRINTED = ["2.59", "2.583343", "2.58334333", "2.584333333333", "-2.583333333333"]


def test_more_decimals_of_a_right_number_are_right(opened: Opened) -> None:
    question = pool(THIRDS, 2, kind="average")
    page = opened(question.derivation(), quiz=quiz(question))
    for text in PRINTED:
        page.reload()
        assert "✓" in answer(page, "cell (2,2)", text), text
        assert "+" in text or mark(question, f"11/4 2; 11/2 {text}").right, text
    page.reload()
    for text in MISPRINTED:
        assert "✗" in answer(page, "cell (2,2)", text), text
        assert not mark(question, f"11/4 2; 11/2 {text}").right, text
    for text in ("1.666667", "1.6666666666"):
        page = opened((other := pool([[2, 1, 2], [1, 2, 2]], (2, 3), kind="average")).derivation(), quiz=quiz(other))
        assert "✓" in answer(page, "cell (1,1)", text), text


def test_more_decimals_of_a_wrong_number_tell_the_same_rule(opened: Opened) -> None:
    question = pool(THIRDS, 2, kind="average")
    page = opened(question.derivation(), quiz=quiz(question))
    told = answer(page, "cell (2,2)", "31/3").partition("not right.")[2]
    assert "known" not in told
    for text in ("10.33", "10.333333333333", "10.333333015441895"):
        assert answer(page, "cell (2,2)", text).partition("not right.")[2] == told


BY_AXIS = [
    *("H=55, W=79", "h=55 w=79", "W=79, H=55", "height 55, width 79", "height: 55; width: 79", "height 55 width 79"),
    *("55 high and 79 wide", "79 wide, 55 high", "W x H = 79 x 55", "H × W = 55 × 79", "H_out = 55, W_out = 79"),
    *(r"\(55 \times 79\)", r"$55\times79$", "55 by 79", "55, 79", "(55, 79)", "(55; 79)", "[55, 79]", "out = 55x79"),
    *("1x64x55x79", "64x55x79", "(1, 64, 55, 79)", "[N, C, 55, 79]", "(None, 55, 79, 64)", "C=64, H=55, W=79"),
    *("N=1, C=64, H=55, W=79", "C x H x W = 64 x 55 x 79", "torch.Size([1, 64, 55, 79])", "55x79x64"),
]
NOT_BY_AXIS = [
    *("H=79, W=55", "H=55, W=80", "h=54 w=79", "height 55, width 78", "79 high and 55 wide", "W x H = 55 x 79"),
    *("79x55", "1x64x55x80", "C=79, H=64, W=55", "N=55, C=79", "55x64x79", "55", "H=55", r"\(54 \times 79\)"),
]


def test_sizes_by_axis_are_read_as_the_marking_reads_them(opened: Opened) -> None:
    question = size("224x320", kernel=11, stride=4, padding=2)
    solution, made = question.derivation(), quiz(question)
    page = opened(solution, quiz=made)
    for text in NOT_BY_AXIS:
        assert not mark(question, text).right, text
        assert "✗" in answer(page, "the output", text), text
    assert "cannot be read" in answer(page, "the output", "H=55, foo=79")
    assert "It is right along one axis" in answer(page, "the output", "55")
    assert "Fraction kept" in answer(page, "the output", "(224+2*2-11)/4+1")
    assert "Height and width swapped" in answer(page, "the output", "79x55")
    for text in BY_AXIS:
        assert mark(question, text).right, text
        page.reload()
        assert "✓" in answer(page, "the output", text), text


@pytest.mark.parametrize(
    ("blank", "right", "wrong"),
    [
        (
            "output of flatten (Flatten)",
            ("2048", "1x2048", "(None, 2048)", "(N, 2048)", "B×2048", "-1x2048", "torch.Size([1, 2048])", "[1,2048]"),
            ("1x2047", "2x2048"),
        ),
        (
            "output of conv1 (Conv2d)",
            ("C=32, H=32, W=32", "32x32²", "32 × 32^2", "32 channels, 32 high, 32 wide", "1x32x32x32"),
            ("C=3, H=1, W=32", "C=32, H=28, W=28", "32x28²"),
        ),
    ],
)
def test_shapes_with_names_and_batches_are_read(
    opened: Opened, blank: str, right: Sequence[str], wrong: Sequence[str]
) -> None:
    page = asked(opened, "net")
    for text in wrong:
        assert "✗" in answer(page, blank, text), text
    for text in right:
        page.reload()
        assert "✓" in answer(page, blank, text), text


def test_one_side_that_is_wrong_is_no_batch(opened: Opened) -> None:
    page = asked(opened, "stack")
    blank = "what comes out of layer 1, conv 9"
    for text in ("1x504", "[1, 504]", "1 504"):
        assert "✗" in answer(page, blank, text)
    assert "✓" in answer(page, blank, "[1, 504, 504]")


def test_a_size_that_is_wrong_is_wrong_in_every_form(opened: Opened) -> None:
    page = asked(opened, "net")
    for text in ("[1, 32, 28, 28]", "32 28 28", "torch.Size([32, 28, 28])"):
        assert "✗" in answer(page, "output of conv1 (Conv2d)", text)


def test_the_last_answer_brings_the_worked_solution(opened: Opened) -> None:
    page = asked(opened, "size")
    expect(page.locator("#solution")).to_be_hidden()
    assert "9" not in page.locator("body").inner_text().replace("9×9 or", "")
    assert (
        "Sign lost" in answer(page, "the kernel", "7")
        or "minus before a bracket" in page.locator("#verdict").inner_text()
    )
    assert "That is right" in answer(page, "the kernel", "k = 9")
    expect(page.locator("#solution")).to_be_visible()
    expect(page.locator("#solution .answer")).to_have_text("9×9")
    for name in ("Check", "A hint", "Show the answer"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()


def test_every_number_of_a_stretch_is_right(opened: Opened) -> None:
    for number in ("255", "256", "258", "258x258"):
        assert "That is right" in answer(asked(opened, "in"), "the input", number)
    assert "not right" in answer(asked(opened, "in"), "the input", "259")


def test_an_answer_is_shown_on_request(opened: Opened) -> None:
    page = asked(opened, "conv")
    page.get_by_label("cell (2,1)").focus()
    page.get_by_role("button", name="Show the answer").click()
    assert page.get_by_label("cell (2,1), shown").input_value() == "−10"
    assert progress(page) == "0 of 15 right, 1 shown"
    page.get_by_role("button", name="Show all answers").click()
    assert progress(page) == "0 of 15 right, 15 shown"
    expect(page.locator("#solution")).to_be_visible()
    expect(page.get_by_role("heading", name="The worked solution")).to_be_focused()
    page.get_by_role("button", name="Next window").click()
    expect(page.locator(".stepper .sum .place")).to_have_text("(1,2)")


def test_hints_come_one_at_a_time(opened: Opened) -> None:
    page = asked(opened, "size")
    hints = page.locator("#hints > li")
    for many in (1, 2, 3):
        page.locator("#hint").click()
        expect(hints).to_have_count(many)
    expect(page.locator("#hint")).to_be_disabled()
    expect(page.locator("#hint")).to_have_text("No more hints")
    assert "9" not in hints.all_inner_texts()


def test_the_window_of_a_cell_is_shown_on_request(opened: Opened) -> None:
    page = asked(opened, "conv")
    expect(page.locator("#looking")).to_be_hidden()
    page.locator("#window summary").click()
    page.get_by_label("cell (2,2)").focus()
    matrices = page.locator("#looking .matrix")
    assert matrices.nth(0).locator("tbody td").all_inner_texts() == ["1", "0", "2", "3", "2", "0", "0", "6", "1"]
    assert matrices.nth(1).locator("tbody td").all_inner_texts() == ["1", "0", "−1", "2", "0", "−2", "1", "0", "−1"]


def test_a_quiz_is_answered_by_keys_alone(opened: Opened) -> None:
    page = asked(opened, "conv")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.blank')"):
            break
    for number in (-2, 1, -11, 2, 13, -10, 4, -8, -2, 18, -14, 1, 5, -6, 9):
        page.keyboard.type(str(number))
        page.keyboard.press("Enter")
    assert progress(page) == "15 of 15 right"
    assert "All 15 are right, 15 at the first try." in page.locator("#verdict").inner_text()
    expect(page.locator("#solution")).to_be_visible()


def test_a_layer_table_is_filled_in(opened: Opened) -> None:
    page = asked(opened, "net")
    again = page.locator("tr", has_text="ReLU").first.locator(".again")
    expect(again).to_have_text("…")
    assert "✓" in answer(page, "output of conv1 (Conv2d)", "(32, 32, 32)")
    expect(again).to_have_text("32×32×32")
    assert "Input channels forgotten" in answer(page, "parameters of conv1 (Conv2d)", "832")
    assert "right under another convention: the biases counted as well" in answer(
        page, "multiply-accumulates of conv1 (Conv2d)", "2 490 368"
    )
    assert "✓" in answer(page, "parameters in all", "390,410")
    field = page.get_by_label("parameters of conv2 (Conv2d)")
    field.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("parameters of conv3 (Conv2d)")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()


UNFLIPPED = [2, -1, 11, -2, -13, 10, -4, 8, 2, -18, 14, -1, -5, 6, -9]
RIGHT = [-n for n in UNFLIPPED]


def fill(page: Page, numbers: Sequence[object]) -> str:
    """What is said of a map that is checked at once."""
    for i, number in enumerate(numbers):
        page.locator(".blank").nth(i).fill(str(number))
    page.get_by_role("button", name="Check").click()
    return page.locator("#verdict").inner_text()


def test_a_map_is_checked_at_once(opened: Opened) -> None:
    page = asked(opened, "conv")
    said = fill(page, [*RIGHT[:13], 60, "x"])
    assert said.startswith("✗ 13 of 15 are right.")
    assert "! cell (3,5): “x” cannot be read" in said
    assert "Not right: cell (3,4)." in said
    assert progress(page) == "13 of 15 right"
    expect(page.get_by_label("cell (3,4)")).to_be_focused()
    page.locator(".blank").nth(13).fill("-6")
    page.locator(".blank").nth(14).fill("9")
    page.get_by_role("button", name="Check").click()
    assert "✓ 2 of 2 are right." in page.locator("#verdict").inner_text()
    assert "All 15 are right, 14 at the first try." in page.locator("#verdict").inner_text()


def test_a_whole_map_by_a_wrong_rule_is_told_with_its_evidence(opened: Opened) -> None:
    said = fill(asked(opened, "conv"), UNFLIPPED)
    assert said.startswith("✗ 0 of 15 are right.")
    assert "Kernel not flipped: a convolution flips the kernel" in said
    assert "15 of the 15 cells that are filled in equal what this rule leads to." in said


def test_a_wrong_rule_with_a_slip_is_told(opened: Opened) -> None:
    slipped = [*UNFLIPPED[:2], -11, *UNFLIPPED[3:]]
    said = fill(asked(opened, "conv"), slipped)
    assert "Kernel not flipped" in said
    assert (
        "14 of the 15 cells that are filled in equal what this rule leads to; cell (1,3) differs by its sign alone."
        in said
    )
    said = fill(asked(opened, "conv"), [*UNFLIPPED[:8], 77, *UNFLIPPED[9:]])
    assert "14 of the 15 cells that are filled in equal what this rule leads to; cell (2,4) differs." in said


def test_two_rules_together_are_told(opened: Opened) -> None:
    page = asked(opened, "conv")
    made = quiz(QUIZZES["conv"]())
    causes, cells = next(each for each in made.misread if len(each.causes) > 1)
    said = fill(page, cells)
    assert all(made.causes[i].title.lower() in said.lower() for i in causes)
    assert "15 of the 15 cells that are filled in equal what these two rules lead to." in said


def test_random_maps_are_told_by_no_rule(opened: Opened) -> None:
    random = Random(3)
    page = asked(opened, "conv")
    for _ in range(5):
        said = fill(page, [random.randint(-40, 40) for _ in range(15)])
        assert "cells that are filled in equal" not in said
        page.reload()


def test_a_cell_is_told_by_what_the_others_show(opened: Opened) -> None:
    page = asked(opened, "conv")
    for i, number in enumerate(UNFLIPPED[:4]):
        page.locator(".blank").nth(i).fill(str(number))
        page.locator(".blank").nth(i).press("Enter")
    said = page.locator("#verdict").inner_text()
    assert "4 of the 4 cells that are filled in equal what this rule leads to." in said


def test_a_total_follows_from_its_rows(opened: Opened) -> None:
    page = asked(opened, "net")
    rows = {"conv1": 2432, "conv2": 1664, "conv3": 204928, "fc1": 131136, "fc2": 650}
    kinds = {"fc1": "Linear", "fc2": "Linear"}
    for name, number in rows.items():
        page.get_by_label(f"parameters of {name} ({kinds.get(name, 'Conv2d')})").fill(str(number))
    said = answer(page, "parameters in all", str(sum(rows.values())))
    follows = "It is the sum of your rows, so it follows from what is wrong in them: parameters of conv2 (Conv2d)."
    assert follows in said
    page.get_by_role("button", name="Check").click()
    said = page.locator("#verdict").inner_text()
    assert "4 of 5 are right." in said
    assert "Input channels forgotten" in said
    assert "It leads to what is filled in for parameters of conv2 (Conv2d)." in said
    assert "It is not the sum of your rows." in answer(page, "parameters in all", "12345")


def test_a_choice_is_marked(opened: Opened) -> None:
    page = asked(opened, "concept")
    page.get_by_role("button", name="Check").click()
    assert "Nothing is chosen yet" in page.locator("#verdict").inner_text()
    page.get_by_role("radio", name="(i) convolution").check()
    page.get_by_role("button", name="Check").click()
    assert "Equivariance taken for invariance" in page.locator("#verdict").inner_text()
    pooling = page.get_by_role("radio", name="(iii) max pooling")
    pooling.check()
    pooling.press("Enter")
    assert "✓" in page.locator("#verdict").inner_text()
    expect(page.locator("#solution")).to_be_visible()


def test_several_choices_are_marked_together(opened: Opened) -> None:
    question = next(each for each in concepts() if each.several)
    solution = question.derivation()
    page = opened(solution, quiz=quiz(question, solution))
    boxes = page.get_by_role("checkbox")
    right = [choice.right for choice in question.choices]
    boxes.nth(right.index(True)).check()
    page.get_by_role("button", name="Check").click()
    assert "not right" in page.locator("#verdict").inner_text()
    for i, each in enumerate(right):
        boxes.nth(i).set_checked(each)
    page.get_by_role("button", name="Check").click()
    assert "✓" in page.locator("#verdict").inner_text()


TYPED = [
    *("−2", " 2 432 ", "2,432", "2'432", "28,803,712", "k = 9", "504 - 2 = 502", "250 × 250", "250X250", "(250, 250)"),
    *(
        "[3, 32, 32]",
        "250 by 250",
        "3, 2",
        "+7",
        "007",
        "7.0",
        "0,5",
        ".5",
        "0.50",
        "-0",
        "2/4",
        "14/7",
        "-3/6",
        "3/-6",
    ),
    *(
        "0/5",
        "5/0",
        "2 432 parameters",
        "252 cells.",
        "",
        "x",
        "5·5·3+1",
        "1e5",
        "½",
        "１２",
        "−−2",
        "2\u00a0432",
        "1.234.567",
    ),
    *("２ ４３２", "~2432", "≈ 2432", "9 → 9", "－2", "（2，3）"),
    *("a b", "\t9\n", "9!", "(9)", "((9))", "{9}", "=", "k=", "9=9=9", "0x10", "00.500", "-0.0", "1,2,3", "12,345.60"),
]


def test_the_page_reads_what_is_typed_as_the_data_does(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(content=asset("reading.js"))
    found = page.evaluate("(texts) => texts.map((text) => [reading.normal(text), reading.lookedUp(text)])", TYPED)
    page.close()
    assert found == [[normal(text), list(looked_up(text))] for text in TYPED]


NUMBERS = ["1.5", ".25", "1e2", "24e-1", "2 048", "1024", "2 3/4", "7½", "½", r"\frac{3}{4}", r"2\tfrac12", "3 5/4"]


def summed(random: Random, depth: int = 0) -> str:
    """A calculation of whole and decimal numbers, brackets, small powers; some are none."""
    if depth > 3 or random.random() < 0.35:
        return random.choice(["0", "1", "2", "7", "32", *NUMBERS])
    left, right = summed(random, depth + 1), summed(random, depth + 1)
    return random.choice(
        [
            *(f"{left}+{right}", f"{left} - {right}", f"{left}*{right}", f"{left}·{right}", f"{left} / {right}"),
            *(f"({left})^{random.choice((0, 1, 2, 3, -1))}", f"-({left})", f"-{left}", f"({left}+{right})·{right}"),
            *(f"⌊{left}/{right}⌋", f"{left}//{right}", f"{left} {right}", f"{left}×{right}", f"({left}", f"{left}^2^2"),
        ]
    )


SPELLED = [
    *("2 3/4", "-7 1/2", "7½", "−3·½ − 10 + 4", "2·½", "1/½", "½²", "½^2", "2½²", "1/2 1/2", "8/1 1/2", "5 1/2 / 2"),
    *("2 7/4", "1 024/2", "12 1/2", "1 2 3/4", "1,5 3/4", "1, 2 3/4", "0 0/1", "3 0/5", "½½", "x½", "4½x4½", "1 ½"),
    *(r"2\frac{3}{4}", r"2\tfrac34", r"\dfrac{-15}{2}", r"\frac{504-2}{2}", r"2\frac{5}{2}", r"\frac12\frac13"),
    *(r"\(55 \times 79\)", r"$55\times79$", r"\text{out} = 9", r"\left\lfloor\frac{54}{4}\right\rfloor", r"\boxed{9}"),
    *("１２", "2\u202f432", "1.048.704 params", "2'432", "～9", "✓ 9!", "2.33…", "math.floor(2.5)", "2⨯3", "9 ∴ 9"),
]


def test_the_page_spells_as_the_marking_does(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(content=asset("reading.js"))
    texts = [*SPELLED, *TYPED]
    found = page.evaluate("(texts) => texts.map((text) => [reading.plain(text), reading.unmixed(text)])", texts)
    page.close()
    for text, mine in zip(texts, found, strict=True):
        assert mine == [plain(text), unmixed(text)], text


MIXED = ["2 3/4", "2¾", r"2\frac{3}{4}", r"2\tfrac34", "11/4", "½+2¼", "1 + 1 3/4", "2 6/8", "-(-2 3/4)"]


def test_mixed_numbers_are_read(opened: Opened) -> None:
    question = pool(THIRDS, 2, kind="average")
    page = opened(question.derivation(), quiz=quiz(question))
    for text in MIXED:
        page.reload()
        assert "✓" in answer(page, "cell (1,1)", text), text
        assert read_value(text).number == Fraction(11, 4)
    page.reload()
    for text in ("2 7/4", "1 2 3/4", "2 3/0", "2 3/4/5"):
        assert "cannot be read" in answer(page, "cell (1,1)", text), text
        with pytest.raises(Impossible):
            read_value(text)
    assert "is not right" in answer(page, "cell (1,1)", "-2 3/4")


def test_the_page_calculates_as_the_marking_does(browser: Browser) -> None:
    random = Random(7)
    texts = list(dict.fromkeys([text for text in (summed(random) for _ in range(2000)) if len(text) <= 120]))
    page = browser.new_page()
    page.add_script_tag(content=asset("reading.js"))
    found = page.evaluate("(texts) => texts.map((text) => reading.calculated(text, false)[0]?.spelled ?? null)", texts)
    page.close()
    read = 0
    for text, mine in zip(texts, found, strict=True):
        try:
            value = str(read_value(text).number)
        except (Impossible, ZeroDivisionError):
            value = None
        assert mine == value, text
        read += value is not None
    assert read > 400
    assert len(texts) - read > 100


@pytest.mark.parametrize("name", QUIZZES)
def test_axe_finds_nothing_in_a_quiz(opened: Opened, name: str) -> None:
    page = asked(opened, name)
    assert violations(page) == []
    if name not in ("concept", "several"):
        page.locator(".blank").first.fill("1")
        page.locator(".blank").first.press("Enter")
    page.locator("#hint").click()
    page.evaluate("for (const list of document.querySelectorAll('details')) list.open = true;")
    assert violations(page) == []
    page.get_by_role("button", name="Show all answers").click()
    assert violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["conv", "net", "concept"])
def test_nothing_of_a_quiz_sticks_out(opened: Opened, name: str, width: int) -> None:
    page = asked(opened, name, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#hint").click()
    page.locator("#show").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_paper_a_quiz_is_a_worksheet(opened: Opened) -> None:
    page = asked(opened, "net")
    page.emulate_media(media="print")
    expect(page.locator(".desk")).to_be_hidden()
    expect(page.locator("#solution")).to_be_hidden()
    assert page.locator(".blank:visible").count() == 21


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_a_quiz_come_out_as_themselves(opened: Opened, name: str) -> None:
    cause = Cause("wrong", name, name, name)
    blank = Blank("one", name, (name,), ("1",), wrong={"2": (0,)}, worked=(Note("why", (name,)),))
    choice = Blank("two", name, (name,), choices=(Choice("i", name, True), Choice("ii", name, False, 0)))
    turns = (Turn((name,), ((blank,),), kind="answer"), Turn((name,), ((choice,),), kind="answer"))
    made = Quiz((name,), (Note("why", (name,)),), turns, (cause,), (Derivation((name,), (Note("why", (name,)),)),))
    page = opened(Derivation((name,), (Note("why", (name,)),), (name,)), quiz=made)
    page.locator(".blank").fill("2")
    page.locator(".blank").press("Enter")
    assert page.locator("#verdict strong").inner_text().casefold() == name.casefold()
    page.locator(".blank").fill(name)
    page.locator(".blank").press("Enter")
    assert "cannot be read" in page.locator("#verdict").inner_text()
    page.locator("#hint").click()
    assert page.locator("#hints p").inner_text() == name
    page.locator("#finish").click()
    assert page.locator("#solution .answer").inner_text() == name
    assert page.locator("main img, main svg, main script:not([type])").count() == 0


def test_rows_unfold(opened: Opened) -> None:
    page = opened(count(EXAMPLES / "model.py", "3x32x32").derivation())
    button = page.get_by_role("button", name="conv1")
    expect(button).to_have_attribute("aria-expanded", "false")
    assert page.locator("tr.more").count() == 0
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    more = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert [each.split("\n")[0] for each in more.locator(".piece").all_inner_texts()] == [
        "Output: 3×32×32 → 32×32×32",
        "Parameters",
        "Multiply-accumulates",
        "Receptive field",
    ]
    results = more.locator(".result").all_inner_texts()
    assert [text.replace("\u202f", "") for text in results] == ["32", "2432", "2457600", "5"]
    button.click()
    expect(more).to_be_hidden()
    page.get_by_role("row", name="Conv2d 5×5 64×16×16").locator("td").first.click()
    expect(page.get_by_role("button", name="conv2")).to_have_attribute("aria-expanded", "true")


def test_all_rows_unfold_at_once_and_on_paper(opened: Opened) -> None:
    page = opened(count(EXAMPLES / "model.py", "3x32x32").derivation())
    page.get_by_role("button", name="Unfold all rows").click()
    assert page.locator("tr.more:visible").count() == 14
    assert violations(page) == []
    page.get_by_role("button", name="Fold all rows").click()
    assert page.locator("tr.more:visible").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("tr.more:visible").count() == 14
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("tr.more:visible").count() == 0


def sticking_out(page: Page, places: str) -> list[str]:
    """What of these places cannot be seen without moving to the side."""
    return page.locator(places).evaluate_all(
        "all => all.filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML)"
    )


def test_on_a_phone_every_number_of_a_table_is_seen(opened: Opened) -> None:
    page = opened(count(EXAMPLES / "model.py", "3x32x32").derivation(), viewport={"width": 360, "height": 760})
    assert page.locator("tbody td:visible").count() > 40
    assert sticking_out(page, "tbody :is(td, th), tfoot :is(td, th)") == []
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="conv1"))
    labels = row.locator("[data-h]").evaluate_all("all => all.map((each) => each.dataset.h)")
    assert labels == ["output", "parameters", "MACs"]
    total = page.locator("tfoot")
    assert "390\u202f410" in total.inner_text()
    assert total.locator("[data-h]").evaluate_all("all => all.map((each) => each.dataset.h)") == ["parameters", "MACs"]
    expect(total).to_be_in_viewport()
    assert violations(page) == []
    page.get_by_role("button", name="Unfold all rows").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert sticking_out(page, ".piece-title") == []


@pytest.mark.parametrize("name", ["conv", "net", "pool", "stack", "large"])
def test_on_a_phone_every_blank_is_seen(opened: Opened, name: str) -> None:
    page = asked(opened, name, viewport={"width": 360, "height": 760})
    assert sticking_out(page, ".blank") == []
    for i in range(min(6, page.locator(".blank").count())):
        page.locator(".blank").nth(i).fill("-123")
    assert sticking_out(page, ".blank") == []


def test_what_scrolls_shows_an_edge_and_is_reached(opened: Opened) -> None:
    page = opened(count(EXAMPLES / "model.py", "3x32x32").derivation(), viewport={"width": 360, "height": 760})
    box = page.locator(".network .scroll")
    expect(box).to_have_class("scroll scrolls")
    expect(box).to_have_attribute("tabindex", "0")
    page.set_viewport_size({"width": 1280, "height": 760})
    expect(box).to_have_class("scroll")


def test_without_a_script_a_list_tells_how_rows_come_about(opened: Opened) -> None:
    page = opened(count(EXAMPLES / "model.py", "3x32x32").derivation(), java_script_enabled=False)
    rows = page.locator("details.rows")
    assert rows.count() == 1
    rows.locator("summary").first.click()
    places = rows.locator(".place").all_inner_texts()
    assert [place.split()[0].strip(":,") for place in places][:4] == ["conv1", "relu", "pool", "conv2"]
    titles = rows.locator(".pieces").first.locator(".piece-title").all_inner_texts()
    assert titles == ["Output: 3×32×32 → 32×32×32", "Parameters", "Multiply-accumulates", "Receptive field"]
    assert rows.locator(".pieces").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_rows_that_are_alike_are_told_once(opened: Opened) -> None:
    page = opened(count(f"{NETWORKS}:ResNet18", "3x64x64").derivation(), java_script_enabled=False)
    rows = page.locator("details.rows")
    texts = rows.locator(".kept").evaluate_all("all => all.map((each) => each.innerHTML)")
    assert len(set(texts)) == len(texts)
    assert rows.locator(".where", has_text="Parameters: as for ").count() > 5


def test_rows_within_rows_unfold(opened: Opened) -> None:
    page = opened(count(f"{NETWORKS}:Nested", "3x32x32").derivation(("name", "layer", "parameters"), 1))
    page.get_by_role("button", name="features").click()
    inner = page.locator("tr.more table.unfolds")
    inner.locator("button.fold").first.click()
    assert inner.locator(".piece").count() == 4


def test_a_wide_table_scrolls_in_its_own_box(opened: Opened) -> None:
    question = count(EXAMPLES / "model.py", "3x32x32")
    columns = (
        "name",
        "layer",
        "input",
        "output",
        "formula",
        "parameters",
        "trainable",
        "macs",
        "flops",
        "field",
        "memory",
    )
    page = opened(question.derivation(columns), viewport={"width": 700, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator(".box")).to_have_attribute("tabindex", "0")
    expect(page.locator(".box")).to_have_class("box scrolls")
    page = opened(question.derivation())
    expect(page.locator(".box")).not_to_have_attribute("tabindex", "0")
    page.get_by_role("button", name="Unfold all rows").click()
    page.evaluate("scrollTo(0, 1500)")
    assert page.locator("thead th").first.bounding_box()["y"] == pytest.approx(0, abs=1)  # type: ignore[index]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_rows_come_out_as_themselves(opened: Opened, name: str) -> None:
    details = (Derivation((name,), (Derivation((name,), (Note("why", (name,)),)),)),)
    page = opened(Derivation((name,), (Table(((name,),), (((name,),),), (False,), details=details),), (name,)))
    page.locator("button.fold").click()
    assert page.locator(".piece p").all_inner_texts() == [name, name]
    assert json.loads(page.evaluate("JSON.stringify([...document.querySelectorAll('main img, main svg')].length)")) == 0
