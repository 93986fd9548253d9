"""A network out of the text that `print(model)` writes: its modules by name, each class with its arguments.

Read by its brackets, so that indentation may be lost. What such a text does not say is said in the network's notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import prod

from calc.errors import Impossible, printable
from calc.layers.base import Layer, Shape
from calc.layers.linear import Linear
from calc.network import Network, Read
from calc.readers.input_size import of_layers
from calc.readers.literals import unclosed
from calc.readers.printed_arguments import CHILD, CLOSE, Own, own_layer
from calc.readers.printed_around import AFTER, BEFORE, LABEL, LEFT_OUT, bare, begins
from calc.readers.printed_classes import HOLDING, LISTS, may_hold_more
from calc.readers.repairs import misfits
from calc.readers.source import Source

MOST = 100_000
"""Modules of a network, repeated ones as often as they come."""

MOST_BRACKETS = 20
"""Things in a text before a module that look like the name of one."""

_BLANK = re.compile(r"[\s,]*")
_CLASS = re.compile(r"[A-Za-z_][\w.]*(?=[ \t]*\()")
_OPEN = re.compile(r"[ \t]*\(")
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_REPEAT = re.compile(r"([0-9]+)\s*[x×]\s*")
_NONE = re.compile(r"None\b")
_TENSOR = re.compile(r"(Parameter|Tensor) containing: \[[\w.]+ of size ([0-9x]{0,200})(?: \([^)\]]{1,40}\))?\]")
_OBJECT = re.compile(r"Object of type: [\w.]+")
_BRACKET = re.compile(r"[()\[\]{}]")

PRINTED = re.compile(rf"{CHILD.pattern}(?:[0-9]+\s*[x×]\s*)?(?:{_CLASS.pattern}|None\b|Parameter containing)")
"""A line of a printed module: a name in brackets, and the class that stands there."""


@dataclass(frozen=True)
class Module:
    """A module as it is printed: its class, its own layer or tensors, and the modules in it by their names.

    `known` is False if it may have parameters that the text does not say; `note` says what was assumed of it.
    """

    kind: str
    layer: Layer | None = None
    tensors: Mapping[str, Shape] | None = None
    known: bool = True
    children: tuple[tuple[tuple[str, ...], Module], ...] = ()
    note: str = ""
    count: int = 1
    """How many modules there are in it, and it."""


def read_printed(text: str, name: str, shape: Shape | None = None) -> Network:
    """The network whose printed text this is; `name` is the file. With a shape, that runs through in printed order."""
    source = Source(bare(text), name)
    module, passed = _root(source)
    whole = module.kind or "the modules"
    rows = [(read, note) for read, note in _rows("", module)]
    reads = [read for read, _ in rows]
    if not reads:
        raise Impossible(f"{name or 'the text'} holds no layer: {whole} is printed without any")
    said: list[str] = []
    fault, exact = "", _sequential(module)
    taken = of_layers([(read.name, read.layer) for read in reads], flattens=not exact) if _ordered(module) else None
    if shape is not None:
        reads, said, fault = _run(reads, shape, printable(whole), exact=exact)
    elif taken is not None:
        ran, more, fault = _run(reads, taken.shape, printable(whole), exact=exact)
        taken = taken if not fault and all(read.output is not None for read in ran if read.layer) else None
        reads, said, fault = (ran, [taken.note, *more], "") if taken else (reads, [], "")
        shape = taken and taken.shape
    notes = (*passed, *_notes(module), *_assumed(rows), *_left_out(reads), *said)
    network = Network.of_layers(printable(whole), reads, shape, notes)
    return replace(network, fault=fault, inferred=bool(taken and said[:1] == [taken.note]))


def _root(source: Source) -> tuple[Module, list[str]]:
    """The one network in the text, and what is passed over; modules with names alone are taken for all there is in one."""
    source.take(BEFORE)
    source.take(LABEL)
    passed = []
    many = 1 if source.sees(_CLASS) or source.sees(CHILD) else MOST_BRACKETS
    found = islice(PRINTED.finditer(source.text, source.at), many)
    begin = next((at for m in found if (at := begins(source.text, m.start())) is not None), None)
    if begin is not None and begin > source.at:
        passed.append("before")
        source.at = begin
    source.start = start = source.at
    if source.sees(CHILD):
        module = _holding("", _children(source, open_=None))
    elif source.sees(_CLASS):
        module = _module(source)
    else:
        raise source.fault("a printed module begins with its class, as “Sequential(”")
    if not source.sees(AFTER):
        source.take(_BLANK)
        source.start = source.at
        if source.sees(_CLASS) or PRINTED.search(source.text, source.at):
            raise source.fault("a second network follows the first: give the text of one network")
        if source.sees(_BRACKET):
            source.start = start
            raise source.fault("a bracket is left over after it")
        passed.append("after")
    what = printable(module.kind or "the modules", 40)
    return module, [f"What stands {' and '.join(passed)} {what} in the text is passed over."] if passed else []


def _module(source: Source) -> Module:
    """The module whose class comes next."""
    source.start = start = source.at
    kind = source.take(_CLASS)
    if not kind:
        raise source.fault("the class of a module is missing, as in “(conv1): Conv2d(…)”")
    source.take(_OPEN)
    opening = source.at - 1
    with source.nested():
        own = own_layer(source, kind.rpartition(".")[2])
        children = _children(source, opening)
    source.take(CLOSE)
    source.start = start
    found = _of_class(kind, own, children)
    _refuse_many(source, found)
    return found


def _refuse_many(source: Source, module: Module) -> None:
    if module.count > MOST:
        raise source.fault(f"more than the {MOST} modules that are read", source.start)


def _children(source: Source, open_: int | None) -> tuple[tuple[tuple[str, ...], Module], ...]:
    """The modules in a module, to the bracket that closes it; to the end of the text where there was none."""
    children: list[tuple[tuple[str, ...], Module]] = []
    seen: set[str] = set()
    while True:
        source.take(_BLANK)
        at = source.at
        if open_ is not None and source.at == len(source.text):
            source.start = source.text.rfind("\n", 0, open_) + 1
            raise unclosed(source, "(", open_)
        if source.sees(CLOSE) or (open_ is None and source.sees(AFTER)):
            return tuple(children)
        found = CHILD.match(source.text, source.at)
        if not found:
            _skip(source)
            if LEFT_OUT.search(source.text[at : source.at]) and "…" not in seen:
                seen.add("…")
                children.append((("…",), Module("left out", known=False)))
            if source.at == at:
                source.start = at
                raise source.fault(f"{source.next()} is no module: “(name): Class(…)” is")
            continue
        source.start = at
        source.at = found.end()
        names = _names(source, printable(found[1].strip()), at)
        if len(children) > MOST or len(names) > MOST:
            raise source.fault(f"more than the {MOST} modules that are read", at)
        if twice := next((name for name in names if name in seen), None):
            raise source.fault(f"two modules are called {twice}", at)
        seen.update(names)
        child = _child(source)
        if child:
            children.append((names, child))


def _names(source: Source, name: str, at: int) -> tuple[str, ...]:
    """The names that stand there: one, or those of modules that are alike and printed once, `(0-3): 4 x Block(`."""
    repeat = _REPEAT.match(source.text, source.at)
    if not repeat:
        return (name,)
    source.at = repeat.end()
    places = _RANGE.fullmatch(name)
    first, last = map(int, places.groups()) if places else (0, -1)
    if not places or str(last - first + 1) != repeat[1].lstrip("0"):
        raise source.fault(
            f"({name}) is not the place of {printable(repeat[1], 20)} modules: (0-3): 4 x Block(…) is", at
        )
    if last - first >= MOST:
        raise source.fault(f"more than the {MOST} modules that are read", at)
    return tuple(map(str, range(first, last + 1)))


def _child(source: Source) -> Module | None:
    """What has a name: a module, a parameter, or nothing."""
    if source.take(_NONE) or source.take(_OBJECT):
        return None
    if found := _TENSOR.match(source.text, source.at):
        source.at = found.end()
        sizes = tuple(int(n) for n in found[2].split("x") if n)
        if any(n > 10**18 for n in sizes) or len(sizes) > 100:
            raise source.fault("a size is beyond 10^18")
        return Module("own parameter", tensors={"": sizes}) if found[1] == "Parameter" else None
    return _module(source)


def _skip(source: Source) -> None:
    """Words that a class prints of itself, to the next module or the closing bracket."""
    depth = 0
    text = source.text
    for found in _BRACKET.finditer(text, source.at):
        at, sign = found.start(), found[0]
        if not depth and (sign == ")" or (sign == "(" and text[at - 1].isspace() and CHILD.match(text, at))):
            source.at = at
            return
        depth = max(0, depth + (1 if sign in "([{" else -1))
    source.at = len(text)


def _of_class(kind: str, own: Own, children: tuple[tuple[tuple[str, ...], Module], ...]) -> Module:
    """The module of that class with these modules in it."""
    plain, inside = kind.rpartition(".")[2], dict(_by_name(children))
    if plain == "MultiheadAttention" and isinstance(out := _layer_of(inside.get("out_proj")), Linear):
        size = out.out_features
        tensors: dict[str, Shape] = {"in_proj_weight": (3 * size, size)}
        tensors |= {"in_proj_bias": (3 * size,)} if out.bias else {}
        note = f"the in-projection of {plain} is not printed; 3 matrices of {size}×{size} are assumed, as there are without kdim, vdim and add_bias_kv"
        return _holding(plain, children, tensors=tensors, note=note)
    if plain.startswith("Parametrized") and own.layer and (parts := inside.get("parametrizations")):
        return _parametrised(kind, own.layer, parts)
    known = own.known or (bool(children) and own.layer is None and not may_hold_more(plain))
    return _holding(kind, children, own.layer, own.tensors, known=known, note=own.note)


def _layer_of(module: Module | None) -> Layer | None:
    return module.layer if module else None


def _parametrised(kind: str, layer: Layer, parts: Module) -> Module:
    """A layer of which some tensors are made of others: by weight normalisation of a direction and a length."""
    tensors = dict(layer.tensors())
    note, known = "", True
    for name, part in _by_name(parts.children):
        how = [module.kind for _, module in _by_name(part.children)]
        if name not in tensors or not set(how) <= {"_WeightNorm", "_SpectralNorm"}:
            known = False
        elif "_WeightNorm" in how:
            sizes = tensors.pop(name)
            tensors[f"parametrizations.{name}.original0"] = (sizes[0], *(1 for _ in sizes[1:]))
            tensors[f"parametrizations.{name}.original1"] = sizes
            note = "weight normalisation is taken to be along axis 0, as it is unless dim is said"
    return Module(kind, layer if known else None, tensors if known else {}, known, note=note)


def _holding(
    kind: str,
    children: tuple[tuple[tuple[str, ...], Module], ...],
    layer: Layer | None = None,
    tensors: Mapping[str, Shape] | None = None,
    *,
    known: bool = True,
    note: str = "",
) -> Module:
    many = 1 + sum(len(names) * module.count for names, module in children)
    return Module(kind, layer, tensors, known, children, note, many)


def _by_name(children: tuple[tuple[tuple[str, ...], Module], ...]) -> Iterator[tuple[str, Module]]:
    return ((name, module) for names, module in children for name in names)


def _rows(name: str, module: Module) -> Iterator[tuple[Read, str]]:
    """The layers in it in the order printed, with what was assumed of each; a module that only holds others is none."""
    kind = module.kind.rpartition(".")[2]
    if module.layer or module.tensors or not module.known or (not module.children and kind not in LISTS):
        own = module.tensors
        read = Read(name or kind, kind, module.layer, tensors=own, known=module.known)
        yield read, module.note
    for inner, child in _by_name(module.children):
        yield from _rows(f"{name}.{inner}" if name else inner, child)


def _sequential(module: Module) -> bool:
    """Whether the text says in which order all of its layers are called."""
    inside = [child for _, child in module.children]
    return not inside or (module.kind.rpartition(".")[2] == "Sequential" and all(map(_sequential, inside)))


def _ordered(module: Module) -> bool:
    """Whether the layers surely or very likely work in the order printed: those of Sequential, one after the other."""
    inside = [child for _, child in module.children]
    return _sequential(module) or (bool(inside) and all(map(_sequential, inside)) and any(c.children for c in inside))


def _notes(module: Module) -> Iterator[str]:
    """What the text does not say."""
    own = list(dict.fromkeys(_own_classes(module)))
    more = f", nor whether {_listed(own)} {'has' if len(own) == 1 else 'have'} parameters beside those" if own else ""
    yield f"A printed module does not say which layers share parameters or are never called{more}: each printed layer is counted once."


def _own_classes(module: Module) -> Iterator[str]:
    """The classes that are not torch's and hold others: they may have parameters that are not printed."""
    if module.children and module.kind and module.known and module.kind not in (*LISTS, *HOLDING) and not module.layer:
        yield printable(module.kind, 40)
    for _, child in module.children:
        yield from _own_classes(child)


