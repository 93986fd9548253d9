"""Who may import whom, read off the imports themselves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"numpy", "scipy", "sympy", "torch", "PIL"}

MAY: dict[str, set[str]] = {
    "calc.errors": set(),
    "calc.displayed": set(),
    "calc.kernels": {"calc.expr"},
    "calc.expr": {"calc.errors"},
    "calc.exact": {"calc.displayed", "calc.errors", "calc.expr"},
    "calc.choices": {"calc.errors", "calc.exact", "calc.expr"},
    "calc.activations": {"calc.derivation", "calc.errors", "calc.exact", "calc.expr", "numpy"},
    "calc.arrays": {"calc.choices", "calc.correlation", "calc.errors", "calc.exact", "calc.expr", "numpy"},
    "calc.images": {
        "calc.array_files",
        "calc.choices",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.files",
        "calc.kernels",
        "calc.pictures",
    },
    "calc.files": {"calc.errors"},
    "calc.pictures": {"calc.choices", "calc.errors", "calc.exact", "calc.files", "numpy"},
    "calc.array_files": {"calc.errors", "calc.exact", "calc.files", "calc.pictures", "numpy"},
    "calc.correlation": {"calc.exact", "numpy"},
    "calc.derivation": {"calc.choices", "calc.displayed", "calc.errors", "calc.exact", "calc.expr"},
    "calc.records": {"calc.arrays", "calc.derivation", "calc.exact", "calc.expr", "numpy"},
    "calc.walk": {"calc.choices", "calc.derivation", "calc.exact", "calc.expr", "calc.showing"},
    "calc.question": {"calc.derivation", "calc.displayed", "calc.expr"},
    "calc.stretches": set(),
    "calc.isolate": {"calc.derivation", "calc.expr", "calc.stretches"},
    "calc.algebra": {"calc.expr"},
    "calc.lettered": {
        "calc.algebra",
        "calc.axis",
        "calc.dialects",
        "calc.rules",
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.layers",
        "calc.question",
    },
    "calc.filters": {"calc.expr"},
    "calc.catalogue": {
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.filters",
        "calc.images",
        "calc.kernels",
    },
    "calc.marking.lessons": {"calc.marking.lessons"},
    "calc.layers": {"calc.errors", "calc.expr", "calc.layers", "calc.question"},
    "calc.network": {"calc.errors", "calc.expr", "calc.layers", "calc.wiring"},
    "calc.showing": {"calc.choices", "calc.derivation", "calc.errors", "calc.exact", "calc.pictures"},
    "calc.feature_maps": {
        "calc.activations",
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.question",
        "calc.showing",
    },
    "calc.convolution": {
        "calc.activations",
        "calc.arrays",
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.feature_maps",
        "calc.images",
        "calc.showing",
    },
    "calc.transposed": {
        "calc.activations",
        "calc.arrays",
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.feature_maps",
        "calc.images",
        "calc.showing",
        "calc.layers",
    },
    "calc.pooling": {
        "calc.arrays",
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.feature_maps",
        "calc.images",
        "calc.showing",
        "numpy",
    },
    "calc.map_options": {"calc.choices", "calc.errors", "calc.exact", "calc.images", "calc.pictures", "numpy"},
    "calc.sheet": {"calc.pictures", "numpy"},
    "calc.layer_maps": {
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.feature_maps",
        "calc.map_steps",
        "calc.question",
        "calc.sheet",
        "calc.showing",
        "numpy",
    },
    "calc.map_steps": {
        "calc.derivation",
        "calc.exact",
        "calc.expr",
        "calc.layer_maps",
        "calc.pictures",
        "calc.showing",
        "numpy",
    },
    "calc.mapping": {
        "calc.choices",
        "calc.errors",
        "calc.exact",
        "calc.layer_maps",
        "calc.map_options",
        "calc.readers",
        "calc.sources",
        "numpy",
    },
    "calc.onnx": {
        "calc.choices",
        "calc.convolution",
        "calc.errors",
        "calc.exact",
        "calc.images",
        "calc.pooling",
        "calc.transposed",
        "numpy",
    },
    "calc.rules": {"calc.errors", "calc.expr", "calc.layers", "calc.stretches"},
    "calc.dialects": {"calc.errors", "calc.expr", "calc.layers", "calc.rules"},
    "calc.size_words": {"calc.dialects", "calc.errors", "calc.exact", "calc.expr", "calc.rules"},
    "calc.axis": {
        "calc.derivation",
        "calc.dialects",
        "calc.errors",
        "calc.expr",
        "calc.isolate",
        "calc.layers",
        "calc.rules",
        "calc.stretches",
    },
    "calc.several": {
        "calc.axis",
        "calc.derivation",
        "calc.dialects",
        "calc.errors",
        "calc.expr",
        "calc.isolate",
        "calc.layers",
        "calc.question",
        "calc.rules",
        "calc.stretches",
    },
    "calc.resizing": {
        "calc.derivation",
        "calc.dialects",
        "calc.errors",
        "calc.expr",
        "calc.layers",
        "calc.question",
        "calc.rules",
        "calc.size_words",
    },
    "calc.sizing": {
        "calc.axis",
        "calc.derivation",
        "calc.dialects",
        "calc.errors",
        "calc.expr",
        "calc.isolate",
        "calc.layers",
        "calc.lettered",
        "calc.question",
        "calc.resizing",
        "calc.rules",
        "calc.several",
        "calc.size_words",
        "calc.stretches",
        "calc.wrong_sizes",
    },
    "calc.wrong_counts": {"calc.counting", "calc.expr", "calc.layers"},
    "calc.wrong_sizes": {"calc.axis", "calc.expr", "calc.layers", "calc.question", "calc.rules"},
    "calc.concepts": {
        "calc.activations",
        "calc.chain",
        "calc.concepts",
        "calc.convolution",
        "calc.counting",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.filters",
        "calc.pooling",
        "calc.question",
        "calc.stack",
        "calc.transposed",
    },
    "calc.posing": {
        "calc.backward",
        "calc.comparison",
        "calc.concepts",
        "calc.counting",
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.feature_maps",
        "calc.layer_maps",
        "calc.question",
        "calc.rules",
        "calc.sizing",
        "calc.stack",
    },
    "calc.answer_key": {
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.feature_maps",
        "calc.layer_maps",
        "calc.marking",
        "calc.posing",
        "calc.question",
        "calc.resizing",
    },
    "calc.hints": {
        "calc.backward",
        "calc.comparison",
        "calc.concepts",
        "calc.counting",
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.feature_maps",
        "calc.layers",
        "calc.lettered",
        "calc.question",
        "calc.readers",
        "calc.resizing",
        "calc.rules",
        "calc.several",
        "calc.showing",
        "calc.sizing",
        "calc.stack",
    },
    "calc.marking": {
        "calc.unfolding",
        "calc.algebra",
        "calc.backward",
        "calc.chain",
        "calc.choices",
        "calc.comparison",
        "calc.concepts",
        "calc.convolution",
        "calc.counting",
        "calc.derivation",
        "calc.displayed",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.feature_maps",
        "calc.images",
        "calc.layers",
        "calc.lettered",
        "calc.marking",
        "calc.posing",
        "calc.pooling",
        "calc.question",
        "calc.rules",
        "calc.several",
        "calc.sizing",
        "calc.stack",
        "calc.wrong_counts",
        "calc.wrong_sizes",
        "numpy",
    },
    "calc.quizzes.blanks": {"calc.derivation", "calc.expr"},
    "calc.quizzes": {
        "calc.concepts",
        "calc.counting",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.feature_maps",
        "calc.hints",
        "calc.layers",
        "calc.ledger",
        "calc.marking",
        "calc.posing",
        "calc.question",
        "calc.quizzes",
        "calc.rules",
        "calc.showing",
        "calc.sizing",
        "calc.stack",
        "calc.wrong_counts",
    },
    "calc.progress_store": {"calc.errors"},
    "calc.progress": {
        "calc.derivation",
        "calc.errors",
        "calc.marking",
        "calc.practice",
        "calc.progress_store",
    },
    "calc.practice": {
        "calc.chain",
        "calc.concepts",
        "calc.convolution",
        "calc.counting",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.feature_maps",
        "calc.hints",
        "calc.ledger",
        "calc.marking",
        "calc.pooling",
        "calc.posing",
        "calc.practice",
        "calc.progress_store",
        "calc.question",
        "calc.rules",
        "calc.sizing",
        "calc.stack",
        "calc.transposed",
        "calc.wrong_counts",
    },
    "calc.receptive": {"calc.errors", "calc.expr", "calc.layers"},
    "calc.sights": set(),
    "calc.paths": {"calc.layers", "calc.sights"},
    "calc.wiring": {"calc.errors", "calc.layers", "calc.paths", "calc.receptive", "calc.sights"},
    "calc.stack": {
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.layers",
        "calc.question",
        "calc.readers",
        "calc.receptive",
        "calc.showing",
        "calc.unfolding",
        "calc.volumes",
    },
    "calc.unfolding": {"calc.counting", "calc.derivation", "calc.errors", "calc.expr", "calc.layers", "calc.showing"},
    "calc.size_functions": {"calc.errors", "calc.expr", "calc.layers", "calc.rules", "calc.stack", "calc.unfolding"},
    "calc.backward": {
        "calc.size_functions",
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.isolate",
        "calc.layers",
        "calc.question",
        "calc.readers",
        "calc.rules",
        "calc.showing",
        "calc.stack",
        "calc.stretches",
        "calc.unfolding",
    },
    "calc.comparison": {
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.layers",
        "calc.question",
        "calc.stack",
        "calc.unfolding",
    },
    "calc.chain": {"calc.backward", "calc.comparison", "calc.errors", "calc.readers", "calc.stack", "calc.unfolding"},
    "calc.conventions": {"calc.derivation", "calc.errors", "calc.expr", "calc.layers"},
    "calc.ledger": {
        "calc.counting",
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.network",
        "calc.readers",
        "calc.unfolding",
    },
    "calc.counting": {
        "calc.conventions",
        "calc.derivation",
        "calc.errors",
        "calc.expr",
        "calc.layers",
        "calc.ledger",
        "calc.network",
        "calc.question",
        "calc.readers",
        "calc.paths",
        "calc.receptive",
        "calc.sources",
        "calc.volumes",
        "calc.wiring",
        "calc.wrong_counts",
    },
    "calc.volumes": {"calc.counting", "calc.derivation", "calc.ledger", "calc.stack", "calc.wiring"},
    "calc.sources": {"calc.errors", "calc.files", "calc.layers", "calc.network", "calc.readers"},
    "calc.readers": {
        "calc.errors",
        "calc.files",
        "calc.layers",
        "calc.network",
        "calc.readers",
        "calc.stretches",
        "torch",
    },
    "calc.readers.tables": {"calc.errors", "calc.layers", "calc.network", "calc.readers"},
    "calc.crosscheck_layers": {
        "calc.crosscheck",
        "calc.derivation",
        "calc.errors",
        "calc.layers",
        "calc.receptive",
        "calc.stack",
        "torch",
        "calc.unfolding",
    },
    "calc.crosscheck": {
        "calc.arrays",
        "calc.backward",
        "calc.comparison",
        "calc.concepts",
        "calc.crosscheck_layers",
        "calc.convolution",
        "calc.counting",
        "calc.derivation",
        "calc.dialects",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.layers",
        "calc.pooling",
        "calc.question",
        "calc.resizing",
        "calc.rules",
        "calc.several",
        "calc.sizing",
        "calc.stack",
        "calc.transposed",
        "numpy",
        "scipy",
        "torch",
        "calc.lettered",
    },
    "explain.tex": set(),
    "explain.notation": {"calc.derivation", "calc.exact", "calc.expr", "explain.tex"},
    "explain.blocks": {"calc.exact", "explain.notation"},
    "explain.progress": {"calc.derivation", "rich"},
    "explain.pictures": {"calc.derivation", "explain.blocks", "explain.notation"},
    "explain.places": {"calc.derivation", "calc.errors", "calc.exact", "calc.expr"},
    "explain.sliding": {
        "calc.showing",
        "explain.framed",
        "calc.derivation",
        "calc.exact",
        "explain.blocks",
        "explain.notation",
        "explain.places",
    },
    "explain.layout": {"calc.derivation", "explain.blocks", "explain.notation", "explain.pictures", "explain.sliding"},
    "explain.text": {"calc.derivation", "explain.layout"},
    "explain.terminal": {"calc.derivation", "explain.blocks", "explain.documents", "explain.layout", "explain.solving"},
    "explain.markdown": {
        "calc.derivation",
        "calc.expr",
        "explain.latex.blocks",
        "explain.layout",
        "explain.notation",
        "explain.text",
    },
    "explain.html": {
        "calc.showing",
        "explain.places",
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "calc.expr",
        "calc.records",
        "calc.walk",
        "explain.html",
        "explain.notation",
        "calc.quizzes.blanks",
        "explain.svg",
        "explain.volumes",
    },
    "explain.latex": {
        "calc.showing",
        "calc.choices",
        "calc.derivation",
        "calc.exact",
        "calc.expr",
        "calc.records",
        "explain.blocks",
        "explain.framed",
        "explain.latex",
        "explain.notation",
        "explain.pictures",
        "explain.places",
        "explain.sliding",
        "explain.tex",
    },
    "explain.framed": {
        "explain.places",
        "calc.derivation",
        "calc.exact",
        "calc.records",
        "explain.blocks",
        "explain.notation",
    },
    "explain.data": {"calc.records", "calc.derivation", "calc.errors", "calc.exact", "calc.expr", "explain.notation"},
    "explain.drawing": {"calc.errors"},
    "explain.scenes": {
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "calc.exact",
        "explain.drawing",
        "explain.notation",
        "explain.places",
    },
    "explain.figures": {
        "calc.derivation",
        "calc.errors",
        "explain.drawing",
        "explain.notation",
        "explain.places",
        "explain.scenes",
    },
    "explain.volumes": {"calc.derivation", "calc.errors", "explain.drawing", "explain.notation"},
    "explain.stamps": {"calc.derivation", "explain.drawing", "explain.figures", "explain.notation"},
    "explain.pictured": {
        "calc.choices",
        "calc.derivation",
        "calc.errors",
        "explain",
        "explain.drawing",
        "explain.figures",
        "explain.stamps",
        "explain.volumes",
    },
    "explain.svg": {"calc.derivation", "explain.drawing", "explain.pictured"},
    "explain.gif": {"calc.derivation", "calc.errors", "explain.drawing", "explain.pictured", "explain.svg"},
    "explain.asking": {
        "calc.catalogue",
        "calc.chain",
        "calc.choices",
        "calc.concepts",
        "calc.convolution",
        "calc.counting",
        "calc.crosscheck",
        "calc.derivation",
        "calc.errors",
        "calc.hints",
        "calc.images",
        "calc.layer_maps",
        "calc.ledger",
        "calc.mapping",
        "calc.marking",
        "calc.pooling",
        "calc.question",
        "calc.sizing",
        "calc.transposed",
        "explain.cli",
        "calc.quizzes",
    },
    "explain.session": {
        "calc.derivation",
        "calc.errors",
        "calc.hints",
        "calc.marking",
        "calc.practice",
        "calc.progress_store",
        "explain",
        "explain.blocks",
        "explain.text",
    },
    "explain.worksheet": {
        "calc.errors",
        "calc.files",
    },
    "explain.solving": {
        "calc.answer_key",
        "calc.catalogue",
        "calc.derivation",
        "calc.errors",
        "calc.posing",
        "explain",
        "explain.asking",
        "explain.worksheet",
    },
    "explain.documents": {
        "calc.derivation",
        "calc.errors",
        "explain.blocks",
        "explain.data",
        "explain.documents",
        "explain.html",
        "explain.layout",
        "explain.markdown",
        "explain.notation",
        "explain.solving",
        "explain.terminal",
        "explain.text",
        "explain.worksheet",
        "explain.latex",
        "explain.tex",
    },
    "explain.completing": {
        "calc.activations",
        "calc.choices",
        "calc.concepts",
        "calc.dialects",
        "calc.kernels",
        "calc.ledger",
        "calc.marking.lessons",
        "explain",
    },
    "explain.helping": {"explain"},
    "explain.notebook": {"calc.derivation", "calc.errors", "calc.exact", "calc.showing", "explain"},
    "explain.files": {"calc.errors", "calc.files", "explain"},
}
"""What each module may import of this project and of the heavy libraries, a package standing for its modules."""

FREE = {"calc", "explain", "explain.cli", "explain.__main__"}
"""The fronts, which may import whatever they show; but calc never imports explain."""

LAZY = {
    "calc.answer_key": {"calc.layer_maps"},
    "calc.posing": {"calc.layer_maps"},
    "calc.question": {"calc.marking"},
    "calc.concepts": {"calc.convolution", "calc.pooling", "calc.transposed"},
    "calc.images": {"calc.array_files", "calc.pictures", "numpy"},
    "explain.progress": {"rich"},
    "calc.records": {"calc.arrays", "numpy"},
    "calc.walk": {"calc.arrays", "calc.pictures", "numpy"},
    "calc.convolution": {"numpy"},
    "calc.transposed": {"numpy"},
    "calc.onnx": {"numpy"},
    "calc.activations": {"numpy"},
    "calc.arrays": {"sympy"},
    "calc.showing": {"calc.pictures"},
    "calc.exact": {"numpy"},
    "calc.expr": {"sympy"},
    "calc.algebra": {"sympy"},
    "calc.pictures": {"PIL"},
    "calc.sheet": {"PIL"},
    "explain.gif": {"PIL"},
}
"""What a module may import inside the functions that need it."""


def modules() -> dict[str, Path]:
    paths = [p for folder in ("calc", "explain") for p in sorted((ROOT / folder).rglob("*.py"))]
    return {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in paths}


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def faults(module: str, source: str) -> set[str]:
    """What a module imports and may not."""
    owner = next((name for name in (module, module.rpartition(".")[0]) if name in MAY), None)
    assert owner or module in FREE, f"{module} has no place in the house: give it one in MAY"
    wanted = {name for name in imports(ast.parse(source)) if name.split(".")[0] in HEAVY | {"calc", "explain"}}
    if owner is None:
        return {name for name in wanted if module.startswith("calc") and name.startswith("explain")}
    tree = ast.parse(source)
    at_once = {
        name
        for name in imports(ast.Module([n for n in tree.body if not isinstance(n, ast.If)], []))
        if not within_functions(tree, name)
    }
    lazy = LAZY.get(owner, set())
    return {name for name in wanted if not among(name, MAY[owner] | lazy) or (among(name, lazy) and name in at_once)}


def among(name: str, names: set[str]) -> bool:
    return any(name == a or name.startswith(f"{a}.") for a in names)


def within_functions(tree: ast.Module, name: str) -> bool:
    """Whether a module is imported inside functions only."""
    outside = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return name not in set(imports(ast.Module(outside, [])))


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_it_may(module: str) -> None:
    assert not faults(module, modules()[module].read_text())


def test_a_forbidden_import_is_noticed() -> None:
    assert faults("explain.text", "import numpy as np") == {"numpy"}
    assert faults("explain.layout", "def f():\n    from calc.crosscheck import crosscheck") == {"calc.crosscheck"}
    assert faults("calc.layers.conv", "import torch.nn") == {"torch.nn"}
    assert faults("calc", "import explain.text") == {"explain.text"}
    assert faults("calc.exact", "import numpy as np") == {"numpy"}
    assert faults("calc.exact", "def f():\n    import numpy as np") == set()


def test_no_rule_is_for_a_module_that_is_gone() -> None:
    there = set(modules())
    assert {name for name in MAY if name not in there and not any(m.startswith(f"{name}.") for m in there)} == set()


def named(module: str) -> set[str]:
    """The modules of `explain` that a module names in strings, as `import_module` takes them."""
    tree = ast.parse(modules()[module].read_text())
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in strings if re.fullmatch(r"explain(\.\w+)*", text)}


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("calc")])
def test_the_one_door_to_what_is_shown(module: str) -> None:
    assert named(module) == ({"explain.notebook"} if module == "calc.displayed" else set())


@pytest.mark.parametrize("module", modules())
def test_nothing_evaluates_text(module: str) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(modules()[module].read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"eval", "exec", "compile", "__import__"}
    assert not {"pickle", "marshal", "shelve"} & set(imports(ast.parse(modules()[module].read_text())))


@pytest.mark.parametrize("module", modules())
def test_every_module_says_what_it_is(module: str) -> None:
    assert ast.get_docstring(ast.parse(modules()[module].read_text()))
