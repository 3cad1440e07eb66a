"""What naive Bayes models of counts share: smoothing, priors, rows that may be sparse.

Here: the abstract `Discrete` (smoothing and priors) and `CountingNB` (feature counts by class); the limits of their
parameters; `log_products`, sums of logs in which nothing times log 0 is nothing.
Elsewhere: what the counts mean is in _multinomial.py, _bernoulli.py and _categorical.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.linear_model and this package; SciPy for sparse rows only.
"""

import warnings
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, Limit, OneOf, Real, Traits, check_columns
from pellucid.base._tables import Array
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.linear_model._rows import Rows, check_sparse, is_sparse
from pellucid.naive_bayes._bayes import NaiveBayes, prior_of

ALPHA_MIN = 1e-10  # scikit-learn's, what force_alpha=False lifts smaller ones to
TILE_VALUES = 1 << 20  # class indicators held at once: 8 MiB

LIMITS: Mapping[str, Limit] = {
    "alpha": OneOf(
        Real(low=0.0),
        Kind(np.ndarray, list, tuple, words="one number >= 0 a feature"),
        says="added to every count; 0: what was never seen is impossible",
    ),
    "force_alpha": Flag(says="False lifts alpha to 1e-10 at least"),
    "fit_prior": Flag(says="False: all classes alike"),
    "class_prior": OneOf(Choice(None), Kind(np.ndarray, list, tuple, words="one probability a class")),
}


class Discrete(NaiveBayes):
    """A naive Bayes model of counts, smoothed by `alpha`; abstract."""

    alpha: Any
    force_alpha: bool
    fit_prior: bool
    class_prior: Any

    class_log_prior_: Array
    """(K,), of the given priors, of the shares of the rows, or of 1/K."""

    @abstractmethod
    def _add(self, rows: Any, codes: Array, weights: Array | None) -> None:
        """Add to the counts of features."""

    @abstractmethod
    def _take_logs(self, alpha: Any) -> None:
        """Set feature_log_prob_ from the counts."""

    @final
    def _count(self, rows: Any, codes: Array, weights: Array | None) -> None:
        alpha = self._smoothing()
        prior = self._given()
        self._add(rows, codes, weights)
        self.class_count_ = self.class_count_ + np.bincount(codes, weights, minlength=len(self.classes_))
        with np.errstate(divide="ignore", invalid="ignore"):  # log 0 is -inf, of what cannot be
            self._take_logs(alpha)
            share = self.class_count_ / self.class_count_.sum() if prior is None else prior
            self.class_log_prior_ = np.log(share)

    @final
    def _given(self) -> Array | None:
        k = len(self.classes_)
        if self.class_prior is not None:
            return prior_of(self.class_prior, k, where=type(self).__name__, name="class_prior")
        return None if self.fit_prior else np.full(k, 1.0 / k)

    @final
    def _smoothing(self) -> Any:
        """alpha, checked: a number or (D,)."""
        alpha = np.asarray(self.alpha, dtype=np.float64)
        where = type(self).__name__
        if alpha.ndim and alpha.shape != (self.n_features_in_,):
            raise ParameterError(
                f"{where}: alpha has shape {alpha.shape}; give one number, or one a feature, "
                f"shape ({self.n_features_in_},)."
            )
        if not np.isfinite(alpha).all() or (alpha < 0).any():
            raise ParameterError(f"{where}: alpha has entries that are negative or not finite; it must be >= 0.")
        if not self.force_alpha and alpha.min() < ALPHA_MIN:
            message = f"{where}: alpha too small will result in numeric errors; {ALPHA_MIN:g} is used (force_alpha)."
            warnings.warn(DataWarning(message), stacklevel=5)
            alpha = np.maximum(alpha, ALPHA_MIN)
        return alpha

    @final
    def _log_prior(self) -> Array:
        return self.class_log_prior_

    @final
    def _check_not_negative(self, rows: Any) -> None:
        """Raise DataError naming the first negative entry."""
        stored = rows.data if is_sparse(rows) else rows
        if stored.min(initial=0.0) >= 0:
            return
        table = rows.tocoo() if is_sparse(rows) else rows
        if is_sparse(rows):
            at = np.flatnonzero(table.data < 0)[0]
            row, column = int(table.row[at]), int(table.col[at])
        else:
            row, column = np.argwhere(rows < 0)[0].tolist()
        where = type(self).__name__
        raise DataError(
            f"Negative values in data passed to {where} (input X), first in row {row}, column {column}; "
            "it takes counts or shares >= 0. GaussianNB takes any numbers."
        )


