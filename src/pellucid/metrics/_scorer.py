"""Scorers: a metric together with the question an estimator is asked for it, so that greater is always better.

Here: `Scorer` and `make_scorer`; `get_scorer`, by scikit-learn's names; `check_scoring` and `check_scorers`, what one
gave as `scoring`; `scores_of`, several scorers that share the estimator's answers.
Elsewhere: the metrics are rows of _metric.py; who calls scorers is in pellucid.model_selection.
Imports: numpy, pellucid.errors and this package.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, final

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.metrics._hinge import hinge_loss
from pellucid.metrics._inputs import Array
from pellucid.metrics._label_pairs import is_matrix
from pellucid.metrics._metric import METRICS, metric_of
from pellucid.metrics._regression import max_error

_ASKED = {
    "labels": ("predict",),
    "clusters": ("predict",),
    "numbers": ("predict",),
    "probabilities": ("predict_proba",),
    "scores": ("decision_function", "predict_proba"),
}
_LOSSES: dict[Callable[..., Any], tuple[str, ...]] = {hinge_loss: ("decision_function",), max_error: ("predict",)}
"""Ours that are no rows of METRICS and better when smaller: what the estimator is asked for them."""


@final
@dataclass(frozen=True)
class Scorer:
    """scorer(estimator, X, y) -> a number, the metric of what the estimator answers; greater is better.

    >>> class Sure:
    ...     def predict(self, X):
    ...         return np.ones(len(X))
    >>> make_scorer(METRICS["mean_absolute_error"].function)(Sure(), [[0], [0]], [1, 3])
    -1.0
    """

    metric: Callable[..., Any]
    """metric(y_true, answer, **options) -> a number."""
    asks: tuple[str, ...]
    """Methods of the estimator; the first that it has is asked."""
    greater_is_better: bool
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        return self.judge(_Answers(estimator, X), y, sample_weight)

    def judge(self, answers: "_Answers", y: Any, sample_weight: Any = None) -> float:
        """The score of answers that may have been given already."""
        answer, options = self._prepared(answers, several=is_matrix(y))
        weighted = {} if sample_weight is None else {"sample_weight": sample_weight}
        value = self.metric(y, answer, **weighted, **options)
        return value if self.greater_is_better else -value

    def _prepared(self, answers: "_Answers", several: bool) -> tuple[Array, dict[str, Any]]:
        """The answer in the form the metric takes, and the metric's options."""
        method, answer = answers.to(self.asks)
        options = dict(self.options)
        if method == "predict":
            return answer, options
        row, classes = metric_of(self.metric), getattr(answers.estimator, "classes_", None)
        if classes is None or several:  # of several labels a row each has its column
            return answer, options
        named = row is not None and "labels" in inspect.signature(self.metric).parameters
        whole = row is not None and row.needs == "probabilities" and options.get("pos_label") is None
        if method == "predict_proba" and answer.ndim == 2 and answer.shape[1] == 2 and not whole:
            answer = answer[:, _positive(classes, options)]
        elif method == "decision_function" and answer.ndim == 1 and _positive(classes, options) == 0:
            answer = -answer
        elif named and answer.ndim == 2:  # a test part may lack a class that the model knows
            options.setdefault("labels", classes)
        return answer, options

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in self.options.items())
        name = getattr(self.metric, "__name__", repr(self.metric))
        return f"make_scorer({name}, response_method={self.asks!r}, greater_is_better={self.greater_is_better}{given})"


def make_scorer(
    score_func: Callable[..., Any],
    *,
    response_method: str | Iterable[str] | None = None,
    greater_is_better: bool | None = None,
    **kwargs: Any,
) -> Scorer:
    """A scorer from metric(y_true, answer, **kwargs) -> number.

    `response_method`: "predict", "predict_proba", "decision_function", or several, of which the first that the
    estimator has is asked. Of two classes the column of the second is handed on, or of `pos_label` where given.
    A metric with `greater_is_better=False` is negated. Left out, both are what METRICS says of the metric (in
    scikit-learn one must say that a loss is a loss); of other functions, "predict" and True.
    Raises ParameterError for what is no function or an unknown method.

    >>> from pellucid.metrics import log_loss
    >>> make_scorer(log_loss).asks, make_scorer(log_loss).greater_is_better
    (('predict_proba',), False)
    """
    if not callable(score_func):
        raise ParameterError(
            f"make_scorer: {score_func!r} is no function metric(y_true, answer); names go to get_scorer."
        )
    row, loss = metric_of(score_func), _LOSSES.get(score_func)
    if response_method is None:
        asks = loss or (("predict",) if row is None else _ASKED[row.needs])
    else:
        asks = (response_method,) if isinstance(response_method, str) else tuple(response_method)
    unknown = [method for method in asks if method not in ("predict", "predict_proba", "decision_function")]
    if unknown or not asks:
        raise ParameterError(
            f"make_scorer: response_method={response_method!r}; use 'predict', 'predict_proba', 'decision_function', "
            "or several of them."
        )
    if greater_is_better is None:
        greater_is_better = row.greater_is_better if row else not loss
    return Scorer(score_func, asks, greater_is_better, kwargs)


