"""What is said of an answer: whether it is right, and which wrong rules or slips lead to it, with the evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from calc.errors import counted, listed
from calc.exact import Cells
from calc.expr import Number

Outcome = Literal["right", "convention", "wrong"]
"""Right; right under another named convention; wrong."""


@dataclass(frozen=True)
class Cause:
    """One thing that went wrong: a misconception, which is a systematic wrong rule, or a slip, which is careless.

    `says` is a sentence about it, `where` the layers or cells that it was made in.
    """

    kind: Literal["misconception", "slip"]
    name: str
    says: str
    where: str = ""

    def data(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "says": self.says} | ({"where": self.where} if self.where else {})


@dataclass(frozen=True)
class Explanation:
    """Causes that together lead to the answer, and what speaks for them."""

    causes: tuple[Cause, ...]
    evidence: str = ""

    def data(self) -> dict[str, Any]:
        return {"causes": [cause.data() for cause in self.causes], "evidence": self.evidence}


@dataclass(frozen=True)
class Verdict:
    """The judgement of one answer.

    `explanations` fit equally well, each may be the one; empty where the cause is not known. `convention` names the
    reading under which the answer is right. `differs` is a wrong answer and the right one as they are said, `maps` the
    same of a map. `found` says how far an answer of many parts is right, or where it first differs. `remarks` are what
    else is to be said, such as a right number under wrong working.
    """

    outcome: Outcome
    explanations: tuple[Explanation, ...] = ()
    convention: str = ""
    differs: tuple[str, str] | None = None
    found: str = ""
    remarks: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """Of an answer of several numbers each: what it is of, the answer, the right one, what is said of it."""
    maps: tuple[Cells, Cells] | None = field(default=None, compare=False)

    @property
    def says(self) -> str:
        """The verdict in a clause: the convention, or what is wrong."""
        return self.convention or self.amiss

    @property
    def amiss(self) -> str:
        """What is wrong, in a clause."""
        return f"{self.differs[0]} is not {self.differs[1]}" if self.differs else self.found

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes of the first explanation."""
        return self.explanations[0].causes if self.explanations else ()

    def data(self) -> dict[str, Any]:
        """The verdict as plain data."""
        known = {"outcome": self.outcome, "explanations": [each.data() for each in self.explanations]}
        more = {"convention": self.convention, "found": self.amiss, "remarks": list(self.remarks)}
        return known | {name: value for name, value in more.items() if value}


RIGHT = Verdict("right")

ENDS, SHORT, LONG = 10**9, 10**18, 10**30
"""A denominator that divides the first makes a decimal, up to the second; from the third on the first digits are said."""


def said(number: Any) -> str:
    """A number, or a formula, as a sentence says it: a decimal where it ends soon, a very long number by its first digits."""
    if isinstance(number, float):
        text = f"{number:.6g}"
    elif isinstance(number, Fraction) and ENDS % number.denominator == 0 and abs(number) < SHORT:
        text = f"{Decimal(number.numerator) / Decimal(number.denominator):f}"
    elif isinstance(number, int) and abs(number) >= LONG:
        digits = str(abs(number))
        text = f"{'-' if number < 0 else ''}{digits[0]}.{digits[1:4]}…·10^{len(digits) - 1}"
    else:
        text = str(number)
    return text.replace("-", "−")


def spaced(number: Number) -> str:
    """A number with its thousands apart, as they are counted: 390 410."""
    short = isinstance(number, int) and abs(number) < LONG
    return said(f"{number:,}".replace(",", " ") if short else number)


def share(many: int, of: int, word: str, what: str) -> str:
    """1 of 15 cells is right, none of the 15 cells is right; of a single one that it is or is not."""
    if of == 1:
        return f"the {word} is {'' if many else 'not '}{what}"
    return f"{many or 'none'} of {'' if many else 'the '}{counted(of, word)} {'is' if many < 2 else 'are'} {what}"


def gives(number: str) -> str:
    """The evidence for a rule that leads to the answer."""
    return f"this rule gives {number}"


def because(name: str, why: str, evidence: str = "") -> Explanation:
    """The explanation by one misconception."""
    return Explanation((Cause("misconception", name, why),), evidence)


def wrong(explanations: Sequence[Explanation] = (), accepted: Collection[str] = (), **more: Any) -> Verdict:
    """A wrong answer, or a right one where all misconceptions of an explanation are `accepted` for a convention.

    Of explanations that say the same only the first is kept; `more` are other fields of the verdict.
    """
    told: dict[tuple[Any, ...], Explanation] = {}
    for each in explanations:
        told.setdefault(tuple((cause.name, cause.where) for cause in each.causes), each)
        if all(cause.kind == "misconception" and cause.name in accepted for cause in each.causes):
            return Verdict("convention", convention=listed([cause.says for cause in each.causes]))
    return Verdict("wrong", tuple(told.values()), **more)
