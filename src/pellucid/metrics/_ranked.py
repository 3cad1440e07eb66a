"""Two rankings' numbers, area and average precision, under many weightings of the same rows.

Here: `Ranked`, which sorts once and then gives either number for a block of weightings in O(rows) each; how far each
row moves either number.
Elsewhere: the metrics themselves, with their checks and options, are in _ranking.py; resampling is in _bootstrap.py.
Imports: numpy and this package.
"""

from typing import NamedTuple, Self

import numpy as np

from pellucid.metrics._inputs import Array


class Ranked(NamedTuple):
    """Rows of two classes with what their order says, found once.

    Of positive i, in rising order of score: negatives [0, below_i) stand below it, [0, upto_i) not above it, and
    positives [first_i, P) not below it.
    """

    positive: Array | slice  # (P,) rows, by rising score; a slice where they stand in one piece, which spares copies
    negative: Array | slice  # (Q,) rows, by rising score
    below: Array  # (P,)
    upto: Array  # (P,)
    first: Array  # (P,)
    tied: Array  # the positives i that are level with a negative: below_i < upto_i

    @classmethod
    def of(cls, is_positive: Array, score: Array) -> Self:
        """is_positive (N,) bool, both kinds present; score (N,).

        >>> ranked = Ranked.of(np.array([False, True, False, True]), np.array([0.1, 0.35, 0.4, 0.8]))
        >>> ranked.area(np.ones((1, 4))).tolist(), ranked.precision(np.ones((1, 4))).round(3).tolist()
        ([0.75], [0.833])
        """
        order = np.argsort(score, kind="stable")
        positive, negative = order[is_positive[order]], order[~is_positive[order]]
        high, low = score[positive], score[negative]
        below, upto = np.searchsorted(low, high, "left"), np.searchsorted(low, high, "right")
        first, tied = np.searchsorted(high, high, "left"), np.flatnonzero(below < upto)
        return cls(_span(positive), _span(negative), below, upto, first, tied)

    def area(self, weight: Array) -> Array:
        """sum_i w_i (negatives below i + half of those level with it) / (W_positive W_negative).  (B, N) -> (B,)"""
        above, under = weight[:, self.positive], _summed(weight[:, self.negative])
        won = 2 * np.einsum("bp,bp->b", above, under[:, self.below])  # whole counts stay whole, and exact
        if len(self.tied):
            level = under[:, self.upto[self.tied]] - under[:, self.below[self.tied]]
            won += np.einsum("bp,bp->b", above[:, self.tied], level)
        with np.errstate(invalid="ignore"):  # 0 / 0 where a class has no weight: NaN says so
            return won / (2 * above.sum(axis=1) * under[:, -1])

    def precision(self, weight: Array) -> Array:
        """sum_i w_i TP_i / (TP_i + FP_i) / W_positive, TP_i and FP_i not below i.   (B, N) -> (B,); or 0"""
        above, true, false = self._admitted(weight)
        shares = above * true / np.where(true + false == 0, 1, true + false)
        total = above.sum(axis=1)
        return shares.sum(axis=1) / np.where(total == 0, 1, total)

    def _admitted(self, weight: Array) -> tuple[Array, Array, Array]:
        """Weight of each positive, and of the positives and negatives at its threshold, each (B, P)."""
        above, under = weight[:, self.positive], _summed(weight[:, self.negative])
        true = _summed(above)
        return above, true[:, -1:] - true[:, self.first], under[:, -1:] - under[:, self.below]

    def area_moves(self, weight: Array) -> Array:
        """w_n dA / dw_n, the placements of DeLong centred.   weight (N,) -> (N,), sum 0 within each class"""
        above, under = weight[self.positive], _summed(weight[None, self.negative])[0]
        beneath = (under[self.below] + under[self.upto]) / (2 * under[-1])  # share of negatives each positive beats
        area = above @ beneath / above.sum()
        ends = np.concatenate([self.below, self.upto])  # positive i beats, by halves, the negatives before these places
        over = np.bincount(ends, np.tile(above / 2, 2), len(under))
        beaten = over[::-1].cumsum()[::-1][1:] / above.sum()  # share of positives that beat each negative
        moves = np.empty(len(weight))
        moves[self.positive] = above * (beneath - area) / above.sum()
        moves[self.negative] = weight[self.negative] * (beaten - area) / under[-1]
        return moves

    def precision_moves(self, weight: Array) -> Array:
        """w_n dAP / dw_n: a row changes its own term and the precision at every threshold that admits it.

            positive j:  w_j (P_j - AP + sum_{i: s_i <= s_j} w_i FP_i / (TP_i + FP_i)^2) / W
            negative j:     -w_j         sum_{i: s_i <= s_j} w_i TP_i / (TP_i + FP_i)^2  / W

        i over the positives, P_j the precision at j, W their weight.   weight (N,) > 0 somewhere -> (N,), sum 0
        """
        above, true, false = (part[0] for part in self._admitted(weight[None]))
        admitted = np.where(true + false == 0, 1, true + false)
        value = above @ (true / admitted) / above.sum()
        gain, loss = _summed(above * false / admitted**2), _summed(above * true / admitted**2)
        # positives [0, level) have a score no greater than a positive, [0, beneath) than a negative
        level = np.searchsorted(self.first, self.first, "right")
        beneath = np.searchsorted(self.below, np.arange(len(weight[self.negative])), "right")
        moves = np.empty(len(weight))
        moves[self.positive] = above * (true / admitted - value + gain[level]) / above.sum()
        moves[self.negative] = -weight[self.negative] * loss[beneath] / above.sum()
        return moves


def _span(rows: Array) -> Array | slice:
    """Row numbers, as a slice where they follow one another."""
    return slice(int(rows[0]), int(rows[-1]) + 1) if (np.diff(rows) == 1).all() else rows


def _summed(weight: Array) -> Array:
    """Running sums along the last axis, from 0.   (..., M) -> (..., M + 1)"""
    out = np.zeros((*weight.shape[:-1], weight.shape[-1] + 1), weight.dtype)
    np.cumsum(weight, axis=-1, out=out[..., 1:])
    return out
