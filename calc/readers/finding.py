"""The network in a stranger's file or in an installed package: found by its name, or as the only one there is."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from calc.errors import Impossible, nearest, printable

MODULE = "__model__"
"""The name of a stranger's file as a module, so that it hides no other, whatever the file is called."""

LONGEST_ARGUMENTS = 1000
"""Characters of arguments that are read."""


def imported(path: Path) -> ModuleType:
    """The file as a module."""
    spec = importlib.util.spec_from_file_location(MODULE, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    return module


def arguments(text: str) -> tuple[list[Any], dict[str, Any]]:
    """`3, num_classes=10` as positional and named arguments; only plain values are read, nothing is run."""
    shown = printable(text, 60)
    if len(text) > LONGEST_ARGUMENTS:
        raise Impossible(f"--args has {len(text)} characters, more than the {LONGEST_ARGUMENTS} that are read")
    try:
        call = ast.parse(f"f({text}\n)", mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        positional = [ast.literal_eval(value) for value in call.args]
        named = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
        assert len(named) == len(call.keywords)
    except (SyntaxError, ValueError, TypeError, AssertionError, MemoryError, RecursionError):
        raise Impossible(
            f"--args “{shown}” cannot be read: write plain values as in a call, such as num_classes=10, width=1.5"
        ) from None
    return positional, named


def find(module: ModuleType, shown: str, wanted: str, given: str, notes: list[str]) -> tuple[nn.Module, str]:
    """The network that is named, or the only one there is."""
    held = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    instances = _instances(held)
    classes = {
        name: value
        for name, value in held.items()
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    }
    there = [*instances, *classes]
    if wanted:
        return _named(held, wanted, there, shown, given), wanted
    if len(instances) == 1 and not given:
        return next(iter(instances.values())), next(iter(instances))
    buildable = {name: value for name, value in classes.items() if not _needed(value)}
    if len(classes) == 1 and (given or not instances):
        name = next(iter(classes))
        return _built(classes[name], name, shown, given), name
    if not instances and len(buildable) == 1 and not given:
        name = next(iter(buildable))
        notes.append(
            f"{name} is taken: of the {len(classes)} classes in {shown} only it can be built without arguments."
        )
        return _built(classes[name], name, shown, given), name
    if not there:
        raise Impossible(f"{shown} holds no network: a class or an instance of torch.nn.Module is looked for")
    listed = ", ".join(there)
    raise Impossible(
        f"{shown} holds {len(there)} network{'s' * (len(there) > 1)}, {listed}: say which, as {shown}:{there[-1]}"
    )


def _instances(held: dict[str, Any]) -> dict[str, nn.Module]:
    """The networks that are built already, each by its first name; losses are none."""
    found: dict[str, nn.Module] = {}
    for name, value in held.items():
        loss = type(value).__module__ == "torch.nn.modules.loss"
        if isinstance(value, nn.Module) and not loss and all(value is not other for other in found.values()):
            found[name] = value
    return found


def _named(held: dict[str, Any], wanted: str, there: list[str], shown: str, given: str) -> nn.Module:
    """The network of that name: an instance, or what a class or a function makes."""
    named = held.get(wanted)
    if isinstance(named, nn.Module):
        if given:
            raise Impossible(f"{printable(wanted)} in {shown} is built already: leave --args out")
        return named
    if callable(named):
        return _built(named, wanted, shown, given)
    also = nearest(wanted, there) or (f": there is {', '.join(there)}" if there else "")
    raise Impossible(f"{shown} holds no network called {printable(wanted)}{also}")


def _needed(kind: Callable[..., Any]) -> list[str]:
    """The arguments it cannot do without."""
    try:
        parameters = list(inspect.signature(kind).parameters.values())
    except (TypeError, ValueError):
        return []
    return [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]


def _built(make: Callable[..., Any], name: str, shown: str, given: str) -> nn.Module:
    """What a class or a function makes of the arguments."""
    positional, named = arguments(given)
    needed = [word for word in _needed(make)[len(positional) :] if word not in named]
    if needed:
        more = ", ".join(f"{word}=…" for word in needed)
        raise Impossible(
            f'{name} in {shown} needs the argument{"s" * (len(needed) > 1)} {", ".join(needed)}: add --args "{more}", '
            f"or build it in the file, `net = {name}({more})`, and ask for {shown}:net"
        )
    network = make(*positional, **named)
    if not isinstance(network, nn.Module):
        raise Impossible(f"{name} in {shown} makes no network: it gives {printable(type(network).__name__)}")
    return network
