"""Tensors that are no parameters: counted beside them, and Keras's count of the statistics."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from calc import Count, count
from calc.derivation import Note
from tests.networks import ResNet18, improved


class Kept(nn.Module):
    """A table that is saved with the parameters, one that is not, one under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.register_buffer("mask", torch.zeros(4, 4), persistent=False)
        self.register_buffer("table", torch.zeros(5))
        self.register_buffer("again", self.table)
        self.register_buffer("nothing", None)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) + self.table.sum() + self.mask.sum()


def beside(question: Count) -> str:
    """The note on buffers."""
    notes = (step.text for step in question.derivation().steps if isinstance(step, Note))
    texts = ("".join(p if isinstance(p, str) else str(p.value()) for p in text) for text in notes)
    return next((text for text in texts if text.startswith("Not parameters")), "")


def held(network: nn.Module) -> tuple[int, int]:
    """How many buffers torch has, and their numbers."""
    buffers = list(network.buffers())
    return len(buffers), sum(b.numel() for b in buffers)


@pytest.mark.parametrize("shape", [None, "3x32x32"])
@pytest.mark.parametrize("network", [improved(), ResNet18(10)], ids=["improved", "resnet"])
def test_statistics_are_what_torch_holds(network: nn.Module, shape: str | None) -> None:
    question = count(network, shape)
    tensors, numbers = held(network)
    means = sum(b.numel() for name, b in network.named_buffers() if "running" in name)
    assert question.answer["buffers"] == {
        "tensors": tensors,
        "numbers": numbers,
        "statistics": means,
        "not_saved": 0,
    }
    keras = sum(p.numel() for p in network.parameters()) + means
    assert beside(question) == (
        f"Not parameters: {numbers} numbers in {tensors} buffers, of which {means} are running means and variances;"
        f" Keras counts these as non-trainable: {keras} parameters there."
    )


@pytest.mark.parametrize(
    "text",
    [
        "Conv2d(3, 8, 3); BatchNorm2d(8)",
        repr(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))),
        "conv 3 8 filters, batchnorm",
    ],
)
def test_what_is_written_has_the_same_buffers(text: str) -> None:
    question = count(text, "3x9x9")
    assert (question.answer["buffers"]["numbers"], question.answer["buffers"]["statistics"]) == (17, 16)
    assert beside(question).endswith("Keras counts these as non-trainable: 256 parameters there.")


def test_what_is_not_saved_is_said_and_one_tensor_counts_once() -> None:
    question = count(Kept())
    assert beside(question) == "Not parameters: 21 numbers in 2 buffers, of which 16 (mask) are not saved."
    assert question.parameters == 12
    assert question.ledger().verdict == "agrees"


@pytest.mark.parametrize(
    "network", [nn.Linear(3, 3), nn.BatchNorm2d(3, track_running_stats=False), nn.InstanceNorm2d(3)]
)
def test_nothing_is_said_where_there_are_none(network: Any) -> None:
    question = count(network)
    assert not beside(question)
    assert "buffers" not in question.answer
