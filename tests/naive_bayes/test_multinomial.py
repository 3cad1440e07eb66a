"""MultinomialNB and ComplementNB, worked by hand and against scikit-learn."""

import numpy as np
import pytest
import sklearn.naive_bayes

from pellucid.naive_bayes import ComplementNB, MultinomialNB


def test_the_worked_example_of_the_book_comes_out() -> None:
    # Manning et al., section 13.2, example 13.1: Chinese Beijing Shanghai Macao Tokyo Japan; the fourth text is not c
    texts = [[2, 1, 0, 0, 0, 0], [2, 0, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 1, 1]]
    model = MultinomialNB().fit(texts, ["c", "c", "c", "not c"])
    np.testing.assert_allclose(np.exp(model.feature_log_prob_[0, [0, 4, 5]]), [3 / 7, 1 / 14, 1 / 14])
    np.testing.assert_allclose(np.exp(model.feature_log_prob_[1, [0, 4, 5]]), [2 / 9, 2 / 9, 2 / 9])
    joint = np.exp(model.predict_joint_log_proba([[3, 0, 0, 0, 1, 1]]))
    wanted = [3 / 4 * (3 / 7) ** 3 / 14 / 14, 1 / 4 * (2 / 9) ** 5]
    np.testing.assert_allclose(joint, [wanted])
    assert model.predict([[3, 0, 0, 0, 1, 1]]).tolist() == ["c"]


def test_without_smoothing_a_word_never_seen_excludes_a_class() -> None:
    model = MultinomialNB(alpha=0.0).fit([[1, 1, 0], [0, 1, 2]], [0, 1])
    np.testing.assert_allclose(model.predict_proba([[1, 5, 0], [0, 1, 0]]), [[1.0, 0.0], [0.6, 0.4]])


@pytest.mark.parametrize("norm", [False, True])
def test_complements_are_those_of_scikit_learn(norm: bool) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.poisson(1.0, size=(80, 6)), rng.integers(4, size=80)
    ours, theirs = (kind(norm=norm).fit(X, y) for kind in (ComplementNB, sklearn.naive_bayes.ComplementNB))
    for name in ("feature_all_", "feature_log_prob_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12)
    np.testing.assert_allclose(ours.predict_joint_log_proba(X), theirs.predict_joint_log_proba(X), rtol=1e-9)


def test_rows_of_zeros_and_one_feature_alone_are_finite() -> None:
    for model in (MultinomialNB(), MultinomialNB(alpha=0.0), ComplementNB(norm=True)):
        assert np.isfinite(model.fit([[0.0], [0.0]], [0, 1]).predict_proba([[0.0], [3.0]])).all()