class CountingNB(Discrete):
    """A naive Bayes model that sums its features up by class; rows may be dense or SciPy's sparse; abstract."""

    feature_count_: Array
    """(K, D), the sum of each feature over the rows of each class, by weight."""
    feature_log_prob_: Array
    """(K, D), what a row's numbers are multiplied by."""

    def _admit(self, rows: Rows) -> Rows:
        """The rows as the model counts them; DataError for those it cannot."""
        self._check_not_negative(rows)
        return rows

    @final
    def _rows(self, X: Any, first: bool) -> Rows:
        if not is_sparse(X):
            return self._admit(self._fit_table(X) if first else self._table(X))
        where = type(self).__name__
        rows = check_sparse(X, where=where)
        if first:
            self.n_features_in_ = rows.shape[1]
        else:
            check_columns(rows, None, self.n_features_in_, None, where=where)
        return self._admit(rows)

    @final
    def _clear(self) -> None:
        shape = len(self.classes_), self.n_features_in_
        self.class_count_, self.feature_count_ = np.zeros(shape[0]), np.zeros(shape)

    @final
    def _add(self, rows: Rows, codes: Array, weights: Array | None) -> None:
        self.feature_count_ = self.feature_count_ + sums_by_class(rows, codes, weights, len(self.classes_))

    def _traits(self) -> Traits:
        return Traits(sparse=True, positive=True, weak=True)

    def _check_learned(self) -> None:
        wanted = (len(self.classes_), self.n_features_in_), (len(self.classes_),)
        if (found := (np.shape(self.feature_log_prob_), np.shape(self.class_log_prior_))) != wanted:
            name = type(self).__name__
            raise ModelFileError(f"{name}: feature and class logs in the record are {found}, not {wanted}.")


def sums_by_class(rows: Rows, codes: Array, weights: Array | None, n_classes: int) -> Array:
    """sum over the rows i of class k of w_i x_i.   rows (N, D), codes (N,), weights (N,) -> (K, D)

    >>> sums_by_class(np.eye(3), np.array([0, 1, 0]), None, 2).tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    if is_sparse(rows):  # a bin for each class and feature: half the time of a product with the classes, for any K
        stored, n_features = np.diff(rows.indptr), rows.shape[1]
        bins = np.repeat(codes * n_features, stored)
        bins += rows.indices
        counts = rows.data if weights is None else rows.data * np.repeat(weights, stored)
        return np.bincount(bins, counts, minlength=n_classes * n_features).reshape(n_classes, n_features)
    mass = np.ones(len(codes)) if weights is None else weights
    out = np.zeros((n_classes, rows.shape[1]))
    step = max(1, TILE_VALUES // n_classes)
    for start in range(0, len(codes), step):
        part = slice(start, start + step)
        member = np.where(codes[part] == np.arange(n_classes)[:, None], mass[part], 0.0)  # (K, rows)
        out += member @ rows[part]
    return out


def log_products(rows: Rows, logs: Array) -> Array:
    """sum_d x_id log_kd, where 0 times -inf is 0.   rows (N, D) >= 0, logs (K, D) <= 0 -> (N, K)

    >>> log_products(np.array([[0.0, 2.0]]), np.array([[-np.inf, -1.0], [-1.0, -np.inf]])).tolist()
    [[-2.0, -inf]]
    """
    lost = np.isneginf(logs)
    out = np.asarray(rows @ np.where(lost, 0.0, logs).T)
    if lost.any():
        out[np.asarray(rows @ lost.T.astype(np.float64)) > 0] = -np.inf
    return out
