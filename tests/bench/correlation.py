"""Correlating whole numbers exactly beside OpenCV, scipy and torch, all on one thread, and the memory it takes."""

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.signal import convolve2d

from calc.correlation import correlate
from tests.bench.timing import alternate, report

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
OURS = "calc.correlation.correlate"
SIDE = 4096
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def main() -> None:
    """In a process of its own, because numpy reads how many threads it may use when it is imported."""
    subprocess.run([sys.executable, "-m", "tests.bench.correlation"], env=os.environ | ONE_THREAD, check=True)


def on_one_thread() -> None:
    torch.set_num_threads(1)
    try:
        import cv2
    except ImportError:
        print("\ncorrelation beside OpenCV: skipped, cv2 is not installed (pip install opencv-python-headless)")
    else:
        cv2.setNumThreads(1)
        beside_opencv(cv2)
    beside_scipy()
    beside_torch()


def beside_opencv(cv2: Any) -> None:
    """Planes of bytes; where filter2D cannot skip, it fills in a dilated kernel with zeros and drops cells after."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    three, nine = rng.integers(-8, 9, (3, 3)), rng.integers(-9, 10, (9, 9))
    for name, kernel, stride, dilation in [
        ("sobel 3×3", SOBEL, 1, 1),
        ("any 3×3", three, 1, 1),
        ("any 9×9", nine, 1, 1),
        ("any 9×9 of −2 … 2", rng.integers(-2, 3, (9, 9)), 1, 1),
        ("any 3×3, stride 2", three, 2, 1),
        ("any 9×9, stride 2", nine, 2, 1),
        ("any 3×3, dilation 2", three, 1, 2),
        ("any 9×9, dilation 2", nine, 1, 2),
    ]:
        spread = np.zeros([dilation * (k - 1) + 1 for k in kernel.shape], np.float32)
        spread[::dilation, ::dilation] = kernel
        margin = len(spread) // 2
        ours = partial(plane, image, kernel, stride=(1, stride, stride), dilation=(1, dilation, dilation))
        wide = ours().dtype != np.int16
        theirs = partial(cv2.filter2D, image, cv2.CV_32F if wide else cv2.CV_16S, spread)
        # large kernels go through a Fourier transform there, which leaves fractions
        inside = theirs()[margin:-margin:stride, margin:-margin:stride]
        assert (ours() == (np.rint(inside).astype(np.int32) if wide else inside)).all()
        peer = f"cv2.filter2D to {'float32' if wide else 'int16'}"
        report(f"{name} on {SIDE}×{SIDE} bytes", alternate({peer: theirs, OURS: ours}, 7), peer)
        memory(ours)


def beside_scipy() -> None:
    rng = np.random.default_rng(1)
    image, kernel = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8), rng.integers(-9, 10, (9, 9))
    wide, flipped = image.astype(np.int32), kernel[::-1, ::-1].astype(np.int32)
    ours, theirs = partial(plane, image, kernel), partial(convolve2d, wide, flipped, mode="valid")
    assert (ours() == theirs()).all()
    report(f"any 9×9 on {SIDE}×{SIDE} bytes", alternate({"scipy.signal.convolve2d": theirs, OURS: ours}, 1), OURS)


def beside_torch() -> None:
    """Channels of small whole numbers, which torch computes in float32."""
    rng = np.random.default_rng(2)
    for name, shape, taps, options in [
        ("3 → 64 channels, 5×5 on 512×512", (3, 1, 512, 512), (64, 3, 1, 5, 5), {}),
        ("64 → 64 channels, 3×3 on 56×56", (64, 1, 56, 56), (64, 64, 1, 3, 3), {}),
        ("256 → 64 channels, 1×1 on 56×56", (256, 1, 56, 56), (64, 256, 1, 1, 1), {}),
        ("64 channels, depthwise 3×3 on 112×112", (64, 1, 112, 112), (64, 1, 1, 3, 3), {"groups": 64}),
        ("3 → 16 channels, 3×3×3 on 32×64×64", (3, 32, 64, 64), (16, 3, 3, 3, 3), {}),
    ]:
        image, kernel = rng.integers(0, 16, shape, dtype=np.int16), rng.integers(-4, 5, taps, dtype=np.int16)
        cells, weights = (torch.from_numpy(x.astype(np.float32)) for x in (image, kernel))
        ours: Callable[[], Any] = partial(correlate, image, kernel, **options)
        if shape[1] == 1:
            theirs = partial(torch.conv2d, cells[None, :, 0], weights[:, :, 0], **options)
            assert (ours()[:, 0] == theirs()[0].numpy()).all()
        else:
            theirs = partial(torch.conv3d, cells[None], weights, **options)
            assert (ours() == theirs()[0].numpy()).all()
        report(name, alternate({"torch, float32": theirs, OURS: ours}, 7), "torch, float32")
        memory(ours)


def plane(image: Any, kernel: Any, **options: Any) -> Any:
    """One plane and one kernel."""
    return correlate(image[None, None], kernel[None, None, None], **options)[0, 0]


def memory(run: Callable[[], Any]) -> None:
    """The most that was held at once beyond the output, and the output."""
    tracemalloc.start()
    out = run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"  beyond the output's {out.nbytes / 2**20:.1f} MiB: {(peak - out.nbytes) / 2**20:.1f} MiB")


if __name__ == "__main__":
    if os.environ.items() >= ONE_THREAD.items():
        on_one_thread()
    else:
        main()
