"""Every size rule in every dialect: against its definition counted out, against torch's own layers, and inverted."""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest
import torch

from calc import Impossible, size
from calc.dialects import (
    CAFFE_POOLING,
    CAFFE_TRANSPOSED,
    DIALECTS,
    KERAS_CONVOLUTION,
    KERAS_OUTPUT_PADDED,
    KERAS_POOLING,
    KERAS_SAME_OUTPUT_PADDED,
    KERAS_TRANSPOSED,
    KERAS_VALID,
    KERAS_VALID_POOLING,
    ONNX_CEIL,
    TORCH_SAME,
    Asked,
    rule_for,
    zeros,
)
from calc.rules import (
    CEIL_POOLING,
    CONVOLUTION,
    LOWEST,
    POOLING,
    SCALING,
    TRANSPOSED,
    Name,
    Rule,
    compiled,
)
from calc.several import Several

SMALL: Mapping[str, range] = {
    "in": range(1, 8),
    "kernel": range(1, 5),
    "stride": range(1, 4),
    "padding": range(4),
    "dilation": range(1, 4),
    "output_padding": range(3),
}
BEYOND = 25
MOST = 60
"""Settings of the other numbers with which a rule is inverted in one number."""

RULES: dict[str, Rule] = {
    "torch convolution": CONVOLUTION,
    "torch same": TORCH_SAME,
    "torch full": rule_for(Asked(word="full"), "torch"),
    "torch pooling": POOLING,
    "torch pooling by its kernel": POOLING.tied,
    "torch ceil": CEIL_POOLING,
    "torch ceil by its kernel": CEIL_POOLING.tied,
    "torch transposed": TRANSPOSED,
    "Keras convolution": KERAS_CONVOLUTION,
    "Keras valid": KERAS_VALID,
    "Keras same": rule_for(Asked(word="same"), "keras"),
    "Keras pooling": KERAS_POOLING,
    "Keras valid pooling by its kernel": KERAS_VALID_POOLING.tied,
    "Keras same pooling": rule_for(Asked("pooling", "same"), "keras"),
    "Keras transposed": KERAS_TRANSPOSED,
    "Keras transposed same": rule_for(Asked("transposed convolution", "same"), "keras"),
    "Keras output padded": KERAS_OUTPUT_PADDED,
    "Keras same output padded": KERAS_SAME_OUTPUT_PADDED,
    "ONNX upper": rule_for(Asked(word="same-upper"), "onnx"),
    "ONNX valid": rule_for(Asked(word="valid"), "onnx"),
    "ONNX ceil": ONNX_CEIL,
    "ONNX transposed same": rule_for(Asked("transposed convolution", "same-lower"), "onnx"),
    "Caffe pooling": CAFFE_POOLING,
    "Caffe transposed": CAFFE_TRANSPOSED,
}


def settings(names: tuple[str, ...]) -> Iterator[dict[Any, int]]:
    for numbers in product(*(SMALL[name] for name in names)):
        yield dict(zip(names, numbers, strict=True))


@pytest.mark.parametrize("name", RULES)
def test_the_inverse_of_every_rule_is_that_of_brute_force(name: str) -> None:
    rule = RULES[name]
    names: tuple[Name, ...] = ("in", *rule.hyper)
    for unknown in names:
        if rule.odd_or_even and unknown in ("kernel", "dilation"):
            with pytest.raises(Impossible, match="only whether the kernel covers an odd number"):
                rule.solve({"out": 3}, unknown)
            continue
        every = list(settings(tuple(n for n in names if n != unknown)))
        for known in random.Random(name + unknown).sample(every, min(MOST, len(every))):
            gives: dict[int, list[int]] = {}
            for x in range(LOWEST[unknown], BEYOND):
                if rule.legal({**known, unknown: x}):
                    gives.setdefault(rule.size({**known, unknown: x}), []).append(x)
            for out in (1, 2, 3, 6):
                found = rule.solve({**known, "out": out}, unknown)
                numbers = [
                    x for first, last in found for x in range(first, BEYOND if last is None else min(last + 1, BEYOND))
                ]
                assert numbers == gives.get(out, []), (unknown, known, out)


@pytest.mark.parametrize("name", RULES)
def test_a_compiled_rule_has_the_value_of_the_rule(name: str) -> None:
    rule = RULES[name]
    run = compiled(rule.law)
    for values in settings(("in", *rule.hyper)):
        letters = rule.letters(values)
        assert run(letters) == rule.law.value(letters)


def torch_out(layer: Callable[..., Any], n: int, *arguments: Any) -> int | None:
    """What torch's own layer gives; None where it refuses."""
    try:
        return int(layer(torch.zeros(1, 1, n), *arguments).shape[-1])
    except RuntimeError:
        return None


