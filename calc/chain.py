"""Reading the question behind `cnncalc shape` with layers: their text, the input, and what is to come out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod

from calc.backward import Backward
from calc.comparison import Comparison
from calc.errors import Impossible, counted, printable, times
from calc.readers.chain_text import read_chain_source
from calc.readers.families import FAMILIES
from calc.readers.stages import Stage
from calc.stack import Passed, Shape, Stack, run
from calc.unfolding import said

IMAGINED = (64, 256, 1024, 4096, 2**20)
"""Cells along each axis of an input that nobody named: the first that is far larger than what an output sees."""
LONGEST = 1_000
"""Digits of a size."""


def through(layers: str, in_: str | int | None = None, out: str | int | None = None) -> Stack | Backward:
    """What comes out of layers, or which numbers make `out` come out, as a question.

    `layers` is the text of a chain, `conv 9, pool 2` or torch's constructors, or a file of it. `in_` is N, HxW or
    CxHxW (3x512x512, as many axes as the layers have), with a ? for what is looked for; so are holes in the layers.
    Raises `Impossible` where the layers cannot be read, do not fit, or nothing does it.
    """
    _, stages = read_chain_source(layers)
    asks = any(stage.holes for stage in stages)
    if in_ is None and not asks and out is None and not any("in_features" in stage.arguments for stage in stages):
        return replace(_imagined([stages])[0], sized=False)
    word = "?" if in_ is None else str(in_)
    batch, shape, flat, square = read_input(word, stages)
    asked = "x".join(_parts(word))
    wanted = None if out is None else tuple(_size(part, str(out), "output size") for part in _parts(str(out)))
    square = square and (wanted is None or len(set(wanted[1 - len(shape) :])) == 1)
    backward = Backward(stages, shape, wanted, square, asked)
    if backward.unknowns:
        backward.refuse_many()
        oblong = replace(backward, square=False)
        backward = oblong if square and not backward.found and oblong.found else backward
        backward.refuse()
        return backward
    stack = Stack(stages, shape, flat, asked, batch)
    if wanted is not None and not (asks and stack.gives(wanted)):
        raise Impossible(_nothing_unknown(stack, wanted))
    try:
        stack.passed  # noqa: B018  # refused here, where the question is asked
    except Impossible as fault:
        raise Impossible(f"{fault}{_repair(stack)}") from None
    return stack


def _repair(stack: Stack) -> str:
    """What to write, or to feed, where a layer of features gets another number of them than it takes."""
    done: list[Passed] = []
    with suppress(Impossible):
        done.extend(run(stack.stages, stack.shape))
    stage = stack.stages[len(done)]
    takes = stage.arguments.get("in_features")
    if not done or not isinstance(takes, int) or done[-1].output[-1] is None:
        return ""
    shape = done[-1].output
    numbers = "·".join(map(str, shape))
    if len(shape) > 1 and None not in shape and prod(n or 0 for n in shape) == takes:
        return f"; {takes} = {numbers}: put Flatten() before it"
    gets = str(shape[-1])
    sizes = f" = {'·'.join(map(str, done[-1].input))}" if len(done[-1].input) > len(shape) else ""
    write = re.sub(rf"(?<!\d){takes}(?!\d)", gets, stage.text, count=1)
    mend = f"; write {write}" if write != stage.text else f"; write {gets} for them"
    backward = Backward(stack.stages, (stack.shape[0], *(None,) * (len(stack.shape) - 1)), None)
    with suppress(Impossible):
        if backward.found:
            side = backward.put(backward.found[0])
            return f"{sizes}{mend}, or feed {said((None, *side.shape[1:]))} images"
    return f"{sizes}{mend}"


def compare(first: str, second: str, in_: str | int | None = None) -> Comparison:
    """Two stacks of layers side by side, as a question; without `in_` only what does not hang on the input's size."""
    chains = [read_chain_source(text)[1] for text in (first, second)]
    for text, stages in zip((first, second), chains, strict=True):
        if any(stage.holes for stage in stages):
            raise Impossible(f"“{printable(text)}” has a number that is looked for: layers that are compared have none")
    if in_ is None:
        one, two = _imagined(chains)
        return Comparison(one, two, sized=False)
    one, two = (_compared(stages, str(in_)) for stages in chains)
    return Comparison(one, two)


