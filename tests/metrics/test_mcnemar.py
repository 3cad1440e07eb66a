"""McNemar's test against the binomial and chi-square distributions, and the interval of the difference."""

import numpy as np
import pytest
import scipy.stats

from pellucid.metrics._mcnemar import FEW, difference, mcnemar


def test_few_rows_get_the_exact_binomial_test_and_many_the_chi_square() -> None:
    for a, b in ((0, 1), (3, 9), (5, 5), (100, 60), (499, 500)):
        assert mcnemar(a, b) == pytest.approx(scipy.stats.binomtest(a, a + b).pvalue)
    for a, b in ((FEW, 0), (520, 490), (5000, 5200)):
        assert mcnemar(a, b) == pytest.approx(scipy.stats.chi2.sf((a - b) ** 2 / (a + b), 1))


def test_the_models_may_change_places() -> None:
    low, high = difference(9, 2, 50, 0.95)
    assert difference(2, 9, 50, 0.95) == (pytest.approx(-high), pytest.approx(-low))
    assert mcnemar(9, 2) == mcnemar(2, 9)


def test_no_difference_in_few_rows_proves_little() -> None:
    low, high = difference(0, 0, 5, 0.95)
    assert low == -high and high > 0.2
    assert difference(5, 0, 5, 0.99)[1] == 1.0


def test_the_interval_holds_the_true_difference_in_94_to_97_percent_of_sets() -> None:
    rng = np.random.default_rng(0)
    counts = rng.multinomial(80, [0.12, 0.05, 0.83], size=3000)
    ends = [difference(int(a), int(b), 80, 0.95) for a, b, _ in counts]
    assert 0.94 <= np.mean([low <= 0.07 <= high for low, high in ends]) <= 0.97
