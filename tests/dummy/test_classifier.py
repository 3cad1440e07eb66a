"""The baseline classifier against scikit-learn, and the law of its draws."""

import numpy as np
import pytest
from scipy.stats import chisquare
from sklearn.dummy import DummyClassifier as Oracle

from pellucid.dummy import DummyClassifier
from pellucid.errors import DataError, ModelFileError, ParameterError

X = np.zeros((9, 2))
LABELS = [np.array([2, 0, 1, 1, 0, 2, 2, 1, 1]), np.array(list("cabbaccbb"))]


@pytest.mark.parametrize("weight", [None, np.arange(1.0, 10.0)])
@pytest.mark.parametrize("y", LABELS, ids=["numbers", "text"])
@pytest.mark.parametrize("strategy", ["prior", "most_frequent", "uniform", "constant"])
def test_the_numbers_are_scikit_learns(strategy, y: np.ndarray, weight: np.ndarray | None) -> None:
    constant = y[0] if strategy == "constant" else None
    oracle = Oracle(strategy=strategy, constant=constant).fit(X, y, weight)
    model = DummyClassifier(strategy=strategy, constant=constant).fit(X, y, weight)
    np.testing.assert_array_equal(model.classes_, oracle.classes_)
    np.testing.assert_allclose(model.class_prior_, oracle.class_prior_, rtol=1e-15)
    np.testing.assert_allclose(model.predict_proba(X), oracle.predict_proba(X), rtol=1e-15)
    if strategy != "uniform":
        np.testing.assert_array_equal(model.predict(X), oracle.predict(X))


@pytest.mark.parametrize(("strategy", "chances"), [("stratified", [2 / 9, 4 / 9, 3 / 9]), ("uniform", [1 / 3] * 3)])
def test_draws_come_in_the_shares_of_the_strategy(strategy, chances: list[float]) -> None:
    model = DummyClassifier(strategy=strategy, random_state=0).fit(X, LABELS[0])
    drawn = np.bincount(model.predict(np.zeros((30_000, 1))))
    assert chisquare(drawn, 30_000 * np.array(chances)).pvalue > 1e-3


@pytest.mark.parametrize("strategy", ["stratified", "uniform"])
def test_a_seed_repeats_its_draws_and_a_generator_goes_on(strategy) -> None:
    rows = np.zeros((100, 1))
    seeded = DummyClassifier(strategy=strategy, random_state=3).fit(X, LABELS[0])
    np.testing.assert_array_equal(seeded.predict(rows), seeded.predict(rows))
    flowing = DummyClassifier(strategy=strategy, random_state=np.random.default_rng(3)).fit(X, LABELS[0])
    assert (flowing.predict(rows) != flowing.predict(rows)).any()


def test_a_stratified_probability_is_one_for_the_class_that_is_predicted() -> None:
    model = DummyClassifier(strategy="stratified", random_state=1).fit(X, LABELS[1])
    proba = model.predict_proba(X)
    assert set(proba.ravel()) == {0.0, 1.0}
    np.testing.assert_array_equal(model.classes_[proba.argmax(axis=1)], model.predict(X))


def test_the_entries_of_x_may_be_anything() -> None:
    model = DummyClassifier().fit([None, "a", {}], [0, 1, 1])
    assert model.predict(np.empty((2, 3, 4, 5))).tolist() == [1, 1]


def test_a_class_without_weight_is_not_known() -> None:
    assert DummyClassifier().fit(X[:3], ["a", "b", "c"], sample_weight=[1, 0, 1]).classes_.tolist() == ["a", "c"]


def test_a_constant_must_be_a_label() -> None:
    with pytest.raises(
        ParameterError, match="DummyClassifier: constant is 'd', which is no label of y; it has 'a', 'b', 'c'"
    ):
        DummyClassifier(strategy="constant", constant="d").fit(X, LABELS[1])


def test_rows_and_labels_must_be_as_many() -> None:
    with pytest.raises(DataError, match="X has 9 rows and y has 2"):
        DummyClassifier().fit(X, [0, 1])


def test_a_record_whose_parts_do_not_fit_is_refused() -> None:
    record = DummyClassifier().fit(X, LABELS[0]).to_record()
    record["state"]["class_prior_"] = np.ones(2)
    with pytest.raises(ModelFileError, match="not one prior for each class"):
        DummyClassifier.from_record(record)
