"""Second moments of rows and targets: all that least squares needs of the data.

Here: `Moments`; `moments`, which finds them in two passes over the rows; `centred_blocks`, the second of these;
`with_residuals`, for a second solution that mends the first.
Elsewhere: Ridge and coordinate descent solve from them.
Imports: numpy, pellucid.base and this package.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from pellucid.base._tables import Array
from pellucid.linear_model._rows import Rows, as_float64, column_means, is_sparse, row_scaled

BLOCK_BYTES = 2**20  # of centred rows at a time: they stay in a second-level cache between centring and product


@final
@dataclass(frozen=True)
class Moments:
    """Weighted sums over the rows x_i (D,) and their targets y_i (T,), both less their means.

    gram = sum_i s_i x_i x_i^T,    product = sum_i s_i x_i y_i^T,    power = sum_i s_i y_i^2,    total = sum_i s_i
    """

    centre: Array
    """Means (D,) that were taken off the features; zeros where they were not."""
    level: Array
    """Means (T,) that were taken off the targets."""
    gram: Array  # (D, D)
    product: Array  # (D, T)
    power: Array  # (T,)
    total: float
    taken: Array | float = 0.0
    """Squares (D,) that were taken off the diagonal of a gram of rows that stayed sparse: it carries their rounding."""

    @property
    def scale(self) -> Array:
        """The squares (D,) of the columns as they were multiplied; a part of them near 1e-16 is rounding."""
        squares: Array = self.gram.diagonal() + self.taken
        return squares


def means(rows: Rows, aims: Array, weights: Array | None, centred: bool) -> tuple[Array, Array]:
    """What is to be taken off features (D,) and targets (T,): their weighted means, or zeros.   aims (N, T)"""
    if not centred:
        return np.zeros(rows.shape[1]), np.zeros(aims.shape[1])
    return column_means(rows, weights), np.average(aims, axis=0, weights=weights)


def moments(rows: Rows, aims: Array, weights: Array | None, centred: bool) -> Moments:
    """The moments of rows (N, D) and aims (N, T); weights (N,), None for ones.

    Dense rows are centred before they are multiplied, a block at a time: features far from zero lose no digits, and no
    second table is made.  Sparse rows stay sparse, N centre centre^T is taken off afterwards: digits are lost where a
    mean is large beside the spread.

    >>> found = moments(np.array([[1.0], [3.0]]), np.array([[5.0], [9.0]]), None, True)
    >>> found.centre.tolist(), found.gram.tolist(), found.product.tolist()
    ([2.0], [[2.0]], [[4.0]])
    """
    centre, level = means(rows, aims, weights, centred)
    off = aims - level
    total = float(rows.shape[0]) if weights is None else float(weights.sum())
    root = None if weights is None else np.sqrt(weights)
    if root is not None:
        off *= root[:, None]
    power = np.einsum("nt,nt->t", off, off)
    if is_sparse(rows):
        scaled = as_float64(rows) if root is None else row_scaled(as_float64(rows), root)
        gram = (scaled.T @ scaled).toarray() - total * np.outer(centre, centre)
        return Moments(centre, level, gram, scaled.T @ off, power, total, total * centre**2)
    n_features = rows.shape[1]
    gram, product = np.zeros((n_features, n_features)), np.zeros((n_features, aims.shape[1]))
    for where, part in centred_blocks(rows, centre, root):
        gram += part.T @ part
        product += part.T @ off[where]
    return Moments(centre, level, gram, product, power, total)


def with_residuals(known: Moments, rows: Rows, aims: Array, weights: Array | None, slopes: Array) -> Moments:
    """`known`, of rows (N, D) and aims (N, T), with the product of what `slopes` (D, T) leave of the aims."""
    rest = aims - known.level - (rows @ slopes - known.centre @ slopes)  # (N, T)
    if weights is not None:
        rest *= weights[:, None]
    return replace(known, product=rows.T @ rest - np.outer(known.centre, rest.sum(axis=0)))


def centred_blocks(rows: Array, centre: Array, root: Array | None) -> Iterator[tuple[slice, Array]]:
    """root_i (x_i - centre) of all rows, some at a time, and where.   rows (N, D), root (N,) or None for ones"""
    step = max(1, BLOCK_BYTES // (8 * rows.shape[1]), rows.shape[1])
    for start in range(0, len(rows), step):
        where = slice(start, start + step)
        part = rows[where] - centre  # float64, whatever the rows are
        if root is not None:
            part *= root[where, None]
        yield where, part
