"""Rows around their mean."""

import numpy as np
import pytest

from pellucid.cluster._rows import Rows


def test_rows_lie_within_one_of_their_mean_and_centres_find_their_way_back() -> None:
    table = np.random.default_rng(0).normal(size=(50, 3)) * 1e5 + 7.0
    rows = Rows(table, None)
    assert 0.5 < np.abs(rows.X).max() <= 1.0 and np.log2(rows.scale) == np.round(np.log2(rows.scale))
    np.testing.assert_allclose(rows.X.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(rows.outward(rows.X.astype(float)), table, rtol=1e-12)
    np.testing.assert_allclose(rows.inward(table), rows.X, atol=1e-15)


def test_rows_of_weight_zero_are_left_out_and_constant_rows_are_zeros() -> None:
    rows = Rows(np.array([[1.0], [5.0], [3.0]]), np.array([2.0, 0.0, 1.0]))
    assert rows.table.ravel().tolist() == [1.0, 3.0] and rows.weight.tolist() == [2.0, 1.0]
    assert rows.X.ravel().tolist() == [-1.0, 1.0]
    assert Rows(np.full((2, 1), 9.0, np.float32), None).X.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_variance_is_that_of_the_rows_wherever_they_are(dtype: type) -> None:
    table = (np.random.default_rng(0).normal(size=(500, 3)) + 1e6).astype(dtype)
    rows = Rows(table, None)
    np.testing.assert_allclose(rows.variance, rows.X.var(axis=0, dtype=np.float64).mean(), rtol=1e-7)
