"""Tables of anything, column by column, as encoders and imputers take them.

Here: `Cells` and `read_cells`.
Elsewhere: tables of numbers only are read by pellucid.base.check_table, whole data sets by pellucid.data.
Imports: numpy, pellucid.base, pellucid.errors; Narwhals inside the function that reads frames.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.base import check_table, is_frame
from pellucid.errors import DataError

Array = NDArray[Any]


class Cells(NamedTuple):
    """D columns of N cells: numbers and truths in the dtype they came in, all else as objects."""

    columns: list[Array]
    names: Array | None
    """(D,) where X was a frame with names."""


def read_cells(X: Any, *, where: str) -> Cells:
    """X, a list of rows, a two-dimensional array or a frame, as columns; NaN, None and NA may stand for missing cells.

    Raises DataError for sparse, complex and infinite values and for other numbers of axes than two.

    >>> [column.dtype.name for column in read_cells([["a", 1], ["b", 2]], where="doctest").columns]
    ['object', 'object']
    """
    if is_frame(X):
        cells = _frame_cells(X)
    else:
        array = _array(X, where)
        if array.dtype.kind in "US" and not hasattr(X, "dtype"):
            array = np.array(X, dtype=object)  # NumPy would turn the numbers of mixed rows into text
        if array.dtype.kind not in "OUSTb" or array.ndim != 2 or hasattr(X, "tocsr"):
            check_table(X, where=where, missing=True)  # words every error there can be; the dtype stays as it came
        cells = Cells([_plain(column) for column in array.T], None)
    if not cells.columns or not len(cells.columns[0]):
        shape = (len(cells.columns[0]) if cells.columns else 0, len(cells.columns))
        missing = "0 feature(s)" if shape[1] == 0 else "0 row(s)"
        raise DataError(f"{where}: X has {missing} (shape={shape}) while a minimum of 1 is required.")
    return cells


def _array(X: Any, where: str) -> Array:
    try:
        return np.asarray(X)
    except ValueError:
        check_table(X, where=where)  # says which lengths the rows have
        raise


def _frame_cells(X: Any) -> Cells:
    import narwhals as nw

    frame = nw.from_native(X, eager_only=True)
    names = frame.columns
    named = all(isinstance(name, str) for name in names)
    return Cells([_plain(frame[name].to_numpy()) for name in names], np.array(names, dtype=object) if named else None)


def _plain(column: Array) -> Array:
    """Text of fixed width as objects, which can be of any width."""
    return column.astype(object) if column.dtype.kind in "UST" else column
