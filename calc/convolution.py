"""The question behind `cnncalc conv`: a kernel slid over an image, by hand.

A convolution turns the kernel up-down and left-right before it is laid on; the layers of convolutional networks leave
it as it is, which is a cross-correlation (Goodfellow, Bengio & Courville, "Deep Learning", section 9.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any, Literal

from calc.arrays import add, correlate, flip, pad
from calc.choices import Padding, PaddingMode, Pair, Places, Working, covered, read_mode, read_padding, read_pair
from calc.derivation import Derivation, Grid, Note, Step, Windows
from calc.errors import Impossible
from calc.exact import Cells, read_number
from calc.expr import Number
from calc.images import read_image, read_kernel
from calc.question import Mistaken, Question

MOST_CELLS = 2**26
"""Cells of a padded image that is worked with."""

SHOWN_WINDOWS = 36
SHOWN_CELLS = (64, 32)
"""Rows and columns up to which a matrix is shown whole."""


@dataclass(frozen=True)
class Convolution(Question):
    """A convolution (`flipped`) or cross-correlation of an H×W image with a k_h×k_w kernel."""

    image: Cells
    kernel: Cells
    name: str = "the kernel"
    flipped: bool = True
    padding: Padding = ((0, 0), (0, 0))
    stride: Pair = (1, 1)
    same: bool = False
    dilation: Pair = (1, 1)
    mode: PaddingMode = "zeros"
    fill: Number = 0
    bias: Number = 0

    def __post_init__(self) -> None:
        padded = [n + before + after for n, (before, after) in zip(self.image.shape, self.padding, strict=True)]
        if prod(padded) > MOST_CELLS:
            raise Impossible(
                f"the padded image would have {prod(padded)} cells, more than the {MOST_CELLS} that are worked with"
            )
        for axis, n, has, reach, zeros in zip(
            ("rows", "columns"), self.image.shape, padded, self.reach, self.padding, strict=True
        ):
            self._refuse_wide_padding(axis, n, max(zeros))
            if reach > has:
                self._refuse_large_kernel(axis, reach, has, zeros)

    def _refuse_wide_padding(self, axis: str, n: int, widest: int) -> None:
        """Own cells can be put around only as far as there are any."""
        most = {"reflect": n - 1, "circular": n, "symmetric": n}.get(self.mode, widest)
        if widest > most:
            raise Impossible(
                f"{self.mode} padding of {widest} needs more cells than the {n} {axis} of the image have: it is at most {most}"
            )

    def _refuse_large_kernel(self, axis: str, reach: int, has: int, zeros: Pair) -> None:
        (k_h, k_w), (height, width) = self.kernel.shape, self.image.shape
        dilated = "" if self.dilation == (1, 1) else f" with dilation {_said_pair(self.dilation, ' down, ')}"
        padding = str(zeros[0]) if zeros[0] == zeros[1] else f"{zeros[0]} and {zeros[1]}"
        raise Impossible(
            f"a {k_h}×{k_w} kernel{dilated} does not fit a {height}×{width} image with padding {padding}: it needs {reach} {axis} and has {has}; "
            f"pad by at least {max(zeros) + -(-(reach - has) // 2)} on each side, or use a kernel that covers at most {has} {axis}"
        )

    @property
    def reach(self) -> Pair:
        """The cells from the first to the last that the kernel covers, down and right."""
        return covered(self.kernel.shape, self.dilation)

    @property
    def noun(self) -> str:
        return "convolution" if self.flipped else "cross-correlation"

    @cached_property
    def padded(self) -> Cells:
        return pad(self.image, self.padding, self.mode, self.fill)

    @property
    def laid(self) -> Cells:
        """The kernel as it is laid on the image."""
        return flip(self.kernel) if self.flipped else self.kernel

    @cached_property
    def answer(self) -> Cells:
        """The feature map."""
        return add(correlate(self.padded, self.laid, self.stride, self.dilation), self.bias)

    def derivation(self, working: Working = "products", places: Places | Literal["telling"] = "telling") -> Derivation:
        """The worked solution; `places` are the outputs to work, from (0, 0), None for all of them."""
        rows, columns = self.answer.shape
        left_out: Note | None = None
        if places == "telling":
            places, left_out = _telling(rows, columns)
        windows = Windows(self.padded, self.laid, self.stride, places, working, self.dilation, self.bias)
        steps: list[Step] = [
            Note("convention", (self._convention(),)),
            *self._notes(),
            Derivation(
                ("Given: the image and the kernel",),
                (*_shown(self.image, "image"), *_shown(self.kernel, self.name, "kernel")),
            ),
        ]
        if any(map(any, self.padding)):
            steps.append(Derivation((f"Pad {_rings(self.padding, self._around())}",), _shown(self.padded)))
        if self.flipped:
            flipped = Grid(self.laid, "flipped", "→", "kernel")
            steps.append(
                Derivation(
                    ("Flip the kernel up-down and left-right",), (Grid(self.kernel, "as given", "", "kernel"), flipped)
                )
            )
        steps.append(
            Derivation(
                (f"Slide the kernel: multiply cell by cell, add{' up, add the bias' if self.bias else ''}",),
                (windows, *([left_out] if left_out else [])),
            )
        )
        steps.append(Derivation(("Feature map",), (*_shown(self.answer, what="feature map"), *self._flip_matters())))
        image = f"{self.image.shape[0]}×{self.image.shape[1]}"
        title = f"{self.noun.capitalize()} of a {image} image with {self.name}"
        return Derivation(
            (title,), tuple(steps), (f"{rows}×{columns}",), self.answer, (), self.data(), self.answer.decimals
        )

    def counterfactuals(self) -> Iterable[tuple[str, Convolution]]:
        """The same question as a misconception asks it."""
        yield (
            "the kernel is not flipped: that is the cross-correlation"
            if self.flipped
            else "the kernel is flipped: that is the convolution, not what a layer does",
            replace(self, flipped=not self.flipped),
        )
        upside_down = self.kernel.like(self.kernel.numerators[::-1].copy())
        mirrored = self.kernel.like(self.kernel.numerators[:, ::-1].copy())
        if self.flipped:
            yield (
                "the kernel is flipped up-down only: it is turned left-right as well",
                replace(self, kernel=upside_down, flipped=False),
            )
            yield (
                "the kernel is flipped left-right only: it is turned up-down as well",
                replace(self, kernel=mirrored, flipped=False),
            )
        if self.kernel.shape[0] == self.kernel.shape[1]:
            turned = self.kernel.like(self.kernel.numerators.T.copy())
            yield "the kernel is transposed", replace(self, kernel=turned, flipped=False)
        (top, bottom), (left, right) = self.padding
        if any(map(any, self.padding)):
            one_sided: Padding = ((0, top + bottom), (0, left + right))
            yield "all zeros are put below and to the right: they go around the image", replace(self, padding=one_sided)
            if all(k <= n for k, n in zip(self.kernel.shape, self.image.shape, strict=True)):
                yield "the padding is left out", replace(self, padding=((0, 0), (0, 0)))
        if self.mode != "zeros" and any(map(any, self.padding)):
            yield "zeros are put around the image", replace(self, mode="zeros", fill=0)
        if self.stride != (1, 1):
            yield "the stride is left out", replace(self, stride=(1, 1))
        if self.dilation != (1, 1):
            yield "the dilation is left out", replace(self, dilation=(1, 1))
        if self.bias:
            yield "the bias is left out", replace(self, bias=0)

    def mistaken(self) -> tuple[Mistaken, ...]:
        led = ((why, question.answer) for why, question in self.counterfactuals())
        return tuple(Mistaken(why, answer) for why, answer in led if answer != self.answer)

    def data(self) -> dict[str, Any]:
        return {
            "asks": "conv",
            "image": self.image,
            "kernel": self.kernel,
            "kernel_name": self.name,
            "flipped": self.flipped,
            "padding": [list(self.padding[0]), list(self.padding[1])],
            "padding_mode": self.mode,
            "fill": self.fill,
            "stride": list(self.stride),
            "dilation": list(self.dilation),
            "bias": self.bias,
        }

    def _convention(self) -> str:
        flipped = (
            "flipped kernel (convolution)"
            if self.flipped
            else "kernel not flipped (cross-correlation, as in CNN layers)"
        )
        says = [flipped, self._said_padding(), f"stride {_said_pair(self.stride, ' down, ')}"]
        if self.dilation != (1, 1):
            says.append(f"dilation {_said_pair(self.dilation, ' down, ')}")
        if self.bias:
            says.append(f"bias {self.bias}")
        return " · ".join(says)

    def _around(self) -> str:
        """What stands around the image."""
        if self.mode == "zeros":
            return "zeros"
        return f"the number {self.fill}" if self.mode == "constant" else "its own cells"

    def _said_padding(self) -> str:
        (top, bottom), (left, right) = self.padding
        if not any(map(any, self.padding)):
            return "no padding"
        kind = (
            "zero padding" if self.mode == "zeros" else "padding" if self.mode == "constant" else f"{self.mode} padding"
        )
        made_of = f" with the number {self.fill}" if self.mode == "constant" else ""
        rings = f"{top} above, {bottom} below, {left} left, {right} right"
        if top == bottom and left == right:
            rings = str(top) if top == left else f"{top} above and below, {left} left and right"
        return f"{kind} {rings}{made_of}"

    def _notes(self) -> list[Note]:
        notes = []
        if self.same and any(before != after for before, after in self.padding):
            notes.append(
                Note(
                    "convention",
                    (
                        "An even kernel needs an odd number of zeros to keep the size: the larger share goes below and to the right, as in torch and Keras.",
                    ),
                )
            )
        if self.same and self.stride != (1, 1):
            notes.append(
                Note(
                    "convention",
                    (
                        "“same” pads as for stride 1 and then strides; Keras gives a map of the same size, but where its windows need fewer zeros it puts fewer, so that they lie elsewhere.",
                    ),
                )
            )
        return notes

    def _flip_matters(self) -> list[Note]:
        """What leaving the flip out, or flipping, would change, and who does which."""
        turned = flip(self.kernel)
        if turned == self.kernel:
            change = f"the answer would be the same: {self.name} is symmetric under a half turn"
        elif turned == self.kernel.like(-self.kernel.numerators):
            change = f"every sign would change: {self.name} is antisymmetric under a half turn"
        else:
            other = replace(self, flipped=not self.flipped).answer
            pairs = zip(self.answer.rows(), other.rows(), strict=True)
            differ = sum(a != b for ours, theirs in pairs for a, b in zip(ours, theirs, strict=True))
            change = (
                f"{differ} of {self.answer.shape[0] * self.answer.shape[1]} cells would differ"
                if differ
                else "nothing would change here"
            )
        if self.flipped:
            says = f"Without the flip {change}. The layers of a CNN do not flip, they cross-correlate: --no-flip."
        else:
            says = f"With the flip {change}. A convolution flips, the layers of a CNN do not."
        return [Note("why", (says,))]


def convolve(
    image: object,
    kernel: object,
    *,
    flip: bool = True,
    padding: str | int | Padding = "same",
    stride: str | int | Pair = 1,
    dilation: str | int | Pair = 1,
    padding_mode: str = "zeros",
    bias: str | Number = 0,
) -> Convolution:
    """The convolution of an image with a kernel, as a question that knows its answer and its worked solution.

    `image` and `kernel` are nested lists, arrays, a text such as "1 0 2; 3 2 0", or a path; the kernel may be a name.
    `flip=False` asks for the cross-correlation of CNN layers. `padding` is "same", "valid", "full", a number,
    "HxW", "top,bottom,left,right" or ((top, bottom), (left, right)); `padding_mode` is zeros, reflect, replicate,
    circular, symmetric, or the number that stands all around. `bias` is added to every cell. Raises `Impossible`.
    """
    cells = read_image(image)
    taps, name = read_kernel(kernel)
    steps, spread = read_pair(stride, "stride", 1), read_pair(dilation, "dilation", 1)
    mode, fill = read_mode(str(padding_mode))
    rings = read_padding(padding, covered(taps.shape, spread))
    return Convolution(
        cells, taps, name, flip, rings, steps, padding == "same", spread, mode, fill, read_number(str(bias))
    )


def _telling(rows: int, columns: int) -> tuple[Places, Note | None]:
    """All windows of a small map; else the first, one at each border, one inside, the last."""
    if rows * columns <= SHOWN_WINDOWS:
        return None, None
    r, c = rows // 2, columns // 2
    places = dict.fromkeys([(0, 0), (0, c), (r, 0), (r, c), (r, columns - 1), (rows - 1, c), (rows - 1, columns - 1)])
    rest = rows * columns - len(places)
    note = Note("why", (f"The other {rest} windows go the same way; `--windows all` works every one.",))
    return tuple(places), note


def _shown(
    cells: Cells, caption: str = "", what: Literal["image", "kernel", "feature map"] = "image"
) -> tuple[Step, ...]:
    """The matrix as a picture; of a large one the upper left corner, and a sentence that says so."""
    (height, width), (most_rows, most_columns) = cells.shape, SHOWN_CELLS
    if height <= most_rows and width <= most_columns:
        return (Grid(cells, caption, "", what),)
    rows, columns = min(height, 8), min(width, 12)
    corner = cells.like(cells.numerators[:rows, :columns].copy())
    sentence = f"The upper left {rows}×{columns} of {height}×{width} cells; `-o map.json` writes all of the answer."
    return Grid(corner, caption, "", what), Note("why", (sentence,))


def _rings(padding: Padding, around: str) -> str:
    (top, bottom), (left, right) = padding
    if top == bottom == left == right:
        return f"one ring of {around}" if top == 1 else f"{top} rings of {around}"
    return f"with {around}: {top} above, {bottom} below, {left} left, {right} right"


def _said_pair(pair: Pair, between: str) -> str:
    """One number where both are the same: 2, or 1 down, 2 right."""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}{between}{pair[1]} right"
