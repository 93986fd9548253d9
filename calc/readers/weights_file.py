"""A network out of a file of its weights: names and shapes of tensors, which say nothing of the layers between them.

Of a `.safetensors` file only the header is read (the format: 8 bytes that say how long it is, then JSON), of a file
that `torch.save` wrote only its pickle, which is followed and never unpickled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from calc.errors import Impossible, counted, printable
from calc.layers.base import Shape
from calc.network import Call, Network, Tensor
from calc.readers.pickled import Held, Opaque, follow

WEIGHTS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
"""Suffixes of files of weights."""

LARGEST_HEADER = 16 * 2**20
"""Bytes of names and shapes that are read; the weights themselves never are."""
MOST = 200_000
"""Tensors, and other things in a checkpoint, that are looked at."""
DEEPEST = 20
"""Dicts within dicts of a checkpoint."""
LONGEST_NAME = 200

BUFFERS = ("running_mean", "running_var", "num_batches_tracked")
"""What torch calls the statistics of its normalisation layers."""
WHOLE = ("i64", "long", "int64", "bool")
"""Kinds of numbers that nothing is learned in."""

CHOSEN = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params")
"""Where checkpoints keep the weights."""
_OTHERS = re.compile(r"optim|sched|scaler|callback|loop|ema|rng|hyper|args|config", re.IGNORECASE)

_ZIP, _HDF5, _LFS = b"PK\x03\x04", b"\x89HDF", b"version https://git-lfs"
_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_BITS = {"BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}


class Stored(NamedTuple):
    """A tensor of the file; equal places are one tensor with two names."""

    shape: Shape
    kind: str
    place: Any


def holds_weights(path: Path) -> bool:
    """Whether a file begins as one of weights does, whatever it is called."""
    if not os.path.isfile(path):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    return head.startswith((_ZIP, _HDF5, _LEGACY[:16])) or head[6:10] in (b'\0\0{"', b"\0\0{}")


def read_weights(path: Path) -> Network:
    """The tensors in a file of weights, a row for those of each module; those that are statistics are left out."""
    return _network(*_stored(path))


def read_stored(path: Path) -> dict[str, Stored]:
    """The tensors in a file of weights, and where their numbers lie."""
    return _stored(path)[0]


def _stored(path: Path) -> tuple[dict[str, Stored], list[str]]:
    name = printable(path.name)
    try:
        if os.path.isdir(path):
            raise Impossible(f"{name} is a folder, not a file of weights")
        with path.open("rb") as file:
            stored, notes = _read(file, name, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        raise Impossible(f"there is no file {printable(str(path))}: give the path of a file of weights") from None
    except OSError as fault:
        raise Impossible(f"{name} cannot be read: {(fault.strerror or 'unknown reason').lower()}") from None
    if not stored:
        raise Impossible(f"{name} holds no tensor")
    return stored, notes


def _read(file: BinaryIO, name: str, size: int) -> tuple[dict[str, Stored], list[str]]:
    if not size:
        raise Impossible(f"{name} is empty: it should hold weights")
    head = file.read(len(_LFS))
    file.seek(0)
    if head.startswith(_ZIP):
        return _of_torch(file, name)
    if head.startswith(_LEGACY[:14]):
        raise Impossible(
            f"{name} is in the format that torch wrote before 1.6, which is not read: torch.save(torch.load(“{name}”), …) writes it anew"
        )
    if head.startswith(_HDF5):
        raise Impossible(f"{name} is an HDF5 file, as Keras writes: give a .safetensors file or one of torch.save")
    if head.startswith(_LFS):
        raise Impossible(f"{name} only says where Git LFS keeps the weights: git lfs pull fetches them")
    if name.endswith(".safetensors") or head[8:9] == b"{":
        return _of_safetensors(file, name, size), []
    raise Impossible(f"{name} is no file of weights: .safetensors files and those of torch.save are read")


def _of_safetensors(file: BinaryIO, name: str, size: int) -> dict[str, Stored]:
    """The tensors that the header names."""
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > size - 8:
        raise Impossible(
            f"{name} is cut off or no safetensors file: its header would have {length} bytes, the file has {size}"
        )
    if length > LARGEST_HEADER:
        raise Impossible(f"{name} has a header of more than the {LARGEST_HEADER // 2**20} MiB that are read")
    import json

    try:
        header = json.loads(file.read(length), object_pairs_hook=_once)
        if not isinstance(header, dict):
            raise ValueError
    except _TwiceError as fault:
        raise Impossible(f"{name} is damaged: it names the tensor {fault} twice") from None
    except (ValueError, RecursionError):
        raise Impossible(f"{name} is damaged or no safetensors file: its header is not JSON") from None
    stored = {}
    for key, entry in header.items():
        if key != "__metadata__":
            stored[key] = _entry(name, key, entry, 8 + length, size)
    return stored


class _TwiceError(Exception):
    """A name that stands twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        raise _TwiceError(printable(next(k for k, _ in pairs if k in seen or seen.add(k))))  # type: ignore[func-returns-value]
    return found


