"""Wrong rules that learners follow: each is named where it alone leads to an answer, and the laws that they keep."""

import random
import re
from typing import Any

import pytest
import torch

from calc import convolve, count, mark, size, through
from calc.counting import Count
from calc.dialects import SAME
from calc.expr import Number
from calc.layers.base import Layer
from calc.layers.conv import Conv2d
from calc.layers.known import LAYERS
from calc.layers.recurrent import LSTM
from calc.marking.lessons import lesson
from calc.marking.small_layers import fits, stands
from calc.marking.smallest import Case, Ruled
from calc.marking.smallest import _of_formulas as of_formulas
from calc.marking.smallest import case as smallest_case
from calc.question import Misconception
from calc.rules import CONVOLUTION
from calc.wrong_sizes import WRONG_SAME
from explain.text import render

TAKING = [(kind, m) for kind in LAYERS for m in kind.misconceptions() if m.taking]


def named(question: Any, reply: object) -> list[tuple[str, ...]]:
    """The causes of each explanation of a wrong answer."""
    verdict = mark(question, reply).verdict
    assert verdict.outcome == "wrong"
    return [tuple(cause.name for cause in each.causes) for each in verdict.explanations]


def drawn(misconception: Misconception, chance: random.Random) -> dict[str, Number]:
    """Numbers for the letters of a rule: those of its example, and others."""
    return {name: chance.randint(1, 60) for name in misconception.example}


@pytest.mark.parametrize(("kind", "wrong"), TAKING, ids=lambda each: getattr(each, "name", None) or each.__name__)
def test_a_rule_that_takes_letters_for_something_else_is_the_law_with_that_put_in(
    kind: type[Layer], wrong: Misconception
) -> None:
    law, chance = getattr(kind, wrong.about), random.Random(wrong.name)
    for letters in (wrong.example, *(drawn(wrong, chance) for _ in range(20))):
        assert law.put(wrong.taking).value(letters) == wrong.rule.value(letters)


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if any(m.taking for m in kind.misconceptions())])
def test_two_wrong_rules_compose_in_either_order(kind: type[Layer]) -> None:
    chance = random.Random(7)
    both = [m for m in kind.misconceptions() if m.taking]
    for a in both:
        assert a.with_another(a) is None
        for b in both:
            one, other = a.with_another(b), b.with_another(a)
            assert (one is None) == (other is None)
            if a.about != b.about or set(a.taking) & set(b.taking):
                assert one is None
            if one is not None and other is not None:
                for letters in (drawn(a, chance) | drawn(b, chance) for _ in range(5)):
                    assert one.value(letters) == other.value(letters)


def test_rules_that_take_nothing_for_something_else_do_not_compose() -> None:
    plain = [m for kind in LAYERS for m in kind.misconceptions() if not m.taking]
    assert plain[0].with_another(plain[1]) is None


def layers(text: str, shape: str) -> Count:
    return count(text, shape)


NO_BIASES = "Conv2d(3, 32, 3, bias=False), BatchNorm2d(32), ReLU(), Conv2d(32, 64, 3, bias=False), BatchNorm2d(64)"
SEPARABLE = "Conv2d(16, 16, 3, groups=16, bias=False), Conv2d(16, 32, 1, bias=False)"
BIASED = "Conv2d(16, 16, 3, groups=16), Conv2d(16, 32, 1)"


