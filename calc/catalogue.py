"""What `cnncalc kernels` shows: the named kernels, and one kernel explained by what its weights prove."""

from __future__ import annotations

from calc.derivation import Derivation, Grid, Note, Step, Table, Text, work
from calc.errors import Impossible
from calc.exact import Cells
from calc.expr import Expr, Number, num, symbols, total
from calc.filters import IMAGES, Factors, Filter, Symmetry, monomial
from calc.images import read_kernel
from calc.kernels import BY_NAME, KERNELS, Named

LARGEST = 32
"""Rows and columns of a kernel that is explained."""

SUMMED = 25
"""Weights up to which a sum is written weight by weight, beyond it row by row."""

DRAWN = 7
"""Columns up to which a column times a row is drawn."""

BECOMES: dict[Symmetry, str] = {"same": "the same kernel", "opposite": "every sign changes", "other": "another kernel"}

LOOKS = {
    (0, 0): "flat",
    (1, 0): "a ramp to the right",
    (0, 1): "a ramp downwards",
    (2, 0): "bends along a row",
    (1, 1): "twists",
    (0, 2): "bends along a column",
}
"""What the images that a kernel is asked about look like."""


def catalogue() -> Derivation:
    """Every named kernel: its values, what it responds to, where it comes from."""
    return Derivation(
        ("Named kernels, for --kernel",), tuple(map(_entry, KERNELS)), question={"asks": "kernels", "name": ""}
    )


def _entry(kernel: Named) -> Derivation:
    called = " or ".join((kernel.name, *kernel.aliases))
    grid = Grid(Cells.of(kernel.rows), what="kernel")
    return Derivation(
        (called,),
        (grid, Note("why", (f"responds to {kernel.responds}",)), Note("convention", (f"from {kernel.origin}",))),
    )


def explained(source: object) -> Derivation:
    """One kernel, by name or given as `read_kernel` reads it: what it does, and whether it is separable."""
    cells, name = read_kernel(source)
    height, width = cells.shape
    if max(height, width) > LARGEST:
        raise Impossible(
            f"a {height}×{width} kernel is too large to be explained: it has at most {LARGEST} rows and {LARGEST} columns"
        )
    kernel = Filter(tuple(cells.rows()))
    named = BY_NAME.get(str(source).lower())
    sections = (
        Derivation(("What it does",), (Grid(cells, what="kernel"), *_does(kernel, named))),
        Derivation(("Its sum: what becomes of brightness",), _sum(kernel, decimals=cells.decimals)),
        Derivation(("Its answers to simple images",), _answers(kernel)),
        Derivation(("Turned and mirrored",), _symmetry(kernel)),
        _separable(kernel, cells) if kernel.rank <= 1 else _not_separable(kernel),
    )
    return Derivation(
        ("The kernel" if name == "the kernel" else f"The kernel {name}",),
        sections,
        (f"{height}×{width}, {'separable' if kernel.rank == 1 else f'rank {kernel.rank}'}",),
        _answer(kernel),
        question={"asks": "kernels", "name": name, "kernel": [list(map(_plain, row)) for row in kernel.rows]},
        decimals=cells.decimals,
    )


def remarks(cells: Cells) -> tuple[Note, ...]:
    """What is worth knowing about a kernel beside a convolution with it, in a sentence or two."""
    if max(cells.shape) > LARGEST:
        return ()
    kernel = Filter(tuple(cells.rows()))
    height, width = kernel.shape
    notes: list[Note] = []
    if kernel.factors and min(height, width) > 1 and kernel.rank:
        says = f": {height + width} multiplications per cell instead of {height * width}."
        notes.append(Note("why", ("The kernel is separable, ", *_written(kernel.factors), says)))
    elif kernel.rank > 1:
        notes.append(Note("why", (f"The kernel is not separable: its rank is {kernel.rank}.",)))
    return (*notes, Note("why", ("Its weights sum to ", num(kernel.sum), f": {_brightness(kernel.sum)}.")))


def _answer(kernel: Filter) -> dict[str, object]:
    """What was found, as plain data."""
    found = kernel.factors
    return {
        "separable": found is not None,
        "factors": found and {"scale": _plain(found.scale), "column": list(found.column), "row": list(found.row)},
        "rank": kernel.rank,
        "sum": _plain(kernel.sum),
        "half_turn": kernel.half_turn,
        "left_right": kernel.left_right,
        "up_down": kernel.up_down,
    }


def _plain(number: Number) -> int | str:
    return number if isinstance(number, int) else f"{number.numerator}/{number.denominator}"


def _does(kernel: Filter, named: Named | None) -> tuple[Note, ...]:
    if named is None:
        return (Note("why", _proven(kernel)),)
    also = f"; also called {' and '.join(named.aliases)}" if named.aliases else ""
    return (
        Note("why", (f"It responds to {named.responds}.",)),
        Note("convention", (f"From {named.origin}{also}.",)),
    )


