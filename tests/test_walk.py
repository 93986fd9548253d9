"""The tables of all windows hold what each window holds."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import convolve, pool
from calc.derivation import Derivation, Grid, Pools, Windows
from calc.exact import Cells
from calc.walk import MOST_PLANES, MOST_STEPS, Ground, ground, weighed
from tests.cases import CASES


def slid(derivation: Derivation) -> list[Windows | Pools]:
    """The windows of a derivation, however deep."""
    found: list[Windows | Pools] = []
    for step in derivation.steps:
        if isinstance(step, Derivation):
            found += slid(step)
        elif isinstance(step, Windows | Pools):
            found.append(step)
    return found


def cells(rows: int, columns: int) -> st.SearchStrategy[list[list[int]]]:
    return st.lists(st.lists(st.integers(-9, 9), min_size=columns, max_size=columns), min_size=rows, max_size=rows)


def walked(on: Ground, steps: Windows | Pools) -> Any:
    """Every place of the answer with its plane, and the rows and columns that it covers."""
    places = product(on.sheets, range(len(on.rows)), range(len(on.columns)))
    line = len(steps.outputs) - len(on.sheets[0].at) == 1
    for step, (sheet, r, c) in enumerate(places):
        yield step, (*sheet.at, *(() if line else (r,)), c), sheet, on.rows[r], on.columns[c]


def agree(windows: Windows) -> None:
    on = ground(windows)
    assert on is not None
    found = weighed(windows, on)
    assert found is not None
    for step, at, sheet, rows, columns in walked(on, windows):
        window = windows.window(at)
        assert found.results[found.sums[step]] == window.sum
        assert len(sheet.planes) == len(window.slices)
        for i, (plane, part) in enumerate(zip(sheet.planes, window.slices, strict=True)):
            codes = [[on.planes[plane].codes[r][c] for c in columns] for r in rows]
            weights = found.kernels[sheet.kernel][i]
            assert [[on.numbers[x] for x in row] for row in codes] == [list(row) for row in part.patch]
            assert [[found.weights[w] for w in row] for row in weights] == [list(row) for row in part.kernel]
            made = [
                [found.products[w][x] for x, w in zip(*each, strict=True)] for each in zip(codes, weights, strict=True)
            ]
            assert [[found.results[x] for x in row] for row in made] == [list(row) for row in part.products]
            assert on.planes[plane].name == part.name or len(window.slices) == 1
            if len(window.slices) > 1:
                assert found.results[found.parts[step][i]] == part.sum
        assert found.results[found.bias[sheet.kernel]] == window.bias
    assert step + 1 == len(found.sums)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("conv", "transposed"))])
def test_tables_of_kernels_hold_every_window(name: str) -> None:
    for steps in slid(CASES[name]()):
        assert isinstance(steps, Windows)
        agree(steps)


@given(st.data())
@settings(max_examples=40)
def test_tables_hold_every_window_of_any_convolution(data: st.DataObject) -> None:
    channels, groups = data.draw(st.sampled_from([(1, 1), (2, 1), (2, 2), (4, 2)]))
    filters = groups * data.draw(st.integers(1, 2))
    rows, columns = data.draw(st.integers(3, 5)), data.draw(st.integers(3, 6))
    k_h, k_w = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 3))
    image = [data.draw(cells(rows, columns)) for _ in range(channels)]
    kernel = [[data.draw(cells(k_h, k_w)) for _ in range(channels // groups)] for _ in range(filters)]
    stride, dilation = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2 if k_w < 3 else 1))
    windows = Windows(
        Cells.of(image),
        Cells.of(kernel),
        (stride, 1),
        None,
        "products",
        (1, dilation),
        Cells.of(list(range(filters))) if data.draw(st.booleans()) else None,
        groups,
    )
    agree(windows)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("pool")])
def test_tables_of_poolings_hold_every_window(name: str) -> None:
    for pools in slid(CASES[name]()):
        assert isinstance(pools, Pools)
        on = ground(pools)
        assert on is not None
        for _, at, sheet, rows, columns in walked(on, pools):
            for plane, layer in zip(sheet.planes, pools.window(at).layers, strict=True):
                codes = [[on.planes[plane].codes[r][c] for c in columns] for r in rows]
                seen = [[None if x < 0 else on.numbers[x] for x in row] for row in codes]
                assert seen == [list(row) for row in layer.patch]


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("conv", "transposed", "pool"))])
def test_tables_say_what_is_the_image_s_own(name: str) -> None:
    derivation = CASES[name]()
    first = next(step for step in derivation.steps if isinstance(step, Derivation))
    given = [step.cells for step in first.steps if isinstance(step, Grid) and step.what == "image"]
    for steps in slid(derivation):
        on = ground(steps)
        assert on is not None
        own = [[[plane.codes[r][c] for c in plane.own[1]] for r in plane.own[0]] for plane in on.planes if plane.own[0]]
        if name not in ("conv-picture", "conv-wide"):  # of which a corner is shown
            assert [[[on.numbers[x] for x in row] for row in plane] for plane in own] == [
                [list(row) for row in cells.rows()] for cells in given
            ]


def test_tables_that_would_be_too_large_are_not_made() -> None:
    side = int(MOST_STEPS**0.5) + 2
    (windows,) = slid(convolve([[0] * side] * side, "sobel").derivation())
    assert ground(windows) is None
    deep = [[[1, 2], [3, 4]]] * (MOST_PLANES + 1)
    (windows,) = slid(convolve(deep, [deep], padding="valid").derivation())
    assert ground(windows) is None
    (pools,) = slid(pool([[0] * 2 * side] * 2 * side, 1).derivation())
    assert ground(pools) is None
