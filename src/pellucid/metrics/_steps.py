"""What each threshold on a score admits.

Here: `Steps`, the weight of positives and negatives at or above each distinct score, falling; `steps`, which counts it.
Elsewhere: areas under curves of these are in _ranking.py, the curves themselves in _curves.py; the compiled loops for
many rows in _step_kernels.py.
Imports: numpy and this package; Numba inside a function, for many rows where it is loaded or pays for being loaded.
"""

import sys
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from pellucid.metrics._inputs import Array

_BITS = {4: np.uint32, 8: np.uint64}  # bytes of a float -> the whole number of as many bytes
LOADED_ROWS = 100_000  # compiled code then saves 1 to 10 ms a call, which is what loading it takes, once
COLD_ROWS = 10_000_000  # weighted; compiled code then saves 2.5 s, and with Numba it takes 0.7 s to load
MOST_ROWS = 1 << 32  # beyond, the counts of the kernels would overflow
ROWS_A_CELL, MOST_CELLS = 16, 1 << 16  # to count distinct scores in: at most 1 MiB, half of a level-2 cache
LOW = np.uint64(0xFFFFFFFF)


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
    if weight is not None:
        weight, kept = weight.astype(np.float64, copy=False), weight != 0
        if not kept.all():
            positive, score, weight = positive[kept], score[kept], weight[kept]
    if _is_compiled(len(score), weight is not None):
        return _by_kernel(positive, score, weight)
    return _counted(positive, score) if weight is None else _weighed(positive, score, weight)


def _is_compiled(n_rows: int, has_weight: bool) -> bool:
    """Whether compiled code pays. It is never loaded for rows of weight 1: on most processors it saves too little."""
    if sys.modules.get("numba") is not None:
        return LOADED_ROWS <= n_rows < MOST_ROWS
    return has_weight and COLD_ROWS <= n_rows < MOST_ROWS and find_spec("numba") is not None


def _weighed(positive: Array, score: Array, weight: Array) -> Steps:
    """The steps of rows that weigh weight (N,) > 0."""
    order = np.argsort(-score, kind="stable")  # stable: the last bits of the sums do not depend on the sort
    score, positive, weight = score[order], positive[order], weight[order]
    last = _last_of_ties(score)
    threshold = score[last] + score.dtype.type(0)  # turns -0 into 0
    return Steps(threshold, np.cumsum(weight * positive)[last], np.cumsum(weight * ~positive)[last])


def _by_kernel(positive: Array, score: Array, weight: Array | None) -> Steps:
    """What `_counted` or `_weighed` gives, to the last bit.   weight (N,) > 0"""
    from pellucid.metrics._step_kernels import count_steps, tally, weigh_steps

    n = len(score)
    positive, bits = _plain(positive), _plain(score).view(_BITS[score.itemsize])
    if weight is None:
        cells = np.zeros((min(max(n // ROWS_A_CELL, 2), MOST_CELLS), 2), np.uint64)
        if tally(positive, bits, cells):
            return _weighed(*_unpacked(cells, score.dtype))
    room = np.empty((2, n if weight is None else 2 * n), np.uint64)
    digits, threshold, admitted = np.empty((8, 256), np.uint32), np.empty_like(bits), np.empty((2, n))
    if weight is None:
        m = count_steps(positive, bits, room, digits, threshold, *admitted)
    else:
        m = weigh_steps(positive, bits, _plain(weight), room, room.view(np.float64), digits, threshold, *admitted)
    return Steps(threshold[:m].view(score.dtype), *admitted[:, :m])


def _plain(values: Array) -> Array:
    """The same in one piece that may be written to: for any other kind of array Numba would compile once more."""
    return np.require(values, requirements=("C", "A", "W"))


def _unpacked(cells: Array, kind: np.dtype[Any]) -> tuple[Array, Array, Array]:
    """The rows that `tally` counted, those of one score and one label as a row that weighs as many.

    cells (M, 2) -> positive (L,), score (L,), weight (L,) > 0, in no order
    """
    bits, rows = cells[cells[:, 1] > 0].T
    score = bits.astype(_BITS[kind.itemsize]).view(kind)
    positives = rows >> np.uint64(32)
    weight = np.concatenate((positives, (rows & LOW) - positives)).astype(np.float64)
    kept = weight > 0
    return np.repeat((True, False), len(score))[kept], np.tile(score, 2)[kept], weight[kept]


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
