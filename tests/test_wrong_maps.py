"""Wrong maps traced to their one cause, and what is said of those that no rule explains whole."""

from collections.abc import Callable
from typing import Any

import pytest

from calc import convolve, pool
from calc.convolution import Convolution
from calc.marking.front import mark
from calc.question import Question
from tests.test_marking import causes

ODD = "3 0 5 1; 2 7 -1 4; 6 1 8 0"


def conv_of(**options: Any) -> Convolution:
    return convolve(ODD, "1 -2 0; 0 3 1; 2 0 -1", **options)


def test_a_wrong_answer_with_letters_is_marked() -> None:
    question = convolve("a b; c d", "1 0; 2 x", padding="valid")
    assert mark(question, "a·x + 2b + d").right
    assert mark(question, "a + b").verdict.outcome == "wrong"
    assert causes(mark(question, "a + 2*c + d*x"))[0] == ["not-flipped"]
    assert "not-flipped" in {each.name for each in question.mistaken()}


@pytest.mark.parametrize(
    ("question", "reply", "name"),
    [
        (lambda: conv_of(then="relu"), lambda: abs(conv_of().answer.numpy()), "activation-mistaken"),
        (lambda: conv_of(bias="2"), lambda: conv_of(bias="-2").answer.numpy(), "bias-subtracted"),
        (lambda: conv_of(padding="valid"), lambda: conv_of(padding="full").answer.numpy(), "zeros-put-around"),
        (lambda: conv_of(), lambda: conv_of().answer.numpy().T, "map-transposed"),
        (lambda: pool(ODD, 2), lambda: 4 * pool(ODD, 2, kind="average").answer.numpy(), "window-added-up"),
    ],
    ids=["activation-mistaken", "bias-subtracted", "zeros-put-around", "map-transposed", "window-added-up"],
)
def test_a_wrong_map_is_traced_to_its_one_cause(
    question: Callable[[], Question], reply: Callable[[], Any], name: str
) -> None:
    assert causes(mark(question(), reply().tolist())) == [[name]]


def test_the_transposed_kernel_may_be_flipped_rightly() -> None:
    turned = convolve(ODD, "1 0 2; -2 3 0; 0 1 -1").answer.numpy()
    verdict = mark(conv_of(), turned.tolist()).verdict
    assert [cause.name for cause in verdict.causes] == ["kernel-transposed"]
    assert "as it stands" not in verdict.causes[0].says


def test_a_cell_is_right_to_the_decimals_it_was_written_with() -> None:
    question = pool(ODD, 2, kind="average")
    right = question.answer.numpy()
    assert mark(
        question, "; ".join(" ".join(f"{x:.2f}" if i else f"{x:.1f}" for i, x in enumerate(row)) for row in right)
    ).right


def test_what_a_slip_does_not_explain_is_said() -> None:
    right = conv_of().answer.numpy()
    off = right.copy()
    off[0, 1] += 1
    off[1, 3] -= 2
    off[2, 2] += 3
    says = [each.evidence for each in mark(conv_of(), off.tolist()).verdict.explanations]
    assert all(text.startswith("9 of 12 cells equal the right ones; ") and "another reason" in text for text in says)
