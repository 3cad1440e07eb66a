"""An epoch is the rule written out in NumPy, for dense and sparse rows."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.svm._dual_kernels import epoch, tube_epoch


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("upper", [np.inf, 0.3])
def test_an_epoch_is_the_rule_written_out(upper: float, sparse: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 3)) * (rng.random((12, 3)) < 0.7)
    y, lift, order = rng.choice([-1.0, 1.0], 12), rng.uniform(0.1, 1.0, 12), rng.permutation(12)
    wide = np.column_stack([X, np.full(12, 2.0)])
    a, w, worst = np.zeros(12), np.zeros(4), 0.0
    for i in order:
        slope = y[i] * (wide[i] @ w) - 1 + lift[i] * a[i]
        free = min(slope, 0.0) if a[i] == 0 else max(slope, 0.0) if a[i] >= upper else slope
        worst = max(worst, abs(free))
        new = np.clip(a[i] - slope / (wide[i] @ wide[i] + lift[i]), 0.0, upper) if free else a[i]
        w, a[i] = w + (new - a[i]) * y[i] * wide[i], new
    rows = csr_array(X)
    start = np.arange(13, dtype=np.int32) * 3
    parts = (rows.data, rows.indices, rows.indptr, True) if sparse else (X.ravel(), rows.indices, start, False)
    dual, found = np.zeros(12), np.zeros(4)
    square = np.einsum("nd,nd->n", wide, wide)
    told = epoch(*parts, y, 2.0, square, lift, np.full(12, upper), order, dual, found)
    np.testing.assert_allclose(dual, a, atol=1e-14)
    np.testing.assert_allclose(found, w, atol=1e-14)
    assert told == pytest.approx(worst)


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("epsilon", [0.0, 0.4])
@pytest.mark.parametrize("upper", [np.inf, 0.3])
def test_epochs_of_regression_are_the_rule_written_out_and_lower_the_dual(
    upper: float, epsilon: float, sparse: bool
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 3)) * (rng.random((12, 3)) < 0.7)
    y, lift = rng.normal(size=12), rng.uniform(0.1, 1.0, 12)
    wide = np.column_stack([X, np.full(12, 2.0)])
    square = np.einsum("nd,nd->n", wide, wide)
    rows = csr_array(X)
    start = np.arange(13, dtype=np.int32) * 3
    parts = (rows.data, rows.indices, rows.indptr, True) if sparse else (X.ravel(), rows.indices, start, False)
    a, dual, found, values = np.zeros(12), np.zeros(12), np.zeros(4), [0.0]
    for _ in range(3):
        order, worst = rng.permutation(12), 0.0
        for i in order:
            bend = square[i] + lift[i]
            slope = wide[i] @ (a @ wide) - y[i] + lift[i] * a[i]
            shortest = [slope + epsilon * np.sign(a[i])] if a[i] else [np.sign(slope) * max(abs(slope) - epsilon, 0.0)]
            free = 0.0 if abs(a[i]) >= upper and shortest[0] * a[i] < 0 else abs(shortest[0])
            worst = max(worst, free)
            best = a[i] - slope / bend
            a[i] = np.clip(np.sign(best) * max(abs(best) - epsilon / bend, 0.0), -upper, upper)
        told = tube_epoch(*parts, y, epsilon, 2.0, square, lift, np.full(12, upper), order, dual, found)
        np.testing.assert_allclose(dual, a, atol=1e-13)
        np.testing.assert_allclose(found, a @ wide, atol=1e-13)
        assert told == pytest.approx(worst)
        w = a @ wide
        values.append(float(w @ w / 2 + lift @ a**2 / 2 - a @ y + epsilon * np.abs(a).sum()))
    assert values == sorted(values, reverse=True) and values[0] > values[-1]
