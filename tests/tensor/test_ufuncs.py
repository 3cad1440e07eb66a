"""NumPy's universal functions keep the record: array + Tensor, np.exp(Tensor)."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError
from pellucid.tensor._ufuncs import UFUNCS

X = np.array([[0.5, 1.5, 2.0]])
Y = np.array([[1.0], [2.0]])


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_the_entries_are_those_numpy_computes(name: str) -> None:
    ufunc = getattr(np, name)
    x = [X, Y if name != "matmul" else Y.T][: ufunc.nin] if name != "matmul" else [Y, X]
    wanted = ufunc(*x)
    for mixed in ([Tensor(v) for v in x], [Tensor(x[0]), *x[1:]], [*x[:-1], Tensor(x[-1])]):
        given = ufunc(*mixed)
        assert isinstance(given, Tensor)
        np.testing.assert_allclose(given.data, wanted, rtol=1e-15)


@pytest.mark.parametrize("symbol", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
def test_an_array_on_the_left_is_recorded_too(symbol: Callable[[Any, Any], Any]) -> None:
    t = Tensor(Y, requires_grad=True)
    z = symbol(X, t)
    z.backward(np.ones((2, 3)))
    step = 1e-6
    slope = (symbol(X, Y + step) - symbol(X, Y - step)).sum(axis=1, keepdims=True) / (2 * step)
    np.testing.assert_allclose(t.grad.data, slope, rtol=1e-8)


def test_a_matrix_on_the_left_is_recorded_too() -> None:
    t = Tensor(X, requires_grad=True)
    (Y @ t).sum().backward()
    assert t.grad.tolist() == [[3.0, 3.0, 3.0]]


def test_functions_of_whole_numbers_are_float32() -> None:
    assert np.exp(Tensor([0, 1])).dtype == np.float32


def test_what_would_lose_the_record_is_refused_with_the_way_out() -> None:
    t = Tensor(X, requires_grad=True)
    with pytest.raises(DtypeError, match=r"numpy\.arctan: is not recorded .* t\.numpy\(\) to leave the record"):
        np.arctan(t)
    with pytest.raises(DtypeError, match=r"numpy\.add: .*method reduce"):
        np.add.reduce(t)
    with pytest.raises(DtypeError, match=r"options \['out'\]"):
        array = np.zeros((1, 3))
        array += t
