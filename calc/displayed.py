"""The one door from what is worked out to how it is shown: objects that display themselves in a notebook.

Jupyter, VS Code and IPython ask an object for its forms; `explain.notebook` makes them, imported when it is asked.
"""

from __future__ import annotations

from importlib import import_module


class Displayed:
    """Something that displays itself: a question, a worked solution or a step of one, a verdict, a matrix."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002  # what Jupyter wants it chooses itself
        """The forms by media type, `text/plain` always among them."""
        bundle: dict[str, str] = import_module("explain.notebook").bundle(self)
        return bundle

    def _repr_html_(self) -> str | None:
        return self._repr_mimebundle_().get("text/html")

    def _repr_latex_(self) -> str | None:
        return self._repr_mimebundle_().get("text/latex")

    def _repr_markdown_(self) -> str | None:
        return self._repr_mimebundle_().get("text/markdown")
