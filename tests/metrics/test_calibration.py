"""Calibration: curve and error by hand, and on probabilities that are true."""

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError
from pellucid.metrics import calibration_curve, expected_calibration_error


def test_bins_without_rows_are_left_out_and_a_border_belongs_to_the_bin_below() -> None:
    true, told = calibration_curve([0, 1, 1], [0.5, 0.5, 1.0], n_bins=2)
    assert (true.tolist(), told.tolist()) == ([0.5, 1.0], [0.5, 1.0])
    assert calibration_curve([0, 1], [0.0, 0.1], n_bins=5)[0].tolist() == [0.5]


def test_quantile_bins_hold_equally_many_rows() -> None:
    p = np.random.default_rng(0).random(1000) ** 4
    y = np.arange(1000) % 2
    told = calibration_curve(y, p, n_bins=4, strategy="quantile")[1]
    np.testing.assert_allclose(told, np.sort(p).reshape(4, 250).mean(axis=1))


def test_a_weight_is_so_many_rows() -> None:
    y, p, weight = [0, 1, 1], [0.2, 0.3, 0.8], np.array([1, 3, 0])
    for uniform in ("uniform", "quantile"):
        one = calibration_curve(y, p, n_bins=2, sample_weight=weight, strategy=uniform)[0]
        assert one[0] == 0.75 or uniform == "quantile"
    assert expected_calibration_error(y, p, sample_weight=weight) == pytest.approx((0.2 + 3 * 0.7) / 4)


def test_true_probabilities_are_calibrated_and_bent_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(100_000)
    y = rng.random(100_000) < p
    assert expected_calibration_error(y, p) < 0.01
    assert expected_calibration_error(y, p**3) == pytest.approx(1 / 2 - 1 / 4, abs=0.01)  # mean of p - p^3


def test_of_many_classes_the_most_probable_one_is_judged() -> None:
    proba = [[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]]
    assert expected_calibration_error([0, 1, 2], proba, n_bins=5) == pytest.approx((2 * abs(0.5 - 0.6) + 0.2) / 3)
    assert expected_calibration_error([0, 1, 1], proba, labels=[0, 1, 2]) == pytest.approx((0.2 + 0.8) / 3)


def test_what_cannot_be_binned_is_refused() -> None:
    for asked, kind, message in (
        (lambda: calibration_curve([0, 1], [0.1, 0.2], n_bins=0), ParameterError, "n_bins=0"),
        (lambda: calibration_curve([0, 1], [0.1, 0.2], strategy="equal"), ParameterError, "strategy='equal'"),
        (lambda: calibration_curve(["a", "b"], [0.1, 0.2]), DataError, "say which of them is the positive class"),
        (lambda: calibration_curve([0, 1, 2], [0.1, 0.2, 0.3]), DataError, "is for two classes; here are 3"),
        (lambda: calibration_curve([0, 1], [0.1, 1.2]), DataError, r"probabilities lie in \[0, 1\]"),
    ):
        with pytest.raises(kind, match=message):
            asked()
