"""Marking: no right answer is accused, wrong ones are traced to the rule or the slip that leads to them."""

import json
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import compare, convolve, count, pool, size, through, transpose
from calc.derivation import Derivation, Grid
from calc.errors import Impossible
from calc.layers.conv import Conv2d
from calc.layers.pool import MaxPool2d
from calc.layers.transposed import ConvTranspose2d
from calc.marking.front import Marked, mark
from calc.marking.ledger_rules import Accounts
from calc.marking.lessons import lesson
from calc.marking.matrices import read_matrix
from calc.marking.replies import read_value, read_values
from calc.marking.slips import near, slips
from calc.marking.smallest import case
from calc.marking.stacks import StackMarking
from calc.marking.wrong_shapes import wrong_fields
from calc.question import Question
from tests.cases import EXAMPLES

A = "1 0 2 3 1; 3 2 0 7 0; 0 6 1 1 4"
B = "2 1 2 3 1; 3 9 1 1 4; 4 5 0 7 0"
NET = (
    "Conv2d(3, 32, 5, padding=2), ReLU(), MaxPool2d(2), Conv2d(32, 64, 5, padding=2), ReLU(), MaxPool2d(2), "
    "Conv2d(64, 128, 5, padding=2), ReLU(), MaxPool2d(2), Flatten(), Linear(2048, 64), ReLU(), Linear(64, 10)"
)
LENET = "conv 4 filters 8, pool 2, conv 3 filters 16, pool 2, flatten"


def sobel(image: str = A, **options: object) -> Question:
    return convolve(image, "sobel", **options)  # type: ignore[arg-type]


def baseline() -> Question:
    return count(NET, "3x32x32")


def causes(marked: Marked) -> list[list[str]]:
    return [[cause.name for cause in each.causes] for each in marked.verdict.explanations]


