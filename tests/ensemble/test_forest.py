"""The laws of forests, for every kind from one list."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.base import Callback, History
from pellucid.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from pellucid.errors import ConvergenceWarning, DataError, DataWarning, ModelFileError, ParameterError

KINDS: list[Any] = [RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
Y = np.digitize(X[:, 0] + X[:, 1] ** 2 + 0.3 * RNG.normal(size=300), [0.0, 1.0])

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def said(model: Any, rows: Any) -> np.ndarray:
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)


@each_kind
def test_the_number_of_jobs_changes_nothing(kind: Any) -> None:
    one, two = (kind(n_estimators=9, random_state=3, n_jobs=n).fit(X, Y) for n in (None, 2))
    np.testing.assert_array_equal(said(one, X), said(two, X))


@each_kind
def test_the_first_trees_of_a_large_forest_are_those_of_a_small_one(kind: Any) -> None:
    small, large = (kind(n_estimators=n, random_state=3).fit(X, Y) for n in (3, 6))
    for ours, theirs in zip(small.estimators_, large.estimators_, strict=False):
        np.testing.assert_array_equal(ours.tree_.threshold, theirs.tree_.threshold)


@each_kind
def test_a_forest_says_the_mean_of_its_trees(kind: Any) -> None:
    model = kind(n_estimators=5, random_state=0, max_depth=4).fit(X, Y)
    wanted = np.mean([said(tree, X) for tree in model.estimators_], axis=0)
    np.testing.assert_allclose(said(model, X), wanted, atol=1e-14)
    leaves = np.column_stack([tree.apply(X) for tree in model.estimators_])
    np.testing.assert_array_equal(model.apply(X), leaves)
    paths, begin = model.decision_path(X)
    assert (paths.toarray()[np.arange(300)[:, None], begin[:-1] + leaves] == 1).all()


@each_kind
def test_another_seed_grows_another_forest(kind: Any) -> None:
    one, two = (kind(n_estimators=3, random_state=seed).fit(X, Y) for seed in (0, 1))
    assert not np.array_equal(one.estimators_[0].tree_.threshold[:5], two.estimators_[0].tree_.threshold[:5])


@each_kind
def test_rescaling_features_changes_nothing(kind: Any) -> None:
    scale = np.array([1.0, 1024.0, 0.5, 4.0, 2.0**-20])  # powers of two: drawn cuts scale without rounding
    plain, scaled = (kind(n_estimators=4, random_state=0).fit(rows, Y) for rows in (X, X * scale))
    np.testing.assert_array_equal(said(plain, X), said(scaled, X * scale))


class _Press(Callback):
    """Ctrl-C, or a wish to stop, after some trees."""

    def __init__(self, after: int, interrupt: bool) -> None:
        self.after, self.interrupt = after, interrupt

    def on_step_end(self, estimator: Any, step: int, values: Any) -> bool:
        assert len(estimator.estimators_) == step and np.isfinite(said(estimator, X[:2])).all()
        if self.interrupt and step == self.after:
            raise KeyboardInterrupt
        return step == self.after


@each_kind
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_keeps_the_trees_that_are_done(kind: Any, n_jobs: int) -> None:
    model = kind(n_estimators=8, random_state=0, n_jobs=n_jobs).set_callbacks(_Press(3, interrupt=True))
    with pytest.warns(ConvergenceWarning, match="interrupted after step 3"):
        model.fit(X, Y)
    assert model.interrupted_ and len(model.estimators_) == 3
    np.testing.assert_array_equal(said(model, X), said(kind(n_estimators=3, random_state=0).fit(X, Y), X))


@each_kind
def test_a_callback_sees_every_tree_and_can_stop(kind: Any) -> None:
    history = History()
    model = kind(n_estimators=8, random_state=0).set_callbacks(history, _Press(5, interrupt=False)).fit(X, Y)
    assert [row["step"] for row in history.rows] == [1, 2, 3, 4, 5] and len(model.estimators_) == 5
    assert not model.interrupted_


@each_kind
def test_a_forest_grown_again_says_what_its_new_trees_say_while_it_grows_and_after(kind: Any) -> None:
    class Asks(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> None:
            self.said = said(estimator, X)

    asks = Asks()
    model = kind(n_estimators=5, random_state=0).fit(X, Y).set_callbacks(asks).fit(X, Y[::-1])
    wanted = said(kind(n_estimators=5, random_state=0).fit(X, Y[::-1]), X)
    np.testing.assert_array_equal(asks.said, wanted)
    np.testing.assert_array_equal(said(model, X), wanted)


def test_left_out_rows_are_scored_by_the_trees_that_did_not_draw_them() -> None:
    model = RandomForestClassifier(n_estimators=60, oob_score=True, random_state=0).fit(X, Y)
    Z = np.random.default_rng(5).normal(size=(3000, 5))
    fresh = np.digitize(Z[:, 0] + Z[:, 1] ** 2 + 0.3 * np.random.default_rng(6).normal(size=3000), [0.0, 1.0])
    assert abs(model.oob_score_ - model.score(Z, fresh)) < 0.06 < model.score(X, Y) - model.oob_score_
    np.testing.assert_allclose(model.oob_decision_function_.sum(axis=1), 1.0)
    forest = RandomForestRegressor(n_estimators=60, oob_score=True, random_state=0).fit(X, Y)
    residual = ((Y - forest.oob_prediction_) ** 2).sum() / ((Y - Y.mean()) ** 2).sum()
    assert forest.oob_score_ == pytest.approx(1 - residual)


def test_rows_that_every_tree_drew_have_no_score_and_are_told() -> None:
    with pytest.warns(DataWarning, match=r"rows were drawn by every tree .* Raise n_estimators"):
        model = RandomForestRegressor(n_estimators=1, oob_score=True, random_state=0).fit(X, Y)
    assert np.isnan(model.oob_prediction_).mean() == pytest.approx(1 - np.exp(-1), abs=0.1)


@pytest.mark.parametrize(("name", "value"), [("max_samples", 0.5), ("oob_score", True)])
def test_what_is_for_drawn_rows_only_is_refused_without_them(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"{name} is for drawn rows only; set bootstrap=True"):
        ExtraTreesClassifier(**{name: value}).fit(X, Y)


def test_the_share_of_rows_a_tree_draws_is_kept() -> None:
    model = RandomForestClassifier(n_estimators=3, max_samples=0.1, random_state=0).fit(X, Y)
    assert {tree.tree_.weighted_n_node_samples[0] for tree in model.estimators_} == {30.0}
    with pytest.raises(ParameterError, match="max_samples is 301, and there are 300 rows"):
        RandomForestClassifier(max_samples=301).fit(X, Y)


def test_balanced_classes_weigh_the_same_in_every_tree() -> None:
    y = (X[:, 0] > 1.2).astype(int)
    model = RandomForestClassifier(n_estimators=5, class_weight="balanced_subsample", random_state=0).fit(X, y)
    for tree in model.estimators_:
        np.testing.assert_allclose(tree.tree_.value[0, 0], [0.5, 0.5], atol=1e-12)


def test_the_trees_of_a_forest_know_categories_and_names(tmp_path: Path) -> None:
    frame = pl.DataFrame({"c": ["a", "b", None] * 100, "x": X[:, 0]})
    model = RandomForestClassifier(n_estimators=3, random_state=0).fit(frame, Y)
    np.testing.assert_allclose(
        np.mean([tree.predict_proba(frame) for tree in model.estimators_], axis=0), model.predict_proba(frame)
    )
    pellucid.save(model, tmp_path / "m")
    again = pellucid.load(tmp_path / "m")
    np.testing.assert_array_equal(again.predict_proba(frame), model.predict_proba(frame))


def test_a_record_whose_trees_have_other_classes_is_refused(tmp_path: Path) -> None:
    model = RandomForestClassifier(n_estimators=2, random_state=0).fit(X, Y)
    model.classes_ = np.arange(7)
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="not trees of its classes"):
        pellucid.load(tmp_path / "m")


@each_kind
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_infinite_cells_are_refused_by_name_in_prediction(kind: Any, n_jobs: int, monkeypatch: Any) -> None:
    monkeypatch.setattr("pellucid.tree._walk.WORTH_THREADS", 1)
    model = kind(n_estimators=3, random_state=0, max_depth=3, n_jobs=n_jobs).fit(X, Y)
    spoilt = X.copy()
    spoilt[[7, 299], 2] = np.nan, np.inf
    for ask in (model.predict, model.apply):
        with pytest.raises(DataError, match=r"X holds 1 infinite values \(inf\) in 1 of 5 columns: 2 \(row 299\)\."):
            ask(spoilt)


@pytest.mark.parametrize("factor", [1e-300, 1e200])
@each_kind
def test_a_common_factor_of_all_weights_grows_the_same_forest(kind: Any, factor: float) -> None:
    w = np.random.default_rng(5).uniform(0.5, 2.0, 300)
    options = {"n_estimators": 20, "bootstrap": True, "oob_score": True, "random_state": 0, "min_samples_leaf": 3}
    one, two = (kind(**options).fit(X, Y, weight) for weight in (w, w * factor))
    np.testing.assert_allclose(one.predict(X), two.predict(X))
    np.testing.assert_allclose(one.feature_importances_, two.feature_importances_)
    assert one.oob_score_ == pytest.approx(two.oob_score_)


def test_forests_score_targets_of_any_size_that_they_take() -> None:
    y, options = X[:, 0] + X[:, 1], {"n_estimators": 20, "oob_score": True, "random_state": 0}
    one, two, three = (RandomForestRegressor(**options).fit(X, y * factor) for factor in (1.0, 2.0**-600, 2.0**450))
    assert one.oob_score_ == two.oob_score_ == three.oob_score_ < 1.0
    np.testing.assert_array_equal(two.predict(X), one.predict(X) * 2.0**-600)
    with pytest.raises(DataError, match="RandomForestRegressor: y reaches"):
        RandomForestRegressor().fit(X, y * 1e155)
