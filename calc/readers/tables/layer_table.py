"""A network out of a layer table, as reports have them: what it leaves open is taken by a convention and said."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from calc.errors import Impossible, counted
from calc.layers.base import Shape
from calc.network import Network
from calc.readers.input_size import USUAL, Taken, of_layers
from calc.readers.tables.building import build
from calc.readers.tables.columns import columns_of
from calc.readers.tables.entries import read_entries
from calc.readers.tables.entry import CONVOLVING, Entries, Entry
from calc.readers.tables.fits import grouped
from calc.readers.tables.making import Built, Making, Reading
from calc.readers.tables.sequences import learned
from calc.readers.tables.text import TableText, find_head, read_table_text
from calc.readers.tables.unheaded import headed

MOST_SAID = 40
"""Differences that are said."""


def looks_like_table(text: str) -> bool:
    """Whether a line of the text has the headings of a layer table, or its lines are rows of one that has none."""
    return find_head(headed(text)) is not None


def read_layer_table(text: str, name: str, shape: Shape | None) -> Network:
    """The network that the table in a text describes; `name` is its file, `shape` the input, where it is given.

    Raises `Impossible`, naming the row, where a layer is not known, does not fit, or lacks a number.
    """
    table = read_table_text(headed(text), name)
    if table is None:
        raise Impossible(
            f"{name} holds no layer table: its first row should name columns such as Layer type, Filters, Kernel size"
        )
    said, turned, built = _likeliest(table, name, shape)
    taken = None if built.input else _taken(said, name, len(_differences(said, built)))
    input_, built = taken or (None, built)
    notes = [*said.notes, *turned, *([input_.note] if input_ else []), *built.assumed]
    notes += [*_counted(built), *_shortened(_differences(said, built))]
    network = Network.of_layers(said.name, built.reads, built.input, notes)
    return replace(network, inferred=input_ is not None)


def _taken(said: Entries, name: str, off: int) -> tuple[Taken, Built] | None:
    """The input that nobody says, as the linear layer needs it, and the table on it; a usual one where padding is open."""
    found: list[tuple[Taken, Built]] = []
    for same in (False, True):
        reading = Reading(same, said.first is not False)
        try:
            reads = build(Making(said, name, reading, None)).reads
            taken = of_layers([(read.name, read.layer) for read in reads], flattens=True)
            if taken is None:
                continue
            built = build(Making(said, name, reading, taken.shape))
        except Impossible:
            continue
        if len(_differences(said, built)) <= off:
            found.append((taken, built))
    usual = [(taken, built) for taken, built in found if taken.shape[-1] in USUAL]
    if usual or len({taken.shape for taken, _ in found}) == 1:
        return (usual or found)[0]
    return None


def _likeliest(table: TableText, name: str, shape: Shape | None) -> tuple[Entries, list[str], Built]:
    """The rows under the reading of the columns that differs least from what they say; the first where two are alike."""
    best: tuple[int, tuple[Entries, list[str], Built]] | None = None
    fault: Impossible | None = None
    for columns in columns_of(table, name):
        try:
            said = read_entries(table, name, columns)
            turned = _turned(said)
            built = _best(said, name, shape)
        except Impossible as refused:
            fault = fault or refused
            continue
        off = len(_differences(said, built))
        if (best is None or off < best[0]) and (fault is None or not off):
            best = (off, (said, turned, built))
        if not off:
            break
    if best is None:
        assert fault is not None
        raise fault
    return best[1]


def _turned(said: Entries) -> list[str]:
    """Put rows that go from the output to the input the other way round."""
    kinds = [entry.main.kind for entry in said.entries if entry.main]
    weighted = [kind for kind in kinds if kind in (*CONVOLVING, "linear")]
    backwards = kinds[-1] == "input" != kinds[0] or (
        len(weighted) > 1
        and weighted[0] == "linear"
        and weighted[-1] in CONVOLVING
        and weighted == sorted(weighted, key="linear".__ne__)
    )
    if not backwards or _generates(said.entries):
        return []
    said.entries.reverse()
    return ["The table goes from the output to the input: it is read from its last row up."]


def _generates(entries: list[Entry]) -> bool:
    """Whether features are turned into maps, as a generator does it: there a linear layer comes first."""
    return any(entry.main and entry.main.kind in ("reshape", "unflatten", "transposed") for entry in entries)


def _best(said: Entries, name: str, shape: Shape | None) -> Built:
    """The reading of what the table leaves open that differs least from what it says."""
    best: tuple[tuple[int, int], Built] | None = None
    fault: tuple[int, Impossible] | None = None
    firsts = (True, False) if said.first is None else (said.first,)
    for first, same in product(firsts, (False, True)):
        making = Making(said, name, Reading(same, first), shape)
        try:
            built = build(making)
        except Impossible as refused:
            if fault is None or making.made > fault[0]:
                fault = (making.made, refused)
            continue
        rank = (len(_differences(said, built)), built.odd)
        if best is None or rank < best[0]:
            best = (rank, built)
        if rank == (0, 0):
            break
    if best is None:
        assert fault is not None
        raise fault[1]
    return best[1]


def _shortened(notes: list[str]) -> list[str]:
    more = len(notes) - MOST_SAID
    return [*notes[:MOST_SAID], f"{counted(more, 'difference')} more."] if more > 0 else notes


def _counted(built: Built) -> list[str]:
    """That the table counts more than parameters, as Keras does."""
    if not built.with_statistics:
        return []
    number = grouped(built.statistics)
    return [
        f"The table counts the {number} running means and variances of batch normalisation as parameters, as Keras does."
    ]


def _differences(said: Entries, built: Built) -> list[str]:
    """Where the table says something else than its own layers give: row by row, then its total."""
    notes = list(built.differing)
    if not said.totals:
        return notes
    ours = sum(map(learned, built.reads))
    total = said.totals.get("total")
    trainable = said.totals.get("trainable")
    if total and not total.fits(ours) and not total.fits(ours + built.statistics):
        theirs = ours + built.off
        rows = "the sum of its rows" if total.fits(theirs) else f"where its rows add up to {grouped(theirs)}"
        summed = f", {rows}" if built.counted else ""
        notes.append(
            f"The table's total is {grouped(total.number)} parameters{summed}: {grouped(ours)} are right here."
        )
    if trainable and not trainable.fits(ours) and total and total.fits(ours):
        notes.append(
            f"The table has {grouped(trainable.number)} of {grouped(total.number)} parameters trainable, and not which: all are taken to be so."
        )
    elif trainable and not trainable.fits(ours):
        notes.append(f"The table has {grouped(trainable.number)} trainable parameters, {grouped(ours)} are right here.")
    return notes
