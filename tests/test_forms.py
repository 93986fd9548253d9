"""Every form of a convolution, its transposed and a pooling: by direct loops, by torch, and by their laws."""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.signal import convolve2d, correlate2d

from calc import Impossible, Pooling, check, convolve, onnx, pool, transpose
from calc.activations import ACTIVATIONS
from calc.convolution import Convolution
from calc.crosscheck import TORCH_ACTIVATIONS
from calc.derivation import Chain, Derivation, Windows
from calc.exact import Cells
from calc.transposed import Transposed
from explain import render
from explain.notation import Notation
from explain.sliding import Sliding

Array = np.ndarray[Any, Any]


def whole(shape: tuple[int, ...], seed: int, most: int = 9) -> Array:
    return np.random.default_rng(seed).integers(-most, most + 1, shape)


@st.composite
def forms(draw: st.DrawFn) -> tuple[int, Array, Array, dict[str, Any]]:
    """Axes, an image, kernels that a layer would have, and options that go with them."""
    axes, groups = draw(st.integers(1, 3)), draw(st.sampled_from((1, 1, 2)))
    channels, filters = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    sizes = draw(st.lists(st.integers(1, 5), min_size=axes, max_size=axes))
    kernel = draw(st.lists(st.integers(1, 3), min_size=axes, max_size=axes))
    options = {
        "stride": draw(st.lists(st.integers(1, 3), min_size=axes, max_size=axes)),
        "dilation": draw(st.lists(st.integers(1, 2), min_size=axes, max_size=axes)),
        "groups": groups,
        "dims": axes,
    }
    seed = draw(st.integers(0, 2**31))
    return axes, whole((channels, *sizes), seed), whole((filters, channels // groups, *kernel), seed + 1), options


def by_loops(x: Array, w: Array, padding: list[tuple[int, int]], options: dict[str, Any]) -> Array:
    """The definition of a layer, written out."""
    padded = np.pad(x, [(0, 0), *padding])
    stride, dilation, groups = options["stride"], options["dilation"], options["groups"]
    sizes = zip(padded.shape[1:], w.shape[2:], stride, dilation, strict=True)
    out = np.zeros((len(w), *((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in sizes)), int)
    for m, *place in product(*map(range, out.shape)):
        first = m // (len(w) // groups) * w.shape[1]
        for c, *tap in product(*map(range, w.shape[1:])):
            at = [p * s + t * d for p, s, t, d in zip(place, stride, tap, dilation, strict=True)]
            out[(m, *place)] += padded[(first + c, *at)] * w[(m, c, *tap)]
    return out


def asked(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Impossible:
        return None


@given(forms(), st.data())
def test_every_form_equals_the_definition(form: Any, data: st.DataObject) -> None:
    axes, x, w, options = form
    padding = [data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(axes)]
    question = asked(lambda: convolve(x, w, flip=False, padding=padding, **options))
    if question:
        assert (question.maps.numpy() == by_loops(x, w, padding, options)).all()
        turned = np.flip(w, tuple(range(2, 2 + axes)))
        assert convolve(x, turned, padding=padding, **options).answer == question.answer


@settings(max_examples=60)
@given(forms(), st.sampled_from(("zeros", "reflect", "replicate", "circular", "symmetric", "1/3")), st.booleans())
def test_torch_and_scipy_agree_on_every_form(form: Any, mode: str, flip: bool) -> None:
    _, x, w, options = form
    bias = list(range(len(w)))
    question = asked(lambda: convolve(x, w, flip=flip, padding=1, padding_mode=mode, bias=bias, **options))
    if question:
        assert [said.verdict for said in check(question, "cpu")] == ["agrees", "agrees"]


@given(forms(), st.integers(0, 2))
def test_a_transposed_convolution_is_the_adjoint(form: Any, padding: int) -> None:
    """⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩, with the output padding that gives back the size of x."""
    _, x, w, options = form
    layer = asked(lambda: convolve(x, w, flip=False, padding=padding, **options))
    if not layer:
        return
    y = whole(layer.maps.shape, 7)
    sizes = zip(layer.size, layer.reach, layer.stride, layer.maps.shape[1:], strict=True)
    more = [n - ((out - 1) * s - 2 * padding + k) for n, k, s, out in sizes]
    back = asked(lambda: transpose(y, w, padding=padding, output_padding=more, **options))
    if back:
        assert int((layer.maps.numpy() * y).sum()) == int((x * back.maps.numpy()).sum())
    assert back or any(m >= max(s, d) for m, s, d in zip(more, layer.stride, layer.dilation, strict=True))


@settings(max_examples=60)
@given(forms(), st.integers(0, 2), st.integers(0, 1), st.sampled_from(("0", "1/2")))
def test_torch_agrees_on_every_transposed_form(form: Any, padding: int, more: int, bias: str) -> None:
    _, x, w, options = form
    own = whole((len(x), len(w) // options["groups"], *w.shape[2:]), 3)
    question = asked(lambda: transpose(x, own, padding=padding, output_padding=more, bias=bias, **options))
    if question:
        assert [said.verdict for said in check(question, "cpu")] == ["agrees"]


def test_uneven_padding_of_a_transposed_convolution_cuts_each_side_by_its_own() -> None:
    full = transpose("1 2; 3 4", "1 2; 3 4").answer.numpy()
    cut = transpose("1 2; 3 4", "1 2; 3 4", padding="1,0,0,2")
    assert (cut.answer.numpy() == full[1:, :-2]).all()
    assert [said.verdict for said in check(cut, "cpu")] == ["agrees"]


def pooled_by_loops(question: Pooling) -> list[Any]:
    """Every window looked at cell by cell."""
    x, found = question.image.nested(), []
    for channel, *place in product(range(len(x)), *(range(n) for n in question.maps.shape[1:])):
        cells = []
        for at in product(*(axis[i] for axis, i in zip(question.spans, place, strict=True))):
            if all(0 <= i < n for i, n in zip(at, question.size, strict=True)):
                value: Any = x[channel]
                for i in at:
                    value = value[i]
                cells.append(Fraction(value))
            elif all(i in span for i, span in zip(at, question.counted, strict=True)):
                cells.append(Fraction(0))
        match question.kind:
            case "average":
                found.append(sum(cells) / len(cells))
            case "lp":
                found.append(float(sum(abs(c) ** question.power for c in cells)) ** (1 / question.power))
            case kind:
                found.append({"max": max, "min": min}[kind](cells))
    return found


@st.composite
def pools(draw: st.DrawFn) -> Pooling | None:
    axes = draw(st.integers(1, 3))
    x = whole(
        (draw(st.integers(1, 2)), *draw(st.lists(st.integers(1, 6), min_size=axes, max_size=axes))),
        draw(st.integers(0, 99)),
    )
    kind = draw(st.sampled_from(("max", "min", "average", "lp")))
    if draw(st.integers(0, 4)) == 0:
        sizes = [draw(st.integers(1, n)) for n in x.shape[1:]]
        return pool(x, kind=kind, adaptive=sizes, dims=axes)
    options = {
        "stride": draw(st.one_of(st.none(), st.integers(1, 3))),
        "padding": draw(st.integers(0, 1)),
        "dilation": draw(st.integers(1, 2)),
        "ceil": draw(st.booleans()),
        "count_include_pad": draw(st.booleans()),
        "power": draw(st.integers(1, 4)),
    }
    kernel = draw(st.lists(st.integers(1, 3), min_size=axes, max_size=axes))
    return asked(lambda: pool(x, kernel, kind=kind, dims=axes, **options))  # type: ignore[no-any-return]


@given(pools())
def test_every_pooling_equals_the_definition_and_torch(question: Pooling | None) -> None:
    if question is None:
        return
    expected, ours = pooled_by_loops(question), question.maps.numpy().reshape(-1).tolist()
    if question.kind in ("max", "min"):
        assert ours == expected
    else:
        assert ours == pytest.approx([float(x) for x in expected], rel=1e-14)
    assert {said.verdict for said in check(question, "cpu")} <= {"agrees", "not run"}
    windows = next(
        s for part in question.derivation(places=None).steps for s in getattr(part, "steps", ()) if hasattr(s, "spans")
    )
    values = [window.chain.value for window in windows]
    assert [float(v) for v in values] == pytest.approx([float(x) for x in expected], rel=1e-14)


def test_the_winner_of_a_max_pooling_is_where_torch_says() -> None:
    x = whole((2, 7, 8), 1, most=3)
    question = pool(x, 3, stride=2, padding=1, dims=2)
    _, where = torch.nn.functional.max_pool2d(torch.from_numpy(x).double()[None], 3, 2, 1, return_indices=True)
    assert (question.indices() == where[0].numpy()).all()


@pytest.mark.parametrize(("mode", "boundary"), [("zeros", "fill"), ("circular", "wrap"), ("symmetric", "symm")])
@pytest.mark.parametrize("size", [3, 4])
def test_scipy_convolves_the_same(mode: str, boundary: str, size: int) -> None:
    x, w = whole((6, 7), 1), whole((size, size), 2)
    for words, kind in {"full": "full", "same-lower": "same"}.items():
        theirs = convolve2d(x, w, mode=kind, boundary=boundary)
        assert (convolve(x, w, padding=words, padding_mode=mode).answer.numpy() == theirs).all()
    valid = correlate2d(x, w, mode="valid")
    assert (convolve(x, w, flip=False, padding="valid").answer.numpy() == valid).all()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("reflect", "mirror"),
        ("symmetric", "reflect"),
        ("replicate", "nearest"),
        ("circular", "wrap"),
        ("zeros", "constant"),
    ],
)
def test_ndimage_pads_the_same(ours: str, theirs: str) -> None:
    x, w = whole((6, 7), 1), whole((3, 3), 2)
    assert (convolve(x, w, padding_mode=ours).answer.numpy() == ndimage.convolve(x, w, mode=theirs)).all()
    assert (convolve(x, w, flip=False, padding_mode=ours).answer.numpy() == ndimage.correlate(x, w, mode=theirs)).all()


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 3), st.integers(1, 2), st.booleans())
def test_same_upper_and_lower_give_the_size_over_the_stride(n: int, k: int, s: int, d: int, lower: bool) -> None:
    word = "same-lower" if lower else "same-upper"
    question = convolve([[1] * n], [[1] * k], padding=word, stride=s, dilation=d)
    assert question.answer.shape == (1, -(-n // s))
    (before, after), few = question.padding[1], sum(question.padding[1]) // 2
    assert (after if lower else before) == few


@given(st.lists(st.fractions(-9, 9, max_denominator=8), min_size=1, max_size=12))
def test_activations_are_those_of_torch(values: list[Fraction]) -> None:
    cells = Cells.of(values)
    for activation in ACTIVATIONS:
        name = TORCH_ACTIVATIONS.get(activation.name, activation.name)
        function = getattr(torch.nn.functional, name, None) or getattr(torch, name)
        theirs = function(torch.tensor([float(x) for x in values], dtype=torch.float64))
        assert activation(cells).numpy().astype(float) == pytest.approx(
            theirs.numpy(), rel=1e-13, abs=1e-15 if name == "gelu" else 1e-300
        )
        assert activation(cells).approximate == (activation.exact is None)


@pytest.mark.parametrize("then", [a.name for a in ACTIVATIONS])
def test_what_follows_is_cross_checked(then: str) -> None:
    question = convolve("1 -2 3; 0 4 -1", "1 0; 2 -1", then=then, bias="1/2")
    assert next(iter(check(question, "cpu"))).verdict == "agrees"
    wrong = convolve("1 -2 3; 0 4 -1", "1 0; 2 -1", then=then, bias="1/2")
    numbers = question.answer.numpy().astype(float)
    numbers[0, 0] += 1e-6
    wrong.__dict__["answer"] = Cells(numbers)
    said = next(iter(check(wrong, "cpu")))
    assert said.verdict == "differs"
    assert f"in {then} at (1,1)" in str(said.says[0])


LETTERS = [[["a", "b"], ["c", 2]], [["a+b", "1/2"], [0, "x_1"]]]


@pytest.mark.parametrize("image", LETTERS)
@pytest.mark.parametrize("kernel", ["1 x; 0 -1", "1/2 -3; w w"])
def test_letters_are_checked_with_numbers_in_their_places(image: Any, kernel: str) -> None:
    for question in (convolve(image, kernel, bias="b"), transpose(image, kernel, stride=2)):
        assert {said.verdict for said in check(question, "cpu")} == {"agrees"}
    broken = convolve(image, kernel)
    broken.__dict__["answer"] = broken.answer.like(broken.answer.numerators + 1)
    assert {said.verdict for said in check(broken, "cpu")} == {"differs"}


def test_a_wrong_transposed_convolution_and_pooling_are_noticed() -> None:
    question = transpose("1 2; 3 4", "1 0; 2 1", stride=2)
    question.__dict__["answer"] = question.answer.like(question.answer.numerators + 1)
    assert next(iter(check(question, "cpu"))).verdict == "differs"
    for kind in ("max", "min", "average", "lp"):
        pooling = pool("1 2 3; 3 4 5", 2, stride=1, kind=kind)
        pooling.__dict__["maps"] = Cells.of([[[7, 9]]])
        assert next(iter(check(pooling, "cpu"))).verdict == "differs"


@given(forms())
def test_the_windows_add_up_to_every_feature_map(form: Any) -> None:
    _, x, w, options = form
    bias = list(range(len(w)))
    question = asked(lambda: convolve(x, w, padding=1, bias=bias, **options))
    if question and prod(question.answer.shape) < 300:
        steps = question.derivation(places=None).steps
        windows = next(s for part in steps for s in getattr(part, "steps", ()) if hasattr(s, "picture"))
        assert windows.outputs == question.answer.shape
        for window in windows:
            assert window.sum == window.chain.value == window.parts[-1].value == question.answer[window.at]


@given(forms())
def test_an_impulse_gives_the_kernel_back(form: Any) -> None:
    axes, _, w, options = form
    impulse = np.zeros((w.shape[1] * options["groups"], *(1,) * axes), int)
    impulse[0] = 1
    once = {**options, "stride": 1, "dilation": 1}
    answer = convolve(impulse, w, padding="full", **once).maps.numpy()
    assert (answer[0] == w[0, 0]).all()
    stamped = transpose(impulse, whole((len(impulse), 1, *w.shape[2:]), 5), **{**once, "groups": 1}).maps.numpy()
    assert (stamped[0] == whole((len(impulse), 1, *w.shape[2:]), 5)[0, 0]).all()


@pytest.mark.parametrize(
    "question",
    [
        convolve(whole((2, 4, 5), 1), whole((2, 2, 3, 3), 2), flip=False, padding=1, stride=2, bias=1, then="relu"),
        transpose(whole((2, 3, 3), 1), whole((2, 1, 2, 2), 2), stride=2, padding=1, output_padding=1, bias=1),
        pool(whole((1, 5, 5), 1), 2, kind="average", padding=1, stride=1, dims=2),
        pool(whole((1, 5, 5), 1), 2, kind="max", dims=2),
    ],
)
def test_no_misconception_leads_to_the_answer(question: Convolution | Transposed | Pooling) -> None:
    assert question.mistaken()
    assert all(mistaken.answer != question.answer for mistaken in question.mistaken())


@pytest.mark.parametrize(
    ("image", "kernel", "options"),
    [
        (whole((20, 30), 1, 255), "sobel", {}),
        (whole((19, 31), 2, 9), "0 1/2; -1 3", {"stride": "1x2", "bias": "-1/3"}),
        (whole((26, 18), 3, 99), "1 0 -2; 0 0 3", {"dilation": 2, "padding": "valid", "flip": False}),
        (whole((1, 18, 30), 4, 1), "0 0; 0 0", {"bias": "0.5"}),
        ((whole((30,), 5, 20) / 4).tolist(), [1, -1, 2], {"dims": 1, "padding": "full"}),
    ],
)
def test_merged_windows_are_those_written_one_by_one(image: Any, kernel: Any, options: dict[str, Any]) -> None:
    question = convolve(image, kernel, **options)
    part = next(part for part in question.derivation(places=None).steps if "Slide" in str(getattr(part, "title", "")))
    windows = next(step for step in part.steps if isinstance(step, Windows))
    notation = Notation(grouped=False, decimals=question.answer.decimals)
    one_by_one, at_once = (
        "\n".join("".join(text for text, _ in line) for line in Sliding(76, notation, marked, "    ").draw(windows))
        for marked in (True, False)
    )
    assert at_once == "\n".join(line.rstrip() for line in one_by_one.split("\n"))
    document = json.loads("\n".join(render(Derivation(("",), (windows,)), "json")))
    others = replace(windows, places=tuple(window.at for window in windows))
    assert (
        document["steps"][0]["windows"]
        == json.loads("\n".join(render(Derivation(("",), (others,)), "json")))["steps"][0]["windows"]
    )


def test_windows_are_merged_in_constant_memory() -> None:
    """A row of windows at a time: nothing that grows with their number but the image and its map."""
    held = []
    for side in (40, 200):
        question = convolve(np.arange(side * side).reshape(side, side) % 251, "sobel")
        lines = render(question.derivation(places=None))
        tracemalloc.start()
        written = sum(len(line) for line in lines)
        held.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert written > 200 * side * side
    assert held[1] - held[0] < 2**20


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (lambda: onnx.max_pool(np.array([[[1e-25]]]), kernel_shape=[1]), [1e-25]),
        (lambda: onnx.conv(np.array([[[1e-30]]]), np.array([[[1e-30]]])), [1e-60]),
        (lambda: onnx.max_pool(np.full((1, 1, 3), 5e-324), kernel_shape=[2]), [5e-324, 5e-324]),
        (lambda: onnx.lp_pool(np.array([[[1e200, 1e200]]]), kernel_shape=[2]), [1.4142135623730951e200]),
        (lambda: onnx.lp_pool(np.array([[[1e30, 1e30]]]), kernel_shape=[2], p=16), [2 ** (1 / 16) * 1e30]),
        (lambda: onnx.lp_pool(np.array([[[1e-300, 1e-300]]]), kernel_shape=[2], p=5), [2 ** (1 / 5) * 1e-300]),
    ],
)
def test_floats_are_rounded_once_at_the_ends_of_their_range(asked: Any, answer: list[float]) -> None:
    assert asked()[0, 0] == pytest.approx(np.array(answer), rel=1e-12, abs=0)
    assert asked()[0, 0, 0] == answer[0] or answer[0] > 1 or len(answer) == 1


def test_an_array_that_is_only_looked_at_comes_back_bit_by_bit() -> None:
    x = np.random.default_rng(0).standard_normal((1, 1, 64))
    assert (onnx.max_pool(x, kernel_shape=[1]) == x).all()


def test_what_no_float_holds_is_said() -> None:
    with pytest.raises(Impossible, match=r"beyond 1\.8e308"):
        pool([[10**400, 10**400 + 1]], "1x2", kind="average").answer.numpy()


def test_bends_that_cannot_be_asked_are_left_out() -> None:
    assert convolve(np.arange(16).reshape(4, 4), np.ones((5, 5), int), padding_mode="reflect").mistaken()
    transpose([[1]], [[1]], stride=2, padding=((0, 0), (1, 0)), output_padding=1).mistaken()


def test_ceil_takes_a_window_that_is_larger_than_the_image_as_torch_does() -> None:
    assert pool([[3, 4]], (1, 3), stride=(1, 3), ceil=True).answer.nested() == ((4,),)
    assert pool([[3, 4]], (1, 3), stride=(1, 3), kind="average", ceil=True).answer.nested() == ((Fraction(7, 2),),)


@pytest.mark.parametrize("whole_number", [np.int8(-4), np.int64(-4), -4, "-4"])
def test_numbers_of_numpy_are_numbers(whole_number: Any) -> None:
    assert convolve([[whole_number, 2]], [[3]], stride=np.int64(1), bias=np.int64(1)).answer.nested() == ((-11, 7),)
    assert convolve(np.array([[whole_number, 2]], object), [[3]], padding=np.int8(0)).answer.nested() == ((-12, 6),)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda: convolve([[1]], [[1]], stride=1.5), "stride “1.5” is neither a whole number"),
        (lambda: convolve([[1]], [[1]], stride=None), "stride “None” is neither a whole number"),
        (lambda: convolve([[1]], [[1]], padding=1.0), "padding “1.0” is neither a whole number"),
        (lambda: convolve([[1]], [[1]], padding=np.array([1.5, 1])), "padding “[1.5, 1.0]” is neither a whole number"),
        (lambda: convolve([[1]], [[1]], groups="1"), "groups “1” is not a whole number"),
        (lambda: pool([[1]], 1, kind="lp", power=2.5), "power 2.5 is not possible: p is a whole number from 1 to 16"),
        (lambda: convolve([[10**1500]], [[1]]), "a number of more than 1000 digits is longer than what is read"),
        (lambda: convolve([[1]], [[1]], bias=""), "bias is empty: a number is wanted"),
        (lambda: onnx.max_pool([[[5.0]]], kernel_shape=[2], dilations=[2], pads=[2, 2]), "a window would touch none"),
        (lambda: onnx.conv(np.ones((1, 1, 2, 2)), np.ones((1, 1))), "W is 1×1: it has 4 axes, as X has"),
        (lambda: pool(np.ones((11, 11), int), 2, adaptive=2), "an adaptive pooling has no kernel"),
        (lambda: pool([[1]], adaptive=1, stride=2), "a global or adaptive pooling has no stride"),
        (lambda: pool([[1]], adaptive=1, ceil=True), "a global or adaptive pooling has no ceil"),
        (lambda: pool([[1]], 1, power=3), "max pooling has no power"),
        (lambda: pool([[1]], 1, count_include_pad=True), "count-include-pad is for an average, not for max"),
    ],
)
def test_wrong_options_are_one_sentence(asked: Any, says: str) -> None:
    with pytest.raises(Impossible) as refused:
        asked()
    assert says in str(refused.value)


