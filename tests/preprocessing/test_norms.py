"""Rows of unit length: every norm, zeros, before any fit."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid.errors import DataError, ParameterError
from pellucid.preprocessing import Normalizer


@pytest.mark.parametrize("norm, order", [("l1", 1), ("l2", 2), ("max", np.inf)])
@pytest.mark.parametrize("hold", [np.asarray, scipy.sparse.csr_array, scipy.sparse.csc_matrix])
def test_every_row_gets_length_one_and_a_row_of_zeros_stays_one(norm: Any, order: float, hold: Any) -> None:
    x = np.random.default_rng(0).normal(size=(6, 4)) * [1, 10, 0, 1e-3]
    x[2] = 0
    z = Normalizer(norm).transform(hold(x))
    z = z.toarray() if scipy.sparse.issparse(z) else z
    np.testing.assert_allclose(np.linalg.norm(z, ord=order, axis=1), [1, 1, 0, 1, 1, 1], rtol=1e-12)


def test_it_needs_no_fit_but_keeps_to_the_columns_of_one() -> None:
    assert Normalizer().transform([[3.0, 4.0]]).tolist() == [[0.6, 0.8]]
    with pytest.raises(DataError, match="X has 3 features, but Normalizer is expecting 2"):
        Normalizer().fit([[3.0, 4.0]]).transform([[1.0, 1.0, 1.0]])


def test_gaps_and_unknown_norms_are_refused() -> None:
    with pytest.raises(DataError, match="missing values"):
        Normalizer().fit([[np.nan]])
    with pytest.raises(ParameterError, match="norm is 'l3'"):
        Normalizer("l3").transform([[1.0]])  # type: ignore[arg-type]  # the mistake is the test
