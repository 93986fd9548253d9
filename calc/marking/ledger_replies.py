"""Numbers of parameters as people answer them: by layer, in all, rounded as in 390k, or as weights and biases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from calc.counting import Count
from calc.expr import LONGEST_TEXT, num
from calc.ledger import number_of, total_of
from calc.marking.ledger_places import CALLED, TOTALS, int_or_refuse
from calc.marking.replies import Value, read_values, unworded
from calc.marking.spelling import plain
from calc.marking.verdicts import spaced
from calc.marking.working import Asked, fault_of

UNITS = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "g": 10**9, "b": 10**9, "billion": 10**9}

_ROUNDED = re.compile(
    r"\s*(?:(?P<name>[^\W\d][\w ]{0,30}?)\s*[=:]\s*)?(?:about|approximately|roughly|≈|~)?\s*(?P<number>\d{1,12}(?:\.\d{1,6})?)\s?"
    r"(?:(?P<unit>k|m|g|b|thousand|million|billion)\b|(?:e|[*·×x]\s*10\s*\^)\s*\+?(?P<power>\d{1,2})\b)\s*(?P<what>[a-z]{3,20})?\.?\s*",
    re.IGNORECASE,
)
_ROUNDED_ROW = re.compile(
    r"(?:^|(?<=[;,\n]))(?P<lead>\s*(?P<name>[\w][\w.\-]{0,60}(?: [\w.\-]{1,20}){0,3})\s*[:=]\s*)(?:≈\s*)?(?P<number>\d{1,12}(?:\.\d{1,6})?)"
    r"(?:\s?(?P<unit>k|m|g|b|thousand|million|billion)\b|(?:e\+?|\s?[*·×]\s?10\^)(?P<power>\d{1,2}))(?=\s*(?:[a-z]{3,20}\s*)?(?:[;,\n]|$))",
    re.IGNORECASE,
)
_NUMBER, _KIND = r"(\d{1,3}(?: \d{3})+|\d+)", r"\(?\s*(weights?|bias(?:es)?)\s*\)?"
_TWO_KINDS = re.compile(rf"{_NUMBER}\s*{_KIND}\s*(?:\+|plus|and|,)\s*{_NUMBER}\s*{_KIND}\s*(?:=\s*)?", re.IGNORECASE)


def read_ledger_reply(question: Count, text: str, column: str = "") -> tuple[tuple[Value, ...], tuple[str, ...]]:
    """The numbers of an answer with what they are called, and what is to be said of it besides; `Impossible` if it is none.

    `column` is what is asked where it is not the parameters.
    """
    spelled, remark = plain(text).strip(), ""
    spelled, rounded = _rows_written_out(question, spelled, column)
    if len(spelled) <= LONGEST_TEXT:
        bare = unworded(spelled)
        spelled, remark = _written_out(question, bare if re.match(r"[\d(]", bare) else spelled, column)
        if found := _TWO_KINDS.match(spelled):
            rest = spelled[found.end() :].strip()
            spelled = f"{found[2]} = {found[1]}; {found[4]} = {found[3]}" + (f"; total = {rest}" if rest else "")
    names = [row.call.name for row in question.rows]
    if all(name.isdigit() for name in names):
        names += [str(len(names))]  # counted from 1
    values = read_values(spelled, names)
    said, remarks = (values, ()) if column else _put_together(question, values, names)
    return said, (remark,) * bool(remark) + rounded + remarks


def _rows_written_out(question: Count, text: str, column: str) -> tuple[str, tuple[str, ...]]:
    """Rounded numbers of rows, conv1 = 1.05M, as the right ones if they are that to their digits, which is said."""
    column = column or "parameters"
    rows = {row.call.name: number_of(row, column) for row in question.rows if row.call.name}
    rows |= dict.fromkeys(TOTALS, total_of(question, column))
    remarks: list[str] = []

    def written(found: re.Match[str]) -> str:
        unit = _unit(found)
        name, mine = found["name"], Fraction(found["number"]) * unit
        before = str(int(name) - 1) if name.isdecimal() else ""  # counted from 1
        meant = [number for each in (name, name.lower(), before) if (number := rows.get(each)) is not None]
        if not meant:
            return found[0]
        right = next((each for each in meant if _is_rounded(found["number"], unit, each)), None)
        if right is None or mine == right:
            return f"{found['lead']}{mine}"
        remarks.append(f"{found[0].removeprefix(found['lead']).strip()} is {spaced(right)} rounded")
        return f"{found['lead']}{right}"

    return _ROUNDED_ROW.sub(written, text), tuple(remarks)


def _is_rounded(number: str, unit: int, right: int) -> bool:
    """Whether a number of so many thousands or millions is the right one to its digits, of which there are two or more."""
    whole, _, places = number.partition(".")
    return (
        len((whole + places).lstrip("0")) > 1 and abs(Fraction(number) * unit - right) * 2 * 10 ** len(places) <= unit
    )


def _written_out(question: Count, text: str, column: str) -> tuple[str, str]:
    """A rounded number, 390k or 28.8M MACs, as the right one if it is that to its digits, which is said, else with its zeros."""
    found = _ROUNDED.fullmatch(text)
    if not found:
        return text, ""
    word = (found["name"] or found["what"] or "").lower()
    unit = _unit(found)
    number = Fraction(found["number"]) * unit
    said = next((name for name, called in CALLED.items() if word in called), "")
    asked = said or (column or "parameters" if not word or word in TOTALS else "")
    right = total_of(question, asked) if asked else None
    called = f"{found['name'] or word} = " if found["name"] or said else ""
    if right is not None and _is_rounded(found["number"], unit, right):
        typed = found[0].strip() if found["power"] else f"{found['number']}{found['unit']}"
        return f"{called}{right}", f"{typed} is {spaced(right)} rounded"
    return f"{called}{number}", ""


def _unit(found: re.Match[str]) -> int:
    """What a number is counted in: thousands, millions, a power of ten."""
    return 10 ** int(found["power"]) if found["power"] else UNITS[found["unit"].lower()]


def _put_together(
    question: Count, said: Sequence[Value], names: Sequence[str]
) -> tuple[tuple[Value, ...], tuple[str, ...]]:
    """Weights and biases as the total that they make, and what is wrong with them."""
    kinds = {i: word for i, value in enumerate(said) if (word := _kind(value.name)) and value.name not in names}
    if not kinds:
        return tuple(said), ()
    biases = sum(row.biases for row in question.rows)
    right = {"weights": question.parameters - biases, "biases": biases}
    mine = {word: int_or_refuse(said[i]) for i, word in kinds.items()}
    remarks = [f"the {word} are {spaced(right[word])}, not {spaced(n)}" for word, n in mine.items() if n != right[word]]
    remarks += [fault.says for i in kinds if len(said[i].parts) > 1 and (fault := fault_of(said[i], Asked(None)))]
    rest = tuple(value for i, value in enumerate(said) if i not in kinds)
    total = sum((right | mine).values())
    return rest or (Value(str(total), (num(total),)),), tuple(remarks)


def _kind(name: str) -> str:
    word = name.lower().removeprefix("the ")
    return "weights" if word in ("weight", "weights") else "biases" if word in ("bias", "biases") else ""
