"""The numbers in a file of weights, put into a network; nothing in the file is unpickled or called.

`weights_file` says which tensors there are and where; their bytes are read from there.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from calc.errors import Impossible, counted, listed, printable, times
from calc.readers.weights_file import Stored, read_stored

KINDS = {
    "f64": torch.float64,
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "i64": torch.int64,
    "i32": torch.int32,
    "i16": torch.int16,
    "i8": torch.int8,
    "u8": torch.uint8,
    "double": torch.float64,
    "float": torch.float32,
    "half": torch.float16,
    "bfloat16": torch.bfloat16,
    "long": torch.int64,
    "int": torch.int32,
    "short": torch.int16,
    "char": torch.int8,
    "byte": torch.uint8,
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "int64": torch.int64,
    "int32": torch.int32,
    "int16": torch.int16,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "bool": torch.bool,
}
"""Kinds of numbers as safetensors and torch.save call them."""

LARGEST = 2**32
"""Bytes of one tensor that are read."""

NAMED = 3
"""Tensors that a message names."""


def put_in(network: nn.Module, path: Path) -> str:
    """Every parameter and buffer of the network from the file; a sentence about what is left over there."""
    stored = read_stored(path)
    name = printable(path.name)
    wanted = {key: value for key, value in network.state_dict().items() if isinstance(value, Tensor)}
    prefix = _prefix(list(wanted), stored)
    missing = [key for key in wanted if prefix + key not in stored and not key.endswith("num_batches_tracked")]
    if missing:
        raise Impossible(f"{name} is not of this network: it lacks {_some(missing)}")
    for key, value in wanted.items():
        there = stored.get(prefix + key)
        if there and not is_lazy(value) and there.shape != tuple(value.shape):
            raise Impossible(
                f"{name} is not of this network: {printable(key)} is {times(there.shape) or 'a number'} there "
                f"and {times(value.shape) or 'a number'} here"
            )
    values = _values(path, {key: stored[prefix + key] for key in wanted if prefix + key in stored}, name)
    network.load_state_dict(values, strict=False)
    left = [key for key in stored if key.removeprefix(prefix) not in wanted or not key.startswith(prefix)]
    return f"In {name} {_some(left)} {'is' if len(left) == 1 else 'are'} left over." if left else ""


def _prefix(wanted: list[str], stored: Mapping[str, Stored]) -> str:
    """What stands before all names in the file, as `module.` or `model.`, if anything does."""
    if not wanted or wanted[0] in stored:
        return ""
    before = [key.removesuffix(wanted[0]) for key in stored if key.endswith(f".{wanted[0]}")]
    return next((prefix for prefix in before if sum(prefix + key in stored for key in wanted) * 2 > len(wanted)), "")


def _some(names: list[str]) -> str:
    shown = [printable(name, 40) for name in names[:NAMED]]
    more = len(names) - NAMED
    return f"{', '.join(shown)} and {counted(more, 'other')}" if more > 0 else listed(shown)


def _values(path: Path, stored: Mapping[str, Stored], name: str) -> dict[str, Tensor]:
    """The tensors with their numbers."""
    try:
        with path.open("rb") as file:
            zipped = file.read(4) == b"PK\x03\x04"
            if not zipped:
                return {key: _of_place(file, tensor, name, key) for key, tensor in stored.items()}
            with zipfile.ZipFile(file) as archive:
                return _of_archive(archive, stored, name)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, ValueError, TypeError) as fault:
        if isinstance(fault, Impossible):
            raise
        raise Impossible(f"{name} is damaged or cut off: its numbers cannot be read") from None


def _kind(tensor: Stored, name: str, key: str) -> torch.dtype:
    if tensor.kind not in KINDS:
        raise Impossible(
            f"{name} holds {printable(key)} as {printable(tensor.kind, 20)}: floats of 16, 32 and 64 bits are read"
        )
    return KINDS[tensor.kind]


def _of_place(file, tensor: Stored, name: str, key: str) -> Tensor:  # type: ignore[no-untyped-def]
    """A tensor of a safetensors file, whose numbers lie in one piece."""
    kind, (_, start) = _kind(tensor, name, key), tensor.place
    many = torch.Size(tensor.shape).numel()
    file.seek(start)
    data = bytearray(file.read(many * kind.itemsize))
    return (
        torch.frombuffer(data, dtype=kind, count=many).reshape(tensor.shape)
        if many
        else torch.empty(tensor.shape, dtype=kind)
    )


def _of_archive(archive: zipfile.ZipFile, stored: Mapping[str, Stored], name: str) -> dict[str, Tensor]:
    """The tensors of an archive of torch.save, views of storages that each are an entry."""
    entries = archive.namelist()
    folder = next(entry for entry in entries if entry.endswith("data.pkl")).removesuffix("data.pkl")
    if f"{folder}byteorder" in entries and archive.read(f"{folder}byteorder") != b"little":
        raise Impossible(
            f"{name} was written on a machine that stores numbers back to front: save it again on this one"
        )
    storages: dict[str, Tensor] = {}
    values = {}
    for key, tensor in stored.items():
        storage, offset, sizes, strides = tensor.place
        kind = _kind(tensor, name, key)
        if storage not in storages:
            entry = archive.getinfo(f"{folder}data/{storage}")
            if entry.file_size > LARGEST:
                raise Impossible(
                    f"{name} holds {printable(key)} with more than the {LARGEST // 2**30} GiB that are read"
                )
            data = bytearray(archive.read(entry))
            storages[storage] = torch.frombuffer(data, dtype=torch.uint8) if data else torch.empty(0, dtype=torch.uint8)
        numbers = storages[storage].view(kind)
        values[key] = torch.as_strided(numbers, sizes, strides, offset)
    return values
