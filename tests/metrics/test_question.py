"""What a metric is asked about: kinds of rows, groups, strata, and what cannot be asked."""

from typing import Any

import numpy as np
import pytest

from pellucid.errors import DataError
from pellucid.metrics._question import Asked


def asked(y: Any, *predictions: Any, metric: str = "accuracy_score", **how: Any) -> Asked:
    how = {"sample_weight": None, "groups": None, "stratify": None, **how}
    return Asked.of("interval", metric, y, predictions, **how, options={})


def test_rows_with_equal_labels_become_one_with_their_number() -> None:
    y, a, b = [1, 0, 1, 1, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, 1]
    first, second = asked(y, a, b).questions
    kinds = sorted(np.stack([first.y, first.prediction, second.prediction, first.times], axis=1).tolist())
    assert kinds == [[0, 0, 0, 1], [0, 0, 1, 1], [1, 0, 1, 1], [1, 1, 0, 2]]
    assert second.times is first.times
    weighted = asked(y, a, sample_weight=[1, 2, 3, 4, 5]).questions[0]
    assert weighted.times.tolist() == [1] * 5 and weighted.weight is not None


def test_groups_are_units_and_their_rows_add_up() -> None:
    q = asked([1, 0, 1, 1], [1, 1, 1, 0], groups=["b", "a", "b", "c"], sample_weight=[1, 2, 3, 4]).questions[0]
    assert q.times.tolist() == [1, 1, 1]
    assert q.together(np.array([1.0, 10.0, 100.0, 1000.0])).tolist() == [20.0, 301.0, 4000.0]
    assert q.apart(np.array([0, 1, 2])).tolist() == [1, 0, 3, 8]


def test_equal_units_are_worth_their_number_and_unequal_ones_less() -> None:
    y = [0, 1] * 6
    assert asked(y, y).independent_rows() == 12
    assert asked(y, y, groups=np.arange(12) // 3).independent_rows() == pytest.approx(4)
    assert asked(y, y, sample_weight=[1] * 6 + [9] * 6).independent_rows() == pytest.approx(60**2 / 492)
    assert asked(y, y).independent_rows(asked(y, y).questions[0].y == 1) == 6


def test_deviations_within_strata_are_about_their_mean_and_count_n_h_less_one() -> None:
    y = np.repeat([0.0, 5.0], [4, 8])
    given = asked(y, y, metric="r2_score", stratify=True)
    deviation = np.random.default_rng(0).normal(size=12) + y
    moved = given.within_strata(deviation)
    expected = sum(len(part) / (len(part) - 1) * ((part - part.mean()) ** 2).sum() for part in np.split(deviation, [4]))
    assert 12 / 11 * (moved**2).sum() == pytest.approx(expected)
    assert asked(y, y, metric="r2_score").within_strata(deviation) is deviation
    alone = asked(y, y, metric="r2_score", stratify=[0] + [1] * 11).within_strata(deviation)
    assert alone[0] == deviation[0]


def test_what_does_not_fit_together_is_refused() -> None:
    y = [0, 1, 0, 1]
    for how, message in (
        ({"groups": [1, 1, 1, 1]}, "all rows are in one group"),
        ({"groups": [1, 1, 2, 2], "stratify": True}, "a group has rows in several strata"),
        ({"groups": [1, 2]}, "y has 4, groups has 2"),
        ({"stratify": [1, 2]}, "y has 4, stratify has 2"),
        ({"sample_weight": [1, 1]}, "sample_weight has 2"),
    ):
        with pytest.raises(DataError, match=message):
            asked(y, y, **how)
