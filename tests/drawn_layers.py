"""Random layers, wild ones among them, with what we and what torch say comes out of them."""

import dataclasses
import random
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from calc.errors import Impossible
from calc.layers.base import Layer
from calc.layers.known import BY_KIND

Shape = tuple[int, ...]

BATCH = 2

FLAGS = (
    "affine",
    "bias",
    "elementwise_affine",
    "ceil_mode",
    "track_running_stats",
    "inplace",
    "return_indices",
    "batch_first",
    "bidirectional",
    "add_bias_kv",
    "add_zero_attn",
)
"""Arguments that are true or false."""


def ours(kind: str, arguments: Mapping[str, Any], shape: Shape) -> Shape | None:
    """What we say comes out; None where we refuse."""
    try:
        return BY_KIND[kind].of(arguments).output_shape(shape)
    except Impossible as fault:
        said = str(fault)
        assert said
        assert "\n" not in said
        return None


def theirs(kind: str, arguments: Mapping[str, Any], shape: Shape) -> Shape | None:
    """What comes out of torch's layer for an input of that shape, batch and all; None where torch refuses or nothing comes out."""
    try:
        module = getattr(torch.nn, kind)(**arguments).eval()
        with torch.no_grad():
            out = outcome(module, *inputs(kind, arguments, shape))
    except (
        RuntimeError,
        ValueError,
        TypeError,
        IndexError,
        AssertionError,
        NotImplementedError,
        ZeroDivisionError,
        AttributeError,
        OverflowError,
    ):
        return None
    shaped = tuple(out.shape)
    return None if 0 in shaped and 0 not in shape else shaped


def outcome(module: torch.nn.Module, *given: torch.Tensor) -> torch.Tensor:
    """What comes out of torch's layer: of several things, such as a state or indices, the first."""
    out = module(*given)
    first: torch.Tensor = out[0] if isinstance(out, tuple) else out
    return first


def inputs(kind: str, arguments: Mapping[str, Any], shape: Shape) -> tuple[torch.Tensor, ...]:
    """All that torch's layer takes where an input of that shape goes in: indices, and inputs besides the first."""
    x = torch.zeros(shape)
    if kind.startswith("Embedding"):
        return (x.long(),)
    if kind.startswith("MaxUnpool"):
        return x, torch.zeros(shape, dtype=torch.int64)
    if kind == "Bilinear":
        return x, torch.zeros(*shape[:-1], arguments["in2_features"])
    if kind == "MultiheadAttention":
        size = arguments["embed_dim"]
        return x, *(torch.zeros(*shape[:-1], arguments.get(name) or size) for name in ("kdim", "vdim"))
    return (x,)


