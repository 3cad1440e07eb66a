"""Functions of single entries: within their stated error everywhere, and exact where they must be."""

from typing import Any

import numpy as np
import pytest
from native_runs import answers, input_of, native, node

from pellucid.compiler import Program
from pellucid.compiler._program import Constant
from pellucid.ops import OPS
from pellucid.ops._primitive import aval_of

F32, F64 = np.float32, np.float64
TINY = float(np.finfo(F32).tiny)  # below it, float32 has fewer digits

STATED = 2e-7  # relative, of exp, log and tanh in float32
COMPOSED = 5e-7  # of what is made of these, or of the C library's

FUNCTIONS = (
    *("negative", "absolute", "sign", "floor", "relu", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh"),
    *("erf", "sigmoid", "softplus"),
)


def all_over(low: float = -np.inf, high: float = np.inf) -> Any:
    """Every 1009th number of float32 between two."""
    bits = np.arange(0, 0x7F800000, 1009, dtype=np.uint32)
    x = bits.view(F32)
    x = np.concatenate([-x[::-1], x])
    return x[(x >= low) & (x <= high)]


def exact(name: str, x: Any) -> Any:
    with np.errstate(all="ignore"):
        return OPS[name].forward(x.astype(F64))


def relative_error(name: str, x: Any) -> float:
    """The largest, over results that are normal numbers; of others, the error in units of the smallest normal one."""
    y, found = exact(name, x), native(name, x).astype(F64)
    with np.errstate(over="ignore"):
        finite = np.isfinite(y.astype(F32))
    np.testing.assert_array_equal(np.isfinite(found), finite)
    return float((np.abs(found - y)[finite] / np.maximum(np.abs(y[finite]), TINY)).max())


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("exp", np.linspace(-103, 88.7, 1_000_003, dtype=F32)),
        ("exp", all_over(-103, 88.7)),
        ("log", all_over(1e-45)),
        ("log", np.linspace(0.5, 2.0, 1_000_003, dtype=F32)),
        ("tanh", all_over()),
        ("tanh", np.linspace(-10, 10, 1_000_003, dtype=F32)),
    ],
    ids=["exp steps", "exp all", "log all", "log near 1", "tanh all", "tanh steps"],
)
def test_exp_log_and_tanh_of_float32_are_within_their_stated_error(name: str, x: Any) -> None:
    assert relative_error(name, x) <= STATED


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("log1p", -1 + 1e-6, np.inf),
        ("expm1", -np.inf, 88.7),
        ("sigmoid", -87.0, np.inf),
        ("softplus", -87.0, np.inf),
        ("sqrt", 0.0, np.inf),
        ("erf", -np.inf, np.inf),
        ("sin", -1e4, 1e4),
        ("cos", -1e4, 1e4),
    ],
)
def test_other_functions_of_float32_are_nearly_as_close(name: str, low: float, high: float) -> None:
    assert relative_error(name, all_over(low, high)) <= COMPOSED


def together(names: Any, *operands: Any) -> dict[str, Any]:
    """What each of these primitives makes of the operands, and what it should; all in one program."""
    inputs = [input_of(x, f"x{i}") for i, x in enumerate(operands)]
    program = Program(tuple(inputs), tuple(node(name, *inputs) for name in names))
    with np.errstate(all="ignore"):
        wanted = [OPS[name].run(*operands) for name in names]
    return dict(zip(names, zip(answers(program, *operands).outputs, wanted, strict=True), strict=True))


def test_functions_of_float64_are_numpys() -> None:
    x = np.random.default_rng(0).normal(size=20_011) * np.logspace(-6, 2, 20_011)
    names = [name for name in FUNCTIONS if name not in ("log", "sqrt", "log1p")]
    for name, (found, wanted) in {**together(names, x), **together(("log", "sqrt", "log1p"), np.abs(x))}.items():
        np.testing.assert_allclose(found, wanted, rtol=2e-15, atol=1e-300, err_msg=name)


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1e-38, 3.4e38, -3.4e38, 1.0, -1.0, 89.0, -104.0, -90.0]


