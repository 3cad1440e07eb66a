"""The search among all rows, where single precision alone would go wrong."""

import numpy as np
import pytest

from pellucid.neighbors._brute_kernels import nearest_by_differences, nearest_by_products, rough, within
from pellucid.neighbors._metric import Metric, pairwise

EUCLID = Metric.named("euclidean")


@pytest.mark.parametrize("n_rows", [1, 16, 1025, 3000])
def test_products_find_rows_that_differ_by_less_than_single_precision(n_rows: int) -> None:
    rng = np.random.default_rng(n_rows)
    X = np.ones((n_rows, 3)) + rng.normal(size=(n_rows, 3)) * 1e-9
    X[0] = -1.0  # so that the scale is 1 and all others look alike
    Q, k = X[:20] + 1e-10, min(5, n_rows)
    mean, error = X.mean(axis=0), 11 * 2.0**-23
    distance, index = np.empty((len(Q), k)), np.empty((len(Q), k), np.int64)
    near, rows = (rough(table, mean, 2.0, error) for table in (Q, X))
    nearest_by_products(Q, X, near, rows, 4.0, EUCLID.number, distance, index)
    far = pairwise(Q, X, EUCLID)
    order = np.argsort(far, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(index, order)
    plain = np.empty_like(distance), np.empty_like(index)
    nearest_by_differences(Q, X, EUCLID.number, 2.0, *plain)
    np.testing.assert_array_equal(index, plain[1])
    np.testing.assert_array_equal(distance, plain[0])


def test_more_rows_than_there_is_room_for_at_first_are_kept() -> None:
    X, count = np.zeros((2000, 1)), np.empty(3, np.int64)
    found, far = within(np.zeros((3, 1)), X, 0.0, EUCLID.number, 2.0, count)
    assert count.tolist() == [2000] * 3 and not far.any()
    np.testing.assert_array_equal(found, np.tile(np.arange(2000), 3))
