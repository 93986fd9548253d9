"""cnncalc: the arithmetic of convolutional networks, worked out by hand and exact.

`convolve`, `size`, `through`, `count` and others ask a question; its `derivation()` is the worked solution, which `explain` prints.
Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calc import onnx as onnx
    from calc.backward import Backward as Backward
    from calc.chain import compare as compare
    from calc.chain import through as through
    from calc.comparison import Comparison as Comparison
    from calc.concepts import concept as concept
    from calc.concepts.base import Concept as Concept
    from calc.convolution import Convolution as Convolution
    from calc.convolution import convolve as convolve
    from calc.counting import Count as Count
    from calc.counting import count as count
    from calc.crosscheck import check as check
    from calc.derivation import Derivation as Derivation
    from calc.errors import Impossible as Impossible
    from calc.hints import hint as hint
    from calc.layer_maps import LayerMaps as LayerMaps
    from calc.mapping import maps as maps
    from calc.marking.front import Marked as Marked
    from calc.marking.front import mark as mark
    from calc.pooling import Pooling as Pooling
    from calc.pooling import pool as pool
    from calc.quizzes.front import quiz as quiz
    from calc.sizing import Size as Size
    from calc.sizing import size as size
    from calc.stack import Stack as Stack
    from calc.transposed import Transposed as Transposed
    from calc.transposed import transpose as transpose

_HOME = {
    "Backward": "backward",
    "compare": "chain",
    "through": "chain",
    "Comparison": "comparison",
    "Stack": "stack",
    "Concept": "concepts.base",
    "concept": "concepts",
    "Convolution": "convolution",
    "convolve": "convolution",
    "Count": "counting",
    "count": "counting",
    "check": "crosscheck",
    "Derivation": "derivation",
    "Impossible": "errors",
    "hint": "hints",
    "LayerMaps": "layer_maps",
    "maps": "mapping",
    "mark": "marking.front",
    "Marked": "marking.front",
    "pool": "pooling",
    "Pooling": "pooling",
    "quiz": "quizzes.front",
    "Size": "sizing",
    "size": "sizing",
    "transpose": "transposed",
    "Transposed": "transposed",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"calc.{_HOME[name]}"), name)
