"""Bins."""

import numpy as np

from pellucid.ensemble._binning import MISSING, Bins

RNG = np.random.default_rng(0)


def test_few_values_get_a_bin_each_and_thresholds_between_them() -> None:
    X = RNG.integers(-20, 20, size=(500, 1)) / 4.0
    bins = Bins(X, [None], 255, RNG)
    np.testing.assert_array_equal(bins.codes(X).ravel(), np.unique(X, return_inverse=True)[1].ravel())


def test_many_values_fill_the_bins_evenly() -> None:
    X = RNG.normal(size=(20_000, 1)) ** 3
    bins = Bins(X, [None], 100, RNG)
    counts = np.bincount(bins.codes(X).ravel(), minlength=100)
    assert bins.n_bins[0] == 100 and counts.min() > 190 and counts.max() < 210


def test_a_cell_up_to_the_end_of_a_bin_is_in_it_and_one_above_is_not() -> None:
    X = RNG.normal(size=(2000, 1))
    ends = Bins(X, [None], 16, RNG).ends[0]
    at, above = ends[:, None], np.nextafter(ends, np.inf)[:, None]
    bins = Bins(X, [None], 16, RNG)
    np.testing.assert_array_equal(bins.codes(at).ravel(), np.arange(15))
    np.testing.assert_array_equal(bins.codes(above).ravel(), np.arange(1, 16))


def test_a_large_table_worked_on_in_parts_has_the_bins_of_a_small_one() -> None:
    X = RNG.normal(size=(40_000, 8))
    X[RNG.random(X.shape) < 0.05] = np.nan
    bins = Bins(X, [None] * 8, 255, RNG)
    codes = bins.codes(X)
    for f in range(8):
        alone = Bins(X[:, [f]], [None], 255, RNG)
        np.testing.assert_array_equal(bins.ends[f], alone.ends[0])
        np.testing.assert_array_equal(codes[:999, f], alone.codes(X[:999, [f]])[:, 0])
        np.testing.assert_array_equal(codes[-999:, f], alone.codes(X[-999:, [f]])[:, 0])


def test_missing_cells_have_the_last_bin_and_an_empty_column_no_other() -> None:
    X = np.array([[np.nan, 1.0], [np.nan, np.nan]])
    bins = Bins(X, [None, None], 255, RNG)
    assert bins.codes(X).tolist() == [[MISSING, 0], [MISSING, MISSING]]


def test_beyond_the_most_frequent_categories_the_rest_is_missing() -> None:
    column = np.repeat(np.arange(6.0), [5, 1, 9, 2, 7, 3])[:, None]
    bins = Bins(column, [np.array(list("abcdef"))], 3, RNG)
    assert bins.ends[0].tolist() == [0.0, 2.0, 4.0]
    assert bins.codes(np.arange(6.0)[:, None]).ravel().tolist() == [0, MISSING, 1, MISSING, 2, MISSING]
