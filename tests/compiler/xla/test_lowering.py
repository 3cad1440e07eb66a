"""XLA computes every primitive as it is defined."""

from typing import Any

import numpy as np
import pytest
from primitive_cases import CASES, Case

from pellucid.compiler._program import Input, Program, result
from pellucid.errors import DtypeError
from pellucid.ops import OPS
from pellucid.ops._primitive import aval_of

pytest.importorskip("jax", reason="the engine xla needs JAX")

from pellucid.compiler.xla._engine import Xla
from pellucid.compiler.xla._lowering import LOWERS, REFUSES


def ran(name: str, operands: tuple[Any, ...], attrs: dict[str, Any]) -> Any:
    """A program of one primitive, run: arrays are inputs, Python numbers stand in the program."""
    inputs = [Input(aval_of(x), f"x{i}") if isinstance(x, np.ndarray) else x for i, x in enumerate(operands)]
    program = Program(tuple(x for x in inputs if isinstance(x, Input)), (result(OPS[name], tuple(inputs), attrs),))
    return Xla(program)([x for x in operands if isinstance(x, np.ndarray)]).outputs[0]


def narrow(x: Any) -> Any:
    return x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype == np.float64 else x


def test_every_primitive_is_lowered_or_refused_with_a_reason() -> None:
    assert sorted([*LOWERS, *REFUSES]) == sorted(OPS)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("bits", [64, 32])
def test_every_sample_is_computed_as_defined(name: str, bits: int) -> None:
    case: Case = CASES[name]
    operands = case.operands if bits == 64 else tuple(map(narrow, case.operands))
    wanted, found = case.run(*operands), ran(case.primitive, operands, case.attrs)
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(
            found, wanted, rtol=1e-13 if bits == 64 else 2e-6, atol=1e-13 if bits == 64 else 2e-6
        )
    else:
        np.testing.assert_array_equal(found, wanted)


def in_kind(case: Case, kind: str) -> tuple[Any, ...]:
    """The operands in another dtype; positions and conditions as they are."""
    fixed = {"gather": 1, "scatter_add": 1, "where": 0}.get(case.primitive)
    whole = kind != "float16"
    return tuple(
        (np.nan_to_num(x).astype(kind) if isinstance(x, np.ndarray) else int(x) if whole else x) if i != fixed else x
        for i, x in enumerate(case.operands)
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["int32", "uint8", "bool", "float16"])
@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("random_bits")])
def test_every_sample_is_computed_as_defined_in_other_dtypes(name: str, kind: str) -> None:
    case: Case = CASES[name]
    operands = in_kind(case, kind)
    try:
        with np.errstate(all="ignore"):
            wanted = case.run(*operands)
            case.op.shape(*map(aval_of, operands), **case.attrs)
    except (DtypeError, ValueError, TypeError, OverflowError):
        pytest.skip(f"{case.primitive} is not defined for these operands of {kind}")
    found = ran(case.primitive, operands, case.attrs)
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    tolerance = 4e-3 if kind == "float16" else 1e-12
    np.testing.assert_allclose(found.astype(float), wanted.astype(float), rtol=tolerance, atol=tolerance)
