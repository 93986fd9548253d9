"""Pictures read, cut, made smaller, and drawn in characters."""

import io
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from calc import pictures
from calc.derivation import Picture
from calc.errors import Impossible
from calc.pictures import FORMATS, SUFFIXES, cropped, fitted, greys, png, read_picture, resized, shades
from explain.blocks import Line
from explain.pictures import averaged, draw

GREYS = np.array([[0, 50, 100], [150, 200, 255]], np.uint8)
COLOURS = np.random.default_rng(1).integers(0, 256, (3, 5, 7), np.uint8)
"""Red, green and blue of 5×7 pixels."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def interleaved(colours: np.ndarray) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(colours.transpose(1, 2, 0)))


def luma(colours: np.ndarray) -> np.ndarray:
    """The grey of ITU-R 601, before it is rounded."""
    red, green, blue = colours.astype(float)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def encoded(format_: str, size: tuple[int, int] = (7, 5)) -> bytes:
    file = io.BytesIO()
    interleaved(COLOURS).resize(size).save(file, format_)
    return file.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG file of a few bytes whose header claims this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


REFUSED: list[tuple[str, bytes, str]] = [
    ("x.png", b"", "x.png is not a picture: PNG, JPEG, BMP, GIF, TIFF and WebP files are read"),
    ("x.png", b"1 2\n3 4\n", "x.png is not a picture: PNG, JPEG, BMP, GIF, TIFF and WebP files are read"),
    ("x.png", b"P5 1 1 255 \0", "x.png is not a picture: PNG, JPEG, BMP, GIF, TIFF and WebP files are read"),
    ("x.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "x.eps is not a picture: PNG, JPEG, BMP, GIF, TIFF and WebP files are read"),
    ("cut.png", encoded("PNG", (70, 50))[:-200], "cut.png is cut off or damaged: the picture in it cannot be decoded"),
    ("cut.jpg", encoded("JPEG", (70, 50))[:-200], "cut.jpg is cut off or damaged: the picture in it cannot be decoded"),
    ("cut.bmp", encoded("BMP", (70, 50))[:-200], "cut.bmp is cut off or damaged: the picture in it cannot be decoded"),
    ("cut.gif", encoded("GIF", (70, 50))[:-200], "cut.gif is cut off or damaged: the picture in it cannot be decoded"),
    ("bomb.png", claiming(100_000, 100_000), "bomb.png has 10000000000 pixels, more than the 67108864 that are worked with"),
    ("large.png", claiming(10_000, 10_000), "large.png has 100000000 pixels, more than the 67108864 that are worked with"),
    ("more.png", claiming(8_193, 8_192), "more.png has 67117056 pixels, more than the 67108864 that are worked with"),
    ("hollow.png", claiming(90, 90), "hollow.png is cut off or damaged: the picture in it cannot be decoded"),
    ("\x1b[31m.png", b"", "\\x1b[31m.png is not a picture: PNG, JPEG, BMP, GIF, TIFF and WebP files are read"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "data", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_no_picture_is_one_sentence(
    file: str, data: bytes, sentence: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / file).write_bytes(data)
    with pytest.raises(Impossible) as fault:
        read_picture(Path(file))
    assert str(fault.value) == sentence
    assert capfd.readouterr() == ("", "")


def test_a_picture_that_cannot_be_opened_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "folder.png").mkdir()
    (folder / "large.png").write_bytes(bytes(3 * 2**20))
    monkeypatch.setattr(pictures, "LARGEST_FILE", 2**21)
    for name, sentence in (
        ("nowhere.png", "there is no file nowhere.png: give the path of a picture"),
        ("folder.png", "folder.png is a folder, not a picture"),
        ("large.png", "large.png is larger than the 2 MiB that are read"),
        ("x" * 300 + ".png", f"{'x' * 59}… cannot be read: file name too long"),
    ):
        with pytest.raises(Impossible) as fault:
            read_picture(Path(name))
        assert str(fault.value) == sentence


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("mode", ["I", "F"])
def test_numbers_that_no_picture_shows_are_refused(mode: str) -> None:
    Image.new(mode, (3, 2)).save("deep.tif")
    kind = "32-bit whole" if mode == "I" else "floating-point"
    with pytest.raises(Impossible) as fault:
        read_picture(Path("deep.tif"))
    assert (
        str(fault.value)
        == f"deep.tif holds {kind} numbers: a picture has 8 or 16 bits a pixel; give such numbers as .npy"
    )


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_every_format_is_read(suffix: str, folder: Path) -> None:
    path = folder / f"x{suffix}"
    exact = suffix in (".png", ".bmp", ".tif", ".tiff")
    interleaved(COLOURS).save(path)
    read = read_picture(path, colour=True)
    assert (read.shape, read.dtype) == ((3, 5, 7), np.uint8)
    assert read_picture(path).shape == (5, 7)
    if exact:
        assert (read == COLOURS).all()
        assert abs(read_picture(path).astype(float) - luma(COLOURS)).max() <= 0.5001


@pytest.mark.parametrize("format_", FORMATS)
def test_no_cut_and_no_damage_breaks_the_reader(format_: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole, drawn = encoded(format_, (40, 30)), np.random.default_rng(2)
    damaged = [whole[:at] for at in range(0, len(whole), max(1, len(whole) // 60))]
    for _ in range(100):
        copy = bytearray(whole)
        for at in drawn.integers(0, len(whole), 3):
            copy[at] = drawn.integers(0, 256)
        damaged.append(bytes(copy))
    for data in damaged:
        (folder / "x").write_bytes(data)
        with suppress(Impossible):
            assert read_picture(Path("x"), colour=True).shape[0] == 3
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("folder")
def test_greys_are_read_exactly() -> None:
    Image.fromarray(GREYS).save("grey.png")
    assert (read_picture(Path("grey.png")) == GREYS).all()
    assert (read_picture(Path("grey.png"), colour=True) == GREYS).all()
    Image.fromarray(GREYS > 99).save("black-and-white.png")
    assert read_picture(Path("black-and-white.png")).tolist() == [[0, 0, 255], [255, 255, 255]]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_greys_of_16_bits_are_exact(suffix: str, folder: Path) -> None:
    deep = np.array([[0, 1, 257], [40_000, 65_534, 65_535]], np.uint16)
    path = folder / f"deep{suffix}"
    Image.fromarray(deep).save(path)
    read = read_picture(path)
    assert read.dtype == np.uint16
    assert (read == deep).all()
    assert (read_picture(path, colour=True) == [deep] * 3).all()


@pytest.mark.usefixtures("folder")
def test_transparency_is_left_out() -> None:
    alpha = np.linspace(0, 255, 35).reshape(1, 5, 7).astype(np.uint8)
    interleaved(np.concatenate([COLOURS, alpha])).save("rgba.png")
    assert (read_picture(Path("rgba.png"), colour=True) == COLOURS).all()
    both = np.stack([GREYS, GREYS[::-1]], axis=-1)
    Image.fromarray(both, "LA" if both.ndim < 3 else None).save("la.png")
    assert (read_picture(Path("la.png")) == GREYS).all()


@pytest.mark.usefixtures("folder")
def test_a_palette_is_looked_up_with_and_without_transparency() -> None:
    picture = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8))
    picture.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    reds, greens, blues = [[255, 0], [10, 0]], [[0, 255], [20, 255]], [[0, 0], [30, 0]]
    picture.save("palette.png")
    picture.save("clear.png", transparency=bytes([0, 128, 255]))
    picture.save("palette.gif", transparency=0)
    for name in ("palette.png", "clear.png", "palette.gif"):
        assert read_picture(Path(name), colour=True).tolist() == [reds, greens, blues]
        assert read_picture(Path(name)).tolist() == [[76, 150], [18, 150]]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("mode", ["CMYK", "LAB", "YCbCr"])
def test_other_colours_become_red_green_and_blue(mode: str) -> None:
    Image.new(mode, (4, 3)).save("x.tif")
    assert read_picture(Path("x.tif"), colour=True).shape == (3, 3, 4)
    assert read_picture(Path("x.tif")).shape == (3, 4)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (1, lambda x: x),
        (2, np.fliplr),
        (3, lambda x: np.rot90(x, 2)),
        (4, np.flipud),
        (5, np.transpose),
        (6, lambda x: np.rot90(x, -1)),
        (7, lambda x: np.rot90(x, 2).T),
        (8, np.rot90),
        (99, lambda x: x),
    ],
)
def test_a_picture_stands_as_its_orientation_says(orientation: int, turned: Any, suffix: str, folder: Path) -> None:
    corners = np.kron(GREYS, np.ones((16, 16), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = folder / f"turned{suffix}"
    Image.fromarray(corners).save(path, exif=exif)
    read = read_picture(path)
    assert read.shape == turned(corners).shape
    assert abs(read.astype(int) - turned(corners)).max() <= 4


@pytest.mark.usefixtures("folder")
def test_of_an_animation_the_first_frame_is_read() -> None:
    first, second = Image.fromarray(GREYS), Image.fromarray(255 - GREYS)
    first.save("x.gif", save_all=True, append_images=[second])
    assert (read_picture(Path("x.gif")) == GREYS).all()


def test_no_warning_leaks_and_the_filters_stay(folder: Path) -> None:
    (folder / "large.png").write_bytes(claiming(10_000, 10_000))
    before = list(warnings.filters)
    with warnings.catch_warnings(record=True, action="always") as caught, pytest.raises(Impossible):
        read_picture(Path("large.png"))
    assert caught == []
    assert warnings.filters == before


@pytest.mark.usefixtures("folder")
def test_a_pipe_is_a_picture() -> None:
    os.mkfifo("pipe.png")
    writer = Thread(target=Path("pipe.png").write_bytes, args=(png(GREYS),))
    writer.start()
    assert (read_picture(Path("pipe.png")) == GREYS).all()
    writer.join()


TALL = np.arange(20).reshape(5, 4)


def test_a_crop_is_counted_from_1() -> None:
    assert cropped(TALL, "1,1,5,4").tolist() == TALL.tolist()
    assert cropped(TALL, "2, 3, 2, 1").tolist() == [[6], [10]]
    assert cropped(np.stack([TALL, -TALL]), "5,1,1,2").tolist() == [[[16, 17]], [[-16, -17]]]


@pytest.mark.parametrize(
    ("crop", "sentence"),
    [
        ("", "crop “” is not row,column,height,width, such as 1,1,64,64"),
        ("1,1,2", "crop “1,1,2” is not row,column,height,width, such as 1,1,64,64"),
        ("1,1,2,x", "crop “1,1,2,x” is not row,column,height,width, such as 1,1,64,64"),
        ("1,1,2,-2", "crop “1,1,2,-2” is not row,column,height,width, such as 1,1,64,64"),
        ("1,1,2,²", "crop “1,1,2,²” is not row,column,height,width, such as 1,1,64,64"),
        ("0,1,2,2", "crop 0,1,2,2 begins at 0,1: rows and columns are counted from 1"),
        ("1,1,0,2", "crop 1,1,0,2 is 0×2 and holds no cells: height and width are at least 1"),
        ("6,1,1,1", "crop 6,1,1,1 begins outside the image, which is 5×4"),
        ("4,1,3,4", "crop 4,1,3,4 sticks out of the image, which is 5×4: from 4,1 on it is at most 2×4"),
        ("1,3,1,3", "crop 1,3,1,3 sticks out of the image, which is 5×4: from 1,3 on it is at most 5×2"),
    ],
)
def test_a_crop_that_is_not_there_is_one_sentence(crop: str, sentence: str) -> None:
    with pytest.raises(Impossible) as fault:
        cropped(TALL, crop)
    assert str(fault.value) == sentence


def test_a_resized_cell_is_the_average_of_what_it_covers() -> None:
    assert resized(TALL, "1").tolist() == [[10]]
    assert resized(TALL, "1x2").tolist() == [[9, 11]]
    assert resized(np.array([[0, 3]]), "1x3").tolist() == [[0, 2, 3]]
    assert resized(np.array([[1, 2], [3, 4]], np.uint8), "2x4").tolist() == [[1, 1, 2, 2], [3, 3, 4, 4]]
    assert resized(np.array([[-3, 0]]), "1").tolist() == [[-1]]
    assert resized(np.array([[10**30, 0]], object), "1").tolist() == [[5 * 10**29]]
    assert resized(np.stack([TALL, -TALL]), "1").tolist() == [[[10]], [[-9]]]


def exactly(array: np.ndarray, height: int, width: int) -> list[list[Fraction]]:
    """Averages by the definition: every old cell weighted with its share of the new one."""

    def share(old: int, new: int, cells: int, parts: int) -> Fraction:
        first, last = Fraction(new * cells, parts), Fraction((new + 1) * cells, parts)
        return max(Fraction(0), min(last, Fraction(old + 1)) - max(first, Fraction(old))) / (last - first)

    rows, columns = array.shape
    return [
        [
            sum(
                (
                    int(array[r, c]) * share(r, i, rows, height) * share(c, j, columns, width)
                    for r in range(rows)
                    for c in range(columns)
                ),
                Fraction(0),
            )
            for j in range(width)
        ]
        for i in range(height)
    ]


SMALL_MAPS = arrays.arrays(
    st.sampled_from([np.uint8, np.uint16, np.int32, np.int64]), arrays.array_shapes(min_dims=2, max_dims=2, max_side=6)
)


@given(SMALL_MAPS, st.integers(1, 7), st.integers(1, 7))
def test_averages_are_exact_and_rounded_once(array: np.ndarray, height: int, width: int) -> None:
    found = resized(array, f"{height}x{width}")
    assert found.dtype == array.dtype
    assert found.tolist() == [[int((x + Fraction(1, 2)) // 1) for x in row] for row in exactly(array, height, width)]


@given(arrays.arrays(np.uint8, (12, 8)))
def test_pillow_resizes_the_same_but_for_its_rounding_between_the_axes(array: np.ndarray) -> None:
    theirs = np.array(Image.fromarray(array).resize((4, 3), Image.Resampling.BOX)).astype(int)
    assert abs(resized(array, "3x4").astype(int) - theirs).max() <= 1


@pytest.mark.parametrize(
    ("array", "size", "sentence"),
    [
        (TALL, "0", "resize 0 is not possible: it is at least 1"),
        (TALL, "ax2", "resize “ax2” is neither a whole number nor HxW, such as 2 or 1x2"),
        (TALL, "9000x8000", "the resized image would have 72000000 cells, more than the 67108864 that are worked with"),
        (
            TALL / 2,
            "2",
            "the image holds fractions: a resized cell is an average rounded to a whole number, so whole numbers are resized",
        ),
    ],
)
def test_a_size_that_is_not_possible_is_one_sentence(array: np.ndarray, size: str, sentence: str) -> None:
    with pytest.raises(Impossible) as fault:
        resized(array, size)
    assert str(fault.value) == sentence


def test_shades_are_a_small_picture() -> None:
    assert shades(np.array([[0, 2], [4, 1]]), 9, 9) == (((0, 128), (255, 64)), False)
    assert shades(np.array([[0, -2], [4, 1]]), 9, 9) == (((0, -128), (255, 64)), True)
    assert shades(np.array([[10**40, -(10**39)]], object), 9, 9) == (((255, -26),), True)
    assert shades(np.zeros((3, 3), int), 2, 2) == (((0, 0), (0, 0)), False)
    assert shades(np.eye(4, dtype=np.uint8), 2, 2).levels == ((255, 0), (0, 255))
    assert all(type(level) is int for row in shades(GREYS, 2, 2).levels for level in row)


@given(SMALL_MAPS, st.integers(1, 7), st.integers(1, 7))
def test_shades_fit_keep_their_signs_and_reach_their_ends(array: np.ndarray, rows: int, columns: int) -> None:
    levels, signed = shades(array, rows, columns)
    assert len(levels) <= rows
    assert {len(row) for row in levels} == {fitted(*array.shape, rows, columns)[1]}
    assert signed == bool((array < 0).any())
    flat = [x for row in levels for x in row]
    assert max(map(abs, flat)) in (0, 255)
    assert signed or min(flat) >= 0


@given(st.integers(-(2**70), 2**70), st.integers(1, 9), st.integers(1, 9), st.integers(1, 5))
def test_shades_of_a_constant_are_constant(number: int, height: int, width: int, room: int) -> None:
    flat = {x for row in shades(np.full((height, width), number, object), room, room).levels for x in row}
    assert flat == {0 if not number else 255 if number > 0 else -255}


@given(SMALL_MAPS)
def test_zero_stays_zero_and_the_other_side_is_the_other_sign(array: np.ndarray) -> None:
    array = array.astype(object)
    levels = shades(array, 9, 9).levels
    assert all(
        level == 0
        for row, shown in zip(array, levels, strict=True)
        for x, level in zip(row, shown, strict=True)
        if x == 0
    )
    assert shades(-array, 9, 9).levels == tuple(tuple(-level for level in row) for row in levels)


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 90), st.integers(1, 90))
def test_what_is_fitted_fits_and_keeps_its_proportions(height: int, width: int, rows: int, columns: int) -> None:
    high, wide = fitted(height, width, rows, columns)
    assert 1 <= high <= min(rows, height)
    assert 1 <= wide <= min(columns, width)
    assert (high, wide) == (height, width) or high == rows or wide == columns
    scale = min(Fraction(rows, height), Fraction(columns, width), Fraction(1))
    assert abs(high - height * scale) < 1
    assert abs(wide - width * scale) < 1


def test_a_large_map_is_drawn_small_without_more_than_it_needs() -> None:
    large = np.broadcast_to(np.arange(2_000, dtype=np.int32), (1_000, 2_000))
    levels, _ = shades(large, 40, 60)
    assert (len(levels), len(levels[0])) == (30, 60)
    assert levels[0] == levels[-1]
    assert list(levels[0]) == sorted(levels[0])


def test_the_greys_of_a_file_are_whole_numbers_of_8_bits() -> None:
    assert greys(np.array([[0, 255]]), 1).dtype == np.uint8
    assert greys(np.array([[[-(10**30), 10**29]]], object), 7).tolist() == [[[1, 141]]]


def texts(lines: Iterator[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_a_picture_in_text_is_ink_and_says_what_it_means() -> None:
    assert texts(draw(Picture([[0, 14, 15, 60, 128, 200, 240, 241, 255]] * 2, False), 80, colour=False)) == [
        "  .:+#%@@",
        "0  .:-=+*#%@ the largest",
    ]
    assert texts(draw(Picture([[-255, -170, -100, -60, 0, 60, 100, 170, 255]], True), 80, colour=False)) == [
        "#*=- ░▒▓█",
        "below 0 #*=- ░▒▓█ above 0",
    ]


def test_a_picture_in_colour_is_two_rows_a_line() -> None:
    picture, legend = draw(Picture([[0, 255, 255], [255, 0, 0]], False), 80, colour=True)
    assert picture == (("▀", "#000000 on #ffffff"), ("▀▀", "#ffffff on #000000"))
    assert "".join(text for text, _ in legend) == "0 ████████ the largest"
    upper, lower, legend = draw(Picture([[255, -255, 0]] * 3, True), 80, colour=True)
    assert upper[0] == ("▀", "#ffa020 on #ffa020")
    assert lower == (("▀", "#ffa020"), ("▀", "#5098ff"), ("▀", "#000000"))
    assert "".join(text for text, _ in legend) == "below 0 ████████████████ above 0"


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("width", [1, 7, 20, 80])
def test_a_picture_keeps_to_the_page_and_takes_the_same_room_either_way(colour: bool, signed: bool, width: int) -> None:
    levels = shades(np.arange(-900 if signed else 0, 900)[:, None] * np.ones(70, int), 60, 70).levels
    *picture, _ = texts(draw(Picture(levels, signed), width, colour=colour))
    assert {len(line) for line in picture} == {len(range(0, len(levels[0]), -(-len(levels[0]) // width)))}
    *other, _ = texts(draw(Picture(levels, signed), width, colour=not colour))
    assert abs(len(picture) - len(other)) <= 1


def test_averaged_levels_stay_between_their_ends() -> None:
    assert averaged([[0, 255], [255, 255]], 2, 2) == [[191]]
    assert averaged([[-255, 0, 7]], 2, 2) == [[-127, 7]]
    assert averaged([[1, 2]], 1, 1) == [[1, 2]]


def test_the_terminal_shows_the_colours_of_a_picture() -> None:
    from rich.console import Console

    from explain.terminal import _coloured

    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="truecolor", soft_wrap=True)
    console.print(_coloured(draw(Picture([[255], [-255]], True), 80, colour=True)), end="")
    assert "\x1b[38;2;255;160;32;48;2;80;152;255m▀\x1b[0m\n" in file.getvalue()
