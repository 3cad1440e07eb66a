"""All solutions agree with the normal equations; singular ones are told apart."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.linear_model._least_squares import (
    Singular,
    fold_rows,
    folded,
    solve_iterated,
    solve_kernel,
    solve_moments,
    solve_positive,
    solve_spectrum,
    triangle,
)
from pellucid.linear_model._moments import moments

ALPHA = np.array([0.5, 0.5, 20.0])


def centred(n_rows: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    X, aims = rng.normal(size=(n_rows, n_features)), rng.normal(size=(n_rows, 3))
    return X - X.mean(axis=0), aims - aims.mean(axis=0)


@pytest.mark.parametrize("shape", [(20, 4), (4, 20)])
def test_all_give_the_solution_of_the_normal_equations(shape: tuple[int, int]) -> None:
    X, aims = centred(*shape)
    eye = np.eye(shape[1])
    wanted = np.column_stack([np.linalg.solve(X.T @ X + a * eye, X.T @ aims[:, t]) for t, a in enumerate(ALPHA)])
    np.testing.assert_allclose(solve_moments(moments(X, aims, None, False), ALPHA), wanted, atol=1e-12)
    np.testing.assert_allclose(solve_kernel(X, aims, ALPHA), wanted, atol=1e-12)
    np.testing.assert_allclose(solve_spectrum(X, aims, ALPHA), wanted, atol=1e-12)
    moved = csr_array(X + 3.0)  # and the 3 taken off again on the way
    found, steps = solve_iterated(moved, aims, np.full(shape[1], 3.0), np.ones(shape[0]), ALPHA, 1e-14, None)
    np.testing.assert_allclose(found, wanted, atol=1e-10)
    assert steps >= 1


def test_a_matrix_without_correct_digits_is_called_singular() -> None:
    X, aims = centred(20, 4)
    double = np.column_stack([X, X[:, 0]])
    with pytest.raises(Singular):
        solve_moments(moments(double, aims, None, False), np.zeros(3))
    near = moments(np.column_stack([X, X[:, 0] + 1e-3 * X[:, 1] ** 2]), aims, None, False)
    assert np.isfinite(solve_moments(near, np.zeros(3))).all()
    with pytest.raises(Singular):
        solve_moments(near, np.zeros(3), 1e-5)
    slopes = solve_spectrum(double, aims, np.zeros(3))
    np.testing.assert_allclose(slopes[0], slopes[4], atol=1e-12)  # the shortest shares equally


def test_positive_solutions_are_those_of_the_unbound_problem_where_that_is_positive() -> None:
    X, _ = centred(20, 4)
    aims = X @ np.array([[1.0, 2.0], [0.5, 1.0], [3.0, 0.1], [1.0, 1.0]])
    known, alpha = moments(X, aims, None, False), np.array([0.0, 0.1])
    np.testing.assert_allclose(solve_positive(known, alpha), solve_moments(known, alpha), atol=1e-12)


@pytest.mark.parametrize("n_rows, width", [(1, 3), (512, 20), (5000, 20), (5000, 300), (900, 2000), (9000, 4000)])
def test_blocks_to_fold_hold_every_row_once_and_are_tall_but_not_large(n_rows: int, width: int) -> None:
    blocks = fold_rows(n_rows, width)
    assert [row for one in blocks for row in range(n_rows)[one]] == list(range(n_rows))
    lengths = [len(range(n_rows)[one]) for one in blocks]
    assert all(length >= min(512, 2 * width) for length in lengths[:-1])
    assert all(length * width <= max(1 << 20, 512 * width, 2 * width**2) for length in lengths)


def test_rows_far_apart_in_size_are_folded_without_losing_a_digit() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 5)) @ np.diag(10.0 ** -np.arange(0, 15, 3)) @ rng.normal(size=(5, 5))
    found = folded((X[where] for where in fold_rows(*X.shape)), 5)
    exact = np.linalg.svd(X, compute_uv=False)
    assert np.abs(np.linalg.svd(found, compute_uv=False) - exact).max() <= 8 * np.finfo(np.float64).eps * exact[0]


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("shape", [(50, 4), (4, 20), (9, 9), (1300, 4)])
def test_a_triangle_keeps_every_square_but_for_a_constant(shape: tuple[int, int], sparse: bool) -> None:
    rng = np.random.default_rng(3)
    X, aims = rng.normal(size=shape), rng.normal(size=(shape[0], 3))
    centre, root = X.mean(axis=0), rng.uniform(0.5, 2.0, shape[0])
    known, right = triangle(csr_array(X) if sparse else X, aims, centre, root)
    assert len(known) == min(shape[0], shape[1] + 3)

    def squares(w: np.ndarray) -> np.ndarray:
        return ((right - known @ w) ** 2).sum(axis=0)

    w, v = rng.normal(size=(2, shape[1], 3))
    wide = root[:, None] * (X - centre)
    wanted = ((aims - wide @ w) ** 2).sum(axis=0) - ((aims - wide @ v) ** 2).sum(axis=0)
    np.testing.assert_allclose(squares(w) - squares(v), wanted, rtol=1e-10, atol=1e-10)
