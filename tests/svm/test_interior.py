"""The steps end at the optimum: no gap to the primal, and where coordinate descent ends."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_diabetes

from pellucid.svm import LinearSVC, LinearSVR, _interior
from pellucid.svm._interior import Interior, first_inside, of_classes, of_numbers


def problem(kind: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(200, 4)) * [1.0, 5.0, 0.1, 1.0] * (rng.random((200, 4)) < 0.7)
    X = np.column_stack([X, X[:, 0]])
    y = X[:, 0] + X[:, 3] + rng.normal(size=200)
    return X, np.where(y > 0.0, 1.0, -1.0) if kind == "hinge" else y, rng.uniform(0.1, 3.0, 200)


def search(kind: str, X: Any, y: np.ndarray, upper: np.ndarray, bias: float) -> Interior:
    square = np.asarray((X * X).sum(axis=1)).ravel() + bias**2
    if kind == "hinge":
        return of_classes(X, bias, square, y, upper)
    return of_numbers(X, bias, square, y, {"tube": 0.3, "absolute": 0.0}[kind], upper)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("bias", [0.0, 2.5])
@pytest.mark.parametrize("kind", ["hinge", "tube", "absolute"])
@pytest.mark.parametrize("seed", range(3))
def test_the_primal_and_the_dual_objective_meet(seed: int, kind: str, bias: float, sparse: bool) -> None:
    X, y, upper = problem(kind, seed)
    found, w, steps = search(kind, csr_array(X) if sparse else X, y, upper, bias), np.zeros(6), 0
    while found.step(w) > 1e-9:
        steps += 1
        assert steps < 60
    score, net, epsilon = X @ w[:-1] + bias * w[-1], found.net, 0.3 if kind == "tube" else 0.0
    lost = np.maximum(1.0 - y * score if kind == "hinge" else np.abs(y - score) - epsilon, 0.0)
    pay = net @ y - epsilon * np.abs(net).sum()  # y is its own sign where it is -1 or 1
    np.testing.assert_allclose(w, np.append(X.T @ net, bias * net.sum()), rtol=0, atol=1e-8)
    assert (np.abs(net) <= upper).all() and (kind != "hinge" or (net * y >= 0.0).all())
    assert 0.5 * w @ w + upper @ lost == pytest.approx(pay - 0.5 * w @ w, rel=1e-9)


def test_separable_rows_of_a_huge_scale_end_as_well() -> None:
    X, y, upper = problem("hinge")
    X = 1e4 * (X + np.outer(y, [3.0, 0.0, 0.0, 0.0, 3.0]))
    found, w, steps = search("hinge", X, y, 1e3 * upper, 1.0), np.zeros(6), 0
    while found.step(w) > 1e-9 and steps < 100:
        steps += 1
    assert steps < 100 and (y * (X @ w[:-1] + w[-1])).min() == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("model", [LinearSVC(loss="hinge"), LinearSVR(), LinearSVR(epsilon=0.3)], ids=repr)
def test_coordinate_descent_comes_to_the_same_weights(
    model: Any, sparse: bool, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = (load_breast_cancer if model.role == "classifier" else load_diabetes)(return_X_y=True)
    X, y = (X / X.std(axis=0))[:, :8], y if model.role == "classifier" else (y - y.mean()) / y.std()
    rows, weight = csr_array(X) if sparse else X, np.random.default_rng(0).integers(0, 3, len(X)) if weighted else None
    model.set_params(C=0.01, tol=1e-7, random_state=0, max_iter=100_000)
    inside = model.fit(rows, y, weight).coef_, model.intercept_
    steps = model.n_iter_
    assert steps < 60
    for name, limit in (("MOST_FEATURES", 0), ("SHORTEST", np.inf)):  # epochs alone; one step, then epochs
        with monkeypatch.context() as changed:
            changed.setattr(_interior, name, limit)
            np.testing.assert_allclose(model.fit(rows, y, weight).coef_, inside[0], rtol=0, atol=1e-5)
            np.testing.assert_allclose(model.intercept_, inside[1], rtol=0, atol=1e-5)
            assert model.n_iter_ != steps


def test_where_steps_end_the_dual_point_is_handed_on() -> None:
    X, y, upper = problem("hinge")
    kept, dual, w, told = np.arange(200) % 4 > 0, np.zeros(200), np.zeros(6), [0.0]
    found = search("hinge", X[kept], y[kept], upper[kept], 1.0)

    def epoch() -> float:
        np.testing.assert_allclose(X.T @ (dual * y), w[:-1], rtol=0, atol=1e-9)
        assert (dual >= 0.0).all() and dual[kept].any() and not dual[~kept].any()
        return -1.0

    go_on = first_inside(found, kept, y, dual, w, epoch)
    while told[-1] >= 0.0:
        told.append(go_on())
        assert len(told) < 100
    assert not found.going() and min(told[1:-1]) < 1e-9


@pytest.mark.parametrize("model", [LinearSVC(loss="hinge"), LinearSVR(epsilon=0.1)], ids=repr)
def test_a_row_that_hardly_weighs_is_as_one_that_does_not(model: Any) -> None:
    X, y, _ = problem("hinge" if model.role == "classifier" else "tube")
    model.set_params(tol=1e-9, max_iter=100_000, random_state=0)
    for small in (1e-200, 1e-300):
        light, none = np.ones(200), np.ones(200)
        light[3], none[3] = small, 0.0
        wanted = model.fit(X, y, none).coef_
        np.testing.assert_allclose(model.fit(X, y, light).coef_, wanted, rtol=0, atol=1e-6)
