"""What models say of rows they have not seen, all rows together.

Here: `cross_val_predict`.
Elsewhere: scores split by split are in _cross_validation.py.
Imports: numpy, pellucid.base, pellucid.errors and this package; SciPy for sparse answers, when met.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from pellucid.base import check_labels
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.model_selection._check_cv import check_cv, splits_of
from pellucid.model_selection._containers import check_same_rows, n_rows
from pellucid.model_selection._evaluation import Bench, Task, fit, in_order, rows_of
from pellucid.model_selection._given_estimator import is_classifier, unfitted, was_interrupted
from pellucid.model_selection._splitter import Array

Method = Literal["predict", "predict_proba", "predict_log_proba", "decision_function", "transform"]
_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")


def cross_val_predict(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: Mapping[str, Any] | None = None,
    pre_dispatch: int | str = "2*n_jobs",
    method: Method = "predict",
) -> Any:
    """For each row, the answer of the model that has not seen it.   X of N rows, y (N,) -> (N,) or (N, K)

    `method` is what is asked; other parameters as in `cross_validate`. A model that answers for M targets with a list
    of M arrays, as forests do with probabilities, gives such a list; sparse answers stay sparse. The splits must test
    every row once. Columns are the sorted classes of y; a class that a training part lacks gets probability 0 (or the
    lowest finite number as decision or logarithm), with a DataWarning.
    A metric of all these rows together is not the mean of the metric over folds, and the answers come from different
    models: good for plots, stacking and finding odd rows; for a score use `cross_validate`.
    Raises DataError when a row is tested never or twice, ParameterError for a method the estimator lacks.

    >>> from pellucid.datasets import load_iris
    >>> from pellucid.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> cross_val_predict(LogisticRegression(), X, y, method="predict_proba").shape
    (150, 3)
    """
    check_same_rows(X, y, groups, where="cross_val_predict")
    if method not in _METHODS:
        raise ParameterError(f"cross_val_predict: method={method!r}; use {', '.join(map(repr, _METHODS))}.")
    n = n_rows(X)
    splits = splits_of(check_cv(cv, y, classifier=is_classifier(estimator)), X, y, groups)
    tested = np.bincount(np.concatenate([test for _, test in splits]), minlength=n)
    if (tested != 1).any():
        row = int(np.flatnonzero(tested != 1)[0])
        raise DataError(
            f"cross_val_predict: row {row} is tested {tested[row]} times; each row must be, once. Use KFold or another "
            "division of the rows, not random or repeated splits."
        )
    bench = Bench(estimator, X, y, {}, dict(params or {}))
    calls = ((bench, Task(*pair), method) for pair in splits)
    parts = list(in_order(answer, calls, n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch))
    rows = np.concatenate([test for _, test in splits])
    by_class = method not in ("predict", "transform") and is_classifier(estimator)
    if isinstance(parts[0][0], list):
        each = [[(given[m], own[m]) for given, own in parts] for m in range(len(parts[0][0]))]
        return [_joined(one, rows, np.asarray(y)[:, m] if by_class else None, method) for m, one in enumerate(each)]
    return _joined(parts, rows, y if by_class and np.ndim(y) == 1 else None, method)


def _joined(parts: Sequence[tuple[Any, Array | None]], rows: Array, y: Any, method: str) -> Any:
    """The answers of all folds in the order of the rows, with a column for each class of y where that is given."""
    answers = [given for given, _ in parts]
    if y is not None:
        answers = _in_columns_of(check_labels(y, len(rows), where="cross_val_predict")[0], parts, method)
    if all(hasattr(given, "tocsr") for given in answers):
        from scipy.sparse import vstack

        return vstack(answers, format="csr")[np.argsort(rows)].asformat(answers[0].format)
    joined = np.concatenate(answers)
    out = np.empty_like(joined)
    out[rows] = joined
    return out


def answer(bench: Bench, task: Task, method: str) -> tuple[Any, Any]:
    """What a model fitted on the training rows says of the test rows, and the classes it knows; of several targets,
    lists of both."""
    estimator = unfitted(bench.estimator)
    if not hasattr(estimator, method):
        raise ParameterError(f"cross_val_predict: {type(estimator).__name__} has no method {method}; ask another.")
    fit(estimator, bench, task)
    if was_interrupted(estimator):
        raise KeyboardInterrupt
    given, classes = getattr(estimator, method)(rows_of(bench, estimator, task)), getattr(estimator, "classes_", None)
    if isinstance(given, list) and all(isinstance(one, np.ndarray) for one in given):
        return given, classes if isinstance(classes, list) else [None] * len(given)
    return given if hasattr(given, "tocsr") else np.asarray(given), classes


def _in_columns_of(classes: Array, parts: Sequence[tuple[Any, Array | None]], method: str) -> list[Any]:
    """The answers of all folds with a column for each of `classes`."""
    short = [k for k, (_, own) in enumerate(parts) if own is not None and len(own) < len(classes)]
    if not short:
        return [given for given, _ in parts]
    warnings.warn(
        f"cross_val_predict: the training rows of {len(short)} splits, the first number {short[0]}, lack a class; its "
        f"column is filled up. Use StratifiedKFold, or fewer folds.",
        DataWarning,
        stacklevel=4,
    )
    filled = []
    for given, own in parts:
        given = given.toarray() if hasattr(given, "tocsr") else given
        if own is None or len(own) == len(classes):
            filled.append(given)
            continue
        if given.ndim == 1 or (method == "decision_function" and given.shape[1] != len(own)):
            raise DataError(
                f"cross_val_predict: a fold knows {len(own)} of {len(classes)} classes, and its {method} has no column "
                "for each; use StratifiedKFold, or fewer folds."
            )
        lowest = 0.0 if method == "predict_proba" else np.finfo(given.dtype).min
        wide = np.full((len(given), len(classes)), lowest, given.dtype)
        wide[:, np.searchsorted(classes, own)] = given
        filled.append(wide)
    return filled
