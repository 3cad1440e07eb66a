"""What each threshold on a score admits.

Here: `Steps`, the weight of positives and negatives at or above each distinct score, falling; `steps`, which counts it.
Elsewhere: areas under curves of these are in _ranking.py, the curves themselves in _curves.py.
Imports: numpy and this package.
"""

from typing import NamedTuple

import numpy as np

from pellucid.metrics._inputs import Array

_BITS = {4: np.uint32, 8: np.uint64}  # bytes of a float -> the whole number of as many bytes


class Steps(NamedTuple):
    """What a threshold admits, one entry a distinct score, falling."""

    threshold: Array  # (M,)
    true: Array  # (M,) weight of positives with score >= threshold
    false: Array  # (M,) weight of negatives with score >= threshold


def steps(positive: Array, score: Array, weight: Array | None) -> Steps:
    """Weight of positives and negatives, cumulated by falling score.   positive (N,) bool; score, weight (N,)

    Tied scores are one step. Rows of weight 0 are dropped, so that they add no threshold. O(N log N).

    >>> [part.tolist() for part in steps(np.array([True, False, True]), np.array([0.2, 0.2, 0.9]), None)]
    [[0.9, 0.2], [1.0, 2.0], [0.0, 1.0]]
    """
    if weight is None:
        return _counted(positive, score)
    kept = weight != 0
    positive, score, weight = positive[kept], score[kept], weight[kept].astype(np.float64)
    order = np.argsort(-score, kind="stable")  # stable: the last bits of the sums do not depend on the sort
    score, positive, weight = score[order], positive[order], weight[order]
    last = _last_of_ties(score)
    return Steps(score[last], np.cumsum(weight * positive)[last], np.cumsum(weight * ~positive)[last])


def _counted(positive: Array, score: Array) -> Steps:
    """The steps of rows that weigh 1 each.

    Each row becomes one whole number that carries its score and its label, and these are sorted by value, which costs a
    fifth of finding the order of floats and gathering the labels by it.
    """
    magnitude, is_positive = _sorted(positive, score)
    last = _last_of_ties(magnitude)
    true = np.cumsum(is_positive, dtype=np.int64)[last].astype(np.float64)
    return Steps(magnitude[last], true, 1.0 + last - true)


def _sorted(positive: Array, score: Array) -> tuple[Array, Array]:
    """The scores, falling, and the labels in that order; among tied scores the order of labels is not kept."""
    below = score < 0
    if not below.any():
        word = _words(positive, score)[::-1]
        return _scores(word), word & 1
    above = ~below
    high = _words(positive[above], score[above])[::-1]
    low = _words(positive[below], -score[below])  # rising in magnitude is falling in value
    return np.concatenate((_scores(high), -_scores(low))), np.concatenate((high & 1, low & 1))


def _words(positive: Array, score: Array) -> Array:
    """The bits of scores >= 0 moved up by one, over the sign bit, and the label in the place left free; rising.

    Floats >= 0 are in the order of their bits, read as whole numbers (IEEE 754). Adding 0 turns -0 into 0.
    """
    word = (score + score.dtype.type(0)).view(_BITS[score.itemsize])
    word <<= 1
    word |= positive
    word.sort()
    return word


def _scores(word: Array) -> Array:
    """The scores in words.   (M,) -> (M,) float of as many bytes"""
    return (word >> 1).view(f"f{word.itemsize}")


def _last_of_ties(ordered: Array) -> Array:
    """Where each run of equal values ends.   (N,) -> (M,), N >= 1"""
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
