"""BernoulliNB, worked by hand."""

import numpy as np
import pytest
import sklearn.naive_bayes
from scipy.sparse import csr_array

from pellucid.errors import DataError
from pellucid.naive_bayes import BernoulliNB


def test_the_worked_example_of_the_book_comes_out() -> None:
    # Manning et al., example 13.2: the texts of example 13.1, of which only presence counts
    texts = [[2, 1, 0, 0, 0, 0], [2, 0, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 1, 1]]
    model = BernoulliNB().fit(texts, ["c", "c", "c", "not c"])
    joint = np.exp(model.predict_joint_log_proba([[3, 0, 0, 0, 1, 1]]))
    wanted = [3 / 4 * 4 / 5 * 1 / 5 * 1 / 5 * (1 - 2 / 5) ** 3, 1 / 4 * (2 / 3) ** 3 * (1 - 1 / 3) ** 3]
    np.testing.assert_allclose(joint, [wanted], rtol=1e-12)
    assert model.predict([[3, 0, 0, 0, 1, 1]]).tolist() == ["not c"]


@pytest.mark.parametrize("binarize", [0.0, 1.5])
def test_the_threshold_is_that_of_scikit_learn(binarize: float) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 5)).round(1) * 2, rng.integers(3, size=90)
    ours, theirs = (kind(binarize=binarize).fit(X, y) for kind in (BernoulliNB, sklearn.naive_bayes.BernoulliNB))
    np.testing.assert_allclose(ours.predict_joint_log_proba(X), theirs.predict_joint_log_proba(X), rtol=1e-9)
    sparse = BernoulliNB(binarize=binarize).fit(csr_array(X), y)
    np.testing.assert_allclose(sparse.predict_proba(csr_array(X)), ours.predict_proba(X), rtol=1e-10)


def test_without_smoothing_certain_features_exclude_classes_both_ways() -> None:
    model = BernoulliNB(alpha=0.0).fit([[1, 0], [1, 1], [0, 1]], [0, 0, 1])
    for rows in (np.array([[1, 0], [0, 1]]), csr_array([[1, 0], [0, 1]])):
        np.testing.assert_allclose(model.predict_proba(rows), [[1.0, 0.0], [0.0, 1.0]])


def test_numbers_taken_as_they_are_have_to_be_zero_and_one() -> None:
    with pytest.raises(DataError, match="numbers other than 0 and 1, and binarize=None"):
        BernoulliNB(binarize=None).fit([[0.5], [1.0]], [0, 1])
    assert BernoulliNB(binarize=None).fit([[0.0], [1.0]], [0, 1]).predict([[1.0]]).tolist() == [1]
