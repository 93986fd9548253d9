"""One forward pass of a network on an image, for the sake of one layer: its filters and the maps it makes.

What is told are the convolutions as torch is asked for them, so that weights which are worked out on the way, and
layers of one's own, are seen as they are.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from calc.errors import Impossible, at, counted, listed, nearest, printable, times
from calc.readers.describing import fields_of, kind_of
from calc.readers.operations import tensors_of

MOST_NUMBERS = 2**25
"""Numbers of the maps and of the filters that are sent back."""

LONGEST_NAME = 100

NAMED = 12
"""Layers that a message names."""


class Convolved(NamedTuple):
    """A convolution that torch was asked for, by the arguments of `aten::convolution`, and what came out."""

    given: Tensor
    weight: Tensor
    bias: Tensor | None
    made: Tensor
    stride: list[int]
    padding: list[int]
    dilation: list[int]
    transposed: bool
    groups: int


class OtherChannels(Exception):
    """The first convolution wants another number of channels than the image has."""

    def __init__(self, layer: str, wanted: int) -> None:
        self.layer, self.wanted = layer, wanted


class Pass(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A forward pass in which one layer is watched, or the first that convolves."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """torch would import its compiler to keep it off this class."""
        return False

    def __init__(self, network: nn.Module, layer: nn.Module | None, channels: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.network, self.layer, self.channels = network, layer, channels
        self.names = {id(module): name for name, module in network.named_modules()}
        self.within: list[tuple[nn.Module, list[tuple[int, ...]]]] = []
        self.calls: Counter[int] = Counter()
        self.shapes: dict[str, list[tuple[int, ...]]] = {}
        self.convolved: Convolved | None = None
        self.more = 0
        self.took: tuple[int, ...] = ()
        self.made: Any = None
        self.convolutions = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if str(func._schema.name) != "aten::convolution":
            return func(*args, **(kwargs or {}))
        wanted = args[1].shape[0] if args[6] else args[1].shape[1] * args[8]
        self.convolutions += 1
        if self.convolutions == 1 and args[0].shape[1] != wanted and args[0].shape[1] == self.channels:
            raise OtherChannels(self.called(self.innermost), int(wanted))
        module, first = self.innermost, self.layer is None
        if first or (module is self.layer and self.made is None):
            self.layer = module
            if self.convolved:
                self.more += 1
            else:
                given = args[0].clone()  # what follows may change it in place
                made = func(*args, **(kwargs or {}))
                bias = None if args[2] is None else args[2].clone()
                stride, padding, dilation, transposed, _, groups = args[3:9]
                self.convolved = Convolved(
                    given, args[1].clone(), bias, made.clone(), stride, padding, dilation, transposed, groups
                )
                return made
        return func(*args, **(kwargs or {}))

    @property
    def innermost(self) -> nn.Module:
        return self.within[-1][0] if self.within else self.network

    def called(self, module: nn.Module) -> str:
        """Its name in the network, as it may stand in a sentence."""
        return printable(self.names.get(id(module), "") or type(self.network).__name__, LONGEST_NAME)

    def enter(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        self.within.append((module, [tuple(tensor.shape) for tensor in tensors_of((args, kwargs))]))

    def leave(self, module: nn.Module, _: Any, __: Any, made: Any) -> None:
        _, took = self.within.pop()
        self.calls[id(module)] += 1
        if module is not self.network:
            self.shapes.setdefault(self.called(module), [tuple(tensor.shape) for tensor in tensors_of(made)])
        if module is self.layer and self.made is None:
            self.took = took[0] if took else ()
            self.made = made.clone() if isinstance(made, Tensor) else made

    def run(self, image: Tensor) -> Exception | None:
        """What ended the pass before its end, if anything did."""
        hooks = []
        for module in self.network.modules():
            hooks.append(module.register_forward_pre_hook(self.enter, with_kwargs=True, prepend=True))
            hooks.append(module.register_forward_hook(self.leave, with_kwargs=True))
        try:
            with torch.no_grad(), self:
                self.network(image[None])
        except OtherChannels:
            raise
        except Exception as fault:  # a stranger's forward may raise anything
            return fault
        finally:
            for hook in hooks:
                hook.remove()
        return None


def watched(network: nn.Module, name: str, images: Sequence[Tensor], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The maps of a layer as plain data. `images` are the same image in as many channels as it can be read in.

    `asked` has the `layer` by its name ("" for the first that convolves), the `filters` that are told, and the `cell`
    that is worked, or none for the one furthest from 0; all are counted from 0.
    """
    if any(isinstance(module, torch.jit.ScriptModule) for module in network.modules()):
        raise Impossible(
            f"{printable(name)} is compiled by torch.jit, and nobody sees into it: give it as it was before"
        )
    layer = _layer(network, str(asked["layer"])) if asked["layer"] else None
    kind = next((p.dtype for p in network.parameters() if p.is_floating_point()), torch.float32)
    ran, image, fault = _ran(network, layer, [image.to(kind) for image in images])
    called = printable(str(asked["layer"]), LONGEST_NAME) or ran.called(ran.layer or network)
    if ran.convolved is None and ran.made is None:
        raise _not_reached(ran, called, image, fault)
    maps = _maps(ran, called)
    chosen, at_map, cell = _chosen(maps[0], asked, called, "filter" if ran.convolved else "map")
    told = maps[0, chosen]
    if not told.isfinite().all():
        raise Impossible(f"`{called}` makes numbers beyond all bounds, or none (NaN): there is nothing to draw")
    assert ran.layer is not None
    return {
        "network": name,
        "layer": called,
        "kind": kind_of(ran.layer) or type(ran.layer).__name__,
        "mode": str(getattr(ran.layer, "padding_mode", "zeros")),
        "image": list(image.shape),
        "took": list(ran.took[1:]),
        "made": list(maps.shape[1:]),
        "direct": ran.took[1:] == image.shape,
        "chosen": chosen,
        "worked": at_map,
        "cell": cell,
        "maps": _packed(told),
        "eps": torch.finfo(maps.dtype).eps,
        "numbers": str(maps.dtype).removeprefix("torch."),
        "calls": ran.calls[id(ran.layer)],
        "convolutions": ran.more + 1 if ran.convolved else 0,
        "batch": maps.shape[0],
        "goes_on": ran.convolved is not None and ran.made is not None and not _same(ran.made, maps),
        "ended": _ended(ran, fault) if fault else "",
        "inside": _inside(ran),
    } | (_filters(ran.convolved, chosen, at_map, cell) if ran.convolved else {})


