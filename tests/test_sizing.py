"""The output-size question: published answers, brute force, and no answer where there is none."""

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import Impossible, size, through
from calc.crosscheck import check
from calc.layers.conv import Conv
from calc.question import Question
from calc.several import spread
from calc.size_words import Word
from explain import render
from explain.notation import TEXT
from explain.text import render as render_text


def out(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """The definition: how many places the kernel has, counted."""
    reach = dilation * (kernel - 1) + 1
    return len(range(0, n + 2 * padding - reach + 1, stride))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({"in_": 512, "out": 504}, {"kernel": 9, "stride": 1, "padding": 0, "dilation": 1}),
        ({"in_": 512, "out": 508}, {"kernel": 5, "stride": 1, "padding": 0, "dilation": 1}),
        ({"in_": 32, "out": 32, "kernel": 5}, {"kernel": 5, "stride": 1, "padding": 2, "dilation": 1}),
        ({"in_": 32, "out": "same", "kernel": 7}, {"kernel": 7, "stride": 1, "padding": 3, "dilation": 1}),
        ({"in_": 504, "kernel": 2, "stride": 2}, {"out": 252}),
        ({"in_": 252, "kernel": 3}, {"out": 250}),
        ({"in_": 256, "kernel": 11, "stride": 4, "padding": 2}, {"out": 63}),
        ({"in_": 224, "kernel": 11, "stride": 4, "padding": 2}, {"out": 55}),
        ({"out": 63, "kernel": 11, "stride": 4, "padding": 2}, {"in": 255}),
        ({"in_": 224, "out": 55, "kernel": 11, "padding": 2}, {"kernel": 11, "stride": 4, "padding": 2, "dilation": 1}),
        (
            {"in_": 64, "out": 64, "kernel": 3, "stride": 1, "padding": 2},
            {"kernel": 3, "stride": 1, "padding": 2, "dilation": 2},
        ),
        ({"in_": 32, "out": 16, "kernel": 3}, {"kernel": 3, "stride": 2, "padding": 1, "dilation": 1}),
        ({"in_": 32, "out": "same", "kernel": 4}, {"kernel": 4, "stride": 1, "padding": [1, 2], "dilation": 1}),
        ({"in_": 224, "out": 112, "stride": 2}, {"kernel": 2, "stride": 2, "padding": 0, "dilation": 1}),
        ({"in_": "8x8", "kernel": "3x5", "padding": "0x1", "stride": "3x4"}, {"out": 2}),
        ({"in_": "480x640", "kernel": 3, "stride": 2}, {"out": [239, 319]}),
        (
            {"in_": "480x640", "out": "480x640", "kernel": "3x5"},
            {"kernel": [3, 5], "stride": 1, "padding": [1, 2], "dilation": 1},
        ),
        ({"in_": 7, "out": "?", "kernel": 3, "stride": 2}, {"out": 3}),
        ({"in_": 224, "out": 56, "kernel": 4, "stride": "?"}, {"kernel": 4, "stride": 4, "padding": 0, "dilation": 1}),
        ({"in_": 10**100, "out": 10**100 - 10**50}, {"kernel": 10**50 + 1, "stride": 1, "padding": 0, "dilation": 1}),
    ],
)
def test_answers(question: dict[str, object], answer: dict[str, object]) -> None:
    asked = size(**question)  # type: ignore[arg-type]
    assert asked.derivation().answer == answer


def test_every_input_that_gives_the_output_is_a_solution() -> None:
    assert [s["in"] for s in size(out=63, kernel=11, stride=4, padding=2).solutions] == [255, 256, 257, 258]


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 4), st.integers(0, 4), st.integers(1, 3))
def test_the_rule_counts_the_places_of_the_kernel(n: int, k: int, s: int, p: int, d: int) -> None:
    value = Conv.size.value({"in": n, "k": k, "s": s, "p": p, "d": d})
    assert max(value, 0) == out(n, k, s, p, d)


@given(st.integers(1, 24), st.integers(1, 24))
def test_every_solution_is_right_and_small_ones_are_complete(n: int, wanted: int) -> None:
    try:
        solutions = size(n, wanted).solutions
    except Impossible:
        solutions = ()
    for layer in solutions:
        assert out(n, layer["kernel"], layer["stride"], layer["padding"], layer["dilation"]) == wanted
    small = [
        {"kernel": k, "stride": s, "padding": p, "dilation": d}
        for k, s, p, d in product(range(1, 6), range(1, 5), range(4), range(1, 5))
        if out(n, k, s, p, d) == wanted and p < d * (k - 1) + 1 and (d == 1 or k > 1)
    ]
    assert all(layer in solutions for layer in small)
    assert len({tuple(layer.items()) for layer in solutions}) == len(solutions)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 7), st.integers(1, 3))
