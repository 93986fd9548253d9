"""Right and wrong answers worked out apart from calc, with numpy and plain Python, for the measure of marking.

Each wrong rule is written from what learners do, not from the formulas of calc; its name here is the name that a
verdict should give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

NUMPY_MODES = {"zeros": "constant", "replicate": "edge", "reflect": "reflect", "symmetric": "symmetric"}


@dataclass(frozen=True)
class Laid:
    """A kernel laid on an image as somebody does it: C×H×W with M×C×k_h×k_w."""

    image: Array
    kernel: Array
    flip: bool = True
    pad: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    stride: tuple[int, int] = (1, 1)
    dilation: int = 1
    mode: str = "zeros"
    bias: tuple[int, ...] = ()
    then: str = ""

    def maps(self) -> Array | None:
        """M×H_out×W_out; None where it cannot be done so."""
        x = np.pad(self.image, ((0, 0), *self.pad), mode=NUMPY_MODES[self.mode])  # type: ignore[call-overload]
        k = self.kernel[..., ::-1, ::-1] if self.flip else self.kernel
        (kh, kw), d = k.shape[-2:], self.dilation
        h, w = x.shape[1] - d * (kh - 1), x.shape[2] - d * (kw - 1)
        if h < 1 or w < 1:
            return None
        out: Array = np.zeros((len(k), h, w), int)
        for m in range(len(k)):
            for i in range(h):
                for j in range(w):
                    window = x[:, i : i + d * (kh - 1) + 1 : d, j : j + d * (kw - 1) + 1 : d]
                    out[m, i, j] = (window * k[m]).sum()
        out = out[:, :: self.stride[0], :: self.stride[1]]
        if self.bias:
            out = out + np.array(self.bias)[:, None, None]
        if self.then == "relu":
            out = np.maximum(out, 0)
        if self.then == "abs":
            out = abs(out)
        return out


def wrong_maps(laid: Laid) -> Iterator[tuple[str, Laid]]:
    """The same as each wrong rule of convolving does it."""
    c, (kh, kw) = laid.image.shape[0], laid.kernel.shape[-2:]
    k = laid.kernel
    if laid.flip:
        yield "not-flipped", replace(laid, flip=False)
        yield "flipped-up-down-only", replace(laid, flip=False, kernel=k[..., ::-1, :])
        yield "flipped-left-right-only", replace(laid, flip=False, kernel=k[..., ::-1])
        yield "image-flipped-too", replace(laid, image=laid.image[:, ::-1, ::-1])
    else:
        yield "flipped", replace(laid, flip=True)
    if kh == kw:
        yield "kernel-transposed", replace(laid, flip=False, kernel=k.swapaxes(-1, -2))
    if any(map(any, laid.pad)):
        yield "padding-ignored", replace(laid, pad=((0, 0), (0, 0)))
        yield "padding-behind-only", replace(laid, pad=((0, sum(laid.pad[0])), (0, sum(laid.pad[1]))))
        if laid.mode == "zeros":
            yield "edge-repeated", replace(laid, mode="replicate")
            if all(max(p) < n for p, n in zip(laid.pad, laid.image.shape[1:], strict=True)):
                yield "reflected", replace(laid, mode="reflect")
        else:
            yield "padded-with-zeros", replace(laid, mode="zeros")
    if laid.stride != (1, 1):
        yield "stride-ignored", replace(laid, stride=(1, 1))
        yield "stride-on-one-axis", replace(laid, stride=(1, laid.stride[1]))
    if laid.dilation > 1:
        yield "dilation-ignored", replace(laid, dilation=1)
    yield "weights-as-ones", replace(laid, kernel=np.sign(k))
    if kh == 3:
        yield "kernel-row-left-out", replace(laid, kernel=k * np.array([[1], [0], [1]]))
    if kw == 3:
        yield "kernel-column-left-out", replace(laid, kernel=k * np.array([1, 0, 1]))
    if any(laid.bias):
        yield "bias-forgotten", replace(laid, bias=())
        if c > 1:
            yield "bias-per-channel", replace(laid, bias=tuple(c * b for b in laid.bias))
    if not laid.then:
        yield "negatives-clipped", replace(laid, then="relu")
        yield "magnitudes", replace(laid, then="abs")
    else:
        yield "activation-left-out", replace(laid, then="")
    if kh == kw and c == len(k) == 1 and laid.dilation == 1:
        yield "matrix-product", replace(laid, flip=False, kernel=np.broadcast_to(k.sum(-1)[..., None, :], k.shape))


def separate(laid: Laid) -> Array:
    """A map for each channel, not summed."""
    each = [
        replace(laid, image=laid.image[i : i + 1], kernel=laid.kernel[:, i : i + 1], bias=())
        for i in range(len(laid.image))
    ]
    return np.concatenate([m for one in each if (m := one.maps()) is not None])


def border_off(laid: Laid) -> Array | None:
    """The first row with the image's rows under the first rows of the kernel, where the padding belongs."""
    maps = laid.maps()
    if (
        maps is None
        or laid.pad[0][0] != 1
        or laid.stride != (1, 1)
        or laid.dilation != 1
        or len(laid.image) > 1
        or len(maps) > 1
    ):
        return None
    x = np.pad(laid.image[0], laid.pad)
    k = laid.kernel[0, 0, ::-1, ::-1] if laid.flip else laid.kernel[0, 0]
    kh, kw = k.shape
    if x.shape[0] < kh:
        return None
    moved = maps.copy()
    for j in range(maps.shape[2]):
        moved[0, 0, j] = (x[1:kh, j : j + kw] * k[: kh - 1]).sum()
    moved[:, 0] += laid.bias[0] if laid.bias else 0
    return moved


