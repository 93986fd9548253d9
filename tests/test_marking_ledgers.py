"""Marking of answers to params: rows as the learner wrote them, rows left out, what the learner's own rows refute."""

from dataclasses import replace

import pytest

from calc import count
from calc.counting import Count
from calc.errors import Impossible, times
from calc.hints import hint
from calc.ledger import JUDGED, asked_by, number_of, total_of
from calc.marking.front import Marked, mark
from calc.marking.lessons import lesson

NET = count(
    "conv 3 16 filters padding 1, relu, pool 2, conv 3 24 filters padding 1, relu, pool 2, flatten, linear 50, relu, linear 7",
    "3x20x20",
)
ROWS = {"conv1": "(3*3*3+1)*16", "conv2": "(3*3*16+1)*24", "fc1": "(5*5*24+1)*50", "fc2": "(50+1)*7"}
RIGHT = (448, 3480, 30050, 357)
NORMED = count(
    "conv 3 8 filters, batchnorm, relu, conv 3 16 filters, batchnorm, relu, pool 2, flatten, linear 10", "1x28x28"
)


def causes(marked: Marked) -> list[str]:
    return [cause.name for cause in marked.verdict.causes]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("worked", [True, False])
@pytest.mark.parametrize(("slip", "name"), [("swapped", "digits-swapped"), ("other", None)])
@pytest.mark.parametrize("of", ["written", "meant"])
def test_a_total_that_the_rows_give_is_not_accused(
    place: int, slip: str, name: str | None, of: str, *, worked: bool
) -> None:
    digits = str(RIGHT[place])
    i = next(i for i in range(1, len(digits)) if digits[i] != digits[i + 1])
    swapped = digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
    wrong = int(swapped) if slip == "swapped" else RIGHT[place] + 1234
    rows = [*RIGHT[:place], wrong, *RIGHT[place + 1 :]]
    total = sum(rows if of == "written" else RIGHT)
    lines = [f"{n} = {w} = {r}" if worked else f"{n} = {r}" for (n, w), r in zip(ROWS.items(), rows, strict=True)]
    marked = mark(NET, "\n".join([*lines, f"sum = {total}"]))
    verdict = marked.verdict
    assert verdict.outcome == "wrong"
    if of == "written":
        assert verdict.rows[-1][3] == "right by the rows"
        assert "sum-slip" not in causes(marked)
    if slip == "swapped":
        assert name in causes(marked)
        assert lesson(name or "").title in verdict.rows[place][3]
    if worked:  # one name for one slip
        assert len(causes(marked)) == 1
        assert verdict.rows[place][3] == lesson(causes(marked)[0]).title


def test_a_rule_that_other_rows_refute_does_not_win_against_a_slip() -> None:
    marked = mark(NET, "448, 3840, 30050, 357, 34695")
    assert causes(marked) == ["digits-swapped"]
    assert "“one bias per input channel” would give 3 840 as well, but conv 1 is right" in (
        marked.verdict.explanations[0].evidence
    )
    assert causes(mark(NET, "480, 3840, 30050, 357")) == ["bias-per-input-channel"]


def test_a_table_without_normalisations_is_read() -> None:
    assert mark(NORMED, "80, 16, 1168, 32, 23050").verdict.outcome == "right"
    total = NORMED.parameters
    rest = total - 16 - 32 - 80 - 1168
    assert mark(NORMED, f"80, 1168, {rest}, {total}").verdict.outcome == "right"
    without = mark(NORMED, f"80, 1168, {rest}, {total - 48}")
    assert causes(without) == ["norm-without-parameters"]
    assert without.verdict.causes[0].where == "batch norm 1 and batch norm 2"
    rows = mark(NORMED, f"80, 1168, {rest}").verdict
    assert rows.outcome == "right"
    assert rows.remarks == ("batch norm 1 and batch norm 2 have parameters as well",)


def test_layers_left_out_of_a_total_are_named() -> None:
    marked = mark(NET, "conv1 = 448; conv2 = 3480; fc1 = 30050; total = 33978")
    assert causes(marked) == ["layer-left-out"]
    assert marked.verdict.rows[-1][3] == "linear 2 left out"


