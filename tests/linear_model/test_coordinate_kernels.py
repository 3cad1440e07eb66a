"""The sweeps agree with coordinate descent written out in NumPy."""

import numpy as np
import pytest
from scipy.sparse import csc_array

from pellucid.linear_model._coordinate_kernels import soft, sweep_columns, sweep_gram, sweep_sparse


def swept(X: np.ndarray, y: np.ndarray, w: np.ndarray, l1: np.ndarray, l2: np.ndarray, positive: bool, visit):
    """One sweep, from the formula."""
    w = w.copy()
    for j in visit:
        h = X[:, j] @ X[:, j]
        if h + l2[j] == 0:
            continue
        z = X[:, j] @ (y - X @ w) + h * w[j]
        w[j] = np.sign(z) * max(abs(z) - l1[j], 0.0) / (h + l2[j]) if z > 0 or not positive else 0.0
    return w


def sample() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(15, 5)) * (rng.random((15, 5)) < 0.6)
    X[:, 3] = 0.0
    return X, rng.normal(size=15), rng.normal(size=5) ** 2, rng.uniform(0, 1, 5), rng.uniform(0, 1, 5)


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("visit", [[0, 1, 2, 3, 4], [4, 1]])
@pytest.mark.parametrize("sweeps", [1, 3])
def test_every_form_of_the_data_gives_the_sweep_of_the_formula(sweeps: int, visit: list[int], positive: bool) -> None:
    X, y, start, l1, l2 = sample()
    root = np.sqrt(np.random.default_rng(1).uniform(0.5, 2.0, len(X)))
    centre = (root**2 @ X) / (root @ root)
    aim = root * (y - (root**2 @ y) / (root @ root))
    centred = root[:, None] * (X - centre)
    wanted = start
    for _ in range(sweeps):
        wanted = swept(centred, aim, wanted, l1, l2, positive, visit)
    rest, square, turns = (l1, l2, positive), np.einsum("nd,nd->d", centred, centred), np.array(visit)

    w = start.copy()
    gram = centred.T @ centred
    slope = centred.T @ (aim - centred @ w)
    assert sweep_gram(gram, w, slope, *rest, turns, sweeps, 0.0) == sweeps
    np.testing.assert_allclose(w, wanted, atol=1e-13)
    np.testing.assert_allclose(slope, centred.T @ (aim - centred @ w), atol=1e-12)

    w = start.copy()
    residual = aim - centred @ w
    sweep_columns(np.ascontiguousarray(centred.T), square, w, residual, *rest, turns, sweeps, 0.0)
    np.testing.assert_allclose(w, wanted, atol=1e-13)
    np.testing.assert_allclose(residual, aim - centred @ w, atol=1e-13)

    w = start.copy()
    columns = csc_array(root[:, None] * X)
    residual, shift = aim - columns @ w, np.array([centre @ w])
    parts = (columns.data, columns.indices, columns.indptr, centre, columns.T @ root, square)
    sweep_sparse(*parts, w, residual, shift, *rest, turns, sweeps, 0.0)
    np.testing.assert_allclose(w, wanted, atol=1e-13)
    np.testing.assert_allclose(residual + shift * root, aim - centred @ w, atol=1e-13)


def test_sweeps_end_early_once_nothing_moves() -> None:
    X, y, start, l1, l2 = sample()
    w, gram = start.copy(), X.T @ X
    made = sweep_gram(gram, w, X.T @ (y - X @ w), l1, l2, False, np.arange(5), 10_000, 1e-20)
    assert 1 < made < 10_000
    np.testing.assert_allclose(swept(X, y, w, l1, l2, False, range(5)), w, atol=1e-9)


@pytest.mark.parametrize(("z", "positive", "wanted"), [(3, False, 2), (-3, False, -2), (-3, True, 0), (0.5, False, 0)])
def test_the_soft_threshold_is_its_definition(z: float, positive: bool, wanted: float) -> None:
    assert soft(z, 1.0, positive) == wanted
