"""Initialisers: the laws their numbers follow, and what they refuse."""

import math

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError, ParameterError, ShapeError
from pellucid.nn import init

_DRAWN = {
    "uniform_": init.uniform_,
    "normal_": init.normal_,
    "trunc_normal_": init.trunc_normal_,
    "xavier_uniform_": init.xavier_uniform_,
    "xavier_normal_": init.xavier_normal_,
    "kaiming_uniform_": init.kaiming_uniform_,
    "kaiming_normal_": init.kaiming_normal_,
    "orthogonal_": init.orthogonal_,
}


def _blank(*shape: int, dtype: type = np.float32) -> Tensor:
    return Tensor(np.full(shape, 7.0, dtype))


# -- what all that draw have in common -----------------------------------------------------------------------------


def test_every_drawing_initialiser_is_in_the_table() -> None:
    assert sorted([*_DRAWN, "calculate_gain", "constant_", "eye_", "ones_", "zeros_"]) == init.__all__


@pytest.mark.parametrize("name", _DRAWN)
def test_the_tensor_itself_is_filled_and_returned(name: str) -> None:
    w = Tensor(np.full((3, 4), 7.0), requires_grad=True)
    memory = w.data
    assert _DRAWN[name](w, seed=0) is w
    assert w.data is memory
    assert w.requires_grad and w.is_leaf
    assert not (memory == 7.0).any()


@pytest.mark.parametrize("name", _DRAWN)
def test_a_seed_means_the_same_weights_in_every_precision(name: str) -> None:
    single, double = _blank(5, 6), _blank(5, 6, dtype=np.float64)
    _DRAWN[name](single, seed=3), _DRAWN[name](double, seed=3)
    assert single.tolist() == double.numpy().astype(np.float32).tolist()
    assert single.tolist() == _DRAWN[name](_blank(5, 6), seed=3).tolist()
    assert single.tolist() != _DRAWN[name](_blank(5, 6), seed=4).tolist()


@pytest.mark.parametrize("name", _DRAWN)
def test_weights_drawn_from_one_generator_differ(name: str) -> None:
    rng = np.random.default_rng(0)
    assert _DRAWN[name](_blank(3, 4), seed=rng).tolist() != _DRAWN[name](_blank(3, 4), seed=rng).tolist()


@pytest.mark.parametrize("name", _DRAWN)
def test_no_entries_are_filled_without_complaint(name: str) -> None:
    assert _DRAWN[name](_blank(0, 3), seed=0).shape == (0, 3)


@pytest.mark.parametrize("name", _DRAWN)
def test_whole_numbers_cannot_be_drawn_into(name: str) -> None:
    with pytest.raises(DtypeError, match="the Tensor holds int64; make it float32"):
        _DRAWN[name](Tensor(np.zeros((2, 2), np.int64)), seed=0)


def test_a_recorded_result_is_not_overwritten() -> None:
    w = Tensor(np.ones((2, 2)), requires_grad=True) * 2
    with pytest.raises(GraphError, match="recorded computation"):
        init.zeros_(w)


# -- laws of the numbers -------------------------------------------------------------------------------------------

_DRAWS = 40_000  # entries; a mean is then off by std / 200, a standard deviation by 1 / 283 of itself (one sigma)


def _law(w: Tensor, mean: float, std: float) -> None:
    """Mean and standard deviation lie within five of their own standard errors."""
    x = w.numpy().astype(np.float64)
    assert abs(x.mean() - mean) < 5 * std / math.sqrt(x.size)
    assert abs(x.std() / std - 1) < 5 / math.sqrt(2 * x.size)


def _distance(x: np.ndarray, distribution: str, *arguments: float) -> float:
    """The p-value of Kolmogorov and Smirnov's test."""
    from scipy import stats

    return float(stats.kstest(x.ravel(), distribution, args=arguments).pvalue)


