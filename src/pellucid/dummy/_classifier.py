"""A classifier that does not look at the features.

Here: `DummyClassifier`.  Elsewhere: its counterpart for numbers is in _regressor.py.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence and pellucid.base.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, final

import numpy as np

from pellucid.base import SEED, Choice, Classifier, Kind, Limit, Traits, check_labels, check_weights, count_rows
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError, ParameterError
from pellucid.persistence import register
from pellucid.random import Seed, generator

Strategy = Literal["most_frequent", "prior", "stratified", "uniform", "constant"]


@register("dummy.DummyClassifier")
@final
class DummyClassifier(Classifier):
    """What can be said of the label without the features.

        prior_k = sum_{i in k} s_i / sum_i s_i,    s the weights of the rows

        strategy         predict                    predict_proba
        "prior"          class of largest prior     the prior
        "most_frequent"  class of largest prior     1 for that class
        "stratified"     drawn from the prior       1 for the class drawn
        "uniform"        drawn, all alike           1 / K
        "constant"       `constant`                 1 for that class

    X may be anything with a number of rows: its entries are not looked at.  A tie goes to the class that sorts first;
    classes whose rows all have weight 0 are not among `classes_`.  With a whole number as `random_state` the draws are
    the same at every call.

    Raises ParameterError when `constant` is no label of y.

    >>> model = DummyClassifier().fit([[0], [0], [0], [0]], ["no", "yes", "yes", "yes"])
    >>> model.predict([[5], [7]]).tolist(), model.predict_proba([[5]]).tolist()
    (['yes', 'yes'], [[0.25, 0.75]])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        "strategy": Choice("most_frequent", "prior", "stratified", "uniform", "constant"),
        "random_state": SEED,
        "constant": Kind(object, words="a label of y"),
    }

    class_prior_: Array
    """Share (K,) of each class among the rows, by weight."""

    def __init__(self, *, strategy: Strategy = "prior", random_state: Seed = None, constant: Any = None) -> None:
        self.strategy = strategy
        self.random_state = random_state
        self.constant = constant

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Count the labels y (N,); row i counts sample_weight[i] times."""
        self._begin_fit()
        where = type(self).__name__
        n_rows = count_rows(X, where=where)
        classes, codes = check_labels(y, n_rows, where=where)
        counts = np.bincount(codes, weights=check_weights(sample_weight, n_rows, where=where)).astype(np.float64)
        classes, counts = classes[counts > 0], counts[counts > 0]
        if self.strategy == "constant" and self.constant not in classes.tolist():
            raise ParameterError(
                f"{where}: constant is {self.constant!r}, which is no label of y; "
                f"it has {', '.join(map(repr, classes.tolist()))}."
            )
        self.classes_, self.class_prior_ = classes, counts / counts.sum()
        return self

    def predict(self, X: Any) -> Array:
        """One label a row, by the strategy.   X (N, ...) -> (N,)"""
        labels: Array
        if self.strategy == "uniform":
            codes = generator(self.random_state).integers(len(self.classes_), size=self._rows(X))
            labels = self.classes_[codes]
        else:
            labels = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, by the strategy.   X (N, ...) -> (N, K), rows sum to 1"""
        n_rows, n_classes = self._rows(X), len(self.classes_)
        if self.strategy == "stratified":
            return generator(self.random_state).multinomial(1, self.class_prior_, size=n_rows).astype(np.float64)
        if self.strategy == "prior":
            row = self.class_prior_
        elif self.strategy == "uniform":
            row = np.full(n_classes, 1.0 / n_classes)
        else:
            sure = (
                self.classes_.tolist().index(self.constant)
                if self.strategy == "constant"
                else self.class_prior_.argmax()
            )
            row = np.eye(n_classes)[sure]
        return np.tile(row, (n_rows, 1))

    def _rows(self, X: Any) -> int:
        return count_rows(X, where=type(self).__name__)

    def _traits(self) -> Traits:
        return Traits(
            anything=True, sparse=True, weak=True, deterministic=self.strategy not in ("stratified", "uniform")
        )

    def _check_learned(self) -> None:
        if np.shape(self.class_prior_) != np.shape(self.classes_):
            raise ModelFileError("DummyClassifier: the record has not one prior for each class.")
