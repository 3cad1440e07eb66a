"""Laws that every activation and every loss keeps; the rows are in function_cases.py."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from function_cases import CASES, STORED, Case, call, cotangent, ours, theirs

from pellucid import Tensor
from pellucid.nn import functional
from pellucid.tensor import grad, gradcheck

_FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / STORED
_TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
_ROUNDINGS = 8  # eps: what is left of numbers near 1 that cancel; of PyTorch's 20.5 + 1e-9 - 20.5 it is 5

_SMOOTH = {name: case for name, case in CASES.items() if case.smooth}
_TWICE = {name: case for name, case in _SMOOTH.items() if case.inputs[0].size <= 12}


@pytest.fixture(scope="module")
def stored() -> Any:
    with np.load(_FIXTURE) as answers:
        yield {name: answers[name] for name in answers.files}


def _agree(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], dtype: type) -> None:
    np.testing.assert_allclose(got, want, rtol=_TOLERANCE[dtype], atol=_ROUNDINGS * np.finfo(dtype).eps)


def test_every_activation_and_loss_has_a_row() -> None:
    needed = {name for name in functional.__all__ if getattr(functional, name).__module__.endswith("_functions")}
    assert {case.function for case in CASES.values()} == needed


def test_the_stored_answers_are_those_of_the_table(stored: Any) -> None:
    assert sorted(stored) == sorted(CASES)


@pytest.mark.parametrize("dtype", _TOLERANCE)
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradients_are_those_pytorch_gave(name: str, dtype: type, stored: Any) -> None:
    parts = ours(CASES[name], dtype)
    assert {part.dtype for part in parts} == {np.dtype(dtype)}
    _agree(np.concatenate([part.ravel() for part in parts]), stored[name], dtype)


@pytest.mark.parametrize("dtype", _TOLERANCE)
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradients_are_those_pytorch_gives(name: str, dtype: type) -> None:
    pytest.importorskip("torch")
    for got, want in zip(ours(CASES[name], dtype), theirs(CASES[name], dtype), strict=True):
        assert got.shape == want.shape
        _agree(got, want, dtype)


@pytest.mark.parametrize("name", _SMOOTH)
def test_gradients_agree_with_central_differences(name: str) -> None:
    case = _SMOOTH[name]
    report = gradcheck(lambda *learned: call(case, *learned, *case.inputs[case.learned :]), *_learned(case))
    assert report, str(report)


@pytest.mark.parametrize("name", _TWICE)
def test_second_derivatives_agree_with_central_differences(name: str) -> None:
    case = _TWICE[name]

    def weighted_sum(*learned: Tensor) -> Tensor:
        y = call(case, *learned, *case.inputs[case.learned :])
        return (y * cotangent(y.shape)).sum()

    slopes = grad(weighted_sum, tuple(range(case.learned)))

    def first_derivatives(*learned: Tensor) -> list[Tensor]:
        return [slope + 0.0 * x for slope, x in zip(slopes(*learned), learned, strict=True)]  # a constant has one too

    report = gradcheck(first_derivatives, *_learned(case))
    assert report, str(report)


def _learned(case: Case) -> tuple[np.ndarray[Any, Any], ...]:
    return case.inputs[: case.learned]