def _entry(name: str, key: str, entry: Any, start: int, size: int) -> Stored:
    """A tensor as the header, which ends at byte `start`, has it: its kind of numbers, its shape, and which bytes it takes."""
    match entry:
        case {"dtype": str(kind), "shape": list(sizes), "data_offsets": [int(first), int(last)]} if all(
            type(n) is int and 0 <= n < 2**63 for n in sizes
        ):
            bits = _BITS.get(kind) or int((re.search(r"[0-9]+", kind) or ["0"])[0])
            if not 0 <= first <= last or (len(sizes) > 100 or prod(sizes) * bits != 8 * (last - first)):
                raise Impossible(f"{name} is damaged: the shape of {printable(key)} does not fit its bytes")
            if start + last > size:
                raise Impossible(f"{name} is cut off: {printable(key)} ends at byte {last} of {size - start}")
            return Stored(tuple(sizes), kind.lower(), (key, start + first))
    raise Impossible(f"{name} is damaged: {printable(key)} has no dtype, shape and data_offsets")


def _of_torch(file: BinaryIO, name: str) -> tuple[dict[str, Stored], list[str]]:
    """The tensors that the pickle in the archive describes."""
    saved = _followed(_pickle(file, name), name)
    found = _tensors(saved)
    if len(found) > MOST:
        raise Impossible(f"{name} holds more than the {MOST} things that are looked at")
    held, notes = _state([at for at in found if at.tensor])
    if not held and (opaque := _opaque(saved)):
        raise Impossible(
            f"{name} holds no weights alone but an object of {printable(opaque)}, which is never unpickled: torch.save(model.state_dict(), …) writes them"
        )
    stored: dict[str, Stored] = {}
    for path, tensor in held:
        key = ".".join(path)
        if key in stored:
            raise Impossible(f"{name} holds two tensors called {printable(key)}")
        assert tensor
        stored[key] = Stored(tensor.shape, tensor.kind, tensor.place)
    return stored, notes


