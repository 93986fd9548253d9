"""Arrays of numpy as images, and feature maps as files."""

import io
import os
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from calc import array_files
from calc.array_files import exactly, read_npy, split_member, written
from calc.errors import Impossible
from calc.exact import Cells
from calc.images import read_grid, read_image


def saved(array: Any, **more: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **more)
    return file.getvalue()


def header(shape: str, dtype: str = "|u1", version: bytes = b"\x01\x00") -> bytes:
    """The header of an array, true or not, without numbers."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text) + 1) + text + b"\n"


def packed(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(f"{name}.npy", data)
    return file.getvalue()


class Evil:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, ("unpickled",)


SMALL = np.array([[1, 0, 2], [3, 2, 0]])
HOLED = np.array([[0.5, 1, 2], [3, 4, np.nan]])
ARRAYS = packed(images=saved(SMALL), labels=saved(SMALL[0]), weights=saved(SMALL / 2))

REFUSED: list[tuple[str, bytes, str, str]] = [
    ("x.npy", b"", "", "x.npy is not an array that numpy saved, or its header is damaged: np.save and np.savez write such files"),
    ("x.npy", b"1 0 2\n3 2 0\n", "", "x.npy is not an array that numpy saved, or its header is damaged: np.save and np.savez write such files"),
    ("x.npy", header("(-1, 5)"), "", "x.npy is not an array that numpy saved, or its header is damaged: np.save and np.savez write such files"),
    ("x.npy", header("(1, 1)" + " " * 20_000), "", "x.npy is not an array that numpy saved, or its header is damaged: np.save and np.savez write such files"),
    ("x.npy", saved(np.array([Evil()]), allow_pickle=True), "", "x.npy holds Python objects, which are never unpickled: give an array of whole numbers or floats"),
    ("x.npy", saved(np.zeros(2, [("a", "i4"), ("b", "O")]), allow_pickle=True), "", "x.npy holds Python objects, which are never unpickled: give an array of whole numbers or floats"),
    ("x.npy", saved(SMALL * 1j), "", "x.npy holds complex numbers: give an array of whole numbers or floats"),
    ("x.npy", saved(np.zeros(2, [("a", "i4")])), "", "x.npy holds records: give an array of whole numbers or floats"),
    ("x.npy", saved(np.array([["1", "2"]])), "", "x.npy holds text: give an array of whole numbers or floats"),
    ("x.npy", saved(np.array([[b"1"]])), "", "x.npy holds text: give an array of whole numbers or floats"),
    ("x.npy", saved(np.array(["2020-01-01"], "M8[D]")), "", "x.npy holds dates: give an array of whole numbers or floats"),
    ("x.npy", header("(1, 1)", "<f16"), "", "x.npy holds floats of 128 bits: give float64, float32 or float16"),
    ("x.npy", saved(np.array(5)), "", "x.npy holds a single number without rows and columns: give it the shape 1×1"),
    ("x.npy", saved(np.zeros((0, 5))), "", "x.npy is empty: its shape is 0×5"),
    ("x.npy", header("(1000000, 1000000)"), "", "x.npy holds 1000000000000 numbers, more than the 134217728 that are read"),
    ("x.npy", saved(SMALL)[:-8], "", "x.npy is cut off: 2×3 numbers of 8 bytes are announced, and 40 bytes follow"),
    ("x.npy", saved(SMALL) + saved(SMALL), "", "x.npy is damaged: 2×3 numbers of 8 bytes are announced, and 224 bytes follow"),
    ("x.npy", saved(HOLED), "", "x.npy, row 2, column 3 is NaN: every cell is a number"),
    ("x.npy", saved(np.array([1, -np.inf], "f4")), "", "x.npy, column 2 is -infinity: every cell is a number"),
    ("x.npy", saved(np.asfortranarray([[1, 2], [np.inf, np.nan]])), "", "x.npy, row 2, column 1 is infinity: every cell is a number"),
    ("x.npy", saved(np.stack([SMALL, HOLED])), "", "x.npy, channel 2, row 2, column 3 is NaN: every cell is a number"),
    ("x.npy", saved(HOLED[None, None]), "", "x.npy, place 1,1,2,3 is NaN: every cell is a number"),
    ("x.npy", saved(SMALL), "a\x1b", "x.npy holds one array without a name: leave out “:a\\x1b”"),
    ("x.npz", packed(), "", "x.npz holds no arrays"),
    ("x.npz", ARRAYS, "", "x.npz holds 3 arrays, images, labels and weights: name one, as x.npz:images"),
    ("x.npz", packed(**{f"a{i}": b"" for i in range(20)}), "", "x.npz holds 20 arrays, a0, a1, a2, a3, a4, a5, a6, a7 and 12 more: name one, as x.npz:a0"),
    ("x.npz", ARRAYS, "image", "x.npz holds no array “image”: did you mean images?"),
    ("x.npz", ARRAYS, "z", "x.npz holds no array “z”: it holds images, labels and weights"),
    ("x.npz", ARRAYS[:-30], "images", "x.npz is cut off or damaged: its list of arrays cannot be read"),
    ("x.npz", ARRAYS.replace(ARRAYS[40:60], bytes(20)), "images", "x.npz:images is cut off or damaged: it cannot be unpacked"),
    ("x.npz", packed(a=saved(HOLED)), "", "x.npz:a, row 2, column 3 is NaN: every cell is a number"),
    ("x.npz", packed(a=saved(np.array([Evil()]), allow_pickle=True)), "", "x.npz:a holds Python objects, which are never unpickled: give an array of whole numbers or floats"),
    ("x.npz", packed(a=b"no array"), "", "x.npz:a is not an array that numpy saved, or its header is damaged: np.save and np.savez write such files"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "data", "member", "sentence"), REFUSED, ids=[row[3][:60] for row in REFUSED])
def test_what_is_no_array_of_numbers_is_one_sentence(
    file: str, data: bytes, member: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(file).write_bytes(data)
    with pytest.raises(Impossible) as fault:
        read_npy(Path(file), member)
    assert str(fault.value) == sentence
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_a_file_that_is_not_there_or_too_large_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npy").mkdir()
    Path("large.npy").write_bytes(bytes(3 * 2**20))
    monkeypatch.setattr(array_files, "LARGEST_FILE", 2**21)
    for name, sentence in (
        ("nowhere.npy", "there is no file nowhere.npy: give the path of a .npy or .npz file"),
        ("folder.npy", "folder.npy is a folder, not an array"),
        ("large.npy", "large.npy is larger than the 2 MiB that are read"),
        ("x\0.npy", "x\\x00.npy cannot be read: no file can have such a name"),
    ):
        with pytest.raises(Impossible) as fault:
            read_npy(Path(name))
        assert str(fault.value) == sentence


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.npz"
    path.write_bytes(packed(a=bytes(2**24)))
    monkeypatch.setattr(array_files, "LARGEST_FILE", 2**20)
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    with pytest.raises(Impossible, match=r":a unpacks to 16777216 bytes, more than the 1048576 that are read"):
        read_npy(path)


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", ">i2", "<i4", "i8", ">u8", "f2", ">f4", "f8"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 2, 2), (2, 1, 2, 2)])
def test_numbers_come_as_they_are_stored(dtype: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    array = (np.arange(np.prod(shape)) % 2 * 1.5).reshape(shape).astype(dtype)
    path = tmp_path / "x.npy"
    for stored in (array, np.asfortranarray(array)):
        np.save(path, stored)
        read = read_npy(path)
        assert read.dtype == (np.uint8 if dtype == "?" else np.dtype(dtype).newbyteorder("="))
        assert read.dtype.isnative
        assert (read == array).all()


def test_one_array_of_several_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(ARRAYS)
    assert (read_npy(path, "images") == SMALL).all()
    assert read_npy(path, "weights").tolist() == [[0.5, 0, 1], [1.5, 1, 0]]
    np.savez_compressed(path, SMALL)
    assert (read_npy(path) == SMALL).all()
    assert (read_npy(path, "arr_0") == SMALL).all()


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("x.npz:images", ("x.npz", "images")),
        ("C:\\x.NPZ:a:b", ("C:\\x.NPZ", "a:b")),
        ("x.npz", ("x.npz", "")),
        ("x.npy:a", ("x.npy:a", "")),
        ("1 2; 3 4", ("1 2; 3 4", "")),
    ],
)
def test_the_name_of_an_array_stands_behind_its_file(source: str, parts: tuple[str, str]) -> None:
    assert split_member(source) == parts


@given(st.integers(0, len(ARRAYS)), st.binary(max_size=4), st.booleans())
def test_no_bytes_break_the_reader(at: int, other: bytes, cut: bool) -> None:
    data = ARRAYS[:at] + other + (b"" if cut else ARRAYS[at + len(other) :])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(array_files, "read_bytes", lambda *_: bytearray(data))
        with suppress(Impossible):
            read_npy(Path("x.npz"), "images")


@given(st.integers(0, 127), st.binary(max_size=4))
def test_no_header_breaks_the_reader(at: int, other: bytes) -> None:
    data = saved(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(array_files, "read_bytes", lambda *_: bytearray(data[:at] + other + data[at + len(other) :]))
        with suppress(Impossible):
            read_npy(Path("x.npy"))


@given(
    arrays.arrays(
        arrays.integer_dtypes() | arrays.floating_dtypes(sizes=(16, 32, 64)),
        (2, 3),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
def test_a_number_is_the_decimal_that_it_prints_as(array: np.ndarray) -> None:
    numerators, denominator = exactly(array)
    assert numerators.shape == array.shape
    assert numerators.dtype.kind in "iO"
    found = [Fraction(int(x), denominator) for x in numerators.flat]
    assert found == [Fraction(str(x)) for x in array.flat]


@given(st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=6), st.sampled_from(["f4", "f8"]))
def test_short_decimals_share_a_short_denominator(decimals: list[Decimal], dtype: str) -> None:
    numerators, denominator = exactly(np.array(decimals, dtype))
    assert denominator <= 1000
    assert [Fraction(int(x), denominator) for x in numerators] == list(map(Fraction, decimals))


@given(
    st.lists(st.lists(st.integers(), min_size=3, max_size=3), min_size=1, max_size=4),
    st.integers(1, 400) | st.sampled_from([2**20, 5**9, 10**12]),
)
def test_csv_reads_back_exactly(rows: list[list[int]], denominator: int) -> None:
    text = written(np.array(rows, object), denominator, ".csv").decode()
    assert read_grid(text, "the file") == Cells.of([[Fraction(x, denominator) for x in row] for row in rows])


def test_csv_is_exact_text(tmp_path: Path) -> None:
    assert written(np.array([[1, -6, 3], [100, 0, -8]]), 8, ".csv") == b"0.125,-0.75,0.375\n12.5,0,-1\n"
    assert written(np.array([[1, -3], [9, 0]]), 9, ".csv") == b"1/9,-1/3\n1,0\n"
    assert written(np.array([[1, 3, 6, -5]]), 12, ".csv") == b"1/12,0.25,0.5,-5/12\n"
    assert written(np.array([1, 2]), 1, ".CSV") == b"1,2\n"
    assert written(np.arange(8).reshape(2, 2, 2), 1, ".csv") == b"0,1\n2,3\n\n4,5\n6,7\n"
    path = tmp_path / "map.csv"
    path.write_bytes(written(np.array([[1, -6], [100, 0]]), 8, ".csv"))
    assert list(read_image(path).rows()) == [(Fraction(1, 8), Fraction(-3, 4)), (Fraction(25, 2), 0)]


@pytest.mark.parametrize(
    ("rows", "denominator", "dtype"),
    [
        (np.array([[1, -2]], np.int16), 1, "int64"),
        (np.array([[2**64 - 1, 0]], object), 1, "uint64"),
        (np.array([[-(2**63) + 1, 2**62]], object), 1, "int64"),
        (np.array([[1, -2], [3, 4]], np.int32), 3, "float64"),
        (np.array([[2**60 + 1, -1]]), 3, "float64"),
        (np.array([[10**400, 1]], object), 10**399, "float64"),
    ],
)
def test_npy_holds_what_other_programs_read(rows: np.ndarray, denominator: int, dtype: str, tmp_path: Path) -> None:
    path = tmp_path / "map.npy"
    path.write_bytes(written(rows, denominator, ".npy"))
    read = np.load(path)
    assert read.dtype == dtype
    nearest = [[int(x) if denominator == 1 else int(x) / denominator for x in row] for row in rows]
    assert read.tolist() == nearest
    assert (read_npy(path) == read).all()


def test_png_shows_a_map_and_its_channels(tmp_path: Path) -> None:
    def shown(rows: Any, denominator: int = 1) -> list[list[int]]:
        path = tmp_path / "map.png"
        path.write_bytes(written(np.array(rows), denominator, ".png"))
        with Image.open(path) as picture:
            assert picture.mode == "L"
            return np.array(picture).tolist()

    assert shown([[0, 7, 255]]) == [[0, 7, 255]]
    assert shown([[1, 2], [5, 6]], 2) == [[1, 1], [3, 3]]
    assert shown([[-1020, 0, 1020, 510]]) == [[1, 128, 255, 192]]
    assert shown([[-4, 0, 2]]) == [[1, 128, 192]]
    assert shown([[300, 400, 500]]) == [[0, 128, 255]]
    assert shown([[0, 1]]) == [[0, 255]]
    assert shown([[7, 7]], 9) == [[0, 0]]
    assert shown([[10**30, 0]]) == [[255, 0]]
    assert shown([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]) == [[1, 2, 5, 6], [3, 4, 7, 8]]


def test_what_cannot_be_written_is_one_sentence() -> None:
    for numerators, denominator, suffix, sentence in (
        (2**64, 1, ".npy", "the feature map holds whole numbers beyond 64 bits: write .csv, which keeps every digit"),
        (10**400, 3, ".npy", "the feature map holds numbers beyond 1.8e308: write .csv, which keeps every digit"),
        (1, 1, ".xls", "no feature map is written as “.xls”: choose .csv, .npy, .png"),
    ):
        with pytest.raises(Impossible) as fault:
            written(np.array([[numerators]], object), denominator, suffix)
        assert str(fault.value) == sentence
