"""Columns bent towards a normal shape by a power of their own.

Here: `PowerTransformer`; the two families of powers and their inverses, pure functions.
Elsewhere: shapes by rank are in _quantile_transformer.py; scaling afterwards is StandardScaler's, in _scaling.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package; SciPy in fit only.

Sources: Box and Cox, "An analysis of transformations", JRSS B 26, 1964; Yeo and Johnson, "A new family of power
transformations to improve normality or symmetry", Biometrika 87, 2000.
"""

import warnings
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Traits, Transformer
from pellucid.errors import DataError, DataWarning, ModelFileError
from pellucid.persistence import register
from pellucid.preprocessing._moments import Array, moments_of
from pellucid.preprocessing._scaling import StandardScaler, is_rounding, own


@final
@register("preprocessing.PowerTransformer")
class PowerTransformer(Transformer):
    """Each column raised to the power that makes it most like a normal one; then mean 0 and variance 1.

        "box-cox":      z = (x^l - 1) / l,  log x for l = 0                              x > 0 only
        "yeo-johnson":  z = ((x + 1)^l - 1) / l for x >= 0,  -((1 - x)^(2-l) - 1) / (2 - l) for x < 0

    with l of the greatest likelihood, were z normal; found by Brent's method, some 20 to 30 passes over the column.
    X (N, D) -> (N, D), float32 if X is.  Order is kept.  One power cannot mend two humps or a spike at zero, and one
    outlier can decide it: QuantileTransformer looks at ranks alone.

    - `standardize`: scale z as StandardScaler does.

    NaN is a missing value: not counted, and still NaN afterwards.  A constant column keeps l = 1.
    Raises DataError for "box-cox" on values <= 0 or a column without two known values; for infinity, text and other
    columns than fit saw.   Names and numbers are scikit-learn's.

    >>> power = PowerTransformer("box-cox", standardize=False).fit(np.exp([[1.0], [2.0], [3.0], [4.0], [5.0]]))
    >>> abs(power.lambdas_).round(4), power.transform([[np.e]]).round(4)
    (array([0.]), array([[1.]]))
    """

    limits = {
        "method": Choice("yeo-johnson", "box-cox"),
        "standardize": Flag(),
        "copy": Flag(says="False writes into X"),
    }

    lambdas_: Array
    """(D,), the power of each column."""
    scaler_: StandardScaler
    """What scales the powers; only with `standardize`."""

    def __init__(
        self, method: Literal["yeo-johnson", "box-cox"] = "yeo-johnson", *, standardize: bool = True, copy: bool = True
    ) -> None:
        self.method = method
        self.standardize = standardize
        self.copy = copy

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the power of each column of X (N, D)."""
        self._begin_fit()
        table = self._fit_table(X)
        self._check_positive(table)
        constant = is_rounding(moments_of(table, None))
        self.lambdas_ = np.array([self._best_power(table[:, d], constant[d], d) for d in range(table.shape[1])])
        if self.standardize:
            self.scaler_ = StandardScaler(copy=False).fit(self._powers(table.astype(np.float64)))
        return self

    def transform(self, X: Any) -> Array:
        """The rows raised to their powers.   X (N, D) -> (N, D)"""
        _ = self.lambdas_
        table = self._table(X)
        self._check_positive(table)
        out = self._powers(_wide(table, self.copy))
        if self.standardize:
            out = self.scaler_.transform(out)
        with np.errstate(over="ignore"):
            return out.astype(table.dtype, copy=False)

    def inverse_transform(self, X: Any) -> Array:
        """The rows on their original scale.   X (N, D) -> (N, D); NaN, with a DataWarning, for what no row maps to"""
        back = box_cox_back if self.method == "box-cox" else yeo_johnson_back
        powers = self.lambdas_
        table = self._table(X)
        out = _wide(table, self.copy)
        if self.standardize:
            out = self.scaler_.inverse_transform(out)
        before = np.isnan(out)
        for d, power in enumerate(powers):
            out[:, d] = back(out[:, d], power)
        lost = np.flatnonzero((np.isnan(out) & ~before).any(axis=0))
        if len(lost):
            warnings.warn(
                f"PowerTransformer: Some values in column {self._names_in()[lost[0]]!r} of the inverse-transformed "
                "data are NaN: no value has this power. Give rows within the range of transform's.",
                DataWarning,
                stacklevel=2,
            )
        with np.errstate(over="ignore"):
            return out.astype(table.dtype, copy=False)

    def _powers(self, table: Array) -> Array:
        """The table of float64 with each column raised, in its own memory."""
        forth = box_cox if self.method == "box-cox" else yeo_johnson
        for d, power in enumerate(self.lambdas_):
            table[:, d] = forth(table[:, d], power)
        return table

    def _best_power(self, column: Array, constant: bool, d: int) -> float:
        """The l of the greatest likelihood for the known values of a column (N,)."""
        known = column[~np.isnan(column)].astype(np.float64)
        if self.method == "yeo-johnson" and (constant or len(known) == 0):
            return 1.0
        if len(known) == 0 or (known == known[0]).all():
            raise DataError(
                f"PowerTransformer: column {self._names_in()[d]!r} has no two different known values, and box-cox no "
                "best power for it; Column must not be all nan or constant, leave it out."
            )
        from scipy.stats import boxcox_normmax, yeojohnson_normmax

        try:
            with np.errstate(all="ignore"):
                if self.method == "box-cox":
                    return float(boxcox_normmax(known, method="mle"))
                return float(yeojohnson_normmax(known))
        except ValueError as error:  # SciPy 1.17: the power of values whose squares overflow
            raise DataError(
                f"PowerTransformer: no power was found for column {self._names_in()[d]!r}, whose values reach "
                f"{np.abs(known).max():g} ({error}); divide them first."
            ) from error

    def _check_positive(self, table: Array) -> None:
        if self.method == "box-cox" and (low := table <= 0).any():
            d = int(low.any(axis=0).argmax())
            raise DataError(
                "PowerTransformer: The Box-Cox transformation can only be applied to strictly positive data; column "
                f"{self._names_in()[d]!r} has {int(low[:, d].sum())} values <= 0, first in row "
                f"{int(low[:, d].argmax())}. Use method='yeo-johnson'."
            )

    def _traits(self) -> Traits:
        return Traits(missing=True, positive=self.method == "box-cox")

    def _check_learned(self) -> None:
        scaled = not self.standardize or isinstance(vars(self).get("scaler_"), StandardScaler)
        if np.shape(self.lambdas_) != (self.n_features_in_,) or not scaled:
            raise ModelFileError("PowerTransformer: the record has not one power for each of its columns.")


def _wide(table: Array, copy: bool) -> Array:
    """The table in float64, to write into: powers leave the range of float32 before scaling brings them back."""
    return own(table, copy) if table.dtype == np.float64 else table.astype(np.float64)


def box_cox(x: Array, power: float) -> Array:
    """(x^l - 1) / l = expm1(l log x) / l,  log x for l = 0.   (N,) > 0 -> (N,)

    >>> box_cox(np.array([1.0, 3.0]), 2.0).round(12).tolist()
    [0.0, 4.0]
    """
    with np.errstate(over="ignore"):
        bent: Array = np.log(x) if _is_zero(power) else np.expm1(power * np.log(x)) / power
    return bent


def box_cox_back(z: Array, power: float) -> Array:
    """(l z + 1)^(1 / l) = exp(log1p(l z) / l),  e^z for l = 0.   (N,) -> (N,) > 0, NaN for l z < -1

    >>> box_cox_back(np.array([0.0, 4.0]), 2.0).round(12).tolist()
    [1.0, 3.0]
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        straight: Array = np.exp(z) if _is_zero(power) else np.exp(np.log1p(power * z) / power)
    return straight


