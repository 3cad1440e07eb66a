"""The two sides of a split, as tables with the same columns.

Here: `Sides`, `sides_of`, `column_of`: what a user gave, checked and brought to one form, and cells as code numbers.
Elsewhere: the checks that read them are in _leak_rows.py, _leak_columns.py and _leak_order.py.
Imports: numpy, pellucid.base, pellucid.data, pellucid.errors; Polars inside the functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from pellucid.base import is_frame, same_rows
from pellucid.data import ColumnReport, Table, as_table
from pellucid.errors import ColumnError, DataError, ParameterError

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[Any]

MOST_CODES = 10  # distinct whole numbers that still look like classes, as in pellucid.auto
SHOWN = 5  # columns named in an error; the rest is counted


@final
@dataclass(frozen=True)
class Sides:
    """Training and test rows with the same columns in the same order; y's are one-column tables, or None.

    classes: whether the target is one of some classes rather than a number.
    """

    train: Table
    test: Table
    y_train: Table | None
    y_test: Table | None
    classes: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of both sides."""
        return self.train.columns

    def codes(self) -> list[Array]:
        """Each column, and y where both sides have it, as code numbers (N_train + N_test,) int64.

        Equal cells have equal codes; numbers are coded in their order; a missing cell is -1.
        """
        pairs = [(self.train, self.test)]
        if self.y_train is not None and self.y_test is not None:
            pairs.append((self.y_train, self.y_test))
        return [codes_of(joined(a.frame[name], b.frame[name])) for a, b in pairs for name in a.columns]


def joined(first: pl.Series, second: pl.Series) -> pl.Series:
    """One column after the other."""
    return first.rename("x").append(second.rename("x"))


def codes_of(series: pl.Series) -> Array:
    """Code numbers (N,) of a settled column: 0, 1, ... in the order of the values, -1 where missing.

    >>> import polars as pl
    >>> codes_of(pl.Series([2.5, None, 0.5, 2.5])).tolist(), codes_of(pl.Series(["b", "a", None])).tolist()
    ([1, -1, 0, 1], [1, 0, -1])
    """
    import polars as pl

    if series.dtype == pl.String:
        levels = series.drop_nulls().unique().sort()
        codes = series.replace_strict(levels, pl.Series(range(len(levels)), dtype=pl.Int64), default=None)
    else:
        codes = series.cast(pl.Float64).rank("dense").cast(pl.Int64) - 1
    return codes.fill_null(-1).to_numpy()


def sides_of(X_train: Any, X_test: Any, y_train: Any, y_test: Any, task: str, target: str = "the target") -> Sides:
    """The sides as they were given, checked; without y, the column `target` of X is y where there is one.

    Raises DataError for empty sides, for cells that are no number, text or time, for a column of another kind on the
    other side, and for X and y of different lengths; ColumnError for a column on one side only; ParameterError for an
    unknown task.
    """
    if task not in ("auto", "classification", "regression"):
        raise ParameterError(f"find_leaks: task is {task!r}; it must be 'auto', 'classification' or 'regression'.")
    train, test = _alike(_table(X_train, "X_train"), _table(X_test, "X_test"))
    if y_train is None and y_test is None and target in train.columns:
        y_train, y_test = train.frame[target], test.frame[target]
        train, test = train.drop(target), test.drop(target)
    left, right = (_target(y, n, side) for y, n, side in ((y_train, len(train), "train"), (y_test, len(test), "test")))
    if left is not None and right is not None:
        left, right = _alike(left, right)
    return Sides(train, test, left, right, left is not None and _is_classes(left, task))


def column_of(given: Any, sides: Sides, name: str) -> tuple[pl.Series, pl.Series]:
    """A column that is asked for by its name in X, or given as a pair (of the training rows, of the test rows)."""
    if isinstance(given, str):
        for table in (sides.train, sides.test):
            table.select(given)  # raises with the closest names
        return sides.train.frame[given], sides.test.frame[given]
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ParameterError(
            f"find_leaks: {name} is a {type(given).__name__}; give the name of a column, or a pair: that of the "
            "training rows and that of the test rows."
        )
    first, second = (_one(cells, f"{name}, {side}") for cells, side in zip(given, ("train", "test"), strict=True))
    for table, rows in ((first, len(sides.train)), (second, len(sides.test))):
        same_rows(rows, len(table), where=f"find_leaks, {name}")
    first, second = _alike(first, second)
    return first.frame["y"], second.frame["y"]


