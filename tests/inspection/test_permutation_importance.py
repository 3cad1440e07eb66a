"""Shuffling costs what theory says, and what scikit-learn finds."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.inspection
from sklearn.datasets import load_iris

from pellucid.ensemble import RandomForestClassifier
from pellucid.errors import ParameterError
from pellucid.inspection import PermutationImportance, partial_dependence, permutation_importance
from pellucid.linear_model import LinearRegression, LogisticRegression
from pellucid.tree import DecisionTreeClassifier

X = np.random.default_rng(0).normal(size=(2000, 3))
Y = X @ [2.0, 1.0, 0.0]
LINE = LinearRegression().fit(X, Y)


def of(*given: Any, **options: Any) -> PermutationImportance:
    found = permutation_importance(*given, **options)
    assert isinstance(found, PermutationImportance)
    return found


def test_of_a_linear_model_it_is_twice_the_share_of_the_variance() -> None:
    found = of(LINE, X, Y, n_repeats=20, random_state=0)
    wanted = 2 * np.array([4.0, 1.0, 0.0]) * X.var(axis=0) / Y.var()
    error = found.importances_std / np.sqrt(19) + 1e-12
    assert (np.abs(found.importances_mean - wanted) < 4 * error + 1e-9).all()
    assert found["importances"].shape == (3, 20)


def test_means_are_scikit_learns_within_their_errors() -> None:
    A, b = load_iris(return_X_y=True)
    model = LogisticRegression().fit(A, b)
    weight = np.arange(150) % 3 + 1.0
    for options in ({}, {"sample_weight": weight}, {"scoring": "neg_log_loss", "max_samples": 0.8}):
        ours = of(model, A, b, n_repeats=30, random_state=0, **options)
        peer = sklearn.inspection.permutation_importance(model, A, b, n_repeats=30, random_state=0, **options)
        if "max_samples" in options:  # the score before is of other rows in each
            assert np.argmax(ours.importances_mean) == np.argmax(peer.importances_mean)
            continue
        error = np.sqrt((ours.importances_std**2 + peer.importances_std**2) / 29)
        assert (np.abs(ours.importances_mean - peer.importances_mean) <= 4 * error).all()


def test_the_result_depends_on_the_seed_and_not_on_n_jobs() -> None:
    one, two = (of(LINE, X, Y, n_jobs=n, random_state=3).importances for n in (None, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != of(LINE, X, Y, random_state=4).importances).any()


def test_noise_known_by_heart_looks_important_on_the_rows_of_the_fit_only() -> None:
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(400, 3)), rng.integers(2, size=400)
    model = RandomForestClassifier(30, random_state=0).fit(A[:200], b[:200])
    known, new = (of(model, A[s], b[s], random_state=0) for s in (slice(200), slice(200, 400)))
    assert (known.importances_mean > 0.1).all() and (np.abs(new.importances_mean) < 0.1).all()


def test_frames_with_text_and_several_scores() -> None:
    frame = pd.DataFrame({"colour": ["red", "blue"] * 50, "noise": np.arange(100.0)}, index=[1] * 100)
    labels = (frame["colour"] == "red").to_numpy()
    model = DecisionTreeClassifier().fit(frame, labels)
    found = permutation_importance(model, frame, labels, scoring=["accuracy", "roc_auc"], random_state=0)
    assert isinstance(found, dict) and sorted(found) == ["accuracy", "roc_auc"]
    assert found["accuracy"].importances_mean[0] > 0.3 and not found["accuracy"].importances[1].any()


@pytest.mark.parametrize(
    ("options", "said"), [({"n_repeats": 0}, "n_repeats is 0"), ({"max_samples": 2001}, "2000 rows")]
)
def test_what_is_out_of_bounds_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        permutation_importance(LINE, X, Y, **options)


def test_a_frame_whose_columns_are_numbered_gives_the_importances_of_its_array() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = X[:, 0] > 0
    model = LogisticRegression().fit(X, y)
    framed = permutation_importance(model, pd.DataFrame(X), y, n_repeats=2, random_state=0)
    plain = permutation_importance(model, X, y, n_repeats=2, random_state=0)
    np.testing.assert_array_equal(framed.importances, plain.importances)
    np.testing.assert_array_equal(
        partial_dependence(model, pd.DataFrame(X), [1])["average"], partial_dependence(model, X, [1])["average"]
    )
