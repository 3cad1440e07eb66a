"""Classification by the nearest centre of a class.

Here: `NearestCentroid`.  Elsewhere: distances are in _metric.py; centres without labels in pellucid.cluster.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Classifier, Kind, Limit, OneOf, Real, available_if, check_labels
from pellucid.base._tables import Array
from pellucid.errors import DataError, ModelFileError, ParameterError
from pellucid.neighbors._metric import EUCLIDEAN, Metric, pairwise
from pellucid.persistence import register

_GIVES_PROBABILITIES = "only metric='euclidean' gives scores and probabilities"


def _by_squares(model: Any) -> bool:
    return bool(model.metric == "euclidean")


@register("neighbors.NearestCentroid")
@final
class NearestCentroid(Classifier):
    """The class whose centre is nearest.

        predict(x) = argmin_k d(x, c_k);    c_k the mean of the rows of class k ("euclidean": it minimises the sum of
                                            their squared distances) or the median of each feature ("manhattan")

    X (N, D), y (N,) -> classes_ (K,), centroids_ (K, D).  Cost O(N D) to fit, once over the rows, and O(K D) a row to
    predict.  With `shrink_threshold` > 0 each centre moves towards the mean of all rows, by as many standard errors,
    and where it arrives the feature no longer tells the class from the others:

        d_kj = (c_kj - mean_j) / (m_k (s_j + median(s)));    d_kj <- sign(d_kj) max(|d_kj| - shrink_threshold, 0)

    with s_j the standard deviation of feature j within classes, of N - K degrees of freedom, and m_k^2 = 1/N_k - 1/N.
    `priors` other than all alike count, too, and distances are then in units of s:

        predict(x) = argmax_k delta_k(x),    delta_k(x) = -d(x / s, c_k / s)^2 + 2 log prior_k
        P(y = k | x) = exp(delta_k(x) / 2) / sum_l exp(delta_l(x) / 2)                             "euclidean" only

    So with equal priors the most probable class need not be the one predicted, of which features in large units decide.
    scikit-learn is alike in that, but gives exp(delta_k) as probabilities, which the sources halve.  A feature that
    does not vary within classes has s = 0 and stays in its unit.

    It assumes that classes are round and of like width on like scales: one that lies around another, or that comes in
    two heaps, is not where its centre is.  A feature whose numbers are 10^4 times as large as others' decides alone.
    Raises DataError for input that is not finite numbers, for one class, and when no feature varies; ParameterError for
    priors that are no probabilities, one for each class.
    Sources: Tibshirani, Hastie, Narasimhan and Chu, PNAS 99, 2002; Hastie, Tibshirani and Friedman, The Elements of
    Statistical Learning, section 18.2.

    >>> model = NearestCentroid().fit([[0.0], [2.0], [10.0], [11.0]], ["low", "low", "high", "high"])
    >>> model.centroids_.tolist(), model.predict([[5.0], [6.0]]).tolist()
    ([[10.5], [1.0]], ['low', 'high'])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "metric": Choice("euclidean", "manhattan", says="the distance, and with it the kind of centre"),
        "shrink_threshold": OneOf(
            Choice(None), Real(low=0.0, open_low=True), says="standard errors by which centres move to the mean"
        ),
        "priors": OneOf(
            Choice("uniform", "empirical"),
            Kind(np.ndarray, list, tuple, words="one probability a class"),
            says="empirical: the shares of the rows",
        ),
    }

    centroids_: Array
    """(K, D), after shrinking."""
    deviations_: Array
    """d (K, D): how many standard errors each centre is from the mean of all rows, after shrinking."""
    within_class_std_dev_: Array
    """s (D,); 0 where there is no more than one row a class."""
    class_prior_: Array
    """(K,)"""

    def __init__(
        self,
        metric: Literal["euclidean", "manhattan"] = "euclidean",
        *,
        shrink_threshold: float | None = None,
        priors: Any = "uniform",
    ) -> None:
        self.metric = metric
        self.shrink_threshold = shrink_threshold
        self.priors = priors

    def fit(self, X: Any, y: Any) -> Self:
        """Find the centre of each class among rows X (N, D) with labels y (N,)."""
        self._begin_fit()
        where = type(self).__name__
        table = self._fit_table(X).astype(np.float64, copy=False)
        classes, codes = check_labels(y, len(table), where=where)
        if len(classes) < 2:
            raise DataError(f"{where}: y has one class, {classes.tolist()[0]!r}; two or more are needed.")
        if not np.ptp(table, axis=0).any():
            raise DataError(f"{where}: all features have zero variance, so that no row is nearer than another.")
        self.class_prior_ = self._shares(codes, len(classes))
        self._place(table, codes, len(classes))
        self.classes_ = classes
        return self

    def _place(self, table: Array, codes: Array, n_classes: int) -> None:
        """Set centres, deviations and the deviation within classes."""
        middle = np.mean if self.metric == "euclidean" else np.median
        centre = np.array([middle(table[codes == k], axis=0) for k in range(n_classes)])  # (K, D)
        left = len(table) - n_classes
        squares = ((table - centre[codes]) ** 2).sum(axis=0)
        spread = np.sqrt(squares / left) if left > 0 else np.zeros(table.shape[1])
        mean = table.mean(axis=0)
        rarity = np.sqrt(1.0 / np.bincount(codes) - 1.0 / len(table))  # m (K,)
        error = rarity[:, None] * (spread + np.median(spread))
        gap = centre - mean
        if self.shrink_threshold is not None:
            gap = np.sign(gap) * np.maximum(np.abs(gap) - self.shrink_threshold * error, 0.0)
            centre = mean + gap
        with np.errstate(divide="ignore", invalid="ignore"):
            self.deviations_ = np.where(gap == 0.0, 0.0, gap / error)
        self.centroids_, self.within_class_std_dev_ = centre, spread

    def _shares(self, codes: Array, n_classes: int) -> Array:
        if isinstance(self.priors, str):
            alike: Array = np.full(n_classes, 1.0 / n_classes)
            return alike if self.priors == "uniform" else np.bincount(codes) / len(codes)
        given = np.asarray(self.priors, np.float64)
        if given.shape != (n_classes,) or not (given >= 0.0).all() or not np.isclose(given.sum(), 1.0):
            raise ParameterError(
                f"{type(self).__name__}: priors are {self.priors!r}; give {n_classes} numbers >= 0, one a class, whose "
                "sum is 1."
            )
        return given

    def predict(self, X: Any) -> Array:
        """The class of the nearest centre; a tie goes to the one that sorts first.   X (N, D) -> (N,)"""
        table = self._table(X)
        if np.allclose(self.class_prior_, 1.0 / len(self.classes_)):
            labels: Array = self.classes_[pairwise(table, self.centroids_, Metric.named(self.metric)).argmin(axis=1)]
            return labels
        likely: Array = self.classes_[self._scores(table).argmax(axis=1)]
        return likely

    @available_if(_by_squares, _GIVES_PROBABILITIES)
    def decision_function(self, X: Any) -> Array:
        """delta of each class; of two, that of the second minus that of the first.   X (N, D) -> (N, K), (N,)"""
        scores = self._scores(self._table(X))
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    @available_if(_by_squares, _GIVES_PROBABILITIES)
    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, were all normal of the same width s.   X (N, D) -> (N, K), rows sum to 1"""
        proba: Array = np.exp(self.predict_log_proba(X))
        return proba

    @available_if(_by_squares, _GIVES_PROBABILITIES)
    def predict_log_proba(self, X: Any) -> Array:
        """log(predict_proba(X)).   X (N, D) -> (N, K); -inf where the prior is 0"""
        half = 0.5 * self._scores(self._table(X))
        half -= half.max(axis=1, keepdims=True)
        logs: Array = half - np.log(np.exp(half).sum(axis=1, keepdims=True))
        return logs

    def _scores(self, table: Array) -> Array:
        """delta (N, K)"""
        metric = Metric.named(self.metric)
        unit = np.where(self.within_class_std_dev_ > 0.0, self.within_class_std_dev_, 1.0)
        far = pairwise(table / unit, self.centroids_ / unit, metric)
        squared = far if metric.number == EUCLIDEAN else far * far
        with np.errstate(divide="ignore"):
            scores: Array = 2.0 * np.log(self.class_prior_) - squared
        return scores

    def _check_learned(self) -> None:
        shape = len(self.classes_), self.n_features_in_
        held = (self.centroids_, self.deviations_, self.within_class_std_dev_, self.class_prior_)
        if [np.shape(part) for part in held] != [shape, shape, shape[1:], shape[:1]]:
            raise ModelFileError("NearestCentroid: the centres in the record do not fit together; it is damaged.")
        if not np.isfinite(self.centroids_).all():
            raise ModelFileError("NearestCentroid: centroids_ in the record are not finite.")