def yeo_johnson(x: Array, power: float) -> Array:
    """Box and Cox's of x + 1 with l for x >= 0; minus that of 1 - x with 2 - l for x < 0.   (N,) -> (N,)

    >>> yeo_johnson(np.array([-2.0, 0.0, 2.0]), 2.0).round(3).tolist()
    [-1.099, 0.0, 4.0]
    """
    power_below = 2.0 - power
    size = np.log1p(np.abs(x))
    with np.errstate(over="ignore"):  # the branch of the other sign, too
        above = size if _is_zero(power) else np.expm1(power * size) / power
        below = size if _is_zero(power_below) else np.expm1(power_below * size) / power_below
    bent: Array = np.where(x >= 0, above, -below)
    return bent


def yeo_johnson_back(z: Array, power: float) -> Array:
    """The x of which z is `yeo_johnson`.   (N,) -> (N,), NaN where there is none

    >>> yeo_johnson_back(np.array([-1.0986122887, 0.0, 4.0]), 2.0).round(6).tolist()
    [-2.0, 0.0, 2.0]
    """
    power_below, size = 2.0 - power, np.abs(z)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # the branch of the other sign, too
        above = size if _is_zero(power) else np.log1p(power * size) / power
        below = size if _is_zero(power_below) else np.log1p(power_below * size) / power_below
        straight: Array = np.where(z >= 0, np.expm1(above), -np.expm1(below))
    return straight


def _is_zero(power: float) -> bool:
    """Below the rounding of l, where the limit is exact and the quotient is 0 / 0."""
    return bool(abs(power) < np.finfo(np.float64).eps)
