"""torch and scipy asked the same thing, after our answer is known.

Whole numbers are compared exactly: they are cut into parts so small that float64 (float32 where a device has no
other) cannot round, each part is convolved by the other library, and the parts are put together again. A convolution
is linear in the image and in the kernel, so that is the same convolution.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import ceil, log2, prod
from typing import TYPE_CHECKING, Any

from calc.arrays import NUMPY_MODES, add
from calc.backward import Backward
from calc.comparison import Comparison
from calc.concepts.base import Concept
from calc.convolution import Convolution
from calc.counting import Count
from calc.derivation import Check
from calc.dialects import DIALECTS, Claim
from calc.errors import Impossible, at, counted, printable, times
from calc.exact import Cells
from calc.expr import Expr, Num, Number
from calc.layers.base import Layer
from calc.layers.recurrent import Recurrent
from calc.layers.transposed import ConvTranspose
from calc.lettered import Lettered
from calc.pooling import Pooling
from calc.question import Question
from calc.resizing import Adaptive, Factor, rounded_by_torch
from calc.rules import Name
from calc.several import Several, spread
from calc.sizing import Size, SizeQuestion
from calc.stack import Stack
from calc.transposed import Transposed

if TYPE_CHECKING:
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
            yield _with_torch(lambda torch: _torch_sliding(question, torch, _device(torch, device)))
            yield _scipy_convolution(question)
        case Transposed():
            yield _with_torch(lambda torch: _torch_sliding(question, torch, _device(torch, device)))
        case Pooling():
            yield _with_torch(lambda torch: _torch_pooling(question, torch, _device(torch, device)))
        case Size() | Several() | Adaptive() | Factor():
            yield _with_torch(lambda torch: _torch_size(question, torch, _device(torch, device)))
        case Lettered():
            yield _with_torch(lambda torch: _torch_letters(question, torch, _device(torch, device)))
        case Stack():
            yield from _stacked((question,), device)
        case Backward():
            yield from _stacked((question.put(question.found[0]),), device)
        case Comparison():
            yield from _stacked(question.stacks, device)
        case Count() if question.network.written and not any(row.by_rule for row in question.rows):
            return
        case Count():
            yield _with_torch(lambda torch: _torch_count(question, torch))
        case Concept():  # its numbers are worked by the program from questions that are checked elsewhere
            return
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


Apart = Callable[["NDArray[Any]", "NDArray[Any]"], "NDArray[Any]"]


def in_parts(image: NDArray[Any], kernel: NDArray[Any], mantissa: int, convolve: Apart) -> NDArray[Any]:
    """The exact convolution of whole numbers of any size by a `convolve` that works in floats of that mantissa."""
    import numpy as np

    weights = kernel.size // len(kernel)
    bits = (mantissa - ceil(log2(weights + 1))) // 2
    largest = max(abs(int(x)) for x in (image.max(), image.min(), kernel.max(), kernel.min()))
    if largest.bit_length() <= bits:
        return convolve(image.astype(np.float64), kernel.astype(np.float64)).astype(np.int64)
    out: Any = 0
    for i, part in enumerate(_parts(image, bits)):
        for j, other in enumerate(_parts(kernel, bits)):
            piece = convolve(part, other)
            out = out + piece.astype(np.int64).astype(object) * (1 << bits * (i + j))
    result: NDArray[Any] = out
    return result


def _parts(numbers: NDArray[Any], bits: int) -> Iterator[NDArray[Any]]:
    """Pieces of `bits` bits with the sign of their number, the lowest first; at least one."""
    import numpy as np

    rest, sign = abs(numbers.astype(object)), np.sign(numbers.astype(object))
    first = True
    while first or rest.any():
        yield (rest % (1 << bits) * sign).astype(np.float64)
        rest, first = rest // (1 << bits), False


SlidingQuestion = Convolution | Transposed


def _compared(by: str, question: SlidingQuestion, theirs: NDArray[Any], denominator: int, values: str) -> Check:
    """Their maps, still without the bias, over the denominators of image and kernel, beside ours."""
    single = question.filters == 1
    ours = question.maps if question.then else question.answer
    ours = ours.plane(0) if question.then and single else ours
    whole = Cells(theirs, denominator * question.kernel.denominator)
    added = add(whole, question.bias) if question.bias else whole
    added = added.plane(0) if single else added
    if ours == added:
        return _agrees(by, f", exactly{values}")
    if ours.shape != added.shape:
        return _differs(by, " in the size", times(ours.shape), times(added.shape))
    pairs = zip(_flat(ours), _flat(added), strict=True)
    place, (mine, other) = next((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1])
    return _differs(by, f" at ({_said_place(place, ours.shape)})", str(mine), str(other))


def _flat(cells: Cells) -> Iterator[Any]:
    yield from map(cells.entry, cells.numerators.reshape(-1).tolist())


def _said_place(index: int, shape: Sequence[int]) -> str:
    """A place in reading order as it is said, counted from 1 along each axis."""
    import numpy as np

    return at(int(i) for i in np.unravel_index(index, tuple(shape)))


def _agrees(by: str, on: str = ", exactly") -> Check:
    return Check(by, "agrees", (f"{by} agrees{on}",))


def _differs(by: str, where: str, ours: str, theirs: str) -> Check:
    return Check(by, "differs", (f"{by} differs{where}: ours {ours}, theirs {theirs}",), ours, theirs)


def _with_numbers(question: SlidingQuestion) -> tuple[SlidingQuestion, str]:
    """The question with a number for each letter, and a clause that says which; as it is if it has none."""
    cells = [c for c in (question.image, question.kernel, question.bias) if c is not None and c.letters]
    if not cells:
        return question, ""
    names = sorted({name for c in cells for name in c.names})
    values: dict[str, Expr | Number] = {name: 3 + 7 * i + i * i for i, name in enumerate(names)}
    put = replace(
        question,
        image=question.image.put(values),
        kernel=question.kernel.put(values),
        bias=question.bias and question.bias.put(values),
    )
    put.__dict__["maps"] = question.maps.put(values)  # our answer in letters, with the numbers in their places
    put.__dict__["answer"] = question.answer.put(values)
    said = ", ".join(f"{name} = {value}" for name, value in list(values.items())[:3])
    return put, f" for {said}{', …' if len(values) > 3 else ''}"


def _torch_sliding(question: SlidingQuestion, torch: Any, device: torch.device) -> Check:
    dtype, mantissa = (torch.float32, 24) if device.type == "mps" else (torch.float64, 53)
    question, values = _with_numbers(question)
    sides = [n for pair in reversed(question.padding) for n in pair]
    functional, axes = torch.nn.functional, question.axes

    def convolve(image: NDArray[Any], kernel: NDArray[Any]) -> NDArray[Any]:
        x = torch.from_numpy(image).to(device, dtype)[None]
        w = torch.from_numpy(kernel).to(device, dtype)
        options = {"stride": question.stride, "dilation": question.dilation, "groups": question.groups}
        if isinstance(question, Transposed):
            done = getattr(functional, f"conv_transpose{axes}d")(
                x, w, padding=question.cropped, output_padding=question.output_padding, **options
            )
        else:
            w = w.flip(*range(2, 2 + axes)) if question.flipped else w
            mode = TORCH_MODES.get(question.mode)
            x = functional.pad(x, sides, mode) if mode and any(sides) else x
            done = getattr(functional, f"conv{axes}d")(x, w, **options)
        result: NDArray[Any] = done[0].cpu().numpy()
        return result

    ours_padded = isinstance(question, Convolution) and question.mode not in TORCH_MODES
    image = question.padded if ours_padded else question.image
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=False, allow_tf32=False):
        theirs = in_parts(image.numerators, question.kernel.numerators, mantissa, convolve)
        if isinstance(question, Transposed):
            theirs = question.cut(theirs)
    said = _compared(_by(torch, device), question, theirs, image.denominator, values)
    return _with_activation(said, question, torch) if question.then and said.verdict == "agrees" else said


TORCH_ACTIVATIONS = {"leaky-relu": "leaky_relu"}
"""Those that torch calls otherwise."""


def _with_activation(agreed: Check, question: SlidingQuestion, torch: Any) -> Check:
    """torch's own activation on the maps that it agrees on, within the rounding of float64."""
    import numpy as np

    assert question.then
    name = TORCH_ACTIVATIONS.get(question.then.name, question.then.name)
    function = getattr(torch.nn.functional, name, None) or getattr(torch, name)
    maps = question.maps.numpy().astype(np.float64)
    theirs = function(torch.from_numpy(maps)).numpy().reshape(question.answer.shape)
    ours = question.answer.numpy().astype(np.float64)
    same = np.isclose(ours, theirs, rtol=1e-12, atol=1e-15)
    if same.all():
        return Check(
            agreed.by, "agrees", (*agreed.says, f", and on {question.then.name} to the last digits of a float64")
        )
    index = int((~same).argmax())
    where = f" in {question.then.name} at ({_said_place(index, ours.shape)})"
    return _differs(agreed.by, where, str(ours.flat[index]), str(theirs.flat[index]))