def ours(rule: Rule, values: Mapping[Name, int]) -> int | None:
    try:
        return rule.out(values)
    except Impossible:
        return None


def same_as_torch(rule: Rule, ask: Callable[[dict[str, int]], int | None]) -> None:
    outcomes = set()
    for values in settings(("in", *rule.hyper)):
        theirs = ask(values)
        assert ours(rule, values) == theirs, values  # type: ignore[arg-type]
        outcomes.add(theirs is None)
    assert outcomes == {True, False}


def test_convolutions_are_those_of_torch() -> None:
    def ask(v: dict[str, int]) -> int | None:
        weight = torch.zeros(1, 1, v["kernel"])
        return torch_out(torch.conv1d, v["in"], weight, None, v["stride"], v["padding"], v["dilation"])

    same_as_torch(CONVOLUTION, ask)


@pytest.mark.filterwarnings("ignore:Using padding")
def test_same_convolutions_are_those_of_torch() -> None:
    def ask(v: dict[str, int]) -> int | None:
        weight = torch.zeros(1, 1, v["kernel"])
        return torch_out(torch.conv1d, v["in"], weight, None, v["stride"], "same", v["dilation"])

    same_as_torch(TORCH_SAME, ask)


def test_transposed_convolutions_are_those_of_torch() -> None:
    def ask(v: dict[str, int]) -> int | None:
        weight = torch.zeros(1, 1, v["kernel"])
        rest = v["stride"], v["padding"], v["output_padding"], 1, v["dilation"]
        return torch_out(torch.conv_transpose1d, v["in"], weight, None, *rest)

    same_as_torch(TRANSPOSED, ask)


@pytest.mark.parametrize(("rule", "up"), [(POOLING, False), (CEIL_POOLING, True)])
def test_poolings_are_those_of_torch(rule: Rule, up: bool) -> None:
    pool = torch.nn.functional.max_pool1d

    def ask(v: dict[str, int]) -> int | None:
        return torch_out(pool, v["in"], v["kernel"], v["stride"], v["padding"], v["dilation"], up)

    same_as_torch(rule, ask)


def test_scaling_is_that_of_torch() -> None:
    for n, scale in product(range(1, 20), (0.5, 1.5, 2.0, 0.25, 3.75)):
        theirs = torch_out(lambda x, f: torch.nn.functional.interpolate(x, scale_factor=f), n, scale)
        assert (ours(SCALING, {"in": n, "scale": Fraction(scale)})) == theirs  # type: ignore[dict-item]


def starts(padded: int, reach: int, stride: int) -> int:
    """The windows that fit, counted."""
    return sum(1 for start in range(0, padded, stride) if start + reach <= padded)


def test_same_puts_just_as_many_zeros_as_each_stride_begun_needs() -> None:
    for word, dialect in (("same", "keras"), ("same-upper", "onnx"), ("same-lower", "onnx")):
        for kind in ("convolution", "pooling"):
            rule = rule_for(Asked(kind, word), dialect)  # type: ignore[arg-type]
            for values in settings(("in", *rule.hyper)):
                out = ours(rule, values)
                if out is None:
                    assert dialect == "keras"
                    assert min(values["stride"], values["dilation"]) > 1
                    continue
                n, s = values["in"], values["stride"]
                reach = values.get("dilation", 1) * (values["kernel"] - 1) + 1
                assert out == len(range(0, n, s))
                before, after = zeros(rule, {**values, "out": out})
                assert starts(n + before + after, reach, s) == out or s > reach
                assert before + after == 0 or starts(n + before + after - 1, reach, s) < out
                assert (before - after) in ((0, 1) if word == "same-lower" else (0, -1))


def test_valid_windows_are_those_that_fit() -> None:
    for rule in (KERAS_VALID, RULES["ONNX valid"], KERAS_VALID_POOLING, KERAS_CONVOLUTION, KERAS_POOLING):
        for values in settings(("in", *rule.hyper)):
            out = ours(rule, values)
            reach = values.get("dilation", 1) * (values["kernel"] - 1) + 1
            padded = values["in"] + 2 * values.get("padding", 0)
            assert out in (None, starts(padded, reach, values["stride"]))
            assert (out is not None) or reach > padded or (values["stride"] > 1 and values["dilation"] > 1)


def test_caffe_rounds_up_and_drops_a_last_window_that_starts_beyond() -> None:
    for values in settings(("in", *CAFFE_POOLING.hyper)):
        n, k, s, p = (values[name] for name in ("in", "kernel", "stride", "padding"))
        out = math.ceil((n + 2 * p - k) / s) + 1
        if p and (out - 1) * s >= n + p:
            out -= 1
        found = ours(CAFFE_POOLING, values)
        assert found == (out if p < k and out >= 1 else None), values


