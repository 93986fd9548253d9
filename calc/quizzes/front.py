"""A question as a quiz: the front of what judges the blanks of each kind of question."""

from __future__ import annotations

from calc.concepts.base import Concept
from calc.counting import Count
from calc.derivation import Derivation, Note
from calc.errors import Impossible
from calc.feature_maps import FeatureMaps
from calc.hints import LEVELS, hint
from calc.posing import posed
from calc.question import Question
from calc.quizzes.blanks import Blank, Choice, Misread, Quiz, Rules, Turn
from calc.quizzes.causes import misled
from calc.sizing import Size
from calc.stack import Stack


def quiz(question: Question, solution: Derivation | None = None) -> Quiz:
    """The question with blanks to be filled in, and what is to be said of each answer.

    `solution` is its worked solution, where that is there already. Raises `Impossible` for a question whose answers
    cannot be told by how they are spelled: letters, several unknowns, two chains compared.
    """
    solution = solution or question.derivation()
    rules = Rules()
    title, steps, _ = posed(question)
    turns: tuple[Turn, ...]
    misread: tuple[Misread, ...] = ()
    match question:
        case FeatureMaps():
            from calc.marking.maps import Wrongs
            from calc.quizzes import maps

            wrongs = Wrongs(question)
            turns = tuple(maps.turns(question, solution, rules, wrongs))
            misread = tuple(maps.misread(question, rules, wrongs))
        case Size() if question.answer.get(question.unknown) is not None:
            from calc.quizzes import sizes

            turns = tuple(sizes.turns(question, solution.headline, rules))
        case Stack():
            from calc.quizzes import sizes

            steps = ()
            turns = tuple(sizes.stack_turns(question, rules))
        case Count() if question.complete:
            from calc.quizzes import ledgers

            steps = ()
            turns = tuple(ledgers.turns(question, rules))
        case Concept():
            steps = (Note("why", (question.asks,)), *question.asked()[1:])
            turns = (_choices(question, rules),)
        case _:
            raise Impossible(
                "a quiz asks for numbers that can be looked up: of feature maps, of the size of one layer or of layers in a row, of parameters, or for the choice of a concept"
            )
    hints = tuple(
        hint(question, level, further="", solution=solution) for level in range(2, len(LEVELS))
    )  # the first says what is asked
    return Quiz(title, steps, turns, tuple(rules.causes), hints, solution.decimals, misread)


def _choices(question: Concept, rules: Rules) -> Turn:
    """The choices of a concept."""
    choices = []
    for numeral, choice in question.lettered:
        cause = rules.place(misled(choice.misconception, choice.why)) if choice.misconception else None
        choices.append(Choice(numeral, choice.text, choice.right, cause))
    shows = (f"{question.said(question.answer)}.",)
    blank = Blank(
        "answer", question.asks, shows, worked=question.told()[1:], choices=tuple(choices), several=question.several
    )
    return Turn(("The answer",), ((blank,),), kind="answer")
