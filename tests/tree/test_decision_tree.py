"""Decision trees, against scikit-learn's and by the laws of trees."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.tree

import pellucid
from pellucid.base import Callback, History
from pellucid.errors import ConvergenceWarning, DataError, ModelFileError
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

OPTIONS: list[dict[str, Any]] = [
    {},
    {"max_leaf_nodes": 9},
    {"max_depth": 4},
    {"min_samples_split": 0.2},
    {"min_samples_leaf": 0.05},
    {"min_weight_fraction_leaf": 0.03},
    {"min_impurity_decrease": 0.005},
    {"ccp_alpha": 0.004},
]


def table(seed: int, missing: bool) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Rows to learn from and others to predict, in numbers that scikit-learn's float32 holds exactly."""
    rng = np.random.default_rng(seed)
    X, Z = (rng.normal(size=(n, 5)).astype(np.float32) for n in (500, 2000))
    if missing:
        for rows in (X, Z):
            rows[rng.random(rows.shape) < 0.1] = np.nan
    return X, Z, rng


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(("criterion", "n_classes"), [("gini", 2), ("gini", 4), ("entropy", 2), ("log_loss", 4)])
def test_shares_are_those_of_scikit_learn_where_weights_leave_no_ties(
    criterion: Any, n_classes: int, missing: bool, options: dict[str, Any]
) -> None:
    X, Z, rng = table(0, missing)
    y = np.minimum(rng.integers(n_classes, size=500) + (X[:, 0] > 0), n_classes - 1)
    weight = rng.uniform(0.5, 2.0, 500)
    given = {"criterion": criterion, "min_samples_leaf": 7, **options}
    ours = DecisionTreeClassifier(**given).fit(X, y, weight)
    theirs = sklearn.tree.DecisionTreeClassifier(**given, random_state=0).fit(X, y, weight)
    np.testing.assert_allclose(ours.predict_proba(Z), theirs.predict_proba(Z), atol=1e-12)
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-12)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("missing", [False, True])
def test_means_are_those_of_scikit_learn(missing: bool, options: dict[str, Any]) -> None:
    X, Z, rng = table(1, missing)
    y = np.nan_to_num(X[:, 0]) + rng.normal(size=500)
    given = {"min_samples_leaf": 7, **options}
    ours = DecisionTreeRegressor(**given).fit(X, y)
    theirs = sklearn.tree.DecisionTreeRegressor(**given, random_state=0).fit(X, y)
    np.testing.assert_allclose(ours.predict(Z), theirs.predict(Z), atol=1e-12)


def test_medians_are_those_of_scikit_learn_where_weights_leave_no_ties() -> None:
    X, Z, rng = table(2, missing=False)
    y, weight = X[:, 0] + rng.normal(size=500), rng.uniform(0.5, 2.0, 500)
    given: dict[str, Any] = {"criterion": "absolute_error", "min_samples_leaf": 7}
    ours = DecisionTreeRegressor(**given).fit(X, y, weight)
    theirs = sklearn.tree.DecisionTreeRegressor(**given, random_state=0).fit(X, y, weight)
    np.testing.assert_allclose(ours.predict(Z), theirs.predict(Z), atol=1e-12)


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_growing_a_feature_by_any_increasing_function_changes_no_training_prediction(kind: Any) -> None:
    X, _, rng = table(3, missing=True)
    y = rng.integers(3, size=500)
    plain = kind(max_depth=5).fit(X, y)
    bent = kind(max_depth=5).fit(np.exp(X) * 1000.0, y)
    np.testing.assert_array_equal(plain.predict(X), bent.predict(np.exp(X) * 1000.0))


def test_a_row_twice_is_a_row_of_weight_two_for_a_tree_with_limits() -> None:
    X, Z, rng = table(4, missing=True)
    y, times = rng.normal(size=500), rng.integers(0, 3, size=500)
    options: dict[str, Any] = {"max_depth": 5, "min_weight_fraction_leaf": 0.05}
    weighted = DecisionTreeRegressor(**options).fit(X, y, times)
    repeated = DecisionTreeRegressor(**options).fit(X.repeat(times, axis=0), y.repeat(times))
    np.testing.assert_allclose(weighted.predict(Z), repeated.predict(Z), atol=1e-10)


def test_a_category_unseen_at_fit_goes_where_a_missing_one_goes() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"c": rng.choice(["a", "b", None], 200), "x": rng.normal(size=200)})
    model = DecisionTreeClassifier(min_samples_leaf=5).fit(X, rng.integers(2, size=200))
    unseen, missing = X.assign(c="zebra"), X.assign(c=None)
    np.testing.assert_array_equal(model.predict_proba(unseen), model.predict_proba(missing.astype({"c": object})))


def test_categories_score_better_on_adult_than_their_numbers(shared_data: Path) -> None:
    train, test = (pd.read_csv(shared_data / f"adult_{part}.csv") for part in ("train", "test"))
    X, Z = (part.drop(columns="income") for part in (train, test))
    model = DecisionTreeClassifier(min_samples_leaf=20).fit(X, train["income"])
    coded = [part.apply(lambda c: c if c.dtype.kind in "if" else c.astype("category").cat.codes) for part in (X, Z)]
    theirs = sklearn.tree.DecisionTreeClassifier(min_samples_leaf=20, random_state=0).fit(coded[0], train["income"])
    assert model.score(Z, test["income"]) >= theirs.score(coded[1], test["income"]) - 0.003


