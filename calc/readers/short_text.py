"""A layer as people say it: conv 3x5 stride 2, pool 2, transposed 4 s2 p1, linear 10."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field
from functools import cached_property

from calc.errors import Impossible, printable
from calc.readers.constructor_text import hint
from calc.readers.families import BY_WORD, Family
from calc.readers.literals import Hole, Value, literal, read_value, whole_or_float
from calc.readers.source import Source
from calc.readers.stages import Stage, needed, refusal

_SPACE = re.compile(r"[^\S\r\n]*")
_WORD = re.compile(r"(?:[A-Za-z]+[-_])*[A-Za-z]+[123]d(?![A-Za-z0-9])|[A-Za-z]+(?:[-_][A-Za-z]+)*|[/×]")
_SIZE = re.compile(r"[-−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)|\?")
_BETWEEN = re.compile(r"\s*[x×]\s*(?=[-−]?[0-9]|\?)")
_ODD = re.compile(r"\S")
_BRACKET = re.compile(r"[(\[]")
_NUMBER = re.compile(r"[-−]?\.?[0-9]|[?(\[]")
_END = re.compile(r"[,;→)#\r\n]|->|then\b|\Z")
_EQUALS = re.compile(r"\s*=\s*")
_TIMES = re.compile(r"\s?[x×](?![\w(])")
_ARROW = re.compile(r"\s*(?:->|→)\s*(?=(?:[0-9]+|\?)\s*(?![\sx×*0-9]|\?))")
_SIDES = re.compile(r"[-−]?[0-9]+(?:\s*,\s*[-−]?[0-9]+)+(?=\s*(?:[,;→)#\r\n]|->|$))")
_COUNTED = re.compile(r"(?:[0-9]+|\?)\s+(?:filters?|channels|maps|groups)\b(?!\s*=?\s*[0-9?(])")
_CONTINUED = re.compile(rf"\s*,[^\S\r\n]*(?=[A-Za-z]|{_COUNTED.pattern})")
_FILLER = re.compile(r"(?:with|and)\s+")
_SWITCH = re.compile(r"\s*=?\s*(true|false|yes|no|[01])(?![\w.])", re.IGNORECASE)

SAID = {
    "kernel_size": ("kernel", "k", "window"),
    "stride": ("s", "strides", "step", "/"),
    "padding": ("pad", "p"),
    "dilation": ("d", "dilated", "dilate", "rate"),
    "groups": ("g", "group"),
    "out_channels": ("filters", "channels", "out", "maps", "filter", "f"),
    "output_padding": ("op",),
    "output_size": ("to", "size", "out"),
    "size": ("to",),
    "scale_factor": ("x", "×", "by", "factor", "scale", "times"),
    "norm_type": ("norm", "p", "power"),
    "in_features": ("in",),
    "out_features": ("out", "features", "units"),
}
"""Other words for an argument of torch."""

SWITCHED: dict[str, tuple[str, Value]] = {
    "bias": ("bias", True),
    "nobias": ("bias", False),
    "withoutbias": ("bias", False),
    "ceil": ("ceil_mode", True),
    "ceilmode": ("ceil_mode", True),
    "floor": ("ceil_mode", False),
    "same": ("padding", "same"),
    "valid": ("padding", 0),
    "full": ("padding", "full"),
    "zeros": ("padding_mode", "zeros"),
    "reflect": ("padding_mode", "reflect"),
    "replicate": ("padding_mode", "replicate"),
    "circular": ("padding_mode", "circular"),
    "nearest": ("mode", "nearest"),
    "bilinear": ("mode", "bilinear"),
    "bicubic": ("mode", "bicubic"),
    "trilinear": ("mode", "trilinear"),
}
"""Words that give an argument a value by themselves, or after its name."""


_OPTIONS = {*SWITCHED, *SAID, *(word for words in SAID.values() for word in words)}


def read_short(source: Source) -> list[Stage]:
    """A layer of the short language: a number may stand before its name, numbers and words after it."""
    start = source.at
    leading = _size(source, "") if source.sees(_SIZE) else None
    source.take(_SPACE)
    place = source.at
    word = _phrase(source, BY_WORD)
    if not word:
        raise _no_layer(source, leading is not None, start)
    family, axes = BY_WORD[word]
    saying = _Saying(source, family, axes)
    if leading is not None:
        source.at = start
        saying.number()
        source.at = place
        _phrase(source, BY_WORD)
    saying.rest()
    return saying.stages(source.text[start : source.at])


def _no_layer(source: Source, numbered: bool, start: int) -> Impossible:
    at = source.at
    if numbered and not source.sees(_WORD):
        return source.fault("a layer begins with its name, as in “conv 3”", start)
    word = source.take(_WORD) or source.take(_ODD)
    if numbered and word in ("x", "×"):
        return source.fault("what is repeated stands in brackets, as in “2 x (conv 3)”", at)
    return source.fault(f"“{printable(word, 30)}” is no layer{hint(word, tuple(BY_WORD))}", at)


@dataclass
class _Saying:
    """A layer of the short language while it is read."""

    source: Source
    family: Family
    axes: int
    given: dict[str, Value] = field(default_factory=dict)

    @cached_property
    def words(self) -> dict[str, str]:
        """The words that an argument follows."""
        known: dict[str, str] = {}
        for name in self.family.arguments:
            for word in (name.replace("_", ""), *SAID.get(name, ())):
                known.setdefault(word, name)
        return known

    @cached_property
    def switches(self) -> dict[str, tuple[str, Value]]:
        """The words that are a value themselves; only convolutions keep the size, or reach all over the edge."""
        convolves = self.family.kind == "Conv{}d"
        return {
            word: (name, value)
            for word, (name, value) in SWITCHED.items()
            if name in self.family.options and (convolves or value not in ("same", "full"))
        }

    def stages(self, text: str) -> list[Stage]:
        """The layer."""
        self._refuse_missing()
        arguments = {**self.family.fixed, **self.given}
        at = self.source.start
        return [Stage(self.family.name, arguments, text, at, at + len(text), axes=self.axes)]

    def rest(self) -> None:
        """The numbers and words after the name."""
        source = self.source
        while True:
            end = source.at
            source.take(_SPACE)
            source.take(_FILLER)
            if source.sees(_CONTINUED) and self._continued():
                continue
            if source.sees(_END):
                source.at = end
                return
            if source.sees(_COUNTED):
                self._counted()
            elif source.sees(_NUMBER):
                self.number()
            elif source.sees(_WORD):
                self._option()
            else:
                raise source.fault(f"{source.next()} is neither a number nor a word such as stride")

    def _continued(self) -> bool:
        """Whether an option of this layer comes after a comma; the comma is read then."""
        source = self.source
        comma = source.at
        source.take(_CONTINUED)
        word = source.at
        begins = bool(_phrase(source, BY_WORD))
        source.at = word
        goes_on = source.sees(_COUNTED) or (not begins and bool(_phrase(source, {*self.words, *self.switches})))
        source.at = word if goes_on else comma
        return goes_on

    def number(self) -> None:
        """A number without a word: the next that the layer takes."""
        source, at = self.source, self.source.at
        name = next((name for name in self.family.takes if name not in self.given), None)
        if name is None:
            raise source.fault(self._too_many())
        if name == "padding":
            self._put(name, self._sides(), at)
            return
        value = _size(source, name)
        if name == "scale_factor":
            source.take(_TIMES)
        if name == "out_features" and source.take(_ARROW):
            self._put("in_features", _named(value, "in_features"), at)
            at = source.at
            value = _size(source, name)
        self._put(name, value, at)

    def _counted(self) -> None:
        """A number before what it counts: 32 filters."""
        source, at = self.source, self.source.at
        place = source.at + len(source.take(_COUNTED).split()[0])
        end, source.at = source.at, place
        source.take(_SPACE)
        name = self.words.get(_phrase(source, self.words))
        if name is None:
            raise self._no_option()
        source.at = at
        self._put(name, _size(source, name), at)
        source.at = end

    def _too_many(self) -> str:
        number = self.source.next()
        if not self.family.takes:
            return f"{self.family.name} takes no number"
        return f"{number} is one number too many: say what it is{f', as in “{self.family.options[0]} 2”' if self.family.options else ''}"

    def _sides(self) -> Value:
        """Cells around an axis in torch's order, the last axis first, out of top, bottom, left, right or height × width."""
        source, at = self.source, self.source.at
        if sides := source.take(_SIDES):
            value: Value = tuple(int(literal(source, n.strip().replace("−", "-"), at)) for n in sides.split(","))
            bracketed = True
        else:
            bracketed = source.sees(_BRACKET)
            value = _size(source, "padding")
        if not isinstance(value, tuple):
            return value
        if not bracketed:
            value = tuple(n for n in value for _ in range(2))
        if len(value) % 2 or (not bracketed and any(isinstance(n, Hole) for n in value)):
            raise source.fault("the sides are two numbers for each axis: top, bottom, left, right in brackets", at)
        pairs = reversed(list(zip(value[::2], value[1::2], strict=True)))
        sided = (n for pair in pairs for n in pair)
        return tuple(Hole("padding", i) if isinstance(n, Hole) else n for i, n in enumerate(sided))

    def _option(self) -> None:
        """A word and its value."""
        source, at = self.source, self.source.at
        word = _phrase(source, {*self.words, *self.switches})
        if word in self.switches:
            name, value = self.switches[word]
            if isinstance(value, bool) and (switch := _SWITCH.match(source.text, source.at)):
                source.at = switch.end()
                value = value == (switch[1].lower() in ("true", "yes", "1"))
            self._put(name, value, at)
            return
        if not word:
            raise self._no_option()
        name = self.words[word]
        source.take(_EQUALS) or source.take(_SPACE)
        value_at = source.at
        said = _phrase(source, self.switches)
        if said and self.switches[said][0] == name:
            self._put(name, self.switches[said][1], at)
        elif not said and source.sees(_NUMBER):
            self._put(name, _size(source, name), at)
        else:
            source.at = value_at
            raise source.fault(f"a number is missing after “{word}”")

    def _no_option(self) -> Impossible:
        source, family, at = self.source, self.family, self.source.at
        if _phrase(source, BY_WORD):
            begun = printable(source.text[at : source.at], 30)
            return source.fault(f"“{begun}” is a layer of its own: a comma belongs before it", at)
        word = source.take(_WORD)
        like = "" if word.lower() in _OPTIONS else hint(word, (*self._options(), *self.switches))
        takes = f": it takes {', '.join(self._options())}" if family.options else ", which has none"
        return source.fault(f"“{printable(word, 30)}” is no option of {family.name}{like or takes}", at)

    def _options(self) -> list[str]:
        names = {"out_channels": "filters", "ceil_mode": "ceil"}
        return [names.get(name, name.replace("_", " ")) for name in self.family.options]

    def _put(self, name: str, value: Value, at: int) -> None:
        said = name.replace("_", " ")
        if name in self.given:
            raise self.source.fault(f"{said} is given twice", at)
        many = len(value) if isinstance(value, tuple) else 0
        if name == "padding" and name in self.family.takes:
            many //= 2
        kind = self.family.layer_kind(self.axes or min(many, 3) or 2)
        if value != "full" and (why := refusal(kind, name, value)):
            raise self.source.fault(why.replace(kind.kind(), self.family.name).replace(name, said), at)
        self.given[name] = value

    def _refuse_missing(self) -> None:
        kind = self.family.layer_kind(self.axes or 2)
        wanted = {*needed(kind), *(() if "size" in self.given else ("scale_factor",))}
        for name in self.family.arguments:
            if name in wanted - {"out_channels", "in_features", *self.given, *self.family.fixed}:
                raise self.source.fault(f"{self.family.name} needs a number, its {name.replace('_', ' ')}")


