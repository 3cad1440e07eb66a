"""Tables in: whatever a user holds, as a two-dimensional array of numbers, or an error that says which cell is wrong.

Here: `check_table` for fit; `is_array`, `is_plain`, `all_finite`, `read_table`, `check_columns`, `check_finite` for
what comes after; frames.
Elsewhere: checks of y and weights are in _targets.py; tables of text and categories in pellucid.preprocessing.
Imports: numpy and pellucid.errors; Narwhals inside the function that reads frames.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DtypeError

if TYPE_CHECKING:
    import narwhals as nw

Array = NDArray[Any]

_FLOAT64, _FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)
_ENCODE = "encode such columns (pellucid.preprocessing.OneHotEncoder) or leave them out."
_LARGE = 4096  # entries; below, a second pass costs less than telling NumPy not to warn
_SHOWN = 5  # columns, rows or names listed before the rest is counted; a line of an error stays readable


def is_plain(X: Any, n_features: int) -> bool:
    """Whether X is a finite float array (N, n_features) with N > 0 as it stands: the short way through validation."""
    return is_array(X, n_features, (_FLOAT64, _FLOAT32)) and all_finite(X)


def is_array(X: Any, n_features: int, kinds: tuple[np.dtype[Any], ...]) -> bool:
    """Whether X is an array (N, n_features) with N > 0 of one of these kinds of numbers, finite or not.

    >>> is_array(np.zeros((1, 2)), 2, (np.dtype("f8"),)), is_array([[0.0, 0.0]], 2, (np.dtype("f8"),))
    (True, False)
    """
    return type(X) is np.ndarray and X.ndim == 2 and X.shape[1] == n_features and X.shape[0] > 0 and X.dtype in kinds


def all_finite(x: Array) -> bool:
    """Whether no entry of an array of floats is infinite or NaN.

    A sum that is finite has finite terms only, and takes one pass without an array of truth values; a sum of finite
    terms may overflow, and then each entry is looked at.

    >>> all_finite(np.full(5000, 1e308)), all_finite(np.array([np.inf, -np.inf]))
    (True, False)
    """
    if x.size > _LARGE:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(x.sum()):
                return True
    return bool(np.isfinite(x).all())


def check_table(X: Any, *, where: str, missing: bool = False) -> tuple[Array, Array | None]:
    """X as finite numbers (N, D) in float64, or float32 if it came so, and its column names (D,) where it has any.

    `missing` admits NaN; infinity is never admitted.  `where` names the caller in errors.
    Raises what `read_table` does, and DataError for non-finite entries: which columns, how many, the first rows.

    >>> check_table([[1, 2], [3, 4]], where="doctest")[0].dtype
    dtype('float64')
    """
    table, names = read_table(X, where=where)
    check_finite(table, names, where=where, missing=missing)
    return table, names


def read_table(X: Any, *, where: str) -> tuple[Array, Array | None]:
    """X as numbers (N, D), finite or not, and its column names (D,) where they are all text; N and D are at least 1.

    X is a list of rows, an array, a pandas, Polars or Arrow frame, or anything with `__array__`; missing cells are NaN.
    Raises DataError for text, dates, sparse, complex, ragged and empty input and for a wrong number of axes; DtypeError
    for cells that are neither number nor text.

    >>> read_table([[1, None], [3, 4]], where="doctest")[0].tolist()
    [[1.0, nan], [3.0, 4.0]]
    """
    if hasattr(X, "tocsr"):
        raise DataError(
            f"{where}: X is sparse ({type(X).__name__}), and sparse input is not supported here; "
            "give a dense array, X.toarray()."
        )
    names: Array | None = None
    if is_frame(X):
        table, names = _from_frame(X, where)
    else:
        array = _as_array(X, where)
        _check_shape(array, where)
        table = _to_numbers(array, where)
    _check_not_empty(table, where)
    return table, names


def count_rows(X: Any, *, where: str) -> int:
    """N of X (N, ...), whatever else X is.  Raises DataError for what has no rows.

    >>> count_rows([["a", None], ["b", 2]], where="doctest")
    2
    """
    shape = getattr(X, "shape", None)
    n_rows = shape[0] if shape else len(X) if hasattr(X, "__len__") else len(np.atleast_1d(np.asarray(X)))
    if n_rows == 0:
        raise DataError(f"{where}: X has 0 rows while a minimum of 1 is required.")
    return int(n_rows)


def check_columns(table: Array, names: Array | None, n_features: int, seen: Array | None, *, where: str) -> None:
    """Raise DataError unless the columns are those fit saw: their names where both have names, their number always.

    The first lines of both errors are word for word scikit-learn's, whose checks look for them.

    >>> check_columns(np.zeros((1, 2)), None, 3, None, where="KMeans")
    Traceback (most recent call last):
    pellucid.errors.DataError: X has 2 features, but KMeans is expecting 3 features as input;
    give the columns it was fitted on, in that order.
    """
    if names is not None and seen is not None and not np.array_equal(names, seen):
        raise DataError(_names_differ(names.tolist(), seen.tolist(), where))
    if table.shape[1] != n_features:
        raise DataError(
            f"X has {table.shape[1]} features, but {where} is expecting {n_features} features as input; "
            "give the columns it was fitted on, in that order."
        )


def check_finite(table: Array, names: Array | None, *, where: str, missing: bool = False) -> None:
    """Raise DataError naming the columns and rows with infinity, or with NaN unless `missing`.

    >>> check_finite(np.array([[1.0, np.nan], [2.0, np.nan]]), None, where="KMeans")
    Traceback (most recent call last):
    pellucid.errors.DataError: KMeans: X holds 2 missing values (NaN) in 1 of 2 columns: 1 (2 rows, first 0, 1).
    Fill them (pellucid.impute.SimpleImputer) or drop these rows or columns.
    """
    if all_finite(table):
        return
    labels = list(range(table.shape[1])) if names is None else names.tolist()
    for bad, what, remedy in (
        (np.isinf(table), "infinite values (inf)", "Replace them, or look for a division by zero where they arose."),
        (
            np.isnan(table),
            "missing values (NaN)",
            "Fill them (pellucid.impute.SimpleImputer) or drop these rows or columns.",
        ),
    ):
        if (missing and "NaN" in what) or not bad.any():
            continue
        columns = np.flatnonzero(bad.any(axis=0))
        places = [f"{labels[d]!r} ({_rows(np.flatnonzero(bad[:, d]))})" for d in columns[:_SHOWN]]
        more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
        raise DataError(
            f"{where}: X holds {int(bad.sum())} {what} in {len(columns)} of {table.shape[1]} columns: "
            f"{', '.join(places)}{more}. {remedy}"
        )


def is_frame(X: Any) -> bool:
    """Whether X is a frame that Narwhals knows (pandas, Polars, Arrow and others), lazy ones included.

    >>> import polars as pl
    >>> is_frame(pl.DataFrame({"a": [1]})), is_frame([[1]])
    (True, False)
    """
    kind = type(X)  # not X itself: a lazy frame computes its columns when they are asked for
    if not hasattr(kind, "columns") and not hasattr(kind, "__dataframe__"):
        return False
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        return isinstance(nw.from_native(X, pass_through=True), nw.DataFrame | nw.LazyFrame)
    except DuplicateError:
        return True


def read_frame(X: Any, *, where: str) -> "nw.DataFrame[Any]":
    """X, of which `is_frame` holds, as a Narwhals frame.  Raises DataError for lazy frames and for a name used twice.

    >>> import polars as pl
    >>> read_frame(pl.DataFrame({"a": [1, 2]}), where="doctest").columns
    ['a']
    """
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        frame = nw.from_native(X)
        if isinstance(frame, nw.DataFrame):
            _ = frame.schema
            return frame
    except DuplicateError as error:
        names = " ".join(str(error).split())
        raise DataError(f"{where}: X has several columns of one name ({names}); give each its own.") from error
    raise DataError(f"{where}: X is a lazy frame, which holds no rows yet; give X.collect().")


def _from_frame(X: Any, where: str) -> tuple[Array, Array | None]:
    """The numbers (N, D) of a frame and its column names, None where one of them is not text."""
    import narwhals as nw

    frame = read_frame(X, where=where)
    usable = (nw.Boolean, nw.Object, nw.Unknown)  # objects are looked at cell by cell
    text = [name for name, dtype in frame.schema.items() if not (dtype.is_numeric() or dtype in usable)]
    if text:
        named = _listed([f"{name!r} ({frame.schema[name]})" for name in text])
        raise DataError(f"{where}: X has columns that are not numbers: {named}; {_ENCODE}")
    columns = [_to_numbers(column.to_numpy(), where, column.name) for column in frame.iter_columns()]
    dtype = _FLOAT32 if columns and all(column.dtype == _FLOAT32 for column in columns) else _FLOAT64
    table = np.empty((len(frame), len(columns)), dtype)
    for d, column in enumerate(columns):
        table[:, d] = column
    names = np.array(frame.columns, dtype=object)
    return table, names if all(isinstance(name, str) for name in names) else None


def _as_array(X: Any, where: str) -> Array:
    """X as an array of whatever dtype; what a mask hides is missing."""
    if isinstance(X, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(X.astype(_FLOAT64), math.nan))
    try:
        array = np.asarray(X)
        mixed = array.dtype.kind == "U" and isinstance(X, list | tuple)  # one text turns all its neighbours into text
        return np.asarray(X, dtype=object) if mixed else array
    except ValueError as error:  # what NumPy says of nested lists of unequal lengths
        if not isinstance(X, list | tuple):
            raise
        lengths = sorted({len(row) if hasattr(row, "__len__") else 1 for row in X})
        raise DataError(
            f"{where}: the rows of X have different lengths ({_listed(lengths)}); give each the same columns."
        ) from error


def _to_numbers(values: Array, where: str, column: str | None = None) -> Array:
    """`values` in float64, or float32 if it came so; `column` names a single column in errors."""
    kind = values.dtype.kind
    if kind == "f":
        return values if values.dtype in (_FLOAT64, _FLOAT32) else values.astype(_FLOAT64)
    if kind in "biu":
        return values.astype(_FLOAT64)
    what = "X" if column is None else f"column {column!r}"
    if kind == "c":
        raise DataError(
            f"{where}: Complex data not supported; {what} is {values.dtype}. "
            "Give its real and imaginary parts as two columns."
        )
    if kind == "O":
        return _from_objects(values, where, column)
    if kind in "Mm":
        raise DataError(
            f"{where}: {what} holds dates or times ({values.dtype}); "
            "give numbers made from them, such as days since a date."
        )
    raise DataError(f"{where}: {what} holds text ({values.dtype}), not numbers; {_ENCODE}")


def _from_objects(values: Array, where: str, column: str | None) -> Array:
    """Numbers out of Python objects: None and NA are NaN; text is refused, also where it could be read as a number."""
    out = np.empty(values.shape, _FLOAT64)
    for place, cell in np.ndenumerate(values):
        try:
            if isinstance(cell, str | bytes):
                raise TypeError
            out[place] = math.nan if is_missing(cell) else float(cell)
        except OverflowError:
            out[place] = math.inf
        except (TypeError, ValueError) as error:
            at = f"row {place[0]}, column {column if column is not None else place[1]!r}"
            if isinstance(cell, str | bytes):
                raise DataError(f"{where}: X holds the text {cell!r} ({at}), not a number; {_ENCODE}") from None
            raise DtypeError(f"{where}: X holds {cell!r} ({at}), which is not a number: {error}.") from error
    return out


def is_missing(cell: object) -> bool:
    """Whether a Python object stands for no value: None, NaN, pandas' NA and NaT.

    >>> [is_missing(cell) for cell in (None, float("nan"), 0, "")]
    [True, True, False, False]
    """
    return cell is None or (isinstance(cell, float) and cell != cell) or type(cell).__name__ in ("NAType", "NaTType")


def _check_shape(table: Array, where: str) -> None:
    if table.ndim == 2:
        return
    if table.ndim > 2:
        raise DataError(
            f"{where}: X has {table.ndim} axes, shape {table.shape}, and a table has 2; "
            "flatten it, X.reshape(len(X), -1)."
        )
    raise DataError(
        f"{where}: X has {table.ndim} axes, shape {table.shape}, and a table has 2. Reshape your data: "
        "X.reshape(-1, 1) if it is one feature, X.reshape(1, -1) if it is one row."
    )


def _check_not_empty(table: Array, where: str) -> None:
    if table.shape[0] == 0:
        raise DataError(f"{where}: X has 0 row(s) (shape={table.shape}) while a minimum of 1 is required.")
    if table.shape[1] == 0:
        raise DataError(f"{where}: X has 0 feature(s) (shape={table.shape}) while a minimum of 1 is required.")


def _rows(rows: Array) -> str:
    return f"row {rows[0]}" if len(rows) == 1 else f"{len(rows)} rows, first {', '.join(map(str, rows[:3]))}"


def _listed(items: list[Any]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(map(str, items[:_SHOWN])) + more


def _names_differ(names: list[str], seen: list[str], where: str) -> str:
    """scikit-learn's text, and then the remedy."""
    unseen, gone = sorted(set(names) - set(seen)), sorted(set(seen) - set(names))
    lines = ["The feature names should match those that were passed during fit."]
    for title, odd in (
        ("Feature names unseen at fit time:", unseen),
        ("Feature names seen at fit time, yet now missing:", gone),
    ):
        if odd:
            lines += [title, *(f"- {name}" for name in odd[:_SHOWN]), *(["- ..."] if len(odd) > _SHOWN else [])]
    if not unseen and not gone:
        lines.append("Feature names must be in the same order as they were in fit.")
    remedy = f"({where}: " + ("add the missing columns." if gone else "select X[model.feature_names_in_].") + ")"
    return "\n".join([*lines, remedy])
