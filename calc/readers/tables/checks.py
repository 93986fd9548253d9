"""What a row says goes in, comes out and is learned, against what its layers give."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from calc.errors import times
from calc.layers.base import Shape
from calc.layers.norm import BatchNorm
from calc.network import Read
from calc.readers.tables.entry import Entry
from calc.readers.tables.fits import alike, grouped, led
from calc.readers.tables.making import Making
from calc.readers.tables.sequences import learned

MOST_EXPLAINED = 40
"""Wrong numbers of parameters for which the rule that leads to them is looked for."""


def check_input(making: Making, entry: Entry) -> None:
    """What the table says goes in; where nothing is known yet, that is taken."""
    if entry.input is None:
        return
    theirs = making.first(entry.input)
    if making.shape is None:
        if len(theirs) > 2 and not making.flat:
            making.shape, making.channels, making.flat = theirs, theirs[0], False
        return
    if (
        not alike(making.shape, theirs)
        and not (len(theirs) == 1 and theirs[0] in (making.shape[0], prod(making.shape)))
        and making.shape[1:] != theirs
    ):
        making.built.differing.append(
            f"Row {entry.row} ({entry.written}): the table has {times(theirs)} going in, {times(making.shape)} comes from the row above."
        )


def check_output(making: Making, entry: Entry, reads: Sequence[Read]) -> None:
    """What the table says comes out, against what does; where that is unknown, the table's is taken."""
    if entry.output is None or (entry.main and entry.main.kind == "input"):
        return
    theirs = making.first(entry.output)
    if making.shape is None:
        if len(theirs) > 2 and not making.flat and theirs[0] == making.channels:
            making.shape = theirs
        elif making.flat and len(theirs) == 1:
            making.shape, making.channels = theirs, theirs[0]
        return
    inner = [read.output for read in reads[:-1] if read.output]
    if not any(_agrees(ours, theirs) for ours in (making.shape, *inner)):
        making.built.differing.append(
            f"Row {entry.row} ({entry.written}): the table has {times(theirs)} coming out, {times(making.shape)} does here."
        )


def _agrees(ours: Shape, theirs: Shape) -> bool:
    if alike(ours, theirs):
        return True
    if len(theirs) == 1:
        return theirs[0] in {*ours, prod(ours)}
    return len(ours) > 1 and len(theirs) == 2 and ours[1:] == theirs


def check_count(making: Making, entry: Entry, reads: Sequence[Read]) -> None:
    """The parameters that the table has for the row, against those that its layers have."""
    if entry.count is None:
        return
    layers = [read.layer for read in reads if read.layer]
    theirs, ours = entry.count, sum(map(learned, reads))
    statistics = sum(2 * layer.num_features for layer in layers if isinstance(layer, BatchNorm))
    if theirs.fits(ours):
        making.built.counted += 1
    elif statistics and theirs.fits(ours + statistics):
        making.built.counted += 1
        making.built.with_statistics = True
        making.built.off += statistics
    else:
        making.built.off += theirs.number - ours
        led_by = layers if len(making.built.differing) < MOST_EXPLAINED else ()
        why = next((f": {why}" for layer in led_by for why in led(layer, theirs.number - ours)), "")
        making.built.differing.append(
            f"Row {entry.row} ({entry.written}): the table has {grouped(theirs.number)} parameters, {grouped(ours)} are right here{why}."
        )