RIGHT: list[tuple[Callable[[], Question], str]] = [
    (sobel, "-2 1 -11 2 13; -10 4 -8 -2 18; -14 1 5 -6 9"),
    (sobel, "[[-2, 1, -11, 2, 13], [-10, 4, -8, -2, 18], [-14, 1, 5, -6, 9]]"),
    (sobel, r"\begin{bmatrix} -2 & 1 & -11 & 2 & 13 \\ -10 & 4 & -8 & -2 & 18 \\ -14 & 1 & 5 & -6 & 9 \end{bmatrix}"),
    (sobel, "[[ -2   1 -11   2  13]\n [-10   4  -8  -2  18]\n [-14   1   5  -6   9]]"),
    (lambda: pool("1 2 3 4; 5 6 7 8", 2), "6 8"),
    (lambda: pool("1 2 3 5; 5 6 7 8", 2, kind="average"), "3.5 5.75"),
    (lambda: pool("1 2 3 5; 5 6 7 8", 2, kind="average"), "7/2 23/4"),
    (lambda: pool("1 0 0; 0 0 0; 0 0 0", 3, kind="average"), "0.11"),
    (lambda: transpose("1 2; 3 4", "1 0; 2 1", stride=2), "1 0 2 0; 2 1 4 2; 3 0 4 0; 6 3 8 4"),
    (lambda: convolve("a b; c d", "1 1", flip=False, padding="valid"), "a+b; c+d"),
    (lambda: convolve("a b; c d", "1 1", flip=False, padding="valid"), "[[a + b], [d + c]]"),
    (lambda: convolve("a b c; d e f", "1 0; 2 x", flip=False, padding="valid"), "a + 2d + e·x   b + 2e + f·x"),
    (lambda: size(508, kernel=2, pool=True), "254"),
    (lambda: size(508, kernel=2, pool=True), "254x254"),
    (lambda: size(508, kernel=2, pool=True), "(508 − 2)/2 + 1 = 254"),
    (lambda: size(508, kernel=2, pool=True), "⌊506/2⌋ + 1"),
    (lambda: size(512, 504), "9x9"),
    (lambda: size(512, 504), "k = 512 - 504 + 1 = 9"),
    (lambda: size(32, 28), "5"),  # a 5×5 kernel does take two pixels from each end
    (lambda: size(512, 256, stride=2), "1"),  # any kernel that does it
    (lambda: size(512, 256, stride=2), "2"),
    (lambda: size(5, kernel=5, out="same"), "P = 2"),
    (lambda: size(64, kernel=3, stride=2), "(64-3)/2+1 = 31.5 = 31"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "240 x 320"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "(240, 320)"),
    (lambda: size(None, "same", kernel=5), "2"),
    (lambda: size("H", "same", kernel="K"), "(k - 1)/2"),
    (lambda: size("n", kernel=3, stride=2), "⌊(n-3)/2⌋+1"),
    (lambda: size(63, kernel=4, stride=3), "$20 \\times 20$"),
    (lambda: size(63, kernel=4, stride=3), "output size: 20px"),
    (lambda: size(63, kernel=4, stride=3), "[20, 20]"),
    (lambda: size(63, kernel=4, stride=3), "20*20"),
    (lambda: size(5, kernel=5, out="same"), "2 on each side"),
    (lambda: through("conv 5 filters 6, pool 2", "1x32x32"), "torch.Size([1, 6, 14, 14])"),
    (lambda: through("conv 5 filters 6, pool 2", "1x32x32"), "14x14x6"),
    (lambda: count("Conv2d(3, 6, 9), MaxPool2d(2), Conv2d(6, 12, 3)"), "1464, 660, 2124"),
    (lambda: count(NET), "390 410"),
    (lambda: count(NET), "390'410"),
    (lambda: count(NET), "conv1\t2432\npool1\t0\nfc2\t650"),
    (lambda: pool("1 2 3 4; 5 6 7 8", 2), "| 6 | 8 |"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "(480+2-3)/2+0.5 x (640+2-3)/2+0.5"),
    (lambda: size(508, kernel=2, pool=True), "254 254"),
    (lambda: size(508, kernel=2, pool=True), "about 254"),
    (lambda: size(64, 32, stride=2), "1 or 2"),
    (lambda: size(64, 32, stride=2), "{1, 2}"),
    (lambda: through("conv 5, pool 2, conv 3", "32"), "28 -> 14 -> 12"),
    (lambda: through("conv 5, pool 2, conv 3", "32"), "32, 28, 14, 12"),
    (lambda: size(64, 16, "?", "?"), "kernel 4".replace(" ", " = ") + ", stride = 4"),
    (lambda: through(LENET, "1x28x28"), "400"),
    (lambda: through(LENET, "1x28x28"), "25, 12, 10, 5, 400"),
    (lambda: through("conv 4, pool 2", "28"), "12x12"),
    (lambda: through("conv 5 filters 6, pool 2", "1x32x32"), "6x14x14"),
    (lambda: through("conv 5, pool 2, conv 5"), "14"),
    (lambda: through("conv 5, pool 2, conv 5", "32"), "field = 14"),
    (lambda: through("conv ?, pool 2", "28", "12"), "5"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "240 320"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "[240 320]"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "320 wide, 240 high"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "W=320, H=240"),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "height = 240; width = 320"),
    (lambda: through("conv 5, pool 2, conv 3, pool 2", "28"), "[24, 12, 10, 5]"),
    (lambda: size(None, 16, stride=2, kernel=4, padding=1), "[32, 33]"),
    (lambda: size(14, kernel=2, stride=2, transposed=True), "14*2"),
    (lambda: size(14, kernel=2, stride=2, transposed=True), "14 x 2"),
    (lambda: size(5, kernel=5, out="same"), "4 in total"),
    (lambda: size(508, kernel=2, pool=True), "254,0"),
    (lambda: size(508, kernel=2, pool=True), "(508-2)/2+1 = 254 x 254"),
    (lambda: size(512, 504), "504 = (512 - F + 0)/1 + 1 => 503 = 512 - F => F = 9"),
    (lambda: size(512, 504), "504 = 512 - k + 1 → k = 9"),
    (lambda: size(7, kernel=3, stride=3), "(7-3)/3+1 = 2.33 ≈ 2"),
    (lambda: pool("2 8 1 3; 5 4 9 6; 0 7 2 1; 3 5 8 4", 2, kind="average"), "4,75 4,75; 3,75 3,75"),
    (sobel, "((-2,1,-11,2,13),(-10,4,-8,-2,18),(-14,1,5,-6,9))"),
    (sobel, "–2 1 –11 2 13 / –10 4 –8 –2 18 / –14 1 5 –6 9"),
    (sobel, "Y = {{-2,1,-11,2,13},{-10,4,-8,-2,18},{-14,1,5,-6,9}}"),
    (sobel, "tensor([[-2, 1, -11, 2, 13], [-10, 4, -8, -2, 18], [-14, 1, 5, -6, 9]], dtype=torch.float32)"),
    (baseline, "conv1: 2432, conv2: 51264"),
    (baseline, "conv1 = 2432, fc2 = 650, total = 390410"),
    (baseline, '{"conv1": 2432, "fc2": 650}'),
    (baseline, "2432 & 51264 & 204928 & 131136 & 650"),
    (lambda: size("n", kernel="k", padding="p", stride="s"), "floor((W-F+2P)/S)+1"),
    (lambda: size("n", kernel=3, stride=2), "⌊(W-F)/S⌋+1"),
    (sobel, "-2 1 -11 2 13 | -10 4 -8 -2 18 | -14 1 5 -6 9"),
    (sobel, "-2 1 -11 2 13 -10 4 -8 -2 18 -14 1 5 -6 9"),
    (baseline, "2,432 + 51,264 + 204,928 + 131,136 + 650 = 390,410"),
    (baseline, "2,432, 51,264, 204,928, 131,136, 650, 390,410"),
    (baseline, "2,432  51,264  204,928  131,136  650"),
    (baseline, "2432, 0, 51264, 0, 204928, 0, 131136, 650"),
    (lambda: count("Conv2d(3, 32, 5, padding=2); MaxPool2d(2); Flatten(); Linear(8192, 10)"), "2432, 0, 81930"),
    (lambda: count("Conv2d(3, 16, 3); BatchNorm2d(16)"), "0 = 448"),
    (lambda: count("Conv2d(3, 16, 3); BatchNorm2d(16)"), "0: 448; 1: 32"),
    (lambda: count("Conv2d(3, 16, 3); BatchNorm2d(16)"), "layer 0 = 448; BatchNorm2d: 32"),
    (baseline, "390410"),
    (baseline, "390 410 parameters"),
    (baseline, "390,410"),
    (baseline, "2432, 51264, 204928, 131136, 650"),
    (baseline, "2432, 51264, 204928, 131136, 650, 390410"),
    (baseline, "conv 1 = (5*5*3+1)*32 = 2432; fc2: 650"),
    (baseline, "(5·5·3 + 1)·32 + (5²·32 + 1)·64 + (5²·64 + 1)·128 + (4·4·128 + 1)·64 + 65·10"),
    (baseline, "macs = 28803712"),
    (baseline, "flops = 57 607 424"),
]


@pytest.mark.parametrize(("question", "reply"), RIGHT)
def test_a_right_answer_is_right_however_it_is_written(question: Callable[[], Question], reply: str) -> None:
    verdict = mark(question(), reply).verdict
    assert verdict.outcome == "right"
    assert not verdict.remarks


WORKED_RIGHT: list[tuple[Callable[[], Question], str]] = [
    (lambda: size(512, 504), "k = 9; 512 - 9 + 1 = 504"),
    (lambda: size(512, 504), "504 = (512 - F + 0)/1 + 1 => 503 = 512 - F => F = 9"),
    (lambda: size(508, kernel=2, pool=True), "O = (508-2)/2+1 = 254 x 254"),
    (lambda: size(508, kernel=2, pool=True), "(508 - 2 + 2*0)/2 + 1 = 254x254"),
    (lambda: size(508, kernel=2, pool=True), "(508 - 2)/2 + 1 = 254\noutput: 254x254"),
    (lambda: through("conv 5, pool 2, conv 3, pool 2", "28"), "28-5+1 = 24; 24/2 = 12; 12-3+1 = 10; 10/2 = 5"),
    (lambda: size(508, kernel=2, pool=True), "508 - 2 = 506\n506/2 = 253\nSo the output is 253 + 1 = 254"),
]