def _assumed(rows: Sequence[tuple[Read, str]]) -> Iterator[str]:
    """What was assumed, and of which layers."""
    for note in dict.fromkeys(note for _, note in rows if note):
        yield f"At {_listed([read.name for read, said in rows if said == note])}, {note}."


def _left_out(reads: Sequence[Read]) -> Iterator[str]:
    names = [f"{read.name} ({read.kind})" for read in reads if not read.known]
    if names:
        yield f"The text does not say how many parameters {_listed(names)} {'has' if len(names) == 1 else 'have'}: the total is that of the others."


def _listed(names: Sequence[str]) -> str:
    """Up to three names, and how many more there are."""
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + [names[-1]])


def _run(reads: Sequence[Read], shape: Shape, whole: str, *, exact: bool) -> tuple[list[Read], list[str], str]:
    """The layers with the shapes that go in and come out, what is said of it, and where one does not take what it gets."""
    run: list[Read] = []
    flattened, now = "", shape
    for i, read in enumerate(reads):
        if read.tensors is not None and read.layer is None and read.kind == "own parameter":
            run.append(read)
            continue
        if read.layer is None:
            said = f"What comes out of {read.name} ({read.kind}) is unknown, and all output shapes after it."
            return [*run, *reads[i:]], [said], ""
        try:
            if not exact and isinstance(read.layer, Linear) and now[-1:] != (read.layer.in_features,) == (prod(now),):
                flattened, now = read.name, (prod(now),)
            layer = read.layer.for_input(now)
            out = layer.output_shape(now)
        except Impossible as misfit:
            if exact:
                return [*run, *reads[i:]], [], misfits(run, read.name, read.layer, now, str(misfit))
            said = f"The output shapes are unknown, as the layers are not called in the order printed: in that order {misfit} at {read.name}."
            return list(reads), [said], ""
        run.append(read._replace(layer=layer, input=now, output=out, known=True))
        now = out
    if exact:
        return run, [], ""
    more = f", and flattened before {flattened}" if flattened else ""
    said = f"The layers are taken one after the other in the order printed{more}: whether {whole} calls them so is not in the text."
    return run, [said], ""
