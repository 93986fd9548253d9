"""Questions out of command lines: what each command asks and shows, and a question written as one."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.errors import Impossible, nearest, printable

if TYPE_CHECKING:
    from calc.concepts.base import Concept
    from calc.convolution import Convolution
    from calc.counting import Count
    from calc.derivation import Check, Derivation
    from calc.layer_maps import LayerMaps
    from calc.pooling import Pooling
    from calc.question import Question
    from calc.quizzes.blanks import Quiz
    from calc.transposed import Transposed

LONGEST = 20_000
"""Characters of a question that is written as a command line."""

Options = Mapping[str, Any]

_PICTURE = ("colour", "crop", "resize")
_SLID = ("stride", "dilation", "padding", "bias", "groups", "dims", "then", *_PICTURE)


def conv(options: Options) -> Convolution:
    """The question of `cnncalc conv`."""
    from calc.convolution import convolve

    named = {name: options[name] for name in ("flip", "padding_mode", *_SLID)}
    return convolve(options["image"], options["kernel"], **named)


def transposed(options: Options) -> Transposed:
    """The question of `cnncalc transposed`."""
    from calc.transposed import transpose

    return transpose(
        options["image"], options["kernel"], **{name: options[name] for name in ("output_padding", *_SLID)}
    )


def pool(options: Options) -> Pooling:
    """The question of `cnncalc pool`."""
    from calc.pooling import pool as ask

    if options["global_"] and (options["kernel"] or options["adaptive"]):
        raise Impossible("a global pooling has one window, the image: leave --kernel and --adaptive out")
    adaptive = "1" if options["global_"] else options["adaptive"]
    names = ("kind", "stride", "padding", "dilation", "ceil", "count_include_pad", "power", "dims", *_PICTURE)
    return ask(options["image"], options["kernel"], adaptive=adaptive, **{name: options[name] for name in names})


_OWN = ("kernel", "stride", "padding", "dilation", "output_padding", "transposed", "pool", "ceil", "adaptive", "scale")


def shape(options: Options) -> Question:
    """The question of `cnncalc shape`: one layer, layers in a row, or two chains of them."""
    layers, other = options["layers"], options["compare"]
    if not layers and not other:
        from calc.sizing import size

        named = {name: options[name] for name in (*_OWN, "dialect", "up_to")}
        return size(options["in_"], options["out"], **named)
    said = [name for name in _OWN if options[name]]
    said += [name for name, usual in (("dialect", "torch"), ("up_to", None)) if options[name] != usual]
    if said:
        option = f"--{said[0].replace('_', '-')}"
        raise Impossible(f"each of the layers says its own numbers, as torch has them: leave {option} out")
    from calc.chain import compare, through

    if other is None:
        return through(layers, options["in_"], options["out"])
    if not layers or options["out"]:
        what = "leave --out out" if layers else "add the layers to compare with, such as “conv 3, conv 3”"
        raise Impossible(f"two chains of layers are compared on an input: {what}")
    return compare(layers, other, options["in_"])


def params(options: Options) -> Count:
    """The question of `cnncalc params`."""
    from calc.counting import count
    from calc.ledger import asked_by

    source, inputs, args = options["source"], options["input"], options["args"]
    _check_shown(options)
    question = count(source, inputs or None, args, run=options["run"], seconds=options["seconds"])
    return replace(question, asks=asked_by(options["columns"]))


def _check_shown(options: Options) -> None:
    """`Impossible` where a ledger cannot be shown so, which is said before a file runs."""
    from calc.ledger import read_columns

    read_columns(options["columns"])
    depth, explained = options["depth"], options["explain"]
    if depth is not None and depth < 1:
        raise Impossible(f"depth {depth} is not possible: it is at least 1")
    if explained not in ("", "macs"):
        raise Impossible(f"“{printable(explained, 30)}” cannot be explained: macs can")


def maps(options: Options) -> LayerMaps:
    """The question of `cnncalc maps`."""
    from calc.mapping import maps as ask

    names = ("filters", "cell", "channel", "weights", "crop", "resize", "mean", "std", "seed", "seconds")
    named = {name: options[name] for name in names}
    return ask(options["source"], options["image"], options["layer"], arguments=options["args"], **named)


def concept(options: Options) -> Concept:
    """The question of `cnncalc concept`."""
    from calc.concepts import concept as ask

    return ask(options["name"])


ASKED: Mapping[str, Callable[[Options], Question]] = {
    "conv": conv,
    "transposed": transposed,
    "pool": pool,
    "shape": shape,
    "params": params,
    "maps": maps,
    "concept": concept,
}
"""What each command asks whose answers can be marked."""


def _worked(command: str, question: Any, options: Options) -> Callable[[], Derivation]:
    """The worked solution of a question, shown as the options say."""
    derivation: Callable[..., Derivation] = question.derivation
    match command:
        case "conv":
            from calc.choices import read_working

            way, places = read_working(options["working"]), _places(options["windows"], question)
            return lambda: derivation(way, places, numbers=options["numbers"])
        case "transposed":
            from calc.transposed import read_way

            ways, places = read_way(options["way"]), _places(options["windows"], question)
            return lambda: derivation(ways, places, numbers=options["numbers"])
        case "pool":
            places = _places(options["windows"], question)
            return lambda: derivation(places, numbers=options["numbers"])
        case "params":
            from calc.ledger import read_columns

            columns = read_columns(options["columns"])
            return lambda: derivation(columns, options["depth"], explained=bool(options["explain"]))
        case "concept" if not options["show"] and not options.get("quiz"):
            posed: Callable[[], Derivation] = question.posed
            return posed
    return derivation


def _places(windows: str, question: Any) -> Any:
    """The outputs that `--windows` chooses; a telling few without it."""
    from calc.choices import read_places

    return read_places(windows, question.answer.shape) if windows else "telling"


@dataclass(frozen=True)
class Asked:
    """What a command line asks.

    `question` is None of a page that only lists or explains. `page` makes what is shown: the worked solution, or a hint
    or the verdict on an answer, where one was asked for (then not `works`). `device` is where torch cross-checks it, None
    where it is not asked. `fault` says what does not fit in a network whose page ends there.
    """

    question: Question | None
    page: Callable[[], Derivation]
    works: bool = False
    device: str | None = None
    fault: str = ""

    def quiz(self, page: Derivation) -> Quiz:
        """The question of this page as a quiz; `Impossible` where there is none."""
        from calc.quizzes.front import quiz

        if self.question is None:
            raise Impossible("a list is no question: name what is to be asked")
        return quiz(self.question, page)

    def checks(self) -> Iterator[Check]:
        """What torch and scipy say, as they come in."""
        if self.device is not None and self.question is not None:
            from calc.crosscheck import check

            yield from check(self.question, self.device)


def asked(command: str, options: Options) -> Asked:
    """What a command shows with these options."""
    if command == "kernels":
        from calc.catalogue import catalogue, explained

        kernel = options["kernel"]
        return Asked(None, (lambda: explained(kernel)) if kernel else catalogue)
    if command == "concept" and _only_lists(options):
        from calc.concepts import contents

        return Asked(None, contents)
    question = ASKED[command](options)
    if options.get("answer") is not None or options.get("hint") is not None:
        return Asked(question, _tutored(question, options))
    device = options.get("device") if _checked(command, question, options) else None
    fault = getattr(getattr(question, "network", None), "fault", "") if command == "params" else ""
    return Asked(question, _worked(command, question, options), works=True, device=device, fault=fault)


PAGES = (*ASKED, "kernels")
"""The commands that show a page."""


def _only_lists(options: Options) -> bool:
    """Whether `cnncalc concept` lists the concepts; `Impossible` where it asks for what cannot be had."""
    name, show = options["name"], options["show"]
    tutored = options["answer"] is not None or options["hint"] is not None
    if not name and (show or tutored):
        raise Impossible("which concept is meant? Name one; `cnncalc concept` lists them")
    if show and tutored:
        raise Impossible("--show works the answer in numbers: leave --answer and --hint out")
    return not name


def _checked(command: str, question: Any, options: Options) -> bool:
    """Whether torch is asked: of a network that is only written down where that is wanted, of all else unless it is not."""
    check: bool | None = options.get("check", False)
    if command == "params" and check is None:
        return options["device"] != "auto" or not question.network.written
    return bool(check)


def _tutored(question: Question, options: Options) -> Callable[[], Derivation]:
    """A hint, or the verdict on an answer."""
    answer, hint = options["answer"], options["hint"]
    if hint is None:
        from calc.marking.front import mark

        marked = mark(question, read_answer(answer), accept=options.get("accept") or ())
        return marked.derivation
    from calc.hints import hint as hinted

    if answer is not None:
        raise Impossible("an answer is marked or a hint is given: leave --hint or --answer out")
    if not hint.isascii() or not hint.isdigit() or len(hint) > 1:
        raise Impossible(f"hint “{printable(hint, 20)}” is not possible: it is 1 to 5")
    return lambda: hinted(question, int(hint))


def read_answer(answer: str) -> str:
    """The answer, or what stands in the text file of that name."""
    if answer == "-":
        from calc.files import check_reach

        check_reach(answer)
        return sys.stdin.read()
    path = Path(answer)
    if len(answer) < 1_000 and path.suffix.lower() in (".txt", ".csv", ".md", ".tsv", ".tex") and path.is_file():
        from calc.images import read_file

        return read_file(path, "an answer")
    return answer


def levelled(words: Sequence[str]) -> list[str]:
    """The words of a command line, a --hint without a level with the first one."""
    return [
        part
        for word, after in zip_longest(words, words[1:], fillvalue="-")
        for part in ((word, "1") if word == "--hint" and not after.isdigit() else (word,))
    ]


NOT_ASKED = {"answer": "--answer", "hint": "--hint", "quiz": "--quiz", "output": "-o", "accept": "--accept"}
"""Options that a question to be marked has no use for, as they are written."""


def question(line: str, *, run: bool = True) -> Question:
    """The question that a command line asks: `shape --in 508 --pool --kernel 2`; without `run` no file of Python runs."""
    command, options = parsed(line, ASKED, "question that can be marked", run=run)
    for name, option in NOT_ASKED.items():
        if options.get(name):
            raise Impossible(f"“{printable(line, 60)}” is to be marked, which is all that is done: leave {option} out")
    try:
        return ASKED[command](options)
    except Impossible as fault:
        if run or not runs(options) or "--run" in str(fault):
            raise
        raise Impossible(f"{fault}; or let it run with --run, where you trust it") from None


def parsed(line: str, commands: Collection[str], what: str, *, run: bool) -> tuple[str, Options]:
    """The command and the options of a line that is one of these `commands`; without `run` no file of Python runs."""
    import typer

    from explain.cli import UsageError, app

    if len(line) > LONGEST:
        raise Impossible(f"the question has {len(line)} characters, more than the {LONGEST} that are read")
    try:
        words = shlex.split(line)
    except ValueError:
        raise Impossible(f"“{printable(line, 60)}” has a quotation mark without its other") from None
    words = words[1:] if words and words[0] == "cnncalc" else words
    if not words or words[0] not in commands:
        known = nearest(words[0], commands) if words else ""
        told = known or ": write it as a command, such as shape --in 512 --out 504"
        raise Impossible(f"“{printable(line, 60)}” is no {what}{told}")
    if "--help" in words:
        raise Impossible(f"“{printable(line, 60)}” asks for help, which is no {what}: leave --help out")
    group: Any = typer.main.get_command(app)
    try:
        context = group.commands[words[0]].make_context(words[0], levelled(words[1:]))
    except UsageError as fault:
        raise Impossible(f"in “{printable(line, 60)}”: {fault.format_message()}") from None  # type: ignore[attr-defined]
    options = dict(context.params)
    if not run and words[0] == "maps":
        raise Impossible("maps runs the file of the network: add --run if you trust it")
    if not run and runs(options):
        options["run"] = False
    return words[0], options


def runs(options: Options) -> bool:
    """Whether the source of a network is Python: a file, or a module that is installed."""
    return bool(re.search(r"\.py(:|$)|^[\w.]+:\w+$", str(options.get("source", ""))))
