"""Layers one after the other: what comes out, what one output sees, and which numbers in front of it do it."""

import random
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from calc import Impossible, check, compare, through
from calc.backward import Backward
from calc.derivation import Derivation, Picture
from calc.receptive import seen
from calc.stack import Stack
from calc.stretches import Whole, stretch


@pytest.mark.parametrize(
    ("layers", "in_", "out"),
    [
        ("conv 9, pool 2 stride 2, conv 3", 512, 250),
        ("Conv2d(3, 12, 9); MaxPool2d(2); Conv2d(12, 24, 3)", "3x512x512", [24, 250, 250]),
        ("Conv2d(3, 12, 9); MaxPool2d(2); Conv2d(12, 24, 3)", "5x3x512x512", [5, 24, 250, 250]),
        ("Conv2d(3, 12, 9); MaxPool2d(2); Conv2d(12, 24, 3)", 512, [24, 250, 250]),
        ("conv 3x5 padding 0x1 stride 3x4", "8x8", [2, 2]),
        ("conv 3 filters 8, relu, pool 2, flatten, linear 10", "3x32x32", [10]),
        ("Flatten(); Linear(192, 10)", "3x8x8", [10]),
        ("Linear(10, 5)", "10", [5]),
        ("Linear(10, 5)", "4x10", [4, 5]),
        ("Conv1d(2, 4, 3); MaxPool1d(2)", "2x9", [4, 3]),
        ("Conv1d(2, 4, 3)", "9", [4, 7]),
        ("Conv3d(1, 2, 3)", "1x5x6x7", [2, 3, 4, 5]),
        ("up 2, relu, pixelshuffle 2", "16x5x6", [4, 20, 24]),
        ("transposed 3 filters 2, transposed 3 filters 2", "3x2x2", [2, 6, 6]),
        ("depthwise 3, pointwise 8", "4x9x9", [8, 7, 7]),
        ("3 x (conv 3, conv 3 padding 1, pool 2)", "70", 7),
        ("Conv2d(?, 8, 3); Flatten(); Linear(?, 10)", "3x10x10", [10]),
        ("conv 3", "3x10x10", [None, 8, 8]),
        ("view(-1, 512), linear 53", "32x4x4", [53]),
        ("view 256", "16x4x4", [256]),
        ("Fold((8, 7), 3, stride=2)", "18x9", [2, 8, 7]),
        ("Upsample(scale_factor=3, mode='linear')", "2x12", [2, 36]),
        ("Upsample(scale_factor=2, mode='trilinear')", "3x9x7x4", [3, 18, 14, 8]),
        ("Upsample(size=(18, 1, 2))", "4x6x7x9", [4, 18, 1, 2]),
    ],
)
def test_what_comes_out(layers: str, in_: str | int, out: Any) -> None:
    question = through(layers, in_)
    assert isinstance(question, Stack)
    assert question.answer["out"] == out
    assert question.derivation().answer["out"] == out


@pytest.mark.parametrize(
    ("layers", "in_", "out"),
    [
        ("LSTM(10, 20, 2, bidirectional=True); Linear(40, 3)", "7x10", [7, 3]),
        ("LSTM(10, 20, proj_size=5)", "7x10", [7, 5]),
        ("GRU(?, 20)", "7x10", [7, 20]),
        ("RNN(10, 20); Flatten(); Linear(?, 3)", "7x10", [3]),
        ("LSTMCell(10, 20)", "10", [20]),
        ("Embedding(100, 3); LSTM(3, 4)", "7", [7, 4]),
        ("EmbeddingBag(100, 3)", "7", [3]),
        ("Bilinear(?, 4, 3)", "7x10", [7, 3]),
        ("MultiheadAttention(?, 2, kdim=3)", "7x10", [7, 10]),
    ],
)
@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_sequences_go_through_as_torch_has_it(layers: str, in_: str, out: list[int]) -> None:
    question = through(layers, in_)
    assert question.derivation().answer["out"] == out
    first, *_ = check(question, "cpu")
    assert first.verdict == "agrees"


