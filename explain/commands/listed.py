"""The commands that list what there is: kernels, concept."""

from typing import Annotated

import typer

from explain import completing
from explain.commands.options import Format, Hint, Output, Quiz, Standalone
from explain.commands.page import answered


def kernels(
    kernel: Annotated[
        str,
        typer.Argument(
            autocompletion=completing.kernels,
            help="A name, a text file, or the numbers, to explain one; without it all names are listed.",
        ),
    ] = "",
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """List the named kernels, or explain one. It says what it does, its symmetry, and whether it is separable.

    cnncalc kernels sobel

    cnncalc kernels "1 2 1; 2 4 2; 1 2 1"
    """
    answered("kernels", locals())


def concept(
    name: Annotated[
        str, typer.Argument(autocompletion=completing.concepts, help="Which concept to ask; without it all are listed.")
    ] = "",
    show: Annotated[bool, typer.Option("--show", help="Work the answer in numbers instead of asking.")] = False,
    answer: Annotated[
        str | None,
        typer.Option(help="Mark this answer: the choices, as “iii” or “(i) and (iii)”, or their first words."),
    ] = None,
    hint: Hint = None,
    quiz: Quiz = False,
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Ask how layers behave, with choices. The answer is marked, or worked in numbers.

    cnncalc concept

    cnncalc concept translation --answer "max pooling"
    """
    answered("concept", locals())