@pytest.mark.parametrize(("question", "lines"), WORKED_RIGHT)
def test_right_working_is_right_however_it_is_written(question: Callable[[], Question], lines: str) -> None:
    verdict = mark(question(), lines, working=True).verdict
    assert verdict.outcome == "right"
    assert not verdict.remarks
    assert all(row[-1].startswith("right") for row in verdict.rows)


FIRST = "0*1 + 0*0 + 0*(-1) + 0*2 + 1*0 + 0*(-2) + 0*1 + 3*0 + 2*(-1)"


@pytest.mark.parametrize(
    "lines",
    [
        f"(1,1): {FIRST} = -2",
        f"(1,1) = {FIRST} = 2*(-1) = -2",
        f"y(1,1) = {FIRST} = -2\n(1,2): 1*2 + 2*(-2) + 3*1 = 2 - 4 + 3 = 1",
        "(1,2): 1·2 − 2·2 + 3·1 = 1",
        "(1,1) = 2*(-1) = -2",
        "(1,2) = 2 - 4 + 3 = 1",
        "(1,2) = 1",
    ],
)
def test_the_working_of_windows_is_right(lines: str) -> None:
    verdict = mark(sobel(), lines, working=True).verdict
    assert verdict.outcome == "right"
    assert not verdict.remarks


WORKED_WRONG_SIZES: list[tuple[Callable[[], Question], str, list[list[str]]]] = [
    (lambda: size(504, kernel=2, pool=True), "(504 - 2)/2 - 1 = 250", [["first-window-forgotten"]]),
    (lambda: size(64, kernel=3, stride=2, padding=1), "(64 - 2*1 - 3)/2 + 1 = 30.5 → 30", [["padding-subtracted"]]),
    (lambda: size(32, kernel=5, padding=2), "(32 - 3 + 2*2)/1 + 1 = 34", [["copied-wrongly"]]),
    (lambda: size(32, kernel=5, padding=2), "(32 - 5 + 2*2)/1 - 1 = 30", [["first-window-forgotten"]]),
    (lambda: size(504, kernel=2, pool=True), "(504-3)/2+1 = 251.5 → 251", [["copied-wrongly"]]),
    (lambda: size(64, kernel=3, stride=2, padding=1), "(64 - 5 + 2)/2 + 1 = 31.5 = 31", [["copied-wrongly"]]),
    (lambda: size(64, kernel=3, stride=2, padding=1), "(64 - 3 + 2)/2 = 31.5 = 31", [["first-window-forgotten"]]),
    (lambda: size(64, kernel=3, stride=2, padding=1), "(64 - 3)/2 + 1 = 31.5 = 31", [["padding-ignored"]]),
    (lambda: size(508, kernel=2, pool=True), "580 - 2 = 578\n578/2 = 289\n289 + 1 = 290", [["copied-wrongly"]]),
    (lambda: size(512, 508), "out = n - k - 1\n508 = 512 - k - 1\nk = 3", [["first-window-forgotten"]]),
    (lambda: size(32, kernel=5), "out = n - k - 1 = 26", [["first-window-forgotten"]]),
    (
        lambda: through("conv 5, pool 2, conv 3, pool 2", "28"),
        "28-5 = 23; 23/2 = 11; 11-3=8; 8/2=4",
        [["first-window-forgotten"]],
    ),
]


@pytest.mark.parametrize(("question", "lines", "names"), WORKED_WRONG_SIZES)
def test_no_cause_is_told_that_the_working_refutes(
    question: Callable[[], Question], lines: str, names: list[list[str]]
) -> None:
    assert causes(mark(question(), lines, working=True)) == names


COMPARED = [
    ("25, 18", "right"),
    ("weights = 25, 18", "right"),
    ("25 weights against 18", "right"),
    ("weights: 25 and 18", "right"),
    ("field = 5", "right"),
    ("the second has fewer weights", "right"),
    ("conv 3, conv 3 has fewer weights", "right"),
    ("same field", "right"),
    ("the first has more weights", "right"),
    ("25, 9", "wrong"),
    ("field = 5, 6", "wrong"),
    ("the first has fewer weights", "wrong"),
    ("conv 5 has fewer weights", "wrong"),
    ("the second has a larger field", "wrong"),
    ("equal weights", "wrong"),
]


@pytest.mark.parametrize(("reply", "outcome"), COMPARED)
def test_an_answer_to_a_comparison_is_marked(reply: str, outcome: str) -> None:
    assert mark(compare("conv 5", "conv 3, conv 3"), reply).verdict.outcome == outcome


def test_a_comparison_says_what_can_be_answered() -> None:
    question = compare("conv 5", "conv 3, conv 3")
    assert causes(mark(question, "field = 5, 6"))[0] == ["kernels-added"]
    with pytest.raises(Impossible, match="give a number for each chain"):
        mark(question, "the second")
    with pytest.raises(Impossible, match="are not known here"):
        mark(question, "macs = 3, 4")


def test_no_layer_is_named_where_any_of_several_fits() -> None:
    told = mark(through("conv 3 padding 1, conv 3 padding 1, conv 3 padding 1", "30"), "29").verdict.causes
    assert told[0].where == "one of 3 layers"
    named = mark(through("conv 4, pool 2, conv 3", "28"), "9").verdict.causes
    assert not named[0].where.startswith("one of")


def test_the_window_that_a_line_is_of_is_found_and_said() -> None:
    verdict = mark(sobel(), "1·2 + 2·(-2) + 3·1 = 1", working=True).verdict
    assert verdict.outcome == "right"
    assert verdict.remarks == ("“1·2 + 2·(-2) + 3·1 = 1” names no place: it is taken for (1,2)",)


WORKED_WRONG = [
    (f"(1,1): {FIRST} = 2", "arithmetic-slip", "the sum is −2, not 2"),
    ("(1,2): 1·2 + 2·2 + 3·1 = 9", "copied-wrongly", "2·2 stands where 2·(−2) belongs"),
    ("(1,2): 1·2 + 3·1 = 5", "product-left-out", "the product 2·(−2) is left out"),
    ("(1,2): 1·2 + 2·(-2) + 3·1 + 2·0 + 5·1 = 6", "copied-wrongly", "none of this window's"),
    ("(1,1): 0*(-1) + 0*0 + 0*1 + 0*(-2) + 1*0 + 0*2 + 0*(-1) + 3*0 + 2*1 = 2", "not-flipped", "flips the kernel"),
]


