"""The bytes of a file, or one sentence that says why there are none."""

from __future__ import annotations

import os
from pathlib import Path

from calc.errors import Impossible, printable


def read_bytes(path: Path, article: str, right: str, limit: int) -> bytearray:
    """The whole of a file that should hold `article`, at most `limit` bytes; `right` says what to give instead of none."""
    name = printable(str(path))
    data = bytearray()
    try:
        if os.path.isdir(path):
            raise Impossible(f"{name} is a folder, not {article}")
        with path.open("rb") as file:
            while len(data) <= limit and (piece := file.read(2**20)):
                data += piece
    except FileNotFoundError:
        raise Impossible(f"there is no file {name}: {right}") from None
    except (OSError, ValueError) as fault:
        if isinstance(fault, Impossible):
            raise
        why = (fault.strerror if isinstance(fault, OSError) else None) or "no file can have such a name"
        raise Impossible(f"{name} cannot be read: {why.lower()}") from None
    if len(data) > limit:
        raise Impossible(f"{name} is larger than the {limit // 2**20} MiB that are read")
    return data
