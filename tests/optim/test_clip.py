import math
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DataError, ParameterError
from pellucid.optim import clip_grad_norm_, clip_grad_value_

Array = np.ndarray[Any, Any]


def _with(*gradients: Any) -> list[Tensor]:
    """Parameters that have these gradients; None for none."""
    out = []
    for g in gradients:
        w = Tensor(np.zeros(np.shape(g)), requires_grad=True)
        w.grad = None if g is None else Tensor(np.array(g))
        out.append(w)
    return out


def test_the_norm_is_that_of_all_gradients_together() -> None:
    ws = _with([3.0, 0.0], None, [[4.0]], np.zeros((0, 2)), 12.0)
    assert clip_grad_norm_(ws, max_norm=100.0).item() == 13.0
    assert [None if w.grad is None else w.grad.tolist() for w in ws] == [[3.0, 0.0], None, [[4.0]], [], 12.0]


def test_gradients_are_shrunk_by_one_factor_in_place() -> None:
    ws = _with([3.0, 0.0], [[4.0]])
    arrays = [w.grad.data for w in ws]
    assert clip_grad_norm_(ws, max_norm=1.0).item() == 5.0
    np.testing.assert_allclose(arrays[0], [0.6, 0.0], rtol=1e-6)
    np.testing.assert_allclose(arrays[1], [[0.8]], rtol=1e-6)


@pytest.mark.parametrize("norm_type", [0.5, 1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_norm", [0.1, 1e6])
def test_norms_and_gradients_are_pytorchs(norm_type: float, dtype: type, max_norm: float) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=shape).astype(dtype) for shape in ((3, 4), (7,), ())]
    ours = _with(*gradients)
    theirs = [torch.zeros(g.shape, dtype=torch.from_numpy(np.array(g)).dtype, requires_grad=True) for g in gradients]
    for w, g in zip(theirs, gradients, strict=True):
        w.grad = torch.tensor(g)
    norm = clip_grad_norm_(ours, max_norm, norm_type)
    want = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    tolerance = 1e-6 if dtype is np.float32 else 1e-12
    assert norm.dtype == dtype
    np.testing.assert_allclose(norm.item(), want.item(), rtol=tolerance)
    for w, v in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(w.grad.data, v.grad.numpy(), rtol=tolerance)


@pytest.mark.parametrize("size", [1e30, 1e-30])
def test_a_norm_whose_square_leaves_the_range_of_float32_is_right(size: float) -> None:
    ws = _with(np.array([3 * size, 4 * size], np.float32))
    np.testing.assert_allclose(clip_grad_norm_(ws, 1e38).item(), 5 * size, rtol=1e-6)


def test_no_gradients_have_the_norm_0() -> None:
    assert clip_grad_norm_(_with(None), 1.0).item() == 0.0
    assert clip_grad_norm_([], 1.0).item() == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_norm_that_is_not_finite_is_seen_or_refused(bad: float) -> None:
    ws = _with([1.0, bad])
    with pytest.raises(DataError, match=r"the norm of the gradients is (nan|inf).*error_if_nonfinite=False"):
        clip_grad_norm_(ws, 1.0, error_if_nonfinite=True)
    assert ws[0].grad.tolist()[0] == 1.0
    assert not math.isfinite(clip_grad_norm_(ws, 1.0).item())
    assert np.isnan(ws[0].grad.data[1])


def test_values_are_moved_into_the_interval() -> None:
    ws = _with([-2.0, 0.25, 2.0], None)
    clip_grad_value_(ws, 0.5)
    assert ws[0].grad.tolist() == [-0.5, 0.25, 0.5]
    (single,) = _with([3.0])
    clip_grad_value_(single, 1.0)
    assert single.grad.tolist() == [1.0]


def test_a_gradient_in_read_only_memory_is_replaced() -> None:
    ws = _with([3.0, 4.0])
    ws[0].grad.data.flags.writeable = False
    clip_grad_norm_(ws, 1.0)
    clip_grad_value_(ws, 0.7)
    np.testing.assert_allclose(ws[0].grad.data, [0.6, 0.7], rtol=1e-6)


def test_bounds_that_bound_nothing_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"clip_grad_norm_: max_norm is -1\.0"):
        clip_grad_norm_(_with([1.0]), -1.0)
    with pytest.raises(ParameterError, match="norm_type 0"):
        clip_grad_norm_(_with([1.0]), 1.0, 0)
    with pytest.raises(ParameterError, match=r"clip_value is -1\.0"):
        clip_grad_value_(_with([1.0]), -1.0)
