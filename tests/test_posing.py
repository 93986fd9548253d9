"""Questions as they are posed: all that is needed to answer them, and nothing of the answer."""

import re

import pytest

from calc.derivation import Derivation
from calc.exact import Cells
from calc.expr import Expr
from calc.posing import posed
from calc.question import Question
from explain import render
from explain.asking import question
from explain.notation import TEXT
from tests.cases import EXAMPLES, NETWORKS

LINES = {
    "conv": f"conv --image {EXAMPLES / 'task1a.txt'} --kernel sobel",
    "pool": f"pool --image {EXAMPLES / 'task1a.txt'} --kernel 2 --stride 1",
    "transposed": "transposed --image '1 2; 3 4' --kernel '1 0; 2 1' --stride 2",
    "decimals": "conv --image '0.5 1; 2 3' --kernel '1 0.25' --padding valid",
    "kernel": "shape --in 512 --out 504",
    "padding": "shape --in 32 --kernel 5 --out same",
    "axes": "shape --in 480x640 --kernel 3 --stride 2",
    "several": "shape --in 33 --out 16 --kernel ? --stride ?",
    "letters": "shape --in H --kernel 3",
    "scaled": "shape --in 7 --scale 2",
    "adaptive": "shape --in 11 --adaptive 3",
    "layers": "shape --in 512 'conv 9, pool 2, conv 3'",
    "backward": "shape --in 512 --out 250 'conv ?, pool 2, conv 3'",
    "field": "shape 'conv 3, conv 3, pool 2'",
    "compared": "shape --compare 'conv 3, conv 3' 'conv 5'",
    "network": f"params {EXAMPLES / 'model.py'} --input 3x32x32",
    "chain": "params 'conv 5 32 filters padding 2, relu, pool 2' --input 3x32x32",
    "tied": f"params {NETWORKS}:Tied",
    "weights": f"params {EXAMPLES / 'weights.safetensors'}",
    "concept": "concept translation",
}


def written(asked: Question) -> str:
    title, steps, decimals = posed(asked)
    return "\n".join(render(Derivation(title, steps, decimals=decimals)))


NAMED = {"adaptive", "concept"}
"""Questions whose headline is a number that is given, or one of the choices."""


@pytest.mark.parametrize("name", sorted(LINES.keys() - NAMED))
def test_what_is_posed_does_not_say_the_answer(name: str) -> None:
    asked = question(LINES[name])
    solution, told = asked.derivation(), written(asked)
    said = TEXT.text(solution.headline)
    assert said
    if not isinstance(solution.answer, Cells):  # whose headline is a size
        assert not re.search(rf"(?<![\w×]){re.escape(said)}(?![\w×])", told)
    for row in solution.answer.rows() if isinstance(solution.answer, Cells) else ():
        cells = r"\s+".join(re.escape(TEXT.write(x) if isinstance(x, Expr) else str(x)) for x in row)
        assert not re.search(rf"(?<!\S){cells}(?!\S)", told)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("conv", ["-2  0  2", "3  2  0  7  0", "flipped kernel", "zero padding 1"]),
        ("decimals", ["0.5   1", "1 0.25"]),
        ("padding", ["Which padding keeps a size of 32?", "k = 5"]),
        ("axes", ["480×640", "k = 3", "s = 2"]),
        ("backward", ["1  conv ?", "2  pool 2", "3  conv 3", "gives 250 from 512"]),
        (
            "network",
            ["Conv2d(3, 32, 5, padding=2)", "Linear(2048, 64)", "How many parameters does Net in model.py have"],
        ),
        (
            "chain",
            ["0     Conv2d(3, 32, 5, padding=2)", "2     MaxPool2d(2)", "How many parameters do these layers have"],
        ),
        ("tied", ["own parameter: 1×16×8"]),
        ("weights", ["weight, bias: 4×3×3×3, 4"]),
        ("concept", ["(iii) max pooling", "One of the choices is right."]),
    ],
)
def test_what_is_posed_says_what_is_given(name: str, given: list[str]) -> None:
    told = written(question(LINES[name]))
    assert [each for each in given if each not in told] == []


def test_a_worked_cell_is_asked_for_with_its_window_and_filter() -> None:
    from calc import maps

    asked = maps(EXAMPLES / "edges.py", EXAMPLES / "task1a.txt", "conv1")
    told = written(asked)
    assert "What stands at (2,5) of map 1 of conv1 in edges.py on task1a.txt?" in told
    assert re.search(r"3  1  0 +-1  0  1\n +7  0  0 +-2  0  2\n +1  4  0 +-1  0  1", told)
    assert f"{asked.value:g}" == "-18"
    assert "-18" not in told
