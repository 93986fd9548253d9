"""The size rule with letters: formulas against numbers put in, one by one."""

import json
from contextlib import suppress
from functools import cache
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calc.derivation import Chain, Derivation, Solve
from calc.errors import Impossible
from calc.expr import Expr, Num, lift, parse
from calc.layers.conv import Conv
from calc.layers.transposed import ConvTranspose
from calc.lettered import LETTER, LOWEST, Lettered, lettered
from explain import render
from explain.data import read
from explain.notation import TEXT

WORDS = {
    "in": ("n", "2n", "n + 1", "3n - 1", "n/2", "m*n", "10", "9 - n"),
    "out": ("m", "same", "n", "2m", "n/2", "m + 1", "4", "n - 2", "1"),
    "kernel": ("k", "3", "1", "2k + 1", "k + s", "s", "4", "2p + 1", "n - 1"),
    "stride": ("1", "2", "3", "4", "s", "k", "2s", "6"),
    "padding": ("0", "1", "p", "(k - 1)/2", "k - 1"),
    "dilation": ("1", "2", "d", "k"),
    "output_padding": ("0", "1", "o", "s - 1"),
}
LARGEST = 60

letters = st.fixed_dictionaries({name: st.integers(1, 9) for name in "nmksd"} | {n: st.integers(0, 4) for n in "po"})


