"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from calc.errors import Impossible, printable
from calc.files import MAPS
from explain import SUFFIXES


def format_of(path: Path) -> str:
    """The format that a file's suffix asks for."""
    if path.suffix.lower() not in SUFFIXES:
        raise Impossible(
            f"{printable(str(path))} does not say its format: end its name in {', '.join(SUFFIXES)} ({', '.join(MAPS[:-1])} or {MAPS[-1]} for a feature map alone), or add --format"
        )
    return SUFFIXES[path.suffix.lower()]


def check_writable(path: Path) -> None:
    """`Impossible` if no file can be written there."""
    if os.path.isdir(path):
        raise Impossible(f"{printable(str(path))} is a folder: give the name of a file to write")
    if os.path.exists(path) and not os.path.isfile(path):
        raise Impossible(f"{printable(str(path))} is not a file that can be replaced: give the name of a file to write")
    if not os.path.isdir(path.parent):
        raise Impossible(f"there is no folder {printable(str(path.parent))} to write {printable(path.name)} into")


def write(path: Path, lines: Iterable[str]) -> None:
    """A file of these lines."""
    write_bytes(path, (f"{line}\n".encode() for line in lines))


def write_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces aside and move the file into place when it is whole."""
    check_writable(path)
    named, path = path, Path(os.path.realpath(path))
    aside = ""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            aside = file.name
            file.writelines(pieces)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(aside, path.stat().st_mode & 0o777 if os.path.exists(path) else 0o666 & ~mask)
        os.replace(aside, path)
    except OSError as fault:
        raise Impossible(
            f"{printable(str(named))} cannot be written: {(fault.strerror or 'unknown reason').lower()}"
        ) from None
    finally:
        with suppress(OSError):
            if aside:
                os.unlink(aside)
