"""torch's own test material: the constructor arguments and inputs with which torch tests its layers."""

import inspect
import sys
import types
import unittest
from collections.abc import Iterable, Iterator
from typing import Any

import torch

from calc.layers.known import BY_KIND


def material(*, wrong: bool = False) -> Iterator[tuple[str, dict[str, Any], tuple[int, ...]]]:
    """Kind, arguments by name and shape of the input, batch and all, of each case; or of those torch is to refuse."""
    for kind, arguments, given in _wrong_infos() if wrong else (*_module_infos(), *_module_tests()):
        shapes = [tuple(x.shape) for x in given if isinstance(x, torch.Tensor)]
        if kind in BY_KIND and shapes and all(_plain(value) for value in arguments.values()):
            yield kind, arguments, shapes[0]


def _imported() -> tuple[Any, Any]:
    """torch's test modules; what they need of the package expecttest, they need to run tests, which is not done here."""
    stub = types.ModuleType("expecttest")
    stub.TestCase = unittest.TestCase  # type: ignore[attr-defined]
    sys.modules.setdefault("expecttest", stub)
    from torch.testing._internal import common_modules, common_nn

    return common_modules, common_nn


def _plain(value: object) -> bool:
    return not isinstance(value, torch.Tensor | torch.dtype | torch.device)


def _named(kind: str, args: tuple[Any, ...], more: dict[str, Any]) -> dict[str, Any]:
    """Constructor arguments by their names."""
    if kind not in BY_KIND:
        return {}
    named = {**dict(zip(BY_KIND[kind].signature, args, strict=False)), **more}
    return {name: value for name, value in named.items() if name not in ("args", "kwargs", "device", "dtype")}


Case = tuple[str, dict[str, Any], tuple[Any, ...]]

OPTIONS = {"device": "cpu", "dtype": torch.float32, "requires_grad": False}


def _module_infos() -> Iterator[Case]:
    """The database with which torch tests every layer in the same ways."""
    for info in _imported()[0].module_db:
        for training in (False, True):
            yield from _cases(info, info.module_inputs_func(info, training=training, **OPTIONS))


def _wrong_infos() -> Iterator[Case]:
    """What is in it to be refused, while training at least."""
    for info in _imported()[0].module_db:
        if info.module_error_inputs_func:
            wrong = info.module_error_inputs_func(info, training=True, **OPTIONS)
            yield from _cases(info, [case.module_error_input for case in wrong])


def _cases(info: Any, inputs: Iterable[Any]) -> Iterator[Case]:
    kind = info.module_cls.__name__
    for case in inputs if kind in BY_KIND else ():
        built, given = case.constructor_input, case.forward_input
        yield kind, _named(kind, built.args, built.kwargs), (*given.args, *given.kwargs.values()) if given else ()


def _module_tests() -> Iterator[Case]:
    """The older lists; of what they build by a function, the arguments are seen when torch's class is called."""
    _, tests = _imported()
    for test in [*tests.module_tests, *tests.get_new_module_tests()]:
        given = test["input_fn"]() if "input_fn" in test else test.get("input", torch.zeros(test.get("input_size", ())))
        inputs = given if isinstance(given, tuple) else (given,)
        if "module_name" in test:
            kind, args = test["module_name"], test.get("constructor_args", ())
            if kind in BY_KIND:
                yield kind, _named(kind, args, {}), inputs
            continue
        captured = (
            inspect.getclosurevars(test["constructor"].forward).nonlocals
            if isinstance(test["constructor"], type)
            else {}
        )
        if captured.get("fn") is torch.nn.functional.interpolate:
            yield "Upsample", captured["kwargs"], inputs
        else:
            yield from ((kind, arguments, inputs) for kind, arguments in _seen(test["constructor"]))


def _seen(constructor: Any) -> list[tuple[str, dict[str, Any]]]:
    """The layers that a function builds, if it is one."""
    if isinstance(constructor, type):
        return []
    module = constructor()
    kind = type(module).__name__
    names = BY_KIND[kind].arguments() if kind in BY_KIND else {}
    fields = {name: getattr(module, name) for name in names if hasattr(module, name)}
    if "bias" in fields:
        fields["bias"] = fields["bias"] is not None
    return [(kind, fields)] if names or kind in BY_KIND else []
