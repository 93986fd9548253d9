"""An answer to what comes out of layers in a row marked: the last size, those after each layer, or what one output sees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import prod
from typing import NamedTuple

from calc.errors import Impossible, counted, listed
from calc.expr import exact
from calc.marking.lessons import lesson
from calc.marking.size_replies import Numbers, Said
from calc.marking.sizes import alike, slipped, spelled
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, share, wrong
from calc.marking.wrong_shapes import known, wrong_channels, wrong_fields
from calc.stack import Stack, size_after, wrong_rule, wrong_rules

FIELD = frozenset(("field", "receptive field", "rf", "sees"))
SURE = 3
"""Sizes in a row that two wrong rules together must lead to: there are so many pairs that one or two fit by chance."""

FOLLOWS = "right by what was answered before"


class Bent(NamedTuple):
    """The sizes after each layer on an image where a wrong rule is followed."""

    cause: Cause
    sizes: tuple[Numbers, ...]


class Line(NamedTuple):
    """What is said of the size after one layer, and the causes that lead to it."""

    says: str
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class StackMarking:
    """One answer to what comes out of layers: the last size, those after each of them, or what one output sees."""

    question: Stack
    said: tuple[Said, ...]
    accepted: frozenset[str] = frozenset()

    @cached_property
    def verdict(self) -> Verdict:
        if {each.name.lower() for each in self.said} & FIELD or not self.question.sized:
            return self._field()
        if len(self.said) == 1:
            return self._last(self.said[0])
        return self._each()

    def _field(self) -> Verdict:
        """What one output of the last layer on the image sees."""
        right: Numbers = tuple(fields[-1].size for fields in self.question.fields)
        mine = self.said[-1].numbers
        if alike(right, mine):
            return RIGHT
        led = [
            because(name, why, gives(spelled(mine)))
            for name, why, values in wrong_fields(self.question)
            if alike(values, mine) and not alike(values, right)
        ]
        return self._judged(led, mine, right[:1] if len(mine) == len(set(right)) == 1 else right)

    def _judged(self, led: Sequence[Explanation], mine: Numbers, right: Numbers) -> Verdict:
        """A wrong number with what leads to it."""
        return wrong(led or slipped(mine, right), self.accepted, differs=(spelled(mine), spelled(right)))

    def _last(self, said: Said) -> Verdict:
        stack = self.question
        mine, right = said.numbers, known(stack.out)
        if _is(mine, right):
            return RIGHT
        place = self._place(said.name)
        if place is not None and _is(mine, known(stack.passed[place].output)):
            raise Impossible(
                f"{spelled(mine)} is right after {_title(stack, place)}: what comes out at last is asked, or a size for each layer"
            )
        led = [Explanation((cause,), gives(spelled(last))) for cause, last in self.led() if _leads(mine, last)]
        return self._judged(led, mine, right[1:] if len(mine) < len(right) else right)

    def _place(self, name: str) -> int | None:
        """The layer of that name, or of that kind and number, such as conv 2; None where there is no such layer."""
        found = re.fullmatch(r"([a-z]+)[ _]?(\d{1,4})", name.strip().lower())
        if found is None:
            return None
        alike = [i for i, at in enumerate(self.question.passed) if at.stage.text.lower().startswith(found[1])]
        return alike[int(found[2]) - 1] if 1 <= int(found[2]) <= len(alike) else None

    def led(self) -> Iterator[tuple[Cause, Numbers]]:
        """What each wrong rule leads to at last: the sizes of a map, or of a map with its channels, or features."""
        on_image = len(self.question.images) == len(self.question.passed)
        for bent in self._bent():
            last = bent.sizes[-1] if on_image else self._flattened(bent.sizes[-1])
            if last is not None:
                yield bent.cause, last
        for name, why, sizes in wrong_channels(self.question):
            if sizes != known(self.question.out):
                yield Cause("misconception", name, why), sizes

    def _flattened(self, sizes: Numbers) -> Numbers | None:
        """The features that come out of a last map of those sizes, where nothing but a flattening follows."""
        stack = self.question
        rest, channels = stack.passed[len(stack.images) :], stack.images[-1].output[0] if stack.images else None
        if len(rest) != 1 or channels is None or len(known(rest[0].output)) != 1:
            return None
        return (exact(channels * prod(sizes)),)

    def _bent(self) -> Iterator[Bent]:
        """What wrong rules lead to: in all layers that they bend, in those of a kind, in one."""
        stack = self.question
        right = tuple(known(stack.images[-1].output)[-len(stack.paths) :]) if stack.images else ()
        seen: set[tuple[str, Numbers]] = set()
        for name, why in wrong_rules([at.layer for at in stack.images]).items():
            bends = [i for i, at in enumerate(stack.images) if wrong_rule(at.layer, name)]
            kinds = list(dict.fromkeys(type(stack.images[i].layer) for i in bends))
            groups = [bends]
            if len(kinds) > 1:
                groups += [[i for i in bends if type(stack.images[i].layer) is kind] for kind in kinds]
            for group in groups:
                sizes = stack.bent(name, group)
                if sizes is None or sizes[-1] == right or (name, sizes[-1]) in seen:
                    continue
                seen.add((name, sizes[-1]))
                where = "" if group is bends else listed([_title(stack, i) for i in group])
                yield Bent(Cause("misconception", name, why, where), sizes)
            alone: dict[Numbers, list[tuple[int, tuple[Numbers, ...]]]] = {}
            for i in bends if len(bends) > 1 else ():
                sizes = stack.bent(name, [i])
                if sizes is not None and sizes[-1] != right and (name, sizes[-1]) not in seen:
                    alone.setdefault(sizes[-1], []).append((i, sizes))
            for places in alone.values():
                first, sizes = places[0]
                where = _title(stack, first) if len(places) == 1 else f"one of {len(places)} layers"
                yield Bent(Cause("misconception", name, why, where), sizes)

    def _each(self) -> Verdict:
        """Sizes after each layer: each from the one before it, as it was answered."""
        stack = self.question
        changing = [i for i, at in enumerate(stack.passed) if at.output != at.input]
        told = self.said
        if len(told) in (len(changing) + 1, len(stack.passed) + 1) and _is(told[0].numbers, known(stack.shape)):
            told = told[1:]  # the input first
        if len(told) < len(self.said):
            return replace(self, said=told)._each()
        order = list(range(len(stack.passed))) if len(self.said) == len(stack.passed) else changing
        if len(self.said) != len(order):
            raise Impossible(
                f"there are {len(self.said)} sizes, and {len(stack.passed)} layers, {len(changing)} of which change the size: give one for each, or the last alone"
            )
        before: Numbers = tuple(path[0].cells for path in stack.paths)
        lines: list[Line] = []
        for i, each in zip(order, self.said, strict=True):
            right = known(stack.passed[i].output)
            lines.append(Line("right") if _is(each.numbers, right) else self._line(i, each.numbers, before))
            before = self._before(each.numbers, i)
        if all(line.says == "right" for line in lines):
            return Verdict("right", rows=self._rows(order, lines))
        if any(line.says.startswith("not right") for line in lines) and (both := self._by_two(order, lines)):
            return both
        return self._weighed(order, lines)

    def _by_two(self, order: Sequence[int], lines: Sequence[Line]) -> Verdict | None:
        """The verdict where two wrong rules lead to all sizes on the image, in all layers or in those that both bend."""
        stack = self.question
        before: Numbers = tuple(path[0].cells for path in stack.paths)
        asked = []
        for i, each in zip(order, self.said, strict=True):
            if i < len(stack.images):
                asked.append((i, before, self._before(each.numbers, i)))
            before = self._before(each.numbers, i)
        bent = {i for i, n, mine in asked if self._led(i, n) != mine}
        layers = [at.layer for at in stack.images]
        ruled = wrong_rules(layers)
        for names in combinations(ruled, 2) if len(bent) >= SURE else ():
            kinds = {type(layer) for layer in layers if all(wrong_rule(layer, name) for name in names)}
            if not any(type(layers[i]) in kinds and wrong_rule(layers[i], *names) for i in bent):
                continue
            for within in ({type(layer) for layer in layers}, kinds):
                of = {i: names if type(layers[i]) in within else () for i, _, _ in asked}
                if all(self._led(i, n, *of[i]) == mine for i, n, mine in asked):
                    return self._told_by_two(order, lines, {i: of[i] for i in sorted(bent)})
        return None

    def _told_by_two(
        self, order: Sequence[int], lines: Sequence[Line], followed: Mapping[int, tuple[str, ...]]
    ) -> Verdict:
        """The verdict by two wrong rules, given the layers that they were followed in."""
        layers = [at.layer for at in self.question.images]
        where = {i: [name for name in names if wrong_rule(layers[i], name)] for i, names in followed.items()}
        why = wrong_rules(layers)
        causes = tuple(
            Cause(
                "misconception", name, why[name], listed([_title(self.question, i) for i in where if name in where[i]])
            )
            for name in dict.fromkeys(name for names in where.values() for name in names)
        )
        titles = {i: " and ".join(lesson(name).title for name in names) for i, names in where.items()}
        told = [Line(titles.get(i, line.says), line.causes) for i, line in zip(order, lines, strict=True)]
        evidence = (
            f"all {counted(len(where), 'wrong size')} come of these rules; it takes both, neither alone gives them"
        )
        rows = self._rows(order, told)
        return wrong([Explanation(causes, evidence)], self.accepted, found=self._found(told), rows=rows)

    def _led(self, i: int, before: Numbers, *names: str) -> Numbers:
        """What a layer makes of the size before it by these wrong rules, or by its own."""
        paths = [path[i] for path in self.question.paths]
        if len(before) != len(paths):
            return ()
        return tuple(size_after(p.layer, p.axis, n, *names) for p, n in zip(paths, before, strict=True))

    def _rows(self, order: Sequence[int], lines: Sequence[Line]) -> tuple[tuple[str, ...], ...]:
        stack = self.question
        return tuple(
            (_title(stack, i), spelled(each.numbers), spelled(known(stack.passed[i].output)), line.says)
            for i, each, line in zip(order, self.said, lines, strict=True)
        )

    def _weighed(self, order: Sequence[int], lines: list[Line]) -> Verdict:
        """As few causes as explain the wrong sizes; none where most of them stay unexplained."""
        rest = {place for place, line in enumerate(lines) if line.causes}
        odd = [place for place, line in enumerate(lines) if line.says not in ("right", FOLLOWS)]
        causes: list[Cause] = []
        if len(odd) > 1 and 2 * len(rest) <= len(odd):
            for place in rest:
                lines[place] = Line("not right")
            rest = set()
        while rest:
            names = [cause.name for place in sorted(rest) for cause in lines[place].causes]
            best = max(dict.fromkeys(names), key=lambda name: (names.count(name), -self._against(name, order, lines)))
            own = [place for place in sorted(rest) if best in [cause.name for cause in lines[place].causes]]
            cause = next(cause for cause in lines[own[0]].causes if cause.name == best)
            causes.append(replace(cause, where=listed([_title(self.question, order[place]) for place in own])))
            for place in own:
                lines[place] = Line(lesson(best).title, lines[place].causes)
            rest -= set(own)
        accepted = () if any(line.says.startswith("not right") for line in lines) else self.accepted
        told = [Explanation(tuple(causes))] if causes else []
        return wrong(told, accepted, found=self._found(lines), rows=self._rows(order, lines))

    def _against(self, name: str, order: Sequence[int], lines: Sequence[Line]) -> int:
        """How many layers a wrong rule bends in which something else was answered than it gives."""
        stack = self.question
        before: Numbers = tuple(path[0].cells for path in stack.paths)
        against = 0
        for i, each, line in zip(order, self.said, lines, strict=True):
            bends = i < len(stack.images) and wrong_rule(stack.passed[i].layer, name)
            if bends and name not in [cause.name for cause in line.causes]:
                against += self._led(i, before, name) != self._led(i, before)
            before = self._before(each.numbers, i)
        return against

    def _found(self, lines: Sequence[Line]) -> str:
        """How many sizes are right, and how many follow rightly from wrong ones."""
        follows = sum(line.says == FOLLOWS for line in lines)
        told = share(sum(line.says == "right" for line in lines), len(lines), "size", "right")
        if not follows:
            return told
        return f"{told}, {follows} more {'follows' if follows == 1 else 'follow'} rightly from what was answered before"

    def _before(self, mine: Numbers, i: int) -> Numbers:
        """The size along each axis that the next layer gets by an answer."""
        right = known(self.question.passed[i].output)
        if i >= len(self.question.images):
            return mine
        sizes = mine[1:] if len(mine) == len(right) > 1 else mine
        return sizes * len(self.question.paths) if len(sizes) == 1 else sizes

    def _line(self, i: int, mine: Numbers, before: Numbers) -> Line:
        """What is to be said of one wrong size, given the one that was answered before it."""
        stack = self.question
        right = known(stack.passed[i].output)
        if i >= len(stack.images):
            channels = stack.images[-1].output[0] if stack.images else None
            if len(right) == 1 and channels and (channels * prod(before),) == mine:
                return Line(FOLLOWS)
            found = tuple(Cause("misconception", name, why) for name, why, x in wrong_channels(stack) if x == mine)
            return Line(lesson(found[0].name).title if found else "not right", found)
        paths, sizes = [path[i] for path in stack.paths], self._before(mine, i)
        if len(sizes) != len(paths) or len(before) != len(paths):
            return Line("not right")
        pairs = list(zip(paths, before, strict=True))
        follow = tuple(size_after(p.layer, p.axis, n) for p, n in pairs)
        if follow == sizes:
            return Line(FOLLOWS)
        found = tuple(
            Cause("misconception", name, why)
            for name, why in wrong_rules([stack.passed[i].layer]).items()
            if tuple(size_after(p.layer, p.axis, n, name) for p, n in pairs) == sizes
        )
        found = found or tuple(cause for each in slipped(sizes, follow) for cause in each.causes)
        if found:
            return Line(lesson(found[0].name).title, found)
        return Line(f"not right: from {spelled(before)} comes {spelled(follow)}")


def _is(mine: Numbers, shape: Numbers) -> bool:
    """Whether that is the size: with or without its channels, before or behind it, one number for all axes, in a batch."""
    if len(mine) == len(shape) + 1 and len(shape) > 1:
        mine = mine[1:]
    turned = (*shape[1:], shape[0])
    return alike(mine, shape) or (len(shape) > 1 and (alike(mine, shape[1:]) or mine == turned))


def _leads(mine: Numbers, last: Numbers) -> bool:
    """Whether that is the size a wrong rule leads to: with channels before or behind it, where that has none."""
    if len(mine) == len(last) + 1 and len(mine) > 2:
        return last in (mine[1:], mine[:-1])
    return alike(mine, last) or (len(mine) == len(last) > 2 and (mine[-1], *mine[:-1]) == last)


def _title(stack: Stack, i: int) -> str:
    at = stack.passed[i]
    name = str(at.stage.name).strip()
    return name if name and not name.isdigit() else f"{i + 1} {at.stage.text}"
