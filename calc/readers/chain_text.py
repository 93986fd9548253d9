"""A chain of layers out of text, as people say it or as torch's constructors have it.

`conv 9, pool 2 stride 2, conv 3` and `Conv2d(3, 12, 9); nn.MaxPool2d(2)` may be mixed. Layers are parted by commas,
semicolons, arrows or new lines; `2 x (conv 3, pool 2)` repeats, `#` begins a comment, `?` is a number looked for.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from calc.errors import Impossible, printable
from calc.files import check_reach, read_bytes
from calc.readers.constructor_text import CALL, CLOSE, OPEN, read_class, read_layer
from calc.readers.literals import BLANK
from calc.readers.short_text import read_short
from calc.readers.source import LONGEST_TEXT, Source
from calc.readers.stages import Stage

MOST = 10_000
"""Layers of a chain, repeated ones as often as they come."""

_PARTING = re.compile(r"(?:[,;→]|->)(?:\s*(?:and|then)\b)?|then\b")
_ASSIGNED = re.compile(rf"(?:self\s*\.\s*)?(\w+)\s*=\s*(?={CALL.pattern})")
_PRINTED = re.compile(r"\((\w+)\)\s*:\s*")
_REPEAT = re.compile(r"([0-9]+)\s*[x×*]\s*(?=\()")
_REPEATED = re.compile(r"\s*[x×*]\s*([0-9]+)(?![\w.])")
_FILE = re.compile(r"[^\s(),;?=]+\.[a-z]{2,5}")


def read_chain(text: str, name: str = "") -> tuple[Stage, ...]:
    """The layers in a text, in order; `name` is the file it comes from."""
    source = Source(text, name)
    stages = _chain(source)
    if not source.sees(re.compile(r"\Z")):
        source.start = source.at
        raise source.fault("a closing bracket stands here that nothing opens")
    if not stages:
        raise Impossible(
            f"{name or 'the chain'} holds no layer: write layers as “conv 3, pool 2” or “Conv2d(3, 12, 9)”"
        )
    return tuple(stages)


def read_chain_source(word: str) -> tuple[str, tuple[Stage, ...]]:
    """The text of a chain, which is a file's if there is a file of that name, and its layers."""
    check_reach(word)
    folder = os.sep in word and os.path.isdir(word)
    if not (os.path.isfile(word) or folder or _FILE.fullmatch(word)):
        return word, read_chain(word)
    name = printable(os.path.basename(word))
    right = "give the path of a text file, or the layers themselves as “conv 3, pool 2”"
    data = read_bytes(Path(word), "a chain of layers", right, 4 * LONGEST_TEXT, " of text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Impossible(f"{name} is not text: a chain is layers such as “conv 3, pool 2”") from None
    return text, read_chain(text, name)


def _chain(source: Source) -> list[Stage]:
    """Layers to the end of the text, or to the bracket that closes them."""
    stages: list[Stage] = []
    while True:
        parted = _parted(source, first=not stages)
        if source.at == len(source.text) or source.sees(CLOSE):
            return stages
        source.start = source.at
        if stages and not parted:
            raise source.fault("a comma is missing before it: layers are parted by , ; → or a new line")
        stages += _item(source)
        _bound(source, len(stages))


def _parted(source: Source, *, first: bool) -> bool:
    """Whether a separator or a new line is here; it is read, with the blanks and comments around it."""
    blank = source.take(BLANK)
    source.start = source.at
    at = source.at
    sign = source.take(_PARTING)
    if not sign:
        return bool(re.search(r"[\r\n]", blank))
    if first:
        raise source.fault(f"a layer is missing before “{sign}”", at)
    source.take(BLANK)
    if source.sees(_PARTING):
        raise source.fault(f"a layer is missing before {source.next()}")
    return True


def _bound(source: Source, count: int) -> None:
    if count > MOST:
        raise source.fault(f"the chain has more than the {MOST} layers that are read", source.start)


def _item(source: Source) -> list[Stage]:
    """One layer, or the layers of a group."""
    start = source.at
    name = ""
    if found := _PRINTED.match(source.text, source.at) or _ASSIGNED.match(source.text, source.at):
        name = found[1]
        source.start = source.at = found.end()
    if repeat := _REPEAT.match(source.text, source.at):
        source.at = repeat.end()
        return _repeated(source, _group(source), repeat[1], start)
    if source.sees(OPEN):
        group = _group(source)
        times = _REPEATED.match(source.text, source.at)
        if not times:
            return group
        source.at = times.end()
        return _repeated(source, group, times[1], start)
    if source.sees(CALL):
        kind = read_class(source)
        if kind is not None:
            return [read_layer(source, kind, name)]
        source.at -= 1
        return _group(source)
    return read_short(source)


def _group(source: Source) -> list[Stage]:
    """The layers in brackets."""
    start = source.at
    source.take(OPEN)
    with source.nested():
        stages = _chain(source)
    source.start = start
    if not source.take(CLOSE):
        raise source.fault("the bracket “(” is never closed", start)
    return stages


def _repeated(source: Source, stages: list[Stage], times: str, start: int) -> list[Stage]:
    source.start = start
    if len(times) > 9 or not int(times):
        raise source.fault(f"layers are repeated 1 to {MOST} times", start)
    _bound(source, len(stages) * int(times))
    return stages * int(times)
