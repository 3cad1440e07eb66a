"""Wilson's interval: its equation, its limits, its coverage."""

import math

import numpy as np
import pytest

from pellucid.metrics import METRICS
from pellucid.metrics._binomial import as_share, two_sided, wilson


@pytest.mark.parametrize("right, n", [(0, 1), (0, 30), (17, 30), (30, 30), (1, 2000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_its_limits_are_where_the_score_test_just_rejects(right: int, n: int, confidence: float) -> None:
    z = two_sided(confidence)
    for p in wilson(right / n, n, confidence):
        assert abs(right / n - p) == pytest.approx(z * math.sqrt(p * (1 - p) / n), abs=1e-9)


def test_it_has_width_where_nothing_or_everything_is_right() -> None:
    assert wilson(0.0, 10, 0.95) == (0.0, pytest.approx(0.27753, abs=1e-5))
    assert wilson(1.0, 10, 0.95) == (pytest.approx(0.72247, abs=1e-5), 1.0)


def test_counted_over_all_outcomes_it_covers_about_what_it_says() -> None:
    n = 100
    for p in (0.3, 0.5, 0.7, 0.8, 0.9):
        covered = sum(
            math.comb(n, k) * p**k * (1 - p) ** (n - k)
            for k in range(n + 1)
            if wilson(k / n, n, 0.95)[0] <= p <= wilson(k / n, n, 0.95)[1]
        )
        assert 0.93 < covered < 0.97


def test_metrics_that_are_proportions_name_their_trials() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.integers(2, size=80), rng.integers(2, size=80)
    trials = {
        "accuracy_score": 80,
        "zero_one_loss": 80,
        "hamming_loss": 80,
        "precision_score": p.sum(),
        "recall_score": y.sum(),
        "f1_score": (y | p).sum(),
        "jaccard_score": (y | p).sum(),
    }
    for name, expected in trials.items():
        share = as_share(name, y, p, np.ones(80, int), {})
        assert share is not None and share.trials == expected
        value = METRICS[name].function(y, p)
        assert share.value(share.inverse(value)) == pytest.approx(value)
        successes = share.inverse(value) * share.trials
        assert successes == pytest.approx(round(successes))
    assert as_share("f1_score", y, p, np.ones(80, int), {"average": "macro"}) is None
    assert as_share("balanced_accuracy_score", y, p, np.ones(80, int), {}) is None
