"""A row of a layer table as layers with the numbers that its cells say, and all that the table says."""

from __future__ import annotations

from dataclasses import dataclass, field

from calc.readers.tables.numbers import Counted, Said, Shaped
from calc.readers.tables.words import ACTIVATIONS, Item

CONVOLVING = ("conv", "depthwise", "pointwise", "transposed")
"""The families that have filters."""


@dataclass
class Entry:
    """A row of the table: its layers, and what its other cells say of what goes in, comes out and is learned."""

    row: int
    name: str
    written: str
    items: list[Item]
    filters: int | None = None
    above: int | None = None
    """The filters of the convolution above, where this one's are a dash."""
    input: Shaped | None = None
    output: Shaped | None = None
    channels_alone: bool = True
    """Whether a single number for what comes out counts channels, not cells along an axis."""
    count: Counted | None = None
    kernel_above: bool = False
    unread: list[str] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    """Filters in columns of their own: #3×3 reduce, s1x1, the expansion t."""
    lettered: str = ""
    """A letter that stands for its filters or units."""
    from_next: bool = False
    """Whether what comes out is what the row below says goes in."""
    copy: int = 0
    """Which copy of its row it is, of a row that comes several times."""
    last: bool = False
    """Whether no row with filters or units comes after it."""
    remark: str = ""
    """What else the row says, in words."""
    keys: tuple[str, ...] = ()
    """What other rows may call it."""
    sources: tuple[str, ...] = ()
    """The rows that its input comes from, where it names them."""
    depth: int = 0
    """How deep a tree of modules has it; 0 where there is no tree."""

    @property
    def main(self) -> Item | None:
        """The layer that the numbers of the row belong to."""
        return next(
            (item for item in self.items if item.kind not in ACTIVATIONS), self.items[0] if self.items else None
        )


@dataclass
class Entries:
    """What a table says: its rows, what the text around it says of all layers, and its totals."""

    name: str
    entries: list[Entry]
    convolutions: Said
    poolings: Said
    input: Shaped | None = None
    first: bool | None = None
    """Whether the headings say that channels stand first in shapes."""
    printed: bool = False
    """Whether a tool printed the table of a network that ran: its shapes and parameters are facts."""
    blocks: bool = False
    """Whether residual blocks stand in it, whose convolutions are normalised."""
    totals: dict[str, Counted] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