def test_uniform_is_even_on_its_interval() -> None:
    x = init.uniform_(_blank(_DRAWS, dtype=np.float64), -2.0, 3.0, seed=0).numpy()
    assert -2.0 <= x.min() < -1.99 and 2.99 < x.max() < 3.0
    assert _distance(x, "uniform", -2.0, 5.0) > 0.01


def test_normal_is_normal() -> None:
    x = init.normal_(_blank(_DRAWS, dtype=np.float64), 1.0, 0.5, seed=0).numpy()
    assert _distance(x, "norm", 1.0, 0.5) > 0.01


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [
        (0.0, 1.0, -2.0, 2.0),
        (0.0, 0.02, -2.0, 2.0),
        (1.0, 2.0, -1.0, 1.5),
        (0.0, 1.0, 9.0, 10.0),
        (0.0, 1.0, -41.0, -40.0),
        (0.0, 1.0, 40.0, 41.0),
    ],
)
def test_a_truncated_normal_is_the_normal_within_its_bounds(mean: float, std: float, a: float, b: float) -> None:
    x = init.trunc_normal_(_blank(_DRAWS, dtype=np.float64), mean, std, a, b, seed=0).numpy()
    assert a <= x.min() and x.max() <= b
    assert _distance(x, "truncnorm", (a - mean) / std, (b - mean) / std, mean, std) > 0.01


def test_a_truncated_normal_may_be_open_on_one_side() -> None:
    x = init.trunc_normal_(_blank(_DRAWS, dtype=np.float64), a=0.0, b=math.inf, seed=0).numpy()
    assert x.min() >= 0
    assert _distance(x, "halfnorm") > 0.01


@pytest.mark.parametrize("shape", [(200, 200), (100, 400), (40, 10, 10, 10)])
def test_xavier_has_the_variance_of_both_fans(shape: tuple[int, ...]) -> None:
    kernel = math.prod(shape[2:])
    std = 1.5 * math.sqrt(2 / (shape[0] * kernel + shape[1] * kernel))
    _law(init.xavier_normal_(_blank(*shape), gain=1.5, seed=0), 0.0, std)
    even = init.xavier_uniform_(_blank(*shape), gain=1.5, seed=0)
    assert math.sqrt(3) * std * 0.999 < abs(even.numpy()).max() <= math.sqrt(3) * std
    assert _distance(even.numpy(), "uniform", -math.sqrt(3) * std, 2 * math.sqrt(3) * std) > 0.01


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("shape", [(200, 200), (100, 400), (40, 10, 10, 10)])
def test_kaiming_has_the_variance_of_one_fan(shape: tuple[int, ...], mode: str) -> None:
    fan = (shape[1] if mode == "fan_in" else shape[0]) * math.prod(shape[2:])
    _law(init.kaiming_normal_(_blank(*shape), mode=mode, nonlinearity="relu", seed=0), 0.0, math.sqrt(2 / fan))
    std = math.sqrt(2 / (1 + 0.3**2) / fan)
    even = init.kaiming_uniform_(_blank(*shape), a=0.3, mode=mode, seed=0)
    assert _distance(even.numpy(), "uniform", -math.sqrt(3) * std, 2 * math.sqrt(3) * std) > 0.01


def test_kaiming_with_the_slope_sqrt_5_is_bounded_by_one_over_the_root_of_fan_in() -> None:
    w = init.kaiming_uniform_(_blank(64, 100), a=math.sqrt(5), seed=0).numpy()
    assert 0.0999 < abs(w).max() <= np.float32(0.1)


def test_kaiming_keeps_the_size_of_values_through_twenty_relu_layers() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 256))
    for _ in range(20):
        w = init.kaiming_normal_(_blank(256, 256), nonlinearity="relu", seed=rng).numpy()
        x = np.maximum(x @ w.T, 0)
    assert 0.25 < (x**2).mean() < 4.0  # without the factor 2 it would be 2^-20


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 5), (4, 3, 2, 2), (1, 1)])
def test_orthogonal_keeps_every_length_times_its_gain(shape: tuple[int, ...]) -> None:
    w = init.orthogonal_(_blank(*shape, dtype=np.float64), gain=3.0, seed=0).numpy().reshape(shape[0], -1)
    short = w if w.shape[0] <= w.shape[1] else w.T
    np.testing.assert_allclose(short @ short.T, 9.0 * np.eye(len(short)), atol=1e-13)


