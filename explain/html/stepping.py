"""The data that the script of a page walks windows by: every number as it is written, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from calc.choices import every
from calc.derivation import LONGEST_CHAIN, Pooled, Pools, Windows, lift_entry
from calc.exact import Entry
from calc.expr import Op, Sym
from calc.walk import Ground, Weighed
from explain.html.marks import embedded
from explain.notation import Notation
from explain.places import of_many, value


def kernel_data(steps: Windows, on: Ground, found: Weighed, cells: Notation) -> dict[str, Any]:
    """The windows under kernels."""
    return {
        **_ground(on, steps.outputs, cells),
        "weights": [cells.cell(w) for w in found.weights],
        "kernels": found.kernels,
        "results": [cells.cell(x) for x in found.results],
        "joined": [joined(x, cells) for x in found.results],
        "zero": next((i for i, x in enumerate(found.results) if x == 0), -1),
        "terms": _terms(on, found, cells),
        "products": found.products,
        "sums": found.sums,
        "parts": found.parts,
        "bias": found.bias,
        **({"shades": {"levels": found.levels, "signed": found.signed}} if on.large and found.levels else {}),
    }


def pool_data(steps: Pools, on: Ground, cells: Notation) -> dict[str, Any]:
    """The windows of a pooling."""
    made: list[Pooled] = list(map(steps.window, every(steps.outputs)))
    results = [cells.cell(value(window.chain)) for window in made]
    different = {text: i for i, text in enumerate(dict.fromkeys(results))}
    return {
        **_ground(on, steps.outputs, cells),
        "results": list(different),
        "sums": [different[text] for text in results],
        "chains": [said_chain(steps, window, cells) for window in made],
        "winners": [window.winners for window in made],
    }


def _terms(on: Ground, found: Weighed, cells: Notation) -> list[list[str]]:
    """Each product as it is written in a sum."""
    plain = all(isinstance(x, int) for x in (*on.numbers, *found.weights))
    if plain:
        first = [f"({cells.cell(x)})" if x < 0 else cells.cell(x) for x in on.numbers]  # type: ignore[operator]
        second = [f"({cells.cell(w)})" if w < 0 else cells.cell(w) for w in found.weights]  # type: ignore[operator]
        return [[f"{a}{cells.times}{b}" for a in first] for b in second]
    numbers, weights = (list(map(lift_entry, entries)) for entries in (on.numbers, found.weights))
    return [[cells.write(Op("*", (x, w))) for x in numbers] for w in weights]


def _ground(on: Ground, outputs: Sequence[int], cells: Notation) -> dict[str, Any]:
    return {
        "line": len(outputs) - len(on.sheets[0].at) == 1,
        "large": on.large,
        "numbers": [cells.cell(x) for x in on.numbers],
        "planes": [{"name": plane.name, "codes": plane.codes, "own": _spans(plane.own)} for plane in on.planes],
        "rows": _spans(on.rows),
        "columns": _spans(on.columns),
        "sheets": [
            {"name": sheet.name, "at": [i + 1 for i in sheet.at], "planes": sheet.planes, "kernel": sheet.kernel}
            for sheet in on.sheets
        ],
        **({"levels": on.levels, "signed": on.signed} if on.large and on.levels else {}),
    }


def _spans(spans: Iterable[range]) -> list[list[int]]:
    return [[span.start, span.stop, span.step] for span in spans]


def inside(window: Pooled) -> int:
    """How many cells of a window count."""
    return sum(x is not None for layer in window.layers for row in layer.patch for x in row)


def said_chain(steps: Pools, window: Pooled, cells: Notation) -> str:
    """How the cells of a window become one, on one line."""
    first, *rest = window.chain.links
    many = inside(window)
    before = f"{of_many(steps, window, many)}: " if many > LONGEST_CHAIN else ""
    return before + " ".join(
        (cells.write(first.expression), *(f"{link.sign} {cells.write(link.expression)}" for link in rest))
    )


def joined(value: Entry, cells: Notation) -> str:
    """A further term of a sum with its sign."""
    return cells.write(Op("+", (Sym("x"), lift_entry(value)))).removeprefix("x")


def block(data: dict[str, Any], name: str) -> Iterator[str]:
    """A place for the stepper, and its data."""
    yield f'<div class="stepper" id="{name}" hidden></div>'
    yield f'<script type="application/json" data-for="{name}">{embedded(data)}</script>'
