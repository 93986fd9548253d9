"""Filters and the maps they make: against torch's own hooks, one cell by hand, and all that can be asked wrongly."""

import json
import random
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from calc import Impossible, LayerMaps, maps
from calc.map_options import read_cell, read_filters, read_for_network
from calc.sheet import tinted
from explain import render
from tests import filtered
from tests.cases import EXAMPLES, TASK_1A
from tests.test_cli import Run

FILTERED = Path(filtered.__file__)
DISC = EXAMPLES / "disc.png"
NUMBERS = (np.arange(3 * 6 * 8).reshape(3, 6, 8) * 5) % 7 - 2


def hooked(network: nn.Module, image: Any, layer: str) -> np.ndarray[Any, Any]:
    """What a hook of torch sees come out of a layer the first time."""
    seen: list[torch.Tensor] = []
    hook = network.get_submodule(layer).register_forward_hook(lambda *said: seen.append(said[2].clone()))
    with torch.no_grad():
        network(torch.as_tensor(image)[None])
    hook.remove()
    return seen[0][0].numpy()


@pytest.mark.parametrize("layer", ["stem", "act", "grouped", "up", "around", "pool", "deep"])
def test_the_maps_are_those_that_a_hook_sees(layer: str) -> None:
    network = filtered.Several().eval()
    question = maps(f"{FILTERED}:Several", NUMBERS, layer, filters="all")
    theirs = hooked(network, NUMBERS.astype(np.float32), layer)
    if layer in ("stem",):  # which is changed in place afterwards
        theirs = hooked(network.stem, NUMBERS.astype(np.float32), "")
    assert (question.answer.numpy() == theirs).all()
    assert maps(network, NUMBERS, layer, filters="all").answer == question.answer


@pytest.mark.parametrize("layer", ["stem", "grouped", "up", "around", "deep"])
def test_a_cell_worked_by_hand_is_what_torch_holds(layer: str) -> None:
    network = filtered.Several()
    first = maps(network, NUMBERS, layer, filters="all")
    many, rows, columns = first.made
    for place in {
        (m, r, c) for m in (0, many - 1) for r in (0, 1, rows - 1) for c in (0, 1, columns // 2, columns - 1)
    }:
        question = maps(network, NUMBERS, layer, filters="all", cell=place)
        assert question.value == question.held == first.answer[place]
        (check,) = question.checks()
        assert (check.verdict, question.cell, question.worked) == ("agrees", place[1:], place[0])


def test_a_map_that_is_wrong_is_noticed() -> None:
    question = maps(EXAMPLES / "edges.py", TASK_1A)
    wrong = question.maps.like(question.maps.numerators + 1e-3)
    (check,) = replace(question, maps=wrong).checks()
    says = "torch's own map holds -17.999 at (2,5) of map 1, and -18 by hand"
    assert (check.verdict, check.says, check.ours, check.theirs) == ("differs", (says,), "-18", "-17.999")


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16])
def test_numbers_of_any_precision_agree_within_their_rounding(kind: torch.dtype) -> None:
    torch.manual_seed(3)
    question = maps(nn.Sequential(nn.Conv2d(3, 8, 5, padding=2)).to(kind), DISC, resize="24")
    (check,) = question.checks()
    assert check.verdict == "agrees"
    assert question.numbers == str(kind).removeprefix("torch.")


def test_a_picture_is_what_torchvision_would_make_of_it() -> None:
    rgb = np.asarray(Image.open(DISC).convert("RGB")).transpose(2, 0, 1)
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 2, 3)
    theirs = hooked(layer, torch.from_numpy(rgb.copy()).float() / 255, "")
    assert (maps(layer, DISC).answer.numpy() == theirs).all()
    normalised = (torch.from_numpy(rgb.copy()).double() / 255 - 0.5) / torch.tensor([0.25, 0.5, 1])[:, None, None]
    theirs = hooked(layer, normalised.float(), "")
    assert np.allclose(maps(layer, DISC, mean=0.5, std="0.25,0.5,1").answer.numpy(), theirs, atol=1e-6)


