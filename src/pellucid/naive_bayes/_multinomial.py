"""Naive Bayes for counts, such as those of words in texts.

Here: `MultinomialNB`, and `ComplementNB`, which asks how little a text is like all other classes.
Elsewhere: presence and absence is in _bernoulli.py; smoothing and priors in _counting.py.
Imports: numpy, pellucid.base, pellucid.persistence and this package.
"""

from typing import Any, final

import numpy as np

from pellucid.base import Flag
from pellucid.base._tables import Array
from pellucid.linear_model._rows import Rows
from pellucid.naive_bayes._counting import ALPHA_MIN, LIMITS, CountingNB, log_products
from pellucid.persistence import register


@register("naive_bayes.MultinomialNB")
@final
class MultinomialNB(CountingNB):
    """Each class draws the words of a text, one after the other, from frequencies of its own.

        log P(x, k) = log P(k) + sum_d x_d log p_kd  (+ what is alike for all classes)

        p_kd = (N_kd + alpha) / sum_j (N_kj + alpha),    N_kd = sum over rows of class k of x_d

    X (N, D) >= 0, dense or sparse, y (N,) -> feature_count_ N (K, D), feature_log_prob_ log p (K, D).  One pass over
    the stored numbers is the cost to fit, K times that to predict; partial_fit in pieces is as at once.  X may hold
    shares, as of tf-idf, too.  `alpha` is what each word is taken to have been seen beforehand: with 0, a word never
    seen in a class excludes it.

    It assumes that words come independently and that only their frequencies differ.  Words that come together are
    counted as so many proofs, so probabilities are too near to 0 and 1; long texts more so; with few texts in some
    classes those are put at a disadvantage (ComplementNB).
    Raises DataError for negative entries.  Source: Manning, Raghavan and Schuetze, Introduction to Information
    Retrieval, 2008, chapter 13.

    >>> texts = [[2, 1, 0], [1, 2, 0], [0, 1, 3]]
    >>> model = MultinomialNB().fit(texts, ["ham", "ham", "spam"])
    >>> model.feature_count_.tolist(), model.predict([[0, 0, 1]]).tolist()
    ([[3.0, 3.0, 0.0], [0.0, 1.0, 3.0]], ['spam'])
    """

    limits = LIMITS

    def __init__(
        self, *, alpha: Any = 1.0, force_alpha: bool = True, fit_prior: bool = True, class_prior: Any = None
    ) -> None:
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior

    def _take_logs(self, alpha: Array) -> None:
        count = self.feature_count_ + alpha
        total = count.sum(axis=1, keepdims=True)
        self.feature_log_prob_ = np.where(total > 0, np.log(count) - np.log(total), -np.log(count.shape[1]))

    def _joint(self, rows: Rows) -> Array:
        return log_products(rows, self.feature_log_prob_) + self.class_log_prior_


@register("naive_bayes.ComplementNB")
@final
class ComplementNB(CountingNB):
    """Each class is told by what the texts of all others are like, which is known from more of them.

        label = argmax_k sum_d x_d w_kd,    w_kd = -log q_kd

        q_kd = (alpha + sum over rows not of class k of x_d) / sum_j (the same for j)

    X (N, D) >= 0, dense or sparse, y (N,) -> feature_log_prob_ w (K, D); `norm` divides the logs of a class by their
    sum instead of taking them times -1.  The priors do not count, unless there is one class.  Cost as in MultinomialNB,
    and its assumption, too; classes of unlike size do it less harm.  An alpha of 0 counts as 1e-10.
    Probabilities are those of the scores as they stand; take them for an order, not for frequencies.
    Raises DataError for negative entries.  Source: Rennie, Shih, Teevan and Karger, ICML 2003.

    >>> model = ComplementNB().fit([[2, 1, 0], [1, 2, 0], [0, 1, 3]], ["ham", "ham", "spam"])
    >>> model.feature_all_.tolist(), model.predict([[0, 0, 1]]).tolist()
    ([3.0, 4.0, 3.0], ['spam'])
    """

    limits = {**LIMITS, "norm": Flag(says="weights of a class are divided by their sum")}

    feature_all_: Array
    """(D,), the sum of each feature over all rows."""

    def __init__(
        self,
        *,
        alpha: Any = 1.0,
        force_alpha: bool = True,
        fit_prior: bool = True,
        class_prior: Any = None,
        norm: bool = False,
    ) -> None:
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior
        self.norm = norm

    def _take_logs(self, alpha: Array) -> None:
        self.feature_all_ = self.feature_count_.sum(axis=0)
        others = np.maximum(self.feature_all_ - self.feature_count_, 0.0) + np.where(alpha > 0, alpha, ALPHA_MIN)
        logs = np.log(others / others.sum(axis=1, keepdims=True))
        self.feature_log_prob_ = -logs
        if self.norm:
            total = logs.sum(axis=1, keepdims=True)
            self.feature_log_prob_ = logs / np.where(total == 0, 1.0, total)  # one feature alone: log 1

    def _joint(self, rows: Rows) -> Array:
        scores: Array = np.asarray(rows @ self.feature_log_prob_.T)
        return scores + self.class_log_prior_ if len(self.classes_) == 1 else scores
