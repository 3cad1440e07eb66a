"""GaussianNB, against scikit-learn's and its own definition."""

from pathlib import Path

import numpy as np
import pytest
import sklearn.naive_bayes

import pellucid
from pellucid.errors import DataError, ModelFileError
from pellucid.naive_bayes import GaussianNB


def groups(n_rows: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(4, size=n_rows)
    return rng.normal(size=(n_rows, 5)) * [1, 10, 0.1, 1, 1] + rng.normal(size=(4, 5))[y] * [2, 10, 0.1, 0, 1], y


@pytest.mark.parametrize("weighted", [True, False])
def test_many_rows_have_the_moments_of_the_whole_though_taken_by_blocks(weighted: bool) -> None:
    X, y = groups(100_000)
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=len(X)) if weighted else None
    model = GaussianNB(var_smoothing=0.0).fit(X, y, sample_weight=weights)
    for k in range(4):
        own, times = X[y == k], None if weights is None else weights[y == k]
        mean = np.average(own, axis=0, weights=times)
        np.testing.assert_allclose(model.theta_[k], mean, rtol=1e-11)
        np.testing.assert_allclose(model.var_[k], np.average((own - mean) ** 2, axis=0, weights=times), rtol=1e-11)


@pytest.mark.parametrize("priors", [None, [0.1, 0.2, 0.3, 0.4]])
@pytest.mark.parametrize("smoothing", [1e-9, 0.1])
def test_its_numbers_are_those_of_scikit_learn(priors: list[float] | None, smoothing: float) -> None:
    X, y = groups()
    X[:, 3] = 7.0  # constant
    X[y == 1, 4] = 2.0  # constant in a class
    ours = GaussianNB(priors=priors, var_smoothing=smoothing).fit(X, y)
    theirs = sklearn.naive_bayes.GaussianNB(priors=priors, var_smoothing=smoothing).fit(X, y)
    for name in ("theta_", "var_", "class_prior_", "class_count_", "epsilon_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12, atol=1e-15, err_msg=name)
    fresh = groups(seed=1)[0]
    fresh[:, 3] = 7.0  # elsewhere each class is 1e8 widths away, and differences are rounding
    np.testing.assert_allclose(ours.predict_joint_log_proba(fresh), theirs.predict_joint_log_proba(fresh), rtol=1e-9)
    np.testing.assert_allclose(ours.predict_log_proba(fresh), theirs.predict_log_proba(fresh), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(ours.predict(fresh), theirs.predict(fresh))


def test_weights_give_the_weighted_moments_of_scikit_learn() -> None:
    X, y = groups()
    weight = np.random.default_rng(2).uniform(0.0, 3.0, len(X))
    ours, theirs = (kind(var_smoothing=0.0).fit(X, y, weight) for kind in (GaussianNB, sklearn.naive_bayes.GaussianNB))
    for name in ("theta_", "var_", "class_prior_", "class_count_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12, err_msg=name)


def test_the_smoothing_is_of_the_variance_over_all_pieces() -> None:
    X, y = groups()
    model = GaussianNB()
    for part in np.array_split(np.arange(len(X)), 5):
        model.partial_fit(X[part] + 1e4, y[part], classes=range(4))
    np.testing.assert_allclose(model.epsilon_, 1e-9 * X.var(axis=0).max(), rtol=1e-8)


def test_single_precision_far_from_zero_keeps_its_variance() -> None:
    X, y = groups()
    far = (np.round(X * 8) / 8 + 4096.0).astype(np.float32)  # exact in single precision
    near = GaussianNB().fit(np.round(X * 8) / 8, y)
    np.testing.assert_allclose(GaussianNB().fit(far, y).var_, near.var_, rtol=1e-9)


def test_where_nothing_varies_the_priors_decide() -> None:
    model = GaussianNB().fit(np.full((3, 2), 5.0), [0, 1, 1])
    assert model.epsilon_ == 1e-9
    np.testing.assert_allclose(model.predict_proba([[5.0, 5.0]]), [[1 / 3, 2 / 3]])


def test_without_smoothing_a_constant_feature_is_named() -> None:
    X, y = groups()
    X[y == 1, 4] = 2.0
    with pytest.raises(DataError, match="column 4 is constant in class 1, and var_smoothing=0.0 adds no width"):
        GaussianNB(var_smoothing=0.0).fit(X, y)


def test_two_copies_of_a_feature_are_two_proofs() -> None:
    X, y = groups()
    one, two = GaussianNB().fit(X[:, :1], y), GaussianNB().fit(X[:, [0, 0]], y)
    prior = np.log(one.class_prior_)
    doubled = 2 * (one.predict_joint_log_proba(X[:, :1]) - prior) + prior
    np.testing.assert_allclose(two.predict_joint_log_proba(X[:, [0, 0]]), doubled, rtol=1e-10)


def test_moments_of_another_shape_are_refused(tmp_path: Path) -> None:
    model = GaussianNB().fit(*groups())
    model.var_ = model.var_[:2]
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match=r"theta_ and var_ in the record are .* not \(4, 5\) both"):
        pellucid.load(tmp_path / "m")
