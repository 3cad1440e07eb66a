"""Log loss and Brier score, against values worked by hand."""

import math

import numpy as np
import pytest

from pellucid.errors import DataError, DataWarning
from pellucid.metrics import brier_score_loss, log_loss


def test_the_mean_surprise_by_hand() -> None:
    assert log_loss([0, 1], [[0.5, 0.5], [0.25, 0.75]]) == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert log_loss([0, 1], [0.5, 0.75]) == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert log_loss([0, 1], [0.5, 0.75], normalize=False) == pytest.approx(math.log(2) + math.log(4 / 3))


def test_a_sure_mistake_is_costly_and_finite() -> None:
    assert log_loss([0, 1], [1.0, 0.0]) == pytest.approx(-math.log(np.finfo(np.float64).eps))
    assert log_loss([0, 1], np.array([1.0, 0.0], np.float32)) == pytest.approx(-math.log(np.finfo(np.float32).eps))


def test_both_are_least_at_the_true_share() -> None:
    y = np.repeat([0, 1], [3, 7])
    for loss in (log_loss, brier_score_loss):
        at = {p: loss(y, np.full(10, p)) for p in (0.6, 0.65, 0.7, 0.75, 0.8)}
        assert min(at, key=at.__getitem__) == 0.7


def test_the_squared_distance_by_hand_halved_for_two_classes() -> None:
    assert brier_score_loss([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    assert brier_score_loss([1, 0], [[0.2, 0.8], [0.6, 0.4]]) == pytest.approx((0.04 + 0.16) / 2)
    assert brier_score_loss([0, 1, 2], np.full((3, 3), 1 / 3)) == pytest.approx(2 / 3)
    assert brier_score_loss(["a", "b"], [0.8, 0.4], pos_label="a") == pytest.approx((0.04 + 0.16) / 2)
    assert brier_score_loss([3, 7], [0.4, 0.8]) == pytest.approx((0.04 + 0.16) / 2)  # the greater number is positive


def test_probabilities_that_do_not_sum_to_one_are_said_so() -> None:
    with pytest.warns(DataWarning, match=r"1 of 2 rows do not sum to 1 \(row 1: 0.9\)"):
        log_loss([0, 1], [[0.5, 0.5], [0.2, 0.7]])


def test_what_is_no_probability_is_refused_with_a_remedy() -> None:
    for y, proba, message in (
        ([0, 1], [-0.1, 0.5], r"holds values from -0\.1 to 0\.5; probabilities lie in \[0, 1\]"),
        ([0, 0], [0.1, 0.5], "holds one class only, .*0.*; pass labels"),
        ([0, 1], [[0.1, 0.2, 0.7]] * 2, "2 classes .* but it has 3"),
        ([0, 1], np.zeros((2, 2, 2)), "has shape"),
    ):
        with pytest.raises(DataError, match=message):
            log_loss(y, proba)
    with pytest.raises(DataError, match="is one column, but the classes are 0, 1, 2"):
        brier_score_loss([0, 1, 2], [0.1, 0.2, 0.3])
    with pytest.raises(DataError, match="say which of them is the positive class"):
        brier_score_loss(["a", "b"], [0.8, 0.4])
