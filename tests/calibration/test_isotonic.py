"""Pooling gives the closest rising sequence, as scikit-learn's does."""

from typing import Any

import numpy as np
import pytest
import sklearn.isotonic

from pellucid.calibration import Isotonic, isotonic_regression
from pellucid.errors import DataError, ModelFileError, ShapeError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("increasing", [True, False])
def test_random_tied_and_weighted_sequences_are_fitted_as_by_scikit_learn(increasing: bool) -> None:
    for n in (1, 2, 3, 10, 200):
        for y in (RNG.normal(size=n), RNG.integers(3, size=n).astype(float), np.ones(n)):
            w = RNG.uniform(0.1, 3.0, n)
            for weights in (None, w):
                peer = sklearn.isotonic.isotonic_regression(y, sample_weight=weights, increasing=increasing)
                ours = isotonic_regression(y, weights, increasing=increasing)
                np.testing.assert_allclose(ours, peer, rtol=0, atol=1e-12)


def test_the_map_of_scores_is_that_of_scikit_learn_between_and_beyond_its_knots() -> None:
    scores = RNG.integers(20, size=300) / 10.0
    positive = (RNG.uniform(size=300) < scores / 2).astype(float)
    w = RNG.uniform(0.1, 3.0, 300)
    peer = sklearn.isotonic.IsotonicRegression(out_of_bounds="clip").fit(scores, positive, w)
    new = np.linspace(-1.0, 3.0, 101)
    np.testing.assert_allclose(Isotonic.learned(scores, positive, w).predict(new), peer.predict(new), atol=1e-12)


def test_what_is_not_a_rising_map_is_refused() -> None:
    for x, y in (([0.0, 0.0], [0.0, 1.0]), ([0.0, 1.0], [1.0, 0.0]), ([0.0], [0.0, 1.0]), ([], [])):
        with pytest.raises(ModelFileError, match="not knots"):
            Isotonic(np.array(x), np.array(y))
    with pytest.raises(ShapeError, match=r"y has shape \(2,\), sample_weight \(3,\)"):
        isotonic_regression(np.zeros(2), np.ones(3))


@pytest.mark.parametrize(
    ("y", "weights", "words"),
    [
        ([1.0, 0.0], [1.0, 0.0], "sample_weight is 0 in entry 1"),
        ([1.0, 0.0], [np.nan, 1.0], "sample_weight is nan in entry 0"),
        ([1.0, np.nan], None, "y is nan in entry 1"),
        ([np.inf, 0.0], None, "y is inf in entry 0"),
    ],
)
def test_entries_that_do_not_count_or_are_not_finite_are_named(y: list[float], weights: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        isotonic_regression(np.array(y), None if weights is None else np.array(weights))