@pytest.mark.parametrize("dtype", [F32, F64])
def test_zeros_infinities_missing_and_subnormal_numbers_are_what_they_are_for_numpy(dtype: Any) -> None:
    for name, (found, wanted) in together(FUNCTIONS, np.array(SPECIAL, dtype)).items():
        np.testing.assert_allclose(found, wanted, rtol=COMPOSED, atol=2e-45, err_msg=name)
        zero = wanted == 0
        np.testing.assert_array_equal(np.signbit(found[zero]), np.signbit(wanted[zero]), err_msg=name)


def test_pairs_of_special_values_are_what_they_are_for_numpy() -> None:
    x = np.array(SPECIAL, F64)
    names = ("add", "subtract", "multiply", "divide", "maximum", "power", "equal", "less", "less_equal")
    for name, (found, wanted) in together(names, x[:, None].copy(), x).items():
        np.testing.assert_allclose(found, wanted, rtol=1e-14, err_msg=name)


def test_sums_and_differences_are_not_rearranged() -> None:
    x = np.array([np.inf, np.nan, 1e20, 1.0])
    v = input_of(x)
    program = Program((v,), (node("subtract", node("add", v, 1.0), v),))
    np.testing.assert_array_equal(answers(program, x).outputs[0], [np.nan, np.nan, 0.0, 1.0])


@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "uint32", "int64", "bool"])
def test_whole_numbers_and_truth_values_are_numpys(kind: str) -> None:
    x = np.arange(0, 120, 7).astype(kind)
    ones, twos = ["absolute"], ["add", "multiply", "maximum", "divide", "less", "less_equal", "equal"]
    if kind != "bool":  # for which these are refused
        ones, twos = [*ones, "sign", "negative"], [*twos, "subtract"]
    for name, (found, wanted) in {**together(ones, x), **together(twos, x, x[::-1].copy())}.items():
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted, err_msg=name)


def test_powers_of_whole_numbers_are_numpys() -> None:
    x = np.arange(5)
    v, powers = input_of(x), (0, 1, 2, 3, 0.5, 2.0)
    found = answers(Program((v,), tuple(node("power", v, p) for p in powers)), x).outputs
    for p, y in zip(powers, found, strict=True):
        np.testing.assert_allclose(y, x**p)


def test_whole_numbers_are_compared_with_numbers_outside_their_range() -> None:
    x = np.array([1, 44, 200], np.uint8)
    assert native("equal", x, 300).tolist() == [False] * 3 and native("less", x, 300).tolist() == [True] * 3
    assert native("less", x, 43.5).tolist() == [True, False, False]


@pytest.mark.parametrize("old", ["float32", "float64", "int64", "uint8", "bool", "float16"])
def test_casts_are_numpys(old: str) -> None:
    x = np.array([0, 1, 3, 100.0]).astype(old)
    v, kinds = input_of(x), [np.dtype(t) for t in ("float32", "float64", "int64", "int32", "uint8", "bool", "float16")]
    found = answers(Program((v,), tuple(node("cast", v, dtype=t) for t in kinds)), x).outputs
    for kind, y in zip(kinds, found, strict=True):
        assert y.dtype == kind
        np.testing.assert_array_equal(y, x.astype(kind))


def test_a_number_too_large_for_the_dtype_is_infinite() -> None:
    assert native("add", np.ones(2, F32), 1e40).tolist() == [np.inf, np.inf]


def test_a_constant_that_is_no_truth_value_becomes_one() -> None:
    twos = Constant(aval_of(np.full((1, 2), 2.0)), np.full((1, 2), 2.0))
    known = node("cast", twos, dtype=np.dtype(bool))
    x = np.zeros((1, 2))
    (found,) = answers(Program((given := input_of(x),), (node("concatenate", known, given, axis=0),)), x).outputs
    np.testing.assert_array_equal(found, [[1, 1], [0, 0]])
