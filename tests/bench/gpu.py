"""The cross-check of a convolution on a GPU beside the same on the CPU."""

from functools import partial

import numpy as np
import torch

from calc import check, convolve
from tests.bench.timing import alternate, report


def main() -> None:
    if not torch.cuda.is_available():
        print("\ncross-check on a GPU: skipped, there is none here")
        return
    for side in (512, 4096):
        question = convolve(np.random.default_rng(0).integers(0, 256, (side, side)), "gaussian5")
        assert question.answer.shape == (side, side)

        def asked(device: str, question: object = question) -> str:
            said = next(iter(check(question, device)))  # type: ignore[arg-type]
            assert said.verdict == "agrees"
            return said.by

        medians = alternate({asked(device): partial(asked, device) for device in ("cpu", "cuda")}, 5)
        report(f"cross-check of gaussian5 on {side}×{side}, float64, exact", medians, asked("cpu"))
    layer()


def layer() -> None:
    """The arithmetic of 3→64 channels on a photograph, eight filters at a time, beside torch's in float64 on the GPU."""
    rng = np.random.default_rng(0)
    image, kernels = rng.integers(0, 256, (3, 4096, 4096)), rng.integers(-99, 100, (64, 3, 5, 5))
    x = torch.from_numpy(image).cuda().double()[None]
    weights = torch.from_numpy(kernels).cuda().double()

    def ours() -> None:
        for first in range(0, 64, 8):
            convolve(image, kernels[first : first + 8], flip=False, padding="valid").maps  # noqa: B018

    def theirs() -> None:
        for first in range(0, 64, 8):
            torch.nn.functional.conv2d(x, weights[first : first + 8])
        torch.cuda.synchronize()

    medians = alternate({"calc on the CPU, whole numbers": ours, "torch on cuda, float64": theirs}, 3)
    report("3→64 channels, 5×5, on 4096×4096", medians, "torch on cuda, float64")
