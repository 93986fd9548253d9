"""The network in a `model.py`, built in a child process that sends back plain data.

Nothing of a stranger's file lives in this process: the child runs under limits of time, memory, processes and the
size of files, and makes tensors that have shapes and no contents. Where the network looks at numbers, a second child
makes them as they are.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from calc.errors import Impossible, printable
from calc.files import check_reach
from calc.network import Network
from calc.readers.inputs import Given

MEMORY = 4 * 2**30
"""Bytes that the file may take beyond what torch takes itself."""


LONGEST_SECONDS = 86_400

CHILD = "import gc; gc.disable(); from calc.readers.child import main; main()"
"""Nothing that importing torch makes is garbage: looking for some takes a tenth of the time."""

INSTALLED = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.(?!py:)[A-Za-z_]\w*)*):(?P<name>[A-Za-z_]\w*)")
"""A module as it is imported, and a name in it."""


def read_python_file(source: str, inputs: Sequence[Given], arguments: str = "", *, seconds: float) -> Network:
    """The network that `source` holds: `model.py`, `model.py:Name`, or `package.module:Name` of what is installed.

    `arguments` are those that a class or a function is called with, as they stand in a call. With inputs the network
    is run once on them.
    """
    asked, shown = _asked(source, arguments, seconds)
    reply = _ask({**asked, "inputs": inputs, "numbers": False, "why": ""}, shown)
    if "retry" in reply:
        why = "run" if reply["retry"] else "build"
        reply = _ask({**asked, "inputs": inputs, "numbers": True, "why": why}, shown)
    answered = _possible(reply)
    try:
        return Network.of(answered["network"])
    except (KeyError, TypeError, ValueError, IndexError):
        raise Impossible(f"{printable(shown)} ended before its network could be read") from None


def watch_python_file(
    source: str, arguments: str, maps: dict[str, Any], images: bytes, *, seconds: float
) -> dict[str, Any]:
    """What `watching` sees of the network that `source` holds, as `maps` asks it, on images of these numbers."""
    asked, shown = _asked(source, arguments, seconds)
    reply = _possible(_ask({**asked, "maps": maps}, shown, images))
    if not isinstance(reply.get("maps"), dict):
        raise Impossible(f"{printable(shown)} ended before its maps could be read")
    seen: dict[str, Any] = reply["maps"]
    return seen


def _asked(source: str, arguments: str, seconds: float) -> tuple[dict[str, Any], str]:
    """What every child is told about the source, and what to call that."""
    if not 0 < seconds < LONGEST_SECONDS:
        raise Impossible(f"{seconds:g} seconds is not possible: a time above 0 and below {LONGEST_SECONDS} is")
    installed = INSTALLED.fullmatch(source.strip())
    path, name = (installed["module"], installed["name"]) if installed else parted(source)
    shown = path if isinstance(path, str) else path.name
    if find_spec("torch") is None:
        raise Impossible(
            f"{printable(shown)} needs torch to run, and torch is not installed: pip install 'cnncalc[torch]', or torch as you prefer"
        )
    if isinstance(path, str) and not _is_installed(path):
        raise Impossible(
            f"{printable(path)} is not installed here: give the path of a file, or a module as it is imported"
        )
    asked = {
        "path": str(path),
        "installed": isinstance(path, str),
        "name": name,
        "args": arguments,
        "memory": MEMORY,
        "seconds": seconds,
    }
    return asked, shown


def _possible(reply: dict[str, Any]) -> dict[str, Any]:
    """The reply, unless it says why there is none."""
    if "impossible" in reply:
        raise Impossible(printable(str(reply["impossible"]), 600))
    return reply


def parted(source: str) -> tuple[Path, str]:
    """The file and the name in it that `model.py:Name` stands for."""
    file, colon, name = source.rpartition(":")
    path = Path(file) if colon and not os.path.exists(source) else Path(source)
    name = name if colon and path == Path(file) else ""
    check_reach(path)
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


def _is_installed(module: str) -> bool:
    """Whether there is a module of that name; what it is in is not run for that."""
    try:
        return find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _ask(asked: dict[str, Any], file: str, sent: bytes = b"") -> dict[str, Any]:
    """What the child, which is sent these bytes, says about the file."""
    here = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-c", CHILD, json.dumps(asked)]
    shown, seconds = printable(file), asked["seconds"]
    with tempfile.TemporaryDirectory(prefix="cnncalc-") as aside:  # torch leaves caches there; they go with it
        said = _run(
            command,
            {**os.environ, "PYTHONPATH": paths, "TMPDIR": aside, "TORCH_DEVICE_BACKEND_AUTOLOAD": "0"},
            seconds,
            shown,
            sent,
        )
    try:
        reply: dict[str, Any] = json.loads(said)
    except ValueError:
        reply = {}
    if not isinstance(reply, dict) or not reply:
        raise Impossible(
            f"{shown} ended the process that builds its network, without a word: does it exit, or need more than {MEMORY // 2**30} GiB of memory?"
        )
    return reply


def _run(command: list[str], environment: dict[str, str], seconds: float, shown: str, sent: bytes) -> bytes:
    """What the child writes; it is gone when this returns or raises."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as child:
        try:
            return child.communicate(sent, timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            raise Impossible(
                f"{shown} did not end within {seconds:g} seconds: what trains or loops belongs under `if __name__ == '__main__':`, or raise --seconds"
            ) from None
        finally:
            child.kill()
