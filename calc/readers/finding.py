"""The network in a stranger's file or in an installed package: found by its name, or as the only one there is."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from calc.errors import Impossible, nearest, printable

MODULE = "__model__"
"""The name of a stranger's file as a module, so that it hides no other, whatever the file is called."""

MOST_LISTED = 12
"""Networks that are listed where one is to be chosen."""

MOST_ARGUMENTS = 4
"""Arguments of a function that are listed."""

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
    own = {name: value for name, value in held.items() if getattr(value, "__module__", None) == module.__name__}
    classes = {name: value for name, value in own.items() if isinstance(value, type) and issubclass(value, nn.Module)}
    makers = dict(_makers(own, held, classes))
    there = [*instances, *classes, *makers]
    if wanted:
        return _named(held, wanted, there, shown, given), wanted
    if len(instances) == 1 and not given:
        return next(iter(instances.values())), next(iter(instances))
    buildable = {name: value for name, value in classes.items() if not _needed(value)}
    ready = [name for name, make in makers.items() if not _needed(make)]
    if len(classes) == 1 and (given or not instances) and (buildable or given or not ready):
        name = next(iter(classes))
        return _built(classes[name], name, shown, given), name
    if not instances and len(buildable) == 1 and not given:
        name = next(iter(buildable))
        notes.append(
            f"{name} is taken: of the {len(classes)} classes in {shown} only it can be built without arguments."
        )
        return _built(classes[name], name, shown, given), name
    if not instances and not buildable and len(makers) == 1 and (ready or not classes):
        name = next(iter(makers))
        return _built(makers[name], name, shown, given), name
    if not there:
        raise Impossible(f"{shown} holds no network: a class or an instance of torch.nn.Module is looked for")
    raise Impossible(_which(shown, {**instances, **classes}, makers))


def _which(shown: str, networks: dict[str, Any], makers: dict[str, Any]) -> str:
    """What there is to choose among, and how one is named."""
    many = len(networks) + len(makers)
    functions = [f"{name}({_taken(make)})" for name, make in makers.items()]
    names = ", ".join([*list(networks)[:MOST_LISTED], *(["…"] if len(networks) > MOST_LISTED else [])])
    if functions:
        more = f"the function{'s' * (len(functions) > 1)} " + ", ".join(functions[:MOST_LISTED])
        names = f"{names} and {more}" if names else more
    every = {**networks, **makers}
    ready = [name for name, value in every.items() if isinstance(value, nn.Module) or not _needed(value)]
    name = next((name for name in reversed(ready) if name in networks), (ready or list(every))[0])
    needs = ", ".join(f"{word}=…" for word in _needed(every[name])) if not ready else ""
    how = f"{shown}:{name}" + (f' --args "{needs}"' if needs else "")
    return f"{shown} holds {many} network{'s' * (many > 1)}, {names}: say which, as {how}"


def _makers(own: dict[str, Any], held: dict[str, Any], classes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The functions that make networks, by their names, but those that the classes use themselves."""
    methods = [f for kind in classes.values() for f in vars(kind).values() if inspect.isfunction(f)]
    used = {word for method in methods for word in method.__code__.co_names}
    for name, value in own.items():
        if inspect.isfunction(value) and name not in used and _makes(value, held):
            yield name, value


def _taken(make: Callable[..., Any]) -> str:
    """The arguments that a function takes, as they are written: num_classes, width=4."""
    try:
        parameters = inspect.signature(make).parameters.values()
    except (TypeError, ValueError):
        return "…"
    plain = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    words = [
        p.name if p.default is p.empty else f"{p.name}={printable(str(p.default), 20)}" for p in plain[:MOST_ARGUMENTS]
    ]
    return ", ".join([*words, *(["…"] if len(plain) > MOST_ARGUMENTS else [])])


def _makes(make: Any, held: dict[str, Any]) -> bool:
    """Whether a function surely makes a network: it says so, or what it returns is a call of a class of networks."""
    said = getattr(make, "__annotations__", {}).get("return")
    if isinstance(said, str):
        said = held.get(said.rpartition(".")[2], getattr(nn, said.rpartition(".")[2], None))
    if isinstance(said, type):
        return issubclass(said, nn.Module)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(make)))
    except (OSError, SyntaxError, ValueError, TypeError):
        return False
    known = {name: value for name, value in held.items() if isinstance(value, type) and issubclass(value, nn.Module)}
    made = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _calls(node.value, known)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(
        isinstance(node, ast.Return)
        and (_calls(node.value, known) or (isinstance(node.value, ast.Name) and node.value.id in made))
        for node in ast.walk(tree)
    )


def _calls(node: ast.expr | None, known: dict[str, Any]) -> bool:
    """Whether an expression calls a class of networks: one that is known by its name, or nn.Sequential and the like."""
    if not isinstance(node, ast.Call):
        return False
    named = node.func
    if isinstance(named, ast.Name):
        return named.id in known
    kind = getattr(nn, named.attr, None) if isinstance(named, ast.Attribute) else None
    return (
        isinstance(kind, type)
        and issubclass(kind, nn.Module)
        and ast.unparse(named) in (f"nn.{kind.__name__}", f"torch.nn.{kind.__name__}")
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
    also = nearest(wanted, there) or (f": there is {', '.join(there[:MOST_LISTED])}" if there else "")
    if wanted in held:
        raise Impossible(f"{printable(wanted)} in {shown} is no network, it is {_a(named)}{also}")
    raise Impossible(f"{shown} holds no network called {printable(wanted)}{also}")


def _a(value: Any) -> str:
    """What a value is: a module, an int."""
    kind = printable(type(value).__name__)
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


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
