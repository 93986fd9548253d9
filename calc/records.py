"""Many windows written by one form, as letters are merged with addresses: hundreds of thousands in a second.

A form is a list of fixed texts and fields. What a field writes depends on one number of the window, which takes few
values in an image; so each value is written once, and the texts of a row of windows are put together as arrays of
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
    """The texts of all windows, a row of them at a time."""
    merge = _Merge(windows, form)
    rows = windows.outputs[0] if len(windows.outputs) > 1 else 1
    for row in range(rows):
        yield merge.row(row)
        windows.passed(windows.outputs[-1])


class _Merge:
    """The tables of a form, and a row of windows as bytes that is filled again and again."""

    def __init__(self, windows: Windows, form: Form) -> None:
        import numpy as np

        self.windows = windows
        self.picture = _plane(windows.picture)
        self.known = np.unique(self.picture.numerators)
        self.lines: dict[int, NDArray[Any]] = {}
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
        self.bytes = np.zeros((self.columns, start), np.uint8)
        for at, fixed in self.pieces:
            if isinstance(fixed, str):
                self.bytes[:, at] = np.frombuffer(fixed.encode(), np.uint8)

    def row(self, row: int) -> str:
        """The texts of the windows of one row of the answer."""
        import numpy as np

        terms: NDArray[Any] = np.zeros(self.columns, np.int32)
        parted: NDArray[Any] = np.zeros(self.columns, np.int8)
        for at, piece in self.pieces:
            if isinstance(piece, str):
                continue
            match piece.field.of:
                case "row":
                    self.bytes[:, at] = piece.texts[row]
                case "column":
                    self.bytes[:, at] = piece.texts
                case "cell" | "product":
                    self.bytes[:, at] = piece.texts[self._under(row, piece.field.at)]
                case "term":
                    codes = self._under(row, piece.field.at)
                    self.bytes[:, at] = piece.texts[3 * codes.astype(np.int32) + np.where(terms == 0, 0, 1 + parted)]
                    terms += piece.counts[codes]
                    parted *= piece.counts[codes] == 0
                case "bias":
                    self.bytes[:, at] = piece.texts[np.where(terms == 0, 0, 1 + parted)]
                    terms += piece.counts
                    parted *= piece.counts == 0
                case "next":
                    parted = (terms > 0).astype(np.int8)
                case "sum":
                    self.bytes[:, at] = piece.texts[3 * self.sums.codes(row) + np.minimum(terms, 2)]
        return self.bytes.tobytes().translate(None, b"\0").decode()

    def _under(self, row: int, tap: tuple[int, int]) -> NDArray[Any]:
        """Which of the known numbers lies under a tap, in each window of a row."""
        (s_h, s_w), (d_h, d_w) = (1, *self.windows.stride)[-2:], (1, *self.windows.dilation)[-2:]
        first = tap[1] * d_w
        line = self._line(row * s_h + tap[0] * d_h)
        codes: NDArray[Any] = line[first : first + (self.columns - 1) * s_w + 1 : s_w]
        return codes

    def _line(self, row: int) -> NDArray[Any]:
        """Which of the known numbers stand in a row of the image; the last few rows are remembered."""
        if row not in self.lines:
            import numpy as np

            if len(self.lines) > self.windows.kernel.shape[-2] + 1:
                del self.lines[min(self.lines)]
            self.lines[row] = np.searchsorted(self.known, self.picture.numerators[row])
        return self.lines[row]

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

    def codes(self, row: int) -> NDArray[Any]:
        import numpy as np

        codes: NDArray[Any] = np.searchsorted(self.known, self.sums.numerators[row])
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
