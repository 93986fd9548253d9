"""Many windows written by one form, as letters are merged with addresses: hundreds of thousands in a second.

A form is a list of fixed texts and fields. What a field writes depends on one number of the window, which takes few
values in an image; so each value is written once, and the texts of some rows of windows are put together as arrays of
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from calc.derivation import Window, Windows
from calc.exact import Cells, Entry
from calc.expr import exact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_VALUES = 2**14
"""Different numbers in an image up to which a form is worth its tables."""

AT_ONCE = 1024
"""Windows that are put together at once, if a row of them is no more."""


@dataclass(frozen=True)
class Field:
    """A text that depends on the window.

    `of` says on what: its row or column in the answer (an index from 0), the cell, product or term at a place `at`
    of the kernel, the bias, or the sum. `write` gets that number; for a term and the bias also what stands before it:
    0 no term (a term of 0 is none), 1 one on the same line, 2 one on a line before, since a `NEXT`; for the sum how
    many terms it has, 2 for more.
    """

    of: Literal["row", "column", "cell", "product", "term", "bias", "sum", "next"]
    write: Callable[..., str]
    at: tuple[int, int] = (0, 0)


NEXT = Field("next", str)
"""Terms after it stand on another line than those before; it writes nothing itself."""

Form = Sequence[str | Field]


def fits(windows: Windows) -> bool:
    """Whether the windows have one form: those of one kernel on one channel of numbers."""
    plain = windows.kernel.shape[:2] == (1, 1) and len(windows.stride) < 3
    return plain and not any(cells.letters for cells in (windows.picture, windows.kernel))


def values(windows: Windows) -> list[Entry] | None:
    """The different numbers of the padded image; None if there are too many."""
    import numpy as np

    found = np.unique(windows.picture.numerators)
    return [windows.picture.entry(x) for x in found.tolist()] if found.size <= MOST_VALUES else None


def written(window: Window, form: Form) -> Iterator[str]:
    """The texts of one window, one for each piece of the form."""
    (part,) = window.slices
    row, column = (0, *window.at)[-2:]
    terms, parted = 0, False
    for piece in form:
        if isinstance(piece, str):
            yield piece
            continue
        i, j = piece.at
        match piece.of:
            case "row":
                yield piece.write(row)
            case "column":
                yield piece.write(column)
            case "cell":
                yield piece.write(part.patch[i][j])
            case "product":
                yield piece.write(part.products[i][j])
            case "term" | "bias":
                value = window.bias if piece.of == "bias" else part.products[i][j]
                yield piece.write(value, 0 if terms == 0 else 1 + parted)
                terms += value != 0
                parted = parted and value == 0
            case "sum":
                yield piece.write(window.sum, min(terms, 2))
            case "next":
                yield ""
                parted = terms > 0


def merged(windows: Windows, form: Form) -> Iterator[str]:
    """The texts of all windows, some rows of them at a time."""
    merge = _Merge(windows, form)
    rows, many = windows.outputs[0] if len(windows.outputs) > 1 else 1, merge.rows
    for first in range(0, rows, many):
        yield merge.texts(range(first, min(first + many, rows)))
        windows.passed(min(many, rows - first) * merge.columns)


class _Merge:
    """The tables of a form, and some rows of windows as bytes that are filled again and again."""

    def __init__(self, windows: Windows, form: Form) -> None:
        import numpy as np

        self.windows = windows
        self.picture = _plane(windows.picture)
        self.known = np.unique(self.picture.numerators)
        self.kernel = _plane(windows.kernel.plane(0))
        self.sums = _Sums(windows, self.picture, self.kernel)
        self.columns = windows.outputs[-1]
        self.tables: dict[tuple[str, Callable[..., str], Any], _Table] = {}
        self.pieces: list[tuple[slice, str | _Table]] = []
        start = 0
        for piece in form:
            made = piece if isinstance(piece, str) else self._shared(piece)
            width = len(made.encode()) if isinstance(made, str) else made.texts.shape[1]
            self.pieces.append((slice(start, start + width), made))
            start += width
        self.rows = max(1, AT_ONCE // self.columns)
        self.bytes = np.zeros((self.rows * self.columns, start), np.uint8)
        for at, fixed in self.pieces:
            if isinstance(fixed, str):
                self.bytes[:, at] = np.frombuffer(fixed.encode(), np.uint8)

    def texts(self, rows: range) -> str:
        """The texts of the windows of some rows of the answer."""
        import numpy as np

        many = len(rows) * self.columns
        into = self.bytes[:many]
        codes = self._codes(rows)
        terms: NDArray[Any] = np.zeros(many, np.int32)
        parted: NDArray[Any] = np.zeros(many, np.int8)
        for at, piece in self.pieces:
            if isinstance(piece, str):
                continue
            match piece.field.of:
                case "row":
                    into[:, at] = np.repeat(piece.texts[rows.start : rows.stop], self.columns, 0)
                case "column":
                    into[:, at] = np.tile(piece.texts, (len(rows), 1))
                case "cell" | "product":
                    into[:, at] = piece.texts[self._under(codes, len(rows), piece.field.at)]
                case "term":
                    under = self._under(codes, len(rows), piece.field.at)
                    into[:, at] = piece.texts[3 * under + np.where(terms == 0, 0, 1 + parted)]
                    terms += piece.counts[under]
                    parted *= piece.counts[under] == 0
                case "bias":
                    into[:, at] = piece.texts[np.where(terms == 0, 0, 1 + parted)]
                    terms += piece.counts
                    parted *= piece.counts == 0
                case "next":
                    parted = (terms > 0).astype(np.int8)
                case "sum":
                    into[:, at] = piece.texts[3 * self.sums.codes(rows) + np.minimum(terms, 2)]
        return into.tobytes().translate(None, b"\0").decode()

    def _codes(self, rows: range) -> NDArray[Any]:
        """Which of the known numbers stand in the rows of the image that some rows of the answer see."""
        import numpy as np

        s_h, d_h = (1, *self.windows.stride)[-2], (1, *self.windows.dilation)[-2]
        seen = slice(rows.start * s_h, (rows.stop - 1) * s_h + d_h * (self.kernel.shape[0] - 1) + 1)
        codes: NDArray[Any] = np.searchsorted(self.known, self.picture.numerators[seen])
        return codes

    def _under(self, codes: NDArray[Any], rows: int, tap: tuple[int, int]) -> NDArray[Any]:
        """Which of the known numbers lies under a tap, in each window of some rows."""
        (s_h, s_w), (d_h, d_w) = (1, *self.windows.stride)[-2:], (1, *self.windows.dilation)[-2:]
        top, left = tap[0] * d_h, tap[1] * d_w
        under = codes[top : top + (rows - 1) * s_h + 1 : s_h, left : left + (self.columns - 1) * s_w + 1 : s_w]
        return under.reshape(-1)

    def _shared(self, field: Field) -> _Table:
        """The table of a field, made once for all that write the same products of the same weight."""
        weight = self.kernel[field.at] if field.of in ("product", "term") else None
        key = field.of, field.write, weight
        if key not in self.tables:
            self.tables[key] = self._table(field)
        return replace(self.tables[key], field=field)

    def _table(self, field: Field) -> _Table:
        import numpy as np

        entries = [self.picture.entry(x) for x in self.known.tolist()]
        none: NDArray[Any] = np.zeros((), np.int8)
        match field.of:
            case "row":
                rows = self.windows.outputs[0] if len(self.windows.outputs) > 1 else 1
                return _Table(field, _texts([field.write(i) for i in range(rows)]), none)
            case "column":
                return _Table(field, _texts([field.write(i) for i in range(self.columns)]), none)
            case "cell":
                return _Table(field, _texts(list(map(field.write, entries))), none)
            case "bias":
                bias = self.windows.bias[(0,)] if self.windows.bias else 0
                return _Table(field, _texts([field.write(bias, before) for before in (0, 1, 2)]), np.int8(bias != 0))
            case "next":
                return _Table(field, _texts([""]), none)
            case "sum":
                sums = self.sums.entries
                return _Table(field, _texts([field.write(x, terms) for x in sums for terms in (0, 1, 2)]), none)
        weight: Any = self.kernel[field.at]
        products: list[Any] = [weight * x for x in entries]
        if field.of == "product":
            return _Table(field, _texts(list(map(field.write, map(exact, products)))), none)
        texts = [field.write(exact(x), before) for x in products for before in (0, 1, 2)]
        return _Table(field, _texts(texts), np.array([x != 0 for x in products], np.int8))


@dataclass(frozen=True)
class _Table:
    """What a field writes for each of the numbers it can meet, as bytes; and whether a term of that number counts."""

    field: Field
    texts: NDArray[Any]
    counts: Any


class _Sums:
    """The answer, the different numbers in it, and which of them stands where."""

    def __init__(self, windows: Windows, picture: Cells, kernel: Cells) -> None:
        import numpy as np

        from calc.arrays import add, correlate

        steps, gaps = (1, *windows.stride)[-2:], (1, *windows.dilation)[-2:]
        sums = correlate(picture.shaped((1, *picture.shape)), kernel.shaped((1, 1, *kernel.shape)), steps, gaps)
        self.sums = (add(sums, windows.bias) if windows.bias else sums).plane(0)
        self.known = np.unique(self.sums.numerators)

    @property
    def entries(self) -> list[Entry]:
        return [self.sums.entry(x) for x in self.known.tolist()]

    def codes(self, rows: range) -> NDArray[Any]:
        import numpy as np

        codes: NDArray[Any] = np.searchsorted(self.known, self.sums.numerators[rows.start : rows.stop].reshape(-1))
        return codes


def _plane(cells: Cells) -> Cells:
    """The one channel as a matrix; a signal as one row."""
    return cells.plane(0) if len(cells.shape) == 3 else cells.plane(0).shaped((1, -1))


def _texts(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Texts as rows of bytes, filled up with zeros, which are left out in the end."""
    import numpy as np

    encoded = [text.encode() for text in texts]
    width = max(map(len, encoded), default=0)
    table = np.frombuffer(b"".join(text.ljust(width, b"\0") for text in encoded), np.uint8, len(encoded) * width)
    return table.reshape(len(encoded), width)
