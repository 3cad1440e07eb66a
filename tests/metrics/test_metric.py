"""Laws that every row of the table of metrics keeps, and scikit-learn's numbers for all of them."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pellucid.metrics
from pellucid.errors import DataError, ParameterError, PellucidError
from pellucid.metrics import METRICS, Metric, confusion_matrix, metric_of, roc_curve

CLASS_NAMES: list[list[Any]] = [
    [0, 1, 2, 3],
    [-1, 1, 5, 70_000],
    [False, True],
    ["ant", "bee", "cat", "doe"],
    [2.0, 3.0, 4.0, 9.0],
]
EXAMPLES = 40  # of each kind of input; 2000 were tried when the tests were written
AVERAGES = ("macro", "micro", "weighted", None)
ZERO_DIVISION = ("warn", 0.0, 1.0, float("nan"))


def quietly(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The value, or the class of what was raised, warnings aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*args, **options)
        except (ValueError, ZeroDivisionError) as error:
            return error


def agree(name: str, *args: Any, **options: Any) -> None:
    """Ours gives scikit-learn's number within 1e-9; what it refuses, ours refuses in its own words or calls NaN."""
    ours = quietly(getattr(pellucid.metrics, name), *args, **options)
    theirs = quietly(getattr(sklearn.metrics, name), *args, **options)
    if isinstance(theirs, Exception):
        undefined = isinstance(ours, PellucidError) or np.isnan(ours).all()
        assert undefined, f"scikit-learn refuses ({theirs}), ours gives {ours}"
    else:
        assert not isinstance(ours, Exception), f"scikit-learn gives {theirs}, ours refuses: {ours}"
        for one, other in zip(*(each if isinstance(each, tuple) else (each,) for each in (ours, theirs)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True)


@st.composite
def weights(draw: st.DrawFn, n: int) -> Any:
    kind = draw(st.sampled_from(["none", "whole", "real"]))
    if kind == "none":
        return None
    if kind == "whole":
        drawn = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    else:
        drawn = draw(st.lists(st.sampled_from([0.0, 0.25, 1.0, 1.7, 3.1]), min_size=n, max_size=n))
    return np.array(drawn) if any(drawn) else None


@st.composite
def label_rows(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    names = draw(st.sampled_from(CLASS_NAMES))
    n, k = draw(st.integers(1, 30)), draw(st.integers(1, len(names)))
    y, p = ([names[i] for i in draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))] for _ in range(2))
    form = draw(st.sampled_from([list, np.array, lambda v: np.array(v, dtype=object) if isinstance(v[0], str) else v]))
    return form(y), form(p), draw(weights(n))


