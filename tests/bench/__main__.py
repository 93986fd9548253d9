"""Run the benchmarks that are named, or all of them."""

import sys

from tests.bench import batch, convolution, correlation, counting, gpu, marking, rendering, sizes, startup

BENCHMARKS = {
    "start-up": startup.main,
    "convolution": convolution.main,
    "rendering": rendering.main,
    "correlation": correlation.main,
    "counting": counting.main,
    "sizes": sizes.main,
    "gpu": gpu.main,
    "marking": marking.main,
    "batch": batch.main,
}

for name in sys.argv[1:] or BENCHMARKS:
    BENCHMARKS[name]()
