"""The commands that mark and that solve what others wrote: mark, solve."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calc.errors import Impossible, printable
from calc.files import questions_in
from explain import FORMATS, PICTURES, SUFFIXES, asking, completing
from explain.commands.options import Accept, Check_, Device, Format, Standalone, written
from explain.commands.page import read_format, reading, show

if TYPE_CHECKING:
    from calc.marking.batch import Judged, Unreadable
    from calc.question import Question
    from explain.solving import Sheet


def mark(
    source: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION|ANSWERS",
            help="A question as a command, such as “shape --in 508 --pool --kernel 2”; or a .csv or .jsonl file with the columns question, answer and student.",
        ),
    ],
    working: Annotated[
        str, typer.Argument(help="The working, line by line: a file, - for standard input, or the lines themselves.")
    ] = "-",
    accept: Accept = None,
    run: Annotated[
        bool,
        typer.Option(
            "--run/--no-run", help="Trust the questions of a file: they may run a model.py, and name files elsewhere."
        ),
    ] = False,
    format: Format = "",  # noqa: A002
    output: Annotated[Path | None, written(SUFFIXES, "; verdicts on many answers are .csv or .jsonl")] = None,
    standalone: Standalone = False,
) -> None:
    """Mark the working of a question line by line, or many answers.

    cnncalc mark "shape --in 508 --pool --kernel 2" "(508 - 2)/2 + 1 = 254"

    cnncalc mark answers.csv -o verdicts.csv
    """
    from calc.marking.answer_files import is_answers

    if is_answers(source):
        _mark_many(source, accept, format, output, run=run, standalone=standalone)
        return
    from calc.marking.front import mark as judge

    marked = judge(asking.question(source), asking.read_answer(working), accept=accept or (), working=True)
    show(marked.derivation(), iter(()), format, output, standalone=standalone)
    if not marked.right:
        raise typer.Exit(1)


def _mark_many(
    source: str, accept: list[str] | None, format_: str, output: Path | None, *, run: bool, standalone: bool
) -> None:
    """Verdicts on a file of answers, as CSV or JSON Lines, then a summary."""
    from calc.marking.answer_files import is_answers, open_answers, read_answers, written
    from calc.marking.batch import Summary, judged
    from explain.progress import tallied

    if output is not None and not is_answers(str(output)):
        raise Impossible(f"{printable(output.name)} would hold verdicts: end its name in .csv or .jsonl")
    summary = Summary()

    def counted(rows: "Iterator[Judged | Unreadable]") -> "Iterator[Judged | Unreadable]":
        for each in rows:
            summary.add(each)
            yield each

    def ask(line: str) -> "Question":
        with questions_in(folder, trusted=run):
            return asking.question(line, run=run)

    folder = Path(source).parent.absolute()
    with open_answers(source) as file:
        rows = counted(tallied(judged(read_answers(file, source), ask, accept or ()), "answers"))
        as_json = output is not None and output.suffix.lower() in (".jsonl", ".ndjson")
        if output is not None:
            from explain.files import write_bytes

            write_bytes(output, (line.encode(errors="replace") for line in written(rows, as_json=as_json)))
        else:
            for _ in rows:
                pass
    show(summary.derivation(), iter(()), format_, None, standalone=standalone)


def solve(
    source: Annotated[
        str,
        typer.Argument(
            metavar="WORKSHEET",
            help="A Markdown file with questions in fenced ```cnncalc blocks, or - for standard input.",
        ),
    ],
    edition: Annotated[
        str, typer.Option(help="solved; student, the questions alone; key, the answers in short, and the wrong ones.")
    ] = "solved",
    run: Annotated[
        bool,
        typer.Option(
            "--run/--no-run", help="Trust its questions: they may run files of Python, and name files elsewhere."
        ),
    ] = False,
    device: Device = "auto",
    check: Check_ = True,
    format: Annotated[  # noqa: A002
        str,
        typer.Option(
            autocompletion=completing.pages,
            help=f"terminal, {', '.join(each for each in FORMATS if each not in PICTURES)}.",
        ),
    ] = "",
    output: Annotated[
        Path | None,
        written((suffix for suffix, kind in SUFFIXES.items() if kind not in PICTURES), "; it may be the worksheet"),
    ] = None,
) -> None:
    """Solve a worksheet: every question is worked out in its place.

    cnncalc solve task1.md -o solved.md

    cnncalc solve task1.md --edition student -o questions.md
    """
    from explain import documents
    from explain.progress import counted
    from explain.solving import read_edition
    from explain.solving import solve as solved
    from explain.worksheet import read_worksheet

    chosen, worksheet = read_edition(edition), read_worksheet(source)
    kind = read_format(format, output, documents.FORMATS)
    if device != "auto":
        from calc.crosscheck import require

        require(device)
    with counted(len(worksheet.tasks), "questions") as told:
        sheet = solved(worksheet, chosen, run=run, check=check, device=device, told=told)
    _show_sheet(sheet, kind, output)
    if sheet.differs:
        raise typer.Exit(1)


def _show_sheet(sheet: "Sheet", format_: str, output: Path | None) -> None:
    """Print a worksheet, or write it to a file."""
    from explain import documents

    if output is not None:
        from explain.files import write_bytes

        write_bytes(output, (piece.encode() for piece in documents.document(sheet, format_)))
        return
    with reading():
        if format_ == "terminal":
            documents.show(sheet)
        else:
            for piece in documents.document(sheet, format_):
                print(piece, end="")
