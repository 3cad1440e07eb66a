"""What all naive Bayes classifiers share: from the joint probability of row and class to the answers.

Here: the abstract `NaiveBayes`, whose `fit` and `partial_fit` gather counts; `prior_of`, a check of given priors.
Elsewhere: how likely a row is under a class is said by each model in its own file.
Imports: numpy, pellucid.base and pellucid.errors.
"""

from abc import abstractmethod
from typing import Any, Self, final

import numpy as np

from pellucid.base import Classifier, check_labels, check_weights
from pellucid.base._tables import Array
from pellucid.errors import DataError, ParameterError


class NaiveBayes(Classifier):
    """A classifier that takes the features of a row for independent once its class is known.

        P(k | x) = P(k) prod_d P(x_d | k) / sum_j P(j) prod_d P(x_d | j)

    A subclass answers how rows are read, what is counted of them, and log P(k) + sum_d log P(x_d | k).
    """

    class_count_: Array
    """(K,), rows of each class, or their weight."""

    @abstractmethod
    def _rows(self, X: Any, first: bool) -> Any:
        """X checked (N, D); notes its width and names when it is the `first`."""

    @abstractmethod
    def _clear(self) -> None:
        """Set all counts to zero; `classes_` and `n_features_in_` are known."""

    @abstractmethod
    def _count(self, rows: Any, codes: Array, weights: Array | None) -> None:
        """Add rows (N, D) of classes `codes` (N,) and weights (N,) to the counts, and set what follows from them."""

    @abstractmethod
    def _joint(self, rows: Any) -> Array:
        """log P(k) + sum_d log P(x_d | k).   rows (N, D) -> (N, K); -inf where that cannot be"""

    @abstractmethod
    def _log_prior(self) -> Array:
        """log P(k).   -> (K,)"""

    @final
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from rows X (N, D) and their labels y (N,); row i counts sample_weight[i] times."""
        self._begin_fit()
        rows = self._rows(X, first=True)
        where = type(self).__name__
        classes, codes = check_labels(y, rows.shape[0], where=where)
        weights = check_weights(sample_weight, rows.shape[0], where=where)
        self.classes_ = classes
        self._start(rows, codes, weights)
        return self

    @final
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from some more rows; the first call names all `classes` there will be.

        In pieces it is as at once.  Raises DataError for labels that are not among the classes.
        """
        self._check_params()
        where = f"{type(self).__name__}.partial_fit"
        first = "classes_" not in vars(self)
        if first and classes is None:
            raise DataError(f"{where}: classes must be passed on the first call to partial_fit.")
        known = check_labels(classes, len(classes), where=where)[0] if first else self.classes_
        if not first and classes is not None and not np.array_equal(np.unique(classes), known):
            raise DataError(f"{where}: classes={classes!r} is not the same as on the last call, {known.tolist()!r}.")
        rows = self._rows(X, first)
        labels, codes = check_labels(y, rows.shape[0], where=where)
        weights = check_weights(sample_weight, rows.shape[0], where=where)
        unseen = np.setdiff1d(labels, known)
        if len(unseen):
            raise DataError(
                f"{where}: y holds {unseen.tolist()[0]!r}, which is not among the classes {known.tolist()!r}; "
                "name every label in the first call, or fit anew."
            )
        codes = np.searchsorted(known, labels)[codes]
        if first:
            self.classes_ = known
            self._start(rows, codes, weights)
        else:
            self._count(rows, codes, weights)
        return self

    @final
    def predict_joint_log_proba(self, X: Any) -> Array:
        """log P(x, k), not yet divided by P(x).   X (N, D) -> (N, K); -inf where that cannot be"""
        self.class_count_  # noqa: B018  # names the missing fit
        return self._joint(self._rows(X, first=False))

    @final
    def predict_log_proba(self, X: Any) -> Array:
        """log P(k | x).   X (N, D) -> (N, K)

        A row that cannot be under any class (possible without smoothing) is given the probabilities of the classes.
        """
        joint = self._settled(X)
        top = joint.max(axis=1, keepdims=True)
        out: Array = joint - top
        out -= np.log(np.exp(out).sum(axis=1, keepdims=True))
        return out

    @final
    def predict_proba(self, X: Any) -> Array:
        """P(k | x), in the order of `classes_`.   X (N, D) -> (N, K), rows sum to 1"""
        proba: Array = np.exp(self.predict_log_proba(X))
        return proba

    @final
    def predict(self, X: Any) -> Array:
        """The most probable label; a tie goes to the one that sorts first.   X (N, D) -> (N,)"""
        labels: Array = self.classes_[self._settled(X).argmax(axis=1)]
        return labels

    @final
    def _settled(self, X: Any) -> Array:
        """The joint logs, those of impossible rows replaced by the log priors."""
        joint = self.predict_joint_log_proba(X)
        if not joint.min(initial=0.0) > -np.inf:
            joint[np.isneginf(joint).all(axis=1)] = self._log_prior()
        return joint

    @final
    def _start(self, rows: Any, codes: Array, weights: Array | None) -> None:
        """Count from zero; when that fails, nothing counts as learned."""
        try:
            self._clear()
            self._count(rows, codes, weights)
        except ValueError:
            self._begin_fit()
            raise


def prior_of(given: Any, n_classes: int, *, where: str, name: str) -> Array:
    """The given probabilities of the classes, checked.   -> (K,), each >= 0

    Raises ParameterError for other shapes, and for negative and non-finite ones.

    >>> prior_of([0.5, 0.5], 2, where="GaussianNB", name="priors")
    array([0.5, 0.5])
    """
    prior = np.asarray(given, dtype=np.float64)
    if prior.shape != (n_classes,):
        raise ParameterError(
            f"{where}: Number of priors must match number of classes; {name} has shape {prior.shape}, "
            f"y has {n_classes} classes."
        )
    if not np.isfinite(prior).all() or (prior < 0).any() or not prior.any():
        raise ParameterError(f"{where}: Priors must be non-negative, finite and not all zero; {name} is {given!r}.")
    return prior
