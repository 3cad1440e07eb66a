"""Statistics of sparse columns: those of the same columns with their zeros."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array
from scipy.stats import mode

from pellucid.impute._sparse_columns import STATISTICS, distinct

OF_DENSE = {"mean": np.mean, "median": np.median, "most_frequent": lambda known: mode(known).mode}


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from([0.0, 0.3, 0.9, 1.0]))
def test_they_are_those_of_the_same_columns_with_their_zeros(seed: int, n: int, zeros: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, (n, 4)) * (rng.random((n, 4)) >= zeros).astype(float)
    rows = csc_array(x)
    rows.data[rng.random(rows.nnz) < 0.2] = 0.0  # a stored zero is one more of the zeros
    x = rows.toarray()
    gone = rng.random(rows.nnz) < 0.3
    gaps = csc_array((gone, rows.indices, rows.indptr), shape=x.shape).toarray()
    for (values, counts), column, gap in zip(distinct(rows, gone), x.T, gaps.T, strict=True):
        known = column[~gap]
        np.testing.assert_array_equal(np.repeat(values, counts), np.sort(known))
        for name, of_dense in OF_DENSE.items():
            if len(known):
                np.testing.assert_allclose(STATISTICS[name](values, counts), of_dense(known), rtol=1e-12, atol=1e-15)
