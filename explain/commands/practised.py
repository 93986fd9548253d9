"""The commands of practice: practice, progress."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calc.errors import Impossible, printable
from explain import completing
from explain.commands.options import Data, Format, Output, Standalone
from explain.commands.page import reading, show


def practice(
    topic: Annotated[
        str,
        typer.Argument(
            metavar="TOPIC",
            autocompletion=completing.words(*completing.TOPICS),
            help="A topic, see --topics; without it all of them.",
        ),
    ] = "",
    topics: Annotated[bool, typer.Option("--topics", help="List the topics.")] = False,
    level: Annotated[int | None, typer.Option(help="1, 2 or 3; without it the level that is next.")] = None,
    count: Annotated[int | None, typer.Option(help="How many questions; without it until you stop.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed draws the same questions.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines, for a pipe or a screen reader.")] = False,
    record: Annotated[bool, typer.Option("--record/--no-record", help="Keep a record of what was answered.")] = True,
    data: Data = "",
) -> None:
    """Practise: questions are posed and your answers marked. There are hints and solutions.

    cnncalc practice --topics

    cnncalc practice convolution
    """
    from calc.practice.course import course
    from calc.practice.topics import listing
    from calc.practice.topics import topic as named

    if topics:
        show(listing(), iter(()), "", None)
        return
    chosen = (named(topic).name,) if topic else ()
    if count is not None and count < 1:
        raise Impossible(f"{count} questions are not possible: --count is at least 1")
    import random

    from calc.progress_store import Store, Unwritable, folder, now
    from explain.session import Screen, Session

    talk = Screen(plain=plain)
    store = Store.in_memory()
    if record:
        try:
            store = Store.open(folder(data))
        except Unwritable as fault:
            talk.say(f"! Not recorded: {fault}.")
    if seed is None:
        seed = random.SystemRandom().randrange(10**6)
    with reading():
        Session(course(chosen, level, store.due(), now(), seed), store, talk, count).run()


def progress(
    export: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Write the whole record to this file.")
    ] = None,
    erase: Annotated[bool, typer.Option("--erase", help="Forget everything that was recorded.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    data: Data = "",
    format: Format = "",  # noqa: A002
    output: Output = None,
    standalone: Standalone = False,
) -> None:
    """Show what has been practised and what is due next.

    cnncalc progress

    cnncalc progress --export record.json
    """
    from calc.progress import progress as shown
    from calc.progress_store import Store, folder, now

    store = Store.kept(folder(data))
    attempts = store.attempts()
    if export is not None:
        import json

        from calc.errors import counted
        from explain.files import write

        if export.suffix.lower() != ".json":
            raise Impossible(f"{printable(export.name)} would hold the record as JSON: end its name in .json")
        write(export, [json.dumps(store.export(), indent=1, ensure_ascii=False)])
        print(f"{counted(len(attempts), 'attempt')} written to {printable(str(export), 200)}")
    if erase:
        if not yes and not _agreed(f"Erase {len(attempts)} attempts and all that is scheduled? yes or no: "):
            print("Nothing is erased.")
            return
        print(f"{store.erase()} attempts are erased.")
    elif export is None:
        where = printable(str(store.path), 200) if store.path else ""
        show(shown(attempts, store.due(), now(), where), iter(()), format, output, standalone=standalone)


def _agreed(question: str) -> bool:
    """Whether the answer is yes; no answer is none."""
    print(question, end="", flush=True)
    return (sys.stdin.readline() if sys.stdin else "").strip().lower() in ("y", "yes")
