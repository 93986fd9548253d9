"""Pictures: what a frame shows is what the derivation says, in every format that draws."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from math import isqrt, prod
from pathlib import Path as File

import pytest
from PIL import Image

from calc import Impossible, convolve, count, pool, transpose
from calc.derivation import Derivation, Pools, Volume, Volumes, Windows
from calc.exact import Entry
from calc.expr import Num
from explain import pieces, render
from explain.films.drawing import MOST_FRAMES, Box, Film, Item, Label, Path, Use, breadth, broken, wrapped
from explain.films.gif import MOST, STROKES, _has, _runs
from explain.films.pictured import film_of, seconds
from explain.films.svg import document
from explain.notation import Notation
from tests.cases import CASES, EXAMPLES, TASK_1A
from tests.test_golden import has_picture, worked

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = [name for name in CASES if has_picture(CASES[name]())]


def slid(derivation: Derivation) -> Iterator[Windows | Pools]:
    for step in derivation.steps:
        if isinstance(step, Derivation):
            yield from slid(step)
        elif isinstance(step, Windows | Pools):
            yield step


SLIDING = [name for name in DRAWN if any(slid(CASES[name]()))]


def labels(items: Iterator[Item] | tuple[Item, ...], film: Film) -> Iterator[str]:
    """All that is written, shared groups as well."""
    for item in items:
        if isinstance(item, Label):
            yield item.text
        elif isinstance(item, Use):
            yield from labels(film.shared[item.name], film)


def last(value: Entry | object) -> Entry:
    return value.number if isinstance(value, Num) else value  # type: ignore[return-value]


@pytest.mark.parametrize("name", SLIDING)
def test_a_frame_shows_its_window_and_the_map_up_to_it(name: str) -> None:
    derivation = worked(name)
    film, steps = film_of(derivation), next(slid(derivation))
    notation = Notation(decimals=derivation.decimals).plain()
    windows = list(steps)
    assert film.frames == len(windows) == len(film.places)
    for frame, window in enumerate(windows):
        chain = window.chain
        value = notation.cell(last(chain.links[-1].expression))
        cells = {key[2]: part for key, part in film.parts.items() if key[0] == "cell" and frame in part.frames}
        new = [part for key, part in film.parts.items() if key[0] == "new" and frame in part.frames]
        same_map = [i for i in range(frame + 1) if windows[i].at[:-2] == window.at[:-2]]
        assert set(cells) <= set(range(frame + 1))
        assert frame in cells
        if prod(steps.outputs) <= 36:
            assert set(same_map) <= set(cells)
        assert list(labels(cells[frame].items, film)) == [value]
        assert [box.role for part in new for box in part.items if isinstance(box, Box)] == ["result"]
        shown = list(labels(film.parts["window", frame].items, film))
        told = list(labels(film.parts["sum", frame].items, film))
        assert value in told[-1]
        if isinstance(steps, Windows) and max(steps.kernel.shape[2:]) <= 8:
            for part in window.slices[:4]:
                for rows in (part.kernel, part.products):
                    assert all(notation.cell(x) in shown for row in rows for x in row)


@pytest.mark.parametrize("name", DRAWN)
def test_an_svg_is_whole_and_says_all_that_is_drawn(name: str) -> None:
    film = film_of(worked(name))
    lines = list(document(film))
    root = ET.fromstring("\n".join(lines))
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == film.title  # type: ignore[union-attr]
    written = [element.text or "" for element in root.iter(f"{SVG}text")]
    items = [*film.shared.values(), *(part.items for part in film.parts.values())]
    assert sorted(written) == sorted(item.text for group in items for item in group if isinstance(item, Label))
    names = {element.get("id") for element in root.iter() if element.get("id")}
    assert {use.get("href", "")[1:] for use in root.iter(f"{SVG}use")} <= names
    assert not list(root.iter(f"{SVG}script"))
    assert "http" not in "\n".join(lines).replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_stands_outside_of_the_picture(name: str) -> None:
    film = film_of(worked(name))
    for part in film.parts.values():
        for item in part.items:
            if isinstance(item, Box):
                assert 0 <= item.x <= item.x + item.width <= film.width
                assert 0 <= item.y <= item.y + item.height <= film.height
            if isinstance(item, Label):
                wide = breadth(item.text, item.size, bold=item.bold)
                left = item.x - wide * {"start": 0, "middle": 0.5, "end": 1}[item.anchor]
                assert left >= 0
                assert left + wide <= film.width, item
                assert item.y <= film.height


class Sheet:
    """The style sheet of a moving picture, read as a browser reads it."""

    def __init__(self, text: str) -> None:
        self.root = ET.fromstring(text)
        style = self.root.find(f"{SVG}style").text or ""  # type: ignore[union-attr]
        still, moving = style.split("@media (prefers-reduced-motion:no-preference){")
        self.hidden = set(re.findall(r"\.(\w+){(?:visibility:hidden|opacity:0)}", still))
        rules = re.findall(r"([.,\w]+){animation(?:-name)?:([a-z]\d*)\b(?: ([\d.]+)s step-end infinite)?}", moving)
        self.plays = {name.strip("."): play for names, play, _ in rules for name in names.split(",")}
        rounds = re.findall(r"[{ ]([\d.]+)s step-end infinite}", moving)
        (self.round,) = set(map(float, rounds))
        self.marks = {
            name: [(float(at), state in ("visible", "1")) for at, state in re.findall(r"([\d.]+)%{\w+:(\w+)}", marks)]
            for name, marks in re.findall(r"@keyframes (\w+){(.*)}\n", moving)
        }
        uses = {element.get("id"): list(element.iter(f"{SVG}text")) for element in self.root.iter(f"{SVG}g")}
        self.texts: list[tuple[str, list[ET.Element]]] = []
        self._walk(self.root, [], uses)

    def _walk(self, element: ET.Element, above: list[ET.Element], uses: dict[str | None, list[ET.Element]]) -> None:
        for child in element:
            chain = [*above, child]
            if child.tag == f"{SVG}text":
                self.texts.append((child.text or "", chain))
            elif child.tag == f"{SVG}use":
                self.texts += [(text.text or "", chain) for text in uses[child.get("href", "")[1:]]]
            elif child.tag == f"{SVG}g":
                self._walk(child, chain, uses)

    def seen(self, time: float | None) -> list[str]:
        """The texts that are seen at a time; without one, where nothing moves."""
        return sorted(text for text, chain in self.texts if all(self._shows(element, time) for element in chain))

    def _shows(self, element: ET.Element, time: float | None) -> bool:
        names = (element.get("class") or "").split()
        delay = float(re.sub(r"animation-delay:|s$", "", element.get("style", "0")))
        for name in names:
            base = name not in self.hidden
            if name not in self.plays or time is None or time < delay:
                shows = base
            else:
                at = 100 * ((time - delay) % self.round) / self.round
                shows = next((state for mark, state in reversed(self.marks[self.plays[name]]) if mark <= at), base)
            if not shows:
                return False
        return True


RAMP = [[(7 * r * c) % 5 for c in range(20)] for r in range(15)]

MOVING: dict[str, Callable[[], Derivation]] = {
    "sobel": lambda: convolve(TASK_1A, "sobel").derivation(),
    "pieces": lambda: convolve(RAMP, "1 0 2; 0 1 0; 3 0 1").derivation(places=None),
    "channels": lambda: worked("conv-channels"),
    "pool": lambda: pool(RAMP, 3).derivation(places=None),
    "stamps": lambda: transpose("1 2; 3 4", "1 0; 2 1", stride=3).derivation("stamps"),
}


@pytest.mark.parametrize("name", MOVING)
def test_all_of_a_frame_is_seen_in_its_time_and_without_animation_the_last_is(name: str) -> None:
    film = film_of(MOVING[name]())
    sheet = Sheet("\n".join(document(film)))
    times = seconds(film.frames)
    assert sheet.round == pytest.approx(sum(times), abs=0.005)
    for frame in sorted({*range(0, film.frames, max(1, film.frames // 7)), film.frames - 1}):
        drawn = sorted(labels(tuple(film.at(frame)), film))
        start = sum(times[:frame])
        for moment in (start + 0.02, start + times[frame] - 0.02, start + sheet.round + 0.02):
            assert sheet.seen(moment) == drawn
    assert sheet.seen(None) == sorted(labels(tuple(film.at(film.frames - 1)), film))


def test_all_windows_of_a_picture_are_no_heavy_file() -> None:
    ring = [
        [max(0, 255 - 60 * abs(isqrt((2 * r - 27) ** 2 + (2 * c - 27) ** 2) // 2 - 8)) for c in range(28)]
        for r in range(28)
    ]
    kernel = "1 4 6 4 1; 4 16 24 16 4; 6 24 36 24 6; 4 16 24 16 4; 1 4 6 4 1"
    text = "\n".join(render(convolve(ring, kernel).derivation(places=None), "svg"))
    assert text.count("window 784 of 784") == 1
    assert len(text) < 1_200_000


def test_an_animation_moves_only_where_motion_is_welcome() -> None:
    text = "\n".join(render(convolve(TASK_1A, "sobel").derivation(), "svg"))
    before, after = text.split("@media (prefers-reduced-motion:no-preference){")
    assert "animation:" not in before
    assert "animation:" in after
    assert "prefers-color-scheme:dark" in text


@pytest.mark.parametrize(
    ("step", "place"), [("1", "1,1"), ("7", "2,2"), ("15", "3,5"), ("2,3", "2,3"), ("(2, 3)", "2,3")]
)
def test_a_step_is_one_frame(step: str, place: str) -> None:
    derivation = convolve(TASK_1A, "sobel").derivation()
    film, still = film_of(derivation), film_of(derivation, step)
    frame = film.places.index(place)
    assert still.frames == 1
    assert list(labels(tuple(still.at(0)), still)) == list(labels(tuple(film.at(frame)), film))
    assert "animation" not in "\n".join(document(still))
    with Image.open(io.BytesIO(b"".join(pieces(derivation, "gif", step=step)))) as image:
        assert image.format == "GIF"
        assert image.n_frames == 1


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("16", "there is no step 16: there are 15, from 1"),
        ("0", "there is no step 0: there are 15, from 1"),
        (
            "4,1",
            "window 4,1 is not among the 15 that are worked, 1,1 to 3,5: --windows chooses others that the map has",
        ),
        ("x", "step “x” is no number from 1 to 15 and no place such as 3,5"),
        ("-1", "step “-1” is no number from 1 to 15 and no place such as 3,5"),
    ],
)
def test_a_step_that_is_none_is_refused(step: str, says: str) -> None:
    with pytest.raises(Impossible) as fault:
        film_of(convolve(TASK_1A, "sobel").derivation(), step)
    assert str(fault.value) == says


@pytest.mark.parametrize("name", ["conv-products", "conv-channels", "pool-max", "transposed", "conv-letters", "params"])
def test_a_gif_has_the_frames_of_the_film(name: str) -> None:
    film = film_of(worked(name))
    with Image.open(io.BytesIO(b"".join(pieces(worked(name), "gif")))) as image:
        assert getattr(image, "n_frames", 1) == film.frames
        scale = image.width / film.width
        assert image.height == pytest.approx(film.height * scale, abs=1)
        for frame in range(film.frames):
            image.seek(frame)
            dots = image.convert("RGB")
            assert dots.getpixel((1, 1)) == (255, 255, 255)
            boxes = [
                b for key, part in film.parts.items() if key[0] == "new" and frame in part.frames for b in part.items
            ]
            for box in boxes:
                assert isinstance(box, Box)
                assert dots.getpixel((round((box.x + 5) * scale), round((box.y + 5) * scale))) == (204, 230, 223)
                others = [
                    b
                    for key, part in film.parts.items()
                    if key[0] == "new" and frame not in part.frames
                    for b in part.items
                ]
                for other in others:
                    assert isinstance(other, Box)
                    if (other.x, other.y) != (box.x, box.y):
                        assert dots.getpixel((round((other.x + 5) * scale), round((other.y + 5) * scale))) == (
                            255,
                            255,
                            255,
                        )


def test_dots_have_the_colours_of_the_drawing() -> None:
    film = film_of(worked("params-on-input"))
    with Image.open(io.BytesIO(b"".join(pieces(worked("params-on-input"), "gif")))) as image:
        dots, scale = image.convert("RGB"), image.width / film.width
    fronts = [
        item
        for part in film.parts.values()
        for item in part.items
        if isinstance(item, Path) and item.closed and len({x for x, _ in item.points}) == 2
    ]
    assert {front.role for front in fronts} >= {"", "kernel"}
    for front in fronts:
        x, y = (sum(each) / len(front.points) for each in zip(*front.points, strict=True))
        wide = max(x for x, _ in front.points) - min(x for x, _ in front.points)
        if wide > 6:
            seen = dots.getpixel((round(x * scale), round(y * scale)))
            assert seen == {"": (255, 255, 255), "kernel": (213, 224, 241)}[front.role]


HOSTILE = ["<script>alert(1)</script>", "a&b\"c'd", "\u202egnp.exe", "\x1b[31mred\x07", "]]>", "${x}", "漢字", "α·β"]


def network_of(names: list[str]) -> Derivation:
    blocks = [Volume("input", "", (3, 8, 8))]
    blocks += [Volume(name, name, (4, 8, 8), 7, (i,)) for i, name in enumerate(names)]
    return Derivation((names[0],), (Volumes(tuple(blocks)),))


def test_names_come_out_as_themselves() -> None:
    text = "\n".join(render(network_of(HOSTILE), "svg"))
    root = ET.fromstring(text)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    written = "".join(element.text or "" for element in root.iter(f"{SVG}text")).replace(" ", "")
    for name in HOSTILE:
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
        assert shown.replace(" ", "") in written
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)
    assert b"".join(pieces(network_of(HOSTILE), "gif")).startswith(b"GIF89a")


def test_wide_and_long_pictures_are_bounded() -> None:
    ramp = [[(r * c) % 256 for c in range(40)] for r in range(40)]
    with pytest.raises(
        Impossible,
        match=rf"^1600 windows are too many for one picture, which has at most {MOST_FRAMES}: choose some with --windows$",
    ):
        film_of(convolve(ramp, "sobel").derivation(places=None))
    with pytest.raises(Impossible, match=rf"^400 windows are too many for a GIF, which has at most {MOST}: "):
        b"".join(pieces(pool(ramp, 2).derivation(places=None), "gif"))
    with pytest.raises(Impossible, match=r"^the numbers or names are too long to be drawn in cells: "):
        film_of(convolve([[10**999, 1]], "1 1", padding=0).derivation())
    blocks = network_of([f"conv{i}" for i in range(200)])
    with pytest.raises(Impossible, match=r"^201 maps are too many for one picture"):
        film_of(blocks)


def test_of_a_large_image_a_piece_is_drawn_and_said() -> None:
    ramp = [[(r * c) % 256 for c in range(40)] for r in range(40)]
    film = film_of(convolve(ramp, "sobel").derivation())
    assert film.frames == 7
    assert film.width < 1600
    for frame in range(film.frames):
        said = list(labels(tuple(film.at(frame)), film))
        assert any(re.fullmatch(r"padded image, rows \d+–\d+, columns \d+–\d+ of 42×42", text) for text in said)
        assert any(re.fullmatch(r"feature map, rows \d+–\d+, columns \d+–\d+ of 40×40", text) for text in said)
        assert f"window {frame + 1} of 7 worked, of 1600 in all" in said


def test_a_network_has_no_steps_and_without_shapes_no_picture() -> None:
    with pytest.raises(Impossible, match=r"^a network is one picture, which has no steps: leave --step out$"):
        film_of(network_of(["conv1"]), "1")
    with pytest.raises(Impossible, match=r"^this answer has no picture: "):
        film_of(count("Conv2d(3, 8, 3), ReLU()").derivation())


def test_options_are_those_of_a_format() -> None:
    derivation = convolve(TASK_1A, "sobel").derivation()
    with pytest.raises(Impossible, match=r"^the format markdown has no option “step”: it is for svg and gif$"):
        render(derivation, "markdown", step="1")
    with pytest.raises(Impossible, match=r"^the format gif has no option “colour”: no format has it$"):
        pieces(derivation, "gif", colour="1")
    with pytest.raises(Impossible, match=r"^the format text is not written as bytes: choose gif$"):
        pieces(derivation, "text")


def test_text_breaks_where_it_fits() -> None:
    assert wrapped("one two three", 10, breadth("one two", 10)) == ["one two", "three"]
    assert broken("layer1.0.conv1", 10, breadth("layer1.0.", 10)) == ["layer1.0.", "conv1"]
    long = "x" * 50
    assert "".join(broken(long, 10, 60)) == long
    assert all(breadth(line, 10) <= 60 for line in broken(long, 10, 60))


def test_a_transposed_convolution_marks_the_zeros_put_in() -> None:
    film = film_of(transpose("1 2; 3 4", "1 0; 2 1", stride=2).derivation("zeros"))
    image = next(part for key, part in film.parts.items() if key[0] == "image")
    drawn = [box for use in image.items if isinstance(use, Use) for box in film.shared[use.name]]
    solid = [item for item in drawn if isinstance(item, Box) and not item.dashed]
    dashed = [item for item in drawn if isinstance(item, Box) and item.dashed]
    assert (len(solid), len(dashed)) == (4, 21)


def test_stamps_land_where_the_stride_says() -> None:
    derivation = transpose("1 2; 3 4", "1 0; 2 1", stride=3, dilation=2).derivation("stamps")
    film = film_of(derivation)
    assert film.frames == 4
    for frame, (row, column) in enumerate([(0, 0), (0, 3), (3, 0), (3, 3)]):
        for i in (1, 2) if frame else (1,):
            items = film.parts["grid", frame, i].items
            cells = [item for item in items if isinstance(item, Box) and not item.filled]
            lit = [item for item in items if isinstance(item, Box) and item.filled]
            places = [cells.index(box._replace(role="", filled=False, thick=False)) for box in lit]
            assert places == [6 * r + c for r in (row, row + 2) for c in (column, column + 2)]
    assert list(labels(film_of(derivation, "4").parts["at", 3].items, film)) == ["(2,2): 4"]
    with pytest.raises(Impossible, match=r"^step “2,2” is no number from 1 to 4$"):
        film_of(derivation, "2,2")


PICTURED = {
    "window.svg": lambda: convolve(TASK_1A, "sobel").derivation(),
    "network.svg": lambda: count("examples/model.py", "3x32x32").derivation(),
}


@pytest.mark.parametrize("name", PICTURED)
def test_the_pictures_in_the_readme_are_what_is_drawn(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLES.parent)
    drawn = "".join(f"{line}\n" for line in render(PICTURED[name](), "svg"))
    if request.config.getoption("--rewrite"):
        (EXAMPLES / name).write_text(drawn, encoding="utf-8")
    assert drawn == (EXAMPLES / name).read_text(encoding="utf-8")


Run = Callable[..., tuple[int, str, str]]
TASK = ["conv", "--image", str(TASK_1A), "--kernel", "sobel"]


@pytest.mark.parametrize("suffix", [".svg", ".gif"])
def test_a_picture_is_written_and_the_answer_checked(suffix: str, run: Run, tmp_path: File) -> None:
    out = tmp_path / f"x{suffix}"
    code, said, err = run(*TASK, "-o", str(out), "--step", "2,3", "--device", "cpu")
    assert (code, err, said.count("agrees, exactly")) == (0, "", 2)
    assert out.read_bytes().startswith({".svg": b"<svg ", ".gif": b"GIF89a"}[suffix])
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--step", "3"], "the format terminal has no option “step”: it is for svg and gif"),
        (["--step", "3", "-o", "x.md"], "the format markdown has no option “step”: it is for svg and gif"),
        (["--step", "3", "-o", "x.csv"], "--step is for svg and gif: x.csv holds a feature map alone"),
        (["--standalone", "-o", "x.png"], "--standalone is for latex: x.png holds a feature map alone"),
        (["--step", "99", "-o", "x.gif"], "there is no step 99: there are 15, from 1"),
        (["--hint", "2", "-o", "x.svg"], "this answer has no picture: "),
    ],
)
def test_where_there_is_no_picture_nothing_is_written(
    words: list[str], says: str, run: Run, tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said, err = run(*TASK, *words, "--no-check")
    assert (code, said) == (2, "")
    assert err.startswith(f"✗ {says}")
    assert not list(tmp_path.iterdir())


def test_a_worksheet_is_no_picture(run: Run, tmp_path: File) -> None:
    code, _, err = run("solve", str(EXAMPLES / "task1_version_a.md"), "-o", str(tmp_path / "x.gif"), "--no-check")
    assert (code, err.partition(":")[0]) == (2, "✗ no worksheet is written as “gif”")
    assert not list(tmp_path.iterdir())


def test_dots_go_into_a_pipe_and_not_to_a_terminal() -> None:
    words = [sys.executable, "-m", "explain", *TASK, "--format", "gif", "--step", "1", "--no-check"]
    piped = subprocess.run(words, capture_output=True, check=True)
    with Image.open(io.BytesIO(piped.stdout)) as image:
        assert image.format == "GIF"
    ours, theirs = pty.openpty()
    shown = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
    os.close(theirs)
    os.close(ours)
    assert shown.returncode == 2
    assert (
        shown.stderr
        == "✗ a picture of dots is nothing for a terminal: add -o and the name of a file, such as -o x.gif\n"
    )


def test_a_long_name_is_told_whole() -> None:
    name = "a_very_long_name_of_a_layer_that_is_broken_under_its_block"
    drawn = "\n".join(render(count(f"{name} = Conv2d(3, 4, 3)", "3x9x9").derivation(), "svg"))
    told = drawn[drawn.index("<desc") : drawn.index("</desc>")]
    assert name in told
    assert name not in drawn.replace(told, "")


@pytest.mark.parametrize("sign", "·−–—×∘≤≥≈≠→⌊⌋⌈⌉√½¼¾²³ᵀ✓✗…“”‘’°Σσμπαω")
def test_no_sign_of_a_worked_solution_is_lost_in_a_gif(sign: str) -> None:
    runs = list(_runs(f"a{sign}b"))
    assert all(run in STROKES or all(map(_has, run.replace(" ", ""))) for run in runs)
    assert "?" not in "".join(runs)
