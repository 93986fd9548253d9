"""What a network is made of, as plain data: its layers, its parameters, and what a forward pass did with them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils import parametrize

from calc.errors import Impossible, listed, printable
from calc.layers.known import BY_KIND
from calc.readers.kinds import OWN

WHOLE = ("MultiheadAttention",)
"""Modules with parts that are one layer: the parts are used by their weights alone."""


def kind_of(module: nn.Module) -> str | None:
    """The class of torch's own that it computes as."""
    kind: Any = type(module)
    base = _torch_class(kind)
    return base.__name__ if base else None


@cache
def _torch_class(kind: Any) -> Any:
    for base in kind.__mro__:
        if base.__module__.startswith("torch.nn.modules") and base is not nn.Module:
            return base if kind.forward is base.forward else None
    return None


def fields_of(module: nn.Module) -> dict[str, Any] | None:
    """Its arguments as torch's constructor has them, as far as they are plain values, for a layer of torch's own."""
    kind: Any = type(module)
    base = _torch_class(kind)
    if not base:
        return None
    fields = {name: getattr(module, name) for name in _arguments(base) if hasattr(module, name)}
    if "bias" in fields:
        fields["bias"] = bool(fields["bias"]) if isinstance(fields["bias"], bool) else fields["bias"] is not None
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
        kind, whole = kind_of(module), not any(True for _ in module.children())
        if kind in WHOLE or (kind and (whole or parametrize.is_parametrized(module))):
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


def packed(network: nn.Module) -> Iterator[str]:
    """What is to be said of quantised layers: torch keeps their weights where no parameters are."""
    names = [name for name, module in network.named_modules() if type(module).__module__.startswith("torch.ao.nn.qu")]
    outer = [name or type(network).__name__ for name in names if name.rpartition(".")[0] not in names]
    if outer:
        more = f" and {len(outer) - 3} more" if len(outer) > 4 else ""
        shown = listed(outer) if not more else ", ".join(outer[:3]) + more
        yield f"Quantised layers have no parameters: the weights of {printable(shown, 300)} are packed, and in no total here."


class Description:
    """A network as plain data, with the calls of a forward pass where there was one."""

    def __init__(self, network: nn.Module, name: str) -> None:
        self.name = name
        self.numbers: dict[int, int] = {}
        self.names: dict[str, int] = {}
        self.tensors: list[dict[str, Any]] = []
        for own, parameter in network.named_parameters():
            if isinstance(parameter, UninitializedParameter):
                raise Impossible(f"{own} takes its shape from the input: add --input, such as --input 3x32x32")
            self.numbers[id(parameter)] = self.names[own] = len(self.tensors)
            self.tensors.append({"name": own, "shape": list(parameter.shape), "trainable": parameter.requires_grad})
        self.parts = list(parts(network))
        self.rows = {name: part for name, part in self.parts if isinstance(part, nn.Module)}
        self.owned = {name: self._owned(module) for name, module in self.rows.items()}
        self.owner = {number: name for name, owned in reversed(self.owned.items()) for number in owned}

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
            return {**self.layer(call["name"]), **shapes, "used": True, "products": products}
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
