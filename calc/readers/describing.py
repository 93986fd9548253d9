"""What a network is made of, as plain data: its layers, its parameters, and what a forward pass did with them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter
from torch.nn.utils import parametrize

from calc.errors import Impossible, counted, printable
from calc.layers.known import BY_KIND
from calc.readers.kinds import OWN
from calc.readers.packed import packed_kind, packed_tensors

WHOLE = ("MultiheadAttention",)
"""Modules with parts that are one layer: the parts are used by their weights alone."""

DEEPEST = 4
"""Collections in one another in which layers are looked for."""


def kind_of(module: nn.Module) -> str | None:
    """The class of torch's own that it computes as."""
    kind: Any = type(module)
    base = _torch_class(kind)
    return base.__name__ if base else packed_kind(module)


@cache
def _torch_class(kind: Any) -> Any:
    for base in kind.__mro__:
        if base.__module__.startswith("torch.nn.modules") and base is not nn.Module:
            return base if kind.forward is base.forward else None
    return None


def fields_of(module: nn.Module) -> dict[str, Any] | None:
    """Its arguments as torch's constructor has them, as far as they are plain values, for a layer of torch's own."""
    kind: Any = type(module)
    base: Any = _torch_class(kind) or BY_KIND.get(packed_kind(module) or "")
    if not base:
        return None
    fields = {name: getattr(module, name) for name in _arguments(base) if hasattr(module, name)}
    if packed_kind(module):
        fields["bias"] = any(name.startswith("bias") for name in packed_tensors(module))
    if "bias" in fields:
        fields["bias"] = bool(fields["bias"]) if isinstance(fields["bias"], bool) else fields["bias"] is not None
    if isinstance(module, nn.MultiheadAttention):
        fields |= {"bias": module.in_proj_bias is not None, "add_bias_kv": module.bias_k is not None}
    return {name: value for name, value in fields.items() if _plain(value)}


@cache
def _arguments(kind: Any) -> tuple[str, ...]:
    """The names of its arguments; recurrent layers hide theirs behind others."""
    known = BY_KIND.get(kind.__name__)
    return tuple(known.arguments()) if known else tuple(inspect.signature(kind).parameters)


def _plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_plain, value))
    return value is None or isinstance(value, int | float | str)


def parts(network: nn.Module) -> Iterator[tuple[str, nn.Module | nn.Parameter]]:
    """What gets a row of its own: layers with rules, modules without parts, and parameters that belong to neither."""
    inside: tuple[str, ...] = ()
    for name, module in network.named_modules():
        if inside and name.startswith(inside):
            continue
        held = isinstance(module, nn.ParameterList | nn.ParameterDict)
        kind, whole = kind_of(module), not held and not any(True for _ in module.children())
        if kind in WHOLE or packed_kind(module) or (kind and (whole or parametrize.is_parametrized(module))):
            inside = (*inside, f"{name}." if name else "")
            yield name, module
        elif whole and (name or not module._parameters):
            yield name, module
        else:
            for own, parameter in module._parameters.items():
                if parameter is not None:
                    yield f"{name}.{own}" if name else own, parameter


