"""Answers of learners to measure the tutor by: right ones in every form, wrong ones by rule and by slip, random ones.

A case is open or held. Rules of marking may be tuned on the open ones; of the held ones only counts are looked at.
They are drawn from other seeds, and their networks and written facts are others.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, Literal

import numpy as np

import calc
from calc.question import Question
from tests import marking_rules as rules
from tests.marking_rules import Array, Laid, Step

Part = Literal["open", "held"]
Names = frozenset[str]

SEEDS: dict[Part, int] = {"open": 20_240, "held": 77_031}


@dataclass(frozen=True)
class Case:
    """An answer with what should be said of it.

    `want` is right (under whatever convention), cause (one of `causes` in the first explanation, and these `slips`),
    none (a random answer: nothing to claim) or wrong (no more is asked). `rule` is what the report counts by.
    """

    kind: str
    rule: str
    call: str
    ask: Callable[[], Question] = field(repr=False)
    reply: object
    want: Literal["right", "cause", "none", "wrong"]
    causes: frozenset[Names] = frozenset()
    slips: Names = frozenset()
    working: bool = False


def asked(name: str, *words: Any, **options: Any) -> tuple[str, Callable[[], Question]]:
    """The call of a question as text, and the question, asked once."""
    spelled = ", ".join([*(repr(_plain(w)) for w in words), *(f"{k}={_plain(w)!r}" for k, w in options.items())])
    kept: list[Question] = []

    def ask() -> Question:
        if not kept:
            kept.append(getattr(calc, name)(*words, **options))
        return kept[0]

    return f"{name}({spelled})", ask


def _plain(word: Any) -> Any:
    return word.tolist() if isinstance(word, np.ndarray) else word


def cases(part: Part) -> Iterator[Case]:
    """All cases of a part, always the same."""
    chance = random.Random(SEEDS[part])
    yield from maps(chance)
    yield from pools(chance)
    yield from stamps(chance)
    yield from sizes(chance)
    yield from solved(part)
    yield from stacks(part, chance)
    yield from fields(part, chance)
    yield from counts(part, chance)
    yield from facts(part)


# Convolutions by hand

SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


def drawn_conv(chance: random.Random) -> Laid:
    """A convolution as an exercise asks it."""
    c = chance.choice((1, 1, 1, 1, 2, 3))
    h, w = chance.randint(3, 6), chance.randint(4, 7)
    low, high = chance.choice(((0, 9), (0, 9), (-4, 5), (0, 1), (1, 30)))
    side = chance.choice((3, 3, 3, 2))
    image = np.array([[[chance.randint(low, high) for _ in range(w)] for _ in range(h)] for _ in range(c)])
    kernel = np.array([[[[chance.randint(-3, 3) for _ in range(side)] for _ in range(side)] for _ in range(c)]])
    if c == 1 and side == 3 and chance.random() < 0.4:
        kernel = np.array(
            [
                [
                    chance.choice(
                        (
                            SOBEL,
                            [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
                            [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
                            [[1, 0, -1]] * 3,
                            [[1, 2, 0], [0, -1, 1], [2, 0, 1]],
                        )
                    )
                ]
            ]
        )
    padding = chance.choice((0, 1, 1, 1)) if side == 3 else chance.choice((0, 0, 1))
    stride = chance.choice((1, 1, 1, 2))
    dilation = 2 if side == 2 and stride == 1 and chance.random() < 0.4 else 1
    mode = chance.choice(("zeros", "zeros", "zeros", "zeros", "reflect", "replicate")) if padding else "zeros"
    bias = (chance.choice((-2, 1, 3)),) if chance.random() < 0.3 else ()
    then = "relu" if chance.random() < 0.1 else ""
    flip = chance.random() < 0.6
    return Laid(image, kernel, flip, ((padding, padding),) * 2, (stride, stride), dilation, mode, bias, then)


def ask_conv(laid: Laid) -> tuple[str, Callable[[], Question]]:
    image = laid.image[0] if len(laid.image) == 1 else laid.image
    kernel = laid.kernel[0, 0] if len(laid.image) == 1 else laid.kernel
    options: dict[str, Any] = {"flip": laid.flip, "padding": laid.pad[0][0]}
    if laid.stride != (1, 1):
        options["stride"] = laid.stride[0]
    if laid.dilation > 1:
        options["dilation"] = laid.dilation
    if laid.mode != "zeros":
        options["padding_mode"] = laid.mode
    if laid.bias:
        options["bias"] = laid.bias[0]
    if laid.then:
        options["then"] = laid.then
    return asked("convolve", image.tolist(), kernel.tolist(), **options)


def matrix_forms(cells: Array) -> Iterator[tuple[str, object]]:
    """A matrix of whole numbers as people write it."""
    rows = [[str(x) for x in row] for row in cells.tolist()]
    yield "rows", "; ".join(" ".join(row) for row in rows)
    yield "rows with commas", "; ".join(", ".join(row) for row in rows)
    yield "lines", "\n".join(" ".join(row) for row in rows)
    yield "lines with tabs", "\n".join("\t".join(row) for row in rows)
    yield "CSV", "\n".join(",".join(row) for row in rows)
    yield "aligned lines", "\n".join("".join(x.rjust(6) for x in row) for row in rows) + "\n"
    yield "nested lists", cells.tolist()
    yield "nested lists as text", str(cells.tolist())
    yield "JSON over lines", "[" + ",\n ".join(str(row) for row in cells.tolist()) + "]"
    yield "array", cells
    yield "numpy print", str(cells)
    yield "numpy repr", repr(cells)
    yield "numpy floats", str(cells.astype(float))
    yield "torch repr", "tensor(" + ",\n        ".join(str(row) for row in [cells.astype(float).tolist()])[0:] + ")"
    yield "bmatrix", "\\begin{bmatrix} " + " \\\\ ".join(" & ".join(row) for row in rows) + " \\end{bmatrix}"
    yield (
        "pmatrix in dollars",
        "$$\\begin{pmatrix}\n" + " \\\\\n".join(" & ".join(row) for row in rows) + "\n\\end{pmatrix}$$",
    )
    yield "minus sign", "\n".join(" ".join(x.replace("-", "−") for x in row) for row in rows)
    yield "Matlab", "[" + "; ".join(" ".join(row) for row in rows) + "]"
    yield "Markdown", "\n".join("| " + " | ".join(row) + " |" for row in rows)
    yield "signs", "; ".join(" ".join(f"{x:+d}" if x else "0" for x in row) for row in cells.tolist())


def maps(chance: random.Random) -> Iterator[Case]:
    for i in range(40):
        laid = drawn_conv(chance)
        right = laid.maps()
        if right is None:
            continue
        call, ask = ask_conv(laid)
        forms = list(matrix_forms(right[0])) if i % 4 == 0 else chance.sample(list(matrix_forms(right[0])), 3)
        for form, reply in forms:
            yield Case("conv, right", form, call, ask, reply, "right")
        if laid.mode == "reflect":
            other = replace(laid, mode="symmetric").maps()
            assert other is not None
            yield Case("conv, right", "symmetric for reflect", call, ask, other[0].tolist(), "right")
        yield from wrong_convs(laid, right, call, ask, chance)
        yield from random_maps("conv, random", right[0], call, ask, chance)


def key(cells: Array) -> tuple[Any, ...]:
    return cells.shape, tuple(cells.reshape(-1).tolist())


def wrong_convs(
    laid: Laid, right: Array, call: str, ask: Callable[[], Question], chance: random.Random
) -> Iterator[Case]:
    fine = {key(right)}
    if laid.mode == "reflect" and (read := replace(laid, mode="symmetric").maps()) is not None:
        fine.add(key(read))
    led: dict[tuple[Any, ...], set[Names]] = defaultdict(set)
    shown: dict[tuple[Any, ...], Array] = {}
    by: dict[Names, Laid] = {}
    singles = list(rules.wrong_maps(laid))
    for name, bent in singles:
        for names, other in [(frozenset({name}), bent)] + [
            (frozenset({name, b}), c) for b, c in rules.wrong_maps(bent) if b != name
        ]:
            answer = other.maps()
            if answer is None or key(answer) in fine:
                continue
            led[key(answer)].add(names)
            shown[key(answer)] = answer
            by.setdefault(names, other)
    if len(laid.image) > 1:
        answer = rules.separate(laid)
        led[key(answer)].add(frozenset({"channels-not-summed"}))
        shown[key(answer)] = answer
    pairs = []
    for place, names in led.items():
        answer = shown[place]
        reply = (answer[0] if len(answer) == 1 else answer).tolist()
        fewest = min(map(len, names))
        least = frozenset(each for each in names if len(each) == fewest)
        if answer.size < 4 or not answer.any():
            continue
        small = ", small" if answer.size < 6 or abs(answer).max() < 3 else ""
        if fewest == 1:
            for name in (
                sorted({n for each in least for n in each})[:1] if len(least) > 1 else [next(iter(next(iter(least))))]
            ):
                yield Case(f"conv, one rule{small}", name, call, ask, reply, "cause", least)
        else:
            pairs.append(Case(f"conv, two rules{small}", "two rules", call, ask, reply, "cause", frozenset(names)))
    yield from chance.sample(pairs, min(len(pairs), 4))
    # slips on the right answer and on what one rule leads to
    bases: list[tuple[frozenset[Names], Laid]] = [(frozenset({frozenset()}), laid)]
    alone = [(n, b) for n, b in by.items() if len(n) == 1]
    for _, other in chance.sample(alone, min(2, len(alone))):
        answer = other.maps()
        assert answer is not None
        fits = led[key(answer)]
        bases.append((frozenset(f for f in fits if len(f) == 1), other))
    for fits, other in bases:
        answer = other.maps()
        assert answer is not None
        if answer.size < 9 or abs(answer).max() < 3:
            continue
        for slip, slipped in map_slips(other, answer, chance):
            if key(slipped) in led or key(slipped) in fine:
                continue
            kind = "conv, a slip" if frozenset() in fits else "conv, one rule and a slip"
            yield Case(kind, slip, call, ask, slipped[0].tolist(), "cause", fits, SLIPS[slip])
    moved = rules.border_off(laid)
    if moved is not None and not laid.then and (moved != right).sum() > 1 and laid.mode == "zeros":
        yield Case(
            "conv, a slip",
            "border row",
            call,
            ask,
            moved[0].tolist(),
            "cause",
            frozenset({frozenset()}),
            SLIPS["border row"],
        )


SLIPS: Mapping[str, Names] = {  # by chance the same number may come out of another slip in the cell: that will do
    "sign lost": frozenset({"sign-lost"}),
    "sign put": frozenset({"sign-lost"}),
    "digit doubled": frozenset({"digit-added"}),
    "zero added": frozenset({"digit-added"}),
    "digits swapped": frozenset({"digits-swapped", "digit-lost", "digit-misread"}),
    "cells swapped": frozenset({"cells-swapped"}),
    "product left out": frozenset(
        {"product-left-out", "product-sign", "product-twice", "digit-added", "digit-lost", "digit-misread"}
    ),
    "border row": frozenset({"border-row-misaligned"}),
    "sum one off": frozenset(),
}


def map_slips(laid: Laid, answer: Array, chance: random.Random) -> Iterator[tuple[str, Array]]:
    """The same map with one careless error, where one can be made."""
    _, h, w = answer.shape
    cells = [(i, j) for i in range(h) for j in range(w)]

    def with_(place: tuple[int, int], value: int) -> Array:
        out = answer.copy()
        out[0][place] = value
        return out

    def choose(fits: Callable[[int], bool]) -> tuple[tuple[int, int], int] | None:
        found = [(p, int(answer[0][p])) for p in cells if fits(int(answer[0][p]))]
        return chance.choice(found) if found else None

    if at := choose(lambda x: x < 0):
        yield "sign lost", with_(at[0], -at[1])
    if at := choose(lambda x: x > 0):
        yield "sign put", with_(at[0], -at[1])
    if at := choose(lambda x: abs(x) > 0):
        digits = str(abs(at[1]))
        i = chance.randrange(len(digits))
        yield "digit doubled", with_(at[0], int(digits[: i + 1] + digits[i:]) * (1 if at[1] > 0 else -1))
        yield "zero added", with_(at[0], 10 * at[1])
    if at := choose(lambda x: abs(x) > 9 and str(x)[-1] != str(x)[-2]):
        digits = str(abs(at[1]))
        yield "digits swapped", with_(at[0], int(digits[:-2] + digits[-1] + digits[-2]) * (1 if at[1] > 0 else -1))
    a, b = chance.sample(cells, 2)
    if answer[0][a] != answer[0][b] and answer[0][a] != -answer[0][b]:
        out = with_(a, int(answer[0][b]))
        out[0][b] = answer[0][a]
        yield "cells swapped", out
    if at := choose(lambda _: True):
        yield "sum one off", with_(at[0], at[1] + chance.choice((-1, 1)))
    if not laid.then and len(laid.kernel) == 1:
        x = np.pad(laid.image, ((0, 0), *laid.pad), mode=rules.NUMPY_MODES[laid.mode])  # type: ignore[call-overload]
        k = laid.kernel[0, ..., ::-1, ::-1] if laid.flip else laid.kernel[0]
        d = laid.dilation
        i, j = chance.choice(cells)
        top, left = i * laid.stride[0], j * laid.stride[1]
        window = x[:, top : top + d * (k.shape[1] - 1) + 1 : d, left : left + d * (k.shape[2] - 1) + 1 : d]
        products = [int(v) for v in (window * k).reshape(-1) if v]
        if len(products) > 1:
            left_out = chance.choice(products)
            now = int(answer[0, i, j])
            if now not in (0, now - left_out) and now - left_out != -now:
                yield "product left out", with_((i, j), now - left_out)


def random_maps(
    kind: str, right: Array, call: str, ask: Callable[[], Question], chance: random.Random
) -> Iterator[Case]:
    if right.size < 4:
        return
    top = max(3, int(abs(right).max()))
    draws = {
        "same range": lambda: np.array([chance.randint(-top, top) for _ in range(right.size)]).reshape(right.shape),
        "0 to 9": lambda: np.array([chance.randint(0, 9) for _ in range(right.size)]).reshape(right.shape),
        "-2 to 2": lambda: np.array([chance.randint(-2, 2) for _ in range(right.size)]).reshape(right.shape),
        "-100 to 100": lambda: np.array([chance.randint(-100, 100) for _ in range(right.size)]).reshape(right.shape),
        "the right numbers shuffled": lambda: np.array(chance.sample(right.reshape(-1).tolist(), right.size)).reshape(
            right.shape
        ),
        "other numbers in most cells": lambda: np.where(
            np.array([chance.random() < 0.65 for _ in range(right.size)]).reshape(right.shape),
            np.array([chance.randint(-top, top) for _ in range(right.size)]).reshape(right.shape),
            right,
        ),
        "one off in most cells": lambda: (
            right + np.array([chance.choice((-1, -1, 1, 1, 2, 0)) for _ in range(right.size)]).reshape(right.shape)
        ),
    }
    for name, draw in draws.items():
        for _ in range(1 if kind.startswith("conv") else 2):
            cells = draw()
            small = " (small map)" if right.size < 9 else ""
            if (cells != right).sum() > right.size * 0.5:
                yield Case(kind + small, name, call, ask, cells.tolist(), "none")


# Poolings and transposed convolutions


def pools(chance: random.Random) -> Iterator[Case]:
    for _ in range(20):
        h, w = chance.choice((4, 5, 6)), chance.choice((4, 6, 7, 8))
        low = chance.choice((0, -9))
        image = np.array([[chance.randint(low, 12) for _ in range(w)] for _ in range(h)])
        k, s = chance.choice(((2, 2), (2, 2), (3, 3), (3, 2), (3, 1), (2, 1)))
        if k > h or k > w:
            continue
        kind = chance.choice(("max", "max", "average"))
        choose = {"max": rules.greatest, "average": rules.mean}[kind]
        right = rules.pooled(image, k, s, choose)
        call, ask = asked("pool", image.tolist(), k, stride=s, kind=kind)
        yield from (Case("pool, right", form, call, ask, reply, "right") for form, reply in fraction_forms(right))
        led: dict[tuple[Any, ...], set[Names]] = defaultdict(set)
        for name, answer in rules.wrong_pools(image, k, s, kind):
            if key(answer) != key(right):
                led[key(answer)].add(frozenset({name}))
        for (shape, flat), names in led.items():
            reply = next(r for f, r in fraction_forms(np.array(flat, object).reshape(shape)) if f == "fractions")
            small = ", small" if len(flat) < 4 else ""
            yield Case(f"pool, one rule{small}", sorted(min(names))[0], call, ask, reply, "cause", frozenset(names))
        if right.size >= 6 and kind == "max":
            a, b = chance.sample([(i, j) for i in range(right.shape[0]) for j in range(right.shape[1])], 2)
            if right[a] != right[b]:
                out = right.copy()
                out[a], out[b] = right[b], right[a]
                if key(out) not in led:
                    yield Case(
                        "pool, a slip",
                        "cells swapped",
                        call,
                        ask,
                        out.tolist(),
                        "cause",
                        frozenset({frozenset()}),
                        SLIPS["cells swapped"],
                    )
            yield from random_maps("pool, random", right.astype(int), call, ask, chance)


def fraction_forms(cells: Array) -> Iterator[tuple[str, object]]:
    """A matrix of fractions as people write it."""
    rows = cells.tolist()
    yield "fractions", "; ".join(" ".join(str(x) for x in row) for row in rows)
    if any(isinstance(x, Fraction) and x.denominator > 1 for row in rows for x in row):
        yield "two places", "; ".join(" ".join(f"{float(x):.2f}" for x in row) for row in rows)
        yield "nested lists of floats", str([[round(float(x), 4) for x in row] for row in rows])
    else:
        yield from (
            each for each in matrix_forms(cells.astype(int)) if each[0] in ("nested lists", "numpy print", "bmatrix")
        )


def stamps(chance: random.Random) -> Iterator[Case]:
    for _ in range(14):
        h, w = chance.choice((2, 3)), chance.choice((2, 3))
        image = np.array([[chance.randint(-3, 5) for _ in range(w)] for _ in range(h)])
        k, s, p = chance.choice(((2, 2, 0), (2, 1, 0), (3, 2, 0), (3, 2, 1), (3, 1, 0)))
        kernel = np.array([[chance.randint(-2, 3) for _ in range(k)] for _ in range(k)])
        right = rules.stamped(image, kernel, s, p)
        call, ask = asked("transpose", image.tolist(), kernel.tolist(), stride=s, padding=p)
        yield from (
            Case("transposed, right", form, call, ask, reply, "right")
            for form, reply in chance.sample(list(matrix_forms(right)), 4)
        )
        led: dict[tuple[Any, ...], set[Names]] = defaultdict(set)
        for name, answer in rules.wrong_stamps(image, kernel, s, p):
            if key(answer) != key(right) and answer.size:
                led[key(answer)].add(frozenset({name}))
        for (shape, flat), names in led.items():
            small = ", small" if len(flat) < 4 else ""
            reply = np.array(flat).reshape(shape).tolist()
            yield Case(
                f"transposed, one rule{small}", sorted(min(names))[0], call, ask, reply, "cause", frozenset(names)
            )
        yield from random_maps("transposed, random", right, call, ask, chance)


# Sizes of one layer


def number_forms(n: int, letter: str, word: str) -> Iterator[tuple[str, object]]:
    yield "number", str(n)
    yield "int", n
    yield "letter", f"{letter} = {n}"
    yield "letter, tight", f"{letter}={n}"
    yield "word", f"{word} = {n}"
    yield "word, colon", f"{word}: {n}"
    yield "equals", f"= {n}"
    yield "full stop", f"{n}."
    yield "two terms", f"{n - 1} + 1"
    yield "a line of working", f"{n - 1} + 1 = {n}"
    yield "float", f"{n}.0"
    yield "LaTeX", f"${letter} = {n}$"


def size_forms(n: int) -> Iterator[tuple[str, object]]:
    yield from number_forms(n, "out", "output size")
    yield "NxN", f"{n}x{n}"
    yield "N x N", f"{n} x {n}"
    yield "N×N", f"{n} × {n}"
    yield "N*N", f"{n}*{n}"
    yield "pair", f"({n}, {n})"
    yield "tuple", (n, n)
    yield "list", [n, n]
    yield "list as text", f"[{n}, {n}]"
    yield "by", f"{n} by {n}"
    yield "pixels", f"{n} pixels"
    yield "px", f"{n}px"
    yield "NxN px", f"{n}x{n} px"
    yield "\\times", f"${n} \\times {n}$"


def sizes(chance: random.Random) -> Iterator[Case]:
    for i in range(60):
        n = chance.choice((28, 32, 64, 63, 100, 224, 227, 256, 504, 508, 512, 15, 10, 7, chance.randint(12, 300)))
        k, s = chance.choice((3, 5, 7, 4, 2, 11)), chance.choice((1, 1, 2, 2, 3, 4))
        p = chance.choice((0, 0, 1, 2, 3))
        d = 2 if i % 7 == 0 else 1
        if n + 2 * p < d * (k - 1) + 1:
            continue
        right = rules.conv_size(n, k, s, p, d)
        options = {"kernel": k, "stride": s, "padding": p} | ({"dilation": d} if d > 1 else {})
        call, ask = asked("size", n, **options)
        forms = list(size_forms(right))
        yield from (
            Case("size, right", form, call, ask, reply, "right")
            for form, reply in (forms if i < 4 else chance.sample(forms, 4))
        )
        working = size_working(n, k, s, p, right) if d == 1 else []
        yield from (Case("size, working right", form, call, ask, text, "right", working=True) for form, text in working)
        yield from size_cases("size", list(rules.wrong_conv_sizes(n, k, s, p, d)), right, call, ask)
        yield from random_sizes("size", right, n, call, ask, chance)
    for _ in range(14):
        n, (k, s) = chance.choice((28, 32, 63, 64, 112, 254, 504, 13)), chance.choice(((2, 2), (3, 2), (3, 3), (4, 4)))
        right = (n - k) // s + 1
        call, ask = asked("size", n, kernel=k, stride=s, pool=True)
        yield from (
            Case("pool size, right", form, call, ask, reply, "right")
            for form, reply in chance.sample(list(size_forms(right)), 4)
        )
        yield from size_cases("pool size", list(rules.wrong_pool_sizes(n, k, s)), right, call, ask)
        yield from random_sizes("pool size", right, n, call, ask, chance)
    for _ in range(14):
        n, (k, s, p) = (
            chance.choice((2, 5, 7, 10, 14, 28, 64)),
            chance.choice(((2, 2, 0), (3, 2, 0), (3, 2, 1), (4, 2, 1), (3, 1, 0))),
        )
        right = rules.tconv_size(n, k, s, p, 1)
        call, ask = asked("size", n, kernel=k, stride=s, padding=p, transposed=True)
        yield from (
            Case("transposed size, right", form, call, ask, reply, "right")
            for form, reply in chance.sample(list(size_forms(right)), 4)
        )
        yield from size_cases("transposed size", list(rules.wrong_tconv_sizes(n, k, s, p, 1)), right, call, ask)
        yield from random_sizes("transposed size", right, n, call, ask, chance)
    for _ in range(8):
        h, w, k, p = chance.randint(20, 90), chance.randint(91, 200), chance.choice((3, 5)), chance.choice((0, 1))
        a, b = (rules.conv_size(x, k, 2, p, 1) for x in (h, w))
        call, ask = asked("size", f"{h}x{w}", kernel=k, stride=2, padding=p)
        for form, reply in (
            ("NxM", f"{a}x{b}"),
            ("pair", f"({a}, {b})"),
            ("tuple", (a, b)),
            ("comma", f"{a}, {b}"),
            ("by", f"{a} by {b}"),
        ):
            yield Case("size, right", f"oblong, {form}", call, ask, reply, "right")
        led: dict[tuple[Any, ...], set[Names]] = defaultdict(set)
        for (name, x), (_, y) in zip(
            rules.wrong_conv_sizes(h, k, 2, p, 1), rules.wrong_conv_sizes(w, k, 2, p, 1), strict=True
        ):
            if (x, y) != (a, b):
                led[x, y].add(frozenset({name}))
        for (x, y), names in led.items():
            if Fraction(x).denominator == Fraction(y).denominator == 1:
                yield Case("size, one rule", "oblong", call, ask, f"{x}x{y}", "cause", frozenset(names))


def size_working(n: int, k: int, s: int, p: int, right: int) -> list[tuple[str, str]]:
    top = n + 2 * p - k
    rest = top % s
    floor = ("⌊", "⌋") if rest else ("", "")
    lines = [
        ("one line", f"{floor[0]}({n} + 2*{p} - {k})/{s}{floor[1]} + 1 = {right}"),
        ("law first", f"out = floor((in + 2p - k)/s) + 1 = floor(({n} + 2·{p} − {k})/{s}) + 1 = {right}"),
        (
            "lines",
            f"{n} + 2*{p} = {n + 2 * p}\n{n + 2 * p} - {k} = {top}\n"
            + (f"{top}/{s} = {top // s}\n" if not rest else f"floor({top}/{s}) = {top // s}\n")
            + f"{top // s} + 1 = {right}",
        ),
    ]
    if not rest:
        lines.append(("LaTeX", f"\\frac{{{n} + 2 \\cdot {p} - {k}}}{{{s}}} + 1 = {right}"))
    else:
        lines.append(
            ("decimal floored", f"({n} + 2*{p} - {k})/{s} + 1 = {round(top / s + 1, 2)} → {right}")
            if rest * 100 % s == 0
            else ("one line again", lines[0][1])
        )
    return lines


def size_cases(
    kind: str, wrong: Sequence[tuple[str, Any]], right: int, call: str, ask: Callable[[], Question]
) -> Iterator[Case]:
    led: dict[Fraction, set[Names]] = defaultdict(set)
    for name, value in wrong:
        if value != right and value >= 0:
            led[Fraction(value)].add(frozenset({name}))
    for value, names in led.items():
        spelled = (
            str(value.numerator)
            if value.denominator == 1
            else f"{float(value):.10g}"
            if value.denominator in (2, 4, 5)
            else str(value)
        )
        rule = next(iter(min(names, key=sorted))) if len(names) == 1 else "several rules alike"
        yield Case(f"{kind}, one rule", rule, call, ask, spelled, "cause", frozenset(names))
        if value.denominator == 1 and value > 1 and len(names) == 1:
            yield Case(f"{kind}, one rule", rule, call, ask, f"{value}x{value}", "cause", frozenset(names))


def random_sizes(
    kind: str, right: int, n: int, call: str, ask: Callable[[], Question], chance: random.Random
) -> Iterator[Case]:
    """Random numbers far from what small changes of the numbers could give, and near ones, which rules often give."""
    for _ in range(3):
        near = right + chance.choice((-9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9))
        if near > 0:
            yield Case(f"{kind}, random near (rules give nearly all)", "±9", call, ask, str(near), "none")
        far = chance.randint(2, 3 * n + 50)
        if abs(far - right) > 9:
            yield Case(f"{kind}, random", "up to 3 n", call, ask, str(far), "none")
            yield Case(f"{kind}, random", "1000 to 9999", call, ask, str(chance.randint(1000, 9999)), "none")


def solved(part: Part) -> Iterator[Case]:
    """Kernel, padding, input or stride asked for."""
    kernels = {"open": (3, 5, 9), "held": (7, 11, 13)}[part]
    for k in kernels:
        call, ask = asked("size", 64, "same", kernel=k, stride=1)
        right = (k - 1) // 2
        forms = [
            *number_forms(right, "P", "padding"),
            ("NxN", f"{right}x{right}"),
            ("pair", f"({right}, {right})"),
            ("halves", f"({k}-1)/2"),
            ("halves worked", f"({k} - 1)/2 = {right}"),
            ("each side", f"{right} on each side"),
            ("p", f"p = {right}"),
        ]
        yield from (Case("solving, right", f"padding: {form}", call, ask, reply, "right") for form, reply in forms)
        wrong = [
            ("padding-in-all", k - 1),
            ("half-the-kernel", Fraction(k, 2)),
            ("padding-as-kernel", k),
            ("padding-one-short", right - 1),
        ]
        yield from size_cases("solving", wrong, right, call, ask)
    for n, o in {"open": ((512, 504), (28, 24), (508, 504)), "held": ((254, 248), (32, 26), (300, 290))}[part]:
        call, ask = asked("size", n, o, stride=1, padding=0)
        right = n - o + 1
        forms = [
            *number_forms(right, "k", "kernel"),
            ("NxN", f"{right}x{right}"),
            ("worked", f"{right} = {n} - {o} + 1"),
            ("K", f"K = {n} − ({o} − 1) = {right}"),
            ("kernel size", f"kernel size = {right}x{right}"),
        ]
        yield from (Case("solving, right", f"kernel: {form}", call, ask, reply, "right") for form, reply in forms)
        wrong = [("first-window-forgotten", n - o), ("bracket-sign-lost", n - o - 1)]
        yield from size_cases("solving", wrong, right, call, ask)
    for o, k, p in {"open": ((32, 5, 2), (24, 5, 0), (30, 3, 0)), "held": ((14, 3, 0), (55, 7, 1), (60, 5, 0))}[part]:
        call, ask = asked("size", None, o, kernel=k, stride=1, padding=p)
        right = o + k - 1 - 2 * p
        yield from (
            Case("solving, right", f"input: {form}", call, ask, reply, "right")
            for form, reply in [*number_forms(right, "n", "input"), ("NxN", f"{right}x{right}")]
        )
        wrong = [("first-window-forgotten", o + k - 2 * p)] + (
            [("padding-on-one-side", o + k - 1 - p), ("padding-ignored", o + k - 1)] if p else []
        )
        yield from size_cases("solving", wrong, right, call, ask)
    for n, o, k in {"open": ((64, 31, 3), (28, 14, 2)), "held": ((227, 55, 11), (63, 21, 3))}[part]:
        call, ask = asked("size", n, o, kernel=k, padding=0)
        fits = [s for s in range(1, n) if (n - k) // s + 1 == o]
        for s in fits:
            yield Case("solving, right", "stride: any that does", call, ask, f"s = {s}", "right")


# Layers one after the other

CHAINS: dict[Part, tuple[tuple[int, int, str], ...]] = {
    "open": (
        (3, 32, "conv 5 2 1 32; pool; conv 5 2 1 64; pool; conv 5 2 1 128; pool; fc 64; fc 10"),
        (3, 512, "conv 9 0 1 6; pool; conv 3 0 1 12"),
        (1, 28, "conv 4 0 1 16; pool; conv 3 0 1 16; pool; fc 10"),
        (3, 100, "conv 3 0 1 5; pool; conv 3 0 1 10; pool; conv 3 0 1 5; fc 20; fc 10"),
        (3, 128, "conv 5 0 1 8; pool; conv 5 0 1 16; pool; fc 64; fc 10"),
        (3, 32, "conv 3 1 1 32; bn; conv 3 1 1 32; bn; pool; conv 3 1 1 64; bn; pool; fc 10"),
        (3, 64, "conv 7 3 2 64; pool; conv 3 1 1 128; conv 3 1 2 128; fc 100"),
        (1, 28, "conv 5 0 1 6; pool; conv 5 0 1 16; pool; fc 120; fc 84; fc 10"),
    ),
    "held": (
        (3, 32, "conv 3 1 1 16; pool; conv 3 1 1 32; pool; conv 3 1 1 48; pool; fc 100; fc 10"),
        (3, 254, "conv 5 0 1 4; pool; conv 7 0 1 8"),
        (1, 32, "conv 5 0 1 6; pool; conv 5 0 1 12; pool; fc 26"),
        (3, 96, "conv 3 0 1 8; pool; conv 5 0 1 24; pool; conv 3 0 1 16; fc 40; fc 5"),
        (1, 64, "conv 3 0 1 10; pool; conv 3 0 1 20; pool; fc 50; fc 4"),
        (3, 48, "conv 5 2 1 24; bn; conv 3 1 1 24; bn; pool; conv 3 1 1 96; bn; pool; fc 7"),
        (3, 128, "conv 5 2 2 32; pool; conv 3 1 1 64; conv 3 1 2 256; fc 200"),
        (3, 36, "conv 3 0 1 9; pool; conv 4 0 1 18; pool; fc 90; fc 30; fc 12"),
    ),
}
"""Channels and side of the input, and layers: kernel, padding, stride and filters of a convolution, outputs of an FC layer."""


def steps(channels: int, side: int, chain: str) -> list[Step]:
    """The layers of a chain."""
    found: list[Step] = []
    c, n, flat = channels, side, 0
    for word in chain.split("; "):
        kind, *numbers = word.split()
        numbers_ = [int(x) for x in numbers]
        if kind == "conv":
            k, p, s, m = numbers_
            o = rules.conv_size(n, k, s, p, 1)
            found.append(Step("conv", k, s, p, c, m, n, o))
            c, n = m, o
        elif kind == "pool":
            found.append(Step("pool", 2, 2, 0, c, c, n, n // 2))
            n //= 2
        elif kind == "bn":
            found.append(Step("bn", ci=c, co=c, n=n, o=n))
        else:
            flat = flat or c * n * n
            found.append(Step("fc", ci=flat, co=numbers_[0]))
            flat = numbers_[0]
    return found


def text_of(layers: Sequence[Step]) -> str:
    """The layers as torch's constructors, flattened where needed."""
    words, flat = [], False
    for a in layers:
        if a.kind == "conv":
            words.append(f"Conv2d({a.ci}, {a.co}, {a.k}, stride={a.s}, padding={a.p})")
        elif a.kind == "pool":
            words.append("MaxPool2d(2)")
        elif a.kind == "bn":
            words.append(f"BatchNorm2d({a.ci})")
        else:
            if not flat:
                words.append("Flatten()")
            flat = True
            words.append(f"Linear({a.ci}, {a.co})")
    return ", ".join(words)


