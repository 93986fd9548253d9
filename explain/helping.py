"""Help: what a command is for, then its examples as they are typed, then its options."""

from __future__ import annotations

from inspect import cleandoc
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

PROGRAM = "cnncalc"


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
    """A command that looks at where its answer is to go before it sets to work."""

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