def test_a_network_of_grey_images_gets_grey_and_one_of_colours_colours() -> None:
    assert (
        maps(nn.Conv2d(1, 2, 3), DISC).how[0] == "disc.png: 96×128, read in grey, 0…255 scaled to 0…1, not normalised"
    )
    assert "red, green and blue" in maps(nn.Conv2d(3, 2, 3), DISC).how[0]
    assert "red, green and blue" in maps(nn.Sequential(nn.BatchNorm2d(3), nn.LazyConv2d(2, 3)), DISC).how[0]


class Noisy(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        np.random.random()
        return x + torch.rand(1) * random.random()


def test_the_same_seed_gives_the_same_answer() -> None:
    first, again, other = (maps(EXAMPLES / "model.py", DISC, filters=2, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first.answer != other.answer


def test_random_numbers_are_those_that_would_have_come() -> None:
    network = nn.Sequential(Noisy(), nn.Conv2d(1, 1, 3))
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    maps(network, DISC)
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]
    assert (torch.get_rng_state() == before[2]).all()


def test_a_network_that_is_there_is_left_as_it_is() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout()).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.get_rng_state()
    maps(network, DISC, "2")
    with pytest.raises(Impossible):
        maps(network, np.ones((5, 4, 4)), "2")
    assert network.training
    assert all((value == before[name]).all() for name, value in network.state_dict().items())
    assert (torch.get_rng_state() == state).all()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_filters_are_chosen() -> None:
    network = filtered.Several()
    every = maps(network, NUMBERS, "grouped", filters="all")
    assert every.chosen == (0, 1, 2, 3, 4, 5)
    strength = abs(every.answer.numpy()).mean((1, 2))
    strongest = maps(network, NUMBERS, "grouped", filters="strongest:3")
    assert list(strength[list(strongest.chosen)]) == sorted(strength, reverse=True)[:3]
    assert maps(network, NUMBERS, "grouped", filters="5,2-3").chosen == (4, 1, 2)
    assert maps(network, NUMBERS, "grouped", filters=[4], cell="2,1,1").chosen == (4, 1)
    furthest = maps(network, NUMBERS, "grouped", filters="3,")
    assert abs(furthest.held) == abs(furthest.answer.numpy()).max()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("8", {"first": 8}),
        (3, {"first": 3}),
        ("all", {"first": 10**18}),
        ("strongest", {"strongest": 8}),
        (" Strongest: 12 ", {"strongest": 12}),
        ("5,", {"these": [4]}),
        ("1, 5,9-11", {"these": [0, 4, 8, 9, 10]}),
        ([0, 4, 0], {"these": [0, 4]}),
    ],
)
def test_filters_are_read(text: object, read: dict[str, Any]) -> None:
    assert read_filters(text) == read


def test_cells_are_read() -> None:
    assert read_cell("(3,4)") == [2, 3]
    assert read_cell("5,3,4") == [4, 2, 3]
    assert read_cell((0, 1)) == [0, 1]
    assert read_cell("") is None


def test_sixteen_bits_are_scaled_by_their_own_range(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 65535], [13107, 1]], np.uint16)).save(tmp_path / "deep.png")
    grey, colour = read_for_network(tmp_path / "deep.png")
    assert (grey.numbers == np.array([[[0, 1], [0.2, 1 / 65535]]])).all()
    assert colour.numbers.shape == (3, 2, 2)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_weights_of_a_file_are_put_in(suffix: str, prefix: str, tmp_path: Path) -> None:
    file = tmp_path / f"trained{suffix}"
    torch.manual_seed(9)
    (tmp_path / "net.py").write_text(NET)
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3))
    for buffer in network.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 2)
    state = {prefix + name: value for name, value in network.state_dict().items()}
    if suffix == ".pt":
        torch.save({"epoch": 3, "state_dict": state, "more": torch.zeros(3).half()}, file)
    else:
        write_safetensors(file, state)
    question = maps(tmp_path / "net.py", TASK_1A, "1", weights=file)
    theirs = hooked(network.eval(), np.array([[[1, 0, 2, 3, 1], [3, 2, 0, 7, 0], [0, 6, 1, 1, 4]]], np.float32), "1")
    assert (question.answer.numpy() == theirs).all()
    assert question.how[1] == f"net is run in evaluation mode, with the weights of trained{suffix}"


