"""The question behind `cnncalc conv`: kernels slid over an image, by hand.

A convolution turns the kernel round before it is laid on; the layers of convolutional networks leave it as it is,
which is a cross-correlation (Goodfellow, Bengio & Courville, "Deep Learning", section 9.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any, Literal

from calc.activations import Activation, read_activation
from calc.arrays import add, correlate, flip, pad
from calc.choices import (
    AXES,
    Padding,
    PaddingMode,
    Places,
    Sizes,
    Working,
    covered,
    is_whole,
    read_mode,
    read_padding,
    read_sizes,
)
from calc.derivation import Derivation, Grid, Note, Step, Text, Windows, lift_entry
from calc.errors import Impossible, counted, printable, times
from calc.exact import Cells
from calc.expr import Number
from calc.feature_maps import (
    MOST_CELLS,
    MOST_OUTPUTS,
    PICTURES,
    WAYS,
    Bend,
    FeatureMaps,
    activated,
    read_axes,
    said_padding,
    said_places,
)
from calc.images import read_image, read_kernel, read_numbers
from calc.showing import a_picture, rings, said, shown, telling

MOST_LEFT_OUT = 7
"""Rows of a kernel up to which leaving one of them out is looked for in an answer."""


TAKEN_FOR_ANOTHER = ("relu", "abs", "leaky-relu", "sigmoid", "tanh")
"""Activations that are taken for the one that is asked."""


@dataclass(frozen=True)
class Convolution(FeatureMaps):
    """A convolution (`flipped`) or cross-correlation of a C×H×W image with M×(C/groups)×k_h×k_w kernels.

    Signals are C×W and volumes C×D×H×W; padding, stride and dilation have a part for each axis that is slid along.
    `bias` has a number for each filter, `then` is the activation that follows.
    """

    image: Cells
    kernel: Cells
    name: str = "the kernel"
    flipped: bool = True
    padding: Padding = ((0, 0), (0, 0))
    stride: Sizes = (1, 1)
    same: bool = False
    dilation: Sizes = (1, 1)
    mode: PaddingMode = "zeros"
    fill: Number = 0
    bias: Cells | None = None
    groups: int = 1
    then: Activation | None = None
    unsaid: bool = False
    """Whether nobody said how to pad, so that the same size is kept by default."""

    def __post_init__(self) -> None:
        self._refuse_channels()
        refuse_padding(self.image, self.padding, self.mode)
        has = [n + before + after for n, (before, after) in zip(self.size, self.padding, strict=True)]
        for axis, reach, n, zeros in zip(AXES[self.axes], self.reach, has, self.padding, strict=True):
            if reach > n:
                self._refuse_large_kernel(axis, reach, n, zeros)
        answer = (len(self.kernel.numerators), *self._out())
        if prod(answer) > MOST_OUTPUTS:
            raise Impossible(
                f"the answer would have {times(answer)} = {prod(answer)} cells, more than the {MOST_OUTPUTS} that are worked out"
            )

    def _refuse_channels(self) -> None:
        channels, (filters, depth) = self.image.shape[0], self.kernel.shape[:2]
        if channels % self.groups or filters % self.groups:
            both = [g for g in range(1, channels + 1) if channels % g == 0 and filters % g == 0]
            raise Impossible(
                f"groups {self.groups} do not divide {channels} input channels and {filters} filters: choose {' or '.join(map(str, both))}"
            )
        if depth * self.groups != channels:
            each = f" in {self.groups} groups" if self.groups > 1 else ""
            raise Impossible(
                f"each filter has {depth} {'channel' if depth == 1 else 'channels'} and the image {channels}{each}: "
                f"a filter needs {channels // self.groups}"
            )
        if self.bias and self.bias.shape != (filters,):
            raise Impossible(f"there are {self.bias.shape[0]} biases for {filters} filters: give one for each")

    def _refuse_large_kernel(self, axis: str, reach: int, has: int, zeros: tuple[int, int]) -> None:
        dilated = "" if set(self.dilation) == {1} else f" with dilation {said(self.dilation)}"
        padding = str(zeros[0]) if zeros[0] == zeros[1] else f"{zeros[0]} and {zeros[1]}"
        raise Impossible(
            f"a {times(self.kernel.shape[2:])} kernel{dilated} does not fit {a_picture(self.size)} with padding {padding}: it needs {reach} {axis} and has {has}; "
            f"pad by at least {max(zeros) + -(-(reach - has) // 2)} on each side, or use a kernel that covers at most {counted(has, axis[:-1])}"
        )

    def otherwise(self, word: Literal["valid", "full"]) -> Convolution | None:
        """The same with another padding, where nobody said which."""
        around = read_padding(word, self.reach)
        return self.bent(padding=around, same=False, unsaid=False) if self.unsaid else None

    @property
    def filters(self) -> int:
        return self.kernel.shape[0]

    @property
    def reach(self) -> Sizes:
        """The cells from the first to the last that the kernel covers, along each axis."""
        return covered(self.kernel.shape[2:], self.dilation)

    def _out(self) -> Sizes:
        sizes = zip(self.size, self.padding, self.reach, self.stride, strict=True)
        return tuple((n + sum(zeros) - k) // s + 1 for n, zeros, k, s in sizes)

    @property
    def noun(self) -> str:
        return "convolution" if self.flipped else "cross-correlation"

    @cached_property
    def padded(self) -> Cells:
        return pad(self.image, self.padding, self.mode, self.fill)

    def kept(self) -> Convolution:
        """The same with numbers of its own, where they may still be the caller's: one copy, that of the padded image."""
        if not any(map(any, self.padding)):
            return replace(self, image=self.image.like(self.image.numerators.copy()))
        padded = self.padded
        inside: Any = (..., *(slice(a, a + n) for (a, _), n in zip(self.padding, self.size, strict=True)))
        question = replace(self, image=padded.like(padded.numerators[inside]))
        question.__dict__["padded"] = padded
        return question

    @cached_property
    def laid(self) -> Cells:
        """The kernels as they are laid on the image."""
        return flip(self.kernel, self.axes) if self.flipped else self.kernel

    @cached_property
    def maps(self) -> Cells:
        """The feature maps before any activation, M×H_out×W_out."""
        maps = correlate(self.padded, self.laid, self.stride, self.dilation, self.groups)
        return add(maps, self.bias) if self.bias else maps

    def derivation(
        self,
        working: Working = "products",
        places: Places | Literal["telling"] = "telling",
        *,
        numbers: bool = False,
    ) -> Derivation:
        """The worked solution; `places` are the outputs to work, counted from 0, None for all of them.

        `numbers` shows every number of a large image and map.
        """
        left_out: Note | None = None
        if places == "telling":
            places, left_out = telling(self.answer.shape)
        own = tuple(range(before, before + n) for n, (before, _) in zip(self.size, self.padding, strict=True))
        windows = Windows(
            self.padded,
            self.laid,
            self.stride,
            places,
            working,
            self.dilation,
            self.bias,
            self.groups,
            own if any(map(any, self.padding)) else (),
        )
        steps: list[Step] = [
            Note("convention", self._convention()),
            *self._notes(),
            Derivation(
                (self._given(),),
                (
                    *self.images(self.image, PICTURES[self.axes], numbers=numbers),
                    *self._kernels(self.kernel, self.name),
                ),
            ),
        ]
        if any(map(any, self.padding)):
            steps.append(
                Derivation(
                    (f"Pad {rings(self.padding, self._around())}",),
                    self.images(self.padded, numbers=numbers, drawn=False),
                )
            )
        if self.flipped:
            steps.append(Derivation((f"Flip the kernel {WAYS[self.axes]}",), self._flips()))
        added = "multiply cell by cell, add" + (" up, add the bias" if self.bias else "")
        if self.image.shape[0] > self.groups:
            added = "multiply, add up over the channels" + (", add the bias" if self.bias else "")
        steps.append(
            Derivation(
                (f"Slide the kernel: {added}",),
                (*said_places(self.filters, self.axes, "filter"), windows, *([left_out] if left_out else [])),
            )
        )
        maps = f"Feature map{'s' if self.filters > 1 else ''}"
        shapes = self.feature_maps(self.maps, numbers=numbers)
        if self.then:
            after = self.then(self.maps)
            steps.append(Derivation((f"{maps} before {self.then.name}",), (*shapes, *self._flip_matters())))
            steps.append(
                Derivation(
                    (f"Then {self.then.name}, cell by cell",),
                    (*activated(self.then, self.maps), *self.feature_maps(after, numbers=numbers)),
                )
            )
        else:
            steps.append(Derivation((maps,), (*shapes, *self._flip_matters())))
        return Derivation(
            (f"{self.noun.capitalize()} of {self._subject()}",),
            tuple(steps),
            (times(self.answer.shape),),
            self.answer,
            (),
            self.data(),
            self.answer.decimals,
        )

    def bends(self) -> Iterator[Bend]:
        """The same question as each misconception asks it."""
        yield from self._turned()
        yield from self._padded_otherwise()
        once = (1,) * self.axes
        if self.stride != once:
            yield Bend("stride-ignored", "the kernel moves by the stride, not cell by cell", self.bent(stride=once))
            for axis, line in enumerate(AXES[self.axes]) if self.axes > 1 else ():
                if self.stride[axis] > 1:
                    steps = tuple(1 if i == axis else n for i, n in enumerate(self.stride))
                    why = f"the kernel moves by the stride along every axis, over the {line} too"
                    yield Bend("stride-on-one-axis", why, self.bent(stride=steps))
        if self.dilation != once:
            yield Bend("dilation-ignored", "the taps stand apart by the dilation", self.bent(dilation=once))
        yield from self._weighed_otherwise()
        yield from self._ended_otherwise()
        yield from self._seldom()

    def _turned(self) -> Iterator[Bend]:
        """The kernel as it is not to be laid."""
        if self.flipped:
            yield Bend(
                "not-flipped",
                "a convolution flips the kernel; without the flip it is the cross-correlation",
                self.bent(flipped=False),
            )
        else:
            yield Bend(
                "flipped",
                "the layers of a CNN do not flip the kernel: that is the convolution",
                self.bent(flipped=True),
            )
        weights = self.kernel.numerators
        if self.flipped and self.axes == 2:
            for name, rows, ways in (
                ("flipped-up-down-only", slice(None, None, -1), "left-right"),
                ("flipped-left-right-only", slice(None), "up-down"),
            ):
                columns = slice(None, None, -1 if name == "flipped-left-right-only" else 1)
                turned = self.kernel.like(weights[..., rows, columns].copy())
                why = f"the kernel is flipped along both axes: {ways} as well"
                yield Bend(name, why, self.bent(kernel=turned, flipped=False))
        if self.axes == 2 and weights.shape[-1] == weights.shape[-2]:
            turned = self.kernel.like(weights.swapaxes(-1, -2).copy())
            instead = "turned by half a turn, not transposed" if self.flipped else "laid as it stands, not transposed"
            yield Bend("kernel-transposed", f"the kernel is {instead}", self.bent(kernel=turned, flipped=False))
            if self.flipped:
                why = "the kernel is turned by half a turn, and its rows and columns are not exchanged"
                yield Bend("kernel-transposed", why, self.bent(kernel=turned))
        if self.flipped:
            turned = flip(self.image, self.axes)
            yield Bend(
                "image-flipped-too", "the kernel alone is flipped, not the image", self.bent(image=turned, same=False)
            )

    def _padded_otherwise(self) -> Iterator[Bend]:
        """The image with other cells around it."""
        none: Padding = ((0, 0),) * self.axes
        if self.padding == none:
            return
        for name, pairs, where in (
            ("padding-behind-only", tuple((0, a + b) for a, b in self.padding), "below and to the right"),
            ("padding-in-front-only", tuple((a + b, 0) for a, b in self.padding), "above and to the left"),
        ):
            if pairs != self.padding:
                why = f"the padding goes around the image, not only {where}"
                yield Bend(name, why, self.bent(padding=pairs))
        if all(k <= n for k, n in zip(self.reach, self.size, strict=True)):
            yield Bend("padding-ignored", "the image is padded first", self.bent(padding=none))
        if self.mode != "zeros":
            yield Bend("padded-with-zeros", f"the padding is {self.mode}, not zeros", self.bent(mode="zeros", fill=0))
        else:
            yield Bend(
                "edge-repeated", "zeros are put around the image, not its own cells", self.bent(mode="replicate")
            )
            yield Bend("reflected", "zeros are put around the image, not its own cells", self.bent(mode="reflect"))

    def _weighed_otherwise(self) -> Iterator[Bend]:
        """Other weights, and other sums of the products."""
        import numpy as np

        weights = self.kernel.numerators
        if not self.kernel.letters:
            signs = self.kernel.like(np.sign(weights) * self.kernel.denominator)
            if signs != self.kernel:
                yield Bend(
                    "weights-as-ones", "each weight counts with its size, not its sign alone", self.bent(kernel=signs)
                )
        for axis, line in ((-2, "row"), (-1, "column"))[2 - min(self.axes, 2) :]:
            many = weights.shape[axis]
            for left_out in range(many) if 1 < many <= MOST_LEFT_OUT else ():
                rest = weights.copy()
                rest[(..., left_out, slice(None)) if axis == -2 else (..., left_out)] = 0
                if rest.any():
                    why = f"{line} {left_out + 1} of the kernel counts too"
                    yield Bend(f"kernel-{line}-left-out", why, self.bent(kernel=self.kernel.like(rest)))
        if self.kernel.shape[1] > 1 and self.filters == 1:
            alone = self.bent(
                kernel=self.kernel.like(weights.swapaxes(0, 1).copy()), groups=self.image.shape[0], bias=None
            )
            if self.groups == 1 and alone:
                yield Bend("channels-not-summed", "the maps of the channels are added up to one", None, alone.answer)
        if self.axes == 2 and self.filters == self.kernel.shape[1] == 1 and weights.shape[-1] == weights.shape[-2]:
            # the sum of all cells of window·kernel is a correlation too: columns of the window meet rows of the kernel
            sums = np.broadcast_to(weights.sum(axis=-1)[..., None, :], weights.shape).copy()
            why = "the cells of window and kernel are multiplied place by place, not as matrices"
            yield Bend("matrix-product", why, self.bent(kernel=self.kernel.like(sums), flipped=False))

    def _ended_otherwise(self) -> Iterator[Bend]:
        """Another end to the sums: bias, signs, activation."""
        if self.bias:
            yield Bend("bias-forgotten", "the bias is added to every cell", self.bent(bias=None))
            depth = self.kernel.shape[1]
            if depth > 1:
                each = self.bias.like(self.bias.numerators * depth)
                yield Bend(
                    "bias-per-channel", "the bias is added once, not once for each channel", self.bent(bias=each)
                )
            negative = self.bias.like(-self.bias.numerators)
            yield Bend("bias-subtracted", "the bias is added, with its own sign", self.bent(bias=negative))
        if self.answer.letters:
            pass  # whose signs are not known
        elif self.then:
            yield Bend("activation-left-out", f"{self.then.name} is applied to every cell", self.bent(then=None))
            for name in TAKEN_FOR_ANOTHER:
                other = read_activation(name)
                if other != self.then:
                    why = f"{self.then.name} is applied, not {'the magnitude' if name == 'abs' else name}"
                    yield Bend("activation-mistaken", why, self.bent(then=other))
        else:
            yield Bend(
                "negatives-clipped",
                "no activation follows: negative cells stay",
                self.bent(then=read_activation("relu")),
            )
            yield Bend("magnitudes", "no activation follows: the signs stay", self.bent(then=read_activation("abs")))
        if not self.then:
            turned = self.kernel.like(-self.kernel.numerators)
            bias = self.bias.like(-self.bias.numerators) if self.bias else None
            yield Bend("signs-changed", "every sign is the other one", self.bent(kernel=turned, bias=bias))

    def _seldom(self) -> Iterator[Bend]:
        """What is seldom done: other readings of an answer come before these."""
        import numpy as np

        weights = self.kernel.numerators
        if self.axes == 2 and weights.shape[-1] == weights.shape[-2]:
            instead = "turned by half a turn" if self.flipped else "laid as it stands"
            for quarters in (1, 3):
                turned = self.kernel.like(np.rot90(weights, quarters, (-2, -1)).copy())
                why = f"the kernel is {instead}, not turned by a quarter"
                yield Bend("kernel-turned-a-quarter", why, self.bent(kernel=turned, flipped=False))
        for once, where in (
            (tuple((0, b) for _, b in self.padding), "below and to the right"),
            (tuple((a, 0) for a, _ in self.padding), "above and to the left"),
        ):
            if once != self.padding and all(a and b for a, b in self.padding):
                why = f"the padding is added on both sides, not only {where}"
                yield Bend("padding-on-one-side", why, self.bent(padding=once))
        if not any(map(any, self.padding)):
            for each in (tuple(((k - 1) // 2, k // 2) for k in self.reach), tuple((k - 1, k - 1) for k in self.reach)):
                if any(map(any, each)):
                    yield Bend("zeros-put-around", "the image is not padded here", self.bent(padding=each))
        if self.kernel.shape[1] > 1:
            first = weights.copy()
            first[:, 1:] = 0
            why = "a filter has a slice for every channel, and all of them are added up"
            yield Bend("first-channel-only", why, self.bent(kernel=self.kernel.like(first)))

    def data(self) -> dict[str, Any]:
        return {
            "asks": "conv",
            "image": self.image,
            "kernel": self.kernel,
            "kernel_name": self.name,
            "flipped": self.flipped,
            "padding": [list(pair) for pair in self.padding],
            "padding_mode": self.mode,
            "fill": self.fill,
            "stride": list(self.stride),
            "dilation": list(self.dilation),
            "bias": self.bias or 0,
            "groups": self.groups,
            "then": self.then.name if self.then else "",
        }

    def _subject(self) -> str:
        kernel = self.name
        if self.filters > 1 or self.kernel.shape[1] > 1:
            kernel = f"{self.filters} filter{'s' if self.filters > 1 else ''} of {times(self.kernel.shape[1:])}"
            kernel += f" ({self.name})" if self.name != "the kernel" else ""
        channels = f" with {self.image.shape[0]} channels" if self.image.shape[0] > 1 else ""
        return f"{a_picture(self.size)}{channels} {'and' if channels else 'with'} {kernel}"

    def _given(self) -> str:
        return f"Given: the {PICTURES[self.axes]} and the {'kernels' if self.filters > 1 else 'kernel'}"

    def _kernels(self, cells: Cells, caption: str) -> tuple[Step, ...]:
        return shown(cells, caption, "kernel", self.names("filter", "channel"))

    def _flips(self) -> tuple[Step, ...]:
        """The kernel before and after; of several, each after its flip."""
        if prod(self.kernel.shape[:-2]) == 1 or (self.axes == 1 and prod(self.kernel.shape[:-1]) == 1):
            before, after = (cells.shaped((-1, cells.shape[-1])) for cells in (self.kernel, self.laid))
            return Grid(before, "as given", "", "kernel"), Grid(after, "flipped", "→", "kernel")
        return self._kernels(self.laid, "flipped")

    def _convention(self) -> Text:
        flipped = (
            "flipped kernel (convolution)"
            if self.flipped
            else "kernel not flipped (cross-correlation, as in CNN layers)"
        )
        says = [flipped, said_padding(self.padding, self.mode, self.fill), f"stride {said(self.stride)}"]
        if set(self.dilation) != {1}:
            says.append(f"dilation {said(self.dilation)}")
        if self.groups > 1:
            deep = self.groups == self.image.shape[0]
            says.append(f"groups {self.groups}{' (depthwise: each channel by itself)' if deep else ''}")
        return (
            " · ".join(says),
            *self._said_bias(),
            *([f" · then {self.then.name}"] if self.then else []),
            *self._letters(),
        )

    def _said_bias(self) -> Text:
        if not self.bias:
            return ()
        numbers = [lift_entry(x) for x in self.bias.nested()]
        if len(numbers) > 8:
            return (" · a bias for each filter",)
        return (" · bias ", *(part for x in numbers for part in (x, ", ")))[:-1]

    def _letters(self) -> Text:
        """Which letters stand for numbers, so that a word taken for one is noticed."""
        names = sorted({name for cells in (self.image, self.kernel, self.bias) if cells for name in cells.names})
        return (f" · letters {', '.join(names)}",) if names else ()

    def _around(self) -> str:
        """What stands around the image."""
        if self.mode == "zeros":
            return "zeros"
        return f"the number {self.fill}" if self.mode == "constant" else "its own cells"

    def _notes(self) -> list[Note]:
        notes = []
        if self.same and any(k % 2 == 0 for k in self.reach):
            notes.append(
                Note(
                    "convention",
                    (
                        "An even kernel needs an odd number of zeros to keep the size: the larger share goes below and to the right, as in torch, Keras and ONNX's SAME_UPPER. scipy's convolve and ONNX's SAME_LOWER put it above and to the left: padding “same-lower”.",
                    ),
                )
            )
        if self.same and set(self.stride) != {1}:
            notes.append(
                Note(
                    "convention",
                    (
                        "“same” pads as for stride 1 and then strides. Keras and ONNX give a map of the same size, but with a stride they may pad less, and their windows begin elsewhere: --padding same-upper.",
                    ),
                )
            )
        return notes

    def _flip_matters(self) -> list[Note]:
        """What leaving the flip out, or flipping, would change, and who does which."""
        turned = flip(self.kernel, self.axes)
        if turned == self.kernel:
            change = f"the answer would be the same: {self.name} is symmetric under a half turn"
        elif turned == self.kernel.like(-self.kernel.numerators) and not (self.bias or self.then):
            change = f"every sign would change: {self.name} is antisymmetric under a half turn"
        else:
            other = replace(self, flipped=not self.flipped).answer
            differ = int((self.answer.numerators != other.numerators).sum())
            change = (
                f"{differ} of {counted(prod(self.answer.shape), 'cell')} would differ"
                if differ
                else "nothing would change here"
            )
        if self.flipped:
            says = f"Without the flip {change}. The layers of a CNN do not flip: they cross-correlate."
        else:
            says = f"With the flip {change}. A convolution flips, the layers of a CNN do not."
        return [Note("why", (says,))]


def refuse_padding(image: Cells, padding: Padding, mode: PaddingMode) -> None:
    """`Impossible` for rings that are too wide for their mode or for us."""
    size = image.shape[1:]
    padded = [n + before + after for n, (before, after) in zip(size, padding, strict=True)]
    if image.shape[0] * prod(padded) > MOST_CELLS:
        raise Impossible(
            f"the padded image would have {image.shape[0] * prod(padded)} cells, more than the {MOST_CELLS} that are worked with"
        )
    for axis, n, zeros in zip(AXES[len(size)], size, padding, strict=True):
        widest = max(zeros)
        most = {"reflect": n - 1, "circular": n, "symmetric": n}.get(mode, widest)
        if widest > most:  # own cells can be put around only as far as there are any
            raise Impossible(
                f"{mode} padding of {widest} needs more cells than the {n} {axis} of the image have: it is at most {most}"
            )


def convolve(
    image: object,
    kernel: object,
    *,
    flip: bool = True,
    padding: str | int | Sequence[object] | None = None,
    stride: str | int | Sequence[int] = 1,
    dilation: str | int | Sequence[int] = 1,
    padding_mode: str = "zeros",
    bias: object = 0,
    groups: int = 1,
    dims: int | None = None,
    then: str = "",
    colour: bool = False,
    crop: str = "",
    resize: str = "",
) -> Convolution:
    """The convolution of an image with a kernel, as a question that knows its answer and its worked solution.

    `image` and `kernel` are nested lists, arrays, a text such as "1 0 2; 3 2 0", or a path; the kernel may be a name.
    An image is H×W or C×H×W; a kernel k_h×k_w (laid on every channel by itself), (C/groups)×k_h×k_w, or
    M×(C/groups)×k_h×k_w; `dims` is 1 for signals (C×W) and 3 for volumes (C×D×H×W), where the shapes do not say it.
    `flip=False` asks for the cross-correlation of CNN layers. `padding` is "same" (the default), "valid", "full",
    "same-upper", "same-lower", a number, "HxW", "top,bottom,left,right" or ((top, bottom), (left, right)); `padding_mode` is zeros,
    reflect, replicate, circular, symmetric, or the number that stands all around. `bias` is a number, or one for each
    filter; `then` an activation such as "relu". `colour`, `crop` and `resize` say how a picture is read. Raises
    `Impossible`.
    """
    cells = read_image(image, colour=colour, crop=crop, resize=resize, borrow=True)
    taps, name = read_kernel(kernel)
    cells, taps, axes = read_axes(cells, taps, dims, written=isinstance(image, str) and isinstance(kernel, str))
    taps, groups = _filters(taps, cells.shape[0], groups, axes)
    steps, gaps = read_sizes(stride, "stride", 1, axes), read_sizes(dilation, "dilation", 1, axes)
    mode, fill = read_mode(str(padding_mode))
    unsaid, padding = padding is None, "same" if padding is None else padding
    around = read_padding(padding, covered(taps.shape[2:], gaps), cells.shape[1:], steps)
    biases = read_numbers(bias, "bias", taps.shape[0])
    question = Convolution(
        cells,
        taps,
        name,
        flip,
        around,
        steps,
        padding == "same",
        gaps,
        mode,
        fill,
        biases,
        groups,
        read_activation(then),
        unsaid,
    )
    return question.kept()


def _filters(kernel: Cells, channels: int, groups: int, axes: int) -> tuple[Cells, int]:
    """The kernel as M×(C/groups)×k_h×k_w, and the groups: a flat kernel is laid on every channel by itself."""
    if not is_whole(groups):
        raise Impossible(f"groups “{printable(str(groups))}” is not a whole number")
    if groups < 1 or channels % groups:
        divisors = " or ".join(str(g) for g in range(1, channels + 1) if channels % g == 0)
        raise Impossible(
            f"groups {groups} do not divide the {channels} channel{'' if channels == 1 else 's'} of the image: choose {divisors}"
        )
    shape, more = kernel.shape, len(kernel.shape) - axes
    if more == 0:
        groups = channels if groups == 1 else groups
        if channels != groups:
            raise Impossible(f"a kernel for {channels // groups} channels has as many planes: part them by blank lines")
        return kernel.like(kernel.numerators[None, None].repeat(groups, axis=0)), groups
    if more == 1:
        depth = channels // groups
        if shape[0] % depth:
            raise Impossible(
                f"{counted(shape[0], 'plane')} of a kernel make no filters of {depth} channels: give {depth} for each filter"
            )
        return kernel.shaped((shape[0] // depth, depth, *shape[1:])), groups
    if more != 2:
        raise Impossible(
            f"a kernel of {times(shape)} cells has {len(shape)} axes: it has {axes}, or {axes + 1} with channels, or {axes + 2} with filters"
        )
    return kernel, groups