@pytest.mark.parametrize(("lines", "name", "says"), WORKED_WRONG)
def test_the_first_wrong_product_of_a_window_is_named(lines: str, name: str, says: str) -> None:
    marked = mark(sobel(), lines, working=True)
    assert causes(marked)[0] == [name]
    assert says in marked.verdict.explanations[0].evidence
    assert marked.derivation().checks[0].verdict == "differs"


def test_a_bias_belongs_to_the_working_of_a_window() -> None:
    question = convolve("1 2 3; 4 5 6", "1 2; 3 5", flip=False, padding="valid", bias=1)
    assert mark(question, "(1,1): 1·1 + 2·2 + 4·3 + 5·5 + 1 = 43", working=True).right
    assert causes(mark(question, "(1,1): 1·1 + 2·2 + 4·3 + 5·5 = 42", working=True)) == [["bias-forgotten-here"]]


def test_words_between_lines_of_working_are_passed_over_and_said() -> None:
    lines = "First we take the 2 away:\n508 - 2 = 506\nThen we divide by 2: 506/2 = 253\n253 + 1 = 254"
    verdict = mark(size(508, kernel=2, pool=True), lines, working=True).verdict
    assert verdict.outcome == "right"
    assert [row[0] for row in verdict.rows] == ["line 2", "line 3", "line 4"]
    assert verdict.remarks == ("“First we take the 2 away:” is words and was not judged",)


def test_sizes_with_channels_are_right_and_said_to_be_judged_alone() -> None:
    for reply in ("torch.Size([1, 254, 254])", "torch.Size([1, 3, 254, 254])", "254x254x3", "3x254x254"):
        verdict = mark(size(508, kernel=2, pool=True), reply).verdict
        assert verdict.outcome == "right"
        assert "channels" in verdict.remarks[0]


CONVENTIONS: list[tuple[Callable[[], Question], str, str]] = [
    (lambda: sobel(padding_mode="reflect"), "4 0 -14 3 13; -3 4 -8 -2 13; -17 0 10 -9 -2", "symmetric"),
    (lambda: convolve("1 2 3", "1 1", flip=False), "1 3 5", "SAME_LOWER"),
    (
        lambda: pool("4 8; 2 6", 2, kind="average", padding=1, stride=1),
        "1 3 2; 1.5 5 3.5; 0.5 2 1.5",
        "torch's AvgPool",
    ),
    (sobel, "4 -8 -2", "padding valid; where none is said it is same"),
    (lambda: convolve("1 2 3", "1 1 1", flip=False), "1 3 6 5 3", "padding full"),
    (lambda: count("Conv2d(3, 8, 3), BatchNorm2d(8)"), "256", "Keras"),
    (lambda: count("Conv2d(3, 8, 3), BatchNorm2d(8)"), "224, 32", "Keras"),
    (lambda: count("Conv2d(3, 8, 3)", "3x8x8"), "macs = 8064", "biases"),
]


@pytest.mark.parametrize(("question", "reply", "named"), CONVENTIONS)
def test_another_reading_is_right_and_named(question: Callable[[], Question], reply: str, named: str) -> None:
    verdict = mark(question(), reply).verdict
    assert verdict.outcome == "convention"
    assert named in verdict.convention


