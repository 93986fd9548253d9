"""Questions out of command lines: what each command asks, and a question written as one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from calc.errors import Impossible, nearest, printable

if TYPE_CHECKING:
    from calc.concepts.base import Concept
    from calc.convolution import Convolution
    from calc.counting import Count
    from calc.pooling import Pooling
    from calc.question import Question
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

    source, inputs, args = options["source"], options["input"], options["args"]
    return count(source, inputs or None, args, run=options["run"], seconds=options["seconds"])


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
    "concept": concept,
}
"""What each command asks whose answers can be marked."""


def question(line: str, *, run: bool = True) -> Question:
    """The question that a command line asks: `shape --in 508 --pool --kernel 2`; without `run` no file of Python runs."""
    import typer

    from explain.cli import UsageError, app

    if len(line) > LONGEST:
        raise Impossible(f"the question has {len(line)} characters, more than the {LONGEST} that are read")
    try:
        words = shlex.split(line)
    except ValueError:
        raise Impossible(f"“{printable(line, 60)}” has a quotation mark without its other") from None
    words = words[1:] if words and words[0] == "cnncalc" else words
    if not words or words[0] not in ASKED:
        known = f"{nearest(words[0], ASKED) if words else ''}"
        raise Impossible(
            f"“{printable(line, 60)}” is no question that can be marked{known}: write it as a command, such as shape --in 512 --out 504"
        )
    command: Any = typer.main.get_command(app)
    try:
        context = command.commands[words[0]].make_context(words[0], words[1:])
    except UsageError as fault:
        raise Impossible(f"in “{printable(line, 60)}”: {fault.format_message()}") from None  # type: ignore[attr-defined]
    options = dict(context.params)
    if not run and re.search(r"\.py(:|$)|^[\w.]+:\w+$", str(options.get("source", ""))):
        options["run"] = False
    return ASKED[words[0]](options)
