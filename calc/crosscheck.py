"""torch and scipy asked the same thing, after our answer is known.

Whole numbers are compared exactly: they are cut into parts so small that float64 (float32 where a device has no
other) cannot round, each part is convolved by the other library, and the parts are put together again. A convolution
is linear in the image and in the kernel, so that is the same convolution.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from math import ceil, log2
from typing import TYPE_CHECKING, Any

from calc.arrays import NUMPY_MODES
from calc.convolution import Convolution
from calc.counting import Count
from calc.derivation import Check
from calc.errors import Impossible, printable
from calc.expr import Expr, Num
from calc.layers.base import times
from calc.question import Question
from calc.sizing import Size

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

DEVICES = ("auto", "cuda", "mps", "cpu")
INSTALL = "pip install 'cnncalc[torch]'"
TORCH_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}
"""Padding that torch has itself; it gets our padded image for the others."""

LARGEST_RUN = 100_000
"""Cells up to which a size is checked on a real tensor, beyond it on torch's meta device."""


LARGEST_TENSOR = 2**58
"""Cells that no tensor has: their bytes would not fit 64 bits."""


def check(question: Question, device: str = "auto") -> Iterator[Check]:
    """The checks of an answer, one at a time; `device` is auto, cuda, mps or cpu. Raises `Impossible`."""
    require(device)
    match question:
        case Convolution():
            yield _with_torch(lambda torch: _torch_convolution(question, torch, _device(torch, device)))
            yield _scipy_convolution(question)
        case Size():
            yield _with_torch(lambda torch: _torch_size(question, torch, _device(torch, device)))
        case Count():
            yield _with_torch(lambda torch: _torch_count(question, torch))
        case _:
            raise TypeError(f"nobody can be asked a {type(question).__name__}")


def require(device: str) -> None:
    """`Impossible` if there is no such device, or torch sees none here."""
    if device not in DEVICES:
        raise Impossible(f"there is no device “{printable(device)}”: choose {', '.join(DEVICES)}")
    if device in ("cuda", "mps") and find_spec("torch"):
        _device(import_module("torch"), device)


def _with_torch(asked: Callable[[Any], Check]) -> Check:
    if find_spec("torch") is None:
        return Check("torch", "not run", (f"torch was not asked: it is not installed ({INSTALL})",))
    try:
        torch = import_module("torch")
    except (ImportError, OSError) as fault:
        return Check(
            "torch", "not run", (f"torch was not asked: it is installed but does not load ({printable(str(fault))})",)
        )
    return asked(torch)


def _device(torch: Any, wanted: str) -> Any:
    available = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available, "cpu": lambda: True}
    if wanted == "auto":
        wanted = next(name for name, there in available.items() if there())
    elif not available[wanted]():
        raise Impossible(f"{_version(torch)} sees no {wanted} device here: use --device cpu")
    device: torch.device = torch.device(f"{wanted}:{torch.cuda.current_device()}" if wanted == "cuda" else wanted)
    return device


def _version(torch: Any) -> str:
    return f"torch {torch.__version__.partition('+')[0]}"


def _by(torch: Any, device: torch.device) -> str:
    return f"{_version(torch)} on {device}"


def in_parts(
    image: NDArray[Any],
    kernel: NDArray[Any],
    mantissa: int,
    convolve: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]],
) -> NDArray[Any]:
    """The exact convolution of whole numbers of any size by a `convolve` that works in floats of that mantissa."""
    bits = (mantissa - ceil(log2(kernel.size + 1))) // 2
    out: Any = 0
    for i, part in enumerate(_parts(image, bits)):
        for j, other in enumerate(_parts(kernel, bits)):
            piece = convolve(part, other)
            out = out + _whole(piece) * (1 << bits * (i + j))
    result: NDArray[Any] = out
    return result


def _whole(floats: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return floats.astype(np.int64).astype(object)


def _parts(numbers: NDArray[Any], bits: int) -> Iterator[NDArray[Any]]:
    """Pieces of `bits` bits with the sign of their number, the lowest first; at least one."""
    import numpy as np

    rest, sign = abs(numbers.astype(object)), np.sign(numbers.astype(object))
    first = True
    while first or rest.any():
        yield (rest % (1 << bits) * sign).astype(np.float64)
        rest, first = rest // (1 << bits), False


def _compared(by: str, question: Convolution, theirs: NDArray[Any], denominator: int) -> Check:
    """Their map, still without the bias, over the denominators of image and kernel, beside ours."""
    answer, whole = question.answer, denominator * question.kernel.denominator
    bias = Fraction(question.bias)
    ours = answer.numerators.astype(object) * (whole * bias.denominator)
    theirs = (theirs * bias.denominator + bias.numerator * whole) * answer.denominator
    if ours.shape == theirs.shape and bool((ours == theirs).all()):
        return _agrees(by)
    if ours.shape != theirs.shape:
        return _differs(by, " in the size", times(ours.shape), times(theirs.shape))
    row, column = (int(places[0]) for places in (ours != theirs).nonzero())
    common = whole * bias.denominator * answer.denominator
    shown = [str(Fraction(int(x), common)) for x in (ours[row, column], theirs[row, column])]
    return _differs(by, f" at ({row + 1},{column + 1})", *shown)


def _agrees(by: str, on: str = ", exactly") -> Check:
    return Check(by, "agrees", (f"{by} agrees{on}",))


def _differs(by: str, where: str, ours: str, theirs: str) -> Check:
    return Check(by, "differs", (f"{by} differs{where}: ours {ours}, theirs {theirs}",), ours, theirs)


def _torch_convolution(question: Convolution, torch: Any, device: torch.device) -> Check:
    dtype, mantissa = (torch.float32, 24) if device.type == "mps" else (torch.float64, 53)
    (top, bottom), (left, right) = question.padding

    def convolve(image: NDArray[Any], kernel: NDArray[Any]) -> NDArray[Any]:
        x = torch.from_numpy(image).to(device, dtype)[None, None]
        w = torch.from_numpy(kernel).to(device, dtype)[None, None]
        if question.flipped:
            w = w.flip(2, 3)
        mode = TORCH_MODES.get(question.mode)
        if mode and any((top, bottom, left, right)):
            x = torch.nn.functional.pad(x, (left, right, top, bottom), mode)
        done = torch.nn.functional.conv2d(x, w, stride=question.stride, dilation=question.dilation)
        result: NDArray[Any] = done[0, 0].cpu().numpy()
        return result

    image = question.image if question.mode in TORCH_MODES else question.padded
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=False, allow_tf32=False):
        theirs = in_parts(image.numerators, question.kernel.numerators, mantissa, convolve)
    return _compared(_by(torch, device), question, theirs, image.denominator)


