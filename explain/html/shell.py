"""The page around parts: one file that loads nothing and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from explain.html.marks import escaped

STYLES = ("page.css", "tables.css")
SCRIPTS = ("stepper.js", "tables.js")
"""What every page has of this package."""


@cache
def asset(name: str) -> str:
    """A style sheet or a script of this package."""
    return files("explain.html").joinpath(name).read_text(encoding="utf-8")


def page(
    title: str,
    body: Iterable[str],
    styles: tuple[str, ...] = STYLES,
    scripts: tuple[str, ...] = SCRIPTS,
) -> Iterator[str]:
    """The lines of a whole document around the lines of its body, which are read as they are needed.

    `styles` and `scripts` are files of this package.
    """
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy(styles, scripts)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escaped(title)}</title>"
    for name in styles:
        yield f"<style>{asset(name)}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield from body
    yield "</main>"
    for name in scripts:
        yield f"<script>{asset(name)}</script>"
    yield "</body>"
    yield "</html>"


@cache
def policy(styles: tuple[str, ...], scripts: tuple[str, ...]) -> str:
    """A content security policy under which nothing is loaded, and only these style sheets and scripts are obeyed."""
    obeyed = [
        f"{what} {' '.join(map(_hash, names))}" for what, names in (("style-src", styles), ("script-src", scripts))
    ]
    return "; ".join(("default-src 'none'", *obeyed, "base-uri 'none'", "form-action 'none'"))


def _hash(name: str) -> str:
    digest = hashlib.sha256(asset(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
