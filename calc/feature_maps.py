"""What the questions of convolution, transposed convolution and pooling share: feature maps out of an image with channels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any, NamedTuple, Self

from calc.activations import Activation
from calc.choices import AXES, Padding, PaddingMode, Sizes
from calc.derivation import Note, Step, lift_entry, work
from calc.errors import Impossible, at, times
from calc.exact import Cells
from calc.expr import Number
from calc.question import Mistaken, Question
from calc.showing import shown, sides

MOST_CELLS = 2**26
"""Cells of a padded image that is worked with."""

MOST_OUTPUTS = 2**28
"""Cells of an answer that is worked out."""

PICTURES = {1: "signal", 2: "image", 3: "volume"}
WAYS = {1: "left-right", 2: "up-down and left-right", 3: "front-back, up-down and left-right"}


class Bend(NamedTuple):
    """A question as a misconception asks it: its name, why that is wrong, and the bent question.

    None stands for one that cannot be asked so; where the wrong rule makes no such question, `maps` are what it gives.
    """

    name: str
    why: str
    question: FeatureMaps | None = None
    maps: Cells | None = None

    @property
    def answer(self) -> Cells | None:
        """What the misconception leads to."""
        return self.question.answer if self.question else self.maps


class FeatureMaps(Question):
    """A question about an image of C×H×W (C×W, C×D×H×W) whose answer is feature maps, M×H_out×W_out.

    Its classes are frozen dataclasses with the field `image`, and `then` where an activation may follow.
    """

    image: Cells
    then: Activation | None = None

    @property
    def axes(self) -> int:
        """Along how many axes windows slide."""
        return len(self.image.shape) - 1

    @property
    def size(self) -> Sizes:
        """H×W of the image, without its channels."""
        return self.image.shape[1:]

    @property
    @abstractmethod
    def maps(self) -> Cells:
        """The feature maps before any activation, M×H_out×W_out."""

    @cached_property
    def answer(self) -> Cells:
        """The feature maps after the activation; a single one H_out×W_out."""
        maps = self.then(self.maps) if self.then else self.maps
        return maps if maps.shape[0] > 1 else maps.plane(0)

    @abstractmethod
    def bends(self) -> Iterable[Bend]:
        """The same question as each misconception asks it."""

    def bent(self, **changes: Any) -> Self | None:
        """The same question with something changed, if it can be asked so."""
        try:
            return replace(self, **changes)  # type: ignore[type-var]
        except Impossible:
            return None

    def mistaken(self) -> tuple[Mistaken, ...]:
        led = (Mistaken(bend.name, bend.why, bend.answer) for bend in self.bends())
        return tuple(wrong for wrong in led if wrong.answer is not None and wrong.answer != self.answer)

    def names(self, *leading: str) -> tuple[str, ...]:
        """What the indices of an array count, before its rows and columns."""
        return (*leading, *(("slice",) if self.axes == 3 else ()))

    def images(self, cells: Cells, caption: str = "", *, numbers: bool, drawn: bool = True) -> tuple[Step, ...]:
        """An image as matrices, one for each channel."""
        return shown(cells, caption, names=self.names("channel"), numbers=numbers, drawn=drawn)

    def feature_maps(self, cells: Cells, leading: str = "filter", *, numbers: bool) -> tuple[Step, ...]:
        """Feature maps as matrices, and that they are rounded, if so."""
        return *shown(cells, "", "feature map", self.names(leading), numbers=numbers), *rounded(cells)


def said_padding(padding: Padding, mode: PaddingMode = "zeros", fill: Number = 0) -> str:
    """The padding as a convention says it."""
    if not any(map(any, padding)):
        return "no padding"
    kind = "zero padding" if mode == "zeros" else "padding" if mode == "constant" else f"{mode} padding"
    made_of = f" with the number {fill}" if mode == "constant" else ""
    spelled = sides(padding)
    if all(before == after for before, after in padding):
        each = [before for before, _ in padding]
        ways = ("in front and behind", "above and below", "left and right")[-len(each) :]
        alike = ", ".join(f"{n} {way}" for n, way in zip(each, ways, strict=True))
        spelled = str(each[0]) if len(set(each)) == 1 else alike
    return f"{kind} {spelled}{made_of}"


def said_places(many: int, axes: int, leading: str) -> tuple[Note, ...]:
    """What the numbers of a place are, where they are not row and column."""
    names = ([leading] if many > 1 else []) + list(
        {1: ("column",), 2: ("row", "column"), 3: ("slice", "row", "column")}[axes]
    )
    return () if names == ["row", "column"] else (Note("convention", (f"({','.join(names)})",)),)


def rounded(maps: Cells) -> tuple[Note, ...]:
    """That the numbers shown are not exact, if so."""
    return (Note("convention", ("≈ these numbers are rounded, to six digits here",)),) if maps.approximate else ()


def activated(activation: Activation, maps: Cells) -> tuple[Step, ...]:
    """The law worked on a positive and a negative cell, where there are such."""
    flat = maps.numerators.reshape(-1)
    places = [int(signs.argmax()) for signs in (flat < 0, flat > 0) if signs.any()]
    steps: list[Step] = []
    for place in places:
        value = maps.entry(flat[place])
        sizes = [(prod(maps.shape[i + 1 :]), n) for i, n in enumerate(maps.shape) if i or n > 1]
        said = at(place // below % n for below, n in sizes)
        steps.append(Note("why", (f"For example at ({said}), where x = ", lift_entry(value), ":")))
        steps.append(work((f"{activation.name}(x)",), activation.on(value), {"x": value}))  # type: ignore[dict-item]
    return tuple(steps)


def read_axes(image: Cells, kernel: Cells, dims: int | None, *, written: bool) -> tuple[Cells, Cells, int]:
    """The image with its channels, the kernel without axes of length 1 too many, and along how many axes it slides."""
    have, own = len(image.shape), len(kernel.shape)
    if dims is None:
        dims = 1 if have == 1 or own == 1 else 3 if have > 4 or own > 4 or (have == 4 and image.shape[0] > 1) else 2
        if written and have == own == 2 and image.shape[0] == kernel.shape[0] == 1:
            dims, image, kernel = 1, image.plane(0), kernel.plane(0)
    if dims not in AXES:
        raise Impossible(f"there are 1, 2 or 3 axes to slide along, not {dims}")
    return with_channels(image, dims), kernel, dims


def with_channels(image: Cells, dims: int) -> Cells:
    """The image as C×H×W; a batch of one is taken as the one."""
    have = len(image.shape)
    if have == dims + 2 and image.shape[0] == 1:
        return image.plane(0)
    if have == dims + 2:
        raise Impossible(f"this is a batch of {image.shape[0]} images: give one at a time")
    if have not in (dims, dims + 1):
        raise Impossible(
            f"an array of {times(image.shape)} cells is no {dims}-D image: it has {dims} axes, or {dims + 1} with channels"
        )
    return image if have == dims + 1 else image.shaped((1, *image.shape))
