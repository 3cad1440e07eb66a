"""Tables for histograms: each cell as one of at most 255 bins, or as missing.

Here: `Bins`.
Elsewhere: what is done with them is in _histogram_kernels.py; exact ranks for exact splits in pellucid.tree.
Imports: numpy and pellucid.base.
"""

from typing import Any, final

import numpy as np

from pellucid.base._tables import Array

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
        sample = table
        if len(table) > SAMPLE_ROWS:
            sample = table[np.sort(rng.choice(len(table), SAMPLE_ROWS, replace=False))]
        for f in range(n_features):
            column = (table if self.category[f] else sample)[:, f]
            column = column[~np.isnan(column)]
            self.ends.append(_frequent(column, max_bins) if self.category[f] else _ends(column, max_bins))
        self.n_bins = np.array(
            [len(ends) + (not by_place) for ends, by_place in zip(self.ends, self.category, strict=True)],
            dtype=np.int64,
        )

    def codes(self, table: Array) -> Array:
        """The bin of each cell.   table (N, D) -> (N, D) uint8"""
        out = np.empty(table.shape, np.uint8)
        for f, ends in enumerate(self.ends):
            column = table[:, f]
            missing = np.isnan(column)
            if self.category[f]:
                place = (
                    np.full(256, MISSING, np.uint8)
                    if not len(ends)
                    else np.full(int(ends.max()) + 1, MISSING, np.uint8)
                )
                place[ends.astype(np.int64)] = np.arange(len(ends))
                inside = ~missing & (column < len(place))
                out[:, f] = MISSING
                out[inside, f] = place[column[inside].astype(np.int64)]
            else:
                out[:, f] = np.searchsorted(ends, column, side="left")
                out[missing, f] = MISSING
        return out


def _ends(column: Array, max_bins: int) -> Array:
    """Midpoints of the distinct values, or of neighbours at max_bins - 1 quantiles."""
    values = np.unique(column)
    if len(values) <= max_bins:
        low, high = values[:-1], values[1:]
        middle = 0.5 * low + 0.5 * high
        return np.where((low <= middle) & (middle < high), middle, low)
    shares = np.arange(1, max_bins) / max_bins
    return np.unique(np.quantile(column, shares, method="midpoint"))


def _frequent(column: Array, max_bins: int) -> Array:
    """The most frequent categories, in their order."""
    places, counts = np.unique(column, return_counts=True)
    return np.sort(places[np.argsort(-counts, kind="stable")[:max_bins]])
