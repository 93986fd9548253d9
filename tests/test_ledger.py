"""The columns and the depth of the ledger: whatever is shown adds up to the same."""

from functools import cache

import pytest
import torch
from torch import nn

from calc import Count, Impossible, count
from calc.crosscheck import check as crosscheck
from calc.expr import Num
from calc.ledger import COLUMNS, read_columns, table
from explain.layout import lines
from tests.cases import EXAMPLES, NETWORKS

BASELINE = str(EXAMPLES / "model.py")


@cache
def counted(source: str, shape: str | None = None) -> Count:
    return count(source, shape)


def numbers(cells: list[tuple[object, ...]]) -> list[int]:
    return [int(part.number) for cell in cells for part in cell if isinstance(part, Num)]


@pytest.mark.parametrize("depth", [None, 1, 2, 3])
@pytest.mark.parametrize("name", [name for name, column in COLUMNS.items() if column.right])
@pytest.mark.parametrize("source", [BASELINE, f"{NETWORKS}:Nested"])
def test_a_column_of_numbers_adds_up_to_its_last_line_at_every_depth(source: str, name: str, depth: int | None) -> None:
    found = table(counted(source, "3x32x32"), (name,), depth)
    assert sum(numbers([row[0] for row in found.rows])) == numbers([found.total[0]])[0] > 0


def test_weights_and_biases_are_the_parameters() -> None:
    found = table(counted(BASELINE), ("weights", "biases", "parameters"))
    for row in (*found.rows, found.total):
        weights, biases, parameters = numbers(list(row))
        assert weights + biases == parameters


def test_names_are_taken_together_to_a_depth() -> None:
    found = table(counted(f"{NETWORKS}:Nested", "3x32x32"), ("name", "layer", "parameters"), 1)
    assert [row[0][0] for row in found.rows] == ["features", "head"]
    assert found.rows[0][1] == ("4 layers",)


def test_what_an_output_sees_is_known_of_every_layer() -> None:
    found = table(counted(BASELINE, "3x32x32"), ("field",))
    assert [row[0][0] for row in found.rows] == [
        *("5×5", "5×5", "6×6", "14×14", "14×14", "16×16", "32×32", "32×32", "36×36"),
        *("36×36", *("all 32×32",) * 4),
    ]


def test_columns_that_need_an_input_are_left_out_without_one() -> None:
    assert [cell[0] for cell in table(counted("Conv2d(3, 4, 3)"), tuple(COLUMNS)).header if cell[0]] == [
        "name",
        "layer",
        "parameters",
        "weights",
        "biases",
        "trainable",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("name,mac", "there is no column “mac”: did you mean macs?"),
        (
            "x",
            "there is no column “x”: choose among name, layer, input, output, formula, parameters, weights, biases, trainable, macs, work, flops, field, memory",
        ),
    ],
)
def test_an_unknown_column_is_refused(words: str, sentence: str) -> None:
    with pytest.raises(Impossible) as fault:
        read_columns(words)
    assert str(fault.value) == sentence


def notes(*columns: str) -> str:
    return str(counted(BASELINE, "3x32x32").derivation(columns).steps)


def test_what_output_bytes_are_is_said_where_they_are_shown() -> None:
    assert "one sample in float32, 4 bytes a number: outputs only" in notes("name", "memory")
    assert "float32" not in notes("name", "macs")


def test_what_a_mac_is_is_said_where_some_are_shown() -> None:
    for column in ("macs", "work", "flops"):
        assert "a MAC is one multiplication" in notes("name", column)
    assert "a MAC is one multiplication" not in notes("name", "layer", "output", "parameters", "memory")


@pytest.mark.parametrize("columns", [("name", "macs"), ("parameters", "output"), ("layer", "macs")])
def test_the_last_line_says_that_it_is_all(columns: tuple[str, ...]) -> None:
    total = table(counted(BASELINE, "3x32x32"), columns).total
    assert total.count(("in all",)) == 1


def test_one_tensor_holds_what_it_has() -> None:
    assert "the network's 1 parameter tensor holds " in str(counted("Conv2d(3, 8, 3, bias=False)").ledger().says)


class Twice(nn.Module):
    """One block in which one ReLU is called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.Linear(4, 4), "relu": nn.ReLU()})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        relu = self.block["relu"]
        return relu(self.block["b"](relu(self.block["a"](x))))  # type: ignore[no-any-return]


def test_a_layer_that_is_called_twice_is_one_layer() -> None:
    (row,) = table(count(Twice(), "4"), ("layer",), 1).rows
    assert row == (("3 layers",),)


def test_a_check_of_no_layer_does_not_say_that_layers_were_built() -> None:
    (check,) = crosscheck(count(Twice().block["relu"], "4"))
    assert "0 layers" not in str(check.says)


class Bidirectional(nn.Module):
    """One row with a long formula among short ones."""

    def __init__(self) -> None:
        super().__init__()
        self.l, self.o = nn.LSTM(28, 64, 2, bidirectional=True, batch_first=True), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.o(self.l(x)[0])  # type: ignore[no-any-return]


def test_only_a_long_formula_stands_under_its_row() -> None:
    shown = ["".join(text for text, _ in line) for line in lines(count(Bidirectional(), "28x28").derivation(), 80)]
    header = next(i for i, line in enumerate(shown) if line.startswith("   name"))
    table = shown[header : header + 5]
    assert table[0].endswith("MACs")
    assert table[2] == "       2·(4·64·(28 + 64 + 2) + 4·64·(2·64 + 64 + 2))"
    assert {len(line) for i, line in enumerate(table) if i != 2} == {len(table[0])}
