"""How far two columns of labels agree beyond what chance would give.

Here: Matthews' correlation coefficient and Cohen's kappa.
Elsewhere: shares of right labels are in _classification.py; partitions, whose labels are only names, in _clustering.py.
Imports: numpy, pellucid.errors and this package.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import ParameterError
from pellucid.metrics._classification import confusion_matrix
from pellucid.metrics._inputs import Array
from pellucid.metrics._label_pairs import label_pairs, tally
from pellucid.metrics._undefined import warn_undefined


def matthews_corrcoef(y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """Correlation of the true and the predicted labels: 1 all right, 0 as good as chance, -1 two classes swapped.

        MCC = (c s - sum_k t_k p_k) / sqrt((s^2 - sum_k t_k^2) (s^2 - sum_k p_k^2))

    s rows, c of them right, t_k of class k, p_k given class k.   y_true, y_pred (N,) -> a number in [-1, 1].
    Labels all alike on one side are 0/0, which counts as 0. Raises DataError for different lengths.
    Source: Matthews, Biochimica et Biophysica Acta 405, 1975; Gorodkin, Computational Biology and Chemistry 28, 2004.

    >>> matthews_corrcoef([1, 1, 1, 0], [1, 0, 1, 1])
    -0.3333333333333333
    """
    counts = tally(label_pairs(y_true, y_pred, sample_weight))
    hit, actual, predicted = float(counts.hit.sum()), counts.actual.astype(float), counts.predicted.astype(float)
    n = float(actual.sum())
    spread = (n * n - float(actual @ actual)) * (n * n - float(predicted @ predicted))
    return (hit * n - float(actual @ predicted)) / math.sqrt(spread) if spread > 0 else 0.0


def cohen_kappa_score(
    y1: ArrayLike,
    y2: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    weights: Literal["linear", "quadratic"] | None = None,
    sample_weight: ArrayLike | None = None,
    replace_undefined_by: float = math.nan,
) -> float:
    """Agreement of two raters, of which that of chance is taken off: 1 always, 0 as often as by chance.

        kappa = 1 - sum_ij d_ij C_ij / sum_ij d_ij E_ij,     E_ij = row sum_i column sum_j / N

    C is the `confusion_matrix` of y1 and y2 (N,) for `labels`. d is 0 where i = j, else 1; with weights="linear"
    |i - j|, "quadratic" (i - j)^2, for classes in an order. One class on both sides is 0/0: `replace_undefined_by`,
    with a DataWarning. Errors as in `confusion_matrix`.
    Source: Cohen, Educational and Psychological Measurement 20, 1960; weights: Psychological Bulletin 70, 1968.

    >>> cohen_kappa_score(["yes", "yes", "no", "no"], ["yes", "no", "no", "no"])
    0.5
    """
    table = confusion_matrix(y1, y2, labels=labels, sample_weight=sample_weight).astype(np.float64)
    total = table.sum()
    chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / (total if total else 1.0)
    distance = _distances(len(table), weights)
    expected = float((distance * chance).sum())
    if expected == 0:
        message = (
            "cohen_kappa_score: chance can not disagree, as where both sides hold one class only; kappa is 0/0 and is "
            f"taken as {replace_undefined_by}."
        )
        warn_undefined(message)
        return replace_undefined_by
    return 1 - float((distance * table).sum()) / expected


def _distances(n_classes: int, kind: str | None) -> Array:
    """How wrong class j is in the place of class i.   -> (K, K)"""
    apart = np.abs(np.subtract.outer(np.arange(n_classes), np.arange(n_classes))).astype(np.float64)
    kinds = {None: np.minimum(apart, 1), "linear": apart, "quadratic": apart**2}
    if kind not in kinds:
        raise ParameterError(f"cohen_kappa_score: weights={kind!r}; use 'linear', 'quadratic' or None.")
    return kinds[kind]