@pytest.mark.parametrize(
    "name",
    [
        "conv layers together",
        "all conv layers",
        "sum of the convolutional layers",
        "conv layers",
        "both conv layers",
        "convolutions in total",
    ],
)
def test_the_sum_of_a_kind_of_layer_is_judged(name: str) -> None:
    assert mark(NET, f"{name}: 3928").verdict.outcome == "right"
    assert causes(mark(NET, f"{name}: 3888")) == ["bias-forgotten"]


def test_names_that_are_offered_can_be_used() -> None:
    with pytest.raises(Impossible) as fault:
        mark(NET, "stem: 448")
    said = str(fault.value).partition("they are ")[2].partition(", or layer")[0]
    names = said.replace(" and ", ", ").split(", ")
    assert names == ["conv 1", "conv 2", "linear 1", "linear 2"]
    for name, right in zip(names, RIGHT, strict=True):
        assert mark(NET, f"{name} = {right}").verdict.outcome == "right"


def test_more_names_than_a_sentence_holds_end_in_dots() -> None:
    many = count(", ".join(["Conv2d(3, 3, 3)"] * 12))
    with pytest.raises(Impossible, match=r"conv 8, …, or layer 0 to layer 11"):
        mark(many, "stem: 84")


NETWORKS = {
    "plain": NET,
    "normed": NORMED,
    "bare": count(
        "Conv2d(3, 8, 3, stride=2, bias=False), ReLU(), Conv2d(8, 4, (3, 5), groups=2), Flatten()", "3x21x33"
    ),
}
NUMBERS = [column for column in JUDGED if column not in ("field", "output", "input")]


def asks(question: Count, column: str) -> Count:
    return replace(question, asks=asked_by(column))


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("net", NETWORKS)
def test_what_a_column_asks_is_judged_row_by_row_and_in_all(net: str, column: str) -> None:
    question = asks(NETWORKS[net], column)
    rights = {row.call.name: number_of(row, column) or 0 for row in question.rows}
    total = total_of(question, column)
    assert total == sum(rights.values())
    named = [f"{name} = {right}" for name, right in rights.items()]
    counted = [str(right) for right in rights.values() if right]
    every = [str(right) for right in rights.values()]
    for reply in (f"{total}", f"total = {total}", f"{column}: {total}", "; ".join(named), ", ".join(every)):
        assert mark(question, reply).verdict.outcome == "right", reply
    if len(counted) > 1:
        for rows in (counted, every):
            assert mark(question, ", ".join([*rows, str(total)])).verdict.outcome == "right"
    for line, right in zip(named, rights.values(), strict=True):
        if right:
            assert mark(question, line).verdict.outcome == "right"
            assert mark(question, line + "7").verdict.outcome == "wrong"
    assert mark(question, f"{(total or 0) + 1}").verdict.outcome == "wrong"


@pytest.mark.parametrize("column", ["field", "output", "input"])
@pytest.mark.parametrize("net", NETWORKS)
def test_sizes_that_a_column_asks_are_judged_in_every_spelling(net: str, column: str) -> None:
    question = asks(NETWORKS[net], column)
    seen = 0
    for row in question.rows:
        if column == "field":
            sizes = tuple(field.size for field in row.field)
        else:
            sizes = (row.call.output if column == "output" else row.call.inputs[0]) or ()
        if not sizes:
            continue
        seen += 1
        spelled = [times(sizes), "x".join(map(str, sizes)), f"({', '.join(map(str, sizes))})"]
        if column != "field":
            spelled += ["(1, " + ", ".join(map(str, sizes)) + ")"]
        along = sizes if column == "field" else sizes[1:]
        if along and len(set(along)) == 1:
            spelled.append(str(along[0]))
        if len(sizes) > 1 and not row.call.name.isdigit():
            assert mark(question, f"{row.call.name} {times(sizes)}").verdict.outcome == "right"
        for text in spelled if len(sizes) > 1 else [str(sizes[0])]:
            verdict = mark(question, f"{row.call.name}: {text}").verdict
            assert verdict.outcome == "right", text
        longer = "x".join(str(n + 50) for n in sizes)
        assert mark(question, f"{row.call.name}: {longer}").verdict.outcome == "wrong"
        if len(sizes) > 2:
            last = mark(question, f"{row.call.name}: {times((*sizes[1:], sizes[0]))}").verdict
            assert last.outcome == ("convention" if column != "field" else "wrong")
    assert seen


