"""Small cases in which wrong rules visibly fail, found by search: one that shows a rule to be wrong, one that tells rules apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from calc.counting import Count
from calc.derivation import Grid, Note, Step, Text
from calc.errors import times
from calc.exact import Cells
from calc.expr import Expr, Number, compiled, num
from calc.feature_maps import FeatureMaps
from calc.layers.base import ABSENT, Layer, with_numbers
from calc.layers.known import LAYERS
from calc.marking.small_layers import envs, fits, stands
from calc.question import Misconception, Question
from calc.sizing import Size
from calc.wrong_sizes import wrong_rules

UNSAID = frozenset(ABSENT) - {("a", 1)}
"""Letters and numbers that need not be said; that there is one more layer must be."""


@dataclass(frozen=True)
class Case:
    """A small question as steps, the right answer to it, and what each wrong rule answers, by its name."""

    asks: tuple[Step, ...]
    right: Text
    wrong: Mapping[str, Text]
    shown: tuple[Step, ...] = ()


def case(question: Question, names: Sequence[str]) -> Case | None:
    """The smallest case in which these rules answer otherwise than the truth and than each other; None if none is found.

    Where the right answer always is what one of several rules gives it may be so here; that they differ is what tells.
    """
    if isinstance(question, FeatureMaps):
        return _of_maps(question, names)
    if question.data()["asks"] == "maps":
        return _of_maps(_layer(), names)
    rows = [row for name in names if (row := _rule(question, name)) is not None]
    found = _of_formulas(question, rows, names) if len(rows) == len(names) else None
    if found is not None:
        return found
    return _of_networks(names) if isinstance(question, Count) else _of_layers(question, names)


class Ruled(NamedTuple):
    """A wrong rule beside the true one, in the same letters, of a kind of layer."""

    misconception: Misconception
    truth: Expr
    kind: type[Layer] = Layer


@cache
def _rules() -> Mapping[str, Ruled]:
    """Every wrong rule that is a formula, by its name: that of the first layer that has one."""
    found: dict[str, Ruled] = {}
    for kind in LAYERS:
        for m in kind.misconceptions():
            found.setdefault(m.name, Ruled(m, getattr(kind, m.about), kind))
    return found


def _rule(question: Question, name: str) -> Ruled | None:
    """The wrong rule of that name that a layer of the question bends."""
    if isinstance(question, Size):
        own = (m for m in wrong_rules(question.rule) if m.name == name)
        return next((Ruled(m, question.rule.law) for m in own), None)
    for kind in _kinds(question):
        for m in kind.misconceptions():
            if m.name == name:
                return Ruled(m, getattr(kind, m.about), kind)
    return _rules().get(name)


def _kinds(question: Question) -> list[type[Layer]]:
    from calc.stack import Stack

    match question:
        case Stack():
            return list(dict.fromkeys(type(at.layer) for at in question.passed))
        case Count():
            return list(dict.fromkeys(type(row.call.layer) for row in question.rows if row.call.layer))
    return []


def _of_formulas(question: Question, rows: Sequence[Ruled], names: Sequence[str]) -> Case | None:
    """A small layer for which the formulas differ."""
    truth, kind = rows[0].truth, rows[0].kind
    if any(row.truth != truth for row in rows):
        return None
    wrong = [row.misconception for row in rows]
    letters = frozenset[str]().union(truth.free, *(m.rule.free for m in wrong))
    laws = [compiled(truth), *(compiled(m.rule) for m in wrong)]
    least = 1 if wrong[0].about == "size" else 0
    for strict in (True, False):
        for env in envs(letters, " ".join(names)):
            right, *led = (law(env) for law in laws)
            if not _apart(right, led, strict=strict) or right.denominator != 1 or min(right, *led) < least:
                continue
            there = fits(question.rule, env) if isinstance(question, Size) else stands(kind, env)
            if there and all(m.speaks_of(env) for m in wrong):
                return _told(env, truth, wrong)
        if len(wrong) == 1:
            return None
    return None


def _apart(right: Any, led: Sequence[Any], *, strict: bool) -> bool:
    """Whether wrong rules give different answers, and none of them the right one, or one of several if it is not `strict`."""
    return len(set(led)) == len(led) and (right not in led or not strict)


def _told(env: Mapping[str, int], truth: Expr, wrong: Sequence[Misconception]) -> Case:
    told = ", ".join(f"{name} = {value}" for name, value in env.items() if (name, value) not in UNSAID)
    asks = {
        "size": "What comes out",
        "params": "How many parameters are there",
        "macs": "How many multiply-accumulates",
    }
    asked = f"{told}:" if len(wrong) == 1 else f"{asks[wrong[0].about]} for {told}?"
    return Case(
        (Note("why", (asked,)),),
        _worked(truth, env),
        {m.name: _worked(m.rule, env) for m in wrong},
    )


def _worked(rule: Expr, env: Mapping[str, Number]) -> Text:
    put, value = with_numbers(rule, env), num(rule.value(env))
    return (put, " = ", value) if put != value else (value,)


NETWORKS = (
    ("Conv2d(1, 2, 2), Conv2d(2, 1, 2)", "1x4x4"),
    ("Conv2d(1, 2, 2), Flatten(), Linear(8, 2)", "1x3x3"),
    ("Conv2d(1, 2, 2), MaxPool2d(2), Flatten(), Linear(8, 2)", "1x5x5"),
    ("Conv2d(1, 2, 3), MaxPool2d(2), Flatten(), Linear(8, 2), Linear(2, 2)", "1x6x6"),
    ("Conv2d(2, 3, 2), Conv2d(3, 2, 2)", "2x4x4"),
    ("Conv2d(1, 2, 2), BatchNorm2d(2), MaxPool2d(2)", "1x5x5"),
    ("Conv2d(1, 2, 2), BatchNorm2d(2, affine=False)", "1x3x3"),
    ("Conv2d(2, 2, 2, groups=2), Conv2d(2, 3, 1)", "2x3x3"),
)
"""Small networks in which rules fail that take a number from elsewhere in the network."""

CHAINS = (
    ("conv 2, conv 2", "1x4x4"),
    ("conv 2 filters 2", "2x3x3"),
    ("conv 2 stride 2, conv 2", "1x6x6"),
    ("pool 2, conv 2", "1x6x6"),
    ("conv 2 dilation 2", "1x4x4"),
    ("conv 2 filters 2, pool 2", "1x5x5"),
    ("conv 2 filters 2, flatten", "1x3x3"),
    ("conv 2 filters 2, pool 2, flatten", "1x5x5"),
)
"""Layers in a row in which rules fail that are not those of one layer."""


def _of_networks(names: Sequence[str]) -> Case | None:
    """A small network whose parameters come out otherwise by these rules."""
    return _first([_network(text, shape) for text, shape in NETWORKS], names)


@cache
def _network(text: str, shape: str) -> Answers:
    """A small network, its parameters, and what wrong rules make of them."""
    from calc.counting import count

    question = count(text, shape)
    wrong = {each.name: each.answer["parameters"] for each in question.mistaken()}
    return Answers(f"{text} on {shape.replace('x', '×')}", str(question.parameters), wrong)


def _of_layers(question: Question, names: Sequence[str]) -> Case | None:
    """Small layers in a row whose output, or receptive field, comes out otherwise by these rules."""
    from calc.marking.wrong_shapes import WRONG_FIELDS
    from calc.stack import Stack

    if not isinstance(question, Stack):
        return None
    field = any(name == wrong[0] for name in names for wrong in WRONG_FIELDS) and not question.sized
    return _first([_layers(text, shape, field=field) for text, shape in CHAINS], names)


@cache
def _layers(text: str, shape: str, *, field: bool) -> Answers:
    """Small layers in a row, what comes out of them or what one output sees, and what wrong rules say of it."""
    from calc.chain import through
    from calc.marking.stacks import StackMarking
    from calc.marking.wrong_shapes import known, wrong_fields
    from calc.stack import Stack

    stack = through(text, shape)
    assert isinstance(stack, Stack)
    if field:
        seen = {name: sizes[0] for name, _, sizes in wrong_fields(stack)}
        return Answers(f"what one output sees through {text}", str(stack.fields[0][-1].size), seen)
    wrong: dict[str, str] = {}
    for cause, sizes in StackMarking(stack, ()).led():
        wrong.setdefault(cause.name, times(sizes))
    return Answers(f"{text}, on {shape.replace('x', '×')}", times(known(stack.out)), wrong)


class Answers(NamedTuple):
    """What is asked in a case, the right answer, and those that wrong rules lead to."""

    asked: str
    right: str
    wrong: Mapping[str, object]


def _first(cases: Sequence[Answers], names: Sequence[str]) -> Case | None:
    """The first case in which the answers differ."""
    for strict in (True, False)[: len(names)]:
        for each in cases:
            led = [str(each.wrong.get(name, "")) for name in names]
            if "" not in led and _apart(each.right, led, strict=strict):
                asked = (Note("why", (f"{each.asked}:",)),)
                return Case(asked, (each.right,), {name: (x,) for name, x in zip(names, led, strict=True)})
    return None


IMAGES = (
    "1 0",
    "1 0; 0 0",
    "1 0 0; 0 0 0",
    "0 1 0; 0 0 0; 0 0 0",
    "1 2; 3 4",
    "1 2 0; 0 3 1; 2 0 1",
    "-3 1; 2 0",
    "1 -2 0 3; 2 1 -1 0; 0 3 2 -4; 1 0 2 1",
)
KERNELS = ("1 2", "1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", "-1 2; 3 1", "1 2 0; 0 -1 1; 2 0 1")


def _layer() -> FeatureMaps:
    """What a layer does with an image."""
    from calc.convolution import convolve

    return convolve("0", "0", padding="valid", flip=False, bias=1, dims=2)


def _of_maps(question: FeatureMaps, names: Sequence[str]) -> Case | None:
    """The smallest image and kernel, the rest as in the question, for which the answers differ."""
    if question.axes != 2:
        return None
    for candidate in _smaller(question):
        wrong: dict[str, Cells] = {}
        for bend in candidate.bends():
            if bend.name in names and bend.name not in wrong and (answer := bend.answer) is not None:
                wrong[bend.name] = answer
        if len(wrong) < len(names):
            continue
        answers = [candidate.answer, *(wrong[name] for name in names)]
        if all(a != b for i, a in enumerate(answers) for b in answers[:i]):
            return Case(
                _pictures(candidate),
                ("the right answer",),
                dict.fromkeys(names, ()),
                (
                    Grid(candidate.answer, "right", "", "feature map"),
                    *(
                        Grid(wrong[name], "so answered" if len(names) == 1 else f"{i}", "", "feature map")
                        for i, name in enumerate(names, start=1)
                    ),
                ),
            )
    return None


def _pictures(question: FeatureMaps) -> tuple[Step, ...]:
    image = Grid(question.image.plane(0), "image")
    kernel: Cells | None = getattr(question, "kernel", None)
    return (
        *question.derivation().opening[:1],
        image,
        *((Grid(kernel.plane(0, 0), "kernel", "", "kernel"),) if kernel is not None else ()),
    )


def _bias(question: FeatureMaps) -> Cells | None:
    """A bias of 1 where the question has biases."""
    bias: Cells | None = getattr(question, "bias", None)
    return Cells.of([1]) if bias else None


def _smaller(question: FeatureMaps) -> Iterator[FeatureMaps]:
    """Smaller questions of the same kind, the smallest first."""
    from calc.errors import Impossible
    from calc.images import read_grid

    images = [read_grid(text, "", inline=True) for text in IMAGES]
    taps = [read_grid(text, "", inline=True) for text in KERNELS] if hasattr(question, "kernel") else [None]
    for image, kernel in sorted(
        product(images, taps), key=lambda pair: pair[0].numerators.size + (pair[1].numerators.size if pair[1] else 0)
    ):
        changes: dict[str, Any] = {"image": image.shaped((1, *image.shape))}
        if kernel is not None:
            changes |= {"kernel": kernel.shaped((1, 1, *kernel.shape)), "bias": _bias(question), "groups": 1}
        try:
            made: FeatureMaps = replace(question, **changes)  # type: ignore[type-var]
            made.answer  # noqa: B018  # refused where the image is too small
        except Impossible:
            continue
        stamps = question.data()["asks"] == "transposed"
        if stamps or all(k <= n for k, n in zip(getattr(made, "reach", ()), made.size, strict=False)):
            yield made
