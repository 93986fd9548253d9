"""How the operations of a forward pass hang together, as plain data: what each does, and what it reads.

The words are those of `calc.wiring`, of which each operation of torch's is made up here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from calc.readers.operations import tensors_of
from calc.readers.wire_rules import RULES, padded

FRESH = ("empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "new_")
"""How the names begin of operations that take no more from a tensor than its shape."""

CELL_BY_CELL = frozenset(
    [
        *("add", "sub", "mul", "div", "rsub", "pow", "where", "masked_fill", "lerp", "addcmul", "addcdiv"),
        *("hardswish", "hardsigmoid", "leaky_relu", "elu", "softplus", "_prelu_kernel", "log_sigmoid_forward"),
        *("rrelu_with_noise", "threshold", "softshrink", "hardshrink", "relu", "gelu", "silu", "mish", "tril", "triu"),
        *("clone", "_to_copy", "alias", "detach", "lift_fresh", "contiguous", "expand", "native_dropout", "dropout"),
        *("glu_jvp", "bernoulli", "copy", "fill", "clamp", "_conj", "view_as_real_copy", "nan_to_num"),
    ]
)
"""Operations, besides those that torch marks so, of which an output hangs on the cells at its own place."""


class Wires:
    """The operations that something of an input goes through, in their order."""

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []

    def input(self, tensor: Tensor) -> None:
        """A tensor that is given to the network."""
        self.put(tensor, self.add("input", [], tensor.shape))

    def add(self, word: str, of: Sequence[int], shape: Sequence[int], **how: Any) -> int:
        """One more operation; its number."""
        self.nodes.append([word, list(of), list(shape), how])
        return len(self.nodes) - 1

    def put(self, tensor: Tensor, number: int | None) -> None:
        """Remember which operation a tensor comes out of."""
        tensor._cnncalc_node = number  # type: ignore[attr-defined]

    def number(self, tensor: Any) -> int | None:
        """The operation that a tensor comes out of; None if nothing of an input is in it."""
        return getattr(tensor, "_cnncalc_node", None)

    def shape(self, number: int) -> list[int]:
        shape: list[int] = self.nodes[number][2]
        return shape

    def done(self, func: Any, name: str, args: Any, kwargs: dict[str, Any], out: Any) -> None:
        """An operation that was done."""
        given = [t for t in tensors_of((args, kwargs)) if self.number(t) is not None]
        changed = name.endswith("_") and not name.endswith("__")
        base = name.removesuffix("_") if changed else name
        if not given or name.startswith(FRESH):
            return
        outs = list(tensors_of(out))
        numbers = self._numbers(func, base, args, kwargs, given, outs)
        if changed:
            self._changed(args[0], numbers[0])
            return
        for tensor, number in zip(outs, numbers, strict=False):
            self.put(tensor, number)

    def wrapped(self, module: nn.Module, x: Any, out: Any) -> None:
        """A layer that pads with cells of the other side was called: they are no more than a border's."""
        number = self.number(x) if isinstance(out, Tensor) else None
        pads: Any = getattr(module, "_reversed_padding_repeated_twice", None) or getattr(module, "padding", None)
        if number is None or not isinstance(pads, list | tuple):
            return
        number = padded(self, number, pads)
        weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor):
            axes = weight.dim() - 2
            names = ("kernel_size", "stride", "dilation")
            fields = {name: list(getattr(module, name)) for name in names}
            groups: Any = module.groups
            number = self.windowed(
                number, out.shape, f"Conv{axes}d", axes, groups, in_channels=1, out_channels=1, **fields
            )
        self.put(out, number)

    def _changed(self, tensor: Tensor, number: int | None) -> None:
        """What is changed in place, and what it is a view of, of which other parts are as they were."""
        same = number == self.number(tensor)
        self.put(tensor, number)
        base = None if same else getattr(tensor, "_cnncalc_base", None)
        while base is not None and number is not None:
            before = self.number(base)
            of = [number] if before is None else [before, number]
            self.put(base, self.add("unknown", of, base.shape))
            base = getattr(base, "_cnncalc_base", None)

    def _numbers(
        self, func: Any, name: str, args: Any, kwargs: dict[str, Any], given: list[Tensor], outs: list[Tensor]
    ) -> list[int | None]:
        """The numbers of the operations that the outputs come out of."""
        shape = outs[0].shape if outs else ()
        of = list(dict.fromkeys(n for t in given if (n := self.number(t)) is not None))
        rule = RULES.get(name)
        if rule is None and (name in CELL_BY_CELL or _pointwise(func)):
            one = self.joined(of, list(shape))
            return [one] * len(outs)
        made = rule(self, outs, *args, **kwargs) if rule else None
        if made is None:
            made = [self.add("unknown", of, t.shape) for t in outs]
        return made if isinstance(made, list) else [made] * len(outs)

    def joined(self, of: list[int], shape: list[int]) -> int:
        """Cell by cell."""
        if len(of) == 1 and self.shape(of[0]) == shape:
            return of[0]
        return self.add("join", of, shape)

    def mixed(self, number: int, axes: Sequence[int], keep: bool = True, shape: Sequence[int] | None = None) -> int:
        """Each output sees all along some axes; those that are kept may be of one cell afterwards."""
        before = self.shape(number)
        axes = sorted({axis % len(before) for axis in axes}) if before else []
        if shape is None:
            shape = [1 if axis in axes else size for axis, size in enumerate(before) if keep or axis not in axes]
        return self.add("mix", [number], shape, axes=axes, keep=keep)

    def patterned(self, number: int, axis: int, cells: int, outs: int, ins: int | None, taps: list[list[int]]) -> int:
        """Along one axis, every output made of some cells."""
        shape = list(self.shape(number))
        shape[axis] = cells
        return self.add("pattern", [number], shape, axis=axis, outs=outs, ins=ins, taps=taps)

    def reshaped(self, number: int, shape: Sequence[int]) -> int:
        """The same cells in another shape."""
        return number if list(shape) == self.shape(number) else self.add("reshape", [number], shape)

    def permuted(self, number: int, dims: Sequence[int]) -> int:
        """The axes in another order."""
        shape = self.shape(number)
        dims = [d % len(shape) for d in dims]
        return self.add("permute", [number], [shape[d] for d in dims], dims=dims)

    def sliced(self, number: int, axis: int, start: int, cells: int, step: int = 1) -> int:
        """Every `step`-th cell along an axis from `start` on, which may lie outside."""
        if start == 0 and step == 1 and cells == self.shape(number)[axis]:
            return number
        return self.patterned(number, axis, cells, 1, step, [[start, start + 1]])

    def windowed(
        self, number: int, shape: Sequence[int], kind: str, axes: int, groups: int = 0, **fields: Any
    ) -> int | None:
        """A layer at work along the last axes; `groups` where it mixes channels."""
        if not 1 <= axes <= 3 or len(self.shape(number)) < axes + (groups > 0):
            return None
        return self.add("window", [number], shape, kind=kind, axes=axes, groups=groups, fields=fields)


@cache
def _pointwise(func: Any) -> bool:
    return torch.Tag.pointwise in func.tags
