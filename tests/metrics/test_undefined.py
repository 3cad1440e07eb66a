"""An undefined metric is told in the words of both houses, at the line that asked."""

import warnings
from typing import Any

import pytest
from sklearn.exceptions import UndefinedMetricWarning

from pellucid import metrics
from pellucid.errors import DataWarning
from pellucid.metrics._undefined import warn_undefined


def test_it_is_a_warning_of_both_houses_at_the_line_of_the_caller() -> None:
    def metric() -> None:
        warn_undefined("t: is 0/0")

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        metric()
    assert isinstance(seen[0].message, DataWarning) and isinstance(seen[0].message, UndefinedMetricWarning)
    assert seen[0].filename == __file__


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("r2_score", ([1.0], [1.0])),
        ("d2_log_loss_score", ([1], [0.5])),
        ("d2_brier_score", ([1], [0.5])),
        ("d2_tweedie_score", ([1.0, 1.0], [1.0, 2.0])),
        ("d2_pinball_score", ([1.0], [1.0])),
        ("precision_score", ([1, 1], [0, 0])),
        ("roc_auc_score", ([1, 1], [0.2, 0.4])),
        ("top_k_accuracy_score", ([0, 1], [0.2, 0.4])),
        ("cohen_kappa_score", ([1, 1], [1, 1])),
        ("roc_curve", ([1, 1], [0.2, 0.4])),
    ],
)
def test_each_metric_says_at_the_line_that_asked_where_it_is_undefined(name: str, given: Any) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        getattr(metrics, name)(*given)
    told = [one for one in seen if isinstance(one.message, UndefinedMetricWarning)]
    assert [one.filename for one in told] == [__file__] and isinstance(told[0].message, DataWarning)