def test_a_wrong_rule_in_a_column_is_named_in_its_rows() -> None:
    assert causes(mark(asks(NET, "field"), "7")) == ["strides-ignored"]
    assert mark(asks(NET, "field"), "10").verdict.outcome == "right"
    assert mark(asks(NET, "field"), "3, 4, 8, 10").verdict.outcome == "right"
    work = asks(NET, "name,macs")
    wrong = mark(work, "conv1: 57600, conv2: 21600, fc1 30000, fc2 350")
    assert causes(wrong) == ["input-channels-forgotten-in-macs"]
    assert [row[3][:5] == "right" for row in wrong.verdict.rows] == [False, False, True, True]
    assert causes(mark(work, "conv1: 448")) == ["params-for-macs"]
    assert mark(work, "fc1: 30050").verdict.convention.startswith("the biases counted as well")
    assert causes(mark(asks(NET, "memory"), "20507")) == ["numbers-for-bytes"]
    assert causes(mark(asks(NET, "memory"), "448")) == ["another-column"]
    assert causes(mark(asks(NET, "weights"), "34335")) == ["another-column"]


def test_of_several_columns_any_may_be_answered() -> None:
    for reply in ("548750", "1097500", "flops = 1097500"):
        assert mark(asks(NET, "name,macs,flops"), reply).verdict.outcome == "right", reply
    assert mark(asks(NET, "parameters,macs"), "34335").verdict.outcome == "right"


def test_a_column_without_numbers_is_said_to_have_none() -> None:
    with pytest.raises(Impossible, match=r"the column “name” has no numbers to answer: parameters, weights, .* have"):
        mark(asks(NET, "name"), "5")
    with pytest.raises(Impossible, match="need the input's shape"):
        mark(asks(count("Conv2d(3, 8, 3)"), "memory"), "5")
    with pytest.raises(Impossible, match="there are no hints for the column “field”"):
        hint(asks(NET, "field"), 1)


def test_the_layers_of_one_kind_are_known_in_a_total() -> None:
    assert causes(mark(NET, "3928")) == ["one-kind-alone"]
    assert mark(NET, "3928").verdict.causes[0].says.startswith("these are the parameters of conv 1 and conv 2 together")
    assert causes(mark(NET, "3888")) == ["bias-forgotten", "one-kind-alone"]
    assert causes(mark(NET, "30350")) == ["bias-forgotten", "one-kind-alone"]


@pytest.mark.parametrize("reply", ["3.4e4", "3.43e4", "3.4E+4", "3.4·10^4", "3.4 x 10^4", "34k", "0.034M"])
def test_a_rounded_total_is_right_in_every_spelling(reply: str) -> None:
    verdict = mark(NET, reply).verdict
    assert verdict.outcome == "right"
    assert "34 335 rounded" in verdict.remarks[0]
    assert mark(NET, reply.replace("3", "8", 1)).verdict.outcome == "wrong"


@pytest.mark.parametrize("last", ["total 34335", "total: 34335", "total = 34335", "sum 34335", "34335 in total"])
def test_rows_in_order_may_end_in_a_total_that_is_named(last: str) -> None:
    rows = ", ".join(f"{work} = {right}" for work, right in zip(ROWS.values(), RIGHT, strict=True))
    verdict = mark(NET, f"{rows}, {last}").verdict
    assert verdict.outcome == "right"
    assert len(verdict.rows) == 5


MODEL = count("examples/model.py", "3x32x32")


def test_the_field_of_a_network_is_that_of_its_last_maps_or_the_whole_input() -> None:
    question = asks(MODEL, "field")
    fields = [row.field[0] for row in question.rows if row.field]
    part = [field.size for field in fields if not field.whole]
    for size in {part[-1], fields[-1].size}:
        assert mark(question, f"{size}").verdict.outcome == "right"
    assert causes(mark(question, f"{part[0]}")) == ["another-layer"]
    assert mark(question, f"{part[0]}").verdict.causes[0].says.startswith("that is what one output of conv1 sees")


def test_sizes_follow_names_after_a_space() -> None:
    assert mark(asks(MODEL, "output"), "conv1 (None, 32, 32, 32), conv2 64x16x16").verdict.outcome == "right"
