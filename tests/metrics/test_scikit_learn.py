"""scikit-learn's numbers for every metric that it has, from one table of cases.

`CASES` names, for each function, how its input is drawn and what its options may be; an option may depend on the input.
Ours must give scikit-learn's numbers within 1e-9. What scikit-learn refuses, ours refuses in its own words, or calls
NaN; what only scikit-learn gives is a row of `STRICTER` with its reason.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning

import pellucid.metrics
from pellucid.errors import DataWarning, PellucidError
from pellucid.metrics._label_pairs import MERGED_ROWS

EXAMPLES = 25  # of each function; 400 were tried when the cases were written
CLASS_NAMES: list[list[Any]] = [
    [0, 1, 2, 3],
    [-1, 1, 5, 70_000],
    [False, True],
    ["ant", "bee", "cat", "doe"],
    [2.0, 3.0, 4.0, 9.0],
]
AVERAGES = ("macro", "micro", "weighted", None)
NAN = float("nan")
Given = tuple[Any, ...]


@st.composite
def weights(draw: st.DrawFn, n: int) -> Any:
    kind = draw(st.sampled_from(["none", "whole", "real"]))
    if kind == "none":
        return None
    sizes = st.integers(0, 3) if kind == "whole" else st.sampled_from([0.0, 0.25, 1.0, 1.7, 3.1])
    drawn = draw(st.lists(sizes, min_size=n, max_size=n))
    return np.array(drawn) if any(drawn) else None


@st.composite
def label_rows(draw: st.DrawFn) -> Given:
    """y, p, weight: lists, arrays or object arrays; now and then so many rows that they are merged."""
    names = draw(st.sampled_from(CLASS_NAMES))
    n, k = draw(st.integers(1, 30)), draw(st.integers(1, len(names)))
    y, p = ([names[i] for i in draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))] for _ in range(2))
    weight, times = draw(weights(n)), draw(st.sampled_from([1, 1, 1, -(-MERGED_ROWS // n)]))
    form = draw(st.sampled_from([list, np.array, lambda v: np.array(v, dtype=object) if isinstance(v[0], str) else v]))
    return form(y * times), form(p * times), None if weight is None else np.tile(weight, times)


@st.composite
def indicator_rows(draw: st.DrawFn) -> Given:
    """Several labels a row: y, p (N, K) of 0 and 1, weight."""
    n, k = draw(st.integers(1, 12)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    y, p = (rng.integers(2, size=(n, k)) * (rng.random(k) < 0.8) for _ in range(2))
    assume(sklearn.utils.multiclass.type_of_target(y) == "multilabel-indicator")
    return y, p, draw(weights(n))


@st.composite
def scored_rows(draw: st.DrawFn, least: int = 2, most: int = 2) -> Given:
    """y, probabilities (N, K) rounded so that ties are many, weight."""
    names = draw(st.sampled_from([names for names in CLASS_NAMES if len(names) >= least]))
    n, k = draw(st.integers(1, 30)), draw(st.integers(least, min(most, len(names))))
    y = np.array([names[i] for i in draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))])
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    proba = np.round(rng.dirichlet(np.ones(k), size=n), draw(st.sampled_from([1, 2, 12])))
    proba[:, -1] = np.abs(np.round(1 - proba[:, :-1].sum(axis=1), 12))
    proba[:, :-1] *= np.minimum(1, 1 / proba.sum(axis=1))[:, None]
    return y, proba.astype(draw(st.sampled_from([np.float64, np.float64, np.float32]))), draw(weights(n))


@st.composite
def event_rows(draw: st.DrawFn) -> Given:
    """Which class each row has, now and then several, as a matrix (N, K) of 0 and 1; probabilities; weight."""
    y, proba, weight = draw(scored_rows(2, 4))
    truth = (np.unique(y, return_inverse=True)[1][:, None] == np.arange(proba.shape[1])).astype(int)
    if draw(st.booleans()):
        truth[0] = 1
    assume(sklearn.utils.multiclass.type_of_target(truth) == "multilabel-indicator")
    return truth, proba.astype(np.float64), weight


@st.composite
def score_rows(draw: st.DrawFn) -> Given:
    """y of two classes, one column of scores of either sign with ties and zeros of both signs, weight."""
    y, proba, weight = draw(scored_rows())
    column = proba[:, 1]
    form = draw(st.sampled_from(["share", "logit", "coarse", "below", "zeros"]))
    score = {
        "share": column,
        "logit": np.log1p(column) * 7 - 3,
        "coarse": np.round(column),
        "below": -column,
        "zeros": np.where(column > 0.5, 0.0, -0.0) + np.round(column - 0.3),
    }[form]
    return y, score.astype(proba.dtype), weight


@st.composite
def share_rows(draw: st.DrawFn) -> Given:
    y, proba, weight = draw(scored_rows())
    return y, proba[:, 1], weight


def in_float64(rows: Given) -> Given:
    y, proba, weight = rows
    return y, proba.astype(np.float64), weight


@st.composite
def number_rows(draw: st.DrawFn, outputs: tuple[int, ...] = (0, 1, 3), low: float | None = None) -> Given:
    n, m = draw(st.integers(1, 20)), draw(st.sampled_from(outputs))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    digits, shape = draw(st.sampled_from([0, 8])), (n, m) if m else (n,)
    y = np.round(rng.normal(size=shape) * draw(st.sampled_from([0.0, 1.0, 50.0])), digits)
    p = y if draw(st.booleans()) and draw(st.booleans()) else np.round(y + rng.normal(size=shape), digits)
    if low is not None:
        y, p = np.abs(y) + low, np.abs(p) + low
    return y, p, draw(weights(n))


@st.composite
def partition_rows(draw: st.DrawFn) -> Given:
    """Two columns of names, not always of one kind; no weights: scikit-learn has none."""
    n = draw(st.integers(1, 40))
    sides = []
    for _ in range(2):
        names, k = draw(st.sampled_from(CLASS_NAMES)), draw(st.integers(1, 4))
        sides.append([names[i % len(names)] for i in draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))])
    return np.array(sides[0]), np.array(draw(st.sampled_from(sides)))


@st.composite
def clustered_rows(draw: st.DrawFn) -> Given:
    """X on a grid, where sums of squares are exact and rows coincide, or apart; labels."""
    n, d = draw(st.integers(3, 25)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = draw(st.sampled_from([rng.integers(4, size=(n, d)).astype(float), rng.normal(size=(n, d)) + 3.0]))
    return x, rng.integers(draw(st.integers(2, 5)), size=n)


@st.composite
def query_rows(draw: st.DrawFn) -> Given:
    n, k = draw(st.integers(1, 6)), draw(st.integers(2, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    y = rng.integers(4, size=(n, k)).astype(float) * (rng.random((n, 1)) < 0.9)
    return y, np.round(rng.normal(size=(n, k)), draw(st.sampled_from([0, 8]))), draw(weights(n))


@st.composite
def points(draw: st.DrawFn) -> Given:
    x = np.array(draw(st.lists(st.integers(-5, 5), min_size=1, max_size=8)), float)
    form = draw(st.sampled_from([np.sort, lambda v: -np.sort(v), lambda v: v]))
    return form(x), np.random.default_rng(0).normal(size=len(x))


def classes_of(y: Any) -> list[Any]:
    return sorted(set(np.asarray(y).tolist()))


def some_labels(y: Any, p: Any) -> list[Any]:
    """None, or classes in some order, with one that is not there."""
    absent = "zebra" if isinstance(y[0], str) else 99
    return [None, [absent, y[0]], [p[-1], absent]]


def any_class(y: Any, p: Any) -> list[Any]:
    return [1, y[0]] if not isinstance(y[0], str) else [y[0]]


def own_class(y: Any, p: Any) -> list[Any]:
    """What `pos_label` may be: left to be guessed, or a class that is there."""
    return [None, np.asarray(y)[0].item()]


def wide_labels(y: Any, p: Any) -> list[Any]:
    """The classes that the columns of p stand for."""
    n = p.shape[1] if p.ndim == 2 else 2
    return [next(names[:n] for names in CLASS_NAMES if np.array(names).dtype.kind == y.dtype.kind and y[0] in names)]


def names_of(y: Any, p: Any) -> list[Any]:
    several = [f"class {k}" for k in range(len(classes_of([*y, *p])))]
    return [None, several]


def output_means(y: Any, p: Any) -> list[Any]:
    return ["uniform_average", "raw_values", *([[0.2, 0.5, 0.3]] if y.shape[1:] == (3,) else [])]


def explained_means(y: Any, p: Any) -> list[Any]:
    return [*output_means(y, p), "variance_weighted"]


@dataclass(frozen=True)
class Case:
    """How one function is asked: its input, and for each option the values it may have."""

    inputs: st.SearchStrategy[Given]
    options: Mapping[str, Any] = field(default_factory=dict)


ZERO = ("warn", 0.0, 1.0, NAN)
OF_CLASS = {"average": AVERAGES, "labels": some_labels, "zero_division": ZERO}
OF_POSITIVE = {"pos_label": any_class, "zero_division": ZERO}
OF_ROWS = {"average": ("samples", *AVERAGES), "zero_division": (0.0, 1.0)}
OF_OUTPUTS = Case(number_rows(), {"multioutput": output_means})
AMOUNTS, COUNTS = number_rows(outputs=(0,), low=0.5), number_rows(outputs=(0,), low=0.0)
PARTITIONS = Case(partition_rows())
MEANS = Case(partition_rows(), {"average_method": ("min", "geometric", "arithmetic", "max")})
SHAPES = Case(clustered_rows())

CASES: dict[str, list[Case]] = {
    "accuracy_score": [
        Case(label_rows(), {"normalize": (True, False)}),
        Case(indicator_rows(), {"normalize": (True, False)}),
    ],
    "adjusted_mutual_info_score": [MEANS],
    "adjusted_rand_score": [PARTITIONS],
    "auc": [Case(points())],
    "average_precision_score": [
        Case(score_rows(), {"pos_label": lambda y, p: [y[0].item()]}),
        Case(scored_rows(3, 4), {"average": AVERAGES}),
        Case(indicator_rows(), {"average": ("samples", *AVERAGES)}),
    ],
    "balanced_accuracy_score": [Case(label_rows(), {"adjusted": (True, False)})],
    "brier_score_loss": [  # in float64: in float32 the two sides round apart by 1e-7
        Case(share_rows().map(in_float64), {"pos_label": own_class, "scale_by_half": ("auto", True, False)}),
        Case(scored_rows(2, 4).map(in_float64), {"labels": wide_labels, "scale_by_half": ("auto", True, False)}),
        Case(scored_rows(2, 4).map(in_float64)),
        Case(event_rows(), {"scale_by_half": ("auto", True, False)}),
    ],
    "calibration_curve": [
        Case(
            share_rows().map(lambda rows: rows[:2]),
            {"pos_label": own_class, "n_bins": (1, 3, 5, 10), "strategy": ("uniform", "quantile")},
        )
    ],
    "calinski_harabasz_score": [SHAPES],
    "classification_report": [
        Case(label_rows(), {"target_names": names_of, "output_dict": (True, False), "zero_division": (0.0, 1.0)}),
        # of few digits, a number half way between two goes where the rounding of its sum sends it
        Case(label_rows(), {"labels": some_labels, "digits": (11, 13), "zero_division": (0.0, NAN)}),
        Case(indicator_rows(), {"output_dict": (True, False), "zero_division": (0.0, 1.0)}),
        Case(indicator_rows(), {"labels": lambda y, p: [None, [1, 0]], "zero_division": (0.0,)}),
    ],
    "cohen_kappa_score": [
        Case(label_rows(), {"labels": some_labels, "weights": (None, "linear", "quadratic")}),
        Case(label_rows(), {"replace_undefined_by": (0.0, -1.0)}),
    ],
    "completeness_score": [PARTITIONS],
    "confusion_matrix": [Case(label_rows(), {"labels": some_labels, "normalize": (None, "true", "pred", "all")})],
    "d2_absolute_error_score": [OF_OUTPUTS],
    "d2_brier_score": [
        Case(share_rows().map(in_float64), {"pos_label": own_class}),
        Case(scored_rows(2, 4).map(in_float64), {"labels": wide_labels}),
        Case(event_rows()),
    ],
    "d2_log_loss_score": [
        Case(scored_rows(2, 4).map(in_float64), {"labels": wide_labels}),
        Case(share_rows().map(in_float64)),
        Case(event_rows()),
    ],
    "d2_pinball_score": [Case(number_rows(), {"multioutput": output_means, "alpha": (0.1, 0.5, 0.75)})],
    "d2_tweedie_score": [
        Case(AMOUNTS, {"power": (-1, 0, 1, 1.5, 2, 3, 0.5)}),
        Case(COUNTS, {"power": (0, 1, 1.5)}),
    ],
    "davies_bouldin_score": [SHAPES],
    "dcg_score": [Case(query_rows(), {"k": (None, 1, 3, 99), "log_base": (2, 10)})],
    "det_curve": [Case(score_rows(), {"pos_label": own_class, "drop_intermediate": (True, False)})],
    "explained_variance_score": [Case(number_rows(), {"multioutput": explained_means, "force_finite": (True, False)})],
    "f1_score": [Case(label_rows(), OF_CLASS), Case(label_rows(), OF_POSITIVE), Case(indicator_rows(), OF_ROWS)],
    "fbeta_score": [
        Case(label_rows(), OF_CLASS | {"beta": (0.0, 0.5, 2, np.inf)}),
        Case(indicator_rows(), OF_ROWS | {"beta": (0.5, 2)}),
    ],
    "fowlkes_mallows_score": [PARTITIONS],
    "hamming_loss": [Case(label_rows()), Case(indicator_rows())],
    "hinge_loss": [
        Case(score_rows().map(in_float64), {"labels": wide_labels}),
        Case(score_rows().map(in_float64)),
        Case(scored_rows(3, 4).map(in_float64), {"labels": wide_labels}),
        Case(scored_rows(3, 4).map(in_float64)),
    ],
    "homogeneity_completeness_v_measure": [Case(partition_rows(), {"beta": (0.5, 1, 2)})],
    "homogeneity_score": [PARTITIONS],
    "jaccard_score": [
        Case(label_rows(), OF_CLASS | {"zero_division": (0, 1)}),
        Case(label_rows(), OF_POSITIVE | {"zero_division": ("warn", 0, 1)}),
        Case(indicator_rows(), OF_ROWS),
    ],
    "log_loss": [
        Case(scored_rows(2, 4), {"labels": wide_labels, "normalize": (True, False)}),
        Case(scored_rows(2, 4)),
        Case(share_rows(), {"labels": wide_labels}),
        Case(share_rows(), {"normalize": (True, False)}),
        Case(event_rows(), {"normalize": (True, False)}),
    ],
    "matthews_corrcoef": [Case(label_rows())],
    "max_error": [Case(number_rows(outputs=(0, 3)).map(lambda rows: rows[:2]))],
    "mean_absolute_error": [OF_OUTPUTS],
    "mean_absolute_percentage_error": [OF_OUTPUTS],
    "mean_gamma_deviance": [Case(AMOUNTS), Case(COUNTS)],
    "mean_pinball_loss": [Case(number_rows(), {"multioutput": output_means, "alpha": (0, 0.1, 0.5, 1)})],
    "mean_poisson_deviance": [Case(AMOUNTS), Case(COUNTS)],
    "mean_squared_error": [OF_OUTPUTS],
    "mean_squared_log_error": [OF_OUTPUTS, Case(AMOUNTS)],
    "mean_tweedie_deviance": [
        Case(AMOUNTS, {"power": (-1, 0, 1, 1.5, 2, 3, 0.5)}),
        Case(number_rows(outputs=(0, 3)), {"power": (-1, 0, 1.5)}),
    ],
    "median_absolute_error": [OF_OUTPUTS],
    "mutual_info_score": [PARTITIONS],
    "ndcg_score": [Case(query_rows(), {"k": (None, 1, 3, 99)})],
    "normalized_mutual_info_score": [MEANS],
    "precision_recall_curve": [Case(score_rows(), {"pos_label": own_class, "drop_intermediate": (True, False)})],
    "precision_recall_fscore_support": [
        Case(label_rows(), OF_CLASS | {"beta": (0.5, 1)}),
        Case(label_rows(), OF_POSITIVE | {"average": ("binary",)}),
        Case(indicator_rows(), OF_ROWS),
    ],
    "precision_score": [Case(label_rows(), OF_CLASS), Case(label_rows(), OF_POSITIVE), Case(indicator_rows(), OF_ROWS)],
    "r2_score": [Case(number_rows(), {"multioutput": explained_means, "force_finite": (True, False)})],
    "rand_score": [PARTITIONS],
    "recall_score": [Case(label_rows(), OF_CLASS), Case(label_rows(), OF_POSITIVE), Case(indicator_rows(), OF_ROWS)],
    "roc_auc_score": [
        Case(score_rows(), {"max_fpr": (None, 0.1, 0.37, 1.0)}),
        Case(scored_rows(3, 4), {"labels": wide_labels, "multi_class": ("ovr",), "average": AVERAGES}),
        Case(
            scored_rows(3, 4).map(lambda rows: rows[:2]),
            {"labels": wide_labels, "multi_class": ("ovo",), "average": ("macro", "weighted")},
        ),
        Case(scored_rows(3, 4), {"multi_class": ("ovr", "raise")}),
        Case(indicator_rows(), {"average": ("samples", *AVERAGES)}),
    ],
    "roc_curve": [Case(score_rows(), {"pos_label": own_class, "drop_intermediate": (True, False)})],
    "root_mean_squared_error": [OF_OUTPUTS],
    "root_mean_squared_log_error": [OF_OUTPUTS, Case(AMOUNTS)],
    "silhouette_samples": [Case(clustered_rows(), {"metric": ("euclidean", "sqeuclidean", "manhattan", "chebyshev")})],
    "silhouette_score": [SHAPES],
    "top_k_accuracy_score": [
        Case(scored_rows(3, 4), {"labels": wide_labels, "k": (1, 2, 3, 9), "normalize": (True, False)}),
        Case(scored_rows(2, 4), {"k": (1, 2)}),
        Case(score_rows(), {"k": (1, 2)}),
    ],
    "v_measure_score": [Case(partition_rows(), {"beta": (0.5, 1, 2)})],
    "zero_one_loss": [
        Case(label_rows(), {"normalize": (True, False)}),
        Case(indicator_rows(), {"normalize": (True, False)}),
    ],
}

STRICTER: dict[str, tuple[Callable[..., bool], str]] = {
    "balanced_accuracy_score": (
        lambda y, p, sample_weight=None, adjusted=False: (
            adjusted and len(classes_of(y if sample_weight is None else np.asarray(y)[sample_weight > 0])) < 2
        ),
        "one true class, adjusted, is 0/0: NaN here, NaN or -inf there",
    ),
    "d2_log_loss_score": (
        lambda y, p, sample_weight=None, labels=None: (
            len(np.unique(y if sample_weight is None else y[sample_weight > 0], axis=0)) < 2
        ),
        "the loss of telling the only class that occurs is rounding, and scikit-learn divides by it",
    ),
    "davies_bouldin_score": (
        lambda x, labels: np.bincount(labels)[labels].min() == 1 and not np.array_equal(x, np.round(x)),
        "a row alone is 0 from the mean of its cluster here, 2e-8 there, where a square is a difference of squares",
    ),
    "d2_tweedie_score": (
        lambda y, p, sample_weight=None, power=0: np.ptp(y if sample_weight is None else y[sample_weight > 0]) < 1e-9,
        "of a constant y scikit-learn divides rounding by rounding",
    ),
    "det_curve": (
        lambda y, p, sample_weight=None, **options: (
            sample_weight is not None and len(classes_of(y[sample_weight > 0])) < 2
        ),
        "a class that weighs nothing is absent and refused; scikit-learn counts it and gives 0/0",
    ),
    "hinge_loss": (
        lambda y, p, sample_weight=None, labels=None: (
            labels is not None and (classes_of(y) == [labels[-1]] or bool({*classes_of(y)} - {*labels}))
        ),
        "scikit-learn takes a class alone for the lesser one, and classes that `labels` lacks, whatever `labels` says",
    ),
}
LIKE_OURS = {"calibration_curve": sklearn.calibration.calibration_curve}


def quietly(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The value, or what was raised, warnings aside."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return function(*args, **options)
        except (ValueError, ZeroDivisionError) as error:
            return error


def flat(value: Any) -> list[Any]:
    """The numbers, or the text, in a value."""
    if isinstance(value, dict):
        return [part for key in value for part in (key, *flat(value[key]))]
    if isinstance(value, tuple):
        return [part for each in value for part in flat(each)]
    return [value]


def assert_same(ours: Any, theirs: Any) -> None:
    for one, other in zip(flat(ours), flat(theirs), strict=True):
        if isinstance(other, str) and "\n" in other:  # a report: its words, and its numbers to the digits it shows
            assert_same(tuple(map(as_number, one.split())), tuple(map(as_number, other.split())))
        elif isinstance(other, str) or other is None:
            assert one == other
        else:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True)


def as_number(word: str) -> float | str:
    """A word that is a number as its value: 3 rows are 3.0 rows."""
    try:
        return float(word) if word != "nan" else word
    except ValueError:
        return word


def undefined(value: Any) -> bool:
    if isinstance(value, PellucidError):
        return True
    return not isinstance(value, str | Exception) and bool(np.isnan(np.asarray(value, dtype=float)).all())


@st.composite
def asked(draw: st.DrawFn, case: Case) -> tuple[Given, dict[str, Any]]:
    rows = draw(case.inputs)
    weight = {"sample_weight": rows[2]} if len(rows) == 3 and rows[2] is not None else {}
    chosen = {
        name: draw(st.sampled_from(list(values(*rows[:2]) if callable(values) else values)))
        for name, values in case.options.items()
    }
    return rows[:2], weight | chosen


@pytest.mark.parametrize("name", sorted(CASES))
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_numbers_are_those_of_scikit_learn(name: str, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES[name]), label="case")
    args, options = data.draw(asked(case), label="input")
    if name in STRICTER and STRICTER[name][0](*args, **options):
        return
    peer = LIKE_OURS.get(name) or getattr(sklearn.metrics, name)
    takes_weight = "sample_weight" in inspect.signature(peer).parameters
    theirs = quietly(peer, *args, **{k: v for k, v in options.items() if takes_weight or k != "sample_weight"})
    if not takes_weight:
        options.pop("sample_weight", None)
    ours = quietly(getattr(pellucid.metrics, name), *args, **options)
    if isinstance(theirs, Exception):
        assert undefined(ours), f"scikit-learn refuses ({theirs}), ours gives {ours}"
    else:
        assert not isinstance(ours, Exception), f"scikit-learn gives {theirs}, ours refuses: {ours}"
        assert_same(ours, theirs)


def test_every_metric_that_scikit_learn_also_has_is_in_the_table() -> None:
    metrics = {name for name in pellucid.metrics.__all__ if inspect.isfunction(getattr(pellucid.metrics, name))}
    scorers = {"check_scoring", "get_scorer", "get_scorer_names", "make_scorer"}
    theirs = {name for name in metrics - scorers if hasattr(sklearn.metrics, name)} | LIKE_OURS.keys()
    assert sorted(CASES) == sorted(theirs)


@pytest.mark.parametrize("name", sorted(CASES))
def test_parameters_are_called_as_in_scikit_learn_and_stand_in_its_order(name: str) -> None:
    ours = list(inspect.signature(getattr(pellucid.metrics, name)).parameters)
    theirs = inspect.signature(LIKE_OURS.get(name) or getattr(sklearn.metrics, name)).parameters
    wanted = [p for p, it in theirs.items() if it.kind is not it.VAR_KEYWORD and p not in NOT_TAKEN.get(name, ())]
    positional = [p for p in wanted if theirs[p].kind is not inspect.Parameter.KEYWORD_ONLY]
    assert ours[: len(positional)] == positional
    assert set(wanted) <= set(ours)


NOT_TAKEN = {  # scikit-learn's own history, and a table where labels do
    "d2_log_loss_score": ("y_pred",),
    "log_loss": ("y_pred",),
    "mutual_info_score": ("contingency",),
    "precision_recall_fscore_support": ("warn_for",),
}


def test_a_difference_beyond_the_tolerance_is_seen() -> None:
    assert_same((1.0, {"a": "x"}), (1.0 + 1e-12, {"a": "x"}))
    for wrong in ((1.0 + 1e-8, {"a": "x"}), (1.0, {"a": "y"}), (1.0, {"b": "x"})):
        with pytest.raises(AssertionError):
            assert_same((1.0, {"a": "x"}), wrong)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("cohen_kappa_score", ([1, 1], [1, 1])),
        ("d2_absolute_error_score", ([1.0], [1.0])),
        ("d2_brier_score", ([1], [0.5])),
        ("d2_log_loss_score", ([1], [0.5])),
        ("d2_pinball_score", ([1.0], [1.0])),
        ("d2_tweedie_score", ([1.0], [1.0])),
        ("f1_score", ([0, 0], [0, 0])),
        ("precision_score", ([0, 1], [0, 0])),
        ("r2_score", ([1.0], [1.0])),
        ("recall_score", ([0, 0], [0, 1])),
        ("roc_auc_score", ([1, 1], [0.2, 0.3])),
        ("roc_curve", ([1, 1], [0.2, 0.3])),
        ("top_k_accuracy_score", ([0, 1, 2], np.eye(3) * 0.5 + 0.1)),
    ],
)
def test_what_is_undefined_is_told_by_the_warning_that_filters_of_scikit_learn_know(name: str, given: Given) -> None:
    options = {"k": 3} if name == "top_k_accuracy_score" else {}
    with pytest.warns(UndefinedMetricWarning) as told:
        getattr(pellucid.metrics, name)(*given, **options)
    assert all(isinstance(warning.message, DataWarning) for warning in told)
