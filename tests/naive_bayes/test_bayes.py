"""What all naive Bayes classifiers keep to: pieces, priors, and what they refuse."""

from typing import Any

import numpy as np
import pytest

from pellucid.errors import DataError, NotFittedError, ParameterError
from pellucid.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from pellucid.naive_bayes._bayes import prior_of

ALL: list[Any] = [GaussianNB, MultinomialNB, ComplementNB, BernoulliNB, CategoricalNB]


def counts(n_rows: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n_rows)
    X = rng.poisson(np.array([[1.0, 3.0, 0.5, 2.0], [2.0, 0.5, 3.0, 2.0], [0.5, 1.0, 1.0, 4.0]])[y])
    return X.astype(np.float64), y


@pytest.mark.parametrize("kind", ALL)
def test_in_pieces_it_learns_what_it_learns_at_once(kind: Any) -> None:
    X, y = counts()
    weight = np.random.default_rng(1).uniform(0.1, 2.0, len(X))
    once = kind().fit(X, y, weight)
    model = kind()
    for part in np.array_split(np.argsort(y, kind="stable"), 7):  # the first pieces lack whole classes
        model.partial_fit(X[part], y[part], classes=[0, 1, 2], sample_weight=weight[part])
    np.testing.assert_allclose(model.predict_log_proba(X), once.predict_log_proba(X), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(model.class_count_, once.class_count_, rtol=1e-12)


@pytest.mark.parametrize("kind", ALL)
def test_one_class_is_always_predicted(kind: Any) -> None:
    model = kind().fit([[1, 0], [2, 3]], ["only", "only"])
    assert model.predict([[1, 1]]).tolist() == ["only"] and model.predict_proba([[1, 1]]).tolist() == [[1.0]]


@pytest.mark.parametrize("kind", ALL)
def test_a_class_that_no_row_had_is_never_predicted(kind: Any) -> None:
    X, y = counts()
    model = kind().partial_fit(X, y, classes=[0, 1, 2, 9])
    if kind is not ComplementNB:  # it judges by all other classes, and leaves priors out
        assert not model.predict_proba(X)[:, 3].any()
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("kind", ALL)
def test_labels_unseen_in_the_first_call_are_refused_and_change_nothing(kind: Any) -> None:
    X, y = counts()
    model = kind()
    with pytest.raises(DataError, match="classes must be passed on the first call"):
        model.partial_fit(X, y)
    with pytest.raises(DataError, match=r"y holds 2, which is not among the classes \[0, 1\]; name every label"):
        model.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(DataError, match="is not the same as on the last call"):
        model.partial_fit(X, y, classes=[0, 1, 2, 3])
    np.testing.assert_array_equal(model.predict(X), kind().fit(X, y).predict(X))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("X", "words"),
    [
        ([[np.nan, 1.0]] * 3, "missing values"),
        ([[np.inf, 1.0]] * 3, "infinite values"),
        ([["a", "b"]] * 3, "not a number"),
        (np.empty((0, 2)), "0 row"),
        (np.empty((3, 0)), "0 feature"),
    ],
)
def test_what_cannot_be_learned_from_is_an_error_that_says_why(kind: Any, X: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        kind().fit(X, [0, 1, 0][: len(X)])


@pytest.mark.parametrize("kind", ALL)
def test_another_width_is_refused(kind: Any) -> None:
    X, y = counts()
    model = kind().fit(X, y)
    for ask in (model.predict, lambda X: model.partial_fit(X, y)):
        with pytest.raises(DataError, match="X has 3 features, but .* is expecting 4"):
            ask(X[:, :3])


def test_given_priors_are_checked() -> None:
    X, y = counts()
    with pytest.raises(ParameterError, match="The sum of the priors should be 1; it is 1.5"):
        GaussianNB(priors=[0.5, 0.5, 0.5]).fit(X, y)
    with pytest.raises(ParameterError, match=r"class_prior has shape \(2,\), y has 3 classes"):
        MultinomialNB(class_prior=[0.5, 0.5]).fit(X, y)
    for wrong in ([-0.1, 1.1], [np.nan, 1.0], [0.0, 0.0]):
        with pytest.raises(ParameterError, match="must be non-negative"):
            prior_of(wrong, 2, where="doctest", name="priors")


def test_a_row_impossible_under_every_class_gets_the_priors() -> None:
    model = MultinomialNB(alpha=0.0).fit([[1, 0, 0], [2, 0, 0], [0, 3, 0]], [0, 0, 1])
    assert np.isneginf(model.predict_joint_log_proba([[0, 0, 1]])).all()
    np.testing.assert_allclose(model.predict_proba([[0, 0, 1]]), [[2 / 3, 1 / 3]])
    np.testing.assert_allclose(model.predict_proba([[1, 0, 0]]), [[1.0, 0.0]])
