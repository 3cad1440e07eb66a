"""Losses of quantiles, counts and amounts."""

import numpy as np
import pytest

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics import (
    d2_absolute_error_score,
    d2_pinball_score,
    d2_tweedie_score,
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
    mean_tweedie_deviance,
    r2_score,
)

AMOUNTS = np.random.default_rng(0).gamma(2.0, size=(2, 50)) + 0.1


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.8])
def test_the_pinball_loss_is_least_at_the_quantile(alpha: float) -> None:
    y = np.arange(101.0)
    loss = [mean_pinball_loss(y, np.full(101, q), alpha=alpha) for q in y]
    assert np.argmin(loss) == round(100 * alpha)
    assert mean_pinball_loss(y, y + 1, alpha=alpha) == pytest.approx(1 - alpha)
    assert mean_pinball_loss(y, y - 1, alpha=alpha) == pytest.approx(alpha)


@pytest.mark.parametrize("power", [-1, 0, 1, 1.5, 2, 3])
def test_a_deviance_is_zero_at_the_truth_and_least_at_the_mean(power: float) -> None:
    y, p = AMOUNTS
    assert mean_tweedie_deviance(y, y, power=power) == pytest.approx(0, abs=1e-12) or power < 0  # there max(y, 0) is y
    at = {shift: mean_tweedie_deviance(y, np.full(50, y.mean() + shift), power=power) for shift in (-0.1, 0.0, 0.1)}
    assert min(at, key=at.__getitem__) == 0
    assert mean_tweedie_deviance(y, p, power=power) > 0


@pytest.mark.parametrize("power", [1, 2])
def test_the_named_powers_are_the_limits_of_the_general_one(power: int) -> None:
    y, p = AMOUNTS
    near = mean_tweedie_deviance(y, p, power=power + 1e-6)
    assert mean_tweedie_deviance(y, p, power=power) == pytest.approx(near, rel=1e-4)


def test_special_powers_have_their_own_names() -> None:
    y, p = AMOUNTS
    assert mean_tweedie_deviance(y, p) == pytest.approx(mean_squared_error(y, p))
    assert mean_poisson_deviance(y, p) == mean_tweedie_deviance(y, p, power=1)
    assert mean_gamma_deviance(y, p) == mean_tweedie_deviance(y, p, power=2)
    assert mean_gamma_deviance(1000 * y, 1000 * p) == pytest.approx(mean_gamma_deviance(y, p))


def test_a_share_is_zero_for_the_best_constant_and_one_for_the_truth() -> None:
    y = AMOUNTS[0]
    assert d2_tweedie_score(y, np.full(50, y.mean()), power=1) == pytest.approx(0)
    assert d2_pinball_score(y, np.full(50, np.quantile(y, 0.5)), alpha=0.5) == pytest.approx(0)
    assert d2_tweedie_score(y, y, power=1) == d2_pinball_score(y, y) == 1
    assert d2_tweedie_score(y, y[::-1]) == pytest.approx(r2_score(y, y[::-1]))
    expected = 1 - mean_absolute_error(y, y[::-1]) / np.abs(y - np.median(y)).mean()
    assert d2_absolute_error_score(y, y[::-1]) == pytest.approx(expected)


def test_a_target_that_does_not_vary_is_said_so() -> None:
    for score in (d2_tweedie_score, d2_pinball_score):
        with pytest.warns(DataWarning, match="D.2 is undefined"):
            assert np.isnan(score([1.0], [2.0]))
    with pytest.warns(DataWarning, match="y does not vary"):
        assert d2_tweedie_score([1.0, 1.0], [1.0, 2.0]) == -np.inf


def test_what_lies_outside_is_refused_with_the_first_row() -> None:
    for asked, message in (
        (lambda: mean_poisson_deviance([1, -1], [1, 1]), "y_true: 1 of 2 rows are not >= 0 .first: row 1, -1"),
        (lambda: mean_gamma_deviance([0, 1], [1, 1]), "y_true: 1 of 2 rows are not > 0"),
        (lambda: mean_gamma_deviance([1, 1], [1, 0]), "y_pred: 1 of 2 rows are not > 0"),
        (lambda: mean_tweedie_deviance([1, 1], [1, 0], power=-1), "y_pred: 1 of 2 rows are not > 0"),
        (lambda: mean_tweedie_deviance([[1, 1]], [[1, 0]]), "has 2 outputs; a deviance takes one"),
    ):
        with pytest.raises(DataError, match=message):
            asked()
    with pytest.raises(ParameterError, match="power=0.5: no distribution"):
        mean_tweedie_deviance([1, 1], [1, 1], power=0.5)
    with pytest.raises(ParameterError, match="alpha=2"):
        mean_pinball_loss([1, 1], [1, 1], alpha=2)
