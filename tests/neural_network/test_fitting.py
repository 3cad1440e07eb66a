"""What the network estimators share: which rows are learned from, the scale of weights, blocks of rows."""

import numpy as np
import pytest

from pellucid.neural_network import MLPClassifier
from pellucid.neural_network import _fitting as fitting
from pellucid.neural_network._fitting import Rows, mean_one

pytestmark = pytest.mark.filterwarnings("ignore::pellucid.errors.ConvergenceWarning")


def test_weights_are_brought_to_mean_one_and_their_mean_is_told() -> None:
    weights, mean = mean_one(np.array([1.0, 2.0, 3.0]), np.float32)
    assert weights is not None
    assert (weights.tolist(), weights.dtype, mean) == ([0.5, 1.0, 1.5], np.float32, 2.0)
    assert mean_one(None, np.float32) == (None, 1.0)


@pytest.mark.parametrize("share", [0.01, 0.25, 0.99])
def test_held_out_rows_and_the_others_are_all_rows_and_no_row_twice(share: float) -> None:
    rows, strata = Rows(np.arange(40), np.arange(40)), np.arange(40) % 4
    model = MLPClassifier(early_stopping=True, validation_fraction=share)
    learn, watched = model._split(rows, None, strata, np.random.default_rng(0))
    assert watched is not None
    assert sorted([*learn.x, *watched.x]) == list(range(40))
    assert len(watched.x) == max(1, min(39, round(40 * share)))
    counts = np.bincount(watched.x % 4, minlength=4)
    assert counts.max() - counts.min() <= 1


def test_rows_given_to_watch_are_watched_and_all_others_learned_from() -> None:
    rows, given = Rows(np.arange(4), np.arange(4)), Rows(np.arange(2), np.arange(2))
    model = MLPClassifier(early_stopping=True)
    assert model._split(rows, given, None, np.random.default_rng(0)) == (rows, given)
    assert MLPClassifier()._split(rows, None, None, np.random.default_rng(0)) == (rows, None)


def test_predictions_do_not_depend_on_how_many_rows_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)), np.arange(50) % 3
    model = MLPClassifier((5,), max_iter=3, random_state=0).fit(X, y)
    whole = model.predict_proba(X)
    monkeypatch.setattr(fitting, "BLOCK_BYTES", 7 * 3 * 4)  # seven rows
    np.testing.assert_allclose(model.predict_proba(X), whole, rtol=1e-12)
    assert [len(block) for block in fitting._blocks(X)] == [7] * 7 + [1]


def test_a_batch_is_never_larger_than_the_rows_and_auto_is_two_hundred() -> None:
    assert MLPClassifier()._batch_rows() == 200
    assert MLPClassifier(batch_size=7)._batch_rows() == 7
    X, y = np.zeros((3, 1)), [0, 1, 1]
    assert MLPClassifier((2,), batch_size=100, max_iter=1, random_state=0).fit(X, y).n_iter_ == 1


def test_the_penalty_leaves_biases_alone() -> None:
    X, y = np.ones((20, 1)) * 1e-6, np.r_[np.zeros(5), np.ones(15)].astype(int)
    model = MLPClassifier((), alpha=1e6, solver="lbfgs", max_iter=200, random_state=0).fit(X, y)
    assert abs(model.coefs_[0]).max() < 1e-3
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 0.75, atol=1e-3)
