"""Products of columns: their exponents, their memory, sparse rows, refusals."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError, ParameterError
from pellucid.preprocessing import PolynomialFeatures


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(0, 4), st.booleans(), st.integers(0, 2**32))
def test_every_output_is_the_product_its_exponents_say(width: int, degree: int, alone: bool, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(3, width))
    poly = PolynomialFeatures(degree, interaction_only=alone).fit(x)
    assert poly.powers_.shape == (poly.n_output_features_, width)
    np.testing.assert_allclose(poly.transform(x), (x[:, None, :] ** poly.powers_).prod(axis=2), rtol=1e-12)
    assert len({tuple(row) for row in poly.powers_.tolist()}) == len(poly.get_feature_names_out())


def test_names_are_made_of_those_of_the_columns() -> None:
    poly = PolynomialFeatures((2, 3), include_bias=False, interaction_only=True).fit(np.ones((1, 3)))
    assert poly.get_feature_names_out(["a", "b", "c"]).tolist() == ["a b", "a c", "b c", "a b c"]


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_output_lies_in_memory_as_asked(order: Any) -> None:
    out = PolynomialFeatures(order=order).fit_transform(np.ones((4, 3)))
    assert out.flags[f"{order}_CONTIGUOUS"]


def test_sparse_rows_stay_sparse_and_store_no_zeros() -> None:
    x = scipy.sparse.csr_matrix([[0.0, 2.0, 0.0], [3.0, 0.0, 1.0]])
    out = PolynomialFeatures(include_bias=False).fit_transform(x)
    assert isinstance(out, scipy.sparse.csr_matrix) and out.nnz == (out.toarray() != 0).sum()
    np.testing.assert_array_equal(out.toarray(), PolynomialFeatures(include_bias=False).fit_transform(x.toarray()))


@pytest.mark.parametrize("degree", [(3, 2), (1,), (-1, 2), (0.5, 1), ("a", "b")])
def test_degrees_that_are_none_are_refused(degree: Any) -> None:
    with pytest.raises(ParameterError, match="it must be a whole number >= 0, or .lowest, highest."):
        PolynomialFeatures(degree).fit([[1.0]])


def test_no_columns_and_too_many_are_refused_with_what_to_change() -> None:
    with pytest.raises(ParameterError, match="Setting degree to zero and include_bias to False"):
        PolynomialFeatures(0, include_bias=False).fit([[1.0]])
    with pytest.raises(ParameterError, match="leaves no product of 2 columns"):
        PolynomialFeatures((3, 3), include_bias=False, interaction_only=True).fit([[1.0, 2.0]])
    with pytest.raises(DataError, match=r"make .* columns; at most 2,147,483,647"):
        PolynomialFeatures(8).fit(np.ones((1, 200)))
