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
