"""The maps of a network as blocks: which there are, what each is made of, and that they add up."""

from collections import Counter
from itertools import pairwise

import pytest
from torch import nn

from calc import count, through
from calc.counting import Count
from calc.derivation import Derivation, Volume, Volumes
from calc.stack import Stack
from explain import render
from explain.films.drawing import Label, Path
from explain.films.volumes import network
from tests.cases import CASES, EXAMPLES
from tests.wired_networks import BasicBlock, Chain, UNet


def volumes(derivation: Derivation) -> list[Volumes]:
    """Those of a derivation and of its parts."""
    parts = [v for step in derivation.steps if isinstance(step, Derivation) for v in volumes(step)]
    return [step for step in derivation.steps if isinstance(step, Volumes)] + parts


def blocks(derivation: Derivation) -> tuple[Volume, ...]:
    (only,) = volumes(derivation)
    return only.blocks


def wires(derivation: Derivation) -> list[tuple[str, tuple[int | None, ...], tuple[int, ...]]]:
    return [(block.name or block.layer, block.shape, block.takes) for block in blocks(derivation)]


def test_a_network_is_its_input_and_a_block_for_each_layer() -> None:
    drawn = blocks(count(str(EXAMPLES / "model.py"), "3x32x32").derivation())
    assert drawn[:3] == (
        Volume("input", "", (3, 32, 32)),
        Volume("conv1", "Conv2d 5×5", (32, 32, 32), 2432, (0,)),
        Volume("relu", "ReLU", (32, 32, 32), 0, (1,)),
    )
    assert [block.takes for block in drawn] == [(), *((i,) for i in range(len(drawn) - 1))]


def test_what_goes_around_layers_is_known() -> None:
    assert wires(count(UNet("bilinear"), "1x16x16").derivation()) == [
        ("input", (1, 16, 16), ()),
        ("in1", (2, 16, 16), (0,)),
        ("MaxPool2d", (2, 8, 8), (1,)),
        ("in2", (2, 8, 8), (2,)),
        ("MaxPool2d", (2, 4, 4), (3,)),
        ("bottom", (2, 4, 4), (4,)),
        ("Upsample", (2, 8, 8), (5,)),
        ("concatenated", (4, 8, 8), (3, 6)),
        ("out2", (2, 8, 8), (7,)),
        ("Upsample", (2, 16, 16), (8,)),
        ("concatenated", (4, 16, 16), (1, 9)),
        ("out1", (1, 16, 16), (10,)),
    ]


RESIDUAL = Chain(nn.Conv2d(3, 8, 3, padding=1), BasicBlock(8, 8), BasicBlock(8, 16, 2))


def test_layers_taken_together_are_one_block() -> None:
    assert wires(count(RESIDUAL, "3x8x8").derivation(depth=2)) == [
        ("input", (3, 8, 8), ()),
        ("modules_in_it.0", (8, 8, 8), (0,)),
        ("modules_in_it.1", (8, 8, 8), (1,)),
        ("joined cell by cell", (8, 8, 8), (1, 2)),
        ("modules_in_it.2", (16, 4, 4), (3,)),
    ]


def test_layers_in_words_are_blocks_in_a_row() -> None:
    assert wires(through("conv 9, pool 2 stride 2, conv 3", 512).derivation()) == [
        ("input", (None, 512, 512), ()),
        ("conv 9", (None, 504, 504), (0,)),
        ("pool 2 stride 2", (None, 252, 252), (1,)),
        ("conv 3", (None, 250, 250), (2,)),
    ]
    known = blocks(through("Conv2d(3, 8, 3), Flatten()", "3x8x8").derivation())
    assert [block.parameters for block in known] == [0, 224, 0]
    unknown = blocks(through("conv 3, pool 2, conv 3", "3x8x8").derivation())
    assert [block.parameters for block in unknown] == [0, None, 0, None]


@pytest.mark.parametrize("network", [UNet("transposed"), UNet("nearest", add=True), RESIDUAL])
def test_blocks_are_made_of_those_before_and_add_up(network: nn.Module) -> None:
    question = count(network, "3x16x16" if network is RESIDUAL else "1x16x16")
    drawn = blocks(question.derivation())
    assert sum(block.parameters or 0 for block in drawn) == question.parameters
    assert all(max(block.takes, default=-1) < i for i, block in enumerate(drawn))
    assert [i for i, block in enumerate(drawn) if not block.takes] == [0]
    taken = {i for block in drawn for i in block.takes}
    assert taken == set(range(len(drawn) - 1))


def ways(question: Count | Stack) -> tuple[dict[str, float], list[list[tuple[float, float]]]]:
    """Where the names of the blocks stand, and all that leads from one to another, in the picture of a network."""
    derivation = question.derivation()
    film = network(derivation, volumes(derivation)[0])
    items = [item for part in film.parts.values() for item in part.items]
    names = {item.text: item.y for item in items if isinstance(item, Label) and item.bold and item.anchor == "middle"}
    return names, [list(item.points) for item in items if isinstance(item, Path) and not item.closed]


def test_rows_of_a_picture_are_about_as_long() -> None:
    names, _ = ways(count(str(EXAMPLES / "model.py"), "3x32x32"))
    rows = Counter(names.values())
    assert len(rows) == 2
    assert min(rows.values()) >= 3
    names, _ = ways(through("conv 9, pool 2 stride 2, conv 3", 512))
    assert len(set(names.values())) == 1


def test_an_arrow_leads_from_the_end_of_a_row_to_the_start_of_the_next() -> None:
    names, paths = ways(count(str(EXAMPLES / "model.py"), "3x32x32"))
    (path,) = [path for path in paths if len(path) > 6]
    turn = path[:6]
    first, second = sorted(set(names.values()))
    assert turn[0][1] < first < turn[2][1] < turn[-1][1] < second
    assert turn[0][0] < turn[1][0]
    assert turn[4][0] < turn[5][0]
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(turn))
    assert path[6:] == [(x + dx, y + dy) for (x, y) in [turn[5]] for dx, dy in ((-6, -5), (0, 0), (-6, 5))]


@pytest.mark.parametrize("name", CASES)
def test_text_and_markdown_say_nothing_of_them(name: str) -> None:
    derivation = CASES[name]()
    for of in volumes(derivation):
        bare = _without(derivation, of)
        for format_ in ("text", "markdown"):
            assert list(render(derivation, format_)) == list(render(bare, format_))


def test_some_case_has_them() -> None:
    assert sum(bool(volumes(case())) for name, case in CASES.items() if name.startswith(("params", "shape-layers"))) > 3


def test_without_shapes_there_are_none() -> None:
    assert not volumes(count(str(EXAMPLES / "weights.safetensors")).derivation())


def _without(derivation: Derivation, of: Volumes) -> Derivation:
    from dataclasses import replace

    steps = tuple(_without(s, of) if isinstance(s, Derivation) else s for s in derivation.steps if s is not of)
    return replace(derivation, steps=steps)
