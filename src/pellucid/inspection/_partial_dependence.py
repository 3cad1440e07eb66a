"""What a model predicts, on average, as a few columns move and the others stay.

Here: `partial_dependence`, `PartialDependence`.
Elsewhere: pictures of it are drawn elsewhere; this is the data.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.ensemble and this package.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, final

import numpy as np

from pellucid.base import Choice, Limit, Whole, check_limits, check_weights
from pellucid.base._tables import Array
from pellucid.ensemble._parts import role_of
from pellucid.errors import ParameterError
from pellucid.inspection._table_columns import TableColumns

_LIMITS: dict[str, Limit] = {
    "grid_resolution": Whole(low=2, says="values of each column"),
    "response_method": Choice("auto", "predict_proba", "decision_function", says="what a classifier is asked"),
    "method": Choice("auto", "brute", says="brute: ask the model for every value, which works for any"),
    "kind": Choice("average", "individual", "both", says="the mean, the rows one by one, or both"),
}


@final
@dataclass(frozen=True)
class PartialDependence:
    """Predictions along a grid: M outputs, N rows, one axis for each feature that moves.

    >>> PartialDependence([np.array([0.0, 1.0])], np.array([[3.0, 4.0]]), None)["average"].tolist()
    [[3.0, 4.0]]
    """

    grid_values: list[Array]
    """The values of each feature that moves."""
    average: Array | None
    """(M, G_1, G_2, ...), None where only rows were asked for."""
    individual: Array | None
    """(M, N, G_1, G_2, ...), None where only the mean was asked for."""

    def __getitem__(self, name: str) -> Any:
        """One of the three by name, as of scikit-learn's Bunch."""
        if name not in ("grid_values", "average", "individual"):
            raise KeyError(name)
        return getattr(self, name)


def partial_dependence(
    estimator: Any,
    X: Any,
    features: Any,
    *,
    sample_weight: Any = None,
    categorical_features: Sequence[Any] | None = None,
    feature_names: Any = None,
    response_method: Literal["auto", "predict_proba", "decision_function"] = "auto",
    percentiles: tuple[float, float] = (0.05, 0.95),
    grid_resolution: int = 100,
    custom_values: Mapping[Any, Any] | None = None,
    method: Literal["auto", "brute"] = "auto",
    kind: Literal["average", "individual", "both"] = "average",
) -> PartialDependence:
    """Mean prediction of a fitted model over the rows of X, with some features set to each point of a grid.

        f_S(v) = sum_i w_i f(v, x_i without S) / sum_i w_i        S: the features, v: a point of their grid

    X (N, D), an array or a frame; features: a column, or several, by number or name -> average (M, G_1, ...), M = 1 for
    regressors and, the second class, for two classes; a class each for more.  The grid of a column: all its values
    where they are fewer than `grid_resolution`, text, or named in `categorical_features`; else that many steps between
    its `percentiles`; or `custom_values[column]`.  `individual` keeps the rows apart (individual conditional
    expectation), where a mean hides that they go different ways.

    Cost: a prediction of all rows for each point of the grid.  Assumes features that can be moved alone: where they go
    together, it asks for rows that cannot be, and averages what the model makes up about them.
    Raises ParameterError and ColumnError for what will not do.  Source: Friedman, Greedy function approximation, Annals
    of Statistics 29, 2001, section 8.2; Goldstein et al., Peeking inside the black box, JCGS 24, 2015.

    >>> from pellucid.linear_model import LinearRegression
    >>> X = np.array([[0.0, 5.0], [1.0, 7.0], [2.0, 9.5]])
    >>> seen = partial_dependence(LinearRegression().fit(X, 3 * X[:, 0]), X, 0)
    >>> seen.grid_values[0].tolist(), seen.average.round(6).tolist()
    ([0.0, 1.0, 2.0], [[0.0, 3.0, 6.0]])
    """
    where = "partial_dependence"
    given = {"grid_resolution": grid_resolution, "response_method": response_method, "method": method, "kind": kind}
    check_limits(
        where, given, _LIMITS, {"grid_resolution": 100, **dict.fromkeys(("response_method", "method"), "auto")}
    )
    low, high = percentiles
    if not 0 <= low < high <= 1:
        raise ParameterError(f"{where}: percentiles is {percentiles!r}; give two shares, 0 <= low < high <= 1.")
    table = TableColumns(X, where=where, names=feature_names)
    weights = check_weights(sample_weight, table.n_rows, where=where)
    wanted = [features] if isinstance(features, str | int | np.integer) else list(features)
    places = [table.place(feature) for feature in wanted]
    fixed = {table.place(feature) for feature in categorical_features or ()}
    custom = {table.place(feature): np.asarray(values) for feature, values in (custom_values or {}).items()}
    grids = [
        _values(custom[d], where) if d in custom else _grid(table.values(d), d in fixed, percentiles, grid_resolution)
        for d in places
    ]
    ask = _question(estimator, response_method)
    of_classes, said = role_of(estimator) == "classifier", []
    for point in product(*grids):
        columns = {d: np.full(table.n_rows, v, dtype=_dtype(v)) for d, v in zip(places, point, strict=True)}
        said.append(_outputs(np.asarray(ask(table.with_values(columns))), of_classes))  # (M, N)
    shape = [len(grid) for grid in grids]
    rows = np.stack(said, axis=-1).reshape(*said[0].shape, *shape)
    average = np.average(rows, axis=1, weights=weights) if kind != "individual" else None
    return PartialDependence(grids, average, rows if kind != "average" else None)


