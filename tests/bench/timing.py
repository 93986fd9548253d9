"""Timing alternatives in turn, so that a machine whose speed drifts treats all alike; medians and their ratios."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable


def alternate(alternatives: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each, run in turn `rounds` times after one run that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in alternatives}
    for i in range(rounds + 1):
        for name, run in alternatives.items():
            start = time.perf_counter()
            run()
            if i:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def process(*words: str) -> Callable[[], object]:
    """A whole process of this interpreter, its output into a pipe."""
    return lambda: subprocess.run([sys.executable, *words], capture_output=True, check=True)


def report(title: str, medians: dict[str, float], against: str) -> None:
    """A line for each alternative: median, and the ratio to the one it is held against."""
    print(f"\n{title}")
    for name, seconds in medians.items():
        print(f"  {name:<58} {seconds * 1e3:10.2f} ms {seconds / medians[against]:8.2f} ×")
