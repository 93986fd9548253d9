"""All windows of a digit written in every format, beside the same windows as rich panels."""

import io
from collections.abc import Iterator
from functools import partial

import numpy as np
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table

from calc import convolve
from calc.derivation import Derivation, Window, Windows
from explain import render
from tests.bench.timing import alternate

FORMATS = {"text": 300, "latex": 250, "markdown": 250, "html": 250}
"""How many times as fast as the panels each is to be."""


def main() -> None:
    derivation = digit()
    (windows,) = slid(derivation)
    some = list(windows)
    ours = {name: partial(written, derivation, name) for name in FORMATS}
    medians = alternate({**ours, "rich panels": partial(panels, some)}, 3)
    print(f"\nall {len(some)} windows of a 28×28 digit with a 5×5 kernel")
    for name, seconds in medians.items():
        wanted = f"(at least {FORMATS[name]})" if name in FORMATS else ""
        print(f"  {name:<14} {seconds * 1e3:10.1f} ms {medians['rich panels'] / seconds:8.0f} × {wanted}")


def digit() -> Derivation:
    """A seven as MNIST draws it: strokes that fade out in greys."""
    rows, columns = np.mgrid[:28, :28]
    bar = np.hypot(np.clip(np.abs(columns - 13) - 7, 0, None), rows - 7)
    stem = np.hypot(columns - 20 + (rows - 7) * 0.6, np.clip(np.abs(rows - 14) - 8, 0, None))
    image = (255 * np.exp(-((np.minimum(bar, stem) / 1.6) ** 2))).astype(np.uint8)
    return convolve(image, np.random.default_rng(0).integers(-4, 5, (5, 5))).derivation(places=None)


def slid(derivation: Derivation) -> Iterator[Windows]:
    for step in derivation.steps:
        if isinstance(step, Windows):
            yield step
        elif isinstance(step, Derivation):
            yield from slid(step)


def written(derivation: Derivation, name: str) -> int:
    """The whole page, as one text."""
    return len("\n".join(render(derivation, name)))


def panels(windows: list[Window]) -> None:
    """A panel for each window: its cells, the kernel and the products as tables beside each other, the sum below."""
    console = Console(file=io.StringIO(), width=100)
    for window in windows:
        (part,) = window.slices
        row = Table.grid(padding=(0, 2))
        row.add_row(table(part.patch), "∘", table(part.kernel), "=", table(part.products))
        said = " + ".join(str(x) for products in part.products for x in products if x)
        console.print(Panel(Group(row, f"{said} = {window.sum}"), title=str(window.at)))


def table(rows: object) -> Table:
    made = Table.grid(padding=(0, 1))
    for row in rows:  # type: ignore[attr-defined]
        made.add_row(*(str(x) for x in row))
    return made
