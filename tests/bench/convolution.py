"""A convolution asked from Python beside OpenCV's, and the writing of its windows beside rich panels; the memory of both.

The arithmetic alone, lane by lane, is in `correlation`.
"""

import io
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from calc import convolve
from calc.derivation import Windows
from explain import render
from explain.files import write
from tests.bench.timing import alternate, report

SIDE = 4096
SUFFIXES = {"text": ".txt", "markdown": ".md", "json": ".json"}


def main() -> None:
    question()
    windows()
    memory()


def question() -> None:
    """From an array to the feature map: reading, padding, choosing the way, working."""
    try:
        import cv2
    except ImportError:
        print("\na convolution beside OpenCV: skipped, cv2 is not installed (pip install opencv-python-headless)")
        return
    cv2.setNumThreads(1)
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
    ours = lambda: convolve(image, "sobel", flip=False).answer.numerators  # noqa: E731
    theirs = partial(cv2.filter2D, image, cv2.CV_16S, kernel, borderType=cv2.BORDER_CONSTANT)
    assert (ours() == theirs()).all()
    medians = alternate({"calc.convolve(...).answer": ours, "cv2.filter2D": theirs}, 5)
    report(f"sobel on {SIDE}×{SIDE} bytes with zero padding, from the array on", medians, "cv2.filter2D")


def windows() -> None:
    """Windows in a second, each as its cells, kernel, products and sum."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel

    derivation = convolve(np.random.default_rng(1).integers(0, 256, (500, 500)), "sobel").derivation(places=None)
    part = next(step for step in derivation.steps if "Slide" in str(getattr(step, "title", "")))
    step = part.steps[0]  # type: ignore[union-attr]
    assert isinstance(step, Windows)
    some = [step.window((200, column)) for column in range(400)]

    def panels() -> None:
        console = Console(file=io.StringIO(), width=80)
        for window in some:
            (cells,) = window.slices
            shown = (cells.patch, cells.kernel, cells.products, window.sum)
            console.print(Columns([Panel(str(x)) for x in shown]))

    with tempfile.TemporaryDirectory() as folder:
        files = {
            f"250 000 as {name} into a file": partial(
                lambda n, s: write(Path(folder, f"w{s}"), render(derivation, n)), n, s
            )
            for name, (n, s) in {name: (name, suffix) for name, suffix in SUFFIXES.items()}.items()
        }
        medians = alternate({**files, "400 as rich panels": panels}, 3)
    rates = {name: seconds / (400 if "panels" in name else 250_000) for name, seconds in medians.items()}
    print("\nwindows of a 500×500 image, in a second and beside panels")
    for name, each in rates.items():
        print(f"  {name:<58} {1 / each:10.0f} /s {rates['400 as rich panels'] / each:8.0f} ×")


def memory() -> None:
    """The memory of a process that writes all windows, from 25 000 to 250 000 of them."""
    print("\nmemory of a process that writes all windows")
    for name, suffix in SUFFIXES.items():
        held = [
            int(
                subprocess.run(
                    [sys.executable, "-m", "tests.bench.convolution", name, suffix, side],
                    capture_output=True,
                    check=True,
                ).stdout
            )
            for side in ("158", "500")
        ]
        print(f"  {name:<58} {held[0] / 1024:7.1f} MiB, {(held[1] - held[0]) / 1024:+.1f} MiB for ten times as many")


def write_all(name: str, suffix: str, side: int) -> None:
    image = np.random.default_rng(1).integers(0, 256, (side, side), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, f"w{suffix}"), render(convolve(image, "sobel").derivation(places=None), name))
    status = Path("/proc/self/status").read_text()  # getrusage would tell the most that the parent held
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


if __name__ == "__main__":
    write_all(sys.argv[1], sys.argv[2], int(sys.argv[3]))
