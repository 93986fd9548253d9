"""What a stranger's file may not do while its network is built: touch other files, the network, other processes or libraries.

An audit hook refuses it and names the line. It guards against accidents, not against an attacker: Python code in the
same process can get around it.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

PROCESSES = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "pty.spawn",
)
CONNECTIONS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "socket.sendto")
CHANGES = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "shutil.rmtree",
)
SIGNALS = ("os.kill", "os.killpg", "signal.pthread_kill")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
BUILDING = ("__init__", "forward")
"""Methods in which a network is built and run."""
HERE = os.path.realpath(__file__)
IMPORTING = "<frozen importlib._bootstrap>"
IMPORTED = (".py", ".pyc", ".so", ".pyd")
TRUSTED = tuple(
    {
        os.path.realpath(p) + os.sep
        for p in (sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(Path(__file__).parents[1]))
    }
    | {p + os.sep for p in sys.path if p.endswith(("site-packages", "dist-packages"))}
)


class Refused(BaseException):
    """Not an `Exception`, so that a file which catches those does not go on."""


@contextmanager
def guarded(path: Path) -> Iterator[list[Refused]]:
    """While it lasts, what the file does beyond building a network is refused; what was is in the list."""
    active = True
    refused: list[Refused] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if active and (deed := _deed(event, args)):
            where = _line(path, nearest=event == "ctypes.dlopen")
            if where:
                refused.append(Refused(f"{where} {deed} {_instead(path)}"))
                raise refused[0]

    sys.addaudithook(hook)
    try:
        yield refused
    finally:
        active = False
    if refused:
        raise refused[0]


def _deed(event: str, args: tuple[Any, ...]) -> str | None:
    if event in CONNECTIONS:
        return "opens a connection"
    if event in PROCESSES:
        return "starts a process"
    if event in SIGNALS:
        return "signals a process"
    if event == "ctypes.dlopen" and args[0]:
        return f"loads the library {_named(args[0])}"
    if event in CHANGES:
        return f"changes {_named(args[0])}"
    if event != "open" or not isinstance(args[0], str | bytes):
        return None
    file = os.path.realpath(os.fsdecode(args[0]))
    if isinstance(args[2], int) and args[2] & WRITING and file != os.devnull:
        return f"writes {_named(args[0])}"
    if file.startswith((*TRUSTED, "/proc/", "/sys/", "/dev/")) or file.endswith(IMPORTED):
        return None
    return f"reads {_named(args[0])}"


def _named(path: Any) -> str:
    return os.path.basename(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else "a file"


def _line(path: Path, *, nearest: bool = False) -> str | None:
    """The line of the file, or of one that it imports, that is at work; None while a library is being imported.

    With `nearest` only what the file does itself counts, not what torch does for it.
    """
    frame: FrameType | None = sys._getframe(2)
    while frame:
        if frame.f_code.co_filename == IMPORTING:
            return None
        file = os.path.realpath(frame.f_code.co_filename)
        if file == str(path) or (
            file.endswith(".py") and not file.startswith(TRUSTED) and "<" not in frame.f_code.co_filename
        ):
            return f"{os.path.basename(file)}, line {frame.f_lineno}"
        if nearest and os.path.basename(os.path.dirname(file)) != "ctypes" and file != HERE:
            return None
        frame = frame.f_back
    return None


def _instead(path: Path) -> str:
    """When the deed is done, and where it would be right: not in what the network itself does as it is built or run."""
    frame: FrameType | None = sys._getframe(2)
    within = ""
    while frame:
        if os.path.realpath(frame.f_code.co_filename) == str(path):
            if frame.f_code.co_name == "<module>":
                within = ""
                break
            within = frame.f_code.co_name if not within or frame.f_code.co_name in BUILDING else within
        frame = frame.f_back
    if within:
        return f"when the network is built or run: take it out of `{within}`, and do it where the network is used"
    return "when the file is imported or run: put it under `if __name__ == '__main__':`"


def line_in(path: Path, trace: TracebackType | None) -> str:
    """ ", line 12" for the last line of the file that a traceback passes."""
    lines = []
    while trace:
        if os.path.realpath(trace.tb_frame.f_code.co_filename) == str(path):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f", line {lines[-1]}" if lines else ""