@pytest.mark.parametrize(
    ("text", "shape", "reply", "name"),
    [
        ("Conv2d(3, 32, 5, bias=False)", "3x32x32", 2432, "bias-counted"),
        (NO_BIASES, "3x32x32", 27 * 32 + 64 + 9 * 32 * 64 + 128 + 96, "bias-counted"),
        (NO_BIASES, "3x32x32", "conv1 = 896; conv2 = 18496", "bias-counted"),
        ("Linear(2048, 64, bias=False)", "2048", 131136, "bias-counted"),
        ("Bilinear(20, 30, 40, bias=False)", "20", 24040, "bias-counted"),
        ("ConvTranspose2d(16, 8, 4, bias=False)", "16x8x8", 2056, "bias-counted"),
        ("ConvTranspose2d(16, 8, 4)", "16x8x8", "(16*4 + 1)*8", "kernel-side-once"),
        ("ConvTranspose2d(16, 8, 4)", "16x8x8", 16 * 16 * 8 + 1, "one-bias-for-the-layer"),
        (SEPARABLE, "16x20x20", 144 * 512, "separable-multiplied"),
        (BIASED, "16x20x20", 144 * 512, "separable-multiplied"),
        (BIASED, "16x20x20", 160 * 544, "separable-multiplied"),
        (SEPARABLE, "16x20x20", 9 * 16 * 32, "separable-as-full"),
        (BIASED, "16x20x20", (9 * 16 + 1) * 32, "separable-as-full"),
        ("Conv2d(16, 1, 1)", "16x64x64", 4097, "pixels-for-channels"),
        ("Conv2d(16, 8, 1)", "16x64x64", 4097 * 8, "pixels-for-channels"),
        ("Conv2d(3, 8, 3), MaxPool2d(2)", "3x32x32", "pool1 = 1800", "outputs-for-params"),
        ("Conv2d(3, 8, 3, padding=1), BatchNorm2d(8)", "3x16x16", "bn = 2", "one-scale-for-all"),
        (NO_BIASES, "3x32x32", 27 * 32 + 9 * 32 * 64, "norm-without-parameters"),
        ("Conv2d(3, 8, 3), BatchNorm2d(8, affine=False)", "3x16x16", 224 + 16, "scale-and-shift-counted"),
        ("Linear(2048, 64)", "2048", 2048 * 65, "biases-of-inputs"),
        ("Linear(2048, 64)", "2048", 2 * 2048 * 64, "bias-per-weight"),
        ("Conv2d(3, 256, 5)", "3x12x12", "macs = 19200", "output-size-forgotten-in-macs"),
        ("Conv2d(3, 256, 5)", "3x12x12", "macs = 49152", "kernel-forgotten-in-macs"),
        ("Conv2d(16, 32, 3, groups=4)", "16x12x12", f"macs = {100 * 32 * 16 * 9}", "groups-ignored-in-macs"),
        ("ConvTranspose2d(16, 8, 4)", "16x8x8", f"macs = {64 * 16 * 16}", "output-channels-forgotten-in-macs"),
    ],
)
def test_wrong_counts_are_named(text: str, shape: str, reply: object, name: str) -> None:
    assert (name,) in named(layers(text, shape), reply)


def test_layers_that_are_taken_together_are_told_together() -> None:
    (told,) = mark(layers(SEPARABLE, "16x20x20"), "73728").verdict.explanations
    assert told.evidence == "conv 1 and conv 2 together 73 728 instead of 656"


@pytest.mark.parametrize("wrong", WRONG_SAME, ids=lambda each: each.name)
def test_wrong_rules_of_same_padding_differ_from_the_truth(wrong: Misconception) -> None:
    assert wrong.rule.value(wrong.example) != SAME.value(wrong.example)


@pytest.mark.parametrize(
    ("options", "reply", "name"),
    [
        ({"kernel": 3, "stride": 2, "padding": "same", "dialect": "keras"}, 28, "size-kept"),
        ({"kernel": 3, "stride": 2, "padding": "same", "dialect": "keras"}, 13, "padding-ignored"),
        ({"kernel": 3, "stride": 2, "padding": "valid", "dialect": "keras"}, 28, "size-kept"),
        ({"kernel": 3, "stride": 2, "padding": "valid", "dialect": "keras"}, 12, "first-window-forgotten"),
        ({"kernel": 3, "stride": 3, "padding": "same", "dialect": "keras", "pool": True}, 9, "same-rounded-down"),
        ({"kernel": 5, "padding": "same"}, 24, "padding-ignored"),
        ({"kernel": 5, "padding": "full"}, 24, "padding-ignored"),
        ({"kernel": 7, "stride": 3, "padding": 1}, 10, "taken-for-same"),
        ({"kernel": 3, "stride": 2, "pool": True}, 14, "kernel-ignored"),
        ({"kernel": 3, "stride": 2, "pool": True}, 9, "stride-as-kernel"),
        ({"kernel": 4, "stride": 2, "padding": 1, "transposed": True}, 29, "stride-ignored"),
    ],
)
def test_wrong_sizes_are_named(options: dict[str, Any], reply: int, name: str) -> None:
    assert (name,) in named(size(28, **options), reply)


