"""Platt's sigmoid is found, as scikit-learn finds it, and more exactly."""

import numpy as np
import pytest
from sklearn.calibration import _sigmoid_calibration

from pellucid.calibration import Sigmoid

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_parameters_are_scikit_learns(scale: float, weighted: bool) -> None:
    scores = RNG.normal(size=500)
    positive = (RNG.uniform(size=500) < 1 / (1 + np.exp(-2 * scores + 1))).astype(float)
    w = RNG.uniform(0.1, 2.0, 500) if weighted else None
    found = Sigmoid.learned(scores * scale, positive, w)
    a, b = _sigmoid_calibration(scores * scale, positive, w)
    grid = np.linspace(-3, 3, 50) * scale
    np.testing.assert_allclose(found.predict(grid), Sigmoid(a, b).predict(grid), atol=2e-5 if scale > 1e-2 else 2e-2)


def test_the_gradient_vanishes_at_the_parameters_found() -> None:
    scores, positive = RNG.normal(size=200), (RNG.uniform(size=200) < 0.3).astype(float)
    p = Sigmoid.learned(scores, positive, None).predict(scores)
    n_1 = positive.sum()
    target = np.where(positive > 0, (n_1 + 1) / (n_1 + 2), 1 / (200 - n_1 + 2))
    assert abs((p - target).sum()) < 1e-8 and abs((p - target) @ scores) < 1e-8


def test_scores_that_part_the_labels_and_scores_all_alike_have_finite_parameters() -> None:
    y = np.array([0.0, 0.0, 1.0, 1.0])
    parted = Sigmoid.learned(np.array([-1.0, -2.0, 1.0, 2.0]), y, None)
    assert np.isfinite([parted.a, parted.b]).all() and parted.predict(np.array([-1.0, 1.0])).round().tolist() == [0, 1]
    for alike in (np.zeros(4), np.full(4, 7.0)):
        np.testing.assert_allclose(Sigmoid.learned(alike, y, None).predict(alike), 0.5)
