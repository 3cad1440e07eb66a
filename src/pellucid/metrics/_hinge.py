"""How far scores fall short of a margin.

Here: `hinge_loss`.
Elsewhere: the loss that a network learns by is in pellucid.nn.functional; scores of which only the order counts are
judged in _ranking.py.
Imports: numpy, pellucid.errors and this package.
"""

import numpy as np
from numpy.typing import ArrayLike

from pellucid.errors import DataError
from pellucid.metrics._inputs import (
    class_list,
    codes,
    column,
    column_classes,
    distinct,
    numbers,
    same_length,
    shown,
    weights,
)
from pellucid.metrics._inputs import labels as label_column


def hinge_loss(
    y_true: ArrayLike,
    pred_decision: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean of what the decision values lack to a margin of 1: the loss of a support vector machine.

        L = sum_n w_n max(0, 1 - m_n) / sum_n w_n,     m = d for the greater of two classes, -d for the other;
                                                       of more classes m_n = d_n[y_n] - max over k != y_n of d_nk

    y_true (N,), pred_decision (N,) for two classes or (N, K) with columns in the order of the sorted classes -> a
    number >= 0. `labels` names the classes where y_true lacks some; a single class, without `labels`, is the lesser of
    two.  Raises DataError for columns that do not fit the classes.   Source: Crammer and Singer, JMLR 2, 2001.

    >>> hinge_loss([0, 1, 1], [-2.0, 0.5, -0.5])
    0.6666666666666666
    >>> hinge_loss([0, 1, 2], [[1.0, 0.0, 0.0], [0.0, 2.0, 0.5], [0.5, 0.0, 0.0]])
    0.5
    """
    y, weight = label_column(y_true, "y_true"), weights(sample_weight)
    decision = numbers(pred_decision, "pred_decision").astype(np.float64, copy=False)
    same_length(y_true=y, pred_decision=decision, sample_weight=weight)
    classes = distinct(y) if labels is None else distinct(class_list(labels))
    if len(classes) > 2:
        if decision.ndim != 2:
            raise DataError(
                f"pred_decision: has shape {decision.shape}; {len(classes)} classes ({shown(classes.tolist())}) need "
                "one column each, shape (N, K)."
            )
        rows = np.arange(len(y)), codes(y, column_classes(y, labels, decision.shape[1], "pred_decision"))
        others = decision.copy()
        others[rows] = -np.inf
        margin = decision[rows] - others.max(axis=1)
    else:
        code = codes(y, classes)
        if (code < 0).any():
            raise DataError(f"labels: y_true also holds {shown(distinct(y[code < 0]).tolist())}; list them too.")
        margin = np.where(code == 1, 1.0, -1.0) * column(decision, "pred_decision")
    return float(np.average(np.maximum(1 - margin, 0), weights=weight))