NET = "from torch import nn\nnet = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3))\n"


def write_safetensors(file: Path, state: dict[str, torch.Tensor]) -> None:
    header, data = {}, b""
    for name, value in state.items():
        piece = value.numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[value.dtype]
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    said = json.dumps(header).encode()
    file.write_bytes(len(said).to_bytes(8, "little") + said + data)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            {"0.weight": torch.zeros(3, 1, 3, 3)},
            "bad.pt is not of this network: it lacks 0.bias, 1.weight, 1.bias and 2 others",
        ),
        (
            nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)).state_dict(),
            "bad.pt is not of this network: 0.weight is 3×2×3×3 there and 3×1×3×3 here",
        ),
    ],
)
def test_weights_of_another_network_are_refused(state: dict[str, torch.Tensor], said: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    torch.save(state, tmp_path / "bad.pt")
    with pytest.raises(Impossible) as refused:
        maps(tmp_path / "net.py", TASK_1A, weights=tmp_path / "bad.pt")
    assert str(refused.value) == said


def test_weights_that_are_left_over_are_said(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    state = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Linear(2, 2)).state_dict()
    torch.save(state, tmp_path / "more.pt")
    question = maps(tmp_path / "net.py", TASK_1A, weights=tmp_path / "more.pt")
    assert question.notes == ("In more.pt 2.weight and 2.bias are left over.",)


def test_a_pickle_in_weights_is_not_called(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    mark = tmp_path / "called"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (mark,)

    torch.save({"0.weight": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(Impossible):
        maps(tmp_path / "net.py", TASK_1A, weights=tmp_path / "evil.pt")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            {"layer": "flat"},
            "`flat` gives 70, and no maps of M×H×W: choose among `stem`, `act`, `grouped`, `up`, `around`, `pool` and `deep`",
        ),
        (
            {"layer": "unused"},
            "`unused` is not called when the network runs: those that are and make maps are `stem`, `act`, `grouped`, `up`, `around`, `pool` and `deep`",
        ),
        (
            {"layer": "nothing"},
            "the network has no layer “nothing”: there is stem, act, grouped, up, around, pool, deep, flat and unused",
        ),
        ({"layer": "stm"}, "the network has no layer “stm”: did you mean stem?"),
        ({"filters": "9,"}, "`stem` has 4 filters: there is no filter 9"),
        ({"filters": "9,", "layer": "pool"}, "`pool` has 4 maps: there is no map 9"),
        (
            {"filters": "x"},
            "filters “x” cannot be read: write 8 for the first 8, 1,5,9 or 5-8 for those, strongest, strongest:16, or all",
        ),
        ({"filters": 0}, "0 filters cannot be shown: filters are counted from 1, and one is shown at least"),
        ({"cell": "7,1"}, "there is no cell 7,1: the maps of `stem` have 6×4 cells"),
        ({"cell": "9,1,1"}, "`stem` has 4 filters: there is no filter 9"),
        (
            {"cell": "0,1"},
            "cell “0,1” cannot be read: write row,column counted from 1, such as 3,4, or filter,row,column",
        ),
        ({"channel": "4"}, "a filter of `stem` has 3 channels: there is no channel 4"),
        ({"channel": "red"}, "channel “red” is not a channel: they are counted from 1"),
        (
            {"channel": "1", "layer": "pool"},
            "`pool` has no filters of which a channel could be drawn: leave --channel out",
        ),
        ({"mean": "1,2"}, "mean has 2 numbers: one is wanted, or 3, one for each channel"),
        ({"std": "0"}, "std 0 is not possible: the numbers of the image are divided by it"),
        ({"mean": "a"}, "mean “a” has letters in it: numbers are wanted, such as 0.5"),
        ({"seed": -1}, "seed -1 is not possible: it is a whole number from 0 to 4294967295"),
        (
            {"weights": "x.pt"},
            "the network is there already: load its weights before, and leave weights and arguments out",
        ),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(words: dict[str, Any], said: str) -> None:
    with pytest.raises(Impossible) as refused:
        maps(filtered.Several(), NUMBERS, **words)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("network", "image", "said"),
    [
        (
            nn.Conv2d(4, 2, 3),
            DISC,
            "`Conv2d` takes 4 channels, and the image has 1 or 3: give an array of 4×H×W, as .npy or text",
        ),
        (
            filtered.Several(),
            "1 2; 3 4",
            "`stem` takes 3 channels, and the image has 1: give an array of 3×H×W, as .npy or text",
        ),
        (
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(9), nn.Conv2d(2, 2, 3)),
            "1 2; 3 4",
            "on an image of 1×2×2 the pass ends at `0`: Conv2d 3×3 does not fit an input of size 2: nothing would come out",
        ),
        (
            filtered.signal,
            TASK_1A,
            "`1` slides along one axis, that of a signal: maps of images are drawn; `cnncalc conv --dims 1` works one out",
        ),
        (
            filtered.volume,
            TASK_1A,
            "`1` slides along three axes, those of a volume: maps of images are drawn; `cnncalc conv --dims 3` works one out",
        ),
        (
            filtered.pools,
            np.ones((9, 9)),
            "the network convolves nothing: choose a layer that makes maps with --layer: `0` and `1`",
        ),
        (nn.Conv2d(1, 2, 1), "a b; c d", "letters stand in the image: a network is run on numbers"),
        (
            nn.Conv2d(1, 2, 1),
            np.ones((2, 2, 2, 2)),
            "an array of 2×2×2×2 numbers is no image: it is H×W, or C×H×W with channels",
        ),
        (nn.Conv2d(1, 2, 1), "nothing.png", "there is no file nothing.png: give the path of a picture"),
        (
            "conv 3",
            TASK_1A,
            "“conv 3” is no network that can be run: maps are made by a model.py, model.py:Name, or package.module:Name",
        ),
        (
            nn.Sequential(nn.Flatten()),
            TASK_1A,
            "the network convolves nothing, and no layer makes maps",
        ),
        (3, TASK_1A, "a network is a torch.nn.Module or the path of a file, not int"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(network: Any, image: Any, said: str) -> None:
    with pytest.raises(Impossible) as refused:
        maps(network, image)
    assert str(refused.value) == said


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_compiled_network_is_refused() -> None:
    with pytest.raises(Impossible) as refused:
        maps(torch.jit.script(nn.Sequential(nn.Conv2d(1, 1, 1))), TASK_1A)
    assert str(refused.value) == (
        "RecursiveScriptModule is compiled by torch.jit, and nobody sees into it: give it as it was before"
    )


def test_a_fault_in_a_file_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        raise KeyError('no')\n"
    )
    with pytest.raises(Impossible) as refused:
        maps(tmp_path / "net.py", TASK_1A)
    assert str(refused.value) == "net.py does not run, line 4: KeyError: 'no'"


def test_a_file_that_writes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\nclass Net(nn.Conv2d):\n    def __init__(self):\n        super().__init__(1, 1, 1)\n"
        "    def forward(self, x):\n        open('gone.txt', 'w')\n        return super().forward(x)\n"
    )
    with pytest.raises(Impossible, match=r"^net.py, line 6 writes gone.txt when"):
        maps(tmp_path / "net.py", TASK_1A)


def test_a_name_that_plays_with_the_terminal_is_printed_plainly() -> None:
    network = nn.Sequential()
    network.add_module("a\x1b[31m\n", nn.Conv2d(1, 1, 1))
    question = maps(network, TASK_1A)
    said = "\n".join(render(question.derivation()))
    assert "\x1b" not in said
    assert "a\\x1b[31m\\n, the first layer that convolves: Conv2d 1×1" in said
    with pytest.raises(Impossible) as refused:
        maps(network, TASK_1A, "\x1b[2J")
    assert "\x1b" not in str(refused.value)


def test_what_is_particular_about_a_run_is_said() -> None:
    assert maps(filtered.Several(), NUMBERS, "around").notes == (
        "`around` is called 2 times: these are the maps of the first call.",
    )
    assert maps(filtered.own, TASK_1A).notes == ("`0` changes the maps further before it hands them on.",)
    ended = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(5, 2))
    assert maps(ended, TASK_1A).notes == (
        "The pass goes on and ends at `2`: Linear expects 5 features but receives 6. The maps shown are made before that.",
    )
    assert maps(nn.Sequential(Parts(), nn.Conv2d(1, 1, 1)), TASK_1A).notes == (
        "The image has become 2 before `1`: these are the maps of the first.",
    )


class Parts(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, x])


