"""Cells of a node's rows, against NumPy's indexing and sums."""

import numpy as np
import pytest

from pellucid.tree import _cell_kernels as kernels
from pellucid.tree._columns import NO_VALUE, code_table, codes_of
from pellucid.tree._compiled import opened
from pellucid.tree._growth import _room

draw_cell, threshold_behind = opened(kernels.draw_cell), opened(kernels.threshold_behind)
fetch, sum_left = opened(kernels.fetch), opened(kernels.sum_left)
gather, count_up_to = opened(kernels.gather), opened(kernels.count_up_to)

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("features", [[5], [2, 0], [1, 7, 3], [4, 6, 0, 9]])
@pytest.mark.parametrize("n", [1, 7, 900])
@pytest.mark.parametrize("by_row", [False, True])
def test_cells_are_those_of_the_features_in_the_order_of_the_slots(features: list[int], n: int, by_row: bool) -> None:
    table = RNG.integers(256, size=(1000, 10)).astype(np.uint8)
    rows = RNG.permutation(1000)[:n].astype(np.int32)
    room = _room(n)
    room.slot[:] = [3, 1, 4, 0, 2]
    room.x[2, :n] = kept = RNG.integers(256, size=n).astype(np.uint8)
    held = table if by_row else table[:0]
    fetch(held, np.ascontiguousarray(table.T), np.array(features), rows, 0, n, room)
    np.testing.assert_array_equal(room.x[room.slot[: len(features)], :n], table[rows][:, features].T)
    np.testing.assert_array_equal(room.x[2, :n], kept)


@pytest.mark.parametrize("n", [0, 1, 70])
def test_one_column_is_gathered_and_counted_as_by_numpy(n: int) -> None:
    column, rows = RNG.integers(-9, 9, size=100).astype(np.int32), RNG.permutation(100)[:n].astype(np.int32)
    out = np.full(n + 1, 77, np.int32)
    gather(column, rows, out)
    np.testing.assert_array_equal(out, [*column[rows], 77])
    assert count_up_to(out[:n], np.int32(2)) == (column[rows] <= 2).sum()


@pytest.mark.parametrize("missing_left", [False, True])
def test_sums_of_one_side_are_those_of_numpy(missing_left: bool) -> None:
    x, w, t = RNG.integers(9, size=50), RNG.uniform(size=50), RNG.normal(size=50)
    x[::7] = NO_VALUE
    left = (x <= 4) | (missing_left & (x == NO_VALUE))
    n_left, left_w, left_t = sum_left(x, w, t, 4, missing_left)
    assert n_left == left.sum()
    np.testing.assert_allclose([left_w, left_t], [w[left].sum(), t[left].sum()])


EDGES = np.array([-1e300, -3.4e38, -1.5, -1e-45, -1e-300, 0.0, 1e-300, 1e-45, 0.1, 7.0, 3e38, 1e300])


def test_a_threshold_says_of_each_number_what_its_cell_says() -> None:
    numbers = np.concatenate([EDGES, RNG.normal(size=50), RNG.normal(size=50).astype(np.float32)])
    codes = codes_of(numbers)
    for cell in codes:
        np.testing.assert_array_equal(numbers <= threshold_behind(cell), codes <= cell)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0 - 2.0**-32])
def test_a_drawn_cell_leaves_the_lowest_on_the_left_and_the_highest_on_the_right(share: float) -> None:
    codes = np.unique(codes_of(EDGES))
    for low in codes[:-1]:
        for high in codes[codes > low]:
            assert low <= draw_cell(low, high, share) < high


def test_cuts_are_where_the_share_says() -> None:
    low, high = codes_of(np.array([-2.0, 6.0]))
    cuts = np.array([threshold_behind(draw_cell(low, high, share)) for share in (0.0, 0.25, 0.5, 0.9)])
    np.testing.assert_allclose(cuts, [-2.0, 0.0, 2.0, 5.2], atol=1e-6)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("n", [0, 1, 300, 3000])
def test_whole_numbers_up_to_255_are_the_same_numbers_as_bytes(kind: type, n: int) -> None:
    cells, out = np.random.default_rng(0).integers(256, size=n).astype(kind), np.full(n, 7, np.uint8)
    assert kernels.to_bytes(cells, out)
    np.testing.assert_array_equal(out, cells)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("spoilt", [-1.0, 256.0, 0.5, 254.9999, np.nan, np.inf, -np.inf, 2.0**32, -(2.0**31), 1e30])
@pytest.mark.parametrize("place", [0, 311])
def test_one_other_number_anywhere_and_they_are_none(kind: type, spoilt: float, place: int) -> None:
    cells = np.random.default_rng(0).integers(256, size=312).astype(kind)
    cells[place] = spoilt
    assert not kernels.to_bytes(cells, np.empty(len(cells), np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (8, 3), (15, 40), (300, 17)])
def test_rows_of_bytes_are_turned_into_columns(shape: tuple[int, int]) -> None:
    rows = RNG.integers(256, size=shape).astype(np.uint8)
    columns = np.zeros(shape[::-1], np.uint8)
    kernels.turn_bytes(rows, columns, np.empty(shape[1], np.uint64))
    np.testing.assert_array_equal(columns, rows.T)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 33])
@pytest.mark.parametrize("known", [True, False])
def test_features_that_are_0_in_all_rows_of_a_node_are_left_out(n: int, known: bool) -> None:
    table = (RNG.random((50, 100)) < 0.05).astype(np.uint8)
    rows, pool = RNG.permutation(50).astype(np.int32), RNG.permutation(100)
    given = code_table(table).table
    given = given if known else given._replace(filled=given.filled[:0])
    room = _room(50, n_features=100, words=2)
    opened(kernels.find_filled)(given, rows, 7, n, room.filled)
    m = opened(kernels.keep_filled)(given, pool, 3, 60, room)
    wanted = [k for k in range(3, 60) if not known or table[rows[7 : 7 + n], pool[k]].any()]
    assert room.drawn[:, :m].tolist() == [pool[wanted].tolist(), wanted]
