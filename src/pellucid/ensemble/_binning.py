"""Tables for histograms: each cell as one of at most 255 bins, or as missing.

Here: `Bins`.
Elsewhere: what is done with them is in _histogram_kernels.py; exact ranks for exact splits in pellucid.tree.
Imports: numpy, pellucid.base and pellucid.ops; pellucid.tree and Numba inside `codes`.
"""

from typing import Any, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.ops._threads import in_parts

MISSING = 255  # the bin of no value; the others are 0 ... 254
SAMPLE_ROWS = 200_000  # rows that quantiles are taken of; the error of a share is then below 0.003


@final
class Bins:
    """Where the bins of each column end, learned from a table (N, D), NaN where missing.

    A column with at most `max_bins` distinct values has a bin for each; others are cut at quantiles.  A category is
    its own bin; beyond the `max_bins` most frequent ones they are taken as missing.

    >>> bins = Bins(np.array([[1.0], [5.0], [np.nan], [5.0]]), [None], max_bins=255, rng=np.random.default_rng(0))
    >>> bins.ends[0].tolist(), bins.codes(np.array([[2.0], [9.0], [np.nan]])).ravel().tolist()
    ([3.0], [0, 1, 255])
    """

    def __init__(self, table: Array, categories: list[Any], max_bins: int, rng: np.random.Generator) -> None:
        n_features = table.shape[1]
        self.category = np.array([known is not None for known in categories])
        self.ends: list[Array] = []
        """For each column the upper ends of all its bins but the last; for a category the place of each, by bin."""
        places: Any = slice(None)
        if len(table) > SAMPLE_ROWS:
            places = np.sort(rng.choice(len(table), SAMPLE_ROWS, replace=False))

        from pellucid.tree._ranks import in_order

        def ends_of(columns: slice) -> list[Array]:
            out = []
            for f in range(columns.start, columns.stop):
                column = in_order(table[:, f] if self.category[f] else table[places, f])
                out.append(_frequent(column, max_bins) if self.category[f] else _ends(column, max_bins))
            return out

        for part in in_parts(n_features, 8 * min(len(table), SAMPLE_ROWS), ends_of):
            self.ends += part
        self.n_bins = np.array(
            [len(ends) + (not by_place) for ends, by_place in zip(self.ends, self.category, strict=True)],
            dtype=np.int64,
        )

    def codes(self, table: Array) -> Array:
        """The bin of each cell.   table (N, D) -> (N, D) uint8, those of a column side by side in memory"""
        from pellucid.tree._bin_kernels import find_bins

        out = np.empty(table.shape[::-1], np.uint8)
        columns = np.flatnonzero(~self.category)
        ends = np.full((len(columns), MISSING), np.inf)
        for j, f in enumerate(columns):
            ends[j, : len(self.ends[f])] = self.ends[f]
        in_parts(len(table), 8 * len(columns), lambda rows: find_bins(table, ends, columns, rows.start, rows.stop, out))
        for f in np.flatnonzero(self.category):
            known = self.ends[f]
            place = np.full(int(known.max()) + 1 if len(known) else 1, MISSING, np.uint8)
            place[known.astype(np.int64)] = np.arange(len(known))
            column = table[:, f]
            inside = column < len(place)  # NaN is not
            out[f] = MISSING
            out[f, inside] = place[column[inside].astype(np.int64)]
        return out.T


def _ends(column: Array, max_bins: int) -> Array:
    """Midpoints of the distinct values, or of neighbours at max_bins - 1 quantiles.   column (n,) in order"""
    values = column[np.append(True, column[1:] != column[:-1])] if len(column) else column
    if len(values) <= max_bins:
        low, high = values[:-1], values[1:]
        middle = 0.5 * low + 0.5 * high
        return np.where((low <= middle) & (middle < high), middle, low)
    at = np.arange(1, max_bins) * (len(column) - 1) / max_bins
    low, high = column[np.floor(at).astype(np.int64)], column[np.ceil(at).astype(np.int64)]
    return np.unique(0.5 * low + 0.5 * high)


def _frequent(column: Array, max_bins: int) -> Array:
    """The most frequent categories, in their order."""
    places, counts = np.unique(column, return_counts=True)
    return np.sort(places[np.argsort(-counts, kind="stable")[:max_bins]])
