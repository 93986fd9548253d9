"""The maps of a network, one after the other, for pictures drawn to scale: which maps each is made of, and by what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from calc.derivation import Volume, Volumes
from calc.ledger import COLUMNS, lines
from calc.wiring import Node

if TYPE_CHECKING:
    from calc.counting import Count, Row
    from calc.stack import Passed, Shape

INPUT = "input"
JOINED = {"join": "joined cell by cell", "cat": "concatenated"}
"""Operations that put several maps together, and how."""


def volumes_of(count: Count, depth: int | None = None) -> Iterator[Volumes]:
    """The maps of a network whose shapes are known, a block for each line of the ledger; none where too little is known.

    Where the network ran, functions that pool or put maps together are blocks as well.
    """
    wired = _Wired(count.network.nodes, {row.call.node for row in count.rows})
    for line in lines(count.rows, depth):
        shown = [row for row in line if row.call.output is not None]
        if shown:
            wired.line(line, shown)
    wired.pass_by(len(wired.nodes))
    if len(wired.blocks) > 1:
        yield Volumes(tuple(wired.blocks))


def volumes_in_a_row(shape: Shape, passed: Sequence[Passed]) -> Volumes:
    """The maps of layers one after the other."""
    blocks = [Volume(INPUT, "", shape)]
    for at in passed:
        unknown = None in (*at.input, *at.output) and at.layer.tensors()
        known = None if unknown else int(at.layer.count().value()) if at.layer.tensors() else 0
        blocks.append(Volume(at.stage.name, at.brief, at.output, known, (len(blocks) - 1,)))
    return Volumes(tuple(blocks))


class _Wired:
    """Blocks as they come, with the operations that a network ran between them."""

    def __init__(self, nodes: Sequence[Node], claimed: set[int | None]) -> None:
        self.nodes = nodes
        self.blocks: list[Volume] = []
        self.passed: list[tuple[int, ...]] = []  # the blocks that each operation so far comes out of
        self.claimed = claimed

    def line(self, line: Sequence[Row], shown: Sequence[Row]) -> None:
        """A block for calls that are taken together."""
        nodes = [row.call.node for row in shown if row.call.node is not None]
        if nodes:
            self.pass_by(min(nodes))
        elif not self.blocks and shown[0].call.inputs:
            self.blocks.append(Volume(INPUT, "", shown[0].call.inputs[0]))
        number = len(self.blocks)
        takes = self._in_a_row(shown[0]) if not nodes else ()
        for node in nodes:
            self.pass_by(node + 1, number)
            takes = (*takes, *self.passed[node])
            self.passed[node] = (number,)
        output = shown[-1].call.output
        assert output is not None
        name, layer = (str(COLUMNS[column].cell(line)[0]) for column in ("name", "layer"))
        known = sum(row.parameters for row in line) if all(row.call.known for row in line) else None
        sources = tuple(sorted(set(takes) - {number}))
        self.blocks.append(Volume(name, layer, output, known, sources))

    def _in_a_row(self, row: Row) -> tuple[int, ...]:
        """The block before, where nothing ran and its shape is what goes in."""
        fits = self.blocks and row.call.inputs and self.blocks[-1].shape == row.call.inputs[0]
        return (len(self.blocks) - 1,) if fits else ()

    def pass_by(self, end: int, within: int | None = None) -> None:
        """Go through the operations up to one, those `within` a block as part of it."""
        for number in range(len(self.passed), end):
            node = self.nodes[number]
            sources = tuple(sorted({block for of in node.of for block in self.passed[of]}))
            if within is None and number not in self.claimed and (word := _word(node, sources)):
                self.blocks.append(
                    Volume("" if node.of else INPUT, word if node.of else "", node.shape[1:], 0, sources)
                )
                sources = (len(self.blocks) - 1,)
            self.passed.append(sources)


def _word(node: Node, sources: tuple[int, ...]) -> str:
    """What an operation outside layers is called that is drawn; empty for others."""
    if node.word == "window":
        return str(node.how["kind"])
    if not node.of:
        return INPUT
    return JOINED.get(node.word, "") if len(sources) > 1 else ""
