"""Notebooks: what is public displays itself, and the example runs."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import nbformat
import pytest
from nbclient import NotebookClient

import calc
from calc import (
    Impossible,
    compare,
    concept,
    convolve,
    count,
    hint,
    maps,
    mark,
    pool,
    size,
    through,
    transpose,
)
from calc.derivation import Derivation, Pools, Step, Windows
from calc.exact import Cells
from calc.question import Question
from explain import FORMATS
from explain.notebook import FORMS, WINDOWS, bundle
from tests.cases import CASES, EXAMPLES, RAMP, TASK_1A

SHOWN: dict[str, Callable[[], object]] = {
    "a convolution": lambda: convolve(TASK_1A, "sobel"),
    "a transposed convolution": lambda: transpose("1 2; 3 4", "1 0; 2 1", stride=2),
    "a pooling": lambda: pool("a b; c d", 2, kind="average"),
    "a size": lambda: size(512, 504),
    "sizes with letters": lambda: size("n", kernel=3),
    "several unknowns": lambda: size(32, 16, "?", "?"),
    "layers": lambda: through("conv 9, pool 2", 512),
    "layers backwards": lambda: through("conv ?, pool 2, conv 3", 512, 250),
    "a comparison": lambda: compare("conv 3, conv 3", "conv 5"),
    "parameters": lambda: count(EXAMPLES / "table.md"),
    "maps": lambda: maps(EXAMPLES / "edges.py", TASK_1A, "conv1"),
    "a concept": lambda: concept("translation"),
    "a verdict": lambda: mark(size(512, 504), "8"),
    "a hint": lambda: hint(size(512, 504), 3),
    "a matrix": lambda: Cells.of([[1, 2], [3, 4]]),
    "a signal": lambda: Cells.of([1, 2, 3]),
    "channels": lambda: Cells.of([[[[1, 2]], [[3, 4]]]] * 2),
    "letters": lambda: convolve("a b", "2").answer,
    "a large map": lambda: convolve(RAMP, "sobel").answer,
}


@pytest.mark.parametrize("thing", SHOWN)
def test_what_is_public_displays_itself(thing: str) -> None:
    shown = SHOWN[thing]()
    forms: dict[str, str] = shown._repr_mimebundle_()  # type: ignore[attr-defined]
    assert set(forms) == {media for media, format_ in FORMS.items() if format_ in FORMATS}
    assert all(forms.values())
    assert sum(map(len, forms.values())) < 2_000_000
    assert shown._repr_markdown_() == forms["text/markdown"]  # type: ignore[attr-defined]
    assert shown._repr_html_() == forms.get("text/html")  # type: ignore[attr-defined]
    assert shown._repr_latex_() == forms.get("text/latex")  # type: ignore[attr-defined]


def test_every_public_class_displays_itself() -> None:
    classes = {name: getattr(calc, name) for name in calc.__all__ if isinstance(getattr(calc, name), type)}
    assert {name for name, kind in classes.items() if not hasattr(kind, "_repr_mimebundle_")} == {"Impossible"}
    assert all(hasattr(kind, "_repr_mimebundle_") for kind in get_args(Step))


def steps(derivation: Derivation) -> list[Any]:
    inner = [step for part in derivation.steps if isinstance(part, Derivation) for step in steps(part)]
    return [*derivation.steps, *inner]


def test_every_kind_of_step_displays_itself() -> None:
    names = "conv-products", "conv-picture", "pool-max", "shape-kernel", "shape-layers", "maps", "concept-marked"
    found = {type(step): step for name in names for step in steps(CASES[name]())}
    assert set(found) == set(get_args(Step))
    for step in found.values():
        assert "text/plain" in step._repr_mimebundle_()


def test_a_question_without_an_answer_says_why() -> None:
    class Stuck(Question):
        def derivation(self) -> Derivation:
            raise Impossible("nothing does it: give a <larger> kernel")

        def mistaken(self) -> tuple[Any, ...]:
            return ()

        def data(self) -> dict[str, Any]:
            return {}

    assert bundle(Stuck()) == {"text/plain": "✗ nothing does it: give a <larger> kernel"}


def test_very_many_windows_are_bounded() -> None:
    question = convolve(RAMP, "sobel")
    whole = question.derivation(places=None)
    (windows,) = [step for step in steps(whole) if isinstance(step, Windows)]
    assert len(list(windows)) > 10 * WINDOWS
    for thing in (whole, windows):
        said = thing._repr_mimebundle_()
        assert len(said["text/plain"]) < 20_000
        assert "windows go the same way" in " ".join(said["text/plain"].split())
    (pools,) = [step for step in steps(pool(RAMP, 2).derivation(None)) if isinstance(step, Pools)]
    assert len(pools._repr_mimebundle_()["text/plain"]) < 20_000


def test_a_page_keeps_to_its_frame() -> None:
    from explain.notebook import _framed

    framed = _framed('<p title="a">&amp;</p></iframe><script>alert(1)</script>', 3)
    assert framed.count("<") == 2
    assert 'sandbox="allow-scripts"' in framed


def test_displaying_imports_nothing_heavy() -> None:
    code = "import sys; from calc import size; size(512, 504)._repr_mimebundle_(); print(sorted(set(sys.modules) & {'numpy', 'scipy', 'sympy', 'torch', 'IPython'}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


NOTEBOOK = EXAMPLES / "task1.ipynb"


def test_the_example_is_a_notebook_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]


def test_the_example_runs_and_every_cell_displays_its_solution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES.parent))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    refused = nbformat.v4.new_code_cell("convolve('1 2; 3', 'sobel')", metadata={"tags": ["raises-exception"]})
    notebook.cells.append(refused)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    said = {cell.source: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    for source, outputs in said.items():
        if source.startswith(("from calc", "convolve(", "question.answer.numpy", "network.answer")):
            continue
        (output,) = outputs
        assert set(FORMS) & set(output.data) == {media for media, format_ in FORMS.items() if format_ in FORMATS}
    (answer,) = said['network.answer["parameters"]']
    assert answer.data["text/plain"] == "390410"
    assert len(json.dumps(notebook)) < 3_000_000
    (fault,) = refused.outputs
    assert fault.traceback == ["✗ the image, row 2 has 1 number where row 1 has 2: 3; every row has the same length"]
