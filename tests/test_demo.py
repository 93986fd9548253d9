"""The picture of a terminal in the README shows what the command really prints; `pytest --rewrite` draws it anew."""

import io
import re
import shlex
import sys
from html import unescape
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from explain.terminal import STYLES
from tests.cases import EXAMPLES

DEMO = EXAMPLES / "demo.svg"
LINE = 'cnncalc conv --image examples/task1a.txt --kernel sobel --windows "1,1 1,2" --no-check'
WIDTH = 90

FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{unique_id}-title">
<title id="{unique_id}-title">A convolution worked out by cnncalc in a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px;
 line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">
{matrix}
</g>
</g>
</svg>
"""
"""The frame of a picture, without the fonts that rich would load over the network."""


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command prints on a terminal of all colours."""
    from explain.cli import main

    monkeypatch.chdir(EXAMPLES.parent)
    for name, value in (("COLUMNS", str(WIDTH)), ("FORCE_COLOR", "1"), ("COLORTERM", "truecolor"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "argv", shlex.split(LINE))
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    out.seek(0)
    return out.read()


def drawn(printed: str) -> str:
    console = Console(record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ {LINE}", "bold"))
    console.print(Text.from_ansi(printed.rstrip("\n")), soft_wrap=True)
    return console.export_svg(title="cnncalc", code_format=FRAME, unique_id="demo")


def written(svg: str) -> list[str]:
    """The lines of text in a picture."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for attributes, text in re.findall(r"<text ([^>]*)>(.*?)</text>", svg):
        if place := re.search(r'\bx="([\d.]+)" y="([\d.]+)".* clip-path=', attributes):
            rows.setdefault(float(place[2]), []).append((float(place[1]), unescape(text).replace("\xa0", " ")))
    return ["".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())]


def test_the_demo_shows_what_is_printed(printed: str, request: pytest.FixtureRequest) -> None:
    svg = drawn(printed)
    if request.config.getoption("--rewrite"):
        DEMO.write_text(svg, encoding="utf-8")
    shown = DEMO.read_text(encoding="utf-8")
    assert written(shown) == written(svg)
    told = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines() if line.strip()]
    seen = [line for line in written(shown) if line.strip()]
    assert ["".join(line.split()) for line in seen] == ["".join(line.split()) for line in (f"$ {LINE}", *told)]


def test_the_demo_has_the_colours_of_the_terminal_and_loads_nothing() -> None:
    shown = DEMO.read_text(encoding="utf-8")
    for role in ("window", "kernel", "result"):
        style = STYLES[role]  # type: ignore[index]
        assert style
        assert style.color
        assert style.color.name in shown
    assert not re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?(?!#|\"#)", shown.replace('xmlns="http', ""))


def test_the_readme_shows_the_demo() -> None:
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    (path,) = re.findall(r"!\[[^\]]+\]\((examples/demo\.svg)\)", readme)
    assert Path(EXAMPLES.parent / path).exists()