def _scipy_convolution(question: Convolution) -> Check:
    try:
        import numpy as np
        import scipy
        from scipy.signal import convolve2d, correlate2d
    except ImportError as fault:
        return Check("scipy", "not run", (f"scipy was not asked: it does not load ({printable(str(fault))})",))
    ask = convolve2d if question.flipped else correlate2d
    down, right = question.stride
    mode = NUMPY_MODES.get(question.mode, "constant")
    image = question.padded if question.mode == "constant" else question.image
    (k_h, k_w), (d_h, d_w) = question.kernel.shape, question.dilation
    spread = np.zeros(question.reach, question.kernel.numerators.dtype)
    spread[::d_h, ::d_w] = question.kernel.numerators.reshape(k_h, k_w)

    def convolve(x: NDArray[Any], w: NDArray[Any]) -> NDArray[Any]:
        padded = x if question.mode == "constant" else np.pad(x, question.padding, mode)  # type: ignore[call-overload]
        result: np.ndarray[Any, Any] = ask(padded, w, mode="valid")[::down, ::right]
        return result

    theirs = in_parts(image.numerators, spread, 53, convolve)
    return _compared(f"scipy {scipy.__version__}", question, theirs, image.denominator)


def _torch_size(question: Size, torch: Any, device: torch.device) -> Check:
    claims = list(question.claims())
    reach = max(max(n + sum(zeros), layer["kernel"] * layer["dilation"]) for n, zeros, layer, _ in claims)
    if reach > LARGEST_RUN:
        device = _meta(torch)
    by = _by(torch, device)
    if reach >= LARGEST_TENSOR:
        return Check(by, "not run", (f"{by} was not asked: the sizes are beyond what a tensor can have",))
    for n, (before, after), layer, out in claims:
        equal = before if before == after else 0
        sizes = layer["kernel"], layer["stride"], equal, layer["dilation"]
        conv = torch.nn.utils.skip_init(torch.nn.Conv1d, 1, 1, *sizes, device=device)
        x = torch.zeros(1, 1, n, device=device)
        with torch.no_grad():
            theirs = conv(x if equal else torch.nn.functional.pad(x, (before, after))).shape[-1]
        if theirs != out:
            return _differs(by, f" for in = {n} and {layer}", str(out), str(theirs))
    return _agrees(by, f" on all {len(question.solutions)} solutions" if len(question.solutions) > 1 else ", exactly")


def _meta(torch: Any) -> Any:
    """torch's meta device, on which tensors have shapes and no contents; what torch writes when it starts goes at once."""
    kept = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    with tempfile.TemporaryDirectory(prefix="cnncalc-") as aside:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = aside
        try:
            torch.zeros(1, device="meta").sum()
        finally:
            del os.environ["TORCHINDUCTOR_CACHE_DIR"]
            if kept is not None:
                os.environ["TORCHINDUCTOR_CACHE_DIR"] = kept
    return torch.device("meta")


def _torch_count(question: Count, torch: Any) -> Check:
    """Each layer built anew by torch, its parameters counted there; torch's own counter of operations."""
    by = _version(torch)
    built = 0
    for row in question.rows:
        if row.call.layer is None or not row.by_rule:
            continue
        layer = row.call.layer
        module = torch.nn.utils.skip_init(getattr(torch.nn, layer.kind()), **layer.fields(), device="meta")
        theirs = sum(p.numel() for p in module.parameters())
        if theirs != row.parameters:
            return _differs(by, f" at {row.call.name}", str(row.parameters), str(theirs))
        built += 1
    says: list[str | Expr] = [
        f"{by} agrees: {built} layer{'' if built == 1 else 's'} built anew with the same parameters"
    ]
    flops, known = question.network.flops, question.known_macs
    if flops is not None and flops < 2 * known:
        return _differs(by, " in the operations that its counter sees", f"2·{known}", str(flops))
    if flops is not None:
        says += ["; its counter sees ", Num(flops), " FLOPs = 2·", Num(known)]
        says += [] if flops == 2 * known else [" + ", Num(flops - 2 * known), " outside the layers with rules"]
    return Check(by, "agrees", tuple(says))
