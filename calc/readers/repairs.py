"""What is said of a layer that does not take what it receives, and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from calc.errors import counted, times
from calc.layers.base import Layer, Shape
from calc.network import Read
from calc.readers.input_size import of_layers

WANTED = ("in_features", "in_channels", "num_features")
"""The arguments that say how much a layer takes."""
MAKES = {"in_features": ("out_features",), "in_channels": ("out_channels", "kernel_size")}
"""Those that stand beside them when the layer is written."""


def repair(
    where: str,
    layer: Layer,
    shape: Shape,
    misfit: str,
    before: Shape | None,
    other: Callable[[], Shape | None],
    *,
    flatten: str = "`torch.flatten(x, 1)`",
    first: bool = False,
) -> str:
    """The sentence for a layer called `where` that got that shape and refused it with `misfit`.

    `before` is the map that the features were made of, `other` the input at which it would fit, `flatten` how maps are
    flattened where the network was written. `first` if the shape is the network's input, which may be the one to change.
    """
    kind, fields = layer.kind(), layer.fields()
    features = kind == "Linear"
    wanted = next((name for name in WANTED if name in fields), None)
    got = shape[-1 if features else 0] if shape else 0
    if wanted == "in_channels" and shape and len(shape) != layer.axes + 1:
        along = f"{counted(fields[wanted], 'channel')} along {layer.axes} {'axis' if layer.axes == 1 else 'axes'}"
        such = times((fields[wanted], *(shape[-1],) * layer.axes))
        return f"`{where}` ({kind}) expects {along}, such as {such}, but receives {times(shape)}"
    if not wanted or not shape or fields[wanted] == got:
        return f"at `{where}`, {misfit}"
    takes = fields[wanted]
    if features and (len(shape) > 2 or (len(shape) > 1 and prod(shape) == takes)):
        write = "" if prod(shape) == takes else f", and write `Linear({prod(shape)}, {fields['out_features']})`"
        return f"`{where}` expects {takes} features but receives {times(shape)}: flatten it first, {flatten}{write}"
    flattened = map_of(got, before) if features and before and len(shape) == 1 else ()
    split = f" = {'·'.join(map(str, flattened))}" if flattened else ""
    rest = [str(fields[name]) for name in MAKES.get(wanted, ())]
    more = ", …" if not features and rest else ""
    write = f"write `{kind}({', '.join([str(got), *rest])}{more})`"
    fits = other() if flattened else None
    feed = (
        f", or feed {times(fits[1:])} images"
        if fits and len(fits) > 2
        else f", or feed {fits[1]} steps"
        if fits
        else ""
    )
    if first and not fits:
        feed = f", or feed {times((takes, *shape[1:]))}" if len(shape) > 1 else f", or feed {counted(takes, 'feature')}"
    what = counted(takes, "feature" if features else "channel")
    return f"`{where}` expects {what} but receives {got}{split}: {write}{feed}"


def map_of(features: int, before: Shape) -> Shape:
    """The map that was flattened: the last one seen, or one of its channels that functions made smaller alike; else nothing."""
    channels, *sizes = before
    side = round((features / channels) ** (1 / len(sizes))) if sizes else 0
    return next((shape for shape in (before, (channels, *(side,) * len(sizes))) if prod(shape) == features), ())


def misfits(done: Sequence[Read], name: str, layer: Layer, shape: Shape, misfit: str) -> str:
    """The sentence for a layer of a text that does not take what those before it give."""
    layers = [*((read.name, read.layer) for read in done), (name, layer)]
    given = next((read.input for read in done if read.input), None)

    def other() -> Shape | None:
        taken = of_layers(layers, given=given)
        return taken and taken.shape

    before = flattened_from([given, *(read.output for read in done)])
    return repair(name, layer, shape, misfit, before, other, flatten="`Flatten()`", first=not done)


def flattened_from(shapes: Sequence[Shape | None]) -> Shape | None:
    """The last map among the shapes that came out."""
    return next((shape for shape in reversed(shapes) if shape and len(shape) > 1), None)
