"""Help: what a command is for, then its examples as they are typed, then its options."""

from __future__ import annotations

from inspect import cleandoc
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

PROGRAM = "cnncalc"

METAVARS = {
    **dict.fromkeys(("stride", "dilation", "output-padding", "resize", "adaptive"), "N|HxW"),
    **dict.fromkeys(("kernel of pool", "kernel of shape", "padding of transposed", "padding of pool"), "N|HxW"),
    **dict.fromkeys(("padding of conv", "padding of shape"), "N|HxW|WORD"),
    **dict.fromkeys(("groups", "power", "up-to", "depth", "seed", "count", "channel"), "N"),
    **dict.fromkeys(("kind", "way", "working", "explain", "edition"), "WORD"),
    **dict.fromkeys(("then", "accept", "layer", "dialect"), "NAME"),
    **dict.fromkeys(("bias", "mean", "std"), "NUMBERS"),
    **dict.fromkeys(("output", "weights"), "FILE"),
    **dict.fromkeys(("in", "out"), "SIZE"),
    "image": "FILE|NUMBERS",
    "kernel": "NAME|NUMBERS",
    "padding-mode": "WORD|N",
    "dims": "1|2|3",
    "level": "1|2|3",
    "windows": "all|N|PLACES",
    "step": "N|PLACE",
    "crop": "R,C,H,W",
    "answer": "ANSWER",
    "device": "NAME",
    "format": "FORMAT",
    "scale": "NUMBER",
    "compare": "LAYERS",
    "input": "SHAPE",
    "args": "NAME=VALUE",
    "columns": "NAMES",
    "seconds": "SECONDS",
    "filters": "N|LIST",
    "cell": "PLACE",
}
"""What goes into an option, one that differs between commands with its command."""


def examples(command: Any) -> list[str]:
    """The paragraphs of a command's help that can be typed."""
    return [text for text in _paragraphs(command) if text.startswith(f"{PROGRAM} ")]


def _paragraphs(command: Any) -> list[str]:
    return [" ".join(text.split()) for text in cleandoc(command.help or "").split("\n\n")]


class _Exampled:
    """Help with examples that are never broken into lines."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # the parser's own
        """The sentences, then the examples under each other."""
        typed = examples(self)
        for text in _paragraphs(self):
            if text not in typed:
                formatter.write_paragraph()
                with formatter.indentation():
                    formatter.write_text(text)
        if typed:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in typed))


class Command(_Exampled, TyperCommand):
    """A command that says what goes into its options, and looks at where its answer is to go before it sets to work."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for each in self.params:
            if each.param_type_name == "argument":
                each.metavar = each.metavar or str(each.name).upper()
            elif not getattr(each, "is_flag", False):
                name = each.opts[0].removeprefix("--")
                each.metavar = each.metavar or METAVARS.get(f"{name} of {self.name}") or METAVARS.get(name)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What is typed after the command's name, arguments that must be there without brackets."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def invoke(self, ctx: Any) -> object:
        """Run it."""
        said = {name: word for name, word in ctx.params.items() if isinstance(word, str)}
        if said.get("edition") == "solved":  # a worksheet, which keeps its questions
            said.pop("source")
        if path := said.pop("output", "") or said.pop("export", ""):
            from explain.files import check_writable

            check_writable(Path(path), said.values())
        return super().invoke(ctx)


class Group(_Exampled, TyperGroup):
    """All commands."""
