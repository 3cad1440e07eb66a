"""Percentiles: NumPy's, column by column, blind to gaps, zeros counted where they are not stored."""

import numpy as np
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.preprocessing._quantiles import dense_columns, percentiles


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from([0.0, 0.4]))
def test_percentiles_of_the_known_entries_are_numpys(seed: int, n: int, gaps: float) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(n, 3)), 1)
    x[rng.random((n, 3)) < gaps] = np.nan
    x[0] = 1.0
    q = np.linspace(0, 100, 7)
    np.testing.assert_array_equal(percentiles(x, q), np.nanpercentile(x, q, axis=0))


def test_zeros_that_are_not_stored_count() -> None:
    x = np.array([[0.0, 5.0], [0.0, 0.0], [3.0, np.nan]])
    rows = scipy.sparse.csc_array(x)
    assert [sorted(column[~np.isnan(column)].tolist()) for column in dense_columns(rows)] == [[0, 0, 3], [0, 5]]
    np.testing.assert_array_equal(percentiles(rows, np.array([50.0])), [[0.0, 2.5]])


def test_a_column_without_known_entries_has_none() -> None:
    assert np.isnan(percentiles(np.full((3, 1), np.nan), np.array([10.0, 90.0]))).all()
