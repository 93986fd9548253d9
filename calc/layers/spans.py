"""Which input cells one output cell sees along an axis, as the span from the first to the last."""

from __future__ import annotations

from math import gcd

NONE = range(0)
"""It sees no cell of the input."""


def between(first: int, last: int, size: int) -> range:
    """The cells from `first` to `last` that the input has."""
    return range(max(first, 0), min(last, size - 1) + 1)


def taps(first: int, step: int, count: int, size: int) -> range:
    """The span of those of the places first, first + step, … that the input has."""
    low, high = max(0, -(first // step)), min(count - 1, (size - 1 - first) // step)
    return range(first + low * step, first + high * step + 1) if low <= high else NONE


def around(first: int, step: int, count: int, size: int, mode: str) -> range:
    """The same where the places outside show cells of the input, as that padding mode has them."""
    ends: list[int] = []
    before, upto = -(first // step), (size - 1 - first) // step + 1
    for start, stop in ((0, before), (before, upto), (upto, count)):
        start, stop = max(start, 0), min(stop, count)
        if start < stop:
            ends += [shown(first + i * step, size, mode) for i in (start, stop - 1)]
    return range(min(ends), max(ends) + 1)


def shown(place: int, size: int, mode: str) -> int:
    """The cell of the input that a place in or around it shows."""
    if 0 <= place < size:
        return place
    match mode:
        case "reflect":
            return -place if place < 0 else 2 * (size - 1) - place
        case "circular":
            return place % size
    return 0 if place < 0 else size - 1


def spread(place: int, stride: int, dilation: int, count: int, size: int) -> range:
    """The span of the cells j that a transposed layer spreads to `place`: j·stride + dilation·t, for a tap t below `count`."""
    common = gcd(stride, dilation)
    if place % common:
        return NONE
    period = stride // common
    first = place // common * pow(dilation // common, -1, period) % period
    least, most = max(0, -(((size - 1) * stride - place) // dilation)), min(count - 1, place // dilation)
    least += (first - least) % period
    most -= (most - first) % period
    return (
        range((place - dilation * most) // stride, (place - dilation * least) // stride + 1) if least <= most else NONE
    )
