"""The named derivations: one table that feeds the golden files in every format, the JSON round trip and the laws."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from calc import convolve, count, size
from calc.catalogue import catalogue, explained
from calc.derivation import Derivation

EXAMPLES = Path(__file__).parents[1] / "examples"
NETWORKS = Path(__file__).parent / "networks.py"

TASK_1A = EXAMPLES / "task1a.txt"
TASK_1B = EXAMPLES / "task1a_b.csv"
WIDE = [[(3 * r + 5 * c) % 7 - 3 for c in range(40)] for r in range(9)]

CASES: dict[str, Callable[[], Derivation]] = {
    "conv-products": lambda: convolve(TASK_1A, "sobel").derivation(),
    "conv-hadamard": lambda: convolve(TASK_1B, "sobel").derivation("hadamard"),
    "conv-no-flip": lambda: convolve(TASK_1A, "sobel", flip=False).derivation(places=((0, 0), (2, 4))),
    "conv-fractions": lambda: convolve([[1, 2], [3, Fraction(1, 3)]], "gaussian", padding=1).derivation(),
    "conv-decimals": lambda: convolve("0.5 1.25; -1 3", "1 0.1; 0.2 1", padding="full").derivation(),
    "conv-even-same": lambda: convolve(TASK_1A, "roberts").derivation(places=((0, 0),)),
    "conv-strided": lambda: convolve(
        "1 2 0 3; 0 1 4 1; 2 2 1 0", "1 0 -1; 2 1 0", padding="0x1", stride="1x2"
    ).derivation(),
    "conv-dilated": lambda: convolve(
        TASK_1A, "1 0; 2 -1", dilation="1x2", padding="1,0,2,0", padding_mode="reflect", bias="1/2"
    ).derivation(),
    "conv-constant": lambda: convolve("1 2; 3 4", "1 2 0; 0 1 0; 0 0 3", padding_mode="9").derivation(),
    "conv-wide": lambda: convolve(WIDE, "laplacian").derivation(),
    "shape-kernel": lambda: size(512, 504).derivation(),
    "shape-padding": lambda: size(32, "same", 5).derivation(),
    "shape-padding-uneven": lambda: size(32, "same", 4).derivation(),
    "shape-out": lambda: size(504, kernel=2, stride=2).derivation(),
    "shape-out-rest": lambda: size(224, kernel=11, stride=4, padding=1).derivation(),
    "shape-in": lambda: size(out=63, kernel=11, stride=4, padding=2).derivation(),
    "shape-stride": lambda: size(224, 55, kernel=11, padding=2).derivation(),
    "shape-relaxed": lambda: size(32, 16, kernel=3).derivation(),
    "shape-two-axes": lambda: size("480x640", kernel=3, stride=2).derivation(),
    "shape-large": lambda: size(10**18, 10**18 - 10).derivation(),
    "params": lambda: count(str(EXAMPLES / "model.py")).derivation(),
    "params-on-input": lambda: count(str(EXAMPLES / "model.py"), "3x32x32").derivation(),
    "params-functional": lambda: count(str(EXAMPLES / "small_net.py"), "3x28x28").derivation(),
    "params-tied": lambda: count(f"{NETWORKS}:Tied", "4").derivation(),
    "kernels": catalogue,
    "kernels-separable": lambda: explained("gaussian"),
    "kernels-sum": lambda: explained("laplacian"),
    "kernels-given": lambda: explained("0.5 -1; 2 1; 0 1/4"),
}