@st.composite
def scored_rows(draw: st.DrawFn, most: int = 4) -> tuple[Any, Any, Any]:
    """Labels, probabilities (N, K) rounded so that ties are many, weights."""
    names = draw(st.sampled_from(CLASS_NAMES))
    n, k = draw(st.integers(1, 30)), draw(st.integers(2, min(most, len(names))))
    y = [names[i] for i in draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    digits = draw(st.sampled_from([1, 2, 12]))
    proba = np.round(rng.dirichlet(np.ones(k), size=n), digits)
    proba[:, -1] = np.abs(np.round(1 - proba[:, :-1].sum(axis=1), 12))
    proba[:, :-1] *= np.minimum(1, 1 / proba.sum(axis=1))[:, None]
    return np.array(y), proba, draw(weights(n))


@st.composite
def number_rows(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    n, m = draw(st.integers(1, 20)), draw(st.sampled_from([0, 1, 3]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    digits = draw(st.sampled_from([0, 8]))
    shape = (n, m) if m else (n,)
    y = np.round(rng.normal(size=shape) * draw(st.sampled_from([0.0, 1.0, 50.0])), digits)
    p = y if draw(st.booleans()) and draw(st.booleans()) else np.round(y + rng.normal(size=shape), digits)
    return y, p, draw(weights(n))


@settings(deadline=None, max_examples=EXAMPLES)
@given(label_rows(), st.sampled_from([None, "true", "pred", "all"]), st.booleans())
def test_counts_of_labels_are_those_of_scikit_learn(rows: Any, normalize: Any, flag: bool) -> None:
    y, p, weight = rows
    agree("accuracy_score", y, p, sample_weight=weight, normalize=flag)
    agree("confusion_matrix", y, p, sample_weight=weight, normalize=normalize)
    some = [y[0], "zebra"] if isinstance(y[0], str) else [y[-1], 99]
    agree("confusion_matrix", y, p, sample_weight=weight, labels=some)
    agree("balanced_accuracy_score", y, p, sample_weight=weight)
    if len(set(y if weight is None else np.asarray(y)[weight > 0])) > 1:  # else 0/0: NaN here, NaN or -inf there
        agree("balanced_accuracy_score", y, p, sample_weight=weight, adjusted=True)


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    label_rows(),
    st.sampled_from(["precision_score", "recall_score", "f1_score"]),
    st.sampled_from(AVERAGES),
    st.sampled_from(ZERO_DIVISION),
)
@example((["a", "a"], ["b", "b"], None), "precision_score", "weighted", "warn")
def test_precision_recall_and_f1_are_those_of_scikit_learn(rows: Any, name: str, average: Any, zero: Any) -> None:
    y, p, weight = rows
    agree(name, y, p, average=average, zero_division=zero, sample_weight=weight)
    absent = "zebra" if isinstance(y[0], str) else 99
    agree(name, y, p, average=average, zero_division=zero, sample_weight=weight, labels=[p[0], absent])
    agree(name, y, p, zero_division=zero, sample_weight=weight, pos_label=y[0])
    if not isinstance(y[0], str):
        agree(name, y, p, zero_division=zero, sample_weight=weight)


@settings(deadline=None, max_examples=EXAMPLES)
@given(scored_rows(most=2), st.sampled_from([None, 0.1, 0.37, 1.0]), st.booleans())
def test_rankings_of_two_classes_are_those_of_scikit_learn(rows: Any, max_fpr: Any, drop: bool) -> None:
    y, proba, weight = rows
    for score in (proba[:, 1], np.log1p(proba[:, 1]) * 7 - 3, proba[:, 1].astype(np.float32), np.round(proba[:, 1])):
        agree("roc_auc_score", y, score, sample_weight=weight, max_fpr=max_fpr)
        agree("average_precision_score", y, score, sample_weight=weight, pos_label=y[0].item())
        agree("roc_curve", y, score, sample_weight=weight, pos_label=y[0].item(), drop_intermediate=drop)
        agree("roc_curve", y, score, sample_weight=weight)


@settings(deadline=None, max_examples=EXAMPLES)
@given(scored_rows(), st.sampled_from(AVERAGES), st.booleans())
def test_rankings_of_many_classes_are_those_of_scikit_learn(rows: Any, average: Any, named: bool) -> None:
    y, proba, weight = rows
    if proba.shape[1] < 3:
        return
    everything = next(names for names in CLASS_NAMES if y[0].item() in names and len(names) >= proba.shape[1])
    labels = everything[: proba.shape[1]] if named else None
    agree("roc_auc_score", y, proba, multi_class="ovr", average=average, sample_weight=weight, labels=labels)
    agree("roc_auc_score", y, proba, multi_class="ovo", average=average or "macro", labels=labels)
    if len(np.unique(y)) > 2:
        agree("average_precision_score", y, proba, average=average, sample_weight=weight)


@settings(deadline=None, max_examples=EXAMPLES)
@given(scored_rows(), st.booleans())
def test_losses_of_probabilities_are_those_of_scikit_learn(rows: Any, flag: bool) -> None:
    y, proba, weight = rows
    everything = next(names for names in CLASS_NAMES if y[0].item() in names and len(names) >= proba.shape[1])
    labels = everything[: proba.shape[1]]
    for p in (proba, proba.astype(np.float32), np.round(proba)):
        agree("log_loss", y, p, sample_weight=weight, normalize=flag, labels=labels)
        agree("log_loss", y, p, sample_weight=weight)
        agree("brier_score_loss", y, p, sample_weight=weight, labels=labels)
        agree("brier_score_loss", y, p, sample_weight=weight, labels=labels, scale_by_half=flag)
    if proba.shape[1] == 2:
        agree("log_loss", y, proba[:, 1], sample_weight=weight, labels=labels)
        agree("brier_score_loss", y, proba[:, 1], sample_weight=weight)
        agree("brier_score_loss", y, proba[:, 1], sample_weight=weight, pos_label=y[0].item(), scale_by_half=flag)


@settings(deadline=None, max_examples=EXAMPLES)
@given(number_rows(), st.booleans())
def test_errors_of_numbers_are_those_of_scikit_learn(rows: Any, finite: bool) -> None:
    y, p, weight = rows
    averages: list[Any] = ["uniform_average", "raw_values"] + ([[0.2, 0.5, 0.3]] if y.shape[1:] == (3,) else [])
    for name, metric in METRICS.items():
        if metric.needs == "numbers":
            for average in averages:
                agree(name, y, p, sample_weight=weight, multioutput=average)
    for average in (*averages, "variance_weighted"):
        agree("r2_score", y, p, sample_weight=weight, multioutput=average, force_finite=finite)


def sample(metric: Metric, seed: int = 0, n: int = 200) -> tuple[Any, Any]:
    """A target and a prediction of the kind that `metric` needs."""
    rng = np.random.default_rng(seed)
    if metric.needs == "numbers":
        y = rng.normal(size=n)
        return y, y + rng.normal(size=n)
    y = rng.integers(2, size=n)
    score = np.round(1 / (1 + np.exp(-rng.normal(size=n) - 2 * y + 1)), 2)
    return y, (score > 0.5).astype(int) if metric.needs == "labels" else score


def test_the_table_holds_every_public_metric_that_is_one_number() -> None:
    scores = {name for name in pellucid.metrics.__all__ if name.endswith(("_score", "_error", "_loss"))}
    assert scores == METRICS.keys()


@pytest.mark.parametrize("name", sorted(METRICS))
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    y, p = sample(METRICS[name])
    moved = np.random.default_rng(1).permutation(len(y))
    metric = METRICS[name].function
    assert metric(y[moved], p[moved]) == pytest.approx(metric(y, p), abs=1e-12)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_weight_of_three_is_the_row_three_times_and_a_weight_of_zero_is_no_row(name: str) -> None:
    y, p = sample(METRICS[name])
    weight = np.random.default_rng(2).integers(4, size=len(y))
    metric = METRICS[name].function
    assert metric(y, p, sample_weight=weight) == pytest.approx(metric(y.repeat(weight), p.repeat(weight)), abs=1e-12)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_perfect_prediction_is_the_best_there_is(name: str) -> None:
    row = METRICS[name]
    y, p = sample(row)
    perfect, found = row.function(y, y), row.function(y, p)
    assert perfect == pytest.approx(1.0 if row.greater_is_better else 0.0, abs=1e-12)
    assert found < perfect if row.greater_is_better else found > perfect


@pytest.mark.parametrize("name", sorted(METRICS))
def test_bad_input_is_refused_in_our_own_words(name: str) -> None:
    y, p = sample(METRICS[name], n=6)
    metric = METRICS[name].function
    with pytest.raises(DataError, match="y_true has 6, .* has 5"):
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
