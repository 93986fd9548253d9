"""The network in a `model.py`, built in a child process that sends back plain data.

Nothing of a stranger's file lives in this process: the child runs under limits of time and memory, on torch's meta
device, where tensors have shapes and no contents.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from calc.errors import Impossible, printable
from calc.layers.base import Shape
from calc.network import Network

MEMORY = 4 * 2**30
"""Bytes that the file may take beyond what torch takes itself."""


LONGEST_SECONDS = 86_400


def read_shape(text: str) -> Shape:
    """`3x32x32` as (3, 32, 32)."""
    parts = re.split(r"[x×,]", text.lower().strip())
    if not all(part.strip().isdecimal() and len(part) < 10 and int(part) for part in parts):
        raise Impossible(
            f"--input “{printable(text, 30)}” is not a shape: write CxHxW without the batch, such as 3x32x32"
        )
    return tuple(map(int, parts))


def read_python_file(source: str, shape: Shape | None, *, seconds: float) -> Network:
    """The network `source` (`model.py` or `model.py:Name`) holds; with a shape, run once on an input of it."""
    if not 0 < seconds < LONGEST_SECONDS:
        raise Impossible(f"{seconds:g} seconds is not possible: a time above 0 and below {LONGEST_SECONDS} is")
    path, name = _parted(source)
    if find_spec("torch") is None:
        raise Impossible(
            f"{printable(path.name)} needs torch to run, and torch is not installed: pip install 'cnncalc[torch]', or torch as you prefer"
        )
    reply = _ask(path, name, shape, "meta", seconds)
    if reply.get("retry"):
        reply = _ask(path, name, shape, "cpu", seconds)
    if "impossible" in reply:
        raise Impossible(printable(str(reply["impossible"]), 600))
    try:
        return Network.of(reply["network"])
    except (KeyError, TypeError, ValueError, IndexError):
        raise Impossible(f"{printable(path.name)} ended before its network could be read") from None


def _parted(source: str) -> tuple[Path, str]:
    file, colon, name = source.rpartition(":")
    path = Path(file) if colon and not os.path.exists(source) else Path(source)
    name = name if colon and path == Path(file) else ""
    shown = printable(str(path))
    if not source.strip():
        raise Impossible("no file is named: give the path of a Python file that holds a network")
    if os.path.isdir(path):
        raise Impossible(f"{shown} is a folder, not a Python file")
    if not os.path.exists(path):
        raise Impossible(f"there is no file {shown}: give the path of a Python file that holds a network")
    if path.suffix != ".py":
        raise Impossible(f"{shown} is not a Python file: its name does not end in .py")
    if path.stat().st_size == 0:
        raise Impossible(f"{shown} is empty: it should hold a network, a class or an instance of torch.nn.Module")
    if not os.access(path, os.R_OK):
        raise Impossible(f"{shown} cannot be read: permission denied")
    return path, name


def _ask(path: Path, name: str, shape: Shape | None, device: str, seconds: float) -> dict[str, Any]:
    """What the child says about the file."""
    asked = json.dumps(
        {"path": str(path), "name": name, "input": shape, "device": device, "memory": MEMORY, "seconds": seconds}
    )
    here = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-c", "from calc.readers.child import main; main()", asked]
    shown = printable(path.name)
    with tempfile.TemporaryDirectory(prefix="cnncalc-") as aside:  # torch leaves caches there; they go with it
        said = _run(command, {**os.environ, "PYTHONPATH": paths, "TMPDIR": aside}, seconds, shown)
    try:
        reply: dict[str, Any] = json.loads(said)
    except ValueError:
        reply = {}
    if not isinstance(reply, dict) or not reply:
        raise Impossible(
            f"{shown} ended the process that builds its network, without a word: does it exit, or need more than {MEMORY // 2**30} GiB of memory?"
        )
    return reply


def _run(command: list[str], environment: dict[str, str], seconds: float, shown: str) -> bytes:
    """What the child writes; it is gone when this returns or raises."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as child:
        try:
            return child.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            raise Impossible(
                f"{shown} did not end within {seconds:g} seconds: what trains or loops belongs under `if __name__ == '__main__':`, or raise --seconds"
            ) from None
        finally:
            child.kill()
