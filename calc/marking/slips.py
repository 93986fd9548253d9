"""Slips: careless errors in one number, recognised by how the number is written.

They are the errors of copying and of signs that studies of mental and written arithmetic tell from wrong rules
(VanLehn, "Mind bugs", 1990: a slip is unsystematic, a bug systematic). Each says how likely it is that a
number looks so by chance, so that nothing is claimed of a number that could be any.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from calc.exact import Entry
from calc.expr import Number
from calc.marking.verdicts import spaced

LONG = 100
"""From such numbers on the slips of writing are looked for: a shorter number may look like another by chance."""

CHANCE = 1000
"""How many numbers of its size there must be for each that a slip of writing leads to."""


class Slip(NamedTuple):
    """A careless error: its name, a clause that says it, and how many numbers could have come out of such a slip."""

    name: str
    says: str
    others: int


def slips(meant: Number, written: Number) -> Iterator[Slip]:
    """How one number may have been written for another by a slip, the likeliest first."""
    if meant == -written and meant:
        lost = "the minus sign is lost" if meant < 0 else "a minus sign stands before it"
        yield Slip("sign-lost", lost, 1)
        return
    if meant.denominator != 1 or written.denominator != 1:
        return
    turned = " and the sign lost" if (meant < 0) != (written < 0) and written and meant else ""
    a, b = str(abs(meant)), str(abs(written))
    if turned and len(a) < 3:
        return
    if len(b) == len(a) + 1 and any(b[:i] + b[i + 1 :] == a for i in range(len(b))) and a != "0":
        doubled = any(b[i] == b[i + 1] and b[:i] + b[i + 1 :] == a for i in range(len(a)))
        kind = "a digit is doubled" if doubled else "a zero is added" if b == a + "0" else "a digit is added"
        many = len(b) if doubled or b == a + "0" else 10 * len(b)
        yield Slip("digit-added", f"{kind}{turned}: {spaced(written)} for {spaced(meant)}", many)
    elif len(b) == len(a) - 1 and len(a) > 1 and any(a[:i] + a[i + 1 :] == b for i in range(len(a))):
        yield Slip("digit-lost", f"a digit is lost{turned}: {spaced(written)} for {spaced(meant)}", len(a))
    elif len(a) == len(b) > 1:
        differ = [i for i in range(len(a)) if a[i] != b[i]]
        if (
            len(differ) == 2
            and differ[1] == differ[0] + 1
            and a[differ[0]] == b[differ[1]]
            and a[differ[1]] == b[differ[0]]
        ):
            yield Slip(
                "digits-swapped", f"two digits are swapped{turned}: {spaced(written)} for {spaced(meant)}", len(a) - 1
            )
        elif len(differ) == 1 and len(a) > 2:
            yield Slip(
                "digit-misread", f"a digit is misread{turned}: {spaced(written)} for {spaced(meant)}", 9 * len(a)
            )


def plain_slip(meant: Number, written: Number, among: int = 1) -> Slip | None:
    """A slip that few numbers look like: a sign, two digits swapped, one lost, doubled, or a zero added.

    Of a large number one misread or added, too, if it is far off: nearer to it wrong sums often look so. `among` is how
    many numbers could be meant.
    """
    many = abs(meant.numerator) // (meant.denominator * CHANCE * among) if not -CHANCE < written - meant < CHANCE else 0
    most = max(len(str(meant)) + 2, many)
    return next((each for each in slips(meant, written) if each.others <= most), None)


def slip(meant: Entry, written: Entry, of: float, most: float = 0.05) -> Slip | None:
    """The slip that led from one number to another, if it is none of more than `most` of the `of` numbers that could stand there."""
    if isinstance(meant, float) or isinstance(written, float) or not _is_number(meant) or not _is_number(written):
        return None
    return next((each for each in slips(meant, written) if each.others <= most * of), None)  # type: ignore[arg-type]


def _is_number(entry: Entry) -> bool:
    return hasattr(entry, "numerator")


def near(meant: int) -> Iterator[int]:
    """Every number that a slip may have made of one."""
    digits = str(abs(meant))
    spelled = {digits[:i] + digits[i + 1 :] for i in range(len(digits))}
    for place in range(len(digits) + 1):
        spelled |= {digits[:place] + new + digits[place:] for new in "0123456789"}
    for place in range(len(digits)):
        spelled |= {digits[:place] + new + digits[place + 1 :] for new in "0123456789"}
    spelled |= {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1)}
    for each in spelled - {""}:
        yield int(each)
        yield -int(each)