def test_large_windows_and_stamps_are_told_and_not_drawn() -> None:
    said = "\n".join(render(pool(whole((40, 40), 1), adaptive=1).derivation()))
    assert "the largest of 1600 cells, at row" in said
    assert max(map(len, said.splitlines())) <= 80
    for kind in ("average", "lp", "min"):
        assert len("\n".join(render(pool(whole((40, 40), 1), kind=kind, adaptive=1).derivation()))) < 12_000
    said = "\n".join(render(transpose("1 2; 3 4", "1 0; 2 1", stride=500).derivation()))
    assert "its corner lands at (501,1)" in said
    assert len(said) < 20_000


def test_places_are_explained_where_they_are_not_row_and_column() -> None:
    said = "\n".join(render(convolve(whole((2, 3, 3), 1), whole((2, 2, 2, 2), 2), padding="valid").derivation()))
    assert "(filter,row,column)" in said


def test_letters_are_named_in_the_convention() -> None:
    said = "\n".join(render(convolve("a 1; 2 b", "1", bias="c").derivation()))
    assert "stride 1 · bias c · letters a, b, c" in said


@pytest.mark.parametrize(
    "question",
    [
        convolve(np.linspace(-1, 1, 12).reshape(3, 4), "gaussian-5"),
        convolve(np.linspace(-1, 1, 300).reshape(15, 20), np.linspace(0, 1, 9).reshape(3, 3)),
        convolve(list(range(1, 31)), [1, 2, 3], dims=1),
        pool(np.linspace(-1, 1, 300).reshape(15, 20), 3, kind="average", stride=5),
    ],
)
def test_long_numbers_are_folded_into_the_page(question: Convolution | Pooling) -> None:
    lines = list(render(question.derivation(places=((0,) * len(question.answer.shape),))))
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("padding", [0, 1])
def test_what_the_caller_does_to_his_array_later_changes_nothing(padding: int) -> None:
    x = whole((6, 7), 1)
    question, before = convolve(x, "sobel", padding=padding), convolve(x.tolist(), "sobel", padding=padding)
    x[:] = 0
    assert question.answer == before.answer
    assert question.image == before.image
    assert question.derivation() == before.derivation()
    assert x.flags.writeable