class Draw:
    """Random arguments of a layer kind, and the shape of an input."""

    def __init__(self, kind: type[Layer], seed: str) -> None:
        self.kind, self.random = kind, random.Random(seed)
        name = kind.kind()
        self.axes = kind.axes or self.random.choice((1, 2, 3))
        self.channels = self.random.choice((1, 2, 3, 4, 6))
        self.wild = self.random.random() < 0.2
        self.lengths = {"Fold": 2, "Unfold": 2}.get(name, self.axes)

    def case(self) -> tuple[dict[str, Any], Shape]:
        chance, names = self.random, self.kind.signature
        plain = not self.kind.axes and not set(names) & {"size", "num_groups", "groups"}
        count = chance.choice((0, 1, 2, 3, 4)) if plain or chance.random() < 0.05 else self.axes + 1
        shape = tuple(chance.choice((1, 2, 3, 4, 5, 6, 7, 9, 12)) for _ in range(count))
        if shape and self.kind.axes:
            shape = (self.channels, *shape[1:])
        if chance.random() < 0.3 and shape:
            self.channels = shape[0]
        arguments = {}
        for name in names:
            if name in ("device", "dtype", "_weight", "_freeze", "process_group", "_random_samples"):
                continue
            if name in self.needed or chance.random() < 0.6:
                drawn = self.value(name, shape)
                if drawn is not ...:
                    arguments[name] = drawn
        if self.wild and arguments:
            name = chance.choice(list(arguments))
            if name == "padding" and "padding_mode" in arguments:
                del arguments["padding_mode"]  # torch crops by negative numbers there
            if name not in FLAGS:
                arguments[name] = chance.choice(
                    (0, -1, "a", 1.5, (1, 1), (1, 2, 3, 4), None, (0, 0), (1.5, 1), (-1, 1), 13, (2,), (1, 1, 1), ())
                )
            if arguments[name] == () and name == "stride":
                del arguments[name]
        if "size" in arguments and "scale_factor" in arguments and chance.random() < 0.9:
            del arguments[chance.choice(("size", "scale_factor"))]
        if "output_size" in arguments and "output_ratio" in arguments and chance.random() < 0.9:
            del arguments[chance.choice(("output_size", "output_ratio"))]
        if self.kind.kind() == "Fold" and chance.random() < 0.8:
            shape = self.folding(arguments) or shape
        return arguments, shape

    @property
    def needed(self) -> set[str]:
        fields = {f.name for f in dataclasses.fields(self.kind) if f.default is dataclasses.MISSING}
        return {name for name, field in self.kind.arguments().items() if field in fields}

    def folding(self, arguments: Mapping[str, Any]) -> Shape | None:
        """The input that fits a Fold."""
        try:
            fold = BY_KIND["Fold"].of(arguments)
            windows = fold.blocks(fold.output_size)  # type: ignore[attr-defined]
        except Impossible:
            return None
        return self.channels * fold.kernel_size[0] * fold.kernel_size[1], windows  # type: ignore[attr-defined]

    def per_axis(self, least: int, most: int) -> Any:
        chance = self.random
        if chance.random() < 0.5:
            return chance.randint(least, most)
        return tuple(chance.randint(least, most) for _ in range(self.lengths))

    def value(self, name: str, shape: Shape) -> Any:
        chance, kind = self.random, self.kind.kind()
        match name:
            case "kernel_size":
                return self.per_axis(1, 4)
            case "stride":
                return self.per_axis(1, 4)
            case "padding" if "Pad" in kind:
                return chance.choice(
                    (chance.randint(-2, 5), tuple(chance.randint(-3, 5) for _ in range(2 * self.axes)))
                )
            case "padding" if kind.startswith("Conv") and "Transpose" not in kind:
                return chance.choice((self.per_axis(0, 4), self.per_axis(0, 4), "same", "valid"))
            case "padding":
                return self.per_axis(0, 2)
            case "dilation":
                return self.per_axis(1, 3)
            case "output_padding":
                return self.per_axis(0, 2)
            case "in_channels" | "num_channels":
                return self.channels if chance.random() < 0.95 else self.channels + 1
            case "num_features":
                return (shape[0] if shape else 1) if chance.random() < 0.9 else self.channels
            case "in_features" | "in1_features" | "input_size":
                return (shape[-1] if shape else 1) if chance.random() < 0.95 else 5
            case "out_channels":
                return chance.choice((1, 2, 3, 4, 6))
            case "groups" | "num_groups":
                return chance.choice((1, 1, 1, 2, 3))
            case "padding_mode":
                return chance.choice(("zeros", "zeros", "reflect", "replicate", "circular"))
            case "out_features" | "embedding_dim" | "num_embeddings" | "in2_features" | "hidden_size":
                return chance.randint(1, 6)
            case "num_layers" | "num_heads":
                return chance.choice((1, 1, 2, 3))
            case "proj_size":
                return chance.choice((0, 0, 1, 2, 6))
            case "embed_dim":
                return (shape[-1] if shape else 1) if chance.random() < 0.95 else 5
            case "kdim" | "vdim":
                return chance.choice((None, 1, 2, 5))
            case "nonlinearity":
                return chance.choice(("tanh", "relu", "tanh", "relu", "selu"))
            case "mode" if kind == "EmbeddingBag":
                return chance.choice(("sum", "mean", "max", "min"))
            case "dropout":
                return chance.choice((0, 0.5, 1.0)) if chance.random() < 0.9 else 1.5
            case "norm_type":
                return chance.choice((1, 2, 3.0)) if "LP" in kind else ...
            case "output_size" if kind == "Fold":
                return self.per_axis(1, 9)
            case "output_size":
                wanted = [chance.choice((1, 2, 3, 5, None)) for _ in range(self.axes)]
                return chance.choice((wanted[0], tuple(wanted)))
            case "size" if "LRN" in kind or "Local" in kind:
                return chance.randint(1, 5)
            case "size":
                return self.per_axis(1, 20)
            case "scale_factor" | "output_ratio":
                factors = [chance.choice((2, 3, 0.5, 0.7, 1.5, 2.3, 0.57, 1 / 3)) for _ in range(self.axes)]
                return chance.choice((factors[0], tuple(factors)))
            case "mode":
                modes = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact", "cubic")
                return chance.choice((modes[1], modes[2], modes[4])[self.axes - 1 :][:1] + modes)
            case "align_corners" | "recompute_scale_factor":
                return chance.choice((None, None, True, False))
            case "upscale_factor" | "downscale_factor":
                return chance.randint(1, 3)
            case "normalized_shape":
                last = shape[-chance.randint(1, 3) :]
                return last if last and chance.random() < 0.9 else chance.randint(1, 5)
            case "num_parameters":
                return chance.choice((1, self.channels))
            case "dim" | "start_dim" | "end_dim":
                return chance.randint(-4, 4)
            case "unflattened_size":
                return chance.choice(((2, 3), (-1, 2), (1, -1), (3,), (2, -1, 1), (-1,), (3, 1), (-1, -1)))
            case "approximate":
                return chance.choice(("none", "tanh", "exact"))
            case "p":
                return chance.choice((0, 0.5, 1, 1.5))
            case "value" | "threshold" | "alpha" | "beta" | "lambd" | "negative_slope" | "lower" | "init" | "k":
                return chance.choice((0.1, 0.5, 1, 2))
            case _ if name in FLAGS and name not in ("inplace", "return_indices"):
                return chance.choice((True, False))
        return ...


