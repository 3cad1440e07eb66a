"""What all linear models share: rows in, scores out.

Here: the abstract `LinearModel` with its two roles, `LinearRegressor` and `LinearClassifier`; `only_if`, for answers
that only some settings have.
Elsewhere: each model's objective and fit are in its own file.
Imports: numpy, pellucid.base, pellucid.errors and this package.
"""

from collections.abc import Callable
from types import MethodType
from typing import Any, final

import numpy as np

from pellucid.base import Classifier, Estimator, Regressor, Traits, check_columns
from pellucid.base._tables import Array
from pellucid.errors import ModelFileError
from pellucid.linear_model._rows import Rows, check_sparse, is_sparse


class LinearModel(Estimator):
    """An estimator that answers with X coef^T + intercept; rows may be dense or SciPy's sparse."""

    coef_: Array
    intercept_: Any

    @final
    def _fit_rows(self, X: Any) -> Rows:
        """X as checked rows (N, D), dense or CSR; notes their width and names.  For use in fit."""
        if not is_sparse(X):
            return self._fit_table(X)
        rows = check_sparse(X, where=type(self).__name__)
        self.n_features_in_ = rows.shape[1]
        return rows

    @final
    def _rows(self, X: Any) -> Rows:
        """X as checked rows (N, D) with the columns fit saw.  For use after fit."""
        if not is_sparse(X):
            return self._table(X)
        rows = check_sparse(X, where=type(self).__name__)
        check_columns(rows, None, self.n_features_in_, None, where=type(self).__name__)
        return rows

    @final
    def _scores(self, X: Any) -> Array:
        """X coef^T + intercept.   X (N, D) -> (N,) for coef_ (D,), (N, R) for coef_ (R, D)"""
        z: Array = self._rows(X) @ self.coef_.T + self.intercept_
        return z


class LinearRegressor(LinearModel, Regressor):
    """A regressor whose prediction is its score.

    coef_ (D,) and intercept_ a number for y (N,);  coef_ (K, D) and intercept_ (K,) for y (N, K).
    """

    @final
    def predict(self, X: Any) -> Array:
        """b + X w.   X (N, D) -> (N,) or (N, K)"""
        return self._scores(X)

    @final
    def _take_line(self, slopes: Array, level: Array, centre: Array, dtype: Any) -> None:
        """Set coef_ and intercept_ from slopes (D,) or (D, K) of targets around `level`, features around `centre`."""
        self.coef_ = np.ascontiguousarray(slopes.T).astype(dtype)
        self.intercept_ = (level - centre @ slopes).astype(dtype)
        if slopes.ndim == 1:
            self.intercept_ = float(self.intercept_)

    def _traits(self) -> Traits:
        return Traits(sparse=True, many_targets=True)

    def _check_learned(self) -> None:
        wanted = np.shape(self.intercept_) + (self.n_features_in_,)
        if np.shape(self.coef_) != wanted:
            name = type(self).__name__
            raise ModelFileError(f"{name}: coef_ in the record is {np.shape(self.coef_)}, not {wanted}.")


class LinearClassifier(LinearModel, Classifier):
    """A classifier with one score for two classes, whose sign decides, and one for each of more, the largest decides.

    coef_ (1, D), intercept_ (1,) for two classes;  coef_ (K, D), intercept_ (K,) for K > 2.
    """

    @final
    def decision_function(self, X: Any) -> Array:
        """The scores: above 0 for classes_[1] where there are two classes.   X (N, D) -> (N,) or (N, K)"""
        z = self._scores(X)
        return z[:, 0] if z.shape[1] == 1 else z

    @final
    def predict(self, X: Any) -> Array:
        """The label with the highest score; a tie goes to the one that sorts first.   X (N, D) -> (N,)"""
        z = self._scores(X)
        codes = (z[:, 0] > 0).astype(np.intp) if z.shape[1] == 1 else z.argmax(axis=1)
        labels: Array = self.classes_[codes]
        return labels

    def _traits(self) -> Traits:
        return Traits(sparse=True)

    def _check_learned(self) -> None:
        n_scores = 1 if len(self.classes_) == 2 else len(self.classes_)
        wanted = (n_scores, self.n_features_in_), (n_scores,)
        if (found := (np.shape(self.coef_), np.shape(self.intercept_))) != wanted:
            name = type(self).__name__
            raise ModelFileError(f"{name}: coef_ and intercept_ in the record are {found}, not {wanted}.")


@final
class only_if:
    """A method that is there only while `holds(self)`; otherwise asking for it is an AttributeError, hasattr is False.

    >>> class Lamp:
    ...     lit = True
    ...     @only_if(lambda lamp: lamp.lit, "the lamp is out")
    ...     def light(self):
    ...         return 800
    >>> lamp = Lamp()
    >>> lit, lamp.lit = lamp.light(), False
    >>> lit, hasattr(lamp, "light")
    (800, False)
    """

    def __init__(self, holds: Callable[[Any], bool], reason: str) -> None:
        self._holds, self._reason = holds, reason

    def __call__(self, method: Callable[..., Any]) -> Any:
        self._method = method
        self.__doc__ = method.__doc__
        return self

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        if owner is None:
            return self
        if not self._holds(owner):
            raise AttributeError(f"{type(owner).__name__}: {self._reason}")
        return MethodType(self._method, owner)