def test_the_arrays_of_another_tree_are_refused(tmp_path: Path) -> None:
    model = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1])
    model.classes_ = np.arange(3)
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="does not fit its classes"):
        pellucid.load(tmp_path / "m")


@pytest.mark.parametrize("n_rows", [1, 2])
def test_one_row_or_one_class_gives_one_leaf(n_rows: int) -> None:
    model = DecisionTreeClassifier().fit(np.zeros((n_rows, 1)), ["a"] * n_rows)
    assert model.get_n_leaves() == 1 and model.predict_proba([[5.0]]).tolist() == [[1.0]]


class _At(Callback):
    """Looks at the tree of each step; does something at one of them."""

    def __init__(self, step: int, then: Any) -> None:
        self.step, self.then, self.seen = step, then, []  # type: ignore[var-annotated]

    def on_step_end(self, estimator: Any, step: int, values: Any) -> bool | None:
        self.seen.append((estimator.get_n_leaves(), values["leaves"], estimator.predict(np.zeros((1, 3)))))
        if step == self.step and self.then is KeyboardInterrupt:
            raise KeyboardInterrupt
        return bool(step == self.step)


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_a_tree_can_be_looked_at_while_it_grows_and_stopped(kind: Any) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), rng.integers(2, size=400)
    whole, history, look = kind().fit(X, y), History(), _At(-1, None)
    watched = kind().set_callbacks(history, look).fit(X, y)
    np.testing.assert_array_equal(watched.tree_.threshold, whole.tree_.threshold)
    assert [row["leaves"] for row in history.rows[:3]] == [2.0, 3.0, 4.0]
    assert history.rows[-1]["leaves"] == whole.get_n_leaves() and not watched.interrupted_
    left = [row["impurity"] for row in history.rows]
    assert left == sorted(left, reverse=True)
    assert all(own == told for own, told, _ in look.seen)
    assert kind().set_callbacks(_At(3, None)).fit(X, y).get_n_leaves() == 4


def test_ctrl_c_keeps_the_tree_so_far_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = np.random.default_rng(0).normal(size=(400, 3)), np.arange(400) % 2
    with pytest.warns(ConvergenceWarning, match="DecisionTreeClassifier: interrupted after step 2"):
        model = DecisionTreeClassifier().set_callbacks(_At(2, KeyboardInterrupt)).fit(X, y)
    assert model.interrupted_ and model.get_n_leaves() == 3 and len(model.predict(X)) == 400

    def pressed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.tree._decision_tree.growing", pressed)
    with pytest.warns(ConvergenceWarning), pytest.raises(KeyboardInterrupt):
        DecisionTreeClassifier().fit(X, y)


def test_a_classifier_says_how_many_classes_it_has_seen() -> None:
    X, _, rng = table(0, missing=False)
    tree = DecisionTreeClassifier(max_depth=2)
    assert not hasattr(tree, "n_classes_") and tree.fit(X, rng.integers(3, size=500)).n_classes_ == 3


@pytest.mark.parametrize("factor", [1e-300, 1e200])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_leaf_nodes": 9},
        {"min_weight_fraction_leaf": 0.1},
        {"min_impurity_decrease": 0.01},
        {"ccp_alpha": 0.01},
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", [DecisionTreeClassifier, DecisionTreeRegressor])
def test_a_common_factor_of_all_weights_changes_no_answer(kind: Any, options: dict[str, Any], factor: float) -> None:
    X, _, rng = table(0, missing=False)
    y = X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=len(X))
    y = (y > 0).astype(int) if kind is DecisionTreeClassifier else y
    w = rng.uniform(0.5, 2.0, len(y))
    one, two = (kind(min_samples_leaf=5, **options).fit(X, y, weight) for weight in (w, w * factor))
    np.testing.assert_array_equal(one.tree_.threshold, two.tree_.threshold)
    np.testing.assert_allclose(one.predict(X), two.predict(X))
    np.testing.assert_allclose(one.feature_importances_, two.feature_importances_)
    np.testing.assert_allclose(one.tree_.weighted_n_node_samples * factor, two.tree_.weighted_n_node_samples)
    paths = [model.cost_complexity_pruning_path(X, y, v) for model, v in ((one, w), (two, w * factor))]
    np.testing.assert_allclose(paths[0].ccp_alphas, paths[1].ccp_alphas, atol=1e-12)


def test_targets_are_fitted_up_to_the_size_whose_squares_floats_hold() -> None:
    X, _, rng = table(0, missing=False)
    y = X[:, 0] + rng.normal(size=len(X))
    plain = DecisionTreeRegressor(max_depth=4).fit(X, y)
    for factor in (1e-170, 1e135):
        model = DecisionTreeRegressor(max_depth=4).fit(X, y * factor)
        np.testing.assert_allclose(model.predict(X), plain.predict(X) * factor, rtol=1e-12)
    with pytest.raises(DataError, match=r"DecisionTreeRegressor: y reaches .* divide y by a common factor"):
        DecisionTreeRegressor().fit(X, y * 1e155)
    one, two = (DecisionTreeRegressor(criterion="absolute_error").fit(X, own) for own in (y, y * 2.0**900))
    np.testing.assert_array_equal(two.predict(X), one.predict(X) * 2.0**900)
