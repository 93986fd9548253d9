"""What goes into the first layer of a table: as it stands somewhere, or as the first row's numbers need it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from calc.errors import counted, times
from calc.layers.base import Shape
from calc.readers.tables.convolving import channels_of, kernel_of
from calc.readers.tables.entry import Entry
from calc.readers.tables.fits import each
from calc.readers.tables.making import Making
from calc.readers.tables.numbers import Numbers, Shaped

USUAL = (28, 32, 48, 64, 96, 100, 128, 150, 160, 180, 200, 224, 227, 256, 299, 300, 512)
"""Sides of images."""


def begin(making: Making) -> Sequence[Entry]:
    """Take the shape of the input from where it stands; the rows without it."""
    entries = making.said.entries
    head = entries[0]
    row = head.main is not None and head.main.kind == "input"
    own = _input_row(making, head) if row else None
    stated = making.first(making.said.input) if making.said.input else None
    if own is None and head.input is not None and len(head.input.sizes) > 1 and not row:
        own = making.first(head.input)
    own = own or stated
    if making.shape is None:
        making.shape = own
        if own and not row:
            making.built.assumed.append(f"The input is {times(own)}, as the table says.")
        elif own is None and not row:
            making.shape = _guessed(making, head)
    elif own and own != making.shape:
        making.built.differing.append(f"The table has {times(own)} as input; --input {times(making.shape)} is taken.")
    if making.shape is not None:
        making.channels, making.flat = making.shape[0], len(making.shape) == 1
    return entries[1:] if row else entries


def _input_row(making: Making, head: Entry) -> Shape | None:
    """The shape that a row “Input” has."""
    main = head.main
    assert main is not None
    shape = head.output or head.input
    sizes = [
        *([shape.sizes] if shape else []),
        *main.said.sizes,
        *(v for k, v in main.said.given.items() if k == "kernel_size" and isinstance(v, tuple)),
    ]
    best = max(sizes, key=len, default=())
    if len(best) == 3:
        return making.first(shape if shape and shape.sizes == best else Shaped(best))
    if len(best) == 2:
        return (head.filters, *best) if head.filters else _with_channels(making, head, best)
    number = best[0] if best else head.filters
    return (number,) if number else None


def _with_channels(making: Making, head: Entry, sizes: Numbers) -> Shape | None:
    """The sizes with the channels that the parameters of the first convolution give."""
    written = " ".join((head.written, head.remark)).lower()
    for words, channels in (("gr[ae]y|mono|b/w|black and white|mnist", 1), ("rgb|colou?r", 3)):
        if re.search(words, written):
            return channels, *sizes
    first = next((e for e in making.said.entries if e.main and e.main.kind == "conv"), None)
    found = channels_of(making, first) if first else None
    if found is None and sizes == (28, 28):
        making.built.assumed.append("The input is 28×28 without channels: 1 channel is taken.")
        return 1, *sizes
    if found is None:
        return None
    making.built.assumed.append(
        f"The input has {counted(found, 'channel')}: the parameters of the first convolution say so."
    )
    return found, *sizes


def _guessed(making: Making, head: Entry) -> Shape | None:
    """The input that the first row's own numbers need, where nobody says it."""
    main = head.main
    if main is None or main.kind != "conv" or head.output is None or len(head.output.sizes) != 3:
        return None
    channels = channels_of(making, head)
    if channels is None:
        return None
    _, *sizes = making.first(head.output)
    kernel = each(kernel_of(making, head, main, channels)[0], 2)
    grown = [size + k - 1 for size, k in zip(sizes, kernel, strict=True)]
    padding, stride = main.said.given.get("padding"), main.said.given.get("stride", (1,))
    if stride not in ((1,), (1, 1)):
        return None
    valid = padding == (0,) or (
        padding is None and all(s in USUAL for s in grown) and not all(s in USUAL for s in sizes)
    )
    shape = (channels, *(grown if valid else sizes))
    making.built.assumed.append(
        f"The input is not said: {times(shape)} is taken, which gives the output and the parameters of row {head.row}."
    )
    return shape
