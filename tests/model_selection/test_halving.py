"""Successive halving: the settings that scikit-learn keeps, rows that grow, and clear words."""

from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # what scikit-learn asks for
from sklearn.linear_model import Lasso
from sklearn.linear_model import LogisticRegression as TheirRegression

from pellucid.base import Callback
from pellucid.ensemble import RandomForestClassifier
from pellucid.errors import ParameterError
from pellucid.linear_model import LogisticRegression, Ridge
from pellucid.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV
from pellucid.pipeline import make_pipeline
from pellucid.preprocessing import StandardScaler

RNG = np.random.default_rng(3)
X = RNG.normal(size=(120, 3))
Y = (X[:, 0] + RNG.normal(size=120) > 0).astype(int)
GRID = {"C": np.logspace(-3, 2, 9).tolist()}


def test_with_a_parameter_as_resource_the_table_is_that_of_scikit_learn() -> None:
    given = {"resource": "max_iter", "max_resources": 60, "cv": 3, "scoring": "neg_log_loss"}
    model = TheirRegression(tol=1e-12)
    ours = HalvingGridSearchCV(model, GRID, **given)
    theirs = sklearn.model_selection.HalvingGridSearchCV(model, GRID, **given)
    with pytest.warns(UserWarning, match="failed to converge"):
        ours.fit(X, Y)
    with pytest.warns(UserWarning, match="failed to converge"):
        theirs.fit(X, Y)
    for name in ("iter", "n_resources", "mean_test_score", "rank_test_score", "mean_train_score"):
        np.testing.assert_allclose(ours.cv_results_[name], theirs.cv_results_[name], rtol=1e-9)
    assert ours.best_params_ == theirs.best_params_ and ours.best_index_ == theirs.best_index_
    for name in ("n_resources_", "n_candidates_", "n_remaining_candidates_", "n_iterations_", "max_resources_"):
        assert getattr(ours, name) == getattr(theirs, name)


@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (LogisticRegression(), GRID),
        (make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": GRID["C"]}),
        (RandomForestClassifier(n_estimators=3, random_state=0), {"max_depth": [1, 2, 3]}),
    ],
    ids=["classifier", "pipeline", "forest"],
)
def test_the_halving_search_of_scikit_learn_takes_ours(model: Any, grid: Any) -> None:
    theirs = sklearn.model_selection.HalvingGridSearchCV(
        model, grid, cv=2, random_state=0, min_resources=30, error_score="raise"
    ).fit(X, Y)
    assert theirs.n_iterations_ > 1 and theirs.best_index_ in np.flatnonzero(theirs.cv_results_["iter"])
    assert np.isfinite(theirs.cv_results_["mean_test_score"]).all()
    ours = clone(model).set_params(**theirs.best_params_).fit(X, Y)
    np.testing.assert_array_equal(theirs.predict(X), ours.predict(X))


def test_rows_grow_keep_their_classes_and_contain_those_of_the_round_before() -> None:
    seen: list[tuple[int, ...]] = []

    class Noting(LogisticRegression):
        def fit(self, X: Any, y: Any) -> Any:
            seen.append(tuple(X[:, 0]))
            assert abs(y.mean() - Y.mean()) < 1.5 / len(y) + 0.02
            return super().fit(X, y)

    found = HalvingGridSearchCV(Noting(), GRID, cv=2, random_state=0, refit=False).fit(X, Y)
    assert found.n_candidates_ == [9, 3, 1] and found.n_resources_ == [13, 39, 117]
    first = {rows for rows in seen if len(rows) == 6}
    assert len(first) == 2  # one set of rows a split, the same for all settings
    for rows in first:
        assert any(set(rows) < set(more) for more in seen if len(more) == 19)


def test_the_same_seed_gives_the_same_search() -> None:
    tables = [
        HalvingRandomSearchCV(LogisticRegression(), {"C": np.logspace(-3, 2, 99)}, cv=2, random_state=seed)
        .fit(X, Y)
        .cv_results_
        for seed in (0, 0, 1)
    ]
    assert tables[0]["params"] == tables[1]["params"] != tables[2]["params"]
    assert tables[0]["mean_test_score"].tolist() == tables[1]["mean_test_score"].tolist()


def test_the_best_is_of_the_last_finished_round_also_when_stopped_in_the_next() -> None:
    class StopAt(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> bool:
            return step >= 10  # one of the second round

    whole = HalvingGridSearchCV(LogisticRegression(), GRID, cv=2, random_state=0).fit(X, Y)
    assert whole.cv_results_["iter"][whole.best_index_] == 2
    cut = HalvingGridSearchCV(LogisticRegression(), GRID, cv=2, random_state=0).set_callbacks(StopAt()).fit(X, Y)
    assert cut.n_candidates_ == [9] and cut.cv_results_["iter"].tolist() == [0] * 9 + [1]
    assert cut.best_index_ == cut.cv_results_["mean_test_score"][:9].argmax()


def test_numbers_to_predict_need_no_classes() -> None:
    found = HalvingGridSearchCV(Lasso(), {"alpha": [0.01, 0.1, 1.0]}, cv=3, random_state=0).fit(X, X[:, 0])
    assert found.best_params_ == {"alpha": 0.01}


def test_what_cannot_be_planned_is_refused_in_words() -> None:
    for kind, given, message in (
        (HalvingGridSearchCV, {"resource": "epochs", "max_resources": 9}, "'epochs' is no parameter of LogisticReg"),
        (HalvingGridSearchCV, {"resource": "max_iter"}, "max_resources='auto' is for rows"),
        (HalvingGridSearchCV, {"resource": "C", "max_resources": 9}, "C is the resource and among the parameters"),
        (HalvingGridSearchCV, {"min_resources": 121}, "min_resources is 121, more than max_resources=120"),
        (HalvingGridSearchCV, {"max_resources": 121}, "X has 120 rows"),
        (HalvingGridSearchCV, {"scoring": ["f1", "accuracy"], "refit": "f1"}, "scoring must be one score"),
        (HalvingGridSearchCV, {"factor": 1.0}, "factor is 1.0; it must be a number > 1.0"),
        (HalvingRandomSearchCV, {"min_resources": "exhaust"}, "both 'exhaust'"),
    ):
        with pytest.raises(ParameterError, match=message):
            kind(LogisticRegression(), GRID, **given).fit(X, Y)