def _pickle(file: BinaryIO, name: str) -> bytes:
    """The one pickle of the archive, if it is not too large."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            found = [entry for entry in names if re.fullmatch(r"(?:[^/]+/)?data\.pkl", entry)]
            if any(entry.endswith("/constants.pkl") for entry in names):
                raise Impossible(
                    f"{name} holds a program of TorchScript: torch.save(model.state_dict(), …) writes weights alone"
                )
            if len(found) != 1:
                raise Impossible(f"{name} is an archive, but not one of torch.save: it has no data.pkl")
            with archive.open(found[0]) as entry:
                data = entry.read(LARGEST_HEADER + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as fault:
        if isinstance(fault, Impossible):
            raise
        raise Impossible(f"{name} is damaged or cut off: the archive in it cannot be read") from None
    if len(data) > LARGEST_HEADER:
        raise Impossible(f"{name} names more than the {LARGEST_HEADER // 2**20} MiB of tensors that are read")
    return data


def _followed(data: bytes, name: str) -> Any:
    try:
        return follow(data)
    except ValueError as fault:
        raise Impossible(f"{name} is damaged, or not written by torch.save: {printable(str(fault), 200)}") from None


class _At(NamedTuple):
    """A thing in a checkpoint, where it is, and the tensor that it is if it is one."""

    path: tuple[str, ...]
    tensor: Held | None


def _tensors(saved: Any) -> list[_At]:
    """All that is in dicts and lists within each other, as they come; no more than one beyond `MOST`."""
    found: list[_At] = []
    waiting: list[tuple[tuple[str, ...], Any]] = [((), saved)]
    while waiting and len(found) <= MOST:
        path, thing = waiting.pop()
        found.append(_At(path or ("tensor",), thing if isinstance(thing, Held) else None))
        if isinstance(thing, dict | list | tuple) and not isinstance(thing, Held | Opaque) and len(path) < DEEPEST:
            inside = thing.items() if isinstance(thing, dict) else enumerate(thing)
            waiting += reversed([((*path, str(key)), value) for key, value in islice(inside, MOST)])
    return found


def _state(held: list[_At]) -> tuple[list[_At], list[str]]:
    """The weights of a checkpoint, and what is said of all else that has tensors."""
    notes: list[str] = []
    while held:
        firsts = dict.fromkeys(at.path[0] for at in held)
        nested = {at.path[0] for at in held if len(at.path) > 1}
        chosen = [key for key in CHOSEN if key in nested][:1]
        others = [key for key in firsts if key not in nested or not _OTHERS.search(key)]
        kept = dict.fromkeys(chosen or others or firsts)
        left = [key for key in firsts if key not in kept]
        if left:
            notes.append(f"Of the checkpoint {_listed(list(kept))} is counted, not {_listed(left)}.")
            held = [at for at in held if at.path[0] in kept]
        if len(kept) > 1 or not nested & set(kept) or not (chosen or left):
            break
        held = [at._replace(path=at.path[1:] or at.path) for at in held]
    return held, notes


def _opaque(saved: Any) -> str:
    """The class of the first thing that is no dict, number or word, if there is one."""
    if isinstance(saved, Opaque):
        return saved.name
    inside = saved.values() if isinstance(saved, dict) else ()
    return next((thing.name for thing in inside if isinstance(thing, Opaque)), "")


def _network(stored: Mapping[str, Stored], notes: list[str]) -> Network:
    """A call for each module that has parameters in the file, in the file's order."""
    first: dict[Any, Tensor] = {}
    modules: dict[str, dict[str, Tensor]] = {}
    buffers: dict[str, int] = {}
    for key, tensor in stored.items():
        module, _, part = key.rpartition(".")
        if part in BUFFERS or tensor.kind in WHOLE:
            buffers[part] = buffers.get(part, 0) + prod(tensor.shape)
            continue
        own = Tensor(printable(key, LONGEST_NAME), tensor.shape, True)
        modules.setdefault(module or key, {})[part] = first.setdefault(tensor.place, own)
    calls = tuple(
        Call(printable(module, LONGEST_NAME), printable(", ".join(parts)), None, tuple(parts.values()))
        for module, parts in modules.items()
    )
    if buffers:
        notes = [*notes, _said(buffers)]
    return Network("Weights", calls, tuple(first.values()), notes=tuple(notes), written=True)


def _said(buffers: Mapping[str, int]) -> str:
    return f"Not counted: {counted(sum(buffers.values()), 'number')} of buffers ({_listed(list(buffers))}), which are statistics or places, not learned."


def _listed(names: Sequence[str]) -> str:
    """Up to four names, and how many more there are."""
    more = f" and {counted(len(names) - 4, 'other')}" if len(names) > 4 else ""
    return ", ".join(printable(name, 40) for name in names[:4]) + more
