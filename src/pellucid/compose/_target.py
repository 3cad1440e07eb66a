"""A regressor that learns a transformed target and predicts on the target's own scale.

Here: `TransformedTargetRegressor`.
Elsewhere: columns of X are transformed by ColumnTransformer, or by the steps of a pellucid.pipeline.Pipeline.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, Regressor, Traits, check_targets, clone, count_rows, kin
from pellucid.base._tables import Array
from pellucid.compose._members import check_instance, check_storable, check_transformer, traits_of
from pellucid.errors import DataWarning, ModelFileError, ParameterError
from pellucid.persistence import register

_CALLABLE: type = Callable  # type: ignore[assignment]  # it answers isinstance
_FUNCTION = OneOf(Kind(_CALLABLE, words="a function of an array (N, K)"), Choice(None))
_CHECKED_ROWS = 100  # on which func and inverse_func are tried; as many as scikit-learn takes


@final
@register("compose.TransformedTargetRegressor")
class TransformedTargetRegressor(Regressor):
    """A regressor fitted to t(y) whose predictions come back through the inverse of t.

        fit: regressor on (X, t(y));      predict: t^-1(regressor.predict(X))

    X (N, D), y (N,) or (N, K). For targets that are skewed or multiplicative: with t = log errors count as ratios.
    A mean on the transformed scale is no mean on the original one: with t = log the prediction is a geometric mean,
    below the expected value by about a factor exp(variance / 2).

    - `regressor`: required (scikit-learn's default is linear regression).
    - `transformer`: has fit, transform and inverse_transform and takes (N, K); or instead
    - `func`, `inverse_func`: functions of arrays (N, K). Neither: y as it is. Functions cannot be saved, transformers
      of pellucid can.
    - `check_inverse`: warn, on a sample, where going there and back does not give y.

    Arguments of fit go to the regressor's fit. Raises ParameterError for both a transformer and functions, and for one
    function without the other.
    Source: the contract is that of scikit-learn 1.9, sklearn.compose.TransformedTargetRegressor.

    >>> from pellucid.linear_model import LinearRegression
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 10.0, 100.0]
    >>> model = TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp).fit(X, y)
    >>> model.predict([[3.0]]).round(6)
    array([1000.])
    """

    limits = {
        "regressor": Kind(object, words="a regressor"),
        "transformer": Kind(object, words="a transformer or None"),
        "func": _FUNCTION,
        "inverse_func": _FUNCTION,
        "check_inverse": Flag(),
    }

    regressor_: Any
    """The fitted regressor."""
    transformer_: Any
    """The fitted transformer of y, None where there is none."""
    one_target_: bool
    """Whether y was (N,)."""

    def __init__(
        self,
        regressor: Any,
        *,
        transformer: Any = None,
        func: Callable[[Array], Array] | None = None,
        inverse_func: Callable[[Array], Array] | None = None,
        check_inverse: bool = True,
    ) -> None:
        self.regressor = regressor
        self.transformer = transformer
        self.func = func
        self.inverse_func = inverse_func
        self.check_inverse = check_inverse

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Fit the transformer to y and the regressor to X and the transformed y; `params` go to the regressor."""
        self._begin_fit()
        transformer = self._fresh_transformer()
        where = type(self).__name__
        targets = check_targets(y, count_rows(X, where=where), where=where, many=True)
        table = targets.reshape(len(targets), -1)  # (N, K)
        if transformer is not None:
            transformer.fit(table)
            self._check_way_back(transformer, table)
            table = np.asarray(transformer.transform(table))
        regressor = clone(self.regressor)
        regressor.fit(X, table[:, 0] if targets.ndim == 1 else table, **params)  # not every fit gives its estimator
        self.regressor_, self.transformer_, self.one_target_ = regressor, transformer, targets.ndim == 1
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(regressor, name):
                setattr(self, name, getattr(regressor, name))
        return self

    def predict(self, X: Any) -> Array:
        """The regressor's prediction on the scale of y.   X (N, D) -> (N,) or (N, K), as y was"""
        predicted = np.asarray(self.regressor_.predict(X))
        if self.transformer_ is not None:
            predicted = np.asarray(self.transformer_.inverse_transform(predicted.reshape(len(predicted), -1)))
        return predicted.reshape(-1) if self.one_target_ else predicted

    def _fresh_transformer(self) -> Any:
        where = type(self).__name__
        check_instance("regressor", self.regressor, where=where)
        if not hasattr(self.regressor, "fit") or not hasattr(self.regressor, "predict"):
            raise ParameterError(f"{where}: regressor is {self.regressor!r}; give an estimator with fit and predict.")
        if self.transformer is not None and (self.func is not None or self.inverse_func is not None):
            raise ParameterError(f"{where}: 'transformer' and functions 'func'/'inverse_func' cannot both be set.")
        if (self.func is None) != (self.inverse_func is None):
            raise ParameterError(f"{where}: func and inverse_func come together; give the other one, too.")
        if self.func is not None and self.inverse_func is not None:
            return _Functions(self.func, self.inverse_func)
        if self.transformer is None:
            return None
        check_transformer("transformer", self.transformer, where=where)
        return clone(self.transformer)

    def _check_way_back(self, transformer: Any, table: Array) -> None:
        some = table[:: max(1, len(table) // _CHECKED_ROWS)]
        if self.check_inverse and not np.allclose(some, transformer.inverse_transform(transformer.transform(some))):
            message = (
                f"{type(self).__name__}: transformer or functions do not give y back: they are not strictly inverse "
                "of each other. If that is meant, set check_inverse=False."
            )
            warnings.warn(kin(DataWarning, message), stacklevel=3)

    def _traits(self) -> Traits:
        return replace(traits_of(self.regressor), needs_fit=True)

    def _check_storable(self) -> None:
        check_storable([("regressor", self.regressor), ("transformer", self.transformer)], where=type(self).__name__)
        if self.func is not None:
            raise ModelFileError(
                f"{type(self).__name__}: func and inverse_func are code, and a file holds none; use a transformer of "
                "pellucid's, such as StandardScaler(), in their place."
            )

    def _check_learned(self) -> None:
        for name, method in (("regressor_", "predict"), ("transformer_", "inverse_transform")):
            held = getattr(self, name)
            if held is not None and not hasattr(held, method):
                raise ModelFileError(f"{type(self).__name__}: the record's {name} has no {method}; it is damaged.")


@final
@dataclass(frozen=True)
class _Functions:
    """Two functions as a transformer."""

    func: Callable[[Array], Array]
    inverse_func: Callable[[Array], Array]

    def fit(self, y: Array) -> Self:
        return self

    def transform(self, y: Array) -> Array:
        return self.func(y)

    def inverse_transform(self, y: Array) -> Array:
        return self.inverse_func(y)
