"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from calc.errors import Impossible, printable
from calc.files import MAPS
from explain import SUFFIXES


def format_of(path: Path, known: Collection[str] = ()) -> str:
    """The format that a file's suffix asks for, of those that are `known`, else of all."""
    if path.suffix.lower() not in SUFFIXES:
        ends = ", ".join(suffix for suffix, kind in SUFFIXES.items() if kind in (known or SUFFIXES.values()))
        maps = f" ({', '.join(MAPS[:-1])} or {MAPS[-1]} for a feature map alone)" if "svg" in (known or ["svg"]) else ""
        raise Impossible(
            f"{printable(str(path))} does not say its format: end its name in {ends}{maps}, or add --format"
        )
    return SUFFIXES[path.suffix.lower()]


def check_writable(path: Path, sources: Iterable[str] = ()) -> None:
    """`Impossible` if no file can be written there, or if it would take the place of one that is read."""
    name = printable(str(path))
    if name == "-":
        raise Impossible("- names no file: without -o the answer goes to standard output, and --format says how")
    if os.path.isdir(path):
        raise Impossible(f"{name} is a folder: give the name of a file to write")
    goal = Path(os.path.realpath(path))
    if (os.path.exists(path) and not os.path.isfile(path)) or os.path.islink(
        goal
    ):  # a link that leads round in a circle
        raise Impossible(f"{name} is not a file that can be replaced: give the name of a file to write")
    if not os.path.isdir(goal.parent):
        folder = goal.parent if os.path.islink(path) else path.parent
        raise Impossible(f"there is no folder {printable(str(folder))} to write {printable(path.name)} into")
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise Impossible(f"{name} is write-protected: give another name, or permit writing to it")
    if not os.access(goal.parent, os.W_OK | os.X_OK):
        raise Impossible(f"{name} cannot be written: its folder is write-protected")
    if any(_same(path, file) for source in sources for file in (source, source.rpartition(":")[0])):  # net.py:Name
        raise Impossible(f"{name} is what the question is read from, and would be lost: give another name")


def _same(path: Path, file: str) -> bool:
    with suppress(OSError, ValueError):
        return os.path.samefile(path, file)
    return False


def write(path: Path, lines: Iterable[str]) -> None:
    """A file of these lines."""
    write_bytes(path, (f"{line}\n".encode() for line in lines))


def write_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces aside and move the file into place when it is whole."""
    check_writable(path)
    named, path = path, Path(os.path.realpath(path))
    aside = path.with_name(f".cnncalc-{os.urandom(8).hex()}")
    try:
        with _opened(aside) as file:
            file.writelines(pieces)
        if os.path.exists(path):
            os.chmod(aside, path.stat().st_mode & 0o777)
        os.replace(aside, path)
    except OSError as fault:
        raise Impossible(
            f"{printable(str(named))} cannot be written: {(fault.strerror or 'unknown reason').lower()}"
        ) from None
    finally:
        with suppress(OSError):
            os.unlink(aside)


@contextmanager
def _opened(aside: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole, where the system can do that: a process that is killed leaves nothing."""
    nameless = None
    with suppress(OSError, AttributeError):
        nameless = os.open(aside.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    if nameless is None or not os.path.exists(place := f"/proc/self/fd/{nameless}"):
        with open(aside, "xb") as file:
            yield file
        return
    with open(nameless, "wb") as file:
        yield file
        file.flush()
        os.link(place, aside, src_dir_fd=nameless, follow_symlinks=True)
