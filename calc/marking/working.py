"""Working of one or more lines marked: the givens, the formula, the substitution, the arithmetic, up to the first wrong line.

A line with letters is right if it holds for the numbers of the question; a line of numbers is right if its sides are
equal, rounded down where the law rounds down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from calc.errors import Impossible, printable
from calc.expr import LONGEST_TEXT, Expr, Num, Number, Op, exact
from calc.marking.lessons import lesson
from calc.marking.replies import EQUALS, LONGEST_LINES, Value, check_length, read_value, written_for
from calc.marking.slips import plain_slip
from calc.marking.spelling import plain
from calc.marking.verdicts import Cause, Explanation, Verdict, said
from calc.question import Misconception
from calc.wrong_sizes import whole

FIRST_WINDOW = "first-window-forgotten"

ONE_SIDE = "padding-on-one-side"
"""The rule that a calculation with 2p in it does not follow."""

LONGEST_SURE = 10
"""From such numbers on one that is written for another is taken for a slip of the pen."""

MOST_LINES = 200
"""Lines of a working."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "in": ("in", "n", "w", "h", "i", "input", "W_in", "H_in", "n_in", "w1", "h1", "W1", "H1", "size"),
    "out": ("out", "o", "output", "W_out", "H_out", "n_out", "w2", "h2", "W2", "H2"),
    "k": ("k", "f", "kernel", "filter", "K", "F", "kernel_size"),
    "s": ("s", "stride"),
    "p": ("p", "padding", "pad"),
    "d": ("d", "dilation"),
}
"""What the letters of the size rule are called besides."""


class Wrong(NamedTuple):
    """A wrong rule for what is asked: its name, why it is wrong, and the number it gives."""

    name: str
    why: str
    number: Number


class Both(NamedTuple):
    """Two wrong rules followed together, and what they come to before rounding."""

    rules: tuple[Misconception, Misconception]
    number: Number


@dataclass(frozen=True)
class Asked:
    """What a line of working is held against: the right number, the numbers given, the letters, the wrong rules."""

    right: Number | None
    givens: frozenset[Number] = frozenset()
    letters: Mapping[str, Number] | None = None
    wrong: tuple[Wrong, ...] = ()
    rounds: bool = False
    """Whether the law has dropped something, so that its lines hold but for that."""
    unrounded: Mapping[str, Number] | None = None
    """What wrong rules come to before rounding, by their names, where that is known."""

    down: bool = False
    """Whether the law rounds down and in no other way."""

    both: tuple[Both, ...] = ()
    """What two wrong rules together come to."""

    def led(self, name: str, number: Number, calculation: Expr) -> bool:
        """Whether a wrong rule that gives a number comes to what a calculation comes to, and has not what stands there."""
        if name == ONE_SIDE and self._pads_both_sides(calculation):
            return False
        return _may_be(name, calculation) and (self.unrounded or {}).get(name, number) == calculation.value()

    @property
    def derived(self) -> frozenset[Number]:
        """Numbers that a law makes of those given and that are put in at once: 2p, d·(k − 1) + 1, in + 2p."""
        letters = self.letters or {}
        pads = 2 * letters.get("p", 0)
        reach = letters.get("d", 1) * (letters.get("k", 1) - 1)
        long = letters.get("in", letters.get("n", 0)) + pads
        return frozenset((pads, reach, reach + 1, long, long - reach - 1, long - reach))

    def _pads_both_sides(self, calculation: Expr) -> bool:
        """Whether 2p stands in a calculation, as a product or worked out."""
        p = (self.letters or {}).get("p", 0)
        whole = {2 * p} - {*self.givens, 1, 2}
        return bool(p) and (_has_product(calculation, sorted((2, p))) or bool(whole & {*numbers_in(calculation)}))

    @property
    def env(self) -> dict[str, Number]:
        """The numbers of the question by all names that people use for them."""
        env: dict[str, Number] = {}
        for letter, number in (self.letters or {}).items():
            for name in ALIASES.get(letter, (letter,)):
                for spelled in (name, name.lower(), name.upper(), name.capitalize()):
                    env[spelled] = number
        return env


