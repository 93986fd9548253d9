"""Small cases in which wrong rules visibly fail, found by search: one that shows a rule to be wrong, one that tells rules apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from calc.algebra import small
from calc.counting import Count
from calc.derivation import Grid, Note, Step, Text
from calc.errors import times
from calc.exact import Cells
from calc.expr import Expr, Number, num
from calc.feature_maps import FeatureMaps
from calc.layers.base import ABSENT, Layer, with_numbers
from calc.layers.known import LAYERS
from calc.question import Misconception, Question
from calc.sizing import Size

TRIED = 4_000
"""Small numbers that are tried for the letters of a rule."""


@dataclass(frozen=True)
class Case:
    """A small question as steps, the right answer to it, and what each wrong rule answers, by its name."""

    asks: tuple[Step, ...]
    right: Text
    wrong: Mapping[str, Text]
    shown: tuple[Step, ...] = ()


def case(question: Question, names: Sequence[str]) -> Case | None:
    """The smallest case in which these rules answer otherwise than the truth and than each other; None if none is found."""
    if isinstance(question, FeatureMaps):
        return _of_maps(question, names)
    if question.data()["asks"] == "maps":
        return _of_maps(_layer(), names)
    rows = [row for name in names if (row := _rule(question, name)) is not None]
    found = _of_formulas(rows, names) if len(rows) == len(names) else None
    if found is not None:
        return found
    return _of_networks(names) if isinstance(question, Count) else _of_layers(question, names)


class Ruled(NamedTuple):
    """A wrong rule beside the true one, in the same letters."""

    misconception: Misconception
    truth: Expr


@cache
def _rules() -> Mapping[str, Ruled]:
    """Every wrong rule that is a formula, by its name: that of the first layer that has one."""
    found: dict[str, Ruled] = {}
    for kind in LAYERS:
        for m in kind.misconceptions():
            found.setdefault(m.name, Ruled(m, getattr(kind, m.about)))
    return found


def _rule(question: Question, name: str) -> Ruled | None:
    """The wrong rule of that name that a layer of the question bends."""
    kinds = _kinds(question)
    for kind in kinds:
        for m in kind.misconceptions():
            if m.name == name:
                return Ruled(m, getattr(kind, m.about))
    return _rules().get(name)


def _kinds(question: Question) -> list[type[Layer]]:
    from calc.stack import Stack
    from calc.wrong_sizes import LAYERS as BY_KIND

    match question:
        case Size():
            return [BY_KIND[question.rule.kind]] if question.rule.kind in BY_KIND else []
        case Stack():
            return list(dict.fromkeys(type(at.layer) for at in question.passed))
        case Count():
            return list(dict.fromkeys(type(row.call.layer) for row in question.rows if row.call.layer))
    return []


PLAIN: Mapping[str, int] = {"p": 0, "d": 1}
PLAIN_WORDS = {"p": "padding", "d": "dilation"}
"""What a small case goes without, unless the rule is about it."""

STARTS: Mapping[str, int] = {"p": 0, "o": 0, "a": 0, "g": 1, "d": 1, "s": 1, "b": 1, "r": 1}
"""Where letters begin that are not counted from 1."""


def _of_formulas(rows: Sequence[Ruled], names: Sequence[str]) -> Case | None:
    truth = rows[0].truth
    if any(row.truth != truth for row in rows):
        return None
    letters = sorted(frozenset[str]().union(*(row.misconception.rule.free | row.truth.free for row in rows)))
    starts = {name: STARTS.get(name, 1) for name in letters}
    starts |= {name: 2 for name in starts if name[0] == "k"}
    about = " ".join(names)
    held = {name: n for name, n in PLAIN.items() if name in starts and PLAIN_WORDS[name] not in about}
    free = {name: n for name, n in starts.items() if name not in held}
    every = [{**held, **env} for env in small(free, TRIED)] if held else []
    for env in (*every, *small(starts, TRIED)):
        if not _sensible(env):
            continue
        right = truth.value(env)
        wrong = [row.misconception.rule.value(env) for row in rows]
        if right >= 1 and right.denominator == 1 and min(wrong) >= 1 and len({right, *wrong}) == len(wrong) + 1:
            return _told(env, truth, rows, names)
    return None


def _sensible(env: Mapping[str, int]) -> bool:
    """Whether there is such a layer: a kernel that fits, groups that divide the channels."""
    covered = env.get("d", 1) * (env.get("k", 1) - 1) + 1
    if "in" in env and (env["in"] + 2 * env.get("p", 0) < covered or env.get("p", 0) >= env.get("k", 1)):
        return False
    if env.get("b", 1) > 1 and "d" not in env:
        return False
    groups = env.get("g", 1)
    return all(env.get(name, groups) % groups == 0 for name in ("c", "m"))


def _told(env: Mapping[str, int], truth: Expr, rows: Sequence[Ruled], names: Sequence[str]) -> Case:
    told = [f"{name} = {value}" for name, value in env.items() if (name, value) not in ABSENT]
    return Case(
        (Note("why", (f"{', '.join(told)}:",)),),
        _worked(truth, env),
        {name: _worked(row.misconception.rule, env) for name, row in zip(names, rows, strict=True)},
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
    from calc.counting import count

    for text, shape in NETWORKS:
        question = count(text, shape)
        wrong = {each.name: each.answer["parameters"] for each in question.mistaken()}
        if (found := _numbers(f"{text} on {shape.replace('x', '×')}", question.parameters, wrong, names)) is not None:
            return found
    return None


def _of_layers(question: Question, names: Sequence[str]) -> Case | None:
    """Small layers in a row whose output, or receptive field, comes out otherwise by these rules."""
    from calc.chain import through
    from calc.marking.stacks import StackMarking
    from calc.marking.wrong_shapes import WRONG_FIELDS, known, wrong_fields
    from calc.stack import Stack

    if not isinstance(question, Stack):
        return None
    field = any(name == wrong[0] for name in names for wrong in WRONG_FIELDS) and not question.sized
    for text, shape in CHAINS:
        small_one = through(text, shape)
        assert isinstance(small_one, Stack)
        if field:
            right: Any = small_one.fields[0][-1].size
            wrong: dict[str, Any] = {name: sizes[0] for name, _, sizes in wrong_fields(small_one)}
        else:
            right = times(known(small_one.out))
            wrong = {cause.name: times(sizes) for cause, sizes in StackMarking(small_one, ()).led()}
        asked = f"what one output sees through {text}" if field else f"{text}, on {shape.replace('x', '×')}"
        if (found := _numbers(asked, right, wrong, names)) is not None:
            return found
    return None


def _numbers(asked: str, right: object, wrong: Mapping[str, object], names: Sequence[str]) -> Case | None:
    """A case whose answers are numbers, if they all differ."""
    told = [wrong.get(name) for name in names]
    if None in told or len({str(right), *map(str, told)}) < len(told) + 1:
        return None
    return Case(
        (Note("why", (f"{asked}:",)),), (str(right),), {name: (str(x),) for name, x in zip(names, told, strict=True)}
    )


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
        yield made