def _proven(kernel: Filter) -> Text:
    """What a kernel does, as far as its weights prove it."""
    taps, s = kernel.taps, kernel.sum
    if not taps:
        return ("It makes every cell 0: all weights are 0.",)
    if len(taps) == 1:
        return _one_weight(kernel)
    if len({tap.weight > 0 for tap in taps}) == 1:
        weighted = "the mean" if len({tap.weight for tap in taps}) == 1 else "a weighted mean"
        times: Text = ("It gives ",) if s == 1 else ("It gives ", num(s), " times ")
        return (*times, f"{weighted} of {len(taps)} cells: it blurs.")
    slope, bends = _slope(kernel), any(kernel.moment(powers) for powers in IMAGES[3:])
    if not s and slope:
        return (f"It responds to {slope}: whatever is flat becomes 0.",)
    if not s and bends:
        return ("It responds to curvature: whatever is flat, or an even ramp, becomes 0.",)
    if not s:
        return ("It responds to fine patterns: whatever is flat, an even ramp or a parabola becomes 0.",)
    kept: Text = ("as it went in",) if s == 1 else (num(s), " times as it went in")
    if slope:
        return ("What is flat comes out ", *kept, f"; added to it is {slope}.")
    others = "flat, an even ramp or a parabola" if not bends else "flat or an even ramp"
    return (f"What is {others} comes out ", *kept, f"; {'finer patterns are' if not bends else 'curvature is'} altered.")


def _one_weight(kernel: Filter) -> Text:
    """A single weight moves the image, and multiplies it."""
    (weight, down, right), (turned,) = kernel.taps[0], kernel.turned.taps
    times: Text = () if weight == 1 else (" and multiplies it by ", num(weight))
    if kernel.half_turn == "same":
        return ("It leaves the image as it is.",) if weight == 1 else ("It multiplies every cell by ", num(weight), ".")
    with_flip, without = _moves(turned.down, turned.right), _moves(down, right)
    return (f"It moves the image {with_flip} with the flip, {without} without", *times, ".")


def _moves(down: int, right: int) -> str:
    """Where an image goes when each cell takes the one that lies so far down and right of it."""
    words = [
        f"{abs(by)} {ahead if by < 0 else back}"
        for by, ahead, back in ((down, "down", "up"), (right, "to the right", "to the left"))
        if by
    ]
    return " and ".join(words) or "nowhere"


def _slope(kernel: Filter) -> str:
    """The direction in which a ramp changes the answer most, beyond what a flat image gives."""
    right, down = kernel.moment((1, 0)), kernel.moment((0, 1))
    if not right and not down:
        return ""
    if not down:
        return "change from left to right"
    if not right:
        return "change from top to bottom"
    if abs(right) == abs(down):
        return f"change along the {'falling' if right == down else 'rising'} diagonal"
    return "change along a slanting direction"


def _sum(kernel: Filter, *, decimals: bool) -> tuple[Step, ...]:
    """The sum of the weights worked out, over their common denominator unless they are decimals."""
    below = 1 if decimals else kernel.denominator
    weights = [tap.weight for tap in kernel.taps]
    if len(weights) > SUMMED:
        weights = [s for row in kernel.rows if (s := sum(row))]
    terms = total(tuple(num(w * below) for w in weights))
    chain = work(("sum",), terms if below == 1 else terms / below, {})
    says = [Note("why", (f"{_brightness(kernel.sum).capitalize()}.",))]
    if min(x for row in kernel.rows for x in row) >= 0 and kernel.sum not in (0, 1):
        says.append(Note("why", ("Divided by ", num(kernel.sum), ", it would keep the brightness.")))
    return chain, *says


def _brightness(s: Number) -> str:
    if s == 0:
        return "flat areas become 0"
    return "flat areas keep their brightness" if s == 1 else "flat areas are multiplied by the sum"


