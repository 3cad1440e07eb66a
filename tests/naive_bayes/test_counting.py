"""Smoothing, priors and sparse rows of the naive Bayes models of counts."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.naive_bayes
from scipy.sparse import coo_matrix, csc_matrix, csr_array

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, MultinomialNB
from pellucid.naive_bayes._counting import log_products, sums_by_class

KINDS: list[Any] = [MultinomialNB, ComplementNB, BernoulliNB]
GIVEN: list[dict[str, Any]] = [
    {},
    {"alpha": 0.3, "fit_prior": False},
    {"alpha": 1e-12, "class_prior": [0.2, 0.5, 0.3]},
]


def counts(n_rows: int = 150, n_features: int = 7, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n_rows)
    return rng.poisson(rng.gamma(1.0, size=(3, n_features))[y]).astype(np.float64), y


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", GIVEN, ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_their_numbers_are_those_of_scikit_learn(kind: Any, given: dict[str, Any], weighted: bool) -> None:
    X, y = counts()
    weight = np.random.default_rng(1).uniform(0.0, 2.0, len(X)) if weighted else None
    ours = kind(**given).fit(X, y, weight)
    theirs = getattr(sklearn.naive_bayes, kind.__name__)(**given).fit(X, y, weight)
    for name in ("class_count_", "feature_count_", "feature_log_prob_", "class_log_prior_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-12, err_msg=name)
    fresh = counts(seed=3)[0]
    np.testing.assert_allclose(ours.predict_joint_log_proba(fresh), theirs.predict_joint_log_proba(fresh), rtol=1e-9)
    np.testing.assert_allclose(ours.predict_log_proba(fresh), theirs.predict_log_proba(fresh), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(ours.predict(fresh), theirs.predict(fresh))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", [csr_array, csc_matrix, coo_matrix])
def test_sparse_rows_give_the_numbers_of_dense_ones(kind: Any, container: Any) -> None:
    X, y = counts()
    weight = np.arange(len(X)) % 3
    dense, sparse = kind().fit(X, y, weight), kind().fit(container(X), y, weight)
    np.testing.assert_allclose(sparse.feature_log_prob_, dense.feature_log_prob_, rtol=1e-12)
    for asked in (X, container(X)):
        np.testing.assert_allclose(sparse.predict_proba(asked), dense.predict_proba(X), rtol=1e-10)
    with pytest.raises(DataError, match="X has 2 features, but .* is expecting 7"):
        sparse.predict(container(X[:, :2]))


def test_alpha_may_be_one_number_a_feature() -> None:
    X, y = counts()
    alpha = np.linspace(0.1, 2.0, 7)
    ours, theirs = (kind(alpha=alpha).fit(X, y) for kind in (MultinomialNB, sklearn.naive_bayes.MultinomialNB))
    np.testing.assert_allclose(ours.feature_log_prob_, theirs.feature_log_prob_, rtol=1e-12)
    for kind in (*KINDS, CategoricalNB):
        alike = kind(alpha=np.full(7, 0.5)).fit(X, y)
        np.testing.assert_allclose(alike.predict_proba(X), kind(alpha=0.5).fit(X, y).predict_proba(X), rtol=1e-12)
    with pytest.raises(
        ParameterError, match=r"alpha has shape \(2,\); give one number, or one a feature, shape \(7,\)"
    ):
        MultinomialNB(alpha=[1.0, 2.0]).fit(X, y)
    with pytest.raises(ParameterError, match="negative or not finite"):
        MultinomialNB(alpha=[-1.0] * 7).fit(X, y)


def test_without_force_alpha_a_tiny_one_is_lifted_and_told() -> None:
    X, y = counts()
    with pytest.warns(DataWarning, match="alpha too small will result in numeric errors; 1e-10 is used"):
        model = MultinomialNB(alpha=0.0, force_alpha=False).fit(X, y)
    np.testing.assert_array_equal(model.feature_log_prob_, MultinomialNB(alpha=1e-10).fit(X, y).feature_log_prob_)


@pytest.mark.parametrize("kind", [MultinomialNB, ComplementNB, CategoricalNB])
@pytest.mark.parametrize("container", [np.asarray, csr_array])
def test_negative_counts_are_refused_at_fit_and_after_it(kind: Any, container: Any) -> None:
    if kind is CategoricalNB and container is csr_array:
        pytest.skip("it takes no sparse rows")
    X, y = counts()
    model, wrong = kind().fit(X, y), X.copy()
    wrong[5, 2] = -1.0
    for ask in (model.predict, lambda rows: kind().fit(rows, y)):
        with pytest.raises(DataError, match="Negative values in data passed to .* first in row 5, column 2"):
            ask(container(wrong))


def test_what_is_nothing_times_the_log_of_nothing_is_nothing() -> None:
    logs = np.array([[-np.inf, -1.0, -2.0]])
    for rows in (np.array([[0.0, 2.0, 1.0], [1.0, 0.0, 0.0]]), csr_array([[0.0, 2.0, 1.0], [1.0, 0.0, 0.0]])):
        assert log_products(rows, logs).tolist() == [[-4.0], [-np.inf]]


def test_sums_by_class_do_not_depend_on_the_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = counts()
    weight = np.random.default_rng(0).uniform(size=len(X))
    wanted = [(X[y == k] * weight[y == k, None]).sum(axis=0) for k in range(3)]
    for tile in (1, 10, 1 << 20):
        monkeypatch.setattr("pellucid.naive_bayes._counting.TILE_VALUES", tile)
        np.testing.assert_allclose(sums_by_class(X, y, weight, 3), wanted, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_by_class_of_sparse_rows_are_those_of_the_dense_to_the_bit(weighted: bool) -> None:
    X, y = counts()
    X = np.hstack([X, np.zeros((len(X), 2))])  # nothing stored in the last bins
    weight = np.random.default_rng(0).integers(1, 4, size=len(X)).astype(float) if weighted else None
    np.testing.assert_array_equal(sums_by_class(csr_array(X), y, weight, 4), sums_by_class(X, y, weight, 4))


def test_loaded_models_predict_where_numba_and_scipy_cannot_be_imported(tmp_path: Path) -> None:
    X, y = counts()
    np.savez(tmp_path / "x.npz", X=X, **{kind.__name__: kind().fit(X, y).predict_proba(X) for kind in KINDS})
    for kind in KINDS:
        pellucid.save(kind().fit(X, y), tmp_path / kind.__name__)
    code = (
        "import sys; sys.modules['numba'] = sys.modules['scipy'] = None\n"
        "import numpy as np, pellucid\n"
        f"held = np.load({str(tmp_path / 'x.npz')!r})\n"
        f"for name in {[kind.__name__ for kind in KINDS]!r}:\n"
        f"    m = pellucid.load({str(tmp_path)!r} + '/' + name)\n"
        "    assert (m.predict_proba(held['X']) == held[name]).all()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_logs_of_another_shape_are_refused(tmp_path: Path) -> None:
    model = MultinomialNB().fit(*counts())
    model.feature_log_prob_ = model.feature_log_prob_[:2]
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="feature and class logs in the record"):
        pellucid.load(tmp_path / "m")