def _averages(name: str, metric: str) -> dict[str, tuple[str, dict[str, Any]]]:
    kinds = ("macro", "micro", "weighted", "samples")
    averaged = {f"{name}_{average}": (metric, {"average": average}) for average in kinds}
    return {name: (metric, {}), **averaged}


_ROC = "roc_auc_score"
_NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (f"{name}_score", {}) for name in ("accuracy", "balanced_accuracy", "average_precision")},
    **{name: (f"{name}_score", {}) for name in ("top_k_accuracy", "explained_variance", "r2")},
    **_averages("f1", "f1_score"),
    **_averages("jaccard", "jaccard_score"),
    **_averages("precision", "precision_score"),
    **_averages("recall", "recall_score"),
    "roc_auc": (_ROC, {}),
    "roc_auc_ovo": (_ROC, {"multi_class": "ovo"}),
    "roc_auc_ovo_weighted": (_ROC, {"multi_class": "ovo", "average": "weighted"}),
    "roc_auc_ovr": (_ROC, {"multi_class": "ovr"}),
    "roc_auc_ovr_weighted": (_ROC, {"multi_class": "ovr", "average": "weighted"}),
    "neg_brier_score": ("brier_score_loss", {}),
    **{
        f"neg_{name}": (name, {})
        for name in (
            *("log_loss", "max_error", "mean_absolute_error", "mean_absolute_percentage_error"),
            *("mean_gamma_deviance", "mean_poisson_deviance", "mean_squared_error", "mean_squared_log_error"),
            *("median_absolute_error", "root_mean_squared_error", "root_mean_squared_log_error"),
        )
    },
    **{
        name: (name, {})
        for name in (
            *("matthews_corrcoef", "d2_absolute_error_score", "d2_brier_score", "d2_log_loss_score"),
            *("adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score", "fowlkes_mallows_score"),
            *("homogeneity_score", "mutual_info_score", "normalized_mutual_info_score", "rand_score"),
            "v_measure_score",
        )
    },
}
"""scikit-learn's name of a scorer: the metric's name and options."""


def get_scorer_names() -> list[str]:
    """The names that `scoring` may be, sorted.

    >>> "neg_log_loss" in get_scorer_names()
    True
    """
    return sorted(_NAMED)


def get_scorer(scoring: Any) -> Any:
    """The scorer of a name, as scikit-learn has them; a callable scorer(estimator, X, y) comes back as it is.

    Losses are negated and named so: "neg_log_loss". Raises ParameterError for an unknown name, with the closest ones.

    >>> get_scorer("neg_log_loss")
    make_scorer(log_loss, response_method=('predict_proba',), greater_is_better=False)
    """
    if callable(scoring):
        home = scoring.__module__ if inspect.isfunction(scoring) else ""
        if home.startswith(("pellucid.metrics.", "sklearn.metrics.")) and not home.endswith("._scorer"):
            raise ParameterError(
                f"scoring: {scoring.__name__} is a metric of (y_true, y_pred), a scorer is asked (estimator, X, y); "
                f"give its name among get_scorer_names(), or make_scorer({scoring.__name__})."
            )
        return scoring
    names = get_scorer_names()
    if not isinstance(scoring, str) or scoring not in names:
        near = get_close_matches(str(scoring), names) or [name for name in names if str(scoring) in name] or names
        raise ParameterError(f"scoring: {scoring!r} is not the name of a scorer; did you mean {' or '.join(near)}?")
    metric, options = _NAMED[scoring]
    asks = ("predict_proba",) if "multi_class" in options else None
    function = METRICS[metric].function if metric in METRICS else max_error
    return make_scorer(function, response_method=asks, **options)


def check_scoring(estimator: Any, scoring: Any = None) -> Any:
    """The one scorer that `scoring` stands for: a name, a callable, or None for the estimator's own `score`.

    Raises ParameterError for an unknown name, and for None where the estimator has no `score`.

    >>> check_scoring(None, "accuracy").asks
    ('predict',)
    """
    if scoring is not None:
        return get_scorer(scoring)
    if not hasattr(estimator, "score"):
        raise ParameterError(
            f"scoring is None, and {type(estimator).__name__} has no method `score`; name a scorer, such as 'accuracy'."
        )
    return own_score


