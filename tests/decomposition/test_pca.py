"""PCA, against scikit-learn's and its definition."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.decomposition
from scipy.sparse import csc_matrix, csr_array

import pellucid
from pellucid.decomposition import PCA
from pellucid.errors import DataError, ParameterError


def turned(n_rows: int = 300, n_features: int = 8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(n_features, n_features)))[0]
    return rng.normal(size=(n_rows, n_features)) * np.geomspace(10, 0.1, n_features) @ turn + rng.normal(
        size=n_features
    )


NUMBERS = ("components_", "mean_", "explained_variance_", "explained_variance_ratio_", "singular_values_")


@pytest.mark.parametrize("shape", [(300, 8), (40, 8), (8, 40), (30, 30)])
@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh"])
@pytest.mark.parametrize("given", [{}, {"n_components": 2}, {"n_components": 0.9}, {"whiten": True, "n_components": 3}])
def test_its_numbers_and_signs_are_those_of_scikit_learn(
    shape: tuple[int, int], solver: Any, given: dict[str, Any]
) -> None:
    X = turned(*shape)
    ours = PCA(svd_solver=solver, **given).fit(X)
    theirs = sklearn.decomposition.PCA(svd_solver="full", **given).fit(X)
    k = min(ours.n_components_, min(shape) - 1)  # N <= D: the last axis has no variance, and no direction
    assert (ours.n_components_, ours.n_samples_) == (theirs.n_components_, theirs.n_samples_)
    for name in NUMBERS:
        own, their = getattr(ours, name), getattr(theirs, name)
        own, their = (own, their) if name == "mean_" else (own[:k], their[:k])
        np.testing.assert_allclose(own, their, rtol=1e-9, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(ours.noise_variance_, theirs.noise_variance_, rtol=1e-9, atol=1e-12)
    fresh = turned(20, shape[1], seed=1)
    np.testing.assert_allclose(ours.transform(fresh)[:, :k], theirs.transform(fresh)[:, :k], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_the_rank_by_likelihood_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 10)) + 0.1 * rng.normal(size=(400, 10))
    assert PCA("mle").fit(X).n_components_ == sklearn.decomposition.PCA("mle").fit(X).n_components_ == 3


@pytest.mark.parametrize("solver", ["randomized", "arpack"])
@pytest.mark.parametrize("shape", [(300, 40), (40, 300)])
def test_the_iterative_solvers_come_to_the_exact_axes(solver: Any, shape: tuple[int, int]) -> None:
    X = turned(*shape)
    exact = PCA(4, svd_solver="full").fit(X)
    near = PCA(4, svd_solver=solver, random_state=0, iterated_power=40).fit(X)
    for name in NUMBERS:
        np.testing.assert_allclose(getattr(near, name), getattr(exact, name), rtol=1e-6, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(near.noise_variance_, exact.noise_variance_, rtol=1e-6)
    again = PCA(4, svd_solver=solver, random_state=0, iterated_power=40).fit(X)
    np.testing.assert_array_equal(again.components_, near.components_)


@pytest.mark.parametrize("solver", ["auto", "covariance_eigh", "arpack"])
@pytest.mark.parametrize("container", [csr_array, csc_matrix])
def test_sparse_rows_give_the_axes_of_dense_ones(solver: Any, container: Any) -> None:
    X = np.random.default_rng(0).poisson(0.4, size=(120, 9)).astype(np.float64)
    dense = PCA(3, svd_solver="full").fit(X)
    sparse = PCA(3, svd_solver=solver, random_state=0).fit(container(X))
    for name in NUMBERS:
        np.testing.assert_allclose(getattr(sparse, name), getattr(dense, name), rtol=1e-8, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(sparse.transform(container(X)), dense.transform(X), rtol=1e-8, atol=1e-8)
    with pytest.raises(ParameterError, match="svd_solver='full' takes no sparse rows"):
        PCA(svd_solver="full").fit(container(X))


def test_single_precision_stays_so() -> None:
    X = turned()
    for solver in ("full", "covariance_eigh", "randomized"):
        model = PCA(3, svd_solver=solver, random_state=0).fit(X.astype(np.float32))
        assert {getattr(model, name).dtype for name in NUMBERS} == {np.dtype(np.float32)}
        assert model.transform(X.astype(np.float32)).dtype == np.float32
        np.testing.assert_allclose(model.explained_variance_, PCA(3).fit(X).explained_variance_, rtol=1e-4)


def test_constant_columns_have_no_part_and_a_constant_table_no_variance() -> None:
    X = turned()
    wide = PCA(3).fit(np.column_stack([X, np.full(len(X), 1e3)]))
    np.testing.assert_allclose(wide.components_[:, -1], 0.0, atol=1e-12)
    np.testing.assert_allclose(wide.explained_variance_, PCA(3).fit(X).explained_variance_, rtol=1e-9)
    flat = PCA(1, whiten=True).fit(np.full((5, 2), 3.0))
    assert flat.explained_variance_ratio_.tolist() == [0.0] and np.isfinite(flat.transform([[3.0, 3.0]])).all()


def test_the_unit_of_a_feature_decides_the_first_component() -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    assert abs(PCA(1).fit(X * [1.0, 1e3, 1.0]).components_[0, 1]) > 0.999


@pytest.mark.parametrize(
    ("X", "given", "words"),
    [
        (np.ones((1, 3)), {}, "n_samples=1 row"),
        (np.ones((5, 3)), {"n_components": 4}, r"n_components=4 must be between 0 and min\(n_samples, n_features\)=3"),
        (np.ones((5, 9)), {"n_components": "mle"}, "only supported if n_samples >= n_features"),
        (np.ones((5, 3)), {"n_components": "mle", "svd_solver": "randomized"}, "must be between 1"),
        (np.eye(5), {"n_components": 5, "svd_solver": "arpack"}, "arpack finds one less"),
        ([[np.nan, 1.0], [1.0, 2.0]], {}, "PCA: X holds 1 missing values"),
        ([["a", "b"]], {}, "not a number"),
        (np.empty((0, 2)), {}, "0 row"),
    ],
)
def test_what_has_no_such_components_is_an_error_that_says_why(X: Any, given: dict[str, Any], words: str) -> None:
    with pytest.raises((DataError, ParameterError), match=words):
        PCA(**given).fit(X)


def test_a_loaded_model_transforms_where_scipy_cannot_be_imported(tmp_path: Path) -> None:
    X = turned()
    model = PCA(3, whiten=True).fit(X)
    pellucid.save(model, tmp_path / "m")
    np.savez(tmp_path / "x.npz", X=X, z=model.transform(X), p=model.score_samples(X))
    code = (
        "import sys; sys.modules['numba'] = sys.modules['scipy'] = None\n"
        "import numpy as np, pellucid\n"
        f"m, held = pellucid.load({str(tmp_path / 'm')!r}), np.load({str(tmp_path / 'x.npz')!r})\n"
        "assert (m.transform(held['X']) == held['z']).all() and (m.score_samples(held['X']) == held['p']).all()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
