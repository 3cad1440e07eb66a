"""How many components a table has.

Here: `minka_rank`, by likelihood; `rank_for_share`, by variance.
Elsewhere: PCA asks for them in _pca.py.
Imports: numpy and pellucid.base.
"""

from math import lgamma

import numpy as np

from pellucid.base._tables import Array

VARIANCE_MIN = 1e-15  # scikit-learn's: below it a variance counts as none


def rank_for_share(share: Array, wanted: float) -> int:
    """The fewest components whose shares of the variance sum up to more than `wanted`.   share (K,), falling

    >>> rank_for_share(np.array([0.6, 0.3, 0.1]), 0.7)
    2
    """
    return int(np.searchsorted(np.cumsum(share), wanted, side="right")) + 1


def minka_rank(variance: Array, n_rows: int) -> int:
    """The number q of components, 1 <= q < D, under which the rows are most likely.

        log P(X | q) ~ log P(U) - N/2 sum_{i <= q} log v_i - N (D - q)/2 log v + (m + q)/2 log 2 pi
                       - 1/2 sum_{i <= q} sum_{j > i} log [ (v_i - v_j)(1/w_j - 1/w_i) N ] - q/2 log N

        v = mean of v_j over j > q,    w_j = v_j for j <= q, else v,    m = D q - q (q + 1)/2

    variance (D,): all variances v_1 >= v_2 >= ... of the principal components.  Cost O(D^3).  Pairs of equal variances,
    at which the approximation has no value, are left out.
    Source: Minka, Automatic choice of dimensionality for PCA, NIPS 2000.

    >>> minka_rank(np.array([9.0, 4.0, 0.11, 0.1, 0.09]), 100)
    2
    """
    scores = [-np.inf, *(_evidence(variance, q, n_rows) for q in range(1, len(variance)))]
    return int(np.argmax(scores))


def _evidence(variance: Array, q: int, n_rows: int) -> float:
    width = len(variance)
    if variance[q - 1] < VARIANCE_MIN:
        return -np.inf
    prior = -q * np.log(2.0) + sum(
        lgamma((width - i + 1) / 2.0) - np.log(np.pi) * (width - i + 1) / 2.0 for i in range(1, q + 1)
    )
    rest = max(VARIANCE_MIN, float(variance[q:].sum()) / (width - q))
    fit = -0.5 * n_rows * (np.log(variance[:q]).sum() + np.log(rest) * (width - q))
    m = width * q - q * (q + 1) / 2.0
    filled = np.concatenate([variance[:q], np.full(width - q, rest)])
    curvature = (variance[:q, None] - variance) * (1.0 / filled - 1.0 / filled[:q, None])  # (q, D)
    pairs = (np.arange(width) > np.arange(q)[:, None]) & (curvature > 0)
    bend = np.log(curvature[pairs]).sum() + pairs.sum() * np.log(n_rows)
    return float(prior + fit + 0.5 * np.log(2.0 * np.pi) * (m + q) - 0.5 * bend - 0.5 * q * np.log(n_rows))
