"""Naive Bayes for features that are there or not.

Here: `BernoulliNB`.  Elsewhere: features that are counted are in _multinomial.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

from typing import Any, final

import numpy as np

from pellucid.base import Choice, OneOf, Real, Traits
from pellucid.base._tables import Array
from pellucid.errors import DataError
from pellucid.linear_model._rows import Rows, is_sparse
from pellucid.naive_bayes._counting import LIMITS, CountingNB, log_products
from pellucid.persistence import register


@register("naive_bayes.BernoulliNB")
@final
class BernoulliNB(CountingNB):
    """Each class has each feature with a probability of its own; what is absent speaks as well.

        log P(x, k) = log P(k) + sum_d [ x_d log p_kd + (1 - x_d) log(1 - p_kd) ],    x_d = 1 above `binarize`, else 0

        p_kd = (N_kd + alpha) / (N_k + 2 alpha),    N_kd = rows of class k that have feature d

    X (N, D), dense or sparse, y (N,) -> feature_count_ N_kd (K, D), feature_log_prob_ log p (K, D).  One pass to fit,
    which costs N D; K D for each row, or K for each stored number, to predict; partial_fit in pieces is as at once.
    With binarize=None the numbers are taken as they are, and have to be 0 and 1.

    It assumes that features come independently within a class: copies of a feature are believed one by one, so
    probabilities are too near to 0 and 1.  With alpha=0 one feature never seen in a class excludes it.
    Raises DataError for numbers other than 0 and 1 without `binarize`.  Source: Manning, Raghavan and Schuetze,
    Introduction to Information Retrieval, 2008, section 13.3.

    >>> model = BernoulliNB().fit([[1, 0], [1, 1], [0, 1]], ["a", "a", "b"])
    >>> np.exp(model.feature_log_prob_).round(3).tolist(), model.predict([[0, 0]]).tolist()
    ([[0.75, 0.5], [0.333, 0.667]], ['a'])
    """

    limits = {
        **LIMITS,
        "binarize": OneOf(Real(low=0.0), Choice(None), says="above it a feature is there; None: X is 0 and 1"),
    }

    def __init__(
        self,
        *,
        alpha: Any = 1.0,
        force_alpha: bool = True,
        binarize: float | None = 0.0,
        fit_prior: bool = True,
        class_prior: Any = None,
    ) -> None:
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.binarize = binarize
        self.fit_prior = fit_prior
        self.class_prior = class_prior

    def _admit(self, rows: Rows) -> Rows:
        if self.binarize is None:
            stored = rows.data if is_sparse(rows) else rows
            if ((stored != 0) & (stored != 1)).any():
                raise DataError(
                    "BernoulliNB: X holds numbers other than 0 and 1, and binarize=None takes them as they are; "
                    "give binarize, the number above which a feature is there."
                )
            return rows
        if not is_sparse(rows):
            return (rows > self.binarize).astype(np.float64)
        there = rows.copy()
        there.data = (rows.data > self.binarize).astype(np.float64)
        return there

    def _take_logs(self, alpha: Array) -> None:
        total = self.class_count_[:, None] + 2.0 * alpha
        share = np.log(self.feature_count_ + alpha) - np.log(total)
        self.feature_log_prob_ = np.where(total > 0, share, -np.log(2.0))

    def _joint(self, rows: Rows) -> Array:
        with np.errstate(divide="ignore"):
            absent = np.log(-np.expm1(np.minimum(self.feature_log_prob_, 0.0)))  # (K, D)
        certain = np.isneginf(absent)
        absent = np.where(certain, 0.0, absent)
        out = log_products(rows, self.feature_log_prob_) + self.class_log_prior_
        out += absent.sum(axis=1) - np.asarray(rows @ absent.T)
        if certain.any():  # a feature that every row of the class had is missing here
            out[certain.sum(axis=1) - np.asarray(rows @ certain.T.astype(np.float64)) > 0.5] = -np.inf
        return out

    def _traits(self) -> Traits:
        return Traits(sparse=True, weak=True)