def test_orthogonal_matrices_are_spread_evenly_over_rotations_and_reflections() -> None:
    rng = np.random.default_rng(0)
    w = np.stack([init.orthogonal_(_blank(2, 2, dtype=np.float64), seed=rng).numpy() for _ in range(2000)])
    angle = np.arctan2(w[:, 1, 0], w[:, 0, 0])
    assert _distance(angle, "uniform", -math.pi, 2 * math.pi) > 0.01
    assert abs((np.linalg.det(w) > 0).mean() - 0.5) < 5 * 0.5 / math.sqrt(2000)


def test_fixed_values() -> None:
    assert init.constant_(_blank(2, 2), 0.25).tolist() == [[0.25, 0.25]] * 2
    assert init.ones_(_blank(3)).tolist() == [1.0] * 3
    assert init.zeros_(Tensor(np.ones(3, np.int64))).tolist() == [0, 0, 0]
    assert init.eye_(_blank(2, 3)).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


# -- gains, and what is refused ------------------------------------------------------------------------------------


def test_gains_make_up_for_what_the_nonlinearity_does_to_the_second_moment() -> None:
    x = np.random.default_rng(0).normal(size=1_000_000)
    for name, slope in (("relu", 0.0), ("leaky_relu", 0.3)):
        kept = np.mean(np.where(x > 0, x, slope * x) ** 2)
        assert init.calculate_gain(name, slope) ** 2 * kept == pytest.approx(1.0, rel=0.01)
    assert init.calculate_gain("leaky_relu") == math.sqrt(2 / (1 + 0.01**2))


@pytest.mark.parametrize("name", ["linear", "conv1d", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)


def test_weights_without_two_axes_have_no_fans() -> None:
    for initialise in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_"):
        with pytest.raises(ShapeError, match=rf"{initialise}: the Tensor has shape \(3,\); .* two axes or more"):
            _DRAWN[initialise](_blank(3), seed=0)
    with pytest.raises(ShapeError, match=r"eye_: the Tensor has shape \(3,\); a diagonal needs two axes"):
        init.eye_(_blank(3))


def test_arguments_outside_their_limits_are_refused() -> None:
    w = _blank(2, 2)
    for call, message in (
        (lambda: init.uniform_(w, 1.0, 0.0), r"uniform_: a is 1\.0 and b is 0\.0; .* a <= b"),
        (lambda: init.uniform_(w, math.nan), r"uniform_: a is nan; it must be a finite number"),
        (lambda: init.normal_(w, std=-1.0), r"normal_: std is -1\.0; it must be >= 0"),
        (lambda: init.trunc_normal_(w, std=0.0), r"trunc_normal_: std is 0\.0, .* wanted are std > 0 and a < b"),
        (lambda: init.trunc_normal_(w, a=2.0, b=2.0), r"trunc_normal_: .* a is 2\.0, b is 2\.0"),
        (lambda: init.xavier_normal_(w, gain=-1.0), r"xavier_normal_: gain is -1\.0; it must be >= 0"),
        (lambda: init.kaiming_normal_(w, mode="fan"), r"kaiming_normal_: mode is 'fan'; it must be 'fan_in' or"),  # type: ignore[arg-type]
        (lambda: init.kaiming_uniform_(w, nonlinearity="gelu"), r"calculate_gain: nonlinearity is 'gelu'"),
        (lambda: init.normal_(w, seed=-1), r"seed: -1 is not a seed"),
    ):
        with pytest.raises(ParameterError, match=message):
            call()
    assert w.tolist() == [[7.0, 7.0], [7.0, 7.0]]
