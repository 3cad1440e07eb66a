"""The table of primitives is complete, has samples for every row, and agrees with PyTorch."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from primitive_cases import CASES, LINEAR, REFUSALS, STORED, TORCH, Case, answer, cotangent, varied

from pellucid.ops import ARRAYS, OPS
from pellucid.tensor._tensor import TENSORS, Tensor, apply

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / STORED
TOLERANCES = {"float64": 1e-10, "float32": 1e-5}  # relative to the entry, or to the largest one beside it
NO_COUNTERPART = {"window_argmax", "random_bits"}

every_case = pytest.mark.parametrize("key", [key for key, case in CASES.items() if case.primitive in TORCH])


def test_every_primitive_has_samples_of_use_and_of_misuse() -> None:
    assert {case.primitive for case in CASES.values()} == OPS.keys()
    assert sorted(REFUSALS) == sorted(OPS)


def test_every_primitive_has_a_counterpart_in_pytorch_or_is_known_to_have_none() -> None:
    assert sorted([*TORCH, *NO_COUNTERPART]) == sorted(OPS)
    assert OPS.keys() >= LINEAR.keys()


def test_a_primitive_knows_its_name_and_is_called_by_it_in_both_namespaces() -> None:
    for name, op in OPS.items():
        assert op.name == repr(op) == name
        assert getattr(ARRAYS, name) == op.run
        assert callable(getattr(TENSORS, name))


def ours(case: Case, dtype: str) -> list[np.ndarray]:
    """The value, and the gradient for each varied operand."""
    x = [Tensor(v.astype(dtype), requires_grad=True) if varied(v) else v for v in case.operands]
    y = apply(case.op, tuple(x), case.attrs)
    if not y.requires_grad:
        return [y.data]
    y.backward(cotangent(y.data))
    return [y.data, *(t.grad.data for t in x if isinstance(t, Tensor))]


def assert_agreement(wanted: np.ndarray, case: Case) -> None:
    for dtype, tolerance in TOLERANCES.items():
        parts = ours(case, dtype)
        assert sum(part.size for part in parts) == wanted.size
        ends = np.cumsum([part.size for part in parts])[:-1]
        for part, theirs in zip(parts, np.split(wanted, ends), strict=True):
            scale = tolerance * float(np.abs(theirs).max(initial=0.0))
            assert_allclose(part.reshape(-1), theirs, rtol=tolerance, atol=scale)


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    with np.load(FIXTURE) as file:
        return dict(file)


@every_case
def test_values_and_gradients_are_those_stored_from_pytorch(key: str, stored: dict[str, np.ndarray]) -> None:
    assert_agreement(stored[key], CASES[key])


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed; its stored answers are compared")
@every_case
def test_values_and_gradients_are_those_of_pytorch(key: str) -> None:
    assert_agreement(answer(CASES[key]), CASES[key])
