"""The JSON Schema of derivations: every document keeps it, and no document that was tampered with does."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from calc import Impossible, compare, convolve, hint, mark, pool, size, through, transpose
from calc.catalogue import explained
from calc.concepts import concept, concepts, contents
from calc.derivation import Derivation, Step
from calc.expr import MEANING
from calc.marking.batch import Summary, judged
from calc.practice.topics import LEVELS, NAMES, draw, listing
from calc.progress import progress
from calc.progress_store import Attempt, Due, now
from explain import asking, render
from explain.data import VERSION, read
from explain.documents import document as written_out
from explain.documents.data import VERSION as SHEET_VERSION
from explain.solving import EDITIONS, Edition, solve
from explain.worksheet import parsed
from tests.cases import EXAMPLES
from tests.marking_cases import Case, all_cases
from tests.test_golden import GOLDEN
from tests.test_posing import LINES


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


SCHEMA = json.loads((EXAMPLES / "derivation.schema.json").read_text(encoding="utf-8"), object_pairs_hook=distinct)
VALIDATOR = Draft202012Validator(SCHEMA)
DOCUMENTS = sorted(GOLDEN.glob("*.json"))


def no_constant(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def document(derivation: Derivation) -> Any:
    return json.loads("\n".join(render(derivation, "json")), parse_constant=no_constant)


def kept(derivation: Derivation) -> None:
    """It keeps the schema, and reads back as it was."""
    text = "\n".join(render(derivation, "json"))
    VALIDATOR.validate(json.loads(text, parse_constant=no_constant))
    assert read(text) == derivation


def objects(value: Any) -> Iterator[Any]:
    """Every object and list in a document."""
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from objects(part)


def test_the_schema_is_one_and_says_the_version() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert SCHEMA["properties"]["version"]["const"] == VERSION
    assert set(SCHEMA["$defs"]["operation"]["enum"]) == set(MEANING)


def test_every_kind_of_step_is_in_the_schema() -> None:
    kinds = {kind.__name__.lower() for kind in get_args(Step)} - {"check"}
    told = {part["$ref"].rpartition("/")[2] for part in SCHEMA["$defs"]["step"]["oneOf"]}
    assert {SCHEMA["$defs"][name]["properties"]["kind"]["const"] for name in told} == kinds


def test_the_schema_is_closed_and_says_what_each_part_is() -> None:
    for part in objects(SCHEMA):
        if isinstance(part, dict) and part.get("type") == "object" and part.get("maxProperties") != 0:
            assert "additionalProperties" in part, part
            assert part["additionalProperties"] is not True
    assert all(part["description"] for part in SCHEMA["$defs"].values())
    used = {part["$ref"].rpartition("/")[2] for part in objects(SCHEMA) if isinstance(part, dict) and "$ref" in part}
    assert used == set(SCHEMA["$defs"])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_golden_document_keeps_it(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8"), parse_constant=no_constant))


numbers = st.one_of(
    st.integers(-9, 9).map(str), st.fractions(-9, 9, max_denominator=9).map(str), st.sampled_from(["0.5", "a", "x"])
)


def matrices(most: int = 4) -> st.SearchStrategy[str]:
    """Numbers, fractions, decimals and letters in rows."""
    sizes = st.tuples(st.integers(1, most), st.integers(1, most))
    return sizes.flatmap(
        lambda n: st.lists(
            st.lists(numbers, min_size=n[1], max_size=n[1]).map(" ".join), min_size=n[0], max_size=n[0]
        ).map("; ".join)
    )


small = st.one_of(st.none(), st.integers(1, 12), st.sampled_from(["?", "n", "k", "3x2"]))


@settings(max_examples=60)
@given(
    matrices(),
    matrices(3),
    st.integers(1, 2),
    st.integers(0, 1),
    st.sampled_from([convolve, transpose, pool]),
    st.sampled_from(["products", "hadamard"]),
    st.sampled_from(["max", "average", "lp"]),
)
def test_every_map_keeps_it(
    image: str, kernel: str, stride: int, padding: int, ask: Callable[..., Any], working: Any, kind: str
) -> None:
    try:
        if ask is pool:
            kept(pool(image, 2, kind=kind, stride=stride, padding=padding).derivation())
        elif ask is convolve:
            kept(convolve(image, kernel, stride=stride, padding=padding, bias="1/2").derivation(working))
        else:
            kept(transpose(image, kernel, stride=stride, padding=padding).derivation())
    except Impossible:
        pass


@settings(max_examples=60)
@given(small, small, small, small, small, st.booleans(), st.sampled_from(["torch", "keras", "onnx", "caffe"]))
def test_every_size_keeps_it(
    in_: Any, out: Any, kernel: Any, stride: Any, padding: Any, transposed: bool, dialect: str
) -> None:
    try:
        asked = size(in_, out, kernel, stride, padding, transposed=transposed, dialect=dialect)
    except Impossible:
        return
    kept(asked.derivation())


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_every_question_of_practice_keeps_it_with_its_hints_and_verdicts(name: str, level: int) -> None:
    for seed in range(2):
        question = draw(name, level, Random(seed)).question
        kept(question.derivation())
        for step in range(1, 6):
            kept(hint(question, step))
        for wrong in question.mistaken()[:2]:
            values = wrong.answer
            try:
                kept(mark(question, next(iter(values.values())) if isinstance(values, dict) else values).derivation())
            except Impossible:
                continue


def test_every_verdict_keeps_it() -> None:
    by_rule: dict[str, Case] = {each.rule: each for each in all_cases("open")}
    assert len(by_rule) > 50
    for each in by_rule.values():
        kept(mark(each.ask(), each.reply, working=each.working).derivation())


@pytest.mark.parametrize(
    "asked",
    [
        lambda: through("conv 3 filters 4, pool 2, flatten, linear 10", "3x12x12").derivation(),
        lambda: through("conv 3, pool 2", None).derivation(),
        lambda: through("conv ?, pool 2, conv 3", 512, 250).derivation(),
        lambda: compare("conv 3, conv 3", "conv 5").derivation(),
        lambda: explained("1 2; 3 4"),
        lambda: contents(),
        listing,
        lambda: progress([], [], now()),
        lambda: progress(
            [Attempt(now(), "size", 1, "", 1, "", "wrong", ("not-flipped",))],
            [Due("size", "not-flipped", now())],
            now(),
        ),
        lambda: Derivation(("Nothing was asked",), ()),
    ],
)
def test_every_other_document_keeps_it(asked: Callable[[], Derivation]) -> None:
    kept(asked())


@pytest.mark.parametrize("name", [each.name for each in concepts()])
def test_every_concept_keeps_it(name: str) -> None:
    kept(concept(name).derivation())
    kept(concept(name).posed())


def test_a_tally_of_answers_keeps_it() -> None:
    from calc.marking.answer_files import read_answers

    summary = Summary()
    with (EXAMPLES / "answers.csv").open(encoding="utf-8") as file:
        for each in judged(read_answers(file, "answers.csv"), asking.question, ()):
            summary.add(each)
    kept(summary.derivation())


TAMPERED = ["conv-products", "conv-letters", "pool-volume", "shape-letters-padding", "shape-layers"]
TAMPERED += ["params-on-input", "maps", "concept-marked", "kernels-separable", "shape-compared", "transposed"]


@settings(max_examples=60)
@given(st.sampled_from(TAMPERED), st.sampled_from(["added", "replaced", "removed"]), st.randoms(use_true_random=False))
def test_no_document_that_was_tampered_with_keeps_it(name: str, how: str, random: Random) -> None:
    data = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert VALIDATOR.is_valid(data)
    parts = list(objects(data))
    if how == "replaced":  # anything by what stands nowhere
        part = random.choice([each for each in parts if each])
        part[random.choice(list(part) if isinstance(part, dict) else range(len(part)))] = {"?": {}}
    elif how == "added":
        random.choice([each for each in parts if isinstance(each, dict)])["?"] = {}
    else:  # what every step has
        part = random.choice([each for each in parts if isinstance(each, dict) and ("kind" in each or each is data)])
        del part[random.choice([key for key in part if key not in ("where", "reply", "lit", "details")])]
    assert not VALIDATOR.is_valid(data)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("version",), VERSION + 1),
        (("title",), 3),
        (("decimals",), "no"),
        (("answer",), {"out": 5}),
        (("answer", 0, 0), None),
        (("question", "asks"), "convolution"),
        (("question", "stride"), "1x1"),
        (("question", "reply"), 5),
        (("checks",), None),
        (("steps", 0, "kind"), "step"),
        (("headline", 0), {"expr": ["plus", 1, 2]}),
        (("headline", 0), {"expr": []}),
        (("headline", 0), {"expr": "1/0"}),
    ],
)
def test_what_is_wrong_in_one_place_is_noticed(where: tuple[Any, ...], value: Any) -> None:
    data = document(convolve("1 2; 3 4", "sobel").derivation())
    assert VALIDATOR.is_valid(data)
    part = copy.deepcopy(data)
    inner = part
    for name in where[:-1]:
        inner = inner[name]
    inner[where[-1]] = value
    assert not VALIDATOR.is_valid(part)


SHEET = json.loads((EXAMPLES / "worksheet.schema.json").read_text(encoding="utf-8"))
SHEETS = Draft202012Validator(
    SHEET, registry=Registry().with_resource("derivation.schema.json", Resource.from_contents(SCHEMA))
)
ASKED = [
    *LINES.values(),
    f"maps {EXAMPLES / 'edges.py'} --image {EXAMPLES / 'task1a.txt'} --layer conv1",
    f"maps {EXAMPLES / 'edges.py'} --image {EXAMPLES / 'task1a.txt'} --layer pool",
    "kernels",
    "kernels sobel",
    "concept",
    "shape --in 508 --kernel 2 --pool --answer 253",
    "shape --in 508 --kernel 2 --pool --hint",
]
"""A question of each kind."""


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_worksheet_keeps_its_schema(edition: Edition) -> None:
    text = "# All\n\n" + "\n".join(f"```cnncalc\n{line}\n```\n" for line in ASKED)
    sheet = solve(parsed(text, "all.md", EXAMPLES), edition, run=True, check=False)
    whole = json.loads("".join(written_out(sheet, "json")), parse_constant=no_constant)
    SHEETS.validate(whole)
    spoilt = copy.deepcopy(whole)
    spoilt["parts"][1]["command"] = "" if edition == "solved" else "shape --in 512 --out 504"
    assert not SHEETS.is_valid(spoilt)
    spoilt = copy.deepcopy(whole)
    spoilt["parts"][1]["derivation"]["answer"] = "9"
    assert not SHEETS.is_valid(spoilt)


def test_the_schema_of_worksheets_is_one() -> None:
    Draft202012Validator.check_schema(SHEET)
    assert SHEET["properties"]["version"]["const"] == SHEET_VERSION
    assert SHEET["properties"]["edition"]["enum"] == [*EDITIONS]