@pytest.mark.parametrize(
    ("layers", "in_", "verdict"),
    [
        ("Linear(1000000, 1000000)", "1000000", "agrees"),
        ("LSTM(100, 1000000)", "100", "agrees"),
        ("Embedding(100000000000000, 1000000)", "7", "not run"),
    ],
)
def test_weights_too_many_for_the_memory_are_not_built(layers: str, in_: str, verdict: str) -> None:
    first, *_ = check(through(layers, in_), "cpu")
    assert first.verdict == verdict


@pytest.mark.parametrize(
    ("layers", "sizes"),
    [
        ("conv 5, pool 2, conv 5", [5, 6, 14]),
        ("conv 3, pool 3 stride 2", [3, 5]),
        ("conv 3, conv 3 stride 2, pool 2 stride 2, conv 3 dilation 2", [3, 5, 7, 23]),
        ("conv 3, conv 3, conv 3", [3, 5, 7]),
        ("conv 3 stride 2 padding 1, transposed 2 stride 2, conv 3", [3, 3, 5]),
        ("up 2, conv 3", [1, 2]),
        ("up 2, conv 2", [1, 2]),
        ("bilinear 2", [2]),
        ("Upsample(scale_factor=0.5); conv 3 stride 2 padding 1 dilation 2; Upsample(scale_factor=0.5)", [1, 9, 9]),
    ],
)
def test_published_receptive_fields(layers: str, sizes: list[int]) -> None:
    question = through(layers, 200)
    assert [layer["receptive_field"] for layer in question.answer["layers"]] == sizes


def test_jump_and_start_are_those_of_the_recurrence() -> None:
    answer = through("conv 11 stride 4 padding 2, pool 3 stride 2, conv 5 padding 2, pool 3 stride 2", 224).answer
    assert [(layer["receptive_field"], layer["jump"], layer["start"]) for layer in answer["layers"]] == [
        (11, 4, Fraction(7, 2)),
        (19, 8, Fraction(15, 2)),
        (51, 8, Fraction(15, 2)),
        (67, 16, Fraction(31, 2)),
    ]


SAID = [
    "conv {k} stride {s} padding {p} dilation {d}",
    "conv {k}x{j} stride {s}",
    "conv {k} same",
    "pool {k} stride {s}",
    "pool {k} ceil",
    "avgpool {k} ceil",
    "lppool {k}",
    "transposed {k} stride {s} padding {p}",
    "transposed {k} stride {s} dilation {d}",
    "up {s}",
    "nearest {s}",
    "Upsample(scale_factor=0.5)",
    "bilinear {s}",
    "pad {p}",
    "crop 1",
    "reflectpad {p}",
    "adaptive {k}",
    "relu",
    "batchnorm",
]


def stacks(seed: int, most: int, size: tuple[int, int]) -> Stack:
    """Random layers on an input that they take."""
    rng = random.Random(seed)
    while True:
        text = ", ".join(
            rng.choice(SAID).format(
                k=rng.randint(1, 5), j=rng.randint(1, 4), s=rng.randint(1, 3), p=rng.randint(0, 2), d=rng.randint(1, 2)
            )
            for _ in range(rng.randint(1, most))
        )
        try:
            question = through(text, f"{rng.randint(*size)}x{rng.randint(*size)}")
        except Impossible:
            continue
        assert isinstance(question, Stack)
        return question


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("seed", range(0, 240, 40))
def test_torch_agrees_on_random_layers_and_on_what_an_output_sees(seed: int) -> None:
    for more in range(40):
        question = stacks(seed + more, 4, (8, 40))
        for said in check(question, "cpu"):
            too_large = "to be poked" in str(said.says)
            assert said.verdict == ("not run" if too_large else "agrees"), (question.data(), said.says)
        question.derivation()


