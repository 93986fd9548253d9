"""Files of weights: what torch counts, what is shared, what is left out, and what is refused; nothing is unpickled."""

import io
import json
import os
import pickle
import random
import struct
import zipfile
from argparse import Namespace
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from calc import Impossible, count
from calc.counting import Count
from calc.readers.pickled import follow


def net() -> nn.Module:
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 32, 5), bn=nn.BatchNorm2d(32), lstm=nn.LSTM(4, 5), fc=nn.Linear(7, 2, bias=False)
        )
    )


def saved(thing: Any, tmp_path: Path, name: str = "net.pt", **options: Any) -> Path:
    path = tmp_path / name
    torch.save(thing, path, **options)
    return path


def held(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def rows(question: Count) -> dict[str, int]:
    return {row.call.name: row.parameters for row in question.rows}


def said(path: Path) -> str:
    with pytest.raises(Impossible) as refused:
        count(path)
    return str(refused.value)


def test_a_state_dict_is_counted_by_module(tmp_path: Path) -> None:
    question = count(saved(net().state_dict(), tmp_path))
    assert rows(question) == {"conv1": 2432, "bn": 64, "lstm": 220, "fc": 14}
    assert question.parameters == held(net())
    assert question.ledger().verdict == "agrees"
    assert str(question.rows[0].formula.value()) == "2432"  # type: ignore[union-attr]
    assert question.network.notes == (
        "Not counted: 65 numbers of buffers (running_mean, running_var, num_batches_tracked), which are statistics or places, not learned.",
    )


@pytest.mark.parametrize(
    "module",
    [
        nn.MultiheadAttention(8, 2, kdim=3),
        nn.Embedding(10, 3),
        nn.Sequential(nn.PReLU(), nn.GroupNorm(2, 4), nn.Bilinear(2, 3, 4)),
        nn.Conv2d(2, 3, 3).to(torch.bfloat16).to(memory_format=torch.channels_last),
        nn.ParameterList([torch.zeros(3, 4), torch.tensor(1.0)]),
    ],
)
def test_torch_counts_the_same(module: nn.Module, tmp_path: Path) -> None:
    states = module.state_dict()
    named = dict(module.named_parameters())
    for thing in (states, dict(states), named, {"model_state_dict": states, "epoch": 3}):
        assert count(saved(thing, tmp_path)).parameters == held(module)
    path = tmp_path / "net.safetensors"
    path.write_bytes(safetensors(states))
    assert count(path).parameters == held(module)


def test_a_checkpoint_is_its_weights(tmp_path: Path) -> None:
    module = net()
    optimiser = torch.optim.Adam(module.parameters())
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    checkpoint = {
        "epoch": 3,
        "state_dict": {f"model.{name}": tensor for name, tensor in module.state_dict().items()},
        "optimizer": optimiser.state_dict(),
        "args": Namespace(lr=0.1),
        "best": 0.5,
    }
    question = count(saved(checkpoint, tmp_path, "last.ckpt"))
    assert question.parameters == held(module)
    assert next(iter(rows(question))) == "model.conv1"
    assert question.network.notes[0] == "Of the checkpoint state_dict is counted, not optimizer."


def test_a_tensor_beside_the_weights_is_none_of_them(tmp_path: Path) -> None:
    checkpoint = {"model": nn.Linear(2, 3).state_dict(), "ema": nn.Linear(2, 3).state_dict(), "best": torch.tensor(0.5)}
    question = count(saved(checkpoint, tmp_path))
    assert rows(question) == {"weight": 6, "bias": 3}
    assert question.network.notes == ("Of the checkpoint model is counted, not ema, best.",)
    assert count(saved({"model": {1: torch.zeros(2), "1": {"a": torch.zeros(3)}}}, tmp_path)).parameters == 5
    del checkpoint["model"]
    assert rows(count(saved(checkpoint, tmp_path))) == {"best": 1}


def test_several_networks_in_a_checkpoint_are_all_counted(tmp_path: Path) -> None:
    parts = {"encoder": nn.Linear(2, 3).state_dict(), "decoder": nn.Linear(3, 2).state_dict(), "step": torch.tensor(3)}
    assert rows(count(saved({"encoder": parts["encoder"], "decoder": parts["decoder"]}, tmp_path))) == {
        "encoder": 9,
        "decoder": 8,
    }
    assert count(saved(parts, tmp_path)).parameters == 17


def test_shared_tensors_count_once(tmp_path: Path) -> None:
    embedding, head = nn.Embedding(10, 4), nn.Linear(4, 10)
    head.weight = embedding.weight
    question = count(saved(nn.ModuleDict({"embed": embedding, "head": head}).state_dict(), tmp_path))
    assert rows(question) == {"embed": 40, "head": 10}
    whole = torch.zeros(6)
    assert count(saved({"a.w": whole[:3], "b.w": whole[3:]}, tmp_path)).parameters == 6


@pytest.mark.parametrize("name", ["net.pth", "net.bin", "net.ckpt", "net", "weights.dat"])
def test_weights_are_known_by_what_they_begin_with(name: str, tmp_path: Path) -> None:
    assert count(saved(net().state_dict(), tmp_path, name)).parameters == held(net())
    (tmp_path / name).write_bytes(safetensors(net().state_dict()))
    assert count(tmp_path / name).parameters == held(net())


KINDS = {torch.float32: "F32", torch.int64: "I64", torch.bfloat16: "BF16", torch.float16: "F16"}


def safetensors(states: dict[str, Any], **more: Any) -> bytes:
    """A file as its specification has it."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, tensor in states.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": KINDS[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header | more).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at)


def made(text: bytes, length: int | None = None, rest: int = 0) -> bytes:
    return struct.pack("<Q", len(text) if length is None else length) + text + bytes(rest)


W = b'{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "w.safetensors is empty: it should hold weights"),
        (b"abc", "w.safetensors is cut off or no safetensors file: its header would have 6513249 bytes, the file has 3"),
        (made(b"{}"), "w.safetensors holds no tensor"),
        (made(b"{}", 10**18), "w.safetensors is cut off or no safetensors file: its header would have 1000000000000000000 bytes, the file has 10"),
        (made(W + b"}", rest=4), "w.safetensors is cut off: w ends at byte 8 of 4"),
        (made(W + b"," + W[1:] + b"}", rest=8), "w.safetensors is damaged: it names the tensor w twice"),
        (made(W + b"]", rest=8), "w.safetensors is damaged or no safetensors file: its header is not JSON"),
        (made(b'{"w":' * 100_000), "w.safetensors is damaged or no safetensors file: its header is not JSON"),
        (made(W.replace(b"[2]", b"[3]") + b"}", rest=8), "w.safetensors is damaged: the shape of w does not fit its bytes"),
        (made(W.replace(b"[2]", b"[-2]") + b"}", rest=8), "w.safetensors is damaged: w has no dtype, shape and data_offsets"),
        (made(W.replace(b"[2]", b"[true,2]") + b"}", rest=8), "w.safetensors is damaged: w has no dtype, shape and data_offsets"),
        (made(b'{"\\u001b[31m": 5}'), "w.safetensors is damaged: \\x1b[31m has no dtype, shape and data_offsets"),
        (made(b"[]"), "w.safetensors is damaged or no safetensors file: its header is not JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4", "w.safetensors only says where Git LFS keeps the weights: git lfs pull fetches them"),
        (b"\x89HDF\r\n\x1a\n", "w.safetensors is an HDF5 file, as Keras writes: give a .safetensors file or one of torch.save"),
        (b"PK\x03\x04", "w.safetensors is damaged or cut off: the archive in it cannot be read"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    found = said(path)
    assert found == sentence
    assert "\n" not in found


class Cruel:
    """What would touch a file if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_file_of_weights_runs(tmp_path: Path) -> None:
    trap = tmp_path / "made"
    path = saved({"w": torch.zeros(2, 3), "it": Cruel(trap), "state": {"more": Cruel(trap)}}, tmp_path)
    assert count(path).parameters == 6
    assert said(saved(Cruel(trap), tmp_path)).startswith("net.pt holds no weights alone but an object of posix.mkdir")
    assert not trap.exists()


def archive(path: Path, data: bytes, name: str = "net/data.pkl", kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as file:
        file.writestr(name, data)
    return path


def test_what_torch_saves_besides_weights_is_refused_with_what_is_right(tmp_path: Path) -> None:
    assert said(saved(nn.Linear(2, 3), tmp_path)) == (
        "net.pt holds no weights alone but an object of torch.nn.modules.linear.Linear, which is never unpickled: torch.save(model.state_dict(), …) writes them"
    )
    assert said(saved(net().state_dict(), tmp_path, "old.pth", _use_new_zipfile_serialization=False)) == (
        "old.pth is in the format that torch wrote before 1.6, which is not read: torch.save(torch.load(“old.pth”), …) writes it anew"
    )
    assert said(saved({"epoch": 3}, tmp_path)) == "net.pt holds no tensor"
    assert (
        said(archive(tmp_path / "a.pt", b"", "other.txt"))
        == "a.pt is an archive, but not one of torch.save: it has no data.pkl"
    )
    assert said(archive(tmp_path / "a.pt", b"abc")).startswith("a.pt is damaged, or not written by torch.save: ")
    archive(tmp_path / "ts.pt", b"", "net/constants.pkl")
    assert said(tmp_path / "ts.pt").startswith("ts.pt holds a program of TorchScript")
    (tmp_path / "w.pt").mkdir()
    assert said(tmp_path / "w.pt") == "w.pt is a folder, not a file of weights"
    assert said(Path("nowhere.pt")) == "there is no file nowhere.pt: give the path of a file of weights"
    with pytest.raises(Impossible) as refused:
        count(saved(net().state_dict(), tmp_path), "3x8x8")
    assert str(refused.value) == "net.pt holds weights, which say no order of layers: leave --input out"


def shared(depth: int) -> bytes:
    """A pickle of dicts that each hold the next a hundred times."""
    inner: Any = {"w": 1}
    for _ in range(depth):
        inner = {str(i): inner for i in range(100)}
    return pickle.dumps(inner, protocol=2)


def circular() -> bytes:
    own: dict[str, Any] = {}
    own["own"] = own
    return pickle.dumps(own, protocol=2)


@pytest.mark.parametrize(
    "data",
    [
        bytes(2**26),
        b"\x80\x02" + b"(" * 2**20 + b".",
        b"\x80\x02" + b"]" * 2**20 + b".",
        b"\x80\x02I" + b"9" * 2**23 + b"\n.",
        b"\x80\x02L" + b"9" * 2**23 + b"L\n.",
        b"\x80\x02\x8b\xff\xff\xff\x7f",
        b"\x80\x02}" + b"2\x85" * 2**19 + b".",
        shared(12),
        circular(),
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"\x80\x02h\x07.",
        b"\x80\x02\x85.",
        b"\x80\x02cos\nsystem\nU\x04true\x85R.",
    ],
    ids=range(13),
)
@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_hostile_archive_is_refused(data: bytes, kind: int, tmp_path: Path) -> None:
    path = archive(tmp_path / "net.pt", data, kind=kind)
    assert len(said(path)) < 400


def test_a_file_with_a_slip_is_counted_or_refused(tmp_path: Path) -> None:
    for whole in (saved(net().state_dict(), tmp_path).read_bytes(), safetensors(net().state_dict())):
        for seed in range(150):
            chance = random.Random(seed)
            data = bytearray(whole)
            for _ in range(chance.randint(1, 5)):
                data[chance.randrange(min(len(data), 1500))] = chance.randrange(256)
            path = tmp_path / "w.pt"
            path.write_bytes(data[: len(data) if chance.random() < 0.7 else chance.randrange(len(data))])
            with suppress(Impossible):
                assert count(path).ledger().verdict == "agrees"


def test_a_pickle_with_a_slip_is_followed_or_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(saved({"state_dict": net().state_dict(), "epoch": 3}, tmp_path)) as file:
        whole = file.read("net/data.pkl")
    for seed in range(3000):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with suppress(ValueError):
            follow(bytes(data))


def test_what_is_followed_is_what_was_saved() -> None:
    thing = {"a": [1, 2.5, None, True, "word", (1, 2, 3, 4), -5, 10**30], 7: {"b": OrderedDict(c=1)}}
    for protocol in (2, 3, 4, 5):
        assert follow(pickle.dumps(thing, protocol)) == thing
    assert follow(pickle.dumps(OrderedDict(a=1), 2)) == {"a": 1}


def test_many_tensors_are_read(tmp_path: Path) -> None:
    path = saved({f"layers.{i}.weight": torch.zeros(1) for i in range(20_000)}, tmp_path)
    assert count(path).parameters == 20_000


def test_a_stream_is_no_file_of_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"PK\x03\x04\xff")))
    with pytest.raises(Impossible, match="standard input is not text, nor weights"):
        count("-")
