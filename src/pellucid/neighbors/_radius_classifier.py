"""Classification by the rows within a radius.

Here: `RadiusNeighborsClassifier`.  Elsewhere: the search is in _nearest.py and _index.py, weights in _votes.py.
Imports: numpy, pellucid.errors, pellucid.persistence and pellucid.base.
"""

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base import Choice, Classifier, Kind, Limit, OneOf, check_labels
from pellucid.base._tables import Array
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.neighbors._index import Algorithm
from pellucid.neighbors._nearest import SEARCH_LIMITS, FindsWithin
from pellucid.neighbors._votes import WEIGHTS, Weights, check_idle, ragged_weights
from pellucid.persistence import register


@register("neighbors.RadiusNeighborsClassifier")
@final
class RadiusNeighborsClassifier(FindsWithin, Classifier):
    """The label most frequent among all rows within a radius.

        P(y = c | x) = sum_{i: d(x, x_i) <= radius} w_i [y_i = c] / sum_{i: d(x, x_i) <= radius} w_i

    X (N, D), y (N,) -> classes_; w_i = 1, or 1 / d(x, x_i) with weights="distance".  A tie of votes goes to the label
    that sorts first.  Nothing is trained: fit keeps the rows; a prediction costs a search (see NearestNeighbors), up to
    O(M D) a row, and O(1) for each row found.

    A row with no neighbour has no vote.  `outlier_label` says what it is called: None, the default, makes it an error;
    "most_frequent" takes the commonest label of y; a label of y gets probability 1; for any other label of the same
    kind `predict` gives that label, all probabilities are 0, and a DataWarning says so.

    It assumes that one radius suits all regions: where rows are sparse it finds none, where they are dense it lets the
    commonest label win.  Features on large scales outweigh the others: see KNeighborsClassifier.
    Raises DataError for input that is not finite numbers, for rows without a neighbour and without `outlier_label`, and
    where all neighbours found weigh nothing; ParameterError for an `outlier_label` of another kind than y's.
    Source: Bentley, Stanat and Williams, Information Processing Letters 6, 1977.

    >>> model = RadiusNeighborsClassifier(1.0, outlier_label="far").fit([[0.0], [1.0], [2.0]], ["no", "no", "yes"])
    >>> model.predict([[1.4], [9.0]]).tolist(), model.predict_proba([[1.4]]).tolist()
    (['no', 'far'], [[0.5, 0.5]])
    """

    limits: ClassVar[Mapping[str, Limit]] = {
        **{name: limit for name, limit in SEARCH_LIMITS.items() if name != "n_neighbors"},
        "weights": WEIGHTS,
        "outlier_label": OneOf(
            Choice("most_frequent", None),
            Kind(str, int, np.integer, np.bool_, words="a label"),
            says="the label of a row without a neighbour; None: that is an error",
        ),
    }

    codes_: Array
    """Which of `classes_` each row fit saw has (M,)."""
    outlier_label_: Any
    """What a row without a neighbour is called; None: such a row is an error."""

    def __init__(
        self,
        radius: float = 1.0,
        *,
        weights: Weights = "uniform",
        algorithm: Algorithm = "auto",
        leaf_size: int = 15,
        p: float = 2,
        metric: str = "minkowski",
        outlier_label: str | int | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.radius = radius
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.outlier_label = outlier_label
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Self:
        """Keep rows X (N, D) and their labels y (N,)."""
        self._begin_fit()
        table = self._fit_table(X)
        self.classes_, self.codes_ = check_labels(y, len(table), where=type(self).__name__)
        self.outlier_label_ = self._label_of_outliers()
        self._keep(table)
        return self

    def predict_proba(self, X: Any) -> Array:
        """The share of each class among the rows within the radius, by weight.   X (N, D) -> (N, K), rows sum to 1

        But for rows without a neighbour whose `outlier_label` is not among `classes_`: these are all 0.
        """
        proba, alone = self._shares(X)
        if alone.any() and not proba[alone].any():
            message = (
                f"{int(alone.sum())} rows have no neighbour within {self.radius!r}, and their label "
                f"{self.outlier_label_!r} is not in y: all their probabilities are 0; take a larger radius."
            )
            warnings.warn(DataWarning(f"{type(self).__name__}: {message}"), stacklevel=2)
        return proba

    def predict(self, X: Any) -> Array:
        """The label with most votes; a tie goes to the one that sorts first.   X (N, D) -> (N,)"""
        proba, alone = self._shares(X)
        labels: Array = self.classes_[proba.argmax(axis=1)]
        if not alone.any():
            return labels
        return np.where(alone, np.asarray(self.outlier_label_), labels)

    def _shares(self, X: Any) -> tuple[Array, Array]:
        """Probabilities (N, K), and which rows (N,) have no neighbour."""
        start, rows, distance = self._near(self._table(X), None)
        n_rows, n_classes, found = len(start) - 1, len(self.classes_), np.diff(start)
        alone = found == 0
        if self.outlier_label_ is None and alone.any():
            raise DataError(
                f"{type(self).__name__}: {int(alone.sum())} rows have no neighbour within {self.radius!r}, the first "
                f"is row {int(alone.argmax())}; take a larger radius, or give outlier_label='most_frequent'."
            )
        place = np.repeat(np.arange(n_rows), found) * n_classes + self.codes_[rows]
        votes = np.bincount(place, ragged_weights(self.weights, distance, start), n_rows * n_classes)
        votes = votes.reshape(n_rows, n_classes).astype(np.float64)
        check_idle(~votes.any(axis=1) & ~alone, type(self).__name__)
        votes[np.ix_(alone, self.classes_ == self.outlier_label_)] = 1.0
        total = votes.sum(axis=1, keepdims=True)
        return votes / np.where(total > 0, total, 1.0), alone

    def _label_of_outliers(self) -> Any:
        if self.outlier_label is None:
            return None
        if isinstance(self.outlier_label, str) and self.outlier_label == "most_frequent":
            return self.classes_[np.bincount(self.codes_).argmax()].item()
        if _sort(np.asarray(self.outlier_label)) != _sort(self.classes_):
            raise ParameterError(
                f"{type(self).__name__}: outlier_label is {self.outlier_label!r}, and the labels of y are "
                f"{_sort(self.classes_)}, such as {self.classes_[0].item()!r}; give one of that kind."
            )
        return np.asarray(self.outlier_label).item()

    def _check_learned(self) -> None:
        super()._check_learned()
        codes = np.asarray(self.codes_)
        fits = codes.shape == (self.n_samples_fit_,) and codes.dtype.kind in "iu"
        if not fits or codes.min() < 0 or codes.max() >= len(self.classes_):
            raise ModelFileError("RadiusNeighborsClassifier: the record has not one of its classes for each row.")


def _sort(labels: Array) -> str:
    """What kind of labels these are, in a word."""
    return {"U": "text", "S": "bytes", "b": "True or False"}.get(labels.dtype.kind, "numbers")
