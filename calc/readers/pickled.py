"""What `torch.save` wrote, without unpickling: the steps of the pickle are followed, and nothing of it is called.

Only what dicts of tensors are written with has a meaning here; everything else becomes an `Opaque` with a name.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from calc.layers.base import Shape

LONGEST_LINE = 1000
"""Bytes of a line in the pickle, as old protocols write numbers and names."""

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_PUSHED = (
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
)
_TENSORS = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_qtensor")
_PARAMETERS = ("_rebuild_parameter", "_rebuild_parameter_with_state")
_DICTS = ("OrderedDict", "dict", "defaultdict")


class Opaque(NamedTuple):
    """A thing of another kind: what its class or function is called."""

    name: str


class Storage(NamedTuple):
    """Where the numbers of one or more tensors lie in the file."""

    key: str
    kind: str


class Held(NamedTuple):
    """A tensor: its shape, the kind of its numbers, and where they lie; equal places are one tensor."""

    shape: Shape
    kind: str
    place: tuple[Any, ...]


class _Lines(io.BytesIO):
    """Bytes of which no line is read that is too long to be meant."""

    def readline(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002  # the signature of the base
        line = super().readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise ValueError("a line of the pickle is too long")
        return line


def follow(data: bytes) -> Any:
    """The dicts, lists, numbers, words and tensors that a pickle describes; `ValueError` if it is none."""
    try:
        return _Machine().run(data)
    except (LookupError, TypeError, AttributeError, OverflowError) as fault:
        raise ValueError("the steps of the pickle do not fit together") from fault


class _Machine:
    """The stack and the memo of a pickle that is followed."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        import pickletools

        for step, argument, _ in pickletools.genops(_Lines(data)):
            if step.name == "STOP":
                return self.stack.pop()
            self.take(step.name, argument)
        raise ValueError("the pickle has no end")

    def take(self, step: str, argument: Any) -> None:
        """One step of the pickle."""
        stack = self.stack
        match step:
            case "PROTO" | "FRAME":
                pass
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append(_CONSTANTS[step])
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST" | "EMPTY_SET":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                many = int(step[-1])
                stack[-many:] = [tuple(stack[-many:])]
            case "MARK":
                self.below.append(stack)
                self.stack = []
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                self.memo[argument] = stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                stack.append(self.memo[argument])
            case "POP":
                stack.pop()
            case "DUP":
                stack.append(stack[-1])
            case "GLOBAL":
                stack.append(Opaque(argument.replace(" ", ".")))
            case "BINPERSID":
                stack.append(_storage(stack.pop()))
            case "STACK_GLOBAL" | "REDUCE" | "NEWOBJ" | "BUILD" | "APPEND":
                self._two(step)
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                _put(stack[-1], [key, value])
            case "TUPLE" | "LIST" | "DICT" | "FROZENSET" | "SETITEMS" | "APPENDS" | "ADDITEMS" | "POP_MARK":
                self._marked(step)
            case _ if step in _PUSHED:
                stack.append(argument)
            case _:
                raise ValueError(f"the pickle has a step {step}, which torch.save does not write")

    def _two(self, step: str) -> None:
        """A step that takes the last thing and the one before it."""
        last, first = self.stack.pop(), self.stack.pop()
        match step:
            case "STACK_GLOBAL":
                self.stack.append(Opaque(f"{first}.{last}"))
            case "REDUCE":
                self.stack.append(_called(first, last))
            case "NEWOBJ":
                self.stack.append(first)
            case "BUILD":
                self.stack.append(first)
            case _:
                if isinstance(first, list):
                    first.append(last)
                self.stack.append(first)

    def _marked(self, step: str) -> None:
        """A step that takes all since the last mark."""
        things = self.stack
        self.stack = self.below.pop()
        match step:
            case "TUPLE":
                self.stack.append(tuple(things))
            case "LIST" | "FROZENSET":
                self.stack.append(things)
            case "DICT":
                made: dict[Any, Any] = {}
                _put(made, things)
                self.stack.append(made)
            case "SETITEMS":
                _put(self.stack[-1], things)
            case "POP_MARK":
                pass
            case _:
                if isinstance(self.stack[-1], list):
                    self.stack[-1].extend(things)


def _put(target: Any, things: list[Any]) -> None:
    """Keys and their values, one after the other, into a dict; keys that are no words or numbers are left out."""
    if isinstance(target, dict):
        pairs = zip(things[::2], things[1::2], strict=True)
        target.update((key, value) for key, value in pairs if isinstance(key, str | int))


def _called(function: Any, arguments: Any) -> Any:
    """What comes of a call that torch.save writes; an `Opaque` of any other."""
    name = function.name.rpartition(".")[2]
    match function.name.rpartition(".")[0], arguments:
        case (("collections" | "builtins" | "__builtin__"), _) if name in _DICTS:
            return dict(_pairs(arguments))
        case "torch", (sizes,) if name == "Size":
            return sizes
        case "torch._utils", (Storage() as storage, int(offset), sizes, strides, *more) if name in _TENSORS:
            kind = more[2].name if name == "_rebuild_tensor_v3" else storage.kind
            return Held(_sizes(sizes), _kind(kind), (storage.key, offset, sizes, strides))
        case "torch._utils", (Opaque(kind), sizes, *_) if name == "_rebuild_meta_tensor_no_storage":
            return Held(_sizes(sizes), _kind(kind), (object(),))
        case "torch._utils", (Held() as held, *_) if name in _PARAMETERS:
            return held
        case "torch._tensor", (Opaque() as inner, _, tuple(given), *_) if name == "_rebuild_from_type_v2":
            return inner if inner == function else _called(inner, given)
    return function


def _pairs(arguments: Any) -> Iterator[tuple[Any, Any]]:
    """What an OrderedDict is made of at once."""
    if arguments and isinstance(arguments[0], list):
        yield from ((pair[0], pair[1]) for pair in arguments[0] if isinstance(pair[0], str | int))


def _storage(words: Any) -> Storage:
    """The storage of a persistent id: ("storage", its class, its key, where it was, how many numbers it has)."""
    if words[0] != "storage":
        raise ValueError("the pickle names something else than a storage")
    return Storage(str(words[2]), words[1].name)


def _sizes(sizes: Any) -> Shape:
    if not isinstance(sizes, tuple) or len(sizes) > 100:
        raise ValueError("a tensor has no shape")
    if not all(type(n) is int and 0 <= n < 2**63 for n in sizes):
        raise ValueError("a tensor has a shape of other than whole numbers")
    return sizes


def _kind(name: str) -> str:
    """float, long and so on, of torch.FloatStorage or torch.float32."""
    return name.rpartition(".")[2].removesuffix("Storage").lower()
