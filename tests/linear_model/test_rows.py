"""Sparse rows give the numbers of the dense ones, and bad ones are refused by place."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csc_matrix, csr_array, csr_matrix

from pellucid.errors import DataError
from pellucid.linear_model._rows import (
    as_float64,
    check_sparse,
    column_means,
    column_squares,
    is_sparse,
    row_scaled,
)

X = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, -3.0], [0.0, 0.0, 4.0]])
WEIGHTS = np.array([1.0, 0.5, 3.0])


@pytest.mark.parametrize("kind", [csr_array, csr_matrix, csc_matrix, coo_array])
def test_every_kind_of_sparse_becomes_a_csr_array_of_the_same_numbers(kind: type) -> None:
    rows = check_sparse(kind(X), where="t")
    assert isinstance(rows, csr_array) and is_sparse(rows) and not is_sparse(X)
    np.testing.assert_array_equal(rows.toarray(), X)


def test_places_given_twice_are_added_and_the_users_table_is_left_alone() -> None:
    twice = csr_array((np.array([1.0, 2.0]), np.array([1, 1]), np.array([0, 2])), shape=(1, 2))
    assert check_sparse(twice, where="t").toarray().tolist() == [[0.0, 3.0]]
    assert twice.data.tolist() == [1.0, 2.0]


def test_whole_numbers_become_float64_and_float32_stays() -> None:
    assert check_sparse(csr_array(X.astype(np.int32)), where="t").dtype == np.float64
    narrow = check_sparse(csr_array(X.astype(np.float32)), where="t")
    assert narrow.dtype == np.float32 and as_float64(narrow).dtype == np.float64


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (csr_array((0, 3)), r"0 row\(s\)"),
        (csr_array((3, 0)), r"0 feature\(s\)"),
        (csr_array(X * 1j), "Complex data not supported"),
        (csr_array(np.where(X == 4.0, np.inf, X)), "1 entries that are NaN or inf, first in row 2"),
        (csr_array(np.where(X == 2.0, np.nan, X)), "1 entries that are NaN or inf, first in row 0"),
    ],
)
def test_what_cannot_be_used_is_refused(bad: csr_array, told: str) -> None:
    with pytest.raises(DataError, match=f"Here: .*{told}"):
        check_sparse(bad, where="Here")


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_sums_over_sparse_rows_are_those_over_dense_ones(weights: np.ndarray | None) -> None:
    rows = csr_array(X)
    centre = np.average(X, axis=0, weights=weights)
    np.testing.assert_allclose(column_means(rows, weights), centre, rtol=1e-15)
    np.testing.assert_allclose(column_means(X, weights), centre, rtol=1e-15)
    wanted = (np.ones(3) if weights is None else weights) @ (X - centre) ** 2
    np.testing.assert_allclose(column_squares(rows, centre, weights), wanted, rtol=1e-14)
    np.testing.assert_allclose(column_squares(X, centre, weights), wanted, rtol=1e-14)


def test_scaling_rows_leaves_the_given_ones_alone() -> None:
    rows = csr_array(X)
    np.testing.assert_array_equal(row_scaled(rows, WEIGHTS).toarray(), WEIGHTS[:, None] * X)
    np.testing.assert_array_equal(row_scaled(X, WEIGHTS), WEIGHTS[:, None] * X)
    np.testing.assert_array_equal(rows.toarray(), X)
