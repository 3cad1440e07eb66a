"""Laws that every row of the table of metrics keeps; scikit-learn's numbers are in test_scikit_learn.py."""

from typing import Any

import numpy as np
import pytest
import sklearn.metrics

import pellucid.metrics
from pellucid.errors import DataError, ParameterError
from pellucid.metrics import METRICS, confusion_matrix, metric_of, roc_curve
from pellucid.metrics._metric import BY_FUNCTION

NOT_IN_THE_TABLE = {
    "calinski_harabasz_score": "judges rows and clusters, without a target",
    "davies_bouldin_score": "judges rows and clusters, without a target",
    "dcg_score": "judges a list a row",
    "hinge_loss": "takes decision values as they are, which no kind of prediction in the table is",
    "max_error": "one row decides it, and takes no weights",
    "ndcg_score": "judges a list a row",
    "silhouette_score": "judges rows and clusters, without a target",
}


def sample(name: str, seed: int = 0, n: int = 200) -> tuple[Any, Any]:
    return METRICS[name].sample(np.random.default_rng(seed), n)


def perfect(name: str, y: Any) -> Any:
    """The prediction that is sure and right."""
    return np.eye(METRICS[name].n_classes)[y] if METRICS[name].n_classes > 2 else y


def test_the_table_holds_every_public_metric_that_is_one_number() -> None:
    scores = {name for name in pellucid.metrics.__all__ if name.endswith(("_score", "_error", "_loss"))}
    assert scores - METRICS.keys() == NOT_IN_THE_TABLE.keys()
    assert METRICS.keys() <= set(pellucid.metrics.__all__)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    y, p = sample(name)
    moved = np.random.default_rng(1).permutation(len(y))
    metric = METRICS[name].function
    assert metric(y[moved], p[moved]) == pytest.approx(metric(y, p), abs=1e-12)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_weight_of_three_is_the_row_three_times_and_a_weight_of_zero_is_no_row(name: str) -> None:
    y, p = sample(name)
    weight = np.random.default_rng(2).integers(4, size=len(y))
    metric = METRICS[name].function
    assert metric(y, p, sample_weight=weight) == pytest.approx(
        metric(y.repeat(weight), p.repeat(weight, axis=0)), abs=1e-12
    )


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_perfect_prediction_is_the_best_there_is(name: str) -> None:
    row = METRICS[name]
    y, p = sample(name)
    best, found = row.function(y, perfect(name, y)), row.function(y, p)
    if name != "mutual_info_score":  # whose best is the entropy of y
        assert best == pytest.approx(1.0 if row.greater_is_better else 0.0, abs=1e-12)
    assert found < best if row.greater_is_better else found > best


@pytest.mark.parametrize("name", sorted(METRICS))
def test_bad_input_is_refused_in_our_own_words(name: str) -> None:
    y, p = sample(name, n=6)
    metric = METRICS[name].function
    with pytest.raises(DataError, match="(y|labels)_true has 6, .* has 5"):
        metric(y, p[:5])
    with pytest.raises(DataError, match="sample_weight: row 2 is -1"):
        metric(y, p, sample_weight=[1, 1, -1, 1, 1, 1])
    with pytest.raises(DataError, match="every row weighs 0"):
        metric(y, p, sample_weight=np.zeros(6))
    with pytest.raises(DataError, match="is empty"):
        metric([], [])
    broken = p.astype(float)
    broken[[1, 4]] = np.nan
    with pytest.raises(DataError, match="2 of 6 rows are NaN or infinite .first: row 1|no class labels"):
        metric(y, broken)


def test_a_frame_users_hold_gives_the_number_of_its_values() -> None:
    import pandas
    import polars

    y, p = ["a", "b", "b", "a"], ["a", "b", "a", "a"]
    for column in (pandas.Series, polars.Series, lambda v: pandas.Series(v, dtype="category")):
        assert pellucid.metrics.accuracy_score(column(y), column(p)) == 0.75
        assert confusion_matrix(column(y), column(p)).tolist() == [[2, 0], [1, 1]]
        assert roc_curve(column(y), column([0.1, 0.9, 0.4, 0.5]), pos_label="b")[1].tolist() == [0, 0.5, 0.5, 1, 1]


def test_a_row_is_found_by_name_or_by_function_and_a_wrong_name_gets_the_closest() -> None:
    assert metric_of("f1_score") is METRICS["f1_score"] is metric_of(pellucid.metrics.f1_score)
    assert metric_of(sklearn.metrics.f1_score) is None
    with pytest.raises(ParameterError, match="'roc_auc' is not known; did you mean roc_auc_score"):
        metric_of("roc_auc")
    for name in BY_FUNCTION:
        assert metric_of(getattr(pellucid.metrics, name)) is None
        with pytest.raises(ParameterError, match=f"give the function itself, pellucid.metrics.{name}"):
            metric_of(name)
