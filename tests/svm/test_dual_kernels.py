"""An epoch is the rule written out in NumPy, for dense and sparse rows."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from pellucid.svm._dual_kernels import epoch


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
