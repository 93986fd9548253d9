"""The layers that fit what a layer table says: padding “same”, windows to try, and why a kernel does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from calc.errors import Impossible, times
from calc.layers import values
from calc.layers.base import Layer, Shape
from calc.layers.conv import Conv
from calc.layers.pool import Windows
from calc.readers.tables.numbers import Numbers, Said


def said_kernel(said: Said) -> Numbers | None:
    """The kernel that a row says, without channels beside it."""
    given = said.given.get("kernel_size")
    sizes = [given] if isinstance(given, tuple) else [size for size in said.sizes if len(size) > 1]
    return _sides(sizes[0]) if sizes else None


def _sides(size: Numbers) -> Numbers:
    """The sides of a kernel in 5x5x32, 3x3x16x32 or 32x5x5."""
    if len(size) < 3:
        return size
    return size[1:] if len(size) == 3 and size[0] != size[1] == size[2] else size[:2]


def kernel_among(numbers: Sequence[int]) -> Numbers | None:
    """The kernel among the numbers of a constructor: (in, out, kernel), (filters, kernel)."""
    return (numbers[2],) if len(numbers) > 2 else (numbers[1],) if len(numbers) == 2 else None


def same_padding(kernel: Shape, dilation: Shape, stride: Shape, sizes: Shape | None) -> dict[str, Any]:
    """The arguments of padding “same”: the output is the input, of those sizes, over the stride, rounded up."""
    _refuse_still(stride)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    if all(s == 1 for s in stride):
        even = any(span % 2 == 0 for span in spans)
        return {"padding": "same" if even else tuple(span // 2 for span in spans)}
    if sizes is None:
        return {"stride": stride, "padding": tuple(span // 2 for span in spans)}
    missing = [max(0, (-(-n // s) - 1) * s + span - n) for n, s, span in zip(sizes, stride, spans, strict=True)]
    return {"stride": stride, "padding": tuple(-(-m // 2) for m in missing)}


def same_transposed(kernel: Shape, stride: Shape) -> dict[str, Any]:
    """The arguments of padding “same” of a transposed convolution: the output is the input times the stride."""
    _refuse_still(stride)
    padding = tuple(max(0, -(-(k - s) // 2)) for k, s in zip(kernel, stride, strict=True))
    extra = tuple(s - k + 2 * p for k, s, p in zip(kernel, stride, padding, strict=True))
    return {"stride": stride, "padding": padding, "output_padding": extra}


def _refuse_still(stride: Shape) -> None:
    if not all(stride):
        raise Impossible("a stride of 0 does not move the window: it is at least 1")


def windows(
    axes: int,
    kernel: Numbers | None,
    stride: Numbers | None,
    fixed: Mapping[str, Any],
    sizes: Sequence[tuple[int, int]],
) -> list[dict[str, Any]]:
    """The windows of a pooling in the order in which they are tried, the usual first; `sizes` go in and come out."""
    sides = [each(kernel, axes)] if kernel else [(k,) * axes for k in (2, *(stride or ()), 3, *range(4, 17))]
    if kernel is None and sizes:
        sides.append(tuple(max(1, size // out) for size, out in sizes))
    made: list[dict[str, Any]] = []
    for side in sides:
        for step in [each(stride, axes)] if stride else [side, *((s,) * axes for s in (2, 1, 3))]:
            plain = {"kernel_size": side, "stride": step}
            made.append({**plain, **fixed})
            if not fixed:
                made += [plain | {"padding": tuple(k // 2 for k in side)}, plain | {"ceil_mode": True}]
    return made


def grouped(number: int) -> str:
    """61 706"""
    return f"{number:,}".replace(",", " ")


def rows(numbers: Sequence[int]) -> str:
    """row 3; rows 1 to 4 and 7"""
    spans: list[list[int]] = []
    for row in sorted(set(numbers)):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    words = [str(a) if a == b else f"{a} to {b}" if b > a + 1 else f"{a}, {b}" for a, b in spans[:12]]
    many = len(set(numbers)) > 1
    more = f" and {len(spans) - 12} more" if len(spans) > 12 else ""
    return f"row{'s' if many else ''} {', '.join(words)}{more}"


def each(value: Numbers | str | None, axes: int) -> Shape:
    """A number along each axis; one stands for all."""
    assert isinstance(value, tuple)
    if len(value) not in (1, axes):
        raise Impossible(f"{times(value)} has {len(value)} sizes, and the layer works along {axes} axes")
    return value if len(value) == axes else value * axes


def gives(class_: type[Layer], option: Mapping[str, Any], shape: Shape, wanted: Shape) -> Layer | None:
    """The layer with these arguments, if it makes maps of the wanted sizes."""
    try:
        layer = class_.of(option)
        return layer if layer.output_shape(shape)[1:] == wanted else None
    except Impossible:
        return None


def alike(ours: Shape, theirs: Shape) -> bool:
    """Whether two shapes are one, but for sizes of 1 at their end."""
    bare = [tuple(n for n in shape[1:] if n != 1) for shape in (ours, theirs)]
    return ours == theirs or (ours[:1] == theirs[:1] and bare[0] == bare[1] and not any(bare))


def refuse_small(layer: Layer, shape: Shape) -> None:
    """A kernel that is larger than the map, in the words of the field."""
    if not isinstance(layer, Conv | Windows) or len(shape) != layer.axes + 1:
        return
    fields = layer.fields()
    kernel, padding = fields["kernel_size"], fields.get("padding", 0)
    spans = [
        d * (k - 1) + 1
        for k, d in zip(_for_each(kernel, layer.axes), _for_each(fields.get("dilation", 1), layer.axes), strict=True)
    ]
    sides = [0] * layer.axes if isinstance(padding, str) else _for_each(padding, layer.axes)
    if padding != "same" and any(n + 2 * p < span for n, p, span in zip(shape[1:], sides, spans, strict=True)):
        padded = f" with padding {max(sides)}" if any(sides) else " without padding"
        raise Impossible(
            f"a {times(kernel)} kernel does not fit a map of {times(shape[1:])}{padded}: a smaller kernel, more padding, or one pooling less before it would"
        )


def _for_each(value: object, axes: int) -> tuple[int, ...]:
    return values.sizes("", "", value, axes)


def led(layer: Layer, off: int) -> Iterator[str]:
    """Why the parameters of a layer would come out as many too many, as learners do it."""
    letters = layer.letters()
    true = type(layer).params
    for wrong in type(layer).misconceptions() if off else ():
        known = wrong.about == "params" and wrong.rule.free <= set(letters)
        if known and wrong.rule.value(letters) - true.value(letters) == off:
            yield wrong.why
