"""Rows of whatever a user holds, in the kind they came in."""

from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.sparse

from pellucid.data import as_table
from pellucid.errors import DataError
from pellucid.model_selection._containers import check_same_rows, n_rows, take_rows, take_square

ROWS = np.array([3, 0])

CONTAINERS: dict[str, tuple[Any, Any]] = {  # what is held, and what its first column is after taking
    "list": ([10, 11, 12, 13], lambda taken: taken),
    "tuple": ((10, 11, 12, 13), list),
    "array": (np.arange(10, 14), np.ndarray.tolist),
    "matrix": (np.arange(10, 18).reshape(2, 4).T.copy(), lambda taken: taken[:, 0].tolist()),
    "sparse matrix": (
        scipy.sparse.csr_matrix(np.arange(10, 14)[:, None]),
        lambda taken: taken.toarray()[:, 0].tolist(),
    ),
    "sparse array": (scipy.sparse.csr_array(np.arange(10, 14)[:, None]), lambda taken: taken.toarray()[:, 0].tolist()),
    "pandas frame": (pandas.DataFrame({"a": range(10, 14)}, index=list("wxyz")), lambda taken: taken["a"].tolist()),
    "pandas column": (pandas.Series(range(10, 14), index=list("wxyz")), lambda taken: taken.tolist()),
    "Polars frame": (polars.DataFrame({"a": range(10, 14)}), lambda taken: taken["a"].to_list()),
    "Polars column": (polars.Series(range(10, 14)), lambda taken: taken.to_list()),
    "Arrow table": (pyarrow.table({"a": list(range(10, 14))}), lambda taken: taken["a"].to_pylist()),
    "Arrow column": (pyarrow.array(range(10, 14)), lambda taken: taken.to_pylist()),
    "pellucid table": (as_table({"a": np.arange(10, 14)}), lambda taken: taken.column("a").tolist()),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_rows_come_back_in_the_order_asked_for_and_in_the_same_kind(kind: str) -> None:
    container, first_column = CONTAINERS[kind]
    taken = take_rows(container, ROWS)
    assert type(taken) is type(container)
    assert first_column(taken) == [13, 10]
    assert (n_rows(container), n_rows(taken)) == (4, 2)


def test_rows_of_a_torch_tensor_come_back_as_a_tensor() -> None:
    torch = pytest.importorskip("torch")
    held = torch.arange(10, 14)
    taken = take_rows(held, ROWS)
    assert (type(taken), taken.tolist(), n_rows(held)) == (torch.Tensor, [13, 10], 4)


def test_a_pandas_frame_keeps_the_labels_of_its_rows() -> None:
    assert take_rows(CONTAINERS["pandas frame"][0], ROWS).index.tolist() == ["z", "w"]


def test_what_has_no_rows_is_refused() -> None:
    for lonely in (3, np.float64(3), iter([1])):
        with pytest.raises(DataError, match="has no rows to split"):
            n_rows(lonely)


def test_rows_come_out_of_any_sparse_format_and_of_what_only_turns_into_an_array() -> None:
    class Turns:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.arange(6.0).reshape(3, 2)

    dense = np.arange(6.0).reshape(3, 2)
    for kind in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia"):
        sparse = scipy.sparse.coo_array(dense).asformat(kind)
        assert n_rows(sparse) == 3 and take_rows(sparse, np.array([2, 0])).toarray().tolist() == [[4, 5], [0, 1]]
    assert n_rows(Turns()) == 3 and take_rows(Turns(), np.array([2])).tolist() == [[4, 5]]


def test_what_goes_together_has_equally_many_rows() -> None:
    check_same_rows([1, 2], None, np.zeros((2, 3)), where="here")
    with pytest.raises(DataError, match="here: X has 2 rows, and what belongs to them 3"):
        check_same_rows([1, 2], [1, 2, 3], where="here")


@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.coo_array, pandas.DataFrame, polars.DataFrame, list])
def test_rows_and_columns_come_out_of_what_is_square(kind: Any) -> None:
    square = np.arange(16.0).reshape(4, 4)
    out = take_square(kind(square), np.array([3, 0]), np.array([1, 2, 0]))
    out = out.toarray() if hasattr(out, "toarray") else np.asarray(out)
    np.testing.assert_array_equal(out, [[13, 14, 12], [1, 2, 0]])


def test_what_is_not_square_is_refused_where_it_must_be() -> None:
    for wrong in (np.ones((3, 2)), np.ones(4)):
        with pytest.raises(DataError, match=r"X should be a square kernel or distance matrix .* it has shape \("):
            take_square(wrong, np.array([0]), np.array([0]))