def on_image(layers: Sequence[Step]) -> list[Step]:
    return [a for a in layers if a.kind in ("conv", "pool")]


def after(layers: Sequence[Step], side: int, name: str | None, bent: Iterable[int]) -> list[Fraction] | None:
    """The sides after each layer where some follow a wrong rule."""
    n: Any = Fraction(side)
    out = []
    for i, a in enumerate(layers):
        whole = int(n)
        law: dict[str, Any] = {}
        if name and i in bent:
            if n.denominator != 1:
                return None
            law = dict(
                rules.wrong_conv_sizes(whole, a.k, a.s, a.p, 1)
                if a.kind == "conv"
                else rules.wrong_pool_sizes(whole, a.k, a.s)
            )
        n = Fraction(law[name]) if name in law else Fraction((n + 2 * a.p - a.k) // a.s + 1)
        if n < 1:
            return None
        out.append(n)
    return out


def stacks(part: Part, chance: random.Random) -> Iterator[Case]:
    for channels, side, chain in CHAINS[part]:
        layers = on_image(steps(channels, side, chain))
        text = text_of(layers)
        truth = after(layers, side, None, ())
        assert truth is not None
        last, m = int(truth[-1]), layers[-1].co
        call, ask = asked("through", text, f"{channels}x{side}x{side}")
        each = [int(x) for x in truth]
        forms: list[tuple[str, object]] = [
            ("side", str(last)),
            ("NxN", f"{last}x{last}"),
            ("CxHxW", f"{m}x{last}x{last}"),
            ("C × H × W", f"{m} × {last} × {last}"),
            ("tuple", (m, last, last)),
            ("text tuple", f"({m}, {last}, {last})"),
            ("torch.Size", f"torch.Size([{m}, {last}, {last}])"),
            ("HxWxC", f"{last}x{last}x{m}"),
            ("size of a batch", f"torch.Size([1, {m}, {last}, {last}])"),
            ("each side", ", ".join(map(str, each))),
            ("each side, list", each),
            ("each NxN", ", ".join(f"{x}x{x}" for x in each)),
            ("each CxHxW", "; ".join(f"{a.co}x{x}x{x}" for a, x in zip(layers, each, strict=True))),
            ("lines", "\n".join(map(str, each))),
            ("arrows", " → ".join(map(str, each))),
            ("arrows from the input", " -> ".join(map(str, [side, *each]))),
            (
                "named lines",
                "\n".join(
                    f"{a.kind}{1 + sum(b.kind == a.kind for b in layers[:i])} = {x}x{x}"
                    for i, (a, x) in enumerate(zip(layers, each, strict=True))
                ),
            ),
        ]
        yield from (Case("layers, right", form, call, ask, reply, "right") for form, reply in forms)
        led: dict[int, set[Names]] = defaultdict(set)
        paths: dict[int, list[Fraction]] = {}
        names = {
            n
            for i, a in enumerate(layers)
            for n, _ in (
                rules.wrong_conv_sizes(side, a.k, a.s, a.p, 1)
                if a.kind == "conv"
                else rules.wrong_pool_sizes(side, a.k, a.s)
            )
        }
        for name in sorted(names):
            groups = [
                range(len(layers)),
                [i for i, a in enumerate(layers) if a.kind == "conv"],
                [i for i, a in enumerate(layers) if a.kind == "pool"],
                *([i] for i in range(len(layers))),
            ]
            for g, bent in enumerate(groups):
                path = after(layers, side, name, bent)
                if path is None or path == truth or any(x.denominator > 1 for x in path):
                    continue
                if path[-1] != last:
                    led[int(path[-1])].add(frozenset({name}))
                if g == 0:
                    paths[int(path[-1])] = path
                    odd = [x for x, y in zip(path, truth, strict=True) if x != y]
                    if len(odd) > 0:
                        same = frozenset(
                            frozenset({n}) for n in names if after(layers, side, n, range(len(layers))) == path
                        )
                        yield Case(
                            "layers each, one rule", name, call, ask, ", ".join(str(x) for x in path), "cause", same
                        )
        for value in sorted(paths):
            if value in led:
                rule = next(iter(min(led[value], key=sorted))) if len(led[value]) == 1 else "several rules alike"
                yield Case("layers, one rule", rule, call, ask, f"{value}x{value}", "cause", frozenset(led[value]))
                yield Case("layers, one rule", rule, call, ask, f"{m}x{value}x{value}", "cause", frozenset(led[value]))
        if channels != m:
            yield Case(
                "layers, one rule",
                "channels-of-input",
                call,
                ask,
                f"{channels}x{last}x{last}",
                "cause",
                frozenset({frozenset({"channels-of-input"})}),
            )
        if channels > 1:
            yield Case(
                "layers, one rule",
                "channels-multiplied",
                call,
                ask,
                f"{channels * m}x{last}x{last}",
                "cause",
                frozenset({frozenset({"channels-multiplied"})}),
            )
        for _ in range(6):
            yield Case(
                "layers, random near (rules give nearly all)",
                "±9",
                call,
                ask,
                str(max(1, last + chance.choice((-9, -7, -5, -4, -3, -2, 2, 3, 4, 5, 7, 9)))),
                "none",
            )
            yield Case("layers, random", "1000 to 9999", call, ask, str(chance.randint(1000, 9999)), "none")
            row = [chance.randint(2, side * 2) for _ in each]
            yield Case("layers, random", "each", call, ask, ", ".join(map(str, row)), "none")


FIELDS: dict[Part, tuple[tuple[tuple[int, int, int, str], ...], ...]] = {
    "open": (
        ((3, 1, 1, "conv"),) * 2, ((3, 1, 1, "conv"),) * 4, ((5, 1, 1, "conv"), (2, 2, 1, "pool"), (5, 1, 1, "conv")),
        ((3, 1, 2, "conv"), (3, 1, 1, "conv")), ((7, 2, 1, "conv"), (2, 2, 1, "pool"), (3, 1, 1, "conv"), (3, 1, 1, "conv")),
        ((3, 1, 1, "conv"), (3, 1, 2, "conv"), (3, 1, 4, "conv")),
    ),
    "held": (
        ((5, 1, 1, "conv"),) * 2, ((3, 1, 1, "conv"),) * 3, ((3, 1, 1, "conv"), (2, 2, 1, "pool"), (3, 1, 1, "conv"), (2, 2, 1, "pool"), (3, 1, 1, "conv")),
        ((5, 1, 2, "conv"), (3, 1, 1, "conv")), ((11, 4, 1, "conv"), (3, 2, 1, "pool"), (5, 1, 1, "conv")),
        ((3, 2, 1, "conv"), (3, 2, 1, "conv"), (3, 1, 1, "conv")),
    ),
}  # fmt: skip


def fields(part: Part, chance: random.Random) -> Iterator[Case]:
    for layers in FIELDS[part]:
        words = ", ".join(
            f"Conv2d(1, 1, {k}, stride={s}, dilation={d})" if kind == "conv" else f"MaxPool2d({k}, stride={s})"
            for k, s, d, kind in layers
        )
        right = rules.field(layers)
        for call, ask in (asked("through", words), asked("through", words, "1x96x96")):
            for form, reply in (
                ("rf", f"rf = {right}"),
                ("receptive field", f"receptive field = {right}"),
                ("field, NxN", f"field = {right}x{right}"),
                ("RF", f"RF = {right}"),
                ("colon", f"receptive field: {right}"),
            ):
                yield Case("receptive field, right", form, call, ask, reply, "right")
            led: dict[int, set[Names]] = defaultdict(set)
            for name, value in rules.wrong_fields(layers):
                if value != right:
                    led[value].add(frozenset({name}))
            for value, names in led.items():
                yield Case(
                    "receptive field, one rule",
                    next(iter(min(names, key=sorted))),
                    call,
                    ask,
                    f"rf = {value}",
                    "cause",
                    frozenset(names),
                )
            for _ in range(5):
                yield Case("receptive field, random", "50 to 999", call, ask, f"rf = {chance.randint(50, 999)}", "none")
        call, ask = asked("through", words)
        yield Case("receptive field, right", "number alone", call, ask, str(right), "right")


# Parameters and multiply-accumulates


def grouped(n: int, mark: str) -> str:
    return f"{n:,}".replace(",", mark)


def counts(part: Part, chance: random.Random) -> Iterator[Case]:
    for channels, side, chain in CHAINS[part]:
        layers = steps(channels, side, chain)
        call, ask = asked("count", text_of(layers), f"{channels}x{side}x{side}")
        yield from right_counts(layers, call, ask)
        yield from wrong_counts(layers, side, call, ask, chance)
    for k, c, m in {
        "open": ((5, 3, 32), (3, 3, 32), (5, 6, 16), (3, 128, 256)),
        "held": ((7, 3, 64), (3, 16, 48), (5, 32, 64), (11, 3, 96)),
    }[part]:
        right = (k * k * c + 1) * m
        side = 32
        layers = [Step("conv", k, 1, 0, c, m, side, side - k + 1)]
        call, ask = asked("count", text_of(layers), f"{c}x{side}x{side}")
        forms: list[tuple[str, object]] = [
            *total_forms(right), ("expression", f"({k}*{k}*{c}+1)*{m}"), ("expression, dots", f"({k}·{k}·{c} + 1)·{m}"), ("expression, times", f"{k}×{k}×{c}×{m} + {m}"),
            ("expression, x", f"({k}x{k}x{c}+1)x{m}"), ("expression worked", f"({k}*{k}*{c}+1)*{m} = {right}"), ("worked, spaces", f"({k}·{k}·{c}+1)·{m} = {grouped(right, ' ')}"),
            ("power", f"({k}^2*{c} + 1)*{m}"), ("power, Python", f"({k}**2*{c} + 1)*{m}"), ("power sign", f"({k}²·{c} + 1)·{m}"), ("LaTeX", f"$({k} \\cdot {k} \\cdot {c} + 1) \\cdot {m} = {right}$"),
            ("LaTeX times", f"({k} \\times {k} \\times {c} + 1) \\times {m}"), ("two steps", f"({k}*{k}*{c}+1)*{m} = {k * k * c + 1}*{m} = {right}"),
            ("weights and biases", f"{k * k * c * m} + {m}"), ("weights and biases worked", f"{k * k * c * m} + {m} = {right}"), ("conv1", f"conv1 = {right}"),
        ]  # fmt: skip
        yield from (Case("one layer's parameters, right", form, call, ask, reply, "right") for form, reply in forms)
        led: dict[int, set[Names]] = defaultdict(set)
        for name, rows in rules.wrong_params(layers).items():
            led[rows[0]].add(frozenset({name}))
        for value, names in led.items():
            rule = next(iter(min(names, key=sorted)))
            yield Case("one layer's parameters, one rule", rule, call, ask, str(value), "cause", frozenset(names))
            yield Case(
                "one layer's parameters, one rule", rule, call, ask, grouped(value, " "), "cause", frozenset(names)
            )
        for _ in range(40):
            yield from random_total("one layer's parameters, random", right, call, ask, chance)


def total_forms(n: int) -> list[tuple[str, object]]:
    return [
        ("digits", str(n)), ("int", n), ("commas", grouped(n, ",")), ("spaces", grouped(n, " ")), ("thin spaces", grouped(n, "\u2009")), ("no-break spaces", grouped(n, "\u00a0")), ("narrow no-break", grouped(n, "\u202f")),
        ("apostrophes", grouped(n, "'")), ("underscores", grouped(n, "_")), ("points", grouped(n, ".")), ("total", f"total = {n}"), ("total, commas", f"total: {grouped(n, ',')}"), ("unit", f"{n} parameters"), ("unit, commas", f"{grouped(n, ',')} params"), ("equals", f"= {n}"),
        ("float", f"{n}.0"), ("full stop", f"{grouped(n, ',')}."),
    ]  # fmt: skip


def row_names(layers: Sequence[Step]) -> list[str]:
    words = []
    for i, a in enumerate(layers):
        words.append(f"{a.kind}{1 + sum(b.kind == a.kind for b in layers[:i])}")
    return words


def formula(a: Step) -> str:
    if a.kind == "conv":
        return f"({a.k}*{a.k}*{a.ci}+1)*{a.co}"
    if a.kind == "fc":
        return f"{a.ci}*{a.co}+{a.co}"
    return f"2*{a.ci}"


def right_counts(layers: Sequence[Step], call: str, ask: Callable[[], Question]) -> Iterator[Case]:
    total = sum(a.params for a in layers)
    names = row_names(layers)
    have = [(n, a) for n, a in zip(names, layers, strict=True) if a.params]
    each = [a.params for _, a in have]
    convs = sum(a.params for a in layers if a.kind == "conv")
    forms: list[tuple[str, object]] = [
        *total_forms(total), ("sum", " + ".join(map(str, each))), ("sum worked", " + ".join(map(str, each)) + f" = {total}"), ("sum of formulas", " + ".join(formula(a) for _, a in have)),
        ("rows", ", ".join(map(str, each))), ("rows and total", ", ".join(map(str, [*each, total]))), ("rows, list", each), ("rows, lines", "\n".join(map(str, each))),
        ("named", "; ".join(f"{n} = {a.params}" for n, a in have)), ("named and total", "\n".join(f"{n}: {a.params}" for n, a in have) + f"\ntotal: {total}"), ("named, dict", {n: a.params for n, a in have}),
        ("named, CSV", "layer,parameters\n" + "\n".join(f"{n},{a.params}" for n, a in have)), ("named, table", "| layer | parameters |\n|---|---|\n" + "\n".join(f"| {n} | {grouped(a.params, ' ')} |" for n, a in have)),
        ("named, formulas", "\n".join(f"{n}: {formula(a)} = {a.params}" for n, a in have) + f"\ntotal = {total}"), ("some rows", "; ".join(f"{n} = {a.params}" for n, a in have[::2])), ("one row", f"{have[0][0]} = {have[0][1].params}"),
        ("all rows, tabs", "\n".join(f"{n}\t{a.params}" for n, a in zip(names, layers, strict=True))), ("conv layers together", f"conv layers = {convs}"), ("rows with commas in lines", "\n".join(grouped(x, ",") for x in each)),
    ]  # fmt: skip
    yield from (Case("parameters, right", form, call, ask, reply, "right") for form, reply in forms)
    extra = sum(2 * a.ci for a in layers if a.kind == "bn")
    if extra:
        yield Case("parameters, right", "total as Keras counts", call, ask, str(total + extra), "right")
        yield Case(
            "parameters, right",
            "rows as Keras counts",
            call,
            ask,
            "; ".join(f"{n} = {a.params * (2 if a.kind == 'bn' else 1)}" for n, a in have),
            "right",
        )
        yield Case(
            "parameters, right",
            "rows and total as Keras counts",
            call,
            ask,
            "; ".join(f"{n} = {a.params * (2 if a.kind == 'bn' else 1)}" for n, a in have)
            + f"; total = {total + extra}",
            "right",
        )
    macs = sum(a.macs for a in layers)
    biased = macs + sum((a.o**2 or 1) * a.co for a in layers if a.kind in ("conv", "fc"))
    for form, reply in (
        ("macs", f"macs = {macs}"),
        ("macs, commas", f"MACs: {grouped(macs, ',')}"),
        ("flops", f"flops = {2 * macs}"),
        ("macs with biases", f"macs = {biased}"),
    ):
        yield Case("MACs, right", form, call, ask, reply, "right")


def wrong_counts(
    layers: Sequence[Step], side: int, call: str, ask: Callable[[], Question], chance: random.Random
) -> Iterator[Case]:
    total = sum(a.params for a in layers)
    names = row_names(layers)
    bent = rules.wrong_params(layers)
    truth = [a.params for a in layers]
    led: dict[int, set[Names]] = defaultdict(set)
    for name, rows in bent.items():
        parts = [rows] + [
            {i: v for i, v in rows.items() if layers[i].kind == kind} for kind in ("conv", "fc", "bn", "pool")
        ]
        for part in parts:
            if part and (value := total + sum(v - truth[i] for i, v in part.items())) != total:
                led[value].add(frozenset({name}))
    for name, rows in bent.items():
        value = total + sum(v - truth[i] for i, v in rows.items())
        if value == total:
            continue
        yield Case(
            "total, one rule",
            name,
            call,
            ask,
            grouped(value, chance.choice(("", " ", ","))),
            "cause",
            frozenset(led[value]),
        )
        mine = [rows.get(i, n) for i, n in enumerate(truth)]
        same = frozenset(frozenset({n}) for n, r in bent.items() if r == rows)
        have = [(names[i], n) for i, n in enumerate(mine) if n]
        yield Case(
            "rows, one rule",
            name,
            call,
            ask,
            "; ".join(f"{n} = {x}" for n, x in have) + f"; total = {value}",
            "cause",
            same,
        )
        shown = [(names[i], rows[i]) for i in sorted(rows)]
        yield Case(
            "rows, one rule, only the wrong ones",
            name,
            call,
            ask,
            "; ".join(f"{n} = {x}" for n, x in shown),
            "cause",
            same,
        )
        # one of the other rows with a copying slip, and the total of what was meant
        other = [i for i, n in enumerate(truth) if n > 99 and i not in rows]
        if other:
            i = chance.choice(other)
            digits = str(truth[i])
            slipped = int(digits[0] + digits)
            rows_ = [(names[j], slipped if j == i else n) for j, n in enumerate(mine) if n]
            yield Case(
                "rows, one rule and a slip",
                "copied with a digit doubled",
                call,
                ask,
                "; ".join(f"{n} = {x}" for n, x in rows_) + f"; total = {value}",
                "cause",
                same,
                frozenset({"copying-slip", "digit-added", "digit-misread"}),
            )
        yield Case(
            "rows, one rule and a slip",
            "sum wrong",
            call,
            ask,
            "; ".join(f"{n} = {x}" for n, x in have) + f"; total = {value + chance.choice((137, -263, 1419))}",
            "cause",
            same,
            frozenset({"sum-slip"}),
        )
    pairs = []
    for a, r in bent.items():
        for b, s in bent.items():
            if a < b and not set(r) & set(s):
                value = total + sum(v - truth[i] for i, v in {**r, **s}.items())
                pairs.append((value, frozenset({a, b}), {**r, **s}))
    fits: dict[int, set[Names]] = defaultdict(set)
    for value, both, _ in pairs:
        fits[value].add(both)
    for value, both, rows in chance.sample(pairs, min(8, len(pairs))):
        if value == total:
            continue
        yield Case(
            "total, two rules",
            "two rules",
            call,
            ask,
            str(value),
            "cause",
            frozenset(fits[value] | led.get(value, set())),
        )
        mine = [rows.get(i, n) for i, n in enumerate(truth)]
        yield Case(
            "rows, two rules",
            "two rules",
            call,
            ask,
            "; ".join(f"{names[i]} = {n}" for i, n in enumerate(mine) if n),
            "cause",
            alike(bent, both),
        )
    digits = str(total)
    i = next((i for i in range(len(digits) - 1) if digits[i] != digits[i + 1] != "0"), None)
    if i is not None:
        yield Case(
            "total, a slip",
            "digits swapped",
            call,
            ask,
            digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :],
            "cause",
            frozenset({frozenset()}),
            frozenset({"digits-swapped"}),
        )
    yield Case(
        "total, a slip",
        "digit doubled",
        call,
        ask,
        digits[0] + digits,
        "cause",
        frozenset({frozenset()}),
        frozenset({"digit-added"}),
    )
    yield Case(
        "total, a slip",
        "zero added",
        call,
        ask,
        digits + "0",
        "cause",
        frozenset({frozenset()}),
        frozenset({"digit-added"}),
    )
    works: dict[int, set[Names]] = defaultdict(set)
    macs = sum(a.macs for a in layers)
    for name, value in rules.wrong_macs(layers, side):
        if value != macs:
            works[value].add(frozenset({name}))
    for value, both_ in works.items():
        yield Case(
            "MACs, one rule",
            next(iter(min(both_, key=sorted))),
            call,
            ask,
            f"macs = {value}",
            "cause",
            frozenset(both_),
        )
    for _ in range(12):
        yield from random_total("total, random", total, call, ask, chance)
        yield Case("MACs, random", "half to twice", call, ask, f"macs = {chance.randint(macs // 2, 2 * macs)}", "none")
        rows_ = [(names[i], chance.randint(max(1, n // 2), 2 * n)) for i, n in enumerate(truth) if n]
        yield Case("rows, random", "half to twice", call, ask, "; ".join(f"{n} = {x}" for n, x in rows_), "none")


def alike(bent: Mapping[str, Mapping[int, int]], both: Names) -> frozenset[Names]:
    """Rules that give the same rows as these two."""
    first, second = sorted(both)
    same = [[name for name, rows in bent.items() if rows == bent[one]] for one in (first, second)]
    return frozenset(frozenset({a, b}) for a in same[0] for b in same[1])


def random_total(
    kind: str, right: int, call: str, ask: Callable[[], Question], chance: random.Random
) -> Iterator[Case]:
    for name, value in (
        ("half to twice", chance.randint(right // 2, 2 * right)),
        ("a tenth to ten times", int(right * 10 ** chance.uniform(-1, 1))),
        ("within 200", right + chance.choice((-1, 1)) * chance.randint(3, 200)),
        ("round", round(int(right * chance.uniform(0.5, 2)), 2 - len(str(right)))),
    ):
        if value != right and value > 0:
            yield Case(kind, name, call, ask, str(value), "none")


# Answers out of published reports and keys

IMAGE_A, IMAGE_B = "1 0 2 3 1; 3 2 0 7 0; 0 6 1 1 4", "2 1 2 3 1; 3 9 1 1 4; 4 5 0 7 0"
IMAGE_C = "2 1 2 3 1; 4 5 0 7 0; 3 9 1 1 4"
SOBEL_TEXT = "-1 0 1; -2 0 2; -1 0 1"
BASELINE = "Conv2d(3,32,5,padding=2), ReLU(), MaxPool2d(2), Conv2d(32,64,5,padding=2), ReLU(), MaxPool2d(2), Conv2d(64,128,5,padding=2), ReLU(), MaxPool2d(2), Flatten(), Linear(2048,64), ReLU(), Linear(64,10)"


def facts(part: Part) -> Iterator[Case]:
    """What learners and published keys answered; all are open, for they have been looked at."""
    if part == "held":
        return
    sobel = {image: asked("convolve", image, SOBEL_TEXT) for image in (IMAGE_A, IMAGE_B, IMAGE_C)}
    flipped = frozenset({frozenset({"not-flipped"})})
    none: frozenset[Names] = frozenset({frozenset()})

    def fact(
        rule: str,
        of: tuple[str, Callable[[], Question]],
        reply: object,
        want: Any,
        causes: frozenset[Names] = frozenset(),
        slips: Iterable[str] = (),
        *,
        working: bool = False,
    ) -> Case:
        return Case("reports and keys", rule, *of, reply, want, causes, frozenset(slips), working)

    def of(*names: str) -> frozenset[Names]:
        return frozenset(frozenset({name}) for name in names)

    a = sobel[IMAGE_A]
    yield fact("s00 not flipped", a, [[2, -1, 11, -2, -13], [10, -4, 8, 2, -18], [14, -1, -5, 6, -9]], "cause", flipped)
    yield fact(
        "s06 not flipped, sign",
        a,
        [[2, -1, 11, -2, -13], [10, -4, 8, 2, -18], [14, -1, -5, 6, 9]],
        "cause",
        flipped,
        ["sign-lost"],
    )
    yield fact(
        "s10 swapped",
        sobel[IMAGE_B],
        [[-11, 2, 4, -1, 7], [-24, 8, 4, -5, 12], [-19, 10, 12, -3, 15]],
        "cause",
        none,
        ["cells-swapped"],
    )
    yield fact("s11 right", a, [[-2, 1, -11, 2, 13], [-10, 4, -8, -2, 18], [-14, 1, 5, -6, 9]], "right")
    yield fact("s16 right", sobel[IMAGE_C], [[-7, 4, -6, 2, 13], [-20, 10, 2, -2, 18], [-23, 8, 14, -6, 9]], "right")
    yield fact("s17 right", sobel[IMAGE_B], [[-11, 2, 4, -1, 7], [-24, 8, 12, -5, 12], [-19, 10, 4, -3, 15]], "right")
    reflect = asked("convolve", IMAGE_A, SOBEL_TEXT, padding_mode="reflect")
    yield fact(
        "symmetric for reflect", reflect, [[4, 0, -14, 3, 13], [-3, 4, -8, -2, 13], [-17, 0, 10, -9, -2]], "right"
    )
    padding = asked("size", None, "same", kernel=5, stride=1)
    yield fact("s31 padding 1", padding, "1", "cause", of("padding-one-short"))
    yield fact("s31 worked", padding, "P = (-1+5)/2 = 1", "wrong")
    pooling = asked("size", 508, kernel=2, stride=2, pool=True)
    yield fact("s35 right, wrong working", pooling, "[(502-2+0)/2]+1 = 254", "right")
    baseline = asked("count", BASELINE, "3x32x32")
    everywhere = of("image-channels-everywhere")
    yield fact("s37 layer 2", baseline, "conv2 = 4864", "cause", everywhere)
    yield fact("s38 layer 3", baseline, "conv3 = 9728", "cause", everywhere)
    yield fact("s37, s38 together", baseline, "conv2 = 4864; conv3 = 9728; total = 148810", "cause", everywhere)
    yield fact("s39 total", baseline, "148810", "cause", everywhere)
    yield fact("s40 conv layers", baseline, "conv layers = 5600", "cause", of("channels-and-biases-forgotten"))
    yield fact("s48 FC 1", baseline, "fc1 = 204864", "cause", of("kernel-in-flatten"))
    yield fact("s52 right", baseline, "390410", "right")
    report = "conv1 = 832; conv2 = 1664; conv3 = 5328; fc1 = 131136; fc2 = 650; total = 137610"
    yield fact(
        "channels forgotten, copied wrongly",
        baseline,
        report,
        "cause",
        of("input-channels-forgotten"),
        ["copying-slip", "digit-misread"],
    )
    yield fact("channels forgotten, total", baseline, "137 610", "cause", of("input-channels-forgotten"))
    yield fact("bias per input channel, total", baseline, "400 522", "cause", of("bias-per-input-channel"))
    features = asked("through", "Conv2d(1,16,4), MaxPool2d(2), Conv2d(16,16,3), MaxPool2d(2), Flatten()", "1x28x28")
    yield fact("s57 +1 forgotten", features, "144", "cause", of("first-window-forgotten"))
    yield fact("400 right", features, "400", "right")
    keras = asked("count", "Conv2d(3,32,3)", "3x32x32")
    yield fact("s58 channels and bias", keras, "288", "cause", of("channels-and-biases-forgotten"))
    strided = asked("size", 64, kernel=3, stride=2, padding=0)
    yield fact("s62 rounded", strided, "32", "cause", of("rounded-up", "rounded-to-nearest", "kernel-ignored"))
    lenet = asked("count", "Conv2d(6,16,5)", "6x14x14")
    yield fact("s64 channels", lenet, "416", "cause", of("input-channels-forgotten"))
    yield fact("s64 worked", lenet, "(5*5+1) * 16 = 416", "cause", of("input-channels-forgotten"))
    kernel = asked("size", 512, 508, stride=1, padding=0)
    yield fact("bracket", kernel, "3", "cause", of("bracket-sign-lost"))
    yield fact("bracket, right", kernel, "512 − (508 − 1) = 5", "right")
    worksheet = asked("count", "Conv2d(3,32,5)", "3x28x28")
    yield fact("key 4832", worksheet, "4832", "wrong")
    yield fact("key 4832 worked", worksheet, "(5*5*3+1)*32 + 32 = 4832", "wrong")
    weights = asked("count", "Conv2d(3,32,9,bias=False)", "3x64x64")
    yield fact("key 77760", weights, "77760", "cause", none, ["digit-added"])
    yield fact("7776", weights, "7776", "right")
    exam = asked("convolve", "1 2 -1 1; 1 0 1 0; 0 1 0 2; 2 1 0 -1", "1 0; 2 1", flip=False, padding=0)
    yield fact("exam, right", exam, [[3, 3, 1], [2, 2, 3], [5, 3, -1]], "right")
    stamped = asked("transpose", [[1, 2], [3, 4]], [[1, 1, 1]] * 3, stride=2, padding=1)
    yield fact("stamps, right", stamped, [[1, 3, 2], [4, 10, 6], [3, 7, 4]], "right")
    signal = asked("convolve", [1, 3, 2], [2, 3], padding="full")
    yield fact("signal, right", signal, [2, 9, 13, 6], "right")
    yield fact("signal as text, right", signal, "2, 9, 13, 6", "right")
    oblong = asked("size", 8, kernel="3x5", padding="0x1", stride="3x4")
    yield fact("asymmetric, right", oblong, "(2, 2)", "right")
    network = asked("count", text_of(steps(3, 100, CHAINS["open"][3][2])), "3x100x100")
    yield fact("exam, rows with zeros", network, "140, 0, 460, 0, 455, 0, 44120, 210", "right")
    path = asked("through", text_of(steps(3, 100, CHAINS["open"][3][2])[:5]) + ", Flatten()", "3x100x100")
    yield fact("exam, heights and features", path, "98, 49, 47, 23, 21, 2205", "right")
    image = asked("count", "Flatten(), Linear(270000,100)", "3x300x300")
    yield fact("27000100", image, "27000100", "right")
    yield fact("one bias", image, "27000001", "cause", of("one-bias-for-the-layer"))
    yield fact("no channels", image, "9000100", "cause", of("flatten-without-channels"))


@cache
def all_cases(part: Part) -> tuple[Case, ...]:
    """The cases of a part; what chance drew for both is open."""
    if part == "open":
        return tuple(cases("open"))
    known = {(case.call, str(case.reply)) for case in all_cases("open")}
    return tuple(case for case in cases("held") if (case.call, str(case.reply)) not in known)