def _grid(column: Array, fixed: bool, percentiles: tuple[float, float], n: int) -> Array:
    """The values that a column takes in turn; missing ones are none of them."""
    if column.dtype == object:
        return np.array(sorted({cell for cell in column.tolist() if cell is not None}, key=str), dtype=object)
    present = column[~np.isnan(column)]
    distinct = np.unique(present)
    if fixed or len(distinct) < n:
        return distinct
    low, high = (quantile(present, p) for p in percentiles)
    if np.allclose(low, high):
        raise ParameterError(
            f"partial_dependence: percentiles {percentiles} are too close to each other, both at {low:.6g}; give "
            "shares further apart, or custom_values."
        )
    return np.linspace(low, high, n)


def quantile(values: Array, p: float) -> float:
    """The p-quantile as scikit-learn's grids have it: entry n p + 0.4 + 0.2 p of the sorted values, counted from 1.

    values (N,), p in [0, 1] -> a number.  Source: Cunnane, Unbiased plotting positions, Journal of Hydrology 37, 1978.

    >>> quantile(np.array([3.0, 1.0, 2.0]), 0.5)
    2.0
    """
    ordered, n = np.sort(values), len(values)
    place = n * p + 0.4 + 0.2 * p
    k = int(np.clip(np.floor(place), 1, max(n - 1, 1)))
    share = float(np.clip(place - k, 0.0, 1.0))
    return float((1.0 - share) * ordered[k - 1] + share * ordered[min(k, n - 1)])


def _values(values: Array, where: str) -> Array:
    if values.ndim != 1 or len(values) == 0:
        raise ParameterError(f"{where}: custom_values has an entry of shape {values.shape}; give a list of values.")
    return values.astype(np.float64) if values.dtype.kind in "biuf" else values.astype(object)


def _dtype(value: Any) -> Any:
    return np.float64 if isinstance(value, float | np.floating) else object


def _question(estimator: Any, response_method: str) -> Any:
    """The method of the estimator that answers."""
    if role_of(estimator) != "classifier":
        if response_method != "auto":
            raise ParameterError(
                f"partial_dependence: response_method is for classifiers, and {type(estimator).__name__} is none; "
                "leave it out."
            )
        return estimator.predict
    for name in ("predict_proba", "decision_function") if response_method == "auto" else (response_method,):
        if hasattr(estimator, name):
            return getattr(estimator, name)
    raise ParameterError(
        f"partial_dependence: {type(estimator).__name__} has no {response_method}; calibrate it "
        "(pellucid.calibration.CalibratedClassifierCV) to get probabilities."
    )


def _outputs(given: Array, of_classes: bool) -> Array:
    """(N,) or (N, K) -> (M, N); of two classes the second says it all, of two targets neither does."""
    if given.ndim == 1:
        return given[None, :]
    return given.T[1:] if of_classes and given.shape[1] == 2 else given.T
