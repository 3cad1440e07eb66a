"""CategoricalNB, against scikit-learn's and by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.naive_bayes

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.naive_bayes import CategoricalNB


def categories(n_rows: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n_rows)
    return np.column_stack([rng.binomial(6, 0.2 + 0.2 * y), rng.integers(4, size=n_rows), (y > 0) * 1]), y


@pytest.mark.parametrize("given", [{}, {"alpha": 0.2, "fit_prior": False}, {"min_categories": [9, 2, 3]}], ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_its_numbers_are_those_of_scikit_learn(given: dict[str, Any], weighted: bool) -> None:
    X, y = categories()
    weight = np.random.default_rng(1).uniform(0.0, 2.0, len(X)) if weighted else None
    ours = CategoricalNB(**given).fit(X, y, weight)
    theirs = sklearn.naive_bayes.CategoricalNB(**given).fit(X, y, weight)
    for name in ("category_count_", "feature_log_prob_"):
        for own, their in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            np.testing.assert_allclose(own, their, rtol=1e-12, err_msg=name)
    np.testing.assert_array_equal(ours.n_categories_, theirs.n_categories_)
    np.testing.assert_allclose(ours.predict_joint_log_proba(X), theirs.predict_joint_log_proba(X), rtol=1e-9)


def test_categories_that_come_later_widen_the_tables() -> None:
    X, y = categories()
    order = np.argsort(X[:, 0])
    model = CategoricalNB()
    for part in np.array_split(order, 4):
        model.partial_fit(X[part], y[part], classes=range(3))
    once = CategoricalNB().fit(X, y)
    np.testing.assert_array_equal(model.n_categories_, once.n_categories_)
    np.testing.assert_allclose(model.predict_log_proba(X), once.predict_log_proba(X), rtol=1e-12)


def test_a_category_beyond_those_known_is_named_with_the_remedy() -> None:
    X, y = categories()
    model = CategoricalNB().fit(X, y)
    with pytest.raises(DataError, match=r"category 9 \(row 0, column 1\), and fit knew 4 .* min_categories=10"):
        model.predict([[0, 9, 0]])
    assert len(CategoricalNB(min_categories=10).fit(X, y).predict([[0, 9, 0]])) == 1


def test_fractions_are_cut_and_told() -> None:
    X, y = categories()
    with pytest.warns(DataWarning, match=r"X holds 0.5 \(row 3, column 0\), which is no category and is cut"):
        cut = CategoricalNB().fit(np.where(np.arange(len(X))[:, None] == 3, [0.5, 1.0, 0.0], X), y)
    whole = CategoricalNB().fit(np.where(np.arange(len(X))[:, None] == 3, [0.0, 1.0, 0.0], X), y)
    np.testing.assert_array_equal(cut.predict_proba(X), whole.predict_proba(X))


@pytest.mark.parametrize(
    ("least", "words"), [([1.5, 2.0, 2.0], "should have integral type"), ([3, 3], r"should have shape \(3,\)")]
)
def test_min_categories_of_another_kind_are_refused(least: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        CategoricalNB(min_categories=least).fit(*categories())


def test_a_column_of_identifiers_is_refused_before_memory_is_asked_for() -> None:
    with pytest.raises(DataError, match="column 1 holds the category 10000000000"):
        CategoricalNB().fit([[0, 10**10], [1, 5]], [0, 1])


@pytest.mark.parametrize("huge", [2.0**53, 1e20, 1e300])
def test_numbers_too_large_for_a_whole_number_are_no_categories(huge: float) -> None:
    X, y = categories()
    with pytest.raises(DataError, match=r"\(row 1, column 0\), which is no category; number the categories"):
        CategoricalNB().fit([[0.0, 1.0], [huge, 5.0]], [0, 1])
    with pytest.raises(DataError, match=r"\(row 0, column 2\), which is no category; number the categories"):
        CategoricalNB().fit(X, y).predict([[0.0, 1.0, huge]])


def test_tables_of_another_shape_are_refused(tmp_path: Path) -> None:
    model = CategoricalNB().fit(*categories())
    model.feature_log_prob_ = model.feature_log_prob_[:2]
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="not one table for each feature"):
        pellucid.load(tmp_path / "m")
