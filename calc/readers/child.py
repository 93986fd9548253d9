"""The child process that builds a stranger's network and says what it saw, as JSON on its standard output.

It is run by `python_file`; nothing else imports it.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from calc.errors import Impossible, nearest, printable
from calc.layers.known import BY_KIND
from calc.readers.guard import Refused, guarded, line_in


def main() -> None:
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
        reply: dict[str, Any] = {"network": _network(asked)}
    except Impossible as fault:
        reply = {"impossible": str(fault)}
    except _NotOnMeta:
        reply = {"retry": True}
    except Refused as refused:
        reply = {"impossible": str(refused)}
    except BaseException as fault:
        reply = {"impossible": f"{Path(asked['path']).name} cannot be read: {type(fault).__name__}"}
    os.write(reply_to, json.dumps(reply).encode())
    os._exit(0)


class _NotOnMeta(Exception):
    """The file needs the contents of a tensor."""


def _network(asked: dict[str, Any]) -> dict[str, Any]:
    path, device = Path(asked["path"]).resolve(), torch.device(asked["device"])
    _limit_memory(asked["memory"])
    _stay()
    if asked["input"]:
        nn.Conv2d(1, 1, 1, device="meta")(
            torch.zeros(1, 1, 1, 1, device="meta")
        )  # torch imports what it needs for shapes
    sys.path.insert(0, str(path.parent))
    notes: list[str] = []
    with guarded(path), torch.device(device), torch.no_grad():
        module = _told(path, device, "does not import", lambda: _import(path))
        network, name = _told(path, device, "cannot be built", lambda: _find(module, path, asked["name"], notes))
        _told(path, device, "cannot be built", network.eval)
        if asked["input"]:
            calls, flops = _told(path, device, "does not run", lambda: _run(network, tuple(asked["input"]), name))
        else:
            calls, flops = [], None
        described: dict[str, Any] = _told(
            path, device, "cannot be described", lambda: _described(network, name, calls, asked["input"], flops, notes)
        )
    return described


def _limit_memory(allowance: int) -> None:
    """Memory beyond what torch itself has taken by now; where the system cannot, there is no limit."""
    try:
        import resource

        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + allowance, taken + allowance))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return


def _stay() -> None:
    """Networks are moved to a GPU by many files; here they stay where their shapes are."""

    def stay(self: nn.Module, *_: Any, **__: Any) -> nn.Module:
        return self

    for move in ("to", "cuda", "cpu"):
        setattr(nn.Module, move, stay)


def _told(path: Path, device: torch.device, fails: str, action: Callable[[], Any]) -> Any:
    """The result of a stranger's code, or a sentence about what it did."""
    try:
        return action()
    except Impossible:
        raise
    except Refused as refused:
        raise Impossible(str(refused)) from None
    except MemoryError:
        raise Impossible(f"{path.name} takes too much memory{line_in(path, sys.exc_info()[2])}") from None
    except SyntaxError as fault:
        where = f"line {fault.lineno}: " if fault.lineno else ""
        raise Impossible(f"{path.name} does not import: {where}{fault.msg}") from None
    except BaseException as fault:
        if isinstance(fault, RuntimeError) and "allocate memory" in str(fault):
            raise Impossible(f"{path.name} takes too much memory{line_in(path, fault.__traceback__)}") from None
        if device.type == "meta" and "meta" in str(fault).lower():
            raise _NotOnMeta from None
        said = traceback.format_exception_only(type(fault), fault)[-1].strip()
        raise Impossible(f"{path.name} {fails}{line_in(path, fault.__traceback__)}: {printable(said, 300)}") from None


MODULE = "__model__"
"""The name of a stranger's file as a module, so that it hides no other, whatever the file is called."""


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODULE, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    return module


def _find(module: ModuleType, path: Path, wanted: str, notes: list[str]) -> tuple[nn.Module, str]:
    """The network that is named, or the only one there is."""
    held = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    instances: dict[str, nn.Module] = {}
    for name, value in held.items():
        loss = type(value).__module__ == "torch.nn.modules.loss"
        if isinstance(value, nn.Module) and not loss and all(value is not other for other in instances.values()):
            instances[name] = value
    classes = {
        name: value
        for name, value in held.items()
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    }
    there = [*instances, *classes]
    if wanted:
        named = held.get(wanted)
        if isinstance(named, nn.Module):
            return named, wanted
        if isinstance(named, type) and issubclass(named, nn.Module):
            return _build(named, path), wanted
        also = nearest(wanted, there) or (f": there is {', '.join(there)}" if there else "")
        raise Impossible(f"{path.name} holds no network called {printable(wanted)}{also}")
    if len(instances) == 1:
        return next(iter(instances.values())), next(iter(instances))
    buildable = {name: value for name, value in classes.items() if not _needed(value)}
    if not instances and len(classes) == 1:
        name = next(iter(classes))
        return _build(classes[name], path), name
    if not instances and len(buildable) == 1:
        name = next(iter(buildable))
        notes.append(
            f"{name} is taken: of the {len(classes)} classes in {path.name} only it can be built without arguments."
        )
        return _build(classes[name], path), name
    if not there:
        raise Impossible(f"{path.name} holds no network: a class or an instance of torch.nn.Module is looked for")
    raise Impossible(
        f"{path.name} holds {len(there)} networks, {', '.join(there)}: say which, as {path.name}:{there[-1]}"
    )


