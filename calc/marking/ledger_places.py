"""Which rows of a ledger the numbers of an answer are of: by the names of layers, by their kinds and numbers, or in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from calc.counting import Count, Row
from calc.errors import Impossible, counted, listed, nearest, printable
from calc.marking.replies import Value

MOST_NAMES = 8
"""Names that a sentence offers."""

TOTALS = (
    "total",
    "sum",
    "all",
    "altogether",
    "parameters",
    "params",
    "in total",
    "whole",
    "network",
    "total params",
    "total parameters",
)

CALLED = {
    "macs": ("macs", "mac", "multiply accumulates", "multiplications", "mults", "madds", "multadds"),
    "flops": ("flops", "flop"),
    "memory": ("memory", "bytes", "output bytes"),
    "field": ("field", "receptive field", "one output sees"),
    "output": ("output", "output shape", "output size", "out"),
}
"""What the whole of a column is called in answers."""

KINDS = {
    "conv": ("Conv",),
    "convolution": ("Conv",),
    "convolutional": ("Conv",),
    "conv layer": ("Conv",),
    "convolutional layer": ("Conv",),
    "fc": ("Linear", "LazyLinear"),
    "linear": ("Linear",),
    "dense": ("Linear",),
    "fully connected": ("Linear",),
    "fc layer": ("Linear", "LazyLinear"),
    "linear layer": ("Linear",),
    "dense layer": ("Linear",),
    "fully connected layer": ("Linear",),
    "bn": ("BatchNorm",),
    "batchnorm": ("BatchNorm",),
    "batch norm": ("BatchNorm",),
    "pool": ("MaxPool", "AvgPool"),
    "maxpool": ("MaxPool",),
    "max pool": ("MaxPool",),
    "pooling": ("MaxPool", "AvgPool"),
    "relu": ("ReLU",),
    "flatten": ("Flatten",),
    "dropout": ("Dropout",),
    "lstm": ("LSTM",),
    "gru": ("GRU",),
    "embedding": ("Embedding",),
    "layer": ("",),
}
"""What layers are called, and how the names of their kinds begin."""

NORMALISATIONS = ("BatchNorm", "InstanceNorm", "GroupNorm", "LayerNorm", "RMSNorm")
"""How the names of the kinds begin whose rows a table may leave out."""

_NUMBERED = re.compile(r"(?:(?:layer|row|step)\W*)?(\d+)")
_TOGETHER = re.compile(
    r"^(?:all|both)(?: of)?(?: the)? |^(?:sum|total) of (?:all )?(?:the )?| (?:together|in all|in total)$"
)


@dataclass(frozen=True)
class Placed:
    """Each number of an answer with the row, or the group of rows, that it is of, and the total behind them."""

    rows: dict[int | str, Value]
    total: Value | None = None
    left_out: tuple[int, ...] = ()
    """Rows with something to count that numbers in order leave out."""


@dataclass(frozen=True)
class Places:
    """The rows of a ledger as answers call them; `agrees` says whether a number is right for a row."""

    question: Count
    said: tuple[Value, ...]
    counts: tuple[int, ...]
    """The rows of which there is something to say: those with parameters, if these are asked."""
    agrees: Callable[[int, Value], bool]
    what: str = "parameters"

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.question.rows

    def placed(self) -> Placed:
        """The numbers with what they are of; `Impossible` where that cannot be told."""
        placed: dict[int | str, Value] = {}
        total: Value | None = None
        named = [value for value in self.said if value.name]
        bare = [value for value in self.said if not value.name]
        for value in named:
            if plain_name(value.name) in TOTALS:
                total = value
            else:
                placed[self.named(value.name)] = value
        if not bare:
            return Placed(placed, total)
        if named and not placed and total is not None:
            return self._in_order(bare, total)
        if named:
            first = printable(bare[0].text, 30)
            raise Impossible(f"“{first}” does not say which layer it is of: name every number, such as conv1 = 2432")
        if len(bare) == 1:
            return Placed({}, bare[0])
        return self._in_order(bare)

    def _in_order(self, bare: list[Value], total: Value | None = None) -> Placed:
        """Numbers in the order of the rows; the last of them may be the total, if that is not said."""
        without_zeros = [value for value in bare if value.number]  # without those of poolings and the like
        given = (bare, without_zeros) if len(without_zeros) < len(bare) else (bare,)
        if fits := [(order, each) for each in given for order in self._orders(each, said=total is not None)]:
            order, bare = max(fits, key=lambda each: self._agreeing(*each))
            total = total or (bare[-1] if len(bare) > len(order) else None)
            rest = tuple(i for i in self.counts if i not in order)
            return Placed(dict(zip(order, bare, strict=False)), total, rest)
        such = self.names[self.counts[0]] if self.counts else "total"
        raise Impossible(
            f"the answer has {len(bare)} numbers and the network {counted(len(self.counts), 'layer')} with {self.what}: give one for each and the total, or name them, such as {such} = …"
        )

    def _orders(self, bare: Sequence[Value], *, said: bool) -> list[tuple[int, ...]]:
        """The rows that numbers in a row may be of: all, or those that count, with or without normalisations.

        Behind them may stand the total, unless it is `said`.
        """
        rows = tuple(range(len(self.rows)))
        plain = tuple(i for i in self.counts if not self.rows[i].call.kind.startswith(NORMALISATIONS))
        return [
            order
            for order in dict.fromkeys((self.counts, rows, plain))
            if order and len(bare) - len(order) in ((0,) if said else (0, 1))
        ]

    def _agreeing(self, order: Sequence[int], bare: Sequence[Value]) -> tuple[bool, int]:
        """How well numbers fit those rows: whether a total behind them is their sum, and how many are right."""
        numbers = [value.number for value in bare]
        adds_up = len(bare) > len(order) and sum(numbers[:-1]) == numbers[-1]
        return adds_up, sum(self.agrees(i, n) for i, n in zip(order, bare, strict=False))

    def named(self, name: str) -> int | str:
        """The row of that name: as the ledger calls it, or by its kind and number, such as conv 2; or a group of rows."""
        names = {row.call.name: i for i, row in enumerate(self.rows)}
        called = plain_name(name)
        if (numbered := _NUMBERED.fullmatch(called)) and numbered[1] in self._numbers:
            return self._numbers[numbered[1]]
        if name in names:
            return names[name]
        plain = {plain_name(each): i for each, i in names.items()}
        if called in plain:
            return plain[called]
        called = _TOGETHER.sub("", called)
        found = re.fullmatch(r"(.*?)[ _\-.#]*(\d*)", called)
        word, number = (found[1], found[2]) if found else (called, "")
        same = [i for i, row in enumerate(self.rows) if row.call.kind.lower() == called]
        if len(same) == 1:
            return same[0]
        word = word.rstrip("s") if word not in KINDS else word
        if word in KINDS:
            group = [i for i in self.group(word) if self.rows[i].parameters or word != "layer"]
            if number and 1 <= int(number) <= len(group):
                return group[int(number) - 1]
            if not number and len(group) == 1:
                return group[0]
            if not number and group:
                return word
        raise Impossible(
            f"no layer is called “{printable(name, 30)}”{nearest(name, names) or f': they are {self.offered}'}"
        )

    @property
    def offered(self) -> str:
        """What layers are called, for a sentence: those that count, or all."""
        names = [self.names[i] for i in self.counts] or self.names
        said = listed(names) if len(names) <= MOST_NAMES else f"{', '.join(names[:MOST_NAMES])}, …"
        numbers = [row.call.name for row in self.rows]
        numbered = len(numbers) > 1 and all(name.isdigit() for name in numbers)
        return f"{said}, or layer {numbers[0]} to layer {numbers[-1]}" if numbered else said

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The rows that numbers alone mean where rows have no other names.

        They are counted from 0, as torch does, or from 1, all of them or those that count, whichever the answer fits best.
        """
        names = {row.call.name: i for i, row in enumerate(self.rows)}
        if not names or not all(name.isdigit() for name in names):
            return {}
        ways = (names, *({str(n): i for n, i in enumerate(rows, 1)} for rows in (range(len(self.rows)), self.counts)))
        told = {found[1]: value for value in self.said if (found := _NUMBERED.fullmatch(plain_name(value.name)))}
        fitting = [way for way in ways if told.keys() <= way.keys()] or [names]

        def fits(way: dict[str, int]) -> tuple[int, int]:
            right = [self.agrees(i, told[n]) for n, i in way.items() if n in told]
            empty = [n for n, i in way.items() if n in told and told[n].number and i not in self.counts]
            return sum(right), -len(empty)

        return max(fitting, key=fits)

    def group(self, word: str) -> list[int]:
        """The rows of a kind of layer."""
        return [i for i, row in enumerate(self.rows) if row.call.kind.startswith(KINDS[word])]

    @cached_property
    def names(self) -> list[str]:
        """What rows are called: by their names, or by their kind and which of them they are where that is a number alone."""
        calls = [row.call for row in self.rows]
        kinds = [re.sub(r"(\d)d$", "", call.kind) for call in calls]
        of, names = Counter(kinds), []
        met: Counter[str] = Counter()
        for call, kind in zip(calls, kinds, strict=True):
            met[kind] += 1
            word = {"Conv": "conv", "Linear": "linear", "BatchNorm": "batch norm"}.get(kind, call.kind)
            numbered = f"{word} {met[kind]}" if of[kind] > 1 else word
            names.append(call.name if call.name and not call.name.isdigit() else numbered)
        return names


def plain_name(name: str) -> str:
    """A name as names are compared."""
    return re.sub(r"\s+", " ", name.strip().lower().replace("_", " "))


def group_name(word: str) -> str:
    """What the layers of a kind are called together."""
    return f"{word.removesuffix('layer').strip()} layers together".strip()


def int_or_refuse(value: Value) -> int:
    """A whole number out of a reply."""
    number = value.number
    if number.denominator == 1:
        return int(number)
    short = re.fullmatch(r"\d{1,3}(\.\d{3})+", value.text.strip())
    if short:  # 390.410, as some countries part thousands
        return int(value.text.strip().replace(".", ""))
    raise Impossible(f"“{printable(value.text, 40)}” is no whole number: parameters and multiplications are counted")