@pytest.mark.parametrize("seed", range(60))
def test_outputs_in_the_middle_see_no_more_than_the_field_and_some_see_all_of_it(seed: int) -> None:
    question = stacks(seed, 4, (3_000, 4_000))
    if any(at.layer.kind().startswith("Adaptive") for at in question.passed):
        return
    for path, found in zip(question.paths, question.fields, strict=True):
        middle = path[-1].out // 2
        sizes = [len(seen(path, place)) for place in range(max(middle - 40, 0), min(middle + 40, path[-1].out))]
        assert max(sizes) == found[-1].size
        assert found[-1].varies or min(sizes) == max(sizes)


@pytest.mark.parametrize("seed", range(40))
def test_the_first_field_lies_around_its_start_and_the_next_a_jump_further(seed: int) -> None:
    rng = random.Random(seed)
    text = ", ".join(
        rng.choice(["conv {k} stride {s} dilation {d}", "pool {k} stride {s}"]).format(
            k=rng.randint(1, 5), s=rng.randint(1, 3), d=rng.randint(1, 2)
        )
        for _ in range(3)
    )
    question = through(text, 300)
    assert isinstance(question, Stack)
    path, last = question.paths[0], question.fields[0][-1]
    for place in (0, 1):
        span = seen(path, place)
        assert Fraction(span.start + span.stop, 2) == last.start + place * last.jump


