"""Numbers as zeros and ones: the threshold itself, sparse rows, the copy."""

import numpy as np
import pytest
import scipy.sparse

from pellucid.errors import DataError
from pellucid.preprocessing import Binarizer


def test_the_threshold_itself_is_not_above_it() -> None:
    x = np.array([[-1.0, 0.5], [np.nextafter(0.5, 1), 7.0]])
    assert Binarizer(threshold=0.5).transform(x).tolist() == [[0, 0], [1, 1]]
    assert Binarizer().transform(x).tolist() == [[0, 1], [1, 1]]


def test_sparse_rows_store_only_ones_and_a_threshold_below_zero_is_refused() -> None:
    rows = scipy.sparse.csr_array([[3.0, 0.0], [-1.0, 0.5]])
    out = Binarizer(threshold=0.5).fit_transform(rows)
    assert out.nnz == 1 and out.toarray().tolist() == [[1, 0], [0, 0]]
    assert rows.data.tolist() == [3, -1, 0.5]
    with pytest.raises(DataError, match="Cannot binarize a sparse matrix with threshold < 0; threshold is -0.5"):
        Binarizer(threshold=-0.5).fit(rows).transform(rows)


def test_the_input_is_left_alone_unless_it_may_be_written_into() -> None:
    x = np.array([[2.0], [-2.0]])
    Binarizer().transform(x)
    assert x.tolist() == [[2], [-2]]
    assert Binarizer(copy=False).transform(x) is x and x.tolist() == [[1], [0]]
    y = np.array([[2.0]])
    assert Binarizer().transform(y, copy=False) is y
