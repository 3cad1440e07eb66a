"""Compiled: tables and rows as trees of drawn cuts want them.

Here: `lay_codes`, `rows_by_class`.
Elsewhere: what codes are is told in _columns.py, where the same in NumPy is `codes_of`.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._columns import NO_VALUE
from pellucid.tree._compiled import compiled
from pellucid.tree._split_kernels import Segments

TOGETHER = 16  # rows; of a column of codes a line of the cache


class Laid(NamedTuple):
    """A table (N, D), and its codes: by_row (N, >= D) and by_column (D, N)."""

    table: Array
    by_row: Array
    by_column: Array


@compiled
def lay_codes(laid: Laid) -> tuple[bool, bool]:
    """The codes of a table; whether all of its numbers are float32, and whether all are present.

    Cells of by_row behind those of the columns: the number of the row in the first, zeros in the others.
    """
    table, by_row, by_column = laid.table, laid.by_row, laid.by_column
    n_rows, n_features = table.shape
    exact, present = True, True
    for begin in range(0, n_rows, TOGETHER):
        end = begin + TOGETHER if begin + TOGETHER < n_rows else n_rows
        for i in range(begin, end):
            for f in range(n_features):
                number = table[i, f] + 0.0  # -0.0 would have a place of its own
                near = np.float32(number)
                bits = near.view(np.int32)
                code = (bits ^ ((bits >> np.int32(31)) & np.int32(NO_VALUE))) - np.int32(np.float64(near) > number)
                by_row[i, f] = code if number == number else np.int32(NO_VALUE)
                exact &= (np.float64(near) == number) | (number != number)
                present &= number == number
            for f in range(n_features, by_row.shape[1]):
                by_row[i, f] = i if f == n_features else 0
        for f in range(n_features):
            for i in range(begin, end):
                by_column[f, i] = by_row[i, f]
    return exact, present


@compiled
def rows_by_class(target: Segments, first: Array, rows: Array) -> tuple[int, bool]:
    """Rows of positive weight into `rows`, in the order of their classes and of each as they come; how many, and
    whether all of these weigh 1.   first (K + 1,): room to work in
    """
    y, weight, ones = target.y, target.weight, True
    for k in range(len(first)):
        first[k] = 0
    for i in range(len(y)):
        if weight[i] > 0.0:
            first[y[i] + 1] += 1
            ones &= weight[i] == 1.0
    for k in range(len(first) - 1):
        first[k + 1] += first[k]
    n = first[len(first) - 1]
    for i in range(len(y)):
        if weight[i] > 0.0:
            rows[first[y[i]]] = i
            first[y[i]] += 1
    return n, ones
