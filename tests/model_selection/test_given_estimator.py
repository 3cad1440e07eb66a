"""Estimators of both houses: copied with their parameters and callbacks and nothing learned, known by role."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as TheirRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils import get_tags

from pellucid.base import History
from pellucid.errors import NotFittedError, ParameterError
from pellucid.linear_model import LogisticRegression
from pellucid.model_selection import GridSearchCV
from pellucid.model_selection._given_estimator import is_classifier, is_pairwise, unfitted, was_interrupted
from pellucid.pipeline import Pipeline
from pellucid.preprocessing import StandardScaler


def test_a_clone_has_the_parameters_and_nothing_of_the_fit() -> None:
    X, y = np.arange(8.0).reshape(-1, 1), [0, 1] * 4
    ours = LogisticRegression(C=3.0).fit(X, y)
    again = unfitted(ours)
    assert again.get_params() == ours.get_params() and again is not ours
    with pytest.raises(NotFittedError):
        again.predict(X)
    theirs = unfitted(make_pipeline(StandardScaler(), TheirRegression(C=2.0)).fit(X, y))
    assert theirs[-1].C == 2.0 and not hasattr(theirs[-1], "coef_") and isinstance(theirs[0], StandardScaler)


def test_callbacks_come_along() -> None:
    history = History()
    assert unfitted(LogisticRegression().set_callbacks(history)).callbacks == (history,)


def test_what_is_no_estimator_is_refused() -> None:
    for wrong in (LogisticRegression, "model", 3):
        with pytest.raises(ParameterError, match="it must be an instance"):
            unfitted(wrong)


def test_roles_are_known_for_both_houses_and_inside_pipelines() -> None:
    assert is_classifier(LogisticRegression()) and is_classifier(TheirRegression())
    assert is_classifier(make_pipeline(StandardScaler(), LogisticRegression()))
    assert not is_classifier(StandardScaler())


def test_an_interrupted_fit_is_seen_also_inside_a_pipeline() -> None:
    model = LogisticRegression()
    assert not was_interrupted(model)
    model.interrupted_ = True
    assert was_interrupted(model) and was_interrupted(make_pipeline(StandardScaler(), model))


def test_who_takes_what_each_row_is_to_each_other_is_known_inside_pipelines_and_searches_of_both_houses() -> None:
    own, their = SVC(kernel="precomputed"), KNeighborsClassifier(metric="precomputed")
    for made in (own, their, make_pipeline(own), Pipeline([("m", own)]), GridSearchCV(Pipeline([("m", their)]), {})):
        assert is_pairwise(made)
        assert is_pairwise(GridSearchCV(made, {}))
        assert get_tags(made).input_tags.pairwise
    assert not is_pairwise(SVC()) and not is_pairwise(Pipeline([("z", StandardScaler()), ("m", own)]))
