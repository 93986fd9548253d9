"""Concepts: what demonstrations claim holds in general, replies are read as they are meant, and texts are plain."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn
from torch.nn import functional

from calc import convolve, count, pool, through, transpose
from calc.concepts import concept, concepts, contents
from calc.concepts.base import NUMERALS, Concept, changed, correlated, parameters, shifted
from calc.concepts.moving import enlarged, pooled, relu, turned
from calc.derivation import Derivation, Grid, Note, Step, Table
from calc.errors import Impossible
from calc.exact import Cells
from calc.filters import factors
from calc.hints import LEVELS, hint
from calc.kernels import BY_NAME
from calc.marking.choices import Reading, tokens
from calc.marking.front import mark
from calc.marking.lessons import lesson
from calc.stack import Stack
from explain import FORMATS, PICTURES, render
from explain.notation import TEXT
from tests.test_cli import Run

CONCEPTS = concepts()
NAMES = [each.name for each in CONCEPTS]

pictures = arrays(np.int64, (6, 8), elements=st.integers(-9, 9))
kernels = arrays(np.int64, (3, 3), elements=st.integers(-5, 5))


def grids(concept_: Concept) -> list[np.ndarray]:
    """Every matrix of a demonstration, in its order."""
    found = []

    def walk(steps: tuple[Step, ...]) -> None:
        for step in steps:
            if isinstance(step, Derivation):
                walk(step.steps)
            elif isinstance(step, Grid):
                found.append(np.array(step.cells.nested(), float))

    walk(concept_.demonstration())
    return found


def tables(concept_: Concept) -> list[list[str]]:
    """The rows of every table of a demonstration, as text."""
    return [
        [re.sub(r"\s", "", TEXT.text(cell)) for cell in row]
        for each in concept_.demonstration()
        for step in each.steps
        if isinstance(step, Table)
        for row in step.rows
    ]


def notes(concept_: Concept) -> str:
    steps = [step for each in concept_.demonstration() for step in each.steps if isinstance(step, Note)]
    return " ".join(str(piece) for step in steps for piece in step.text)


def torch_correlated(picture: np.ndarray, weights: np.ndarray, **more: int) -> np.ndarray:
    made = functional.conv2d(
        torch.tensor(picture)[None, None].double(), torch.tensor(weights)[None, None].double(), **more
    )  # type: ignore[arg-type]
    return made[0, 0].numpy()


# The laws behind the answers, on whatever image


@given(pictures, kernels)
@settings(max_examples=25, deadline=None)
def test_convolution_and_activation_are_equivariant(picture: np.ndarray, weights: np.ndarray) -> None:
    picture[:, :1] = picture[:, -2:] = 0  # what leaves the image is lost
    moved = correlated(shifted(picture.tolist()), weights.tolist())
    first = correlated(picture.tolist(), weights.tolist())
    assert [row[1:] for row in moved.nested()] == [row[:-1] for row in first.nested()]
    assert [row[1:] for row in relu(moved).nested()] == [row[:-1] for row in relu(first).nested()]


@given(arrays(np.int64, (6, 4), elements=st.integers(0, 9)))
@settings(max_examples=25, deadline=None)
def test_a_maximum_may_move_within_its_window(columns: np.ndarray) -> None:
    picture = np.zeros((6, 8), int)
    picture[:, ::2] = columns
    assert pooled(picture.tolist()) == pooled(shifted(picture.tolist()))
    across = pooled(shifted(picture.tolist(), 2)).nested()
    assert [row[1:] for row in across] == [row[:-1] for row in pooled(picture.tolist()).nested()]


@given(pictures)
@settings(max_examples=25, deadline=None)
def test_relu_commutes_with_the_maximum_and_never_exceeds_the_average_of_it(picture: np.ndarray) -> None:
    lit = np.maximum(picture, 0).tolist()
    assert pooled(lit) == relu(pooled(picture.tolist()))
    first, after = (
        np.array(cells.nested(), float) for cells in (pooled(lit, "average"), relu(pooled(picture.tolist(), "average")))
    )
    assert (first >= after).all()
    windows = picture.reshape(3, 2, 4, 2)
    one_sign = (windows >= 0).all(axis=(1, 3)) | (windows <= 0).all(axis=(1, 3))
    assert ((first == after) == one_sign).all()


@given(pictures, kernels)
@settings(max_examples=25, deadline=None)
def test_flipping_matters_as_the_half_turn_does(picture: np.ndarray, weights: np.ndarray) -> None:
    even, odd = weights + weights[::-1, ::-1], weights - weights[::-1, ::-1]
    rows = picture.tolist()
    assert convolve(rows, even.tolist()).answer == correlated(rows, even.tolist())
    turned_signs = -np.array(correlated(rows, odd.tolist()).nested())
    assert (np.array(convolve(rows, odd.tolist()).answer.nested()) == turned_signs).all()
    assert convolve(rows, weights.tolist()).answer == correlated(rows, weights[::-1, ::-1].tolist())


@given(pictures, st.integers(-9, 9), kernels)
@settings(max_examples=15, deadline=None)
def test_a_bias_goes_out_with_the_mean(picture: np.ndarray, bias: int, weights: np.ndarray) -> None:
    maps = [
        torch.tensor(np.array(correlated(picture.tolist(), weights.tolist(), bias=b).nested(), float))[None, None]
        for b in (0, bias)
    ]
    normalised = [nn.BatchNorm2d(1, dtype=torch.float64)(each) for each in maps]
    assert torch.allclose(*normalised, atol=1e-6)


@given(
    arrays(np.int64, (3, 4, 4), elements=st.integers(-9, 9)),
    arrays(np.int64, (2, 3, 4, 4), elements=st.integers(-5, 5)),
)
@settings(max_examples=15, deadline=None)
def test_a_kernel_as_large_as_the_map_is_a_fully_connected_layer(picture: np.ndarray, weights: np.ndarray) -> None:
    answer = correlated(picture.tolist(), weights.tolist(), padding="valid").nested()
    assert (np.array(answer).reshape(-1) == weights.reshape(2, -1) @ picture.reshape(-1)).all()


@given(arrays(np.int64, (3, 2, 2), elements=st.integers(-9, 9)), arrays(np.int64, (4, 3), elements=st.integers(-5, 5)))
@settings(max_examples=15, deadline=None)
def test_a_one_by_one_kernel_mixes_channels(picture: np.ndarray, weights: np.ndarray) -> None:
    answer = correlated(picture.tolist(), weights[:, :, None, None].tolist())
    assert (np.array(answer.nested()) == np.einsum("mc,chw->mhw", weights, picture)).all()


@pytest.mark.parametrize("image", [32, 33])
def test_a_transposed_convolution_is_the_adjoint(image: int) -> None:
    rng = np.random.default_rng(image)
    x, w, y = rng.integers(-9, 9, (6, 8)), rng.integers(-5, 5, (2, 2)), rng.integers(-9, 9, (3, 4))
    there = np.array(correlated(x.tolist(), w.tolist(), stride=2, padding=0).nested())
    back = np.array(transpose(y.tolist(), w.tolist(), stride=2).answer.nested())
    assert (there * y).sum() == (x * back).sum()
    assert back.shape == x.shape
    again = np.array(transpose(there.tolist(), w.tolist(), stride=2).answer.nested())
    assert (again != x).any()


# The numbers of each demonstration, worked by somebody else


def test_translation() -> None:
    shown = concept("translation")
    image, moved, weights, first, second, lit, lit_moved, *pools = grids(shown)
    assert (moved[:, 1:] == image[:, :-1]).all()
    assert (first == torch_correlated(image, weights, padding=1)).all()
    assert (second == torch_correlated(moved, weights, padding=1)).all()
    assert (second[:, 1:] == first[:, :-1]).all()
    assert (second != first).any()
    assert (lit == np.maximum(first, 0)).all()
    assert (lit_moved == np.maximum(second, 0)).all()
    assert (pools[0] == functional.max_pool2d(torch.tensor(image)[None], 2)[0].numpy()).all()
    assert (pools[0] == pools[1]).all()
    assert (pools[2] != pools[0]).any()
    rows = {row[0]: row[1:] for row in tables(shown)}
    assert rows["convolution"][0] == f"{(first != second).sum()}of32"
    assert rows["ReLUafterit"][0] == f"{(lit != lit_moved).sum()}of32"
    assert rows["maxpooling"] == ["0of8", f"{(pools[2] != pools[0]).sum()}of8"]
    assert "Yes: convolution is equivariant" in notes(shown)


def test_invariance() -> None:
    assert [row[1:] for row in tables(concept("invariance"))] == [["no", "yes"], ["no", "no"], ["no", "no"]]
    image, weights, *_ = grids(concept("invariance"))
    assert (np.array(turned(image.tolist())) == np.rot90(image, -1)).all()
    assert (np.array(enlarged(image.tolist())) == np.kron(image, np.ones((2, 2)))).all()
    first = torch_correlated(image, weights, padding=1)
    assert (torch_correlated(np.rot90(image, -1).copy(), weights, padding=1) != np.rot90(first, -1)).any()


def test_pooling_shift() -> None:
    _, _, _, before, after, _, second_before, second_after = grids(concept("pooling-shift"))
    assert (before == after).all()
    assert (second_before != second_after).any()


@pytest.mark.parametrize(("name", "reduce", "same"), [("relu-max", np.max, True), ("relu-average", np.mean, False)])
def test_orders(name: str, reduce: object, same: bool) -> None:
    image, lit, first, unlit, second = grids(concept(name))
    assert (lit == np.maximum(image, 0)).all()
    assert (first == reduce(lit.reshape(2, 2, 2, 2), axis=(1, 3))).all()  # type: ignore[operator]
    assert (unlit == reduce(image.reshape(2, 2, 2, 2), axis=(1, 3))).all()  # type: ignore[operator]
    assert (second == np.maximum(unlit, 0)).all()
    assert (first == second).all() == same
    assert f"{(first != second).sum()} of 4 cells differ" in notes(concept(name))


def test_flip_symmetric() -> None:
    image, smooth, sobel, lopsided, *maps = grids(concept("flip-symmetric"))
    for weights, flipped, plain in zip((smooth, sobel, lopsided), maps[::2], maps[1::2], strict=True):
        assert (plain == torch_correlated(image, weights, padding=1)).all()
        assert (flipped == torch_correlated(image, weights[::-1, ::-1].copy(), padding=1)).all()
    assert (maps[0] == maps[1]).all()
    assert (maps[2] == -maps[3]).all()
    assert (maps[2] != maps[3]).any()
    assert (maps[4] != maps[5]).any()


def test_sobel_is_separable() -> None:
    _, sobel, column, row, product, _, twice, once = grids(concept("sobel-separable"))
    assert (column @ row == sobel).all()
    assert (product == sobel).all()
    assert (twice == once).all()
    assert np.linalg.matrix_rank(sobel) == 1
    laplacian = BY_NAME["laplacian"].rows
    assert factors(laplacian) is None
    assert (np.rot90(laplacian) == laplacian).all()
    assert (np.rot90(sobel) != sobel).any()


def test_correlation() -> None:
    image, weights, flipped, plain, turned_kernel, learned = grids(concept("correlation"))
    assert (plain == torch_correlated(image, weights, padding=1)).all()
    assert (plain != flipped).any()
    assert (learned == flipped).all()
    assert (turned_kernel == np.rot90(weights, 2)).all()
    assert "Yes: what is learned" in notes(concept("correlation"))


def test_edge_kernel() -> None:
    weights, *images_and_maps = grids(concept("edge-kernel"))
    images, maps = images_and_maps[:3], images_and_maps[3:]
    for image, answer in zip(images, maps, strict=True):
        assert (answer == torch_correlated(image, weights)).all()
    assert weights.sum() == 0
    assert maps[0].any()
    assert not maps[1].any()
    assert not maps[2].any()


def test_border() -> None:
    image, weights, padded, answer, repeated = grids(concept("border"))
    assert (padded == np.pad(image, 1)).all()
    assert (answer == torch_correlated(image, weights, padding=1)).all()
    assert answer[0].max() < answer[1:-1, 1:-1].min()
    assert (repeated == answer.max()).all()
    assert f"{int(9 - answer[0, 1])} are zeros at an edge, {int(9 - answer[0, 0])} in a corner" in notes(
        concept("border")
    )


def test_transposed() -> None:
    image, weights, small, back = grids(concept("transposed"))
    assert (small == torch_correlated(image, weights, stride=2)).all()
    theirs = functional.conv_transpose2d(torch.tensor(small)[None, None], torch.tensor(weights)[None, None], stride=2)
    assert (back == theirs[0, 0].numpy()).all()
    assert f"of which {(back != image).sum()} differ" in notes(concept("transposed"))


def torch_parameters(*layers: nn.Module) -> int:
    return sum(each.numel() for layer in layers for each in layer.parameters())


COUNTS = {
    "learned": [(nn.Conv2d(16, 16, 3),), (nn.MaxPool2d(2),), (nn.ReLU(),), (nn.BatchNorm2d(16),)],
    "pooling-parameters": [(nn.MaxPool2d(3),), (nn.Conv2d(64, 64, 3),)],
    "one-by-one": [(nn.Conv2d(64, 16, 1),)],
    "depthwise": [
        (nn.Conv2d(64, 128, 3, bias=False),),
        (nn.Conv2d(64, 64, 3, groups=64, bias=False),),
        (nn.Conv2d(64, 128, 1, bias=False),),
    ],
    "bias-before-norm": [(nn.BatchNorm2d(64),)],
}


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_are_those_of_torch(name: str) -> None:
    assert [row[-1] for row in tables(concept(name))] == [str(torch_parameters(*layers)) for layers in COUNTS[name]]


def test_parameters_of_larger_layers() -> None:
    with torch.device("meta"):
        dense, wide, narrow = nn.Linear(25088, 4096), nn.Conv2d(512, 4096, 7), nn.Conv2d(512, 4096, 1)
        flat, mean = nn.Linear(25088, 1000), nn.Linear(512, 1000)
        conv, small, large = nn.Conv2d(3, 32, 5, padding=2), nn.Linear(3 * 32 * 32, 10), nn.Linear(3 * 64 * 64, 10)
        two, one = [nn.Conv2d(64, 64, 3), nn.Conv2d(64, 64, 3)], nn.Conv2d(64, 64, 5)
    assert [row[-1] for row in tables(concept("fully-connected"))] == [
        str(torch_parameters(x)) for x in (dense, wide, narrow)
    ]
    assert [row[-1] for row in tables(concept("global-average"))] == [str(torch_parameters(x)) for x in (flat, mean)]
    assert "49 times fewer" in notes(concept("global-average"))
    shared = [row[-1] for row in tables(concept("weight-sharing"))]
    assert shared[:4] == [str(torch_parameters(x)) for x in (conv, conv, small, large)]
    assert int(shared[5]) == 4 * int(shared[4])
    assert [row[-1] for row in tables(concept("two-small-kernels"))[2:]] == [
        str(torch_parameters(*two)),
        str(torch_parameters(one)),
    ]


def test_what_the_choices_say_is_what_the_layers_give() -> None:
    texts = {choice.text.rpartition("= ")[2]: choice.right for choice in concept("depthwise").choices}
    whole, deep, point = (
        parameters(f"Conv2d(64, {rest}, bias=False)") for rest in ("128, 3", "64, 3, groups=64", "128, 1")
    )
    said = {int(text.replace(" ", "")): is_right for text, is_right in texts.items()}
    assert said == {deep: False, whole: False, deep + point: True, deep * point: False}
    kernel = through("Conv2d(512, 4096, 7, padding=3)", "512x7x7")
    assert isinstance(kernel, Stack)
    assert kernel.out == (4096, 7, 7)


@pytest.mark.parametrize(
    ("name", "fields"),
    [("two-small-kernels", ["5×5", "5×5"]), ("dilation", ["3×3", "5×5"]), ("stride-field", ["7×7", "11×11", "7×7"])],
)
def test_receptive_fields_are_those_that_gradients_reach(name: str, fields: list[str]) -> None:
    rows = [row for row in tables(concept(name)) if "×" in row[-1]]
    assert [row[-1] for row in rows] == fields
    for chain, _, field in rows:
        layers = []
        for k, options in re.findall(r"conv(\d)([a-z0-9]*)", chain):
            more = {word: int(n) for word, n in re.findall(r"(stride|dilation)(\d)", options)}
            layers.append(nn.Conv2d(1, 1, int(k), **more))  # type: ignore[arg-type]
        x = torch.ones(1, 1, 64, 64, requires_grad=True)
        for layer in layers:
            nn.init.ones_(layer.weight)
        out = nn.Sequential(*layers)(x)
        out[0, 0, 5, 5].backward()
        assert x.grad is not None
        seen = x.grad[0, 0].nonzero()
        assert f"{int(seen[:, 0].max() - seen[:, 0].min()) + 1}×{int(seen[:, 1].max() - seen[:, 1].min()) + 1}" == field


def test_the_bias_demonstration() -> None:
    _, _, plain, centred, biased, centred_too = grids(concept("bias-before-norm"))
    assert (biased == plain + 5).all()
    assert np.allclose(centred, plain - plain.mean())
    assert (centred == centred_too).all()
    assert "Yes." in notes(concept("bias-before-norm"))


# The table of concepts


def test_every_concept_is_complete() -> None:
    assert 15 <= len(CONCEPTS) == len(set(NAMES))
    assert len({each.about for each in CONCEPTS}) == len({each.asks for each in CONCEPTS}) == len(CONCEPTS)
    for each in CONCEPTS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", each.name)
        assert 3 <= len(each.choices) <= len(NUMERALS)
        assert each.answer
        assert len(set(each.answer)) < len(each.choices)


@pytest.mark.parametrize("each", CONCEPTS, ids=NAMES)
def test_every_wrong_choice_has_a_misconception_with_a_lesson(each: Concept) -> None:
    for choice in each.choices:
        assert bool(choice.misconception) == (not choice.right or each.several), choice.text
        if choice.misconception:
            assert lesson(choice.misconception).paragraph
            assert 15 < len(choice.why) < 90
            assert not choice.why.endswith(".")
    right_alone = [[*each.answer]]
    assert all(wrong.answer not in right_alone for wrong in each.mistaken())


def test_right_choices_stand_anywhere() -> None:
    places = [each.answer[0] for each in CONCEPTS if not each.several]
    assert max(map(places.count, set(places))) <= len(places) / 2
    assert len(set(places)) == 4


@pytest.mark.parametrize("each", CONCEPTS, ids=NAMES)
def test_texts_are_short_and_plain(each: Concept) -> None:
    for text in (each.asks, each.idea, each.law, each.because, *(choice.text for choice in each.choices)):
        assert text == text.strip()
        assert len(text) <= 330
        assert not re.search(r"_(?!h|w)|  |\n|\d-\d", text)
    assert not any(" is not " in choice.text for choice in each.choices if not choice.right)  # the verdict says that
    assert each.asks[-1] in ".?"
    assert len(each.about) <= 56
    assert all(len(choice.text) <= 70 and not choice.text.endswith(".") for choice in each.choices)


@pytest.mark.parametrize("each", CONCEPTS, ids=NAMES)
def test_no_words_mean_two_choices(each: Concept) -> None:
    owners: dict[tuple[str, ...], set[str]] = {}
    for numeral, choice in each.lettered:
        for words in (choice.text, *choice.words):
            owners.setdefault(tokens(words), set()).add(numeral)
    assert [words for words, of in owners.items() if len(of) > 1 or not words] == []
    labels = {("1",), ("2",), ("3",), ("4",), ("5",), *((letter,) for letter in "abcde"), *((n,) for n in NUMERALS)}
    assert not labels & set(owners)


@pytest.mark.parametrize("each", CONCEPTS, ids=NAMES)
def test_every_way_to_name_a_choice_is_read(each: Concept) -> None:
    for number, (numeral, choice) in enumerate(each.lettered):
        letter = "abcde"[number]
        ways = [
            numeral,
            f"({numeral})",
            f"{numeral}.",
            f"({letter})",
            f"{letter})",
            letter.upper(),
            str(number + 1),
            f"Answer: {numeral}",
        ]
        ways += [
            f"I think it is ({numeral})",
            f"({numeral}) because I say so",
            f"({numeral}) {choice.text}",
            choice.text,
        ]
        ways += [choice.text.upper(), f"  {choice.text}.", f"{choice.text}, because of this", *choice.words]
        for way in ways:
            assert Reading(each, way).chosen == (numeral,), way


@pytest.mark.parametrize("each", CONCEPTS, ids=NAMES)
def test_only_the_right_choices_are_right(each: Concept) -> None:
    assert mark(each, " and ".join(f"({numeral})" for numeral in each.answer)).right
    for numeral, choice in each.lettered:
        if not choice.right:
            verdict = mark(each, numeral).verdict
            assert verdict.outcome == "wrong"
            assert verdict.causes[0].name == choice.misconception or each.several
            assert choice.misconception in {cause.name for cause in verdict.causes}
            both = mark(each, [*each.answer, numeral]).verdict
            assert [cause.name for cause in both.causes] == [choice.misconception]
            assert "is right" in both.found or "are right" in both.found


@pytest.mark.parametrize("each", CONCEPTS, ids=NAMES)
@pytest.mark.parametrize("format_", [name for name in FORMATS if name not in PICTURES])
def test_every_page_is_written(each: Concept, format_: str) -> None:
    wrong = next(numeral for numeral, choice in each.lettered if not choice.right)
    for page in (each.posed(), each.derivation(), mark(each, wrong).derivation()):
        lines = list(render(page, format_))
        assert lines
        if format_ == "text":
            assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("each", CONCEPTS, ids=NAMES)
def test_hints_keep_the_answer_for_the_end(each: Concept) -> None:
    pages = ["\n".join(render(hint(each, level), "text")) for level in range(1, len(LEVELS) + 1)]
    assert len(set(pages)) == len(LEVELS)
    said = [f"({numeral})" for numeral in each.answer]
    assert not any(numeral in page for numeral in said for page in pages[1:4])
    assert all(numeral in pages[4] for numeral in said)
    posed = "\n".join(render(each.posed(), "text"))
    assert each.because[:30] not in posed


# Replies


def read(reply: str, name: str = "translation") -> tuple[str, ...]:
    return Reading(concept(name), reply).chosen


@pytest.mark.parametrize(
    ("reply", "chosen"),
    [
        ("convolution layer: same kernel everywhere, feature found a few pixels to the left", ("i",)),
        ("(i) and (iii)", ("i", "iii")),
        ("i & iii", ("i", "iii")),
        ("1, 3", ("i", "iii")),
        ("both i and iii", ("i", "iii")),
        ("max pooling and convolution", ("iii", "i")),
        ("convolution, max pooling", ("i", "iii")),
        ("max pooling, not convolution", ("iii",)),
        ("max pooling and not convolution", ("iii",)),
        ("Max-pooling, because convolution is only equivariant", ("iii",)),
        ("max pooling reduces it while convolution does not", ("iii",)),
        ("a convolution", ("i",)),
        ("convolution, for its kernel is the same everywhere", ("i",)),
        ("convolution, and it is equivariant", ("i",)),
        ("ⅲ", ("iii",)),
        ("the third one", ("iii",)),
        ("all of them", ("i", "ii", "iii")),
        ("iii max pooling", ("iii",)),
    ],
)
def test_replies_are_read_as_they_are_meant(reply: str, chosen: tuple[str, ...]) -> None:
    assert read(reply) == chosen


@pytest.mark.parametrize(
    ("name", "reply", "chosen"),
    [
        ("depthwise", "8768", ("iii",)),
        ("depthwise", "64*9 + 64*128", ("iii",)),
        ("depthwise", "64 x 9 = 576", ("i",)),
        ("depthwise", "73,728", ("ii",)),
        ("pooling-parameters", "0", ("iv",)),
        ("pooling-parameters", "9", ("i",)),
        ("two-small-kernels", "fewer weights", ("iv",)),
        ("invariance", "none", ("iv",)),
        ("learned", "conv and batchnorm", ("i", "iv")),
        ("relu-max", "No, they are the same", ("i",)),
    ],
)
def test_replies_to_other_concepts(name: str, reply: str, chosen: tuple[str, ...]) -> None:
    assert read(reply, name) == chosen


@pytest.mark.parametrize(
    ("name", "reply", "says"),
    [
        ("translation", " ", "the answer is empty: answer with (i) to (iii)"),
        ("translation", "vi", "there is no choice (vi)"),
        ("translation", "4", "there is no choice (4)"),
        ("translation", "average pooling", "“average pooling” is none of the 3 choices"),
        ("translation", "not convolution", "is none of the 3 choices"),
        ("translation", "max pooling or convolution", "leaves open which it is"),
        ("translation", "(i) max pooling", "means (i) and then has the words of (iii)"),
        ("translation", "max pooling, convolution is only equivariant", "means (iii) and then has the words of (i)"),
        ("translation", "Convolution is equivariant. Max pooling it is.", "means (i) and then has the words of (iii)"),
        ("translation", "convolution moves along, so max pooling", "means (i) and then has the words of (iii)"),
        ("invariance", "translation equivariant, to none invariant", "is none of the 4 choices"),
        ("invariance", "translation? no, so none", "means (i) and then has the words of (iv)"),
        ("pooling-shift", "no", "“no” is the beginning of (ii) and (iii)"),
        ("sobel-separable", "no", "“no” is the beginning of (i) and (ii)"),
        ("two-small-kernels", "fewer weights but a smaller receptive field", "then has the words of"),
        ("depthwise", "64·9 + 9", "is none of the 4 choices"),
        ("translation", "9**9**9", "is none of the 3 choices"),
        ("translation", "__import__('os')", "is none of the 3 choices"),
        ("translation", "\x1b[2J", r"“\x1b[2J” is none of the 3 choices"),
        ("translation", "(" * 10_000, "is none of the 3 choices"),
        ("translation", "x" * 2_000_000, "the answer has 2000000 characters"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(name: str, reply: str, says: str) -> None:
    with pytest.raises(Impossible) as fault:
        read(reply, name)
    assert says in str(fault.value)
    assert "\n" not in str(fault.value)


@given(
    st.sampled_from(CONCEPTS),
    st.text(max_size=60)
    | st.lists(st.sampled_from([*"iv(),.13ac ", "and", "max pooling", "no", "yes", "the"])).map(" ".join),
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_marked_or_refused(each: Concept, reply: str) -> None:
    try:
        said = mark(each, reply).verdict.outcome
    except Impossible as fault:
        said = "refused" if str(fault).isprintable() else str(fault)
    assert said in ("right", "wrong", "refused")


def test_real_answers_are_marked_as_they_should_be() -> None:
    file = Path(__file__).parent / "concept_answers.json"
    for row in json.loads(file.read_text()):
        marked = mark(concept(row["concept"]), row["answer"])
        assert marked.right == row["right"], row
        assert [cause.name for cause in marked.verdict.causes] == row["causes"], row


def test_several_right_choices() -> None:
    left_out = mark(concept("learned"), "convolution").verdict
    assert [cause.name for cause in left_out.causes] == ["normalisation-learns-nothing"]
    assert left_out.found == "(i) convolution is right; (iv) batch normalisation is missing"


# The command


def test_the_command_lists_poses_and_shows(run: Run) -> None:
    code, out, _ = run("concept")
    assert code == 0
    assert all(f"   {name} " in out for name in NAMES)
    assert out.rstrip() == "\n".join(render(contents(), "text")).rstrip()
    code, out, _ = run("concept", "translation")
    assert code == 0
    assert "(iii) max pooling" in out
    assert "equivarian" not in out
    code, out, _ = run("concept", "translation", "--show", "--format", "json")
    assert json.loads(out)["answer"] == {"choices": ["iii"]}
    assert json.loads(out)["question"]["choices"]["iii"] == "max pooling"


def test_the_command_marks_and_hints(run: Run) -> None:
    assert run("concept", "translation", "--answer", "iii")[0] == 0
    code, out, _ = run("concept", "translation", "--answer", "(i) and (iii)", "--format", "json")
    assert code == 1
    said = json.loads(out)
    assert said["answer"]["explanations"][0]["causes"][0]["name"] == "equivariance-for-invariance"
    assert said["question"]["reply"] == "(i) and (iii)"
    assert "Equivariant" in run("concept", "translation", "--hint", "3")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["translatio"], "✗ there is no concept “translatio”: did you mean translation"),
        (["---"], "No such option"),
        (["xyzzy-plugh"], "✗ there is no concept “xyzzy-plugh”: `cnncalc concept` lists them"),
        (["--show"], "✗ which concept is meant? Name one; `cnncalc concept` lists them"),
        (["translation", "--show", "--hint", "2"], "leave --answer and --hint out"),
    ],
)
def test_what_cannot_be_asked(run: Run, words: list[str], says: str) -> None:
    code, _, err = run("concept", *words)
    assert code == 2
    assert says in err


def test_a_concept_may_stand_in_a_file_of_answers(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("question,answer\nconcept translation,iii\nconcept translation,i\nconcept translation,blah\n")
    code, out, _ = run("mark", str(answers))
    assert code == 0
    assert "equivariance taken for invariance" in out


def test_helpers() -> None:
    assert shifted(((1, 2, 3), (4, 5, 6)), 2) == ((0, 0, 1), (0, 0, 4))
    assert changed(Cells.of([[1, 2], [3, 4]]), Cells.of([[1, 0], [3, 0]])) == 2
    assert parameters("Conv2d(3, 32, 5)") == count("Conv2d(3, 32, 5)").parameters == 2432
    assert pool([[1, 2], [3, 4]], 2).answer == pooled([[1, 2], [3, 4]])