def self_batched(kind: str, shape: Shape) -> bool:
    """Whether torch takes the batch of such an input for its channels or features."""
    if not shape and kind in ("LayerNorm", "RMSNorm", "Linear", "LazyLinear", "Unflatten", "GLU"):
        return True
    return kind not in ("Fold", "BatchNorm1d", "LazyBatchNorm1d") and len(shape) == BY_KIND[kind].axes > 0


def taken_lightly(kind: str, arguments: Mapping[str, Any], shape: Shape) -> bool:
    """Whether torch may take what its documentation rules out: other axes than a padding is for, windows of no size."""
    axes = BY_KIND[kind].axes
    if "Pad" in kind:
        padding = arguments.get("padding")
        return len(shape) != axes + 1 or (isinstance(padding, tuple) and len(padding) != 2 * axes)
    if kind.startswith(("MaxUnpool", "FractionalMaxPool")):
        numbers = [n for value in arguments.values() for n in (value if isinstance(value, tuple) else (value,))]
        wrong = any(isinstance(value, tuple) and len(value) != axes for value in arguments.values())
        return wrong or any(n in (0, -1) for n in numbers)
    if "Norm" in kind and "num_features" in arguments:
        return not isinstance(arguments["num_features"], int) or arguments["num_features"] < 1
    if kind == "CrossMapLRN2d":
        return not isinstance(arguments["size"], int) or arguments["size"] < 1
    if kind.startswith("LazyConvTranspose"):
        return bool(arguments["out_channels"] % arguments.get("groups", 1))
    if kind == "PReLU":
        return arguments.get("num_parameters") == ()
    if kind in ("Flatten", "Unflatten"):
        return any(arguments.get(name, 1) in (0, -1 - len(shape)) for name in ("dim", "start_dim"))
    return kind == "UpsamplingNearest2d" and len(shape) != 3


def drawn(kind: str, runs: int) -> Iterator[tuple[dict[str, Any], Shape]]:
    """That many random cases, always the same."""
    for seed in range(runs):
        yield Draw(BY_KIND[kind], f"{kind} {seed}").case()
