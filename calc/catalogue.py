"""What `cnncalc kernels` shows: the named kernels, and one kernel explained by what its weights prove."""

from __future__ import annotations

from dataclasses import replace

from calc.derivation import Chain, Derivation, Grid, Link, Note, Step, Table, Text, work
from calc.errors import Impossible
from calc.exact import Cells
from calc.expr import Expr, Number, exact, num, product, symbols, total
from calc.filters import IMAGES, Factors, Filter, Symmetry, monomial
from calc.images import read_kernel
from calc.kernels import BY_NAME, KERNELS, Named

LARGEST = 32
"""Rows and columns of a kernel that is explained."""

MOST_BITS = 2**17
"""Bits of its weights together, over their common denominator."""

SUMMED = 25
"""Weights up to which a sum is written weight by weight, beyond it row by row."""

DRAWN = 7
"""Columns up to which a kernel is drawn once more."""

WRITTEN = 40
"""Numbers up to which the columns and rows that add up to a kernel are written out."""

FLAT, RAMPS = IMAGES[0], IMAGES[1:3]

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
    if len(cells.shape) != 2 or cells.letters:
        raise Impossible(
            "a kernel is explained one channel at a time, and in numbers: give rows such as “1 0 -1; 2 0 -2; 1 0 -1”"
        )
    height, width = cells.shape
    if too_large := _too_large(cells):
        raise Impossible(too_large)
    kernel = Filter(cells.nested())
    named = BY_NAME.get(str(source).lower())
    sections = (
        Derivation(("What it responds to",), (Grid(cells, what="kernel"), *_does(kernel, named))),
        Derivation(("Its sum: what becomes of brightness",), _sum(kernel, decimals=cells.decimals)),
        Derivation(("Its answers to simple images",), _answers(kernel)),
        Derivation(("Turned and mirrored",), _symmetry(kernel, decimals=cells.decimals)),
        _separable(kernel) if kernel.rank <= 1 else _not_separable(kernel, decimals=cells.decimals),
    )
    return Derivation(
        ("The kernel" if name == "the kernel" else f"The kernel {name}",),
        sections,
        (f"{height}×{width}, {'separable' if kernel.rank == 1 else f'rank {kernel.rank}'}",),
        _answer(kernel),
        question={"asks": "kernels", "name": name, "kernel": [list(map(_plain, row)) for row in kernel.rows]},
        decimals=cells.decimals,
    )


def posed(page: Derivation) -> Derivation:
    """What is asked of a kernel that a page explains, and nothing of the answer."""
    (first, *_), name = page.steps, "".join(map(str, page.title))
    title = f"What does {name[:1].lower()}{name[1:]} respond to, what is its sum, and is it separable?"
    given = [step for step in first.steps if isinstance(step, Grid)] if isinstance(first, Derivation) else []
    return Derivation((title,), (*given,), question=page.question, decimals=page.decimals)


def brief(page: Derivation) -> Derivation:
    """The answer to that, in short."""
    first, total, *_ = (step.steps for step in page.steps if isinstance(step, Derivation))
    steps = (*(step for step in first if isinstance(step, Note)), *total)
    return Derivation(posed(page).title, steps, page.headline, page.answer, (), page.question, page.decimals)


def _too_large(cells: Cells) -> str:
    """Why a kernel is not explained: its elimination would take too long."""
    height, width = cells.shape
    if max(height, width) > LARGEST:
        return f"a {height}×{width} kernel is too large to be explained: it has at most {LARGEST} rows and {LARGEST} columns"
    if height * width * cells.bound.bit_length() > MOST_BITS:
        return f"the numbers of the kernel are too long to be explained: as whole numbers they have more than {MOST_BITS} bits"
    return ""


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
        Note("why", (f"{named.responds[0].upper()}{named.responds[1:]}.",)),
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
    kept: Text = (" stays as it is; ",) if s == 1 else (" is multiplied by ", num(s), "; ")
    if slope:
        return ("What is flat", *kept, f"{slope} is added.")
    if bends:
        return ("What is flat, or an even ramp,", *kept, "curvature is altered.")
    return ("What is flat, an even ramp or a parabola", *kept, "finer patterns are altered.")


