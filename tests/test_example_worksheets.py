"""Both versions of Task 1 as worksheets: every figure in them is the one that courses and reports have, worked out anew."""

import re
from functools import cache

import pytest

from calc import count
from explain.notation import TEXT
from explain.solving import Sheet, solve
from explain.worksheet import read_worksheet
from tests.cases import EXAMPLES

RIGHT = {
    "a": {
        "1b": "(iii)",
        "1c": "padding 2",
        "1d": "9×9",
        "1e": "252",
        "1f": "250",
        "1g": "390 410 parameters",
        "model 1": "14 862 410 parameters",
        "model 2": "7 763 082 parameters",
        "model 2, sizes": "3",
        "model 3": "21 495 562 parameters",
        "AlexNet, 256": "63",
        "AlexNet, 224": "55",
        "AlexNet, parameters": "23 296 parameters",
    },
    "b": {
        "1b": "(iii)",
        "1c": "padding 3",
        "1d": "5×5",
        "1e": "254",
        "1f": "252",
        "1g": "390 410 parameters",
        "improved": "390 986 parameters",
        "improved, wide": "3 297 034 parameters",
        "network 1": "419 690 parameters",
        "network 2": "817 834 parameters",
        "small": "92 533 parameters",
        "table": "865 722 parameters",
        "ResNet-18": "11 689 512 parameters",
        "ResNet-18, 10 classes": "11 181 642 parameters",
    },
}
"""The answers to each version, by the labels of its blocks."""

MAPS = {
    "a": [(-2, 1, -11, 2, 13), (-10, 4, -8, -2, 18), (-14, 1, 5, -6, 9)],
    "b": [(-11, 2, 4, -1, 7), (-24, 8, 12, -5, 12), (-19, 10, 4, -3, 15)],
}
ROWS = {
    "1g": [2_432, 51_264, 204_928, 131_136, 650],
    "table": [608, 3_216, 861_248, 650],
}
"""The parameters of the layers that have some."""

U_NETS = {"U-Net": 117_058, "U-Net, nearest": 118_290}


@cache
def worked(version: str, *, run: bool = False) -> Sheet:
    return solve(read_worksheet(str(EXAMPLES / f"task1_version_{version}.md")), run=run, check=False)


@pytest.mark.parametrize("version", RIGHT)
def test_the_answers_are_right(version: str) -> None:
    said = {
        each.task.label: TEXT.text(each.page.headline).replace("\N{NO-BREAK SPACE}", " ")
        for each in worked(version).solved
    }
    assert {label: said[label] for label in RIGHT[version]} == RIGHT[version]
    assert said.keys() - RIGHT[version].keys() <= {"1a", *U_NETS}


@pytest.mark.parametrize("version", MAPS)
def test_the_maps_are_right(version: str) -> None:
    (page,) = (each.page for each in worked(version).solved if each.task.label == "1a")
    assert [*page.answer.rows()] == MAPS[version]


@pytest.mark.parametrize(("version", "label"), [("a", "1g"), ("b", "1g"), ("b", "table")])
def test_the_parameters_of_each_layer_are_right(version: str, label: str) -> None:
    (page,) = (each.page for each in worked(version).solved if each.task.label == label)
    assert [layer["parameters"] for layer in page.answer["layers"] if layer["parameters"]] == ROWS[label]


def test_the_maps_of_model_2_are_followed() -> None:
    (page,) = (each.page for each in worked("a").solved if each.task.label == "model 2, sizes")
    assert [layer["out"][-1] for layer in page.answer["layers"]] == [34, 17, 19, 19, 9, 9, 7, 3]


def test_the_u_nets_are_counted_as_torch_counts_them() -> None:
    from examples.networks.unet import Nearest, UNet

    said = {each.task.label: each.page.answer for each in worked("a").solved}
    held = [sum(p.numel() for p in network().parameters()) for network in (UNet, Nearest)]
    assert [said[label]["parameters"] for label in U_NETS] == held == [*U_NETS.values()]


@pytest.mark.parametrize("version", RIGHT)
def test_networks_that_run_have_the_parameters_that_are_read(version: str) -> None:
    read, ran = (
        {each.task.label: each.page.answer for each in worked(version, run=run).solved} for run in (False, True)
    )
    counted = [label for label, answer in read.items() if isinstance(answer, dict) and "parameters" in answer]
    assert [ran[label]["parameters"] for label in counted] == [read[label]["parameters"] for label in counted]
    assert len(counted) >= 7


def test_every_network_beside_the_worksheets_is_asked_about() -> None:
    text = "".join((EXAMPLES / f"task1_version_{version}.md").read_text() for version in RIGHT)
    asked = set(re.findall(r"networks/([\w.]+)", text))
    assert asked == {path.name for path in (EXAMPLES / "networks").iterdir() if path.is_file()}


def test_small_networks_keep_their_shapes_through_branches() -> None:
    network = count(f"{EXAMPLES / 'networks' / 'unet.py'}:UNet", "3x64x64").network
    assert network.calls[-1].output == (2, 64, 64)