def _needed(kind: type) -> list[str]:
    """The arguments its constructor cannot do without."""
    parameters = list(inspect.signature(kind).parameters.values())
    return [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]


def _build(kind: type[nn.Module], path: Path) -> nn.Module:
    needed = _needed(kind)
    if needed:
        arguments = ", ".join(f"{name}=…" for name in needed)
        raise Impossible(
            f"{kind.__name__} in {path.name} needs the argument{'s' if len(needed) > 1 else ''} {', '.join(needed)}: "
            f"build it in the file, `net = {kind.__name__}({arguments})`, and ask for {path.name}:net"
        )
    return kind()


def _rows(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules that get a row: layers with rules, modules without parts, and owners of bare parameters."""
    inside: tuple[str, ...] = ()
    for name, module in network.named_modules():
        if inside and name.startswith(inside):
            continue
        if _kind(module):
            inside = (*inside, f"{name}.")
        if _kind(module) or not any(True for _ in module.children()) or module._parameters:
            yield name, module


def _kind(module: nn.Module) -> str | None:
    """The layer with rules that it is, if it computes as torch's own class does."""
    parents: tuple[Any, ...] = type(module).__mro__
    for base in parents:
        if base.__module__.startswith("torch.nn.modules") and base.__name__ in BY_KIND:
            return base.__name__ if type(module).forward is base.forward else None
    return None


def _fields(module: nn.Module) -> dict[str, Any] | None:
    kind = _kind(module)
    if not kind:
        return None
    fields = {name: getattr(module, name) for name in BY_KIND[kind].arguments() if hasattr(module, name)}
    if "bias" in fields:
        fields["bias"] = fields["bias"] is not None
    return fields


def _run(network: nn.Module, shape: tuple[int, ...], name: str) -> tuple[list[dict[str, Any]], int]:
    """One forward pass on an input of that shape: every layer's shapes in the order of the calls."""
    from torch.utils.flop_counter import FlopCounterMode

    calls: list[dict[str, Any]] = []
    hooks = []
    for own, module in _rows(network):

        def before(module: nn.Module, inputs: tuple[Any, ...], own: str = own) -> None:
            fields, given = _fields(module), [_shape(x) for x in inputs if isinstance(x, torch.Tensor)]
            if fields is not None and given:
                try:
                    BY_KIND[_kind(module) or ""].of(fields).output_shape(tuple(given[0]))
                except Impossible as fault:
                    raise Impossible(
                        f"{name} does not take an input of {'×'.join(map(str, shape))}: at {own or name}, {fault}"
                    ) from None

        def after(_: nn.Module, inputs: tuple[Any, ...], output: Any, own: str = own) -> None:
            given = [_shape(x) for x in inputs if isinstance(x, torch.Tensor)]
            call: dict[str, Any] = {"name": own, "inputs": given, "output": None}
            if isinstance(output, torch.Tensor):
                call |= {"output": _shape(output), "batch": output.shape[0] if output.dim() > 1 else 1}
            calls.append(call)

        hooks += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()
    return calls, counter.get_total_flops()


def _shape(tensor: torch.Tensor) -> list[int]:
    """Its shape without the batch; a vector has none."""
    return list(tensor.shape[1:] if tensor.dim() > 1 else tensor.shape)


def _described(
    network: nn.Module,
    name: str,
    calls: list[dict[str, Any]],
    shape: list[int] | None,
    flops: int | None,
    notes: list[str],
) -> dict[str, Any]:
    numbers: dict[int, int] = {}
    tensors: list[dict[str, Any]] = []
    for own, parameter in network.named_parameters():
        if isinstance(parameter, UninitializedParameter):
            raise Impossible(f"{own} takes its shape from the input: add --input, such as --input 3x32x32")
        numbers[id(parameter)] = len(tensors)
        tensors.append({"name": own, "shape": list(parameter.shape), "trainable": parameter.requires_grad})
    modules = dict(_rows(network))
    rows = calls if shape else [{"name": own, "inputs": [], "output": None} for own in modules]
    met = {row["name"] for row in rows}
    rows += [{"name": own, "inputs": [], "output": None, "used": False} for own in modules if own not in met]
    described = []
    for row in rows:
        module = modules[row["name"]]
        kind = _kind(module)
        owned = module.parameters(recurse=bool(kind))
        described.append(
            {
                "used": True,
                "batch": 1,
                **row,
                "kind": kind or type(module).__name__,
                "fields": _fields(module),
                "tensors": [numbers[id(p)] for p in owned],
            }
        )
    named = [
        {**row, "name": row["name"] or "own parameters"}
        for row in described
        if row["tensors"] or row["fields"] is not None or row["used"]
    ]
    return {"name": name, "calls": named, "tensors": tensors, "input": shape, "flops": flops, "notes": notes}
