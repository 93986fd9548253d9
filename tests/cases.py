"""The named derivations: one table that feeds the golden files in every format, the JSON round trip and the laws."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from calc import compare, convolve, count, maps, pool, size, through, transpose
from calc.catalogue import catalogue, explained
from calc.concepts import concept
from calc.derivation import Derivation
from calc.hints import hint
from calc.marking.front import mark
from calc.question import Question

EXAMPLES = Path(__file__).parents[1] / "examples"
NETWORKS = Path(__file__).parent / "networks.py"
FILTERED = Path(__file__).parent / "filtered.py"

TASK_1A = EXAMPLES / "task1a.txt"
TASK_1B = EXAMPLES / "task1a_b.csv"
WIDE = [[(3 * r + 5 * c) % 7 - 3 for c in range(40)] for r in range(9)]

RGB = [[[1, 2, 0], [0, 1, 3]], [[2, 0, 1], [1, 1, 0]], [[0, 3, 1], [2, 0, 2]]]
FILTERS = [[[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[1, 1], [0, 0]]], [[[0, -1], [1, 0]]] * 3]
RAMP = [[(r * c) % 256 for c in range(40)] for r in range(40)]
PLANES = [[[(40 * channel + 8 * r + c) * 5 % 7 - 2 for c in range(8)] for r in range(6)] for channel in range(3)]

PRINTED = """Tagger(
  (embed): Embedding(100, 16)
  (lstm): SRU(16, 32)
  (layers): ModuleList(
    (0-1): 2 x TransformerEncoderLayer(
      (self_attn): MultiheadAttention(
        (out_proj): NonDynamicallyQuantizableLinear(in_features=32, out_features=32, bias=True)
      )
      (norm1): LayerNorm((32,), eps=1e-05, elementwise_affine=True)
    )
  )
)"""

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
    "conv-channels": lambda: convolve(RGB, FILTERS, flip=False, padding="valid", bias="1 -2", then="relu").derivation(),
    "conv-depthwise": lambda: convolve(RGB, "sobel", padding="1,1,1,0").derivation(places=((0, 0, 0), (2, 1, 1))),
    "conv-signal": lambda: convolve("1 3 2 0 4", "2 3", padding="full").derivation("hadamard"),
    "conv-volume": lambda: convolve(RGB, [[[1, 0], [0, -1]]] * 2, padding="valid", dims=3).derivation(),
    "conv-letters": lambda: convolve("a b; c 2", "1 x; 0 -1", padding="valid", flip=False, bias="1").derivation(),
    "conv-sigmoid": lambda: convolve("1 -2; 0 3", "1/2", then="sigmoid").derivation(),
    "conv-picture": lambda: convolve(RAMP, "sobel").derivation(places=((0, 0), (20, 20))),
    "transposed": lambda: transpose(
        "1 2; 3 4", "1 0 2; 0 1 0; 1 1 1", stride=2, padding=1, output_padding=1
    ).derivation(),
    "transposed-channels": lambda: transpose(RGB, RGB, padding="1,0,0,1", bias=3, dims=2).derivation("zeros"),
    "transposed-signal": lambda: transpose("1 -2 1/2", "1 0 3", stride=2, dilation=2).derivation(),
    "pool-max": lambda: pool(TASK_1A, 2, stride=1).derivation(),
    "pool-average": lambda: pool(TASK_1A, 3, kind="average", stride=2, padding=1, ceil=True).derivation(),
    "pool-count-padding": lambda: pool("1 2; 3 4", 2, kind="average", padding=1, count_include_pad=True).derivation(),
    "pool-lp": lambda: pool("3 4 1 1; 0 0 2 1", 2, kind="lp").derivation(),
    "pool-global": lambda: pool(RGB, kind="average", adaptive=1).derivation(),
    "pool-adaptive": lambda: pool("5 1 4 2 3", kind="min", adaptive=2).derivation(),
    "pool-volume": lambda: pool(RGB, 2, stride=1, dims=3).derivation(),
    "pool-letters": lambda: pool("a b; c d", 2, kind="average").derivation(),
    "shape-kernel": lambda: size(512, 504).derivation(),
    "shape-padding": lambda: size(32, "same", 5).derivation(),
    "shape-padding-uneven": lambda: size(32, "same", 4).derivation(),
    "shape-out": lambda: size(504, kernel=2, stride=2).derivation(),
    "shape-out-rest": lambda: size(224, kernel=11, stride=4, padding=1).derivation(),
    "shape-in": lambda: size(out=63, kernel=11, stride=4, padding=2).derivation(),
    "shape-stride": lambda: size(224, 55, kernel=11, padding=2).derivation(),
    "shape-relaxed": lambda: size(32, 16, kernel=3).derivation(),
    "shape-two-axes": lambda: size("480x640", kernel=3, stride=2).derivation(),
    "shape-uneven-lower": lambda: size(32, kernel=3, stride=2, padding="same-lower", dialect="onnx").derivation(),
    "shape-transposed": lambda: size(7, kernel=4, stride=2, padding=1, transposed=True).derivation(),
    "shape-transposed-padding": lambda: size(7, 14, 4, 2, "?", transposed=True).derivation(),
    "shape-pool": lambda: size("7x9", kernel=2, pool=True).derivation(),
    "shape-ceil": lambda: size(112, kernel=3, stride=2, ceil=True).derivation(),
    "shape-ceil-in": lambda: size(out=128, kernel=3, stride=2, padding=1, ceil=True).derivation(),
    "shape-adaptive": lambda: size("5x6", adaptive=3).derivation(),
    "shape-scale": lambda: size(7, scale="1.5").derivation(),
    "shape-scale-unknown": lambda: size(7, 10, scale="?").derivation(),
    "shape-several": lambda: size(32, 16, "?", "?", "?").derivation(),
    "shape-several-axes": lambda: size("9x8", "4x3", "?", "?", up_to=3).derivation(),
    "shape-several-in": lambda: size("?", 7, "?").derivation(),
    "shape-several-pool": lambda: size(9, 4, "?", padding="?", ceil=True).derivation(),
    "shape-keras-same": lambda: size(32, kernel=3, stride=2, padding="same", dialect="keras").derivation(),
    "shape-keras-transposed": lambda: size(7, kernel=3, stride=2, transposed=True, dialect="keras").derivation(),
    "shape-onnx-pool": lambda: size(7, kernel=2, stride=3, ceil=True, dialect="onnx").derivation(),
    "shape-caffe-pool": lambda: size(112, kernel=3, stride=2, padding=1, pool=True, dialect="caffe").derivation(),
    "shape-full": lambda: size(5, kernel=3, dilation=2, padding="full").derivation(),
    "shape-large": lambda: size(10**18, 10**18 - 10).derivation(),
    "shape-letters": lambda: size("n", kernel=3, stride=2, padding=1).derivation(),
    "shape-letters-padding": lambda: size("H", "same", "K").derivation(),
    "shape-letters-in": lambda: size(out="m", kernel="k", stride=2, padding=1).derivation(),
    "shape-letters-transposed": lambda: size("n", "2n", 4, 2, transposed=True).derivation(),
    "shape-layers": lambda: through("conv 9, pool 2 stride 2, conv 3", 512).derivation(),
    "shape-constructors": lambda: through(
        "conv1 = nn.Conv2d(3, 8, (3, 5), stride=2); nn.ReLU(); MaxPool2d(3, 2, ceil_mode=True); Upsample(scale_factor=2);"
        "Flatten(); Linear(?, 10)",
        "2x3x20x31",
    ).derivation(),
    "shape-hole": lambda: through("conv ?, pool 2, conv 3", 512, 250).derivation(),
    "shape-holes": lambda: through("conv ?, pool 2, conv ?", 40, 14).derivation(),
    "shape-input": lambda: through("conv 9, pool 2, conv 3", "?", "250x120").derivation(),
    "shape-features": lambda: through(
        "Conv2d(3, 32, 5, padding=2); MaxPool2d(2); Flatten(); Linear(2048, 64)", "3x?x?"
    ).derivation(),
    "shape-enlarged": lambda: through("transposed 4 stride 2 padding 1, bilinear 2, conv 3", 9).derivation(),
    "shape-compared": lambda: compare("conv 3, conv 3", "conv 5", 32).derivation(),
    "params": lambda: count(str(EXAMPLES / "model.py")).derivation(),
    "params-on-input": lambda: count(str(EXAMPLES / "model.py"), "3x32x32").derivation(),
    "params-functional": lambda: count(str(EXAMPLES / "small_net.py"), "3x28x28").derivation(),
    "params-table": lambda: count(EXAMPLES / "table.md").derivation(),
    "params-tied": lambda: count(f"{NETWORKS}:Tied", "4").derivation(),
    "params-printed": lambda: count(str(EXAMPLES / "printed.txt"), "3x32x32").derivation(),
    "params-printed-unknown": lambda: count(PRINTED).derivation(),
    "params-chain": lambda: count(
        "conv1 = nn.Conv2d(3, 8, (3, 5), padding=1); BatchNorm2d(8); PReLU(8); 2 x (MaxPool2d(2)); Flatten(); Linear(448, 10)",
        "3x32x32",
    ).derivation(),
    "params-misfit": lambda: count(
        "Conv2d(3, 16, 3, padding=1); MaxPool2d(8); Flatten(); fc = Linear(256, 64); ReLU(); Linear(64, 10)", "3x56x56"
    ).derivation(),
    "params-weights": lambda: count(str(EXAMPLES / "weights.safetensors")).derivation(),
    "concept-translation": lambda: concept("translation").derivation(),
    "concept-posed": lambda: concept("learned").posed(),
    "concept-marked": lambda: mark(concept("fully-connected"), "(i)").derivation(),
    "maps": lambda: maps(EXAMPLES / "edges.py", TASK_1A, "conv1").derivation(),
    "maps-channels": lambda: maps(f"{FILTERED}:Several", PLANES, filters="strongest:2", cell="2,4").derivation(),
    "maps-deep": lambda: maps(f"{FILTERED}:Several", PLANES, "deep", channel="2").derivation(),
    "maps-transposed": lambda: maps(f"{FILTERED}:Several", PLANES, "up", filters="1,").derivation(),
    "maps-marked": lambda: mark(maps(EXAMPLES / "edges.py", TASK_1A), "18").derivation(),
    "maps-hinted": lambda: hint(maps(EXAMPLES / "edges.py", TASK_1A), 4),
    "maps-pool": lambda: maps(f"{FILTERED}:Several", PLANES, "pool").derivation(),
    "kernels": catalogue,
    "kernels-separable": lambda: explained("gaussian"),
    "kernels-sum": lambda: explained("laplacian"),
    "kernels-given": lambda: explained("0.5 -1; 2 1; 0 1/4"),
}

QUIZZES: dict[str, Callable[[], Question]] = {
    "quiz-conv": lambda: convolve("1 0 2; 3 1 0", "1 0; 2 -1", padding="valid"),
    "quiz-pool": lambda: pool(TASK_1A, 3, kind="average", stride=2, padding=1),
    "quiz-shape": lambda: size(512, 504),
    "quiz-layers": lambda: through("conv 9, pool 2 stride 2, conv 3", 512),
    "quiz-params": lambda: count(EXAMPLES / "model.py", "3x32x32"),
    "quiz-concept": lambda: concept("translation"),
}
"""The questions whose quizzes have golden pages."""
