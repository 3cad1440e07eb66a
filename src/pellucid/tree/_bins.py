"""Tables of few codes, for trees whose cuts lie between bins.

Here: `coded_for`, `bin_table`.
Elsewhere: codes for exact cuts are made in _columns.py; the bins of boosting, whose quantiles are those of a sample,
in pellucid.ensemble.
Imports: numpy, pellucid.errors, pellucid.ops and this package; Numba inside the functions.
"""

from typing import Any

import numpy as np

from pellucid.base._tables import Array
from pellucid.errors import DataError
from pellucid.ops._threads import in_parts
from pellucid.tree._columns import NO_BITS, BinnedTable, Coded, MixedBinnedTable, code_table
from pellucid.tree._ranks import in_order

MISSING = 255  # the code of no value; the others are 0 ... 254


def coded_for(estimator: Any, table: Array, weights: Array | None) -> Coded:
    """What the trees of an estimator search for splits: exact codes, or bins where it has max_bins.

    table (N, D) as `_fit_mixed` gives it, weights (N,) or None.
    """
    if estimator.max_bins is None:
        return code_table(table, estimator.categories_)
    where, names = type(estimator).__name__, estimator._column_names()
    return bin_table(table, estimator.categories_, weights, int(estimator.max_bins), names, where)


def bin_table(
    table: Array, categories: list[Any], weights: Array | None, max_bins: int, names: list[str], where: str
) -> Coded:
    """A table (N, D), NaN where missing, as at most max_bins <= 255 codes a column.

    A column of numbers with no more distinct values has a code for each; others are cut into bins of about the same
    weight (N,), None where each row weighs 1.  Categories are their numbers.
    Raises DataError for a column of more than 255 categories.

    >>> X = np.array([[1.0], [5.0], [6.0], [np.nan], [9.0]])
    >>> coded = bin_table(X, [None], None, 2, ["x0"], "doctest")
    >>> coded.table.codes.tolist(), coded.highest[0, :2].tolist(), coded.lowest[0, :2].tolist()
    ([[0, 0, 1, 255, 1]], [5.0, 9.0], [1.0, 6.0])
    """
    from pellucid.tree._bin_kernels import cut_into_bins, find_bins

    n_rows, n_features = table.shape
    size = np.array([0 if known is None else len(known) for known in categories])
    if (size > MISSING).any():
        f = int(np.argmax(size > MISSING))
        raise DataError(
            f"{where}: column {names[f]!r} has {size[f]} categories, and max_bins leaves room for {MISSING}; put rare "
            "ones together, or leave max_bins out for exact cuts."
        )
    columns = np.flatnonzero(size == 0)
    ends = np.full((len(columns), MISSING), np.inf)
    lowest, highest = np.zeros((2, n_features, MISSING))

    def cut(part: slice) -> None:
        for j in range(part.start, part.stop):
            f = columns[j]
            x, w = table[:, f], np.empty(0)
            if weights is None:
                x = in_order(x)
            else:
                rows = np.flatnonzero(weights > 0)
                rows = rows[np.argsort(x[rows], kind="stable")]
                x, w = x[rows], weights[rows]
                x = x[: np.searchsorted(x, np.nan)]  # NaN last
            n_bins = cut_into_bins(x, w, max_bins, lowest[f], highest[f])
            ends[j, : max(n_bins - 1, 0)] = highest[f, : max(n_bins - 1, 0)]

    in_parts(len(columns), 8 * n_rows, cut)
    codes = np.empty((n_features, n_rows), np.uint8)
    in_parts(n_rows, 8 * len(columns), lambda rows: find_bins(table, ends, columns, rows.start, rows.stop, codes))
    for place in np.flatnonzero(size):
        codes[place] = np.where(np.isnan(table[:, place]), MISSING, table[:, place])
    by_row = np.ascontiguousarray(codes.T)
    kind = MixedBinnedTable if size.any() else BinnedTable
    return Coded(kind(codes, by_row, NO_BITS, size, size > 0, np.uint32(MISSING)), lowest, highest)
