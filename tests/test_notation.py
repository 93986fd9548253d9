"""The three notations: each says the same expression, and brackets what it must and no more."""

import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.expr import Expr, Num, Op, Sym, parse
from explain.notation import LATEX, MATHML, TEXT
from explain.tex import tex

CASES = [
    ("floor((n + 2*p - k)/s) + 1", r"\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1"),
    ("(1/2)^2", r"\left(\frac{1}{2}\right)^{2}"),
    ("k^(n + 1)", r"k^{n + 1}"),
    ("-1 * 2", r"\left(-1\right) \cdot 2"),
    ("2432 * k_h", r"2\,432 \cdot k_{h}"),
    ("out", r"\mathit{out}"),
    ("p_before", r"p_{\text{before}}"),
    ("max(a, 3)", r"\max\left(a, 3\right)"),
]


@pytest.mark.parametrize(("said", "latex"), CASES)
def test_latex(said: str, latex: str) -> None:
    assert LATEX.write(parse(said)) == latex


@pytest.mark.parametrize(
    ("expression", "text", "latex"),
    [
        (Op("root", (Sym("x") + Num(1), Num(2))), "√(x + 1)", r"\sqrt{x + 1}"),
        (Op("root", (Num(8), Num(3))), "8^(1/3)", r"\sqrt[3]{8}"),
        (Num(1e30), "1e+30", r"1 \cdot 10^{30}"),
        (Num(-1e-30), "-1e-30", r"-1 \cdot 10^{-30}"),
        (Num(Fraction(-1, 9)) * Num(2), "(-1/9)·2", r"\left(-\frac{1}{9}\right) \cdot 2"),
        (Sym("Σ w·x"), "Σ w·x", r"\text{$\Sigma$ w$\cdot$x}"),
    ],
)
def test_what_is_raised_needs_no_brackets(expression: Expr, text: str, latex: str) -> None:
    assert TEXT.write(expression) == text
    assert LATEX.write(expression) == latex


def test_text_within_latex_is_escaped() -> None:
    assert tex(r"50% of_{a}\b $x$ ~^ #&") == (
        r"50\% of\_\{a\}\textbackslash{}b \$x\$ \textasciitilde{}\textasciicircum{} \#\&"
    )


def test_a_sentence_has_its_expressions_between_dollars() -> None:
    assert LATEX.text(("a_b is ", parse("k + 1"))) == r"a\_b is $k + 1$"
    assert MATHML.text(("a<b is ", Sym("k"))) == "a&lt;b is <math><mi>k</mi></math>"


def expressions() -> st.SearchStrategy[Expr]:
    leaves = st.integers(-20, 20_000).map(Num) | st.sampled_from(["k", "p_before", "out", "a<b>"]).map(Sym)

    def deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        binary = st.sampled_from(["+", "*", "/", "^", "max", "≤", "multiple"])
        unary = st.sampled_from(["neg", "floor", "ceil", "abs", "erfc", "even"])
        return (
            st.builds(lambda op, a, b: Op(op, (a, b)), binary, inner, inner)
            | st.builds(lambda op, a: Op(op, (a,)), unary, inner)
            | st.builds(lambda a, power: Op("root", (a, Num(power))), inner, st.integers(2, 4))
        )

    return st.recursive(leaves, deeper, max_leaves=8)


@given(expressions())
def test_mathml_is_well_formed_and_latex_balanced(expression: Expr) -> None:
    root = ET.fromstring(f"<math>{MATHML.write(expression)}</math>")
    assert {e.tag for e in root.iter()} <= {
        *("math", "mrow", "mn", "mi", "mo", "mtext", "mfrac", "msup", "msub", "msqrt", "mroot")
    }
    assert all(len(e) == 2 for e in root.iter() if e.tag in ("mfrac", "msup", "msub", "mroot"))
    written = LATEX.write(expression)
    assert written.count("{") == written.count("}")
    assert written.count(r"\left") == written.count(r"\right")
