"""Entries at the edges of their domains: where the plain formula overflows, divides by zero or has a kink."""

import builtins
import math
from typing import Any

import numpy as np
import pytest

from pellucid.errors import DtypeError
from pellucid.ops import ARRAYS, OPS


def derivative(name: str, *x: Any, i: int = 0) -> float:
    return float(OPS[name].vjp(ARRAYS, i, np.float64(1.0), OPS[name].run(*x), *x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_softplus_are_exact_where_the_plain_formula_overflows(dtype: Any) -> None:
    x = np.array([-1e4, -80.0, 0.0, 80.0, 1e4], dtype)
    sigmoid = [0.0, math.exp(-80), 0.5, 1.0, 1.0]
    np.testing.assert_allclose(OPS["sigmoid"].run(x), np.array(sigmoid, dtype), rtol=1e-6)
    softplus = [0.0, math.exp(-80), math.log(2), 80.0, 1e4]
    np.testing.assert_allclose(OPS["softplus"].run(x), np.array(softplus, dtype), rtol=1e-6)


def test_equal_operands_of_maximum_share_the_cotangent() -> None:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    for i, wanted in ((0, [0.0, 0.5, 1.0]), (1, [1.0, 0.5, 0.0])):
        assert OPS["maximum"].vjp(ARRAYS, i, np.ones(3), np.maximum(a, b), a, b).tolist() == wanted


def test_derivatives_at_zero_are_those_documented() -> None:
    zero = np.float64(0.0)
    assert derivative("absolute", zero) == 0.0
    assert derivative("relu", zero) == 0.0
    assert derivative("power", zero, 0) == 0.0
    assert derivative("power", zero, 1) == 1.0
    assert derivative("power", zero, 2) == 0.0
    assert derivative("power", zero, np.float64(0.0)) == 0.0
    assert derivative("power", zero, np.float64(1.5), i=1) == 0.0


def test_a_power_of_any_base_has_the_derivative_of_its_formula() -> None:
    for a in (-3.0, -0.5, 2.0):
        for b in (-2, -1, 1, 2, 3):
            assert derivative("power", np.float64(a), b) == pytest.approx(b * a ** (b - 1), rel=1e-15)


def test_erf_needs_no_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(-3, 3, 13).reshape(1, 13)
    wanted = OPS["erf"].run(x)
    real = builtins.__import__

    def without_scipy(name: str, *rest: Any) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_scipy)
    np.testing.assert_allclose(OPS["erf"].run(x), wanted, rtol=1e-14)
    assert OPS["erf"].run(x.astype(np.float32)).dtype == np.float32
    assert OPS["erf"].run(np.zeros((0, 2))).shape == (0, 2)


def test_functions_refuse_whole_numbers_and_take_python_ones() -> None:
    with pytest.raises(DtypeError, match=r"exp: needs floating-point numbers, got int64; cast first"):
        OPS["exp"].run(np.arange(3))
    assert OPS["exp"].run(0.0) == 1.0


def test_a_selection_passes_no_infinity_from_the_branch_not_taken() -> None:
    c, dy = np.array([True, False]), np.array([np.inf, 1.0])
    assert OPS["where"].vjp(ARRAYS, 2, dy, dy, c, dy, dy).tolist() == [0.0, 1.0]
