"""Curves over thresholds: by hand, their ends, and each held to another."""

import numpy as np
import pytest

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics import (
    auc,
    average_precision_score,
    det_curve,
    gain_curve,
    lift_curve,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
    threshold_by_cost,
)


def draws(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.append(rng.integers(2, size=n - 2), [0, 1])
    return y, np.round(rng.normal(size=n) + y, 1), rng.integers(0, 4, size=n) / 2


def test_the_roc_curve_runs_from_none_to_all_and_its_area_is_the_score() -> None:
    y, score, weight = draws(2)
    for drop in (True, False):
        fpr, tpr, threshold = roc_curve(y, score, sample_weight=weight, drop_intermediate=drop)
        assert (fpr[0], tpr[0], threshold[0]) == (0, 0, np.inf)
        assert (fpr[-1], tpr[-1]) == (1, 1)
        assert (np.diff(threshold) < 0).all() and (np.diff(fpr) >= 0).all() and (np.diff(tpr) >= 0).all()
        assert auc(fpr, tpr) == pytest.approx(roc_auc_score(y, score, sample_weight=weight), abs=1e-12)
    with pytest.warns(DataWarning, match="no row is negative"):
        assert np.isnan(roc_curve([1, 1], [0.2, 0.3])[0]).all()


def test_the_steps_under_the_precision_recall_curve_are_the_average_precision() -> None:
    y, score, weight = draws(3)
    precision, recall, threshold = precision_recall_curve(y, score, sample_weight=weight)
    assert (precision[-1], recall[0], recall[-1]) == (1, 1, 0)
    assert len(threshold) == len(precision) - 1 and (np.diff(threshold) > 0).all()
    under = -float(np.diff(recall) @ precision[:-1])
    assert under == pytest.approx(average_precision_score(y, score, sample_weight=weight), abs=1e-12)
    fewer = precision_recall_curve(y, score, sample_weight=weight, drop_intermediate=True)
    assert set(fewer[1]) == set(recall) and len(fewer[2]) < len(threshold)
    with pytest.warns(DataWarning, match="no row is positive; recall is 0/0"):
        assert precision_recall_curve([0, 0], [0.2, 0.3])[1].tolist() == [1, 1, 0]


def test_an_area_has_no_sign_and_an_x_that_turns_is_refused() -> None:
    x, y = [0.0, 1.0, 3.0], [1.0, 1.0, 2.0]
    assert auc(x, y) == auc(x[::-1], y[::-1]) == 4
    for bad, message in (([0.0, 2.0, 1.0], "turns round at point 1"), ([0.0], "at least two")):
        with pytest.raises(DataError, match=message):
            auc(bad, y[: len(bad)])


def test_gain_is_the_area_of_the_roc_curve_in_another_coat() -> None:
    y, score, _ = draws(4)
    rows, gain = gain_curve(y, score)
    share = y.mean()  # the area between gain and the diagonal is that of the ROC curve, shrunk by the negatives
    assert auc(rows, gain) - 0.5 == pytest.approx((1 - share) * (roc_auc_score(y, score) - 0.5), abs=1e-12)
    called, lift = lift_curve(y, score)
    np.testing.assert_allclose(lift * called, gain[1:])
    assert lift[-1] == 1
    with pytest.raises(DataError, match="no row is positive, so there is nothing to find"):
        gain_curve([0, 0], [1, 2])


@pytest.mark.parametrize("alarm, miss", [(1, 1), (1, 10), (10, 1), (0, 1), (1, 0)])
def test_no_threshold_costs_less_than_the_one_chosen(alarm: float, miss: float) -> None:
    y, score, weight = draws(5)
    choice = threshold_by_cost(y, score, false_positive=alarm, false_negative=miss, sample_weight=weight)
    tried = [np.inf, *np.unique(score[weight > 0])[::-1]]
    wrong = [weight @ (alarm * (y == 0) * (score >= t) + miss * (y == 1) * (score < t)) / weight.sum() for t in tried]
    np.testing.assert_allclose(choice.costs, wrong)
    assert choice.thresholds.tolist() == tried
    assert choice.cost == pytest.approx(min(wrong)) and choice.threshold == tried[int(np.argmin(wrong))]


def test_of_calibrated_probabilities_the_threshold_is_the_share_of_the_costs() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    choice = threshold_by_cost(rng.random(200_000) < p, p, false_positive=1, false_negative=4)
    assert choice.threshold == pytest.approx(1 / 5, abs=0.02)


def test_a_cost_below_zero_and_a_class_that_cannot_be_guessed_are_refused() -> None:
    with pytest.raises(ParameterError, match="false_negative=-1; a cost is a number >= 0"):
        threshold_by_cost([0, 1], [0.1, 0.2], false_positive=1, false_negative=-1)
    for curve in (roc_curve, precision_recall_curve, gain_curve, lift_curve):
        with pytest.raises(DataError, match="say which of them is the positive class"):
            curve(["a", "b"], [0.1, 0.2])
        with pytest.raises(DataError, match="y_true has 2, y_score has 3"):
            curve([0, 1], [0.1, 0.2, 0.3])


def test_the_error_tradeoff_is_the_roc_curve_between_no_miss_and_no_false_alarm() -> None:
    y, score, weight = draws(5)
    fpr, fnr, threshold = det_curve(y, score, sample_weight=weight)
    across, up, at = roc_curve(y, score, sample_weight=weight, drop_intermediate=False)
    for one, other, where in zip(fpr, fnr, threshold, strict=True):
        place = np.flatnonzero(at == where)[0]
        assert (one, other) == pytest.approx((across[place], 1 - up[place]), abs=1e-12)
    assert (fpr[-1], fnr[0]) == (0, 0) and (fpr[:-1] > 0).all() and (fnr[1:] > 0).all()
    assert len(det_curve(y, score, drop_intermediate=True)[0]) < len(det_curve(y, score)[0])
    for one_class in ([0, 0], [1, 1]):
        with pytest.raises(DataError, match="det_curve: no row is"):
            det_curve(one_class, [0.1, 0.2])
