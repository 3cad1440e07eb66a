"""Agreement beyond chance, by hand."""

import numpy as np
import pytest

from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.metrics import cohen_kappa_score, matthews_corrcoef


def test_the_correlation_of_two_classes_is_that_of_zeros_and_ones() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.integers(2, size=50), rng.integers(2, size=50)
    assert matthews_corrcoef(y, p) == pytest.approx(np.corrcoef(y, p)[0, 1])
    assert matthews_corrcoef(y, 1 - y) == -1
    assert matthews_corrcoef(["a", "b", "c"], ["a", "b", "c"]) == pytest.approx(1)


def test_labels_all_alike_have_no_correlation() -> None:
    assert matthews_corrcoef([0, 1, 1], [1, 1, 1]) == matthews_corrcoef([1, 1], [1, 1]) == 0


def test_kappa_takes_off_what_chance_gives() -> None:
    # 20 of 50 both yes, 15 both no: agreement 0.7; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    one, other = np.repeat([1, 1, 0, 0], [20, 5, 10, 15]), np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    assert cohen_kappa_score(one, other) == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    assert cohen_kappa_score(one, other, weights="quadratic") == pytest.approx(0.4)  # two classes have one distance


def test_of_ordered_classes_a_near_miss_costs_less_than_a_far_one() -> None:
    y, near, far = [0, 1, 2, 2], [0, 1, 2, 1], [0, 1, 2, 0]
    for weights in ("linear", "quadratic"):
        assert cohen_kappa_score(y, near, weights=weights) > cohen_kappa_score(y, far, weights=weights)


def test_where_chance_always_agrees_kappa_is_what_one_asks_for() -> None:
    with pytest.warns(DataWarning, match="chance can not disagree"):
        assert np.isnan(cohen_kappa_score([1, 1], [1, 1]))
    with pytest.warns(DataWarning, match="is taken as 0"):
        assert cohen_kappa_score([1, 1], [1, 1], replace_undefined_by=0.0) == 0


def test_unknown_weights_and_absent_labels_are_refused() -> None:
    with pytest.raises(ParameterError, match="weights='cubic'"):
        cohen_kappa_score([0, 1], [0, 1], weights="cubic")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="none of labels 7"):
        cohen_kappa_score([0, 1], [0, 1], labels=[7])
