"""Cross-validation: scikit-learn's numbers, for estimators and splits of either house, whatever n_jobs is."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.linear_model
import sklearn.model_selection
from joblib import parallel_config

from pellucid.errors import DataError, ParameterError, PellucidWarning
from pellucid.linear_model import LogisticRegression
from pellucid.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedKFold, cross_val_score, cross_validate

RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 3))
Y = np.digitize(X[:, 0] + RNG.normal(size=90), [-0.5, 0.5])
MODELS = [sklearn.linear_model.LogisticRegression(), LogisticRegression()]


class Choosy(sklearn.linear_model.LogisticRegression):  # type: ignore[misc]
    """Does not fit where row zero is learned from."""

    def fit(self, X: Any, y: Any) -> Any:
        if (X[:, 0] == FIRST).any():
            raise ValueError("not with that row")
        return super().fit(X, y)


FIRST = X[0, 0]


@pytest.mark.parametrize("model", MODELS, ids=["theirs", "ours"])
@pytest.mark.parametrize("house", [sklearn.model_selection, None], ids=["their splits", "our splits"])
def test_scores_are_those_of_scikit_learn(model: Any, house: Any) -> None:
    kind = StratifiedKFold if house is None else house.StratifiedKFold
    names = ["accuracy", "neg_log_loss", "f1_macro", "roc_auc_ovr"]
    given = {"cv": kind(4), "scoring": names, "return_train_score": True, "return_indices": True}
    ours = cross_validate(model, X, Y, return_estimator=True, **given)
    theirs = sklearn.model_selection.cross_validate(model, X, Y, return_estimator=True, **given)
    assert ours.keys() == theirs.keys()
    for name in names:
        for part in ("test", "train"):
            np.testing.assert_allclose(ours[f"{part}_{name}"], theirs[f"{part}_{name}"], rtol=1e-12)
    for part in ("train", "test"):
        assert [rows.tolist() for rows in ours["indices"][part]] == [rows.tolist() for rows in theirs["indices"][part]]
    assert (ours["fit_time"] > 0).all() and (ours["score_time"] > 0).all() and len(ours["estimator"]) == 4


def test_a_single_score_an_own_scorer_groups_and_weights_as_scikit_learn() -> None:
    model, groups = MODELS[0], np.arange(90) // 6
    for given in (
        {},
        {"scoring": lambda model, X, y: -model.score(X, y)},
        {"groups": groups, "cv": GroupKFold(3)},
        {"params": {"sample_weight": np.arange(90) % 3 + 1.0}},
        {"cv": [(np.arange(60), np.arange(60, 90))]},
        {"cv": ShuffleSplit(3, random_state=0)},
    ):
        ours = cross_val_score(model, X, Y, **given)
        assert ours.tolist() == sklearn.model_selection.cross_val_score(model, X, Y, **given).tolist()


def test_the_result_does_not_depend_on_n_jobs() -> None:
    one = cross_val_score(MODELS[1], X, Y, scoring="neg_log_loss")
    with parallel_config(backend="threading"):
        assert cross_val_score(MODELS[1], X, Y, scoring="neg_log_loss", n_jobs=3).tolist() == one.tolist()


@pytest.mark.slow
def test_other_processes_give_the_same_numbers() -> None:
    one, two = (cross_val_score(MODELS[1], X, Y, scoring="neg_log_loss", n_jobs=n) for n in (1, 2))
    assert one.tolist() == two.tolist()


def test_frames_are_cut_into_frames() -> None:
    wanted = cross_val_score(MODELS[1], X, Y).tolist()
    for frame in (pd.DataFrame(X, columns=list("abc"), index=RNG.permutation(90)), pl.DataFrame(X, schema=list("abc"))):
        assert cross_val_score(MODELS[1], frame, Y).tolist() == wanted
    assert cross_val_score(MODELS[1], X.tolist(), Y.tolist()).tolist() == wanted


def test_a_split_that_fails_counts_as_the_error_score_or_raises() -> None:
    with pytest.warns(PellucidWarning, match="2 of 3 evaluations failed and count as nan; .*not with that row"):
        scores = cross_val_score(Choosy(), X, Y, cv=3)
    assert np.isnan(scores).tolist() == [False, True, True]
    with pytest.warns(PellucidWarning):
        assert cross_val_score(Choosy(), X, Y, cv=3, error_score=-1)[1:].tolist() == [-1.0, -1.0]
    with pytest.raises(ValueError, match="not with that row"):
        cross_val_score(Choosy(), X, Y, cv=3, error_score="raise")
    with pytest.raises(DataError, match="All the 1 fits failed"):
        cross_val_score(Choosy(), X, Y, cv=[(np.arange(60), np.arange(60, 90))])


def test_ctrl_c_inside_a_fit_ends_it_also_where_the_fit_itself_keeps_quiet() -> None:
    class Quiet(LogisticRegression):
        def fit(self, X: Any, y: Any) -> Any:
            super().fit(X, y)
            self.interrupted_ = True
            return self

    class Loud(LogisticRegression):
        def fit(self, X: Any, y: Any) -> Any:
            raise KeyboardInterrupt

    for kind in (Quiet, Loud):
        with pytest.raises(KeyboardInterrupt):
            cross_val_score(kind(), X, Y)


def test_the_summary_says_mean_spread_and_a_standard_error_that_knows_of_shared_rows() -> None:
    result = cross_validate(MODELS[0], X, Y, cv=KFold(5))
    (row,) = result.summary()
    scores = result["test_score"]
    assert row["mean"] == scores.mean() and row["standard_deviation"] == scores.std(ddof=1)
    assert row["standard_error"] == pytest.approx(scores.std(ddof=1) * np.sqrt(1 / 5 + 18 / 72))
    assert row["standard_error"] > scores.std(ddof=1) / np.sqrt(5)
    assert "not the error of the mean" in result.caution
    again = pickle.loads(pickle.dumps(result))  # noqa: S301  # our own bytes, as joblib would send them
    assert again.summary() == result.summary()


def test_what_cannot_be_done_is_refused_in_words() -> None:
    for error, given, message in (
        (DataError, {"y": Y[:5]}, "X has 90 rows, and what belongs to them 5"),
        (ParameterError, {"error_score": "ignore"}, "error_score is 'ignore'"),
        (ParameterError, {"scoring": "acc"}, "did you mean"),
        (ParameterError, {"scoring": ["accuracy"]}, "use cross_validate"),
        (ParameterError, {"scoring": lambda model, X, y: {"a": 1.0}}, "several numbers; use cross_validate"),
        (ParameterError, {"estimator": LogisticRegression}, "it must be an instance"),
    ):
        with pytest.raises(error, match=message):
            cross_val_score(**{"estimator": MODELS[0], "X": X, "y": Y, **given})
