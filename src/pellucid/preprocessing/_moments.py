"""Mean and variance by column: weighted, blind to NaN, and mergeable.

Here: `Moments`, with `moments_of` a table, `sparse_moments_of` sparse rows and `merged` of two.
Elsewhere: `StandardScaler` keeps them, in _scaling.py.
Imports: numpy only.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BLOCK_VALUES = 1 << 16  # numbers looked at together: 512 KiB, which stay in the cache and take no new pages


class Moments(NamedTuple):
    """What a table's columns have been seen to be, each (D,) in float64; NaN where a column has no known entry."""

    weight: Array
    """Rows with a known entry, or their weight."""
    mean: Array
    variance: Array
    """Of the population: divided by the weight, not by one less."""


def moments_of(table: Array, row_weight: Array | None) -> Moments:
    """Moments of the known entries, in two passes.

        m' = sum_n w_n x_n / W,    r = sum_n w_n (x_n - m') / W,    m = m' + r,    v = sum_n w_n (x_n - m')^2 / W - r^2

    table (N, D), row_weight (N,) or None -> (D,) each. r is 0 but for the rounding of m', and takes it out of both.
    By blocks of rows, so that no second table is made.
    Source: Chan, Golub and LeVeque, The American Statistician 37, 1983.

    >>> moments_of(np.array([[1.0], [3.0], [np.nan]]), None)
    Moments(weight=array([2.]), mean=array([2.]), variance=array([1.]))
    """
    w = np.ones(len(table)) if row_weight is None else row_weight
    step = max(1, BLOCK_VALUES // table.shape[1])
    blocks = [slice(start, start + step) for start in range(0, len(table), step)]
    zero = np.zeros(table.shape[1])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # 0/0 of a column without entries is meant
        total, weight = sum((w[rows] @ table[rows] for rows in blocks), zero), np.full(table.shape[1], w.sum())
        complete = bool(np.isfinite(total).all())
        if not complete:
            known = [~np.isnan(table[rows]) for rows in blocks]
            weight = sum((w[rows] @ seen for rows, seen in zip(blocks, known, strict=True)), zero)
            cells = (np.where(seen, table[rows], 0.0) for rows, seen in zip(blocks, known, strict=True))
            total = sum((w[rows] @ part for rows, part in zip(blocks, cells, strict=True)), zero)
        mean = total / weight
        left, square = zero.copy(), zero.copy()
        for rows in blocks:
            gap = table[rows] - mean  # float64 also for a float32 table
            if not complete:
                gap[np.isnan(gap)] = 0.0
            left += w[rows] @ gap
            square += w[rows] @ np.square(gap, out=gap)
        left /= weight
        variance = square / weight - np.square(left)
    return Moments(weight, mean + left, np.maximum(variance, 0.0))


def sparse_moments_of(rows: Any, row_weight: Array | None) -> Moments:
    """As `moments_of`, of rows (N, D) in CSC: what is not stored counts as 0, and only what is stored is looked at.

        v = (sum_stored w_n (x_n - m')^2 + (W - W_stored) m'^2) / W - r^2

    >>> from scipy.sparse import csc_array
    >>> sparse_moments_of(csc_array([[4.0], [0.0], [0.0], [0.0]]), None)
    Moments(weight=array([4.]), mean=array([1.]), variance=array([3.]))
    """
    n_rows, width = rows.shape
    w = np.ones(n_rows) if row_weight is None else row_weight
    x, w_entry = rows.data.astype(np.float64), w[rows.indices]
    column = np.repeat(np.arange(width), np.diff(rows.indptr))
    known = ~np.isnan(x)
    weight = w.sum() - _by_column(w_entry * ~known, column, width)
    x, column, w_entry = x[known], column[known], w_entry[known]
    with np.errstate(divide="ignore", invalid="ignore"):  # 0/0 of a column without known cells is NaN, and meant
        mean = _by_column(w_entry * x, column, width) / weight
        some = np.diff(rows.indptr) < n_rows  # where all are stored, the difference of two sums is 0, and not rounding
        unstored, gap = some * (weight - _by_column(w_entry, column, width)), x - mean[column]
        left = (_by_column(w_entry * gap, column, width) - unstored * mean) / weight
        square = _by_column(w_entry * np.square(gap), column, width) + unstored * np.square(mean)
        variance = square / weight - np.square(left)
    return Moments(weight, mean + left, np.maximum(variance, 0.0))


def _by_column(values: Array, column: Array, width: int) -> Array:
    """Sums of the values (entries,) of each column.   -> (D,)"""
    return np.bincount(column, weights=values, minlength=width)


def merged(old: Moments, new: Moments) -> Moments:
    """Moments of two tables on top of each other.

        W = W1 + W2,   m = (W1 m1 + W2 m2) / W,   v = (W1 v1 + W2 v2) / W + W1 W2 (m1 - m2)^2 / W^2

    A column without entries in one of them has the moments of the other.   Source: as `moments_of`.

    >>> merged(moments_of(np.array([[1.0], [3.0]]), None), moments_of(np.array([[5.0]]), None)).mean
    array([3.])
    """
    weight = old.weight + new.weight
    with np.errstate(divide="ignore", invalid="ignore"):
        share = new.weight / weight
        mean = old.mean + (new.mean - old.mean) * share
        variance = old.variance * (1 - share) + new.variance * share
        variance += np.square(new.mean - old.mean) * share * (1 - share)
    only = [
        np.where(new.weight == 0, one, np.where(old.weight == 0, other, both))
        for one, other, both in ((old.mean, new.mean, mean), (old.variance, new.variance, variance))
    ]
    return Moments(weight, only[0], only[1])
