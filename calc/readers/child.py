"""The child process that builds a stranger's network and says what it saw, as JSON on its standard output.

It is run by `python_file`; nothing else imports it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from calc.errors import Impossible, printable
from calc.readers.finding import find, imported
from calc.readers.guard import Refused, guarded, line_in
from calc.readers.inputs import Given
from calc.readers.outcome import described, described_on_fitting, doubts
from calc.readers.tracing import BY_NUMBERS, Shadow, wants_numbers

LARGEST_FILE = 64 * 2**20
"""Bytes of a file that the process may write; torch keeps small notes of its own."""

MORE_PROCESSES = 64
"""Threads and processes beyond those that the system has already."""

WITHOUT_INIT = re.compile(r"before Module\.__init__\(\) call|has no attribute '_(modules|parameters|buffers)'")
"""What is said of a module that torch's own constructor has not begun."""

NO_INIT = "torch's own constructor has not run yet: add `super().__init__()` as the first line of `__init__`"


def main() -> None:
    gc.freeze()
    gc.enable()
    asked = json.loads(sys.argv[1])
    reply_to = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    sys.argv = [asked["path"]]
    if hasattr(signal, "setitimer"):  # whoever asked may be gone
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"] + 5)
    try:
        reply: dict[str, Any] = {"maps": _maps(asked)} if "maps" in asked else {"network": _network(asked)}
    except Impossible as fault:
        reply = {"impossible": str(fault)}
    except _Retry as retry:
        reply = {"retry": retry.while_running}
    except Refused as refused:
        reply = {"impossible": str(refused)}
    except BaseException as fault:
        reply = {"impossible": f"{Path(asked['path']).name} cannot be read: {type(fault).__name__}"}
    os.write(reply_to, json.dumps(reply).encode())
    os._exit(0)


class _Retry(Exception):
    """The file needs the contents of tensors."""

    def __init__(self, *, while_running: bool) -> None:
        self.while_running = while_running


def _begun(asked: dict[str, Any], *, numbers: bool) -> tuple[Path, _Telling, list[str]]:
    """The file, who tells what it does, and what the system cannot limit."""
    path = Path(asked["path"]).resolve()
    notes = _limited(asked["memory"])
    _stay()
    if not asked["installed"]:
        sys.path.insert(0, str(path.parent))
    return path, _Telling(path, asked["path"] if asked["installed"] else path.name, numbers=numbers), notes


def _maps(asked: dict[str, Any]) -> dict[str, Any]:
    """The maps that a layer of the network makes of an image, whose numbers come on standard input."""
    from calc.readers.watching import unpacked, watched
    from calc.readers.weight_values import put_in

    wanted = asked["maps"]
    images = unpacked(wanted["images"], bytearray(sys.stdin.buffer.read()))
    path, told, notes = _begun(asked, numbers=True)
    random.seed(wanted["seed"])
    torch.manual_seed(wanted["seed"])
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(wanted["seed"])
    with guarded(path), torch.no_grad():
        module = told.of("does not import", lambda: _module(asked, path))
        network, name = told.of(
            "cannot be built", lambda: find(module, told.shown, asked["name"], asked["args"], notes)
        )
        told.of("cannot be built", network.eval)
        if wanted["weights"]:
            left = told.of("does not take the weights", lambda: put_in(network, Path(wanted["weights"])))
            notes += [left] if left else []
        seen: dict[str, Any] = told.of("does not run", lambda: watched(network, name, images, wanted))
    return seen | {"notes": notes}


