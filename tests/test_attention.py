"""Attention and transformers: one row a layer, by its formula, whoever it was read by."""

from typing import Any

import pytest
from torch import Tensor, nn

from calc import check, count
from explain.notation import TEXT


class Crossed(nn.Module):
    """Steps that attend to seven others."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(12, 3, batch_first=True, **options)
        self.sizes = options.get("kdim", 12), options.get("vdim", 12)

    def forward(self, x: Tensor) -> Tensor:
        key, value = (x.new_zeros(1, 7, size) for size in self.sizes)
        return self.attention(x, key, value)[0]


@pytest.mark.parametrize(
    ("options", "formula"),
    [
        ({}, "12·(12 + 12 + 12 + 3) + 12·(12 + 1)"),
        ({"bias": False}, "12·(12 + 12 + 12) + 12·12"),
        ({"kdim": 5}, "12·(12 + 5 + 12 + 3) + 12·(12 + 1)"),
        ({"kdim": 5, "vdim": 6, "bias": False}, "12·(12 + 5 + 6) + 12·12"),
        ({"add_bias_kv": True}, "12·(12 + 12 + 12 + 5) + 12·(12 + 1)"),
        ({"add_zero_attn": True}, "12·(12 + 12 + 12 + 3) + 12·(12 + 1)"),
    ],
)
def test_a_row_is_the_whole_layer_by_its_formula(options: dict[str, Any], formula: str) -> None:
    network = Crossed(**options)
    question = count(network, "4x12")
    (row,) = question.rows
    key, value = network.sizes
    assert row.by_rule
    assert row.formula is not None
    assert TEXT.write(row.formula) == formula
    assert question.parameters == sum(p.numel() for p in network.parameters())
    assert question.macs == 2 * 4 * 12 * 12 + 7 * 12 * (key + value)
    assert question.ledger().verdict == "agrees"
    assert [c.verdict for c in check(question)] == ["agrees"]


@pytest.mark.parametrize("text", ["MultiheadAttention(8, 2)", "MultiheadAttention(8, 2, bias=False, vdim=3)"])
def test_what_is_written_counts_what_goes_out_too(text: str) -> None:
    layer: nn.Module = eval(f"nn.{text}")
    assert count(text).parameters == sum(p.numel() for p in layer.parameters())


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("bias", [True, False])
def test_transformers_are_made_of_layers_with_rules(bias: bool) -> None:
    network = nn.Transformer(8, 2, 1, 1, 16, batch_first=True, bias=bias)
    question = count(network, ["4x8", "3x8"])
    assert all(row.by_rule for row in question.rows if row.own)
    encoder = 4 * (4 * 64 + 2 * 8 * 16)
    decoder = 3 * (4 * 64 + 2 * 64 + 2 * 8 * 16) + 4 * 2 * 64
    assert (question.macs, question.network.between) == (encoder + decoder, 2 * 8 * (16 + 9 + 12))
    assert question.parameters == sum(p.numel() for p in network.parameters())