def worded(unknown: str, names: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({name: st.sampled_from(WORDS[name]) for name in names if name != unknown})


def windows(n: int, k: int, s: int, p: int, d: int) -> int:
    """Places of the kernel, counted one by one."""
    return len(range(0, n + 2 * p - d * (k - 1), s))


@cache
def answered(words: tuple[tuple[str, str], ...], unknown: str, law: Expr) -> Lettered | None:
    try:
        return lettered(dict(words), unknown, law=law)
    except Impossible:
        return None


def asked(words: dict[str, str], unknown: str, env: dict[str, int], law: Expr = Conv.size) -> Lettered:
    """The question, where it can be asked and the letters may stand for these numbers."""
    if words.get("out") == "same" and "in" not in words:
        words = words | {"out": "m"}
    question = answered(tuple(words.items()), unknown, law)
    assume(question is not None)
    assert question is not None
    assume(all(env[name] >= question.letters.least[name] for name in question.named))
    return question


def put(question: Lettered, env: dict[str, int]) -> dict[str, int] | None:
    """The numbers that the words stand for; None if one is not such a number."""
    values = {name: word.value(env) for name, word in question.known.items()}
    fine = all(value.denominator == 1 and value >= LOWEST[name] for name, value in values.items())
    return {LETTER[name]: int(value) for name, value in values.items()} if fine else None


def said(question: Lettered) -> str:
    return TEXT.text(question.derivation().headline)


@pytest.mark.parametrize(
    ("words", "headline"),
    [
        ({"in": "n", "kernel": "3", "stride": "2", "padding": "1"}, "⌈n/2⌉"),
        ({"in": "H", "kernel": "K", "out": "same"}, "P = (K − 1) / 2, K odd"),
        ({"in": "H", "kernel": "K"}, "H − K + 1"),
        ({"in": "n", "kernel": "k", "stride": "s", "padding": "p"}, "⌊(n + 2p − k) / s⌋ + 1"),
        ({"in": "2n", "kernel": "2", "stride": "2"}, "n"),
        ({"in": "n", "kernel": "3", "stride": "2"}, "⌊(n − 1) / 2⌋"),
        ({"in": "4n", "kernel": "3", "stride": "6"}, "⌊(2n + 1) / 3⌋"),
        ({"in": "n", "kernel": "k", "stride": "k"}, "⌊n/k⌋"),
        ({"in": "n", "kernel": "1", "stride": "s"}, "⌈n/s⌉"),
        ({"in": "9", "kernel": "k", "stride": "2"}, "⌊(11 − k) / 2⌋"),
        ({"in": "n", "kernel": "k", "padding": "(k-1)/2"}, "n"),
        ({"in": "H", "kernel": "K", "out": "same", "dilation": "D"}, "P = D·(K − 1) / 2, D·(K − 1) even"),
        ({"out": "m", "kernel": "3", "stride": "2", "padding": "1"}, "in = 2m − 1 … 2m"),
        ({"in": "n", "out": "m"}, "k = n − m + 1"),
        ({"in": "n", "out": "n/2", "kernel": "k", "stride": "2"}, "p = ⌊(k − 1) / 2⌋"),
        ({"in": "n", "out": "m", "stride": "s", "padding": "p"}, "k = n + 2p − s·m + 1 … n + 2p − s·(m − 1)"),
        ({"in": "n", "out": "m", "kernel": "k", "padding": "0"}, "s = ⌊(n − k) / m⌋ + 1 … ⌊(n − k) / (m − 1)⌋"),
        ({"in": "n", "out": "same", "kernel": "4"}, "no equal padding: 1 and 2"),
        ({"in": "n", "out": "same", "kernel": "2p + 1"}, "P = p"),
    ],
)
def test_headlines(words: dict[str, str], headline: str) -> None:
    assert said(lettered(words)) == headline


def test_the_floor_is_brought_into_its_simplest_form_step_by_step() -> None:
    chain = next(
        step
        for step in lettered({"in": "n", "kernel": "3", "stride": "2", "padding": "1"}).derivation().steps
        if isinstance(step, Chain)
    )
    assert [TEXT.write(link.expression) for link in chain.links] == [
        "⌊(in + 2p − d·(k − 1) − 1) / s⌋ + 1",
        "⌊(n + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1",
        "⌊(n − 1) / 2⌋ + 1",
        "⌈n/2⌉",
    ]
    assert [link.why for link in chain.links] == ["law", "put in", "collect", "⌊(x − 1)/y⌋ + 1 = ⌈x/y⌉"]


def test_the_padding_that_keeps_a_size_is_solved_step_by_step() -> None:
    question = lettered({"in": "H", "kernel": "K", "out": "same"})
    solve = next(step for step in question.derivation().steps if isinstance(step, Solve))
    assert [[TEXT.write(part) for part in line.parts] for line in solve.lines][2:] == [
        ["H", "H + 2P − K + 1"],
        ["2P", "K − 1"],
        ["P", "(K − 1) / 2"],
    ]
    text = "\n".join(render(question.derivation(), "text"))
    assert "Where K is even, no equal padding does it: K/2 − 1 before and K/2 after" in text
    assert json.loads("\n".join(render(question.derivation(), "json")))["answer"] == {
        "padding": "(K − 1) / 2",
        "condition": "K odd",
    }


CONV = ("in", "out", "kernel", "stride", "padding", "dilation")
TRANSPOSED = (*CONV, "output_padding")


@settings(max_examples=60, deadline=None)
@given(worded("out", CONV), letters)
def test_the_formula_counts_the_windows(words: dict[str, str], env: dict[str, int]) -> None:
    question = asked(words, "out", env)
    numbers = put(question, env)
    right = 0 if numbers is None else windows(*(numbers[name] for name in ("in", "k", "s", "p", "d")))
    if all(condition.value(env) for condition in question.conditions):
        assert lift(question.answer["out"]).value(env) == right > 0
    else:
        assert right == 0
    chain = question.solved.step
    if numbers is not None and isinstance(chain, Chain):
        assert len({link.expression.value({**env, **numbers}) for link in chain.links[:1]}) == 1
        assert len({link.expression.value(env) for link in chain.links[1:]}) == 1


@pytest.mark.parametrize("unknown", ["in", "kernel", "stride", "padding", "dilation"])
@settings(max_examples=60, deadline=None)
@given(data=st.data(), env=letters)
def test_the_inverse_is_that_of_brute_force(unknown: str, data: st.DataObject, env: dict[str, int]) -> None:
    question = asked(data.draw(worded(unknown, CONV)), unknown, env)
    same_as_brute_force(question, env, LARGEST)


@pytest.mark.parametrize("unknown", ["in", "kernel", "stride", "padding", "dilation", "output_padding"])
@settings(max_examples=60, deadline=None)
@given(data=st.data(), env=letters)
def test_the_inverse_of_a_transposed_layer_is_that_of_brute_force(
    unknown: str, data: st.DataObject, env: dict[str, int]
) -> None:
    question = asked(data.draw(worded(unknown, TRANSPOSED)), unknown, env, ConvTranspose.size)
    same_as_brute_force(question, env, LARGEST)


def same_as_brute_force(question: Lettered, env: dict[str, int], largest: int) -> None:
    numbers = put(question, env)
    unknown, least = question.unknown, LOWEST[question.unknown]
    found = {
        x
        for x in range(least, largest)
        if numbers is not None and question.law.value({**numbers, LETTER[unknown]: x}) == numbers["out"]
    }
    if question.answer[unknown] is None:
        assert not found
    elif all(condition.value(env) for condition in question.conditions):
        ends = question.numbers(env)
        last = largest - 1 if question.solved.last is None else max(ends, default=-1)
        assert set(range(min(ends, default=0), min(last, largest - 1) + 1)) == found
    else:
        every = numbers is not None and numbers["out"] == 1 and unknown == "stride"
        free = numbers is not None and unknown == "dilation" and numbers["k"] == 1
        alone = numbers is not None and unknown == "stride" and numbers.get("in") == 1
        assert not found or every or free or alone
    step = question.solved.step
    if all(condition.value(env) for condition in question.conditions) and isinstance(step, Solve):
        for x in range(least, 30):
            assert len({line.holds({**env, question.symbol.name: x}) for line in step.lines[1:]}) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4))
