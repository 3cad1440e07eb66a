"""The three roles an estimator can have: classifier, regressor, transformer.

Here: what each role shares; the questions its members answer are abstract.
Elsewhere: every metric and its interval is in pellucid.metrics; `score` is only the one number scikit-learn defines.
Imports: numpy and this package.
"""

import warnings
from abc import abstractmethod
from typing import Any, ClassVar, Self, final

import numpy as np

from pellucid.base._estimator import Estimator
from pellucid.base._frames_out import FRAMES, giving_frames
from pellucid.base._tables import Array
from pellucid.base._targets import check_targets, check_weights, same_rows
from pellucid.base._traits import Role
from pellucid.errors import DataWarning, ParameterError, ShapeError


class Classifier(Estimator):
    """An estimator that predicts one of K labels, and knows them as `classes_` after fit.

    A subclass answers `fit` and `predict_proba`.

    >>> from pellucid.base import check_labels
    >>> class Even(Classifier):
    ...     def fit(self, X, y):
    ...         self._begin_fit()
    ...         self.classes_, _ = check_labels(y, len(self._fit_table(X)), where="Even")
    ...         return self
    ...     def predict_proba(self, X):
    ...         return np.full((len(self._table(X)), len(self.classes_)), 1 / len(self.classes_))
    >>> Even().fit([[0.0], [1.0]], ["no", "yes"]).score([[0.0], [1.0]], ["no", "yes"])
    0.5
    """

    role: ClassVar[Role | None] = "classifier"

    classes_: Array
    """The K labels fit saw, sorted."""

    @abstractmethod
    def fit(self, X: Any, y: Any) -> Self:
        """Learn from rows X (N, D) and their labels y (N,)."""

    @abstractmethod
    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, in the order of `classes_`.   X (N, D) -> (N, K), rows sum to 1"""

    def predict_log_proba(self, X: Any) -> Array:
        """log(predict_proba(X)).   X (N, D) -> (N, K); -inf where the probability is 0"""
        with np.errstate(divide="ignore"):
            logs: Array = np.log(self.predict_proba(X))
        return logs

    def predict(self, X: Any) -> Array:
        """The most probable label; a tie goes to the one that sorts first.   X (N, D) -> (N,)"""
        labels: Array = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels

    @final
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the share of rows, by weight, whose predicted label is y.   X (N, D), y (N,) -> [0, 1]"""
        predicted = self.predict(X)
        wanted = np.asarray(y).reshape(-1)
        same_rows(len(predicted), len(wanted), where=f"{type(self).__name__}.score")
        weights = check_weights(sample_weight, len(predicted), where=f"{type(self).__name__}.score")
        return float(np.average(predicted == wanted, weights=weights))