def test_a_padding_is_refused_only_where_none_does_it(n: int, wanted: int, k: int, s: int) -> None:
    found = {p for p in range(70) if out(n, k, s, p) == wanted}
    try:
        answer = size(n, wanted, k, s, "?").derivation().answer
    except Impossible:
        assert not found
        return
    if isinstance(answer["padding"], list):
        before, after = answer["padding"]
        assert not found
        assert after - before == 1
        assert out(n + before + after, k, s) == wanted
    elif answer["dilation"] == 1:
        assert answer["padding"] == min(found)
    else:
        assert not found


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 7), st.integers(0, 3))
def test_a_stride_is_refused_only_where_none_does_it(n: int, wanted: int, k: int, p: int) -> None:
    found = {s for s in range(1, 60) if out(n, k, s, p) == wanted}
    try:
        answer = size(n, wanted, k, "?", p, 1).derivation().answer
    except Impossible:
        assert not found
        return
    assert answer["stride"] == min(found)


@pytest.mark.parametrize("unpadded", [(32, 4), (31, 2), (64, 6)])
def test_where_padding_must_be_uneven_the_split_keeps_the_size(unpadded: tuple[int, int]) -> None:
    n, kernel = unpadded
    uneven = size(n, "same", kernel).axes[0].uneven
    assert uneven is not None
    assert out(n + sum(uneven), kernel) == n
    assert uneven[1] - uneven[0] == 1
    assert size(n, "same", kernel, dialect="keras").axes[0].uneven == uneven


@pytest.mark.parametrize(
    ("question", "padding"),
    [
        ({"in_": 8, "out": 7, "kernel": 3}, [0, 1]),
        ({"in_": "8x8", "out": "7x7", "kernel": 3}, [[0, 1], [0, 1]]),
        ({"in_": "8x9", "out": "7x9", "kernel": 3}, [[0, 1], [1, 1]]),
    ],
)
def test_an_unequal_padding_is_the_answer_and_the_first_solution(question: dict[str, Any], padding: list[Any]) -> None:
    asked = size(**question)
    worked = asked.derivation()
    assert worked.answer == {"kernel": 3, "stride": 1, "padding": padding, "dilation": 1}
    assert worked.solutions[0] == worked.answer
    pairs = [padding] if isinstance(padding[0], int) else padding
    assert {claim.zeros for claim in asked.claims()} >= {tuple(pair) for pair in pairs}


def test_wrong_rules_lead_to_the_answers_learners_give() -> None:
    led = {m.answer["out"] for m in size(32, kernel=5, padding=2).mistaken()}
    assert {31, 30, 24, 28} <= led
    assert 32 not in led


@pytest.mark.parametrize(
    ("numbers", "layer", "answer"),
    [
        ({"in_": 7, "kernel": 4, "stride": 2, "padding": 1}, {"transposed": True}, {"out": 14}),
        (
            {"in_": 7, "out": 14, "kernel": 3, "stride": 2, "padding": 1},
            {"transposed": True},
            {"kernel": 3, "stride": 2, "padding": 1, "dilation": 1, "output_padding": 1},
        ),
        ({"in_": 112, "kernel": 3, "stride": 2, "padding": 1}, {"ceil": True}, {"out": 57}),
        ({"in_": "480x640", "kernel": 2}, {"pool": True}, {"out": [240, 320]}),
        ({"in_": "8x8x8", "kernel": "1x2x4"}, {"pool": True}, {"out": [8, 4, 2]}),
        ({"out": 128, "kernel": 3, "stride": 2, "padding": 1}, {"ceil": True}, {"in": 254}),
        ({"in_": 7, "out": 3}, {"pool": True}, {"kernel": 2, "stride": 2, "padding": 0, "dilation": 1}),
        ({"in_": 5}, {"adaptive": 3}, {"out": 3, "windows": [2, 3]}),
        ({"in_": "5x6"}, {"adaptive": "3x2"}, {"out": [3, 2], "windows": [[2, 3], [3]]}),
        ({"in_": 10**18}, {"adaptive": 10**17}, {"out": 10**17, "windows": [10]}),
        ({"in_": 7}, {"scale": "1.5"}, {"out": 10}),
        ({"out": 9}, {"scale": "3/2"}, {"in": 6}),
        ({"in_": 7, "out": 10}, {"scale": "?"}, {"scale": "10/7"}),
        ({"in_": 32, "kernel": 3, "stride": 2, "padding": "same"}, {"dialect": "keras"}, {"out": 16}),
        (
            {"in_": 7, "kernel": 3, "stride": 2, "padding": "same"},
            {"dialect": "keras", "transposed": True},
            {"out": 14},
        ),
        ({"in_": 7, "kernel": 2}, {"dialect": "onnx", "pool": True}, {"out": 6}),
        ({"in_": 7, "kernel": 2, "stride": 3}, {"dialect": "caffe", "pool": True}, {"out": 3}),
        (
            {"in_": "7x8", "kernel": 3, "stride": 2, "padding": "0x1"},
            {"dialect": "caffe", "pool": True},
            {"out": [3, 5]},
        ),
        (
            {"in_": 512, "out": "same", "kernel": "?", "padding": "?", "stride": 1},
            {},
            {"kernel": 1, "stride": 1, "padding": 0, "dilation": 1, "bound": {"kernel": 1025, "padding": 512}},
        ),
    ],
)
def test_answers_of_other_layers(numbers: dict[str, Any], layer: dict[str, Any], answer: dict[str, object]) -> None:
    assert size(**numbers, **layer).derivation().answer == answer


