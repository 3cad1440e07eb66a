"""The normal distribution: SciPy's numbers, with and without SciPy."""

import sys

import numpy as np
import pytest
import scipy.special

from pellucid.preprocessing._normal import normal_quantile, normal_share

Z = np.array([[-8.0, -5.0, -1e-9], [0.0, 2.5, np.nan]])
SHARES = np.array([0.0, 1e-300, 1e-7, 0.3, 0.5, 1 - 1e-7, 1.0, np.nan, -0.1])


@pytest.mark.parametrize("there", [True, False])
def test_both_functions_are_those_of_scipy_even_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    wanted = scipy.special.ndtr(Z), scipy.special.ndtri(SHARES)
    if not there:
        monkeypatch.setitem(sys.modules, "scipy.special", None)
    np.testing.assert_allclose(normal_share(Z), wanted[0], rtol=1e-13)
    np.testing.assert_allclose(normal_quantile(SHARES), wanted[1], rtol=1e-13, atol=1e-15)
