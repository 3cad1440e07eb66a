"""Losses at the end of a network, against their formulas in float64."""

import numpy as np
import pytest

from pellucid.neural_network._heads import LabelHead, NumberHead
from pellucid.tensor._tensor import Tensor


def surprise(p: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return -np.log(p[np.arange(len(codes)), codes])


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_of_labels_is_the_mean_surprise_at_their_probabilities(n_classes: int, weighted: bool) -> None:
    rng = np.random.default_rng(0)
    head, codes = LabelHead(n_classes), rng.integers(n_classes, size=20)
    z = rng.normal(size=(20, head.n_outputs))
    weights = rng.uniform(size=20) if weighted else None
    if weights is not None:
        weights /= weights.mean()
    loss = head.loss(Tensor(z), head.targets(codes, np.float64), weights)
    wanted = np.average(surprise(head.probabilities(z), codes), weights=weights)
    assert loss.item() == pytest.approx(wanted, rel=1e-12)


def test_the_probability_of_two_classes_is_the_logistic_function_of_one_score() -> None:
    p = LabelHead(2).probabilities(np.array([[0.0], [np.log(3.0)], [-1e4], [1e4]]))
    np.testing.assert_allclose(p, [[0.5, 0.5], [0.25, 0.75], [1.0, 0.0], [0.0, 1.0]], rtol=1e-15)


def test_probabilities_of_huge_scores_are_finite_and_sum_to_one() -> None:
    p = LabelHead(3).probabilities(np.array([[1e30, 0.0, -1e30], [-1e30, -1e30, -1e30]], dtype=np.float32))
    np.testing.assert_allclose(p, [[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_score_of_labels_is_accuracy_by_weight(n_classes: int) -> None:
    head, codes = LabelHead(n_classes), np.array([0, 1, 1, 0])
    z = np.array([[-1.0], [1.0], [-1.0], [1.0]]) if n_classes == 2 else np.eye(3)[[0, 1, 0, 1]]
    targets = head.targets(codes, np.float32)
    assert head.score(z, targets, None) == 0.5
    assert head.score(z, targets, np.array([3.0, 3.0, 1.0, 1.0])) == 0.75


def test_targets_are_standardised_by_weight_and_predictions_come_back_in_their_unit() -> None:
    y, weights = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 10.0]]), np.array([1.0, 2.0, 1.0])
    head = NumberHead.of(y, weights)
    z = head.targets(y, np.float64)
    np.testing.assert_allclose(np.average(z, axis=0, weights=weights), 0.0, atol=1e-15)
    np.testing.assert_allclose(np.average(z * z, axis=0, weights=weights), [1.0, 0.0])  # a constant keeps scale 1
    np.testing.assert_allclose(head.predictions(z), y)


def test_the_loss_of_numbers_is_the_mean_square_by_weight() -> None:
    head, z, targets = NumberHead(np.zeros(2), np.ones(2)), np.array([[1.0, 2.0], [0.0, 0.0]]), np.zeros((2, 2))
    assert head.loss(Tensor(z), targets, None).item() == pytest.approx(5 / 4)
    assert head.loss(Tensor(z), targets, np.array([2.0, 0.0])).item() == pytest.approx(2 * 5 / 4)


def test_the_score_of_numbers_is_r_squared_and_zero_for_a_constant_that_is_missed() -> None:
    head, y = NumberHead(np.zeros(1), np.ones(1)), np.array([[0.0], [2.0]])
    assert head.score(y, y, None) == 1.0
    assert head.score(np.ones((2, 1)), y, None) == 0.0
    assert head.score(np.ones((2, 1)), np.zeros((2, 1)), None) == 0.0