WRONG: list[tuple[Callable[[], Question], str, list[str]]] = [
    (sobel, "2 -1 11 -2 -13; 10 -4 8 2 -18; 14 -1 -5 6 -9", ["not-flipped"]),
    (sobel, "2 -1 11 -2 -13; 10 -4 8 2 -18; 14 -1 -5 6 9", ["not-flipped", "sign-lost"]),
    (lambda: sobel(B), "-11 2 4 -1 7; -24 8 4 -5 12; -19 10 12 -3 15", ["cells-swapped"]),
    (sobel, "-2 1 -11 2 13; -10 4 -80 -2 18; -14 1 5 -6 9", ["digit-added"]),
    (lambda: sobel(padding="same"), "4 -8 -2", ["padding-ignored"]),
    (lambda: sobel(padding=1), "4 -8 -2", ["padding-ignored"]),
    (sobel, "-4 8 2", ["not-flipped"]),
    (
        lambda: convolve("1 2 3; 4 5 6; 7 8 9", "1 2; 3 5", flip=False, padding="valid"),
        "43 53; 75 86",
        ["product-twice"],
    ),
    (
        lambda: convolve("1 2 3; 4 5 6; 7 8 9", "1 2; 3 4", flip=False, padding="valid", bias=1),
        "37 47; 67 77",
        ["bias-forgotten"],
    ),
    (lambda: pool("1 2 3 5; 5 6 7 8", 2), "3.5 5.75", ["average-taken"]),
    (lambda: pool("1 2 3 5; 5 6 7 8", 2, kind="average"), "14 23", ["not-divided"]),
    (lambda: pool("-9 2 3 5; 5 6 7 8", 2), "-9 8", ["magnitudes-compared"]),
    (lambda: transpose("1 2; 3 4", "1 2; 3 4", stride=1), "1 2 4; 3 6 8; 9 12 16", ["stamps-overwritten"]),
    (lambda: size(508, kernel=2, pool=True), "253", ["first-window-forgotten"]),
    (lambda: size("480x640", kernel=3, stride=2, padding=1), "320x240", ["axes-swapped"]),
    (lambda: size(7, kernel=3, stride=3), "2.33", ["fraction-kept"]),
    (lambda: size(508, kernel=2, pool=True), "(502-2)/2+1 = 251", ["copied-wrongly"]),
    (lambda: size(508, kernel=2, pool=True), "(508-2)/2+1 = 253", ["arithmetic-slip"]),
    (lambda: size(512, 508), "3", ["bracket-sign-lost"]),
    (lambda: size(512, 504), "8", ["first-window-forgotten"]),
    (lambda: size(64, kernel=3, stride=2), "32", ["rounded-up"]),
    (lambda: size(64, kernel=3, stride=2), "31.5", ["fraction-kept"]),
    (lambda: size(64, kernel=3, dilation=2, padding=2), "66", ["dilation-ignored"]),
    (lambda: size(5, kernel=5, out="same"), "4", ["padding-in-all"]),
    (lambda: size(None, "same", kernel=5), "(-1+5)/2 = 1", ["arithmetic-slip"]),
    (lambda: size("n", kernel=3, stride=2), "floor((n-3)/2)", ["first-window-forgotten"]),
    (lambda: size("H", "same", kernel="K"), "K/2", ["half-the-kernel"]),
    (lambda: size("n", kernel="k", padding="p", stride="s"), "(n-k+2p)/s", ["first-window-forgotten"]),
    (lambda: size("n", kernel="k"), "n-k-1", ["first-window-forgotten"]),
    (lambda: size(10, kernel=2, stride=2, transposed=True), "5", ["as-convolution"]),
    (lambda: count("Flatten(), Linear(270000, 100)", "3x300x300"), "9000100", ["flatten-without-channels"]),
    (lambda: size(7, kernel=4, stride=2, padding=1, transposed=True), "16", ["padding-ignored"]),
    (lambda: through(LENET, "1x28x28"), "144", ["first-window-forgotten"]),
    (lambda: through(LENET, "1x28x28"), "25", ["flatten-without-channels"]),
    (lambda: through("conv 4, pool 2, conv 3, pool 2", "28"), "24, 11, 8, 3", ["first-window-forgotten"]),
    (lambda: through("conv 5 filters 6, pool 2", "1x32x32"), "3x14x14", ["pool-halves-channels"]),
    (lambda: through("conv 5, pool 2, conv 5"), "12", ["kernels-added"]),
    (baseline, "148810", ["image-channels-everywhere"]),
    (baseline, "137610", ["input-channels-forgotten"]),
    (baseline, "400522", ["bias-per-input-channel"]),
    (baseline, "conv 2 = 4864", ["image-channels-everywhere"]),
    (baseline, "conv = 5600", ["channels-and-biases-forgotten"]),
    (baseline, "fc 1 = 204864", ["kernel-in-flatten"]),
    (baseline, "51264", ["one-layer-alone"]),
    (lambda: count("Linear(2048, 64)", "2048"), "131072", ["bias-forgotten"]),
    (lambda: through("conv 3 dilation 2"), "3", ["dilation-ignored"]),
    (baseline, "2432, 51264, 204982, 131136, 650", ["digits-swapped"]),
    (baseline, "2432, 51264, 204928, 131136, 650, 390140", ["digits-swapped"]),
    (baseline, "2432, 51264, 204928, 131136, 650, 400000", ["sum-slip"]),
    (baseline, "390401", ["digits-swapped"]),
    (baseline, "832 + 1664 + 5328 + 131136 + 650 = 137610", ["input-channels-forgotten", "digit-misread"]),
    (lambda: count("Conv2d(16, 16, 3, groups=16), Conv2d(16, 8, 3)"), "144, 1160", ["bias-forgotten"]),
    (lambda: count("Conv2d(16, 16, 3, groups=16), Conv2d(16, 8, 3)"), "2320, 1160", ["groups-ignored"]),
    (baseline, "macs = 57607424", ["flops-for-macs"]),
    (lambda: count("Conv2d(3, 32, 5)", "3x28x28"), "(5*5*3+1)*32 = 4800", ["arithmetic-slip"]),
    (lambda: count("Conv2d(3, 32, 3)", "3x32x32"), "288", ["channels-and-biases-forgotten"]),
    (lambda: count("Conv2d(6, 16, 5)", "6x14x14"), "(5*5+1) * 16", ["input-channels-forgotten"]),
]


@pytest.mark.parametrize(("question", "reply", "names"), WRONG)
def test_a_wrong_answer_is_traced_to_its_cause(question: Callable[[], Question], reply: str, names: list[str]) -> None:
    marked = mark(question(), reply)
    assert marked.verdict.outcome == "wrong"
    assert causes(marked)[0] == names


def test_the_same_rule_in_several_layers_is_one_misconception_and_a_copying_slip_is_another() -> None:
    marked = mark(baseline(), "832, 1664, 5328, 131136, 650, 137610")
    assert causes(marked) == [["input-channels-forgotten", "digit-misread"]]
    first, slip = marked.verdict.explanations[0].causes
    assert first.where == "conv 1 and conv 2"
    assert "5 328 for 3 328" in slip.says
    assert [row[3] for row in marked.verdict.rows][3:] == ["right", "right", "right by the rows as they were meant"]


def test_what_follows_from_a_wrong_size_is_right_by_follow_through() -> None:
    verdict = mark(through("conv 4, conv 3, pool 2", "29"), "25, 23, 11").verdict
    assert [row[3] for row in verdict.rows] == [
        lesson("first-window-forgotten").title,
        *["right by what was answered before"] * 2,
    ]


def test_causes_that_cannot_be_told_apart_are_all_listed() -> None:
    marked = mark(sobel(), "2 -1 11 -2 -13; 10 -4 8 2 -18; 14 -1 -5 6 -9")
    assert {names[0] for names in causes(marked)} >= {"not-flipped", "signs-changed", "flipped-up-down-only"}


def test_nothing_is_claimed_of_an_answer_that_no_rule_leads_to() -> None:
    for reply in ("1 2 3 4 5; 6 7 8 9 10; 11 12 13 14 15", "5 2 -3 4 9; 1 3 -7 5 12; 3 4 -8 6 1", "1 2; 3 4"):
        verdict = mark(sobel(), reply).verdict
        assert verdict.outcome == "wrong"
        assert not verdict.explanations
    assert not mark(baseline(), "12345").verdict.explanations


def test_a_right_result_of_wrong_working_is_said_to_be_so() -> None:
    verdict = mark(size(508, kernel=2, pool=True), "[(502-2+0)/2]+1 = 254").verdict
    assert verdict.outcome == "right"
    assert "502 stands where 508 is given" in verdict.remarks[0]


WORKING = """out = (in - k)/s + 1
508 = (512 - k)/1 + 1
k = 512 - (508 - 1)
k = 512 - 508 - 1
k = 3"""


