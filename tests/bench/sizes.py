"""Solving the output-size equation beside sympy's solver, and for several unknowns beside trying every layer."""

from collections.abc import Callable
from functools import partial
from itertools import product

import sympy
from sympy.core.cache import clear_cache

from calc import size
from calc.layers.conv import Conv
from calc.rules import CONVOLUTION, LETTER, LOWEST, Name
from tests.bench.timing import alternate, report

QUESTIONS: list[tuple[Name, dict[Name, int]]] = [
    ("kernel", {"in": 512, "out": 504, "stride": 1, "padding": 0, "dilation": 1}),
    ("padding", {"in": 224, "out": 112, "kernel": 7, "stride": 2, "dilation": 1}),
    ("in", {"out": 128, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1}),
    ("stride", {"in": 224, "out": 55, "kernel": 11, "padding": 2, "dilation": 1}),
]
TIMES = 100
"""Our solutions are timed so many at a time."""


def main() -> None:
    for unknown, known in QUESTIONS:
        theirs, ours = partial(by_sympy, unknown, known), repeated(partial(CONVOLUTION.solve, known, unknown))
        medians = alternate({"sympy.solve": theirs, "calc.rules.Rule.solve": ours}, 7)
        medians["calc.rules.Rule.solve"] /= TIMES
        report(f"the {unknown} of a convolution, one equation", medians, "calc.rules.Rule.solve")
    several()


def by_sympy(unknown: Name, known: dict[Name, int]) -> object:
    """sympy's solution, or that it has none for such an equation; without what it remembers of the last time."""
    clear_cache()
    put = {sympy.Symbol(LETTER[name], integer=True): x for name, x in known.items()}
    equation = sympy.Eq(Conv.size.to_sympy().subs(put), known["out"])
    try:
        return sympy.solve(equation, sympy.Symbol(LETTER[unknown], integer=True))
    except NotImplementedError:
        return None


def repeated(run: Callable[[], object]) -> Callable[[], None]:
    def many() -> None:
        for _ in range(TIMES):
            run()

    return many


def several() -> None:
    """Kernel, stride and padding of every layer that turns 32 into 16."""

    far = size(32, 16, "?", "?", "?").answer["bound"]
    every = [range(LOWEST[name], far[name] + 1) for name in ("kernel", "stride", "padding")]

    def ours() -> int:
        return len(size(32, 16, "?", "?", "?").solutions)

    def each() -> int:
        names: tuple[Name, ...] = ("kernel", "stride", "padding")
        known: dict[Name, int] = {"in": 32}
        return sum(CONVOLUTION.size({**known, **dict(zip(names, x, strict=True))}) == 16 for x in product(*every))

    def arithmetic() -> int:
        return sum((32 + 2 * p - k) // s + 1 == 16 for k, s, p in product(*every))

    assert ours() == each() == arithmetic()
    name = "calc.size(32, 16, ?, ?, ?).solutions"
    medians = alternate(
        {"every layer by the rule": each, "every layer, the rule spelled out": arithmetic, name: ours}, 3
    )
    report(f"kernel up to {far['kernel']}, stride and padding up to {far['stride']} at once", medians, name)