def sizes_worked(derivation: Derivation, title: str) -> list[int]:
    """What the chains under a heading come to, one for each axis that is not like another."""
    part = next(step for step in derivation.steps if title in str(getattr(step, "title", "")))
    assert isinstance(part, Derivation)
    chains = [step for step in part.steps if isinstance(step, Chain)]
    return [int(chain.value) for chain in chains for _ in str(chain.left[0]).split(" and ")]


@given(forms(), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1))
def test_the_size_that_is_worked_is_that_of_the_transposed_answer(
    form: Any, before: int, after: int, more: int
) -> None:
    axes, x, w, options = form
    own = whole((len(x), len(w) // options["groups"], *w.shape[2:]), 3)
    question = asked(lambda: transpose(x, own, padding=((before, after),) * axes, output_padding=more, **options))
    if question:
        worked = sizes_worked(question.derivation("stamps"), "How large")
        assert sorted(worked) == sorted(question.maps.shape[1:])


@given(pools())
def test_the_size_that_is_worked_is_that_of_the_pooling(question: Pooling | None) -> None:
    if question is None or question.adaptive:
        return
    derivation = question.derivation()
    left_out = "it is left out" in " ".join(" ".join(render(derivation)).split())
    worked = sizes_worked(derivation, "How many")
    assert len(worked) == question.axes
    assert left_out or sorted(worked) == sorted(question.maps.shape[1:])
