"""One forward pass of a network, seen operation by operation: shapes, and what is multiplied with which weights.

The pass is made on tensors without contents where the network lets it. Tensors that are small and whose numbers are
known (tables of places, rates of dropout) keep them, so that code which looks at them runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from calc.readers.describing import kind_of, row_modules
from calc.readers.operations import (
    OF_VECTORS,
    WORDS,
    Factors,
    multiplied,
    shaped,
    tensors_of,
    unknown,
)
from calc.readers.wires import Wires

KNOWN_NUMBERS = 8192
"""Tensors of up to so many numbers keep them."""

KNOWN_CONSTANT = 256
"""Tensors of one number everywhere are many, as the statistics of layers, and seldom looked at."""

MOST_TERMS = 40
"""Different products that a row is the sum of; beyond, their sum alone is told."""


BY_NUMBERS = "The network looks at the numbers it is given: counted is the path that an input of random numbers from 0 to 1 takes."


WITHOUT_NUMBERS = ("meta", "unallocated storage", "fake impl")
"""What torch says of a tensor without contents."""


class NeedsNumbers(Exception):
    """The network looks at numbers that a tensor without contents does not have."""


def wants_numbers(fault: BaseException) -> bool:
    """Whether something failed because tensors have no contents."""
    return isinstance(fault, NeedsNumbers) or any(sign in str(fault).lower() for sign in WITHOUT_NUMBERS)


class NeedsWhole(Exception):
    """Inputs that are looked up in a table: they are whole numbers."""

    def __init__(self, inputs: frozenset[int]) -> None:
        self.inputs = inputs


class Origin(NamedTuple):
    """What a tensor was made of: inputs by their number, parameters and buffers by their names."""

    inputs: frozenset[int] = frozenset()
    weights: frozenset[str] = frozenset()


NOTHING = Origin()


class Shadow(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Operations without contents, by our rules where there is one; with `numbers` they are done as they are.

    Every tensor is on the meta device. One whose numbers are known carries them as another tensor; a view of it
    carries a view of that.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """torch would import its compiler to keep it off this class."""
        return False

    def __init__(self, *, numbers: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers = numbers
        self.twins: dict[int, tuple[Tensor, Tensor]] = {}
        self.spoiled: dict[int, Tensor] = {}

    def __enter__(self) -> Any:
        self._before = vars(Tensor).get("tolist")
        if not self.numbers:  # torch reads these past all dispatch
            Tensor.tolist = self._listed  # type: ignore[method-assign, assignment]
        return super().__enter__()  # type: ignore[no-untyped-call]

    def __exit__(self, *raised: Any) -> None:
        if not self.numbers and self._before is None:
            del Tensor.tolist
        elif not self.numbers:
            Tensor.tolist = self._before  # type: ignore[method-assign, assignment]
        super().__exit__(*raised)  # type: ignore[no-untyped-call]

    @property
    def _listed(self) -> Callable[[Tensor], Any]:
        """The numbers of a tensor as Python's."""

        def tolist(tensor: Tensor) -> Any:
            numbers = self.known(tensor)
            if numbers is None:
                raise NeedsNumbers
            return super(Tensor, numbers).tolist()

        return tolist

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return self.done(func, str(func._schema.name).rpartition("::")[2], args, kwargs or {})

    def done(self, func: Any, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """What comes out of an operation."""
        if self.numbers:
            return func(*args, **kwargs)
        given = list(tensors_of((args, kwargs)))
        if not given:
            return self._made(func, name, args, kwargs)
        if self._known(name, given, args):
            return self._worked_out(func, name, args, kwargs)
        if name == "_local_scalar_dense":
            raise NeedsNumbers
        changes = args[0] if in_place(name) else None
        if changes is not None and (numbers := self.known(changes)) is not None:
            self.spoiled[numbers.untyped_storage()._cdata] = numbers
        out = self._emptily(func, name, args, kwargs)
        return out if changes is None else changes

    def _emptily(self, func: Any, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """What comes out, without contents: by a rule, or as torch's meta device has it."""
        args, kwargs = self._twinned(args), _on(self._twinned(kwargs), "meta")
        out = shaped(name, args, kwargs)
        if out is not None:
            return out
        try:
            return func(*args, **kwargs)
        except (NotImplementedError, RuntimeError, ValueError) as fault:
            if wants_numbers(fault):
                raise NeedsNumbers from None
            raise

    def _made(self, func: Any, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """A new tensor, with its numbers if it has some and is small."""
        most = KNOWN_CONSTANT if name in ("zeros", "ones", "full") else KNOWN_NUMBERS
        if name.startswith("empty") or _size(name, args) > most:
            return func(*args, **{**kwargs, "device": torch.device("meta")})
        return carrying(func(*args, **_on(kwargs, "cpu")))

    def known(self, tensor: Tensor) -> Tensor | None:
        """The numbers of a tensor, where they are known."""
        numbers: Tensor | None = getattr(tensor, "_cnncalc_numbers", None) if tensor.is_meta else tensor
        if numbers is None or (self.spoiled and numbers.untyped_storage()._cdata in self.spoiled):
            return None
        return numbers

    def _known(self, name: str, given: Sequence[Tensor], args: Any) -> bool:
        """Whether the numbers that come out are known and worth working out."""
        if any(self.known(t) is None for t in given):
            return False
        if sum(t.numel() for t in given) > KNOWN_NUMBERS:
            return False
        return name != "repeat" or given[0].numel() * prod(args[1]) <= KNOWN_NUMBERS

    def _worked_out(self, func: Any, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """What comes out of an operation on tensors whose numbers are known."""
        numbers = func(*self._numbered(args), **_on(self._numbered(kwargs), "cpu"))
        if in_place(name):
            return args[0]
        if not any(r.alias_info for r in func._schema.returns):
            return carrying(numbers)
        out = self._emptily(func, name, args, kwargs)
        for empty, carried in zip(tensors_of(out), tensors_of(numbers), strict=True):
            empty._cnncalc_numbers = carried  # type: ignore[attr-defined]
        return out

    def _numbered(self, value: Any) -> Any:
        """Arguments in which tensors are their numbers."""
        return _mapped(value, self.known)

    def _twinned(self, value: Any) -> Any:
        """Arguments in which tensors have no contents."""
        return _mapped(value, lambda tensor: tensor if tensor.is_meta else self.twin(tensor))

    def twin(self, tensor: Tensor) -> Tensor:
        """The same tensor without its contents."""
        if id(tensor) not in self.twins:
            self.twins[id(tensor)] = tensor, _emptied(tensor)
        return self.twins[id(tensor)][1]


def _mapped(value: Any, action: Callable[[Tensor], Any]) -> Any:
    """Arguments with something done to each tensor."""
    if isinstance(value, Tensor):
        return action(value)
    if isinstance(value, list | tuple):
        return type(value)(_mapped(part, action) for part in value)
    if isinstance(value, dict):
        return {name: _mapped(part, action) for name, part in value.items()}
    return value


def _emptied(tensor: Tensor) -> Tensor:
    return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta")


def carrying(value: Any) -> Any:
    """Tensors without contents in place of small ones, which they carry."""

    def empty(tensor: Tensor) -> Tensor:
        made = _emptied(tensor)
        made._cnncalc_numbers = tensor  # type: ignore[attr-defined]
        return made

    return _mapped(value, empty)


def in_place(name: str) -> bool:
    """Whether an operation changes its first tensor."""
    return name.endswith("_") and not name.endswith("__")


def _on(kwargs: dict[str, Any], device: str) -> dict[str, Any]:
    """The arguments with that device in place of another."""
    return {**kwargs, "device": torch.device(device)} if kwargs.get("device") is not None else kwargs


def _size(name: str, args: Any) -> int:
    """How many numbers a new tensor would have."""
    if args and isinstance(args[0], list | tuple):
        return prod(args[0])
    numbers = [a for a in args if isinstance(a, int | float)]
    if name == "linspace" or name == "logspace":
        return int(numbers[2]) if len(numbers) > 2 else 100
    if name == "arange" and numbers:
        start, end, step = (0, numbers[0], 1) if len(numbers) == 1 else (*numbers, 1)[:3]
        return int(abs(end - start) / (abs(step) or 1)) + 1
    return prod(int(n) for n in numbers) if name == "eye" else 0


class Fault(NamedTuple):
    """The innermost module in which the pass ended, the shapes it was given, and what was said."""

    path: str
    module: nn.Module
    inputs: list[list[int]]
    error: BaseException


class Trace(Shadow):  # type: ignore[no-untyped-call]
    """A forward pass: the calls of layers in their order, with what they multiply."""

    def __init__(self, network: nn.Module, built: Shadow) -> None:
        super().__init__(numbers=built.numbers)
        self.spoiled.update(built.spoiled)
        self.network = network
        self.rows = dict(row_modules(network))
        self.row_names = {id(module): name for name, module in self.rows.items()}
        self.paths = {id(module): name for name, module in network.named_modules()}
        self.state: dict[int, str] = {}
        self.storages: dict[int, str] = {}
        for name, tensor in (*network.named_buffers(), *network.named_parameters()):
            self.state[id(tensor)] = name
            if not is_lazy(tensor):
                self.storages[tensor.untyped_storage()._cdata] = name
        self.calls: list[dict[str, Any]] = []
        self.wires = Wires()
        self.touched: set[str] = set()
        self.between = 0
        self.outside: set[str] = set()
        self.flops = 0
        self.fault: Fault | None = None
        self._row: dict[str, Any] | None = None
        self._making = 0
        self._path = ""

    def done(self, func: Any, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        given = list(tensors_of((args, kwargs)))
        origins = [self.origin(t) for t in given]
        self.touched.update(self.state[id(t)] for t in given if id(t) in self.state)
        if name in ("embedding", "index"):
            self._whole(list(tensors_of(args[1])))
        out = super().done(func, name, args, kwargs)
        inputs = frozenset[int]().union(*(o.inputs for o in origins))
        weights = frozenset[str]().union(*(o.weights for o in origins)) if not inputs else frozenset[str]()
        if inputs or weights:
            self._mark(func, name, Origin(inputs, weights), args, out)
        if inputs:
            if self._row is None:
                self.outside.add(name)
            self.wires.done(func, name, args, kwargs, out)
        if not self._making:
            self._count(func, name, args, kwargs, out)
        return out

    def _whole(self, places: list[Tensor]) -> None:
        """Places in a table are whole numbers; inputs that are looked up so must be some."""
        inputs = [self.origin(t).inputs for t in places if t.is_floating_point()]
        if any(inputs):
            raise NeedsWhole(frozenset[int]().union(*inputs))

    def origin(self, tensor: Tensor) -> Origin:
        """What a tensor was made of."""
        said = getattr(tensor, "_cnncalc_origin", None)
        if said is not None:
            return said  # type: ignore[no-any-return]
        name = self.state.get(id(tensor))
        if name is None and not is_lazy(tensor):
            name = self.storages.get(tensor.untyped_storage()._cdata)
        return Origin(weights=frozenset((name,))) if name is not None else NOTHING

    def mark(self, tensor: Tensor, origin: Origin) -> None:
        """Remember what a tensor is made of."""
        tensor._cnncalc_origin = origin  # type: ignore[attr-defined]

    def _mark(self, func: Any, name: str, origin: Origin, args: Any, out: Any) -> None:
        if in_place(name):
            base = args[0]
            while base is not None and origin.inputs:  # what a view of it takes on, it takes on
                self.mark(base, origin)
                base = getattr(base, "_cnncalc_base", None)
            return
        view = any(r.alias_info for r in func._schema.returns)
        for tensor in tensors_of(out):
            self.mark(tensor, origin)
            if view:
                tensor._cnncalc_base = args[0]  # type: ignore[attr-defined]

    def _count(self, func: Any, name: str, args: Any, kwargs: dict[str, Any], out: Any) -> None:
        work = multiplied(name, args, out)
        if work is None:
            if unknown(func.namespace, name):
                self._unknown(args, out)
            elif name == "embedding" and self._row is None:
                self._outside(name, self.origin(args[0]), [], args, out)
            return
        left, right, factors = work
        of_left, of_right = self.origin(left), self.origin(right)
        if name in OF_VECTORS and not of_left.inputs and not of_right.inputs:
            return
        counter = flop_registry.get(func._overloadpacket)
        self.flops += counter(*args, **kwargs, out_val=out) if counter else 2 * sum(map(prod, factors))
        if (of_left.inputs and of_right.inputs) or self._attends(name, of_left, of_right):
            self.between += sum(map(prod, factors))
        elif self._row is not None:
            self._row["products"].update(map(_factors, factors))
        else:
            used = of_right if not of_right.inputs and (of_right.weights or of_left.inputs) else of_left
            if not of_left.inputs and not of_right.inputs:
                used = Origin(weights=of_left.weights | of_right.weights)
            self._outside(name, used, factors, args, out)

    def _attends(self, name: str, left: Origin, right: Origin) -> bool:
        """Whether a product is one of queries, keys and values, some of which may be made of parameters alone."""
        layer = self.rows.get(self._row["name"]) if self._row is not None else None
        made = all(origin.inputs or len(origin.weights) > 1 for origin in (left, right))
        return "attention" in name or (isinstance(layer, nn.MultiheadAttention) and made)

    def _unknown(self, args: Any, out: Any) -> None:
        origins = list(map(self.origin, tensors_of(args)))
        used = [o for o in origins if o.weights]
        packed = any(isinstance(a, torch.ScriptObject) for a in args)
        if self._row is not None:
            self._row["unknown"] = True
        elif used or packed or any(o.inputs for o in origins):
            self._outside("", used[0] if used else NOTHING, [], args, out)
            self.calls[-1]["unknown"] = True

    def _outside(self, name: str, used: Origin, factors: list[Factors], args: Any, out: Any) -> None:
        """An operation in no layer's own forward: a row named by the weights it uses."""
        direct = [self.state[id(t)] for t in tensors_of(args) if id(t) in self.state]
        weights = sorted({*used.weights, *direct})
        activation = next((t for t in tensors_of(args) if self.origin(t).inputs), None)
        self.calls.append(
            {
                "name": "",
                "operation": WORDS.get(name, "product of matrices" if name else "operation"),
                "weights": weights,
                "within": self._path,
                "inputs": [] if activation is None else [_single(activation)],
                "output": _single(out) if isinstance(out, Tensor) else None,
                "node": self.wires.number(out),
                "batch": 1,
                "products": Counter(map(_factors, factors)),
            }
        )

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While it lasts, the calls of modules are seen."""
        own_call: Callable[..., Any] = nn.Module.__call__

        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            return self._called(own_call, module, args, kwargs)

        nn.Module.__call__ = call  # type: ignore[method-assign]
        try:
            yield
        finally:
            nn.Module.__call__ = own_call  # type: ignore[method-assign]

    def _called(self, own_call: Callable[..., Any], module: nn.Module, args: Any, kwargs: Any) -> Any:
        making = isinstance(module, nn.utils.parametrize.ParametrizationList)
        name = self.row_names.get(id(module)) if self._row is None else None
        before, row = self._path, self._row
        self._path = self.paths.get(id(module), before)
        self._making += making
        shapes = [shape_of(t) for t in tensors_of((args, kwargs))]
        if name is not None:
            self._row = {"name": name, "inputs": shapes, "output": None, "batch": 1, "products": Counter()}
            self.calls.append(self._row)
        try:
            out = own_call(module, *args, **kwargs)
            if args and _wraps(module):
                self.wires.wrapped(module, args[0], out)
            if name is not None and self._row is not None:
                first = next(tensors_of(out), None)
                if first is not None:
                    batch = first.shape[0] if first.dim() > 1 else 1
                    self._row |= {"output": shape_of(first), "batch": batch, "node": self.wires.number(first)}
        except BaseException as error:
            if self.fault is None:
                self.fault = Fault(self._path, module, shapes, error)
            raise
        finally:
            self._path, self._row = before, row
            self._making -= making
        return out


def _wraps(module: nn.Module) -> bool:
    """Whether a layer of torch's own pads with the cells of the other side."""
    around = getattr(module, "padding_mode", "") == "circular" or "CircularPad" in type(module).__name__
    return around and kind_of(module) is not None


def _factors(factors: Factors) -> Factors:
    return tuple(n for n in factors if n != 1) or (1,)


def shape_of(tensor: Tensor) -> list[int]:
    """Its shape without the batch; a vector has none."""
    return list(tensor.shape[1:] if tensor.dim() > 1 else tensor.shape)


def _single(tensor: Tensor) -> list[int]:
    """Its shape, without the axis of a batch of one."""
    return list(tensor.shape[1:] if tensor.dim() > 1 and tensor.shape[0] == 1 else tensor.shape)


def terms(products: Counter[Factors]) -> list[list[int]]:
    """The products that multiply-accumulates are the sum of, each as its factors, equal ones taken together."""
    if len(products) > MOST_TERMS:
        return [[sum(n * prod(factors) for factors, n in products.items())]]
    return [[*([n] if n > 1 else []), *factors] for factors, n in products.items()]