def test_what_was_named_with_a_question_mark_is_alone_in_varying() -> None:
    assert size(32, 10, kernel=3).answer["stride"] == 3
    sentence = (
        "no padding turns 32 into 10 with kernel 3, stride 1 and dilation 1; padding 0 gives 30; stride 3 would do it"
    )
    with pytest.raises(Impossible, match=f"^{sentence}$"):
        size(32, 10, kernel=3, padding="?")


@pytest.mark.parametrize(
    ("numbers", "layer", "sentence"),
    [
        ({"in_": 5, "out": 2, "kernel": 9, "stride": "?"}, {}, "the kernel covers 9 cells and does not fit 5"),
        (
            {"out": 8, "in_": "?"},
            {"scale": "1.5"},
            "no input gives 8 by up-sampling with scale 3/2; input 5 gives 7 and",
        ),
        (
            {"out": 8, "in_": "?", "kernel": 3, "stride": 4},
            {"transposed": True},
            "input 2 gives 7 and input 3 gives 11",
        ),
        (
            {"in_": 7, "out": 5, "kernel": 3, "stride": 2, "padding": "?"},
            {"pool": True},
            "it would take 2, but padding 2",
        ),
        ({"in_": 7, "kernel": 3, "padding": "full"}, {"pool": True}, "torch's pooling takes a number of zeros"),
        ({"in_": 7, "kernel": 3, "padding": 1}, {"transposed": True, "dialect": "keras"}, "a Cropping layer after it"),
        ({"in_": 7, "kernel": 3, "dilation": 2}, {"pool": True, "dialect": "caffe"}, "Caffe's pooling has no dilation"),
        ({"in_": 7, "kernel": 3, "stride": 2, "dilation": 2}, {"dialect": "keras"}, "no stride above 1 together with"),
        ({"out": 6}, {"scale": "1.5", "dialect": "keras"}, "Keras's UpSampling takes whole factors, not 3/2"),
        ({"in_": "?", "out": "?"}, {"scale": "?"}, "the scale can be found when both --in and --out are given"),
        (
            {"in_": 5, "out": 11, "kernel": 1, "output_padding": 1, "stride": "?"},
            {"transposed": True},
            "no stride turns 5 into 11",
        ),
        (
            {"in_": 7, "out": 15, "kernel": "?", "stride": "?", "padding": 4, "dilation": 1},
            {"transposed": True, "dialect": "keras"},
            "a Cropping layer after it",
        ),
        ({"in_": 7, "kernel": 3}, {"scale": 2}, "scaling by a factor has no kernel: leave --kernel out"),
    ],
)
def test_why_there_is_no_answer(numbers: dict[str, Any], layer: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Impossible) as fault:
        size(**numbers, **layer)
    assert sentence in str(fault.value)


