"""Data, operands, keys and slopes become the arrays that NumPy computes with."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError, ShapeError
from pellucid.tensor._entries import as_array, operand_of, plain, plain_key, seed_of


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, np.float32),
        ([1.0, 2.0], np.float32),
        (np.ones(2), np.float64),
        (np.float64(1.0), np.float64),
        (3, np.int64),
        ([True], np.bool_),
        (Tensor(np.ones(2, np.float16)), np.float16),
    ],
)
def test_python_floats_become_float32_and_all_else_keeps_its_kind(data: Any, dtype: Any) -> None:
    assert as_array(data).dtype == dtype
    assert as_array(data, np.float64).dtype == np.float64


def test_an_array_is_taken_as_it_is() -> None:
    x = np.ones(3)
    assert as_array(x) is x and as_array(Tensor.wrap(x)) is x


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ("text", DtypeError, "holds real numbers or truth values"),
        ([1j], DtypeError, "not complex128"),
        ([[1.0], [1.0, 2.0]], ShapeError, "rows have different lengths"),
        ([[Tensor(1.0, requires_grad=True)]], GraphError, "use pellucid.tensor.stack"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(data: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        as_array(data)


def test_numbers_of_numpy_are_plain_numbers_as_operands_and_lists_are_arrays() -> None:
    assert type(operand_of(np.float64(2.0))) is float and type(operand_of(np.int8(2))) is int
    assert operand_of(2) == 2 and operand_of([1, 2]).tolist() == [1, 2]
    t = Tensor([1.0])
    assert operand_of(t) is t and plain(t) is t.data and plain(5) == 5


def test_a_key_keeps_its_slices_and_loses_its_tensors() -> None:
    at = Tensor([0, 2])
    assert plain_key(slice(1)) == slice(1)
    first, second = plain_key((at, slice(None)))
    assert first is at.data and second == slice(None)


def test_a_backward_pass_begins_with_one_or_with_what_is_given() -> None:
    loss, row = Tensor(2.0), Tensor(np.ones(3))
    assert seed_of(loss, None) == 1 and seed_of(loss, None).dtype == np.float32
    assert seed_of(Tensor([[2.0]]), None).shape == (1, 1)
    given = seed_of(row, [1, 2, 3])
    assert given.dtype == np.float64 and given.tolist() == [1, 2, 3]
    with pytest.raises(GraphError, match="has no single derivative"):
        seed_of(row, None)
    with pytest.raises(ShapeError, match=r"cotangent has shape \(2,\), the value \(3,\)"):
        seed_of(row, [1.0, 2.0])
