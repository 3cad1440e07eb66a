"""Sparse rows in: layouts, dtypes, doubled places, refusals."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from pellucid.errors import DataError
from pellucid.preprocessing._sparse import entry_columns, is_sparse, read_sparse

LAYOUTS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")


@pytest.mark.parametrize("kind", ["array", "matrix"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_taken_and_a_matrix_stays_a_matrix(layout: str, kind: str) -> None:
    x = getattr(scipy.sparse, f"{layout}_{kind}")(np.array([[0, 2, 0], [3, 0, 0]]))
    own = read_sparse(x, where="test")
    assert is_sparse(own) and own.format == ("csc" if layout == "csc" else "csr") and own.dtype == np.float64
    assert isinstance(own, scipy.sparse.sparray) == (kind == "array")
    assert own.toarray().tolist() == [[0, 2, 0], [3, 0, 0]]
    own.data[:] = 0
    assert x.toarray().max() == 3


def test_a_place_stored_twice_is_summed_and_float32_kept() -> None:
    twice = scipy.sparse.coo_array((np.ones(2, np.float32), ([0, 0], [1, 1])), shape=(1, 2))
    own = read_sparse(twice, where="test")
    assert own.nnz == 1 and own.data.tolist() == [2.0] and own.dtype == np.float32


def test_each_entry_knows_its_column_in_both_layouts() -> None:
    table = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 4.0]])
    for layout in ("csr", "csc"):
        rows = read_sparse(scipy.sparse.csr_array(table), where="test", layout=layout)
        sums = np.bincount(entry_columns(rows), weights=rows.data)
        assert sums.tolist() == [1, 3, 6]


@pytest.mark.parametrize(
    "x, words",
    [
        (scipy.sparse.csr_array([[1j]]), "Complex data not supported"),
        (scipy.sparse.csr_array((0, 2)), r"0 row\(s\)"),
        (scipy.sparse.csr_array((2, 0)), r"0 feature\(s\)"),
        (scipy.sparse.coo_array([1.0, 2.0]), "1 axes"),
        (scipy.sparse.csr_array([[np.inf]]), "infinite values"),
        (scipy.sparse.csr_array([[np.nan]]), "missing values"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(x: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_sparse(x, where="test")


def test_missing_entries_pass_where_they_are_welcome() -> None:
    assert np.isnan(read_sparse(scipy.sparse.csr_array([[np.nan]]), where="test", missing=True).data[0])