def _network(asked: dict[str, Any]) -> dict[str, Any]:
    numbers = asked["numbers"]
    inputs = [Given(tuple(shape), whole, name) for shape, whole, name in asked["inputs"]]
    path, told, notes = _begun(asked, numbers=numbers)
    notes += [BY_NUMBERS] * (asked["why"] == "run")
    torch.manual_seed(0)
    with guarded(path) as refused, torch.no_grad():
        with Shadow(numbers=numbers) as shadow:
            module = told.of("does not import", lambda: _module(asked, path))
            network, name = told.of(
                "cannot be built", lambda: find(module, told.shown, asked["name"], asked["args"], notes)
            )
            told.of("cannot be built", network.eval)
        if not inputs:
            before = len(refused)
            fitting = described_on_fitting(network, name, notes, shadow)
            notes += [] if fitting else doubts(network, name, shadow)
            del refused[before:]  # nobody asked for a run
            if fitting:
                return fitting
        data: dict[str, Any] = told.of("does not run", lambda: described(network, name, inputs, notes, shadow))
    return data


def _module(asked: dict[str, Any], path: Path) -> Any:
    return importlib.import_module(asked["path"]) if asked["installed"] else imported(path)


def _limited(memory: int) -> list[str]:
    """Limits beyond what torch itself has taken by now; what the system cannot limit is told."""
    missing = []
    try:
        import resource
    except ImportError:
        return ["This system limits neither the memory nor the processes nor the files of what is run, only its time."]

    def limit(what: str, number: int) -> None:
        _, most = resource.getrlimit(getattr(resource, what))
        number = number if most == resource.RLIM_INFINITY else min(number, most)
        resource.setrlimit(getattr(resource, what), (number, number))

    try:
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit("RLIMIT_AS", taken + memory)
    except (OSError, ValueError):
        missing.append("memory")
    try:
        there = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
        limit("RLIMIT_NPROC", there + MORE_PROCESSES)
    except (AttributeError, OSError, ValueError):
        missing.append("processes")
    try:
        limit("RLIMIT_FSIZE", LARGEST_FILE)
        limit("RLIMIT_CORE", 0)
    except (OSError, ValueError):
        missing.append("files")
    return [f"This system does not limit the {' and the '.join(missing)} of what is run."] if missing else []


def _stay() -> None:
    """Networks are moved to a GPU and compiled by many files; here they stay where their shapes are, and as they are."""

    def stay(self: Any, *_: Any, **__: Any) -> Any:
        return self

    for move in ("to", "cuda", "cpu"):
        setattr(nn.Module, move, stay)
    for move in ("cuda", "cpu", "pin_memory"):
        setattr(torch.Tensor, move, stay)

    def as_it_is(model: Any = None, **_: Any) -> Any:
        return (lambda function: function) if model is None else model

    torch.compile = as_it_is
    nn.Module.compile = stay  # type: ignore[method-assign]


class _Telling:
    """A stranger's code is run, or a sentence says what it did."""

    def __init__(self, path: Path, shown: str, *, numbers: bool) -> None:
        self.path, self.shown, self.numbers = path, shown, numbers

    def of(self, fails: str, action: Callable[[], Any]) -> Any:
        path, shown = self.path, self.shown
        try:
            return action()
        except (Impossible, _Retry):
            raise
        except Refused as refused:
            raise Impossible(str(refused)) from None
        except MemoryError:
            raise Impossible(f"{shown} takes too much memory{line_in(path, sys.exc_info()[2])}") from None
        except SyntaxError as fault:
            where = f"line {fault.lineno}: " if fault.lineno else ""
            raise Impossible(f"{shown} does not import: {where}{fault.msg}") from None
        except BaseException as fault:
            if isinstance(fault, RuntimeError) and "allocate memory" in str(fault):
                raise Impossible(f"{shown} takes too much memory{line_in(path, fault.__traceback__)}") from None
            if not self.numbers and wants_numbers(fault):
                raise _Retry(while_running=fails == "does not run") from None
            said = traceback.format_exception_only(type(fault), fault)[-1].strip()
            said = NO_INIT if isinstance(fault, AttributeError) and WITHOUT_INIT.search(said) else said
            raise Impossible(f"{shown} {fails}{line_in(path, fault.__traceback__)}: {printable(said, 300)}") from None