@pytest.mark.parametrize(
    ("numbers", "layer", "answer"),
    [
        ({"out": "same", "kernel": 5}, {}, "p = 2"),
        ({"out": "same", "kernel": 5, "dilation": 2}, {}, "p = 4"),
        ({"out": "same", "kernel": 5, "padding": "?"}, {"transposed": True}, "p = 2"),
        ({"out": "same", "padding": 3, "kernel": "?"}, {}, "k = 7"),
        ({"out": "same", "kernel": "n"}, {}, "p = (n − 1) / 2, n odd"),
        ({"out": "same", "kernel": "n + h + m + 1"}, {}, "p = (h + m + n) / 2, h + m + n even"),
        ({"out": "same", "kernel": 4}, {}, "no equal padding: 1 and 2"),
        ({"in_": "n", "kernel": 3, "padding": "full"}, {}, "n + 2"),
        ({"in_": "n", "kernel": "k", "dilation": "d", "padding": "full"}, {}, "d·(k − 1) + n"),
        ({"in_": "n", "kernel": 3, "padding": "valid"}, {}, "n − 2"),
    ],
)
def test_answers_for_every_input(numbers: dict[str, Any], layer: dict[str, Any], answer: str) -> None:
    title = next(iter(render(size(**numbers, **layer).derivation(), "text")))
    assert title.endswith(f"  {answer}")


@pytest.mark.parametrize(
    ("numbers", "layer", "sentence"),
    [
        ({"out": "same", "kernel": 5, "in_": "?"}, {}, "“--out same” needs the input size: add --in"),
        ({"out": "same", "kernel": "5x3"}, {}, "“--out same” needs the input size: add --in"),
        ({"out": "same", "kernel": "?", "padding": "?"}, {}, "“--out same” needs the input size: add --in"),
        (
            {"in_": "n", "kernel": 3},
            {"ceil": True},
            "a pooling that rounds up takes numbers and no letters: give a number for --in “n”",
        ),
        ({"in_": "n"}, {"scale": 2}, "up-sampling takes numbers and no letters: give a number for --in “n”"),
        ({"in_": "n"}, {"adaptive": 3}, "an adaptive pooling takes numbers and no letters: give a number for --in “n”"),
        (
            {"in_": "n", "kernel": 3, "padding": "same", "stride": 2},
            {},
            "padding “same” takes numbers and no letters: give a number for --in “n”",
        ),
        (
            {"in_": "n", "kernel": 3},
            {"dialect": "keras"},
            "Keras's convolution takes numbers and no letters: give a number for --in “n”",
        ),
        (
            {"in_": "n", "out": "m", "padding": "full"},
            {},
            "with letters padding “full” needs the kernel and the dilation: add --kernel",
        ),
        ({"in_": 8, "kernel": 3}, {"up_to": -5}, "--up-to -5 is not possible: it is at least 1"),
        (
            {"in_": 8, "kernel": "?", "out": 4, "stride": "?"},
            {"up_to": 0},
            "--up-to 0 is not possible: it is at least 1",
        ),
        (
            {"in_": 8, "kernel": 3},
            {"up_to": 9},
            "--up-to says how far two or more unknowns are looked for: leave it out, here is only one",
        ),
        (
            {"in_": "32x", "kernel": 3},
            {},
            (
                "--in “32x” is not a whole number of less than 1000 digits, HxW or DxHxW, such as 32 or 480x640"
                "; x stands between sizes, any other letter for a number"
            ),
        ),
        (
            {"in_": 8, "out": 3},
            {"adaptive": "?"},
            "an adaptive pooling gives the size that it is told: say --adaptive 3 and leave --out out",
        ),
        (
            {"in_": "five", "kernel": 3},
            {},
            (
                "--in “five” is neither a number nor a formula of single letters: write 32, or one letter, with an index if need be "
                "(n, n1, h_in), and products with a sign (2·n·m)"
            ),
        ),
    ],
)
def test_why_words_are_refused(numbers: dict[str, Any], layer: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Impossible) as fault:
        size(**numbers, **layer)
    assert str(fault.value) == sentence


def test_dialects_that_give_other_numbers_are_said() -> None:
    said = "\n".join(render(size(112, kernel=3, stride=2, padding=1, pool=True).derivation(), "text"))
    assert "The same question in other words" in said
    assert "Caffe      57" in said
    assert "other words" not in "\n".join(render(size(113, kernel=3, stride=2, pool=True).derivation(), "text"))