def _answers(kernel: Filter) -> tuple[Step, ...]:
    """What it answers to the images up to the second degree."""
    differs = kernel.half_turn != "same"
    readings = (kernel, kernel.turned) if differs else (kernel,)
    rows = tuple(
        ((monomial(powers),), (LOOKS[powers],), *((reading.response(powers),) for reading in readings))
        for powers in IMAGES
    )
    header: tuple[Text, ...] = (("image",), ("",), *((("as given",), ("flipped",)) if differs else (("answer",),)))
    note = "x counts columns to the right, y rows downwards; away from the border."
    if not all(n % 2 for n in kernel.shape):
        up, left = ((n - 1) // 2 for n in kernel.shape)
        note += f" What lies in row {up + 1}, column {left + 1} of the kernel lies on the cell that is answered."
    return Table(header, rows, (False, False, *(True for _ in readings))), Note("convention", (note,))


def _symmetry(kernel: Filter) -> tuple[Step, ...]:
    """What a half turn and the two mirrors make of it."""
    turns = (
        ("turned by half a turn, the flip", kernel.half_turn),
        ("mirrored left to right", kernel.left_right),
        ("mirrored top to bottom", kernel.up_down),
    )
    table = Table((("",), ("",)), tuple(((turn,), (BECOMES[becomes],)) for turn, becomes in turns), (False, False))
    says = {
        "same": "With or without the flip the answer is the same.",
        "opposite": "A convolution, with the flip, is minus the cross-correlation, without it.",
        "other": "A convolution, with the flip, and a cross-correlation, without it, differ.",
    }
    return table, Note("why", (says[kernel.half_turn],))


def _separable(kernel: Filter, cells: Cells) -> Derivation:
    """The column and the row that multiply to it, and what two passes save."""
    (height, width), found = kernel.shape, kernel.factors
    if found is None or not kernel.rank:
        return Derivation(("Separable?",), (Note("why", ("All weights are 0: there is nothing to take apart.",)),))
    if min(height, width) == 1:
        shape = "single weight" if height == width else "single row" if height == 1 else "single column"
        return Derivation(("Separable?",), (Note("why", (f"A {shape}: there is nothing to take apart.",)),))
    scale, column, row = found
    steps: list[Step] = []
    if width <= DRAWN:
        steps += _drawn(found)
    steps.append(Note("why", ("kernel = ", *_written(found))))
    taps = sum(map(bool, column)), sum(map(bool, row))
    steps.append(_costs(kernel, taps))
    return Derivation(("Separable: a column times a row",), tuple(steps))


def _drawn(found: Factors) -> tuple[Grid, ...]:
    """The outer product as a picture, in whole numbers."""
    scale, column, row = found
    over, below = scale.numerator, scale.denominator
    whole = Cells.of([[over * a * b for b in row] for a in column])
    grids = [
        Grid(Cells.of([[a] for a in column]), "column", "×" if over != 1 else "", "kernel"),
        Grid(Cells.of([row]), "row", "×", "kernel"),
        Grid(whole, "kernel" if below == 1 else f"{below} · kernel", "=", "kernel"),
    ]
    return (Grid(Cells.of([[over]]), "scale"), *grids) if over != 1 else tuple(grids)


def _written(found: Factors) -> Text:
    """1/16·[1 2 1]ᵀ × [1 2 1]."""
    column, row = (f"[{' '.join(map(str, vector))}]" for vector in (found.column, found.row))
    return (*((num(found.scale), "·") if found.scale != 1 else ()), f"{column}ᵀ × {row}")


def _costs(kernel: Filter, taps: tuple[int, int] | None = None) -> Table:
    """The multiplications for one cell of the answer, all at once and pass by pass."""
    h, w, r = symbols("h w r")
    at_once, passes = h * w, h + w if kernel.rank == 1 else r * (h + w)
    counts = [(*kernel.shape, "all weights"), *([(*taps, "zeros left out")] if taps and taps != kernel.shape else [])]
    how = "a column, then a row" if kernel.rank == 1 else f"{kernel.rank} columns and rows"

    def worked(rule: Expr, tall: int, wide: int) -> Text:
        put = rule.put({"h": tall, "w": wide, "r": kernel.rank})
        return put, " = ", num(put.value())

    return Table(
        (("multiplications per cell",), *((what,) for _, _, what in counts)),
        (
            (("the kernel at once",), *(worked(at_once, tall, wide) for tall, wide, _ in counts)),
            ((how,), *(worked(passes, tall, wide) for tall, wide, _ in counts)),
        ),
        (False, *(True for _ in counts)),
    )


def _not_separable(kernel: Filter) -> Derivation:
    """A 2×2 part that no column times a row has, and what adds up to the kernel instead."""
    part = kernel.minor
    assert part is not None
    ((top, bottom), (left, right)), weights = part
    a, b, c, d = symbols("a b c d")
    env = dict(zip("abcd", (x for row in weights for x in row), strict=True))
    where = f"rows {top + 1}, {bottom + 1}; columns {left + 1}, {right + 1}"
    rank, (height, width) = kernel.rank, kernel.shape
    steps: list[Step] = [
        Note("why", ("In a column times a row every 2×2 part has a·d − b·c = 0. This one has not:",)),
        Grid(Cells.of(weights), where, "", "kernel"),
        work((), a * d - b * c, env),
    ]
    if rank == min(height, width):
        lines = "columns" if width == rank else "rows"
        says: Text = (f"Its {rank} {lines} are independent: rank {rank}, no fewer separable kernels add up to it.",)
        steps.append(Note("why", says))
    else:
        steps.append(Note("why", (f"Its rank is {rank}: it is the sum of {rank} separable kernels, and of no fewer:",)))
        for i, found in enumerate(kernel.parts):
            steps.append(Note("why", ("  + " if i else "  = ", *_written(found))))
    if rank * (height + width) < height * width:
        steps.append(_costs(kernel))
    return Derivation((f"Not separable: rank {rank}",), tuple(steps))
