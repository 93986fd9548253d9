"""ONNX's operators: published answers of its operator tests, and torch on random cases."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from calc import Impossible, onnx

FIVE = np.arange(25, dtype=np.float32).reshape(1, 1, 5, 5)
ONES = np.ones((1, 1, 3, 3), np.float32)
COUNT = np.arange(1, 26, dtype=np.float32).reshape(1, 1, 5, 5)
THREE = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
FOUR = np.arange(1, 17, dtype=np.float32).reshape(1, 1, 4, 4)

PUBLISHED: dict[str, tuple[Any, Any]] = {
    "conv with padding": (
        lambda: onnx.conv(FIVE, ONES, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        [
            [12, 21, 27, 33, 24],
            [33, 54, 63, 72, 51],
            [63, 99, 108, 117, 81],
            [93, 144, 153, 162, 111],
            [72, 111, 117, 123, 84],
        ],
    ),
    "conv without padding": (
        lambda: onnx.conv(FIVE, ONES, kernel_shape=[3, 3], pads=[0, 0, 0, 0]),
        [[54, 63, 72], [99, 108, 117], [144, 153, 162]],
    ),
    "conv with SAME_LOWER and strides": (
        lambda: onnx.conv(FIVE, ONES, auto_pad="SAME_LOWER", kernel_shape=[3, 3], strides=[2, 2]),
        [[12, 27, 24], [63, 108, 81], [72, 117, 84]],
    ),
    "conv with asymmetric padding": (
        lambda: onnx.conv(
            np.arange(35, dtype=np.float32).reshape(1, 1, 7, 5),
            ONES,
            kernel_shape=[3, 3],
            pads=[1, 0, 1, 0],
            strides=[2, 2],
        ),
        [[21, 33], [99, 117], [189, 207], [171, 183]],
    ),
    "transposed": (
        lambda: onnx.conv_transpose(THREE, ONES),
        [[0, 1, 3, 3, 2], [3, 8, 15, 12, 7], [9, 21, 36, 27, 15], [9, 20, 33, 24, 13], [6, 13, 21, 15, 8]],
    ),
    "transposed with dilations": (
        lambda: onnx.conv_transpose(
            [[[[3.0, 8.0, 1.0], [9.0, 5.0, 7.0], [3.0, 2.0, 6.0]]]], [[[[7.0, 2.0], [1.0, 9.0]]]], dilations=[2, 2]
        ),
        [[21, 56, 13, 16, 2], [63, 35, 67, 10, 14], [24, 22, 76, 76, 21], [9, 5, 88, 45, 63], [3, 2, 33, 18, 54]],
    ),
    "transposed with SAME_UPPER": (
        lambda: onnx.conv_transpose(THREE, ONES, auto_pad="SAME_UPPER", strides=[2, 2]),
        [
            [0, 0, 1, 1, 3, 2],
            [0, 0, 1, 1, 3, 2],
            [3, 3, 8, 5, 12, 7],
            [3, 3, 7, 4, 9, 5],
            [9, 9, 20, 11, 24, 13],
            [6, 6, 13, 7, 15, 8],
        ],
    ),
    "average with pads": (
        lambda: onnx.average_pool(COUNT, kernel_shape=[5, 5], pads=[2, 2, 2, 2]),
        [
            [7, 7.5, 8, 8.5, 9],
            [9.5, 10, 10.5, 11, 11.5],
            [12, 12.5, 13, 13.5, 14],
            [14.5, 15, 15.5, 16, 16.5],
            [17, 17.5, 18, 18.5, 19],
        ],
    ),
    "average that counts pads": (
        lambda: onnx.average_pool(COUNT, kernel_shape=[5, 5], pads=[2, 2, 2, 2], count_include_pad=1),
        [
            [2.52, 3.6, 4.8, 4.08, 3.24],
            [4.56, 6.4, 8.4, 7.04, 5.52],
            [7.2, 10, 13, 10.8, 8.4],
            [6.96, 9.6, 12.4, 10.24, 7.92],
            [6.12, 8.4, 10.8, 8.88, 6.84],
        ],
    ),
    "average with SAME_UPPER": (
        lambda: onnx.average_pool(COUNT, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
        [[4, 5.5, 7], [11.5, 13, 14.5], [19, 20.5, 22]],
    ),
    "average with ceil": (
        lambda: onnx.average_pool(FOUR, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        [[6, 7.5], [12, 13.5]],
    ),
    "max with pads": (
        lambda: onnx.max_pool(COUNT, kernel_shape=[5, 5], pads=[2, 2, 2, 2]),
        [[13, 14, 15, 15, 15], [18, 19, 20, 20, 20], [23, 24, 25, 25, 25], [23, 24, 25, 25, 25], [23, 24, 25, 25, 25]],
    ),
    "max with ceil and a window left out": (
        lambda: onnx.max_pool(np.array([[[[1, 2], [3, 4]]]]), kernel_shape=[1, 1], strides=[2, 2], ceil_mode=1),
        [[1]],
    ),
    "max with dilations": (
        lambda: onnx.max_pool(FOUR, kernel_shape=[2, 2], strides=[1, 1], dilations=[2, 2]),
        [[11, 12], [15, 16]],
    ),
    "indices by rows": (
        lambda: onnx.max_pool_indices(COUNT, kernel_shape=[2, 2], strides=[2, 2]),
        [[6, 8], [16, 18]],
    ),
    "indices by columns": (
        lambda: onnx.max_pool_indices(COUNT, kernel_shape=[2, 2], strides=[2, 2], storage_order=1),
        [[6, 16], [8, 18]],
    ),
    "lp with dilations": (
        lambda: onnx.lp_pool(FOUR, kernel_shape=[2, 2], dilations=[2, 2], p=2),
        [[14.560219778561036, 16.24807680927192], [21.633307652783937, 23.49468024894146]],
    ),
    "global average": (lambda: onnx.global_average_pool(COUNT), [[13]]),
    "global max": (lambda: onnx.global_max_pool(COUNT), [[25]]),
    "global lp": (lambda: onnx.global_lp_pool(np.array([[[3, 4]]])), [5]),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_answers(name: str) -> None:
    asked, expected = PUBLISHED[name]
    assert asked()[0, 0] == pytest.approx(np.array(expected), rel=1e-15)


def test_an_output_shape_larger_than_the_stamps_gets_zeros_at_the_end() -> None:
    y = onnx.conv_transpose(THREE, np.ones((1, 2, 3, 3)), strides=[3, 2], output_shape=[10, 8])
    assert y.shape == (1, 2, 10, 8)
    assert (y[0, :, 9] == 0).all()
    assert (y[0, :, :, 7] == 0).all()
    padded = onnx.conv_transpose(THREE, np.ones((1, 2, 3, 3)), strides=[3, 2], output_padding=[1, 1])
    assert (y == padded).all()


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, np.ndarray, dict[str, Any]]:
    axes = draw(st.integers(1, 3))
    x = np.random.default_rng(draw(st.integers(0, 999))).standard_normal((2, 4, *[7] * axes)).astype(np.float32)
    options: dict[str, Any] = {"strides": [draw(st.integers(1, 3)) for _ in range(axes)]}
    if draw(st.booleans()):
        options["dilations"] = [draw(st.integers(1, 2)) for _ in range(axes)]
    if draw(st.booleans()):
        options["pads"] = [draw(st.integers(0, 1)) for _ in range(axes)] * 2
    return axes, x, options


def as_torch(options: dict[str, Any], axes: int) -> dict[str, Any]:
    names = {"strides": "stride", "dilations": "dilation"}
    return {names[k]: v for k, v in options.items() if k in names} | {"padding": options.get("pads", [0] * axes)[:axes]}


@given(cases(), st.sampled_from((1, 2, 4)))
def test_torch_answers_the_same(case: Any, group: int) -> None:
    axes, x, options = case
    functional, wide = torch.nn.functional, torch.from_numpy(x).double()
    w = np.random.default_rng(1).standard_normal((4, 4 // group, *[2] * axes)).astype(np.float32)
    b = np.array([1.5, -2, 0, 0.25])
    also, kernel = as_torch(options, axes), torch.from_numpy(w).double()
    theirs = getattr(functional, f"conv{axes}d")(wide, kernel, torch.from_numpy(b), groups=group, **also)
    assert onnx.conv(x, w, b, group=group, **options) == pytest.approx(theirs.numpy(), abs=1e-5)
    back = getattr(functional, f"conv_transpose{axes}d")(wide, kernel, groups=group, **also)
    assert onnx.conv_transpose(x, w, group=group, **options) == pytest.approx(back.numpy(), abs=1e-5)
    most = getattr(functional, f"max_pool{axes}d")(wide, 2, ceil_mode=True, return_indices=False, **also)
    assert onnx.max_pool(x, kernel_shape=[2] * axes, ceil_mode=1, **options) == pytest.approx(most.numpy(), abs=1e-6)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda: onnx.conv(np.ones((3, 3)), ONES), "X is 3×3: it is N×C×W, N×C×H×W or N×C×D×H×W"),
        (lambda: onnx.conv(FIVE, ONES, kernel_shape=[2, 2]), "kernel_shape [2, 2] is not that of W, which is 1×1×3×3"),
        (lambda: onnx.conv(FIVE, ONES, pads=[1, 1]), "pads [1, 1] are not 4 whole numbers of at least 0"),
        (lambda: onnx.conv(FIVE, ONES, strides=[0, 1]), "strides [0, 1] are not 2 whole numbers of at least 1"),
        (lambda: onnx.conv(FIVE, ONES, auto_pad="SAME"), "there is no auto_pad “SAME”: choose NOTSET, SAME_UPPER"),
        (lambda: onnx.conv(FIVE, ONES, group=2), "groups 2 do not divide the 1 channel of the image: choose 1"),
        (lambda: onnx.lp_pool(FIVE, kernel_shape=[2, 2], p=0), "p 0 is not possible"),
        (lambda: onnx.global_lp_pool(FIVE, p=99), "power 99 is not possible"),
        (lambda: onnx.max_pool(FIVE * np.nan, kernel_shape=[2, 2]), "X, place 1,1,1,1 is NaN: every cell is a number"),
    ],
)
def test_bad_operators_are_refused(asked: Any, says: str) -> None:
    with pytest.raises(Impossible) as refused:
        asked()
    assert says in str(refused.value)