def _size(source: Source, name: str) -> Value:
    """A number, or one for each axis: 3, 3x5, (3, 5); each may be ?."""
    if source.sees(_BRACKET):
        return read_value(source, name)
    numbers: list[Value] = []
    while not numbers or source.take(_BETWEEN):
        at = source.at
        spelled = source.take(_SIZE).replace("−", "-")
        if not spelled:
            raise source.fault(f"{source.next()} is no number")
        numbers.append(Hole(name) if spelled == "?" else whole_or_float(literal(source, spelled, at)))
    if len(numbers) == 1:
        return numbers[0]
    return tuple(Hole(name, i) if isinstance(n, Hole) else n for i, n in enumerate(numbers))


def _named(value: Value, name: str) -> Value:
    return Hole(name) if isinstance(value, Hole) else value


def _phrase(source: Source, known: Container[str]) -> str:
    """The longest run of words that, written as one, is a known one; else the word that comes, if any."""
    start = source.at
    words: list[str] = []
    ends: list[int] = []
    while len(words) < 3 and (word := source.take(_WORD)):
        words.append(re.sub("[-_]", "", word).lower())
        ends.append(source.at)
        source.take(_SPACE)
    source.at = start
    for count in range(len(words), 0, -1):
        if "".join(words[:count]) in known:
            source.at = ends[count - 1]
            return "".join(words[:count])
    return ""
