"""An answer to what comes out of layers in a row marked: the last size, those after each layer, or what one output sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import NamedTuple

from calc.errors import Impossible, listed
from calc.expr import exact
from calc.layers.padding import Pad
from calc.layers.pool import Windows
from calc.marking.lessons import lesson
from calc.marking.size_replies import Numbers, Said
from calc.marking.sizes import alike, slipped, spelled
from calc.marking.verdicts import RIGHT, Cause, Explanation, Verdict, because, gives, share, wrong
from calc.stack import Stack, size_after, wrong_rule, wrong_rules
from calc.unfolding import numbers

FIELD = frozenset(("field", "receptive field", "rf", "sees"))
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
            because(name, why, gives(spelled(values)))
            for name, why, values in wrong_fields(self.question)
            if alike(values, mine) and not alike(values, right)
        ]
        return self._judged(led, mine, right)

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
        return self._weighed(order, lines)

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
            best = max(dict.fromkeys(names), key=names.count)
            own = [place for place in sorted(rest) if best in [cause.name for cause in lines[place].causes]]
            cause = next(cause for cause in lines[own[0]].causes if cause.name == best)
            causes.append(replace(cause, where=listed([_title(self.question, order[place]) for place in own])))
            for place in own:
                lines[place] = Line(lesson(best).title, lines[place].causes)
            rest -= set(own)
        rows = self._rows(order, lines)
        follows = sum(line.says == FOLLOWS for line in lines)
        told = share(sum(line.says == "right" for line in lines), len(rows), "size", "right")
        told += (
            f", {follows} more {'follows' if follows == 1 else 'follow'} rightly from what was answered before"
            if follows
            else ""
        )
        accepted = () if any(line.says.startswith("not right") for line in lines) else self.accepted
        return wrong([Explanation(tuple(causes))] if causes else [], accepted, found=told, rows=rows)

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


def wrong_channels(stack: Stack) -> Iterator[tuple[str, str, Numbers]]:
    """Right sizes with wrong channels, and features counted wrongly."""
    out, first = known(stack.out), known(stack.shape)
    if stack.images and len(stack.images) < len(stack.passed):
        image = known(stack.images[-1].output)
        if len(out) == 1 and len(image) > 1:
            before = next((known(at.input) for at in reversed(stack.images) if at.input != at.output), image)
            yield from wrong_features(image, before)
    elif len(first) >= len(out) > 1 and None not in (stack.shape[0], stack.out[0]):
        yield from wrong_filters(first, out)
        yield from wrong_pools(out, sum(isinstance(at.layer, Windows) for at in stack.images))
        zeros = sum(sum(at.layer.along(0).values()) for at in stack.images if isinstance(at.layer, Pad))
        if first[0] == out[0]:
            why = "padding goes around each channel: it adds none"
            yield "channels-padded", why, (exact(out[0] + zeros), *out[1:])


def wrong_features(image: Numbers, before: Numbers) -> Iterator[tuple[str, str, Numbers]]:
    """Features of a flattened map of that shape counted wrongly; `before` is the shape in front of the last layer."""
    yield (
        "flatten-without-channels",
        "flattening lays all channels in a row: the channels count too",
        (prod(image[1:]),),
    )
    why = "what is flattened is the output of the last layer, not its input"
    yield "flatten-before-last-layer", why, (prod(before[1:]) * image[0],)


def wrong_filters(first: Numbers, out: Numbers) -> Iterator[tuple[str, str, Numbers]]:
    """Maps of the right size with channels that come of the input's."""
    yield "channels-of-input", "there are as many channels as filters, not as the input has", (first[0], *out[1:])
    why = "each filter makes one map: the channels of the input are added up"
    yield "channels-multiplied", why, (first[0] * out[0], *out[1:])


def wrong_pools(out: Numbers, pools: int) -> Iterator[tuple[str, str, Numbers]]:
    """Maps of the right size with half the channels for each pooling."""
    if pools and out[0] % 2**pools == 0:
        why = "a pooling works on each channel by itself: it keeps their number"
        yield "pool-halves-channels", why, (out[0] // 2**pools, *out[1:])


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


def known(shape: Sequence[int | None]) -> tuple[int, ...]:
    """The numbers of a shape that are known."""
    return tuple(n for n in shape if n is not None)


OF_SEVERAL = frozenset(("kernels-added", "kernels-multiplied", "last-kernel-alone"))
"""Rules for fields that speak of more than one layer."""


class Step(NamedTuple):
    """A layer as it widens a receptive field along one axis."""

    kernel: int
    stride: int
    dilation: int
    pools: bool


Path = Sequence[Step]


def wrong_fields(stack: Stack) -> Iterator[tuple[str, str, Numbers]]:
    """What learners take for the receptive field of layers on an image."""
    paths = []
    for path in stack.paths:
        letters = [(numbers(at.layer, at.axis), isinstance(at.layer, Windows)) for at in path]
        whole = [(n, pools) for n, pools in letters if {"k", "s"} <= set(n)]
        paths.append([Step(int(n["k"]), int(n["s"]), int(n.get("d", 1)), pools) for n, pools in whole])
    if paths and all(paths):
        dilated = any(step.dilation > 1 for path in paths for step in path)
        for name, why, rule in WRONG_FIELDS:
            if (name.startswith("dilation") and not dilated) or (name in OF_SEVERAL and len(stack.images) == 1):
                continue
            yield name, why, tuple(rule(path) for path in paths)


def _field(path: Path) -> int:
    field, jump = 1, 1
    for k, s, d, _ in path:
        field, jump = field + d * (k - 1) * jump, jump * s
    return field


def _own_stride(path: Path) -> int:
    field, jump = 1, 1
    for k, s, d, _ in path:
        jump *= s
        field += d * (k - 1) * jump
    return field


WRONG_FIELDS: tuple[tuple[str, str, Callable[[Path], int]], ...] = (
    ("kernels-added", "the field grows by k − 1 for each layer, not by k", lambda path: sum(at.kernel for at in path)),
    (
        "kernels-multiplied",
        "what each layer adds to the field is added up, not multiplied",
        lambda path: prod(at.kernel for at in path),
    ),
    (
        "strides-ignored",
        "behind a stride each step is as far as all strides before it make it",
        lambda path: _field([at._replace(stride=1) for at in path]),
    ),
    ("own-stride-too-early", "a layer's own stride counts for the layers after it", _own_stride),
    (
        "pooling-ignored",
        "poolings widen the field as convolutions do",
        lambda path: _field([at for at in path if not at.pools]),
    ),
    ("last-kernel-alone", "what the last layer sees has seen more before", lambda path: path[-1].kernel),
    (
        "dilation-times-kernel",
        "a dilated kernel covers d·(k − 1) + 1 cells, not k·d",
        lambda path: 1 + sum(at.kernel * at.dilation - 1 for at in path),
    ),
    (
        "dilation-ignored",
        "a dilated kernel covers d·(k − 1) + 1 cells",
        lambda path: _field([at._replace(dilation=1) for at in path]),
    ),
)
"""Wrong rules for receptive fields: name, what is wrong, and the field that each gives along one axis."""