def test_where_the_condition_fails_the_unequal_padding_does_it(n: int, k: int, d: int) -> None:
    question = lettered({"in": "n", "kernel": "k", "dilation": "d", "out": "same"})
    env = {"n": n, "k": k, "d": d}
    odd = not question.solved.parity.value(env)
    zeros = question.solved.zeros
    before, after = (question.letters.halved(zeros + by).value(env) for by in (-1, 1))
    assert odd == (d * (k - 1) % 2 == 1)
    if odd:
        assert windows(n + int(before + after), k, 1, 0, d) == n
        assert after - before == 1


def test_every_form_renders_in_every_format() -> None:
    for words, law in (
        ({"in": "n", "kernel": "3", "stride": "2"}, Conv.size),
        ({"in": "n", "out": "m", "kernel": "k", "stride": "s", "dilation": "1"}, Conv.size),
        ({"in": "n", "out": "same", "kernel": "4"}, Conv.size),
        ({"out": "m", "kernel": "k", "stride": "s"}, ConvTranspose.size),
    ):
        derivation = lettered(words, law=law).derivation()
        assert all(len(line) <= 80 for line in render(derivation, "text"))
        assert TEXT.text(derivation.headline) in "\n".join(render(derivation, "markdown"))
        assert read("\n".join(render(derivation, "json"))) == derivation


@pytest.mark.parametrize("unknown", CONV)
@settings(max_examples=20, deadline=None)
@given(data=st.data(), env=letters)
def test_json_reads_back_into_the_same_derivation(unknown: str, data: st.DataObject, env: dict[str, int]) -> None:
    derivation = asked(data.draw(worded(unknown, CONV)), unknown, env).derivation()
    assert read("\n".join(render(derivation, "json"))) == derivation


@settings(max_examples=60, deadline=None)
@given(st.text("nmks1230+-*/()^ x×·⌊⌋_.,", max_size=14), st.sampled_from(["in", "out", "kernel", "stride", "padding"]))
def test_any_text_is_answered_or_refused(word: str, name: str) -> None:
    with suppress(Impossible):
        lettered({"in": "n", "out": "m", "kernel": "k"} | {name: word}).derivation()


def test_another_form_is_named() -> None:
    text = "\n".join(render(lettered({"in": "n", "kernel": "3", "stride": "2"}).derivation(), "text"))
    assert "⌊(n − 1) / 2⌋ is also ⌈n/2⌉ − 1." in text


def test_the_examples_are_true() -> None:
    steps = lettered({"in": "n", "out": "m", "kernel": "k", "stride": "s"}).derivation().steps
    tries = [step for step in steps if isinstance(step, Derivation)]
    assert len(tries) >= 2
    assert all(isinstance(step.steps[0], Chain) and step.steps[0].value > 0 for step in tries)


