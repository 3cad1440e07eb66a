"""What all searches share: delegation, several scores, interruption, callbacks, files, failures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.base
import sklearn.linear_model
import sklearn.model_selection
from sklearn.base import is_classifier, is_regressor
from sklearn.pipeline import make_pipeline

import pellucid
from pellucid.base import Callback, History, clone
from pellucid.errors import (
    ConvergenceWarning,
    DataError,
    DataWarning,
    ModelFileError,
    NotFittedError,
    ParameterError,
    PellucidWarning,
)
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.metrics import accuracy_score, make_scorer
from pellucid.model_selection import GridSearchCV, HalvingGridSearchCV, KFold, RandomizedSearchCV, cross_val_score
from pellucid.preprocessing import StandardScaler

RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 3))
Y = (X[:, 0] + RNG.normal(size=90) > 0).astype(int)
GRID = {"C": [0.01, 0.1, 1.0]}


def search(**given: Any) -> GridSearchCV:
    return GridSearchCV(LogisticRegression(), GRID, **{"cv": 3, **given})


class Silent(sklearn.base.BaseEstimator):  # type: ignore[misc]
    """An estimator of which there are many: its fit gives nothing."""

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, X: Any, y: Any, note: Any = None) -> None:
        assert note is not None, "no fit is wanted"
        self.note_ = note

    def score(self, X: Any, y: Any) -> float:
        return self.C


class Tripwire(LogisticRegression):
    """Is interrupted at the fit of this number."""

    fits = 0
    at: int
    quiet: bool

    def fit(self, X: Any, y: Any) -> Any:
        super().fit(X, y)
        Tripwire.fits += 1
        if Tripwire.fits == Tripwire.at:
            if not self.quiet:
                raise KeyboardInterrupt
            self.interrupted_ = True  # as an iterative fit does, which keeps what it learned
        return self


def trip(monkeypatch: pytest.MonkeyPatch, at: int, quiet: bool) -> None:
    for name, value in (("fits", 0), ("at", at), ("quiet", quiet)):
        monkeypatch.setattr(Tripwire, name, value, raising=False)


def test_it_has_the_methods_of_its_best_estimator_and_no_others() -> None:
    for estimator in (search(), search().fit(X, Y)):
        assert hasattr(estimator, "predict_proba") and not hasattr(estimator, "transform")
    scaler = GridSearchCV(StandardScaler(), {"with_mean": [True, False]}, scoring=lambda model, X, y=None: 1.0)
    assert hasattr(scaler, "transform") and not hasattr(scaler, "predict")
    assert scaler.fit(X).transform(X).shape == X.shape
    with pytest.raises(AttributeError, match="has no transform, because LogisticRegression has none"):
        search().fit(X, Y).transform(X)
    with pytest.raises(AttributeError, match="made with refit=False and has no best estimator to predict"):
        search(refit=False).fit(X, Y).predict(X)
    with pytest.raises(NotFittedError, match="call fit first"):
        search().predict(X)


def test_it_answers_as_its_best_estimator_and_knows_its_classes_and_columns() -> None:
    import pandas as pd

    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    labels = np.array(["no", "yes"])[Y]
    found = search().fit(frame, labels)
    assert found.classes_.tolist() == ["no", "yes"] and found.feature_names_in_.tolist() == ["a", "b", "c"]
    assert found.predict(frame).tolist() == found.best_estimator_.predict(frame).tolist()
    assert found.score(frame, labels) == found.best_estimator_.score(frame, labels)
    assert found.n_features_in_ == 3 and found.refit_time_ > 0 and found.n_splits_ == 3


def test_its_role_is_that_of_the_estimator_of_either_house() -> None:
    for inner, check in (
        (LogisticRegression(), is_classifier),
        (sklearn.linear_model.LogisticRegression(), is_classifier),
        (LinearRegression(), is_regressor),
        (sklearn.linear_model.Ridge(), is_regressor),
    ):
        assert check(GridSearchCV(inner, {}))


def test_with_several_scores_refit_names_the_one_that_decides() -> None:
    names = ["accuracy", "neg_log_loss"]
    with pytest.raises(ParameterError, match="refit must name the one that decides: 'accuracy', 'neg_log_loss'"):
        search(scoring=names).fit(X, Y)
    found = search(scoring=names, refit="neg_log_loss").fit(X, Y)
    assert found.multimetric_ and found.best_index_ == found.cv_results_["mean_test_neg_log_loss"].argmax()
    assert found.score(X, Y) == found.scorer_["neg_log_loss"](found.best_estimator_, X, Y)
    undecided = search(scoring=names, refit=False).fit(X, Y)
    assert "rank_test_accuracy" in undecided.cv_results_ and not hasattr(undecided, "best_params_")
    with pytest.raises(ParameterError, match="refit='f1' is none of the scores"):
        search(refit="f1").fit(X, Y)


def test_with_one_score_refit_may_name_it_and_a_wrong_name_is_told_before_any_fit() -> None:
    plain = search(scoring="accuracy").fit(X, Y)
    for scoring in ("accuracy", make_scorer(accuracy_score), lambda model, X, y: model.score(X, y)):
        assert search(scoring=scoring, refit="accuracy").fit(X, Y).best_params_ == plain.best_params_
    halved = HalvingGridSearchCV(LogisticRegression(), GRID, scoring="accuracy", refit="accuracy", random_state=0)
    assert halved.fit(X, Y).best_params_ == clone(halved).set_params(refit=True).fit(X, Y).best_params_
    with pytest.raises(ParameterError, match="refit='recall' is none of the scores; scoring='accuracy'"):
        GridSearchCV(Silent(), GRID, scoring="accuracy", refit="recall").fit(X, Y)


def test_scores_that_are_not_finite_are_told_and_ranked_last() -> None:
    odd = search(scoring=lambda model, X, y: np.nan if model.C == GRID["C"][0] else 1.0)
    with pytest.warns(DataWarning, match=r"GridSearchCV: \d+ of \d+ scores are non-finite \(score\)") as told:
        odd.fit(X, Y)
    assert len(told) == 1 and told[0].filename == __file__
    assert odd.cv_results_["rank_test_score"][0] == len(GRID["C"]) and odd.best_index_ != 0


def test_an_estimator_whose_fit_gives_nothing_is_kept_as_the_best() -> None:
    assert GridSearchCV(Silent(), GRID).fit(X, Y, note=42).best_estimator_.note_ == 42


def test_a_callable_refit_picks_a_row_and_a_wrong_row_is_refused() -> None:
    found = search(refit=lambda results: int(results["mean_test_score"].argmin())).fit(X, Y)
    assert found.best_index_ == found.cv_results_["mean_test_score"].argmin()
    with pytest.raises(ParameterError, match="must give a row of cv_results_, 0 to 2"):
        search(refit=lambda results: 3).fit(X, Y)


def test_scorers_that_give_several_numbers_at_once_are_taken() -> None:
    both = GridSearchCV(
        LogisticRegression(), GRID, scoring=lambda model, X, y: {"a": 1.0, "b": model.score(X, y)}, refit="b"
    )
    assert both.fit(X, Y).best_score_ == both.cv_results_["mean_test_b"].max()
    assert both.score(X, Y) == both.best_estimator_.score(X, Y)


@pytest.mark.parametrize("quiet", [False, True])
def test_ctrl_c_keeps_what_was_evaluated_and_fits_the_best_of_it(quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    trip(monkeypatch, 5, quiet)  # the second split of the second setting
    found = GridSearchCV(Tripwire(), GRID, cv=3)
    with pytest.warns(ConvergenceWarning, match="GridSearchCV: interrupted after step 1"):
        found.fit(X, Y)
    whole = GridSearchCV(LogisticRegression(), GRID, cv=3).fit(X, Y)
    assert found.interrupted_ and not whole.interrupted_
    assert [setting["C"] for setting in found.cv_results_["params"]] == [0.01, 0.1]
    assert found.cv_results_["mean_test_score"][0] == whole.cv_results_["mean_test_score"][0]
    assert found.cv_results_["split0_test_score"][1] == whole.cv_results_["split0_test_score"][1]
    assert np.isnan(found.cv_results_["split1_test_score"][1]) and found.best_params_ == {"C": 0.01}
    assert found.predict(X).tolist() == LogisticRegression(C=0.01).fit(X, Y).predict(X).tolist()


def test_ctrl_c_before_one_setting_is_done_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    trip(monkeypatch, 2, quiet=False)
    with pytest.raises(KeyboardInterrupt), pytest.warns(ConvergenceWarning):
        GridSearchCV(Tripwire(), GRID, cv=3).fit(X, Y)


def test_callbacks_see_each_setting_and_may_stop_the_search() -> None:
    class StopAt(Callback):
        def on_step_end(self, estimator: Any, step: int, values: Any) -> bool:
            return step >= 2

    history = History()
    found = search().set_callbacks(history, StopAt()).fit(X, Y)
    assert [row["score"] for row in history.rows] == found.cv_results_["mean_test_score"].tolist()
    assert len(history.rows) == 2 and not found.interrupted_ and found.best_estimator_ is not None


def test_a_setting_that_fails_comes_last_and_a_search_that_only_fails_is_an_error() -> None:
    found = GridSearchCV(LogisticRegression(), {"C": [-1.0, 1.0]}, cv=3)
    with pytest.warns(PellucidWarning, match="GridSearchCV: 3 of 6 evaluations failed .* C is -1.0"):
        found.fit(X, Y)
    assert found.cv_results_["rank_test_score"].tolist() == [2, 1] and found.best_params_ == {"C": 1.0}
    with pytest.raises(DataError, match="GridSearchCV: All the 3 fits failed; .* C is -1.0"):
        GridSearchCV(LogisticRegression(), {"C": [-1.0]}, cv=3).fit(X, Y)
    with pytest.raises(ParameterError, match="has no parameter 'c'; it has penalty, C"):
        GridSearchCV(LogisticRegression(), {"c": [1.0]}, error_score="raise").fit(X, Y)


def test_the_search_of_either_house_works_inside_the_other_and_inside_pipelines() -> None:
    nested = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [0.1, 1.0]})
    ours = cross_val_score(nested, X, Y, cv=3)
    assert ours.tolist() == sklearn.model_selection.cross_val_score(nested, X, Y, cv=3).tolist()
    theirs = sklearn.model_selection.GridSearchCV(LogisticRegression(), GRID, cv=KFold(3))
    assert cross_val_score(theirs, X, Y, cv=3).shape == (3,)


def test_a_search_is_saved_with_its_table_and_what_cannot_be_stored_is_named(tmp_path: Path) -> None:
    grids = [{"C": [0.1, 1.0]}, {"fit_intercept": [False]}]
    found = GridSearchCV(LogisticRegression(), grids, cv=3).fit(X, Y)
    pellucid.save(found, tmp_path / "search.pellucid")
    again = pellucid.load(tmp_path / "search.pellucid")
    assert again.predict(X).tolist() == found.predict(X).tolist() and again.best_params_ == found.best_params_
    assert again.cv_results_.keys() == found.cv_results_.keys()
    assert again.cv_results_["param_C"].mask.tolist() == [False, False, True]
    for name in ("mean_test_score", "rank_test_score", "std_fit_time"):
        assert again.cv_results_[name].tolist() == found.cv_results_[name].tolist()
    theirs = RandomizedSearchCV(sklearn.linear_model.Ridge(), {"alpha": [1.0]}, n_iter=1).fit(X, X[:, 0])
    with pytest.raises(ModelFileError, match="Ridge"):
        pellucid.save(theirs, tmp_path / "theirs.pellucid")


@pytest.mark.parametrize("scoring", [None, "accuracy", ["accuracy", "neg_log_loss"]])
def test_weights_of_the_fits_weigh_the_scores_as_in_scikit_learn(scoring: Any) -> None:
    weight = RNG.integers(1, 5, size=len(Y))
    asked: dict[str, Any] = {"cv": 3, "scoring": scoring, "refit": scoring[0] if isinstance(scoring, list) else True}
    ours, theirs = (
        house(sklearn.linear_model.LogisticRegression(), GRID, **asked).fit(X, Y, sample_weight=weight).cv_results_
        for house in (GridSearchCV, sklearn.model_selection.GridSearchCV)
    )
    for name in (name for name in theirs if "test" in name and not name.startswith("rank")):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12, err_msg=name)


def test_scorers_that_take_no_weights_are_named() -> None:
    unweighted = GridSearchCV(LinearRegression(), {"fit_intercept": [True]}, scoring="neg_max_error", cv=2)
    with pytest.warns(PellucidWarning, match="the scores of make_scorer.max_error.* take no weights"):
        unweighted.fit(X, Y, sample_weight=np.ones(len(Y)))