def _one_weight(kernel: Filter) -> Text:
    """A single weight moves the image, and multiplies it."""
    (weight, down, right), (turned,) = kernel.taps[0], kernel.turned.taps
    times: Text = () if weight == 1 else ("; every cell is multiplied by ", num(weight))
    if kernel.half_turn == "same":
        return ("It leaves the image as it is.",) if weight == 1 else ("It multiplies every cell by ", num(weight), ".")
    flipped, given = _moves(turned.down, turned.right), _moves(down, right)
    return (f"With the flip the image {flipped}, without it the image {given}", *times, ".")


def _moves(down: int, right: int) -> str:
    """Where an image goes when each cell takes the one that lies so far down and right of it."""
    words = [
        f"{abs(by)} {ahead if by < 0 else back}"
        for by, ahead, back in ((down, "down", "up"), (right, "to the right", "to the left"))
        if by
    ]
    return f"moves {' and '.join(words)}" if words else "stays where it is"


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
    weights, how = [tap.weight for tap in kernel.taps], "weight by weight"
    if len(weights) > SUMMED:
        weights, how = [exact(sum(row)) for row in kernel.rows], "row by row"
    terms = total(tuple(num(w * below) for w in weights))
    worked = work(("sum",), terms if below == 1 else terms / below, {})
    chain = replace(worked, links=(worked.links[0]._replace(why=how), *worked.links[1:]))
    says: Text = ("Flat areas ", *_brightness(kernel.sum))
    if kernel.sum not in (0, 1) and all(tap.weight > 0 for tap in kernel.taps):
        says = (*says, "; divided by ", num(kernel.sum), ", the kernel would keep their brightness")
    return chain, Note("why", (*says, "."))


def _brightness(s: Number) -> Text:
    """What becomes of a flat area."""
    if s in (0, 1):
        return ("keep their brightness" if s else "become 0, whatever their brightness",)
    return "are multiplied by ", num(s)


