"""Answers to what stands in a cell of a layer's map, and whole maps: right to the digits written, wrong by a named rule."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from calc import Impossible, LayerMaps, maps, mark
from calc.hints import hint
from calc.marking.lessons import LESSONS
from calc.marking.smallest import case
from explain import render
from tests.cases import EXAMPLES
from tests.test_cli import Run

NUMBERS = (np.arange(2 * 4 * 4).reshape(2, 4, 4) * 5) % 7 - 2


def layer(seed: int = 0, **options: Any) -> LayerMaps:
    torch.manual_seed(seed)
    return maps(nn.Sequential(nn.Conv2d(2, 3, 3, padding=1, **options), nn.ReLU(), nn.MaxPool2d(2)), NUMBERS)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("places", range(2, 7))
def test_a_right_number_is_right_to_the_digits_written(seed: int, places: int) -> None:
    question = layer(seed)
    text = f"{question.value:.{places}f}"
    for reply in (text, f"y = {text}", text.replace(".", ","), f"{question.value:.{places}e}", question.value):
        assert question.mark(reply).verdict.outcome == "right"


@pytest.mark.parametrize("seed", range(5))
def test_every_wrong_rule_is_named(seed: int) -> None:
    question = layer(seed)
    told = question.mistaken()
    assert {each.name for each in told} >= {"flipped", "bias-forgotten", "channels-not-summed", "kernel-transposed"}
    for each in told:
        verdict = question.mark(f"{each.answer:.5f}").verdict
        assert verdict.outcome == "wrong"
        assert each.name in {cause.name for explanation in verdict.explanations for cause in explanation.causes}
        assert question.mark(f"{each.answer:.5f}", accept=[each.name]).verdict.outcome == "convention"
        assert LESSONS[each.name].paragraph


@pytest.mark.parametrize("name", ["flipped", "bias-forgotten", "negatives-clipped", "kernel-transposed"])
def test_a_wrong_rule_has_a_small_case(name: str) -> None:
    found = case(layer(), [name])
    assert found
    right, answered = found.shown
    assert right.cells != answered.cells  # type: ignore[union-attr]


def test_torch_makes_the_wrong_numbers_of_wrong_layers() -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(2, 3, 3, padding=1)
    question = maps(convolution, NUMBERS)
    place = (question.worked, *question.cell)
    wrong = {each.name: each.answer for each in question.mistaken()}
    weights, bias = convolution.weight.detach(), convolution.bias
    image = torch.as_tensor(NUMBERS, dtype=torch.float32)[None]

    def theirs(weights: torch.Tensor, bias: torch.Tensor | None, image: torch.Tensor = image) -> float:
        return float(nn.functional.conv2d(image, weights, bias, padding=1)[0][place].detach())

    assert wrong["flipped"] == pytest.approx(theirs(weights.flip(2, 3), bias), abs=1e-5)
    assert wrong["kernel-transposed"] == pytest.approx(theirs(weights.transpose(2, 3), bias), abs=1e-5)
    assert wrong["bias-forgotten"] == pytest.approx(theirs(weights, None), abs=1e-5)
    assert wrong["channels-not-summed"] == pytest.approx(theirs(weights[:, :1], bias, image[:, :1]), abs=1e-5)


def test_what_the_digits_shown_lead_to_is_right() -> None:
    question = layer()
    assert question.filters
    weights = np.round(question.filters.worked.numpy(), 3)
    worked = float((weights * question.filters.patch.numpy()).sum() + round(question.bias, 3))
    assert abs(worked - question.value) > 1e-5
    verdict = question.mark(f"{worked:.5f}").verdict
    assert (verdict.outcome, verdict.remarks) == (
        "right",
        (f"as exactly as the digits shown allow; with all of them it is {question.value:.6g}".replace("-", "−"),),
    )


def test_a_slip_is_told() -> None:
    question = layer()
    product = max(question.products.flat, key=abs)
    says = {
        f"{-question.value:.4f}": "sign-lost",
        f"{question.value - product:.5f}": "product-left-out",
    }
    for reply, name in says.items():
        assert name in {cause.name for cause in question.mark(reply).verdict.causes}


def test_a_sign_that_a_flipped_filter_changes_as_well_is_told_both_ways() -> None:
    question = maps(EXAMPLES / "edges.py", EXAMPLES / "task1a.txt")
    names = [each.causes[0].name for each in question.mark("18").verdict.explanations]
    assert names == ["flipped", "sign-lost"]


def test_random_numbers_are_explained_by_nothing() -> None:
    rng, claimed = np.random.default_rng(1), 0
    for seed in range(20):
        question = layer(seed)
        for reply in rng.uniform(-4, 4, 25):
            claimed += bool(question.mark(f"{reply:.3f}").verdict.explanations)
    assert claimed <= 5


def test_a_whole_map_is_compared_cell_by_cell() -> None:
    question = layer()
    worked = question.maps.numpy()[question.worked]
    assert question.mark(worked).verdict.outcome == question.mark(question.maps.numpy()).verdict.outcome == "right"
    assert question.mark("\n".join(" ".join(f"{x:.3f}" for x in row) for row in worked)).verdict.outcome == "right"
    off = worked.copy()
    off[1, 2] += 1
    says = (
        f"15 of 16 cells are right; the first that differs is (2,3): {off[1, 2]:.6g}, where {worked[1, 2]:.6g} is right"
    )
    assert question.mark(off).verdict.found == says.replace("-", "−")


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("1 2; 3 4", "the answer has 4 cells, 2×2: give the number of the worked cell, or 4×4 of the worked map and 3×4×4 of all that are shown"),
        ("x", "“x” has letters in it: a number is wanted"),
        ("nan", "“nan” has letters in it: a number is wanted"),
        ("1e999", "the answer is larger than any number that a map can hold"),
        ("", "the answer is empty"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_one_sentence(reply: str, says: str) -> None:
    with pytest.raises(Impossible) as refused:
        mark(layer(), reply)
    assert str(refused.value).startswith(says)


def test_a_layer_without_filters_has_no_cell_to_answer_with() -> None:
    pool = maps(nn.Sequential(nn.Conv2d(2, 3, 3), nn.MaxPool2d(2)), NUMBERS, "1")
    with pytest.raises(Impossible) as refused:
        mark(pool, "3")
    assert str(refused.value) == "1 has no filters, so no cell of it is worked: answer with its maps, 3×1×1"
    assert mark(pool, pool.maps.numpy()).right
    with pytest.raises(Impossible, match=r"^1 has no filters, so no cell of it is worked by hand: name a conv"):
        hint(pool, 2)


def test_hints_keep_the_number_back() -> None:
    question = layer()
    number = f"{question.value:.6g}"
    pages = ["\n".join(render(hint(question, level), "text")) for level in range(1, 6)]
    assert [number in page for page in pages] == [False, False, False, False, True]
    assert "y = Σ w·x + b" in pages[2]


def test_the_command_marks_and_hints(run: Run, tmp_path: Path) -> None:
    question = f"maps {EXAMPLES / 'edges.py'} --image {EXAMPLES / 'task1a.txt'}"
    assert run(*question.split(), "--answer", "-18")[0] == 0
    code, shown, _ = run(*question.split(), "--answer", "18")
    assert code == 1
    assert "wrong: kernel flipped, or minus sign lost or added" in shown
    assert "y = 3·(-1) + 1·0" in run(*question.split(), "--hint", "4")[1]
    assert run("mark", question, "y = -18")[0] == 0
    rows = tmp_path / "answers.csv"
    rows.write_text(f'question,answer\n"{question}",-18\n')
    refused = " ".join(run("mark", str(rows))[1].split())
    assert "maps runs the file of the network: add --run if you trust it" in refused
    assert "1 right" in run("mark", str(rows), "--run")[1]