class Fault(NamedTuple):
    """What is wrong with a line, and the cause if one is known."""

    says: str
    cause: Cause | None = None
    with_it: Cause | None = None
    """A second cause, without which the first does not lead there."""

    @property
    def causes(self) -> tuple[Cause, ...]:
        return tuple(cause for cause in (self.cause, self.with_it) if cause)


class Working(NamedTuple):
    """The lines of a working with where they stand, and the lines of words that are not judged."""

    lines: tuple[Value, ...] = ()
    numbers: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


_FOLLOWS = re.compile(r"⇒|→|=>|->|,|\b(?:so|thus|hence|therefore|and|then)\b")
_MARK = re.compile(
    r"^\s*(?:(?:\d{1,3}[.)]\s+|\(?[a-z][.)]\s+|\(?[ivx]{1,5}[.)]\s+|[-*•]\s+|(?:step|line)\s*\d*\s*[:.)]\s*"
    r"|(?:given|formula|solution|check|answer|law|substitution|calculation|thus|hence|therefore|so|then|now|and)\b\s*[:,]?\s*)+)(?=\S)",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^[^=]*[^\W\d]{2,}[^=]*?(?::|\b(?:is|are|gives?|gets?|becomes?|equals?|have|so))\s+(?=.*\d)")


def read_lines(text: str, *, sized: bool = False) -> Working:
    """The lines of a working, those that say nothing left out; where it is `sized`, 252x252 at an end is 252."""
    check_length(text, LONGEST_LINES)
    rows = [row.strip() for row in re.split(r"[\n;]", plain(text)) if row.strip()]
    rows = [part for row in rows for part in _following(row)]
    if len(rows) > MOST_LINES:
        raise Impossible(f"the working has {len(rows)} lines, more than the {MOST_LINES} that are read")
    lines: list[tuple[int, Value]] = []
    words: list[str] = []
    for number, row in enumerate(rows, start=1):
        if not re.search(r"[\d=]", row):
            continue
        line = _read_line(_MARK.sub("", row), number, sized=sized)
        if line is None:
            words.append(row)
        else:
            lines.append((number, line))
    if not lines:
        raise Impossible("the working is empty: give a line for each step, such as (504 − 2)/2 + 1 = 252")
    return Working(tuple(line for _, line in lines), tuple(number for number, _ in lines), tuple(words))


def _following(row: str) -> list[str]:
    """The equations of a line, one of which follows from the other: 504 = 512 − k + 1 ⇒ k = 9."""
    parts = [part for part in _FOLLOWS.split(row) if part.strip()]
    return parts if all(re.search(r"=(?!>)", part) for part in parts) else [row]


def _read_line(row: str, number: int, *, sized: bool) -> Value | None:
    """One line, without the words before it; None where it is words."""
    try:
        return read_value(row, sized=sized)
    except Impossible as fault:
        if len(row) <= LONGEST_TEXT and (lead := _LEAD.match(row)) and (rest := row[lead.end() :]):
            with suppress(Impossible):
                return read_value(rest, sized=sized)
        if "=" not in row and len(re.findall(r"[^\W\d_]{2,}", row)) > 1:
            return None
        raise Impossible(f"line {number}: {fault}") from None


def fault_of(line: Value, asked: Asked, known: frozenset[Number] = frozenset()) -> Fault | None:
    """What is wrong with one line; `known` are numbers that the lines before it came to."""
    env = asked.env
    parts = [part.put({name: env[name] for name in part.free if name in env}) for part in line.parts]
    if line.name in env and len(parts) == 1 and not _plain(parts[0]) and not parts[0].free:
        return _solved(line, parts[0], _for_letter(line, asked), known)
    numbers = [None if part.free else part.value() for part in parts]
    letters = any(part.free for part in line.parts)
    for i, (before, after) in enumerate(pairwise(numbers)):
        if before is None or after is None or _agree(parts[i], parts[i + 1], before, after):
            continue
        step = (asked.letters or {}).get("s", 1)
        if letters and asked.rounds and -step < before - after < step:
            continue  # what the floor drops may stand on either side
        if letters:
            return _taken_away(parts[i + 1], before) or _taken_away(parts[i], after) or _formula(line)
        left, right = sorted((i, i + 1), key=lambda j: _plain(parts[j]))
        true = numbers[left]
        assert true is not None
        return _miscalculated(line, left, true, numbers[right], asked, known)
    if letters and line.name in env and not parts[0].free and not _plain(parts[0]):
        return _solved(line, parts[0], _for_letter(line, asked), known)
    calculated = next((j for j, part in enumerate(parts) if not _plain(part) and numbers[j] is not None), None)
    if calculated is None or letters or asked.right is None:
        return None
    value = numbers[calculated]
    assert value is not None
    if _same(value, asked.right) and not (asked.down and floor(value) != asked.right):
        return None
    return _substituted(parts[calculated], asked, known)


def _for_letter(line: Value, asked: Asked) -> Asked:
    """What a line is held against that says what a letter comes to."""
    return replace(asked, right=asked.env[line.name], down=asked.down or line.name in ALIASES["out"])


def _solved(line: Value, expression: Expr, asked: Asked, known: frozenset[Number]) -> Fault | None:
    """What is wrong with a line that says what a letter comes to."""
    value, right = expression.value(), asked.right
    if right is None or _same(value, right):
        return None
    says = f"{printable(line.text, 60)} makes {line.name} {said(value)}, not {said(right)}"
    found = _substituted(expression, asked, known)
    if found is None:
        return Fault(says, Cause("slip", "wrong-line", says))
    return Fault(says, found.cause)


def _miscalculated(
    line: Value, place: int, true: Number, told: Number | None, asked: Asked, known: frozenset[Number]
) -> Fault:
    """Two sides of a line that are not equal: a wrong sum, or a right result beside numbers copied wrongly."""
    if asked.right is not None and told is not None and _same(told, asked.right):
        copied = _substituted(line.parts[place], asked, known)
        if copied and copied.cause and copied.cause.kind == "slip":
            return Fault(f"{copied.says}: with it the line comes to {said(true)}, not {said(told)}", copied.cause)
    says = f"{_text(line, place)} is {said(true)}, not {said(told)}"
    return Fault(says, Cause("slip", "arithmetic-slip", says))


def _formula(line: Value) -> Fault:
    says = f"“{printable(line.text, 60)}” does not hold for the numbers of the question"
    return Fault(says, Cause("misconception", "wrong-formula", says))


def _substituted(expression: Expr, asked: Asked, known: frozenset[Number]) -> Fault | None:
    """Numbers that were put in wrongly: one copied, a sign turned, a term left out; or a wrong rule."""
    right = asked.right
    assert right is not None
    usual = {*asked.givens, *known, *asked.derived, 1, 2}
    foreign = [number for number in numbers_in(expression) if number not in usual]
    for number in dict.fromkeys(foreign):
        for given in sorted(asked.givens):
            if floor(_swapped(expression, number, given).value()) == right:
                says = f"{said(number)} stands where {said(given)} is given"
                return Fault(says, Cause("slip", "copied-wrongly", says))
    if asked.down and (fault := _taken_away(expression, right)):
        return fault
    for rule in asked.wrong:
        if asked.led(rule.name, rule.number, expression):
            return Fault(rule.why, Cause("misconception", rule.name, rule.why))
    for turned, term in _turned(expression):
        if floor(turned.value()) == right:
            says = f"the sign before {said(term)} is the other one"
            return Fault(says, Cause("slip", "sign-in-working", says))
    return None if foreign else _by_two(expression, asked)


def _by_two(expression: Expr, asked: Asked) -> Fault | None:
    """Two wrong rules that together come to what a calculation with the numbers of the question comes to."""
    value = whole(expression).value()
    for rules, number in asked.both:
        if number == value and all(_may_be(rule.name, expression) for rule in rules):
            one, other = (Cause("misconception", rule.name, rule.why) for rule in rules)
            return Fault(f"it takes both, neither alone gives {said(expression.value())}", one, other)
    return None


def _taken_away(expression: Expr, right: Number) -> Fault | None:
    """That the 1 of the first window is taken away where it is added."""
    if any(_is_one(term, -1) for term in _summands(expression)) and floor(expression.value() + 2) == right:
        says = "the first window counts too: + 1, not − 1"
        return Fault(says, Cause("misconception", FIRST_WINDOW, says))
    return None


def _may_be(name: str, calculation: Expr) -> bool:
    """Whether a calculation has not what the wrong rule forgets."""
    return name != FIRST_WINDOW or not any(_is_one(term) for term in _summands(calculation))


def _summands(expression: Expr) -> tuple[Expr, ...]:
    """The terms of a sum."""
    return expression.args if isinstance(expression, Op) and expression.op == "+" else ()


def _is_one(term: Expr, sign: int = 1) -> bool:
    return not term.free and term.value() == sign


def _has_product(expression: Expr, factors: Sequence[Number]) -> bool:
    """Whether a product of these two numbers stands in an expression."""
    match expression:
        case Op("*", (Num(one), Num(other))) if sorted((one, other)) == factors:
            return True
        case Op(_, args):
            return any(_has_product(part, factors) for part in args)
    return False


def numbers_in(expression: Expr) -> Iterator[Number]:
    """The numbers that stand in an expression, without their signs."""
    match expression:
        case Num(number):
            yield number if number >= 0 else -number
        case Op(_, args):
            for part in args:
                yield from numbers_in(part)


def _swapped(expression: Expr, number: Number, given: Number) -> Expr:
    """The expression with one number in place of another."""
    match expression:
        case Num(own):
            return Num(given if own > 0 else -given) if abs(own) == number else expression
        case Op(op, args):
            return Op(op, tuple(_swapped(part, number, given) for part in args))
    return expression


def _turned(expression: Expr) -> Iterator[tuple[Expr, Number]]:
    """The expression with the sign of one term of a sum turned, and that term."""
    if not isinstance(expression, Op):
        return
    for i, part in enumerate(expression.args):
        if expression.op == "+":
            value = part.value()
            yield (
                Op("+", (*expression.args[:i], Num(-value), *expression.args[i + 1 :])),
                value if value >= 0 else -value,
            )
        for turned, term in _turned(part):
            yield Op(expression.op, (*expression.args[:i], turned, *expression.args[i + 1 :])), term


def _plain(part: Expr) -> bool:
    match part:
        case Num() | Op("neg", (Num(),)):
            return True
    return False


def _same(value: Number, said: Number) -> bool:
    """Whether two sides are equal, the calculated one rounded if it must be: which way is judged by the result."""
    if written_for(said, value):
        return True
    rounded = {floor(value), ceil(value)} if value.denominator != 1 else {floor(said), ceil(said)}
    return value == said or (said if value.denominator != 1 else value) in rounded


def _agree(one: Expr, other: Expr, before: Number, after: Number) -> bool:
    """Whether two sides of a line are equal; a calculation that comes to a whole number is no other that leaves a rest."""
    rest = before.denominator == 1 and after.denominator != 1 and not (_plain(one) or _plain(other))
    return _same(before, after) and not rest


def _text(line: Value, place: int) -> str:
    parts = [part.strip() for part in EQUALS.split(line.text) if part.strip()]
    parts = parts[-len(line.parts) :]
    return printable(parts[place], 60) if place < len(parts) else printable(line.text, 60)


def _short(fault: Fault) -> str:
    """What stands beside a line with a fault."""
    return lesson(fault.cause.name).title if fault.cause else fault.says


def _concluded(line: Value, asked: Asked, known: set[Number]) -> str:
    """What is said of a line without a fault of its own: one that names a wrong number is none the less not right."""
    wanted = asked.env.get(line.name)
    if wanted is None or len(line.parts) > 1 or line.parts[0].free or _same(line.parts[0].value(), wanted):
        return "right"
    return "right by the lines before" if line.parts[0].value() in known else "not right"


def _misread(line: Value, asked: Asked, known: frozenset[Number]) -> Fault | None:
    """A number in a calculation that is none of those given but looks like one, its digits swapped or one of them lost."""
    usual = {*asked.givens, *known, asked.right, 1, 2}
    for part in line.parts:
        foreign = [] if _plain(part) else [number for number in numbers_in(part) if number not in usual]
        for number in foreign:
            for given in sorted(asked.givens):
                if min(number, given) >= LONGEST_SURE and (found := plain_slip(given, number)):
                    says = f"{said(number)} stands where {said(given)} is given: {found.says.partition(':')[0]}"
                    return Fault(says, Cause("slip", "copied-wrongly", says))
    return None


def _not_refuted(answer: Verdict, asked: Asked, line: Value) -> Verdict:
    """The verdict without the wrong rules that a calculation in the last line shows were not followed."""
    calculation = next((part for part in line.parts if not part.free and not _plain(part)), None)
    if calculation is None or not asked.unrounded or answer.outcome != "wrong":
        return answer
    value = calculation.value()
    kept = tuple(each for each in answer.explanations if asked.led(each.causes[0].name, value, calculation))
    return replace(answer, explanations=kept)


def root(parts: Sequence[Expr]) -> tuple[str, Number] | None:
    """The one letter of an equation that is linear in it, and what it is then; None where there is no such letter."""
    letters = {name for part in parts for name in part.free}
    if len(parts) < 2 or len(letters) != 1:
        return None
    letter = letters.pop()
    try:
        zero, one, two = (parts[0].value({letter: n}) - parts[-1].value({letter: n}) for n in (0, 1, 2))
    except Impossible:
        return None
    if one == zero or two - one != one - zero:
        return None
    return letter, exact(-Fraction(zero) / (one - zero))


def _unlike(before: Value, line: Value) -> Fault | None:
    """That an equation in a letter does not follow from the one before it: −K = −9, K = −9."""
    old = root(before.parts)
    new = (line.name, line.parts[-1].value()) if line.name and not line.parts[-1].free else root(line.parts)
    if old is None or new is None or old[0] != new[0] or _same(old[1], new[1]):
        return None
    says = f"from {printable(before.text, 40)} follows {old[0]} = {said(old[1])}, not {said(new[1])}"
    return Fault(says, Cause("slip", "sign-in-working" if old[1] == -new[1] else "arithmetic-slip", says))


def judged(read: Working, asked: Asked, answer: Verdict) -> Verdict:
    """The working and its answer: the first wrong line, and whether the answer is right all the same."""
    known: set[Number] = set()
    rows: list[tuple[str, ...]] = []
    first: Fault | None = None
    misread: list[tuple[int, Fault]] = []
    lines = read.lines
    for number, line in zip(read.numbers, lines, strict=True):
        last = line is lines[-1]
        own = asked if last else replace(asked, right=None)
        worked = len(line.parts) > 1 or line.name or not last
        fault = fault_of(line, own, frozenset(known)) if worked else None
        if line is not lines[0]:
            fault = _unlike(lines[len(rows) - 1], line) or fault
        says = _short(fault) if fault else _concluded(line, asked, known)
        if fault is None and (found := _misread(line, asked, frozenset(known))):
            misread.append((len(rows), found))
        rows.append((f"line {number}", printable(line.text, 60), "", says))
        if fault and first is None:
            first = fault._replace(says=f"line {number}: {fault.says}" if len(lines) > 1 else fault.says)
        known |= {part.value() for part in line.parts if not part.free}
    if misread and answer.outcome == "wrong":
        place, found = misread[0]
        rows[place] = (*rows[place][:3], _short(found))
        first = found._replace(says=f"line {read.numbers[place]}: {found.says}" if len(lines) > 1 else found.says)
    answer = _not_refuted(answer, asked, lines[-1])
    unread = tuple(f"“{printable(words, 40)}” is words and was not judged" for words in read.words)
    shown = tuple(rows) if len(lines) > 1 else answer.rows
    answer = replace(answer, remarks=(*answer.remarks, *unread))
    if first is None:
        return replace(answer, rows=answer.rows or shown)
    if answer.outcome != "wrong":
        remark = f"the result is right, but the working is not: {first.says}"
        return replace(answer, remarks=(*answer.remarks, remark), rows=shown)
    name = first.cause.name if first.cause else ""
    same = [each for each in answer.explanations if [cause.name for cause in each.causes] == [name]]
    evidence = "" if first.says in [cause.says for cause in first.causes] else first.says
    if same:
        return replace(answer, explanations=(replace(same[0], evidence=evidence or same[0].evidence),), rows=shown)
    named = {cause.name for each in answer.explanations for cause in each.causes}
    if first.cause is None or name in named:
        return replace(answer, rows=shown)
    return replace(answer, explanations=(Explanation(first.causes, evidence),), rows=shown)
