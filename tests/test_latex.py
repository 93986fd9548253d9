"""Pages of LaTeX: they compile, and say what the derivation says."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calc import Impossible, compare, convolve, count, mark, pool, size, through
from calc.derivation import Derivation
from explain import render
from explain.latex import PREAMBLE
from explain.tex import LETTERS, MATHS, WRITTEN, tex
from tests.cases import CASES
from tests.latex_reader import printed


@pytest.mark.parametrize("name", CASES)
def test_every_page_can_be_read(name: str) -> None:
    printed("\n".join(render(CASES[name](), "latex")))


@pytest.mark.parametrize(
    "broken",
    [
        r"\section*{a",
        r"a}",
        r"$a",
        r"\begin{align*}a\end{gather*}",
        r"\[\begin{bmatrix*}[r]1 & 2 \\ 3\end{bmatrix*}\]",
        r"\begin{tabular}{lr}a & b & c \\\end{tabular}",
        r"\begin{tabular}{lr}a \\\end{tabular}",
        r"\unknown{a}",
        r"a_b",
        r"a^{b}",
        r"100% of it",
        r"a & b",
        r"#1",
        r"$a_b$",
        r"漢",
        r"$\text{a_b}$",
        "\\[\n\na\\]",
        r"\frac{1}",
        r"a<b",
        r"\begin{figure}\end{figure}",
        r"$\begin{tabular}{l}a\end{tabular}$",
        r"\text{\[a\]",
    ],
)
def test_the_reader_notices_what_is_broken(broken: str) -> None:
    with pytest.raises(AssertionError):
        printed(f"{broken}\nand the rest of the page\n")


def test_a_sum_is_aligned_at_one_sign() -> None:
    page = "\n".join(render(convolve("1 2; 3 4", "1 0; 0 1", padding="valid", flip=False).derivation(), "latex"))
    assert re.search(
        r"y_\{1,1\} &= 1 \\cdot 1 \+ 2 \\cdot 0 \+ 3 \\cdot 0 \+ 4 \\cdot 1 \\\\\*\n&= 1 \\cdot 1 \+ 4", page
    )


def test_no_page_ends_within_the_sum_of_a_window() -> None:
    page = "\n".join(render(convolve("1 2; 3 4", "1 0; 0 1", padding="valid", flip=False).derivation(), "latex"))
    sum_ = page[page.index("y_{1,1}") : page.index("\\end{align*}", page.index("y_{1,1}"))]
    assert sum_.count("\\\\") == sum_.count("\\\\*") > 1


def test_lines_of_a_solution_are_aligned_at_their_sign_with_reasons() -> None:
    page = "\n".join(render(size(512, 504).derivation(), "latex"))
    assert r"503 &\leq 512 - k < 504 &&\text{\small\color{gray}the floor allows} \\" in page


def test_a_part_of_a_document_has_no_declarations() -> None:
    whole, part = ("\n".join(render(size(512, 504).derivation(), "latex", level=n)) for n in (1, 2))
    assert (
        part in whole.replace("\\section*", "\\subsection*").replace("\\subsubsection*", "")
        or r"\definecolor" not in part
    )
    assert r"\subsection*{" in part
    assert r"\section*{" not in part


def test_a_document_begins_and_ends() -> None:
    page = list(render(size(512, 504).derivation(), "latex", standalone=True))
    assert page[0].startswith(r"\documentclass")
    assert page[-1] == r"\end{document}"
    printed("\n".join(page))


def test_an_option_of_another_format_is_refused() -> None:
    with pytest.raises(Impossible, match="the format text has no option “standalone”: it is for latex"):
        render(size(512, 504).derivation(), "text", standalone=True)
    with pytest.raises(Impossible, match="the format latex has no option “colour”: no format has it"):
        render(size(512, 504).derivation(), "latex", colour=True)


entries = st.integers(-300, 300) | st.fractions(-9, 9, max_denominator=12) | st.sampled_from(["a", "x"])


def matrices(least: int, most: int) -> st.SearchStrategy[list[list[object]]]:
    return st.tuples(st.integers(least, most), st.integers(least, most)).flatmap(
        lambda shape: st.lists(
            st.lists(entries, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
        )
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    matrices(3, 9),
    matrices(1, 3),
    st.sampled_from(["products", "hadamard"]),
    st.booleans(),
    st.integers(1, 3),
)
def test_made_up_convolutions_can_be_read(
    image: list[list[object]], kernel: list[list[object]], working: str, flip: bool, stride: int
) -> None:
    made = convolve(image, kernel, flip=flip, stride=stride).derivation(working)
    printed("\n".join(render(made, "latex")))


@settings(max_examples=40, deadline=None)
@given(st.integers(18, 40), st.integers(1, 7), st.integers(0, 10**6), st.booleans())
def test_many_windows_in_one_form_say_the_same_as_each_by_itself(side: int, k: int, seed: int, few: bool) -> None:
    image = [[(seed * (r + 3) * (c + 5)) % (2 if few else 997) - 1 for c in range(side)] for r in range(side)]
    kernel = [[(seed // (r * k + c + 1)) % 5 - 2 for c in range(k)] for r in range(k)]
    asked = convolve(image, kernel, padding="valid")
    every = "\n".join(render(asked.derivation(places=None), "latex"))
    for place in ((0, 0), (side - k, side - k)):
        one = "\n".join(render(asked.derivation(places=(place,)), "latex"))
        window = re.search(r"\\textbf\{\(.*?\\end\{align\*\}", one, re.DOTALL)
        assert window
        assert window[0] in every


@given(st.text())
def test_text_is_printed_as_itself(text: str) -> None:
    shown = "".join(sign for sign in text if sign.isprintable())
    assert printed(tex(shown)).rstrip("\n") == shown.translate(ALIKE)


ALIKE = {
    **{ord(a): b for a, b in zip("∑∏µ✗’‑−", "ΣΠμ×'--", strict=True)},
    ord("\N{NO-BREAK SPACE}"): " ",
    ord("°"): "^∘",
    ord("ᵀ"): "^T",
    ord("½"): "1/2",
    ord("¼"): "1/4",
    ord("¾"): "3/4",
    **{ord(sign): f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{ord(sign): f"_{digit}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}
"""What LaTeX prints alike."""


def test_tables_of_signs_do_not_overlap() -> None:
    assert not set(MATHS) & (set(WRITTEN) | LETTERS)


LARGE = 10**59 + 7
WIDE = [[(3 * r + 5 * c) % 7 - 3 for c in range(40)] for r in range(12)]
LETTERED = "; ".join(" ".join(f"{letter}_{i}" for i in range(1, 7)) for letter in "abcdef")
LAYERS = f"({'x' * 300}): ReLU()\n(conv_{'ab_' * 90}): Conv2d(3, 8, kernel_size=(3, 3))"

EXTREMES: dict[str, Callable[[], Derivation]] = {
    "digits": lambda: size(LARGE, LARGE - 10).derivation(),
    "more digits": lambda: size(LARGE**2, LARGE**2 - LARGE).derivation(),
    "digits of a quotient": lambda: size(out=LARGE, kernel=LARGE, stride=10**20, padding=10**30).derivation(),
    "digits of layers": lambda: through("conv 9, pool 2 stride 2, conv 3", LARGE).derivation(),
    "digits side by side": lambda: compare("conv 3, conv 3", "conv 5", LARGE).derivation(),
    "digits in cells": lambda: convolve([[LARGE, 1], [2, LARGE]], "sobel").derivation("hadamard"),
    "digits of an answer": lambda: mark(size(512, 504), "9" * 70).derivation(),
    "columns": lambda: convolve(WIDE, [[(r * c) % 5 - 2 for c in range(9)] for r in range(9)]).derivation(
        places=((5, 5),)
    ),
    "letters": lambda: convolve(LETTERED, "a x z; -1 2 y; u v w").derivation(places=((2, 2),)),
    "root": lambda: pool(WIDE, 5, kind="lp").derivation(places=((0, 0),)),
    "names": lambda: count(LAYERS).derivation(),
    "factors": lambda: count("LSTM(123456789, 987654321, num_layers=3, bidirectional=True)").derivation(),
}
"""What is longer or wider than a line."""


@pytest.mark.parametrize("name", EXTREMES)
def test_what_is_too_long_for_a_line_can_be_read(name: str) -> None:
    printed("\n".join(render(EXTREMES[name](), "latex")))


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex"])
def test_every_page_compiles(engine: str, tmp_path: Path) -> None:
    if not shutil.which(engine):
        pytest.skip(f"{engine} is not installed")
    signs = "".join(sorted({*MATHS, *WRITTEN, *LETTERS} - {" "})) + "漢字 ألف 🙂"
    pages = [f"{tex(signs[i : i + 40])}\n" for i in range(0, len(signs), 40)]
    for name, made in (CASES | EXTREMES).items():
        (tmp_path / f"{name}.tex").write_text("\n".join(render(made(), "latex")) + "\n", encoding="utf-8")
        pages.append(f'\\typeout{{{name}}}\\input{{"{name}"}}\n')
    (tmp_path / "all.tex").write_text("\n".join([*PREAMBLE, *pages, r"\end{document}"]), encoding="utf-8")
    done = subprocess.run(
        [engine, "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    log = (tmp_path / "all.log").read_text(encoding="latin-1")
    assert done.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    beyond = [float(points) for points in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)]
    assert not [points for points in beyond if points > 2]


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "explain", *words], capture_output=True, text=True, check=False)


def test_the_option_standalone_is_for_latex_alone(tmp_path: Path) -> None:
    asked = ("shape", "--in", "512", "--out", "504", "--no-check", "--standalone")
    assert command(*asked, "-o", str(tmp_path / "a.tex")).returncode == 0
    assert (tmp_path / "a.tex").read_text(encoding="utf-8").startswith(r"\documentclass")
    for format_ in ("terminal", "markdown"):
        refused = command(*asked, "--format", format_)
        assert refused.returncode == 2
        assert refused.stderr == f"✗ the format {format_} has no option “standalone”: it is for latex\n"
