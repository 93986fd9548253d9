"""What rows of layer tables unfold into: it ends in the numbers of the row, and is made when it is asked for."""

from collections.abc import Iterator
from math import prod

import pytest

from calc import Count, count, through
from calc.derivation import Chain, Derivation, Given, Note, Step, Table, Unfolding
from calc.expr import Num
from calc.layers.base import IN, OUT, Layer
from calc.layers.known import BY_KIND, LAYERS
from calc.ledger import table
from calc.stack import Stack
from calc.unfolding import meaning, of_layer, sizes_worked
from tests.cases import EXAMPLES, NETWORKS
from tests.drawn_layers import drawn, ours
from tests.odd_networks import ODD
from tests.wired_networks import WIRED


def chains(steps: tuple[Step, ...]) -> Iterator[Chain]:
    for step in steps:
        if isinstance(step, Derivation):
            yield from chains(step.steps)
        elif isinstance(step, Chain):
            yield step


def parts(unfolded: Derivation) -> dict[str, Derivation]:
    """The parts by the first words of their titles."""
    named = [step for step in unfolded.steps if isinstance(step, Derivation)]
    return {str(step.title[0]).partition(":")[0]: step for step in named}


def says(part: Derivation) -> str:
    return " ".join(str(step.text[0]) for step in part.steps if isinstance(step, Note))


def details(found: Table) -> list[Derivation]:
    assert len(found.details) == len(found.rows)
    return [unfolded for unfolded in found.details if unfolded]


def check(question: Count) -> None:
    """Every row ends in its numbers."""
    for row, unfolded in zip(question.rows, details(table(question)), strict=True):
        found = parts(unfolded)
        counted = [chain.value for chain in chains(found["Parameters"].steps)]
        assert counted == ([row.parameters] if row.formula else []), row.call.name
        assert counted or says(found["Parameters"])
        if question.network.input:
            worked = [chain.value for chain in chains(found["Multiply-accumulates"].steps)]
            assert worked == ([row.macs.value()] if row.macs and row.macs.value() else []), row.call.name
            assert worked or says(found["Multiply-accumulates"])
        if row.field:
            sizes = [field.size for field in row.field]
            steps = [chain.value for chain in chains(found["Receptive field"].steps)]
            assert set(steps) <= set(sizes)
            assert "×".join(map(str, sizes)) in says(found["Receptive field"])


@pytest.mark.parametrize(
    ("source", "shape"),
    [
        (EXAMPLES / "model.py", "3x32x32"),
        (EXAMPLES / "model.py", None),
        (EXAMPLES / "small_net.py", "3x28x28"),
        (EXAMPLES / "printed.txt", "3x32x32"),
        (EXAMPLES / "table.md", None),
        (EXAMPLES / "weights.safetensors", None),
        (f"{NETWORKS}:Tied", "4"),
        (f"{NETWORKS}:ResNet18", "3x64x64"),
        ("Conv2d(3, 8, (3, 5), stride=2, bias=False); BatchNorm2d(8); Flatten(); LazyLinear(10)", "3x20x31"),
        ("LSTM(16, 32, bidirectional=True)", "20x16"),
    ],
)
def test_every_row_ends_in_its_numbers(source: object, shape: str | None) -> None:
    check(count(source, shape))


@pytest.mark.parametrize("name", ODD)
def test_every_row_of_an_odd_network_ends_in_its_numbers(name: str) -> None:
    check(count(ODD[name](), ODD[name].odd.input))


@pytest.mark.parametrize("name", WIRED)
def test_every_row_of_a_network_with_branches_ends_in_its_numbers(name: str) -> None:
    made, shape = WIRED[name]
    check(count(made(), shape))


@pytest.mark.parametrize("kind", [layer.kind() for layer in LAYERS])
def test_every_layer_ends_in_its_numbers(kind: str) -> None:
    for arguments, shape in drawn(kind, 20):
        output = ours(kind, arguments, shape)
        if output is None:
            continue
        layer = BY_KIND[kind].of(arguments).for_input(shape)
        own, work = of_layer(layer, shape, output)
        assert [chain.value for chain in chains(own.steps)] in ([layer.count().value()], [])
        assert bool(list(chains(own.steps))) == bool(layer.tensors())
        macs = layer.multiply_accumulates(shape, output).value()
        assert [chain.value for chain in chains(work.steps)] == ([macs] if macs else [])
        steps = sizes_worked(layer, shape, output)
        values = {chain.value for chain in chains(steps)}
        assert steps
        if len(output) == len(shape) and not any(isinstance(step, Note) for step in steps):
            assert values == set(output[1:])
        assert all(
            fact[2] for part in (own, work) for step in part.steps if isinstance(step, Given) for fact in step.facts
        )


@pytest.mark.parametrize("layer", LAYERS)
def test_every_letter_of_a_law_has_a_meaning(layer: type[Layer]) -> None:
    for letter in (layer.params.free | layer.macs.free) - {IN.name, OUT.name}:
        assert meaning(layer, letter), letter


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ("conv 9, pool 2 stride 2, conv 3", 512),
        (
            "conv1 = nn.Conv2d(3, 8, (3, 5), stride=2); MaxPool2d(3, 2, ceil_mode=True); Flatten(); Linear(?, 10)",
            "3x20x31",
        ),
        ("transposed 4 stride 2 padding 1, bilinear 2, conv 3", 9),
        ("conv 3, conv 3 dilation 2", None),
    ],
)
def test_every_row_of_layers_in_a_row_ends_in_its_numbers(layers: str, shape: object) -> None:
    question = through(layers, shape)
    assert isinstance(question, Stack)
    for axis, found in enumerate(question.tables(sized=question.sized)):
        for i, (at, unfolded) in enumerate(zip(question.passed, details(found), strict=True)):
            told = parts(unfolded)
            if question.sized:
                worked = {chain.value for chain in chains(told["Output"].steps)}
                assert worked <= {*at.output, prod(n for n in at.output if n)}
                assert worked or says(told["Output"])
            if i < len(question.images):
                field = question.fields[axis][i]
                assert str(field.size) in says(told["Receptive field"])
                grown = [chain.value for chain in chains(told["Receptive field"].steps)]
                assert not grown or field.size in grown


def test_rows_that_are_taken_together_unfold_into_their_rows() -> None:
    question = count(f"{NETWORKS}:Nested", "3x32x32")
    found = table(question, ("name", "layer", "parameters"), 1)
    inner = [step for unfolded in details(found) for step in unfolded.steps if isinstance(step, Table)]
    assert [row[0] for each in inner for row in each.rows] == [(row.call.name,) for row in question.rows]
    for outer, each in zip(found.rows, inner, strict=True):
        numbers = [part.number for row in each.rows for cell in row for part in cell if isinstance(part, Num)]
        assert [Num(sum(numbers))] == [part for cell in outer for part in cell if isinstance(part, Num)]
        assert len(details(each)) == len(each.rows)


def test_a_row_unfolds_when_it_is_asked_to_and_once() -> None:
    made: list[int] = []

    def make(i: int) -> Derivation:
        made.append(i)
        return Derivation((str(i),), ())

    rows = Unfolding(3, make)
    assert (len(rows), made) == (3, [])
    assert (rows[-1], rows[2], made) == (Derivation(("2",), ()), rows[2], [2])
    assert rows[:2] == (rows[0], rows[1])
    assert rows == tuple(Derivation((str(i),), ()) for i in range(3))
    assert rows != (Derivation(("0",), ()),)
    with pytest.raises(IndexError):
        rows[3]
