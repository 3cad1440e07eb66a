"""TruncatedSVD, against NumPy's exact decomposition and scikit-learn's."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.decomposition
from scipy.sparse import coo_array, csr_array

import pellucid
from pellucid.decomposition import TruncatedSVD
from pellucid.errors import ModelFileError, ParameterError, ShapeError


def words(n_rows: int = 80, n_features: int = 30) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.poisson(rng.gamma(0.3, size=(3, n_features))[rng.integers(3, size=n_rows)] * 2.0).astype(np.float64)


@pytest.mark.parametrize("container", [np.asarray, csr_array, coo_array])
@pytest.mark.parametrize("algorithm", ["arpack", "randomized"])
def test_its_numbers_and_signs_are_those_of_scikit_learn(container: Any, algorithm: Any) -> None:
    X = words()
    ours = TruncatedSVD(3, algorithm=algorithm, n_iter=40, random_state=0).fit(container(X))
    theirs = sklearn.decomposition.TruncatedSVD(3, algorithm="arpack").fit(X)
    for name in ("components_", "singular_values_", "explained_variance_", "explained_variance_ratio_"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-8, atol=1e-8, err_msg=name)
    np.testing.assert_allclose(ours.transform(container(X)), theirs.transform(X), rtol=1e-7, atol=1e-8)


def test_a_table_of_that_rank_comes_back_whole() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2)) @ rng.normal(size=(2, 9)) + 0.0
    model = TruncatedSVD(2, random_state=0).fit(X)
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(model.explained_variance_ratio_.sum(), 1.0)
    with pytest.raises(ShapeError, match="X has 3 columns, and there are 2 components"):
        model.inverse_transform(np.zeros((1, 3)))


def test_a_seed_gives_the_same_bits_and_single_precision_stays() -> None:
    X = words().astype(np.float32)
    once, again = (TruncatedSVD(2, random_state=1).fit(X) for _ in range(2))
    np.testing.assert_array_equal(once.components_, again.components_)
    assert once.components_.dtype == once.transform(X).dtype == np.float32


def test_a_table_of_zeros_has_no_variance() -> None:
    model = TruncatedSVD(1, random_state=0).fit(np.zeros((4, 3)))
    assert model.singular_values_.tolist() == [0.0] and model.explained_variance_ratio_.tolist() == [0.0]


@pytest.mark.parametrize(("algorithm", "most"), [("randomized", 3), ("arpack", 2)])
def test_more_components_than_there_can_be_are_refused(algorithm: Any, most: int) -> None:
    words = rf"n_components\({most + 1}\) must be <= {most} for X of n_samples=5, n_features=3"
    with pytest.raises(ParameterError, match=words):
        TruncatedSVD(most + 1, algorithm=algorithm).fit(np.ones((5, 3)))


def test_damaged_records_are_refused(tmp_path: Path) -> None:
    model = TruncatedSVD(2, random_state=0).fit(words())
    model.components_ = model.components_[:1]
    pellucid.save(model, tmp_path / "m")
    with pytest.raises(ModelFileError, match="components and values in the record"):
        pellucid.load(tmp_path / "m")


def test_a_tall_table_is_not_held_a_second_time() -> None:
    X = np.random.default_rng(0).normal(size=(100_000, 20)) + 3.0
    TruncatedSVD(5, random_state=0).fit(X[:1000])
    tracemalloc.start()
    model = TruncatedSVD(5, random_state=0).fit(X)
    assert tracemalloc.get_traced_memory()[1] < 0.2 * X.nbytes
    tracemalloc.stop()
    np.testing.assert_allclose(model.explained_variance_, (X @ model.components_.T).var(axis=0), rtol=1e-10)
    np.testing.assert_allclose(
        model.explained_variance_ratio_, model.explained_variance_ / X.var(axis=0).sum(), rtol=1e-12
    )
