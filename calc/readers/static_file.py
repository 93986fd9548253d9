"""The network in a Python file as far as it can be read without running it: constants, constructors, nested Sequential.

Nothing is guessed: what would have to be run to be known is refused, with its line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from calc.errors import Impossible, counted, nearest, printable
from calc.layers.base import Layer, Shape
from calc.layers.known import BY_KIND
from calc.network import Call, Network, Tensor, buffers_of
from calc.readers.kinds import OWN

LARGEST_FILE = 2**20
"""Bytes of a file that are read."""

LARGEST_NUMBER = 10**12
DEEPEST = 50
"""Classes and containers within one another."""

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
FILLED = ("zeros", "ones", "empty", "rand", "randn", "Tensor")
"""The functions of torch that make a tensor of the sizes they are given."""

MODULE_INIT = ("nn.Module.__init__(self)", "torch.nn.Module.__init__(self)", "Module.__init__(self)")
"""How the constructor of every module is called by its name."""

_OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}


@dataclass
class Part:
    """A module as it is written: a layer, parts by their names, or a parameter of a shape."""

    kind: str
    layer: Layer | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    shape: Shape | None = None


def read_static(path: Path, wanted: str = "") -> Network:
    """The network of that name, or the only one there is, read and not run."""
    if path.stat().st_size > LARGEST_FILE:
        raise Impossible(f"{printable(path.name)} is larger than the {LARGEST_FILE} bytes that are read")
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        where = f"line {fault.lineno}: " if isinstance(fault, SyntaxError) and fault.lineno else ""
        said = fault.msg if isinstance(fault, SyntaxError) else str(fault)
        raise Impossible(f"{printable(path.name)} is not Python: {where}{printable(said, 200)}") from None
    return _Reader(printable(path.name), tree).network(wanted)


class _Reader:
    """A file's constants and classes, and what can be made of them."""

    def __init__(self, shown: str, tree: ast.Module) -> None:
        self.shown = shown
        self.classes: dict[str, ast.ClassDef] = {}
        self.values: dict[str, ast.expr] = {}
        self.depth = 0
        self.body = tree.body
        self.imported = dict(_imports(tree))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.values[target.id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                self.values[node.target.id] = node.value
        for name in _changed(tree, self.values):
            del self.values[name]

    def network(self, wanted: str) -> Network:
        built = [n for n, v in self.values.items() if isinstance(v, ast.Call) and self._makes(v)]
        classes = [name for name, node in self.classes.items() if self._is_module(node)]
        there = [*built, *classes]
        used = {n.id for c in self.classes.values() for n in ast.walk(c) if isinstance(n, ast.Name) and n.id != c.name}
        outer = [name for name in classes if name not in used]
        name = wanted or (built[0] if len(built) == 1 else outer[0] if not built and len(outer) == 1 else "")
        if name not in there:
            if wanted:
                listed = nearest(wanted, there) or (f": there is {', '.join(there)}" if there else "")
                raise Impossible(f"{self.shown} holds no network called {printable(wanted)} that can be read{listed}")
            for node in () if there else self.classes.values():
                if node.bases:
                    raise self._refused(node, "is not a plain class of torch.nn.Module")
            if not there:
                raise Impossible(f"{self.shown} holds no network that can be read without running it")
            raise Impossible(
                f"{self.shown} holds {counted(len(there), 'network')}, {', '.join(there)}: say which, as {self.shown}:{there[-1]}"
            )
        for statement in self.body:
            if not _harmless(statement) and any(
                isinstance(n, ast.Name) and n.id in self.held for n in ast.walk(statement)
            ):
                raise self._refused(statement)
        part = self._module(self.values[name], {}) if name in built else self._of_class(self.classes[name], [], {}, {})
        calls = tuple(_calls(part, "", name, {}))
        tensors = {t.name: t for call in calls for t in call.tensors}
        note = f"{self.shown} was read, not run: what its code changes later, or shares, is not seen."
        return Network(name, calls, tuple(tensors.values()), notes=(note,), written=True, buffers=buffers_of(calls))

    @property
    def held(self) -> set[str]:
        """The names of the file's classes and of what is made of them."""
        return {*self.classes, *(n for n, v in self.values.items() if isinstance(v, ast.Call))}

    def _full(self, node: ast.expr) -> str:
        """A name as it is known outside this file: nn.Linear is torch.nn.Linear."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return ""
        head, point, rest = ast.unparse(node).partition(".")
        if head in self.classes or head in self.values:
            return head if not point else ""
        return f"{self.imported.get(head, '?' + head)}{point}{rest}"

    def _name(self, node: ast.expr) -> str:
        """A class of this file, or one of torch by its last word."""
        full = self._full(node)
        if full in self.classes:
            return full
        return full.rpartition(".")[2] if full.startswith(("torch.", "collections.")) else ""

    def _makes(self, call: ast.Call) -> bool:
        name = self._name(call.func)
        return name in CONTAINERS or name in BY_KIND or name in self.classes

    def _is_module(self, node: ast.ClassDef, deep: int = 0) -> bool:
        full = [self._full(base) for base in node.bases]
        own = [self.classes[name] for name in full if name in self.classes]
        return "torch.nn.Module" in full or (deep < DEEPEST and any(self._is_module(c, deep + 1) for c in own))

    def _refused(self, node: ast.AST, why: str = "") -> Impossible:
        written = printable(ast.unparse(node).splitlines()[0], 60)
        line = getattr(node, "lineno", 0)
        return Impossible(
            f"{self.shown}, line {line}: `{written}` {why or 'is not known without running the file'}: --run runs it"
        )

    def _module(self, node: ast.expr, scope: Mapping[str, Any]) -> Part:
        """The module that an expression makes."""
        if isinstance(node, ast.Name) and isinstance(scope.get(node.id), Part):
            part: Part = scope[node.id]
            return part
        if isinstance(node, ast.Attribute) and isinstance(scope.get(ast.unparse(node)), Part):
            held: Part = scope[ast.unparse(node)]
            return held
        if not isinstance(node, ast.Call):
            raise self._refused(node)
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._refused(node, f"stands more than {DEEPEST} deep")
        try:
            return self._called(node, scope)
        finally:
            self.depth -= 1

    def _called(self, node: ast.Call, scope: Mapping[str, Any]) -> Part:
        name = self._name(node.func)
        if name in self.classes:
            return self._of_class(self.classes[name], *self._arguments(node, scope), {})
        if name in CONTAINERS:
            return Part(name, parts=dict(self._contained(node, scope)))
        if name == "Parameter":
            return Part(OWN, shape=self._shape(node, scope))
        known = BY_KIND.get(name)
        if not known or name.startswith("Lazy"):
            raise self._refused(node)
        if any(k.arg is None for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            raise self._refused(node)
        if len(node.args) > len(known.signature):
            raise self._refused(node, f"has more arguments than {name} takes")
        arguments = {n: self._value(a, scope) for n, a in zip(known.signature, node.args, strict=False)}
        arguments |= {k.arg: self._value(k.value, scope) for k in node.keywords if k.arg}
        try:
            return Part(name, known.of(arguments))
        except Impossible as fault:
            raise Impossible(f"{self.shown}, line {node.lineno}: {fault}") from None

    def _contained(self, node: ast.Call, scope: Mapping[str, Any]) -> Iterator[tuple[str, Part]]:
        """The parts of a container, by their names."""
        if node.keywords:
            raise self._refused(node)
        parts: list[ast.expr | Part] = []
        for argument in node.args:
            inner = argument.value if isinstance(argument, ast.Starred) else argument
            held = scope.get(ast.unparse(inner))
            if isinstance(held, list):
                parts += held
                continue
            if isinstance(inner, ast.Call) and self._name(inner.func) == "OrderedDict" and len(inner.args) == 1:
                inner = inner.args[0]
            if isinstance(inner, ast.Dict):
                for key, value in zip(inner.keys, inner.values, strict=True):
                    yield self._word(key or inner, scope), self._module(value, scope)
            elif isinstance(inner, ast.List | ast.Tuple):
                pairs = [e.elts for e in inner.elts if isinstance(e, ast.Tuple) and len(e.elts) == 2]
                if len(pairs) == len(inner.elts) and not isinstance(argument, ast.Starred):
                    for key, value in pairs:
                        yield self._word(key, scope), self._module(value, scope)
                else:
                    parts += inner.elts
            elif isinstance(argument, ast.Starred):
                raise self._refused(node)
            else:
                parts.append(inner)
        for number, part in enumerate(parts):
            yield str(number), part if isinstance(part, Part) else self._module(part, scope)

    def _word(self, node: ast.expr, scope: Mapping[str, Any]) -> str:
        word = self._value(node, scope)
        if not isinstance(word, str):
            raise self._refused(node)
        return word

    def _shape(self, node: ast.Call, scope: Mapping[str, Any]) -> Shape:
        """The shape of a parameter that is made of a tensor of given sizes."""
        made = node.args[0] if len(node.args) == 1 else node
        if not isinstance(made, ast.Call) or self._name(made.func) not in FILLED or made.keywords:
            raise self._refused(node)
        sizes = [self._value(a, scope) for a in made.args]
        if len(sizes) == 1 and isinstance(sizes[0], tuple):
            sizes = list(sizes[0])
        if not all(isinstance(n, int) and n >= 0 for n in sizes):
            raise self._refused(node)
        return tuple(sizes)

    def _of_class(
        self, node: ast.ClassDef, given: list[Any], named: Mapping[str, Any], outer: Mapping[str, Any]
    ) -> Part:
        """What a class's constructor assigns to self."""
        part = Part(node.name)
        self._constructed(node, part, given, named, dict(outer))
        return part

    def _constructed(
        self, node: ast.ClassDef, part: Part, given: list[Any], named: Mapping[str, Any], outer: dict[str, Any]
    ) -> None:
        """What a class's constructor, and that of the class it is made from, does to a module."""
        plain = len(node.bases) == 1 and not node.decorator_list and not node.keywords
        if not plain or not self._is_module(node):
            raise self._refused(node, "is not a plain class of torch.nn.Module")
        makers = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if len(makers) != 1:
            raise self._refused(node, "has no constructor to read")
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._refused(node, f"stands more than {DEEPEST} deep")
        scope = {**self._said_in(node), **outer, **self._bound(makers[0], given, named)}
        for statement in makers[0].body:
            base = self.classes.get(self._full(node.bases[0])) if _starts(statement) else None
            if base is not None:
                assert isinstance(statement, ast.Expr)
                assert isinstance(statement.value, ast.Call)
                own = {name: value for name, value in scope.items() if name.startswith("self.")}
                self._constructed(base, part, *self._arguments(statement.value, scope), own)
                scope |= {f"self.{name}": inner for name, inner in part.parts.items()}
            else:
                self._assigned(statement, part, scope)
        self.depth -= 1

    def _arguments(self, call: ast.Call, scope: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The plain values that a class of the file is called with."""
        if any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
            raise self._refused(call)
        named = {k.arg: self._value(k.value, scope) for k in call.keywords if k.arg}
        return [self._value(a, scope) for a in call.args], named

    def _said_in(self, node: ast.ClassDef) -> dict[str, Any]:
        """The constants of a class, as its constructor names them."""
        found: dict[str, Any] = {}
        for statement in node.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
                for target in _targets(statement):
                    value = self._value(statement.value, {})
                    found |= {f"self.{target.id}": value, f"{node.name}.{target.id}": value}
        return found

    def _bound(self, maker: ast.FunctionDef, given: list[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """The constructor's arguments by name."""
        a = maker.args
        if a.vararg or a.kwarg or a.posonlyargs:
            raise self._refused(maker)
        names = [x.arg for x in a.args][1:]
        defaults = dict(zip(reversed(names), reversed(a.defaults), strict=False))
        defaults |= {x.arg: d for x, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d}
        wanted = [*names, *(x.arg for x in a.kwonlyargs)]
        bound = dict(zip(names, given, strict=False)) | dict(named)
        if len(given) > len(names) or not set(named) <= set(wanted):
            raise self._refused(maker, "is called with other arguments than it takes")
        for name in wanted:
            if name not in bound:
                if name not in defaults:
                    raise self._refused(maker, f"needs a value for {name}")
                bound[name] = self._value(defaults[name], {})
        return bound

    def _assigned(self, statement: ast.stmt, part: Part, scope: dict[str, Any]) -> None:
        """One statement of a constructor."""
        if isinstance(statement, ast.Pass):
            return
        if isinstance(statement, ast.Expr):
            call = statement.value
            does = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            fills = isinstance(call, ast.Call) and self._full(call.func).startswith("torch.nn.init.")
            if _starts(statement) or fills or does == "self.register_buffer" or isinstance(call, ast.Constant):
                return
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and len(call.args) == 1:
                held = scope.get(ast.unparse(call.func.value))
                if isinstance(held, list) and call.func.attr in ("append", "extend") and not call.keywords:
                    more = call.args if call.func.attr == "append" else self._listed(call.args[0], statement)
                    held += [self._module(part, scope) for part in more]
                    return
            raise self._refused(statement)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
            held = scope.get(ast.unparse(statement.target))
            if isinstance(held, list):
                held += [self._module(part, scope) for part in self._listed(statement.value, statement)]
                return
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if not targets or value is None:
            raise self._refused(statement)
        target, *others = targets
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, its in zip(target.elts, value.elts, strict=True):
                self._assigned(ast.copy_location(ast.Assign([one], its), statement), part, scope)
            return
        own = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
        if not own and not isinstance(target, ast.Name):
            raise self._refused(statement)
        name = ast.unparse(target)
        module = isinstance(value, ast.Call) or isinstance(scope.get(ast.unparse(value)), Part)
        if isinstance(target, ast.Name) and isinstance(value, ast.List) and self._of_modules(value, scope):
            scope[name] = [self._module(inner, scope) for inner in value.elts]
        else:
            scope[name] = self._module(value, scope) if module else self._value(value, scope)
        if isinstance(target, ast.Attribute) and isinstance(scope[name], Part):
            part.parts[target.attr] = scope[name]
        for other in others:  # a = b = value
            self._assigned(ast.copy_location(ast.Assign([other], target), statement), part, scope)

    def _of_modules(self, value: ast.List, scope: Mapping[str, Any]) -> bool:
        """Whether a list holds modules, or nothing yet."""
        return all(isinstance(e, ast.Call) or isinstance(scope.get(ast.unparse(e)), Part) for e in value.elts)

    def _listed(self, value: ast.expr, statement: ast.stmt) -> list[ast.expr]:
        """The parts of a list that is written out."""
        if not isinstance(value, ast.List | ast.Tuple) or any(isinstance(e, ast.Starred) for e in value.elts):
            raise self._refused(statement)
        return value.elts

    def _global(self, name: str, node: ast.expr) -> Any:
        """The value of a constant of the file, which may be made of others."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._refused(node)
        value = self._value(self.values[name], {})
        self.depth -= 1
        return value

    def _value(self, node: ast.expr, scope: Mapping[str, Any]) -> Any:
        """The plain value of an expression."""
        match node:
            case ast.Constant(value=value) if value is None or isinstance(value, int | float | str):
                return value
            case ast.Name(id=name) if name in scope and not isinstance(scope[name], Part | list):
                return scope[name]
            case ast.Name(id=name) if name in self.values:
                return self._global(name, node)
            case ast.Attribute() if ast.unparse(node) in scope and not isinstance(scope[ast.unparse(node)], Part):
                return scope[ast.unparse(node)]
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return tuple(self._value(part, scope) for part in parts)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self._value(operand, scope)
                if isinstance(value, int | float):
                    return -value
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                a, b = self._value(left, scope), self._value(right, scope)
                whole = isinstance(a, int) and isinstance(b, int)
                if whole and not (b == 0 and isinstance(op, ast.FloorDiv | ast.Mod)):
                    result = _OPERATIONS[type(op)](a, b)
                    if abs(result) <= LARGEST_NUMBER:
                        return result
        raise self._refused(node)


def _starts(statement: ast.stmt) -> bool:
    """Whether a statement calls the constructor of the class that a class is made from."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "__init__":
        return False
    return ast.unparse(call.func.value).startswith("super(") or ast.unparse(call) in MODULE_INIT


def _changed(tree: ast.Module, names: Mapping[str, Any]) -> set[str]:
    """The names that are given a value more than once in a file, so that none is sure."""
    stored = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]
    own = [t.id for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign) for t in _targets(n)]
    inside = {word for n in ast.walk(tree) if isinstance(n, ast.Global) for word in n.names}
    loose = (
        set(stored)
        if any(isinstance(n, ast.For | ast.If | ast.While | ast.With | ast.Try) for n in tree.body)
        else set()
    )
    return {
        name for name in names if own.count(name) > 1 or name in inside or (name in loose and stored.count(name) > 1)
    }


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.Name]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target for target in targets if isinstance(target, ast.Name)]


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that a file imports, with what they are outside it."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                if alias.name == "*" and node.module == "torch.nn":
                    yield from ((word, f"torch.nn.{word}") for word in (*BY_KIND, *CONTAINERS, "Module", "Parameter"))
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _harmless(statement: ast.stmt) -> bool:
    """Whether a statement of a file cannot change a network that another makes."""
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, ast.Name) for target in statement.targets)
    if isinstance(statement, ast.If):
        return ast.unparse(statement.test).startswith("__name__ == ")
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        inside = [node for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Call)]
        return ast.unparse(call.func) == "print" and not inside and not call.keywords
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef | ast.AnnAssign)


def _calls(part: Part, path: str, name: str, met: dict[int, tuple[Tensor, ...]]) -> Iterator[Call]:
    """A row for each layer and each own parameter; one that is met again shares its tensors."""
    if part.shape is not None or part.layer is not None:
        if id(part) in met:
            return
        named = path or name
        if part.shape is not None:
            met[id(part)] = (Tensor(named, part.shape, True),)
        else:
            assert part.layer
            met[id(part)] = tuple(Tensor(f"{named}.{word}", sizes, True) for word, sizes in _shapes(part.layer).items())
        yield Call(named, part.kind, part.layer, met[id(part)])
    for word, inner in part.parts.items():
        yield from _calls(inner, f"{path}.{word}" if path else word, name, met)


def _shapes(layer: Layer) -> Mapping[str, Shape]:
    """The shapes of its parameter tensors; their number alone for a layer that does not say them."""
    shapes, number = layer.tensors(), int(layer.count().value())
    return shapes if sum(map(prod, shapes.values())) == number else {"parameters": (number,)}