def test_the_first_wrong_line_of_a_working_is_found() -> None:
    verdict = mark(size(512, 508), WORKING, working=True).verdict
    assert [row[3] == "right" for row in verdict.rows] == [True, True, True, False, False]
    assert [cause.name for cause in verdict.causes] == ["bracket-sign-lost"]
    assert "line 4" in verdict.explanations[0].evidence


def test_working_that_is_right_is_right_line_by_line() -> None:
    verdict = mark(size(512, 508), "508 = 512 - k + 1\nk = 512 - 508 + 1 = 5", working=True).verdict
    assert verdict.outcome == "right"
    assert [row[3] for row in verdict.rows] == ["right", "right"]


FLOORED = "32 = (64 + 2p - 3)/2 + 1; 31 = (61+2p)/2; 62 = 61 + 2p; 2p = 1; p = 0.5; p = 1"


def test_algebra_under_a_floor_is_right_but_for_what_the_floor_drops() -> None:
    verdict = mark(size(64, 32, kernel=3, stride=2), FLOORED, working=True).verdict
    assert [row[3] for row in verdict.rows] == ["right"] * 6


def test_working_of_parameters_is_read_line_by_line() -> None:
    question = count("Conv2d(3, 32, 5)")
    right = mark(question, "5*5*3 = 75; 75*32 = 2400; 2400 + 32 = 2432", working=True).verdict
    assert right.outcome == "right"
    wrong = mark(question, "5*5*3 = 75; (75+1)*32 = 2342", working=True)
    assert [row[3] == "right" for row in wrong.verdict.rows] == [True, False]
    assert causes(wrong) == [["arithmetic-slip"]]


def test_a_formula_without_its_floor_is_right_and_said_to_be_so() -> None:
    verdict = mark(size("n", kernel="k", padding="p", stride="s"), "(n-k+2p)/s+1").verdict
    assert verdict.outcome == "right"
    assert "floor is left out" in verdict.remarks[0]


def test_no_padding_is_accused_where_there_is_none() -> None:
    marked = mark(size(7, kernel=2, pool=True, ceil=True), "3")
    assert causes(marked)[0] == ["rounded-down"]
    assert not any("padding" in name for names in causes(marked) for name in names)


def test_a_rule_about_padding_or_dilation_is_silent_where_there_is_none() -> None:
    rules = [m for layer in (Conv2d, MaxPool2d, ConvTranspose2d) for m in layer.misconceptions() if m.about == "size"]
    for letter, neutral, word in (("p", 0, "padding"), ("d", 1, "dilation")):
        silent = {m.name for m in rules if m.silent.get(letter) == neutral}
        about = {m.name for m in rules if m.name.startswith(word)} | (
            {"taken-for-same"} if word == "padding" else set()
        )
        assert silent == about
        assert not any(m.speaks_of({letter: neutral}) for m in rules if m.name in silent)
        assert all(m.speaks_of({letter: 2}) for m in rules if m.name in silent)


def test_numbers_below_zero_are_said_alike_in_every_sentence() -> None:
    slip = mark(sobel(), "-2 1 -11 2 13; -10 4 -80 -2 18; -14 1 5 -6 9").verdict.causes[0]
    assert slip.says == "at (2,3) a zero is added: −80 for −8"
    assert mark(size(508, kernel=2, pool=True), "-3").verdict.says == "−3 is not 254"
    assert mark(size(64, kernel=3, stride=2), "31.5").verdict.says == "31.5 is not 31"


def test_fewer_sizes_than_layers_are_refused_rather_than_guessed() -> None:
    with pytest.raises(Impossible, match="give one for each, or the last alone"):
        mark(through("conv 5, pool 2, conv 3", "32"), "28, 14")


def test_a_misconception_may_be_taken_for_a_convention() -> None:
    reply = "2 -1 11 -2 -13; 10 -4 8 2 -18; 14 -1 -5 6 -9"
    assert mark(sobel(), reply, accept=["not-flipped"]).verdict.outcome == "convention"


def test_every_kind_of_answer_may_be_right_by_an_accepted_rule() -> None:
    asked: list[tuple[Question, str, str]] = [
        (size(508, kernel=2, pool=True), "253", "first-window-forgotten"),
        (through("conv 5, pool 2, conv 5"), "12", "kernels-added"),
        (through("conv 4, pool 2, conv 3, pool 2", "28"), "24, 11, 8, 3", "first-window-forgotten"),
        (size("n", kernel=3, stride=2), "floor((n-3)/2)", "first-window-forgotten"),
        (baseline(), "137610", "input-channels-forgotten"),
        (baseline(), "51264", "one-layer-alone"),
        (baseline(), "macs = 57607424", "flops-for-macs"),
        (baseline(), "conv = 5600", "channels-and-biases-forgotten"),
    ]
    for question, reply, name in asked:
        assert mark(question, reply).verdict.outcome == "wrong"
        assert mark(question, reply, accept=[name]).verdict.outcome == "convention", reply


def test_every_product_that_may_have_been_left_out_is_told() -> None:
    image = "1 2 3 0; 0 1 2 3; 3 1 0 2; 2 0 1 1"
    question = convolve(image, "1 0; -1 1", stride=2, bias=1, flip=False, padding=0)
    says = mark(question, "3 5; 2 0").verdict.causes[0].says
    assert "left out" in says
    assert "taken twice" in says
    assert "the bias is left out" in says


def test_one_cell_is_spoken_of_as_one() -> None:
    question = convolve("1 2; 3 4", "1 2; 3 5", flip=False, padding="valid")
    evidence = mark(question, str(5 * 1 + 3 * 2 + 2 * 3 + 1 * 4)).verdict.explanations[0].evidence
    assert evidence == "the cell equals what this rule leads to"


def test_what_is_wrong_besides_an_accepted_rule_is_all_that_is_told() -> None:
    reply = "2 -1 11 -2 -13; 10 -4 8 2 -18; 14 -1 -5 6 9"
    assert causes(mark(sobel(), reply, accept=["not-flipped"])) == [["sign-lost"]]


def test_weights_and_biases_are_parts_of_a_working() -> None:
    question = count("Conv2d(3, 32, 5)", "3x32x32")
    lines = "weights = 5*5*3*32 = 2400\nbiases = 32\ntotal = 2432"
    assert mark(question, lines, working=True).verdict.outcome == "right"


