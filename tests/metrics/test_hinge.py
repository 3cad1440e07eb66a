"""The hinge loss: by hand, its refusals, its interval; scikit-learn's numbers are in test_scikit_learn.py."""

import numpy as np
import pytest

from pellucid.errors import DataError
from pellucid.metrics import hinge_loss, interval


def test_only_what_a_score_lacks_to_the_margin_counts() -> None:
    assert hinge_loss(["no", "yes"], [-1.0, 5.0]) == 0
    assert hinge_loss(["no", "yes", "yes"], [0.5, 0.25, 3.0], sample_weight=[1, 2, 1]) == (1.5 + 2 * 0.75) / 4
    assert hinge_loss([0, 0], [3.0, -3.0]) == 2  # a class alone is the lesser one ...
    assert hinge_loss([1, 1], [3.0, -3.0], labels=[0, 1]) == 2  # ... unless told otherwise
    assert hinge_loss([1, 1], [3.0, 3.0], labels=[1, 0]) == 0
    assert hinge_loss([2, 2], [[0.0, 5.0, 2.0], [0.0, 0.0, 0.5]], labels=[0, 1, 2]) == (4 + 0.5) / 2


def test_scores_that_do_not_fit_the_classes_are_refused() -> None:
    for ask, message in (
        (lambda: hinge_loss([0, 1, 2], [0.1, 0.2, 0.3]), "3 classes .* need one column each"),
        (lambda: hinge_loss([0, 1, 2], np.ones((3, 2))), "3 classes"),
        (lambda: hinge_loss([0, 1], np.ones((2, 2))), r"pred_decision: has shape \(2, 2\)"),
        (lambda: hinge_loss([0, 7], [1.0, 2.0], labels=[0, 1]), "y_true also holds 7"),
        (lambda: hinge_loss([0, 1], [1.0]), "y_true has 2, pred_decision has 1"),
        (lambda: hinge_loss([0, 1], [1.0, np.nan]), "1 of 2 rows are NaN"),
    ):
        with pytest.raises(DataError, match=message):
            ask()


def test_its_interval_is_resampled_and_holds_the_estimate() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=150)
    found = interval(hinge_loss, y, rng.normal(size=150) + 2 * y - 1, n_resamples=200)
    assert found.method == "bca" and found.low < found.estimate < found.high
