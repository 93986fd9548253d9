"""The size rule of a layer with two or more numbers unknown: every layer up to a bound, the simplest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from math import prod
from typing import Any, NamedTuple, TypeVar

from calc.axis import LISTED, cells_covered, tried, within
from calc.derivation import Chain, Derivation, Given, Link, Note, Step, Table, Text, work
from calc.dialects import CONVOLVED, Asked, Claim, Dialect, convention, rule_for, zeros
from calc.errors import Impossible, listed
from calc.expr import Expr, Num, Number, Sym, num
from calc.isolate import isolate
from calc.layers.base import OUT
from calc.question import Mistaken, Question, one_or_all
from calc.rules import LETTER, LOWEST, MEANING, NAMES, NEUTRAL, WORDS, Name, Rule
from calc.stretches import Whole

FAR = {2: 512, 3: 64, 4: 20, 5: 10, 6: 5, 7: 4}
"""How far each number is tried where so many are unknown; of two unknowns as far as the sizes are, and at least 64."""

LEAST = 64
MOST_TRIED = 100_000
"""Equations that are solved for one answer; large numbers take longer."""
MOST_BITS = 400_000
"""Their number times the bits of the largest size."""
MOST_FOUND = 100_000
"""Solutions of one answer along an axis."""

SHOWN = 12
"""Solutions in the table."""

LAST: tuple[Name, ...] = ("out", "in", "kernel", "padding", "output_padding", "dilation", "stride")
"""Which unknown the equation is solved for, the others tried: the first of these."""


T = TypeVar("T")


class Found(NamedTuple):
    """Along one axis: the solutions, the simplest first, the stretch for each number tried, and how far it went.

    `endless` says that there are solutions beyond, without end.
    """

    layers: tuple[dict[Name, int], ...]
    stretches: Mapping[tuple[int, ...], Whole]
    bound: dict[Name, int]
    endless: bool


@dataclass(frozen=True)
class Several(Question):
    """Which numbers for the `unknowns` together make the size rule true; `up_to` says how far to look, 0 is far enough.

    `given`, `asked` and `dialect` are those of `Size`.
    """

    given: tuple[tuple[Name, tuple[Number, ...]], ...]
    unknowns: tuple[Name, ...]
    asked: Asked = CONVOLVED
    dialect: Dialect = "torch"
    up_to: int = 0

    @cached_property
    def rule(self) -> Rule:
        said = dict(self.given)
        rule = rule_for(self.asked, self.dialect)
        tied = rule.moves_by_kernel and "kernel" in self.unknowns and "stride" not in (*said, *self.unknowns)
        rule = replace(rule, unpadded=None) if any(said.get("padding", ())) else rule
        return rule.tied if tied else rule

    @cached_property
    def solved(self) -> Name:
        """The unknown that the equation is solved for."""
        return next(name for name in LAST if name in self.unknowns)

    @cached_property
    def tried(self) -> tuple[Name, ...]:
        """The unknowns whose numbers are tried one by one."""
        return tuple(name for name in NAMES if name in self.unknowns and name != self.solved)

    @cached_property
    def axes(self) -> tuple[dict[Name, Number], ...]:
        """Every known number along each axis; one axis alone where they are alike."""
        said = dict(self.given)
        if self.rule.moves_by_kernel and "kernel" in said and "stride" not in (*said, *self.unknowns):
            said["stride"] = said["kernel"]
        neutral = {n: NEUTRAL[n] for n in self.rule.hyper if n in NEUTRAL and n not in (*said, *self.unknowns)}
        count = max((len(sizes) for sizes in said.values()), default=1)
        every = [{**neutral, **{name: sizes[i] for name, sizes in said.items()}} for i in range(count)]
        return tuple(every[:1]) if all(axis == every[0] for axis in every) else tuple(every)

    @cached_property
    def found(self) -> tuple[Found, ...]:
        far = self.far
        while True:
            found = tuple(self._search(known, far) for known in self.axes)
            if None not in found:
                return tuple(each for each in found if each is not None)
            if self.up_to:
                raise Impossible(
                    f"{self._names()} up to {far} have more than {MOST_FOUND} solutions: --up-to is to be smaller"
                )
            far = far * 3 // 4

    @cached_property
    def far(self) -> int:
        """How far each unknown is tried."""
        if self.up_to:
            return self.up_to
        most = min(FAR[len(self.unknowns)], self._farthest)
        sizes = [int(known[name]) for known in self.axes for name in ("in", "out") if name in known]
        return min(max(LEAST, *sizes), most) if len(self.unknowns) == 2 and sizes else min(LEAST, most)

    @property
    def _most_tried(self) -> int:
        bits = max((int(number).bit_length() for known in self.axes for number in known.values()), default=1)
        return min(MOST_TRIED, MOST_BITS // max(bits, 1))

    @property
    def _farthest(self) -> int:
        """How far each unknown can be tried at most."""
        return max(int(self._most_tried ** (1 / max(len(self.tried), 1))) - 1, 1)

    def _search(self, known: dict[Name, Number], far: int) -> Found | None:
        """Every number of the tried unknowns up to the bound, the equation solved for the last; None if too many do it."""
        ranges = [range(LOWEST[name], far + 1) for name in self.tried]
        stretches: dict[tuple[int, ...], list[Whole]] = {}
        for numbers in product(*ranges):
            values: dict[Name, Number] = {**known, **dict(zip(self.tried, numbers, strict=True))}
            if self.solved != "out":
                own = self.rule.solve(values, self.solved)
            else:
                own = (Whole(out := self.rule.size(values), out),) if self.rule.legal(values) else ()
            if own:
                stretches[numbers] = list(own)
        ends = [stretch.last for own in stretches.values() for stretch in own]
        most = far if None in ends else max([far, *(end for end in ends if end is not None)])
        kept = [
            (numbers, range(first, min(most, most if last is None else last) + 1))
            for numbers, own in stretches.items()
            for first, last in own
        ]
        if sum(own.stop - own.start for _, own in kept if own) > MOST_FOUND:
            return None
        layers = [{**dict(zip(self.tried, numbers, strict=True)), self.solved: x} for numbers, own in kept for x in own]
        ranked = sorted(layers, key=lambda layer: simplicity(self.rule, {**known, **layer}))
        single = {numbers: own[0] for numbers, own in stretches.items() if len(own) == 1}
        return Found(tuple(ranked), single, {**dict.fromkeys(self.tried, far), self.solved: most}, None in ends)

    def _told(self, axis: int, layer: Mapping[Name, int]) -> dict[str, Any]:
        """One solution as it is told: the layer, and a size that was unknown."""
        sizes: dict[str, Any] = {name: layer[name] for name in ("in", "out") if name in layer}
        return self.rule.layer({**self.axes[axis], **layer}) | sizes

    @cached_property
    def solutions(self) -> tuple[dict[str, Any], ...]:
        """Every solution up to the bound, the simplest first; of several axes those alike along all, then others."""
        told = [[self._told(i, layer) for layer in found.layers] for i, found in enumerate(self.found)]
        if len(told) == 1:
            return tuple(told[0])
        first, *rest = told
        others = [{tuple(layer.items()) for layer in layers} for layers in rest]
        alike = [layer for layer in first if all(tuple(layer.items()) in each for each in others)]
        more = (
            {name: one_or_all([part[name] for part in parts]) for name in parts[0]}
            for parts in product(*told)
            if any(part != parts[0] for part in parts)
        )
        return (*alike, *islice(more, max(LISTED - len(alike), 0)))

    @property
    def bound(self) -> dict[str, int]:
        """How far each unknown was looked for: of those up to it every solution is found."""
        whole = [found for found in self.found if found.endless] or self.found
        return {name: max(found.bound[name] for found in whole) for name in self.unknowns}

    @property
    def answer(self) -> dict[str, Any]:
        """The simplest solution, and the bound; where not all up to it are listed, `count` says how many there are."""
        many = prod(len(found.layers) for found in self.found)
        cut = {"count": many} if many > len(self.solutions) else {}
        return {**self.solutions[0], "bound": self.bound, **cut}

    def claims(self) -> Iterator[Claim]:
        """What solutions say along each axis, of very many the first and some spread over the others."""
        for known, found in zip(self.axes, self.found, strict=True):
            for layer in spread(found.layers, LISTED):
                values: dict[Any, Any] = {**known, **layer}
                yield Claim(values, zeros(self.rule, values))

    def refuse(self) -> None:
        """`Impossible` if there is no answer, or too much would have to be tried."""
        many = prod(self.far + 1 for _ in self.tried)
        if many > self._most_tried and self.up_to > self._farthest:
            most = self._farthest
            raise Impossible(f"{self._names()} up to {self.up_to} are too many to try: --up-to is at most {most} here")
        for known, found in zip(self.axes, self.found, strict=True):
            if not found.layers:
                self.rule.refuse(known, self.unknowns)
                raise Impossible(self._why_none(known, found))

    def _names(self) -> str:
        return listed([WORDS[name] for name in self.unknowns])

    def _why_none(self, known: Mapping[Name, Number], found: Found) -> str:
        rest = [f"{WORDS[name]} {known[name]}" for name in self.rule.hyper if name in known]
        with_ = f" with {listed(rest)}" if rest else ""
        turn = f"turn {known['in']} into {known['out']}" if {"in", "out"} <= set(known) else "do it"
        why = ""
        enlarged = {"in", "out"} <= set(known) and known["out"] > known["in"]
        if self.rule.kind == "convolution" and enlarged and known.get("padding") == 0:
            why = ": a convolution without padding never enlarges"
        far = listed([f"{WORDS[name]} up to {far}" for name, far in found.bound.items()])
        return f"no {self._names()} {turn}{within(self.rule)}{with_}{why} ({far} were tried)"

    def derivation(self) -> Derivation:
        parts: list[tuple[Step, ...]] = [self._steps(i) for i in range(len(self.axes))]
        names = {1: ("",), 2: ("Height", "Width"), 3: ("Depth", "Height", "Width")}[len(parts)]
        steps: tuple[Step, ...] = parts[0]
        if len(parts) > 1:
            steps = tuple(Derivation((name,), part) for name, part in zip(names, parts, strict=True))
            says = "Any of one axis goes with any of the others. First come the layers that are alike along all axes"
            more = f", then others, {LISTED} in all." if len(self.solutions) >= LISTED else ", then all others."
            steps += (Derivation(("Together",), (Note("why", (says + more,)),)),)
        note = Note("convention", (convention(self.rule),))
        return Derivation(
            self._title(), (note, *steps), self._headline(), self.answer, self.solutions, question=self.data()
        )

    def mistaken(self) -> tuple[Mistaken, ...]:
        return ()

    def data(self) -> dict[str, Any]:
        said: dict[str, Any] = {name: one_or_all(list(map(int, sizes))) for name, sizes in self.given}
        said |= {"padding": self.asked.word} if self.asked.word else {}
        layer = {"kind": self.asked.kind, "dialect": self.dialect} | ({"ceil": True} if self.asked.ceil else {})
        return {"asks": "shape", "unknown": list(self.unknowns)} | layer | said

    def _title(self) -> Text:
        known = dict(self.given)
        said = {name: "×".join(map(str, dict.fromkeys(sizes))) for name, sizes in known.items()}
        hyper = listed([WORDS[name] for name in self.unknowns])
        if "in" in said and "out" in said:
            return (f"Which {hyper} turn {said['in']} into {said['out']}?",)
        if "out" in said:
            return (f"Which {hyper} give {said['out']}?",)
        return (f"Which {hyper} go together{' with ' + said['in'] if 'in' in said else ''}?",)

    def _headline(self) -> Text:
        simplest = self.solutions[0]
        return (", ".join(f"{WORDS[name]} {_said(simplest[name])}" for name in self.unknowns if name in simplest),)

    def _steps(self, axis: int) -> tuple[Step, ...]:
        """Along one axis: the equation, one number solved for as an example, the families, the simplest solutions."""
        known, found = self.axes[axis], self.found[axis]
        names = [name for name in NAMES if name in known and name in ("in", "out", *self.rule.hyper)]
        given = Given(tuple((LETTER[name], (num(known[name]),), MEANING[name]) for name in names))
        letters = {LETTER[name]: known[name] for name in names}
        law = self.rule.law_for(known) if "padding" not in self.unknowns else self.rule.law
        return (
            given,
            Chain((OUT,), (Link(law, "law"), Link(law.put(letters), "put in"))),
            Note("why", (self._way(found),)),
            *self._example(known, found.layers[0], law),
            *self._families(found),
            self._simplest(axis, found),
            Note("why", (self._count(found),)),
        )

    def _way(self, found: Found) -> str:
        each = listed([f"{LETTER[name]} from {LOWEST[name]} to {found.bound[name]}" for name in self.tried])
        unknown = listed([LETTER[name] for name in self.unknowns])
        return f"One equation with {len(self.unknowns)} unknowns, {unknown}: for each {each} it is solved for {LETTER[self.solved]}."

    def _example(self, known: Mapping[Name, Number], simplest: Mapping[Name, int], law: Expr) -> tuple[Step, ...]:
        """The equation solved with the other unknowns as in the simplest solution."""
        put = {LETTER[name]: simplest[name] for name in self.tried}
        title = f"For instance with {listed([f'{letter} = {x}' for letter, x in put.items()])}"
        numbers: dict[Name, Number] = {**known, **{name: simplest[name] for name in self.tried}}
        env = self.rule.letters(numbers)
        if self.solved == "out":
            return (Derivation((title,), (work((OUT,), law, env),)),)
        try:
            solve = isolate(OUT, law, env, LETTER[self.solved], LOWEST[self.solved]).solve
        except NotImplementedError:
            values: dict[Name, Number] = {**numbers, self.solved: simplest[self.solved]}
            return (
                Derivation((f"{title}, {LETTER[self.solved]} = {simplest[self.solved]}",), (tried(self.rule, values),)),
            )
        return (Derivation((title,), (replace(solve, lines=solve.lines[1:]),)),)

    def _families(self, found: Found) -> tuple[Step, ...]:
        """The solved number as a formula in one that was tried, the others held at their first numbers."""
        rows: list[tuple[Text, ...]] = []
        order = [
            name for name in ("padding", "kernel", "dilation", "in", "stride", "output_padding") if name in self.tried
        ]
        along = next((name for name in order), None)
        if along is None:
            return ()
        place = self.tried.index(along)
        others = sorted({numbers[:place] + numbers[place + 1 :] for numbers in found.stretches})
        for fixed in others[:4]:
            points = [
                (numbers[place], stretch)
                for numbers, stretch in found.stretches.items()
                if numbers[:place] + numbers[place + 1 :] == fixed
            ]
            family = linear(points, LETTER[along], LETTER[self.solved], LOWEST[self.solved])
            if family:
                held = [
                    f"{LETTER[name]} = {x}"
                    for name, x in zip([n for n in self.tried if n != along], fixed, strict=True)
                ]
                rows.append(((", ".join(held),), family, (f"{LETTER[along]} = {points[0][0]}…{points[-1][0]}",)))
        if not rows:
            return ()
        return (Table(((),) * 3, tuple(rows), (False, False, False), caption="In closed form"),)

    def _simplest(self, axis: int, found: Found) -> Step:
        known = self.axes[axis]
        names = [name for name in NAMES if name in self.unknowns]
        rows: list[tuple[Text, ...]] = [
            (*((num(layer[name]),) for name in names), (_remark(self.rule, {**known, **layer}),))
            for layer in found.layers[:SHOWN]
        ]
        header: tuple[Text, ...] = (*((WORDS[name],) for name in names), ("",))
        right = (*(True for _ in names), False)
        return Table(
            header, tuple(rows), right, caption="The simplest solutions" if len(found.layers) > 1 else "The solution"
        )

    def _count(self, found: Found) -> str:
        far = listed([f"{WORDS[name]} up to {found.bound[name]}" for name in self.unknowns])
        if len(found.layers) <= SHOWN:
            return f"{'These are all there are' if len(found.layers) > 1 else 'It is the only one'} with {far}."
        return f"These are {SHOWN} of the {len(found.layers)} solutions with {far}."


def spread(items: Sequence[T], most: int) -> tuple[T, ...]:
    """The first third of so many items, and others spread evenly over the rest."""
    if len(items) <= most:
        return tuple(items)
    first = most // 3
    more = most - first
    return (*items[:first], *(items[first + i * (len(items) - first) // more] for i in range(more)))


def simplicity(rule: Rule, values: Mapping[Name, Number]) -> tuple[Any, ...]:
    """No skipped cell and no window in the padding alone first, then small numbers, odd kernels, nothing unusual."""
    kernel, stride, padding, dilation, more = (
        int(values.get(name, NEUTRAL.get(name, 1)))
        for name in ("kernel", "stride", "padding", "dilation", "output_padding")
    )
    stride = kernel if rule.moves_by_kernel and "stride" not in rule.hyper else stride
    reach = cells_covered(kernel, dilation)
    even = kernel % 2 == 0 and rule.kind != "pooling"
    cost = kernel + 2 * stride + 4 * dilation + padding + 4 * more + 2 * even
    return stride > reach, padding >= reach, cost, even, stride, kernel, padding, values.get("in", 0)


def _remark(rule: Rule, values: Mapping[Name, Number]) -> str:
    skips, alone, *_ = simplicity(rule, values)
    words = {"skips cells": skips and rule.kind != "transposed convolution", "first window in the padding alone": alone}
    return ", ".join(word for word, there in words.items() if there and rule.kind != "transposed convolution")


def linear(points: Sequence[tuple[int, Whole]], name: str, solved: str, lowest: int) -> Text:
    """How both ends of the stretches follow from the number that was tried, where that is a line; else nothing."""
    if len(points) < 3:
        return ()
    ends = [_line([(x, end[side]) for x, end in points], lowest) for side in (0, 1)]
    if ends[0] is None or ends[1] is None:
        return ()
    low, high = (_formula(line, name) for line in ends if line is not None)
    return (f"{solved} = ", low) if low == high else (low, f" ≤ {solved} ≤ ", high)


def _line(points: Iterable[tuple[int, int | None]], lowest: int) -> tuple[int, int] | None:
    """(a, b) if every number is a + b·x, save those that the lowest possible number cut off."""
    free = [(x, y) for x, y in points if y is not None and y > lowest]
    if len(free) < 3 or len(free) < len([*points]) - 1:
        return None
    slope = (free[1][1] - free[0][1]) // (free[1][0] - free[0][0])
    start = free[0][1] - slope * free[0][0]
    return (start, slope) if all(y == start + slope * x for x, y in free) else None


def _formula(line: tuple[int, int], name: str) -> Expr:
    start, slope = line
    if not slope:
        return Num(start)
    term = Sym(name) if abs(slope) == 1 else abs(slope) * Sym(name)
    if not start:
        return term if slope > 0 else -term
    if start < 0 < slope:
        return term - -start
    return Num(start) + term if slope > 0 else Num(start) - term


def _said(value: Any) -> str:
    return "×".join(map(str, value)) if isinstance(value, list) else str(value)
