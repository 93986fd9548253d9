"""A layer as torch's constructor has it: Conv2d(3, 12, kernel_size=9), or as torch prints it."""

from __future__ import annotations

import re

from calc.errors import nearest
from calc.layers.base import Layer
from calc.layers.known import BY_KIND
from calc.readers.literals import BLANK, COMMA, Value, read_value, unclosed
from calc.readers.source import Source
from calc.readers.stages import Stage, needed, refusal

CALL = re.compile(
    rf"(?:torch\s*\.\s*)?nn\s*\.\s*\w+|[A-Za-z_]\w*(?:\.\w+)+|(?:{'|'.join(BY_KIND)}|Sequential)(?=\s*\()|[A-Z_]\w*(?=\()"
)
"""The name of a class that is called; a name with points in it is no word of the short language."""

OPEN = re.compile(r"\(")
CLOSE = re.compile(r"\)")

_KEYWORD = re.compile(r"[A-Za-z_]\w*\s*=(?!=)")
_CONTAINED = re.compile(r"\(\s*\(\w+\)\s*:")
_MODULE = re.compile(r"(?:torch\s*\.\s*)?nn\s*\.\s*")


def read_class(source: Source) -> type[Layer] | None:
    """The class that is called, up to its opening bracket; None for Sequential."""
    at = source.at
    written = source.take(CALL)
    word = _MODULE.sub("", written)
    kind = BY_KIND.get(word)
    if kind is None and word != "Sequential":
        if source.sees(_CONTAINED):
            raise source.fault(f"what “{written}” does with its layers is not written: put them into Sequential(…)", at)
        raise source.fault(f"“{written}” is no layer that is known{hint(word, (*BY_KIND, 'Sequential'))}", at)
    source.take(BLANK)
    if not source.take(OPEN):
        raise source.fault(f"“{written}” needs brackets: {written}(…)")
    return kind


def read_layer(source: Source, kind: type[Layer], name: str) -> Stage:
    """The layer whose arguments follow, after the opening bracket."""
    arguments = _arguments(source, kind)
    text = source.text[source.start : source.at]
    return Stage(kind, arguments, text, source.start, source.at, name, kind.axes)


def _arguments(source: Source, kind: type[Layer]) -> dict[str, Value]:
    """The values of torch's arguments by name, up to and with the closing bracket."""
    opening = source.at - 1
    names = kind.signature
    given: dict[str, Value] = {}
    by_name = False
    source.take(BLANK)
    while not source.sees(CLOSE):
        at = source.at
        keyword = source.take(_KEYWORD).removesuffix("=").rstrip()
        if by_name and not keyword:
            raise source.fault("a value without a name stands after one with a name", at)
        by_name = bool(keyword)
        if not keyword and len(given) == len(names):
            raise source.fault(f"{kind.kind()} takes no more than {', '.join(names) or 'no argument'}", at)
        name = keyword or names[len(given)]
        if name not in names:
            raise source.fault(f"“{name}” is no argument of {kind.kind()}{hint(name, names)}", at)
        if name in given:
            raise source.fault(f"{name} is given twice", at)
        source.take(BLANK)
        value_at = source.at
        given[name] = read_value(source, name)
        if why := refusal(kind, name, given[name]):
            raise source.fault(why, value_at)
        source.take(BLANK)
        if not source.take(COMMA) and not source.sees(CLOSE):
            raise unclosed(source, "(", opening)
        source.take(BLANK)
    missing = [name for name in needed(kind) if name not in given]
    if missing:
        raise source.fault(f"{kind.kind()} needs {missing[0]}")
    source.take(CLOSE)
    return given


def hint(word: str, known: tuple[str, ...]) -> str:
    """“; did you mean stride?”, if a known word is like it."""
    spelled = {name.lower(): name for name in known}
    like = nearest(word[:40], spelled)
    for lower, name in spelled.items():
        like = re.sub(rf"\b{lower}\b", name, like)
    return like.replace(":", ";", 1)
