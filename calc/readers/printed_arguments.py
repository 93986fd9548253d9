"""A module's own layer, by its class and the arguments that are printed of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calc.errors import Impossible, nearest, printable
from calc.layers.base import Layer, Shape
from calc.layers.known import BY_KIND
from calc.layers.lazy import Lazy
from calc.readers.literals import CONSTANTS, Value, read_value, unclosed
from calc.readers.printed_classes import ALIKE, GAINED, LISTS, WITHOUT, like, printed_as
from calc.readers.source import Source

OLDER = {"track_stats": "track_running_stats", "size": "kernel_size", "nx": "in_features", "nf": "out_features"}
"""Names of arguments in older releases of torch and in transformers, where the layer has none of that name."""

CHILD = re.compile(r"\(([^()\r\n]{1,100})\)\s*:\s*")
"""What begins a module in another: its name."""

CLOSE = re.compile(r"\)")

_SPACE = re.compile(r"\s*")
_KEYWORD = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*")
_WORD = re.compile(r"[A-Za-z_]\w*(?=\s*[,)\r\n])")
_SIZE = re.compile(r"torch\.Size\(")
_COMMA = re.compile(r"\s*(?:,|->)\s*")


@dataclass(frozen=True)
class Own:
    """What the class prints of itself: the layer that it is, or why not."""

    layer: Layer | None = None
    known: bool = True
    note: str = ""
    tensors: Mapping[str, Shape] | None = None
    """Its parameter tensors, where they are not those of the layer."""


def own_layer(source: Source, kind: str) -> Own:
    """The module's own layer, by the arguments that are printed; the words of other classes are left unread."""
    plain = kind.removeprefix("Parametrized")
    if known := BY_KIND.get(ALIKE.get(plain, plain)):
        return _layer(source, known)
    if kind in LISTS or kind in WITHOUT:
        return Own()
    start = source.at
    for alike in dict.fromkeys((like(kind), printed_as(kind, source.text, start))):
        source.at = start
        if alike and BY_KIND[alike].signature and (own := _taken_for(source, kind, alike)):
            return own
    source.at = start
    return Own(known=False)


def _taken_for(source: Source, kind: str, alike: str) -> Own | None:
    """The layer of a class that prints the arguments of another, if they are."""
    start = source.at
    try:
        own = _layer(source, BY_KIND[alike], guessed=True)
    except Impossible:
        return None
    if not own.layer or not own.layer.tensors() or source.at == start:
        return None
    tensors = dict(own.layer.tensors())
    if kind in GAINED:
        tensors["gain"] = (tensors["weight"][0], *(1 for _ in tensors["weight"][1:]))
    note = f"{kind} is taken for the {alike} whose arguments it prints"
    return dataclasses.replace(own, note=note, tensors=tensors if kind in GAINED else None)


def _layer(source: Source, kind: type[Layer], *, guessed: bool = False) -> Own:
    """The layer with the arguments that follow; None where torch prints too few of them."""
    at = source.at
    given = _arguments(source, kind, guessed=guessed)
    without = not kind.params.free
    wanted = {name: value for name, value in given.items() if name in kind.arguments()}
    required = {f.name for f in dataclasses.fields(kind) if f.init and f.default is dataclasses.MISSING}
    if any(field in required and name not in wanted for name, field in kind.arguments().items()):
        return Own(None, without)
    try:
        layer = kind.of(wanted)
    except Impossible as fault:
        if without:
            return Own()
        raise source.fault(str(fault), at) from None
    return Own(layer, not isinstance(layer, Lazy))


def _arguments(source: Source, kind: type[Layer], *, guessed: bool) -> dict[str, Value]:
    """The printed arguments by torch's names, as older and newer releases write them."""
    opening = source.at - 1
    taken = tuple(f.name for f in dataclasses.fields(kind) if not f.init)
    names = (*taken, *kind.signature)
    given: dict[str, Value] = {}
    source.take(_SPACE)
    while not source.sees(CLOSE) and not source.sees(CHILD):
        at = source.at
        keyword = _KEYWORD.match(source.text, source.at)
        word = source.take(_WORD) if not keyword else ""
        if keyword:
            source.at = keyword.end()
            name = _meant(source, kind, names, keyword[1], at, guessed=guessed)
            value = _value(source, name)
        elif word in names:
            name, value = word, True
        elif len(given) < len(names):
            source.at = at
            name = names[len(given)]
            value = _value(source, name)
        else:
            raise source.fault(f"{kind.kind()} takes no more than {', '.join(names) or 'no argument'}", at)
        if name in given:
            raise source.fault(f"{name} is given twice", at)
        given[name] = value
        source.take(_SPACE)
        if not source.take(_COMMA) and not source.sees(CLOSE) and not source.sees(CHILD):
            raise unclosed(source, "(", opening)
    return given


def _value(source: Source, name: str) -> Value:
    """A value; words without quotes as older releases print them."""
    word = source.take(_WORD)
    if word:
        return CONSTANTS.get(word, word)
    if source.take(_SIZE):
        value = read_value(source, name)
        source.take(CLOSE)
        return value
    return read_value(source, name)


def _meant(source: Source, kind: type[Layer], names: Sequence[str], word: str, at: int, *, guessed: bool) -> str:
    """The argument of that name, or of a name that is a little different; one without meaning here stays as it is."""
    if word in names:
        return word
    begun = [name for name in names if name.startswith(word)]
    if not guessed and (older := OLDER.get(word)) in names:
        return str(older)
    if not guessed and len(begun) == 1:
        return begun[0]
    if not guessed and not kind.params.free:
        return word
    like = nearest(word, names).replace(":", ";", 1)
    raise source.fault(f"“{printable(word, 40)}” is no argument of {kind.kind()}{like}", at)