@pytest.mark.parametrize("law", [Conv.size, ConvTranspose.size])
def test_wrong_rules_lead_to_formulas_that_differ(law: Expr) -> None:
    question = lettered({"in": "n", "kernel": "k", "stride": "2", "padding": "p"}, law=law)
    wrong = question.mistaken()
    assert len(wrong) >= 3
    for mistaken in wrong:
        assert any(
            mistaken.answer["out"].value(env) != question.answer["out"].value(env)
            for env in ({"n": n, "k": k, "p": p} for n, k, p in product(range(7, 11), range(2, 5), range(3)))
        )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            {"in": "n$", "kernel": "3"},
            "--in “n$” is not made of whole numbers, letters, + − · / and brackets, such as n, 2n or (k − 1)/2",
        ),
        (
            {"in": "in", "kernel": "3"},
            "--in “in” is not made of whole numbers, letters, + − · / and brackets, such as n, 2n or (k − 1)/2",
        ),
        (
            {"in": "n^9", "kernel": "3"},
            "--in “n^9” is not made of whole numbers, letters, + − · / and brackets, such as n, 2n or (k − 1)/2",
        ),
        (
            {"in": "__x__", "kernel": "3"},
            "--in “__x__” is neither a number nor a formula of single letters: write 32, or one letter, with an index if need be (n, n1, h_in), and products with a sign (2·n·m)",
        ),
        (
            {"in": "1e5", "kernel": "k"},
            "--in “1e5” is not made of whole numbers, letters, + − · / and brackets, such as n, 2n or (k − 1)/2",
        ),
        (
            {"in": "n/0", "kernel": "k"},
            "--in “n/0” is not made of whole numbers, letters, + − · / and brackets, such as n, 2n or (k − 1)/2",
        ),
        (
            {"in": "n" * 10_000, "kernel": "3"},
            f"--in “{'n' * 29}…” has 10000 characters, more than the 100 that are read with letters",
        ),
        (
            {"in": "HxW", "kernel": "3"},
            "--in “HxW” has several axes: with letters one axis is worked, so ask for each by itself",
        ),
        (
            {"in": "480x640", "kernel": "k"},
            "--in “480x640” has several axes: with letters one axis is worked, so ask for each by itself",
        ),
        (
            {"in": "(a+b)*(c+d)*(e+f)*(g+h)", "kernel": "k"},
            "--in “(a+b)*(c+d)*(e+f)*(g+h)” is too long when multiplied out: at most 12 terms of 3 letters each",
        ),
        ({"kernel": "k"}, "neither the input nor the output size is given: add --in, --out or both"),
        ({"in": "n"}, "two numbers are unknown, the output and the kernel: add --kernel"),
        ({"kernel": "k", "out": "same"}, "“--out same” needs the input size: add --in"),
        (
            {"in": "n", "kernel": "k", "output_padding": "1"},
            "this layer has no output padding: leave out --output-padding",
        ),
        (
            {"in": "n", "kernel": "n + 1"},
            "the kernel never fits the padded input, whatever the letters are: it covers more cells",
        ),
        (
            {"in": "n", "out": "n + 5"},
            "no kernel does it, whatever the letters are: it would have to be below 1",
        ),
        (
            {"in": "n", "out": "m", "kernel": "1", "padding": "0", "stride": "1"},
            "the dilation cannot be found: every one gives the same output",
        ),
        (
            {"in": "n", "out": "m", "kernel": "k", "padding": "0", "stride": "1", "dilation": "1"},
            "nothing is unknown: leave out the number you look for",
        ),
        (
            {"in": "(2n + 1)/2", "kernel": "3"},
            "the input size is never a whole number, whatever the letters of --in are",
        ),
        ({"in": "-n", "kernel": "3"}, "the input size is never at least 1, whatever the letters of --in are"),
    ],
)
def test_what_cannot_be_asked(words: dict[str, str], sentence: str) -> None:
    with pytest.raises(Impossible) as fault:
        lettered(words)
    assert str(fault.value) == sentence


def test_a_wrong_formula_is_noticed() -> None:
    question = lettered({"in": "n", "kernel": "3", "stride": "2", "padding": "1"})
    wrong = parse("⌊n/2⌋")
    assert wrong != question.answer["out"]
    assert any(wrong.value({"n": n}) != windows(n, 3, 2, 1, 1) for n in range(1, 9))
    assert all(Num(windows(n, 3, 2, 1, 1)) == question.answer["out"].put({"n": n}).reduce_once() for n in range(1, 9))
