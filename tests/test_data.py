"""JSON reads back into the same derivation, and junk is refused."""

import json
from contextlib import suppress

import pytest

from calc import Impossible, convolve, count, size
from calc.errors import times
from calc.layers.known import BY_KIND, LAYERS
from explain import render
from explain.data import read
from tests.cases import CASES, EXAMPLES, TASK_1A
from tests.drawn_layers import drawn


@pytest.mark.parametrize("name", CASES)
def test_json_reads_back_into_the_same_derivation(name: str) -> None:
    derivation = CASES[name]()
    text = "\n".join(render(derivation, "json"))
    again = read(text)
    assert again == derivation
    assert "\n".join(render(again, "json")) == text
    assert list(render(again)) == list(render(derivation))


@pytest.mark.parametrize("kind", [kind.kind() for kind in LAYERS])
def test_the_count_of_every_layer_reads_back_into_the_same(kind: str) -> None:
    seen = 0
    for arguments, shape in drawn(kind, 12):
        with suppress(Impossible):
            layer = BY_KIND[kind].of(arguments)
            for input_ in (None, times(shape)):
                derivation = count(layer.constructor(), input_).derivation()
                assert read("\n".join(render(derivation, "json"))) == derivation
                seen += 1
    assert seen


def test_the_answer_of_conv_is_nested_lists() -> None:
    data = json.loads("\n".join(render(convolve(TASK_1A, "sobel").derivation(), "json")))
    assert data["version"] == 1
    assert data["answer"] == [[-2, 1, -11, 2, 13], [-10, 4, -8, -2, 18], [-14, 1, 5, -6, 9]]
    assert json.loads("\n".join(render(convolve("1 2", "1/3", padding=0).derivation(), "json")))["answer"] == [
        "1/3",
        "2/3",
    ]


def test_the_answer_of_shape_is_a_layer_or_a_size() -> None:
    data = json.loads("\n".join(render(size(512, 504).derivation(), "json")))
    assert data["answer"] == {"kernel": 9, "stride": 1, "padding": 0, "dilation": 1}
    assert {"kernel": 5, "stride": 1, "padding": 0, "dilation": 2} in data["solutions"]
    assert json.loads("\n".join(render(size(504, kernel=2, stride=2).derivation(), "json")))["answer"] == {"out": 252}
    assert json.loads("\n".join(render(size("480x640", kernel=3).derivation(), "json")))["answer"] == {
        "out": [478, 638]
    }


def test_the_answer_of_params_has_a_row_for_each_layer() -> None:
    data = json.loads("\n".join(render(count(str(EXAMPLES / "model.py"), "3x32x32").derivation(), "json")))["answer"]
    assert (data["parameters"], data["trainable"], data["macs"]) == (390410, 390410, 28803712)
    assert data["layers"][0] == {
        "name": "conv1",
        "kind": "Conv2d",
        "input_shape": [3, 32, 32],
        "output_shape": [32, 32, 32],
        "parameters": 2432,
        "trainable": 2432,
        "macs": 2457600,
        "receptive_field": [5, 5],
        "jump": [1, 1],
        "start": ["1/2", "1/2"],
        "formula": "(5·5·3 + 1)·32",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is not a derivation of cnncalc: JSONDecodeError"),
        ("[]", "this is not a derivation of cnncalc: TypeError"),
        ('{"version": 99}', "the document has version 99, version 1 is read"),
        ('{"version": 1}', "this is not a derivation of cnncalc: KeyError"),
        ("[" * 100_000, "this is not a derivation of cnncalc: RecursionError"),
    ],
)
def test_junk_is_refused(text: str, said: str) -> None:
    with pytest.raises(Impossible, match=said):
        read(text)