@given(st.integers(1, 40), st.integers(1, 40), st.integers(-3, 3), st.integers(0, 60), st.integers(0, 60))
def test_a_run_of_numbers_is_found_where_a_function_goes_one_way(
    rise: int, start: int, slope: int, least: int, most: int
) -> None:
    sizes = lambda x: max(start + slope * (x // rise), 0)  # noqa: E731
    found = stretch(sizes, 1, Whole(max(least, 1), max(least, most, 1)), 1 << 40)
    expected = [x for x in range(1, 3_000) if max(least, 1) <= sizes(x) <= max(least, most, 1)]
    if not expected:
        assert found.empty
    else:
        assert found.first == expected[0]
        assert found.last == (None if slope == 0 else expected[-1])


def solutions(question: Backward) -> list[tuple[int, ...]]:
    return sorted(question.found)


HOLES = [
    ("conv ?, pool 2, conv 3", 40),
    ("conv 3 stride ?, pool 2", 40),
    ("conv 5 padding ?, pool 2 stride 2", 12),
    ("conv 3 dilation ?, conv 3", 30),
    ("pool ?, conv 3", 40),
    ("pool 6 padding ?", 20),
    ("pool ? padding 2", 20),
    ("pool ? stride 2 ceil, conv 2", 20),
    ("transposed ? stride 2 padding 1, conv 3", 9),
    ("transposed 3 stride ?, conv 2 stride 2", 9),
    ("transposed 4 stride 3 output padding ?", 9),
    ("up ?, conv 3", 7),
    ("up 1.5, conv 3 stride ?", 9),
    ("pad ?, conv 3 stride 2", 9),
    ("shuffle ?, conv 2", 5),
    ("conv 3 padding 1, conv ? stride 3", 31),
    ("unpool ?, conv 3", 6),
]


@pytest.mark.parametrize(("layers", "n"), HOLES)
def test_a_hole_is_filled_by_all_the_numbers_that_brute_force_finds(layers: str, n: int) -> None:
    outs: dict[int, list[int]] = {}
    for x in range(41):
        try:
            out = through(layers.replace("?", str(x)), n).answer["out"]
        except Impossible:
            continue
        outs.setdefault(out, []).append(x)
    assert outs
    for wanted in range(1, max(outs) + 3):
        try:
            question = through(layers, n, wanted)
        except Impossible:
            assert wanted not in outs
            continue
        assert isinstance(question, Backward)
        assert sorted(x for (x,) in question.found if x <= 40) == outs.get(wanted, [])


@pytest.mark.parametrize(
    "layers",
    [
        "conv 9, pool 2, conv 3",
        "conv 3 stride 2 padding 1, pool 3 stride 2 ceil",
        "transposed 3 stride 2, conv 2",
        "up 3, conv 2 stride 2",
        "up 1.5, conv 2",
        "unshuffle 2, conv 2",
        "conv 3 padding 1, adaptive 4",
        "reflectpad 3, conv 2",
    ],
)
def test_an_input_is_found_by_all_the_sizes_that_brute_force_finds(layers: str) -> None:
    filters = "4x" if "shuffle" in layers else ""
    outs: dict[int, list[int]] = {}
    for n in range(1, 61):
        try:
            out = through(layers, f"{filters}{n}x{n}").answer["out"][-1]
        except Impossible:
            continue
        outs.setdefault(out, []).append(n)
    for wanted in range(1, max(outs) - 4):
        try:
            question = through(layers, "4x?x?" if filters else "?", wanted)
        except Impossible:
            assert wanted not in outs
            continue
        assert isinstance(question, Backward)
        assert sorted({values[0] for values in question.found if values[0] <= 60}) == outs.get(wanted, [])


@pytest.mark.parametrize(("n", "wanted"), [(12, 1), (12, 3), (9, 4), (7, 6)])
def test_two_holes_are_filled_by_all_pairs_up_to_the_bound(n: int, wanted: int) -> None:
    layers = "conv ? padding 1, pool 2 stride ?"
    expected = []
    for k, s in product(range(1, n + 3), range(1, 65)):
        try:
            if through(layers.replace("?", str(k), 1).replace("?", str(s)), n).answer["out"] == wanted:
                expected.append((k, s))
        except Impossible:
            pass
    try:
        question = through(layers, n, wanted)
    except Impossible:
        assert not expected
        return
    assert isinstance(question, Backward)
    assert solutions(question) == sorted(expected)


@pytest.mark.parametrize(
    ("layers", "in_", "out", "solutions"),
    [
        ("conv ?, pool 2, conv 3", 512, 250, [(9,), (8,)]),
        ("conv 9, pool 2, conv 3", "?", 250, [(512,), (513,)]),
        ("Conv2d(3, 32, 5, padding=2); MaxPool2d(2); Flatten(); Linear(2048, 64)", "?", None, [(16,), (17,)]),
        ("Conv2d(3, 32, 5, padding=2); Flatten(); Linear(320, 64)", "3x?x?", None, [(2, 5), (5, 2), (1, 10), (10, 1)]),
        ("conv 3 stride 2", "?x9", "4x4", [(9,), (10,)]),
        ("Conv2d(3, ?, 3); ReLU(); Conv2d(16, 8, 3)", "3x9x9", "8x5x5", [(16,)]),
        ("Conv2d(3, ?, 3); Flatten(); Linear(392, 8)", "3x9x9", None, [(8,)]),
        ("conv 3 padding (?, 1)", "9x9", "11x9", [(2,)]),
        (
            "Flatten(); Linear(2048, 10)",
            "8x?x?",
            None,
            [(16, 16), *((a, 256 // a) for a in (8, 32, 4, 64, 2, 128, 1, 256))],
        ),
    ],
)
def test_which_numbers_do_it(layers: str, in_: str | int, out: Any, solutions: list[tuple[int, ...]]) -> None:
    question = through(layers, in_, out)
    assert isinstance(question, Backward)
    assert list(question.found) == solutions
    assert list(question.derivation().solutions[0].values()) == list(solutions[0])


def test_sizes_of_any_length_are_answered_at_once() -> None:
    n = 10**100
    assert through("conv 9, pool 2, conv 3", n).answer["out"] == (n - 8) // 2 - 2
    found = through("conv ?", n, n - 10**50)
    assert isinstance(found, Backward)
    assert found.found == ((10**50 + 1,),)
    back = through("conv 3 stride 2", "?", n)
    assert isinstance(back, Backward)
    assert back.found == ((2 * n + 1,), (2 * n + 2,))


@pytest.mark.parametrize(
    ("layers", "in_", "out", "sentence"),
    [
        (
            "pool 3 stride 2, conv 9",
            10,
            None,
            "layer 2, conv 9: Conv2d 9×9 does not fit an input of size 4: nothing would come out",
        ),
        (
            "Conv2d(3, 12, 9); Conv2d(13, 2, 3)",
            32,
            None,
            "layer 2, Conv2d(13, 2, 3): Conv2d 3×3 expects 13 channels but receives 12",
        ),
        (
            "Conv2d(3, 32, 5, padding=2); MaxPool2d(4); Flatten(); Linear(2048, 64)",
            28,
            None,
            "layer 4, Linear(2048, 64): Linear expects 2048 features but receives 1568 = 32·7·7; write Linear(1568, 64), or feed 32×32 images",
        ),
        ("conv 3, pool 2", "H", None, "the input size “H” has letters: through layers only numbers are worked"),
        ("conv 3", "32x", None, "the input size “32x” is no size: write N, HxW or CxHxW, such as 3x512x512"),
        (
            "Flatten(); Linear(in_features=100, out_features=64)",
            "3x5x5",
            None,
            "layer 2, Linear(in_features=100, out_features=64): Linear expects 100 features but receives 75 = 3·5·5; write Linear(in_features=75, out_features=64)",
        ),
        (
            "conv 3, flatten",
            "3x32x32",
            None,
            "layer 2, flatten: how many features there are hangs on the channels: say them, as in --in 3x32x32",
        ),
        ("flatten, linear 10", None, None, "what comes out hangs on what goes in: add --in"),
        (
            "conv 5 filters 32 padding 2, pool 2, linear 64",
            "3x32x32",
            None,
            "layer 3, linear 64: a linear layer works on features, and here is a map: put flatten before it, 32·16·16 features",
        ),
        (
            "Conv2d(3,6,5); Linear(4704, 10)",
            "3x32x32",
            None,
            "layer 2, Linear(4704, 10): Linear expects 4704 features but receives 28; 4704 = 6·28·28: put Flatten() before it",
        ),
        ("conv 3", 10, 8, "nothing is unknown: 10 through 1 layer does give 8; write ? for the number you look for"),
        ("conv 3", 10, 9, "10 through 1 layer gives 8, not 9; write ? for the number you look for"),
        (
            "conv ?, pool 2",
            512,
            None,
            "nothing says what comes out: add --out, or a layer that says how many features it takes",
        ),
        (
            "conv ?, pool 2, conv 3",
            512,
            900,
            "no kernel size of layer 1, “conv ?” makes 900 come out; 1 gives 254×254 and 507 gives 1×1",
        ),
        (
            "transposed 3 stride 2",
            "?",
            8,
            "no input makes 8 come out; 3 gives 7×7 and 4 gives 9×9",
        ),
        ("conv ? stride ? padding ? dilation ?", 9, 5, "4 numbers are looked for: up to 3 can be"),
        ("conv 3", "0", None, "the input size 0 is not possible: it is at least 1"),
        ("conv 3", "3xx3", None, "the input size “3xx3” is no size: write N, HxW or CxHxW, such as 3x512x512"),
        ("conv 3", "a", None, "the input size “a” has letters: through layers only numbers are worked"),
        ("conv 3", 9, "-4", "the output size “-4” is no size: write N, HxW or CxHxW, such as 3x512x512"),
        (
            "Conv2d(3, 4, 3)",
            "1x2x3x4x5",
            None,
            "the input 1x2x3x4x5 has 5 sizes: layers along 2 axes take N, HxW, CxHxW or BxCxHxW",
        ),
        (
            "Conv2d(3, 32, 5); Flatten(); Linear(2000, 64)",
            "?",
            None,
            "2000 features are no whole number of cells in 32 channels: 1984 or 2016 would be",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(layers: str, in_: Any, out: Any, sentence: str) -> None:
    with pytest.raises(Impossible) as fault:
        through(layers, in_, out)
    assert str(fault.value) == sentence


def test_two_small_kernels_see_what_a_large_one_sees_with_fewer_weights() -> None:
    answer = compare("conv 3, conv 3", "conv 5", 32).answer
    assert answer["first"]["receptive_field"] == answer["second"]["receptive_field"] == 5
    assert (answer["first"]["weights"], answer["second"]["weights"]) == (18, 25)
    assert answer["first"]["out"] == answer["second"]["out"] == 28
    unsized = compare("conv 3, conv 3", "conv 5").answer
    assert "out" not in unsized["first"]
    assert unsized["second"]["weights"] == 25


def test_compared_costs_are_those_that_torch_counts() -> None:
    texts = "Conv2d(3, 8, 3); ReLU(); Conv2d(8, 8, 3, groups=2)", "Conv2d(3, 8, 5, bias=False); MaxPool2d(2)"
    answer = compare(*texts, "3x16x16").answer
    for said, modules in zip(
        answer.values(),
        (
            torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 3, groups=2)),
            torch.nn.Sequential(torch.nn.Conv2d(3, 8, 5, bias=False), torch.nn.MaxPool2d(2)),
        ),
        strict=True,
    ):
        assert said["parameters"] == sum(p.numel() for p in modules.parameters())
        assert said["weights"] == sum(p.numel() for p in modules.parameters() if p.dim() > 1)
        with FlopCounterMode(display=False) as counter:
            modules(torch.zeros(1, 3, 16, 16))
        assert said["multiply_accumulates"] * 2 == counter.get_total_flops()


def test_wrong_rules_lead_through_the_layers_to_the_answers_learners_give() -> None:
    question = through("conv 5 padding 2, pool 2", 32)
    led = [m.answer["out"] for m in question.mistaken()]
    assert 14 in led
    assert question.answer["out"] not in led


def test_what_an_output_sees_needs_no_input() -> None:
    answer = through("conv 3, pool 3 stride 2").answer
    assert (answer["receptive_field"], answer["jump"]) == (5, 2)
    assert "out" not in answer
    assert "in" not in answer["layers"][0]


@pytest.mark.parametrize("in_", ["32×32", "32X32", "32 x 32"])
def test_however_the_sign_between_sizes_is_written_they_are_several(in_: str) -> None:
    assert through("conv 3", in_).answer["out"] == [30, 30]


@pytest.mark.parametrize(
    ("layers", "in_"),
    [("Conv2d(3, 8, 3)", "2x3x9x9"), ("conv 3", "3x9x9"), ("conv 3 filters 8, pool 2", "3x9x9"), ("conv 3", "9")],
)
def test_a_wrong_rule_that_changes_nothing_accuses_nobody(layers: str, in_: str) -> None:
    question = through(layers, in_)
    right = question.answer["out"]
    for mistaken in question.mistaken():
        wrong = mistaken.answer["out"]
        assert wrong != right
        assert not isinstance(right, list) or (len(wrong) == len(right) and wrong[:-2] == right[:-2])
    assert "the stride is left out: the kernel moves by s" not in {
        mistaken.why for mistaken in through("conv 3", in_).mistaken()
    }


def test_behind_a_flattening_no_size_is_guessed_to_be_wrong() -> None:
    assert through("conv 3 filters 8, flatten, linear 10", "3x9x9").mistaken() == ()


@pytest.mark.parametrize("shape", ["64", "40x120", "120x40", "500x333", "24x1000"])
def test_what_an_output_sees_is_drawn_in_the_proportions_of_the_image(shape: str) -> None:
    question = through("conv 3 padding 1, pool 2, conv 5 padding 2", shape)
    parts = [part for part in question.derivation().steps if isinstance(part, Derivation)]
    (picture,) = (step for part in parts for step in part.steps if isinstance(step, Picture))
    high, wide = [int(n) for n in (shape if "x" in shape else f"{shape}x{shape}").split("x")]
    rows, columns = len(picture.levels), len(picture.levels[0])
    assert rows <= 32
    assert columns <= 60
    assert abs(rows / columns - high / wide) <= 1 / min(rows, columns) * max(1, high / wide)
