"""Showing a page: worked out, cross-checked, and printed or written."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import typer

import explain
from calc.errors import Impossible, printable
from calc.files import MAPS
from explain import asking

if TYPE_CHECKING:
    from calc.derivation import Check, Derivation
    from calc.question import Question


def answered(command: str, options: asking.Options) -> None:
    """Show what a command asks for, or write the map alone, then what torch and scipy say; exit code 1 where an answer is wrong."""
    from explain.progress import awaited, waiting

    format_, output = options["format"], options["output"]
    if options.get("quiz"):
        _check_quiz(options, format_, output)
    with waiting("working it out"):
        asked = asking.asked(command, options)
    if asked.device not in (None, "auto"):
        from calc.crosscheck import require

        require(asked.device)
    differs = False

    def checks() -> "Iterator[Check]":
        nonlocal differs
        for said in awaited(asked.checks(), "asking torch"):
            differs = differs or said.verdict == "differs"
            yield said

    own_options = {"standalone": options["standalone"], "step": options.get("step", "")}
    if asked.works and output is not None and not format_ and output.suffix.lower() in MAPS:
        for name in (name for name, given in own_options.items() if given):
            formats = " and ".join(explain.having(name))
            raise Impossible(f"--{name} is for {formats}: {printable(output.name)} holds a feature map alone")
        _write_map(asked.question, output)
        own: tuple[Check, ...] = getattr(asked.question, "checks", tuple)()
        differs = any(check.verdict == "differs" for check in own)
        _show_checks(chain(own, checks()))
    else:
        with waiting("working it out"):
            page = asked.page()
        differs = any(check.verdict == "differs" for check in page.checks)
        made = asked.quiz(page) if options.get("quiz") else None
        show(page, checks(), format_, output, **own_options, quiz=made)
    if differs:
        raise typer.Exit(1)
    if asked.fault:
        raise Impossible(asked.fault)


def _check_quiz(options: asking.Options, format_: str, output: Path | None) -> None:
    """`Impossible` where a quiz cannot be had, which is said before anything is worked out."""
    if options.get("answer") is not None or options.get("hint") is not None:
        raise Impossible("a quiz marks answers and gives hints itself: leave --answer and --hint out")
    html = output is not None and explain.SUFFIXES.get(output.suffix.lower()) == "html"
    if format_ != "html" and not (html and not format_):
        raise Impossible("a quiz is a page: add --format html, or -o with a name that ends in .html")


def _write_map(question: "Question | None", output: Path) -> None:
    """The feature map alone, as an array or a picture."""
    from calc.exact import Cells
    from explain.files import write_bytes

    suffix, answer = output.suffix.lower(), getattr(question, "answer", None)
    if not isinstance(answer, Cells):
        *others, last = explain.SUFFIXES
        raise Impossible(
            f"{printable(output.name)} would hold a feature map: this answer is none, end its name in {', '.join(others)} or {last}"
        )
    if answer.letters and suffix != ".csv":
        raise Impossible(f"letters stand in the answer, which {suffix} cannot hold: end the name in .csv or .json")
    from calc.array_files import written

    sheet = getattr(question, "sheet", None)
    drawn = sheet() if sheet and suffix == ".png" else written(answer.numerators, answer.denominator, suffix)
    write_bytes(output, [drawn])


def _show_checks(checks: "Iterable[Check]") -> None:
    from explain.layout import check_lines
    from explain.text import WIDTH

    for check in checks:
        for line in check_lines(check, WIDTH):
            print("".join(text for text, _ in line))


def read_format(format_: str, output: Path | None, known: Collection[str]) -> str:
    """The format that is wanted, of those that are `known` or for the terminal; `Impossible` where the file is no such."""
    if format_ and format_ not in ("terminal", *known):
        raise Impossible(f"there is no format “{printable(format_)}”: choose terminal, {', '.join(known)}")
    if output is None:
        return format_ or "terminal"
    from explain.files import format_of

    if format_ and output.suffix.lower() in {**explain.SUFFIXES, **dict.fromkeys(MAPS, "")}:
        kept = explain.SUFFIXES.get(output.suffix.lower())
        if kept != format_.replace("terminal", "text"):
            holds = kept or "a feature map alone"
            raise Impossible(
                f"{printable(output.name)} would hold {holds}, not {format_}: leave --format out, or end the name otherwise"
            )
    return (format_ or format_of(output, known)).replace("terminal", "text")


def show(
    derivation: "Derivation", checks: "Iterator[Check]", format_: str, output: Path | None, **options: object
) -> None:
    """Show a page in a format with its own options, those that were given."""
    format_ = read_format(format_, output, (*explain.FORMATS, *explain.BINARY))
    options = {name: value for name, value in options.items() if value}
    explain.check_options(format_, options)
    if output is not None:
        from explain.files import write, write_bytes
        from explain.progress import watched

        with watched(derivation) as shown:
            if format_ in explain.BINARY:
                write_bytes(output, explain.pieces(shown, format_, **options))
            else:
                write(output, explain.render(shown, format_, checks, **options))
        if format_ in explain.PICTURES:
            _show_checks(checks)
        return
    with reading():
        if format_ in explain.BINARY:
            _send(explain.pieces(derivation, format_, **options))
        elif format_ == "terminal":
            explain.show(derivation, checks)
        else:
            for line in explain.render(derivation, format_, checks, **options):
                print(line)
        for _ in checks:  # those that a picture has no room for
            pass


def _send(pieces: "Iterable[bytes]") -> None:
    """Bytes on standard output, if that is no terminal."""
    if sys.stdout.isatty():
        raise Impossible("a picture of dots is nothing for a terminal: add -o and the name of a file, such as -o x.gif")
    for piece in pieces:
        sys.stdout.buffer.write(piece)


@contextmanager
def reading() -> Iterator[None]:
    """Print all that is printed within, as long as somebody reads it."""
    try:
        yield
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of the pipe has seen enough
        close_output()


def close_output() -> None:
    """Let what is still to be written go nowhere: nobody reads it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