def test_a_misconception_leads_to_another_cell() -> None:
    question = maps(filtered.Several(), NUMBERS, "stem")
    wrong = {mistaken.why: mistaken.answer for mistaken in question.mistaken()}
    assert len(wrong) == 4
    assert question.value not in wrong.values()


def test_the_sheet_shows_filters_maps_and_the_window() -> None:
    question = maps(EXAMPLES / "edges.py", DISC, filters=2, cell="40,60")
    sheet = np.asarray(Image.open(BytesIO(question.sheet())))
    green = (sheet == (0x00, 0x9E, 0x73)).all(axis=2)
    assert green.sum() > 20  # the cell and its window
    deep = maps(filtered.Several(), NUMBERS, "pool")
    plain = np.asarray(Image.open(BytesIO(deep.sheet())))
    assert not (plain == (0x00, 0x9E, 0x73)).all(axis=2).any()
    assert question.sheet() == question.sheet()


def test_the_sheet_is_white_at_0_orange_above_and_blue_below() -> None:
    shades = tinted(np.array([[-2.0, 0, 2, 1]])).astype(int)
    (below, zero, above, half) = shades[0]
    assert tuple(zero) == (255, 255, 255)
    assert above[0] > above[2]
    assert below[2] > below[0]
    assert (above < half).all()
    assert (tinted(np.zeros((2, 2))) == 255).all()


