"""The question behind `cnncalc conv`: a kernel slid over an image, by hand.

A convolution turns the kernel up-down and left-right before it is laid on; the layers of convolutional networks leave
it as it is, which is a cross-correlation (Goodfellow, Bengio & Courville, "Deep Learning", section 9.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from calc.arrays import correlate, flip, pad
from calc.choices import Padding, Places, Working, read_padding, read_pair
from calc.derivation import Derivation, Grid, Note, Step, Windows
from calc.errors import Impossible
from calc.exact import Cells
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
    stride: tuple[int, int] = (1, 1)
    same: bool = False

    def __post_init__(self) -> None:
        (height, width), (k_h, k_w) = self.image.shape, self.kernel.shape
        (top, bottom), (left, right) = self.padding
        cells = (height + top + bottom) * (width + left + right)
        if cells > MOST_CELLS:
            raise Impossible(
                f"the padded image would have {cells} cells, more than the {MOST_CELLS} that are worked with"
            )
        if k_h > height + top + bottom or k_w > width + left + right:
            axis, k, n, before, after = (
                ("rows", k_h, height, top, bottom)
                if k_h > height + top + bottom
                else ("columns", k_w, width, left, right)
            )
            missing = k - n - before - after
            raise Impossible(
                f"a {k_h}×{k_w} kernel does not fit a {height}×{width} image with padding {_said_padding(before, after)}: it needs {k} {axis} and has "
                f"{n + before + after}; pad by at least {before + -(-missing // 2)} on each side, or use a kernel of at most {n + before + after} {axis}"
            )

    @property
    def noun(self) -> str:
        return "convolution" if self.flipped else "cross-correlation"

    @cached_property
    def padded(self) -> Cells:
        return pad(self.image, self.padding)

    @property
    def laid(self) -> Cells:
        """The kernel as it is laid on the image."""
        return flip(self.kernel) if self.flipped else self.kernel

    @cached_property
    def answer(self) -> Cells:
        """The feature map."""
        return correlate(self.padded, self.laid, self.stride)

    def derivation(self, working: Working = "products", places: Places | Literal["telling"] = "telling") -> Derivation:
        """The worked solution; `places` are the outputs to work, from (0, 0), None for all of them."""
        rows, columns = self.answer.shape
        left_out: Note | None = None
        if places == "telling":
            places, left_out = _telling(rows, columns)
        windows = Windows(self.padded, self.laid, self.stride, places, working)
        steps: list[Step] = [
            Note("convention", (self._convention(),)),
            *self._notes(),
            Derivation(
                ("Given: the image and the kernel",),
                (*_shown(self.image, "image"), *_shown(self.kernel, self.name, "kernel")),
            ),
        ]
        if any(map(any, self.padding)):
            steps.append(Derivation((f"Pad {_rings(self.padding)}",), _shown(self.padded)))
        if self.flipped:
            flipped = Grid(self.laid, "flipped", "→", "kernel")
            steps.append(
                Derivation(
                    ("Flip the kernel up-down and left-right",), (Grid(self.kernel, "as given", "", "kernel"), flipped)
                )
            )
        steps.append(
            Derivation(("Slide the kernel: multiply cell by cell, add",), (windows, *([left_out] if left_out else [])))
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
        if self.stride != (1, 1):
            yield "the stride is left out", replace(self, stride=(1, 1))

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
            "stride": list(self.stride),
        }

    def _convention(self) -> str:
        flipped = (
            "flipped kernel (convolution)"
            if self.flipped
            else "kernel not flipped (cross-correlation, as in CNN layers)"
        )
        (top, bottom), (left, right) = self.padding
        if not any(map(any, self.padding)):
            padding = "no padding"
        elif top == bottom == left == right:
            padding = f"zero padding {top}"
        elif top == bottom and left == right:
            padding = f"zero padding {top} above and below, {left} left and right"
        else:
            padding = f"zero padding {top} above, {bottom} below, {left} left, {right} right"
        stride = (
            str(self.stride[0])
            if self.stride[0] == self.stride[1]
            else f"{self.stride[0]} down, {self.stride[1]} right"
        )
        return f"{flipped} · {padding} · stride {stride}"

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
    stride: str | int | tuple[int, int] = 1,
) -> Convolution:
    """The convolution of an image with a kernel, as a question that knows its answer and its worked solution.

    `image` and `kernel` are nested lists, arrays, a text such as "1 0 2; 3 2 0", or a path; the kernel may be a name.
    `flip=False` asks for the cross-correlation of CNN layers. `padding` is "same", "valid", "full", a number,
    "HxW" or ((top, bottom), (left, right)). Raises `Impossible`.
    """
    cells = read_image(image)
    taps, name = read_kernel(kernel)
    return Convolution(
        cells, taps, name, flip, read_padding(padding, taps.shape), read_pair(stride, "stride", 1), padding == "same"
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


def _rings(padding: Padding) -> str:
    (top, bottom), (left, right) = padding
    if top == bottom == left == right:
        return "one ring of zeros" if top == 1 else f"{top} rings of zeros"
    return f"zeros: {top} above, {bottom} below, {left} left, {right} right"


def _said_padding(before: int, after: int) -> str:
    return str(before) if before == after else f"{before} and {after}"
