"""Centres that follow one batch of rows after another.

Here: `Following`, the centres and what each has seen, of which the state after any batch can be looked at; `Smoothed`,
which tells from the batches when it no longer gets better.
Elsewhere: the rows of a batch are assigned by a compiled step, _kmeans_kernels.py; the estimator is in _minibatch.py.
Imports: numpy; the kernels, and Numba with them, inside `Following.step`.
"""

from typing import final

import numpy as np

from pellucid.base._tables import Array
from pellucid.cluster._tiles import packed, room

REASSIGN_ROWS = 10  # times K rows between two looks for starved centres, unless one is empty: scikit-learn's number


@final
class Following:
    """K centres, each the mean of all rows that ever were nearest to it.   centre (K, D) float64, mass (K,)

        label_i <- argmin_k |x_i - c_k|^2 for the rows of a batch;    m_k = sum_{i in k} w_i
        c_k <- c_k + (sum_{i in k} w_i x_i - m_k c_k) / (M_k + m_k);    M_k <- M_k + m_k

    So the step of a centre gets shorter with all it has seen.  A centre is starved when M_k < ratio max_l M_l; it is
    put on a row of the batch, and given the least mass of those that are not starved, so that it stays a while.
    `waited`: rows since starved centres were last looked for.
    """

    def __init__(self, centre: Array, mass: Array, waited: int = 0) -> None:
        self.centre, self.mass, self.waited = centre.copy(), mass.copy(), waited
        self.shift = np.inf
        self.moved_away = 0

    def step(self, X: Array, weight: Array, ratio: float, rng: np.random.Generator) -> float:
        """Follow a batch X (B, D) with weights (B,); sum_i w_i |x_i - c_label(i)|^2 as it was before the centres moved.

        Sets `shift`, the sum over centres of |move|^2, and `moved_away`, the starved centres that were put elsewhere.
        """
        from pellucid.cluster import _kmeans_kernels as kernels

        rows = packed(X, weight)
        label, far = np.full(len(X), -1, np.int32), np.empty(len(X))
        sums, mass = np.zeros(self.centre.shape), np.zeros(len(self.centre))
        kernels.lloyd_step(rows, 0, len(rows.tile), self.centre, room(self.centre), label, sums, mass)
        kernels.distances_to_own(X, self.centre, label, far)
        self.waited += len(X)
        look = not self.mass.all() or self.waited >= REASSIGN_ROWS * len(self.centre)
        before, near = self.centre, mass > 0.0
        self.mass = self.mass + mass
        self.centre = before.copy()
        self.centre[near] += (sums[near] - mass[near, None] * before[near]) / self.mass[near, None]
        self.moved_away = 0
        if look:
            self.waited = 0
            self._put_elsewhere(X, ratio, rng)
        self.shift = float(((self.centre - before) ** 2).sum())
        return float(weight @ far)

    def _put_elsewhere(self, X: Array, ratio: float, rng: np.random.Generator) -> None:
        """Starved centres, the emptiest first, go to rows of the batch: half as many as it has rows at the most."""
        starved = self.mass < ratio * self.mass.max()
        starved[self.mass.argmax()] = False  # of ratio > 1
        order = np.argsort(self.mass, kind="stable")
        away = order[starved[order]][: len(X) // 2]
        if len(away):
            self.centre[away] = X[rng.choice(len(X), len(away), replace=False)]
            self.mass[away] = np.delete(self.mass, away).min()
            self.moved_away = len(away)


@final
class Smoothed:
    """The mean squared distance of rows, smoothed over batches; says when it has got no better for a while.

        s <- (1 - a) s + a v,    a = min(2 B / (N + 1), 1),    v the mean over a batch of B of N rows

    The first batch does not count: it tells of the first centres.

    >>> smoothed = Smoothed(2, 99, patience=2)
    >>> [smoothed.rests(value) for value in (9.0, 4.0, 3.0, 5.0, 5.0)], round(smoothed.value, 3)
    ([False, False, False, False, True], 4.042)
    """

    def __init__(self, batch_rows: int, n_rows: int, patience: int | None) -> None:
        self._share = min(2.0 * batch_rows / (n_rows + 1.0), 1.0)
        self._patience = patience
        self._batches, self._least, self._waited = 0, np.inf, 0
        self.value = np.nan

    def rests(self, value: float) -> bool:
        """Take in the mean of one more batch; whether `patience` batches in a row brought no new least value."""
        self._batches += 1
        if self._batches <= 2:
            self.value = value  # of one batch alone, the first; then the second takes its place
            if self._batches == 1:
                return False
        else:
            self.value += self._share * (value - self.value)
        self._waited = 0 if self.value < self._least else self._waited + 1
        self._least = min(self._least, self.value)
        return self._patience is not None and self._waited >= self._patience