def test_a_transposed_convolution_in_keras_is_the_adjoint_of_the_convolution() -> None:
    valid, same = RULES["Keras transposed"], RULES["Keras transposed same"]
    for values in settings(("in", *valid.hyper)):
        out = ours(valid, values)
        if out is None:
            assert min(values["stride"], values["dilation"]) > 1
            continue
        forward: dict[Name, int] = {**values, "in": out}  # type: ignore[dict-item]
        assert ours(KERAS_VALID, forward) == values["in"]
        again: dict[Name, int] = {**values, "in": ours(same, values) or 0}  # type: ignore[dict-item]
        assert ours(RULES["Keras same"], again) == values["in"]


SEVERAL: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"in_": 9, "out": 4}, {}),
    ({"in_": 6, "out": 6}, {}),
    ({"in_": 5, "out": 1, "dilation": 2}, {}),
    ({"in_": 7, "out": 4}, {"pool": True}),
    ({"in_": 7, "out": 3}, {"ceil": True}),
    ({"in_": 3, "out": 7}, {"transposed": True}),
    ({"in_": 7, "out": 4, "padding": "same"}, {"dialect": "keras"}),
    ({"in_": 7, "out": 3}, {"pool": True, "dialect": "caffe"}),
]


@pytest.mark.parametrize(("said", "layer"), SEVERAL)
@pytest.mark.parametrize("many", [2, 3])
def test_several_unknowns_are_those_of_brute_force(said: dict[str, Any], layer: dict[str, Any], many: int) -> None:
    kind = "pooling" if "pool" in layer or "ceil" in layer else "convolution"
    kind = "transposed convolution" if "transposed" in layer else kind
    word = said.get("padding", "")
    rule = rule_for(Asked(kind, word, "ceil" in layer, "transposed" in layer), layer.get("dialect", "torch"))
    names = [name for name in ("in", "out", *rule.hyper) if name not in ("dilation",) or "dilation" not in said]
    tested = 0
    for unknowns in combinations(names, many):
        if {"in", "out"} <= set(unknowns) and many == 3:
            continue
        asked = {"in_" if name == "in" else name: "?" for name in unknowns}
        kernel = {} if "kernel" in unknowns else {"kernel": 2}
        options = {"up_to": 8, **layer}
        try:
            question = size(**{**kernel, **said, **asked}, **options)
        except Impossible:
            question = None
        if question is None:
            bound = dict.fromkeys(unknowns, 8)
            found = []
        else:
            assert isinstance(question, Several)
            bound, found = question.bound, [{n: s[n] for n in unknowns} for s in question.solutions]
        known = {"in": said["in_"], "out": said["out"], "dilation": said.get("dilation", 1), "stride": 1, **kernel}
        known |= {"stride": known["kernel"]} if rule.moves_by_kernel and kernel else {}
        expected = []
        for numbers in product(*(range(LOWEST[name], bound[name] + 1) for name in unknowns)):
            put = dict(zip(unknowns, numbers, strict=True))
            values = {**known, **put}
            if rule.moves_by_kernel and "stride" not in unknowns:
                values["stride"] = values["kernel"]
            own: dict[Any, int] = {name: x for name, x in values.items() if name in ("in", *rule.hyper)}
            if rule.legal(own) and rule.size(own) == values["out"]:
                expected.append(put)
        assert sorted(map(repr, found)) == sorted(map(repr, expected)), unknowns
        tested += bool(expected)
    assert tested


def test_along_several_axes_layers_that_are_alike_come_first_and_all_pairs_are_there() -> None:
    layers = size("9x8", "4x3", "?", "?", up_to=4).solutions
    height, width = (size(n, out, "?", "?", up_to=4).solutions for n, out in ((9, 4), (8, 3)))
    alike = [layer for layer in height if layer in width]
    assert alike
    assert list(layers[: len(alike)]) == alike
    assert len(layers) == len(height) * len(width)
    assert len({str(layer) for layer in layers}) == len(layers)


def test_the_simplest_layer_comes_first() -> None:
    layers = size(32, 16, "?", "?", "?").solutions
    assert layers[0] == {"kernel": 3, "stride": 2, "padding": 1, "dilation": 1}
    assert [layer["kernel"] < layer["stride"] for layer in layers] == sorted(x["kernel"] < x["stride"] for x in layers)


def test_every_dialect_has_a_convolution_and_a_pooling() -> None:
    assert {rule_for(Asked(), dialect).dialect for dialect in DIALECTS} == set(DIALECTS)  # type: ignore[arg-type]
    assert {rule_for(Asked("pooling"), dialect).dialect for dialect in DIALECTS} == set(DIALECTS)  # type: ignore[arg-type]
