"""What single activations promise beyond the laws of all of them (test_functional.py)."""

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, ParameterError, ShapeError
from pellucid.nn._activation_functions import as_float
from pellucid.nn.functional import elu, gelu, leaky_relu, log_softmax, relu, sigmoid, silu, softmax, softplus

_ELEMENTWISE = (relu, leaky_relu, elu, gelu, silu, sigmoid, softplus)


def test_whole_numbers_and_truth_values_become_float32_and_float64_stays() -> None:
    assert as_float(np.array([1, 2])).dtype == np.float32
    assert as_float([True, False]).tolist() == [1.0, 0.0]
    assert as_float(np.array([1.0])).dtype == np.float64


@pytest.mark.parametrize("function", [*_ELEMENTWISE, softmax, log_softmax])
def test_lists_and_whole_numbers_are_read_like_tensors(function) -> None:
    assert function([1, 2, 3]).tolist() == function(Tensor([1.0, 2.0, 3.0])).tolist()


@pytest.mark.parametrize("function", _ELEMENTWISE)
def test_no_entries_give_no_entries_and_an_empty_gradient(function) -> None:
    x = Tensor(np.zeros((0, 3), np.float32), requires_grad=True)
    y = function(x)
    assert y.shape == (0, 3)
    y.sum().backward()
    assert x.grad.shape == (0, 3)


@pytest.mark.parametrize("function", _ELEMENTWISE)
def test_infinity_and_nan_do_not_change_the_entries_beside_them(function) -> None:
    alone = function(Tensor([1.0, -1.0])).tolist()
    with np.errstate(invalid="ignore"):  # inf - inf, which has no value
        assert function(Tensor([1.0, np.inf, -1.0, np.nan])).numpy()[[0, 2]].tolist() == alone


@pytest.mark.parametrize("function", _ELEMENTWISE)
def test_a_number_that_is_not_one_stays_visible(function) -> None:
    assert np.isnan(function(Tensor([np.nan])).item())


def test_kinks_have_the_slope_of_the_left_side() -> None:
    for function, slope in ((relu, 0.0), (lambda x: leaky_relu(x, 0.2), 0.2), (lambda x: elu(x, 1.5), 1.5)):
        x = Tensor(0.0, requires_grad=True)
        function(x).backward()
        assert x.grad.item() == pytest.approx(slope)


def test_gelu_and_silu_by_hand() -> None:
    assert gelu(1.0).item() == pytest.approx(0.8413447, rel=1e-6)  # the normal table: Phi(1)
    assert silu(1.0).item() == pytest.approx(1 / (1 + np.exp(-1.0)), rel=1e-6)


def test_gelu_approximated_by_tanh_is_as_close_as_it_says() -> None:
    x = np.linspace(-8, 8, 4001)
    gap = np.abs(gelu(x).numpy() - gelu(x, approximate="tanh").numpy())
    assert 4e-4 < gap.max() < 5e-4


def test_softplus_beyond_its_threshold_is_the_identity() -> None:
    x = np.array([19.9, 20.1])
    assert (softplus(x).numpy() == x).tolist() == [False, True]
    assert softplus(x, threshold=19.0).numpy().tolist() == x.tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_sums_to_one_and_a_shift_of_all_scores_changes_nothing(dtype: type) -> None:
    x = np.random.default_rng(0).integers(-50, 50, (4, 5)).astype(dtype)  # whole, so that the shift itself is exact
    for axis in (0, 1, -1):
        y = softmax(x, axis=axis).numpy()
        np.testing.assert_allclose(y.sum(axis=axis), 1.0, rtol=8 * np.finfo(dtype).eps)
        assert softmax(x + dtype(1024), axis=axis).numpy().tolist() == y.tolist()
        assert log_softmax(x + dtype(1024), axis=axis).numpy().tolist() == log_softmax(x, axis=axis).numpy().tolist()


def test_log_softmax_keeps_what_a_large_score_would_round_away() -> None:
    assert log_softmax(Tensor([1e4, 1e4])).tolist() == pytest.approx([-np.log(2.0)] * 2, rel=1e-6)


def test_a_score_of_minus_infinity_takes_no_share_and_no_gradient() -> None:
    x = Tensor([[0.0, -np.inf, 0.0]], requires_grad=True)
    softmax(x)[0, 0].backward()
    assert softmax(x).tolist() == [[0.5, 0.0, 0.5]]
    assert x.grad.tolist() == [[0.25, 0.0, -0.25]]


def test_no_rows_of_scores_give_no_rows_of_shares() -> None:
    assert softmax(np.zeros((0, 3))).shape == log_softmax(np.zeros((0, 3))).shape == (0, 3)


def test_an_axis_that_is_not_there_is_named() -> None:
    with pytest.raises(ShapeError, match=r"softmax: axis 2 does not exist; the value has 2 axes"):
        softmax(np.zeros((2, 3)), axis=2)
    with pytest.raises(ShapeError, match=r"log_softmax: axis -1 does not exist"):
        log_softmax(1.0)


def test_options_outside_their_limits_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"gelu: approximate is 'erf'; it must be 'none' or 'tanh'"):
        gelu([1.0], approximate="erf")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"softplus: beta is 0"):
        softplus([1.0], beta=0)


def test_text_is_refused() -> None:
    with pytest.raises(DtypeError, match=r"holds real numbers"):
        relu(["a"])
