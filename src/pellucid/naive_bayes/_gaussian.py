"""Naive Bayes for measurements.

Here: `GaussianNB`.  Elsewhere: counts and categories are in _multinomial.py, _bernoulli.py and _categorical.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model, pellucid.persistence and this package.
"""

from typing import Any, final

import numpy as np

from pellucid.base import Choice, Kind, OneOf, Real
from pellucid.base._tables import Array
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.linear_model._moments import centred_blocks
from pellucid.linear_model._rows import column_means
from pellucid.naive_bayes._bayes import NaiveBayes, prior_of
from pellucid.persistence import register

TILE_VALUES = 1 << 17  # numbers squared at once: 1 MiB, which stays in a second-level cache


@register("naive_bayes.GaussianNB")
@final
class GaussianNB(NaiveBayes):
    """Each class is a Gaussian with axes along the features: a mean and a variance for each.

        log P(x, k) = log P(k) - 1/2 sum_d [ log(2 pi s_kd) + (x_d - m_kd)^2 / s_kd ]

        m_kd, s_kd = mean and variance of feature d in class k;    s_kd <- s_kd + epsilon_
        epsilon_ = var_smoothing max_d var(x_d)

    X (N, D), y (N,) -> theta_ (K, D), var_ (K, D).  This is the likelihood's maximum, in one pass: N D to fit, N K D to
    predict.  Pieces are merged by the formulas of Chan, Golub and LeVeque (1979), so partial_fit in pieces is as at
    once.  `epsilon_` keeps a feature that is constant in a class from deciding alone; where all features are constant
    it is var_smoothing itself.  It is of all rows seen, by weight (scikit-learn: of the last piece, without weights).

    It assumes features that are independent within a class: of two copies of a feature each is believed, so that
    probabilities come out too near to 0 and 1 while labels often are still right (calibrate them before use).  Skewed
    features and groups within a class are no Gaussians; pellucid.mixture has more of those.  Scales do not matter.
    Raises DataError for input that is not finite numbers, and, with var_smoothing=0, for a feature that is constant
    within a class.  Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, section 6.6.3.

    >>> model = GaussianNB().fit([[1.0], [3.0], [11.0], [13.0]], ["low", "low", "high", "high"])
    >>> model.classes_.tolist(), model.theta_.ravel().tolist(), model.predict([[6.0], [8.0]]).tolist()
    (['high', 'low'], [12.0, 2.0], ['low', 'high'])
    """

    limits = {
        "priors": OneOf(Choice(None), Kind(np.ndarray, list, tuple, words="one probability a class")),
        "var_smoothing": Real(low=0.0, says="share of the largest variance that is added to all"),
    }

    theta_: Array
    """(K, D), the means."""
    var_: Array
    """(K, D), the variances, `epsilon_` included."""
    epsilon_: float
    class_prior_: Array
    """(K,), given or the shares of the rows."""

    def __init__(self, *, priors: Any = None, var_smoothing: float = 1e-9) -> None:
        self.priors = priors
        self.var_smoothing = var_smoothing

    def _rows(self, X: Any, first: bool) -> Array:
        return self._fit_table(X) if first else self._table(X)

    def _clear(self) -> None:
        shape = len(self.classes_), self.n_features_in_
        if self.priors is not None and not np.isclose(self._given().sum(), 1.0):
            raise ParameterError(f"GaussianNB: The sum of the priors should be 1; it is {self._given().sum():g}.")
        self.class_count_, self.theta_, self.var_ = np.zeros(shape[0]), np.zeros(shape), np.zeros(shape)
        self.epsilon_ = 0.0

    def _given(self) -> Array:
        return prior_of(self.priors, len(self.classes_), where="GaussianNB", name="priors")

    def _count(self, rows: Array, codes: Array, weights: Array | None) -> None:
        count, mean = self.class_count_.copy(), self.theta_.copy()
        spread = np.maximum(self.var_ - self.epsilon_, 0.0)
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(count)))
        for k, own in enumerate(np.split(order, ends[:-1])):
            mass = float(len(own) if weights is None else weights[own].sum())
            if mass == 0.0:
                continue
            fresh = _moments(rows[own], None if weights is None else weights[own])
            count[k], mean[k], spread[k] = _merged((count[k], mean[k], spread[k]), (mass, *fresh))
        self.epsilon_ = self._smoothing(count, mean, spread)
        self._check_spread(count, spread + self.epsilon_)
        self.class_count_, self.theta_, self.var_ = count, mean, spread + self.epsilon_
        self.class_prior_ = count / count.sum() if self.priors is None else self._given()

    def _smoothing(self, count: Array, mean: Array, spread: Array) -> float:
        """var_smoothing times the largest variance of a feature over all classes."""
        share = count / count.sum()
        whole = share @ (spread + (mean - share @ mean) ** 2)  # (D,)
        return self.var_smoothing * float(whole.max() or 1.0)

    def _check_spread(self, count: Array, spread: Array) -> None:
        flat = np.argwhere((spread == 0) & (count > 0)[:, None])
        if len(flat):
            k, d = flat[0].tolist()
            raise DataError(
                f"GaussianNB: column {d} is constant in class {self.classes_.tolist()[k]!r}, and "
                f"var_smoothing={self.var_smoothing!r} adds no width to it; leave var_smoothing at 1e-9."
            )

    def _log_prior(self) -> Array:
        with np.errstate(divide="ignore"):
            logs: Array = np.log(self.class_prior_)
        return logs

    def _joint(self, rows: Array) -> Array:
        joint = np.empty((len(rows), len(self.classes_)))
        level = self._log_prior()
        step = max(1, TILE_VALUES // rows.shape[1])
        for k, (mean, spread) in enumerate(zip(self.theta_, self.var_, strict=True)):
            if self.class_count_[k] == 0:  # it has a prior at most, and nothing to judge rows by
                joint[:, k] = -np.inf
                continue
            width = np.sqrt(spread)
            level[k] -= np.log(width).sum() + 0.5 * len(mean) * np.log(2.0 * np.pi)
            for start in range(0, len(rows), step):
                z = (rows[start : start + step] - mean) / width
                joint[start : start + step, k] = level[k] - 0.5 * np.einsum("nd,nd->n", z, z)
        return joint

    def _check_learned(self) -> None:
        wanted = (len(self.classes_), self.n_features_in_)
        if (found := (np.shape(self.theta_), np.shape(self.var_))) != (wanted, wanted):
            raise ModelFileError(f"GaussianNB: theta_ and var_ in the record are {found}, not {wanted} both.")


def _moments(rows: Array, weights: Array | None) -> tuple[Array, Array]:
    """Mean and variance of each column.   rows (N, D), weights (N,) -> (D,), (D,)"""
    mean, squares = column_means(rows, weights), np.zeros(rows.shape[1])
    for where, apart in centred_blocks(rows, mean, None):  # a block at a time, so that no second table is made
        squares += np.einsum("nd,nd->d", apart, apart) if weights is None else weights[where] @ np.square(apart)
    return mean, squares / (len(rows) if weights is None else weights.sum())


def _merged(old: tuple[float, Array, Array], new: tuple[float, Array, Array]) -> tuple[float, Array, Array]:
    """Count, mean and variance of both together."""
    n = old[0] + new[0]
    gap = new[1] - old[1]
    mean = old[1] + gap * (new[0] / n)
    return n, mean, (old[0] * old[2] + new[0] * new[2] + gap**2 * (old[0] * new[0] / n)) / n
