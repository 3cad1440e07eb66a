"""The loop of boosting: stopping, watching, interruption."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid.base import Callback, History
from pellucid.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from pellucid.ensemble._boosting import Ground
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError

RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=(600, 4)), RNG.normal(size=(600, 4))
Y, V = ((rows[:, 0] + rows[:, 1] ** 2 + RNG.normal(size=600) > 1).astype(int) for rows in (X, Z))


def test_the_steps_kept_are_those_up_to_the_lowest_loss_on_the_rows_given() -> None:
    model = HistGradientBoostingClassifier(max_iter=300, learning_rate=0.3, n_iter_no_change=5)
    model.fit(X, Y, X_val=Z, y_val=V)
    losses = model.validation_loss_
    assert model.n_iter_ == losses.argmin() == len(model.trees_) and len(losses) == model.n_iter_ + 6 < 300
    logs = np.log(model.predict_proba(Z)[np.arange(600), V])
    assert -logs.mean() == pytest.approx(losses.min())


def test_sums_shared_out_among_threads_change_not_one_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 5))
    X[rng.random(X.shape) < 0.1] = np.nan
    y = np.nan_to_num(X[:, 0]) + rng.normal(size=3000) > 0.0
    alone = HistGradientBoostingClassifier(max_iter=5).fit(X, y)
    shared = []
    monkeypatch.setattr("pellucid.ensemble._boosting.SHARED_CELLS", 0)
    monkeypatch.setattr("pellucid.ops._threads.WORTH_BYTES", 5000)  # 250 rows
    threads = ThreadPoolExecutor(3)
    monkeypatch.setattr("pellucid.ops._threads._threads", lambda process: threads)
    add_up = Ground.add_up
    monkeypatch.setattr(Ground, "add_up", lambda self, *given: shared.append(len(given[1])) or add_up(self, *given))
    with threads:
        model = HistGradientBoostingClassifier(max_iter=5).fit(X, y)
    assert len(shared) > 10 and min(shared) >= 250
    np.testing.assert_array_equal(model.decision_function(X), alone.decision_function(X))


def test_nothing_is_set_apart_unasked() -> None:
    model = HistGradientBoostingRegressor(max_iter=7).fit(X, Y)
    assert model.n_iter_ == 7 and model.trees_[0].n_node_samples[0] == 600
    assert not hasattr(model, "validation_loss_")
    asked = HistGradientBoostingRegressor(max_iter=7, early_stopping=True, random_state=0).fit(X, Y)
    assert asked.trees_[0].n_node_samples[0] == 540


def test_rows_given_are_not_looked_at_when_stopping_is_refused() -> None:
    model = HistGradientBoostingRegressor(max_iter=7, early_stopping=False)
    np.testing.assert_array_equal(model.fit(X, Y, X_val=Z, y_val=V).predict(X), model.fit(X, Y).predict(X))


def test_a_label_that_fit_did_not_see_is_refused_in_the_rows_to_stop_by() -> None:
    with pytest.raises(DataError, match="y_val has the label 7, which y does not"):
        HistGradientBoostingClassifier().fit(X, Y, X_val=Z, y_val=np.full(600, 7))


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="y has one class, 'a'"):
        HistGradientBoostingClassifier().fit(X, ["a"] * 600)


class _Press(Callback):
    def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
        assert np.isfinite(estimator.predict(X[:3])).all()
        if step == 4:
            raise KeyboardInterrupt


def test_ctrl_c_keeps_the_steps_that_are_done() -> None:
    model = HistGradientBoostingClassifier(max_iter=50).set_callbacks(_Press())
    with pytest.warns(ConvergenceWarning, match="interrupted after step 4"):
        model.fit(X, Y)
    assert model.interrupted_ and model.n_iter_ == 4
    np.testing.assert_array_equal(
        model.predict_proba(X), HistGradientBoostingClassifier(max_iter=4).fit(X, Y).predict_proba(X)
    )


def test_what_a_callback_asks_during_a_second_fit_is_answered_by_the_trees_of_that_fit() -> None:
    class Asks(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            self.said = estimator.predict(X)

    asks = Asks()
    model = HistGradientBoostingRegressor(max_iter=5).fit(X, Y).set_callbacks(asks).fit(X, -10.0 * Y)
    np.testing.assert_array_equal(asks.said, model.predict(X))


def test_the_loss_a_callback_sees_falls() -> None:
    history = History()
    HistGradientBoostingRegressor(max_iter=20).set_callbacks(history).fit(X, Y)
    losses = [row["loss"] for row in history.rows]
    assert len(losses) == 20 and (np.diff(losses) < 0).all()


def test_importances_are_shares_of_the_gain_and_find_the_features_that_matter() -> None:
    share = HistGradientBoostingClassifier(max_iter=20).fit(X, Y).feature_importances_
    assert share.sum() == pytest.approx(1.0) and share.min() >= 0 and share[:2].sum() > 0.7


def test_a_record_with_a_tree_too_few_is_refused(tmp_path: Path) -> None:
    model = HistGradientBoostingClassifier(max_iter=3).fit(X, Y)
    model.trees_ = model.trees_[:2]
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="do not fit its classes and steps"):
        pellucid.load(tmp_path / "m")