def check_scorers(estimator: Any, scoring: Any = None) -> dict[str, Any]:
    """Scorers by name: "score" for a single one, the given names for a list, tuple, set or dict of them.

    Raises as `check_scoring`, and ParameterError for none or a name twice.

    >>> sorted(check_scorers(None, ["accuracy", "f1"])), list(check_scorers(None, "accuracy"))
    (['accuracy', 'f1'], ['score'])
    """
    if scoring is None or isinstance(scoring, str) or callable(scoring):
        return {"score": check_scoring(estimator, scoring)}
    if isinstance(scoring, Mapping):
        given = dict(scoring)
    elif isinstance(scoring, list | tuple | set):
        if not all(isinstance(name, str) for name in scoring):
            raise ParameterError(f"scoring: {scoring!r} must be names; callables need names of yours: use a dict.")
        given = {name: name for name in scoring}
        if len(given) < len(scoring):
            raise ParameterError(f"scoring: {scoring!r} names a scorer twice; list each once.")
    else:
        raise ParameterError(f"scoring is {scoring!r}; give a name, a callable, a list of names, or a dict of both.")
    if not given:
        raise ParameterError("scoring is empty; name at least one scorer, such as 'accuracy'.")
    return {name: get_scorer(scorer) for name, scorer in given.items()}


def own_score(estimator: Any, X: Any, y: Any = None, **weights: Any) -> float:
    """What the estimator's own method `score` says."""
    return estimator.score(X, y, **weights) if y is not None else estimator.score(X)


def takes_weights(scorer: Any, estimator: Any) -> bool:
    """Whether a scorer, asked about this estimator, can weigh the rows.

    >>> takes_weights(get_scorer("accuracy"), None), takes_weights(get_scorer("neg_max_error"), None)
    (True, False)
    """
    judge = scorer.metric if isinstance(scorer, Scorer) else estimator.score if scorer is own_score else scorer
    return "sample_weight" in inspect.signature(judge).parameters


def scores_of(
    scorers: Mapping[str, Any],
    estimator: Any,
    X: Any,
    y: Any,
    weighted: Iterable[str] | None = None,
    **weights: Any,
) -> dict[str, float]:
    """All the scores by name; the estimator is asked each question once.   X of N rows, y (N,)

    `weights`, a sample_weight (N,), go to the scorers that `weighted` names, or to all. A single callable named "score"
    may give several numbers as a dict; these are then the scores.
    Raises DataError for a scorer that gives no number.

    >>> import numpy as np
    >>> from pellucid.dummy import DummyClassifier
    >>> X, y = np.zeros((4, 1)), np.array([0, 0, 0, 1])
    >>> scores_of({"right": get_scorer("accuracy")}, DummyClassifier().fit(X, y), X, y)
    {'right': 0.75}
    """
    answers = _Answers(estimator, X)
    scores: dict[str, Any] = {}
    for name, scorer in scorers.items():
        own = weights if weighted is None or name in weighted else {}
        if isinstance(scorer, Scorer):
            scores[name] = scorer.judge(answers, y, **own)
        else:
            scores[name] = scorer(estimator, X, **own) if y is None else scorer(estimator, X, y, **own)
    if list(scores) == ["score"] and isinstance(scores["score"], Mapping):
        scores = dict(scores["score"])
    return {name: _number(name, value) for name, value in scores.items()}


@final
class _Answers:
    """What an estimator says about X, each question asked once."""

    def __init__(self, estimator: Any, X: Any) -> None:
        self.estimator, self._X = estimator, X
        self._given: dict[str, Array] = {}

    def to(self, methods: tuple[str, ...]) -> tuple[str, Array]:
        """The first of `methods` that the estimator has, and its answer; a regressor is asked for its numbers."""
        own = [method for method in methods if hasattr(self.estimator, method)]
        if not own and "decision_function" in methods and not hasattr(self.estimator, "classes_"):
            own = [method for method in ("predict",) if hasattr(self.estimator, method)]
        if not own:
            raise DataError(
                f"scoring: {type(self.estimator).__name__} has no {' or '.join(methods)}; choose another scorer."
            )
        if own[0] not in self._given:
            answer = getattr(self.estimator, own[0])(self._X)
            if isinstance(answer, list) and own[0] == "predict_proba" and all(np.ndim(part) == 2 for part in answer):
                answer = np.stack([part[:, -1] for part in answer], axis=1)  # several labels a row: P(1) of each
            self._given[own[0]] = np.asarray(answer)
        return own[0], self._given[own[0]]


def _positive(classes: Any, options: Mapping[str, Any]) -> int:
    """The place of the positive one of two classes."""
    wanted = options.get("pos_label")
    if wanted is None:
        return 1
    known = list(classes)
    if wanted not in known:
        raise DataError(f"scoring: pos_label={wanted!r} is not among the classes {known}; give one of them.")
    return known.index(wanted)


def _number(name: str, value: Any) -> float:
    if np.ndim(value) != 0 or not isinstance(value, int | float | np.number | np.bool_ | np.ndarray):
        raise DataError(f"scoring: {name} gave {value!r}, not one number; a scorer gives one, such as average='macro'.")
    return float(value)