def _layer(network: nn.Module, wanted: str) -> nn.Module:
    """The layer of that name."""
    held: dict[str, nn.Module] = dict(network.named_modules(remove_duplicate=False))
    if wanted in held:
        return held[wanted]
    there = [name for name, module in held.items() if name and not any(True for _ in module.children())]
    names = [printable(name, 40) for name in there]
    also = nearest(printable(wanted), names) or (f": there is {_some(names)}" if there else ": it has no layers inside")
    raise Impossible(f"the network has no layer “{printable(wanted)}”{also}")


def _some(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - NAMED
    return f"{', '.join(names[:NAMED])} and {more} more" if more > 0 else listed(names)


def _ran(
    network: nn.Module, layer: nn.Module | None, images: Sequence[Tensor]
) -> tuple[Pass, Tensor, Exception | None]:
    """A pass on the image in the channels that the network takes, and what ended it early."""
    tried: tuple[Pass, Tensor, Exception | None] | None = None
    for image in images:
        ran = Pass(network, layer, len(image))
        try:
            fault = ran.run(image)
        except OtherChannels as other:
            fitting = next((each for each in images if len(each) == other.wanted), None)
            if fitting is None:
                have = " or ".join(str(len(each)) for each in sorted(images, key=len))
                raise Impossible(
                    f"`{other.layer}` takes {counted(other.wanted, 'channel')}, and the image has {have}: "
                    f"give an array of {other.wanted}×H×W, as .npy or text"
                ) from None
            ran = Pass(network, layer, 0)
            return ran, fitting, ran.run(fitting)
        if fault is None or ran.convolved or ran.made is not None:
            return ran, image, fault
        tried = tried or (ran, image, fault)
    assert tried
    return tried


def _not_reached(ran: Pass, called: str, image: Tensor, fault: Exception | None) -> Exception:
    """Why the layer has made nothing."""
    if fault is not None:
        misfit = _misfit(ran)
        where = f"on an image of {times(image.shape)} the pass ends at `{ran.called(ran.innermost)}`"
        return Impossible(f"{where}: {misfit}") if misfit else fault
    drawn = _some(making) if (making := _making_maps(ran)) else ""
    if ran.layer is None:
        also = f": choose a layer that makes maps with --layer: {drawn}" if drawn else ", and no layer makes maps"
        return Impossible(f"the network convolves nothing{also}")
    also = f": those that are and make maps are {drawn}" if drawn else ""
    return Impossible(f"`{called}` is not called when the network runs{also}")


def _making_maps(ran: Pass) -> list[str]:
    """The layers that were called and made maps."""
    return [f"`{name}`" for name, made in ran.shapes.items() if made and len(made[0]) == 4]


def _misfit(ran: Pass) -> str:
    """Why the layer at which the pass ended cannot take what it was given, if its own rule says so."""
    from calc.layers.known import BY_KIND  # costs a tenth of a second

    module, given = ran.within[-1] if ran.within else (ran.network, [])
    kind = kind_of(module)
    if kind not in BY_KIND or not given:
        return ""
    known = BY_KIND[kind]
    try:
        fields = {name: value for name, value in (fields_of(module) or {}).items() if name in known.arguments()}
        known.of(fields).output_shape(given[0][1:])
    except Impossible as misfit:
        return str(misfit)
    return ""


def _ended(ran: Pass, fault: Exception) -> str:
    """Where the pass ended after the layer, and why."""
    said = (str(fault).strip().splitlines() or ["no reason is given"])[0]
    return f"`{ran.called(ran.innermost)}`: {_misfit(ran) or printable(said, 200)}"


def _maps(ran: Pass, called: str) -> Tensor:
    """What the layer made, N×M×H×W."""
    made = ran.convolved.made if ran.convolved else ran.made
    if ran.convolved and made.dim() != 4:
        axes = made.dim() - 2
        raise Impossible(
            f"`{called}` slides along {'one axis, that of a signal' if axes == 1 else 'three axes, those of a volume'}: "
            f"maps of images are drawn; `cnncalc conv --dims {axes}` works one out"
        )
    if not isinstance(made, Tensor) or made.dim() != 4 or not made.is_floating_point() or not made.numel():
        what = times(made.shape[1:]) or "a number" if isinstance(made, Tensor) else type(made).__name__
        making = _making_maps(ran)
        also = f": choose among {_some(making)}" if making else ""
        raise Impossible(f"`{called}` gives {what}, and no maps of M×H×W{also}")
    return made


def _same(one: Any, other: Tensor) -> bool:
    return isinstance(one, Tensor) and one.shape == other.shape and bool((one == other).all())


def _inside(ran: Pass) -> list[str]:
    """The layers in the layer that make maps."""
    assert ran.layer is not None
    prefix = f"{ran.called(ran.layer)}." if ran.names.get(id(ran.layer)) else ""
    return [
        name
        for name, made in ran.shapes.items()
        if name != ran.called(ran.layer) and name.startswith(prefix) and made and len(made[0]) == 4
    ][:NAMED]


def _chosen(maps: Tensor, asked: Mapping[str, Any], called: str, word: str) -> tuple[list[int], int, list[int]]:
    """The maps that are told, which of them is worked, and at which cell."""
    many, rows, columns = maps.shape
    match asked["filters"]:
        case {"these": list(these)}:
            beyond = next((i for i in these if i >= many), None)
            if beyond is not None:
                raise Impossible(f"`{called}` has {counted(many, word)}: there is no {word} {beyond + 1}")
            chosen = list(these)
        case {"strongest": int(count)}:
            strength = maps.double().abs().mean((1, 2)).tolist()
            chosen = sorted(range(many), key=lambda i: (-strength[i], i))[:count]
        case {"first": int(count)}:
            chosen = list(range(min(count, many)))
    *which, row, column = asked["cell"] or (-1, -1)
    at_map = which[0] if which else chosen[0]
    if not 0 <= at_map < many:
        raise Impossible(f"`{called}` has {counted(many, word)}: there is no {word} {at_map + 1}")
    chosen = chosen if at_map in chosen else [*chosen, at_map]
    if len(chosen) * max(rows * columns, 1) > MOST_NUMBERS:
        raise Impossible(
            f"{counted(len(chosen), 'map')} of {rows}×{columns} have more than the {MOST_NUMBERS} numbers that are drawn: "
            "choose fewer --filters, or --resize the image"
        )
    if row < 0:
        row, column = divmod(int(maps[at_map].abs().argmax()), columns)
    elif row >= rows or column >= columns:
        raise Impossible(f"there is no cell {at((row, column))}: the maps of `{called}` have {rows}×{columns} cells")
    return chosen, at_map, [row, column]


def _filters(done: Convolved, chosen: Sequence[int], at_map: int, cell: Sequence[int]) -> dict[str, Any]:
    """The chosen filters, M×C×k_h×k_w, and what lies under the one that is worked."""
    maps, channels = done.made.shape[1], done.given.shape[1]
    depth, each = channels // done.groups, maps // done.groups
    first = at_map // each * depth
    x = done.given[0, first : first + depth]
    if done.transposed:
        weight = done.weight.reshape(done.groups, depth, each, *done.weight.shape[2:]).transpose(1, 2).flatten(0, 1)
        patch = _stamped(x, done, cell)
    else:
        weight = done.weight
        patch = _covered(x, done, cell)
    if len(chosen) * weight[0].numel() > MOST_NUMBERS:
        raise Impossible(
            f"{counted(len(chosen), 'filter')} have more than the {MOST_NUMBERS} numbers that are drawn: choose fewer --filters"
        )
    return {
        "filters": {
            "weights": _packed(weight[list(chosen)]),
            "worked": _packed(weight[at_map]),
            "bias": None if done.bias is None else _packed(done.bias[list(chosen)]),
            "patch": _packed(patch),
            "first": first,
            "channels": channels,
            "size": list(done.given.shape[2:]),
            "stride": done.stride,
            "padding": done.padding,
            "dilation": done.dilation,
            "groups": done.groups,
            "transposed": done.transposed,
        }
    }


def _covered(x: Tensor, done: Convolved, cell: Sequence[int]) -> Tensor:
    """The cells under the filter, C×k_h×k_w; 0 in the padding."""
    (above, left), (down, right) = done.padding, done.dilation
    padded = nn.functional.pad(x, (left, left, above, above))
    (row, column), (high, wide) = (i * s for i, s in zip(cell, done.stride, strict=True)), done.weight.shape[2:]
    rows, columns = row + down * (high - 1) + 1, column + right * (wide - 1) + 1
    return padded[:, row:rows:down, column:columns:right]


def _stamped(x: Tensor, done: Convolved, cell: Sequence[int]) -> Tensor:
    """For each weight of a transposed convolution the cell that stamps it there, C×k_h×k_w; 0 where none does."""
    patch = x.new_zeros(len(x), *done.weight.shape[2:])
    sources = []
    for axis, place in enumerate(cell):
        taps = [place + done.padding[axis] - done.dilation[axis] * tap for tap in range(patch.shape[axis + 1])]
        stride, size = done.stride[axis], x.shape[axis + 1]
        sources.append(
            [(tap, n // stride) for tap, n in enumerate(taps) if n % stride == 0 and 0 <= n // stride < size]
        )
    for i, row in sources[0]:
        for j, column in sources[1]:
            patch[:, i, j] = x[:, row, column]
    return patch


def unpacked(kinds: Sequence[Mapping[str, Any]], data: bytearray) -> list[Tensor]:
    """The images of those shapes that the bytes hold one after the other, as doubles."""
    numbers, images, start = torch.frombuffer(data, dtype=torch.float64), [], 0
    for kind in kinds:
        shape = torch.Size(kind["shape"])
        images.append(numbers[start : start + shape.numel()].reshape(shape))
        start += shape.numel()
    return images


def _packed(tensor: Tensor) -> dict[str, Any]:
    """Numbers as they travel: their shape, and their bytes as doubles or singles."""
    wide = tensor.dtype == torch.float64
    numbers = tensor.detach().to(torch.float64 if wide else torch.float32).contiguous().numpy()
    return {
        "shape": list(tensor.shape),
        "kind": "<f8" if wide else "<f4",
        "bytes": base64.b64encode(numbers.astype("<f8" if wide else "<f4").tobytes()).decode(),
    }
