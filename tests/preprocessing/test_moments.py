"""Means and variances: against their definitions, merged in pieces, blind to NaN."""

import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_array

from pellucid.preprocessing._moments import BLOCK_VALUES, Moments, merged, moments_of, sparse_moments_of


def close(one: Moments, other: Moments) -> None:
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


def table(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.where(rng.random((n, 3)) < 0.2, np.nan, rng.normal(5, 3, (n, 3)))
    x[0] = 1.0  # every column has a known cell
    return x, rng.integers(1, 4, size=n).astype(float)


@given(st.integers(0, 99), st.integers(1, 40))
def test_they_are_numpys_over_the_known_cells(seed: int, n: int) -> None:
    x, _ = table(seed, n)
    close(moments_of(x, None), Moments((~np.isnan(x)).sum(0), np.nanmean(x, 0), np.nanvar(x, 0)))


@given(st.integers(0, 99), st.integers(1, 40))
def test_a_weight_counts_the_row_so_often(seed: int, n: int) -> None:
    x, weight = table(seed, n)
    close(moments_of(x, weight), moments_of(x.repeat(weight.astype(int), axis=0), None))


@given(st.integers(0, 99), st.integers(1, 40), st.booleans())
def test_sparse_rows_have_the_moments_of_the_same_rows_with_their_zeros(seed: int, n: int, weighted: bool) -> None:
    x, weight = table(seed, n)
    x[np.random.default_rng(seed).random(x.shape) < 0.6] = 0.0
    w = weight if weighted else None
    close(sparse_moments_of(csc_array(x), w), moments_of(x, w))


@given(st.integers(0, 99), st.integers(2, 40), st.data())
def test_pieces_merge_into_the_whole(seed: int, n: int, data: st.DataObject) -> None:
    x, weight = table(seed, n)
    cut = data.draw(st.integers(1, n - 1))
    for w in (None, weight):
        pieces = [moments_of(x[rows], None if w is None else w[rows]) for rows in (slice(cut), slice(cut, None))]
        close(merged(*pieces), moments_of(x, w))


def test_a_column_without_a_known_cell_takes_the_moments_of_the_other_piece() -> None:
    empty, full = moments_of(np.array([[np.nan]]), None), moments_of(np.array([[1.0], [3.0]]), None)
    assert np.isnan(empty.mean[0]) and empty.weight[0] == 0
    assert merged(empty, full) == merged(full, empty) == full
    assert np.isnan(merged(empty, empty).mean[0])


@given(st.integers(0, 999), st.integers(2, 40), st.sampled_from([1e-12, 1e-9, 1e-3, 1.0]), st.booleans())
def test_a_variance_is_right_to_half_a_last_place_a_row(seed: int, n: int, spread: float, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    x, weight = 0.3 + spread * rng.normal(size=n), np.append(1, rng.integers(0, 3, size=n - 1))
    w = weight if weighted else np.ones(n, int)
    cells = [Fraction(float(cell)) for cell in x]
    total = int(w.sum())
    mean = sum(int(times) * cell for times, cell in zip(w, cells, strict=True)) / total
    exact = sum(int(times) * (cell - mean) ** 2 for times, cell in zip(w, cells, strict=True)) / total
    found = Fraction(float(moments_of(x[:, None], weight.astype(float) if weighted else None).variance[0]))
    assert abs(found - exact) <= exact * (n + 5) * Fraction(1, 2**53)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("share", [0.0, 0.1])
def test_blocks_of_rows_end_with_the_numbers_of_the_whole_and_hold_no_second_table(
    order: Any, dtype: Any, share: float
) -> None:
    rng = np.random.default_rng(0)
    x = np.asarray(rng.normal(5, 3, (60_000, 7)), order=order, dtype=dtype)
    x[rng.random(x.shape) < share] = np.nan
    x[:, 3] = np.nan if share else 1.0
    w = rng.integers(0, 3, size=len(x)).astype(float)
    tracemalloc.start()
    seen, weighted = moments_of(x, None), moments_of(x, w)
    assert tracemalloc.get_traced_memory()[1] < 4 * 8 * BLOCK_VALUES
    tracemalloc.stop()
    known = ~np.isnan(x)
    for found, times in ((seen, np.ones(len(x))), (weighted, w)):
        cells, total = np.where(known, x, 0.0).astype(np.float64), times @ known
        with np.errstate(invalid="ignore"):
            mean = times @ cells / total
            variance = times @ np.where(known, (cells - mean) ** 2, 0.0) / total
        np.testing.assert_array_equal(found.weight, total)
        np.testing.assert_allclose(found.mean, mean, rtol=1e-12)
        np.testing.assert_allclose(found.variance, variance, rtol=1e-12)


def test_a_large_offset_costs_no_digits_of_the_variance() -> None:
    x = 1e9 + np.array(
        [[4.0], [7.0], [13.0], [16.0]]
    )  # a textbook formula, mean of squares less square of mean, gives 0
    assert moments_of(x, None).variance[0] == 22.5
    assert merged(moments_of(x[:2], None), moments_of(x[2:], None)).variance[0] == 22.5


@given(st.integers(0, 99), st.sampled_from([0.3, 100.0]))
def test_a_constant_column_has_no_variance_stored_sparse_and_weighted(seed: int, value: float) -> None:
    weight = np.random.default_rng(seed).random(100) * 2
    seen = sparse_moments_of(csc_array(np.full((100, 1), value)), weight)
    assert seen.variance[0] <= (100 * value * np.finfo(float).eps) ** 2
