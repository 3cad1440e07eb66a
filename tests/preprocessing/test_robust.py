"""Scaling by median and percentiles: outliers, normal columns, refusals."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.preprocessing import RobustScaler


def test_one_row_however_far_out_changes_no_scale_of_the_others() -> None:
    near, far = ([[1.0], [2.0], [3.0], [4.0], [last]] for last in (5.0, 1e300))
    one, other = RobustScaler().fit(near), RobustScaler().fit(far)
    np.testing.assert_array_equal(one.transform(near)[:4], other.transform(far)[:4])


def test_unit_variance_gives_normal_columns_a_deviation_of_one() -> None:
    x = np.random.default_rng(0).normal(7, 3, (100_000, 1))
    z = RobustScaler(unit_variance=True).fit_transform(x)
    assert z.std() == pytest.approx(1, abs=0.02)  # four standard errors of the quartile distance, 0.0043 each


def test_there_and_back_is_where_one_was() -> None:
    x = np.array([[1.0, np.nan], [2.0, 7.0], [4.0, 9.0]])
    scaler = RobustScaler().fit(x)
    np.testing.assert_allclose(scaler.inverse_transform(scaler.transform(x)), x, rtol=1e-12)


@pytest.mark.parametrize("given", [(75.0, 25.0), (-1, 50), (0, 101), (10,), ("a", "b"), (np.nan, 50.0)])
def test_a_range_that_is_none_is_refused_with_what_it_must_be(given: Any) -> None:
    with pytest.raises(ParameterError, match="it must be .low, high. in percent with 0 <= low <= high <= 100"):
        RobustScaler(quantile_range=given).fit([[1.0]])
    with pytest.raises(ParameterError, match="0 < low < high < 100"):
        RobustScaler(quantile_range=(0, 100), unit_variance=True).fit([[1.0]])


def test_sparse_rows_are_not_centred_and_the_error_says_what_to_do() -> None:
    x = scipy.sparse.csr_array([[0.0, 4.0], [2.0, 0.0], [1.0, 8.0]])
    with pytest.raises(DataError, match="Cannot center sparse matrices.*with_centering=False"):
        RobustScaler().fit(x)
    with pytest.raises(DataError, match="Cannot center"):
        RobustScaler().fit(x.toarray()).transform(x)
    scaler = RobustScaler(with_centering=False).fit(x)
    assert scaler.center_ is None and scaler.transform(x).toarray().tolist() == [[0, 1], [2, 0], [1, 2]]
    assert scaler.inverse_transform(scaler.transform(x)).toarray().tolist() == x.toarray().tolist()


def test_a_damaged_record_is_refused() -> None:
    record = RobustScaler().fit(np.eye(3)).to_record()
    record["state"]["center_"] = None
    with pytest.raises(ModelFileError, match="RobustScaler: the record"):
        RobustScaler.from_record(record)