def test_a_slip_is_no_convention() -> None:
    assert mark(size(508, kernel=2, pool=True), "524", accept=["digits-swapped"]).verdict.outcome == "wrong"


@pytest.mark.parametrize("reply", [((1, 2), (3, 4)), [[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), "1 2; 3 4"])
def test_a_map_stands_beside_the_right_one_however_it_was_given(reply: object) -> None:
    question = convolve("1 0 2; 3 2 0; 0 6 1", "1 2; 3 4", flip=False, padding="valid")
    page = mark(question, reply).derivation()
    assert page.title == ("The answer is not right",)
    beside = next(step for step in page.steps if isinstance(step, Derivation))
    assert [grid.cells.nested() for grid in beside.steps if isinstance(grid, Grid)] == [
        ((1, 2), (3, 4)),
        question.answer.nested(),
    ]


REFUSED = [
    ("9**9**9", "too large"),
    ("9^9999", "too large"),
    ("9^4000*9^4000", "too large"),
    ("(" * 1500 + "1" + ")" * 1500, "characters"),
    ("(" * 80 + "1" + ")" * 80, "brackets within each other"),
    ("__import__('os')", "no answer that can be read"),
    ("\x1b[31m", "no answer that can be read"),
    ("nan", "letters"),
    ("1/0", "division by zero"),
    ("", "empty"),
    ("k =", "ends without a number"),
    ("1" * 3000, "characters"),
    ("2^" * 500 + "1", "nested"),
]


@pytest.mark.parametrize(("reply", "says"), REFUSED)
def test_hostile_answers_are_one_sentence(reply: str, says: str) -> None:
    with pytest.raises(Impossible, match=says) as refused:
        mark(size(508, kernel=2, pool=True), reply)
    assert "\x1b" not in str(refused.value)


def test_a_matrix_of_a_million_cells_is_refused_at_once() -> None:
    with pytest.raises(Impossible, match="characters"):
        mark(sobel(), "1 " * 1_000_000)


@given(st.text(max_size=40))
def test_no_text_breaks_the_marking(reply: str) -> None:
    for question in (size(508, kernel=2, pool=True), through(LENET, "1x28x28"), baseline()):
        with suppress(Impossible):
            mark(question, reply)


ATOMS = [
    "1,",
    "1 ",
    "1x",
    "conv 1 ",
    "1 and ",
    "1 or ",
    "9",
    "W=1,",
    "=1",
    "a=",
    "2^",
    "1/",
    "(",
    "1:",
    "2p=",
    " ",
    "->",
    "; ",
    "\\frac{",
    "1|",
    "1 wide ",
]
"""What is written over and over."""


@pytest.mark.parametrize("atom", ATOMS)
@pytest.mark.parametrize("working", [False, True])
def test_a_long_answer_is_read_or_refused(atom: str, *, working: bool) -> None:
    for question in (size(508, kernel=2, pool=True), through("conv 5, pool 2", "28"), count("Conv2d(3, 32, 5)")):
        with suppress(Impossible):
            mark(question, atom * (19_000 // len(atom)) + "1", working=working)


@given(st.integers(2, 10**9), st.data())
def test_every_slip_in_a_number_is_among_the_numbers_near_it(meant: int, data: st.DataObject) -> None:
    written = data.draw(st.sampled_from(sorted(near(meant))))
    if next(slips(meant, written), None):
        assert written in set(near(meant))
    assert not any(True for _ in slips(meant, meant))


@given(st.lists(st.lists(st.integers(-99, 99), min_size=3, max_size=3), min_size=2, max_size=4))
def test_a_matrix_is_read_alike_in_every_spelling(rows: list[list[int]]) -> None:
    spelled = [
        json.dumps(rows),
        "; ".join(" ".join(map(str, row)) for row in rows),
        "\n".join(" ".join(map(str, row)) for row in rows),
        str(np.array(rows)),
        r"\begin{bmatrix}" + r" \\ ".join(" & ".join(map(str, row)) for row in rows) + r"\end{bmatrix}",
    ]
    for text in spelled:
        assert read_matrix(text)[0].nested() == tuple(map(tuple, rows))


def test_numbers_are_read_as_people_write_them() -> None:
    assert [value.number for value in read_values("2,432; 51 264\n1.5e3")] == [2432, 51264, 1500]
    assert [value.name for value in read_values("conv1 = 2432; total: 5")] == ["conv1", "total"]
    assert read_value("9 = 512 - 504 + 1").number == 9
    assert read_value(r"\lfloor\frac{223}{2}\rfloor + 1").number == 112


def test_the_page_of_a_verdict_shows_a_small_case_and_no_right_answer_is_accused_on_it() -> None:
    page = mark(sobel(), "2 -1 11 -2 -13; 10 -4 8 2 -18; 14 -1 -5 6 -9").derivation()
    assert page.checks[0].verdict == "differs"
    assert any("tells them apart" in str(getattr(step, "title", "")) for step in page.steps)
    assert mark(sobel(), "-2 1 -11 2 13; -10 4 -8 -2 18; -14 1 5 -6 9").derivation().checks[0].verdict == "agrees"


def test_every_number_that_is_named_can_be_named_back() -> None:
    with pytest.raises(Impossible, match="no layer is called “conv 9”"):
        mark(baseline(), "conv 9 = 3")
    with pytest.raises(Impossible, match="5 layers with parameters"):
        mark(baseline(), "1, 2")


def claimable() -> dict[str, Question]:
    """A question for every misconception that can be claimed of numbers."""
    found: dict[str, Question] = {}
    sizes = [
        size(7, kernel=4, stride=2, padding=1, dilation=2),
        size(64, kernel=3, stride=2),
        size(508, kernel=2, pool=True),
        size(7, kernel=4, stride=2, padding=1, output_padding=1, dilation=2, transposed=True),
    ]
    for question in sizes:
        found |= {wrong.name: question for wrong in question.mistaken() if wrong.name not in found}
    dilated = through("conv 3 dilation 2, pool 2, conv 3 stride 2, conv 3")
    found |= {name: dilated for name, *_ in wrong_fields(dilated)}
    for text, shape in (("conv 3 filters 4, pool 2", "2x9x9"), ("conv 3 filters 4, pool 2, flatten", "2x9x9")):
        question = through(text, shape)
        found |= {cause.name: question for cause, _ in StackMarking(question, ()).led() if cause.name not in found}
    networks = [
        (NET, "3x32x32"),
        ("Conv2d(8, 16, 3, stride=2, dilation=2, groups=4), BatchNorm2d(16), MaxPool2d(2)", "8x32x32"),
        ("LSTM(10, 20, num_layers=2, bidirectional=True)", None),
        ("LSTM(10, 20)", None),
        ("Bilinear(3, 4, 5), Embedding(10, 3), MultiheadAttention(8, 2)", None),
        ("ConvTranspose2d(8, 16, 3)", "8x32x32"),
    ]
    for text, shape in networks:
        counted = count(text, shape)
        found |= {rule.name: counted for rule in Accounts(counted).rules if rule.name not in found}
    return found


@pytest.mark.parametrize(("name", "question"), claimable().items(), ids=str)
def test_every_misconception_has_a_small_case_in_which_it_fails(name: str, question: Question) -> None:
    found = case(question, [name])
    assert found is not None
    assert found.wrong[name] != found.right


@pytest.mark.parametrize(
    "question", [sobel(), sobel(stride=2), pool("1 2 3 5; 5 6 7 8", 2), transpose("1 2; 3 4", "1 2; 3 4")]
)
def test_every_wrong_map_has_a_small_case(question: Question) -> None:
    named = dict.fromkeys(wrong.name for wrong in question.mistaken())
    missing = [name for name in named if case(question, [name]) is None]
    assert not missing


def test_an_empty_answer_does_not_show_the_solution(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from explain.cli import main

    for words in (
        ["shape", "--in", "32", "--kernel", "3"],
        ["conv", "--image", "1 2", "--kernel", "1"],
        ["params", NET],
    ):
        monkeypatch.setattr("sys.argv", ["cnncalc", *words, "--answer", ""])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        assert capsys.readouterr().out == ""


def test_a_question_marks_answers_itself() -> None:
    asked = size(512, 504)
    assert asked.mark(9).right
    assert asked.mark("8").verdict == mark(asked, "8").verdict
    assert asked.mark("9 = 512 - 504 + 1", working=True).right
    assert asked.mark("(512-504)+1 = 9").derivation() == mark(asked, "(512-504)+1 = 9").derivation()


def test_a_digit_misread_is_known_in_a_number_that_is_large_enough() -> None:
    layers = "Conv2d(3, 32, 5, padding=2), ReLU(), MaxPool2d(2), Flatten(), Linear(8192, 10)"
    (slip,) = mark(count(layers, "3x32x32"), "89362").verdict.causes
    assert (slip.name, slip.says) == ("digit-misread", "a digit is misread: 89 362 for 84 362")
    assert not mark(count(layers, "3x32x32"), "84382").verdict.causes  # a wrong sum looks so as well
    assert not mark(count("Conv2d(3, 32, 5)"), "2932").verdict.causes  # by chance nine in a thousand


@pytest.mark.parametrize(
    ("working", "name", "says"),
    [
        ("(96+4-7)/3 = 31", "first-window-forgotten", "the first window counts too: + 1 is missing"),
        (
            "(96+2*2-7+1)/3 = 31",
            "stride-after-plus-one",
            "the stride divides the steps, then the first window is added",
        ),
        ("(96+2-7)/3+1 = 31", "padding-on-one-side", "padding is added on both sides"),
        ("(96+2*2-7)/3+1 = 92/3+1 = 31", "arithmetic-slip", "(96+2*2-7)/3+1 is 32, not 95/3"),
    ],
)
def test_working_is_held_to_the_numbers_that_stand_in_it(working: str, name: str, says: str) -> None:
    (cause,) = mark(size(96, kernel=7, stride=3, padding=2), working).verdict.causes
    assert (cause.name, cause.says) == (name, says)


FOURTHS = (
    ("2 3/4, 2; 5 1/2, 2 7/12", True),
    ("2 3/4 2; 5 1/2 2 7/12", True),
    ("2¾ 2; 5½ 31/12", True),
    ("[[2 3/4, 2], [5 1/2, 31/12]]", True),
    ("2 3/4 & 2 \\\\ 5 1/2 & 2 7/12", True),
    (r"\begin{pmatrix} 2\frac{3}{4} & 2 \\ 5\frac12 & \frac{31}{12} \end{pmatrix}", True),
    ("2 1/4, 2; 5 1/2, 2 7/12", False),
    ("-2 3/4 2; 5 1/2 2 7/12", False),
)


@pytest.mark.parametrize(("text", "right"), FOURTHS)
def test_mixed_numbers_in_a_map_are_read(text: str, right: bool) -> None:
    question = pool([[1, 3, 2, 5], [2, 5, 1, 0], [9, 7, 8, -1], [3, 3, 3, "1/3"]], 2, kind="average")
    verdict = mark(question, text)
    assert verdict.right == right
    assert right or "(1,1)" in str(verdict.verdict)


ROUNDED_ROWS = (
    ("conv3 = 205k", True),
    ("conv3: 204.9k; conv2 = 51264", True),
    ("conv3 = 2.05e5", True),
    ("conv3 = 2.05·10^5", True),
    ("conv3 = 0.205M parameters", True),
    ("conv1 = 2432, conv2 = 51.3k, conv3=205k", True),
    ("conv3 = 206k", False),
    ("conv3 = 0.2M", False),
    ("conv3 = 2k", False),
    ("conv2 = 205k", False),
)


@pytest.mark.parametrize(("text", "right"), ROUNDED_ROWS)
def test_a_row_may_be_rounded_as_the_total_may(text: str, right: bool) -> None:
    marked = mark(count(EXAMPLES / "model.py", "3x32x32"), text)
    assert marked.right == right
    assert right == any(remark.endswith("rounded") for remark in marked.verdict.remarks)


def test_a_row_without_a_name_may_be_rounded() -> None:
    question = count("conv 3 filters 16 padding 1, relu, pool 2, flatten, linear 256, linear 10", "3x32x32")
    for text in ("4 = 1.05M", "5 = 1.049M", "4: 1049k; total = 1.05M"):
        assert mark(question, text).right, text
    assert not mark(question, "4 = 1.06M").right
