"""Sparse columns as their distinct values and how often each comes, the zeros that are not stored among them.

Here: `distinct`; STATISTICS, which are mean, median and most frequent value of such a column, at the cost of what is
stored.
Elsewhere: `SimpleImputer` fills with them, in _simple.py; sparse rows are read in pellucid.preprocessing.
Imports: numpy only.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def distinct(rows: Any, missing: Array) -> Iterator[tuple[Array, Array]]:
    """Of each column the known values (K,) in ascending order, and their counts (K,).

    rows (N, D) in CSC, missing (entries,) says which stored entries are not known.   O(entries log entries)

    >>> from scipy.sparse import csc_array
    >>> x = csc_array([[3.0], [0.0], [9.0], [3.0], [0.0]])
    >>> [(values.tolist(), counts.tolist()) for values, counts in distinct(x, x.data == 9)]
    [([0.0, 3.0], [2, 2])]
    """
    for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        known = rows.data[start:end][~missing[start:end]]
        unstored = rows.shape[0] - (end - start)
        values, counts = np.unique(np.append(known, 0.0) if unstored else known, return_counts=True)
        counts[values == 0] += max(unstored - 1, 0)
        yield values, counts


def mean(values: Array, counts: Array) -> float:
    """sum_k c_k v_k / sum_k c_k.   (K,), (K,) -> a number"""
    return float(np.average(values.astype(np.float64), weights=counts))


def median(values: Array, counts: Array) -> float:
    """The value in the middle, or between the two in the middle.   (K,) ascending, (K,) -> a number

    >>> median(np.array([0.0, 3.0]), np.array([2, 2]))
    1.5
    """
    ends = counts.cumsum()
    below, above = (values[np.searchsorted(ends, rank, side="right")] for rank in ((ends[-1] - 1) // 2, ends[-1] // 2))
    return float((np.float64(below) + above) / 2)


def most_frequent(values: Array, counts: Array) -> float:
    """The value that comes most often, the smallest among equals.   (K,) ascending, (K,) -> a number"""
    return float(values[counts.argmax()])


STATISTICS: dict[str, Callable[[Array, Array], float]] = {
    "mean": mean,
    "median": median,
    "most_frequent": most_frequent,
}
"""What fills a column, by the name that `SimpleImputer` knows it by."""