def test_the_command(run: Run, tmp_path: Path) -> None:
    words = ("maps", str(EXAMPLES / "edges.py"), "--image", str(TASK_1A))
    code, said, _ = run(*words, "--layer", "conv1")
    assert code == 0
    assert said.startswith("Filters and maps of conv1 in edges.py on task1a.txt")
    assert "torch's own map holds -18 at (2,5) of map 1, exactly" in said
    for suffix in (".png", ".csv", ".npy"):
        code, said, _ = run(*words, "-o", str(tmp_path / f"out{suffix}"))
        assert (code, "✓ torch's own map" in said) == (0, True)
    assert np.load(tmp_path / "out.npy").shape == (4, 3, 5)
    assert Image.open(BytesIO((tmp_path / "out.png").read_bytes())).width > 200
    assert run(*words, "--layer", "conv") == (2, "", "✗ the network has no layer “conv”: did you mean conv1?\n")


def test_json_holds_the_maps_and_the_weights() -> None:
    question: LayerMaps = maps(EXAMPLES / "edges.py", TASK_1A, filters="1,3")
    data = json.loads("\n".join(render(question.derivation(), "json")))
    assert np.array(data["answer"]).shape == (2, 3, 5)
    assert data["question"]["filters"] == [1, 3]
    assert data["question"]["weights"][1] == [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]
