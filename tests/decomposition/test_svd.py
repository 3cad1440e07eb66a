"""Factorisations, against NumPy's exact ones."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.utils.extmath import svd_flip

from pellucid.decomposition._svd import (
    BLOCK_ROWS,
    fixed_signs,
    gram,
    lanczos_svd,
    right_svd,
    sketched_svd,
    sparse_gram,
)


def falling(n_rows: int, n_features: int, seed: int = 0) -> np.ndarray:
    """A table whose singular values fall quickly."""
    rng = np.random.default_rng(seed)
    k = min(n_rows, n_features)
    left, right = (np.linalg.qr(rng.normal(size=(n, k)))[0] for n in (n_rows, n_features))
    return left * np.geomspace(100.0, 1e-3, k) @ right.T


def test_signs_are_those_of_scikit_learn_and_a_tie_goes_to_the_first() -> None:
    axes = np.random.default_rng(0).normal(size=(6, 9))
    np.testing.assert_array_equal(fixed_signs(axes), svd_flip(None, axes.copy(), u_based_decision=False)[1])
    assert fixed_signs(np.array([[-1.0, 1.0], [0.0, 0.0]])).tolist() == [[1.0, -1.0], [0.0, 0.0]]


@pytest.mark.parametrize("shape", [(80, 30), (30, 80), (50, 50)])
@pytest.mark.parametrize("normalizer", ["auto", "QR", "LU"])
def test_a_sketch_finds_the_largest_values_and_axes(shape: tuple[int, int], normalizer: str) -> None:
    A = falling(*shape)
    _, exact, axes = np.linalg.svd(A, full_matrices=False)
    for table in (A, csr_array(A)):
        values, found = sketched_svd(
            table, 5, n_oversamples=10, n_iter="auto", normalizer=normalizer, rng=np.random.default_rng(0)
        )
        np.testing.assert_allclose(values, exact[:5], rtol=1e-9)
        np.testing.assert_allclose(found, fixed_signs(axes[:5]), atol=1e-7)


SPECTRA = {
    "a hundredth each": lambda k: np.maximum(10.0 ** (-2.0 * np.arange(k)), 1e-300),
    "a third each": lambda k: np.maximum(10.0 ** (-0.5 * np.arange(k)), 1e-300),
    "one far above the rest": lambda k: np.r_[1e6, 1.0 + 1.0 / np.arange(1, k)],
    "two steps": lambda k: np.r_[1e7, 1e3, 1e3, np.linspace(1.0, 0.5, k - 3)],
    "slow": lambda k: 1.0 / np.arange(1.0, k + 1),
}
SHAPES = [(400, 40), (100, 40), (40, 400)]  # tall enough for its triangle, not so, wide


def of_spectrum(shape: tuple[int, int], values: np.ndarray, dtype: Any) -> np.ndarray:
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(n, len(values))))[0] for n in shape)
    return np.asarray((left * values) @ right.T, dtype=dtype)


def test_the_right_values_and_axes_of_a_tall_table_are_those_of_its_blocks_of_rows() -> None:
    for dtype in (np.float64, np.float32):
        A = falling(1500, 12).astype(dtype)
        _, exact, axes = np.linalg.svd(A.astype(np.float64), full_matrices=False)
        values, found = right_svd(A)
        assert values.dtype == found.dtype == dtype
        eps = np.finfo(dtype).eps
        assert (np.abs(values - exact) <= 8 * eps * exact[0]).all()
        np.testing.assert_allclose(fixed_signs(found[:4]), fixed_signs(axes[:4]), atol=1e3 * eps)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("spectrum", SPECTRA)
def test_a_short_side_at_right_angles_is_as_good_as_both(shape: tuple[int, int], dtype: Any, spectrum: str) -> None:
    A = of_spectrum(shape, SPECTRA[spectrum](40), dtype)
    exact = np.linalg.svd(A.astype(np.float64), compute_uv=False)
    rounding = 4 * float(np.finfo(dtype).eps) * exact[0]
    for powers in (0, 1, 2, 3, 5, 12):
        error = {}
        for normalizer in ("auto", "QR"):
            values, _ = sketched_svd(
                A, 6, n_oversamples=4, n_iter=powers, normalizer=normalizer, rng=np.random.default_rng(powers)
            )
            error[normalizer] = np.abs(values - exact[:6])
        assert (error["auto"] <= error["QR"] * 1.01 + rounding).all(), powers


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("powers", [2, 5, 12])
def test_where_values_fall_quickly_a_sketch_is_exact_to_rounding(
    shape: tuple[int, int], dtype: Any, powers: int
) -> None:
    A = of_spectrum(shape, SPECTRA["a third each"](40), dtype)
    _, exact, axes = np.linalg.svd(A.astype(np.float64), full_matrices=False)
    rounding = 8 * float(np.finfo(dtype).eps) * exact[0]
    exactness = np.sqrt(A.size) * np.finfo(np.float64).eps * exact[0]  # of NumPy's: each entry off by a last place
    gap = np.minimum(-np.diff(exact[:7]), np.r_[np.inf, -np.diff(exact[:6])])  # Wedin: |E| turns an axis by |E| / gap
    for table in (A, csr_array(A)):
        values, found = sketched_svd(
            table, 6, n_oversamples=4, n_iter=powers, normalizer="auto", rng=np.random.default_rng(0)
        )
        assert (np.abs(values - exact[:6]) <= rounding).all()
        turned = np.linalg.norm(found - fixed_signs(axes[:6]), axis=1)
        assert (turned <= (rounding + exactness) / gap).all()
        np.testing.assert_allclose(found @ found.T, np.eye(6), atol=rounding / exact[0])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype, unit", [(np.float64, 2.0**700), (np.float64, 2.0**-700), (np.float32, 2.0**90)])
def test_tables_whose_squares_overflow_or_vanish_have_the_same_axes(
    shape: tuple[int, int], dtype: Any, unit: float
) -> None:
    A = of_spectrum(shape, SPECTRA["a third each"](40), dtype)
    for container in (np.asarray, csr_array):
        (near, axes), (far, turned) = (
            sketched_svd(
                container(A * dtype(by)), 4, n_oversamples=4, n_iter=6, normalizer="auto", rng=np.random.default_rng(0)
            )
            for by in (1.0, unit)
        )
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(far / unit, near, atol=8 * eps * near[0], rtol=0)
        np.testing.assert_allclose(turned, axes, atol=1e3 * eps)


def test_lanczos_finds_them_with_and_without_a_mean() -> None:
    A = falling(60, 25) + 3.0
    for mean in (None, A.mean(axis=0)):
        _, exact, axes = np.linalg.svd(A if mean is None else A - mean, full_matrices=False)
        for table in (A, csr_array(A)):
            values, found = lanczos_svd(table, 4, mean=mean, tol=0.0, rng=np.random.default_rng(0))
            np.testing.assert_allclose(values, exact[:4], rtol=1e-9)
            np.testing.assert_allclose(found, fixed_signs(axes[:4]), atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("level", [0.0, 2.0**20])
def test_the_gram_matrix_far_from_zero_is_that_at_zero(dtype: Any, level: float, monkeypatch: Any) -> None:
    X = np.round(np.random.default_rng(0).normal(size=(500, 4)) * 8) / 8  # exact beside 2^20 in single precision
    wanted = (X - X.mean(axis=0)).T @ (X - X.mean(axis=0))
    far = (X + level).astype(dtype)
    middle = (X.mean(axis=0, dtype=np.float64) + level).astype(dtype)
    for tile in (64, 1 << 20):
        monkeypatch.setattr("pellucid.decomposition._svd.TILE_VALUES", tile)
        rounding = 500.0 * np.abs(middle - level - X.mean(axis=0)).max() ** 2  # of the mean itself
        np.testing.assert_allclose(
            gram(far, middle),
            wanted,
            rtol=1e-5 if dtype == np.float32 else 1e-12,
            atol=rounding + 1e-3 * (dtype == np.float32),
        )


@pytest.mark.parametrize("n_features", [15, 16, 64, 65])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_gram_matrix_of_few_features_is_summed_over_blocks_of_rows(n_features: int, order: Any) -> None:
    X = np.asarray(np.random.default_rng(0).normal(size=(2 * BLOCK_ROWS + 7, n_features)) + 1.0, order=order)
    apart = X - X.mean(axis=0)
    np.testing.assert_allclose(gram(X, X.mean(axis=0)), apart.T @ apart, atol=1e-10)


def test_a_sketch_of_sparse_rows_is_that_of_dense_ones() -> None:
    A = np.where(np.random.default_rng(1).random((60, 25)) < 0.3, falling(60, 25), 0.0)
    found = [
        sketched_svd(rows, 4, n_oversamples=5, n_iter=4, normalizer="LU", rng=np.random.default_rng(0))
        for rows in (A, csr_array(A), np.asfortranarray(A))
    ]
    for values, axes in found[1:]:
        np.testing.assert_allclose(values, found[0][0], rtol=1e-10)
        np.testing.assert_allclose(axes, found[0][1], atol=1e-8)


def test_sparse_rows_have_the_gram_matrix_of_dense_ones() -> None:
    X = np.random.default_rng(0).poisson(0.3, size=(200, 6)).astype(np.float64)
    np.testing.assert_allclose(
        sparse_gram(csr_array(X), X.mean(axis=0)), gram(X, X.mean(axis=0)), rtol=1e-11, atol=1e-11
    )