def _table(X: Any, where: str) -> Table:
    if isinstance(X, Table | Mapping) or is_frame(X):
        table = as_table(X)
    elif hasattr(X, "tocsr"):
        raise DataError(f"find_leaks: {where} is sparse; give a dense array, {where}.toarray().")
    else:
        table = as_table(_columns(X, where))
    if len(table) == 0:
        raise DataError(f"find_leaks: {where} has no rows; there is nothing to compare. Give both sides of a split.")
    return table


def _columns(X: Any, where: str) -> dict[str, Array]:
    """An array's columns under the names x0, x1, ..."""
    try:
        array = np.asarray(X)
        if array.dtype.kind == "U" and isinstance(X, list | tuple):
            array = np.asarray(X, dtype=object)  # one text turns all its neighbours into text
    except ValueError as error:
        raise DataError(f"find_leaks: {where} has rows of different lengths; give each the same columns.") from error
    if array.ndim == 0 or array.size == 0:
        raise DataError(f"find_leaks: {where} has shape {array.shape}, no rows or no columns; give a table.")
    flat = array.reshape(len(array), -1)
    return {f"x{d}": flat[:, d] for d in range(flat.shape[1])}


def _alike(train: Table, test: Table) -> tuple[Table, Table]:
    """Both sides with the same columns, in the order and of the kinds of the training side.

    A column that is missing throughout one side is taken to be of the other side's kind.
    """
    odd = sorted(set(train.columns) ^ set(test.columns))
    if odd:
        shown = ", ".join(f"{name!r} only in {'train' if name in train.columns else 'test'}" for name in odd[:SHOWN])
        more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
        raise ColumnError(f"find_leaks: the two sides have different columns: {shown}{more}. Give both the same.")
    test = test.select(train.columns)
    dtypes: dict[Any, Any] = {}
    reports = []
    for left, right in zip(train.report.columns, test.report.columns, strict=True):
        first, second = train.frame[left.name], test.frame[left.name]
        believed, dtype = (right, second.dtype) if _is_empty(first) else (left, first.dtype)
        if first.dtype != second.dtype and not _is_empty(first) and not _is_empty(second):
            believed, dtype = _both(left, right, first, second)
        dtypes[left.name] = dtype
        reports.append(believed)
    report = replace(train.report, columns=tuple(reports))
    return Table(train.frame.cast(dtypes), report), Table(test.frame.cast(dtypes), report)


def _both(left: ColumnReport, right: ColumnReport, first: pl.Series, second: pl.Series) -> tuple[ColumnReport, Any]:
    """The kind that holds the cells of both sides: truths are numbers beside numbers; text is only text."""
    import polars as pl

    if pl.String in (first.dtype, second.dtype):
        raise DataError(
            f"find_leaks: column {left.name!r} holds a {left.kind} in train and a {right.kind} in test; read both "
            "sides alike."
        )
    return (left if left.kind == "number" else right), pl.Float64()


def _is_empty(series: pl.Series) -> bool:
    return series.null_count() == len(series)


def _target(y: Any, n_rows: int, side: str) -> Table | None:
    if y is None:
        return None
    table = _one(y, f"y_{side}")
    same_rows(n_rows, len(table), where=f"find_leaks, {side}")
    return table


def _one(cells: Any, where: str) -> Table:
    """One column as a table whose only name is y."""
    if isinstance(cells, Table | Mapping) or is_frame(cells):
        table = as_table(cells)
        if len(table.columns) != 1:
            raise DataError(f"find_leaks: {where} has {len(table.columns)} columns; give one.")
        return as_table({"y": table.frame.to_series()})
    try:
        array = cells if hasattr(cells, "__len__") and not hasattr(cells, "shape") else np.asarray(cells)
    except ValueError as error:
        raise DataError(f"find_leaks: {where} is no column: {error}.") from error
    if isinstance(array, np.ndarray):
        array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    return as_table({"y": array})


def _is_classes(y: Table, task: str) -> bool:
    """Whether a target is classes: words, truths, or few whole numbers."""
    if task != "auto" or y.kinds["y"] != "number":
        return task != "regression"
    known = np.unique(y.frame["y"].drop_nulls().to_numpy())
    return len(known) <= MOST_CODES and bool((known == np.floor(known)).all())
