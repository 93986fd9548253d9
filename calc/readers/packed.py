"""torch's quantised layers, whose weights are packed as small whole numbers and are no parameters.

Their classes are those of `torch.ao.nn.quantized` and its fused and dynamic forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from torch import Tensor, nn

from calc.layers.known import BY_KIND

_PLACES = ("torch.ao.nn.quantized.", "torch.ao.nn.intrinsic.quantized.", "torch.nn.quantized.")


_FUSED = re.compile("LeakyReLU|ReLU|Tanh|Add")
"""What is fused into a layer."""


def packed_kind(module: nn.Module) -> str | None:
    """The class of torch's own whose weights a module has packed; None for any other module."""
    kind: Any = type(module)
    return _kind(kind)


@cache
def _kind(kind: Any) -> str | None:
    if not kind.__module__.startswith(_PLACES) or not (
        hasattr(kind, "get_weight") or callable(getattr(kind, "weight", None))
    ):
        return None
    plain = _FUSED.sub("", kind.__name__)
    return plain if plain in BY_KIND else None


def packed_tensors(module: Any) -> Mapping[str, Tensor]:
    """The tensors that were packed, by the names they had."""
    if hasattr(module, "get_weight"):
        return {**module.get_weight(), **module.get_bias()}
    bias = module.bias() if callable(getattr(module, "bias", None)) else None
    return {"weight": module.weight()} | ({} if bias is None else {"bias": bias})


def holds_packed(network: nn.Module) -> bool:
    """Whether some layers of the network are packed."""
    return any(packed_kind(module) for module in network.modules())