def pooled(image: Array, k: int, s: int, choose: Callable[[Array], Any], *, up: bool = False) -> Array:
    """The pooling of H×W without padding; `up` lets a last window hang over."""
    h, w = image.shape
    rows, columns = (-(-(n - k) // s) if up else (n - k) // s for n in (h, w))
    return np.array(
        [[choose(image[i * s : i * s + k, j * s : j * s + k]) for j in range(columns + 1)] for i in range(rows + 1)],
        object,
    )


def mean(window: Array) -> Fraction:
    return Fraction(int(window.sum()), window.size)


def farthest(window: Array) -> int:
    flat = window.reshape(-1)
    return int(max(flat, key=lambda x: (abs(x), x)))


def greatest(window: Array) -> int:
    return int(window.max())


def least(window: Array) -> int:
    return int(window.min())


def wrong_pools(image: Array, k: int, s: int, kind: str) -> Iterator[tuple[str, Array]]:
    """What wrong rules of pooling lead to."""
    right = {"max": greatest, "average": mean}[kind]
    if kind == "max":
        yield "average-taken", pooled(image, k, s, mean)
        yield "min-taken", pooled(image, k, s, least)
        yield "magnitudes-compared", pooled(image, k, s, farthest)
    else:
        yield "max-taken", pooled(image, k, s, greatest)
        yield "not-divided", pooled(image, k, s, lambda w: int(w.sum()))
    if s == k:
        yield "windows-overlap", pooled(image, k, 1, right)
    else:
        yield "stride-as-kernel", pooled(image, k, k, right)
        if s > 1:
            yield "stride-ignored", pooled(image, k, 1, right)


def stamped(image: Array, kernel: Array, s: int, p: int = 0, *, over: bool = False) -> Array:
    """The transposed convolution of H×W with k×k."""
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros(((h - 1) * s + kh, (w - 1) * s + kw), int)
    for i in range(h):
        for j in range(w):
            place = np.s_[i * s : i * s + kh, j * s : j * s + kw]
            out[place] = image[i, j] * kernel + (0 if over else out[place])
    return out[p : out.shape[0] - p, p : out.shape[1] - p]


def wrong_stamps(image: Array, kernel: Array, s: int, p: int) -> Iterator[tuple[str, Array]]:
    yield "stamps-flipped", stamped(image, kernel[::-1, ::-1], s, p)
    if p:
        yield "padding-ignored", stamped(image, kernel, s)
    elif s < max(kernel.shape):
        yield "stamps-overwritten", stamped(image, kernel, s, over=True)
    if all(k <= n for k, n in zip(kernel.shape, image.shape, strict=True)):
        plain = Laid(image[None], kernel[None, None], flip=False).maps()
        assert plain is not None
        yield "as-convolution", plain[0]
    if s > 1:
        yield "stride-ignored", stamped(image, kernel, 1)


def conv_size(n: int, k: int, s: int, p: int, d: int) -> int:
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def wrong_conv_sizes(n: int, k: int, s: int, p: int, d: int) -> Iterator[tuple[str, Fraction | int]]:
    """What wrong size rules of a convolution give along one axis."""
    e = d * (k - 1) + 1
    yield "first-window-forgotten", (n + 2 * p - e) // s
    if p:
        yield "padding-on-one-side", (n + p - e) // s + 1
        yield "padding-subtracted", (n - 2 * p - e) // s + 1
        yield "padding-ignored", (n - e) // s + 1
        yield "padding-twice", (n + 4 * p - e) // s + 1
    if s > 1:
        yield "stride-ignored", n + 2 * p - e + 1
        yield "stride-after-plus-one", (n + 2 * p - e + 1) // s
        yield "rounded-up", -(-(n + 2 * p - e) // s) + 1
        yield "fraction-kept", Fraction(n + 2 * p - e, s) + 1
        yield "kernel-ignored", n // s
        yield "size-kept", n
    if s == 1 and not p:
        yield "kernel-lost-on-each-side", n - 2 * (e - 1)
    if d > 1:
        yield "dilation-ignored", (n + 2 * p - k) // s + 1
        yield "dilation-times-kernel", (n + 2 * p - k * d) // s + 1
        yield "dilation-of-gaps", (n + 2 * p - k * (d - 1) - 1) // s + 1


def tconv_size(n: int, k: int, s: int, p: int, d: int) -> int:
    return (n - 1) * s - 2 * p + d * (k - 1) + 1


def wrong_tconv_sizes(n: int, k: int, s: int, p: int, d: int) -> Iterator[tuple[str, Fraction | int]]:
    e = d * (k - 1) + 1
    yield "as-convolution", (n + 2 * p - e) // s + 1
    yield "input-times-stride", n * s
    if p:
        yield "padding-added", (n - 1) * s + 2 * p + e
        yield "padding-on-one-side", (n - 1) * s - p + e
        yield "padding-ignored", (n - 1) * s + e
    if d > 1:
        yield "dilation-ignored", (n - 1) * s - 2 * p + k


def wrong_pool_sizes(n: int, k: int, s: int) -> Iterator[tuple[str, Fraction | int]]:
    yield "first-window-forgotten", (n - k) // s
    yield "rounded-up", -(-(n - k) // s) + 1
    yield "fraction-kept", Fraction(n - k, s) + 1
    yield "windows-overlap", n - k + 1


@dataclass(frozen=True)
class Step:
    """A layer of a small network, with what counting it needs."""

    kind: str
    k: int = 1
    s: int = 1
    p: int = 0
    ci: int = 0
    co: int = 0
    n: int = 0
    """Side of the map that goes in."""
    o: int = 0
    """Side of the map that comes out; 0 for a layer without maps."""
    bias: bool = True
    g: int = 1

    @property
    def params(self) -> int:
        match self.kind:
            case "conv":
                return (self.k**2 * (self.ci // self.g) + self.bias) * self.co
            case "fc":
                return (self.ci + self.bias) * self.co
            case "bn":
                return 2 * self.ci
        return 0

    @property
    def macs(self) -> int:
        match self.kind:
            case "conv":
                return self.o**2 * self.k**2 * (self.ci // self.g) * self.co
            case "fc":
                return self.ci * self.co
        return 0


def wrong_params(steps: Sequence[Step]) -> Mapping[str, Mapping[int, int]]:
    """What each wrong rule gives for the layers that it bends, by their place in the network."""
    found: dict[str, dict[int, int]] = {}

    def say(name: str, i: int, value: int) -> None:
        if value != steps[i].params:
            found.setdefault(name, {})[i] = value

    image = next((a for a in steps if a.kind == "conv"), None)
    last: Step | None = None
    pool: Step | None = None
    dense = 0
    for i, a in enumerate(steps):
        k2 = a.k**2
        if a.kind == "conv":
            last, pool = a, None
            c, m, b = a.ci // a.g, a.co, int(a.bias)
            say("input-channels-forgotten", i, (k2 + b) * m)
            say("channels-and-biases-forgotten", i, k2 * m)
            say("bias-per-input-channel", i, c * (k2 + b) * m)
            say("bias-forgotten", i, k2 * c * m)
            say("channels-added", i, (k2 + c + b) * m)
            if b:
                say("biases-of-input-channels", i, k2 * c * m + a.ci)
                say("one-bias-for-the-layer", i, k2 * c * m + 1)
                say("bias-twice", i, (k2 * c + 1) * m + m)
                say("bias-per-weight", i, 2 * k2 * c * m)
                say("bias-per-output", i, k2 * c * m + a.o**2 * m)
            say("kernel-sides-added", i, (2 * a.k + b) * m)
            say("kernel-side-once", i, (a.k * c + b) * m)
            if image and a is not image and a.g == 1:
                say("image-channels-everywhere", i, (k2 * image.ci + b) * m)
            if a.g == 1:
                say("channels-swapped", i, (k2 * m + b) * a.ci)
            say("weights-per-output", i, (k2 * c + b) * m * a.o**2)
            say("image-for-kernel", i, a.n**2 * c * m + b * m)
            say("one-filter", i, k2 * c + b)
            if a.s > 1:
                say("stride-in-params", i, (k2 * c + b) * m // a.s)
            if a.g > 1:
                say("groups-ignored", i, (k2 * a.ci + b) * m)
                if m % a.g == 0:
                    say("groups-twice", i, k2 * c * (m // a.g) + b * m)
        elif a.kind == "pool":
            say("pool-has-weights", i, (k2 + 1) * a.ci)
            pool = a
        elif a.kind == "bn":
            if a.o:
                say("normalised-cell-by-cell", i, 2 * a.o**2 * a.ci)
        elif a.kind == "fc":
            say("bias-forgotten", i, a.ci * a.co)
            if a.bias:
                say("one-bias-for-the-layer", i, a.ci * a.co + 1)
            say("outputs-twice", i, a.ci * a.co * a.co)
            say("features-added", i, a.ci + a.co)
            if last:
                b = int(a.bias)
                if not dense:
                    say("kernel-in-flatten", i, (last.k**2 * last.co + b) * a.co)
                    say("flatten-without-channels", i, (a.ci // last.co + b) * a.co)
                    if image:
                        say("flatten-image", i, (image.n**2 * last.co + b) * a.co)
                    if pool:
                        say("last-pooling-forgotten", i, (pool.n**2 * last.co + b) * a.co)
                else:
                    say("kernel-in-linear", i, (last.k**2 * a.ci + b) * a.co)
            dense += 1
    return found


def wrong_macs(steps: Sequence[Step], side: int) -> Iterator[tuple[str, int]]:
    """What wrong rules give for the multiply-accumulates of all layers."""

    def of(rule: Callable[[Step], int]) -> int:
        return sum(rule(a) if a.kind == "conv" else a.macs for a in steps)

    yield "flops-for-macs", 2 * sum(a.macs for a in steps)
    yield "input-channels-forgotten-in-macs", of(lambda a: a.o**2 * a.k**2 * a.co)
    yield "output-channels-forgotten-in-macs", of(lambda a: a.o**2 * a.k**2 * a.ci // a.g)
    yield "input-size-in-macs", of(lambda a: a.n**2 * a.k**2 * a.ci // a.g * a.co)
    weights = sum(a.macs // (a.o**2 or 1) for a in steps)
    yield "image-size-everywhere", weights * side**2
    yield "params-for-macs", sum(a.params for a in steps)


def field(layers: Sequence[tuple[int, int, int, str]]) -> int:
    """What one output sees of the image: kernels, strides and dilations of the layers."""
    size = jump = 1
    for k, s, d, _ in layers:
        size, jump = size + d * (k - 1) * jump, jump * s
    return size


def wrong_fields(layers: Sequence[tuple[int, int, int, str]]) -> Iterator[tuple[str, int]]:
    yield "kernels-added", sum(k for k, *_ in layers)
    yield "kernels-multiplied", prod(k for k, *_ in layers)
    yield "strides-ignored", 1 + sum(d * (k - 1) for k, _, d, _ in layers)
    size = jump = 1
    for k, s, d, _ in layers:
        jump *= s
        size += d * (k - 1) * jump
    yield "own-stride-too-early", size
    yield "pooling-ignored", field([each for each in layers if each[3] != "pool"])
    yield "last-kernel-alone", layers[-1][0]
    if any(d > 1 for *_, d, _ in layers):
        yield "dilation-times-kernel", 1 + sum(k * d - 1 for k, _, d, _ in layers)
        yield "dilation-ignored", field([(k, s, 1, kind) for k, s, _, kind in layers])