def _imagined(chains: Sequence[tuple[Stage, ...]]) -> list[Stack]:
    """Chains of layers on an input that nobody named, far larger than what an output of them sees."""
    for size in IMAGINED:
        try:
            stacks = [_compared(stages, str(size)) for stages in chains]
        except Impossible as fault:
            if size == IMAGINED[-1]:
                raise Impossible(f"{fault}; add --in") from None
            continue
        if all(2 * field.size < size for stack in stacks for fields in stack.fields for field in fields):
            break
    if not all(stack.paths for stack in stacks):
        raise Impossible("what comes out hangs on what goes in: add --in")
    return stacks


def _compared(stages: tuple[Stage, ...], in_: str) -> Stack:
    """Layers on an input that is known, if they take it."""
    batch, shape, flat, _ = read_input(in_, stages)
    if None in shape[1:]:
        raise Impossible("the input of layers that are compared is a size: N, HxW or CxHxW")
    stack = Stack(stages, shape, flat, "x".join(_parts(in_)), batch)
    stack.passed  # noqa: B018  # refused here, where the question is asked
    return stack


def read_input(word: str, stages: tuple[Stage, ...]) -> tuple[int | None, Shape, bool, bool]:
    """The batch, the shape as the first layers want it, whether it is features alone, and whether it is one number.

    Sizes that are looked for are None, as are channels that are not said.
    """
    batch: int | None = None
    parts = [None if part == "?" else _size(part, word, "input size") for part in _parts(word)]
    if _kind(stages[0]) == "Fold" and len(parts) < 4:
        batch, *parts = parts if len(parts) == 3 else (None, *parts)
        return batch, tuple(parts), False, False
    axes = next((axes for stage in stages if (axes := _axes(stage))), 0)
    slides = axes or any(_slides(stage) for stage in stages)
    if not slides and parts != [None]:
        return None, tuple(parts), len(parts) == 1, False
    if len(parts) == 1:
        return None, (None, *parts * (axes or 2)), False, True
    axes = axes or (2 if len(parts) < 5 else 3)
    if len(parts) == axes + 2:
        batch, *parts = parts
    if len(parts) not in (axes, axes + 1):
        forms = {1: "N, CxN or BxCxN", 2: "N, HxW, CxHxW or BxCxHxW", 3: "N, DxHxW, CxDxHxW or BxCxDxHxW"}[axes]
        raise Impossible(f"the input {printable(word)} has {len(parts)} sizes: layers along {axes} axes take {forms}")
    return batch, tuple(parts) if len(parts) == axes + 1 else (None, *parts), False, False


MODES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""Along how many axes an up-sampling works, by its mode."""


def _axes(stage: Stage) -> int:
    """Along how many axes the layer certainly works, 0 if that is open."""
    size = stage.arguments.get("size")
    if isinstance(size, tuple):
        return len(size)
    mode = MODES.get(str(stage.arguments.get("mode")), 0)
    return stage.axes or mode or (2 if _kind(stage).startswith(("Pixel", "Upsampling", "Unfold")) else 0)


def _slides(stage: Stage) -> bool:
    """Whether the layer works along the axes of an image."""
    return "{}" in _kind(stage) or _kind(stage).startswith("Upsample")


def _kind(stage: Stage) -> str:
    """What torch calls it, {} where the number of axes stands."""
    return FAMILIES[stage.kind].kind if isinstance(stage.kind, str) else stage.kind.kind()


def _parts(word: str) -> list[str]:
    return [part.strip() for part in word.replace("×", "x").lower().split("x")]


def _size(part: str, word: str, what: str) -> int:
    if any(c.isalpha() and c not in "xX" for c in word):
        raise Impossible(f"the {what} “{printable(word, 30)}” has letters: through layers only numbers are worked")
    if not part.isdecimal() or len(part) > LONGEST:
        raise Impossible(f"the {what} “{printable(word, 30)}” is no size: write N, HxW or CxHxW, such as 3x512x512")
    if not int(part):
        raise Impossible(f"the {what} 0 is not possible: it is at least 1")
    return int(part)


def _nothing_unknown(stack: Stack, wanted: tuple[int, ...]) -> str:
    """What is said where nothing is looked for."""
    gives, right = stack.answer["out"], list(wanted) if len(wanted) > 1 else wanted[0]
    given = f"{printable(stack.asked).replace('x', '×')} through {counted(len(stack.stages), 'layer')}"
    out = stack.written(stack.out)
    if gives == right:
        return f"nothing is unknown: {given} does give {out}; write ? for the number you look for"
    return f"{given} gives {out}, not {times(wanted)}; write ? for the number you look for"
