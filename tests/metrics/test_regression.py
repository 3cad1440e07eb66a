"""Errors of predicted numbers, against values worked by hand."""

import numpy as np
import pytest

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics import (
    mean_absolute_error,
    mean_squared_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from pellucid.metrics._regression import weighted_median

TRUE, PREDICTED = np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 1.0, 5.0, 6.0])


def test_errors_by_hand() -> None:
    assert mean_squared_error(TRUE, PREDICTED) == 5 / 4
    assert root_mean_squared_error(TRUE, PREDICTED) == pytest.approx(np.sqrt(5 / 4))
    assert mean_absolute_error(TRUE, PREDICTED) == 3 / 4
    assert median_absolute_error(TRUE, PREDICTED) == 0.5
    assert r2_score(TRUE, PREDICTED) == pytest.approx(1 - 5 / 14)


def test_the_mean_explains_nothing() -> None:
    assert r2_score(TRUE, np.full(4, 3.0)) == 0


def test_a_constant_target_is_one_or_zero_unless_asked_for_the_formula() -> None:
    flat = np.ones(3)
    assert r2_score(flat, flat) == 1
    assert r2_score(flat, flat + 1) == 0
    assert np.isnan(r2_score(flat, flat, force_finite=False))
    assert r2_score(flat, flat + 1, force_finite=False) == -np.inf
    with pytest.warns(DataWarning, match="one row has no variance"):
        assert np.isnan(r2_score([1.0], [1.0]))


def test_outputs_are_averaged_as_asked() -> None:
    y, p = np.stack([TRUE, TRUE], axis=1), np.stack([TRUE, PREDICTED], axis=1)
    assert mean_squared_error(y, p, multioutput="raw_values").tolist() == [0, 1.25]
    assert mean_squared_error(y, p) == 0.625
    assert mean_squared_error(y, p, multioutput=[3, 1]) == 0.3125
    assert root_mean_squared_error(y, p) == pytest.approx(np.sqrt(1.25) / 2)
    with pytest.raises(ParameterError, match="multioutput='mean'"):
        mean_squared_error(y, p, multioutput="mean")
    with pytest.raises(ParameterError, match=r"weights have shape \(3,\) for 2 outputs"):
        mean_squared_error(y, p, multioutput=[1, 1, 1])


def test_a_weighted_median_is_the_median_of_repeated_rows() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        values, weight = np.round(rng.normal(size=9), 1), np.append(rng.integers(0, 4, size=8), 1)
        assert weighted_median(values, weight) == np.median(values.repeat(weight))


def test_shapes_and_values_that_do_not_fit_are_refused() -> None:
    for y, p, message in (
        ([1.0, 2.0], [1.0], "y_true has 2, y_pred has 1"),
        ([[1.0, 2.0]], [1.0], r"y_true is \(1, 2\), y_pred \(1,\)"),
        ([1.0, np.nan], [1.0, 2.0], "y_true: 1 of 2 rows are NaN or infinite .first: row 1"),
        (["a"], [1.0], "y_true: holds values that are not numbers"),
        (1.0, 1.0, r"y_true is \(\)"),
    ):
        with pytest.raises(DataError, match=message):
            mean_squared_error(y, p)