def test_a_rule_about_stride_or_padding_says_nothing_where_there_is_none() -> None:
    told = {wrong.name for wrong in size(28, kernel=5).mistaken()}
    assert not told & {"stride-ignored", "padding-ignored", "taken-for-same"}
    assert ("taken-for-same",) not in named(size(28, kernel=5), 28)


@pytest.mark.parametrize(
    ("layers", "shape", "reply", "name"),
    [
        ("Conv2d(16, 32, 4)", "16x32x32", "29x29x16", "channels-of-input"),
        ("Conv2d(3, 8, 5)", "3x32x32", "28x28x24", "channels-multiplied"),
        ("Conv2d(3, 8, 5)", "3x32x32", "27x27x8", "first-window-forgotten"),
        ("ZeroPad2d(2)", "8x15x15", "12x19x19", "channels-padded"),
        ("ZeroPad2d(2)", "8x15x15", "19x19x12", "channels-padded"),
        ("ZeroPad2d(2)", "8x15x15", "8x17x17", "padding-on-one-side"),
        ("ReflectionPad2d(2)", "8x15x15", "8x11x11", "padding-subtracted"),
        ("ZeroPad2d(2)", "8x15x15", "15", "padding-ignored"),
    ],
)
def test_wrong_shapes_are_named_with_channels_before_or_behind(layers: str, shape: str, reply: str, name: str) -> None:
    assert (name,) in named(through(layers, shape), reply)


IMAGE, KERNEL = "1 0 2 3 1; 3 2 0 7 0; 0 6 1 1 4", "1 2 0; 0 -1 1; 2 0 1"


def test_a_kernel_turned_by_a_quarter_is_named_by_that_alone() -> None:
    for flip in (True, False):
        question = convolve(IMAGE, KERNEL, flip=flip, padding=1)
        for turned in ("0 1 1; 2 -1 0; 1 0 2", "2 0 1; 0 -1 2; 1 1 0"):
            answer = convolve(IMAGE, turned, flip=False, padding=1).answer
            assert ("kernel-turned-a-quarter",) in named(question, answer.numerators.tolist())


def test_zeros_on_one_side_only_are_named() -> None:
    question = convolve(IMAGE, KERNEL, padding=1)
    for before, after in ((0, 1), (1, 0)):
        sides = [[0] * (5 + 1)] * before + [
            [0] * before + row + [0] * after for row in ([1, 0, 2, 3, 1], [3, 2, 0, 7, 0], [0, 6, 1, 1, 4])
        ]
        padded = sides + [[0] * (5 + 1)] * after
        answer = convolve(padded, KERNEL, padding=0).answer.numerators.tolist()
        assert ("padding-on-one-side",) in named(question, answer)


def test_the_first_channel_alone_is_named() -> None:
    image, kernel = [[[1, 2, 3], [3, 4, 5]], [[0, 1, 2], [1, 0, 4]]], [[[1, 3], [2, 1]], [[2, 1], [5, 1]]]
    question = convolve(image, [kernel], flip=False, padding=0)
    alone = convolve(image[0], kernel[0], flip=False, padding=0).answer.numerators.tolist()
    assert ("first-channel-only",) in named(question, alone)


# Two wrong rules together

BASELINE = "Conv2d(3,32,5,padding=2), MaxPool2d(2), Conv2d(32,64,5,padding=2), MaxPool2d(2), Conv2d(64,128,5,padding=2), MaxPool2d(2), Flatten(), Linear(2048,64), Linear(64,10)"
IMAGE_AND_NO_BIAS = {"image-channels-everywhere", "bias-forgotten"}


def causes_of(question: Any, reply: object) -> set[str]:
    verdict = mark(question, reply).verdict
    assert verdict.outcome == "wrong"
    return {cause.name for cause in verdict.causes}


@pytest.mark.parametrize(
    "reply",
    [
        2400 + 4800 + 9600 + 2048 * 64 + 640,
        2400 + 4800 + 9600 + 131136 + 650,
        "conv1 = 2400; conv2 = 4800; conv3 = 9600; fc1 = 131136; fc2 = 650",
        "conv2 = 4800; conv3 = 9600",
        "conv1 = 2400; conv2 = 4800",
        "conv2 = 5*5*3*64 = 4800",
    ],
)
def test_two_wrong_rules_in_the_same_layers_are_both_named(reply: object) -> None:
    assert causes_of(count(BASELINE, "3x32x32"), reply) == IMAGE_AND_NO_BIAS


