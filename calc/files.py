"""The bytes of a file or a stream, or one sentence that says why there are none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from calc.errors import Impossible, printable

MAPS = (".csv", ".npy", ".png")
"""Suffixes of the files that feature maps alone are written into."""


def read_bytes(path: Path, article: str, right: str, limit: int, of: str = "") -> bytearray:
    """The whole of a file that should hold `article`; `right` says what to give where there is none."""
    name = printable(str(path))
    try:
        if os.path.isdir(path):
            raise Impossible(f"{name} is a folder, not {article}")
        with path.open("rb") as file:
            return read_whole(file, name, limit, of)
    except FileNotFoundError:
        raise Impossible(f"there is no file {name}: {right}") from None
    except (OSError, ValueError) as fault:
        if isinstance(fault, Impossible):
            raise
        why = (fault.strerror if isinstance(fault, OSError) else None) or "no file can have such a name"
        raise Impossible(f"{name} cannot be read: {why.lower()}") from None


def read_whole(file: BinaryIO, name: str, limit: int, of: str = "") -> bytearray:
    """A stream to its end, unless it has more than `limit` bytes (`of` something)."""
    data = bytearray()
    while piece := file.read(2**20):
        data += piece
        if len(data) > limit:
            raise Impossible(f"{name} is larger than the {limit // 2**20} MiB{of} that are read")
    return data
