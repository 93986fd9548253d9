"""The command line: all commands, and how a command ends."""

import codecs
import signal
import sys
from typing import Annotated

import typer

from calc.errors import Impossible
from explain import asking
from explain.commands.listed import concept, kernels
from explain.commands.marked import mark, solve
from explain.commands.networks import maps, params, shape
from explain.commands.page import close_output
from explain.commands.practised import practice, progress
from explain.commands.windows import conv, pool, transposed
from explain.helping import PROGRAM, Command, Group

app = typer.Typer(
    name=PROGRAM,
    cls=Group,
    help="""The arithmetic of convolutional networks, worked out by hand, exactly, and cross-checked by torch.

    cnncalc conv --image "1 0 2; 3 2 0" --kernel sobel

    cnncalc shape --in 512 --out 504

    cnncalc params model.py
    """,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"cnncalc {version('cnncalc')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The arithmetic of convolutional networks, worked out by hand, exactly, and cross-checked by torch."""


for _command in (conv, transposed, pool, shape, params, maps, mark, solve, practice, progress, kernels, concept):
    _minus = {"ignore_unknown_options": _command is kernels}  # a kernel may begin with a minus
    app.command(cls=Command, context_settings=_minus)(_command)

UsageError: type[Exception] = typer.BadParameter.__base__  # type: ignore[assignment]  # typer names no other way to it


SPELLED = dict(
    zip(
        "·−×∘→≤≈✓✗–…“”⌊⌋⌈⌉√ᵀ░▒▓█▀",
        (
            *("*", "-", "x", "o", "->", "<=", "~", "ok", "x", "-", "...", '"', '"'),
            *("floor(", ")", "ceil(", ")", "sqrt ", "^T", ".", ":", "*", "#", "#"),
        ),
        strict=True,
    )
)
"""Signs for a terminal that has ASCII only."""


def _spelled(fault: UnicodeError) -> tuple[str, int]:
    """What a stream cannot encode, spelled as well as can be."""
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    return "".join(SPELLED.get(sign, "?") for sign in fault.object[fault.start : fault.end]), fault.end


def main() -> None:
    """Run the command line; a question that cannot be asked is one sentence and exit code 2."""
    sys.set_int_max_str_digits(0)  # numbers are bounded where they are read
    codecs.register_error("spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.reconfigure(errors="spelled")  # type: ignore[union-attr]
    for ending in ("SIGTERM", "SIGHUP"):  # what was begun is cleared away
        if hasattr(signal, ending):
            signal.signal(getattr(signal, ending), _end)
    code: object = 0
    try:
        code = app(asking.levelled(sys.argv[1:] or ["--help"]), prog_name=PROGRAM, standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
    except Impossible as fault:
        code = _refuse(str(fault))
    except UsageError as fault:
        code = _refuse(fault.format_message())  # type: ignore[attr-defined]
    except BrokenPipeError:
        close_output()
    except OSError as fault:
        code = _refuse(f"the answer cannot be written: {(fault.strerror or 'unknown reason').lower()}")
    except MemoryError:
        code = _refuse("this takes more memory than there is")
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except SystemExit as ended:
        code = ended.code
        if isinstance(ended.__context__, BrokenPipeError):  # typer ends so where nobody reads on
            code = 0
            close_output()
    sys.exit(code if isinstance(code, int) else 0)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


def _refuse(sentence: str) -> int:
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        close_output()
    if sys.stderr:
        print(f"✗ {sentence}", file=sys.stderr)
    return 2
