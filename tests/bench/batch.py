"""100 000 answers to one question marked together, beside a loop that asks every rule about every answer."""

import random
from collections.abc import Sequence

from calc import convolve, count
from calc.feature_maps import FeatureMaps
from calc.marking.batch import marker
from calc.marking.front import mark
from calc.question import Question
from tests.bench.timing import alternate, report

MANY = 100_000
LOOPED = 400
"""Answers that the loop marks; its time is what it would take for all."""


def maps(seed: int) -> list[str]:
    """Answers to the first exercise: right ones, unflipped ones, slips in them, and random ones."""
    drawn = random.Random(seed)  # a benchmark
    right = [-2, 1, -11, 2, 13, -10, 4, -8, -2, 18, -14, 1, 5, -6, 9]
    answers = []
    for _ in range(MANY):
        kind = drawn.random()
        cells = [drawn.randint(-20, 20) for _ in right] if kind > 0.7 else [-x if kind > 0.4 else x for x in right]
        if drawn.random() < 0.3:
            place = drawn.randrange(len(cells))
            cells[place] = drawn.choice((-cells[place], drawn.randint(-30, 30)))
        answers.append("; ".join(" ".join(map(str, cells[i : i + 5])) for i in (0, 5, 10)))
    return answers


def totals(seed: int) -> list[str]:
    """Answers to how many parameters a network has: right and wrong ones, and random numbers."""
    drawn = random.Random(seed)  # a benchmark
    return [str(drawn.choice((390410, 137610, 400522, drawn.randint(1000, 900_000)))) for _ in range(MANY)]


def rules(question: Question, answers: Sequence[str]) -> list[bool]:
    """The plain way: each answer is read and compared with what each wrong rule leads to, worked out anew."""
    found = []
    for answer in answers:
        if isinstance(question, FeatureMaps):
            found.append(any(str(wrong.answer.nested()) == answer for wrong in question.mistaken()))
        else:
            found.append(any(str(wrong.answer["parameters"]) == answer for wrong in question.mistaken()))
    return found


def main() -> None:
    """Print the time for all answers, the loop's from a part of them."""
    network = (
        "Conv2d(3, 32, 5, padding=2), MaxPool2d(2), Conv2d(32, 64, 5, padding=2), MaxPool2d(2), "
        "Conv2d(64, 128, 5, padding=2), MaxPool2d(2), Flatten(), Linear(2048, 64), Linear(64, 10)"
    )
    image = "1 0 2 3 1; 3 2 0 7 0; 0 6 1 1 4"
    for title, question, answers in (
        ("maps of 3×5", convolve(image, "sobel"), maps(1)),
        ("numbers of parameters", count(network, "3x32x32"), totals(1)),
    ):
        few = answers[:LOOPED]
        medians = alternate(
            {
                "together": lambda q=question, a=answers: marker(q).judge(a),  # type: ignore[misc]
                "a loop over the rules": lambda q=question, a=few: rules(q, a),  # type: ignore[misc]
                "marked one by one": lambda q=question, a=few: [mark(q, x) for x in a],  # type: ignore[misc]
            },
            3,
        )
        scaled = {name: seconds * (1 if name == "together" else MANY / LOOPED) for name, seconds in medians.items()}
        report(f"{MANY} {title} marked, the loops' time from {LOOPED} of them", scaled, "a loop over the rules")
