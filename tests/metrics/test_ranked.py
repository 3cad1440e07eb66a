"""Area and precision under weights: the metrics' own numbers, and the moves of each row by finite differences."""

import numpy as np
import pytest

from pellucid.metrics import average_precision_score, roc_auc_score
from pellucid.metrics._ranked import Ranked


def rows(seed: int, digits: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classes, scores (few digits: many ties) and weights."""
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    return y, np.round(rng.normal(size=n) + y, digits), rng.random((4, n)) * rng.integers(2, size=(4, n))


@pytest.mark.parametrize("digits", [0, 1, 12])
@pytest.mark.parametrize("in_order", [True, False])
def test_both_numbers_are_the_metrics_own_under_every_weighting(digits: int, in_order: bool) -> None:
    y, score, weight = rows(0, digits)
    if in_order:
        order = np.lexsort((score, y))
        y, score = y[order], score[order]
    ranked = Ranked.of(y == 1, score)
    assert isinstance(ranked.positive, slice) == in_order
    for which, metric in ((ranked.area, roc_auc_score), (ranked.precision, average_precision_score)):
        np.testing.assert_allclose(which(weight), [metric(y, score, sample_weight=w) for w in weight], atol=1e-12)


def test_whole_counts_give_the_same_as_their_floats() -> None:
    y, score, _ = rows(1, 1)
    ranked, count = Ranked.of(y == 1, score), np.random.default_rng(0).integers(3, size=(5, 60))
    assert (ranked.area(count) == ranked.area(count.astype(float))).all()
    np.testing.assert_allclose(ranked.precision(count), ranked.precision(count.astype(float)), rtol=1e-13)


def test_a_class_without_weight_leaves_no_area_and_no_precision() -> None:
    ranked = Ranked.of(np.array([True, False, False]), np.array([0.3, 0.1, 0.5]))
    assert np.isnan(ranked.area(np.array([[0, 1, 1], [1, 0, 0]]))).all()
    assert ranked.precision(np.array([[0, 1, 1]])).tolist() == [0.0]


@pytest.mark.parametrize("digits", [0, 1, 12])
@pytest.mark.parametrize("number", ["area", "precision"])
def test_moves_are_the_derivatives_by_the_weights_and_sum_to_nothing(digits: int, number: str) -> None:
    y, score, _ = rows(2, digits)
    ranked, weight, h = Ranked.of(y == 1, score), np.random.default_rng(3).random(60) + 0.5, 1e-6
    value, moves = getattr(ranked, number), getattr(ranked, f"{number}_moves")(weight)
    slope = (value(weight + h * np.eye(60)) - value(weight - h * np.eye(60))) / (2 * h)
    np.testing.assert_allclose(moves, weight * slope, atol=1e-9)
    assert moves.sum() == pytest.approx(0, abs=1e-12)