def _answers(kernel: Filter) -> tuple[Step, ...]:
    """What it answers to flat images and ramps, and, if it has no slope, to those of the second degree."""
    readings = (kernel,) if kernel.half_turn == "same" else (kernel, kernel.turned)
    slopes = [kernel.moment(powers) for powers in RAMPS]
    images = (FLAT, *RAMPS) if any(slopes) else IMAGES
    rows = tuple(
        ((monomial(powers),), (LOOKS[powers],), *((reading.response(powers),) for reading in readings))
        for powers in images
    )
    header: tuple[Text, ...] = (("image",), ("",), *((("as given",), ("flipped",)) if readings[1:] else (("answer",),)))
    note = "x counts columns to the right, y rows downwards; away from the border."
    if not all(n % 2 for n in kernel.shape):
        up, left = ((n - 1) // 2 for n in kernel.shape)
        note += f" The cell that is answered lies under row {up + 1}, column {left + 1} of the kernel as it is laid on."
    table = Table(header, rows, (False, False, *(True for _ in readings)))
    return table, *_slope_worked(kernel), Note("convention", (note,))


def _slope_worked(kernel: Filter) -> tuple[Step, ...]:
    """Where the answer to a ramp comes from: the sums along it times the places."""
    if kernel.sum:
        return ()
    right = bool(kernel.moment((1, 0)))
    if not right and not kernel.moment((0, 1)):
        return ()
    lines = tuple(zip(*kernel.rows, strict=True)) if right else kernel.rows
    if len(lines) > DRAWN:
        return ()
    first = (len(lines) - 1) // 2
    sums = total(tuple(product((num(sum(line)), num(i - first))) for i, line in enumerate(lines)))
    title = f"{'column' if right else 'row'} sums times {'x' if right else 'y'}"
    return (Derivation((title,), (Chain((), (Link(sums), Link(num(sums.value())))),)),)


def _symmetry(kernel: Filter, *, decimals: bool) -> tuple[Step, ...]:
    """What a half turn and the two mirrors make of it."""
    turns = (
        ("turned by half a turn, the flip", kernel.half_turn),
        ("mirrored left to right", kernel.left_right),
        ("mirrored top to bottom", kernel.up_down),
    )
    table = Table(
        (("",), ("it becomes",)), tuple(((turn,), (BECOMES[becomes],)) for turn, becomes in turns), (False, False)
    )
    says = {
        "same": "With or without the flip the answer is the same.",
        "opposite": "A convolution, with the flip, is minus the cross-correlation, without it.",
        "other": "A convolution, with the flip, and a cross-correlation, without it, differ.",
    }
    shown: tuple[Step, ...] = ()
    if kernel.half_turn == "other" and kernel.shape[1] <= DRAWN:
        given, flipped = (Cells.of(x.rows, decimals=decimals) for x in (kernel, kernel.turned))
        shown = Grid(given, "as given", "", "kernel"), Grid(flipped, "flipped", "→", "kernel")
    return *shown, table, Note("why", (says[kernel.half_turn],))


def _separable(kernel: Filter) -> Derivation:
    """The column and the row that multiply to it, and what two passes save."""
    (height, width), found = kernel.shape, kernel.factors
    if found is None or not kernel.rank:
        return Derivation(("Rank 0",), (Note("why", ("All weights are 0: there is nothing to take apart.",)),))
    if min(height, width) == 1:
        shape = "single weight" if height == width else "single row" if height == 1 else "single column"
        return Derivation(("Separable as it is",), (Note("why", (f"A {shape}: there is nothing to take apart.",)),))
    drawn = _drawn(found) if width <= DRAWN else ()
    taps = sum(map(bool, found.column)), sum(map(bool, found.row))
    return Derivation(
        ("Separable: a column times a row",),
        (
            Note("why", ("kernel = ", *_written(found))),
            *drawn,
            _costs(kernel, taps),
            Note("why", ("The column first, then the row over what comes out: the same answer.",)),
        ),
    )


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


def _not_separable(kernel: Filter, *, decimals: bool) -> Derivation:
    """A 2×2 part that no column times a row has, and what adds up to the kernel instead."""
    part = kernel.minor
    assert part is not None
    ((top, bottom), (left, right)), weights = part
    a, b, c, d = symbols("a b c d")
    law = a * d - b * c
    put = law.put(dict(zip("abcd", (x for row in weights for x in row), strict=True)))
    rank, (height, width) = kernel.rank, kernel.shape
    return Derivation(
        (f"Not separable: rank {rank}",),
        (
            Note("why", ("In a column times a row every 2×2 part has a·d − b·c = 0. This one has not:",)),
            Grid(
                Cells.of(weights, decimals=decimals),
                f"rows {top + 1}, {bottom + 1} · columns {left + 1}, {right + 1}",
                "",
                "kernel",
            ),
            Chain((), (Link(law, "law"), Link(put, "put in"), Link(num(part.determinant)))),
            *_rank(kernel),
            *((_costs(kernel),) if rank * (height + width) < height * width else ()),
        ),
    )


def _rank(kernel: Filter) -> tuple[Note, ...]:
    """How many separable kernels add up to it, and which."""
    rank, (height, width) = kernel.rank, kernel.shape
    if rank == min(height, width):
        lines = "columns" if width == rank else "rows"
        says = f"Its {rank} {lines} are independent, so its rank is {rank}: no fewer separable kernels add up to it."
        return (Note("why", (says,)),)
    note = Note("why", (f"Its rank is {rank}: {rank} separable kernels add up to it, and no fewer.",))
    if rank * (height + width) > WRITTEN:
        return (note,)
    terms = (part for i, found in enumerate(kernel.parts) for part in (*((" + ",) if i else ()), *_written(found)))
    return note, Note("why", ("kernel = ", *terms))