class Regressor(Estimator):
    """An estimator that predicts numbers.

    A subclass answers `fit` and `predict`.

    >>> class First(Regressor):
    ...     def fit(self, X, y):
    ...         self._begin_fit()
    ...         self._fit_table(X)
    ...         return self
    ...     def predict(self, X):
    ...         return self._table(X)[:, 0]
    >>> First().fit([[1.0], [2.0]], [1.0, 2.0]).score([[1.0], [2.0]], [1.0, 3.0])
    0.5
    """

    role: ClassVar[Role | None] = "regressor"

    @abstractmethod
    def fit(self, X: Any, y: Any) -> Self:
        """Learn from rows X (N, D) and their targets y (N,) or (N, K)."""

    @abstractmethod
    def predict(self, X: Any) -> Array:
        """The expected target.   X (N, D) -> (N,) or (N, K), as y was"""

    @final
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Coefficient of determination, averaged over the targets.

            R^2 = 1 - sum_i w_i (y_i - p_i)^2 / sum_i w_i (y_i - mean(y))^2

        X (N, D), y (N,) or (N, K) -> (-inf, 1].  A constant target gives 1 when predicted exactly, else 0; a single row
        gives nan and a DataWarning, because there is no variation to explain.
        """
        where = f"{type(self).__name__}.score"
        predicted = self.predict(X)
        wanted = check_targets(y, len(predicted), where=where, many=True)
        weights = check_weights(sample_weight, len(predicted), where=where)
        if len(predicted) < 2:
            warnings.warn(DataWarning(f"{where}: R^2 needs two rows or more; the answer is nan."), stacklevel=2)
            return float("nan")
        missed = np.average((wanted - predicted) ** 2, axis=0, weights=weights)
        spread = np.average((wanted - np.average(wanted, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
        missed, spread = np.atleast_1d(missed), np.atleast_1d(spread)
        explained = 1.0 - missed / np.where(spread > 0, spread, 1.0)
        return float(np.where(spread > 0, explained, np.where(missed > 0, 0.0, 1.0)).mean())


class Transformer(Estimator):
    """An estimator that turns rows into rows.

    A subclass answers `fit` and `transform`, and `get_feature_names_out` where columns come or go. What they give is an
    array, unless `set_output` asks for frames.

    >>> class Halve(Transformer):
    ...     def fit(self, X, y=None):
    ...         self._begin_fit()
    ...         self._fit_table(X)
    ...         return self
    ...     def transform(self, X):
    ...         return self._table(X) / 2
    >>> Halve().fit_transform([[1.0, 3.0]]).tolist(), Halve().fit([[1.0, 3.0]]).get_feature_names_out().tolist()
    ([[0.5, 1.5]], ['x0', 'x1'])
    """

    role: ClassVar[Role | None] = "transformer"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for name in ("transform", "fit_transform"):
            if name in vars(cls):
                setattr(cls, name, giving_frames(vars(cls)[name]))
        super().__init_subclass__(**kwargs)

    @final
    def set_output(self, *, transform: str | None = None) -> Self:
        """Have `transform` and `fit_transform` give frames with names: "pandas" or "polars"; "default" is arrays again.

        A pandas frame keeps the labels of the rows that came in. None leaves it as it is. Copies by `clone` give the
        same; a model file does not hold it.  Raises ParameterError for another word, DataError from `transform` for a
        sparse output.

        >>> from pellucid.preprocessing import StandardScaler
        >>> StandardScaler().set_output(transform="polars").fit_transform([[20.0], [40.0]]).to_dicts()
        [{'x0': -1.0}, {'x0': 1.0}]
        """
        if transform is None:
            return self
        if transform not in FRAMES:
            raise ParameterError(
                f"{type(self).__name__}.set_output: transform is {transform!r}; "
                f"it must be {', '.join(map(repr, FRAMES))} or None."
            )
        self._output = transform
        return self

    def __sklearn_clone__(self) -> Self:
        """As for every estimator; the kind of output is the same."""
        return super().__sklearn_clone__().set_output(transform=vars(self).get("_output"))

    @abstractmethod
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from rows X (N, D); y is there for pipelines and mostly not looked at."""

    @abstractmethod
    def transform(self, X: Any) -> Any:
        """The rows, transformed.   X (N, D) -> (N, D')"""

    def fit_transform(self, X: Any, y: Any = None, *rest: Any, **params: Any) -> Any:
        """fit, then transform(X); what comes after y goes to fit, such as `sample_weight` where it takes one."""
        return self.fit(X, y, *rest, **params).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names (D',) of the columns that `transform` gives; here those of the input, one to one."""
        return self._names_in(input_features)

    @final
    def _names_in(self, input_features: Any = None) -> Array:
        """Names (D,) of the columns that fit saw: given, noted at fit, or x0, x1, ..."""
        width = self.n_features_in_
        noted = vars(self).get("feature_names_in_")
        if input_features is None:
            return noted if noted is not None else np.array([f"x{d}" for d in range(width)], dtype=object)
        names = np.asarray(input_features, dtype=object)
        if names.shape != (width,):
            raise ShapeError(
                f"{type(self).__name__}.get_feature_names_out: input_features should have length equal to number of "
                f"features ({width}), got shape {names.shape}."
            )
        if noted is not None and not np.array_equal(names, noted):
            raise ShapeError(
                f"{type(self).__name__}.get_feature_names_out: input_features is not equal to feature_names_in_; "
                "leave it out, the names are known."
            )
        return names