@pytest.mark.parametrize(
    ("numbers", "asked"),
    [
        (
            ("8", "2", "?", "?", "?"),
            "cpu agrees on 60 of the 75394 solutions, the first and others spread over the rest",
        ),
        (
            ("8x9", "2x2", "?", "?", "?"),
            "cpu agrees on 60 of the 151806 solutions along the axes, the first and others",
        ),
        (("99999", "33333", "?", "?"), "meta agrees on all 6 solutions"),
        (("9", "4", "?", 2), "cpu agrees on all 37 solutions"),
    ],
)
def test_torch_is_asked_about_some_of_many_layers(numbers: tuple[Word, ...], asked: str) -> None:
    (outcome,) = check(size(*numbers), "cpu")
    assert asked in TEXT.text(outcome.says)


@given(st.integers(0, 300), st.integers(1, 60))
def test_items_are_spread_over_all_of_them(many: int, most: int) -> None:
    kept = spread(range(many), most)
    assert len(kept) == min(many, most)
    assert list(kept) == sorted(set(kept))
    assert set(range(min(most // 3, many))) <= set(kept)
    steps = [b - a for a, b in pairwise(kept[most // 3 :])]
    assert not steps or max(steps) - min(steps) <= 1


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"out": 1, "kernel": 1, "stride": 1000}, ...),
        ({"out": 1, "kernel": 1, "stride": 1001}, 1001),
        ({"out": "1x1", "kernel": 1, "stride": "40x50"}, 2000),
        ({"in_": 5, "out": 1, "kernel": 5, "stride": "?"}, None),
        ({"in_": "5x6", "out": "1x2", "kernel": 5, "stride": "?"}, None),
        ({"in_": "8x9", "out": "2x2", "kernel": "?", "stride": "?", "up_to": 4}, ...),
    ],
)
def test_where_not_all_solutions_are_listed_their_number_is_said(question: dict[str, Any], count: int | None) -> None:
    asked = size(**question)
    assert asked.answer.get("count", ...) == count
    if count is not ...:
        assert len(asked.solutions) >= 1000


def test_the_number_of_pairs_of_axes_is_said_where_not_all_are_listed() -> None:
    height, width = (size(n, 2, "?", "?", "?", up_to=5).solutions for n in (8, 9))
    both = size("8x9", "2x2", "?", "?", "?", up_to=5)
    assert both.answer["count"] == len(height) * len(width) > len(both.solutions) == 1000


@pytest.mark.parametrize(
    "question",
    [
        {"in_": 10**18, "out": 10**17, "kernel": "?", "stride": "?", "padding": "?", "dilation": "?"},
        {"in_": "?", "out": 10**18, "kernel": "?", "stride": "?", "padding": "?", "dilation": "?"},
        {"in_": 8, "out": 1, "kernel": "?", "stride": "?", "padding": "?"},
    ],
)
def test_several_unknowns_are_looked_for_as_far_as_time_allows(question: dict[str, Any]) -> None:
    asked = size(**question)
    assert max(asked.answer["bound"].values()) > 0


def test_a_bound_with_too_many_solutions_is_refused() -> None:
    sentence = "stride and padding up to 9000 have more than 100000 solutions: --up-to is to be smaller"
    with pytest.raises(Impossible, match=f"^{sentence}$"):
        size(10**4, 5, 3, "?", "?", up_to=9000)
    sentence = "kernel and stride up to 99000 are too many to try: --up-to is at most 6665 here"
    with pytest.raises(Impossible, match=f"^{sentence}$"):
        size(10**18, 10**17, "?", "?", up_to=99000)


NARROW = [
    lambda: size(32, 16, kernel=3),
    lambda: size(32, kernel=3, stride=2, padding="same-lower", dialect="onnx"),
    lambda: size("7x9", kernel=2, pool=True),
    lambda: size(7, kernel=2, stride=3, ceil=True, dialect="onnx"),
    lambda: through("conv ?, pool 2, conv ?", 24, 8),
]


@pytest.mark.parametrize("question", NARROW)
def test_titles_captions_and_tables_go_on_below_themselves_in_40_columns(question: Callable[[], Question]) -> None:
    derivation = question().derivation()
    narrow, wide = (list(render_text(derivation, width=width)) for width in (40, 200))
    assert max(map(len, narrow)) <= 40 < max(map(len, wide))
    assert sorted(" ".join(narrow).split()) == sorted(" ".join(wide).split())


def test_absurd_sizes_are_answered() -> None:
    assert size(10**100, kernel=3, stride=2, ceil=True).answer["out"] == 5 * 10**99
    assert size(10**18, 10**17, "?", "?").answer["stride"] == 10