def test_that_it_takes_both_rules_is_said() -> None:
    question = count(BASELINE, "3x32x32")
    for reply in (148512, "conv2 = 4800; conv3 = 9600"):
        assert "neither alone gives" in mark(question, reply).verdict.explanations[0].evidence


def test_two_rules_are_not_claimed_of_a_number_that_many_could_give() -> None:
    assert not causes_of(count(BASELINE, "3x32x32"), "conv2 = 4800")
    assert not causes_of(count("Conv2d(3, 32, 5, bias=False)", "3x32x32"), 832)
    assert not causes_of(size(32, kernel=5, padding=2), 29)


def test_two_rules_are_named_where_the_working_shows_both() -> None:
    unbiased = count("Conv2d(3, 32, 5, bias=False)", "3x32x32")
    assert causes_of(unbiased, "(5*5+1)*32 = 832") == {"input-channels-forgotten", "bias-counted"}
    assert not causes_of(unbiased, "26*16*2")
    padded = size(64, kernel=3, stride=2, padding=1)
    assert causes_of(padded, "(64 + 1 - 3)/2 = 31") == {"first-window-forgotten", "padding-on-one-side"}
    assert causes_of(padded, "floor((64 - 3)/2) = 30") == {"first-window-forgotten", "padding-ignored"}
    assert not causes_of(padded, "7*4 + 3 = 31") & {"padding-on-one-side", "padding-ignored"}


STACK = "Conv2d(3,16,5,padding=2), MaxPool2d(2), Conv2d(16,32,5,padding=2), MaxPool2d(2), Conv2d(32,64,3,padding=1), MaxPool2d(2)"


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        ("61, 29, 26, 12, 10, 4", {"first-window-forgotten", "padding-on-one-side"}),
        ("59, 28, 23, 10, 7, 2", {"first-window-forgotten", "padding-ignored"}),
        ("61, 30, 27, 13, 11, 5", {"first-window-forgotten", "padding-on-one-side"}),
        ("62, 61, 59, 58, 57, 56", {"padding-on-one-side", "windows-overlap"}),
        ("60, 30, 26, 13, 11, 5", {"padding-ignored"}),
    ],
)
def test_two_wrong_rules_through_layers_are_both_named(reply: str, names: set[str]) -> None:
    assert causes_of(through(STACK, "3x64x64"), reply) == names


def test_a_rule_that_the_other_layers_refute_is_not_named() -> None:
    """In 31, 15, 14, 7 the pooling is right, so the first window was not forgotten: the padding was counted once."""
    layers = "Conv2d(3,64,7,stride=2,padding=3), MaxPool2d(2), Conv2d(64,128,3,padding=1), Conv2d(128,128,3,stride=2,padding=1)"
    assert causes_of(through(layers, "3x64x64"), "31, 15, 14, 7") == {"padding-on-one-side"}


def test_random_sizes_through_layers_are_seldom_taken_for_two_rules() -> None:
    question, chance = through(STACK, "3x64x64"), random.Random(5)
    right = (64, 32, 32, 16, 16, 8)
    told = 0
    for _ in range(150):
        reply = ", ".join(str(max(1, n + chance.randint(-9, 9))) for n in right)
        verdict = mark(question, reply).verdict
        told += "takes both" in "".join(each.evidence for each in verdict.explanations)
    assert told == 0


# Small cases

SHAPED = [
    (kind, wrong)
    for kind in LAYERS
    if kind.kind() in ("Conv2d", "MaxPool2d", "ConvTranspose2d", "Linear", "BatchNorm2d", "LSTM", "GRU")
    for wrong in kind.misconceptions()
    if wrong.about in ("size", "params")
]


def numbers(case: Case) -> dict[str, int]:
    """The letters of a small case, those at their neutral numbers left out."""
    (asked,) = case.asks
    return {name: int(n) for name, n in re.findall(r"(\w+) = (\d+)", str(asked))}