LARGEST_BY_HAND = 2**31
"""Multiplications that scipy is asked for; it takes seconds for so many."""


def _scipy_convolution(question: Convolution) -> Check:
    try:
        import numpy as np
        import scipy
        from scipy.signal import convolve2d, correlate2d
    except ImportError as fault:
        return Check("scipy", "not run", (f"scipy was not asked: it does not load ({printable(str(fault))})",))
    by = f"scipy {scipy.__version__}"
    if prod(question.maps.shape) * prod(question.kernel.shape[1:]) > LARGEST_BY_HAND:
        return Check(by, "not run", (f"{by} was not asked: it would take more than {LARGEST_BY_HAND} multiplications",))
    put, values = _with_numbers(question)
    assert isinstance(put, Convolution)
    asked = put
    ask = convolve2d if asked.flipped else correlate2d
    mode = NUMPY_MODES.get(asked.mode, "constant")
    image = asked.padded if asked.mode == "constant" else asked.image
    (filters, depth, *size), dilation = asked.kernel.shape, asked.dilation
    spread = np.zeros((filters, depth, *asked.reach), asked.kernel.numerators.dtype)
    apart: Any = (..., *(slice(None, None, d) for d in dilation))
    spread[apart] = asked.kernel.numerators.reshape(filters, depth, *size)
    kept = tuple(slice(None, None, s) for s in asked.stride)

    def convolve(x: NDArray[Any], w: NDArray[Any]) -> NDArray[Any]:
        rings = ((0, 0), *asked.padding)
        padded = x if asked.mode == "constant" else np.pad(x, rings, mode)  # type: ignore[call-overload]
        per = filters // asked.groups
        maps = [
            sum(_planes(ask, padded[m // per * depth + c], w[m, c], flipped=asked.flipped) for c in range(depth))[kept]
            for m in range(filters)
        ]
        return np.stack(maps)

    theirs = in_parts(image.numerators, spread, 53, convolve)
    return _compared(by, asked, theirs, image.denominator, values)


def _planes(ask: Callable[..., Any], x: NDArray[Any], w: NDArray[Any], *, flipped: bool) -> Any:
    """One channel slid over by scipy's two-dimensional function; a signal as one row, a volume slice by slice."""
    import numpy as np

    if x.ndim == 1:
        return ask(x[None], w[None], mode="valid")[0]
    if x.ndim == 2:
        return ask(x, w, mode="valid")
    taps = w[::-1] if flipped else w
    deep = len(x) - len(w) + 1
    return np.stack([sum(ask(x[z + i], tap, mode="valid") for i, tap in enumerate(taps)) for z in range(deep)])


def _torch_pooling(question: Pooling, torch: Any, device: torch.device) -> Check:
    """torch's own layer where the numbers are exact in float64; average and Lp within its rounding."""
    import numpy as np

    by = _by(torch, device)
    if question.image.letters:
        return Check(by, "not run", (f"{by} was not asked: it pools numbers, not letters",))
    if question.image.bound >= 2**53 or device.type == "mps":
        return Check(by, "not run", (f"{by} was not asked: the numbers are beyond what it holds exactly",))
    if any(a != b for a, b in question.padding) or (question.kind != "max" and set(question.dilation) != {1}):
        return Check(by, "not run", (f"{by} was not asked: it has no such pooling",))
    sign = -1 if question.kind == "min" else 1
    x = torch.from_numpy(question.image.numerators.astype(np.float64) * sign).to(device)[None]
    functional, axes = torch.nn.functional, question.axes
    kernel, stride, padding = question.kernel_size, question.stride, tuple(a for a, _ in question.padding)
    with torch.no_grad():
        match question.kind:
            case "max" | "min" if question.adaptive:
                theirs = getattr(functional, f"adaptive_max_pool{axes}d")(x, question.adaptive)
            case "average" if question.adaptive:
                theirs = getattr(functional, f"adaptive_avg_pool{axes}d")(x, question.adaptive)
            case "max" | "min":
                asked = getattr(functional, f"max_pool{axes}d")
                theirs = asked(x, kernel, stride, padding, question.dilation, ceil_mode=question.ceil)
            case "average" if any(r > n for r, n in zip(question.reach, question.size, strict=True)):
                return Check(by, "not run", (f"{by} was not asked: it has no average of windows wider than the image",))
            case "average":
                asked = getattr(functional, f"avg_pool{axes}d")
                theirs = asked(x, kernel, stride, padding, question.ceil, question.counts_padding)
            case _ if any(padding) or question.adaptive or question.ceil:
                return Check(by, "not run", (f"{by} was not asked: its Lp pooling has no padding",))
            case _:
                asked = getattr(functional, f"lp_pool{axes}d")
                sizes = (kernel, stride) if axes > 1 else (kernel[0], stride[0])
                theirs = asked(x.abs(), float(question.power), *sizes)
    found = theirs[0].cpu().numpy() * sign / question.image.denominator
    ours = question.maps.numpy().astype(np.float64)
    if found.shape != ours.shape:
        return _differs(by, " in the size", times(ours.shape), times(found.shape))
    exact = question.kind in ("max", "min")
    same = found == ours if exact else np.isclose(found, ours, rtol=1e-12, atol=1e-12)
    if same.all():
        on = " on the absolute values" if question.kind == "lp" and question.power % 2 else ""
        return _agrees(by, ", exactly" if exact else f"{on} to the last digits of a float64")
    index = int((~same).argmax())
    return _differs(by, f" at ({_said_place(index, ours.shape)})", str(ours.flat[index]), str(found.flat[index]))


LAYERS_ASKED = 60
"""Layers of one answer that torch is asked about."""

MOST_CELLS, MOST_WORK = 1_000_000, 10_000_000
"""Cells, and multiplications, of all these layers up to which they run on real tensors."""


def _torch_size(question: SizeQuestion, torch: Any, device: torch.device) -> Check:
    """torch's own layers on zeros of that size, a padding that is not equal put around them beforehand."""
    if who := _not_torch(question):
        return Check("torch", "not run", (f"torch was not asked: {who}",))
    every = list(question.claims())
    claims = spread(every, LAYERS_ASKED)
    cells = [_cells_needed(claim) for claim in claims]
    longest, work = max(cells), sum(claim.values.get("kernel", 1) * claim.values["out"] for claim in claims)
    if longest > LARGEST_RUN or sum(cells) > MOST_CELLS or work > MOST_WORK:
        device = _meta(torch)
    by = _by(torch, device)
    if longest >= LARGEST_TENSOR:
        return Check(by, "not run", (f"{by} was not asked: the sizes are beyond what a tensor can have",))
    kind = "adaptive pooling" if isinstance(question, Adaptive) else question.rule.kind
    for claim in claims:
        if kind == "up-sampling" and rounded_by_torch(claim.values) != claim.values["out"]:
            n, scale = claim.values["in"], claim.values["scale"]
            says = f"{by} was not asked: in float64 it makes {rounded_by_torch(claim.values)} of {n}·{scale}"
            return Check(by, "not run", (says,))
        with torch.no_grad():
            theirs = _torch_out(kind, claim, ceil=_rounds_up(question), torch=torch, device=device)
        if theirs != claim.values["out"]:
            layer = {name: value for name, value in claim.values.items() if name not in ("in", "out")}
            return _differs(by, f" for in = {claim.values['in']} and {layer}", str(claim.values["out"]), str(theirs))
    if len(claims) < len(every):
        many = sum(len(found.layers) for found in question.found) if isinstance(question, Several) else len(every)
        where = " along the axes" if len(question.axes) > 1 else ""
        return _agrees(
            by, f" on {len(claims)} of the {many} solutions{where}, the first and others spread over the rest"
        )
    many = len(question.solutions)
    return _agrees(by, f" on all {many} solutions" if many > 1 else ", exactly")


def _torch_letters(question: Lettered, torch: Any, device: torch.device) -> Check:
    """torch's own layers for a few numbers in the place of the letters."""
    by = _by(torch, device)
    kind = "transposed convolution" if question.law == ConvTranspose.size else "convolution"
    claims = list(question.claims())
    if not claims:
        return Check(by, "not run", (f"{by} was not asked: no small numbers do it",))
    for claim in claims:
        with torch.no_grad():
            theirs = _torch_out(kind, claim, ceil=False, torch=torch, device=device)
        if theirs != claim.values["out"]:
            return _differs(by, f" for in = {claim.values['in']}", str(claim.values["out"]), str(theirs))
    return _agrees(by, f" for {counted(len(claims), 'choice')} of small numbers")


def _not_torch(question: SizeQuestion) -> str:
    """Why torch has no such layer to ask; nothing where it has."""
    if isinstance(question, Adaptive):
        return ""
    rule = question.rule
    alike = rule.kind == "convolution" or (rule.kind == "transposed convolution" and "padding" in rule.hyper)
    if rule.dialect == "torch" or alike:
        return ""
    return f"the question is about {DIALECTS[rule.dialect]}'s {rule.kind}"


def _rounds_up(question: SizeQuestion) -> bool:
    return not isinstance(question, Adaptive | Factor) and question.asked.ceil


def _cells_needed(claim: Claim) -> int:
    """The largest axis that torch would have to hold: input, kernel or output."""
    values = claim.values
    reach = values.get("kernel", 1) * values.get("dilation", 1)
    return int(max(values["in"] + sum(claim.zeros), reach, values["out"]))


def _torch_out(kind: str, claim: Claim, *, ceil: bool, torch: Any, device: torch.device) -> int:
    """The output size of torch's layer along one axis."""
    values, (before, after), functional = claim.values, claim.zeros, torch.nn.functional
    k, s, d, o = (int(values.get(name, x)) for name, x in HYPER_OF_TORCH)
    s = k if kind == "pooling" and "stride" not in values else s
    equal = before if before == after else 0
    x = torch.zeros(1, 1, int(values["in"]), device=device)
    x = x if equal or kind != "convolution" else functional.pad(x, (before, after))
    match kind:
        case "convolution":
            layer = torch.nn.utils.skip_init(torch.nn.Conv1d, 1, 1, k, s, equal, d, device=device)
            out = layer(x)
        case "transposed convolution":
            options = {"stride": s, "padding": equal, "output_padding": o, "dilation": d, "device": device}
            out = torch.nn.utils.skip_init(torch.nn.ConvTranspose1d, 1, 1, k, **options)(x)
        case "pooling":
            out = functional.max_pool1d(x, k, s, equal, d, ceil)
        case "adaptive pooling":
            out = functional.adaptive_avg_pool1d(x, int(values["out"]))
        case _:
            out = functional.interpolate(x, scale_factor=float(values["scale"]))
    return int(out.shape[-1])


HYPER_OF_TORCH: tuple[tuple[Name, int], ...] = (("kernel", 1), ("stride", 1), ("dilation", 1), ("output_padding", 0))


def _stacked(stacks: Sequence[Stack], device: str) -> Iterator[Check]:
    """What comes out of layers, and what an output of them sees."""
    from calc.crosscheck_layers import torch_poked, torch_shapes

    for stack in stacks:
        yield _with_torch(partial(_asked, torch_shapes, stack, device))
        if stack.paths:
            yield _with_torch(partial(_asked, torch_poked, stack, device))


def _asked(ask: Callable[..., Check], stack: Stack, device: str, torch: Any) -> Check:
    return ask(stack, torch, _device(torch, device))


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


def _built(torch: Any, layer: Layer, device: Any) -> Any:
    """torch's layer, its weights as the memory happens to be."""
    kind = getattr(torch.nn, layer.kind())
    if "device" not in layer.signature:
        return kind(**layer.fields())
    if isinstance(layer, Recurrent):  # into whose arguments skip_init cannot look
        return kind(**layer.fields(), device=device)
    return torch.nn.utils.skip_init(kind, **layer.fields(), device=device)


def _torch_count(question: Count, torch: Any) -> Check:
    """Each layer built anew by torch, its parameters counted there; torch's own counter of operations."""
    by = _version(torch)
    built = 0
    for row in question.rows:
        if row.call.layer is None or not row.by_rule:
            continue
        theirs = sum(p.numel() for p in _built(torch, row.call.layer, "meta").parameters())
        if theirs != row.parameters:
            return _differs(by, f" at {row.call.name}", str(row.parameters), str(theirs))
        built += 1
    anew = f"{built} layer{'' if built == 1 else 's'} built anew with the same parameters"
    says: list[str | Expr] = [f"{by} agrees: {anew}" if built else f"{by} agrees"]
    flops, known, between = question.network.flops, question.known_macs, question.network.between
    if not built and flops is None:
        return Check(by, "not run", (f"{by} was not asked: there is no layer here that it can build anew",))
    if flops is not None and flops != 2 * (known + between):
        ours = f"2·({known} + {between})" if between else f"2·{known}"
        return _differs(by, " in the operations that its counter sees", ours, str(flops))
    if flops is not None:
        says += ["; its counter sees " if built else ": its counter sees ", Num(flops), " FLOPs = 2·", Num(known)]
        says += [" + 2·", Num(between), " between activations"] if between else []
    return Check(by, "agrees", tuple(says))
