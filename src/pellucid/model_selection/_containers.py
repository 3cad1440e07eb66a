"""Rows of whatever a user holds.

Here: `n_rows` and `take_rows`, for lists, arrays, sparse matrices, tensors, pandas, Polars, Arrow and pellucid tables;
`take_square`, for what each row is to each other one.
Elsewhere: which rows to take is decided in _rows.py and _folds.py.
Imports: numpy and pellucid.errors; containers are known by what they can do, never by import.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError


def n_rows(container: Any) -> int:
    """Number of rows; raises DataError for what has none.

    >>> n_rows([[1, 2], [3, 4], [5, 6]])
    3
    """
    shape = getattr(container, "shape", None)
    if shape is not None and len(shape) > 0:
        return int(shape[0])
    if shape is None and hasattr(container, "__len__"):
        return len(container)
    if shape is None and hasattr(container, "__array__"):
        return n_rows(np.asarray(container))
    raise DataError(f"rows: {type(container).__name__} has no rows to split; give an array, list, frame or table.")


def take_rows(container: Any, rows: NDArray[np.int64]) -> Any:
    """These rows, in this order, in a container of the same kind.

    rows (M,) -> M rows. Lists stay lists and tuples tuples; frames keep columns, types and the labels of their rows.

    >>> take_rows(["a", "b", "c"], np.array([2, 0]))
    ['c', 'a']
    """
    if isinstance(container, list | tuple):
        return type(container)([container[row] for row in rows.tolist()])
    if hasattr(container, "iloc"):  # pandas
        return container.iloc[rows]
    if hasattr(container, "take") and not hasattr(container, "ndim"):  # Arrow, pellucid.data.Table
        return container.take(rows)  # (arrays and tensors have a `take` too, which flattens them)
    if hasattr(container, "tocsr"):  # sparse: some of its formats cannot be asked for rows
        return container.tocsr()[rows]
    if hasattr(container, "__getitem__"):
        return container[rows]
    return np.asarray(container)[rows]


def take_square(container: Any, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Any:
    """These rows and columns of an array, sparse matrix or frame (N, N) of what each row is to each other one.

    rows (M,), columns (K,) -> (M, K).  Raises DataError for what is not square.

    >>> take_square(np.arange(9).reshape(3, 3), np.array([2]), np.array([0, 1])).tolist()
    [[6, 7]]
    """
    square = container if hasattr(container, "shape") else np.asarray(container)
    if len(square.shape) != 2 or square.shape[0] != square.shape[1]:
        raise DataError(
            f"X should be a square kernel or distance matrix for an estimator that takes such; it has shape "
            f"{tuple(square.shape)}. Give what each row is to each other one, (N, N)."
        )
    if hasattr(square, "iloc"):
        return square.iloc[rows, columns]
    return square.tocsr()[rows][:, columns] if hasattr(square, "tocsr") else np.asarray(square)[np.ix_(rows, columns)]


def check_same_rows(X: Any, *others: Any, where: str) -> None:
    """Raise DataError unless all have as many rows as X; None is skipped.

    >>> check_same_rows([1, 2], None, [3], where="cross_validate")
    Traceback (most recent call last):
    pellucid.errors.DataError: cross_validate: X has 2 rows, and what belongs to them 1; they must be equally many.
    """
    n = n_rows(X)
    for other in others:
        if other is not None and n_rows(other) != n:
            raise DataError(
                f"{where}: X has {n} rows, and what belongs to them {n_rows(other)}; they must be equally many."
            )