@pytest.mark.parametrize(("kind", "wrong"), SHAPED, ids=lambda each: getattr(each, "name", None) or each.__name__)
def test_a_small_case_is_a_layer_that_torch_has(kind: type[Layer], wrong: Misconception) -> None:
    question = count("Conv2d(1, 1, 1)", "1x1x1")
    case = of_formulas(question, [Ruled(wrong, getattr(kind, wrong.about), kind)], [wrong.name])
    assert case is not None
    has = numbers(case)
    right = int(str(getattr(case.right[-1], "number", case.right[-1])))
    letters = {"d": 1, "p": 0, "o": 0, "g": 1, "b": 0, "a": 0} | has
    sides = {"stride": letters.get("s", 1), "dilation": letters["d"]}
    module: torch.nn.Module
    match kind.kind():
        case "Conv2d" | "ConvTranspose2d" | "MaxPool2d" if wrong.about == "size":
            k = {"kernel_size": has.get("k", 1), "padding": letters["p"], **sides}
            if kind.kind() == "MaxPool2d":
                module = torch.nn.MaxPool2d(**k)
            elif kind.kind() == "Conv2d":
                module = torch.nn.Conv2d(1, 1, **k)
            else:
                module = torch.nn.ConvTranspose2d(1, 1, output_padding=letters["o"], **k)
            assert kind.kind() == "ConvTranspose2d" or has.get("k", 1) <= has["in"]
            assert module(torch.zeros(1, 1, has["in"], has["in"])).shape[-1] == right
            return
        case "Conv2d" | "ConvTranspose2d":
            k = {"kernel_size": (has["k_h"], has["k_w"]), "groups": letters["g"], "bias": bool(letters["b"]), **sides}
            module = getattr(torch.nn, kind.kind())(has["c"], has["m"], **k)
            if kind.kind() == "Conv2d" and "h_in" in has:
                assert has["k_h"] <= has["h_in"]
                out = module(torch.zeros(1, has["c"], has["h_in"], has["w_in"])).shape
                assert all(out[2 + i] == has.get(f"{side}_out", out[2 + i]) for i, side in enumerate("hw"))
        case "MaxPool2d":
            module = torch.nn.MaxPool2d(has["k"])
        case "Linear":
            module = torch.nn.Linear(has["i"], has["o"], bias=bool(letters["b"]))
        case "BatchNorm2d":
            module = torch.nn.BatchNorm2d(has["c"])
        case _:
            assert has["r"] == has["h"]
            module = getattr(torch.nn, kind.kind())(
                has["i"], has["h"], letters["a"] + 1, bias=has["b"] == 2, bidirectional=letters["d"] == 2
            )
    assert sum(p.numel() for p in module.parameters()) == right


def test_a_kernel_that_only_padding_makes_fit_is_no_small_case() -> None:
    assert not fits(CONVOLUTION, {"in": 1, "k": 2, "s": 1, "p": 1, "d": 1})
    assert fits(CONVOLUTION, {"in": 2, "k": 2, "s": 1, "p": 1, "d": 1})
    assert not stands(LSTM, {"i": 1, "h": 1, "r": 1, "g": 2, "b": 2})
    assert not stands(Conv2d, {"c": 1, "m": 1, "k_h": 2, "k_w": 2, "h_in": 1, "w_in": 1})


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        ({"in_": 64, "kernel": 3, "stride": 2}, "32"),
        ({"in_": 63, "kernel": 7, "stride": 2, "padding": 3}, "31"),
        ({"in_": 65, "kernel": 3, "stride": 3, "padding": 1, "dilation": 2}, "22"),
        ({"in_": 32, "kernel": 2, "stride": 2, "pool": True}, "15"),
        ({"in_": 2, "kernel": 3, "stride": 2, "padding": 1, "transposed": True}, "4"),
    ],
)
def test_rules_that_tie_come_with_their_lessons_and_a_question_that_tells_them_apart(
    options: dict[str, Any], reply: str
) -> None:
    question = size(options.pop("in_"), **options)
    told = mark(question, reply)
    names = [each.causes[0].name for each in told.verdict.explanations][:4]
    assert len(names) > 1
    text = list(render(told.derivation()))
    assert all(lesson(name).paragraph[:40] in " ".join("\n".join(text).split()) for name in names)
    apart = ((names[:many], smallest_case(question, names[:many])) for many in range(len(names), 1, -1))
    names, found = next(each for each in apart if each[1])
    assert found is not None
    assert len(names) >= 3 or len(told.verdict.explanations) < 3
    assert len({str(found.wrong[name][-1]) for name in names}) == len(names)
    assert any("A question that tells them apart" in line for line in text)