def row_modules(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules that get a row."""
    for name, part in parts(network):
        if isinstance(part, nn.Module):
            yield name, part


def _buffers(network: nn.Module) -> Iterator[dict[str, Any]]:
    """The tensors that are no parameters, each once; those that a layer takes from its input have no shape yet."""
    met: set[int] = set()
    for prefix, module in network.named_modules():
        for own, buffer in module._buffers.items():
            if buffer is None or id(buffer) in met or isinstance(buffer, UninitializedBuffer):
                continue
            met.add(id(buffer))
            saved = own not in module._non_persistent_buffers_set
            yield {"name": f"{prefix}.{own}" if prefix else own, "shape": list(buffer.shape), "saved": saved}


INTERNAL = frozenset(vars(nn.Module()))
"""Where torch itself keeps what a module has."""

CONTAINERS = ((dict, "dict", "Dict"), (list, "list", "List"), (tuple, "tuple", "List"))
"""Plain collections, their names, and how the one of torch ends that registers what it holds."""


def unregistered(network: nn.Module) -> Iterator[str]:
    """What is said of layers and parameters in plain collections, of which the network knows nothing."""
    known = {id(tensor) for tensor in network.parameters()}
    for prefix, module in network.named_modules():
        if type(module).__module__.startswith("torch."):
            continue
        for own, value in vars(module).items():
            kind = next((words for plain, *words in CONTAINERS if isinstance(value, plain)), None)
            if own not in INTERNAL and kind is not None:
                yield from _forgotten(f"self.{own}", prefix, value, kind, known)


def _forgotten(name: str, prefix: str, value: Any, kind: list[str], known: set[int]) -> Iterator[str]:
    """The sentence for one plain collection, if it holds parameters that are not known; they are known after it."""
    said, ends = kind
    held = []
    for item in _leaves(value):
        new = _new(item, known)
        known.update(new)
        held += [(item, new)] if new else []
    layers = [item for item, _ in held if isinstance(item, nn.Module)]
    if not held:
        return
    many = len(held)
    whole = any(any(True for _ in layer.children()) for layer in layers)
    what = counted(many, ("module" if whole else "layer") if layers else "parameter tensor")
    numbers = sum(p.numel() for _, new in held for p in new.values() if not isinstance(p, UninitializedParameter))
    where = f"`{name}` of `{printable(prefix)}`" if prefix else f"`{printable(name)}`"
    owned = (
        f"{'its' if many == 1 else 'their'} {counted(numbers, 'parameter')}" if layers else counted(numbers, "number")
    )
    use = f"nn.{'Module' if layers else 'Parameter'}{ends}"
    be = "is" if many == 1 else "are"
    are = "is" if numbers == 1 else "are"
    yield f"{what} in {where}, a plain {said}, {be} not registered: {owned} {are} neither counted nor trained: use {use}."


def _leaves(value: Any, depth: int = 0) -> Iterator[nn.Module | nn.Parameter]:
    """The layers and parameters in plain collections, those in collections of collections too."""
    if isinstance(value, nn.Module | nn.Parameter):
        yield value
    elif isinstance(value, list | tuple | dict) and depth < DEEPEST:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item, depth + 1)


def _new(item: nn.Module | nn.Parameter, known: set[int]) -> dict[int, nn.Parameter]:
    """The parameters of a layer that are not known."""
    own = item.parameters() if isinstance(item, nn.Module) else [item]
    return {id(p): p for p in own if id(p) not in known}


def _waits(network: nn.Module, name: str) -> Impossible:
    """Why a lazy layer cannot be counted yet."""
    kind = type(network.get_submodule(name)).__name__
    layer = f"`{name}` ({kind})" if name else kind
    return Impossible(f"{layer} takes its shape from the input: add --input, such as --input 3x32x32")


class Description:
    """A network as plain data, with the calls of a forward pass where there was one."""

    def __init__(self, network: nn.Module, name: str) -> None:
        self.name = name
        self.numbers: dict[int, int] = {}
        self.names: dict[str, int] = {}
        self.tensors: list[dict[str, Any]] = []
        for own, parameter in network.named_parameters():
            if isinstance(parameter, UninitializedParameter):
                raise _waits(network, own.rpartition(".")[0])
            self.numbers[id(parameter)] = self.names[own] = len(self.tensors)
            self.tensors.append({"name": own, "shape": list(parameter.shape), "trainable": parameter.requires_grad})
        self.buffers = list(_buffers(network))
        self.unregistered = list(unregistered(network))
        self.parts = list(parts(network))
        self.rows = {name: part for name, part in self.parts if isinstance(part, nn.Module)}
        self.packed = {name: self._unpacked(name, part) for name, part in self.rows.items() if packed_kind(part)}
        self.owned = {name: self.packed.get(name) or self._owned(module) for name, module in self.rows.items()}
        self.owner = {number: name for name, owned in reversed(self.owned.items()) for number in owned}

    def _unpacked(self, name: str, module: nn.Module) -> list[int]:
        """The places of the tensors that a layer has packed."""
        first = len(self.tensors)
        for own, tensor in packed_tensors(module).items():
            whole = f"{name}.{own}" if name else own
            self.names[whole] = len(self.tensors)
            self.tensors.append({"name": whole, "shape": list(tensor.shape), "trainable": False})
        return list(range(first, len(self.tensors)))

    def _owned(self, module: nn.Module) -> list[int]:
        return list(dict.fromkeys(self.numbers[id(p)] for p in module.parameters()))

    def layer(self, name: str) -> dict[str, Any]:
        """What is known of a row's module."""
        module = self.rows[name]
        return {
            "name": name or self.name,
            "kind": kind_of(module) or type(module).__name__,
            "fields": fields_of(module),
            "tensors": self.owned[name],
        }

    def without_run(self) -> list[dict[str, Any]]:
        """A row for each part, in the order of the network."""
        return [
            {"inputs": [], "output": None, "used": True, "batch": 1, "products": None, **self._part(name, part)}
            for name, part in self.parts
            if isinstance(part, nn.Module) or self._first_of(name, part)
        ]

    def of_run(self, calls: list[dict[str, Any]], touched: set[str]) -> list[dict[str, Any]]:
        """The calls of a forward pass in their order, then what was not called."""
        rows = [self._call(call) for call in calls]
        met = {row["name"] for row in rows}
        told = {number for row in rows for number in row["tensors"]}
        for name, part in self.parts:
            row = self._part(name, part)
            if row["name"] in met or (not row["tensors"] and row["fields"] is None):
                continue
            if isinstance(part, nn.Parameter) and (self.numbers[id(part)] in told or not self._first_of(name, part)):
                continue
            used = any(self.tensors[number]["name"] in touched for number in row["tensors"])
            rows.append({"inputs": [], "output": None, "used": used, "batch": 1, "products": [], **row})
        return rows

    def _part(self, name: str, part: nn.Module | nn.Parameter) -> dict[str, Any]:
        if isinstance(part, nn.Module):
            return self.layer(name)
        return {"name": name, "kind": OWN, "fields": None, "tensors": [self.numbers[id(part)]]}

    def _first_of(self, name: str, parameter: torch.Tensor) -> bool:
        """Whether a parameter with several names is met by its first one."""
        return self.names.get(name) == self.numbers[id(parameter)]

    def _call(self, call: dict[str, Any]) -> dict[str, Any]:
        shapes = {key: call.get(key) for key in ("inputs", "output", "batch", "node")}
        products = None if call.get("unknown") else call["products"]
        if "weights" not in call:
            by_rule = call["name"] in self.packed  # its operations are torch's own, and its rule is known
            products = None if by_rule else products
            return {**self.layer(call["name"]), **shapes, "used": True, "products": products, "by_rule": by_rule}
        numbers = [self.names[name] for name in call["weights"] if name in self.names]
        owners = [self.owner[number] for number in numbers if number in self.owner]
        if owners:
            return {**self.layer(owners[0]), **shapes, "used": True, "products": products, "by_weights": True}
        named = call["weights"][:2] or [call["within"] or self.name]
        return {
            "name": ", ".join(named),
            "kind": call["operation"],
            "fields": None,
            "tensors": numbers,
            **shapes,
            "used": True,
            "products": products,
        }
