"""Wrong answers to the question of shape: what wrong size rules give, and wrong ways of solving the right one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from calc.axis import Axis
from calc.expr import Expr, Number, Op, ceil, floor, symbols
from calc.layers.base import Layer
from calc.layers.conv import Conv, Conv2d
from calc.layers.pool import MaxPool2d, Pool
from calc.layers.transposed import ConvTranspose2d
from calc.question import Misconception, Mistaken, one_or_all
from calc.rules import LETTER, Name, Rule

LAYERS: Mapping[str, type[Layer]] = {
    "convolution": Conv2d,
    "transposed convolution": ConvTranspose2d,
    "pooling": MaxPool2d,
}

IN, OUT, k, s, p, d = symbols("in out k s p d")

EXAMPLE: Mapping[str, Number] = {"in": 512, "out": 508, "k": 5, "s": 1, "p": 0, "d": 1}


def _solving(name: str, about: Name, rule: Expr, why: str) -> Misconception:
    return Misconception(name, "kernel" if about == "kernel" else "padding", rule, why, EXAMPLE)


WRONG_SOLUTIONS = (
    _solving(
        "bracket-sign-lost",
        "kernel",
        IN + 2 * p - s * OUT - s,
        "a minus before a bracket turns every sign in it: in − (out − 1) is in − out + 1",
    ),
    _solving("padding-in-all", "padding", k - 1, "the padding of both sides together is twice that of one"),
    _solving("half-the-kernel", "padding", k / 2, "half of k − 1 goes on each side, not half of k"),
    _solving("padding-as-kernel", "padding", k, "the kernel reaches (k − 1)/2 cells beyond its middle, not k"),
    _solving(
        "padding-one-short",
        "padding",
        (k - 1) / 2 - 1,
        "(k − 1)/2 is worked out one too low: put it back into the rule to see",
    ),
)
"""What learners work out instead of solving the rule for the kernel, or for the padding that keeps a size."""


def _same(name: str, rule: Expr, why: str, **example: Number) -> Misconception:
    return Misconception(name, "size", rule, why, {"in": 28, "k": 5, "s": 2, "d": 1, **example})


WRONG_SAME = (
    _same("size-kept", IN, "“same” keeps the size at stride 1 alone: with a stride it gives ⌈in/s⌉"),
    _same("padding-ignored", ceil((IN - Conv.reach + 1) / s), "“same” puts zeros around the input: without is “valid”"),
    _same(
        "same-rounded-down", floor(IN / s), "“same” rounds up: each stride that is begun gives an output", **{"in": 27}
    ),
    _same("first-window-forgotten", ceil(IN / s) - 1, "the first window counts too: it is one of the ⌈in/s⌉"),
    _same(
        "padding-as-kernel",
        floor((IN + 2 * k - Conv.reach) / s) + 1,
        "“same” puts k − 1 zeros in all, not k on each side",
    ),
    _same("padding-in-all", floor((IN + Conv.reach - 1) / s) + 1, "“same” puts k − 1 zeros in all, not on each side"),
)
"""What learners work out instead of ⌈in/s⌉, the rule of Keras's and ONNX's padding “same”."""


STEPS: tuple[Name, ...] = ("stride", "dilation")

SAME_AS: Mapping[str, tuple[str, ...]] = {"padding": ("padding-on-one-side",)}
"""Wrong size rules that are, solved for an unknown, one of these."""


def wrong_sizes(rule: Rule, axes: Sequence[Axis], unknown: Name) -> Iterator[Mistaken]:
    """Where each wrong rule leads that the question has numbers for."""
    wrong: list[tuple[Misconception, list[Number | None]]] = []
    if rule.kind == "convolution" and not rule.word:
        solving = (m for m in WRONG_SOLUTIONS if m.about == unknown and all(map(_solves, axes)))
        wrong += [(m, [m.rule.value({"d": 1, **axis.letters()}) for axis in axes]) for m in solving]
    not_these = SAME_AS.get(unknown, ())
    rules = (m for m in wrong_rules(rule) if m.name not in not_these)
    wrong += [(m, [_misled(rule, m, axis) for axis in axes]) for m in rules]
    for misconception, led in wrong:
        values = [value for value in led if value is not None and value >= 0]
        if len(values) < len(axes) or all(axis.answered_by(x) for axis, x in zip(axes, values, strict=True)):
            continue
        yield Mistaken(misconception.name, misconception.why, {unknown: one_or_all(values)})


def wrong_rules(rule: Rule) -> Iterator[Misconception]:
    """The wrong rules beside the size rule of a kind of layer, in a dialect, with a number or a word for its padding."""
    kind = LAYERS.get(rule.kind)
    if kind is None:
        return
    if rule.word.startswith("same") and rule.dialect != "torch":
        yield from WRONG_SAME if rule.kind != "transposed convolution" else ()
        return
    meant: dict[str, Expr | Number] = {"": p, "valid": 0, "full": d * (k - 1), "same": d * (k - 1) / 2}
    zeros = meant.get(rule.word)
    if zeros is None or (rule.word and rule.word != "valid" and rule.kind != "convolution"):
        return
    if rule.law == Pool.ceil_size:
        yield Misconception("rounded-down", "size", Pool.size, "with ceil a last window may hang over the end", EXAMPLE)
    put: dict[str, Expr | Number] = {"p": zeros} | ({} if "stride" in rule.hyper else {"s": k})
    for m in kind.misconceptions():
        right = m.name == "rounded-up" and rule.law == Pool.ceil_size
        if m.about == "size" and not right and (not rule.word or m.speaks_of({"p": zeros})):
            yield m._replace(rule=m.rule.put(put))


def unrounded(axis: Axis, rule: Rule) -> Mapping[str, Number]:
    """What each wrong size rule comes to for an output before it is rounded, by its name."""
    if axis.unknown != "out":
        return {}
    letters = {"d": 1, "o": 0, **axis.letters()}
    laws = {m.name: whole(m.rule) for m in wrong_rules(rule)}
    return {name: law.value(letters) for name, law in laws.items() if law.free <= set(letters)}


def by_two(axis: Axis, rule: Rule) -> Iterator[tuple[tuple[Misconception, Misconception], Number]]:
    """What two wrong size rules followed together come to for an output before it is rounded."""
    if axis.unknown != "out":
        return
    letters = {"d": 1, "o": 0, **axis.letters()}
    for one, other in combinations((m for m in wrong_rules(rule) if m.speaks_of(letters)), 2):
        law = one.with_another(other)
        if law is not None and law.free <= set(letters):
            yield (one, other), whole(law).value(letters)


def ceils(law: Expr) -> bool:
    """Whether a rule rounds up anywhere."""
    return isinstance(law, Op) and (law.op == "ceil" or any(map(ceils, law.args)))


def whole(law: Expr) -> Expr:
    """A rule without its rounding."""
    match law:
        case Op("floor" | "ceil", (inner,)):
            return whole(inner)
        case Op(op, args):
            return Op(op, tuple(map(whole, args)))
    return law


def _solves(axis: Axis) -> bool:
    """Whether the wrong solutions are of this question: a padding is the one that keeps a size, cell by cell."""
    plain = all(axis.known_or_neutral(name) == 1 for name in STEPS)
    return axis.unknown != "padding" or (axis.known["in"] == axis.known["out"] and plain)


def _misled(rule: Rule, wrong: Misconception, axis: Axis) -> Number | None:
    """What a wrong rule gives along an axis, or the number for the unknown that it is solved by."""
    law = wrong.rule
    letters = {"d": 1, "o": 0, **axis.letters()}
    if not wrong.speaks_of(letters):
        return None
    if axis.unknown == "out":
        return law.value(letters) if law.free <= set(letters) else None
    if LETTER[axis.unknown] not in law.free or not law.free <= {*letters, LETTER[axis.unknown]}:
        return None
    found = replace(rule, law=law, unpadded=None, limits=()).solve(axis.values(), axis.unknown)
    return found[0].first if found else None
