"""torch and scipy agree with what is right, and differ from what is wrong."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import Impossible, check, convolve, count, size, transpose
from calc.axis import Axis
from calc.convolution import Convolution
from calc.counting import Count
from calc.crosscheck import in_parts
from calc.exact import Cells
from calc.expr import Number
from calc.layers.conv import Conv2d
from calc.network import Tensor
from tests.cases import EXAMPLES, TASK_1A
from tests.test_convolution import Rows, anything, grids, integers
from tests.test_forms import asked, forms, whole

GPU = torch.cuda.is_available()
needs_gpu = pytest.mark.skipif(not GPU, reason="no GPU here")


def verdicts(question: object, device: str = "cpu") -> set[str]:
    return {said.verdict for said in check(question, device)}  # type: ignore[arg-type]


def wrong(question: Convolution) -> Convolution:
    """The same question with one cell of its answer off by one."""
    numerators = question.answer.numerators.astype(object)
    numerators[-1, -1] += 1
    question.__dict__["answer"] = Cells(numerators, question.answer.denominator)
    return question


@given(grids(anything, 5), grids(anything, 3), st.integers(1, 3), st.booleans())
def test_torch_and_scipy_agree_on_any_numbers(image: Rows, kernel: Rows, stride: int, flipped: bool) -> None:
    question = convolve(image, kernel, padding="full", stride=stride, flip=flipped)
    assert [said.verdict for said in check(question, "cpu")] == ["agrees", "agrees"]


@given(
    grids(anything, 5),
    grids(anything, 3),
    st.sampled_from(("zeros", "reflect", "replicate", "circular", "symmetric", "-5/3")),
    st.integers(0, 2),
    st.integers(1, 2),
    st.fractions(-9, 9, max_denominator=9),
)
def test_torch_and_scipy_agree_on_every_padding_mode_dilation_and_bias(
    image: Rows, kernel: Rows, mode: str, padding: int, dilation: int, bias: Fraction
) -> None:
    try:
        question = convolve(image, kernel, padding=padding, padding_mode=mode, dilation=dilation, bias=bias)
    except Impossible:
        return
    assert [said.verdict for said in check(question, "cpu")] == ["agrees", "agrees"]


def test_numbers_of_hundreds_of_digits_are_cross_checked() -> None:
    large = 10**200 + 3
    assert verdicts(convolve([[large, -1, Fraction(1, large)]], [[-large, 2]], padding="full")) == {"agrees"}


@pytest.mark.parametrize("mantissa", [24, 53])
@given(image=grids(st.integers(-(2**100), 2**100), 4), kernel=grids(st.integers(-(2**80), 2**80), 4))
def test_parts_are_exact_in_any_mantissa(mantissa: int, image: list[list[int]], kernel: list[list[int]]) -> None:
    def convolve_in_floats(x: np.ndarray, w: np.ndarray) -> np.ndarray:
        assert abs(x).max() * abs(w).sum() < 2**mantissa
        return x * w.sum()

    whole = in_parts(np.array(image, object), np.array([kernel], object), mantissa, convolve_in_floats)
    assert whole.tolist() == [[x * sum(map(sum, kernel)) for x in row] for row in image]


def test_a_wrong_feature_map_is_noticed_by_both() -> None:
    first, second = check(wrong(convolve(TASK_1A, "sobel")), "cpu")
    assert (first.verdict, first.ours, first.theirs) == ("differs", "10", "9")
    assert second.verdict == "differs"
    assert "differs at (3,5): ours 10, theirs 9" in str(first.says[0])


def test_a_map_of_the_wrong_size_is_noticed() -> None:
    question = convolve(TASK_1A, "sobel")
    question.__dict__["answer"] = Cells.of([[1]])
    assert "differs in the size: ours 1×1, theirs 3×5" in str(next(iter(check(question, "cpu"))).says[0])


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(1, 60))
def test_torch_agrees_on_every_solution_of_a_size(n: int, out: int) -> None:
    try:
        question = size(n, out)
        question.derivation()
    except Impossible:
        return
    assert verdicts(question) == {"agrees"}


def test_torch_agrees_where_padding_is_uneven_and_on_the_meta_device() -> None:
    assert verdicts(size(32, "same", 4)) == {"agrees"}
    assert "meta" in str(next(iter(check(size(10**9, kernel=5, stride=2), "cpu"))).says[0])
    assert verdicts(size(10**30, kernel=5)) == {"not run"}


@pytest.mark.parametrize(
    ("numbers", "layer"),
    [
        ({"in_": 7, "kernel": 4, "stride": 2, "padding": 1, "output_padding": 1}, {"transposed": True}),
        ({"in_": 7, "out": 15, "kernel": 3, "padding": "?", "stride": 2}, {"transposed": True}),
        ({"in_": "7x9x8", "kernel": 2}, {"pool": True}),
        ({"out": 5, "kernel": 3, "stride": 2, "padding": 1}, {"ceil": True}),
        ({"in_": 9, "out": 4, "kernel": "?", "padding": "?"}, {"pool": True}),
        ({"in_": "9x7", "out": "4x4", "kernel": "?", "padding": "?", "stride": "?"}, {}),
        ({"in_": "5x6"}, {"adaptive": "3x4"}),
        ({"in_": 7}, {"scale": "1.5"}),
        ({"in_": 7, "out": 10}, {"scale": "?"}),
        ({"in_": 32, "kernel": 4, "padding": "same", "dilation": 2}, {}),
        ({"in_": 32, "kernel": 3, "padding": "full"}, {}),
        ({"in_": 32, "kernel": 3, "stride": 2, "padding": "same"}, {"dialect": "keras"}),
        ({"in_": 32, "kernel": 3, "stride": 2, "padding": "same-lower"}, {"dialect": "onnx"}),
    ],
)
def test_torch_agrees_on_the_size_of_every_kind_of_layer(numbers: dict[str, Any], layer: dict[str, Any]) -> None:
    assert verdicts(size(**numbers, **layer)) == {"agrees"}


def test_torch_is_not_asked_what_it_has_no_layer_for() -> None:
    assert verdicts(size(112, kernel=3, stride=2, pool=True, dialect="caffe")) == {"not run"}
    (said,) = check(size(100, scale="0.29"), "cpu")
    assert said.verdict == "not run"
    assert "in float64 it makes 28 of 100·29/100" in str(said.says[0])


def test_a_wrong_layer_among_several_is_noticed() -> None:
    question = size(9, 4, "?", padding="?", pool=True)
    (found,) = question.found
    question.__dict__["found"] = (found._replace(layers=({"kernel": 2, "padding": 1}, *found.layers)),)
    (said,) = check(question, "cpu")
    assert (said.verdict, said.ours, said.theirs) == ("differs", "4", "5")


def test_a_wrong_size_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Axis, "answer", {"out": 251})
    monkeypatch.setattr(Axis, "solutions", lambda _: iter([{"out": 251}]))
    (said,) = check(size(504, kernel=2, stride=2), "cpu")
    assert (said.verdict, said.ours, said.theirs) == ("differs", "251", "252")


def changed(question: Count, i: int, **fields: object) -> Count:
    """The same network with other fields in one of its layers, its tensors made to fit the wrong rule."""
    calls = list(question.network.calls)
    layer = replace(calls[i].layer, **fields)  # type: ignore[type-var]
    tensors = (Tensor("off", (int(layer.count().value()),), True),)
    calls[i] = replace(calls[i], layer=layer, tensors=tensors)
    return replace(question, network=replace(question.network, calls=tuple(calls)))


def test_a_wrong_count_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    question = count(str(EXAMPLES / "model.py"))
    assert verdicts(question) == {"agrees"}
    monkeypatch.setattr(Conv2d, "params", Conv2d.params + 1)
    broken = changed(question, 0)
    (said,) = check(broken)
    assert (said.verdict, said.ours, said.theirs) == ("differs", "2433", "2432")
    assert broken.ledger().verdict == "differs"


def test_layers_that_torch_builds_otherwise_are_built_anew_too(tmp_path: Path) -> None:
    kinds = (
        "LSTM(4, 6, 2, bidirectional=True), nn.GRU(4, 6), nn.RNNCell(4, 6), nn.EmbeddingBag(9, 4), nn.Bilinear(2, 3, 4)"
    )
    (tmp_path / "model.py").write_text(f"from torch import nn\nnet = nn.ModuleList([nn.{kinds}])\n")
    (said,) = check(count(str(tmp_path / "model.py")))
    assert said.verdict == "agrees"
    assert "5 layers built anew" in str(said.says)


def test_more_multiply_accumulates_than_torch_sees_are_noticed() -> None:
    question = count(str(EXAMPLES / "model.py"), "3x32x32")
    too_few = replace(question, network=replace(question.network, flops=2 * 28_803_712 - 2))
    assert verdicts(too_few) == {"differs"}


def test_operations_that_torch_alone_sees_are_a_difference() -> None:
    question = count(str(EXAMPLES / "model.py"), "3x32x32")
    (said,) = check(replace(question, network=replace(question.network, flops=2 * 28_803_712 + 10)))
    assert said.verdict == "differs"
    (said,) = check(replace(question, network=replace(question.network, flops=2 * 28_803_712 + 10, between=5)))
    assert said.verdict == "agrees"


def test_an_unknown_question_is_not_passed_over() -> None:
    with pytest.raises(TypeError):
        list(check("what?"))  # type: ignore[arg-type]


@settings(max_examples=25)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_torch_agrees_on_every_solution_along_two_axes(h: int, w: int, out_h: int, out_w: int) -> None:
    try:
        question = size(f"{h}x{w}", f"{out_h}x{out_w}")
    except Impossible:
        return
    assert len(list(question.claims())) >= len(question.solutions) > 0
    assert verdicts(question) == {"agrees"}


def test_the_counter_of_torch_is_reconciled() -> None:
    (said,) = check(count(str(EXAMPLES / "model.py"), "3x32x32"))
    assert "FLOPs = 2·" in str(said.says)


def test_an_unknown_or_missing_device_is_one_sentence() -> None:
    with pytest.raises(Impossible, match="there is no device “tpu”: choose auto, cuda, mps, cpu"):
        list(check(size(5, kernel=3), "tpu"))


@pytest.mark.skipif(GPU, reason="there is a GPU here")
def test_no_gpu_is_said() -> None:
    with pytest.raises(Impossible, match="sees no cuda device here: use --device cpu"):
        list(check(size(5, kernel=3), "cuda"))


def test_without_torch_the_check_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.crosscheck.find_spec", lambda _: None)
    torch_check, scipy_check = check(convolve(TASK_1A, "sobel"))
    assert torch_check.verdict == "not run"
    assert torch_check.says == ("torch was not asked: it is not installed (pip install 'cnncalc[torch]')",)
    assert scipy_check.verdict == "agrees"


def test_the_random_state_and_the_settings_of_torch_stay() -> None:
    before = torch.get_rng_state(), torch.get_default_dtype(), torch.backends.cudnn.enabled, torch.is_grad_enabled()
    verdicts(convolve(TASK_1A, "sobel"))
    verdicts(size(512, 504))
    verdicts(count(str(EXAMPLES / "model.py")))
    after = torch.get_rng_state(), torch.get_default_dtype(), torch.backends.cudnn.enabled, torch.is_grad_enabled()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


@needs_gpu
@settings(max_examples=60)
@given(image=grids(integers, 6), kernel=grids(integers, 3), stride=st.integers(1, 2))
def test_the_gpu_agrees_exactly(image: list[list[Number]], kernel: list[list[Number]], stride: int) -> None:
    assert verdicts(convolve(image, kernel, padding="full", stride=stride), "cuda") == {"agrees"}


@needs_gpu
@settings(max_examples=300)
@given(forms(), st.booleans(), st.integers(0, 2))
def test_the_gpu_agrees_on_300_layers(form: Any, flip: bool, padding: int) -> None:
    _, x, w, options = form
    own = whole((len(x), len(w) // options["groups"], *w.shape[2:]), 3)
    for question in (
        asked(lambda: convolve(x, w, flip=flip, padding=padding, **options)),
        asked(lambda: transpose(x, own, padding=padding, **options)),
    ):
        assert question is None or "differs" not in verdicts(question, "cuda")


@needs_gpu
def test_the_gpu_agrees_on_a_layer_of_64_filters_on_a_photograph() -> None:
    """4096×4096 with 3 channels, 8 filters of 5×5 at a time, in float64, exactly."""
    x, w = whole((3, 4096, 4096), 1, 255), whole((64, 3, 5, 5), 2, 99)
    for first in range(0, 64, 8):
        said = next(iter(check(convolve(x, w[first : first + 8], flip=False, padding="valid"), "cuda")))
        assert said.verdict == "agrees"


@needs_gpu
def test_the_gpu_agrees_on_a_photograph_and_on_large_numbers() -> None:
    image = np.random.default_rng(0).integers(0, 2**40, (1024, 1024))
    assert verdicts(convolve(image, "gaussian5"), "cuda") == {"agrees"}
    assert verdicts(wrong(convolve(image, "gaussian5")), "cuda") == {"differs"}


@needs_gpu
def test_auto_chooses_the_gpu() -> None:
    assert "on cuda:0 agrees, exactly" in str(next(iter(check(convolve(TASK_1A, "sobel")))).says[0])
