"""The arithmetic beside scipy's, one thread, and the rendering of windows beside rich panels."""

import io
from functools import partial

import numpy as np
from scipy.signal import correlate2d

from calc import convolve
from calc.arrays import correlate
from calc.exact import Cells
from explain import render
from tests.bench.timing import alternate, report

SIDE = 2048


def main() -> None:
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    for name, taps in {
        "sobel 3×3": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        "any 9×9": np.arange(-40, 41).reshape(9, 9),
    }.items():
        kernel = np.array(taps, dtype=np.int16)
        cells, weights = Cells(image.astype(np.int16)), Cells(kernel)
        wide, wide_kernel = image.astype(np.int32), kernel.astype(np.int32)
        ours, theirs = partial(correlate, cells, weights), partial(correlate2d, wide, wide_kernel, mode="valid")
        assert (ours().numerators == theirs()).all()
        medians = alternate({"calc.arrays.correlate": ours, "scipy.signal.correlate2d (int32)": theirs}, 3)
        report(f"{name} on {SIDE}×{SIDE} bytes, exact", medians, "calc.arrays.correlate")
    windows()


def windows() -> None:
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel

    question = convolve(np.random.default_rng(1).integers(0, 9, (20, 20)), "sobel")
    derivation = question.derivation(places=None)

    def panels() -> None:
        console = Console(file=io.StringIO(), width=80)
        part = next(step for step in derivation.steps if "Slide" in str(getattr(step, "title", "")))
        for window in part.steps[0]:  # type: ignore[union-attr]
            console.print(Columns([Panel(str(window.patch)), Panel(str(window.kernel)), Panel(str(window.sum))]))

    medians = alternate(
        {"400 windows as text": lambda: list(render(derivation)), "400 windows as rich panels": panels}, 3
    )
    report("all windows of a 20×20 image", medians, "400 windows as text")
