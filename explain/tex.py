"""Text that LaTeX prints as it is, pdfLaTeX and XeLaTeX alike."""

from __future__ import annotations

import re

MATHS = {
    "−": "-",
    "×": r"\times",
    "÷": r"\div",
    "·": r"\cdot",
    "∘": r"\circ",
    "±": r"\pm",
    "¬": r"\neg",
    "→": r"\to",
    "←": r"\leftarrow",
    "↔": r"\leftrightarrow",
    "∞": r"\infty",
    "∈": r"\in",
    "√": r"\surd",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "°": r"{}^{\circ}",
    "ᵀ": r"{}^{\mathsf{T}}",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "✓": r"\checkmark",
    "✗": r"\times",
    "½": r"\tfrac{1}{2}",
    "¼": r"\tfrac{1}{4}",
    "¾": r"\tfrac{3}{4}",
    "∑": r"\Sigma",
    "∏": r"\Pi",
    "µ": r"\mu",
    **{sign: f"{{}}^{{{digit}}}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{sign: f"{{}}_{{{digit}}}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **dict(
        zip(
            "αβγδεζηθικλμνξπρςστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
            (
                *(r"\alpha", r"\beta", r"\gamma", r"\delta", r"\epsilon", r"\zeta", r"\eta", r"\theta", r"\iota"),
                *(r"\kappa", r"\lambda", r"\mu", r"\nu", r"\xi", r"\pi", r"\rho", r"\varsigma", r"\sigma", r"\tau"),
                *(r"\upsilon", r"\phi", r"\chi", r"\psi", r"\omega", r"\Gamma", r"\Delta", r"\Theta", r"\Lambda"),
                *(r"\Xi", r"\Pi", r"\Sigma", r"\Upsilon", r"\Phi", r"\Psi", r"\Omega"),
            ),
            strict=True,
        )
    ),
}
"""Signs that are mathematics."""

WRITTEN = {
    **{sign: f"\\{sign}" for sign in "{}$&#%_"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "–": "--",
    "—": "---",
    "‑": "-",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\ldots{}",
    "•": r"\textbullet{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{THIN SPACE}": r"\,",
}
"""Signs that LaTeX reads as something else, and those that it writes with several."""

LETTERS = frozenset(
    {chr(code) for code in (*range(0x20, 0x7F), *range(0xC0, 0x17F))} - set("×÷ħĦĸŀĿŉŧŦſ") | set("¡¿£§©«»ȘșȚț")
)
"""Signs that every font in T1 has; of others the code is printed."""

_MELTING = frozenset({"--", "''", "``", ",,", "?`", "!`"})
"""Neighbours that would become one sign."""


MAY_END = r"\allowbreak"

_TOO_LONG = re.compile(r"\S{41,}|\d{23,}")
"""A word that may not fit on a line."""


def tex(text: str) -> str:
    """Text that LaTeX prints as it is, what its fonts lack as the code of Unicode; a word too long for a line may end in it."""
    pieces: list[str] = ["{}"] if text.lstrip()[:1] in ("[", "*") else []  # which a new row would take for its own
    maths: list[str] = []
    ends = {word.start() + i for word in _TOO_LONG.finditer(text) for i in range(12, len(word[0]), 6)}
    for place, sign in enumerate(text):
        if place in ends:
            maths.append(MAY_END) if maths else pieces.append(f"{MAY_END}{{}}")
        if sign in MATHS:
            maths.append(MATHS[sign])
            continue
        if maths:
            pieces.append(_formula(maths))
        written = WRITTEN.get(sign) or (sign if sign in LETTERS else f"\\texttt{{U+{ord(sign):04X}}}")
        if pieces and pieces[-1][-1:] + written[0] in _MELTING:
            pieces.append("{}")
        pieces.append(written)
    if maths:
        pieces.append(_formula(maths))
    return "".join(pieces)


def _formula(signs: list[str]) -> str:
    """Signs between dollars; emptied afterwards."""
    written = f"${' '.join(signs)}$"
    signs.clear()
    return written
